# SPDX-License-Identifier: Apache-2.0
"""Tests of the chain of events in SQLite and PostgreSQL, under many writers and sudden death."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from keruen.core.errors import FileError, SchemaError
from keruen.core.events import Event, first_broken
from keruen.decide.ledger import QuotaLedger
from keruen.sources.events import open_events
from ledger_cases import QUOTA, quota_set

_TESTS = Path(__file__).parents[1]
_OFFICER = """
import sys
from keruen.core.errors import AccountError, SchemaError
from keruen.decide.ledger import QuotaLedger
from keruen.sources.events import open_events
from ledger_cases import award, eligible
place, officer, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
ledger = QuotaLedger(open_events(place))
for each in range(count):
    case = f"{officer}-{each}"
    try:
        ledger.append(*eligible(case, 1), award(case, 1, mode="overridden", reason_code="test"))
    except (AccountError, SchemaError) as error:
        print("refused", error.id, flush=True)
    else:
        print("written", case, flush=True)
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where to keep a new ledger, in each kind of database."""
    if request.param == "sqlite":
        yield str(tmp_path / "ledger.db")
        return
    address = request.getfixturevalue("postgresql")
    base = f"t{time.monotonic_ns()}"
    engine = sa.create_engine(
        address.replace("://", "+pg8000://"), isolation_level="AUTOCOMMIT", poolclass=sa.NullPool
    )
    with engine.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {base}"))
    yield address.rpartition("/")[0] + f"/{base}"


def _event(**facts: str | int) -> Event:
    return Event("Told", "stream", datetime(2026, 1, 1, tzinfo=UTC), "officer-1", None, facts)


def _officers(
    place: str, count: int, each: int, *, lists: int | None = None
) -> list[subprocess.Popen[str]]:
    """Officers who award to cases, each of its own list or several of one."""
    paths = os.pathsep.join([str(_TESTS), os.environ.get("PYTHONPATH", "")])
    return [
        subprocess.Popen(
            [sys.executable, "-c", _OFFICER, place, f"list{one % (lists or count)}", str(each)],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": paths},
        )
        for one in range(count)
    ]


def test_what_is_written_is_read_back_in_any_letters(place):
    with open_events(place) as store:
        assert (
            store.append(lambda _: [_event(a="Әбдірахман 'x' \\ \u2028"), _event(b=-5)], after=0)
            == 2
        )
        first, second = store.entries()
        assert first.event == _event(a="Әбдірахман 'x' \\ \u2028")
        assert second.event.facts == {"b": -5}
        assert [entry.seq for entry in store.entries(after=1)] == [2]
        assert first_broken(store.entries()) is None


def test_a_refusal_leaves_nothing(place):
    def refuse(_: object) -> list[Event]:
        raise SchemaError("no")

    with open_events(place) as store:
        with pytest.raises(SchemaError, match="no"):
            store.append(refuse, after=0)
        with pytest.raises(SchemaError, match="cannot be kept"):
            store.append(lambda _: [_event(a=1), _event(b=1.5)], after=0)
        assert list(store.entries()) == []
        assert store.append(lambda _: [_event()], after=0) == 1


def test_entries_cannot_be_changed_by_a_slip(place):
    with open_events(place) as store:
        store.append(lambda _: [_event()], after=0)
        for slip in ("UPDATE event SET kind = 'x'", "DELETE FROM event"):
            with (
                pytest.raises(sa.exc.DBAPIError, match="never changed"),
                store._engine.begin() as base,
            ):
                base.execute(sa.text(slip))
        assert first_broken(store.entries()) is None


def test_eight_officers_cannot_overdraw_a_quota(place):
    with open_events(place) as store:
        ledger = QuotaLedger(store)
        ledger.append(quota_set(50))
        told = [
            line for each in _officers(place, 8, 12) for line in each.communicate()[0].splitlines()
        ]
        ledger.refresh()
        assert sum(line.startswith("written") for line in told) == 50
        assert told.count("refused QuotaOverdrawn") == 8 * 12 - 50
        assert ledger.quota(QUOTA).free == 0
        assert ledger.cases()["reserved"].sum() == 50
        assert ledger.verify() is None


def test_with_eight_officers_and_one_killed_nothing_is_lost_or_awarded_twice(place):
    # Two officers work on each of four lists of 25 cases, and the quota is for 70 of the 100.
    with open_events(place) as store:
        ledger = QuotaLedger(store)
        ledger.append(quota_set(70))
        officers = _officers(place, 8, 25, lists=4)
        said = [officers[0].stdout.readline() for _ in range(3)]
        officers[0].send_signal(signal.SIGKILL)
        for each in officers:
            rest, _ = each.communicate()
            said += rest.splitlines()
        assert [each.returncode for each in officers] == [-signal.SIGKILL, *[0] * 7]
        ledger.refresh()
        cases = ledger.cases()
        held = set(cases.query("state == 'awarded'")["case"])
        written = [line.split()[1] for line in said if line.startswith("written")]
        assert len(written) == len(set(written))  # nobody was told of an award twice
        assert set(written) <= held  # nothing acknowledged was lost
        assert len(held - set(written)) <= 1  # written by the one killed, before it could say so
        assert len(cases) == len(held) == 70  # an append is whole or not there
        assert ledger.quota(QUOTA).free == 0
        awards = [one.event.subject for one in store.entries() if one.event.kind == "Awarded"]
        assert sorted(awards) == sorted(held)
        assert ledger.verify() is None


def test_many_can_open_a_new_ledger_at_once(place):
    officers = [
        subprocess.Popen(
            [sys.executable, "-c", f"from keruen.sources.events import *; open_events({place!r})"],
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    assert [each.communicate()[1] for each in officers] == [""] * 4


def test_what_cannot_be_opened_is_said(tmp_path):
    text = tmp_path / "notes.txt"
    text.write_text("not a database, and long enough to be looked at " * 100)
    with pytest.raises(FileError, match="not a database"):
        open_events(text)
    with pytest.raises(FileError, match="unable to open"):
        open_events(tmp_path / "nowhere" / "ledger.db")
    with pytest.raises(FileError, match="cannot be used"):
        open_events("postgresql://keruen:secret@127.0.0.1:1/none")
    with pytest.raises(SchemaError, match="unknown kind of database: mysql"):
        open_events("mysql://somewhere/base")


def test_a_password_is_not_told(tmp_path):
    with pytest.raises(FileError) as refusal:
        open_events("postgresql://keruen:secret@127.0.0.1:1/none")
    assert "secret" not in str(refusal.value)


def test_a_ledger_of_a_newer_version_is_left_alone(place):
    with open_events(place) as store:
        store.append(lambda _: [_event()], after=0)
        with store._engine.begin() as base:
            base.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(FileError, match="9999"):
        open_events(place)


def test_an_officer_of_the_database_can_only_add(postgresql):
    # UPDATE is granted for the lock that a writer takes; a trigger refuses every change.
    address = f"{postgresql.rpartition('/')[0]}/officers"
    engine = sa.create_engine(
        postgresql.replace("://", "+pg8000://"), isolation_level="AUTOCOMMIT", poolclass=sa.NullPool
    )
    with engine.connect() as connection:
        connection.execute(sa.text("CREATE DATABASE officers"))
        connection.execute(sa.text("CREATE ROLE a17 LOGIN"))
    with open_events(address) as owner, owner._engine.begin() as base:
        base.execute(sa.text("GRANT SELECT, INSERT, UPDATE ON event TO a17"))
        base.execute(sa.text("GRANT SELECT ON alembic_version TO a17"))
    with open_events(address.replace("keruen@", "a17@")) as store:
        assert store.append(lambda _: [_event(a=1)], after=0) == 1
        for slip, says in (
            ("UPDATE event SET kind = 'x'", "never changed"),
            ("DELETE FROM event", "permission denied"),
            ("TRUNCATE event", "permission denied"),
            ("DROP TRIGGER event_stays ON event", "must be owner"),
        ):
            with pytest.raises(sa.exc.DBAPIError, match=says), store._engine.begin() as base:
                base.execute(sa.text(slip))
        assert first_broken(store.entries()) is None
