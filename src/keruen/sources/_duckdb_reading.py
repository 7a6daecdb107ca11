# SPDX-License-Identifier: Apache-2.0
"""Reading Parquet and CSV files of person-level records into DuckDB, refusing rows openly."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from keruen.sources._duckdb_records import (
    NOTHING,
    DuckEngine,
    DuckRecords,
    engine_faults,
    literal,
    name,
)
from keruen.sources._record_frames import tidy
from keruen.sources._record_layouts import (
    REPEATED,
    UNIQUE,
    Column,
    FileForm,
    Held,
    csv_headings,
    match_columns,
    same_columns,
)
from keruen.sources._record_sql import Dialect, reading, time_form, time_forms

if TYPE_CHECKING:
    import pandas as pd

DIALECT: Final = Dialect("VARCHAR", "TIMESTAMP", "regexp_matches", '"')
_HELD: Final[dict[str, Held]] = {
    **dict.fromkeys(
        ["TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"], "whole"
    ),
    **dict.fromkeys(["TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"], "time"),
    "VARCHAR": "text",
    "DATE": "date",
    "TIMESTAMP WITH TIME ZONE": "zoned",
}
# DuckDB's word for a line that does not fit its header, and ours.
_UNFIT: Final = {"MISSING COLUMNS": "too_few_fields", "TOO MANY COLUMNS": "too_many_fields"}


def read(engine: DuckEngine, files: Sequence[Path], form: FileForm) -> DuckRecords:
    """Open files as records; see :func:`keruen.sources.records.open_records`."""
    cursor, where = engine.cursor(), ", ".join(map(str, files))
    found = [match_columns(form, _held(engine, file, form), where=str(file)) for file in files]
    same_columns(found, files)
    columns = found[0]
    if form.separator is None:
        source = _parquet(files, columns)
    else:
        source = " UNION ALL ".join(_stage(engine, file, columns, form) for file in files)
    cursor.execute(f"CREATE TEMP VIEW raw AS {source}")
    with engine_faults(where):
        forms = {
            column.name: time_form(cursor.execute(time_forms(column.name, DIALECT)).fetchall())
            for column in columns
            if column.kind == "time" and column.held == "text"
        }
        values, reason, conditions = reading(columns, forms, form, DIALECT)
        refused = _refused(engine, source, reason, conditions)
        if form.separator is not None:
            listed = ", ".join(map(literal, files))
            refused += f" UNION ALL SELECT * FROM unfit_lines WHERE file IN ({listed})"  # noqa: S608
        rejects = _rejects(engine, refused)
        # Without the condition the engine need not look at rows to count them.
        used = f"({source}) WHERE {reason} IS NULL" if len(rejects) else f"({source})"
        again = _again(engine, values, used, columns)
    if again:
        refused += f" UNION ALL SELECT * FROM {again}"  # noqa: S608
        rejects = _rejects(engine, refused)
        used = f"({source}) WHERE {reason} IS NULL AND (_file, _row) NOT IN "
        used += f"(SELECT (file, row) FROM {again})"  # noqa: S608
    query = f"SELECT {', '.join(values)} FROM {used}"  # noqa: S608
    return DuckRecords(engine, query, refused=refused, rejects=rejects, where=where)


def _refused(engine: DuckEngine, source: str, reason: str, conditions: Sequence[str]) -> str:
    """Query for rows refused; for none where each condition alone holds of none.

    That is soon known of Parquet, which tells of many rows at once what they may hold.
    """
    held = (f"SELECT 1 FROM ({source}) WHERE {condition} LIMIT 1" for condition in conditions)  # noqa: S608
    if not any(engine.cursor().sql(query).fetchall() for query in held):
        return NOTHING
    query = f"SELECT _file AS file, _row AS row, {reason} AS reason FROM ({source})"  # noqa: S608
    return f"SELECT * FROM ({query}) WHERE reason IS NOT NULL"  # noqa: S608


def _again(
    engine: DuckEngine, values: Sequence[str], used: str, columns: Sequence[Column]
) -> str | None:
    """Table of rows to be refused because another has the same crossing_id, if there are any."""
    from keruen.sources._repeated_ids import repeated

    whole = {column.name: column.held == "whole" for column in columns}
    if UNIQUE not in whole:
        return None
    listed = ", ".join(values)
    rows = f"SELECT {listed} FROM {used}"  # noqa: S608
    twice = repeated(engine, rows, UNIQUE, whole=whole[UNIQUE])
    if twice is None:
        return None
    again, order = engine.table(), ", ".join(f"{name(column)} NULLS FIRST" for column in whole)
    engine.cursor().execute(
        f"CREATE TABLE {again} AS SELECT _file AS file, _row AS row, "  # noqa: S608
        f"'{REPEATED}' AS reason FROM (SELECT {listed}, _file, _row FROM {used}) "
        f"WHERE {UNIQUE} IN (SELECT {UNIQUE} FROM {twice}) QUALIFY row_number() OVER "
        f"(PARTITION BY {UNIQUE} ORDER BY {order}, _file, _row) > 1"
    )
    return again


def _held(engine: DuckEngine, file: Path, form: FileForm) -> dict[str, Held]:
    """Columns of a file, and what they hold."""
    if form.separator is not None:
        return dict.fromkeys(csv_headings(file, form.separator), "text")
    with engine_faults(str(file)):
        rows = engine.cursor().execute(f"DESCRIBE SELECT * FROM read_parquet({literal(file)})")  # noqa: S608
        return {row[0]: _HELD.get(row[1], "other") for row in rows.fetchall()}


def _parquet(files: Sequence[Path], columns: Sequence[Column]) -> str:
    listed = ", ".join(f"{name(column.heading)} AS {name(column.name)}" for column in columns)
    source = f"[{', '.join(map(literal, files))}], filename=true, file_row_number=true"
    return (
        f"SELECT {listed}, filename AS _file, file_row_number + 1 AS _row "  # noqa: S608
        f"FROM read_parquet({source})"
    )


def _stage(engine: DuckEngine, file: Path, columns: Sequence[Column], form: FileForm) -> str:
    """Parse a CSV once, into the work folder; lines that do not fit its header are listed."""
    path, cursor = engine.path(), engine.cursor()
    separator = str(form.separator)
    listed = ", ".join(f"{name(column.heading)} AS {name(column.name)}" for column in columns)
    types = ", ".join(f"{literal(c)}: 'VARCHAR'" for c in csv_headings(file, separator))
    source = (
        f"read_csv({literal(file)}, delim={literal(separator)}, quote='\"', escape='\"', "
        f"header=true, auto_detect=false, columns={{{types}}}, store_rejects=true)"
    )
    numbered = f"SELECT {listed}, row_number() OVER () AS _good FROM {source}"  # noqa: S608
    reason = " ".join(f"WHEN '{theirs}' THEN '{ours}'" for theirs, ours in _UNFIT.items())
    with engine_faults(str(file)):
        cursor.execute(f"COPY ({numbered}) TO {literal(path)} (FORMAT parquet)")
        cursor.execute(
            "CREATE TABLE IF NOT EXISTS unfit_lines (file VARCHAR, row BIGINT, reason VARCHAR)"
        )
        cursor.execute(
            f"INSERT INTO unfit_lines SELECT {literal(file)}, line, any_value("  # noqa: S608
            f"CASE error_type {reason} ELSE 'unreadable_row' END) FROM reject_errors GROUP BY line"
        )
    # The k-th good line stands below the header and the unfit lines before it.
    shifted = (
        "SELECT row - row_number() OVER (ORDER BY row) + 1 AS good "  # noqa: S608
        f"FROM unfit_lines WHERE file = {literal(file)}"
    )
    return (
        f"SELECT * EXCLUDE _good, {literal(file)} AS _file, _good + 1 + "  # noqa: S608
        f"(SELECT count(*) FROM ({shifted}) WHERE good <= _good + 1) AS _row "
        f"FROM read_parquet({literal(path)})"
    )


def _rejects(engine: DuckEngine, refused: str) -> pd.DataFrame:
    """Rows refused: reason, count, and where the first stands."""
    first = "min({'file': file, 'row': row})"
    query = (
        f"SELECT reason, count(*) AS count, {first}.file AS file, {first}.row AS row "  # noqa: S608
        f"FROM ({refused}) GROUP BY reason ORDER BY reason"
    )
    return tidy(engine.cursor().sql(query).to_arrow_table())
