# SPDX-License-Identifier: Apache-2.0
"""Numbers, plural forms and sentences in three languages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keruen.report.locale import (
    GAP,
    LANGS,
    Count,
    Country,
    Listing,
    Locale,
    Percent,
    Region,
    Verbatim,
    Year,
    msg,
    nmsg,
    people,
)


@pytest.mark.parametrize(
    ("lang", "number", "percent"),
    [
        ("en", "1,234,567.8", "6.7%"),
        ("ru", "1\u00a0234\u00a0567,8", "6,7\u00a0%"),
        ("kk", "1\u00a0234\u00a0567,8", "6,7%"),
    ],
)
def test_numbers_as_each_language_writes_them(lang, number, percent):
    assert Locale(lang).number(1234567.8, decimals=1) == number
    assert Locale(lang).percent(6.72) == percent


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (1, "1 человек"),
        (2, "2 человека"),
        (5, "5 человек"),
        (21, "21 человек"),
        (112, "112 человек"),
    ],
)
def test_russian_plural_forms(number, words):
    assert people(number).render(Locale("ru")).replace("\u00a0", " ") == words


def test_english_and_kazakh_plural_forms():
    assert [people(n).render(Locale("en")) for n in (1, 2)] == ["1 person", "2 people"]
    assert [people(n).render(Locale("kk")) for n in (1, 2)] == ["1 адам", "2 адам"]


def test_signs_and_gaps():
    en = Locale("en")
    assert en.number(5, signed=True) == "+5"
    assert en.number(-5, signed=True) == "\u22125"
    assert en.number(0, signed=True) == "0"
    assert en.number(-0.4) == "0"
    assert en.number(None) == en.number(float("nan")) == en.percent(None) == GAP


@given(st.floats(-1e12, 1e12), st.integers(0, 3), st.sampled_from(LANGS))
def test_a_written_number_reads_back_as_the_rounded_one(value, decimals, lang):
    text = Locale(lang).number(value, decimals=decimals).replace("\u2212", "-")
    text = text.replace("\u00a0", "").replace("," if lang == "en" else " ", "")
    assert float(text.replace(",", ".")) == pytest.approx(round(value, decimals), abs=1e-6)


def test_values_are_written_in_the_language_of_the_sentence():
    sentence = msg("{source}, {year}", source=Country("KAZ"), year=Year(2008))
    assert sentence.render(Locale("ru")) == "Казахстан, 2008"
    assert sentence.render(Locale("kk")) == "Қазақстан, 2008"
    assert Region("KZ-75").render(Locale("en")) == "Almaty City"


def test_lists_are_joined_by_the_language():
    items = Listing((Verbatim("a"), Count(2), Percent(3.0, decimals=0)))
    assert items.render(Locale("en")) == "a, 2, and 3%"
    assert items.render(Locale("ru")) == "a, 2 и 3\u00a0%"


def test_kazakh_letters_sort_in_their_alphabet():
    words = ["Қызылорда", "Жамбыл", "Ұлытау", "Ақмола", "Әулиеата", "Шымкент", "Ыстықкөл"]
    assert sorted(words, key=Locale("kk").sort_key) == [
        "Ақмола",
        "Әулиеата",
        "Жамбыл",
        "Қызылорда",
        "Ұлытау",
        "Шымкент",
        "Ыстықкөл",
    ]


def test_a_sentence_without_translation_stands_in_english():
    assert nmsg("{number} zebra", "{number} zebras", 2).render(Locale("ru")) == "2 zebras"
