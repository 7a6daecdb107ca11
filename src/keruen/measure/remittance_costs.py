# SPDX-License-Identifier: Apache-2.0
"""What sending money costs, by corridor and on average, and who is exposed to whose economy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import xarray as xr

from keruen.core.arrays import require_dims, same_cells, stamp
from keruen.core.errors import SchemaError
from keruen.measure._checks import Floats, missing_reason, over, refuse_negative
from keruen.measure._tables import table_of

if TYPE_CHECKING:
    import pandas as pd

GOAL: Final = 3.0
"""Average cost aimed at by 2030, percent of the amount (Sustainable Development Goal 10.c)."""
CEILING: Final = 5.0
"""Cost above which no corridor should stay by the same goal, percent of the amount."""


@dataclass(frozen=True)
class CostSummary:
    """What sending costs on average, by country.

    Parameters
    ----------
    simple : DataArray [..., country], percent
        Mean of the corridors with a known cost.
    weighted : DataArray [..., country], percent
        The same, weighted by the amounts of these corridors.
    above_goal, above_ceiling : DataArray [..., country], percent
        Share of the corridors with a known cost that cost more than 3 and 5 percent.
    corridors : DataArray [..., country]
        Corridors with a known cost.
    covered : DataArray [..., country], percent
        Share of the country's amounts that runs through them.
    """

    simple: xr.DataArray
    weighted: xr.DataArray
    above_goal: xr.DataArray
    above_ceiling: xr.DataArray
    corridors: xr.DataArray
    covered: xr.DataArray

    def to_table(self) -> pd.DataFrame:
        """One row a country."""
        return table_of(self)


def sending_cost(
    fee: xr.DataArray, exchange_margin: xr.DataArray, *, amount: float = 200.0
) -> xr.DataArray:
    """Cost of sending an amount, in percent of it: the fee and what the exchange takes.

    Parameters
    ----------
    fee : DataArray [...], USD
        Fee for sending the amount.
    exchange_margin : DataArray [...], percent
        How far the rate offered is worse than that between banks.
    amount : float, optional
        Amount sent, USD.

    Returns
    -------
    DataArray [...], percent
        Missing where either is missing; below 0 where the rate offered is better.

    Raises
    ------
    CoverageError
        Labels differ.
    SchemaError
        The amount is not above 0 (``BadSetting``), or a fee is negative (``NegativeInput``).

    Notes
    -----
    ``100 fee / amount + margin``.

    Examples
    --------
    >>> fee = xr.DataArray([5.0], coords={"sender": ["RUS"]})
    >>> sending_cost(fee, xr.DataArray([1.5], coords={"sender": ["RUS"]})).item()
    4.0
    """
    if not amount > 0:
        raise SchemaError(
            f"an amount of {amount:g} cannot be sent",
            where="amount",
            remedy="give more than 0",
            id="BadSetting",
        )
    refuse_negative(fee, name="fee")
    fee, margin = same_cells(fee, exchange_margin)
    return stamp(
        100.0 * fee / amount + margin,
        name="remittance_cost",
        units="percent",
        kind="share",
        inputs=(fee, margin),
        amount_usd=amount,
    )


def cost_summary(cost: xr.DataArray, amount: xr.DataArray, *, by: str = "receiver") -> CostSummary:
    """Average cost of a country's corridors, plain and by what runs through them.

    Parameters
    ----------
    cost : DataArray [..., sender, receiver], percent
        Cost of sending by corridor; missing where it is not known.
    amount : DataArray [..., sender, receiver], million USD
        Amounts of the same corridors; a missing cell counts as none.
    by : {"receiver", "sender"}, optional
        Whose corridors.

    Returns
    -------
    CostSummary
        Missing where no cost is known; ``weighted`` also where no amount runs through the
        corridors with a cost.

    Raises
    ------
    CoverageError
        Labels differ.
    SchemaError
        A dimension is missing, or an amount is negative (``NegativeInput``).

    Notes
    -----
    ``weighted = sum c_ij R_ij / sum R_ij`` over the corridors with a cost.

    Examples
    --------
    >>> cells = {"sender": ["RUS", "DEU"], "receiver": ["KAZ"]}
    >>> cost = xr.DataArray([[1.0], [9.0]], coords=cells)
    >>> found = cost_summary(cost, xr.DataArray([[300.0], [100.0]], coords=cells))
    >>> found.simple.item(), found.weighted.item(), found.above_ceiling.item()
    (5.0, 3.0, 50.0)
    """
    for name, array in (("cost", cost), ("amount", amount)):
        require_dims(array, "sender", "receiver", name=name)
    refuse_negative(amount, name="amount")
    cost, amount = xr.broadcast(*same_cells(cost, amount))
    other = "sender" if by == "receiver" else "receiver"
    cost = cost.transpose(..., by, other)
    money = np.nan_to_num(amount.transpose(*cost.dims).to_numpy().astype(float))
    percent = cost.to_numpy().astype(float)
    known = ~np.isnan(percent)
    count = known.sum(axis=-1).astype(float)
    price, carried = np.where(known, percent, 0.0), np.where(known, money, 0.0)
    like = cost.isel({other: 0}, drop=True).rename({by: "country"})

    def stamped(values: Floats, name: str, units: str = "percent") -> xr.DataArray:
        reason = missing_reason(like, {"no corridor with a known cost": np.isnan(values)})
        return stamp(
            like.copy(data=values), name=name, units=units, kind="index",
            inputs=(cost, amount), **reason,
        )  # fmt: skip

    return CostSummary(
        simple=stamped(over(price.sum(axis=-1), count), "simple_cost"),
        weighted=stamped(
            over((price * carried).sum(axis=-1), carried.sum(axis=-1)), "weighted_cost"
        ),
        above_goal=stamped(100 * over((price > GOAL).sum(axis=-1), count), "above_goal"),
        above_ceiling=stamped(100 * over((price > CEILING).sum(axis=-1), count), "above_ceiling"),
        corridors=stamped(count, "corridors", "corridors"),
        covered=stamped(100 * over(carried.sum(axis=-1), money.sum(axis=-1)), "covered"),
    )


def remittance_exposure(amount: xr.DataArray, shock: xr.DataArray) -> xr.DataArray:
    """How far the senders' economies carry over to what a country receives.

    Parameters
    ----------
    amount : DataArray [..., sender, receiver], any unit
        Amounts; a missing cell counts as none.
    shock : DataArray [..., country], percent
        Change of the product of each sender.

    Returns
    -------
    DataArray [..., country], percent
        Mean shock of the senders, weighted by what they send; missing where a sender that
        counts has no shock, or nothing is received.

    Raises
    ------
    CoverageError
        Senders and countries of the shocks differ.
    SchemaError
        A dimension is missing, or an amount is negative (``NegativeInput``).

    Notes
    -----
    ``sum over j of w_ij g_j``. It is a weight, not a forecast: one percent less product
    need not be one percent less money.

    Examples
    --------
    >>> cells = {"sender": ["RUS", "KAZ"], "receiver": ["UZB"]}
    >>> amount = xr.DataArray([[3.0], [1.0]], coords=cells)
    >>> shock = xr.DataArray([-4.0, 0.0], coords={"country": ["RUS", "KAZ"]})
    >>> remittance_exposure(amount, shock).item()
    -3.0
    """
    require_dims(amount, "sender", "receiver", name="amount")
    require_dims(shock, "country", name="shock")
    refuse_negative(amount, name="amount")
    money, felt = same_cells(amount.fillna(0.0), shock.rename(country="sender"))
    carried = (money * felt.fillna(0.0)).sum("sender")
    whole = money.sum("sender")
    lacking = ((money > 0) & felt.isnull()).any("sender")
    exposure = (carried / whole.where(whole > 0)).where(~lacking)
    return stamp(
        exposure.rename(receiver="country"), name="remittance_exposure", units="percent",
        kind="index", inputs=(amount, shock),
    )  # fmt: skip
