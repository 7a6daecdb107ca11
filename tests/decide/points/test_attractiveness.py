# SPDX-License-Identifier: Apache-2.0
"""The index of attractiveness: the formula by hand, intervals, variables left out."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from keruen.core.errors import CoverageError, FaultsError, SchemaError
from keruen.decide.points.attractiveness import DIMENSIONS, talent_attractiveness

OF = {"pay": "income_and_tax", "tax": "income_and_tax", "jobless": "opportunities"}
TABLE = xr.DataArray(
    [[10.0, 40.0, 5.0], [20.0, 10.0, 9.0], [30.0, 20.0, 7.0]],
    {"country": ["KAZ", "DEU", "CAN"], "indicator": ["pay", "tax", "jobless"]},
)


def index(**more):
    return talent_attractiveness(
        TABLE, dimension=OF, lower_is_better=["tax", "jobless"], **{"draws": 2000, **more}
    )


def test_the_formula_by_hand() -> None:
    found = index()
    # pay 0, 1/2, 1; tax reversed 0, 1, 2/3; jobless reversed 1, 0, 1/2
    income = np.array([0.0, 0.75, 5 / 6])
    work = np.array([1.0, 0.0, 0.5])
    np.testing.assert_allclose(found.scores.sel(dimension="income_and_tax"), income)
    np.testing.assert_allclose(found.index, (income + work) / 2)
    assert found.rank.values.tolist() == [2, 3, 1]
    assert found.weights.values.tolist() == [0.5, 0.5]
    assert found.absent == tuple(
        one for one in DIMENSIONS if one not in ("opportunities", "income_and_tax")
    )


def test_weights_and_access() -> None:
    work = index(weights={"opportunities": 3.0})
    np.testing.assert_allclose(work.index, [1.0, 0.0, 0.5])
    access = xr.DataArray([1.0, 0.5, 0.1], {"country": ["CAN", "KAZ", "DEU"]})
    closed = index(accessibility=access)
    np.testing.assert_allclose(closed.index, index().index * [0.5, 0.1, 1.0])


def test_interval_is_the_share_of_weights() -> None:
    """KAZ (0, 1) beats CAN (5/6, 1/2) when w > 5/8 falls on work: Dirichlet, 3 of 8 draws.

    Beaten by DEU (3/4, 0) when w < 3/7. Ranks 1, 2, 3 at 37.5, 19.6, 42.9 per cent.
    """
    found = index(draws=20_000)
    assert found.rank_interval.sel(country="KAZ").values.tolist() == [1, 3]
    assert found.rank_interval.sel(country="CAN").values.tolist() == [1, 2]
    assert found.rank_interval.sel(country="DEU").values.tolist() == [2, 3]
    table = found.to_table()
    assert {"rank_low", "rank_high"} <= set(table.columns)
    assert (table["rank_low"] <= table["rank_high"]).all()


def test_left_out_equals_an_index_without_it() -> None:
    found = index()
    for name in OF:
        rest = [one for one in OF if one != name]
        again = talent_attractiveness(
            TABLE.sel(indicator=rest),
            dimension=OF,
            lower_is_better=[one for one in ("tax", "jobless") if one in rest],
        )
        assert found.without.sel(indicator=name).values.tolist() == again.rank.values.tolist()


def test_a_country_better_in_all_is_first_whatever_the_weights() -> None:
    best = TABLE.copy()
    best.loc["CAN"] = [50.0, 1.0, 1.0]
    found = talent_attractiveness(best, dimension=OF, lower_is_better=["tax", "jobless"])
    assert found.rank_interval.sel(country="CAN").values.tolist() == [1, 1]


def test_units_do_not_matter_and_seed_repeats() -> None:
    scaled = TABLE * xr.DataArray([1000.0, 0.01, 7.0], {"indicator": TABLE.indexes["indicator"]})
    again = talent_attractiveness(
        scaled + 5, dimension=OF, lower_is_better=["tax", "jobless"], draws=2000
    )
    np.testing.assert_allclose(again.index, index().index)
    np.testing.assert_array_equal(again.rank_interval, index().rank_interval)


def test_faults() -> None:
    wrong = TABLE.copy()
    wrong[0, 0] = np.nan
    wrong[:, 1] = 3.0
    with pytest.raises(FaultsError) as found:
        talent_attractiveness(wrong, dimension={"pay": "money"}, lower_is_better=["x"])
    assert [one.id for one in found.value.faults] == [
        "MissingCell", "SchemaError", "NoSpread", "SchemaError", "SchemaError", "SchemaError",
    ]  # fmt: skip
    with pytest.raises(CoverageError) as few:
        talent_attractiveness(TABLE.isel(country=[0, 1]), dimension=OF)
    assert few.value.id == "TooFew"
    for weights in ({"family": 1.0}, {"opportunities": -1.0}, {"opportunities": 0.0}):
        with pytest.raises(SchemaError) as bad:
            index(weights=weights)
        assert "BadWeight" in {one.id for one in getattr(bad.value, "faults", [bad.value])}
    with pytest.raises(SchemaError) as share:
        index(accessibility=xr.DataArray([1, 2, 0.5], {"country": TABLE.indexes["country"]}))
    assert share.value.id == "BadShare"
