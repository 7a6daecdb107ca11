# SPDX-License-Identifier: Apache-2.0
"""Codes of another classification: totals are kept, equal splits are refused."""

from __future__ import annotations

import pytest
import xarray as xr

from keruen.core.errors import AccountError, CodeError, CoverageError, FaultsError
from keruen.project.concordance import reclassify

OLD = xr.DataArray(
    [[100.0, 40.0], [60.0, 0.0]], {"year": [2015, 2016], "occupation": ["2230", "3231"]}
)
WEIGHTS = {"2230": {"2221": 0.9, "2222": 0.1}, "3231": {"2221": 0.25, "3221": 0.75}}


def test_totals_are_kept():
    found = reclassify(OLD, WEIGHTS, dim="occupation")
    assert found.sum("occupation").values.tolist() == [140.0, 60.0]
    assert found.sel(year=2015).to_series().to_dict() == {"2221": 100.0, "2222": 10.0, "3221": 30.0}


def test_many_codes_without_weights_are_never_split_equally():
    with pytest.raises(CoverageError, match="2230 became 2221, 2222") as caught:
        reclassify(OLD, {**WEIGHTS, "2230": {"2221": None, "2222": None}}, dim="occupation")
    assert caught.value.id == "NoWeights"


def test_weights_add_to_one_and_every_code_is_known():
    with pytest.raises(AccountError, match=r"3231: 0\.9"):
        reclassify(OLD, {**WEIGHTS, "3231": {"3221": 0.9}}, dim="occupation")
    with pytest.raises(CodeError, match="3231"):
        reclassify(OLD, {"2230": WEIGHTS["2230"]}, dim="occupation")
    with pytest.raises(FaultsError, match="2 faults"):
        reclassify(OLD, {"2230": {"2221": None, "2222": None}}, dim="occupation")
