# SPDX-License-Identifier: Apache-2.0
"""What a simulation of rounds starts from: rounds by policy, segments, weekly arrivals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from keruen.core.arrays import few, stamp
from keruen.core.errors import CoverageError, SchemaError, WorkbenchError, raise_faults
from keruen.core.random import stream
from keruen.decide.points.draws_pool import Pool

_AND = "+"
_OF = "|"


@dataclass(frozen=True)
class Round:
    """A round of invitations that a policy plans.

    Parameters
    ----------
    held : str
        Day of the round, ISO 8601.
    size : int, optional
        Number of invitations; everybody from the minimum up when not given.
    minimum : float, optional
        Lowest score that is invited.
    category : str, optional
        Invite only candidates of this category.
    """

    held: str
    size: int | None = None
    minimum: float | None = None
    category: str = ""


def rounds_every(
    size: int, *, first: str, last: str, days: int = 14, category: str = ""
) -> tuple[Round, ...]:
    """Rounds of one size at equal distances.

    Parameters
    ----------
    size : int
        Invitations a round.
    first, last : str
        Day of the first round, and day after which there is none, ISO 8601.
    days : int, optional
        Days from a round to the next.
    category : str, optional
        Invite only candidates of this category.

    Returns
    -------
    tuple of Round

    Raises
    ------
    SchemaError
        The days are not 1 or more, or there is no round (``BadSetting``).

    Examples
    --------
    >>> [each.held for each in rounds_every(100, first="2026-01-07", last="2026-02-01")]
    ['2026-01-07', '2026-01-21']
    """
    begin, end = np.datetime64(first, "D"), np.datetime64(last, "D")
    if days < 1 or begin > end:
        raise SchemaError(
            f"no rounds from {first} to {last} every {days} days",
            where="rounds_every",
            remedy="give 1 day or more, and a last day that is not before the first",
            id="BadSetting",
        )
    held = np.arange(begin, end + 1, np.timedelta64(days, "D"))
    return tuple(Round(str(day), size=size, category=category) for day in held)


def check_rounds(rounds: Sequence[Round], pool: Pool, *, start: np.datetime64, weeks: int) -> None:
    """Refuse rounds that say nothing, lie outside the weeks, or ask for unknown categories.

    Parameters
    ----------
    rounds : sequence of Round
        The rounds.
    pool : Pool
        The pool.
    start : datetime64
        First day of week 1.
    weeks : int
        How many weeks.

    Raises
    ------
    FaultsError
        Several rounds are wrong; one alone is a ``SchemaError`` or ``CoverageError``.
    """
    raise_faults(_round_faults(rounds, pool, start, weeks), where="the rounds")


def _round_faults(
    rounds: Sequence[Round], pool: Pool, start: np.datetime64, weeks: int
) -> Iterator[WorkbenchError]:
    if not rounds:
        yield SchemaError("there is no round", where="rounds", remedy="give one", id="BadSetting")
    end = start + np.timedelta64(7 * weeks, "D")
    for number, each in enumerate(rounds, start=1):
        where = f"round {number}, {each.held}"
        if each.size is None and each.minimum is None:
            yield SchemaError(
                "a round needs a size or a minimum", where=where, remedy="give one", id="BadSetting"
            )
        if each.size is not None and each.size < 0:
            yield SchemaError(
                "the size is negative", where=where, remedy="give 0 or more", id="NegativeInput"
            )
        if not start <= np.datetime64(each.held, "D") < end:
            yield SchemaError(
                "the round is outside the weeks simulated",
                where=where,
                remedy=f"give a day from {start} to {end - 1}, or more weeks",
                id="BadDate",
            )
        if each.category and each.category not in pool.categories:
            yield CoverageError(
                f"there is no category '{each.category}'",
                where=f"{where}; categories: {few(pool.categories) or 'none'}",
                remedy="name one of them, or leave the category out",
                id="UnknownCategory",
            )


def segments(pool: Pool) -> xr.DataArray:
    """Group and categories of each candidate in one label, as ``group|category+category``.

    Parameters
    ----------
    pool : Pool
        The pool.

    Returns
    -------
    DataArray [candidate], text
        People of one segment are alike in everything that rounds and results ask for but
        score and time.
    """
    member = pool.member.to_numpy()
    kinds, which = np.unique(member, axis=0, return_inverse=True)
    names = np.array(
        [_AND.join(np.array(pool.categories, dtype=object)[kind]) for kind in kinds], dtype=object
    )
    groups = pool.group.to_numpy().astype(str).astype(object)
    told = groups + _OF + names[which.reshape(-1)] if len(pool) else groups
    return pool.group.copy(data=told).rename("segment")


def segment_group(segment: str) -> str:
    """The group of a segment.

    Parameters
    ----------
    segment : str
        As ``group|category+category``.

    Returns
    -------
    str

    Examples
    --------
    >>> segment_group("abroad|french+health")
    'abroad'
    """
    return segment.rpartition(_OF)[0]


def segment_categories(segment: str) -> tuple[str, ...]:
    """The categories of a segment.

    Parameters
    ----------
    segment : str
        As ``group|category+category``.

    Returns
    -------
    tuple of str

    Examples
    --------
    >>> segment_categories("abroad|french+health"), segment_categories("abroad|")
    (('french', 'health'), ())
    """
    told = segment.rpartition(_OF)[2]
    return tuple(told.split(_AND)) if told else ()


def arrival_rates(
    pool: Pool,
    *,
    since: str | np.datetime64,
    until: str | np.datetime64,
    trajectories: int | None = None,
    seed: int = 1,
) -> xr.DataArray:
    """Weekly arrivals by score, from those who submitted since a day.

    Parameters
    ----------
    pool : Pool
        The pool as it stands. Whoever was invited since the day is missing from it: give the
        day after the last round.
    since, until : str or datetime64
        First moment counted, and the moment the pool was taken.
    trajectories : int, optional
        Draw the rates this often, as a short time leaves them uncertain.
    seed : int, optional
        Seed of these draws.

    Returns
    -------
    DataArray [score, trajectory, segment], persons a week
        ``trajectory`` only when it was asked for.

    Raises
    ------
    CoverageError
        Nobody submitted in that time (``NoArrivals``).
    SchemaError
        The time is not longer than nothing (``BadDate``).

    See Also
    --------
    keruen.decide.points.draws_simulation.simulate_draws : Uses the rates.

    Notes
    -----
    ``n / weeks`` in each cell. With draws ``Gamma(n, 1 / weeks)``, the posterior of a Poisson
    rate under the prior ``1 / rate``: its mean is the rate, and cells add up.

    Examples
    --------
    >>> from keruen.decide.points.draws_pool import make_pool
    >>> who = {"candidate": ["a", "b"]}
    >>> times = np.array(["2026-01-05", "2026-01-06"], "datetime64[ns]")
    >>> pool = make_pool(xr.DataArray([70, 80], who), xr.DataArray(times, who))
    >>> rates = arrival_rates(pool, since="2026-01-01", until="2026-01-15")
    >>> rates.sel(segment="all|").values.tolist()
    [0.5, 0.5]
    """
    first, last = (np.datetime64(one).astype("datetime64[ns]") for one in (since, until))
    weeks = (last - first) / np.timedelta64(7, "D")
    if not weeks > 0:
        raise SchemaError(
            f"no time from {since} to {until}",
            where="since",
            remedy="give a first moment before the last",
            id="BadDate",
        )
    times = pool.submitted.to_numpy()
    part = pool.only(pool.score.copy(data=(times >= first) & (times < last)))
    if not len(part):
        raise CoverageError(
            f"nobody submitted from {since} to {until}",
            where="the pool",
            remedy="give an earlier first day, or rates of your own",
            id="NoArrivals",
        )
    names, column = np.unique(segments(part).to_numpy().astype(str), return_inverse=True)
    scores, row = np.unique(part.score.to_numpy(), return_inverse=True)
    counts = np.zeros((names.size, scores.size))
    np.add.at(counts, (column, row), 1.0)
    cells = {"segment": names, "score": scores}
    rates = xr.DataArray(counts / weeks, cells)
    if trajectories is not None:
        drawn = stream(seed, "draws", "rates").gamma(counts, size=(trajectories, *counts.shape))
        rates = xr.DataArray(drawn / weeks, {"trajectory": np.arange(trajectories), **cells})
    return stamp(rates, name="arrivals", units="persons a week", kind="rate")
