# SPDX-License-Identifier: Apache-2.0
"""Options of the flow methods, checked and brought to the order of the tables."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from keruen.core.arrays import few, require_dims
from keruen.core.errors import CoverageError, SchemaError
from keruen.measure._flow_checks import coordinates
from keruen.measure._flow_inputs import FlowInputs
from keruen.measure._scaling import Floats

_STEEPEST = 500.0


@dataclass(frozen=True)
class Options:
    """Options in the order of the tables.

    Parameters
    ----------
    weight : ndarray [table]
        Share of the minimum in the mixture of ``pseudo_bayes``.
    log_seed : ndarray [place, place] or None
        Logarithms of the seed; None for a flat one.
    log_cost : ndarray [place, place]
        ``-cost / epsilon``, the logarithms of the kernel of ``transport``.
    world_total : ndarray [table] or None
        All moves, for ``rate``.
    years : ndarray [table] or None
        Length of the interval.
    own_shares : bool
        Spread the surplus of an open account by the same table's shares.
    rtol : float
        Largest relative margin error allowed.
    max_iterations : int
        Steps after which a fit is given up.
    """

    weight: Floats
    log_seed: Floats | None
    log_cost: Floats
    world_total: Floats | None
    years: Floats | None
    own_shares: bool
    rtol: float
    max_iterations: int


def read_options(
    inputs: FlowInputs,
    *,
    seed: xr.DataArray | None,
    weight: float | xr.DataArray,
    cost: xr.DataArray | None,
    epsilon: float,
    outside: str,
    world_total: float | xr.DataArray | None,
    interval_years: float | xr.DataArray | None,
    rtol: float,
    max_iterations: int,
) -> Options:
    """Check every option of ``flows_from_stocks`` beside the stocks."""
    if outside not in ("other_shares", "own_shares"):
        raise SchemaError(
            f"'{outside}' is not a way to spread people outside the system",
            where="outside",
            remedy="choose 'other_shares' or 'own_shares'",
        )
    years = None if interval_years is None else per_table(inputs, interval_years, "interval_years")
    total = None if world_total is None else per_table(inputs, world_total, "world_total")
    return Options(
        weight=per_table(inputs, weight, "weight", highest=1.0),
        log_seed=None if seed is None else _log_seed(inputs, seed),
        log_cost=_log_cost(inputs, cost, epsilon),
        world_total=total,
        years=years,
        own_shares=outside == "own_shares",
        rtol=rtol,
        max_iterations=max_iterations,
    )


def per_table(
    inputs: FlowInputs, value: float | xr.DataArray, name: str, *, highest: float = np.inf
) -> Floats:
    """One number a table, from a number or an array of the outer dimensions."""
    if isinstance(value, xr.DataArray):
        unknown = set(value.dims) - set(inputs.outer.dims)
        if unknown:
            raise SchemaError(
                f"'{name}' has a dimension that the stocks lack: {few(sorted(map(str, unknown)))}",
                where=name,
                remedy="give a number, or an array of the stocks' years, sexes or trajectories",
            )
        numbers = np.asarray(value.broadcast_like(inputs.outer, exclude=()).to_numpy(), float)
    else:
        numbers = np.full(inputs.shape, float(value))
    if not ((numbers >= 0) & (numbers <= highest)).all():
        limit = f"from 0 to {highest:g}" if np.isfinite(highest) else "0 or more"
        raise SchemaError(f"'{name}' must be {limit}", where=name, remedy="correct it")
    return numbers.reshape(-1)


def pair_table(inputs: FlowInputs, table: xr.DataArray, name: str) -> Floats:
    """Values ``[origin, destination]`` in the order of the places, each 0 or more."""
    require_dims(table, "origin", "destination", name=name)
    for dim in ("origin", "destination"):
        lacking = [place for place in inputs.places if place not in table.indexes[dim]]
        if lacking:
            raise CoverageError(
                f"'{name}' lacks places of the stocks on '{dim}'",
                where=few(lacking),
                remedy="give every pair of places of the stocks",
            )
    table = table.transpose("origin", "destination")
    table = table.sel(origin=inputs.places, destination=inputs.places)
    values = np.asarray(table.to_numpy(), dtype=float)
    bad = ~(values >= 0)
    if bad.any():
        raise SchemaError(
            f"'{name}' has missing or negative cells",
            where=coordinates(table.copy(data=bad)),
            remedy="give 0 or more for every pair",
            id="NegativeInput" if (values < 0).any() else "MissingCell",
        )
    return values


def _log_seed(inputs: FlowInputs, seed: xr.DataArray) -> Floats:
    values = pair_table(inputs, seed, "seed")
    if not np.isfinite(values).all():
        raise SchemaError(
            "'seed' has infinite cells", where="seed", remedy="give numbers", id="MissingCell"
        )
    with np.errstate(divide="ignore"):
        return np.log(values)


def _log_cost(inputs: FlowInputs, cost: xr.DataArray | None, epsilon: float) -> Floats:
    """Logarithms of the kernel ``exp(-cost / epsilon)``; an infinite cost forbids a pair."""
    size = len(inputs.places)
    values = 1.0 - np.eye(size) if cost is None else pair_table(inputs, cost, "cost")
    if not epsilon > 0:
        raise SchemaError(
            f"epsilon must be above 0, not {epsilon:g}",
            where="epsilon",
            remedy="a small epsilon approaches the cheapest transport",
        )
    finite = values[np.isfinite(values)]
    steepest = float(np.ptp(finite)) / epsilon if finite.size else 0.0
    if steepest > _STEEPEST:
        raise SchemaError(
            f"costs differ by {steepest:.0f} epsilon, beyond what numbers can hold",
            where="epsilon",
            remedy=f"give epsilon of {float(np.ptp(finite)) / _STEEPEST:.3g} or more",
        )
    return -values / epsilon
