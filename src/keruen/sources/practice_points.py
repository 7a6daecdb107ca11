# SPDX-License-Identifier: Apache-2.0
"""Practice tables of a points system: a pool, rounds, bands, outcomes; all made up."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from keruen.core.errors import FileError, SchemaError
from keruen.core.random import stream
from keruen.sources.output import staged_folder
from keruen.sources.synthetic_occupations import PRACTICE_TITLE

if TYPE_CHECKING:
    import pandas as pd

_START: Final = np.datetime64("2026-01-05T00:00:00", "ns")
_LAST_ROUND: Final = np.datetime64("2025-12-22T12:00:00", "ns")
_CUT: Final = 480
_ROUNDS: Final = 13
_TITLES: Final = {
    "pool": "pool of candidates",
    "rounds": "rounds of invitations",
    "bands": "pool by band before past rounds",
    "past_rounds": "past rounds of invitations",
    "outcomes": "outcomes of the admitted and features of applicants",
}


def practice_points(*, candidates: int, seed: int) -> dict[str, pd.DataFrame]:
    """Made-up tables of a points system.

    Parameters
    ----------
    candidates : int
        Candidates in the pool.
    seed : int
        The same seed gives the same rows.

    Returns
    -------
    dict of str to DataFrame
        ``pool`` (a year of submissions, without those above 480 points who were there before
        22 December 2025), ``rounds`` (half a year ahead), ``bands`` and ``past_rounds`` (twelve
        pools by band with the round held on each), ``outcomes`` (as many applicants of 2021 to
        2025).

    Notes
    -----
    Points of outcomes: education 0, 2, 3, 6; language 0, 3, 6; experience 0, 1, 4; field 0 or
    2; the chance of a skilled job is logistic in their sum.

    Examples
    --------
    >>> made = practice_points(candidates=500, seed=1)
    >>> len(made["pool"]), len(made["rounds"])
    (500, 15)
    """
    rng = stream(seed, "practice", "points")
    return {
        "pool": _pool(rng, candidates),
        "rounds": _rounds(candidates),
        "outcomes": _outcomes(rng, candidates),
        **_past(stream(seed, "practice", "bands"), candidates),
    }


def _pool(rng: np.random.Generator, count: int) -> pd.DataFrame:
    import pandas as pd

    made = 3 * count + 100
    score = np.clip(np.round(rng.normal(425, 55, made)), 150, 620)
    seconds = rng.integers(0, 364 * 86_400, made)
    submitted = _START - seconds.astype("timedelta64[s]").astype("timedelta64[ns]")
    gone = (score >= _CUT) & (submitted < _LAST_ROUND)
    kept = np.flatnonzero(~gone)[:count]
    abroad = rng.random(count) < 0.7
    health = rng.random(count) < 0.12
    language = rng.random(count) < np.where(abroad, 0.10, 0.25)
    named = np.where(health & language, "health+language", np.where(health, "health", "language"))
    return pd.DataFrame(
        {
            "candidate": [f"P{number:06}" for number in range(count)],
            "submitted": pd.Series(submitted[kept]).dt.strftime("%Y-%m-%d %H:%M:%S"),
            "category": np.where(health | language, named, "none"),
            "group": np.where(abroad, "abroad", "in the country"),
            "score": score[kept].astype(int),
        }
    )


def _rounds(count: int) -> pd.DataFrame:
    """Every second week, with two rounds for a category."""
    import pandas as pd

    days = np.datetime64("2026-01-07") + 14 * np.arange(_ROUNDS)
    size = max(1, count // 70)
    table = pd.DataFrame({"held": days.astype(str), "category": "general", "size": size})
    extra = pd.DataFrame(
        {"held": ["2026-02-11", "2026-05-06"], "category": "health", "size": max(1, size // 3)}
    )
    return pd.concat([table, extra], ignore_index=True).sort_values("held", ignore_index=True)


def _past(rng: np.random.Generator, count: int) -> dict[str, pd.DataFrame]:
    """Twelve pools by band, each with a round whose cut-off is known."""
    import pandas as pd

    ends = [(0, 300), (301, 350), (351, 400), (401, 450), (451, 500), (501, 600), (601, 1200)]
    ends += [(low, low + 9) for low in (*range(401, 450, 10), *range(451, 500, 10))]
    bands, rounds = [], []
    for day in np.datetime64("2025-07-02") + 14 * np.arange(12):
        score = np.round(rng.normal(rng.uniform(430, 450), 45.0, 5 * count)).clip(100, 600)
        score = np.concatenate([score, np.full(max(1, count // 200), 1050.0)])
        counts = {f"{a}-{b}": int(((score >= a) & (score <= b)).sum()) for a, b in ends}
        counts["pool"] = score.size
        bands += [(str(day), band, persons) for band, persons in counts.items()]
        size = counts["601-1200"] + int(rng.uniform(0.1, 0.9) * counts["501-600"])
        rounds.append((str(day), size, int(np.sort(score)[::-1][size - 1])))
    return {
        "bands": pd.DataFrame(bands, columns=["held", "band", "persons"]),
        "past_rounds": pd.DataFrame(rounds, columns=["held", "size", "cutoff"]),
    }


def _outcomes(rng: np.random.Generator, count: int) -> pd.DataFrame:
    import pandas as pd

    points = {
        "education": {"1 secondary": 0, "2 vocational": 2, "3 bachelor": 3, "4 master": 6},
        "language": {"1 none": 0, "2 basic": 3, "3 good": 6},
        "experience": {"1 under 3 years": 0, "2 3-5 years": 1, "3 over 5 years": 4},
        "field": {"other": 0, "health": 2},
    }
    picks = {name: rng.integers(0, len(levels), count) for name, levels in points.items()}
    score = np.sum(
        [np.array(list(points[name].values()))[pick] for name, pick in picks.items()], axis=0
    )
    sex = rng.choice(["F", "M"], count)
    job = rng.random(count) < 1 / (1 + np.exp(-(0.35 * score - 2.8)))
    current = 10 * picks["education"] + 5 * picks["language"]
    admitted = rng.random(count) < 1 / (1 + np.exp(-(current - 15) / 8))
    factors = {n: np.array(list(points[n]), dtype=object)[pick] for n, pick in picks.items()}
    return pd.DataFrame(
        {
            "candidate": [f"A{number:06}" for number in range(count)],
            "year": rng.integers(2021, 2026, count),
            **factors,
            "sex": sex,
            "current": current,
            "outcome": pd.Series(job.astype(int)).where(admitted).astype("Int64"),
        }
    )


def write_practice_points(path: Path, *, candidates: int, seed: int) -> dict[str, int]:
    """Write made-up tables of a points system to a folder, each saying so.

    Parameters
    ----------
    path : Path
        Folder; made when it does not exist.
    candidates : int
        Candidates in the pool, and applicants with outcomes.
    seed : int
        The same seed gives the same rows.

    Returns
    -------
    dict of str to int
        Rows of each table.

    Raises
    ------
    SchemaError
        The seed is negative, or there are fewer than 100 candidates (``BadSetting``).
    FileError
        The name is that of a file (``UnknownFormat``), or the folder cannot be written
        (``NotWritable``).

    See Also
    --------
    keruen.sources.draw_files.read_draws : Reads pool and rounds.
    """
    if seed < 0 or candidates < 100:
        raise SchemaError(
            f"{candidates} candidates with seed {seed}",
            remedy="give 100 candidates or more, and a seed of 0 or more",
            id="BadSetting",
        )
    if path.suffix:
        raise FileError(
            f"practice tables cannot be written as '{path.suffix}'",
            where=str(path),
            remedy="name a folder",
            id="UnknownFormat",
        )
    tables = practice_points(candidates=candidates, seed=seed)
    with staged_folder(path) as folder:
        for name, table in tables.items():
            title = PRACTICE_TITLE.format(title=_TITLES[name])
            text = f'"{title}"\n' + table.to_csv(index=False, na_rep="…", lineterminator="\n")
            (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return {name: len(table) for name, table in tables.items()}
