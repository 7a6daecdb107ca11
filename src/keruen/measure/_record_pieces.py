# SPDX-License-Identifier: Apache-2.0
"""Changes of the stock of residents that spells tell of: entries, exits, birthdays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from keruen.core.records import Batches
from keruen.measure._record_cells import (
    UNKNOWN,
    Days,
    batch_of,
    birthday,
    completed_years,
    days,
    kind_of,
    month_of,
    named,
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
        for batch in batches:
            for cells in self.cells({name: batch[name] for name in batch.schema.names}):
                yield batch_of(cells, self.schema)

    def cells(self, spells: Mapping[str, pa.Array]) -> Iterator[dict[str, pa.Array]]:
        """Columns made of spells, in parts."""
        import pyarrow as pa

        here = np.flatnonzero(_words_are_not(spells["status"], "outside"))
        if len(here):
            at = pa.array(here)
            yield from self._changes({name: column.take(at) for name, column in spells.items()})

    def _changes(self, spells: Mapping[str, pa.Array]) -> Iterator[dict[str, pa.Array]]:
        start, ended = days(spells["start"]), np.asarray(spells["end"].is_valid())
        end = np.where(ended, days(spells["end"]), self.until - 1)
        entry, left = self._cells(spells, ""), self._cells(spells, "exit_")
        aged = dict(entry)
        if "age" in self.by:
            birth = days(spells["birth_date"])
            young, old = completed_years(birth, start), completed_years(birth, end)
            old = np.where(young == UNKNOWN, UNKNOWN, old)
            entry["age"], aged["age"] = young, old
            left["age"] = completed_years(days(spells["exit_birth_date"]), end)
            yield from self._birthdays(spells, entry, birth, young, old)
        every, gone = np.arange(len(start)), np.flatnonzero(ended)
        yield self._rows(spells, every, entry, spells["entry_kind"], day=start, change=1)
        differs = [_unequal(aged[name], left[name]) for name in self.by]
        moved = np.flatnonzero(ended & reduce(np.logical_or, differs, np.zeros(len(end), bool)))
        yield self._rows(spells, moved, aged, "attributes", day=end, change=-1)
        yield self._rows(spells, moved, left, "attributes", day=end, change=1)
        yield self._rows(spells, gone, left, spells["exit_kind"], day=end, change=-1)

    def _cells(self, spells: Mapping[str, pa.Array], prefix: str) -> Cells:
        return {name: words(spells[prefix + name]) for name in self.by if name != "age"}

    def _birthdays(
        self, spells: Mapping[str, pa.Array], entry: Cells, birth: Days, young: Ages, old: Ages
    ) -> Iterator[dict[str, pa.Array]]:
        """One year older: out of a cell and into the next."""
        import pyarrow as pa

        times = np.maximum(old - young, 0).astype(np.int64)
        row = np.repeat(np.arange(len(times)), times)
        first = np.repeat(np.cumsum(times) - times, times)
        age = young[row] + 1 + np.arange(len(row)) - first
        at = pa.array(row)
        grown = {name: spells[name].take(at) for name in ("person_id", "status")}
        day, every = birthday(birth[row], age), np.arange(len(row))
        cells = {name: _take(values, row) for name, values in entry.items()}
        for years, change in ((age - 1, -1), (age, 1)):
            cells["age"] = years.astype(np.int16)
            yield self._rows(grown, every, cells, "ageing", day=day, change=change)

    def _rows(
        self,
        spells: Mapping[str, pa.Array],
        row: NDArray[np.int64],
        cells: Cells,
        term: pa.Array | str,
        *,
        day: Days,
        change: int,
    ) -> dict[str, pa.Array]:
        """Changes of some of the spells."""
        import pyarrow as pa

        at = pa.array(row)
        key = np.zeros(len(row), np.int64)
        if self.secret is not None:
            key = change * person_keys(spells["person_id"].take(at), self.secret)
        text = named([term], np.zeros(len(row))) if isinstance(term, str) else term.take(at)
        keys = {name: _take(cells[name], row) for name in self.by}
        return {
            "status": spells["status"].take(at),
            "term": text,
            "month": pa.array(month_of(day[row])),
            **{name: pa.array(k) if isinstance(k, np.ndarray) else k for name, k in keys.items()},
            "change": pa.array(np.full(len(row), change)),
            "key": pa.array(key),
        }


def _words_are_not(column: pa.Array, word: str) -> NDArray[np.bool_]:
    import pyarrow.compute as pc

    coded = column.dictionary_encode()
    return np.asarray(pc.not_equal(coded.dictionary, word).take(coded.indices))


def _take(values: Column, row: NDArray[np.int64]) -> Column:
    import pyarrow as pa

    return values.take(pa.array(row)) if isinstance(values, pa.Array) else values[row]


def _unequal(one: Column, other: Column) -> NDArray[np.bool_]:
    import pyarrow.compute as pc

    if isinstance(one, np.ndarray) or isinstance(other, np.ndarray):
        return np.not_equal(one, other)
    place = pc.index_in(other.dictionary, value_set=one.dictionary).fill_null(-1)
    same: NDArray[np.bool_] = np.equal(place.take(other.indices), one.indices)
    return ~same
