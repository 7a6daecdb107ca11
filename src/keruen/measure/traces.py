# SPDX-License-Identifier: Apache-2.0
"""Moves from traces: phone records and other sightings of persons in places."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from keruen.core.errors import SchemaError, WorkbenchError, raise_faults
from keruen.core.records import Batches, PersonRecords, need_records_extra, whole_persons
from keruen.measure._segments import Limits, Moves, find_moves, modal_moves

if TYPE_CHECKING:
    import pyarrow as pa

TraceMethod = Literal["segments", "modal"]
_COLUMNS: Final = ("person_id", "event_time", "place")


def moves_from_traces(
    records: PersonRecords,
    *,
    gap: int = 7,
    min_segment: int = 30,
    presence: float = 0.6,
    overlap: int = 0,
    stay: int = 90,
    max_gap: int = 30,
    method: TraceMethod = "segments",
) -> PersonRecords:
    """Changes of home seen in traces, each with its day and how sure the day is.

    Parameters
    ----------
    records : PersonRecords
        Sightings: ``person_id``, ``event_time`` (time or date) and ``place``.
    gap : int, optional
        Two sightings in a place so many days apart, or fewer, make one run.
    min_segment : int, optional
        Days that a run must last.
    presence : float, optional
        Share of the days of a run on which the person was seen.
    overlap : int, optional
        Days that runs in two places may share; more are taken from both.
    stay : int, optional
        Days that a run must last after that, before and after a move.
    max_gap : int, optional
        Days from the end of one stay to the start of the next.
    method : {"segments", "modal"}, optional
        ``modal`` takes the place of most days in each month instead, and a move where it
        differs from the month before: noisier, for comparison. It uses no other setting.

    Returns
    -------
    PersonRecords
        A row for each move: ``person_id``, ``event_time`` (date of the move), ``origin``,
        ``destination``, ``uncertainty_days``, and the stays it lies between, ``origin_first``,
        ``origin_last``, ``destination_first``, ``destination_last``.

    Raises
    ------
    SchemaError
        A setting is out of range (``BadSetting``), a column is missing (``MissingColumn``),
        or the ``records`` extra is not installed (``ExtraMissing``).

    See Also
    --------
    keruen.measure.residence.classify_crossings : The same question for border crossings.

    Notes
    -----
    Days seen in a place are joined to runs; runs too short or too thinly seen go; neighbouring
    runs of a place are joined where no run elsewhere touches the days between; days claimed
    by two places are taken from both, and what remains counts if it lasts ``stay`` days. Each
    stay is paired with the first later one elsewhere. The day of the move is, of the days
    from the end of one to the start of the other, the one with fewest sightings on the wrong
    side of it, the last if several.

    References
    ----------
    Chi, G., Lin, F., Chi, G., Blumenstock, J. (2020). A general approach to detecting
    migration events in digital trace data. PLoS ONE 15(10), e0239408.

    Examples
    --------
    >>> from datetime import date, timedelta
    >>> from keruen.sources.records import table_records
    >>> days = [date(2024, 1, 1) + timedelta(day) for day in range(200)]
    >>> seen = table_records(
    ...     person_id=[1] * 200, event_time=days, place=["KZ-61"] * 100 + ["KZ-71"] * 100
    ... )
    >>> (batch,) = moves_from_traces(seen).batches()
    >>> batch.select(["event_time", "destination", "uncertainty_days"]).to_pylist()
    [{'event_time': datetime.date(2024, 4, 10), 'destination': 'KZ-71', 'uncertainty_days': 0}]
    """
    need_records_extra()
    limits = Limits(gap, min_segment, presence, overlap, stay, max_gap)
    _check(records, limits)
    schema = _schema(records.schema.field("person_id"))
    return records.apply(_Finder(limits, method), schema, order=["event_time"])


def _check(records: PersonRecords, limits: Limits) -> None:
    faults: list[WorkbenchError] = [
        SchemaError(f"no column '{column}'", where="records", remedy="add it", id="MissingColumn")
        for column in _COLUMNS
        if column not in records.schema.names
    ]
    ranges = {
        "gap": (limits.gap >= 1, "1 day or more"),
        "min_segment": (limits.min_segment >= 1, "1 day or more"),
        "presence": (0 <= limits.presence <= 1, "a share from 0 to 1"),
        "overlap": (limits.overlap >= 0, "0 days or more"),
        "stay": (limits.stay >= 1, "1 day or more"),
        "max_gap": (limits.max_gap >= 1, "1 day or more"),
    }
    faults += [
        SchemaError(
            f"{name} is out of range", where=name, remedy=f"give {allowed}", id="BadSetting"
        )
        for name, (good, allowed) in ranges.items()
        if not good
    ]
    raise_faults(faults)


def _schema(person: pa.Field) -> pa.Schema:
    import pyarrow as pa

    dates = ("origin_first", "origin_last", "destination_first", "destination_last")
    return pa.schema(
        [
            person,
            pa.field("event_time", pa.date32()),
            pa.field("origin", pa.string()),
            pa.field("destination", pa.string()),
            pa.field("uncertainty_days", pa.int32()),
            *(pa.field(name, pa.date32()) for name in dates),
        ]
    )


@dataclass(frozen=True)
class _Finder:
    """Kernel: sightings of whole persons to moves."""

    limits: Limits
    method: TraceMethod

    def __call__(self, batches: Batches) -> Batches:
        import numpy as np
        import pyarrow as pa

        for batch in whole_persons(batches):
            known = batch.filter(batch["place"].is_valid())
            person = known["person_id"].dictionary_encode()
            place = known["place"].cast(pa.string()).dictionary_encode()
            # Codes in the order of names: the answer must not hang on who was seen first.
            order = np.argsort(place.dictionary.to_numpy(zero_copy_only=False), kind="stable")
            code = np.argsort(order)[np.asarray(place.indices)]
            day = np.asarray(known["event_time"].cast(pa.date32()).cast(pa.int32()))
            seen = (np.asarray(person.indices).astype(np.int64), code, day.astype(np.int64))
            moves = modal_moves(*seen) if self.method == "modal" else find_moves(*seen, self.limits)
            yield _batch(moves, person.dictionary, place.dictionary.take(pa.array(order)))


def _batch(moves: Moves, persons: pa.Array, places: pa.Array) -> pa.RecordBatch:
    import pyarrow as pa

    def dates(days: object) -> pa.Array:
        return pa.array(days, pa.int32()).cast(pa.date32())

    home, there = moves.home, moves.destination
    columns = [
        persons.take(pa.array(home.person)),
        dates(moves.day),
        places.take(pa.array(home.place)),
        places.take(pa.array(there.place)),
        pa.array(moves.uncertainty, pa.int32()),
        *(dates(days) for days in (home.first, home.last, there.first, there.last)),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=_schema(pa.field("person_id", persons.type)))
