# SPDX-License-Identifier: Apache-2.0
"""The catalogue of data: what there is, from whom, under which licence, with which defects."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response, StreamingResponse

from keruen.core.errors import WorkbenchError
from keruen.report.data_subjects import SUBJECTS, citation_of, subject_of, units_of
from keruen.report.licences import licence_words
from keruen.sources.catalog import catalogue, dataset, load_table
from keruen.sources.datasets import DataSet
from keruen.web.api_data import EXCEL, MOST, cells, refuse_many
from keruen.web.guard import Viewer
from keruen.web.view import locale_of, page

if TYPE_CHECKING:
    import pandas as pd

router = APIRouter()
_SHOWN: Final = 20
_FORMS: Final = {"sdmx-csv": "SDMX-CSV", "json-stat": "JSON-stat"}
_PART: Final = 20_000


@router.get("/data")
def show_all(
    request: Request,
    visitor: Viewer,  # noqa: ARG001
    q: str = "",
    subject: str = "",
    licence: str = "",
) -> Response:
    """All tables, or those that words, a subject and a licence name."""
    words = q.casefold().split()
    sets = [
        (one, subject_of(one))
        for one in catalogue()
        if all(word in _text(one) for word in words)
        and subject in ("", subject_of(one))
        and licence in ("", one.source.licence.id)
    ]
    return page(
        request, "data.html", sets=sets, q=q, subject=subject, licence=licence,
        subjects=SUBJECTS, units=units_of,
        licences=sorted({one.source.licence.id for one in catalogue()}),
    )  # fmt: skip


@router.get("/data/list.xlsx")
def listed(request: Request, visitor: Viewer) -> Response:  # noqa: ARG001
    """The catalogue itself as a workbook, with subjects in the reader's language."""
    from keruen.sources.formats.sheets import Sheet, write_sheets

    locale = locale_of(request)
    table = catalogue().to_table()
    subjects = [subject_of(one) for one in catalogue()]
    table["subject"] = [SUBJECTS[one].render(locale) if one else "" for one in subjects]
    table["units"] = [", ".join(units_of(one)) for one in catalogue()]
    table["citation"] = [citation_of(one) for one in catalogue()]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "catalogue.xlsx"
        write_sheets([Sheet("catalogue", list(table.columns), table.to_numpy().tolist())], path)
        body = path.read_bytes()
    head = {"Content-Disposition": 'attachment; filename="catalogue.xlsx"'}
    return Response(body, media_type=EXCEL, headers=head)


@router.get("/data/{id}")
def show(request: Request, visitor: Viewer, id: str) -> Response:  # noqa: ARG001
    """One table: where it comes from, how it is cited, its defects, units and first rows."""
    one = _known(id)
    table = next(_parts(one)).head(_SHOWN).astype(object)
    rows = table.where(table.notna(), "").values.tolist()
    subject = subject_of(one)
    return page(
        request,
        "dataset.html",
        one=one,
        heads=list(table.columns),
        rows=rows,
        small=one.rows <= MOST,
        loads=[(load, cells(load, {}) <= MOST) for load in one.loads],
        subject=(subject, SUBJECTS[subject]) if subject else None,
        licence=licence_words(one.source.licence),
        citation=citation_of(one),
        forms=_FORMS,
    )


def _text(one: DataSet) -> str:
    """What a search looks through."""
    columns = " ".join(f"{c.name} {c.description}" for c in one.columns)
    return f"{one.id} {one.title} {one.source.publisher} {columns}".casefold()


def _known(id: str) -> DataSet:
    try:
        return dataset(id)
    except WorkbenchError as fault:
        raise HTTPException(404) from fault


def _parts(one: DataSet) -> Iterator[pd.DataFrame]:
    """A table whole, or label by label of its first key when it is large."""
    key = next((name for name in one.keys if one.labels.get(name)), "")
    if one.rows <= _PART or not key:
        yield load_table(one.id)
        return
    for label in one.labels[key]:
        yield load_table(one.id, **{key: label})


@router.get("/data/{id}/table.csv")
def csv(visitor: Viewer, id: str) -> Response:  # noqa: ARG001
    """A whole table."""
    one = _known(id)

    def parts() -> Iterator[str]:
        for number, part in enumerate(_parts(one)):
            yield part.to_csv(index=False, header=number == 0)

    head = {"Content-Disposition": f'attachment; filename="{id}.csv"'}
    return StreamingResponse(parts(), media_type="text/csv", headers=head)


@router.get("/data/{id}/table.xlsx")
def excel(visitor: Viewer, id: str) -> Response:  # noqa: ARG001
    """A whole table as a workbook, with its notes; a large one is refused."""
    from keruen.sources.export import export_table

    one = _known(id)
    refuse_many(one.id, one.rows)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "table.xlsx"
        export_table(one.id, path)
        body = path.read_bytes()
    head = {"Content-Disposition": f'attachment; filename="{one.id}.xlsx"'}
    return Response(body, media_type=EXCEL, headers=head)
