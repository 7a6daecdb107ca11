# SPDX-License-Identifier: Apache-2.0
"""Inputs of the bilateral remittance matrix: checked, in one order of countries, as numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import xarray as xr

from keruen.core.arrays import few, require_dims, same_cells
from keruen.core.errors import CoverageError, InfeasibleError, UnitsError, raise_faults
from keruen.measure._checks import Floats, Mask, refuse_negative
from keruen.measure._od import od_table
from keruen.measure._remittance_shares import income_gap_weight

Rule = Literal["stock", "income", "income_gap"]
"""What decides a corridor's share: migrants alone, times the income abroad, or by both incomes."""
Side = Literal["received", "paid"]
"""Which totals the amounts add up to."""


@dataclass(frozen=True)
class Lined:
    """Inputs as numbers in one order of countries: ``[..., row]`` and ``[..., row, column]``."""

    like: xr.DataArray
    people: Floats
    total: Floats
    fixed: Floats
    at_home: Floats
    abroad: Floats

    @property
    def row(self) -> str:
        """Side whose totals are shared."""
        return str(self.like.dims[-2])

    def cells(self, values: Floats) -> xr.DataArray:
        """Corridors with their labels."""
        return self.like.copy(data=values)

    def lines(self, values: Floats) -> xr.DataArray:
        """One number a country with its labels."""
        return (
            self.like.isel({self.like.dims[-1]: 0}, drop=True)
            .copy(data=values)
            .rename({self.row: "country"})
        )


def lined_up(
    stock: xr.DataArray,
    total: xr.DataArray,
    income: xr.DataArray | None,
    fixed: xr.DataArray | None,
    *,
    side: Side,
) -> Lined:
    """The inputs of a matrix; a pair without people is nobody, an income not given is missing."""
    row, column = ("receiver", "sender") if side == "received" else ("sender", "receiver")
    checked = od_table(stock.rename(stock.name or "stock"), missing="zero")
    people = checked.source.copy(data=checked.cells).rename(origin="receiver", destination="sender")
    require_dims(total, "country", name="total")
    for money in (total, fixed):
        _refuse_other_units(money)
    refuse_negative(total, name="total")
    totals = total.rename({"country": row})
    none = people.isel({d: 0 for d in people.dims if d not in ("sender", "receiver")}, drop=True)
    known = none * np.nan if fixed is None else fixed
    earned = none.isel(sender=0, drop=True).rename(receiver="country") * np.nan
    if income is not None:
        require_dims(income, "country", name="income")
        refuse_negative(income, name="income")
        earned = income
    refuse_negative(known, name="fixed")
    incomes = [earned.rename(country="receiver"), earned.rename(country="sender")]
    names = ("stock", "total", "fixed", "income", "income")
    given = [a.rename(n) for a, n in zip((people, totals, known, *incomes), names, strict=True)]
    arrays = same_cells(*given)
    like = xr.broadcast(*arrays)[0]
    outer = [str(d) for d in like.dims if d not in (row, column)]
    like = like.transpose(*outer, row, column)

    def numbers(array: xr.DataArray, *dims: str) -> Floats:
        wide = like.isel({d: 0 for d in (row, column) if d not in dims}, drop=True)
        return array.broadcast_like(wide).transpose(*outer, *dims).to_numpy().astype(float)

    return Lined(
        like,
        numbers(arrays[0], row, column),
        numbers(arrays[1], row),
        numbers(arrays[2], row, column),
        numbers(arrays[3], "receiver"),
        numbers(arrays[4], "sender"),
    )


def _refuse_other_units(money: xr.DataArray | None) -> None:
    units = "" if money is None else money.attrs.get("units", "")
    if units not in ("", "million USD"):
        raise UnitsError(
            f"amounts in {units}",
            where=str(money.name) if money is not None else "",
            remedy="give million US dollars, and say so in attrs['units']",
            id="UnitMismatch",
        )


def weights(lined: Lined, rule: Rule, beta: float) -> tuple[Floats, Mask]:
    """What a migrant of each corridor sends by the rule, and where that is known."""
    if rule == "stock":
        return np.ones_like(lined.people), np.ones(lined.people.shape, bool)
    if rule == "income":
        shape = (*lined.at_home.shape, lined.abroad.shape[-1])
        weight = np.broadcast_to(lined.abroad[..., None, :], shape)
    else:
        weight = income_gap_weight(lined.at_home, lined.abroad, beta)
    if lined.row == "sender":
        weight = np.swapaxes(weight, -1, -2)
    known = ~np.isnan(weight)
    return np.where(known, weight, 0.0), known


def refuse_no_income(lined: Lined, lacking: Mask) -> None:
    """Raise where a corridor that takes part has no income."""
    if not lacking.any():
        return
    lost = lined.cells(np.where(lacking, lined.people, 0.0))
    share = float(lost.sum()) / float(lined.people.sum())
    ends = [
        str(code)
        for dim, income in (("sender", lined.abroad), ("receiver", lined.at_home))
        for place, code in enumerate(lined.like.indexes[dim])
        if np.isnan(income[..., place]).any() and bool((lost.sel({dim: code}) > 0).any())
    ]
    raise CoverageError(
        f"{int(lacking.sum())} corridors with {100 * share:.2g} % of the migrants have no income",
        where=few(dict.fromkeys(ends)),
        remedy="give these incomes, or no_income='by_stock' to share such corridors by migrants",
        id="NoIncome",
    )


def refuse_fixed(lined: Lined) -> None:
    """Raise where known amounts are more than the total that holds them."""
    raise_faults(_above_total(lined), where="fixed")


def _above_total(lined: Lined) -> Iterator[InfeasibleError]:
    known = np.nansum(lined.fixed, axis=-1)
    set_aside = ~np.isnan(lined.fixed).all(axis=-1)
    wrong = set_aside & ~(known <= lined.total * (1 + 1e-9))
    for place in np.argwhere(wrong):
        code, at = lined.like.indexes[lined.row][place[-1]], tuple(place)
        yield InfeasibleError(
            f"fixed amounts of {code} add to {known[at]:,.6g}, its total is {lined.total[at]:,.6g}",
            where=f"{lined.row} {code}",
            remedy="lower the fixed amounts, or give a total that holds them",
            id="FixedAboveTotal",
        )
