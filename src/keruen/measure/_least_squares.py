# SPDX-License-Identifier: Apache-2.0
"""Least squares with standard errors that allow unequal variances."""

from __future__ import annotations

import numpy as np

from keruen.measure._checks import Floats


def robust_fit(design: Floats, outcome: Floats) -> tuple[Floats, tuple[Floats, Floats]]:
    """Coefficients and their 95% intervals (HC1, Student's t)."""
    from scipy.stats import t

    count, terms = design.shape
    bread = np.linalg.inv(design.T @ design)
    estimate: Floats = bread @ (design.T @ outcome)
    residual = outcome - design @ estimate
    meat = (design * residual[:, None] ** 2).T @ design * count / (count - terms)
    error = np.sqrt(np.diagonal(bread @ meat @ bread))
    reach = float(t.ppf(0.975, count - terms)) * error
    return estimate, (estimate - reach, estimate + reach)
