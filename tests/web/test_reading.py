# SPDX-License-Identifier: Apache-2.0
"""Pages for everybody: read by a screen reader, and in the reader's language to the last word."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from keruen.report import locale
from keruen.web.app import STATIC
from web.page_checks import Page, faults_of

TEMPLATES = sorted((STATIC.parent / "templates").glob("*.html"))
FORM = "/points/kazakhstan-example?day=2026-11-22"
PAGES = (
    "/", "/profile", "/projection", "/labour", "/points", FORM, "/runs", "/data",
    "/data/kaz.return_quota", "/api", "/account", "/accounts", "/placement", "/ledger", "/nowhere",
    "/points/none",
)  # fmt: skip
REPORTS = ("/flows", "/flows/KAZ", "/projection/KAZ")
SAME = {"Keruen", "CSV", "OpenAPI", "GET", "Excel", "SDMX", "JSON"}
"""Words that are the same in every language."""


@pytest.mark.parametrize("path", PAGES)
def test_pages_can_be_read_by_everybody(signed, path) -> None:
    answer = signed("administrator").get(path, params={"lang": "kk"} if "?" not in path else None)
    lang = "en" if "?" in path else "kk"
    assert faults_of(answer.text, lang) == []


@pytest.mark.parametrize("path", REPORTS)
def test_reports_can_be_read_by_everybody(signed, path) -> None:
    answer = signed("viewer").get(path, params={"lang": "en"})
    assert faults_of(answer.text, "en") == []


def test_the_points_of_a_person_can_be_read_by_everybody(signed) -> None:
    from web.test_reports import FACTS, RESULT

    answer = signed("viewer").get(RESULT, params=FACTS)
    assert faults_of(answer.text, "en") == []


def test_the_sign_in_page_can_be_read_by_everybody(client) -> None:
    assert faults_of(client.get("/sign-in?lang=ru").text, "ru") == []


@pytest.mark.parametrize(
    ("html", "fault"),
    [
        ("<html><h1>a</h1>", "does not name its language"),
        ("<html lang=en><h2>a</h2>", "0 headings"),
        ("<html lang=en><input name=q>", "the field q has no label"),
        ("<html lang=en><table><tr><th>a</th>", "without scope"),
        ("<html lang=en><h1>a</h1><h3>b</h3>", "a heading of level 3"),
        ("<html lang=en><i id=x></i><b id=x></b>", "stands twice"),
    ],
)
def test_the_check_itself_finds_faults(html, fault) -> None:
    assert any(fault in one for one in faults_of(html, "en"))


def bare_words(source: str) -> list[str]:
    """Words of a template that no call of ``say`` or ``tell`` holds."""
    source = re.sub(r"\{#.*?#\}|<style.*?</style>|<code>.*?</code>", " ", source, flags=re.DOTALL)
    named = re.findall(r"""(?:aria-label|title|placeholder|alt)=(["'])(.*?)\1""", source)
    left = [re.sub(r"\{\{.*?\}\}|\{%.*?%\}", " ", text) for _, text in named]
    source = re.sub(r"\{\{.*?\}\}|\{%.*?%\}", " ", source, flags=re.DOTALL)
    left.append(re.sub(r"<[^>]*>|&\w+;", " ", source))
    found = [word for text in left for word in re.findall(r"[^\W\d_]{2,}", text)]
    return [word for word in found if word not in SAME]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_templates_hold_no_word_that_cannot_be_translated(path: Path) -> None:
    assert bare_words(path.read_text("utf-8")) == []


def test_bare_words_are_found() -> None:
    assert bare_words('<p title="Hello">{{ say("Ok") }} there</p>') == ["Hello", "there"]


class _Pseudo:
    """A language in which every translated text stands in brackets."""

    def gettext(self, text: str) -> str:
        return f"⟦{text}⟧"

    def ngettext(self, text: str, plural: str, number: int) -> str:
        return f"⟦{text if number == 1 else plural}⟧"


@pytest.mark.parametrize("path", PAGES)
def test_no_word_of_a_page_escapes_the_translation(signed, monkeypatch, path) -> None:
    client = signed("administrator")
    real = locale._catalogue
    monkeypatch.setattr(locale, "_catalogue", lambda one: _Pseudo() if one == "kk" else real(one))
    client.cookies.set("keruen_language", "kk")
    page = Page(client.get(path).text)
    known = {*SAME, "administrator", "English"}
    for text, within, lang in page.texts:
        # figures, names of publications and of points systems, which have texts of their own
        data = {"td", "th"} & set(within) or lang not in ("", "kk")
        left = re.sub(r"⟦.*?⟧|kaz\.return_quota", " ", text, flags=re.DOTALL)
        words = [one for one in re.findall(r"[A-Za-z]{3,}", left) if one not in known]
        assert data or not words, (text, within)
