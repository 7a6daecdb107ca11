# SPDX-License-Identifier: Apache-2.0
"""What goes into a projection besides arrays, and what comes out of it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import xarray as xr

from keruen.core.arrays import stamp
from keruen.core.dims import canonical_order
from keruen.core.tables import to_table
from keruen.project._kernel import Changes, Floats

if TYPE_CHECKING:
    import pandas as pd

    from keruen.project._inputs import Prepared


@dataclass(frozen=True)
class Fertility:
    """Fertility of a projection.

    Parameters
    ----------
    rate : DataArray [..., year, age], births per woman-year
        Age-specific fertility over the fertile ages; ages left out have none.
    sex_ratio : DataArray [..., year], boys per girl
        Sex ratio at birth.
    """

    rate: xr.DataArray
    sex_ratio: xr.DataArray


@dataclass(frozen=True)
class Projection:
    """A projected population and the components that made it.

    Parameters
    ----------
    population : DataArray [..., year, sex, age], persons
        Population at the start of each year and at the end of the last.
    births : DataArray [..., year, sex, age], persons
        Births by sex of child and age of mother.
    deaths : DataArray [..., year, sex, age], persons
        Deaths by age at death; by age at the end of the step where ``by`` says cohort.
    migration : DataArray [..., year, sex, age], persons
        Net migrants after any adjustment.
    adjustments : DataFrame
        Every cell that a rule changed: key, before, after, reason.
    """

    population: xr.DataArray
    births: xr.DataArray
    deaths: xr.DataArray
    migration: xr.DataArray
    adjustments: pd.DataFrame

    def to_dataset(self) -> xr.Dataset:
        """The four quantities in one dataset; ages of mothers are named ``mother_age``.

        Returns
        -------
        Dataset
            Years differ by one: the population also has the end of the last year.
        """
        births = self.births.rename(age="mother_age")
        rest = {f.name: getattr(self, f.name) for f in fields(self)[:-1] if f.name != "births"}
        return xr.merge(
            [xr.Dataset({name: array}) for name, array in rest.items()]
            + [xr.Dataset({"births": births})],
            join="outer",
            compat="no_conflicts",
        )

    def to_table(self) -> pd.DataFrame:
        """Tidy table of the population, one row a cell.

        Returns
        -------
        DataFrame
            The dimensions, then ``population``.
        """
        return to_table(self.population)


class Outputs(NamedTuple):
    """Plain results of a run, with the year where canonical order wants it."""

    population: Floats
    births: Floats
    deaths: Floats
    migration: Floats
    changes: Changes


def labelled(ready: Prepared, outputs: Outputs) -> Projection:
    """The projection with its labels, units and conventions.

    Parameters
    ----------
    ready : Prepared
        Inputs of the run.
    outputs : Outputs
        What the year loop yielded.

    Returns
    -------
    Projection
    """
    population, births, deaths, migration, changes = outputs
    steps = np.asarray(ready.years)
    ends = np.append(steps, steps[-1] + ready.rules.interval)
    dims = [str(dim) for dim in canonical_order([*ready.coords, "year"])]

    def label(values: Floats, name: str, years: np.ndarray, **facts: object) -> xr.DataArray:
        coords = {**ready.coords, "year": years}
        if name == "births":
            coords["age"] = ready.coords["age"][ready.fertile]
        array = xr.DataArray(values, coords=coords, dims=dims)
        return stamp(
            array, name=name, units="persons", kind="count", inputs=ready.inputs,
            interval_years=ready.rules.interval, rules=ready.rules.digest, **facts,
        )  # fmt: skip

    by = "cohort" if ready.lower is None else "age"
    moment = ready.rules.moment
    return Projection(
        population=label(population, "population", ends, concept="stock", moment=moment),
        births=label(births, "births", steps, moment="year from " + moment),
        deaths=label(deaths, "deaths", steps, moment="year from " + moment, by=by),
        migration=label(migration, "migration", steps, moment="year from " + moment),
        adjustments=adjustments_table(ready, changes),
    )


def adjustments_table(ready: Prepared, changes: Changes) -> pd.DataFrame:
    """Table of the cells of migration that a rule changed.

    Parameters
    ----------
    ready : Prepared
        Inputs of the run, for the labels.
    changes : Changes
        What the kernel noted.

    Returns
    -------
    DataFrame
        The key, ``before``, ``after`` and ``reason``.
    """
    import pandas as pd

    columns = ["year", *ready.coords, "before", "after", "reason"]
    parts = [
        pd.DataFrame(
            {
                "year": ready.years[t],
                **{
                    dim: labels[place]
                    for (dim, labels), place in zip(ready.coords.items(), cells, strict=True)
                },
                "before": before,
                "after": after,
                "reason": why,
            }
        )
        for t, cells, before, after, why in zip(
            changes.year, changes.cells, changes.before, changes.after, changes.reason, strict=True
        )
    ]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def mid_year_population(population: xr.DataArray) -> xr.DataArray:
    """Population in the middle of each year: the mean of two neighbouring 1 January values.

    Parameters
    ----------
    population : DataArray [..., year, ...], persons
        Population at the start of consecutive years.

    Returns
    -------
    DataArray [..., year, ...], persons
        One year fewer; the label is the year whose middle is meant.

    Examples
    --------
    >>> people = xr.DataArray([100.0, 102.0, 106.0], coords={"year": [2024, 2025, 2026]})
    >>> mid_year_population(people).values.tolist()
    [101.0, 104.0]
    """
    first = population.isel(year=slice(None, -1))
    second = population.isel(year=slice(1, None)).to_numpy()
    middle = first.copy(data=(first.to_numpy() + second) / 2)
    return stamp(
        middle, name="population", units="persons", kind="count", inputs=(population,),
        concept="stock", moment="1 July",
    )  # fmt: skip
