# SPDX-License-Identifier: Apache-2.0
"""Have the chains of a sampler settled? Split R-hat and effective sample size."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def _halves(draws: Array) -> Array:
    """Every chain (chains, draws, ...) cut into two, an odd middle draw left out."""
    half = draws.shape[1] // 2
    return np.concatenate([draws[:, :half], draws[:, -half:]])


def split_r_hat(draws: Array) -> Array:
    """Potential scale reduction of half-chains, for draws (chains, draws, ...).

    ``sqrt(((n - 1) / n W + B / n) / W)`` with W the mean variance within half-chains and
    B / n the variance of their means (Gelman and others, 2013, Bayesian Data Analysis,
    section 11.4). A quantity that never moved is settled: 1.
    """
    halves = _halves(draws)
    n = halves.shape[1]
    within = halves.var(axis=1, ddof=1).mean(axis=0)
    between = halves.mean(axis=1).var(axis=0, ddof=1)
    still = np.ptp(halves, axis=(0, 1)) == 0
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.sqrt((n - 1) / n + between / within)
    return np.where(still, 1.0, ratio)


def _autocovariance(draws: Array) -> Array:
    """Autocovariances along axis 1, by the fast Fourier transform."""
    from scipy.fft import irfft, next_fast_len, rfft

    n = draws.shape[1]
    moved = draws - draws.mean(axis=1, keepdims=True)
    size = next_fast_len(2 * n)
    power = np.abs(rfft(moved, size, axis=1)) ** 2
    return np.asarray(irfft(power, size, axis=1)[:, :n] / n)


def effective_sample_size(draws: Array) -> Array:
    """Number of independent draws that tell as much, for draws (chains, draws, ...).

    Autocorrelations of half-chains are added in pairs until a pair is negative (Geyer's
    initial positive sequence). A quantity that never moved counts every draw.
    """
    halves = _halves(draws)
    m, n = halves.shape[:2]
    covariance = _autocovariance(halves).mean(axis=0)
    within = covariance[0] * n / (n - 1)
    total = within * (n - 1) / n + halves.mean(axis=1).var(axis=0, ddof=1)
    still = np.ptp(halves, axis=(0, 1)) == 0
    with np.errstate(divide="ignore", invalid="ignore"):
        rho = 1.0 - (within - covariance * n / (n - 1)) / total
    rho[0] = 1.0
    even = n // 2 * 2
    pairs = rho[:even].reshape(n // 2, 2, *rho.shape[1:]).sum(axis=1)
    going = np.cumprod(pairs > 0, axis=0)
    spread = np.maximum(2.0 * (pairs * going).sum(axis=0) - 1.0, 1.0 / np.log10(m * n))
    return np.where(still, float(m * n), np.minimum(m * n / spread, m * n * np.log10(m * n)))
