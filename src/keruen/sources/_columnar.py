# SPDX-License-Identifier: Apache-2.0
"""Large tidy tables, one row a record, read by column with DuckDB.

Columns of plain numbers come as numbers, all others as categories: each text once. A
text that DuckDB does not take as it is (another encoding, mixed line ends, a broken row)
goes through Python's reader, which names the broken rows or writes a plain copy.
"""

from __future__ import annotations

import csv
import itertools
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from keruen.core.errors import raise_faults
from keruen.sources._delimited import MOST_COLUMNS, delimiter_of, read_rows
from keruen.sources._encoding import encoding_of
from keruen.sources._refusal import RefusalError

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

_MOST_VALUES: Final = 100_000_000
_VALUES_A_BYTE: Final = 20
_FEW_VALUES: Final = 20_000_000
_SHOWN: Final = 100
_FIRST_ROWS: Final = 10_000
_PIECE: Final = 1 << 20

# Numbers that mean the same in every country; a point needs a witness that it is decimal.
_WHOLE: Final = "-?(0|[1-9][0-9]{0,14})"
_DECIMAL: Final = f"{_WHOLE}[.][0-9]{{1,17}}"
_WITNESS: Final = "-?(0[.].*|[0-9]{4,}[.].*|[0-9]*[.]([0-9]{1,2}|[0-9]{4,}))"

_TEXTS: Final = ("VARCHAR", "ENUM", "BOOLEAN", "UUID", "TIME")
_INTEGERS: Final = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER")
_FLOATS: Final = ("UBIGINT", "HUGEINT", "FLOAT", "DOUBLE", "DECIMAL")


class _Form(NamedTuple):
    """Delimiter, cells of a row, rows above the headings."""

    delimiter: str
    width: int
    above: int = 0


class Delimited(NamedTuple):
    """Columns of a text, and how it is written."""

    table: pd.DataFrame
    commas: tuple[int, ...]
    encoding: str
    delimiter: str


def delimited_columns(plain: Path) -> Delimited:
    """Columns of a text whose first row names them."""
    encoding = encoding_of(plain)
    delimiter = delimiter_of(plain, encoding)
    head = enumerate(read_rows(plain, encoding, delimiter))
    above, names = next(((n, row) for n, row in head if any(row)), (0, []))
    if not names:
        raise RefusalError("NoCells", plain)
    form = _Form(delimiter, len(names), above)
    with _engine(plain) as engine, _in_utf8(plain, encoding) as text:
        _load(engine, text, form)
        columns = [_inferred(engine, f"c{place}") for place in range(len(names))]
    commas = tuple(place for place, (_, comma) in enumerate(columns) if comma)
    table = _table(names, [column for column, _ in columns], first=above + 2)
    return Delimited(table, commas, encoding, delimiter)


def parquet_columns(path: Path) -> pd.DataFrame:
    """Columns of a Parquet file."""
    source = f"read_parquet({_quoted(path)}, binary_as_string=true)"
    with _engine(path) as engine:
        query = f"SELECT num_rows FROM parquet_file_metadata({_quoted(path)})"  # noqa: S608
        rows = engine.execute(query).fetchall()[0][0]
        described = engine.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()  # noqa: S608
        names, types = [str(row[0]) for row in described], [str(row[1]) for row in described]
        if len(names) > MOST_COLUMNS:
            raise RefusalError("TooManyColumns", path, row=1, limit=MOST_COLUMNS)
        likely = max(_FEW_VALUES, _VALUES_A_BYTE * path.stat().st_size)
        if not 0 <= rows * len(names) <= min(_MOST_VALUES, likely):
            raise RefusalError("TooManyCells", path, limit=min(_MOST_VALUES, likely))
        aliases = ", ".join(f"c{place}" for place in range(len(names)))
        engine.execute(f"CREATE TABLE t AS SELECT * FROM {source} AS s({aliases})")  # noqa: S608
        columns = [
            _typed(engine, path, name, f"c{place}", kind)
            for place, (name, kind) in enumerate(zip(names, types, strict=True))
        ]
    return _table(names, columns, first=2)


def _table(names: Sequence[str], columns: Sequence[pd.Series], *, first: int) -> pd.DataFrame:
    """Columns together, without empty rows; the index is the row of the file."""
    import pandas as pd

    table = pd.concat(columns, axis=1) if columns else pd.DataFrame()
    table.columns = pd.Index(names, dtype=object)
    table.index = pd.RangeIndex(first, first + len(table))
    filled = table.notna().any(axis=1)
    return table if filled.all() else table[filled]


def _faults() -> tuple[type[Exception], ...]:
    """What DuckDB raises over a table; texts it returns may be broken letters."""
    import duckdb

    return (duckdb.Error, UnicodeDecodeError)


@contextmanager
def _engine(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database in memory; what it finds wrong with the file is a refusal."""
    import duckdb

    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": "2GB",
        "temp_directory": "",
        "autoinstall_known_extensions": "false",
    }
    with duckdb.connect(":memory:", config=config) as engine:
        engine.execute("SET enable_progress_bar = false")  # it would be printed among results
        try:
            yield engine
        except (duckdb.OutOfMemoryException, MemoryError) as fault:
            raise RefusalError("NeedsMemory", path) from fault
        except _faults() as fault:
            detail = str(fault).replace(str(path), path.name).splitlines()[0][:200]
            raise RefusalError("Damaged", path, detail=detail) from fault


def _quoted(text: Path | str) -> str:
    return "'" + str(text).replace("'", "''") + "'"


@contextmanager
def _in_utf8(plain: Path, encoding: str) -> Iterator[Path]:
    """The text in UTF-8, as DuckDB wants it."""
    if encoding.startswith("utf-8"):
        yield plain
        return
    with tempfile.TemporaryDirectory(prefix="keruen-") as folder:
        copy = Path(folder, plain.name)
        with (
            plain.open(encoding=encoding, newline="") as file,
            copy.open("w", encoding="utf-8", newline="") as target,
        ):
            shutil.copyfileobj(file, target, _PIECE)
        yield copy


def _load(engine: duckdb.DuckDBPyConnection, text: Path, form: _Form) -> None:
    if not form.above and _is_regular(text):
        try:
            _read(engine, text, form)
        except _faults():
            engine.execute("DROP TABLE IF EXISTS t")
        else:
            return
    with tempfile.TemporaryDirectory(prefix="keruen-") as folder:
        copy = Path(folder, text.name)
        with copy.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n")
            writer.writerows(_regular_rows(text, form))
        _read(engine, copy, _Form(",", form.width))


def _read(engine: duckdb.DuckDBPyConnection, text: Path, form: _Form) -> None:
    columns = ", ".join(f"'c{place}': 'VARCHAR'" for place in range(form.width))
    engine.execute(
        f"CREATE TABLE t AS SELECT * FROM read_csv({_quoted(text)}, auto_detect=false, "  # noqa: S608
        f"header=true, delim={_quoted(form.delimiter)}, quote='\"', escape='\"', nullstr='', "
        f"comment='', columns={{{columns}}})"
    )


def _is_regular(plain: Path) -> bool:
    """Whether no line is empty, and none names the delimiter."""
    last = b"\n"
    with plain.open("rb") as file:
        if file.read(4).lower() == b"sep=":
            return False
        file.seek(0)
        while piece := file.read(_PIECE):
            joined = last + piece
            if b"\n\n" in joined or b"\n\r\n" in joined or b"\r\r" in joined:
                return False
            last = piece[-2:]
    return True


def _regular_rows(text: Path, form: _Form) -> Iterator[list[str]]:
    """Rows from the headings on, each as wide as they; raises the others at the end.

    Empty rows stay as empty cells, so that rows keep their numbers.
    """
    ragged = []
    rows = enumerate(read_rows(text, "utf-8-sig", form.delimiter), start=1)
    for number, row in itertools.islice(rows, form.above, None):
        if len(row) == form.width:
            yield row
        elif not row:
            yield [""] * form.width
        else:
            facts = {"row": number, "found": len(row), "expected": form.width}
            ragged.append(RefusalError("RaggedRow", text, where=f"row {number}", **facts))
            if len(ragged) == _SHOWN:
                break
    raise_faults(ragged, where=text.name)


def _inferred(engine: duckdb.DuckDBPyConnection, column: str) -> tuple[pd.Series, bool]:
    """A column of a text: as numbers when each cell is a plain one, else as categories.

    Also whether the numbers had decimal commas.
    """
    for mark in (".", ","):
        if not _counted(engine, column, mark, _FIRST_ROWS).numeric:
            continue
        found = _counted(engine, column, mark)
        if found.whole == found.rows > 0:
            return _fetched(engine, f"{column}::BIGINT"), False
        if found.filled and found.numeric and (found.witnesses or not found.decimal):
            return _fetched(engine, f"replace({column}, ',', '.')::DOUBLE"), mark == ","
    return _categories(engine, column), False


class _Counts(NamedTuple):
    """Cells of a column by what they look like."""

    rows: int
    filled: int
    whole: int
    decimal: int
    witnesses: int

    @property
    def numeric(self) -> bool:
        return self.whole + self.decimal == self.filled


def _counted(
    engine: duckdb.DuckDBPyConnection, column: str, mark: str, most: int | None = None
) -> _Counts:
    decimal, witness = (form.replace("[.]", f"[{mark}]") for form in (_DECIMAL, _WITNESS))
    query = (
        f"SELECT count(*), count({column}), "  # noqa: S608
        f"count_if(regexp_full_match({column}, '{_WHOLE}')), "
        f"count_if(regexp_full_match({column}, '{decimal}')), "
        f"count_if(contains({column}, '{mark}') AND regexp_full_match({column}, '{witness}')) "
        f"FROM (SELECT {column} FROM t {f'LIMIT {most}' if most else ''})"
    )
    counts = engine.execute(query).fetchall()[0]
    return _Counts(*(count or 0 for count in counts))  # none of no cells is unknown to SQL


def _typed(
    engine: duckdb.DuckDBPyConnection, path: Path, name: str, column: str, kind: str
) -> pd.Series:
    """A column of a Parquet file by its type."""
    plain = kind.partition("(")[0]
    if plain in _TEXTS:
        return _categories(engine, f"{column}::VARCHAR")
    if plain in _INTEGERS:
        holes = engine.execute(f"SELECT count(*) - count({column}) FROM t").fetchall()[0][0]  # noqa: S608
        return _fetched(engine, f"{column}::{'DOUBLE' if holes else 'BIGINT'}")
    if plain in _FLOATS:
        return _fetched(engine, f"{column}::DOUBLE")
    if plain == "DATE" or plain.startswith("TIMESTAMP"):
        return _fetched(engine, f"{column}::TIMESTAMP")
    raise RefusalError("ColumnType", path, where=f"column '{name}'", column=name, found=kind)


def _fetched(engine: duckdb.DuckDBPyConnection, expression: str) -> pd.Series:
    import pandas as pd

    values = engine.execute(f"SELECT {expression} AS v FROM t").fetchnumpy()["v"]  # noqa: S608
    missing = np.datetime64("NaT") if values.dtype.kind == "M" else np.nan
    return pd.Series(values.filled(missing) if isinstance(values, np.ma.MaskedArray) else values)


def _categories(engine: duckdb.DuckDBPyConnection, expression: str) -> pd.Series:
    """Texts as categories; an empty one is missing."""
    import pandas as pd

    engine.execute(
        f"CREATE OR REPLACE TEMP TABLE words AS SELECT word, row_number() OVER (ORDER BY word) - 1 "  # noqa: S608
        f"AS code FROM (SELECT DISTINCT {expression} AS word FROM t) WHERE word <> ''"
    )
    words = engine.execute("SELECT word FROM words ORDER BY code").fetchnumpy()["word"]
    codes = engine.execute(
        f"SELECT coalesce(code, -1)::INTEGER AS v FROM t LEFT JOIN words ON word = {expression} "  # noqa: S608
        "ORDER BY t.rowid"
    ).fetchnumpy()["v"]
    index = pd.Index(np.asarray(words, dtype=object), dtype=object)
    return pd.Series(pd.Categorical.from_codes(np.asarray(codes), categories=index))
