# SPDX-License-Identifier: Apache-2.0
"""What can be refused before hours of reading: workbooks, and a folder that is a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from keruen.core.errors import FileError, WorkbenchError, raise_faults

_WORKBOOKS: Final = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods")


def check_paths(files: Sequence[Path | None], out: Path | None) -> None:
    """Refuse files that are no records, and a folder that cannot be one.

    Parameters
    ----------
    files : sequence of Path or None
        Files to read.
    out : Path or None
        Folder to write.

    Raises
    ------
    FileError
        A file is a workbook (``NotRecords``), or the folder is a file (``NotWritable``).

    Examples
    --------
    >>> from pathlib import Path
    >>> check_paths([Path("crossings.csv"), None], Path("tables"))
    """
    faults: list[WorkbenchError] = [
        FileError(
            "a workbook holds no person-level records",
            where=str(file),
            remedy="save the sheet as CSV (UTF-8), or better as Parquet",
            id="NotRecords",
        )
        for file in files
        if file is not None and file.suffix.lower() in _WORKBOOKS
    ]
    if out is not None and out.exists() and not out.is_dir():
        faults.append(
            FileError(
                "the tables need a folder, and this is a file",
                where=str(out),
                remedy="name a folder with --out; it is made when it does not exist",
                id="NotWritable",
            )
        )
    raise_faults(faults)
