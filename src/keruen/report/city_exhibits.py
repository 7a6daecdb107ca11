# SPDX-License-Identifier: Apache-2.0
"""Tables and map of cities and districts: where people concentrate, and how much."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np
import xarray as xr

from keruen.report.build import Desk, Series, at, table
from keruen.report.city_figures import CITIES, LEAST, Cities, Placed, concentration
from keruen.report.document import Exhibit
from keruen.report.locale import Count, Locale, Message, Percent, Verbatim, Year, msg

if TYPE_CHECKING:
    from keruen.report.urban_accounts import UrbanAccount

_NAMED: Final = 20
_Z: Final = 1.959963984540054  # 95 % of a normal distribution lie within


def places_exhibit(desk: Desk, found: Placed | None) -> Exhibit | None:
    """The map, and its largest places as a table.

    Parameters
    ----------
    desk : Desk
        The country.
    found : Placed or None
        Districts or cities.

    Returns
    -------
    Exhibit or None
        None where there is nothing to place.
    """
    if found is None:
        return None
    rows = found.rows.sort_values("people", ascending=False, kind="stable").head(_NAMED)
    values = xr.DataArray(
        rows["people"].to_numpy(float), coords={"locality": rows["key"].to_numpy(str)}
    )
    own = found.source != CITIES
    series = Series(
        "people",
        msg("People"),
        values,
        "persons",
        period=str(found.year),
        sources=(found.source,),
        status="observed" if own else "estimate",
    )
    whole = float(found.rows["people"].sum()) + found.left_out
    share = 100 * float(rows["people"].sum()) / whole
    title = (
        msg(
            "{share} of the people lived in {number} of {all} districts and cities in {year}",
            share=Percent(share),
            number=Count(len(rows)),
            all=Count(len(found.rows)),
            year=Year(found.year),
        )
        if own
        else msg("The cities of 300,000 people and more in {year}", year=Year(found.year))
    )
    notes = [msg("The area of a circle is in proportion to the people of a district or city.")]
    if found.left_out:
        notes.append(
            msg(
                "{people} people live in districts without outlines in the map and are not drawn.",
                people=Count(found.left_out),
            )
        )
    return Exhibit(
        table(
            "towns_places",
            msg("Place"),
            "locality",
            rows["key"].tolist(),
            [series],
            row=lambda key: _Name(found, str(key)),
        ),
        title,
        draw=lambda locale: _map(desk, found, title, locale),
        notes=tuple(notes),
    )


@dataclass(frozen=True)
class _Name:
    """The name of a place, said in the reader's language."""

    found: Placed
    key: str

    def render(self, locale: Locale) -> str:
        """The name."""
        return self.found.name(self.key, locale)


def _map(desk: Desk, found: Placed, title: Message, locale: Locale) -> str:
    from keruen.report.maps import map_credit
    from keruen.report.place_maps import place_map

    names = [found.name(str(key), locale) for key in found.rows["key"]]
    return place_map(
        found.rows.assign(name=names),
        geography=found.geography,
        focus=desk.country if found.geography == "world" else None,
        title=locale.say(title),
        unit=locale.say(msg("persons")),
        number=locale.number,
        note=map_credit(found.geography),
    )


def cities_exhibit(held: Cities | None) -> Exhibit | None:
    """The largest cities by year.

    Parameters
    ----------
    held : Cities or None
        Cities of the country.

    Returns
    -------
    Exhibit or None
        None where the country has none.
    """
    if held is None:
        return None
    last = int(held.people["year"].max())
    years = [year for year in (1990, 2000, 2010, last) if year <= last]
    order = np.argsort(-held.people.sel(year=last).to_numpy(), kind="stable")[:_NAMED]
    codes = [str(code) for code in held.people["locality"].to_numpy()[order]]
    names = dict(zip(held.table["locality"].astype(str), held.table["name"], strict=True))
    people = held.people.assign_coords(locality=held.people["locality"].astype(str))
    columns = [
        Series(
            f"people_{year}",
            Year(year),
            people.sel(year=year, drop=True),
            "persons",
            period=str(year),
            sources=(CITIES,),
            status="estimate",
        )
        for year in dict.fromkeys(years)
    ]
    return Exhibit(
        table(
            "towns_cities",
            msg("City"),
            "locality",
            codes,
            columns,
            row=lambda code: Verbatim(str(names[str(code)])),
        ),
        msg("The largest cities, estimates of the United Nations"),
        notes=(msg("Cities of 300,000 people and more in 2018, with the names of that list."),),
    )


def concentration_exhibit(account: UrbanAccount, held: Cities | None) -> Exhibit | None:
    """Primacy, rank-size rule, Hoover and Gini by year.

    Parameters
    ----------
    account : UrbanAccount
        Where the people of regions stand.
    held : Cities or None
        Cities of the country.

    Returns
    -------
    Exhibit or None
        None where neither gives an index.
    """
    regions = account.region_people
    land = concentration(None if regions is None else regions.sum("residence", min_count=1))
    years = sorted(
        set(range(1950, 2101, 5))
        | ({int(held.people["year"].max())} if held else set())
        | ({int(next(iter(land.values()))["year"].max())} if land else set())
    )
    columns: list[Series] = []
    if held is not None:
        rule, first = held.rank_size, held.primacy
        exponent = rule.exponent.isel(least=0, drop=True)
        wide = _Z * rule.standard_error.isel(least=0, drop=True)
        bounds = exponent - wide, exponent + wide, 95
        estimated = partial(Series, sources=(CITIES,), status="estimate", decimals=2)
        columns += [
            estimated("primacy", msg("First city over second"), first.of_second, "ratio"),
            estimated("primacy_three", msg("First over next three"), first.of_next_three, "ratio"),
            estimated("rank_size", msg("Rank-size exponent"), exponent, "index", bounds=bounds),
        ]
    if land:
        source = (account.source.replace(".", ".region.", 1),)
        columns += [
            Series(
                "hoover",
                msg("Hoover index of regions"),
                land["hoover"],
                "percent",
                sources=source,
                decimals=1,
                doubts=_redrawn(land["hoover"], regions),
            ),
            Series(
                "gini",
                msg("Gini index of regions"),
                land["gini"],
                "index",
                sources=source,
                decimals=3,
                doubts=_redrawn(land["gini"], regions),
            ),
        ]
    years = [
        year for year in years if any(at(one.values, year=year) is not None for one in columns)
    ]
    if not columns or not years:
        return None
    return Exhibit(
        table("towns_concentration", msg("Year"), "year", [y for y in years if y >= 1990], columns),
        msg("How concentrated people are"),
        notes=_index_notes(cities=held is not None, regions=bool(land)),
    )


def _index_notes(*, cities: bool, regions: bool) -> tuple[Message, ...]:
    """What the indices mean, of those that are shown."""
    notes = []
    if cities:
        notes.append(
            msg(
                "The rank-size exponent is 1 by Zipf's rule and below 1 where large cities weigh "
                "more; it is fitted to the cities of {least} people and more, few in most "
                "countries, and its 95% interval is wide.",
                least=Count(LEAST),
            )
        )
    if regions:
        notes.append(
            msg(
                "Hoover index: percent of the people who would have to move for all regions to be "
                "equally dense; Gini index of people over land, 0 where density is even."
            )
        )
    return tuple(notes)


def _redrawn(values: xr.DataArray, regions: xr.DataArray | None) -> dict[object, Message]:
    """Years whose regions are not those of the first year: more regions, a higher index."""
    if regions is None:
        return {}
    held = regions.notnull().any("residence").transpose("year", "region")
    first = held.isel(year=0).to_numpy()
    changed = [bool((row != first).any()) for row in held.to_numpy()]
    doubt = msg("Regions were divided: indices of more regions are higher.")
    years = [int(year) for year in held["year"].to_numpy()]
    return {
        y: doubt for y, other in zip(years, changed, strict=True) if other and y in values["year"]
    }
