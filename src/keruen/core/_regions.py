# SPDX-License-Identifier: Apache-2.0
"""Regions of countries: codes, names, and the changes of their boundaries."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

from keruen.core._lists import Lang, named, nearest, place, plain, rows
from keruen.core.errors import CodeError
from keruen.core.sentences import msg


@dataclass(frozen=True)
class Region:
    """A region of a country.

    Parameters
    ----------
    code : str
        ISO 3166-2 code.
    country : str
        ISO 3166-1 alpha-3.
    short_code, kato, former_code : str
        National short code, code of the national classifier, ISO code before 2022.
    type : str
        region or city.
    names, full_names : dict
        Name by language: as in tables, and in full.
    valid_from, valid_to : str
        Dates of creation and abolition; empty when none falls in the data.
    carved_from : str
        Region it was part of; may be empty.
    centre : str
        Administrative centre; may be empty.
    centre_place : tuple of float or None
        Latitude and longitude of the centre.
    note : str
        What to know of its boundaries.
    """

    code: str
    country: str
    short_code: str
    kato: str
    former_code: str
    type: str
    names: dict[str, str]
    full_names: dict[str, str]
    valid_from: str
    valid_to: str
    carved_from: str
    centre: str
    centre_place: tuple[float, float] | None
    note: str


@dataclass(frozen=True)
class RegionChange:
    """A change of boundaries: ``origin`` lost people and land to ``destination``.

    Parameters
    ----------
    date : str
        Date, or year where the day is not known.
    kind : {"split", "transfer"}
        Whether a region was founded or land passed between regions.
    origin, destination : str
        ISO 3166-2 codes.
    note : str
        What happened.
    """

    date: str
    kind: str
    origin: str
    destination: str
    note: str


@cache
def all_regions() -> dict[str, Region]:
    """All regions, present and former, by ISO 3166-2 code.

    Returns
    -------
    dict of str to Region

    Examples
    --------
    >>> all_regions()["KZ-79"].carved_from
    'KZ-YUZ'
    """
    return {row["code"]: _region(row) for row in rows("regions")}


def _region(row: dict[str, str]) -> Region:
    same = ("code", "country", "short_code", "kato", "former_code", "type", "valid_from")
    more = ("valid_to", "carved_from", "centre", "note")
    return Region(
        **{name: row[name] for name in (*same, *more)},
        names=named(row),
        full_names=named(row, "full"),
        centre_place=place(row, "centre"),
    )


def is_region(code: str) -> bool:
    """Whether a text is the ISO 3166-2 code of a region in the list.

    Parameters
    ----------
    code : str
        Code, in capitals.

    Returns
    -------
    bool

    Examples
    --------
    >>> is_region("KZ-75"), is_region("ALA")
    (True, False)
    """
    return code in all_regions()


@cache
def _region_index() -> dict[str, str]:
    index: dict[str, str] = {}
    for one in all_regions().values():
        called = [one.code, one.kato, one.former_code, one.short_code]
        for name in (*called, *one.full_names.values(), *one.names.values()):
            if name:
                index.setdefault(plain(name), one.code)
    return index


def region_code(text: str) -> str:
    """ISO 3166-2 code of a region given by code or name.

    Parameters
    ----------
    text : str
        ISO 3166-2 (present or former), KATO or short code, or a name in English, Russian or
        Kazakh; case and accents do not matter.

    Returns
    -------
    str

    Raises
    ------
    CodeError
        No such region; the message lists near ones.

    Examples
    --------
    >>> region_code("Алматинская область"), region_code("750000000"), region_code("KZ-VOS")
    ('KZ-19', 'KZ-75', 'KZ-63')
    """
    code = _region_index().get(plain(text))
    if code is None:
        near = dict.fromkeys(_region_index()[name] for name in nearest(text, _region_index())[:9])
        shown = [f"{c} ({all_regions()[c].full_names['en']})" for c in list(near)[:3]]
        raise CodeError(
            msg("'{value}' is not a region", value=text),
            remedy=msg("did you mean {near}?", near=", ".join(shown)),
        )
    return code


def region_name(code: str, lang: Lang = "en", *, form: Literal["short", "full"] = "short") -> str:
    """Name of a region.

    Parameters
    ----------
    code : str
        ISO 3166-2 code.
    lang : {"en", "ru", "kk"}
        Language.
    form : {"short", "full"}
        As in tables (``Акмолинская``) or in full (``Акмолинская область``).

    Returns
    -------
    str

    Raises
    ------
    CodeError
        No such region.

    Examples
    --------
    >>> region_name("KZ-11", "ru"), region_name("KZ-10", "kk", form="full")
    ('Акмолинская', 'Абай облысы')
    """
    if not is_region(code):
        region_code(code)  # raises with near names when the text is no region at all
        raise CodeError(f"'{code}' is not an ISO 3166-2 code", remedy=f"use {region_code(code)}")
    one = all_regions()[code]
    return (one.names if form == "short" else one.full_names)[lang]


def regions(country: str = "KAZ", *, year: int = 9999) -> list[str]:
    """Codes of the regions in force at the end of a year.

    Parameters
    ----------
    country : str
        ISO 3166-1 alpha-3.
    year : int
        Year; the present regions when not given.

    Returns
    -------
    list of str

    Raises
    ------
    CodeError
        No regions of that country in the list.

    Examples
    --------
    >>> [len(regions("KAZ", year=year)) for year in (2017, 2018, 2022)]
    [16, 17, 20]
    """
    day = f"{year}-12-31"
    found = [one for one in all_regions().values() if one.country == country]
    if not found:
        raise CodeError(f"no regions of '{country}' are listed", remedy="listed: KAZ")
    return [
        one.code
        for one in found
        if one.valid_from <= day and (not one.valid_to or day < one.valid_to)
    ]


def region_changes() -> tuple[RegionChange, ...]:
    """Changes of boundaries in order of time.

    Returns
    -------
    tuple of RegionChange

    Examples
    --------
    >>> [c.destination for c in region_changes() if c.date.startswith("2018")]
    ['KZ-61', 'KZ-79']
    """
    return tuple(
        RegionChange(row["date"], row["kind"], row["from"], row["to"], row["note"])
        for row in rows("region_changes")
    )
