# SPDX-License-Identifier: Apache-2.0
"""The dated table of countries that appeared, vanished or are counted with another."""

from __future__ import annotations

from datetime import date

import pytest

from keruen.core.country_changes import country_changes, wholes_of


def wholes(part: str, day: date) -> list[str]:
    return [change.whole for change in wholes_of(part, day)]


@pytest.mark.parametrize(
    ("part", "last", "first", "whole"),
    [
        ("KAZ", date(1991, 12, 25), date(1991, 12, 26), "SUN"),
        ("LVA", date(1991, 9, 5), date(1991, 9, 6), "SUN"),
        ("HRV", date(1992, 4, 26), date(1992, 4, 27), "YUG"),
        ("MNE", date(2006, 6, 2), date(2006, 6, 3), "SCG"),
        ("SVK", date(1992, 12, 31), date(1993, 1, 1), "CSK"),
        ("SSD", date(2011, 7, 8), date(2011, 7, 9), "SDN"),
        ("ERI", date(1993, 5, 23), date(1993, 5, 24), "ETH"),
        ("BGD", date(1971, 12, 15), date(1971, 12, 16), "PAK"),
    ],
)
def test_first_day_outside(part: str, last: date, first: date, whole: str) -> None:
    assert whole in wholes(part, last)
    assert whole not in wholes(part, first)


def test_parts_of_several_wholes_from_small_to_large() -> None:
    assert wholes("XKX", date(2000, 7, 1)) == ["SRB", "SCG"]
    assert wholes("SRB", date(1990, 7, 1)) == ["YUG"]


def test_a_state_that_joined_another_is_inside_from_then_on() -> None:
    assert wholes("DDR", date(1990, 7, 1)) == []
    assert wholes("DDR", date(1995, 7, 1)) == ["DEU"]


def test_fifteen_republics_and_no_row_twice() -> None:
    rows = [(change.part, change.whole) for change in country_changes()]
    assert len(set(rows)) == len(rows)
    assert sum(whole == "SUN" for _, whole in rows) == 15
    for change in country_changes():
        assert change.end is None or change.start < change.end
        assert len(change.part) == len(change.whole) == 3
        assert change.note
