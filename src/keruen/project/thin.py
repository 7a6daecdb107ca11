# SPDX-License-Identifier: Apache-2.0
"""Regional migration from thin data: products of margins, net counts, changed boundaries."""

from __future__ import annotations

import numpy as np
import xarray as xr

from keruen.core.arrays import require_dims, same_cells, stamp
from keruen.core.errors import SchemaError
from keruen.project import _regions as kernel


def regional_transitions(
    survivorship: xr.DataArray, out_rate: xr.DataArray, destination_share: xr.DataArray
) -> xr.DataArray:
    """Survival into each region where moves by pair and age are too few for rates.

    Parameters
    ----------
    survivorship : DataArray [..., region, sex, age], probability
        Survival into each age group, as of a single population.
    out_rate : DataArray [region, sex, age], per person-year
        Rates of moving to any other region, by single age, the same every year.
    destination_share : DataArray [origin, destination], share
        Where movers go; rows add to 1 and the diagonal is empty.

    Returns
    -------
    DataArray [..., origin, destination, sex, age], probability
        Where those alive at the start live at the end; people in equal survivorship keep it.

    Raises
    ------
    SchemaError
        Shares do not add to one.
    CoverageError
        Regions or ages differ.

    See Also
    --------
    multiregional_survivorship : With full rates.
    shrunk_out_rates : Out-rates by age from few moves.

    Notes
    -----
    ``T[i, j] = sqrt(S_i S_j) K[i, j]`` with K the linear transition matrix of moves alone:
    movers live half of the interval under the mortality of each region. On the way into
    age x the mean of the rates at x - 1 and x applies; to newborn half of the rate at 0.

    Examples
    --------
    >>> cells = {"region": ["A", "B"], "sex": ["F"], "age": [0, 1, 2]}
    >>> alive = xr.DataArray(np.full((2, 1, 3), 0.9), coords=cells, dims=list(cells))
    >>> share = xr.DataArray([[0.0, 1.0], [1.0, 0.0]],
    ...     coords={"origin": ["A", "B"], "destination": ["A", "B"]})
    >>> moved = regional_transitions(alive, alive * 0 + 0.1, share)
    >>> moved.sel(origin="A", sex="F", age=1).values.round(4)
    array([0.8182, 0.0818])
    """
    require_dims(survivorship, "region", "sex", "age", name="survivorship")
    survivorship, out_rate = same_cells(
        survivorship.rename("survivorship"), out_rate.rename("out_rate")
    )
    regions = survivorship.indexes["region"]
    require_dims(destination_share, "origin", "destination", name="destination_share")
    share = destination_share.sel(origin=regions, destination=regions)
    if not np.allclose(share.sum("destination"), 1, atol=1e-6) or np.diagonal(share).any():
        raise SchemaError(
            "shares of destinations do not add to 1, or keep people in place",
            where="destination_share",
            remedy="empty the diagonal and divide each row by its sum",
            id="NegativeInput",
        )
    before = out_rate.shift(age=1)
    rate = (0.5 * (out_rate + before)).where(out_rate.age > 0, 0.5 * out_rate)
    other = [str(d) for d in rate.dims if d != "region"]
    move = rate.transpose(*other, "region").to_numpy()[..., None] * share.to_numpy()
    nothing = np.zeros(move.shape[:-1])
    K = kernel.transition_linear(kernel.rate_matrix(nothing, move, nothing), 1.0)
    other = [str(d) for d in survivorship.dims if d not in (*other, "region")] + other
    root = np.sqrt(survivorship.transpose(*other, "region").to_numpy())
    T = root[..., :, None] * K * root[..., None, :]
    ends = {"origin": np.asarray(regions), "destination": np.asarray(regions)}
    coords = {d: survivorship.indexes[d] for d in other} | ends
    result = xr.DataArray(T, coords=coords, dims=[*other, "origin", "destination"])
    return stamp(
        result,
        name="survivorship",
        units="probability",
        kind="probability",
        inputs=(survivorship, out_rate),
        basis="survivorship of regions, out-rates by age, shares of destinations",
    )


def shrunk_out_rates(
    moves: xr.DataArray, exposure: xr.DataArray, *, strength: float = 1000.0
) -> xr.DataArray:
    """Rates of moving out by region and age, drawn towards the national age curve.

    Parameters
    ----------
    moves : DataArray [region, ..., age], persons
        Moves out of each region.
    exposure : DataArray [region, ..., age], person-years
        Mean population of the same cells.
    strength : float, optional
        Person-years that the national curve is worth.

    Returns
    -------
    DataArray [region, ..., age], per person-year
        Rates.

    Raises
    ------
    SchemaError
        Moves, exposure or strength are negative.

    See Also
    --------
    regional_transitions : Takes the rates.

    Notes
    -----
    Poisson moves with a gamma prior of mean ``r_i o(x)``: the national rate at the age
    times the region's own level. ``(D + kappa r o) / (E + kappa)``.

    Examples
    --------
    >>> cells = {"region": ["A", "B"], "age": [20, 60]}
    >>> moved = xr.DataArray([[10.0, 1.0], [0.0, 1.0]], coords=cells)
    >>> people = xr.DataArray([[100.0, 100.0], [10.0, 100.0]], coords=cells)
    >>> shrunk_out_rates(moved, people, strength=100.0).round(4).values.tolist()
    [[0.0995, 0.0105], [0.0433, 0.0076]]
    """
    moves, exposure = same_cells(moves.rename("moves"), exposure.rename("exposure"))
    if strength < 0 or bool((moves < 0).any()) or bool((exposure < 0).any()):
        raise SchemaError(
            "moves, exposure or strength are negative",
            where="moves, exposure, strength",
            remedy="give 0 or more",
            id="NegativeInput",
        )
    rest = [d for d in moves.dims if d != "region"]
    national = moves.sum("region") / exposure.sum("region")
    level = moves.sum(rest) / (national * exposure).sum(rest)
    rate = (moves + strength * level * national) / (exposure + strength)
    return stamp(
        rate, name="out_rate", units="per person-year", kind="rate", inputs=(moves, exposure)
    )


def net_migration_by_region(
    rate: xr.DataArray, population: xr.DataArray, *, national: xr.DataArray | None = None
) -> xr.DataArray:
    """Net migrants of regions for which only net migration is known.

    Parameters
    ----------
    rate : DataArray [region, ...], per person
        Net rates: gains on the population of the *other* regions, losses on the own.
    population : DataArray [region, ...], persons
        Population of the same cells.
    national : DataArray [...], persons, optional
        Sum that the regions shall have; zero among regions of a closed country.

    Returns
    -------
    DataArray [region, ...], persons
        Net migrants.

    Raises
    ------
    CoverageError
        Cells differ.

    See Also
    --------
    net_rates_by_region : The rates from observed net migrants.

    Notes
    -----
    A net rate on the region's own population makes growing regions grow ever faster; the
    people who come live elsewhere. The difference to the national sum is shared in
    proportion to the size of each region's net migration.

    Examples
    --------
    >>> cells = {"region": ["A", "B"]}
    >>> net = net_migration_by_region(
    ...     xr.DataArray([0.01, -0.02], coords=cells), xr.DataArray([100.0, 400.0], coords=cells),
    ...     national=xr.DataArray(0.0))
    >>> net.round(3).values.tolist()
    [5.333, -5.333]
    """
    rate, population = same_cells(rate.rename("rate"), population.rename("population"))
    others = population.sum("region") - population
    net = rate * population.where(rate < 0, others)
    if national is not None:
        gap = national - net.sum("region")
        size = abs(net)
        share = size / size.sum("region").where(lambda total: total > 0, 1.0)
        net = net + gap * share
    return stamp(
        net, name="net_migration", units="persons", kind="count", inputs=(rate, population)
    )


def net_rates_by_region(net: xr.DataArray, population: xr.DataArray) -> xr.DataArray:
    """Net migration rates of regions: gains on the rest of the country, losses on the own.

    Parameters
    ----------
    net : DataArray [region, ...], persons
        Net migrants.
    population : DataArray [region, ...], persons
        Population of the same cells.

    Returns
    -------
    DataArray [region, ...], per person
        Rates for ``net_migration_by_region``; zero where nobody is exposed.

    Raises
    ------
    CoverageError
        Cells differ.

    See Also
    --------
    net_migration_by_region : The way back.

    Examples
    --------
    >>> cells = {"region": ["A", "B"]}
    >>> rates = net_rates_by_region(
    ...     xr.DataArray([4.0, -4.0], coords=cells), xr.DataArray([100.0, 400.0], coords=cells))
    >>> rates.values.tolist()
    [0.01, -0.01]
    """
    net, population = same_cells(net.rename("net"), population.rename("population"))
    exposed = population.where(net < 0, population.sum("region") - population)
    rate = (net / exposed.where(exposed > 0)).fillna(0.0)
    return stamp(rate, name="net_rate", units="per person", kind="rate", inputs=(net, population))


def rebased_regions(array: xr.DataArray, concordance: xr.DataArray) -> xr.DataArray:
    """Counts of former regions in the boundaries of the latest ones.

    Parameters
    ----------
    array : DataArray [region, ...] or [origin, destination, ...], persons
        Counts in former boundaries. Of flows between regions, those between parts of one
        latest region are no longer moves and fall on the diagonal, which is emptied.
    concordance : DataArray [region, latest], share
        Shares of each former region that belong to each latest one; rows add to 1.

    Returns
    -------
    DataArray [region, ...] or [origin, destination, ...], persons
        Counts for the latest regions.

    Raises
    ------
    SchemaError
        Rows of the concordance do not add to one.
    CoverageError
        A region of the counts is not in the concordance.

    See Also
    --------
    regional_transitions : Where re-based moves go.

    Notes
    -----
    Shares of people are used for every cell: ages and flows of the parts of a divided
    region are taken as alike. Project on the latest regions only.

    Examples
    --------
    >>> people = xr.DataArray([100.0, 50.0], coords={"region": ["old", "kept"]})
    >>> shares = xr.DataArray([[0.6, 0.4, 0.0], [0.0, 0.0, 1.0]],
    ...     coords={"region": ["old", "kept"], "latest": ["a", "b", "kept"]})
    >>> rebased_regions(people, shares).values.tolist()
    [60.0, 40.0, 50.0]
    """
    if not np.allclose(concordance.sum("latest"), 1, atol=1e-9):
        raise SchemaError(
            "shares of a former region do not add to 1",
            where="concordance",
            remedy="say where all of its people belong",
        )
    facts = {k: v for k, v in array.attrs.items() if k in ("concept", "moment")}
    name, units = str(array.name or "count"), str(array.attrs.get("units", "persons"))
    if "region" in array.dims:
        array, shares = same_cells(array.rename("array"), concordance.rename("concordance"))
        rebased = (array * shares).sum("region").rename(latest="region")
    else:
        parts = [
            concordance.rename(region=end, latest=f"latest {end}").rename("concordance")
            for end in ("origin", "destination")
        ]
        array, first, second = same_cells(array.rename("array"), *parts)
        rebased = ((array * first).sum("origin") * second).sum("destination")
        rebased = rebased.rename({"latest origin": "origin", "latest destination": "destination"})
        rebased = rebased.where(rebased.origin != rebased.destination, 0.0)
    return stamp(rebased, name=name, units=units, kind="count", inputs=(array,), **facts)
