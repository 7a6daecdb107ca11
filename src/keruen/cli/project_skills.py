# SPDX-License-Identifier: Apache-2.0
"""``keruen project skills``: from industries to openings, a shortage list and a need."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from keruen.cli.terminal import CountUnit, Lang, progress_bar


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
    need_year: Annotated[
        int | None,
        typer.Option(
            "--need-from",
            help="Year that openings, gap and need are counted from; that of the last matrix, or "
            "with paths the last observed.",
        ),
    ] = None,
    unit: Annotated[
        CountUnit | None, typer.Option(help="Multiple of the people in your own tables.")
    ] = None,
    lang: Annotated[Lang, typer.Option(help="Language of the workbook and the picture.")] = Lang.en,
) -> None:
    """Project occupations from industries: openings, supply, shortage list, foreign workers.

    Employment by industry and the matrix must be there; every further table (ages or
    separations, supply, vacancies, wages, education, judgements) answers one more question,
    and what cannot be answered is listed with the table that would. Writes all tables as
    Parquet, lists as CSV, a workbook to be read (--lang ru or kk), a picture and a manifest.

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
            _refuse_for_usa(ceiling=ceiling, need_year=need_year, unit=unit, lang=lang)
            run = run_usa(step=step)
        else:
            books = [Path(what)] if what else []
            run = run_skills(
                *books,
                employment=employment,
                matrix=matrix,
                ceiling=ceiling,
                threshold=threshold,
                need_year=need_year,
                unit=None if unit is None else unit.value,
                step=step,
            )
        paths = write_skills(run, out, lang=lang.value, step=step)
    lines = [*run.summary, *(f"Assumed: {note}" for note in run.warnings)]
    if "missing" in run.tables:
        rows = run.tables["missing"].itertuples(index=False)
        lines += [f"Not known: {unknown} (needs {table})" for table, unknown in rows]
    lines += [f"Track record: {run.record}", *(str(path) for path in paths)]
    for line in lines:
        typer.echo(line)


def _refuse_for_usa(
    *, ceiling: float | None, need_year: int | None, unit: CountUnit | None, lang: Lang
) -> None:
    from keruen.core.errors import ScenarioError

    given = {"--ceiling": ceiling, "--need-from": need_year, "--unit": unit}
    asked = [name for name, value in given.items() if value is not None]
    if lang is not Lang.en:
        asked.append("--lang")
    if asked:
        raise ScenarioError(
            "the embedded tables of the USA answer openings and the record of errors alone",
            where=", ".join(asked),
            remedy="leave these out, or bring your own tables",
        )
