# SPDX-License-Identifier: Apache-2.0
"""``keruen measure``: estimates of what happened."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from keruen.cli import records, registers, towns
from keruen.cli.braindrain import braindrain
from keruen.cli.irregular import irregular, irregular_ratio, irregular_view
from keruen.cli.remittances import remittances
from keruen.cli.terminal import progress_bar

app = typer.Typer(
    help="Estimate what happened: flows from stocks, migration from records.",
    no_args_is_help=True,
)
app.command("crossings")(records.crossings)
app.command("register")(registers.register)
app.command("traces")(registers.traces)
app.command("remittances")(remittances)
app.command("irregular")(irregular)
app.command("irregular-ratio")(irregular_ratio)
app.command("irregular-view")(irregular_view)
app.command("urban")(towns.urban)
app.command("urban-grid")(towns.urban_grid)
app.command("braindrain")(braindrain)


class FlowMethod(StrEnum):
    """Methods of flows from stocks."""

    difference_zero = "difference_zero"
    difference_return = "difference_return"
    rate = "rate"
    open = "open"
    closed = "closed"
    pseudo_bayes = "pseudo_bayes"
    independence = "independence"
    transport = "transport"


@app.callback()
def _about() -> None:
    """Estimate what happened."""


@app.command("flows")
def flows(
    *,
    out: Annotated[Path, typer.Option(help="Folder for the files.")],
    stocks: Annotated[
        str,
        typer.Option(
            help="Embedded stocks (un.stock.2024, un.stock.2020, un.stock.2019), or your own "
            "CSV or Parquet file with birthplace, country, stock_start, stock_end."
        ),
    ] = "un.stock.2024",
    vital: Annotated[
        Path | None,
        typer.Option(help="Your own births and deaths: country, births, deaths."),
    ] = None,
    method: Annotated[FlowMethod, typer.Option(help="How.")] = FlowMethod.pseudo_bayes,
    first: Annotated[
        int | None, typer.Option("--from", help="Year the first period starts in.")
    ] = None,
    last: Annotated[int | None, typer.Option("--to", help="Year the last period ends in.")] = None,
    sex: Annotated[bool, typer.Option("--sex", help="Women and men apart.")] = False,
    years: Annotated[
        float | None, typer.Option(help="Length of the interval of your own stocks, in years.")
    ] = None,
    draws: Annotated[
        int, typer.Option(min=0, help="Draws for 95% intervals; 500 is usual, 0 gives none.")
    ] = 0,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the draws.")] = 1,
) -> None:
    """Estimate bilateral flows from migrant stocks at two or more dates.

    Writes flows and places as CSV and Parquet, every changed cell of the stocks, a
    manifest with the digests of all inputs, and a picture. Estimates are transitions over
    a period: people living in one place at its start and in another at its end.

    Examples: keruen measure flows --out flows; keruen measure flows --method closed --from
    2010 --to 2024 --sex --out flows; keruen measure flows --stocks mine.csv --vital
    vital.csv --years 5 --out mine
    """
    from rich.console import Console

    from keruen.report.flow_release import write_flows
    from keruen.report.flow_run import run_flows

    with progress_bar("flows") as step:
        run = run_flows(
            stocks,
            vital=vital,
            method=method.value,
            first=first,
            last=last,
            by_sex=sex,
            years=years,
            draws=draws,
            seed=seed,
            step=step,
        )
        paths = write_flows(run, out, step=step)
    console = Console(highlight=False)
    for note in run.estimate.warnings:
        console.print(f"Note: {note}")
    for path in paths:
        console.print(str(path), soft_wrap=True)
