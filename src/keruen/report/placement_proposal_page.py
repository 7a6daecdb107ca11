# SPDX-License-Identifier: Apache-2.0
"""The document of a proposal: what is proposed, how it was decided, what follows, who signs."""

from __future__ import annotations

from typing import Final

from keruen.core.origin import Licence, Source
from keruen.report.document import (
    Column,
    Exhibit,
    Figure,
    Headline,
    Part,
    Report,
    Row,
    Section,
    Table,
)
from keruen.report.locale import Count, Message, Value, Verbatim, Year, msg
from keruen.report.placement_proposal import Proposal
from keruen.report.placement_proposal_sections import (
    consequences_section,
    decisions_section,
    employment,
    fairness_section,
    method_section,
    uncertain_section,
    waiting_section,
)
from keruen.report.placement_proposal_tables import (
    LAW,
    WORKBOOK,
    counted,
    locality_exhibit,
    region_exhibit,
    service_exhibit,
)

PROGRAMME_WORDS: Final[dict[str, Message]] = {
    "kandas": msg("kandas"),
    "resettlers": msg("internal resettlers"),
}
"""Programmes of the law in words."""

_OFFICE: Final = Licence(
    "office", "The office's own tables, not to be passed on; the counts of this document may be"
)
_BLANK: Final = Verbatim("_" * 40)
_FOUR: Final = 16


def proposal_report(proposal: Proposal) -> Report:
    """The document of a proposal without persons: it may be published.

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
    keruen.report.placement_proposal_annex.annex_report : The list of families, for the office.
    """
    return Report(
        id="placement-proposal",
        title=title_of(proposal),
        subtitle=state_of(proposal),
        headlines=_headlines(proposal),
        parts=(
            Part("A", msg("What is proposed"), (_quota(proposal), _places(proposal))),
            Part("B", msg("How it was decided"),
                 (method_section(proposal), decisions_section(proposal),
                  fairness_section(proposal))),
            Part("C", msg("Who waits, what is not certain, what follows"),
                 (waiting_section(proposal), uncertain_section(proposal),
                  consequences_section(proposal))),
            Part("D", msg("Files and signatures"),
                 (match_section(proposal), _signatures(proposal))),
        ),
        own_sources=sources_of(proposal),
    )  # fmt: skip


def title_of(proposal: Proposal) -> Message:
    """Title of a proposal."""
    return msg("Proposal on the placement of families, {year}", year=Year(proposal.details.year))


def state_of(proposal: Proposal) -> Message:
    """Whether it is a draft, and how many families are undecided."""
    made_up: Value = (
        msg("PRACTICE: the figures are made up.") if proposal.practice else Verbatim("")
    )
    facts: dict[str, Value | str] = {
        "practice": made_up,
        "office": proposal.details.office,
        "version": str(proposal.version),
    }
    if proposal.undecided:
        return msg(
            "{practice} {office}. DRAFT, version {version}: {open} families undecided.",
            open=Count(proposal.undecided), **facts,
        )  # fmt: skip
    if not proposal.sealed:
        return msg(
            "{practice} {office}. DRAFT, version {version}: every family is decided, not yet "
            "sealed.",
            **facts,
        )
    return msg(
        "{practice} {office}. Version {version}, sealed. Number of the seal: {number}",
        number=spaced(proposal.number), **facts,
    )  # fmt: skip


def sources_of(proposal: Proposal) -> tuple[Source, ...]:
    """The office's tables and the order of the quota, as sources."""
    books = "; ".join(f"{name} (SHA-256 {digest})" for name, digest in proposal.digests[:-2])
    office = proposal.details.office
    law = Source(LAW, "Quota of the year", office, _reference(proposal), _OFFICE)
    if proposal.quota.by_law:
        from keruen.core.origin import LICENCES

        law = Source(LAW, "Quota of the year", "", _reference(proposal), LICENCES["facts"])
    return (Source(WORKBOOK, "Tables of the placement", office, books, _OFFICE), law)


def _reference(proposal: Proposal) -> str:
    from keruen.report.locale import Locale

    known = proposal.quota.reference
    return known.render(Locale("en")) if known is not None else "not given"


def spaced(digest: str) -> str:
    """A digest in groups, so that it can be read aloud and a line can break."""
    return " ".join(digest[at : at + _FOUR] for at in range(0, len(digest), _FOUR))


def _headlines(proposal: Proposal) -> tuple[Headline, ...]:
    everybody, placed = proposal.families, proposal.placed
    shown = proposal.shown.whole
    known = shown and proposal.waiting.whole
    found = [
        Headline(msg("Families"), _known("all", len(everybody), shown=known)),
        Headline(msg("Families with a place"), _known("placed", len(placed), shown=shown)),
        Headline(
            msg("Persons with a place"),
            _known("persons", placed["persons"].sum(), "persons", shown=shown),
        ),
        Headline(msg("Expected members in work"), employment(proposal)),
    ]
    if proposal.quota.units is not None:
        found.insert(0, Headline(msg("Quota of the year"), _units(proposal, "headline.quota")))
    return tuple(found)


def _known(key: str, value: float, unit: str = "families", *, shown: bool) -> Figure:
    doubt = None if shown else msg("hidden: it would tell a small count")
    return Figure(
        f"headline.{key}", float(value) if shown else None, unit, "", (WORKBOOK,), doubt=doubt
    )


def _units(proposal: Proposal, key: str) -> Figure:
    quota = proposal.quota
    doubt = None if quota.confirmed else msg("to be confirmed against the legal text")
    units = None if quota.units is None else float(quota.units)
    unit = "persons" if quota.by_law else "number"
    return Figure(key, units, unit, str(proposal.details.year), (LAW,), doubt=doubt)


def _quota(proposal: Proposal) -> Section:
    details, quota = proposal.details, proposal.quota
    programme: Value = PROGRAMME_WORDS.get(details.programme, Verbatim(details.programme or "—"))
    findings = [msg("Programme: {name}. Year: {year}.", name=programme, year=Year(details.year))]
    gaps: list[Value] = []
    if quota.reference is not None:
        findings.append(msg("Legal basis: {act}.", act=quota.reference))
    else:
        gaps.append(msg("Nobody has named the order that sets the quota."))
    if quota.units is None:
        gaps.append(msg("The quota of the year is not known."))
        return Section("quota", msg("Quota and legal basis"), tuple(findings), (), tuple(gaps))
    shown = proposal.shown.whole
    persons = int(proposal.placed["persons"].sum())
    rows = (
        Row("quota", msg("Quota of the year"), (_units(proposal, "quota.units"),)),
        Row("proposed", msg("Persons proposed here"),
            (counted("quota.persons", persons, "persons", shown=shown),)),
        Row("left", msg("Left when all of them come"),
            (counted("quota.left", quota.units - persons, "persons", shown=shown),)),
    )  # fmt: skip
    table = Table("quota", msg("Quota"), (Column("units", msg("Units"), "number"),), rows)
    note = msg("A unit is a person. What earlier proposals of the year use stands in the ledger.")
    exhibit = Exhibit(table, msg("The quota and this proposal"), None, (note,))
    return Section("quota", msg("Quota and legal basis"), tuple(findings), (exhibit,), tuple(gaps))


def _places(proposal: Proposal) -> Section:
    exhibits = [region_exhibit(proposal, full=False), locality_exhibit(proposal, full=False)]
    if proposal.shown.whole:
        exhibits.append(service_exhibit(proposal))
    return Section("places", msg("Regions and districts"), (), tuple(exhibits))


def match_section(proposal: Proposal) -> Section:
    """Digests, by which a signed paper is matched with its files."""
    names = [*(name for name, _ in proposal.digests[:-2]), "run-manifest.json", "decisions.jsonl"]
    rows = tuple(
        Row(name, Verbatim(name), (Verbatim(spaced(digest)),))
        for name, (_, digest) in zip(names, proposal.digests, strict=True)
    )
    table = Table("files", msg("File"), (Column("digest", msg("SHA-256")),), rows)
    findings = (
        msg(
            "sha256sum FILE prints the digest of a file, without the blanks that stand here for "
            "the eye; keruen place check-proposal FOLDER checks all of them."
        ),
    )
    exhibit = Exhibit(table, msg("Files that this paper belongs to"))
    return Section("files", msg("Files"), findings, (exhibit,))


def _signatures(proposal: Proposal) -> Section:
    if not proposal.sealed:
        return Section("signatures", msg("Signatures"), (msg("A draft is not signed."),))
    details = proposal.details
    rows = (
        Row("office", msg("Office"), (Verbatim(details.office),)),
        Row("officer", msg("Officer who answers for it"), (Verbatim(details.officer),)),
        Row("signature", msg("Signature"), (_BLANK,)),
        Row("date", msg("Date"), (_BLANK,)),
        Row("approved", msg("Approved by: name and post"), (_BLANK,)),
        Row("approval", msg("Signature and date"), (_BLANK,)),
    )
    table = Table("signatures", msg("Signature"), (Column("text", msg("Entry")),), rows)
    return Section("signatures", msg("Signatures"), (), (Exhibit(table, msg("Signatures")),))
