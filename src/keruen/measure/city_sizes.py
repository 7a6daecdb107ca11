# SPDX-License-Identifier: Apache-2.0
"""How large the towns of a country are beside each other: primacy and the rank-size rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from keruen.core.arrays import require_dims, stamp
from keruen.measure._checks import Floats, missing_reason, refuse_negative
from keruen.measure._tables import table_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Primacy", "RankSize", "primacy", "rank_size"]


@dataclass(frozen=True)
class Primacy:
    """The largest town beside the next ones.

    Parameters
    ----------
    of_second : DataArray [...], ratio
        Largest over second; 2 by the rank-size rule.
    of_next_three : DataArray [...], ratio
        Largest over the sum of the second to fourth; 0.92 by the rank-size rule.
    """

    of_second: xr.DataArray
    of_next_three: xr.DataArray

    def to_table(self) -> pd.DataFrame:
        """Tidy table: one row a year or other cell."""
        return table_of(self)


@dataclass(frozen=True)
class RankSize:
    """The rank-size rule fitted to the towns of at least a given size.

    Parameters
    ----------
    exponent : DataArray [least, ...], dimensionless
        Rank falls with size to this power; 1 is Zipf's rule, below 1 people are in larger
        towns. Missing with fewer than three towns.
    standard_error : DataArray [least, ...], dimensionless
        Of the exponent.
    towns : DataArray [least, ...], towns
        How many entered.
    """

    exponent: xr.DataArray
    standard_error: xr.DataArray
    towns: xr.DataArray

    def to_table(self) -> pd.DataFrame:
        """Tidy table: one row a least size and year or other cell."""
        return table_of(self)


def primacy(sizes: xr.DataArray) -> Primacy:
    """How far the largest town stands above the next.

    Parameters
    ----------
    sizes : DataArray [locality, ...], persons
        People of each town; missing where it is not known or does not exist.

    Returns
    -------
    Primacy
        Both ratios; missing where there are too few towns.

    Raises
    ------
    SchemaError
        A size is negative (``NegativeInput``), or ``locality`` is missing.

    See Also
    --------
    rank_size : All towns together.

    Notes
    -----
    ``P_1 / P_2`` and ``P_1 / (P_2 + P_3 + P_4)``. Both depend on where the edges of towns
    are drawn.

    References
    ----------
    Jefferson, M. (1939). Geographical Review 29(2), 226-232.

    Examples
    --------
    >>> towns = xr.DataArray([12.0, 6.0, 4.0, 3.0], coords={"locality": list("abcd")})
    >>> both = primacy(towns)
    >>> both.of_second.item(), round(both.of_next_three.item(), 3)
    (2.0, 0.923)
    """
    ordered, template = _ordered(sizes)
    short = np.full((*ordered.shape[:-1], max(4 - ordered.shape[-1], 0)), np.nan)
    first, *others = np.moveaxis(np.concatenate([ordered, short], axis=-1)[..., :4], -1, 0)

    def ratio(below: Floats, name: str) -> xr.DataArray:
        values = np.divide(first, below, out=np.full(first.shape, np.nan), where=below > 0)
        result = template.copy(data=values)
        facts = missing_reason(result, {"too few towns": np.isnan(values)})
        return stamp(result, name=name, units="ratio", kind="index", inputs=(sizes,), **facts)

    return Primacy(
        of_second=ratio(others[0], "primacy_of_second"),
        of_next_three=ratio(others[0] + others[1] + others[2], "primacy_of_next_three"),
    )


def rank_size(sizes: xr.DataArray, *, least: Sequence[float] = (0.0,)) -> RankSize:
    """How fast the size of towns falls with their rank.

    Parameters
    ----------
    sizes : DataArray [locality, ...], persons
        People of each town; missing where it is not known or does not exist.
    least : sequence of float, optional
        Smallest sizes to take in, one fit each: the exponent hangs on the choice.

    Returns
    -------
    RankSize
        Exponent, its standard error and the number of towns, by least size.

    Raises
    ------
    SchemaError
        A size is negative (``NegativeInput``), or ``locality`` is missing.

    See Also
    --------
    primacy : The largest town alone.

    Notes
    -----
    Least squares of ``ln(rank - 1/2) = a - b ln(size)``; half a rank takes out the leading
    bias of small samples. The standard error is ``b sqrt(2 / n)``: that of ordinary least
    squares is far too small, for ranks are not independent. Ties take ranks in turn.

    References
    ----------
    Gabaix, X. and Ibragimov, R. (2011). Rank - 1/2. Journal of Business and Economic
    Statistics 29(1), 24-39.

    Examples
    --------
    >>> zipf = xr.DataArray([1e6 / (k + 0.5) for k in range(50)], dims="locality")
    >>> zipf = zipf.assign_coords(locality=range(50))
    >>> fit = rank_size(zipf, least=(0, 30_000))
    >>> fit.exponent.round(6).values.tolist(), fit.towns.values.tolist()
    ([1.0, 1.0], [50.0, 33.0])
    """
    ordered, template = _ordered(sizes)
    fits = [_fit(ordered, floor) for floor in least]
    coords = {"least": np.asarray(least, dtype=float)}
    few = "fewer than three towns of different size"

    def part(place: int, name: str, units: str) -> xr.DataArray:
        values = np.stack([fit[place] for fit in fits])
        frame = template.expand_dims(coords)
        result = frame.copy(data=values)
        facts = missing_reason(result, {few: np.isnan(values)})
        return stamp(result, name=name, units=units, kind="index", inputs=(sizes,), **facts)

    return RankSize(
        exponent=part(0, "rank_size_exponent", "1"),
        standard_error=part(1, "standard_error", "1"),
        towns=part(2, "towns", "towns"),
    )


def _ordered(sizes: xr.DataArray) -> tuple[Floats, xr.DataArray]:
    """Sizes ``[..., rank]`` from the largest, missing ones last; and an array without places."""
    require_dims(sizes, "locality", name="sizes")
    refuse_negative(sizes, name="size of a town")
    held = sizes.transpose(..., "locality").astype(float)
    return -np.sort(-held.to_numpy(), axis=-1), held.sum("locality")


def _fit(ordered: Floats, floor: float) -> tuple[Floats, Floats, Floats]:
    """Exponent, standard error and number of towns of each row."""
    held = (ordered > 0) & (ordered >= floor)
    count = held.sum(axis=-1).astype(float)
    size = np.log(np.where(held, ordered, 1.0))
    rank = np.log(np.arange(ordered.shape[-1]) + 0.5)
    many = np.maximum(count, 1)
    mean = (size * held).sum(axis=-1) / many
    away = (size - mean[..., None]) * held
    spread = (away**2).sum(axis=-1)
    enough = (count >= 3) & (spread > 0)
    slope = (away * rank).sum(axis=-1) / np.where(enough, spread, np.nan)
    exponent = np.where(enough, -slope, np.nan)
    return exponent, np.abs(exponent) * np.sqrt(2 / many), count
