# SPDX-License-Identifier: Apache-2.0
"""``keruen quota``: a quota split, set, applied for, awarded and reported, in a ledger."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from keruen.cli.quota_options import At, Facts, Files, Key, Ledger, Method, Officer, Quota
from keruen.cli.terminal import Lang

if TYPE_CHECKING:
    import pandas as pd

    from keruen.core.events import Event
    from keruen.decide.ledger import QuotaLedger

_SHOWN = 60

app = typer.Typer(
    help="Run a quota: split, set, apply, award, report, over a ledger that nobody can rewrite.",
    no_args_is_help=True,
)


@app.command()
def split(
    total: Annotated[int, typer.Argument(min=0, help="Whole number to be split.")],
    *,
    weights: Annotated[
        Path,
        typer.Option(
            help="Regions with weights; keruen data template quota_weights gives an empty one."
        ),
    ],
    key: Annotated[Key, typer.Option(help="Weights of the file, or a key of its columns.")] = (
        Key.weight
    ),
    floor: Annotated[int | None, typer.Option(min=0, help="Least of each region.")] = None,
    cap: Annotated[int | None, typer.Option(min=0, help="Most of each region.")] = None,
    method: Annotated[Method, typer.Option(help="Largest fractions, or highest quotients.")] = (
        Method.hamilton
    ),
    sheet: Annotated[str | None, typer.Option(help="Sheet of a workbook.")] = None,
    out: Annotated[Path | None, typer.Option(help="CSV or Excel file to write.")] = None,
) -> None:
    """Split a whole quota between regions; the parts add to it exactly.

    Example: keruen quota split 2281 --weights regions.xlsx --key population --floor 30
    """
    from keruen.report.quota_files import split_table, write_split

    table, notes = split_table(
        weights,
        total,
        key=key.value,
        floor=floor,
        cap=cap,
        method=method.value,
        sheet=sheet,
    )
    _show(table.round({"weight": 4, "exact": 2}), f"{total} by {key.value}, {method.value}")
    for note in notes:
        typer.echo(f"Note: {note}")
    if out is not None:
        write_split(table, out)
        typer.echo(str(out))


@app.command("set")
def set_quota(
    quota: Quota,
    *,
    ledger: Ledger,
    year: Annotated[int, typer.Option(help="Year of the quota.")],
    programme: Annotated[str, typer.Option(help="Such as kandas or resettlers.")],
    region: Annotated[str, typer.Option(help="Region, such as KZ-55 or Павлодарская.")] = "",
    total: Annotated[int | None, typer.Option(min=0, help="Units of the quota.")] = None,
    legal_ref: Annotated[str, typer.Option(help="Order or decree that sets it.")] = "",
    rules: Annotated[Path | None, typer.Option(help="YAML file with the rules.")] = None,
    parameters: Annotated[
        bool,
        typer.Option(
            "--parameters", help="Take support, and total and order when not given, from the law."
        ),
    ] = False,
    parameter_file: Files = None,
    revise: Annotated[
        bool, typer.Option("--revise", help="Change a quota that is already set.")
    ] = False,
    officer: Officer = "",
    at: At = "",
) -> None:
    """Set a quota with its rules; they are written into the ledger with it.

    A ledger file that is not there is made. Values of the law that are still to be confirmed
    against its text are named.

    Example: keruen quota set kandas-2026-KZ-55 --ledger pavlodar.db --year 2026 --region KZ-55
    --programme kandas --parameters --rules rules.yaml --officer A17
    """
    from keruen.report.quota_law import quota_event
    from keruen.report.quota_office import need_officer, open_ledger, read_time

    event, notes = quota_event(
        quota,
        year=year,
        programme=programme,
        region=region,
        total=total,
        legal_ref=legal_ref,
        rules=rules,
        parameters=(parameter_file or []) if parameters or parameter_file else None,
        revise=revise,
        at=read_time(at),
        by=need_officer(officer),
    )
    with open_ledger(ledger, make=not revise) as (book, _):
        _tell(book, [event])
    typer.echo(f"{quota}: {event.facts['total']} units, {event.facts['legal_ref']}")
    for note in notes:
        typer.echo(f"Note: {note}")


@app.command()
def apply(
    quota: Quota,
    file: Annotated[
        Path | None,
        typer.Argument(
            help="Applications; keruen data template quota_applications gives an empty workbook."
        ),
    ] = None,
    *,
    ledger: Ledger,
    case: Annotated[str, typer.Option(help="One case instead of a file; no name.")] = "",
    units: Annotated[int, typer.Option(help="Units the one case asks for.")] = 0,
    fact: Facts = None,
    sheet: Annotated[str | None, typer.Option(help="Sheet of a workbook.")] = None,
    officer: Officer = "",
    at: At = "",
) -> None:
    """Take applications in: a file, or one case. With any fault nothing is written.

    Examples: keruen quota apply kandas-2026-KZ-55 march.xlsx --ledger pavlodar.db --officer A17;
    keruen quota apply kandas-2026-KZ-55 --case P-0312 --units 5 --fact vulnerable=yes
    --ledger pavlodar.db --officer A17
    """
    from keruen.core.errors import SchemaError
    from keruen.report.quota_files import read_applications
    from keruen.report.quota_office import need_cases, need_officer, open_ledger, read_time, told

    if (file is None) == (not case):
        raise SchemaError("give a file, or --case with --units", where="apply", id="NoApplication")
    when, by = read_time(at), need_officer(officer)
    with open_ledger(ledger) as (book, _):
        book.quota(quota)
        if file is not None:
            known = set(book.cases()["case"])
            events, changes = read_applications(
                file, quota, at=when, by=by, known=known, sheet=sheet
            )
            read = zip(changes["row"], changes["before"], changes["after"], strict=True)
            for line, before, after in read:
                typer.echo(f"Read: row {line}, {before} as {after or 'nothing'}")
        else:
            need_cases([case])
            facts = [f"units={units}", *(fact or [])]
            events = [told("ApplicationReceived", quota, case, facts, at=when, by=by)]
        _tell(book, events)


@app.command()
def award(
    quota: Quota,
    *,
    ledger: Ledger,
    propose: Annotated[
        bool, typer.Option("--propose", help="Only show what would be awarded, and why.")
    ] = False,
    case: Annotated[
        list[str] | None, typer.Option(help="Case to award; may be repeated, in their order.")
    ] = None,
    first: Annotated[
        int, typer.Option("--next", min=0, help="Award so many cases of the proposal.")
    ] = 0,
    valid_until: Annotated[str, typer.Option(help="Last day of the award: 2026-06-30.")] = "",
    units: Annotated[
        int | None, typer.Option(min=1, help="Fewer units than one case asked for.")
    ] = None,
    locality: Annotated[str, typer.Option(help="Place where they will live.")] = "",
    override: Annotated[
        bool, typer.Option("--override", help="Award out of turn; needs --reason.")
    ] = False,
    reason: Annotated[str, typer.Option(help="Reason of an override.")] = "",
    officer: Officer = "",
    at: At = "",
) -> None:
    """Propose awards in the order of the line, and write those that an officer confirms.

    Examples: keruen quota award kandas-2026-KZ-55 --ledger pavlodar.db --next 10 --valid-until
    2026-06-30 --officer A17; keruen quota award kandas-2026-KZ-55 --ledger pavlodar.db --case
    P-0312 --override --reason fire --valid-until 2026-06-30 --officer A17
    """
    from keruen.report.quota_awards import award_events, proposal_table
    from keruen.report.quota_office import need_officer, open_ledger, read_time

    with open_ledger(ledger) as (book, _):
        if propose:
            table = proposal_table(book, quota, zone=read_time(at).tzinfo)
            _show(table, f"{quota}: {book.quota(quota).free} free")
            typer.echo("Proposed only: an officer awards with --next or --case.")
            return
        events = award_events(
            book,
            quota,
            cases=case or [],
            first=first,
            valid_until=valid_until,
            units=units,
            locality=locality,
            reason=reason,
            override=override,
            at=read_time(at),
            by=need_officer(officer),
        )
        _tell(book, events)


@app.command()
def arrive(
    quota: Quota,
    case: Annotated[str, typer.Argument(help="Case that arrived.")],
    units: Annotated[int, typer.Argument(help="Units that arrived; the others become free.")],
    *,
    ledger: Ledger,
    locality: Annotated[str, typer.Option(help="Place where they live.")] = "",
    officer: Officer = "",
    at: At = "",
) -> None:
    """Tell that a case has arrived, with how many.

    Example: keruen quota arrive kandas-2026-KZ-55 P-0312 5 --ledger pavlodar.db --officer A17
    """
    facts = [f"units={units}", *([f"locality={locality}"] if locality else [])]
    record("arrive", [case], quota=quota, ledger=ledger, fact=facts, officer=officer, at=at)


@app.command()
def record(
    kind: Annotated[str, typer.Argument(help="What happened, see below.")],
    cases: Annotated[
        list[str] | None, typer.Argument(help="Cases it happened to; none for the quota itself.")
    ] = None,
    *,
    quota: Annotated[str, typer.Option(help="Name of the quota.")],
    ledger: Ledger,
    fact: Facts = None,
    officer: Officer = "",
    at: At = "",
) -> None:
    """Record anything else that happens to a case or a quota; all cases or none.

    Of a case: decide (eligible, reason_code, rule_version), waitlist, decline, expire, no-show,
    arrive (units), pay (support; amount and currency where the rule leaves a choice), work
    (employed), withdraw, appeal, appeal-decided (upheld, reason_code), left, returned.

    Of a quota: carry (to, units), close, and correct (reference, reason; void=yes, or
    facts.NAME=value) for a mistake: nothing is ever rewritten.

    Examples: keruen quota record decide P-0312 P-0313 --quota kandas-2026-KZ-55 --fact
    eligible=yes --fact reason_code=documents --fact rule_version=2026-1 --ledger pavlodar.db
    --officer A17; keruen quota record pay P-0312 --quota kandas-2026-KZ-55 --fact
    support=relocation --ledger pavlodar.db --officer A17
    """
    from keruen.report import quota_office as office

    when, by = office.read_time(at), office.need_officer(officer)
    office.need_cases(cases or [])
    subjects: list[str | None] = [*(cases or [])] or [None]
    events = [office.told(kind, quota, one, fact or [], at=when, by=by) for one in subjects]
    with office.open_ledger(ledger) as (book, _):
        _tell(book, [office.with_amount(book, event) for event in events])


@app.command()
def report(
    *,
    ledger: Ledger,
    out: Annotated[Path | None, typer.Option(help="Folder for what may be published.")] = None,
    on: Annotated[str, typer.Option(help="Day and time of the report, with its zone.")] = "",
    threshold: Annotated[int, typer.Option(min=2, help="Smallest count that is published.")] = 5,
    lang: Annotated[Lang, typer.Option(help="Language of the workbook.")] = Lang.en,
) -> None:
    """Show balances, indicators and when each quota runs out; write what may be published.

    On the screen stand full figures, for the office. The folder holds tables without small
    counts, a workbook, and the public log: hashes that anyone can check.

    Example: keruen quota report --ledger pavlodar.db --out report-2026 --lang kk
    """
    from keruen.report.quota_office import open_ledger, read_time
    from keruen.report.quota_release import office_tables, write_quota_report

    day = read_time(on)
    with open_ledger(ledger) as (book, _):
        for title, table in office_tables(book, on=day).items():
            _show(table, title)
        if out is not None:
            for path in write_quota_report(book, out, on=day, threshold=threshold, lang=lang.value):
                typer.echo(str(path))


@app.command()
def verify(
    *,
    ledger: Ledger,
    head: Annotated[
        str, typer.Option(help="Place and hash published earlier, as 120:5d1f46db...")
    ] = "",
) -> None:
    """Check every hash of the ledger, and every rule of its quotas, from the first entry.

    Ends with code 0 when all holds, 2 when it does not. Publish the head that is printed:
    whoever kept one finds out if the end is cut off later.

    Example: keruen quota verify --ledger pavlodar.db --head 120:5d1f46dbbe40fbce...
    """
    from keruen.report.quota_office import verify_ledger

    place, hash_ = verify_ledger(ledger, head)
    typer.echo(f"The chain holds, and every rule was kept: {place} entries.")
    typer.echo(f"Head: {place}:{hash_}")


def _tell(book: QuotaLedger, events: list[Event]) -> None:
    """Write events, and say where they stand."""
    last = book.append(*events)
    kinds = sorted({event.kind for event in events})
    first = last - len(events) + 1
    places = f"entry {last}" if first == last else f"entries {first} to {last}"
    typer.echo(f"Written as {places}: {', '.join(kinds)}")


def _show(table: pd.DataFrame, title: str) -> None:
    from rich.console import Console
    from rich.table import Table

    console, grid = Console(highlight=False), Table(title=title, title_justify="left")
    for name in table.columns:
        grid.add_column(str(name), overflow="fold")
    plain = table.head(_SHOWN).astype(object).where(table.notna(), "").astype(str)
    for row in plain.itertuples(index=False, name=None):
        grid.add_row(*row)
    console.print(grid)
    if len(table) > _SHOWN:
        console.print(f"... and {len(table) - _SHOWN} more")
