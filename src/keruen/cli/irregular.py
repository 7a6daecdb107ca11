# SPDX-License-Identifier: Apache-2.0
"""``keruen measure irregular``: how many were never apprehended."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from keruen.cli.terminal import progress_bar


def irregular(
    file: Annotated[
        Path,
        typer.Argument(
            help="People apprehended by number of times; keruen data template apprehensions "
            "gives an empty workbook."
        ),
    ],
    *,
    out: Annotated[Path, typer.Option(help="Folder for the files.")],
    moment: Annotated[str, typer.Option(help="Period of the apprehensions, such as 2024.")],
    by: Annotated[
        list[str] | None,
        typer.Option(help="Column that the chance of being caught depends on; repeat for more."),
    ] = None,
    strata: Annotated[
        list[str] | None,
        typer.Option(help="Column to give numbers by; repeat for more."),
    ] = None,
    model: Annotated[
        list[str] | None,
        typer.Option(help="Model to use; repeat for more. All of them when left out."),
    ] = None,
    country: Annotated[
        str | None,
        typer.Option(help="Country whose detections and deaths stand beside, such as KAZ."),
    ] = None,
    sheet: Annotated[str | None, typer.Option(help="Sheet of a workbook.")] = None,
    draws: Annotated[
        int, typer.Option(min=0, help="Samples of a bootstrap for each model; 1000 is usual.")
    ] = 0,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the draws.")] = 1,
) -> None:
    """Estimate irregular migrants from how often people were apprehended.

    Reads people apprehended by the number of times, fits every model that such counts allow,
    and sets the estimates side by side with their intervals. Writes tables, a workbook, a
    picture and a manifest. A model without a finite estimate is listed with its reason.

    Examples: keruen measure irregular caught.xlsx --moment 2024 --by sex --out irregular;
    keruen measure irregular caught.csv --moment 2024 --by sex --by citizenship --strata sex
    --draws 1000 --country KAZ --out irregular
    """
    from rich.console import Console

    from keruen.report.irregular_release import write_irregular
    from keruen.report.irregular_run import run_irregular

    with progress_bar("irregular") as step:
        run = run_irregular(
            file,
            moment=moment,
            by=by or (),
            strata=strata or (),
            models=model or (),
            country=country,
            sheet=sheet,
            draws=draws,
            seed=seed,
            step=step,
        )
        paths = write_irregular(run, out, step=step)
    console = Console(highlight=False)
    console.print(run.statement())
    for note in run.notes():
        console.print(f"Note: {note}")
    for path in paths:
        console.print(str(path), soft_wrap=True)
