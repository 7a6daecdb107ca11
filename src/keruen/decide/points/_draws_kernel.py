# SPDX-License-Identifier: Apache-2.0
"""The pool as counts, week after week: arrivals, expiry, withdrawals, rounds; no persons.

Counts stand as ``[trajectory, segment, score, slot]``, scores from the highest. A slot holds
those who expire in the weeks ``week % slots``: the slot of a week is emptied when the week
begins and then takes its arrivals, so that no count is ever moved.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Plan:
    """A round as the kernel needs it.

    Parameters
    ----------
    week : int
        Week at whose end it is held, from 1.
    size : int or None
        Number of invitations.
    scores : array of bool
        Scores that may be invited.
    segments : array of bool
        Segments that may be invited.
    """

    week: int
    size: int | None
    scores: Bools
    segments: Bools


@dataclass(frozen=True)
class Chances:
    """Rates of a week: people, acceptance of an invitation, withdrawal.

    Parameters
    ----------
    arrivals : array [trajectory, segment, score]
        Mean arrivals a week.
    acceptance : array [trajectory]
        Chance that an invitation is accepted.
    withdrawal : array [trajectory]
        Chance of withdrawing in a week.
    """

    arrivals: Floats
    acceptance: Floats
    withdrawal: Floats


@dataclass(frozen=True)
class Path:
    """What happened, as counts.

    Parameters
    ----------
    flows : dict of str to array [week, segment, trajectory]
        ``arrivals``, ``accepted``, ``withdrawn``, ``expired`` and ``pool``, after the week.
    leavers : dict of str to array [segment, score, trajectory]
        ``accepted``, ``withdrawn`` and ``expired`` over all weeks, and ``left``: those in the
        pool at the end.
    invited : array [round, segment, trajectory]
        Invitations.
    last : array [round, trajectory]
        Place of the cut-off among the scores, -1 when nobody was invited.
    tie : array [round, trajectory]
        Weeks since the submission of the last invited, -1 when nobody was.
    waits : array [score, weeks]
        Invitations by weeks since submission, of all trajectories.
    """

    flows: dict[str, Ints]
    leavers: dict[str, Ints]
    invited: Ints
    last: Ints
    tie: Ints
    waits: Ints


def run(
    start: Ints, plans: Sequence[Plan], chances: Chances, *, weeks: int, rng: np.random.Generator
) -> Path:
    """Simulate the pool.

    Parameters
    ----------
    start : array [segment, score, slot]
        The pool before week 1; slot 0 holds those who expire at the start of the week
        after the last slot.
    plans : sequence of Plan
        Rounds in order.
    chances : Chances
        Arrivals, acceptance, withdrawal.
    weeks : int
        How many weeks.
    rng : Generator
        Random numbers.

    Returns
    -------
    Path
    """
    paths = len(chances.arrivals)
    state = np.repeat(start[None].astype(np.int32), paths, axis=0)
    flows = {
        name: np.zeros((weeks, start.shape[0], paths), dtype=np.int64)
        for name in ("arrivals", "accepted", "withdrawn", "expired", "pool")
    }
    leavers = {
        name: np.zeros(state.shape[:3], dtype=np.int64)
        for name in ("accepted", "withdrawn", "expired")
    }
    invited = np.zeros((len(plans), start.shape[0], paths), dtype=np.int64)
    last = np.full((len(plans), paths), -1, dtype=np.int64)
    tie = np.full((len(plans), paths), -1, dtype=np.int64)
    waits = np.zeros(start.shape[1:], dtype=np.int64)

    def left(name: str, week: int, cells: Ints) -> None:
        leavers[name][:, :, : cells.shape[2]] += cells
        flows[name][week - 1] += cells.sum(axis=2).T

    for week in range(1, weeks + 1):
        slot = week % state.shape[3]
        left("expired", week, state[..., slot].astype(np.int64))
        new = rng.poisson(chances.arrivals)
        state[..., slot] = new
        flows["arrivals"][week - 1] = new.sum(axis=2).T
        left("withdrawn", week, _leave(state, chances.withdrawal, rng))
        for place, plan in enumerate(plans):
            if plan.week == week:
                order = (week + 1 + np.arange(state.shape[3])) % state.shape[3]  # oldest first
                taken, last[place], tie[place] = _invite(state, plan, order, rng)
                invited[place] = taken.sum(axis=(2, 3)).T
                reach = taken.shape[2]
                waits[:reach] += taken.sum(axis=(0, 1))[:, order[::-1]]
                state[:, :, :reach] -= taken
                left("accepted", week, _leave(taken, chances.acceptance, rng))
                state[:, :, :reach] += taken  # those who decline
        flows["pool"][week - 1] = state.sum(axis=(2, 3), dtype=np.int64).T
    leavers["left"] = state.sum(axis=3, dtype=np.int64)
    leavers = {name: np.moveaxis(cells, 0, -1) for name, cells in leavers.items()}
    return Path(flows, leavers, invited, last, tie, waits)


def _leave(counts: NDArray[np.int32], chances: Floats, rng: np.random.Generator) -> Ints:
    """Take each person out by the chance of the trajectory; who left by segment and score.

    Persons stand in one long line; gaps between those who leave by the highest chance are
    geometric, and each of them stays after all where the chance is lower. It is the binomial
    law of each cell at the cost of the leavers alone.
    """
    chance = float(chances.max())
    flat = counts.reshape(-1)
    edges = np.cumsum(flat, dtype=np.int64)
    shape = counts.shape[:3]
    total = int(edges[-1]) if edges.size else 0
    if chance == 0 or total == 0:
        return np.zeros(shape, dtype=np.int64)
    places, reach = [], -1
    while reach < total:
        gaps = rng.geometric(chance, size=int(1.05 * (total - reach) * chance) + 16)
        gaps = np.minimum(gaps, total + 1)  # a tiny chance has gaps that would overflow
        places.append(reach + np.cumsum(gaps))
        reach = int(places[-1][-1])
    line = np.concatenate(places)
    cells = np.searchsorted(edges, line[line < total], side="right")
    if chances.min() < chance:
        own = chances[cells // (flat.size // len(counts))]
        cells = cells[rng.random(cells.size) * chance < own]
    np.subtract.at(flat, cells, np.int32(1))
    gone = np.bincount(cells // counts.shape[3], minlength=int(np.prod(shape)))
    return np.asarray(gone.reshape(shape), dtype=np.int64)


def _invite(
    state: NDArray[np.int32], plan: Plan, order: Ints, rng: np.random.Generator
) -> tuple[NDArray[np.int32], Ints, Ints]:
    """Who is invited of each cell, down to the lowest cut-off; its place; weeks it waited."""
    open_to = plan.segments[:, None] & plan.scores
    able = state.sum(axis=3, dtype=np.int64) * open_to
    below = np.cumsum(able.sum(axis=1), axis=1)
    whole = below[:, -1]
    wanted = whole if plan.size is None else np.minimum(plan.size, whole)
    last = (below >= wanted[:, None]).argmax(axis=1)
    path = np.arange(len(state))
    reach = int(last.max()) + 1
    above = np.arange(reach) < last[:, None]
    taken = state[:, :, :reach] * (above[:, None] & open_to[:, :reach])[..., None]
    before = np.where(last > 0, below[path, last - 1], 0)
    edge = (state[path, :, last] * open_to[:, last].T[..., None])[
        ..., order
    ]  # [trajectory, segment, slots from the oldest]
    chosen, oldest = _by_time(edge, wanted - before, rng)
    cells = np.zeros_like(edge)
    cells[..., order] = chosen
    taken[path, :, last] = cells
    nobody = wanted == 0
    weeks = state.shape[3] - 1 - oldest
    return taken, np.where(nobody, -1, last), np.where(nobody, -1, weeks)


def _by_time(
    edge: NDArray[np.int32], room: Ints, rng: np.random.Generator
) -> tuple[NDArray[np.int32], Ints]:
    """Those of the cut-off score who are invited, the oldest weeks first.

    Of the last week some are invited; which segments they are from is drawn, since within a
    week the times are in random order.
    """
    reached = np.cumsum(edge.sum(axis=1, dtype=np.int64), axis=1)
    last = (reached >= room[:, None]).argmax(axis=1)
    path = np.arange(len(edge))
    chosen = edge * (np.arange(edge.shape[2]) < last[:, None])[:, None]
    rest = room - np.where(last > 0, reached[path, last - 1], 0)
    urn = edge[path, :, last].astype(np.int64)
    for segment in range(edge.shape[1]):
        others = urn[:, segment + 1 :].sum(axis=1)
        drawn = rng.hypergeometric(urn[:, segment], others, rest)
        chosen[path, segment, last] = drawn
        rest = rest - drawn
    return chosen, last
