# SPDX-License-Identifier: Apache-2.0
"""Moves of an operator's users raised to the population, by its share of each place."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from keruen.core.errors import FileError, SchemaError, WorkbenchError, raise_faults

if TYPE_CHECKING:
    import pandas as pd

_COLUMNS: Final = ("place", "share")
_TOTAL: Final = "_T"


def read_shares(path: Path | None) -> dict[str, float]:
    """Share of the population that an operator serves, by place.

    Parameters
    ----------
    path : Path or None
        CSV file with ``place`` and ``share``, above 0 and at most 1.

    Returns
    -------
    dict of str to float
        Empty without a file.

    Raises
    ------
    FileError
        The file cannot be read (``NotReadable``).
    SchemaError
        A column is missing (``MissingColumn``), a share is none, or a place stands twice
        (``BadShare``); all faults at once.
    """
    if path is None:
        return {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            rows = list(csv.DictReader(lines))
    except (OSError, UnicodeDecodeError) as fault:
        raise FileError(
            "the file of shares cannot be read",
            where=str(path),
            remedy="give a CSV file with place,share",
            id="NotReadable",
        ) from fault
    if not rows or any(name not in rows[0] for name in _COLUMNS):
        raise SchemaError(
            "the file of shares needs the columns place and share, and a row",
            where=str(path),
            remedy="write for instance: place,share and then KZ-75,0.31",
            id="MissingColumn",
        )
    shares: dict[str, float] = {}
    faults: list[WorkbenchError] = []
    for number, row in enumerate(rows, start=2):
        place, share = (row["place"] or "").strip(), _number(row["share"])
        if not place or place in shares or not 0 < share <= 1:
            faults.append(
                SchemaError(
                    f"'{row['share']}' for '{place}' is no share of a further place",
                    where=f"{path}, row {number}",
                    remedy="give each place once, with a number above 0 and at most 1",
                    id="BadShare",
                )
            )
        shares[place] = share
    raise_faults(faults)
    return shares


def _number(text: str | None) -> float:
    try:
        return float(text or "")
    except ValueError:
        return math.nan


def with_population(moves: pd.DataFrame, shares: Mapping[str, float]) -> pd.DataFrame:
    """Moves with the number of people for whom the users stand.

    Parameters
    ----------
    moves : DataFrame
        ``origin`` and ``moves``, as they may be shown.
    shares : dict of str to float
        As :func:`read_shares` gives them; when empty the table stays as it is.

    Returns
    -------
    DataFrame
        With ``population``, moves divided by the share of the place of origin: missing where
        moves are hidden, where the share is not known, and for all origins together.

    Examples
    --------
    >>> import pandas as pd
    >>> moves = pd.DataFrame({"origin": ["A", "B"], "moves": [20, 30]})
    >>> with_population(moves, {"A": 0.25})["population"].tolist()
    [80.0, nan]
    """
    if not shares:
        return moves
    known = moves["origin"].map({**shares, _TOTAL: math.nan})
    place = list(moves).index("moves") + 1
    raised = moves.copy()
    raised.insert(place, "population", moves["moves"] / known)
    return raised
