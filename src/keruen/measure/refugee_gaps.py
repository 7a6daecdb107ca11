# SPDX-License-Identifier: Apache-2.0
"""Years in which nobody reported: refugees of a pair of countries, filled and marked as filled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, get_args

import numpy as np
import xarray as xr

from keruen.core.arrays import require_dims, same_cells, stamp
from keruen.core.errors import SchemaError
from keruen.measure import _refugee_runs as runs
from keruen.measure._checks import Floats, Mask, cells_where, refuse_negative
from keruen.measure._tables import table_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "FilledRefugees",
    "GapMethod",
    "GapScores",
    "fill_refugee_gaps",
    "gap_scores",
    "rounding_bounds",
]

GapMethod = Literal["zero", "interpolate", "trend_origin", "trend_host", "trend"]
"""How a gap between two reported years of a pair is filled; ``trend`` picks the better trend."""

_DIMS: Final = ("year", "origin", "destination")


@dataclass(frozen=True)
class FilledRefugees:
    """Refugees with gaps filled.

    Parameters
    ----------
    stock : DataArray [year, origin, destination], persons
        Reported figures as they were, and imputed ones; missing outside the reported years.
    imputed : DataArray [year, origin, destination]
        Which figures are imputed.
    method : str
        How.
    """

    stock: xr.DataArray
    imputed: xr.DataArray
    method: GapMethod

    @property
    def adjustments(self) -> pd.DataFrame:
        """Table of the imputed cells: keys, before, after, reason."""
        import pandas as pd

        at = np.nonzero(self.imputed.to_numpy())
        keys = {
            dim: self.stock.indexes[dim].to_numpy()[place]
            for dim, place in zip(_DIMS, at, strict=True)
        }
        after = self.stock.to_numpy()[at]
        reason = f"not reported: {self.method}"
        return pd.DataFrame({**keys, "before": np.nan, "after": after, "reason": reason})


@dataclass(frozen=True)
class GapScores:
    """How far each method misses figures that were hidden from it.

    Parameters
    ----------
    rmse : DataArray [method], persons
        Root of the mean squared error; the largest movements of the world decide it.
    factor : DataArray [method], ratio
        Typical factor between estimate and figure; every pair counts alike.
    """

    rmse: xr.DataArray
    factor: xr.DataArray

    def to_table(self) -> pd.DataFrame:
        """Tidy table: one row a method."""
        return table_of(self)


def fill_refugee_gaps(
    stock: xr.DataArray,
    *,
    method: GapMethod = "interpolate",
    host_total: xr.DataArray | None = None,
    seed: int = 1,
) -> FilledRefugees:
    """Refugees of each pair in the years between its reports.

    Parameters
    ----------
    stock : DataArray [year, origin, destination], persons
        Refugees at the end of consecutive years; missing where nothing was reported.
    method : {"zero", "interpolate", "trend_origin", "trend_host", "trend"}, optional
        Nobody; a straight line between the reports on either side; the last report grown as
        the refugees of the same origin elsewhere, or as those of other origins in the same
        country; whichever of these two does better when reports are hidden.
    host_total : DataArray [year, destination], persons, optional
        All refugees of a country, origin unknown included; imputed cells of a country and
        year are scaled to what the reported ones leave of it.
    seed : int, optional
        Of the reports that are hidden to choose a trend.

    Returns
    -------
    FilledRefugees
        Only gaps between two reports of a pair are filled: before the first and after the
        last nothing is known.

    Raises
    ------
    SchemaError
        A figure is negative (``NegativeInput``), years do not follow each other, the method
        is unknown, or a total is below what was reported (``TotalBelowPart``).
    CoverageError
        Totals and stocks do not hold the same years and countries.

    See Also
    --------
    gap_scores : How good the methods are on these data.

    Notes
    -----
    To read gaps as nobody is the worst of the choices, and a common one. Trends chain the
    growth of all pairs that were reported in both of two years; where none was, the figure
    is carried on.

    References
    ----------
    Marbach, M. (2018). On imputing UNHCR data. Research and Politics 5(4).

    Examples
    --------
    >>> pair = {"origin": ["AFG"], "destination": ["KAZ"]}
    >>> stock = xr.DataArray(
    ...     [[[10.0]], [[np.nan]], [[30.0]]], coords={"year": [2001, 2002, 2003], **pair}
    ... )
    >>> fill_refugee_gaps(stock).stock.values.ravel().tolist()
    [10.0, 20.0, 30.0]
    """
    if method not in get_args(GapMethod):
        raise SchemaError(
            f"no method '{method}'",
            where="method",
            remedy=f"choose one of {', '.join(get_args(GapMethod))}",
        )
    held = _checked(stock)
    cells = held.to_numpy().astype(float)
    way = runs.better_trend(cells, seed) if method == "trend" else method
    gap = runs.gaps(cells)
    filled = np.where(gap, runs.estimate(cells, way), cells)
    if host_total is not None:
        filled = _scaled(held, filled, gap, host_total)
    inputs = (stock,) if host_total is None else (stock, host_total)
    return FilledRefugees(
        stock=stamp(
            held.copy(data=filled), name="refugees", units="persons", kind="count", inputs=inputs,
            concept="stock",
        ),
        imputed=stamp(held.copy(data=gap), name="imputed", units="1", kind="index", inputs=inputs),
        method=way,
    )  # fmt: skip


def gap_scores(stock: xr.DataArray, *, hidden: float = 0.1, seed: int = 1) -> GapScores:
    """Error of each method on reports that are hidden from it.

    Parameters
    ----------
    stock : DataArray [year, origin, destination], persons
        Refugees at the end of consecutive years; missing where nothing was reported.
    hidden : float, optional
        Share of the pairs, of those reported in three or more years, that lose a run of one
        to five years between their first and last report.
    seed : int, optional
        Of what is hidden.

    Returns
    -------
    GapScores
        Errors over the hidden cells; missing where nothing could be hidden.

    Raises
    ------
    SchemaError
        As :func:`fill_refugee_gaps`, or the share is not between 0 and 1.

    Notes
    -----
    ``factor = exp(mean |ln((1 + estimate) / (1 + figure))|)``.

    Examples
    --------
    >>> pair = {"origin": ["AFG"], "destination": ["KAZ"]}
    >>> stock = xr.DataArray(
    ...     [[[10.0]], [[20.0]], [[30.0]]], coords={"year": [2001, 2002, 2003], **pair}
    ... )
    >>> scores = gap_scores(stock, hidden=1.0)
    >>> scores.rmse.to_series()[["zero", "interpolate"]].tolist()
    [20.0, 0.0]
    """
    if not 0 < hidden <= 1:
        raise SchemaError(f"{hidden:g} is no share", where="hidden", remedy="give 0.1 or so")
    held = _checked(stock)
    found = runs.scores(held.to_numpy().astype(float), hidden, seed)

    def made(place: int, name: str, units: str) -> xr.DataArray:
        row = xr.DataArray(found[place], coords={"method": list(runs.METHODS)}, dims="method")
        return stamp(row, name=name, units=units, kind="index", inputs=(stock,))

    return GapScores(rmse=made(0, "rmse", "persons"), factor=made(1, "factor", "ratio"))


def rounding_bounds(stock: xr.DataArray) -> tuple[xr.DataArray, xr.DataArray]:
    """What a published figure may stand for when 1 to 4 are written as 0 or 5.

    Parameters
    ----------
    stock : DataArray [any], persons
        Published figures.

    Returns
    -------
    tuple of DataArray [any], persons
        Smallest and largest count that they may stand for.

    Raises
    ------
    SchemaError
        A figure is negative (``NegativeInput``).

    Examples
    --------
    >>> low, high = rounding_bounds(xr.DataArray([0.0, 5.0, 40.0], coords={"year": [1, 2, 3]}))
    >>> low.values.tolist(), high.values.tolist()
    ([0.0, 1.0, 40.0], [4.0, 5.0, 40.0])
    """
    refuse_negative(stock, name="stock")
    low, high = stock.where(stock != 5, 1.0), stock.where(stock != 0, 4.0)
    bounds = [
        stamp(part, name=name, units="persons", kind="count", inputs=(stock,))
        for part, name in ((low, "lower"), (high, "upper"))
    ]
    return bounds[0], bounds[1]


def _checked(stock: xr.DataArray) -> xr.DataArray:
    """Stocks in order of years, which follow each other."""
    require_dims(stock, *_DIMS, name="stock")
    refuse_negative(stock, name="stock")
    held = stock.sortby("year").transpose(*_DIMS)
    if (np.diff(held["year"]) != 1).any():
        years = held["year"].to_numpy()
        at = int(np.argmax(np.diff(years) != 1))
        raise SchemaError(
            "years do not follow each other",
            where=f"stock: {years[at]}, then {years[at + 1]}",
            remedy="put the missing years in, with missing values",
        )
    return held


def _scaled(held: xr.DataArray, filled: Floats, gap: Mask, host_total: xr.DataArray) -> Floats:
    """Imputed cells scaled to what the reported ones leave of the total of their country."""
    refuse_negative(host_total, name="host_total")
    _, total = same_cells(held, host_total)
    whole = total.transpose("year", "destination").to_numpy().astype(float)
    reported = np.where(np.isfinite(filled) & ~gap, filled, 0.0).sum(axis=1)
    room = whole - reported
    if found := cells_where(total.transpose("year", "destination"), room < -1e-9 * whole):
        raise SchemaError(
            "the total is below what was reported by origin",
            where=found,
            remedy="look both up; totals include people of unknown origin",
            id="TotalBelowPart",
        )
    imputed = np.where(gap, filled, 0.0).sum(axis=1)
    known = np.isfinite(whole) & (imputed > 0)
    factor = np.where(known, room, 1.0) / np.where(known, imputed, 1.0)
    return np.where(gap, filled * factor[:, None, :], filled)
