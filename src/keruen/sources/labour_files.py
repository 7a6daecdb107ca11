# SPDX-License-Identifier: Apache-2.0
"""A user's own tables of a labour market: a workbook with sheets, or a folder with files."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import xarray as xr

from keruen.core.errors import FaultsError, FileError, SchemaError, WorkbenchError, raise_faults
from keruen.sources.files import Scale, read_arrays
from keruen.sources.projection_files import tables_at

PARTS: Final = ("labour", "employment", "output")
"""Sheets or files of a labour market; each is a table of that name."""


@dataclass(frozen=True)
class LabourTables:
    """Tables of a labour market as a user gave them.

    Parameters
    ----------
    labour : dict of str to DataArray
        Figures of the table ``labour`` by year, and by region, sex and age where it has
        them; rates in percent.
    employed : DataArray [year, sector, ...], persons, or None
        Employed of the table ``employment``.
    output : dict of str to DataArray [year]
        ``output`` or ``gdp_growth_rate``, or both.
    files : dict of str to str
        SHA-256 of every file read, by name.

    See Also
    --------
    read_labour_market : Makes it.
    """

    labour: Mapping[str, xr.DataArray]
    employed: xr.DataArray | None
    output: Mapping[str, xr.DataArray]
    files: Mapping[str, str]


def read_labour_market(path: Path, *, unit: Scale | None = None) -> LabourTables:
    """Tables of a labour market from a workbook or a folder.

    Parameters
    ----------
    path : Path
        Workbook with the sheets ``labour``, ``employment``, ``output``, or a folder with a
        CSV or Parquet file of each name. One of the first two must be there.
    unit : {"thousand", "million"}, optional
        Multiple that the counts of people are given in; persons when not given.

    Returns
    -------
    LabourTables

    Raises
    ------
    FileError
        The file is not there or cannot be read.
    SchemaError
        Neither table is there (``NoSheet``), or two files hold the same.
    FaultsError
        Tables have faults: those of all tables at once, each with its cell and remedy.

    See Also
    --------
    keruen.sources.files.read_table : How a table is read, and what is refused.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> rows = ["year,sector,employed", "2023,A,900", "2023,G,1500"]
    >>> _ = (folder / "employment.csv").write_text(chr(10).join(rows))
    >>> read_labour_market(folder).employed.sel(sector="G").item()
    1500.0
    """
    there = tables_at(path, PARTS)
    if not {"labour", "employment"} & set(there):
        raise SchemaError(
            "there is neither a table 'labour' nor 'employment'",
            where=path.name,
            remedy=f"name sheets or files {', '.join(PARTS)}",
            id="NoSheet",
        )
    arrays: dict[str, dict[str, xr.DataArray]] = {}
    faults: list[WorkbenchError] = []
    for name, (file, sheet) in there.items():
        try:
            arrays[name] = read_arrays(file, name, sheet=sheet, unit=unit)
        except FaultsError as found:
            faults.extend(found.faults)
        except FileError:
            raise
        except WorkbenchError as found:
            faults.append(found)
    raise_faults(faults, where=path.name)
    used = dict.fromkeys(file for file, _ in there.values())
    return LabourTables(
        labour=arrays.get("labour", {}),
        employed=arrays.get("employment", {}).get("employed"),
        output=arrays.get("output", {}),
        files={file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in used},
    )
