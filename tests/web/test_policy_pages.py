# SPDX-License-Identifier: Apache-2.0
"""The policy ledger and its tools: gaps said as gaps, assumptions changed by address."""

from __future__ import annotations

import doctest
import io
import re
from pathlib import Path

import pytest

from keruen.report.build import Desk
from keruen.report.locale import Locale
from keruen.report.permit_run import run_permits
from keruen.report.policy_changes import case_assumptions, welfare_file, with_changes
from keruen.report.policy_ledger import FITS, policy_tools
from keruen.report.policy_tools import labour, regularise_case
from keruen.report.welfare_run import run_welfare
from keruen.sources.policy_files import PERMIT_PARTS, read_policy
from keruen.web.policy_forms import first_texts, form_of, read_form
from keruen.web.policy_runs import ledger as kept
from web.page_checks import faults_of
from web.test_reports import plain

IDS = ("returns", "permits", "regularise", "points", "refugees", "remittances", "skilled",
       "welfare")  # fmt: skip


@pytest.fixture(scope="module")
def ledger():
    return {one.id: one for one in policy_tools("KAZ")}


def test_every_tool_stands_with_its_question_gaps_cost_and_gains(ledger) -> None:
    assert tuple(ledger) == IDS
    english = Locale("en")
    for one in ledger.values():
        for said in (one.missing, one.evidence, one.cost, one.gains, one.left_out):
            assert said, one.id
        assert one.fits in FITS
    money = " ".join(said.render(english) for said in ledger["returns"].cost)
    # 5,997 resettlers, 70 indices each, an index of 4,325 tenge in 2026
    assert round(5997 * 70 * 4325 / 1e6) == 1816
    assert "1,816 million tenge" in money


def test_figures_of_the_ledger_are_those_of_the_tools(ledger) -> None:
    (effect,) = [e.table for e in ledger["regularise"].exhibits if e.table.id.endswith("_effect")]
    run = regularise_case("KAZ")
    band = run.found.value_band()
    low, mid, high = (float(one) / 1e6 for one in (band.lower, band.value, band.upper))
    cells = effect.rows[3].cells
    assert [cell.value for cell in cells[:3]] == pytest.approx([mid, low, high])
    assert effect.rows[0].cells[0].status == "observed"  # people approved, as published
    assert effect.rows[0].cells[0].value == 164_586
    (permits,) = [e.table for e in ledger["permits"].exhibits if e.table.id == "permits_effect"]
    assert permits.rows[0].cells[0].lower < permits.rows[0].cells[0].value


def test_no_two_tools_share_a_table_or_a_source() -> None:
    report = kept("KAZ")
    tables = [one.table.id for one in report.exhibits()]
    assert len(tables) == len(set(tables))
    own = [one.id for one in report.own_sources]
    assert len(own) == len(set(own)) == 3
    assert {"policy.permits", "policy.regularise"} < set(report.sources())


def test_a_gap_of_another_country_is_said_and_not_filled() -> None:
    tools = {one.id: one for one in policy_tools("VAT")}
    assert tuple(tools) == IDS
    for name in ("returns", "permits", "regularise", "points", "remittances", "welfare"):
        assert tools[name].fits == "own", name
        assert tools[name].effect == (), name
    assert tools["returns"].held == ()
    russian = labour(Desk("RUS"))  # a case of another country is its own, not Kazakhstan's
    assert russian.effect != ()
    assert "RUB" in russian.effect[1].render(Locale("en"))


def test_the_ledger_is_read_in_every_language_and_opens_in_excel(signed) -> None:
    from openpyxl import load_workbook

    client = signed("viewer")
    assert client.get("/policy", params={"country": "kaz"}).headers["location"] == "/policy/KAZ"
    assert client.get("/policy/XXX").status_code == 422
    for lang in ("ru", "kk"):
        page = client.get("/policy/KAZ", params={"lang": lang})
        assert page.status_code == 200
        assert faults_of(page.text, lang) == []
        for tool in IDS:
            section = page.text.split(f'<section id="tool-{tool}">')[1]
            assert '<p class="tools"><a href="/' in section[:400], tool
    linked = re.findall(r'<p class="tools">(.*?)</p>', page.text)
    places = [at for one in linked for at in re.findall(r'href="([^"#]+)', one)]
    assert {at.split("/")[1] for at in places} == {
        "ledger", "placement", "policy", "points", "draws", "profile"
    }  # fmt: skip
    for at in places:
        if at.startswith(("/policy/", "/points/", "/draws")):
            assert client.get(at).status_code == 200, at
    book = load_workbook(io.BytesIO(client.get("/policy/KAZ/workbook").content), read_only=True)
    assert len(book.sheetnames) >= 10


def test_changed_assumptions_stand_in_the_address_and_are_marked(signed) -> None:
    client = signed("viewer")
    form = form_of("permits", "KAZ")
    asked = first_texts(form) | {"wage_premium.low": "0,03"}
    answer = client.get("/policy/KAZ/permits/result", params={**asked, "lang": "ru"})
    assert answer.status_code == 303
    place = answer.headers["location"]
    assert place == "/policy/KAZ/permits/result?wage_premium.low=0%2C03&lang=ru"
    page = client.get(place)
    assert page.status_code == 200
    assert faults_of(page.text, "ru") == []
    run = run_permits("KAZ", draws=2000, size=0, changes={"wage_premium": {"low": 0.03}})
    (row,) = [r for r in run.assumed.table.to_dict("records") if r["name"] == "wage_premium"]
    assert (row["low"], row["status"]) == (0.03, "assumption")
    assert row["source_ru"] in plain(page.text)
    back = re.search(r'href="(/policy/KAZ/permits\?[^"]+)"', page.text)
    assert back is not None
    again = client.get(back.group(1).replace("&amp;", "&")).text
    assert 'name="wage_premium.low" inputmode="decimal" size="7"' in again
    assert 'value="0,03"' in again
    book = client.get(place.replace("/result", "/workbook"))
    assert book.content[:2] == b"PK"


def test_wrong_assumptions_lead_back_to_the_form_all_at_once(signed) -> None:
    wrong = {"tax_rate.low": "2", "wage_gain.high": "none", "take_up.low": "0.99", "years": "0"}
    answer = signed("viewer").get("/policy/KAZ/regularise/result", params={**wrong, "lang": "kk"})
    assert answer.status_code == 422
    assert faults_of(answer.text, "kk") == []
    assert answer.text.split('role="alert"')[1].split("</div>")[0].count("<li>") == len(wrong)
    impossible = {"approval_rate.value": "0.5"}  # fewer are eligible than must have applied
    answer = signed("viewer").get("/policy/KAZ/regularise/result", params=impossible)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text


def test_a_tool_without_a_case_says_so_and_refugees_ask_for_what_is_not_held(signed) -> None:
    client = signed("viewer")
    page = client.get("/policy/DEU/regularise", params={"lang": "ru"})
    assert page.status_code == 200
    assert "<form" not in page.text.split("<main")[1]
    assert client.get("/policy/DEU/permits/workbook").status_code == 404
    assert client.get("/policy/KAZ/none").status_code == 404
    needed = client.get("/policy/KAZ/refugees/result")
    assert needed.status_code == 422
    assert needed.text.count("<li>") >= 3
    terms = {"officers": "3", "rate": "8:12", "housed": "0.1:0.3"}
    found = client.get("/policy/KAZ/refugees/result", params={**terms, "lang": "en"})
    assert found.status_code == 200
    assert "Officers" in plain(found.text)
    assert client.get("/policy/KAZ/refugees/result",
                      params={**terms, "shock": "x"}).status_code == 422  # fmt: skip


def test_gains_take_changes_as_a_file_of_the_readers_would_give_them(signed, tmp_path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(welfare_file({"tax_share": {"low": 0.2}}), encoding="utf-8")
    run = run_welfare("KAZ", draws=100, sensitivity=False, treasury=False, assumptions=[file])
    (tax,) = [one for one in run.inputs if one.name == "tax_share"]
    assert tax.values["low"] == 0.2
    client = signed("viewer")
    options = {"tax_share.low": "0.2", "partner": "UZB"}
    assert client.get("/policy/KAZ/welfare/result", params=options).status_code == 200
    wrong = {"partner": "NOWHERE"}
    assert client.get("/policy/KAZ/welfare/result", params=wrong).status_code == 422
    one = {"weight_migrant": "1"}
    assert client.get("/policy/KAZ/welfare/result", params=one).status_code == 422


def test_changes_leave_the_case_of_the_package_as_it_is() -> None:
    files = read_policy("permits-kaz", PERMIT_PARTS)
    before = files.tables["assumptions"].copy()
    changed = with_changes(files, {"price": {"value": 9.0}})
    assert files.tables["assumptions"].equals(before)
    assert with_changes(files, {}) is files
    told = {one.name: one for one in case_assumptions(changed, {})}
    assert told["price"].numbers == {"value": 9.0}
    form = form_of("permits", "KAZ")
    assert read_form(form, first_texts(form)).changed == {}
    assert read_form(form, {"price.value": ""}).numbers == {}


def test_the_page_of_documentation_runs() -> None:
    page = Path(__file__).parents[2] / "docs" / "policy-ledger.md"
    flags = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    found = doctest.testfile(str(page), module_relative=False, optionflags=flags)
    assert found.attempted >= 15
    assert found.failed == 0
