# SPDX-License-Identifier: Apache-2.0
"""Remittances between countries, shared out from totals by migrants and incomes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, get_args

import numpy as np
import xarray as xr

from keruen.core.arrays import stamp
from keruen.core.errors import SchemaError
from keruen.core.tables import to_table
from keruen.measure._checks import Floats, Mask
from keruen.measure._remittance_inputs import (
    Lined,
    Rule,
    Side,
    lined_up,
    refuse_fixed,
    refuse_no_income,
    weights,
)
from keruen.measure._remittance_shares import shared_out, shares

if TYPE_CHECKING:
    import pandas as pd

NoIncome = Literal["refuse", "by_stock"]
"""What to do with a corridor of a country without income: refuse, or share it by migrants."""

RULES: Final[tuple[Rule, ...]] = get_args(Rule)
NO_TOTAL: Final = "no total is reported"
NO_PEOPLE: Final = "no migrants are recorded: the total is not shared out (Infeasible)"
NO_INCOME: Final = "no income: the corridor has its share of migrants"


@dataclass(frozen=True)
class RemittanceMatrix:
    """Remittances by sender and receiver, and what could not be shared out.

    Parameters
    ----------
    amount : DataArray [..., sender, receiver], million USD
        Estimates; missing where no total is reported, 0 where nobody is recorded.
    unallocated : DataArray [..., country], million USD
        What of a country's total found no corridor; missing where no total is reported.
    total : DataArray [..., country], million USD
        The totals given.
    adjustments : DataFrame
        One row a corridor or total that the rule could not treat as the others: ``sender``,
        ``receiver`` (empty for a whole country), dimensions of the arrays such as ``year``,
        ``before`` (share of migrants, or the total), ``after`` (amount), ``reason``.
    rule : str
        The rule of sharing.
    side : str
        Side whose totals are kept.
    beta : float
        Power of the income gap.

    See Also
    --------
    bilateral_remittances : Makes it.
    """

    amount: xr.DataArray
    unallocated: xr.DataArray
    total: xr.DataArray
    adjustments: pd.DataFrame
    rule: Rule
    side: Side
    beta: float

    def received(self) -> xr.DataArray:
        """Sum over senders, by receiver."""
        return self._sum("receiver", "sender", "remittances_received")

    def paid(self) -> xr.DataArray:
        """Sum over receivers, by sender."""
        return self._sum("sender", "receiver", "remittances_paid")

    def _sum(self, keep: str, drop: str, name: str) -> xr.DataArray:
        summed = self.amount.sum(drop, min_count=1).rename({keep: "country"})
        return _money(summed, name, (self.amount,))

    def to_table(self) -> pd.DataFrame:
        """Corridors with an amount above 0, one row each.

        Returns
        -------
        DataFrame
            ``year`` and others where there are any, ``sender``, ``receiver``, ``amount``.
        """
        table = to_table(self.amount.rename("amount"))
        return table[table["amount"] > 0].reset_index(drop=True)


def bilateral_remittances(
    stock: xr.DataArray,
    total: xr.DataArray,
    income: xr.DataArray | None = None,
    *,
    rule: Rule = "income_gap",
    side: Side = "received",
    beta: float = 0.75,
    no_income: NoIncome = "refuse",
    fixed: xr.DataArray | None = None,
) -> RemittanceMatrix:
    """Remittances between all pairs of countries, from migrants, totals and incomes.

    Parameters
    ----------
    stock : DataArray [..., origin, destination], persons
        Migrants by where they are from and where they live; square. A missing pair holds
        nobody.
    total : DataArray [..., country], million USD
        What each country received, or paid; missing where none is reported.
    income : DataArray [..., country], USD
        Income a head, all countries in one currency and year; rule ``stock`` needs none.
        The power of the gap is not free of the unit: use US dollars, not thousands.
    rule : {"income_gap", "income", "stock"}, optional
        Migrants times what both incomes say that they send; migrants times the income
        abroad; migrants alone.
    side : {"received", "paid"}, optional
        Which totals are given and kept.
    beta : float, optional
        Power of the income gap, above 0 and below 1.
    no_income : {"refuse", "by_stock"}, optional
        Whether a corridor without an income is refused, or takes its share of the migrants.
    fixed : DataArray [..., sender, receiver], million USD, optional
        Amounts that are known, 0 for a barred corridor, missing for all others.

    Returns
    -------
    RemittanceMatrix

    Raises
    ------
    SchemaError
        The stock is not square (``NotSquare``), holds people in their own country, a figure
        is negative, or beta is out of range (``BadSetting``).
    CoverageError
        Countries differ, or a corridor has no income (``NoIncome``).
    UnitsError
        Amounts are not in million US dollars (``UnitMismatch``).
    InfeasibleError
        Fixed amounts exceed a total (``FixedAboveTotal``).

    See Also
    --------
    compare_remittances : Sets two matrices side by side.
    keruen.measure.remittance_indicators : Dependence, volatility, costs, concentration.

    Notes
    -----
    With ``M`` migrants from ``i`` in ``j`` and ``y`` incomes, received totals ``R`` are
    shared as ``R_ij = R_i w_ij / sum over j of w_ij`` with ``w_ij`` either ``M_ij``, or
    ``M_ij y_j``, or ``M_ij r_ij`` where ``r_ij = y_i`` if ``y_j < y_i`` and otherwise
    ``y_i + (y_j - y_i)^beta``. Paid totals are shared over receivers by the same weights;
    the income abroad is then one number for all corridors of a sender, and the second rule
    falls together with the first.

    Every total is kept to the last digit, or stands in ``unallocated``. Money carried by
    hand is in neither the totals nor the result.

    References
    ----------
    Ratha, D. and Shaw, W. (2007). South-South Migration and Remittances. World Bank Working
    Paper 102.

    Examples
    --------
    >>> codes = ["HOM", "MID", "RCH", "POR"]
    >>> cells = np.zeros((4, 4))
    >>> cells[0] = [0, 800, 150, 50]
    >>> stock = xr.DataArray(cells, coords={"origin": codes, "destination": codes})
    >>> total = xr.DataArray([1000.0, np.nan, np.nan, np.nan], coords={"country": codes})
    >>> income = xr.DataArray([10_000.0, 12_000, 48_000, 6_000], coords={"country": codes})
    >>> matrix = bilateral_remittances(stock, total, income)
    >>> matrix.amount.sel(receiver="HOM").round(2).values.tolist()
    [0.0, 773.82, 179.22, 46.96]
    """
    _check_beta(beta)
    lined = lined_up(stock, total, income if rule != "stock" else None, fixed, side=side)
    weight, known = weights(lined, rule, beta)
    sharing = (lined.people > 0) & ~np.isnan(lined.total)[..., None] & np.isnan(lined.fixed)
    if no_income == "refuse":
        refuse_no_income(lined, sharing & ~known)
    refuse_fixed(lined)
    cells, left = shared_out(lined.total, shares(lined.people, weight, known), lined.fixed)
    inputs = tuple(given for given in (stock, total, income, fixed) if given is not None)
    return RemittanceMatrix(
        amount=_money(lined.cells(cells), "remittances", inputs),
        unallocated=_money(lined.lines(left), "unallocated", (total,)),
        total=_money(lined.lines(lined.total), "total", (total,)),
        adjustments=_adjustments(lined, cells, left, sharing & ~known),
        rule=rule,
        side=side,
        beta=beta,
    )


def _check_beta(beta: float) -> None:
    if not 0 < beta < 1:
        raise SchemaError(
            f"beta is {beta:g}",
            where="beta",
            remedy="give a number above 0 and below 1, such as 0.75",
            id="BadSetting",
        )


def _money(array: xr.DataArray, name: str, inputs: tuple[xr.DataArray, ...]) -> xr.DataArray:
    return stamp(array, name=name, units="million USD", kind="money", inputs=inputs)


def _adjustments(lined: Lined, cells: Floats, left: Floats, lacking: Mask) -> pd.DataFrame:
    """Corridors and totals that could not be treated by the rule, each with its reason."""
    import pandas as pd

    lines, pairs = lined.lines(left), lined.like
    parts = [
        _rows(lines, np.isnan(lined.total), lined.total, left, NO_TOTAL),
        _rows(lines, left > 0, lined.total, lined.total - left, NO_PEOPLE),
        _rows(pairs, lacking, np.full(cells.shape, np.nan), cells, NO_INCOME),
    ]
    parts = [part.rename(columns={"country": lined.row}) for part in parts]
    outer = [str(dim) for dim in pairs.dims[:-2]]
    columns = [*outer, "sender", "receiver", "before", "after", "reason"]
    table = pd.concat([part.reindex(columns=columns) for part in parts], ignore_index=True)
    table[["sender", "receiver"]] = table[["sender", "receiver"]].fillna("")
    return table


def _rows(
    like: xr.DataArray, chosen: Mask, before: Floats, after: Floats, reason: str
) -> pd.DataFrame:
    import pandas as pd

    places = np.nonzero(chosen)
    keys = {
        str(dim): like.indexes[str(dim)].take(at) for dim, at in zip(like.dims, places, strict=True)
    }
    return pd.DataFrame({**keys, "before": before[chosen], "after": after[chosen]}).assign(
        reason=reason
    )
