# SPDX-License-Identifier: Apache-2.0
"""From a gap to a number of foreign workers: by hand, identities, limits, ranges, refusals."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from keruen.core.errors import CoverageError, FaultsError, SchemaError
from keruen.decide.quota import need_from_gap

CELLS = {"region": ["KZ-10", "KZ-75"], "occupation": ["2221", "7112"]}


def table(values: list[list[float]]) -> xr.DataArray:
    return xr.DataArray(values, CELLS)


def market() -> tuple[dict[str, xr.DataArray], dict[str, xr.DataArray]]:
    demand = {
        "growth": table([[50.0, -40], [10, 20]]),
        "replacement": table([[100.0, 60], [30, 80]]),
        "vacancies": table([[30.0, 0], [0, 20]]),
    }
    supply = {
        "graduates": table([[100.0, 30], [60, 20]]),
        "unemployed": table([[20.0, 20], [10, 10]]),
        "movers": table([[-10.0, 0], [0, 10]]),
    }
    return demand, supply


def test_by_hand():
    found = need_from_gap(*market(), foreign_share=0.5)
    # 180 demanded, 110 there; 20 and 50; 40 and 70; 120 and 40
    assert found.gap.values.tolist() == [[70.0, 0.0], [0.0, 80.0]]
    assert found.proposed.values.tolist() == [[35.0, 0.0], [0.0, 40.0]]
    assert found.total().item() == 75.0
    because = found.causes.sel(region="KZ-10", occupation="2221").to_series()
    assert because.to_dict() == pytest.approx(
        {"growth": 35 * 50 / 180, "replacement": 35 * 100 / 180, "vacancies": 35 * 30 / 180}
    )


def test_terms_add_to_the_balance_and_causes_to_the_number():
    found = need_from_gap(*market(), foreign_share=0.7, ceiling=30.0)
    balance = found.terms.sum("series")
    np.testing.assert_allclose(found.gap, balance.clip(min=0.0))
    np.testing.assert_allclose(found.causes.sum("series"), found.proposed)
    assert found.to_table().filter(like="because_").sum().sum() == pytest.approx(30.0)


def test_kazakhstan_published_ceiling():
    """22,200 permits were 0.24 percent of the labour force in 2023: 9.25 million workers."""
    labour_force = 22_200 / 0.0024
    assert labour_force == pytest.approx(9.25e6)
    demand, supply = market()
    large = {name: 1000.0 * term for name, term in demand.items()}
    found = need_from_gap(large, supply, foreign_share=1.0, ceiling=0.0024 * labour_force)
    assert found.total().item() == pytest.approx(22_200)
    assert found.adjustments["rule"].tolist() == ["ceiling"]


def test_permits_limits_and_credibility_in_turn():
    short = xr.DataArray([1.0, 0.0], {"occupation": CELLS["occupation"]})
    found = need_from_gap(
        *market(), foreign_share=1.0, short=short,
        valid_permits=table([[20.0, 0], [0, 0]]), limit=table([[40.0, 9], [9, 9]]),
    )  # fmt: skip
    assert found.proposed.values.tolist() == [[40.0, 0.0], [0.0, 0.0]]
    assert found.adjustments[["rule", "before", "after"]].values.tolist() == [
        ["short", 150.0, 70.0], ["valid_permits", 70.0, 50.0], ["limit", 50.0, 40.0],
    ]  # fmt: skip


def test_tiers_are_served_in_turn_under_a_ceiling():
    first = xr.DataArray([2, 1], {"occupation": CELLS["occupation"]})
    found = need_from_gap(*market(), foreign_share=1.0, ceiling=100.0, priority=first)
    assert found.proposed.values.tolist() == [[20.0, 0.0], [0.0, 80.0]]
    alike = need_from_gap(*market(), foreign_share=1.0, ceiling=75.0)
    assert alike.proposed.values.tolist() == [[35.0, 0.0], [0.0, 40.0]]


def test_a_range_goes_in_and_a_range_comes_out():
    """Italy 2010-20: supply falls by a twentieth, demand grows; a range of yearly needs."""
    demand, supply = market()
    growth = xr.concat([0.0 * demand["growth"], 2.0 * abs(demand["growth"])], dim="scenario")
    given = {**demand, "growth": growth.assign_coords(scenario=["low", "high"])}
    found = need_from_gap(given, supply, foreign_share=1.0)
    low, high = (found.total().sel(scenario=name).item() for name in ("low", "high"))
    assert 0 < low < high


def test_trajectories_give_an_interval_whose_total_is_summed_first():
    rng = np.random.default_rng(1)
    demand, supply = market()
    noise = xr.DataArray(rng.normal(0, 20, 400), {"trajectory": range(400)})
    found = need_from_gap({**demand, "growth": demand["growth"] + noise}, supply, foreign_share=1.0)
    low, middle, high = found.total().values
    assert low < middle < high
    draws = found.proposed.sum(["region", "occupation"])
    assert middle == pytest.approx(float(draws.median()))
    assert found.interval().sizes["quantile"] == 3


def test_refusals():
    demand, supply = market()
    with pytest.raises(SchemaError, match="'births' is not a term of supply"):
        need_from_gap(demand, {"births": supply["graduates"]}, foreign_share=1.0)
    with pytest.raises(SchemaError, match="negative"):
        need_from_gap({**demand, "vacancies": -demand["vacancies"]}, supply, foreign_share=1.0)
    with pytest.raises(CoverageError, match="KZ-75"):
        need_from_gap(
            demand, {"graduates": supply["graduates"].sel(region=["KZ-10"])}, foreign_share=1
        )
    with pytest.raises(SchemaError, match="40 percent"):
        need_from_gap(demand, supply, foreign_share=40.0)
    with pytest.raises(CoverageError, match="no term of demand"):
        need_from_gap({}, supply, foreign_share=1.0)
    wrong = {"growth": demand["growth"] * np.nan, "vacancies": -1 - demand["vacancies"]}
    with pytest.raises(FaultsError, match="2 faults"):
        need_from_gap(wrong, supply, foreign_share=1.0)
