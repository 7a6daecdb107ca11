# SPDX-License-Identifier: Apache-2.0
"""Many rounds ahead: a pool, its arrivals and a policy simulated in many futures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import xarray as xr

from keruen.core.arrays import few, require_dims, stamp
from keruen.core.errors import CoverageError, SchemaError, WorkbenchError, raise_faults
from keruen.core.random import stream
from keruen.decide.points._draws_kernel import Chances, Floats, Ints, Path, Plan, run
from keruen.decide.points.draws_paths import DrawPaths
from keruen.decide.points.draws_policy import Round, check_rounds, segment_categories, segments
from keruen.decide.points.draws_pool import Pool

_BLOCK: Final = 50  # trajectories in memory at once; part of the streams' names


def simulate_draws(
    pool: Pool,
    rounds: Sequence[Round],
    *,
    arrivals: xr.DataArray,
    start: str,
    weeks: int,
    seed: int,
    trajectories: int = 200,
    acceptance: float | xr.DataArray = 1.0,
    withdrawal: float | xr.DataArray = 0.0,
    lifetime_weeks: int = 52,
) -> DrawPaths:
    """Simulate a pool and its rounds, week by week, in many futures.

    Parameters
    ----------
    pool : Pool
        The pool at the start.
    rounds : sequence of Round
        Policy: rounds held within the weeks.
    arrivals : DataArray [..., segment, score], persons a week
        Mean arrivals; ``trajectory`` may stand before. :func:`arrival_rates` makes them.
    start : str
        First day of week 1, ISO 8601.
    weeks : int
        How many weeks.
    seed : int
        The same seed gives the same futures; more trajectories leave the first as they were.
    trajectories : int, optional
        Number of futures.
    acceptance : float or DataArray [trajectory], optional
        Chance that an invitation is accepted, or draws of it. Who declines stays in the pool,
        with the old time and expiry, and may be invited again.
    withdrawal : float or DataArray [trajectory], optional
        Chance of withdrawing in a week, or draws of it.
    lifetime_weeks : int, optional
        Weeks after which a new candidate expires.

    Returns
    -------
    DrawPaths

    Raises
    ------
    SchemaError
        A number is out of range (``BadSetting``), rates are missing or negative
        (``NegativeInput``), or a round lies outside the weeks (``BadDate``).
    CoverageError
        A category is unknown (``UnknownCategory``), or rates and trajectories differ.

    See Also
    --------
    keruen.decide.points.draws.hold_draw : One round exactly.

    Notes
    -----
    In each week, in this order: those whose time is over expire; arrivals of each segment and
    score are Poisson; each person withdraws with the same chance; rounds of the week are held
    at its end. Within a score those who wait longest come first, by week of submission; within
    the week of the last invited the segments are drawn at random, as times within a week are.
    In every week and future ``pool + arrivals = accepted + withdrawn + expired + pool after``
    to the person. Scores do not change while people wait: no ageing out, no updates.

    Examples
    --------
    >>> from keruen.decide.points.draws_pool import make_pool
    >>> who = {"candidate": [f"c{n}" for n in range(100)]}
    >>> when = xr.DataArray(np.full(100, np.datetime64("2026-01-01", "ns")), who)
    >>> pool = make_pool(xr.DataArray(np.arange(100.0), who), when)
    >>> rates = xr.DataArray([[0.0]], {"segment": ["all|"], "score": [50.0]})
    >>> paths = simulate_draws(pool, [Round("2026-01-08", size=10)], arrivals=rates,
    ...     start="2026-01-05", weeks=2, seed=1, trajectories=3)
    >>> paths.cutoff.values.ravel().tolist(), int(abs(paths.account()).sum())
    ([90.0, 90.0, 90.0], 0)
    """
    first = np.datetime64(start, "D")
    numbers = {"weeks": weeks, "trajectories": trajectories, "lifetime_weeks": lifetime_weeks}
    shares = {
        name: _each(value, name, trajectories)
        for name, value in {"acceptance": acceptance, "withdrawal": withdrawal}.items()
    }
    raise_faults(_setting_faults(numbers, shares), where="simulate_draws")
    check_rounds(rounds, pool, start=first, weeks=weeks)
    rates = _checked_rates(arrivals, pool, trajectories)
    planned = tuple(sorted(rounds, key=lambda each: each.held))
    alive = pool.only(pool.expires > first.astype("datetime64[ns]"))
    axes = _axes(alive, rates)
    begun = _counts(alive, axes, first, lifetime_weeks)
    plans = [_plan(each, axes, first) for each in planned]
    mean = rates.reindex(axes, fill_value=0.0).transpose("trajectory", "segment", "score")
    paths = []
    for number, low in enumerate(range(0, trajectories, _BLOCK)):
        block = slice(low, low + _BLOCK)
        own = {name: share[block] for name, share in shares.items()}
        chances = Chances(mean.to_numpy()[block], **own)
        rng = stream(seed, "draws", "paths", number)
        paths.append(run(begun, plans, chances, weeks=weeks, rng=rng))
    return _labelled(paths, planned, axes, begun, expired=len(pool) - len(alive))


def _each(value: float | xr.DataArray, name: str, trajectories: int) -> Floats:
    """A chance of every trajectory."""
    if not isinstance(value, xr.DataArray):
        return np.full(max(trajectories, 0), float(value))
    require_dims(value, "trajectory", name=name)
    if value.sizes["trajectory"] != trajectories:
        raise CoverageError(
            f"{name} of {value.sizes['trajectory']} trajectories for {trajectories}",
            where=name,
            remedy="give as many draws as trajectories",
        )
    return np.asarray(value.to_numpy(), dtype=float)


def _setting_faults(numbers: dict[str, int], shares: dict[str, Floats]) -> list[WorkbenchError]:
    faults: list[WorkbenchError] = [
        SchemaError(f"{name} is {value}", where=name, remedy="give 1 or more", id="BadSetting")
        for name, value in numbers.items()
        if value < 1
    ]
    faults += [
        SchemaError(
            f"{name} is missing or outside 0 to 1",
            where=name,
            remedy="give a chance from 0 to 1",
            id="BadSetting",
        )
        for name, share in shares.items()
        if not ((share >= 0) & (share <= 1)).all()
    ]
    return faults


def _checked_rates(arrivals: xr.DataArray, pool: Pool, trajectories: int) -> xr.DataArray:
    """Rates of every trajectory, none missing or negative, of known categories."""
    require_dims(arrivals, "segment", "score", name="arrivals")
    if not bool((arrivals >= 0).all()):
        raise SchemaError(
            "a rate of arrivals is missing or negative",
            where="arrivals",
            remedy="give persons a week, 0 or more",
            id="NegativeInput",
        )
    named = {name for one in arrivals.indexes["segment"] for name in segment_categories(str(one))}
    strange = sorted(named.difference(pool.categories))
    if strange:
        raise CoverageError(
            f"arrivals have categories that the pool has not: {few(strange)}",
            where="arrivals",
            remedy=f"categories: {few(pool.categories) or 'none'}",
            id="UnknownCategory",
        )
    if "trajectory" not in arrivals.dims:
        return arrivals.expand_dims(trajectory=np.arange(trajectories))
    if arrivals.sizes["trajectory"] != trajectories:
        raise CoverageError(
            f"rates of {arrivals.sizes['trajectory']} trajectories for {trajectories}",
            where="arrivals",
            remedy="give rates for as many trajectories as are simulated",
        )
    return arrivals


def _axes(pool: Pool, rates: xr.DataArray) -> dict[str, np.ndarray]:
    """Segments, and scores from the highest, of pool and arrivals."""
    known = segments(pool).to_numpy().astype(str)
    names = np.union1d(known, rates.indexes["segment"].to_numpy().astype(str))
    scores = np.union1d(pool.score.to_numpy(), rates.indexes["score"].to_numpy().astype(float))
    return {"segment": names, "score": scores[::-1]}


def _counts(pool: Pool, axes: dict[str, np.ndarray], first: np.datetime64, lifetime: int) -> Ints:
    """The pool as counts by segment, score and slot of expiry."""
    left = (pool.expires.to_numpy() - first.astype("datetime64[ns]")) / np.timedelta64(7, "D")
    slot = np.clip(np.ceil(left), 1, lifetime).astype(int) % lifetime
    segment = np.searchsorted(axes["segment"], segments(pool).to_numpy().astype(str))
    score = len(axes["score"]) - 1 - np.searchsorted(axes["score"][::-1], pool.score.to_numpy())
    counts = np.zeros((len(axes["segment"]), len(axes["score"]), lifetime), dtype=np.int64)
    np.add.at(counts, (segment, score, slot), 1)
    return counts


def _plan(each: Round, axes: dict[str, np.ndarray], first: np.datetime64) -> Plan:
    day = np.datetime64(each.held, "D")
    week = int((day - first) // np.timedelta64(7, "D")) + 1
    lowest = -np.inf if each.minimum is None else each.minimum
    asked = [not each.category or each.category in segment_categories(str(name))
             for name in axes["segment"]]  # fmt: skip
    return Plan(week, each.size, axes["score"] >= lowest, np.array(asked))


def _labelled(
    paths: Sequence[Path],
    rounds: tuple[Round, ...],
    axes: dict[str, np.ndarray],
    begun: Ints,
    *,
    expired: int,
) -> DrawPaths:
    """Counts of all blocks as labelled arrays."""
    cells = {
        "round": np.arange(1, len(rounds) + 1),
        "trajectory": np.arange(sum(one.last.shape[1] for one in paths)),
        "week": np.arange(1, len(paths[0].flows["pool"]) + 1),
        "weeks": np.arange(begun.shape[2]),
        **axes,
    }

    def array(values: Floats | Ints, dims: str, name: str, units: str = "persons") -> xr.DataArray:
        named = dims.split()
        made = xr.DataArray(values, {dim: cells[dim] for dim in named}, dims=named)
        return stamp(made, name=name, units=units, kind="index" if units == "points" else "count")

    def joined(parts: Sequence[dict[str, Ints]], dims: str, name: str) -> xr.DataArray:
        cells["series"] = np.array(list(parts[0]))
        whole = [np.concatenate([one[key] for one in parts], axis=-1) for key in parts[0]]
        return array(np.stack(whole), f"series {dims}", name)

    last = np.concatenate([one.last for one in paths], axis=1)
    tie = np.concatenate([one.tie for one in paths], axis=1)
    scores = np.where(last < 0, np.nan, axes["score"][last])
    waited = np.where(tie < 0, np.nan, tie)
    invited = np.concatenate([one.invited for one in paths], axis=-1)
    waits = np.sum([one.waits for one in paths], axis=0)
    return DrawPaths(
        rounds=rounds,
        cutoff=array(scores, "round trajectory", "cutoff", "points"),
        tie_wait=array(waited, "round trajectory", "tie_wait", "weeks"),
        invited=array(invited, "round segment trajectory", "invited"),
        flows=joined([one.flows for one in paths], "week segment trajectory", "persons"),
        start=array(begun.sum(axis=(1, 2)), "segment", "start"),
        leavers=joined([one.leavers for one in paths], "segment score trajectory", "persons"),
        waits=array(waits, "score weeks", "waits"),
        expired_before=expired,
    )
