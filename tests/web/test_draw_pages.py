# SPDX-License-Identifier: Apache-2.0
"""The draw simulator: the practice pool by address, a pool sent and gone, nobody shown."""

from __future__ import annotations

import io
import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import uvicorn
from fastapi.testclient import TestClient

from keruen.core.errors import WorkbenchError
from keruen.report.draw_page import draw_report
from keruen.report.draw_run import run_draws
from keruen.report.locale import LANGS, Locale
from keruen.sources.practice_points import practice_points
from keruen.web.accounts import Role
from keruen.web.app import create_app
from keruen.web.draw_form import FIRST, read_form
from keruen.web.policy_work import practice_draws
from keruen.web.settings import Settings
from keruen.web.troubles import pack, unpack
from keruen.web.work import KINDS
from web.conftest import PASSWORD, sign_in, token_of
from web.page_checks import Page, faults_of
from web.test_reports import plain

SHORT = {"size": "40", "weeks": "4", "trajectories": "10"}


@pytest.fixture(scope="module")
def pool(tmp_path_factory) -> Path:
    """A pool of persons, of whom two have expired and one is in a group alone."""
    table = practice_points(candidates=400, seed=3)["pool"].drop(columns="category")
    table["candidate"] = [f"SECRET{number:05}" for number in range(len(table))]
    table["expires"] = "2027-06-01"
    table.loc[:1, "expires"] = "2026-01-02"
    table.loc[5, "group"] = "alone"
    file = tmp_path_factory.mktemp("pool") / "persons.csv"
    table.to_csv(file, index=False)
    return file


def _until(client, id: str, states: set[str]) -> str:
    for _ in range(600):
        state = client.app.state.office.jobs.get(id).state
        if state in states:
            return state
        time.sleep(0.1)
    raise AssertionError(client.app.state.office.jobs.get(id))


def _send(client, pool: Path, **fields: str):
    token = token_of(client.get("/draws").text)
    with pool.open("rb") as file:
        return client.post(
            "/draws", data={**FIRST, **SHORT, **fields, "token": token}, files={"file": file}
        )


def _kept(client) -> list[Path]:
    data = client.app.state.office.settings.data
    return [one for one in (data / "files").rglob("*") if one.is_file()]


def test_the_practice_pool_has_an_address_and_tells_what_the_library_finds(signed) -> None:
    client = signed("viewer")
    run = practice_draws(read_form(SHORT).facts)
    for lang in ("ru", "kk"):
        answer = client.get("/draws/practice", params={**SHORT, "lang": lang})
        assert answer.status_code == 200
        assert faults_of(answer.text, lang) == []
        shown = plain(answer.text)
        assert f"{run.first.cutoff:.0f}" in shown
        assert str(run.first.tie_break)[:10] in shown
    again = client.get("/draws/practice", params={**SHORT, "lang": "en"}).text
    back = re.search(r'href="(/draws\?[^"]+)"', again)
    assert back is not None
    form = client.get(back.group(1).replace("&amp;", "&")).text
    (field,) = [one for one in Page(form).all("input") if one.get("id") == "practice-weeks"]
    assert field["value"] == "4"
    book = client.get("/draws/practice/workbook", params=SHORT)
    assert book.content[:2] == b"PK"
    people = client.get("/draws/practice/first_round_candidates.csv", params=SHORT).text
    assert people.count(",invited,") == run.first.invited == 40


def test_a_form_names_all_its_faults_at_once(signed) -> None:
    wrong = {"size": "0", "every": "x", "weeks": "9" * 40, "trajectories": "5", "seed": "-1",
             "acceptance": "0.9:0.2", "withdrawal": "nan", "start": "no", "since": "1"}  # fmt: skip
    asked = read_form(wrong)
    assert len(asked.faults) == len(wrong) == len(FIRST)
    answer = signed("viewer").get("/draws/practice", params={**wrong, "lang": "ru"})
    assert answer.status_code == 422
    assert answer.text.count("<li>") >= len(wrong)
    assert faults_of(answer.text, "ru") == []
    start = {"start": "1700-01-01"}
    assert signed("viewer").get("/draws/practice", params={**SHORT, **start}).status_code == 422


def test_what_takes_long_is_a_run_for_those_who_may_ask(signed) -> None:
    long = {"weeks": "260", "trajectories": "1000"}
    client = signed("analyst")
    page = client.get("/draws/practice", params=long).text
    answer = client.post("/draws/practice", data={**FIRST, **long, "token": token_of(page)})
    assert answer.status_code == 303
    place = answer.headers["location"]
    wait = client.get(place)
    assert 'http-equiv="refresh"' in wait.text
    assert "<progress" in wait.text
    client.post(f"{place}/cancel", data={"token": token_of(wait.text)})
    assert client.app.state.office.jobs.get(place.rpartition("/")[2]).state == "cancelled"
    client = signed("viewer")
    page = client.get("/draws/practice", params=long).text.split("<main")[1]
    assert 'method="post"' not in page
    token = token_of(client.get("/draws/practice", params=long).text)
    assert client.post("/draws/practice", data={**long, "token": token}).status_code == 403
    assert client.post("/draws", data={**long, "token": token}).status_code == 403


def _figures(book: bytes) -> dict[str, list[object]]:
    """Rows of the groups, by their heading."""
    from openpyxl import load_workbook

    held = load_workbook(io.BytesIO(book), read_only=True)
    rows = [row for one in held.worksheets for row in one.iter_rows(values_only=True) if any(row)]
    found = {str(row[0]): list(row[1:5]) for row in rows if str(row[0]) in ("alone", "abroad")}
    assert found, held.sheetnames
    return found


def test_a_pool_with_faults_leaves_nothing_and_says_where(tmp_path) -> None:
    sent = tmp_path / "files" / "officer" / "one" / "broken.csv"
    sent.parent.mkdir(parents=True)
    sent.write_text("candidate,submitted,score\nA,2026-01-02,400\nA,2026-01-03,high\n")
    facts = {**read_form(SHORT).facts, "file": str(sent.relative_to(tmp_path))}
    with pytest.raises(WorkbenchError) as found:
        KINDS["draws"](facts, tmp_path / "runs" / "one", lambda *_: None)
    assert not sent.parent.exists()
    assert list((tmp_path).rglob("*.html")) == []
    lines = unpack(pack(found.value), Locale("kk"))
    assert any("high" in one.what for one in lines)
    assert all(one.cells for one in lines)


def test_a_run_cancelled_removes_what_was_sent(signed, pool) -> None:
    client = signed("officer")
    answer = _send(client, pool, weeks="200", trajectories="2000")
    id = answer.headers["location"].rpartition("/")[2]
    _until(client, id, {"running"})
    assert _kept(client) != []
    token = token_of(client.get(f"/draws/{id}").text)
    assert client.post(f"/draws/{id}/cancel", data={"token": token}).status_code == 303
    assert client.app.state.office.jobs.get(id).state == "cancelled"
    assert _kept(client) == []


def test_a_pool_needs_a_file_and_rounds_of_one_kind(signed, pool) -> None:
    client = signed("officer")
    token = token_of(client.get("/draws").text)
    answer = client.post("/draws", data={**FIRST, "size": "", "token": token})
    assert answer.status_code == 422
    assert answer.text.count("<li>") >= 2
    assert _kept(client) == []
    assert client.get("/draws/template/pool.xlsx").content[:2] == b"PK"
    assert client.get("/draws/template/other.xlsx").status_code == 404


def test_small_counts_of_a_protected_run_cannot_be_read_or_worked_out(pool) -> None:
    options = {"size": 40, "weeks": 4, "trajectories": 10}
    open_run, run = run_draws(pool, **options), run_draws(pool, least=5, **options)
    count = open_run.first.outcome.to_series().value_counts()
    assert count["expired"] == 2

    def table(one, id):
        (found,) = [each.table for each in draw_report(one).exhibits() if each.table.id == id]
        return {row.key: row.cells[0].value for row in found.rows}

    first = table(run, "first_round")
    assert table(open_run, "first_round")["expired"] == 2
    assert first["expired"] is None
    assert first["invited"] == 40
    hidden = [name for name, number in first.items() if number is None]
    assert len(hidden) >= 2  # else the total would tell
    assert sum(count[name] for name in hidden) >= 5
    groups = table(run, "groups")
    assert groups["alone"] is None
    assert sum(share is None for share in groups.values()) >= 2
    told = " ".join(note.render(Locale("en")) for note in run.notes)
    assert "had expired" not in told
    few = draw_report(run_draws(pool, least=5, size=3, weeks=4, trajectories=10))
    assert few.headlines[1].figure.value is None  # the points of one of three
    assert few.headlines[1].beside is None
    assert np.isfinite(draw_report(run).headlines[1].figure.value)


@pytest.fixture
def served(tmp_path) -> Iterator[tuple[str, TestClient]]:
    app = create_app(Settings(tmp_path / "data", megabytes=6000, seconds=240))
    app.state.office.accounts.add("officer", PASSWORD, Role.officer)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}", TestClient(app, follow_redirects=False)
    server.should_exit = True
    thread.join()


def test_a_pool_is_sent_read_in_another_language_and_seen_by_nobody_else(
    page, served, pool
) -> None:
    address, client = served
    office, outside = client.app.state.office, list[str]()
    page.on("request", lambda one: outside.append(one.url))
    page.goto(f"{address}/draws?weeks=4&trajectories=10")
    page.get_by_label("Account name").fill("officer")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.locator("#file").set_input_files(pool)
    page.get_by_role("button", name="Check and run").click()
    page.get_by_role("heading", name="Cut-offs ahead").wait_for(timeout=120_000)
    place = page.url.removeprefix(address)
    assert _kept(client) == []
    folder = office.jobs.folder(place.rpartition("/")[2])
    written = [one for one in folder.rglob("*") if one.is_file()]
    assert {one.parent.name for one in written} == set(LANGS)
    for one in written:
        assert "candidates" not in one.name
        assert b"SECRET" not in one.read_bytes()

    page.get_by_role("link", name="Қазақша").click()
    page.wait_for_load_state()
    html = page.content()
    assert page.locator("html").get_attribute("lang") == "kk"
    assert page.get_by_role("heading", name="Cut-offs ahead").count() == 0
    assert "SECRET" not in html
    assert faults_of(html, "kk") == []
    with page.expect_download() as saved:
        page.locator('a[href$="/files/kk/draws.xlsx"]').click()
    assert _figures(saved.value.path().read_bytes())["alone"] == [None] * 4
    assert [one for one in outside if not one.startswith(address)] == []

    for role in (Role.officer, Role.administrator):
        office.accounts.add(f"other-{role.name}", PASSWORD, role)
        assert sign_in(client, f"other-{role.name}").status_code == 303
        assert client.get(place).status_code == 404
        assert client.get(f"{place}/files/en/draws.xlsx").status_code == 404
        assert "persons.csv" not in client.get("/draws").text
    sign_in(client, "officer")
    assert client.get(f"{place}/files/en/..%2fen%2fdraws.xlsx").status_code == 404
    assert "persons.csv" in client.get("/draws").text
    token = token_of(client.get("/draws").text)
    assert client.post(f"{place}/remove", data={"token": token}).status_code == 303
    assert not folder.exists()
