# SPDX-License-Identifier: Apache-2.0
"""Rules of rounds as a lawyer reads them: every case of policy/draws.yaml."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from ruamel.yaml import YAML

from keruen.decide.points.draws import Pool, hold_draw, make_pool

FILE = Path(__file__).parent / "policy" / "draws.yaml"
CASES = YAML(typ="safe", pure=True).load(FILE.read_text("utf-8"))["cases"]


def pool_of(rows: list[dict]) -> Pool:
    who = {"candidate": [row["candidate"] for row in rows]}

    def moments(name: str) -> xr.DataArray:
        return xr.DataArray(np.array([row[name] for row in rows], "datetime64[ns]"), who)

    names = sorted({name for row in rows for name in row.get("categories", [])})
    flags = [[name in row.get("categories", []) for name in names] for row in rows]
    member = xr.DataArray(
        np.array(flags, dtype=bool).reshape(len(rows), len(names)),
        {**who, "category": np.array(names, dtype=str)},
    )
    return make_pool(
        xr.DataArray([float(row["points"]) for row in rows], who),
        moments("submitted"),
        expires=moments("expires") if "expires" in rows[0] else None,
        member=member,
    )


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_case(case) -> None:
    draw = hold_draw(pool_of(case["pool"]), **case["round"])
    assert draw.rank["candidate"].values.tolist() == case["invited"]
    assert draw.cutoff == case["cutoff"]
    assert draw.left_at_cutoff == case["left_at_cutoff"]
    for candidate, outcome in case["outcomes"].items():
        assert draw.outcome.sel(candidate=candidate).item() == outcome
