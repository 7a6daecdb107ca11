# SPDX-License-Identifier: Apache-2.0
"""Checks of employment by occupation: counts, shares that add to one, years that line up."""

from __future__ import annotations

from typing import Final

import numpy as np
import xarray as xr

from keruen.core.arrays import few, require_dims
from keruen.core.errors import (
    AccountError,
    CoverageError,
    SchemaError,
    WorkbenchError,
    raise_faults,
)

_TOLERANCE: Final = 1e-6
_SHOWN: Final = 3


def check_counts(**given: xr.DataArray) -> None:
    """Refuse counts that are missing, infinite or negative, all arrays at once.

    Parameters
    ----------
    **given : DataArray [any], persons
        Counts by the name of their argument.

    Raises
    ------
    SchemaError
        A count is negative (``NegativeInput``) or missing (``MissingCell``).
    """
    faults: list[WorkbenchError] = []
    for name, array in given.items():
        require_dims(array, name=name)
        values = np.asarray(array.to_numpy(), dtype=float)
        for bad, text, remedy, id_ in (
            (
                ~np.isfinite(values),
                "missing",
                "give every cell, 0 where there is none",
                "MissingCell",
            ),
            (values < 0, "negative", "counts of people are 0 or more", "NegativeInput"),
        ):
            if bad.any():
                faults.append(
                    SchemaError(
                        f"{int(bad.sum())} counts are {text}",
                        where=f"{name} at {cells(array.copy(data=bad))}",
                        remedy=remedy,
                        id=id_,
                    )
                )
    raise_faults(faults, where="employment")


def check_rates(**given: xr.DataArray) -> None:
    """Refuse rates and probabilities outside 0 to 1, all arrays at once.

    Parameters
    ----------
    **given : DataArray [any], share
        Rates by the name of their argument.

    Raises
    ------
    SchemaError
        A rate is missing or outside 0 to 1 (``OutOfRange``).
    """
    faults: list[WorkbenchError] = []
    for name, array in given.items():
        require_dims(array, name=name)
        values = np.asarray(array.to_numpy(), dtype=float)
        bad = ~((values >= 0) & (values <= 1))
        if bad.any():
            faults.append(
                SchemaError(
                    f"{int(bad.sum())} rates are not between 0 and 1",
                    where=f"{name} at {cells(array.copy(data=bad))}",
                    remedy="give shares, not percent; 0.05 stands for 5 percent",
                    id="OutOfRange",
                )
            )
    raise_faults(faults, where="rates")


def check_shares(shares: xr.DataArray, over: str, *, name: str) -> None:
    """Refuse shares that are negative, or do not add to one, saying to what they add.

    Parameters
    ----------
    shares : DataArray [any], share
        The shares.
    over : str
        Dimension that they divide.
    name : str
        Name of the argument.

    Raises
    ------
    AccountError
        Shares do not add to 1 within 1e-6 (``NotShares``).
    SchemaError
        A share is missing or negative.
    """
    check_counts(**{name: shares})
    sums = shares.sum(over)
    bad = abs(sums - 1.0) > _TOLERANCE
    if bool(bad.any()):
        off = sums.to_numpy()[bad.to_numpy()].ravel()
        told = [
            f"{place} add to {float(value):.6g}"
            for place, value in zip(places(bad), off, strict=True)
        ]
        raise AccountError(
            f"shares do not add to 1 over '{over}' in {int(bad.sum())} of {bad.size} cases",
            where=f"{name}: {few(told[:_SHOWN])}",
            remedy="give all parts of each whole, or divide them by their sum yourself",
            id="NotShares",
        )


def check_years(one: xr.DataArray, other: xr.DataArray, *, names: tuple[str, str]) -> None:
    """Refuse two arrays whose years do not line up, naming those that one lacks.

    Parameters
    ----------
    one, other : DataArray [year, ...]
        The arrays.
    names : tuple of str
        Names of the arguments.

    Raises
    ------
    CoverageError
        A year stands in one only (``YearsDiffer``).
    """
    left, right = (array.indexes["year"] for array in (one, other))
    lacks = [
        f"'{name}' lacks {few(years)}"
        for name, years in ((names[1], left.difference(right)), (names[0], right.difference(left)))
        if len(years)
    ]
    if lacks:
        raise CoverageError(
            f"the years of '{names[0]}' and '{names[1]}' do not line up",
            where="; ".join(lacks),
            remedy="give both for the same years, or select the years they share",
            id="YearsDiffer",
        )


def places(marked: xr.DataArray) -> list[str]:
    """Coordinates of the marked cells, as messages write them.

    Parameters
    ----------
    marked : DataArray of bool
        The cells.

    Returns
    -------
    list of str
    """
    where = np.argwhere(np.asarray(marked.to_numpy()))
    return [
        ", ".join(
            f"{dim}={marked.indexes[str(dim)][at]}"
            for dim, at in zip(marked.dims, row, strict=True)
        )
        for row in where
    ]


def cells(marked: xr.DataArray) -> str:
    """The first marked cells, and how many more there are.

    Parameters
    ----------
    marked : DataArray of bool
        The cells.

    Returns
    -------
    str
    """
    found = places(marked)
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return "; ".join(found[:_SHOWN]) + more
