# SPDX-License-Identifier: Apache-2.0
"""What the headings of a table mean: columns of a schema, labels across, units."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby, pairwise
from typing import Final

from keruen.core._lists import plain
from keruen.sources._words import Label, cleaned, is_of_which, meaning, words
from keruen.sources.schemas import Column, TableSchema, schema

_PARTS: Final = re.compile(r"\s*[(),;\[\]]\s*|\s+[-–—]\s+")
_BARE_NUMBER: Final = re.compile(r"\d{1,4}")


@dataclass(frozen=True)
class Heading:
    """What one text of a heading means.

    Parameters
    ----------
    text : str
        As it stands.
    column : str
        Column of the schema; empty when it is none.
    unit : str
        Scale or kind of unit it names: one, thousand, million, percent, rate; may be empty.
    said : str
        The words that name the unit.
    """

    text: str
    column: str = ""
    unit: str = ""
    said: str = ""


def heading(text: str, name: str) -> Heading:
    """What a heading means in a table.

    Parameters
    ----------
    text : str
        Heading.
    name : str
        Name of the schema.

    Returns
    -------
    Heading

    Examples
    --------
    >>> found = heading("Численность населения, тыс. человек¹", "population")
    >>> found.column, found.unit
    ('population', 'thousand')
    """
    whole = cleaned(text)
    index = _index(name)
    unit, said = unit_of(whole)
    for candidate in (whole, *_without(whole, said)):
        if column := index.get(plain(candidate), ""):
            return Heading(text, column, unit, said)
    return Heading(text, "", unit, said)


def _without(whole: str, said: str) -> Sequence[str]:
    """The heading less the part that names the unit, and less those words alone."""
    if not said:
        parts = [part for part in _PARTS.split(whole) if part]
        return parts[:1] if len(parts) > 1 and is_of_which(parts[-1]) else ()
    parts = [part for part in _PARTS.split(whole) if part and said not in part.casefold()]
    small = whole.casefold()
    for _, patterns in _patterns():
        for pattern in patterns:
            small = pattern.sub(" ", small)
    return (" ".join(parts), small)


@cache
def _index(name: str) -> dict[str, str]:
    """Headings in plain form to columns; names and labels before aliases."""
    table = schema(name)
    index: dict[str, str] = {}
    for column in table.columns:
        for text in (column.name, column.name.replace("_", " "), *column.labels.values()):
            index.setdefault(plain(text), column.name)
    for column in table.columns:
        for text in column.aliases:
            index.setdefault(plain(text), column.name)
    return index


def unit_of(text: str) -> tuple[str, str]:
    """The unit that a text names, and the words that name it; empty when it names none.

    Parameters
    ----------
    text : str
        A heading or title.

    Returns
    -------
    tuple of str

    Examples
    --------
    >>> unit_of("Население, тыс. человек"), unit_of("Доля, %")[0], unit_of("Область")
    (('thousand', 'тыс.'), 'percent', ('', ''))
    """
    small = text.casefold()
    for unit, patterns in _patterns():
        for pattern in patterns:
            if found := pattern.search(small):
                return unit, found[0]
    return "", ""


@cache
def _patterns() -> tuple[tuple[str, tuple[re.Pattern[str], ...]], ...]:
    return tuple(
        (unit, tuple(re.compile(one) for one in patterns)) for unit, patterns in words("units")
    )


def near_column(text: str, table: TableSchema) -> Column | None:
    """The column whose heading a misspelt one is near to.

    Parameters
    ----------
    text : str
        Heading that is not known.
    table : TableSchema
        Table it stands in.

    Returns
    -------
    Column or None

    Examples
    --------
    >>> near_column("birthplase", schema("migrant_stock")).name
    'birthplace'
    """
    from difflib import get_close_matches

    index = _index(table.name)
    written = plain(cleaned(text))
    if len(written) < 3:
        return None
    found = get_close_matches(written, index, n=1, cutoff=0.85)
    return table.column(index[found[0]]) if found else None


def bare(text: str) -> str:
    """A heading without the words for its unit, as the text of a label."""
    said = unit_of(text)[1]
    return next(iter(_without(cleaned(text), said)), text).strip() if said else text


def across(texts: Sequence[str], table: TableSchema) -> dict[int, tuple[str, Label]]:
    """Labels of one key that stand across a row of headings.

    Parameters
    ----------
    texts : sequence of str
        Texts of the row, a text a column.
    table : TableSchema
        Table they stand in.

    Returns
    -------
    dict of int to tuple
        Place in the row to the key and what the label means; empty when fewer than two
        labels of the same key are there. Keys that the row names are no candidates; of two
        keys with the same labels, such as origin and destination, the later stands across.

    Examples
    --------
    >>> found = across(["Регион", "2022", "2023"], schema("region_population"))
    >>> {place: (key, label.code) for place, (key, label) in found.items()}
    {1: ('year', 2022), 2: ('year', 2023)}
    """
    best: dict[int, tuple[str, Label]] = {}
    most = 2
    named = {heading(text, table.name).column for text in set(texts) if text}
    for key in table.keys:
        if key.name in named:
            continue
        labels = {
            place: meaning(key.kind, bare(text))
            for place, text in enumerate(texts)
            if text and _may_head(key.kind, text)
        }
        found = {place: one for place, one in labels.items() if one.state in ("code", "total")}
        codes = {one.code for one in found.values() if one.state == "code"}
        count = len(codes) + (len(codes) == 1 and len(found) > 1)
        if count >= most and _ordered(key, found):
            most = count
            best = {place: (key.name, one) for place, one in found.items()}
    return best


def _may_head(kind: str, text: str) -> bool:
    """A bare number heads a column as a year or an age, and as no other label."""
    if kind == "text":
        return False
    return kind in ("year", "age") or (not _BARE_NUMBER.fullmatch(text) and len(text) > 1)


def _ordered(key: Column, found: dict[int, Label]) -> bool:
    """Numbers in a row of figures may look like years or ages; headings rise or fall."""
    if key.kind not in ("year", "age"):
        return True
    numbers = [int(one.code) for one in found.values() if one.state == "code"]
    if key.kind == "age":
        return numbers[0] == 0 or any(one.upper != one.code for one in found.values() if one.code)
    runs = [number for number, _ in groupby(numbers)]
    steps = {later > earlier for earlier, later in pairwise(runs)}
    return len(steps) < 2 or len(set(runs)) < len(runs)
