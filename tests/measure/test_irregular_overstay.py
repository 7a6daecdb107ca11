# SPDX-License-Identifier: Apache-2.0
"""Overstays counted from crossings: hand-made people, identities, every engine order."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keruen.core.errors import FaultsError, SchemaError
from keruen.core.records import PersonRecords
from keruen.measure import irregular as ir
from keruen.measure.linkage_errors import MissedLinks
from keruen.measure.residence import classify_crossings
from keruen.sources.records import table_records

NONE = MissedLinks(trips=1000, missed=0, rate=0.0, lower=0.0, upper=0.0)
START = date(2024, 1, 1)
Row = tuple[int, int, int, int | None]


def day(number: int | None) -> date | None:
    return None if number is None else START + timedelta(number)


def answers(rows: list[Row], **columns: list[str]) -> PersonRecords:
    """Crossings (person, day, direction, last day permitted), answered."""
    crossings = table_records(
        crossing_id=list(range(len(rows))),
        person_id=[row[0] for row in rows],
        event_time=[day(row[1]) for row in rows],
        direction=[row[2] for row in rows],
        authorised_until=[day(row[3]) for row in rows],
        **columns,
    )
    return classify_crossings(
        crossings, threshold_days=365, window_days=487, observed_until=date(2026, 1, 1),
        initial="opposite", gap="none",
    )  # fmt: skip


def counted(rows: list[Row], on: int, **options: object) -> tuple[int, int, int]:
    options = {"missed": NONE, **options}
    kept = answers(rows)
    sides = {
        name: table_records(beside=kept, **columns)
        for name, columns in options.items()
        if name != "missed"
    }
    found = ir.overstay_estimate(kept, on=day(on), missed=options["missed"], **sides)
    return found.admissions.item(), found.overstayed.item(), found.still_here.item()


PEOPLE: list[Row] = [
    (1, 0, 1, 30), (1, 20, 0, None),  # left in time
    (2, 0, 1, 30), (2, 50, 0, None),  # left late
    (3, 0, 1, 30),  # still here
    (4, 0, 1, 400),  # permission goes on
    (5, 0, 1, None),  # needs none
    (6, 0, 1, 30), (6, 60, 1, 90), (6, 80, 0, None),  # an exit was not recorded
]  # fmt: skip


class TestByHand:
    def test_each_kind_of_person(self):
        # 1, 2, 3 and both stays of 6 had permissions that ended; 2, 3 and the first stay of 6
        # (taken to end half way, on day 30: in time) ... only 2 and 3 overstayed
        assert counted(PEOPLE, 200) == (5, 2, 1)

    def test_before_the_late_departure(self):
        assert counted(PEOPLE, 40) == (4, 3, 3)  # 2, 3 and 6, whose next arrival is not seen

    def test_extensions_and_deaths(self):
        more = {"person_id": [3], "authorised_until": [day(500)]}
        assert counted(PEOPLE, 200, extensions=more) == (4, 1, 0)
        earlier = {"person_id": [2], "authorised_until": [day(45)]}
        assert counted(PEOPLE, 200, extensions=earlier) == (5, 2, 1)
        dead = {"person_id": [3], "event_time": [day(25)]}
        assert counted(PEOPLE, 200, deaths=dead) == (5, 1, 0)

    def test_times_of_a_day(self):
        noon = datetime(2024, 3, 1, 12)  # noqa: DTZ001  local time at the checkpoint
        crossings = table_records(
            crossing_id=[1, 2], person_id=[1, 1],
            event_time=[noon, noon + timedelta(hours=8)], direction=[1, 0],
            authorised_until=[date(2024, 3, 1), None],
        )  # fmt: skip
        kept = classify_crossings(
            crossings, threshold_days=365, window_days=487, observed_until=date(2026, 1, 1),
            initial="opposite",
        )  # fmt: skip
        found = ir.overstay_estimate(kept, on=date(2024, 6, 1), missed=NONE)
        assert (found.admissions.item(), found.overstayed.item()) == (1, 0)

    def test_by_citizenship_and_missing_labels(self):
        given_ = answers(PEOPLE, citizenship=["UZB", "UZB", "UZB", "UZB", "KGZ", "UZB", None,
                                              "KGZ", "KGZ", "KGZ"])  # fmt: skip
        found = ir.overstay_estimate(given_, on=day(200), missed=NONE, by=["citizenship"])
        table = found.to_table().set_index("citizenship")
        assert table.loc["KGZ", "still_here"] == 1
        assert table["admissions"].sum() == 5

    def test_correction_and_not_measurable(self):
        rows = [(k, 0, 1, 30) for k in range(40)] + [(k, 20, 0, None) for k in range(37)]
        few = MissedLinks(trips=1000, missed=25, rate=0.025, lower=0.017, upper=0.037)
        found = ir.overstay_estimate(answers(rows), on=day(200), missed=few)
        assert found.still_here.item() == 3
        assert found.estimate.value.item() == pytest.approx(3 - 0.025 * 40)
        assert found.estimate.lower.item() == pytest.approx(3 - 0.037 * 40)
        many = MissedLinks(trips=1000, missed=70, rate=0.07, lower=0.05, upper=0.09)
        hidden = ir.overstay_estimate(answers(rows), on=day(200), missed=many).estimate
        assert np.isnan(hidden.value.item())
        assert hidden.lower.item() == 0
        assert "not measurable" in hidden.notes[0]


@st.composite
def people(draw: st.DrawFn) -> list[Row]:
    """Up to six people, each coming and going on different days."""
    rows: list[Row] = []
    for person in range(draw(st.integers(1, 6))):
        days = sorted(draw(st.sets(st.integers(0, 300), min_size=1, max_size=6)))
        for place, number in enumerate(days):
            arrives = place % 2 == 0
            until = number + draw(st.integers(0, 90)) if arrives else None
            rows.append((person, number, int(arrives), until))
    return rows


def by_loop(rows: list[Row], on: int) -> tuple[int, int, int]:
    """The same, admission by admission."""
    admissions = overstayed = here = 0
    for place, (person, arrived, direction, until) in enumerate(rows):
        if direction == 0 or until is None or until >= on or arrived > on:
            continue
        later = [r[1] for r in rows[place + 1 :] if r[0] == person and r[1] <= on]
        left = later[0] if later else 10**9
        admissions += 1
        overstayed += left > until
        here += left > until and left > on
    return admissions, overstayed, here


@settings(max_examples=25, deadline=None)
@given(people(), st.integers(50, 400))
def test_equals_the_loop(rows, on):
    wanted = by_loop(rows, on)
    if wanted[0] == 0:
        with pytest.raises(SchemaError, match="nobody had a permission"):
            counted(rows, on)
    else:
        assert counted(rows, on) == wanted
        assert wanted == counted(rows[::-1], on)


def test_missing_columns_together():
    bare = table_records(person_id=[1], event_time=[START])
    with pytest.raises(FaultsError) as fault:
        ir.overstay_estimate(bare, on=START, missed=NONE, extensions=bare)
    assert {one.id for one in fault.value.faults} == {"MissingColumn"}
    assert len(fault.value.faults) == 4
