# SPDX-License-Identifier: Apache-2.0
"""Demand for labour: employment that follows output, by industry and by region."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import xarray as xr

from keruen.core.arrays import stamp
from keruen.core.errors import CoverageError
from keruen.project.labour import (
    OutputElasticity,
    employment_by_output,
    employment_by_share,
    employment_paths,
    project_shares_of,
)
from keruen.project.participation import FEWEST
from keruen.report.labour_case import LabourCase
from keruen.sources.labour_inputs import region_parents

_SPREAD: Final = 15
_AS_IT_GREW: Final = OutputElasticity(1.0, 0.0, 0.0, 0)


@dataclass(frozen=True)
class Demand:
    """Employment asked for, and how it was made.

    Parameters
    ----------
    medium : DataArray [year], persons
        Employment from the base year on.
    paths : DataArray [trajectory, year], persons
        Its paths; none of them where none were asked for.
    method : {"output", "trend"}
        Whether it follows output, or the mean of its own growth where no output is held.
    growth : DataArray [year], per year
        Growth of output, or of employment, in the years ahead.
    """

    medium: xr.DataArray
    paths: xr.DataArray
    method: Literal["output", "trend"]
    growth: xr.DataArray


def national_demand(
    case: LabourCase, years: Sequence[int], *, trajectories: int = 0, seed: int = 1
) -> Demand:
    """Employment of the nation from the base year on.

    Parameters
    ----------
    case : LabourCase
        What is known.
    years : sequence of int
        The base year and those after it.
    trajectories : int, optional
        Number of paths.
    seed : int, optional
        Seed of the paths.

    Returns
    -------
    Demand

    Notes
    -----
    Paths draw the growth of output from the mean and spread of the last fifteen years,
    moved to the medium's mean, the elasticity within its error, and the growth that output
    never explained.
    """
    ahead = [int(year) for year in years[1:]]
    base = case.employed.sel(year=case.base, drop=True)
    growth, method = case.growth_ahead(ahead), "output"
    answer, past = case.elasticity, case.growth
    if growth is None or answer is None or past is None:
        method, answer = "trend", _AS_IT_GREW
        past = _own_growth(case)
        mean = float(past.isel(year=slice(-_SPREAD, None)).mean())
        growth = xr.DataArray(np.full(len(ahead), mean), coords={"year": ahead}, dims="year")
    level = np.cumprod(np.r_[1.0, 1 + growth.to_numpy()])
    output = xr.DataArray(level, coords={"year": list(years)}, dims="year")
    medium = employment_by_output(base, output, answer.value)
    known = past.sel(year=past["year"] <= case.base).isel(year=slice(-_SPREAD, None))
    drawn = employment_paths(
        float(base), years=ahead, growth=known - known.mean() + float(growth.mean()),
        elasticity=answer, trajectories=trajectories, seed=seed,
    )  # fmt: skip
    first = xr.full_like(drawn.isel(year=[0]), float(base)).assign_coords(year=[case.base])
    return Demand(
        medium=medium,
        paths=xr.concat([first, drawn], "year").assign_attrs(drawn.attrs),
        method="output" if method == "output" else "trend",
        growth=growth,
    )


def _own_growth(case: LabourCase) -> xr.DataArray:
    """Past growth of employment in years that follow one another."""
    years = case.employed.indexes["year"].to_numpy()
    grown = case.employed.to_numpy()[1:] / case.employed.to_numpy()[:-1] - 1
    kept = np.diff(years) == 1
    if kept.sum() < FEWEST:
        raise CoverageError(
            f"demand needs {FEWEST} years of growth of output or of employment",
            where=f"employed, {len(years)} years",
            remedy="give more years of employment, or a table of output",
            id="TooFewYears",
        )
    return xr.DataArray(grown[kept], coords={"year": years[1:][kept]}, dims="year")


def sector_demand(case: LabourCase, demand: xr.DataArray) -> xr.DataArray | None:
    """Demand by industry; None where no employment by industry is held.

    Parameters
    ----------
    case : LabourCase
        What is known.
    demand : DataArray [year], persons
        All of it.

    Returns
    -------
    DataArray [year, sector], persons, or None
    """
    if case.by_sector is None or case.by_sector.sizes["year"] < FEWEST:
        return None
    shares = _shares(case.by_sector.dropna("year"), "sector", demand)
    return employment_by_share(demand, shares, over="sector")


def _shares(employed: xr.DataArray, over: str, demand: xr.DataArray) -> xr.DataArray:
    """Shares of the years of demand: observed in the base year where they are, then ahead."""
    years = [int(year) for year in demand.indexes["year"]]
    last = int(employed.indexes["year"].max())
    ahead = project_shares_of(employed, over=over, years=[y for y in years if y > last])
    seen = employed.sel(year=[year for year in years if year <= last])
    whole = xr.concat([seen / seen.sum(over), ahead.transpose(*seen.dims)], "year")
    return stamp(whole, name="employment_share", units="share", kind="share")


def regional_demand(
    case: LabourCase, demand: Demand, places: Sequence[str]
) -> tuple[xr.DataArray, xr.DataArray]:
    """Demand by region, medium and along the nation's paths.

    Parameters
    ----------
    case : LabourCase
        What is known.
    demand : Demand
        Demand of the nation.
    places : sequence of str
        Regions of today.

    Returns
    -------
    DataArray [year, region], persons
    DataArray [trajectory, year, region], persons

    Notes
    -----
    Shares of regions go on by their fading trends. Regions founded lately are carried on
    together with the region they were taken from, and keep their share in it. The medium's
    shares serve every path.
    """
    assert case.regions is not None  # noqa: S101  (the caller has regions)
    employed = case.regions["employed"].dropna("year", how="all")
    parents = region_parents(case.country, list(places))
    joined = _joined(employed, parents)
    whole = _shares(joined.dropna("year"), "region", demand.medium)
    base = employed.sel(year=case.base, drop=True).sel(region=list(places))
    roots = [parents[place] for place in places]
    within = base / joined.sel(year=case.base, region=roots).to_numpy()
    shares = whole.sel(region=roots).assign_coords(region=list(places)) * within
    shares = stamp(shares, name="employment_share", units="share", kind="share")
    return (
        employment_by_share(demand.medium, shares, over="region"),
        employment_by_share(demand.paths, shares, over="region"),
    )


def _joined(employed: xr.DataArray, parents: dict[str, str]) -> xr.DataArray:
    """Employed by the regions that stood before: those taken from one counted with it."""
    roots = sorted(set(parents.values()))
    parts = []
    for root in roots:
        own = [place for place, parent in parents.items() if parent == root]
        parts.append(employed.sel(region=own).sum("region", min_count=1))
    return xr.concat(parts, "region").assign_coords(region=roots).transpose("year", "region")
