# SPDX-License-Identifier: Apache-2.0
"""A user's own emigrants by education, from a file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import xarray as xr

from keruen.core.arrays import few
from keruen.core.errors import SchemaError
from keruen.core.tables import from_table
from keruen.sources.files import read_table
from keruen.sources.synthetic_emigrants import PRACTICE

if TYPE_CHECKING:
    import pandas as pd

SCHEMA: Final = "emigrants_by_education"
LEVELS: Final = ("low", "medium", "high", "unknown")
_KEYS: Final = ("year", "origin", "destination", "sex", "entry_age")


@dataclass(frozen=True)
class EmigrantTable:
    """Emigrants aged 25 and over of a file.

    Parameters
    ----------
    emigrants : DataArray [year, origin, destination, education], persons
        With ``sex`` and ``entry_age`` where the file has them. A pair without a row is
        nobody; a figure marked as not known is missing.
    practice : bool
        Whether rows of the file say that they are practice data.
    sources : tuple of str
        Where the rows are from, as the file says.
    """

    emigrants: xr.DataArray
    practice: bool
    sources: tuple[str, ...]


def read_emigrants(path: Path) -> EmigrantTable:
    """Emigrants by education from a CSV, Excel or Parquet file.

    Parameters
    ----------
    path : Path
        Columns as ``keruen data template emigrants_by_education`` gives them.

    Returns
    -------
    EmigrantTable

    Raises
    ------
    FileError
        The file is not there or cannot be read.
    FaultsError
        Whatever is wrong with the table, all of it at once.
    SchemaError
        Two sources give the same cell (``DuplicateKey``), or people who live in their own
        country stand among the emigrants (``NotAbroad``).

    See Also
    --------
    keruen.measure.braindrain.emigration_rates : Takes the emigrants.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "emigrants.csv"
    >>> head = "year,origin,destination,emigrants_low,emigrants_medium,emigrants_high"
    >>> _ = file.write_text(head + chr(10) + "2020,KAZ,DEU,100,300,200")
    >>> found = read_emigrants(file)
    >>> found.emigrants.sel(origin="KAZ", education="high").values.tolist(), found.practice
    ([[200.0]], False)
    """
    table = read_table(path, SCHEMA).table
    _refuse_residents(table)
    keys = [name for name in _KEYS if name in table.columns]
    columns = {f"emigrants_{level}": level for level in LEVELS}
    held = [name for name in columns if name in table.columns]
    parts = [_filled(table, keys, name).expand_dims(education=[columns[name]]) for name in held]
    emigrants = xr.concat(parts, "education").rename("emigrants")
    emigrants.attrs = {"units": "persons", "kind": "count", "concept": "stock"}
    sources = tuple(dict.fromkeys(table["source"].astype(str))) if "source" in table else ()
    return EmigrantTable(emigrants, is_practice(table), sources)


def _refuse_residents(table: pd.DataFrame) -> None:
    """Refuse rows whose destination is the origin: residents, counted a second time."""
    here = table["origin"] == table["destination"]
    if here.any():
        raise SchemaError(
            f"{int(here.sum())} rows hold people who live in their country of origin",
            where=few(sorted(set(table.loc[here, "origin"].astype(str)))),
            remedy="leave these rows out: residents come from elsewhere",
            id="NotAbroad",
        )


def is_practice(table: pd.DataFrame) -> bool:
    """Whether rows of a table of emigrants say that they are practice data.

    Parameters
    ----------
    table : DataFrame
        As ``read_table`` gives it.

    Returns
    -------
    bool

    Examples
    --------
    >>> import pandas as pd
    >>> is_practice(pd.DataFrame({"source": [PRACTICE]})), is_practice(pd.DataFrame())
    (True, False)
    """
    return "source" in table and bool(table["source"].astype(str).eq(PRACTICE).any())


def _filled(table: pd.DataFrame, keys: list[str], name: str) -> xr.DataArray:
    """One column as an array; a cell without a row is nobody, one marked unknown is missing."""
    marked = table[[*keys, name]].assign(here=1.0)
    here = from_table(marked[[*keys, "here"]], value="here", dims=keys).sortby(keys)
    cells = from_table(marked[[*keys, name]], value=name, dims=keys).astype(float).sortby(keys)
    return cells.where(here.notnull(), 0.0).rename("emigrants").assign_attrs({})
