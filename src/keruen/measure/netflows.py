# SPDX-License-Identifier: Apache-2.0
"""Flow tables from net totals and a first guess."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, get_args

import numpy as np
import xarray as xr

from keruen.core.arrays import few, require_dims, same_cells, stamp
from keruen.core.errors import (
    AccountError,
    ConvergenceError,
    InfeasibleError,
    SchemaError,
    raise_faults,
)
from keruen.core.tables import to_table
from keruen.measure._flow_checks import coordinates
from keruen.measure._margin_checks import value_faults
from keruen.measure._net_fit import NetFit, fit_absolute, fit_cycles, fit_dual, net_error
from keruen.measure._programme import conflict
from keruen.measure._scaling import Floats

if TYPE_CHECKING:
    import pandas as pd

NetMethod = Literal["entropy", "ipf", "linear", "least_squares"]
NET_METHODS: Final[tuple[NetMethod, ...]] = get_args(NetMethod)
_PLACES: Final = ("country", "region")
_BALANCED: Final = 1e-9


@dataclass(frozen=True)
class NetFlows:
    """Flows whose net totals are those given.

    Parameters
    ----------
    flows : DataArray [..., origin, destination], persons
        The table nearest to the seed.
    margin_error : DataArray [...]
        Largest gap of any place, relative to all that came and went there.
    iterations : int
        Iterations taken; 0 for the linear programme.
    objective : DataArray [...]
        What the method minimised.

    See Also
    --------
    flows_from_net : Makes it.
    """

    flows: xr.DataArray
    margin_error: xr.DataArray
    iterations: int
    objective: xr.DataArray

    def to_table(self) -> pd.DataFrame:
        """Tidy table, one row a pair.

        Returns
        -------
        DataFrame
            Columns are the dimensions and ``flows``.
        """
        return to_table(self.flows)


def flows_from_net(
    net: xr.DataArray,
    seed: xr.DataArray,
    *,
    method: NetMethod = "entropy",
    rtol: float = 1e-9,
    max_iterations: int = 1000,
) -> NetFlows:
    """Bilateral flows that have given net totals and stay near a first guess.

    Parameters
    ----------
    net : DataArray [country, ...], persons
        Arrivals less departures of each place; adds up to 0. ``region`` may stand in place
        of ``country``; further dimensions are carried through.
    seed : DataArray [origin, destination, ...], persons
        First guess. A zero stays zero; the diagonal must be zero.
    method : {"entropy", "ipf", "linear", "least_squares"}
        What "near" means; see Notes.
    rtol : float, optional
        Largest gap of any place allowed, relative to all that came and went there.
    max_iterations : int, optional
        Iterations after which the fit is given up.

    Returns
    -------
    NetFlows
        ``flows``, ``margin_error``, ``iterations``, ``objective``.

    Raises
    ------
    SchemaError
        The method is unknown, a cell is missing (``MissingCell``) or the seed negative
        (``NegativeInput``) or not empty on its diagonal (``NotEmptyDiagonal``).
    CoverageError
        Places of net totals and seed differ.
    AccountError
        Net totals do not add up to zero (``InconsistentTotals``).
    InfeasibleError
        Places lose people, but no chain of positive seeds leads to places that gain them.
    ConvergenceError
        The fit did not reach ``rtol``.

    See Also
    --------
    fit_margins : When arrivals and departures are known separately.

    Notes
    -----
    With ``m`` the seed, ``F`` the flows and ``sum_i F_ij - sum_k F_jk = N_j``:

    ``entropy``
        minimises ``sum(F ln(F / m) - F + m)``, with the solution ``F_ij = a_i m_ij / a_j``,
        by Newton's method on ``ln a``. The default: it keeps every seeded flow positive and
        does not depend on the order of places.
    ``ipf``
        finds the same table one place at a time, each time the positive root of
        ``A a^2 + N a - C = 0``, where ``A = sum_j m_ij / a_j`` and ``C = sum_j a_j m_ji``.
        Slower; kept because it is the published algorithm.
    ``least_squares``
        minimises ``sum((F - m)^2)`` with ``F >= 0``: ``F = max(0, m + x_i - x_j)``.
    ``linear``
        minimises ``sum(|F - m|)`` with ``F >= 0``, a linear programme. Few flows change, each
        by much; when several tables are equally near, one of them is returned.

    References
    ----------
    Plane, D. A. (1981). International Regional Science Review 6(1), 33-51.
    Willekens, F. (1999). Mathematical Population Studies 7(3), 239-278.

    Examples
    --------
    >>> places = ["A", "B", "C"]
    >>> seed = xr.DataArray(
    ...     [[0.0, 10, 20], [5, 0, 10], [20, 5, 0]], {"origin": places, "destination": places}
    ... )
    >>> net = xr.DataArray([-10.0, 4.0, 6.0], {"country": places})
    >>> flows = flows_from_net(net, seed).flows
    >>> (flows.sum("origin").values - flows.sum("destination").values).round(6).tolist()
    [-10.0, 4.0, 6.0]
    """
    if method not in NET_METHODS:
        raise SchemaError(
            f"'{method}' is not a method of flows from net totals",
            where="method",
            remedy=f"choose one of {', '.join(NET_METHODS)}",
        )
    dim = next((place for place in _PLACES if place in net.dims), "country")
    require_dims(net, dim, name="net")
    require_dims(seed, "origin", "destination", name="seed")
    net, seed = net.rename("net"), seed.rename("seed")
    faults = [
        fault for fault in value_faults([net, seed]) if "'net' has negative" not in fault.what
    ]
    raise_faults(faults, where="the inputs of flows_from_net")
    wanted, guess = _tables(net, seed, dim)
    totals = _values(wanted, 1)
    seeds = _values(guess, 2)
    _refuse_diagonal(guess)
    _refuse_unbalanced(wanted, dim)
    _refuse_cut_off(seeds, totals, wanted)
    fit = _fit(method, seeds, totals, rtol=rtol, max_iterations=max_iterations)
    if not (fit.error <= rtol).all():
        raise ConvergenceError(
            f"net totals were met to {float(fit.error.max()):.2g}, not {rtol:g}",
            where=method,
            remedy="raise max_iterations, accept a larger rtol, or use method='entropy'",
            id="NotConverged",
            diagnostics={"margin_error": float(fit.error.max()), "iterations": fit.iterations},
        )
    outer = wanted.isel({dim: 0}, drop=True)
    flows = stamp(
        guess.copy(data=fit.flows.reshape(guess.shape)),
        name="flows",
        units="persons",
        kind="count",
        inputs=[net],
        method=method,
        diagonal="empty",
    )
    return NetFlows(
        flows=flows,
        margin_error=outer.copy(data=fit.error.reshape(outer.shape)).rename("margin_error"),
        iterations=fit.iterations,
        objective=outer.copy(data=_objective(method, fit.flows, seeds).reshape(outer.shape)).rename(
            "objective"
        ),
    )


def _tables(net: xr.DataArray, seed: xr.DataArray, dim: str) -> tuple[xr.DataArray, xr.DataArray]:
    """Both arrays over the same outer dimensions, places in the order of the net totals."""
    places = net.indexes[dim]
    for side in ("origin", "destination"):
        same_cells(net.isel({d: 0 for d in net.dims if d != dim}, drop=True).rename({dim: side}),
                   seed.isel({d: 0 for d in seed.dims if d != side}, drop=True))  # fmt: skip
    seed = seed.sel(origin=places, destination=places)
    net, seed = same_cells(net, seed)
    outer = [d for d in (*net.dims, *seed.dims) if d not in (dim, "origin", "destination")]
    outer = list(dict.fromkeys(outer))
    frame = xr.DataArray(
        np.zeros([(net if d in net.dims else seed).sizes[d] for d in outer]),
        coords={str(d): (net if d in net.dims else seed).indexes[str(d)] for d in outer},
        dims=outer,
    )
    net = net.broadcast_like(frame).transpose(*outer, dim)
    return net, seed.broadcast_like(frame).transpose(*outer, "origin", "destination")


def _values(array: xr.DataArray, core: int) -> Floats:
    values = np.asarray(array.to_numpy(), dtype=float)
    return values.reshape(-1, *values.shape[-core:])


def _refuse_diagonal(seed: xr.DataArray) -> None:
    diagonal = np.eye(seed.sizes["origin"], dtype=bool) & (seed.to_numpy() > 0)
    if diagonal.any():
        raise SchemaError(
            "the seed is not empty on its diagonal",
            where=coordinates(seed.copy(data=diagonal)),
            remedy="put 0 there: people who stay are no flow",
            id="NotEmptyDiagonal",
        )


def _refuse_unbalanced(net: xr.DataArray, dim: str) -> None:
    total, size = net.sum(dim), abs(net).sum(dim)
    bad = abs(total) > _BALANCED * (size + 1)
    if bool(bad.any()):
        where = coordinates(bad) if bad.ndim else ""
        raise AccountError(
            f"net totals add up to {float(abs(total).max()):,.6g}, not to zero",
            where=where,
            remedy="scale gains and losses to the same total, or add the rest of the world",
            id="InconsistentTotals",
        )


def _refuse_cut_off(seeds: Floats, totals: Floats, net: xr.DataArray) -> None:
    """Refuse places that lose people with no way, by seeded flows, to places that gain them."""
    from scipy.sparse.csgraph import shortest_path

    places = net.indexes[str(net.dims[-1])]
    for seed, total in zip(seeds, totals, strict=True):
        senders, receivers = np.flatnonzero(total < 0), np.flatnonzero(total > 0)
        whole = (seed[~np.eye(len(seed), dtype=bool)] > 0).all()
        if whole or not senders.size or not receivers.size:
            continue
        reach = np.isfinite(shortest_path(seed > 0, unweighted=True))
        gains = total[receivers]
        losses = -total[senders] * (gains.sum() / -total[senders].sum())
        found = conflict(reach[np.ix_(senders, receivers)], losses, gains)
        if found is not None:
            losing, gaining = places[senders[found.rows]], places[receivers[found.columns]]
            what = (
                f"{few(gaining)} gain {found.need:,.6g} people, but can only be reached from "
                f"{few(losing) or 'no place that loses'}, where {found.room:,.6g} are lost"
                if found.of_columns
                else f"{few(losing)} lose {found.need:,.6g} people who can only reach "
                f"{few(gaining) or 'no place that gains'}, where {found.room:,.6g} are gained"
            )
            raise InfeasibleError(
                what,
                where="seed",
                remedy="let the seed be positive between more of those places",
                id="Infeasible",
            )


def _fit(
    method: NetMethod, seeds: Floats, totals: Floats, *, rtol: float, max_iterations: int
) -> NetFit:
    if method == "ipf":
        return fit_cycles(seeds, totals, rtol=rtol, max_iterations=max_iterations)
    if method == "linear":
        flows = np.stack([fit_absolute(s, t) for s, t in zip(seeds, totals, strict=True)])
        return NetFit(flows, net_error(flows, totals), 0)
    return fit_dual(
        seeds, totals, entropy=method == "entropy", rtol=rtol, max_iterations=max_iterations
    )


def _objective(method: NetMethod, flows: Floats, seeds: Floats) -> Floats:
    """What was minimised, at the flows found."""
    if method == "linear":
        return np.asarray(np.abs(flows - seeds).sum(axis=(1, 2)))
    if method == "least_squares":
        return np.asarray(((flows - seeds) ** 2).sum(axis=(1, 2)))
    both = (flows > 0) & (seeds > 0)
    log = np.log(np.divide(flows, seeds, out=np.ones_like(flows), where=both))
    return np.asarray((flows * log - flows + seeds).sum(axis=(1, 2)))
