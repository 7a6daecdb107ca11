# SPDX-License-Identifier: Apache-2.0
"""Pages by role and language: what is seen, what is refused, and what a browser may load."""

from __future__ import annotations

import re
import time

import pytest

from web.conftest import token_of

SEEN = {
    "viewer": ("/", "/profile", "/runs", "/data", "/data/un.stock.2024"),
    "administrator": ("/accounts",),
}


@pytest.mark.parametrize(("role", "path"), [(r, p) for r, ps in SEEN.items() for p in ps])
@pytest.mark.parametrize("lang", ["en", "ru", "kk"])
def test_every_page_is_there_in_every_language(signed, role, path, lang) -> None:
    answer = signed(role).get(path, params={"lang": lang})
    assert answer.status_code == 200
    assert f'<html lang="{lang}">' in answer.text
    outside = re.findall(r'(?:src|href|action)="(?:https?:)?//[^"]+"', answer.text)
    assert outside == []


@pytest.mark.parametrize("role", ["viewer", "analyst", "officer"])
def test_accounts_are_for_administrators_alone(signed, role) -> None:
    assert signed(role).get("/accounts").status_code == 403


def test_headers_leave_a_browser_no_way_out(signed) -> None:
    head = signed("viewer").get("/").headers
    assert "default-src 'none'" in head["content-security-policy"]
    assert "frame-ancestors 'none'" in head["content-security-policy"]
    assert head["x-content-type-options"] == "nosniff"
    assert head["cache-control"] == "no-store"


def test_a_viewer_runs_nothing(signed) -> None:
    client = signed("viewer")
    token = token_of(client.get("/runs").text)
    data = {"scenario": "kaz/baseline", "token": token}
    assert client.post("/runs", data=data).status_code == 403


def test_the_profile_is_the_page_of_the_command_line(signed) -> None:
    client = signed("viewer")
    assert client.get("/profile", params={"country": "vat"}).headers["location"] == "/profile/VAT"
    page = client.get("/profile/VAT", params={"lang": "kk"})
    assert page.status_code == 200
    assert '<html lang="kk">' in page.text
    assert client.get("/profile/XXX").status_code == 422


def test_data_are_found_shown_and_taken_along(signed) -> None:
    client = signed("viewer")
    found = client.get("/data", params={"q": "remittance"}).text
    assert "knomad.remittances" in found
    assert "wpp2024.population" not in found
    whole = client.get("/data/kaz.return_quota/table.csv")
    assert whole.text.splitlines()[0].startswith("year,")
    assert client.get("/data/none.such").status_code == 404


def _until(client, id: str, states: set[str]) -> str:
    for _ in range(600):
        state = client.app.state.office.jobs.get(id).state
        if state in states:
            return state
        time.sleep(0.2)
    raise AssertionError(client.app.state.office.jobs.get(id))


def _ask(client, scenario: str, trajectories: int) -> str:
    token = token_of(client.get("/runs").text)
    data = {"scenario": scenario, "trajectories": trajectories, "token": token}
    answer = client.post("/runs", data=data)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].rsplit("/", 1)[1]


@pytest.mark.slow
def test_scenarios_are_run_read_and_compared(signed) -> None:
    client = signed("analyst")
    ids = [_ask(client, f"kaz/{name}", 4) for name in ("baseline", "labour_quota_doubled")]
    assert [_until(client, id, {"done", "failed"}) for id in ids] == ["done", "done"]
    page = client.get(f"/runs/{ids[1]}/page", params={"lang": "ru"})
    assert '<html lang="ru">' in page.text
    both = client.get("/compare", params={"run": ids})
    assert both.status_code == 200
    book = client.get(f"/runs/{ids[0]}/files/tables.xlsx")
    assert book.content[:2] == b"PK"
    assert client.get(f"/runs/{ids[0]}/files/..%2f..%2fsecret.key").status_code == 404
    other = signed("analyst", "another")
    assert other.get(f"/runs/{ids[0]}").status_code == 404
    assert other.get(f"/runs/{ids[0]}/files/tables.xlsx").status_code == 404
    assert signed("administrator").get(f"/runs/{ids[0]}").status_code == 200


@pytest.mark.slow
def test_a_run_is_cancelled_and_leaves_nothing(signed) -> None:
    client = signed("analyst")
    id = _ask(client, "kaz/quota_20000", 1000)
    _until(client, id, {"running"})
    time.sleep(2)
    token = token_of(client.get(f"/runs/{id}").text)
    assert client.post(f"/runs/{id}/cancel", data={"token": token}).status_code == 303
    assert client.app.state.office.jobs.get(id).state == "cancelled"
    assert not client.app.state.office.jobs.folder(id).exists()


@pytest.mark.slow
def test_what_ran_when_the_application_died_is_interrupted(settings) -> None:
    from fastapi.testclient import TestClient

    from keruen.web.app import create_app

    with TestClient(create_app(settings)) as client:
        jobs = client.app.state.office.jobs
        facts = {"scenario": "kaz/quota_20000", "trajectories": 1000}
        id = jobs.ask("scenario", "long", "somebody", facts)
        _until(client, id, {"running"})
        jobs._stop.set()  # as if the process had died: nothing is tidied
        jobs._thread.join()
        left = dict(jobs._processes)
        jobs._processes.clear()
        jobs._stop.clear()
        again = create_app(settings).state.office.jobs
        again.start()
        again.stop()
        assert all(process.wait(timeout=20) < 0 for process in left.values())
    assert create_app(settings).state.office.jobs.get(id).state == "interrupted"


def test_a_run_that_fails_says_why(client) -> None:
    jobs = client.app.state.office.jobs
    id = jobs.ask("scenario", "wrong", "somebody", {"scenario": "kaz/none"})
    assert _until(client, id, {"failed"}) == "failed"
    assert "there is no scenario 'kaz/none'" in jobs.get(id).message
