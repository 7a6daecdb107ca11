# SPDX-License-Identifier: Apache-2.0
"""``keruen data synthesize``: practice data with known truth."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Make practice data with known truth.", no_args_is_help=True)

_DAY = ["%Y-%m-%d"]
_FROM = datetime.fromisoformat("2020-01-01")
_TO = datetime.fromisoformat("2025-01-01")


@app.callback()
def synthesize() -> None:
    """Make practice data with known truth."""


@app.command()
def crossings(
    *,
    persons: Annotated[int, typer.Option(min=1, help="Number of persons.")],
    to: Annotated[Path, typer.Option(help="Parquet file to write; the truth goes beside it.")],
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same rows.")] = 1,
    from_: Annotated[datetime, typer.Option("--from", formats=_DAY, help="First day.")] = _FROM,
    to_date: Annotated[
        datetime, typer.Option(formats=_DAY, help="First day after the last.")
    ] = _TO,
    missing: Annotated[
        float, typer.Option(min=0, max=0.99, help="Share of crossings not scanned.")
    ] = 0.0,
    echoes: Annotated[
        float, typer.Option(min=0, max=1, help="Share of crossings scanned twice.")
    ] = 0.0,
    changed_passports: Annotated[
        float,
        typer.Option(
            min=0, max=2, help="New passports a person and year; person_id is then a document."
        ),
    ] = 0.0,
    dates_only: Annotated[bool, typer.Option("--dates-only", help="Dates without time.")] = False,
) -> None:
    """Make border crossings of made-up persons, in Kazakhstan's proportions.

    Example: keruen data synthesize crossings --persons 1000000 --to practice.parquet
    """
    from keruen.sources.synthetic import synthesize_crossings

    done = synthesize_crossings(
        persons,
        to=to,
        start=from_.date(),
        end=to_date.date(),
        seed=seed,
        missing=missing,
        echoes=echoes,
        changed_passports=changed_passports,
        dates_only=dates_only,
    )
    typer.echo(f"{done.crossings}: {done.rows:,} crossings (practice data)")
    typer.echo(f"{done.truth}: {done.migrations:,} migrations, {done.missed:,} crossings missed")


@app.command()
def emigrants(
    *,
    to: Annotated[Path, typer.Option(help="File to write: .csv, .xlsx or .parquet.")],
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same rows.")] = 1,
) -> None:
    """Make emigrants by education up, to try out keruen measure braindrain.

    Example: keruen data synthesize emigrants --to practice.xlsx
    """
    from keruen.sources.synthetic_emigrants import write_practice_emigrants

    rows = write_practice_emigrants(to, seed=seed)
    typer.echo(f"{to}: {rows:,} rows (practice data, made up)")


@app.command()
def occupations(
    *,
    to: Annotated[Path, typer.Option(help="Workbook to write (.xlsx).")],
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same rows.")] = 1,
) -> None:
    """Make tables of occupations up, to try out keruen project skills.

    Example: keruen data synthesize occupations --to practice.xlsx
    """
    from keruen.sources.synthetic_occupations import write_practice_occupations

    rows = write_practice_occupations(to, seed=seed)
    typer.echo(f"{to}: {rows:,} rows (practice data, made up)")


@app.command()
def placement(
    *,
    families: Annotated[int, typer.Option(min=1, help="Number of families.")],
    to: Annotated[Path, typer.Option(help="Workbook (.xlsx) or folder to write.")],
    jobs: Annotated[
        bool, typer.Option("--jobs", help="Jobs by occupation in place of scores.")
    ] = False,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same rows.")] = 1,
) -> None:
    """Make families up, and room for them in the districts of Kazakhstan, for keruen place.

    Example: keruen data synthesize placement --families 14000 --to practice
    """
    from keruen.sources.practice_placement import write_practice_placement

    made = write_practice_placement(to, families=families, seed=seed, jobs=jobs)
    for name, rows in made.items():
        typer.echo(f"{to}: {name}, {rows:,} rows (practice data, made up)")


@app.command()
def points(
    *,
    to: Annotated[Path, typer.Option(help="Folder to write.")],
    candidates: Annotated[
        int, typer.Option(min=100, help="Candidates in the pool, and applicants with outcomes.")
    ] = 20_000,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same rows.")] = 1,
) -> None:
    """Make a pool of candidates, rounds and outcomes up, for keruen points draws and design.

    Example: keruen data synthesize points --to practice
    """
    from keruen.sources.practice_points import write_practice_points

    for name, rows in write_practice_points(to, candidates=candidates, seed=seed).items():
        typer.echo(f"{to}: {name}, {rows:,} rows (practice data, made up)")


@app.command()
def applications(
    *,
    to: Annotated[Path, typer.Option(help="File to write: .csv, .xlsx or .parquet.")],
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same rows.")] = 1,
) -> None:
    """Make monthly applications for asylum up, to try out keruen refugees.

    Example: keruen data synthesize applications --to practice.xlsx
    """
    from keruen.sources.practice_applications import write_practice_applications

    rows = write_practice_applications(to, seed=seed)
    typer.echo(f"{to}: {rows:,} rows (practice data, made up)")
