# SPDX-License-Identifier: Apache-2.0
"""What a multiregional projection keeps, and its labels."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from keruen.core.arrays import stamp
from keruen.core.tables import to_table
from keruen.project import _regions
from keruen.project._inputs import Prepared
from keruen.project._kernel import Changes
from keruen.project._regions import Floats

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class RegionalProjection:
    """Projected populations of regions and what moved them.

    Parameters
    ----------
    population : DataArray [..., year, region, sex, age], persons
        Population at the start of each year and at the end of the last.
    births : DataArray [..., year, region], persons
        Births by mother's region; by sex of child and age of mother where detail is kept.
    deaths : DataArray [..., year, region], persons
        Deaths, and emigrants where survivorship counts them, by region at the start; by sex
        and age at the end where detail is kept.
    migration : DataArray [..., year, region], persons
        Net international migrants, by sex and age where detail is kept.
    moves : DataArray [..., year, origin, destination], persons
        People who changed region and live at the end, by sex and age where detail is kept.
    agreement : DataArray [..., year, region], persons
        Added to make regions agree with the nation; zero where nothing was asked.
    adjustments : DataFrame
        Cells of migration that a rule changed.
    """

    population: xr.DataArray
    births: xr.DataArray
    deaths: xr.DataArray
    migration: xr.DataArray
    moves: xr.DataArray
    agreement: xr.DataArray
    adjustments: pd.DataFrame

    def to_table(self) -> pd.DataFrame:
        """Tidy table of the population, one row a cell.

        Returns
        -------
        DataFrame
            The dimensions, then ``population``.
        """
        return to_table(self.population)


@dataclass(frozen=True)
class Outputs:
    """Plain results: year first, then (2, A, K, R), or (K, R) where ages are summed."""

    population: Floats
    births: Floats
    deaths: Floats
    migration: Floats
    moves: Floats
    given: Floats
    by_age: bool
    changes: Changes = field(default_factory=Changes)

    @classmethod
    def room(cls, shape: tuple[int, ...], years: int, fertile: slice, *, by_age: bool) -> Outputs:
        """Empty arrays for a run."""
        S, _, K, R = shape
        cell = shape if by_age else (K, R)
        born = (S, fertile.stop - fertile.start, K, R) if by_age else (K, R)
        return cls(
            population=np.empty((years + 1, *shape)),
            births=np.empty((years, *born)),
            deaths=np.empty((years, *cell)),
            migration=np.empty((years, *cell)),
            moves=np.empty((years, *cell, R)),
            given=np.empty((years, *cell)),
            by_age=by_age,
        )

    def keep(
        self, t: int, births: Floats, source: Floats, T: Floats, added: tuple[Floats, Floats]
    ) -> None:
        """Store the flows of one step; ``added`` migrants and the adjustment to agree."""
        deaths = source * (1 - T.sum(axis=-1))[:, :, None]
        parts = [births, deaths, *added]
        if not self.by_age:
            parts = [part.sum(axis=(0, 1)) for part in parts]
        moves = _regions.moves_by_age if self.by_age else _regions.moves_total
        self.moves[t] = moves(source, T)
        self.births[t], self.deaths[t], self.migration[t], self.given[t] = parts


def labelled(ready: Prepared, outputs: Outputs, mode: str) -> RegionalProjection:
    """The run with its labels."""
    cells = [dim for dim in ready.coords if dim not in ("region", "sex", "age")]
    sizes = [len(ready.coords[dim]) for dim in cells]
    steps = np.asarray(ready.years)
    ends = np.append(steps, steps[-1] + ready.rules.interval)
    own = {dim: ready.coords[dim] for dim in cells}
    region = np.asarray(ready.coords["region"])
    places = {"region": region}
    pairs = {"origin": region, "destination": region}
    ages = {"sex": ready.coords["sex"], "age": ready.coords["age"]}
    mothers = {**ages, "age": ready.coords["age"][ready.fertile]}
    facts = {"rules": ready.rules.digest, "interval_years": ready.rules.interval, "agreement": mode}

    def label(values: Floats, name: str, years: np.ndarray, *, detail: dict, where: dict, **more):  # type: ignore[no-untyped-def, type-arg]  # noqa: ANN003, ANN202
        K = len(values.shape) - 1 - len(where)
        shape = (*values.shape[:K], *sizes, *values.shape[K + 1 :])
        coords = {"year": years, **detail, **own, **where}
        array = xr.DataArray(values.reshape(shape), coords=coords, dims=list(coords))
        return stamp(
            array, name=name, units="persons", kind="count", inputs=ready.inputs, **facts, **more
        )

    kept = ages if outputs.by_age else {}
    born = mothers if outputs.by_age else {}
    stock = {"concept": "stock", "moment": ready.rules.moment}
    return RegionalProjection(
        population=label(
            outputs.population, "population", ends, detail=ages, where=places, **stock
        ),
        births=label(outputs.births, "births", steps, detail=born, where=places),
        deaths=label(outputs.deaths, "deaths", steps, detail=kept, where=places, by="cohort"),
        migration=label(outputs.migration, "migration", steps, detail=kept, where=places),
        moves=label(outputs.moves, "moves", steps, detail=kept, where=pairs, concept="transitions"),
        agreement=label(outputs.given, "agreement", steps, detail=kept, where=places),
        adjustments=_changed(ready, outputs, cells),
    )


def _changed(ready: Prepared, outputs: Outputs, cells: list[str]) -> pd.DataFrame:
    import pandas as pd

    changes = outputs.changes
    columns = ["year", *cells, "region", "sex", "age", "before", "after", "reason"]
    sizes = [len(ready.coords[dim]) for dim in cells]
    parts = []
    for t, where, before, after, why in zip(
        changes.year, changes.cells, changes.before, changes.after, changes.reason, strict=True
    ):
        sex, age, path, region = where
        places = np.unravel_index(path, sizes) if cells else ()
        own = {d: ready.coords[d][place] for d, place in zip(cells, places, strict=True)}
        named = {d: ready.coords[d][i] for d, i in (("region", region), ("sex", sex), ("age", age))}
        values = {"before": before, "after": after, "reason": why}
        parts.append(pd.DataFrame({"year": ready.years[t], **own, **named, **values}))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)
