# SPDX-License-Identifier: Apache-2.0
"""Placement through the year: families come in batches, and the rest of the year is not known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
import xarray as xr

from keruen.core.errors import CoverageError, SchemaError
from keruen.decide._market import WAITS
from keruen.decide._placement_case import Case, make_case
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
from keruen.decide.placement_tables import PlacementTables
from keruen.decide.solve import IntegerProgramme, solve_integer

OnlineRule = Literal["potentials", "greedy"]


@dataclass(frozen=True)
class OnlinePlacement:
    """Places given through a year.

    Parameters
    ----------
    assignment : DataArray [family]
        Locality of each family, an empty text where it waits.
    value : float
        Total score.
    remaining : DataArray [locality, service], units
        Capacity left.
    potentials : DataArray [batch, locality, service], score per unit
        What a unit was expected to be worth for the families still to come.
    queues : DataArray [locality], families
        Queue of each locality at the end: families beyond an even inflow.
    """

    assignment: xr.DataArray
    value: float
    remaining: xr.DataArray
    potentials: xr.DataArray
    queues: xr.DataArray


def place_online(
    tables: PlacementTables,
    batches: Sequence[Sequence[str]],
    *,
    pool: PlacementTables,
    seed: int,
    rule: OnlineRule = "potentials",
    draws: int = 3,
    expected: int | None = None,
    balance: float = 0.0,
) -> OnlinePlacement:
    """Places for families as they come, keeping room for those who will.

    Parameters
    ----------
    tables : PlacementTables
        All families of the year, as a back-test has them, or those so far; capacities of the
        year. A group floor is kept in expectation.
    batches : sequence of sequence of str
        Families in the order they come; each batch is placed together, before the next is seen.
    pool : PlacementTables
        Families of earlier years, from which the rest of the year is drawn: same localities and
        services.
    seed : int
        The same seed gives the same places.
    rule : {"potentials", "greedy"}
        Score less what the units taken are expected to be worth later, or the score alone.
    draws : int, optional
        Futures drawn for each batch; 3 to 5 is enough.
    expected : int, optional
        Families expected in the year; the number in the batches when not given. When capacity is
        larger than what will come, give your own forecast, not the capacity.
    balance : float, optional
        Score given up for each family in the queue of a locality, to keep inflow even.

    Returns
    -------
    OnlinePlacement

    Raises
    ------
    SchemaError
        The rule is unknown, or a number is out of range.
    CoverageError
        A batch names an unknown family or one twice, or the pool has other localities or services.

    See Also
    --------
    keruen.decide.resettle.place_families : With all families known.

    Notes
    -----
    For each batch, ``draws`` futures of the families still expected are drawn from the pool with
    replacement; the prices of units for the batch and a future together are the potentials. The
    batch is placed to maximise ``w[f,l] - sum_s a[f,s] p[l,s]`` within what is left. Minimum
    discord, the place with the least mean loss over the futures, is the same rule when losses are
    taken at prices: the best of each future does not depend on the place. The queue of
    a locality grows by families placed there and shrinks by its share of an even year:
    ``q <- max(0, q + placed - K batch / expected)`` with K its houses, here the families that it
    could take at the mean need.

    References
    ----------
    Ahani, N., Gölz, P., Procaccia, A. D., Teytelboym, A. and Trapp, A. C. (2024). Dynamic
    placement in refugee resettlement. Operations Research 72, 1087-1104.
    Bansak, K. and Paulson, E. (2024). Outcome-driven dynamic refugee assignment with allocation
    balancing. Operations Research 72, 2375-2390.

    Examples
    --------
    >>> who, where = {"family": ["f1", "f2"]}, {"locality": ["Astana", "Aktau"]}
    >>> one = {"service": ["houses"]}
    >>> tables = PlacementTables(
    ...     xr.DataArray([[1], [1]], {**who, **one}),
    ...     xr.DataArray([[1], [1]], {**where, **one}),
    ...     xr.DataArray([[0.9, 0.8], [0.7, 0.1]], {**who, **where}),
    ... )
    >>> found = place_online(tables, [["f1"], ["f2"]], pool=tables, seed=1, rule="greedy")
    >>> found.assignment.values.tolist()
    ['Astana', 'Aktau']
    """
    case, past = make_case(tables), make_case(pool)
    _check(tables, batches, pool, rule, draws)
    year = _Year(case, past, seed=seed, draws=draws, balance=balance, rule=rule)
    at = {str(name): number for number, name in enumerate(tables.families.indexes["family"])}
    total = expected if expected is not None else sum(len(batch) for batch in batches)
    potentials = []
    for batch in batches:
        members = np.array([at[name] for name in batch], dtype=np.int64)
        potentials.append(year.take(members, total))
    return _told(tables, case, year, potentials)


def _check(
    tables: PlacementTables,
    batches: Sequence[Sequence[str]],
    pool: PlacementTables,
    rule: str,
    draws: int,
) -> None:
    if rule not in get_args(OnlineRule) or draws < 1:
        raise SchemaError(
            f"{draws} draws by {rule!r}",
            remedy=f"give 1 or more, and one of {', '.join(get_args(OnlineRule))}",
        )
    if tables.links or pool.links:
        raise SchemaError(
            "linked families cannot be placed one batch after another",
            where="links",
            remedy="merge them into one family first",
            id="LinksOnline",
        )
    if tables.jobs is not None or pool.jobs is not None:
        raise SchemaError(
            "jobs by occupation cannot be taken one batch after another",
            where="jobs",
            remedy="give job places as a service, or scores that hold the chances",
            id="JobsOnline",
        )
    named = [name for batch in batches for name in batch]
    known = {str(each) for each in tables.families.indexes["family"]}
    odd = sorted({name for name in named if name not in known or named.count(name) > 1})
    if odd:
        raise CoverageError(
            f"the batches name {', '.join(odd[:5])} more than once, or it is unknown",
            where="batches",
            remedy="name each family of the tables at most once",
        )
    for dim, array, other in (
        ("locality", tables.localities, pool.localities),
        ("service", tables.families, pool.families),
    ):
        if not array.indexes[dim].equals(other.indexes[dim]):
            raise CoverageError(
                f"the pool has another {dim}",
                where="pool",
                remedy="give the same localities and services in the same order",
            )


class _Year:
    """What is left of the year: capacity, queues, families still expected."""

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
        self.places = np.full(len(case.numbers.worth), -1)
        self.seen = 0
        mean = np.maximum(case.numbers.needs.mean(axis=0), 1e-9)
        self.houses = (case.numbers.capacity / mean).min(axis=1)
        self.queue = np.zeros(len(self.left))
        self.last: Prices | None = None

    def take(self, members: Ints, expected: int) -> Floats:
        """Place a batch; returns the potentials it was placed by."""
        self.seen += len(members)
        future = max(expected - self.seen, 0)
        prices = self._potentials(members, future)
        numbers = self._part(self.case.numbers, members)
        gain = surplus(numbers, prices) - self.balance * self.queue
        self.places[members] = self._best(numbers, gain)
        placed = self.places[members]
        np.subtract.at(self.left, placed[placed >= 0], numbers.needs[placed >= 0])
        arrived = np.bincount(placed[placed >= 0], minlength=len(self.left))
        even = self.houses * len(members) / max(expected, 1)
        self.queue = np.maximum(0.0, self.queue + arrived - even)
        return prices.units

    def _part(self, numbers: Numbers, rows: Ints) -> Numbers:
        sides = tuple(_share(side, rows) for side in numbers.sides if not side.of_places)
        return Numbers(numbers.worth[rows], numbers.needs[rows], self.left, sides)

    def _potentials(self, members: Ints, future: int) -> Prices:
        """Prices of units for the batch and the families still to come, over the draws."""
        now = self._part(self.case.numbers, members)
        none = Prices(np.zeros(self.left.shape), tuple(np.zeros(1) for _ in now.sides))
        if self.rule == "greedy" or not future:
            return none
        found = []
        for _ in range(self.draws):
            rows = self.rng.integers(len(self.past.numbers.worth), size=future)
            later = self._part(self.past.numbers, rows)
            both = _together(now, later)
            top = float(np.where(np.isfinite(both.worth), both.worth, 0.0).max(initial=1.0))
            steps = ROUGH if self.last else SOFTNESS
            found.append(best_prices(both, highest=max(top, 1.0), start=self.last, steps=steps))
        units = np.mean([each.units for each in found], axis=0)
        sides = tuple(
            np.mean([each.sides[at] for each in found], axis=0) for at in range(len(now.sides))
        )
        return Prices(units, sides)

    def _best(self, numbers: Numbers, gain: Floats) -> Ints:
        """The best places of a batch within what is left: a small programme."""
        from scipy.sparse import coo_array

        row, place = np.nonzero(np.isfinite(gain) & (gain > 0))
        column = np.arange(len(row))
        cells = [(row, column, np.ones(len(row)))]
        services = self.left.shape[1]
        for service in range(services):
            at = len(gain) + place * services + service
            cells.append((at, column, numbers.needs[row, service].astype(float)))
        rows, columns, values = (np.concatenate(part) for part in zip(*cells, strict=True))
        limit = np.concatenate([np.ones(len(gain)), self.left.ravel().astype(float)])
        shape = (len(limit), len(row))
        ones = np.ones(len(row))
        programme = IntegerProgramme(
            gain[row, place],
            coo_array((values, (rows, columns)), shape=shape),
            limit,
            ones,
            ones > 0,
        )
        places = np.full(len(gain), -1)
        found = solve_integer(programme, seconds=10.0).values if len(row) else None
        if found is not None:
            pick = found > 0.5
            places[row[pick]] = place[pick]
        return places


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
    return Numbers(
        np.concatenate([now.worth, later.worth]),
        np.concatenate([now.needs, later.needs]),
        now.capacity,
        sides,
    )


def _told(
    tables: PlacementTables, case: Case, year: _Year, potentials: list[Floats]
) -> OnlinePlacement:
    names = np.array([*tables.localities.indexes["locality"], WAITS], dtype=object)
    localities = {"locality": tables.localities.indexes["locality"]}
    cells = {**localities, "service": tables.families.indexes["service"]}
    placed = np.flatnonzero(year.places >= 0)
    return OnlinePlacement(
        xr.DataArray(
            names[year.places].astype(str),
            coords={"family": tables.families.indexes["family"]},
            dims="family",
            name="assignment",
        ),
        float(case.score[placed, year.places[placed]].sum()),
        xr.DataArray(year.left, cells, name="remaining"),
        xr.DataArray(
            np.stack(potentials) if potentials else np.zeros((0, *year.left.shape)),
            {"batch": np.arange(len(potentials)), **cells},
            name="potential",
        ),
        xr.DataArray(year.queue, localities, name="queue"),
    )
