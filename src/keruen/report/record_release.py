# SPDX-License-Identifier: Apache-2.0
"""A run over person-level records as a folder: tables, summary, refused rows, manifest."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

from keruen.report.record_run import RecordRun
from keruen.report.release import release, write_parquet

if TYPE_CHECKING:
    import pandas as pd

SUMMARY: Final = "summary.json"
REJECTED: Final = "rejected.csv"


def write_records(run: RecordRun, target: Path) -> tuple[Path, ...]:
    """Write a run over person-level records to a folder.

    Parameters
    ----------
    run : RecordRun
        The run, while its records are open.
    target : Path
        Folder; made when it does not exist.

    Returns
    -------
    tuple of Path
        Each table as CSV and Parquet, ``summary.json``, ``rejected.csv`` (file, row and
        reason of every row refused while reading) and ``manifest.json``.

    Raises
    ------
    FileError
        The folder cannot be written (``NotWritable``); nothing has been changed then.

    See Also
    --------
    keruen.report.record_run.crossings_run : Makes the run.

    Notes
    -----
    The same inputs, options, key and versions give the same bytes, but for the seconds and
    the memory in the summary. No file holds an identifier of a person.
    """

    def fill(folder: Path) -> None:
        for name, table in run.tables.items():
            _write_table(table, folder, name)
        text = json.dumps(run.summary, indent=2, ensure_ascii=False)
        (folder / SUMMARY).write_text(text + "\n", encoding="utf-8")
        run.records.write_rejects(folder / REJECTED)

    return release(target, run.manifest, fill)


def _write_table(table: pd.DataFrame, folder: Path, name: str) -> None:
    table.to_csv(folder / f"{name}.csv", index=False, float_format="%.10g")
    write_parquet(table, folder / f"{name}.parquet")
