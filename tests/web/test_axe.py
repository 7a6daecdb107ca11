# SPDX-License-Identifier: Apache-2.0
"""Every page in a real browser: axe-core finds nothing, nothing runs off a phone, keys reach all.

The pages are those of the application itself (``web.routes``), so that a new page is
looked at without anybody remembering it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from keruen.report import locale
from web.browser import PHONE, Served
from web.routes import QUOTA, addresses, furnish, role_of, unknown

AXE: Final = Path(__file__).parents[2] / "frontend/node_modules/axe-core/axe.min.js"
RULES: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
KEPT = ("KAZ", "DEU", "/flows", "/points/", "/page", "/compare", "/draws/", "/files/", "/draft/")
"""Pages kept for the next reader: they would outlive a language made for a test."""
SAMPLE: Final = (
    "/sign-in", "/", "/projection/KAZ", "/points", "/placement/{placement}",
    f"/ledger/quotas/{QUOTA}", "/nowhere",
)  # fmt: skip
CONTROLS: Final = "a[href], button, input, select, textarea, summary, [tabindex]"
MOST_STOPS: Final = 400


@pytest.fixture(scope="module")
def axe() -> str:
    if not AXE.is_file():
        pytest.skip("NOT AVAILABLE: axe-core (npm install in frontend/)")
    return AXE.read_text("utf-8")


@pytest.fixture(scope="module")
def facts(served: Served) -> dict[str, str]:
    return furnish(served)


def broken_rules(page, axe: str) -> list[str]:
    """What axe-core finds, a line a rule."""
    page.evaluate(axe)
    found = page.evaluate(
        "tags => axe.run({runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']})",
        RULES,
    )
    return [
        f"{page.url}: {rule['id']}: {rule['nodes'][0]['html'][:200]} ({len(rule['nodes'])})"
        for rule in found["violations"]
    ]


def too_wide(page) -> list[str]:
    """Whether the page scrolls sideways, and the elements that stick out."""
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return [f"{page.url}: {wide} px too wide"] if wide > 0 else []


def test_every_route_is_visited_or_known_as_a_file(served) -> None:
    left = unknown(served.app)
    assert left == [], "give these an address in web/routes.py: EXAMPLES"


def test_axe_finds_faults_where_there_are_some(page, axe) -> None:
    page.set_content("<html><body><img src='data:,'><input></body></html>")
    found = " ".join(broken_rules(page, axe))
    assert all(rule in found for rule in ("image-alt", "label", "html-has-lang"))


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_no_page_breaks_a_rule_of_accessibility_or_runs_off_a_phone(
    browser, served, facts, axe
) -> None:
    found = []
    contexts = {
        role: served.context(browser, role, bypass_csp=True)
        for role in ("", "officer", "administrator")
    }
    for address in addresses(served.app, facts):
        page = contexts[role_of(address)].new_page()
        page.goto(address, timeout=120_000)
        found += broken_rules(page, axe)
        page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
        found += too_wide(page)
        page.close()
    for context in contexts.values():
        context.close()
    assert found == []


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["ru", "kk"])
@pytest.mark.study
def test_other_languages_break_no_rule_either(browser, served, facts, axe, lang) -> None:
    found = []
    for address in SAMPLE:
        context = served.context(browser, role_of(address), lang=lang, bypass_csp=True)
        page = context.new_page()
        page.goto(address.format(**facts))
        assert page.locator("html").get_attribute("lang") == lang
        found += broken_rules(page, axe)
        context.close()
    assert found == []


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.study
def test_no_page_runs_off_a_phone_in_russian(enter, served, facts) -> None:
    pages = {role: enter(role, lang="ru", size=PHONE) for role in ("", "officer", "administrator")}
    found = []
    for address in addresses(served.app, facts):
        if not any(one in address for one in KEPT):
            continue  # the test of long words sees it
        page = pages[role_of(address)]
        page.goto(address, timeout=120_000)
        found += too_wide(page)
    assert found == []


class _Long:
    """A language in which every word is half as long again."""

    def gettext(self, text: str) -> str:
        words = text.split(" ")
        return (
            "⟦" + " ".join(one if "{" in one else one + one[: len(one) // 2] for one in words) + "⟧"
        )

    def ngettext(self, text: str, plural: str, number: int) -> str:
        return self.gettext(text if number == 1 else plural)


@pytest.mark.slow
def test_no_page_runs_off_a_phone_in_a_language_of_long_words(
    enter, served, facts, monkeypatch
) -> None:
    real = locale._catalogue
    monkeypatch.setattr(locale, "_catalogue", lambda one: _Long() if one == "kk" else real(one))
    pages = {role: enter(role, lang="kk", size=PHONE) for role in ("", "officer", "administrator")}
    plain = [one for one in addresses(served.app, facts) if not any(k in one for k in KEPT)]
    found = []
    for address in plain:
        page = pages[role_of(address)]
        page.goto(address)
        assert "⟦" in page.locator("main").inner_text()
        found += too_wide(page)
    assert found == []


@pytest.mark.slow
def test_a_profile_has_few_stops_of_the_tab_key_and_every_explanation_is_reached(enter) -> None:
    page = enter("viewer")
    page.goto("/profile/KAZ", timeout=120_000)
    stops = page.evaluate(
        f"""() => [...document.querySelectorAll('{CONTROLS}')].filter(
            one => one.tabIndex >= 0 && one.type !== 'hidden' && one.checkVisibility()).length"""
    )
    assert 50 < stops < MOST_STOPS
    assert page.locator("td button").count() > 1000  # for the pointer
    missed = page.evaluate("""() => {
        const reached = new Set([...document.querySelectorAll('button[popovertarget]')]
            .filter(one => one.tabIndex >= 0).map(one => one.getAttribute('popovertarget')));
        return [...document.querySelectorAll('main .why')].map(one => one.id)
            .filter(id => ![...document.querySelectorAll(`main :not(.why) > button`)]
                .some(one => one.tabIndex >= 0 && one.getAttribute('popovertarget') === id)
                || !reached.has(id)); }""")
    assert missed == []


def test_the_keyboard_opens_and_closes_an_explanation(enter) -> None:
    page = enter("viewer")
    page.goto("/projection/KAZ", timeout=60_000)
    page.locator("details.known summary").first.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    target = page.evaluate("document.activeElement.getAttribute('popovertarget')")
    page.keyboard.press("Enter")
    page.locator(f"#{target}").wait_for(state="visible")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "close"
    page.keyboard.press("Escape")
    page.locator(f"#{target}").wait_for(state="hidden")


@pytest.mark.parametrize(
    ("role", "address"),
    [
        ("", "/sign-in"),
        ("officer", "/"),
        ("analyst", "/runs"),
        ("officer", "/placement"),
        ("officer", "/ledger"),
        ("administrator", "/accounts"),
        ("viewer", "/flows/KAZ"),
    ],
)
def test_the_tab_key_reaches_every_control_and_shows_where_it_is(enter, role, address) -> None:
    page = enter(role)
    page.goto(address, timeout=60_000)
    page.evaluate("document.body.tabIndex = -1; document.body.focus()")  # no field first
    page.evaluate("document.body.removeAttribute('tabindex')")
    wanted = page.evaluate(
        f"""() => {{ const all = [...document.querySelectorAll('{CONTROLS}')].filter(one =>
            one.tabIndex >= 0 && one.type !== 'hidden' && !one.disabled && one.checkVisibility());
            all.forEach((one, place) => one.dataset.place = place); return all.length; }}"""
    )
    seen, unshown = [], []
    for _ in range(3 * wanted + 5):  # a field of a date is three stops
        page.keyboard.press("Tab")
        place, shown = page.evaluate("""() => { const one = document.activeElement;
            const style = getComputedStyle(one), box = one.getBoundingClientRect();
            if (one === document.body) return ['end', true];
            return [one.dataset.place ?? '', style.outlineStyle !== 'none'
                && parseFloat(style.outlineWidth) >= 2 && box.width > 0
                && box.bottom > 0 && box.top < innerHeight]; }""")
        if place == "end":
            break
        seen += [place] if place else []  # what scripts add later has no number
        if not shown:
            unshown.append(page.evaluate("document.activeElement.outerHTML.slice(0, 150)"))
    assert sorted(set(seen), key=int) == [str(place) for place in range(wanted)]
    assert unshown == []


def test_the_first_stop_skips_to_the_content(enter) -> None:
    page = enter("viewer")
    page.goto("/data")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_the_menu_of_a_phone_opens_and_closes_without_script(browser, served) -> None:
    context = browser.new_context(
        viewport={"width": PHONE[0], "height": PHONE[1]}, java_script_enabled=False
    )
    with_cookies = served.context(browser, "viewer")
    context.add_cookies(with_cookies.cookies())
    page = context.new_page()
    page.goto(served.address)
    data = page.locator("#menu").get_by_role("link", name="Data", exact=True)
    assert not data.is_visible()
    page.get_by_role("button", name="Menu").click()
    assert data.is_visible()
    page.keyboard.press("Escape")
    assert not data.is_visible()
    page.get_by_role("button", name="Menu").click()
    data.click()
    assert page.get_by_role("heading", level=1).inner_text() == "Data"
    context.close()
    with_cookies.close()
