# SPDX-License-Identifier: Apache-2.0
"""What a template says: sentences of its notes, what each kind of column takes, its codes.

Sentences are English and marked for the catalogues; names of codes stand in three languages
side by side, since a template lists them all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from keruen.core._lists import CODE_LISTS, code_list, plain, rows
from keruen.core.codes import all_regions, countries, country_name, region_name, special_areas
from keruen.sources._words import meaning
from keruen.sources.fault_texts import Lang, msg
from keruen.sources.intake.keys import LISTS
from keruen.sources.schemas import Column

LANGS: Final[tuple[Lang, ...]] = ("en", "ru", "kk")

DATA: Final = msg("Data")
CODES: Final = msg("Codes")
NOTES: Final = msg("Notes")
CODE_HEADS: Final = (msg("Column"), msg("Code"), msg("English"), msg("Russian"), msg("Kazakh"))
NOTE_HEADS: Final = (
    msg("Column"),
    msg("Name in programs"),
    msg("Needed"),
    msg("Unit"),
    msg("What to write"),
    msg("Note"),
)
NEEDED: Final = msg("yes, in every row")
SPARE: Final = msg("may be left empty")
ONE_OF: Final = msg("at least one of these")
HOW: Final = (
    msg("Write one row for each figure; leave the headings as they stand."),
    msg(
        "Columns in the deeper colour are needed in every row; a pale one is filled or left empty."
    ),
    msg("Choose a label from the list of its cell, or write its code: they stand in '{codes}'."),
    msg("Write 0 where there is none, and … where the figure is not known."),
)
MANY: Final = msg("Only the sheet '{first}' is needed; a sheet without rows is not read.")
CHECK: Final = msg("Check what you have written: {command}")
RUN: Final = msg("Then: {command}")
WARNING: Final = msg("This is not in the list. Expected: {form}")
WARNING_NUMBER: Final = msg("Expected: {form}")
SOME: Final = msg("The sheet '{first}' or the next is needed; a sheet without rows is not read.")
BOTH: Final = msg(
    "The sheets '{first}' and '{second}' are needed; a sheet without rows is not read, and what "
    "it would tell is said to be missing."
)
BOOKS: Final[Mapping[str, str]] = {
    "projection": msg("Tables of a population projection"),
    "labour_market": msg("Tables of a labour market"),
    "skills": msg("Tables of occupations, vacancies and supply"),
    "placement": msg("Tables of a placement of families"),
    "regularise": msg("Tables of a regularisation programme"),
    "permits": msg("Tables of a market of work permits"),
}
"""Titles of templates with several sheets."""
TITLES: Final = {"national": msg("National projection that the regions are to agree with")}
"""Titles of sheets that hold a table of another one's form."""

FORMS: Final[Mapping[str, str]] = {
    "country": msg("a name in English, Russian or Kazakh, or an ISO or M49 code"),
    "place": msg("a country or region by name or code; or places of your own throughout"),
    "region": msg("a name in English, Russian or Kazakh, or an ISO 3166-2 or KATO code"),
    "residence": msg("urban or rural, in English, Russian or Kazakh"),
    "sex": msg("women or men in English, Russian or Kazakh, or F and M"),
    "age": msg("single years such as 25, or groups such as 20-24 and 85+"),
    "year": msg("the calendar year in four digits"),
    "date": msg("a date such as 2024-01-31"),
    "text": msg("a name of your own, the same in every row"),
    "integer": msg("a whole number"),
    "number": msg("a number"),
}
LISTED: Final = msg("a code of {list}, or its title")
BETWEEN: Final = msg("{form}, from {low} to {high}")
AT_LEAST: Final = msg("{form}, not less than {low}")

_SEXES: Final = {
    "F": {"en": "Women", "ru": "Женщины", "kk": "Әйелдер"},
    "M": {"en": "Men", "ru": "Мужчины", "kk": "Ерлер"},
}
_RESIDENCES: Final = {
    "urban": {"en": "Urban", "ru": "Город", "kk": "Қала"},
    "rural": {"en": "Rural", "ru": "Село", "kk": "Ауыл"},
}
_OPEN: Final = {"en": "100 and over", "ru": "100 и старше", "kk": "100 жас және одан жоғары"}
_LETTERS: Final = "аәбвгғдежзийкқлмнңоөпрстуұүфхһцчшщъыіьэюя"


@dataclass(frozen=True)
class Entry:
    """A code that a column may hold, and its names; a language without one has none."""

    code: str
    names: Mapping[str, str]


def is_chosen_by_name(kind: str) -> bool:
    """Whether the list of a cell shows names; codes of classifications and ages say enough.

    Parameters
    ----------
    kind : str
        Kind of the column.

    Returns
    -------
    bool
    """
    return kind in ("country", "place", "region", "sex", "residence")


@cache
def entries(kind: str, lang: Lang) -> tuple[Entry, ...]:
    """The codes of a kind of column; places in the order of the alphabet.

    Parameters
    ----------
    kind : str
        Kind of the column.
    lang : {"en", "ru", "kk"}
        Language of the alphabet.

    Returns
    -------
    tuple of Entry
        None for kinds that have no list; every name is read back as its code.

    Examples
    --------
    >>> [one.code for one in entries("sex", "kk")], entries("isic4", "ru")[0].names["ru"]
    (['F', 'M'], 'Сельское, лесное и рыбное хозяйство')
    """
    if kind in ("sex", "residence"):
        named = _SEXES if kind == "sex" else _RESIDENCES
        return tuple(Entry(code, names) for code, names in named.items())
    if kind == "age":
        return _ages()
    if kind in CODE_LISTS:
        return _classified(kind)
    found: list[Entry] = []
    if kind in ("country", "place"):
        areas = (*countries(), *special_areas())
        found += [Entry(code, {one: country_name(code, one) for one in LANGS}) for code in areas]
    if kind in ("region", "place"):
        found += [Entry(code, _region_names(code)) for code in all_regions()]
    sound = [one for one in found if _is_read_back(kind, one)]
    return tuple(sorted(sound, key=lambda one: _alphabetic(one.names[lang])))


def _ages() -> tuple[Entry, ...]:
    """Groups of five years, then single years."""
    told = [*(f"{low}-{low + 4}" for low in range(0, 100, 5)), *map(str, range(100))]
    last = Entry("100+", _OPEN)
    return (*(Entry(text, dict.fromkeys(LANGS, text)) for text in told), last)


def _classified(kind: str) -> tuple[Entry, ...]:
    named = {row["code"]: row for row in rows("code_names") if row["list"] == kind}
    return tuple(
        Entry(
            one.code,
            {"en": one.title}
            | {lang: named[one.code][f"name_{lang}"] for lang in ("ru", "kk") if one.code in named},
        )
        for one in code_list(kind).values()
    )


def _region_names(code: str) -> dict[str, str]:
    """Full names; the short one where the full one is that of another region too."""
    full = {lang: region_name(code, lang, form="full") for lang in LANGS}
    return {
        lang: text if meaning("region", text).code == code else region_name(code, lang)
        for lang, text in full.items()
    }


def _is_read_back(kind: str, one: Entry) -> bool:
    """Whether all names mean the code; 'Unknown' is read as other countries."""
    return all(meaning(kind, text).code == one.code for text in one.names.values())


def _alphabetic(text: str) -> list[tuple[int, str]]:
    """Where a name stands; Kazakh letters have their own place among the Russian ones."""
    return [(_LETTERS.find(letter), letter) for letter in plain(text)]


def form(column: Column, say: Callable[[str], str]) -> str:
    """What a column takes, in words.

    Parameters
    ----------
    column : Column
        The column.
    say : callable
        Translates a sentence.

    Returns
    -------
    str

    Examples
    --------
    >>> from keruen.sources.schemas import schema
    >>> form(schema("labour").column("unemployment_rate"), msg)
    'a number, from 0 to 100'
    """
    kind, low, high = column.kind, column.low, column.high
    told = say(LISTED).format(list=LISTS[kind]) if kind in CODE_LISTS else say(FORMS[kind])
    if kind == "age" or low is None:
        return told
    if high is None:
        return say(AT_LEAST).format(form=told, low=f"{low:g}")
    return say(BETWEEN).format(form=told, low=f"{low:g}", high=f"{high:g}")
