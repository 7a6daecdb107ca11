# SPDX-License-Identifier: Apache-2.0
"""Refugees by year: what changed a stock, and situations that have lasted for years."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from keruen.core.accounts import account_gap
from keruen.core.arrays import require_dims, stamp
from keruen.core.errors import SchemaError
from keruen.measure._checks import missing_reason, refuse_negative
from keruen.measure._tables import stacked, table_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "ProtractedSituations",
    "StockChanges",
    "host_changes",
    "protracted_situations",
    "refugee_revision",
    "stock_changes",
]


@dataclass(frozen=True)
class StockChanges:
    """What a stock says of flows when nobody counted them: no fewer came, no fewer left.

    Parameters
    ----------
    change : DataArray [year, ...], persons
        Stock at the end of a year less that of the year before.
    arrivals_at_least : DataArray [year, ...], persons
        The change where it is a gain, else 0.
    exits_at_least : DataArray [year, ...], persons
        The change, without its sign, where it is a loss, else 0.
    """

    change: xr.DataArray
    arrivals_at_least: xr.DataArray
    exits_at_least: xr.DataArray

    def to_table(self) -> pd.DataFrame:
        """Tidy table: one row a year and pair."""
        return table_of(self)


@dataclass(frozen=True)
class ProtractedSituations:
    """Refugees of one origin who have been in one country for years in large numbers.

    Parameters
    ----------
    protracted : DataArray [year, origin, destination]
        Whether the pair is protracted in a year.
    situations : DataArray [year], situations
        How many pairs are.
    people : DataArray [year], persons
        Refugees in them.
    share : DataArray [year], percent
        Of all refugees of the table.
    """

    protracted: xr.DataArray
    situations: xr.DataArray
    people: xr.DataArray
    share: xr.DataArray

    def to_table(self) -> pd.DataFrame:
        """Tidy table: one row a figure, year and pair."""
        return stacked(self)


def stock_changes(stock: xr.DataArray) -> StockChanges:
    """Lower bounds of arrivals and exits from stocks of consecutive years.

    Parameters
    ----------
    stock : DataArray [year, ...], persons
        Refugees at the end of each year; missing where nothing was reported.

    Returns
    -------
    StockChanges
        For every year whose year before is held; missing where either is.

    Raises
    ------
    SchemaError
        A count is negative (``NegativeInput``), or ``year`` is missing.

    See Also
    --------
    refugee_revision : Where flows were counted, what they leave unexplained.

    Notes
    -----
    ``max(change, 0)`` and ``max(-change, 0)``. People who came and left in one year, were
    born, died, naturalised or were struck off the lists are not seen, so both are lower
    bounds. Sum over pairs after, not before: gains and losses of pairs cancel in a total.

    Examples
    --------
    >>> stock = xr.DataArray([65_833.0, 4_377.0], coords={"year": [2024, 2025]})
    >>> found = stock_changes(stock)
    >>> found.arrivals_at_least.item(), found.exits_at_least.item()
    (0.0, 61456.0)
    """
    require_dims(stock, "year", name="stock")
    refuse_negative(stock, name="stock")
    before = stock.reindex(year=stock["year"].to_numpy() - 1)
    before = before.assign_coords(year=stock["year"])
    held = np.isin(stock["year"].to_numpy() - 1, stock["year"].to_numpy())
    change = (stock - before).isel(year=np.flatnonzero(held))

    def made(values: xr.DataArray, name: str) -> xr.DataArray:
        return stamp(values, name=name, units="persons", kind="count", inputs=(stock,))

    return StockChanges(
        change=made(change, "change"),
        arrivals_at_least=made(change.clip(min=0), "arrivals_at_least"),
        exits_at_least=made((-change).clip(min=0), "exits_at_least"),
    )


def host_changes(stock: xr.DataArray, *, unknown: Sequence[str] = ("UNK",)) -> StockChanges:
    """Lower bounds of arrivals and exits of each host, origins taken one by one.

    Parameters
    ----------
    stock : DataArray [year, origin, destination], persons
        Refugees at the end of each year; an origin without a figure is nobody in years for
        which the host reported any.
    unknown : sequence of str, optional
        Labels of origins that are not known.

    Returns
    -------
    StockChanges
        By year and destination; missing where a host reported nothing in either year.

    Raises
    ------
    SchemaError
        A count is negative (``NegativeInput``), or a dimension is missing.

    See Also
    --------
    stock_changes : Cell by cell.

    Notes
    -----
    Sums of gains and of losses over origins, which see more than the change of the total.
    People of unknown origin may be written under their own a year later: what the unknown
    lose and the known gain, or the other way round, is taken out of both bounds as far as
    it may be the same people.

    Examples
    --------
    >>> coords = {"year": [2024, 2025], "origin": ["UKR", "UNK"], "destination": ["KAZ"]}
    >>> stock = xr.DataArray([[[99.0], [65_511.0]], [[4_145.0], [0.0]]], coords=coords)
    >>> found = host_changes(stock)
    >>> found.arrivals_at_least.item(), found.exits_at_least.item()
    (0.0, 61465.0)
    """
    require_dims(stock, "year", "origin", "destination", name="stock")
    there = stock.notnull().any("origin")
    change = stock_changes(stock.where(stock.notnull() | ~there, 0.0)).change
    hidden = change["origin"].isin(list(unknown))
    known, unnamed = change.where(~hidden, 0.0), change.where(hidden, 0.0).sum("origin")
    gains, losses = known.clip(min=0).sum("origin"), (-known).clip(min=0).sum("origin")
    appeared, vanished = unnamed.clip(min=0), (-unnamed).clip(min=0)
    renamed = vanished.where(vanished < gains, gains) + appeared.where(appeared < losses, losses)
    held = change.notnull().any("origin")

    def made(values: xr.DataArray, name: str) -> xr.DataArray:
        return stamp(values.where(held), name=name, units="persons", kind="count", inputs=(stock,))

    return StockChanges(
        change=made(change.sum("origin"), "change"),
        arrivals_at_least=made(gains + appeared - renamed, "arrivals_at_least"),
        exits_at_least=made(losses + vanished - renamed, "exits_at_least"),
    )


def refugee_revision(
    stock_start: xr.DataArray,
    stock_end: xr.DataArray,
    *,
    entries: Mapping[str, xr.DataArray],
    exits: Mapping[str, xr.DataArray],
) -> xr.DataArray:
    """What an account of refugees needs to close: revisions, and flows that nobody counted.

    Parameters
    ----------
    stock_start, stock_end : DataArray [...], persons
        Refugees at the start and the end of the year.
    entries : mapping of str to DataArray [...], persons
        Recognitions of groups and persons, resettled in, births, as far as they are known.
    exits : mapping of str to DataArray [...], persons
        Returned, resettled out, naturalised, ceased, died, as far as they are known.

    Returns
    -------
    DataArray [...], persons
        Stock at the end less what the account says; part of every stock that is published.

    Raises
    ------
    SchemaError
        A stock is negative (``NegativeInput``), or a part brings dimensions of its own.
    CoverageError
        The parts do not hold the same cells.

    See Also
    --------
    stock_changes : Bounds where no flow was counted.

    Notes
    -----
    ``stock_t - (stock_{t-1} + sum(entries) - sum(exits))``.

    Examples
    --------
    >>> year = {"year": [2025]}
    >>> start, end, new, home = (xr.DataArray([n], coords=year) for n in (352, 308, 19, 60))
    >>> refugee_revision(start, end, entries={"recognised": new}, exits={"returned": home}).item()
    -3.0
    """
    for name, array in {"stock_start": stock_start, "stock_end": stock_end}.items():
        refuse_negative(array, name=name)
    return account_gap(
        stock_start.rename("stock_start"),
        stock_end.rename("stock_end"),
        entries=entries,
        exits=exits,
    )


def protracted_situations(
    stock: xr.DataArray, *, least: float = 25_000, years: int = 5
) -> ProtractedSituations:
    """Pairs of origin and host with many refugees at the end of each of several years.

    Parameters
    ----------
    stock : DataArray [year, origin, destination], persons
        Refugees at the end of each year; missing where nothing was reported.
    least : float, optional
        Refugees of one origin in one country that make a situation.
    years : int, optional
        Consecutive years.

    Returns
    -------
    ProtractedSituations
        For every year with so many consecutive years up to it.

    Raises
    ------
    SchemaError
        A count is negative (``NegativeInput``), the number of years is not above 0, or a
        dimension is missing.

    Notes
    -----
    UNHCR's definition: 25,000 or more refugees of one nationality in one country of asylum
    for five consecutive years. UNHCR joins and leaves out situations by judgement, so that
    its published numbers are a little lower than this count of pairs. A pair that was not
    reported in a year breaks the row.

    References
    ----------
    UNHCR, Global Trends: Forced Displacement, yearly.

    Examples
    --------
    >>> pair = {"origin": ["AFG"], "destination": ["PAK"]}
    >>> stock = xr.DataArray(
    ...     [[[30e3]], [[26e3]], [[25e3]]], coords={"year": [2001, 2002, 2003], **pair}
    ... )
    >>> protracted_situations(stock, years=3).people.values.tolist()
    [25000.0]
    """
    require_dims(stock, "year", "origin", "destination", name="stock")
    refuse_negative(stock, name="stock")
    if years < 1:
        raise SchemaError(f"{years} years are none", where="years", remedy="give 1 or more")
    held = [int(year) for year in np.sort(stock["year"].to_numpy())]
    last = [y for y in held if all(y - back in held for back in range(years))]
    large = stock >= least
    lasting = large.sel(year=last)
    for back in range(1, years):
        earlier = large.sel(year=[y - back for y in last])
        lasting = lasting & earlier.assign_coords(year=last)
    now = stock.sel(year=last)
    pair = ("origin", "destination")
    people, whole = now.where(lasting).sum(pair), now.sum(pair)
    empty = missing_reason(whole, {"no refugees are held": np.asarray(whole == 0)})
    inputs = (stock,)
    return ProtractedSituations(
        protracted=stamp(lasting, name="protracted", units="1", kind="index", inputs=inputs),
        situations=stamp(
            lasting.sum(pair), name="situations", units="situations", kind="count", inputs=inputs
        ),
        people=stamp(people, name="people", units="persons", kind="count", inputs=inputs),
        share=stamp(
            100 * people / whole.where(whole > 0),
            name="share",
            units="percent",
            kind="share",
            inputs=inputs,
            **empty,
        ),
    )
