# SPDX-License-Identifier: Apache-2.0
"""A million profiles scored by the grid of Canada, with explanations, beside one at a time.

The same pool is scored twice: by the public function, and by the plain reading of the rule
file, person by person, on a part of the pool that is small enough to wait for.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
import xarray as xr

from keruen.decide.points import make_rule_set, score_profiles, single_changes
from keruen.decide.points.rule_set import RuleSet
from keruen.sources.point_rules import read_point_rules

DAY = "2026-01-01"
POOL, SOME = 1_000_000, 2_000
ABILITIES = ("speaking", "listening", "reading", "writing")
CRS = "a million profiles by CRS with every matched row: target 2 s"
CHANGES = "single changes of 2,000 profiles over a cut-off"


@cache
def rules() -> RuleSet:
    (file,) = read_point_rules("canada-crs")
    return make_rule_set(file.content, where=file.where)


@cache
def pool(size: int) -> xr.Dataset:
    """Made-up profiles; choices as text, as a table holds them."""
    rng = np.random.default_rng(1)
    codes = rules().inputs
    made: dict[str, np.ndarray] = {"age": rng.integers(17, 60, size)}
    for name, one in codes.items():
        if one.kind == "flag":
            made[name] = rng.random(size) < 0.3
        elif one.kind == "choice":
            made[name] = rng.choice(np.array(list(one.codes), dtype=object), size)
        elif one.unit == "CLB":
            made[name] = rng.integers(3, 11, size)
        elif one.unit == "years" and name != "age":
            made[name] = rng.integers(0, 8, size)
    return xr.Dataset(
        {name: ("profile", values) for name, values in made.items()},
        coords={"profile": np.arange(size)},
    )


def totals_one_by_one(people: xr.Dataset) -> list[float]:
    """The rule file read for one person after another: rows in turn, caps in turn."""
    columns = {str(name): one.to_numpy().tolist() for name, one in people.data_vars.items()}
    found = []
    for at in range(people.sizes["profile"]):
        facts = {name: values[at] for name, values in columns.items()}
        facts = {k: {True: "yes", False: "no"}.get(v, v) if v in (True, False) and
                 rules().inputs[k].codes else v for k, v in facts.items()}  # fmt: skip
        for name in ("first", "second"):
            facts[f"{name}_least"] = min(facts[f"{name}_{one}"] for one in ABILITIES)
        swap = facts["first_language"] == "french"
        facts["french"] = facts["first_least" if swap else "second_least"]
        facts["english"] = facts["second_least" if swap else "first_least"]
        found.append(_total(facts))
    return found


def _total(facts: dict) -> float:
    from datetime import date

    points: dict[str, float] = {}
    for name, factor in rules().factors_on(date.fromisoformat(DAY)).items():
        if factor.only_when is not None and facts["spouse"] != "yes":
            continue
        columns = factor.columns
        column = 0 if columns is None else _place(columns, facts[columns.input])
        rows = [_place(factor.rows, facts[one]) for one in factor.inputs]
        points[name] = sum(factor.points[row][column] or 0.0 for row in rows)
    limits = {"yes": 0, "no": 1}
    for name in ("second_language", "by_education", "by_foreign_work", "by_certificate", "core",
                 "spouse_factors", "transferability", "additional"):  # fmt: skip
        cap = rules().caps[name]
        at = 1 - limits[facts["spouse"]] if cap.by else 0  # codes stand as no, yes
        points[name] = min(sum(points.pop(one, 0.0) for one in cap.of), cap.most[at])
    return sum(points.values())


def _place(side, value) -> int:
    if side.codes:
        return next(at for at, group in enumerate(side.codes) if value in group)
    return next(at for at, (low, high) in enumerate(side.bands) if low <= value < high)


@pytest.mark.benchmark(group=CRS)
def bench_score(benchmark):
    people = pool(POOL)
    found = benchmark.pedantic(lambda: score_profiles(people, rules(), as_of=DAY), rounds=5)
    some = people.isel(profile=slice(SOME))
    np.testing.assert_array_equal(found.total.to_numpy()[:SOME], totals_one_by_one(some))


@pytest.mark.benchmark(group=CRS)
def bench_score_one_by_one_2000(benchmark):
    some = pool(POOL).isel(profile=slice(SOME))
    benchmark.pedantic(lambda: totals_one_by_one(some), rounds=1)


@pytest.mark.benchmark(group=CHANGES)
def bench_single_changes(benchmark):
    some = pool(POOL).isel(profile=slice(SOME))
    found = benchmark.pedantic(
        lambda: single_changes(some, rules(), as_of=DAY, cut_off=500), rounds=1
    )
    assert found["passes"].any()
