# SPDX-License-Identifier: Apache-2.0
"""Refugees of a country in tables: who came, who found a solution, how long people stay."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np

from keruen.measure.refugee_stocks import host_changes, protracted_situations
from keruen.measure.stocks import percent_of
from keruen.report.asylum_exhibits import last_years
from keruen.report.build import Desk, Series, at, table
from keruen.report.document import Exhibit
from keruen.report.locale import Message, msg

if TYPE_CHECKING:
    import xarray as xr

FLOWS: Final = "unhcr.flows"
SOLUTIONS: Final = "unhcr.solutions"
POPULATION: Final = "unhcr.population"
LASTING: Final = 5
_UNKNOWN: Final = "UNK"


def arrivals_exhibit(desk: Desk) -> Exhibit | None:
    """New refugees and asylum seekers by year, and what the stocks say of them.

    Parameters
    ----------
    desk : Desk
        The country.

    Returns
    -------
    Exhibit or None
        None where nothing is held.
    """
    rows = (
        ("new_refugees", msg("New refugees in the country"), "new_refugees", "destination"),
        ("new_asylum", msg("New asylum seekers in the country"), "new_asylum_seekers",
         "destination"),
        ("new_abroad", msg("New asylum seekers from the country"), "new_asylum_seekers", "origin"),
    )  # fmt: skip
    estimated = partial(Series, sources=(POPULATION,), status="estimate")
    bounds = [estimated(key, label, values, "persons") for key, label, values in _bounds(desk)]
    note = msg(
        "Arrivals and exits at least: sums over countries of origin of the gains, and of the "
        "losses, of the numbers at the end of the year. Who came and left between is not seen, "
        "corrections of lists are in it, and an origin that was not reported counts as nobody. "
        "People who may only have passed from an unknown origin to a known one are taken out."
    )
    return _movements(
        "refugee_arrivals",
        msg("Who came under protection"),
        [*_counted(desk, FLOWS, rows), *bounds],
        (note,),
    )


def solutions_exhibit(desk: Desk) -> Exhibit | None:
    """Returns, naturalisations and resettlement by year.

    Parameters
    ----------
    desk : Desk
        The country.

    Returns
    -------
    Exhibit or None
        None where nothing is held.
    """
    rows = (
        ("returned_from", msg("Returned from the country to their own"), "returned_refugees",
         "destination"),
        ("returned_to", msg("Returned to the country"), "returned_refugees", "origin"),
        ("naturalised", msg("Naturalised in the country"), "naturalised", "destination"),
        ("resettled_here", msg("Resettled in the country"), "resettled", "destination"),
        ("resettled_from", msg("From the country, resettled elsewhere"), "resettled", "origin"),
    )  # fmt: skip
    columns = _counted(desk, SOLUTIONS, rows)
    doubts = _more_than_were_there(desk, columns)
    return _movements(
        "refugee_solutions",
        msg("Refugees who found a solution"),
        [replace(one, doubts=doubts) if one.key == "returned_from" else one for one in columns],
        (),
    )


def _more_than_were_there(desk: Desk, columns: list[Series]) -> dict[object, Message]:
    """Years in which more refugees returned than were there at the end of the year before."""
    stock = _refugees(desk)
    left = next((one.values for one in columns if one.key == "returned_from"), None)
    if stock is None or left is None:
        return {}
    there = stock.sum(["origin", "destination"])
    doubt = msg("More than the refugees in the country at the end of the year before.")
    return {
        year: doubt
        for year in _years(left)
        if (before := at(there, year=year - 1)) is not None and before < (at(left, year=year) or 0)
    }


def _counted(
    desk: Desk, source: str, rows: Iterable[tuple[str, Message, str, str]]
) -> list[Series]:
    return [
        Series(key, label, values, "persons", sources=(source,))
        for key, label, column, side in rows
        if (values := _by_year(desk, source, column, side)) is not None
    ]


def _movements(
    name: str, title: Message, columns: list[Series], notes: tuple[Message, ...]
) -> Exhibit | None:
    years = last_years(sorted({year for one in columns for year in _years(one.values)}))
    if not years:
        return None
    return Exhibit(table(name, msg("Year"), "year", years, columns), title, notes=notes)


def _by_year(desk: Desk, source: str, column: str, side: str) -> xr.DataArray | None:
    whole = desk.part(f"{source}.{column}", **{side: desk.country})
    if whole is None:
        return None
    summed = whole.sum([d for d in whole.dims if d != "year"], min_count=1)
    known = summed.assign_attrs(whole.attrs).dropna("year")
    return known if known.sizes["year"] else None


def _refugees(desk: Desk) -> xr.DataArray | None:
    """Refugees in the country by origin, every year from the first report to the last."""
    whole = desk.part(f"{POPULATION}.refugees", destination=[desk.country])
    if whole is None:
        return None
    years = whole["year"].to_numpy()[whole.notnull().any(["origin", "destination"]).to_numpy()]
    if not len(years):
        return None
    return whole.reindex(year=np.arange(years.min(), years.max() + 1))


def _bounds(desk: Desk) -> Iterable[tuple[str, Message, xr.DataArray]]:
    """Lower bounds of arrivals and exits from the stocks of each origin."""
    stock = _refugees(desk)
    if stock is None or stock.sizes["year"] < 2:
        return ()
    found = host_changes(stock)
    return (
        (
            "arrivals_least",
            msg("Refugees arrived, at least"),
            found.arrivals_at_least.squeeze("destination", drop=True),
        ),
        (
            "exits_least",
            msg("Refugees gone, at least"),
            found.exits_at_least.squeeze("destination", drop=True),
        ),
    )


def lasting_exhibit(desk: Desk) -> Exhibit | None:
    """Refugees whose countrymen have been in the country for five years running.

    Parameters
    ----------
    desk : Desk
        The country.

    Returns
    -------
    Exhibit or None
        None where fewer years are held.
    """
    stock = _refugees(desk)
    if stock is None or stock.sizes["year"] < LASTING:
        return None
    known = stock.where(stock["origin"] != _UNKNOWN)
    named = known.notnull().any(["origin", "destination"])
    whole = stock.sum(["origin", "destination"], min_count=1)
    defined = protracted_situations(known, years=LASTING)
    lasting = protracted_situations(known, least=1.0, years=LASTING).people
    years = last_years(lasting["year"].to_numpy()[named.sel(year=lasting["year"]).to_numpy()])
    if not years:
        return None
    one = partial(Series, sources=(POPULATION,), status="estimate")
    columns = [
        Series("refugees", msg("Refugees in the country"), whole, "persons", sources=(POPULATION,)),
        one("lasting", msg("of origins here for five years running"), lasting, "persons"),
        one(
            "lasting_share",
            msg("their share, at least"),
            percent_of(lasting, whole.sel(year=lasting["year"])),
            "percent",
            decimals=1,
        ),
        one("protracted", msg("in protracted situations"), defined.people, "persons"),
    ]
    return Exhibit(
        table("refugees_lasting", msg("Year"), "year", years, columns),
        msg("Refugees who stay: origins present for five years running"),
        notes=(
            msg(
                "A protracted situation, by the definition of UNHCR, is 25,000 refugees or more of "
                "one origin in the country at the end of each of five years. The other columns "
                "count origins of any size; persons may have changed within. Refugees of unknown "
                "origin, most of them in some years, count in the first column only."
            ),
        ),
    )


def _years(values: xr.DataArray | None) -> list[int]:
    return [] if values is None else [int(year) for year in values["year"].to_numpy()]
