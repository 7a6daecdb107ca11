# SPDX-License-Identifier: Apache-2.0
"""``keruen data read`` and ``recipes``: publishers' tables as they were published."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from keruen.sources.adapters import Publication

app = typer.Typer()
_SHOWN = 12


@app.command("recipes")
def list_recipes(
    *, search: Annotated[str, typer.Option(help="Only recipes whose id or title holds this.")] = ""
) -> None:
    """List the recipes: tables that are read as their publishers publish them."""
    from rich.console import Console
    from rich.table import Table

    from keruen.sources.adapters import recipes

    table = Table("id", "title", "variables", "licence")
    for column in table.columns:
        column.overflow = "fold"
    table.columns[0].no_wrap = True
    for one in recipes().values():
        if search.casefold() in f"{one.id} {' '.join(one.title.values())}".casefold():
            names = ", ".join(one.variables)
            table.add_row(one.id, one.title["en"], names, one.licence)
    Console(highlight=False).print(table)


@app.command("read")
def read(
    file: Annotated[Path, typer.Argument(help="Workbook, CSV or TSV, as downloaded.")],
    *,
    to: Annotated[Path, typer.Option(help="File to write: .csv, .xlsx or .parquet.")],
    recipe: Annotated[
        str,
        typer.Option(help="Recipe, or a .yaml file of your own; found by itself when left out."),
    ] = "",
    total: Annotated[
        list[str] | None,
        typer.Option(help="Key whose printed total is read instead of its parts; may be repeated."),
    ] = None,
) -> None:
    """Read a publisher's table into codes and numbers, and say what was left out.

    Examples: keruen data read undesa_pd_2024_ims_stock.xlsx --to stock.parquet; keruen data read
    population.csv --recipe kaz.population --total residence --to population.xlsx
    """
    from rich.console import Console

    from keruen.sources._recipe_write import write_publication
    from keruen.sources.adapters import read_publication

    found = read_publication(file, recipe or None, totals=total or ())
    write_publication(found, to)
    console = Console(highlight=False)
    console.print(f"{to}: {len(found.table):,} rows by {', '.join(found.dims)}", soft_wrap=True)
    console.print(f"Recipe: {found.recipe} ({found.source.publisher})", soft_wrap=True)
    _tell(console, found)


def _tell(console: Console, found: Publication) -> None:
    """What was left out, and totals that do not add up."""
    from keruen.sources._recipe_write import change_text

    aside = found.changes["what"] == "column left out"
    heads = found.changes.loc[aside, "label"].drop_duplicates()
    if len(heads):
        console.print(f"  columns left out: {'; '.join(heads)}", markup=False, soft_wrap=True)
    changes = found.changes[~aside]
    for row in changes.head(_SHOWN).itertuples(index=False):
        console.print(f"  {change_text(row)}", markup=False, soft_wrap=True)
    if len(changes) > _SHOWN:
        console.print(f"  and {len(changes) - _SHOWN} more")
    checks = found.checks
    if len(checks):
        wrong = checks[~checks["agrees"]]
        console.print(f"Totals: {len(checks) - len(wrong):,} of {len(checks):,} add up")
        worst = wrong.loc[wrong["gap"].abs().sort_values(ascending=False).index].head(3)
        for _, one in worst.iterrows():
            keys = ", ".join(f"{name} {one[name]}" for name in found.dims)
            text = f"  {keys}: {one['published']:,.10g} printed, parts add to {one['added']:,.10g}"
            console.print(text, markup=False, soft_wrap=True)
