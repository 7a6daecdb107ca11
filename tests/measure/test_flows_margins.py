# SPDX-License-Identifier: Apache-2.0
"""Proportional fitting: margins whole, by block, by stripe, in two and three dimensions."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from keruen.core.errors import (
    AccountError,
    ConvergenceError,
    CoverageError,
    InfeasibleError,
    SchemaError,
)
from keruen.measure.flows import fit_margins


def places(count: int) -> list[str]:
    return [f"P{number:02d}" for number in range(count)]


def table(values: object) -> xr.DataArray:
    cells = np.asarray(values, dtype=float)
    return xr.DataArray(
        cells, coords={"origin": places(cells.shape[0]), "destination": places(cells.shape[1])}
    )


def margin(dim: str, *values: float) -> xr.DataArray:
    return xr.DataArray(list(map(float, values)), coords={dim: places(len(values))})


def test_hand_case_of_two_margins() -> None:
    # Flat seed: rows 30, 70 and columns 40, 60 of 100 give r c / 100.
    fit = fit_margins(
        table(np.ones((2, 2))), [margin("origin", 30, 70), margin("destination", 40, 60)]
    )
    assert fit.flows.values == pytest.approx(np.array([[12, 18], [28, 42]]))
    assert fit.margin_error <= 1e-9


def test_odds_ratios_of_the_seed_are_kept() -> None:
    seed = np.array([[5.0, 1, 2], [1, 8, 3], [4, 1, 9]])
    fit = fit_margins(
        table(seed), [margin("origin", 10, 20, 30), margin("destination", 25, 15, 20)]
    ).flows.values
    for i in range(2):
        for j in range(2):
            wanted = seed[i, j] * seed[i + 1, j + 1] / (seed[i + 1, j] * seed[i, j + 1])
            found = fit[i, j] * fit[i + 1, j + 1] / (fit[i + 1, j] * fit[i, j + 1])
            assert found == pytest.approx(wanted)


def test_structural_zeros_stay_zero() -> None:
    seed = table(1 - np.eye(4))
    fit = fit_margins(
        seed, [margin("origin", 10, 20, 30, 40), margin("destination", 40, 30, 20, 10)]
    )
    assert (np.diagonal(fit.flows.values) == 0).all()
    assert fit.flows.sum("destination").values == pytest.approx([10, 20, 30, 40])
    assert fit.flows.sum("origin").values == pytest.approx([40, 30, 20, 10])


def test_block_margins() -> None:
    # The example of the documentation of R's migest (ipf2_block): 12 places in four groups.
    rows = margin("origin", 30, 20, 30, 10, 20, 5, 0, 10, 5, 5, 5, 10)
    columns = margin("destination", 45, 10, 10, 5, 5, 10, 50, 5, 10, 0, 0, 0)
    blocks = xr.DataArray(
        [[0.0, 0, 50, 0], [35, 0, 25, 0], [10, 10, 0, 0], [10, 10, 0, 0]],
        coords={"origin_group": list("abcd"), "destination_group": list("abcd")},
    )
    group = np.repeat(list("abcd"), [2, 3, 4, 3])
    seed = table(np.ones((12, 12))).assign_coords(
        origin_group=("origin", group), destination_group=("destination", group)
    )
    fit = fit_margins(seed, [rows, columns, blocks])
    assert fit.flows.sum("destination").values == pytest.approx(rows.values)
    assert fit.flows.sum("origin").values == pytest.approx(columns.values)
    by_block = fit.flows.groupby("origin_group").sum().groupby("destination_group").sum()
    assert by_block.values == pytest.approx(blocks.values)


def test_stripe_margins() -> None:
    # The example of R's migest (ipf2_stripe): seven origins, destinations in three groups.
    stripes = np.array([15, 20, 50, 35, 10, 25, 5, 0, 30, 10, 10, 10, 30, 30, 0, 15, 30, 10])
    stripes = np.append(stripes, [35, 25, 5]).reshape(7, 3)
    group = np.repeat(list("xyz"), [2, 2, 3])
    seed = table(np.ones((7, 7))).assign_coords(stripe=("destination", group))
    wanted = xr.DataArray(
        stripes.astype(float), coords={"origin": places(7), "stripe": list("xyz")}
    )
    rows = margin("origin", *stripes.sum(axis=1))
    fit = fit_margins(seed, [rows, wanted]).flows
    assert fit.groupby("stripe").sum().values == pytest.approx(stripes)
    # Within a stripe of a flat seed all cells are equal: 50 over three destinations.
    assert fit.values[0, 4:] == pytest.approx([50 / 3] * 3)


def test_a_group_of_single_cells() -> None:
    # Movers and stayers as two classes of cells: 60 stay, 40 move.
    stays = np.where(np.eye(3, dtype=bool), "stay", "move")
    seed = table(np.ones((3, 3))).assign_coords(kind=(("origin", "destination"), stays))
    wanted = xr.DataArray([40.0, 60.0], coords={"kind": ["move", "stay"]})
    fit = fit_margins(seed, [margin("origin", 50, 30, 20), wanted]).flows
    assert np.trace(fit.values) == pytest.approx(60)
    assert fit.sum("destination").values == pytest.approx([50, 30, 20])


def test_three_dimensions_two_margins() -> None:
    rng = np.random.default_rng(0)
    labels = {"birthplace": places(5), "origin": places(5), "destination": places(5)}
    truth = xr.DataArray(rng.lognormal(0, 2, (5, 5, 5)), coords=labels)
    seed = xr.DataArray(rng.lognormal(0, 1, (5, 5, 5)), coords=labels)
    fit = fit_margins(seed, [truth.sum("destination"), truth.sum("origin")])
    assert fit.flows.dims == ("birthplace", "origin", "destination")
    assert fit.flows.sum("destination").values == pytest.approx(truth.sum("destination").values)
    assert fit.flows.sum("origin").values == pytest.approx(truth.sum("origin").values)


def test_three_dimensions_three_margins() -> None:
    rng = np.random.default_rng(1)
    labels = {"birthplace": places(6), "origin": places(6), "destination": places(6)}
    truth = xr.DataArray(rng.lognormal(0, 3, (6, 6, 6)), coords=labels)
    seed = xr.DataArray(rng.lognormal(0, 1, (6, 6, 6)), coords=labels)
    margins = [truth.sum(dim) for dim in labels]
    fit = fit_margins(seed, margins)
    assert fit.margin_error <= 1e-9
    for wanted in margins:
        (dim,) = set(labels) - set(wanted.dims)
        assert fit.flows.sum(dim).values == pytest.approx(wanted.values, rel=1e-8)
    # No three-way interaction is added: the ratio to the seed has none.
    ratio = np.log(fit.flows.values / seed.values)
    corner = ratio - ratio[:1] - ratio[:, :1] - ratio[:, :, :1]
    corner = corner + ratio[:1, :1] + ratio[:1, :, :1] + ratio[:, :1, :1] - ratio[:1, :1, :1]
    assert np.abs(corner).max() < 1e-6


def test_a_stubborn_case_needs_newton() -> None:
    # Nearly diagonal in three dimensions: sweeps alone gain a digit in about 6,000 rounds.
    rng = np.random.default_rng(2)
    size = 8
    labels = {"birthplace": places(size), "origin": places(size), "destination": places(size)}
    eye = np.eye(size)
    heavy = 1e5 * eye[:, :, None] * eye[None]
    truth = xr.DataArray(heavy + rng.lognormal(0, 1, (size,) * 3), coords=labels)
    seed = xr.DataArray(heavy + rng.lognormal(0, 1, (size,) * 3), coords=labels)
    fit = fit_margins(seed, [truth.sum(dim) for dim in labels], max_iterations=100)
    assert fit.margin_error <= 1e-9
    assert fit.iterations > 30


def test_years_are_fitted_together() -> None:
    year = {"year": [2000, 2005]}
    rows = xr.concat([margin("origin", 30, 70), margin("origin", 3, 9)], "year").assign_coords(year)
    columns = xr.concat(
        [margin("destination", 40, 60), margin("destination", 6, 6)], "year"
    ).assign_coords(year)
    fit = fit_margins(table(np.ones((2, 2))), [rows, columns]).flows
    assert fit.dims == ("year", "origin", "destination")
    assert fit.sel(year=2005).values == pytest.approx(np.array([[1.5, 1.5], [4.5, 4.5]]))


def test_labels_are_matched_by_name() -> None:
    turned = margin("destination", 40, 60).sel(destination=["P01", "P00"])
    fit = fit_margins(table(np.ones((2, 2))), [margin("origin", 30, 70), turned])
    assert fit.flows.sel(origin="P00", destination="P00").item() == pytest.approx(12)
    assert fit.to_table().shape == (4, 3)


def test_totals_that_differ() -> None:
    with pytest.raises(AccountError, match="different totals") as caught:
        fit_margins(
            table(np.ones((2, 2))), [margin("origin", 30, 70), margin("destination", 40, 61)]
        )
    assert caught.value.id == "InconsistentTotals"
    assert "100 and 101" in caught.value.where


def test_totals_that_differ_within_a_group() -> None:
    group = ["a", "a", "b"]
    seed = table(np.ones((3, 3))).assign_coords(origin_group=("origin", group))
    wanted = xr.DataArray([35.0, 25.0], coords={"origin_group": ["a", "b"]})
    with pytest.raises(AccountError) as caught:
        fit_margins(seed, [margin("origin", 10, 20, 30), wanted])
    assert "origin=P00, origin=P01: 30 and 35" in caught.value.where


def test_a_positive_margin_without_a_permitted_cell() -> None:
    seed = np.ones((3, 3))
    seed[1] = 0
    with pytest.raises(InfeasibleError, match="have no permitted cell") as caught:
        fit_margins(table(seed), [margin("origin", 1, 1, 1), margin("destination", 1, 1, 1)])
    assert caught.value.where == "origin=P01"


def test_zeros_that_leave_no_room() -> None:
    # Rows 0 and 1 need 20 but may only use column 0, which takes 10.
    seed = np.array([[1.0, 0, 0], [1, 0, 0], [1, 1, 1]])
    with pytest.raises(InfeasibleError, match="no table with the zeros of the seed"):
        fit_margins(table(seed), [margin("origin", 10, 10, 10), margin("destination", 10, 10, 10)])


def test_zeros_that_force_zeros() -> None:
    # Feasible only with the last row out of column 0: the limit is reached, not exactly.
    seed = np.array([[1.0, 0, 0], [1, 1, 0], [1, 1, 1]])
    fit = fit_margins(
        table(seed), [margin("origin", 10, 10, 10), margin("destination", 10, 10, 10)]
    )
    assert fit.flows.values == pytest.approx(np.diag([10.0, 10, 10]), abs=1e-6)


def test_giving_up_is_reported() -> None:
    rng = np.random.default_rng(5)
    seed = table(rng.lognormal(0, 3, (6, 6)) + 1e6 * np.eye(6))
    rows, columns = rng.uniform(1, 2, (2, 6))
    columns *= rows.sum() / columns.sum()
    with pytest.raises(ConvergenceError) as caught:
        fit_margins(
            seed, [margin("origin", *rows), margin("destination", *columns)], max_iterations=1
        )
    assert caught.value.diagnostics["margin_error"] > 1e-9


@pytest.mark.parametrize(
    ("seed", "margins", "error", "message"),
    [
        ([[1, -1], [1, 1]], [("origin", 1, 1)], SchemaError, "negative"),
        ([[1, np.nan], [1, 1]], [("origin", 1, 1)], SchemaError, "missing"),
        ([[1, 1], [1, 1]], [("origin", -1, 1)], SchemaError, "negative"),
        ([[1, 1], [1, 1]], [], SchemaError, "no margin is given"),
        ([[1, 1], [1, 1]], [("origin", 1, 1, 1)], CoverageError, "P02"),
        ([[1, 1], [1, 1]], [("origin", 1, 1), ("sex", 1, 1)], SchemaError, "neither dimension"),
    ],
)
def test_bad_input(seed: list, margins: list, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        fit_margins(table(seed), [margin(*given) for given in margins])


positive = arrays(float, (4, 5), elements=st.floats(0.01, 1e4))


@given(positive, positive)
def test_margins_are_met_for_any_positive_seed(seed: np.ndarray, truth: np.ndarray) -> None:
    cells = table(truth)
    fit = fit_margins(table(seed), [cells.sum("destination"), cells.sum("origin")])
    assert fit.flows.sum("destination").values == pytest.approx(truth.sum(axis=1), rel=1e-8)
    assert fit.flows.sum("origin").values == pytest.approx(truth.sum(axis=0), rel=1e-8)
    assert (fit.flows.values >= 0).all()


@given(positive)
def test_a_seed_that_fits_already_is_left_alone(seed: np.ndarray) -> None:
    cells = table(seed)
    fit = fit_margins(cells, [cells.sum("destination"), cells.sum("origin")])
    assert fit.flows.values == pytest.approx(seed, rel=1e-8)
