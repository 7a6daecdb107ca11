# SPDX-License-Identifier: Apache-2.0
"""``keruen measure irregular``, ``irregular-ratio`` and ``irregular-view``: those not counted."""

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


def irregular_view(
    files: Annotated[
        list[Path],
        typer.Argument(
            help="Estimates, one row a method; keruen data template irregular_estimates gives "
            "an empty workbook, and keruen measure irregular writes such a table."
        ),
    ],
    *,
    out: Annotated[Path, typer.Option(help="Folder for the files.")],
    observed: Annotated[
        float | None,
        typer.Option(min=0, help="People counted, of whom no estimate may have fewer."),
    ] = None,
    sheet: Annotated[str | None, typer.Option(help="Sheet of the workbooks.")] = None,
) -> None:
    """Set estimates of irregular migrants made in different ways side by side.

    Reads estimates with their limits and says which cannot be told apart and which
    contradict each other. None is preferred, none averaged. Writes a table, a workbook, a
    picture and a manifest.

    Examples: keruen measure irregular-view mine.xlsx --out view; keruen measure
    irregular-view irregular/estimates.csv mine.xlsx --observed 1880 --out view
    """
    from rich.console import Console

    from keruen.report.irregular_view import run_irregular_view, write_irregular_view

    with progress_bar("view") as step:
        run = run_irregular_view(files, observed=observed, sheet=sheet, step=step)
        paths = write_irregular_view(run, out, step=step)
    console = Console(highlight=False)
    console.print(run.view.statement)
    for path in paths:
        console.print(str(path), soft_wrap=True)


def irregular_ratio(
    file: Annotated[
        Path,
        typer.Argument(
            help="Counts of three authorities by citizenship; keruen data template "
            "irregular_registers gives an empty workbook."
        ),
    ],
    *,
    out: Annotated[Path, typer.Option(help="Folder for the files.")],
    moment: Annotated[str, typer.Option(help="Period of the counts, such as 2024.")],
    alpha: Annotated[
        list[str] | None,
        typer.Option(help="Column that the power of the registered depends on; repeat for more."),
    ] = None,
    beta: Annotated[
        list[str] | None,
        typer.Option(help="Column that the power of the share found depends on."),
    ] = None,
    negative_binomial: Annotated[
        bool, typer.Option("--negative-binomial", help="Counts that vary more than Poisson's.")
    ] = False,
    sheet: Annotated[str | None, typer.Option(help="Sheet of a workbook.")] = None,
    draws: Annotated[int, typer.Option(min=100, help="Samples for the interval.")] = 500,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the draws.")] = 1,
) -> None:
    """Estimate irregular residents from apprehensions, police finds and a register.

    Reads three counts by citizenship, fits the ratio model, and writes the estimate with its
    interval, the coefficients, a workbook and a manifest. The model asks for little and is
    weakly identified: the interval may span orders of magnitude, and a note then says so.

    Example: keruen measure irregular-ratio registers.xlsx --moment 2024 --alpha sex --out ratio
    """
    from rich.console import Console

    from keruen.report.irregular_ratio import run_ratio, write_ratio

    with progress_bar("ratio") as step:
        run = run_ratio(
            file,
            moment=moment,
            alpha=alpha or (),
            beta=beta or (),
            family="negative_binomial" if negative_binomial else "poisson",
            sheet=sheet,
            draws=draws,
            seed=seed,
            step=step,
        )
        paths = write_ratio(run, out, step=step)
    console = Console(highlight=False)
    found = run.model.estimate
    value, lower, upper = (float(one) for one in (found.value, found.lower, found.upper))
    console.print(f"{value:,.0f} persons, {lower:,.0f} to {upper:,.0f} ({found.interval}).")
    for note in found.notes:
        console.print(f"Note: {note}")
    for path in paths:
        console.print(str(path), soft_wrap=True)
