# SPDX-License-Identifier: Apache-2.0
"""What places gain and lose by a table of flows, and how much of the turnover stays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from keruen.core.arrays import require_dims, same_cells, stamp
from keruen.measure._checks import (
    Floats,
    Place,
    missing_reason,
    refuse_negative,
    shared_terms,
)
from keruen.measure._od import Diagonal, Missing, effectiveness_index, od_table
from keruen.measure._tables import table_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "FlowMargins",
    "flow_margins",
    "migration_effectiveness",
    "migration_effectiveness_index",
]


@dataclass(frozen=True)
class FlowMargins:
    """What each place gained and lost.

    Parameters
    ----------
    inflow, outflow, net, turnover : DataArray [region, ...], persons or moves
        In-migrants ``D``, out-migrants ``O``, ``D - O`` and ``D + O``.
    """

    inflow: xr.DataArray
    outflow: xr.DataArray
    net: xr.DataArray
    turnover: xr.DataArray

    def to_table(self) -> pd.DataFrame:
        """Tidy table: one row a place, one column a margin."""
        return table_of(self)


def flow_margins(
    flows: xr.DataArray,
    *,
    place: Place = "region",
    diagonal: Diagonal = "refuse",
    missing: Missing = "refuse",
) -> FlowMargins:
    """In-, out- and net migrants of each place, from a table of flows.

    Parameters
    ----------
    flows : DataArray [origin, destination, ...], persons or moves
        From origin to destination over one interval.
    place : {"region", "country", "locality"}, optional
        Name of the dimension of the result.
    diagonal : {"refuse", "stayers"}, optional
        Whether cells from a place to itself hold people who stayed, to be left out.
    missing : {"refuse", "zero"}, optional
        Whether a missing cell is refused or read as nobody.

    Returns
    -------
    FlowMargins
        Inflow, outflow, net and turnover; nets sum to 0.

    Raises
    ------
    SchemaError
        The table is not square (``NotSquare``), a flow is negative, or the diagonal is
        not empty (``DiagonalNotEmpty``).
    CoverageError
        A cell is missing.

    See Also
    --------
    migration_effectiveness : What share of the turnover of a place stays.

    Examples
    --------
    >>> places = {"origin": ["A", "B", "C"], "destination": ["A", "B", "C"]}
    >>> flows = xr.DataArray([[0, 10, 10], [20, 0, 20], [30, 30, 0]], coords=places)
    >>> flow_margins(flows).net.values.tolist()
    [30.0, 0.0, -30.0]
    """
    table = od_table(flows, diagonal=diagonal, missing=missing)
    inflow, outflow = table.cells.sum(axis=-2), table.cells.sum(axis=-1)
    unit = str(flows.attrs.get("units", "persons"))

    def margin(name: str, values: Floats) -> xr.DataArray:
        return table.by(place, values, name=name, units=unit, kind="count", why="")

    return FlowMargins(
        inflow=margin("inflow", inflow),
        outflow=margin("outflow", outflow),
        net=margin("net", inflow - outflow),
        turnover=margin("turnover", inflow + outflow),
    )


def migration_effectiveness(
    inflow: xr.DataArray, outflow: xr.DataArray, *, over: Place | None = None
) -> xr.DataArray:
    """Net gain for every hundred moves made, of each place or of all together.

    Parameters
    ----------
    inflow : DataArray [region, ...], persons or moves
        Arrivals, counted where people went.
    outflow : DataArray [region, ...], persons or moves
        Departures, counted where people came from.
    over : {"region", "country", "locality"}, optional
        Dimension to take together: the effectiveness index of the system.

    Returns
    -------
    DataArray [region, ...], percent
        By place from -100 (everyone left) to 100 (everyone came); with ``over`` from 0
        to 100. Missing where nobody moved.

    Raises
    ------
    SchemaError
        A count is negative.
    CoverageError
        The arrays do not hold the same places.
    UnitsError
        The arrays differ in concept or interval (``UnitMismatch``).

    See Also
    --------
    migration_effectiveness_index : The system's index from a table of flows.

    Notes
    -----
    ``100 (D - O) / (D + O)`` by place, ``100 sum |D - O| / sum (D + O)`` over places.
    Compare places of one country and year only: the ratio depends on how finely the
    country is divided.

    References
    ----------
    Bell, M. and others (2002). Journal of the Royal Statistical Society A 165(3), 435-464.

    Examples
    --------
    >>> inflow = xr.DataArray([300.0, 100.0], coords={"region": ["KZ-71", "KZ-63"]})
    >>> outflow = xr.DataArray([300.0, 100.0], coords={"region": ["KZ-63", "KZ-71"]})
    >>> migration_effectiveness(inflow, outflow).sel(region="KZ-71").item()
    50.0
    >>> migration_effectiveness(inflow, outflow, over="region").item()
    50.0
    """
    inflow, outflow = same_cells(inflow.rename("inflow"), outflow.rename("outflow"))
    terms = shared_terms(inflow, outflow)
    refuse_negative(inflow, name="inflow")
    refuse_negative(outflow, name="outflow")
    net, turnover = inflow - outflow, inflow + outflow
    if over is not None:
        require_dims(inflow, over, name="inflow")
        net = abs(net).sum(over, skipna=False)
        turnover = turnover.sum(over, skipna=False)
    ratio = 100 * net / turnover.where(turnover != 0)
    reasons = {
        "nobody moved": np.asarray(turnover == 0),
        "flow missing": np.asarray(turnover.isnull()),
    }
    return stamp(
        ratio,
        name="migration_effectiveness" if over is None else "migration_effectiveness_index",
        units="percent",
        kind="index",
        inputs=(inflow, outflow),
        **(terms | missing_reason(ratio, reasons)),
    )


def migration_effectiveness_index(
    flows: xr.DataArray, *, diagonal: Diagonal = "refuse", missing: Missing = "refuse"
) -> xr.DataArray:
    """How much of all movement between places is left as redistribution.

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
    DataArray [...], percent
        From 0 (every stream has its counterstream) to 100 (all moves one way); missing
        where nobody moved, or for one place.

    Raises
    ------
    SchemaError
        As :func:`flow_margins`.
    CoverageError
        A cell is missing.

    See Also
    --------
    migration_effectiveness : By place; with ``over``, this index from margins alone.

    Notes
    -----
    ``MEI = 100 sum |N_i| / sum (D_i + O_i)``.

    References
    ----------
    Shryock, H. and Siegel, J. (1976). The Methods and Materials of Demography.
    Bell, M. and others (2002). Journal of the Royal Statistical Society A 165(3), 435-464.

    Examples
    --------
    >>> places = {"origin": ["A", "B"], "destination": ["A", "B"]}
    >>> flows = xr.DataArray([[0, 30], [20, 0]], coords=places)
    >>> migration_effectiveness_index(flows).item()
    20.0
    """
    table = od_table(flows, diagonal=diagonal, missing=missing)
    return table.system(
        effectiveness_index(table.cells), name="migration_effectiveness_index", units="percent"
    )
