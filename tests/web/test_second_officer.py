# SPDX-License-Identifier: Apache-2.0
"""A file of persons is for the officer who sent it: every address, for everybody else."""

from __future__ import annotations

import itertools
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.routing import Mount

from keruen.report.locale import LANGS
from keruen.sources.practice_placement import write_practice_placement
from keruen.web.accounts import Role
from keruen.web.app import create_app
from keruen.web.settings import Settings
from web.conftest import PASSWORD, sign_in, token_of
from web.served import modes

TITLE = "Akhmetov-and-others"
REASON = "near the clinic that treats the son"
STRANGERS = {"second": "officer", "analyst": "analyst", "viewer": "viewer", "boss": "administrator"}


@dataclass(frozen=True)
class Placed:
    """A placement of the first officer, and what is in it."""

    id: str
    files: tuple[str, ...]


@pytest.fixture(scope="module")
def office(tmp_path_factory) -> Iterator[TestClient]:
    settings = Settings(tmp_path_factory.mktemp("place") / "office", megabytes=6000, seconds=240)
    with TestClient(create_app(settings), follow_redirects=False) as client:
        for name, role in {"first": "officer", **STRANGERS}.items():
            client.app.state.office.accounts.add(name, PASSWORD, Role[role])
        yield client


@pytest.fixture(scope="module")
def placed(office, tmp_path_factory) -> Placed:
    """Families placed, one confirmed with a reason that says much."""
    path = tmp_path_factory.mktemp("practice") / "practice.xlsx"
    write_practice_placement(path, families=12, seed=1)
    sign_in(office, "first")
    token = token_of(office.get("/").text)
    files = {"file": (f"{TITLE}.xlsx", path.read_bytes())}
    answer = office.post("/placement", data={"token": token, "letters": "4"}, files=files)
    id, jobs = answer.headers["location"].rpartition("/")[2], office.app.state.office.jobs
    for _ in range(1200):
        if jobs.get(id).over:
            break
        time.sleep(0.1)
    assert jobs.get(id).state == "done", jobs.get(id).message
    data = {"token": token, "family": "F00001", "reason": REASON}
    assert office.post(f"/placement/{id}/confirm", data=data).status_code == 303
    assert REASON in office.get(f"/placement/{id}/families/F00001").text
    folder = jobs.folder(id)
    names = sorted(one.name for one in folder.rglob("*") if one.is_file())
    kinds = {one.rpartition(".")[2]: one for one in names}  # a file of each kind
    return Placed(id, (*kinds.values(), "letters.kk.html"))


def addresses(client: TestClient, method: str, placed: Placed) -> list[str]:
    """Every address of the application, of its pages and of its interface, with this placement."""
    mounts = [one for one in client.app.routes if isinstance(one, Mount)]
    apps = [("", client.app), *((one.path, one.app) for one in mounts)]
    routes = [
        (f"{base}{path}")
        for base, app in apps
        if isinstance(app, FastAPI)
        for path, told in app.openapi()["paths"].items()
        if method.lower() in told
    ]
    names = {"id": [placed.id], "family": ["F00001"], "lang": list(LANGS), "version": ["1"],
             "kind": ["confirm"], "name": list(placed.files), "account": ["first"]}  # fmt: skip
    found = set()
    for route in routes:
        keys = re.findall(r"{(\w+)}", route)
        filled = itertools.product(*(names.get(key, [placed.id]) for key in keys))
        found |= {route.format(**dict(zip(keys, values, strict=True))) for values in filled}
    return sorted(found)


def tells(text: str, placed: Placed, who: str) -> list[str]:
    """What of the placement a text gives away."""
    secrets = [TITLE, REASON, "F00001"]
    # the log names the run, by which nobody but its owner can find anything
    return [one for one in [*secrets, *([] if who == "boss" else [placed.id])] if one in text]


def gives_away(text: str, path: str) -> list[str]:
    """What an answer tells that the address did not hold already."""
    return [one for one in (TITLE, REASON, "F00001") if one in text.replace(path, "")]


@pytest.mark.parametrize("who", [*STRANGERS, ""])
def test_nobody_else_reads_anything_of_it(office, placed, who) -> None:
    office.cookies.clear()
    if who:
        sign_in(office, who)
    paths = addresses(office, "GET", placed)
    mine = [one for one in paths if placed.id in one]
    assert len(mine) > 4 * len(placed.files)
    assert {one.rpartition(".")[2] for one in placed.files} >= {"xlsx", "csv", "svg", "html"}
    assert f"/placement/{placed.id}/files/ru/letters.kk.html" in mine
    assert f"/api/v1/runs/{placed.id}/outcomes" in mine
    for path in mine:
        answer = office.get(path)
        assert answer.status_code in {303, 401, 403, 404, 405, 422}, path
        assert gives_away(answer.text, path) == [], path
    for path in ("/", "/runs", "/placement", "/ledger", "/accounts", "/scenarios", "/draws",
                 "/api/v1/runs", "/compare?run=" + placed.id):  # fmt: skip
        told = office.get(path).text.replace(path, "")
        assert tells(told, placed, who) == [], path


@pytest.mark.parametrize("who", [*STRANGERS, ""])
def test_nobody_else_changes_anything_of_it(office, placed, who) -> None:
    settings, jobs = office.app.state.office.settings, office.app.state.office.jobs
    kept = {one: one.read_bytes() for one in settings.data.rglob("*")
            if one.is_file() and (placed.id in str(one) or one.suffix == ".jsonl")}  # fmt: skip
    office.cookies.clear()
    if who:
        sign_in(office, who)
    token = token_of(office.get("/" if who else "/sign-in").text)
    data = {"token": token, "family": "F00001", "locality": "", "reason": "x"}
    paths = [one for one in addresses(office, "POST", placed) if placed.id in one]
    paths = [one for one in paths if not one.startswith("/accounts/")]
    assert len([one for one in paths if one.startswith("/placement/")]) >= 6
    for path in paths:
        assert office.post(path, data=data).status_code in {303, 401, 403, 404, 422}, path
    assert jobs.get(placed.id).state == "done"
    assert {one: one.read_bytes() for one in kept} == kept
    sign_in(office, "first")
    log = office.get(f"/placement/{placed.id}/decisions.csv", params={"all": "true"}).text
    assert log.count("\n") == 2


def test_files_are_for_the_eyes_of_the_office_alone(office, placed) -> None:
    data = office.app.state.office.settings.data
    assert modes(data) == set()
    assert next((data / "files" / "first").rglob("*.xlsx")).read_bytes()[:2] == b"PK"


def test_the_log_tells_of_the_deed_and_of_no_person(office, placed) -> None:
    sign_in(office, "boss")
    text = office.get("/accounts").text
    assert "placements confirmed" in text
    assert tells(text, placed, "boss") == []
