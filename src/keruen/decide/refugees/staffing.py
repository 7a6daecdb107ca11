# SPDX-License-Identifier: Apache-2.0
"""How many officers clear a backlog in time, and how many are enough afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import xarray as xr

from keruen.core.arrays import same_cells, stamp
from keruen.core.errors import SchemaError

_ROUNDING: Final = 1e-12


@dataclass(frozen=True)
class Staffing:
    """Officers that clear a backlog in time, and that are enough afterwards.

    Parameters
    ----------
    clearing : DataArray [...], whole officers
        While the backlog is worked off.
    lasting : DataArray [...], whole officers
        When it is gone: new applications only.

    See Also
    --------
    officers_to_clear : Makes it.
    """

    clearing: xr.DataArray
    lasting: xr.DataArray


def officers_to_clear(
    applications: xr.DataArray | float,
    backlog: xr.DataArray | float,
    *,
    months: float,
    rate: xr.DataArray | float,
) -> Staffing:
    """Officers that clear a backlog in so many months, and that are enough afterwards.

    Parameters
    ----------
    applications : float or DataArray [...], persons per month
        New applications, with appeals where the same officers decide them.
    backlog : float or DataArray [...], persons
        Cases waiting.
    months : float
        Time to clear them in, above 0.
    rate : float or DataArray [...], decisions per officer and month
        Above 0.

    Returns
    -------
    Staffing
        Rounded up to whole officers; inputs with ``trajectory`` give a distribution.

    Raises
    ------
    SchemaError
        Months or a rate are not above 0, or a count is negative or missing.
    CoverageError
        Labels differ.

    See Also
    --------
    run_caseload : The queue month by month.

    Notes
    -----
    ``n = (A + B / T) / rate``, afterwards ``A / rate``.

    Examples
    --------
    >>> found = officers_to_clear(150, 1200, months=12, rate=10)
    >>> found.clearing.item(), found.lasting.item()
    (25, 15)
    """
    given = {"applications": applications, "backlog": backlog, "rate": rate}
    coming, waiting, speed = same_cells(*(xr.DataArray(v, name=n) for n, v in given.items()))
    low = min(float(coming.min()), float(waiting.min()))
    if not (low >= 0 and months > 0 and bool((speed > 0).all())):
        raise SchemaError(
            "applications, backlog, months or rate cannot be used",
            where="officers_to_clear",
            remedy="give counts of 0 or more, and months and a rate above 0",
            id="NegativeInput",
        )
    parts = {"clearing": (coming + waiting / months) / speed, "lasting": coming / speed}
    made = {
        name: stamp(_up(part), name=name, units="officers", kind="count")
        for name, part in parts.items()
    }
    return Staffing(**made)


def _up(part: xr.DataArray) -> xr.DataArray:
    """Rounded up, but not by an error of rounding alone."""
    whole = np.ceil(part.to_numpy() * (1 - _ROUNDING))
    return part.copy(data=whole.astype(np.int64))
