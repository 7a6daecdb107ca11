# SPDX-License-Identifier: Apache-2.0
"""The HTTP interface: the figures of the library, limits, faults as JSON, and never a crash."""

from __future__ import annotations

import io
import json
import re

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keruen import load
from keruen.sources.exchange import read

pytestmark = pytest.mark.filterwarnings("ignore::keruen.core.errors.DataWarning")
V1 = "/api/v1"
PROBLEM = {"title", "status", "id", "what", "where", "remedy"}


@pytest.mark.parametrize("path", ["/catalogue", "/data/kaz.vital", "/runs", "/scenarios"])
def test_without_a_session_there_is_a_fault_in_json(client, path) -> None:
    answer = client.get(V1 + path)
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert set(answer.json()) == PROBLEM


def test_the_catalogue_tells_tables_and_their_labels(signed) -> None:
    client = signed("viewer")
    found = client.get(f"{V1}/catalogue", params={"q": "remittance"}).json()
    assert "knomad.remittances" in [one["id"] for one in found]
    one = client.get(f"{V1}/catalogue/un.stock.2024").json()
    assert one["licence"] == "CC-BY-3.0-IGO"
    assert one["labels"]["year"][0] == 1990
    assert client.get(f"{V1}/catalogue/none.such").status_code == 404


def test_rows_are_those_of_the_library(signed) -> None:
    params = {"country": "KAZ", "year": "2020,2021", "sex": "F", "age": "30"}
    told = signed("viewer").get(f"{V1}/data/wpp2024.population", params=params).json()
    asked = load("wpp2024.population", country="KAZ", year=[2020, 2021], sex="F", age=30)
    assert [row["population"] for row in told["rows"]] == asked.to_numpy().tolist()
    assert told["units"] == {"population": "persons"}
    assert told["citation"]


def test_repeated_parameters_and_commas_ask_for_the_same(signed) -> None:
    client = signed("viewer")
    path = f"{V1}/data/kaz.vital.births"
    assert (
        client.get(f"{path}?year=2019&year=2020").json()
        == client.get(f"{path}?year=2019,2020").json()
    )


@pytest.mark.parametrize(("form", "ending"), [("sdmx-csv", ".sdmx.csv"), ("json-stat", ".json")])
def test_exchange_formats_read_back_as_the_same_array(signed, tmp_path, form, ending) -> None:
    params = {"country": "KAZ,UZB", "year": "2020", "format": form}
    answer = signed("viewer").get(f"{V1}/data/wpp2024.indicators.tfr", params=params)
    path = tmp_path / f"tfr{ending}"
    path.write_bytes(answer.content)
    back = read(path, format=form).array
    asked = load("wpp2024.indicators.tfr", country=["KAZ", "UZB"], year=[2020])
    assert back.to_numpy().tolist() == asked.to_numpy().tolist()
    assert list(back.indexes["country"]) == ["KAZ", "UZB"]


def test_csv_holds_the_rows(signed) -> None:
    answer = signed("viewer").get(f"{V1}/data/kaz.vital", params={"year": 2020, "format": "csv"})
    table = pd.read_csv(io.StringIO(answer.text))
    assert table["births"].tolist() == [float(load("kaz.vital.births", year=2020))]


def test_flows_go_to_flowmap_blue(signed) -> None:
    client = signed("viewer")
    params = {"sex": "total", "year": 2024, "destination": "KAZ", "lang": "ru"}
    labels = client.get(f"{V1}/catalogue/un.stock.2024").json()["labels"]["sex"]
    params["sex"] = "total" if "total" in labels else labels[-1]
    flows = client.get(f"{V1}/flowmap/un.stock.2024/flows", params=params)
    assert flows.status_code == 200, flows.text
    table = pd.read_csv(io.StringIO(flows.text))
    assert list(table.columns[:3]) == ["origin", "dest", "count"]
    places = client.get(f"{V1}/flowmap/un.stock.2024/locations", params=params)
    assert "Казахстан" in places.text
    book = client.get(f"{V1}/flowmap/un.stock.2024", params=params)
    assert book.content[:2] == b"PK"


@pytest.mark.parametrize(
    ("path", "status", "id"),
    [
        ("/data/none.such", 404, "Http"),
        ("/data/wpp2024.population", 422, "TooManyRows"),
        ("/data/wpp2024.population?format=json-stat", 422, "TooManyRows"),
        ("/data/kaz.vital?country=KAZ", 422, "CodeError"),
        ("/data/kaz.vital?year=1800", 422, "CoverageError"),
        ("/data/kaz.vital?year=then", 422, "CoverageError"),
        ("/data/wpp2024.indicators.tfr?country=KAS", 422, "CodeError"),
        ("/data/kaz.vital?format=docx", 422, "Parameter"),
        ("/data/kaz.vital?format=sdmx-csv", 422, "CodeError"),
        ("/flowmap/kaz.vital.births", 422, "TooManyDimensions"),
        ("/flowmap/un.stock.2024/secret", 422, "Parameter"),
        ("/scenarios/..%2f..%2fetc%2fpasswd", 404, "Http"),
        ("/runs/none", 404, "Http"),
        ("/runs/none/outcomes", 404, "Http"),
        ("/nowhere", 404, "Http"),
    ],
)
def test_faults_say_what_where_and_what_to_do(signed, path, status, id) -> None:
    answer = signed("viewer").get(V1 + path)
    assert answer.status_code == status, answer.text
    told = answer.json()
    assert (told["id"], set(told), told["status"]) == (id, PROBLEM, status)
    assert told["what"]
    assert told["remedy"]


def test_what_a_reader_has_is_not_sent_again(signed) -> None:
    client = signed("viewer")
    path = f"{V1}/data/kaz.vital?year=2020"
    first = client.get(path)
    assert first.headers["cache-control"] == "private, no-cache"
    again = client.get(path, headers={"If-None-Match": f'"x", {first.headers["etag"]}'})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get(path, headers={"If-None-Match": '"x"'}).content == first.content
    assert client.get(f"{V1}/runs").headers["cache-control"] == "no-store"
    foreign = client.get(path, headers={"Origin": "https://example.org"})
    assert not [name for name in foreign.headers if name.startswith("access-control")]


def test_a_reader_of_sdmx_by_others_reads_ours(signed, tmp_path) -> None:
    from pysdmx.io import read_sdmx

    params = {"country": "KAZ,UZB", "year": "2020,2021", "format": "sdmx-csv"}
    answer = signed("viewer").get(f"{V1}/data/wpp2024.indicators.tfr", params=params)
    path = tmp_path / "tfr.csv"
    path.write_bytes(answer.content)
    [found] = read_sdmx(str(path)).data
    asked = load("wpp2024.indicators.tfr", country=["KAZ", "UZB"], year=[2020, 2021])
    assert sorted(map(float, found.data["OBS_VALUE"])) == sorted(asked.to_numpy().ravel())


def test_nothing_can_be_written(signed) -> None:
    client = signed("administrator")
    for path in ("/data/kaz.vital", "/runs", "/scenarios"):
        assert client.post(V1 + path).status_code == 405


def test_scenarios_and_ones_own_runs_are_listed(signed) -> None:
    client = signed("analyst")
    named = client.get(f"{V1}/scenarios").json()
    assert "kaz/baseline" in [one["name"] for one in named]
    assert client.get(f"{V1}/scenarios/kaz/baseline").json()["settings"]
    jobs = client.app.state.office.jobs
    jobs.stop()  # so that the run waits
    id = jobs.ask("scenario", "mine", "analyst", {"scenario": "kaz/baseline"})
    personal = jobs.ask("placement", "of persons", "analyst", {})
    assert [one["id"] for one in client.get(f"{V1}/runs").json()] == [id]
    assert client.get(f"{V1}/runs/{id}").json()["state"] == "queued"
    assert client.get(f"{V1}/runs/{id}/outcomes").status_code == 404
    assert client.get(f"{V1}/runs/{personal}").status_code == 404
    assert signed("administrator").get(f"{V1}/runs/{id}").status_code == 404


def test_the_description_is_complete_and_works_without_a_network(signed) -> None:
    client = signed("viewer")
    assert client.get("/openapi.json").status_code == 404
    told = client.get("/api/openapi.json").json()
    assert told["openapi"].startswith("3.")
    assert {*told["paths"]} >= {"/v1/catalogue", "/v1/data/{id}", "/v1/runs/{id}/outcomes"}
    page = client.get("/api", params={"lang": "kk"}).text
    for path in told["paths"]:
        assert f"/api{path}" in page
    addresses = re.findall(r'(?:src|href|action)="([^"]+)"', page)
    assert [one for one in addresses if not one.startswith(("/", "#", "?"))] == []
    assert "://" not in json.dumps(told)


_IDS = st.sampled_from(
    ["kaz.vital", "kaz.vital.births", "un.stock.2024", "kaz.return_quota", "undp.hdi",
     "worldbank.indicators.gdp_usd", "iom.missing_migrants", "kaz.occupation_sex_share"]
) | st.text(max_size=12)  # fmt: skip
_KEYS = st.sampled_from(
    ["country", "year", "sex", "age", "origin", "destination", "format", "lang", "series", "area"]
) | st.text(max_size=6)
_LABELS = st.sampled_from(
    ["KAZ", "UZB", "2020", "2020,2015", "M", "", ",", "-1", "1e400", "nan", "sdmx-csv", "csv",
     "json-stat", "kk", "'; DROP TABLE x; --", "\x00", "%", "🐪"]
) | st.text(max_size=8)  # fmt: skip


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    kind=st.sampled_from(["data", "catalogue", "flowmap", "scenarios", "runs"]),
    id=_IDS,
    more=st.sampled_from(["", "/flows", "/outcomes", "/x"]),
    params=st.lists(st.tuples(_KEYS, _LABELS), max_size=4),
)
def test_whatever_is_asked_the_answer_is_no_crash(opened, kind, id, more, params) -> None:
    from urllib.parse import quote, urlencode

    clean = [
        (key.encode("utf-8", "replace"), text.encode("utf-8", "replace")) for key, text in params
    ]
    name = quote(id.encode("utf-8", "replace"), safe="")
    answer = opened.get(f"{V1}/{kind}/{name}{more}?{urlencode(clean)}")
    assert answer.status_code < 500
    if answer.status_code >= 400:
        told = json.loads(answer.text)
        assert set(told) >= {"id", "what", "where", "remedy"}


@pytest.fixture
def opened(signed):
    return signed("viewer")
