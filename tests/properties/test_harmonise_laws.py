# SPDX-License-Identifier: Apache-2.0
"""Laws that harmonised flows obey for any two tables of reports."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from keruen.measure._double_entry import invert, quadratic
from keruen.measure.harmonise import HarmonisedFlows, harmonise_reports

LAW = settings(max_examples=25, deadline=None)
METHODS = st.sampled_from(["log_ratio", "poulain"])
SIZES = st.integers(4, 8)
SEEDS = st.integers(0, 2**32 - 1)
LOOSE = {"max_ratio": np.inf, "max_residual": np.inf}


def reports(n: int, seed: int, noise: float = 0.2) -> tuple[xr.DataArray, xr.DataArray]:
    """Reports of n countries with factors and errors, some of them missing."""
    rng = np.random.default_rng(seed)
    flows = rng.lognormal(5, 1, (n, n)) * (1 - np.eye(n))
    places = [f"P{k}" for k in range(n)]
    coords = {"origin": places, "destination": places}
    sent = flows * rng.uniform(0.3, 1, (n, 1)) * rng.lognormal(0, noise, (n, n))
    came = flows * rng.uniform(0.5, 1.2, n) * rng.lognormal(0, noise, (n, n))
    table = [np.rint(t) + 1 - np.eye(n) for t in (sent, came)]
    ring = (np.arange(n) + 1) % n
    hole = rng.random((n, n)) < 0.15
    for k in (1, 2):  # a ring of comparable pairs keeps everything tied together
        hole[np.arange(n), (np.arange(n) + k) % n] = False
    table[0] = np.where(hole, np.nan, table[0])
    hole[ring, np.arange(n)] = False
    return xr.DataArray(table[0], coords=coords), xr.DataArray(table[1], coords=coords)


def harmonised(n: int, seed: int, method: str, **options: object) -> HarmonisedFlows:
    sent, came = reports(n, seed)
    return harmonise_reports(sent, came, reference="P1", method=method, **LOOSE, **options)


@LAW
@given(SIZES, SEEDS, METHODS)
def test_order_of_countries_does_not_matter(n: int, seed: int, method: str) -> None:
    sent, came = reports(n, seed)
    found = harmonised(n, seed, method)
    order = np.random.default_rng(seed).permutation(n)
    mixed = harmonise_reports(
        sent.isel(origin=order, destination=order[::-1]),
        came.isel(origin=order[::-1]),
        reference="P1",
        method=method,
        **LOOSE,
    )
    for name in ("flows", "lower", "upper"):
        here = getattr(found, name)
        again = getattr(mixed, name).sel(origin=here.origin, destination=here.destination)
        assert again.values == pytest.approx(here.values, rel=1e-6, nan_ok=True)


@LAW
@given(SIZES, SEEDS, METHODS, st.floats(0.1, 50))
def test_flows_are_homogeneous_of_degree_one(n: int, seed: int, method: str, k: float) -> None:
    sent, came = reports(n, seed)
    definitions = xr.DataArray(
        np.full((2, n), 12.0),
        coords={"report": ["by_origin", "by_destination"], "country": sent.origin.values},
    )
    found = harmonise_reports(
        sent, came, reference="P1", method="poulain", definitions=definitions, **LOOSE
    )
    scaled = harmonise_reports(k * sent, k * came, reference="P1", method="poulain", **LOOSE)
    assert scaled.factors.values == pytest.approx(found.factors.values, rel=1e-9)
    assert scaled.flows.values == pytest.approx(k * found.flows.values, rel=1e-9, nan_ok=True)


@LAW
@given(SIZES, SEEDS, st.floats(0.2, 5))
def test_log_ratios_undo_a_country_that_counts_more(n: int, seed: int, k: float) -> None:
    """With errors far above chance the weights are equal, and a factor passes through."""
    sent, came = reports(n, seed, noise=0.5)
    sent, came = 1e6 * sent, 1e6 * came
    found = harmonise_reports(sent, came, reference="P1", **LOOSE)
    more = came.copy()
    more[:, 2] = k * more[:, 2]
    again = harmonise_reports(sent, more, reference="P1", **LOOSE)
    ratio = again.factors / found.factors
    assert ratio.sel(report="by_destination", country="P2").item() == pytest.approx(1 / k, rel=1e-3)
    assert again.flows.values == pytest.approx(found.flows.values, rel=1e-3, nan_ok=True)


@LAW
@given(SIZES, SEEDS, METHODS)
def test_flows_lie_in_their_intervals_and_between_their_reports(
    n: int, seed: int, method: str
) -> None:
    found = harmonised(n, seed, method)
    sent, came = found.reported
    factors = found.factors
    a = factors.sel(report="by_destination").rename(country="destination") * came
    b = factors.sel(report="by_origin").rename(country="origin") * sent
    low, high = xr.where(a < b, a, b), xr.where(a < b, b, a)
    both = (found.basis == "both") & a.notnull() & b.notnull()
    eps = 1e-9
    assert (found.flows >= low * (1 - eps)).where(both, True).all()
    assert (found.flows <= high * (1 + eps)).where(both, True).all()
    known = found.flows.notnull() & (found.basis != "diagonal")
    assert (found.lower <= found.flows * (1 + eps)).where(known, True).all()
    assert (found.flows <= found.upper * (1 + eps)).where(known, True).all()
    assert (found.factors > 0).all()


@LAW
@given(SIZES, SEEDS)
def test_squares_have_an_inverse_without_negative_entries(n: int, seed: int) -> None:
    """Why Poulain's factors cannot come out negative."""
    sent, came = (a.values[None, None] for a in reports(n, seed))
    used = np.isfinite(sent) & np.isfinite(came) & ~np.eye(n, dtype=bool)
    M = quadratic(came, sent, np.where(used, 1 / np.where(used, sent + came, 1), 0))
    moving = np.ones((1, 2 * n), dtype=bool)
    moving[:, n] = False
    assert (invert(M, moving) >= 0).all()
    off = M[0] - np.diag(np.diag(M[0]))
    assert (off <= 0).all()


@LAW
@given(SIZES, SEEDS, METHODS)
def test_no_other_factors_leave_less(n: int, seed: int, method: str) -> None:
    sent, came = reports(n, seed)
    found = harmonised(n, seed, method)
    a = found.factors.sel(report="by_destination").values
    b = found.factors.sel(report="by_origin").values
    R, S, tau = came.values, sent.values, found.disagreement.item()
    used = np.isfinite(R) & np.isfinite(S) & ~np.eye(n, dtype=bool)
    if method == "poulain":
        w = np.where(used, 1 / np.where(used, R + S, 1), 0)
    else:
        T = (a * R + b[:, None] * S) / 2
        w = np.where(used, 1 / ((a + b[:, None]) / np.where(used, T, 1) + tau**2), 0)

    def left(a: np.ndarray, b: np.ndarray) -> float:
        came_, sent_ = np.where(used, a * R, 1), np.where(used, b[:, None] * S, 1)
        gap = came_ - sent_ if method == "poulain" else np.log(came_ / sent_)
        return float((w * gap**2).sum())

    best = left(a, b)
    assert best == pytest.approx(found.objective.item(), rel=1e-6)
    rng = np.random.default_rng(seed)
    for _ in range(20):
        other = a * rng.lognormal(0, 0.02, n)
        other[1] = 1.0
        assert left(other, b * rng.lognormal(0, 0.02, n)) >= best * (1 - 1e-9)
