# SPDX-License-Identifier: Apache-2.0
"""Coherent paths of fertility, mortality and migration from published intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from keruen.core.arrays import require_dims, same_cells, stamp
from keruen.core.errors import SchemaError
from keruen.project._knots import from_scores, knots_of

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]

CORRELATIONS: Final = {"tfr": 0.9, "life_expectancy": 0.97, "net_migration": 0.5}
"""Correlation of scores five years apart that makes paths as wide as published intervals."""

_LOWEST_TFR: Final = 0.2


@dataclass(frozen=True)
class Trajectories:
    """Paths of the three components; the same index is the same future in each.

    Parameters
    ----------
    tfr : DataArray [trajectory, year, ...], births per woman
        Total fertility.
    life_expectancy : DataArray [trajectory, year, ..., sex], years
        Life expectancy at birth.
    net_migration : DataArray [trajectory, year, ...], per person
        Net migrants of the year over the population at its start.
    adjustments : DataFrame, optional
        Every value that was cut: component, key, before, after, reason.
    further : DataArray [trajectory, year, ...], persons, optional
        Net migrants beside the rate, such as those of a programme.
    """

    tfr: xr.DataArray
    life_expectancy: xr.DataArray
    net_migration: xr.DataArray
    adjustments: pd.DataFrame | None = None
    further: xr.DataArray | None = None


def normal_scores(
    shape: tuple[int, ...], *, correlation: Floats | float, common: float = 0.0, seed: int = 0
) -> Floats:
    """Standard normal AR(1) paths, shaped (trajectory, year, cells).

    Parameters
    ----------
    shape : tuple of int
        Trajectories, years, cells.
    correlation : ndarray or float
        Correlation from one year to the next, one for all cells or one a cell.
    common : float, optional
        Correlation between any two cells in the same year and path, from 0 to 1.
    seed : int, optional
        Seed of the draws.

    Returns
    -------
    ndarray
        Scores with mean 0 and variance 1 in every year.

    Examples
    --------
    >>> z = normal_scores((20000, 2, 1), correlation=0.6, seed=1)
    >>> bool(abs(np.corrcoef(z[:, 0, 0], z[:, 1, 0])[0, 1] - 0.6) < 0.02)
    True
    """
    rng = np.random.default_rng(seed)
    z = rng.standard_normal(shape)
    if common:
        world = rng.standard_normal((*shape[:2], 1))
        z *= np.sqrt(1 - common)
        z += np.sqrt(common) * world
    rho = np.asarray(correlation, dtype=float)
    fresh = np.sqrt(1 - rho**2)
    for t in range(1, shape[1]):
        z[:, t] *= fresh
        z[:, t] += rho * z[:, t - 1]
    return z


def paths_from_intervals(
    intervals: xr.DataArray,
    *,
    medium: xr.DataArray,
    correlation: float | xr.DataArray,
    trajectories: int = 1000,
    common: float = 0.0,
    shared: Sequence[str] = (),
    seed: int = 0,
) -> xr.DataArray:
    """Paths whose quantiles in every year are the published ones.

    Parameters
    ----------
    intervals : DataArray [quantile, year, ...]
        Published quantiles, for example 0.025, 0.1, 0.9 and 0.975.
    medium : DataArray [year, ...]
        The medium line; it takes the place of the median.
    correlation : float or DataArray [...]
        Correlation of scores five years apart; one value, or one a cell.
    trajectories : int, optional
        Number of paths.
    common : float, optional
        Correlation between cells in the same year and path.
    shared : sequence of str, optional
        Dimensions along which one score serves all, as for the two sexes.
    seed : int, optional
        Seed of the draws.

    Returns
    -------
    DataArray [trajectory, year, ...]
        Paths in the unit of the intervals.

    Raises
    ------
    CoverageError
        Quantiles do not increase (``InconsistentQuantiles``), or cells differ.
    SchemaError
        The correlation lies outside 0 to 1, or a quantile outside 0 to 1.

    See Also
    --------
    trajectories_from_intervals : All three components at once.

    Notes
    -----
    The quantile is piecewise linear in the normal score through the published points and
    straight beyond them. Scores follow an AR(1) with unit variance and annual correlation
    ``rho ** (1/5)``. An interval of no width gives the medium in every path.

    References
    ----------
    Raftery, A., Alkema, L., Gerland, P. (2014). Statistical Science 29, 58-68.

    Examples
    --------
    >>> bounds = xr.DataArray(
    ...     [[1.0], [3.0]], coords={"quantile": [0.1, 0.9], "year": [2030]},
    ...     dims=["quantile", "year"])
    >>> line = xr.DataArray([2.0], coords={"year": [2030]})
    >>> paths = paths_from_intervals(bounds, medium=line, correlation=0.9, trajectories=9999)
    >>> bool(abs(paths.quantile(0.9) - 3.0) < 0.05)
    True
    """
    require_dims(intervals, "quantile", "year", name="intervals")
    intervals, medium = same_cells(intervals.rename("intervals"), medium.rename("medium"))
    cells = [str(dim) for dim in medium.dims if dim != "year"]
    medium = medium.transpose("year", *cells)
    rho = _correlation(correlation, medium, cells, shared)
    scores, knots = knots_of(intervals.transpose("quantile", "year", *cells), medium)
    count = [1 if dim in shared else medium.sizes[dim] for dim in cells]
    size = (trajectories, medium.sizes["year"], int(np.prod(count)))
    z = normal_scores(size, correlation=rho, common=common, seed=seed)
    z = z.reshape(trajectories, medium.sizes["year"], *count)
    values = from_scores(z, scores, knots)
    coords = {"trajectory": np.arange(trajectories)}
    coords |= {str(dim): medium.indexes[str(dim)] for dim in medium.dims}
    paths = xr.DataArray(values, coords=coords, dims=["trajectory", *medium.dims])
    units = str(intervals.attrs.get("units", medium.attrs.get("units", "")))
    name = str(intervals.attrs.get("quantity", "paths"))
    return stamp(paths, name=name, units=units, kind="index", inputs=(intervals, medium))


def _correlation(
    correlation: float | xr.DataArray, medium: xr.DataArray, cells: list[str], shared: Sequence[str]
) -> Floats | float:
    """Annual correlation, a number or one a cell in the order of the scores."""
    if isinstance(correlation, xr.DataArray):
        own = [dim for dim in cells if dim not in shared]
        template = medium.isel({"year": 0} | dict.fromkeys(shared, 0), drop=True)
        _, correlation = same_cells(template.rename("medium"), correlation.rename("correlation"))
        values = np.asarray(correlation.broadcast_like(template).transpose(*own), dtype=float)
    else:
        values = np.asarray(float(correlation))
    if ((values < 0) | (values >= 1)).any() or np.isnan(values).any():
        raise SchemaError(
            "a correlation lies outside 0 to 1",
            where="correlation",
            remedy="give values from 0 to below 1",
            id="NegativeInput",
        )
    return np.asarray(values ** (1 / 5)).reshape(-1) if values.ndim else float(values ** (1 / 5))


def trajectories_from_intervals(
    *,
    tfr: xr.DataArray,
    life_expectancy: xr.DataArray,
    net_migration: xr.DataArray,
    medium: Trajectories,
    population: xr.DataArray,
    trajectories: int = 1000,
    correlation: dict[str, float | xr.DataArray] | None = None,
    common: float = 0.0,
    largest: float = 0.05,
    seed: int = 0,
) -> Trajectories:
    """Paths of fertility, life expectancy and net migration from published intervals.

    Parameters
    ----------
    tfr : DataArray [quantile, year, ...], births per woman
        Published quantiles of total fertility.
    life_expectancy : DataArray [quantile, year, ..., sex], years
        Published quantiles of life expectancy at birth; one score serves both sexes.
    net_migration : DataArray [quantile, year, ...], persons
        Published quantiles of net migration.
    medium : Trajectories
        The medium lines, without trajectories; ``net_migration`` in persons.
    population : DataArray [year, ...], persons
        Medium population at the start of each year, by which counts become rates.
    trajectories : int, optional
        Number of paths.
    correlation : dict, optional
        Correlations five years apart in place of ``CORRELATIONS``.
    common : float, optional
        Correlation between countries of fertility, and of life expectancy.
    largest : float, optional
        Largest net migration rate of a path, in either direction, per person and year; the
        medium rate is never cut.
    seed : int, optional
        Seed; the components draw from streams of their own.

    Returns
    -------
    Trajectories
        Paths; net migration is a rate. ``adjustments`` lists every value that was cut.

    Raises
    ------
    CoverageError
        Quantiles do not increase, or cells differ.

    See Also
    --------
    keruen.project.population.project_population : Takes the paths.
    keruen.project.calibration.calibrated_correlation : One correlation a country.

    Notes
    -----
    Migration is drawn as a rate because counts miss the upper tail: a path with twice the
    people has about twice the migrants. Counts published for small or shrinking countries
    imply rates that compound beyond any experience, hence ``largest``. Total fertility is
    held above 0.2 births. The persistence of migration, more than anything else, makes
    intervals of population wide or narrow: one value serves all countries roughly, one a
    country well (``calibrated_correlation``).

    References
    ----------
    United Nations (2024). World Population Prospects 2024: Methodology.

    Examples
    --------
    >>> year, q = {"year": [2030]}, {"quantile": [0.1, 0.9], "year": [2030]}
    >>> def bounds(low, high): return xr.DataArray([[low], [high]], coords=q, dims=list(q))
    >>> def line(value): return xr.DataArray([value], coords=year)
    >>> e0 = bounds(70.0, 80.0).expand_dims(sex=["F", "M"])
    >>> medium = Trajectories(line(2.0), line(75.0).expand_dims(sex=["F", "M"]), line(0.0))
    >>> paths = trajectories_from_intervals(
    ...     tfr=bounds(1.5, 2.5), life_expectancy=e0, net_migration=bounds(-10.0, 10.0),
    ...     medium=medium, population=line(1000.0), trajectories=5)
    >>> paths.net_migration.attrs["units"]
    'per person'
    """
    rho = CORRELATIONS | (correlation or {})
    streams = [int(s) for s in np.random.SeedSequence(seed).generate_state(3)]
    fertility = paths_from_intervals(
        tfr, medium=medium.tfr, correlation=rho["tfr"], trajectories=trajectories,
        common=common, seed=streams[0],
    )  # fmt: skip
    survival = paths_from_intervals(
        life_expectancy, medium=medium.life_expectancy, correlation=rho["life_expectancy"],
        trajectories=trajectories, common=common, shared=["sex"], seed=streams[1],
    )  # fmt: skip
    counts = paths_from_intervals(
        net_migration, medium=medium.net_migration, correlation=rho["net_migration"],
        trajectories=trajectories, seed=streams[2],
    )  # fmt: skip
    counts, people = same_cells(counts, population.rename("population"))
    rates, line = counts / people, medium.net_migration / people
    held = rates.clip(min=np.minimum(line, -largest), max=np.maximum(line, largest))
    births = fertility.clip(min=_LOWEST_TFR)
    inputs = (net_migration, population)
    return Trajectories(
        tfr=stamp(
            births, name="tfr", units="births per woman", kind="rate", inputs=(tfr,)
        ),
        life_expectancy=stamp(
            survival, name="life_expectancy", units="years", kind="index",
            inputs=(life_expectancy,),
        ),
        net_migration=stamp(
            held, name="net_migration", units="per person", kind="rate", inputs=inputs
        ),
        adjustments=_cut(
            ("tfr", fertility, births, f"below {_LOWEST_TFR} births per woman"),
            ("net_migration", rates, held, f"beyond {largest:.0%} of the population a year"),
        ),
    )  # fmt: skip


def _cut(*components: tuple[str, xr.DataArray, xr.DataArray, str]) -> pd.DataFrame:
    """Values that were cut, one a row, from each component before and after, and why."""
    import pandas as pd

    tables = []
    for name, before, after, reason in components:
        given, kept = before.to_numpy(), after.transpose(*before.dims).to_numpy()
        places = np.nonzero(given != kept)
        labels = zip(before.dims, places, strict=True)
        table = {str(dim): before.indexes[str(dim)].take(place) for dim, place in labels}
        values = {"before": given[places], "after": kept[places], "reason": reason}
        tables.append(pd.DataFrame({"component": name, **table, **values}))
    return pd.concat(tables, ignore_index=True)
