# SPDX-License-Identifier: Apache-2.0
"""A run over occupations as a folder: tables, picture, manifest; all of it or nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from keruen.core.codes import code_list
from keruen.report.bars import bar_chart
from keruen.report.flow_run import Step, quiet
from keruen.report.release import release, write_parquet
from keruen.report.skills_run import SkillsRun

if TYPE_CHECKING:
    import pandas as pd

PRACTICE: Final = "practice data: made up, not real"
"""What every row says that comes of practice tables."""

_LISTS: Final = ("shortage_list", "need", "missing", "assumptions", "record")
"""Tables that people read: they are written as CSV too."""


def write_skills(run: SkillsRun, target: Path, *, step: Step | None = None) -> tuple[Path, ...]:
    """Write a run over occupations to a folder.

    Parameters
    ----------
    run : SkillsRun
        The run.
    target : Path
        Folder; made when it does not exist. Files of an earlier run are replaced or removed.
    step : callable, optional
        Called with the share done and what is being done.

    Returns
    -------
    tuple of Path
        Every table as Parquet, lists to be read as CSV too, ``openings.svg`` and
        ``manifest.json``.

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
        if run.picture is not None:
            tell(0.95, "picture")
            (folder / "openings.svg").write_text(_picture(run), encoding="utf-8")

    return release(target, _manifest(run), fill)


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


def _manifest(run: SkillsRun) -> dict[str, object]:
    return {
        "command": "project skills",
        "options": dict(run.options),
        "units": "persons; openings, gap and need a year",
        "inputs": [dict(one) for one in run.inputs],
        "practice_data": run.practice,
        "track_record": run.record,
        "summary": list(run.summary),
        "warnings": list(run.warnings),
    }


def _picture(run: SkillsRun) -> str:
    """The occupations with most openings, and how many of them replace somebody."""
    if run.picture is None:
        raise ValueError("the run has no openings to draw")
    shown = titled(run.picture)
    names = shown["title"] if "title" in shown else shown["occupation"].astype(str)
    share = 100 * shown["replacement"].sum() / shown["openings"].sum()
    return bar_chart(
        shown.assign(name=names),
        category="name",
        value="openings",
        compare="replacement",
        labels=("Openings", "Of which replacement"),
        title=f"Most job openings: {share:.0f}% of these replace people who leave",
        unit="job openings a year, first interval of the projection",
        lang="en",
        note=f"Projection from {'practice tables, made up' if run.practice else 'own tables'}; "
        f"{run.record}.",
    )
