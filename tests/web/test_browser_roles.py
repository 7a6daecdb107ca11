# SPDX-License-Identifier: Apache-2.0
"""People of every role in a real browser: what each sees, does, and is refused.

What an officer does with families stands in ``test_placement_browser.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from keruen.sources.migrations.tables import attempt, session
from keruen.web.accounts import Role
from web.browser import PASSWORD
from web.routes import is_file, routes

if TYPE_CHECKING:
    from playwright.sync_api import Page

LEAST: Final = {
    "/placement": Role.officer,
    "/accounts": Role.administrator,
    "/scenarios/new": Role.analyst,
    "/scenarios/text": Role.analyst,
}
"""Pages that are not for everybody, with the least role that sees them."""


def sign_in(page: Page, name: str, password: str = PASSWORD) -> None:
    page.get_by_label("Account name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    page.wait_for_load_state()


def menu(page: Page) -> dict[str, str]:
    """Names and addresses of the menu."""
    links = page.get_by_role("navigation", name="Menu").get_by_role("link").all()
    return {one.inner_text(): one.get_attribute("href") or "" for one in links}


@pytest.mark.parametrize("role", list(Role))
def test_the_menu_leads_to_what_a_role_may_see_and_to_nothing_else(enter, role) -> None:
    page = enter(role.name)
    page.goto("/")
    held = menu(page)
    assert {"Country profile", "Flow map", "Scenarios", "Quotas", "Data"} <= set(held)
    assert ("Placement" in held) is (role >= Role.officer)
    assert ("Accounts" in held) is (role >= Role.administrator)
    tiles = [one.get_attribute("href") for one in page.locator(".tiles a").all()]
    assert set(held.values()) <= set(tiles)
    for address in ("/", "/runs", "/data", *(one for one in LEAST if role >= LEAST[one])):
        answer = page.goto(address)
        assert answer.status == 200, address
        assert page.get_by_role("heading", level=1).count() == 1


@pytest.mark.parametrize("role", list(Role))
def test_pages_of_other_roles_are_refused_in_plain_words(enter, role) -> None:
    page = enter(role.name)
    for address in (one for one, least in LEAST.items() if role < least):
        assert page.goto(address).status == 403, address
        assert "may not see this page" in page.get_by_role("alert").inner_text()
        page.get_by_role("link", name="To the first page").click()
        page.wait_for_url("**/")


def test_no_other_page_is_kept_from_a_viewer(served) -> None:
    from fastapi.testclient import TestClient

    from keruen.web.sessions import COOKIE

    client = TestClient(served.app, follow_redirects=False)
    client.cookies.set(COOKIE, served.office.sessions.begin("viewer"))
    plain = [one for one in routes(served.app) if "{" not in one and not is_file(one)]
    slow = {"/draws/practice", "/flows", "/methods"}  # computed; looked at in test_axe
    refused = {one for one in plain if one not in slow and client.get(one).status_code == 403}
    assert refused == set(LEAST)


def test_nobody_sees_anything_before_the_sign_in(enter, served) -> None:
    page = enter()
    for address in (one for one in routes(served.app) if "{" not in one and not is_file(one)):
        page.goto(address)
        assert page.url.startswith(f"{served.address}/sign-in"), address
    assert page.get_by_role("navigation", name="Menu").count() == 0
    assert page.get_by_role("link", name="Русский").count() == 1


def test_the_way_leads_back_to_the_page_that_was_asked_for(enter, served) -> None:
    page = enter()
    page.goto("/data?q=remittance")
    sign_in(page, "viewer", "something else entirely")
    assert "is wrong" in page.get_by_role("alert").inner_text()
    sign_in(page, "viewer")
    assert page.url == f"{served.address}/data?q=remittance"
    page.get_by_role("button", name="Sign out").click()
    assert page.url == f"{served.address}/sign-in"
    page.go_back()
    page.reload()
    assert "/sign-in" in page.url


def test_wrong_passwords_are_slowed_and_the_page_says_how_long(enter, served) -> None:
    import sqlalchemy as sa

    page = enter()
    page.goto("/sign-in")
    try:
        for _ in range(6):
            sign_in(page, "viewer", "wrong password here")
        assert "Wait" in page.get_by_role("alert").inner_text()
        page.get_by_role("link", name="Русский").click()
        assert page.locator("html").get_attribute("lang") == "ru"
    finally:  # the brake holds for the address, which other tests share
        with served.office.engine.begin() as connection:
            connection.execute(sa.delete(attempt))


def test_a_session_that_ended_leads_to_the_sign_in_and_back(enter, served) -> None:
    import sqlalchemy as sa

    page = enter("analyst")
    page.goto("/runs")
    with served.office.engine.begin() as connection:
        mine = session.c.account == "analyst"
        long_ago = "2020-01-01T00:00:00+00:00"
        connection.execute(sa.update(session).where(mine).values(seen=long_ago))
    page.reload()
    assert page.url == f"{served.address}/sign-in?next=/runs"
    sign_in(page, "analyst")
    assert page.url == f"{served.address}/runs"


@pytest.mark.parametrize(
    ("role", "address"),
    [("viewer", "/data?q=quota"), ("viewer", "/flows/KAZ?year=1995"), ("officer", "/placement")],
)
def test_another_language_keeps_the_address_and_stays(enter, role, address) -> None:
    page = enter(role)
    page.goto(address, timeout=60_000)
    for name, lang in (("Русский", "ru"), ("Қазақша", "kk")):
        page.get_by_role("link", name=name, exact=True).click()
        page.wait_for_load_state()
        path, _, query = address.partition("?")
        assert path in page.url
        assert query in page.url
        assert page.locator("html").get_attribute("lang") == lang
        assert page.get_by_role("link", name=name, exact=True).get_attribute("aria-current")
    page.goto("/")
    assert page.locator("html").get_attribute("lang") == "kk"


def test_an_administrator_makes_an_account_and_locks_it(enter) -> None:
    boss, other = enter("administrator"), enter()
    boss.goto("/accounts")
    new = boss.locator("form[action='/accounts']")
    new.get_by_label("Account name").fill("aigul")
    new.get_by_label("Role").select_option("analyst")
    new.get_by_label("Password").fill(PASSWORD)
    new.get_by_role("button", name="Make").click()
    assert boss.get_by_role("row", name="aigul").first.is_visible()

    other.goto("/sign-in")
    sign_in(other, "aigul")
    assert "Scenarios" in menu(other)

    row = boss.locator("form[action='/accounts/aigul']")
    row.get_by_label("locked").check()
    row.get_by_role("button", name="Save").click()
    other.reload()
    assert "/sign-in" in other.url
    sign_in(other, "aigul")
    assert "is wrong" in other.get_by_role("alert").inner_text()
    log = boss.get_by_role("table").last.inner_text()
    assert "account made" in log
    assert "account changed" in log


def test_faults_are_pages_with_a_way_back(enter) -> None:
    page = enter("viewer")
    for address, status in (("/nowhere", 404), ("/profile/XXX", 422), ("/runs/none", 404)):
        assert page.goto(address).status == status
        assert page.get_by_role("alert").count() == 1
        assert page.get_by_role("link", name="To the first page").count() == 1


@pytest.mark.slow
def test_an_analyst_runs_a_scenario_takes_it_along_and_cancels_another(enter, served) -> None:
    page = enter("analyst")
    page.goto("/runs")
    page.get_by_label("Scenario", exact=True).select_option("kaz/quota_5000")
    page.get_by_label("Futures drawn").fill("4")
    page.get_by_role("button", name="Run", exact=True).click()
    page.get_by_role("link", name="The result as a page").wait_for(timeout=180_000)
    with page.expect_download(timeout=60_000) as saved:
        page.get_by_role("link", name="Tables as a workbook").click()
    assert saved.value.path().read_bytes()[:2] == b"PK"
    page.get_by_role("link", name="The result as a page").click()
    page.locator("main h1").wait_for(timeout=60_000)
    assert page.locator("table").count() > 3

    page.goto("/runs")
    page.get_by_label("Scenario", exact=True).select_option("kaz/quota_20000")
    page.get_by_label("Futures drawn").fill("1000")
    page.get_by_role("button", name="Run", exact=True).click()
    page.get_by_role("button", name="Cancel").click()
    page.get_by_text("cancelled", exact=True).wait_for(timeout=30_000)
    kept = served.office.jobs.of("analyst")
    assert sorted(one.state for one in kept) == ["cancelled", "done"]
    assert page.goto(f"/runs/{kept[0].id}").status == 200
    stranger = enter("viewer")
    assert stranger.goto(f"/runs/{kept[0].id}").status == 404
