# SPDX-License-Identifier: Apache-2.0
"""Skilled emigration: the printed example, unknown schooling, age at arrival, gains, faults."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from keruen.core.errors import AccountError, ConvergenceError, CoverageError, SchemaError
from keruen.measure import braindrain as bd
from keruen.measure._schooling import BY_CORRIDOR, BY_ORIGIN, NOT_REPORTED, NOT_SHARED

LEVELS = list(bd.LEVELS)


def abroad(cells, levels=LEVELS, origins=("AAA",), destinations=("XXX",)):
    return xr.DataArray(
        np.array(cells, float),
        coords={
            "origin": list(origins),
            "destination": list(destinations),
            "education": list(levels),
        },
    )


def home(cells, countries=("AAA",)):
    return xr.DataArray(
        np.array(cells, float), coords={"country": list(countries), "education": LEVELS}
    )


STAYED = home([[2_000_000, 3_200_000, 800_000]])


def test_the_printed_example():
    """Methods, section 10: e_h 1.48 %, e 0.66 %, selection 2.25, gap 0.82 points."""
    found = bd.emigration_rates(abroad([[[8_000, 20_000, 12_000]]]), STAYED)
    assert round(found.rate.sel(education="high").item(), 2) == 1.48
    assert round(found.total_rate.item(), 2) == 0.66
    assert round(found.selection.item(), 2) == 2.25
    assert round(found.schooling_gap.item(), 2) == 0.82


def test_unknown_schooling_is_shared_out_within_the_corridor_and_reported():
    left = abroad(
        [[[10, 20, 30, 6], [0, 0, 0, 15]]],
        levels=[*LEVELS, "unknown"],
        destinations=("XXX", "YYY"),
    )
    found = bd.emigration_rates(left, STAYED)
    # 6 in XXX as 10:20:30; 15 in YYY, where nothing is known, as the origin's 10:20:30.
    assert found.emigrants.values[0].tolist() == pytest.approx([10 + 1 + 2.5, 20 + 2 + 5, 40.5])
    assert found.unknown_share.item() == pytest.approx(100 * 21 / 81)
    told = found.adjustments.set_index("destination")
    assert told["reason"].to_dict() == {"XXX": BY_CORRIDOR, "YYY": BY_ORIGIN}
    assert told["before"].to_dict() == {"XXX": 6, "YYY": 15}


def test_schooling_unknown_of_all_leaves_the_total_rate_alone():
    left = abroad([[[0, 0, 0, 6_000]]], levels=[*LEVELS, "unknown"])
    found = bd.emigration_rates(left, STAYED)
    assert found.rate.isnull().all()
    assert found.total_rate.item() == pytest.approx(100 * 6_000 / 6_006_000)
    assert found.adjustments["reason"].tolist() == [NOT_SHARED]


def test_a_destination_that_does_not_report_is_said():
    left = abroad([[[10, 20, 30], [np.nan] * 3]], destinations=("XXX", "YYY"))
    found = bd.emigration_rates(left, STAYED)
    assert found.destinations.item() == 1
    assert found.adjustments[["destination", "reason"]].values.tolist() == [["YYY", NOT_REPORTED]]
    assert found.emigrants.sum().item() == 60


def test_missing_residents_make_missing_rates_with_a_reason():
    left = abroad([[[1, 1, 1]], [[1, 1, 1]]], origins=("AAA", "BBB"))
    found = bd.emigration_rates(left, home([[9, 9, 9], [np.nan] * 3], ("AAA", "BBB")))
    assert found.rate.sel(country="BBB").isnull().all()
    assert "country=BBB" in found.total_rate.attrs["missing_reason"]
    assert found.rate.sel(country="AAA").values.tolist() == pytest.approx([10, 10, 10])
    assert found.world_rate.values.tolist() == pytest.approx([10, 10, 10])


def test_world_rates_are_pooled_not_averaged():
    left = abroad([[[10, 10, 10]], [[10, 10, 10]]], origins=("AAA", "BBB"))
    found = bd.emigration_rates(left, home([[90] * 3, [990] * 3], ("AAA", "BBB")))
    assert found.world_rate.sel(education="high").item() == pytest.approx(100 * 20 / 1100)


@pytest.mark.parametrize(
    ("left", "stayed", "error", "fault"),
    [
        (abroad([[[1, 1]]], levels=LEVELS[:2]), STAYED, SchemaError, "UnknownLevel"),
        (abroad([[[1, 1, 1]]], levels=["1", "2", "3"]), STAYED, SchemaError, "UnknownLevel"),
        (abroad([[[1, -1, 1]]]), STAYED, SchemaError, "NegativeInput"),
        (abroad([[[1, 1, 1]]], origins=("BBB",)), STAYED, CoverageError, "CoverageError"),
        (abroad([[[1, 1, 1]]]), -STAYED, SchemaError, "NegativeInput"),
        (abroad([[[1, 1, 1]]]).rename(origin="region"), STAYED, SchemaError, "SchemaError"),
    ],
)
def test_bad_input_is_named(left, stayed, error, fault):
    with pytest.raises(error) as caught:
        bd.emigration_rates(left, stayed)
    assert caught.value.id == fault


def test_age_at_arrival_takes_off_those_schooled_abroad():
    ages = [0, 12, 18, 22]
    cells = np.array([40.0, 10, 20, 30])[:, None] * np.ones(3)
    left = xr.DataArray(
        cells[None], coords={"origin": ["AAA"], "entry_age": ages, "education": LEVELS}
    )
    found = bd.entry_ages(left, home([[900, 900, 900]]))
    high = found.rate.sel(country="AAA", education="high")
    kept = np.array([100, 60, 50, 30])
    np.testing.assert_allclose(high, 100 * kept / (900 + kept))
    np.testing.assert_allclose(
        found.left_out.sel(country="AAA", education="high"), 100 - kept, atol=1e-12
    )
    with pytest.raises(CoverageError) as caught:
        bd.entry_ages(left, home([[900, 900, 900]]), ages=(0, 15))
    assert caught.value.id == "AgeWithinGroup"


def test_net_emigration_takes_immigrants_off():
    cells = {"country": ["AAA"], "education": ["high"]}
    left, live, came = (xr.DataArray([[n]], coords=cells) for n in (50.0, 500.0, 80.0))
    assert bd.net_skilled_emigration(left, live, came).item() == pytest.approx(-30 / 470 * 100)
    assert bd.net_skilled_emigration(left, live, 0 * came).item() == pytest.approx(100 * 50 / 550)
    with pytest.raises(AccountError) as caught:
        bd.net_skilled_emigration(left, live, 10 * came)
    assert caught.value.id == "PartAboveWhole"


def made(seed, slope=0.05, countries=120, noise=0.08):
    """Countries whose schooling grows by a known elasticity to emigration."""
    rng = np.random.default_rng(seed)
    cells = {"country": np.arange(countries)}
    before = rng.uniform(0.02, 0.30, countries)
    high = rng.uniform(0.02, 0.50, countries)
    low = rng.uniform(0.01, 0.08, countries)
    growth = 0.1 + slope * np.log(high) - 0.2 * np.log(before)
    after = before * np.exp(growth + noise * rng.standard_normal(countries) * (0.5 + high))
    return [xr.DataArray(a, coords=cells) for a in (before, np.clip(after, 0, 0.99), high, low)]


def test_brain_gain_recovers_a_known_elasticity():
    """95% intervals of 200 made-up worlds, with unequal variances, hold the truth."""
    hits = 0
    for seed in range(200):
        line = bd.brain_gain(*made(seed)).coefficient.sel(term="rate").values
        hits += line[0] <= 0.05 <= line[2]
    assert 0.90 * 200 <= hits <= 0.98 * 200


def test_brain_gain_by_hand():
    """Without noise the elasticity is exact, and so is the effect on residents."""
    before, after, high, low = made(3, noise=0)
    found = bd.brain_gain(before, after, high, low)
    assert found.coefficient.sel(quantile=0.5).values.tolist() == pytest.approx([0.1, 0.05, -0.2])
    assert found.long_run == pytest.approx(0.25)
    now = after * (1 - high) / (after * (1 - high) + (1 - after) * (1 - low))
    other = after * (low / high) ** 0.05
    np.testing.assert_allclose(found.effect.sel(quantile=0.5), 100 * (now - other), atol=1e-8)
    assert found.winners + found.losers <= found.countries == 120


def test_equal_rates_neither_gain_nor_lose():
    before, after, high, _ = made(4)
    found = bd.brain_gain(before, after, high, high)
    np.testing.assert_allclose(found.effect, 0, atol=1e-12)
    assert (found.winners, found.losers) == (0, 0)


def test_countries_too_few_or_terms_alike_are_not_identified():
    arrays = [array.isel(country=slice(3)) for array in made(1)]
    with pytest.raises(ConvergenceError) as caught:
        bd.brain_gain(*arrays)
    assert caught.value.id == "Unidentified"
    before, after, high, low = made(1)
    same = np.log(high).expand_dims(term=["again"]).transpose("country", "term")
    with pytest.raises(ConvergenceError):
        bd.brain_gain(before, after, high, low, controls=same)
    with pytest.raises(SchemaError) as bad:
        bd.brain_gain(100 * before, after, high, low)
    assert bad.value.id == "OutOfRange"


def test_overqualification_leaves_armed_forces_out():
    jobs = xr.DataArray(
        [[10.0, 60, 20, 20], [5, 0, 0, 0]],
        coords={"sex": ["F", "M"], "occupation": ["0", "2411", "51", "93"]},
    )
    found = bd.overqualification(jobs)
    assert found.sel(sex="F").item() == 40
    assert np.isnan(found.sel(sex="M"))
    assert "nobody at work: sex=M" in found.attrs["missing_reason"]
    with pytest.raises(SchemaError) as caught:
        bd.overqualification(jobs.assign_coords(occupation=["0", "X", "5", "9"]))
    assert caught.value.id == "UnknownOccupation"


def test_people_at_home_are_no_emigrants(tmp_path):
    from keruen.sources.emigrant_files import read_emigrants

    head = "year,origin,destination,emigrants_low,emigrants_medium,emigrants_high"
    file = tmp_path / "emigrants.csv"
    file.write_text(f"{head}\n2020,KAZ,DEU,1,2,3\n2020,KAZ,KAZ,9,9,9", encoding="utf-8")
    with pytest.raises(SchemaError) as caught:
        read_emigrants(file)
    assert caught.value.id == "NotAbroad"
    assert "KAZ" in str(caught.value)
