# SPDX-License-Identifier: Apache-2.0
"""From a proposal to families' wishes: exchange in which nobody loses what was proposed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from keruen.core.arrays import require_dims
from keruen.core.random import stream
from keruen.decide._market import WAITS
from keruen.decide._placement_case import Case, make_case
from keruen.decide.mechanisms import top_trading_endowed
from keruen.decide.placement_check import check_placement
from keruen.decide.placement_tables import PlacementTables
from keruen.decide.resettle import Placement, after_wishes


@dataclass(frozen=True)
class Exchange:
    """A proposal after families' wishes.

    Parameters
    ----------
    placement : Placement
        The places now; those of the proposal where the exchange was refused.
    moved : int
        Families elsewhere than proposed.
    refused : tuple of str
        Limits of the case that the exchange would have broken; the proposal stands then.
    """

    placement: Placement
    moved: int
    refused: tuple[str, ...] = ()


def exchange_by_wishes(proposal: Placement, wishes: xr.DataArray, *, seed: int) -> Exchange:
    """Top trading cycles from the proposal: no family ends at a place it likes less.

    Parameters
    ----------
    proposal : Placement
        The best placement by score.
    wishes : DataArray [family, locality], rank
        1 is the best; missing where the family did not name the place.
    seed : int
        Of the lottery between families of equal score, and of their turns.

    Returns
    -------
    Exchange

    Raises
    ------
    SchemaError
        Two wishes of a family have the same rank.
    CoverageError
        Labels differ from those of the proposal.

    See Also
    --------
    keruen.decide.mechanisms.top_trading_endowed : The mechanism.

    Notes
    -----
    Priority at a place: those proposed there, then by score, then by lot. A place that was
    proposed but not named ranks behind all named ones. Linked families stay where they were
    proposed; with region shares or budgets, families move within their region; and what would
    break a least load, floor or budget is refused as a whole.

    Examples
    --------
    >>> from keruen.decide.resettle import place_families
    >>> who, where = {"family": ["f1", "f2"]}, {"locality": ["Astana", "Aktau"]}
    >>> one = {"service": ["houses"]}
    >>> families = xr.DataArray([[1], [1]], {**who, **one})
    >>> localities = xr.DataArray([[1], [1]], {**where, **one})
    >>> score = xr.DataArray([[0.9, 0.8], [0.7, 0.1]], {**who, **where})
    >>> found = place_families(families, localities, score)
    >>> wishes = xr.DataArray([[1, 2], [2, 1]], {**who, **where})
    >>> exchange_by_wishes(found, wishes, seed=1).placement.assignment.values.tolist()
    ['Astana', 'Aktau']
    """
    require_dims(wishes, "family", "locality", name="wishes")
    tables = proposal.tables
    case = make_case(tables)
    pairs = {"family": tables.families.indexes["family"]}
    pairs["locality"] = tables.localities.indexes["locality"]
    places = {str(name): at for at, name in enumerate(pairs["locality"])} | {WAITS: -1}
    start = np.array([places[str(name)] for name in proposal.assignment.values])
    given = wishes.sel(pairs).transpose("family", "locality").to_numpy().astype(float)
    lottery = stream(seed, "placement", "lottery").permutation(len(start))
    ranks = _ranks(tables, case, start, given)
    found = top_trading_endowed(
        tables.families.reset_coords(drop=True),
        tables.localities.reset_coords(drop=True).sel(service=tables.families["service"].values),
        xr.DataArray(ranks, pairs),
        xr.DataArray(_priorities(case, start, lottery), {**_turned(pairs)}),
        endowment=proposal.assignment,
        turns=[str(each) for each in pairs["family"][np.argsort(lottery)]],
    )
    after = after_wishes(proposal, found)
    report = check_placement(
        tables,
        after.assignment,
        prices=after.prices,
        certificate=after.certificate,
        jobs=after.jobs,
        job_prices=after.job_prices,
    )
    broken = tuple(report.loc[~report["holds"], "check"])
    if broken:
        return Exchange(proposal, 0, broken)
    moved = int((after.assignment.values != proposal.assignment.values).sum())
    return Exchange(after, moved)


def _turned(pairs: dict[str, object]) -> dict[str, object]:
    return {"locality": pairs["locality"], "family": pairs["family"]}


def _ranks(tables: PlacementTables, case: Case, start: np.ndarray, given: np.ndarray) -> np.ndarray:
    """Wishes that may be followed; what was proposed stands last where it was not named."""
    ranks = np.where(case.allowed, given, np.nan)
    every, placed = np.arange(len(start)), start >= 0
    if tables.budgets is not None or tables.region_share is not None:
        home = np.where(placed, case.region[start], -1)
        ranks[home[:, None] != case.region[None, :]] = np.nan
    linked = {name for one, other, _ in tables.links for name in (one, other)}
    if linked:
        names = tables.families.indexes["family"].astype(str)
        ranks[names.isin(sorted(linked))] = np.nan
    last = np.nan_to_num(np.nanmax(ranks, axis=1, initial=0.0)) + 1
    own = (every[placed], start[placed])
    ranks[own] = np.where(np.isnan(ranks[own]), last[placed], ranks[own])
    return np.asarray(ranks)


def _priorities(case: Case, start: np.ndarray, lottery: np.ndarray) -> np.ndarray:
    """Rank of each family at each place: those proposed there, then by score, then by lot."""
    score = np.where(case.allowed, case.score, -np.inf).T
    there = np.arange(len(score))[:, None] == start[None, :]
    lots = np.broadcast_to(lottery, score.shape)
    order = np.lexsort((lots, -score, ~there), axis=1)
    ranks = np.empty(score.shape)
    np.put_along_axis(ranks, order, np.arange(1.0, score.shape[1] + 1)[None, :], axis=1)
    return np.where(case.allowed.T, ranks, np.nan)
