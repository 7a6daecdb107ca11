# SPDX-License-Identifier: Apache-2.0
"""What the price of a permit does to legal work and revenue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import xarray as xr

from keruen.core.arrays import stamp
from keruen.core.errors import SchemaError, WorkbenchError, raise_faults
from keruen.decide._policy_numbers import Number, numbers_of
from keruen.decide.permits.compliance import Market, legal_advantage, share_legal

PRICE: Final = "price"
"""Dimension of the prices of one payment."""


@dataclass(frozen=True)
class PriceCurve:
    """What each price does.

    Parameters
    ----------
    share_legal : DataArray [price, ...], share
        Workers with a permit, of all.
    legal, irregular : DataArray [price, ...], persons
        Workers with a permit and without.
    revenue : DataArray [price, ...], money a year
        What the treasury receives.
    cases_avoided : DataArray [price, ...], cases a year
        Irregular workers that would have been found if nobody paid, and are not.
    wage : DataArray [price, ...], money a month
        Mean wage of all foreign workers, before the payment.
    rationed : DataArray [price, ...], persons
        Workers who would pay and find no place within the quota.
    legal_peak : DataArray [...], money
        Highest price at which as many work legally as at any price.
    revenue_peak : DataArray [...], money
        Price at which revenue is highest.
    """

    share_legal: xr.DataArray
    legal: xr.DataArray
    irregular: xr.DataArray
    revenue: xr.DataArray
    cases_avoided: xr.DataArray
    wage: xr.DataArray
    rationed: xr.DataArray
    legal_peak: xr.DataArray
    revenue_peak: xr.DataArray


def price_curve(
    market: Market, prices: Sequence[float], *, beta: Number, quota: Number | None = None
) -> PriceCurve:
    """Legal work and revenue over a grid of prices.

    Parameters
    ----------
    market : Market
        Workers and what they weigh.
    prices : sequence of float, money
        Prices of one payment, 0 or more, each once.
    beta : float or DataArray
        Response, of :func:`calibrate_beta`.
    quota : float or DataArray, persons, optional
        Most permits that may be in force, 1 or more; no limit when not given.

    Returns
    -------
    PriceCurve

    Raises
    ------
    SchemaError
        Prices are negative or stand twice, or a number is missing (``InputError``).

    See Also
    --------
    keruen.decide.permits.quota_shortfall : A quota far below those who would work.

    Notes
    -----
    Revenue is ``P / m`` times months paid times legal workers. Its peak solves
    ``x = 1 + exp(beta a - x)`` for ``x = beta P / (m w)`` with ``a`` the advantage at price 0:
    ``x = 1 + omega(beta a - 1)``, where ``omega`` is Wright's function, exactly and not on
    the grid. A quota that binds moves it to the price at which as many pay as the quota
    allows. Legal work never gains from a higher price: it is largest at 0, and up to the
    price at which a quota ceases to bind.

    Examples
    --------
    >>> market = Market(1000, 120.0, 100.0)
    >>> curve = price_curve(market, [0.0, 10.0, 30.0], beta=8.0)
    >>> curve.revenue.round(0).values.tolist()
    [0.0, 82797.0, 111609.0]
    >>> curve.legal_peak.item(), curve.revenue_peak.round(2).item()
    (0.0, 22.63)
    """
    grid = _grid(prices)
    m = market.checked()
    share = share_legal(market, grid, beta=beta)
    asked = share * m["workers"]
    limit = _limit(quota)
    legal = asked if limit is None else asked.where(asked <= limit, limit)
    irregular = m["workers"] - legal
    got = legal / m["workers"].where(m["workers"] > 0)
    revenue = grid / m["months_per_payment"] * m["paid_months"] * legal
    free = _free_price(market, beta, limit)
    return PriceCurve(
        stamp(got, name="share_legal", units="share", kind="share"),
        stamp(legal, name="legal", units="persons", kind="count", concept="stock"),
        stamp(irregular, name="irregular", units="persons", kind="count", concept="stock"),
        stamp(revenue, name="revenue", units="money", kind="money"),
        stamp(12 * m["detection"] * legal, name="cases_avoided", units="cases", kind="count"),
        stamp(got * m["wage_legal"] + (1 - got) * m["wage_irregular"], name="wage",
              units="money", kind="index"),
        stamp(asked - legal, name="rationed", units="persons", kind="count"),
        stamp(free, name="legal_peak", units="money", kind="index"),
        stamp(_peak(market, beta, free), name="revenue_peak", units="money", kind="index"),
    )  # fmt: skip


def _grid(prices: Sequence[float]) -> xr.DataArray:
    values = np.asarray(prices, dtype=float)
    faults: list[WorkbenchError] = []
    if not (values.size and np.isfinite(values).all() and (values >= 0).all()):
        faults.append(SchemaError("a price is missing or negative", where="prices",
                                  remedy="give prices of 0 or more", id="InputError"))  # fmt: skip
    if np.unique(values).size < values.size:
        faults.append(SchemaError("a price stands twice", where="prices", remedy="keep one",
                                  id="InputError"))  # fmt: skip
    raise_faults(faults)
    return xr.DataArray(values, coords={PRICE: values})


def _limit(quota: Number | None) -> xr.DataArray | None:
    if quota is None:
        return None
    found, faults = numbers_of({"quota": quota}, {"quota": (1.0, np.inf)})
    raise_faults(faults)
    return found["quota"]


def _per_wage(market: Market) -> xr.DataArray:
    m = market.checked()
    return m["months_per_payment"] * m["wage_irregular"]


def _peak(market: Market, beta: Number, free: xr.DataArray) -> xr.DataArray:
    """Price of the highest revenue: Wright's omega, or where a quota ceases to bind."""
    from scipy.special import wrightomega

    response = xr.DataArray(beta).astype(float)
    score = response * legal_advantage(market, 0.0) - 1
    root = 1 + score.copy(data=np.real(np.asarray(wrightomega(score.to_numpy()))))
    best = root * _per_wage(market) / response
    return best.where(best >= free, free)


def _free_price(market: Market, beta: Number, limit: xr.DataArray | None) -> xr.DataArray:
    """Price at which as many would pay as a quota allows; 0 where it never binds."""
    from scipy.special import logit

    response = xr.DataArray(beta).astype(float)
    advantage = legal_advantage(market, 0.0)
    if limit is None:
        return 0 * response * advantage
    workers = market.checked()["workers"]
    share = limit / workers.where(workers > 0)
    within = share.where(share < 1, 0.5)  # a quota that never binds is masked below
    score = within.copy(data=np.asarray(logit(within.to_numpy())))
    price = (advantage - score / response) * _per_wage(market)
    return price.where((share < 1) & (price > 0), 0.0)
