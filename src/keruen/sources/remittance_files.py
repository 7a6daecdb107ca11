# SPDX-License-Identifier: Apache-2.0
"""A user's own migrants, totals, incomes and known corridors of remittances, from files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import xarray as xr

from keruen.core.tables import from_table
from keruen.sources.files import read_table

if TYPE_CHECKING:
    import pandas as pd


def read_stock(path: Path) -> xr.DataArray:
    """Migrants by origin and destination; a pair without a row is nobody.

    Parameters
    ----------
    path : Path
        CSV, Excel or Parquet with ``origin``, ``destination`` and ``immigrant_stock``.

    Returns
    -------
    DataArray [origin, destination], persons
        Square over all places that stand on either side.

    Raises
    ------
    FileError
        The file is not there or cannot be read.
    FaultsError
        Whatever is wrong with the table, all of it at once.

    See Also
    --------
    keruen.sources.remittance_inputs.migrant_stock : The embedded stocks.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "stocks.csv"
    >>> _ = file.write_text("origin,destination,immigrant_stock" + chr(10) + "UZB,KAZ,300")
    >>> read_stock(file).sel(origin="UZB").values.tolist()
    [300.0, 0.0]
    """
    table = read_table(path, "bilateral_stock").table
    stock = from_table(table, value="immigrant_stock", dims=["origin", "destination"])
    places = sorted({*stock.indexes["origin"], *stock.indexes["destination"]})
    square = stock.reindex(origin=places, destination=places).fillna(0.0).rename("stock")
    return square.assign_attrs(units="persons", kind="count", concept="stock")


def read_totals(path: Path) -> dict[str, xr.DataArray]:
    """What countries received and paid in one year, and their incomes a head.

    Parameters
    ----------
    path : Path
        CSV, Excel or Parquet with ``country`` and any of ``remittances_received``,
        ``remittances_paid`` and ``income``.

    Returns
    -------
    dict of str to DataArray [country]
        ``received`` and ``paid`` in million USD, ``income`` in USD; a column that the
        file lacks is not in it.

    Raises
    ------
    FileError
        The file is not there or cannot be read.
    FaultsError
        Whatever is wrong with the table, all of it at once.

    See Also
    --------
    keruen.sources.remittance_inputs.remittance_totals : The embedded totals.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "totals.csv"
    >>> _ = file.write_text("country,remittances_received" + chr(10) + "UZB,8500")
    >>> {name: array.item() for name, array in read_totals(file).items()}
    {'received': 8500.0}
    """
    table = read_table(path, "remittance_totals").table
    columns = {
        "remittances_received": ("received", "million USD", "money"),
        "remittances_paid": ("paid", "million USD", "money"),
        "income": ("income", "USD", "rate"),
    }
    return {
        name: _one(table, ["country"], column, name).assign_attrs(units=units, kind=kind)
        for column, (name, units, kind) in columns.items()
        if column in table.columns
    }


def read_corridors(path: Path) -> xr.DataArray:
    """Amounts of corridors that are known; missing for all others.

    Parameters
    ----------
    path : Path
        CSV, Excel or Parquet with ``sender``, ``receiver`` and ``remittances``.

    Returns
    -------
    DataArray [sender, receiver], million USD

    Raises
    ------
    FileError
        The file is not there or cannot be read.
    FaultsError
        Whatever is wrong with the table, all of it at once.

    See Also
    --------
    keruen.measure.remittances.bilateral_remittances : Takes it as ``fixed``.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "known.csv"
    >>> _ = file.write_text("sender,receiver,remittances" + chr(10) + "KAZ,UZB,120")
    >>> read_corridors(file).sel(sender="KAZ", receiver="UZB").item()
    120.0
    """
    table = read_table(path, "remittance_corridors").table
    known = _one(table, ["sender", "receiver"], "remittances", "fixed")
    return known.assign_attrs(units="million USD", kind="money")


def _one(table: pd.DataFrame, keys: list[str], column: str, name: str) -> xr.DataArray:
    array = from_table(table[[*keys, column]], value=column, dims=keys).astype(float).rename(name)
    array.attrs = {}
    return array
