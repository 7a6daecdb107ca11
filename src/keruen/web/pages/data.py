# SPDX-License-Identifier: Apache-2.0
"""The catalogue of data: what there is, from whom, under which licence, with which defects."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response, StreamingResponse

from keruen.core.errors import WorkbenchError
from keruen.sources.catalog import catalogue, dataset, load_table
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
    table = _table(id).head(_SHOWN).astype(object)
    rows = table.where(table.notna(), "").values.tolist()
    return page(request, "dataset.html", one=dataset(id), heads=list(table.columns), rows=rows)


def _table(id: str) -> pd.DataFrame:
    try:
        return load_table(id)
    except WorkbenchError as fault:
        raise HTTPException(404) from fault


@router.get("/data/{id}/table.csv")
def csv(visitor: Viewer, id: str) -> Response:  # noqa: ARG001
    """A whole table."""
    table = _table(id)

    def parts() -> Iterator[str]:
        for start in range(0, len(table), _PART):
            yield table.iloc[start : start + _PART].to_csv(index=False, header=start == 0)

    head = {"Content-Disposition": f'attachment; filename="{id}.csv"'}
    return StreamingResponse(parts(), media_type="text/csv", headers=head)
