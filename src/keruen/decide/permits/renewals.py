# SPDX-License-Identifier: Apache-2.0
"""Permits paid for month by month: how long people go on paying."""

from __future__ import annotations

from typing import Final

import numpy as np
import xarray as xr

from keruen.core.arrays import require_dims, same_cells, stamp
from keruen.core.errors import AccountError, SchemaError, raise_faults
from keruen.decide._policy_numbers import POSITIVE, SHARE, numbers_of

PAID: Final = "paid_month"
"""Dimension of months paid for: 1 is the first."""


def renewal_hazard(ended: xr.DataArray, at_risk: xr.DataArray) -> xr.DataArray:
    """Chance of not paying again after each month paid for.

    Parameters
    ----------
    ended : DataArray [paid_month, ...], persons
        People who paid for this month and did not pay for the next.
    at_risk : DataArray [paid_month, ...], persons
        People who paid for this month and were seen when the next was due.

    Returns
    -------
    DataArray [paid_month, ...], probability
        Missing where nobody was at risk.

    Raises
    ------
    AccountError
        More ended than were at risk (``CoherenceError``).
    SchemaError
        A number is missing or negative (``InputError``).
    CoverageError
        Months differ.

    See Also
    --------
    renewal_survival : Who still pays.

    Notes
    -----
    ``h(k) = d(k) / n(k)``: people whose permit still runs at the end of the table are at risk
    only until then, and are not taken for people who stopped.

    Examples
    --------
    >>> months = {"paid_month": [1, 2]}
    >>> renewal_hazard(xr.DataArray([20, 10], months), xr.DataArray([100, 50], months)).values
    array([0.2, 0.2])
    """
    require_dims(ended, PAID, name="ended")
    given = {"ended": ended, "at_risk": at_risk}
    found, faults = numbers_of(given, dict.fromkeys(given, POSITIVE))
    raise_faults(faults, where="renewals")
    stopped, people = same_cells(found["ended"], found["at_risk"])
    if bool((stopped > people).any()):
        raise AccountError(
            "more people stopped paying than were paying",
            where="ended against at_risk",
            remedy="count both for the same month paid for",
            id="CoherenceError",
        )
    return stamp(
        stopped / people.where(people > 0), name="hazard", units="share", kind="probability"
    )


def renewal_survival(hazard: xr.DataArray) -> xr.DataArray:
    """Share of people that pay for each month.

    Parameters
    ----------
    hazard : DataArray [paid_month, ...], probability
        Chance of not paying again after each month, from the first on.

    Returns
    -------
    DataArray [paid_month, ...], share
        1 for the first month.

    Raises
    ------
    SchemaError
        A chance is missing or outside 0 to 1 (``InputError``), or months are not 1, 2, 3 ...
        (``MonthsMissing``).

    See Also
    --------
    mean_paid_months : Their sum.

    Notes
    -----
    ``S(1) = 1``, ``S(k + 1) = S(k) (1 - h(k))``. One missed month ends a patent.

    Examples
    --------
    >>> renewal_survival(xr.DataArray([0.2, 0.5, 0.0], coords={"paid_month": [1, 2, 3]})).values
    array([1. , 0.8, 0.4])
    """
    require_dims(hazard, PAID, name="hazard")
    months = hazard[PAID].to_numpy()
    if list(months) != list(range(1, len(months) + 1)):
        raise SchemaError(
            "months paid for are not 1, 2, 3 and so on",
            where=PAID,
            remedy="give every month from the first",
            id="MonthsMissing",
        )
    found, faults = numbers_of({"hazard": hazard}, {"hazard": SHARE})
    raise_faults(faults)
    kept = (1 - found["hazard"]).transpose(PAID, ...)
    product = np.cumprod(kept.to_numpy(), axis=0)
    survival = np.concatenate([np.ones_like(product[:1]), product[:-1]])
    return stamp(kept.copy(data=survival), name="survival", units="share", kind="share")


def mean_paid_months(survival: xr.DataArray) -> xr.DataArray:
    """Months that a permit is paid for on average.

    Parameters
    ----------
    survival : DataArray [paid_month, ...], share
        Share that pays for each month.

    Returns
    -------
    DataArray [...], months
        Within the months given: the longest permit allowed, or the mean is too low.

    Raises
    ------
    SchemaError
        There is no dimension ``paid_month``.

    See Also
    --------
    renewal_survival : Makes the shares.

    Notes
    -----
    ``sum_k S(k)``.

    Examples
    --------
    >>> survival = xr.DataArray([1.0, 0.8, 0.4], coords={"paid_month": [1, 2, 3]})
    >>> round(mean_paid_months(survival).item(), 6)
    2.2
    """
    require_dims(survival, PAID, name="survival")
    return stamp(survival.sum(PAID), name="paid_months", units="months", kind="index")
