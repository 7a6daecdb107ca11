# SPDX-License-Identifier: Apache-2.0
"""Migration of children born within the interval, from the migration of women."""

from __future__ import annotations

import numpy as np
import xarray as xr

from keruen.core.arrays import same_cells, stamp
from keruen.core.errors import SchemaError
from keruen.measure import _survival as kernel
from keruen.measure._checks import place_dim, refuse_negative, shared_terms
from keruen.measure._od import od_table

__all__ = ["child_transitions"]


def child_transitions(
    flows: xr.DataArray, population: xr.DataArray, *, interval_years: int = 5
) -> xr.DataArray:
    """Moves of children born within the interval, from the moves of women.

    Parameters
    ----------
    flows : DataArray [origin, destination, sex, age, ...], persons
        Transitions by age at the end.
    population : DataArray [region, sex, age, ...], persons
        Population at the end, children included, in the same age groups.
    interval_years : int, optional
        Years between the dates.

    Returns
    -------
    DataArray [origin, destination, sex, age, ...], persons
        Children by age at the end, for the groups born in the interval; the diagonal is 0.

    Raises
    ------
    SchemaError
        There are no women (``sex`` F), or ages do not fit (``AgeGroups``).
    CoverageError
        Labels differ, or a flow is missing.

    See Also
    --------
    keruen.measure.survival.net_migration_by_survival : The same rule for nets.

    Notes
    -----
    ``(a + b) / 2n * C / W * m_ij``: for children of ages a to b the moves of women 15 + a
    to 44 + a, times children per woman at the destination, times the mean share of the
    interval that the children were alive.

    References
    ----------
    United Nations (1970). Methods of Measuring Internal Migration, Manual VI, chapter II.

    Examples
    --------
    >>> ages = [0, *range(5, 50, 5)]
    >>> moved = xr.DataArray(
    ...     np.zeros((2, 2, 1, 10)),
    ...     coords={"origin": ["A", "B"], "destination": ["A", "B"], "sex": ["F"], "age": ages},
    ... )
    >>> moved.loc["A", "B", "F", 20] = 60.0
    >>> people = xr.DataArray(
    ...     np.full((2, 1, 10), 100.0),
    ...     coords={"region": ["A", "B"], "sex": ["F"], "age": ages},
    ... )
    >>> child_transitions(moved, people).sel(origin="A", destination="B", age=0).item()
    5.0
    """
    place = place_dim(population, name="population")
    table = od_table(flows, diagonal="stayers")
    moved, people = same_cells(
        table.source.copy(data=table.cells),
        population.rename({place: "destination"}),
        exclude=["age"],
    )
    refuse_negative(people, name="population")
    women, women_moved = _women_of(people), _women_of(moved)
    ages = np.sort(np.asarray(people.indexes["age"]))
    parts = []
    for age, share, mothers in kernel.child_groups(ages, interval_years):
        groups = list(ages[mothers])
        child: xr.DataArray = xr.apply_ufunc(
            kernel.from_mothers,
            people.sel(age=age, drop=True),
            women.sel(age=groups).sum("age", skipna=False),
            women_moved.sel(age=groups).sum("age"),
            kwargs={"share": share},
        )
        parts.append(child.expand_dims(age=[age]))
    return stamp(
        xr.concat(parts, dim="age"),
        name="flows",
        units="persons",
        kind="count",
        inputs=(flows, population),
        **(shared_terms(flows) | {"interval_years": interval_years}),
    )


def with_children(net: xr.DataArray, end: xr.DataArray, years: int) -> xr.DataArray:
    """Net by age with the groups born in the interval before it.

    Parameters
    ----------
    net : DataArray [sex, age, ...], persons
        Net migration of those alive at the start.
    end : DataArray [sex, age, ...], persons
        Population at the end.
    years : int
        Length of the interval.

    Returns
    -------
    DataArray [sex, age, ...], persons
    """
    women = _women_of(end)
    ages = np.asarray(women.sortby("age").indexes["age"])
    parts = []
    for age, share, mothers in kernel.child_groups(ages, years):
        if age in net.indexes["age"]:
            raise SchemaError(
                "children are given both as births and by the child-woman ratio",
                where=f"age {age}",
                remedy='leave the births out, or say children="none"',
            )
        groups = list(ages[mothers])
        child: xr.DataArray = xr.apply_ufunc(
            kernel.from_mothers,
            end.sel(age=[age]).transpose(..., "age"),
            women.sel(age=groups).sum("age", skipna=False).expand_dims(age=[age], axis=-1),
            net.sel(sex="F", age=groups, drop=True)
            .sum("age", skipna=False)
            .expand_dims(age=[age], axis=-1),
            kwargs={"share": share},
        )
        parts.append(child)
    return xr.concat([*parts, net], dim="age")


def _women_of(population: xr.DataArray) -> xr.DataArray:
    """Women of a population split by sex."""
    if "sex" not in population.dims or "F" not in population.indexes["sex"]:
        raise SchemaError(
            "children by the child-woman ratio need women",
            where=f"{population.name or 'population'} has {', '.join(map(str, population.dims))}",
            remedy="give the populations by sex, women under the label F",
        )
    return population.sel(sex="F", drop=True)
