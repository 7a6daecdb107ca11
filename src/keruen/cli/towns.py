# SPDX-License-Identifier: Apache-2.0
"""``keruen measure urban`` and ``urban-grid``: towns and countryside, of a country or a grid."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from keruen.cli.terminal import progress_bar

Out = Annotated[Path, typer.Option(help="Folder for the files.")]


def urban(
    country: Annotated[str, typer.Argument(help="Country: ISO 3166-1 alpha-3 code or name.")],
    *,
    out: Out,
    year: Annotated[int | None, typer.Option(help="Latest year to use.")] = None,
) -> None:
    """Account for urban and rural people, and for what made towns grow.

    Writes people by residence, urban growth as births less deaths and what remains (migration
    and reclassification together), years that break, regions, cities, indices of
    concentration, a map and a manifest. Kazakhstan by region and year; other countries by
    five years from the United Nations.

    Example: keruen measure urban KAZ --out towns
    """
    from keruen.report.towns_release import write_towns
    from keruen.report.towns_run import run_towns

    with progress_bar("towns") as step:
        run = run_towns(country, year=year, step=step)
        paths = write_towns(run, out, step=step)
    _print(run.notes(), paths)


def _print(notes: tuple[str, ...], paths: tuple[Path, ...]) -> None:
    from rich.console import Console

    console = Console(highlight=False)
    for note in notes:
        console.print(f"Note: {note}")
    for path in paths:
        console.print(str(path), soft_wrap=True)


def urban_grid(
    file: Annotated[
        Path,
        typer.Argument(
            help="Grid of population: .npy, or CSV or Parquet with x, y, population and if you "
            "wish land (share) and unit (municipality)."
        ),
    ],
    *,
    out: Out,
    cell_km: Annotated[
        float, typer.Option(help="Side of a cell in km: 1, or a part such as 0.1.")
    ] = 1.0,
) -> None:
    """Tell cities, towns and countryside apart on a grid of population.

    The degree of urbanisation of the United Nations (manual of 2021), levels 1 and 2: classes
    of cells, urban centres with their people, municipalities where the file names them, a
    picture and a manifest. The grid must be of equal area.

    Examples: keruen measure urban-grid population.npy --out grid; keruen measure urban-grid
    cells.csv --cell-km 0.1 --out grid
    """
    from keruen.report.towns_release import write_grid
    from keruen.report.towns_run import run_grid

    with progress_bar("grid") as step:
        run = run_grid(file, cell_km=cell_km, step=step)
        paths = write_grid(run, out, step=step)
    _print((), paths)
