# SPDX-License-Identifier: Apache-2.0
"""``keruen place proposal``: a placement as officers decided it, as a document to be signed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from keruen.cli.terminal import Lang

if TYPE_CHECKING:
    from keruen.report.placement_decision_log import Mark


def proposal(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Folder that keruen place wrote.")],
    *,
    decisions: Annotated[
        Path, typer.Option(help="Decisions: the table or the log of the application, or your own.")
    ],
    out: Annotated[Path, typer.Option(help="Folder for the documents; new, to seal.")],
    year: Annotated[int, typer.Option(min=1990, max=2100, help="Year of the quota.")],
    office: Annotated[str, typer.Option(help="Name of the office.")],
    officer: Annotated[str, typer.Option(envvar="KERUEN_OFFICER", help="Who signs.")],
    programme: Annotated[
        str, typer.Option(help="kandas, resettlers, or one of your own.")
    ] = "kandas",
    legal_ref: Annotated[str, typer.Option(help="Order that sets the quota; else by law.")] = "",
    total: Annotated[
        int | None, typer.Option(min=0, help="Units of the quota; else by law.")
    ] = None,
    formats: Annotated[
        str, typer.Option("--format", help="html, xlsx, docx, pdf; commas between.")
    ] = "docx,pdf",
    lang: Annotated[Lang, typer.Option(help="Language of the documents.")] = Lang.en,
    template: Annotated[
        Path | None, typer.Option(help="Word document whose style is used.")
    ] = None,
    seal: Annotated[
        bool, typer.Option("--seal", help="Seal: every family must be decided.")
    ] = False,
    ledger: Annotated[str, typer.Option(envvar="KERUEN_LEDGER", help="Ledger, with --quota.")] = "",
    quota: Annotated[
        str, typer.Option(help="Award the places from this quota of the ledger.")
    ] = "",
    valid_until: Annotated[str, typer.Option(help="Last day of the awards: 2026-12-31.")] = "",
    take_in: Annotated[
        bool, typer.Option("--take-in", help="Take families in that the quota does not know.")
    ] = False,
    at: Annotated[str, typer.Option(help="Time of the decisions and of the seal.")] = "",
) -> None:
    """Write the proposal of a placement, to be signed, with an annex for the office alone.

    proposal.* holds no person and no small count: it may be published. annex.* lists families by
    number with officers and reasons. Without --seal, or with undecided families, both are marked
    as drafts. With --quota every family that has a place is awarded it in the ledger: all, or none.

    Examples: keruen place proposal placed --decisions decisions.csv --year 2026 --office
    "Department of Labour" --officer A17 --out draft; keruen place proposal placed --decisions
    decisions.csv --year 2026 --office "Department of Labour" --officer A17 --seal --out signed
    """
    from tempfile import TemporaryDirectory

    from keruen.core.errors import SchemaError
    from keruen.report.pages import check_formats
    from keruen.report.placement_decision_file import decide_from_file
    from keruen.report.placement_decisions import PlacementDecisions
    from keruen.report.placement_proposal import ProposalDetails, read_proposal
    from keruen.report.placement_proposal_ledger import LedgerChoice
    from keruen.report.placement_proposal_seal import Forms, seal_proposal, write_proposal
    from keruen.report.quota_office import need_officer, open_ledger, read_time

    if quota and not (seal and ledger and valid_until):
        raise SchemaError(
            "awards of a quota need --seal, --ledger and --valid-until",
            where="--quota",
            id="NoAward",
        )
    asked = check_formats(formats, template=template)
    forms = Forms({lang.value: asked}, {lang.value: asked}, template)
    details = ProposalDetails(office, need_officer(officer), year, programme, legal_ref, total)
    when = read_time(at)
    with TemporaryDirectory() as folder:
        log = Path(folder) / "decisions.jsonl"
        log.touch()
        made = PlacementDecisions(run, log)
        decide_from_file(made, decisions, officer=officer, at=when)
        if not seal:
            content = log.read_bytes()
            draft = read_proposal(run, made, details, log=content)
            paths = write_proposal(draft, out, forms, run=run, log=content)
        elif quota:
            with open_ledger(ledger) as (book, _):
                choice = LedgerChoice(quota, valid_until, take_in)
                mark = seal_proposal(
                    run, made, details, out, forms, at=when, book=book, choice=choice
                )
        else:
            mark = seal_proposal(run, made, details, out, forms, at=when)
        if seal:
            paths = tuple(sorted(out.iterdir()))
            _tell(mark)
        elif made.undecided:
            typer.echo(f"Draft: {len(made.undecided)} of {len(made.proposed)} families undecided")
    for path in paths:
        typer.echo(str(path))


def _tell(mark: Mark) -> None:
    """What was sealed, and what was written to the ledger."""
    typer.echo(f"Sealed: version {mark.version}, number {mark.seal}")
    facts = mark.facts
    if "ledger" not in facts:
        return
    where = f"entries {facts['first']} to {facts['last']}" if facts["first"] else "nothing new"
    typer.echo(
        f"Ledger, {facts['ledger']}: {where}; {facts['awards']} awards of {facts['units']} units"
    )


def check_proposal(
    folder: Annotated[Path, typer.Argument(help="Folder of a sealed proposal.")],
    *,
    run: Annotated[Path | None, typer.Option(help="Folder of the run, checked as well.")] = None,
    workbook: Annotated[
        list[Path] | None, typer.Option(help="Workbook that was placed; may be repeated.")
    ] = None,
) -> None:
    """Check a sealed proposal: every file, the number of its seal, its run, its workbook.

    Ends with code 0 when all holds, 1 when it does not.

    Example: keruen place check-proposal signed --run placed --workbook practice.xlsx
    """
    from keruen.report.placement_proposal_seal import check_proposal as check

    found = check(folder, run=run, books=workbook or [])
    for row in found.itertuples(index=False):
        typer.echo(f"{'holds ' if row.holds else 'BROKEN'}  {row.check}: {row.found}")
    if not found["holds"].all():
        raise typer.Exit(1)
