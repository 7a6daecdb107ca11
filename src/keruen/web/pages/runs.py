# SPDX-License-Identifier: Apache-2.0
"""Scenarios: asked for, watched, cancelled, read, and set side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Query, Request
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse, Response

from keruen.core.errors import CodeError
from keruen.report.release import MANIFEST
from keruen.scenario.compose import compose, scenario_names
from keruen.web.accounts import Role
from keruen.web.guard import Analyst, AnOffice, OwnForm, Viewer
from keruen.web.jobs import Job
from keruen.web.office import Office, Visitor
from keruen.web.reports import scenario_titles
from keruen.web.view import locale_of, page
from keruen.web.work import PERSONAL

router = APIRouter()
_MOST = 1000


@router.get("/runs")
def show_all(request: Request, office: AnOffice, visitor: Viewer) -> Response:
    """The scenarios there are, and the visitor's runs."""
    lang = locale_of(request).lang
    named = [(name, title[lang]) for name, title in scenario_titles().items()]
    jobs = office.jobs.of(
        None if visitor.account.role >= Role.administrator else visitor.account.name
    )
    jobs = [one for one in jobs if one.kind not in PERSONAL]
    return page(request, "runs.html", scenarios=named, jobs=jobs)


@router.post("/runs", dependencies=[OwnForm])
def ask(
    request: Request,
    office: AnOffice,
    visitor: Analyst,
    scenario: Annotated[str, Form()],
    trajectories: Annotated[int, Form(ge=0, le=_MOST)] = 200,
) -> Response:
    """Queue a scenario of the package."""
    if scenario not in scenario_names():
        raise CodeError(f"there is no scenario '{scenario}'", remedy="choose one from the list")
    title = compose(scenario).title[locale_of(request).lang]
    facts = {"scenario": scenario, "trajectories": trajectories}
    id = office.jobs.ask("scenario", title, visitor.account.name, facts)
    office.audit.write(visitor.account.name, "run asked for", id, **facts)
    return RedirectResponse(f"/runs/{id}", status_code=303)


@router.get("/runs/{id}")
def show(request: Request, office: AnOffice, visitor: Viewer, id: str) -> Response:
    """How far a run is, or its files."""
    job = _seen(office, visitor, id)
    folder = office.jobs.folder(id)
    files = sorted(one.name for one in folder.iterdir()) if job.state == "done" else []
    mine = job.account == visitor.account.name
    return page(request, "run.html", job=job, files=files, mine=mine)


@router.post("/runs/{id}/cancel", dependencies=[OwnForm])
def cancel(office: AnOffice, visitor: Analyst, id: str) -> Response:
    """Stop a run of one's own."""
    job = _seen(office, visitor, id)
    if job.account != visitor.account.name and visitor.account.role < Role.administrator:
        raise HTTPException(404)
    office.jobs.cancel(id)
    office.audit.write(visitor.account.name, "run cancelled", id)
    return RedirectResponse(f"/runs/{id}", status_code=303)


@router.get("/runs/{id}/files/{name}")
def download(office: AnOffice, visitor: Viewer, id: str, name: str) -> Response:
    """A file of a finished run."""
    job = _seen(office, visitor, id)
    path = office.jobs.folder(job.id) / Path(name).name
    if job.state != "done" or not path.is_file():
        raise HTTPException(404)
    return FileResponse(path, filename=path.name)


@router.get("/runs/{id}/page")
def result(request: Request, office: AnOffice, visitor: Viewer, id: str) -> Response:
    """The result of a scenario as a page, in the reader's language."""
    from keruen.report.pages import html_page
    from keruen.scenario.page import scenario_report
    from keruen.scenario.results import read_run

    folder = _finished(office, visitor, id)
    report = scenario_report(read_run(folder))
    return HTMLResponse(html_page(report, locale_of(request)))


@router.get("/compare")
def compare(
    request: Request, office: AnOffice, visitor: Viewer, run: Annotated[list[str], Query()]
) -> Response:
    """Runs side by side, in the reader's language."""
    from keruen.report.pages import html_page
    from keruen.scenario.compare import compare_runs
    from keruen.scenario.compare_page import comparison_report

    report = comparison_report(compare_runs([_finished(office, visitor, id) for id in run]))
    return HTMLResponse(html_page(report, locale_of(request)))


def _seen(office: Office, visitor: Visitor, id: str) -> Job:
    """A job that the visitor may see: one's own, or any for those who administer."""
    try:
        job = office.jobs.get(id)
    except CodeError as fault:
        raise HTTPException(404) from fault
    if job.account != visitor.account.name and visitor.account.role < Role.administrator:
        raise HTTPException(404)
    if job.kind in PERSONAL:  # it has pages of its own, for its owner alone
        raise HTTPException(404)
    return job


def _finished(office: Office, visitor: Visitor, id: str) -> Path:
    job = _seen(office, visitor, id)
    folder = office.jobs.folder(job.id)
    if job.state != "done" or not (folder / MANIFEST).is_file():
        raise HTTPException(404)
    return folder
