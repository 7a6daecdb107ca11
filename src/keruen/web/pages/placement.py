# SPDX-License-Identifier: Apache-2.0
"""Placement: a workbook sent, families placed, and what the officer decides on each."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import FileResponse, RedirectResponse, Response
from starlette.datastructures import UploadFile

from keruen.core.errors import SchemaError, WorkbenchError
from keruen.report.locale import LANGS, Locale, Message, msg
from keruen.report.placement_decisions import PlacementDecisions
from keruen.report.placement_refusals import RefusedError
from keruen.report.placement_words import OUTCOMES, SERVICE_WORDS
from keruen.web.accounts import Role
from keruen.web.files import keep_file, remove_file, tidy
from keruen.web.guard import AnOffice, Officer, OwnForm, needs
from keruen.web.jobs import Job
from keruen.web.office import Office, Visitor
from keruen.web.placements import KIND
from keruen.web.placements import decisions_of as _decisions
from keruen.web.placements import done as _done
from keruen.web.placements import own as _own
from keruen.web.troubles import pack, unpack
from keruen.web.view import locale_of, page
from keruen.web.words import DECISIONS

if TYPE_CHECKING:
    import pandas as pd

router = APIRouter()
GAPS: Final = (0.0001, 0.001, 0.01)
SECONDS: Final = (30, 120, 600)
LETTERS: Final = ("", "4", "all")
KEYS: Final = {
    "population": msg("by residents"),
    "koenigstein": msg("two thirds by tax revenue, one third by residents"),
    "eu2015": msg("40% residents, 40% product, 10% past applications, 10% unemployment"),
}
"""Keys by which persons are shared between regions."""
_A_PAGE: Final = 50


@router.get("/placement")
def show_all(request: Request, office: AnOffice, visitor: Officer) -> Response:
    """The form for a workbook, and the officer's placements."""
    return _form(request, office, visitor)


@router.get("/placement/template.xlsx")
def template(request: Request, visitor: Officer) -> Response:  # noqa: ARG001
    """An empty workbook to fill in."""
    from tempfile import TemporaryDirectory

    from keruen.sources.templates import write_template

    with TemporaryDirectory() as folder:
        path = Path(folder) / "placement.xlsx"
        write_template("placement", path, lang=locale_of(request).lang)
        content = path.read_bytes()
    return _attached(content, "placement.xlsx")


@router.post("/placement", dependencies=[Depends(needs(Role.officer)), OwnForm])
async def send(request: Request, office: AnOffice, visitor: Officer) -> Response:
    """Keep a workbook and queue its placement."""
    from anyio import to_thread

    form = await request.form()
    sent = form.get("file")
    if not isinstance(sent, UploadFile) or not sent.filename:
        return _form(request, office, visitor, [_line(msg("Choose a file first."), request)])
    gap, letters = str(form.get("gap", "")), str(form.get("letters", ""))
    key, seconds = str(form.get("region_key", "")), str(form.get("seconds", ""))
    facts = {
        "region_key": key if key in KEYS else None,
        "seconds": int(seconds) if seconds in {str(one) for one in SECONDS} else SECONDS[1],
        "gap": float(gap) if gap in {str(one) for one in GAPS} else GAPS[1],
        "voluntary": form.get("voluntary") == "yes",
        "letters": letters if letters in {"", "all"} else 4,
    }
    name = sent.filename

    def ask() -> str:
        place = keep_file(office.settings, visitor.account.name, name, sent.file)
        title = place.rpartition("/")[2]
        id = office.jobs.ask(KIND, title, visitor.account.name, {**facts, "file": place})
        office.audit.write(visitor.account.name, "placement asked for", id)
        return id

    try:
        id = await to_thread.run_sync(ask)
    except WorkbenchError as fault:
        lines = [f"{one.what}: {one.remedy}" for one in unpack(pack(fault), locale_of(request))]
        return _form(request, office, visitor, lines)
    return RedirectResponse(f"/placement/{id}", status_code=303)


@router.get("/placement/{id}")
def show(
    request: Request,
    office: AnOffice,
    visitor: Officer,
    id: str,
    *,
    start: Annotated[int, Query(ge=0)] = 0,
    only: str = "",
) -> Response:
    """How far a placement is; its faults; or its result, family by family."""
    job = _own(office, visitor, id)
    if job.state != "done":
        tidy(office.settings, [job])
        return page(request, "placement_wait.html", job=job)
    return _result(request, office, job, start=start, only=only)


@router.post("/placement/{id}/cancel", dependencies=[OwnForm])
def cancel(office: AnOffice, visitor: Officer, id: str) -> Response:
    """Stop a placement; its file is removed."""
    job = _own(office, visitor, id)
    office.jobs.cancel(id)
    tidy(office.settings, [office.jobs.get(id)])
    office.audit.write(visitor.account.name, "placement cancelled", job.id)
    return RedirectResponse(f"/placement/{id}", status_code=303)


@router.post("/placement/{id}/remove", dependencies=[OwnForm])
def remove(office: AnOffice, visitor: Officer, id: str) -> Response:
    """Remove a placement that is over: the file, the result and the decisions."""
    import shutil

    job = _own(office, visitor, id)
    if not job.over:
        raise SchemaError("the run is not over", remedy="cancel it first")
    remove_file(office.settings, job.facts["file"])
    shutil.rmtree(office.jobs.folder(id), ignore_errors=True)
    office.jobs.forget(id)
    office.audit.write(visitor.account.name, "placement removed", job.id)
    return RedirectResponse("/placement", status_code=303)


@router.get("/placement/{id}/families/{family}")
def show_family(
    request: Request, office: AnOffice, visitor: Officer, id: str, family: str
) -> Response:
    """One family: where, why, where else it could be, and what was decided."""
    job = _done(office, visitor, id)
    return _family(request, office, job, family)


@router.post("/placement/{id}/confirm", dependencies=[OwnForm])
async def confirm(request: Request, office: AnOffice, visitor: Officer, id: str) -> Response:
    """Confirm the families that the officer chose."""
    from anyio import to_thread

    form = await request.form()
    families = [str(one) for one in form.getlist("family")]

    def write() -> Response | None:
        job = _done(office, visitor, id)
        made = _decisions(office, job)
        chosen = list(made.undecided) if form.get("all") == "yes" else families
        try:
            made.confirm(
                chosen, officer=visitor.account.name, at=_now(), reason=str(form.get("reason", ""))
            )
        except RefusedError as fault:
            return _result(request, office, job, fault=fault.told)
        name = visitor.account.name
        office.audit.write(name, "placements confirmed", id, number=len(chosen))
        return None

    refused = await to_thread.run_sync(write)
    back = f"/families/{families[0]}" if form.get("one") == "yes" and families else ""
    return refused or RedirectResponse(f"/placement/{id}{back}", status_code=303)


@router.post("/placement/{id}/families/{family}/override", dependencies=[OwnForm])
async def override(
    request: Request, office: AnOffice, visitor: Officer, id: str, family: str
) -> Response:
    """Decide another place for a family, with a reason; refused where it cannot be."""
    from anyio import to_thread

    form = await request.form()
    place, reason = str(form.get("locality", "")), str(form.get("reason", ""))

    def write() -> Response | None:
        job = _done(office, visitor, id)
        if not reason.strip():
            told = msg("Write down the reason: another place is never decided without one.")
            return _family(request, office, job, family, fault=told)
        try:
            made = _decisions(office, job).override(
                family, place, officer=visitor.account.name, at=_now(), reason=reason
            )
        except RefusedError as fault:
            return _family(request, office, job, family, fault=fault.told)
        name = visitor.account.name
        office.audit.write(name, "placement overridden", id, number=len(made))
        return None

    refused = await to_thread.run_sync(write)
    return refused or RedirectResponse(f"/placement/{id}/families/{family}", status_code=303)


@router.get("/placement/{id}/decisions.csv")
def decided(office: AnOffice, visitor: Officer, id: str, all: bool = False) -> Response:  # noqa: FBT001, FBT002
    """Every family with the last decision on it, or every decision ever made."""
    made = _decisions(office, _done(office, visitor, id))
    table = made.log() if all else made.table()
    # what begins like a formula is text for a spreadsheet too
    table["reason"] = table["reason"].str.replace(r"^(?=[=+\-@\t\r])", "'", regex=True)
    return _attached(table.to_csv(index=False).encode("utf-8-sig"), "decisions.csv")


@router.get("/placement/{id}/files/{lang}/{name}")
def download(office: AnOffice, visitor: Officer, id: str, lang: str, name: str) -> Response:
    """A file of a finished placement; pictures and letters are shown, others saved."""
    job = _done(office, visitor, id)
    if lang not in LANGS or "/" in name:
        raise HTTPException(404)
    path = office.jobs.folder(job.id) / lang / name
    if path.resolve().parent != (office.jobs.folder(job.id) / lang).resolve() or not path.is_file():
        raise HTTPException(404)
    shown = path.suffix in {".svg", ".html"}
    return FileResponse(path, filename=None if shown else path.name)


def _form(
    request: Request, office: Office, visitor: Visitor, faults: list[str] | None = None
) -> Response:
    jobs = [one for one in office.jobs.of(visitor.account.name) if one.kind == KIND]
    tidy(office.settings, jobs)
    return page(
        request, "placement.html", status=422 if faults else 200, jobs=jobs, faults=faults or [],
        megabytes=office.settings.upload // 1_000_000, gaps=GAPS, times=SECONDS, keys=KEYS,
    )  # fmt: skip


def _result(
    request: Request, office: Office, job: Job, *, start: int = 0, only: str = "",
    fault: Message | None = None,
) -> Response:  # fmt: skip
    made, locale = _decisions(office, job), locale_of(request)
    tables = {name: _table(office, job, locale, name) for name in ("assignment", "load", "prices")}
    names = _names(tables["load"])
    table = _with_decisions(tables["assignment"], made)
    open_ = int((table["decision_mode"] == "proposal").sum())
    if only in DECISIONS:
        table = table[table["decision_mode"] == only]
    shown = table.iloc[start : start + _A_PAGE]
    folder = office.jobs.folder(job.id) / locale.lang
    return page(
        request, "placement_run.html", status=422 if fault else 200, fault=fault, job=job,
        rows=shown.to_dict("records"), names=names, sealed=made.sealed,
        outcomes=OUTCOMES, services=SERVICE_WORDS, decisions=DECISIONS, only=only,
        start=start, size=_A_PAGE,
        number=len(table), open=open_, all=len(made.proposed), summary=_summary(folder),
        load=_tightest(tables["load"]), prices=list(tables["prices"]["text"]),
        files=sorted(one.name for one in folder.iterdir() if one.suffix in {".xlsx", ".csv"}),
        maps=[one for one in ("map_regions.svg", "map_districts.svg") if (folder / one).is_file()],
        letters=[each for each in LANGS if _letters(office, job, each).is_file()],
    )  # fmt: skip


def _family(
    request: Request, office: Office, job: Job, family: str, fault: Message | None = None
) -> Response:
    made, locale = _decisions(office, job), locale_of(request)
    table = _table(office, job, locale, "assignment").set_index("family", drop=False)
    if family not in table.index:
        raise HTTPException(404)
    names = _names(_table(office, job, locale, "load"))
    return page(
        request, "placement_family.html", status=422 if fault else 200, job=job, fault=fault,
        row=table.loc[family].to_dict(), names=names, place=made.places[family],
        proposed=made.proposed[family], choices=made.choices(family).to_dict("records"),
        together=[one for one in made.together(family) if one != family], decisions=DECISIONS,
        history=[one for one in made.made if one.family == family], outcomes=OUTCOMES,
        sealed=made.sealed,
    )  # fmt: skip


def _letters(office: Office, job: Job, lang: str) -> Path:
    return office.jobs.folder(job.id) / LANGS[0] / f"letters.{lang}.html"


def _table(office: Office, job: Job, locale: Locale, name: str) -> pd.DataFrame:
    import pandas as pd

    return pd.read_parquet(office.jobs.folder(job.id) / locale.lang / f"{name}.parquet")


def _tightest(load: pd.DataFrame) -> list[dict[str, object]]:
    """The rows of the load that limit most; the whole table is among the files."""
    order = load.sort_values(["price", "used"], ascending=False, kind="stable")
    return [dict(zip(map(str, load.columns), row, strict=True)) for row in
            order.head(_A_PAGE).itertuples(index=False, name=None)]  # fmt: skip


def _names(load: pd.DataFrame) -> dict[str, str]:
    """Names of localities in the reader's language."""
    return dict(zip(load["locality"], load["name"], strict=True)) | {"": ""}


def _with_decisions(table: pd.DataFrame, made: PlacementDecisions) -> pd.DataFrame:
    """The proposal with the place as it stands now and the last decision on it."""
    decided = made.table().set_index("family")
    found = table.set_index("family", drop=False)
    found["now"] = decided["locality"]
    found["decision_mode"] = decided["decision_mode"]
    return found


def _summary(folder: Path) -> list[str]:
    """The sentences of the run, as its workbook begins."""
    from openpyxl import load_workbook

    book = load_workbook(folder / "placement.xlsx", read_only=True)
    rows = [str(row[0]) for row in book.worksheets[0].iter_rows(values_only=True) if row[0]]
    book.close()
    return rows


def _attached(content: bytes, name: str) -> Response:
    head = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, headers=head)


def _line(message: Message, request: Request) -> str:
    return message.render(locale_of(request))


def _now() -> datetime:
    return datetime.now().astimezone()
