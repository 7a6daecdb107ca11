# SPDX-License-Identifier: Apache-2.0
"""Net migration of many countries: a hierarchical autoregression and its paths.

``fit_net_migration`` learns from all countries at once how far, how long and how strongly
net migration strays from a country's own mean; ``project_net_migration`` draws futures from
it. Balancing the world is in :mod:`keruen.project.balance`, the sampler in ``_gibbs``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

import xarray as xr

from keruen.core.arrays import same_cells, stamp
from keruen.core.errors import ConvergenceError, SchemaError
from keruen.core.random import stream
from keruen.project import _gibbs
from keruen.project._netinputs import check_rates, place_of, rate_values
from keruen.project._netlabels import label_draws
from keruen.project.balance import Balance, balance_world
from keruen.project.netlimits import MigrationLimits, cumulative_limits
from keruen.project.netmodel import HYPER, Errors, NetMigrationModel
from keruen.project.netpaths import (
    NetMigrationPaths,
    common_factor_loadings,
    project_net_migration,
)

if TYPE_CHECKING:
    import pandas as pd

    from keruen.project.rivals import Method

__all__ = [
    "Balance",
    "MigrationLimits",
    "NetMigrationModel",
    "NetMigrationPaths",
    "balance_world",
    "common_factor_loadings",
    "cumulative_limits",
    "fit_net_migration",
    "net_migration_method",
    "net_migration_rate",
    "project_net_migration",
]

_FEWEST_PAIRS: Final = 5
_R_HAT: Final = 1.05
_EFFECTIVE: Final = 400
_SYMBOLS: Final = dict(zip(HYPER, ("lam", "tau", "a", "b"), strict=True))


def net_migration_rate(migration: xr.DataArray, closing_population: xr.DataArray) -> xr.DataArray:
    """Net migrants of a period per person there would be without them.

    Parameters
    ----------
    migration : DataArray [year, country], persons
        Net migrants of the period.
    closing_population : DataArray [year, country], persons
        Population at the end of the period.

    Returns
    -------
    DataArray [year, country], per person
        Growth by migration: the population is ``1 + rate`` times what it would have been.

    Raises
    ------
    CoverageError
        Labels differ.
    SchemaError
        A population is not larger than its net migrants (``NegativeInput``).

    See Also
    --------
    keruen.measure.rates.crude_net_migration_rate : The usual rate, per thousand.

    Notes
    -----
    ``N / (P - N)`` with P the closing population. The rate is above -1, and rates of
    successive periods multiply.

    References
    ----------
    Azose, J. and Raftery, A. (2015). Demography 52(5), 1627-1650.

    Examples
    --------
    >>> net = xr.DataArray([50.0], coords={"year": [2020]}, name="net_migration")
    >>> people = xr.DataArray([1050.0], coords={"year": [2020]}, name="population")
    >>> net_migration_rate(net, people).item()
    0.05
    """
    migration, closing_population = same_cells(migration, closing_population)
    without = closing_population - migration
    if bool((without <= 0).any()):
        raise SchemaError(
            "a population is not larger than its net migrants",
            where=str(closing_population.name or "closing_population"),
            remedy="give both in persons, and the population at the end of the period",
            id="NegativeInput",
        )
    facts = {key: migration.attrs[key] for key in ("interval_years",) if key in migration.attrs}
    return stamp(
        migration / without,
        name="net_migration_rate",
        units="per person",
        kind="rate",
        inputs=[migration, closing_population],
        **facts,
    )


def fit_net_migration(
    rates: xr.DataArray,
    *,
    errors: Errors = "normal",
    sweeps: int = 12_000,
    burn_in: int = 2_000,
    chains: int = 4,
    draws: int = 4_000,
    hyper: Mapping[str, float] | None = None,
    check: bool = True,
    seed: int = 0,
) -> NetMigrationModel:
    """Hierarchical autoregression of net migration rates, by Gibbs sampling.

    Parameters
    ----------
    rates : DataArray [year, country], per person and period
        Net migration rates of ``net_migration_rate``; ``year`` is the first of the period,
        evenly spaced; missing rates are allowed. Regions may stand in place of countries.
    errors : {"normal", "student"}, optional
        Tails of the shocks; see Notes.
    sweeps : int, optional
        Sweeps of each chain, burn-in included.
    burn_in : int, optional
        Sweeps left out at the start of each chain.
    chains : int, optional
        Chains, which run side by side.
    draws : int, optional
        Draws kept of all chains together, evenly spaced.
    hyper : mapping of str to float, optional
        ``world_mean``, ``world_spread``, ``shape`` and ``scale``, all four, to hold them
        fixed: for a handful of regions under the priors of the world.
    check : bool, optional
        Whether chains that have not settled are an error.
    seed : int, optional
        Seed of the run.

    Returns
    -------
    NetMigrationModel

    Raises
    ------
    UnitsError
        The rates are not per person.
    SchemaError
        A rate is -1 or below, a dimension is missing, or an option is out of range.
    CoverageError
        Years are not evenly spaced (``MissingPeriod``).
    ConvergenceError
        A split R-hat is above 1.05 or an effective sample below 400; ``diagnostics`` of the
        error holds the table.

    See Also
    --------
    project_net_migration : Paths from the draws.

    Notes
    -----
    ``r[c, t] - mu[c] = phi[c] (r[c, t-1] - mu[c]) + e``, ``e ~ N(0, sigma[c]^2)`` with
    ``phi ~ U(0, 1)``, ``mu ~ N(lambda, tau^2)``, ``sigma^2 ~ InvGamma(a, b)``,
    ``lambda ~ U(-h/10, h/10)``, ``tau ~ U(0, h/10)``, ``a ~ U(1, 10)`` and
    ``b | a ~ U(0, (a - 1) h/10)``; h is the length of the period in years. Only pairs of
    neighbouring periods enter. A place with fewer than five is drawn from the other places
    and listed as ``unidentified``. The posterior of ``a`` lies against 1, so ``a`` walks on
    ``ln(a - 1)`` with b integrated out; ``tau`` walks with every mu integrated out.

    Student errors cover more of what happened at 95% but too little at 80%, and are worse
    in the middle on annual data: they are an option, not the default (see the page on the
    net migration model for the hold-out table of both).

    References
    ----------
    Azose, J. and Raftery, A. (2015). Demography 52(5), 1627-1650.

    Examples
    --------
    >>> import numpy as np
    >>> noise = np.random.default_rng(1).normal(np.linspace(-0.02, 0.02, 12), 0.004, (40, 12))
    >>> places = [f"C{number:02d}" for number in range(12)]
    >>> observed = xr.DataArray(
    ...     noise, coords={"year": range(1980, 2020), "country": places}, name="rate"
    ... )
    >>> model = fit_net_migration(observed, sweeps=3000, burn_in=500, seed=1)
    >>> model.mean.sizes["trajectory"], bool((model.diagnostics.r_hat <= 1.05).all())
    (4000, True)
    """
    place = place_of(rates)
    interval = check_rates(rates, place)
    kept = _kept(sweeps, burn_in, chains, draws)
    pairs = _gibbs.pairs_of(rate_values(rates, place), _FEWEST_PAIRS)
    if hyper is None and len(pairs.centre) < 3:
        raise SchemaError(
            f"{len(pairs.centre)} places cannot tell how places differ",
            where=place,
            remedy="give hyper=, the four parameters of a world model",
        )
    found = _gibbs.sample(
        pairs,
        edge=interval / 10.0,
        sweeps=sweeps,
        burn_in=burn_in,
        chains=chains,
        kept=kept,
        student=errors == "student",
        fixed=_fixed(hyper),
        rng=stream(seed, "project", "netmigration", "fit"),
    )
    model = label_draws(found, rates, errors=errors, told=pairs.seen.sum(axis=1) > 0)
    if check:
        _refuse_unsettled(model.diagnostics)
    return model


def net_migration_method(
    *,
    errors: Errors = "normal",
    special: Sequence[str] = (),
    trajectories: int = 1_000,
    check: bool = True,
    seed: int = 0,
) -> Method:
    """The model as a method for back-tests: history in, paths out.

    Parameters
    ----------
    errors : {"normal", "student"}, optional
        Tails of the shocks.
    special : sequence of str, optional
        Places whose highs bind only themselves, for the limits seen in the history.
    trajectories : int, optional
        Number of paths.
    check : bool, optional
        Whether chains that have not settled are an error.
    seed : int, optional
        Seed of the run.

    Returns
    -------
    callable
        Takes rates [year, country] and years; gives rates [trajectory, year, country].

    See Also
    --------
    keruen.project.backtest.backtest : Run it at past origins, beside naive rivals.
    """

    def method(history: xr.DataArray, years: Sequence[int]) -> xr.DataArray:
        model = fit_net_migration(history, errors=errors, check=check, seed=seed)
        paths = project_net_migration(
            model,
            history,
            periods=len(years),
            trajectories=trajectories,
            limits=cumulative_limits(history, special=special),
            seed=seed,
        )
        return paths.rates

    return method


def _kept(sweeps: int, burn_in: int, chains: int, draws: int) -> int:
    kept = -(-draws // chains) if chains > 0 else 0
    if chains < 2 or burn_in < 0 or kept < 4 or sweeps - burn_in < kept:
        raise SchemaError(
            f"{chains} chains of {sweeps} sweeps, {burn_in} of them burn-in, "
            f"cannot give {draws} draws",
            where="fit_net_migration",
            remedy="use two chains or more and at least as many sweeps as draws a chain",
        )
    return kept


def _fixed(hyper: Mapping[str, float] | None) -> dict[str, float]:
    if hyper is None:
        return {}
    if set(hyper) != set(HYPER):
        raise SchemaError(
            f"hyper holds {', '.join(sorted(hyper)) or 'nothing'}",
            where="hyper",
            remedy=f"give all of {', '.join(HYPER)}",
        )
    if not (hyper["world_spread"] > 0 and hyper["shape"] > 1 and hyper["scale"] > 0):
        raise SchemaError("world_spread and scale are above 0, shape is above 1", where="hyper")
    return {_SYMBOLS[name]: float(hyper[name]) for name in HYPER}


def _refuse_unsettled(diagnostics: pd.DataFrame) -> None:
    unsettled = diagnostics.query("r_hat > @_R_HAT or effective_sample < @_EFFECTIVE")
    if len(unsettled):
        worst = unsettled.sort_values("r_hat").iloc[-1]
        raise ConvergenceError(
            f"{len(unsettled)} of {len(diagnostics)} parameters have not settled",
            where=f"worst: {worst.parameter} of {worst.place}, R-hat {worst.r_hat:.3f}, "
            f"effective sample {worst.effective_sample:.0f}",
            remedy="raise sweeps, or look at the series; check=False returns the draws anyway",
            diagnostics={"table": diagnostics},
        )
