# SPDX-License-Identifier: Apache-2.0
"""Register spells put in order, and residency by signs of life."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keruen.core.errors import SchemaError
from keruen.core.records import PersonRecords
from keruen.measure.overcoverage import residency_index
from keruen.measure.registers import crossings_from_spells, register_spells
from keruen.measure.residence import classify_crossings
from keruen.sources.records import table_records

START = date(2020, 1, 1)
Row = tuple[int, str, int, int | None]


def day(number: int | None) -> date | None:
    return None if number is None else START + timedelta(number)


def number(when: date | None) -> int | None:
    return None if when is None else (when - START).days


def rows(records: PersonRecords, order: str) -> list[dict[str, object]]:
    return [row for batch in records.batches(order=[order]) for row in batch.to_pylist()]


def spells(*given: Row, **options: object) -> list[Row]:
    person, place, start, end = zip(*given, strict=True)
    table = table_records(
        person_id=list(person), place=list(place),
        start=[day(d) for d in start], end=[day(d) for d in end],
    )  # fmt: skip
    made = rows(register_spells(table, **options), "start")
    return sorted((r["person_id"], r["place"], number(r["start"]), number(r["end"])) for r in made)


def test_rules_by_hand() -> None:
    """(a) no days; (b) overlap in a place; (c) the later start wins; (d) a short gap closes."""
    assert spells((1, "A", 5, 5), (1, "A", 9, 7), (1, "B", 1, 2)) == [(1, "B", 1, 2)]
    assert spells((1, "A", 0, 10), (1, "A", 8, 20), (1, "A", 20, 30)) == [(1, "A", 0, 30)]
    assert spells((1, "A", 0, 100), (1, "B", 50, 60)) == [(1, "A", 0, 50), (1, "B", 50, 60)]
    assert spells((1, "A", 0, 10), (1, "A", 39, 50)) == [(1, "A", 0, 50)]
    assert spells((1, "A", 0, 10), (1, "A", 40, 50)) == [(1, "A", 0, 10), (1, "A", 40, 50)]
    assert spells((1, "A", 0, None), (1, "B", 9, None)) == [(1, "A", 0, 9), (1, "B", 9, None)]


def test_gap_with_another_place_inside_stays_open() -> None:
    found = spells((1, "A", 0, 10), (1, "B", 12, 14), (1, "A", 20, 50))
    assert found == [(1, "A", 0, 10), (1, "A", 20, 50), (1, "B", 12, 14)]


def test_equal_starts_go_by_source_and_then_by_place() -> None:
    table = {
        "person_id": [1, 1], "place": ["A", "B"], "start": [START] * 2, "end": [None] * 2,
        "source": ["tax", "police"],
    }  # fmt: skip
    first = rows(register_spells(table_records(**table)), "start")
    ranked = rows(register_spells(table_records(**table), priority={"police": 1}), "start")
    assert [r["place"] for r in first] == ["A"]
    assert [r["place"] for r in ranked] == ["B"]


@st.composite
def registrations(draw: st.DrawFn) -> list[Row]:
    spell = st.tuples(
        st.integers(1, 3), st.sampled_from("ABC"), st.integers(0, 60),
        st.one_of(st.none(), st.integers(0, 90)),
    )  # fmt: skip
    return draw(st.lists(spell, min_size=1, max_size=12))


@settings(max_examples=20, deadline=None)
@given(registrations(), st.randoms(), st.integers(0, 3), st.integers(0, 9))
def test_spells_never_overlap_and_order_of_rows_does_not_matter(
    given: list[Row], random: object, merge: int, gap: int
) -> None:
    options = {"merge_days": merge, "gap_days": gap}
    made = spells(*given, **options)
    mixed = list(given)
    random.shuffle(mixed)
    assert made == spells(*mixed, **options)
    far = 10**6
    by_person: dict[int, list[tuple[int, int]]] = {}
    for person, _, start, end in made:
        by_person.setdefault(person, []).append((start, far if end is None else end))
    for periods in by_person.values():
        ordered = sorted(periods)
        assert all(a[1] <= b[0] for a, b in pairwise(ordered))
        assert all(start < end for start, end in ordered)
    if gap == 0:  # spells are days that somebody registered, and all of their first days
        days = {(p, d) for p, _, a, b in given for d in range(a, 100 if b is None else b)}
        mine = {(p, d) for p, _, a, b in made for d in range(a, 100 if b is None else b)}
        assert mine <= days | {(p, d + k) for p, d in days for k in range(1, merge + 1)}


def test_register_answers_the_residence_rule() -> None:
    """Two years, half a year away, back for good: only the first entry is a migration."""
    table = table_records(
        person_id=[1, 1, 1],
        place=["A", "B", "A"],
        start=[day(0), day(400), day(800)],
        end=[day(400), day(700), None],
    )
    crossings = crossings_from_spells(register_spells(table))
    assert [(number(r["event_time"]), r["direction"]) for r in rows(crossings, "event_time")] == [
        (0, 1), (700, 0), (800, 1),
    ]  # fmt: skip
    answers = classify_crossings(
        crossings, threshold_days=365, window_days=487, observed_until=day(2000),
        initial="opposite",
    )  # fmt: skip
    assert [r["long_term"] for r in rows(answers, "event_time")] == [1, 0, 0]


def signs(**columns: list[object]) -> PersonRecords:
    return table_records(**columns)


def test_published_index() -> None:
    """d = .8, g = .2, c = .7, signs 1, 0, 0, 1 from R = 1 (measurement methods, 1.8)."""
    table = signs(person_id=["a"] * 4, year=[2020, 2021, 2022, 2023], school=[1, 0, 0, 1])
    found = rows(residency_index(table, weights={"school": 1.0}, until=2023), "year")
    assert [r["index"] for r in found] == pytest.approx([1.0, 0.8, 0.64, 0.712])
    assert [r["resident"] for r in found] == [1, 1, 0, 1]
    assert all(r["departed"] is None for r in found)  # back within two years: never left


def test_departure_is_dated_by_the_last_sign_and_final_after_two_years() -> None:
    table = signs(
        person_id=[1, 1], year=[2018, 2019], tax=[1, 1],
        last_sign=[date(2018, 4, 1), date(2019, 2, 1)],
    )  # fmt: skip
    found = rows(residency_index(table, weights={"tax": 1.0}, until=2022), "year")
    # 1, 1, .8, .64, .512: below in 2021 and 2022; 1 February + 182 days = 2 August 2019.
    assert [r["resident"] for r in found] == [1, 1, 1, 0, 0]
    assert [r["departed"] for r in found] == [None, None, None, date(2019, 8, 2), None]
    assert not found[3]["provisional"]
    early = rows(residency_index(table, weights={"tax": 1.0}, until=2021), "year")
    assert early[3]["departed"] == date(2019, 8, 2)
    assert early[3]["provisional"]


def test_late_sign_does_not_push_the_departure_over_the_year() -> None:
    table = signs(person_id=[1], year=[2018], tax=[1], last_sign=[date(2018, 11, 1)])
    found = rows(residency_index(table, weights={"tax": 1.0}, until=2021), "year")
    assert [r["departed"] for r in found if r["departed"]] == [date(2018, 12, 31)]


def test_stated_events_set_the_index() -> None:
    table = signs(person_id=[1, 1, 1], year=[2018, 2019, 2020], tax=[1, 1, 1], status=[None, 0, 1])
    found = rows(residency_index(table, weights={"tax": 1.0}, until=2020), "year")
    assert [r["index"] for r in found] == [1.0, 0.0, 1.0]


def test_a_child_takes_the_index_of_the_household() -> None:
    """No register can show the child; the mother fades, the father does not."""
    table = signs(
        person_id=["mother", "child", "father", "father", "alone"],
        household_id=["h", "h", "h", "h", None],
        year=[2018, 2018, 2018, 2020, 2018],
        tax=[1, None, 1, 1, None],
    )
    found = rows(residency_index(table, weights={"tax": 1.0}, until=2020), "year")
    child = [r for r in found if r["person_id"] == "child"]
    assert [r["index"] for r in child] == pytest.approx([1.0, 0.8, 0.84])
    assert [r["inherited"] for r in child] == [True] * 3
    alone = [r["index"] for r in found if r["person_id"] == "alone"]
    assert alone == pytest.approx([1.0, 0.8, 0.64])


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0, 1), st.floats(0, 1))
def test_index_is_a_share_and_other_persons_change_nothing(
    seed: int, decay: float, gain: float
) -> None:
    rng = np.random.default_rng(seed)
    year = list(range(2010, 2020))
    columns = {
        "person_id": [p for p in range(5) for _ in year],
        "year": year * 5,
        "tax": rng.integers(0, 2, 50).tolist(),
        "school": [None if v == 2 else int(v) for v in rng.integers(0, 3, 50)],
    }
    options = {"weights": {"tax": 0.7, "school": 0.5}, "until": 2019, "decay": decay, "gain": gain}
    found = rows(residency_index(signs(**columns), **options), "year")
    assert all(0 <= r["index"] <= 1 for r in found)
    one = {name: column[:10] for name, column in columns.items()}
    alone = rows(residency_index(signs(**one), **options), "year")
    assert alone == [r for r in found if r["person_id"] == 0]


def test_faults_are_told_together() -> None:
    with pytest.raises(SchemaError) as fault:
        residency_index(signs(person_id=[1]), weights={"tax": -1.0}, until=2020, cutoff=0)
    assert all(word in str(fault.value) for word in ("'year'", "'tax'", "cutoff", "weights"))
    with pytest.raises(SchemaError, match="merge_days"):
        spells((1, "A", 0, 1), merge_days=-1)
