# SPDX-License-Identifier: Apache-2.0
"""What every method of crossings asks first: a rule that is one, and side tables as statements."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from keruen.core.errors import SchemaError, WorkbenchError, raise_faults
from keruen.core.records import Batches, PersonRecords
from keruen.measure._rule import BIRTH, DEATH, OUTSIDER, WEAK_OUTSIDER

if TYPE_CHECKING:
    import pyarrow as pa


def check_rule(
    records: PersonRecords,
    sides: Mapping[str, PersonRecords | None],
    threshold: int,
    window: int,
    unit: str,
) -> None:
    """Refuse a rule that is none, and tables that lack a column, all at once."""
    faults: list[WorkbenchError] = []
    if not window / 2 < threshold <= window:
        faults.append(
            SchemaError(
                f"{threshold} of {window} {'days' if unit == 'days' else 'months'} is no rule",
                where="threshold_days, window_days",
                remedy="a threshold above half the window and not above the window",
                id="RuleNotPossible",
            )
        )
    needed = {"records": ("direction",), "status_known": ("resident",)}
    for name, table in {"records": records, **sides}.items():
        columns = ("person_id", "event_time", *needed.get(name, ()))
        lacking = [c for c in columns if table is not None and c not in table.schema.names]
        faults += [
            SchemaError(f"no column '{column}'", where=name, remedy="add it", id="MissingColumn")
            for column in lacking
        ]
    raise_faults(faults)


def day_number(moment: date) -> int:
    """Days since 1 January 1970."""
    return moment.toordinal() - date(1970, 1, 1).toordinal()


def months_in(days: int) -> int:
    """Whole calendar months nearest to a number of days."""
    return round(days * 12 / 365.25)


@dataclass(frozen=True)
class _Statements:
    """Kernel: rows of a side table as statements among the crossings."""

    table: str
    schema: Any

    def __call__(self, batches: Batches) -> Batches:
        import numpy as np
        import pyarrow as pa

        for batch in batches:
            code = np.full(batch.num_rows, BIRTH if self.table == "births" else DEATH, np.int8)
            if self.table == "status_known":
                weak = np.zeros(len(code), np.int8)
                if "weak" in batch.schema.names:
                    weak = np.asarray(batch["weak"].fill_null(0)).astype(np.int8)
                code = np.where(weak == 1, WEAK_OUTSIDER, OUTSIDER) + np.asarray(batch["resident"])
            time = batch["event_time"].cast(self.schema.field("event_time").type)
            columns = [batch["person_id"], time, pa.array(code.astype(np.int8))]
            yield pa.RecordBatch.from_arrays(columns, schema=self.schema)


def statements(side: PersonRecords, table: str, crossings: pa.Schema) -> PersonRecords:
    """Rows of a side table as statements: person, time, and what is stated."""
    import pyarrow as pa

    schema = pa.schema(
        [
            side.schema.field("person_id"),
            crossings.field("event_time"),
            pa.field("direction", pa.int8()),
        ]
    )
    return side.apply(_Statements(table, schema), schema)
