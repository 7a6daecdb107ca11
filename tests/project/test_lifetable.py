# SPDX-License-Identifier: Apache-2.0
"""Life tables against closed forms, published tables and the United Nations' example."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import xarray as xr

from keruen.core.errors import ConvergenceError, CoverageError, SchemaError
from keruen.project.graduation import (
    fit_life_expectancy,
    graduate_fertility,
    graduate_mortality,
    january_population,
)
from keruen.project.lifetable import extend_old_age, life_table

ABRIDGED = [0, 1, *range(5, 101, 5)]


def gompertz(ages, level=3e-5, slope=0.1):
    return level * np.exp(slope * np.asarray(ages, dtype=float)) + 2e-4


def single(values, sex=("F", "M")):
    return xr.DataArray(
        np.broadcast_to(values, (len(sex), len(values))).copy(),
        coords={"sex": list(sex), "age": range(len(values))},
        dims=["sex", "age"],
    )


def abridged(values):
    return xr.DataArray(values, coords={"age": ABRIDGED[: len(values)]})


@pytest.mark.parametrize(
    ("sex", "m0", "expected"),
    [  # Andreev & Kingkade (2015), table of the pieces, worked by hand
        ("M", 0.010, 0.14929 - 1.99545 * 0.010),
        ("M", 0.0230, 0.02832 + 3.26021 * 0.0230),
        ("M", 0.09, 0.29915),
        ("F", 0.010, 0.14903 - 2.05527 * 0.010),
        ("F", 0.05, 0.04667 + 3.88089 * 0.05),
        ("F", 0.08, 0.31411),
    ],
)
def test_infants_live_the_years_of_andreev_and_kingkade(sex, m0, expected):
    rates = np.full(101, 0.01)
    rates[0] = m0
    table = life_table(xr.DataArray(rates, coords={"age": range(101)}), sex=sex)
    assert table.separation.sel(age=0).item() == pytest.approx(expected, abs=1e-15)


def test_infants_and_children_live_the_years_of_coale_and_demeny():
    rates = np.full(22, 0.01)
    rates[0] = 0.05
    table = life_table(abridged(rates), sex="M", infant="cd")
    assert table.separation.sel(age=0).item() == pytest.approx(0.045 + 2.684 * 0.05)
    assert table.separation.sel(age=1).item() == pytest.approx(1.651 - 2.816 * 0.05)
    rates[0] = 0.2
    table = life_table(abridged(rates), sex="F", infant="cd")
    assert table.separation.sel(age=0).item() == 0.350
    assert table.separation.sel(age=1).item() == 1.361


def test_abridged_separation_follows_greville_and_its_floor():
    rates = gompertz(ABRIDGED)
    table = life_table(abridged(rates), sex="F")
    place = ABRIDGED.index(40)
    expected = 2.5 - 25 / 12 * (rates[place] - 0.1 * np.log(rates[place + 1] / rates[place - 1]))
    assert table.separation.sel(age=40).item() == pytest.approx(expected, abs=1e-14)
    assert table.separation.sel(age=5).item() == 2.5
    assert table.separation.sel(age=slice(45, 95)).min().item() >= 0.97


def test_a_table_by_hand():
    # two closed ages and an open one; a(0) = 0.14903 - 2.05527 * 0.02 is the second piece
    rates = xr.DataArray([0.02, 0.1, 0.5], coords={"age": [0, 1, 2]})
    table = life_table(rates, sex="F")
    a0 = 0.04667 + 3.88089 * 0.02
    q0 = 0.02 / (1 + (1 - a0) * 0.02)
    q1 = 0.1 / 1.05
    l1, l2 = 1 - q0, (1 - q0) * (1 - q1)
    L = [l1 + a0 * q0, l2 + 0.5 * (l1 - l2), l2 / 0.5]
    np.testing.assert_allclose(table.probability, [q0, q1, 1], rtol=1e-14)
    np.testing.assert_allclose(table.survivors, [1, l1, l2], rtol=1e-14)
    np.testing.assert_allclose(table.person_years, L, rtol=1e-14)
    np.testing.assert_allclose(table.expectancy[0], sum(L), rtol=1e-14)
    np.testing.assert_allclose(
        table.survivorship, [L[0], L[1] / L[0], L[2] / (L[1] + L[2])], rtol=1e-14
    )


def test_last_two_groups_share_one_survivorship():
    table = life_table(single(gompertz(range(101))))
    expected = table.years_above.sel(age=100) / table.years_above.sel(age=99)
    np.testing.assert_allclose(table.survivorship.sel(age=100), expected, rtol=1e-13)


def test_rates_come_back_from_deaths_and_person_years():
    table = life_table(single(gompertz(range(101))))
    np.testing.assert_allclose(table.deaths / table.person_years, table.rate, rtol=1e-12)
    assert ((table.survivorship >= 0) & (table.survivorship <= 1)).all()


def test_five_year_survivorship_of_an_abridged_table():
    rates = gompertz(ABRIDGED)
    table = life_table(abridged(rates), sex="M")
    L = table.person_years
    first = (L.sel(age=0) + L.sel(age=1)).item()
    assert table.survivorship.age.values.tolist() == [0, *range(5, 101, 5)]
    assert table.survivorship.sel(age=0).item() == pytest.approx(first / 5)
    assert table.survivorship.sel(age=5).item() == pytest.approx(L.sel(age=5).item() / first)


def test_separation_of_deaths_keeps_ten_deaths_a_cohort():
    table = life_table(single(gompertz(range(101))))
    alive, L = table.survivors.sel(sex="F").values, table.person_years.sel(sex="F").values
    factor = table.lower_deaths.sel(sex="F").values
    np.testing.assert_allclose(factor[50], (L[50] - alive[51]) / (L[50] - L[51]), rtol=1e-12)
    np.testing.assert_allclose(factor[99], (L[99] - alive[100]) / L[99], rtol=1e-12)


def test_zero_rates_are_legal_but_not_in_the_open_group():
    rates = np.zeros(101)
    rates[-1] = 0.4
    table = life_table(xr.DataArray(rates, coords={"age": range(101)}), sex="F")
    assert table.survivorship.sel(age=slice(0, 99)).values.tolist() == [1.0] * 100
    assert table.expectancy.sel(age=0).item() == pytest.approx(102.5)
    with pytest.raises(ConvergenceError, match="infinite") as caught:
        life_table(xr.DataArray(np.zeros(101), coords={"age": range(101)}), sex="F")
    assert caught.value.id == "Unidentified"


def test_zero_rates_inside_an_abridged_table_do_not_warn():
    rates = gompertz(ABRIDGED)
    rates[3:6] = 0.0
    table = life_table(abridged(rates), sex="F")
    assert np.isfinite(table.expectancy.sel(age=0).item())


@pytest.mark.parametrize(
    ("change", "error", "id", "words"),
    [
        (lambda m: m.where(m.age != 3), CoverageError, "MissingPeriod", "age=3"),
        (lambda m: m - 0.1, SchemaError, "NegativeInput", "sex=F, age=0"),
        (lambda m: m.isel(age=slice(1, None)), SchemaError, "ShapeMismatch", "age begins 1"),
        (lambda m: m.isel(age=[0, 2, 5]), SchemaError, "ShapeMismatch", "0, 2, 5"),
        (lambda m: m.assign_coords(sex=["women", "men"]), SchemaError, "SchemaError", "women"),
    ],
)
def test_faults_name_the_cell(change, error, id, words):
    with pytest.raises(error, match=words) as caught:
        life_table(change(single(gompertz(range(101)))))
    assert caught.value.id == id


def test_the_sex_must_be_known():
    with pytest.raises(SchemaError, match="sex of the death rates is not stated"):
        life_table(xr.DataArray(gompertz(range(101)), coords={"age": range(101)}))


def test_kannisto_recovers_its_own_parameters():
    ages = np.arange(131)
    odds = 0.04 * np.exp(0.11 * (ages - 80.0))
    truth = odds / (1 + odds)
    observed = xr.DataArray(truth[:101], coords={"age": ages[:101]})
    extended = extend_old_age(observed, to=130)
    np.testing.assert_allclose(extended.values, truth, rtol=1e-9)
    with pytest.raises(ConvergenceError, match="logit"):
        extend_old_age(observed.where(observed.age != 90, 0.0))


def test_graduated_rates_give_the_abridged_rates_again():
    """The life table of single rates returns every abridged rate, which defines them."""
    years = [2025, 2030]
    rates = np.stack([gompertz(ABRIDGED), 0.9 * gompertz(ABRIDGED)])
    rates[:, 0], rates[:, 1] = 0.02, 0.001
    given = xr.DataArray(
        rates[:, None].repeat(2, axis=1),
        coords={"year": years, "sex": ["F", "M"], "age": ABRIDGED},
        dims=["year", "sex", "age"],
    )
    # the middle of a period is the end of the second of the calendar years around it
    graduated = graduate_mortality(given, years=[2025], centre=0.5)
    m = graduated.sel(year=2025, sex="F").values
    lived = np.exp(0.5 * m - np.cumsum(m))
    for low, high in pairwise(ABRIDGED[1:]):
        implied = (m[low:high] * lived[low:high]).sum() / lived[low:high].sum()
        assert implied == pytest.approx(given.sel(year=2025, sex="F", age=low).item(), rel=2e-5)
    assert m[0] == 0.02
    assert (np.diff(m[30:]) > 0).all()


def test_graduated_rates_meet_life_expectancy():
    given = xr.DataArray(
        gompertz(ABRIDGED)[None, None].repeat(2, axis=0).repeat(2, axis=1),
        coords={"year": [2025, 2030], "sex": ["F", "M"], "age": ABRIDGED},
        dims=["year", "sex", "age"],
    )
    target = xr.DataArray(
        [[80.0, 75.0], [81.0, 76.5]],
        coords={"year": [2027, 2028], "sex": ["F", "M"]},
        dims=["year", "sex"],
    )
    rates = graduate_mortality(given, years=[2027, 2028], life_expectancy=target)
    reached = life_table(rates).expectancy.sel(age=0, drop=True)
    xr.testing.assert_allclose(reached, target, atol=1e-9)
    with pytest.raises(CoverageError, match="first 2026"):
        graduate_mortality(given, years=[2026], life_expectancy=target)
    with pytest.raises(ConvergenceError, match="no multiple"):
        fit_life_expectancy(rates, life_expectancy=target - 200)


def test_fertility_keeps_shares_and_total():
    share = np.array([0.2, 8.0, 22.0, 28.0, 24.0, 12.0, 4.5, 1.2, 0.1])
    pattern = xr.DataArray(
        share[None], coords={"year": [2024], "age": range(10, 55, 5)}, dims=["year", "age"]
    )
    tfr = xr.DataArray([3.1], coords={"year": [2024]})
    rates = graduate_fertility(pattern, tfr=tfr)
    grouped = rates.values.reshape(9, 5).sum(axis=1)
    np.testing.assert_allclose(grouped, 3.1 * share / share.sum(), rtol=1e-12)
    assert (rates >= 0).all()
    women = xr.DataArray(
        1000 * np.exp(-0.04 * np.arange(101.0)), coords={"age": range(101)}
    ).expand_dims(year=[2024])
    weighted = graduate_fertility(pattern, tfr=tfr, women=women)
    assert weighted.sum().item() == pytest.approx(3.1)
    W = women.sel(age=slice(10, 54)).values.reshape(9, 5)
    implied = (weighted.values.reshape(9, 5) * W).sum(axis=1) / W.sum(axis=1)
    np.testing.assert_allclose(implied / implied.sum(), share / share.sum(), rtol=1e-6)


def test_january_population_refuses_gaps():
    middle = xr.DataArray(np.ones(9), coords={"year": [*range(2000, 2008), 2009]})
    with pytest.raises(CoverageError, match="unbroken"):
        january_population(middle)
