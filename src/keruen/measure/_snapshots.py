# SPDX-License-Identifier: Apache-2.0
"""Crossings as they were known at past dates, counted: what provisional figures are made from.

At each vintage the classifier itself is run on what had happened by then. Crossings it leaves
open are described in classes and counted together with the answer known today, so that what
leaves the engine are counts, whose number does not grow with that of persons.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from keruen.core.records import Batches, whole_persons
from keruen.measure._crossings import Classifier
from keruen.measure._rule import Rule

if TYPE_CHECKING:
    import pyarrow as pa

Whole = NDArray[np.int64]

KNOWN, OPEN, TODAY = 0, 1, 2
"""What a row counts: migrations known at the vintage, crossings open then, migrations known
today."""
UNKNOWN: Final = 2
"""Answer, or status, that is not known."""
NOT_FINAL: Final = 999

STATE: Final = ("before", "now", "stayed", "elsewhere")
"""What is known of an open crossing: resident before; on the new side now; days there; days on
the old side."""
PAST: Final = ("earlier", "inside", "age")
"""What is known of the person: number of crossings before, share of that time inside, age."""
CLASSES: Final = {
    "stayed": (31, 61, 92, 122, 183, 244, 305),
    "elsewhere": (1, 8, 31, 62, 93),
    "earlier": (1, 3, 6, 11),
    "inside": (0.0, 0.1, 0.5, 0.9),
    "age": (0, 18, 25, 35, 45, 60),
}
"""Lower bounds of classes; below the first is class 0."""
_NUMBERS: Final = ("vintage", "month", "direction", "counts", "outcome", "final_after")
_YEAR: Final = 365.2425


def schema(texts: tuple[str, ...]) -> pa.Schema:
    """Columns of the counts."""
    import pyarrow as pa

    numbers = [(name, pa.int32()) for name in (*_NUMBERS, *STATE, *PAST)]
    return pa.schema(
        [*numbers, *((name, pa.string()) for name in texts), ("crossings", pa.int64())]
    )


def months_of(days: Whole) -> Whole:
    """Months since January 1970."""
    return days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)


def first_days(months: Whole) -> Whole:
    """First days, since 1970, of months."""
    return months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)


@dataclass(frozen=True)
class Snapshots:
    """Kernel: histories of whole persons to counts of crossings by vintage."""

    rule: Rule
    vintages: tuple[int, ...]  # months, at whose first day the observation ends
    horizon: int  # months after which every answer is known
    texts: tuple[str, ...]
    by: tuple[str, ...]  # texts by which known migrations are counted

    def __call__(self, batches: Batches) -> Batches:
        """Count one batch after the other."""
        for batch in whole_persons(batches):
            yield from self._counted(batch)

    def _counted(self, batch: pa.RecordBatch) -> Batches:
        import pyarrow as pa

        row = pa.array(np.arange(batch.num_rows))
        batch = pa.RecordBatch.from_arrays(
            [*batch.columns, row], schema=batch.schema.append(pa.field("_row", pa.int64()))
        )
        day = np.asarray(batch["event_time"].cast(pa.date32()).cast(pa.int32())).astype(np.int64)
        person = np.cumsum(np.r_[0, _changes(batch["person_id"])])
        last_seen = day.copy()
        today = _used(batch, self.rule)
        if today is None:
            return
        answer = _Answer.of(today, batch.num_rows)
        yield self._batch(self._migrations(today, self.vintages[-1], TODAY))
        for vintage in self.vintages:
            end = int(first_days(np.array([vintage]))[0])
            start = int(first_days(np.array([vintage - self.horizon]))[0])
            last_seen = np.where(day < end, day, -(2**31))
            active = np.full(person[-1] + 1, -(2**31))
            np.maximum.at(active, person, last_seen)
            part = batch.filter(pa.array((day < end) & (active[person] >= start)))
            then = _used(part, self.rule._replace(observed_until=end))
            if then is not None:
                yield self._batch(self._migrations(then, vintage, KNOWN))
                yield self._batch(self._open(then, vintage, answer))

    def _migrations(self, rows: pa.RecordBatch, vintage: int, counts: int) -> dict[str, Any]:
        """Long-term migrations that are known."""
        found = np.asarray(rows["long_term"].fill_null(0)) == 1
        if counts == KNOWN:
            found &= _months(rows) >= vintage - self.horizon
        (place,) = np.nonzero(found)
        columns = self._place(rows, place, vintage, counts)
        columns["outcome"] = np.ones(len(place), np.int64)
        for name in self.texts:
            columns[name] = _text(rows, name, place if name in self.by else None)
        return columns

    def _open(self, rows: pa.RecordBatch, vintage: int, answer: _Answer) -> dict[str, Any]:
        """Crossings without an answer, described."""
        found = np.asarray(rows["long_term"].is_null())
        (place,) = np.nonzero(found & (_months(rows) >= vintage - self.horizon))
        columns = self._place(rows, place, vintage, OPEN)
        source = np.asarray(rows["_row"])[place]
        columns["outcome"] = answer.outcome[source]
        final = months_of(answer.final[source] - 1) + 1  # first month that begins then or later
        after = final - columns["month"]
        columns["final_after"] = np.where(columns["outcome"] == UNKNOWN, NOT_FINAL, after)
        columns |= {name: values[place] for name, values in _describe(rows).items()}
        return columns | {name: _text(rows, name, place) for name in self.texts}

    @staticmethod
    def _place(rows: pa.RecordBatch, place: Whole, vintage: int, counts: int) -> dict[str, Any]:
        return {
            "vintage": np.full(len(place), vintage),
            "month": _months(rows)[place],
            "direction": np.asarray(rows["direction"])[place],
            "counts": np.full(len(place), counts),
        }

    def _batch(self, columns: dict[str, Any]) -> pa.RecordBatch:
        """Equal rows counted."""
        import pyarrow as pa

        wanted = schema(self.texts)
        size = len(columns["month"])
        names = [name for name in wanted.names if name != "crossings"]
        zero = np.zeros(size, np.int64)
        empty = pa.array([""] * size, pa.string())
        given = {
            n: columns.get(n, zero) if columns.get(n, zero) is not None else empty for n in names
        }
        table = pa.table({n: pa.array(given[n]).cast(wanted.field(n).type) for n in names})
        counted = table.group_by(names, use_threads=False).aggregate([([], "count_all")])
        counted = counted.rename_columns([*names, "crossings"]).cast(wanted)
        return pa.RecordBatch.from_arrays(
            [column.combine_chunks() for column in counted.columns], schema=wanted
        )


@dataclass(frozen=True)
class _Answer:
    """Answers known today, by place in a batch."""

    outcome: Whole
    final: Whole

    @staticmethod
    def of(rows: pa.RecordBatch, size: int) -> _Answer:
        import pyarrow as pa

        outcome, final = np.full(size, UNKNOWN), np.zeros(size, np.int64)
        place = np.asarray(rows["_row"])
        outcome[place] = np.asarray(rows["long_term"].fill_null(UNKNOWN))
        final[place] = np.asarray(rows["final_at"].cast(pa.int32()).fill_null(0))
        return _Answer(outcome, final)


def _used(batch: pa.RecordBatch, rule: Rule) -> pa.RecordBatch | None:
    """Crossings that took part, in order, with their answers."""
    import pyarrow as pa

    parts = list(Classifier(rule)(iter([batch]))) if batch.num_rows else []
    if not parts:
        return None
    rows = pa.concat_batches(parts)
    rows = rows.filter(rows["excluded"].is_null())
    return rows if rows.num_rows else None


def _changes(person: pa.Array) -> NDArray[np.bool_]:
    """Whether each row but the first belongs to another person than the row before."""
    import pyarrow.compute as pc

    changes = pc.not_equal(person.slice(1), person.slice(0, len(person) - 1))
    return np.asarray(changes.to_numpy(zero_copy_only=False), dtype=bool)


def _describe(rows: pa.RecordBatch) -> dict[str, Whole]:
    """Classes of every crossing: its state at the end of the observation, the person's past."""
    import pyarrow as pa

    day = np.asarray(rows["event_time"].cast(pa.date32()).cast(pa.int32())).astype(np.int64)
    side = np.asarray(rows["direction"]).astype(np.int64)
    changes = _changes(rows["person_id"])
    number = np.cumsum(np.r_[0, changes])
    starts = np.r_[0, np.nonzero(changes)[0] + 1]
    ends = np.r_[starts[1:], len(day)] - 1
    spell = np.r_[np.where(changes, 0, side[:-1] * np.diff(day)), 0]
    inside = np.cumsum(spell) - spell
    inside -= inside[starts][number]
    since = day - day[starts][number]
    share = np.where(since > 0, inside / np.maximum(since, 1), -1.0)
    stayed = np.asarray(rows["new_side_days"])
    described = {
        "before": np.asarray(rows["before"].fill_null(UNKNOWN)).astype(np.int64),
        "now": (side[ends][number] == side).astype(np.int64),
    }
    values = {
        "stayed": stayed,
        "elsewhere": np.asarray(rows["observed_days"]) - stayed,
        "earlier": np.arange(len(day)) - starts[number],
        "inside": share,
        "age": _age(rows, day),
    }
    return described | {
        name: np.searchsorted(CLASSES[name], value, "right") for name, value in values.items()
    }


def _age(rows: pa.RecordBatch, day: Whole) -> NDArray[np.float64]:
    """Age in years; -1 when not known."""
    import pyarrow as pa

    if "birth_date" not in rows.schema.names:
        return np.full(len(day), -1.0)
    born = rows["birth_date"].cast(pa.date32()).cast(pa.int32())
    known = np.asarray(born.is_valid())
    return np.where(known, (day - np.asarray(born.fill_null(0))) / _YEAR, -1.0)


def _months(rows: pa.RecordBatch) -> Whole:
    import pyarrow as pa

    day = rows["event_time"].cast(pa.date32()).cast(pa.int32())
    return months_of(np.asarray(day).astype(np.int64))


def _text(rows: pa.RecordBatch, name: str, place: Whole | None) -> pa.Array | None:
    """A column as text; ``country`` is where an arrival comes from and a departure goes to."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if place is None:
        return None
    if name == "country" and name not in rows.schema.names:
        arrives = pc.equal(rows["direction"], 1)
        column = pc.if_else(arrives, rows["country_previous"], rows["country_next"])
    else:
        column = rows[name]
    return column.take(pa.array(place)).cast(pa.string()).fill_null("unknown")
