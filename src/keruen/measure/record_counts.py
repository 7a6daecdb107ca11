# SPDX-License-Identifier: Apache-2.0
"""What else is counted from records: reasons of answers, moves, inferred departures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from keruen.core.records import PersonRecords
from keruen.measure._record_cells import EventCells
from keruen.measure.record_tables import CountTable, ObservedDays

if TYPE_CHECKING:
    import pandas as pd


def answer_counts(answers: PersonRecords) -> pd.DataFrame:
    """Why rows took no part, and what had to be supposed or assumed, counted.

    Parameters
    ----------
    answers : PersonRecords
        Crossings as :func:`keruen.measure.residence.classify_crossings` answers them.

    Returns
    -------
    DataFrame
        ``what``, ``reason``, ``count``. Rows ``excluded``, by reason; crossings after which a
        missing one was ``supposed``; persons by how their ``first_status`` was known; crossings
        ``contradicted`` by a statement; and ``answers`` of crossings used: long_term_arrival,
        long_term_departure, none, open.

    See Also
    --------
    keruen.measure.residence.classify_crossings : Explains the reasons.
    """
    import pandas as pd

    reasons = answers.tabulate(["excluded"])
    firsts = answers.tabulate(["initial"], where={"excluded": None})
    kinds = answers.tabulate(["direction", "long_term"], where={"excluded": None})
    names = {(1, 1): "long_term_arrival", (0, 1): "long_term_departure"}
    codes = zip(kinds["direction"], kinds["long_term"].fillna(-1), strict=True)
    kinds["reason"] = [
        names.get((int(way), int(answer)), "none" if answer == 0 else "open")
        for way, answer in codes
    ]
    marks = {
        "supposed": answers.select(["person_id"], where={"gap_after": True}).count(),
        "contradicted": answers.select(["person_id"], where={"contradicted": True}).count(),
    }
    parts = [
        reasons.rename(columns={"excluded": "reason"}).dropna().assign(what="excluded"),
        firsts.rename(columns={"initial": "reason"}).dropna().assign(what="first_status"),
        pd.DataFrame({"reason": "crossings", "count": marks.values(), "what": list(marks)}),
        kinds.groupby("reason", as_index=False)["count"].sum().assign(what="answers"),
    ]
    return reason_table(pd.concat(parts))


def reason_table(counts: pd.DataFrame) -> pd.DataFrame:
    """Counts of reasons in their order, without those that never occur.

    Parameters
    ----------
    counts : DataFrame
        ``what``, ``reason``, ``count``.

    Returns
    -------
    DataFrame
    """
    table: pd.DataFrame = counts[["what", "reason", "count"]].query("count > 0")
    return table.sort_values(["what", "reason"], ignore_index=True)


def event_counts(
    events: PersonRecords,
    *,
    by: Sequence[str],
    observed: ObservedDays,
    time: str = "event_time",
    measure: str = "moves",
    secret: bytes | None = None,
) -> CountTable:
    """Events such as moves, by month and columns.

    Parameters
    ----------
    events : PersonRecords
        A row an event.
    by : sequence of str
        Columns.
    observed : ObservedDays
        The days observed, which say how sure each month is.
    time : str, optional
        Column of the day; rows without one are not counted.
    measure : str, optional
        What the count is called.
    secret : bytes, optional
        16 bytes to make secret keys of persons from.

    Returns
    -------
    CountTable

    See Also
    --------
    keruen.measure.traces.moves_from_traces : Finds moves.

    Examples
    --------
    >>> from datetime import date
    >>> from keruen.sources.records import table_records
    >>> moves = table_records(
    ...     person_id=[1, 2], event_time=[date(2024, 1, 9), date(2024, 1, 20)], origin=["A", "A"]
    ... )
    >>> observed = ObservedDays(date(2023, 1, 1), date(2025, 1, 1), 120)
    >>> event_counts(moves, by=["origin"], observed=observed).wide()["moves"].to_list()
    [2]
    """
    kernel = EventCells(tuple(by), time, secret)
    cells = events.apply(kernel, kernel.schema).tabulate(["month", *by], total=["key"])
    cells.insert(1, "status", observed.statuses(cells["month"].tolist()))
    return CountTable(cells.assign(measure=measure), tuple(by), (measure,))
