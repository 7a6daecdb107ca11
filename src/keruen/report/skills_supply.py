# SPDX-License-Identifier: Apache-2.0
"""The supply side of a run over occupations: graduates, unemployed, movers, returnees."""

from __future__ import annotations

from typing import Final

import xarray as xr

from keruen.core.errors import SchemaError
from keruen.project import skills
from keruen.report.skills_demand import DemandSide, Notes
from keruen.sources.skills_files import SkillTables

_TERMS: Final = {
    "movers": "net movers from other regions",
    "returnees": "returnees and resettlers",
    "retraining": "retrained people",
}
_PIPELINE: Final = ("students", "field_rates", "field_jobs")


def supply_terms(given: SkillTables, demand: DemandSide, notes: Notes) -> dict[str, xr.DataArray]:
    """Terms of supply a year, by region and occupation, of those that were given.

    Parameters
    ----------
    given : SkillTables
        The tables.
    demand : DemandSide
        Its cells are those of the supply.
    notes : Notes
        Takes assumptions and gaps.

    Returns
    -------
    dict of str to DataArray [..., occupation], persons per year

    Raises
    ------
    SchemaError
        Graduates are given twice.
    """
    terms: dict[str, xr.DataArray] = {}
    graduates = _graduates(given, demand, notes)
    if graduates is not None:
        terms["graduates"] = graduates
    seekers = given.figure("supply", "job_seekers")
    placed = given.figure("supply", "placement_rate")
    if seekers is None or placed is None:
        notes.lack("supply: job_seekers and placement_rate", "unemployed who can be placed")
    else:
        yearly = on_cells(seekers * placed / 100.0, demand, notes, "placed unemployed")
        terms["unemployed"] = yearly
    for name, what in _TERMS.items():
        figure = given.figure("supply", name)
        if figure is None:
            notes.lack(f"supply: {name}", what)
        else:
            terms[name] = on_cells(figure, demand, notes, what)
    return terms


def _graduates(given: SkillTables, demand: DemandSide, notes: Notes) -> xr.DataArray | None:
    """Graduates a year: from the pipeline of education, or as they were given."""
    own = given.figure("supply", "graduates")
    held = [name for name in _PIPELINE if name in given.tables]
    if len(held) == len(_PIPELINE):
        if own is not None:
            raise SchemaError(
                "graduates are given twice",
                where=f"supply, and {', '.join(_PIPELINE)}",
                remedy="leave the column graduates out of the sheet supply",
                id="DuplicateKey",
            )
        return _from_pipeline(given, demand, notes)
    if held:
        lacking = [name for name in _PIPELINE if name not in held]
        notes.lack(", ".join(lacking), f"graduates ahead: {', '.join(held)} alone say nothing")
    if own is None:
        notes.lack("supply: graduates, or students, field_rates and field_jobs", "graduates")
        return None
    return on_cells(own, demand, notes, "graduates")


def _from_pipeline(given: SkillTables, demand: DemandSide, notes: Notes) -> xr.DataArray:
    students, rates = given.tables["students"], given.tables["field_rates"]
    progression = students["progression"].sortby("year").isel(year=-1, drop=True) / 100.0
    graduates = skills.graduates_from_enrolment(
        students["students"].fillna(0.0),
        progression=progression.fillna(0.0),
        completion=rates["completion"] / 100.0,
    )
    entrants = skills.labour_entrants(graduates, rates["participation"] / 100.0)
    shares = given.tables["field_jobs"]["share"].fillna(0.0) / 100.0
    by_job = skills.entrants_by_occupation(entrants, shares)
    ahead = by_job.sel(year=by_job.year > demand.base_year)
    if not ahead.sizes["year"]:
        ahead = by_job.isel(year=[-1])
    years = ahead.indexes["year"]
    notes.assume(f"graduates a year are the mean of {years.min()} to {years.max()}")
    return on_cells(ahead.mean("year"), demand, notes, "graduates")


def on_cells(figure: xr.DataArray, demand: DemandSide, notes: Notes, what: str) -> xr.DataArray:
    """A count on the cells of the demand; a national one spread like employment.

    Parameters
    ----------
    figure : DataArray [..., occupation], persons
        The count.
    demand : DemandSide
        Gives the cells.
    notes : Notes
        Takes what was assumed.
    what : str
        What is counted, in words.

    Returns
    -------
    DataArray [..., occupation], persons
    """
    base = demand.base
    if "region" in figure.dims and "region" not in base.dims:
        figure = figure.sum("region")
    index = {dim: base.indexes[dim] for dim in map(str, base.dims) if dim in figure.dims}
    found = figure.reindex(index)
    empty = int(found.isnull().sum())
    if empty:
        notes.assume(f"{what}: {empty} cells without a figure count as none")
    found = found.fillna(0.0)
    if "region" in base.dims and "region" not in found.dims:
        whole = base.sum("region")
        even = 1.0 / base.sizes["region"]
        share = (base / whole.where(whole > 0)).fillna(even)
        found = found * share
        notes.assume(f"{what}: a national figure, spread over regions like employment")
    return found.transpose(*base.dims)
