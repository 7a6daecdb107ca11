# SPDX-License-Identifier: Apache-2.0
"""Labels for the results of a projection along many paths."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from keruen.core.arrays import stamp
from keruen.project._inputs import Prepared
from keruen.project._kernel import Floats
from keruen.project._pathrun import Run
from keruen.project.projection import Projection

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class PathProjection(Projection):
    """Paths of a population, or their quantiles by age, and totals path by path.

    ``population`` has the dimension ``trajectory`` or ``quantile``; ``births``, ``deaths``
    and ``migration`` are totals of each path over sex and age, and so is ``total``.

    Parameters
    ----------
    total : DataArray [trajectory, year, ...], persons
        Total population of each path.
    """

    total: xr.DataArray


def cell_dims(ready: Prepared) -> list[str]:
    """Dimensions of the cells of a run: those before sex and age."""
    return [dim for dim in ready.coords if dim not in ("sex", "age")]


def labelled(run: Run, ready: Prepared, quantiles: Sequence[float] | None) -> PathProjection:
    """The run with its labels: quantities of every path, the population as asked."""
    cells, rules = cell_dims(ready), ready.rules
    sizes = [len(ready.coords[dim]) for dim in cells]
    steps = np.asarray(ready.years)
    ends = np.append(steps, steps[-1] + 1)
    own = {dim: ready.coords[dim] for dim in cells}
    K = run.tfr.shape[0]
    facts = {"rules": rules.digest, "interval_years": rules.interval}

    def label(values: Floats, name: str, years: np.ndarray, **more: object) -> xr.DataArray:
        array = xr.DataArray(
            values.reshape(len(years), *sizes, K),
            coords={"year": years, **own, "trajectory": np.arange(K)},
            dims=["year", *cells, "trajectory"],
        )
        return stamp(
            array, name=name, units="persons", kind="count", inputs=ready.inputs, **facts, **more
        )

    last = "trajectory" if quantiles is None else "quantile"
    labels = np.arange(K) if quantiles is None else np.asarray(quantiles)
    by_age = {"sex": ready.coords["sex"], "age": ready.coords["age"]}
    population = xr.DataArray(
        run.population.reshape(len(ends), *sizes, *ready.base.shape[-2:], len(labels)),
        coords={"year": ends, **own, **by_age, last: labels},
        dims=["year", *cells, "sex", "age", last],
    )
    stock = {"concept": "stock", "moment": rules.moment}
    return PathProjection(
        population=stamp(
            population,
            name="population",
            units="persons",
            kind="count" if quantiles is None else "index",
            inputs=ready.inputs,
            **facts,
            **stock,
        ),
        births=label(run.births, "births", steps),
        deaths=label(run.deaths, "deaths", steps),
        migration=label(run.migration, "migration", steps),
        adjustments=_limited(run, ready),
        total=label(run.total, "population", ends, **stock),
    )


def _limited(run: Run, ready: Prepared) -> pd.DataFrame:
    """Where outflow was limited: year, cell, groups of paths limited, persons kept."""
    import pandas as pd

    cells = cell_dims(ready)
    shape = [len(ready.coords[dim]) for dim in cells]
    found: dict[tuple[int, int], tuple[int, float]] = {}
    for t, c, groups, persons in sorted(run.limited):
        before = found.get((t, c), (0, 0.0))
        found[t, c] = (before[0] + groups, before[1] + persons)
    rows = []
    for (t, c), (groups, persons) in found.items():
        place = np.unravel_index(c, shape) if cells else ()
        labels = {d: ready.coords[d][int(i)] for d, i in zip(cells, place, strict=True)}
        rows.append(
            {"year": ready.years[t], **labels, "groups": groups, "persons": persons}
            | {"reason": f"more than {run.max_out:.0%} would leave"}
        )
    return pd.DataFrame(rows, columns=["year", *cells, "groups", "persons", "reason"])
