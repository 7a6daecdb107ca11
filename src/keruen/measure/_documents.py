# SPDX-License-Identifier: Apache-2.0
"""Kernels of document linkage on the engine's side: digests out, persons back in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from keruen.core._lists import plain
from keruen.core.records import Batches, PersonRecords, whole_persons
from keruen.measure._components import UNKNOWN

if TYPE_CHECKING:
    import pyarrow as pa

Whole = NDArray[np.int64]
_SAME: Final = re.compile(r"(.)\1{3,}")
"""One letter or figure over and over: 000000, xxxx."""


@dataclass(frozen=True)
class Documents:
    """Documents as numbers, sorted by the digest of their identifier."""

    document: Whole
    first: Whole
    keys: NDArray[np.uint64]
    sex: Whole
    birth: Whole

    def position(self, digests: Whole) -> Whole:
        """Place of each digest, -1 for a document not seen."""
        at = np.minimum(np.searchsorted(self.document, digests), len(self.document) - 1)
        return np.where(self.document[at] == digests, at, -1)


@dataclass(frozen=True)
class Labels:
    """Person of each document, sorted by digest."""

    document: Whole
    person: Whole
    count: Whole
    confidence: NDArray[np.float64]


def digest(column: pa.Array) -> NDArray[np.uint64]:
    """A number for each text, the same on every machine; 0 for a missing one."""
    from pandas.util import hash_array

    names = column.cast("string").dictionary_encode()
    words = names.dictionary.to_numpy(zero_copy_only=False).astype(object)
    codes = np.append(hash_array(words, categorize=False) | np.uint64(1), np.uint64(0))
    return np.asarray(codes[np.asarray(names.indices.fill_null(len(words)))])


def _usable(column: pa.Array, placeholders: frozenset[str]) -> pa.Array:
    """Texts in plain form; missing where they stand for nothing."""
    import pyarrow as pa

    names = column.cast("string").dictionary_encode()
    words = [plain(word) for word in names.dictionary.to_pylist()]
    empty = [w in placeholders or bool(_SAME.fullmatch(w.replace(" ", ""))) for w in words]
    kept = pa.array([None if bad else w for w, bad in zip(words, empty, strict=True)], pa.string())
    return kept.take(names.indices)


def _key(batch: pa.RecordBatch, names: Sequence[str], empty: frozenset[str]) -> NDArray[np.uint64]:
    """Digest of a key of several columns; 0 where one of them stands for nothing."""
    parts = [digest(_usable(batch[name], empty)) for name in names]
    mixed = np.zeros(batch.num_rows, dtype=np.uint64)
    for part in parts:  # the order of the columns counts
        mixed = (mixed * np.uint64(0x9E3779B97F4A7C15)) ^ part
        mixed ^= mixed >> np.uint64(29)
    return np.where(np.all([part != 0 for part in parts], axis=0), mixed | np.uint64(1), 0)


@dataclass(frozen=True)
class _Collector:
    """Kernel: the first row of each document, as digests."""

    keys: tuple[tuple[str, ...], ...]
    empty: frozenset[str]

    def schema(self) -> pa.Schema:
        """A digest a key beside what the guards look at."""
        import pyarrow as pa

        whole = ["person_id", "first", *(f"key{k}" for k in range(len(self.keys))), "sex", "birth"]
        return pa.schema([(name, pa.int64()) for name in whole])

    def __call__(self, batches: Batches) -> Batches:
        import pyarrow as pa

        for batch in whole_persons(batches):
            code = np.asarray(batch["person_id"].dictionary_encode().indices)
            rows = batch.take(pa.array(np.flatnonzero(np.append(True, np.diff(code) != 0))))
            columns = [digest(rows["person_id"]).view(np.int64), _moment(rows["event_time"])]
            columns += [_key(rows, key, self.empty).view(np.int64) for key in self.keys]
            columns += [self._sex(rows), self._birth(rows)]
            arrays = [pa.array(column) for column in columns]
            yield pa.RecordBatch.from_arrays(arrays, schema=self.schema())

    def _sex(self, rows: pa.RecordBatch) -> Whole:
        if "sex" not in rows.schema.names:
            return np.full(rows.num_rows, UNKNOWN)
        found = _key(rows, ["sex"], self.empty)
        return np.where(found == 0, UNKNOWN, (found >> np.uint64(2)).view(np.int64))

    def _birth(self, rows: pa.RecordBatch) -> Whole:
        if "birth_date" not in rows.schema.names:
            return np.full(rows.num_rows, UNKNOWN)
        texts = _usable(rows["birth_date"], self.empty).to_pylist()
        years = [re.search(r"\d{4}", text) if text else None for text in texts]
        return np.array([UNKNOWN if y is None else int(y[0]) for y in years], dtype=np.int64)


def _moment(times: pa.Array) -> Whole:
    return np.asarray(times.cast("timestamp[us]").cast("int64"))


def collected(
    records: PersonRecords,
    keys: Sequence[Sequence[str]],
    placeholders: Sequence[str],
    dates: Sequence[str],
) -> Documents:
    """Digests of all documents, in memory."""
    empty = frozenset(plain(word) for word in (*placeholders, *dates))
    kernel = _Collector(tuple(map(tuple, keys)), empty)
    made = records.apply(kernel, kernel.schema(), order=["event_time"])
    document, first, *rest = rows_of(made, kernel.schema().names)
    order = np.argsort(document, kind="stable")
    *digests, sex, birth = (column[order] for column in rest)
    marks = np.array(digests, dtype=np.int64).view(np.uint64)
    return Documents(document[order], first[order], marks, sex, birth)


def rows_of(records: PersonRecords, columns: Sequence[str]) -> list[Whole]:
    """Columns of numbers in memory."""
    parts = [[np.asarray(batch[name]) for name in columns] for batch in records.batches()]
    empty = [np.zeros(0, dtype=np.int64)] * len(columns)
    return [np.concatenate(column) for column in zip(empty, *parts, strict=True)]


@dataclass(frozen=True)
class PairReader:
    """Kernel: links from outside as digests of their two documents."""

    @staticmethod
    def schema() -> pa.Schema:
        """Two digests."""
        import pyarrow as pa

        return pa.schema([("person_id", pa.int64()), ("other", pa.int64())])

    def __call__(self, batches: Batches) -> Batches:
        import pyarrow as pa

        for batch in batches:
            ends = [digest(batch[name]).view(np.int64) for name in ("person_id", "other_id")]
            arrays = [pa.array(end) for end in ends]
            yield pa.RecordBatch.from_arrays(arrays, schema=self.schema())


@dataclass(frozen=True)
class _Relabel:
    """Kernel: the person in place of the document."""

    labels: Labels
    schema: Any

    def __call__(self, batches: Batches) -> Batches:
        import pyarrow as pa

        for batch in batches:
            at = np.searchsorted(self.labels.document, digest(batch["person_id"]).view(np.int64))
            made = {
                "person_id": pa.array(self.labels.person[at]),
                "document_id": batch["person_id"],
                "n_documents": pa.array(self.labels.count[at], pa.int32()),
                "link_confidence": pa.array(self.labels.confidence[at]),
            }
            rest = {name: batch[name] for name in batch.schema.names if name not in made}
            yield pa.RecordBatch.from_pydict({**made, **rest}, schema=self.schema)


def labelled(records: PersonRecords, labels: Labels) -> PersonRecords:
    """The records with a person for each document."""
    import pyarrow as pa

    own = records.schema.field("person_id")
    rest = [field for field in records.schema if field.name != "person_id"]
    added = [("n_documents", pa.int32()), ("link_confidence", pa.float64())]
    fields = [("person_id", pa.int64()), own.with_name("document_id"), *added, *rest]
    schema = pa.schema([f if isinstance(f, pa.Field) else pa.field(*f) for f in fields])
    return records.apply(_Relabel(labels, schema), schema)


@dataclass(frozen=True)
class Travel:
    """Kernel: documents with which a person arrives at two checkpoints too fast."""

    shortest: int

    @staticmethod
    def schema() -> pa.Schema:
        """Digests of documents."""
        import pyarrow as pa

        return pa.schema([("person_id", pa.int64())])

    def __call__(self, batches: Batches) -> Batches:
        import pyarrow as pa
        import pyarrow.compute as pc

        for part in whole_persons(batches):
            batch = part.filter(pc.equal(part["direction"], 1))
            person, place, paper = (
                digest(batch[name]) for name in ("person_id", "checkpoint", "document_id")
            )
            near = np.diff(_moment(batch["event_time"])) < self.shortest
            apart = (np.diff(place.view(np.int64)) != 0) & (place[1:] != 0) & (place[:-1] != 0)
            torn = near & apart & (person[1:] == person[:-1]) & (paper[1:] != paper[:-1])
            found = np.concatenate([paper[:-1][torn], paper[1:][torn]]).view(np.int64)
            yield pa.RecordBatch.from_arrays([pa.array(found)], schema=self.schema())


@dataclass(frozen=True)
class Trips:
    """Kernel: round trips of people known for sure, and those with two persons at their ends."""

    within: int

    @staticmethod
    def schema() -> pa.Schema:
        """A row a trip."""
        import pyarrow as pa

        return pa.schema([("person_id", pa.int64()), ("missed", pa.int8())])

    def __call__(self, batches: Batches) -> Batches:
        import pyarrow as pa

        for batch in whole_persons(batches):
            known = np.asarray(batch["person_id"])
            way = np.asarray(batch["direction"]).astype(np.int64)
            near = np.diff(_moment(batch["event_time"])) <= self.within
            trip = near & (known[1:] == known[:-1]) & (np.diff(way) != 0)
            missed = np.diff(np.asarray(batch["linked"]))[trip] != 0
            columns = [pa.array(known[1:][trip]), pa.array(missed.astype(np.int8))]
            yield pa.RecordBatch.from_arrays(columns, schema=self.schema())

    @classmethod
    def counted(
        cls,
        records: PersonRecords,
        truth: Sequence[str],
        placeholders: Sequence[str],
        within_days: int,
    ) -> tuple[int, int]:
        """Round trips, and those missed."""
        kernel = _ByTruth(tuple(truth), frozenset(plain(word) for word in placeholders))
        known = records.apply(kernel, kernel.schema())
        trips = known.apply(cls(within_days * 86_400_000_000), cls.schema(), order=["event_time"])
        table = trips.tabulate(["missed"]).set_index("missed")["count"]
        return int(table.sum()), int(table.get(1, 0))


@dataclass(frozen=True)
class _ByTruth:
    """Kernel: rows of people known for sure under their true identity."""

    truth: tuple[str, ...]
    empty: frozenset[str]

    @staticmethod
    def schema() -> pa.Schema:
        """True person, moment, direction and the person found."""
        import pyarrow as pa

        moment = ("event_time", pa.timestamp("us"))
        return pa.schema(
            [("person_id", pa.int64()), moment, ("direction", pa.int8()), ("linked", pa.int64())]
        )

    def __call__(self, batches: Batches) -> Batches:
        import pyarrow as pa

        for batch in batches:
            true = _key(batch, self.truth, self.empty)
            made = {
                "person_id": pa.array(true.view(np.int64)),
                "event_time": batch["event_time"].cast("timestamp[us]"),
                "direction": batch["direction"],
                "linked": batch["person_id"],
            }
            rows = pa.RecordBatch.from_pydict(made, schema=self.schema())
            yield rows.take(pa.array(np.flatnonzero(true != 0)))
