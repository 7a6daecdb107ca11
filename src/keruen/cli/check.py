# SPDX-License-Identifier: Apache-2.0
"""``keruen data check``: a user's own table against what it should hold."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from keruen.cli.terminal import Lang

if TYPE_CHECKING:
    from keruen.report.faults import Line
    from keruen.report.locale import Locale
    from keruen.sources.files import Check


class Scale(StrEnum):
    """Multiples that counts may be given in."""

    thousand = "thousand"
    million = "million"


_SHOWN = 40


def check(
    file: Annotated[Path, typer.Argument(help="CSV, Excel or Parquet file with the table.")],
    *,
    schema: Annotated[
        str, typer.Option("--as", help="What the table should be; see keruen data schemas.")
    ],
    fix_to: Annotated[
        Path | None,
        typer.Option(help="Write a clean copy (.xlsx, .csv); what is left to mend is coloured."),
    ] = None,
    sheet: Annotated[str | None, typer.Option(help="Sheet of the workbook.")] = None,
    unit: Annotated[
        Scale | None, typer.Option(help="The counts are in thousands or millions.")
    ] = None,
    country: Annotated[
        str, typer.Option(help="Country the table is about, when it does not say so itself.")
    ] = "",
    report: Annotated[
        Path | None, typer.Option(help="Write the faults to .html, .xlsx, .csv or .json.")
    ] = None,
    lang: Annotated[Lang, typer.Option(help="Language of the report.")] = Lang.en,
) -> None:
    """Check a table of your own: every fault with its cell and what to do.

    The file is never changed. Ends with code 0 when the table has no faults, 2 when it has.

    Examples: keruen data check people.xlsx --as region_population; keruen data check
    people.xlsx --as region_population --lang kk --report faults.html --fix-to clean.xlsx
    """
    from keruen.core.codes import country_code
    from keruen.report.fault_workbook import write_mended
    from keruen.report.faults import fault_lines, summary, write_faults
    from keruen.report.locale import Locale
    from keruen.sources.files import check_table

    _require_apart(file, report, fix_to)
    found = check_table(
        file,
        schema,
        sheet=sheet,
        unit=None if unit is None else unit.value,
        country=country_code(country) if country else "",
    )
    locale = Locale(lang.value)
    _show(found, fault_lines(found, locale), locale, file)
    typer.echo(summary(found, locale))
    if report is not None:
        write_faults(found, file, locale, report)
        typer.echo(str(report))
    if fix_to is not None:
        write_mended(found, file, locale, fix_to)
        typer.echo(str(fix_to))
    if len(found.faults):
        raise typer.Exit(2)


def _require_apart(file: Path, report: Path | None, fix_to: Path | None) -> None:
    """Nothing is written over the table, nor one result over the other."""
    from keruen.core.errors import SchemaError
    from keruen.report.faults import require_other

    if report is not None:
        require_other(report, file, "the report")
    if fix_to is not None:
        require_other(fix_to, file, "the clean copy")
    if report is None or fix_to is None:
        return
    same = report.exists() and fix_to.exists() and report.samefile(fix_to)
    if same or report.resolve() == fix_to.resolve():
        raise SchemaError(
            "--report and --fix-to name the same file",
            where=str(report),
            remedy="give one of them another name",
            id="SameFile",
        )


def _show(found: Check, lines: list[Line], locale: Locale, file: Path) -> None:
    """The faults as a table in the terminal."""
    if not lines:
        return
    from rich.console import Console
    from rich.table import Table

    from keruen.report.locale import msg

    place = f"{file.name}, {found.sheet}" if found.sheet else file.name
    table = Table(title=place, title_justify="left", show_lines=True)
    for head in (msg("Cells"), msg("What is wrong"), msg("What to do")):
        table.add_column(head.render(locale), overflow="fold")
    for line in lines[:_SHOWN]:
        table.add_row(line.cells, line.what, line.remedy)
    Console(highlight=False).print(table)
    if len(lines) > _SHOWN:
        rest = msg(
            "… and {number} more; --report writes all", number=locale.number(len(lines) - _SHOWN)
        )
        typer.echo(rest.render(locale))


def list_schemas(
    *, lang: Annotated[Lang, typer.Option(help="Language of the titles.")] = Lang.en
) -> None:
    """List the tables that can be read from files of your own, with their columns."""
    from rich.console import Console
    from rich.table import Table

    from keruen.sources.schemas import schemas

    table = Table(show_lines=True)
    for head in ("name", "table", "columns (* required)"):
        table.add_column(head, overflow="fold")
    table.columns[0].no_wrap = True
    for one in schemas().values():
        columns = (f"{column.name}{'*' if column.required else ''}" for column in one.columns)
        table.add_row(one.name, one.title[lang.value], ", ".join(columns))
    Console(highlight=False).print(table)
