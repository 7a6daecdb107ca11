# SPDX-License-Identifier: Apache-2.0
"""Population registers: spells of residence put in order, and read as crossings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from keruen.core.errors import SchemaError, WorkbenchError, raise_faults
from keruen.core.records import Batches, PersonRecords, need_records_extra, whole_persons
from keruen.measure._spells import NEVER, Spells, border_events, ordered_spells

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

_COLUMNS: Final = ("person_id", "place", "start", "end")


def register_spells(
    records: PersonRecords,
    *,
    merge_days: int = 0,
    gap_days: int = 30,
    priority: Mapping[str, int] | None = None,
) -> PersonRecords:
    """Spells of residence of which no two overlap.

    Parameters
    ----------
    records : PersonRecords
        Registrations: ``person_id``, ``place``, ``start`` and ``end`` (dates; the end is the
        first day elsewhere, missing while it lasts), and ``source`` when registers are several.
    merge_days : int, optional
        Spells of one place so many days apart, or overlapping, are one.
    gap_days : int, optional
        Shorter gaps between two spells in one place are closed; longer ones are time outside
        the register.
    priority : mapping of str to int, optional
        Rank of a source among registrations that start on one day, the lowest wins; a source
        not named comes last.

    Returns
    -------
    PersonRecords
        ``person_id``, ``place``, ``start``, ``end`` and ``merged``, the number of
        registrations that a spell is made of.

    Raises
    ------
    SchemaError
        A column is missing (``MissingColumn``), a number of days is negative
        (``BadSetting``), or the ``records`` extra is not installed (``ExtraMissing``).

    See Also
    --------
    crossings_from_spells : Goes on from here to long-term migration.

    Notes
    -----
    Registrations that end on or before the day they start are left out. A registration in
    another place ends the one before it on the day it starts, for good; of two that start on
    one day the source of better rank counts, then the place first in the alphabet.

    Examples
    --------
    >>> from datetime import date
    >>> from keruen.sources.records import table_records
    >>> table = table_records(
    ...     person_id=[1, 1],
    ...     place=["KZ-61", "KZ-71"],
    ...     start=[date(2020, 1, 1), date(2021, 1, 1)],
    ...     end=[date(2022, 1, 1), None],
    ... )
    >>> (batch,) = register_spells(table).batches(order=["start"])
    >>> [row["end"] for row in batch.to_pylist()]
    [datetime.date(2021, 1, 1), None]
    """
    _need(records, _COLUMNS)
    faults = [
        SchemaError(f"{name} is negative", where=name, remedy="give 0 or more", id="BadSetting")
        for name, days in (("merge_days", merge_days), ("gap_days", gap_days))
        if days < 0
    ]
    raise_faults(faults)
    ranks = tuple(sorted((priority or {}).items()))
    person, place = (records.schema.field(name).type for name in ("person_id", "place"))
    kernel = _Orderer(merge_days, gap_days, ranks)
    return records.apply(kernel, _spell_schema(person, place), order=["start"])


def crossings_from_spells(spells: PersonRecords) -> PersonRecords:
    """Entries to the register and exits from it, as crossings to classify.

    Parameters
    ----------
    spells : PersonRecords
        As :func:`register_spells` gives them.

    Returns
    -------
    PersonRecords
        ``person_id``, ``event_time`` (date), ``direction`` (1 entry, 0 exit), ``place`` and
        ``crossing_id`` (the order within the person). A change of place is no crossing.

    Raises
    ------
    SchemaError
        A column is missing (``MissingColumn``).

    See Also
    --------
    keruen.measure.residence.classify_crossings : Takes the result.

    Examples
    --------
    >>> from datetime import date
    >>> from keruen.sources.records import table_records
    >>> table = table_records(
    ...     person_id=[1], place=["KZ-61"], start=[date(2020, 1, 1)], end=[date(2022, 1, 1)]
    ... )
    >>> (batch,) = crossings_from_spells(register_spells(table)).batches(order=["event_time"])
    >>> batch["direction"].to_pylist()
    [1, 0]
    """
    _need(spells, _COLUMNS)
    person, place = (spells.schema.field(name).type for name in ("person_id", "place"))
    return spells.apply(_Borders(), _crossing_schema(person, place), order=["start"])


def _need(records: PersonRecords, columns: tuple[str, ...]) -> None:
    need_records_extra()
    faults: list[WorkbenchError] = [
        SchemaError(f"no column '{name}'", where="records", remedy="add it", id="MissingColumn")
        for name in columns
        if name not in records.schema.names
    ]
    raise_faults(faults)


def _spell_schema(person: pa.DataType, place: pa.DataType) -> pa.Schema:
    import pyarrow as pa

    dates = [("start", pa.date32()), ("end", pa.date32())]
    return pa.schema([("person_id", person), ("place", place), *dates, ("merged", pa.int32())])


def _crossing_schema(person: pa.DataType, place: pa.DataType) -> pa.Schema:
    import pyarrow as pa

    what = [("event_time", pa.date32()), ("direction", pa.int8()), ("place", place)]
    return pa.schema([("person_id", person), *what, ("crossing_id", pa.int64())])


@dataclass(frozen=True)
class _Orderer:
    """Kernel: registrations of whole persons to spells."""

    merge_days: int
    gap_days: int
    ranks: tuple[tuple[str, int], ...]

    def __call__(self, batches: Batches) -> Batches:
        import pyarrow as pa

        for batch in whole_persons(batches):
            spells, persons, places = _columns(batch, dict(self.ranks))
            made = ordered_spells(spells, self.merge_days, self.gap_days)
            columns = [
                persons.take(pa.array(made.person)),
                places.take(pa.array(made.place)),
                _dates(made.start),
                _dates(made.end),
                pa.array(made.count, pa.int32()),
            ]
            schema = _spell_schema(persons.type, places.type)
            yield pa.RecordBatch.from_arrays(columns, schema=schema)


@dataclass(frozen=True)
class _Borders:
    """Kernel: spells of whole persons to entries and exits."""

    def __call__(self, batches: Batches) -> Batches:
        import pyarrow as pa

        for batch in whole_persons(batches):
            spells, persons, places = _columns(batch, {})
            row, direction, day, number = border_events(spells)
            columns = [
                persons.take(pa.array(spells.person[row])),
                _dates(day),
                pa.array(direction, pa.int8()),
                places.take(pa.array(spells.place[row])),
                pa.array(number, pa.int64()),
            ]
            schema = _crossing_schema(persons.type, places.type)
            yield pa.RecordBatch.from_arrays(columns, schema=schema)


def _columns(batch: pa.RecordBatch, ranks: dict[str, int]) -> tuple[Spells, pa.Array, pa.Array]:
    """Rows with a person, a place and a start as numbers; the names that the codes stand for."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    known = batch.filter(pc.and_(batch["place"].is_valid(), batch["start"].is_valid()))
    person, place = (known[name].dictionary_encode() for name in ("person_id", "place"))
    # Codes in the order of names: the answer must not hang on who was seen first.
    order = np.argsort(place.dictionary.to_numpy(zero_copy_only=False), kind="stable")
    start, end = (
        np.asarray(known[name].cast(pa.date32()).cast(pa.int32()).fill_null(NEVER))
        for name in ("start", "end")
    )
    rank = np.zeros(known.num_rows, dtype=np.int64)
    if ranks and "source" in known.schema.names:
        source = known["source"].dictionary_encode()
        by_name = [ranks.get(name, NEVER) for name in [*source.dictionary.to_pylist(), None]]
        rank = np.array(by_name)[np.asarray(source.indices.fill_null(len(by_name) - 1))]
    spells = Spells(
        person=np.asarray(person.indices).astype(np.int64),
        place=np.argsort(order)[np.asarray(place.indices)].astype(np.int64),
        start=start.astype(np.int64),
        end=end.astype(np.int64),
        rank=rank,
        count=np.ones(known.num_rows, dtype=np.int64),
    )
    return spells, person.dictionary, place.dictionary.take(pa.array(order))


def _dates(days: NDArray[np.int64]) -> pa.Array:
    import pyarrow as pa

    return pa.array(days, pa.int32(), mask=days == NEVER).cast(pa.date32())
