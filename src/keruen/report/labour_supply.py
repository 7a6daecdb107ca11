# SPDX-License-Identifier: Apache-2.0
"""Participation and labour force of a nation and of its regions, along the same paths."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import xarray as xr

from keruen.core.arrays import stamp
from keruen.core.errors import CoverageError
from keruen.measure.age_structure import population_by_age_group
from keruen.project._participation import expit, logit
from keruen.project.labour import (
    ParticipationMethod,
    align_participation,
    labour_force,
    participation_paths,
    project_participation,
)
from keruen.report.labour_case import LabourCase

if TYPE_CHECKING:
    import pandas as pd

CELLS: Final = ["sex", "age"]


@dataclass(frozen=True)
class Supply:
    """Rates and labour force from the base year on, medium and along paths.

    Parameters
    ----------
    rates : DataArray [(trajectory), year, (region), sex, age], share
        Participation, brought to the labour force of the base year.
    force : DataArray [(trajectory), year, (region), sex, age], persons
        Labour force.
    """

    rates: xr.DataArray
    force: xr.DataArray


def national_rates(
    case: LabourCase,
    *,
    to: int,
    method: ParticipationMethod = "trend",
    trajectories: int = 0,
    seed: int = 1,
    options: Mapping[str, object] | None = None,
) -> tuple[xr.DataArray, xr.DataArray | None, pd.DataFrame]:
    """Participation from the base year on, as yet in the definition of its source.

    Parameters
    ----------
    case : LabourCase
        What is known.
    to : int
        Last year.
    method : {"trend", "constant", "cohort", "benchmark"}, optional
        Rule of participation.
    trajectories : int, optional
        Paths of participation; none when 0.
    seed : int, optional
        Seed of the paths.
    options : mapping, optional
        Further options of the rule.

    Returns
    -------
    DataArray [year, sex, age], share
        The medium.
    DataArray [trajectory, year, sex, age], share, or None
        Paths that are as far from the trend as it was from the truth before; None where the
        rates are a user's own, or the rule is not the trend.
    DataFrame
        Cells that a rule changed.
    """
    last = int(case.rates.indexes["year"][-1])
    years = list(range(last + 1, to + 1))
    here = {"country": case.country}
    found = project_participation(case.rates, years=years, method=method, **(options or {}))  # type: ignore[arg-type]
    changes = found.adjustments
    if len(changes):
        changes = changes[changes["country"] == case.country]
    known = case.rates.sel(here, drop=True)
    medium = _from(case.base, known, found.rates.sel(here, drop=True))
    if not trajectories or case.own or method != "trend":
        return medium, None, changes
    drawn = participation_paths(
        case.rates, years=years, trajectories=trajectories, places=[case.country], seed=seed
    )
    shared = known.expand_dims(trajectory=drawn.indexes["trajectory"])
    return medium, _from(case.base, shared, drawn.sel(here, drop=True)), changes


def _from(base: int, known: xr.DataArray, ahead: xr.DataArray) -> xr.DataArray:
    """Observed and projected years in one array, from the base year on."""
    whole = xr.concat([known, ahead.transpose(*known.dims)], "year")
    return whole.sel(year=slice(base, None))


def nation(people: xr.DataArray, rates: xr.DataArray, force: float, base: int) -> Supply:
    """Labour force of a nation: rates shifted so that the base year has its known total.

    Parameters
    ----------
    people : DataArray [(trajectory), year, sex, age], persons
        Mid-year population from the base year on.
    rates : DataArray [(trajectory), year, sex, age], share
        Rates of the same years; with paths where people have them, or without.
    force : float
        Labour force of the base year.
    base : int
        The base year.

    Returns
    -------
    Supply
    """
    grouped = _by_ages(people, rates)
    at = {"year": base}
    _, shift = align_participation(
        grouped.sel(at, drop=True), rates.sel(at, drop=True), xr.DataArray(force)
    )
    return _supply(grouped, _shifted(rates, shift))


def regions(
    people: xr.DataArray, national: Supply, force: xr.DataArray, base: int
) -> tuple[Supply, pd.DataFrame]:
    """Labour force of regions that adds to the nation's in every year, sex, age and path.

    Parameters
    ----------
    people : DataArray [(trajectory), year, region, sex, age], persons
        Mid-year population of the regions from the base year on.
    national : Supply
        The nation, along the same paths.
    force : DataArray [region], persons
        Labour force of each region in the base year.
    base : int
        The base year.

    Returns
    -------
    Supply
    DataFrame
        Labour force of the base year before and after it was made to agree.

    Notes
    -----
    Each region has the nation's rates with its own shift of logits, which brings it to its
    published labour force and is held; then each sex and age is shifted in all regions
    alike, so that they add to the nation.
    """
    import pandas as pd

    missing = people.indexes["region"].difference(force.indexes["region"])
    if len(missing):
        raise CoverageError(
            "regions without a labour force",
            where=", ".join(str(code) for code in missing),
            remedy="give the labour force, or the employed and the unemployment rate, of each",
        )
    grouped = _by_ages(people, national.rates)
    at = {"year": base}
    level = force.sel(region=people.indexes["region"]).astype(float)
    _, shift = align_participation(
        grouped.sel(at, drop=True), national.rates.sel(at, drop=True), level
    )
    raw = _shifted(national.rates, shift)
    rates, _ = align_participation(grouped, raw, national.force, by="cell")
    found = _supply(grouped, rates)
    after = found.force.sel(at, drop=True).sum(CELLS)
    after = after.median("trajectory") if "trajectory" in after.dims else after
    table = pd.DataFrame(
        {
            "region": level.indexes["region"],
            "what": "labour force",
            "before": level.to_numpy(),
            "after": after.sel(region=level.indexes["region"]).to_numpy(),
            "reason": "regions add to the nation by sex and age",
        }
    )
    return found, table


def _by_ages(people: xr.DataArray, rates: xr.DataArray) -> xr.DataArray:
    return population_by_age_group(people, lower=[int(age) for age in rates.indexes["age"]])


def _shifted(rates: xr.DataArray, shift: xr.DataArray) -> xr.DataArray:
    """Rates with something added to their logits."""
    z = rates.copy(data=logit(np.asarray(rates.to_numpy(), dtype=float)))
    moved = z + shift
    return moved.copy(data=expit(moved.to_numpy()))


def _supply(people: xr.DataArray, rates: xr.DataArray) -> Supply:
    """Labour force of people with paths, of rates with paths, or of both."""
    held = {*people.dims, *rates.dims}
    order = [dim for dim in ("trajectory", "year", "region", *CELLS) if dim in held]
    force = labour_force(people, rates).transpose(*order)
    named = stamp(rates, name="participation", units="share", kind="share", inputs=(rates,))
    return Supply(named.transpose(*[d for d in order if d in rates.dims]), force)
