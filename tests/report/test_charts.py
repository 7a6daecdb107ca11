# SPDX-License-Identifier: Apache-2.0
"""Charts drawn by Vega-Lite: what is shown, where, and in which language."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from keruen.core.errors import CodeError, CoverageError, SchemaError
from keruen.report import palette
from keruen.report._vega import nice_axis, rank_axis, time_axis
from keruen.report.balances import _stacked
from keruen.report.charts import (
    balance_chart,
    bar_chart,
    components_chart,
    line_chart,
    pyramid,
    rank_chart,
)
from svg_checks import parse, place, texts

# National statistics of Kazakhstan, persons (Bureau of National Statistics): arrivals and
# departures across the border.
BALANCE = pd.DataFrame(
    {
        "year": [2005, 2006, 2007, 2008, 2009],
        "arrivals": [74807, 66731, 53397, 46404, 41485],
        "departures": [52139, 33690, 42435, 45287, 33985],
    }
).assign(net=lambda t: t.arrivals - t.departures)
KAZAKH = "Әке ғарыш қала маң өмір ұл үй аһ іні"
HEADING = {"title": "Қорытынды: " + KAZAKH, "unit": "мың адам", "lang": "kk"}


def _series(scale: float = 1.0) -> pd.DataFrame:
    years = np.arange(2000, 2021)
    return pd.concat(
        pd.DataFrame(
            {
                "year": years,
                "value": scale * (level + np.sin(years)),
                "low": scale * (level - 2),
                "high": scale * (level + 2),
                "source": name,
            }
        )
        for level, name in ((10, "БҰҰ 2020"), (10.2, "БҰҰ 2024"), (30, "Дүниежүзілік банк"))
    )


def _ages(scale: float = 1.0, width: int = 1) -> pd.DataFrame:
    ages = np.arange(0, 101, width)
    return pd.DataFrame(
        [
            (year, sex, age, scale * (110 - age) * (1 + (year > 2025)))
            for year in (2025, 2050)
            for sex in "MF"
            for age in ages
        ],
        columns=["year", "sex", "age", "population"],
    )


def _lines(scale: float = 1.0) -> str:
    return line_chart(_series(scale), x="year", y="value", series="source", **HEADING)


def _fan(scale: float = 1.0) -> str:
    return line_chart(
        _series(scale)[:21],
        x="year",
        y="value",
        bands={"95 %": ("low", "high")},
        split=2010,
        split_labels=("бағалау", "болжам"),
        marks={2015: "2015 ж."},
        **HEADING,
    )


def _balance(scale: float = 1.0) -> str:
    table = BALANCE.assign(**{c: BALANCE[c] * scale for c in ("arrivals", "departures", "net")})
    return balance_chart(
        table,
        x="year",
        inflow=("arrivals", "Келгендер"),
        outflow=("departures", "Кеткендер"),
        net=("net", "Айырым"),
        marks={2008: "2008 ж."},
        **HEADING,
    )


def _components(scale: float = 1.0) -> str:
    table = BALANCE.assign(loss=-scale * BALANCE.departures, gain=scale * BALANCE.arrivals)
    table["sum"] = table.gain + table.loss
    return components_chart(
        table,
        x="year",
        parts={"gain": "Келгендер", "loss": "Кеткендер"},
        total=("sum", "Өзгеріс"),
        **HEADING,
    )


def _bars(scale: float = 1.0) -> str:
    table = pd.DataFrame({"c": ["Ресей", "Қытай", "Өзбекстан"], "v": [5.0, 2.0, 9.0]})
    table["v"] *= scale
    return bar_chart(table, category="c", value="v", **HEADING)


def _pyramid(scale: float = 1.0) -> str:
    return pyramid(
        _ages(scale),
        value="population",
        now=2025,
        later=2050,
        sex_labels=("Ерлер", "Әйелдер"),
        labels=("2025 ж.", "2050 ж."),
        **HEADING,
    )


def _ranks(scale: float = 1.0) -> str:
    table = pd.DataFrame(
        {"y": [1990, 2000, 2010] * 2, "r": [9, 15, 30, 11, 12, 13], "s": ["А"] * 3 + ["Ә"] * 3}
    )
    return rank_chart(
        table.assign(r=np.maximum(table.r * scale, 1)),
        x="y",
        rank="r",
        series="s",
        targets={9: "тоғызыншы"},
        **HEADING,
    )


ALL: dict[str, tuple[Callable[..., str], list[str]]] = {
    "lines": (_lines, ["БҰҰ 2020", "БҰҰ 2024", "Дүниежүзілік банк"]),
    "fan": (_fan, ["95 %", "бағалау", "болжам", "2015 ж."]),
    "balance": (_balance, ["Келгендер", "Кеткендер", "Айырым", "2008 ж."]),
    "components": (_components, ["Келгендер", "Кеткендер", "Өзгеріс"]),
    "bars": (_bars, ["Ресей", "Қытай", "Өзбекстан", "5", "2", "9"]),
    "pyramid": (_pyramid, ["Ерлер", "Әйелдер", "2025 ж.", "2050 ж.", "0–4", "90–94", "100+"]),
    "ranks": (_ranks, ["А", "Ә", "тоғызыншы"]),
}


@pytest.mark.parametrize("name", ALL)
def test_every_label_is_on_the_chart(name: str) -> None:
    draw, labels = ALL[name]
    root = parse(draw())
    words = texts(root)
    assert [label for label in labels if label not in words] == []
    assert HEADING["title"] in " ".join(words)
    assert HEADING["unit"] in words


@pytest.mark.parametrize("name", ALL)
def test_the_same_chart_is_the_same_text(name: str) -> None:
    draw, _ = ALL[name]
    assert draw() == draw()


@pytest.mark.parametrize("name", ALL)
def test_all_zeros_are_still_a_drawing(name: str) -> None:
    draw, labels = ALL[name]
    words = texts(parse(draw(0.0)))
    assert labels[0] in words


@pytest.mark.parametrize(
    ("lang", "million", "part"),
    [
        ("en", "1,500,000", "0.6"),
        ("ru", "1\u00a0500\u00a0000", "0,6"),
        ("kk", "1\u00a0500\u00a0000", "0,6"),
    ],
)
def test_numbers_are_written_as_the_language_does(lang: str, million: str, part: str) -> None:
    for value, text, decimals in ((1.5e6, million, 0), (0.6, part, 1)):
        table = pd.DataFrame({"c": ["A", "B"], "v": [value, -value], "y": [2000, 2001]})
        bars = bar_chart(
            table, category="c", value="v", title="T", unit="U", lang=lang, decimals=decimals
        )
        line = line_chart(table, x="y", y="v", title="T", unit="U", lang=lang)
        for drawing in (bars, line):
            words = texts(parse(drawing))
            assert text in words
            assert "\u2212" + text in words
        assert "2000" in texts(parse(line)), "years are never grouped"


def test_long_titles_are_wrapped_and_not_cut() -> None:
    title = "Көші-қон айырымы өткен жылмен салыстырғанда екі есе өсті, " * 5
    words = texts(parse(line_chart(BALANCE, x="year", y="net", title=title, unit="u", lang="kk")))
    heading = words[: words.index("u")]
    assert len(heading) > 3
    assert " ".join(heading) == title.strip()


def test_labels_at_line_ends_do_not_overlap() -> None:
    drawing = _lines()
    heights = sorted(place(drawing, label)[1] for label in ALL["lines"][1])
    assert min(np.diff(heights)) >= 14.9


def test_a_missing_year_breaks_the_line() -> None:
    whole = line_chart(BALANCE, x="year", y="net", title="T", unit="U", lang="en")
    broken = BALANCE.assign(net=BALANCE.net.where(BALANCE.year != 2007))
    broken_drawing = line_chart(broken, x="year", y="net", title="T", unit="U", lang="en")

    def pieces(drawing: str) -> int:
        (d,) = re.findall(r'<path d="([^"]*)" stroke="#0072b2" stroke-width="2"', drawing)
        return int(d.count("M"))

    assert pieces(whole) == 1
    assert pieces(broken_drawing) == 2


def test_rows_may_stand_in_any_order() -> None:
    def draw(table: pd.DataFrame) -> str:
        return line_chart(table, x="year", y="net", title="T", unit="U", lang="en")

    assert draw(BALANCE) == draw(BALANCE.iloc[[3, 0, 4, 2, 1]])


def test_bars_of_the_balance_are_as_long_as_the_net() -> None:
    table = BALANCE.assign(net=[10, -20, 30, -40, 5])
    drawing = balance_chart(
        table.assign(arrivals=0, departures=0),
        x="year",
        inflow=("arrivals", "in"),
        outflow=("departures", "out"),
        net=("net", "net"),
        title="T",
        unit="U",
        lang="en",
    )
    bars = re.findall(r'd="M[-\d.]+,([-\d.]+)h[-\d.]+v([-\d.]+)h[-\d.]+Z" fill="#9c9c9c"', drawing)
    heights = np.array([abs(float(height)) for _, height in bars])
    assert heights / heights[3] == pytest.approx(np.array([10, 20, 30, 40, 5]) / 40, abs=0.01)


@given(npst.arrays(float, (4, 6), elements=st.floats(-1e6, 1e6)))
def test_stacked_parts_neither_overlap_nor_leave_gaps(parts: np.ndarray) -> None:
    low, high = _stacked(parts)
    assert np.allclose(high - low, np.abs(parts))
    assert np.allclose(high.max(axis=0), np.where(parts > 0, parts, 0).sum(axis=0))
    assert np.allclose(low.min(axis=0), np.where(parts < 0, parts, 0).sum(axis=0))


def test_bars_stand_from_the_largest_and_gaps_come_last() -> None:
    table = pd.DataFrame({"c": ["a", "b", "c", "d"], "v": [1.0, np.nan, 7.0, -3.0]})
    drawing = bar_chart(table, category="c", value="v", title="T", unit="U", lang="en")
    heights = [place(drawing, name)[1] for name in "cadb"]
    assert heights == sorted(heights)
    assert "…" in texts(parse(drawing))


def test_two_figures_stand_in_columns() -> None:
    table = pd.DataFrame({"c": ["a", "b"], "v": [1.0, 20.0], "old": [300.0, np.nan]})
    drawing = bar_chart(
        table,
        category="c",
        value="v",
        compare="old",
        labels=("2024", "1990"),
        title="T",
        unit="U",
        lang="en",
    )
    assert place(drawing, "20")[0] == place(drawing, "1")[0] < place(drawing, "300")[0]
    assert place(drawing, "300")[0] == place(drawing, "…")[0]
    assert texts(parse(drawing)).count("1990") == 2, "in the legend and over the column"


def test_single_ages_and_five_year_groups_draw_the_same_pyramid() -> None:
    single = _ages()
    groups = (
        single.assign(age=single.age.clip(upper=100) // 5 * 5)
        .groupby(["year", "sex", "age"], as_index=False)
        .population.sum()
    )
    options = {"value": "population", "now": 2025, "sex_labels": ("M", "F"), **HEADING}
    assert pyramid(single, **options) == pyramid(groups, **options)


def test_men_are_left_and_bars_are_as_long_as_people_are_many() -> None:
    table = pd.DataFrame(
        [
            (2025, sex, age, size if age == 20 else 10.0)
            for sex, size in (("M", 100.0), ("F", 40.0))
            for age in range(0, 101, 5)
        ],
        columns=["year", "sex", "age", "population"],
    )
    drawing = pyramid(table, value="population", now=2025, sex_labels=("M", "F"), **HEADING)

    def bars(colour: str) -> list[tuple[float, float]]:
        found = re.findall(rf'd="M([-\d.]+),[-\d.]+h([-\d.]+)v[^"]*" fill="{colour}"', drawing)
        return [(float(x), float(wide)) for x, wide in found]

    men, women = bars(palette.SKY), bars(palette.ORANGE)
    middle = min(x for x, _ in women)
    assert len(men) == len(women) == 21
    assert all(x + wide == pytest.approx(middle, abs=0.02) for x, wide in men)
    assert men[4][1] / men[0][1] == pytest.approx(10, rel=0.01)
    assert women[4][1] / men[4][1] == pytest.approx(0.4, rel=0.01)


def test_pyramid_has_no_minus_signs() -> None:
    drawing = _pyramid()
    assert place(drawing, "Ерлер")[0] < place(drawing, "Әйелдер")[0]
    assert not [word for word in texts(parse(drawing)) if "\u2212" in word]


def test_pyramid_refuses_a_total_and_a_missing_age() -> None:
    options = {"value": "population", "now": 2025, "sex_labels": ("M", "F"), **HEADING}
    with pytest.raises(CodeError, match="'T'"):
        pyramid(_ages().replace({"sex": {"F": "T"}}), **options)
    with pytest.raises(CoverageError, match="sex F, age 35"):
        ages = _ages(width=5)
        pyramid(ages[(ages.sex != "F") | (ages.age != 35)], **options)
    with pytest.raises(CoverageError, match="year 2100"):
        pyramid(_ages(), **(options | {"now": 2100}))


def test_pyramid_takes_an_interval_of_the_later_year() -> None:
    ages = _ages(width=5).assign(low=lambda t: t.population - 5, high=lambda t: t.population + 5)
    drawing = pyramid(
        ages,
        value="population",
        now=2025,
        later=2050,
        bands={"95 %": ("low", "high")},
        sex_labels=("M", "F"),
        **HEADING,
    )
    assert drawing.count('fill-opacity="0.3"') == 2 * 21
    assert "95 %" in texts(parse(drawing))


def test_first_place_is_at_the_top() -> None:
    drawing = _ranks()
    assert place(drawing, "1")[1] < place(drawing, "5")[1] < place(drawing, "20")[1]


@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=20), st.booleans())
def test_axes_hold_all_values(values: list[float], zero: bool) -> None:
    axis = nice_axis(values, zero=zero)
    slack = 1e-6 * (axis.high - axis.low)
    assert axis.low - slack <= min(values)
    assert axis.high + slack >= max(values)
    assert not zero or axis.low <= 0 <= axis.high
    assert 2 <= len(axis.ticks) <= 12
    written = [f"{tick:.{axis.decimals}f}" for tick in axis.ticks]
    assert len(set(written)) == len(written), "ticks can be told apart"


def test_time_and_rank_axes_have_whole_ticks() -> None:
    assert time_axis([1991, 2025]).ticks == (1995, 2000, 2005, 2010, 2015, 2020, 2025)
    assert time_axis([2020]).ticks == (2020,)
    assert rank_axis([3, 37]).ticks[0] == 1
    assert rank_axis([1]).ticks == (1, 2, 3, 4, 5)


def test_what_is_missing_is_named() -> None:
    options = {"title": "T", "unit": "U", "lang": "en"}
    with pytest.raises(SchemaError, match=r"'persons'.*year, arrivals"):
        line_chart(BALANCE, x="year", y="persons", **options)
    with pytest.raises(CoverageError) as empty:
        line_chart(BALANCE[:0], x="year", y="net", **options)
    assert empty.value.id == "Empty"
    with pytest.raises(CoverageError, match="every value is missing"):
        line_chart(BALANCE.assign(net=np.nan), x="year", y="net", **options)
    with pytest.raises(SchemaError, match="row 2"):
        table = pd.DataFrame({"c": ["a", None], "v": [1.0, 2.0]})
        bar_chart(table, category="c", value="v", **options)


def test_more_series_than_can_be_told_apart_are_refused() -> None:
    table = pd.DataFrame({"x": [1] * 8, "y": [1.0] * 8, "s": list("abcdefgh")})
    with pytest.raises(SchemaError) as many:
        line_chart(table, x="x", y="y", series="s", title="T", unit="U", lang="en")
    assert many.value.id == "TooManySeries"


def test_a_series_without_values_is_left_out_and_the_others_keep_their_look() -> None:
    table = _series()
    gone = table.assign(value=table.value.where(table.source != "БҰҰ 2020"))
    drawing = line_chart(gone, x="year", y="value", series="source", **HEADING)
    assert "БҰҰ 2020" not in texts(parse(drawing))
    assert 'stroke="#0072b2"' not in drawing
    assert 'stroke="#d55e00"' in drawing
