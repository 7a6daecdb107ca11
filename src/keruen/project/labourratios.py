# SPDX-License-Identifier: Apache-2.0
"""Who carries whom: dependency by age, by work and by what work yields; entrants and leavers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import xarray as xr

from keruen.core.arrays import require_dims, same_cells, stamp
from keruen.core.errors import AccountError
from keruen.core.tables import to_table
from keruen.measure.age_structure import dependency_ratios, population_by_age_group
from keruen.project._skillchecks import check_counts, check_years

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class LabourRatios:
    """Ratios of people who do not work to those who do, and of entrants to leavers.

    Parameters
    ----------
    old, young, total : DataArray [...], per 100 of working age
        Dependency by age.
    labour : DataArray [...], persons per person in the labour force
        People outside the labour force, of any age, for each person in it.
    weighted : DataArray [...] or None, persons per unit of work
        The same, workers counted by what their work yields.
    entrants : DataArray [...], per leaver
        People of 20-24 for each of 60-64.
    limits : str
        Ages taken to be working ages.

    See Also
    --------
    labour_ratios : Computes them.
    """

    old: xr.DataArray
    young: xr.DataArray
    total: xr.DataArray
    labour: xr.DataArray
    weighted: xr.DataArray | None
    entrants: xr.DataArray
    limits: str

    def parts(self) -> dict[str, xr.DataArray]:
        """The ratios that are there, by name."""
        every = {
            "old": self.old, "young": self.young, "total": self.total, "labour": self.labour,
            "weighted": self.weighted, "entrants": self.entrants,
        }  # fmt: skip
        return {name: part for name, part in every.items() if part is not None}

    def to_table(self) -> pd.DataFrame:
        """Tidy table, one column a ratio.

        Returns
        -------
        DataFrame
            Keys, the ratios, and the ages of working age.
        """
        parts = self.parts()
        table = to_table(self.labour.rename("labour"))
        for name, part in parts.items():
            whole = part.transpose(*self.labour.dims).rename(name)
            table[name] = to_table(whole)[name].to_numpy()
        return table.assign(working_age=self.limits)


def labour_ratios(
    population: xr.DataArray,
    force: xr.DataArray,
    *,
    working: tuple[int, int] = (15, 64),
    weights: xr.DataArray | None = None,
) -> LabourRatios:
    """Dependency by age, by work, and by the yield of work; replacement of the labour force.

    Parameters
    ----------
    population : DataArray [..., sex, age], persons
        Population from birth, by ages that begin at 15, 20, 25, 60 and 65.
    force : DataArray [..., sex, age], persons
        Labour force of the same years and places, perhaps also by ``education``.
    working : (int, int), optional
        First and last working age.
    weights : DataArray [education] or [..., education], optional
        Relative wage or output of each level of education; scaled to a mean of 1 in the
        first year.

    Returns
    -------
    LabourRatios

    Raises
    ------
    AccountError
        The labour force is larger than the population.
    CoverageError
        Years or places differ.
    SchemaError
        A count is negative, or an age limit cuts through a group (``AgeGroups``).

    See Also
    --------
    keruen.measure.age_structure.dependency_ratios : The ratios by age alone.

    Notes
    -----
    ``labour = (P - LF) / LF``; ``weighted = (P - LF) / sum(LF w)``. Ratios of paths are
    computed path by path: quantiles do not divide.

    References
    ----------
    Marois, G., Belanger, A., Lutz, W. (2020). PNAS 117(14), 7690-7695.

    Examples
    --------
    >>> ages = {"sex": ["F"], "age": [0, 15, 20, 25, 60, 65]}
    >>> people = xr.DataArray([[20.0, 5, 6, 40, 8, 21]], ages)
    >>> force = xr.DataArray([[45.0, 5.0]], {"sex": ["F"], "age": [15, 65]})
    >>> found = labour_ratios(people, force)
    >>> found.labour.item(), found.entrants.item(), round(found.old.item(), 2), found.limits
    (1.0, 0.75, 35.59, '15-64')
    """
    require_dims(force, "sex", "age", name="force")
    check_counts(population=population, force=force)
    if "year" in population.dims and "year" in force.dims:
        check_years(population, force, names=("population", "force"))
    ages = dependency_ratios(population, working=working)
    summed = [dim for dim in ("sex", "age", "education") if dim in force.dims]
    workers = force.sum(summed)
    people = population.sum(["sex", "age"])
    people, workers = same_cells(people.rename("population"), workers.rename("force"))
    idle = people - workers
    if bool((idle < -1e-6 * people).any()):
        raise AccountError(
            "the labour force is larger than the population",
            where=f"by {float(-idle.min()):,.0f} persons at worst",
            remedy="check that both are of the same places, years and units",
        )
    steps = population_by_age_group(population, lower=[20, 25, 60, 65]).sum("sex")
    entrants = steps.sel(age=20, drop=True) / steps.sel(age=60, drop=True)
    return LabourRatios(
        old=ages.old,
        young=ages.young,
        total=ages.total,
        labour=_ratio(idle / workers, "labour_dependency_ratio", "per worker", population),
        weighted=None if weights is None else _weighted(force, idle, weights),
        entrants=_ratio(entrants, "labour_replacement", "per leaver", population),
        limits=f"{working[0]}-{working[1]}",
    )


def _ratio(values: xr.DataArray, name: str, units: str, source: xr.DataArray) -> xr.DataArray:
    return stamp(values, name=name, units=units, kind="index", inputs=(source,))


def _weighted(force: xr.DataArray, idle: xr.DataArray, weights: xr.DataArray) -> xr.DataArray:
    work = productive_labour_force(force, weights)
    return _ratio(idle / work, "weighted_dependency_ratio", "per unit of work", force)


def productive_labour_force(
    employed: xr.DataArray,
    weights: xr.DataArray,
    *,
    integration: xr.DataArray | None = None,
) -> xr.DataArray:
    """Workers counted by what their work yields.

    Parameters
    ----------
    employed : DataArray [..., education], persons
        Employed people, or the labour force.
    weights : DataArray [education] or [..., education]
        Relative wage or output; scaled so that the first year has a mean of 1.
    integration : DataArray [...], share, optional
        What of it people reach who came from elsewhere, by the dimension that tells them
        (``status`` or ``birthplace``); 1 when not given.

    Returns
    -------
    DataArray [..., year], units of work
        Summed over sex, age, education and the dimension of ``integration``.

    Raises
    ------
    CoverageError
        Levels of education differ between the two.
    SchemaError
        A weight is negative.

    Notes
    -----
    ``sum E w i``, with ``w`` divided by the mean weight of the first year.

    Examples
    --------
    >>> people = xr.DataArray([[60.0, 40.0], [40.0, 60.0]],
    ...     {"year": [2025, 2035], "education": ["3", "6"]})
    >>> wage = xr.DataArray([1.0, 2.0], {"education": ["3", "6"]})
    >>> productive_labour_force(people, wage).round(2).values.tolist()
    [100.0, 114.29]
    """
    require_dims(employed, "education", name="employed")
    check_counts(employed=employed, weights=weights)
    people, scale = same_cells(employed.rename("employed"), weights.rename("weights"))
    summed: list[str] = [dim for dim in ("sex", "age", "education") if dim in people.dims]
    if integration is not None:
        check_counts(integration=integration)
        people, integration = same_cells(people, integration.rename("integration"))
        summed += [str(dim) for dim in integration.dims if dim not in (*summed, "year")]
    first = people.isel(year=0, drop=True) if "year" in people.dims else people
    base = scale.isel(year=0, drop=True) if "year" in scale.dims else scale
    where = [dim for dim in summed if dim in first.dims]
    mean = (first * base).sum(where) / first.sum(where)
    work = people * scale / mean * (1 if integration is None else integration)
    return stamp(
        work.sum(summed), name="productive_labour_force", units="units of work", kind="count",
        inputs=(employed, weights),
    )  # fmt: skip
