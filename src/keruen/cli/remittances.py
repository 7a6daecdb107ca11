# SPDX-License-Identifier: Apache-2.0
"""``keruen measure remittances``: who sends how much to whom."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from keruen.cli.terminal import progress_bar


class RemittanceRule(StrEnum):
    """How totals are shared out."""

    income_gap = "income_gap"
    income = "income"
    stock = "stock"


class RemittanceSide(StrEnum):
    """Which totals are kept."""

    received = "received"
    paid = "paid"


class RemittanceIncome(StrEnum):
    """Embedded incomes a head."""

    gni = "gni"
    ppp = "ppp"


def remittances(
    *,
    out: Annotated[Path, typer.Option(help="Folder for the files.")],
    year: Annotated[
        int | None, typer.Option(help="Year of the embedded totals, 2000 to 2023.")
    ] = None,
    method: Annotated[
        RemittanceRule,
        typer.Option(help="Share out by migrants and both incomes, incomes abroad, or alone."),
    ] = RemittanceRule.income_gap,
    scale: Annotated[
        RemittanceSide, typer.Option(help="Which totals the amounts add up to.")
    ] = RemittanceSide.received,
    beta: Annotated[
        float, typer.Option(help="Power of the income gap, above 0 and below 1.")
    ] = 0.75,
    stocks: Annotated[
        str,
        typer.Option(
            help="Embedded migrants (un.stock.2024, un.stock.2020, un.stock.2019, "
            "worldbank.stock.2017), or your own CSV, Excel or Parquet file with origin, "
            "destination, immigrant_stock."
        ),
    ] = "un.stock.2024",
    totals: Annotated[
        Path | None,
        typer.Option(
            help="Your own totals: country, remittances_received, remittances_paid, income."
        ),
    ] = None,
    income: Annotated[
        RemittanceIncome,
        typer.Option(help="Embedded incomes: US dollars (gni) or purchasing power (ppp)."),
    ] = RemittanceIncome.gni,
    fixed: Annotated[
        Path | None,
        typer.Option(help="Your own known corridors: sender, receiver, remittances."),
    ] = None,
) -> None:
    """Estimate remittances between all pairs of countries.

    Writes corridors, countries, every total or corridor that the rule could not treat, and
    for 2017 and 2021 the comparison with KNOMAD, as CSV, Parquet and one Excel workbook;
    a picture and a manifest. Amounts are estimates of a model in million US dollars.

    Examples: keruen measure remittances --year 2021 --out money; keruen measure remittances
    --year 2022 --scale paid --out paid; keruen measure remittances --stocks mine.csv
    --totals totals.xlsx --fixed known.csv --out mine
    """
    from rich.console import Console

    from keruen.report.remittance_release import write_remittances
    from keruen.report.remittance_run import run_remittances

    with progress_bar("remittances") as step:
        run = run_remittances(
            year,
            rule=method.value,
            side=scale.value,
            beta=beta,
            stocks=stocks,
            totals=totals,
            income=income.value,
            fixed=fixed,
            step=step,
        )
        paths = write_remittances(run, out, step=step)
    console = Console(highlight=False)
    for note in run.notes:
        console.print(f"Note: {note}")
    for path in paths:
        console.print(str(path), soft_wrap=True)
