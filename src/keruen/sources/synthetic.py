# SPDX-License-Identifier: Apache-2.0
"""Practice data with known truth: made up, of any size, the same for the same seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from keruen.core.errors import SchemaError, WorkbenchError, raise_faults
from keruen.core.random import stream
from keruen.core.records import need_records_extra
from keruen.sources._journeys import DAY, SECOND, YEAR, Journeys, People, block, scans
from keruen.sources._travellers import CHECKPOINTS, COUNTRIES, KINDS, VISAS
from keruen.sources.output import staged_file

if TYPE_CHECKING:
    import pyarrow as pa

Whole = NDArray[np.int64]

_PERSONS: Final = 10_000
"""Persons of a block: each block has its own stream of random numbers."""
_DOCUMENTS: Final = 16
"""Documents that a person may have, at most."""


@dataclass(frozen=True)
class PracticeCrossings:
    """What was written.

    Parameters
    ----------
    crossings, truth : Path
        The files.
    rows : int
        Rows of the file of crossings.
    missed, repeated : int
        Crossings that the file lacks, and rows too many.
    migrations : int
        True moves within the time.
    """

    crossings: Path
    truth: Path
    rows: int
    missed: int
    repeated: int
    migrations: int


@dataclass(frozen=True)
class _Faults:
    missing: float
    echoes: float
    passports: float
    dates: bool


@dataclass(frozen=True)
class _Order:
    seed: int
    start: date
    end: date
    faults: _Faults
    share: NDArray[np.float64]

    @property
    def first(self) -> int:
        """First day, since 1970."""
        return self.start.toordinal() - date(1970, 1, 1).toordinal()


_Block = tuple["pa.Table", "pa.Table", Whole]


def synthesize_crossings(
    persons: int,
    *,
    to: Path,
    start: date,
    end: date,
    seed: int,
    missing: float = 0.0,
    echoes: float = 0.0,
    changed_passports: float = 0.0,
    dates_only: bool = False,
    mix: Mapping[str, float] | None = None,
) -> PracticeCrossings:
    """Border crossings of made-up persons, and beside them the truth.

    Parameters
    ----------
    persons : int
        Number of persons; some do not cross the border within the time.
    to : Path
        Parquet file to write. The truth goes to a file beside it, ``NAME-truth.parquet``.
    start, end : date
        First day, and first day after the last.
    seed : int
        The same seed gives the same rows; more persons add rows and change none.
    missing : float, optional
        Share of crossings that were not scanned.
    echoes : float, optional
        Share of crossings scanned twice within half an hour.
    changed_passports : float, optional
        New passports per person and year. With any, ``person_id`` stands for a document, and
        finding the person is left to linkage.
    dates_only : bool, optional
        Give dates in place of times.
    mix : mapping of str to float, optional
        Number of persons by kind, in proportion; those of Kazakhstan when not given.

    Returns
    -------
    PracticeCrossings
        Names of both files, and counts. The truth has a row for each crossing of the file, and
        one without ``crossing_id`` for each crossing missed: ``crossing_id``, ``person_id``
        (true), ``event_time``, ``direction``, ``migration`` (1 where residence changes),
        ``resident`` (afterwards), ``echo``, ``kind`` of traveller and ``document_key``.

    Raises
    ------
    SchemaError
        A number is out of range (``BadSetting``), or the ``records`` extra is not installed
        (``ExtraMissing``).
    FileError
        The file cannot be written (``NotWritable``).

    See Also
    --------
    keruen.sources.records.open_records : Opens such a file.

    Notes
    -----
    Persons are of fourteen kinds: residents on visits, holidays, shifts and trade; visitors of
    the same sort, seasonal and other workers; settlers, emigrants, students, posted staff. The
    habits are made up; the volume is Kazakhstan's (20.5 million crossings in January to July
    2023) for about twelve million persons. Without faults, the 12/16-month rule applied to a
    long enough observation finds exactly the true migrations.

    Rows are made and written in blocks of ten thousand persons: memory does not grow with
    their number. Within a block rows are in order of time.

    Examples
    --------
    >>> import tempfile
    >>> from datetime import date
    >>> file = Path(tempfile.mkdtemp()) / "practice.parquet"
    >>> done = synthesize_crossings(
    ...     500, to=file, start=date(2020, 1, 1), end=date(2024, 1, 1), seed=1
    ... )
    >>> done.truth.name, done.missed, done.rows > 2000
    ('practice-truth.parquet', 0, True)
    """
    need_records_extra()
    import pyarrow.parquet as pq

    faults = _Faults(missing, echoes, changed_passports, dates_only)
    shares = {name: kind.share for name, kind in KINDS.items()} if mix is None else mix
    _check(persons, start, end, faults, shares)
    order = _Order(seed, start, end, faults, np.array([shares.get(name, 0.0) for name in KINDS]))
    label = {
        "keruen": "practice data: made-up persons, for testing and training only",
        "seed": str(seed),
        "persons": str(persons),
    }
    beside = to.with_name(f"{to.stem}-truth{to.suffix}")
    counts = np.zeros(4, np.int64)
    with staged_file(to) as file, staged_file(beside) as truth_file:
        rows, truth = _schemas(dates_only=dates_only)
        with (
            pq.ParquetWriter(file, rows.with_metadata(label)) as out,
            pq.ParquetWriter(truth_file, truth.with_metadata(label)) as true_out,
        ):
            for number in range(-(-persons // _PERSONS)):
                wanted = min(_PERSONS, persons - number * _PERSONS)
                scanned, known, count = _block(order, number, wanted, int(counts[0]))
                out.write_table(scanned)
                true_out.write_table(known)
                counts += count
    return PracticeCrossings(to, beside, *map(int, counts))


def _check(persons: int, start: date, end: date, faults: _Faults, mix: Mapping[str, float]) -> None:
    ranges = {
        "mix": (
            set(mix) <= set(KINDS) and min(mix.values(), default=-1) >= 0 and sum(mix.values()) > 0,
            f"numbers by kind: {', '.join(KINDS)}",
        ),
        "persons": (persons >= 1, "1 or more"),
        "end": (end > start, "a day after the start"),
        "missing": (0 <= faults.missing < 1, "a share, 0 or more and below 1"),
        "echoes": (0 <= faults.echoes <= 1, "a share from 0 to 1"),
        "changed_passports": (0 <= faults.passports <= 2, "0 to 2 a year"),
    }
    found: list[WorkbenchError] = [
        SchemaError(
            f"{name} is out of range", where=name, remedy=f"give {allowed}", id="BadSetting"
        )
        for name, (good, allowed) in ranges.items()
        if not good
    ]
    raise_faults(found)


def _schemas(*, dates_only: bool) -> tuple[pa.Schema, pa.Schema]:
    """Columns of the crossings and of the truth."""
    import pyarrow as pa

    time = pa.date32() if dates_only else pa.timestamp("us")
    text = pa.string()
    head = [("crossing_id", pa.int64()), ("person_id", pa.int64()), ("event_time", time)]
    head.append(("direction", pa.int8()))
    names = ("checkpoint", "citizenship", "sex")
    rows = [
        *head,
        *((name, text) for name in names),
        ("birth_date", pa.date32()),
        *((name, text) for name in ("visa_class", "country_previous", "country_next")),
        ("document_key", text),
    ]
    truth = [*((name, pa.int8()) for name in ("migration", "resident", "echo"))]
    truth += [("kind", text), ("document_key", text)]
    return pa.schema(rows), pa.schema([*head, *truth])


def _block(order: _Order, number: int, wanted: int, written: int) -> _Block:
    """One block: the crossings as scanned, the truth, and rows, missed, repeated, migrations."""
    import pyarrow as pa

    faults, name = order.faults, ("crossings", number)
    horizon = float((order.end - order.start).days)
    new_year = float((date(order.start.year, 1, 1) - order.start).days)
    rng = stream(order.seed, *name, "journeys")
    people, trips = block(rng, _PERSONS, horizon, new_year, order.share)
    moment = np.floor(trips.day * 86_400).astype(np.int64) * SECOND + order.first * DAY
    missed = stream(order.seed, *name, "missing").random(len(moment)) < faults.missing
    source, echo, at = scans(stream(order.seed, *name, "echoes"), moment, missed, faults.echoes)
    kept = trips.person[source] < wanted
    source, echo, at = source[kept], echo[kept], at[kept]
    lost = missed[source]
    document = _documents(stream(order.seed, *name, "passports"), trips, faults.passports)
    rng = stream(order.seed, *name, "checkpoints")
    checkpoint = _checkpoints(rng, people.country[trips.person]).take(pa.array(source))
    who = number * _PERSONS + trips.person[source]
    columns = _columns(people, trips, source, order.first) | {
        "crossing_id": np.where(lost, 0, written + np.cumsum(~lost)),
        "true_id": _scattered(who, 0x5DEECE66D),
        "document_id": _scattered(who * _DOCUMENTS + document[source], 0x9E3779B97F4B),
        "checkpoint": checkpoint,
        "echo": echo,
        "event_time": at,
    }
    moves = (trips.migration[source] & (echo == 0)).sum()
    counts = np.array([(~lost).sum(), lost.sum(), echo.sum(), moves])
    return *_tables(columns, lost, faults), counts


def _documents(rng: np.random.Generator, trips: Journeys, rate: float) -> Whole:
    """Which of a person's documents is in use at each crossing: 0 for the first."""
    gaps = rng.exponential(YEAR, (_PERSONS, _DOCUMENTS - 1))
    if rate == 0:
        return np.zeros(len(trips.day), np.int64)
    changes = np.cumsum(gaps / rate, axis=1)
    return (changes[trips.person] < trips.day[:, None]).sum(axis=1)


def _checkpoints(rng: np.random.Generator, country: Whole) -> pa.Array:
    """A checkpoint on the way to each country, the first of them most often."""
    numbers = np.array([len(names) for names in CHECKPOINTS.values()])
    first = np.cumsum(numbers) - numbers
    place = first[country] + (rng.random(len(country)) ** 2 * numbers[country]).astype(np.int64)
    return _words(place, [name for names in CHECKPOINTS.values() for name in names])


def _words(
    codes: NDArray[Any], words: Sequence[str], missing: NDArray[np.bool_] | None = None
) -> pa.Array:
    """Text for places in a list."""
    import pyarrow as pa

    places = pa.array(codes.astype(np.int32), mask=missing)
    return pa.DictionaryArray.from_arrays(places, pa.array(words)).cast(pa.string())


def _columns(people: People, trips: Journeys, source: Whole, first: int) -> dict[str, Any]:
    """What is known of the traveller at each scan, by column."""
    who = trips.person[source]
    direction, country = trips.direction[source], people.country[who]
    return {
        "direction": direction,
        "migration": trips.migration[source].astype(np.int8),
        "resident": trips.resident[source],
        "kind": _words(people.kind[who], list(KINDS)),
        "citizenship": _words(people.citizenship[who], COUNTRIES),
        "sex": _words(people.male[who], ["F", "M"]),
        "birth_date": people.born[who] + first,
        "visa_class": _words(people.visa[who], VISAS),
        "country_previous": _words(country, COUNTRIES, direction == 0),
        "country_next": _words(country, COUNTRIES, direction == 1),
    }


def _scattered(index: Whole, odd: int) -> Whole:
    """Identifiers without order: one to one, because the factor is odd."""
    number = (index.astype(np.uint64) + np.uint64(1)) * np.uint64(odd)
    return (number % np.uint64(2**48)).astype(np.int64)


def _tables(
    columns: dict[str, Any], lost: NDArray[np.bool_], faults: _Faults
) -> tuple[pa.Table, pa.Table]:
    """The crossings that were scanned, and the truth about all."""
    import pyarrow as pa
    import pyarrow.compute as pc

    rows, truth = _schemas(dates_only=faults.dates)
    number = pc.utf8_lpad(pa.array(columns["document_id"]).cast(pa.string()), 15, "0")
    columns["document_key"] = pc.binary_join_element_wise(columns["citizenship"], number, "")
    time = pa.array(columns["event_time"]).cast(pa.timestamp("us"))
    columns["event_time"] = pc.floor_temporal(time, unit="day") if faults.dates else time
    columns["birth_date"] = pa.array(columns["birth_date"], pa.int32())
    crossing = pa.array(columns["crossing_id"], mask=lost)
    person = columns["document_id" if faults.passports else "true_id"]
    seen = columns | {"person_id": person, "crossing_id": crossing}
    known = columns | {"person_id": columns["true_id"], "crossing_id": crossing}
    kept = pa.array(~lost)
    return (
        pa.table({name: seen[name] for name in rows.names}).filter(kept).cast(rows),
        pa.table({name: known[name] for name in truth.names}).cast(truth),
    )
