# SPDX-License-Identifier: Apache-2.0
"""The labour gap to a year and by a rule that a reader chooses; both stand in the address."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Final, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import RedirectResponse, Response

from keruen.core.codes import country_code
from keruen.report.labour_outlook import HORIZON
from keruen.report.locale import Country, Lang, Locale, Message, msg
from keruen.web.api_data import EXCEL
from keruen.web.framed import framed
from keruen.web.guard import Viewer
from keruen.web.once import once
from keruen.web.pages.profile import named_countries
from keruen.web.reports import TITLES, Drawn
from keruen.web.shelf import shelved
from keruen.web.view import locale_of, page

if TYPE_CHECKING:
    from keruen.report.document import Report

router = APIRouter()
KIND: Final = "labour"
_YEARS: Final = (2030, 2035, 2040, 2045, 2050)
Rule = Literal["trend", "constant", "cohort"]
To = Annotated[int, Query(ge=_YEARS[0], le=_YEARS[-1])]


@router.get(f"/{KIND}", name=KIND)
def choose(
    request: Request,
    visitor: Viewer,  # noqa: ARG001
    *,
    country: str = "",
    to: To = HORIZON,
    participation: Rule = "trend",
) -> Response:
    """The choice of a country; a choice leads to its page."""
    if country:
        query = _query(to, participation)
        address = f"/{KIND}/{country_code(country)}{'?' if query else ''}{query}"
        return RedirectResponse(address, status_code=303)
    named = named_countries(locale_of(request).lang)
    return page(request, "profile.html", countries=named, kind=KIND, title=TITLES[KIND])


@router.get(f"/{KIND}/{{country}}", name=f"{KIND} of a country")
def show(
    request: Request,
    visitor: Viewer,  # noqa: ARG001
    country: str,
    *,
    to: To = HORIZON,
    participation: Rule = "trend",
) -> Response:
    """Supply, demand and the gap between them."""
    code, lang = country_code(country), locale_of(request).lang
    drawn = _page(code, to, participation, lang)
    return framed(
        request, drawn.html, "labour_bar.html", countries=named_countries(lang), chosen=code,
        kind=KIND, title=TITLES[KIND], to=to, participation=participation, years=_YEARS,
        rules=_rules(), query=_query(to, participation), charts=list(drawn.charts),
    )  # fmt: skip


@router.get(f"/{KIND}/{{country}}/charts/{{name}}.json", name=f"a chart of {KIND}")
def chart(
    request: Request,
    visitor: Viewer,  # noqa: ARG001
    country: str,
    name: str,
    *,
    to: To = HORIZON,
    participation: Rule = "trend",
) -> Response:
    """What a chart is drawn from, for the island that draws it anew."""
    held = _page(country_code(country), to, participation, locale_of(request).lang).charts
    if name not in held:
        raise HTTPException(404)
    return Response(held[name], media_type="application/json")


@router.get(f"/{KIND}/{{country}}/workbook", name=f"{KIND} as a workbook")
def workbook(
    request: Request,
    visitor: Viewer,  # noqa: ARG001
    country: str,
    *,
    to: To = HORIZON,
    participation: Rule = "trend",
) -> Response:
    """The tables of the page as one workbook."""
    code = country_code(country)
    body = _book(code, to, participation, locale_of(request).lang)
    head = {"Content-Disposition": f'attachment; filename="{KIND}-{code}.xlsx"'}
    return Response(body, media_type=EXCEL, headers=head)


def _rules() -> dict[str, Message]:
    from keruen.report.labour_words import RULES

    return {"trend": msg("on its fading trend"), **RULES}


def _query(to: int, participation: str) -> str:
    """What is chosen other than usual, for an address that can be kept."""
    told: dict[str, object] = {} if to == HORIZON else {"to": to}
    if participation != "trend":
        told["participation"] = participation
    return urlencode(told)


@once(16)
def _report(code: str, to: int, participation: Rule) -> Report:
    from keruen.report.document import Part, Report
    from keruen.report.labour_outlook import labour_outlook
    from keruen.report.parts.labour_ahead import labour_section

    title = TITLES[KIND]
    section = labour_section(labour_outlook(code, to, participation))
    return Report(
        id=f"{KIND}-{code}",
        title=msg("{country}: {subject}", country=Country(code), subject=title),
        subtitle=msg(
            "Demand follows output, supply follows people and their participation; vacancies "
            "are not held."
        ),
        headlines=(),
        parts=(Part("A", title, (section,)),),
    )


@once(32)
@shelved(Drawn)
def _page(code: str, to: int, participation: Rule, lang: Lang) -> Drawn:
    from keruen.report.interactive import gathered
    from keruen.report.pages import html_page

    with gathered() as charts:
        return Drawn(html_page(_report(code, to, participation), Locale(lang)), charts)


@once(8)
def _book(code: str, to: int, participation: Rule, lang: Lang) -> bytes:
    from keruen.report.pages import write_pages

    report = _report(code, to, participation)
    with TemporaryDirectory() as folder:
        (name,) = write_pages(report, Locale(lang), Path(folder), KIND, formats=["xlsx"])
        return (Path(folder) / name).read_bytes()
