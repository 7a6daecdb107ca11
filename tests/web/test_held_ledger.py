# SPDX-License-Identifier: Apache-2.0
"""The ledger held between requests is never older than the store, nor another than the store's."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from keruen.core.errors import AccountError
from keruen.decide.ledger import QuotaLedger
from keruen.sources.database import open_database
from keruen.sources.events import DatabaseEvents
from keruen.web.held_ledger import HeldLedger
from ledger_cases import QUOTA, award, eligible, quota_set
from web.page_checks import faults_of


@pytest.fixture
def engine(tmp_path) -> Iterator[sa.Engine]:
    made = open_database(tmp_path / "ledger.db")
    QuotaLedger(DatabaseEvents(made)).append(quota_set(50), *eligible("A", 2))
    yield made
    made.dispose()


def cases(held: HeldLedger) -> list[str]:
    with held.book() as book:
        return list(book.cases()["case"])


def test_what_others_wrote_is_seen_at_once(engine) -> None:
    held = HeldLedger(engine)
    assert cases(held) == ["A"]
    QuotaLedger(DatabaseEvents(engine)).append(*eligible("B", 1))
    assert cases(held) == ["A", "B"]
    with held.book() as book:
        book.append(*eligible("C", 1))
    assert cases(held) == ["A", "B", "C"]
    with held.book() as one, held.book() as other:
        assert one is other
        assert one.verify() is None


def test_a_table_is_made_once_for_each_state_of_the_chain(engine) -> None:
    held, made = HeldLedger(engine), []

    def make(book: QuotaLedger) -> int:
        made.append(book.head()[0])
        return len(book.cases())

    assert [held.once("cases", make) for _ in range(3)] == [1, 1, 1]
    QuotaLedger(DatabaseEvents(engine)).append(*eligible("B", 1))
    assert [held.once("cases", make) for _ in range(3)] == [2, 2, 2]
    assert made == [4, 7]


def test_what_a_rule_refuses_leaves_the_ledger_as_it_was(engine) -> None:
    held = HeldLedger(engine)
    with pytest.raises(AccountError), held.book() as book:
        book.append(award("A", 3))
    with held.book() as book:
        assert book.quota(QUOTA).reserved == 0
        assert book.head()[0] == 4
        book.append(award("A", 2))
        assert book.quota(QUOTA).reserved == 2
        assert list(book.cases()["state"]) == ["awarded"]


def test_a_chain_that_was_changed_underneath_is_read_anew(engine) -> None:
    held = HeldLedger(engine)
    with held.book() as book:
        before = book
    with engine.connect() as connection:
        for statement in (
            "BEGIN IMMEDIATE",
            "DROP TRIGGER event_delete",
            "DELETE FROM event WHERE seq = 4",
        ):
            connection.exec_driver_sql(statement)
        connection.commit()
    with held.book() as book:
        assert book is not before
        assert book.head()[0] == 3
        assert list(book.cases()["state"]) == ["eligible"]


def test_a_long_ledger_is_shown_page_by_page_and_given_whole(client, signed) -> None:
    book = QuotaLedger(DatabaseEvents(client.app.state.office.engine))
    book.append(quota_set(900), *(one for n in range(250) for one in eligible(f"C-{n:03d}", 1)))
    path, officer = f"/ledger/quotas/{QUOTA}", signed("officer")

    def shown(**asked: object) -> list[str]:
        text = officer.get(path, params={"lang": "en", **asked}).text
        return re.findall(r"<td>(C-\d+)</td>", text.rpartition("<caption>")[2])

    every = [f"C-{n:03d}" for n in range(250)]
    assert shown() == every[:200]
    assert shown(start=200) == every[200:]
    assert shown(case="c-24") == every[240:]
    assert shown(case="none such") == []
    text = officer.get(path, params={"lang": "en"}).text
    assert "The first 200 of 250 in line are shown." in text
    assert faults_of(text, "en") == []
    table = officer.get(f"{path}/cases.csv").content.decode("utf-8-sig")
    assert [line.partition(",")[0] for line in table.splitlines()[1:]] == every
    assert signed("viewer").get(f"{path}/cases.csv").status_code == 403
    assert signed("officer").get("/ledger/quotas/none/cases.csv").status_code == 404
