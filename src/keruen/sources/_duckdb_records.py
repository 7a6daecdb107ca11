# SPDX-License-Identifier: Apache-2.0
"""Person-level records in DuckDB, which reads, selects and counts; no table is held in memory.

Records are a query. What a kernel makes of them is streamed from the query, through the
kernel, into a Parquet file of the work folder, from which a new query reads. A kernel that needs
whole persons gets them from buckets, which are put in order here: several times as fast as a
sort of all rows.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import weakref
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from keruen.core.errors import FileError, SchemaError
from keruen.core.records import Batches, Kernel, PersonRecords, Where
from keruen.sources._person_buckets import BUCKET, BUCKETS, CHUNK, Buckets, in_turn
from keruen.sources._record_frames import tidy
from keruen.sources.output import staged_file

if TYPE_CHECKING:
    import duckdb
    import pandas as pd
    import pyarrow as pa

_BATCH: Final = 60_000
_OURS: Final = 600_000_000
"""Bytes that Python, Arrow and the compiled kernel need beside the engine and the buckets."""
NOTHING: Final = (
    "SELECT NULL::VARCHAR AS file, NULL::BIGINT AS row, NULL::VARCHAR AS reason WHERE false"
)
"""Query for rows refused when there are none."""
Progress = Callable[[int], None]


class DuckEngine:
    """A DuckDB of its own, its work folder, and what stands in it."""

    def __init__(
        self, memory: int, threads: int | None, work: Path | None, progress: Progress | None
    ) -> None:
        import duckdb

        self.room = max(memory - _OURS, memory * 2 // 5) // 2  # for the engine, and for buckets
        self.threads = threads or _processors()
        self.folder = Path(tempfile.mkdtemp(prefix="keruen-", dir=work))
        # Also when nobody closes it, or the process ends before.
        self._removed = weakref.finalize(self, shutil.rmtree, self.folder, ignore_errors=True)
        self.progress = progress
        self._number = count()
        config: dict[str, Any] = {
            "memory_limit": f"{self.room // 1_000_000}MB",
            "temp_directory": str(self.folder / "spill"),
            "autoinstall_known_extensions": "false",
            "threads": self.threads,
        }
        self._connection = duckdb.connect(":memory:", config=config)

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A connection of its own."""
        return self._connection.cursor()

    def path(self) -> Path:
        """A new file in the work folder."""
        return self.folder / f"{next(self._number)}.parquet"

    def table(self) -> str:
        """Name of a new table."""
        return f"made_{next(self._number)}"

    def seen(self, rows: int) -> None:
        """Tell of the progress."""
        if self.progress is not None:
            self.progress(rows)

    def close(self) -> None:
        """Forget everything."""
        self._connection.close()
        self._removed()


def _processors() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):  # not on macOS and Windows
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _unchanged(batches: Batches) -> Batches:
    """Kernel: the rows as they are."""
    return batches


def _disk_full(where: str) -> FileError:
    return FileError(
        "the disk is full while rows are set aside",
        where=where,
        remedy="free space, choose another work folder, or allow more memory",
        id="DiskFull",
    )


@contextmanager
def _disk_faults(where: Path) -> Iterator[None]:
    """Faults of writing in our words."""
    try:
        yield
    except OSError as fault:
        if isinstance(fault, FileError):
            raise
        raise _disk_full(str(where)) from fault


def _write(batches: Batches, schema: pa.Schema, path: Path) -> None:
    """Write a stream as Parquet, in a thread beside the one that makes the batches.

    DuckDB could write it too, at more than twice the work.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    words = [field.name for field in schema if pa.types.is_string(field.type)]
    with (
        pq.ParquetWriter(path, schema, use_dictionary=words) as writer,
        ThreadPoolExecutor(1) as beside,
    ):
        written: Future[None] | None = None
        for batch in batches:
            if written is not None:
                written.result()
            written = beside.submit(writer.write_batch, batch.cast(schema))
        if written is not None:
            written.result()


@contextmanager
def engine_faults(where: str) -> Iterator[None]:
    """DuckDB's faults in our words: a damaged file, a full disk."""
    import duckdb

    try:
        yield
    except duckdb.Error as fault:
        text = str(fault).splitlines()[0]
        full = ("No space left", "max_temp_directory_size", "File too large", "write all bytes")
        if any(word in str(fault) for word in (*full, "failed to offload")):
            raise _disk_full(where) from fault
        if isinstance(fault, duckdb.OutOfMemoryException):
            raise FileError(
                "the memory allowed is too small", where=where, remedy="allow more", id="Memory"
            ) from fault
        raise FileError(
            f"a file is damaged or cannot be read: {text}",
            where=where,
            remedy="copy the file anew",
            id="DamagedFile",
        ) from fault


def name(column: str) -> str:
    """A column in SQL."""
    return '"' + column.replace('"', '""') + '"'


def literal(value: object) -> str:
    """A value in SQL."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int) else "'" + str(value).replace("'", "''") + "'"


def condition(where: Where | None) -> str:
    """Rows to keep, in SQL."""
    tests = ["true"]
    for column, wanted in (where or {}).items():
        values = (
            wanted if isinstance(wanted, Sequence) and not isinstance(wanted, str) else [wanted]
        )
        known = ", ".join(literal(value) for value in values if value is not None)
        parts = [f"{name(column)} IN ({known})"] if known else []
        parts += [f"{name(column)} IS NULL"] if None in values else []
        tests.append(f"({' OR '.join(parts) or 'false'})")
    return " AND ".join(tests)


class DuckRecords:
    """Records as a query; see :class:`keruen.core.records.PersonRecords`."""

    def __init__(
        self,
        engine: DuckEngine,
        query: str,
        *,
        refused: str = NOTHING,
        rejects: pd.DataFrame,
        where: str = "records",
    ) -> None:
        self.engine = engine
        self.query = query
        self.rejects = rejects
        self._refused = refused  # query for file, row, reason
        self._where = where  # the files, for faults

    def _with(self, query: str) -> DuckRecords:
        return DuckRecords(
            self.engine, query, refused=self._refused, rejects=self.rejects, where=self._where
        )

    def _frame(self, query: str) -> pd.DataFrame:
        with engine_faults(self._where):
            return tidy(self.engine.cursor().sql(query).to_arrow_table())

    @property
    def schema(self) -> pa.Schema:
        """Columns and their types."""
        with engine_faults(self._where):
            reader = self.engine.cursor().sql(f"SELECT * FROM ({self.query}) LIMIT 0")  # noqa: S608
            return reader.to_arrow_reader().schema

    def count(self) -> int:
        """Number of rows."""
        return int(self._frame(f"SELECT count(*) AS n FROM ({self.query})")["n"].iloc[0])  # noqa: S608

    def extremes(self, column: str) -> tuple[Any, Any]:
        """Least and greatest value of a column."""
        least = f"SELECT min({name(column)}), max({name(column)}) FROM ({self.query})"  # noqa: S608
        with engine_faults(self._where):
            return tuple(self.engine.cursor().sql(least).fetchall()[0])

    def select(
        self, columns: Sequence[str] | None = None, *, where: Where | None = None
    ) -> DuckRecords:
        """Some columns, some rows."""
        listed = "*" if columns is None else ", ".join(map(name, columns))
        return self._with(f"SELECT {listed} FROM ({self.query}) WHERE {condition(where)}")  # noqa: S608

    def stack(self, other: PersonRecords) -> DuckRecords:
        """Rows of both, matched by column name."""
        if not isinstance(other, DuckRecords) or other.engine is not self.engine:
            raise SchemaError(
                "records of two engines cannot be joined",
                remedy="open the second with open_records(..., beside=the first)",
                id="OtherEngine",
            )
        return self._with(f"({self.query}) UNION ALL BY NAME ({other.query})")

    def batches(self, *, order: Sequence[str] | None = None) -> Batches:
        """The rows as a stream; with ``order`` by person, none divided."""
        if order is not None:
            yield from self._by_person(_unchanged, order)
            return
        with engine_faults(self._where):
            yield from self.engine.cursor().sql(self.query).to_arrow_reader(_BATCH)

    def apply(
        self, kernel: Kernel, schema: pa.Schema, *, order: Sequence[str] | None = None
    ) -> DuckRecords:
        """What a kernel makes of the rows, kept in the work folder."""
        path = self.engine.path()
        if order is None:
            made = kernel(self._watched(self.batches()))
        else:
            made = self._by_person(kernel, order)
        try:
            with _disk_faults(path):
                _write(made, schema, path)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return self._with(f"SELECT * FROM read_parquet({literal(path)})")  # noqa: S608

    def _watched(self, batches: Batches) -> Batches:
        for batch in batches:
            yield batch
            self.engine.seen(batch.num_rows)

    def _by_person(self, kernel: Kernel, order: Sequence[str]) -> Batches:
        """What a kernel makes of whole persons: a bucket of them at a time, in threads."""

        def made(group: tuple[int, int]) -> tuple[int, list[pa.RecordBatch]]:
            rows = buckets.read(*group, order)
            return rows.num_rows, list(kernel(iter([rows])))

        with Buckets(self.engine.path(), self.engine.room) as buckets:
            self._fill(buckets)
            groups, threads = buckets.groups(self.engine.threads)
            for rows, found in in_turn(made, groups, threads):
                yield from found
                self.engine.seen(rows - rows // 2)

    def _fill(self, buckets: Buckets) -> None:
        """Divide all rows among buckets, in a thread beside the engine's."""
        query = (
            f"SELECT *, (hash(person_id) & {BUCKETS - 1})::USMALLINT AS {BUCKET} "  # noqa: S608
            f"FROM ({self.query})"
        )
        with engine_faults(self._where), _disk_faults(self.engine.folder):
            rows = self.engine.cursor().sql(query).to_arrow_reader(CHUNK)
            for done in in_turn(buckets.add, rows, 1):
                self.engine.seen(done // 2)
            buckets.finish()

    def tabulate(
        self, by: Sequence[str], *, total: Sequence[str] = (), where: Where | None = None
    ) -> pd.DataFrame:
        """Rows counted by some columns."""
        keys = ", ".join(map(name, by))
        sums = "".join(f", coalesce(sum({name(c)}), 0)::BIGINT AS {name(c)}" for c in total)
        grouped = f"GROUP BY {keys} ORDER BY {keys}" if by else ""
        return self._frame(
            f"SELECT {keys}{', ' if by else ''}count(*) AS count{sums} "  # noqa: S608
            f"FROM ({self.query}) WHERE {condition(where)} {grouped}"
        )

    def write(self, path: Path) -> None:
        """Write the rows as one Parquet file."""
        with staged_file(path) as file, engine_faults(str(path)):
            self.engine.cursor().execute(f"COPY ({self.query}) TO {literal(file)} (FORMAT parquet)")

    def write_rejects(self, path: Path) -> None:
        """Write the rows refused while reading."""
        query = f"SELECT file, row, reason FROM ({self._refused}) ORDER BY file, row"  # noqa: S608
        with staged_file(path) as file, engine_faults(str(path)):
            self.engine.cursor().execute(f"COPY ({query}) TO {literal(file)} (FORMAT csv)")

    def close(self) -> None:
        """Remove the work folder."""
        self.engine.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def engine_of(records: PersonRecords | None) -> DuckEngine | None:
    """The engine of records that are in DuckDB."""
    return records.engine if isinstance(records, DuckRecords) else None
