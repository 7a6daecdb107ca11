# SPDX-License-Identifier: Apache-2.0
"""Tables of a run in the formats people open: CSV, Parquet, and one workbook with them all."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from keruen.report.release import write_parquet
from keruen.sources.formats.sheets import Sheet, write_sheets
from keruen.sources.formats.table_files import Written, write_table

if TYPE_CHECKING:
    import pandas as pd


def write_tables(tables: Mapping[str, pd.DataFrame], folder: Path, *, workbook: str) -> None:
    """Write every table as CSV and Parquet, and all of them into one Excel workbook.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        Tidy tables by file name.
    folder : Path
        Folder that holds the files of the run.
    workbook : str
        Name of the workbook.

    Raises
    ------
    FileError
        The disk is full or the folder may not be written (``NotWritable``).

    Examples
    --------
    >>> import pandas as pd, tempfile
    >>> out = Path(tempfile.mkdtemp())
    >>> write_tables({"a": pd.DataFrame({"year": [2020], "people": [1.0]})}, out, workbook="all")
    >>> sorted(path.name for path in out.iterdir())
    ['a.csv', 'a.parquet', 'all.xlsx']
    """
    for name, table in tables.items():
        write_parquet(table, folder / f"{name}.parquet")
        write_table(Written(table, (), {}, ()), folder / f"{name}.csv", ".csv")
    write_sheets(
        [_sheet(name, table) for name, table in tables.items()], folder / f"{workbook}.xlsx"
    )


def _sheet(name: str, table: pd.DataFrame) -> Sheet:
    plain = table.astype(object).where(table.notna(), None)
    rows = list(plain.itertuples(index=False, name=None))
    return Sheet(name, [str(head) for head in table.columns], rows)
