# SPDX-License-Identifier: Apache-2.0
"""Laws of occupations, openings and needs that hold for any input."""

from __future__ import annotations

import numpy as np
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from keruen.decide.quota import need_from_gap
from keruen.project import skills

COUNTS = st.floats(1.0, 1e6)
RATES = st.floats(0.0, 0.3)


def counts(*shape: int) -> st.SearchStrategy[np.ndarray]:
    return npst.arrays(float, shape, elements=COUNTS)


def occupations(values: np.ndarray) -> xr.DataArray:
    return xr.DataArray(
        values, {"year": 2020 + 5 * np.arange(len(values)), "occupation": ["1", "2", "3"]}
    )


@settings(max_examples=40, deadline=None)
@given(counts(3, 2), counts(2, 3), st.integers(0, 2))
def test_effects_add_to_the_change(jobs, matrix, base):
    years, sectors = [2020, 2025, 2030], ["A", "B"]
    shares = skills.occupation_shares(
        xr.DataArray(matrix, {"sector": sectors, "occupation": ["1", "2", "3"]})
    )
    employment = xr.DataArray(jobs, {"year": years, "sector": sectors})
    found = skills.occupation_employment(employment, shares, base_year=years[base])
    np.testing.assert_allclose(found.employment.sum("occupation"), jobs.sum(axis=1))
    parts = found.industry_effect + found.share_effect + found.joint_effect
    change = found.employment - found.employment.sel(year=years[base])
    np.testing.assert_allclose(parts, change, atol=1e-6 * jobs.max())


@settings(max_examples=40, deadline=None)
@given(counts(2, 3), npst.arrays(float, 3, elements=RATES))
def test_gross_openings_are_growth_and_separations(jobs, rate):
    employment = occupations(jobs)
    rates = xr.DataArray(rate, {"occupation": ["1", "2", "3"]})
    found = skills.gross_openings(employment, exit_rate=rates, transfer_rate=0 * rates)
    np.testing.assert_allclose(found.expansion + found.replacement, found.openings)
    openings = found.openings.isel(year=0, drop=True).clip(min=0)
    back = skills.implied_separation_rate(employment, openings)
    kept = (found.openings.isel(year=0) >= 0).to_numpy()
    np.testing.assert_allclose(back.to_numpy()[kept], rate[kept], atol=1e-9)


@settings(max_examples=40, deadline=None)
@given(counts(3, 3), npst.arrays(float, 3, elements=RATES))
def test_net_openings_cover_growth_and_never_exceed_outflow_and_growth(jobs, rate):
    employment = occupations(jobs)
    rates = xr.DataArray(rate, {"occupation": ["1", "2", "3"]})
    found = skills.net_openings(employment, outflow_rate=rates)
    outflow = rate * jobs[:-1]
    growth = np.diff(jobs, axis=0) / 5.0
    assert (found.openings >= 0).all()
    assert (found.replacement.to_numpy() <= outflow + 1e-9).all()
    assert (found.openings.to_numpy() >= growth - 1e-6).all()
    # whoever leaves is replaced, or the post is gone
    np.testing.assert_allclose(
        found.openings.to_numpy(), np.maximum(outflow + growth, np.maximum(growth, 0.0)),
        atol=1e-6 * jobs.max(),
    )  # fmt: skip


@settings(max_examples=30, deadline=None)
@given(counts(3, 4), counts(3, 4))
def test_fitted_tables_meet_their_margins(seed, other):
    cells = {"sector": ["A", "B", "C"], "occupation": ["1", "2", "3", "4"]}
    table, target = xr.DataArray(seed, cells), xr.DataArray(other, cells)
    margins = [target.sum("occupation"), target.sum("sector")]
    fit = skills.fit_margins(table, margins)
    np.testing.assert_allclose(fit.flows.sum("occupation"), margins[0], rtol=1e-8)
    np.testing.assert_allclose(fit.flows.sum("sector"), margins[1], rtol=1e-8)


@settings(max_examples=40, deadline=None)
@given(counts(2, 3), counts(2, 3), st.floats(1.0, 1e5), st.floats(0.0, 1.0), COUNTS)
def test_need_rises_with_demand_and_falls_with_supply(asked, there, more, share, ceiling):
    cells = {"region": ["KZ-10", "KZ-75"], "occupation": ["1", "2", "3"]}
    demand, supply = xr.DataArray(asked, cells), xr.DataArray(there, cells)

    def proposed(extra: float = 0.0, rest: float = 0.0, top: float | None = None) -> xr.DataArray:
        return need_from_gap(
            {"vacancies": demand + extra}, {"graduates": supply + rest},
            foreign_share=share, ceiling=top,
        ).proposed  # fmt: skip

    plain = proposed()
    slack = 1e-9 * (1.0 + float(plain.max()) + more)
    assert (proposed(extra=more) >= plain - slack).all()
    assert (proposed(rest=more) <= plain + slack).all()
    assert float(proposed(top=ceiling).sum()) <= ceiling * (1 + 1e-9)
    assert (proposed(top=ceiling) <= plain + slack).all()


@settings(max_examples=40, deadline=None)
@given(counts(3, 4), counts(3, 4))
def test_up_and_under_make_the_gap(wanted, there):
    cells = {"occupation": ["1", "2", "3"], "education": ["1", "2", "3", "4"]}
    found = skills.qualification_gap(xr.DataArray(wanted, cells), xr.DataArray(there, cells))
    np.testing.assert_allclose(found.up + found.under, found.gap, atol=1e-12)
    assert (found.up >= -1e-12).all()
    assert (found.under >= -1e-12).all()
    assert (found.gap <= 1.0).all()
