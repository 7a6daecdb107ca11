# SPDX-License-Identifier: Apache-2.0
"""Families to places: the best placement that can be found, and the proof of how good it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from keruen.core.errors import InfeasibleError
from keruen.decide._market import WAITS
from keruen.decide._placement_case import PREFER_PLACING, Case, find_misfits, make_case
from keruen.decide._placement_prices import Prices, bound
from keruen.decide._placement_report import explain_table, job_prices, job_table, load_table
from keruen.decide._placement_search import Found, total_worth
from keruen.decide._placement_solve import solve_case
from keruen.decide.placement_relaxation import relaxed
from keruen.decide.placement_tables import Jobs, Link, PlacementTables

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Placement:
    """Families in places, and why.

    Parameters
    ----------
    tables : PlacementTables
        What was given.
    assignment : DataArray [family]
        Locality of each family, an empty text where it waits.
    load : DataFrame
        Columns locality, service, used, capacity, free, price: one more unit is worth the price
        in score.
    prices : DataArray [locality, service], score per unit
        Prices behind the bound, 0 where capacity does not bind.
    certificate : dict
        ``value``, ``bound``, ``gap`` (share of the value), ``ended`` (gap, optimal, time_limit,
        or no_gain) and the prices of other limits: enough to check the placement without a
        solver.
    misfits : DataFrame
        Families that would wait even if every locality were empty, with the smallest addition
        that would change it.
    explain : DataFrame
        One row a family: locality, score, rank among its options, the best other place, what it
        scores, why not there, and which services bind. With jobs the score of another place is
        what it would be if every job there were free.
    jobs : DataFrame or None
        Columns worker, family, locality, occupation, tier and chance: who takes which job.
    job_prices : DataArray [locality, occupation, tier] or None, score per place
        Prices of job places.
    """

    tables: PlacementTables
    assignment: xr.DataArray
    load: pd.DataFrame
    prices: xr.DataArray
    certificate: Mapping[str, Any]
    misfits: pd.DataFrame
    explain: pd.DataFrame
    jobs: pd.DataFrame | None = None
    job_prices: xr.DataArray | None = None


def place_families(
    families: xr.DataArray,
    localities: xr.DataArray,
    score: xr.DataArray,
    *,
    compat: xr.DataArray | None = None,
    preferences: xr.DataArray | None = None,
    cost: xr.DataArray | None = None,
    budgets: xr.DataArray | None = None,
    region_share: xr.DataArray | None = None,
    share_tolerance: float = 0.05,
    group_floor: xr.DataArray | None = None,
    links: Sequence[Link] = (),
    minimum: xr.DataArray | None = None,
    persons: str = "persons",
    jobs: Jobs | None = None,
    gap: float = 1e-3,
    time_limit: float = 120.0,
) -> Placement:
    """The placement of families with the highest total score, nearly, and a proof of how nearly.

    Parameters
    ----------
    families : DataArray [family, service], whole units
        What each family takes of each service. Coordinates on ``family``, where given:
        ``must_region`` (an empty text for none) and ``group``.
    localities : DataArray [locality, service], whole units
        Capacity. The coordinate ``region`` on ``locality`` says where it lies.
    score : DataArray [family, locality], expected outcome
        For instance expected members in work; missing only where the pair may not be.
    compat : DataArray [family, locality], bool, optional
        False where a hard requirement fails.
    preferences : DataArray [family, locality], rank, optional
        Voluntary: a family goes only where it has a rank.
    cost : DataArray [family, locality], money, optional
        What a family costs, for ``budgets``.
    budgets : DataArray [region], money, optional
        Money of each region.
    region_share : DataArray [region], persons, optional
        Persons each region should take.
    share_tolerance : float, optional
        How far from it a region may be, as a share.
    group_floor : DataArray [group], score per family, optional
        Least mean score of each group.
    links : sequence of (family, family, what), optional
        Families that must share the ``locality`` or the ``region``.
    minimum : DataArray [locality, service], units, optional
        A locality takes nobody, or at least this.
    persons : str, optional
        The service that counts persons.
    jobs : Jobs, optional
        Jobs by occupation: each worker may take one job where the family is, and its chance adds
        to the score. Floors of groups count the score alone.
    gap : float, optional
        The search ends when the value is proved this near to the best, as a share.
    time_limit : float, optional
        Seconds; then the best placement so far is given with its bound.

    Returns
    -------
    Placement

    Raises
    ------
    SchemaError
        Units are not whole, or a score is out of range; all faults at once.
    CoverageError
        Labels differ between the tables.
    InfeasibleError
        No placement satisfies the limits.

    See Also
    --------
    keruen.decide.placement_check.check_placement : Checks the result without a solver.
    keruen.decide.mechanisms.top_trading_endowed : Families' wishes, from the result.

    Notes
    -----
    Maximises ``sum w[f,l] x[f,l]`` with ``w = score + 1e-4 persons``, each family whole and at
    one place at most, ``sum a[f,s] x[f,l] <= K[l,s]``. For prices ``p >= 0`` no placement is
    worth more than ``sum K p + sum_f max(0, max_l (w[f,l] - sum_s a[f,s] p[l,s]))``, l running
    over places that would hold the family if they were empty. Prices are found by smoothing;
    families whose place is clear at the prices are fixed, the others are placed by an integer
    programme that grows until the gap is reached; then the families of some places at a time are
    placed anew while that gains. With jobs, a worker gains
    ``max(0, max_o (q[p,o,l] factor[t] - price[l,o,t]))`` above the prices of job places, which
    count in the bound as capacity does.

    References
    ----------
    Bansak, K. et al. (2018). Improving refugee integration through data-driven algorithmic
    assignment. Science 359, 325-329.
    Nesterov, Y. (2005). Smooth minimization of non-smooth functions. Mathematical Programming
    103, 127-152.

    Examples
    --------
    >>> who, where = {"family": ["f1", "f2"]}, {"locality": ["Astana", "Aktau"]}
    >>> one = {"service": ["houses"]}
    >>> families = xr.DataArray([[1], [1]], {**who, **one})
    >>> localities = xr.DataArray([[1], [1]], {**where, **one})
    >>> score = xr.DataArray([[0.9, 0.8], [0.7, 0.1]], {**who, **where})
    >>> found = place_families(families, localities, score)
    >>> found.assignment.values.tolist(), round(found.certificate["value"], 3)
    (['Aktau', 'Astana'], 1.5)
    """
    asked = PlacementTables(
        families,
        localities,
        score,
        compat=compat,
        preferences=preferences,
        cost=cost,
        budgets=budgets,
        region_share=region_share,
        share_tolerance=share_tolerance,
        group_floor=group_floor,
        links=tuple(links),
        minimum=minimum,
        persons=persons,
        jobs=jobs,
    )
    case = make_case(asked)
    prices, found = solve_case(case, gap=gap, seconds=time_limit)
    if not np.isfinite(found.worth):
        raise InfeasibleError(
            "no placement satisfies all limits",
            where="region shares, floors of groups, least loads, budgets",
            remedy="the smallest change found: " + "; ".join(relaxed(asked, case)),
            id="Infeasible",
        )
    return _told(asked, case, prices, found)


def after_wishes(found: Placement, assignment: xr.DataArray) -> Placement:
    """The same case with other places, such as families' wishes made of the proposal.

    Parameters
    ----------
    found : Placement
        The proposal, with its prices and bound.
    assignment : DataArray [family]
        Places now, an empty text where a family waits.

    Returns
    -------
    Placement
        Value, gap, load and reasons of the new places, beside the prices and bound of before.

    See Also
    --------
    keruen.decide.placement_check.check_placement : Whether the new places keep all limits.

    Examples
    --------
    >>> who, where = {"family": ["f1", "f2"]}, {"locality": ["Astana", "Aktau"]}
    >>> one = {"service": ["houses"]}
    >>> families = xr.DataArray([[1], [1]], {**who, **one})
    >>> localities = xr.DataArray([[1], [1]], {**where, **one})
    >>> score = xr.DataArray([[0.9, 0.8], [0.7, 0.1]], {**who, **where})
    >>> found = place_families(families, localities, score)
    >>> swapped = after_wishes(found, xr.DataArray(["Astana", "Aktau"], who))
    >>> round(swapped.certificate["value"], 3)
    1.0
    """
    case = make_case(found.tables)
    at = {
        str(name): place for place, name in enumerate(found.tables.localities.indexes["locality"])
    }
    families = found.tables.families.indexes["family"]
    places = np.array([at.get(str(name), -1) for name in assignment.sel(family=families).values])
    rows = np.full(len(case.numbers.worth), -1)
    rows[case.row] = places
    worth = total_worth(case.numbers, rows)
    most = float(found.certificate["bound"])
    changed = {"value": worth, "gap": (most - worth) / abs(worth) if worth else 0.0}
    return Placement(
        found.tables,
        assignment.sel(family=families).rename("assignment"),
        load_table(case, rows, found.prices),
        found.prices,
        {**found.certificate, **changed, "ended": "wishes"},
        found.misfits,
        explain_table(found.tables, case, rows),
        job_table(found.tables, case, rows),
        found.job_prices,
    )


def _told(asked: PlacementTables, case: Case, prices: Prices, found: Found) -> Placement:
    rows, worth = found.places, found.worth
    names = np.array([*asked.localities.indexes["locality"], WAITS], dtype=object)
    places = rows[case.row]
    assignment = xr.DataArray(
        names[places].astype(str),
        coords={"family": asked.families.indexes["family"]},
        dims="family",
        name="assignment",
    )
    labels = {
        "locality": asked.localities.indexes["locality"],
        "service": asked.families.indexes["service"],
    }
    priced = xr.DataArray(prices.units, labels, name="price")
    most = bound(case.numbers, prices)
    limits: dict[str, dict[str, float]] = {}
    for side, price in zip(case.numbers.sides, prices.sides, strict=True):
        limits.setdefault(side.name, {}).update(zip(side.labels, price.tolist(), strict=True))
    certificate = {
        "value": worth,
        "bound": most,
        "gap": (most - worth) / abs(worth) if worth else 0.0,
        "ended": found.ended,
        "prefer_placing": PREFER_PLACING,
        "fitting": True,
        "limits": limits,
    }
    return Placement(
        asked,
        assignment,
        load_table(case, rows, priced),
        priced,
        certificate,
        find_misfits(asked),
        explain_table(asked, case, rows),
        job_table(asked, case, rows),
        job_prices(asked, prices),
    )
