# SPDX-License-Identifier: Apache-2.0
"""Scenarios: asked for, watched, cancelled, run again, and read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import FileResponse, RedirectResponse, Response

from keruen.core.errors import CodeError
from keruen.report.release import MANIFEST
from keruen.scenario.own import MOST, check_runnable
from keruen.web.accounts import Role
from keruen.web.framed import framed
from keruen.web.guard import Analyst, AnOffice, OwnForm, Viewer
from keruen.web.jobs import Job
from keruen.web.office import Office, Visitor
from keruen.web.own_scenarios import title_of
from keruen.web.pages.scenarios import scenario_of, seen_by
from keruen.web.reports import scenario_titles
from keruen.web.scenario_results import MEDIA, run_page, run_report, written
from keruen.web.scenario_view import STEPS
from keruen.web.view import locale_of, page
from keruen.web.work import PERSONAL

router = APIRouter()
KIND = "scenario"
Format = Literal["html", "xlsx", "docx", "pdf"]


@router.get("/runs")
def show_all(request: Request, office: AnOffice, visitor: Viewer) -> Response:
    """The scenarios there are, one's own, and the visitor's runs."""
    lang = locale_of(request).lang
    every = visitor.account.role >= Role.administrator
    jobs = office.jobs.of(None if every else visitor.account.name)
    own = [(one, title_of(office.settings, one, lang)) for one in seen_by(office, visitor)]
    return page(
        request, "runs.html", own=own, titles=scenario_titles(),
        jobs=[one for one in jobs if one.kind not in PERSONAL],
    )  # fmt: skip


@router.post("/runs", dependencies=[OwnForm])
def ask(
    request: Request,
    office: AnOffice,
    visitor: Analyst,
    *,
    scenario: Annotated[str, Form()],
    trajectories: Annotated[int, Form(ge=0, le=MOST)] = 200,
    seed: Annotated[str, Form(pattern=r"\d{0,10}")] = "",
    sensitivity: Annotated[bool, Form()] = False,
) -> Response:
    """Queue a scenario of the package, or one of one's own as it is now."""
    found = scenario_of(office, visitor, scenario)
    made = found.compose()
    if found.own is not None:
        check_runnable(made)
    facts: dict[str, object] = {"scenario": found.id, "trajectories": trajectories}
    facts |= {"seed": int(seed)} if seed else {}
    facts |= {"sensitivity": True} if sensitivity else {}
    facts |= {"text": found.text} if found.own is not None else {}
    title = made.title[locale_of(request).lang]
    return _queued(office, visitor, title, facts)


@router.get("/runs/{id}")
def show(request: Request, office: AnOffice, visitor: Viewer, id: str) -> Response:
    """How far a run is, or its files."""
    return _shown(request, office, visitor, id, "run.html")


@router.get("/runs/{id}/state")
def state(request: Request, office: AnOffice, visitor: Viewer, id: str) -> Response:
    """The part of the page of a run that changes while it runs."""
    return _shown(request, office, visitor, id, "run_state.html")


@router.post("/runs/{id}/cancel", dependencies=[OwnForm])
def cancel(office: AnOffice, visitor: Analyst, id: str) -> Response:
    """Stop a run of one's own."""
    _seen(office, visitor, id)
    office.jobs.cancel(id)
    office.audit.write(visitor.account.name, "run cancelled", id)
    return RedirectResponse(f"/runs/{id}", status_code=303)


@router.post("/runs/{id}/again", dependencies=[OwnForm])
def again(office: AnOffice, visitor: Analyst, id: str) -> Response:
    """Queue a run once more with the same options; finished stages are taken as they are."""
    job = _seen(office, visitor, id)
    if job.kind != KIND:
        raise HTTPException(404)
    return _queued(office, visitor, job.title, job.facts)


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
    folder, lang = finished(office, visitor, id), locale_of(request).lang
    return framed(request, run_page(folder, lang), "run_bar.html", job=office.jobs.get(id))


@router.get("/runs/{id}/scenario.yaml")
def scenario_file(office: AnOffice, visitor: Viewer, id: str) -> Response:
    """The scenario as it was run, for the command line."""
    from keruen.scenario.results import read_manifest

    told = read_manifest(finished(office, visitor, id) / MANIFEST)["scenario"]
    head = {"Content-Disposition": f'attachment; filename="{told["name"]}.yaml"'}
    text = told["files"][-1]["text"]
    return Response(text, media_type="application/yaml", headers=head)


@router.get("/runs/{id}/scenario.{format}")
def document(
    request: Request, office: AnOffice, visitor: Viewer, id: str, format: Format
) -> Response:
    """The result as a page, workbook or document to take along."""
    folder, lang = finished(office, visitor, id), locale_of(request).lang
    body = written(run_report, folder, format, lang)
    head = {"Content-Disposition": f'attachment; filename="scenario.{format}"'}
    return Response(body, media_type=MEDIA[format], headers=head)


def finished(office: Office, visitor: Visitor, id: str) -> Path:
    """The folder of a finished run that the visitor may see.

    Parameters
    ----------
    office : Office
        Office.
    visitor : Visitor
        Who asks.
    id : str
        Run.

    Returns
    -------
    Path

    Raises
    ------
    HTTPException
        There is no such run, it is another's, or it is not finished.
    """
    job = _seen(office, visitor, id)
    folder = office.jobs.folder(job.id)
    if job.kind != KIND or job.state != "done" or not (folder / MANIFEST).is_file():
        raise HTTPException(404)
    return folder


def _shown(request: Request, office: Office, visitor: Visitor, id: str, template: str) -> Response:
    job = _seen(office, visitor, id)
    folder = office.jobs.folder(id)
    files = sorted(one.name for one in folder.iterdir()) if job.state == "done" else []
    mine = visitor.account.role >= Role.analyst
    title = scenario_titles().get(str(job.facts.get("scenario")), {}).get(locale_of(request).lang)
    return page(
        request, template, job=job, title=title or job.title, files=files, mine=mine,
        step_words=STEPS,
    )  # fmt: skip


def _queued(office: Office, visitor: Visitor, title: str, facts: dict[str, object]) -> Response:
    id = office.jobs.ask(KIND, title, visitor.account.name, facts)
    told = {name: value for name, value in facts.items() if name != "text"}
    office.audit.write(visitor.account.name, "run asked for", id, **told)
    return RedirectResponse(f"/runs/{id}", status_code=303)


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
