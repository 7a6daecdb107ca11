# SPDX-License-Identifier: Apache-2.0
"""An analyst in a real browser: a scenario written, mended, run, compared and taken along."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn

from keruen.scenario.compose import compose
from keruen.web.accounts import Role
from keruen.web.app import create_app
from keruen.web.islands import islands
from keruen.web.settings import Settings
from web.conftest import PASSWORD

SHARE = "decide.labour_quota.share"


@pytest.fixture
def address(tmp_path) -> Iterator[str]:
    app = create_app(Settings(tmp_path / "data", megabytes=6000, seconds=240))
    app.state.office.accounts.add("analyst", PASSWORD, Role.analyst)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


def _run(page, futures: str) -> str:
    """Run the scenario of the page and wait for its result; gives the run's address."""
    page.get_by_label("Futures drawn").fill(futures)
    page.get_by_role("button", name="Run", exact=True).click()
    page.get_by_role("button", name="Cancel").wait_for()
    page.evaluate("window.kept = true")
    page.get_by_role("link", name="The result as a page").wait_for(timeout=300_000)
    # with script the page follows the run in its place; without, it is asked for again
    assert page.evaluate("window.kept === true") == bool(islands())
    return page.url


@pytest.mark.slow
def test_an_analyst_writes_mends_runs_cancels_compares_and_saves(page, address, tmp_path) -> None:
    from openpyxl import load_workbook

    outside: list[str] = []
    page.on("request", lambda one: outside.append(one.url))
    page.goto(f"{address}/scenarios/new")
    page.get_by_label("Account name").fill("analyst")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()

    # a fault of the form is told beside the field, and mended there
    page.get_by_label("Name: small").fill("more_permits")
    page.get_by_label("Title in English").fill("More permits")
    page.get_by_label("Last year").fill("2028")
    page.get_by_label("First year").fill("2025")
    page.locator(f"[name='how:{SHARE}']").select_option("value")
    page.locator(f"[name='value:{SHARE}']").fill("0.5")
    page.get_by_role("button", name="Check and keep").click()
    assert page.get_by_role("alert").get_by_text("0.5 is outside 0 to 0.2").count() == 1
    page.locator(f"[name='value:{SHARE}']").fill("0.005")
    page.get_by_role("button", name="Check and keep").click()
    page.get_by_role("heading", name="More permits").wait_for()
    page.get_by_text("more_permits.yaml, line 6", exact=True).click()
    assert page.get_by_text("before: 0.0025; after: 0.005").is_visible()
    with page.expect_download() as saved:
        page.get_by_role("link", name="for the command line").click()
    file = tmp_path / saved.value.suggested_filename
    saved.value.save_as(file)
    assert compose(file).held(SHARE) == (0.005,) * 4
    own = page.url

    first = _run(page, "4")
    page.goto(own)

    # a second one, as a file: a fault by its line, mended; its population is that of the first
    page.get_by_role("link", name="Edit as a file").click()
    text = page.locator("#text")
    sound = text.input_value()
    text.fill(sound.replace("more_permits", "fewer_permits").replace(SHARE, "decide.labour.share"))
    page.get_by_role("button", name="Check and keep").click()
    row = page.get_by_role("row", name="the baseline has no key")
    assert row.get_by_role("cell").first.inner_text() == "6"
    kept = sound.replace("more_permits", "fewer_permits").replace("More", "Fewer")
    text.fill(kept.replace("0.005", "0.001"))
    page.get_by_role("button", name="Check and keep").click()
    page.get_by_role("heading", name="Fewer permits").wait_for()
    second = _run(page, "4")

    # another is cancelled while it runs
    page.goto(f"{address}/scenarios/package/kaz/quota_20000")
    page.get_by_label("Futures drawn").fill("1000")
    page.get_by_role("button", name="Run", exact=True).click()
    page.get_by_text("runs", exact=True).wait_for(timeout=60_000)
    page.get_by_role("button", name="Cancel").click()
    page.get_by_text("cancelled").wait_for()
    assert page.get_by_role("button", name="Run it again").is_visible()

    page.goto(f"{address}/runs")
    page.get_by_label("Reference of the comparison").select_option(first.rsplit("/", 1)[1])
    page.locator(f"input[name=run][value='{second.rsplit('/', 1)[1]}']").check()
    page.get_by_role("button", name="Compare").click()
    page.get_by_label("What is wanted").select_option("labour_gap")
    page.get_by_label("More or less of it").select_option("less")
    page.get_by_role("button", name="Show").click()
    assert page.get_by_text("less is wanted").first.is_visible()
    chart = page.locator("img[src*='permits_differences']")
    chart.scroll_into_view_if_needed()
    page.wait_for_function(
        "one => one.complete && one.naturalWidth > 100", arg=chart.element_handle()
    )
    with page.expect_download() as saved:
        page.get_by_role("link", name="Tables as a workbook").click()
    book = tmp_path / "comparison.xlsx"
    saved.value.save_as(book)
    assert len(load_workbook(book).sheetnames) > 3
    kept_address = page.url
    page.get_by_role("link", name="Қазақша").click()
    assert page.locator("html").get_attribute("lang") == "kk"
    assert "prefer=labour_gap%3Dless" in page.url
    assert "prefer=labour_gap%3Dless" in kept_address
    assert [one for one in outside if not one.startswith((address, "data:"))] == []
