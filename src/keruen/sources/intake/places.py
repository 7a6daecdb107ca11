# SPDX-License-Identifier: Apache-2.0
"""Names and codes of regions as they stand in published tables."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal

from keruen.core._lists import nearest, plain, rows
from keruen.core.codes import all_regions, countries, region_name

_TYPES: Final = {
    **dict.fromkeys(("область", "обл", "области", "облысы", "region", "oblast"), "region"),
    **dict.fromkeys(("город", "г", "гор", "city", "қаласы", "қ"), "city"),
}
_CODE: Final = re.compile(r"[A-Z]{2}-[A-Z0-9]{1,3}")
_KATO: Final = re.compile(r"\d{9}")


@dataclass(frozen=True)
class Unclear:
    """A text that names no single region: the fault, and the codes that may be meant."""

    fault: str
    near: tuple[str, ...] = ()


def region(words: str) -> str | Unclear:
    """The ISO 3166-2 code of a region; empty when the text names the whole country.

    Parameters
    ----------
    words : str
        A code, or a name in English, Russian or Kazakh.

    Returns
    -------
    str or Unclear

    Examples
    --------
    >>> region("Акмолинская обл."), region("750000000"), region("Республика Казахстан")
    ('KZ-11', 'KZ-75', '')
    >>> region("Алматы")
    Unclear(fault='AmbiguousRegion', near=('KZ-19', 'KZ-75'))
    """
    compared = plain(words)
    codes = _index().get(compared) or _of_type(compared)
    if len(codes) == 1:
        return codes[0]
    if codes:
        return Unclear("AmbiguousRegion", codes)
    if _KATO.fullmatch(words):
        return _district(words)
    if _CODE.fullmatch(words) and _unlisted(words):
        return words
    if compared in _countries():
        return ""
    return Unclear("UnknownRegion")


def near(words: str) -> tuple[str, ...]:
    """Codes of the three regions whose name is nearest."""
    found = (code for text in nearest(words, _index())[:9] for code in _index()[text])
    return tuple(dict.fromkeys(found))[:3]


def title(code: str, lang: Literal["en", "ru", "kk"]) -> str:
    """Full name of a region; the code itself when it is not listed."""
    return region_name(code, lang, form="full") if code in all_regions() else code


@cache
def _index() -> dict[str, tuple[str, ...]]:
    """Every code and name in plain form, with and without its type, to the regions it fits."""
    index: dict[str, set[str]] = {}
    aliases = [(row["code"], row["alias"]) for row in rows("region_aliases")]
    for one in all_regions().values():
        called = (one.code, one.kato, one.former_code, one.short_code)
        aliases += [(one.code, text) for text in called if text]
        aliases += [(one.code, text) for text in (*one.full_names.values(), *one.names.values())]
    for code, text in aliases:
        compared = plain(text)
        index.setdefault(_bare(compared), set()).add(code)
        if compared != _bare(compared):
            index.setdefault(compared, set()).add(code)
    return {text: tuple(sorted(codes)) for text, codes in index.items()}


def _of_type(compared: str) -> tuple[str, ...]:
    """Regions of a bare name that are what the words say: a region, or a city."""
    codes = _index().get(_bare(compared), ())
    said = {_TYPES[plain(word)] for word in compared.split() if plain(word) in _TYPES}
    return tuple(code for code in codes if not said or all_regions()[code].type in said)


def _bare(compared: str) -> str:
    """A name without the words for region and city."""
    return " ".join(word for word in compared.split() if word not in _TYPES) or compared


def _district(words: str) -> Unclear:
    """A nine-digit code of a smaller unit: the region it lies in is told."""
    parents = [one.code for one in all_regions().values() if one.kato[:2] == words[:2]]
    return Unclear("SmallerUnit", tuple(parents)) if parents else Unclear("UnknownRegion")


def _unlisted(words: str) -> bool:
    """Whether a code belongs to a country whose regions are not in the list."""
    listed = {one.country for one in all_regions().values()}
    owner = {one.iso2: one.iso3 for one in countries().values()}.get(words[:2])
    return owner is not None and owner not in listed


@cache
def _countries() -> frozenset[str]:
    """Names of countries whose regions are listed, in plain form."""
    found = set()
    for code in {one.country for one in all_regions().values()}:
        country = countries()[code]
        names = [*country.names.values(), country.name_un, country.iso3, country.iso2]
        found |= {plain(text) for text in names}
        found |= {plain(row["alias"]) for row in rows("country_aliases") if row["iso3"] == code}
    return frozenset(found)
