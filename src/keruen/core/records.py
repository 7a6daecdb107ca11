# SPDX-License-Identifier: Apache-2.0
"""Person-level records: what a method may ask of them, wherever they are kept.

Hundreds of millions of rows never become one table in memory. They stay in an engine, which
brings the rows of each person together in order of time; a kernel sees them as a stream of
Arrow batches; only counts come out. :mod:`keruen.sources.records` has the engines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, Self

from keruen.core.errors import SchemaError

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    import pyarrow as pa
    from numpy.typing import NDArray

Batches = Iterator["pa.RecordBatch"]
Kernel = Callable[[Batches], Batches]
"""Turns a stream of batches into another. It may be sent to other machines and called for
several streams at once, each with other persons, so it is a function of a module, or an instance
of a frozen dataclass that can be called."""
Value = str | int | bool | None
Where = Mapping[str, Value | Sequence[Value]]
"""Rows to keep: by column a value, several values, or None for missing."""


class PersonRecords(Protocol):
    """Rows about persons, kept in an engine.

    A kernel that needs whole persons names the columns, of whole numbers, dates or times, that
    put a person's rows in order. It is not said in which order persons or equal rows come: a
    kernel must not depend on it, nor on where batches are cut between persons.
    """

    @property
    def schema(self) -> pa.Schema:
        """Columns and their types; one of them is ``person_id``."""

    @property
    def rejects(self) -> pd.DataFrame:
        """Rows refused while reading: reason, count, and file and row of the first."""

    def count(self) -> int:
        """Number of rows."""

    def extremes(self, column: str) -> tuple[Any, Any]:
        """Least and greatest value of a column; None for both where there is none."""

    def select(
        self, columns: Sequence[str] | None = None, *, where: Where | None = None
    ) -> PersonRecords:
        """Some columns, some rows."""

    def stack(self, other: PersonRecords) -> PersonRecords:
        """Rows of both, in the same engine; a column that one lacks is missing there."""

    def apply(
        self, kernel: Kernel, schema: pa.Schema, *, order: Sequence[str] | None = None
    ) -> PersonRecords:
        """What a kernel makes of the rows; ``order`` asks for whole persons, so ordered.

        The result is computed once and kept in the engine until :meth:`close`.
        """

    def batches(self, *, order: Sequence[str] | None = None) -> Batches:
        """The rows as a stream, as a kernel sees it."""

    def tabulate(
        self, by: Sequence[str], *, total: Sequence[str] = (), where: Where | None = None
    ) -> pd.DataFrame:
        """Rows counted: a row for every combination found of ``by``, sorted.

        Column ``count`` has the rows, the columns of ``total`` their sums.
        """

    def write(self, path: Path) -> None:
        """Write the rows as Parquet: one file, or a folder of parts."""

    def write_rejects(self, path: Path) -> None:
        """Write the rows refused while reading as CSV: file, row, reason."""

    def close(self) -> None:
        """Remove what the engine keeps for these records and all made from them."""

    def __enter__(self) -> Self:
        """Use the records in a ``with`` block, which closes them."""

    def __exit__(self, *_: object) -> None: ...


def whole_persons(batches: Batches) -> Batches:
    """A stream ordered by person, cut anew so that no person is divided.

    Parameters
    ----------
    batches : iterator of RecordBatch
        Rows with ``person_id``, those of a person together.

    Yields
    ------
    RecordBatch
        The same rows.

    Examples
    --------
    >>> import pyarrow as pa
    >>> batches = [pa.record_batch({"person_id": ids}) for ids in ([1, 1, 2], [3, 4])]
    >>> [part["person_id"].to_pylist() for part in whole_persons(iter(batches))]
    [[1, 1], [2, 3], [4]]
    """
    import pyarrow as pa

    kept: list[pa.RecordBatch] = []  # the last person so far, who may go on
    for batch in batches:
        if batch.num_rows == 0:
            continue
        start = _last_person(batch["person_id"])
        if start == 0 and kept and kept[-1]["person_id"][-1] != batch["person_id"][0]:
            yield pa.concat_batches(kept)
            kept = []
        if start > 0:
            yield pa.concat_batches([*kept, batch.slice(0, start)])
            kept = []
        kept.append(batch.slice(start))
    if kept:
        yield pa.concat_batches(kept)


def _last_person(person: pa.Array) -> int:
    """Row where the last person of a column begins."""
    import numpy as np

    size = len(person)
    span = 64
    while True:  # the last person is short: look from the end
        tail = person.slice(max(0, size - span)).to_numpy(zero_copy_only=False)
        (others,) = np.nonzero(tail != tail[-1])
        if len(others):
            return int(size - len(tail) + others[-1] + 1)
        if span >= size:
            return 0
        span *= 8


def rows_at(batch: pa.RecordBatch, places: NDArray[np.int64]) -> pa.RecordBatch:
    """Rows of a batch at some places: what Arrow's ``take`` does, faster for numbers.

    Parameters
    ----------
    batch : RecordBatch
        Rows.
    places : array of int
        Places within the batch.

    Returns
    -------
    RecordBatch

    Examples
    --------
    >>> import numpy as np
    >>> import pyarrow as pa
    >>> batch = pa.record_batch({"year": [2023, 2024], "sex": ["F", None]})
    >>> rows_at(batch, np.array([1, 1, 0])).to_pydict()
    {'year': [2024, 2024, 2023], 'sex': [None, None, 'F']}
    """
    import numpy as np
    import pyarrow as pa

    whole = {8: pa.int8(), 16: pa.int16(), 32: pa.int32(), 64: pa.int64()}
    at, columns = pa.array(places), []
    for column in batch.columns:
        kind = column.type
        if column.null_count == 0 and (pa.types.is_integer(kind) or pa.types.is_temporal(kind)):
            numbers = np.asarray(column.view(whole[kind.bit_width]))
            columns.append(pa.array(np.take(numbers, places, mode="clip")).view(kind))
        else:
            columns.append(column.take(at))
    return pa.RecordBatch.from_arrays(columns, schema=batch.schema)


def need_records_extra() -> None:
    """Refuse to go on without the packages of the ``records`` extra.

    Raises
    ------
    SchemaError
        One of them is not installed (``ExtraMissing``).
    """
    missing = [name for name in ("numba", "pyarrow") if find_spec(name) is None]
    if missing:
        raise SchemaError(
            f"person-level records need {' and '.join(missing)}",
            remedy="install with: pip install 'keruen[records]'",
            id="ExtraMissing",
        )
