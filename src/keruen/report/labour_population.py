# SPDX-License-Identifier: Apache-2.0
"""Population by the ages that labour asks for, mid-year, along the paths of a projection."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from keruen.core.arrays import stamp
from keruen.measure.age_structure import population_by_age_group
from keruen.project.assumptions import variant
from keruen.project.paths import project_paths
from keruen.project.population import EDITIONS
from keruen.project.projection import mid_year_population
from keruen.report.projection_components import (
    drawn_components,
    national_projection,
    prepare_components,
)
from keruen.sources.projection_inputs import FIRST, projection_inputs

LABOUR_AGES: Final = (0, *range(15, 70, 5))
"""Lower bounds of the ages kept: children, five-year groups, 65 and over."""


@dataclass(frozen=True)
class LabourPopulation:
    """People at mid-year by sex and the ages of labour.

    Parameters
    ----------
    medium : DataArray [year, country, sex, age], persons
        The medium variant.
    closed : DataArray [year, country, sex, age], persons
        The same without migration from the first projected year on.
    paths : DataArray [trajectory, year, country, sex, age] or None, persons
        Every path.
    sources : tuple of str
        Identifiers of the embedded tables used.
    """

    medium: xr.DataArray
    closed: xr.DataArray
    paths: xr.DataArray | None
    sources: tuple[str, ...]


def labour_population(
    country: str | Sequence[str],
    *,
    to: int,
    trajectories: int = 0,
    seed: int = 1,
    ages: Sequence[int] = LABOUR_AGES,
) -> LabourPopulation:
    """People at mid-year by the ages of labour, from the national projection.

    Parameters
    ----------
    country : str or sequence of str
        Code of a country, several, or ``"all"``.
    to : int
        Last year.
    trajectories : int, optional
        Number of paths; none when 0.
    seed : int, optional
        Seed of the paths: those of ``run_projection`` with the same seed.
    ages : sequence of int, optional
        Lower bounds of the ages kept.

    Returns
    -------
    LabourPopulation

    See Also
    --------
    keruen.report.projection_run.run_projection : The projection by single age.

    Examples
    --------
    >>> people = labour_population("KAZ", to=2025)
    >>> people.medium.sizes["age"], people.medium.indexes["year"].tolist()
    (12, [2024, 2025])
    """
    tables = projection_inputs(country)
    ready = prepare_components(tables)
    medium = national_projection(ready, ready.components)
    closed = national_projection(ready, variant(ready.components, "zero_migration"))
    sources = tables.sources
    paths = None
    if trajectories:
        drawn, more = drawn_components(tables, medium, trajectories=trajectories, seed=seed)
        sources = (*sources, *more)
        base, parts = ready.base, ready.components
        years, width = list(range(FIRST, to + 1)), base.sizes["age"]
        shape = (len(years) + 1, base.sizes["country"], 2 * len(ages), trajectories)
        kept = np.empty(shape, dtype=np.float32)
        blocks = [(age + width * sex, width * (sex + 1)) for sex in range(2) for age in ages]
        ends = [*(first for first, _ in blocks[1:]), blocks[-1][1]]
        spans = [
            slice(first, min(end, last)) for (first, last), end in zip(blocks, ends, strict=True)
        ]

        def sink(t: int, c: int, people: NDArray[np.float64]) -> None:
            for row, span in enumerate(spans):
                kept[t, c, row] = people[span].sum(axis=0)

        project_paths(
            base, parts.fertility, parts.mortality, parts.migration, drawn,
            rules=EDITIONS["2024"], years=years, quantiles=(0.5,), sink=sink,
            balance="variance" if country == "all" else None,
        )  # fmt: skip
        paths = _labelled(kept, base, years, ages)
    return LabourPopulation(
        medium=_mid_year(medium.population, to, ages),
        closed=_mid_year(closed.population, to, ages),
        paths=paths,
        sources=sources,
    )


def _mid_year(population: xr.DataArray, to: int, ages: Sequence[int]) -> xr.DataArray:
    january = population.sel(year=slice(None, to + 1))
    return mid_year_population(population_by_age_group(january, lower=ages))


def _labelled(
    kept: NDArray[np.float32], base: xr.DataArray, years: list[int], ages: Sequence[int]
) -> xr.DataArray:
    """Means of neighbouring 1 Januaries, with labels."""
    middle = (kept[:-1] + kept[1:]) / 2
    split = middle.reshape(*middle.shape[:2], 2, len(ages), -1)
    coords = {
        "year": years,
        "country": base.indexes["country"],
        "sex": base.indexes["sex"],
        "age": list(ages),
        "trajectory": np.arange(kept.shape[-1]),
    }
    return stamp(
        xr.DataArray(split, coords=coords, dims=list(coords)),
        name="population", units="persons", kind="count", concept="stock", moment="1 July",
    )  # fmt: skip
