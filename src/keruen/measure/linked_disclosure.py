# SPDX-License-Identifier: Apache-2.0
"""Flows and stocks that are published together: what one hides, the other must not tell."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from keruen.core.tables import from_table
from keruen.measure._linked_suppression import Equations, hide_linked, sums_of
from keruen.measure._record_cells import labelled
from keruen.measure._suppression import with_totals
from keruen.measure.disclosure import ProtectedCounts, hidden_table, need_table
from keruen.measure.record_protection import Protection, protected_table
from keruen.measure.record_tables import CountTable

if TYPE_CHECKING:
    import pandas as pd

_WAYS: Final = ("arrivals", "departures")


def protected_release(
    flows: CountTable, stocks: CountTable, protection: Protection
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Flows and stocks as they may leave together.

    Parameters
    ----------
    flows, stocks : CountTable
        Exact counts by the same keys.
    protection : Protection
        What to do to them.

    Returns
    -------
    DataFrame, DataFrame
        As ``protected_table`` makes them. With a threshold and flows by month, arrivals,
        departures and residents are protected together; with flows of all months in one,
        there are stocks of the last date only.

    See Also
    --------
    keruen.measure.record_protection.protected_table : One table by itself.
    hide_linked_counts : The method.
    """
    by_month, hides = "month" in flows.cells, protection.method == "threshold"
    if hides and not by_month:
        last = stocks.cells["month"] == stocks.cells["month"].max()
        stocks = replace(stocks, cells=stocks.cells[last])
    tables = protected_table(flows, protection), protected_table(stocks, protection)
    if not (hides and by_month and len(flows.cells) and len(stocks.cells)):
        return tables
    months, ways = _dense(stocks, ("residents",)), _dense(flows, _WAYS)
    residents = months.sel(measure="residents", drop=True)
    labels = {dim: residents.indexes[dim].union(ways.indexes[dim]) for dim in flows.keys}
    residents, ways = (each.reindex(labels, fill_value=0) for each in (residents, ways))
    shown = hide_linked_counts(ways, residents, threshold=protection.size)
    for way in _WAYS:
        _replace(tables[0], way, shown[0].counts.sel(measure=way, drop=True))
    _replace(tables[1], "residents", shown[1].counts)
    return tables


def _dense(table: CountTable, measures: tuple[str, ...]) -> xr.DataArray:
    """Counts with all combinations of labels; zero where nobody is."""
    dims = ["month", *table.keys, "measure"]
    cells = labelled(table.cells)
    cells = cells[cells["measure"].isin(measures)][[*dims, "count"]].reset_index(drop=True)
    counts = from_table(cells, value="count", dims=dims).fillna(0).astype(np.int64)
    return counts.reindex(measure=list(measures), fill_value=0)


def _replace(table: pd.DataFrame, column: str, shown: xr.DataArray) -> None:
    """Counts of a column as they may be shown."""
    series = shown.to_series()
    rows = table[[str(dim) for dim in shown.dims]]
    keys = rows.iloc[:, 0] if shown.ndim == 1 else rows.apply(tuple, axis=1)
    table[column] = series.reindex(keys).to_numpy()


def hide_linked_counts(
    flows: xr.DataArray, stocks: xr.DataArray, *, threshold: int = 5
) -> tuple[ProtectedCounts, ProtectedCounts]:
    """Flows and stocks in which no small count can be worked out, not from both together.

    Parameters
    ----------
    flows : DataArray [month, ..., measure], persons
        Arrivals and departures of months (``measure``: arrivals, departures).
    stocks : DataArray [month, ...], persons
        Residents at the start of months, by the same other dimensions with the same labels.
    threshold : int, optional
        Smallest count that may be shown; 2 or more.

    Returns
    -------
    ProtectedCounts, ProtectedCounts
        Flows with the totals of every dimension, stocks with those of all but the month.

    Raises
    ------
    SchemaError
        As for :func:`keruen.measure.disclosure.hide_small_counts`.

    See Also
    --------
    keruen.measure.disclosure.hide_small_counts : One table by itself.

    Notes
    -----
    Between two months a stock changes by arrivals less departures; whatever else changes it
    (births, deaths, birthdays) is taken as known to the reader. So where a month's flow is
    hidden in a cell, the residents of the cell are hidden up to the next such month, or to
    one end of the series.

    Examples
    --------
    >>> months = ["2024-01", "2024-02", "2024-03"]
    >>> stocks = xr.DataArray([50, 53, 53], coords={"month": months})
    >>> flows = xr.DataArray(
    ...     [[3, 0]], coords={"month": months[:1], "measure": ["arrivals", "departures"]}
    ... )
    >>> hide_linked_counts(flows, stocks)[1].counts.to_numpy()
    array([nan, 53., 53.])
    """
    for counts in (flows, stocks):
        need_table(counts, threshold)
    flows, stocks = flows.transpose("month", ..., "measure"), stocks.transpose("month", ...)
    full = with_totals(flows.to_numpy().astype(np.int64))
    stock = np.stack([with_totals(each) for each in stocks.to_numpy().astype(np.int64)])
    index = np.arange(full.size).reshape(full.shape)
    at = full.size + np.arange(stock.size).reshape(stock.shape)
    equations = [sums_of(index, axis) for axis in range(full.ndim)]
    equations += [sums_of(at, axis) for axis in range(1, stock.ndim)]
    equations += _links(flows, stocks, index, at)
    totals = np.concatenate([_is_total(full.shape, 0), _is_total(stock.shape, 1)])
    values = np.concatenate([full.ravel(), stock.ravel()])
    why = hide_linked(values, totals, equations, threshold)
    parts = (why[: full.size].reshape(full.shape), why[full.size :].reshape(stock.shape))
    return (
        hidden_table(full, parts[0], flows, threshold, first=0),
        hidden_table(stock, parts[1], stocks, threshold, first=1),
    )


def _links(
    flows: xr.DataArray, stocks: xr.DataArray, index: NDArray[np.int64], at: NDArray[np.int64]
) -> list[Equations]:
    """Residents after a month less those before, arrivals added and departures taken away."""
    measures = flows.indexes["measure"]
    ways = [measures.get_loc(name) for name in ("arrivals", "departures") if name in measures]
    signs = [-1.0 if measures[way] == "arrivals" else 1.0 for way in ways]
    rows = flows.indexes["month"].get_indexer(stocks.indexes["month"][:-1])
    made = []
    for has in (True, False):  # a month without a row had no flows
        (month,) = np.nonzero((rows >= 0) == has)
        terms = [at[month + 1].ravel(), at[month].ravel()]
        terms += [index[rows[month]][..., way].ravel() for way in ways if has]
        made.append(
            Equations(np.stack(terms, axis=1), np.r_[1.0, -1.0, signs if has else []], sums=False)
        )
    return [each for each in made if len(each.places)]


def _is_total(shape: tuple[int, ...], first: int) -> NDArray[np.bool_]:
    """Whether a value of a table with totals, from an axis on, is one."""
    places = np.indices(shape)[first:]
    last = np.array(shape)[first:].reshape(-1, *[1] * len(shape)) - 1
    return np.asarray((places == last).any(0).ravel())
