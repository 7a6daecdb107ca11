# SPDX-License-Identifier: Apache-2.0
"""``keruen project``: what will happen."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from keruen.cli.project_education import education
from keruen.cli.project_labour import labour, labour_backtest
from keruen.cli.project_skills import skills
from keruen.cli.project_urban import urban
from keruen.cli.terminal import CountUnit, progress_bar

if TYPE_CHECKING:
    from collections.abc import Sequence

app = typer.Typer(help="Project what will happen: population to 2100.", no_args_is_help=True)
app.command("urban")(urban)
app.command("education")(education)
app.command("labour")(labour)
app.command("labour-backtest")(labour_backtest)
app.command("skills")(skills)


class ProjectionVariant(StrEnum):
    """Variants of a population projection."""

    medium = "medium"
    high = "high"
    low = "low"
    zero_migration = "zero_migration"
    constant = "constant"
    constant_fertility = "constant_fertility"
    constant_mortality = "constant_mortality"
    instant_replacement = "instant_replacement"
    momentum = "momentum"


@app.callback()
def _about() -> None:
    """Project what will happen."""


@app.command("population")
def population(
    what: Annotated[
        str,
        typer.Argument(
            metavar="COUNTRY|all|FILE",
            help="ISO code (KAZ, KZ, 398) or name in English, Russian or Kazakh; or all; or a "
            "workbook or folder with your own tables.",
        ),
    ],
    *,
    out: Annotated[Path, typer.Option(help="Folder for the files.")],
    to: Annotated[
        int | None,
        typer.Option(
            help="Last year; the population runs to its end. Default: 2100, regions 2050, "
            "your own tables as far as they go."
        ),
    ] = None,
    trajectories: Annotated[
        int, typer.Option(min=0, help="Paths for intervals; 1000 is usual, 0 gives none.")
    ] = 0,
    variant: Annotated[
        ProjectionVariant, typer.Option(help="Which assumptions.")
    ] = ProjectionVariant.medium,
    regions: Annotated[
        bool, typer.Option("--regions", help="Project the regions, in agreement with the country.")
    ] = False,
    unit: Annotated[
        CountUnit | None, typer.Option(help="Multiple of the people in your own tables.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the paths.")] = 1,
) -> None:
    """Project the population of a country, of all, of regions, or of your own tables.

    Components of countries are those of World Population Prospects 2024; regions are there
    for Kazakhstan, to 2050. Writes population, births, deaths, migration and every changed
    cell as Parquet, pictures, and a manifest with the digests of all inputs. For all, a folder
    a country; a run that was interrupted goes on where it stopped.

    FILE is a workbook with the sheets population, fertility, mortality and migration, or a
    folder with CSV or Parquet files of these names; countries, regions or a single place.

    Examples: keruen project population KAZ --trajectories 1000 --seed 7 --out kaz; keruen
    project population KAZ --regions --out regions; keruen project population mine.xlsx --out
    mine; keruen project population all --variant zero_migration --to 2050 --out world
    """
    from keruen.core.errors import ScenarioError
    from keruen.report.projection_release import write_projection
    from keruen.report.projection_run import run_projection
    from keruen.report.regional_release import write_regions
    from keruen.report.regional_run import run_regions
    from keruen.sources.projection_inputs import LAST
    from keruen.sources.region_inputs import REGIONS_LAST

    if unit is not None and not _is_file(what):
        raise ScenarioError(
            f"{what} is not a file of yours, and the package's own tables are in persons",
            where=f"--unit {unit.value}",
            remedy="leave out --unit",
        )
    last = REGIONS_LAST if regions else LAST
    with progress_bar("population") as step:
        if _is_file(what):
            from keruen.report.own_release import write_own
            from keruen.report.own_run import run_own

            own = run_own(
                Path(what),
                to=to,
                trajectories=trajectories,
                scenario=variant.value,
                regions=regions,
                unit=None if unit is None else unit.value,
                step=step,
            )
            _tell(own.warnings, own.record, write_own(own, out, step=step), out)
        elif regions:
            parts = run_regions(
                what,
                to=last if to is None else to,
                trajectories=trajectories,
                scenario=variant.value,
                seed=seed,
                step=step,
            )
            _tell(parts.warnings, parts.record, write_regions(parts, out, step=step), out)
        else:
            run = run_projection(
                what,
                to=last if to is None else to,
                trajectories=trajectories,
                scenario=variant.value,
                seed=seed,
                step=step,
            )
            _tell(run.warnings, run.record, write_projection(run, out, step=step), out)


@app.command("backtest")
def backtest(
    country: Annotated[
        str, typer.Argument(metavar="COUNTRY|all", help="ISO code or name of a country; or all.")
    ] = "all",
    *,
    out: Annotated[Path, typer.Option(help="Folder for the files.")],
    origin: Annotated[
        list[int] | None,
        typer.Option(help="Last year of data, 1978 to 2022; may be repeated. Default: every "
                     "fifth year from 1993 to 2018."),
    ] = None,
    horizon: Annotated[int, typer.Option(min=1, max=20, help="Years ahead at most.")] = 20,
    trajectories: Annotated[int, typer.Option(min=50, help="Paths of each projection.")] = 500,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the run.")] = 1,
) -> None:  # fmt: skip
    """Make the projection again at past dates and score it beside naive rivals.

    Assumptions follow fixed rules from the data up to each origin: today's estimates cut
    there, a pseudo back-test, which is kinder than life. Writes scores (MAE, CRPS, interval
    score, coverage, PIT, errors over ages), the error of every country, the record that is
    printed beside projections, a picture and a manifest; prints a table.

    Examples: keruen project backtest all --out record; keruen project backtest KAZ --origin
    2003 --origin 2013 --out kaz
    """
    from keruen.report.backtest_release import write_backtest
    from keruen.report.backtest_run import ORIGINS, run_backtest
    from keruen.report.backtest_tables import score_lines

    with progress_bar("back-test") as step:
        run = run_backtest(
            country, origins=origin or ORIGINS, horizon=horizon, trajectories=trajectories,
            seed=seed, step=step,
        )  # fmt: skip
        paths = write_backtest(run, out, step=step)
    _print_lines(score_lines(run))
    _tell(run.warnings, "", paths, out)


def _is_file(text: str) -> bool:
    """Whether a word means a file or folder, not a country."""
    endings = (".xlsx", ".xlsm", ".xls", ".ods", ".csv", ".tsv", ".txt", ".parquet")
    return text.lower().endswith(endings) or "/" in text or "\\" in text or Path(text).exists()


def _tell(warnings: Sequence[str], record: str, paths: Sequence[Path], out: Path) -> None:
    """Notes, the track record and the files written."""
    folders = [path for path in paths if path.is_dir()]
    lines = [f"Note: {note}" for note in warnings]
    lines += [f"Track record: {record}"] if record else []
    lines += [f"{out}/*/*.parquet ({len(folders)} countries and areas)"] if folders else []
    _print_lines([*lines, *(str(path) for path in paths if path not in folders)])


def _print_lines(lines: Sequence[str]) -> None:
    from rich.console import Console

    console = Console(highlight=False)
    for line in lines:
        console.print(line, soft_wrap=True, markup=False)
