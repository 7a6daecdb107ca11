# SPDX-License-Identifier: Apache-2.0
"""Sections of a proposal: method and proof, decisions, fairness, who waits, doubts, money."""

from __future__ import annotations

import math
from datetime import date
from typing import Final

from keruen.report.document import Column, Exhibit, Figure, Row, Section, Table
from keruen.report.locale import Count, Message, Percent, Value, Verbatim, msg
from keruen.report.placement_proposal import Proposal
from keruen.report.placement_proposal_tables import (
    LAW,
    WORKBOOK,
    decision_exhibit,
    group_exhibit,
    waiting_exhibit,
)

_LEVEL: Final = 80
_NORMAL_90: Final = 1.2815515655446004
"""Quantile of the normal distribution that an interval of 80 percent ends at."""


def employment(proposal: Proposal, key: str = "headline.work") -> Figure:
    """Expected members in work, with what chance alone may do to it."""
    total = float(proposal.placed["score"].sum())
    spread = _NORMAL_90 * math.sqrt(total)
    return Figure(
        key, total, "persons", "", (WORKBOOK,), "projection", 0,
        lower=max(total - spread, 0.0), upper=total + spread, level=_LEVEL,
    )  # fmt: skip


def method_section(proposal: Proposal) -> Section:
    """How places were found, and how near the best they are proved to be."""
    run = proposal.run
    options = run["options"]
    findings = [
        msg(
            "Families stay whole, no capacity is exceeded, and the sum of expected members in work "
            "is as large as the limits allow."
        ),
        msg(
            "Proved: no placement whatever could be better by more than {gap}. Anybody can check "
            "the proof without a solver: keruen place --check.",
            gap=Percent(100 * float(run["gap_of_the_proposal"]), 2),
        ),
    ]
    if float(run["gap"]) > float(run["gap_of_the_proposal"]):
        findings.append(
            msg(
                "After families exchanged places by their wishes, {gap} of the score is missing to "
                "the best possible: none is at a place it likes less.",
                gap=Percent(100 * float(run["gap"]), 1),
            )
        )
    if options["voluntary"]:
        findings.append(msg("A family goes only where it wishes."))
    if options["region_key"]:
        key = Verbatim(str(options["region_key"]))
        findings.append(msg("Persons are shared between regions by the key {key}.", key=key))
    if run["ended"] == "time_limit":
        findings.append(msg("The search ended at the time limit: the best so far, with its bound."))
    gaps = () if run["checked"] else (msg("The check of the run found a promise that is broken."),)
    return Section("method", msg("Method and proof"), tuple(findings), (), gaps)


def decisions_section(proposal: Proposal) -> Section:
    """How many were confirmed, and how many were given another place."""
    findings = (
        msg(
            "The computation proposes, officers decide: each family was confirmed, or given "
            "another place with a written reason. Reasons and officers stand in the annex, which "
            "stays in the office."
        ),
    )
    return Section(
        "decisions", msg("Decisions"), findings, (decision_exhibit(proposal, full=False),)
    )


def fairness_section(proposal: Proposal) -> Section:
    """Groups of families beside the best one."""
    exhibit = group_exhibit(proposal, full=False)
    gaps = () if exhibit else (msg("The tables name no groups of families."),)
    return Section("fairness", msg("Fairness"), (), (exhibit,) if exhibit else (), gaps)


def waiting_section(proposal: Proposal) -> Section:
    """Families that wait, by reason."""
    exhibit = waiting_exhibit(proposal, full=False)
    findings = () if exhibit else (msg("No family waits."),)
    return Section("waiting", msg("Families that wait"), findings, (exhibit,) if exhibit else ())


def uncertain_section(proposal: Proposal) -> Section:
    """What the scores do not know."""
    figure = employment(proposal, "uncertain.work")
    findings = [
        msg(
            "Expected members in work: {value}; by chance alone between {low} and {high} in "
            "{level} of 100 cases, if every chance given were right.",
            value=Count(figure.value), low=Count(figure.lower), high=Count(figure.upper),
            level=str(_LEVEL),
        ),
        msg(
            "A score is the expectation of a model and as good as it. The proof is about the "
            "scores that were given, never about how families will fare."
        ),
    ]  # fmt: skip
    moved = bool((proposal.families["decision_mode"] == "overridden").any())
    gaps: tuple[Value, ...] = ()
    if moved and (proposal.run.get("files") or {}).get("given_jobs.parquet"):
        gaps = (msg("Of families that officers moved, chances by occupation are not counted."),)
    return Section("uncertain", msg("What is not certain"), tuple(findings), (), gaps)


def consequences_section(proposal: Proposal) -> Section:
    """Money: what the law grants, and the costs of the tables, where totals may be shown."""
    if not proposal.shown.whole:
        gap = msg("Sums of money are hidden: they would tell how few families have a place.")
        return Section("consequences", msg("What follows"), (), (), (gap,))
    rows = _support(proposal)
    findings: tuple[Message, ...] = ()
    if proposal.tables.cost is not None:
        total = Count(float(proposal.placed["cost"].sum()))
        findings = (
            msg("Costs of the places, as the tables of the office say: {total}.", total=total),
        )
    if not rows:
        gap = msg("Support by law is not known for this programme and year.")
        return Section("consequences", msg("What follows"), findings, (), (gap,))
    columns = (Column("low", msg("At least"), "KZT"), Column("high", msg("At most"), "KZT"))
    exhibit = Exhibit(
        Table("costs", msg("Support"), columns, tuple(rows)),
        msg("Support by law when every family comes"),
        None,
        (
            msg(
                "Worked out from the monthly calculation index of the year; rent and utilities for "
                "all months that the law allows."
            ),
        ),
    )
    return Section("consequences", msg("What follows"), findings, (exhibit,))


def _support(proposal: Proposal) -> list[Row]:
    """Support that the law grants: relocation by person, rent by family and month."""
    rules, placed = proposal.quota.rules, proposal.placed
    if rules is None:
        return []
    day = date(proposal.details.year, 12, 31)
    words = {"relocation": msg("relocation"), "rent": msg("rent and utilities")}
    counts = {"relocation": int(placed["persons"].sum()), "rent": len(placed)}
    rows = []
    for name, word in words.items():
        granted = rules.amount(name, 1, day)
        if granted is None:
            continue
        low, high, _, times = granted
        ends = [float(each) * times * counts[name] for each in (low, high)]
        cells = tuple(
            Figure(f"costs.{name}.{end}", value, "KZT", "", (WORKBOOK, LAW), "estimate")
            for end, value in zip(("low", "high"), ends, strict=True)
        )
        rows.append(Row(name, word, cells))
    return rows
