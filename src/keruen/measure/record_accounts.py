# SPDX-License-Identifier: Apache-2.0
"""Stocks of residents from spells, and the account that they make with the flows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from keruen.core.errors import AccountError
from keruen.core.records import PersonRecords
from keruen.measure._record_cells import first_day, labelled, month_of, needed
from keruen.measure._record_pieces import StockChanges
from keruen.measure._statements import day_number
from keruen.measure.record_tables import STOCKS, CountTable, ObservedDays

if TYPE_CHECKING:
    import pandas as pd

TERMS: Final = (
    "births", "arrivals", "deaths", "departures", "ageing", "attributes", "settled", "stated",
)  # fmt: skip
"""What changes a stock. The last four move people between cells, or into what is known."""
_TERM_OF: Final = {
    "birth": "births", "arrival": "arrivals", "death": "deaths", "departure": "departures",
    "undecided": "settled",
}  # fmt: skip
_OUT: Final = ("deaths", "departures")


@dataclass(frozen=True)
class ResidentAccount:
    """Stocks by month, and how each becomes the next.

    Parameters
    ----------
    stocks : CountTable
        Measures ``residents`` and ``undecided`` (of whom it is not yet known) at the very
        start of the first day of each month.
    lines : DataFrame
        By month and cell: ``start`` + births + arrivals - deaths - departures + ageing +
        attributes + settled + stated = ``end``.

    See Also
    --------
    resident_account : Makes it.
    """

    stocks: CountTable
    lines: pd.DataFrame


def resident_account(
    spells: PersonRecords,
    flows: CountTable,
    *,
    observed: ObservedDays,
    secret: bytes | None = None,
) -> ResidentAccount:
    """Residents on the first of each month by the keys of the flows, in agreement with them.

    Parameters
    ----------
    spells : PersonRecords
        As :func:`keruen.measure.record_spells.residence_spells` makes them, with the columns
        of the keys carried.
    flows : CountTable
        By month and the same keys, from the same answers.
    observed : ObservedDays
        The days observed.
    secret : bytes, optional
        As given for the flows.

    Returns
    -------
    ResidentAccount

    Raises
    ------
    AccountError
        A cell does not close to the person, or would hold less than nobody.

    See Also
    --------
    keruen.measure.record_tables.migration_flows : The flows.

    Notes
    -----
    The stock of a day is that of its very start, so that the account of a month has the
    events of all its days. Persons are in the cell that the crossing at which their spell
    began told of them; what the one that ends it tells differently moves them just before,
    as ``attributes``. Arrivals and departures are counted from the crossings, all else from
    the spells: that both agree is checked in every cell.

    Examples
    --------
    >>> from datetime import date
    >>> from keruen.measure.record_spells import residence_spells
    >>> from keruen.measure.record_tables import migration_flows
    >>> from keruen.measure.residence import classify_crossings
    >>> from keruen.sources.records import table_records
    >>> crossings = table_records(
    ...     person_id=[1], event_time=[date(2020, 5, 9)], direction=[1], crossing_id=[1], sex=["F"]
    ... )
    >>> observed = ObservedDays(date(2018, 1, 1), date(2021, 7, 1), 365)
    >>> days = {"observed_from": observed.first, "observed_until": observed.until}
    >>> answers = classify_crossings(crossings, threshold_days=365, window_days=365, **days)
    >>> flows = migration_flows(answers, by=["sex"], observed=observed)
    >>> spells = residence_spells(answers, carry=["sex"], **days)
    >>> stocks = resident_account(spells, flows, observed=observed).stocks.wide()
    >>> stocks.head(1).to_dict("records")
    [{'month': '2020-06', 'status': 'final', 'sex': 'F', 'residents': 1, 'undecided': 0}]
    """
    kernel = StockChanges(flows.keys, day_number(observed.until), secret)
    carried = dict.fromkeys(needed(flows.keys))
    columns = ["person_id", "start", "end", "status", "entry_kind", "exit_kind"]
    rows = spells.select([*columns, *carried, *(f"exit_{name}" for name in carried)])
    changes = rows.apply(kernel, kernel.schema).tabulate(
        ["status", "term", "month", *flows.keys], total=["change", "key"]
    )
    lasting = spells.select(["person_id"], where={"status": "resident", "exit_kind": "open"})
    return account_of(changes, lasting.count(), flows, observed)


def account_of(
    changes: pd.DataFrame, lasting: int, flows: CountTable, observed: ObservedDays
) -> ResidentAccount:
    """Stocks and the account from counted changes.

    Parameters
    ----------
    changes : DataFrame
        ``status``, ``term``, ``month``, the keys of the flows, ``change``, ``key``.
    lasting : int
        Spells of residents that last to the end.
    flows : CountTable
        By month and the same keys.
    observed : ObservedDays
        The days observed.

    Returns
    -------
    ResidentAccount

    Raises
    ------
    AccountError
        A cell does not close to the person, or would hold less than nobody.
    """
    grid = _Grid.of(changes, flows, observed)
    known = changes[changes["status"] == "resident"]
    stock = grid.stock(known, "change")
    lines = grid.lines(known, flows, stock)
    _check(lines, stock, lasting, grid)
    waiting = changes[changes["status"] == "undecided"]
    tables = [
        grid.table("residents", stock, grid.stock(known, "key")),
        grid.table("undecided", grid.stock(waiting, "change"), grid.stock(waiting, "key")),
    ]
    import pandas as pd

    stocks = pd.concat(tables, ignore_index=True)
    stocks = stocks.sort_values(["month", *flows.keys, "measure"], ignore_index=True)
    stocks.insert(1, "status", observed.statuses(stocks["month"].tolist()))
    return ResidentAccount(CountTable(stocks, flows.keys, STOCKS), labelled(lines))


@dataclass(frozen=True)
class _Grid:
    """Cells by months: column 0 stands for what was there before the first month."""

    cells: pd.DataFrame  # keys of each cell
    keys: tuple[str, ...]
    months: NDArray[np.int64]
    observed: ObservedDays

    @classmethod
    def of(cls, changes: pd.DataFrame, flows: CountTable, observed: ObservedDays) -> _Grid:
        import pandas as pd

        keys = list(flows.keys)
        cells = pd.DataFrame({"all": [0]})
        if keys:
            both = pd.concat([changes[keys], flows.cells[keys]])
            cells = both.drop_duplicates().sort_values(keys, ignore_index=True)
        ends = month_of(np.array([day_number(observed.first), day_number(observed.until) - 1]))
        return cls(cells, flows.keys, np.arange(ends[0], ends[1] + 1, dtype=np.int64), observed)

    def spread(self, table: pd.DataFrame, value: str) -> NDArray[np.int64]:
        """Sums of a column by cell and month."""
        out = np.zeros((len(self.cells), len(self.months) + 1), np.int64)
        row: Any = np.zeros(len(table), np.int64)
        if self.keys:
            numbered = self.cells.assign(_row=np.arange(len(self.cells)))
            row = table[list(self.keys)].merge(numbered, how="left")["_row"].to_numpy()
        column = table["month"].to_numpy().astype(np.int64) - self.months[0] + 1
        if "term" in table:
            column = np.where(table["term"] == "initial", 0, column)
        np.add.at(out, (row, column), table[value].to_numpy().astype(np.int64))
        return out

    def stock(self, table: pd.DataFrame, value: str) -> NDArray[np.int64]:
        """Stock before each month and after the last."""
        return np.cumsum(self.spread(table, value), axis=1)

    def lines(
        self, known: pd.DataFrame, flows: CountTable, stock: NDArray[np.int64]
    ) -> pd.DataFrame:
        """Lines of the account; arrivals and departures from the crossings."""
        terms = known["term"].map(lambda term: _TERM_OF.get(term, term))
        parts = {"start": stock[:, :-1]}
        for term in TERMS:
            source, value = known[terms == term], "change"
            if term in ("arrivals", "departures"):
                source, value = flows.cells[flows.cells["measure"] == term], "count"
            part = self.spread(source, value)[:, 1:]
            parts[term] = -part if term == "deaths" else part
        parts["end"] = stock[:, 1:]
        return self._table(self.months, parts)

    def table(self, measure: str, stock: NDArray[np.int64], key: NDArray[np.int64]) -> pd.DataFrame:
        """Stock on the first of months, where there is any."""
        first, until = day_number(self.observed.first), day_number(self.observed.until)
        months = np.r_[self.months, self.months[-1] + 1]
        start = first_day(months)
        seen = np.flatnonzero((start >= first) & (start <= until))
        table = self._table(months[seen], {"count": stock[:, seen], "key": key[:, seen]})
        table.insert(len(table.columns) - 2, "measure", measure)
        return table[table["count"] != 0]

    def _table(self, months: NDArray[np.int64], parts: dict[str, NDArray[Any]]) -> pd.DataFrame:
        """A row for each month and cell in which anything is."""
        filled = np.any([part != 0 for part in parts.values()], axis=0)
        column, row = np.nonzero(filled.T)
        table = self.cells.iloc[row][list(self.keys)].reset_index(drop=True)
        table.insert(0, "month", months[column])
        return table.assign(**{name: part[row, column] for name, part in parts.items()})


def _check(lines: pd.DataFrame, stock: NDArray[np.int64], lasting: int, grid: _Grid) -> None:
    """Every cell closes and holds nobody or more; the last stock is the spells that last."""
    signs = {term: -1 if term in _OUT else 1 for term in TERMS}
    sums = lines["start"] + sum(lines[term] * sign for term, sign in signs.items())
    gap = (sums - lines["end"]).abs()
    gap = gap.where(lines["end"] >= 0, lines["end"].abs())
    missing = abs(int(stock[:, -1].sum()) - lasting)
    if not gap.any() and missing == 0:
        return
    worst = labelled(lines[gap > 0].assign(gap=gap)).nlargest(5, "gap")
    named = [
        ", ".join(str(row[name]) for name in ("month", *grid.keys)) + f": {row['gap']}"
        for row in worst.to_dict("records")
    ]
    raise AccountError(
        f"stocks and flows do not agree by {int(gap.sum()) + missing} persons",
        where="; ".join(named) or "all cells",
        remedy="give the births, deaths and statements of status that the crossings were "
        "answered with; with lookback they cannot agree",
        id="AccountOpen",
    )
