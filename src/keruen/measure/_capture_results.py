# SPDX-License-Identifier: Apache-2.0
"""From fitted models of captures, or Chao's bound, to what is told of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import xarray as xr

from keruen.core.arrays import stamp
from keruen.measure._capture_bounds import chao_corrected
from keruen.measure._capture_cells import CaptureCells
from keruen.measure._capture_goodness import goodness
from keruen.measure._capture_summary import (
    bootstrap_bounds,
    coefficient_table,
    interval_table,
    weaknesses,
)
from keruen.measure._count_fit import Fit, sizes
from keruen.measure._count_models import MODELS, Floats
from keruen.measure._irregular_bounds import irregular_estimate, log_normal_interval, persons
from keruen.measure.capture_result import CaptureRecapture
from keruen.measure.irregular_estimates import Covers, IrregularEstimate

_ASSUMES: Final[dict[str, str]] = {
    "poisson": "people alike in the covariates are caught at one rate, each time independently",
    "geometric": "rates of people alike in the covariates vary as an exponential distribution",
    "negative_binomial": "rates of people alike in the covariates vary as a gamma distribution",
    "one_inflated_": "some people are always caught exactly once; the others: ",
    "removal_": "some people caught once cannot be caught again; the others: ",
    "zelterman": "people caught once or twice have the rate of those never caught",
    "chao": "rates may vary in any way: a lower bound of the population",
    "chao_corrected": "rates may vary in any way: a lower bound of the population",
}
_SHARED: Final = "; nobody enters or leaves in the period; every person is recognised"


def assumption(model: str) -> str:
    """What must hold for a model, in words."""
    for prefix in ("one_inflated_", "removal_"):
        if model.startswith(prefix):
            return _ASSUMES[prefix] + _ASSUMES[model.removeprefix(prefix)] + _SHARED
    return _ASSUMES[model] + _SHARED


def fitted_result(
    model: str,
    cells: CaptureCells,
    found: Fit,
    drawn: Floats | None,
    *,
    covers: Covers,
    moment: str,
) -> CaptureRecapture:
    """Everything that is told of a fitted model; the last stratum is everybody."""
    chosen = MODELS[model]
    total, variance = sizes(chosen, cells.groups, cells.people[None], found, cells.member)
    size, error, seen = (
        xr.DataArray(one, dims="cell")
        for one in (total[0], np.sqrt(variance[0]), cells.people @ cells.member)
    )
    lower, upper = log_normal_interval(size, error, seen)
    kind, open_share = "95 %, log-normal", 0.0
    if drawn is not None:
        lower, upper, open_share = bootstrap_bounds(drawn, size)
        kind = f"95 %, bootstrap of {len(drawn)} draws"
    notes = weaknesses(model, (size, lower, upper), cells, found, open_share)

    def told(shape: xr.DataArray, part: slice | int) -> IrregularEstimate:
        values = (one.to_numpy()[part] for one in (size, lower, upper))
        return irregular_estimate(
            model,
            (shape.copy(data=np.reshape(one, shape.shape)) for one in values),
            covers=covers,
            moment=moment,
            assumption=assumption(model),
            interval=kind,
            notes=notes,
        )

    partial = chosen.base == "logistic"  # uses some of the people: not to be compared
    level = np.nan if partial else float(found.log_likelihood[0])
    count, people = found.parameters.shape[1], float(cells.people.sum())
    tests, frequencies = goodness(chosen, cells, found)
    return CaptureRecapture(
        estimate=told(xr.DataArray(0.0), -1),
        strata=told(cells.strata, slice(0, -1)) if cells.strata.ndim else None,
        standard_error=persons(error[-1], "standard_error"),
        interval=interval_table(size[-1], error[-1], seen[-1], drawn),
        coefficients=coefficient_table(chosen, cells.terms, found),
        frequencies=frequencies,
        goodness=None if partial else tests,
        log_likelihood=level,
        aic=2 * count - 2 * level,
        bic=count * float(np.log(people)) - 2 * level,
    )


def bounded_result(
    caught: xr.DataArray, strata: Sequence[str], *, covers: Covers, moment: str
) -> CaptureRecapture:
    """Chao's bias-corrected bound, each stratum by itself, and their sum."""
    bound = chao_corrected(caught, strata)
    total, spread, seen = bound.size.sum(), (bound.error**2).sum() ** 0.5, bound.seen.sum()
    weak = "nobody was caught twice in some stratum: the correction carries the figure"

    def told(value: xr.DataArray, around: xr.DataArray, people: xr.DataArray) -> IrregularEstimate:
        return irregular_estimate(
            "chao_corrected",
            (value, *log_normal_interval(value, around, people)),
            covers=covers,
            moment=moment,
            assumption=assumption("chao_corrected"),
            interval="95 %, log-normal",
            notes=(weak,) if bound.corrected_alone else (),
        )

    none = xr.DataArray(
        np.zeros((0, 2)),
        dims=("term", "statistic"),
        coords={"term": [], "statistic": ["estimate", "standard_error"]},
    )
    return CaptureRecapture(
        estimate=told(total, spread, seen),
        strata=told(bound.size, bound.error, bound.seen) if strata else None,
        standard_error=persons(spread, "standard_error"),
        interval=interval_table(total, spread, seen, None),
        coefficients=stamp(none, name="coefficients", units="1", kind="index"),
        frequencies=persons(bound.frequencies.expand_dims(series=["observed"]), "persons"),
        goodness=None,
        log_likelihood=np.nan,
        aic=np.nan,
        bic=np.nan,
    )
