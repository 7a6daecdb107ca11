# SPDX-License-Identifier: Apache-2.0
"""Flows and stocks published together: subtracting stocks tells no small flow."""

from __future__ import annotations

from datetime import date
from itertools import product

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy.optimize import linprog

from keruen.measure._suppression import with_totals
from keruen.measure.disclosure import TOTAL, hide_small_counts
from keruen.measure.linked_disclosure import hide_linked_counts, protected_release
from keruen.measure.record_protection import Protection, parse_protection
from keruen.measure.record_tables import FLOWS, STOCKS, CountTable

WAYS = ["arrivals", "departures"]


def account(seed: int, months: int = 6, sexes: int = 2) -> tuple[xr.DataArray, xr.DataArray]:
    """Flows [month, sex, measure] and the stocks [month, sex] that follow from them."""
    rng = np.random.default_rng(seed)
    flows = rng.poisson(rng.choice([0.4, 3, 12], (months, sexes, 2)))
    start = np.full((1, sexes), 60)
    stocks = np.concatenate([start, start + np.cumsum(flows[..., 0] - flows[..., 1], axis=0)])
    coords = {"month": [f"2024-{m:02}" for m in range(1, months + 2)], "sex": ["F", "M"][:sexes]}
    return (
        xr.DataArray(flows, {**coords, "month": coords["month"][:-1], "measure": WAYS}),
        xr.DataArray(stocks, coords),
    )


def widest(flows: xr.DataArray, stocks: xr.DataArray, exact: np.ndarray) -> list[float]:
    """Range of every small value that shown figures allow, all equations used together."""
    parts = (flows.transpose("month", "sex", "measure"), stocks.transpose("month", "sex"))
    name = [(k, *at) for k, part in enumerate(parts) for at in np.ndindex(part.shape)]
    place = {each: number for number, each in enumerate(name)}
    shown = np.concatenate([part.to_numpy().ravel() for part in parts])
    rows = []

    def equation(terms: dict[tuple[int, ...], float]) -> None:
        row = np.zeros(len(name))
        for each, sign in terms.items():
            row[place[each]] += sign
        rows.append(row)

    for k, part in enumerate(parts):
        for axis in range(k, part.ndim):  # months of stocks have no total
            others = [range(n) for a, n in enumerate(part.shape) if a != axis]
            for at in product(*others):
                line = [(k, *at[:axis], n, *at[axis:]) for n in range(part.shape[axis])]
                equation(dict.fromkeys(line[:-1], 1.0) | {line[-1]: -1.0})
    for m, sex in product(*(range(n) for n in (len(parts[1]) - 1, parts[1].shape[1]))):
        ends = {(1, m + 1, sex): 1.0, (1, m, sex): -1.0}
        equation(ends | {(0, m, sex, 0): -1.0, (0, m, sex, 1): 1.0})
    bounds = [(0, None) if np.isnan(v) else (v, v) for v in shown]
    wide = []
    for cell in np.flatnonzero(np.isnan(shown) & (exact < 5)):
        cost = np.zeros(len(name))
        cost[cell] = 1
        low, high = (
            linprog(sign * cost, A_eq=np.array(rows), b_eq=np.zeros(len(rows)), bounds=bounds)
            for sign in (1, -1)
        )
        wide.append(np.inf if high.status == 3 else -high.fun - low.fun)
    return wide


def in_full(flows: xr.DataArray, stocks: xr.DataArray) -> np.ndarray:
    """All values with their totals, in the order of ``widest``."""
    table = with_totals(flows.to_numpy())
    return np.concatenate([table.ravel(), with_totals(stocks.to_numpy())[:-1].ravel()])


@pytest.mark.parametrize("seed", range(6))
def test_a_linear_programme_over_both_tables_finds_no_hidden_count(seed: int) -> None:
    flows, stocks = account(seed)
    shown = [each.counts for each in hide_linked_counts(flows, stocks)]
    for part in shown:
        assert not ((part > 0) & (part < 5)).any()
    assert min(widest(*shown, in_full(flows, stocks)), default=np.inf) >= 1


def test_tables_protected_one_by_one_would_tell() -> None:
    """The attack is one: what this module is for."""
    flows, stocks = account(0)
    apart = hide_small_counts(flows).counts, hide_small_counts(stocks).counts
    apart = apart[0], apart[1].sel(month=stocks["month"].to_numpy())
    assert min(widest(*apart, in_full(flows, stocks))) < 1e-6


def test_a_lonely_flow_takes_the_residents_of_one_side_along() -> None:
    flows, stocks = account(1, months=4, sexes=1)
    flows[:] = 0
    flows[1, 0, 0] = 3
    stocks[:, 0] = [50, 50, 53, 53, 53]
    one, other = hide_linked_counts(flows, stocks)
    assert np.isnan(one.counts.sel(month="2024-02", sex="F", measure="arrivals"))
    hidden = np.isnan(other.counts.sel(sex="F")).to_numpy().tolist()
    assert hidden in ([True, True, False, False, False], [False, False, True, True, True])


def table(rows: list[tuple[object, ...]], names: tuple[str, ...]) -> CountTable:
    cells = pd.DataFrame(rows, columns=["month", "sex", "measure", "count"])
    cells.insert(1, "status", "final")
    return CountTable(cells.assign(key=0), ("sex",), names)


def counted() -> tuple[CountTable, CountTable]:
    month = (date(2024, 1, 1).year - 1970) * 12
    arrivals = [(month, "F", "arrivals", 3), (month + 2, "M", "arrivals", 40)]
    stocks = [
        (month + m, sex, "residents", number)
        for m, both in enumerate([(100, 70), (103, 70), (103, 70), (103, 110)])
        for sex, number in zip("FM", both, strict=True)
    ]
    open_ = [(month + 2, "M", "open_arrivals", 9)]
    return table([*arrivals, *open_], FLOWS), table(stocks, STOCKS)


def test_a_release_hides_what_its_two_tables_tell_together() -> None:
    flows, stocks = protected_release(*counted(), parse_protection("threshold:5"))
    women = stocks[stocks["sex"] == "F"].set_index("month")["residents"]
    assert women.isna().any()
    before, after = women["2024-01"], women["2024-02"]
    assert np.isnan(before) or np.isnan(after)
    assert np.isnan(flows.set_index(["month", "sex"])["arrivals"]["2024-01", "F"])
    men = flows.set_index(["month", "sex"]).loc[("2024-03", "M")]
    assert men["open_arrivals"] == 9
    assert (stocks["sex"] == TOTAL).any()


def test_without_months_only_the_last_stock_is_shown() -> None:
    flows, stocks = counted()
    _, shown = protected_release(flows.by("sex"), stocks, parse_protection("threshold:5"))
    assert shown["month"].unique().tolist() == ["2024-04"]


def test_other_protection_changes_each_table_by_itself() -> None:
    flows, stocks = protected_release(*counted(), Protection("none"))
    assert flows["arrivals"].sum() == 43
    assert stocks["residents"].sum() == 729
