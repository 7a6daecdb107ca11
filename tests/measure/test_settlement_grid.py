# SPDX-License-Identifier: Apache-2.0
"""Degree of urbanisation: the toy of the specification, hand-made grids for each rule and edge,
a second implementation by plain loops, and bad input."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from keruen.core.errors import CoverageError, FaultsError, SchemaError
from keruen.measure.settlement_grid import CELL_CLASSES, degree_of_urbanisation
from keruen.measure.settlement_units import unit_classes
from settlement_loops import by_loops


def grid(cells) -> xr.DataArray:
    return xr.DataArray(np.asarray(cells, dtype=float), dims=("y", "x"))


def level2(cells, **options) -> np.ndarray:
    return degree_of_urbanisation(grid(cells), **options).level2.to_numpy()


def empty(rows: int = 15, columns: int = 15) -> np.ndarray:
    return np.zeros((rows, columns))


TOY = [[6000, 7000, 5500], [8000, 100, 9000], [6500, 7500, 5000]]


def toy(rows: int = 9, columns: int = 9, at: int = 3) -> np.ndarray:
    cells = empty(rows, columns)
    cells[at : at + 3, at : at + 3] = TOY
    return cells


def test_toy_of_the_specification():
    """Eight cells hold 54,500 people; the hole is filled: nine cells, 54,600."""
    assert np.array(TOY).sum() - 100 == 54_500
    found = degree_of_urbanisation(grid(toy()))
    assert found.centre_people.values.tolist() == [54_600.0]
    assert found.centre_area.values.tolist() == [9.0]
    assert (found.level1.to_numpy()[3:6, 3:6] == 3).all()


def test_a_cell_at_the_corner_joins_the_cluster_but_not_the_centre():
    cells = toy()
    cells[6, 6] = 1600
    found = degree_of_urbanisation(grid(cells))
    assert found.level1.to_numpy()[6, 6] == 2
    assert found.centre.to_numpy()[6, 6] == 0
    assert found.level2.to_numpy()[6, 6] == 21


@pytest.mark.parametrize(("people", "code"), [(50_000, 30), (49_999, 23)])
def test_an_urban_centre_has_50_000_people(people, code):
    cells = empty()
    cells[4, 4:6] = people / 2
    assert level2(cells)[4, 4] == code


@pytest.mark.parametrize(("density", "code"), [(1500, 30), (1499, 21)])
def test_cells_of_a_centre_have_1_500_people(density, code):
    cells = empty()
    cells[4, 4:6] = 30_000
    cells[4, 6] = density
    assert level2(cells)[4, 6] == code


@pytest.mark.parametrize("cells_more", [0, 1])
def test_holes_below_15_km2_are_filled(cells_more):
    """An even-sided octagon of 12 cells has no corner for the majority rule to begin at."""
    octagon = np.ones((4, 4), dtype=bool)
    octagon[[0, 0, 3, 3], [0, 3, 0, 3]] = False
    cells = np.full((16, 16), 3000.0)
    cells[5:9, 5:9][octagon] = 0
    assert (level2(cells)[5:9, 5:9] == 30).all()  # 12 cells: a hole to fill
    wide = np.ones((4, 5), dtype=bool)
    wide[[0, 0, 3, 3], [0, 4, 0, 4]] = False
    if not cells_more:
        wide[0, 1], wide[3, 3] = False, False
    assert wide.sum() == (16 if cells_more else 14)
    cells[5:9, 5:10] = np.where(wide, 0, 3000)
    assert (level2(cells)[5:9, 5:10][wide] == 30).all() == (not cells_more)


def test_majority_rule_works_inwards_too():
    """The corners of a hole of 16 cells have five neighbours in the centre, its sides four."""
    cells = np.full((14, 14), 3000.0)
    cells[5:9, 5:9] = 0
    inside = level2(cells)[5:9, 5:9] == 30
    assert inside.sum() == 4
    assert inside[[0, 0, 3, 3], [0, 3, 0, 3]].all()


def test_a_gap_open_to_the_edge_of_the_grid_is_no_hole():
    cells = np.full((6, 6), 2000.0)
    cells[0, 3] = 0
    assert level2(cells)[0, 3] == 30  # five of eight: by majority, not as a hole
    cells[1, 3] = 0
    cells[0, 2:5] = 0
    assert level2(cells)[0, 3] == 11


def test_a_gap_between_two_centres_belongs_to_neither():
    cells = empty(9, 12)
    cells[2:7, 1:5] = 4000
    cells[2:7, 6:10] = 4000
    assert (level2(cells)[2:7, 5] == 11).all()  # three neighbours on either side
    found = degree_of_urbanisation(grid(cells))
    assert found.centre_people.values.tolist() == [80_000.0, 80_000.0]


def test_a_hole_that_touches_the_outside_by_a_corner_is_a_hole():
    cells = toy()
    cells[3, 3] = 0  # the corner of the ring opens by a corner only
    cells[3, 4] = 14_000
    assert level2(cells)[4, 4] == 30


@pytest.mark.parametrize("fifth", [True, False])
def test_majority_rule_asks_for_five(fifth):
    cells = empty(8, 8)
    cells[2:5, 1:4] = 10_000  # (3, 4) has three neighbours in this block
    cells[2, 4] = 10_000
    cells[2, 5] = 10_000 if fifth else 0
    assert (level2(cells)[3, 4] == 30) == fifth


def test_majority_must_be_of_the_same_centre():
    """Three neighbours of one centre and three of another join a cell to neither."""
    cells = empty(5, 9)
    cells[1:4, 0:4] = 6000
    cells[1:4, 5:9] = 6000
    found = degree_of_urbanisation(grid(cells))
    assert found.centre.to_numpy()[2, 4] == 0
    assert len(found.centre_people) == 2


def test_smoothing_goes_on_until_nothing_changes():
    cells = empty(14, 14)
    cells[2:12, 2:12] = 2000
    for step in range(4):  # a stair cut into a corner is filled cell by cell
        cells[2 + step, 2 : 6 - step] = 0
    once = level2(cells)
    again = np.where(once == 30, 2000, 0)
    assert (level2(again) == once).all()


@pytest.mark.parametrize(("people", "code"), [(5000, 23), (4998, 13)])
def test_dense_urban_clusters_have_5_000_people(people, code):
    cells = empty()
    cells[4, 4:6] = people / 2
    assert level2(cells)[4, 4] == code


@pytest.mark.parametrize(("gap", "code"), [(2, 22), (1, 21), (0, 21)])
def test_semi_dense_clusters_stand_two_kilometres_apart(gap, code):
    cells = empty(20, 30)
    cells[5, 2:4] = 30_000
    cells[5, 4 + gap : 4 + gap + 15] = 400
    assert (level2(cells)[5, 4 + gap : 4 + gap + 15] == code).all()


def test_semi_dense_clusters_are_taken_or_left_as_wholes():
    cells = empty(10, 40)
    cells[5, 2:4] = 30_000
    cells[5, 5:36] = 400  # its far end is 30 km away, its near end 1 km
    assert set(level2(cells)[5, 5:36]) == {21}


def test_clusters_meet_at_corners_from_300_people():
    cells = empty()
    cells[range(13), range(13)] = 400
    assert level2(cells)[0, 0] == 22
    cells[6, 6] = 299  # cuts the chain: two clusters of 2,400
    assert level2(cells)[0, 0] == 13


@pytest.mark.parametrize(("people", "code"), [(500, 13), (499, 12), (300, 12), (50, 12), (49, 11)])
def test_classes_of_the_countryside(people, code):
    cells = empty()
    cells[4, 4] = people
    assert level2(cells)[4, 4] == code


def test_classes_share_out_all_people_and_cells():
    rng = np.random.default_rng(5)
    cells = rng.pareto(1.0, (60, 50)) * 60
    found = degree_of_urbanisation(grid(cells))
    assert found.people.sum().item() == pytest.approx(cells.sum())
    assert found.area.sum().item() == cells.size
    assert found.centre_people.sum().item() == pytest.approx(found.people.sel(settlement=30).item())
    table = found.to_table()
    assert table["share"].sum() == pytest.approx(1.0)
    assert list(table["name"]) == list(CELL_CLASSES.values())
    assert (found.level1.to_numpy() == found.level2.to_numpy() // 10).all()


def test_density_is_over_land():
    cells, land = empty(), np.ones((15, 15))
    cells[4, 4] = 200
    land[4, 4] = 0.25  # 800 people a km2 of land
    land[8:10, 8:10] = 0.1
    found = degree_of_urbanisation(grid(cells), land=grid(land)).level2.to_numpy()
    assert found[4, 4] == 12
    cells[4, 4] = 500 * 0.25
    cells[4, 5] = 450
    assert level2(cells, land=grid(land))[4, 4] == 13
    assert (found[8:10, 8:10] == 10).all()
    assert degree_of_urbanisation(grid(cells), land=grid(land)).area.sel(settlement=10) == 4


def test_water_within_a_centre_is_part_of_it():
    cells, land = toy(), np.ones((9, 9))
    cells[4, 4] = 0
    land[4, 4] = 0
    assert level2(cells, land=grid(land))[4, 4] == 30


def test_finer_cells_are_added_up_to_kilometres():
    coarse = toy()
    fine = np.repeat(np.repeat(coarse / 4, 2, axis=0), 2, axis=1)
    found = degree_of_urbanisation(grid(fine), cell_km=0.5)
    whole = degree_of_urbanisation(grid(coarse))
    assert (found.level2.to_numpy() == whole.level2.to_numpy()).all()
    assert found.centre_people.values.tolist() == whole.centre_people.values.tolist()


def test_centres_are_ranked_and_placed():
    cells = empty(10, 20)
    cells[2, 2:4] = 30_000
    cells[7, 10:13] = 40_000
    found = degree_of_urbanisation(grid(cells)).centres()
    assert found["people"].tolist() == [120_000, 60_000]
    assert found[["y", "x"]].to_numpy().tolist() == [[7.0, 11.0], [2.0, 2.5]]


def test_nobody_and_nothing():
    found = degree_of_urbanisation(grid(empty(4, 4)))
    assert (found.level2 == 11).all()
    assert found.centre_people.size == 0
    assert len(found.centres()) == 0
    assert found.to_table()["share"].isna().all()


# --- a second implementation ---------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(12))
def test_second_implementation_agrees(seed):
    rng = np.random.default_rng(seed)
    cells = np.round(rng.pareto(0.9, (26, 31)) * rng.choice([30, 200, 900]))
    for _ in range(4):
        y, x = rng.integers(0, 20, 2)
        side = rng.integers(2, 9)
        cells[y : y + side, x : x + side] += rng.gamma(
            1.2, 2500, cells[y : y + side, x : x + side].shape
        )
    found = level2(cells)
    assert (found == by_loops(cells)).all()
    assert len(np.unique(found)) > 3


# --- units -------------------------------------------------------------------------------------


def test_units_by_where_half_of_their_people_live():
    cells = empty(1, 12)
    cells[0, :2] = 30_000
    cells[0, 6:9] = 2000
    cells[0, 11] = 40
    codes = np.array([["A", "A", "", "", "", "", "B", "B", "C", "C", "", "D"]])
    found = unit_classes(
        grid(cells), degree_of_urbanisation(grid(cells)), xr.DataArray(codes, dims=("y", "x"))
    )
    assert found.unit_class.to_series().to_dict() == {"A": 3.0, "B": 2.0, "C": 2.0, "D": 1.0}
    assert found.people.sum() == 60_000 + 6000 + 40


def test_a_unit_split_evenly_is_a_city_and_an_empty_one_has_no_class():
    cells = empty(1, 30)
    cells[0, 0] = 50_000
    cells[0, 5:] = 0
    cells[0, 10:] = 2_500 / 20 * 20 / 20  # 125 each: rural
    codes = np.full((1, 30), "A")
    codes[0, 2:5] = "E"
    people = cells.copy()
    people[0, 10:] = 50_000 / 20  # 2,500 each would be dense: keep the classes of before
    found = unit_classes(
        grid(people), degree_of_urbanisation(grid(cells)), xr.DataArray(codes, dims=("y", "x"))
    )
    assert found.centre_share.sel(locality="A").item() == 0.5
    assert found.unit_class.sel(locality="A").item() == 3.0
    assert np.isnan(found.unit_class.sel(locality="E").item())


def test_units_on_finer_cells():
    fine = np.repeat(np.repeat(toy() / 4, 2, axis=0), 2, axis=1)
    codes = xr.DataArray(np.full(fine.shape, "A"), dims=("y", "x"))
    found = unit_classes(grid(fine), degree_of_urbanisation(grid(fine), cell_km=0.5), codes)
    assert found.centre_share.item() == 1.0
    with pytest.raises(SchemaError, match="not classified") as caught:
        unit_classes(
            grid(fine),
            degree_of_urbanisation(grid(empty(5, 5))),
            codes,
        )
    assert caught.value.id == "UnevenGrid"


# --- bad input ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "id"), [(np.nan, "MissingCell"), (np.inf, "MissingCell"), (-1.0, "NegativeInput")]
)
def test_bad_cells_are_named_by_their_coordinates(value, id):
    cells = grid(empty(4, 4)).assign_coords(y=[3500, 2500, 1500, 500], x=[0, 1000, 2000, 3000])
    cells[1, 2] = value
    with pytest.raises(SchemaError, match="y=2500, x=2000") as caught:
        degree_of_urbanisation(cells)
    assert caught.value.id == id


@pytest.mark.parametrize("side", [0.0, -1.0, 0.3, 2.0, np.nan])
def test_sides_of_cells_that_make_no_kilometre(side):
    with pytest.raises(SchemaError) as caught:
        degree_of_urbanisation(grid(empty()), cell_km=side)
    assert caught.value.id == "CellSize"


def test_spacing_must_be_even_and_fit_the_side():
    cells = grid(empty(4, 4))
    with pytest.raises(SchemaError, match="y=2 to 5") as caught:
        degree_of_urbanisation(cells.assign_coords(y=[0, 1, 2, 5], x=[0, 1, 2, 3]))
    assert caught.value.id == "UnevenGrid"
    with pytest.raises(SchemaError, match="250 apart") as caught:
        degree_of_urbanisation(cells.assign_coords(y=[0, 250, 500, 750], x=[0, 1, 2, 3]))
    assert caught.value.id == "CellSize"
    with pytest.raises(SchemaError, match="whole cells"):
        degree_of_urbanisation(grid(empty(5, 4)), cell_km=0.5)


def test_all_faults_at_once():
    cells, land = grid(empty(4, 4)), grid(np.ones((4, 4)))
    cells[0, 0], cells[1, 1], cells[2, 2] = np.nan, -5, 7
    land[2, 2], land[3, 3] = 0, 1.5
    with pytest.raises(FaultsError) as caught:
        degree_of_urbanisation(cells, land=land, cell_km=0.3)
    assert {fault.id for fault in caught.value.faults} == {
        "MissingCell",
        "NegativeInput",
        "ShareOutOfRange",
        "PeopleOnWater",
        "CellSize",
    }


def test_other_shapes_are_refused():
    with pytest.raises(SchemaError, match="y and x"):
        degree_of_urbanisation(xr.DataArray(np.zeros(4), dims="cell"))
    with pytest.raises(SchemaError, match="not numbers"):
        degree_of_urbanisation(xr.DataArray(np.full((3, 3), "a"), dims=("y", "x")))
    with pytest.raises(CoverageError):
        degree_of_urbanisation(grid(empty(4, 4)), land=grid(np.ones((4, 5))))
