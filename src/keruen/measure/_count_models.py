# SPDX-License-Identifier: Apache-2.0
"""How often people are caught: distributions of counts, and how many stay uncaught.

Every model gives two things of each cell (a group of people alike, caught ``k`` times): the
logarithm of the probability of ``k`` among those caught at all, and the number of people in
the population for each person of the cell. ``eta`` is the logarithm of the mean number of
captures before anything is cut off or inflated.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from keruen.measure._jets import Jet, where

Floats: TypeAlias = NDArray[np.float64]
Base = Literal["poisson", "geometric", "negative_binomial", "logistic"]
Ones = Literal["", "inflated", "removal"]


@dataclass(frozen=True)
class CountModel:
    """A distribution, what is done to its ones, and how the uncaught are counted.

    ``base`` "logistic" uses only people caught once or twice, whose odds are half the mean.
    ``lower_bound`` counts the uncaught for these people alone (Chao), not for everybody.
    """

    base: Base
    ones: Ones = ""
    lower_bound: bool = False

    @property
    def extra(self) -> tuple[str, ...]:
        """Names of the parameters beside the coefficients."""
        dispersion = ("log_dispersion",) if self.base == "negative_binomial" else ()
        return dispersion + (("logit_ones",) if self.ones else ())


MODELS: Final[dict[str, CountModel]] = {
    "poisson": CountModel("poisson"),
    "geometric": CountModel("geometric"),
    "negative_binomial": CountModel("negative_binomial"),
    "one_inflated_poisson": CountModel("poisson", "inflated"),
    "one_inflated_geometric": CountModel("geometric", "inflated"),
    "one_inflated_negative_binomial": CountModel("negative_binomial", "inflated"),
    "removal_poisson": CountModel("poisson", "removal"),
    "removal_geometric": CountModel("geometric", "removal"),
    "zelterman": CountModel("logistic"),
    "chao": CountModel("logistic", lower_bound=True),
}


@dataclass(frozen=True)
class Cell:
    """What a model says of each cell, all of the same shape."""

    log_share: Jet
    """Logarithm of the probability of the count among those caught."""
    people: Jet
    """People in the population for each person of the cell."""
    variance: Floats
    """Variance that sampling adds for each person of the cell, given the parameters."""


def cells(model: CountModel, eta: Jet, extra: tuple[Jet, ...], times: NDArray[np.int64]) -> Cell:
    """Probabilities and weights of people caught ``times`` times.

    Parameters
    ----------
    model : CountModel
        The model.
    eta : Jet
        Logarithm of the mean, a number for each cell.
    extra : tuple of Jet
        Dispersion and ones, one number a fit.
    times : array [cell], int
        Number of captures of each cell.
    """
    if model.base == "logistic":
        return _logistic(eta, times, lower_bound=model.lower_bound)
    log_k, log_0, log_1 = _log_probabilities(model.base, eta, extra, times)
    log_caught = log_0.log1mexp()
    single = np.asarray(times == 1)
    if not model.ones:
        return Cell(log_k - log_caught, *_people((-log_caught).exp()))
    logit = extra[-1]
    log_kept = -(logit.exp().log1p())  # log(1 - omega)
    if model.ones == "inflated":  # a share omega of everybody is caught exactly once
        share = logit + log_kept
        log_caught = (log_kept + log_0).log1mexp()
        one = (share.exp() + (log_kept + log_1).exp()).log() - log_caught
        rest = log_kept + log_k - log_caught
        return Cell(where(single, one, rest), *_people((-log_caught).exp()))
    share = logit + log_kept  # a share omega of those caught is removed the first time
    one = (share.exp() + (log_kept + log_1 - log_caught).exp()).log()
    rest = log_kept + log_k - log_caught
    return Cell(where(single, one, rest), *_people((-log_caught).exp()))


def _people(weight: Jet) -> tuple[Jet, Floats]:
    """The weight 1/p and the variance (1 - p)/p^2 of a binomial number of people caught."""
    return weight, weight.value * (weight.value - 1)


def _log_probabilities(
    base: Base, eta: Jet, extra: tuple[Jet, ...], times: NDArray[np.int64]
) -> tuple[Jet, Jet, Jet]:
    """Logarithms of the probabilities of ``times``, 0 and 1."""
    mean = eta.exp()
    if base == "poisson":
        return eta * times - mean - _log_factorial(times), -mean, eta - mean
    if base == "geometric":
        tail = mean.log1p()
        return eta * times - tail * (times + 1), -tail, eta - tail * 2
    dispersion = extra[0].exp()
    size = (-extra[0]).exp()
    tail = (dispersion * mean).log1p()
    steps = np.arange(int(times.max()))
    rising = (dispersion * steps).log1p().running_sum().take(np.asarray(times) - 1)
    log_0 = -(size * tail)
    log_k = rising + eta * times - (size + times) * tail - _log_factorial(times)
    return log_k, log_0, eta - (size + 1) * tail


def _logistic(eta: Jet, times: NDArray[np.int64], *, lower_bound: bool) -> Cell:
    used = (times <= 2).astype(float)
    half = eta - np.log(2)
    log_share = (half * (times == 2) - half.exp().log1p()) * used
    mean = eta.exp()
    if not lower_bound:
        return Cell(log_share, *_people((-(-mean).log1mexp()).exp()))
    few = mean + mean * mean * 0.5
    ones = Jet(np.ones_like(mean.value), *_nothing(mean))
    caught = (few * (-mean).exp()).value  # probability of one or two
    unseen = ones / few
    variance = used * (1 - caught) * (1 + unseen.value) ** 2
    return Cell(log_share, unseen * used + 1.0, variance)


def _nothing(like: Jet) -> tuple[tuple[float, ...], tuple[float, ...]]:
    return (0.0,) * len(like.first), (0.0,) * len(like.second)


def _log_factorial(times: NDArray[np.int64]) -> Floats:
    values: Floats = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, times.max() + 1)))])
    return np.asarray(values[times])
