# SPDX-License-Identifier: Apache-2.0
"""Grids of population from files: arrays, lists of cells, and everything that may be wrong."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from keruen.core.errors import FaultsError, FileError, SchemaError
from keruen.measure.settlement_grid import degree_of_urbanisation
from keruen.sources.population_grid import read_population_grid


def written(folder, ending=".csv", **columns):
    path = folder / f"cells{ending}"
    table = pd.DataFrame(columns)
    table.to_parquet(path) if ending == ".parquet" else table.to_csv(path, index=False)
    return path


def test_array_of_numpy(tmp_path):
    cells = np.arange(12).reshape(3, 4)
    np.save(tmp_path / "grid.npy", cells)
    found = read_population_grid(tmp_path / "grid.npy")
    assert (found.population.to_numpy() == cells).all()
    assert found.land is None
    assert found.units is None


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_list_of_cells_in_any_order(tmp_path, ending):
    path = written(
        tmp_path, ending, x=[2500, 500, 1500], y=[500, 1500, 500], population=[3, 1, 2],
        land=[1.0, 0.5, 1.0], unit=["B", "A", None],
    )  # fmt: skip
    found = read_population_grid(path)
    assert found.population.values.tolist() == [[1.0, 0.0, 0.0], [0.0, 2.0, 3.0]]
    assert found.land.values.tolist() == [[0.5, 1.0, 1.0], [1.0, 1.0, 1.0]]
    assert found.units.values.tolist() == [["A", "", ""], ["", "", "B"]]
    assert found.population["y"].values.tolist() == [1500, 500]
    degree_of_urbanisation(found.population, land=found.land)


@pytest.mark.parametrize("scale", [1000, 1])
def test_metres_and_kilometres(tmp_path, scale):
    path = written(tmp_path, x=[scale * 4, scale * 6], y=[0, scale], population=[5, 6])
    found = read_population_grid(path)
    assert found.population.values.tolist() == [[0.0, 0.0, 6.0], [5.0, 0.0, 0.0]]
    degree_of_urbanisation(found.population)


def test_fine_cells_are_framed_by_whole_kilometres(tmp_path):
    """Cells of 500 m by their middles: one of 1 km holds (1250, 750), the next (2250, 250)."""
    path = written(tmp_path, x=[1250, 1750, 2250], y=[750, 750, 250], population=[1, 2, 3])
    found = read_population_grid(path, cell_km=0.5).population
    assert found.shape == (2, 4)
    whole = found.coarsen(y=2, x=2).sum()
    assert whole.values.tolist() == [[3.0, 3.0]]
    degree_of_urbanisation(found, cell_km=0.5)


def test_headings_in_capitals_are_read(tmp_path):
    path = written(tmp_path, **{"X": [0, 1], "Y": [0, 0], " Population": [1, 2]})
    assert read_population_grid(path).population.sum() == 3


@pytest.mark.parametrize(
    ("columns", "id", "where"),
    [
        ({"x": [0], "population": [1]}, "MissingColumn", "y"),
        ({"x": [0, 1], "y": [0, 0], "population": [1, None]}, "MissingCell", "row 3"),
        ({"x": [0, 1], "y": [0, 0], "population": ["1", "many"]}, "NotANumber", "row 3: many"),
        ({"x": [0, 0], "y": [0, 0], "population": [1, 2]}, "DuplicateKey", "row 3"),
        ({"x": [0, 0.5], "y": [0, 0], "population": [1, 2]}, "UnevenGrid", "row 3"),
    ],
)
def test_faults_name_their_rows(tmp_path, columns, id, where):
    with pytest.raises(SchemaError, match=where) as caught:
        read_population_grid(written(tmp_path, **columns))
    assert caught.value.id == id


def test_several_faults_come_together(tmp_path):
    path = written(tmp_path, x=[None, 1], population=["few", "4"])
    with pytest.raises(FaultsError) as caught:
        read_population_grid(path)
    assert {f.id for f in caught.value.faults} == {"MissingColumn", "MissingCell", "NotANumber"}


def test_files_that_are_no_grids(tmp_path):
    with pytest.raises(FileError) as caught:
        read_population_grid(tmp_path / "none.npy")
    assert caught.value.id == "NotFound"
    (tmp_path / "broken.npy").write_bytes(b"\x93NUMPY\x01")
    with pytest.raises(FileError) as caught:
        read_population_grid(tmp_path / "broken.npy")
    assert caught.value.id == "Damaged"
    np.save(tmp_path / "objects.npy", np.array([[{}]], dtype=object))
    with pytest.raises(FileError):
        read_population_grid(tmp_path / "objects.npy")
    np.save(tmp_path / "line.npy", np.zeros(4))
    with pytest.raises(SchemaError, match="1 dimensions"):
        read_population_grid(tmp_path / "line.npy")
    with pytest.raises(FileError):
        read_population_grid(written(tmp_path, x=[0, 1e7], y=[0, 1e7], population=[1, 1]))
    (tmp_path / "grid.tif").write_bytes(b"II*\x00")
    with pytest.raises(FileError):
        read_population_grid(tmp_path / "grid.tif")
    with pytest.raises(SchemaError) as caught:
        read_population_grid(written(tmp_path, x=[0], y=[0], population=[1]), cell_km=3)
    assert caught.value.id == "CellSize"
