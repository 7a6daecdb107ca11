# SPDX-License-Identifier: Apache-2.0
"""Inference from influence functions: errors by cluster, simultaneous bands, joint tests.

Estimates of one panel share their controls. Each unit's influence on each of them carries that:
covariances are sums over units, never of variances as if the estimates were independent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from keruen.decide.evaluate._panel import Floats, Ints, whole_numbers
from keruen.decide.evaluate.result import normal_interval

if TYPE_CHECKING:
    import pandas as pd

_CHUNK = 4096


def cluster_sums(influence: Floats, cluster: Ints) -> Floats:
    """Influence of whole clusters, over the number of units."""
    units = len(influence)
    codes, inverse = np.unique(cluster, return_inverse=True)
    if len(codes) == units:
        return influence / units
    order = np.argsort(inverse, kind="stable")
    first = np.searchsorted(inverse[order], np.arange(len(codes)))
    sums: Floats = np.add.reduceat(influence[order], first, axis=0) / units
    return sums


def covariance(sums: Floats) -> Floats:
    """Covariance of estimates from the influence of clusters."""
    found: Floats = sums.T @ sums
    return found


def errors(sums: Floats) -> Floats:
    """Standard errors; missing where no unit has any influence."""
    found = np.sqrt((sums**2).sum(0))
    return np.where(found > 0, found, np.nan)


def simultaneous_reach(
    sums: Floats, *, level: float, draws: int, random: np.random.Generator
) -> float:
    """Standard errors on each side of a band that holds all estimates together.

    Multiplier bootstrap: signs of clusters at random, then the largest ratio of a draw.
    Never shorter than the reach of one estimate alone.
    """
    from scipy.special import ndtri

    alone = float(ndtri(0.5 + level / 2.0))
    spread = errors(sums)
    known = np.isfinite(spread)
    if known.sum() < 2:
        return alone
    scaled = sums[:, known] / spread[known]
    drawn = np.zeros((draws, scaled.shape[1]))
    for start in range(0, len(scaled), _CHUNK):
        part = scaled[start : start + _CHUNK]
        signs = random.integers(0, 2, (draws, len(part)), dtype=np.int8)
        drawn += (2.0 * signs - 1.0) @ part
    return max(alone, float(np.quantile(np.abs(drawn).max(1), level)))


def strata(cohort: Floats, cluster: Ints) -> Ints:
    """Number of the group of cohorts that each cluster belongs to, in the order of its sums."""
    codes, inverse = np.unique(cluster, return_inverse=True)
    ends = np.stack([np.full(len(codes), np.inf), np.full(len(codes), -np.inf)], axis=1)
    np.minimum.at(ends[:, 0], inverse, cohort)
    np.maximum.at(ends[:, 1], inverse, cohort)
    return np.unique(ends, axis=0, return_inverse=True)[1].astype(np.int64)


def wald(effect: Floats, sums: Floats) -> float:
    """Wald statistic of the test that all effects are zero.

    Missing where there is nothing to test, or where clusters are too few to tell them apart.
    """
    root = _root(sums)
    if root is None:
        return np.nan
    return float((np.linalg.solve(root, effect / errors(sums)) ** 2).sum())


def joint_chance(effect: Floats, sums: Floats, groups: Ints) -> float:
    """Probability of a Wald statistic at least so large where all effects are zero.

    Hotelling's F with the degrees of freedom that the smaller groups leave (Nel and Van der
    Merwe 1986): the chi-square of large samples rejects far too often with a dozen treated units.
    """
    from scipy.special import fdtrc

    size = np.bincount(groups)[groups]
    sums = sums * np.sqrt(size / np.maximum(size - 1, 1))[:, None]  # unbiased within groups
    root, count = _root(sums), len(effect)
    if root is None:
        return np.nan
    whitened = np.linalg.solve(root, (sums / errors(sums)).T)
    doubt = 0.0
    for group in np.unique(groups):
        own = whitened[:, groups == group]
        part = own @ own.T
        doubt += ((part**2).sum() + np.trace(part) ** 2) / max(own.shape[1] - 1, 1)
    free = (count + count**2) / doubt
    rest = free - count + 1.0
    if rest <= 0:
        return np.nan
    return float(fdtrc(count, rest, wald(effect, sums) * rest / (free * count)))


def _root(sums: Floats) -> Floats | None:
    """Root of the correlations; None where effects cannot be told apart, or there are none."""
    if not 0 < sums.shape[1] < len(sums):
        return None
    with np.errstate(invalid="ignore"):
        scaled = sums / errors(sums)
    if not np.isfinite(scaled).all():
        return None
    try:
        root = np.asarray(np.linalg.cholesky(covariance(scaled)), dtype=np.float64)
    except np.linalg.LinAlgError:
        return None
    return root if np.diag(root).min() > 1e-6 else None


def p_values(effect: Floats, error: Floats) -> Floats:
    """Two-sided probability of an effect at least so large where there is none."""
    from scipy.special import ndtr

    found: Floats = 2.0 * ndtr(-np.abs(effect / error))
    return found


def effects_table(
    keys: dict[str, Floats],
    effect: Floats,
    sums: Floats,
    *,
    level: float,
    reach: float | None = None,
) -> pd.DataFrame:
    """Effects with standard errors, intervals of each alone, and the band of all if asked."""
    import pandas as pd

    error = errors(sums)
    low, high = normal_interval(effect, error, level=level)
    columns: dict[str, object] = {name: whole_numbers(key) for name, key in keys.items()}
    columns |= {"effect": effect, "standard_error": error, "low": low, "high": high}
    if reach is not None:
        columns |= {"band_low": effect - reach * error, "band_high": effect + reach * error}
    return pd.DataFrame(columns)
