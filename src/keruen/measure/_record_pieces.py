# SPDX-License-Identifier: Apache-2.0
"""Changes of the stock of residents that spells tell of: entries, exits, birthdays."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from keruen.core.records import Batches
from keruen.measure._record_cells import (
    UNKNOWN,
    Days,
    birthday,
    completed_years,
    days,
    kind_of,
    month_of,
    words,
)
from keruen.measure._record_keys import person_keys

if TYPE_CHECKING:
    import pyarrow as pa

Column: TypeAlias = "pa.Array | NDArray[np.int16]"
Cells: TypeAlias = "dict[str, pa.Array | NDArray[np.int16]]"
Ages: TypeAlias = NDArray[np.int16]


@dataclass(frozen=True)
class StockChanges:
    """Kernel: spells to the changes of the stock, each with its month, cell and term."""

    by: tuple[str, ...]
    until: int
    secret: bytes | None

    @property
    def schema(self) -> pa.Schema:
        """Columns made."""
        import pyarrow as pa

        fields = [("status", pa.string()), ("term", pa.string()), ("month", pa.int32())]
        cells = [(name, kind_of(name)) for name in self.by]
        return pa.schema([*fields, *cells, ("change", pa.int64()), ("key", pa.int64())])

    def __call__(self, batches: Batches) -> Batches:
        """A row for each change."""
        import pyarrow.compute as pc

        for batch in batches:
            here = batch.filter(pc.not_equal(batch["status"], "outside"))
            if here.num_rows:
                yield from self._changes(here)

    def _changes(self, batch: pa.RecordBatch) -> Iterable[pa.RecordBatch]:
        start, ended = days(batch["start"]), np.asarray(batch["end"].is_valid())
        end = np.where(ended, days(batch["end"]), self.until - 1)
        entry, left = self._cells(batch, ""), self._cells(batch, "exit_")
        aged = dict(entry)
        if "age" in self.by:
            birth = days(batch["birth_date"])
            young, old = completed_years(birth, start), completed_years(birth, end)
            old = np.where(young == UNKNOWN, UNKNOWN, old)
            entry["age"], aged["age"] = young, old
            left["age"] = completed_years(days(batch["exit_birth_date"]), end)
            yield from self._birthdays(batch, entry, birth, young, old)
        every, gone = np.arange(len(start)), np.flatnonzero(ended)
        yield self._rows(batch, every, entry, batch["entry_kind"], day=start, change=1)
        differs = [_unequal(aged[name], left[name]) for name in self.by]
        moved = np.flatnonzero(ended & reduce(np.logical_or, differs, np.zeros(len(end), bool)))
        yield self._rows(batch, moved, aged, "attributes", day=end, change=-1)
        yield self._rows(batch, moved, left, "attributes", day=end, change=1)
        yield self._rows(batch, gone, left, batch["exit_kind"], day=end, change=-1)

    def _cells(self, batch: pa.RecordBatch, prefix: str) -> Cells:
        return {name: words(batch[prefix + name]) for name in self.by if name != "age"}

    def _birthdays(
        self, batch: pa.RecordBatch, entry: Cells, birth: Days, young: Ages, old: Ages
    ) -> Iterable[pa.RecordBatch]:
        """One year older: out of a cell and into the next."""
        import pyarrow as pa

        times = np.maximum(old - young, 0).astype(np.int64)
        row = np.repeat(np.arange(len(times)), times)
        first = np.repeat(np.cumsum(times) - times, times)
        age = young[row] + 1 + np.arange(len(row)) - first
        grown = batch.take(pa.array(row))
        day, every = birthday(birth[row], age), np.arange(len(row))
        cells = {name: _take(values, row) for name, values in entry.items()}
        for years, change in ((age - 1, -1), (age, 1)):
            cells["age"] = years.astype(np.int16)
            yield self._rows(grown, every, cells, "ageing", day=day, change=change)

    def _rows(
        self,
        batch: pa.RecordBatch,
        row: NDArray[np.int64],
        cells: Cells,
        term: pa.Array | str,
        *,
        day: Days,
        change: int,
    ) -> pa.RecordBatch:
        """Changes of some of the spells."""
        import pyarrow as pa

        at = pa.array(row)
        key = np.zeros(len(row), np.int64)
        if self.secret is not None:
            key = change * person_keys(batch["person_id"].take(at), self.secret)
        text = pa.array([term] * len(row), pa.string()) if isinstance(term, str) else term.take(at)
        columns = [
            batch["status"].take(at),
            text,
            pa.array(month_of(day[row])),
            *(pa.array(_take(cells[name], row)) for name in self.by),
            pa.array(np.full(len(row), change)),
            pa.array(key),
        ]
        return pa.RecordBatch.from_arrays(columns, schema=self.schema)


def _take(values: Column, row: NDArray[np.int64]) -> Column:
    import pyarrow as pa

    return values.take(pa.array(row)) if isinstance(values, pa.Array) else values[row]


def _unequal(one: Column, other: Column) -> NDArray[np.bool_]:
    import pyarrow as pa
    import pyarrow.compute as pc

    if isinstance(one, pa.Array):
        return np.asarray(pc.not_equal(one, other))
    return np.asarray(one != other)
