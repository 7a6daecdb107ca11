# SPDX-License-Identifier: Apache-2.0
"""Kernel of placement through the year: what is left, what may come, where a batch goes best."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from keruen.decide._online_losses import Future, mean_losses
from keruen.decide._placement_case import Case
from keruen.decide._placement_jobs import (
    Choices,
    JobNumbers,
    job_rows,
    jobs_of_rows,
    joined_jobs,
)
from keruen.decide._placement_prices import (
    ROUGH,
    SOFTNESS,
    Floats,
    Ints,
    Numbers,
    Prices,
    Side,
    best_prices,
    surplus,
)
from keruen.decide.solve import IntegerProgramme, solve_integer

OnlineRule = Literal["potentials", "discord", "greedy"]


@dataclass(frozen=True)
class Took:
    """A job taken: where the worker stands in the table, and the job."""

    worker: int
    family: int
    place: int
    occupation: int
    tier: int
    chance: float


class Year:
    """What is left of the year: capacity, job places, queues, families still expected."""

    def __init__(
        self,
        case: Case,
        past: Case,
        *,
        seed: int,
        draws: int,
        balance: float,
        rule: OnlineRule,
    ) -> None:
        self.case, self.past, self.draws, self.balance, self.rule = case, past, draws, balance, rule
        self.rng = np.random.default_rng(seed)
        self.left = case.numbers.capacity.copy()
        jobs = case.numbers.jobs
        self.jobs_left = None if jobs is None else jobs.places.copy()
        self.took: list[Took] = []
        self.places = np.full(len(case.numbers.worth), -1)
        self.seen = 0
        mean = np.maximum(case.numbers.needs.mean(axis=0), 1e-9)
        self.houses = (case.numbers.capacity / mean).min(axis=1)
        self.queue = np.zeros(len(self.left))
        self.last: Prices | None = None

    def take(self, members: Ints, expected: int) -> Floats:
        """Place a batch; returns the potentials it was placed by."""
        self.seen += len(members)
        now = self._part(self.case.numbers, members)
        now = replace(now, worth=now.worth - self.balance * self.queue)
        prices, losses = self._look_ahead(now, max(expected - self.seen, 0))
        if losses is None:
            held = surplus(replace(now, jobs=None), replace(prices, jobs=None))
            placed, choices = self._best(now, held, prices)
        else:
            gain = np.where(np.isfinite(now.worth), losses[:, -1:] - losses[:, :-1], -np.inf)
            placed, choices = self._best(replace(now, jobs=None), gain, prices)
            if now.jobs is not None:
                choices = self._jobs_at(now.jobs, placed, prices)
        self._keep(members, now, placed, choices)
        arrived = np.bincount(placed[placed >= 0], minlength=len(self.left))
        even = self.houses * len(members) / max(expected, 1)
        self.queue = np.maximum(0.0, self.queue + arrived - even)
        return prices.units

    def _keep(self, members: Ints, now: Numbers, placed: Ints, choices: Choices | None) -> None:
        """Write down who is where and has which job; what they take is no longer there."""
        self.places[members] = placed
        np.subtract.at(self.left, placed[placed >= 0], now.needs[placed >= 0])
        jobs = now.jobs
        if choices is None or jobs is None or self.jobs_left is None:
            return
        worker, occupation = jobs.worker[choices.option], jobs.occupation[choices.option]
        cells = (choices.place, occupation, choices.tier)
        np.subtract.at(self.jobs_left, cells, 1)
        chance = jobs.chance[choices.option, choices.place] * jobs.factor[choices.tier]
        family = members[jobs.row[worker]]
        columns = (jobs.number[worker], family, *cells)
        rows = zip(*(each.tolist() for each in columns), chance.tolist(), strict=True)
        self.took += [Took(*row) for row in rows]

    def _part(self, numbers: Numbers, rows: Ints) -> Numbers:
        sides = tuple(_share(side, rows) for side in numbers.sides if not side.of_places)
        jobs = None
        if numbers.jobs is not None and self.jobs_left is not None:
            jobs = jobs_of_rows(numbers.jobs, rows, self.jobs_left)
        return Numbers(numbers.worth[rows], numbers.needs[rows], self.left, sides, jobs)

    def _look_ahead(self, now: Numbers, future: int) -> tuple[Prices, Floats | None]:
        """Prices of units, and mean losses by place and by waiting, over the draws."""
        jobs = None if self.jobs_left is None else np.zeros(self.jobs_left.shape)
        none = Prices(np.zeros(self.left.shape), tuple(np.zeros(1) for _ in now.sides), jobs)
        if self.rule == "greedy" or not future:
            return none, None
        found, futures = [], []
        for _ in range(self.draws):
            rows = self.rng.integers(len(self.past.numbers.worth), size=future)
            both = _together(now, self._part(self.past.numbers, rows))
            top = float(np.where(np.isfinite(both.worth), both.worth, 0.0).max(initial=1.0))
            steps = ROUGH if self.last else SOFTNESS
            found.append(best_prices(both, highest=max(top, 1.0), start=self.last, steps=steps))
            if self.rule == "discord":
                futures.append(Future(both))
        units = np.mean([each.units for each in found], axis=0)
        sides = tuple(
            np.mean([each.sides[at] for each in found], axis=0) for at in range(len(now.sides))
        )
        if self.jobs_left is not None:
            jobs = np.mean([each.jobs for each in found if each.jobs is not None], axis=0)
        mean = Prices(units, sides, jobs)
        if self.rule != "discord":
            return mean, None
        return mean, mean_losses(futures, _losses_at(now, mean))

    def _best(self, numbers: Numbers, gain: Floats, prices: Prices) -> tuple[Ints, Choices | None]:
        """The best places of a batch within what is left, and its jobs: a small programme."""
        hope, jobs = gain, numbers.jobs
        if jobs is not None and prices.jobs is not None:
            hope = gain + jobs.surplus(prices.jobs, len(gain))
        row, place = np.nonzero(np.isfinite(gain) & (hope > 0))
        places = np.full(len(gain), -1)
        if not len(row):
            return places, None
        column = np.full(gain.shape, -1)
        column[row, place] = np.arange(len(row))
        blocks = self._rows(numbers, row, place)
        worth, choices = gain[row, place], None
        if jobs is not None:
            nobody = np.zeros(gain.shape, dtype=bool)
            choices, more = job_rows(jobs, column, nobody, len(row), prices.jobs)
            blocks, worth = [*blocks, *more], np.append(worth, choices.gain)
        found = solve_integer(_programme(worth, blocks, len(row)), seconds=10.0).values
        if found is None:
            return places, None
        pick = found > 0.5
        chosen = pick[: len(row)]
        places[row[chosen]] = place[chosen]
        return places, None if choices is None else _picked(choices, pick[len(row) :])

    def _rows(
        self, numbers: Numbers, row: Ints, place: Ints
    ) -> list[tuple[Ints, Ints, Floats, Floats]]:
        """Each family once, and no more of a service than is left."""
        each = np.arange(len(row))
        blocks = [(row, each, np.ones(len(row)), np.ones(len(numbers.worth)))]
        for service in range(self.left.shape[1]):
            amount = numbers.needs[row, service].astype(float)
            blocks.append((place, each, amount, self.left[:, service].astype(float)))
        return blocks

    def _jobs_at(self, jobs: JobNumbers, placed: Ints, prices: Prices) -> Choices | None:
        """Jobs of families whose places are settled."""
        at = placed[:, None] == np.arange(len(self.left))
        choices, blocks = job_rows(jobs, np.full(at.shape, -1), at, 0, prices.jobs)
        found = solve_integer(_programme(choices.gain, blocks, 0), seconds=10.0).values
        return None if found is None else _picked(choices, found > 0.5)


def _picked(choices: Choices, pick: np.ndarray) -> Choices:
    return Choices(*(each[pick] for each in vars(choices).values()))


def _programme(
    gain: Floats, blocks: list[tuple[Ints, Ints, Floats, Floats]], whole: int
) -> IntegerProgramme:
    """Blocks of constraints one below the other; the first variables are whole numbers."""
    from scipy.sparse import coo_array

    starts = np.cumsum([0, *(len(limit) for *_, limit in blocks)])
    rows = [row + start for (row, *_), start in zip(blocks, starts, strict=False)]
    columns, values, limits = zip(*(block[1:] for block in blocks), strict=True)
    cells = (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns)))
    ones = np.ones(len(gain))
    return IntegerProgramme(
        gain,
        coo_array(cells, shape=(int(starts[-1]), len(gain))),
        np.concatenate(limits),
        ones,
        np.arange(len(gain)) < whole,
    )


def _losses_at(now: Numbers, prices: Prices) -> Floats:
    """What each place, and waiting, is below the best of the family at prices."""
    gains = np.concatenate([surplus(now, prices), np.zeros((len(now.worth), 1))], axis=1)
    return np.asarray(gains.max(axis=1, keepdims=True) - gains)


def _share(side: Side, rows: Ints) -> Side:
    """A floor for some of the families: its sum is in proportion to those of the group."""
    members = (side.amount != 0).any(axis=1)
    part = members[rows].sum() / max(members.sum(), 1)
    return replace(
        side, amount=side.amount[rows], member=side.member[rows], limit=side.limit * part
    )


def _together(now: Numbers, later: Numbers) -> Numbers:
    """Families of now and later as one case; floors are kept over both."""
    sides = tuple(
        replace(
            one,
            amount=np.concatenate([one.amount, other.amount]),
            member=np.concatenate([one.member, other.member]),
            limit=one.limit + other.limit,
        )
        for one, other in zip(now.sides, later.sides, strict=True)
    )
    jobs: JobNumbers | None = None
    if now.jobs is not None and later.jobs is not None:
        jobs = joined_jobs(now.jobs, later.jobs, len(now.worth))
    return Numbers(
        np.concatenate([now.worth, later.worth]),
        np.concatenate([now.needs, later.needs]),
        now.capacity,
        sides,
        jobs,
    )
