# SPDX-License-Identifier: Apache-2.0
"""How far people move, and how fast flows fall with distance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from keruen.core.arrays import require_dims, same_cells
from keruen.core.errors import CoverageError, SchemaError, WorkbenchError, raise_faults
from keruen.measure._checks import Floats, cells_where, over
from keruen.measure._od import Diagonal, Missing, OdTable, od_table
from keruen.measure._spatial import poisson_decay
from keruen.measure._tables import table_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "DistanceDecay",
    "distance_decay",
    "mean_migration_distance",
    "median_migration_distance",
]


@dataclass(frozen=True)
class DistanceDecay:
    """Fit of flows to origin, destination and distance.

    Parameters
    ----------
    coefficient : DataArray [...], per unit of ln distance
        Distance decay; -1 halves a flow when the distance doubles.
    standard_error : DataArray [...], per unit of ln distance
        Of the coefficient, widened by the dispersion (quasi-Poisson).
    dispersion : DataArray [...], dimensionless
        Pearson chi-square for each degree of freedom; 1 if moves were independent.
    margin_error : DataArray [...], dimensionless
        Largest relative gap between fitted and observed margins.
    """

    coefficient: xr.DataArray
    standard_error: xr.DataArray
    dispersion: xr.DataArray
    margin_error: xr.DataArray

    def to_table(self) -> pd.DataFrame:
        """Tidy table: one row a table of flows."""
        return table_of(self)


def mean_migration_distance(
    flows: xr.DataArray,
    distance: xr.DataArray,
    *,
    diagonal: Diagonal = "refuse",
    missing: Missing = "refuse",
) -> xr.DataArray:
    """Mean distance of a move.

    Parameters
    ----------
    flows : DataArray [origin, destination, ...], persons or moves
        From origin to destination over one interval.
    distance : DataArray [origin, destination, ...], km
        Between places, above 0; the diagonal is not read.
    diagonal : {"refuse", "stayers"}, optional
        Whether cells from a place to itself hold people who stayed, to be left out.
    missing : {"refuse", "zero"}, optional
        Whether a missing flow is refused or read as nobody.

    Returns
    -------
    DataArray [...], in the unit of the distance
        Missing where nobody moved, or for one place.

    Raises
    ------
    SchemaError
        The table is faulty, or a distance is not above 0 (``ZeroDistance``).
    CoverageError
        A flow or a distance is missing, or their places differ.

    See Also
    --------
    median_migration_distance : Less moved by a few long streams.

    Notes
    -----
    ``sum(m d) / sum(m)``. With one distance a pair of places, moves within a place have
    none, and the mean grows with the size of the places.

    References
    ----------
    Bell, M. and others (2002). Journal of the Royal Statistical Society A 165(3), 435-464.

    Examples
    --------
    >>> places = {"origin": ["A", "B"], "destination": ["A", "B"]}
    >>> flows = xr.DataArray([[0, 30], [10, 0]], coords=places)
    >>> distance = xr.DataArray([[0, 100], [140, 0]], coords=places)
    >>> mean_migration_distance(flows, distance).item()
    110.0
    """
    table, km = _with_distance(flows, distance, diagonal, missing)
    mean = over((table.cells * km).sum(axis=(-2, -1)), table.moves)
    return table.system(
        mean, name="mean_migration_distance", units=_unit(distance), inputs=(distance,)
    )


def median_migration_distance(
    flows: xr.DataArray,
    distance: xr.DataArray,
    *,
    diagonal: Diagonal = "refuse",
    missing: Missing = "refuse",
) -> xr.DataArray:
    """Distance that half of all moves do not exceed.

    Parameters
    ----------
    flows : DataArray [origin, destination, ...], persons or moves
        From origin to destination over one interval.
    distance : DataArray [origin, destination, ...], km
        Between places, above 0; the diagonal is not read.
    diagonal : {"refuse", "stayers"}, optional
        Whether cells from a place to itself hold people who stayed, to be left out.
    missing : {"refuse", "zero"}, optional
        Whether a missing flow is refused or read as nobody.

    Returns
    -------
    DataArray [...], in the unit of the distance
        The smallest distance within which at least half the moves fall.

    Raises
    ------
    SchemaError
        The table is faulty, or a distance is not above 0 (``ZeroDistance``).
    CoverageError
        A flow or a distance is missing, or their places differ.

    See Also
    --------
    mean_migration_distance : The mean of the same distances.

    Notes
    -----
    Always one of the distances given: R's migest interpolates between two of them.

    References
    ----------
    Bell, M. and others (2002). Journal of the Royal Statistical Society A 165(3), 435-464.

    Examples
    --------
    >>> places = {"origin": ["A", "B"], "destination": ["A", "B"]}
    >>> flows = xr.DataArray([[0, 30], [10, 0]], coords=places)
    >>> distance = xr.DataArray([[0, 100], [140, 0]], coords=places)
    >>> median_migration_distance(flows, distance).item()
    100.0
    """
    table, km = _with_distance(flows, distance, diagonal, missing)
    return table.system(
        _weighted_median(table.cells, km),
        name="median_migration_distance",
        units=_unit(distance),
        inputs=(distance,),
    )


def distance_decay(
    flows: xr.DataArray,
    distance: xr.DataArray,
    *,
    diagonal: Diagonal = "refuse",
    missing: Missing = "refuse",
) -> DistanceDecay:
    """How fast flows fall with distance, origins and destinations being equal.

    Parameters
    ----------
    flows : DataArray [origin, destination, ...], persons or moves
        From origin to destination over one interval.
    distance : DataArray [origin, destination, ...], km
        Between places, above 0; the diagonal is not read.
    diagonal : {"refuse", "stayers"}, optional
        Whether cells from a place to itself hold people who stayed, to be left out.
    missing : {"refuse", "zero"}, optional
        Whether a missing flow is refused or read as nobody.

    Returns
    -------
    DistanceDecay
        Coefficient, its standard error, dispersion and margin error of every table.

    Raises
    ------
    SchemaError
        The table is faulty, or a distance is not above 0 (``ZeroDistance``).
    CoverageError
        A flow or a distance is missing, or their places differ.
    ConvergenceError
        The fit did not settle (``NotConverged``).

    Notes
    -----
    Coefficient ``beta`` of ``m_ij ~ Poisson(exp(u_i + v_j + beta ln d_ij))`` over the
    cells off the diagonal, by Newton steps until all margins are met to 1e-9. It is
    missing, with the reason, where origins and destinations already fix every flow:
    always for two places, and where one place takes part in every move.

    References
    ----------
    Bell, M. and others (2002). Journal of the Royal Statistical Society A 165(3), 435-464.
    Flowerdew, R. and Aitkin, M. (1982). Journal of Regional Science 22(2), 191-202.

    Examples
    --------
    >>> names = ["A", "B", "C", "D"]
    >>> places = {"origin": names, "destination": names}
    >>> km = np.abs(np.subtract.outer([0, 1, 3, 7], [0, 1, 3, 7])) + 1.0
    >>> flows = xr.DataArray(1000 / km * (1 - np.eye(4)), coords=places)
    >>> decay = distance_decay(flows, xr.DataArray(km, coords=places))
    >>> round(decay.coefficient.item(), 6)
    -1.0
    """
    table, km = _with_distance(flows, distance, diagonal, missing)
    n = table.places
    x = np.log(np.where(np.eye(n, dtype=bool), 1.0, km))
    fit = poisson_decay(table.cells.reshape(-1, n, n), x.reshape(-1, n, n))
    shape = table.cells.shape[:-2]
    fixed = {"distance cannot be told from origin and destination": ~fit.identified.reshape(shape)}

    def part(values: Floats, name: str, units: str) -> xr.DataArray:
        return table.system(
            values.reshape(shape), name=name, units=units, reasons=fixed, inputs=(distance,)
        )

    return DistanceDecay(
        coefficient=part(fit.coefficient, "distance_decay", "per unit of ln distance"),
        standard_error=part(
            fit.standard_error, "distance_decay_standard_error", "per unit of ln distance"
        ),
        dispersion=part(fit.dispersion, "dispersion", "1"),
        margin_error=part(fit.margin_error, "margin_error", "1"),
    )


def _with_distance(
    flows: xr.DataArray, distance: xr.DataArray, diagonal: Diagonal, missing: Missing
) -> tuple[OdTable, Floats]:
    """The checked table, and the distance of each of its cells (diagonal 0)."""
    table = od_table(flows, diagonal=diagonal, missing=missing)
    require_dims(distance, "origin", "destination", name="distance")
    source, km = same_cells(table.source, distance)
    beyond = [str(d) for d in km.dims if d not in source.dims]
    if beyond:
        raise CoverageError(
            f"distance is split by {', '.join(beyond)} and the flows are not",
            where="distance",
            remedy="give one distance a flow",
        )
    km = km.transpose(..., "origin", "destination")
    off = ~np.eye(table.places, dtype=bool)
    values = km.to_numpy().astype(np.float64)
    faults: list[WorkbenchError] = []
    if found := cells_where(km, np.isnan(values) & off):
        faults.append(
            CoverageError(
                "distances are missing", where=found, remedy="give a distance for every pair"
            )
        )
    if found := cells_where(km, (values <= 0) & off):
        faults.append(
            SchemaError(
                "a distance is not above 0",
                where=found,
                remedy="give the distance between the centres of two different places",
                id="ZeroDistance",
            )
        )
    raise_faults(faults, where="distance")
    outer = [d for d in source.dims if d not in ("origin", "destination")]
    km = km.copy(data=np.where(off, values, 0.0)).expand_dims(
        [d for d in outer if d not in km.dims]
    )
    aligned = km.transpose(*outer, "origin", "destination").to_numpy()
    return table, np.asarray(np.broadcast_to(aligned, table.cells.shape))


def _weighted_median(weights: Floats, values: Floats) -> Floats:
    """Smallest value with half the weight at or below it, over the last two axes."""
    flat = (*weights.shape[:-2], -1)
    w, v = weights.reshape(flat), values.reshape(flat)
    order = np.argsort(v, axis=-1, kind="stable")
    v = np.take_along_axis(v, order, axis=-1)
    reached = np.cumsum(np.take_along_axis(w, order, axis=-1), axis=-1)
    half = reached[..., -1:] / 2
    first = np.argmax(reached >= half, axis=-1)
    return np.take_along_axis(v, first[..., None], axis=-1)[..., 0]


def _unit(distance: xr.DataArray) -> str:
    return str(distance.attrs.get("units", "unit of the distance"))
