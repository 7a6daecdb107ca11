# SPDX-License-Identifier: Apache-2.0
"""The quota ledger: officers tell what happened, everybody else sees protected totals."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from keruen.core.errors import AccountError, CodeError, SchemaError, WorkbenchError
from keruen.core.events import Event
from keruen.decide.ledger import QuotaLedger
from keruen.report import quota_office
from keruen.report.quota_awards import award_events, proposal_table
from keruen.report.quota_law import quota_event
from keruen.report.quota_release import office_tables, read_in, write_quota_report
from keruen.sources.events import DatabaseEvents
from keruen.web.accounts import Role
from keruen.web.guard import AnOffice, Officer, OwnForm, Viewer
from keruen.web.office import Office, Visitor
from keruen.web.view import locale_of, page
from keruen.web.words import LEDGER_EVENTS, OFFICE_TABLES

if TYPE_CHECKING:
    from starlette.datastructures import FormData

router = APIRouter()
PROGRAMMES: Final = ("kandas", "resettlers")
_SMALLEST: Final = 5
_CASES: Final = ["case", "state", "requested", "reserved", "used", "valid_until", "paid"]


@router.get("/ledger")
def show(request: Request, office: AnOffice, visitor: Viewer) -> Response:
    """All quotas: full figures for officers, protected ones for everybody else."""
    return _all(request, office, visitor)


@router.post("/ledger", dependencies=[OwnForm])
async def set_quota(request: Request, office: AnOffice, visitor: Officer) -> Response:
    """Set a quota, or change one that is set."""
    form = await request.form()

    def event(_: QuotaLedger) -> list[Event]:
        total = str(form.get("total", ""))
        made, _notes = quota_event(
            _text(form, "quota"),
            year=_number(form, "year"),
            programme=_text(form, "programme"),
            region=_text(form, "region", needed=False),
            total=_number(form, "total") if total else None,
            legal_ref=_text(form, "legal_ref", needed=False),
            rules=None,
            parameters=[] if form.get("law") == "yes" else None,
            revise=form.get("revise") == "yes",
            at=_now(),
            by=visitor.account.name,
        )
        return [made]

    return await _tell(request, office, visitor, event, quota="", what="quota set")


@router.get("/ledger/verify")
def verify(request: Request, office: AnOffice, visitor: Viewer) -> Response:
    """Every hash and every rule computed again."""
    events = DatabaseEvents(office.engine)
    broken = QuotaLedger(events).verify()
    if broken is not None:
        raise AccountError(
            f"the chain breaks at entry {broken.seq}: {broken.reason}",
            remedy="keep the database as it is, and compare it with a copy",
            id="ChainBroken",
        )
    return _all(request, office, visitor, verified=True)


@router.get("/ledger/log.csv")
def log(office: AnOffice, visitor: Viewer) -> Response:  # noqa: ARG001
    """The public log: hashes alone, which anyone can check."""
    text = QuotaLedger(DatabaseEvents(office.engine)).public_log().to_csv(index=False)
    return _attached(text.encode(), "log.csv")


@router.get("/ledger/report.xlsx")
def report(request: Request, office: AnOffice, visitor: Viewer) -> Response:  # noqa: ARG001
    """What may be published, as a workbook in the reader's language."""
    book = QuotaLedger(DatabaseEvents(office.engine))
    with TemporaryDirectory() as folder:
        out = Path(folder) / "report"
        lang = locale_of(request).lang
        write_quota_report(book, out, on=_now(), threshold=_SMALLEST, lang=lang)
        content = (out / "quota-report.xlsx").read_bytes()
    return _attached(content, "quota-report.xlsx")


@router.get("/ledger/quotas/{quota}")
def show_quota(
    request: Request,
    office: AnOffice,
    visitor: Officer,  # noqa: ARG001
    quota: str,
) -> Response:
    """One quota with its line, its cases and what may be told."""
    return _one(request, office, quota)


@router.post("/ledger/quotas/{quota}/{kind}", dependencies=[OwnForm])
async def tell(
    request: Request, office: AnOffice, visitor: Officer, quota: str, kind: str
) -> Response:
    """Tell what happened to a case or to the quota."""
    form = await request.form()
    makers = {"apply": _application, "award": _award, "record": _recorded}
    if kind not in makers:
        raise HTTPException(404)

    def events(book: QuotaLedger) -> list[Event]:
        book.quota(quota)
        return makers[kind](book, quota, form, visitor.account.name)

    return await _tell(request, office, visitor, events, quota=quota, what=f"quota {kind}")


def _application(_: QuotaLedger, quota: str, form: FormData, by: str) -> list[Event]:
    case = _text(form, "case")
    quota_office.need_cases([case])
    facts = [f"units={_number(form, 'units')}", *_facts(form)]
    return [quota_office.told("ApplicationReceived", quota, case, facts, at=_now(), by=by)]


def _award(book: QuotaLedger, quota: str, form: FormData, by: str) -> list[Event]:
    cases = str(form.get("cases", "")).split()
    return award_events(
        book, quota, cases=cases, first=_number(form, "next") if not cases else 0,
        valid_until=_text(form, "valid_until"), reason=_text(form, "reason", needed=False),
        override=form.get("override") == "yes", at=_now(), by=by,
    )  # fmt: skip


def _recorded(book: QuotaLedger, quota: str, form: FormData, by: str) -> list[Event]:
    cases = str(form.get("case", "")).split()
    quota_office.need_cases(cases)
    kind, facts = _text(form, "kind"), _facts(form)
    subjects: tuple[str | None, ...] = tuple(cases) or (None,)
    told = [quota_office.told(kind, quota, one, facts, at=_now(), by=by) for one in subjects]
    return [quota_office.with_amount(book, one) for one in told]


async def _tell(
    request: Request, office: Office, visitor: Visitor, make: Any, *, quota: str, what: str  # noqa: ANN401
) -> Response:  # fmt: skip
    """Write events; where a rule forbids them, the page with its message."""
    from anyio import to_thread

    def write() -> Response:
        try:
            book = QuotaLedger(DatabaseEvents(office.engine))
            events = make(book)
            book.append(*events)
        except WorkbenchError as fault:
            if quota:
                return _one(request, office, quota, fault=str(fault))
            return _all(request, office, visitor, fault=str(fault))
        name = events[0].stream
        office.audit.write(visitor.account.name, what, name, events=len(events))
        return RedirectResponse(f"/ledger/quotas/{name}", status_code=303)

    return await to_thread.run_sync(write)


def _all(
    request: Request, office: Office, visitor: Visitor, *, fault: str = "", verified: bool = False
) -> Response:
    from keruen.decide.quota_public import public_tables

    book, locale = QuotaLedger(DatabaseEvents(office.engine)), locale_of(request)
    officer = visitor.account.role >= Role.officer
    if officer:
        tables = {OFFICE_TABLES[name].render(locale): table
                  for name, table in office_tables(book, on=_now()).items()}  # fmt: skip
        shown = {title: read_in(table, locale) for title, table in tables.items()}
    else:
        public = public_tables(book, on=_now(), threshold=_SMALLEST)
        shown = {
            OFFICE_TABLES[name].render(locale): read_in(public[name], locale)
            for name in ("balances", "indicators", "forecast")
            if len(public[name])
        }
    place, hash_ = book.head()
    return page(
        request, "ledger.html", status=422 if fault else 200, tables=shown, quotas=book.quotas(),
        officer=officer, head=f"{place}:{hash_}", entries=place, fault=fault, verified=verified,
        programmes=PROGRAMMES, year=_now().year, smallest=_SMALLEST,
    )  # fmt: skip


def _one(request: Request, office: Office, quota: str, *, fault: str = "") -> Response:
    book, locale = QuotaLedger(DatabaseEvents(office.engine)), locale_of(request)
    try:
        held = book.quota(quota)
    except CodeError as unknown:
        raise HTTPException(404) from unknown
    cases = book.cases()
    mine = cases[cases["quota"] == quota][_CASES]
    line = proposal_table(book, quota, zone=_now().tzinfo, lang=locale.lang)
    return page(
        request, "quota.html", status=422 if fault else 200, quota=held, fault=fault,
        account=_heads(book, quota, locale), line=read_in(line, locale),
        cases=read_in(mine, locale), names=list(mine["case"]), kinds=LEDGER_EVENTS,
        last=f"{_now().year}-12-31",
    )  # fmt: skip


def _heads(book: QuotaLedger, quota: str, locale: Any) -> list[tuple[str, Any]]:  # noqa: ANN401
    """The account of a quota, a line a figure."""
    balances = book.balances()
    mine = balances[balances["quota"] == quota]
    heads, rows = read_in(mine.drop(columns=["quota"]), locale)
    return list(zip(heads, rows[0], strict=True))


def _facts(form: FormData) -> list[str]:
    """Facts of the form's own fields, and further ones, a line each, as name=value."""
    own = ("eligible", "reason_code", "rule_version", "units", "support", "vulnerable", "group")
    given = {name: str(form.get(f"fact_{name}", "")).strip() for name in own}
    lines = str(form.get("facts", "")).splitlines()
    found = [f"{name}={value}" for name, value in given.items() if value]
    return [*found, *(line.strip() for line in lines if line.strip())]


def _text(form: FormData, name: str, *, needed: bool = True) -> str:
    text = str(form.get(name, "")).strip()
    if needed and not text:
        raise SchemaError(f"'{name}' is empty", remedy="fill it in", id="EmptyField")
    return text


def _number(form: FormData, name: str) -> int:
    text = _text(form, name)
    if not text.isdecimal() or len(text) > 9:
        raise SchemaError(f"'{name}' is not a whole number", remedy="write digits", id="NoNumber")
    return int(text)


def _attached(content: bytes, name: str) -> Response:
    head = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, headers=head)


def _now() -> datetime:
    return datetime.now().astimezone()
