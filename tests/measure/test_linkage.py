# SPDX-License-Identifier: Apache-2.0
"""Documents joined to persons: groups, guards, numbering, and what missed links do."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from keruen.core.errors import SchemaError
from keruen.measure._components import Graph, Guards, linked
from keruen.measure.linkage import LinkedRecords, link_documents
from keruen.measure.linkage_errors import MissedLinks, corrected_flow, missed_links
from keruen.sources.records import table_records

START = datetime(2024, 1, 1)  # noqa: DTZ001 (local time at the checkpoint)

# Stats NZ, migstat (MIT): made-up crossings, a changed passport (Cai) and a misspelt name (Esha).
EXAMPLE = [
    ("Cai", "C103"), ("Amy", "A101"), ("Amy", "A101"), ("Eisha", "E105"), ("Eisha", "E105"),
    ("Cai", "X200"), ("David", "D104"), ("Cai", "C103"), ("Esha", "E105"), ("Fatima", "F106"),
]  # fmt: skip


def table(**columns: list[object]) -> object:
    size = len(columns["person_id"])
    times = [START + timedelta(hours=k) for k in range(size)]
    return table_records(**{"event_time": times, **columns})


def groups(found: LinkedRecords) -> dict[object, int]:
    rows = [row for batch in found.records.batches() for row in batch.to_pylist()]
    return {row["document_id"]: row["person_id"] for row in rows}


def test_published_example() -> None:
    """Names alone split Esha, passports alone split Cai; either key joins them."""
    papers = [f"{name}/{passport}" for name, passport in EXAMPLE]
    columns = {
        "person_id": papers,
        "name": [name for name, _ in EXAMPLE],
        "passport": [passport for _, passport in EXAMPLE],
    }
    both = link_documents(table(**columns), keys=[("passport",), ("name",)])
    assert (both.documents, both.persons) == (7, 5)
    found = groups(both)
    assert found["Cai/C103"] == found["Cai/X200"] == 1  # who came first is number one
    assert found["Eisha/E105"] == found["Esha/E105"] == 3
    assert link_documents(table(**columns), keys=[("name",)]).persons == 6
    assert link_documents(table(**columns), keys=[("passport",)]).persons == 6


def test_placeholders_take_no_part() -> None:
    papers = list("abcdef")
    numbers = ["000000", "000000", "unknown", "Unknown ", None, None]
    assert link_documents(table(person_id=papers, id=numbers), keys=[("id",)]).persons == 6
    births = ["1900-01-01"] * 6
    same = link_documents(
        table(person_id=papers, name=["x y"] * 6, birth_date=births), keys=[("name", "birth_date")]
    )
    assert same.persons == 6


def test_two_sexes_break_the_weakest_key_only() -> None:
    """a and b share name and number, c shares the name but is a man: the name goes."""
    found = link_documents(
        table(
            person_id=["a", "b", "c"],
            number=["1", "1", "2"],
            name=["Kim Lee"] * 3,
            sex=["F", "F", "M"],
        ),
        keys=[("number",), ("name",)],
    )
    ids = groups(found)
    assert ids["a"] == ids["b"] != ids["c"]
    assert found.broken.to_numpy().tolist() == [["more than one sex", "name", 1, 3]]


def test_years_of_birth_and_number_of_documents() -> None:
    columns = {
        "person_id": ["a", "b"],
        "name": ["Li", "Li"],
        "birth_date": ["1990-02-01", "1992-02-01"],
    }
    assert link_documents(table(**columns), keys=[("name",)]).persons == 2
    assert link_documents(table(**columns), keys=[("name",)], birth_years=2).persons == 1
    many = {"person_id": [str(k) for k in range(13)], "name": ["Li"] * 13}
    assert link_documents(table(**many), keys=[("name",)]).persons == 13
    assert link_documents(table(**many), keys=[("name",)], max_documents=13).persons == 1


def test_nobody_arrives_in_two_places_at_once() -> None:
    columns = {
        "person_id": ["a", "b"], "name": ["Li", "Li"], "direction": [1, 1],
        "checkpoint": ["Almaty", "Aktau"],
    }  # fmt: skip
    assert link_documents(table(**columns), keys=[("name",)]).persons == 1
    torn = link_documents(table(**columns), keys=[("name",)], travel_hours=2)
    assert torn.persons == 2
    assert torn.broken["reason"].tolist() == ["in two places at once"]
    assert link_documents(table(**columns), keys=[("name",)], travel_hours=1).persons == 1


def test_links_from_outside_join_and_the_confidence_says_what_agrees() -> None:
    records = table(person_id=["a", "b", "c"], number=["1", "1", "3"], name=["A", "A", "B"])
    links = table_records(person_id=["b", "nobody"], other_id=["c", "a"])
    found = link_documents(records, keys=[("number",), ("name",)], links=links)
    rows = [row for batch in found.records.batches() for row in batch.to_pylist()]
    assert found.persons == 1
    assert {row["link_confidence"] for row in rows} == {0.0}  # nothing of c agrees
    assert {row["n_documents"] for row in rows} == {3}


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 40), st.integers(1, 15))
def test_groups_are_what_sharing_any_key_means(seed: int, size: int, values: int) -> None:
    rng = np.random.default_rng(seed)
    keys = rng.integers(0, values, (3, size)).astype(np.uint64)
    none = np.full(size, -1)
    empty = np.zeros((2, 0), dtype=np.int64)
    graph = Graph(keys, keys != 0, empty, np.zeros(0, bool), none, none)
    group, broken = linked(graph, Guards(size, 0), np.zeros(0, np.int64))
    reach = np.eye(size, dtype=bool)
    for key in keys:
        reach |= (key[:, None] == key) & (key != 0)
    for _ in range(size):
        reach = reach @ reach
    assert np.array_equal(group[:, None] == group, reach)
    assert not broken


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 30))
def test_no_group_breaks_its_guards(seed: int, size: int) -> None:
    rng = np.random.default_rng(seed)
    keys = rng.integers(0, 6, (2, size)).astype(np.uint64)
    sex, birth = rng.integers(-1, 2, size), rng.integers(1990, 1995, size)
    pairs = rng.integers(0, size, (2, 3))
    graph = Graph(keys, keys != 0, pairs, np.ones(3, bool), sex, birth)
    group, _ = linked(graph, Guards(4, 1), np.zeros(0, np.int64))
    assert np.bincount(group).max() <= 4
    for one in np.unique(group):
        mine = group == one
        assert len(set(sex[mine].tolist()) - {-1}) <= 1
        assert np.ptp(birth[mine]) <= 1


def test_records_added_later_leave_the_numbers_as_they_were() -> None:
    names = ["Li", "Bo", "Li", "Wu", "Bo", "Yu"]
    papers = list("abcdef")
    early = groups(link_documents(table(person_id=papers[:4], name=names[:4]), keys=[("name",)]))
    late = groups(link_documents(table(person_id=papers, name=names), keys=[("name",)]))
    assert early == {paper: late[paper] for paper in early}
    assert late == {"a": 1, "b": 2, "c": 1, "d": 3, "e": 2, "f": 4}


def test_missed_links_are_counted_and_taken_off() -> None:
    """10 travellers out and back, one of them with a misspelt name at the return."""
    names = [f"name {k}" for k in range(10)]
    back = ["nahme 0", *names[1:]]
    records = table(
        person_id=[f"o{k}" for k in range(10)] + [f"b{k}" for k in range(10)],
        name=names + back,
        national_id=[str(k + 100) for k in range(10)] * 2,
        direction=[0] * 10 + [1] * 10,
    )
    found = missed_links(link_documents(records, keys=[("name",)]), truth=["national_id"])
    assert (found.trips, found.missed, found.rate) == (10, 1, 0.1)
    # Wilson's interval of 1 in 10 (Brown, Cai, DasGupta 2001).
    assert (found.lower, found.upper) == pytest.approx((0.0179, 0.4042), abs=1e-4)
    month = {"month": ["2024-01"]}
    flow = corrected_flow(
        xr.DataArray([5.0], coords=month), xr.DataArray([10.0], coords=month), missed=found
    )
    assert flow.sel(quantile=0.5).item() == pytest.approx(4.0)
    # 10 trips at 0.1: the number missed has variance 0.9, the rate the interval above.
    below, above = np.hypot([3.042, 0.821], 1.96 * 0.9**0.5)
    ends = [flow.sel(quantile=each).item() for each in (0.025, 0.975)]
    assert ends == pytest.approx([4 - below, 4 + above], abs=2e-3)


def test_published_size_of_the_error() -> None:
    """15 million round trips and one missed link in a thousand: 15,000 false arrivals."""
    month = {"month": ["2023"]}
    nothing = xr.DataArray([0.0], coords=month)
    trips = xr.DataArray([15e6], coords=month)
    share = MissedLinks(10**6, 1000, 0.001, 0.001, 0.001)
    assert corrected_flow(nothing, trips, missed=share).sel(quantile=0.5).item() == -15000


def test_faults_are_told_together() -> None:
    with pytest.raises(SchemaError) as fault:
        link_documents(table(person_id=["a"]), keys=[("name",)], max_documents=0, travel_hours=1)
    assert all(w in str(fault.value) for w in ("'name'", "'checkpoint'", "'direction'", "setting"))
    found = link_documents(table(person_id=["a"], name=["Li"], direction=[1]), keys=[("name",)])
    with pytest.raises(SchemaError, match="no round trip"):
        missed_links(found, truth=["name"])
