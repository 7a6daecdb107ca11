# SPDX-License-Identifier: Apache-2.0
"""Whether a placement is fair to groups and regions, what each limit costs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import xarray as xr

from keruen.core.arrays import few, require_dims
from keruen.core.errors import CoverageError, SchemaError
from keruen.decide._placement_case import make_case
from keruen.decide._placement_prices import Floats
from keruen.decide._placement_solve import groups_of, placed_again, placed_or_refused
from keruen.decide.placement_tables import PlacementTables
from keruen.measure.concentration import area_gini

if TYPE_CHECKING:
    import pandas as pd

    from keruen.decide.resettle import Placement

FLAG: Final = 0.8
"""Ratio to the best group below which a group is flagged."""
FEW: Final = 30
"""Families from which a group is tested; smaller ones are reported."""
_LIMITS: Final = ("budgets", "region_share", "group_floor", "links", "minimum", "preferences")


@dataclass(frozen=True)
class RegionAudit:
    """What each region takes.

    Parameters
    ----------
    table : DataFrame
        Columns region, residents, families, persons, per_1000 (persons per 1,000 residents),
        share (of all families placed), best_share (of the families here, those who score best
        here) and strong_share (of the quarter of families with the highest mean score over
        their options, as far as placed, those who are here).
    gini : float
        Gini index of persons placed over residents: 0 where every region takes the same per
        resident. Missing where nobody is placed.
    """

    table: pd.DataFrame
    gini: float


def audit_groups(
    found: Placement, *, wishes: xr.DataArray | None = None, level: float = 0.95
) -> pd.DataFrame:
    """How each group of families fares beside the group that fares best.

    Parameters
    ----------
    found : Placement
        A placement; its families have the coordinate ``group``.
    wishes : DataArray [family, locality], rank, optional
        Ranks of the families; those that the placement was given when not given.
    level : float, optional
        Level of the intervals.

    Returns
    -------
    DataFrame
        Columns group, families, placed (share), score (mean, 0 for those who wait), of_best
        (score as a share of the best that each could have anywhere, mean), rank (mean of those
        placed where they wished), then for the first three the ratio to the best group with low
        and high, whether it is tested, and flagged: tested, and a ratio below 0.8.

    Raises
    ------
    SchemaError
        Families have no group.

    See Also
    --------
    keruen.decide.placement_floors.group_floors : Floors that raise a group.

    Notes
    -----
    The best group is that with the highest figure among those with 30 families or more (among
    all, if there are none). The interval is that of the log ratio of two independent means.

    Examples
    --------
    >>> from keruen.decide.resettle import place_families
    >>> who, where = {"family": ["f1", "f2"]}, {"locality": ["Astana"]}
    >>> one = {"service": ["houses"]}
    >>> families = xr.DataArray([[1], [1]], {**who, **one})
    >>> families = families.assign_coords(group=("family", ["new", "old"]))
    >>> localities = xr.DataArray([[1]], {**where, **one})
    >>> score = xr.DataArray([[0.9], [0.7]], {**who, **where})
    >>> found = place_families(families, localities, score)
    >>> audit_groups(found)[["group", "families", "placed", "score"]].values.tolist()
    [['new', 1, 1.0, 0.9], ['old', 1, 0.0, 0.0]]
    """
    import pandas as pd

    groups = groups_of(found.tables)
    explained = found.explain.set_index("family").loc[found.tables.families.indexes["family"]]
    placed = (explained["locality"] != "").to_numpy().astype(float)
    score = explained["score"].fillna(0.0).to_numpy()
    best = np.fmax(score, explained["other_score"].to_numpy(dtype=float))
    of_best = np.divide(score, best, out=np.full(len(score), np.nan), where=best > 0)
    rank = _wish_ranks(found, wishes)
    names = np.unique(groups)
    measures = {"placed": placed, "score": score, "of_best": of_best, "rank": rank}
    table = pd.DataFrame({"group": names, "families": [(groups == n).sum() for n in names]})
    tested = (table["families"] >= FEW).to_numpy()
    low_ratio = np.zeros(len(names), dtype=bool)
    for name, values in measures.items():
        known = [values[(groups == each) & ~np.isnan(values)] for each in names]
        table[name] = [float(part.mean()) if len(part) else np.nan for part in known]
        if name == "rank":
            continue
        error = np.array([_error_of_mean(part) for part in known])
        ratios = _ratios(table[name].to_numpy(), error, tested, level)
        for column, part in zip(("ratio", "low", "high"), ratios.T, strict=True):
            table[f"{name}_{column}"] = part
        low_ratio |= ratios[:, 0] < FLAG
    return table.assign(tested=tested, flagged=tested & low_ratio)


def _error_of_mean(part: Floats) -> float:
    return float(part.std(ddof=1) / np.sqrt(len(part))) if len(part) > 1 else np.nan


def _wish_ranks(found: Placement, wishes: xr.DataArray | None) -> Floats:
    """Rank of each family's place among its wishes, missing where it has none."""
    families = found.tables.families.indexes["family"]
    ranks = np.full(len(families), np.nan)
    table = wishes if wishes is not None else found.tables.preferences
    if table is not None:
        order = table.sel(family=families).transpose("family", "locality")
        at = order.indexes["locality"].get_indexer(found.assignment.sel(family=families).values)
        (placed,) = np.nonzero(at >= 0)
        ranks[placed] = order.to_numpy().astype(float)[placed, at[placed]]
    return ranks


def _ratios(mean: Floats, error: Floats, tested: np.ndarray, level: float) -> Floats:
    """Ratio to the best with low and high, in columns."""
    candidates = np.where(tested | ~tested.any(), np.nan_to_num(mean, nan=-np.inf), -np.inf)
    best = int(candidates.argmax())
    if not mean[best] > 0:
        return np.full((len(mean), 3), np.nan)
    ratio = mean / mean[best]
    share = np.divide(error, mean, out=np.full(len(mean), np.nan), where=mean > 0)
    wide = NormalDist().inv_cdf((1 + level) / 2) * np.sqrt(share**2 + share[best] ** 2)
    wide[best] = 0.0  # beside itself
    return np.stack([ratio, ratio * np.exp(-wide), ratio * np.exp(wide)], axis=1)


def audit_regions(found: Placement, residents: xr.DataArray) -> RegionAudit:
    """What each region takes beside its residents, and who goes there.

    Parameters
    ----------
    found : Placement
        A placement; its localities have the coordinate ``region``.
    residents : DataArray [region], persons
        Residents of every region, above 0.

    Returns
    -------
    RegionAudit

    Raises
    ------
    CoverageError
        Residents of a region are not given.
    SchemaError
        Residents are not above 0.

    See Also
    --------
    price_of_limits : What a target for regions costs.

    Notes
    -----
    The Gini index is :func:`keruen.measure.concentration.area_gini` with residents for area.

    Examples
    --------
    >>> from keruen.decide.resettle import place_families
    >>> who, where = {"family": ["f1", "f2"]}, {"locality": ["Astana", "Aktau"]}
    >>> one = {"service": ["persons"]}
    >>> families = xr.DataArray([[3], [1]], {**who, **one})
    >>> localities = xr.DataArray([[3], [3]], {**where, **one})
    >>> localities = localities.assign_coords(region=("locality", ["north", "west"]))
    >>> score = xr.DataArray([[0.9, 0.8], [0.7, 0.1]], {**who, **where})
    >>> found = place_families(families, localities, score)
    >>> people = xr.DataArray([1000, 1000], {"region": ["north", "west"]})
    >>> audit = audit_regions(found, people)
    >>> audit.table["per_1000"].tolist(), audit.gini
    ([1.0, 3.0], 0.25)
    """
    import pandas as pd

    require_dims(residents, "region", name="residents")
    tables = found.tables
    region_of = dict(
        zip(tables.localities.indexes["locality"].astype(str), tables.regions, strict=True)
    )
    known = [str(each) for each in residents.indexes["region"]]
    odd = sorted(set(region_of.values()) - set(known))
    if odd:
        raise CoverageError(
            f"residents of {few(odd)} are not given",
            where="residents",
            remedy="give the residents of every region that has a locality",
            id="UnknownLabel",
        )
    people = residents.to_numpy().astype(float)
    if not (people > 0).all():
        raise SchemaError(
            "residents are not above 0 everywhere",
            where="residents",
            remedy="give the residents of each region",
        )
    families = tables.families.indexes["family"]
    places = found.assignment.sel(family=families).values.astype(str)
    at = np.array([known.index(region_of[each]) if each else -1 for each in places])
    size = np.ones(len(families))
    if tables.persons in tables.families.indexes["service"]:
        size = tables.families.sel(service=tables.persons).to_numpy().astype(float)
    placed, count = at >= 0, len(known)
    persons = np.bincount(at[placed], size[placed], minlength=count)
    number = np.bincount(at[placed], minlength=count)
    strong = np.bincount(at[placed & _strongest(tables)], minlength=count)
    first = found.explain.set_index("family")["rank"].loc[families].to_numpy() == 1
    best = np.bincount(at[placed & first], minlength=count)
    table = pd.DataFrame(
        {
            "region": known,
            "residents": people,
            "families": number,
            "persons": persons,
            "per_1000": 1000 * persons / people,
            "share": number / max(number.sum(), 1),
            "best_share": np.where(number > 0, best / np.maximum(number, 1), np.nan),
            "strong_share": strong / max(strong.sum(), 1),
        }
    )
    labels = {"region": known}
    gini = np.nan
    if persons.sum():
        gini = float(area_gini(xr.DataArray(persons, labels), xr.DataArray(people, labels)))
    return RegionAudit(table, gini)


def _strongest(tables: PlacementTables) -> np.ndarray:
    """The quarter of families with the highest mean score over their options."""
    case = make_case(tables)
    options = case.allowed.sum(axis=1)
    total = np.where(case.allowed, case.score, 0.0).sum(axis=1)
    mean = np.divide(total, options, out=np.full(len(total), -np.inf), where=options > 0)
    first = np.argsort(-mean, kind="stable")[: -(-len(mean) // 4)]
    strong = np.zeros(len(mean), dtype=bool)
    strong[first] = True
    return np.asarray(strong & (options > 0))


def price_of_limits(
    tables: PlacementTables, *, gap: float = 1e-3, time_limit: float = 60.0
) -> pd.DataFrame:
    """Total score that each limit costs, by placing again without it.

    Parameters
    ----------
    tables : PlacementTables
        Families, localities, scores and limits.
    gap : float, optional
        How near to the best each placement is proved, as a share.
    time_limit : float, optional
        Seconds for each placement.

    Returns
    -------
    DataFrame
        One row a limit (budgets, region_share, group_floor, links, minimum, preferences) that
        was given: value with all limits, value without this one, price with low and high, and
        the price as a share of the value without.

    Raises
    ------
    InfeasibleError
        No placement keeps all limits.

    See Also
    --------
    keruen.decide.resettle.place_families : The placement.

    Notes
    -----
    Neither value is quite the best, so the price lies between the value without the limit less
    the bound with it (0 at least), and the bound without it less the value with it.

    Examples
    --------
    >>> who, where = {"family": ["f1"]}, {"locality": ["Astana", "Aktau"]}
    >>> one = {"service": ["houses"]}
    >>> tables = PlacementTables(
    ...     xr.DataArray([[1]], {**who, **one}),
    ...     xr.DataArray([[1], [1]], {**where, **one}),
    ...     xr.DataArray([[0.9, 0.6]], {**who, **where}),
    ...     preferences=xr.DataArray([[np.nan, 1]], {**who, **where}),
    ... )
    >>> price_of_limits(tables)[["limit", "price"]].round(6).values.tolist()
    [['preferences', 0.3]]
    """
    import pandas as pd

    _, value, most = placed_or_refused(tables, gap, time_limit)
    rows = []
    for limit in _LIMITS:
        given = getattr(tables, limit)
        if given is None or (limit == "links" and not given):
            continue
        nothing: dict[str, Any] = {limit: () if limit == "links" else None}
        without = replace(tables, **nothing)
        _, free, free_most = placed_again(without, gap, time_limit)
        low, high = max(free - most, 0.0), free_most - value
        rows.append((limit, value, free, free - value, low, high, (free - value) / free))
    columns = ["limit", "value", "value_without", "price", "low", "high", "share"]
    return pd.DataFrame(rows, columns=columns)
