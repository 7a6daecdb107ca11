# SPDX-License-Identifier: Apache-2.0
"""Reports on a country under a bar of choices: profile, projection, labour gap, flow map."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated, Final, get_args

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import RedirectResponse, Response

from keruen.core.codes import countries, country_code, country_name
from keruen.report.locale import Lang, Locale
from keruen.web.flow_data import WORLD
from keruen.web.framed import framed
from keruen.web.guard import Viewer
from keruen.web.reports import PERIODS, TITLES, Kind, report_book, report_page
from keruen.web.view import locale_of, page

router = APIRouter()
_EXCEL: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_YEARS: Final = (1990, 2026)
Upto = Annotated[int | None, Query(ge=_YEARS[0], le=_YEARS[1])]


@lru_cache(maxsize=3)
def named_countries(lang: Lang) -> list[tuple[str, str]]:
    """Codes and names of countries, in the order of a language's alphabet."""
    named = [(code, country_name(code, lang)) for code in countries()]
    return sorted(named, key=lambda one: Locale(lang).sort_key(one[1]))


def area_code(kind: Kind, country: str) -> str:
    """Code of a country named in an address; flows know the world, too."""
    return WORLD if kind == "flows" and country == WORLD else country_code(country)


def show_report(request: Request, kind: Kind, code: str, year: int | None) -> Response:
    """A report under its bar of choices, with the islands that its pictures may become."""
    lang = locale_of(request).lang
    drawn = report_page(kind, code, _dated(kind, year), lang)
    return framed(
        request, drawn.html, "report_bar.html", countries=named_countries(lang),
        chosen=code, year=year, years=range(_YEARS[1], _YEARS[0], -1),
        kind=kind, title=TITLES[kind], periods=PERIODS if kind == "flows" else (),
        charts=list(drawn.charts),
    )  # fmt: skip


def _choose(kind: Kind) -> None:
    """The address that asks for a country."""

    @router.get(f"/{kind}", name=kind)
    def choose(request: Request, visitor: Viewer, country: str = "", year: str = "") -> Response:  # noqa: ARG001
        """The choice of a country; a choice leads to its page."""
        if country:
            upto = f"?year={year}" if year.isdecimal() else ""
            return RedirectResponse(f"/{kind}/{country_code(country)}{upto}", status_code=303)
        named = named_countries(locale_of(request).lang)
        return page(request, "profile.html", countries=named, kind=kind, title=TITLES[kind])


def _serve(kind: Kind) -> None:
    """The addresses of one kind of report."""

    @router.get(f"/{kind}/{{country}}", name=f"{kind} of a country")
    def show(request: Request, visitor: Viewer, country: str, year: Upto = None) -> Response:  # noqa: ARG001
        """The report on a country."""
        return show_report(request, kind, area_code(kind, country), year)

    @router.get(f"/{kind}/{{country}}/charts/{{name}}.json", name=f"a chart of {kind}")
    def chart(
        request: Request,
        visitor: Viewer,  # noqa: ARG001
        country: str,
        name: str,
        year: Upto = None,
    ) -> Response:
        """What a chart of the report is drawn from, for the island that draws it anew."""
        code, lang = area_code(kind, country), locale_of(request).lang
        held = report_page(kind, code, _dated(kind, year), lang).charts
        if name not in held:
            raise HTTPException(404)
        return Response(held[name], media_type="application/json")

    @router.get(f"/{kind}/{{country}}/workbook", name=f"{kind} as a workbook")
    def workbook(request: Request, visitor: Viewer, country: str, year: Upto = None) -> Response:  # noqa: ARG001
        """The tables of a report as one workbook."""
        code, lang = area_code(kind, country), locale_of(request).lang
        head = {"Content-Disposition": f'attachment; filename="{kind}-{code}.xlsx"'}
        body = report_book(kind, code, _dated(kind, year), lang)
        return Response(body, media_type=_EXCEL, headers=head)


def _dated(kind: Kind, year: int | None) -> int | None:
    """The year that matters to a report; projections know none."""
    return year if kind in ("profile", "flows") else None


for _kind in get_args(Kind):
    if _kind in {"projection", "labour"}:  # whose pages ask for assumptions, too
        continue
    if _kind != "flows":  # whose first page is the world
        _choose(_kind)
    _serve(_kind)
