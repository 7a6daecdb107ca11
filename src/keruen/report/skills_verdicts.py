# SPDX-License-Identifier: Apache-2.0
"""Verdicts of a run over occupations: imbalance, qualifications, the shortage list, the need."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import xarray as xr

from keruen.core.tables import to_table
from keruen.decide.credibility import Credibility, credible_shortages
from keruen.decide.quota import Need, need_from_gap
from keruen.project import skills
from keruen.project.shortage import Direction
from keruen.report.skills_demand import DemandSide, Notes
from keruen.report.skills_paths import central
from keruen.report.skills_supply import on_cells
from keruen.sources.skills_files import SkillTables

if TYPE_CHECKING:
    import pandas as pd

_STATES: Final = {-1: "shortage", 0: "balance", 1: "surplus"}
_FEWEST: Final = 2
_SIGNS: Final = 3


def imbalance_table(
    given: SkillTables,
    demand: DemandSide,
    supply: Mapping[str, xr.DataArray],
    notes: Notes,
    *,
    threshold: float,
) -> pd.DataFrame | None:
    """Ratios in the style of the Netherlands and Canada over the horizon, national.

    Parameters
    ----------
    given : SkillTables
        The tables.
    demand : DemandSide
        Openings.
    supply : mapping
        Terms of supply.
    notes : Notes
        Takes gaps.
    threshold : float
        Gap from which the future counts as tight or slack.

    Returns
    -------
    DataFrame or None
        None where openings or graduates are not known.
    """
    openings = demand.over_horizon()
    if openings is None or "graduates" not in supply:
        notes.lack("openings and graduates", "labour market ratio, normalised gap")
        return None
    over = [dim for dim in ("region",) if dim in openings.dims]
    seekers = given.figure("supply", "job_seekers")
    idle = 0.0 * demand.base if seekers is None else on_cells(seekers, demand, notes, "job seekers")
    base, idle, new = (one.sum(over) for one in (demand.base, idle, supply["graduates"]))
    jobs = openings.sum(over)
    newcomers = new * demand.horizon
    ratio = skills.labour_market_ratio(base, newcomers=newcomers, seekers=idle, openings=jobs)
    table = ratio.to_table().drop(columns="agreement").rename(columns={"outlook": "prospects"})
    state = given.figure("policy", "recent_state")
    if state is None:
        notes.lack("policy: recent_state", "outlook in the style of Canada")
        return table
    known = state.dropna("occupation")
    codes = {"occupation": known.indexes["occupation"]}
    gap = skills.normalised_gap(
        base.sel(codes),
        seekers=(newcomers + idle).sel(codes),
        openings=jobs.sel(codes),
        recent=known.copy(data=[_STATES[int(value)] for value in known.to_numpy()]),
        threshold=threshold,
    )
    other = gap.to_table().drop(columns="agreement").rename(columns={"outlook": "risk"})
    keys = [name for name in ("scenario", "occupation") if name in table]
    return table.merge(other, on=keys, how="left", validate="one_to_one")


def qualification_table(
    given: SkillTables, demand: DemandSide, notes: Notes
) -> tuple[pd.DataFrame | None, xr.DataArray | None]:
    """Gap of qualifications at the end of the horizon, and the share by occupation.

    Parameters
    ----------
    given : SkillTables
        The tables.
    demand : DemandSide
        Employment ahead.
    notes : Notes
        Takes assumptions and gaps.

    Returns
    -------
    table : DataFrame or None
    gap : DataArray [occupation] or None
    """
    levels, supply = given.figure("levels", "employed"), given.figure("education", "employed")
    if levels is None or supply is None:
        notes.lack("levels and education", "qualification gap, index of three pillars")
        return None, None
    jobs = central(demand.staffing.employment.sel(year=demand.last_year, drop=True))
    if "region" in jobs.dims:
        jobs = jobs.sum("region")
    levels = levels.fillna(0.0)
    profile = levels / levels.sum("education")
    wanted = skills.qualification_demand(jobs, profile)
    scale = float(jobs.sum() / supply.sum())
    notes.assume(f"workers by education are brought to the total of occupations, times {scale:.4f}")
    there = skills.reconcile_qualifications(wanted, supply * scale)
    found = skills.qualification_gap(wanted, there)
    table = found.to_table()
    if demand.rate is not None:
        grown = jobs / demand.base.sum([d for d in demand.base.dims if d == "region"]) - 1.0
        index = skills.shortage_index(
            demand_growth=grown,
            replacement_rate=demand.rate * demand.horizon,
            mismatch=found.gap,
        )
        table = table.merge(to_table(index), on="occupation", validate="one_to_one")
    return table, found.gap


def indicators(given: SkillTables, demand: DemandSide) -> dict[str, tuple[xr.DataArray, Direction]]:
    """Indicators of a shortage, national, of those whose tables were given.

    Parameters
    ----------
    given : SkillTables
        The tables.
    demand : DemandSide
        Gives employment.

    Returns
    -------
    dict of str to tuple
        Values by occupation, and whether high or low ones speak of a shortage.
    """
    found: dict[str, tuple[xr.DataArray, Direction]] = {}
    wage = given.figure("wages", "wage")
    if wage is not None:
        wage = wage.sortby("year")
        for years, name in ((1, "wage_growth"), (3, "wage_growth_3_years")):
            if wage.sizes["year"] > years:
                grown = wage.isel(year=-1, drop=True) / wage.isel(year=-1 - years, drop=True) - 1.0
                found[name] = (grown, "high")
    matrix = given.tables["matrix"]["employed"].fillna(0.0).sum("sector").sortby("year")
    if matrix.sizes["year"] > 1:
        first, last = (matrix.isel(year=at, drop=True) for at in (0, -1))
        found["employment_growth"] = (last / first.where(first > 0) - 1.0, "high")
    base = demand.base.sum([d for d in demand.base.dims if d == "region"])
    vacancies = given.figure("vacancies", "vacancies")
    if vacancies is not None:
        whole = _national(vacancies)
        found["vacancy_rate"] = (whole / base.where(base > 0), "high")
        for name in ("days_to_fill", "employers_reporting"):
            figure = given.figure("vacancies", name)
            if figure is not None:
                weighted = _national(figure * vacancies) / whole.where(whole > 0)
                found[name] = (weighted, "high")
        seekers = given.figure("supply", "job_seekers")
        if seekers is not None:
            found["seekers_per_vacancy"] = (_national(seekers) / whole.where(whole > 0), "low")
    return found


def _national(figure: xr.DataArray) -> xr.DataArray:
    return figure.sum("region") if "region" in figure.dims else figure


def shortage_table(
    given: SkillTables, demand: DemandSide, notes: Notes
) -> tuple[pd.DataFrame | None, skills.ShortageFlags | None, Credibility | None]:
    """The shortage list with its reasons, what is behind it, and the test of credibility.

    Parameters
    ----------
    given : SkillTables
        The tables.
    demand : DemandSide
        Gives occupations and employment.
    notes : Notes
        Takes gaps.

    Returns
    -------
    list : DataFrame or None
    flags : ShortageFlags or None
    credibility : Credibility or None
    """
    found = indicators(given, demand)
    codes = demand.base.indexes["occupation"]
    values = {name: one.reindex(occupation=codes) for name, (one, _) in found.items()}
    credible = _credible(values, given)
    if credible is None:
        notes.lack("three of vacancies, days, wages of three years, seekers, employers",
                   "test of credibility: every gap counts")  # fmt: skip
    skilled = given.figure("policy", "skilled")
    if len(values) < _FEWEST or skilled is None:
        notes.lack("policy: skilled, and at least two of wages, vacancies, matrix of two years",
                   "shortage list")  # fmt: skip
        return None, None, credible
    stacked = xr.concat(list(values.values()), dim="series", coords="minimal")
    flags = skills.shortage_flags(
        stacked.assign_coords(series=list(values)),
        direction={name: direction for name, (_, direction) in found.items()},
    )
    sensible = given.figure("policy", "sensible")
    asked = {"skilled": skilled.reindex(occupation=codes)}
    if sensible is not None:
        asked["sensible"] = sensible.reindex(occupation=codes)
    return skills.shortage_list(flags, **asked), flags, credible


def _credible(values: Mapping[str, xr.DataArray], given: SkillTables) -> Credibility | None:
    """The five signs, where at least three of them are held."""
    signs = {
        "vacancy_rate": values.get("vacancy_rate"),
        "days_to_fill": values.get("days_to_fill"),
        "unemployed_per_vacancy": values.get("seekers_per_vacancy"),
        "employers_reporting": values.get("employers_reporting"),
    }
    reporting = signs["employers_reporting"]
    if reporting is not None:
        signs["employers_reporting"] = reporting / 100.0
    wage = given.figure("wages", "wage")
    if wage is not None and wage.sizes["year"] > _FEWEST and values:
        codes = next(iter(values.values())).indexes["occupation"]
        wage = wage.sortby("year").isel(year=slice(-3, None)).reindex(occupation=codes)
        signs["wage_growth"] = (wage / wage.shift(year=1) - 1.0).isel(year=slice(1, None))
    held = {name: one for name, one in signs.items() if one is not None}
    return credible_shortages(**held, at_least=_SIGNS) if len(held) >= _SIGNS else None


def need(
    given: SkillTables,
    demand: DemandSide,
    supply: Mapping[str, xr.DataArray],
    credible: Credibility | None,
    notes: Notes,
    *,
    ceiling: float | None,
) -> Need | None:
    """Foreign workers proposed; with all of the gap where no part was decided.

    Parameters
    ----------
    given : SkillTables
        The tables.
    demand : DemandSide
        Growth and replacement.
    supply : mapping
        Terms of supply.
    credible : Credibility or None
        Occupations credibly short.
    notes : Notes
        Takes assumptions and gaps.
    ceiling : float or None
        Most permits of all together.

    Returns
    -------
    Need or None
        None where replacement or supply are not known.
    """
    if demand.replacement is None or not supply:
        notes.lack("replacement demand and supply", "gap and need")
        return None
    asked = {"growth": demand.growth, "replacement": demand.replacement}
    vacancies = given.figure("vacancies", "vacancies")
    if vacancies is None:
        notes.lack("vacancies", "unfilled vacancies in the gap")
    else:
        asked["vacancies"] = on_cells(vacancies, demand, notes, "vacancies")
    codes = demand.base.indexes["occupation"]
    share = given.figure("policy", "foreign_share")
    if share is None:
        notes.lack("policy: foreign_share", "the part of the gap to be met from abroad: "
                   "the need shown is the whole gap")  # fmt: skip
    elif bool(share.reindex(occupation=codes).isnull().any()):
        notes.assume("occupations without a foreign share get nothing from abroad")
    permits = given.figure("supply", "valid_permits")
    tiers = given.figure("policy", "priority")
    return need_from_gap(
        asked,
        supply,
        foreign_share=1.0 if share is None else share.reindex(occupation=codes).fillna(0.0) / 100.0,
        valid_permits=None if permits is None else on_cells(permits, demand, notes, "permits"),
        short=None if credible is None else credible.short.reindex(occupation=codes).fillna(0.0),
        ceiling=ceiling,
        priority=None if tiers is None else tiers.reindex(occupation=codes).fillna(99.0),
    )
