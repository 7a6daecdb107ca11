# SPDX-License-Identifier: Apache-2.0
"""Reading the packaged code lists, comparing names, and the classifications."""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache
from importlib import resources
from typing import Final, Literal

from keruen.core.errors import CodeError

Lang = Literal["en", "ru", "kk"]
"""Language of a name."""


@cache
def rows(name: str) -> tuple[dict[str, str], ...]:
    """Rows of a code list."""
    file = resources.files("keruen.core").joinpath("codelists", f"{name}.csv")
    return tuple(csv.DictReader(file.read_text("utf-8").splitlines()))


def named(row: dict[str, str], prefix: str = "name") -> dict[str, str]:
    """Names of a row by language."""
    return {lang: row[f"{prefix}_{lang}"] for lang in ("en", "ru", "kk")}


def place(row: dict[str, str], prefix: str) -> tuple[float, float] | None:
    """Latitude and longitude of a row, when it has them."""
    lat, lon = row[f"{prefix}_lat"], row[f"{prefix}_lon"]
    return (float(lat), float(lon)) if lat else None


def plain(text: str) -> str:
    """Text without accents, case and marks, for comparing names."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    kept = (c if c.isalnum() else " " for c in letters if not unicodedata.combining(c))
    return " ".join("".join(kept).split())


def nearest(text: str, names: Iterable[str]) -> list[str]:
    """Names in plain form, the nearest to a text first."""
    wanted = plain(text)
    likeness = {name: SequenceMatcher(None, wanted, name).ratio() for name in names}
    return sorted(likeness, key=lambda name: (-likeness[name], name))


@dataclass(frozen=True)
class Code:
    """An entry of a classification.

    Parameters
    ----------
    code : str
        Code.
    level : int
        Level, 1 being the broadest.
    parent : str
        Code one level up; empty at the top.
    title : str
        Title in English.
    """

    code: str
    level: int
    parent: str
    title: str


CODE_LISTS: Final[dict[str, str]] = {
    "isco08": "International Standard Classification of Occupations 2008",
    "isic4": "International Standard Industrial Classification, revision 4",
    "isced2011": "International Standard Classification of Education 2011",
    "isced_f2013": "Fields of education and training 2013, broad fields",
}
"""Classifications in the package."""


def code_list(name: str) -> dict[str, Code]:
    """A classification by code.

    Parameters
    ----------
    name : {"isco08", "isic4", "isced2011", "isced_f2013"}
        Name of the list.

    Returns
    -------
    dict of str to Code

    Raises
    ------
    CodeError
        No such list.

    Examples
    --------
    >>> code_list("isic4")["A"].title
    'Agriculture, forestry and fishing'
    """
    if name not in CODE_LISTS:
        raise CodeError(f"'{name}' is not a code list", remedy=f"known: {', '.join(CODE_LISTS)}")
    return {
        row["code"]: Code(row["code"], int(row["level"]), row["parent"], row["title"])
        for row in rows(name)
    }
