# SPDX-License-Identifier: Apache-2.0
"""Kernel of jobs by occupation: what workers may take, at which prices, and who takes which.

A job place has a price, as a unit of a service has one. At prices a worker takes the occupation
whose chance is highest above its price, so families choose among places one by one. For families
in their places the jobs are a transport problem, which has a whole answer.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from keruen.decide.solve import IntegerProgramme, solve_integer

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class JobNumbers:
    """Workers, what they can do, and job places. An option is a worker in an occupation.

    Parameters
    ----------
    row : ndarray of int [worker]
        Row of the family; workers in its order, each with an option at least.
    number : ndarray of int [worker]
        Where the worker stands in the table.
    worker, occupation : ndarray of int [option]
        Options in the order of workers.
    chance : ndarray [option, place]
        Chance of work, 0 where the occupation may not be taken.
    places : ndarray of int [place, occupation, tier]
        Job places.
    factor : ndarray [tier]
        What is left of the chance in each tier, falling.
    """

    row: Ints
    number: Ints
    worker: Ints
    occupation: Ints
    chance: Floats
    places: Ints
    factor: Floats
    _starts: tuple[Ints, Ints, Ints] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Where workers start among options, and rows among workers."""
        options = np.flatnonzero(np.diff(self.worker, prepend=-1))
        rows = np.flatnonzero(np.diff(self.row, prepend=-1))
        object.__setattr__(self, "_starts", (options, rows, self.row[rows]))

    def _offers(self, prices: Floats) -> list[Floats]:
        """Chance less price of each option, tier by tier."""
        offers = []
        for tier, factor in enumerate(self.factor):
            offer = self.chance * factor
            offer -= np.ascontiguousarray(prices[:, :, tier].T)[self.occupation]
            offers.append(offer)
        return offers

    def _of_families(self, per_worker: Floats, families: int) -> Floats:
        total = np.zeros((families, per_worker.shape[1]))
        if len(self.row):
            _, rows, owners = self._starts
            total[owners] = np.add.reduceat(per_worker, rows, axis=0)
        return total

    def surplus(self, prices: Floats, families: int) -> Floats:
        """What the workers of each family gain at each place above the prices."""
        if not len(self.row):
            return np.zeros((families, len(self.places)))
        return self._of_families(self._best(self._offers(prices)), families)

    def _best(self, offers: list[Floats]) -> Floats:
        """Best offer to each worker, 0 where none is above its price."""
        best = offers[0].copy()
        for each in offers[1:]:
            np.maximum(best, each, out=best)
        top = np.maximum.reduceat(best, self._starts[0], axis=0)
        return np.maximum(top, 0.0, out=top)

    def hoped(self, families: int) -> Floats:
        """What the workers of each family would gain if every job of the first tier were free."""
        return self.surplus(np.zeros(self.places.shape), families)

    def soft_surplus(
        self, prices: Floats, families: int, softness: float
    ) -> tuple[Floats, list[Floats]]:
        """The same with a soft maximum, and the share of a worker in each option and tier."""
        if not len(self.row):
            return np.zeros((families, len(self.places))), []
        offers = self._offers(prices)
        top = self._best(offers)
        spread, whole = top[self.worker], np.exp(-top / softness)
        for each in offers:  # in place: these are the largest arrays of all
            np.subtract(each, spread, out=each)
            np.divide(each, softness, out=each)
            np.exp(each, out=each)
            whole += np.add.reduceat(each, self._starts[0], axis=0)
        np.take(whole, self.worker, axis=0, out=spread)
        for each in offers:
            np.divide(each, spread, out=each)
        return self._of_families(top + softness * np.log(whole), families), offers

    def slope(self, chosen: Floats, shares: list[Floats]) -> Floats:
        """Job places left when a share of each family is at each place."""
        from scipy.sparse import csr_array

        left = self.places.astype(float)
        count = len(self.occupation)
        cells = (np.ones(count), (self.occupation, np.arange(count)))
        by_occupation = csr_array(cells, shape=(left.shape[1], count))
        here = chosen[self.row[self.worker]]
        for tier, share in enumerate(shares):
            left[:, :, tier] -= (by_occupation @ (here * share)).T
        return left


def jobs_of_rows(jobs: JobNumbers, rows: Ints, places: Ints) -> JobNumbers:
    """The workers of some rows, each row as often as it is named, before some job places."""
    worker, row = _spans(jobs.row, rows)
    option, position = _spans(jobs.worker, worker)
    return replace(
        jobs,
        row=row,
        number=jobs.number[worker],
        worker=position,
        occupation=jobs.occupation[option],
        chance=jobs.chance[option],
        places=places,
    )


def _spans(owner: Ints, wanted: Ints) -> tuple[Ints, Ints]:
    """Where the entries of each wanted owner stand, and which of the wanted owns each."""
    start = np.searchsorted(owner, wanted, "left")
    count = np.searchsorted(owner, wanted, "right") - start
    of = np.repeat(np.arange(len(wanted)), count)
    first = np.repeat(start - np.append(0, np.cumsum(count))[:-1], count)
    return first + np.arange(len(of)), of


def joined_jobs(one: JobNumbers, other: JobNumbers, families: int) -> JobNumbers:
    """Workers of both, the rows of the second standing after the families of the first."""
    return replace(
        one,
        row=np.append(one.row, families + other.row),
        number=np.append(one.number, other.number),
        worker=np.append(one.worker, len(one.row) + other.worker),
        occupation=np.append(one.occupation, other.occupation),
        chance=np.concatenate([one.chance, other.chance]),
    )


@dataclass(frozen=True)
class Choices:
    """What could be taken: an option at a place in a tier, one entry each."""

    option: Ints
    place: Ints
    tier: Ints
    gain: Floats


def find_choices(
    jobs: JobNumbers, near: NDArray[np.bool_], prices: Floats | None = None
) -> Choices:
    """Every job within reach when families may be where ``near`` says.

    With prices of job places the gain is what is above them, and jobs that gain nothing are out.
    """
    reach = near[jobs.row[jobs.worker]] & (jobs.chance > 0)
    option, place = np.nonzero(reach)
    there = jobs.places[place, jobs.occupation[option]] > 0
    pair, tier = np.nonzero(there & (jobs.factor > 0))
    option, place = option[pair], place[pair]
    gain = jobs.chance[option, place] * jobs.factor[tier]
    if prices is None:
        return Choices(option, place, tier, gain)
    gain = gain - prices[place, jobs.occupation[option], tier]
    kept = gain > 0
    return Choices(option[kept], place[kept], tier[kept], gain[kept])


def place_row(jobs: JobNumbers, choices: Choices) -> tuple[Ints, Floats]:
    """Number of the job place that each choice takes from, and how many each number has."""
    cell = (choices.place, jobs.occupation[choices.option], choices.tier)
    return np.ravel_multi_index(cell, jobs.places.shape), jobs.places.ravel().astype(float)


def job_rows(
    jobs: JobNumbers,
    column: Ints,
    fixed: NDArray[np.bool_],
    start: int,
    prices: Floats | None = None,
) -> tuple[Choices, list[tuple[Ints, Ints, Floats, Floats]]]:
    """The choices within reach, and their limits as row, column, value and limit.

    ``column`` is that of each family and place in the programme, -1 for none; ``fixed`` where a
    family is placed already; choices stand from column ``start`` on.
    """
    choices = find_choices(jobs, fixed | (column >= 0), prices)
    each = start + np.arange(len(choices.gain))
    taken, room = place_row(jobs, choices)
    wide = column.shape[1]
    keys = jobs.worker[choices.option] * wide + choices.place
    pairs, pair = np.unique(keys, return_inverse=True)
    own, at = jobs.row[pairs // wide], pairs % wide
    hanging = np.flatnonzero(column[own, at] >= 0)  # a worker has a job there if the family is
    rows, columns = np.concatenate([pair, hanging]), np.append(each, column[own, at][hanging])
    values = np.append(np.ones(len(each)), -np.ones(len(hanging)))
    most = np.where(fixed[own, at], 1.0, 0.0)
    return choices, [(taken, each, np.ones(len(each)), room), (rows, columns, values, most)]


def take_jobs(jobs: JobNumbers, places: Ints) -> tuple[Choices, float]:
    """Who takes which job when families are in their places, and the sum of chances."""
    from scipy.sparse import coo_array

    at = places[:, None] == np.arange(len(jobs.places))
    choices = find_choices(jobs, at)
    count = len(choices.gain)
    if not count:
        return choices, 0.0
    taken, room = place_row(jobs, choices)
    worker = jobs.worker[choices.option]
    rows = np.concatenate([worker, len(jobs.row) + taken])
    columns = np.tile(np.arange(count), 2)
    limit = np.concatenate([np.ones(len(jobs.row)), room])
    table = coo_array((np.ones(2 * count), (rows, columns)), shape=(len(limit), count))
    ones = np.ones(count)
    found = solve_integer(IntegerProgramme(choices.gain, table, limit, ones, ones < 0)).values
    if found is None:  # without a job is always possible: only a broken solver comes here
        return Choices(*(each[:0] for each in vars(choices).values())), 0.0
    pick = found > 0.5
    kept = Choices(*(each[pick] for each in vars(choices).values()))
    return kept, float(kept.gain.sum())
