# SPDX-License-Identifier: Apache-2.0
"""Flows between all countries, and what the flow map of any page draws."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response

from keruen.measure.flows import Method
from keruen.web.flow_data import WORLD, flow_data, outlines
from keruen.web.guard import Viewer
from keruen.web.pages.profile import area_code, show_report
from keruen.web.view import locale_of

router = APIRouter()


@router.get("/flows", name="flows")
def world(
    request: Request,
    visitor: Viewer,  # noqa: ARG001
    country: str = "",
    year: str = "",
) -> Response:
    """The flows of the world; a choice of a country leads to its page."""
    upto = int(year) if year.isdecimal() else None
    if country:
        more = f"?year={upto}" if upto else ""
        return RedirectResponse(f"/flows/{area_code('flows', country)}{more}", status_code=303)
    return show_report(request, "flows", WORLD, upto)


@router.get("/flows/map.json", name="what a flow map draws")
def drawn(
    request: Request,
    visitor: Viewer,  # noqa: ARG001
    country: str = WORLD,
    method: Annotated[Method, Query()] = "pseudo_bayes",
) -> Response:
    """Flows by period of a country, or of the world, in the reader's language."""
    told = flow_data(area_code("flows", country), method, locale_of(request).lang)
    return Response(told, media_type="application/json")


@router.get("/flows/outlines.json", name="outlines of the world")
def ground(visitor: Viewer) -> Response:  # noqa: ARG001
    """Outlines of countries; they may be kept by the browser."""
    return Response(
        outlines(),
        media_type="application/geo+json",
        headers={"Cache-Control": "private, max-age=86400"},
    )
