# SPDX-License-Identifier: Apache-2.0
"""Reports on a country under their bar, and the points calculator."""

from __future__ import annotations

import re
import threading
import time
from html.parser import HTMLParser
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keruen.web.once import once

FACTS = {
    "day": "2026-11-22", "age": "30", "education": "master", "experience": "6",
    "shortage_occupation": "no", "kazakh": "B1", "russian": "yes", "english": "no",
    "job_offer": "no", "salary": "0", "average_salary": "400000", "region_in_need": "no",
    "studied_here": "no",
}  # fmt: skip
RESULT = "/points/kazakhstan-example/result"


def plain(html: str) -> str:
    """The text of a page, without its tags."""
    parts: list[str] = []

    class Text(HTMLParser):
        def handle_data(self, data: str) -> None:
            parts.append(data)

    Text().feed(html)
    return " ".join(" ".join(parts).split())


@pytest.mark.parametrize("kind", ["profile", "projection", "labour", "flows"])
def test_a_choice_of_country_leads_to_an_address_that_can_be_kept(signed, kind) -> None:
    client = signed("viewer")
    assert client.get(f"/{kind}").status_code == 200
    chosen = client.get(f"/{kind}", params={"country": "kaz", "year": ""})
    assert chosen.headers["location"] == f"/{kind}/KAZ"
    dated = client.get(f"/{kind}", params={"country": "kaz", "year": "2020"})
    upto = "?year=2020" if kind in {"profile", "flows"} else ""  # what is ahead stops at no year
    assert dated.headers["location"] == f"/{kind}/KAZ{upto}"
    assert client.get(f"/{kind}/XXX").status_code == 422


def test_the_flow_map_has_its_periods_as_links(signed) -> None:
    client = signed("viewer")
    page = client.get("/flows/KAZ", params={"year": 2005}).text
    assert '<a href="/flows/KAZ?year=2005" aria-current="true">2000–2005</a>' in page
    assert page.count("aria-current") == 3  # the menu, the period and the language
    assert page.index('id="table-flows_in"') < page.index('id="table-flows"')  # the map is first
    assert "<svg" in page
    assert "2,170,207" in plain(page) or "916,114" in plain(page)  # those who left
    book = client.get("/flows/KAZ/workbook")
    assert book.content[:2] == b"PK"


@pytest.mark.parametrize(
    "path", ["/profile/KAZ?year=then", "/flows/KAZ?year=3000", "/points?day=x"]
)
def test_an_address_with_a_wrong_value_is_told_as_a_page(signed, path) -> None:
    answer = signed("viewer").get(path)
    assert answer.status_code == 422
    assert "<h1>This did not work</h1>" in answer.text


def test_the_projection_shows_its_interval_and_says_a_gap(signed) -> None:
    client = signed("viewer")
    page = client.get("/projection/KAZ", params={"lang": "ru"})
    assert '<html lang="ru">' in page.text
    assert "80 %" in plain(page.text)
    assert 'href="/projection/KAZ/workbook?lang=ru"' in page.text
    assert client.get("/projection/VAT").status_code == 200


def test_points_are_counted_with_the_reason_of_each(signed) -> None:
    answer = signed("viewer").get(RESULT, params=FACTS)
    assert answer.status_code == 200
    text = plain(answer.text)
    assert "draft: an example, not law" in text
    assert "decides nothing" in text
    assert "What single change would lift it" in text
    from keruen.report.points_rules import rules_on

    rules, _ = rules_on("kazakhstan-example", FACTS["day"])
    lines = re.findall(r"line \d+", text)
    assert len(lines) >= len(rules.factors)
    back = re.search(r'href="(/points/kazakhstan-example\?[^"]+)"', answer.text)
    assert back is not None
    form = signed("viewer").get(back.group(1).replace("&amp;", "&")).text
    assert '<option value="master" selected>' in form


def test_points_are_those_of_the_library(signed, tmp_path) -> None:
    from keruen.report.points_run import run_points

    names = [name for name in FACTS if name != "day"]
    file = tmp_path / "one.csv"
    file.write_text(f"profile,{','.join(names)}\n1,{','.join(FACTS[n] for n in names)}\n")
    run = run_points("kazakhstan-example", file, as_of=FACTS["day"])
    assert run.scores is not None
    total = f'<span class="sum">{float(run.scores.total[0]):.0f}</span>'
    assert total in signed("viewer").get(RESULT, params=FACTS).text


def test_what_is_missing_is_named_and_what_is_wrong_leads_back_to_the_form(signed) -> None:
    client = signed("viewer")
    some = {name: FACTS[name] for name in FACTS if name != "job_offer"}
    assert "Facts that are missing" in client.get(RESULT, params=some).text
    for wrong in ({"age": "old"}, {"age": "-3"}, {"education": "wizard"}, {"cut_off": "nan"}):
        answer = client.get(RESULT, params={**FACTS, **wrong})
        assert answer.status_code == 422, wrong
        assert 'role="alert"' in answer.text
        assert 'name="kazakh"' in answer.text
    assert client.get(RESULT).status_code == 422


_TEXTS = st.sampled_from(
    ["", "no", "yes", "-1", "1e9", "1e400", "nan", "9" * 60, "=1+1", '"', ",", "\n", "\x00", "B1",
     "master", "2026-11-22", "0001-01-01"]
) | st.text(max_size=6)  # fmt: skip


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(changes=st.dictionaries(st.sampled_from([*FACTS, "cut_off", "lang"]), _TEXTS, max_size=4))
def test_whatever_is_stated_the_calculator_answers(opened, changes) -> None:
    params = {**FACTS, **changes}
    coded = urlencode({name: text.encode("utf-8", "replace") for name, text in params.items()})
    assert opened.get(f"{RESULT}?{coded}").status_code in {200, 422}


@pytest.fixture
def opened(signed):
    return signed("viewer")


def test_only_systems_of_the_package_are_found(signed, tmp_path) -> None:
    client = signed("viewer")
    assert "EXAMPLE" in client.get("/points", params={"day": "2026-11-22"}).text
    assert "EXAMPLE" not in client.get("/points", params={"day": "2015-01-01"}).text
    assert client.get("/points/none").status_code == 404
    assert client.get("/points/rules.yaml").status_code == 404
    assert client.get("/points/kazakhstan-example?day=1990-01-01").status_code == 422


def test_many_who_ask_at_once_wait_for_one_result() -> None:
    made: list[int] = []

    @once(2)
    def slow(number: int) -> int:
        made.append(number)
        time.sleep(0.2)
        if number < 0:
            raise ValueError(number)
        return number * number

    found: list[int] = []
    threads = [threading.Thread(target=lambda: found.append(slow(7))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (found, made) == ([49] * 8, [7])
    for _ in range(2):
        with pytest.raises(ValueError, match="-1"):
            slow(-1)
    assert made == [7, -1, -1]  # a fault is not kept
    slow(2), slow(3), slow(7)
    assert made[3:] == [2, 3, 7]  # no more than two are kept


def test_tables_open_in_excel_and_large_ones_are_refused(signed) -> None:
    client = signed("viewer")
    assert client.get("/data/kaz.return_quota/table.xlsx").content[:2] == b"PK"
    assert "table.xlsx" in client.get("/data/kaz.return_quota").text
    assert "table.xlsx" not in client.get("/data/wpp2024.population").text
    assert client.get("/data/wpp2024.population/table.xlsx").status_code == 422


def test_a_large_table_comes_part_by_part_and_whole(signed) -> None:
    lines = signed("viewer").get("/data/undp.hdi/table.csv").text.splitlines()
    assert len(lines) == 1 + 5940
    lines = signed("viewer").get("/data/knomad.remittances_bilateral/table.csv").text.splitlines()
    assert len(lines) == 1 + 22128
    assert len({*lines}) == len(lines)
