# SPDX-License-Identifier: Apache-2.0
"""From the tables of a placement to numbers, with every fault said before anything is solved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from keruen.core.arrays import few, require_dims
from keruen.core.errors import (
    CoverageError,
    SchemaError,
    WorkbenchError,
    raise_faults,
)
from keruen.decide._placement_job_case import make_jobs
from keruen.decide._placement_jobs import JobNumbers
from keruen.decide._placement_prices import Floats, Ints, Numbers, Side
from keruen.decide._placement_programme import Ties
from keruen.decide.placement_tables import PlacementTables

if TYPE_CHECKING:
    import pandas as pd

PREFER_PLACING = 1e-4
"""Worth of a person placed at all, beside the score."""
_SHOWN = 20


@dataclass(frozen=True)
class Case:
    """A placement as numbers, families of one locality merged.

    Parameters
    ----------
    numbers : Numbers
        What the kernels see; a row is one family or several that go together.
    row : ndarray of int [family]
        Row of each family.
    score, allowed : ndarray [family, locality]
        As given, families apart.
    region : ndarray of int [locality]
        Region of each locality.
    minimum : ndarray of int [locality, service] or None
        Least load of a locality that takes anyone.
    ties : Ties
        Rows that must share a region.
    jobs : JobNumbers or None
        Jobs by occupation, families apart.
    """

    numbers: Numbers
    row: Ints
    score: Floats
    allowed: np.ndarray
    region: Ints
    minimum: Ints | None
    ties: Ties
    jobs: JobNumbers | None = None


def make_case(asked: PlacementTables) -> Case:
    """The tables checked against each other and turned into numbers."""
    for name, dims in (
        ("families", ("family", "service")),
        ("localities", ("locality", "service")),
        ("score", ("family", "locality")),
    ):
        require_dims(getattr(asked, name), *dims, name=name)
    raise_faults(_label_faults(asked))
    families, localities = asked.families.indexes["family"], asked.localities.indexes["locality"]
    services = asked.families.indexes["service"]
    needs = asked.families.transpose("family", "service").to_numpy()
    capacity = asked.localities.sel(service=services).transpose("locality", "service").to_numpy()
    pairs = {"family": families, "locality": localities}
    score = asked.score.sel(pairs).transpose("family", "locality").to_numpy().astype(float)
    allowed = _allowed(asked, score, pairs)
    raise_faults(_value_faults(asked, needs, capacity, score, allowed))
    needs, capacity = needs.astype(np.int64), capacity.astype(np.int64)
    regions = asked.regions
    region = np.searchsorted(np.array(sorted(set(regions))), regions)
    row, tied = _links(asked)
    size = (
        needs[:, services.get_loc(asked.persons)]
        if asked.persons in services
        else np.ones(len(needs))
    )
    worth = np.where(allowed, score + PREFER_PLACING * size[:, None], -np.inf)
    merged = _merged(row, worth), _summed(row, needs)
    merged[0][~_fits(merged[1], capacity)] = -np.inf
    size = np.asarray(size, dtype=float)
    sides = _sides(asked, row, np.where(allowed, score, 0.0), size, pairs)
    apart = np.arange(len(needs))
    jobs = make_jobs(asked, apart)
    together = make_jobs(asked, row) if asked.links else jobs
    return Case(
        Numbers(merged[0], merged[1], capacity, sides, together),
        row,
        score,
        allowed,
        region,
        _minimum(asked, localities, services),
        Ties(region, tied),
        jobs,
    )


def _merged(row: Ints, worth: Floats) -> Floats:
    total = np.zeros((row.max(initial=-1) + 1, worth.shape[1]))
    np.add.at(total, row, worth)
    return total


def _summed(row: Ints, amounts: Ints) -> Ints:
    total = np.zeros((row.max(initial=-1) + 1, amounts.shape[1]), dtype=amounts.dtype)
    np.add.at(total, row, amounts)
    return total


def _fits(needs: Ints, capacity: Ints) -> np.ndarray:
    """Where a row would fit if the place were empty: a pair that does not makes bounds loose."""
    fits = np.ones((len(needs), len(capacity)), dtype=bool)
    for service in range(needs.shape[1]):
        fits &= needs[:, service][:, None] <= capacity[:, service]
    return fits


def _label_faults(asked: PlacementTables) -> list[WorkbenchError]:
    faults: list[WorkbenchError] = []
    labels = {
        "family": asked.families.indexes["family"],
        "locality": asked.localities.indexes["locality"],
        "service": asked.families.indexes["service"],
    }
    for name in ("localities", "score", "compat", "preferences", "cost", "minimum"):
        array = getattr(asked, name)
        if array is None:
            continue
        for dim in (str(each) for each in array.dims):
            odd = array.indexes[dim].symmetric_difference(labels[dim])
            if len(odd):
                faults.append(
                    CoverageError(
                        f"{dim} {few(odd)} does not stand in all tables",
                        where=name,
                        remedy=f"give every {dim} once in each table",
                        id="UnknownLabel",
                    )
                )
    return faults


def _allowed(asked: PlacementTables, score: Floats, pairs: dict[str, object]) -> np.ndarray:
    allowed = np.ones(score.shape, dtype=bool)
    if asked.compat is not None:
        allowed &= asked.compat.sel(pairs).transpose("family", "locality").to_numpy().astype(bool)
    if asked.preferences is not None:
        wishes = asked.preferences.sel(pairs).transpose("family", "locality").to_numpy()
        allowed &= ~np.isnan(wishes.astype(float))
    if "must_region" in asked.families.coords:
        wanted = asked.families["must_region"].to_numpy().astype(str)
        regions = np.array(asked.regions)
        allowed &= (wanted[:, None] == "") | (wanted[:, None] == regions[None, :])
    return allowed


def _value_faults(
    asked: PlacementTables,
    needs: np.ndarray,
    capacity: np.ndarray,
    score: Floats,
    allowed: np.ndarray,
) -> list[WorkbenchError]:
    families = asked.families.indexes["family"]
    localities = asked.localities.indexes["locality"]
    services = asked.families.indexes["service"]
    faults: list[WorkbenchError] = []
    for name, table, rows in (("families", needs, families), ("localities", capacity, localities)):
        values = table.astype(float)
        odd = np.argwhere(~(values >= 0) | (values != np.floor(values)))
        faults += [
            SchemaError(
                f"{values[i, j]:g} is not a whole number of units",
                where=f"{name}, {rows[i]}, {services[j]}",
                remedy="give 0 or a positive whole number",
                id="NotWhole",
            )
            for i, j in odd[:_SHOWN]
        ]
    odd = np.argwhere(allowed & ~(np.isfinite(score) & (score >= 0)))
    faults += [
        SchemaError(
            f"the score is {score[i, j]:g}",
            where=f"score, {families[i]}, {localities[j]}",
            remedy="give 0 or more, or say that the pair may not be",
            id="ScoreOutOfRange",
        )
        for i, j in odd[:_SHOWN]
    ]
    return faults


def find_misfits(tables: PlacementTables) -> pd.DataFrame:
    """Families that would wait even if every locality were empty, and what would change it.

    Parameters
    ----------
    tables : PlacementTables
        Families, localities and limits.

    Returns
    -------
    DataFrame
        Columns family, reason (``nowhere possible``, ``too large``), locality and lacking: the
        smallest addition of units that would make room for the family.
    """
    import pandas as pd

    case = make_case(tables)
    needs = tables.families.transpose("family", "service").to_numpy()
    room = case.numbers.capacity
    fits = (needs[:, None, :] <= room[None, :, :]).all(axis=2) & case.allowed
    services, localities = tables.families.indexes["service"], tables.localities.indexes["locality"]
    rows = []
    for family in np.flatnonzero(~fits.any(axis=1)):
        options = np.flatnonzero(case.allowed[family])
        name = tables.families.indexes["family"][family]
        if not len(options):
            rows.append((name, "nowhere possible", "", ""))
            continue
        short = np.maximum(needs[family] - room[options], 0)
        near = int(short.sum(axis=1).argmin())
        lacking = [f"{short[near, s]} {services[s]}" for s in np.flatnonzero(short[near])]
        rows.append((name, "too large", localities[options[near]], ", ".join(lacking)))
    return pd.DataFrame(rows, columns=["family", "reason", "locality", "lacking"])


def _links(asked: PlacementTables) -> tuple[Ints, Ints]:
    """Row of each family when those of one locality are merged, and rows tied by region."""
    names = [str(each) for each in asked.families.indexes["family"]]
    at = {name: number for number, name in enumerate(names)}
    head = list(range(len(names)))

    def root(number: int) -> int:
        while head[number] != number:
            number = head[number]
        return number

    faults: list[WorkbenchError] = []
    tied = []
    for one, other, what in asked.links:
        unknown = [name for name in (one, other) if name not in at]
        if unknown or what not in {"locality", "region"}:
            faults.append(
                CoverageError(
                    f"the link of {one} and {other} cannot be read",
                    where="links",
                    remedy="name two known families, and locality or region",
                    id="UnknownLink",
                )
            )
        elif what == "locality":
            head[root(at[one])] = root(at[other])
        else:
            tied.append((at[one], at[other]))
    raise_faults(faults)
    roots = np.array([root(number) for number in range(len(names))])
    _, row = np.unique(roots, return_inverse=True)
    pairs = np.array([[row[a], row[b]] for a, b in tied if row[a] != row[b]], dtype=np.int64)
    return row, pairs.reshape(-1, 2)


def _sides(
    asked: PlacementTables, row: Ints, score: Floats, size: Floats, pairs: dict[str, object]
) -> tuple[Side, ...]:
    sides, regions = [], asked.regions
    if asked.budgets is not None and asked.cost is not None:
        cost = asked.cost.sel(pairs).transpose("family", "locality").to_numpy().astype(float)
        sides.append(_of_regions("budget", cost, asked.budgets, regions, row))
    if asked.region_share is not None:
        persons = np.broadcast_to(size[:, None], score.shape)
        goal, slack = asked.region_share, asked.share_tolerance * asked.region_share
        sides.append(_of_regions("region share, most", persons, goal + slack, regions, row))
        sides.append(_of_regions("region share, least", -persons, slack - goal, regions, row))
    return (*sides, *_of_groups(asked, score, row))


def _of_regions(
    name: str, amount: Floats, limit: xr.DataArray, regions: list[str], row: Ints
) -> Side:
    require_dims(limit, "region", name=name)
    known = [str(each) for each in limit.indexes["region"]]
    odd = sorted(set(known) - set(regions))
    if odd:
        raise CoverageError(
            f"no locality lies in {few(odd)}", where=name, remedy="give the regions of localities"
        )
    member = np.array([known.index(each) if each in known else -1 for each in regions])
    total = np.zeros((row.max(initial=-1) + 1, amount.shape[1]))
    np.add.at(total, row, amount)
    return Side(name, total, member, limit.to_numpy().astype(float), tuple(known), of_places=True)


def _of_groups(asked: PlacementTables, score: Floats, row: Ints) -> list[Side]:
    """Mean score of each group at least the floor: a limit of its own for each."""
    floor = asked.group_floor
    if floor is None:
        return []
    require_dims(floor, "group", name="group_floor")
    if "group" not in asked.families.coords:
        raise SchemaError(
            "families have no group", where="families", remedy="give the coordinate 'group'"
        )
    groups = asked.families["group"].to_numpy().astype(str)
    sides = []
    for group, least in zip(floor.indexes["group"], floor.to_numpy(), strict=True):
        mine = groups == str(group)
        amount = _merged(row, np.where(mine[:, None], -score, 0.0))
        limit = np.array([-float(least) * mine.sum()])
        everyone = np.zeros(len(amount), dtype=np.int64)
        sides.append(Side("group floor", amount, everyone, limit, (str(group),), of_places=False))
    return sides


def _minimum(asked: PlacementTables, localities: object, services: object) -> Ints | None:
    if asked.minimum is None:
        return None
    chosen = asked.minimum.sel(locality=localities, service=services)
    return np.asarray(chosen.transpose("locality", "service").to_numpy(), dtype=np.int64)
