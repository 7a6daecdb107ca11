# SPDX-License-Identifier: Apache-2.0
"""What a scenario stands on: the migration of the last years as it is measured, and its gaps."""

from __future__ import annotations

from typing import Final

import xarray as xr

from keruen.core.arrays import stamp
from keruen.core.errors import ScenarioError
from keruen.measure.balance import migration_balance
from keruen.measure.indices import migration_effectiveness
from keruen.measure.residual import net_migration_by_residual, opening_and_closing
from keruen.scenario.composed import Scenario
from keruen.scenario.draws import drawn
from keruen.scenario.stages import Arrays
from keruen.sources.catalog import load
from keruen.sources.region_inputs import RECENT, region_inputs

BASE: Final = "measure.migration.base"
UNDERCOUNT: Final = "measure.migration.undercount"
STOCK: Final = "measure.irregular.stock"
SCALE: Final = "project.migration.international.scale"
YEARS: Final = 7
"""Years shown."""


def measured(scenario: Scenario) -> Arrays:
    """Migration of the last years, and what it changes in the published projection.

    Parameters
    ----------
    scenario : Scenario
        Scenario.

    Returns
    -------
    dict of str to DataArray
        ``measured_balance`` [year, series], recorded and by the United Nations;
        ``measured_residual`` [year]; ``measured_regions`` [region, series], yearly means of the
        years that the regional projection starts from; ``measured_efficiency`` [year];
        ``measured_partners`` [country, series]; and ``base`` [year, region], perhaps by
        trajectory: people by whom net migration departs from the published projection.

    Raises
    ------
    ScenarioError
        An undercount is set, and nothing that it corrects is used (``UndercountUnused``).

    See Also
    --------
    keruen.scenario.people.project : Projects from it.

    Notes
    -----
    The projection starts from the published one. With ``measure.migration.base: recorded``
    its net migration is, in every year, that of the records: the mean ``A - D / (1 - u)`` of
    the years that the regional projection starts from, where ``u`` is the share of departures
    that registers miss. The difference goes to the regions by population. Ages, and the spread
    around that level, stay those of the published projection.

    Examples
    --------
    >>> from keruen.scenario.compose import compose
    >>> found = measured(compose("kaz/baseline"))
    >>> found["measured_balance"].sel(year=2024, series=["arrivals", "departures"]).values.tolist()
    [29282.0, 12732.0]
    """
    balance = _balance()
    return {
        "measured_balance": balance,
        "measured_residual": _residual(),
        "measured_regions": _regions(),
        "measured_efficiency": _efficiency(),
        "measured_partners": _partners(scenario.country),
        "base": _base(scenario),
    }


def _balance() -> xr.DataArray:
    """Recorded arrivals, departures and net, and net by the United Nations, of the last years."""
    arrivals, departures = (load(f"kaz.migration.{one}") for one in ("arrivals", "departures"))
    found = migration_balance(arrivals, departures)
    years = [int(year) for year in arrivals.indexes["year"][-YEARS:]]
    un = united_nations("KAZ", years)
    parts = {"arrivals": arrivals, "departures": departures, "net": found.net, "net_un": un}
    return _series({name: one.sel(year=years) for name, one in parts.items()}, "measured_balance")


def _residual() -> xr.DataArray:
    """Net migration by what births and deaths leave of the change of population."""
    people = load("kaz.population.population").sum(["sex", "residence"])
    average = load("kaz.population_avg")
    ahead = [people]
    # Counts of 1 January end before averages do: each next one is twice the average less the last.
    for year in range(int(people.indexes["year"][-1]), int(average.indexes["year"][-1]) + 1):
        later = 2 * average.sel(year=year, drop=True) - ahead[-1].isel(year=-1, drop=True)
        ahead.append(later.expand_dims(year=[year + 1]))
    start, end = opening_and_closing(xr.concat(ahead, "year"))
    births, deaths = (load(f"kaz.vital.{one}") for one in ("births", "deaths"))
    years = [year for year in start.indexes["year"] if year in set(births.indexes["year"])]
    years = years[-YEARS:]
    net = net_migration_by_residual(
        *(one.sel(year=years) for one in (start, end, births, deaths))
    ).net
    return stamp(net, name="measured_residual", units="persons", kind="count")


def _regions() -> xr.DataArray:
    """Moves of regions, their balance and its effectiveness, as the projection takes them."""
    tables = region_inputs("KAZ")
    inward, outward = tables.arrivals, tables.departures
    parts = {
        "arrivals": inward,
        "departures": outward,
        "net_internal": inward - outward,
        "effectiveness": migration_effectiveness(inward, outward),
        "net_international": tables.international,
        "population": tables.population.sum("sex"),
    }
    return _series(parts, "measured_regions")


def _efficiency() -> xr.DataArray:
    """How much of all internal moves of a year is left as redistribution."""
    inward, outward = (
        load(f"kaz.region.migration.internal_{one}") for one in ("arrivals", "departures")
    )
    found = migration_effectiveness(inward, outward, over="region")
    return stamp(found, name="measured_efficiency", units="percent", kind="index")


def _partners(country: str) -> xr.DataArray:
    """Recorded moves of the last year, and estimated flows a year of the last period."""
    from keruen.report.country_flows import country_flows

    arrivals, departures = (
        load(f"kaz.migration_by_partner.{one}").rename(partner="country")
        for one in ("arrivals", "departures")
    )
    year = int(arrivals.indexes["year"][-1])
    flows = country_flows(country)
    period = int(flows.net.indexes["year"][-1])
    length = float(flows.interval_years.sel(year=period))
    places = list(arrivals.indexes["country"])
    inward = flows.arrivals["total"].sel(year=period, drop=True).rename(origin="country")
    outward = flows.departures["total"].sel(year=period, drop=True).rename(destination="country")
    parts = {
        "arrivals": arrivals.sel(year=year, drop=True),
        "departures": departures.sel(year=year, drop=True),
        "flow_in": inward.sel(country=places) / length,
        "flow_out": outward.sel(country=places) / length,
    }
    return _series(parts, "measured_partners")


def _base(scenario: Scenario) -> xr.DataArray:
    """People by whom net migration departs from the published projection."""
    tables = region_inputs(scenario.country)
    share = tables.population.sum("sex")
    share = share / share.sum()
    scale = scenario.series(SCALE)
    if scenario.choice(BASE) == "published":
        if float(abs(drawn(scenario, UNDERCOUNT)).max()) > 0:
            raise ScenarioError(
                "an undercount corrects recorded departures, which are not used",
                where=scenario.name,
                remedy=f"set {BASE}: recorded beside it, or leave {UNDERCOUNT} at 0",
                id="UndercountUnused",
            )
        return _persons(0.0 * scale * share)
    un = united_nations(scenario.country, list(scenario.years))
    net = recorded_net(drawn(scenario, UNDERCOUNT))
    return _persons((net - un) * scale * share)


def recorded_net(undercount: xr.DataArray) -> xr.DataArray:
    """Yearly net migration of the records, departures corrected for those missed.

    Parameters
    ----------
    undercount : DataArray [any], share
        Share of departures that registers miss.

    Returns
    -------
    DataArray [any], persons
        ``A - D / (1 - u)``, means of the years that the regional projection starts from.

    Examples
    --------
    >>> round(float(recorded_net(xr.DataArray(0.0))), 1)
    6373.7
    """
    arrivals, departures = (
        load(f"kaz.migration.{one}", year=list(RECENT)).mean("year")
        for one in ("arrivals", "departures")
    )
    return _persons(arrivals - departures / (1 - undercount))


def united_nations(country: str, years: list[int]) -> xr.DataArray:
    """Net migration as the United Nations estimate and project it.

    Parameters
    ----------
    country : str
        ISO 3166-1 alpha-3 code.
    years : list of int
        Years.

    Returns
    -------
    DataArray [year], persons
    """
    found = load("wpp2024.indicators.net_migration", country=[country], year=years)
    return found.isel(country=0, drop=True)


def _persons(value: xr.DataArray) -> xr.DataArray:
    return stamp(value, name="base", units="persons", kind="count")


def _series(parts: dict[str, xr.DataArray], name: str) -> xr.DataArray:
    whole = xr.concat(
        [one.astype(float).expand_dims(series=[key]) for key, one in parts.items()],
        "series", coords="minimal", compat="override",
    )  # fmt: skip
    return stamp(whole, name=name, units="", kind="index")
