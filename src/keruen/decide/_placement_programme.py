# SPDX-License-Identifier: Apache-2.0
"""Kernel: some families and places as an integer programme, all others staying where they are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from keruen.decide._placement_jobs import job_rows
from keruen.decide._placement_prices import Floats, Ints, Numbers
from keruen.decide.solve import IntegerProgramme, solve_integer


@dataclass(frozen=True)
class Ties:
    """Families that must be in the same region.

    Parameters
    ----------
    region : ndarray of int [place]
        Region of each place.
    pairs : ndarray of int [pair, 2]
        Families tied.
    """

    region: Ints
    pairs: Ints


def used(case: Numbers, places: Ints) -> Ints:
    """Units taken at each place."""
    taken = np.zeros_like(case.capacity)
    placed = places >= 0
    np.add.at(taken, places[placed], case.needs[placed])
    return taken


def chosen_pairs(case: Numbers, places: Ints) -> Floats:
    """1 where a family is, 0 elsewhere."""
    chosen = np.zeros(case.worth.shape)
    (placed,) = np.nonzero(places >= 0)
    chosen[placed, places[placed]] = 1.0
    return chosen


def held_worth(case: Numbers, places: Ints) -> float:
    """Worth of families where they are, without jobs."""
    (placed,) = np.nonzero(places >= 0)
    return float(case.worth[placed, places[placed]].sum())


@dataclass(frozen=True)
class Part:
    """Families that may move, and what the others leave them.

    Parameters
    ----------
    case : Numbers
        The whole case.
    places : ndarray of int [family]
        Where families stay; -1 for those that may move, and for those that wait.
    open : ndarray of int
        Families that may move.
    near : ndarray of bool [family, place]
        Where they may go.
    minimum : ndarray of int [place, service] or None
        Least load of a place that takes anyone.
    ties : Ties
        Families that must share a region; both may move, or both stay.
    within : ndarray of bool [place] or None
        Places that anybody may come to or leave; all when not given.
    """

    case: Numbers
    places: Ints
    open: Ints
    near: NDArray[np.bool_]
    minimum: Ints | None
    ties: Ties
    within: NDArray[np.bool_] | None = None

    def solve(self, *, target: float, seconds: float) -> tuple[Ints | None, str]:
        """Places of all families, None where the programme has no answer."""
        held = held_worth(self.case, self.places)
        programme, family, place = self.programme()
        found = solve_integer(programme, target=target - held, seconds=seconds)
        if found.values is None:
            return None, found.ended
        places = self.places.copy()
        pick = found.values[: len(family)] > 0.5
        places[family[pick]] = place[pick]
        return places, found.ended

    def programme(self) -> tuple[IntegerProgramme, Ints, Ints]:
        """Pairs that hang between places, and what limits them."""
        from scipy.sparse import coo_array

        row, place = np.nonzero(self.near[self.open] & np.isfinite(self.case.worth[self.open]))
        family = self.open[row]
        table = _Rows(len(family))
        table.add(row, np.arange(len(family)), np.ones(len(family)), np.ones(len(self.open)))
        self._capacity_rows(table, family, place)
        self._side_rows(table, family, place)
        self._tie_rows(table, family, place)
        opened = self._minimum_rows(table, family, place)
        jobs = self._job_rows(table, family, place, len(family) + opened)
        gain = np.concatenate([self.case.worth[family, place], np.zeros(opened), jobs])
        rows = coo_array(
            (
                np.concatenate(table.values),
                (np.concatenate(table.rows), np.concatenate(table.cols)),
            ),
            shape=(table.count, len(gain)),
        )
        ones = np.ones(len(gain))
        limit = np.concatenate(table.limits)
        whole = np.arange(len(gain)) < len(family) + opened  # jobs come whole by themselves
        return IntegerProgramme(gain, rows, limit, ones, whole), family, place

    def _capacity_rows(self, table: _Rows, family: Ints, place: Ints) -> None:
        room = self.case.capacity - used(self.case, self.places)
        for service in range(room.shape[1]):
            amounts = self.case.needs[family, service].astype(float)
            table.add(place, np.arange(len(family)), amounts, room[:, service].astype(float))

    def _side_rows(self, table: _Rows, family: Ints, place: Ints) -> None:
        for side in self.case.sides:
            at = side.member[place] if side.of_places else side.member[family]
            counted = np.flatnonzero(at >= 0)
            room = side.limit - side.sums(chosen_pairs(self.case, self.places))
            table.add(at[counted], counted, side.amount[family, place][counted], room)

    def _tie_rows(self, table: _Rows, family: Ints, place: Ints) -> None:
        """In each region both of a pair or neither, and both places or neither."""
        region = self.ties.region[place]
        for one, other in self.ties.pairs:
            for at in np.unique(region):
                first = np.flatnonzero((family == one) & (region == at))
                second = np.flatnonzero((family == other) & (region == at))
                both = np.concatenate([first, second])
                sign = np.concatenate([np.ones(len(first)), -np.ones(len(second))])
                zero = np.zeros(1)
                table.add(np.zeros(len(both), dtype=int), both, sign, zero)
                table.add(np.zeros(len(both), dtype=int), both, -sign, zero)

    def _minimum_rows(self, table: _Rows, family: Ints, place: Ints) -> int:
        """A place is closed, or has at least its least load; returns the switches added."""
        if self.minimum is None:
            return 0
        taken = used(self.case, self.places)
        counted = (self.minimum > 0).any(axis=1)
        bound_places = np.flatnonzero(counted if self.within is None else counted & self.within)
        for switch, at in enumerate(bound_places):
            column = len(family) + switch
            here = np.flatnonzero(place == at)
            held = bool((self.places == at).any())
            # x <= open; where clear families are, the place is open
            table.add(
                np.concatenate([np.arange(len(here)), np.arange(len(here))]),
                np.concatenate([here, np.full(len(here), column)]),
                np.concatenate([np.ones(len(here)), -np.ones(len(here))]),
                np.zeros(len(here)),
            )
            if held:
                table.add(np.zeros(1, dtype=int), np.array([column]), -np.ones(1), -np.ones(1))
            for service in np.flatnonzero(self.minimum[at] > 0):
                amounts = -self.case.needs[family[here], service].astype(float)
                least = float(self.minimum[at, service])
                table.add(
                    np.zeros(len(here) + 1, dtype=int),
                    np.append(here, column),
                    np.append(amounts, least),
                    np.array([float(taken[at, service])]),
                )
        return len(bound_places)

    def _job_rows(self, table: _Rows, family: Ints, place: Ints, start: int) -> Floats:
        """Jobs that families may reach where they are fixed or may be; gains of the choices."""
        if self.case.jobs is None:
            return np.zeros(0)
        column = np.full(self.case.worth.shape, -1)
        column[family, place] = np.arange(len(family))
        fixed = self.places[:, None] == np.arange(len(self.case.capacity))
        if self.within is not None:  # jobs elsewhere are taken by the same workers as before
            fixed &= self.within
        choices, blocks = job_rows(self.case.jobs, column, fixed, start)
        for block in blocks:
            table.add(*block)
        return choices.gain


class _Rows:
    """Constraints gathered block by block."""

    def __init__(self, columns: int) -> None:
        self.columns, self.count = columns, 0
        self.rows: list[Ints] = []
        self.cols: list[Ints] = []
        self.values: list[Floats] = []
        self.limits: list[Floats] = []

    def add(self, row: Ints, column: Ints, value: Floats, limit: Floats) -> None:
        self.rows.append(row + self.count)
        self.cols.append(column)
        self.values.append(value)
        self.limits.append(limit)
        self.count += len(limit)
