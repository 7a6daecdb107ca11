# SPDX-License-Identifier: Apache-2.0
"""``keruen points``: profiles scored by a points system, every point with its reason."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer.core import TyperGroup

from keruen.cli.points_attractiveness import attractiveness
from keruen.cli.points_design import design
from keruen.cli.points_draws import cutoffs, draws
from keruen.cli.terminal import Lang, progress_bar

if TYPE_CHECKING:
    from typer._click.core import Command, Context

_SCORE = "score"


class _Points(TyperGroup):
    """``keruen points GRID PROFILES`` beside ``keruen points list`` and the others."""

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        named = args[:1] and (args[0] in self.commands or args[0] in ("--help", "-h"))
        return super().parse_args(ctx, args if named or not args else [_SCORE, *args])

    def resolve_command(
        self, ctx: Context, args: list[str]
    ) -> tuple[str | None, Command | None, list[str]]:
        name, command, rest = super().resolve_command(ctx, args)
        return "" if name == _SCORE else name, command, rest


app = typer.Typer(
    cls=_Points,
    no_args_is_help=True,
    help="Score profiles by a points system: keruen points GRID PROFILES --out FOLDER.",
)

for _command in (draws, cutoffs, design, attractiveness):
    app.command()(_command)

_DAY = ["%Y-%m-%d"]
_GRID = "A system of keruen points list, or a rule file of your own (.yaml)."
Grid = Annotated[str, typer.Argument(metavar="GRID", help=_GRID)]
AsOf = Annotated[
    datetime | None, typer.Option(formats=_DAY, help="Day whose rules hold; today by default.")
]


def _day(as_of: datetime | None) -> date:
    return date.today() if as_of is None else as_of.date()  # noqa: DTZ011 - rules of the place


@app.command(_SCORE)
def score(
    grid: Grid,
    profiles: Annotated[
        Path, typer.Argument(metavar="PROFILES", help="CSV, Excel or Parquet, one row a person.")
    ],
    *,
    out: Annotated[Path, typer.Option(help="Folder for the files.")],
    as_of: AsOf = None,
    cut_off: Annotated[
        float | None, typer.Option(min=0, help="Points needed instead of the pass mark.")
    ] = None,
    explain: Annotated[
        int, typer.Option(min=0, max=1000, help="Profiles explained one by one on the page.")
    ] = 20,
    compare: Annotated[
        str, typer.Option(metavar="DAY|GRID", help="Other rules: who gains and who loses.")
    ] = "",
    sheet: Annotated[str | None, typer.Option(help="Sheet of a workbook.")] = None,
    lang: Annotated[Lang, typer.Option(help="Language of the page and the workbook.")] = Lang.en,
) -> None:
    """Score profiles: points by factor, limits, whether the mark is reached, what would lift it.

    The rules that held on the day are taken; a day without rules is refused. A profile that
    does not state what is needed is set aside, with the total that each value would give. The
    points are a proposal: an officer confirms them. keruen points template GRID gives an empty
    workbook.

    Examples: keruen points canada-crs people.xlsx --as-of 2026-01-01 --cut-off 500 --out points;
    keruen points canada-crs people.xlsx --cut-off 500 --compare 2025-03-24 --out before-and-after;
    keruen points my-grid.yaml people.csv --lang kk --out points
    """
    from keruen.report.locale import Locale
    from keruen.report.points_release import write_points
    from keruen.report.points_run import run_points

    with progress_bar("points") as step:
        run = run_points(
            grid,
            profiles,
            as_of=_day(as_of),
            cut_off=cut_off,
            explain=explain,
            compare=compare,
            sheet=sheet,
            step=step,
        )
        paths = write_points(run, out, lang=lang.value, step=step)
    locale = Locale(lang.value)
    for line in run.summary:
        typer.echo(line.render(locale))
    for path in paths:
        typer.echo(str(path))


@app.command("list")
def list_systems() -> None:
    """List the points systems of the package: dates, marks, and how sure each is.

    Example: keruen points list
    """
    from keruen.report.points_rules import system_table

    for row in system_table().to_dict("records"):
        mark = row["mark"] or "a draw decides"
        status = f"{row['status']}{', partial' if row['partial'] else ''}"
        span = f"{row['valid_from']} to {row['valid_to'] or 'now'}"
        typer.echo(f"{row['system']:<20}{row['jurisdiction']}  {span:<25}{mark:<16}{status}")


@app.command()
def show(
    grid: Grid,
    *,
    as_of: AsOf = None,
    lang: Annotated[Lang, typer.Option(help="Language of labels.")] = Lang.en,
) -> None:
    """Show every table of a points system as it stands on a day.

    Example: keruen points show austria-shortage --as-of 2015-01-01
    """
    from keruen.report.points_show import shown_rules

    for line in shown_rules(grid, _day(as_of), lang.value):
        typer.echo(line)


@app.command()
def template(
    grid: Grid,
    *,
    to: Annotated[Path, typer.Option(help="Workbook to write (.xlsx); a file there stays.")],
    as_of: AsOf = None,
    lang: Annotated[Lang, typer.Option(help="Language of headings and choices.")] = Lang.en,
) -> None:
    """Write an empty workbook with the facts that a points system asks for.

    Example: keruen points template canada-crs --to people.xlsx --lang kk
    """
    from keruen.report.points_rules import rules_on
    from keruen.sources.profile_templates import write_profile_template

    write_profile_template(rules_on(grid, _day(as_of))[1], to, lang=lang.value)
    typer.echo(str(to))
