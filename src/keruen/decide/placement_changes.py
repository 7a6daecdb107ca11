# SPDX-License-Identifier: Apache-2.0
"""What more room would change for a family: computed around it, with a bound on all the rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from keruen.decide._market import WAITS
from keruen.decide._placement_case import PREFER_PLACING, make_case
from keruen.decide._placement_improve import moving_families
from keruen.decide._placement_prices import Floats, Ints, Numbers, Prices, surplus
from keruen.decide._placement_programme import Part
from keruen.decide._placement_search import total_worth

if TYPE_CHECKING:
    from keruen.decide.resettle import Placement

_SECONDS = 5.0


@dataclass(frozen=True)
class NearbyChange:
    """Where a family would be if a locality had more room.

    Parameters
    ----------
    locality : str
        Where the family would be, an empty text where it would wait.
    families : int
        Families placed anew: those at the two places, and those who wait and may come.
    value : float
        Value of the placement then.
    gap : float
        Share of the value that placing all families anew could gain at most.
    """

    locality: str
    families: int
    value: float
    gap: float


class NearbyChanges:
    """A placement whose places can be computed again around a family.

    Parameters
    ----------
    found : Placement
        A placement of :func:`keruen.decide.resettle.place_families`.

    See Also
    --------
    keruen.decide.resettle.place_families : Computes everything again.

    Notes
    -----
    The families at the locality and at the family's own place, and those who wait and may come
    there, are placed anew to the best total by an integer programme; all others stay. The prices
    of the placement, with the units added at their price, bound what placing everybody anew could
    be worth.

    Examples
    --------
    >>> import xarray as xr
    >>> from keruen.decide.resettle import place_families
    >>> who, where = {"family": ["f1", "f2"]}, {"locality": ["Astana", "Aktau"]}
    >>> one = {"service": ["houses"]}
    >>> families = xr.DataArray([[1], [1]], {**who, **one})
    >>> localities = xr.DataArray([[1], [1]], {**where, **one})
    >>> score = xr.DataArray([[0.9, 0.5], [0.7, 0.1]], {**who, **where})
    >>> found = place_families(families, localities, score)
    >>> found.assignment.values.tolist()
    ['Aktau', 'Astana']
    >>> NearbyChanges(found).with_room("f1", "Astana", {"houses": 1}).locality
    'Astana'
    """

    def __init__(self, found: Placement) -> None:
        tables = found.tables
        self.case = case = make_case(tables)
        self.localities = [str(each) for each in tables.localities.indexes["locality"]]
        self.families = {str(name): at for at, name in enumerate(tables.families["family"].values)}
        self.services = [str(each) for each in tables.families.indexes["service"]]
        at = {name: place for place, name in enumerate(self.localities)} | {WAITS: -1}
        order = found.assignment.sel(family=tables.families.indexes["family"])
        needs = tables.families
        self.size: Floats = np.ones(len(self.families))
        if tables.persons in self.services:
            self.size = needs.sel(service=tables.persons).to_numpy().astype(float)
        self.rows: Ints = np.full(len(case.numbers.worth), -1)
        self.rows[case.row] = [at[str(name)] for name in order.values]
        self.prices = _prices_of(found, case.numbers)
        free = replace(case.numbers, worth=np.zeros_like(case.numbers.worth))
        self.charge = surplus(free, self.prices)
        self.best = np.maximum((case.numbers.worth + self.charge).max(axis=1, initial=0.0), 0.0)
        self.bound = float(found.certificate["bound"])
        self.value = float(found.certificate["value"])

    def with_room(self, family: str, locality: str, units: Mapping[str, int]) -> NearbyChange:
        """Where a family would be if a locality had some more units.

        Parameters
        ----------
        family : str
            The family.
        locality : str
            Where room is added.
        units : mapping of str to int
            Units added by service.

        Returns
        -------
        NearbyChange
        """
        row, place = int(self.case.row[self.families[family]]), self.localities.index(locality)
        more = np.array([units.get(name, 0) for name in self.services], dtype=np.int64)
        numbers = self._changed(place, more)
        within = np.zeros(len(self.localities), dtype=bool)
        within[place] = True
        within[self.rows[row]] |= bool(self.rows[row] >= 0)
        may = np.isfinite(numbers.worth[:, within])
        near = np.zeros(numbers.worth.shape, dtype=bool)
        near[:, within] = may
        moving = moving_families(self.rows, within, near, self.case.ties)
        stay = np.where(moving, -1, self.rows)
        part = Part(
            numbers,
            stay,
            np.flatnonzero(moving),
            near,
            self.case.minimum,
            self.case.ties,
            within,
        )
        found, _ = part.solve(target=np.inf, seconds=_SECONDS)
        places, value = self.rows, self.value
        if found is not None:
            gained = total_worth(numbers, found) - total_worth(numbers, self.rows)
            if gained >= 0:
                places, value = found, self.value + gained
        most = self._bound(numbers, place, more)
        name = WAITS if places[row] < 0 else self.localities[places[row]]
        count = int(np.isin(self.case.row, np.flatnonzero(moving)).sum())
        return NearbyChange(name, count, value, (most - value) / abs(value) if value else 0.0)

    def _changed(self, place: int, more: Ints) -> Numbers:
        """The case with more room, in which families may fit that did not."""
        numbers = self.case.numbers
        capacity = numbers.capacity.copy()
        capacity[place] += more
        worth = numbers.worth.copy()
        worth[:, place] = self._worth_at(place)
        worth[(numbers.needs > capacity[place]).any(axis=1), place] = -np.inf
        return replace(numbers, capacity=capacity, worth=worth)

    def _worth_at(self, place: int) -> Floats:
        """Worth of every row at a place, whatever its room."""
        case = self.case
        own = case.score[:, place] + PREFER_PLACING * self.size
        own = np.where(case.allowed[:, place], own, -np.inf)
        total = np.zeros(len(case.numbers.worth))
        np.add.at(total, case.row, own)
        return total

    def _bound(self, numbers: Numbers, place: int, more: Ints) -> float:
        """The bound of before, with the units added, and families that now fit."""
        here = numbers.worth[:, place] + self.charge[:, place]
        gained = np.maximum(here - self.best, 0.0)
        return self.bound + float(more @ self.prices.units[place]) + float(gained.sum())


def _prices_of(found: Placement, numbers: Numbers) -> Prices:
    """Prices of a placement as the kernels see them."""
    limits = found.certificate["limits"]
    sides = tuple(
        np.array([limits[side.name][label] for label in side.labels]) for side in numbers.sides
    )
    jobs = None if found.job_prices is None else found.job_prices.to_numpy()
    return Prices(found.prices.to_numpy(), sides, jobs)
