# SPDX-License-Identifier: Apache-2.0
"""Practice journeys as numbers: when each person of a block crosses the border.

Time is in days from the first day wanted. A person lives inside or outside, may move once and
back, and makes trips to the other side meanwhile. Trips close to a move are left out and trips
are kept short beside the time at home, so that the 12/16-month rule, applied to complete
records, finds the moves and nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from numpy.typing import NDArray

from keruen.sources._travellers import COUNTRIES, KINDS, VISAS, Kind, Mix, Season

Reals = NDArray[np.float64]
Whole = NDArray[np.int64]

YEAR: Final = 365.25
SECOND: Final = 1_000_000
DAY: Final = 86_400 * SECOND
"""Microseconds."""
_ECHO_MINUTES: Final = 30
_BEFORE: Final = 800.0
"""Days of life before the first day wanted."""
_SHORTEST: Final = 0.15
_QUIET: Final = 126.0
"""Days without trips before a move: a stay that ends later would be part of it."""
_SPELL: Final = 500.0
"""Shortest time between moving and moving back."""


@dataclass(frozen=True)
class Journeys:
    """Crossings of a block of persons, one an element, in order of time."""

    person: Whole  # place in the block
    day: Reals
    direction: NDArray[np.int8]
    migration: NDArray[np.bool_]
    resident: NDArray[np.int8]  # where the person lives afterwards


@dataclass(frozen=True)
class People:
    """What does not change about the persons of a block; codes are places in lists."""

    kind: Whole
    citizenship: Whole
    country: Whole
    visa: Whole
    male: NDArray[np.bool_]
    born: Whole  # day of birth, from the first day wanted


def block(
    rng: np.random.Generator, persons: int, horizon: float, new_year: float, share: Reals
) -> tuple[People, Journeys]:
    """Persons and their crossings on days from 0 to the horizon.

    ``new_year`` is the day of some first of January, ``share`` that of each kind.
    """
    kind_of = rng.choice(len(share), persons, p=share / share.sum())
    blank = np.zeros((4, persons), np.int64)
    people = People(kind_of, blank[0], blank[1], blank[2], np.zeros(persons, bool), blank[3])
    parts = []
    for code, kind in enumerate(KINDS.values()):
        (who,) = np.nonzero(kind_of == code)
        _describe(rng, kind, who, people)
        parts.append(_travel(rng, kind, who, horizon, new_year))
    return people, _merge(parts, horizon)


def _describe(rng: np.random.Generator, kind: Kind, who: Whole, people: People) -> None:
    people.citizenship[who] = _pick(rng, kind.citizens, COUNTRIES, len(who))
    people.visa[who] = _pick(rng, kind.visas, VISAS, len(who))
    people.country[who] = people.citizenship[who]
    if kind.countries:
        people.country[who] = _pick(rng, kind.countries, COUNTRIES, len(who))
    people.male[who] = rng.random(len(who)) < kind.men
    age = np.clip(rng.normal(kind.age, kind.spread, len(who)), 0.5, 92.0)
    people.born[who] = -np.round(age * YEAR).astype(np.int64)


def _pick(rng: np.random.Generator, mix: Mix, codes: Sequence[str], size: int) -> Whole:
    weights = np.array(list(mix.values()))
    places = np.array([codes.index(code) for code in mix])
    return places[rng.choice(len(places), size, p=weights / weights.sum())]


def _travel(
    rng: np.random.Generator, kind: Kind, who: Whole, horizon: float, new_year: float
) -> Journeys:
    """Crossings of all persons of one kind."""
    moves = _moves(rng, kind, len(who), horizon, new_year)
    starts, stays = _trips(rng, kind, len(who), horizon, new_year)
    ends = starts + stays
    keep = np.isfinite(starts)
    for move in moves.T:
        keep &= (ends < move[:, None] - _QUIET) | (starts > move[:, None] + 1)
    side = np.full(starts.shape, kind.resident)
    for move in moves.T:
        side = np.where(starts > move[:, None], 1 - side, side)
    if kind.september:  # their trips lead home
        keep &= side != kind.resident
    row, column = np.nonzero(keep)
    there = side[row, column]  # residence at the time: the way out leads away from it
    mover, which = np.nonzero(np.isfinite(moves))
    way = np.where(which % 2 == 0, 1 - kind.resident, kind.resident)
    person = np.concatenate([row, row, mover])
    return Journeys(
        who[person],
        np.concatenate([starts[row, column], ends[row, column], moves[mover, which]]),
        np.concatenate([1 - there, there, way]).astype(np.int8),
        np.repeat([False, False, True], [len(row), len(row), len(mover)]),
        np.concatenate([there, there, way]).astype(np.int8),
    )


def _moves(
    rng: np.random.Generator, kind: Kind, size: int, horizon: float, new_year: float
) -> Reals:
    """Days of moving and of moving back; infinite where there is none."""
    if not kind.moves:
        return np.empty((size, 0))
    first = rng.uniform(-_BEFORE, horizon, size)
    if kind.september:
        first = _day_of_year(first, new_year, 243.0) + rng.normal(0, 6, size)
    if kind.back is None:
        return first[:, None]
    away = np.maximum(rng.gamma(6.0, kind.back / 6.0, size) * YEAR, _SPELL)
    back = first + away
    if kind.september:
        back = _day_of_year(first + kind.back * YEAR, new_year, 180.0) + rng.normal(0, 8, size)
    return np.stack([first, back], axis=1)


def _day_of_year(day: Reals, new_year: float, of_year: float) -> Reals:
    """The given day of the calendar year in which each day lies, to a day or so."""
    return np.floor((day - new_year) / YEAR) * YEAR + new_year + of_year


def _trips(
    rng: np.random.Generator, kind: Kind, size: int, horizon: float, new_year: float
) -> tuple[Reals, Reals]:
    """Starts and lengths of trips [person, trip]; infinite where there is none."""
    if kind.seasons:
        return _seasonal(rng, kind.seasons, size, horizon, new_year)
    cycle = max(YEAR / kind.trips, kind.stay * (1 + kind.rest))
    columns = int(1.5 * (horizon + _BEFORE) / cycle) + 8
    stays = kind.stay * np.exp(rng.normal(0, 0.9, (size, columns)))
    stays = np.clip(stays, _SHORTEST, kind.longest)
    gaps = rng.gamma(1.3, YEAR / kind.trips / 1.3, (size, columns))
    gaps = np.maximum(np.maximum(gaps, _SHORTEST), kind.rest * stays)
    starts = np.cumsum(gaps + np.roll(stays, 1, axis=1), axis=1) - stays[:, -1:] - _BEFORE
    # The rest after a trip is the gap before the next: it must suit both.
    short = np.zeros_like(gaps)
    short[:, 1:] = np.maximum(kind.rest * stays[:, :-1] - gaps[:, 1:], 0)
    starts += np.cumsum(short, axis=1)
    winter = np.cos(2 * np.pi * (starts - new_year - 15) / YEAR) > 0
    skipped = winter & (rng.random(starts.shape) > kind.summer)
    starts[skipped | (starts >= horizon)] = np.inf
    return starts, stays


def _seasonal(
    rng: np.random.Generator, seasons: Sequence[Season], size: int, horizon: float, new_year: float
) -> tuple[Reals, Reals]:
    years = np.arange(np.floor((-_BEFORE - new_year) / YEAR), (horizon - new_year) / YEAR)
    starts, stays = [], []
    for season in seasons:
        shift = np.clip(rng.normal(0, season.jitter, (size, len(years))), -25, 25)
        starts.append(np.round(years * YEAR) + new_year + season.day + shift)
        longest = season.days + 2 * season.spread
        days = rng.normal(season.days, season.spread, (size, len(years)))
        stays.append(np.clip(days, season.days / 3, longest))
        starts[-1][rng.random(shift.shape) > 0.85] = np.inf  # not every year
    return np.concatenate(starts, axis=1), np.concatenate(stays, axis=1)


def _merge(parts: Sequence[Journeys], horizon: float) -> Journeys:
    """All crossings on days wanted, in order of time."""
    day = np.concatenate([part.day for part in parts])
    person = np.concatenate([part.person for part in parts])
    (wanted,) = np.nonzero((day >= 0) & (day < horizon))
    order = wanted[np.lexsort((person[wanted], day[wanted]))]
    columns = (
        np.concatenate([getattr(part, each.name) for part in parts]) for each in fields(Journeys)
    )
    return Journeys(*(column[order] for column in columns))


def scans(
    rng: np.random.Generator, moment: Whole, missed: NDArray[np.bool_], rate: float
) -> tuple[Whole, NDArray[np.int8], Whole]:
    """Crossing, whether it is scanned again, and time of each scan, in order of time."""
    again = (rng.random(len(moment)) < rate) & ~missed
    delay = rng.integers(1, _ECHO_MINUTES * 60, len(moment)) * SECOND
    source = np.concatenate([np.arange(len(moment)), np.nonzero(again)[0]])
    echo = (np.arange(len(source)) >= len(moment)).astype(np.int8)
    at = moment[source] + echo * delay[source]
    order = np.lexsort((source, at))
    return source[order], echo[order], at[order]
