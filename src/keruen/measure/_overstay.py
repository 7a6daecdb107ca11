# SPDX-License-Identifier: Apache-2.0
"""Kernel of overstays: each admission with its permission and the end of the stay."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pyarrow as pa

DEPARTURE: Final = 0
ARRIVAL: Final = 1
EXTENSION: Final = 2
DEATH: Final = 3
_FAR: Final = 2**31 - 1
"""Day number that stands for no date."""

Whole = NDArray[np.int64]


def overstays(
    batch: pa.RecordBatch, schema: pa.Schema, by: tuple[str, ...], day: int
) -> pa.RecordBatch:
    """Admissions of whole persons whose permission ended before the day.

    A stay ends with the next departure or with death. Another arrival without a departure
    between shows that one was missed: the stay is taken to end half way. At equal times an
    arrival stands before a departure, and both before an extension.
    """
    import pyarrow as pa

    person = np.asarray(batch["person_id"].dictionary_encode().indices).astype(np.int64)
    kind = np.asarray(batch["direction"].cast("int64"))
    moment = (
        np.asarray(batch["event_time"].cast("int64", safe=False))
        if _timed(batch)
        else (_days(batch["event_time"]))
    )
    rank = np.array([1, 0, 2, 3])[kind]
    order = np.lexsort((rank, moment, person))
    person, kind = person[order], kind[order]
    when, until = (_days(batch[name])[order] for name in ("event_time", "authorised_until"))
    until = _extended(person, kind, until)
    end = _ends(person, kind, np.where(when <= day, when, _FAR))
    (rows,) = np.nonzero((kind == ARRIVAL) & (when <= day) & (until < day))
    late = end[rows] > until[rows]
    counts = (np.ones(len(rows)), late, late & (end[rows] > day))
    columns = [batch[name].take(pa.array(order[rows])) for name in ("person_id", *by)]
    columns += [pa.array(np.asarray(one).astype(np.int64)) for one in counts]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _timed(batch: pa.RecordBatch) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_timestamp(batch.schema.field("event_time").type))


def _days(column: pa.Array) -> Whole:
    return np.asarray(column.cast("date32").cast("int32").fill_null(_FAR)).astype(np.int64)


def _extended(person: Whole, kind: Whole, until: Whole) -> Whole:
    """Last day permitted, moved by the extensions that follow an arrival."""
    place = np.arange(len(kind))
    arrival = np.maximum.accumulate(np.where(kind == ARRIVAL, place, -1))
    (given,) = np.nonzero((kind == EXTENSION) & (arrival >= 0))
    given = given[person[arrival[given]] == person[given]]
    longer = np.where(kind == ARRIVAL, until, _FAR)
    np.maximum.at(longer, arrival[given], until[given])
    return longer


def _ends(person: Whole, kind: Whole, when: Whole) -> Whole:
    """Day on which the stay after each row ends; far away when it does not."""
    size = len(kind)
    crossing = (kind <= ARRIVAL) & (when < _FAR)
    following = _next_place(np.where(crossing, np.arange(size), size))
    inside = np.minimum(following, size - 1)
    same = (following < size) & (person[inside] == person)
    middle = when + (when[inside] - when) // 2
    end = np.where(same, np.where(kind[inside] == ARRIVAL, middle, when[inside]), _FAR)
    died = np.full(int(person.max(initial=0)) + 1, _FAR)
    np.minimum.at(died, person[kind == DEATH], when[kind == DEATH])
    ends: Whole = np.minimum(end, died[person])
    return ends


def _next_place(place: NDArray[Any]) -> Whole:
    """The smallest place named after each row."""
    ahead = np.append(place[1:], len(place))
    nearest: Whole = np.minimum.accumulate(ahead[::-1])[::-1]
    return nearest
