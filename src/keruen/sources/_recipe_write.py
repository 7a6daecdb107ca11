# SPDX-License-Identifier: Apache-2.0
"""A publication that was read, written as a file with its source and what was left out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from keruen.core.errors import FileError
from keruen.sources.formats.facts import FORM, written
from keruen.sources.formats.sheets import EXCEL_ROWS
from keruen.sources.formats.table_files import FORMATS, Written, write_table
from keruen.sources.output import staged_file

if TYPE_CHECKING:
    from keruen.sources.adapters import Publication


def write_publication(found: Publication, to: Path) -> None:
    """Write a publication's table.

    Parameters
    ----------
    found : Publication
        What was read.
    to : Path
        File; its ending says the format: ``.csv``, ``.xlsx``, ``.parquet``.

    Raises
    ------
    FileError
        Unknown ending, too many rows for Excel (``TooManyRows``), or not writable.
    """
    ending = to.suffix.lower()
    if ending not in FORMATS:
        raise FileError(
            f"'{to.suffix}' is not a format to write",
            where=str(to),
            remedy=f"end the name in {', '.join(FORMATS)}",
            id="UnknownFormat",
        )
    if ending == ".xlsx" and len(found.table) >= EXCEL_ROWS:
        raise FileError(
            f"{len(found.table):,} rows do not fit an Excel sheet of {EXCEL_ROWS:,}",
            where=str(to),
            remedy="write .csv or .parquet",
            id="TooManyRows",
        )
    table = Written(found.table, list(_notes(found)), _facts(found), list(found.dims))
    with staged_file(to) as path:
        write_table(table, path, ending)


def _notes(found: Publication) -> Iterator[tuple[str, str]]:
    source = found.source
    told = [
        ("Table", found.recipe),
        ("Publication", source.title),
        ("Edition", source.edition),
        ("Publisher", source.publisher),
        ("Citation", source.citation),
        ("Licence", source.licence.name),
        ("Licence text", source.licence.address),
        ("Read from", found.file),
    ]
    yield from ((name, text) for name, text in told if text)
    for row in found.changes.itertuples(index=False):
        yield "Left out or read as", change_text(row)


def change_text(row: Any) -> str:  # noqa: ANN401
    """One row of the changes as a sentence for a reader."""
    what, sheet, place, label, cells, reason = row
    where = ", ".join(part for part in (sheet, place) if part)
    count = f" ({cells:,} cells)" if cells else ""
    return f"{what}: {label}{f' [{where}]' if where else ''}{count}: {reason}"


def _facts(found: Publication) -> dict[str, Any]:
    """What rebuilds the arrays of the table."""
    values = {}
    for name in found.variables:
        array = found.array(name)
        labels = {str(dim): array.indexes[str(dim)].tolist() for dim in array.dims}
        values[name] = {"labels": labels, "attrs": written(array.attrs, [])}
    return {
        "keruen": FORM,
        "table": found.recipe,
        "asked": found.recipe,
        "series": False,
        "columns": {str(name): str(kind) for name, kind in found.table.dtypes.items()},
        "values": values,
    }
