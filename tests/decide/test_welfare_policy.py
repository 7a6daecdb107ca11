# SPDX-License-Identifier: Apache-2.0
"""The numbers of policy/welfare.yaml, which nobody needs Python to read."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest
import xarray as xr
from ruamel.yaml import YAML

from keruen.core.errors import ApproximationWarning
from keruen.decide.welfare import fiscal_value, immigration_surplus, nested_ces_wages

CASES = YAML(typ="safe").load(
    (Path(__file__).parent / "policy" / "welfare.yaml").read_text("utf-8")
)


def named(rows):
    return [pytest.param(one, id=one["name"]) for one in rows]


def by_skill(given: dict[str, float]) -> xr.DataArray:
    return xr.DataArray(list(given.values()), coords={"education": list(given)}, dims="education")


@pytest.mark.parametrize("one", named(CASES["surplus"]))
def test_immigration_surplus(one) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ApproximationWarning)
        found = immigration_surplus(
            one["migrants"],
            labour_share=one["labour_share"],
            elasticity=one["elasticity"],
            form="linear",
        )
    short = {"scenario": "short_run"}
    percent = 100 * found.surplus.sel(short).item()
    assert percent == pytest.approx(one["surplus_percent_of_output"], abs=5e-4)
    if "native_labour_loses" in one:
        lost = -100 * found.native_labour.sel(short).item()
        assert round(lost, 1) == one["native_labour_loses"]
        assert round(100 * found.capital.sel(short).item(), 1) == one["capital_gains"]


@pytest.mark.parametrize("one", named(CASES["wages"]))
def test_wages_of_natives_and_migrants(one) -> None:
    found = nested_ces_wages(
        by_skill(one["growth"]),
        pay_share=by_skill(one["pay_share"]),
        migrant_share=by_skill(one["migrant_share"]),
        sigma=one["sigma"],
        epsilon=one["epsilon"],
        labour_share=one["labour_share"],
    )
    long, short = ({"scenario": name} for name in ("long_run", "short_run"))
    for who, array in (("natives", found.native), ("migrants", found.migrant)):
        told = (100 * array.sel(long)).round(3)
        assert {str(k): told.sel(education=k).item() for k in one[who]} == one[who]
    together = round(100 * found.native_average.sel(long).item(), 3)
    assert together == one["natives_together"]
    lower = 100 * (found.native.sel(long, drop=True) - found.native.sel(short, drop=True))
    assert set(lower.round(3).values.tolist()) == {one["short_run_lowers_all_by"]}


@pytest.mark.parametrize("one", named(CASES["fiscal"]))
def test_fiscal_value(one) -> None:
    ages = {"age": list(range(20, 20 + len(one["flows"])))}
    net = xr.DataArray([float(flow) for flow in one["flows"]], ages, dims="age")
    rates = {name: one[name] for name in ("stay", "growth", "discount")}
    found = fiscal_value(net.clip(min=0), (-net).clip(min=0), **rates)
    assert round(found.value.sel(series="marginal", entry_age=20).item(), 2) == one["value"]
