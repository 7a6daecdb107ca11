# SPDX-License-Identifier: Apache-2.0
"""Whether workers pay for a permit."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Final

import numpy as np
import xarray as xr

from keruen.core.arrays import stamp
from keruen.core.errors import AccountError, ConvergenceError, raise_faults
from keruen.decide._policy_numbers import POSITIVE, SHARE, Number, numbers_of

_ABOVE_ZERO: Final = (1e-12, np.inf)


@dataclass(frozen=True)
class Market:
    """Workers who may pay for a permit, and what they weigh.

    Parameters
    ----------
    workers : float or DataArray, persons
        Foreign workers, with a permit and without.
    wage_legal, wage_irregular : float or DataArray, money a month
        Wages with a permit and without.
    paperwork : float or DataArray, money a month
        Cost of papers, examinations and queues, spread over the months.
    detection : float or DataArray, probability a month
        Chance that a worker without a permit is found.
    sanction : float or DataArray, money
        What being found costs the worker.
    months_per_payment : float or DataArray, months
        Months that one payment covers.
    paid_months : float or DataArray, months
        Months that a legal worker pays for in a year.

    See Also
    --------
    keruen.decide.permits.price_curve : What a price does.
    """

    workers: Number
    wage_legal: Number
    wage_irregular: Number
    paperwork: Number = 0.0
    detection: Number = 0.0
    sanction: Number = 0.0
    months_per_payment: Number = 1.0
    paid_months: Number = 12.0

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
        limits = {
            **dict.fromkeys(("workers", "paperwork", "sanction", "paid_months"), POSITIVE),
            **dict.fromkeys(("wage_legal", "wage_irregular", "months_per_payment"), _ABOVE_ZERO),
            "detection": SHARE,
        }
        found, faults = numbers_of(asdict(self), limits)
        raise_faults(faults, where="the market")
        return found


def legal_advantage(market: Market, price: Number) -> xr.DataArray:
    """What being legal is worth to a worker in a month, in wages.

    Parameters
    ----------
    market : Market
        Workers and what they weigh.
    price : float or DataArray, money
        One payment.

    Returns
    -------
    DataArray [as given], months of irregular wage

    Raises
    ------
    SchemaError
        A number is missing or negative (``InputError``).

    See Also
    --------
    share_legal : What follows from it.

    Notes
    -----
    ``(w_L - w_I - P / m - c + q S) / w_I``: every term is money a month, and the whole is
    relative to the wage without a permit.

    Examples
    --------
    >>> market = Market(1000, 110.0, 100.0, paperwork=5.0, detection=0.05, sanction=200.0)
    >>> legal_advantage(market, 10.0).item()
    0.05
    """
    m = market.checked()
    found, faults = numbers_of({"price": price}, {"price": POSITIVE})
    raise_faults(faults)
    gain = m["wage_legal"] - m["wage_irregular"] - found["price"] / m["months_per_payment"]
    gain = gain - m["paperwork"] + m["detection"] * m["sanction"]
    return stamp(gain / m["wage_irregular"], name="advantage", units="months", kind="index")


def share_legal(market: Market, price: Number, *, beta: Number) -> xr.DataArray:
    """Share of workers that pay.

    Parameters
    ----------
    market : Market
        Workers and what they weigh.
    price : float or DataArray, money
        One payment.
    beta : float or DataArray
        How strongly the advantage moves workers; above 0.

    Returns
    -------
    DataArray [as given], share

    Raises
    ------
    SchemaError
        A number is missing or outside what it may be (``InputError``).

    See Also
    --------
    calibrate_beta : Finds beta.

    Notes
    -----
    ``logistic(beta advantage)``: it falls with the price and rises with detection.

    Examples
    --------
    >>> market = Market(1000, 110.0, 100.0)
    >>> share_legal(market, 10.0, beta=8.0).item()
    0.5
    """
    from scipy.special import expit

    found, faults = numbers_of({"beta": beta}, {"beta": _ABOVE_ZERO})
    raise_faults(faults)
    score = found["beta"] * legal_advantage(market, price)
    share = score.copy(data=np.asarray(expit(score.to_numpy())))
    return stamp(share, name="share_legal", units="share", kind="share")


def calibrate_beta(market: Market, *, price: Number, in_force: Number) -> xr.DataArray:
    """How strongly advantage moves workers, from one price and the permits in force at it.

    Parameters
    ----------
    market : Market
        Workers and what they weigh.
    price : float or DataArray, money
        Price observed.
    in_force : float or DataArray, persons
        Permits in force at that price: more than none, fewer than workers.

    Returns
    -------
    DataArray [as given]

    Raises
    ------
    ConvergenceError
        No positive beta gives the pair (``Unidentified``): the advantage is zero, or it has
        the other sign than what workers did.
    SchemaError
        A number is missing or negative (``InputError``).
    AccountError
        As many permits as workers, or more (``CoherenceError``).

    See Also
    --------
    share_legal : Uses it.

    Notes
    -----
    ``beta = logit(permits / workers) / advantage``. One pair gives one number: that the
    response is the same at other prices is an assumption.

    Examples
    --------
    >>> market = Market(1000, 120.0, 100.0)
    >>> beta = calibrate_beta(market, price=10.0, in_force=750)
    >>> beta.round(3).item(), share_legal(market, 10.0, beta=beta).round(3).item()
    (10.986, 0.75)
    """
    from scipy.special import logit

    advantage = legal_advantage(market, price)
    workers = market.checked()["workers"]
    found, faults = numbers_of({"in_force": in_force}, {"in_force": (1.0, np.inf)})
    raise_faults(faults)
    _check_permits(found["in_force"], workers)
    share = found["in_force"] / workers
    score = share.copy(data=np.asarray(logit(share.to_numpy())))
    beta = score / advantage.where(advantage != 0)
    wrong = ~(beta > 0)
    if bool(wrong.any()):
        some = f" in {float(wrong.mean()):.1%} of the draws" if wrong.size > 1 else ""
        raise ConvergenceError(
            f"no response to the price explains the permits{some}: {float(share.mean()):.1%} of "
            f"workers pay, and paying is worth {float(advantage.mean()):+.3f} months of wage",
            where="calibration",
            remedy="more than half pay only where paying is worth something, fewer than half only "
            "where it is not: see to wages, detection, sanction and paperwork",
            id="Unidentified",
            diagnostics={"share": float(share.mean()), "advantage": float(advantage.mean())},
        )
    return stamp(beta, name="beta", units="ratio", kind="index")


def _check_permits(in_force: xr.DataArray, workers: xr.DataArray) -> None:
    if bool((in_force >= workers).any()):
        raise AccountError(
            f"{float(in_force.max()):,.0f} permits are in force and there are "
            f"{float(workers.min()):,.0f} workers, legal or not",
            where="permits against workers",
            remedy="count all foreign workers, also those without a permit",
            id="CoherenceError",
        )
