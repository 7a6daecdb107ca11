# SPDX-License-Identifier: Apache-2.0
"""Rows divided among buckets by person, so that each bucket is put in order by itself.

What goes beyond the memory allowed is set aside on disk, once, and read back once.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from keruen.core.records import rows_at

if TYPE_CHECKING:
    import pyarrow as pa

_In = TypeVar("_In")
_Out = TypeVar("_Out")
BUCKETS: Final = 512
BUCKET: Final = "_bucket"
"""Column that says in which bucket a row's person belongs."""
CHUNK: Final = 2**18
"""Rows that are divided at a time: so few that their columns stay in the processor's memory."""
_TOGETHER: Final = 2**19
"""Rows of neighbouring buckets that are put in order at a time, at most."""
_WORKED: Final = 200
"""Bytes that a row takes while it is worked on."""


class Buckets:
    """Rows by bucket.

    Parameters
    ----------
    path : Path
        File for what is set aside; made only then.
    memory : int
        Bytes that may be held.
    """

    def __init__(self, path: Path, memory: int) -> None:
        self._path = path
        self._memory = memory
        self._held: list[tuple[pa.RecordBatch, NDArray[np.int64]]] = []  # rows, first of each
        self._bytes = 0
        self._writer: Any = None
        self._flushes = 0
        self._words: dict[str, _Words] = {}
        self._rows = np.zeros(BUCKETS, np.int64)

    def add(self, batch: pa.RecordBatch) -> int:
        """Divide rows by their column ``BUCKET``; returns how many."""
        bucket = np.asarray(batch[BUCKET])
        order = np.argsort(bucket, kind="stable")
        count = np.bincount(bucket, minlength=BUCKETS)
        rows = rows_at(self._coded(batch.drop_columns([BUCKET])), order)
        self._held.append((rows, np.concatenate([[0], np.cumsum(count)])))
        self._rows += count
        self._bytes += rows.nbytes
        if self._bytes > self._memory:
            self._set_aside()
        return len(order)

    def groups(self, threads: int) -> tuple[list[tuple[int, int]], int]:
        """Neighbouring buckets to be worked on together, and how many threads have room to.

        A group is its first bucket and the one after its last.
        """
        most = min(_TOGETHER, self._memory // _WORKED // threads)
        made, rows, largest = [0], 0, 1
        for bucket, more in enumerate(self._rows.tolist()):
            if rows and rows + more > most:
                made.append(bucket)
                rows = 0
            rows += more
            largest = max(largest, rows)
        pairs = list(pairwise([*made, BUCKETS])) if self._rows.any() else []
        return pairs, max(min(threads, self._memory // _WORKED // largest), 1)

    def read(self, first: int, until: int, order: Sequence[str]) -> pa.RecordBatch:
        """Rows of neighbouring buckets by person, and each person's by the columns of ``order``."""
        import pyarrow as pa

        from keruen.sources._person_order import in_order

        parts = self._from_disk(first, until)
        parts += [rows[start[first] : start[until]] for rows, start in self._held]
        return self._decoded(in_order(pa.concat_batches(parts), order))

    def _coded(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Whole numbers in place of words of which there are few."""
        import pyarrow as pa

        if not self._flushes and not self._held:
            texts = (f.name for f in batch.schema if pa.types.is_string(f.type))
            self._words = {name: _Words() for name in texts if _few(batch[name])}
        for name, words in self._words.items():
            place = batch.schema.get_field_index(name)
            batch = batch.set_column(place, name, words.code(batch[name]))
        return batch

    def _decoded(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        for name, words in self._words.items():
            place = batch.schema.get_field_index(name)
            batch = batch.set_column(place, name, words.decode(batch[name]))
        return batch

    def _set_aside(self) -> None:
        """Write what is held, a batch for each bucket."""
        import pyarrow as pa

        schema = self._held[0][0].schema
        if self._writer is None:
            self._writer = pa.ipc.new_file(str(self._path), schema)
        for bucket in range(BUCKETS):
            parts = [rows[start[bucket] : start[bucket + 1]] for rows, start in self._held]
            self._writer.write_batch(pa.concat_batches(parts))
        self._held, self._bytes = [], 0
        self._flushes += 1

    def _from_disk(self, first: int, until: int) -> list[pa.RecordBatch]:
        """Read what was set aside; a file of its own for each call, which threads may make."""
        import pyarrow as pa

        if not self._flushes:
            return []
        starts = range(0, self._flushes * BUCKETS, BUCKETS)
        with pa.OSFile(str(self._path)) as file, pa.ipc.open_file(file) as reader:
            return [reader.get_batch(s + bucket) for s in starts for bucket in range(first, until)]

    def finish(self) -> None:
        """All rows are there."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._held = []
        with suppress(OSError):  # the disk may be full
            self.finish()
        self._path.unlink(missing_ok=True)


class _Words:
    """Words of a column, numbered as they are met."""

    def __init__(self) -> None:
        self._number: dict[str, int] = {}

    def code(self, column: pa.Array) -> pa.Array:
        import pyarrow as pa

        coded = column.dictionary_encode()
        words = coded.dictionary.to_pylist()
        numbers = [self._number.setdefault(word, len(self._number)) for word in words]
        return pa.array(numbers, pa.int32()).take(coded.indices)

    def decode(self, column: pa.Array) -> pa.Array:
        import pyarrow as pa

        words = pa.array(list(self._number), pa.string())
        return pa.DictionaryArray.from_arrays(column, words).cast(pa.string())


def _few(column: pa.Array) -> bool:
    """Whether words recur so often that numbers for them are worth their while."""
    return len(column.unique()) <= max(len(column) // 256, 16)


def in_turn(work: Callable[[_In], _Out], items: Iterable[_In], threads: int) -> Iterator[_Out]:
    """What is made of items, in their order, by threads that are at most one item each ahead."""
    waiting: deque[Future[_Out]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        try:
            for item in items:
                waiting.append(pool.submit(work, item))
                if len(waiting) > threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for later in waiting:
                later.cancel()
