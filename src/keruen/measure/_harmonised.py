# SPDX-License-Identifier: Apache-2.0
"""The harmonised flow of every cell and its interval, from two adjusted reports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from keruen.measure._checks import Floats, Mask
from keruen.measure._double_entry import Reports, adjusted, stands_for

Rule = Literal["larger", "average", "by_origin", "by_destination"]
"""What becomes of a cell whose two reports contradict each other."""


@dataclass(frozen=True)
class Cells:
    """Value and variance of each cell, and the upper end where nobody was counted."""

    value: Floats
    variance: Floats
    most: Floats

    def interval(self, reach: Floats) -> tuple[Floats, Floats]:
        """Ends of an interval so many log standard deviations wide on either side.

        From 0 to ``most`` where nobody was counted.
        """
        counted = self.value > 0
        relative = np.where(counted, self.variance / np.where(counted, self.value, 1.0) ** 2, 0.0)
        way = np.where(counted, np.exp(reach * np.sqrt(np.log1p(relative))), 1.0)
        upper = np.where(counted, self.value * way, self.most)
        return self.value / way, np.where(np.isnan(self.value), np.nan, upper)


def both_reports(reports: Reports, x: Floats, spread: Floats, tau: Floats, level: float) -> Cells:
    """Mean of two adjusted reports whose errors are independent and of one relative size."""
    n = reports.R.shape[-1]
    arrivals, departures = adjusted(reports, x)
    T = (arrivals + departures) / 2
    a, b = stands_for(reports, x)
    own = ((a + b) * T + (_tau(tau) * T) ** 2) / 4
    of_alpha, of_beta, shared = _parts(spread, n)
    of_factors = (
        reports.R**2 * of_alpha + reports.S**2 * of_beta + 2 * reports.R * reports.S * shared
    ) / 4
    return Cells(T, own + of_factors, _none_seen(level) / (1 / a + 1 / b))


def one_report(
    reports: Reports, x: Floats, spread: Floats, tau: Floats, level: float, *, arrivals: bool
) -> Cells:
    """One adjusted report; its own error is half of the disagreement of two."""
    n = reports.R.shape[-1]
    T = adjusted(reports, x)[0 if arrivals else 1]
    size = stands_for(reports, x)[0 if arrivals else 1]
    report = reports.R if arrivals else reports.S
    of_factor = _parts(spread, n)[0 if arrivals else 1]
    variance = size * T + (_tau(tau) * T) ** 2 / 2 + report**2 * of_factor
    return Cells(T, variance, np.broadcast_to(_none_seen(level) * size, T.shape))


def _tau(tau: Floats) -> Floats:
    return tau[:, None, None, None]


def _parts(spread: Floats, n: int) -> tuple[Floats, Floats, Floats]:
    """Variances of alpha_j and beta_i and their covariance, as they meet in a cell."""
    of_beta = np.einsum("gii->gi", spread[:, :n, :n])
    of_alpha = np.einsum("gii->gi", spread[:, n:, n:])
    return of_alpha[:, None, None, :], of_beta[:, None, :, None], spread[:, None, :n, n:]


def _none_seen(level: float) -> float:
    """Largest Poisson mean under which seeing nobody is not yet unlikely."""
    return -float(np.log((1 - level) / 2))


def contradicting(
    first: Cells, second: Cells, mean: Cells, rule: Rule, reach: Floats
) -> tuple[Floats, Floats, Floats]:
    """Value by the rule, with an interval that covers what both reports would say."""
    values = {
        "larger": np.maximum(first.value, second.value),
        "average": mean.value,
        "by_destination": first.value,
        "by_origin": second.value,
    }
    (low1, high1), (low2, high2) = first.interval(reach), second.interval(reach)
    return values[rule], np.minimum(low1, low2), np.maximum(high1, high2)


def choose(masks: list[Mask], values: list[tuple[Floats, Floats, Floats]]) -> list[Floats]:
    """Value, lower and upper end of each cell, from the first case that holds."""
    return [np.select(masks, [value[k] for value in values], default=np.nan) for k in range(3)]
