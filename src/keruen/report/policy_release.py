# SPDX-License-Identifier: Apache-2.0
"""A run of a policy model as a folder: page, workbook, tables, and what it was given."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from keruen.report.document import Report
from keruen.report.flow_run import Step, quiet
from keruen.report.locale import Locale
from keruen.report.pages import write_pages
from keruen.report.plain import write_csv
from keruen.report.release import release
from keruen.sources.formats.table_files import Written, write_table

if TYPE_CHECKING:
    import pandas as pd


def write_policy(
    report: Report,
    given: Mapping[str, pd.DataFrame],
    manifest: Mapping[str, object],
    target: Path,
    *,
    name: str,
    locale: Locale,
    step: Step | None = None,
) -> tuple[Path, ...]:
    """Write a run of a policy model to a folder.

    Parameters
    ----------
    report : Report
        The page.
    given : mapping of str to DataFrame
        Tables that the run was given; they can be changed and given again.
    manifest : mapping
        What was asked and used.
    target : Path
        Folder; made when it does not exist. Files of an earlier run are replaced or removed.
    name : str
        Name of the page and of the workbook.
    locale : Locale
        Language.
    step : callable, optional
        Told how far the work is.

    Returns
    -------
    tuple of Path
        ``NAME.html``, ``NAME.xlsx``, a CSV a table of the page with ``NAME_`` before its
        name, the tables given as CSV, and ``manifest.json``.

    Raises
    ------
    FileError
        The folder cannot be written (``NotWritable``); nothing has been changed then.
    """
    tell = step or quiet

    def fill(folder: Path) -> None:
        tell(0.8, f"{name}.html")
        write_pages(report, locale, folder, name)
        tell(0.9, "tables")
        for exhibit in report.exhibits():
            write_csv(exhibit.table, locale, folder / f"{name}_{exhibit.table.id}.csv")
        for one, table in given.items():
            write_table(Written(_marked(table), (), {}, ()), folder / f"{one}.csv", ".csv")

    return release(target, {**manifest, "decision_mode": "proposal"}, fill)


def _marked(table: pd.DataFrame) -> pd.DataFrame:
    """The table with the mark that the reader of tables knows where a cell is empty."""
    return table.astype(object).where(table.notna(), "…").replace("", "…")
