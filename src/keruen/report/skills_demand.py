# SPDX-License-Identifier: Apache-2.0
"""The demand side of a run over occupations: employment ahead, replacement, job openings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np
import xarray as xr

from keruen.core.arrays import few, same_cells
from keruen.core.errors import CoverageError, WorkbenchError, raise_faults
from keruen.project import skills
from keruen.report.skills_paths import central, place_of_need, same_start
from keruen.report.skills_regions import regional_shares
from keruen.sources.skills_files import SkillTables

if TYPE_CHECKING:
    import pandas as pd

_ROUNDING: Final = 0.01
_SCENARIOS: Final = {"employed_low": "low", "employed": "middle", "employed_high": "high"}


@dataclass
class Notes:
    """What a run assumed and what it lacked, as it went along."""

    assumptions: list[str] = field(default_factory=list)
    missing: list[tuple[str, str]] = field(default_factory=list)

    def assume(self, text: str) -> None:
        """Note an assumption.

        Parameters
        ----------
        text : str
            The assumption.
        """
        self.assumptions.append(text)

    def lack(self, table: str, unknown: str) -> None:
        """Note a table that was not given, and what is not known without it.

        Parameters
        ----------
        table : str
            Table, with its column.
        unknown : str
            What cannot be said.
        """
        self.missing.append((table, unknown))


@dataclass(frozen=True)
class DemandSide:
    """Employment of occupations ahead, and the jobs that open.

    Parameters
    ----------
    base_year, last_year : int
        First and last year.
    need_year : int
        Year that the need is counted from, to the year after it that employment holds.
    staffing : Staffing
        Employment by occupation with its effects.
    openings : tuple of Openings
        Net first where both concepts are held.
    net : DataArray [year, ..., occupation] or None
        Openings that newcomers can fill: net of moves between occupations.
    growth, replacement : DataArray [..., occupation], persons per year
        Terms from the need year on; replacement is None where no rate is held.
    rate : DataArray [occupation] or None
        Workers a year who are lost, relative to employment: by cohort, or else exits.
    adjustments : DataFrame
        Shares held constant.
    """

    base_year: int
    last_year: int
    need_year: int
    staffing: skills.Staffing
    openings: tuple[skills.Openings, ...]
    net: xr.DataArray | None
    growth: xr.DataArray
    replacement: xr.DataArray | None
    rate: xr.DataArray | None
    adjustments: pd.DataFrame

    @property
    def base(self) -> xr.DataArray:
        """Employment of the base year, by occupation and perhaps region."""
        return central(self.staffing.employment.sel(year=self.base_year, drop=True))

    @property
    def horizon(self) -> int:
        """Years from the base to the last year."""
        return self.last_year - self.base_year

    def over_horizon(self) -> xr.DataArray | None:
        """Net openings of the whole horizon, or None where replacement is not known."""
        if self.net is None:
            return None
        years = [*self.net.indexes["year"], self.last_year]
        width = xr.DataArray(np.diff(years), coords={"year": self.net.indexes["year"]})
        return (self.net * width).sum("year")


def demand_side(given: SkillTables, notes: Notes, *, need_year: int | None = None) -> DemandSide:
    """Employment by occupation and openings from a user's tables.

    Parameters
    ----------
    given : SkillTables
        The tables.
    notes : Notes
        Takes assumptions and gaps.
    need_year : int, optional
        Year that the need is counted from; the last that is the same in every path, or
        the base year.

    Returns
    -------
    DemandSide

    Raises
    ------
    CoverageError
        Years, industries or occupations of the tables do not line up.
    """
    matrix = given.tables["matrix"]["employed"].fillna(0.0).rename("matrix")
    base_year = int(matrix.indexes["year"].max())
    employment = _employment(given, base_year)
    years = [int(year) for year in employment.indexes["year"]]
    _line_up(employment, matrix)
    cases = given.figure("matrix", "cases")
    if cases is not None:
        cases = cases.fillna(0.0)
    shares = skills.project_shares(matrix, years=years, cases=cases)
    _compare(employment, matrix, base_year, notes)
    if matrix.sizes["year"] == 1:
        notes.assume(f"shares of occupations stay as in {base_year}: the matrix has one year")
    staffing = skills.occupation_employment(
        employment, _shares(given, shares.shares, employment, notes), base_year=base_year
    )
    jobs = staffing.employment
    _refuse_unknown(given, matrix)
    rate = _cohort_rate(given, notes)
    openings = [] if rate is None else [skills.net_openings(jobs, outflow_rate=rate)]
    if "separations" in given.tables:
        percent = given.tables["separations"]
        leave, move = (percent[name] / 100.0 for name in ("exit_rate", "transfer_rate"))
        openings.append(skills.gross_openings(jobs, exit_rate=leave, transfer_rate=move))
        if rate is None:
            rate = leave
            notes.assume(
                "the gap counts workers who leave the labour force; moves between occupations "
                "stand in the gross openings only"
            )
    if rate is None:
        notes.lack("ages, or separations", "replacement demand and job openings")
    at = place_of_need(employment, need_year)
    start, end = (jobs.isel(year=place, drop=True) for place in (at, at + 1))
    return DemandSide(
        base_year=base_year,
        last_year=years[-1],
        need_year=years[at],
        staffing=staffing,
        openings=tuple(openings),
        net=None if rate is None else skills.net_openings(jobs, outflow_rate=rate).openings,
        growth=(end - start) / (years[at + 1] - years[at]),
        replacement=None if rate is None else start * rate,
        rate=rate,
        adjustments=shares.adjustments,
    )


def _employment(given: SkillTables, base_year: int) -> xr.DataArray:
    """Employment from the base year on; three scenarios where a range is given."""
    table = given.tables["employment"]
    middle = table["employed"].rename("employment")
    years = middle.indexes["year"]
    if base_year not in years or years.max() <= base_year:
        raise CoverageError(
            "the years of 'employment' and 'matrix' do not line up",
            where=f"last matrix {base_year}, employment {years.min()} to {years.max()}",
            remedy=f"give employment by industry of {base_year} and of at least one later year",
            id="YearsDiffer",
        )
    ahead = [year for year in years if year >= base_year]
    if "trajectory" in middle.dims:
        return same_start(middle.sel(year=ahead), ranged="employed_low" in table)
    if "employed_low" not in table or "employed_high" not in table:
        return middle.sel(year=ahead)
    parts = [table[name].fillna(middle).sel(year=ahead) for name in _SCENARIOS]
    low, mid, high = parts
    if bool(((low > mid) | (mid > high)).any()):
        raise CoverageError(
            "a range does not hold its middle",
            where="employment: employed_low, employed, employed_high",
            remedy="give low at most, and high at least, as large as employed",
        )
    return xr.concat(parts, dim="scenario").assign_coords(scenario=list(_SCENARIOS.values()))


def _compare(employment: xr.DataArray, matrix: xr.DataArray, base_year: int, notes: Notes) -> None:
    """Say when matrix and employment count different people."""
    jobs = central(employment.sel(year=base_year))
    people, told = float(jobs.sum()), float(matrix.sel(year=base_year).sum())
    if abs(told - people) > _ROUNDING * people:
        notes.assume(
            f"the matrix of {base_year} holds {told:,.0f} people and employment {people:,.0f}: "
            "only shares are taken from the matrix"
        )


def _shares(
    given: SkillTables, shares: xr.DataArray, employment: xr.DataArray, notes: Notes
) -> xr.DataArray:
    """National shares, or those of each region where its occupations are known."""
    if "region" not in employment.dims:
        return shares
    known = given.figure("regions", "employed")
    if known is None:
        notes.lack("regions", "occupations of regions: industries have the national mix")
        return shares
    base = central(employment.isel(year=0, drop=True))
    base, known = same_cells(base, known.fillna(0.0).rename("regions"))
    return regional_shares(shares, base, known, notes)


def _line_up(employment: xr.DataArray, matrix: xr.DataArray) -> None:
    left, right = (one.indexes["sector"] for one in (employment, matrix))
    lacks = {"matrix": left.difference(right), "employment": right.difference(left)}
    told = [f"'{name}' lacks {', '.join(codes)}" for name, codes in lacks.items() if len(codes)]
    if told:
        raise CoverageError(
            "the industries of 'employment' and 'matrix' differ",
            where="; ".join(told),
            remedy="give both by the same sections or divisions",
            id="UnmatchedCode",
        )


def _refuse_unknown(given: SkillTables, matrix: xr.DataArray) -> None:
    """Refuse tables that name occupations which the matrix does not hold."""
    faults: list[WorkbenchError] = []
    for name, columns in given.tables.items():
        first = next(iter(columns.values()))
        if "occupation" not in first.dims:
            continue
        strange = first.indexes["occupation"].difference(matrix.indexes["occupation"])
        if len(strange):
            faults.append(
                CoverageError(
                    f"'{name}' names {len(strange)} occupations that 'matrix' does not hold",
                    where=few(strange),
                    remedy="add them to the matrix, or give both by the same groups",
                    id="UnmatchedCode",
                )
            )
    raise_faults(faults, where="occupations")


def _cohort_rate(given: SkillTables, notes: Notes) -> xr.DataArray | None:
    """Replacement rate from two tables by age, as far apart as the groups are wide."""
    by_age = given.figure("ages", "employed")
    if by_age is None:
        return None
    by_age = by_age.fillna(0.0)
    ages, years = (by_age.indexes[dim].to_numpy() for dim in ("age", "year"))
    widths = np.unique(np.diff(np.sort(ages)))
    last = int(years.max())
    if len(widths) != 1 or last - int(widths[0]) not in years:
        apart = ", ".join(map(str, widths))
        raise CoverageError(
            "the table 'ages' cannot follow cohorts",
            where=f"age groups are {apart} years wide, years are {', '.join(map(str, years))}",
            remedy="give groups of one width, and two years as far apart as they are wide",
            id="AgesDiffer",
        )
    width = int(widths[0])
    groups = [str(code)[:1] for code in by_age.indexes["occupation"]]
    by_age = by_age.assign_coords(occupation_group=("occupation", groups))
    then, now = (by_age.sel(year=year, drop=True) for year in (last - width, last))
    flow, listed = skills.cohort_flows(then, now, interval_years=width)
    found = skills.replacement_by_cohort(
        now.drop_vars("occupation_group"),
        flow.drop_vars("occupation_group", errors="ignore"),
        interval_years=width,
        oldest=-1.0,
        adjustments=listed,
    )
    notes.assume(f"all workers aged {ages.max()} and over leave within {width} years")
    return found.rate.fillna(0.0)
