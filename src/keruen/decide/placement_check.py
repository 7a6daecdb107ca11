# SPDX-License-Identifier: Apache-2.0
"""Checks a placement from its tables alone: arithmetic that a third party can repeat.

Nothing here calls a solver, or what made the placement.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import xarray as xr

from keruen.core.errors import SchemaError
from keruen.decide._job_check import CheckedJobs
from keruen.decide.placement_tables import PlacementTables

if TYPE_CHECKING:
    import pandas as pd

_NEAR = 1e-6


class _Limit(NamedTuple):
    """One limit: what each pair adds, what the sum may be, and its price."""

    name: str
    amount: np.ndarray
    most: float
    price: float


def check_placement(
    tables: PlacementTables,
    assignment: xr.DataArray,
    *,
    prices: xr.DataArray,
    certificate: Mapping[str, Any],
    jobs: pd.DataFrame | None = None,
    job_prices: xr.DataArray | None = None,
) -> pd.DataFrame:
    """Every promise of a placement, computed again.

    Parameters
    ----------
    tables : PlacementTables
        Families, localities, scores and limits.
    assignment : DataArray [family]
        Locality of each family, an empty text where it waits.
    prices : DataArray [locality, service], score per unit
        Prices of the certificate.
    certificate : mapping
        ``value``, ``bound``, ``prefer_placing``, ``limits`` of the placement, and ``fitting``
        where the bound counts only places that would hold a family if they were empty.
    jobs : DataFrame, optional
        Who takes which job, where the tables have jobs: worker, locality, occupation, tier.
    job_prices : DataArray [locality, occupation, tier], score per place, optional
        Prices of job places.

    Returns
    -------
    DataFrame
        Columns check, holds, found: one row a promise.

    See Also
    --------
    keruen.decide.resettle.place_families : Makes what is checked.

    Notes
    -----
    Constraints are checked in whole numbers. The bound is weak duality: capacity at its prices,
    other limits at theirs, and the best surplus of every family; any prices that are not negative
    give a valid bound.

    Examples
    --------
    >>> who, where = {"family": ["f1"]}, {"locality": ["Astana"]}
    >>> one = {"service": ["houses"]}
    >>> tables = PlacementTables(
    ...     xr.DataArray([[1]], {**who, **one}),
    ...     xr.DataArray([[1]], {**where, **one}),
    ...     xr.DataArray([[0.9]], {**who, **where}),
    ... )
    >>> placed = xr.DataArray(["Astana"], who)
    >>> prices = xr.DataArray([[0.2]], {**where, **one})
    >>> said = {"value": 0.9, "bound": 0.9, "prefer_placing": 0.0, "limits": {}}
    >>> found = check_placement(tables, placed, prices=prices, certificate=said)
    >>> bool(found["holds"].all())
    True
    """
    import pandas as pd

    taken = None
    if tables.jobs is not None:
        if jobs is None or job_prices is None:
            raise SchemaError(
                "the tables have jobs, and it is not said who takes them",
                where="jobs, job_prices",
                remedy="give both, as place_families does",
            )
        taken = CheckedJobs(tables, assignment, jobs, job_prices)
    rows = list(_Check(tables, assignment, prices, certificate, taken).rows())
    return pd.DataFrame(rows, columns=["check", "holds", "found"])


class _Check:
    """The tables as plain arrays in one order."""

    def __init__(
        self,
        tables: PlacementTables,
        assignment: xr.DataArray,
        prices: xr.DataArray,
        certificate: Mapping[str, Any],
        jobs: CheckedJobs | None,
    ) -> None:
        self.tables, self.said, self.jobs = tables, certificate, jobs
        self.families = [str(each) for each in tables.families.indexes["family"]]
        self.places = [str(each) for each in tables.localities.indexes["locality"]]
        self.services = [str(each) for each in tables.families.indexes["service"]]
        self.needs = self._plain(tables.families, "family", "service").astype(np.int64)
        self.room = self._plain(tables.localities, "locality", "service").astype(np.int64)
        self.prices = self._plain(prices, "locality", "service")
        self.at = np.array([str(each) for each in assignment.sel(family=self.families).values])
        self.x = self.at[:, None] == np.array(self.places)[None, :]
        self.allowed = self._allowed()
        self.score = np.where(self.allowed, self._plain(tables.score, "family", "locality"), 0.0)
        counts = tables.persons in self.services
        self.size = (
            self.needs[:, self.services.index(tables.persons)]
            if counts
            else np.ones(len(self.families))
        )
        self.worth = self.score + certificate["prefer_placing"] * self.size[:, None]
        self.limits = list(self._limits())

    def _plain(self, array: xr.DataArray, *dims: str) -> np.ndarray:
        labels = {"family": self.families, "locality": self.places, "service": self.services}
        return array.sel({dim: labels[dim] for dim in dims}).transpose(*dims).to_numpy()

    def _allowed(self) -> np.ndarray:
        tables = self.tables
        allowed = np.ones(self.x.shape, dtype=bool)
        if tables.compat is not None:
            allowed &= self._plain(tables.compat, "family", "locality").astype(bool)
        if tables.preferences is not None:
            ranks = self._plain(tables.preferences, "family", "locality").astype(float)
            allowed &= ~np.isnan(ranks)
        if "must_region" in tables.families.coords:
            must = tables.families["must_region"].sel(family=self.families).values.astype(str)
            allowed &= (must[:, None] == "") | (must[:, None] == np.array(tables.regions))
        return allowed

    def _limits(self) -> Iterator[_Limit]:
        tables, said = self.tables, self.said["limits"]
        inside = {each: np.array(tables.regions) == each for each in set(tables.regions)}
        if tables.budgets is not None and tables.cost is not None:
            cost = self._plain(tables.cost, "family", "locality")
            for region, most in _cells(tables.budgets, "region"):
                price = said["budget"][region]
                yield _Limit(f"budget of {region}", cost * inside[region], most, price)
        if tables.region_share is not None:
            for region, goal in _cells(tables.region_share, "region"):
                persons = self.size[:, None] * inside[region]
                slack = tables.share_tolerance * goal
                high, low = "region share, most", "region share, least"
                yield _Limit(f"{high}: {region}", persons, goal + slack, said[high][region])
                yield _Limit(f"{low}: {region}", -persons, slack - goal, said[low][region])
        if tables.group_floor is not None:
            groups = tables.families["group"].sel(family=self.families).values.astype(str)
            for group, floor in _cells(tables.group_floor, "group"):
                mine = groups == group
                amount, price = -self.score * mine[:, None], said["group floor"][group]
                yield _Limit(f"floor of {group}", amount, -floor * mine.sum(), price)

    def rows(self) -> Iterator[tuple[str, bool, str]]:
        """One promise after another."""
        known = np.isin(self.at, [*self.places, ""])
        yield "places are known", bool(known.all()), f"{(~known).sum()} unknown"
        wrong = self.x & ~self.allowed
        yield "every pair is allowed", not wrong.any(), f"{wrong.sum()} not allowed"
        used = self.x.T.astype(np.int64) @ self.needs
        over = used > self.room
        yield "no capacity is exceeded", not over.any(), f"{over.sum()} exceeded"
        for limit in self.limits:
            total = float((limit.amount * self.x).sum())
            holds = total <= limit.most + _NEAR * max(abs(limit.most), 1.0)
            yield limit.name, holds, f"{total:g} of {limit.most:g}"
        yield self._links()
        if self.tables.minimum is not None:
            least = self._plain(self.tables.minimum, "locality", "service")
            short = (used < least).any(axis=1) & self.x.any(axis=0)
            yield "least loads", not short.any(), f"{short.sum()} too small"
        value, bound = float((self.worth * self.x).sum()), self._bound()
        if self.jobs is not None:
            yield from self.jobs.rows()
            value += self.jobs.value
        near = _NEAR * max(abs(value), 1.0)
        gap = (bound - value) / abs(value) if value else 0.0
        yield "the value is as said", abs(value - self.said["value"]) <= near, f"{value:.6f}"
        lowest = min([self.prices.min(initial=0.0), *(each.price for each in self.limits)])
        if self.jobs is not None:
            lowest = min(lowest, self.jobs.prices.min(initial=0.0))
        yield "no price is negative", lowest >= 0, f"{lowest:g} is the lowest"
        yield "the bound is as said", abs(bound - self.said["bound"]) <= near, f"{bound:.6f}"
        yield "the value is within the bound", value <= bound + near, f"gap {100 * gap:.4f} %"

    def _links(self) -> tuple[str, bool, str]:
        place = dict(zip(self.families, self.at.tolist(), strict=True))
        region = dict(zip(self.places, self.tables.regions, strict=True)) | {"": ""}
        broken = 0
        for one, other, what in self.tables.links:
            a, b = place[one], place[other]
            broken += a != b if what == "locality" else region.get(a) != region.get(b)
        return "linked families are together", broken == 0, f"{broken} apart"

    def _bound(self) -> float:
        """Families that go together count as one: their surpluses add before the best is taken."""
        surplus = self.worth - self.needs @ self.prices.T
        for limit in self.limits:
            surplus = surplus - limit.amount * limit.price
        if self.jobs is not None:
            surplus = surplus + self.jobs.surplus(self.families)
        surplus = np.where(self.allowed, surplus, -np.inf)
        head = {family: number for number, family in enumerate(self.families)}
        for one, other, what in self.tables.links:
            if what == "locality":
                old, new = head[one], head[other]
                head = {family: new if at == old else at for family, at in head.items()}
        rows = [head[family] for family in self.families]
        together = np.zeros_like(surplus)
        np.add.at(together, rows, surplus)
        if self.said.get("fitting"):  # what is too large for an empty place never goes there
            units = np.zeros_like(self.needs)
            np.add.at(units, rows, self.needs)
            for service in range(units.shape[1]):
                together[units[:, service][:, None] > self.room[:, service]] = -np.inf
        total = float((self.room * self.prices).sum())
        total += sum(limit.most * limit.price for limit in self.limits)
        if self.jobs is not None:
            total += float((self.jobs.room * self.jobs.prices).sum())
        return total + float(np.maximum(together.max(axis=1, initial=0.0), 0.0).sum())


def _cells(array: xr.DataArray, dim: str) -> Iterator[tuple[str, float]]:
    labels = [str(each) for each in array.indexes[dim]]
    return zip(labels, array.to_numpy().astype(float).tolist(), strict=True)
