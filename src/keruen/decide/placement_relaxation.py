# SPDX-License-Identifier: Apache-2.0
"""What would have to give way: limits that no placement can keep, and cases that cannot fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from keruen.decide._placement_case import Case, find_misfits, make_case
from keruen.decide._placement_prices import Side
from keruen.decide._placement_search import whole_programme
from keruen.decide.placement_tables import PlacementTables
from keruen.decide.solve import IntegerProgramme, solve_integer

if TYPE_CHECKING:
    import pandas as pd

_WHOLE_PAIRS = 60_000
"""Pairs up to which families stay whole in the search; beyond, shares of families are enough."""


def smallest_relaxation(tables: PlacementTables, *, seconds: float = 30.0) -> pd.DataFrame:
    """The smallest change of region shares, floors and budgets under which a placement exists.

    Parameters
    ----------
    tables : PlacementTables
        Families, localities and limits.
    seconds : float, optional
        The search ends after this time with the best answer so far.

    Returns
    -------
    DataFrame
        Columns limit, label, given, needed: one row a limit that has to change. Empty when
        nothing has to, or when no change of these limits helps.

    See Also
    --------
    keruen.decide.resettle.place_families : Says it when there is no placement.

    Notes
    -----
    An elastic programme: each limit may be exceeded at a price, one over its size, and the sum
    of the prices is made least. Capacities, hard requirements and links are kept. Beyond 60,000
    pairs families may be split in it, so that the change is a lower bound.

    References
    ----------
    Chinneck, J. W. (2008). Feasibility and Infeasibility in Optimization. Springer.

    Examples
    --------
    >>> import xarray as xr
    >>> who, where = {"family": ["f1"]}, {"locality": ["Astana"]}
    >>> one = {"service": ["persons"]}
    >>> localities = xr.DataArray([[5]], {**where, **one}).assign_coords(
    ...     region=("locality", ["north"]))
    >>> tables = PlacementTables(
    ...     xr.DataArray([[3]], {**who, **one}),
    ...     localities,
    ...     xr.DataArray([[0.9]], {**who, **where}),
    ...     region_share=xr.DataArray([10.0], {"region": ["north"]}),
    ...     share_tolerance=0.0,
    ... )
    >>> smallest_relaxation(tables).values.tolist()
    [['region share, least', 'north', 10.0, 3.0]]
    """
    import pandas as pd

    rows = _relaxed(tables, make_case(tables), seconds)
    return pd.DataFrame(rows, columns=["limit", "label", "given", "needed"])


def relaxed(tables: PlacementTables, case: Case) -> list[str]:
    """The smallest relaxation in words.

    Parameters
    ----------
    tables : PlacementTables
        Families, localities and limits.
    case : Case
        The same as numbers.

    Returns
    -------
    list of str
        One sentence a limit.
    """
    found = [
        f"{name} of {label}: {needed:,.10g} in place of {given:,.10g}"
        for name, label, given, needed in _relaxed(tables, case, 30.0)
    ]
    return found or ["lower the least loads, or take away links and hard requirements"]


def _relaxed(
    tables: PlacementTables, case: Case, seconds: float
) -> list[tuple[str, str, float, float]]:
    from scipy.sparse import coo_array, hstack

    programme, family, _, first = whole_programme(case.numbers, case.minimum, case.ties)
    sides = case.numbers.sides
    limits = np.concatenate([np.zeros(0), *(side.limit for side in sides)])
    count, given = len(limits), len(programme.gain)
    each = np.arange(count)
    slack = coo_array((-np.ones(count), (first + each, each)), shape=(len(programme.limit), count))
    price = 1.0 / np.maximum(np.abs(limits), 1.0)
    elastic = IntegerProgramme(
        np.concatenate([np.zeros(given), -price]),
        hstack([programme.rows, slack]).tocoo(),
        programme.limit,
        np.concatenate([programme.highest, np.full(count, np.inf)]),
        np.concatenate([programme.whole & (len(family) <= _WHOLE_PAIRS), np.zeros(count, bool)]),
    )
    found = solve_integer(elastic, seconds=seconds).values
    if found is None:
        return []
    over, at = found[given:], 0
    rows = []
    for side in sides:
        for label, limit in zip(side.labels, side.limit.tolist(), strict=True):
            if over[at] > 1e-6 * max(abs(limit), 1.0):
                needed = limit + float(over[at])
                asked, needed = (_told(tables, side, label, each) for each in (limit, needed))
                rows.append((side.name, label, asked, needed))
            at += 1
    return rows


def _told(tables: PlacementTables, side: Side, label: str, limit: float) -> float:
    """A limit as the user gave it: a floor is a mean, and least sums stand below zero inside."""
    if side.name == "group floor":
        count = int((tables.families["group"].to_numpy().astype(str) == label).sum())
        return round(-limit / max(count, 1), 6)
    return round(float(-limit if side.name.endswith("least") else limit), 6)


def find_obstacles(tables: PlacementTables) -> pd.DataFrame:
    """What cannot work whatever is decided, and the smallest change that would help.

    Parameters
    ----------
    tables : PlacementTables
        Families, localities and limits.

    Returns
    -------
    DataFrame
        Columns kind, who, where, change. Kinds: ``too large``, ``nowhere possible``,
        ``together too large``, ``nothing in common``, ``no capacity``, ``nobody may come``,
        ``least load out of reach`` and ``all scores equal``.

    See Also
    --------
    smallest_relaxation : Limits that conflict with each other.

    Examples
    --------
    >>> import xarray as xr
    >>> who, where = {"family": ["f1"]}, {"locality": ["Astana"]}
    >>> one = {"service": ["persons"]}
    >>> tables = PlacementTables(
    ...     xr.DataArray([[3]], {**who, **one}),
    ...     xr.DataArray([[2]], {**where, **one}),
    ...     xr.DataArray([[0.9]], {**who, **where}),
    ... )
    >>> find_obstacles(tables).values.tolist()
    [['too large', 'f1', 'Astana', '1 persons']]
    """
    import pandas as pd

    case = make_case(tables)
    alone = find_misfits(tables)[["reason", "family", "locality", "lacking"]]
    rows = alone.to_numpy(dtype=object).tolist()
    rows += [*_together(tables, case), *_of_localities(tables, case)]
    scores = np.asarray(case.score)[case.allowed]
    if len(scores) > 1 and np.ptp(scores) == 0 and tables.jobs is None:
        rows.append(["all scores equal", "", "", ""])
    return pd.DataFrame(rows, columns=["kind", "who", "where", "change"])


def _together(tables: PlacementTables, case: Case) -> list[list[str]]:
    """Linked families that have no place in common, or fit nowhere together."""
    names = np.array(tables.families.indexes["family"], dtype=object)
    services = tables.families.indexes["service"]
    places = tables.localities.indexes["locality"]
    rows = []
    for row in np.flatnonzero(np.bincount(case.row) > 1):
        who = ", ".join(str(each) for each in names[case.row == row])
        options = np.flatnonzero(case.allowed[case.row == row].all(axis=0))
        if not len(options):
            rows.append(["nothing in common", who, "", ""])
            continue
        short = np.maximum(case.numbers.needs[row] - case.numbers.capacity[options], 0)
        near = int(short.sum(axis=1).argmin())
        if short[near].any():
            lacking = [f"{short[near, s]} {services[s]}" for s in np.flatnonzero(short[near])]
            place = str(places[options[near]])
            rows.append(["together too large", who, place, ", ".join(lacking)])
    return rows


def _of_localities(tables: PlacementTables, case: Case) -> list[list[str]]:
    services = tables.families.indexes["service"]
    open_to = np.asarray(case.allowed.any(axis=0))
    needs = tables.families.transpose("family", "service").to_numpy()
    rows = []
    for at, name in enumerate(map(str, tables.localities.indexes["locality"])):
        if not case.numbers.capacity[at].any():
            rows.append(["no capacity", "", name, ""])
        elif not open_to[at]:
            rows.append(["nobody may come", "", name, ""])
        if case.minimum is None:
            continue
        most = np.minimum(needs[case.allowed[:, at]].sum(axis=0), case.numbers.capacity[at])
        short = np.maximum(case.minimum[at] - most, 0)
        if short.any():
            change = [
                f"{case.minimum[at, s]} → {most[s]} {services[s]}" for s in np.flatnonzero(short)
            ]
            rows.append(["least load out of reach", "", name, ", ".join(change)])
    return rows
