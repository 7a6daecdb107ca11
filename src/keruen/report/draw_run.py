# SPDX-License-Identifier: Apache-2.0
"""A run of draws: the first round exactly, and the half-year ahead in many futures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import xarray as xr

from keruen.core.arrays import few
from keruen.core.errors import SchemaError
from keruen.decide.points.draws import Draw, Pool, hold_draw, make_pool
from keruen.decide.points.draws_paths import DrawPaths
from keruen.decide.points.draws_policy import Round, arrival_rates, rounds_every
from keruen.decide.points.draws_simulation import simulate_draws
from keruen.decide.uncertainty import Uncertain, sample_inputs
from keruen.report.flow_run import Step, quiet
from keruen.report.locale import Message, Verbatim, msg, nmsg
from keruen.sources.draw_files import DrawFiles, read_draws

Span = tuple[float, float]
"""Lowest and highest value; equal when there is no doubt."""

WINDOW_DAYS: Final = 28
"""How far back arrivals are counted when no day is given."""


@dataclass(frozen=True)
class DrawRun:
    """What a run of draws was given and what it found.

    Parameters
    ----------
    files : DrawFiles
        Pool and rounds as given.
    pool : Pool
        The pool at the start.
    first : Draw
        The first round, held exactly on the pool as it stands.
    paths : DrawPaths
        The rounds in many futures.
    start, since : datetime64
        First day of week 1, and the day from which arrivals are counted.
    arrivals : float
        Mean arrivals a week.
    spans : dict of str to (float, float)
        Lowest and highest ``acceptance`` and ``withdrawal`` of the futures.
    options : dict
        Options as used.
    notes : tuple of Message
        What must be said beside the numbers.
    least : int
        Smallest count of candidates that its pages may show; 0 for a file of an office's own.
    """

    files: DrawFiles
    pool: Pool
    first: Draw
    paths: DrawPaths
    start: np.datetime64
    since: np.datetime64
    arrivals: float
    spans: Mapping[str, Span]
    options: Mapping[str, object]
    notes: tuple[Message, ...]
    least: int = 0


def run_draws(
    pool: Path,
    *,
    rounds: Path | None = None,
    size: int | None = None,
    every: int = 14,
    weeks: int = 26,
    start: str | None = None,
    since: str | None = None,
    acceptance: Span = (1.0, 1.0),
    withdrawal: Span = (0.0, 0.0),
    trajectories: int = 200,
    seed: int = 1,
    least: int = 0,
    step: Step = quiet,
) -> DrawRun:
    """Hold the first round of a pool and simulate those that follow.

    Parameters
    ----------
    pool : Path
        Candidates.
    rounds : Path, optional
        Rounds that are planned; or give `size` and `every`.
    size : int, optional
        Invitations of each round.
    every : int, optional
        Days from a round to the next.
    weeks : int, optional
        Weeks ahead.
    start : str, optional
        First day of week 1; the day after the last submission when not given.
    since : str, optional
        Day from which arrivals are counted: the day after the last round. Four weeks before
        the start when not given, and the page then says so.
    acceptance, withdrawal : (float, float), optional
        Lowest and highest chance that an invitation is accepted, and of withdrawing in a week:
        every future has its own between them, each as likely.
    trajectories : int, optional
        Number of futures.
    seed : int, optional
        The same seed gives the same futures.
    least : int, optional
        Smallest count of candidates that pages of the run may show: smaller ones, and those
        from which they could be worked out, are hidden then, and no candidate is listed. 0
        shows all.
    step : callable, optional
        Called with the share done and what is being done.

    Returns
    -------
    DrawRun

    Raises
    ------
    SchemaError
        Neither rounds nor a size is given, or both (``NoRounds``); the pool is empty.
    FaultsError
        A table has faults, all of them with their cells.
    """
    if (rounds is None) == (size is None):
        raise SchemaError(
            "rounds are not given" if rounds is None else "rounds and a size are both given",
            where="--rounds, --size",
            remedy="give a file of rounds, or a size (and days between rounds)",
            id="NoRounds",
        )
    step(0.05, "pool")
    files = read_draws(pool, rounds)
    people = as_pool(files)
    last = people.submitted.to_numpy().max()
    first_day = np.datetime64(start, "D") if start else last.astype("datetime64[D]") + 1
    counted = np.datetime64(since, "D") if since else first_day - WINDOW_DAYS
    planned = _planned(files, size, every, first_day, weeks)
    step(0.3, "rates")
    rates = arrival_rates(
        people, since=counted, until=first_day, trajectories=trajectories, seed=seed
    )
    step(0.4, "futures")
    chances = _chances(
        {"acceptance": acceptance, "withdrawal": withdrawal}, trajectories, seed=seed
    )
    paths = simulate_draws(
        people,
        planned,
        arrivals=rates,
        start=str(first_day),
        weeks=weeks,
        seed=seed,
        trajectories=trajectories,
        acceptance=chances["acceptance"],
        withdrawal=chances["withdrawal"],
    )
    head = paths.rounds[0]
    moment = np.datetime64(head.held, "D").astype("datetime64[ns]")
    first = hold_draw(
        people, held=moment, size=head.size, minimum=head.minimum, category=head.category
    )
    return DrawRun(
        files=files,
        pool=people,
        first=first,
        paths=paths,
        start=first_day,
        since=counted,
        arrivals=float(rates.sum(["segment", "score"]).mean()),
        spans={"acceptance": acceptance, "withdrawal": withdrawal},
        options={
            "rounds": rounds.name if rounds else None, "size": size, "every": every,
            "weeks": weeks, "start": str(first_day), "since": str(counted),
            "acceptance": list(acceptance), "withdrawal": list(withdrawal),
            "trajectories": trajectories, "seed": seed,
        },
        notes=tuple(_notes(files, paths, given_since=since is not None, least=least)),
        least=least,
    )  # fmt: skip


def _chances(spans: Mapping[str, Span], draws: int, *, seed: int) -> xr.Dataset:
    """A chance of every future, spread evenly over its span."""
    wrong = [name for name, (low, high) in spans.items() if not 0 <= low <= high <= 1]
    if wrong:
        raise SchemaError(
            f"{few(wrong)} is not a chance or a span of chances",
            where=f"--{wrong[0]}",
            remedy="give one number from 0 to 1, or two with a colon: 0.85:0.95",
            id="BadSetting",
        )
    inputs = [
        Uncertain(name, "fixed", {"value": low}, "share")
        if low == high
        else Uncertain(name, "uniform", {"low": low, "high": high}, "share")
        for name, (low, high) in spans.items()
    ]
    return sample_inputs(inputs, draws, seed=seed)


def as_pool(files: DrawFiles) -> Pool:
    """The pool of the files as labelled arrays.

    Parameters
    ----------
    files : DrawFiles
        Tables as read.

    Returns
    -------
    Pool
    """
    table = files.pool
    who = {"candidate": table["candidate"].to_numpy(dtype=object)}

    def column(name: str) -> xr.DataArray | None:
        return xr.DataArray(table[name].to_numpy(), who) if name in table else None

    member = None
    if "category" in table:
        named = table["category"]
        names = sorted({one for cell in named for one in cell})
        flags = np.array([[name in cell for name in names] for cell in named], dtype=bool)
        member = xr.DataArray(
            flags.reshape(len(table), len(names)), {**who, "category": np.array(names, dtype=str)}
        )
    group = column("group")
    return make_pool(
        xr.DataArray(table["score"].to_numpy(dtype=float), who),
        xr.DataArray(table["submitted"].to_numpy(), who),
        expires=column("expires"),
        member=member,
        group=None if group is None else group.astype(object),
    )


def _planned(
    files: DrawFiles, size: int | None, every: int, first: np.datetime64, weeks: int
) -> tuple[Round, ...]:
    """Rounds of the file, or rounds of one size."""
    end = first + 7 * weeks - 1
    if size is not None:
        return rounds_every(size, first=str(first), last=str(end), days=every)
    assert files.rounds is not None  # noqa: S101  (either is given)
    table = files.rounds
    numbers = zip(table["size"].to_numpy(float), table["minimum"].to_numpy(float), strict=True)
    return tuple(
        Round(
            str(table["held"].iloc[row]),
            size=None if np.isnan(size_) else int(size_),
            minimum=None if np.isnan(least) else float(least),
            category=str(table["category"].iloc[row]),
        )
        for row, (size_, least) in enumerate(numbers)
    )


def _notes(files: DrawFiles, paths: DrawPaths, *, given_since: bool, least: int) -> list[Message]:
    """What the reader must know about the inputs."""
    notes = []
    if not given_since:
        notes.append(
            msg(
                "Arrivals are those of the last {days} days. Whoever was invited in that time is "
                "not in the pool and not counted: give the day after the last round.",
                days=Verbatim(str(WINDOW_DAYS)),
            )
        )
    if files.dates_only:
        notes.append(
            msg(
                "Submissions have no time of day: candidates of one day with one score stand in "
                "the order of their codes."
            )
        )
    if paths.expired_before >= max(least, 1):
        notes.append(
            nmsg(
                "{number} candidate had expired before the first day and takes no part.",
                "{number} candidates had expired before the first day and take no part.",
                paths.expired_before,
            )
        )
    return notes
