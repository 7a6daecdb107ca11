# SPDX-License-Identifier: Apache-2.0
"""Screening of many inputs: which of them may be left alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import xarray as xr

from keruen.core.errors import SchemaError, raise_faults
from keruen.decide.uncertainty._input_checks import input_faults
from keruen.decide.uncertainty._model_runs import (
    LEVEL,
    RESAMPLES,
    Model,
    as_problem,
    beside,
    columns,
    estimate,
    labelled,
    need_salib,
    run,
    seed_number,
    varying_of,
)
from keruen.decide.uncertainty.inputs import Uncertain

if TYPE_CHECKING:
    import pandas as pd

_MORRIS_LEVELS: Final = 4


@dataclass(frozen=True)
class Screening:
    """Elementary effects of inputs: which may be left alone.

    Parameters
    ----------
    effect : DataArray [input, ...], unit of the outcome
        Mean absolute change of the outcome as the input goes from its 1/8 to its 7/8 quantile.
    effect_low, effect_high : DataArray [input, ...], unit of the outcome
        Its 95% bootstrap interval.
    mean : DataArray [input, ...], unit of the outcome
        Mean change with its sign.
    spread : DataArray [input, ...], unit of the outcome
        Standard deviation of the change: large where the input is bent or works with others.
    runs : int
        Runs of the model: ``paths (d + 1)``.

    See Also
    --------
    screen_inputs : Makes it.
    """

    effect: xr.DataArray
    effect_low: xr.DataArray
    effect_high: xr.DataArray
    mean: xr.DataArray
    spread: xr.DataArray
    runs: int

    def to_table(self) -> pd.DataFrame:
        """Tidy table, one row an input and outcome.

        Returns
        -------
        DataFrame
            Keys, ``effect``, ``effect_low``, ``effect_high``, ``mean``, ``spread``.
        """
        return beside(self.effect, self.effect_low, self.effect_high, self.mean, self.spread)


def screen_inputs(
    model: Model, inputs: Sequence[Uncertain], *, paths: int = 50, seed: int
) -> Screening:
    """Effects of many inputs, cheaply: which of them a finer analysis may leave fixed.

    Parameters
    ----------
    model : callable
        Takes a Dataset of inputs [trajectory] and gives an outcome DataArray
        [trajectory, ...]. Called once.
    inputs : sequence of Uncertain
        Independent inputs, at least one of them not ``fixed``.
    paths : int, optional
        Random walks through the inputs, 2 or more; the model runs ``paths (d + 1)`` times.
    seed : int
        Seed of the run.

    Returns
    -------
    Screening

    Raises
    ------
    SchemaError
        As for :func:`sobol_indices`; fewer than two paths (``TooFewPaths``).
    CoverageError
        The outcome has other draws than the inputs, or is missing or infinite in some.

    See Also
    --------
    sobol_indices : Shares of variance, for up to 20 inputs.

    Notes
    -----
    Method of Morris with the absolute mean of Campolongo: a walk changes one input after the
    other by two thirds of the way between its 1/8 and its 7/8 quantile, on four levels of equal
    probability; effects are scaled to the whole way.

    References
    ----------
    Morris, M. D. (1991). Technometrics 33(2), 161-174.
    Campolongo, F., Cariboni, J. and Saltelli, A. (2007). Environmental Modelling and Software
    22(10), 1509-1518.

    Examples
    --------
    >>> inputs = [Uncertain(n, "uniform", {"low": 0, "high": 8}, "persons") for n in "abc"]
    >>> found = screen_inputs(lambda x: 2 * x["a"] - x["b"] + 0 * x["c"], inputs, seed=1)
    >>> found.effect.round(6).values.tolist(), found.mean.round(6).values.tolist()
    ([12.0, 6.0, 0.0], [12.0, -6.0, 0.0])
    """
    raise_faults(input_faults(inputs), where="inputs")
    varying = varying_of(inputs)
    if paths < 2:
        raise SchemaError(f"{paths} paths", where="paths", remedy="2 or more", id="TooFewPaths")
    need_salib()
    from SALib.analyze import morris
    from SALib.sample import morris as sampling

    edge = 1 / (2 * _MORRIS_LEVELS)
    problem = as_problem(varying, edge, 1 - edge)
    number = seed_number(seed, "morris")
    points = sampling.sample(problem, paths, num_levels=_MORRIS_LEVELS, seed=number)
    outcome = run(model, inputs, varying, points)
    options = {"num_levels": _MORRIS_LEVELS, "conf_level": LEVEL, "num_resamples": RESAMPLES}
    found = [
        morris.analyze(problem, points, column, seed=number, **options)
        for column in columns(outcome)
    ]
    parts = {
        key: np.stack([np.asarray(one[key], dtype=float) for one in found], axis=1)
        for key in ("mu", "mu_star", "mu_star_conf", "sigma")
    }
    effect = estimate(
        "effect", parts["mu_star"], parts["mu_star_conf"], varying, outcome, share=False
    )
    mean, spread = (
        labelled(name, parts[key], varying, outcome, share=False)
        for name, key in (("mean", "mu"), ("spread", "sigma"))
    )
    return Screening(**effect, mean=mean, spread=spread, runs=len(points))
