# SPDX-License-Identifier: Apache-2.0
"""One queue of cases, month by month: who is decided first, and how long they had waited.

Cases stand by the month in which they joined (a column each), so that nothing has to be moved
as they grow older. Persons are fractions (expectations) or whole numbers (one course of events).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_ROUNDING = 1e-12
FLOWS = ("start", "entered", "withdrawn", "decided", "recognised", "appealed", "end")


@dataclass(frozen=True)
class Terms:
    """What a run is given, as numbers [draw, month, stage, origin] where not said otherwise.

    ``officers`` are those of a stage together, or of each origin when ``dedicated``;
    ``speed`` are decisions of one officer in a month; ``backlog`` [draw, stage, origin, waited]
    has those who have waited longest first.
    """

    applications: Floats  # [draw, month, origin]
    officers: Floats
    speed: Floats
    recognition: Floats
    appeal: Floats
    withdrawal: Floats
    backlog: Floats
    dedicated: bool
    newest_first: bool


@dataclass(frozen=True)
class Course:
    """What a run gives: flows [draw, month, stage, origin], waits by months waited."""

    start: Floats
    entered: Floats
    withdrawn: Floats
    decided: Floats
    recognised: Floats
    appealed: Floats
    end: Floats
    wait_median: Floats  # [draw, month, stage], of those decided
    wait_90: Floats
    age_median: Floats  # [draw, month, stage], of those still waiting
    age_90: Floats
    decided_by_wait: Floats  # [draw, stage, origin, waited], all months
    waiting_by_wait: Floats  # [draw, stage, origin, waited], at the end


def run_queue(terms: Terms, rng: np.random.Generator | None) -> Course:
    """All months of all stages; whole persons when there is a generator."""
    draws, months, origins = terms.applications.shape
    stages, before = terms.officers.shape[2], terms.backlog.shape[3]
    shape = (draws, months, stages, origins)
    flows = {name: np.zeros(shape) for name in FLOWS}
    quantiles = np.full((4, draws, months, stages), np.nan)
    queue = np.zeros((draws, stages, origins, before + months))
    queue[..., :before] = terms.backlog
    waits = np.zeros_like(queue)
    for month in range(months):
        coming = terms.applications[:, month]
        live = before + month + 1
        for stage in range(stages):
            cell = (slice(None), month, stage)
            cases = queue[:, stage, :, :live]
            flows["start"][cell] = cases.sum(axis=-1)
            gone = _part(cases, terms.withdrawal[cell][..., None], rng)
            cases -= gone
            cases[..., -1] += coming
            done = _decide(cases, terms, cell, rng)
            cases -= done
            waits[:, stage, :, :live] += done[..., ::-1]
            decided = done.sum(axis=-1)
            recognised = _part(decided, terms.recognition[cell], rng)
            appealed = _part(decided - recognised, terms.appeal[cell], rng)
            flows["entered"][cell], flows["withdrawn"][cell] = coming, gone.sum(axis=-1)
            flows["decided"][cell], flows["recognised"][cell] = decided, recognised
            flows["appealed"][cell], flows["end"][cell] = appealed, cases.sum(axis=-1)
            for place, by_wait in ((0, done), (2, cases)):
                pair = _quantiles(by_wait.sum(axis=1)[:, ::-1])
                quantiles[place : place + 2, :, month, stage] = pair
            coming = appealed
    median, ninety, age_median, age_90 = quantiles
    return Course(
        **flows,
        wait_median=median,
        wait_90=ninety,
        age_median=age_median,
        age_90=age_90,
        decided_by_wait=waits,
        waiting_by_wait=queue[..., ::-1],
    )


def _part(count: Floats, share: Floats, rng: np.random.Generator | None) -> Floats:
    """A share of persons: the expectation, or a binomial number."""
    if not share.any():
        return np.zeros_like(count)
    if rng is None:
        return count * share
    return rng.binomial(count.astype(np.int64), np.broadcast_to(share, count.shape)).astype(float)


def _decide(
    cases: Floats,
    terms: Terms,
    cell: tuple[slice, int, int],
    rng: np.random.Generator | None,
) -> Floats:
    """Cases [draw, origin, joined] that the officers of one stage decide in one month.

    The queue is worked off in its order until the officers' time is up; in the column where
    it runs out every origin gets the same share of its cases.
    """
    officers, speed = terms.officers[cell], terms.speed[cell]
    work = cases / speed[..., None]  # officer-months
    capacity = officers[..., None]
    if not terms.dedicated:
        work, capacity = work.sum(axis=1, keepdims=True), officers[:, :1, None]
    if terms.newest_first:
        work = work[..., ::-1]
    spent = np.cumsum(work, axis=-1)
    left = capacity - (spent - work)
    share = np.divide(left, work, out=np.zeros_like(work), where=work > 0)
    share = np.clip(share, 0.0, 1.0)
    if terms.newest_first:
        share = share[..., ::-1]
    done = cases * share
    return done if rng is None else _whole(done, cases, share, rng)


def _whole(done: Floats, cases: Floats, share: Floats, rng: np.random.Generator) -> Floats:
    """Whole persons with the same expectation, in all at most one off the sum wanted.

    Systematic rounding: one random offset a draw, laid over the running sum.
    """
    full = np.broadcast_to(share == 1, cases.shape)
    flat = np.where(full, 0.0, done).reshape(len(done), -1)
    sums = np.floor(np.cumsum(flat, axis=1) + rng.random((len(done), 1)))
    parts = np.diff(sums, axis=1, prepend=0.0).reshape(done.shape)
    # rounding in the running sum must not decide a case that is not there
    return np.where(full, cases, np.minimum(parts, cases))


def _quantiles(by_wait: Floats) -> Floats:
    """Median and 90th percentile [2, draw] of months waited; missing where nobody is counted."""
    sums = np.cumsum(by_wait, axis=-1)
    whole = sums[:, -1]
    found = np.stack(
        [(sums < level * whole[:, None] * (1 - 1e-12)).sum(-1) for level in (0.5, 0.9)]
    )
    return np.where(whole > 0, found.astype(float), np.nan)
