# SPDX-License-Identifier: Apache-2.0
"""Regression discontinuity: those just above a cut-off beside those just below it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import xarray as xr

from keruen.core.arrays import stamp
from keruen.core.errors import EstimationError, SchemaError
from keruen.decide.evaluate._discontinuity_cases import sides_of
from keruen.decide.evaluate._discontinuity_tables import (
    Jump,
    balance_table,
    bins_table,
    jump_checks,
    path_table,
)
from keruen.decide.evaluate._honest import half_length, honest, rule_of_thumb, tail
from keruen.decide.evaluate._local_linear import Side, bandwidths, limit
from keruen.decide.evaluate.result import Evaluation, bounds, normal_interval, refuse_level

if TYPE_CHECKING:
    import pandas as pd

Interval = Literal["auto", "robust", "honest"]

DISTINCT: Final = 15
"""Fewest distinct values a side for an interval that takes the running variable as smooth."""

_ROBUST_NEEDS: Final = 6
_HONEST_NEEDS: Final = 3
_WITHIN: Final = 4


def regression_discontinuity(
    outcome: xr.DataArray,
    running: xr.DataArray,
    cutoff: float,
    *,
    covariates: xr.DataArray | None = None,
    interval: Interval = "auto",
    bandwidth: float | None = None,
    curvature: float | None = None,
    level: float = 0.95,
) -> Evaluation:
    """Effect of a rule on those at its cut-off: the jump of the outcome there.

    Parameters
    ----------
    outcome : DataArray [case]
        Outcome of every case; the one dimension may have any name.
    running : DataArray [case]
        What the rule looks at, such as points; at the cut-off or above it, the rule holds.
    cutoff : float
        The cut-off.
    covariates : DataArray [series, case], optional
        Facts settled before the rule, which should not jump.
    interval : {"auto", "robust", "honest"}, optional
        Robust and bias-corrected; or honest, which allows for the worst curvature and is
        right also with few distinct values. ``auto`` takes the honest one below 15 distinct
        values on a side.
    bandwidth : float, optional
        Of the robust interval; that of the least mean squared error when not given.
    curvature : float, optional
        Largest second derivative, for the honest interval; by a rule of thumb when not given.
    level : float, optional
        Probability of the interval.

    Returns
    -------
    Evaluation
        Tables: ``bandwidth_path`` (``curvature_path`` with the honest interval), ``bins``
        (mean outcome by stretches of the running variable), ``sides`` (bandwidth and cases),
        and ``balance`` with covariates.

    Raises
    ------
    SchemaError
        A value is missing (``MissingValue``), or an option is not possible.
    EstimationError
        The effect is not identified: nobody on one side (``NoControls``), too few distinct
        values (``FewValues``), or the outcome never changes (``NoVariation``).

    See Also
    --------
    synthetic_control : One treated unit.

    Notes
    -----
    Local lines with triangular weights on both sides. The robust interval is centred on the
    estimate less its estimated bias and counts the variance of that estimate (Calonico,
    Cattaneo and Titiunik 2014); variances by three nearest neighbours. The honest interval is
    ``estimate +- cv(bias / se) se``, where ``bias`` is the most that a curve with the largest
    second derivative can cause and ``cv`` the quantile of ``|N(bias / se, 1)|``; its width is
    the one that makes it shortest, and the rule of thumb is the largest second derivative of
    a polynomial of fourth order on either side. The test of density is that of McCrary; it is
    left out where the running variable is discrete.

    References
    ----------
    Calonico, S., Cattaneo, M. and Titiunik, R. (2014). Econometrica 82(6), 2295-2326.
    Calonico, S., Cattaneo, M. and Farrell, M. (2020). Econometrics Journal 23(2), 192-210.
    Kolesar, M. and Rothe, C. (2018). American Economic Review 108(8), 2277-2304.
    McCrary, J. (2008). Journal of Econometrics 142(2), 698-714.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> points = xr.DataArray(rng.uniform(40, 90, 2000), dims="case",
    ...     coords={"case": range(2000)})
    >>> wage = 100 + 2 * points + 30 * (points >= 65) + rng.normal(0, 10, 2000)
    >>> found = regression_discontinuity(wage, points, 65)
    >>> low, high = found.interval.to_numpy()
    >>> bool(low < 30 < high), found.estimate.round(0).item()
    (True, 31.0)
    """
    refuse_level(level)
    left, right, more = sides_of(outcome, running, cutoff, covariates)
    kind = _kind(left, right, interval)
    _refuse_options(kind, bandwidth, curvature)
    if kind == "robust":
        jump = robust_jump(left, right, bandwidth=bandwidth, level=level)
    else:
        bend = rule_of_thumb(left, right) if curvature is None else curvature
        jump = _honest_jump(left, right, curvature=bend, level=level)
    again = dict(_jumps(left, right, more, kind=kind, level=level))
    by = "bandwidth" if kind == "robust" else "curvature"
    path = path_table(jump, _tried(left, right, jump, kind=kind, level=level), by)
    tables: dict[str, pd.DataFrame] = {
        f"{by}_path": path,
        "bins": bins_table(left, right, cutoff),
        "sides": jump.sides(),
    }
    if more:
        tables["balance"] = balance_table(again, tuple(more))
    units = str(outcome.attrs.get("units", "units of the outcome"))
    effect = xr.DataArray(jump.estimate)
    return Evaluation(
        method="discontinuity",
        estimate=stamp(
            effect, name="effect", units=units, kind=outcome.attrs.get("kind", "index"),
            inputs=[outcome],
        ),
        interval=bounds(jump.low, jump.high, level=level),
        level=level,
        standard_error=xr.DataArray(jump.error),
        p_value=xr.DataArray(jump.p_value),
        clusters=sum(jump.observations),
        assumption="smooth_at_cutoff",
        checks=jump_checks(left, right, path, tables.get("balance"), by=by, need=DISTINCT),
        does_not_say=("only_at_cutoff", "rule_not_programme"),
        tables=tables,
        options={"cutoff": cutoff, "interval": kind, "bandwidth": jump.width, **jump.noted},
    )  # fmt: skip


def robust_jump(left: Side, right: Side, *, bandwidth: float | None = None, level: float) -> Jump:
    """The jump with its robust interval.

    Parameters
    ----------
    left, right : tuple of ndarray
        Distances from the cut-off and outcomes of both sides.
    bandwidth : float, optional
        Of the line and of its bias; by least mean squared error when not given.
    level : float
        Probability of the interval.

    Returns
    -------
    Jump

    Raises
    ------
    EstimationError
        Too few distinct values lie within the bandwidth (``FewValues``), or none can be
        chosen because the outcome lies on a line (``NoVariation``).
    """
    from scipy.special import ndtr

    width, pilot = bandwidths(left, right) if bandwidth is None else (bandwidth, bandwidth)
    _refuse_width(left, right, width, pilot)
    ends = limit(left, width, pilot), limit(right, width, pilot)
    corrected = ends[1].corrected - ends[0].corrected
    error = float(np.sqrt(ends[0].robust_variance + ends[1].robust_variance))
    low, high = normal_interval(corrected, error, level=level)
    p_value = 2.0 * float(ndtr(-abs(corrected) / error)) if error else float(corrected == 0)
    return Jump(
        estimate=ends[1].usual - ends[0].usual,
        low=float(low),
        high=float(high),
        error=error,
        p_value=p_value,
        width=width,
        observations=(ends[0].observations, ends[1].observations),
        noted={"bias_bandwidth": pilot, "corrected": corrected},
    )


def _refuse_width(left: Side, right: Side, width: float, pilot: float) -> None:
    if not (np.isfinite(width) and np.isfinite(pilot) and min(width, pilot) > 0):
        raise EstimationError(
            "no bandwidth can be chosen: the outcome does not vary around a line",
            where="bandwidth",
            remedy="give a bandwidth, or an outcome that differs between cases",
            id="NoVariation",
        )
    near = [len(np.unique(x[np.abs(x) < min(width, pilot)])) for x, _ in (left, right)]
    if min(near) < _WITHIN:
        raise EstimationError(
            f"one side has {min(near)} distinct values within the bandwidth",
            where=f"bandwidth={width:.6g}",
            remedy=f"{_WITHIN} are needed: give a larger bandwidth, or choose the honest interval",
            id="FewValues",
        )


def _honest_jump(left: Side, right: Side, *, curvature: float, level: float) -> Jump:
    line = honest(left, right, curvature, level)
    reach = half_length(line, level)
    chance = tail(abs(line.estimate) / line.error, line.bias / line.error) if line.error else 0.0
    return Jump(
        estimate=line.estimate,
        low=line.estimate - reach,
        high=line.estimate + reach,
        error=line.error,
        p_value=min(1.0, chance),
        width=line.width,
        observations=line.observations,
        noted={"curvature": curvature, "worst_bias": line.bias},
    )


def _jumps(
    left: Side,
    right: Side,
    more: Mapping[str, tuple[np.ndarray, np.ndarray]],
    *,
    kind: str,
    level: float,
) -> Iterator[tuple[str, Jump]]:
    """The jump of every covariate that varies."""
    for name, (below, above) in more.items():
        sides = (left[0], below), (right[0], above)
        if kind == "honest":
            bend = rule_of_thumb(*sides)
            yield name, _honest_jump(*sides, curvature=bend, level=level)
            continue
        try:
            yield name, robust_jump(*sides, level=level)
        except EstimationError:  # shown as not judged
            continue


def _tried(left: Side, right: Side, jump: Jump, *, kind: str, level: float) -> Iterator[Jump]:
    """The jump with half to twice the bandwidth, or the curvature."""
    for share in (0.5, 0.75, 1.25, 1.5, 2.0):
        try:
            if kind == "robust":
                yield robust_jump(left, right, bandwidth=share * jump.width, level=level)
            else:
                bend = share * float(str(jump.noted["curvature"]))
                yield _honest_jump(left, right, curvature=bend, level=level)
        except EstimationError:  # too few distinct values within
            continue


def _kind(left: Side, right: Side, interval: Interval) -> Literal["robust", "honest"]:
    if interval not in ("auto", "robust", "honest"):
        raise SchemaError(
            f"'{interval}' is not an interval", where="interval", remedy="auto, robust or honest"
        )
    distinct = min(len(np.unique(side[0])) for side in (left, right))
    kind = interval if interval != "auto" else "honest" if distinct < DISTINCT else "robust"
    need = _ROBUST_NEEDS if kind == "robust" else _HONEST_NEEDS
    if distinct < need:
        raise EstimationError(
            f"one side has {distinct} distinct values of the running variable",
            where=f"interval={kind}",
            remedy=f"{need} are needed: compare the two sides of the rule in another way",
            id="FewValues",
        )
    return kind


def _refuse_options(kind: str, bandwidth: float | None, curvature: float | None) -> None:
    for name, value, other in (
        ("bandwidth", bandwidth, "robust"),
        ("curvature", curvature, "honest"),
    ):
        if value is not None and not (value > 0 and kind == other):
            raise SchemaError(
                f"a {name} is above 0 and belongs to the {other} interval",
                where=f"{name}={value}, interval={kind}",
                remedy=f"leave it out, or choose the {other} interval",
            )
