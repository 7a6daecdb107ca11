# SPDX-License-Identifier: Apache-2.0
"""The first page: what there is to do."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from keruen.web.guard import AnOffice, Viewer
from keruen.web.reports import scenario_titles
from keruen.web.view import page

router = APIRouter()


@router.get("/")
def home(request: Request, office: AnOffice, visitor: Viewer) -> Response:
    """What there is, and the latest runs of the visitor."""
    jobs = office.jobs.of(visitor.account.name, 5)
    return page(request, "home.html", jobs=jobs, titles=scenario_titles() if jobs else {})


@router.get("/healthy")
def healthy() -> dict[str, bool]:
    """Whether the application answers; for those who watch over it."""
    return {"healthy": True}
