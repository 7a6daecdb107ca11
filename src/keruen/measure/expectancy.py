# SPDX-License-Identifier: Apache-2.0
"""Moves that a person may expect in the rest of life."""

from __future__ import annotations

import numpy as np
import xarray as xr

from keruen.core.arrays import require_dims, same_cells, stamp
from keruen.core.errors import SchemaError
from keruen.measure._checks import Floats, missing_reason, over, refuse_negative

__all__ = ["expected_number_of_moves"]


def expected_number_of_moves(
    rate: xr.DataArray, person_years: xr.DataArray, survivors: xr.DataArray
) -> xr.DataArray:
    """Moves that a person may expect in the rest of life, by age.

    Parameters
    ----------
    rate : DataArray [..., age], moves per person-year
        Migration rate by single year of age; the last age is open.
    person_years : DataArray [..., age], person-years
        ``L`` of a life table: years lived in each age.
    survivors : DataArray [..., age], persons
        ``l`` of the same life table: alive at each birthday.

    Returns
    -------
    DataArray [..., age], moves per person
        Moves still to come at exact age x; missing where nobody survives to x.

    Raises
    ------
    SchemaError
        Ages are not consecutive single years (``AgeGroups``), or a value is negative.
    CoverageError
        Labels of the arrays differ.

    Notes
    -----
    ``sum over a >= x of m(a) L(a) / l(x)``. It takes the rates of one period for a
    lifetime, and mobility for independent of survival and of earlier moves. With
    one-year transitions for rates it counts years with a change of address, which is
    fewer than moves.

    References
    ----------
    Wilber, G. (1963). Rural Sociology 28(1), 73-85 (migration expectancy).
    Long, L. (1988). Migration and Residential Mobility in the United States. Russell Sage.

    Examples
    --------
    >>> ages = {"age": [0, 1, 2]}
    >>> moves = xr.DataArray([0.1, 0.2, 0.5], coords=ages)
    >>> lived = xr.DataArray([0.9, 0.7, 0.4], coords=ages)
    >>> alive = xr.DataArray([1.0, 0.8, 0.6], coords=ages)
    >>> expected_number_of_moves(moves, lived, alive).round(6).values.tolist()
    [0.43, 0.425, 0.333333]
    """
    rate, person_years, survivors = same_cells(
        rate.rename("rate"), person_years.rename("person_years"), survivors.rename("survivors")
    )
    for array in (rate, person_years, survivors):
        require_dims(array, "age")
        refuse_negative(array, name=str(array.name))
    ages = np.asarray(rate.indexes["age"])
    order = np.argsort(ages, kind="stable")
    if (np.diff(ages[order]) != 1).any():
        raise SchemaError(
            "ages are not consecutive single years",
            where=f"rate: {', '.join(map(str, ages[:5]))} ...",
            remedy="give rates by single year of age, the last one open",
            id="AgeGroups",
        )
    arrays = xr.broadcast(*(a.isel(age=order) for a in (rate, person_years, survivors)))
    m, lived, alive = (a.transpose(..., "age") for a in arrays)
    moves = m.copy(
        data=_expected_moves(*(a.to_numpy().astype(np.float64) for a in (m, lived, alive)))
    )
    facts = missing_reason(moves, {"nobody survives to this age": np.asarray(alive == 0)})
    return stamp(
        moves,
        name="expected_number_of_moves",
        units="moves per person",
        kind="index",
        inputs=(rate, person_years, survivors),
        **facts,
    )


def _expected_moves(m: Floats, lived: Floats, alive: Floats) -> Floats:
    """Moves to come at each age: reversed running sum of m L, for each survivor."""
    to_come = np.cumsum((m * lived)[..., ::-1], axis=-1)[..., ::-1]
    return over(to_come, alive)
