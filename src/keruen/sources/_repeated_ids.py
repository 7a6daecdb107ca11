# SPDX-License-Identifier: Apache-2.0
"""Identifiers that stand in more than one row, found without sorting or keeping them.

Each identifier has a bit of a table that is several times as long as there are rows. Bits that
are met twice are few, often none; only their rows are then compared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from keruen.sources._duckdb_records import DuckEngine, name
from keruen.sources._person_buckets import CHUNK
from keruen.sources._person_order import compiled

if TYPE_CHECKING:
    import pyarrow as pa

_LEAST: Final = 16
"""Bits of the shortest table, as a power of two."""
_ROOM: Final = 8
"""Bits for each row."""


def repeated(engine: DuckEngine, query: str, column: str, *, whole: bool) -> str | None:
    """Table in the engine with the values of a column that occur more than once.

    Parameters
    ----------
    engine : DuckEngine
        Where the rows are.
    query : str
        The rows.
    column : str
        Column of whole numbers or text, never missing.
    whole : bool
        Whether it holds whole numbers; these are mostly near one another and need no digest.

    Returns
    -------
    str or None
        Name of the table; None when every value is the only one of its kind.
    """
    cursor, held = engine.cursor(), name(column)
    (rows,) = cursor.sql(f"SELECT count(*) FROM ({query})").fetchall()[0]  # noqa: S608
    size = max(_LEAST, min((_ROOM * rows - 1).bit_length(), (engine.room * 4).bit_length() - 1))
    slot = f"{held} & {2**size - 1}" if whole else f"(hash({held}) & {2**size - 1})::BIGINT"
    slots = cursor.sql(f"SELECT {slot} AS slot FROM ({query})").to_arrow_reader(CHUNK)  # noqa: S608
    twice = _met_twice(slots, size)
    if not len(twice):
        return None
    import pyarrow as pa

    table = engine.table()
    cursor.register("met", pa.table({"slot": twice}))
    cursor.execute(
        f"CREATE TABLE {table} AS SELECT {held} FROM ({query}) "  # noqa: S608
        f"WHERE {slot} IN (SELECT slot FROM met) GROUP BY {held} HAVING count(*) > 1"
    )
    (count,) = cursor.sql(f"SELECT count(*) FROM {table}").fetchall()[0]  # noqa: S608
    return table if count else None


def _met_twice(batches: pa.RecordBatchReader, size: int) -> NDArray[np.int64]:
    """Slots of a table of two to the power of ``size`` bits that more than one row has."""
    bits, found = np.zeros(2 ** (size - 3), np.uint8), []
    for batch in batches:
        slots = np.asarray(batch["slot"])
        again = np.empty(len(slots), np.int64)
        found.append(again[: _mark(slots, bits, again)].copy())
    return np.unique(np.concatenate(found)) if found else np.empty(0, np.int64)


@compiled
def _mark(slots: NDArray[np.int64], bits: NDArray[np.uint8], again: NDArray[np.int64]) -> int:
    """Set the bits of slots; those set before go to ``again``, and their number is returned."""
    count = 0
    for slot in slots:
        bit = np.uint8(1 << (slot & 7))
        if bits[slot >> 3] & bit:
            again[count] = slot
            count += 1
        bits[slot >> 3] |= bit
    return count
