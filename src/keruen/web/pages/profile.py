# SPDX-License-Identifier: Apache-2.0
"""The profile of a country: the very page that ``keruen profile`` writes, and its files."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from keruen.core.codes import countries, country_code, country_name
from keruen.report.locale import Lang, Locale
from keruen.web.guard import Viewer
from keruen.web.view import locale_of, page

router = APIRouter()
_EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@router.get("/profile")
def choose(request: Request, visitor: Viewer, country: str = "") -> Response:  # noqa: ARG001
    """The choice of a country; a choice leads to its page."""
    if country:
        return RedirectResponse(f"/profile/{country_code(country)}", status_code=303)
    locale = locale_of(request)
    named = [(code, country_name(code, locale.lang)) for code in countries()]
    named.sort(key=lambda one: locale.sort_key(one[1]))
    return page(request, "profile.html", countries=named)


@router.get("/profile/{country}")
def show(
    request: Request,
    visitor: Viewer,  # noqa: ARG001
    country: str,
    year: Annotated[int | None, Query(ge=1990, le=2026)] = None,
) -> Response:
    """The profile of a country."""
    locale = locale_of(request)
    return HTMLResponse(_page(country_code(country), year, locale.lang))


@lru_cache(maxsize=32)
def _page(country: str, year: int | None, lang: Lang) -> str:
    from keruen.report.pages import html_page
    from keruen.report.profile import build_profile

    return html_page(build_profile(country, year=year), Locale(lang))


@router.get("/profile/{country}/workbook")
def workbook(
    request: Request,
    visitor: Viewer,  # noqa: ARG001
    country: str,
    year: Annotated[int | None, Query(ge=1990, le=2026)] = None,
) -> Response:
    """The tables of a profile as one workbook."""
    code, locale = country_code(country), locale_of(request)
    head = {"Content-Disposition": f'attachment; filename="profile-{code}.xlsx"'}
    return Response(_workbook(code, year, locale.lang), media_type=_EXCEL, headers=head)


@lru_cache(maxsize=8)
def _workbook(country: str, year: int | None, lang: Lang) -> bytes:
    from pathlib import Path
    from tempfile import TemporaryDirectory

    from keruen.report.pages import sources_of
    from keruen.report.profile import build_profile
    from keruen.report.workbook import write_workbook

    report = build_profile(country, year=year)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "profile.xlsx"
        write_workbook(report, Locale(lang), sources_of(report), path)
        return path.read_bytes()
