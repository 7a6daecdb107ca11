# SPDX-License-Identifier: Apache-2.0
"""Smooth migration rates by single year of age, without a model of their form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, get_args

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from keruen.core.arrays import stamp
from keruen.core.errors import ConvergenceError, SchemaError
from keruen.core.tables import to_table
from keruen.measure._rogers_castro import Array
from keruen.measure._schedule_checks import Missing, Schedules, prepare, single_years
from keruen.measure._smoothing import deviance, kernel, penalised

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SmoothMethod", "SmoothedSchedule", "smooth_schedule"]

SmoothMethod = Literal["penalised", "kernel"]
"""Ways of smoothing: penalised likelihood of log rates, or a local mean."""

_PENALTIES: Final = 10.0 ** np.arange(-3.0, 6.01, 0.5)  # times the mean count of an age
_BANDWIDTHS: Final = np.array([0.5, 0.75, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0])
_ENOUGH_AGES: Final = 5


@dataclass(frozen=True)
class SmoothedSchedule:
    """Smooth rates by single year of age.

    Parameters
    ----------
    rate : DataArray [..., age], per person-year
        Smooth rates, at ages that took no part too.
    smoothness : DataArray [...]
        Penalty, or bandwidth in years.
    effective_parameters : DataArray [...]
        Number of parameters that the smoothing is worth.
    deviance : DataArray [...]
        Poisson deviance of the smooth rates.
    """

    rate: xr.DataArray
    smoothness: xr.DataArray
    effective_parameters: xr.DataArray
    deviance: xr.DataArray

    def to_table(self) -> pd.DataFrame:
        """Tidy table of the smooth rates."""
        return to_table(self.rate)


def smooth_schedule(
    migrants: xr.DataArray,
    population: xr.DataArray,
    *,
    method: SmoothMethod = "penalised",
    smoothness: float | None = None,
    missing: Missing = "refuse",
) -> SmoothedSchedule:
    """Smooth migration rates by single year of age.

    Parameters
    ----------
    migrants : DataArray [..., age], persons
        Migrants by single year of age.
    population : DataArray [..., age], persons
        Population at risk.
    method : {"penalised", "kernel"}, optional
        How; see Notes.
    smoothness : float, optional
        Penalty in persons, or bandwidth in years; chosen from the data, for each schedule,
        when not given.
    missing : {"refuse", "skip"}, optional
        Whether a missing cell is an error, or an age that takes no part.

    Returns
    -------
    SmoothedSchedule

    Raises
    ------
    SchemaError
        Ages are not consecutive single years, a count is negative or infinite, or somebody
        moved where nobody lives.
    CoverageError
        Labels differ, or a cell is missing.
    UnitsError
        Rates were given in place of migrants.
    ConvergenceError
        Nobody moved, fewer than five ages take part (``Unidentified``), or the likelihood
        did not settle.

    See Also
    --------
    fit_rogers_castro : Smoothing by a model, which also carries over to groups of ages.
    peak_indices : What smooth rates are needed for.

    Notes
    -----
    *Penalised*: Poisson likelihood of the counts less half the penalty times the sum of
    squared second differences of the log rate. The smooth rates give back the number of
    migrants and their mean age exactly. The penalty is chosen by generalised
    cross-validation, ``n D / (n - e)^2`` with deviance D and effective parameters e.

    *Kernel*: the local mean of Nadaraya and Watson with a normal kernel, ages weighing by
    population; the bandwidth is chosen by leaving one age out. It flattens peaks and the
    steep fall of the first ages, and is here for comparison with published work.

    An open last group takes no part; its rate is carried over from its neighbours.

    References
    ----------
    Eilers, P. H. C. and Marx, B. D. (1996). Statistical Science 11(2), 89-121.
    Bernard, A. and Bell, M. (2015). Demographic Research 32(33), 915-948.

    Examples
    --------
    >>> ages = {"age": range(8)}
    >>> moved = xr.DataArray([30.0, 24, 21, 15, 12, 9, 9, 6], coords=ages)
    >>> people = xr.DataArray([100.0] * 8, coords=ages)
    >>> smooth = smooth_schedule(moved, people, smoothness=100.0)
    >>> round((smooth.rate * people).sum().item(), 6)
    126.0
    """
    if method not in get_args(SmoothMethod):
        raise SchemaError(
            f"there is no method '{method}'",
            where="method",
            remedy=f"choose one of {', '.join(get_args(SmoothMethod))}",
        )
    if smoothness is not None and not 0 < smoothness < np.inf:
        raise SchemaError(
            "the smoothness is not above 0", where="smoothness", remedy="leave it out"
        )
    schedules = prepare(migrants, population, weights=None, missing=missing)
    single_years(schedules.like, name="migrants")
    _refuse_short(schedules)
    smooth = _penalised if method == "penalised" else _kernel
    rate, chosen, effective = smooth(schedules, smoothness)
    misfit = deviance(schedules.observed, schedules.exposure, rate)
    inputs, facts = schedules.inputs, schedules.facts
    label = schedules.label
    unit = "persons" if method == "penalised" else "years"
    return SmoothedSchedule(
        rate=stamp(
            label(rate, age=True),
            name="migration_rate",
            units="per person-year",
            kind="rate",
            inputs=inputs,
            **facts,
        ),
        smoothness=stamp(label(chosen), name="smoothness", units=unit, kind="index"),
        effective_parameters=stamp(
            label(effective), name="effective_parameters", units="1", kind="index"
        ),
        deviance=stamp(label(misfit), name="deviance", units="1", kind="index"),
    )


def _refuse_short(schedules: Schedules) -> None:
    short = schedules.used.sum(axis=1) < _ENOUGH_AGES
    if short.any():
        raise ConvergenceError(
            f"fewer than {_ENOUGH_AGES} ages cannot be smoothed",
            where=schedules.where(short),
            remedy="give all ages observed",
            id="Unidentified",
        )


def _penalised(schedules: Schedules, smoothness: float | None) -> tuple[Array, Array, Array]:
    """Rates, penalty and effective parameters; the penalty with the lowest criterion."""
    from keruen.measure._threads import one_thread

    y, P = schedules.observed, schedules.exposure
    ages = schedules.used.sum(axis=1)
    count = y.sum(axis=1) / ages
    best: tuple[Array, Array, Array] | None = None
    lowest = np.full(len(y), np.inf)
    with one_thread():
        for share in _PENALTIES if smoothness is None else [None]:
            penalty = np.full(len(y), smoothness) if share is None else share * count
            rate, effective, settled = penalised(y, P, penalty)
            _refuse_unsettled(schedules, settled)
            criterion = ages * deviance(y, P, rate) / np.maximum(ages - effective, 1e-9) ** 2
            found = (rate, penalty, effective)
            wins = criterion < lowest
            best = found if best is None else _take(wins, found, best)
            lowest = np.where(wins, criterion, lowest)
    assert best is not None  # noqa: S101 - the grid is not empty
    return best


def _take(
    wins: NDArray[np.bool_], found: tuple[Array, Array, Array], best: tuple[Array, Array, Array]
) -> tuple[Array, Array, Array]:
    rate, chosen, effective = (
        np.where(wins.reshape(-1, *[1] * (a.ndim - 1)), a, b)
        for a, b in zip(found, best, strict=True)
    )
    return rate, chosen, effective


def _refuse_unsettled(schedules: Schedules, settled: NDArray[np.bool_]) -> None:
    if not settled.all():
        raise ConvergenceError(
            "the penalised likelihood did not settle",
            where=schedules.where(~settled),
            remedy="give a larger smoothness",
            id="NotConverged",
        )


def _kernel(schedules: Schedules, smoothness: float | None) -> tuple[Array, Array, Array]:
    """Rates, bandwidth and effective parameters; the bandwidth that tells left-out ages best."""
    y, P = schedules.observed, schedules.exposure
    rates = schedules.rates
    chosen = np.full(len(y), smoothness if smoothness is not None else np.nan)
    lowest = np.full(len(y), np.inf)
    for width in _BANDWIDTHS if smoothness is None else []:
        _, _, alone = kernel(y, P, np.full(len(y), width))
        criterion = np.nansum(P * (rates - alone) ** 2, axis=1)
        chosen = np.where(criterion < lowest, width, chosen)
        lowest = np.minimum(criterion, lowest)
    rate, effective, _ = kernel(y, P, chosen)
    return rate, chosen, effective
