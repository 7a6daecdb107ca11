# SPDX-License-Identifier: Apache-2.0
"""All tables of border crossings in one pass, without keeping an answer for every row.

Whole persons go through the sweep; of the few crossings from which anything follows their
flows and spells are made and counted at once, so that only counts leave the engine. The tables
are those of :mod:`keruen.measure.record_tables`, ``record_accounts`` and ``record_counts``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from keruen.core.records import Batches, PersonRecords
from keruen.measure._crossings import Swept, swept
from keruen.measure._record_cells import FlowCells, kind_of, needed
from keruen.measure._record_pieces import StockChanges
from keruen.measure._rule import CONTRADICTED, EXCLUDED, GAP_AFTER, INITIAL, NULL, Rule
from keruen.measure._statements import day_number
from keruen.measure.record_accounts import ResidentAccount, account_of
from keruen.measure.record_counts import reason_table
from keruen.measure.record_spells import SpellRuns, turning_columns
from keruen.measure.record_tables import CountTable, ObservedDays, flow_table, need_columns
from keruen.measure.residence import Gap, Initial, prepared

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

_ANSWERS: Final = ("long_term_departure", "long_term_arrival", "open", "none")
# Tables of the counts: of the flows, of changes of the stock, of spells that last, of reasons.
_FLOWS, _CHANGES, _LASTING, _REASONS = "flows", "changes", "lasting", "reasons"
_MOVED: Final = ("person_id", "event_time", "direction", "long_term")
Rows = NDArray[np.int64]


@dataclass(frozen=True)
class CrossingTables:
    """What is counted from crossings.

    Parameters
    ----------
    flows : CountTable
        As :func:`keruen.measure.record_tables.migration_flows` makes them.
    account : ResidentAccount
        As :func:`keruen.measure.record_accounts.resident_account` makes it.
    reasons : DataFrame
        As :func:`keruen.measure.record_counts.answer_counts` makes it.

    See Also
    --------
    crossing_tables : Makes them.
    """

    flows: CountTable
    account: ResidentAccount
    reasons: pd.DataFrame


def crossing_tables(
    records: PersonRecords,
    *,
    threshold_days: int,
    window_days: int,
    by: Sequence[str] = (),
    observed: ObservedDays,
    observed_from: date | None = None,
    gap: Gap = "midpoint",
    initial: Initial = "unknown",
    deaths: PersonRecords | None = None,
    births: PersonRecords | None = None,
    status_known: PersonRecords | None = None,
    secret: bytes | None = None,
) -> CrossingTables:
    """Flows, stocks with their account, and reasons of answers, from crossings in one pass.

    Parameters
    ----------
    records : PersonRecords
        Crossings, as for :func:`keruen.measure.residence.classify_crossings`.
    threshold_days, window_days : int
        The rule.
    by : sequence of str, optional
        Keys beside the month, as for :func:`keruen.measure.record_tables.migration_flows`.
    observed : ObservedDays
        The days observed.
    observed_from : date, optional
        First day observed, when it is sure that nothing before it is missing.
    gap, initial, deaths, births, status_known : optional
        As for the classification.
    secret : bytes, optional
        16 bytes to make secret keys of persons from.

    Returns
    -------
    CrossingTables

    Raises
    ------
    SchemaError
        The rule is not possible (``RuleNotPossible``), or a column is missing
        (``MissingColumn``).
    AccountError
        Stocks and flows do not agree (``AccountOpen``).

    See Also
    --------
    keruen.measure.residence.classify_crossings : Answers row by row.

    Examples
    --------
    >>> from datetime import date
    >>> from keruen.sources.records import table_records
    >>> crossings = table_records(
    ...     person_id=[1], event_time=[date(2020, 5, 9)], direction=[1], crossing_id=[1]
    ... )
    >>> observed = ObservedDays(date(2018, 1, 1), date(2021, 7, 1), 365)
    >>> tables = crossing_tables(
    ...     crossings,
    ...     threshold_days=365,
    ...     window_days=365,
    ...     observed=observed,
    ...     observed_from=observed.first,
    ... )
    >>> tables.flows.wide()[["month", "arrivals"]].to_dict("records")
    [{'month': '2020-05', 'arrivals': 1}]
    """
    need_columns(records, by)
    keys = tuple(name for name in by if name != "month")
    stated, rule = prepared(
        records,
        threshold_days=threshold_days,
        window_days=window_days,
        observed_until=observed.until,
        observed_from=observed_from,
        gap=gap,
        initial=initial,
        sides={"deaths": deaths, "births": births, "status_known": status_known},
    )
    carry = list(dict.fromkeys(needed(keys)))
    first, until = day_number(observed.first), day_number(observed.until)
    kernel = TableCells(
        rule=rule,
        flows=FlowCells(keys, secret),
        spells=SpellRuns(
            person=stated.schema.field("person_id").type,
            carry=tuple((name, stated.schema.field(name).type) for name in carry),
            first=first,
            until=until,
            statements=True,
        ),
        changes=StockChanges(keys, until, secret),
        strangers=status_known is not None,
    )
    cells = stated.apply(kernel, kernel.schema, order=["event_time"])
    counted = cells.tabulate(
        ["_table", "_what", "_which", "month", *keys], total=["_number", "key"]
    ).drop(columns="count")
    return _tables(counted, keys, observed)


def _tables(counted: pd.DataFrame, keys: tuple[str, ...], observed: ObservedDays) -> CrossingTables:
    """The parts of the counts as the tables they are for."""
    parts = dict(list(counted.groupby("_table")))

    def part(table: str, **names: str) -> pd.DataFrame:
        rows = parts.get(table, counted.iloc[:0]).reset_index(drop=True)
        return rows[[*names, *_beside(table, keys)]].rename(columns=names)

    flows = part(_FLOWS, month="month", _what="measure", _number="count")
    changes = part(_CHANGES, _what="status", _which="term", month="month", _number="change")
    reasons = part(_REASONS, _what="what", _which="reason", _number="count")
    lasting = int(part(_LASTING, _number="count")["count"].sum())
    table = flow_table(flows, keys, observed)
    return CrossingTables(
        table, account_of(changes, lasting, table, observed), reason_table(reasons)
    )


def _beside(table: str, keys: tuple[str, ...]) -> list[str]:
    return [*keys, "key"] if table in (_FLOWS, _CHANGES) else []


@dataclass(frozen=True)
class TableCells:
    """Kernel: crossings and statements of whole persons to the counts of all tables.

    Parameters
    ----------
    rule : Rule
        The rule as numbers.
    flows, spells, changes : FlowCells, SpellRuns, StockChanges
        Kernels of each step, which are given only the rows from which anything follows.
    strangers : bool
        Whether persons who only visited matter too: statements may tell of them.
    """

    rule: Rule
    flows: FlowCells
    spells: SpellRuns
    changes: StockChanges
    strangers: bool

    @property
    def schema(self) -> pa.Schema:
        """Columns made."""
        import pyarrow as pa

        names = [(name, pa.string()) for name in ("_table", "_what", "_which")]
        keys = [(name, kind_of(name)) for name in self.flows.by]
        numbers = [(name, pa.int64()) for name in ("_number", "key")]
        return pa.schema([*names, ("month", pa.int32()), *keys, *numbers])

    def __call__(self, batches: Batches) -> Batches:
        """A row for every cell that a batch has anything for."""
        for batch in batches:
            for table in self._tables(swept(batch, self.rule)):
                yield from self._filled(table).to_batches()

    def _tables(self, found: Swept) -> Iterator[pa.Table]:
        columns = needed(self.flows.by)
        moves = found.rows(_moves(found), [*dict.fromkeys([*_MOVED, *columns])])
        turns = found.rows(_turns(found, strangers=self.strangers), turning_columns(columns))
        spells = self.spells.spells(turns)
        yield _counted(_FLOWS, self.flows.cells(moves), {"measure": "_what"})
        for cells in self.changes.cells(spells):
            yield _counted(_CHANGES, cells, {"status": "_what", "term": "_which"})
        yield _lasting(spells)
        yield _reasons(found)

    def _filled(self, table: pa.Table) -> pa.Table:
        """A table with the columns of all, missing where they are another's."""
        import pyarrow as pa

        for field in self.schema:
            if field.name not in table.schema.names:
                table = table.append_column(field, pa.nulls(len(table), field.type))
        return table.select(self.schema.names).cast(self.schema)


def _moves(found: Swept) -> Rows:
    """Long-term migrations, and crossings without an answer yet."""
    out = found.out
    return np.flatnonzero((found.kind <= 1) & (out["excluded"] == 0) & (out["long_term"] != 0))


def _turns(found: Swept, *, strangers: bool) -> Rows:
    """Statements, first crossings, and those at which the status changes."""
    out = found.out
    before, first = out["before"], out["initial"] > 0
    opens = first if strangers else first & (before != 0)
    turns = (out["excluded"] == 0) & ((before != out["after"]) | opens)
    return np.flatnonzero(turns | (found.kind > 1))


def _counted(table: str, cells: Mapping[str, pa.Array], names: Mapping[str, str]) -> pa.Table:
    """Rows counted, or their changes summed, by all other columns."""
    import pyarrow as pa

    by = {name: column for name, column in cells.items() if name not in ("change", "key")}
    rows = len(cells["key"])
    number = cells.get("change", pa.array(np.ones(rows, np.int64)))
    sums = pa.table(
        {
            "cell": _cells(list(by.values())),
            "row": np.arange(rows),
            "number": number,
            "key": cells["key"],
        }
    )
    sums = sums.group_by("cell", use_threads=False).aggregate(
        [("row", "min"), ("number", "sum"), ("key", "sum")]
    )
    at = sums["row_min"].combine_chunks()
    found = {names.get(name, name): column.take(at) for name, column in by.items()}
    title = pa.array([table] * len(sums), pa.string())
    return pa.table(
        {"_table": title, **found, "_number": sums["number_sum"], "key": sums["key_sum"]}
    )


def _cells(columns: Sequence[pa.Array]) -> Rows:
    """One whole number a row, the same where all columns are."""
    import pyarrow as pa

    cell, top = np.zeros(len(columns[0]), np.int64), 1
    for column in columns:
        coded = column.dictionary_encode()
        cell, top = (
            cell * len(coded.dictionary) + np.asarray(coded.indices),
            top * len(coded.dictionary),
        )
        if top > 2**31:  # rows and words of a column are fewer: no product exceeds 2**62
            again = pa.array(cell).dictionary_encode()
            cell, top = np.asarray(again.indices).astype(np.int64), len(again.dictionary)
    return cell


def _lasting(spells: Mapping[str, pa.Array]) -> pa.Table:
    """Spells of residents that last to the end of observation."""
    import pyarrow.compute as pc

    last = pc.and_(pc.equal(spells["status"], "resident"), pc.equal(spells["exit_kind"], "open"))
    return _small(_LASTING, "spells", ["open"], [pc.sum(last).as_py() or 0])


def _reasons(found: Swept) -> pa.Table:
    """Rows and persons by what the sweep says of them."""
    import pyarrow as pa

    out, kind, excluded = found.out, found.kind, found.out["excluded"]
    used = (kind <= 1) & (excluded == 0)
    yes, waiting = used & (out["long_term"] == 1), used & (out["long_term"] == NULL)
    kinds = (yes & (kind == 0), yes & (kind == 1), waiting, used & ~yes & ~waiting)
    counts: dict[str, tuple[Sequence[str], Sequence[int]]] = {
        "excluded": (EXCLUDED[1:], _by_code(excluded, len(EXCLUDED))),
        "first_status": (INITIAL[1:], _by_code(out["initial"], len(INITIAL))),
        "answers": (_ANSWERS, [int(rows.sum()) for rows in kinds]),
        "supposed": (("crossings",), [int(np.count_nonzero(out["marks"] & GAP_AFTER))]),
        "contradicted": (("crossings",), [int(np.count_nonzero(out["marks"] & CONTRADICTED))]),
    }
    parts = [_small(_REASONS, what, which, number) for what, (which, number) in counts.items()]
    return pa.concat_tables(parts)


def _by_code(codes: NDArray[np.int8], size: int) -> list[int]:
    """How often each code occurs; 0, which most rows have, is no code."""
    return [int(number) for number in np.bincount(codes[codes != 0], minlength=size)[1:]]


def _small(table: str, what: str, which: Sequence[str], number: Sequence[int]) -> pa.Table:
    """Counts without keys."""
    import pyarrow as pa

    rows = len(which)
    texts = {"_table": [table] * rows, "_what": [what] * rows, "_which": list(which)}
    columns = {name: pa.array(text, pa.string()) for name, text in texts.items()}
    numbers = {"_number": number, "key": [0] * rows}
    return pa.table({**columns, **{k: pa.array(v, pa.int64()) for k, v in numbers.items()}})
