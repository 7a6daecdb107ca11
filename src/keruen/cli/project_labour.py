# SPDX-License-Identifier: Apache-2.0
"""``keruen project labour`` and ``labour-backtest``: supply and demand of labour."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from keruen.cli.terminal import CountUnit, progress_bar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from keruen.report.labour_case import LabourCase


class ParticipationRule(StrEnum):
    """How participation goes on."""

    trend = "trend"
    constant = "constant"
    cohort = "cohort"
    benchmark = "benchmark"


def labour(
    country: Annotated[
        str,
        typer.Argument(
            metavar="COUNTRY|all", help="ISO code or name; all gives the labour force alone."
        ),
    ],
    *,
    out: Annotated[Path, typer.Option(help="Folder for the files.")],
    to: Annotated[int, typer.Option(help="Last year, to 2050.")] = 2040,
    regions: Annotated[
        bool, typer.Option("--regions", help="Also the regions; they add to the country.")
    ] = False,
    trajectories: Annotated[
        int, typer.Option(min=0, help="Paths for intervals; 1000 is usual, 0 gives none.")
    ] = 0,
    participation: Annotated[
        ParticipationRule, typer.Option(help="How participation goes on.")
    ] = ParticipationRule.trend,
    like: Annotated[
        str, typer.Option(help="Country whose rates of the base year are the benchmark.")
    ] = "",
    reached: Annotated[
        int | None, typer.Option(help="Year in which the benchmark is reached; the last.")
    ] = None,
    own: Annotated[
        Path | None,
        typer.Option("--with", help="Workbook or folder with your own labour, employment, output."),
    ] = None,
    unit: Annotated[
        CountUnit | None, typer.Option(help="Multiple of the people in your own tables.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the paths.")] = 1,
) -> None:
    """Project labour supply and demand, the gap between them, and why it opens.

    Supply: the population of World Population Prospects 2024 along its paths, times
    participation by sex and age. Demand: employment that follows output, by industry and
    region where these are held. National figures are used where the package holds them
    (Kazakhstan), else estimates of the ILO; the two are never mixed. An empty workbook for
    your own figures: keruen data template labour_market --to mine.xlsx

    Examples: keruen project labour KAZ --regions --to 2040 --trajectories 1000 --out kaz;
    keruen project labour DEU --participation benchmark --like SWE --reached 2040 --out deu
    """
    from keruen.report.labour_release import write_labour, write_world_labour
    from keruen.report.labour_run import run_labour
    from keruen.report.labour_world import run_world_labour

    _refuse_unit(unit, own)
    with progress_bar("labour") as step:
        if country.strip().lower() == "all":
            _refuse_for_all(regions=regions, rule=participation, own=own)
            world = run_world_labour(to=to, trajectories=trajectories, seed=seed, step=step)
            _tell(world.warnings, world.record, write_world_labour(world, out))
            return
        from keruen.report.labour_own import benchmark_options

        run = run_labour(
            country,
            to=to,
            by_region=regions,
            trajectories=trajectories,
            method=participation.value,
            seed=seed,
            case=None if own is None else _own_case(country, own, unit),
            options=benchmark_options(participation.value, like, reached or to),
            step=step,
        )
        _tell(run.warnings, run.record, write_labour(run, out, step=step))


def labour_backtest(
    country: Annotated[
        str, typer.Argument(metavar="COUNTRY|all", help="ISO code or name of a country; or all.")
    ] = "all",
    *,
    out: Annotated[Path, typer.Option(help="Folder for the files.")],
    origin: Annotated[int, typer.Option(help="Last year of data, 2001 to 2022.")] = 2010,
    trajectories: Annotated[int, typer.Option(min=50, help="Paths.")] = 500,
    seed: Annotated[int, typer.Option(min=0, help="Seed.")] = 1,
) -> None:
    """Project the labour force again from a past year and hold it against the outcome to 2023.

    Population and participation are projected from the data up to the origin alone; today's
    estimates cut there stand for those of the time. Prints errors, those of constant rates,
    and how many outcomes the intervals held.

    Example: keruen project labour-backtest all --origin 2010 --out record
    """
    from keruen.report.labour_backtest import run_labour_backtest
    from keruen.report.labour_release import write_labour_backtest

    with progress_bar("back-test") as step:
        found = run_labour_backtest(
            country, origin=origin, trajectories=trajectories, seed=seed, step=step
        )
        paths = write_labour_backtest(found, out)
    _print_lines(found.table().round(3).to_string(index=False).splitlines())
    _print_lines([str(path) for path in paths])


def _own_case(country: str, own: Path, unit: CountUnit | None) -> LabourCase:
    from keruen.report.labour_own import case_with

    return case_with(country, own, unit=None if unit is None else unit.value)


def _refuse_unit(unit: CountUnit | None, own: Path | None) -> None:
    from keruen.core.errors import ScenarioError

    if unit is not None and own is None:
        raise ScenarioError(
            "a unit is that of your own tables, and none are given",
            where="--unit",
            remedy="give --with FILE, or leave out --unit",
        )


def _refuse_for_all(*, regions: bool, rule: ParticipationRule, own: Path | None) -> None:
    from keruen.core.errors import ScenarioError

    given = {"--regions": regions, "--with": own is not None}
    given["--participation"] = rule is not ParticipationRule.trend
    asked = [name for name, there in given.items() if there]
    if asked:
        raise ScenarioError(
            "the labour force of all countries is projected on trends, without demand",
            where=", ".join(asked),
            remedy="name one country, or leave these out",
        )


def _tell(warnings: Sequence[str], record: str, paths: Sequence[Path]) -> None:
    lines = [f"Note: {note}" for note in warnings]
    _print_lines([*lines, f"Track record: {record}", *(str(path) for path in paths)])


def _print_lines(lines: Sequence[str]) -> None:
    from rich.console import Console

    console = Console(highlight=False)
    for line in lines:
        console.print(line, soft_wrap=True, markup=False)
