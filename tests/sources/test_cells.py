# SPDX-License-Identifier: Apache-2.0
"""Cells as numbers, the way statistics offices write them."""

from __future__ import annotations

import datetime as dt
import math
import time

import numpy as np
import pandas as pd
import pytest

from keruen.sources._cells import REASONS, Numbers, State, read_numbers
from keruen.sources._number_forms import form_of, split_note
from keruen.sources.intake import changes


def column(*cells: object, **options: object) -> Numbers:
    return read_numbers(pd.Series(cells, dtype=object), **options)


NUMBERS = [
    ("5", 5, ""),
    ("-5", -5, ""),
    ("+5", 5, ""),
    ("5.5", 5.5, ""),
    ("1E+05", 1e5, ""),
    ("5,5", 5.5, "decimal_comma"),
    (",5", 0.5, "decimal_comma"),
    ("0,123", 0.123, "decimal_comma"),
    ("1234,567", 1234.567, "decimal_comma"),
    ("1,5e3", 1500, "decimal_comma"),
    ("1 234", 1234, "thousands"),
    ("12 345 678", 12345678, "thousands"),
    ("1\u00a0234", 1234, "thousands"),
    ("1\u202f234,5", 1234.5, "thousands decimal_comma"),
    ("1\u2009234\u2009567", 1234567, "thousands"),
    ("1'234.5", 1234.5, "thousands"),
    ("1’234", 1234, "thousands"),
    ("1,234,567", 1234567, "thousands"),
    ("1,234.5", 1234.5, "thousands"),
    ("1.234.567,8", 1234567.8, "thousands decimal_comma"),
    ("(1 234)", -1234, "brackets thousands"),
    ("−5", -5, "minus"),
    ("– 5", -5, "minus"),
    ("12 %", 12, "percent"),
    ("12,5%", 12.5, "percent decimal_comma"),
    ("'123", 123, "apostrophe"),
    ("１２３", 123, "digits"),
    ("١٢٣", 123, "digits"),
    ("123¹", 123, "footnote"),
    ("1 234,5²⁾", 1234.5, "footnote thousands decimal_comma"),
    ("123*", 123, "footnote"),
    ("123 [1]", 123, "footnote"),
    ("123 1)", 123, "footnote"),
    ("123 b", 123, "footnote"),
    ("\u200b 123 ", 123, ""),
]


@pytest.mark.parametrize(("text", "value", "reasons"), NUMBERS, ids=[n[0] for n in NUMBERS])
def test_numbers_and_why(text, value, reasons):
    found = column(text)
    assert found.values.tolist() == [value]
    assert found.state.tolist() == [State.NUMBER]
    assert found.readings[0].reasons == tuple(reasons.split())


@pytest.mark.parametrize("text", ["-", "–", "—", "−", "‑", "--", " - ", "-¹"])
def test_dashes_are_zero(text):
    found = column(text)
    assert found.values.tolist() == [0]
    assert found.state.tolist() == [State.ZERO]
    assert "dash_zero" in found.readings[0].reasons


@pytest.mark.parametrize(
    "text",
    [
        ".",
        "..",
        "...",
        "…",
        ":",
        "x",
        "Х",
        "n/a",
        "NA",
        "н/д",
        "ж/қ",
        "деректер жоқ",
        "*",
        "¹",
        "…¹",
        ": c",
    ],
)
def test_dots_and_words_are_missing(text):
    found = column(text)
    assert math.isnan(found.values[0])
    assert found.state.tolist() == [State.MISSING]
    assert "missing_mark" in found.readings[0].reasons


@pytest.mark.parametrize(
    "text",
    [
        *("abc", "<5", "5-9", "2020-2021", "01.02.2020", "1 23", "1 2345", "1 234 56", "5.", "1²3"),
        *("1.5.3", "1,23,456", "5 тыс.", "1234)", "--5", "1e999", "9" * 65, "٣x", "inf", "nan1"),
        *("()", "%", "'", "12 34,5", "1.234,567.8", "0x10", "1_000", "½"),
    ],
)
def test_what_is_no_number_is_said_to_be_none(text):
    found = column(text)
    assert math.isnan(found.values[0])
    assert found.state.tolist() == [State.TEXT]


class TestOneSeparator:
    """Three digits after the only comma or point."""

    def test_undecided_without_a_witness(self):
        found = column("1,234", "5", "12.345")
        assert found.state.tolist() == [State.AMBIGUOUS, State.NUMBER, State.AMBIGUOUS]
        assert np.isnan(found.values[[0, 2]]).all()
        assert found.decimal == ""

    @pytest.mark.parametrize(
        ("witness", "comma", "point"),
        [
            ("0,5", 1.234, 12345),
            ("1.234.567", 1.234, 12345),
            ("1 234,5", 1.234, 12345),
            ("0.5", 1234, 12.345),
            ("1,234,567", 1234, 12.345),
            ("1234.5", 1234, 12.345),
        ],
    )
    def test_decided_by_another_cell(self, witness, comma, point):
        found = column("1,234", "12.345", witness)
        assert found.values[:2].tolist() == [comma, point]

    def test_witnesses_that_disagree_decide_nothing(self):
        found = column("1,234", "0,5", "0.5")
        assert found.values[1:].tolist() == [0.5, 0.5]
        assert found.state[0] == State.AMBIGUOUS

    def test_decided_by_the_caller(self):
        assert column("1,234", decimal=",").values.tolist() == [1.234]
        assert column("1,234", decimal=".").values.tolist() == [1234]

    def test_a_witness_weighs_more_than_the_caller(self):
        assert column("1,234", "0,5", decimal=".").values.tolist() == [1.234, 0.5]

    def test_a_decision_is_told_unless_it_is_the_plain_reading(self):
        found = column("1,234", "1.234", "0,5").changes().set_index("before")
        assert found.loc["1,234", "reasons"] == ("decimal_comma", "by_column")
        assert found.loc["1.234", "reasons"] == ("thousands", "by_column")
        assert column("1.234", "0.5").changes().empty


def test_cells_of_a_workbook():
    found = column(5, 5.5, True, None, math.nan, dt.date(2020, 1, 2), "7", math.inf, typed=True)
    T, E, N = State.TEXT, State.EMPTY, State.NUMBER
    assert found.state.tolist() == [N, N, T, E, E, T, N, T]
    assert found.readings[0].reasons == ("text_number",)


def test_categories_and_numbers():
    cells = pd.Series(["1,5", "…", None, "1,5"]).astype("category")
    assert read_numbers(cells).values[[0, 3]].tolist() == [1.5, 1.5]
    assert read_numbers(cells).state.tolist() == [0, State.MISSING, State.EMPTY, 0]
    plain = read_numbers(pd.Series([1, 2]))
    assert plain.values.tolist() == [1, 2]
    assert plain.changes().empty


def test_changes_say_where_and_what():
    found = column("5", "1 234¹", None, "-", "1 234¹").changes()
    assert found["position"].tolist() == [1, 3, 4]
    assert found["before"].tolist() == ["1 234¹", "-", "1 234¹"]
    assert found["after"].tolist() == [1234, 0, 1234]
    assert found["note"].tolist() == ["¹", "", "¹"]
    assert set(found["reasons"].explode()) <= REASONS


@pytest.mark.parametrize(
    ("text", "name", "note"),
    [
        ("Алматы", "Алматы", ""),
        ("Алматы¹", "Алматы", "¹"),
        ("  Шымкент ²⁾ ", "Шымкент", "²⁾"),
        ("Ulytau*", "Ulytau", "*"),
        ("Region [a] †", "Region", "[a] †"),
        ("Алматы1)", "Алматы", "1)"),
        ("Total (persons)", "Total (persons)", ""),
        ("Ages (0 1)", "Ages (0 1)", ""),
        ("15-19", "15-19", ""),
        ("***", "***", ""),
    ],
)
def test_marks_of_footnotes_are_set_apart(text, name, note):
    assert split_note(text) == (name, note)


@pytest.mark.parametrize("sign", ["*", "¹", " ", "1)", "1 ", "(", "-", ",123", " b", "[a]"])
def test_long_texts_take_no_time(sign):
    start = time.perf_counter()
    for text in (
        sign * 30_000,
        sign * 30_000 + "!",
        "1" + sign * 30_000,
        sign * 60 + "!",
        sign * 490 + "!",
    ):
        form_of(text)
        split_note(text)
    assert time.perf_counter() - start < 1


def test_every_reason_is_explained():
    used = {reason for _, _, reasons in NUMBERS for reason in reasons.split()}
    assert used | {"by_column", "dash_zero", "missing_mark", "text_number"} == REASONS
    assert changes.REASONS.keys() >= REASONS
