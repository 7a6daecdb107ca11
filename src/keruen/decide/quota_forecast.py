# SPDX-License-Identifier: Apache-2.0
"""When a quota will be used up, with an interval that says how little is known."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import numpy as np
import xarray as xr

from keruen.core.arrays import require_dims, stamp
from keruen.core.errors import SchemaError, WorkbenchError, raise_faults

if TYPE_CHECKING:
    import pandas as pd

    from keruen.decide.ledger import QuotaLedger

_PROBS: Final = (0.1, 0.5, 0.9)
_GONE: Final = ("refused", "withdrawn")
"""Applications that ask for nothing any more."""
_LINE: Final = ("received", "eligible", "waiting", "appealing")
"""States of cases that are still to be decided upon."""
_FEWEST: Final = 2
_SHORTEST: Final = 7
"""Days of requests that make a rate: places of a whole year may be awarded in one minute."""


def days_until_exhausted(
    free: int,
    requests: xr.DataArray,
    *,
    days: float,
    probs: Sequence[float] = _PROBS,
    known: bool = False,
) -> xr.DataArray:
    """Days until requests like those seen will have used up what is free.

    Parameters
    ----------
    free : int
        Units that may still be awarded.
    requests : DataArray [case], units
        Units that each request of the time observed asked for; 1 or more.
    days : float
        Days over which they came.
    probs : sequence of float, optional
        Probabilities that the quota is used up by the day given; the middle is the expectation.
    known : bool, optional
        Take the rate and sizes for known, and leave out the error of having estimated them
        from so many requests.

    Returns
    -------
    DataArray [quantile], days
        Infinite where so few requests cannot rule out that the quota lasts for ever.

    Raises
    ------
    SchemaError
        Fewer than two requests (``TooFewRequests``), units below 1, days that are not
        positive, or a probability outside 0 to 1.

    See Also
    --------
    exhaustion_forecast : For every quota of a ledger.

    Notes
    -----
    Requests come as a Poisson process of rate ``lambda`` with units ``S``: over ``T`` days they
    ask for ``lambda T E[S]`` on average with variance ``lambda T E[S^2]``. Rate and sizes are
    estimated from ``D`` days, which adds ``T^2 lambda E[S^2] / D``. The day of probability
    ``p`` solves ``free - lambda T E[S] = z sqrt(lambda E[S^2] (T + T^2 / D))`` with ``z`` the
    normal quantile of ``1 - p``. At ``p = 1/2`` it is ``free / (lambda E[S])``.

    References
    ----------
    Ross, S. M. (2014). Introduction to Probability Models, 11th edition. Academic Press,
    section 5.4.2 (compound Poisson process).

    Examples
    --------
    >>> families = xr.DataArray([2, 4, 6, 4], {"case": list("abcd")}, "case")
    >>> days_until_exhausted(100, families, days=8).round(1).values.tolist()
    [28.3, 50.0, 164.5]
    """
    from scipy.special import ndtri

    require_dims(requests, "case", name="requests")
    units = requests.to_numpy().astype(float)
    levels = np.asarray(probs, dtype=float)
    _check(units, days, levels)
    mean, square = units.sum() / days, (units**2).sum() / days
    doubt = 0.0 if known else 1 / days
    found = _crossing(float(max(free, 0)), mean, square, doubt, ndtri(1 - levels))
    array = xr.DataArray(found, coords={"quantile": levels}, dims="quantile")
    return stamp(array, name="days_until_exhausted", units="days", kind="index")


def _check(units: np.ndarray, days: float, levels: np.ndarray) -> None:
    faults: list[WorkbenchError] = []
    if len(units) < _FEWEST:
        faults.append(
            SchemaError(
                f"{len(units)} requests do not make a rate",
                where="requests",
                remedy="look back further, or wait",
                id="TooFewRequests",
            )
        )
    if not (np.isfinite(units).all() and (units >= 1).all()):
        faults.append(SchemaError("a request asks for less than one unit", where="requests"))
    if not (np.isfinite(days) and days > 0):
        faults.append(SchemaError(f"{days} days", where="days", remedy="give more than 0"))
    if not ((levels > 0) & (levels < 1)).all():
        faults.append(SchemaError("a probability is not between 0 and 1", where="probs"))
    raise_faults(faults)


def _crossing(
    free: float, mean: float, square: float, doubt: float, scores: np.ndarray
) -> np.ndarray:
    """Roots of ``(free - mean T)^2 = z^2 square (T + doubt T^2)``: the early one where demand
    is high (z > 0), the late one where it is low."""
    spread = scores**2 * square
    lead = mean**2 - spread * doubt
    middle = 2 * free * mean + spread
    root = np.sqrt(np.maximum(middle**2 - 4 * lead * free**2, 0.0))
    early = 2 * free**2 / (middle + root) if free else np.zeros_like(scores)
    with np.errstate(divide="ignore", invalid="ignore"):
        late = np.where(lead > 0, (middle + root) / (2 * lead), np.inf)
    late = late if free else np.zeros_like(scores)
    return np.where(scores >= 0, early, late)


def exhaustion_forecast(
    ledger: QuotaLedger,
    *,
    on: datetime,
    window_days: int = 90,
    probs: tuple[float, float, float] = _PROBS,
) -> pd.DataFrame:
    """When each quota of a ledger will be used up if requests go on as they came.

    Parameters
    ----------
    ledger : QuotaLedger
        The ledger.
    on : datetime
        Day of the forecast, with its time zone.
    window_days : int, optional
        Days looked back upon for the rate and size of requests, or since the quota was set.
    probs : tuple of three floats, optional
        Probabilities of the early, middle and late day.

    Returns
    -------
    DataFrame
        Columns quota, free, asked, unclaimed (units), requests (of the window), per_day
        (units), early, middle, late (days of the calendar), forecast: ``dated``, ``used up``
        (those in line ask for all that is free), ``too few requests``, ``too early`` (requests
        of less than a week; per_day is missing) or ``closed``.

    Raises
    ------
    SchemaError
        The day has no time zone (``NoTimeZone``), or the window is not positive.

    See Also
    --------
    days_until_exhausted : The calculation.

    Notes
    -----
    Cases in line have first claim: what they ask for is taken off before the forecast.
    Applications refused or withdrawn are left out of the rate. A late day that is missing
    means that so few requests cannot rule out that the quota lasts. Nothing is known here of
    seasons or of the end of the year.
    """
    import pandas as pd

    if on.tzinfo is None:
        raise SchemaError("the day has no time zone", where="on", id="NoTimeZone")
    if window_days < 1:
        raise SchemaError("the window has no days", where="window_days", remedy="1 or more")
    cases = ledger.cases()
    rows = []
    for name in ledger.quotas():
        quota = ledger.quota(name)
        own = cases[(cases["quota"] == name) & (cases["received"] <= on)]
        opened = min([quota.since, *own["received"]])
        days = min((on - opened) / timedelta(days=1), window_days)
        recent = own["received"] >= on - timedelta(days=window_days)
        units = own.loc[recent & ~own["state"].isin(_GONE), "requested"]
        asked = int(own.loc[own["state"].isin(_LINE), "requested"].sum())
        left = max(quota.free - asked, 0)
        per_day = units.sum() / days if days >= _SHORTEST else float("nan")
        told = (name, quota.free, asked, left, len(units), per_day)
        rows.append((*told, *_dated(left, units, on, days, probs, closed=quota.closed)))
    names = ["quota", "free", "asked", "unclaimed", "requests", "per_day"]
    frame = pd.DataFrame(rows, columns=[*names, "early", "middle", "late", "forecast"])
    for name in ("early", "middle", "late"):
        frame[name] = pd.to_datetime(frame[name])
    return frame


def _dated(
    left: int,
    units: pd.Series[int],
    on: datetime,
    days: float,
    probs: Sequence[float],
    *,
    closed: bool,
) -> tuple[object, ...]:
    """Early, middle and late day, and what kind of forecast this is."""
    if closed:
        return None, None, None, "closed"
    if left == 0:
        return None, None, None, "used up"
    if len(units) < _FEWEST:
        return None, None, None, "too few requests"
    if days < _SHORTEST:
        return None, None, None, "too early"
    requests = xr.DataArray(units.to_numpy(), {"case": units.index}, "case")
    found = days_until_exhausted(left, requests, days=days, probs=probs)
    ends = [_day(on, float(count)) for count in found.to_numpy()]
    return *ends, "dated"


def _day(on: datetime, count: float) -> object:
    limit = 366 * 50  # a date so far off says no more than none
    return (on + timedelta(days=count)).date() if count < limit else None
