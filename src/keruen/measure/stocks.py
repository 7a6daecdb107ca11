# SPDX-License-Identifier: Apache-2.0
"""Migrant stocks: immigrants, emigrants, ranks, corridors and shares."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt
import xarray as xr

from keruen.core.arrays import require_dims, same_cells, stamp
from keruen.core.errors import CodeError

Direction = Literal["in", "out"]
Floats = npt.NDArray[np.float64]


def immigrant_stock(stock: xr.DataArray) -> xr.DataArray:
    """People living in each country who came from another one.

    Parameters
    ----------
    stock : DataArray [origin, destination, ...], persons
        Migrants by where they are from and where they live; a missing pair holds no data.

    Returns
    -------
    DataArray [country, ...], persons
        Sum over all origins, those given as other or unknown included; missing where a
        country has no pair at all.

    Raises
    ------
    SchemaError
        A dimension is missing.

    Notes
    -----
    ``I_j = sum over i of s_ij, i not equal j``, over the pairs recorded.

    Examples
    --------
    >>> codes = ["KAZ", "RUS"]
    >>> stock = xr.DataArray([[0, 2546], [2476, 0]], coords={"origin": codes, "destination": codes})
    >>> immigrant_stock(stock).sel(country="KAZ").item()
    2476.0
    """
    return _side(stock, keep="destination", drop="origin", name="immigrants")


def emigrant_stock(stock: xr.DataArray) -> xr.DataArray:
    """People from each country who live in another one.

    Parameters
    ----------
    stock : DataArray [origin, destination, ...], persons
        Migrants by where they are from and where they live; a missing pair holds no data.

    Returns
    -------
    DataArray [country, ...], persons
        Sum over all destinations; missing where a country has no pair at all.

    Raises
    ------
    SchemaError
        A dimension is missing.

    Notes
    -----
    ``E_i = sum over j of s_ij, j not equal i``, over the pairs recorded. Only countries
    that report their immigrants are counted, so the true number is not smaller.

    Examples
    --------
    >>> codes = ["KAZ", "RUS"]
    >>> stock = xr.DataArray([[0, 2546], [2476, 0]], coords={"origin": codes, "destination": codes})
    >>> emigrant_stock(stock).sel(country="KAZ").item()
    2546.0
    """
    return _side(stock, keep="origin", drop="destination", name="emigrants")


def _side(stock: xr.DataArray, *, keep: str, drop: str, name: str) -> xr.DataArray:
    require_dims(stock, "origin", "destination", name="stock")
    away = stock["origin"] != stock["destination"]
    counted = stock.where(away)
    summed = counted.sum(drop).where(counted.notnull().any(drop))
    return stamp(
        summed.rename({keep: "country"}),
        name=name,
        units="persons",
        kind="count",
        inputs=(stock,),
        concept="stock",
    )


def rank(quantity: xr.DataArray, *, among: Sequence[str] | None = None) -> xr.DataArray:
    """Place of each country by size, the largest first.

    Parameters
    ----------
    quantity : DataArray [country, ...], any unit
        What to rank by.
    among : sequence of str, optional
        Countries that take part; all when not given. The result holds those only.

    Returns
    -------
    DataArray [country, ...], place
        1 is the largest; equal values share the better place; missing where there is no
        value.

    Raises
    ------
    CodeError
        A country asked for is not in the array.

    Examples
    --------
    >>> stock = xr.DataArray([5.0, 9.0, 7.0], coords={"country": ["KAZ", "RUS", "UZB"]})
    >>> rank(stock, among=["KAZ", "UZB"]).sel(country="KAZ").item()
    2.0
    """
    require_dims(quantity, "country", name="quantity")
    if among is not None:
        unknown = [code for code in among if code not in quantity.indexes["country"]]
        if unknown:
            raise CodeError(
                f"no value for {', '.join(unknown[:5])}",
                where="among",
                remedy="name countries that the array holds",
            )
        quantity = quantity.sel(country=list(among))
    return stamp(
        quantity.copy(data=_rank(quantity.to_numpy(), quantity.dims.index("country"))),
        name="rank",
        units="place",
        kind="index",
        inputs=(quantity,),
    )


def _rank(values: Floats, axis: int) -> Floats:
    """1 + the number of larger values, along an axis."""
    import pandas as pd

    column = np.moveaxis(values, axis, 0)
    places = pd.DataFrame(column.reshape(len(column), -1)).rank(ascending=False, method="min")
    return np.moveaxis(places.to_numpy().reshape(column.shape), 0, axis)


def corridors(
    stock: xr.DataArray, country: str, *, direction: Direction, count: int = 10
) -> xr.DataArray:
    """The largest corridors of a country.

    Parameters
    ----------
    stock : DataArray [origin, destination], persons
        Migrants, or movers, by where they are from and where they live.
    country : str
        ISO 3166-1 alpha-3 code.
    direction : {"in", "out"}
        Where its immigrants are from, or where its emigrants live.
    count : int
        How many at the most.

    Returns
    -------
    DataArray [origin] or [destination], persons
        The largest first; pairs without data and zeros are left out.

    Raises
    ------
    CodeError
        The country is not in the array.

    Examples
    --------
    >>> codes = ["KAZ", "RUS", "UZB"]
    >>> stock = xr.DataArray(
    ...     [[0, 5, 1], [9, 0, 2], [3, 4, 0]], coords={"origin": codes, "destination": codes}
    ... )
    >>> corridors(stock, "KAZ", direction="in", count=1).origin.item()
    'RUS'
    """
    own, other = ("destination", "origin") if direction == "in" else ("origin", "destination")
    require_dims(stock, "origin", "destination", name="stock")
    if country not in stock.indexes[own]:
        raise CodeError(
            f"no {own} '{country}'", where="stock", remedy="name a country that the array holds"
        )
    line = stock.sel({own: country})
    line = line.where((line[other] != country) & (line > 0)).dropna(other)
    largest = np.argsort(-line.to_numpy(), kind="stable")[:count]
    return stamp(
        line.isel({other: largest}).drop_vars(own),
        name=str(stock.name or "stock"),
        units="persons",
        kind="count",
        inputs=(stock,),
        concept=stock.attrs.get("concept", "stock"),
    )


def percent_of(part: xr.DataArray, whole: xr.DataArray) -> xr.DataArray:
    """A quantity as a percentage of another of the same unit.

    Parameters
    ----------
    part : DataArray [any]
        What is compared.
    whole : DataArray [any]
        What it is compared with.

    Returns
    -------
    DataArray [any], percent
        Missing where the whole is missing or not positive.

    Raises
    ------
    CoverageError
        Labels differ.

    Examples
    --------
    >>> percent_of(xr.DataArray(2.0), xr.DataArray(8.0)).item()
    25.0
    """
    part, whole = same_cells(part, whole)
    return stamp(
        100.0 * part / whole.where(whole > 0),
        name=f"{part.name or 'part'}_percent",
        units="percent",
        kind="share",
        inputs=(part, whole),
    )
