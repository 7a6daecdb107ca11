# SPDX-License-Identifier: Apache-2.0
"""Supply by field and occupation: a pipeline by hand, and parts that add up."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from keruen.core.errors import AccountError, CoverageError, SchemaError
from keruen.project.graduates import (
    entrants_by_occupation,
    graduates_from_enrolment,
    labour_entrants,
    occupation_supply,
)

FIELDS = {"field": ["06", "07"]}


def students(years: list[int], *tables: list[list[float]]) -> xr.DataArray:
    return xr.DataArray(list(tables), {"year": years, **FIELDS, "grade": [1, 2, 3]})


def rates() -> dict[str, xr.DataArray]:
    going = xr.DataArray([[0.8, 0.9, 0.1], [0.5, 1.0, 0.1]], {**FIELDS, "grade": [1, 2, 3]})
    return {"progression": going, "completion": xr.DataArray([0.9, 1.0], FIELDS)}


def test_one_school_year_tells_of_as_many_years_of_graduates():
    found = graduates_from_enrolment(students([2025], [[100.0, 80, 60], [40.0, 30, 20]]), **rates())
    assert found.year.values.tolist() == [2025, 2026, 2027]
    # by hand: the last year graduates now; the first one passes two examinations before
    np.testing.assert_allclose(found.sel(field="06"), [54.0, 64.8, 64.8])
    np.testing.assert_allclose(found.sel(field="07"), [20.0, 30.0, 20.0])


def test_a_later_school_year_knows_more():
    twice = students([2024, 2025], [[999.0] * 3] * 2, [[100.0, 80, 60], [40.0, 30, 20]])
    found = graduates_from_enrolment(twice, **rates())
    assert found.year.values.tolist() == [2024, 2025, 2026, 2027]
    np.testing.assert_allclose(found.sel(field="06", year=[2025, 2026]), [54.0, 64.8])


def test_grades_with_a_gap_are_refused():
    gap = students([2025], [[1.0] * 3] * 2).assign_coords(grade=[1, 2, 4])
    given = rates() | {"progression": rates()["progression"].assign_coords(grade=[1, 2, 4])}
    with pytest.raises(CoverageError, match="without gaps"):
        graduates_from_enrolment(gap, **given)


def test_entrants_keep_their_number():
    left = xr.DataArray([[54.0, 20.0]], {"year": [2025], **FIELDS})
    coming = labour_entrants(left, xr.DataArray([0.5, 1.0], FIELDS), delay_years=2)
    go = xr.DataArray([[0.9, 0.1], [0.2, 0.8]], {**FIELDS, "occupation": ["25", "72"]})
    found = entrants_by_occupation(coming, go)
    assert found.year.item() == 2027
    assert found.sum().item() == pytest.approx(47.0)
    np.testing.assert_allclose(found, [[27 * 0.9 + 20 * 0.2, 27 * 0.1 + 20 * 0.8]])
    with pytest.raises(AccountError, match="do not add to 1"):
        entrants_by_occupation(coming, go * 0.9)


def test_supply_is_the_sum_of_its_parts():
    here = {"year": [2025], "occupation": ["25", "72"]}
    stock, left, new, moved, came = (
        xr.DataArray([v], here) for v in ([900.0, 500], [40, 30], [60, 10], [-5, 5], [3, 2])
    )
    found = occupation_supply(stock, outflow=left, graduates=new, mobility=moved, arrivals=came)
    assert found.supply.values.ravel().tolist() == [918.0, 487.0]
    table = found.to_table()
    parts = table[["remaining", "graduates", "mobility", "arrivals"]].sum(axis=1)
    np.testing.assert_allclose(parts, table["supply"])
    with pytest.raises(SchemaError, match="more workers leave"):
        occupation_supply(stock, outflow=stock + 1, graduates=new)
