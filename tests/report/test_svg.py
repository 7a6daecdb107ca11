# SPDX-License-Identifier: Apache-2.0
"""Small parts of drawings: numbers, wrapped text, spread labels, the page."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keruen.report import palette
from keruen.report._svg import (
    Heading,
    Key,
    num,
    page,
    path,
    plain_number,
    spread,
    text_width,
    wrap,
)
from svg_checks import corners, parse, texts

WORDS = st.lists(st.text("абвгәғқңөұүһіWimx-", min_size=1, max_size=12), min_size=1, max_size=20)


@pytest.mark.parametrize(
    ("value", "text"), [(0.04, "0"), (-0.04, "0"), (12.0, "12"), (-1.26, "-1.3"), (100, "100")]
)
def test_numbers_are_short(value: float, text: str) -> None:
    assert num(value) == text


def test_plain_number_has_a_true_minus() -> None:
    assert plain_number(-1234.5) == "\u22121,234.5"


@given(WORDS, st.floats(30, 300))
def test_wrapping_loses_nothing_and_keeps_to_the_room(words: list[str], room: float) -> None:
    text = " ".join(words)
    lines = wrap(text, room, 12)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    for line in lines:
        breakable = re.search(r"\s|\w-\w", line)
        assert text_width(line, 12) <= room or not breakable


def test_wrapping_breaks_at_hyphens_and_keeps_no_break_spaces() -> None:
    assert wrap("Северо-Казахстанская", 90, 10.5) == ["Северо-", "Казахстанская"]
    assert wrap("1\u00a0234\u00a0567 чел.", 60, 10) == ["1\u00a0234\u00a0567", "чел."]
    assert wrap("2020 - 2025", 500, 12) == ["2020 - 2025"]


@given(
    st.lists(st.floats(-50, 350), min_size=1, max_size=15),
    st.floats(1, 30),
)
def test_spread_labels_keep_order_and_distance(wanted: list[float], size: float) -> None:
    places = spread(wanted, size, 0, 300)
    assert min(places) >= -1e-9
    assert max(places) <= 300 + 1e-9
    order = sorted(range(len(wanted)), key=lambda i: (wanted[i], i))
    fits = size * (len(wanted) - 1) <= 300
    for before, after in pairwise(order):
        gap = places[after] - places[before]
        assert gap >= (size if fits else 300 / max(len(wanted) - 1, 1)) - 1e-6


def test_spread_moves_nothing_that_has_room() -> None:
    assert spread([10, 50, 90], 15, 0, 100) == [10, 50, 90]
    assert spread([50, 50], [10, 20], 0, 100) == [42.5, 57.5]
    assert spread([], 15, 0, 100) == []


def test_labels_without_room_share_it_evenly() -> None:
    assert spread([10.0] * 31, 20, 0, 300) == pytest.approx([10 * i for i in range(31)])


def test_rounding_of_a_path_does_not_add_up() -> None:
    points = [(i * 0.34, i * 0.34) for i in range(1000)]
    (x, y) = corners(path(points))[-1]
    assert abs(x - points[-1][0]) <= 0.06
    assert abs(y - points[-1][1]) <= 0.06


def test_page_wraps_its_title_and_stands_alone() -> None:
    title = "Очень длинный заголовок & вывод < 45 тысяч человек, " * 4
    drawing = page("", Heading(title, "тысяч", "Источник"), width=400, height=50)
    root = parse(drawing)
    words = texts(root)
    assert len(words) > 5
    assert " ".join(words[:-2]).split() == title.split()
    assert words[-2:] == ["тысяч", "Источник"]


def test_names_differ_between_drawings_and_not_between_runs() -> None:
    one, same, other = (
        page("", Heading(title), width=100, height=10) for title in ("One", "One", "Other")
    )
    assert one == same
    assert parse(one).get("aria-labelledby") != parse(other).get("aria-labelledby")


def test_legend_names_every_key() -> None:
    keys = [Key("область", "#0072b2"), Key("линия", "#000000", "line", (6, 3))]
    words = texts(parse(page("", Heading("T"), width=300, height=10, keys=keys)))
    assert words == ["T", "область", "линия"]


def _luminance(colour: str) -> float:
    r, g, b = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return 0.2126 * r**2.2 + 0.7152 * g**2.2 + 0.0722 * b**2.2


@pytest.mark.parametrize("count", range(2, 10))
def test_scales_darken_step_by_step(count: int) -> None:
    light = [_luminance(colour) for colour in palette.sequential(count)]
    assert all(a > b for a, b in pairwise(light))


@given(st.integers(0, 6), st.integers(0, 6))
def test_diverging_scale_is_lightest_at_zero(losses: int, gains: int) -> None:
    colours = palette.diverging(losses, gains)
    assert len(colours) == losses + gains
    light = [_luminance(colour) for colour in colours]
    assert light[:losses] == sorted(light[:losses])
    assert light[losses:] == sorted(light[losses:], reverse=True)


def test_text_colours_have_contrast() -> None:
    for colour in (palette.INK, palette.MUTED):
        assert 1.05 / (_luminance(colour) + 0.05) >= 4.5
