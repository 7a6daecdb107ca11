# SPDX-License-Identifier: Apache-2.0
"""Placement pages: a workbook sent, faults told, families placed, and an officer's decisions."""

from __future__ import annotations

import csv
import io
import stat
import time
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from keruen.sources.practice_placement import write_practice_placement
from keruen.web.accounts import Role
from keruen.web.app import create_app
from keruen.web.settings import Settings
from web.conftest import PASSWORD, sign_in, token_of


@pytest.fixture(scope="module")
def workbook(tmp_path_factory) -> bytes:
    path = tmp_path_factory.mktemp("practice") / "practice.xlsx"
    write_practice_placement(path, families=12, seed=1)
    return path.read_bytes()


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    settings = Settings(tmp_path_factory.mktemp("office"), megabytes=6000, seconds=240, workers=2)
    with TestClient(create_app(settings), follow_redirects=False) as client:
        for name, role in (("officer", "officer"), ("other", "officer"), ("boss", "administrator"),
                           ("reader", "analyst")):  # fmt: skip
            client.app.state.office.accounts.add(name, PASSWORD, Role[role])
        yield client


def send(client, content: bytes, name: str = "families.xlsx", **options: str):
    token = token_of(client.get("/").text)
    files = {"file": (name, content)}
    return client.post("/placement", data={"token": token, **options}, files=files)


def wait(client, answer) -> str:
    assert answer.status_code == 303, answer.text
    id = answer.headers["location"].rsplit("/", 1)[1]
    for _ in range(600):
        if client.app.state.office.jobs.get(id).over:
            return id
        time.sleep(0.1)
    raise AssertionError(client.app.state.office.jobs.get(id))


def kept(client) -> list[Path]:
    data = client.app.state.office.settings.data
    places = [data / name for name in ("files", "drafts")]
    return [one for place in places if place.exists() for one in place.rglob("*") if one.is_file()]


@pytest.fixture(scope="module")
def placed(office, workbook) -> str:
    sign_in(office, "officer")
    id = wait(office, send(office, workbook, letters="4"))
    job = office.app.state.office.jobs.get(id)
    assert job.state == "done", job.message
    return id


@pytest.fixture
def officer(office, placed):
    sign_in(office, "officer")
    return office


def rows(client, id: str, **params: str) -> list[dict[str, str]]:
    text = client.get(f"/placement/{id}/decisions.csv", params=params).content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.parametrize("lang", ["en", "ru", "kk"])
def test_the_result_is_shown_in_every_language(officer, placed, lang) -> None:
    answer = officer.get(f"/placement/{placed}", params={"lang": lang})
    assert answer.status_code == 200
    assert f'<html lang="{lang}">' in answer.text
    assert answer.text.count("/families/F0") == 12
    picture = officer.get(f"/placement/{placed}/files/{lang}/map_regions.svg")
    assert picture.headers["content-type"].startswith("image/svg+xml")
    assert officer.get(f"/placement/{placed}/files/{lang}/placement.xlsx").content[:2] == b"PK"
    assert f'lang="{lang}"' in officer.get(f"/placement/{placed}/files/en/letters.{lang}.html").text


def test_the_workbook_is_for_its_owner_alone(officer, placed) -> None:
    data = officer.app.state.office.settings.data
    job = officer.app.state.office.jobs.get(placed)
    path = data / job.facts["file"]
    assert path.parent.parent == data / "files" / "officer"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("who", ["other", "boss"])
def test_nobody_else_finds_it(office, placed, who) -> None:
    sign_in(office, who)
    family = f"/placement/{placed}/families/F00001"
    for path in (f"/placement/{placed}", family, f"/placement/{placed}/decisions.csv",
                 f"/placement/{placed}/files/en/placement.xlsx", f"/runs/{placed}",
                 f"/runs/{placed}/files/en"):  # fmt: skip
        assert office.get(path).status_code == 404, path
    token = token_of(office.get("/").text)
    for path in ("cancel", "remove", "families/F00001/override"):
        data = {"token": token, "locality": "", "reason": "x"}
        assert office.post(f"/placement/{placed}/{path}", data=data).status_code == 404
    assert placed not in office.get("/runs").text
    assert placed not in office.get("/placement").text


def test_placement_is_for_officers(office) -> None:
    sign_in(office, "reader")
    assert office.get("/placement").status_code == 403
    assert send(office, b"PK").status_code == 403


@pytest.mark.parametrize(
    "name", ["../../secret.key", "..%2f..%2f..%2fsecret.key", "%2e%2e/ru/load.csv", "none.csv"]
)
def test_only_files_of_the_run_are_given(officer, placed, name) -> None:
    assert officer.get(f"/placement/{placed}/files/en/{name}").status_code == 404


def test_families_are_confirmed_one_by_one_and_never_by_themselves(officer, placed) -> None:
    assert {one["decision_mode"] for one in rows(officer, placed)} == {"proposal"}
    token = token_of(officer.get("/placement").text)
    data = {"token": token, "family": ["F00001", "F00002"]}
    assert officer.post(f"/placement/{placed}/confirm", data=data).status_code == 303
    found = {one["family"]: one for one in rows(officer, placed)}
    assert [one for one in found if found[one]["decision_mode"] == "confirmed"] == [
        "F00001",
        "F00002",
    ]
    assert found["F00001"]["officer"] == "officer"
    assert found["F00001"]["locality"] == found["F00001"]["proposed"]


def _choices(client, id: str, family: str):
    from keruen.web.pages.placement import _decisions

    office = client.app.state.office
    return _decisions(office, office.jobs.get(id)).choices(family)


def _some(client, id: str, *, fits: bool) -> tuple[str, str]:
    """A family and a place that it may have, with room or without."""
    for one in rows(client, id):
        table = _choices(client, id, one["family"]).query("not here and fits == @fits")
        if len(table) and one["locality"]:
            return one["family"], str(table["locality"].iloc[0])
    raise AssertionError("the practice case has none")


def _override(client, id: str, family: str, place: str, reason: str):
    token = token_of(client.get("/placement").text)
    data = {"token": token, "locality": place, "reason": reason}
    path = f"/placement/{id}/families/{family}/override"
    return client.post(path, data=data, params={"lang": "en"})


def test_an_override_is_kept_with_who_when_and_why(officer, placed) -> None:
    family, place = _some(officer, placed, fits=True)
    before = len(rows(officer, placed, all="1"))
    answer = _override(officer, placed, family, place, "=kin live there")
    assert answer.status_code == 303
    page = officer.get(f"/placement/{placed}/families/{family}").text
    assert "=kin live there" in page
    last = rows(officer, placed, all="1")[-1]
    assert len(rows(officer, placed, all="1")) == before + 1
    assert last["family"] == family
    assert last["locality"] == place != last["proposed"]
    assert last["decision_mode"] == "overridden"
    assert last["reason"] == "'=kin live there"  # no formula for a spreadsheet
    assert last["at"][:4] == time.strftime("%Y")
    notes = officer.app.state.office.audit.latest(20)
    assert "placement overridden" in [one.action for one in notes]
    assert all(family not in str(one) for one in notes)  # the log of all names no family


def test_an_override_without_room_is_refused_with_the_reason(officer, placed) -> None:
    family, place = _some(officer, placed, fits=False)
    before = rows(officer, placed, all="1")
    answer = _override(officer, placed, family, place, "because")
    assert answer.status_code == 422
    assert "There is not room enough" in answer.text
    assert "needed," in answer.text
    assert rows(officer, placed, all="1") == before


def test_an_override_is_refused_without_a_reason_or_where_it_may_not_be(officer, placed) -> None:
    family, place = _some(officer, placed, fits=True)
    assert _override(officer, placed, family, place, "  ").status_code == 422
    allowed = set(_choices(officer, placed, family)["locality"])
    load = officer.get(f"/placement/{placed}/files/en/load.csv").content.decode("utf-8-sig")
    others = {one["locality"] for one in csv.DictReader(io.StringIO(load))} - allowed
    for other in [*sorted(others)[:1], "Atlantis"]:
        answer = _override(officer, placed, family, other, "because")
        assert answer.status_code == 422
        assert "may not be placed" in answer.text or "no locality Atlantis" in answer.text


def test_a_removed_placement_leaves_nothing(office, workbook) -> None:
    sign_in(office, "other")
    before = kept(office)
    id = wait(office, send(office, workbook))
    assert office.app.state.office.jobs.get(id).state == "done"
    token = token_of(office.get("/placement").text)
    assert office.post(f"/placement/{id}/remove", data={"token": token}).status_code == 303
    assert kept(office) == before
    assert not office.app.state.office.jobs.folder(id).exists()
    assert office.get(f"/placement/{id}").status_code == 404


def test_a_cancelled_placement_leaves_nothing(office, workbook) -> None:
    sign_in(office, "other")
    before = kept(office)
    id = send(office, workbook, letters="all").headers["location"].rsplit("/", 1)[1]
    for _ in range(100):
        if office.app.state.office.jobs.get(id).state == "running":
            break
        time.sleep(0.05)
    token = token_of(office.get(f"/placement/{id}").text)
    assert office.post(f"/placement/{id}/cancel", data={"token": token}).status_code == 303
    assert office.app.state.office.jobs.get(id).state == "cancelled"
    assert kept(office) == before
    assert not office.app.state.office.jobs.folder(id).exists()


def _book(**sheets: list[list[object]]) -> bytes:
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.active)
    for name, lines in sheets.items():
        sheet = book.create_sheet(name)
        for line in lines:
            sheet.append(line)
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


_PLACES = [["locality", "persons"], ["Abay", 9]]


def test_all_faults_are_told_by_sheet_and_cell_in_the_readers_language(office) -> None:
    sign_in(office, "other")
    before = kept(office)
    families = [["family", "persons"], ["f1", "many"], ["f2", 3], ["f2", 4]]
    places = [["locality", "persons"], ["Abay", "none at all"]]
    id = wait(office, send(office, _book(families=families, localities=places)))
    said = {"en": "is no number", "ru": "не число", "kk": "сан емес"}
    for lang, words in said.items():
        page = office.get(f"/placement/{id}", params={"lang": lang}).text
        assert words in page
        assert page.count("<td>families</td>") >= 2
        assert "<td>localities</td>" in page
        assert "<td>B2</td>" in page
    assert kept(office) == before


def test_a_broken_file_is_refused_by_the_worker(office, workbook) -> None:
    """By the process of its own; test_uploads sends hundreds."""
    sign_in(office, "other")
    before = kept(office)
    id = wait(office, send(office, workbook[: len(workbook) // 2]))
    assert office.app.state.office.jobs.get(id).state == "failed"
    page = office.get(f"/placement/{id}").text
    assert 'class="fault"' in page
    assert "ended without a result" not in page
    assert kept(office) == before


def test_a_file_that_is_too_large_is_refused_before_it_is_kept(tmp_path) -> None:
    settings = Settings(tmp_path / "data", upload=300_000)
    with TestClient(create_app(settings), follow_redirects=False) as client:
        client.app.state.office.accounts.add("officer", PASSWORD, Role.officer)
        sign_in(client, "officer")
        for size in (350_000, 5_000_000):
            answer = send(client, b"PK\x03\x04" + b"x" * size)
            assert answer.status_code in {413, 422}
            assert "MB" in answer.text
        assert send(client, b"").status_code == 422
        token = token_of(client.get("/").text)
        chunks = iter([b"token=" + token.encode()])
        assert client.post("/placement", content=chunks).status_code == 411
        assert client.app.state.office.jobs.of("officer") == []
        assert kept(client) == []
