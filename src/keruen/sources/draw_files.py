# SPDX-License-Identifier: Apache-2.0
"""A user's pool of candidates and planned rounds, read with every fault at once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from keruen.core._lists import plain
from keruen.core.errors import SchemaError, WorkbenchError, raise_faults
from keruen.core.sentences import msg
from keruen.sources.files import read_table
from keruen.sources.skills_files import PRACTICE

if TYPE_CHECKING:
    import pandas as pd

NO_CATEGORY: Final = ("none", "general", "нет", "общий", "жоқ", "жалпы", "-", "–")
"""Words for a candidate without a category and a round open to all."""

_AND: Final = "+"
_SHOWN: Final = 20


@dataclass(frozen=True)
class DrawFiles:
    """A pool, and rounds where they were given.

    Parameters
    ----------
    pool : DataFrame
        ``candidate``, ``score``, ``submitted``, and where given ``expires`` (moments),
        ``category`` (tuples of names), ``group``.
    rounds : DataFrame or None
        ``held`` (ISO 8601), ``size``, ``minimum`` (missing where not set), ``category``.
    files : dict of str to str
        SHA-256 of every file read, by name.
    practice : bool
        Whether a file says that it is made up.
    dates_only : bool
        Whether no submission has a time of day: ties within a day then go by label.
    """

    pool: pd.DataFrame
    rounds: pd.DataFrame | None
    files: dict[str, str]
    practice: bool
    dates_only: bool


def read_draws(pool: Path, rounds: Path | None = None) -> DrawFiles:
    """Read a pool, and the rounds that are planned.

    Parameters
    ----------
    pool : Path
        CSV, Excel or Parquet: ``candidate``, ``submitted``, ``score``; ``expires``,
        ``category`` and ``group`` may stand beside.
    rounds : Path, optional
        ``held`` with ``size``, ``minimum`` or both; ``category`` may stand beside.

    Returns
    -------
    DrawFiles

    Raises
    ------
    FaultsError
        A table has faults, all of them with their cells; a moment cannot be read
        (``BadMoment``).
    FileError
        A file cannot be read.

    See Also
    --------
    keruen.sources.files.read_table : How a table is read.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "pool.csv"
    >>> rows = ["candidate,submitted,score", "a,2026-01-04 10:00:00,431", "b,2026-01-05,80"]
    >>> _ = file.write_text(chr(10).join(rows))
    >>> read_draws(file).pool["score"].tolist()
    [431.0, 80.0]
    """
    table = read_table(pool, "points_pool").table.reset_index(drop=True)
    moments = {name: _moments(table[name]) for name in ("submitted", "expires") if name in table}
    raise_faults(
        [fault for name, read in moments.items() for fault in _bad(table[name], read, pool.name)],
        where=pool.name,
    )
    told = table.assign(**moments)
    if "category" in told:
        told["category"] = [categories(str(one)) for one in told["category"]]
    times = told["submitted"]
    planned = None if rounds is None else _rounds(rounds)
    paths = [one for one in (pool, rounds) if one is not None]
    return DrawFiles(
        pool=told,
        rounds=planned,
        files={one.name: hashlib.sha256(one.read_bytes()).hexdigest() for one in paths},
        practice=any(is_practice(one) for one in paths),
        dates_only=bool((times == times.dt.normalize()).all()),
    )


def categories(text: str) -> tuple[str, ...]:
    """Categories named in a cell.

    Parameters
    ----------
    text : str
        Names with ``+`` between them, or a word for none.

    Returns
    -------
    tuple of str

    Examples
    --------
    >>> categories("health+french"), categories("none")
    (('french', 'health'), ())
    """
    if plain(text) in {plain(word) for word in NO_CATEGORY}:
        return ()
    return tuple(sorted({one.strip() for one in text.split(_AND) if one.strip()}))


def is_practice(path: Path) -> bool:
    """Whether the first line of a text file says that it is made up.

    Parameters
    ----------
    path : Path
        CSV file; files of other kinds are not looked into.

    Returns
    -------
    bool
    """
    if path.suffix.lower() != ".csv":
        return False
    with path.open("rb") as file:
        return PRACTICE.encode() in file.readline()


def _moments(texts: pd.Series) -> pd.Series:
    """Moments in UTC; missing where a text is none."""
    import pandas as pd

    read = pd.to_datetime(texts, utc=True, errors="coerce", format="ISO8601")
    return read.dt.tz_localize(None).astype("datetime64[ns]")


def _bad(texts: pd.Series, read: pd.Series, file: str) -> Iterator[WorkbenchError]:
    """The first texts that are no moments."""
    wrong = np.flatnonzero(read.isna().to_numpy())
    for row in wrong[:_SHOWN]:
        yield SchemaError(
            msg("'{value}' is not a moment", value=texts.iloc[row]),
            where=f"{file}, column {texts.name}, record {row + 1}",
            remedy=msg("write 2026-04-01 19:38:41, in UTC"),
            id="BadMoment",
        )
    if wrong.size > _SHOWN:
        yield SchemaError(
            msg(
                "{number} more moments cannot be read: {column}",
                number=wrong.size - _SHOWN,
                column=texts.name,
            ),
            where=file,
            remedy=msg("write 2026-04-01 19:38:41, in UTC"),
            id="BadMoment",
        )


def _rounds(path: Path) -> pd.DataFrame:
    """Rounds in the order of their days."""
    table = read_table(path, "points_rounds").table
    for name in ("size", "minimum"):
        if name not in table:
            table[name] = np.nan
    named = table["category"] if "category" in table else [NO_CATEGORY[0]] * len(table)
    chosen = [categories(str(one)) for one in named]
    many = [one for one in chosen if len(one) > 1]
    if many:
        raise SchemaError(
            msg("a round names several categories: {names}", names=_AND.join(many[0])),
            where=path.name,
            remedy=msg("give one row a category"),
            id="BadSetting",
        )
    told = table.assign(category=["".join(one) for one in chosen])
    return told.sort_values("held", kind="stable", ignore_index=True)
