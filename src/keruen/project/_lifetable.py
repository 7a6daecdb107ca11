# SPDX-License-Identifier: Apache-2.0
"""Life-table arithmetic on plain arrays, age on the last axis.

Symbols of the literature: ``m`` death rate, ``a`` years lived in the interval by those who
die in it, ``q`` probability of dying, ``l`` survivors (radix 1), ``L`` person-years lived,
``T`` person-years above, ``S`` survivorship from one age group into the next.
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
InfantRule = Literal["ak", "cd"]
"""Years lived by infants who die: Andreev and Kingkade (``ak``), Coale and Demeny (``cd``)."""

# Andreev & Kingkade (2015): upper limit of m(0), intercept and slope of a(0) below it.
_ANDREEV_KINGKADE: Final = {
    "M": ((0.0230, 0.14929, -1.99545), (0.08307, 0.02832, 3.26021), (np.inf, 0.29915, 0.0)),
    "F": ((0.01724, 0.14903, -2.05527), (0.06891, 0.04667, 3.88089), (np.inf, 0.31411, 0.0)),
}
_COALE_DEMENY: Final = {
    "M": ((0.107, 0.045, 2.684), (np.inf, 0.330, 0.0)),
    "F": ((0.107, 0.053, 2.800), (np.inf, 0.350, 0.0)),
}
_COALE_DEMENY_1_4: Final = {
    "M": ((0.107, 1.651, -2.816), (np.inf, 1.352, 0.0)),
    "F": ((0.107, 1.522, -1.518), (np.inf, 1.361, 0.0)),
}


class Columns(NamedTuple):
    """The columns of a life table, each shaped as the death rates."""

    a: Floats
    q: Floats
    l: Floats  # noqa: E741  (the symbol of the field)
    d: Floats
    L: Floats
    T: Floats
    e: Floats


def piecewise(m0: Floats, pieces: tuple[tuple[float, float, float], ...]) -> Floats:
    """Value of the first linear piece whose upper limit lies above the infant rate."""
    limits = [limit for limit, _, _ in pieces[:-1]]
    piece = np.searchsorted(np.asarray(limits), m0, side="right")
    intercept = np.asarray([p[1] for p in pieces])[piece]
    slope = np.asarray([p[2] for p in pieces])[piece]
    return np.asarray(intercept + slope * m0)


def separation(m: Floats, width: Floats, sex: str, rule: InfantRule) -> Floats:
    """Years ``a`` lived in each interval by those who die in it, ``m`` (..., A)."""
    pieces = _ANDREEV_KINGKADE if rule == "ak" else _COALE_DEMENY
    a = np.broadcast_to(width / 2, m.shape).copy()
    a[..., 0] = piecewise(m[..., 0], pieces[sex])
    if width[0] == 1 and width[1] == 4:
        a[..., 1] = piecewise(m[..., 0], _COALE_DEMENY_1_4[sex])
        _greville(a, m)
    return a


def _greville(a: Floats, m: Floats) -> None:
    """Fill ``a`` of five-year groups from age 15 on, abridged table, in place.

    The last closed group has no closed group above it and takes the slope before it.
    """
    first, last = 4, m.shape[-1] - 2  # 15-19, and the last closed group
    before, after = m[..., first - 1 : last - 1], m[..., first + 1 : last + 1]
    usable = (before > 0) & (after > 0)
    ratio = np.divide(after, before, out=np.ones_like(after), where=usable)
    slope = 0.1 * np.log(ratio)
    slope = np.concatenate([slope, slope[..., -1:]], axis=-1)
    inner = slice(first, last + 1)
    a[..., inner] = 2.5 - 25 / 12 * (m[..., inner] - slope)
    from_45 = slice(first + 6, last + 1)
    a[..., from_45] = np.maximum(a[..., from_45], 0.97)


def columns(m: Floats, a: Floats, width: Floats) -> Columns:
    """All columns from rates and separation; the last group is open, radix 1."""
    q = np.minimum(width * m / (1 + (width - a) * m), 1.0)
    q[..., -1] = 1.0
    l = np.ones_like(m)  # noqa: E741
    np.cumprod(1 - q[..., :-1], axis=-1, out=l[..., 1:])
    d = l * q
    L = width * (l - d) + a * d
    L[..., -1] = np.where(l[..., -1] > 0, np.inf, 0.0)
    np.divide(l[..., -1], m[..., -1], out=L[..., -1], where=m[..., -1] > 0)
    T = np.cumsum(L[..., ::-1], axis=-1)[..., ::-1]
    e = ratio(T, l)
    a = a.copy()
    a[..., -1] = e[..., -1]
    return Columns(a, q, l, d, L, T, e)


def ratio(above: Floats, below: Floats) -> Floats:
    """``above / below`` where anyone is left below, else 0."""
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0)


def survivorship(L: Floats, interval: int) -> Floats:
    """Survival into each group, ``L`` (..., A) of groups as wide as the interval, radix 1.

    ``S[0]`` is survival from birth; ``S[last]`` that of the last two groups together.
    """
    S = np.empty_like(L)
    S[..., 0] = L[..., 0] / interval
    S[..., 1:] = ratio(L[..., 1:], L[..., :-1])
    S[..., -1] = ratio(L[..., -1], L[..., -1] + L[..., -2])
    return S


def merge_infants(L: Floats) -> Floats:
    """Person-years of an abridged table with 0 and 1-4 joined into 0-4."""
    return np.concatenate([L[..., :1] + L[..., 1:2], L[..., 2:]], axis=-1)


def lower_deaths(L: Floats, l: Floats, interval: int) -> Floats:  # noqa: E741
    """Share of a cohort's deaths that fall in the lower of its two age groups.

    ``f[x] = (L[x] - n l[x+1]) / (L[x] - L[x+1])``, the share of those who die between
    group ``x`` and ``x + 1`` who do so before leaving group ``x``; ``f[last]`` is unused.
    """
    f = np.zeros_like(L)
    gone = L[..., :-1] - L[..., 1:]
    gone[..., -1] = L[..., -2]
    lower = L[..., :-1] - interval * l[..., 1:]
    f[..., :-1] = np.divide(lower, gone, out=np.full_like(gone, 0.5), where=gone > 0)
    return np.clip(f, 0.0, 1.0)


def truncate(m: Floats, columns_: Columns, open_at: int) -> Floats:
    """Rates cut to a lower open group, whose rate is one over its life expectancy."""
    cut = m[..., : open_at + 1].copy()
    e = columns_.e[..., open_at]
    cut[..., -1] = np.divide(1.0, e, out=np.zeros_like(e), where=e > 0)
    return cut


def kannisto(m: Floats, ages: Floats) -> tuple[Floats, Floats]:
    """Kannisto parameters ``(ln A, B)`` by least squares of logit m on age - 80."""
    z = ages - 80.0
    logit = np.log(m / (1 - m))
    centred = z - z.mean()
    B = (logit * centred).sum(axis=-1) / (centred**2).sum()
    log_A = logit.mean(axis=-1) - B * z.mean()
    return log_A, B


def kannisto_rates(log_A: Floats, B: Floats, ages: Floats) -> Floats:
    """Rates of the Kannisto law at the given ages, on a new last axis."""
    u = np.exp(log_A[..., None] + B[..., None] * (ages - 80.0))
    return np.asarray(u / (1 + u))
