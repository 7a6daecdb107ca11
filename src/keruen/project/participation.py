# SPDX-License-Identifier: Apache-2.0
"""Participation in the labour force by age and sex: held, on a trend, by cohort, to a benchmark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, get_args

import numpy as np
import xarray as xr

from keruen.core.arrays import require_dims, same_cells, stamp
from keruen.core.errors import CodeError, CoverageError, SchemaError
from keruen.project import _participation as kernel
from keruen.project._cohorts import cohorts_ahead
from keruen.project._skillchecks import check_rates

if TYPE_CHECKING:
    import pandas as pd

ParticipationMethod = Literal["constant", "trend", "cohort", "benchmark"]
"""How participation goes on: as it was, by its trend, cohort by cohort, to given rates."""

FEWEST: Final = 8
"""Years that a trend needs."""

_WINDOW: Final = 15
_GROUP: Final = 3  # places from which a mean of their group has a meaning


@dataclass(frozen=True)
class Participation:
    """Participation of later years, and what rules changed in it.

    Parameters
    ----------
    rates : DataArray [year, ..., sex, age], share
        Labour force by population.
    adjustments : DataFrame
        Every cell that a rule changed: key, ``before``, ``after``, ``reason``.
    """

    rates: xr.DataArray
    adjustments: pd.DataFrame


def project_participation(
    history: xr.DataArray,
    *,
    years: Sequence[int],
    method: ParticipationMethod = "trend",
    damping: float = 0.9,
    half_life: float = 8.0,
    cycle: xr.DataArray | None = None,
    benchmark: xr.DataArray | None = None,
    reached: int | None = None,
    ceiling: float = 0.99,
    pension_shift: xr.DataArray | None = None,
) -> Participation:
    """Participation rates of later years.

    Parameters
    ----------
    history : DataArray [year, ..., sex, age], share
        Observed rates by single year of time.
    years : sequence of int
        Years wanted, after the last observed.
    method : {"trend", "constant", "cohort", "benchmark"}, optional
        Rule; see Notes.
    damping : float, optional
        What is left of a trend after each year.
    half_life : float, optional
        Years after which an observation counts half in a trend.
    cycle : DataArray [year, ...], optional
        Business cycle beside time in the trend, such as unemployment; it is taken to be at
        its mean in years to come.
    benchmark : DataArray [..., sex, age], share, optional
        Rates that ``benchmark`` moves to.
    reached : int, optional
        Year in which they are reached.
    ceiling : float, optional
        Highest rate that cohorts can come to.
    pension_shift : DataArray [year], years, optional
        By how much the legal pension age is later than in the history; exits of cohorts
        move up by as much.

    Returns
    -------
    Participation

    Raises
    ------
    CoverageError
        Fewer than eight years for a trend, five for cohorts, or the years wanted are not
        after those observed (``YearsDiffer``).
    SchemaError
        A rate is outside 0 to 1; the cohort method meets a rate of 0 or of the ceiling
        (``RateAtLimit``), or ages of unequal width (``AgeGroups``).

    See Also
    --------
    keruen.project.participation_paths.participation_paths : With their uncertainty.

    Notes
    -----
    *constant*: the last rates. *trend*: ``z = ln(p / (1 - p))``, regressed on time over the
    last fifteen years; the slope is drawn towards the mean of its sex and age over all
    countries or regions given, the more the less certain it is, and fades by ``damping`` a
    year from the last observation; ``p`` is kept in [.005, .995]. *benchmark*: ``z`` moves
    in a straight line to the benchmark, reached in ``reached`` and held. *cohort*: see
    :func:`~keruen.project._cohorts.cohort_rates`.

    References
    ----------
    Burniaux, J.-M., Duval, R., Jaumotte, F. (2003). OECD Economics Working Paper 371.
    Carone, G. (2005). European Economy, Economic Papers 235.

    Examples
    --------
    >>> cells = {"year": range(2015, 2025), "sex": ["F"], "age": [15, 25]}
    >>> rates = xr.DataArray(np.linspace(0.4, 0.5, 20).reshape(10, 1, 2), cells)
    >>> project_participation(rates, years=[2030]).rates.round(4).values[0, 0].tolist()
    [0.5396, 0.5447]
    >>> project_participation(rates, years=[2030], method="constant").rates.max().item()
    0.5
    """
    _refuse(history, years, method)
    rates = history.sortby("year").transpose("year", ...)
    if method == "cohort":
        found, adjustments = cohorts_ahead(rates, years, ceiling, pension_shift)
    else:
        z = kernel.logit(np.asarray(rates.to_numpy(), dtype=float))
        leads = np.asarray(years, dtype=float) - int(rates.indexes["year"][-1])
        if method == "constant":
            # The rates themselves: a rate of 0 stays 0.
            values = np.repeat(rates.to_numpy()[-1:], len(leads), axis=0)
        elif method == "benchmark":
            values = kernel.expit(_to_benchmark(z[-1], rates, benchmark, reached, leads))
        else:
            beside = None if cycle is None else _aligned(cycle, rates)
            slope = _slope(z, rates, half_life, beside)
            values = kernel.expit(kernel.damped(z[-1], slope, leads, damping))
        found, adjustments = _labelled(values, rates, years), _limited(rates, method)
    return Participation(
        stamp(found, name="participation", units="share", kind="share", inputs=(history,),
              method=method),
        adjustments,
    )  # fmt: skip


def _refuse(history: xr.DataArray, years: Sequence[int], method: str) -> None:
    if method not in get_args(ParticipationMethod):
        raise CodeError(
            f"there is no method '{method}' of participation",
            where="method",
            remedy=f"choose one of {', '.join(get_args(ParticipationMethod))}",
        )
    require_dims(history, "year", "sex", "age", name="history")
    check_rates(history=history)
    last = int(history.indexes["year"].max())
    if not len(years) or min(years) <= last:
        raise CoverageError(
            f"years to project begin in {min(years, default='none')}, rates end in {last}",
            where="years",
            remedy="ask for years after the last observed",
            id="YearsDiffer",
        )


def _labelled(values: kernel.Floats, rates: xr.DataArray, years: Sequence[int]) -> xr.DataArray:
    coords = {dim: rates.indexes[str(dim)] for dim in rates.dims[1:]}
    return xr.DataArray(values, coords={"year": list(years), **coords}, dims=rates.dims)


def _slope(
    z: kernel.Floats, rates: xr.DataArray, half_life: float, cycle: kernel.Floats | None
) -> kernel.Floats:
    """Yearly change of logits, drawn towards the mean of the places."""
    seen = rates.indexes["year"].to_numpy(dtype=float)
    if len(seen) < FEWEST:
        raise CoverageError(
            f"a trend needs {FEWEST} years, there are {len(seen)}",
            where=f"history, {int(seen[0])} to {int(seen[-1])}",
            remedy="give more years, or take method='constant'",
            id="TooFewYears",
        )
    recent = slice(-_WINDOW, None)
    beside = None if cycle is None else cycle[recent]
    slope, variance = kernel.slopes(z[recent], seen[recent], half_life, beside)
    for axis, dim in enumerate(rates.dims[1:]):
        if dim in ("country", "region") and rates.sizes[dim] >= _GROUP:
            slope = kernel.shrunk(slope, variance, axis)
    return slope


def _aligned(cycle: xr.DataArray, rates: xr.DataArray) -> kernel.Floats:
    """The cycle over the cells of the rates."""
    missing = rates.indexes["year"].difference(cycle.indexes["year"])
    if len(missing):
        raise CoverageError(
            f"the cycle lacks {len(missing)} years of the rates",
            where=f"first {missing[0]}",
            remedy="give it for every year of the history",
            id="YearsDiffer",
        )
    whole = cycle.sel(year=rates.indexes["year"]).broadcast_like(rates)
    return np.asarray(whole.transpose(*rates.dims).to_numpy(), dtype=float)


def _to_benchmark(
    last: kernel.Floats, rates: xr.DataArray, benchmark: xr.DataArray | None,
    reached: int | None, leads: kernel.Floats,
) -> kernel.Floats:  # fmt: skip
    """Logits on a straight line to those of the benchmark."""
    base = int(rates.indexes["year"][-1])
    if benchmark is None or reached is None or reached <= base:
        raise SchemaError(
            "a benchmark needs its rates and a later year in which they are reached",
            where=f"reached={reached}, rates end in {base}",
            remedy="give benchmark=... and reached=...",
        )
    check_rates(benchmark=benchmark)
    frame = rates.isel(year=-1, drop=True).rename("history")
    goal = same_cells(frame, benchmark.rename("benchmark"))[1]
    goal = goal.broadcast_like(frame).transpose(*frame.dims)
    target = kernel.logit(np.asarray(goal.to_numpy(), dtype=float))
    part = np.minimum(leads / (reached - base), 1.0).reshape(-1, *[1] * last.ndim)
    return np.asarray(last + part * (target - last))


def _limited(rates: xr.DataArray, method: str) -> pd.DataFrame:
    """Last rates that were moved off 0 or 1 before their logit was taken."""
    import pandas as pd

    columns = [*(str(dim) for dim in rates.dims), "before", "after", "reason"]
    last = rates.isel(year=-1)
    values = np.asarray(last.to_numpy(), dtype=float)
    kept = np.clip(values, kernel.FLOOR, 1 - kernel.FLOOR)
    cells = np.nonzero((values != kept) & (method != "constant"))
    table = pd.DataFrame(
        {str(d): rates.indexes[str(d)][at] for d, at in zip(last.dims, cells, strict=True)}
    )
    table.insert(0, "year", int(last["year"]))
    reason = "rates are kept from .005 to .995"
    more = {"before": values[cells], "after": kept[cells], "reason": reason}
    return table.assign(**more)[columns]
