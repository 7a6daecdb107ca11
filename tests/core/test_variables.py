# SPDX-License-Identifier: Apache-2.0
"""The table of variables."""

from __future__ import annotations

from typing import get_args

import pytest

from keruen.core.arrays import Kind
from keruen.core.errors import CodeError
from keruen.core.variables import Concept, variable, variables


def test_every_variable_is_complete():
    for name, one in variables().items():
        assert name == one.name
        assert name.isidentifier()
        assert name == name.lower()
        assert one.units
        assert one.kind in get_args(Kind)
        assert one.concept in get_args(Concept)
        assert one.low is None or one.high is None or one.low < one.high
        for lang in ("en", "ru", "kk"):
            assert one.label(lang).strip() == one.label(lang) != ""


def test_labels_are_in_their_language():
    cyrillic = set("абвгдеёжзийклмнопрстуфхцчшщъыьэюяәғқңөұүһі")
    for one in variables().values():
        assert not set(one.en.lower()) & cyrillic, one.name
        assert set(one.ru.lower()) & cyrillic, one.name
        assert set(one.kk.lower()) & cyrillic, one.name
        assert not set(one.ru.lower()) & set("әғқңөұүһ"), one.name
        # ъ, щ and ё do not occur in Kazakh words of this table
        assert not set(one.kk.lower()) & set("щъё"), one.name
        # a Latin letter inside a Cyrillic word looks right and is not found
        for word in f"{one.ru} {one.kk}".split():
            letters = {c for c in word.lower() if c.isalpha()}
            assert not (letters & cyrillic and letters - cyrillic), (one.name, word)


def test_only_counts_have_a_concept():
    assert {one.kind for one in variables().values() if one.concept} == {"count"}


def test_labels_tell_variables_apart():
    for lang in ("en", "ru", "kk"):
        labels = [one.label(lang) for one in variables().values()]
        assert len(set(labels)) == len(labels)


def test_an_unknown_variable_is_refused_with_near_names():
    with pytest.raises(CodeError, match="net_migration"):
        variable("net_migraton")
