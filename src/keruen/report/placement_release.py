# SPDX-License-Identifier: Apache-2.0
"""A placement as a folder: tables, workbook, maps, letters, certificate, manifest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

from keruen.report.flow_run import Step, quiet
from keruen.report.locale import LANGS, Lang, Locale
from keruen.report.placement_archive import store
from keruen.report.placement_fairness import load_gini
from keruen.report.placement_letter_changes import Letter
from keruen.report.placement_letters import letters_page
from keruen.report.placement_pictures import PRACTICE, placement_maps
from keruen.report.placement_results import placement_tables
from keruen.report.placement_run import PlacementRun
from keruen.report.placement_words import HEADS, OUTCOMES, SERVICE_WORDS, SHEETS
from keruen.report.release import release, write_parquet
from keruen.sources.formats.sheets import Sheet, write_sheets
from keruen.sources.formats.table_files import Written, write_table

if TYPE_CHECKING:
    import pandas as pd

_SOURCE: Final = "practice data: made up, not real"


def write_placement(
    run: PlacementRun,
    target: Path,
    *,
    letters: tuple[Letter, ...] = (),
    lang: Lang = "en",
    step: Step = quiet,
) -> tuple[Path, ...]:
    """Write a run of placement to a folder.

    Parameters
    ----------
    run : PlacementRun
        The run.
    target : Path
        Folder; made when it does not exist. Files of an earlier run are replaced or removed.
    letters : tuple of Letter, optional
        Letters to families; written in all three languages.
    lang : {"en", "ru", "kk"}, optional
        Language of names, explanations, workbook and maps.
    step : callable, optional
        Called with the share done and what is being done.

    Returns
    -------
    tuple of Path
        Each table as CSV and Parquet, ``placement.xlsx``, maps as SVG, ``letters.*.html``,
        ``certificate.json`` with the tables it is checked against, and ``manifest.json``.

    Raises
    ------
    FileError
        The folder cannot be written (``NotWritable``); nothing has been changed then.

    See Also
    --------
    keruen.report.placement_archive.recheck : Checks the folder again.
    """
    locale = Locale(lang)

    def fill(folder: Path) -> None:
        step(0.9, "tables")
        tables = placement_tables(run, locale)
        for name, table in tables.items():
            told = table.assign(source=_SOURCE) if run.practice else table
            write_parquet(told, folder / f"{name}.parquet")
            write_table(Written(told, (), {}, ()), folder / f"{name}.csv", ".csv")
        write_sheets(_sheets(run, tables, locale), folder / "placement.xlsx")
        store(run.placement, folder)
        step(0.96, "maps")
        for name, drawing in placement_maps(run, locale).items():
            (folder / f"{name}.svg").write_text(drawing, encoding="utf-8")
        for each in LANGS if letters else ():
            page = letters_page(run, letters, Locale(each))
            (folder / f"letters.{each}.html").write_text(page, encoding="utf-8")

    return release(target, _manifest(run, lang, len(letters)), fill)


def _sheets(run: PlacementRun, tables: Mapping[str, pd.DataFrame], locale: Locale) -> list[Sheet]:
    """The workbook in words: headings, outcomes and services in the reader's language."""
    lines = [line.render(locale) for line in (*run.summary, *run.warnings)]
    if run.practice:
        lines.insert(0, PRACTICE.render(locale).upper())
    made = [Sheet(SHEETS["summary"].render(locale), [], [[line] for line in lines], [120.0])]
    for name, table in tables.items():
        told = _worded(table, locale)
        plain = told.astype(object).where(told.notna(), None)
        heads = [HEADS[head].render(locale) if head in HEADS else head for head in told.columns]
        rows = plain.itertuples(index=False, name=None)
        title = SHEETS[name].render(locale)
        first = [[PRACTICE.render(locale).upper()]] if run.practice else []
        body = [*first, heads, *[list(row) for row in rows]]
        if first:
            made.append(Sheet(title, first[0], body[1:], [14.0] * 8))
        else:
            made.append(Sheet(title, heads, body[1:], [14.0] * 8))
    return made


def _worded(table: pd.DataFrame, locale: Locale) -> pd.DataFrame:
    """Codes that stand in a table as words of the reader."""
    told = table.copy()
    words = {"outcome": OUTCOMES, "service": SERVICE_WORDS, "binding": SERVICE_WORDS}
    for name, known in words.items():
        if name in told:
            said = {key: one.render(locale) for key, one in known.items()}
            told[name] = [
                ", ".join(said.get(part, part) for part in str(cell).split(", "))
                for cell in told[name]
            ]
    for code, text in (("measure", "text"), ("flag", "verdict"), ("kind", "text")):
        if code in told and text in told:
            told[code] = told.pop(text)
    return told


def _manifest(run: PlacementRun, lang: Lang, letters: int) -> dict[str, object]:
    english = Locale("en")
    gini = load_gini(run)
    said = run.placement.certificate
    return {
        "command": "place",
        "decision_mode": "proposal",
        "options": {**asdict(run.options), "lang": lang, "letters": letters},
        "units": "score: expected members in work, or the outcome that the scores state",
        "inputs": [dict(one) for one in run.inputs],
        "practice_data": run.practice,
        "value": float(said["value"]),
        "bound": float(said["bound"]),
        "gap": float(said["gap"]),
        "gap_of_the_proposal": float(run.proposal.certificate["gap"]),
        "ended": run.proposal.certificate["ended"],
        "checked": bool(run.check["holds"].all()),
        "families": int(run.placement.assignment.size),
        "waiting": run.waiting,
        "value_without_shares_and_floors": run.unlimited,
        "gini_of_persons_over_residents": None if gini is None else round(gini, 4),
        "summary": [line.render(english) for line in run.summary],
        "warnings": [line.render(english) for line in run.warnings],
    }
