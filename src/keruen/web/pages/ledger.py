# SPDX-License-Identifier: Apache-2.0
"""The quota ledger: officers tell what happened, everybody else sees protected totals."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import RedirectResponse, Response

from keruen.core.errors import AccountError, CodeError, SchemaError, WorkbenchError
from keruen.core.events import Event
from keruen.core.sentences import msg
from keruen.decide.ledger import QuotaLedger
from keruen.report import quota_office
from keruen.report.locale import Locale
from keruen.report.quota_awards import award_events, proposal_table
from keruen.report.quota_law import quota_event
from keruen.report.quota_release import office_tables, read_in, write_quota_report
from keruen.sources.events import DatabaseEvents
from keruen.web.accounts import Role
from keruen.web.guard import AnOffice, Officer, OwnForm, Viewer
from keruen.web.office import Office, Visitor
from keruen.web.troubles import said
from keruen.web.view import locale_of, page
from keruen.web.words import LEDGER_EVENTS, OFFICE_TABLES

if TYPE_CHECKING:
    from starlette.datastructures import FormData

router = APIRouter()
PROGRAMMES: Final = ("kandas", "resettlers")
_SMALLEST: Final = 5
_A_PAGE: Final = 200
_FIELDS: Final = {
    "quota": msg("Name of the quota, such as kandas-2026-KZ-55"),
    "year": msg("Year"),
    "programme": msg("Programme"),
    "total": msg("Units of the quota"),
    "case": msg("Case: a number or pseudonym, no name"),
    "units": msg("Units asked for"),
    "next": msg("or so many of the line"),
    "valid_until": msg("Last day of the award"),
    "kind": msg("What happened"),
}
"""Fields of the forms by name, as their labels say."""
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
        total, law = _text(form, "total", needed=False), form.get("law") == "yes"
        if not law and not (total and _text(form, "legal_ref", needed=False)):
            raise SchemaError(
                msg("units and the order that sets them are missing"),
                remedy=msg("give both, or take them from the law"),
                id="NoTotal",
            )
        made, _notes = quota_event(
            _text(form, "quota"),
            year=_number(form, "year"),
            programme=_text(form, "programme"),
            region=_text(form, "region", needed=False),
            total=_number(form, "total") if total else None,
            legal_ref=_text(form, "legal_ref", needed=False),
            rules=None,
            parameters=[] if law else None,
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
    with office.ledger.book() as book:
        table = book.public_log()
    return _attached(table.to_csv(index=False).encode(), "log.csv")


@router.get("/ledger/report.xlsx")
def report(request: Request, office: AnOffice, visitor: Viewer) -> Response:  # noqa: ARG001
    """What may be published, as a workbook in the reader's language."""
    with TemporaryDirectory() as folder, office.ledger.book() as book:
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
    *,
    start: Annotated[int, Query(ge=0)] = 0,
    case: str = "",
) -> Response:
    """One quota with its line, its cases and what may be told."""
    return _one(request, office, quota, start=start, wanted=case.strip())


@router.get("/ledger/quotas/{quota}/cases.csv")
def cases(request: Request, office: AnOffice, visitor: Officer, quota: str) -> Response:  # noqa: ARG001
    """All cases of a quota as a table, in the reader's language."""
    import pandas as pd

    locale = locale_of(request)
    heads, rows = read_in(_held(office, quota, locale)["cases"], locale)
    text = pd.DataFrame(rows, columns=heads).to_csv(index=False)
    return _attached(text.encode("utf-8-sig"), "cases.csv")


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
    cases, many = str(form.get("cases", "")).split(), _text(form, "next", needed=False)
    if bool(cases) == bool(many):
        raise SchemaError(msg("name cases, or say how many of the line (next)"), id="NoAward")
    reason, override = _text(form, "reason", needed=False), form.get("override") == "yes"
    if override != bool(reason):
        told = msg("an award out of turn needs a reason, and only such an award")
        raise SchemaError(told, id="NoReason")
    return award_events(
        book, quota, cases=cases, first=_number(form, "next") if many else 0,
        valid_until=_text(form, "valid_until"), reason=reason, override=override,
        at=_now(), by=by,
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
            with office.ledger.book() as book:
                events = make(book)
                book.append(*events)
        except WorkbenchError as fault:
            if quota:
                return _one(request, office, quota, fault=said(fault, locale_of(request)))
            return _all(request, office, visitor, fault=said(fault, locale_of(request)))
        name = events[0].stream
        office.audit.write(visitor.account.name, what, name, events=len(events))
        return RedirectResponse(f"/ledger/quotas/{name}", status_code=303)

    return await to_thread.run_sync(write)


def _all(
    request: Request, office: Office, visitor: Visitor, *, fault: str = "", verified: bool = False
) -> Response:
    locale, officer = locale_of(request), visitor.account.role >= Role.officer
    made = _office if officer else _public
    name = f"{made.__name__} {locale.lang}"
    shown, quotas, (place, hash_) = office.ledger.once(
        name, lambda book: (made(book, locale), book.quotas(), book.head())
    )
    return page(
        request, "ledger.html", status=422 if fault else 200, tables=shown, quotas=quotas,
        officer=officer, head=f"{place}:{hash_}", entries=place, fault=fault, verified=verified,
        programmes=PROGRAMMES, year=_now().year, smallest=_SMALLEST,
    )  # fmt: skip


def _office(book: QuotaLedger, locale: Locale) -> dict[str, Any]:
    """Full figures by title, for officers."""
    tables = office_tables(book, on=_now()).items()
    return {OFFICE_TABLES[name].render(locale): read_in(table, locale) for name, table in tables}


def _public(book: QuotaLedger, locale: Locale) -> dict[str, Any]:
    """Protected figures by title, for everybody else."""
    from keruen.decide.quota_public import public_tables

    public = public_tables(book, on=_now(), threshold=_SMALLEST, log=False)
    return {
        OFFICE_TABLES[name].render(locale): read_in(public[name], locale)
        for name in ("balances", "indicators", "forecast")
        if len(public[name])
    }


def _one(
    request: Request,
    office: Office,
    quota: str,
    *,
    fault: str = "",
    start: int = 0,
    wanted: str = "",
) -> Response:
    locale = locale_of(request)
    held = _held(office, quota, locale)
    cases = held["cases"]
    if wanted:
        cases = cases[cases["case"].str.casefold().str.startswith(wanted.casefold())]
    shown = cases.iloc[start : start + _A_PAGE]
    return page(
        request, "quota.html", status=422 if fault else 200, fault=fault, kinds=LEDGER_EVENTS,
        last=f"{_now().year}-12-31", quota=held["quota"], account=held["account"],
        line=read_in(held["line"].head(_A_PAGE), locale), waiting=len(held["line"]),
        cases=read_in(shown, locale), names=list(shown["case"]), number=len(cases),
        start=start, size=_A_PAGE, wanted=wanted, every=len(held["cases"]),
    )  # fmt: skip


def _held(office: Office, quota: str, locale: Locale) -> dict[str, Any]:
    """A quota with its account, its line and its cases; not to be changed."""

    def make(book: QuotaLedger) -> dict[str, Any]:
        found, cases = book.quota(quota), book.cases()
        return {
            "quota": found,
            "account": _heads(book, quota, locale),
            "line": proposal_table(book, quota, zone=_now().tzinfo, lang=locale.lang),
            "cases": cases[cases["quota"] == quota][_CASES],
        }

    try:
        return office.ledger.once(f"{quota} {locale.lang}", make)
    except CodeError as unknown:
        raise HTTPException(404) from unknown


def _heads(book: QuotaLedger, quota: str, locale: Locale) -> list[tuple[str, Any]]:
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
        raise SchemaError(
            msg("empty: {field}", field=_FIELDS.get(name, name)),
            remedy=msg("fill it in"),
            id="EmptyField",
        )
    return text


def _number(form: FormData, name: str) -> int:
    text = _text(form, name)
    if not text.isdecimal() or len(text) > 9:
        raise SchemaError(
            msg("no whole number: {field}", field=_FIELDS.get(name, name)),
            remedy=msg("write digits"),
            id="NoNumber",
        )
    return int(text)


def _attached(content: bytes, name: str) -> Response:
    head = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, headers=head)


def _now() -> datetime:
    return datetime.now().astimezone()
