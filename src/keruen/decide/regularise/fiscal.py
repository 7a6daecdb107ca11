# SPDX-License-Identifier: Apache-2.0
"""What a programme brings the treasury: per person and year, over years, never too certain."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Final

import numpy as np
import xarray as xr

from keruen.core.arrays import require_dims, same_cells, stamp
from keruen.core.errors import SchemaError, raise_faults
from keruen.decide._policy_numbers import POSITIVE, SHARE, Number, numbers_of

LEAST_FACTOR: Final = 1.4
"""Smallest ratio of upper to lower limit of revenue that may be shown: drafts of one study of
Spain 2005 differ by as much (Monras, Vazquez-Grenno and Elias 2018)."""
WAGE_GAIN: Final = 0.06
"""Gain of wages in the programme of the United States of 1986 (Kossoudji and Cobb-Clark 2002)."""
WAGE_GAIN_RANGE: Final = (0.0, 0.15)
"""Range of that gain across studies."""


@dataclass(frozen=True)
class Economy:
    """Wages, taxes and public costs of the people who are regularised.

    Parameters
    ----------
    wage_month : float or DataArray, money a month
        Wage before the programme.
    formal_before, formal_after : float or DataArray, share
        Share that works with a contract and pays tax.
    tax_rate : float or DataArray, share of the wage
        Taxes and contributions of both sides on a formal wage.
    worker_rate : float or DataArray, share of the wage
        The part of them that the worker bears.
    wage_gain : float or DataArray, share
        By how much legal status raises the wage.
    new_revenue : float or DataArray, share
        Part of the added revenue that stays after other workers lose formal jobs or wages
        (lambda); above 0.
    admin_cost : float or DataArray, money
        Cost of a case, once a permit.
    public_cost : float or DataArray, money a year
        Added cost of health care and schools per person.
    discount_rate : float or DataArray, share a year
        Discount of later years.

    See Also
    --------
    fiscal_effect : Uses it.
    """

    wage_month: Number
    formal_before: Number
    formal_after: Number
    tax_rate: Number
    worker_rate: Number = 0.0
    wage_gain: Number = WAGE_GAIN
    new_revenue: Number = 1.0
    admin_cost: Number = 0.0
    public_cost: Number = 0.0
    discount_rate: Number = 0.0

    def checked(self) -> dict[str, xr.DataArray]:
        """The numbers as arrays.

        Returns
        -------
        dict of str to DataArray

        Raises
        ------
        SchemaError
            A number is missing or outside what it may be (``InputError``); all at once.
        """
        share = ("formal_before", "formal_after", "tax_rate", "worker_rate")
        limits = {
            **dict.fromkeys(share, SHARE),
            "wage_month": (1e-12, np.inf),
            "wage_gain": (-1.0, np.inf),
            "new_revenue": (1e-12, 1.0),
            "admin_cost": POSITIVE,
            "public_cost": (-np.inf, np.inf),
            "discount_rate": (0.0, 1.0),
        }
        found, faults = numbers_of(asdict(self), limits)
        raise_faults(faults, where="the economy")
        return found


@dataclass(frozen=True)
class FiscalEffect:
    """Effect on the treasury of one approved person in a year, and its parts.

    Parameters
    ----------
    revenue : DataArray, money a year
        Taxes and contributions that are truly new.
    fee, admin, public_cost : DataArray, money a year
        Fee and cost of the case spread over the permit, and added public costs.
    net : DataArray, money a year
        ``revenue + fee - admin - public_cost``.
    """

    revenue: xr.DataArray
    fee: xr.DataArray
    admin: xr.DataArray
    public_cost: xr.DataArray
    net: xr.DataArray


def fiscal_effect(economy: Economy, *, fee: Number, permit_years: float) -> FiscalEffect:
    """Effect on the treasury of one approved person in a year.

    Parameters
    ----------
    economy : Economy
        Wages, taxes and costs.
    fee : float or DataArray, money
        Fee of a permit.
    permit_years : float, years
        Length of a permit: fee and cost of the case are spread over it.

    Returns
    -------
    FiscalEffect

    Raises
    ------
    SchemaError
        A number is missing or outside what it may be (``InputError``).

    See Also
    --------
    present_value : Over the years in legal status.

    Notes
    -----
    ``F = (f1 w1 tau - f0 w0 tau) 12 lambda + fee / years - admin / years - dc`` with
    ``w1 = w0 (1 + d)``.

    References
    ----------
    Kossoudji, S. and Cobb-Clark, D. (2002). Journal of Labor Economics 20(3), 598-628.
    Monras, J., Vazquez-Grenno, J. and Elias, F. (2018). Upjohn Institute Working Paper 18-283.

    Examples
    --------
    >>> spain = Economy(wage_month=1000, formal_before=0.0, formal_after=0.9, tax_rate=0.35,
    ...     new_revenue=0.5, admin_cost=60, public_cost=500)
    >>> effect = fiscal_effect(spain, fee=0, permit_years=1)
    >>> effect.revenue.round(1).item(), effect.net.round(1).item()
    (2003.4, 1443.4)
    """
    e = economy.checked()
    found, faults = numbers_of({"fee": fee}, {"fee": POSITIVE})
    if not permit_years > 0:
        faults.append(SchemaError(f"permit_years is {permit_years:g}", where="permit_years",
                                  remedy="give more than 0", id="InputError"))  # fmt: skip
    raise_faults(faults)
    raised = e["formal_after"] * (1 + e["wage_gain"]) - e["formal_before"]
    revenue = raised * e["wage_month"] * e["tax_rate"] * 12 * e["new_revenue"]
    paid, case = found["fee"] / permit_years, e["admin_cost"] / permit_years
    parts = {"revenue": revenue, "fee": paid, "admin": case, "public_cost": e["public_cost"]}
    net = revenue + paid - case - e["public_cost"]
    return FiscalEffect(**{k: _money(v, k) for k, v in {**parts, "net": net}.items()})


def income_gain(economy: Economy) -> xr.DataArray:
    """What legal status adds to a migrant's net income in a month, before the fee.

    Parameters
    ----------
    economy : Economy
        Wages and taxes.

    Returns
    -------
    DataArray, money a month

    See Also
    --------
    fiscal_effect : The other side.

    Notes
    -----
    ``w1 (1 - f1 t) - w0 (1 - f0 t)`` with ``t`` the worker's part of taxes. It can be
    negative: rights, safety and free movement have no price here.

    Examples
    --------
    >>> income_gain(Economy(1000, 0.0, 1.0, 0.3, worker_rate=0.1, wage_gain=0.2)).item()
    80.0
    """
    e = economy.checked()
    after = e["wage_month"] * (1 + e["wage_gain"]) * (1 - e["formal_after"] * e["worker_rate"])
    gain = after - e["wage_month"] * (1 - e["formal_before"] * e["worker_rate"])
    return _money(gain, "income_gain")


def present_value(amount: xr.DataArray, *, discount_rate: Number) -> xr.DataArray:
    """Value today of amounts of later years.

    Parameters
    ----------
    amount : DataArray [year, ...], money
        Amounts; the first year is not discounted.
    discount_rate : float or DataArray, share a year
        Discount.

    Returns
    -------
    DataArray [...], money

    Raises
    ------
    SchemaError
        There is no dimension ``year``, or the rate is outside 0 to 1 (``InputError``).

    See Also
    --------
    fiscal_effect : What a person-year brings.

    Notes
    -----
    ``sum_t amount[t] / (1 + r)^t``; with ``amount[t] = F S(t)`` and ``S`` the survival in
    legal status it is the present value of an approved person.

    Examples
    --------
    >>> paid = xr.DataArray([100.0, 110.0], coords={"year": [2027, 2028]})
    >>> round(present_value(paid, discount_rate=0.1).item(), 6)
    200.0
    """
    require_dims(amount, "year", name="amount")
    found, faults = numbers_of({"discount_rate": discount_rate}, {"discount_rate": SHARE})
    raise_faults(faults)
    passed = amount["year"] - int(amount["year"][0])
    return _money((amount / (1 + found["discount_rate"]) ** passed).sum("year"), "present_value")


@dataclass(frozen=True)
class Band:
    """A value with the limits that may be shown.

    Parameters
    ----------
    value, lower, upper : DataArray [any]
        Middle and limits.
    widened : DataArray of bool [any]
        Where the limits were moved apart.
    before_lower, before_upper : DataArray [any]
        Limits before that.
    """

    value: xr.DataArray
    lower: xr.DataArray
    upper: xr.DataArray
    widened: xr.DataArray
    before_lower: xr.DataArray
    before_upper: xr.DataArray


def least_band(
    value: xr.DataArray,
    lower: xr.DataArray | None = None,
    upper: xr.DataArray | None = None,
    *,
    gross: xr.DataArray | None = None,
    factor: float = LEAST_FACTOR,
) -> Band:
    """Limits of an amount that rests on new revenue, never narrower than the evidence.

    Parameters
    ----------
    value : DataArray [any], money
        Middle of the interval.
    lower, upper : DataArray [any], money, optional
        Limits found otherwise, as over draws; the value itself when not given.
    gross : DataArray [any], money, optional
        Revenue within the value; the value itself when not given.
    factor : float, optional
        Smallest ratio of upper to lower limit of the revenue; 1.4 or more.

    Returns
    -------
    Band
        Limits that hold those given, and say where they were moved apart.

    Raises
    ------
    SchemaError
        A factor below 1.4 (``BandTooNarrow``).
    CoverageError
        Labels differ.

    See Also
    --------
    LEAST_FACTOR : Where 1.4 comes from.

    Notes
    -----
    With ``k = sqrt(factor)`` and revenue ``g``, the limits are at most
    ``v - |g| (1 - 1/k)`` and at least ``v + |g| (k - 1)``: for revenue alone ``v / k`` and
    ``v k``, whose ratio is the factor.

    Examples
    --------
    >>> band = least_band(xr.DataArray(2.42))
    >>> round(band.lower.item(), 2), round(band.upper.item(), 2), band.widened.item()
    (2.05, 2.86, True)
    """
    if not factor >= LEAST_FACTOR:
        raise SchemaError(
            f"an interval of a factor of {factor:g} is narrower than the evidence",
            where="factor",
            remedy=f"give {LEAST_FACTOR} or more: estimates of one programme by the same authors "
            "differ by as much",
            id="BandTooNarrow",
        )
    low, high = (value if end is None else end for end in (lower, upper))
    middle, low, high, revenue = same_cells(value, low, high, value if gross is None else gross)
    k = float(np.sqrt(factor))
    least = middle - abs(revenue) * (1 - 1 / k)
    most = middle + abs(revenue) * (k - 1)
    wide_low, wide_high = low.where(low <= least, least), high.where(high >= most, most)
    facts = {"units": str(value.attrs.get("units", "money")), "kind": "money"}
    return Band(
        value,
        stamp(wide_low, name="lower", **facts),  # type: ignore[arg-type]
        stamp(wide_high, name="upper", **facts),  # type: ignore[arg-type]
        (wide_low < low) | (wide_high > high),
        low,
        high,
    )


def _money(array: xr.DataArray, name: str) -> xr.DataArray:
    return stamp(array, name=name, units="money", kind="money")
