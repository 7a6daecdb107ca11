# SPDX-License-Identifier: Apache-2.0
"""Asylum: how many applications are recognised, and whether the queue adds up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import xarray as xr

from keruen.core.accounts import account_gap
from keruen.core.arrays import Kind, same_cells, stamp
from keruen.measure._checks import Floats, missing_reason, refuse_negative
from keruen.measure._tables import table_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Recognition", "asylum_queue_gap", "recognition_rate"]

_Z: Final = 1.959963984540054  # 95 % of a normal distribution lie within


@dataclass(frozen=True)
class Recognition:
    """Decisions on asylum and the share of them that protect, with its interval.

    Parameters
    ----------
    rate : DataArray [...], percent
        Convention refugees and complementary protection over decisions on the merits.
    lower, upper : DataArray [...], percent
        95 % interval of the rate if these decisions were a sample of like cases.
    convention_rate : DataArray [...], percent
        Convention refugees alone over decisions on the merits.
    decided : DataArray [...], persons or cases
        Decisions on the merits: recognised, complementary, rejected.
    closed_share : DataArray [...], percent
        Cases closed without a decision on the merits, over all decisions and closures;
        missing where closures were not given.
    """

    rate: xr.DataArray
    lower: xr.DataArray
    upper: xr.DataArray
    convention_rate: xr.DataArray
    decided: xr.DataArray
    closed_share: xr.DataArray

    def to_table(self) -> pd.DataFrame:
        """Tidy table: one row a year or other cell, one column a figure."""
        return table_of(self)


def recognition_rate(
    recognised: xr.DataArray,
    complementary: xr.DataArray,
    rejected: xr.DataArray,
    *,
    otherwise_closed: xr.DataArray | None = None,
) -> Recognition:
    """Share of decisions on asylum that give protection.

    Parameters
    ----------
    recognised : DataArray [...], persons or cases
        Recognised as refugees under the Convention.
    complementary : DataArray [...], persons or cases
        Given another form of protection.
    rejected : DataArray [...], persons or cases
        Rejected on the merits.
    otherwise_closed : DataArray [...], persons or cases, optional
        Withdrawn, abandoned, sent to another country: reported, not in the rate.

    Returns
    -------
    Recognition
        Rates with intervals; missing where nothing was decided on the merits.

    Raises
    ------
    SchemaError
        A count is negative (``NegativeInput``).
    CoverageError
        The arrays do not hold the same cells.

    Notes
    -----
    ``100 (C + S) / (C + S + R)``, the total protection rate of UNHCR. The interval is
    Wilson's: it says how far chance moves a share of so few decisions, and is too narrow
    where whole families get one answer. Persons and cases must not be added.

    References
    ----------
    UNHCR, Global Trends: Forced Displacement, yearly; annex on methods.
    Wilson, E. B. (1927). Journal of the American Statistical Association 22, 209-212.

    Examples
    --------
    >>> year = {"year": [2025]}
    >>> counts = (xr.DataArray([n], coords=year) for n in (67.0, 0.0, 168.0))
    >>> found = recognition_rate(*counts)
    >>> [round(part.item(), 1) for part in (found.rate, found.lower, found.upper)]
    [28.5, 23.1, 34.6]
    """
    given = [
        recognised.rename("recognised"),
        complementary.rename("complementary"),
        rejected.rename("rejected"),
    ]
    if otherwise_closed is not None:
        given.append(otherwise_closed.rename("otherwise_closed"))
    for array in given:
        refuse_negative(array, name=str(array.name))
    counts = same_cells(*given)
    convention, other, refused, *closed = counts
    protected, decided = convention + other, convention + other + refused
    units = str(recognised.attrs.get("units", "persons"))
    lower, upper = _wilson(protected.to_numpy(), decided.to_numpy())
    gone = closed[0] if closed else xr.full_like(decided, np.nan, dtype=float)
    none = {"nothing was decided": np.asarray(decided == 0)}

    def percent(values: xr.DataArray, name: str, why: dict[str, object]) -> xr.DataArray:
        kind: Kind = "share"
        return stamp(values, name=name, units="percent", kind=kind, inputs=counts, **why)

    known = decided.where(decided > 0)
    why = missing_reason(decided, none)
    both = gone + decided
    return Recognition(
        rate=percent(100 * protected / known, "recognition_rate", why),
        lower=percent(decided.copy(data=100 * lower), "lower", why),
        upper=percent(decided.copy(data=100 * upper), "upper", why),
        convention_rate=percent(100 * convention / known, "convention_rate", why),
        decided=stamp(decided, name="decided", units=units, kind="count", inputs=counts),
        closed_share=percent(100 * gone / both.where(both > 0), "closed_share", {}),
    )


def _wilson(part: Floats, whole: Floats) -> tuple[Floats, Floats]:
    """Bounds of a share of so many; missing where there are none."""
    n = np.where(whole > 0, whole, np.nan)
    share = part / n
    middle = (share + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
    half = _Z * np.sqrt(share * (1 - share) / n + _Z**2 / (4 * n**2)) / (1 + _Z**2 / n)
    # At 0 and at 1 the bound is exact; rounding must not carry it past.
    return (
        np.where(share == 0, 0.0, middle - half),
        np.where(share == 1, 1.0, middle + half),
    )


def asylum_queue_gap(
    pending_start: xr.DataArray,
    pending_end: xr.DataArray,
    *,
    applications: xr.DataArray,
    closed: xr.DataArray,
) -> xr.DataArray:
    """What the queue of asylum applications holds beyond those that came and were closed.

    Parameters
    ----------
    pending_start, pending_end : DataArray [...], persons
        Applications without a decision at the start and the end of the year.
    applications : DataArray [...], persons
        Applications made in the year, of all kinds.
    closed : DataArray [...], persons
        Decisions and closures of the year.

    Returns
    -------
    DataArray [...], persons
        0 where the queue adds up; above 0 where it holds more than it should.

    Raises
    ------
    SchemaError
        A count is negative (``NegativeInput``).
    CoverageError
        The arrays do not hold the same cells.

    See Also
    --------
    keruen.core.accounts.account_gap : The account behind it.

    Notes
    -----
    ``gap = pending_end - (pending_start + applications - closed)``. Gaps are common in
    published tables: deaths and departures without notice, cases counted as persons,
    corrections of the year before.

    Examples
    --------
    >>> year = {"year": [2025]}
    >>> start, end, came, went = (xr.DataArray([n], coords=year) for n in (319, 163, 83, 210))
    >>> asylum_queue_gap(start, end, applications=came, closed=went).item()
    -29.0
    """
    named = {
        "pending_start": pending_start,
        "pending_end": pending_end,
        "applications": applications,
        "closed": closed,
    }
    for name, array in named.items():
        refuse_negative(array, name=name)
    return account_gap(
        pending_start.rename("pending_start"),
        pending_end.rename("pending_end"),
        entries={"applications": applications},
        exits={"closed": closed},
    )
