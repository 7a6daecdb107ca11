# SPDX-License-Identifier: Apache-2.0
"""Population ahead under assumptions that a reader chooses; the choice stands in the address."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import RedirectResponse, Response

from keruen.core.codes import country_code
from keruen.report.locale import Lang, Locale
from keruen.report.outlook import END
from keruen.report.projection_choice import (
    FIRST_TO,
    LARGEST,
    MOST,
    Choice,
    FertilityPath,
    MortalityPath,
)
from keruen.web.api_data import EXCEL
from keruen.web.framed import framed
from keruen.web.guard import Viewer
from keruen.web.once import once
from keruen.web.pages.profile import named_countries
from keruen.web.reports import TITLES, Drawn, report_on, report_page
from keruen.web.view import locale_of, page

if TYPE_CHECKING:
    from keruen.report.document import Report

router = APIRouter()
KIND: Final = "projection"
_PATHS: Final = (0, 200, 1000, 2000)


def choice_of(
    *,
    migration: Annotated[float, Query(ge=0, le=LARGEST)] = 1.0,
    fertility: FertilityPath = "medium",
    mortality: MortalityPath = "medium",
    to: Annotated[int, Query(ge=FIRST_TO, le=END)] = END,
    paths: Annotated[int, Query(ge=0, le=MOST)] = 1000,
) -> Choice:
    """What the address chooses.

    Parameters
    ----------
    migration : float, optional
        Factor on net international migration.
    fertility, mortality : str, optional
        Paths.
    to : int, optional
        Last year.
    paths : int, optional
        Paths of the interval.

    Returns
    -------
    Choice
    """
    return Choice(migration, fertility, mortality, to, paths)


Chooses = Annotated[Choice, Depends(choice_of)]


@router.get(f"/{KIND}", name=KIND)
def choose(request: Request, visitor: Viewer, choice: Chooses, country: str = "") -> Response:  # noqa: ARG001
    """The choice of a country; a choice leads to its page."""
    if country:
        query = _query(choice)
        mark = "?" if query else ""
        return RedirectResponse(f"/{KIND}/{country_code(country)}{mark}{query}", status_code=303)
    named = named_countries(locale_of(request).lang)
    return page(request, "profile.html", countries=named, kind=KIND, title=TITLES[KIND])


@router.get(f"/{KIND}/{{country}}", name=f"{KIND} of a country")
def show(request: Request, visitor: Viewer, country: str, choice: Chooses) -> Response:  # noqa: ARG001
    """A country's population ahead, as chosen beside the medium variant."""
    from keruen.report.projection_choice_page import FERTILITY, MORTALITY

    code, lang = country_code(country), locale_of(request).lang
    drawn = _page(code, choice, lang)
    return framed(
        request, drawn.html, "projection_bar.html", countries=named_countries(lang), chosen=code,
        kind=KIND, title=TITLES[KIND], choice=choice, usual=choice == Choice(),
        query=_query(choice), fertility=FERTILITY, mortality=MORTALITY, paths=_PATHS,
        years=range(FIRST_TO, END + 1, 5), largest=LARGEST, charts=list(drawn.charts),
    )  # fmt: skip


@router.get(f"/{KIND}/{{country}}/charts/{{name}}.json", name=f"a chart of {KIND}")
def chart(
    request: Request,
    visitor: Viewer,  # noqa: ARG001
    country: str,
    name: str,
    choice: Chooses,
) -> Response:
    """What a chart is drawn from, for the island that draws it anew."""
    held = _page(country_code(country), choice, locale_of(request).lang).charts
    if name not in held:
        raise HTTPException(404)
    return Response(held[name], media_type="application/json")


@router.get(f"/{KIND}/{{country}}/workbook", name=f"{KIND} as a workbook")
def workbook(request: Request, visitor: Viewer, country: str, choice: Chooses) -> Response:  # noqa: ARG001
    """The tables of the page as one workbook."""
    code = country_code(country)
    body = _book(code, choice, locale_of(request).lang)
    head = {"Content-Disposition": f'attachment; filename="{KIND}-{code}.xlsx"'}
    return Response(body, media_type=EXCEL, headers=head)


def _query(choice: Choice) -> str:
    """What is chosen other than usual, for an address that can be kept."""
    usual = asdict(Choice())
    return urlencode({name: one for name, one in asdict(choice).items() if one != usual[name]})


def _report(code: str, choice: Choice) -> Report:
    if choice == Choice():
        return report_on(KIND, code, None)
    return _chosen(code, choice)


@once(16)
def _chosen(code: str, choice: Choice) -> Report:
    from keruen.report.projection_choice_page import choice_report

    return choice_report(code, choice)


@once(48)
def _drawn(code: str, choice: Choice, lang: Lang) -> Drawn:
    from keruen.report.interactive import gathered
    from keruen.report.pages import html_page

    with gathered() as charts:
        return Drawn(html_page(_chosen(code, choice), Locale(lang)), charts)


def _page(code: str, choice: Choice, lang: Lang) -> Drawn:
    if choice == Choice():
        return report_page(KIND, code, None, lang)
    return _drawn(code, choice, lang)


@once(8)
def _book(code: str, choice: Choice, lang: Lang) -> bytes:
    from keruen.report.pages import write_pages

    with TemporaryDirectory() as folder:
        home = Path(folder)
        (name,) = write_pages(_report(code, choice), Locale(lang), home, KIND, formats=["xlsx"])
        return (home / name).read_bytes()
