# SPDX-License-Identifier: Apache-2.0
"""Reading back what Keruen wrote: exports and converted tables, and the workbook of a report.

An export holds notes of its own: which columns tell rows apart, which labels each array has,
units, kind, source. With them the arrays are the ones that were written; a figure that was
changed in Excel is read as changed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import xarray as xr

from keruen.core.arrays import few
from keruen.core.errors import FileError, SchemaError
from keruen.sources.formats.cells import opened, rows_of
from keruen.sources.formats.cube import Cube, place, rebuilt, refuse_size
from keruen.sources.formats.facts import FORM, read_facts, tuples
from keruen.sources.formats.report_book import ReportTables, read_report
from keruen.sources.formats.sheets import joined
from keruen.sources.formats.table_files import NOTES
from keruen.sources.formats.text_table import refuse_file

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Export", "ReportTables", "is_export", "read_export", "read_report"]

_LARGEST: Final = 4 << 30
_STATUS: Final = "obs_status"


@dataclass(frozen=True)
class Export:
    """A file that Keruen wrote, read back.

    Parameters
    ----------
    table : DataFrame
        The rows as they stand.
    cubes : dict of str to Cube
        The arrays by name of their quantity; none for tables of text.
    """

    table: pd.DataFrame
    cubes: dict[str, Cube]

    @property
    def arrays(self) -> dict[str, xr.DataArray]:
        """The arrays by name."""
        return {name: cube.array for name, cube in self.cubes.items()}


def is_export(path: Path) -> bool:
    """Whether a workbook or Parquet file holds Keruen's own notes of an export.

    Parameters
    ----------
    path : Path
        File.

    Returns
    -------
    bool
    """
    _, facts = _read(path, rows=False)
    return bool(facts)


def read_export(path: Path) -> Export:
    """What ``keruen data export`` or ``keruen data convert`` wrote as Excel or Parquet.

    Parameters
    ----------
    path : Path
        File ending in ``.xlsx`` or ``.parquet``.

    Returns
    -------
    Export
        The rows, and the arrays that :func:`keruen.load` gives for the same selection.

    Raises
    ------
    FileError
        No such file, damaged, or not written by Keruen (``NotAnExport``).
    SchemaError
        The file was changed so that it no longer fits its notes: a column is gone, a code
        is new, a cell stands twice, a figure is text.

    See Also
    --------
    keruen.sources.export.export_table : Writes such files.

    Examples
    --------
    >>> import tempfile
    >>> from keruen.sources.export import export_table
    >>> file = Path(tempfile.mkdtemp()) / "vital.xlsx"
    >>> export_table("kaz.vital", file)
    26
    >>> births = read_export(file).arrays["births"]
    >>> births.dims, births.attrs["units"]
    (('year',), 'persons')
    """
    table, facts = _read(path)
    if facts is None or table is None:
        raise FileError(
            "the file holds no notes of Keruen",
            where=path.name,
            remedy="read it as a table: keruen data check FILE --as SCHEMA",
            id="NotAnExport",
        )
    if "order" in facts:
        cube = _cube(table, facts, path)
        return Export(table, {str(cube.array.name): cube})
    return Export(table, _arrays(table, facts, path))


def _read(path: Path, *, rows: bool = True) -> tuple[Any, dict[str, Any] | None]:
    if path.suffix.lower() == ".parquet":
        return _read_parquet(path, rows=rows)
    with opened(path) as book:
        if NOTES not in book.sheetnames or "data" not in book.sheetnames:
            return None, None
        said = {str(row[0]): str(row[1]) for row in rows_of(book[NOTES], path) if len(row) > 1}
        facts = _facts(joined(said, NOTES))
        if facts is None or not rows:
            return None, facts
        return _typed(rows_of(book["data"], path), facts, path), facts


def _facts(text: str) -> dict[str, Any] | None:
    try:
        facts = json.loads(text)
        known = facts["keruen"] == FORM
        if "order" in facts:
            return read_facts(facts, list(facts["order"])) if known else None
        columns, values = dict(facts["columns"]), dict(facts["values"])
        whole = all({"labels", "attrs"} <= set(one) for one in values.values())
    except (TypeError, ValueError, KeyError):
        return None
    return facts if known and whole and columns and "series" in facts else None


def _read_parquet(path: Path, *, rows: bool) -> tuple[Any, dict[str, Any] | None]:
    import duckdb

    refuse_file(path, _LARGEST)
    name = str(path).replace("'", "''")
    with duckdb.connect(config={"autoinstall_known_extensions": "false"}) as connection:
        try:
            said = connection.execute(
                f"SELECT key, value FROM parquet_kv_metadata('{name}')"  # noqa: S608
            ).fetchall()
            notes = {bytes(key): bytes(value) for key, value in said}
            facts = _facts(notes.get(NOTES.encode(), b"").decode("utf-8", "replace"))
            if facts is None or not rows:
                return None, facts
            query = f"SELECT * FROM read_parquet('{name}')"  # noqa: S608
            return connection.execute(query).df(), facts
        except duckdb.Error as fault:
            raise FileError(
                f"the file is no Parquet, or is damaged: {str(fault).splitlines()[0][:80]}",
                where=path.name,
                remedy="write it again",
                id="Damaged",
            ) from fault


def _typed(rows: Sequence[tuple[Any, ...]], facts: dict[str, Any], path: Path) -> pd.DataFrame:
    """Rows of the sheet as a frame with the columns and types that were written."""
    import pandas as pd

    kinds = facts.get("columns") or {}
    heads = [str(value) for value in rows[0]] if rows else []
    missing = [name for name in kinds if name not in heads]
    if missing or not heads:
        raise SchemaError(
            f"the sheet has no column {few(missing)}",
            where=place(path, "data", f"columns: {few(heads)}"),
            remedy="give the headings back their names",
        )
    width = len(heads)
    cells = [(*row, *[None] * width)[:width] for row in rows[1:]]
    table = pd.DataFrame(cells, columns=heads, dtype=object)
    for name, kind in kinds.items():
        table[name] = _column(table[name], kind, name, path)
    return table[list(kinds)] if kinds else table


def _column(column: pd.Series, kind: str, name: str, path: Path) -> pd.Series:
    if kind in ("str", "object"):
        texts = column.where(column.isna(), column.astype(str))
        return texts.astype(str) if kind == "str" else texts
    if kind.startswith(("datetime", "bool")):
        return _as(column, kind, name, path)
    numbers = column.map(lambda value: isinstance(value, int | float) or value is None)
    if not numbers.all():
        row = int(np.argmin(numbers))
        raise SchemaError(
            f"{column.iloc[row]!r} is no number",
            where=place(path, f"data, row {row + 2}, {name}"),
            remedy="write a number, or leave the cell empty when nothing is known",
            id="NotANumber",
        )
    if kind.startswith(("int", "uint")) and not column.isna().any():
        whole = column.map(lambda value: value == int(value)).all()
        return _as(column.map(int), kind, name, path) if whole else column.astype(float)
    return _as(column.astype(float), kind if kind[0] in "fIUF" else "float64", name, path)


def _as(column: pd.Series, kind: Any, name: str, path: Path) -> pd.Series:  # noqa: ANN401
    try:
        return column.astype(kind)
    except (TypeError, ValueError, OverflowError) as fault:
        raise SchemaError(
            f"a cell of '{name}' is no {kind}",
            where=place(path, "data", name),
            remedy="write it as the other cells of the column",
            id="NotANumber",
        ) from fault


def _cube(table: pd.DataFrame, facts: dict[str, Any], path: Path) -> Cube:
    """The array of a converted table."""
    order: dict[str, list[Any]] = facts["order"]
    values, at = _cells(table, order, facts["name"], path)
    status = None
    if facts.get("status") and _STATUS in table.columns:
        marks = np.full(values.shape, "", object)
        marks[at] = table[_STATUS].fillna("").to_numpy(object)
        status = marks
    return rebuilt(values, order, facts, status)


def _arrays(table: pd.DataFrame, facts: dict[str, Any], path: Path) -> dict[str, Cube]:
    found: dict[str, Cube] = {}
    for name, told in facts["values"].items():
        column = "value" if facts["series"] else name
        rows = table[table["series"] == name] if facts["series"] else table
        cells, _ = _cells(rows[rows[column].notna()], told["labels"], column, path)
        array = xr.DataArray(
            np.asarray(cells, dtype=float),
            dims=list(told["labels"]),
            coords=told["labels"],
            name=name,
        )
        array.attrs = {key: tuples(value) for key, value in told["attrs"].items()}
        found[name] = Cube(array)
    return found


def _cells(
    table: pd.DataFrame, labels: Mapping[str, Sequence[Any]], column: str, path: Path
) -> tuple[Any, tuple[Any, ...]]:
    """Values at their places, and the places."""
    import pandas as pd

    refuse_size({dim: len(found) for dim, found in labels.items()}, path.name)
    missing = [name for name in (*labels, column) if name not in table.columns]
    if missing:
        raise SchemaError(
            f"there is no column {few(missing)}",
            where=place(path, "data"),
            remedy="give the headings back their names",
        )
    shape = tuple(len(found) for found in labels.values())
    places = []
    for dim, found in labels.items():
        try:
            at = pd.Index(found).get_indexer(table[dim])
        except (TypeError, ValueError) as fault:  # labels of no type that was written
            raise SchemaError(
                f"labels of '{dim}' are of another type than those exported",
                where=place(path, "data"),
                remedy="export the table again",
                id="UnknownLabel",
            ) from fault
        if (at < 0).any():
            row = int(np.argmax(at < 0))
            raise SchemaError(
                f"'{table[dim].iloc[row]}' is a new label of {dim}",
                where=place(path, f"data, row {table.index[row] + 2}"),
                remedy="keep the labels that were exported, or read the file as a table",
                id="UnknownLabel",
            )
        places.append(at)
    index = np.ravel_multi_index(places, shape) if shape else np.zeros(len(table), dtype=int)
    counts = np.bincount(index, minlength=int(np.prod(shape)))
    if (counts > 1).any():
        row = int(np.argmax(counts[index] > 1))
        raise SchemaError(
            "a cell stands in more than one row",
            where=place(path, f"data, row {table.index[row] + 2}"),
            remedy="keep one row a cell",
            id="DuplicateKey",
        )
    values = table[column].to_numpy()
    holes = bool((counts == 0).any())
    kind = np.result_type(values, np.float64) if holes else values.dtype
    block = np.full(int(np.prod(shape)), np.nan if holes else 0, dtype=kind)
    block[index] = values
    return block.reshape(shape), tuple(places)
