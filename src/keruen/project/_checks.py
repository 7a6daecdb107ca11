# SPDX-License-Identifier: Apache-2.0
"""Checks of the inputs of a projection: every message says what, where and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np
import xarray as xr

from keruen.core.arrays import require_dims
from keruen.core.errors import (
    CoverageError,
    SchemaError,
    UnitsError,
    WorkbenchError,
    raise_faults,
)

if TYPE_CHECKING:
    from keruen.project.rules import Rules

_SHARE_TOLERANCE: Final = 1e-12


def check_rates(mx: xr.DataArray, *, name: str = "mx") -> None:
    """Refuse death rates that are missing, infinite or negative, naming the first.

    Parameters
    ----------
    mx : DataArray [..., age], per person-year
        Death rates.
    name : str, optional
        Name of the argument, for the message.

    Raises
    ------
    CoverageError
        A rate is missing (``MissingPeriod``).
    SchemaError
        A rate is negative or infinite (``NegativeInput``).
    """
    require_dims(mx, "age", name=name)
    m = mx.to_numpy()
    missing = np.isnan(m)
    if missing.any():
        raise CoverageError(
            f"{int(missing.sum())} death rates are missing",
            where=f"{name} at {first_cell(mx, missing)}",
            remedy="fill them or leave out the years that lack them",
            id="MissingPeriod",
        )
    wrong = (m < 0) | ~np.isfinite(m)
    if wrong.any():
        raise SchemaError(
            f"{int(wrong.sum())} death rates are negative or infinite",
            where=f"{name} at {first_cell(mx, wrong)}",
            remedy="death rates are 0 or more, per person-year",
            id="NegativeInput",
        )


def first_cell(array: xr.DataArray, mask: np.ndarray) -> str:
    """Coordinates of the first cell of a mask, for a message.

    Parameters
    ----------
    array : DataArray [any]
        The labelled array.
    mask : ndarray of bool
        Cells in question, shaped as the array.

    Returns
    -------
    str
        ``dim=label`` of every dimension.
    """
    place = np.unravel_index(int(np.argmax(mask)), mask.shape)
    labels = zip(array.dims, place, strict=True)
    return ", ".join(
        f"{dim}={array.indexes[dim][i] if dim in array.indexes else i}" for dim, i in labels
    )


def check_years(years: Sequence[int], rules: Rules) -> list[int]:
    """Years as a list with the interval of the rules between them."""
    steps = [int(year) for year in years]
    if not steps or any(b - a != rules.interval for a, b in pairwise(steps)):
        raise CoverageError(
            f"years do not follow each other by {rules.interval}",
            where=f"years = {steps[:5]}",
            remedy=f"give range(first, last + 1, {rules.interval})",
            id="MissingPeriod",
        )
    return steps


def check_dims(named: dict[str, xr.DataArray]) -> None:
    """Dimensions every input must have; sex and age may stand nowhere else."""
    need = {
        "base": ("sex", "age"),
        "fertility": ("year", "age"),
        "sex_ratio": ("year",),
        "mortality": ("year", "sex", "age"),
        "migration": ("year", "sex", "age"),
    }
    for name, array in named.items():
        require_dims(array, *need[name], name=name)
        extra = {"sex", "age"} & set(array.dims) - set(need[name])
        if extra:
            raise SchemaError(
                f"dimension '{extra.pop()}' has no place here",
                where=name,
                remedy=f"give '{name}' with {', '.join(need[name])} and the cells to project",
                id="ShapeMismatch",
            )


def check_values(named: dict[str, xr.DataArray], rules: Rules, steps: list[int]) -> None:
    """Missing, negative and impossible values, dates and units: all faults at once."""
    faults: list[WorkbenchError] = []
    ranges = {"base": (0.0, np.inf), "fertility": (0.0, np.inf), "mortality": (0.0, 1.0)}
    ranges |= {"sex_ratio": (0.0, np.inf), "migration": (-np.inf, np.inf)}
    for name, array in named.items():
        faults.extend(_value_faults(array, name, *ranges[name]))
    faults.extend(_age_faults(named, rules))
    faults.extend(_unit_faults(named, rules, steps))
    raise_faults(faults, where="inputs of the projection")


def _value_faults(array: xr.DataArray, name: str, low: float, high: float) -> list[WorkbenchError]:
    values = array.to_numpy()
    smallest, largest = float(values.min()), float(values.max())
    if np.isnan(smallest):
        return [
            CoverageError(
                f"values of '{name}' are missing",
                where=first_cell(array, np.isnan(values)),
                remedy="fill them or leave the cells out",
                id="MissingPeriod",
            )
        ]
    if smallest < low or largest > high + _SHARE_TOLERANCE or np.isinf([smallest, largest]).any():
        wrong = (values < low) | (values > high + _SHARE_TOLERANCE) | np.isinf(values)
        return [
            SchemaError(
                f"{int(wrong.sum())} values of '{name}' lie outside {low:g} to {high:g}",
                where=f"first: {first_cell(array, wrong)}",
                remedy="correct them",
                id="NegativeInput",
            )
        ]
    return []


def _age_faults(named: dict[str, xr.DataArray], rules: Rules) -> list[WorkbenchError]:
    ages = named["base"].indexes["age"]
    faults: list[WorkbenchError] = []
    if len(ages) < 2 or ages[0] != 0 or (np.diff(ages) != rules.interval).any():
        faults.append(
            SchemaError(
                f"ages are not groups of {rules.interval} years from 0 with an open last group",
                where=f"base has {', '.join(str(age) for age in ages[:4])} ...",
                remedy="regroup the ages, or set the interval of the rules",
                id="ShapeMismatch",
            )
        )
    fertile = named["fertility"].indexes["fertile age"]
    place = ages.get_indexer(fertile)
    if (place < 0).any() or (np.diff(place) != 1).any():
        faults.append(
            SchemaError(
                "ages of fertility are not a run of the ages of the base",
                where=f"fertility has {fertile[0]} to {fertile[-1]}",
                remedy="give fertility for consecutive age groups of the population",
                id="ShapeMismatch",
            )
        )
        return faults
    rates = named["fertility"].transpose(..., "fertile age").to_numpy()
    ends = [i for i, p in enumerate(place) if p in (0, len(ages) - 1)]
    if ends and rates[..., ends].any():
        faults.append(
            SchemaError(
                "fertility of the first or of the open age group is not zero",
                where=f"fertile age {fertile[ends[0]]}",
                remedy="leave these ages out",
                id="ShapeMismatch",
            )
        )
    return faults


def _unit_faults(
    named: dict[str, xr.DataArray], rules: Rules, steps: list[int]
) -> list[WorkbenchError]:
    base = named["base"]
    faults: list[WorkbenchError] = []
    units = base.attrs.get("units", "persons")
    if units != "persons":
        faults.append(
            UnitsError(
                f"the population is in '{units}'",
                where="base",
                remedy="multiply by 1,000 yourself and set units to 'persons'",
                id="UnitMismatch",
            )
        )
    faults.extend(_scale_faults(named))
    moment = base.attrs.get("moment", rules.moment)
    if moment != rules.moment:
        faults.append(
            UnitsError(
                f"the population is of {moment}, the rules speak of {rules.moment}",
                where="base",
                remedy="bring both to one date, for example with january_population",
                id="UnitMismatch",
            )
        )
    year = base.attrs.get("year", steps[0])
    if int(year) != steps[0]:
        faults.append(
            CoverageError(
                f"the population is of {int(year)}, the first step starts in {steps[0]}",
                where="base",
                remedy="start the years where the population stands",
                id="MissingPeriod",
            )
        )
    return faults


def _scale_faults(named: dict[str, xr.DataArray]) -> list[WorkbenchError]:
    """Counts of migrants that exceed the population they meet: thousands against persons."""
    net = named.get("migration")
    if net is None or net.attrs.get("kind") == "rate":
        return []
    people = float(named["base"].sum())
    first = net.isel(year=0)
    copies = named["base"].size / max(first.size, 1)
    flow = float(abs(first.to_numpy()).sum()) * max(copies, 1)
    if people <= 0 or not flow > people:
        return []
    return [
        UnitsError(
            f"more net migrants ({flow:,.0f}) than people ({people:,.0f}) in the first step",
            where="base and migration",
            remedy="one of them is in thousands: give both in persons",
            id="UnitMismatch",
        )
    ]
