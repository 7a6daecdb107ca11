# SPDX-License-Identifier: Apache-2.0
"""Which input an outcome hangs on: shares of its variance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from keruen.core.errors import raise_faults
from keruen.core.random import stream
from keruen.decide.uncertainty._input_checks import input_faults, size_faults
from keruen.decide.uncertainty._model_runs import (
    LEVEL,
    RESAMPLES,
    Model,
    as_problem,
    beside,
    columns,
    estimate,
    need_salib,
    run,
    seed_number,
    varies,
    varying_of,
)
from keruen.decide.uncertainty.inputs import Uncertain

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Sensitivity:
    """Shares of the variance of an outcome by input, with 95% bootstrap intervals.

    Parameters
    ----------
    first, first_low, first_high : DataArray [input, ...], share
        Variance that goes when the input alone becomes known.
    total, total_low, total_high : DataArray [input, ...], share
        Variance that stays when all but the input are known: its own part and all that it
        does together with others.
    outcome : DataArray [trajectory, ...]
        Outcomes of the two independent samples: draws like any others.
    runs : int
        Runs of the model: ``size (d + 2)``.

    See Also
    --------
    sobol_indices : Makes it.
    """

    first: xr.DataArray
    first_low: xr.DataArray
    first_high: xr.DataArray
    total: xr.DataArray
    total_low: xr.DataArray
    total_high: xr.DataArray
    outcome: xr.DataArray
    runs: int

    def to_table(self) -> pd.DataFrame:
        """Tidy table, one row an input and outcome.

        Returns
        -------
        DataFrame
            Keys, ``first`` and ``total``, each with ``_low`` and ``_high``.
        """
        parts = (self.first_low, self.first_high, self.total, self.total_low, self.total_high)
        return beside(self.first, *parts)


def sobol_indices(
    model: Model, inputs: Sequence[Uncertain], *, size: int, seed: int
) -> Sensitivity:
    """Shares of the variance of an outcome that each uncertain input accounts for.

    Parameters
    ----------
    model : callable
        Takes a Dataset of inputs [trajectory] and gives an outcome DataArray
        [trajectory, ...]. Called once.
    inputs : sequence of Uncertain
        Independent inputs, at least one of them not ``fixed``.
    size : int
        Size of one sample, a power of 2; the model runs ``size (d + 2)`` times for the ``d``
        inputs that vary.
    seed : int
        Seed of the run.

    Returns
    -------
    Sensitivity

    Raises
    ------
    SchemaError
        An input is described wrongly, none varies (``NothingVaries``), the size is not a power
        of 2 (``NotPowerOfTwo``), the outcome has no ``trajectory`` or never varies
        (``ConstantOutcome``), or SALib is not installed (``ExtraMissing``).
    CoverageError
        The outcome has other draws than the inputs, or is missing or infinite in some.

    See Also
    --------
    screen_inputs : For more than 20 inputs.

    Notes
    -----
    ``S = Var(E[Y | X]) / Var(Y)`` by the estimator of Saltelli et al. (2010),
    ``mean(B (AB - A)) / Var``; ``ST = E[Var(Y | all but X)] / Var(Y)`` by that of Jansen,
    ``mean((A - AB)^2) / (2 Var)``, with ``AB`` the sample ``A`` with one input from ``B``. The
    points are a scrambled Sobol sequence; intervals come from 200 bootstrap samples. A
    share near 0 may be estimated slightly below it, and is left so. An outcome that does not
    vary in one cell has no shares there: they are missing.

    References
    ----------
    Saltelli, A. et al. (2010). Computer Physics Communications 181, 259-270.
    Jansen, M. J. W. (1999). Computer Physics Communications 117, 35-43.
    Herman, J. and Usher, W. (2017). Journal of Open Source Software 2(9), 97.

    Examples
    --------
    >>> inputs = [Uncertain(n, "uniform", {"low": 0, "high": h}, "persons")
    ...           for n, h in (("arrivals", 2), ("births", 1))]
    >>> found = sobol_indices(lambda x: x["arrivals"] + x["births"], inputs, size=1024, seed=1)
    >>> found.first.round(2).values.tolist()
    [0.8, 0.2]
    """
    raise_faults([*input_faults(inputs), *size_faults(size, "size")], where="inputs")
    varying = varying_of(inputs)
    need_salib()
    from SALib.analyze import sobol
    from SALib.sample import sobol as sampling

    problem = as_problem(varying, 0.0, 1.0)
    rng = stream(seed, "sensitivity", "sobol")
    points = sampling.sample(problem, size, calc_second_order=False, seed=rng)
    outcome = run(model, inputs, varying, points)
    found = [
        sobol.analyze(
            problem,
            column,
            calc_second_order=False,
            num_resamples=RESAMPLES,
            conf_level=LEVEL,
            seed=seed_number(seed, "sobol"),
        )
        if varies(column)
        else dict.fromkeys(("S1", "S1_conf", "ST", "ST_conf"), np.full(len(varying), np.nan))
        for column in columns(outcome)
    ]
    parts = {key: np.stack([one[key] for one in found], axis=1) for key in found[0]}
    block = len(varying) + 2  # rows of a block: A, one AB for each input, B
    own = outcome.isel(trajectory=np.r_[0 : len(points) : block, block - 1 : len(points) : block])
    arrays = {
        **estimate("first", parts["S1"], parts["S1_conf"], varying, outcome, share=True),
        **estimate("total", parts["ST"], parts["ST_conf"], varying, outcome, share=True),
    }
    own = own.assign_coords(trajectory=np.arange(2 * size))
    return Sensitivity(**arrays, outcome=own, runs=len(points))
