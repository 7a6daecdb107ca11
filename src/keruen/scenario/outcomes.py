# SPDX-License-Identifier: Apache-2.0
"""What a scenario is judged by: names, units, and how each follows from the stages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

import xarray as xr

from keruen.core.arrays import Kind, stamp
from keruen.core.errors import ScenarioError
from keruen.report.locale import Message, msg
from keruen.scenario.composed import Scenario
from keruen.scenario.stages import Arrays

_PEOPLE: Final = ("wpp2024.population", "kaz.region.population")
_WELFARE: Final = ("un.stock.2024", "worldbank.indicators", "knomad.remittances_bilateral")
_LABOUR: Final = (*_PEOPLE, "ilo.indicators_by_sex", "kaz.labour")


@dataclass(frozen=True)
class Outcome:
    """A quantity that scenarios are compared by.

    Parameters
    ----------
    label : Message
        What it is called.
    units : str
        Unit.
    kind : str
        Kind of the quantity.
    of : callable
        Makes it of the arrays of all stages; by year, and perhaps trajectory and region.
    flow : bool
        Whether years add up to a total.
    sources : tuple of str
        Main embedded tables it rests on.
    """

    label: Message
    units: str
    kind: Kind
    of: Callable[[Arrays], xr.DataArray]
    flow: bool = False
    sources: tuple[str, ...] = _PEOPLE


def _nation(name: str) -> Callable[[Arrays], xr.DataArray]:
    return lambda arrays: arrays[name].sum("region", min_count=1)


def _given(name: str) -> Callable[[Arrays], xr.DataArray]:
    return lambda arrays: arrays[name]


def _percent(name: str) -> Callable[[Arrays], xr.DataArray]:
    return lambda arrays: 100 * arrays[name]


def _ratio(arrays: Arrays) -> xr.DataArray:
    old = arrays["old"].sum("region", min_count=1)
    return 100 * old / arrays["working_age"].sum("region", min_count=1)


OUTCOMES: Final[Mapping[str, Outcome]] = {
    "population": Outcome(
        msg("Population on 1 January"), "persons", "count", _nation("population")
    ),
    "population_by_region": Outcome(
        msg("Population of regions on 1 January"), "persons", "count", _given("population")
    ),
    "working_age": Outcome(
        msg("Population aged 15 to 64"), "persons", "count", _nation("working_age")
    ),
    "old_age_ratio": Outcome(
        msg("People of 65 and over per 100 of 15 to 64"), "per 100 aged 15-64", "index", _ratio
    ),
    "net_migration": Outcome(msg("Net migration"), "persons", "count",
        _nation("migration"), flow=True,
    ),
    "newcomers": Outcome(
        msg("People who come by the return quota beyond the published projection"),
        "persons", "count", _nation("newcomers"), flow=True,
    ),
    "newcomers_by_region": Outcome(
        msg("The same by region"), "persons", "count", _given("newcomers"), flow=True
    ),
    "urban_share": Outcome(msg("Urban share"), "percent", "share", _percent("urban_share"),
        sources=("wup2018.urban_share",),
    ),
    "labour_force": Outcome(
        msg("Labour force"), "persons", "count", _given("labour_force"), sources=_LABOUR
    ),
    "permits": Outcome(
        msg("Foreign workers on employers' permits"), "persons", "count", _given("permits"),
        sources=_LABOUR,
    ),
    "labour_gap": Outcome(
        msg("Labour gap: demand less supply, foreign permits counted"),
        "persons", "count", _given("labour_gap"), sources=_LABOUR,
    ),
    "labour_gap_by_region": Outcome(
        msg("Labour gap of regions before permits"), "persons", "count", _given("region_gap"),
        sources=_LABOUR,
    ),
    "regularised": Outcome(
        msg("Irregular workers who receive a status"), "persons", "count",
        _given("regularised"), flow=True, sources=("kaz.published_facts",),
    ),
    "welfare_migrant": Outcome(
        msg("What a year's arrivals by the programme bring: to themselves"),
        "international dollars", "money", _given("welfare_migrant"), sources=_WELFARE,
    ),
    "welfare_receiving": Outcome(
        msg("What a year's arrivals by the programme bring: to the receiving country"),
        "international dollars", "money", _given("welfare_receiving"), sources=_WELFARE,
    ),
    "welfare_sending": Outcome(
        msg("What a year's arrivals by the programme bring: to the countries they left"),
        "international dollars", "money", _given("welfare_sending"), sources=_WELFARE,
    ),
}  # fmt: skip
"""What a run can tell, by name."""


def outcomes_of(scenario: Scenario, arrays: Arrays) -> Arrays:
    """Outcomes of a run.

    Parameters
    ----------
    scenario : Scenario
        Scenario; its own list of outcomes, or all when it names none.
    arrays : dict of str to DataArray
        Arrays of all stages.

    Returns
    -------
    dict of str to DataArray
        Each by year from the first to the last of the horizon.

    Raises
    ------
    ScenarioError
        The scenario names an outcome that no run gives (``UnknownOutcome``).
    """
    found: Arrays = {}
    for name in scenario.outcomes or OUTCOMES:
        if name not in OUTCOMES:
            near = get_close_matches(name, OUTCOMES, n=2)
            raise ScenarioError(
                f"there is no outcome '{name}'",
                where=scenario.name,
                remedy=f"did you mean {' or '.join(near)}?" if near else ", ".join(OUTCOMES),
                id="UnknownOutcome",
            )
        one = OUTCOMES[name]
        value = one.of(arrays).sel(year=slice(scenario.years[0], scenario.years[-1]))
        found[name] = stamp(value, name=name, units=one.units, kind=one.kind)
    return found
