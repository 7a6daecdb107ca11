# SPDX-License-Identifier: Apache-2.0
"""``keruen profile``: the migration profile of a country."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from keruen.cli.terminal import Lang, progress_bar

if TYPE_CHECKING:
    from rich.console import Console

    from keruen.report.document import Report
    from keruen.report.locale import Locale


def profile(
    country: Annotated[
        str,
        typer.Argument(help="ISO code (KAZ, KZ, 398) or name in English, Russian or Kazakh."),
    ],
    *,
    lang: Annotated[Lang, typer.Option(help="Language of the documents.")] = Lang.en,
    year: Annotated[
        int | None,
        typer.Option(help="Year of the figures; the latest of each source when not given."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the files; profile-ISO3 when not given.")
    ] = None,
    format: Annotated[
        str,
        typer.Option(help="What to write, separated by commas: html, xlsx, json, csv, docx, pdf."),
    ] = "html,xlsx,json,csv",
    template: Annotated[
        Path | None, typer.Option(help="Your own Word document whose styles docx takes.")
    ] = None,
    own: Annotated[
        Path | None,
        typer.Option(
            "--with",
            help="Folder of your own tables (population.csv, migration.xlsx …); their figures "
            "replace the embedded ones.",
        ),
    ] = None,
) -> None:
    """Write the migration profile of a country from the embedded data, or your own.

    profile.html is one file to read or print, profile.xlsx opens in Excel, profile.json
    holds every figure, tables/*.csv open in R. docx and pdf are made when they are asked for.

    Examples: keruen profile KAZ --lang ru; keruen profile Germany --out germany --format html;
    keruen profile KAZ --with our-tables; keruen profile KAZ --format docx,pdf --template our.docx
    """
    from rich.console import Console

    from keruen.core.codes import country_code
    from keruen.report.locale import Locale
    from keruen.report.pages import check_formats
    from keruen.report.profile import FORMATS, build_profile, write_profile
    from keruen.sources.output import check_folder
    from keruen.sources.own_tables import read_own

    formats = check_formats(format, known=FORMATS, template=template)
    code = country_code(country)
    target = out or Path(f"profile-{code}")
    check_folder(target)
    tables = () if own is None else read_own(own, code)
    locale = Locale(lang.value)
    console = Console()
    with progress_bar(code) as bar:

        def step(share: float, what: str) -> None:
            bar(share, f"{code}: {what}")

        report = build_profile(code, year=year, own=tables, step=step)
        paths = write_profile(report, locale, target, formats=formats, template=template, step=step)
    _show(report, locale, console)
    sheets = [path for path in paths if path.suffix == ".csv"]
    for path in paths:
        if path not in sheets:
            console.print(str(path), soft_wrap=True, highlight=False)
    if sheets:
        console.print(f"{sheets[0].parent}/*.csv ({len(sheets)})", soft_wrap=True, highlight=False)


def _show(report: Report, locale: Locale, console: Console) -> None:
    """The headline panel as a table in the terminal."""
    from rich.table import Table

    from keruen.report.units import UNITS

    table = Table(title=report.title.render(locale), show_header=False, title_justify="left")
    table.add_column()
    table.add_column(justify="right", no_wrap=True)
    table.add_column(overflow="fold")
    table.add_column(overflow="fold")
    table.add_column()
    for item in report.headlines:
        figure = item.figure
        known = figure.value is not None
        table.add_row(
            item.label.render(locale),
            figure.render(locale),
            UNITS[figure.unit].render(locale) if known else "",
            item.beside.render(locale) if item.beside else "",
            f"{figure.period} {', '.join(figure.sources)}" if known else "",
        )
    console.print(table)
