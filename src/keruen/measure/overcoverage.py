# SPDX-License-Identifier: Apache-2.0
"""People in a register who have left: residency by signs of life."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from keruen.core.errors import SchemaError, WorkbenchError, raise_faults
from keruen.core.records import Batches, PersonRecords, need_records_extra, whole_persons
from keruen.measure._residency import (
    NONE,
    Settings,
    departures,
    index_by_year,
    inherit,
    mid_year,
)

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

_MEMBER: Final = "member_id"


def residency_index(
    records: PersonRecords,
    *,
    weights: Mapping[str, float],
    until: int,
    decay: float = 0.8,
    gain: float = 0.2,
    cutoff: float = 0.7,
    sign_interval_days: int = 365,
) -> PersonRecords:
    """How likely each registered person still lives in the country, year by year.

    Parameters
    ----------
    records : PersonRecords
        A row a person and year: ``person_id``, ``year``, and a column of 0 and 1 for each
        register that may show life, missing where it could not show it. ``status`` (1, 0)
        may state the answer of a year: birth, registration, death, registered emigration.
        ``household_id`` and ``last_sign`` (date of the latest sign of the year) may be given.
    weights : mapping of str to float
        Weight of a sign, by column.
    until : int
        Last year wanted; years without a row are years without signs.
    decay : float, optional
        Share ``d`` of last year's index that is kept.
    gain : float, optional
        Weight ``g`` of this year's signs.
    cutoff : float, optional
        Index ``c`` from which a person is counted as resident.
    sign_interval_days : int, optional
        Days usually between two signs; half of it is added to the last to date a departure.

    Returns
    -------
    PersonRecords
        For each person and year from the first: ``index``, ``resident`` (1, 0), ``signs``
        (their weighted sum), ``inherited`` (from the household), and in the first year of not
        being resident ``departed``, the inferred date. ``provisional`` marks a departure
        until the index has stayed below the cutoff for two years.

    Raises
    ------
    SchemaError
        A column is missing (``MissingColumn``), a setting is out of range (``BadSetting``),
        or the ``records`` extra is not installed (``ExtraMissing``).

    See Also
    --------
    keruen.measure.registers.register_spells : Spells as the register tells them.

    Notes
    -----
    ``R[k] = min(1, max(0, d R[k-1] + g sum(w x[k])))``, ``R = 1`` in the first year; a stated
    status sets 1 or 0. People whom no register could show in any year take the largest index
    of their household in each year. The departure is dated to the last sign, half an
    interval later, at most the end of the year of the sign; without dates the last sign is
    taken as of 1 July.

    References
    ----------
    Maasing, E., Tiit, E.-M., Vähi, M. (2017). Residency index: a tool for measuring the
    population size. Acta et Commentationes Universitatis Tartuensis de Mathematica 21(1),
    129-139.

    Examples
    --------
    >>> from keruen.sources.records import table_records
    >>> table = table_records(person_id=[1] * 4, year=[2020, 2021, 2022, 2023], tax=[1, 0, 0, 1])
    >>> (batch,) = residency_index(table, weights={"tax": 1.0}, until=2023).batches(order=["year"])
    >>> [round(index, 3) for index in batch["index"].to_pylist()]
    [1.0, 0.8, 0.64, 0.712]
    >>> batch["resident"].to_pylist()
    [1, 1, 0, 1]
    """
    need_records_extra()
    settings = Settings(
        registers=tuple(weights),
        weights=tuple(weights.values()),
        until=until,
        decay=decay,
        gain=gain,
        cutoff=cutoff,
        interval=sign_interval_days,
    )
    _check(records, settings)
    person = records.schema.field("person_id").type
    member = "person_id"
    if "household_id" in records.schema.names:
        member = _MEMBER
        schema = _household_schema(records.schema)
        records = records.apply(_ByHousehold(schema), schema, order=["year"])
    return records.apply(_Index(settings, member, person), _schema(person), order=["year"])


def _check(records: PersonRecords, settings: Settings) -> None:
    faults: list[WorkbenchError] = [
        SchemaError(f"no column '{name}'", where="records", remedy="add it", id="MissingColumn")
        for name in ("person_id", "year", *settings.registers)
        if name not in records.schema.names
    ]
    ranges = {
        "decay": 0 <= settings.decay <= 1,
        "gain": settings.gain >= 0,
        "cutoff": 0 < settings.cutoff <= 1,
        "sign_interval_days": settings.interval >= 1,
        "weights": bool(settings.weights) and min(settings.weights) >= 0,
    }
    faults += [
        SchemaError(
            f"{name} is out of range",
            where=name,
            remedy="shares from 0 to 1, weights of 0 or more, whole days",
            id="BadSetting",
        )
        for name, good in ranges.items()
        if not good
    ]
    raise_faults(faults)


def _schema(person: pa.DataType) -> pa.Schema:
    import pyarrow as pa

    return pa.schema(
        [
            ("person_id", person),
            ("year", pa.int32()),
            ("index", pa.float64()),
            ("resident", pa.int8()),
            ("signs", pa.float64()),
            ("inherited", pa.bool_()),
            ("departed", pa.date32()),
            ("provisional", pa.bool_()),
        ]
    )


def _household_schema(schema: pa.Schema) -> pa.Schema:
    """The columns with the household in place of the person, and the person as its member."""
    import pyarrow as pa

    own = schema.field("person_id").with_name(_MEMBER)
    rest = [f for f in schema if f.name not in ("person_id", "household_id")]
    return pa.schema([pa.field("person_id", pa.string()), own, *rest])


@dataclass(frozen=True)
class _ByHousehold:
    """Kernel: rows of whole persons under the last household that they are known in."""

    schema: pa.Schema

    def __call__(self, batches: Batches) -> Batches:
        import numpy as np
        import pyarrow as pa
        import pyarrow.compute as pc

        for batch in whole_persons(batches):
            person = batch["person_id"].dictionary_encode()
            home = batch["household_id"].cast(pa.string())
            names = pc.binary_join_element_wise("person", person.dictionary.cast(pa.string()), " ")
            names = names.to_numpy(zero_copy_only=False)
            rows = np.flatnonzero(np.asarray(home.is_valid()))  # in order of years
            known = pc.binary_join_element_wise("household", home.take(pa.array(rows)), " ")
            code = np.asarray(person.indices)
            names[code[rows]] = known.to_numpy(zero_copy_only=False)
            columns = {"person_id": pa.array(names[code]), _MEMBER: batch["person_id"]}
            rest = {name: batch[name] for name in self.schema.names if name not in columns}
            yield pa.RecordBatch.from_pydict({**columns, **rest}, schema=self.schema)


@dataclass(frozen=True)
class _Index:
    """Kernel: signs of life of whole persons, or households, to the index of each member."""

    settings: Settings
    member: str
    person: pa.DataType

    def __call__(self, batches: Batches) -> Batches:
        import pyarrow.compute as pc

        for part in whole_persons(batches):
            batch = part.filter(pc.less_equal(part["year"], self.settings.until))
            if batch.num_rows:
                yield self._answer(batch)

    def _answer(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        import numpy as np
        import pyarrow as pa

        member = batch[self.member].dictionary_encode()
        code = np.asarray(member.indices).astype(np.int64)
        year = np.asarray(batch["year"]).astype(np.int64)
        start = int(year.min())
        shape = (len(member.dictionary), self.settings.until - start + 1)

        def spread(values: NDArray[Any], empty: float) -> NDArray[Any]:
            table = np.full(shape, empty, dtype=values.dtype)
            table[code, year - start] = values
            return table

        given = _Given.of(batch, self.settings)
        signs, status = spread(given.signs, 0.0), spread(given.status, -1)
        first = np.full(shape[0], shape[1])
        np.minimum.at(first, code, year - start)
        index = index_by_year(signs, status, first, self.settings)
        hidden = np.logical_not(spread(given.could, False).any(axis=1))  # noqa: FBT003
        home = np.zeros(shape[0], dtype=np.int64)
        home[code] = np.asarray(batch["person_id"].dictionary_encode().indices)
        inherited = np.zeros(shape, dtype=bool)
        if self.member != "person_id":
            index, inherited = inherit(index, hidden, home)
        last = np.maximum.accumulate(spread(given.last_sign, NONE), axis=1)
        departed, provisional = departures(index, status, last, start, self.settings)
        row, column = np.nonzero(~np.isnan(index))
        day = departed[row, column]
        return pa.RecordBatch.from_arrays(
            [
                member.dictionary.take(pa.array(row)),
                pa.array(column + start, pa.int32()),
                pa.array(index[row, column]),
                pa.array((index >= self.settings.cutoff)[row, column].astype(np.int8)),
                pa.array(signs[row, column]),
                pa.array(inherited[row, column]),
                pa.array(day, pa.int32(), mask=day == NONE).cast(pa.date32()),
                pa.array(provisional[row, column]),
            ],
            schema=_schema(self.person),
        )


@dataclass(frozen=True)
class _Given:
    """What the rows say: weighted signs, whether any register could show, status, last sign."""

    signs: NDArray[np.float64]
    could: NDArray[np.bool_]
    status: NDArray[np.int64]
    last_sign: NDArray[np.int64]

    @classmethod
    def of(cls, batch: pa.RecordBatch, settings: Settings) -> _Given:
        import numpy as np

        seen = [batch[name] for name in settings.registers]
        numbers = np.array([np.asarray(c.cast("float64").fill_null(0.0)) for c in seen])
        signs = np.array(settings.weights) @ numbers
        could = np.any([np.asarray(c.is_valid()) for c in seen], axis=0)
        status = np.full(batch.num_rows, -1)
        if "status" in batch.schema.names:
            status = np.asarray(batch["status"].cast("int64").fill_null(-1))
        day = mid_year(np.asarray(batch["year"]).astype(np.int64))
        if "last_sign" in batch.schema.names:
            dates = batch["last_sign"].cast("date32").cast("int32").fill_null(NONE)
            day = np.where(np.asarray(dates) != NONE, np.asarray(dates), day)
        return cls(signs, could, status, np.where(signs > 0, day, NONE))
