# SPDX-License-Identifier: Apache-2.0
"""Labels for the results of a projection along many paths."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import xarray as xr

from keruen.core.arrays import stamp
from keruen.project._inputs import Prepared
from keruen.project._kernel import Floats
from keruen.project._pathrun import Run
from keruen.project.projection import Projection

if TYPE_CHECKING:
    import pandas as pd

    from keruen.project.intervals import Trajectories

_NAMES: Final = {"tfr": "total fertility", "net_migration": "net migration"}


@dataclass(frozen=True)
class PathProjection(Projection):
    """Paths of a population, or their quantiles by age, and totals path by path.

    ``population`` has the dimension ``trajectory`` or ``quantile``; ``births``, ``deaths``
    and ``migration`` are totals of each path over sex and age, and so is ``total``.
    ``adjustments`` tells for each year and cell what rules changed in all paths together:
    in how many ``groups`` (of sex, age and path; paths, where a component was cut), by how
    many ``persons``, and why.

    Parameters
    ----------
    total : DataArray [trajectory, year, ...], persons
        Total population of each path.
    """

    total: xr.DataArray


def cell_dims(ready: Prepared) -> list[str]:
    """Dimensions of the cells of a run: those before sex and age."""
    return [dim for dim in ready.coords if dim not in ("sex", "age")]


def labelled(
    run: Run, ready: Prepared, quantiles: Sequence[float] | None, drawn: Trajectories
) -> PathProjection:
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
        adjustments=_adjustments(run, ready, drawn),
        total=label(run.total, "population", ends, **stock),
    )


def _adjustments(run: Run, ready: Prepared, drawn: Trajectories) -> pd.DataFrame:
    """What rules changed in all paths: year, cell, how many values, persons, reason."""
    import pandas as pd

    cells = cell_dims(ready)
    shape = [len(ready.coords[dim]) for dim in cells]
    # sorted: threads note in any order, and sums must be equal to the last bit
    held = pd.DataFrame(sorted(run.limited), columns=["reason", "t", "c", "groups", "persons"])
    held["reason"] = held["reason"].map(_reasons(run.max_out))
    found = pd.concat([held, _cut(run, ready, drawn)])
    found = found.groupby(["t", "c", "reason"], as_index=False).sum()
    place = np.unravel_index(found["c"].to_numpy(dtype=int), shape) if cells else ()
    labels = {dim: ready.coords[dim].take(i) for dim, i in zip(cells, place, strict=True)}
    years = np.asarray(ready.years)[found["t"].to_numpy(dtype=int)]
    return pd.DataFrame({"year": years, **labels, **found[["groups", "persons", "reason"]]})


def _reasons(max_out: float) -> dict[str, str]:
    return {
        "outflow": f"more than {max_out:.0%} would leave",
        "balance": "held at the limit of outflow while the world was balanced",
    }


def _cut(run: Run, ready: Prepared, drawn: Trajectories) -> pd.DataFrame:
    """Components of paths that were cut, with the migrants or births that it cost or gave."""
    import pandas as pd

    table = drawn.adjustments
    if table is None or table.empty:
        return pd.DataFrame(columns=["reason", "t", "c", "groups", "persons"])
    t = pd.Index(ready.years).get_indexer(pd.Index(table["year"]))
    k = drawn.tfr.indexes["trajectory"].get_indexer(pd.Index(table["trajectory"]))
    known, c = (t >= 0) & (k >= 0), np.zeros(len(table), dtype=int)
    for dim in cell_dims(ready):
        place = ready.coords[dim].get_indexer(pd.Index(table[dim]))
        known &= place >= 0
        c = c * len(ready.coords[dim]) + place
    t, c, k, table = t[known], c[known], k[known], table[known]
    before, after = table["before"].to_numpy(), table["after"].to_numpy()
    moved = np.abs(after - before) * run.total[t, c, k]
    born = np.abs(1 - before / np.where(after == 0, 1.0, after)) * run.births[t, c, k]
    persons = np.where(table["component"] == "tfr", born, moved)
    reason = table["component"].map(_NAMES) + " " + table["reason"]
    return pd.DataFrame({"reason": reason, "t": t, "c": c, "groups": 1, "persons": persons})
