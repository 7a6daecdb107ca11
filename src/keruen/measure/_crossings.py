# SPDX-License-Identifier: Apache-2.0
"""Between Arrow batches of crossings and the compiled sweep."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from keruen.core.errors import SchemaError
from keruen.core.records import Batches, rows_at
from keruen.measure._rule import (
    CONTRADICTED,
    DAY,
    DUPLICATE,
    EVENT,
    EXCLUDED,
    GAP_AFTER,
    INITIAL,
    NEVER,
    NULL,
    WEAK_RESIDENT,
    Answers,
    Rule,
)

if TYPE_CHECKING:
    import pyarrow as pa

Rows = NDArray[np.int64]
_COUNTS: Final = ("before", "after", "long_term", "evidence")
# Columns of answers, and what they are called in the sweep.
_LENGTHS: Final = {"new_side_days": "new_side", "observed_days": "observed"}
_DATES: Final = {"decided_at": "decided", "final_at": "final"}
_MARKS: Final = {"gap_after": GAP_AFTER, "contradicted": CONTRADICTED}


def answered(schema: pa.Schema) -> pa.Schema:
    """Columns of crossings with their answers."""
    import pyarrow as pa

    added = [
        *((name, pa.int8()) for name in _COUNTS),
        ("new_side_days", pa.int32()),
        ("observed_days", pa.int32()),
        ("decided_at", pa.date32()),
        ("final_at", pa.date32()),
        ("initial", pa.string()),
        ("gap_after", pa.bool_()),
        ("contradicted", pa.bool_()),
        ("imputed", pa.bool_()),
        ("excluded", pa.string()),
    ]
    return pa.schema([*schema, *(pa.field(name, kind) for name, kind in added)])


@dataclass(frozen=True)
class Classifier:
    """Kernel: crossings and statements in, crossings with their answers out."""

    rule: Rule

    def __call__(self, batches: Batches) -> Batches:
        """Answer a stream of whole persons in order of time."""
        for batch in batches:
            yield _classify(batch, self.rule)


@dataclass(frozen=True)
class Swept:
    """A batch of whole persons after the sweep."""

    batch: pa.RecordBatch
    order: Rows | None  # row of the batch by place in the history; None: as they are
    kind: NDArray[np.int8]  # by place
    out: Answers  # by place

    def rows(self, places: Rows, columns: Sequence[str]) -> pa.RecordBatch:
        """Some of the rows, with some columns of the batch and of the answers; words as codes."""
        import pyarrow as pa

        own, out = self.batch.schema.names, self.out[places]
        at = places if self.order is None else self.order[places]
        rows = rows_at(self.batch.select([name for name in columns if name in own]), at)
        arrays = [rows[name] if name in own else answer(name, out) for name in columns]
        arrays = [a.dictionary_encode() if pa.types.is_string(a.type) else a for a in arrays]
        return pa.RecordBatch.from_arrays(arrays, names=list(columns))


def swept(batch: pa.RecordBatch, rule: Rule) -> Swept:
    """Answers of a batch of whole persons in order of time."""
    from keruen.measure._sweep import blank, sweep

    starts = _starts(batch["person_id"])
    time, kind = _times(batch["event_time"]), np.asarray(batch["direction"])
    if len(kind) and (kind.min() < 0 or kind.max() > WEAK_RESIDENT):
        raise SchemaError(
            "a crossing's direction is neither 1, arrival, nor 0, departure",
            where="direction",
            remedy="say what the codes mean when the records are opened",
            id="UnknownDirection",
        )
    tied = _tied(starts, time)
    order, repeated = None, np.empty(0, np.int64)
    if len(tied):
        order = np.arange(len(time))
        order[tied], repeated = _order(batch, tied, time, kind, starts)
        kind = kind[order]
    out = blank(len(time) * (1 + rule.emit))
    out["excluded"][repeated] = DUPLICATE
    room = np.zeros(2 * int(np.diff(starts).max()) + 2, EVENT)
    kind = np.ascontiguousarray(kind, dtype=np.int8)
    sweep(starts, time, kind, rule, room, out)
    return Swept(batch, order, kind, out)


def _classify(batch: pa.RecordBatch, rule: Rule) -> pa.RecordBatch:
    found = swept(batch, rule)
    kind, out = found.kind, found.out
    if found.order is None and not rule.emit and kind.max() <= 1:
        return _joined(batch, out)
    place = out["place"][: len(kind)]
    place = place[kind[place] <= 1]
    at = place if found.order is None else found.order[place]
    rows = _joined(batch.take(at), out[place])
    return _with_supposed(rows, out, place, batch) if rule.emit else rows


def _starts(person: pa.Array) -> Rows:
    """Where each person begins, and the number of rows."""
    import pyarrow.compute as pc

    changes = pc.not_equal(person.slice(1), person.slice(0, len(person) - 1))
    (inner,) = np.nonzero(changes.to_numpy(zero_copy_only=False))
    return np.concatenate([[0], inner + 1, [len(person)]]).astype(np.int64)


def _times(time: pa.Array) -> Rows:
    """Microseconds since 1970."""
    import pyarrow as pa

    if pa.types.is_date(time.type):
        return np.asarray(time.cast(pa.date32()).cast(pa.int32()), dtype=np.int64) * DAY
    return np.asarray(time.cast(pa.timestamp("us"), safe=False).cast(pa.int64()))


def _tied(starts: Rows, time: Rows) -> Rows:
    """Rows that share their person and moment with another."""
    same = time[1:] == time[:-1]
    same[starts[1:-1] - 1] = False
    tied = np.zeros(len(time), bool)
    tied[1:] |= same
    tied[:-1] |= same
    return np.nonzero(tied)[0]


def _order(
    batch: pa.RecordBatch, tied: Rows, time: Rows, kind: NDArray[np.int8], starts: Rows
) -> tuple[Rows, Rows]:
    """Tied rows in the order the sweep expects, and places of exact duplicates.

    Statements, departures, arrivals; among them by identifier, then by whatever else the rows
    hold, so that the engine's order has no say.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    person = np.searchsorted(starts, tied, "right")
    moment = np.cumsum(np.r_[True, (np.diff(person) != 0) | (np.diff(time[tied]) != 0)])
    sort = np.where(kind[tied] > 1, -1, kind[tied])
    rows = pa.table(batch.take(pa.array(tied)))
    rows = rows.append_column("_moment", pa.array(moment)).append_column("_kind", pa.array(sort))
    others = [name for name in batch.schema.names if name != "crossing_id"]
    names = ["_moment", "_kind", "crossing_id", *others]
    keys = [(name, "ascending") for name in names if name in rows.column_names]
    by_id = np.asarray(pc.sort_indices(rows, sort_keys=keys))
    checkpoint = np.zeros(len(tied), np.int64)
    if "checkpoint" in rows.column_names:
        codes = rows["checkpoint"].combine_chunks().dictionary_encode().indices
        checkpoint = np.asarray(pc.fill_null(codes, -1))
    moment, sort, checkpoint = moment[by_id], sort[by_id], checkpoint[by_id]
    together = np.lexsort((np.arange(len(tied)), checkpoint, sort, moment))
    a, b = together[1:], together[:-1]
    again = (moment[a] == moment[b]) & (sort[a] == sort[b]) & (checkpoint[a] == checkpoint[b])
    return tied[by_id], tied[a[again & (sort[a] >= 0)]]


def answer(name: str, out: Answers, *, imputed: bool = False) -> pa.Array:
    """A column of answers; what is not known is missing."""
    import pyarrow as pa

    excluded = out["excluded"] > 0
    if name in _COUNTS:
        return pa.array(out[name], mask=excluded | (out[name] == NULL))
    if name in _LENGTHS:
        return pa.array(out[_LENGTHS[name]], mask=excluded)
    if name in _DATES:
        days = out[_DATES[name]]
        return pa.array(days, mask=excluded | (days == NEVER)).view(pa.date32())
    if name in _MARKS:
        return pa.array(out["marks"] & _MARKS[name] > 0)
    if name == "imputed":
        return pa.array(np.full(len(out), imputed))
    return _words(out[name], INITIAL if name == "initial" else EXCLUDED)


def _joined(batch: pa.RecordBatch, out: Answers, *, imputed: bool = False) -> pa.RecordBatch:
    """Rows with their answers."""
    import pyarrow as pa

    schema = answered(batch.schema)
    names = schema.names[len(batch.schema) :]
    columns = [answer(name, out, imputed=imputed).cast(schema.field(name).type) for name in names]
    return pa.RecordBatch.from_arrays([*batch.columns, *columns], schema=schema)


def _words(codes: NDArray[np.int8], words: tuple[str, ...]) -> pa.Array:
    """Words for codes; 0 is missing."""
    import pyarrow as pa

    return pa.DictionaryArray.from_arrays(pa.array(codes, mask=codes == 0), pa.array(words))


def _with_supposed(
    rows: pa.RecordBatch, out: Answers, place: Rows, batch: pa.RecordBatch
) -> pa.RecordBatch:
    """Rows with the crossings supposed between them, which have no identifier."""
    import pyarrow as pa
    import pyarrow.compute as pc

    used = out[place]
    (after,) = np.nonzero((used["marks"] & GAP_AFTER > 0) & (used["excluded"] == 0))
    answers = out[batch.num_rows + place[after]]
    before = rows.select(batch.schema.names).take(pa.array(after))
    day = pa.array(answers["day"]).view(pa.date32()).cast(batch.schema.field("event_time").type)
    turned = pc.subtract(pa.scalar(1, pa.int8()), before["direction"])
    changed = {"event_time": day, "direction": turned}
    if "crossing_id" in batch.schema.names:
        changed["crossing_id"] = pa.nulls(len(after), batch.schema.field("crossing_id").type)
    supposed = pa.RecordBatch.from_arrays(
        [changed.get(name, before[name]) for name in batch.schema.names], schema=batch.schema
    )
    both = pa.concat_batches([rows, _joined(supposed, answers, imputed=True)])
    position = np.concatenate([np.arange(rows.num_rows), after + 0.5])
    return both.take(pa.array(np.argsort(position)))
