# SPDX-License-Identifier: Apache-2.0
"""What must hold of harmonised reports whatever the figures."""

from __future__ import annotations

import doctest
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from keruen.measure.harmonise import harmonise_reports

METHODS = ["log_ratio", "poulain"]
DOCS = Path(__file__).parents[2] / "docs"


def table(cells: np.ndarray, **outer: object) -> xr.DataArray:
    places = [f"P{k}" for k in range(cells.shape[-1])]
    return xr.DataArray(cells, coords={**outer, "origin": places, "destination": places})


def reports(seed: int, n: int, noise: float) -> tuple[xr.DataArray, xr.DataArray]:
    rng = np.random.default_rng(seed)
    flows = rng.lognormal(6, 1, (n, n)) * (1 - np.eye(n))
    came, sent = rng.uniform(0.5, 1.2, n), rng.uniform(0.3, 1.1, n)
    error = rng.lognormal(0, noise, (2, n, n)) if noise else np.ones((2, n, n))
    return table(flows * sent[:, None] * error[0]), table(flows * came * error[1])


cases = given(seed=st.integers(0, 10**6), n=st.integers(4, 8), method=st.sampled_from(METHODS))


@given(seed=st.integers(0, 10**6), n=st.integers(3, 8), method=st.sampled_from(METHODS))
@settings(max_examples=25, deadline=None)
def test_reports_that_agree_come_back(seed: int, n: int, method: str) -> None:
    flows = table(np.random.default_rng(seed).lognormal(6, 1, (n, n)) * (1 - np.eye(n)))
    found = harmonise_reports(flows, flows, method=method)
    np.testing.assert_allclose(found.flows, flows, rtol=1e-9)
    np.testing.assert_allclose(found.factors, 1, rtol=1e-9)
    assert found.adjustments.empty
    assert bool((found.lower <= flows + 1e-9).all() & (flows <= found.upper + 1e-9).all())


@cases
@settings(max_examples=25, deadline=None)
def test_any_reference_gives_the_same_exact_ratios(seed: int, n: int, method: str) -> None:
    """Exact reports: another reference multiplies all flows by one number."""
    departures, arrivals = reports(seed, n, 0.0)
    one, other = (
        harmonise_reports(departures, arrivals, reference=label, method=method)
        for label in ("P0", "P1")
    )
    ratio = (other.flows / one.flows.where(one.flows > 0)).to_numpy()
    ratio = ratio[np.isfinite(ratio)]
    np.testing.assert_allclose(ratio, ratio[0], rtol=1e-8)


@given(seed=st.integers(0, 10**6), n=st.integers(4, 8))
@settings(max_examples=25, deadline=None)
def test_log_ratios_do_not_depend_on_the_reference(seed: int, n: int) -> None:
    """Nearly so with errors: only the chance of counts is weighed at another level."""
    departures, arrivals = reports(seed, n, 0.2)
    one, other = (
        harmonise_reports(1e9 * departures, 1e9 * arrivals, reference=label, max_residual=np.inf)
        for label in ("P0", "P1")
    )
    ratio = (other.factors / one.factors).to_numpy()
    np.testing.assert_allclose(ratio, ratio.flat[0], rtol=1e-5)


@given(seed=st.integers(0, 10**6), n=st.integers(4, 8))
@settings(max_examples=25, deadline=None)
def test_exchange_of_roles(seed: int, n: int) -> None:
    """Senders as receivers of the transposed table: the same flows, but for the level."""
    departures, arrivals = reports(seed, n, 0.2)
    swap = {"origin": "destination", "destination": "origin"}
    departures, arrivals = 1e9 * departures, 1e9 * arrivals
    found = harmonise_reports(departures, arrivals, reference="P0", max_residual=np.inf)
    turned = harmonise_reports(
        arrivals.rename(swap), departures.rename(swap), reference="P0", max_residual=np.inf
    )
    back = turned.flows.rename(swap).transpose(*found.flows.dims)
    ratio = (back / found.flows.where(found.flows > 0)).to_numpy()
    ratio = ratio[np.isfinite(ratio)]
    np.testing.assert_allclose(ratio, ratio[0], rtol=1e-5)
    level = found.factors.sel(report="by_origin", country="P0").item()
    assert ratio[0] == pytest.approx(1 / level, rel=1e-5)


@cases
@settings(max_examples=25, deadline=None)
def test_factors_are_positive_and_intervals_hold_the_flow(seed: int, n: int, method: str) -> None:
    departures, arrivals = reports(seed, n, 0.8)
    found = harmonise_reports(
        departures, arrivals, reference="P0", method=method, max_ratio=1e6, max_residual=np.inf
    )
    assert bool((found.factors > 0).all())
    away = found.flows > 0
    assert bool((found.lower < found.flows).where(away, True).all())
    assert bool((found.flows < found.upper).where(away, True).all())
    wider = harmonise_reports(
        departures, arrivals, reference="P0", method=method, max_ratio=1e6, max_residual=np.inf,
        level=0.99,
    )  # fmt: skip
    assert bool((wider.upper > found.upper).where(away, True).all())


@pytest.mark.parametrize("n", [4, 5, 6])
def test_intervals_cover_where_countries_are_few(n: int) -> None:
    """Few countries leave few cells to judge the disagreement by: Student's t, not the normal."""
    rng = np.random.default_rng(100 + n)
    draws, noise = 300, 0.15
    flows = rng.lognormal(7, 1, (n, n)) * (1 - np.eye(n))
    came, sent = rng.uniform(0.5, 1.2, n), rng.uniform(0.3, 1.1, n)
    came[0] = 1.0
    error = rng.lognormal(0, noise, (2, draws, n, n))
    year = {"trajectory": range(draws)}
    departures = table(rng.poisson(flows * sent[:, None] * error[0]).astype(float), **year)
    arrivals = table(rng.poisson(flows * came * error[1]).astype(float), **year)
    found = harmonise_reports(departures, arrivals, reference="P0")
    away = ~np.eye(n, dtype=bool)
    covered = (found.lower <= flows) & (flows <= found.upper)
    assert 0.90 <= covered.to_numpy()[:, away].mean() <= 0.98
    alpha = found.factors.sel(report="by_destination").transpose("trajectory", "country")
    off = np.log(alpha.to_numpy() * came).mean(axis=0)
    spread = np.log(alpha.to_numpy()[:, 1:]).std(axis=0).max() / np.sqrt(draws)
    assert np.abs(off).max() < 4 * spread


def test_examples_of_the_page() -> None:
    found = doctest.testfile(str(DOCS / "harmonise.md"), module_relative=False, encoding="utf-8")
    assert found.attempted > 10
    assert found.failed == 0


def test_warnings_say_what_a_reader_must_know() -> None:
    departures, arrivals = reports(3, 6, 0.2)
    assert harmonise_reports(departures, arrivals, reference="P0").warnings == ()
    unnamed = harmonise_reports(departures, arrivals)
    assert len(unnamed.warnings) == 1
    assert "no reference was named" in unnamed.warnings[0]
    older = harmonise_reports(departures, arrivals, reference="P0", method="poulain")
    assert "too low" in older.warnings[0]
    arrivals[0, 1] *= 100
    arrivals[1, 2:] *= 100
    torn = harmonise_reports(departures, arrivals, reference="P0")
    assert torn.warnings == ("5 of 30 pairs of reports contradict each other",)
    assert torn.spare_cells.item() == 25 - 11


def test_no_spare_cell_means_no_interval() -> None:
    """A chain of cells, one for each factor: flows are known, their errors are not."""
    departures, arrivals = reports(4, 3, 0.1)
    arrivals[2, 1] = np.nan
    found = harmonise_reports(departures, arrivals, reference="P0")
    assert found.spare_cells.item() == 0
    away = found.flows > 0
    assert int(away.sum()) == 6
    assert bool(found.lower.where(away).isnull().all() & found.upper.where(away).isnull().all())
    assert "no intervals" in found.warnings[0]
