# SPDX-License-Identifier: Apache-2.0
"""One round of invitations: order, cut-off, tie-break, who stays."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from keruen.core.errors import CoverageError, FaultsError, SchemaError
from keruen.decide.points.draws import OUTCOMES, Pool, hold_draw, make_pool

DAY = "2026-02-01"


def pool_of(rows, **more) -> Pool:
    """A pool of (candidate, score, submitted)."""
    names, scores, times = zip(*rows, strict=True) if rows else ((), (), ())
    who = {"candidate": np.array(names, dtype=object)}
    return make_pool(
        xr.DataArray(np.array(scores, dtype=float), who),
        xr.DataArray(np.array(times, dtype="datetime64[ns]"), who),
        **more,
    )


def flags(pool_names, **categories) -> xr.DataArray:
    table = np.array([[name in kept for kept in categories.values()] for name in pool_names])
    return xr.DataArray(table, {"candidate": list(pool_names), "category": list(categories)})


def test_published_round_of_june_2020() -> None:
    """25 June 2020: 3,508 invitations, minimum 431, tie-break 3 April 2020 12:56:32 UTC.

    Ranks 3507 and 3508 (431 points; 1 April 19:38:41 and 2 April 10:42:01) are invited, who
    has 431 points from 3 April 12:59:39 on stays (published explanation of the tie-breaking
    rule; methods, decide 3.4).
    """
    above = [(f"a{n:04}", 432 + n % 300, "2020-01-05T10:00:00") for n in range(3506)]
    tied = [
        ("r3507", 431, "2020-04-01T19:38:41"),
        ("r3508", 431, "2020-04-02T10:42:01"),
        ("late1", 431, "2020-04-03T12:59:39"),
        ("late2", 431, "2020-04-05T09:00:00"),
    ]
    below = [("low", 430, "2020-01-01T00:00:00")]
    draw = hold_draw(pool_of(above + tied + below), held="2020-06-25T12:00:00", size=3508)
    assert draw.invited == 3508
    assert draw.cutoff == 431
    assert draw.rank.sel(candidate="r3507").item() == 3507
    assert draw.rank.sel(candidate="r3508").item() == 3508
    published = np.datetime64("2020-04-03T12:56:32")
    assert draw.tie_break <= published < np.datetime64("2020-04-03T12:59:39")
    assert draw.left_at_cutoff == 2
    assert set(draw.after.score["candidate"].values) == {"late1", "late2", "low"}
    assert draw.outcome.sel(candidate="late1").item() == "after_tie_break"
    assert draw.outcome.sel(candidate="low").item() == "below_cutoff"


def test_ties_equal_times_go_by_label() -> None:
    pool = pool_of([("c", 80, "2026-01-01"), ("a", 80, "2026-01-01"), ("b", 80, "2026-01-01")])
    draw = hold_draw(pool, held=DAY, size=2)
    assert draw.rank["candidate"].values.tolist() == ["a", "b"]
    assert draw.left_at_cutoff == 1
    assert draw.tie_break == np.datetime64("2026-01-01")


def test_empty_pool() -> None:
    draw = hold_draw(pool_of([]), held=DAY, size=5)
    assert draw.invited == 0
    assert np.isnan(draw.cutoff)
    assert np.isnat(draw.tie_break)
    assert len(draw.after) == 0
    assert draw.to_table().empty


def test_size_above_pool_invites_all() -> None:
    pool = pool_of([("a", 60, "2026-01-01"), ("b", 70, "2026-01-01")])
    draw = hold_draw(pool, held=DAY, size=100)
    assert (draw.invited, draw.cutoff, draw.left_at_cutoff, len(draw.after)) == (2, 60.0, 0, 0)


def test_no_invitations() -> None:
    draw = hold_draw(pool_of([("a", 60, "2026-01-01")]), held=DAY, size=0)
    assert (draw.invited, len(draw.after)) == (0, 1)
    assert np.isnan(draw.cutoff)


def test_category_minimum_expiry_and_later() -> None:
    rows = [
        ("best", 90, "2026-01-01"),
        ("nurse", 70, "2026-01-01"),
        ("low", 40, "2026-01-01"),
        ("old", 95, "2025-01-31"),
        ("tomorrow", 99, "2026-02-02"),
    ]
    member = flags([r[0] for r in rows], health={"nurse", "low", "old", "tomorrow"})
    draw = hold_draw(pool_of(rows, member=member), held=DAY, size=10, minimum=50, category="health")
    assert draw.rank["candidate"].values.tolist() == ["nurse"]
    assert dict(zip(draw.outcome["candidate"].values, draw.outcome.values, strict=True)) == {
        "best": "not_in_category",
        "nurse": "invited",
        "low": "below_minimum",
        "old": "expired",
        "tomorrow": "not_yet_submitted",
    }
    assert set(draw.after.score["candidate"].values) == {"best", "low", "tomorrow"}


def test_expiry_on_the_moment_of_the_round_is_out() -> None:
    pool = pool_of([("a", 60, "2026-01-01")], lifetime_days=31)
    assert hold_draw(pool, held="2026-02-01T00:00:00", size=1).invited == 0
    assert hold_draw(pool, held="2026-01-31T23:59:59", size=1).invited == 1


def test_update_keeps_the_time_withdrawal_does_not() -> None:
    pool = pool_of([("a", 60, "2026-01-01"), ("b", 70, "2026-01-02")])
    who = {"candidate": ["a"]}
    updated = pool.updated(xr.DataArray([70.0], who))
    assert hold_draw(updated, held=DAY, size=1).rank["candidate"].item() == "a"
    again = make_pool(
        xr.DataArray([70.0], who),
        xr.DataArray(np.array(["2026-01-03"], "datetime64[ns]"), who),
    )
    returned = pool.withdrawn(["a"]).joined(again)
    assert hold_draw(returned, held=DAY, size=1).rank["candidate"].item() == "b"


def test_contestability_one_change_agrees_with_the_reason() -> None:
    """Who stays after the tie-break is invited when they had submitted by it (10.7)."""
    rows = [("a", 80, "2026-01-01"), ("b", 80, "2026-01-02"), ("c", 80, "2026-01-03")]
    draw = hold_draw(pool_of(rows), held=DAY, size=2)
    assert draw.outcome.sel(candidate="c").item() == "after_tie_break"
    earlier = [*rows[:2], ("c", 80, "2026-01-01T12:00:00")]
    assert "c" in hold_draw(pool_of(earlier), held=DAY, size=2).rank["candidate"].values


def test_table_is_in_order_of_invitation() -> None:
    pool = pool_of([("a", 60, "2026-01-01"), ("b", 70, "2026-01-01"), ("c", 80, "2026-01-01")])
    table = hold_draw(pool, held=DAY, size=2).to_table()
    assert table["candidate"].tolist() == ["c", "b", "a"]
    assert table["rank"].fillna(0).tolist() == [1, 2, 0]


@pytest.mark.parametrize(
    ("options", "id"),
    [({}, "BadSetting"), ({"size": -1}, "BadSetting"), ({"size": 1, "category": "x"}, "")],
)
def test_bad_rounds(options, id) -> None:
    with pytest.raises((SchemaError, CoverageError)) as found:
        hold_draw(pool_of([("a", 60, "2026-01-01")]), held=DAY, **options)
    assert found.value.id == (id or "UnknownCategory")


def test_all_faults_of_a_pool_at_once() -> None:
    who = {"candidate": ["a", "b", "c"]}
    times = np.array(["2026-01-01", "NaT", "2026-01-01"], "datetime64[ns]")
    ends = np.array(["2025-01-01", "2026-05-01", "2026-05-01"], "datetime64[ns]")
    with pytest.raises(FaultsError) as found:
        make_pool(
            xr.DataArray([-5.0, 10.0, np.nan], who),
            xr.DataArray(times, who),
            expires=xr.DataArray(ends, who),
        )
    assert [one.id for one in found.value.faults] == [
        "MissingCell",
        "MissingCell",
        "NegativeInput",
        "BadExpiry",
    ]


def test_strangers_and_twins_are_refused() -> None:
    pool = pool_of([("a", 60, "2026-01-01")])
    with pytest.raises(CoverageError) as found:
        pool.withdrawn(["b"])
    assert found.value.id == "UnknownCandidate"
    with pytest.raises(SchemaError) as found:
        pool.joined(pool)
    assert found.value.id == "DuplicateKey"


@st.composite
def pools(draw):
    count = draw(st.integers(1, 12))
    scores = draw(st.lists(st.integers(0, 4), min_size=count, max_size=count))
    days = draw(st.lists(st.integers(1, 5), min_size=count, max_size=count))
    return [
        (f"c{n:02}", score, f"2026-01-0{day}")
        for n, (score, day) in enumerate(zip(scores, days, strict=True))
    ]


@given(rows=pools(), size=st.integers(0, 14))
def test_agrees_with_a_plain_sort(rows, size) -> None:
    expected = sorted(rows, key=lambda row: (-row[1], row[2], row[0]))[:size]
    draw = hold_draw(pool_of(rows), held=DAY, size=size)
    assert draw.rank["candidate"].values.tolist() == [row[0] for row in expected]
    assert len(draw.after) + draw.invited == len(rows)
    assert set(draw.outcome.values) <= set(OUTCOMES)
    if expected:
        assert draw.cutoff == expected[-1][1]
        tied = sum(row[1] == draw.cutoff for row in rows) - sum(
            row[1] == draw.cutoff for row in expected
        )
        assert draw.left_at_cutoff == tied
