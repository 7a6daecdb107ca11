# SPDX-License-Identifier: Apache-2.0
"""Every variable once: unit, kind, legal range, and its name in three languages.

The table ``variables.csv`` is the single place where a variable is described; it drives
the data catalogue, the checks of ranges and the labels of tables and charts.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Literal, cast

from keruen.core.errors import CodeError

if TYPE_CHECKING:
    from keruen.core.arrays import Kind

Concept = Literal["stock", "moves", "transitions", "events", ""]
"""What a count counts: people at a moment, moves, people who moved, or events."""


@dataclass(frozen=True)
class Variable:
    """What a variable is.

    Parameters
    ----------
    name : str
        Name in arrays and tables.
    units : str
        Unit.
    kind : {"count", "rate", "probability", "share", "index", "money"}
        What may be done with it.
    concept : {"stock", "moves", "transitions", "events", ""}
        What a count counts; empty when that depends on the table.
    low, high : float or None
        Legal range; None when it has no bound.
    en, ru, kk : str
        Label in English, Russian and Kazakh.
    """

    name: str
    units: str
    kind: Kind
    concept: Concept
    low: float | None
    high: float | None
    en: str
    ru: str
    kk: str

    def label(self, lang: Literal["en", "ru", "kk"] = "en") -> str:
        """Label in a language."""
        return {"en": self.en, "ru": self.ru, "kk": self.kk}[lang]


@cache
def variables() -> dict[str, Variable]:
    """All variables by name.

    Returns
    -------
    dict of str to Variable

    Examples
    --------
    >>> variables()["tfr"].units
    'births per woman'
    """
    text = resources.files("keruen.core").joinpath("variables.csv").read_text("utf-8")
    return {row["name"]: _variable(row) for row in csv.DictReader(text.splitlines())}


def _variable(row: dict[str, str]) -> Variable:
    bounds = {side: float(row[side]) if row[side] else None for side in ("low", "high")}
    return Variable(
        name=row["name"],
        units=row["units"],
        kind=cast("Kind", row["kind"]),
        concept=cast("Concept", row["concept"]),
        low=bounds["low"],
        high=bounds["high"],
        en=row["en"],
        ru=row["ru"],
        kk=row["kk"],
    )


def variable(name: str) -> Variable:
    """The variable of a name.

    Parameters
    ----------
    name : str
        Name of the variable.

    Returns
    -------
    Variable

    Raises
    ------
    CodeError
        No such variable; the message lists near names.

    Examples
    --------
    >>> variable("net_migration").label("ru")
    'Сальдо миграции'
    """
    known = variables()
    if name not in known:
        near = get_close_matches(name, known, n=3, cutoff=0.4)
        raise CodeError(
            f"'{name}' is not a variable",
            where="variables.csv",
            remedy=f"did you mean {', '.join(near)}?" if near else "see variables()",
        )
    return known[name]
