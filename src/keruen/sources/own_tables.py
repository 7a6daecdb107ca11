# SPDX-License-Identifier: Apache-2.0
"""A user's own tables of one country, read from a folder of files named by what they hold."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from keruen.core._lists import plain
from keruen.core.errors import FileError, SchemaError, WorkbenchError, raise_faults
from keruen.core.origin import LICENCES, Source
from keruen.sources.faults import as_errors
from keruen.sources.files import Check, check_table

if TYPE_CHECKING:
    import pandas as pd

ENDINGS: Final = (".csv", ".tsv", ".txt", ".parquet", ".xlsx", ".xlsm", ".xls", ".ods")
"""Endings of the files that are read; text may also be packed as ``.gz``."""

PREFIX: Final = "own."
"""How the ids of a user's own tables begin."""


@dataclass(frozen=True)
class OwnTable:
    """One table that a user gave.

    Parameters
    ----------
    schema : str
        What it holds.
    file : str
        Name of the file.
    digest : str
        SHA-256 of the file.
    table : DataFrame
        Codes and figures, one row a cell.
    """

    schema: str
    file: str
    digest: str
    table: pd.DataFrame

    @property
    def id(self) -> str:
        """Id that figures name it by."""
        return PREFIX + self.schema

    @property
    def source(self) -> Source:
        """The file as a source: for own use, because nothing is known of its licence."""
        return Source(
            id=self.id,
            title=self.file,
            publisher="",
            citation=f"{self.file}, SHA-256 {self.digest}",
            licence=LICENCES["own-use"],
        )


@cache
def places() -> Mapping[str, tuple[Mapping[str, Any], ...]]:
    """Where the figures of each schema stand among the embedded data.

    Returns
    -------
    mapping of str to tuple of mapping
        The entries of ``schemas/_embedded.yaml``.

    Examples
    --------
    >>> places()["migration"][0]["into"]
    '{own}.migration.arrivals'
    """
    from ruamel.yaml import YAML

    file = resources.files("keruen.sources").joinpath("schemas", "_embedded.yaml")
    told = YAML(typ="safe", pure=True).load(file.read_text("utf-8"))
    return {name: tuple(entries) for name, entries in told.items()}


def read_own(folder: Path, country: str) -> tuple[OwnTable, ...]:
    """The tables of a folder about a country.

    Parameters
    ----------
    folder : Path
        Files named by schema, such as ``population.csv`` and ``migration.xlsx``.
    country : str
        ISO 3166-1 alpha-3 code of the country that they are about.

    Returns
    -------
    tuple of OwnTable
        By name of the schema.

    Raises
    ------
    FileError
        There is no such folder, or nothing in it.
    SchemaError
        A file has the name of no table, two hold the same, or a table is about another
        country (``OtherCountry``).
    FaultsError
        The faults of all files at once.

    See Also
    --------
    keruen.sources.files.check_table : How one file is read.
    """
    if not folder.is_dir():
        raise FileError("there is no such folder", where=str(folder), remedy="check the name")
    files = sorted(file for file in folder.iterdir() if file.name[0] not in ".~")
    if not files:
        raise FileError(
            "the folder is empty",
            where=str(folder),
            remedy=f"put tables into it: {', '.join(f'{name}.csv' for name in places())}",
        )
    faults: list[WorkbenchError] = []
    read: dict[str, OwnTable] = {}
    for file in files:
        found = _one(file, country, faults)
        if found is not None and found.schema in read:
            faults.append(_twice(read[found.schema], found))
        elif found is not None:
            read[found.schema] = found
    raise_faults(faults, where=folder.name)
    return tuple(read[name] for name in places() if name in read)


def _one(file: Path, country: str, faults: list[WorkbenchError]) -> OwnTable | None:
    """The table of a file; what is wrong with it is added to the faults."""
    name = _schema_of(file)
    if name not in places():
        faults.append(_unknown(file, name))
        return None
    try:
        found = check_table(file, name, country=country)
        if len(found.faults) or found.table is None:
            faults.extend(as_errors(found.faults))
            return None
        others = [*_other_countries(file, found, country), *_other_regions(found, country)]
    except WorkbenchError as wrong:
        faults.append(wrong)
        return None
    if others:
        faults.append(_elsewhere(file, others, country))
        return None
    return OwnTable(name, file.name, hashlib.sha256(file.read_bytes()).hexdigest(), found.table)


def _schema_of(file: Path) -> str:
    """Name of the table; empty when the ending is not that of a table."""
    bare = file.with_suffix("") if file.suffix.lower() == ".gz" else file
    return bare.stem.lower() if bare.suffix.lower() in ENDINGS else ""


def _unknown(file: Path, name: str) -> SchemaError:
    near = get_close_matches(name or file.stem.lower(), places(), n=3, cutoff=0.5)
    order = [*near, *(one for one in places() if one not in near)]
    what = "a table of the profile" if name else "a table that can be read"
    return SchemaError(
        f"'{file.name}' is not the name of {what}",
        where=file.name,
        remedy=f"name it {', '.join(order)}, ending in {', '.join(ENDINGS)}",
        id="UnknownSchema",
    )


def _twice(first: OwnTable, second: OwnTable) -> SchemaError:
    return SchemaError(
        f"two files hold the table '{first.schema}'",
        where=f"{first.file}, {second.file}",
        remedy="keep one of them",
        id="DuplicateKey",
    )


def _elsewhere(file: Path, others: list[str], country: str) -> SchemaError:
    return SchemaError(
        f"the table holds figures of {', '.join(dict.fromkeys(others))}, not of {country} alone",
        where=file.name,
        remedy=f"keep the rows of {country}",
        id="OtherCountry",
    )


def _other_regions(found: Check, country: str) -> Iterator[str]:
    from keruen.core.codes import countries

    if found.table is not None and "region" in found.table.columns:
        own = countries()[country].iso2
        codes = found.table["region"].dropna().astype(str).unique()
        yield from (code for code in codes if code.split("-")[0] != own)


def _other_countries(file: Path, found: Check, country: str) -> Iterator[str]:
    """Other countries in a column that says which country the rows are about.

    The tables of one country have no such column, so the reader leaves it unread.
    """
    from keruen.core.codes import country_code
    from keruen.core.errors import CodeError

    unread = found.changes[found.changes["reason"] == "unread"]
    for name in unread["before"]:
        if plain(str(name)) not in _headings():
            continue
        for text in _cells_below(file, found.sheet, str(name)):
            try:
                code = country_code(text)
            except CodeError:
                continue
            if code != country:
                yield code


@cache
def _headings() -> frozenset[str]:
    """What users call the column of the country that a table is about."""
    from keruen.sources.schemas import schema

    column = schema("flow_stocks").column("country")
    return frozenset(map(plain, (column.name, *column.labels.values(), *column.aliases)))


def _cells_below(file: Path, sheet: str, heading: str) -> list[str]:
    from keruen.sources._grid import is_large, read_columns, read_sheets

    if is_large(file):
        cells = read_columns(file).table[heading]
        return [str(cell) for cell in cells.dropna().unique()]
    for one in read_sheets(file, sheet=sheet or None):
        for column in one.cells.columns:
            texts = [str(cell).strip() for cell in one.cells[column] if cell is not None]
            if heading in texts:
                return list(dict.fromkeys(texts[texts.index(heading) + 1 :]))
    return []
