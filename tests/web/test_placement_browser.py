# SPDX-License-Identifier: Apache-2.0
"""An officer in a real browser: faults seen, families placed, one overridden, files saved."""

from __future__ import annotations

import pytest

from keruen.sources.practice_placement import write_practice_placement


@pytest.mark.slow
def test_an_officer_mends_places_overrides_and_saves(enter, tmp_path) -> None:
    from openpyxl import load_workbook

    sound, broken = tmp_path / "sound.xlsx", tmp_path / "broken.xlsx"
    write_practice_placement(sound, families=12, seed=1)
    book = load_workbook(sound)
    sheet = book["localities"]
    sheet.cell(sheet.max_row, 1).value = None
    book.save(broken)
    page = enter("officer")
    page.goto("/placement")
    page.locator("#file").set_input_files(broken)
    page.get_by_role("button", name="Check and place").click()
    page.get_by_role("alert").wait_for(timeout=60_000)
    assert page.get_by_role("cell", name="localities").count() >= 1

    page.get_by_role("link", name="Send another workbook").click()
    page.locator("#file").set_input_files(sound)
    page.get_by_role("button", name="Check and place").click()
    page.get_by_role("heading", name="Families").wait_for(timeout=120_000)
    assert page.locator("img.map").first.evaluate("one => one.naturalWidth") > 100
    page.get_by_label("F00001").check()
    page.get_by_role("button", name="Confirm the chosen ones").click()
    assert page.get_by_role("row", name="F00001").get_by_text("confirmed").count() == 1

    page.get_by_role("link", name="F00002", exact=True).click()
    page.get_by_label("Another place").select_option("")  # to wait is always possible
    page.get_by_label("Reason").fill("the family asked to wait")
    page.get_by_role("button", name="Decide another place").click()
    assert page.get_by_role("cell", name="the family asked to wait").count() == 1
    page.get_by_role("link", name="Back to the placement").click()
    with page.expect_download() as saved:
        page.get_by_role("link", name="Every decision").click()
    text = saved.value.path().read_text("utf-8-sig")
    assert [line.split(",")[3] for line in text.splitlines()[1:]] == ["confirmed", "overridden"]
    with page.expect_download() as saved:
        page.get_by_role("link", name="placement.xlsx").click()
    assert saved.value.path().read_bytes()[:2] == b"PK"
