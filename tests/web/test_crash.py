# SPDX-License-Identifier: Apache-2.0
"""``kill -9`` in the middle: what was answered is kept, and nothing is kept by halves."""

from __future__ import annotations

import csv
import io
import json
import threading
import time
from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest
import sqlalchemy as sa

from keruen.core.events import first_broken
from keruen.decide.ledger import QuotaLedger
from keruen.report.quota_office import verify_ledger
from keruen.sources.database import open_database
from keruen.sources.events import DatabaseEvents
from keruen.sources.migrations.tables import job
from keruen.sources.practice_placement import write_practice_placement
from keruen.web.settings import Settings
from web.conftest import token_of
from web.served import Served, modes, with_accounts

QUOTA = "kandas-2026-KZ-55"


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request, tmp_path) -> Settings:
    if request.param == "sqlite":
        return Settings(tmp_path / "office")
    address = request.getfixturevalue("postgresql")
    base = f"crash{time.monotonic_ns()}"
    server = sa.create_engine(
        address.replace("://", "+pg8000://"), isolation_level="AUTOCOMMIT", poolclass=sa.NullPool
    )
    with server.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {base}"))
    return Settings(tmp_path / "office", address.rpartition("/")[0] + f"/{base}")


def busy(work: Callable[[int], bool], told: list[int]) -> threading.Thread:
    """Somebody who sends one form after the other until nobody answers."""

    def send() -> None:
        for number in range(10_000):
            try:
                if not work(number):
                    return
            except httpx2.TransportError:
                return
            told.append(number)

    thread = threading.Thread(target=send)
    thread.start()
    return thread


def until(true: Callable[[], bool], seconds: float = 300) -> None:
    for _ in range(int(seconds / 0.25)):
        if true():
            return
        time.sleep(0.25)
    raise AssertionError("it did not come")


def applying(server: Served, name: str, death: int) -> Callable[[int], bool]:
    """An officer who tells of one application after the other."""
    client = server.signed_in(name)
    token = token_of(client.get("/ledger").text)

    def apply(number: int) -> bool:
        data = {"case": f"{name}-{death}-{number}", "units": "2", "token": token}
        return client.post(f"/ledger/quotas/{QUOTA}/apply", data=data).status_code == 303

    return apply


def set_quota(server: Served) -> None:
    client = server.signed_in("one")
    form = {"quota": QUOTA, "year": "2026", "programme": "kandas", "region": "KZ-55"}
    form |= {"total": "90000", "legal_ref": "Order 1"}
    form["token"] = token_of(client.get("/ledger").text)
    assert client.post("/ledger", data=form).status_code == 303


def until_death(server: Served, death: int) -> set[str]:
    """Cases whose application was answered before the server died."""
    told: dict[str, list[int]] = {"one": [], "two": []}
    work = [busy(applying(server, name, death), told[name]) for name in told]
    until(lambda: min(map(len, told.values())) >= 12)
    server.kill()
    for one in work:
        one.join()
    return {f"{name}-{death}-{one}" for name, numbers in told.items() for one in numbers}


def test_no_answered_event_of_the_ledger_is_lost_or_told_twice(settings) -> None:
    with_accounts(settings, one="officer", two="officer")
    answered: set[str] = set()
    with Served(settings) as server:
        set_quota(server)
        for death in range(1):
            answered |= until_death(server, death)
            server.start()
        assert server.signed_in("one").get("/ledger/verify").status_code == 200
    with DatabaseEvents(open_database(settings.place)) as events:
        cases = [one.event.subject for one in events.entries() if one.event.subject]
        assert first_broken(events.entries()) is None
        assert QuotaLedger(events).quota(QUOTA).total == 90000
    assert len(answered) >= 24
    assert len(cases) == len(set(cases))
    assert answered <= set(cases)
    # each officer may have one that was written and not answered, at each death
    assert len(set(cases) - answered) <= 4
    assert verify_ledger(settings.place)[0] == len(cases) + 1


@pytest.mark.slow
@pytest.mark.timeout(900)  # a server, a placement and two runs of a scenario
def test_a_death_in_the_middle_of_work(tmp_path) -> None:
    settings = Settings(tmp_path / "office")
    with_accounts(settings, officer="officer", analyst="analyst")
    workbook = tmp_path / "practice.xlsx"
    write_practice_placement(workbook, families=12, seed=1)
    with Served(settings) as server:
        officer, analyst = server.signed_in("officer"), server.signed_in("analyst")
        placed = _place(server, officer, workbook.read_bytes())
        token = token_of(analyst.get("/runs").text)
        facts = {"scenario": "kaz/quota_20000", "trajectories": "1000", "token": token}
        run = analyst.post("/runs", data=facts).headers["location"]
        engine = open_database(settings.place)

        def running() -> bool:
            with engine.connect() as connection:
                row = connection.execute(sa.select(job).where(job.c.id == run[6:])).one()
            return bool(row.state == "running" and row.process and row.share > 0)

        until(running)
        told: list[int] = []
        token = token_of(officer.get("/placement").text)

        def confirm(number: int) -> bool:
            data = {"token": token, "family": f"F{number % 12 + 1:05d}", "reason": f"n{number}"}
            return officer.post(f"{placed}/confirm", data=data).status_code == 303

        work = busy(confirm, told)
        until(lambda: len(told) >= 10)
        server.kill()
        work.join()
        drafts = settings.data / "runs" / run[6:]
        server.start()
        officer, analyst = server.signed_in("officer"), server.signed_in("analyst")
        # the finished result is there, with every decision that was answered, once
        assert officer.get(placed).status_code == 200
        assert officer.get(f"{placed}/files/en/placement.xlsx").content[:2] == b"PK"
        text = officer.get(f"{placed}/decisions.csv", params={"all": "true"}).text
        reasons = [one["reason"] for one in csv.DictReader(io.StringIO(text.lstrip("\ufeff")))]
        assert len(reasons) == len(set(reasons))
        assert {f"n{one}" for one in told} <= set(reasons)
        assert len(reasons) - len(told) <= 1
        log = next((settings.data / "files" / "officer").rglob("decisions.jsonl"))
        assert all(json.loads(line) for line in log.read_bytes().splitlines())
        # the run is interrupted, its process is gone, nothing of it is left
        with engine.connect() as connection:
            row = connection.execute(sa.select(job).where(job.c.id == run[6:])).one()
        assert row.state == "interrupted"
        assert not _lives(row.process)
        assert not drafts.exists()
        assert "interrupted" in analyst.get(run, params={"lang": "en"}).text
        assert analyst.get(f"{run}/files/tables.xlsx").status_code == 404
        # and it can be run again
        token = token_of(analyst.get("/runs").text)
        again = analyst.post("/runs", data={**facts, "trajectories": "1", "token": token})
        id = again.headers["location"].removeprefix("/runs/")
        until(lambda: analyst.get(f"/api/v1/runs/{id}").json()["state"] in {"done", "failed"})
        assert analyst.get(f"/api/v1/runs/{id}/outcomes").json()["rows"]
        assert modes(settings.data) == set()
        engine.dispose()


def _place(server: Served, officer: httpx2.Client, content: bytes) -> str:
    token = token_of(officer.get("/placement").text)
    files = {"file": ("families.xlsx", content)}
    answer = officer.post("/placement", data={"token": token}, files=files)
    path = answer.headers["location"]
    until(lambda: "/families/F00001" in officer.get(path).text)
    return str(path)


def _lives(pid: int) -> bool:
    """Whether a process still works; one that is dead and not yet buried has no command."""
    try:
        return bool(Path(f"/proc/{pid}/cmdline").read_bytes())
    except FileNotFoundError:
        return False


def test_a_folder_is_served_once(tmp_path) -> None:
    settings = Settings(tmp_path / "office")
    with_accounts(settings, boss="administrator")
    with Served(settings), pytest.raises(AssertionError, match="does not start"):
        Served(settings).start()
