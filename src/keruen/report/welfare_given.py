# SPDX-License-Identifier: Apache-2.0
"""What a welfare run is given: a year's movers by partner, economies, ages, and what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal

import numpy as np
import xarray as xr

from keruen.core.codes import country_code
from keruen.core.errors import SchemaError
from keruen.decide.welfare import Corridors, Economy
from keruen.measure.model_schedules import rogers_castro_schedule
from keruen.project.lifetable import life_table
from keruen.report.country_flows import country_flows
from keruen.report.locale import Country, Listing, Message, Verbatim, Year, msg, people
from keruen.sources.welfare_inputs import (
    MORTALITY,
    SCHEDULES,
    SENT,
    SENT_BY,
    SENT_YEAR,
    SOURCES,
    WelfareWorld,
    death_rates,
    mortality_places,
    national_flows,
    schedule_parameters,
    welfare_world,
)

Side = Literal["in", "out"]
FIGURES: Final[dict[str, Message]] = {
    "output": msg("output a head at purchasing power"),
    "population": msg("population"),
    "workers": msg("employment"),
    "high_share": msg("schooling of adults"),
    "migrant_share": msg("immigrants"),
    "youth": msg("young people"),
}
_MOST_SENT: Final = 0.5  # of the host's output a head: more is money of seasonal workers
_LATEST: Final = 2025


@dataclass(frozen=True)
class Movers:
    """People who move in a year, by partner.

    Parameters
    ----------
    people : DataArray [partner], persons
        Movers, the largest corridor first.
    period : str
        Year or years that they moved in.
    observed : bool
        Whether a country counted them; estimates from stocks otherwise.
    sources : tuple of str
        Data sets.
    unplaced : float
        Movers whose partner the source does not tell.
    assumed : bool
        Whether the reader set the number.
    """

    people: xr.DataArray
    period: str
    observed: bool
    sources: tuple[str, ...]
    unplaced: float = 0.0
    assumed: bool = False


@dataclass(frozen=True)
class Given:
    """One direction of a run.

    Parameters
    ----------
    side : {"in", "out"}
        The country receives, or sends.
    movers : Movers
        All movers, also those of corridors without figures.
    corridors : Corridors or None
        Corridors with every figure; None when there is none.
    missing : tuple of Message
        What is not held and who is left out for it.
    sources : tuple of str
        Data sets behind the ledger.
    """

    side: Side
    movers: Movers
    corridors: Corridors | None
    missing: tuple[Message, ...]
    sources: tuple[str, ...]


def movers_of(country: str, side: Side, *, year: int | None = None) -> Movers:
    """One year's movers into or out of a country at the last level known.

    Parameters
    ----------
    country : str
        ISO 3166-1 alpha-3 code.
    side : {"in", "out"}
        Arrivals or departures.
    year : int, optional
        Latest year looked at.

    Returns
    -------
    Movers
        What the country counts by partner, where the package holds it; elsewhere a year's
        mean of the last period estimated from the stocks of the United Nations.
    """
    national = _national(country, side, year)
    if national is not None:
        return national
    flows = country_flows(country)
    starts = flows.interval_years["year"].to_numpy()
    lengths = dict(zip(map(int, starts), flows.interval_years.to_numpy(), strict=True))
    ended = [one for one, long in lengths.items() if year is None or one + long <= year]
    if not ended:
        nobody = xr.DataArray(np.zeros(0), coords={"partner": np.zeros(0, dtype=str)})
        return Movers(nobody, str(year), False, flows.sources[1:])  # noqa: FBT003
    start = max(ended)
    name = "origin" if side == "in" else "destination"
    table = flows.arrivals if side == "in" else flows.departures
    length = float(lengths[start])
    whole = table["total"].sel(year=start, drop=True).rename({name: "partner"}) / length
    known = whole.fillna(0.0)
    order = np.argsort(-known.to_numpy(), kind="stable")
    ordered = known.isel(partner=order)
    kept = ordered.sel(partner=ordered >= 1.0)  # fewer than one a year is nobody
    period = f"{start}–{start + round(length) - 1}"
    return Movers(kept.reset_coords(drop=True), period, False, flows.sources[1:])  # noqa: FBT003


def _national(country: str, side: Side, year: int | None) -> Movers | None:
    rows = national_flows(country)
    if rows is None:
        return None
    value = "arrivals" if side == "in" else "departures"
    held = rows[rows[value].notna() & (rows["year"] <= (year or rows["year"].max()))]
    if held.empty:
        return None
    last = int(held["year"].max())
    one = held[held["year"] == last].sort_values(value, ascending=False)
    from keruen import load

    whole = float(load(f"{country.lower()}.migration.{value}", year=last))
    people_ = xr.DataArray(
        one[value].to_numpy(dtype=float), coords={"partner": one["partner"].to_numpy(dtype=str)}
    )
    sources = (f"{country.lower()}.migration_by_partner", f"{country.lower()}.migration")
    return Movers(people_, str(last), True, sources, unplaced=whole - float(people_.sum()))  # noqa: FBT003


def given_for(
    country: str,
    side: Side,
    *,
    year: int | None = None,
    partners: Sequence[str] = (),
    number: float | None = None,
) -> Given:
    """Movers and figures of one direction.

    Parameters
    ----------
    country : str
        ISO 3166-1 alpha-3 code.
    side : {"in", "out"}
        The country receives, or sends.
    year : int, optional
        Latest year looked at.
    partners : sequence of str, optional
        Partners to keep; all when empty.
    number : float, optional
        Movers of all corridors together, shared out as those observed.

    Returns
    -------
    Given

    Raises
    ------
    CodeError
        A partner is not a country.
    SchemaError
        The number is not above zero (``OutOfRange``), or a partner has no corridor
        (``NoCorridor``).
    """
    movers = _chosen(movers_of(country, side, year=year), country, partners, number)
    world = welfare_world(min(year or _LATEST, _LATEST))
    missing = list(_own_gaps(world, country))
    if not movers.people.sizes["partner"]:
        missing.append(msg("No year of movers is known up to {year}.", year=Year(str(year))))
    figures = world.economies.reindex(partner_codes(movers))
    figures = figures.rename(country="partner")
    whole = figures.to_array().notnull().all("variable")
    missing += _partner_gaps(figures, movers, whole)
    if movers.unplaced >= 1:
        missing.append(
            msg(
                "{people} moved from or to countries that the source does not name one by one: "
                "they are left out.",
                people=people(movers.unplaced),
            )
        )
    used = movers.people.sel(partner=whole)
    sources = tuple(dict.fromkeys([*movers.sources, *(s for one in SOURCES.values() for s in one),
                                   SENT, SENT_BY, SCHEDULES, MORTALITY]))  # fmt: skip
    if not used.sizes["partner"] or country not in mortality_places():
        return Given(side, movers, None, tuple(missing), sources)
    corridors = _corridors(world, country, side, used, year)
    lacking = corridors.movers.where(corridors.sent.isnull(), 0.0)
    if float(lacking.sum()) > 0:
        missing.append(
            msg(
                "Remittances are not known, or of seasonal workers whom the stocks leave out, for "
                "{people} on {count} corridors: their families stand with no gain.",
                people=people(float(lacking.sum())),
                count=Verbatim(str(int((lacking > 0).sum()))),
            )
        )
    return Given(side, movers, corridors, tuple(missing), sources)


def partner_codes(movers: Movers) -> dict[str, list[str]]:
    """Partners of the movers, as labels of the dimension ``country``."""
    return {"country": [str(one) for one in movers.people["partner"].to_numpy()]}


def _chosen(movers: Movers, country: str, partners: Sequence[str], number: float | None) -> Movers:
    held = movers.people
    codes = [country_code(one) for one in partners]
    strange = [one for one in codes if one not in held.indexes["partner"] or one == country]
    if strange:
        raise SchemaError(
            f"no movers between {country} and {', '.join(strange)}",
            where="--partner",
            remedy=f"the largest are {', '.join(map(str, held['partner'].to_numpy()[:8]))}",
            id="NoCorridor",
        )
    if number is not None and not number > 0:
        raise SchemaError("movers must be above 0", where=f"{number:g}", id="OutOfRange")
    held = held.sel(partner=codes) if codes else held.sel(partner=held > 0)
    unplaced = 0.0 if codes else movers.unplaced
    if number is not None:
        held, unplaced = held / held.sum() * number, 0.0
    return Movers(held, movers.period, movers.observed and number is None, movers.sources,
                  unplaced, number is not None)  # fmt: skip


def _own_gaps(world: WelfareWorld, country: str) -> list[Message]:
    own = world.economies.reindex(country=[country]).isel(country=0)
    lacks = [words for name, words in FIGURES.items() if bool(own[name].isnull())]
    if country not in mortality_places():
        lacks.append(msg("death rates by age"))
    if not lacks:
        return []
    return [
        msg(
            "Not held for {country}: {figures}. Rows that need them stay empty.",
            country=Country(country),
            figures=Listing(tuple(lacks)),
        )
    ]


def _partner_gaps(figures: xr.Dataset, movers: Movers, whole: xr.DataArray) -> list[Message]:
    """Partners without figures, and how many movers are left out with them."""
    out = movers.people.sel(partner=~whole)
    if not out.sizes["partner"]:
        return []
    lacks = [name for name in FIGURES if bool(figures[name].sel(partner=~whole).isnull().any())]
    first = tuple(Country(str(one)) for one in out["partner"].to_numpy()[:5])
    return [
        msg(
            "{people} on {count} corridors are left out, because the partner has no figure of "
            "{figures}; the largest: {countries}.",
            people=people(float(out.sum())),
            count=Verbatim(str(out.sizes["partner"])),
            figures=Listing(tuple(FIGURES[name] for name in lacks)),
            countries=Listing(first),
        )
    ]


def _economy(figures: xr.Dataset) -> Economy:
    return Economy(**{name: figures[name].reset_coords(drop=True) for name in FIGURES})


def _corridors(
    world: WelfareWorld, country: str, side: Side, movers: xr.DataArray, year: int | None
) -> Corridors:
    codes = [str(one) for one in movers["partner"].to_numpy()]
    own = _economy(world.economies.reindex(country=[country]).isel(country=0, drop=True))
    others = _economy(world.economies.sel(country=codes).rename(country="partner"))
    if side == "in":
        cells = {"sender": [country], "receiver": codes}
        money = [one.reindex(cells).isel(sender=0, drop=True).rename(receiver="partner")
                 for one in (world.sent, world.received)]  # fmt: skip
    else:
        cells = {"sender": codes, "receiver": [country]}
        money = [one.reindex(cells).isel(receiver=0, drop=True).rename(sender="partner")
                 for one in (world.sent, world.received)]  # fmt: skip
    host = own if side == "in" else others
    sane = money[0] <= _MOST_SENT * host.output
    if year is not None and year < SENT_YEAR:  # a later figure is not known by then
        sane = xr.zeros_like(sane)
    alive = _survivors([country, *codes], min(year or _LATEST, _LATEST))
    weights = movers / movers.sum()
    abroad = (alive.reindex(country=codes).rename(country="partner") * weights).sum("partner")
    own_alive = alive.reindex(country=[country]).isel(country=0, drop=True)
    pair = (own_alive, abroad) if side == "in" else (abroad, own_alive)
    return Corridors(
        movers=movers,
        host=host,
        home=others if side == "in" else own,
        sent=money[0].where(sane),
        received=money[1].where(sane),
        entry=_ages(),
        host_survival=pair[0],
        home_survival=pair[1],
    )


def _survivors(countries: Sequence[str], year: int) -> xr.DataArray:
    """Survivors by single age, women and men together [country, age]."""
    table = life_table(death_rates(year, sorted(set(countries))))
    return (table.survivors / table.survivors.sel(age=0, drop=True)).mean("sex")


@cache
def _ages() -> xr.DataArray:
    """Ages of movers: the Western standard of migration, women and men alike in number."""
    rates = rogers_castro_schedule(range(101), schedule_parameters())
    shares = (rates / rates.sum("age")).mean("sex")
    return (shares / shares.sum()).rename(age="entry_age").reset_coords(drop=True)
