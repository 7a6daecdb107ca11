# SPDX-License-Identifier: Apache-2.0
"""The queue of asylum cases month by month: who waits, and how long."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import xarray as xr

from keruen.core.arrays import stamp
from keruen.core.errors import CodeError, SchemaError
from keruen.core.random import stream
from keruen.core.tables import to_table
from keruen.decide.refugees._queue import FLOWS, Course, Floats, run_queue
from keruen.decide.refugees._terms import Labels, make_terms

if TYPE_CHECKING:
    import pandas as pd

Order = Literal["oldest_first", "newest_first"]


@dataclass(frozen=True)
class Caseload:
    """Flows of cases month by month, and how long they wait.

    Parameters
    ----------
    start, entered, withdrawn, decided, end : DataArray [stage, ..., month, origin], persons
        ``start + entered = end + decided + withdrawn`` in every cell.
    recognised, appealed : DataArray [stage, ..., month, origin], persons
        Part of those decided who are protected, and of those refused who go on to the next
        stage, which they enter in the same month.
    wait_little : DataArray [stage, ..., month], months
        Backlog over throughput of the month: how long the queue would last at this pace.
        Infinite where nobody leaves.
    wait_median, wait_90 : DataArray [stage, ..., month], months
        Months that those decided had waited: half, and nine in ten, no longer than this.
    age_median, age_90 : DataArray [stage, ..., month], months
        The same of those still waiting at the end of the month.
    decided_by_wait : DataArray [stage, waited, ..., origin], persons
        Decided in all months, by months waited.
    waiting_by_wait : DataArray [stage, waited, ..., origin], persons
        Waiting at the end of the last month, by months waited.

    See Also
    --------
    run_caseload : Makes it.
    """

    start: xr.DataArray
    entered: xr.DataArray
    withdrawn: xr.DataArray
    decided: xr.DataArray
    end: xr.DataArray
    recognised: xr.DataArray
    appealed: xr.DataArray
    wait_little: xr.DataArray
    wait_median: xr.DataArray
    wait_90: xr.DataArray
    age_median: xr.DataArray
    age_90: xr.DataArray
    decided_by_wait: xr.DataArray
    waiting_by_wait: xr.DataArray

    def final(self) -> xr.DataArray:
        """Persons whose case is over by a decision: decided, less those who go on.

        Returns
        -------
        DataArray [stage, ..., month, origin], persons
        """
        over = self.decided - self.appealed
        return stamp(over, name="final", units="persons", kind="count", inputs=[self.decided])

    def imbalance(self) -> float:
        """Largest amount by which a month does not add up: rounding, or 0.

        Returns
        -------
        float
            Persons.
        """
        gap = self.start + self.entered - self.end - self.decided - self.withdrawn
        return float(abs(gap).max())

    def to_table(self) -> pd.DataFrame:
        """Tidy table of the flows, one row a month, stage and origin.

        Returns
        -------
        DataFrame
            Keys and the flows; trajectories stay side by side as rows.
        """
        table = to_table(self.start)
        for name in (*FLOWS[1:], "final"):
            part = self.final() if name == "final" else getattr(self, name)
            table[name] = part.to_numpy().ravel()
        return table


def run_caseload(
    applications: xr.DataArray,
    *,
    officers: xr.DataArray | float,
    rate: xr.DataArray | float,
    recognition: xr.DataArray | float,
    appeal: xr.DataArray | float = 0.0,
    withdrawal: xr.DataArray | float = 0.0,
    productivity: xr.DataArray | float = 1.0,
    backlog: xr.DataArray | None = None,
    order: Order = "oldest_first",
    seed: int | None = None,
    draws: int = 1,
) -> Caseload:
    """Runs a queue of cases month by month, by stage of the procedure and origin.

    Parameters
    ----------
    applications : DataArray [..., month, origin], persons per month
        New applications; they enter the first stage, the first label of ``stage`` where it
        stands first. Here and below ``origin`` may be left out, and ``trajectory`` or
        ``scenario`` may stand beside.
    officers : float or DataArray [..., month, stage, origin], officers
        Officers at work. Without ``origin`` they serve all origins in the order of the queue;
        with it each origin has its own.
    rate : float or DataArray [..., stage], decisions per officer and month
        Above 0.
    recognition : float or DataArray [..., stage, origin], share
        Of those decided, how many are protected.
    appeal : float or DataArray [..., stage, origin], share, optional
        Of those refused, how many go on to the next stage; nobody at the last one.
    withdrawal : float or DataArray [..., stage, origin], share per month, optional
        Of those waiting at the start of a month, how many leave without a decision.
    productivity : float or DataArray [..., month, origin], ratio, optional
        Speed relative to ``rate``: below 1 where cases are harder or interpreters few.
    backlog : DataArray [stage, origin, waited], persons, optional
        Cases at the start, by months waited. Without ``waited`` all count from now; without
        ``stage`` they are at the first.
    order : {"oldest_first", "newest_first"}, optional
        Which cases are taken up first, at every stage.
    seed : int, optional
        With it one course of events in whole persons: withdrawals, outcomes and appeals are
        drawn, applications and backlog must be whole. Without it expectations.
    draws : int, optional
        Courses to draw, when inputs have no trajectories of their own.

    Returns
    -------
    Caseload

    Raises
    ------
    SchemaError
        A number is negative, or a share not within 0 to 1; an appeal beyond the last stage
        (``AppealFromLastStage``); persons are not whole (``NotWhole``); months are out of
        order (``BadOrder``). All faults together.
    CoverageError
        A number is missing, or labels differ.
    CodeError
        The order is unknown.

    See Also
    --------
    officers_to_clear : Officers for a backlog and a time.
    occupancy_of : Places in reception that follow from it.

    Notes
    -----
    ``B[t+1] = B[t] + in - decided - withdrawn`` with ``decided = min(B + in - withdrawn, officers
    rate productivity)`` and ``in`` at the next stage ``= refused appeal``. A case decided in the
    month in which it joined has waited 0 months, one month later 1, and so on: the sum of
    months waited equals the sum of the backlogs at the ends of the months, which is Little's
    law ``backlog = throughput wait`` in exact form. Applications are persons; the officer's rate
    counts persons too.

    References
    ----------
    Little, J. D. C. (1961). Operations Research 9(3), 383-387.

    Examples
    --------
    >>> coming = xr.DataArray([150.0] * 13, {"month": range(1, 14)})
    >>> found = run_caseload(coming, officers=25, rate=10, recognition=0.4,
    ...     backlog=xr.DataArray(1200.0))
    >>> found.end.squeeze().values[[0, 10, 11, 12]].tolist()
    [1100.0, 100.0, 0.0, 0.0]
    """
    if order not in get_args(Order):
        allowed = ", ".join(get_args(Order))
        raise CodeError(f"no order '{order}'", where="order", remedy=f"use {allowed}")
    given = {
        "applications": applications,
        "officers": officers,
        "rate": rate,
        "recognition": recognition,
        "appeal": appeal,
        "withdrawal": withdrawal,
        "productivity": productivity,
    }
    newest = order == "newest_first"
    terms, labels = make_terms(given, backlog, newest_first=newest, copies=draws)
    _refuse_last_appeal(appeal, labels)
    rng = None
    if seed is not None:
        _refuse_fractions(terms.applications, terms.backlog)
        rng = stream(seed, "refugees", "caseload")
    return _caseload(run_queue(terms, rng), labels, applications)


def _refuse_last_appeal(appeal: xr.DataArray | float, labels: Labels) -> None:
    stages = labels.cells["stage"]
    last = appeal
    if isinstance(appeal, xr.DataArray) and "stage" in appeal.dims:
        last = appeal.sel(stage=stages[-1])
    elif len(stages) > 1:
        return  # one rate for all stages: read up to the last but one
    if bool((xr.DataArray(last) > 0).any()):
        raise SchemaError(
            f"an appeal from the last stage, '{stages[-1]}'",
            where="appeal",
            remedy="add the stage that hears it, or give 0 there",
            id="AppealFromLastStage",
        )


def _refuse_fractions(*counts: Floats) -> None:
    if not all((count == np.floor(count)).all() for count in counts):
        raise SchemaError(
            "applications or backlog are not whole persons",
            where="seed",
            remedy="draw whole numbers first, or leave 'seed' out for expectations",
            id="NotWhole",
        )


def _caseload(course: Course, labels: Labels, source: xr.DataArray) -> Caseload:
    def array(values: Floats, dims: tuple[str, ...], name: str, units: str) -> xr.DataArray:
        names = {**labels.cells, "waited": np.arange(values.shape[-1])}
        shape = [len(one) for one in labels.extra.values()]
        made = xr.DataArray(
            values.reshape(*shape, *values.shape[1:]),
            {**labels.extra, **{dim: names[dim] for dim in dims}},
            (*labels.extra, *dims),
        )
        kind: Literal["count", "index"] = "count" if units == "persons" else "index"
        return stamp(made, name=name, units=units, kind=kind, inputs=[source])

    by_cell = ("month", "stage", "origin")
    flows = {name: array(getattr(course, name), by_cell, name, "persons") for name in FLOWS}
    waits = {
        name: array(getattr(course, name), ("month", "stage"), name, "months")
        for name in ("wait_median", "wait_90", "age_median", "age_90")
    }
    by_wait = {
        name: array(getattr(course, name), ("stage", "origin", "waited"), name, "persons")
        for name in ("decided_by_wait", "waiting_by_wait")
    }
    backlog = course.end.sum(axis=-1)
    through = (course.decided + course.withdrawn).sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        little = np.where(backlog > 0, backlog / through, 0.0)
    wait = array(little, ("month", "stage"), "wait_little", "months")
    return Caseload(**flows, **waits, **by_wait, wait_little=wait)
