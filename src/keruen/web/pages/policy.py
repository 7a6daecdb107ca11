# SPDX-License-Identifier: Apache-2.0
"""The policy ledger of a country, and the pages of its tools with assumptions to change."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final, get_args
from urllib.parse import urlencode

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from keruen.core.codes import countries, country_code, country_name
from keruen.core.errors import CoverageError, WorkbenchError
from keruen.report.locale import Lang, Locale, Message, msg
from keruen.report.parts.policy import GRIDS
from keruen.sources.policy_files import policy_cases
from keruen.web.api_data import EXCEL
from keruen.web.framed import framed
from keruen.web.guard import Viewer
from keruen.web.policy_forms import NUMBERS, TOOLS, Form, Given, ToolName, form_of, read_form
from keruen.web.policy_runs import book, ledger, ledger_page, tool_page, tool_report
from keruen.web.troubles import pack, unpack
from keruen.web.view import locale_of, page

router = APIRouter()
_PLACES: Final = (("low", "a"), ("value", "mode", "at", "mean"), ("high", "sd", "b"))
"""Numbers of an assumption by the column of the form that they stand in."""
TITLE: Final = msg("Policy ledger")
_CASES: Final = {"2006": msg("programme of 2006"), "scenario": msg("a made-up example")}
"""Cases of a programme that a reader may choose, by what follows the country in their name."""


@router.get("/policy")
def choose(request: Request, visitor: Viewer, country: str = "") -> Response:  # noqa: ARG001
    """The choice of a country; a choice leads to its ledger."""
    if country:
        return RedirectResponse(f"/policy/{country_code(country)}", status_code=303)
    named = _named(locale_of(request).lang)
    return page(request, "profile.html", countries=named, kind="policy", title=TITLE)


@router.get("/policy/{country}")
def show(request: Request, visitor: Viewer, country: str) -> Response:  # noqa: ARG001
    """Every policy tool on one page, each with a link to its own."""
    code, locale = country_code(country), locale_of(request)
    html = ledger_page(code, locale.lang)
    for tool, links in _links(code).items():
        html = _linked(html, f"tool-{tool}", [(at, word.render(locale)) for at, word in links])
    return framed(
        request, html, "policy_bar.html", countries=_named(locale.lang), chosen=code, tools=TOOLS,
        book=f"/policy/{code}/workbook", back="", tool="",
    )  # fmt: skip


@router.get("/policy/{country}/workbook")
def workbook(request: Request, visitor: Viewer, country: str) -> Response:  # noqa: ARG001
    """The tables of the ledger as one workbook."""
    code = country_code(country)
    return _attached(book(ledger(code), locale_of(request).lang), f"policy-{code}.xlsx")


@router.get("/policy/{country}/{tool}")
def form(
    request: Request,
    visitor: Viewer,  # noqa: ARG001
    country: str,
    tool: str,
    case: str = "",
) -> Response:
    """The options and assumptions of a tool, as a form."""
    code, name = country_code(country), _tool(tool)
    asked = _asked(name, code, case)
    given = read_form(asked, request.query_params) if asked else None
    return _form(request, code, name, case=case, asked=asked, given=given)


@router.get("/policy/{country}/{tool}/result")
def result(
    request: Request,
    visitor: Viewer,  # noqa: ARG001
    country: str,
    tool: str,
    case: str = "",
) -> Response:
    """What a tool says under the assumptions in the address; faults lead back to the form."""
    code, name, locale = country_code(country), _tool(tool), locale_of(request)
    asked = _asked(name, code, case)
    if asked is None:
        return _form(request, code, name, case=case)
    given = read_form(asked, request.query_params)
    if given.faults:
        lines = [(one.render(locale), "") for one in given.faults]
        return _form(request, code, name, case=case, asked=asked, given=given, faults=lines)
    query = _query(given, case)
    told = {key: text for key, text in request.query_params.items() if key not in ("lang", "case")}
    if told != given.changed:  # the address that is kept holds what was changed and no more
        lang = request.query_params.get("lang", "")
        more = {**query, **({"lang": lang} if lang else {})}
        return RedirectResponse(f"/policy/{code}/{name}/result?{urlencode(more)}", status_code=303)
    try:
        html = tool_page(name, code, case, tuple(given.changed.items()), locale.lang)
    except WorkbenchError as fault:
        return _form(
            request, code, name, case=case, asked=asked, given=given, faults=_told(fault, request)
        )
    place, coded = f"/policy/{code}/{name}", urlencode(query)
    return framed(
        request, html, "policy_bar.html", countries=(), chosen=code, tools=TOOLS, tool=name,
        book=f"{place}/workbook?{coded}", back=f"{place}?{coded}",
    )  # fmt: skip


@router.get("/policy/{country}/{tool}/workbook")
def tool_book(
    request: Request,
    visitor: Viewer,  # noqa: ARG001
    country: str,
    tool: str,
    case: str = "",
) -> Response:
    """The tables of a tool's result as one workbook."""
    code, name = country_code(country), _tool(tool)
    asked = _asked(name, code, case)
    given = read_form(asked, request.query_params) if asked else None
    if given is None or given.faults:
        raise HTTPException(404)
    report = tool_report(name, code, case, tuple(given.changed.items()))
    return _attached(book(report, locale_of(request).lang), f"{name}-{code}.xlsx")


def _form(
    request: Request,
    code: str,
    tool: ToolName,
    *,
    case: str,
    asked: Form | None = None,
    given: Given | None = None,
    faults: Sequence[tuple[str, str]] = (),
) -> Response:
    start = f"{code.lower()}-"
    cases = [one.removeprefix(start) for one in policy_cases() if one.startswith(start)]
    lang = locale_of(request).lang
    return page(
        request, "policy_form.html", status=422 if faults else 200, code=code, tool=tool,
        title=TOOLS[tool], country=country_name(code, lang), form=asked, given=given, case=case,
        cases=[(one, _CASES[one]) for one in cases if tool == "regularise" and one in _CASES],
        faults=faults, numbers=NUMBERS, places=_PLACES,
    )  # fmt: skip


def _asked(tool: ToolName, code: str, case: str) -> Form | None:
    """What a tool asks for; None where the package has no case of the country."""
    try:
        return form_of(tool, code, case)
    except CoverageError:
        return None


def _tool(name: str) -> ToolName:
    found = [one for one in get_args(ToolName) if one == name]
    if not found:
        raise HTTPException(404)
    return found[0]


def _links(code: str) -> dict[str, list[tuple[str, Message]]]:
    """Pages of each tool of the ledger."""
    grid = GRIDS.get(code)
    own = msg("Change the assumptions and see what follows")
    return {
        "returns": [("/ledger", msg("Quotas")), ("/placement", msg("Placement"))],
        "permits": [(f"/policy/{code}/permits", own)],
        "regularise": [(f"/policy/{code}/regularise", own)],
        "points": [
            (f"/points/{grid}" if grid else "/points", msg("Points calculator")),
            ("/draws", msg("Draw simulator")),
        ],
        "refugees": [(f"/policy/{code}/refugees", own)],
        "remittances": [(f"/profile/{code}#remittances", msg("Remittances in the profile"))],
        "skilled": [(f"/profile/{code}#skilled_emigration", msg("Skilled emigration"))],
        "welfare": [(f"/policy/{code}/welfare", own)],
    }


def _linked(html: str, section: str, links: list[tuple[str, str]]) -> str:
    """The page with links under the heading of a section."""
    start = html.find(f'<section id="{section}">')
    end = html.find("</h", start)
    if start < 0 or end < 0:
        return html
    end = html.index(">", end) + 1
    told = " · ".join(f'<a href="{at}">{word}</a>' for at, word in links)
    return f'{html[:end]}\n<p class="tools">{told}</p>{html[end:]}'


def _query(given: Given, case: str) -> dict[str, str]:
    return {**given.changed, **({"case": case} if case else {})}


def _told(fault: WorkbenchError, request: Request) -> list[tuple[str, str]]:
    return [(one.what, one.remedy) for one in unpack(pack(fault), locale_of(request))]


@lru_cache(maxsize=3)
def _named(lang: Lang) -> list[tuple[str, str]]:
    named = [(code, country_name(code, lang)) for code in countries()]
    return sorted(named, key=lambda one: Locale(lang).sort_key(one[1]))


def _attached(content: bytes, name: str) -> Response:
    head = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=EXCEL, headers=head)
