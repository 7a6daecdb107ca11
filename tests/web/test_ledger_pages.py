# SPDX-License-Identifier: Apache-2.0
"""Ledger pages: what officers tell, what rules refuse, and what others see of it."""

from __future__ import annotations

import csv
import io

import pytest
from fastapi.testclient import TestClient

from keruen.core.events import GENESIS, link
from keruen.sources.events import DatabaseEvents
from keruen.web.accounts import Role
from keruen.web.app import create_app
from keruen.web.settings import Settings
from web.conftest import PASSWORD, sign_in, token_of

QUOTA = "kandas-2026-KZ-55"


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    settings = Settings(tmp_path_factory.mktemp("office"))
    with TestClient(create_app(settings), follow_redirects=False) as client:
        for role in ("viewer", "officer"):
            client.app.state.office.accounts.add(role, PASSWORD, Role[role])
        sign_in(client, "officer")
        yield client


def post(client, path: str, **data: str):
    token = token_of(client.get("/ledger").text)
    return client.post(path, data={**data, "token": token})


def decide(client, case: str):
    facts = {"fact_eligible": "yes", "fact_reason_code": "documents", "fact_rule_version": "2026-1"}
    return post(client, f"/ledger/quotas/{QUOTA}/record", kind="decide", case=case, **facts)


@pytest.fixture(scope="module")
def told(office) -> TestClient:
    """A quota of 10 units, three cases in line, one awarded and arrived."""
    answer = post(office, "/ledger", quota=QUOTA, year="2026", programme="kandas", region="KZ-55",
                  total="10", legal_ref="Order 1")  # fmt: skip
    assert answer.headers["location"] == f"/ledger/quotas/{QUOTA}", answer.text
    path = f"/ledger/quotas/{QUOTA}"
    for case, units in (("P-1", "5"), ("P-2", "4"), ("P-3", "3")):
        assert post(office, f"{path}/apply", case=case, units=units).status_code == 303
        assert decide(office, case).status_code == 303
        assert post(office, f"{path}/record", kind="waitlist", case=case).status_code == 303
    assert post(office, f"{path}/award", next="1", valid_until="2027-12-31").status_code == 303
    arrived = post(office, f"{path}/record", kind="arrive", case="P-1", fact_units="4")
    assert arrived.status_code == 303, arrived.text
    return office


@pytest.fixture
def officer(told) -> TestClient:
    sign_in(told, "officer")
    return told


def balance(client) -> dict[str, int]:
    from keruen.decide.ledger import QuotaLedger

    events = DatabaseEvents(client.app.state.office.engine)
    row = QuotaLedger(events).balances().set_index("quota").loc[QUOTA]
    return {name: int(row[name]) for name in ("total", "reserved", "used", "free")}


@pytest.mark.parametrize("lang", ["en", "ru", "kk"])
def test_officers_see_balances_line_and_cases(officer, lang) -> None:
    for path in ("/ledger", f"/ledger/quotas/{QUOTA}"):
        answer = officer.get(path, params={"lang": lang})
        assert answer.status_code == 200
        assert f'<html lang="{lang}">' in answer.text
    for case in ("P-1", "P-2", "P-3"):
        assert f">{case}<" in answer.text


def test_balances_follow_from_what_was_told(officer) -> None:
    assert balance(officer) == {"total": 10, "reserved": 0, "used": 4, "free": 6}
    by = [entry.event.by for entry in DatabaseEvents(officer.app.state.office.engine).entries()]
    assert set(by) == {"officer"}


@pytest.mark.parametrize(
    ("kind", "data", "words"),
    [
        ("award", {"cases": "P-3", "valid_until": "2027-12-31"}, "P-2"),
        ("award", {"cases": "P-3", "valid_until": "2027-12-31", "override": "yes"}, "reason"),
        ("award", {"valid_until": "2027-12-31"}, "next"),
        ("apply", {"case": "P-2", "units": "2"}, "P-2"),
        ("apply", {"case": "Akhmetov Serik", "units": "2"}, "no name of a person"),
        ("apply", {"case": "P-9", "units": "many"}, "whole number"),
        ("record", {"kind": "arrive", "case": "P-2", "fact_units": "2"}, "P-2"),
        ("record", {"kind": "arrive", "case": "P-77", "fact_units": "2"}, "P-77"),
        ("record", {"kind": "decide", "case": "P-2", "facts": "name=Serik"}, "name"),
        ("record", {"kind": "none such", "case": "P-2"}, "nothing that can be recorded"),
        ("record", {"kind": "close", "case": "P-2"}, "case"),
    ],
)
def test_what_a_rule_forbids_is_refused_with_its_message(officer, kind, data, words) -> None:
    before = balance(officer)
    entries = len(list(DatabaseEvents(officer.app.state.office.engine).entries()))
    answer = post(officer, f"/ledger/quotas/{QUOTA}/{kind}", **data)
    assert answer.status_code == 422
    fault = answer.text.partition('class="fault"')[2].partition("</p>")[0]
    assert words in fault, fault
    assert balance(officer) == before
    assert len(list(DatabaseEvents(officer.app.state.office.engine).entries())) == entries


def test_an_award_out_of_turn_needs_a_reason_and_keeps_it(officer) -> None:
    data = {"cases": "P-3", "valid_until": "2027-12-31", "override": "yes", "reason": "fire"}
    assert post(officer, f"/ledger/quotas/{QUOTA}/award", **data).status_code == 303
    last = list(DatabaseEvents(officer.app.state.office.engine).entries())[-1].event
    assert last.facts["mode"] == "overridden"
    assert last.facts["reason_code"] == "fire"
    assert balance(officer)["reserved"] == 3
    declined = post(officer, f"/ledger/quotas/{QUOTA}/record", kind="decline", case="P-3")
    assert declined.status_code == 303


def test_a_quota_of_the_law_takes_its_number_from_it(officer) -> None:
    data = {"quota": "law-2026", "year": "2026", "programme": "kandas", "region": "KZ-55"}
    missing = post(officer, "/ledger", **data)
    assert missing.status_code == 422
    assert "missing" in missing.text
    assert officer.get("/ledger/quotas/law-2026").status_code == 404


def test_viewers_see_protected_totals_and_no_case(told) -> None:
    sign_in(told, "viewer")
    page = told.get("/ledger").text
    assert "P-1" not in page
    assert "P-2" not in page
    row = page.partition(f"<td>{QUOTA}</td>")[2].partition("</tr>")[0]
    assert '<td class="number">4</td>' not in row  # fewer than five have arrived
    assert "…" in row
    assert told.get(f"/ledger/quotas/{QUOTA}").status_code == 403
    for path in (f"/ledger/quotas/{QUOTA}/apply", "/ledger"):
        assert post(told, path, case="P-5", units="1").status_code == 403


def test_the_public_log_holds_and_tells_nothing_of_persons(told) -> None:
    sign_in(told, "viewer")
    text = told.get("/ledger/log.csv").text
    rows = list(csv.DictReader(io.StringIO(text)))
    assert list(rows[0]) == ["seq", "digest", "hash"]
    previous = GENESIS
    for row in rows:
        previous = link(int(row["seq"]), row["digest"], previous)
        assert previous == row["hash"]
    assert f"{rows[-1]['seq']}:{previous}" in told.get("/ledger").text
    assert told.get("/ledger/report.xlsx").content[:2] == b"PK"


def test_verify_finds_what_somebody_changed_by_hand(tmp_path) -> None:
    import sqlalchemy as sa

    from keruen.sources.migrations.tables import event

    with TestClient(create_app(Settings(tmp_path)), follow_redirects=False) as client:
        office = client.app.state.office
        office.accounts.add("officer", PASSWORD, Role.officer)
        sign_in(client, "officer")
        made = post(client, "/ledger", quota="q", year="2026", programme="other", total="9",
                    legal_ref="Order 1")  # fmt: skip
        assert made.status_code == 303
        page = client.get("/ledger/verify")
        assert 'role="status"' in page.text
        with office.engine.begin() as connection:
            named = sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            for name in connection.scalars(named).all():  # the database itself refuses first
                connection.execute(sa.text(f"DROP TRIGGER {name}"))
            connection.execute(sa.update(event).values(by="somebody else"))
        page = client.get("/ledger/verify")
        assert page.status_code == 422
        assert "the chain breaks at entry 1" in page.text
