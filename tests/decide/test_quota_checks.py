# SPDX-License-Identifier: Apache-2.0
"""Tests of the coherence of published quotas and of local-content rules."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from keruen.core.errors import WorkbenchError
from keruen.decide.quota_checks import (
    implied_labour_force,
    most_foreign_staff,
    most_transferees,
    region_total,
)
from keruen.sources.parameters import read_parameters

KAZ = read_parameters("kaz")


def _published(name: str, years) -> xr.DataArray:
    rows = []
    for series in ("employers", "households"):
        day = {year: KAZ.at(f"{year}-06-01") for year in years}
        key = f"kaz.labour_quota.{series}{name}"
        rows.append([day[year].get(key, np.nan) for year in years])
    cells = {"series": ["employers", "households"], "year": list(years)}
    return xr.DataArray(np.array(rows, dtype=float), cells)


def test_the_quotas_of_2024_cannot_both_be_right():
    # decide.md 2.2: 2023 implies 9.25 and 9.27 million; 2024 implies 9.57 and 8.75 million.
    years = range(2009, 2027)
    found = implied_labour_force(_published("_persons", years), _published("", years))
    table = found.set_index(["year", "series"])
    millions = (table["labour_force"] / 1e6).round(2)
    assert millions[2023].to_dict() == {"employers": 9.25, "households": 9.27}
    assert millions[2024].to_dict() == {"employers": 9.57, "households": 8.75}
    assert table["agrees"][2023].tolist() == [True, True]
    assert table["agrees"][2024].tolist() == [False, False]
    assert table["agrees"][2015].isna().all()  # one quota has nothing to disagree with
    # The published 271,300 is 2.84 percent of the labour force that the employers' quota implies.
    assert 271_300 / table["labour_force"][2024, "employers"] == pytest.approx(0.0284, abs=5e-5)


def test_a_figure_stands_for_all_that_round_to_it():
    cells = {"series": ["a"], "year": [2020]}
    (row,) = implied_labour_force(
        xr.DataArray([[29300.0]], cells), xr.DataArray([[0.32]], cells)
    ).itertuples()
    assert row.least == pytest.approx(29_250 / 0.00325)
    assert row.most == pytest.approx(29_350 / 0.00315)


@given(st.integers(10_000, 900_000), st.integers(5_000_000, 12_000_000))
def test_rounded_figures_of_one_labour_force_always_agree(first, force):
    persons = xr.DataArray(
        [[float(round(first, -2))], [float(round(force * 0.03, -2))]],
        {"series": ["a", "b"], "year": [2024]},
    )
    percent = xr.DataArray([[round(100 * first / force, 2)], [3.0]], persons.coords)
    if percent[0] == 0:
        return
    assert implied_labour_force(persons, percent)["agrees"].all()


def test_regions_add_to_the_country_or_the_gap_is_told():
    def total(programme: str, year: int):
        day = f"{year}-06-01"
        table = KAZ.value(f"kaz.{programme}_quota.regions", day)
        regions = xr.DataArray(list(table.values()), {"region": list(table)}, "region")
        return region_total(regions, KAZ.value(f"kaz.{programme}_quota", day)).iloc[0]

    assert total("kandas", 2025)["sum"] == 2_309
    assert total("kandas", 2026)["sum"] == 2_281
    assert total("resettlers", 2026)["sum"] == 5_997
    assert total("kandas", 2026)["agrees"]
    assert total("resettlers", 2026)["agrees"]
    gap = total("resettlers", 2025)  # blank cells in the copy that was read
    assert (gap["total"], gap["difference"], gap["agrees"]) == (7_344, 790, False)
    whole = [KAZ.value(f"kaz.{one}_quota", f"{year}-06-01")
             for year in (2025, 2026) for one in ("kandas", "resettlers")]  # fmt: skip
    assert (sum(whole[:2]), sum(whole[2:])) == (9_653, 8_278)


def _law() -> xr.DataArray:
    law = KAZ.value("kaz.permits.citizens_share", "2026-01-01")
    return xr.DataArray(list(law.values()), {"status": list(law)}, "status")


def test_local_content_of_the_law():
    # decide.md 2.2: 14 citizens allow 6 (6/20 = 30 %), 90 allow 10.
    staff = xr.DataArray([14, 90], {"status": ["I_II", "III_IV"]}, "status")
    assert most_foreign_staff(staff, citizens_percent=_law()).values.tolist() == [6, 10]
    share = KAZ.value("kaz.permits.intra_company_share", "2026-01-01")
    assert most_transferees(staff, percent=share).values.tolist() == [7, 45]


@given(st.integers(0, 10**6), st.integers(1, 100))
def test_one_more_foreigner_would_break_the_share(citizens, percent):
    law = xr.DataArray([percent], {"status": ["I"]}, "status")
    staff = xr.DataArray([citizens], {"status": ["I"]}, "status")
    most = most_foreign_staff(staff, citizens_percent=law).item()
    assert 100 * citizens >= percent * (citizens + most)
    assert 100 * citizens < percent * (citizens + most + 1)


@pytest.mark.parametrize(("staff", "share"), [(-1, 70), (1.5, 70), (3, 0), (3, 101), (np.nan, 70)])
def test_what_cannot_be_is_refused(staff, share):
    cells = {"status": ["I"]}
    with pytest.raises(WorkbenchError):
        most_foreign_staff(
            xr.DataArray([staff], cells, "status"),
            citizens_percent=xr.DataArray([share], cells, "status"),
        )


@pytest.mark.parametrize(("persons", "percent"), [(-1.0, 0.2), (5.0, 0.0), (5.0, 101.0)])
def test_figures_of_no_labour_force_are_refused(persons, percent):
    cells = {"series": ["a"], "year": [2020]}
    with pytest.raises(WorkbenchError, match="labour force"):
        implied_labour_force(xr.DataArray([[persons]], cells), xr.DataArray([[percent]], cells))
