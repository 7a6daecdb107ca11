# SPDX-License-Identifier: Apache-2.0
"""A run of a labour projection: from population to supply, demand and the gap, by region."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import xarray as xr

from keruen.core.errors import CoverageError
from keruen.project.labour import (
    LabourProjection,
    LabourRatios,
    ParticipationMethod,
    labour_force,
    labour_ratios,
)
from keruen.report.flow_run import Step, quiet
from keruen.report.labour_assembly import (
    Found,
    national_projection_of,
    regional_projection_of,
)
from keruen.report.labour_case import RECENT, LabourCase, labour_case
from keruen.report.labour_demand import Demand, national_demand
from keruen.report.labour_population import LabourPopulation, labour_population
from keruen.report.labour_supply import CELLS, Supply, nation, national_rates
from keruen.report.projection_run import described
from keruen.report.records import labour_record
from keruen.report.regional_run import RegionalRun, run_regions
from keruen.sources.projection_inputs import FIRST

LAST: Final = 2050
"""Last year of a labour projection."""
SEED: Final = 1

_OWN: Final = "own."


@dataclass(frozen=True)
class LabourRun:
    """What a run of labour used and what it found.

    Parameters
    ----------
    case : LabourCase
        The labour market as it is known.
    nation : LabourProjection
        Supply and demand of the country.
    regions : LabourProjection or None
        The same by region; sums are the nation's.
    ratios, ratios_closed : LabourRatios
        Ratios of the medium, and of the medium without migration from the base year on.
    ratio_paths : Dataset [trajectory, year] or None
        Ratios of every path.
    demand : Demand
        How demand was made: elasticity, growth, method.
    options : mapping
        Options as given.
    inputs : tuple of mapping
        Tables used, with digests.
    record : str
        Track record of the labour force, or "not evaluated".
    warnings : tuple of str
        What must be said beside the numbers.
    """

    case: LabourCase
    nation: LabourProjection
    regions: LabourProjection | None
    ratios: LabourRatios
    ratios_closed: LabourRatios
    ratio_paths: xr.Dataset | None
    demand: Demand
    options: Mapping[str, object]
    inputs: tuple[Mapping[str, str], ...]
    record: str
    warnings: tuple[str, ...] = ()


def run_labour(
    country: str,
    *,
    to: int = 2040,
    by_region: bool = False,
    trajectories: int = 0,
    method: ParticipationMethod = "trend",
    seed: int = SEED,
    case: LabourCase | None = None,
    options: Mapping[str, object] | None = None,
    step: Step | None = None,
) -> LabourRun:
    """Project labour supply and demand of a country, and of its regions.

    Parameters
    ----------
    country : str
        Code or name.
    to : int, optional
        Last year, to 2050.
    by_region : bool, optional
        Whether to project the regions; the package holds those of Kazakhstan.
    trajectories : int, optional
        Paths; none when 0.
    method : {"trend", "constant", "cohort", "benchmark"}, optional
        Rule of participation.
    seed : int, optional
        Seed of the paths; those of the population are those of ``run_projection``.
    case : LabourCase, optional
        The labour market as it is known; from the embedded data when not given.
    options : mapping, optional
        Further options of the rule of participation.
    step : callable, optional
        Called with the share done and what is being done.

    Returns
    -------
    LabourRun

    Raises
    ------
    CodeError
        The country is unknown.
    CoverageError
        There are no rates, no regional data (``NoRegions``), or the year is out of range.

    See Also
    --------
    keruen.report.labour_release.write_labour : Writes the run to a folder.

    Notes
    -----
    Population is that of ``run_projection`` and ``run_regions`` at mid-year, participation
    that of the ILO by sex and broad age on its trend, shifted so that the base year has its
    known labour force. Employment answers a growth of output by its past elasticity; its
    industries and regions are shares on their fading trends. Supply is the labour force
    less the base year's unemployment.

    Examples
    --------
    >>> run = run_labour("KAZ", to=2030)
    >>> gap = run.nation.balance.gap
    >>> gap.sel(year=2025).round(3).item() + 0.0, gap.sizes["year"]
    (0.0, 6)
    """
    known = case or labour_case(country)
    _check_year(to, known.base)
    tell = step or quiet
    tell(0.0, "population")
    people = labour_population(known.country, to=to, trajectories=trajectories, seed=seed)
    regional = None
    if by_region:
        regional = run_regions(
            known.country, to=to, trajectories=trajectories, seed=seed,
            step=lambda share, what: tell(0.3 + 0.5 * share, what),
        )  # fmt: skip
    tell(0.85, "labour")
    return combine_labour(known, people, regional, to=to, method=method, seed=seed, options=options)


def combine_labour(
    known: LabourCase,
    people: LabourPopulation,
    regional: RegionalRun | None = None,
    *,
    to: int,
    method: ParticipationMethod = "trend",
    seed: int = SEED,
    options: Mapping[str, object] | None = None,
) -> LabourRun:
    """Labour supply and demand from a population that is projected already.

    Parameters
    ----------
    known : LabourCase
        The labour market as it is known.
    people : LabourPopulation
        Population of the country at mid-year, with or without paths.
    regional : RegionalRun, optional
        Its regions, along the same paths.
    to : int
        Last year.
    method : {"trend", "constant", "cohort", "benchmark"}, optional
        Rule of participation.
    seed : int, optional
        Seed of the paths of participation and of demand.
    options : mapping, optional
        Further options of the rule of participation.

    Returns
    -------
    LabourRun

    See Also
    --------
    run_labour : Projects the population too.
    """
    here, span = {"country": known.country}, slice(known.base, to)
    medium, closed = (
        one.sel(here, drop=True).sel(year=span) for one in (people.medium, people.closed)
    )
    number = 0 if people.paths is None else people.paths.sizes["trajectory"]
    rates, rate_paths, changes = national_rates(
        known, to=to, method=method, trajectories=number, seed=seed, options=options
    )
    force = float(known.force.sel(year=known.base))
    middle, paths, ratio_paths = nation(medium, rates, force, known.base), None, None
    if people.paths is not None:
        drawn = people.paths.sel(here, drop=True).sel(year=span)
        paths = nation(drawn, rates if rate_paths is None else rate_paths, force, known.base)
        ratio_paths = _ratio_paths(drawn, paths)
    years = [int(year) for year in medium.indexes["year"]]
    demand = national_demand(known, years, trajectories=number, seed=seed)
    found = Found(middle, paths, demand)
    sources, notes = (*known.sources, *people.sources), _notes(known, rate_paths, number)
    if regional is not None:
        sources = (*sources, *(each["id"] for each in regional.inputs))
        notes = (*notes, *regional.warnings)
    return LabourRun(
        case=known,
        nation=national_projection_of(known, found, closed, changes),
        regions=(None if regional is None else regional_projection_of(known, regional, found, to)),
        ratios=labour_ratios(medium, middle.force),
        ratios_closed=labour_ratios(closed, labour_force(closed, middle.rates)),
        ratio_paths=ratio_paths,
        demand=demand,
        options=_options(known, to, method, number, seed, by_region=regional is not None),
        inputs=tuple(described(id) for id in dict.fromkeys(sources) if not id.startswith(_OWN)),
        record=labour_record(known.country if method == "trend" and not known.own else None),
        warnings=notes,
    )


def _check_year(to: int, base: int) -> None:
    if base < FIRST:
        raise CoverageError(
            f"the labour force ends in {base}, the population is projected from {FIRST}",
            where="labour",
            remedy=f"give the labour force to {FIRST} or later",
            id="YearsDiffer",
        )
    if not base < to <= LAST:
        raise CoverageError(
            f"labour is projected from {base + 1} to {LAST}, not to {to}",
            where="to",
            remedy=f"choose a year from {base + 1} to {LAST}",
            id="YearOutOfRange",
        )


def _ratio_paths(drawn: xr.DataArray, paths: Supply) -> xr.Dataset:
    order = [dim for dim in paths.force.dims if dim not in CELLS]
    found = labour_ratios(drawn, paths.force).parts()
    return xr.Dataset({name: part.transpose(*order) for name, part in found.items()})


def _options(
    known: LabourCase, to: int, method: str, trajectories: int, seed: int, *, by_region: bool
) -> dict[str, object]:
    found: dict[str, object] = {"country": known.country, "to": to, "regions": by_region}
    found |= {"participation": method, "trajectories": trajectories}
    return found | ({"seed": seed} if trajectories else {})


def _notes(known: LabourCase, rate_paths: xr.DataArray | None, number: int) -> tuple[str, ...]:
    """What must be said beside the numbers."""
    notes = [
        (
            "demand is employment that follows output; vacancies are not held, so the gap of the "
            "base year is 0 by construction"
        ),
        f"growth of output in years without a figure is the mean of the last {RECENT} known",
    ]
    if known.definition == "national":
        notes.append(
            "employment and labour force are national figures; from the ILO comes the pattern "
            "by sex and age, shifted to the national total"
        )
    if not known.own:
        ages = "apart" if known.apart else "only together: both have one rate"
        notes.append(
            "participation is held for ages 15-24, 25-54, 55-64 and 65+, not by single age or "
            f"five-year group; 15-24 and 55-64 are known {ages}"
        )
    if number and rate_paths is None:
        notes.append("intervals come from the population and from demand: rates have no paths")
    return (*notes, *known.notes)
