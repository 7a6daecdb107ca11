# SPDX-License-Identifier: Apache-2.0
"""The read-only HTTP interface, under the library's own names: data, scenarios, runs.

It is an application of its own within the other: its faults are JSON in the form of RFC 9457,
never pages, and its description for machines (``/api/openapi.json``) tells of nothing else.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, FastAPI, HTTPException, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException as AnyHTTPException

from keruen import __version__
from keruen.core.errors import FaultsError, LicenceError, WorkbenchError
from keruen.report.locale import Lang
from keruen.sources.catalog import catalogue
from keruen.web import api_data
from keruen.web.guard import AnOffice, RoleError, SignInError, Viewer
from keruen.web.jobs import Job
from keruen.web.office import Office, Visitor
from keruen.web.reports import scenario_titles
from keruen.web.sessions import COOKIE

_JSON: Final = "application/json"
_CSV: Final = "text/csv"
_PROBLEM: Final = "application/problem+json"
_TEXTS: Final = {
    401: "Nobody is signed in.",
    403: "The account may not see this, or the licence forbids passing it on.",
    404: "There is no such thing.",
    405: "Only GET is answered.",
    422: "A parameter is wrong, or the answer would be too large.",
}
_FAULTS: Final[dict[int | str, dict[str, Any]]] = {
    status: {
        "description": text,
        "content": {_PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for status, text in _TEXTS.items()
}
_STRINGS: Final = {name: {"type": "string"} for name in ("id", "what", "where", "remedy")}
_SCHEMA: Final = {
    "type": "object",
    "description": "What is wrong, where, and what to do (RFC 9457).",
    "required": ["title", "status", *_STRINGS],
    "properties": {
        "title": {"type": "string"},
        "status": {"type": "integer"},
        **_STRINGS,
        "faults": {
            "type": "array",
            "items": {"type": "object", "required": list(_STRINGS), "properties": _STRINGS},
        },
    },
}


def _answers(*kinds: str) -> dict[int | str, dict[str, Any]]:
    """What an address answers, as the description tells it."""
    content = {kind: {"schema": {} if kind == _JSON else {"type": "string"}} for kind in kinds}
    return {
        200: {"description": "The answer.", "content": content},
        304: {"description": "What the reader has is still true."},
    }


router = APIRouter(prefix="/v1", default_response_class=Response, responses=_FAULTS)
Sheet = Literal["locations", "flows", "properties"]
_Lang = Annotated[Lang, Query(description="Language of names.")]


@router.get("/catalogue", responses=_answers(_JSON))
def list_data(request: Request, visitor: Viewer, q: str = "") -> Response:  # noqa: ARG001
    """Tables there are, or those whose identifier or title holds a word."""
    plain = q.casefold().strip()
    found = [one for one in catalogue() if plain in f"{one.id} {one.title}".casefold()]
    return _kept(request, _json([api_data.described(one) for one in found]))


@router.get("/catalogue/{id}", responses=_answers(_JSON))
def describe(request: Request, visitor: Viewer, id: str) -> Response:  # noqa: ARG001
    """One table: source, licence, columns, labels that can be selected, known defects."""
    return _kept(request, _json(api_data.described(api_data.known(id), labels=True)))


@router.get("/data/{id}", responses=_answers(*{kind for kind, _ in api_data.KINDS.values()}))
def data(
    request: Request,
    visitor: Viewer,  # noqa: ARG001
    id: str,
    format: Annotated[api_data.Form, Query(description="Form of the answer.")] = "json",
    lang: _Lang = "en",
) -> Response:
    """A table, or one variable of it (``table.variable``), or a selection.

    Any key of the table is a parameter: ``country=KAZ&year=2020``. Several labels are given
    by repeating it or by commas: ``year=2015,2020``. An answer holds at most 100,000 rows;
    a larger one is refused, never cut. SDMX-CSV and JSON-stat need a single variable.
    """
    select = api_data.selection(id, request.query_params.multi_items())
    body, kind, ending = api_data.answer(id, select, format, lang)
    return _kept(request, _file(body, kind, f"{id}{ending}"))


@router.get("/flowmap/{id}", responses=_answers(api_data.EXCEL))
def flowmap(request: Request, visitor: Viewer, id: str, lang: _Lang = "en") -> Response:  # noqa: ARG001
    """Flows as a workbook for Flowmap.blue; labels are selected as for data."""
    select = api_data.selection(id, request.query_params.multi_items())
    body = api_data.flowmap_book(id, select, lang)
    return _kept(request, _file(body, api_data.EXCEL, f"{id}.xlsx"))


@router.get("/flowmap/{id}/{sheet}", responses=_answers(_CSV))
def flowmap_sheet(
    request: Request,
    visitor: Viewer,  # noqa: ARG001
    id: str,
    sheet: Sheet,
    lang: _Lang = "en",
) -> Response:
    """One sheet for Flowmap.blue as CSV."""
    select = api_data.selection(id, request.query_params.multi_items())
    body = api_data.flowmap_sheet(id, select, sheet, lang)
    return _kept(request, _file(body, _CSV, f"{sheet}.csv"))


@router.get("/scenarios", responses=_answers(_JSON))
def list_scenarios(request: Request, visitor: Viewer) -> Response:  # noqa: ARG001
    """Scenarios of the package, with titles by language."""
    titles = scenario_titles().items()
    told = [{"name": name, "title": dict(title)} for name, title in titles]
    return _kept(request, _json(told))


@router.get("/scenarios/{name:path}", responses=_answers(_JSON))
def scenario(request: Request, visitor: Viewer, name: str) -> Response:  # noqa: ARG001
    """One scenario: every setting with its value."""
    from keruen.scenario.compose import compose

    if name not in scenario_titles():  # a path would name a file of the machine
        raise HTTPException(404, f"there is no scenario '{name}'")
    made = compose(name)
    settings = api_data.records(made.table())
    return _kept(request, _json({"name": name, "title": dict(made.title), "settings": settings}))


@router.get("/runs", responses=_answers(_JSON))
def list_runs(office: AnOffice, visitor: Viewer) -> Response:
    """The visitor's own runs of scenarios, the latest first."""
    return _json([_run(job) for job in office.jobs.of(visitor.account.name) if _is_scenario(job)])


@router.get("/runs/{id}", responses=_answers(_JSON))
def run(office: AnOffice, visitor: Viewer, id: str) -> Response:
    """A run of the visitor's: its state."""
    return _json(_run(_own(office, visitor, id)))


@router.get("/runs/{id}/outcomes", responses=_answers(_JSON, _CSV))
def outcomes(
    office: AnOffice,
    visitor: Viewer,
    id: str,
    outcome: str = "",
    format: Literal["json", "csv"] = "json",
) -> Response:
    """Outcomes of a finished run: mean and 95% interval by year and region."""
    from keruen.scenario.results import read_run, summary

    job = _own(office, visitor, id)
    if job.state != "done":
        raise HTTPException(404, f"the run is {job.state}, not done")
    table = summary(read_run(office.jobs.folder(job.id)).outcomes)
    if outcome:
        table = table[table["outcome"] == outcome]
    if format == "csv":
        return _file(table.to_csv(index=False).encode(), _CSV, f"outcomes-{id}.csv")
    return _json({"run": id, "rows": api_data.records(table)})


def _own(office: Office, visitor: Visitor, id: str) -> Job:
    """A scenario's run of the visitor's own; for everybody else there is none."""
    runs = [job for job in office.jobs.of(visitor.account.name) if job.id == id]
    if not runs or not _is_scenario(runs[0]):
        raise HTTPException(404, "there is no such run")
    return runs[0]


def _is_scenario(job: Job) -> bool:
    return job.kind == "scenario"


def _run(job: Job) -> dict[str, Any]:
    names = ("id", "title", "state", "share", "facts", "created", "started", "ended")
    return {name: getattr(job, name) for name in names}


def _json(facts: object) -> Response:
    return Response(json.dumps(facts, ensure_ascii=False, allow_nan=False), media_type=_JSON)


def _file(body: bytes, kind: str, name: str) -> Response:
    shown = kind == _JSON
    head = {} if shown else {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(body, media_type=kind, headers=head)


def _kept(request: Request, answer: Response) -> Response:
    """An answer that a reader may keep, and ask whether it still holds."""
    tag = f'"{hashlib.sha256(answer.body).hexdigest()[:32]}"'
    head = {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Cookie"}
    given = request.headers.get("if-none-match", "")
    if tag in (one.strip().removeprefix("W/") for one in given.split(",")):
        return Response(status_code=304, headers=head)
    answer.headers.update(head)
    return answer


def description() -> dict[str, Any]:
    """The interface as OpenAPI tells of it.

    Returns
    -------
    dict
    """
    told = get_openapi(
        title="Keruen", version=__version__, routes=router.routes, servers=[{"url": "/api"}]
    )
    session = {"type": "apiKey", "in": "cookie", "name": COOKIE}
    told["components"] = {"schemas": {"Problem": _SCHEMA}, "securitySchemes": {"session": session}}
    told["security"] = [{"session": []}]
    return told


def create_api(office: Office) -> FastAPI:
    """The interface as an application to mount at ``/api``.

    Parameters
    ----------
    office : Office
        What the application keeps.

    Returns
    -------
    FastAPI
    """
    api = FastAPI(openapi_url=None)
    api.state.office = office
    api.include_router(router)

    @api.get("/openapi.json")
    def told(visitor: Viewer) -> Response:  # noqa: ARG001
        return _json(description())

    @api.exception_handler(SignInError)
    def sign_in(_: Request, __: Exception) -> Response:
        return _fault(401, "SignIn", "nobody is signed in", remedy="sign in at /sign-in")

    @api.exception_handler(RoleError)
    def role(_: Request, __: Exception) -> Response:
        return _fault(403, "Role", "your account may not see this")

    @api.exception_handler(WorkbenchError)
    def fault(_: Request, one: WorkbenchError) -> Response:
        every = one.faults if isinstance(one, FaultsError) else ()
        status = 403 if isinstance(one, LicenceError) else 422
        return _fault(status, one.id, one.what, one.where, one.remedy, faults=every)

    @api.exception_handler(RequestValidationError)
    def invalid(_: Request, one: RequestValidationError) -> Response:
        first = one.errors()[0]
        where = ".".join(map(str, first["loc"]))
        return _fault(422, "Parameter", str(first["msg"]), where, "see /api")

    @api.exception_handler(AnyHTTPException)
    def other(_: Request, one: AnyHTTPException) -> Response:
        told = _fault(one.status_code, "Http", str(one.detail), remedy="see /api")
        told.headers.update(one.headers or {})
        return told

    return api


def _fault(
    status: int,
    id: str,
    what: str,
    where: str = "",
    remedy: str = "",
    *,
    faults: Sequence[WorkbenchError] = (),
) -> Response:
    told: dict[str, Any] = {"title": HTTPStatus(status).phrase, "status": status}
    told |= {"id": id, "what": what, "where": where, "remedy": remedy}
    if faults:
        told["faults"] = [
            {"id": one.id, "what": one.what, "where": one.where, "remedy": one.remedy}
            for one in faults
        ]
    return JSONResponse(told, status_code=status, media_type=_PROBLEM)
