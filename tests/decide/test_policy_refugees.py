# SPDX-License-Identifier: Apache-2.0
"""Worked cases of refugee capacity, written so that anybody can check them."""

from __future__ import annotations

from pathlib import Path

import pytest
import xarray as xr
import yaml

from keruen.decide.apportionment import region_key
from keruen.decide.refugees import (
    officers_to_clear,
    reception_places,
    run_caseload,
    share_refugees,
)

CASES = yaml.safe_load((Path(__file__).parent / "policy" / "refugees.yaml").read_text("utf-8"))


def cases(kind: str):
    return pytest.mark.parametrize("case", CASES[kind], ids=lambda case: case["name"])


def regions(values: dict) -> xr.DataArray:
    return xr.DataArray([float(v) for v in values.values()], {"region": list(values)})


@cases("officers")
def test_officers(case):
    found = officers_to_clear(
        case["applications"], case["backlog"], months=case["months"],
        rate=case["decisions_per_officer"],
    )  # fmt: skip
    assert found.clearing.item() == case["officers_while_clearing"]
    assert found.lasting.item() == case["officers_afterwards"]


@cases("places")
def test_places(case):
    found = reception_places(
        case["persons_per_month"], case["months"], factor=case["family_factor"],
        confidence=case["confidence"],
    )  # fmt: skip
    assert found.mean.item() == case["mean"]
    assert found.places.item() == case["enough"]


@cases("queues")
def test_queues(case):
    coming = xr.DataArray(
        [float(one) for one in case["applications"]],
        {"month": range(1, len(case["applications"]) + 1)},
    )
    stages = list(case["officers"])
    found = run_caseload(
        coming,
        officers=xr.DataArray(list(case["officers"].values()), {"stage": stages}),
        rate=case["decisions_per_officer"],
        recognition=case["recognition"],
        appeal=case["appeal"],
        backlog=xr.DataArray(float(case.get("backlog", 0))),
    )
    for name, part in (("decided", "decided"), ("recognised", "recognised"), ("waiting", "end")):
        for stage, wanted in case.get(name, {}).items():
            values = getattr(found, part).sel(stage=stage).squeeze("origin").values
            assert values == pytest.approx(wanted, abs=1e-9), (name, stage)


@cases("keys")
def test_keys(case):
    people = regions(case["population"])
    names = ("revenue", "product", "applications", "unemployment")
    given = {name: regions(case[name]) for name in names if name in case}
    limits = {"cap": regions(case["cap"]).astype(int)} if "cap" in case else {}
    found = share_refugees(case["persons"], region_key(people, **given), people, **limits)
    wanted = case["are"]
    assert dict(zip(wanted, found.persons.sel(region=list(wanted)).values, strict=True)) == wanted
