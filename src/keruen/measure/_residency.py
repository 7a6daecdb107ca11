# SPDX-License-Identifier: Apache-2.0
"""Kernel of the residency index: persons by years, one step a year."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Whole = NDArray[np.int64]
NONE: Final = -(2**31)
"""Day number that stands for no date."""
_FINAL_AFTER: Final = 2


@dataclass(frozen=True)
class Settings:
    """Settings of the index; columns of registers with their weights."""

    registers: tuple[str, ...]
    weights: tuple[float, ...]
    until: int
    decay: float
    gain: float
    cutoff: float
    interval: int


def index_by_year(
    signs: NDArray[np.float64], status: Whole, first: Whole, settings: Settings
) -> NDArray[np.float64]:
    """Index [person, year]; missing before the first year (status -1: nothing stated)."""
    index = np.full(signs.shape, np.nan)
    before = np.full(len(signs), np.nan)
    for k in range(signs.shape[1]):
        now = np.clip(settings.decay * before + settings.gain * signs[:, k], 0.0, 1.0)
        now = np.where(first == k, 1.0, now)
        before = np.where((status[:, k] >= 0) & (first <= k), status[:, k], now)
        index[:, k] = before
    return index


def inherit(
    index: NDArray[np.float64], hidden: NDArray[np.bool_], home: Whole
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Index of members whom no register can show from the others of their household."""
    best = np.full((int(home.max()) + 1, index.shape[1]), -1.0)
    np.maximum.at(best, home[~hidden], np.nan_to_num(index[~hidden], nan=-1.0))
    taken = hidden[:, None] & ~np.isnan(index) & (best[home] >= 0)
    return np.where(taken, best[home], index), taken


def departures(
    index: NDArray[np.float64], status: Whole, last_sign: Whole, start: int, settings: Settings
) -> tuple[Whole, NDArray[np.bool_]]:
    """Inferred day of departure [person, year], ``NONE`` without, and whether provisional.

    ``last_sign`` holds the latest day of a sign up to the end of each year; ``start`` is the
    first year of the panel.
    """
    inside = index >= settings.cutoff
    away = np.zeros(index.shape, dtype=np.int64)  # years below the cutoff from here on
    run = np.zeros(len(index), dtype=np.int64)
    for k in reversed(range(index.shape[1])):
        run = np.where(inside[:, k] | np.isnan(index[:, k]), 0, run + 1)
        away[:, k] = run
    left = np.zeros(index.shape, dtype=bool)
    left[:, 1:] = inside[:, :-1] & ~inside[:, 1:]
    reach = np.arange(index.shape[1]) + away == index.shape[1]
    stated = status == 0
    known = left & (reach | (away >= _FINAL_AFTER) | stated)
    provisional = known & (away < _FINAL_AFTER) & ~stated
    entry = np.argmax(~np.isnan(index), axis=1) + start
    sign = np.where(last_sign == NONE, mid_year(entry)[:, None], last_sign)
    day = np.minimum(sign + settings.interval // 2, year_end(sign))
    return np.where(known, day, NONE), provisional


def mid_year(year: Whole) -> Whole:
    """Day number of 1 July."""
    return (
        ((year - 1970).astype("datetime64[Y]").astype("datetime64[M]") + 6)
        .astype("datetime64[D]")
        .astype(np.int64)
    )


def year_end(day: Whole) -> Whole:
    """Day number of 31 December of the year of a day."""
    year = day.astype("datetime64[D]").astype("datetime64[Y]")
    return (year + 1).astype("datetime64[D]").astype(np.int64) - 1
