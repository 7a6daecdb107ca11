# SPDX-License-Identifier: Apache-2.0
"""A run over occupations as a folder: tables, picture, manifest; all of it or nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from keruen.core.codes import code_list
from keruen.report.bars import bar_chart
from keruen.report.flow_run import Step, quiet
from keruen.report.locale import Lang, Locale, Percent, Year, msg
from keruen.report.release import release, write_parquet
from keruen.report.skills_run import SkillsRun
from keruen.report.skills_words import Occupation, skill_sheets
from keruen.sources.formats.sheets import write_sheets

if TYPE_CHECKING:
    import pandas as pd

PRACTICE: Final = "practice data: made up, not real"
"""What every row says that comes of practice tables."""

_LISTS: Final = ("shortage_list", "need", "missing", "assumptions", "record")
"""Tables that people read: they are written as CSV too."""


def write_skills(
    run: SkillsRun, target: Path, *, lang: Lang = "en", step: Step | None = None
) -> tuple[Path, ...]:
    """Write a run over occupations to a folder.

    Parameters
    ----------
    run : SkillsRun
        The run.
    target : Path
        Folder; made when it does not exist. Files of an earlier run are replaced or removed.
    lang : {"en", "ru", "kk"}, optional
        Language of the workbook and the picture; the tables keep one set of names.
    step : callable, optional
        Called with the share done and what is being done.

    Returns
    -------
    tuple of Path
        Every table as Parquet, lists to be read as CSV too, and of an own run
        ``skills.xlsx`` with the shortage list, the need and what is missing;
        ``openings.svg`` and ``manifest.json``.

    Raises
    ------
    FileError
        The folder cannot be written (``NotWritable``); nothing has been changed then.

    See Also
    --------
    keruen.report.skills_run.run_skills : Makes the run.
    """
    tell = step or quiet

    def fill(folder: Path) -> None:
        tell(0.9, "tables")
        for name, table in run.tables.items():
            told = titled(table)
            if run.practice:
                told = told.assign(source=PRACTICE)
            write_parquet(told, folder / f"{name}.parquet")
            if name in _LISTS:
                told.to_csv(folder / f"{name}.csv", index=False, float_format="%.10g")
        if "missing" in run.tables:
            write_sheets(skill_sheets(run, Locale(lang)), folder / "skills.xlsx")
        if run.picture is not None:
            tell(0.95, "picture")
            (folder / "openings.svg").write_text(_picture(run, Locale(lang)), encoding="utf-8")

    return release(target, _manifest(run, lang), fill)


def titled(table: pd.DataFrame) -> pd.DataFrame:
    """A table with the title of each occupation beside its code.

    Parameters
    ----------
    table : DataFrame
        A table of a run.

    Returns
    -------
    DataFrame
        The same where codes are none of ISCO-08, or titles stand there already.
    """
    if "occupation" not in table or "title" in table:
        return table
    known = code_list("isco08")
    codes = table["occupation"].astype(str)
    if not codes.isin(list(known)).all():
        return table
    titled_table = table.copy()
    place = list(table.columns).index("occupation") + 1
    titled_table.insert(place, "title", [known[code].title for code in codes])
    return titled_table


def _manifest(run: SkillsRun, lang: Lang) -> dict[str, object]:
    return {
        "command": "project skills",
        "options": {**run.options, "lang": lang},
        "units": "persons; openings, gap and need a year",
        "inputs": [dict(one) for one in run.inputs],
        "practice_data": run.practice,
        "track_record": run.record,
        "summary": list(run.summary),
        "warnings": list(run.warnings),
    }


def _picture(run: SkillsRun, locale: Locale) -> str:
    """The occupations with most openings, and how many of them replace somebody."""
    if run.picture is None:
        raise ValueError("the run has no openings to draw")
    shown = run.picture
    names = [Occupation(str(code)).render(locale) for code in shown["occupation"]]
    share = 100 * float(shown["replacement"].sum() / shown["openings"].sum())
    told = (
        msg("Projection from practice tables, made up; errors in the past: not evaluated.")
        if run.practice
        else msg("Projection from own tables; errors in the past: not evaluated.")
    )
    title = msg(
        "Most job openings: {share} of these replace people who leave",
        share=Percent(share, decimals=0),
    )
    year = Year(int(str(run.options["need_year"])))
    return bar_chart(
        shown.assign(name=names),
        category="name",
        value="openings",
        compare="replacement",
        labels=(locale.say(msg("Openings")), locale.say(msg("Of which replacement"))),
        title=locale.say(title),
        unit=locale.say(msg("job openings a year from {year}", year=year)),
        lang=locale.lang,
        note=locale.say(told),
    )
