# SPDX-License-Identifier: Apache-2.0
"""Codes of countries, regions and classifications, and their names in three languages.

Countries are ISO 3166-1 alpha-3, the 237 areas of World Population Prospects 2024;
regions are ISO 3166-2 in their present form, the former South Kazakhstan being
``KZ-YUZ``. Codes that only some publications use (``OTH``, ``CHI``, ``SCG`` ...) have
names too, but are no countries.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from keruen.core._lists import (
    CODE_LISTS,
    Code,
    Lang,
    code_list,
    named,
    nearest,
    place,
    plain,
    rows,
)
from keruen.core._regions import (
    Region,
    RegionChange,
    all_regions,
    is_region,
    region_changes,
    region_code,
    region_name,
    regions,
)
from keruen.core.errors import CodeError
from keruen.core.sentences import msg

__all__ = [
    "CODE_LISTS",
    "Code",
    "Country",
    "Lang",
    "Region",
    "RegionChange",
    "all_regions",
    "code_list",
    "countries",
    "country_code",
    "country_group",
    "country_name",
    "find_country",
    "is_country",
    "is_region",
    "near_countries",
    "region_changes",
    "region_code",
    "region_name",
    "regions",
    "special_areas",
]


@dataclass(frozen=True)
class Country:
    """A country or area.

    Parameters
    ----------
    iso3, iso2 : str
        ISO 3166-1 codes.
    m49 : int
        Code of the United Nations.
    names : dict
        Name by language.
    name_un : str
        Name in publications of the United Nations.
    region, subregion, sdg_region : str
        Regions of the United Nations; a subregion may be empty.
    income_group : str
        One of high, upper-middle, lower-middle, low; may be empty.
    groups : frozenset of str
        Groups of countries it belongs to.
    capital : str
        Capital; may be empty.
    capital_place : tuple of float or None
        Latitude and longitude of the capital.
    area_km2 : float or None
        Area.
    """

    iso3: str
    iso2: str
    m49: int
    names: dict[str, str]
    name_un: str
    region: str
    subregion: str
    sdg_region: str
    income_group: str
    groups: frozenset[str]
    capital: str
    capital_place: tuple[float, float] | None
    area_km2: float | None


@cache
def countries() -> dict[str, Country]:
    """The 237 countries and areas by ISO 3166-1 alpha-3 code.

    Returns
    -------
    dict of str to Country

    Examples
    --------
    >>> len(countries()), countries()["KAZ"].names["kk"]
    (237, 'Қазақстан')
    """
    return {row["iso3"]: _country(row) for row in rows("countries")}


def _country(row: dict[str, str]) -> Country:
    return Country(
        iso3=row["iso3"],
        iso2=row["iso2"],
        m49=int(row["m49"]),
        names=named(row),
        name_un=row["name_un"],
        region=row["region"],
        subregion=row["subregion"],
        sdg_region=row["sdg_region"],
        income_group=row["income_group"],
        groups=frozenset(row["groups"].split()),
        capital=row["capital"],
        capital_place=place(row, "capital"),
        area_km2=float(row["area_km2"]) if row["area_km2"] else None,
    )


@cache
def special_areas() -> dict[str, dict[str, str]]:
    """Codes in the data that are no countries of the list, with names by language.

    Returns
    -------
    dict of str to dict

    Examples
    --------
    >>> special_areas()["OTH"]["en"]
    'Other or unknown origin'
    """
    return {row["code"]: named(row) for row in rows("special_areas")}


@cache
def _country_index() -> dict[str, str]:
    """Everything a country may be called, in plain form, to its code."""
    index: dict[str, str] = {}
    for one in countries().values():
        called = [one.iso2, one.iso3, str(one.m49), f"{one.m49:03d}", one.name_un]
        for name in (*called, *one.names.values()):
            index.setdefault(plain(name), one.iso3)
            index.setdefault(plain(name.partition("(")[0]), one.iso3)
    for row in rows("country_aliases"):
        index[plain(row["alias"])] = row["iso3"]
    return index


def country_code(text: str | int) -> str:
    """ISO 3166-1 alpha-3 code of a country given by code or name.

    Parameters
    ----------
    text : str or int
        Alpha-2, alpha-3 or M49 code, or a name in English, Russian or Kazakh; case and
        accents do not matter.

    Returns
    -------
    str

    Raises
    ------
    CodeError
        No such country; the message lists the three nearest names.

    Examples
    --------
    >>> country_code("kz"), country_code(398), country_code("қазақстан")
    ('KAZ', 'KAZ', 'KAZ')
    """
    code = find_country(text)
    if code is None:
        near = [f"{c} ({countries()[c].names['en']})" for c in near_countries(str(text))]
        raise CodeError(
            msg("'{value}' is not a country", value=text),
            remedy=msg("did you mean {near}?", near=", ".join(near)),
        )
    return code


def find_country(text: str | int) -> str | None:
    """Code of a country given by code or name, or None: quick where many texts are none.

    Parameters
    ----------
    text : str or int
        As for :func:`country_code`.

    Returns
    -------
    str or None

    Examples
    --------
    >>> find_country("Kasachstan"), find_country("Kazakhstan")
    (None, 'KAZ')
    """
    return _country_index().get(plain(str(text)))


def near_countries(text: str) -> list[str]:
    """Codes of the three countries whose code or name is nearest to a text.

    Parameters
    ----------
    text : str
        A code or name, possibly misspelt.

    Returns
    -------
    list of str

    Examples
    --------
    >>> near_countries("Kazahstan")[0]
    'KAZ'
    """
    found = (_country_index()[name] for name in nearest(text, _country_index()))
    return list(dict.fromkeys(found))[:3]


def is_country(code: str) -> bool:
    """Whether a text is the code of a country or of a special area.

    Parameters
    ----------
    code : str
        ISO 3166-1 alpha-3 code, in capitals.

    Returns
    -------
    bool

    Examples
    --------
    >>> is_country("KAZ"), is_country("SCG"), is_country("KZ")
    (True, True, False)
    """
    return code in countries() or code in special_areas()


def country_name(code: str, lang: Lang = "en") -> str:
    """Name of a country or special area.

    Parameters
    ----------
    code : str
        ISO 3166-1 alpha-3 code, or a special code such as ``OTH``.
    lang : {"en", "ru", "kk"}
        Language.

    Returns
    -------
    str

    Raises
    ------
    CodeError
        No such code.

    Examples
    --------
    >>> country_name("UZB", "ru"), country_name("SCG", "en")
    ('Узбекистан', 'Serbia and Montenegro (to 2006)')
    """
    if code in countries():
        return countries()[code].names[lang]
    if code in special_areas():
        return special_areas()[code][lang]
    near = [f"{c} ({countries()[c].names['en']})" for c in near_countries(code)]
    raise CodeError(
        msg("'{value}' is not a country", value=code),
        remedy=msg("did you mean {near}?", near=", ".join(near)),
    )


def country_group(name: str) -> list[str]:
    """Codes of the countries of a group.

    Parameters
    ----------
    name : str
        A group (``former_ussr``, ``cis``, ``eaeu``, ``wb_eca_2007``, ``oecd``, ``eu27``,
        ``schengen``, ``more_developed``, ``least_developed``, ``landlocked_developing``,
        ``small_island_developing``), a region or subregion of the United Nations
        (``Central Asia``), or an income group.

    Returns
    -------
    list of str

    Raises
    ------
    CodeError
        No such group.

    Examples
    --------
    >>> country_group("Central Asia")
    ['KAZ', 'KGZ', 'TJK', 'TKM', 'UZB']
    """
    members = _groups().get(plain(name))
    if members is None:
        near = nearest(name, _groups())[:3]
        raise CodeError(
            f"'{name}' is not a group of countries", remedy=f"did you mean {', '.join(near)}?"
        )
    return list(members)


@cache
def _groups() -> dict[str, tuple[str, ...]]:
    members: dict[str, list[str]] = {}
    for one in countries().values():
        areas = {one.region, one.subregion, one.sdg_region, one.income_group, *one.groups}
        for area in areas - {""}:
            members.setdefault(plain(area), []).append(one.iso3)
    return {name: tuple(codes) for name, codes in members.items()}
