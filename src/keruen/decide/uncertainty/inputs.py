# SPDX-License-Identifier: Apache-2.0
"""Uncertain inputs of a model, and draws of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import xarray as xr

from keruen.core.arrays import stamp
from keruen.core.errors import raise_faults
from keruen.core.random import stream
from keruen.decide.uncertainty._distributions import as_dataset, inner, inverse
from keruen.decide.uncertainty._input_checks import (
    DISTRIBUTIONS,
    Floats,
    SamplingMethod,
    correlation_faults,
    draw_faults,
    full_matrix,
    input_faults,
)

__all__ = ["DISTRIBUTIONS", "Uncertain", "sample_inputs"]

Distribution = Literal["fixed", "uniform", "triangular", "normal", "lognormal", "beta", "pert"]


@dataclass(frozen=True)
class Uncertain:
    """One uncertain input of a model.

    Parameters
    ----------
    name : str
        Name by which the model asks for it.
    dist : {"fixed", "uniform", "triangular", "normal", "lognormal", "beta", "pert"}
        Shape of what is not known.
    values : mapping of str to float
        The numbers of :data:`DISTRIBUTIONS`, in ``units``. Mean and standard deviation of a
        lognormal are those of the quantity itself, not of its logarithm. A beta lies between
        0 and 1 unless ``low`` and ``high`` are given.
    units : str
        Unit of the quantity.
    source : str, optional
        Where the numbers come from.

    See Also
    --------
    sample_inputs : Draws of several inputs.

    Examples
    --------
    >>> stay = Uncertain("stay", "pert", {"low": 4, "mode": 6, "high": 12}, "months")
    >>> stay.quantile([0.1, 0.5, 0.9]).round(1).values.tolist()
    [4.9, 6.5, 8.7]
    """

    name: str
    dist: Distribution
    values: Mapping[str, float]
    units: str
    source: str = ""

    def quantile(self, probs: float | Sequence[float] | Floats) -> xr.DataArray:
        """Quantiles of the input: what the assumption says, in numbers.

        Parameters
        ----------
        probs : float or sequence of float
            Probabilities between 0 and 1.

        Returns
        -------
        DataArray [quantile], in the input's unit

        Raises
        ------
        WorkbenchError
            The distribution is unknown or its numbers cannot be used.
        """
        raise_faults(input_faults([self]), where="inputs")
        levels = np.atleast_1d(np.asarray(probs, dtype=float))
        array = xr.DataArray(inverse(self, levels), {"quantile": levels}, "quantile")
        return stamp(array, name=self.name, units=self.units, kind="index")


def sample_inputs(
    inputs: Sequence[Uncertain],
    draws: int,
    *,
    seed: int,
    method: SamplingMethod = "latin_hypercube",
    correlation: xr.DataArray | None = None,
) -> xr.Dataset:
    """Draws of uncertain inputs, all together, for a model that is called once.

    Parameters
    ----------
    inputs : sequence of Uncertain
        The inputs, each name once.
    draws : int
        How many draws; for ``sobol`` a power of 2.
    seed : int
        Seed of the run.
    method : {"latin_hypercube", "sobol", "random"}, optional
        A Latin hypercube has one draw in each of ``draws`` equally likely slices of every
        input; a scrambled Sobol sequence fills all inputs jointly; or plain random numbers.
    correlation : DataArray [input, other], share, optional
        Correlation of the normal scores of inputs (a Gaussian copula); inputs that it does not
        name are independent of all.

    Returns
    -------
    Dataset [trajectory]
        One variable an input, with ``units`` and ``source``; attributes ``draws``, ``seed``,
        ``method``.

    Raises
    ------
    SchemaError
        An input is described wrongly (``BadDistribution``), stands twice (``DuplicateKey``),
        draws are not a positive number or for Sobol a power of 2 (``NotPowerOfTwo``), or the
        correlation is not one (``BadCorrelation``). All faults together.
    CodeError
        A distribution is unknown, or the correlation names no input.

    See Also
    --------
    sobol_indices : Which input the outcome hangs on.

    Notes
    -----
    Each input is drawn as ``F^-1(u)``. With ``latin_hypercube`` and ``random`` each has a random
    stream of its own name: an input added leaves the draws of the others as they were. A
    correlation ``R = L L'`` turns normal scores ``z`` into ``z L'``; a Latin hypercube is then
    cut into slices again by rank, so that its margins stay exact. The rank correlation that
    follows is ``(6 / pi) asin(r / 2)``.

    References
    ----------
    McKay, M. D., Beckman, R. J. and Conover, W. J. (1979). Technometrics 21(2), 239-245.
    Owen, A. B. (1998). ACM Transactions on Modeling and Computer Simulation 8(1), 71-102.

    Examples
    --------
    >>> inputs = [
    ...     Uncertain("retention", "beta", {"a": 30, "b": 10}, "share"),
    ...     Uncertain("growth", "triangular", {"low": 0.02, "mode": 0.04, "high": 0.06}, "share"),
    ... ]
    >>> drawn = sample_inputs(inputs, 1000, seed=7)
    >>> drawn["retention"].mean().round(3).item(), drawn["growth"].mean().round(3).item()
    (0.75, 0.04)
    """
    faults = [*input_faults(inputs), *draw_faults(draws, method)]
    raise_faults([*faults, *correlation_faults(inputs, correlation)], where="inputs")
    levels = _levels(inputs, draws, seed, method)
    if correlation is not None:
        levels = _joined(
            levels, full_matrix(inputs, correlation), sliced=method == "latin_hypercube"
        )
    drawn = as_dataset(inputs, levels)
    return drawn.assign_attrs(draws=draws, seed=seed, method=method)


def _levels(inputs: Sequence[Uncertain], draws: int, seed: int, method: str) -> Floats:
    """Probabilities [trajectory, input] strictly between 0 and 1."""
    if method == "sobol":
        from scipy.stats import qmc

        rng = stream(seed, "inputs", "sobol")
        levels = np.asarray(qmc.Sobol(len(inputs), rng=rng).random(draws))
    else:
        columns = []
        for one in inputs:
            rng = stream(seed, "inputs", one.name)
            inside = rng.random(draws)
            if method == "latin_hypercube":
                inside = (rng.permutation(draws) + inside) / draws
            columns.append(inside)
        levels = np.stack(columns, axis=1)
    return inner(levels)


def _joined(levels: Floats, matrix: Floats, *, sliced: bool) -> Floats:
    """Probabilities with the correlation wanted; slices of a hypercube made anew by rank."""
    from scipy.special import ndtr, ndtri

    mixed: Floats = ndtri(levels) @ np.linalg.cholesky(matrix).T
    if not sliced:
        return np.asarray(ndtr(mixed))
    order = np.argsort(mixed, axis=0)
    joined = np.empty_like(levels)
    np.put_along_axis(joined, order, np.sort(levels, axis=0), axis=0)
    return joined
