# SPDX-License-Identifier: Apache-2.0
"""The catalogue of data: what there is, from whom, under which licence, with which defects."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response, StreamingResponse

from keruen.core.errors import WorkbenchError
from keruen.sources.catalog import catalogue, dataset, load_table
from keruen.sources.datasets import DataSet
from keruen.web.api_data import EXCEL, MOST, refuse_many
from keruen.web.guard import Viewer
from keruen.web.view import page

if TYPE_CHECKING:
    import pandas as pd

router = APIRouter()
_SHOWN = 20
_PART = 20_000


@router.get("/data")
def show_all(request: Request, visitor: Viewer, q: str = "") -> Response:  # noqa: ARG001
    """All tables, or those that a word names."""
    plain = q.casefold().strip()
    sets = [one for one in catalogue() if plain in f"{one.id} {one.title}".casefold()]
    return page(request, "data.html", sets=sets, q=q)


@router.get("/data/{id}")
def show(request: Request, visitor: Viewer, id: str) -> Response:  # noqa: ARG001
    """One table: where it comes from, its defects and its first rows."""
    one = _known(id)
    table = next(_parts(one)).head(_SHOWN).astype(object)
    rows = table.where(table.notna(), "").values.tolist()
    return page(
        request,
        "dataset.html",
        one=one,
        heads=list(table.columns),
        rows=rows,
        small=one.rows <= MOST,
    )


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
