# SPDX-License-Identifier: Apache-2.0
"""Embedded tables as files: CSV, Excel with a sheet of notes, Parquet."""

from __future__ import annotations

import errno
import io
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from keruen.core.codes import country_code
from keruen.core.errors import CodeError, FileError
from keruen.sources._select import COUNTRY_KEYS
from keruen.sources.catalog import count_rows, dataset, defects, load_table
from keruen.sources.datasets import DataSet, Selection
from keruen.sources.output import staged_file

if TYPE_CHECKING:
    import pandas as pd

EXCEL_ROWS: Final = 1_048_576
"""Rows of an Excel sheet, the header among them."""


def export_table(
    id: str, to: Path, *, country: Iterable[str] = (), year: Iterable[int] = ()
) -> int:
    """Write a table, or the part of it on some countries and years, to a file.

    Parameters
    ----------
    id : str
        Identifier of the table, with or without a variable behind it.
    to : Path
        File to write; its ending says the format: ``.csv``, ``.xlsx``, ``.parquet``.
    country : iterable of str, optional
        Countries by code or name; in tables of pairs the country people live in, or the
        sender.
    year : iterable of int, optional
        Years.

    Returns
    -------
    int
        Number of rows written.

    Raises
    ------
    CodeError
        No such table or country, or the table has no countries or years.
    CoverageError
        The table does not hold the country or year.
    FileError
        Unknown ending, too many rows for Excel (``TooManyRows``), or the file cannot be
        written (``NotWritable``).
    """
    write = _writer(to)
    table = dataset(id)
    select: dict[str, Selection] = {}
    if countries := [country_code(text) for text in country]:
        select[_country_key(table)] = countries
    if years := list(year):
        select["year"] = years
    if write is _excel:
        _refuse_rows(count_rows(id, **select), to)
    rows = load_table(id, **select)
    known = {name: given for name, given in select.items() if name in table.labels}
    notes = _notes(table, [one.text for one in defects(id, **known)])
    with staged_file(to) as path:
        _write(write, rows, path, notes)
    return len(rows)


def _write(
    write: Callable[[pd.DataFrame, Path, list[tuple[str, str]]], None],
    rows: pd.DataFrame,
    path: Path,
    notes: list[tuple[str, str]],
) -> None:
    """Write, with a full disk as the error that every writer gives."""
    import duckdb

    try:
        write(rows, path, notes)
    except duckdb.IOException as fault:
        raise OSError(errno.EIO, "the disk is full or refuses to write") from fault


def _refuse_rows(number: int, to: Path) -> None:
    if number >= EXCEL_ROWS:
        raise FileError(
            f"{number:,} rows do not fit an Excel sheet of {EXCEL_ROWS:,}",
            where=str(to),
            remedy="choose countries or years (--country, --year), or write .csv or .parquet",
            id="TooManyRows",
        )


def _country_key(table: DataSet) -> str:
    columns = [column.name for column in table.columns]
    for key in ("country", "destination", "sender", *sorted(COUNTRY_KEYS)):
        if key in columns:
            return key
    raise CodeError(
        f"'{table.id}' is not by country",
        where=f"columns: {', '.join(columns)}",
        remedy="leave --country out",
    )


def _writer(to: Path) -> Callable[[pd.DataFrame, Path, list[tuple[str, str]]], None]:
    writers = {".csv": _csv, ".xlsx": _excel, ".parquet": _parquet}
    if to.suffix.lower() not in writers:
        raise FileError(
            f"'{to.suffix}' is not a format to export to",
            where=str(to),
            remedy=f"end the name in {', '.join(writers)}",
            id="UnknownFormat",
        )
    return writers[to.suffix.lower()]


def _notes(table: DataSet, warnings: list[str]) -> list[tuple[str, str]]:
    source = table.source
    notes = [
        ("Table", table.id),
        ("Title", table.title),
        ("Publication", source.title),
        ("Edition", source.edition),
        ("Publisher", source.publisher),
        ("Citation", source.citation),
        ("Licence", source.licence.name),
        ("Licence text", source.licence.address),
        ("Licence note", str(table.facts.get("licence_note", ""))),
        ("Projected from", str(table.facts.get("projected_from", ""))),
        ("Derived from", str(table.facts.get("derived", ""))),
        ("Note", str(table.facts.get("note", ""))),
        ("File digest (SHA-256)", table.digest),
    ]
    for column in table.columns:
        text = f"{column.description} ({column.units})" if column.units else column.description
        notes.append((f"Column {column.name}", text))
    notes += [(f"Series {s.name}", f"{s.description} ({s.units})") for s in table.series.values()]
    notes += [("Known defect", text) for text in warnings]
    return [(name, text) for name, text in notes if text]


def _csv(rows: pd.DataFrame, path: Path, notes: list[tuple[str, str]]) -> None:  # noqa: ARG001
    rows.to_csv(path, index=False)


def _parquet(rows: pd.DataFrame, path: Path, notes: list[tuple[str, str]]) -> None:
    import duckdb

    described = ", ".join(f"'{n}': '{_quoted(t)}'" for n, t in dict(notes).items())
    text = [name for name in rows.columns if rows[name].dtype == "str"]
    connection = duckdb.connect()
    connection.register("rows", rows.astype(dict.fromkeys(text, object)))  # as DuckDB 1.4 needs
    connection.execute(
        f"COPY rows TO '{_quoted(str(path))}' "
        f"(FORMAT parquet, COMPRESSION zstd, KV_METADATA {{{described}}})"
    )
    connection.close()


def _quoted(text: str) -> str:
    return text.replace("'", "''")


def _excel(rows: pd.DataFrame, path: Path, notes: list[tuple[str, str]]) -> None:
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment, Font

    book = Workbook(write_only=True)
    data = book.create_sheet("data")
    data.freeze_panes = "A2"
    heads = [WriteOnlyCell(data, value=str(name)) for name in rows.columns]
    for head in heads:
        head.font = Font(bold=True)
    data.append(heads)
    plain = rows.astype(object).where(rows.notna(), None)
    for row in plain.itertuples(index=False, name=None):
        data.append(row)
    sheet = book.create_sheet("notes")
    sheet.column_dimensions["A"].width = 28
    sheet.column_dimensions["B"].width = 110
    for name, text in notes:
        cells = [WriteOnlyCell(sheet, value=name), WriteOnlyCell(sheet, value=text)]
        cells[0].font = Font(bold=True)
        cells[1].alignment = Alignment(wrap_text=True, vertical="top")
        sheet.append(cells)
    whole = io.BytesIO()  # a full disk would break the workbook off in its middle
    book.save(whole)
    path.write_bytes(whole.getvalue())
