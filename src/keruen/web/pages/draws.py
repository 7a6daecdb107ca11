# SPDX-License-Identifier: Apache-2.0
"""The draw simulator: rounds of invitations over a practice pool, or over a pool that was sent."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import FileResponse, RedirectResponse, Response
from starlette.datastructures import UploadFile

from keruen.core.errors import CodeError, SchemaError, WorkbenchError
from keruen.report.locale import LANGS, Lang, Locale, msg
from keruen.web.accounts import Role
from keruen.web.api_data import EXCEL
from keruen.web.draw_form import DAYS, FIRST, NUMBERS, SPANS, Asked, read_form
from keruen.web.files import keep_file, remove_file, tidy
from keruen.web.framed import framed
from keruen.web.guard import Analyst, AnOffice, Officer, OwnForm, Viewer, needs
from keruen.web.jobs import Job
from keruen.web.office import Office, Visitor
from keruen.web.once import once
from keruen.web.policy_work import LEAST, practice_draws
from keruen.web.troubles import pack, unpack
from keruen.web.view import locale_of, page

if TYPE_CHECKING:
    from keruen.report.draw_run import DrawRun

router = APIRouter()
KIND: Final = "draws"
_TABLES: Final = {"pool": "points_pool", "rounds": "points_rounds"}
_NO_FILE: Final = msg("Choose a file of candidates first.")
_NO_ROUNDS: Final = msg("Give a number of invitations, or a file of rounds; not both.")
_PRACTICE: Final = msg("Practice pool")

Faults = Sequence[tuple[str, str]]


@router.get("/draws")
def show_all(request: Request, office: AnOffice, visitor: Viewer) -> Response:
    """The forms: the practice pool for everybody, a pool of one's own for officers."""
    return _form(request, office, visitor, read_form(request.query_params).texts)


@router.get("/draws/template/{name}.xlsx")
def template(request: Request, visitor: Viewer, name: str) -> Response:  # noqa: ARG001
    """An empty workbook for a pool or for rounds."""
    from keruen.sources.templates import write_template

    if name not in _TABLES:
        raise HTTPException(404)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "table.xlsx"
        write_template(_TABLES[name], path, lang=locale_of(request).lang)
        return _attached(path.read_bytes(), f"{_TABLES[name]}.xlsx")


@router.get("/draws/practice")
def practice(request: Request, office: AnOffice, visitor: Viewer) -> Response:
    """Rounds over the practice pool; what takes long is asked for as a run."""
    asked = read_form(request.query_params)
    if asked.faults:
        return _form(request, office, visitor, asked.texts, _lines(asked, request))
    if asked.long:
        return page(request, "draws_long.html", texts=asked.texts, back=_address(asked.texts))
    try:
        html = _page(_key(asked), locale_of(request).lang)
    except WorkbenchError as fault:
        return _form(request, office, visitor, asked.texts, _told(fault, request))
    query = urlencode(asked.texts)
    links = (
        (f"/draws/practice/workbook?{query}", msg("Tables as a workbook")),
        (f"/draws/practice/first_round_candidates.csv?{query}", msg("Every candidate (CSV)")),
    )
    return framed(request, html, "draws_bar.html", back=f"/draws?{query}", links=links)


@router.get("/draws/practice/workbook")
def workbook(request: Request, visitor: Viewer) -> Response:  # noqa: ARG001
    """The tables of rounds over the practice pool."""
    from keruen.report.draw_page import draw_report
    from keruen.report.pages import write_pages

    with TemporaryDirectory() as folder:
        report, place = draw_report(_shown(request)), Path(folder)
        write_pages(report, locale_of(request), place, "draws", formats=("xlsx",))
        return _attached((place / "draws.xlsx").read_bytes(), "draws.xlsx")


@router.get("/draws/practice/first_round_candidates.csv")
def candidates(request: Request, visitor: Viewer) -> Response:  # noqa: ARG001
    """Every made-up candidate with what the first round means for them."""
    from keruen.report.draw_release import candidates_table

    text = candidates_table(_shown(request)).to_csv(index=False)
    head = {"Content-Disposition": 'attachment; filename="first_round_candidates.csv"'}
    return Response(text, media_type="text/csv", headers=head)


@router.post("/draws/practice", dependencies=[Depends(needs(Role.analyst)), OwnForm])
async def ask_practice(request: Request, office: AnOffice, visitor: Analyst) -> Response:
    """Queue rounds over the practice pool that take long."""
    from anyio import to_thread

    form = await request.form()
    asked = read_form({name: str(form[name]) for name in FIRST if name in form})
    if asked.faults:
        return _form(request, office, visitor, asked.texts, _lines(asked, request))
    title = _PRACTICE.render(locale_of(request))

    def queue() -> str:
        return _queue(office, visitor, title, dict(asked.facts))

    return RedirectResponse(f"/draws/{await to_thread.run_sync(queue)}", status_code=303)


@router.post("/draws", dependencies=[Depends(needs(Role.officer)), OwnForm])
async def send(request: Request, office: AnOffice, visitor: Officer) -> Response:
    """Keep a pool until it has been worked through, and queue its rounds."""
    from anyio import to_thread

    form = await request.form()
    given = {name: form.get(name) for name in ("file", "rounds")}
    files = {n: one for n, one in given.items() if isinstance(one, UploadFile) and one.filename}
    asked = read_form({name: str(form[name]) for name in FIRST if name in form})
    faults = _lines(asked, request)
    locale = locale_of(request)
    if "file" not in files:
        faults = [(_NO_FILE.render(locale), ""), *faults]
    if bool(asked.texts["size"]) == ("rounds" in files):
        faults = [*faults, (_NO_ROUNDS.render(locale), "")]
    if faults:
        return _form(request, office, visitor, asked.texts, faults)

    def queue() -> str:
        kept: dict[str, str] = {}
        try:
            for name, one in files.items():
                called = one.filename or name
                kept[name] = keep_file(office.settings, visitor.account.name, called, one.file)
        except WorkbenchError:
            _remove(office, kept)
            raise
        title = kept["file"].rpartition("/")[2]
        return _queue(office, visitor, title, {**asked.facts, **kept})

    try:
        id = await to_thread.run_sync(queue)
    except WorkbenchError as fault:
        return _form(request, office, visitor, asked.texts, _told(fault, request))
    return RedirectResponse(f"/draws/{id}", status_code=303)


@router.get("/draws/{id}")
def show(request: Request, office: AnOffice, visitor: Viewer, id: str) -> Response:
    """How far a run is, why it failed, or its result in the reader's language."""
    job = _own(office, visitor, id)
    if job.state != "done":
        _tidy(office, [job])
        return page(request, "draws_wait.html", job=job)
    folder, lang = office.jobs.folder(id) / locale_of(request).lang, locale_of(request).lang
    html = (folder / "draws.html").read_text("utf-8")
    place = f"/draws/{id}/files/{lang}"
    links = (
        (f"{place}/draws.xlsx", msg("Tables as a workbook")),
        (f"{place}/cutoff_paths.csv", msg("Cut-offs of every future (CSV)")),
    )
    back = _address({name: _text(job.facts.get(name)) for name in FIRST})
    return framed(request, html, "draws_bar.html", back=back, links=links)


@router.get("/draws/{id}/files/{lang}/{name}")
def download(office: AnOffice, visitor: Viewer, id: str, lang: str, name: str) -> Response:
    """A file of a finished run."""
    job = _own(office, visitor, id)
    folder = office.jobs.folder(job.id) / lang
    held = {one.name for one in folder.iterdir()} if lang in LANGS and folder.is_dir() else set()
    if job.state != "done" or name not in held:
        raise HTTPException(404)
    return FileResponse(folder / name, filename=name)


@router.post("/draws/{id}/cancel", dependencies=[OwnForm])
def cancel(office: AnOffice, visitor: Viewer, id: str) -> Response:
    """Stop a run; a pool that was sent is removed."""
    job = _own(office, visitor, id)
    office.jobs.cancel(id)
    _tidy(office, [office.jobs.get(id)])
    office.audit.write(visitor.account.name, "draws cancelled", job.id)
    return RedirectResponse(f"/draws/{id}", status_code=303)


@router.post("/draws/{id}/remove", dependencies=[OwnForm])
def remove(office: AnOffice, visitor: Viewer, id: str) -> Response:
    """Remove a run that is over, and its result."""
    job = _own(office, visitor, id)
    if not job.over:
        raise SchemaError("the run is not over", remedy="cancel it first")
    _remove(office, job.facts)
    shutil.rmtree(office.jobs.folder(id), ignore_errors=True)
    office.jobs.forget(id)
    office.audit.write(visitor.account.name, "draws removed", job.id)
    return RedirectResponse("/draws", status_code=303)


def _form(
    request: Request, office: Office, visitor: Visitor, texts: dict[str, str], faults: Faults = ()
) -> Response:
    jobs = [one for one in office.jobs.of(visitor.account.name) if one.kind == KIND]
    _tidy(office, jobs)
    return page(
        request, "draws.html", status=422 if faults else 200, faults=faults, texts=texts, jobs=jobs,
        numbers=NUMBERS, spans=SPANS, days=DAYS, least=LEAST,
        megabytes=office.settings.upload // 1_000_000,
    )  # fmt: skip


def _queue(office: Office, visitor: Visitor, title: str, facts: dict[str, object]) -> str:
    id = office.jobs.ask(KIND, title, visitor.account.name, facts)
    office.audit.write(visitor.account.name, "draws asked for", id)
    return id


def _own(office: Office, visitor: Visitor, id: str) -> Job:
    """A run of one's own: nobody else may know that it is there."""
    try:
        job = office.jobs.get(id)
    except CodeError as fault:
        raise HTTPException(404) from fault
    if job.account != visitor.account.name or job.kind != KIND:
        raise HTTPException(404)
    return job


def _tidy(office: Office, jobs: Sequence[Job]) -> None:
    """No pool outlives its run, however that ended."""
    tidy(office.settings, jobs)
    for job in jobs:
        if job.over:
            _remove(office, job.facts)


def _remove(office: Office, facts: dict[str, str]) -> None:
    for name in ("file", "rounds"):
        if facts.get(name):
            remove_file(office.settings, facts[name])


def _shown(request: Request) -> DrawRun:
    """The practice run of an address, for its files."""
    asked = read_form(request.query_params)
    if asked.faults or asked.long:
        raise SchemaError("the options cannot be used", remedy="open the page of the result first")
    return _run(_key(asked))


Key = tuple[tuple[str, object], ...]


def _key(asked: Asked) -> Key:
    plain = {n: tuple(v) if isinstance(v, list) else v for n, v in asked.facts.items()}
    return tuple(plain.items())


@once(4)
def _run(key: Key) -> DrawRun:
    return practice_draws(dict(key))


@once(12)
def _page(key: Key, lang: Lang) -> str:
    from keruen.report.draw_page import draw_report
    from keruen.report.pages import html_page

    return html_page(draw_report(_run(key)), Locale(lang))


def _lines(asked: Asked, request: Request) -> Faults:
    return [(one.render(locale_of(request)), "") for one in asked.faults]


def _told(fault: WorkbenchError, request: Request) -> Faults:
    return [(one.what, one.remedy) for one in unpack(pack(fault), locale_of(request))]


def _text(value: object) -> str:
    """An option as its field holds it."""
    if isinstance(value, list):
        low, high = value
        return f"{low:g}" if low == high else f"{low:g}:{high:g}"
    return "" if value is None else str(value)


def _address(texts: dict[str, str]) -> str:
    return f"/draws?{urlencode(texts)}"


def _attached(content: bytes, name: str) -> Response:
    head = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=EXCEL, headers=head)
