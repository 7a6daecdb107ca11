# SPDX-License-Identifier: Apache-2.0
"""Own scenarios in the browser, without script: written, refused, kept, taken along, compared."""

from __future__ import annotations

import re
from itertools import product

import pytest
from fastapi.testclient import TestClient

from keruen.report import locale
from keruen.scenario.compose import compose, scenario_names
from keruen.scenario.composed import with_draws
from keruen.scenario.own import LARGEST
from web.conftest import token_of
from web.page_checks import Page, faults_of
from web.test_reading import SAME, _Pseudo

FAMILIES = "decide.resettlement.families_per_year"
SOUND = f"""scenario: mine
title: {{en: Mine, ru: Мой, kk: Менікі}}
based_on: [kaz/baseline]
horizon: {{from: 2025, to: 2028}}
set:
  {FAMILIES}: {{value: 3000, from: 2026, why: asked for}}
"""


def _send(client: TestClient, text: str, *, replaces: str = "", **more):
    token = token_of(client.get("/scenarios/text").text)
    data = {"token": token, "text": text, "replaces": replaces}
    return client.post("/scenarios/text", data=data, **more)


def _levers(client: TestClient, **fields: str):
    token = token_of(client.get("/scenarios/new").text)
    data = {"token": token, "based_on": "kaz/baseline", "name": "mine", "title_en": "Mine"}
    return client.post("/scenarios/new", data=data | fields)


def _settings(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test_pages_of_scenarios_can_be_read_by_everybody(signed) -> None:
    client = signed("analyst")
    assert _send(client, SOUND).status_code == 303
    for lang, path in product(
        ("en", "ru", "kk"),
        ("/runs", "/scenarios/new", "/scenarios/text", "/scenarios/own/analyst/mine",
         "/scenarios/package/kaz/quota_5000", "/scenarios/own/analyst/mine/edit"),
    ):  # fmt: skip
        answer = client.get(path, params={"lang": lang})
        assert answer.status_code == 200, path
        assert faults_of(answer.text, lang) == [], path


def test_levers_make_the_file_that_the_command_line_runs(signed, tmp_path) -> None:
    client = signed("analyst")
    share, room = "decide.labour_quota.share", "decide.resettlement.capacity"
    answer = _levers(client, **{
        "title_kk": "Менікі", "title_ru": "Мой", "first": "2025", "last": "2030",
        f"how:{FAMILIES}": "value", f"value:{FAMILIES}": "3 000", f"from:{FAMILIES}": "2026",
        f"how:{share}": "scale", f"value:{share}": "1,5", f"to:{share}": "2027",
        f"value:{room}": "population",
    })  # fmt: skip
    assert answer.status_code == 303, answer.text
    home = answer.headers["location"]
    assert home == "/scenarios/own/analyst/mine"
    page = _settings(client.get(home).text)
    assert "2025: 621; 2026–2030: 3,000" in page
    assert "mine.yaml, line 6" in page
    file = tmp_path / "mine.yaml"
    file.write_text(client.get(f"{home}/yaml").text, encoding="utf-8")
    made = compose(file)
    assert made.digest[:16] in client.get(home).text
    assert made.title == {"en": "Mine", "ru": "Мой", "kk": "Менікі"}
    assert made.held(FAMILIES) == (621.0, *[3000.0] * 5)
    assert made.held(share)[:4] == pytest.approx((0.00375, 0.00375, 0.00375, 0.0025))
    assert made.choice(room) == "population"
    assert client.get(f"{home}/tables.xlsx").content[:2] == b"PK"
    # the form holds what was kept, and the same text comes out of it again
    form = client.get(f"{home}/edit").text
    given = dict(re.findall(r'<input id="[^"]+" name="([^"]+)"[^>]* value="([^"]*)"', form))
    assert (given[f"value:{FAMILIES}"], given[f"to:{share}"]) == ("3000", "2027")


def test_all_faults_of_the_form_stand_in_it_at_once(signed) -> None:
    client, take_up = signed("analyst"), "decide.resettlement.take_up"
    for lang, said in (
        ("en", "200000 is outside 0 to 100000"),
        ("ru", "200000 вне пределов от 0 до 100000"),
        ("kk", "200000 0 – 100000 шегінен тыс"),
    ):
        client.cookies.set("keruen_language", lang)
        answer = _levers(client, **{
            "name": "Not A Name", f"how:{FAMILIES}": "value", f"value:{FAMILIES}": "200000",
            f"from:{FAMILIES}": "2060", f"how:{take_up}": "value", f"value:{take_up}": "much",
        })  # fmt: skip
        assert answer.status_code == 422
        assert faults_of(answer.text, lang) == []
        shown = _settings(answer.text)
        for one in (said, "Not A Name", "2060", "much"):
            assert one in shown
        assert 'value="200000"' in answer.text  # what was typed in is still there
    assert client.get("/scenarios/own/analyst/mine").status_code == 404


def test_faults_of_a_text_name_their_lines_and_nothing_is_kept(signed) -> None:
    client = signed("analyst")
    wrong = SOUND.replace(FAMILIES, "decide.resettlement.family") + "seed: -1\ncolour: red\n"
    answer = _send(client, wrong)
    assert answer.status_code == 422
    found = re.findall(r'<tr><td class="number">(\d+)</td>', answer.text)
    assert sorted(map(int, found)) == [6, 7, 8]
    assert "decide.resettlement.family:" in answer.text
    assert "families_per_year" in answer.text  # the near key is named
    assert not list((client.app.state.office.settings.data / "scenarios").rglob("*.yaml"))


BAD = {
    "path": "scenario: a\ntitle: a\nbased_on: [../../../../etc/passwd]",
    "absolute": "scenario: a\ntitle: a\nbased_on: [/etc/passwd]",
    "another's": "scenario: a\ntitle: a\nbased_on: [own/other/theirs, ../other/theirs]",
    "itself": "scenario: a\ntitle: a\nbased_on: [a]",
    "name": "scenario: ../a\ntitle: a\nbased_on: [kaz/baseline]",
    "aliases": "a: &a [1]\nb: [*a, *a]\n",
    "bomb": "a: &a [x]\n" + "".join(f"b{i}: &b{i} [*a, *a]\n" for i in range(40)),
    "tower": "[" * 30_000,
    "tag": "scenario: !!python/object/apply:os.system [id]\ntitle: a\nbased_on: [kaz/baseline]",
    "years": "scenario: a\ntitle: a\nbased_on: [kaz/baseline]\nhorizon: {from: 1, to: 999999999}",
    "horizon": "scenario: a\ntitle: a\nbased_on: [kaz/baseline]\nhorizon: {from: 2025, to: 2090}",
    "futures": "scenario: a\ntitle: a\nbased_on: [kaz/baseline]\ntrajectories: 1000000000",
    "number": f"scenario: a\ntitle: a\nbased_on: [kaz/baseline]\nset: {{{FAMILIES}: 1{'0' * 999}}}",
    "outcome": "scenario: a\ntitle: a\nbased_on: [kaz/baseline]\noutcomes: [happiness]",
    "doubt": "scenario: a\ntitle: a\nbased_on: [kaz/baseline]\nuncertain:\n"
    "- {key: decide.resettlement.take_up, dist: uniform, low: 0, high: 9}",
    "own baseline": scenario_names()["kaz/baseline"].read_text("utf-8"),
    "long": "scenario: a\ntitle: " + "a" * LARGEST,
    "nothing": "",
    "control": "scenario: a\ntitle: a\x07\nbased_on: [kaz/baseline]",
}  # fmt: skip


def test_no_text_reaches_outside_or_asks_for_too_much(signed) -> None:
    client = signed("analyst")
    for name, text in BAD.items():
        answer = _send(client, text)
        assert answer.status_code == 422, name
        assert 'role="alert"' in answer.text, name
        assert "root:" not in answer.text
    assert not list((client.app.state.office.settings.data / "scenarios").rglob("*.yaml"))


def test_a_file_is_sent_and_a_broken_one_refused(signed) -> None:
    client = signed("analyst")
    broken = {"file": ("x.yaml", b"\xff\xfe\x00scenario", "application/yaml")}
    assert _send(client, "", files=broken).status_code == 422
    large = {"file": ("x.yaml", b"# " + b"x" * 200_000, "application/yaml")}
    assert _send(client, "", files=large).status_code == 422
    sound = {"file": ("../../evil.yaml", SOUND.encode(), "application/yaml")}
    assert _send(client, "", files=sound).headers["location"] == "/scenarios/own/analyst/mine"
    data = client.app.state.office.settings.data
    assert [one.relative_to(data).as_posix() for one in data.rglob("*.yaml")] == [
        "scenarios/analyst/mine.yaml"
    ]


def test_scenarios_belong_to_their_author(signed) -> None:
    client = signed("analyst")
    assert _send(client, SOUND).status_code == 303
    taken = _send(client, SOUND)
    assert taken.status_code == 422  # a name is used once, unless that one is edited
    renamed = SOUND.replace("scenario: mine", "scenario: ours")
    assert _send(client, renamed, replaces="mine").status_code == 303
    assert client.get("/scenarios/own/analyst/mine").status_code == 404
    home = "/scenarios/own/analyst/ours"
    assert signed("analyst", "other").get(home).status_code == 404
    token = token_of(client.get("/runs").text)
    ask = {"token": token, "scenario": "own/analyst/ours"}
    assert client.post("/runs", data=ask).status_code == 404
    assert client.post(f"{home}/delete", data={"token": token}).status_code == 404
    assert signed("viewer").get(home).status_code == 404
    boss = signed("administrator")
    assert boss.get(home).status_code == 200
    assert boss.get(f"{home}/edit").status_code == 404
    mine = signed("analyst")
    token = token_of(mine.get(home).text)
    assert mine.post(f"{home}/delete", data={"token": token}).status_code == 303
    assert mine.get(home).status_code == 404
    for way in ("own/analyst/..%2f..%2fsecret", "own/..%2f..%2f/secret", "package/../baseline"):
        assert mine.get(f"/scenarios/{way}").status_code in {404, 422}


def test_a_viewer_reads_scenarios_and_writes_none(signed) -> None:
    client = signed("viewer")
    assert client.get("/scenarios/package/kaz/quota_5000").status_code == 200
    for path in ("/scenarios/new", "/scenarios/text"):
        assert client.get(path).status_code == 403
    token = token_of(client.get("/runs").text)
    assert client.post("/scenarios/text", data={"token": token, "text": SOUND}).status_code == 403


def _finished(client: TestClient, facts: dict[str, object], name: str) -> str:
    """A run written as the worker writes it, without the wait for its process."""
    from keruen.web.jobs import finish
    from keruen.web.store import writing
    from keruen.web.work import scenario

    office = client.app.state.office
    id = office.jobs.ask("scenario", name, "analyst", facts)
    with writing(office.engine) as connection:
        finish(connection, id, "done", "", only=("queued", "running"))
    scenario(facts, office.jobs.folder(id), lambda share, what: None)
    return id


@pytest.mark.slow
def test_runs_are_read_compared_and_taken_along(signed, tmp_path) -> None:
    client = signed("analyst")
    client.app.state.office.jobs.stop()  # the test does the work itself
    usual = {"trajectories": 4}
    text = SOUND.replace(f"{FAMILIES}: {{value: 3000", "decide.labour_quota.share: {value: 0.005")
    ids = [  # the second takes the population of the first: only permits differ
        _finished(client, usual | {"scenario": f"own/analyst/{name}", "text": each}, name)
        for name, each in (
            ("base", text.replace("mine", "base").replace("0.005", "0.0025")),
            ("more", text.replace("mine", "more")),
        )
    ]
    page = client.get(f"/runs/{ids[1]}/page", params={"lang": "ru"})
    assert page.status_code == 200
    assert faults_of(page.text, "ru") == []
    assert f"/runs/{ids[1]}/scenario.docx" in page.text
    for format, head in (("xlsx", b"PK"), ("docx", b"PK"), ("pdf", b"%PDF"), ("html", b"<!")):
        answer = client.get(f"/runs/{ids[1]}/scenario.{format}")
        assert answer.content.startswith(head)
    # what is taken along runs on the command line, and comes to the same
    file = tmp_path / "more.yaml"
    file.write_text(client.get(f"/runs/{ids[1]}/scenario.yaml").text, encoding="utf-8")
    again, manifest = compose(file), client.get(f"/runs/{ids[1]}/files/manifest.json").json()
    again = with_draws(again, 4, again.seed)
    assert again.digest == manifest["digest"]
    chosen = client.get("/compare", params={"first": ids[0], "run": ids})
    assert chosen.headers["location"] == f"/compare?run={ids[0]}&run={ids[1]}"
    both = {"run": ids, "lang": "en"}
    page = client.get("/compare", params=both | {"prefer": ["labour_gap=less"]})
    assert page.status_code == 200
    assert faults_of(page.text, "en") == []
    assert "less is wanted" in page.text
    drawn = re.findall(r'src="(/compare/charts/[^"]+)"', page.text)
    assert any("_differences" in one for one in drawn)
    chart = client.get(drawn[-1].replace("&amp;", "&"))
    assert chart.headers["content-type"] == "image/svg+xml"
    assert client.get("/compare/comparison.xlsx", params=both).content[:2] == b"PK"
    assert client.get("/compare", params={"run": ids[:1]}).status_code == 422
    assert client.get("/compare", params={"run": ids[:1] * 2}).status_code == 422
    assert signed("analyst", "other").get("/compare", params=both).status_code == 404


def test_no_word_of_these_pages_escapes_the_translation(signed, monkeypatch) -> None:
    client = signed("analyst")
    real = locale._catalogue
    monkeypatch.setattr(locale, "_catalogue", lambda one: _Pseudo() if one == "kk" else real(one))
    client.cookies.set("keruen_language", "kk")
    data, known = {"td", "th", "code", "pre", "textarea"}, {*SAME, "analyst"}
    names = re.compile(r"⟦.*?⟧|\w+\.yaml|recorded|World (?:Population|Urbanization) Prospects")
    for path in ("/scenarios/new", "/scenarios/text", "/scenarios/package/kaz/baseline"):
        for text, within, lang in Page(client.get(path).text).texts:
            words = [one for one in re.findall(r"[A-Za-z]{3,}", names.sub(" ", text))
                     if one not in known]  # fmt: skip
            assert data & set(within) or lang not in ("", "kk") or not words, (text, within)
