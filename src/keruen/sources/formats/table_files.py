# SPDX-License-Identifier: Apache-2.0
"""A long table as CSV, Excel or Parquet, with notes and codes where the format has room."""

from __future__ import annotations

import errno
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from keruen.core.dims import DIMENSIONS
from keruen.sources.datasets import Label
from keruen.sources.formats.names import PLACES, dimension_name, label_name
from keruen.sources.formats.sheets import Sheet, pieces, write_sheets

if TYPE_CHECKING:
    import pandas as pd

FORMATS: Final = (".csv", ".xlsx", ".parquet")
"""Endings that a table can be written to."""

NOTES: Final = "keruen"
"""Name of Keruen's own notes: a row of the sheet of notes, a key of the metadata."""

_CROSS: Final = 200_000
_COLUMNS: Final = 1_000
_LANGS: Final = ("en", "ru", "kk")


@dataclass(frozen=True)
class Written:
    """A long table to be written.

    Parameters
    ----------
    rows : DataFrame
        One row a cell.
    notes : list of (str, str)
        What a reader should know.
    facts : dict
        What rebuilds the arrays; empty when the table is none.
    keys : list of str
        Columns that tell rows apart.
    """

    rows: pd.DataFrame
    notes: Sequence[tuple[str, str]]
    facts: dict[str, Any]
    keys: Sequence[str]


def write_table(table: Written, path: Path, ending: str) -> None:
    """Write a long table.

    Parameters
    ----------
    table : Written
        The table.
    path : Path
        File.
    ending : {".csv", ".xlsx", ".parquet"}
        Format.

    Raises
    ------
    OSError
        The disk is full or refuses to write.
    """
    import duckdb

    try:
        if ending == ".csv":
            table.rows.to_csv(path, index=False, lineterminator="\n", encoding="utf-8")
        elif ending == ".xlsx":
            write_sheets(_sheets(table), path)
        else:
            _parquet(table, path)
    except duckdb.IOException as fault:
        raise OSError(errno.EIO, "the disk is full or refuses to write") from fault


def _parquet(table: Written, path: Path) -> None:
    import duckdb

    rows = table.rows
    facts = [(NOTES, json.dumps(table.facts, ensure_ascii=False))] if table.facts else []
    notes = _numbered([*table.notes, *facts])
    described = ", ".join(f"'{_quoted(n)}': '{_quoted(t)}'" for n, t in notes.items())
    metadata = f", KV_METADATA {{{described}}}" if notes else ""
    text = [name for name in rows.columns if rows[name].dtype == "str"]
    with duckdb.connect(config={"threads": 1}) as connection:  # the same bytes every time
        connection.register("rows", rows.astype(dict.fromkeys(text, object)))  # for DuckDB 1.4
        connection.execute(
            f"COPY rows TO '{_quoted(str(path))}' (FORMAT parquet, COMPRESSION zstd{metadata})"
        )


def _numbered(notes: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Notes under names that differ."""
    found: dict[str, str] = {}
    for name, text in notes:
        number, key = 1, name
        while key in found:
            number += 1
            key = f"{name} {number}"
        found[key] = text
    return found


def _quoted(text: str) -> str:
    return text.replace("'", "''")


def _sheets(table: Written) -> list[Sheet]:
    heads = [str(name) for name in table.rows.columns]
    plain = table.rows.astype(object).where(table.rows.notna(), None)
    sheets = [Sheet("data", heads, list(plain.itertuples(index=False, name=None)))]
    cross = _cross_table(table)
    if cross:
        sheets.append(cross)
    sheets.append(_codes(table))
    facts = pieces(NOTES, json.dumps(table.facts, ensure_ascii=False))
    sheets.append(Sheet("notes", [], [list(note) for note in table.notes], (28, 110)))
    sheets.append(Sheet(NOTES, [], facts, hidden=True))
    return sheets


def _cross_table(table: Written) -> Sheet | None:
    """Years side by side, or the last key when there are none; for one variable only."""
    rows = table.rows
    keys = [name for name in table.keys if name in rows.columns]
    values = [name for name in table.facts["values"] if name in rows.columns]
    if len(keys) < 2 or len(values) != 1 or len(rows) > _CROSS:
        return None
    across = "year" if "year" in keys else keys[-1]
    down = [name for name in keys if name != across]
    labels = list(dict.fromkeys(rows[across].tolist()))
    if len(labels) > _COLUMNS or rows.duplicated(keys).any():
        return None
    wide = rows.set_index([*down, across])[values[0]].unstack(across, sort=False)[labels]
    held = wide.reset_index()
    plain = held.astype(object).where(held.notna(), None)
    cells = list(plain.itertuples(index=False, name=None))
    return Sheet("cross-table", [*down, *(_number(label) for label in labels)], cells)


def _number(label: Any) -> Label:  # noqa: ANN401
    found: Label = label.item() if hasattr(label, "item") else label
    return found


def _codes(table: Written) -> Sheet:
    """Codes of the places, sexes and classes that stand in the table, in three languages."""
    found: list[list[Any]] = []
    for name in table.keys:
        if name not in table.rows.columns or name not in DIMENSIONS:
            continue
        for label in dict.fromkeys(table.rows[name].tolist()):
            named = [label_name(name, _number(label), lang) for lang in _LANGS]
            if name in PLACES or any(text != str(label) for text in named):
                found.append([name, _number(label), *named])
    heads = ["column", "code", "English", "Русский", "Қазақша"]
    columns = [
        [name, None, *[dimension_name(name, lang) for lang in _LANGS]] for name in table.keys
    ]
    return Sheet("codes", heads, [*columns, *found], (16, 12, 32, 32, 32))
