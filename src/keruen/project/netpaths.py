# SPDX-License-Identifier: Apache-2.0
"""Futures of net migration rates, kept within what any country has ever lived through."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from keruen.core.arrays import require_dims, same_cells, stamp
from keruen.core.draws import quantiles
from keruen.core.errors import CoverageError, SchemaError
from keruen.core.random import stream
from keruen.project import _netsteps
from keruen.project._netinputs import check_rates, place_of, rate_values
from keruen.project.netlimits import MigrationLimits, cumulative_limits

if TYPE_CHECKING:
    import pandas as pd

    from keruen.project.netmodel import NetMigrationModel

Array = NDArray[np.float64]

_QUANTILES: Final = (0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975)


@dataclass(frozen=True)
class NetMigrationPaths:
    """Futures of net migration rates.

    Parameters
    ----------
    rates : DataArray [trajectory, year, country], per person and period
        Rates as in ``net_migration_rate``.
    limited : DataArray [year, country], share
        Share of paths in which the limits cut the draw.
    """

    rates: xr.DataArray
    limited: xr.DataArray

    def quantiles(self, probs: Sequence[float] = _QUANTILES) -> xr.DataArray:
        """Quantiles of the rates over paths.

        Parameters
        ----------
        probs : sequence of float, optional
            Probabilities; nine from 2.5% to 97.5% when not given.

        Returns
        -------
        DataArray [quantile, year, country], per person and period
        """
        return quantiles(self.rates, probs)

    def to_table(self) -> pd.DataFrame:
        """Quantiles as a table.

        Returns
        -------
        DataFrame
            One row a quantile, year and place.
        """
        from keruen.core.tables import to_table

        return to_table(self.quantiles())


def common_factor_loadings(rates: xr.DataArray, model: NetMigrationModel) -> xr.DataArray:
    """Correlation of each place's shocks with one factor that all places share.

    Parameters
    ----------
    rates : DataArray [year, region], per person and period
        The rates the model was fitted to.
    model : NetMigrationModel
        Posterior draws.

    Returns
    -------
    DataArray [region]
        Loadings from -1 to 1: shocks of two places correlate as the product of theirs.

    Raises
    ------
    CoverageError
        A rate is missing: residuals need every pair.

    Notes
    -----
    Principal factor of the correlations of residuals at posterior means: the loadings whose
    products are nearest to the correlations, at most 0.99 in size. Independent regional
    shocks make the interval of the nation far too narrow.

    Examples
    --------
    >>> import numpy as np
    >>> from keruen.project.netmigration import fit_net_migration
    >>> rng = np.random.default_rng(2)
    >>> shocks = 0.9 * rng.normal(size=(40, 1)) + 0.44 * rng.normal(size=(40, 5))
    >>> regions = [f"R{number}" for number in range(5)]
    >>> observed = xr.DataArray(0.01 * shocks, coords={"year": range(40), "region": regions})
    >>> model = fit_net_migration(observed, sweeps=2000, burn_in=500, check=False, seed=1)
    >>> bool((common_factor_loadings(observed, model) > 0.7).all())
    True
    """
    place = place_of(rates)
    check_rates(rates, place)
    if bool(rates.isnull().any()):
        raise CoverageError(
            "a rate is missing", where="rates", remedy="give the years all places share"
        )
    mean, persistence = model.mean.mean("trajectory"), model.persistence.mean("trajectory")
    _, mean, persistence = same_cells(rates, mean, persistence)
    loadings = _netsteps.first_factor(
        rate_values(rates, place), mean.to_numpy(), persistence.to_numpy()
    )
    result = xr.DataArray(loadings, coords={place: rates.indexes[place]})
    return stamp(result, name="loading", units="correlation", kind="index", inputs=[rates])


def project_net_migration(
    model: NetMigrationModel,
    rates: xr.DataArray,
    *,
    periods: int,
    trajectories: int = 1_000,
    limits: MigrationLimits | Literal["observed", "none"] = "observed",
    loadings: xr.DataArray | None = None,
    max_out: float = 0.8,
    seed: int = 0,
) -> NetMigrationPaths:
    """Paths of net migration rates from the draws of a model.

    Parameters
    ----------
    model : NetMigrationModel
        Posterior draws.
    rates : DataArray [year, country], per person and period
        Observed rates; the paths start after the last year.
    periods : int
        Periods to project.
    trajectories : int, optional
        Number of paths; each takes the parameters of one draw, evenly spaced.
    limits : MigrationLimits or {"observed", "none"}, optional
        Growth that no window of a path may leave: given, as seen in ``rates``, or none, so
        that only ``max_out`` binds.
    loadings : DataArray [country], optional
        Loadings of ``common_factor_loadings``: shocks that move places together.
    max_out : float, optional
        Largest share of a population that may leave on balance in one period.
    seed : int, optional
        Seed of the run.

    Returns
    -------
    NetMigrationPaths

    Raises
    ------
    CoverageError
        Places of the model and the rates differ, or the lengths of their periods.
    SchemaError
        A number asked for is out of range.

    See Also
    --------
    keruen.project.balance.balance_world : Make the counts of all countries sum to zero.

    Notes
    -----
    ``r[t] = mu + phi (r[t-1] - mu) + e`` with the shock drawn from a normal cut so that
    every product of ``1 + r`` over a window that ends at t stays inside the limits; if the
    limits of two windows exclude each other, their midpoint plus or minus 0.001 is used.
    Shocks of Student models are cut after their scale is drawn. A place not observed in
    the last period starts from what its last observation, or nothing, implies for it.

    References
    ----------
    Azose, J. and Raftery, A. (2015). Demography 52(5), 1627-1650.

    Examples
    --------
    >>> import numpy as np
    >>> from keruen.project.netmigration import fit_net_migration
    >>> noise = np.random.default_rng(1).normal(np.linspace(-0.02, 0.02, 12), 0.004, (40, 12))
    >>> places = [f"C{number:02d}" for number in range(12)]
    >>> observed = xr.DataArray(noise, coords={"year": range(1980, 2020), "country": places})
    >>> model = fit_net_migration(observed, sweeps=3000, burn_in=500, seed=1)
    >>> paths = project_net_migration(model, observed, periods=3, trajectories=200, seed=1)
    >>> paths.rates.sizes, paths.rates.year.values.tolist()
    (Frozen({'trajectory': 200, 'year': 3, 'country': 12}), [2020, 2021, 2022])
    """
    place = place_of(rates)
    interval = check_rates(rates, place)
    if interval != model.interval_years:
        raise CoverageError(
            f"periods of {interval} years, but the model knows periods of {model.interval_years}",
            where="rates",
            remedy="fit the model to rates of the same length",
            id="ShapeMismatch",
        )
    if periods < 1 or trajectories < 1 or not 0 < max_out <= 1:
        raise SchemaError(
            "periods and trajectories are 1 or more, max_out is a share above 0",
            where=f"periods={periods}, trajectories={trajectories}, max_out={max_out}",
        )
    pick = np.linspace(0, model.mean.sizes["trajectory"] - 1, trajectories).round().astype(int)
    _, *parts = same_cells(rates, model.mean, model.persistence, model.deviation)
    mu, phi, sigma = (part.transpose("trajectory", place).to_numpy()[pick] for part in parts)
    found = _netsteps.walk(
        _netsteps.Parameters(
            mu=mu,
            phi=phi,
            sigma=sigma,
            nu=model.hyper.sel(parameter="degrees_of_freedom").to_numpy()[pick],
        ),
        _netsteps.Setting(
            history=rate_values(rates, place),
            bounds=_bounds(limits, rates, place, max_out),
            loadings=_loadings(loadings, rates, place),
        ),
        periods=periods,
        rng=stream(seed, "project", "netmigration", "paths"),
    )
    return _labelled(*found, rates, place, interval)


def _bounds(
    limits: MigrationLimits | Literal["observed", "none"],
    rates: xr.DataArray,
    place: str,
    max_out: float,
) -> _netsteps.Bounds:
    if limits == "observed":
        limits = cumulative_limits(rates)
    if isinstance(limits, str):
        low, high = np.zeros(1), np.full((1, rates.sizes[place]), np.inf)
    else:
        _, upper = same_cells(rates, limits.upper)
        low = np.array(limits.lower)
        high = upper.transpose("periods", place).to_numpy()
    with np.errstate(divide="ignore"):
        log_low, log_high = np.log(low), np.log(high)
    log_low[0] = max(log_low[0], np.log1p(-min(max_out, 1 - 1e-9)))
    return _netsteps.Bounds(log_low=log_low, log_high=log_high)


def _loadings(loadings: xr.DataArray | None, rates: xr.DataArray, place: str) -> Array:
    if loadings is None:
        return np.zeros(rates.sizes[place])
    require_dims(loadings, place, name="loadings")
    _, matched = same_cells(rates, loadings)
    if not bool((abs(matched) < 1).all()):
        raise SchemaError("a loading is a correlation, between -1 and 1", where="loadings")
    return np.asarray(matched, dtype=np.float64)


def _labelled(
    paths: Array, cut: Array, rates: xr.DataArray, place: str, interval: int
) -> NetMigrationPaths:
    last = int(rates.indexes["year"][-1])
    coords = {
        "trajectory": np.arange(len(paths)),
        "year": last + interval * np.arange(1, paths.shape[1] + 1),
        place: rates.indexes[place],
    }
    futures = xr.DataArray(paths, dims=("trajectory", "year", place), coords=coords)
    del coords["trajectory"]
    limited = xr.DataArray(cut, dims=("year", place), coords=coords)
    return NetMigrationPaths(
        rates=stamp(
            futures,
            name="net_migration_rate",
            units="per person",
            kind="rate",
            inputs=[rates],
            interval_years=interval,
        ),
        limited=stamp(
            limited, name="limited", units="share", kind="share", interval_years=interval
        ),
    )
