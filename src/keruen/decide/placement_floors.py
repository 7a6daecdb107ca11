# SPDX-License-Identifier: Apache-2.0
"""Fair floors for groups of families: three rules."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, get_args

import numpy as np
import xarray as xr

from keruen.core.errors import SchemaError
from keruen.decide._placement_case import Case, make_case
from keruen.decide._placement_prices import Floats, Ints
from keruen.decide._placement_solve import groups_of, placed_again, placed_or_refused
from keruen.decide._trading import in_turn
from keruen.decide.placement_tables import PlacementTables

FloorRule = Literal["random", "proportional", "max-min"]


def group_floors(
    tables: PlacementTables,
    *,
    rule: FloorRule,
    seed: int,
    draws: int = 20,
    gap: float = 1e-3,
    time_limit: float = 20.0,
) -> xr.DataArray:
    """A fair least mean score for each group, by one of three rules.

    Parameters
    ----------
    tables : PlacementTables
        Families with the coordinate ``group``; a floor among the limits is not looked at.
    rule : {"random", "proportional", "max-min"}
        What placing at random would give; what the best placement of the group alone in its
        share of all capacity would give; the highest floor that all groups can reach together.
    seed : int
        Seed of the random placements.
    draws : int, optional
        Random placements.
    gap : float, optional
        How near to the best each placement is proved, as a share.
    time_limit : float, optional
        Seconds for each placement.

    Returns
    -------
    DataArray [group], score per family

    Raises
    ------
    SchemaError
        The rule is unknown, or families have no group.

    See Also
    --------
    keruen.decide.resettle.place_families : Takes the floors.
    keruen.decide.online.place_online : Keeps them through the year, in expectation.

    Notes
    -----
    At random means families in random order, each at a place where it may be and fits; other
    limits are not looked at. The share of a group is that of its families, rounded down in each
    service. The highest common floor is found by halving, to one per cent of the first step, and
    is met by a placement that was found.

    References
    ----------
    Freund, D., Lykouris, T., Paulson, E., Sturt, B. and Weng, W. (2023). Group fairness in
    dynamic refugee assignment. arXiv 2301.10642.

    Examples
    --------
    >>> who, where = {"family": ["f1", "f2"]}, {"locality": ["Astana", "Aktau"]}
    >>> one = {"service": ["houses"]}
    >>> families = xr.DataArray([[1], [1]], {**who, **one})
    >>> tables = PlacementTables(
    ...     families.assign_coords(group=("family", ["new", "old"])),
    ...     xr.DataArray([[1], [1]], {**where, **one}),
    ...     xr.DataArray([[0.9, 0.5], [0.7, 0.1]], {**who, **where}),
    ... )
    >>> group_floors(tables, rule="max-min", seed=1).values.round(6).tolist()
    [0.5, 0.5]
    """
    if rule not in get_args(FloorRule):
        raise SchemaError(f"no rule {rule!r}", remedy=f"one of {', '.join(get_args(FloorRule))}")
    groups = groups_of(tables)
    free = replace(tables, group_floor=None)
    names = np.unique(groups)
    if rule == "random":
        needs = tables.families.transpose("family", "service").to_numpy().astype(np.int64)
        floors = _random_means(make_case(free), needs, groups, seed=seed, draws=draws)
    elif rule == "proportional":
        floors = np.array([_alone(free, groups == name, gap, time_limit) for name in names])
    else:
        floors = np.full(len(names), _common_floor(free, groups, names, gap, time_limit))
    return xr.DataArray(floors, {"group": names}, name="floor", attrs={"rule": rule})


def _means(case: Case, places: Ints, groups: np.ndarray, names: np.ndarray) -> Floats:
    """Mean score of each group, 0 for those who wait."""
    placed = np.flatnonzero(places >= 0)
    score = np.zeros(len(places))
    score[placed] = case.score[placed, places[placed]]
    return np.array([score[groups == name].mean() for name in names])


def _random_means(
    case: Case, needs: np.ndarray, groups: np.ndarray, *, seed: int, draws: int
) -> Floats:
    rng, names = np.random.default_rng(seed), np.unique(groups)
    total = np.zeros(len(names))
    for _ in range(draws):
        wishes = [rng.permutation(np.flatnonzero(row)) for row in case.allowed]
        order = rng.permutation(len(groups))
        places = in_turn(needs, case.numbers.capacity, wishes, order)
        total += _means(case, places, groups, names)
    return total / draws


def _alone(tables: PlacementTables, mine: np.ndarray, gap: float, seconds: float) -> float:
    """Mean score of a group at its best in its share of all capacity."""
    share = mine.sum() / len(mine)
    rows = np.flatnonzero(mine)
    own = set(tables.families.indexes["family"][rows].astype(str))
    compat, wishes = tables.compat, tables.preferences
    names = {"family": tables.families.indexes["family"][rows]}
    part = PlacementTables(
        tables.families.isel(family=rows),
        tables.localities.copy(data=np.floor(share * tables.localities.to_numpy())),
        tables.score.sel(names),
        links=tuple(each for each in tables.links if each[0] in own and each[1] in own),
        persons=tables.persons,
        compat=None if compat is None else compat.sel(names),
        preferences=None if wishes is None else wishes.sel(names),
    )
    places, _, _ = placed_again(part, gap, seconds)
    everyone = np.array(["own"] * len(rows))
    return float(_means(make_case(part), places, everyone, np.array(["own"]))[0])


def _common_floor(
    tables: PlacementTables, groups: np.ndarray, names: np.ndarray, gap: float, seconds: float
) -> float:
    """The highest floor that a placement was found for."""
    case = make_case(tables)
    places, _, _ = placed_or_refused(tables, gap, seconds)
    reached = float(_means(case, places, groups, names).min())
    hope = np.where(case.allowed, case.score, 0.0).max(axis=1)
    most = min(float(hope[groups == name].mean()) for name in names)
    step = 0.01 * (most - reached)
    while most - reached > max(step, 1e-9):
        tried = (most + reached) / 2
        floor = xr.DataArray(np.full(len(names), tried), {"group": names})
        places, worth, _ = placed_again(replace(tables, group_floor=floor), gap, seconds)
        got = float(_means(case, places, groups, names).min()) if np.isfinite(worth) else -np.inf
        if got >= tried - 1e-9:
            reached = got
        else:
            most = tried
    return reached
