# SPDX-License-Identifier: Apache-2.0
"""``keruen welfare``: who gains and who loses by a year's migration."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from keruen.cli.terminal import Lang, progress_bar
from keruen.core.errors import SchemaError


def welfare(
    country: Annotated[str, typer.Argument(help="Country, such as KAZ.")],
    *,
    out: Annotated[Path, typer.Option(help="Folder for the files.")],
    year: Annotated[
        int | None, typer.Option(min=1990, max=2026, help="Latest year to look at.")
    ] = None,
    partner: Annotated[
        list[str] | None,
        typer.Option(help="Country at the other end; repeat for more. All when left out."),
    ] = None,
    inflow: Annotated[
        float | None, typer.Option(help="People who come, in place of the number last known.")
    ] = None,
    outflow: Annotated[
        float | None, typer.Option(help="People who go, in place of the number last known.")
    ] = None,
    assumptions: Annotated[
        list[Path] | None,
        typer.Option(help="YAML file of assumptions over those of the package; repeat for more."),
    ] = None,
    weight: Annotated[
        list[str] | None,
        typer.Option(
            help="Weight of a side, such as migrant=1; give all of migrant, receiving, sending. "
            "Without weights nothing is added up."
        ),
    ] = None,
    draws: Annotated[int, typer.Option(min=100, help="Draws of the assumptions.")] = 2000,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the draws.")] = 1,
    sensitivity: Annotated[
        bool, typer.Option(help="Tell which assumption moves the result.")
    ] = True,
    lang: Annotated[Lang, typer.Option(help="Language of the files.")] = Lang.en,
) -> None:
    """Gains and losses of migrants, the receiving and the sending side, with intervals.

    Takes one year's migration into and out of a country at its last known level and says,
    for both directions, what it means for the migrants, for workers, owners of capital and
    the treasury here and there. Every assumption is a range with its source, and may be
    replaced by a file. Writes a page, a workbook, tables and a manifest.

    Examples: keruen welfare KAZ --lang ru --out gains; keruen welfare KAZ --partner UZB
    --inflow 50000 --assumptions mine.yaml --draws 10000 --out gains; keruen welfare DEU
    --weight migrant=1 --weight receiving=1 --weight sending=0.5 --out gains
    """
    from rich.console import Console

    from keruen.report.welfare_release import write_welfare
    from keruen.report.welfare_run import run_welfare

    with progress_bar("welfare") as step:
        run = run_welfare(
            country,
            year=year,
            partners=partner or (),
            inflow=inflow,
            outflow=outflow,
            assumptions=assumptions or (),
            weights=_weights(weight or []),
            draws=draws,
            seed=seed,
            sensitivity=sensitivity,
            step=step,
        )
        paths = write_welfare(run, out, lang=lang.value, step=step)
    console = Console(highlight=False)
    for path in paths:
        console.print(str(path), soft_wrap=True)


def _weights(given: list[str]) -> dict[str, float]:
    weights = {}
    for one in given:
        name, _, number = one.partition("=")
        try:
            weights[name.strip()] = float(number)
        except ValueError:
            raise SchemaError(
                f"'{one}' is not a weight",
                where="--weight",
                remedy="write migrant=1, receiving=1 or sending=0.5",
                id="BadWeights",
            ) from None
    return weights
