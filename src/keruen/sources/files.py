# SPDX-License-Identifier: Apache-2.0
"""A user's own tables: CSV, Excel and Parquet checked against a schema, nothing lost.

Tables are read as statistics offices lay them out; codes and names become codes, totals are
checked against their parts and set aside. Every fault is told with its cell and remedy, all
of them at once; every reading decision is listed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import xarray as xr

from keruen.core.arrays import few, stamp
from keruen.core.errors import FaultsError, SchemaError
from keruen.core.tables import from_table
from keruen.core.variables import variables
from keruen.sources import schemas
from keruen.sources.faults import as_errors
from keruen.sources.intake.assemble import Assembled, assemble
from keruen.sources.intake.figures import Scale
from keruen.sources.intake.opening import laid_out

if TYPE_CHECKING:
    import pandas as pd


__all__ = ["Check", "Reading", "Scale", "check_table", "read_array", "read_arrays", "read_table"]


@dataclass(frozen=True)
class Check:
    """A table as it was read, and what is wrong with it.

    Parameters
    ----------
    schema : TableSchema
        What it should hold.
    table : DataFrame or None
        Codes and figures, one row a cell; rows with faults stand in it as far as they could
        be read. None when the headings could not be understood.
    faults : DataFrame
        One row a fault: ``id``, ``file``, ``sheet``, ``row``, ``column`` (letter),
        ``value``, ``what``, ``remedy``, ``facts``.
    changes : DataFrame
        Reading decisions: first ``row``, ``column``, ``name``, ``before``, ``after``,
        ``reason``, and the ``count`` of cells each holds for.
    sheet : str
        Sheet that was read; empty when the file has none.
    assembled : Assembled or None
        What the table was made from, for writing a mended copy.
    """

    schema: schemas.TableSchema
    table: pd.DataFrame | None
    faults: pd.DataFrame
    changes: pd.DataFrame
    sheet: str = ""
    assembled: Assembled | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Reading:
    """A table without faults.

    Parameters
    ----------
    table : DataFrame
        Codes and figures, one row a cell, columns in the order of the schema.
    changes : DataFrame
        Reading decisions, as of ``Check``.
    """

    table: pd.DataFrame
    changes: pd.DataFrame


def check_table(
    path: Path,
    schema: str,
    *,
    sheet: str | None = None,
    unit: Scale | None = None,
    country: str = "",
) -> Check:
    """Read a table and find everything that is wrong with it.

    Parameters
    ----------
    path : Path
        CSV, Excel or Parquet.
    schema : str
        Name of the table, one of ``keruen.sources.schemas.schemas()``.
    sheet : str, optional
        Sheet of a workbook; the one that fits best when not given.
    unit : {"thousand", "million"}, optional
        Multiple that the counts are given in.
    country : str, optional
        ISO 3166-1 alpha-3 code of the country the table is about, when it does not say.

    Returns
    -------
    Check

    Raises
    ------
    FileError
        The file cannot be read at all.
    SchemaError
        No such table or sheet.

    See Also
    --------
    read_table : Raises the faults.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "births.csv"
    >>> rows = ["Год;Регион;Родившиеся", "2023;Абай;10 500", "2023;Алмата;9 500"]
    >>> _ = file.write_text(chr(10).join(rows), encoding="utf-8")
    >>> found = check_table(file, "births_deaths")
    >>> found.faults[["row", "column", "what"]].values.tolist()
    [[3, 'B', "'Алмата' is not a region"]]
    """
    wanted = schemas.schema(schema)
    intake, found, name = laid_out(Path(path), wanted, sheet)
    made = None if found is None else assemble(found, intake, scale=unit, country=country)
    table = None if made is None else made.table
    return Check(wanted, table, intake.faults.table(), intake.changes.table(), name, made)


def read_table(
    path: Path,
    schema: str,
    *,
    sheet: str | None = None,
    unit: Scale | None = None,
    country: str = "",
) -> Reading:
    """A table with canonical columns, its codes resolved.

    Parameters
    ----------
    path : Path
        CSV, Excel or Parquet.
    schema : str
        Name of the table.
    sheet : str, optional
        Sheet of a workbook.
    unit : {"thousand", "million"}, optional
        Multiple that the counts are given in.
    country : str, optional
        Code of the country the table is about, when it does not say.

    Returns
    -------
    Reading

    Raises
    ------
    FaultsError
        The table has faults: all of them, each with its place and remedy.
    FileError
        The file cannot be read at all.
    SchemaError
        No such table or sheet.

    See Also
    --------
    check_table : Gives the faults as a table.
    read_arrays : Gives arrays.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "stock.csv"
    >>> _ = file.write_text("Жыл,Туған елі" + chr(10) + "2020,Ресей", encoding="utf-8")
    >>> try:
    ...     read_table(file, "migrant_stock")
    ... except FaultsError as fault:
    ...     print(fault.faults[0].id)
    MissingColumn
    """
    found = check_table(path, schema, sheet=sheet, unit=unit, country=country)
    if len(found.faults) or found.table is None:
        raise FaultsError(as_errors(found.faults), where=Path(path).name)
    return Reading(found.table, found.changes)


def read_arrays(
    path: Path,
    schema: str,
    *,
    sheet: str | None = None,
    unit: Scale | None = None,
    country: str = "",
) -> dict[str, xr.DataArray]:
    """The figures of a table as labelled arrays, one a value column.

    Parameters
    ----------
    path : Path
        CSV, Excel or Parquet.
    schema : str
        Name of the table.
    sheet : str, optional
        Sheet of a workbook.
    unit : {"thousand", "million"}, optional
        Multiple that the counts are given in.
    country : str, optional
        Code of the country the table is about, when it does not say.

    Returns
    -------
    dict of str to DataArray
        By name of the column; cells without a row are missing.

    Raises
    ------
    FaultsError
        The table has faults.
    FileError
        The file cannot be read at all.
    SchemaError
        No such table or sheet.

    See Also
    --------
    read_table : Gives rows.
    """
    found = read_table(path, schema, sheet=sheet, unit=unit, country=country)
    columns = schemas.schema(schema)
    keys = [one.name for one in columns.keys if one.name in found.table.columns]
    arrays = {}
    for one in columns.values:
        if one.name in found.table.columns:
            array = from_table(found.table, value=one.name, dims=keys)
            known = variables().get(one.name)
            arrays[one.name] = stamp(
                array.sortby(keys),
                name=one.name,
                units=one.units,
                kind=known.kind if known else "count",
                concept=known.concept if known else "stock",
            )
    return arrays


def read_array(
    path: Path,
    schema: str,
    value: str,
    *,
    sheet: str | None = None,
    unit: Scale | None = None,
    country: str = "",
) -> xr.DataArray:
    """One value column of a table as a labelled array.

    Parameters
    ----------
    path : Path
        CSV, Excel or Parquet.
    schema : str
        Name of the table.
    value : str
        Name of the value column.
    sheet : str, optional
        Sheet of a workbook.
    unit : {"thousand", "million"}, optional
        Multiple that the counts are given in.
    country : str, optional
        Code of the country the table is about, when it does not say.

    Returns
    -------
    DataArray

    Raises
    ------
    FaultsError
        The table has faults.
    FileError
        The file cannot be read at all.
    SchemaError
        No such table, sheet or column.

    See Also
    --------
    read_arrays : All of them.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "births.csv"
    >>> _ = file.write_text("year,births" + chr(10) + "2022,5" + chr(10) + "2023,7")
    >>> read_array(file, "births_deaths", "births").sel(year=2023).item()
    7.0
    """
    arrays = read_arrays(path, schema, sheet=sheet, unit=unit, country=country)
    if value not in arrays:
        raise SchemaError(
            f"the table has no column '{value}'",
            where=Path(path).name,
            remedy=f"it holds {few(arrays)}",
        )
    return arrays[value]
