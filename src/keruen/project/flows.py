# SPDX-License-Identifier: Apache-2.0
"""Flows between all pairs of places: how many will leave, and where they will go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import xarray as xr

from keruen.core.arrays import stamp
from keruen.core.errors import CoverageError, SchemaError
from keruen.core.random import stream
from keruen.project import _flowsteps
from keruen.project._flowinputs import (
    Array,
    flow_method,
    flow_values,
    period_years,
    population_place,
    population_values,
)
from keruen.project._outrates import walk_outflows
from keruen.project.flowrecord import FlowRecord, flow_record
from keruen.project.flowtotals import match_totals

__all__ = [
    "FlowPaths",
    "FlowRecord",
    "backtest_flows",
    "flow_record",
    "match_totals",
    "project_flows",
]

ShareRule = Literal["logistic-normal", "dirichlet"]
"""How destination shares vary: by a factor a pair, or all of an origin together."""

_QUANTILES: Final = (0.025, 0.1, 0.5, 0.9, 0.975)


@dataclass(frozen=True)
class FlowPaths:
    """Futures of the flows between places.

    Parameters
    ----------
    outflow : DataArray [trajectory, year, origin], persons
        People who leave each place in the period that starts in ``year``.
    inflow : DataArray [trajectory, year, destination], persons
        People who come; sums over places equal those of ``outflow`` in every path.
    flows : DataArray [quantile, year, origin, destination], persons
        Quantiles of each flow; quantiles of parts do not add up to those of totals.
    limited : DataArray [year, origin], share
        Share of paths in which the out-rate was held at ``max_out``.
    """

    outflow: xr.DataArray
    inflow: xr.DataArray
    flows: xr.DataArray
    limited: xr.DataArray

    @property
    def net(self) -> xr.DataArray:
        """Net migration [trajectory, year, country], persons; it adds to zero in every path."""
        place = self.outflow.attrs["place"]
        inflow = self.inflow.rename(destination=place)
        difference = inflow - self.outflow.rename(origin=place)
        return stamp(difference, name="net_migration", units="persons", kind="count")


def project_flows(
    flows: xr.DataArray,
    population: xr.DataArray,
    *,
    periods: int,
    trajectories: int = 1_000,
    shares: ShareRule = "logistic-normal",
    probs: Sequence[float] = _QUANTILES,
    max_out: float = 0.8,
    seed: int = 0,
) -> FlowPaths:
    """Flows between all pairs of places, as many futures.

    Parameters
    ----------
    flows : DataArray [year, origin, destination], persons
        Flows of past periods by their first year, of one method of estimation, named in
        ``attrs["flow_method"]``; the diagonal zero or missing.
    population : DataArray [year, country or region], persons
        Population at the start of every period, past and projected.
    periods : int
        Periods to project.
    trajectories : int, optional
        Number of paths.
    shares : {"logistic-normal", "dirichlet"}, optional
        How destination shares vary; see Notes.
    probs : sequence of float, optional
        Probabilities of the quantiles of single flows.
    max_out : float, optional
        Largest share of a population that may leave in one period.
    seed : int, optional
        Seed of the run.

    Returns
    -------
    FlowPaths

    Raises
    ------
    SchemaError
        Flows are not square, negative or missing; people on the diagonal; an option out of
        range.
    UnitsError
        The flows do not name their method.
    CoverageError
        There are fewer than three periods, or population lacks a place or year.
    ConvergenceError
        The sampler of the out-rates has not settled.

    See Also
    --------
    backtest_flows : The record of this method on the last period.
    match_totals : Fit flows to given totals.

    Notes
    -----
    The log of the out-rate follows the hierarchical autoregression of
    ``fit_net_migration``, with priors in log units. Shares walk from the last ones: their
    centre mixes last shares, those before and the world's, with weights in tenths that
    misplaced fewest people in the past. Around it they vary by a lognormal factor a pair,
    rescaled to add to 1, whose spread by size of flow puts 80% of past changes in 80%
    intervals; part of it is a shock that all flows into a destination share. ``dirichlet``
    has one concentration an origin, by moments; it makes small flows vanish. Flow is
    out-total times share, so the world balances.

    References
    ----------
    Welch, N. and Raftery, A. (2022). PNAS 119(35), e2203822119.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(1)
    >>> places, years = list("ABCDEF"), range(1990, 2020, 5)
    >>> counts = rng.lognormal(6, 1, (6, 6)) * rng.lognormal(0, 0.2, (6, 6, 6))
    >>> counts[:, range(6), range(6)] = 0.0
    >>> past = xr.DataArray(
    ...     counts, coords={"year": years, "origin": places, "destination": places},
    ...     dims=("year", "origin", "destination"), attrs={"flow_method": "example"},
    ... )
    >>> people = xr.DataArray(
    ...     np.full((7, 6), 1e5), coords={"year": range(1990, 2025, 5), "country": places},
    ...     dims=("year", "country"),
    ... )
    >>> future = project_flows(past, people, periods=1, trajectories=200, seed=1)
    >>> bool(abs(future.net.sum("country")).max() < 1e-6)
    True
    """
    flow_method(flows)
    values = flow_values(flows)
    years = _years(flows, periods)
    places = flows.indexes["origin"]
    if len(values) < 3:
        raise CoverageError(
            "shares and totals are learnt from three periods or more", where="flows"
        )
    if trajectories < 1 or not 0 < max_out <= 1:
        raise SchemaError(
            "trajectories are 1 or more, max_out is a share above 0",
            where=f"trajectories={trajectories}, max_out={max_out}",
        )
    people = population_values(population, places, years)
    outflow, limited = walk_outflows(
        values.sum(axis=2), people, trajectories=trajectories, max_out=max_out, seed=seed
    )
    model = _flowsteps.fit_shares(values)
    start = _flowsteps.start_shares(values)
    common = stream(seed, "project", "flows", "destinations").standard_normal(outflow.shape)
    inflow = np.zeros_like(outflow)
    spread = np.empty((len(probs), periods, len(places), len(places)))
    for origin in range(len(places)):
        tight = float(model.concentration[origin]) if shares == "dirichlet" else None
        walked = _flowsteps.walk_shares(
            model,
            start[:, origin],
            outflow[:, :, origin],
            shocks=np.sqrt(model.common) * common,
            concentration=tight,
            rng=stream(seed, "project", "flows", "shares", str(places[origin])),
        )
        inflow += walked
        spread[:, :, origin] = np.quantile(walked, list(probs), axis=0)
    when = {"trajectory": np.arange(trajectories), "year": years[-periods:]}
    ends = {"origin": list(places), "destination": list(places)}
    held = xr.DataArray(limited, coords={"year": when["year"], "origin": ends["origin"]})
    facts: dict[str, object] = {
        "flow_method": flow_method(flows),
        "interval_years": period_years(flows),
        "place": population_place(population),
        **{key: flows.attrs[key] for key in ("origin", "licence") if key in flows.attrs},
    }
    return FlowPaths(
        outflow=_counted(outflow, "outflow", {**when, "origin": ends["origin"]}, facts),
        inflow=_counted(inflow, "inflow", {**when, "destination": ends["destination"]}, facts),
        flows=_counted(
            spread, "flows", {"quantile": list(probs), "year": when["year"], **ends}, facts
        ),
        limited=stamp(held, name="limited", units="share", kind="share"),
    )


def backtest_flows(
    flows: xr.DataArray,
    population: xr.DataArray,
    *,
    trajectories: int = 1_000,
    shares: ShareRule = "logistic-normal",
    seed: int = 0,
) -> FlowRecord:
    """The record of ``project_flows`` on the last period, beside persistence.

    Parameters
    ----------
    flows : DataArray [year, origin, destination], persons
        Flows, as for ``project_flows``; the last period is held out.
    population : DataArray [year, country or region], persons
        Population at the start of every period.
    trajectories : int, optional
        Number of paths.
    shares : {"logistic-normal", "dirichlet"}, optional
        How destination shares vary.
    seed : int, optional
        Seed of the run.

    Returns
    -------
    FlowRecord
        Of the median of every flow; with the true population of the last period, as all
        rivals have it.

    Raises
    ------
    CoverageError
        There are fewer than four periods, or population lacks a place or year.

    See Also
    --------
    flow_record : Scores of any forecast of flows.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(1)
    >>> places, years = list("ABCDEF"), range(1990, 2020, 5)
    >>> counts = rng.lognormal(6, 1, (6, 6)) * rng.lognormal(0, 0.2, (6, 6, 6))
    >>> counts[:, range(6), range(6)] = 0.0
    >>> past = xr.DataArray(
    ...     counts, coords={"year": years, "origin": places, "destination": places},
    ...     dims=("year", "origin", "destination"), attrs={"flow_method": "example"},
    ... )
    >>> people = xr.DataArray(
    ...     np.full((6, 6), 1e5), coords={"year": years, "country": places},
    ...     dims=("year", "country"),
    ... )
    >>> backtest_flows(past, people, trajectories=200).table.method.tolist()
    ['model', 'last flow', 'out-rate times population', 'mean of five']
    """
    paths = project_flows(
        flows.isel(year=slice(None, -1)),
        population,
        periods=1,
        trajectories=trajectories,
        shares=shares,
        probs=(0.5,),
        seed=seed,
    )
    median = paths.flows.isel(quantile=0, year=0, drop=True)
    return flow_record({"model": median}, flows, population, seed=seed)


def _years(flows: xr.DataArray, periods: int) -> list[int]:
    if periods < 1:
        raise SchemaError("a projection has one period or more", where=f"periods={periods}")
    step = period_years(flows)
    past = [int(year) for year in flows.indexes["year"]]
    return past + [past[-1] + step * ahead for ahead in range(1, periods + 1)]


def _counted(
    values: Array, name: str, coords: dict[str, object], facts: dict[str, object]
) -> xr.DataArray:
    """Persons with their labels and the method of the flows they were learnt from."""
    array = xr.DataArray(values, dims=list(coords), coords=coords)
    array = stamp(array, name=name, units="persons", kind="count")
    return array.assign_attrs(facts)
