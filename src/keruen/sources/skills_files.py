# SPDX-License-Identifier: Apache-2.0
"""A user's own tables of occupations: a workbook with sheets, a folder, or two files."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
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
from keruen.sources.files import Scale, read_arrays
from keruen.sources.projection_files import WORKBOOKS

SKILL_PARTS: Final[Mapping[str, str]] = {
    "employment": "skills_employment",
    "matrix": "occupation_matrix",
    "regions": "occupation_regions",
    "ages": "occupation_ages",
    "separations": "occupation_separations",
    "supply": "occupation_supply",
    "vacancies": "occupation_vacancies",
    "wages": "occupation_wages",
    "levels": "occupation_education",
    "education": "education_supply",
    "students": "students",
    "field_rates": "field_rates",
    "field_jobs": "field_jobs",
    "policy": "occupation_policy",
}
"""Sheets or files of a run over occupations, with the table each holds."""

PRACTICE: Final = "PRACTICE DATA"
"""How the first cell of a sheet of made-up data begins; what comes of it says so too."""

NEEDED: Final = ("employment", "matrix")
"""Tables without which nothing can be said."""

_NUMBERS: Final = {"grade": "year of study", "trajectory": "path"}
_TABLES: Final = (".csv", ".tsv", ".txt", ".parquet")

Place = tuple[Path, str | None]


@dataclass(frozen=True)
class SkillTables:
    """Tables of occupations as a user gave them.

    Parameters
    ----------
    tables : dict of str to dict of str to DataArray
        Figures of each table by column; only tables that were given.
    files : dict of str to str
        SHA-256 of every file read, by name.
    origins : dict of str to str
        File, and sheet of a workbook, that each table was read from.
    practice : bool
        Whether a sheet says that it is made up.
    replaced : dict of str to str
        Where a table stands that was not read, because a file of it was named.
    """

    tables: Mapping[str, Mapping[str, xr.DataArray]]
    files: Mapping[str, str]
    origins: Mapping[str, str]
    practice: bool = False
    replaced: Mapping[str, str] = field(default_factory=dict)

    def figure(self, table: str, column: str) -> xr.DataArray | None:
        """Figures of a column, or None where it was not given.

        Parameters
        ----------
        table : str
            Name of the table.
        column : str
            Name of the column.

        Returns
        -------
        DataArray or None
        """
        return self.tables.get(table, {}).get(column)


def read_skills(*paths: Path, unit: Scale | None = None, **named: Path | None) -> SkillTables:
    """Tables of occupations from workbooks, folders or single files.

    Parameters
    ----------
    *paths : Path
        Workbooks or folders whose sheets or files have the names of ``SKILL_PARTS``.
    unit : {"thousand", "million"}, optional
        Multiple that the counts of people are given in; persons when not given.
    **named : Path or None
        A table by its name: a file of that table alone, or a workbook that holds its sheet.
        It stands in place of the one in a workbook or folder.

    Returns
    -------
    SkillTables

    Raises
    ------
    FileError
        A file is not there or cannot be read.
    SchemaError
        The employment or the matrix is not there (``NoSheet``), or a table twice.
    FaultsError
        Tables have faults: those of all tables at once, each with its cell and remedy.

    See Also
    --------
    keruen.sources.files.read_table : How a table is read, and what is refused.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> newline = chr(10)
    >>> _ = (folder / "employment.csv").write_text(
    ...     newline.join(["year,sector,employed", "2025,C,90", "2025,F,60"]))
    >>> _ = (folder / "matrix.csv").write_text(
    ...     newline.join(["year,sector,occupation,employed", "2025,C,7,80", "2025,F,9,70"]))
    >>> read_skills(folder).figure("matrix", "employed").sizes["occupation"]
    2
    """
    places: dict[str, Place] = {}
    for path in paths:
        _add(places, _parts(path))
    replaced = {}
    for name, file in named.items():
        if file is not None:
            place = _named(name, file)
            if places.get(name, place[name]) != place[name]:
                replaced[name] = _origin(places.pop(name))
            _add(places, place)
    lacking = [name for name in NEEDED if name not in places]
    if lacking:
        raise SchemaError(
            f"there is no table '{lacking[0]}'",
            where=f"there are {', '.join(places) or 'none'}",
            remedy=f"name sheets or files {', '.join(SKILL_PARTS)}",
            id="NoSheet",
        )
    tables: dict[str, Mapping[str, xr.DataArray]] = {}
    faults: list[WorkbenchError] = []
    for name, (source, sheet) in places.items():
        try:
            tables[name] = _numbered(read_arrays(source, SKILL_PARTS[name], sheet=sheet, unit=unit))
        except FaultsError as found:
            faults.extend(found.faults)
        except FileError:
            raise
        except WorkbenchError as found:
            faults.append(found)
    raise_faults(faults, where="the tables of occupations")
    used = dict.fromkeys(file for file, _ in places.values())
    return SkillTables(
        tables=tables,
        files={file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in used},
        origins={name: _origin(place) for name, place in places.items()},
        replaced=replaced,
        practice=any(_is_practice(file) for file in used if file.suffix.lower() in WORKBOOKS),
    )


def _origin(place: Place) -> str:
    file, sheet = place
    return f"{file.name}, sheet {sheet}" if sheet else file.name


def _is_practice(path: Path) -> bool:
    from keruen.sources._grid import read_sheets

    sheets = [one.cells for one in read_sheets(path) if one.cells.size]
    return any(str(cells.iloc[0, 0]).startswith(PRACTICE) for cells in sheets)


def _numbered(columns: Mapping[str, xr.DataArray]) -> Mapping[str, xr.DataArray]:
    """Years of study, and the paths of a projection, as numbers."""
    for dim, what in _NUMBERS.items():
        first = next(iter(columns.values()))
        if dim not in first.dims:
            continue
        told = [str(label) for label in first.indexes[dim]]
        wrong = [label for label in told if not label.isdecimal()]
        if wrong:
            raise SchemaError(
                f"'{wrong[0]}' is no number of a {what}",
                where=dim,
                remedy=f"number each {what} 1, 2 and so on",
            )
        numbers = [int(label) for label in told]
        columns = {
            name: one.assign_coords({dim: numbers}).sortby(dim) for name, one in columns.items()
        }
    return columns


def _add(places: dict[str, Place], found: Mapping[str, Place]) -> None:
    for name, place in found.items():
        if places.setdefault(name, place) != place:
            raise SchemaError(
                f"the table '{name}' is given twice",
                where=f"{places[name][0].name}, {place[0].name}",
                remedy="keep one of them",
                id="DuplicateKey",
            )


def _parts(path: Path) -> dict[str, Place]:
    """Every table of a workbook or folder."""
    if path.is_dir():
        files = {name: [path / f"{name}{end}" for end in _TABLES] for name in SKILL_PARTS}
        found: dict[str, Place] = {}
        for name, options in files.items():
            for file in options:
                if file.is_file():
                    _add(found, {name: (file, None)})
        return found
    if not path.is_file():
        raise FileError("there is no such file or folder", where=str(path), remedy="check the name")
    if path.suffix.lower() not in WORKBOOKS:
        raise FileError(
            "occupations need several tables",
            where=path.name,
            remedy="give a workbook with a sheet for each, the folder of the files, or "
            "--employment FILE --matrix FILE",
        )
    sheets = _sheets(path)
    return {name: (path, sheets[name]) for name in SKILL_PARTS if name in sheets}


def _named(name: str, path: Path) -> dict[str, Place]:
    """One table: its sheet of a workbook that has it, or the file itself."""
    if not path.is_file():
        raise FileError("there is no such file", where=str(path), remedy="check the name")
    if path.suffix.lower() in WORKBOOKS:
        sheets = _sheets(path)
        if name in sheets:
            return {name: (path, sheets[name])}
    return {name: (path, None)}


def _sheets(path: Path) -> dict[str, str]:
    """Sheets with rows below their headings, by name in small letters."""
    from keruen.sources._grid import read_sheets

    filled = [one for one in read_sheets(path) if one.cells.iloc[1:].notna().any(axis=None)]
    return {one.name.strip().lower(): one.name for one in filled}
