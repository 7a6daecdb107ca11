# SPDX-License-Identifier: Apache-2.0
"""``keruen project``: what will happen."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Project what will happen: population to 2100.", no_args_is_help=True)


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
    country: Annotated[
        str,
        typer.Argument(
            help="ISO code (KAZ, KZ, 398) or name in English, Russian or Kazakh; or all."
        ),
    ],
    *,
    out: Annotated[Path, typer.Option(help="Folder for the files.")],
    to: Annotated[int, typer.Option(help="Last year; the population runs to its end.")] = 2100,
    trajectories: Annotated[
        int, typer.Option(min=0, help="Paths for intervals; 1000 is usual, 0 gives none.")
    ] = 0,
    variant: Annotated[
        ProjectionVariant, typer.Option(help="Which assumptions.")
    ] = ProjectionVariant.medium,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the paths.")] = 1,
) -> None:
    """Project the population of a country, or of all, by age and sex.

    Components are those of World Population Prospects 2024. Writes population, births,
    deaths, migration and every changed cell as Parquet, pictures, and a manifest with the
    digests of all inputs. For all, a folder a country; a run that was interrupted goes on
    where it stopped.

    Examples: keruen project population KAZ --out kaz; keruen project population KAZ
    --trajectories 1000 --seed 7 --out kaz; keruen project population all --variant
    zero_migration --to 2050 --out world
    """
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    from keruen.report.projection_release import write_projection
    from keruen.report.projection_run import run_projection

    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    ) as bar:
        task = bar.add_task("population", total=1.0)

        def step(share: float, what: str) -> None:
            bar.update(task, completed=share, description=what)

        run = run_projection(
            country,
            to=to,
            trajectories=trajectories,
            scenario=variant.value,
            seed=seed,
            step=step,
        )
        paths = write_projection(run, out, step=step)
    console = Console(highlight=False)
    for note in run.warnings:
        console.print(f"Note: {note}")
    console.print(f"Track record: {run.record}")
    folders = [path for path in paths if path.is_dir()]
    if folders:
        console.print(f"{out}/*/*.parquet ({len(folders)} countries and areas)", soft_wrap=True)
    for path in paths:
        if path not in folders:
            console.print(str(path), soft_wrap=True)
