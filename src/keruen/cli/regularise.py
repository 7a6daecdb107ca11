# SPDX-License-Identifier: Apache-2.0
"""``keruen regularise``: what a regularisation programme would do."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from keruen.cli.terminal import Lang, progress_bar


def regularise(
    given: Annotated[
        str,
        typer.Argument(
            metavar="[FILE|COUNTRY]",
            help="Workbook or folder with stock, calendar and assumptions (keruen data template "
            "regularise gives an empty one), or a country with a case in the package.",
        ),
    ] = "KAZ",
    *,
    out: Annotated[Path, typer.Option(help="Folder for the files.")],
    case: Annotated[
        str, typer.Option(help="Case of the country: 2006 (back-test) or scenario (made up).")
    ] = "",
    years: Annotated[int, typer.Option(min=1, max=50, help="Years to follow.")] = 10,
    draws: Annotated[
        int, typer.Option(min=100, max=200_000, help="Draws of what is not known.")
    ] = 4000,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the draws.")] = 1,
    sensitivity: Annotated[
        int, typer.Option(help="Size of a sample, a power of 2; 0 for no sensitivity.")
    ] = 512,
    lang: Annotated[Lang, typer.Option(help="Language of page and workbook.")] = Lang.en,
) -> None:
    """Work out who a regularisation programme reaches, what follows, and who gains.

    Writes a page with pictures, a workbook, a CSV of each table, and the tables that were
    given, to be changed and given again. Every assumption stands with its range and basis;
    published programmes stand beside; what was not counted is said.

    Examples: keruen regularise KAZ --out back-test --lang ru; keruen regularise KAZ --case
    scenario --out scenario; keruen regularise mine.xlsx --out mine
    """
    from rich.console import Console

    from keruen.report.locale import Locale
    from keruen.report.regularise_page import regularise_report
    from keruen.report.regularise_release import write_regularise
    from keruen.report.regularise_run import run_regularise

    locale = Locale(lang.value)
    with progress_bar("regularise") as step:
        run = run_regularise(
            given,
            case=case,
            draws=draws,
            seed=seed,
            years=years,
            size=sensitivity,
            step=step,
        )
        report = regularise_report(run)
        paths = write_regularise(run, report, out, locale=locale, step=step)
    console = Console(highlight=False)
    for part in report.parts:
        for section in part.sections:
            for finding in section.findings if section.id != "left_out" else ():
                console.print(finding.render(locale))
    for path in paths:
        console.print(str(path), soft_wrap=True)
