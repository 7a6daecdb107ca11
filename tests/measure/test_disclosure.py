# SPDX-License-Identifier: Apache-2.0
"""Protected tables: nothing small can be read off, sums agree, nobody is moved on average."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from keruen.core.errors import SchemaError
from keruen.measure._blur import perturbation_table
from keruen.measure.disclosure import TOTAL, blur_counts, hide_small_counts, round_counts

DIMS = ("month", "citizenship", "sex")


def table(cells: np.ndarray) -> xr.DataArray:
    dims = DIMS[: cells.ndim]
    coords = {d: [f"{d}{k}" for k in range(n)] for d, n in zip(dims, cells.shape, strict=True)}
    return xr.DataArray(cells, coords=coords, name="arrivals")


@st.composite
def tables(draw: st.DrawFn, dims: int = 3, most: int = 30) -> xr.DataArray:
    shape = draw(st.lists(st.integers(1, 5), min_size=1, max_size=dims))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    return table(rng.poisson(draw(st.floats(0.1, most)), shape))


def attack(shown: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Smallest and largest value of every hidden cell that the shown figures allow."""
    full = shown.size
    index = np.arange(full).reshape(shown.shape)
    rows = []
    for axis in range(shown.ndim):
        line = np.moveaxis(index, axis, -1).reshape(-1, shown.shape[axis])
        for cells in line:
            row = np.zeros(full)
            row[cells[:-1]], row[cells[-1]] = 1, -1
            rows.append(row)
    known = shown.ravel()
    bounds = [(0, None) if np.isnan(v) else (v, v) for v in known]
    ends = np.tile(known, (2, 1))
    for cell in np.flatnonzero(np.isnan(known)):
        for k, sign in enumerate((1, -1)):
            cost = np.zeros(full)
            cost[cell] = sign
            found = linprog(cost, A_eq=np.array(rows), b_eq=np.zeros(len(rows)), bounds=bounds)
            ends[k, cell] = sign * found.fun
    return ends[0].reshape(shown.shape), ends[1].reshape(shown.shape)


def test_hidden_cells_by_hand() -> None:
    """2 is small; 9 hides it in its row, 20 in its column, and 8 hides these two."""
    made = hide_small_counts(table(np.array([[2, 9, 30], [20, 8, 40]])))
    assert made.changed.to_numpy().tolist() == [
        ["small", "secondary", "", ""],
        ["secondary", "secondary", "", ""],
        ["", "", "", ""],
    ]
    assert made.counts.sel(month=TOTAL).to_numpy().tolist() == [22, 17, 70, 109]
    assert made.counts.attrs["disclosure"].startswith("threshold 5")


def test_zeros_are_shown_and_a_lonely_small_cell_takes_its_total_along() -> None:
    made = hide_small_counts(table(np.array([3, 0, 0])))
    assert np.isnan(made.counts.sel(month=["month0", TOTAL])).all()
    assert (made.counts.sel(month=["month1", "month2"]) == 0).all()


@settings(max_examples=60, deadline=None)
@given(tables(most=12), st.integers(2, 10))
def test_no_small_count_is_shown_and_no_line_gives_one_away(
    counts: xr.DataArray, threshold: int
) -> None:
    made = hide_small_counts(counts, threshold=threshold)
    shown = made.counts.to_numpy()
    assert not ((shown > 0) & (shown < threshold)).any()
    for axis in range(shown.ndim):
        hidden = np.isnan(np.moveaxis(shown, axis, -1))
        assert not (hidden.sum(-1) == 1).any()
    if not np.isnan(shown).any():
        assert (made.changed == "").all()


@settings(max_examples=20, deadline=None)
@example(1931987, (4, 5))
@given(st.integers(0, 2**32 - 1), st.sampled_from([(4, 5), (3, 3, 2)]))
def test_a_linear_programme_cannot_tell_a_hidden_cell(seed: int, shape: tuple[int, ...]) -> None:
    """Lines alone would not do: seed 1931987 has a cell that only the whole table fixes."""
    counts = table(np.random.default_rng(seed).poisson(8, shape))
    shown = hide_small_counts(counts).counts.to_numpy()
    low, high = attack(shown)
    hidden = np.isnan(shown)
    assert (high - low)[hidden].min(initial=np.inf) > 1


@settings(max_examples=60, deadline=None)
@given(tables(), st.sampled_from([2, 3, 5, 10]), st.integers(0, 100))
def test_rounded_cells_and_their_totals_are_neighbouring_multiples(
    counts: xr.DataArray, base: int, seed: int
) -> None:
    made = round_counts(counts, base=base, seed=seed).counts
    first = counts.dims[0]
    rest = [d for d in counts.dims if d != first]
    for rounded, exact in (
        (made, counts),
        (made.sum(first), counts.sum(first)),
        (made.sum(rest), counts.sum(rest)),
        (made.sum(), counts.sum()),
    ):
        assert (rounded % base == 0).all()
        assert (abs(rounded - exact) < base).all()
    xr.testing.assert_identical(made, round_counts(counts, base=base, seed=seed).counts)


def test_rounding_moves_nobody_on_average() -> None:
    counts = table(np.array([[1, 2, 4], [5, 7, 8], [3, 1, 1]]))
    made = np.mean([round_counts(counts, seed=s).counts for s in range(3000)], axis=0)
    # The standard error of a cell is at most 1.5 / sqrt(3000) = 0.027.
    assert np.abs(made - counts.to_numpy()).max() < 0.11


def test_rounding_controls_the_dimension_asked_for() -> None:
    counts = table(np.random.default_rng(1).poisson(3, (3, 4, 2)))
    made = round_counts(counts, rows="sex").counts
    gap = abs(made.sum(["month", "citizenship"]) - counts.sum(["month", "citizenship"]))
    assert (gap < 3).all()
    assert made.dims == counts.dims


@pytest.mark.parametrize(("variance", "largest", "smallest"), [(2, 5, 2), (3, 8, 0), (0.7, 3, 1)])
def test_noise_has_mean_zero_its_variance_and_no_small_results(
    variance: float, largest: int, smallest: int
) -> None:
    cumulative, steps = perturbation_table(variance, largest, smallest)
    chances = np.diff(cumulative, axis=1, prepend=0)
    assert chances.min() >= 0
    assert (chances @ steps)[1:] == pytest.approx(0, abs=1e-7)
    met = np.arange(len(chances))[:, None] + steps
    assert chances[(met < 0) | ((met > 0) & (met <= smallest))].max() < 1e-12
    assert chances[-1] @ steps**2 == pytest.approx(variance, rel=1e-6)
    assert chances[0, largest] == 1


def test_noise_of_a_one_by_hand() -> None:
    """1 may become 0 or 3 and more; the least variance with mean zero is 1 x 2 = 2."""
    cumulative, steps = perturbation_table(2.0, 5, 2)
    chances = np.diff(cumulative[1], prepend=0)
    assert chances[steps == -1].item() == pytest.approx(2 / 3)
    assert chances[steps == 2].item() == pytest.approx(1 / 3)


def test_the_same_persons_get_the_same_noise_everywhere() -> None:
    rng = np.random.default_rng(3)
    keys = xr.DataArray(rng.integers(0, 2**32, (50, 40)) * 7, dims=("a", "b"))
    counts = xr.DataArray(np.full((50, 40), 9), dims=("a", "b"))
    labelled = {"a": range(50), "b": range(40)}
    counts, keys = counts.assign_coords(labelled), keys.assign_coords(labelled)
    made = blur_counts(counts, record_keys=keys).counts
    part = blur_counts(counts[:5, :3], record_keys=keys[:5, :3]).counts
    assert (made[:5, :3] == part).all()
    noise = (made - counts).to_numpy()
    assert abs(noise.mean()) < 4 * np.sqrt(2 / 2000)
    assert noise.var() == pytest.approx(2, rel=0.15)


@pytest.mark.parametrize("bad", [-1.0, 0.5, np.nan])
def test_what_is_no_count_is_refused_with_its_cell(bad: float) -> None:
    counts = table(np.array([[1.0, 2.0], [3.0, bad]]))
    for protect in (hide_small_counts, round_counts):
        with pytest.raises(SchemaError, match="month month1, citizenship citizenship1") as found:
            protect(counts)
        assert found.value.id == "NotACount"


def test_settings_that_protect_nothing_are_refused() -> None:
    counts = table(np.array([1, 2]))
    for call in (
        lambda: hide_small_counts(counts, threshold=1),
        lambda: round_counts(counts, base=1),
        lambda: round_counts(counts, rows="age"),
        lambda: blur_counts(counts, record_keys=counts, variance=0),
        lambda: blur_counts(counts, record_keys=counts, smallest=5),
        lambda: hide_small_counts(counts.assign_coords(month=["a", TOTAL])),
    ):
        with pytest.raises(SchemaError):
            call()
