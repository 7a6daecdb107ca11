# SPDX-License-Identifier: Apache-2.0
"""A user's own tables of a projection: a workbook with sheets, or a folder with files."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import xarray as xr

from keruen.core.errors import (
    FaultsError,
    FileError,
    SchemaError,
    WorkbenchError,
    raise_faults,
)
from keruen.core.sentences import msg
from keruen.sources.files import Scale, read_arrays

PARTS: Final[Mapping[str, tuple[str, str]]] = {
    "population": ("projection_population", "population"),
    "fertility": ("projection_fertility", "asfr"),
    "mortality": ("projection_mortality", "mx"),
    "migration": ("projection_migration", "net_migration"),
    "moves": ("projection_moves", "moves"),
    "national": ("projection_population", "population"),
}
"""Sheets or files of a projection: the table they hold and its figures."""

WORKBOOKS: Final = (".xlsx", ".xlsm", ".xls", ".ods")
"""Endings of workbooks."""

_TABLES: Final = (".csv", ".tsv", ".txt", ".parquet")
_COUNTS: Final = ("population", "migration", "moves", "national")


@dataclass(frozen=True)
class OwnTables:
    """Tables of a projection as a user gave them.

    Parameters
    ----------
    population : DataArray [year, place, sex, age], persons
        Population on 1 January; year and place only where the table has them.
    fertility : DataArray [year, place, age], births per woman-year, or None
        Fertility by age of mother.
    mortality : DataArray [year, place, sex, age], deaths per person-year, or None
        Death rates.
    migration : DataArray [year, place, sex, age], persons, or None
        Net migrants of each year.
    moves : DataArray [origin, destination, ...], persons a year, or None
        People who move between regions, perhaps by sex and age.
    national : DataArray [year, sex, age], persons, or None
        National projection that regions are to agree with.
    files : dict of str to str
        SHA-256 of every file read, by name.
    origins : dict of str to str
        File, and sheet of a workbook, that each table was read from.
    found : tuple of str
        Names of all files of the folder, or of the sheets of the workbook.
    """

    population: xr.DataArray
    fertility: xr.DataArray | None
    mortality: xr.DataArray | None
    migration: xr.DataArray | None
    moves: xr.DataArray | None
    national: xr.DataArray | None
    files: Mapping[str, str]
    origins: Mapping[str, str]
    found: tuple[str, ...]

    @property
    def place(self) -> str:
        """Dimension of the places: ``country``, ``region``, or nothing for a single one."""
        return next((dim for dim in ("region", "country") if dim in self.population.dims), "")


def read_projection(path: Path, *, unit: Scale | None = None) -> OwnTables:
    """Tables of a projection from a workbook or a folder.

    Parameters
    ----------
    path : Path
        Workbook with the sheets of ``PARTS``, or a folder with a CSV or Parquet file of each
        name. Only the population must be there.
    unit : {"thousand", "million"}, optional
        Multiple that the counts of people are given in; persons when not given.

    Returns
    -------
    OwnTables

    Raises
    ------
    FileError
        The file is not there or cannot be read.
    SchemaError
        There is no population, or two files hold the same table.
    FaultsError
        Tables have faults: those of all tables at once, each with its cell and remedy.

    See Also
    --------
    keruen.sources.files.read_table : How a table is read, and what is refused.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> rows = ["sex,age,population", "F,0,9", "F,1,8", "M,0,9", "M,1,7"]
    >>> _ = (folder / "population.csv").write_text(chr(10).join(rows))
    >>> read_projection(folder).population.sel(sex="M").values.tolist()
    [9.0, 7.0]
    """
    places = tables_at(path, PARTS)
    if "population" not in places:
        raise SchemaError(
            "there is no table 'population'",
            where=f"there are {'; '.join(_names(path)) or 'no files'}",
            remedy=f"name sheets or files {', '.join(PARTS)}",
            id="NoSheet",
        )
    arrays: dict[str, xr.DataArray] = {}
    faults: list[WorkbenchError] = []
    for name, (file, sheet) in places.items():
        schema, value = PARTS[name]
        scale = unit if name in _COUNTS else None
        try:
            arrays[name] = read_arrays(file, schema, sheet=sheet, unit=scale)[value]
        except FaultsError as found:
            faults.extend(found.faults)
        except FileError:
            raise
        except WorkbenchError as found:
            faults.append(found)
    raise_faults(faults, where=path.name)
    used = dict.fromkeys(file for file, _ in places.values())
    digests = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in used}
    origins = {
        name: f"{file.name}, sheet {sheet}" if sheet else file.name
        for name, (file, sheet) in places.items()
    }
    return OwnTables(
        population=arrays["population"],
        fertility=arrays.get("fertility"),
        mortality=arrays.get("mortality"),
        migration=arrays.get("migration"),
        moves=arrays.get("moves"),
        national=arrays.get("national"),
        files=digests,
        origins=origins,
        found=tuple(_names(path)),
    )


def _names(path: Path) -> list[str]:
    """Files of a folder, or the workbook with each of its sheets."""
    if path.is_dir():
        return sorted(one.name for one in path.iterdir() if one.is_file())
    from keruen.sources._grid import read_sheets

    return [f"{path.name}, sheet {one.name}" for one in read_sheets(path)]


def tables_at(path: Path, parts: Iterable[str]) -> dict[str, tuple[Path, str | None]]:
    """The file and sheet of every part of a workbook or folder that is there.

    Parameters
    ----------
    path : Path
        Workbook, or folder with a CSV or Parquet file a part.
    parts : iterable of str
        Names of sheets or files.

    Returns
    -------
    dict of str to (Path, str or None)

    Raises
    ------
    FileError
        There is no such file, or it holds a single table.
    SchemaError
        Two files hold the same table (``DuplicateKey``).
    """
    if path.is_dir():
        return _in_folder(path, parts)
    if not path.is_file():
        raise FileError("there is no such file or folder", where=str(path), remedy="check the name")
    if path.suffix.lower() not in WORKBOOKS:
        raise FileError(
            msg("several tables are needed, one file holds a single one"),
            where=path.name,
            remedy=msg("give a workbook with a sheet for each, or the folder of the files"),
        )
    from keruen.sources._grid import read_sheets

    filled = [one for one in read_sheets(path) if one.cells.iloc[1:].notna().any(axis=None)]
    sheets = {one.name.strip().lower(): one.name for one in filled}
    return {name: (path, sheets[name]) for name in parts if name in sheets}


def _in_folder(path: Path, parts: Iterable[str]) -> dict[str, tuple[Path, str | None]]:
    found: dict[str, tuple[Path, str | None]] = {}
    for name in parts:
        files = [path / f"{name}{ending}" for ending in _TABLES]
        there = [file for file in files if file.is_file()]
        if len(there) > 1:
            raise SchemaError(
                f"two files hold the table '{name}'",
                where=", ".join(file.name for file in there),
                remedy="keep one of them",
                id="DuplicateKey",
            )
        if there:
            found[name] = (there[0], None)
    return found
