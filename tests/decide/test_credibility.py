# SPDX-License-Identifier: Apache-2.0
"""Signs of a shortage: bounds of each, and how many must hold."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from keruen.core.errors import CoverageError
from keruen.decide.credibility import credible_shortages


def test_three_of_five_signs_make_a_shortage_credible():
    jobs = {"occupation": ["2221", "5120", "7112", "9112"]}
    pay = xr.DataArray(
        [[0.05, 0.01, 0.05, 0.0], [0.06, 0.01, 0.0, 0.0]], {"year": [2024, 2025], **jobs}
    )
    found = credible_shortages(
        vacancy_rate=xr.DataArray([0.09, 0.02, 0.03, 0.01], jobs),
        days_to_fill=xr.DataArray([61.0, 60.0, 90.0, 10.0], jobs),
        wage_growth=pay,
        unemployed_per_vacancy=xr.DataArray([0.9, 1.0, np.nan, 8.0], jobs),
        employers_reporting=xr.DataArray([0.1, 0.2, 0.3, 0.0], jobs),
    )
    assert found.holds.sel(occupation="2221").to_series().tolist() == [1.0, 1.0, 1.0, 1.0, 0.0]
    assert found.short.values.tolist() == [1.0, 0.0, 0.0, 0.0]
    assert found.holds.sel(occupation="7112", series="wage_growth").item() == 0.0
    with pytest.raises(CoverageError, match="only 1 are given"):
        credible_shortages(days_to_fill=xr.DataArray([61.0], {"occupation": ["2221"]}))
