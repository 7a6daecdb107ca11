# SPDX-License-Identifier: Apache-2.0
"""The place premium: what the same worker earns here and there, and what selection may hide."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from keruen.core.arrays import stamp
from keruen.decide.welfare._given import (
    BELOW_ONE,
    INSIDE,
    NOT_NEGATIVE,
    POSITIVE,
    Number,
    numbers,
)


@dataclass(frozen=True)
class PlacePremium:
    """Pay abroad over pay at home of the same worker.

    Parameters
    ----------
    observed : DataArray [...], ratio
        Of workers alike in what can be seen.
    bound : DataArray [...], ratio
        When migrants stood at the rank assumed among those alike: a lower bound for ranks
        above the middle.
    gain : DataArray [...], money a year
        Pay abroad less what the migrant would have at home, at that rank and in the host
        country's prices.

    See Also
    --------
    place_premium : Makes it.
    """

    observed: xr.DataArray
    bound: xr.DataArray
    gain: xr.DataArray


def place_premium(
    host_pay: Number,
    home_pay: Number,
    *,
    ppp: Number = 1.0,
    rank: Number = 0.5,
    dispersion: Number = 0.0,
    units: str = "international dollars a year",
) -> PlacePremium:
    """The place premium of a worker, and its bound under selection.

    Parameters
    ----------
    host_pay : float or DataArray [...], money a year
        Pay in the host country of migrants of given schooling, age, sex and origin.
    home_pay : float or DataArray [...], money a year
        Pay at home of workers alike in these.
    ppp : float or DataArray [...], optional
        Host money that buys what one unit of home money buys; 1 when both are in
        international dollars.
    rank : float or DataArray [...], optional
        Rank of migrants, by what cannot be seen, among workers alike at home: 0.5 is no
        selection, 0.7 takes migrants from the 70th percentile.
    dispersion : float or DataArray [...], optional
        Standard deviation of the logarithm of pay among workers alike.
    units : str, optional
        Unit of the pay, and so of the gain.

    Returns
    -------
    PlacePremium

    Raises
    ------
    SchemaError
        Pay is not above zero, or the rank is not between 0 and 1 (``OutOfRange``).

    See Also
    --------
    migrant_gain : The gain over a stay, less the cost of moving.

    Notes
    -----
    ``R = w_host / (ppp w_home)``; with pay at home lognormal, a migrant of rank ``r`` would
    earn ``w_home exp(d z(r))`` there, so the premium is ``R exp(-d z(r))``. ``w_home`` is
    read as the median of workers alike.

    References
    ----------
    Clemens, M. A., Montenegro, C. E. and Pritchett, L. (2019). Review of Economics and
    Statistics 101(2), 201-213.

    Examples
    --------
    >>> found = place_premium(12_000.0, 4_000.0, rank=0.7, dispersion=0.6)
    >>> found.observed.item(), round(found.bound.item(), 2), round(found.gain.item())
    (3.0, 2.19, 6521)
    """
    from scipy.special import ndtri

    host, home, price, place, spread = numbers(
        host_pay=(host_pay, POSITIVE), home_pay=(home_pay, POSITIVE), ppp=(ppp, POSITIVE),
        rank=(rank, INSIDE), dispersion=(dispersion, NOT_NEGATIVE),
    )  # fmt: skip
    lift = np.exp(spread * xr.apply_ufunc(ndtri, place))
    observed = host / (home * price)
    return PlacePremium(
        observed=stamp(observed, name="observed", units="ratio", kind="index"),
        bound=stamp(observed / lift, name="bound", units="ratio", kind="index"),
        gain=stamp(host - home * price * lift, name="gain", units=units, kind="money"),
    )


def migrant_gain(
    gain: Number, *, cost: Number, stay: Number, discount: Number = 0.03
) -> tuple[xr.DataArray, xr.DataArray]:
    """What a migrant gains over a stay, less the cost of moving and recruiters' fees.

    Parameters
    ----------
    gain : float or DataArray [...], money a year
        As of :func:`place_premium`.
    cost : float or DataArray [...], money
        Paid once: travel, papers, recruiters.
    stay : float or DataArray [...], probability
        Of staying one more year.
    discount : float or DataArray [...], optional
        Rate by which the migrant discounts a year.

    Returns
    -------
    tuple of DataArray [...], money and money a year
        Present value over the stay; and the same spread evenly over its discounted years.

    Raises
    ------
    SchemaError
        The cost or the discount is negative, or the stay is not from 0 to below 1
        (``OutOfRange``).

    Notes
    -----
    Discounted years ``T = 1 / (1 - r / (1 + d))``; present value ``gain T - cost``.

    Examples
    --------
    >>> whole, a_year = migrant_gain(6_521.0, cost=3_000.0, stay=0.9, discount=0.03)
    >>> round(whole.item()), round(a_year.item())
    (48666, 6142)
    """
    worth, paid, again, rate = numbers(
        gain=(gain, (-np.inf, np.inf)), cost=(cost, NOT_NEGATIVE), stay=(stay, (0.0, BELOW_ONE)),
        discount=(discount, NOT_NEGATIVE),
    )  # fmt: skip
    years = 1.0 / (1.0 - again / (1.0 + rate))
    whole = worth * years - paid
    return (
        stamp(whole, name="gain_over_stay", units="money", kind="money"),
        stamp(whole / years, name="gain_a_year", units="money a year", kind="money"),
    )
