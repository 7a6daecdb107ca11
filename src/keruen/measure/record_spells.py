# SPDX-License-Identifier: Apache-2.0
"""Spells of residence: from when until when each person lived in the country."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from keruen.core.errors import SchemaError, raise_faults
from keruen.core.records import Batches, PersonRecords, Where, need_records_extra, whole_persons
from keruen.measure._record_cells import batch_of, days, named
from keruen.measure._record_history import ENTRIES, EXITS, STATUSES, Histories, Rows, spells_of
from keruen.measure._statements import day_number, statements
from keruen.measure.residence import Trust

if TYPE_CHECKING:
    import pyarrow as pa

_ANSWERS: Final = ("person_id", "event_time", "direction", "before", "after")
_FIRST: Final = ("stated", "born", "deduced", "weak", "assumed", "unknown")


def residence_spells(
    answers: PersonRecords,
    *,
    observed_from: date,
    observed_until: date,
    births: PersonRecords | None = None,
    deaths: PersonRecords | None = None,
    status_known: PersonRecords | None = None,
    trust: Trust = "statements",
    carry: Sequence[str] = (),
) -> PersonRecords:
    """Time of each person as resident, outside, or not yet decided.

    Parameters
    ----------
    answers : PersonRecords
        Crossings as :func:`keruen.measure.residence.classify_crossings` answers them.
    observed_from : date
        First day of the spells.
    observed_until : date
        First day that is not observed.
    births, deaths, status_known : PersonRecords, optional
        As they were given to the classification; also persons who never crossed count.
    trust : {"statements", "records"}, optional
        As given to the classification.
    carry : sequence of str, optional
        Columns of the crossings to keep: as recorded at the crossing that began the spell, or
        else at the person's first one; and, as ``exit_...``, at the one that ended it.

    Returns
    -------
    PersonRecords
        ``person_id``, ``start`` and ``end`` (dates; the end missing while it lasts),
        ``status`` (resident, outside, undecided), ``entry_kind`` (initial, birth, arrival,
        departure, settled, undecided, stated), ``exit_kind`` (the same without initial and
        birth; death, open), and the columns carried.

    Raises
    ------
    SchemaError
        A column is missing (``MissingColumn``), or the ``records`` extra is not installed
        (``ExtraMissing``).

    See Also
    --------
    keruen.measure.record_accounts.resident_account : Stocks from spells.

    Notes
    -----
    A spell begins on the day of the migration, not on the day on which that was decided. A
    person whose last crossing is open is ``undecided`` from it on; ``settled`` is a status
    that had not been known and that a crossing settles, ``stated`` one that a statement
    changed. Neither is a migration. Persons who crossed and never lived in the country have no
    spell, unless statements are given.

    Examples
    --------
    >>> from datetime import date
    >>> from keruen.measure.residence import classify_crossings
    >>> from keruen.sources.records import table_records
    >>> crossings = table_records(
    ...     person_id=[1, 1],
    ...     event_time=[date(2020, 1, 1), date(2022, 1, 1)],
    ...     direction=[1, 0],
    ...     crossing_id=[1, 2],
    ... )
    >>> answers = classify_crossings(
    ...     crossings,
    ...     threshold_days=365,
    ...     window_days=487,
    ...     observed_until=date(2024, 1, 1),
    ...     initial="opposite",
    ... )
    >>> spells = residence_spells(
    ...     answers, observed_from=date(2020, 1, 1), observed_until=date(2024, 1, 1)
    ... )
    >>> spells.tabulate(["status", "start", "exit_kind"])[["status", "exit_kind"]].values.tolist()
    [['outside', 'arrival'], ['outside', 'open'], ['resident', 'departure']]
    """
    need_records_extra()
    raise_faults(
        SchemaError(f"no column '{name}'", where="answers", remedy="add it", id="MissingColumn")
        for name in (*_ANSWERS, "initial", *carry)
        if name not in answers.schema.names
    )
    columns = turning_columns(carry)
    rows = _turning(answers, columns, strangers=status_known is not None)
    sides = {"births": births, "deaths": deaths, "status_known": status_known}
    for name, side in sides.items():
        if side is not None:
            rows = rows.stack(statements(side, name, answers.schema))
    kernel = SpellRuns(
        person=answers.schema.field("person_id").type,
        carry=tuple((name, answers.schema.field(name).type) for name in carry),
        first=day_number(observed_from),
        until=day_number(observed_until),
        statements=trust == "statements",
    )
    return rows.apply(kernel, kernel.schema, order=["event_time"])


def turning_columns(carry: Sequence[str]) -> list[str]:
    """Columns that spells are made of.

    Parameters
    ----------
    carry : sequence of str
        Columns carried along.

    Returns
    -------
    list of str
    """
    return [*_ANSWERS, "initial", *(name for name in carry if name not in _ANSWERS)]


def _turning(answers: PersonRecords, columns: Sequence[str], *, strangers: bool) -> PersonRecords:
    """First crossings, and those at which the status changes.

    ``strangers`` keeps first crossings that come from outside and lead to no residence: most
    rows of most files, and nothing follows from them unless a statement does.
    """
    outside: Where = {"initial": _FIRST, "before": 0, "after": 0}
    parts: list[Where] = [
        {"initial": _FIRST, "before": [1, None]},
        {"excluded": None, "before": 0, "after": [1, None]},
        {"initial": None, "excluded": None, "before": 1, "after": [0, None]},
        {"initial": None, "excluded": None, "before": None, "after": [0, 1]},
        *([outside] if strangers else []),
    ]
    first, *others = (answers.select(columns, where=where) for where in parts)
    return reduce(lambda rows, more: rows.stack(more), others, first)


@dataclass(frozen=True)
class SpellRuns:
    """Kernel: turning points and statements of whole persons to spells.

    Parameters
    ----------
    person : DataType
        Type of ``person_id``.
    carry : tuple of (str, DataType)
        Columns carried along.
    first, until : int
        Days observed: the first, and the first after them.
    statements : bool
        Whether rows of statements are among them.
    """

    person: Any
    carry: tuple[tuple[str, Any], ...]
    first: int
    until: int
    statements: bool

    @property
    def schema(self) -> pa.Schema:
        """Columns made."""
        import pyarrow as pa

        fields = [("person_id", self.person), ("start", pa.date32()), ("end", pa.date32())]
        texts = [(name, pa.string()) for name in ("status", "entry_kind", "exit_kind")]
        left = [(f"exit_{name}", kind) for name, kind in self.carry]
        return pa.schema([*fields, *texts, *self.carry, *left])

    def __call__(self, batches: Batches) -> Batches:
        """Spells of a stream ordered by person and time."""
        for batch in whole_persons(batches):
            yield batch_of(self.spells(batch), self.schema)

    def spells(self, batch: pa.RecordBatch) -> dict[str, pa.Array]:
        """Columns of the spells of whole persons."""
        import pyarrow as pa

        person = batch["person_id"].dictionary_encode()
        code = {
            name: np.asarray(batch[name].fill_null(-1)).astype(np.int64)
            for name in ("direction", "before", "after")
        }
        found = spells_of(
            Histories(
                person=np.asarray(person.indices).astype(np.int64),
                day=days(batch["event_time"]),
                kind=code["direction"],
                before=code["before"],
                after=code["after"],
                opens=np.asarray(batch["initial"].is_valid()),
            ),
            self.first,
            self.until,
            statements=self.statements,
        )
        inside, outside = (pa.array(row, mask=row < 0) for row in (found.row, found.exit_row))
        ended = pa.array(found.end.astype(np.int32), mask=found.end >= self.until)
        columns = {
            "person_id": person.dictionary.take(pa.array(found.person)),
            "start": pa.array(found.start.astype(np.int32)).view(pa.date32()),
            "end": ended.view(pa.date32()),
            "status": named(STATUSES, found.status),
            "entry_kind": named(ENTRIES, found.entry),
            "exit_kind": named(EXITS, found.exit),
        }
        # A crossing tells by itself, as it does for the flows; else the record of births helps.
        met = found.entry > ENTRIES.index("birth")
        left = (found.exit >= EXITS.index("arrival")) & (found.exit != EXITS.index("stated"))
        born = np.where(met, -1, found.born)
        for name, _ in self.carry:
            columns[name] = self._carried(batch, name, inside, born)
            columns[f"exit_{name}"] = self._carried(batch, name, outside, np.where(left, -1, born))
        return columns

    @staticmethod
    def _carried(batch: pa.RecordBatch, name: str, row: pa.Array, born: Rows) -> pa.Array:
        """A column at some rows; the date of birth also from the record of the birth."""
        import pyarrow as pa
        import pyarrow.compute as pc

        values = batch[name].take(row)
        if name == "birth_date" and pa.types.is_date(values.type):
            day = pa.array(born.astype(np.int32), mask=born < 0).view(pa.date32())
            values = pc.coalesce(values, day.cast(values.type))
        return values
