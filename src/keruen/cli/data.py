# SPDX-License-Identifier: Apache-2.0
"""``keruen data``: list, show and export the embedded data."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from keruen.cli import check, convert, parameters, recipes, synthesize, template
from keruen.cli.terminal import Lang

if TYPE_CHECKING:
    from rich.table import Table

    from keruen.sources.datasets import DataSet

app = typer.Typer(help="The data inside the package, and tables of your own.", no_args_is_help=True)


def _grid(title: str, *heads: str) -> Table:
    from rich.table import Table

    table = Table(title=title, title_justify="left")
    for head in heads:
        table.add_column(head, overflow="fold")
    return table


def _print(item: object) -> None:
    from rich.console import Console

    Console(highlight=False).print(item)


@app.command("list")
def list_tables(
    *,
    search: Annotated[str, typer.Option(help="Only tables whose id or title holds this.")] = "",
    lang: Annotated[Lang, typer.Option(help="Language of the names of variables.")] = Lang.en,
) -> None:
    """List the tables: id, years, variables, title, licence."""
    from keruen.sources._catalogue import read_catalogue

    table = _grid("", "id", "years", "variables", "title", "licence")
    table.columns[0].no_wrap = True
    for one in read_catalogue():
        if search.casefold() not in f"{one.id} {one.title}".casefold():
            continue
        years = "-".join(str(year) for year in dict.fromkeys(one.years))
        names = ", ".join(_label(name, lang) for name in one.variables[:6])
        more = f" ... ({len(one.variables)})" if len(one.variables) > 6 else ""
        table.add_row(one.id, years, names + more, one.title, one.source.licence.id)
    _print(table)


def _label(name: str, lang: Lang) -> str:
    from keruen.core.variables import variable

    return variable(name).label(lang.value)


@app.command()
def show(
    id: Annotated[str, typer.Argument(help="Table, for example wpp2024.population.")],
    *,
    lang: Annotated[Lang, typer.Option(help="Language of the names of variables.")] = Lang.en,
) -> None:
    """Show a table: source, citation, licence, columns, known defects."""
    from keruen.sources.catalog import dataset

    one = dataset(id)
    facts = _grid(one.title, "", "")
    for name, text in _facts(one):
        facts.add_row(name, text)
    _print(facts)
    columns = _grid("Columns", "name", "role", "unit", "what", "labels")
    for column in one.columns:
        known = one.series == {} and column.role == "value"
        what = _label(column.name, lang) if known else column.description
        labels = one.labels.get(column.name, ())
        columns.add_row(column.name, column.role, column.units, what, _ends(labels))
    _print(columns)
    if one.series:
        series = _grid("Series", "name", "unit", "what", "years", "rows")
        for each in one.series.values():
            years = "-".join(str(year) for year in each.years)
            series.add_row(each.name, each.units, _label(each.name, lang), years, f"{each.rows:,}")
        _print(series)
    for line in (f"keruen.load('{name}')" for name in one.loads[:5]):
        typer.echo(line)


def _facts(one: DataSet) -> list[tuple[str, str]]:
    source = one.source
    facts = [
        ("id", one.id),
        ("publication", " ".join(part for part in (source.title, source.edition) if part)),
        ("publisher", source.publisher),
        ("citation", source.citation),
        ("licence", f"{source.licence.name} {source.licence.address}".strip()),
        ("rows", f"{one.rows:,}"),
        ("years", "-".join(str(year) for year in dict.fromkeys(one.years))),
    ]
    names = {
        "licence_note": "licence note",
        "projected_from": "projected from",
        "derived": "derived from",
        "note": "note",
    }
    facts += [(text, str(one.facts[name])) for name, text in names.items() if name in one.facts]
    facts += [("doubt" if defect.doubt else "know", defect.text) for defect in one.defects]
    return facts


def _ends(labels: tuple[Any, ...]) -> str:
    if len(labels) <= 6:
        return ", ".join(str(label) for label in labels)
    return f"{labels[0]} ... {labels[-1]} ({len(labels)})"


@app.command()
def export(
    id: Annotated[str, typer.Argument(help="Table, with or without a variable behind it.")],
    *,
    to: Annotated[Path, typer.Option(help="File to write: .csv, .xlsx or .parquet.")],
    country: Annotated[
        list[str] | None,
        typer.Option(help="Only this country, by code or name; may be repeated."),
    ] = None,
    year: Annotated[list[int] | None, typer.Option(help="Only this year; may be repeated.")] = None,
) -> None:
    """Write a table to a file, with its source and notes where the format has room.

    Examples: keruen data export wpp2024.indicators --to kaz.xlsx --country KAZ;
    keruen data export un.stock.2024 --to stock.csv --country Germany --year 2024
    """
    from keruen.sources.export import export_table

    rows = export_table(id, to, country=country or (), year=year or ())
    typer.echo(f"{to}: {rows:,} rows")


app.add_typer(parameters.app, name="parameters")
app.add_typer(recipes.app)
app.add_typer(synthesize.app, name="synthesize")
app.command("convert")(convert.convert)
app.command("check")(check.check)
app.command("schemas")(check.list_schemas)
app.command("template")(template.template)
