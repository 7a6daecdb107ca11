# SPDX-License-Identifier: Apache-2.0
"""Indices of age profiles, against what others printed and against plain loops."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

import keruen
from keruen.measure.schedules import labour_indices, peak_indices, rogers_castro_schedule

CHILD = {"a1": 0.02, "alpha1": 0.1, "c": 0.003}
LABOUR = {"a2": 0.06, "alpha2": 0.1, "mu2": 20.0, "lambda2": 0.4}
FUNDAMENTAL = CHILD | LABOUR


def observed() -> xr.DataArray:
    """Rates of Brazil 2000 and France 2006, as the usual package has them: with ages 0-4."""
    moved = keruen.load("ipums.migrants_by_age.migrants")
    people = keruen.load("ipums.migrants_by_age.population")
    pairs = {"country": xr.DataArray(["BRA", "FRA"], dims="sample")}
    pairs["year"] = xr.DataArray([2000, 2006], dims="sample")
    rates = (moved / people).sel(pairs).drop_vars(["country", "year"])
    return rates.assign_coords(sample=["BRA", "FRA"]).drop_attrs()


def test_brazil_and_france_as_printed() -> None:
    """Output of migest 2.0.4, index_age(), in its manual; its rates are per hundred."""
    found = peak_indices(observed())
    assert found.gross_migraproduction_rate.values == pytest.approx([7.82, 9.55], abs=0.005)
    assert 100 * found.peak_intensity.values == pytest.approx([14.3, 29.5], abs=0.05)
    assert found.peak_age.values.tolist() == [24, 26]
    assert found.rise_age.values.tolist() == [19, 18]
    assert found.fall_age.values.tolist() == [32, 30]
    assert found.asymmetry.values == pytest.approx([0.594, 0.6], abs=0.0005)


def test_window_of_the_peak_is_one_year_older_than_printed() -> None:
    rates = observed()
    found = peak_indices(rates)
    for k, (peak, printed, share) in enumerate([(24, 147, 18.8), (26, 295, 30.8)]):
        one = rates.isel(sample=k)
        too_young = one.sel(age=slice(peak - 6, peak + 4)).sum().item()
        assert 100 * too_young == pytest.approx(printed, abs=0.5)
        assert 100 * too_young / one.sum().item() == pytest.approx(share, abs=0.05)
        right = one.sel(age=slice(peak - 5, peak + 5)).sum().item()
        assert found.peak_breadth.values[k] == pytest.approx(right, rel=1e-12)
        assert found.peak_share.values[k] == pytest.approx(right / one.sum().item())
    assert 100 * found.peak_breadth.values == pytest.approx([149.1, 295.7], abs=0.05)


def test_fundamental_schedule() -> None:
    rates = rogers_castro_schedule(range(101), FUNDAMENTAL)
    found = peak_indices(rates)
    assert found.gross_migraproduction_rate.item() == pytest.approx(1.05681, abs=5e-6)
    assert found.peak_age.item() == 23
    assert found.peak_intensity.item() == pytest.approx(0.037895, abs=5e-7)
    assert found.peak_intensity_share.item() == pytest.approx(0.037895 / 1.05681, rel=1e-4)


def test_every_index_by_a_plain_loop() -> None:
    m = dict.fromkeys(range(40), 0.0)
    m |= {5: 0.09, 6: 0.08, 7: 0.05, 8: 0.06, 9: 0.10, 10: 0.20, 11: 0.22, 12: 0.18, 13: 0.05}
    rates = xr.DataArray(list(m.values()), coords={"age": list(m)})
    found = peak_indices(rates, ages=(5, 14), breadth=2)
    total = sum(m.values())
    assert found.peak_age.item() == 11
    assert found.rise_age.item() == 10  # 0.10 to 0.20
    assert found.fall_age.item() == 13  # 0.18 to 0.05
    assert found.asymmetry.item() == pytest.approx(10 / 13)
    assert found.low_age.item() == 7
    assert found.labour_shift.item() == 4
    assert found.jump.item() == pytest.approx(0.17)
    assert found.peak_breadth.item() == pytest.approx(0.10 + 0.20 + 0.22 + 0.18 + 0.05)
    assert found.peak_share.item() == pytest.approx(0.75 / total)


def test_ages_need_not_start_at_zero() -> None:
    rates = rogers_castro_schedule(range(101), FUNDAMENTAL)
    whole, part = peak_indices(rates), peak_indices(rates.sel(age=slice(15, None)))
    assert part.peak_age.item() == whole.peak_age.item()
    assert part.peak_breadth.item() == pytest.approx(whole.peak_breadth.item())
    assert part.peak_share.item() > whole.peak_share.item()  # its level lacks ages 0-14


def test_both_ends_of_the_ages_of_study_belong_to_them() -> None:
    falling = xr.DataArray(np.linspace(0.9, 0.1, 81), coords={"age": range(81)})
    assert peak_indices(falling).peak_age.item() == 5
    assert peak_indices(falling[::-1].assign_coords(age=range(81))).peak_age.item() == 65


def test_what_does_not_exist_is_missing_and_says_why() -> None:
    falling = xr.DataArray(np.linspace(0.9, 0.1, 81), coords={"age": range(81)})
    found = peak_indices(falling)
    assert np.isnan(found.rise_age.item())
    assert np.isnan(found.asymmetry.item())
    assert np.isnan(found.low_age.item())
    assert "does not exist" in found.rise_age.attrs["missing_reason"]
    short = peak_indices(falling.sel(age=slice(3, None)))
    assert np.isnan(short.peak_breadth.item())  # the window reaches down to age 0
    assert not np.isnan(short.peak_intensity_share.item())


def test_labour_indices_as_printed() -> None:
    """Output of migest 2.0.4, index_age_rc(), on the fundamental parameters."""
    found = labour_indices(FUNDAMENTAL)
    assert found.child_dependency.item() == pytest.approx(0.333, abs=0.0005)
    assert found.labour_dependency.item() == pytest.approx(3)
    assert found.labour_asymmetry.item() == pytest.approx(4)
    assert found.regularity.item() == pytest.approx(1)
    assert list(found.to_table()) == list(found.__dataclass_fields__)


def test_labour_indices_without_labour() -> None:
    found = labour_indices(FUNDAMENTAL | {"a2": 0.0})
    assert np.isnan(found.child_dependency.item())
    assert found.labour_dependency.item() == 0
