# SPDX-License-Identifier: Apache-2.0
"""What dimensions and labels are called in English, Russian and Kazakh."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from itertools import pairwise
from typing import Any, Final

from keruen.core._lists import Lang, plain
from keruen.core.codes import country_name as name_of_country
from keruen.core.codes import is_country, is_region, region_name
from keruen.core.dims import DIMENSIONS
from keruen.core.variables import variables
from keruen.sources._words import name as shown
from keruen.sources.datasets import Label

PLACES: Final = frozenset(
    {
        "birthplace",
        "citizenship",
        "country",
        "destination",
        "origin",
        "partner",
        "receiver",
        "region",
        "sender",
    }
)
"""Dimensions whose labels are countries or regions."""

LISTS: Final = {"sector": "isic4", "occupation": "isco08", "education": "isced2011"}
"""Dimensions whose labels are codes of a classification."""

_NAMED: Final[dict[str, dict[str, tuple[str, str, str]]]] = {
    "sex": {
        "F": ("Women", "Женщины", "Әйелдер"),
        "M": ("Men", "Мужчины", "Ерлер"),
        "T": ("Both sexes", "Оба пола", "Екі жыныс"),
    },
    "residence": {
        "urban": ("Urban", "Городское население", "Қала халқы"),
        "rural": ("Rural", "Сельское население", "Ауыл халқы"),
    },
}
_LANGS: Final[tuple[Lang, ...]] = ("en", "ru", "kk")

Ages = list[tuple[int, int | None]]
"""First and last completed year of each age group; None for an open one."""


def age_groups(labels: Sequence[Label], attrs: Mapping[str, Any]) -> Ages | None:
    """The age groups that lower bounds stand for, when the array says how wide they are.

    Parameters
    ----------
    labels : sequence of int
        Lower bounds.
    attrs : dict
        Attributes of the array: ``age_width``, a number or ``abridged``, and ``open_age``.

    Returns
    -------
    list of (int, int or None), or None

    Examples
    --------
    >>> age_groups([0, 1, 5, 85], {"age_width": "abridged", "open_age": 85})
    [(0, 0), (1, 4), (5, 84), (85, None)]
    """
    width, last = attrs.get("age_width"), attrs.get("open_age")
    if not all(isinstance(label, int) and 0 <= label <= 150 for label in labels):
        return None
    lows = [int(label) for label in labels]
    if width == "abridged":
        following = {low: next_ - 1 for low, next_ in pairwise(lows)}
    elif isinstance(width, int) and width > 0:
        following = {low: low + width - 1 for low in lows}
    else:
        return None
    groups: Ages = []
    for low in lows:
        high = None if low == last else following.get(low)
        if high is None and low != last:
            return None
        groups.append((low, high))
    return groups


@cache
def _columns() -> dict[str, tuple[dict[Lang, str], tuple[str, ...]]]:
    """Labels and further names of the columns that input tables have."""
    from keruen.sources.schemas import schemas

    found: dict[str, tuple[dict[Lang, str], tuple[str, ...]]] = {}
    for table in schemas().values():
        for column in table.columns:
            if column.name in DIMENSIONS:
                labels: dict[Lang, str] = {lang: column.labels[lang] for lang in _LANGS}
                found.setdefault(column.name, (labels, column.aliases))
    return found


def dimension_name(dim: str, lang: Lang = "en") -> str:
    """Name of a dimension.

    Parameters
    ----------
    dim : str
        Dimension.
    lang : {"en", "ru", "kk"}
        Language.

    Returns
    -------
    str
        The dimension itself when it has no other name.

    Examples
    --------
    >>> dimension_name("sex", "kk"), dimension_name("quantile", "kk")
    ('Жынысы', 'quantile')
    """
    return _columns()[dim][0][lang] if dim in _columns() else dim


@cache
def _dimension_index() -> dict[str, str]:
    index = {plain(dim): dim for dim in DIMENSIONS}
    for dim, (labels, aliases) in _columns().items():
        for text in (*labels.values(), *aliases):
            index.setdefault(plain(text), dim)
    return index


def dimension_of(*texts: str) -> str:
    """The dimension that a heading names; empty when it names none.

    Parameters
    ----------
    *texts : str
        Identifier and label of a heading, in any of the three languages.

    Returns
    -------
    str

    Examples
    --------
    >>> dimension_of("v3", "Возрастная группа"), dimension_of("GDP")
    ('age', '')
    """
    return next((found for text in texts if (found := _dimension_index().get(plain(text)))), "")


def label_name(dim: str, label: Label, lang: Lang = "en") -> str:
    """Name of a label; the label itself when it has no other.

    Parameters
    ----------
    dim : str
        Dimension.
    label : str or number
        Label.
    lang : {"en", "ru", "kk"}
        Language.

    Returns
    -------
    str

    Examples
    --------
    >>> label_name("sex", "F", "ru"), label_name("country", "KAZ", "kk"), label_name("year", 2020)
    ('Женщины', 'Қазақстан', '2020')
    """
    text = str(label)
    if dim in _NAMED and text in _NAMED[dim]:
        return _NAMED[dim][text][_LANGS.index(lang)]
    if dim in PLACES:
        return _place_name(text, lang)
    if dim in LISTS:
        return _title(LISTS[dim], text, lang)
    if dim == "series" and text in variables():
        return variables()[text].label(lang)
    return text


def _place_name(code: str, lang: Lang) -> str:
    if is_region(code):
        return region_name(code, lang)
    return name_of_country(code, lang) if is_country(code) else code


def _title(kind: str, code: str, lang: Lang) -> str:
    from keruen.core._lists import code_list

    if code not in code_list(kind):
        return code
    return shown(kind, code, lang).removeprefix(f"{code} (").removesuffix(")")


def names_of(
    dim: str, labels: Sequence[Label], given: Mapping[Label, str], lang: Lang, ages: Ages | None
) -> list[str]:
    """Names of the labels of a dimension; those that a file gave come first.

    Parameters
    ----------
    dim : str
        Dimension.
    labels : sequence
        Its labels.
    given : dict
        Names that a file gave.
    lang : {"en", "ru", "kk"}
        Language.
    ages : list or None
        What the labels of ages stand for.

    Returns
    -------
    list of str
    """
    if dim == "age" and ages:
        return [age_name(low, high) for low, high in ages]
    return [given.get(label) or label_name(dim, label, lang) for label in labels]


def age_name(low: int, high: int | None) -> str:
    """An age group as tables show it.

    Parameters
    ----------
    low : int
        First completed year.
    high : int or None
        Last completed year; None for an open group.

    Returns
    -------
    str

    Examples
    --------
    >>> age_name(0, 4), age_name(7, 7), age_name(85, None)
    ('0-4', '7', '85+')
    """
    if high is None:
        return f"{low}+"
    return str(low) if low == high else f"{low}-{high}"


def title_of(name: str, attrs: Mapping[str, Any], given: str, lang: Lang) -> str:
    """Title of an array: what its file said, or the label of its variable and the unit."""
    if given:
        return given
    label = variables()[name].label(lang) if name in variables() else name
    units = str(attrs.get("units", ""))
    return f"{label}, {units}" if units else label
