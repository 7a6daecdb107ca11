# SPDX-License-Identifier: Apache-2.0
"""Replacement demand by cohort: how many of today's workers an occupation will lose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from keruen.core.arrays import few, require_dims, same_cells, stamp
from keruen.core.errors import CoverageError, SchemaError
from keruen.project._skillchecks import check_counts, places

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]

_GROUP: Final = "occupation_group"


@dataclass(frozen=True)
class CohortReplacement:
    """People that occupations lose over an interval, net of those who enter at the same age.

    Parameters
    ----------
    coefficient : DataArray [..., occupation, age], share
        Net flow of each cohort over the interval, by its age at the start.
    outflow : DataArray [..., occupation], persons over the interval
        Replacement demand before growth is counted.
    rate : DataArray [..., occupation], share per year
        The outflow a year, relative to base employment.
    adjustments : DataFrame
        Coefficients taken from the group of the occupation: ``cell``, ``reason``.

    See Also
    --------
    replacement_by_cohort : Makes it.
    """

    coefficient: xr.DataArray
    outflow: xr.DataArray
    rate: xr.DataArray
    adjustments: pd.DataFrame


def cohort_flows(
    then: xr.DataArray, now: xr.DataArray, *, interval_years: int
) -> tuple[xr.DataArray, pd.DataFrame]:
    """Net flow coefficients: how employment of a cohort in an occupation has changed.

    Parameters
    ----------
    then, now : DataArray [..., occupation, age], persons
        Employed people by age at two dates. Every age of ``then`` that has its successor in
        ``now`` gives a coefficient. ``then`` may carry ``occupation_group`` beside
        ``occupation``: the group whose coefficient stands in where nobody was there to leave.
    interval_years : int
        Years between the dates; the width of every age group.

    Returns
    -------
    coefficient : DataArray [..., occupation, age], share
        By age at the start; -1 where all left.
    adjustments : DataFrame
        Cells that took the coefficient of their group.

    Raises
    ------
    SchemaError
        A count is negative or missing.
    CoverageError
        Occupations differ, or no age has its successor.

    See Also
    --------
    replacement_by_cohort : What they are for.

    Notes
    -----
    ``F[x, o] = (E[x + n, o, t] - E[x, o, t - n]) / E[x, o, t - n]``.

    References
    ----------
    Willems, E. and de Grip, A. (1993). International Journal of Forecasting 9, 173-185.

    Examples
    --------
    >>> ages = {"occupation": ["7"], "age": [45, 50]}
    >>> then = xr.DataArray([[500.0, 450.0]], ages)
    >>> now = xr.DataArray([[480.0, 430.0]], {"occupation": ["7"], "age": [50, 55]})
    >>> cohort_flows(then, now, interval_years=5)[0].round(4).values.tolist()
    [[-0.04, -0.0444]]
    """
    for name, array in (("then", then), ("now", now)):
        require_dims(array, "occupation", "age", name=name)
    check_counts(then=then, now=now)
    then, now = same_cells(then.rename("then"), now.rename("now"), exclude=["age"])
    later = now.assign_coords(age=now.indexes["age"] - interval_years)
    shared = then.indexes["age"].intersection(later.indexes["age"])
    if not len(shared):
        raise CoverageError(
            f"no age group is followed after {interval_years} years",
            where=f"ages {few(then.indexes['age'])} and {few(now.indexes['age'])}",
            remedy="give age groups as wide as the interval, at both dates",
            id="AgesDiffer",
        )
    start, end = then.sel(age=shared), later.sel(age=shared)
    group = _pooled(start, end)
    empty = start == 0
    flow = (end / start.where(~empty) - 1.0).where(~empty, group).transpose(*start.dims)
    return (
        stamp(flow, name="cohort_flow", units="share", kind="index", inputs=(then, now)),
        _listed(empty.transpose(*start.dims)),
    )


def _pooled(start: xr.DataArray, end: xr.DataArray) -> xr.DataArray:
    """Coefficient of the group of each occupation; of all together where none is named."""
    if _GROUP not in start.coords:
        first, last = start.sum("occupation"), end.sum("occupation")
        return (last / first.where(first > 0) - 1.0).where(first > 0, 0.0)
    groups = start.coords[_GROUP]
    first, last = (
        one.groupby(groups).sum() for one in (start, end.assign_coords({_GROUP: groups}))
    )
    pooled = (last / first.where(first > 0) - 1.0).where(first > 0, 0.0)
    return pooled.sel({_GROUP: groups}).drop_vars(_GROUP)


def _listed(empty: xr.DataArray) -> pd.DataFrame:
    import pandas as pd

    reason = "nobody at the start: the coefficient of the group"
    return pd.DataFrame({"cell": places(empty), "reason": reason})


def smooth_flows(
    coefficient: xr.DataArray, cases: xr.DataArray, *, bandwidth: float = 0.0
) -> xr.DataArray:
    """Coefficients of neighbouring ages brought together, and those of few cases to the mean.

    Parameters
    ----------
    coefficient : DataArray [..., occupation, age], share
        Net flow coefficients.
    cases : DataArray [..., occupation, age], persons interviewed
        Survey cases behind each of them, at the first date.
    bandwidth : float, optional
        Width in years of a normal kernel over ages, weighted by cases; 0 for none.

    Returns
    -------
    DataArray [..., occupation, age], share

    Raises
    ------
    SchemaError
        Cases are negative, or the bandwidth is.
    CoverageError
        Labels differ.

    See Also
    --------
    cohort_flows : Gives the coefficients.

    Notes
    -----
    Random effects by age: ``w F + (1 - w) mean``, ``w = tau2 / (tau2 + v)``, with ``v`` the
    sampling variance ``p (1 - p) / n`` of the share that stayed (p between 0.05 and 0.95)
    and ``tau2`` the spread over occupations by the method of moments.

    Examples
    --------
    >>> ages = {"occupation": ["1", "2"], "age": [60]}
    >>> flow = xr.DataArray([[-0.5], [-0.1]], ages)
    >>> seen = xr.DataArray([[4.0], [400.0]], ages)
    >>> smooth_flows(flow, seen).round(3).values.ravel().tolist()
    [-0.276, -0.1]
    """
    check_counts(cases=cases)
    if bandwidth < 0:
        raise SchemaError("a bandwidth is 0 or more", where=f"bandwidth={bandwidth}")
    flow, cases = same_cells(coefficient.rename("coefficient"), cases.rename("cases"))
    cases = cases.broadcast_like(flow).transpose(*flow.dims)
    if bandwidth:
        flow = _over_ages(flow, cases, bandwidth)
    seen = cases.clip(min=1.0)
    stayed = (1.0 + flow).clip(0.05, 0.95)
    variance = stayed * (1.0 - stayed) / seen
    precision = 1.0 / variance
    total = precision.sum("occupation")
    mean = (precision * flow).sum("occupation") / total
    excess = (precision * (flow - mean) ** 2).sum("occupation") - (flow.sizes["occupation"] - 1)
    scale = total - (precision**2).sum("occupation") / total
    spread = (excess.clip(min=0.0) / scale.where(scale > 0)).where(scale > 0, 0.0)
    weight = spread / (spread + variance)
    return stamp(
        weight * flow + (1.0 - weight) * mean, name="cohort_flow", units="share", kind="index"
    )


def _over_ages(flow: xr.DataArray, cases: xr.DataArray, bandwidth: float) -> xr.DataArray:
    age = flow.indexes["age"].to_numpy(float)
    near = xr.DataArray(
        np.exp(-0.5 * ((age[:, None] - age[None]) / bandwidth) ** 2), dims=("age", "other")
    )
    weight = near * cases.clip(min=1e-9).rename(age="other").drop_vars("other")
    sums = weight.sum("other")
    smooth = (weight * flow.rename(age="other").drop_vars("other")).sum("other") / sums
    return smooth.transpose(*flow.dims).assign_coords(flow.coords)


def replacement_by_cohort(
    base: xr.DataArray,
    coefficient: xr.DataArray,
    *,
    interval_years: int,
    correction: xr.DataArray | None = None,
    oldest: float | None = None,
    adjustments: pd.DataFrame | None = None,
) -> CohortReplacement:
    """Replacement demand: what cohorts of today's workers will lose, as cohorts before them did.

    Parameters
    ----------
    base : DataArray [..., occupation, age], persons
        Employed people by age at the start of the projection.
    coefficient : DataArray [..., occupation, age], share
        Net flow coefficients of :func:`cohort_flows`, perhaps smoothed.
    interval_years : int
        Interval of the coefficients.
    correction : DataArray [age], share, optional
        Added to every coefficient: the change expected in the national one, because people
        of that age will work longer or less long than they did.
    oldest : float, optional
        Coefficient of ages above the last one known; -1 says that all of them leave. When
        not given such ages are refused.
    adjustments : DataFrame, optional
        Listing of :func:`cohort_flows`, to be carried along.

    Returns
    -------
    CohortReplacement

    Raises
    ------
    CoverageError
        Occupations differ, or a base age has no coefficient (``AgesDiffer``).
    SchemaError
        A count is negative or missing, or a coefficient is below -1 (``OutOfRange``).

    See Also
    --------
    keruen.project.openings.net_openings : Job openings from it.

    Notes
    -----
    ``outflow[o] = -sum_x min(F[x, o] + correction[x], 0) E0[x, o]``. Inflow at young ages is
    not set against it: it is part of the supply. This is the net concept of Maastricht and
    of Cedefop; it is never to be mixed with gross separations.

    References
    ----------
    Willems, E. and de Grip, A. (1993). International Journal of Forecasting 9, 173-185.

    Examples
    --------
    >>> ages = {"occupation": ["7"], "age": [45, 50, 55, 60, 65]}
    >>> then = xr.DataArray([[500.0, 450, 400, 300, 120]], ages)
    >>> later = {"occupation": ["7"], "age": [50, 55, 60, 65, 70]}
    >>> now = xr.DataArray([[480.0, 430, 330, 140, 30]], later)
    >>> flow, _ = cohort_flows(then, now, interval_years=5)
    >>> base = xr.DataArray([[520.0, 470, 420, 310, 130]], ages)
    >>> found = replacement_by_cohort(base, flow, interval_years=5)
    >>> round(found.outflow.item(), 1), round(100 * found.rate.item(), 2)
    (378.0, 4.09)
    """
    import pandas as pd

    require_dims(base, "occupation", "age", name="base")
    check_counts(base=base)
    base, flow = same_cells(base.rename("base"), coefficient.rename("coefficient"), exclude=["age"])
    if correction is not None:
        flow, correction = same_cells(flow, correction)
        flow = (flow + correction).clip(min=-1.0)
    flow = _extended(flow, base, oldest)
    if bool((flow < -1.0 - 1e-9).any()):
        raise SchemaError(
            "a coefficient is below -1: a cohort cannot lose more than all",
            where=few(places(flow < -1.0 - 1e-9)),
            remedy="give shares, not percent",
            id="OutOfRange",
        )
    lost = -(flow.clip(max=0.0) * base).sum("age")
    people = base.sum("age")
    rate = lost / people.where(people > 0) / interval_years
    return CohortReplacement(
        coefficient=stamp(flow, name="cohort_flow", units="share", kind="index"),
        outflow=stamp(
            lost,
            name="outflow",
            units="persons",
            kind="count",
            inputs=(base,),
            concept="net",
            interval_years=interval_years,
        ),
        rate=stamp(
            rate,
            name="outflow_rate",
            units="share per year",
            kind="rate",
            concept="net",
            interval_years=interval_years,
        ),
        adjustments=pd.DataFrame({"cell": [], "reason": []})
        if adjustments is None
        else adjustments,
    )


def _extended(flow: xr.DataArray, base: xr.DataArray, oldest: float | None) -> xr.DataArray:
    """Coefficients at every age of the base."""
    known, wanted = flow.indexes["age"], base.indexes["age"]
    lacking = wanted.difference(known)
    above = lacking[lacking > known.max()]
    if len(lacking) and (oldest is None or len(above) < len(lacking)):
        raise CoverageError(
            f"{len(lacking)} ages of the base have no coefficient",
            where=few(lacking),
            remedy="give both dates one age group further, with 0 where nobody works; or, for "
            "the oldest, say what becomes of them: oldest=-1.0",
            id="AgesDiffer",
        )
    return flow.reindex(age=wanted, fill_value=0.0 if oldest is None else oldest)
