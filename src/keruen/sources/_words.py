# SPDX-License-Identifier: Apache-2.0
"""What the labels of published tables mean: countries, regions, sexes, ages, years, totals.

Labels are compared without case, accents and footnote marks, and Latin letters that slipped
into Cyrillic words are taken for what they look like.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Final, Literal

from keruen.core._lists import CODE_LISTS, code_list, plain, rows
from keruen.core.codes import (
    countries,
    country_name,
    find_country,
    near_countries,
    special_areas,
)
from keruen.sources.intake import ages, editions, lists, places, years

if TYPE_CHECKING:
    from difflib import SequenceMatcher

_ALIKE: Final = 0.6
_BEHIND: Final = 0.15
"""How much less like than the best a suggestion may be."""

State = Literal["code", "total", "group", "unknown"]


@dataclass(frozen=True)
class Label:
    """What a text means as a label of some kind.

    Parameters
    ----------
    state : {"code", "total", "group", "unknown"}
        A code, the whole, a group of countries, or nothing known.
    code : str or int
        The code; empty when there is none.
    fault : str
        Identifier of the fault when nothing is known.
    near : tuple of str
        Codes that may be meant.
    upper : int or None
        Last completed year of an age group; None when it is open.
    """

    state: State
    code: str | int = ""
    fault: str = ""
    near: tuple[str, ...] = ()
    upper: int | None = None


_TOTAL: Final = Label("total")
_MARKS: Final = re.compile(r"(?:\s*[*¹²³⁴⁵⁶⁷⁸⁹†‡]+\)?|(?<=\D)\s*\d\)|\s*\[\d+\])+$")
_NOTE_MARK: Final = re.compile(r"\s*(?:[*¹²³†‡]|\d\)|\(\d\)|\[\d\])")
_AMONG: Final = re.compile(
    r"(?:из общ\w+ (?:численности|числа)|of the total|жалпы саннан|жалпы санынан)\b.*:$",
    re.IGNORECASE,
)
_LOOKS: Final = str.maketrans("aceopxyiABCEHKMOPTXYI", "асеорхуіАВСЕНКМОРТХУІ")
_CYRILLIC: Final = re.compile("[а-яёәғқңөұүһі]", re.IGNORECASE)
_LATIN: Final = re.compile("[a-z]", re.IGNORECASE)


def cleaned(text: str) -> str:
    """A label without footnote marks, doubled spaces and Latin letters in Cyrillic words."""
    text = " ".join(_MARKS.sub("", text).split())
    if _CYRILLIC.search(text) and _LATIN.search(text):
        words = (w.translate(_LOOKS) if _CYRILLIC.search(w) else w for w in text.split(" "))
        text = " ".join(words)
    return text.strip(" :;,")


@cache
def _words() -> dict[str, Any]:
    """The lists of words, in plain form."""
    lists = ("whole", "of_which", "sex", "residence", "other", "groups", "footnote", "beside")
    return {name: _plain(_read()[name]) for name in lists}


@cache
def _read() -> dict[str, Any]:
    from ruamel.yaml import YAML

    text = resources.files("keruen.sources").joinpath("words.yaml").read_text("utf-8")
    return dict(YAML(typ="safe", pure=True).load(text))


def words(name: str) -> tuple[tuple[str, list[str]], ...]:
    """A list of words by what they mean, as it is written."""
    return tuple(_read()[name].items())


def _plain(branch: Iterable[object] | dict[str, Any]) -> dict[str, Any] | frozenset[str]:
    if isinstance(branch, dict):
        return {name: _plain(one) for name, one in branch.items()}
    return frozenset(plain(str(text)) for text in branch)


def is_footnote(text: str) -> bool:
    """Whether a text opens the notes below a table."""
    first = plain(text.partition(":")[0])
    return bool(_NOTE_MARK.match(text)) or first in _words()["footnote"] or len(text) > 80


def is_beside(name: str) -> bool:
    """Whether a sheet of this name speaks of a table and holds none."""
    return plain(name) in _words()["beside"]


def is_of_which(text: str) -> bool:
    """Whether a label only says that parts follow."""
    return plain(cleaned(text)) in _words()["of_which"] or bool(_AMONG.match(text.strip()))


def is_whole(text: str) -> bool:
    """Whether a label names the whole, of whatever kind."""
    return plain(cleaned(text)) in _words()["whole"]["any"]


def without_of_which(text: str) -> str:
    """A label without the words that say it is a part."""
    words = cleaned(text)
    for lead in sorted(_words()["of_which"], key=len, reverse=True):
        if plain(words).startswith(f"{lead} "):
            parts = re.split(r"[:\s]+", words)
            return " ".join(parts[len(lead.split()) :])
    return words


@lru_cache(maxsize=100_000)
def meaning(kind: str, text: str) -> Label:
    """What a text means as a label of a kind.

    Parameters
    ----------
    kind : str
        Kind of a column that holds labels.
    text : str
        The text of the cell.

    Returns
    -------
    Label

    Examples
    --------
    >>> meaning("sex", "Ерлер").code, meaning("age", "85 и старше").code
    ('M', 85)
    >>> meaning("country", "Узбекистан*").code, meaning("year", "2024 ж.").code
    ('UZB', 2024)
    >>> meaning("year", "2023/24").fault, meaning("region", "Всего").state
    ('SplitYear', 'total')
    """
    words = cleaned(text)
    compared = plain(words)
    whole = _words()["whole"]
    own = whole.get("country" if kind == "place" else kind, frozenset())
    if compared in own or (compared in whole["any"] and not _is_section(kind, words)):
        return _TOTAL
    if kind == "text":
        return Label("code", words)
    if kind in _READERS:
        return _READERS[kind](words)
    code = lists.listed(kind, words)
    if code:
        return Label("code", code)
    former = editions.former(kind, words)
    if former is None:
        return Label("unknown", fault="UnknownCode")
    return Label("unknown", fault="FormerCode", near=former.became)


def _is_section(kind: str, words: str) -> bool:
    """T is a section of economic activity before it is a total."""
    return kind == "isic4" and words in code_list("isic4")


def _one_of(kind: str, fault: str) -> Callable[[str], Label]:
    def read(words: str) -> Label:
        compared = plain(words)
        for code, texts in _words()[kind].items():
            if compared in texts:
                return Label("code", code)
        return Label("unknown", fault=fault)

    return read


@cache
def _special() -> dict[str, str]:
    index = {plain(code): code for code in special_areas()}
    for code, names in special_areas().items():
        index |= {plain(text): code for text in names.values()}
    return index | dict.fromkeys(_words()["other"], "OTH")


@cache
def _groups() -> dict[str, str]:
    return {text: code for code, texts in _words()["groups"].items() for text in texts}


def _country(words: str) -> Label:
    compared = plain(words)
    if compared in _special():
        return Label("code", _special()[compared])
    if compared in _groups():
        return Label("group", _groups()[compared])
    padded = words.lstrip("0") if words.isdigit() else words
    code = find_country(padded)
    return Label("code", code) if code else Label("unknown", fault="UnknownCountry")


def _region(words: str) -> Label:
    found = places.region(words)
    if isinstance(found, str):
        return Label("code", found) if found else _TOTAL
    return Label("unknown", fault=found.fault, near=found.near)


def _place(words: str) -> Label:
    """A country before a region: Georgia is the country, and no region is called after one."""
    country = _country(words)
    if country.state != "unknown":
        return country
    found = _region(words)
    return found if found.state == "code" else Label("unknown", fault="UnknownPlace")


def _age(words: str) -> Label:
    found = ages.age_group(words)
    if found is None:
        return Label("unknown", fault="NotAnAge")
    return Label("code", found[0], upper=found[1])


def _year(words: str) -> Label:
    found = years.year(words)
    if isinstance(found, int):
        return Label("code", found)
    return Label("unknown", fault=found)


def _date(words: str) -> Label:
    found = years.date(words)
    return Label("code", found) if found else Label("unknown", fault="NotADate")


_READERS: Final[dict[str, Callable[[str], Label]]] = {
    "country": _country,
    "region": _region,
    "place": _place,
    "sex": _one_of("sex", "UnknownSex"),
    "residence": _one_of("residence", "UnknownResidence"),
    "age": _age,
    "year": _year,
    "date": _date,
}


def near(kind: str, text: str) -> tuple[str, ...]:
    """Codes whose code or name is nearest to an unknown text; at most three.

    Parameters
    ----------
    kind : str
        Kind of the column.
    text : str
        The text of the cell.

    Returns
    -------
    tuple of str

    Examples
    --------
    >>> near("country", "Узбекстан")[0]
    'UZB'
    """
    from difflib import SequenceMatcher, get_close_matches

    compared = plain(cleaned(text))
    if kind in ("country", "place", "region"):
        found = places.near(text) if kind == "region" else near_countries(text)
        like = SequenceMatcher(b=compared)
        likeness = {code: _likeness(like, kind, code) for code in found}
        least = max(_ALIKE, max(likeness.values(), default=0.0) - _BEHIND)
        return tuple(code for code in found if likeness[code] >= least)
    if kind not in CODE_LISTS:
        return ()
    titles = lists.titles(kind)
    alike = get_close_matches(compared, titles, n=3, cutoff=_ALIKE)
    return tuple(dict.fromkeys(titles[title] for title in alike))


def _likeness(like: SequenceMatcher[str], kind: str, code: str) -> float:
    """How near the nearest name of a code is, from 0 to 1."""
    called = [code]
    for lang in ("en", "ru", "kk"):
        called.append(places.title(code, lang) if kind == "region" else country_name(code, lang))
        called.append(called[-1].split()[0] if kind == "region" else called[-1])
    best = 0.0
    for text in called:
        like.set_seq1(plain(text))
        best = max(best, like.ratio())
    return best


def name(kind: str, code: str, lang: Literal["en", "ru", "kk"] = "en") -> str:
    """How a code is shown to a reader: the code, and its name in a language.

    Parameters
    ----------
    kind : str
        Kind of the column.
    code : str
        The code.
    lang : {"en", "ru", "kk"}
        Language.

    Returns
    -------
    str

    Examples
    --------
    >>> name("region", "KZ-75", "kk"), name("isic4", "A")
    ('KZ-75 (Алматы қаласы)', 'A (Agriculture, forestry and fishing)')
    """
    if kind in ("country", "place", "region"):
        known = code in countries() or code in special_areas()
        return f"{code} ({country_name(code, lang) if known else places.title(code, lang)})"
    if kind in CODE_LISTS:
        named = {(row["list"], row["code"]): row for row in rows("code_names")}
        title = named[kind, code][f"name_{lang}"] if lang != "en" and (kind, code) in named else ""
        return f"{code} ({title or code_list(kind)[code].title})"
    return code
