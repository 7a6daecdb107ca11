# SPDX-License-Identifier: Apache-2.0
"""``keruen place``: families of a year to places, with reasons, and a proof anybody can check."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from keruen.cli import place_proposal
from keruen.cli.terminal import Lang, progress_bar

if TYPE_CHECKING:
    from typer._click.core import Command, Context

_ALL_AT_ONCE = "families"
_OTHERS = ("online", "proposal", "check-proposal")


class _Place(TyperGroup):
    """``keruen place FAMILIES LOCALITIES`` beside ``keruen place online``."""

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, args if _names_one(args) else [_ALL_AT_ONCE, *args])

    def resolve_command(
        self, ctx: Context, args: list[str]
    ) -> tuple[str | None, Command | None, list[str]]:
        name, command, rest = super().resolve_command(ctx, args)
        return "" if name == _ALL_AT_ONCE else name, command, rest


def _names_one(args: list[str]) -> bool:
    return bool(args) and args[0] in _OTHERS


class Key(StrEnum):
    """How persons are shared between regions."""

    population = "population"
    koenigstein = "koenigstein"
    eu2015 = "eu2015"


class Rule(StrEnum):
    """How a batch is placed."""

    potentials = "potentials"
    discord = "discord"


app = typer.Typer(cls=_Place, help="Place families: all of a year at once, or as they come.")

app.command("proposal")(place_proposal.proposal)
app.command("check-proposal")(place_proposal.check_proposal)

_FAMILIES = "A workbook or folder with all tables, or the file of the families."


def _given(what: Path, localities: Path | None, named: dict[str, Path | None]) -> dict[str, Any]:
    """Books and single tables, as the reader takes them."""
    if localities is None:
        return {"books": [what], "named": named}
    return {"books": [], "named": {"families": what, "localities": localities, **named}}


@app.command(_ALL_AT_ONCE)
def place(
    families: Annotated[
        Path | None, typer.Argument(metavar="FAMILIES", help=_FAMILIES, show_default=False)
    ] = None,
    localities: Annotated[
        Path | None, typer.Argument(metavar="LOCALITIES", help="File of the localities.")
    ] = None,
    *,
    out: Annotated[Path | None, typer.Option(help="Folder for the files.")] = None,
    score: Annotated[Path | None, typer.Option(help="File of scores, and costs.")] = None,
    model: Annotated[
        Path | None,
        typer.Option(help="File of past placements, from which scores are learned."),
    ] = None,
    prefs: Annotated[Path | None, typer.Option(help="File of families' wishes.")] = None,
    voluntary: Annotated[
        bool, typer.Option("--voluntary", help="A family goes only where it wishes.")
    ] = False,
    members: Annotated[Path | None, typer.Option(help="File of the members.")] = None,
    regions: Annotated[
        Path | None, typer.Option(help="File of budgets and persons to take, by region.")
    ] = None,
    region_key: Annotated[
        Key | None,
        typer.Option(help="Share persons between regions by a key, from figures of the regions."),
    ] = None,
    links: Annotated[Path | None, typer.Option(help="File of families that go together.")] = None,
    groups: Annotated[Path | None, typer.Option(help="File of floors of groups.")] = None,
    jobs: Annotated[Path | None, typer.Option(help="File of job places by occupation.")] = None,
    chances: Annotated[
        Path | None, typer.Option(help="File of members' chances of work by occupation.")
    ] = None,
    tolerance: Annotated[
        float, typer.Option(min=0, max=1, help="How far a region may be from its persons.")
    ] = 0.05,
    gap: Annotated[
        float, typer.Option(min=0, max=1, help="The search ends this near to the best, as a share.")
    ] = 1e-3,
    time_limit: Annotated[
        float, typer.Option(min=1, help="Seconds; then the best so far, with its bound.")
    ] = 120.0,
    letters: Annotated[
        str, typer.Option(metavar="all|N", help="Letters to families, in three languages.")
    ] = "",
    lang: Annotated[Lang, typer.Option(help="Language of names and explanations.")] = Lang.en,
    seed: Annotated[int, typer.Option(min=0, help="Of the lottery between equals.")] = 1,
    check: Annotated[
        Path | None, typer.Option(help="Check the folder of an earlier run again, and end.")
    ] = None,
) -> None:
    """Place families: most members in work, nobody split, no capacity exceeded, wishes followed.

    FAMILIES is a workbook or folder with the tables of keruen data template placement; or the
    file of the families, with LOCALITIES beside it. With wishes, families exchange the proposed
    places so that none ends at one it likes less. Every fault is said by sheet and cell before
    anything is solved. Writes places with reasons, load, prices of what limits, fairness, maps,
    and a certificate; an officer decides. As families come: keruen place online --help. As it
    was decided, to be signed: keruen place proposal --help.

    Examples: keruen data synthesize placement --families 400 --to practice.xlsx; keruen place
    practice.xlsx --letters 4 --lang kk --out placed; keruen place --check placed
    """
    if check is not None:
        _check(check)
        return
    if families is None or out is None:
        raise typer.BadParameter("name FAMILIES and --out FOLDER, or --check FOLDER")
    if score is not None and model is not None:
        raise typer.BadParameter("scores are given or learned: choose --score or --model")
    from keruen.report.locale import Locale
    from keruen.report.placement_letters import make_letters
    from keruen.report.placement_release import write_placement
    from keruen.report.placement_run import PlacementOptions, run_placement

    named = {
        "scores": score,
        "past": model,
        "preferences": prefs,
        "members": members,
        "regions": regions,
        "links": links,
        "groups": groups,
        "jobs": jobs,
        "chances": chances,
    }
    given = _given(families, localities, named)
    key: Any = None if region_key is None else region_key.value
    options = PlacementOptions(voluntary, gap, time_limit, tolerance, seed, key)
    wanted = _wanted(letters)
    with progress_bar("placement") as step:
        run = run_placement(*given["books"], options=options, step=step, **given["named"])
        made = make_letters(run, wanted, step=step) if wanted else ()
        paths = write_placement(run, out, letters=made, lang=lang.value, step=step)
    locale = Locale(lang.value)
    for line in (*run.summary, *run.warnings):
        typer.echo(line.render(locale))
    if len(run.obstacles):
        typer.echo(f"{out / 'obstacles.csv'}: {len(run.obstacles)}")
    for path in paths:
        typer.echo(str(path))


def _wanted(letters: str) -> Any:  # noqa: ANN401 - a number, all, or nothing
    if letters in {"", "all"}:
        return letters
    if not letters.isdecimal() or not int(letters):
        raise typer.BadParameter("give a number of letters, or all", param_hint="--letters")
    return int(letters)


def _check(folder: Path) -> None:
    from keruen.report.placement_archive import recheck

    found = recheck(folder)
    for row in found.itertuples(index=False):
        typer.echo(f"{'holds ' if row.holds else 'BROKEN'}  {row.check}: {row.found}")
    if not found["holds"].all():
        raise typer.Exit(1)


@app.command("online")
def online(
    families: Annotated[Path, typer.Argument(metavar="FAMILIES", help=_FAMILIES)],
    localities: Annotated[
        Path | None, typer.Argument(metavar="LOCALITIES", help="File of the localities.")
    ] = None,
    *,
    out: Annotated[Path, typer.Option(help="Folder for the files.")],
    score: Annotated[Path | None, typer.Option(help="File of scores.")] = None,
    prefs: Annotated[Path | None, typer.Option(help="File of families' wishes.")] = None,
    voluntary: Annotated[
        bool, typer.Option("--voluntary", help="A family goes only where it wishes.")
    ] = False,
    groups: Annotated[Path | None, typer.Option(help="File of floors of groups.")] = None,
    members: Annotated[Path | None, typer.Option(help="File of the members.")] = None,
    jobs: Annotated[Path | None, typer.Option(help="File of job places by occupation.")] = None,
    chances: Annotated[
        Path | None, typer.Option(help="File of members' chances of work by occupation.")
    ] = None,
    past: Annotated[
        Path | None, typer.Option(help="Workbook or folder with families of earlier years.")
    ] = None,
    rule: Annotated[
        Rule, typer.Option(help="Prices of what is left, or least loss over whole futures.")
    ] = Rule.potentials,
    draws: Annotated[int, typer.Option(min=1, help="Futures drawn for each batch.")] = 3,
    expected: Annotated[
        int | None, typer.Option(min=1, help="Families expected in the year.")
    ] = None,
    balance: Annotated[
        float, typer.Option(min=0, help="Score given up for each family in a queue.")
    ] = 0.0,
    lang: Annotated[Lang, typer.Option(help="Language of names.")] = Lang.en,
    seed: Annotated[int, typer.Option(min=0, help="Of the futures.")] = 1,
) -> None:
    """Place families as they come, by day of arrival, keeping room for those still to come.

    Families need the column arrival. Beside the places stand what hindsight could reach, and
    what the best place at hand would give.

    Example: keruen place online practice.xlsx --past lastyear.xlsx --out year
    """
    from keruen.report.locale import Locale
    from keruen.report.placement_year import YearOptions, run_year, write_year

    named = {
        "scores": score,
        "preferences": prefs,
        "groups": groups,
        "members": members,
        "jobs": jobs,
        "chances": chances,
    }
    given = _given(families, localities, named)
    options = YearOptions(draws, expected, balance, seed, voluntary, rule.value)
    with progress_bar("placement") as step:
        run = run_year(*given["books"], past=past, options=options, step=step, **given["named"])
        paths = write_year(run, out, lang=lang.value)
    locale = Locale(lang.value)
    for line in (*run.summary, *run.warnings):
        typer.echo(line.render(locale))
    for path in paths:
        typer.echo(str(path))
