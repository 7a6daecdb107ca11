# SPDX-License-Identifier: Apache-2.0
"""How many people will leave each place: the autoregression of log out-rates."""

from __future__ import annotations

from typing import Final

import numpy as np

from keruen.core.errors import ConvergenceError
from keruen.core.random import stream
from keruen.project import _gibbs
from keruen.project._diagnostics import split_r_hat
from keruen.project._gibbs import Array
from keruen.project._netsteps import Parameters, start_rates

_EDGE: Final = 5.0  # bound of the prior of the mean and spread of log out-rates
_FEWEST_PAIRS: Final = 2
_R_HAT: Final = 1.05
_SWEEPS, _BURN_IN, _CHAINS, _KEPT = 6_000, 1_000, 4, 1_000


def walk_outflows(
    left: Array, people: Array, *, trajectories: int, max_out: float, seed: int
) -> tuple[Array, Array]:
    """Paths (paths, periods, places) of people leaving, and the share held at the limit.

    ``left`` is (past periods, places); ``people`` has as many rows more as are projected.
    """
    past, places = left.shape
    periods = len(people) - past
    rate = np.log(np.where(left > 0, left, np.nan) / people[:past]).T
    middle = float(np.nanmean(rate))
    parameters = _fitted(rate - middle, trajectories, seed)
    rng = stream(seed, "project", "flows", "outflow")
    now = start_rates(parameters, rate - middle, rng)
    mu, phi, sigma = parameters.mu, parameters.phi, parameters.sigma
    ceiling = np.log(max_out) - middle
    paths, held = np.empty((trajectories, periods, places)), np.empty((periods, places))
    for step in range(periods):
        now = mu + phi * (now - mu) + sigma * rng.standard_normal(mu.shape)
        held[step] = (now > ceiling).mean(axis=0)
        now = np.minimum(now, ceiling)
        paths[:, step] = np.exp(now + middle) * people[past + step]
    return paths, held


def _fitted(rate: Array, trajectories: int, seed: int) -> Parameters:
    """Draws of the parameters of every place, as many as there are paths."""
    found = _gibbs.sample(
        _gibbs.pairs_of(rate, _FEWEST_PAIRS),
        edge=_EDGE,
        sweeps=_SWEEPS,
        burn_in=_BURN_IN,
        chains=_CHAINS,
        kept=_KEPT,
        student=False,
        fixed={},
        rng=stream(seed, "project", "flows", "fit"),
    )
    _refuse_unsettled(found)
    pick = np.linspace(0, _CHAINS * _KEPT - 1, trajectories).round().astype(int)
    mu, phi, sigma = (
        part.reshape(-1, len(rate))[pick] for part in (found.mu, found.phi, found.sigma)
    )
    return Parameters(mu=mu, phi=phi, sigma=sigma, nu=np.full(trajectories, np.inf))


def _refuse_unsettled(found: _gibbs.Draws) -> None:
    worst = {
        name: float(np.max(split_r_hat(draws)))
        for name, draws in (("mean", found.mu), ("persistence", found.phi), ("shock", found.sigma))
    }
    if max(worst.values()) > _R_HAT:
        raise ConvergenceError(
            "the model of out-rates has not settled",
            where=", ".join(f"{name}: R-hat {value:.3f}" for name, value in worst.items()),
            remedy="look for places with few or erratic flows",
            diagnostics=dict(worst),
        )
