# SPDX-License-Identifier: Apache-2.0
"""Specification grids: every choice runs, nothing is hidden, the driver is named."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from keruen.core.errors import EstimationError, SchemaError
from keruen.decide.evaluate import difference_in_differences, event_study, spec_grid


def towns(seed=1):
    """A town that people arrived in; wages of all men, and of a group whose make-up changed."""
    rng = np.random.default_rng(seed)
    cells = {"town": np.arange(30), "year": np.arange(1977, 1986)}
    start = xr.DataArray(np.where(np.arange(30) < 3, 1981.0, np.nan), {"town": cells["town"]})
    wage = xr.DataArray(6 + rng.normal(0, 0.05, (30, 9)), cells)
    narrow = wage - 0.2 * (wage.year >= start)  # others are counted in it from 1981 on
    return {"all men": wage, "narrow group": narrow}, start


def grid():
    wages, start = towns()

    def run(sample, first, without):
        some = {"year": slice(first, None)}
        keep = ~start.town.isin(without)
        return difference_in_differences(
            wages[sample].sel(some)[keep], start[keep], estimator="imputation"
        )

    return spec_grid(
        run,
        {
            "sample": {"all men": "all men", "narrow group": "narrow group"},
            "first": {"1977": 1977, "1979": 1979},
            "without": {
                "nobody": [],
                "first three controls": [3, 4, 5],
                "all controls": range(3, 30),
            },
        },
    )  # fmt: skip


def test_every_specification_stands_in_the_table():
    found = grid()
    assert len(found.table) == 2 * 2 * 3
    refused = found.table[found.table.refused != ""]
    assert set(refused["without"]) == {"all controls"}
    assert len(refused) == 4
    assert refused["refused"].str.contains("nothing to compare them with").all()
    assert refused["effect"].isna().all()
    curve = found.curve()
    assert curve["rank"].tolist() == list(range(1, 9))
    assert (np.diff(curve["effect"]) >= 0).all()
    summary = found.summary().set_index("figure")["value"]
    assert summary["specifications"] == 12
    assert summary["refused"] == 4
    assert summary["smallest"] <= summary["median"] <= summary["largest"]
    assert summary["median"] == pytest.approx(np.median(curve["effect"]))


def test_the_choice_that_drives_the_answer_is_named():
    """The samples differ by 0.2 and little else matters: the lesson of Mariel."""
    drivers = grid().drivers()
    share = drivers.groupby("choice")["share"].first()
    assert share["sample"] > 0.9
    assert share.sum() <= 1.0 + 1e-9
    means = drivers.set_index(["choice", "option"])["mean_effect"]
    gap = means["sample", "narrow group"] - means["sample", "all men"]
    assert gap == pytest.approx(-0.2, abs=1e-9)


def test_a_row_is_the_evaluation_itself():
    wages, start = towns()
    alone = difference_in_differences(
        wages["all men"].sel(year=slice(1979, None)), start, estimator="imputation"
    )
    table = grid().table.set_index(["sample", "first", "without"])
    row = table.loc[("all men", "1979", "nobody")]
    assert row["effect"] == alone.estimate.item()
    assert row["standard_error"] == alone.standard_error.item()
    assert row["clusters"] == 30


def test_no_number_without_its_grid():
    wages, start = towns()

    def run(sample):
        return difference_in_differences(wages[sample], start, estimator="imputation")

    with pytest.raises(SchemaError) as caught:
        spec_grid(run, {"sample": {"all men": "all men"}})
    assert caught.value.id == "NoGrid"
    with pytest.raises(SchemaError) as caught:
        spec_grid(run, {})
    assert caught.value.id == "NoGrid"
    many = {str(n): n for n in range(100)}
    with pytest.raises(SchemaError) as caught:
        spec_grid(run, {"a": many, "b": many})
    assert caught.value.id == "GridTooLarge"
    with pytest.raises(KeyError):  # a fault of the caller's own code is not swallowed
        spec_grid(run, {"sample": {"all men": "all men", "women": "women"}})


def test_all_refused_and_many_numbers_are_faults():
    wages, start = towns()
    never = xr.full_like(start, np.nan)
    with pytest.raises(EstimationError, match="no specification could be estimated"):
        spec_grid(
            lambda sample: difference_in_differences(wages[sample], never, estimator="imputation"),
            {"sample": {name: name for name in wages}},
        )
    pytest.importorskip("pyfixest")
    with pytest.raises(SchemaError, match="one number"):
        spec_grid(
            lambda sample: event_study(wages[sample], start),
            {"sample": {name: name for name in wages}},
        )
