# SPDX-License-Identifier: Apache-2.0
"""Runs of scenarios side by side, at an address that can be kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING, Annotated, Final, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import RedirectResponse, Response

from keruen.core.errors import WorkbenchError
from keruen.report.locale import Lang, Locale
from keruen.scenario.outcomes import OUTCOMES
from keruen.web.framed import framed
from keruen.web.guard import AnOffice, Viewer
from keruen.web.office import Office, Visitor
from keruen.web.once import once
from keruen.web.pages.runs import finished
from keruen.web.scenario_results import MEDIA, Asked, compared, comparison, written
from keruen.web.troubles import said
from keruen.web.view import locale_of, page

if TYPE_CHECKING:
    from keruen.report.document import Exhibit, Report

router = APIRouter()
MOST: Final = 8
"""Runs set side by side at most."""
Runs = Annotated[list[str], Query(max_length=MOST)]
Wishes = Annotated[list[str], Query(max_length=MOST)]
Format = Literal["html", "xlsx", "docx", "pdf"]
_SIZE: Final = (720, 398)


@router.get("/compare")
def compare(
    request: Request,
    office: AnOffice,
    visitor: Viewer,
    *,
    run: Runs = [],  # noqa: B006 - what FastAPI asks for
    first: str = "",
    prefer: Wishes = [],  # noqa: B006
    outcome: str = "",
    wish: str = "",
) -> Response:
    """Runs side by side in the reader's language; choices lead to an address of their own."""
    if first or outcome:
        return RedirectResponse(_chosen(run, first, prefer, outcome, wish), status_code=303)
    lang = locale_of(request).lang
    try:
        asked = _asked(office, visitor, run, prefer)
        html = _page(asked, lang, tuple(run))
        drawn = [key for key, one in compared(asked[0]).runs[0].outcomes.items() if one.ndim == 2]
    except WorkbenchError as fault:
        what = said(fault, locale_of(request))
        return page(request, "fault.html", status=422, what=what, remedy="")
    query = _query(run, prefer)
    return framed(
        request, html, "compare_bar.html", query=query, runs=run, prefer=prefer,
        outcomes={name: OUTCOMES[name].label for name in drawn if "_by_" not in name},
    )  # fmt: skip


@router.get("/compare/charts/{name}.svg")
def chart(
    request: Request,
    office: AnOffice,
    visitor: Viewer,
    *,
    name: str,
    run: Runs = [],  # noqa: B006
    prefer: Wishes = [],  # noqa: B006
) -> Response:
    """One drawing of the comparison."""
    asked = _asked(office, visitor, run, prefer)
    body = _drawing(asked, name, locale_of(request).lang)
    if not body:
        raise HTTPException(404)
    return Response(body, media_type="image/svg+xml")


@router.get("/compare/comparison.{format}")
def document(
    request: Request,
    office: AnOffice,
    visitor: Viewer,
    *,
    format: Format,
    run: Runs = [],  # noqa: B006
    prefer: Wishes = [],  # noqa: B006
) -> Response:
    """The comparison as a page, workbook or document to take along."""
    asked = _asked(office, visitor, run, prefer)
    body = written(comparison, asked, format, locale_of(request).lang)
    head = {"Content-Disposition": f'attachment; filename="comparison.{format}"'}
    return Response(body, media_type=MEDIA[format], headers=head)


def _chosen(run: list[str], first: str, prefer: list[str], outcome: str, wish: str) -> str:
    """The address of what was chosen: the reference first, wishes after each other."""
    runs = [first, *(one for one in run if one != first)] if first else run
    wishes = [one for one in prefer if not one.startswith(f"{outcome}=")] if outcome else prefer
    if outcome and wish in ("more", "less"):
        wishes = [*wishes, f"{outcome}={wish}"]
    return f"/compare?{_query(runs, wishes)}"


def _query(run: list[str], prefer: list[str]) -> str:
    pairs = [("run", one) for one in run] + [("prefer", one) for one in prefer]
    return urlencode(pairs)


def _asked(office: Office, visitor: Visitor, run: list[str], prefer: list[str]) -> Asked:
    return tuple(finished(office, visitor, id) for id in run), tuple(prefer)


@once(8)
def _page(asked: Asked, lang: Lang, run: tuple[str, ...]) -> str:
    """The page, whose drawings the browser asks for when a reader comes to them."""
    from keruen.report.pages import html_page

    locale, query = Locale(lang), _query(list(run), list(asked[1]))
    return html_page(_linked(comparison(asked), f"{query}&lang={lang}"), locale)


def _linked(report: Report, query: str) -> Report:
    """The same report with addresses in the place of drawings."""

    def link(exhibit: Exhibit) -> Exhibit:
        if exhibit.draw is None:
            return exhibit
        name = exhibit.table.id

        def image(locale: Locale) -> str:
            said = escape(exhibit.title.render(locale))
            address = escape(f"/compare/charts/{name}.svg?{query}")
            width, height = _SIZE
            return (
                f'<img src="{address}" alt="{said}" loading="lazy" width="{width}" '
                f'height="{height}" style="max-width: 100%; height: auto">'
            )

        return replace(exhibit, draw=image)

    parts = tuple(
        replace(
            part,
            sections=tuple(
                replace(one, exhibits=tuple(link(each) for each in one.exhibits))
                for one in part.sections
            ),
        )
        for part in report.parts
    )
    return replace(report, parts=parts)


@once(64)
def _drawing(asked: Asked, name: str, lang: Lang) -> str:
    drawn = _drawings(comparison(asked))
    return drawn[name].draw(Locale(lang)) if name in drawn else ""  # type: ignore[misc]


def _drawings(report: Report) -> Mapping[str, Exhibit]:
    exhibits = (each for part in report.parts for one in part.sections for each in one.exhibits)
    return {one.table.id: one for one in exhibits if one.draw is not None}
