# SPDX-License-Identifier: Apache-2.0
"""Kernel: demographic accounts of stock tables, before any flow is estimated.

Tables are ``[table, birthplace, place]``: each row is a birthplace, each column a place of
residence. The steps are those of the closed and open accounts of Abel (2013) and Abel and
Sander (2014); every change is returned beside the table it was made to.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from keruen.measure._scaling import Floats, scale_tables

Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Account:
    """Survivors at the start and people born before it at the end, by birthplace.

    Parameters
    ----------
    start, end : ndarray [table, birthplace, place]
        Tables with equal birthplace totals: who could move, and where they were found.
    unmatched_start, unmatched_end : ndarray [table, birthplace, place]
        The same before birthplace totals were made equal.
    outside_out, outside_in : ndarray [table, birthplace, place]
        People who left the system and entered it; zero in a closed account.
    error : ndarray [table]
        Largest relative margin error of the rescaling.
    iterations : ndarray [table]
        Steps of the solver.
    """

    start: Floats
    end: Floats
    unmatched_start: Floats
    unmatched_end: Floats
    outside_out: Floats
    outside_in: Floats
    error: Floats
    iterations: NDArray[np.int64]


def fill_natives(stock: Floats, population: Floats) -> tuple[Floats, Floats, Bools]:
    """Native-born as population less foreign-born: table, raw table, columns that were cut.

    Where the foreign-born exceed the population the native-born are 0 and the column is
    scaled to the population.
    """
    places = np.arange(stock.shape[-1])
    raw = stock.copy()
    raw[:, places, places] = 0.0
    foreign = raw.sum(axis=1)
    native = population - foreign
    over = native < 0
    raw[:, places, places] = native
    filled = raw.copy()
    filled[:, places, places] = np.where(over, 0.0, native)
    factor = np.divide(population, foreign, out=np.ones_like(foreign), where=over)
    return filled * factor[:, None, :], raw, over


def balance_globally(
    start: Floats, end: Floats, births: Floats, deaths: Floats
) -> tuple[Floats, Floats, Floats, Floats]:
    """Scale the native-born so that the world grows by births less deaths.

    Returns both tables, the gap ``sum(b - d) - (sum(end) - sum(start))`` and the two
    factors ``[table, 2]`` of the diagonals; a factor of 0 or less means it cannot be done.
    """
    gap = (births - deaths).sum(axis=1) - (end.sum(axis=(1, 2)) - start.sum(axis=(1, 2)))
    places = np.arange(start.shape[-1])
    balanced, factors = [], []
    for table, share in ((start, -gap / 2), (end, gap / 2)):
        native = table[:, places, places].sum(axis=1)
        factor = np.divide(
            native + share, native, out=np.where(share == 0, 1.0, 0.0), where=native > 0
        )
        scaled = table.copy()
        scaled[:, places, places] *= factor[:, None]
        balanced.append(scaled)
        factors.append(factor)
    return balanced[0], balanced[1], gap, np.stack(factors, axis=1)


def remove_deaths(start: Floats, deaths: Floats) -> Floats:
    """Survivors: deaths fall on every birthplace in proportion to its residents."""
    residents = start.sum(axis=1)
    share = np.divide(deaths, residents, out=np.zeros_like(deaths), where=residents > 0)
    return np.asarray(start * (1.0 - share)[:, None, :])


def remove_births(end: Floats, births: Floats) -> tuple[Floats, Bools]:
    """People born before the period, and the places where births were spread.

    Births join the native-born of the place; where they exceed them, they are spread over
    all birthplaces of that place in proportion to its residents.
    """
    places = np.arange(end.shape[-1])
    residents = end.sum(axis=1)
    spread = births > end[:, places, places]
    share = np.divide(births, residents, out=np.zeros_like(births), where=spread & (residents > 0))
    left = end * (1.0 - share)[:, None, :]
    left[:, places, places] -= np.where(spread, 0.0, births)
    return left, spread


def close_account(start: Floats, end: Floats, *, rtol: float, max_iterations: int) -> Account:
    """Equal birthplace totals, by rescaling both tables to their mean and their own columns."""
    target = (start.sum(axis=2) + end.sum(axis=2)) / 2
    both = np.concatenate([start, end])
    rows = np.concatenate([target, target])
    columns = both.sum(axis=1)
    total = columns.sum(axis=1, keepdims=True)
    rows = rows * np.divide(total, rows.sum(axis=1, keepdims=True), where=total > 0, out=total + 1)
    with np.errstate(divide="ignore"):
        log_seed = np.log(both)
    scaled = scale_tables(log_seed, rows, columns, rtol=rtol, max_iterations=max_iterations)
    with np.errstate(invalid="ignore", over="ignore"):  # only where the fit failed
        factor = np.exp(scaled.rows[:, :, None] + scaled.columns[:, None, :])
    fitted = np.where(both > 0, both * np.nan_to_num(factor), 0.0)
    half = len(start)
    nothing = np.zeros_like(start)
    return Account(
        start=fitted[:half],
        end=fitted[half:],
        unmatched_start=start,
        unmatched_end=end,
        outside_out=nothing,
        outside_in=nothing,
        error=np.maximum(scaled.error[:half], scaled.error[half:]),
        iterations=np.maximum(scaled.iterations[:half], scaled.iterations[half:]),
    )


def open_account(start: Floats, end: Floats, *, own_shares: bool) -> Account:
    """Equal birthplace totals, by letting the surplus leave or enter the system."""
    surplus = start.sum(axis=2) - end.sum(axis=2)
    leavers, comers = (start, end) if own_shares else (end, start)
    outside_out = _spread(np.maximum(surplus, 0.0), leavers)
    outside_in = _spread(np.maximum(-surplus, 0.0), comers)
    count = len(start)
    return Account(
        start=start - outside_out,
        end=end - outside_in,
        unmatched_start=start,
        unmatched_end=end,
        outside_out=outside_out,
        outside_in=outside_in,
        error=np.zeros(count),
        iterations=np.zeros(count, dtype=np.int64),
    )


def _spread(amount: Floats, over: Floats) -> Floats:
    """An amount per row, spread in proportion to the row of a table."""
    total = over.sum(axis=2)
    share = np.divide(amount, total, out=np.zeros_like(amount), where=total > 0)
    return np.asarray(over * share[:, :, None])
