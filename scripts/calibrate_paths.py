# SPDX-License-Identifier: Apache-2.0
"""Fit the persistence of net migration of every country: ``python scripts/calibrate_paths.py``.

Projects the areas of World Population Prospects 2024 along paths with seven correlations and
writes, for each, the one whose intervals of population are as wide as those published to 2050:
``src/keruen/sources/path_correlations.csv``. Years after 2050 are not used, so that they can
be judged by. Prints the widths reached. Takes about ten minutes.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import xarray as xr

from keruen import load
from keruen.project.calibration import calibrated_correlation, width_ratio
from keruen.project.intervals import Trajectories, trajectories_from_intervals
from keruen.project.paths import project_paths
from keruen.project.population import EDITIONS, project_population
from keruen.report.projection_components import prepare_components
from keruen.sources.projection_inputs import YEARS, projection_inputs, projection_intervals

OUT = Path(__file__).parents[1] / "src" / "keruen" / "sources" / "path_correlations.csv"
FITTED = (2040, 2045, 2050)
JUDGED = (2075, 2100)
PATHS = 1000


class World:
    """The areas, their components and published intervals, projected on demand."""

    def __init__(self, country: str | list[str] = "all") -> None:
        self.tables = projection_inputs(country)
        ready = prepare_components(self.tables)
        self.base, self.parts = ready.base, ready.components
        self.places = [str(code) for code in self.base.indexes["country"]]
        self.published = projection_intervals(self.places)
        self.stated = load("wpp2024.intervals.population", country=self.places, year=list(YEARS))
        whole = project_population(
            self.base, self.parts.fertility, self.parts.mortality, self.parts.migration,
            rules=EDITIONS["2024"], years=list(YEARS),
        )  # fmt: skip
        self.size = whole.population.sum(["sex", "age"]).sel(year=list(YEARS))

    def total(self, correlation: float | xr.DataArray, *, seed: int = 2024) -> xr.DataArray:
        """Total population along paths, dated to the end of the year."""
        drawn = trajectories_from_intervals(
            tfr=self.published.tfr,
            life_expectancy=self.published.life_expectancy,
            net_migration=self.published.net_migration,
            medium=Trajectories(
                self.tables.tfr,
                self.tables.life_expectancy,
                self.tables.net_migration.sum(["sex", "age"]),
            ),
            population=self.size,
            correlation={"net_migration": correlation},
            trajectories=PATHS,
            seed=seed,
        )
        found = project_paths(
            self.base, self.parts.fertility, self.parts.mortality, self.parts.migration, drawn,
            rules=EDITIONS["2024"], years=list(YEARS), quantiles=(0.5,),
        ).total  # fmt: skip
        return found.isel(year=slice(1, None)).assign_coords(year=list(YEARS))


def report(name: str, ratio: xr.DataArray, large: xr.DataArray) -> None:
    """Widths over the published, countries above a million."""
    print(name)
    for year in (2030, 2050, *JUDGED):
        row = ratio.sel(year=year, country=large).dropna("country")
        low, middle, high = row.quantile([0.1, 0.5, 0.9]).to_numpy()
        error = float(abs(np.log(row)).mean())
        print(f"  {year}: {middle:.2f} ({low:.2f}-{high:.2f}), mean |log| {error:.3f}")


def main() -> int:
    """Fit, write, judge."""
    world = World()
    size = world.base.sum(["sex", "age"])
    large = size.indexes["country"][(size > 1e6).to_numpy()]
    fitted = calibrated_correlation(world.total, world.stated, years=FITTED)
    rows = [f"{place},{fitted.sel(country=place).item():.2f}" for place in world.places]
    OUT.write_text("\n".join(["country,net_migration", *rows]) + "\n", encoding="utf-8")
    for name, correlation in (("one for all, 0.5", 0.5), ("one a country", fitted)):
        report(name, width_ratio(world.total(correlation, seed=7), world.stated), large)
    return 0


if __name__ == "__main__":
    sys.exit(main())
