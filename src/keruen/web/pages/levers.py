# SPDX-License-Identifier: Apache-2.0
"""An own scenario written: by a form of levers, or as the text of a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import FormData, UploadFile

from keruen.core.errors import FileError, WorkbenchError
from keruen.core.sentences import msg
from keruen.report.locale import LANGS
from keruen.scenario.compose import scenario_names
from keruen.scenario.levers import Draft, Lever, draft_text
from keruen.scenario.own import LARGEST, check_runnable, compose_text
from keruen.web.guard import Analyst, AnOffice, OwnForm
from keruen.web.office import Office, Visitor
from keruen.web.own_scenarios import keep_own
from keruen.web.reports import scenario_titles
from keruen.web.scenario_view import HOW, ROOMS, faults_of, settings_of
from keruen.web.view import locale_of, page

if TYPE_CHECKING:
    from keruen.scenario.composed import Scenario

router = APIRouter()
BASIS: Final = "kaz/baseline"
_STARTER: Final = """scenario: my_scenario
title: {en: "", ru: "", kk: ""}
based_on: [%s]
set:
  decide.resettlement.families_per_year: {value: 3000, from: 2026}
reason: ""
"""


async def _fields(request: Request) -> FormData:
    return await request.form()


Fields = Annotated[FormData, Depends(_fields)]


@router.get("/scenarios/new")
def new(
    request: Request,
    visitor: Analyst,  # noqa: ARG001
    on: Annotated[list[str], Query()] = [],  # noqa: B006 - what FastAPI asks for
) -> Response:
    """The form of levers over scenarios of the package."""
    return lever_form(request, Draft(based_on=_known(on)))


@router.post("/scenarios/new", dependencies=[OwnForm])
def keep_levers(request: Request, office: AnOffice, visitor: Analyst, form: Fields) -> Response:
    """Keep what the form says, or show its faults in it."""
    draft = _draft(form)
    text, replaces = draft_text(draft), _text(form, "replaces")
    if form.get("as") == "text":
        return text_form(request, text, replaces=replaces)
    try:
        name = _kept(office, visitor, text, replaces)
    except WorkbenchError as fault:
        return lever_form(request, draft, fault=fault, replaces=replaces)
    return RedirectResponse(f"/scenarios/own/{visitor.account.name}/{name}", status_code=303)


@router.get("/scenarios/text")
def new_text(
    request: Request,
    visitor: Analyst,  # noqa: ARG001
    on: Annotated[list[str], Query()] = [],  # noqa: B006
) -> Response:
    """A scenario as text, to be written or sent."""
    return text_form(request, _STARTER % ", ".join(_known(on)))


@router.post("/scenarios/text", dependencies=[OwnForm])
def keep_text(request: Request, office: AnOffice, visitor: Analyst, form: Fields) -> Response:
    """Keep a text or a file that was sent, or show its faults beside it."""
    text, replaces = _text(form, "text").replace("\r\n", "\n"), _text(form, "replaces")
    try:
        sent = form.get("file")
        if isinstance(sent, UploadFile) and sent.filename:
            text = _sent(sent)
        name = _kept(office, visitor, text, replaces)
    except WorkbenchError as fault:
        return text_form(request, text, fault=fault, replaces=replaces)
    return RedirectResponse(f"/scenarios/own/{visitor.account.name}/{name}", status_code=303)


def lever_form(
    request: Request, draft: Draft, *, fault: WorkbenchError | None = None, replaces: str = ""
) -> Response:
    """The form of levers with what was typed in.

    Parameters
    ----------
    request : Request
        Request.
    draft : Draft
        What was typed in.
    fault : WorkbenchError, optional
        What is wrong with it.
    replaces : str, optional
        Name of the scenario that is edited.

    Returns
    -------
    Response
    """
    locale = locale_of(request)
    base = _base(draft.based_on or (BASIS,))
    faults = [] if fault is None else faults_of(fault, draft_text(draft), locale)
    rooms = settings_of(base, locale)
    known = list(base.keys)
    by_key = {
        key: [one for one in faults if one.key == key or one.key.startswith(f"{key}.")]
        for key in known
    }
    held = {id(one) for found in by_key.values() for one in found}
    return page(
        request, "scenario_form.html", status=200 if fault is None else 422, draft=draft,
        rooms=rooms, room_words=ROOMS, how_words=HOW, empty=Lever(""), faults=faults,
        by_key=by_key, others=[one for one in faults if id(one) not in held],
        titles=scenario_titles(), years=base.years, replaces=replaces,
    )  # fmt: skip


def text_form(
    request: Request, text: str, *, fault: WorkbenchError | None = None, replaces: str = ""
) -> Response:
    """A scenario's text with its faults by line.

    Parameters
    ----------
    request : Request
        Request.
    text : str
        Text.
    fault : WorkbenchError, optional
        What is wrong with it.
    replaces : str, optional
        Name of the scenario that is edited.

    Returns
    -------
    Response
    """
    faults = [] if fault is None else faults_of(fault, text, locale_of(request))
    base = _base((BASIS,))
    return page(
        request, "scenario_text.html", status=200 if fault is None else 422, text=text,
        faults=faults, replaces=replaces, rooms=settings_of(base, locale_of(request)),
        room_words=ROOMS, limit=LARGEST // 1000, names=list(scenario_names()),
    )  # fmt: skip


def _kept(office: Office, visitor: Visitor, text: str, replaces: str) -> str:
    """Check a scenario and keep it; gives its name."""
    scenario = compose_text(text)
    check_runnable(scenario)
    account = visitor.account.name
    keep_own(office.settings, account, scenario.name, text, replaces=replaces)
    office.audit.write(account, "scenario kept", scenario.name, digest=scenario.digest[:12])
    return scenario.name


def _sent(file: UploadFile) -> str:
    """Text of a file that was sent; no more of it is read than may be kept."""
    body = file.file.read(LARGEST + 1)
    try:
        return body.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as fault:
        raise FileError(
            msg("the file cannot be read as text"),
            where=str(file.filename),
            remedy=msg("save it as UTF-8"),
        ) from fault


def _draft(form: FormData) -> Draft:
    """What the form of levers says; keys are those of the basis alone."""
    based_on = tuple(str(one) for one in form.getlist("based_on")) or (BASIS,)
    levers = {}
    for key in _base(_known(based_on)).keys:
        told = {
            name: _text(form, f"{name}:{key}") for name in ("how", "value", "from", "to", "why")
        }
        lever = Lever(key, told["how"], told["value"], told["from"], told["to"], told["why"])
        if lever.how in HOW:
            levers[key] = lever
        elif lever.value:  # a choice, or a value without a word of what to do with it
            levers[key] = Lever(key, "value", lever.value, lever.start, lever.end, lever.why)
    title: dict[str, str] = {lang: _text(form, f"title_{lang}") for lang in LANGS}
    return Draft(
        _text(form, "name"), title, based_on, levers, _text(form, "first"), _text(form, "last"),
        _text(form, "reason"),
    )  # fmt: skip


def _text(form: FormData, name: str) -> str:
    value = form.get(name)
    return value.strip() if isinstance(value, str) else ""


def _known(names: list[str] | tuple[str, ...]) -> tuple[str, ...]:
    """Those names that the package has; its baseline when none is."""
    known = scenario_names()
    return tuple(one for one in names if one in known) or (BASIS,)


def _base(names: tuple[str, ...]) -> Scenario:
    """What holds before anything is changed."""
    return compose_text(f"scenario: basis\ntitle: basis\nbased_on: [{', '.join(_known(names))}]")
