# SPDX-License-Identifier: Apache-2.0
"""What a plan of refugee capacity rests on: assumptions, events, and what is left out."""

from __future__ import annotations

from keruen.report.caseload_run import CaseloadRun
from keruen.report.caseload_words import LEFT_OUT, TERM_NAMES, TERM_UNITS
from keruen.report.document import Column, Exhibit, Row, Section, Table
from keruen.report.locale import Count, Percent, Value, Verbatim, msg


def assumed(run: CaseloadRun) -> Section:
    """Every assumption with its ends and its basis.

    Parameters
    ----------
    run : CaseloadRun
        The run.

    Returns
    -------
    Section
    """
    columns = (
        Column("low", msg("Lowest")),
        Column("high", msg("Highest")),
        Column("unit", msg("Unit")),
        Column("basis", msg("Basis")),
    )
    rows = [
        _term(name, one.values, one.source, embedded=name in run.inputs.embedded)
        for name, one in run.inputs.terms.items()
    ]
    basis: Value = msg("given by the user")
    if run.inputs.backlog_year:
        basis = Verbatim(f"UNHCR, {run.inputs.backlog_year}-12-31")
    waiting = Count(run.inputs.backlog)
    rows.append(Row("backlog", TERM_NAMES["backlog"], (waiting, waiting, msg("persons"), basis)))
    for shock in run.shocks:
        told = msg(
            "{size} displaced, {share} of them come, from month {start}, over {months} months",
            size=Count(float(shock.size)), share=Percent(100 * float(shock.share)),
            start=Count(shock.start), months=Count(shock.duration),
        )  # fmt: skip
        rows.append(Row(f"shock.{shock.name}", Verbatim(shock.name), (None, None, None, told)))
    note = msg("Events are assumptions: nothing is said of how likely they are.")
    heading = msg("Every assumption and its basis")
    table = Table("assumptions", msg("Assumption"), columns, tuple(rows))
    return Section(
        "assumed", msg("Assumptions"), exhibits=(Exhibit(table, heading, notes=(note,)),)
    )


def _term(name: str, values: object, source: str, *, embedded: bool) -> Row:
    numbers = [float(v) for v in dict(values).values()]  # type: ignore[call-overload]
    low, high = min(numbers), max(numbers)
    share = TERM_UNITS[name][1]
    ends = (Percent(100 * low), Percent(100 * high)) if share else (Count(low, 1), Count(high, 1))
    basis: Value = msg("given by the user")
    if embedded:
        basis = msg("{source}; the interval is that of chance", source=source)
    return Row(name, TERM_NAMES[name], (*ends, TERM_UNITS[name][0], basis))


def left_out() -> Section:
    """What the plan does not count.

    Returns
    -------
    Section
    """
    return Section("left_out", msg("What was not counted"), LEFT_OUT)
