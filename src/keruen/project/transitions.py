# SPDX-License-Identifier: Apache-2.0
"""Transition matrices between regions, from full rates or from thin data."""

from __future__ import annotations

from typing import Literal

import numpy as np
import xarray as xr

from keruen.core.arrays import require_dims, same_cells, stamp
from keruen.core.errors import AccountError, SchemaError
from keruen.project import _regions as kernel

Method = Literal["linear", "exponential"]
"""How events spread over an interval: evenly, or at constant rates."""


def transition_probability(
    death_rate: xr.DataArray,
    move_rate: xr.DataArray,
    *,
    emigration_rate: xr.DataArray | None = None,
    interval: int = 1,
    method: Method = "linear",
) -> xr.DataArray:
    """Probability of living in each region at the end of an interval.

    Parameters
    ----------
    death_rate : DataArray [region, ...], per person-year
        Death rates.
    move_rate : DataArray [origin, destination, ...], per person-year
        Rates of moving; the diagonal is not read.
    emigration_rate : DataArray [region, ...], per person-year, optional
        Rates of leaving the country.
    interval : int, optional
        Years.
    method : {"linear", "exponential"}, optional
        Assumption on events within the interval.

    Returns
    -------
    DataArray [origin, destination, ...], probability
        Rows add to survival within the country.

    Raises
    ------
    AccountError
        The linear form gives a negative probability: rates are too high for the interval.
    CoverageError
        Regions differ.
    SchemaError
        A rate is negative (``NegativeInput``).

    See Also
    --------
    multiregional_survivorship : From exact ages to age groups.

    Notes
    -----
    With ``R[i, i]`` the sum of all rates of leaving i and ``R[i, j] = -m[i, j]``:
    ``(I - nR/2)(I + nR/2)^-1`` or ``expm(-nR)``, people being row vectors. The linear form
    is negative when ``n R[i, i] > 2``. Census questions on residence five years ago give
    transitions, not rates: never feed them here.

    References
    ----------
    Willekens, F., Rogers, A. (1978). Spatial Population Analysis. IIASA RR-78-18.

    Examples
    --------
    >>> death = xr.DataArray([0.002, 0.003], coords={"region": ["A", "B"]})
    >>> move = xr.DataArray([[0, 0.02], [0.05, 0]],
    ...     coords={"origin": ["A", "B"], "destination": ["A", "B"]})
    >>> transition_probability(death, move).round(6).values.tolist()
    [[0.978716, 0.019276], [0.048191, 0.948838]]
    """
    R, dims, coords = _rates(death_rate, move_rate, emigration_rate)
    P = _probability(R, interval, method)
    result = xr.DataArray(P, coords=coords, dims=dims)
    return stamp(
        result,
        name="transition_probability",
        units="probability",
        kind="probability",
        inputs=(death_rate, move_rate),
        interval_years=interval,
    )


def multiregional_survivorship(
    death_rate: xr.DataArray,
    move_rate: xr.DataArray,
    *,
    emigration_rate: xr.DataArray | None = None,
    interval: int = 1,
    method: Method = "linear",
) -> xr.DataArray:
    """Survival of age groups into the next group and into each region.

    Parameters
    ----------
    death_rate : DataArray [region, ..., age], per person-year
        Death rates by groups as wide as the interval, the last open.
    move_rate : DataArray [origin, destination, ..., age], per person-year
        Rates of moving.
    emigration_rate : DataArray [region, ..., age], per person-year, optional
        Rates of leaving the country.
    interval : int, optional
        Years.
    method : {"linear", "exponential"}, optional
        Assumption on events within the interval.

    Returns
    -------
    DataArray [origin, destination, ..., age], probability
        Survival into each age group; from birth into the first, and of the last two groups
        together into the last.

    Raises
    ------
    AccountError
        The linear form gives a negative probability.

    See Also
    --------
    regional_transitions : From survivorship and few migration data.
    keruen.project.regions.project_regions : Uses them.

    Notes
    -----
    ``S(x) = (I + P(x))^-1 P(x) (I + P(x+n))`` for row vectors; the last two groups share the
    ratio of stationary person-years, those of the open group being ``l R^-1``.

    References
    ----------
    Rogers, A. (1975). Introduction to Multiregional Mathematical Demography. Wiley.

    Examples
    --------
    >>> death = xr.DataArray([[0.01, 0.02, 0.5]] * 2,
    ...     coords={"region": ["A", "B"], "age": [0, 1, 2]}, dims=["region", "age"])
    >>> move = xr.DataArray(np.zeros((2, 2, 3)), dims=["origin", "destination", "age"],
    ...     coords={"origin": ["A", "B"], "destination": ["A", "B"], "age": [0, 1, 2]})
    >>> multiregional_survivorship(death, move).sel(origin="A", destination="A").values.round(6)
    array([0.995025, 0.985149, 0.66443 ])
    """
    require_dims(death_rate, "region", "age", name="death_rate")
    R, dims, coords = _rates(death_rate, move_rate, emigration_rate)
    if dims[-3] != "age":
        raise SchemaError("ages must be the innermost dimension", where="death_rate")
    S = kernel.survivorship(_probability(R, interval, method), R[..., -1, :, :], float(interval))
    result = xr.DataArray(S, coords=coords, dims=dims)
    return stamp(
        result,
        name="survivorship",
        units="probability",
        kind="probability",
        inputs=(death_rate, move_rate),
        interval_years=interval,
    )


def _rates(
    death_rate: xr.DataArray, move_rate: xr.DataArray, emigration_rate: xr.DataArray | None
) -> tuple[kernel.Floats, list[str], dict[str, object]]:
    """Rate matrices with origin and destination last, their dimensions and labels."""
    require_dims(death_rate, "region", name="death_rate")
    require_dims(move_rate, "origin", "destination", name="move_rate")
    leaving = xr.zeros_like(death_rate) if emigration_rate is None else emigration_rate
    for name, rate in (
        ("death_rate", death_rate),
        ("move_rate", move_rate),
        ("emigration_rate", leaving),
    ):
        if not bool((rate >= 0).all()):
            raise SchemaError(
                "a rate is negative or missing",
                where=name,
                remedy="rates are 0 or more",
                id="NegativeInput",
            )
    origin = death_rate.rename(region="origin")
    origin, leaving, move = same_cells(
        origin.rename("death_rate"),
        leaving.rename(region="origin").rename("emigration_rate"),
        move_rate.rename("move_rate"),
    )
    regions = origin.indexes["origin"]
    move = move.sel(destination=regions)
    other = [str(d) for d in move.dims if d not in ("origin", "destination")]
    other += [str(d) for d in origin.dims if d not in (*other, "origin")]
    other.sort(key=lambda dim: dim == "age")
    template = move.isel(destination=0, drop=True)
    dims = [*other, "origin", "destination"]
    shaped = [
        xr.broadcast(part, template)[0].transpose(*other, "origin") for part in (origin, leaving)
    ]
    full = move.broadcast_like(shaped[0]).transpose(*dims)
    R = kernel.rate_matrix(*(np.asarray(a, dtype=float) for a in (shaped[0], full, shaped[1])))
    return R, dims, {d: full.indexes[d] for d in dims}


def _probability(R: kernel.Floats, interval: int, method: Method) -> kernel.Floats:
    if method == "exponential":
        return kernel.transition_exponential(R, interval)
    P = kernel.transition_linear(R, interval)
    if P.min() < 0:
        raise AccountError(
            f"the linear form gives a probability of {P.min():.3f}",
            where=f"rates of leaving up to {np.diagonal(R, axis1=-2, axis2=-1).max():.2f} a year",
            remedy="take method='exponential' or a shorter interval",
        )
    return P
