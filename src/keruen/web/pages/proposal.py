# SPDX-License-Identifier: Apache-2.0
"""The proposal of a placement: drafted, sealed, saved, and opened again in a new version."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from keruen.core.errors import WorkbenchError
from keruen.decide.ledger import QuotaLedger
from keruen.report.locale import LANGS, Lang, Locale, Message, Verbatim, msg
from keruen.report.pages import PAGES, write_pages
from keruen.report.placement_decision_log import Mark, one_line
from keruen.report.placement_decisions import PlacementDecisions
from keruen.report.placement_proposal import PROGRAMMES, Proposal, ProposalDetails, read_proposal
from keruen.report.placement_proposal_annex import annex_report
from keruen.report.placement_proposal_ledger import LedgerChoice
from keruen.report.placement_proposal_page import PROGRAMME_WORDS, proposal_report
from keruen.report.placement_proposal_seal import LOG, Forms, seal_proposal
from keruen.report.placement_refusals import RefusedError
from keruen.sources.events import DatabaseEvents
from keruen.web.guard import AnOffice, Officer, OwnForm
from keruen.web.jobs import Job
from keruen.web.office import Office, Visitor
from keruen.web.placements import decisions_of, done, run_folder, sealed_folder
from keruen.web.troubles import pack, unpack
from keruen.web.view import locale_of, page

if TYPE_CHECKING:
    from starlette.datastructures import FormData

router = APIRouter()
_BLANK: Final = "________________"
_REPORTS: Final = {"proposal": proposal_report, "annex": annex_report}
_TYPES: Final = {
    "html": "text/html; charset=utf-8",
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_OTHERS: Final = [(lang, ending) for ending in ("docx", "html", "xlsx") for lang in LANGS]
"""Forms of a sealed version that are made when they are asked for."""
_TEXT: Final = ("office", "year", "programme", "legal_ref", "total", "quota", "valid_until")


@router.get("/placement/{id}/proposal")
def show(request: Request, office: AnOffice, visitor: Officer, id: str) -> Response:
    """What there is of a proposal: a draft and the form to seal it, or the sealed documents."""
    return _show(request, office, done(office, visitor, id))


@router.post("/placement/{id}/seal", dependencies=[OwnForm])
async def seal(request: Request, office: AnOffice, visitor: Officer, id: str) -> Response:
    """Seal the proposal; where that cannot be, the page with the reason."""
    from anyio import to_thread

    job, form = done(office, visitor, id), await request.form()
    lang = locale_of(request).lang

    def work() -> Response:
        try:
            mark = _seal(office, visitor, job, form, lang)
        except RefusedError as fault:
            return _show(request, office, job, form=form, fault=fault.told)
        except WorkbenchError as fault:
            lines = unpack(pack(fault), Locale(lang))
            told = " ".join(part for one in lines for part in (one.what, one.remedy) if part)
            return _show(request, office, job, form=form, fault=Verbatim(told))
        facts = {
            name: mark.facts[name] for name in ("ledger", "awards", "units") if name in mark.facts
        }
        office.audit.write(
            visitor.account.name,
            "proposal sealed",
            id,
            version=mark.version,
            seal=mark.seal,
            **facts,
        )
        return RedirectResponse(f"/placement/{id}/proposal", status_code=303)

    return await to_thread.run_sync(work)


@router.post("/placement/{id}/open", dependencies=[OwnForm])
async def open_again(request: Request, office: AnOffice, visitor: Officer, id: str) -> Response:
    """Open a new version, with a reason; the sealed one is kept."""
    from anyio import to_thread

    job, form = done(office, visitor, id), await request.form()
    reason = str(form.get("reason", ""))

    def work() -> Response:
        if not reason.strip():
            told = msg("Write down why a new version is needed.")
            return _show(request, office, job, form=form, fault=told)
        try:
            mark = decisions_of(office, job).reopen(
                officer=visitor.account.name, at=_now(), reason=reason
            )
        except RefusedError as fault:
            return _show(request, office, job, form=form, fault=fault.told)
        office.audit.write(visitor.account.name, "proposal opened", id, version=mark.version)
        return RedirectResponse(f"/placement/{id}/proposal", status_code=303)

    return await to_thread.run_sync(work)


@router.get("/placement/{id}/proposal/draft/{name}")
def draft(request: Request, office: AnOffice, visitor: Officer, id: str, name: str) -> Response:
    """The proposal as it stands, marked as a draft, in the reader's language."""
    job = done(office, visitor, id)
    kind, _, ending = name.partition(".")
    if kind not in _REPORTS or ending not in PAGES:
        raise HTTPException(404)
    made = decisions_of(office, job)
    details = ProposalDetails(_BLANK, visitor.account.name, _now().year, PROGRAMMES[0])
    log = made.log_bytes()
    proposal = replace(read_proposal(run_folder(office, job), made, details, log=log), sealed=False)
    return _document(proposal, kind, locale_of(request).lang, ending)


@router.get("/placement/{id}/proposal/{version}/{name}")
def download(office: AnOffice, visitor: Officer, id: str, version: int, name: str) -> Response:
    """A file of a sealed version; in other languages and formats made from what was sealed."""
    job = done(office, visitor, id)
    folder = sealed_folder(office, job, version)
    mark = next((one for one in decisions_of(office, job).marks
                 if (one.what, one.version) == ("sealed", version)), None)  # fmt: skip
    if mark is None or not folder.is_dir():
        raise HTTPException(404)
    if name in {one.name for one in folder.iterdir()}:
        content = (folder / name).read_bytes()
        return _given(content, name)
    kind, lang, ending = (*name.split("."), "", "")[:3]
    known = next((one for one in LANGS if one == lang), None)
    if kind not in _REPORTS or known is None or ending not in PAGES:
        raise HTTPException(404)
    log = folder / LOG
    made = PlacementDecisions(run_folder(office, job), log)
    found = read_proposal(run_folder(office, job), made, _details_of(mark), log=log.read_bytes())
    return _document(replace(found, sealed=True), kind, known, ending)


def _seal(office: Office, visitor: Visitor, job: Job, form: FormData, lang: Lang) -> Mark:
    made, name = decisions_of(office, job), visitor.account.name
    details = _details(form, name)
    quota, until = _text(form, "quota"), _text(form, "valid_until")
    choice = LedgerChoice(quota, until, form.get("take_in") == "yes") if quota else None
    if choice and not until:
        raise RefusedError(msg("Give the last day of the awards."))
    book = QuotaLedger(DatabaseEvents(office.engine)) if choice else None
    forms = Forms({one: ["pdf", "docx"] if one == lang else ["pdf"] for one in LANGS},
                  {lang: ["xlsx", "pdf"]})  # fmt: skip
    return seal_proposal(
        run_folder(office, job), made, details, sealed_folder(office, job, made.version), forms,
        at=_now(), book=book, choice=choice, replace_left=True,
    )  # fmt: skip


def _details(form: FormData, officer: str) -> ProposalDetails:
    """What the form says of the proposal."""
    year, total = _text(form, "year"), _text(form, "total")
    if not _text(form, "office"):
        raise RefusedError(msg("Give the name of the office."))
    for number in (year, total or "0"):
        if not number.isdecimal() or len(number) > 9:
            raise RefusedError(msg("The year and the units of the quota are whole numbers."))
    return ProposalDetails(
        _text(form, "office"), officer, int(year), _text(form, "programme"),
        _text(form, "legal_ref"), int(total) if total else None,
    )  # fmt: skip


def _details_of(mark: Mark) -> ProposalDetails:
    """What the office said when it sealed."""
    facts = mark.facts
    return ProposalDetails(
        facts["office"], facts["officer"], int(facts["year"]), facts.get("programme", ""),
        facts.get("legal_ref", ""), int(facts["quota"]) if "quota" in facts else None,
    )  # fmt: skip


def _show(
    request: Request, office: Office, job: Job, *, form: FormData | None = None,
    fault: Message | Verbatim | None = None,
) -> Response:  # fmt: skip
    made = decisions_of(office, job)
    seals = [one for one in made.marks if one.what == "sealed"]
    files = {
        one.version: sorted(each.name for each in sealed_folder(office, job, one.version).iterdir())
        for one in seals
        if sealed_folder(office, job, one.version).is_dir()
    }
    book = QuotaLedger(DatabaseEvents(office.engine))
    quotas = [(one, book.quota(one).free) for one in book.quotas() if not book.quota(one).closed]
    given = {name: _text(form, name) if form is not None else "" for name in _TEXT}
    given["year"] = given["year"] or str(_now().year)
    given["valid_until"] = given["valid_until"] or f"{_now().year}-12-31"
    return page(
        request, "proposal.html", status=422 if fault else 200, job=job, fault=fault,
        open=len(made.undecided), all=len(made.proposed), sealed=made.sealed, edition=made.version,
        seals=seals, files=files, quotas=quotas, given=given, programmes=PROGRAMME_WORDS,
        opened=[one for one in made.marks if one.what == "opened"], others=_OTHERS,
    )  # fmt: skip


def _document(proposal: Proposal, kind: str, lang: Lang, ending: str) -> Response:
    with TemporaryDirectory() as folder:
        (name,) = write_pages(
            _REPORTS[kind](proposal),
            Locale(lang),
            Path(folder),
            f"{kind}.{lang}",
            formats=(ending,),
        )
        return _given((Path(folder) / name).read_bytes(), name)


def _given(content: bytes, name: str) -> Response:
    """A file; pages are shown, others saved."""
    ending = name.rpartition(".")[2]
    head = {} if ending == "html" else {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(
        content, headers=head, media_type=_TYPES.get(ending, "text/plain; charset=utf-8")
    )


def _text(form: FormData, name: str) -> str:
    return one_line(str(form.get(name, "")))


def _now() -> datetime:
    return datetime.now().astimezone()
