# SPDX-License-Identifier: Apache-2.0
"""Codes of other editions of a classification: what they became."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

from keruen.core._lists import rows

_GROUP: Final = 3


@dataclass(frozen=True)
class Former:
    """A code of another edition.

    Parameters
    ----------
    edition : str
        Name of the edition.
    became : tuple of str
        Codes of the present edition that its people are in now.
    """

    edition: str
    became: tuple[str, ...]


def former(kind: str, code: str) -> Former | None:
    """What a code of another edition became, or None when no edition knows it.

    Parameters
    ----------
    kind : str
        Name of the classification.
    code : str
        A code that the present edition does not hold.

    Returns
    -------
    Former or None
        Occupations by their group of three digits: unit groups became many, and which one
        only data coded both ways can say.

    Examples
    --------
    >>> former("isco08", "2139")
    Former(edition='ISCO-88', became=('251', '252'))
    >>> former("isco08", "7777") is None
    True
    """
    bare = code.strip().upper()
    known = _editions().get(kind, {})
    if kind == "isco08":
        return known.get(bare[:_GROUP]) if bare.isdigit() and len(bare) in (3, 4) else None
    return known.get(bare)


@cache
def _editions() -> dict[str, dict[str, Former]]:
    found: dict[str, dict[str, Former]] = {}
    for row in rows("former_codes"):
        one = Former(row["edition"], tuple(row["became"].split()))
        found.setdefault(row["list"], {})[row["code"]] = one
    return found
