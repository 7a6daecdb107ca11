# SPDX-License-Identifier: Apache-2.0
"""How many of those eligible apply, through a window whose fee may change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Final

import numpy as np
import xarray as xr

from keruen.core.arrays import stamp
from keruen.core.errors import ScenarioError, SchemaError, WorkbenchError, raise_faults
from keruen.decide._policy_numbers import ANY, POSITIVE, SHARE, Number, numbers_of

PART: Final = "window_part"
"""Dimension of the parts of a window under one fee: the first day of each."""
_MONTH_DAYS: Final = 365.25 / 12


@dataclass(frozen=True)
class TakeUp:
    """Coefficients of the chance that an eligible person applies.

    Parameters
    ----------
    base : float or DataArray
        On the scale of log odds, where all else is zero.
    gain : float or DataArray
        Of the net gain a month, relative to the wage.
    employer : float or DataArray
        Where an employer is needed; negative where that keeps people away.
    fee : float or DataArray
        Of the fee, in months of wage; negative.
    window : float or DataArray
        Of a month that the window is open.

    See Also
    --------
    take_up : The chance.

    Notes
    -----
    No published study gives these numbers together: they are assumptions of whoever gives
    them, and a stated range of the chance itself is as good.
    """

    base: Number
    gain: Number = 0.0
    employer: Number = 0.0
    fee: Number = 0.0
    window: Number = 0.0


@dataclass(frozen=True)
class Fee:
    """A fee and the day from which it is asked.

    Parameters
    ----------
    start : date
        First day.
    amount : float or DataArray, money
        What an applicant who is approved pays.
    """

    start: date
    amount: Number


def take_up(
    behaviour: TakeUp,
    *,
    net_gain: Number,
    wage: Number,
    fee: Number,
    window_months: Number,
    employer_needed: bool = False,
) -> xr.DataArray:
    """Share of those eligible that apply while the window is open.

    Parameters
    ----------
    behaviour : TakeUp
        Coefficients.
    net_gain : float or DataArray, money a month
        What legal status adds to net income.
    wage : float or DataArray, money a month
        Wage before; above 0.
    fee : float or DataArray, money
        Fee.
    window_months : float or DataArray, months
        How long the window is open.
    employer_needed : bool, optional
        Whether an employer must sign.

    Returns
    -------
    DataArray [as given], share

    Raises
    ------
    SchemaError
        A number is missing, or a wage or fee is negative (``InputError``).

    See Also
    --------
    applicants : Whole persons, by part of the window.

    Notes
    -----
    ``take_up = logistic(b0 + b1 net_gain / wage + b2 employer_needed + b3 fee / wage +
    b4 window_months)``.

    Examples
    --------
    >>> even = TakeUp(base=0.0, fee=-0.5)
    >>> take_up(even, net_gain=0, wage=1000, fee=2000, window_months=6).round(3).item()
    0.269
    """
    given = {"net_gain": net_gain, "wage": wage, "fee": fee, "window_months": window_months}
    limits = {"net_gain": ANY, "wage": (1e-12, np.inf), "fee": POSITIVE, "window_months": POSITIVE}
    b, wrong = numbers_of(asdict(behaviour), {})
    found, faults = numbers_of(given, limits)
    raise_faults([*faults, *wrong], where="take-up")
    score = b["base"] + b["gain"] * found["net_gain"] / found["wage"]
    score = score + b["employer"] * float(employer_needed)
    score = score + b["fee"] * found["fee"] / found["wage"]
    score = score + b["window"] * found["window_months"]
    return stamp(_logistic(score), name="take_up", units="share", kind="share")


def _logistic(score: xr.DataArray) -> xr.DataArray:
    from scipy.special import expit

    return score.copy(data=np.asarray(expit(score.to_numpy())))


def window_parts(opens: date, closes: date, fees: Sequence[Fee]) -> list[tuple[Fee, float]]:
    """The parts of a window under one fee each, with the months that each lasts.

    Parameters
    ----------
    opens, closes : date
        First day, and first day on which nobody can apply any more.
    fees : sequence of Fee
        Fees by their first days; the first must hold when the window opens.

    Returns
    -------
    list of (Fee, float)
        Parts in order of time, with months; the first starts when the window opens.

    Raises
    ------
    SchemaError
        The window closes before it opens, or two fees start on one day (``InputError``).
    ScenarioError
        No fee holds when the window opens (``RuleError``).

    See Also
    --------
    applicants : Applies the fee of each part.

    Examples
    --------
    >>> fees = [Fee(date(2027, 1, 1), 0.0), Fee(date(2027, 4, 1), 50.0)]
    >>> parts = window_parts(date(2027, 1, 1), date(2027, 7, 1), fees)
    >>> [(fee.amount, round(months, 1)) for fee, months in parts]
    [(0.0, 3.0), (50.0, 3.0)]
    """
    ordered = sorted(fees, key=lambda one: one.start)
    days = [one.start for one in ordered]
    faults: list[WorkbenchError] = []
    if not closes > opens:
        faults.append(
            SchemaError(
                f"the window opens on {opens} and closes on {closes}", where="window",
                remedy="give a closing day after the opening day", id="InputError",
            )
        )  # fmt: skip
    if len(set(days)) < len(days):
        faults.append(
            SchemaError(
                "two fees start on one day", where="fee", remedy="keep one", id="InputError"
            )
        )
    if not days or days[0] > opens:
        faults.append(
            ScenarioError(
                f"no fee is stated for {opens}, when the window opens", where="fee",
                remedy="state it from that day or before; 0 where nothing is paid", id="RuleError",
            )
        )  # fmt: skip
    raise_faults(faults, where="the window")
    held = [one for one in ordered if one.start <= opens][-1:]
    held += [one for one in ordered if opens < one.start < closes]
    starts = [opens, *(one.start for one in held[1:])]
    ends = [*starts[1:], closes]
    return [
        (Fee(start, one.amount), (end - start).days / _MONTH_DAYS)
        for one, start, end in zip(held, starts, ends, strict=True)
    ]


def take_up_by_part(
    behaviour: TakeUp | Number,
    parts: Sequence[tuple[Fee, float]],
    *,
    net_gain: Number = 0.0,
    wage: Number = 1.0,
    employer_needed: bool = False,
) -> xr.DataArray:
    """Share of all eligible that apply in each part of a window.

    Parameters
    ----------
    behaviour : TakeUp, float or DataArray
        Coefficients; or the share itself as stated for the whole window.
    parts : sequence of (Fee, float)
        Parts of the window with their months, of :func:`window_parts`.
    net_gain : float or DataArray, money a month
        As in :func:`take_up`.
    wage : float or DataArray, money a month
        As in :func:`take_up`.
    employer_needed : bool, optional
        As in :func:`take_up`.

    Returns
    -------
    DataArray [window_part, ...], share

    Raises
    ------
    SchemaError
        A stated share is below 0 or above 1 (``InputError``).

    See Also
    --------
    take_up : The share under one fee.

    Notes
    -----
    Let ``T(f, t)`` be the share that has applied after ``t`` months under the fee ``f``. Who
    has not applied when the fee changes to ``g`` at ``s`` applies by the end ``t`` with
    probability ``(T(g, t) - T(g, s)) / (1 - T(g, s))``: with one fee throughout this is
    ``T(f, t)``. Nobody hurries because a rise is announced. A stated share is spread over
    the parts by their months.

    Examples
    --------
    >>> parts = window_parts(date(2027, 1, 1), date(2027, 7, 1), [Fee(date(2027, 1, 1), 0.0),
    ...     Fee(date(2027, 4, 1), 900.0)])
    >>> shares = take_up_by_part(TakeUp(base=-1.0, fee=-1.0, window=0.2), parts, wage=1000)
    >>> shares.values.round(3).tolist()
    [0.399, 0.089]
    """
    days = [fee.start.isoformat() for fee, _ in parts]
    if not isinstance(behaviour, TakeUp):
        found, faults = numbers_of({"take_up": behaviour}, {"take_up": SHARE})
        raise_faults(faults)
        months = np.array([length for _, length in parts])
        spread = xr.DataArray(months / months.sum(), coords={PART: days})
        return stamp(spread * found["take_up"], name="take_up", units="share", kind="share")
    waiting: xr.DataArray | float = 1.0
    start, shares = 0.0, []
    for fee, length in parts:
        before, after = (
            take_up(
                behaviour, net_gain=net_gain, wage=wage, fee=fee.amount, window_months=at,
                employer_needed=employer_needed,
            )
            for at in (start, start + length)
        )  # fmt: skip
        chance = after if start == 0.0 else (after - before) / (1 - before)
        shares.append(waiting * chance)
        waiting = waiting * (1 - chance)
        start += length
    laid = xr.concat(list(xr.broadcast(*shares)), dim=PART).assign_coords({PART: days})
    _refuse_negative(laid)
    return stamp(laid, name="take_up", units="share", kind="share")


def _refuse_negative(shares: xr.DataArray) -> None:
    if bool((shares < 0).any()):
        raise SchemaError(
            "take-up falls while the window is open",
            where="window",
            remedy="the coefficient of the window cannot be negative",
            id="InputError",
        )
