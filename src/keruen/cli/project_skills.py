# SPDX-License-Identifier: Apache-2.0
"""``keruen project skills``: from industries to openings, a shortage list and a need."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from keruen.cli.terminal import CountUnit, progress_bar


def skills(
    what: Annotated[
        str,
        typer.Argument(
            metavar="[USA|FILE|FOLDER]",
            help="USA, for the embedded tables; or a workbook or folder with your own: the sheets "
            "of keruen data template skills.",
        ),
    ] = "",
    *,
    out: Annotated[Path, typer.Option(help="Folder for the files.")],
    employment: Annotated[
        Path | None, typer.Option(help="File of employment by industry, past and projected.")
    ] = None,
    matrix: Annotated[
        Path | None, typer.Option(help="File of employment by industry and occupation.")
    ] = None,
    ceiling: Annotated[
        float | None, typer.Option(min=0, help="Most new permits of all together.")
    ] = None,
    threshold: Annotated[
        float,
        typer.Option(min=0.0001, help="Gap by employment that counts as tight or slack."),
    ] = 0.05,
    unit: Annotated[
        CountUnit | None, typer.Option(help="Multiple of the people in your own tables.")
    ] = None,
) -> None:
    """Project occupations from industries: openings, supply, shortage list, foreign workers.

    Employment by industry and the matrix must be there; every further table (ages or
    separations, supply, vacancies, wages, education, judgements) answers one more question,
    and what cannot be answered is listed with the table that would. Writes all tables as
    Parquet, lists as CSV, a picture and a manifest.

    Examples: keruen data template skills --to mine.xlsx; keruen project skills mine.xlsx --out
    mine; keruen project skills --employment industries.csv --matrix matrix.csv --out mine;
    keruen project skills USA --out usa
    """
    from keruen.core.codes import find_country
    from keruen.core.errors import ScenarioError
    from keruen.report.skills_release import write_skills
    from keruen.report.skills_run import run_skills
    from keruen.report.skills_usa import run_usa

    own = employment is not None or matrix is not None
    country = find_country(what) if what and not Path(what).exists() else None
    if country is not None and (own or country != "USA"):
        raise ScenarioError(
            f"no occupations of {country} are embedded" if not own else "USA takes no own tables",
            where=what,
            remedy="bring your own: keruen data template skills --to mine.xlsx; what public data "
            "lack is asked for there, never made up",
            id="NotEmbedded",
        )
    if not what and not own:
        raise ScenarioError(
            "there is nothing to project",
            remedy="give a workbook, or --employment and --matrix, or USA",
        )
    with progress_bar("occupations") as step:
        if country is not None:
            run = run_usa(step=step)
        else:
            books = [Path(what)] if what else []
            run = run_skills(
                *books,
                employment=employment,
                matrix=matrix,
                ceiling=ceiling,
                threshold=threshold,
                unit=None if unit is None else unit.value,
                step=step,
            )
        paths = write_skills(run, out, step=step)
    lines = [*run.summary, *(f"Assumed: {note}" for note in run.warnings)]
    if "missing" in run.tables:
        rows = run.tables["missing"].itertuples(index=False)
        lines += [f"Not known: {unknown} (needs {table})" for table, unknown in rows]
    lines += [f"Track record: {run.record}", *(str(path) for path in paths)]
    for line in lines:
        typer.echo(line)
