# SPDX-License-Identifier: Apache-2.0
"""A run of refugee capacity: the record of forecasts, draws, queue, officers and places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, get_args

import xarray as xr

from keruen.core.errors import CodeError
from keruen.decide.refugees import (
    ForecastMethod,
    ForecastRecord,
    RefugeeCapacity,
    evaluate_forecasts,
    forecast_applications,
    forecast_methods,
    plan_capacity,
    to_months,
    with_shocks,
)
from keruen.decide.refugees.forecast import shortest_history
from keruen.decide.uncertainty import sample_inputs
from keruen.report.caseload_inputs import CaseloadInputs, caseload_inputs, read_shock
from keruen.report.flow_run import Step, quiet

AUTO: Final = "auto"
_MONTHS: Final = 12
_RECORD_DRAWS: Final = 300
_RECORD_ORIGINS: Final = 24
_WORTH_IT: Final = 0.98
"""Relative error that a method must reach before it is preferred to the simplest."""


@dataclass(frozen=True)
class CaseloadRun:
    """What a run used and what it found.

    Parameters
    ----------
    inputs : CaseloadInputs
        Applications, backlog and terms.
    record : ForecastRecord or None
        How the methods would have done; None where the history is too short to tell.
    method : str
        Method of the forecast.
    plan : RefugeeCapacity
        Twelve months ahead: scenarios, officers, places.
    shocks : tuple of Shock
        Events that were asked for.
    options : dict
        Options as given.
    """

    inputs: CaseloadInputs
    record: ForecastRecord | None
    method: str
    plan: RefugeeCapacity
    shocks: tuple
    options: Mapping[str, object]


def run_caseload_plan(
    given: Path | str,
    *,
    terms: Mapping[str, str],
    backlog: int | None = None,
    shocks: Sequence[str] = (),
    method: str = AUTO,
    months_after: int = 1,
    confidence: float = 0.95,
    draws: int = 1000,
    seed: int = 1,
    step: Step | None = None,
) -> CaseloadRun:
    """Forecast applications of a year and what they ask of officers and reception.

    Parameters
    ----------
    given : Path or str
        ISO 3166-1 alpha-3 code, or a file of monthly applications.
    terms : mapping of str to str
        Officers, rate, recognition, withdrawal, housed: numbers or two ends, as typed.
    backlog : int, optional
        Cases at the start.
    shocks : sequence of str, optional
        Events, ``NAME:PERSONS:SHARE:MONTH:MONTHS``.
    method : str, optional
        A method of :func:`~keruen.decide.refugees.forecast_methods`; ``auto`` takes the one
        that would have erred least, and the last value where it is within 2%.
    months_after : int, optional
        Months in reception after the last decision.
    confidence : float, optional
        Share of futures in which places and officers are enough.
    draws : int, optional
        Futures.
    seed : int, optional
        Seed of the run.
    step : callable, optional
        Told how far the work is.

    Returns
    -------
    CaseloadRun

    Raises
    ------
    WorkbenchError
        Whatever is wrong with file or options, all of it at once where it can be.

    See Also
    --------
    keruen.report.caseload_page.caseload_report : Tells it.

    Examples
    --------
    >>> terms = {"officers": "10", "rate": "10", "housed": "0.3", "withdrawal": "0"}
    >>> run = run_caseload_plan("KGZ", terms=terms, draws=100)
    >>> run.plan.backlog.sizes["month"]
    12
    """
    tell = step or quiet
    if method not in (AUTO, *get_args(ForecastMethod)):
        allowed = ", ".join((AUTO, *get_args(ForecastMethod)))
        raise CodeError(f"no method '{method}'", where="--method", remedy=f"use {allowed}")
    tell(0.05, "reading")
    events = tuple(read_shock(one) for one in shocks)
    inputs = caseload_inputs(given, terms=terms, backlog=backlog)
    tell(0.2, "record of forecasts")
    record = _record(inputs, seed)
    used = method if method != AUTO else _best(record)
    tell(0.5, "forecast")
    months = _forecast(inputs, used, draws, seed)
    if events:
        months = with_shocks(months, events)
    tell(0.6, "queue")
    drawn = sample_inputs(list(inputs.terms.values()), draws, seed=seed)
    plan = plan_capacity(
        months,
        officers=drawn["officers"],
        rate=drawn["rate"],
        recognition=drawn["recognition"],
        withdrawal=drawn["withdrawal"],
        housed=drawn["housed"],
        backlog=xr.DataArray(round(inputs.backlog)),
        months_after=months_after,
        confidence=confidence,
        seed=seed,
    )
    options = {
        "given": str(given), "backlog": backlog, "method": method, "months_after": months_after,
        "confidence": confidence, "draws": draws, "seed": seed, "shocks": list(shocks), **terms,
    }  # fmt: skip
    return CaseloadRun(inputs, record, used, plan, events, options)


def _best(record: ForecastRecord | None) -> str:
    """The best method, or the simplest where the best is hardly better."""
    if record is None:
        return "last_value"
    mean = record.table.groupby("method", sort=False)["relative"].mean()
    return record.best if mean[record.best] < _WORTH_IT else str(mean.index[0])


def _ahead(inputs: CaseloadInputs) -> int:
    return _MONTHS if inputs.monthly else 1


def _record(inputs: CaseloadInputs, seed: int) -> ForecastRecord | None:
    """The record of all methods that the history is long enough for; None when it is not."""
    time: Literal["year", "month"] = "month" if inputs.monthly else "year"
    ahead = _ahead(inputs)
    length = inputs.history.sizes[time]
    able = [m for m in forecast_methods(time) if shortest_history(m, time, ahead) < length]
    if not able:
        return None
    first = int(inputs.history[time][-1]) - _RECORD_ORIGINS
    return evaluate_forecasts(
        inputs.history, ahead=ahead, seed=seed, methods=able, draws=_RECORD_DRAWS, first=first
    )


def _forecast(inputs: CaseloadInputs, method: str, draws: int, seed: int) -> xr.DataArray:
    """Applications of the twelve months ahead, numbered from 1."""
    chosen: dict[str, ForecastMethod] = {name: name for name in get_args(ForecastMethod)}
    drawn = forecast_applications(
        inputs.history, ahead=_ahead(inputs), method=chosen[method], seed=seed, draws=draws
    ).sel(destination=inputs.name, drop=True)
    if not inputs.monthly:
        return to_months(drawn, seed=seed)
    return drawn.assign_coords(month=range(1, _MONTHS + 1))
