# SPDX-License-Identifier: Apache-2.0
"""Names of dimensions, their canonical order and what their labels mean."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Final

DIMENSIONS: Final[dict[str, str]] = {
    "scenario": "scenario name; only in comparisons",
    "method": "method of estimation",
    "series": "name of a series in a table of many",
    "trajectory": "0 to n - 1; the same index is the same future in every array of a run",
    "quantile": "probability from 0 to 1; never together with trajectory",
    "price": "price of one payment",
    "year": "calendar year, or the year in which a period starts",
    "quarter": "1 to 4",
    "month": "1 to 12",
    "paid_month": "months paid for: 1 is the first",
    "window_part": "first day of a part of a window",
    "party": "receiving, sending, migrant",
    "citizenship": "ISO 3166-1 alpha-3",
    "birthplace": "ISO 3166-1 alpha-3",
    "ethnicity": "national list",
    "partner": "country at the other end, ISO 3166-1 alpha-3",
    "partner_group": "group of countries at the other end",
    "origin": "country or region that people left",
    "destination": "country or region that people came to",
    "sender": "country that money is sent from",
    "receiver": "country that money is sent to",
    "country": "ISO 3166-1 alpha-3",
    "region": "ISO 3166-2",
    "locality": "code of a settlement or district",
    "residence": "urban or rural",
    "route": "route named by the publisher",
    "border": "land or sea",
    "candidate": "person in the pool of a points system, by code",
    "segment": "group and categories of candidates, as group|category+category",
    "family": "family identifier",
    "service": "kind of capacity: school places, housing ...",
    "sector": "ISIC rev. 4 section or division",
    "occupation": "ISCO-08, or the national code",
    "education": "ISCED 2011 level, or the publisher's group",
    "field": "broad field of education, ISCED-F 2013",
    "grade": "year of study, from 1; the last one ends in a diploma",
    "status": "legal status or permit category",
    "next_status": "status after a step",
    "move": "outward, return or transit",
    "sex": "F or M; the total T only in tables",
    "age_group": "broad ages: below, in or above working age",
    "stay_years": "completed years since arrival, lower bound; the last group is open",
    "entry_age": "age at arrival, lower bound in completed years",
    "age": "lower bound in completed years; width and open group in attributes",
}
"""Dimension names in canonical order, each with the meaning of its labels."""

ORDER: Final[tuple[str, ...]] = tuple(DIMENSIONS)
_RANK: Final[dict[str, int]] = {name: rank for rank, name in enumerate(ORDER)}


def canonical_order(dims: Iterable[Hashable]) -> tuple[Hashable, ...]:
    """Dimensions in canonical order; names outside the list come first, as they stood.

    Parameters
    ----------
    dims : iterable of str
        Dimension names.

    Returns
    -------
    tuple of str

    Examples
    --------
    >>> canonical_order(["age", "sex", "year", "country"])
    ('year', 'country', 'sex', 'age')
    """
    return tuple(sorted(dims, key=lambda name: _RANK.get(str(name), -1)))
