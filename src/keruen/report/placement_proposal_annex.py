# SPDX-License-Identifier: Apache-2.0
"""The annex of a proposal, for the office alone: full counts, reasons, families by number."""

from __future__ import annotations

from typing import Final

from keruen.report.document import Column, Exhibit, Part, Report, Row, Section, Table
from keruen.report.locale import Value, Verbatim, msg
from keruen.report.placement_proposal import Proposal
from keruen.report.placement_proposal_page import match_section, sources_of, state_of, title_of
from keruen.report.placement_proposal_tables import (
    counted,
    decision_exhibit,
    group_exhibit,
    locality_exhibit,
    region_exhibit,
    service_exhibit,
    waiting_exhibit,
)
from keruen.report.placement_words import OUTCOMES

_MODES: Final = {
    "confirmed": msg("confirmed"),
    "overridden": msg("another place decided"),
    "proposal": msg("proposal: nobody has decided"),
}


def annex_report(proposal: Proposal) -> Report:
    """The annex of a proposal: nothing is hidden in it, and it stays in the office.

    Parameters
    ----------
    proposal : Proposal
        The proposal.

    Returns
    -------
    Report
        The document tree, without language.

    See Also
    --------
    keruen.report.placement_proposal_page.proposal_report : The document itself.
    """
    counts = [region_exhibit(proposal, full=True), locality_exhibit(proposal, full=True)]
    counts.append(service_exhibit(proposal))
    others = (
        decision_exhibit(proposal, full=True),
        waiting_exhibit(proposal, full=True),
        group_exhibit(proposal, full=True),
    )
    return Report(
        id="placement-annex",
        title=msg("Annex, for the office alone: {title}", title=title_of(proposal)),
        subtitle=state_of(proposal),
        headlines=(),
        parts=(
            Part("A", msg("Full counts"), (
                Section("places", msg("Regions and districts"), (), tuple(counts)),
                Section("decisions", msg("Decisions and groups"), (),
                        tuple(one for one in others if one is not None)),
            )),
            Part("B", msg("Families by number"), (_overrides(proposal), _families(proposal))),
            Part("C", msg("Files"), (match_section(proposal),)),
        ),
        own_sources=sources_of(proposal),
    )  # fmt: skip


def _overrides(proposal: Proposal) -> Section:
    """Every other place decided, with who, when and why."""
    chosen = proposal.families[proposal.families["decision_mode"] == "overridden"]
    columns = (
        Column("proposed", msg("Proposed")),
        Column("locality", msg("Place decided")),
        Column("officer", msg("Officer")),
        Column("at", msg("When")),
        Column("reason", msg("Reason")),
    )
    rows = tuple(
        Row(
            str(one["family"]),
            Verbatim(str(one["family"])),
            (
                _place(proposal, str(one["proposed"])),
                _place(proposal, str(one["locality"])),
                Verbatim(str(one["officer"])),
                Verbatim(str(one["at"])[:16].replace("T", " ")),
                Verbatim(str(one["reason"])),
            ),
        )
        for one in chosen.to_dict("records")
    )
    findings = () if rows else (msg("No officer decided another place than the proposed one."),)
    table = Table("overrides", msg("Family"), columns, rows)
    exhibits = (Exhibit(table, msg("Other places decided, with reasons")),) if rows else ()
    return Section("overrides", msg("Other places decided"), findings, exhibits)


def _families(proposal: Proposal) -> Section:
    columns = (
        Column("persons", msg("Persons"), "persons", additive=True),
        Column("region", msg("Region")),
        Column("locality", msg("Place")),
        Column("score", msg("Expected members in work"), "persons", additive=True),
        Column("decision", msg("Decision")),
        Column("officer", msg("Officer")),
    )
    rows = tuple(
        Row(str(one["family"]), Verbatim(str(one["family"])), _cells(proposal, one))
        for one in proposal.families.to_dict("records")
    )
    table = Table("families", msg("Family"), columns, rows, msg("Total"))
    note = msg("For the office alone: the counts that may be published stand in the proposal.")
    exhibit = Exhibit(table, msg("Families and their places"), None, (note,))
    return Section("families", msg("Families"), (), (exhibit,))


def _cells(proposal: Proposal, one: dict[object, object]) -> tuple[Value, ...]:
    from keruen.report.placement_proposal_tables import region_name

    family, region = str(one["family"]), str(one["region"])
    waits = OUTCOMES.get(str(one["outcome"]), msg("waits"))
    persons = float(str(one["persons"]))
    score = float(str(one["score"]))
    return (
        counted(f"families.{family}.persons", persons, "persons", shown=True),
        region_name(region),
        _place(proposal, str(one["locality"])) if one["locality"] else waits,
        counted(f"families.{family}.score", score, "persons", shown=True, status="projection",
                decimals=2),
        _MODES[str(one["decision_mode"])],
        Verbatim(str(one["officer"])),
    )  # fmt: skip


def _place(proposal: Proposal, code: str) -> Value:
    return proposal.names.get(code, Verbatim(code)) if code else msg("waits")
