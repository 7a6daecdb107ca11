# SPDX-License-Identifier: Apache-2.0
"""What every page must keep, read off its HTML: headings, labels, languages, table heads."""

from __future__ import annotations

from html.parser import HTMLParser
from itertools import pairwise
from typing import Final

_EMPTY: Final = {"meta", "link", "input", "br", "hr", "img", "path", "line", "rect", "circle"}
_SILENT: Final = {"style", "script", "svg", "code"}


class Page(HTMLParser):
    """Tags and texts of a page, with the tags that each stands in."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.texts: list[tuple[str, tuple[str, ...], str]] = []
        self.fields: list[tuple[dict[str, str], bool]] = []
        self._open: list[tuple[str, dict[str, str]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        self.tags.append((tag, told))
        if tag in {"input", "select", "textarea"}:
            self.fields.append((told, any(name == "label" for name, _ in self._open)))
        if tag not in _EMPTY:
            self._open.append((tag, told))

    def handle_endtag(self, tag: str) -> None:
        names = [name for name, _ in self._open]
        if tag in names:
            del self._open[len(names) - 1 - names[::-1].index(tag) :]

    def handle_data(self, data: str) -> None:
        names = tuple(name for name, _ in self._open)
        if data.strip() and not _SILENT & set(names):
            langs = [told["lang"] for _, told in self._open if "lang" in told]
            self.texts.append((data.strip(), names, langs[-1] if langs else ""))

    def ids(self) -> list[str]:
        return [told["id"] for _, told in self.tags if "id" in told]

    def all(self, tag: str) -> list[dict[str, str]]:
        return [told for name, told in self.tags if name == tag]


def faults_of(html: str, lang: str) -> list[str]:
    """What a page does against the rules, as sentences."""
    page, found = Page(html), []
    if [told.get("lang") for told in page.all("html")] != [lang]:
        found.append("the page does not name its language")
    if len(page.all("h1")) != 1:
        found.append(f"{len(page.all('h1'))} headings of the first level")
    ids = page.ids()
    found += [f"the id {one} stands twice" for one in {one for one in ids if ids.count(one) > 1}]
    links = page.all("a")
    if not links or links[0].get("href") != "#main" or "main" not in ids:
        found.append("the first link does not skip to the content")
    named = {told.get("for") for told in page.all("label")}
    for told, within in page.fields:
        known = within or told.get("id") in named or told.get("aria-label")
        if told.get("type") != "hidden" and not known:
            found.append(f"the field {told.get('name')} has no label")
    found += [
        f"a head of a table without scope: {told}" for told in page.all("th") if "scope" not in told
    ]
    found += [f"a picture without words: {told}" for told in page.all("img") if "alt" not in told]
    found += [
        f"a drawing without words: {told.get('class')}"
        for told in page.all("svg")
        if not (told.get("aria-label") or told.get("aria-labelledby") or told.get("aria-hidden"))
    ]
    levels = [int(name[1]) for name, _ in page.tags if name in {"h1", "h2", "h3", "h4"}]
    found += [
        f"a heading of level {after} under one of level {before}"
        for before, after in pairwise(levels)
        if after > before + 1
    ]
    return found
