# SPDX-License-Identifier: Apache-2.0
"""``keruen points attractiveness``: an index of countries whose weights the reader sets."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from keruen.cli.terminal import Lang, progress_bar


def attractiveness(
    file: Annotated[
        Path | None,
        typer.Argument(
            help="Your own indicators (keruen data template talent_indicators); seven embedded "
            "ones when not given."
        ),
    ] = None,
    *,
    out: Annotated[Path, typer.Option(help="Folder for the files.")],
    weights: Annotated[
        str, typer.Option(help="As opportunities=2,income_and_tax=1; equal when not given.")
    ] = "",
    show: Annotated[str, typer.Option(help="Countries of the picture: KAZ,UZB,POL.")] = "",
    draws: Annotated[int, typer.Option(min=100, max=100_000, help="Random weights.")] = 5000,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the weights.")] = 1,
    lang: Annotated[Lang, typer.Option(help="Language of page and workbook.")] = Lang.en,
) -> None:
    """Rank countries by how attractive they are for talent; no rank without its interval.

    The embedded indicators leave dimensions of the OECD's index empty; the page names them.

    Examples: keruen points attractiveness --out talent --lang ru; keruen points attractiveness
    mine.csv --weights opportunities=2,family=1 --out mine
    """
    from rich.console import Console

    from keruen.report.attractiveness_page import write_attractiveness
    from keruen.report.attractiveness_run import run_attractiveness
    from keruen.report.locale import Locale

    given = _weights(weights)
    with progress_bar("attractiveness") as step:
        run = run_attractiveness(
            file,
            weights=given,
            show=[one.strip().upper() for one in show.split(",") if one.strip()],
            draws=draws,
            seed=seed,
            step=step,
        )
        paths = write_attractiveness(run, out, locale=Locale(lang.value), step=step)
    console = Console(highlight=False)
    for path in paths:
        console.print(str(path), soft_wrap=True)


def _weights(text: str) -> dict[str, float] | None:
    """Weights as written on the command line; None when there are none."""
    if not text.strip():
        return None
    try:
        parts = [one.split("=") for one in text.split(",")]
        return {name.strip(): float(value) for name, value in parts}
    except ValueError as fault:
        raise typer.BadParameter("write name=number,name=number", param_hint="--weights") from fault
