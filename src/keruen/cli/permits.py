# SPDX-License-Identifier: Apache-2.0
"""``keruen permits``: what the price of a personal work permit does."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from keruen.cli.terminal import Lang, progress_bar


def permits(
    given: Annotated[
        str,
        typer.Argument(
            metavar="[FILE|COUNTRY]",
            help="Workbook or folder with assumptions, and perhaps a register of permits (keruen "
            "data template permits gives an empty one), or KAZ or RUS.",
        ),
    ] = "KAZ",
    *,
    out: Annotated[Path, typer.Option(help="Folder for the files.")],
    on: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Day of the register's indicators."),
    ] = None,
    draws: Annotated[
        int, typer.Option(min=100, max=200_000, help="Draws of what is not known.")
    ] = 4000,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the draws.")] = 1,
    sensitivity: Annotated[
        int, typer.Option(help="Size of a sample, a power of 2; 0 for no sensitivity.")
    ] = 512,
    lang: Annotated[Lang, typer.Option(help="Language of page and workbook.")] = Lang.en,
) -> None:
    """Work out what a higher or lower price of a permit does to legal work and revenue.

    Calibrates how workers answer to the price on one price and the permits in force at it, and
    says at which price most work legally and at which revenue is highest: they differ. A
    register of permits, where given, is summed up beside.

    Examples: keruen permits KAZ --out permits --lang kk; keruen permits mine.xlsx --on
    2026-06-30 --out mine
    """
    from rich.console import Console

    from keruen.report.locale import Locale
    from keruen.report.permit_page import permit_report
    from keruen.report.permit_release import write_permits
    from keruen.report.permit_run import run_permits

    locale = Locale(lang.value)
    with progress_bar("permits") as step:
        run = run_permits(
            given,
            on=None if on is None else on.date(),
            draws=draws,
            seed=seed,
            size=sensitivity,
            step=step,
        )
        report = permit_report(run)
        paths = write_permits(run, report, out, locale=locale, step=step)
    console = Console(highlight=False)
    for part in report.parts:
        for section in part.sections:
            for finding in section.findings if section.id != "left_out" else ():
                console.print(finding.render(locale))
    for path in paths:
        console.print(str(path), soft_wrap=True)
