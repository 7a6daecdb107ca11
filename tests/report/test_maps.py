# SPDX-License-Identifier: Apache-2.0
"""Choropleths and flow maps: codes, classes, hatches, arrows, and the outlines themselves."""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from keruen.core.errors import CodeError, SchemaError
from keruen.report._arrows import arrow, band_width
from keruen.report._classes import Classes
from keruen.report._geography import GEOGRAPHIES, load_geography
from keruen.report.maps import choropleth, class_breaks, flow_map, map_credit
from svg_checks import SVG, corners, parse, texts, tooltips

REGIONS = list(load_geography("KAZ-2024").areas)
HEADING = {"title": "Көші-қон", "unit": "1 000 адамға"}
LABELS = {code: f"Өңір {code}" for code in REGIONS}

# Official areas in thousand km2: national statistics (Kazakhstan, its regions), UN
# Demographic Yearbook table 3 (countries; Russia without Crimea, inland waters included).
COUNTRIES = {
    "KAZ": 2725,
    "RUS": 17098,
    "AUS": 7688,
    "BRA": 8510,
    "MNG": 1564,
    "DZA": 2382,
    "USA": 9834,
}
KAZAKHSTAN = {"KZ-15": 300.6, "KZ-35": 239.0, "KZ-33": 118.5, "KZ-59": 98.0, "KZ-39": 196.0}


def _values(spread: float = 1.0) -> dict[str, float]:
    return {code: spread * (place - 9.5) * 2 for place, code in enumerate(REGIONS)}


def _fills(drawing: str) -> dict[str, str]:
    return {name: part.get("fill", "") for name, part in tooltips(parse(drawing)).items()}


def test_all_labels_and_numbers_are_on_the_map() -> None:
    drawing = choropleth(_values(), labels=LABELS, number=lambda v: f"{v:+.2f}", **HEADING)
    words = texts(parse(drawing))
    assert [name for name in LABELS.values() if name not in words] == []
    assert [f"{v:+.2f}" for v in _values().values() if f"{v:+.2f}" not in words] == []


def test_cities_too_small_to_see_are_drawn_as_insets() -> None:
    drawing = choropleth(_values(), labels=LABELS, **HEADING)
    circles = [c for c in parse(drawing).iter(f"{SVG}circle") if c.get("r") == "21"]
    assert len(circles) == 3  # Astana, Almaty, Shymkent


@pytest.mark.parametrize("scale", ["sequential", "diverging"])
def test_colours_follow_the_classes(scale: str) -> None:
    breaks = (-10.0, -4.0, 0.0, 4.0, 10.0)
    values = _values()
    fills = _fills(choropleth(values, scale=scale, breaks=breaks, labels=LABELS, **HEADING))
    by_class: dict[int, set[str]] = {}
    for code, value in values.items():
        (fill,) = (f for name, f in fills.items() if name.startswith(f"{LABELS[code]}:"))
        by_class.setdefault(bisect_right(breaks, value), set()).add(fill)
    assert sorted(by_class) == [0, 1, 2, 3, 4, 5]
    paints = [by_class[place] for place in sorted(by_class)]
    assert all(len(paint) == 1 for paint in paints), "one paint a class"
    assert len(set.union(*paints)) == 6, "and no paint twice"


def test_a_value_on_a_break_belongs_to_the_class_above() -> None:
    paints = Classes.of((0.0, 5.0), "sequential")
    assert [paints.place(v) for v in (-1, 0, 4.999, 5, 6)] == [0, 1, 1, 2, 2]


def test_losses_carry_dots_so_that_signs_survive_without_colour() -> None:
    paints = Classes.of((-5.0, 0.0, 5.0), "diverging")
    assert "loss" in paints.fill(-6)
    assert "loss" in paints.fill(-1)
    assert paints.fill(0.0).startswith("#")
    assert paints.patterns().count('id="__id__loss') == 2


def test_missing_values_are_hatched_and_explained() -> None:
    values: dict[str, float | None] = dict(_values())
    values["KZ-10"] = math.nan
    values["KZ-11"] = None
    del values["KZ-15"]
    drawing = choropleth(values, labels=LABELS, no_data="дерек жоқ", **HEADING)
    hatched = [name for name, fill in _fills(drawing).items() if "hatch" in fill]
    assert hatched == [f"{LABELS[c]}: …" for c in ("KZ-10", "KZ-11", "KZ-15")]
    assert "дерек жоқ" in texts(parse(drawing))
    assert "дерек жоқ" not in texts(parse(choropleth(_values(), no_data="дерек жоқ", **HEADING)))


@pytest.mark.parametrize("scale", ["sequential", "diverging"])
@pytest.mark.parametrize("value", [0.0, 3.0, math.nan])
def test_one_value_everywhere_is_still_a_map(scale: str, value: float) -> None:
    parse(choropleth(dict.fromkeys(REGIONS, value), scale=scale, labels=LABELS, **HEADING))


def test_every_unknown_code_is_named_with_a_way_out() -> None:
    with pytest.raises(CodeError, match=r"'KZ-99', 'Astana'.*did you mean"):
        choropleth({"KZ-99": 1.0, "Astana": 2.0, "KZ-71": 3.0}, **HEADING)
    for later in ("KAZ-2018", "KAZ-2024"):  # South Kazakhstan was divided in June 2018
        with pytest.raises(CodeError, match="KAZ-2000 has it"):
            choropleth({"KZ-YUZ": 1.0}, geography=later, **HEADING)
    with pytest.raises(CodeError, match="KAZ-2024"):
        choropleth({}, geography="UZB", **HEADING)
    with pytest.raises(CodeError, match="labels and highlight"):
        choropleth(_values(), highlight=["XX"], **HEADING)


def test_one_area_cannot_have_two_values() -> None:
    with pytest.raises(SchemaError) as twice:
        choropleth({"KZ-71": 1.0, "AST": 2.0}, **HEADING)
    assert twice.value.id == "DuplicateKey"


def test_old_and_new_codes_and_arrays_name_the_same_area() -> None:
    by_iso = choropleth({"KZ-71": 1.0, "KZ-10": -2.0}, **HEADING)
    assert choropleth({"AST": 1.0, "ABY": -2.0}, **HEADING) == by_iso
    array = xr.DataArray([1.0, -2.0], coords={"region": ["KZ-71", "KZ-10"]})
    assert choropleth(array, **HEADING) == by_iso


def test_breaks_must_rise_and_a_diverging_scale_parts_at_zero() -> None:
    with pytest.raises(SchemaError, match="do not increase"):
        choropleth(_values(), breaks=[5, 1], **HEADING)
    with pytest.raises(SchemaError, match="break at zero"):
        choropleth(_values(), breaks=[1, 5], scale="diverging", **HEADING)


VALUES = st.lists(st.floats(-1e7, 1e7).map(lambda v: round(v, 3)), min_size=1, max_size=40)


@given(VALUES, st.integers(2, 9))
def test_breaks_rise_within_the_values(values: list[float], classes: int) -> None:
    breaks = class_breaks(values, classes=classes)
    assert len(breaks) < classes
    assert all(a < b for a, b in pairwise(breaks))
    assert all(min(values) < b <= max(values) for b in breaks)
    for bound in breaks:
        assert bound == float(f"{bound:.2g}"), "two digits at most"


@given(VALUES, st.integers(2, 9))
def test_diverging_breaks_mirror_at_zero(values: list[float], classes: int) -> None:
    breaks = class_breaks(values, classes=classes, scale="diverging")
    assert 0.0 in breaks
    assert [-b for b in reversed(breaks)] == list(breaks)


@pytest.mark.parametrize("name", GEOGRAPHIES)
def test_every_outline_lies_on_the_canvas(name: str) -> None:
    ground = load_geography(name)
    for area in ground.areas.values():
        for ring in area.rings:
            assert ring.min() >= 0
            assert ring[:, 0].max() <= ground.width
            assert ring[:, 1].max() <= ground.height
    assert map_credit(name)


def _area(code: str, name: str) -> float:
    rings = [ring.astype(float) for ring in load_geography(name).areas[code].rings]
    return sum(
        abs(float(np.sum(r[:, 0] * np.roll(r[:, 1], -1) - r[:, 1] * np.roll(r[:, 0], -1)))) / 2
        for r in rings
    )


@pytest.mark.parametrize("code", COUNTRIES)
def test_countries_are_as_large_as_they_are(code: str) -> None:
    share = _area(code, "world") / _area("KAZ", "world")
    assert share == pytest.approx(COUNTRIES[code] / COUNTRIES["KAZ"], rel=0.05)


@pytest.mark.parametrize("code", KAZAKHSTAN)
def test_regions_are_as_large_as_they_are(code: str) -> None:
    whole = sum(_area(region, "KAZ-2024") for region in REGIONS)
    assert _area(code, "KAZ-2024") / whole == pytest.approx(KAZAKHSTAN[code] / 2725, rel=0.05)


def test_regions_that_were_divided_hold_what_came_of_them() -> None:
    def area(name: str, *codes: str) -> float:
        ground = load_geography(name)
        whole = sum(_area(code, name) for code in ground.areas)
        return sum(_area(ground.names[code], name) for code in codes) / whole

    assert area("KAZ-2024", "TRK", "SHM") == pytest.approx(area("KAZ-2000", "YKO"), rel=0.02)
    assert area("KAZ-2024", "VKO", "ABY") == pytest.approx(area("KAZ-2018", "VKO"), rel=0.02)


def test_the_world_map_marks_areas_too_small_to_see() -> None:
    ground = load_geography("world")
    assert len(ground.areas) == 237
    drawing = choropleth(dict.fromkeys(ground.areas, 1.0), geography="world", **HEADING)
    parts = tooltips(parse(drawing))
    assert len(parts) == 237
    for code in ("MLT", "SGP", "TUV", "GIB"):
        assert parts[f"{code}: 1"].find(f"{SVG}circle") is not None
    assert parts["KAZ: 1"].find(f"{SVG}circle") is None


# ---- flows -------------------------------------------------------------------------------

FLOWS = pd.DataFrame(
    [
        ("KAZ", "RUS", 400.0),
        ("RUS", "KAZ", 100.0),
        ("KAZ", "DEU", 40.0),
        ("UZB", "KAZ", 30.0),
        ("KAZ", "USA", 4.0),
        ("KAZ", "KAZ", 900.0),
        ("KAZ", "FRA", 0.0),
        ("ITA", "KAZ", math.nan),
    ],
    columns=["origin", "destination", "value"],
)
NAMES = {"KAZ": "Қазақстан", "RUS": "Ресей", "DEU": "Германия", "UZB": "Өзбекстан", "USA": "АҚШ"}


def _arrows(drawing: str) -> list[list[tuple[float, float]]]:
    return [corners(d) for d in re.findall(r'<path d="([^"]*)" fill="[^"]*" fill-opacity', drawing)]


def test_flows_of_a_focus_have_arrows_names_and_directions() -> None:
    drawing = flow_map(
        FLOWS, focus="KAZ", labels=NAMES, directions=("келгендер", "кеткендер"), **HEADING
    )
    words = texts(parse(drawing))
    assert [w for w in [*NAMES.values(), "келгендер", "кеткендер"] if w not in words] == []
    assert len(_arrows(drawing)) == 5, "stays, zeros and gaps have no arrow"
    assert "FRA" not in words


def test_only_the_largest_flows_are_drawn() -> None:
    assert len(_arrows(flow_map(FLOWS, largest=2, **HEADING))) == 2


def test_widths_are_in_proportion_to_flows() -> None:
    widths = [band_width(value, 400.0) for value in (400, 200, 100, 1)]
    assert widths[:3] == [15, 7.5, 3.75]
    assert widths[3] == 0.8, "but never too thin to print"
    shape = corners(re.findall(r'd="([^"]*)"', arrow((0, 0), (200, 0), width=12, colour="#0"))[0])
    assert math.dist(shape[10], shape[-11]) == pytest.approx(12, abs=0.3)


@given(
    st.tuples(st.floats(0, 600), st.floats(0, 400)),
    st.tuples(st.floats(0, 600), st.floats(0, 400)),
    st.floats(0.8, 15),
)
def test_arrows_point_at_the_destination(
    start: tuple[float, float], end: tuple[float, float], width: float
) -> None:
    drawn = arrow(start, end, width=width, colour="#0")
    assert "nan" not in drawn
    distance = math.dist(start, end)
    if distance < 40:
        return
    shape = corners(re.findall(r'd="([^"]*)"', drawn)[0])
    tip = min(shape, key=lambda corner: math.dist(corner, end))
    assert math.dist(tip, end) == pytest.approx(4.5, abs=1.5)
    assert min(math.dist(corner, start) for corner in shape) > 2


def test_the_two_directions_of_a_pair_do_not_cover_each_other() -> None:
    there, back = (
        re.findall(r'd="([^"]*)"', arrow(a, b, width=6, colour="#0"))[0]
        for a, b in (((0, 100), (300, 100)), ((300, 100), (0, 100)))
    )
    assert min(y for _, y in corners(there)) > 100 - 7
    assert max(y for _, y in corners(back)) < 100 + 7
    assert np.mean([y for _, y in corners(there)]) - np.mean([y for _, y in corners(back)]) > 30


def test_places_beyond_the_frame_stand_on_its_edge() -> None:
    drawing = flow_map(FLOWS, focus="KAZ", labels=NAMES, **HEADING)
    rings = [
        c
        for c in parse(drawing).iter(f"{SVG}circle")
        if c.get("fill") == "#ffffff" and c.get("r") == "2.4"
    ]
    assert len(rings) == 1  # the United States
    assert float(rings[0].get("cx", 0)) == pytest.approx(10)


def test_flows_between_regions_and_an_empty_map() -> None:
    flows = pd.DataFrame({"origin": ["KZ-61"], "destination": ["SHM"], "value": [12.5]})
    drawing = flow_map(flows, geography="KAZ-2024", labels={"SHM": "Шымкент"}, **HEADING)
    assert {"Шымкент", "KZ-61"} <= set(texts(parse(drawing)))
    assert drawing == flow_map(flows, geography="KAZ-2024", labels={"SHM": "Шымкент"}, **HEADING)
    parse(flow_map(flows.assign(value=0.0), geography="KAZ-2024", **HEADING))
    parse(flow_map(flows[:0], **HEADING))


def test_bad_flows_are_named() -> None:
    with pytest.raises(SchemaError) as negative:
        flow_map(FLOWS.assign(value=-FLOWS.value), **HEADING)
    assert negative.value.id == "NegativeInput"
    assert "origin KAZ, destination RUS" in str(negative.value)
    with pytest.raises(SchemaError) as twice:
        flow_map(pd.concat([FLOWS, FLOWS]), **HEADING)
    assert twice.value.id == "DuplicateKey"
    with pytest.raises(SchemaError, match="'value'"):
        flow_map(FLOWS.drop(columns="value"), **HEADING)
    with pytest.raises(CodeError, match="'KZ'"):
        flow_map(FLOWS.replace("KAZ", "KZ"), **HEADING)
