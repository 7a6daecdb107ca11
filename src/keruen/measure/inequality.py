# SPDX-License-Identifier: Apache-2.0
"""How evenly flows are spread over pairs of places: connectivity, inequality, Gini, variation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import xarray as xr

from keruen.measure import _focus
from keruen.measure._od import Diagonal, Missing, od_table
from keruen.measure._spatial import independent_flows
from keruen.measure._tables import stacked

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "FlowVariation",
    "MigrationGini",
    "flow_variation",
    "migration_connectivity",
    "migration_gini",
    "migration_inequality",
]


@dataclass(frozen=True)
class MigrationGini:
    """Spatial focusing of flows by Gini indices, each from 0 (even) to at most 1.

    Parameters
    ----------
    total : DataArray [...], dimensionless
        Between all flows of a table.
    row, column : DataArray [...], dimensionless
        Between the flows out of one place, and into one place, summed over places.
    exchange : DataArray [...], dimensionless
        Between each stream and its counterstream.
    row_share, column_share, exchange_share : DataArray [...], share
        The same as shares of the uncorrected total (the standardised indices).
    out_field : DataArray [..., origin], dimensionless
        Focus of the departures of each place on few destinations.
    in_field : DataArray [..., destination], dimensionless
        Focus of the arrivals of each place on few origins.
    """

    total: xr.DataArray
    row: xr.DataArray
    column: xr.DataArray
    exchange: xr.DataArray
    row_share: xr.DataArray
    column_share: xr.DataArray
    exchange_share: xr.DataArray
    out_field: xr.DataArray
    in_field: xr.DataArray

    def to_table(self) -> pd.DataFrame:
        """Tidy table: one row an index, table of flows and place."""
        return stacked(self)


@dataclass(frozen=True)
class FlowVariation:
    """Spatial focusing of flows by coefficients of variation; 0 where flows are even.

    Parameters
    ----------
    cv_out : DataArray [..., origin], dimensionless
        Variation of the flows out of each place.
    cv_in : DataArray [..., destination], dimensionless
        Variation of the flows into each place.
    acv_out, acv_in, acv : DataArray [...], dimensionless
        Means weighted by departures and by arrivals, and their sum.
    """

    cv_out: xr.DataArray
    cv_in: xr.DataArray
    acv_out: xr.DataArray
    acv_in: xr.DataArray
    acv: xr.DataArray

    def to_table(self) -> pd.DataFrame:
        """Tidy table: one row an index, table of flows and place."""
        return stacked(self)


def migration_connectivity(
    flows: xr.DataArray, *, diagonal: Diagonal = "refuse", missing: Missing = "refuse"
) -> xr.DataArray:
    """Share of pairs of places between which anybody moved.

    Parameters
    ----------
    flows : DataArray [origin, destination, ...], persons or moves
        From origin to destination over one interval.
    diagonal : {"refuse", "stayers"}, optional
        Whether cells from a place to itself hold people who stayed, to be left out.
    missing : {"refuse", "zero"}, optional
        Whether a missing cell is refused or read as nobody.

    Returns
    -------
    DataArray [...], share
        Missing where nobody moved, or for one place.

    Raises
    ------
    SchemaError
        The table is not square (``NotSquare``), a flow is negative, or the diagonal is
        not empty (``DiagonalNotEmpty``).
    CoverageError
        A cell is missing.

    Notes
    -----
    Ordered pairs, without the diagonal. Samples understate it: they miss small streams.

    References
    ----------
    Bell, M. and others (2002). Journal of the Royal Statistical Society A 165(3), 435-464.

    Examples
    --------
    >>> places = {"origin": ["A", "B", "C"], "destination": ["A", "B", "C"]}
    >>> flows = xr.DataArray([[0, 10, 10], [20, 0, 0], [0, 30, 0]], coords=places)
    >>> round(migration_connectivity(flows).item(), 4)
    0.6667
    """
    table = od_table(flows, diagonal=diagonal, missing=missing)
    pairs = max(table.places * (table.places - 1), 1)
    connected = np.asarray((table.cells > 0).sum(axis=(-2, -1)) / pairs)
    return table.system(connected, name="migration_connectivity", units="share", kind="share")


def migration_inequality(
    flows: xr.DataArray,
    *,
    expected: Literal["equal", "fitted"] = "equal",
    diagonal: Diagonal = "refuse",
    missing: Missing = "refuse",
) -> xr.DataArray:
    """Share of moves that would have to take another route to match expected flows.

    Parameters
    ----------
    flows : DataArray [origin, destination, ...], persons or moves
        From origin to destination over one interval.
    expected : {"equal", "fitted"}, optional
        All flows equal, or the Poisson fit of origin and destination off the diagonal.
    diagonal : {"refuse", "stayers"}, optional
        Whether cells from a place to itself hold people who stayed, to be left out.
    missing : {"refuse", "zero"}, optional
        Whether a missing cell is refused or read as nobody.

    Returns
    -------
    DataArray [...], share
        From 0 to 1; missing where nobody moved, or for one place.

    Raises
    ------
    SchemaError
        As :func:`migration_connectivity`.
    CoverageError
        A cell is missing.
    ConvergenceError
        The fit did not meet the margins (``NotConverged``).

    Notes
    -----
    ``1/2 sum |m_ij / M - e_ij|``, where the expected shares ``e`` add up to 1.

    References
    ----------
    Bell, M. and others (2002). Journal of the Royal Statistical Society A 165(3), 435-464.

    Examples
    --------
    >>> places = {"origin": ["A", "B", "C"], "destination": ["A", "B", "C"]}
    >>> flows = xr.DataArray([[0, 10, 10], [20, 0, 20], [30, 30, 0]], coords=places)
    >>> round(migration_inequality(flows).item(), 4)
    0.1667
    """
    table = od_table(flows, diagonal=diagonal, missing=missing)
    if expected == "fitted":
        model = independent_flows(table.cells)
    else:
        pairs = max(table.places * (table.places - 1), 1)
        off = ~np.eye(table.places, dtype=bool)
        model = np.where(off, table.moves[..., None, None] / pairs, 0.0)
    return table.system(
        _focus.half_distance(table.cells, model),
        name="migration_inequality",
        units="share",
        kind="share",
    )


def migration_gini(
    flows: xr.DataArray,
    *,
    corrected: bool = True,
    diagonal: Diagonal = "refuse",
    missing: Missing = "refuse",
) -> MigrationGini:
    """Gini indices of spatial focusing: of all flows, and of each place's streams.

    Parameters
    ----------
    flows : DataArray [origin, destination, ...], persons or moves
        From origin to destination over one interval.
    corrected : bool, optional
        Whether ``total``, ``out_field`` and ``in_field`` can reach 1 when all moves take
        one route; otherwise their largest value falls short of 1, as first published.
    diagonal : {"refuse", "stayers"}, optional
        Whether cells from a place to itself hold people who stayed, to be left out.
    missing : {"refuse", "zero"}, optional
        Whether a missing cell is refused or read as nobody.

    Returns
    -------
    MigrationGini
        Total, row, column, exchange, their shares, and the fields of each place.

    Raises
    ------
    SchemaError
        As :func:`migration_connectivity`.
    CoverageError
        A cell is missing.

    See Also
    --------
    flow_variation : The same question by coefficients of variation.

    Notes
    -----
    ``total = sum |m_ij - m_kl| / (2 M (c - 1))`` over all pairs of the ``c = n (n - 1)``
    flows (``2 M c`` uncorrected); ``row = sum |m_ij - m_il| / (2 M c)``; ``column`` and
    ``exchange`` likewise with ``|m_ij - m_kj|`` and ``|m_ij - m_ji|``. Fields divide the
    differences of one row or column by ``2 (n - 2)`` times its sum (``n - 1``
    uncorrected). A mean of fields weighted by the flows they describe is
    ``weighted_mean(gini.in_field, weights=inflow, over="destination")``; R's
    migration.indices, and migest with it, weights in-fields by departures and out-fields
    by arrivals and divides by n besides.

    References
    ----------
    Plane, D. and Mulligan, G. (1997). Demography 34(2), 251-262.
    Bell, M. and others (2002). Journal of the Royal Statistical Society A 165(3), 435-464.

    Examples
    --------
    >>> places = {"origin": ["A", "B", "C"], "destination": ["A", "B", "C"]}
    >>> flows = xr.DataArray([[0, 10, 10], [20, 0, 20], [30, 30, 0]], coords=places)
    >>> gini = migration_gini(flows, corrected=False)
    >>> round(gini.total.item(), 5), round(gini.column_share.item(), 5)
    (0.22222, 0.25)
    """
    table = od_table(flows, diagonal=diagonal, missing=missing)
    raw = _focus.gini(table.cells, corrected=corrected)
    why = "nobody moved, too few places, or shares of a total of 0"

    def index(name: str, units: str = "1") -> xr.DataArray:
        kind: Literal["share", "index"] = "share" if units == "share" else "index"
        short = {why: np.isnan(raw[name])}
        return table.system(raw[name], name=f"gini_{name}", units=units, kind=kind, reasons=short)

    def field(name: str, dim: str) -> xr.DataArray:
        return table.by(dim, raw[name], name=f"gini_{name}", units="1", why=why)

    ratios = {name: index(name) for name in ("total", "row", "column", "exchange")}
    shares = {name: index(name, "share") for name in raw if name.endswith("_share")}
    return MigrationGini(
        **ratios,
        **shares,
        out_field=field("out_field", "origin"),
        in_field=field("in_field", "destination"),
    )


def flow_variation(
    flows: xr.DataArray, *, diagonal: Diagonal = "refuse", missing: Missing = "refuse"
) -> FlowVariation:
    """Coefficients of variation of the streams of each place, and of the system.

    Parameters
    ----------
    flows : DataArray [origin, destination, ...], persons or moves
        From origin to destination over one interval.
    diagonal : {"refuse", "stayers"}, optional
        Whether cells from a place to itself hold people who stayed, to be left out.
    missing : {"refuse", "zero"}, optional
        Whether a missing cell is refused or read as nobody.

    Returns
    -------
    FlowVariation
        By place out and in, their weighted means, and the sum of these.

    Raises
    ------
    SchemaError
        As :func:`migration_connectivity`.
    CoverageError
        A cell is missing.

    See Also
    --------
    migration_gini : The same question by Gini indices.

    Notes
    -----
    Standard deviation of a whole (divisor n - 1 flows) over mean, without the diagonal.
    ``acv_out = sum(cv_i O_i) / M``, ``acv_in = sum(cv_j D_j) / M``, ``acv`` their sum. R's
    migest gives the same ``acv``; its ``cv`` is no coefficient of variation: it counts the
    empty diagonal, has the mean within the root, and changes with the unit of counting.

    References
    ----------
    Rogers, A. and Sweeney, S. (1998). The Professional Geographer 50(2), 232-242.
    Rogers, A. and Raymer, J. (1998). International Journal of Population Geography 4(1),
    63-80.

    Examples
    --------
    >>> places = {"origin": ["A", "B", "C"], "destination": ["A", "B", "C"]}
    >>> flows = xr.DataArray([[0, 10, 10], [20, 0, 20], [30, 30, 0]], coords=places)
    >>> variation = flow_variation(flows)
    >>> round(variation.acv_in.item(), 6), variation.acv_out.item()
    (0.333333, 0.0)
    """
    table = od_table(flows, diagonal=diagonal, missing=missing)
    rows, columns = _focus.streams(table.cells), _focus.streams(table.cells.swapaxes(-1, -2))
    cv_out, cv_in = _focus.variation(rows), _focus.variation(columns)
    moves = np.where(table.moves > 0, table.moves, np.nan)
    acv_out = np.nansum(cv_out * rows.sum(axis=-1), axis=-1) / moves
    acv_in = np.nansum(cv_in * columns.sum(axis=-1), axis=-1) / moves
    why = "nobody moved"
    return FlowVariation(
        cv_out=table.by("origin", cv_out, name="cv_out", units="1", why=why),
        cv_in=table.by("destination", cv_in, name="cv_in", units="1", why=why),
        acv_out=table.system(acv_out, name="acv_out", units="1"),
        acv_in=table.system(acv_in, name="acv_in", units="1"),
        acv=table.system(acv_out + acv_in, name="acv", units="1"),
    )
