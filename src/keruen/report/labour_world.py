# SPDX-License-Identifier: Apache-2.0
"""The labour force of all countries along the paths of the world's population."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import xarray as xr

from keruen.core.arrays import stamp
from keruen.core.tables import to_table
from keruen.measure.age_structure import population_by_age_group
from keruen.project._participation import expit, logit
from keruen.project.labour import (
    align_participation,
    labour_force,
    participation_paths,
    project_participation,
)
from keruen.project.quantiles import path_quantiles
from keruen.report.flow_run import Step, quiet
from keruen.report.labour_population import labour_population
from keruen.report.projection_run import QUANTILES
from keruen.report.records import labour_record
from keruen.sources.labour_inputs import AGES, LAST_RATES, world_labour

if TYPE_CHECKING:
    import pandas as pd

_CELLS: Final = ["sex", "age"]
_BLOCK: Final = 40


@dataclass(frozen=True)
class WorldLabourForce:
    """Labour force of all countries that the ILO has rates of.

    Parameters
    ----------
    medium : DataArray [year, country], persons
        Medium variant and trend of participation.
    quantiles : DataArray [quantile, year, country], persons, or None
        Quantiles over the paths.
    options : mapping
        Options as given.
    sources : tuple of str
        Tables used.
    record : str
        Track record.
    warnings : tuple of str
        What must be said beside the numbers.
    """

    medium: xr.DataArray
    quantiles: xr.DataArray | None
    options: Mapping[str, object]
    sources: tuple[str, ...]
    record: str
    warnings: tuple[str, ...]

    def to_table(self) -> pd.DataFrame:
        """One row a country and year, quantiles as columns.

        Returns
        -------
        DataFrame
        """
        table = to_table(self.medium.rename("labour_force"))
        if self.quantiles is not None:
            drawn = self.quantiles.transpose("quantile", *self.medium.dims)
            for name, values in zip(QUANTILES, drawn.to_numpy(), strict=True):
                table[name] = values.reshape(-1)
        table.attrs = {}
        return table


def run_world_labour(
    *, to: int = 2040, trajectories: int = 0, seed: int = 1, step: Step | None = None
) -> WorldLabourForce:
    """Project the labour force of all countries.

    Parameters
    ----------
    to : int, optional
        Last year.
    trajectories : int, optional
        Paths; none when 0.
    seed : int, optional
        Seed of the paths.
    step : callable, optional
        Called with the share done and what is being done.

    Returns
    -------
    WorldLabourForce

    See Also
    --------
    keruen.report.labour_run.run_labour : One country, with demand.
    """
    tell = step or quiet
    tell(0.0, "population")
    people = labour_population("all", to=to, trajectories=trajectories, seed=seed, ages=AGES)
    tell(0.7, "labour force")
    world = world_labour()
    medium, paths = world_labour_force(people.medium, people.paths, to=to, seed=seed)
    return WorldLabourForce(
        medium=medium,
        quantiles=paths,
        options={"country": "all", "to": to, "trajectories": trajectories, "seed": seed},
        sources=tuple(dict.fromkeys((*world.sources, *people.sources))),
        record=labour_record("all"),
        warnings=(
            (
                "definitions of the ILO throughout; ages 15-24 and 55-64 have one rate in "
                f"{int((~world.apart).sum())} countries"
            ),
        ),
    )


def world_labour_force(
    medium: xr.DataArray, paths: xr.DataArray | None, *, to: int, seed: int = 1
) -> tuple[xr.DataArray, xr.DataArray | None]:
    """Labour force of all countries from populations and their paths.

    Parameters
    ----------
    medium : DataArray [year, country, sex, age], persons
        Mid-year population by ages that begin at 15, 25, 55 and 65.
    paths : DataArray [trajectory, year, country, sex, age], persons, or None
        Its paths.
    to : int
        Last year.
    seed : int, optional
        Seed of the paths of participation.

    Returns
    -------
    DataArray [year, country], persons
    DataArray [quantile, year, country], persons, or None
    """
    world = world_labour()
    rates, base = world.participation, LAST_RATES
    places = [str(code) for code in rates.indexes["country"]]
    years = list(range(base + 1, to + 1))
    found = project_participation(rates, years=years).rates
    known = rates.sel(year=[base])
    force = (world.population * rates).sum(_CELLS).sel(year=base, drop=True)
    whole = xr.concat([known, found.transpose(*known.dims)], "year")
    middle = _force(medium.sel(country=places, year=[base, *years]), whole, force)
    if paths is None:
        return middle, None
    quantiles = []
    for start in range(0, len(places), _BLOCK):
        block = places[start : start + _BLOCK]
        drawn = participation_paths(
            rates, years=years, trajectories=paths.sizes["trajectory"], places=block,
            seed=seed + start,
        )  # fmt: skip
        first = known.sel(country=block).expand_dims(trajectory=drawn.indexes["trajectory"])
        every = xr.concat([first.transpose(*drawn.dims), drawn], "year")
        people = paths.sel(country=block, year=[base, *years])
        own = _force(people, every, force.sel(country=block))
        quantiles.append(path_quantiles(own, levels=list(QUANTILES.values())))
    return middle, xr.concat(quantiles, "country").transpose("quantile", "year", "country")


def _force(people: xr.DataArray, rates: xr.DataArray, total: xr.DataArray) -> xr.DataArray:
    """Labour force whose base year is the known one."""
    lower = [int(age) for age in rates.indexes["age"]]
    grouped = population_by_age_group(people.assign_attrs(kind="count"), lower=lower)
    first = {"year": 0}
    _, shift = align_participation(
        grouped.isel(first, drop=True), rates.isel(first, drop=True), total
    )
    moved = rates.copy(data=logit(np.asarray(rates.to_numpy(), dtype=float))) + shift
    shifted = moved.transpose(*rates.dims)
    force = labour_force(grouped, shifted.copy(data=expit(shifted.to_numpy())))
    summed = force.sum(_CELLS)
    return stamp(summed, name="labour_force", units="persons", kind="count", concept="stock")
