# SPDX-License-Identifier: Apache-2.0
"""Decisions on asylum in a country as tables and a picture: rates with their intervals."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Final

import xarray as xr

from keruen.measure.asylum import Recognition, recognition_rate
from keruen.report.build import Desk, Series, table
from keruen.report.document import Exhibit
from keruen.report.locale import Locale, Message, Percent, Year, msg

DECISIONS: Final = "unhcr.decisions"
_PARTS: Final = ("recognised", "complementary_protection", "rejected", "otherwise_closed")
_SHOWN: Final = 25


@dataclass(frozen=True)
class Decisions:
    """Decisions on asylum of a country, by year.

    Parameters
    ----------
    rates : Recognition
        Rates with their intervals.
    cases : frozenset of int
        Years in which only cases were counted, not persons.
    """

    rates: Recognition
    cases: frozenset[int]


def decisions(desk: Desk) -> Decisions | None:
    """Decisions in the country, all origins, procedures and levels together.

    Parameters
    ----------
    desk : Desk
        The country.

    Returns
    -------
    Decisions or None
        None where UNHCR gives none.
    """
    counts = {}
    for part in _PARTS:
        whole = desk.part(f"{DECISIONS}.{part}", destination=desk.country)
        if whole is None:
            return None
        summed = whole.sum([d for d in whole.dims if d not in ("year", "counted")], min_count=1)
        stated = summed.assign_attrs(whole.attrs | {"units": "persons"})
        counts[part] = stated.reindex(counted=["P", "C"])
    known = xr.concat(list(counts.values()), "part", coords="minimal", compat="override")
    held = known.notnull().any("part").transpose("year", "counted")
    years = held["year"].to_numpy()[held.any("counted").to_numpy()]
    persons = held.sel(year=years, counted="P", drop=True)
    chosen = [_chosen(count.sel(year=years), persons) for count in counts.values()]
    rates = recognition_rate(*chosen[:3], otherwise_closed=chosen[3])
    return Decisions(rates, frozenset(int(year) for year in years[~persons.to_numpy()]))


def _chosen(count: xr.DataArray, persons: xr.DataArray) -> xr.DataArray:
    """Persons where they were counted, else cases; the two do not add."""
    people, cases = (count.sel(counted=kind, drop=True).fillna(0.0) for kind in ("P", "C"))
    return people.where(persons, cases).assign_attrs(count.attrs)


def decisions_exhibit(found: Decisions) -> Exhibit:
    """Recognition rates by year, with the interval that so few decisions allow.

    Parameters
    ----------
    found : Decisions
        What was decided.

    Returns
    -------
    Exhibit
    """
    rates = found.rates
    years = last_years(rates.decided["year"].to_numpy())
    doubt = msg("Counted in cases, which may hold several persons.")
    doubts: dict[object, Message] = dict.fromkeys(found.cases, doubt)
    one = partial(Series, sources=(DECISIONS,), doubts=doubts)
    columns = [
        one("decided", msg("Decided on the merits"), rates.decided, "persons"),
        one(
            "rate", msg("Recognition rate"), rates.rate, "percent", decimals=1,
            bounds=(rates.lower, rates.upper, 95),
        ),
        one("convention", msg("of it refugees by the Convention"), rates.convention_rate,
            "percent", decimals=1),
        one("closed", msg("Closed without a decision"), rates.closed_share, "percent", decimals=1),
    ]  # fmt: skip
    return Exhibit(
        table("asylum_decisions", msg("Year"), "year", years, columns),
        msg("Decisions on asylum in the country, and how many gave protection"),
        draw=(lambda locale: _draw(rates, years, locale))
        if bool(rates.rate.sel(year=years).notnull().sum() > 1)
        else None,
        notes=(
            msg(
                "Recognition rate: refugees by the Convention and complementary protection over "
                "these and rejections; cases closed without a decision are left out and shown "
                "beside. Who is heard again on appeal is counted again. The interval says how far "
                "chance moves a share of that many decisions; families decided as one make it "
                "wider."
            ),
        ),
    )


def rate_finding(found: Decisions | None) -> tuple[Message, ...]:
    """The last recognition rate in words; empty where nothing was decided.

    Parameters
    ----------
    found : Decisions or None
        What was decided.

    Returns
    -------
    tuple of Message
    """
    if found is None:
        return ()
    rate = found.rates.rate.dropna("year")
    if not rate.sizes["year"]:
        return ()
    year = int(rate["year"].max())
    low, high = (float(b.sel(year=year)) for b in (found.rates.lower, found.rates.upper))
    return (
        msg(
            "Of the decisions on asylum of {year}, {rate} gave protection (95% interval {low} to "
            "{high}).",
            year=Year(year),
            rate=Percent(float(rate.sel(year=year))),
            low=Percent(low),
            high=Percent(high),
        ),
    )


def _draw(rates: Recognition, years: list[int], locale: Locale) -> str:
    import pandas as pd

    from keruen.report.charts import line_chart

    frame = pd.DataFrame(
        {
            "year": years,
            **{
                name: getattr(rates, name).sel(year=years).to_numpy()
                for name in ("rate", "lower", "upper")
            },
        }
    )
    return line_chart(
        frame,
        x="year",
        y="rate",
        bands={locale.say(msg("95% interval")): ("lower", "upper")},
        title=locale.say(msg("Recognition rate of asylum applications in the country")),
        unit="%",
        lang=locale.lang,
        from_zero=True,
    )


def last_years(years: Iterable[int]) -> list[int]:
    """The years shown in a table: not more than a page holds.

    Parameters
    ----------
    years : iterable of int
        Years that are held.

    Returns
    -------
    list of int
        In order.
    """
    held = sorted(int(year) for year in years)
    return [year for year in held if year > held[-1] - _SHOWN] if held else []
