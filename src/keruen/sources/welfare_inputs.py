# SPDX-License-Identifier: Apache-2.0
"""Inputs of welfare ledgers, from the embedded data: economies, money sent, ages, assumptions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import xarray as xr

from keruen.core.arrays import stamp
from keruen.core.errors import (
    CodeError,
    CoverageError,
    ScenarioError,
    WorkbenchError,
    raise_faults,
)
from keruen.sources.catalog import catalogue, dataset, load, load_table
from keruen.sources.education_inputs import GROUPS, PEOPLE, SHARES
from keruen.sources.parameters import Parameters, read_parameters

if TYPE_CHECKING:
    import pandas as pd

OUTPUT: Final = "worldbank.indicators.gdp_per_capita_ppp_2021"
DOLLARS: Final = "worldbank.indicators.gdp_per_capita_usd"
EMPLOYED: Final = "ilo.indicators.employment_rate"
STOCK: Final = "un.stock.2024"
SENT: Final = "knomad.remittances_bilateral"
SENT_BY: Final = "un.stock.2020"
SCHEDULES: Final = "un.model_schedules"
MORTALITY: Final = "wpp2024.mortality"
FERTILITY: Final = "wpp2024.fertility"
_LATEST: Final = 2025
_ADULT: Final = 15
_OLDER: Final = 25
_YOUTH: Final = slice(18, 22)
SENT_YEAR: Final = 2021
_LEAST: Final = 100  # migrants of a corridor from which money a migrant is told


@dataclass(frozen=True)
class WelfareWorld:
    """What the embedded data say of every country.

    Parameters
    ----------
    economies : Dataset [country]
        ``output``, ``population``, ``workers``, ``high_share``, ``migrant_share``,
        ``youth``; missing where a source has no figure.
    years : Dataset [country]
        Year of each of them.
    sent, received : DataArray [sender, receiver], international dollars a migrant
        Remittances of 2021 a migrant of 2020, at the prices of either country; missing
        where there is no amount, or fewer than 100 migrants.
    """

    economies: xr.Dataset
    years: xr.Dataset
    sent: xr.DataArray
    received: xr.DataArray


SOURCES: Final[dict[str, tuple[str, ...]]] = {
    "output": ("worldbank.indicators",),
    "population": (PEOPLE,),
    "workers": ("ilo.indicators", PEOPLE),
    "high_share": (SHARES,),
    "migrant_share": (STOCK, PEOPLE),
    "youth": (PEOPLE,),
}
"""Data sets behind each figure of an economy."""


@lru_cache(maxsize=4)
def welfare_world(year: int) -> WelfareWorld:
    """Economies of all countries, each figure the last up to a year.

    Parameters
    ----------
    year : int
        Last year looked at.

    Returns
    -------
    WelfareWorld

    Raises
    ------
    CoverageError
        The year is not held.

    Notes
    -----
    Output a head is at purchasing power, in international dollars of 2021. Workers are the
    modelled employment rate of the ILO times people aged 15 and over; adults of high
    schooling are the Wittgenstein Centre's post-secondary group of those aged 25 and over.

    Examples
    --------
    >>> kaz = welfare_world(2025).economies.sel(country="KAZ")
    >>> round(kaz.output.item(), -3), round(kaz.high_share.item(), 2)
    (35000.0, 0.26)
    """
    people = load(PEOPLE, year=year).sum("sex", skipna=False)
    whole = people.sum("age", skipna=False)
    places = whole["country"]
    adults = people.sel(age=slice(_ADULT, None)).sum("age", skipna=False)
    output, of_output = _last(load(OUTPUT), year)
    employed, of_employed = _last(load(EMPLOYED), year)
    migrants, of_migrants = _immigrants(year)
    values: dict[str, xr.DataArray] = {
        "output": output,
        "population": whole,
        "workers": employed / 100 * adults,
        "high_share": _graduates(year),
        "migrant_share": migrants / whole,
        "youth": people.sel(age=_YOUTH).mean("age", skipna=False),
    }
    dated: dict[str, Any] = {
        "output": of_output,
        "workers": of_employed,
        "migrant_share": of_migrants,
    }
    years = {
        name: (xr.zeros_like(whole) + dated.get(name, year)).reset_coords(drop=True)
        for name in values
    }
    kinds: dict[str, tuple[str, Any]] = {
        "output": ("international dollars of 2021", "money"),
        "high_share": ("share", "share"),
        "migrant_share": ("share", "share"),
    }
    stamped = {
        name: stamp(value.reset_coords(drop=True), name=name,
                    units=kinds.get(name, ("persons", "count"))[0],
                    kind=kinds.get(name, ("persons", "count"))[1], origin=SOURCES[name])
        for name, value in ((name, one.reindex(country=places)) for name, one in values.items())
    }  # fmt: skip
    sent, received = _money_a_migrant()
    return WelfareWorld(xr.Dataset(stamped), xr.Dataset(years), sent, received)


def _graduates(year: int) -> xr.DataArray:
    """Adults of high schooling among those aged 25 and over, of the year nearest."""
    held = load_years(SHARES)
    people = load(SHARES, year=int(held[np.argmin(np.abs(held - year))]))
    adults = people.sel(age=people["age"] >= _OLDER, education=list(GROUPS)).sum(["age", "sex"])
    high = [group for group, level in GROUPS.items() if level == "high"]
    whole = adults.sum("education")
    return adults.sel(education=high).sum("education") / whole.where(whole > 0)


def _last(series: xr.DataArray, year: int) -> tuple[xr.DataArray, xr.DataArray]:
    """The last figure up to a year of every country, and its year."""
    upto = series.sortby("year").sel(year=slice(None, year))
    if not upto.sizes["year"]:
        nothing = (series.isel(year=0, drop=True) * np.nan).reset_coords(drop=True)
        return nothing, nothing
    of = upto["year"].where(upto.notnull()).max("year")
    return upto.where(upto["year"] == of).max("year"), of


def _immigrants(year: int) -> tuple[xr.DataArray, int]:
    """Immigrants of every country at the last moment up to a year; the first if none is."""
    held = np.sort(load_years(STOCK))
    of = int(held[held <= year].max() if (held <= year).any() else held[0])
    stock = load(STOCK, year=of).sum("sex")
    return stock.sum("origin", min_count=1).rename(destination="country"), of


def load_years(name: str) -> np.ndarray[Any, Any]:
    """Years that a data set holds."""
    return np.array(dataset(name).labels["year"])


@lru_cache(maxsize=1)
def _money_a_migrant() -> tuple[xr.DataArray, xr.DataArray]:
    """Remittances a migrant and year at the prices of both countries."""
    amount = load(SENT, year=SENT_YEAR) * 1e6
    stock = load(SENT_BY, year=SENT_YEAR - 1)
    stock = stock.sum("sex") if "sex" in stock.dims else stock
    stock = stock.rename(destination="sender", origin="receiver")
    stock = stock.reindex(sender=amount["sender"], receiver=amount["receiver"])
    each = (amount.where(amount > 0) / stock.where(stock >= _LEAST)).reset_coords(drop=True)
    prices = (load(OUTPUT, year=SENT_YEAR) / load(DOLLARS, year=SENT_YEAR)).reset_coords(drop=True)
    facts: dict[str, Any] = {
        "units": "international dollars of 2021",
        "kind": "money",
        "origin": (SENT, SENT_BY, "worldbank.indicators"),
    }
    sender = prices.reindex(country=each["sender"].to_numpy()).rename(country="sender")
    receiver = prices.reindex(country=each["receiver"].to_numpy()).rename(country="receiver")
    return stamp(each * sender, name="sent", **facts), stamp(
        each * receiver, name="received", **facts
    )


def death_rates(year: int, countries: Sequence[str]) -> xr.DataArray:
    """Death rates by single age and sex [country, sex, age] of a year."""
    held = load_years(MORTALITY)
    return load(
        MORTALITY, year=int(min(max(year, held.min()), held.max())), country=list(countries)
    )


def mortality_places() -> frozenset[str]:
    """Countries whose death rates by age are held."""
    return frozenset(str(code) for code in dataset(MORTALITY).labels["country"])


def schedule_parameters() -> xr.DataArray:
    """Parameters of the Western standard of migration by age [sex, parameter]."""
    rows = load_table(SCHEDULES)
    one = rows[(rows["schedule"] == "Western standard") & rows["sex"].isin(["F", "M"])]
    table = one.pivot(index="sex", columns="parameter", values="value")
    return xr.DataArray(table, dims=["sex", "parameter"])


def national_flows(country: str) -> pd.DataFrame | None:
    """Arrivals and departures by partner that a country publishes; None where not held."""
    name = f"{country.lower()}.migration_by_partner"
    if name not in {one.id for one in catalogue()}:
        return None
    return load_table(name)


_NUMBERS: Final = ("at", "low", "mode", "high", "mean", "sd", "a", "b")


def read_assumptions(names: Sequence[str], *files: Path) -> Parameters:
    """Assumptions of the package, with those of a user's files laid over them.

    Parameters
    ----------
    names : sequence of str
        Assumptions that a ledger needs, without their prefix ``welfare.``.
    *files : Path
        YAML files of the user's own.

    Returns
    -------
    Parameters

    Raises
    ------
    ScenarioError
        A file is wrong, or an assumption is not a distribution (``BadAssumption``): file
        and line, all at once.
    """
    held = read_parameters("welfare/assumptions", *files)
    faults: list[WorkbenchError] = []
    for name in names:
        for one in held.history(f"welfare.{name}"):
            value = one.value
            if isinstance(value, Mapping) and "dist" in value:
                numbers = {key: number for key, number in value.items() if key != "dist"}
                sound = set(numbers) <= set(_NUMBERS) and all(
                    isinstance(number, (int, float)) for number in numbers.values()
                )
                if sound:
                    continue
            faults.append(
                ScenarioError(
                    f"welfare.{name} is not a range: {value}",
                    where=one.where,
                    remedy="write {dist: pert, low: , mode: , high: }, or {dist: fixed, at: }",
                    id="BadAssumption",
                )
            )
    raise_faults(faults, where="the assumptions")
    return held


def births_a_person(country: str, year: int | None = None) -> xr.DataArray | None:
    """Children born to a person of each single age 0 to 100, half of whom are women.

    Parameters
    ----------
    country : str
        ISO 3166-1 alpha-3 code.
    year : int, optional
        Year; the last before the projection when not given.

    Returns
    -------
    DataArray [age], children a person and year
        None where fertility is not held.
    """
    held = load_years(FERTILITY)
    wanted = int(min(max(year or _LATEST, held.min()), held.max()))
    try:
        rates = load(FERTILITY, country=country, year=wanted)
    except (CodeError, CoverageError):
        return None
    ages = list(range(101))
    return (0.5 * rates).reindex(age=ages, fill_value=0.0).fillna(0.0).reset_coords(drop=True)
