# SPDX-License-Identifier: Apache-2.0
"""The proposal in the browser: decided, sealed, saved, awarded; nobody else ever sees it."""

from __future__ import annotations

import re
import time

import pytest
from fastapi.testclient import TestClient

from keruen.decide.ledger import QuotaLedger
from keruen.report.placement_proposal_seal import check_proposal
from keruen.sources.events import DatabaseEvents
from keruen.sources.practice_placement import write_practice_placement
from keruen.web.accounts import Role
from keruen.web.app import create_app
from keruen.web.placements import sealed_folder
from keruen.web.settings import Settings
from web.conftest import PASSWORD, sign_in, token_of
from web.page_checks import faults_of

FAMILIES = 12
QUOTA = "kandas-2026"


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    folder = tmp_path_factory.mktemp("office")
    write_practice_placement(folder / "practice.xlsx", families=FAMILIES, seed=1)
    settings = Settings(folder / "data", megabytes=6000, seconds=240)
    with TestClient(create_app(settings), follow_redirects=False) as client:
        for name, role in (("officer", "officer"), ("other", "officer"), ("boss", "administrator")):
            client.app.state.office.accounts.add(name, PASSWORD, Role[role])
        sign_in(client, "officer")
        client.workbook = (folder / "practice.xlsx").read_bytes()
        yield client


@pytest.fixture(scope="module")
def placed(office) -> str:
    data = {"token": token_of(office.get("/placement").text), "region_key": "", "seconds": "30"}
    answer = office.post("/placement", data=data, files={"file": ("p.xlsx", office.workbook)})
    id = answer.headers["location"].rsplit("/", 1)[1]
    jobs = office.app.state.office.jobs
    for _ in range(900):
        if jobs.get(id).over:
            break
        time.sleep(0.1)
    assert jobs.get(id).state == "done", jobs.get(id).message
    assert jobs.get(id).facts["seconds"] == 30
    return id


def post(client, path: str, **data: str):
    token = token_of(client.get("/placement").text)
    return client.post(path, data={**data, "token": token}, params={"lang": "en"})


def seal(client, id: str, **data: str):
    told = {"office": "Department of Labour", "year": "2026", "programme": "kandas", **data}
    return post(client, f"/placement/{id}/seal", **told)


def book(client) -> QuotaLedger:
    return QuotaLedger(DatabaseEvents(client.app.state.office.engine))


def test_from_a_draft_to_a_seal_and_the_ledger(office, placed) -> None:
    page = f"/placement/{placed}/proposal"
    for lang in ("en", "ru", "kk"):
        text = office.get(page, params={"lang": lang}).text
        assert faults_of(text, lang) == []
    refused = seal(office, placed)
    assert refused.status_code == 422
    assert f"nobody has decided on {FAMILIES} of {FAMILIES}" in refused.text
    assert office.get(f"{page}/draft/annex.xlsx").content[:2] == b"PK"
    assert "DRAFT, version 1" in office.get(f"{page}/draft/proposal.html?lang=en").text

    assert post(office, f"/placement/{placed}/confirm", all="yes").status_code == 303
    post(office, "/ledger", quota=QUOTA, year="2026", programme="kandas", total="10", legal_ref="1")
    told = {"quota": QUOTA, "valid_until": "2026-12-31", "take_in": "yes"}
    full = seal(office, placed, **told)
    assert full.status_code == 422
    assert "has no room: 10 units are free" in full.text
    assert len(book(office).cases()) == 0
    assert office.get(f"{page}/1/proposal.en.pdf").status_code == 404

    post(office, "/ledger", quota=QUOTA, year="2026", programme="kandas", total="90",
         legal_ref="1", revise="yes")  # fmt: skip
    assert seal(office, placed, **told).status_code == 303
    cases = book(office).cases()
    decided = office.get(f"/placement/{placed}/decisions.csv").content.decode("utf-8-sig")
    stands = dict(re.findall(r"^(F\d+),[^,]*,(\d+),", decided, re.MULTILINE))
    assert dict(zip(cases["case"], cases["locality"], strict=True)) == stands
    notes = office.app.state.office.audit.latest(5)
    note = next(one for one in notes if one.action == "proposal sealed")
    assert note.facts["awards"] == str(len(stands))
    assert all("F0" not in str(one) for one in notes)


@pytest.fixture
def sealed(office, placed):
    sign_in(office, "officer")
    text = office.get(f"/placement/{placed}/proposal?lang=en").text
    if "is sealed" not in text:
        pytest.fail("the first test seals")
    return office


def test_the_sealed_files_are_given_and_hold_together(sealed, placed) -> None:
    page = f"/placement/{placed}/proposal"
    listed = sealed.get(page).text
    names = re.findall(rf'href="{page}/1/([^"]+)"', listed)
    assert {
        "proposal.en.pdf", "proposal.ru.pdf", "proposal.kk.pdf", "annex.en.xlsx",
        "decisions.jsonl", "SHA256SUMS", "manifest.json", "run-manifest.json",
    } <= set(names)  # fmt: skip
    for name in names[:9]:
        answer = sealed.get(f"{page}/1/{name}")
        assert answer.status_code == 200, name
    head = {"pdf": b"%PDF", "docx": b"PK"}
    for name in ("proposal.kk.pdf", "proposal.en.docx"):
        assert sealed.get(f"{page}/1/{name}").content.startswith(head[name.rsplit(".", 1)[1]])
    made = sealed.get(f"{page}/1/proposal.kk.html").text  # made when asked for
    state = sealed.app.state.office
    folder = sealed_folder(state, state.jobs.get(placed), 1)
    assert check_proposal(folder)["holds"].all()
    number = re.search(r'class="digest">([0-9a-f]{64})<', listed)
    assert number is not None
    assert number.group(1)[:16] in made
    assert "F0000" not in made
    for name in ("../decisions.jsonl", "..%2fdecisions.jsonl", "annex.xx.pdf", "annex.en.exe"):
        assert sealed.get(f"{page}/1/{name}").status_code == 404


def test_sealed_decisions_stand_and_a_new_version_needs_a_reason(sealed, placed) -> None:
    family = f"/placement/{placed}/families/F00001"
    answer = post(sealed, f"/placement/{placed}/confirm", family="F00001")
    assert answer.status_code == 422
    assert "Version 1 is sealed" in answer.text
    answer = post(sealed, f"{family}/override", locality="", reason="x")
    assert answer.status_code == 422
    for lang in ("en", "ru", "kk"):
        for path in (f"/placement/{placed}", family, f"/placement/{placed}/proposal"):
            assert faults_of(sealed.get(path, params={"lang": lang}).text, lang) == []
    sealed.get("/placement?lang=en")
    assert post(sealed, f"/placement/{placed}/open", reason=" ").status_code == 422
    assert post(sealed, f"/placement/{placed}/open", reason="a family declined").status_code == 303
    text = sealed.get(f"/placement/{placed}/proposal").text
    assert "Version 2 was opened by officer: a family declined" in text
    assert sealed.get(f"/placement/{placed}/proposal/1/proposal.en.pdf").status_code == 200


@pytest.mark.parametrize("who", ["other", "boss"])
def test_nobody_else_reads_or_seals_it(office, placed, who) -> None:
    sign_in(office, who)
    page = f"/placement/{placed}/proposal"
    for path in (page, f"{page}/draft/proposal.pdf", f"{page}/1/proposal.en.pdf",
                 f"{page}/1/annex.en.xlsx", f"{page}/1/decisions.jsonl"):  # fmt: skip
        assert office.get(path).status_code == 404, path
    for path in ("seal", "open"):
        assert post(office, f"/placement/{placed}/{path}", reason="x").status_code == 404


@pytest.mark.slow
def test_an_officer_seals_in_a_browser_and_saves_pdf_and_word(enter, tmp_path) -> None:
    write_practice_placement(tmp_path / "sound.xlsx", families=FAMILIES, seed=1)
    page = enter("officer")
    page.goto("/placement")
    page.locator("#file").set_input_files(tmp_path / "sound.xlsx")
    page.get_by_role("button", name="Check and place").click()
    page.get_by_role("heading", name="Families").wait_for(timeout=120_000)
    page.get_by_text("Confirm all that are undecided").click()
    page.get_by_label("I have looked through the list").check()
    page.get_by_role("button", name="Confirm all of them").click()
    page.get_by_role("link", name="Proposal to be signed").click()
    page.get_by_label("Name of the office").fill("Department of Labour")
    page.get_by_role("button", name="Seal the proposal").click()
    page.get_by_role("status").get_by_text("Version 1 is sealed").wait_for(timeout=60_000)
    for name, head in (("proposal.en.pdf", b"%PDF"), ("proposal.en.docx", b"PK")):
        with page.expect_download() as saved:
            page.get_by_role("link", name=name, exact=True).click()
        assert saved.value.path().read_bytes().startswith(head)
