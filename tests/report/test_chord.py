# SPDX-License-Identifier: Apache-2.0
"""The chord diagram: angles add up, direction shows, every flow is there."""

from __future__ import annotations

import math
import re
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from syrupy.assertion import SnapshotAssertion

from keruen.core.errors import CodeError, CoverageError, SchemaError
from keruen.report import palette
from keruen.report._chord_layout import chord_layout
from keruen.report.chord import chord_svg
from svg_checks import parse, texts, tooltips

CODES = ["KAZ", "RUS", "UZB", "DEU"]
NAMES = {"KAZ": "Қазақстан", "RUS": "Ресей", "UZB": "Өзбекстан", "DEU": "Германия"}
FLOWS = xr.DataArray(
    [
        [0.0, 400.0, 20.0, 40.0],
        [110.0, 0.0, 30.0, 25.0],
        [60.0, 90.0, 0.0, 5.0],
        [8.0, 12.0, 0.0, 0.0],
    ],
    coords={"origin": CODES, "destination": CODES},
    dims=("origin", "destination"),
    name="flows",
)
HEADING = {"title": "Ең көп көшу — Ресеймен", "unit": "мың адам, 2015–2020"}

MATRICES = st.integers(1, 8).flatmap(
    lambda n: npst.arrays(float, (n, n), elements=st.floats(0, 1e6).map(lambda v: round(v, 2)))
)


@given(MATRICES, st.floats(0, 0.1))
def test_sectors_and_gaps_make_the_whole_circle(flows: np.ndarray, gap: float) -> None:
    layout = chord_layout(flows, gap=gap)
    lengths = np.diff(layout.sectors, axis=1)[:, 0]
    assert lengths.sum() + len(flows) * gap == pytest.approx(2 * math.pi)
    assert np.allclose(layout.sectors[1:, 0] - layout.sectors[:-1, 1], gap)


@given(MATRICES)
def test_ribbons_fill_their_sectors_without_overlap(flows: np.ndarray) -> None:
    if flows.sum() == 0:
        return
    layout = chord_layout(flows, gap=0.03)
    for area in range(len(flows)):
        ends = np.concatenate([layout.start[area], layout.end[:, area]])
        ends = ends[np.argsort(ends.mean(axis=1), kind="stable")]
        first, last = layout.sectors[area]
        assert (ends[:, 1] - ends[:, 0]).sum() == pytest.approx(last - first, abs=1e-9)
        assert ends[0, 0] == pytest.approx(first)
        assert ends[-1, 1] == pytest.approx(last)
        assert all(b[0] >= a[1] - 1e-9 for a, b in pairwise(ends))


@given(MATRICES, st.floats(0.01, 100))
def test_both_ends_are_as_wide_as_the_flow_in_any_unit(flows: np.ndarray, unit: float) -> None:
    layout = chord_layout(flows, gap=0.02)
    assert np.allclose(np.diff(layout.start)[..., 0], flows * layout.per_unit)
    assert np.allclose(np.diff(layout.end)[..., 0], flows * layout.per_unit)
    assert np.allclose(chord_layout(flows * unit, gap=0.02).sectors, layout.sectors)


def test_the_two_ribbons_of_a_pair_run_side_by_side() -> None:
    layout = chord_layout(FLOWS.to_numpy(), gap=0.02)
    assert layout.start[0, 1][1] == pytest.approx(layout.end[1, 0][0])
    assert layout.start[1, 0][1] == pytest.approx(layout.end[0, 1][0])


def test_hand_made_case() -> None:
    # 3 go from A to B and 1 back: both sectors hold 4 of 8, half a circle each.
    layout = chord_layout(np.array([[0.0, 3.0], [1.0, 0.0]]), gap=0.0)
    assert layout.sectors == pytest.approx(np.array([[0, math.pi], [math.pi, 2 * math.pi]]))
    assert layout.start[0, 1] == pytest.approx([0, 0.75 * math.pi])
    assert layout.end[1, 0] == pytest.approx([0.75 * math.pi, math.pi])


def test_every_name_and_flow_is_there() -> None:
    root = parse(chord_svg(FLOWS, labels=NAMES, number=lambda v: f"{v:.1f}", **HEADING))
    assert [name for name in NAMES.values() if name not in texts(root)] == []
    wanted = {
        f"{NAMES[i]} → {NAMES[j]}: {float(FLOWS.sel(origin=i, destination=j)):.1f}"
        for i in CODES
        for j in CODES
        if float(FLOWS.sel(origin=i, destination=j)) > 0
    }
    assert set(tooltips(root)) == wanted


def test_ribbons_have_the_colour_of_their_origin_and_the_largest_lies_on_top() -> None:
    drawing = chord_svg(FLOWS, labels=NAMES, colours={"UZB": "#123456"}, **HEADING)
    parts = tooltips(parse(drawing))
    for spoken, part in parts.items():
        origin = spoken.split(" → ")[0]
        place = list(NAMES.values()).index(origin)
        assert part.get("fill") == ("#123456" if origin == "Өзбекстан" else palette.SECTORS[place])
    sizes = [float(spoken.rsplit(": ", 1)[1]) for spoken in parts]
    assert sizes == sorted(sizes)


def test_ribbons_start_at_the_sector_and_end_short_of_it_in_a_head() -> None:
    drawing = chord_svg(FLOWS, **HEADING)
    part = tooltips(parse(drawing))["KAZ → RUS: 400"]
    d = part.get("d", "")
    points = [(float(x), float(y)) for x, y in re.findall(r"(-?[\d.]+),(-?[\d.]+)", d)]
    away = [math.hypot(*point) for point in points]
    start, shoulder, tip = away[0], away[5], away[6]  # M, A (radii, end), C (3 points), L
    assert start == pytest.approx(max(away[0], away[2]), abs=0.2)
    assert 0.93 * start < tip < 0.96 * start
    assert shoulder < tip - 5


def test_axis_figures_are_round_and_written_by_the_caller() -> None:
    root = parse(chord_svg(FLOWS, labels=NAMES, number=lambda v: f"«{v:g}»", **HEADING))
    figures = [word for word in texts(root) if word.startswith("«")]
    assert "«0»" in figures
    assert "«100»" in figures
    assert all(float(word.strip("«»")) % 50 == 0 for word in figures)


def test_tables_arrays_and_orders_agree() -> None:
    table = FLOWS.to_dataframe(name="value").reset_index()
    drawing = chord_svg(FLOWS, labels=NAMES, **HEADING)
    assert chord_svg(table, labels=NAMES, **HEADING) == drawing
    assert chord_svg(FLOWS.T, labels=NAMES, **HEADING) == drawing
    turned = chord_svg(FLOWS, labels=NAMES, order=CODES[::-1], **HEADING)
    assert chord_svg(FLOWS[::-1, ::-1], labels=NAMES, **HEADING) == turned
    assert set(tooltips(parse(turned))) == set(tooltips(parse(drawing)))


def test_small_flows_keep_their_room() -> None:
    drawing, few = (chord_svg(FLOWS, smallest=s, **HEADING) for s in (0.0, 50.0))
    assert len(tooltips(parse(few))) == 4
    assert len(tooltips(parse(drawing))) == 11
    sectors = [re.findall(r'<path d="M[^"]*z" fill="#[0-9a-f]*"/>', d) for d in (drawing, few)]
    assert len(sectors[0]) == 4
    assert sectors[0] == sectors[1]


def test_areas_that_only_send_or_receive_and_missing_cells() -> None:
    table = pd.DataFrame(
        {"origin": ["A", "B"], "destination": ["C", "C"], "value": [3.0, math.nan]}
    )
    root = parse(chord_svg(table, **HEADING))
    assert list(tooltips(root)) == ["A → C: 3"]
    assert {"A", "B", "C"} <= set(texts(root))


@pytest.mark.parametrize("count", [1, 2, 40])
def test_all_zeros_and_many_areas_are_still_a_drawing(count: int) -> None:
    codes = [f"Өте ұзақ атау {i}" for i in range(count)]
    coords = {"origin": codes, "destination": codes}
    for value in (0.0, 1.0):
        flows = xr.DataArray(np.full((count, count), value), coords=coords, dims=list(coords))
        root = parse(chord_svg(flows, **HEADING))
        assert set(codes) <= set(texts(root))


def test_bad_flows_are_named() -> None:
    with pytest.raises(SchemaError) as negative:
        chord_svg(FLOWS - 10, **HEADING)
    assert negative.value.id == "NegativeInput"
    with pytest.raises(CodeError, match="DEU"):
        chord_svg(FLOWS, order=CODES[:3], **HEADING)
    with pytest.raises(SchemaError, match="destination"):
        chord_svg(FLOWS.rename(destination="to"), **HEADING)
    with pytest.raises(SchemaError, match="year"):
        chord_svg(FLOWS.expand_dims(year=[2020]), **HEADING)
    with pytest.raises(CoverageError):
        chord_svg(FLOWS[:0, :0], **HEADING)


def test_drawing(snapshot: SnapshotAssertion) -> None:
    drawing = chord_svg(FLOWS, labels=NAMES, note="Дереккөз", **HEADING)
    assert drawing == chord_svg(FLOWS, labels=NAMES, note="Дереккөз", **HEADING)
    assert drawing.replace("><", ">\n<") == snapshot
