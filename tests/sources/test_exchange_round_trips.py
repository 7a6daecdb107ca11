# SPDX-License-Identifier: Apache-2.0
"""What is written is read back as the same array, in every format and three languages."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

import keruen
from exchange_cases import arrays, assert_same
from keruen.core.dims import DIMENSIONS
from keruen.core.errors import LicenceError, SchemaError, UnitsError
from keruen.sources.exchange import Cube, read, write

LANGS = st.sampled_from([None, "en", "ru", "kk"])
KNOWN = set(DIMENSIONS)
FORMS = {
    "sdmx-csv": "a.csv",
    "sdmx-csv-1.0": "a.csv",
    "json-stat": "a.json",
    "xlsx": "a.xlsx",
    "parquet": "a.parquet",
}


def there_and_back(array, name, form, lang=None):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        losses = write(array, path, format=form, lang=lang)
        return read(path), losses


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=12)
@given(array=arrays(), lang=LANGS)
def test_every_format_gives_the_array_back(form, array, lang):
    cube, losses = there_and_back(array, FORMS[form], form, lang)
    assert_same(cube.array, array)
    assert all("age: the array does not say" in loss for loss in losses)
    assert cube.status is None


@pytest.mark.parametrize("name", ["map", "map.xlsx"])
@settings(max_examples=12)
@given(
    array=st.one_of(
        arrays(dims=("origin", "destination")),
        arrays(dims=("year", "origin", "destination")),
        arrays(dims=("origin", "year", "destination", "month")),
    ).filter(lambda a: "month" not in a.dims or "year" in a.coords),
    lang=LANGS,
)
def test_a_flow_map_gives_the_array_back(name, array, lang):
    cube, losses = there_and_back(array, name, "flowmap", lang)
    assert_same(cube.array, array)
    assert all("no coordinates" in loss for loss in losses)


@settings(max_examples=12)
@given(array=arrays().filter(lambda array: array.dims and set(array.coords) <= KNOWN))
def test_a_csv_gives_the_figures_back_and_says_what_it_does_not_hold(array):
    cube, losses = there_and_back(array, "a.csv", "csv")
    single = [name for name in array.coords if name not in array.dims]
    back = cube.array.isel(dict.fromkeys(single, 0)).transpose(*array.dims)
    np.testing.assert_array_equal(back.values.astype(array.dtype), array.values)
    for dim in array.dims:
        assert back.indexes[dim].tolist() == array.indexes[dim].tolist()
    assert bool(losses) == bool(array.attrs)


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=5)
@given(array=arrays(), data=st.data())
def test_the_status_of_cells_travels(form, array, data):
    codes = st.sampled_from(["", "A", "E", "P", "b"])
    size = array.size
    drawn = data.draw(st.lists(codes, min_size=size, max_size=size))
    status = array.copy(data=np.array(drawn, dtype=object).reshape(array.shape))
    status.attrs = {}
    cube, _ = there_and_back(Cube(array, status), FORMS[form], form)
    assert_same(cube.array, array)
    if form.startswith("sdmx"):  # the format has a code for "nothing is said"
        told = np.asarray(status.values == "")
        assert np.isin(np.asarray(cube.status.values)[told], ["A", "O", "F"]).all()
        assert (np.asarray(cube.status.values)[~told] == np.asarray(status.values)[~told]).all()
    elif cube.status is None:
        assert (status.values == "").all()
    else:
        assert (np.asarray(cube.status.values) == np.asarray(status.values)).all()


@pytest.mark.parametrize("form", [*FORMS, "csv"])
def test_embedded_arrays_travel_whole(tmp_path, form):
    path = tmp_path / FORMS.get(form, "a.csv")
    for id, select in (
        ("wpp2024.population", {"country": "KAZ", "year": [2023, 2024]}),
        ("korea.moves", {"year": [2020]}),
        ("abelcohen.flows.flow", {"year": 1990, "method": "open", "origin": ["KAZ", "RUS"]}),
        ("kaz.vital.births", {}),
    ):
        array = keruen.load(id, **select)
        write(array, path, format=form, lang="ru")
        back = read(path).array
        if form == "csv":
            kept = array.expand_dims([n for n in array.coords if n not in array.dims])
            np.testing.assert_array_equal(back.transpose(*kept.dims).values, kept.values)
        else:
            assert_same(back, array)


@pytest.mark.parametrize("form", [*FORMS, "csv"])
def test_the_same_array_gives_the_same_bytes(tmp_path, form):
    array = keruen.load("kaz.vital.births")
    paths = [tmp_path / folder / FORMS.get(form, "a.csv") for folder in ("one", "two")]
    for path in paths:
        path.parent.mkdir()
        write(array, path, format=form)
    assert paths[0].read_bytes() == paths[1].read_bytes()


def births(**more):
    return xr.DataArray([1.0, 2.0], coords={"year": [2023, 2024]}, name="births", **more)


@pytest.mark.parametrize("form", [*FORMS, "csv", "flowmap"])
def test_data_for_own_use_are_not_written(tmp_path, form):
    with pytest.raises(LicenceError, match="may not be passed on"):
        write(births(attrs={"licence": ("facts", "own-use")}), tmp_path / "a", format=form)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("array", "error", "words"),
    [
        (births().rename(None), SchemaError, "no name"),
        (births() / 0, SchemaError, "infinite"),
        (births().isel(year=[]), SchemaError, "no cells"),
        (births().astype(object), UnitsError, "no numbers"),
        (births().assign_coords(year=["a\nb", "c"]), SchemaError, "not a label"),
        (births().assign_coords(year=[2023, 2023]), SchemaError, "stand twice"),
        (births().assign_coords(year=[np.nan, 2.0]), SchemaError, "not a label"),
    ],
)
def test_what_no_file_holds_is_refused(tmp_path, array, error, words):
    array.name = array.name and "births"
    with pytest.raises(error, match=words):
        write(array, tmp_path / "a.json")
    assert list(tmp_path.iterdir()) == []


def test_what_is_not_carried_is_said(tmp_path):
    array = births(attrs={"made_by": object(), "units": "persons", "limit": float("inf")})
    array = array.assign_coords(half=("year", [1, 2]))
    losses = write(array, tmp_path / "a.json")
    assert any("'half'" in loss for loss in losses)
    assert any("'made_by'" in loss for loss in losses)
    assert any("'limit'" in loss for loss in losses)
    assert read(tmp_path / "a.json").array.attrs == {"units": "persons"}
