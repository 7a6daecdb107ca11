# SPDX-License-Identifier: Apache-2.0
"""Cells that rows about persons are counted in: month, completed age, and columns as they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from keruen.core.records import Batches
from keruen.measure._record_keys import person_keys

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

Days = NDArray[np.int64]
"""Days since 1970; MISSING where there is none."""
MISSING: Final = -(10**6)
UNKNOWN: Final = -1
"""Age of persons whose date of birth is not known."""
TOP: Final = 100
"""First age of the open group."""
FLOWS: Final = ("arrivals", "departures", "open_arrivals", "open_departures")
"""Counts of a table of flows; ``open`` are crossings that have no answer yet."""


def needed(by: Sequence[str]) -> list[str]:
    """Columns that cells are made of.

    Examples
    --------
    >>> needed(["month", "age", "sex"])
    ['birth_date', 'sex']
    """
    return ["birth_date" if name == "age" else name for name in by if name != "month"]


def days(column: pa.Array) -> Days:
    """Days since 1970 of a column of dates or times."""
    import pyarrow as pa

    return np.asarray(column.cast(pa.date32()).cast(pa.int32()).fill_null(MISSING)).astype(np.int64)


def month_of(day: Days) -> NDArray[np.int32]:
    """Months since 1970.

    Examples
    --------
    >>> month_of(np.array([0, 30, 31, 366])).tolist()
    [0, 0, 1, 12]
    """
    return day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int32)


def first_day(month: NDArray[Any]) -> Days:
    """First day of a month."""
    return month.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)


def birthday(birth: Days, age: NDArray[Any]) -> Days:
    """Day on which an age is completed; 1 March for those born on 29 February, in other years.

    Examples
    --------
    >>> leap = np.array(["2004-02-29"], "datetime64[D]").astype(int)
    >>> birthday(leap, np.array([1])).astype("datetime64[D]").astype(str).tolist()
    ['2005-03-01']
    """
    month = month_of(birth)
    return first_day(month + 12 * age) + birth - first_day(month)


def completed_years(birth: Days, day: Days) -> NDArray[np.int16]:
    """Age on a day, 100 for more, UNKNOWN without a birth before it.

    Examples
    --------
    >>> leap = np.array(["2004-02-29"] * 2, "datetime64[D]").astype(int)
    >>> at = np.array(["2005-02-28", "2005-03-01"], "datetime64[D]").astype(int)
    >>> completed_years(leap, at).tolist()
    [0, 1]
    """
    age = (month_of(day) - month_of(birth)) // 12
    age -= birthday(birth, age) > day
    known = (birth != MISSING) & (age >= 0)
    return np.where(known, np.minimum(age, TOP), UNKNOWN).astype(np.int16)


def words(column: pa.Array) -> pa.DictionaryArray:
    """Text of a column, each word once; what is missing or empty is ``unknown``.

    Examples
    --------
    >>> import pyarrow as pa
    >>> words(pa.array(["KAZ", "", None, "KAZ"])).to_pylist()
    ['KAZ', 'unknown', 'unknown', 'KAZ']
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    coded = column.dictionary_encode()
    indices = coded.indices.fill_null(len(coded.dictionary))
    text = coded.dictionary.cast(pa.string())
    text = pc.if_else(pc.equal(text, "").fill_null(True), "unknown", text)  # noqa: FBT003
    text = pa.concat_arrays([text, pa.array(["unknown"])]).dictionary_encode()
    return pa.DictionaryArray.from_arrays(text.indices.take(indices), text.dictionary)


def named(names: Sequence[str], codes: NDArray[Any]) -> pa.DictionaryArray:
    """Names for codes."""
    import pyarrow as pa

    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32)), pa.array(names))


def batch_of(columns: Mapping[str, Any], schema: pa.Schema) -> pa.RecordBatch:
    """Columns as a batch of a schema, with words written out."""
    import pyarrow as pa

    arrays = [columns[field.name].cast(field.type) for field in schema]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def kind_of(name: str) -> pa.DataType:
    """Arrow type of a key."""
    import pyarrow as pa

    return {"month": pa.int32(), "age": pa.int16()}.get(name, pa.string())


@dataclass(frozen=True)
class FlowCells:
    """Kernel: answered crossings to the cells that they are counted in."""

    by: tuple[str, ...]
    secret: bytes | None

    @property
    def schema(self) -> pa.Schema:
        """Columns made."""
        import pyarrow as pa

        fields = [("measure", pa.string()), ("month", pa.int32())]
        keys = [(name, kind_of(name)) for name in self.by]
        return pa.schema([*fields, *keys, ("key", pa.int64())])

    def __call__(self, batches: Batches) -> Batches:
        """A row for each row."""
        for batch in batches:
            yield batch_of(self.cells(batch), self.schema)

    def cells(self, batch: pa.RecordBatch) -> dict[str, pa.Array]:
        """Columns made of a batch."""
        import pyarrow as pa

        day = days(batch["event_time"])
        key = np.zeros(len(day), np.int64)
        if self.secret is not None:
            key = person_keys(batch["person_id"], self.secret)
        keys = {name: words(batch[name]) for name in self.by if name != "age"}
        if "age" in self.by:
            keys["age"] = pa.array(completed_years(days(batch["birth_date"]), day))
        waiting = np.asarray(batch["long_term"].is_null())
        measure = named(FLOWS, 1 - np.asarray(batch["direction"]) + 2 * waiting)
        return {"measure": measure, "month": pa.array(month_of(day)), **keys, "key": pa.array(key)}


def labelled(cells: pd.DataFrame) -> pd.DataFrame:
    """Months and ages of a table as a reader knows them: 2024-03, 17, 100+, unknown."""
    table = cells.copy()
    if "month" in table:
        months = table["month"].to_numpy().astype(np.int64).astype("datetime64[M]")
        table["month"] = months.astype(str).astype(object)
    if "age" in table:
        names = {UNKNOWN: "unknown", TOP: f"{TOP}+"}
        table["age"] = [names.get(age, str(age)) for age in table["age"]]
    return table


@dataclass(frozen=True)
class EventCells:
    """Kernel: rows with an event to its month and the columns that are counted by."""

    by: tuple[str, ...]
    time: str
    secret: bytes | None

    @property
    def schema(self) -> pa.Schema:
        """Columns made."""
        import pyarrow as pa

        keys = [(name, pa.string()) for name in self.by]
        return pa.schema([("month", pa.int32()), *keys, ("key", pa.int64())])

    def __call__(self, batches: Batches) -> Batches:
        """A row for each event that has a day."""
        import pyarrow as pa

        for batch in batches:
            rows = batch.filter(batch[self.time].is_valid())
            key = np.zeros(rows.num_rows, np.int64)
            if self.secret is not None:
                key = person_keys(rows["person_id"], self.secret)
            month = pa.array(month_of(days(rows[self.time])))
            keys = {name: words(rows[name]) for name in self.by}
            yield batch_of({"month": month, **keys, "key": pa.array(key)}, self.schema)


@dataclass(frozen=True)
class IndexEvents:
    """Kernel: residency of persons by year, as events on 1 January, and inferred departures."""

    person: Any

    @property
    def schema(self) -> pa.Schema:
        """Columns made."""
        import pyarrow as pa

        texts = [("resident", pa.string()), ("certainty", pa.string())]
        dates = [("event_time", pa.date32()), ("departed", pa.date32())]
        return pa.schema([("person_id", self.person), *texts, *dates])

    def __call__(self, batches: Batches) -> Batches:
        """A row for each row."""
        import pyarrow as pa
        import pyarrow.compute as pc

        for batch in batches:
            month = 12 * (np.asarray(batch["year"]).astype(np.int64) - 1970)
            columns = [
                batch["person_id"],
                pc.if_else(pc.equal(batch["resident"], 1), "resident", "not_resident"),
                pc.if_else(batch["provisional"], "provisional", "final"),
                pa.array(first_day(month).astype(np.int32)).view(pa.date32()),
                batch["departed"],
            ]
            yield pa.RecordBatch.from_arrays(columns, schema=self.schema)
