# SPDX-License-Identifier: Apache-2.0
"""Charts and maps that answer the pointer, and that every page is whole without them."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keruen.report._geography import load_geography
from keruen.report.country_flows import estimated_flows
from keruen.report.world_flows import build_world_flows, largest_flows
from keruen.web import islands
from keruen.web.flow_data import flow_data, outlines
from keruen.web.sessions import COOKIE

ROOT: Final = Path(__file__).parents[2]
PICTURE: Final = ".picture > svg"
TEXTS: Final = "all => all.map(one => [...one.querySelectorAll('text')].map(t => t.textContent))"
READY: Final = ".flow-map[data-ready]"


@pytest.fixture
def built() -> None:
    """The islands; npm builds them in ``make setup``."""
    if shutil.which("npm") is None:
        pytest.skip("NOT AVAILABLE: npm, which builds charts and maps (Debian: npm)")
    assert islands.islands(), "npm is there, but frontend/ is not built: run make setup"


@pytest.fixture
def still(browser, served) -> Iterator:
    """A page of a viewer whose browser runs no script."""
    context = browser.new_context(base_url=served.address, java_script_enabled=False)
    cookie = served.office.sessions.begin("viewer")
    context.add_cookies([{"name": COOKIE, "value": cookie, "url": served.address}])
    yield context.new_page()
    context.close()


def test_a_chart_is_drawn_anew_in_place_and_tells_its_numbers(built, enter, still) -> None:
    still.goto("/projection/KAZ?lang=ru")
    drawn = still.locator(PICTURE).evaluate_all(TEXTS)
    page = enter("viewer", lang="ru")
    page.goto("/projection/KAZ")
    pictures = page.locator(PICTURE)
    for place in range(pictures.count()):
        pictures.nth(place).scroll_into_view_if_needed()
        page.locator(PICTURE + "[data-island=chart]").nth(place).wait_for(timeout=30_000)
    assert pictures.count() == len(drawn) >= 3
    assert pictures.evaluate_all("all => all.map(one => one.querySelectorAll('svg').length)") == [
        1
    ] * len(drawn)
    words = [sorted(set(texts)) for texts in pictures.evaluate_all(TEXTS)]
    assert words == [sorted(set(texts)) for texts in drawn]  # numbers and names are the report's

    first = pictures.first
    first.scroll_into_view_if_needed()
    box = first.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.6)
    tip = page.locator("#vg-tooltip-element.visible")
    tip.wait_for()
    assert re.fullmatch(r"20\d\d: \d+,\d; 95 %: \d+,\d–\d+,\d; 80 %: .+", tip.inner_text())
    for button, head in (("SVG", b"<svg"), ("PNG", b"\x89PNG")):
        with page.expect_download() as saved:
            page.get_by_role("button", name=button).first.click()
        content = saved.value.path().read_bytes()
        assert content.startswith(head)
        assert len(content) > 10_000


def test_a_chart_that_cannot_be_drawn_anew_stays_as_it_is(built, enter) -> None:
    page = enter("viewer")
    page.route("**/charts/*.json*", lambda route: route.fulfill(status=500, body="no"))
    page.goto("/projection/KAZ")
    page.locator(PICTURE + "[data-island=picture]").first.wait_for()
    assert page.locator(PICTURE).first.locator("path").count() > 5


def test_what_charts_are_drawn_from_needs_nothing_from_outside(signed) -> None:
    client = signed("viewer")
    html = client.get("/projection/KAZ", params={"lang": "ru"}).text
    names = re.findall(r'<title id="(k[0-9a-f]{8})-title">', html)
    held = [client.get(f"/projection/KAZ/charts/{name}.json?lang=ru") for name in names]
    told = [json.loads(one.text) for one in held if one.status_code == 200]
    assert told
    for one in told:
        assert one["format"]["decimal"] == ","
        assert not re.search(r'"(url|\$schema|href)"|https?:', json.dumps(one))
    assert client.get("/projection/KAZ/charts/k00000000.json").status_code == 404
    client.cookies.clear()
    assert client.get(f"/projection/KAZ/charts/{names[0]}.json").status_code == 303


def flow_pixels(page) -> np.ndarray:
    """Pixels of the map in the colours of flows, not of land, sea, borders or names."""
    from PIL import Image

    shot = page.locator(".flow-map .ground").screenshot()
    pixels = np.asarray(Image.open(io.BytesIO(shot)).convert("RGB"), dtype=int)
    return np.abs(pixels[..., 2] - pixels[..., 0]) > 60


def point_at_a_flow(page) -> str:
    """What is told where the map is full of one flow."""
    from scipy.ndimage import distance_transform_edt

    room = distance_transform_edt(flow_pixels(page))
    y, x = np.unravel_index(np.argmax(room), room.shape)
    box = page.locator(".flow-map .ground").bounding_box()
    page.mouse.move(box["x"] + int(x) - 3, box["y"] + int(y))
    page.mouse.move(box["x"] + int(x), box["y"] + int(y))
    told = page.locator(".flow-map .told")
    told.wait_for()
    return told.inner_text()


def first_row(page) -> str:
    return page.locator(".flow-map tbody tr").first.inner_text()


def test_the_flow_map_draws_and_follows_the_keyboard(built, enter) -> None:
    page = enter("viewer")
    page.goto("/flows")
    page.locator(READY).wait_for(timeout=60_000)
    page.wait_for_function("document.querySelectorAll('.flow-map canvas').length === 2")
    page.wait_for_timeout(1500)
    many = flow_pixels(page).sum()
    assert many > 5_000
    assert re.fullmatch(r".+ → .+: [\d,]+", point_at_a_flow(page))
    origin, destination, number = largest_flows(estimated_flows().od().sel(year=2020), 1)[0]
    assert (origin, destination) == ("MEX", "USA")
    assert first_row(page).startswith("Mexico → United States of America")
    assert f"{number:,.0f}" in first_row(page)

    slider = page.get_by_role("slider", name="Period")
    slider.focus()
    slider.press("ArrowLeft")
    assert slider.get_attribute("aria-valuetext") == "2015–2020"
    number = largest_flows(estimated_flows().od().sel(year=2015), 1)[0][2]
    assert f"{number:,.0f}" in first_row(page)
    assert "mid-2015 to mid-2020" in page.locator(".findings li").first.inner_text()
    assert page.url.endswith("year=2020")  # the address can be kept

    page.get_by_label("Smallest flow shown").select_option(label="500,000")
    page.wait_for_timeout(1000)
    assert 500 < flow_pixels(page).sum() < many / 2
    page.locator(".flow-map").get_by_label("Country or area").select_option(label="Kazakhstan")
    assert page.locator(".flow-map tbody").inner_text() == "No flow is that large."
    page.get_by_label("Smallest flow shown").select_option(label="1,000")
    assert "Kazakhstan" in first_row(page)
    assert page.locator(".flow-map a", has_text="Kazakhstan").get_attribute("href") == (
        "/flows/KAZ?year=2020"
    )
    assert not page.locator("#table-flows_world .picture").is_visible()
    page.get_by_role("button", name="The same as a picture").press("Enter")
    assert page.locator("#table-flows_world .picture").is_visible()
    play = page.locator(".flow-map button").first
    play.press("Enter")  # to the last period, where the film ends
    assert (play.inner_text(), slider.get_attribute("aria-valuetext")) == ("Play", "2020–2024")
    play.press("Enter")  # and from the first on
    assert (play.inner_text(), slider.get_attribute("aria-valuetext")) == ("Pause", "1990–1995")
    play.press("Enter")
    assert play.inner_text() == "Play"


def test_the_map_of_a_country_speaks_kazakh_and_knows_the_methods(built, enter) -> None:
    page = enter("viewer", lang="kk")
    page.goto("/flows/KAZ?year=1995")
    page.locator(READY).wait_for(timeout=60_000)
    assert page.locator(".flow-map").get_attribute("data-period") == "1990–1995"
    before = first_row(page)
    assert before.startswith("Қазақстан → Ресей")
    page.locator(".flow-map").get_by_label("Әдіс").select_option("rate")
    page.wait_for_function("text => !document.querySelector('.flow-map').innerText.includes(text)",
                           arg=before.split("\t")[1])  # fmt: skip
    flows = estimated_flows("rate").od().sel(year=1990)
    number = float(flows.sel(origin="KAZ", destination="RUS"))
    assert (
        f"{number:,.0f}".replace(",", "\N{NO-BREAK SPACE}")
        in page.locator(".flow-map table").inner_text()
    )


def test_without_webgl_the_picture_stays(built, enter) -> None:
    page = enter("viewer")
    page.add_init_script(
        "HTMLCanvasElement.prototype.getContext = (get => function (kind, ...more) {"
        "return kind.startsWith('webgl') ? null : get.call(this, kind, ...more)"
        "})(HTMLCanvasElement.prototype.getContext)"
    )
    heard: list[str] = []
    page.on("console", lambda one: heard.append(one.text))
    page.goto("/flows/KAZ")
    page.wait_for_event(
        "console", lambda one: "stays a picture" in one.text, timeout=30_000
    ) if not any("stays a picture" in one for one in heard) else None
    assert page.locator("#table-flows_in .picture svg").is_visible()
    assert page.locator(".flow-map").count() == 0


def test_without_script_pages_show_pictures_tables_and_links(still) -> None:
    for address, table in (("/flows", "flows_world"), ("/flows/KAZ", "flows_in")):
        still.goto(address)
        assert still.locator(f"#table-{table} .picture svg").is_visible()
        assert still.locator(f"#table-{table} table tbody tr").count() >= 10
        assert still.locator("canvas, .flow-map, .saves").count() == 0
        still.get_by_role("link", name="2000–2005").click()
        assert still.url.endswith("year=2005")
        assert "2000–2005" in still.locator(f"#table-{table} caption").inner_text()


def test_pages_ask_for_no_more_than_they_need(built, signed, monkeypatch, tmp_path) -> None:
    client = signed("viewer")
    asked = {
        address: re.findall(r"/static/built/([\w.-]+\.js)\?", client.get(address).text)
        for address in ("/", "/points", "/projection/KAZ", "/flows/KAZ")
    }
    assert asked["/"] == asked["/points"] == ["htmx.min.js"]
    assert asked["/projection/KAZ"] == ["charts.js"]
    assert asked["/flows/KAZ"] == ["flow-map.js"]
    monkeypatch.setattr(islands, "BUILT", tmp_path / "none")
    for address in asked:
        text = client.get(address).text
        assert "/static/built/" not in text
        assert "<script" not in text


def test_htmx_runs_under_the_content_policy(built, enter) -> None:
    page = enter("viewer")
    page.goto("/")
    assert page.evaluate("htmx.config.includeIndicatorCSS") is False


def test_the_world_page_holds_the_flows_of_the_library() -> None:
    report = build_world_flows(2005)
    table = next(iter(report.exhibits())).table
    values = [figure.value for figure in table.figures()]
    assert values == sorted(values, reverse=True)
    flows = estimated_flows().od().sel(year=2000)
    assert values[0] == pytest.approx(float(flows.max()))
    assert {figure.status for figure in report.figures()} == {"estimate"}
    told = json.loads(flow_data("world", "pseudo_bayes", "en"))
    period = told["periods"][2]
    assert (period["name"], period["last"]) == ("2000–2005", 2005)
    codes = [place[0] for place in told["places"]]
    for origin, destination, persons in period["flows"][::97]:
        known = float(flows.sel(origin=codes[origin], destination=codes[destination]))
        assert persons == round(known) >= 1000


@given(
    lon=st.floats(-168.9, 190.9), lat=st.floats(-89.0, 89.0)
)  # the world is cut at 169 degrees west
def test_the_map_stands_where_the_outlines_stand(lon, lat) -> None:
    ground = load_geography("world")
    ((back, up),) = ground.lon_lat(ground.places([lon], [lat]))
    assert (back, up) == pytest.approx((lon, lat), abs=1e-6)


def test_outlines_hold_every_country_of_the_flows() -> None:
    told = json.loads(outlines())
    assert len(told["features"]) == len(load_geography("world").areas)
    rings = {one["properties"]["code"]: one["geometry"]["coordinates"] for one in told["features"]}
    west, south = np.min([corner for ((*ring,),) in rings["KAZ"] for corner in ring], axis=0)
    east, north = np.max([corner for ((*ring,),) in rings["KAZ"] for corner in ring], axis=0)
    # Extreme points of Kazakhstan by its national atlas: 46.49 to 87.32 east, 40.57 to 55.43
    # north; the outline is simplified for maps of the world.
    assert (west, south, east, north) == pytest.approx((46.49, 40.57, 87.32, 55.43), abs=0.25)
    placeless = [place[0] for place in json.loads(flow_data("KAZ", "rate", "en"))["places"]
                 if len(place) == 2]  # fmt: skip
    assert placeless == ["CHI"]


def test_the_lock_file_names_versions_and_digests_but_no_address() -> None:
    text = (ROOT / "frontend" / "package-lock.json").read_text("utf-8")
    assert "http" not in text
    packages = json.loads(text)["packages"]
    wanted = json.loads((ROOT / "frontend" / "package.json").read_text("utf-8"))["devDependencies"]
    assert packages[""]["devDependencies"] == wanted
    for name, version in wanted.items():
        assert packages[f"node_modules/{name}"]["version"] == version
    assert all(one.get("integrity", "").startswith("sha512-")
               for path, one in packages.items() if path)  # fmt: skip


def test_setup_goes_on_without_npm(tmp_path) -> None:
    for folder in ("scripts", "frontend/src", "bin", "src/keruen/web/static"):
        (tmp_path / folder).mkdir(parents=True)
    shutil.copy(ROOT / "scripts" / "frontend", tmp_path / "scripts")
    names = (".npmrc", "package.json", "package-lock.json", "build.mjs", "src/charts.js")
    for name in names:
        shutil.copy(ROOT / "frontend" / name, tmp_path / "frontend" / name)
    for name in ("bash", "cat", "cksum", "dirname", "rm", "tr"):
        (tmp_path / "bin" / name).symlink_to(shutil.which(name))
    command = ["bash", tmp_path / "scripts" / "frontend"]
    run = subprocess.run(command, env={"PATH": str(tmp_path / "bin")}, check=False,
                         capture_output=True, encoding="utf-8")  # fmt: skip
    assert (run.returncode, run.stdout) == (0, "")
    assert run.stderr == "no npm: charts and maps stay pictures\n"
