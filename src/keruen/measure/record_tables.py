# SPDX-License-Identifier: Apache-2.0
"""Tables of long-term migration, counted from crossings that have their answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Final

import numpy as np

from keruen.core.errors import SchemaError, WorkbenchError, raise_faults
from keruen.core.records import PersonRecords, need_records_extra
from keruen.measure._record_cells import FLOWS, FlowCells, first_day, labelled, needed

if TYPE_CHECKING:
    import pandas as pd

STOCKS: Final = ("residents", "undecided")
"""Counts of a table of stocks."""
_YEARS: Final = 150
"""Registers reach back that far, and nothing reaches farther."""


@dataclass(frozen=True)
class ObservedDays:
    """The days of which crossings are known, and what follows for the months.

    Parameters
    ----------
    first : date
        First day observed.
    until : date
        First day not observed.
    window_days : int
        Window of the rule.

    See Also
    --------
    observed_days : Finds them in the records.
    """

    first: date
    until: date
    window_days: int

    def statuses(self, month: Sequence[int]) -> list[str]:
        """Whether months are too early, settled, or still to be revised.

        Parameters
        ----------
        month : sequence of int
            Months since January 1970.

        Returns
        -------
        list of str
            ``burn_in`` before the window after the first day has passed: who was resident
            at first is not sure then; ``final`` when the window has passed after every day of
            the month; else ``provisional``.

        Examples
        --------
        >>> days = ObservedDays(date(2020, 1, 1), date(2023, 1, 1), 365)
        >>> days.statuses([12 * 50, 12 * 51, 12 * 52 - 1, 12 * 52])
        ['burn_in', 'final', 'final', 'provisional']
        """
        months = np.asarray(month, dtype=np.int64)
        window = timedelta(days=self.window_days)
        sure = np.datetime64(self.first + window, "D").astype(np.int64)
        settled = np.datetime64(self.until - window, "D").astype(np.int64)
        words = np.where(first_day(months + 1) - 1 <= settled, "final", "provisional")
        return [str(word) for word in np.where(first_day(months) < sure, "burn_in", words)]


@dataclass(frozen=True)
class CountTable:
    """Counts of persons by month and further keys, one row a cell and measure.

    Parameters
    ----------
    cells : DataFrame
        ``month`` (since January 1970), ``status`` of the month, the keys, ``measure``,
        ``count``, and ``key``, the sum of the secret keys of those counted.
    keys : tuple of str
        Columns counted by, beside the month.
    measures : tuple of str
        What is counted.

    See Also
    --------
    migration_flows, keruen.measure.record_accounts.resident_account : Make it.
    """

    cells: pd.DataFrame
    keys: tuple[str, ...]
    measures: tuple[str, ...]

    def by(self, *keys: str) -> CountTable:
        """The same counts by fewer keys.

        Parameters
        ----------
        *keys : str
            ``month`` and others of the table; without ``month``, by its status.

        Returns
        -------
        CountTable
        """
        kept = [*keys, "measure"]
        kept = ["month", "status", *kept[1:]] if keys[:1] == ("month",) else ["status", *kept]
        cells = self.cells.groupby(kept, as_index=False, sort=True)[["count", "key"]].sum()
        return replace(self, cells=cells, keys=tuple(k for k in keys if k != "month"))

    def wide(self) -> pd.DataFrame:
        """A row a cell and a column a measure, with labels for readers.

        Returns
        -------
        DataFrame
        """
        index = [name for name in self.cells if name not in ("measure", "count", "key")]
        table = self.cells.pivot_table(
            index=index, columns="measure", values="count", aggfunc="sum", fill_value=0
        )
        table = table.reindex(columns=self.measures, fill_value=0).reset_index()
        return labelled(table.rename_axis(columns=None))


def observed_days(
    records: PersonRecords,
    *,
    window_days: int,
    observed_from: date | None = None,
    observed_until: date | None = None,
) -> ObservedDays:
    """The days that crossings are known of: as stated, else from the first to the last one.

    Parameters
    ----------
    records : PersonRecords
        Crossings with ``event_time``.
    window_days : int
        Window of the rule.
    observed_from : date, optional
        First day observed.
    observed_until : date, optional
        First day not observed.

    Returns
    -------
    ObservedDays

    Raises
    ------
    SchemaError
        The end is not after the start, rows that tell it are more than 150 years apart
        (``BadSetting``), or there are none (``NoRows``).

    Examples
    --------
    >>> from keruen.sources.records import table_records
    >>> crossings = table_records(event_time=[date(2020, 3, 1), date(2021, 5, 4)])
    >>> str(observed_days(crossings, window_days=365).until)
    '2021-05-05'
    """
    need_records_extra()
    first, until = observed_from, observed_until
    if first is None or until is None:
        least, most = records.extremes("event_time")
        if least is None:
            raise SchemaError(
                "there are no rows", where="event_time", remedy="give files with rows", id="NoRows"
            )
        first, last = first or _day(least), _day(most)
        if until is None:
            _need_likely(first, last)
            until = last + timedelta(days=1)
    if until <= first:
        raise SchemaError(
            f"observation ends on {until} and begins on {first}",
            where="observed_from, observed_until",
            remedy="the end is the first day that is not observed, after the start",
            id="BadSetting",
        )
    return ObservedDays(first, until, window_days)


def _need_likely(first: date, last: date) -> None:
    """Refuse a last row that is so late that its date must be wrong."""
    if last.year - first.year > _YEARS:
        raise SchemaError(
            f"rows go from {first} to {last}: one of them is no true date",
            where="event_time",
            remedy="give the days that records are known of, --observed-from and "
            "--observed-until: rows outside are counted and left out",
            id="BadSetting",
        )


def _day(moment: date) -> date:
    return moment.date() if isinstance(moment, datetime) else moment


def need_columns(records: PersonRecords, by: Sequence[str]) -> None:
    """Refuse keys that no column of the records tells.

    Parameters
    ----------
    records : PersonRecords
        Crossings.
    by : sequence of str
        Keys: ``month``, ``age`` (from ``birth_date``) and columns.

    Raises
    ------
    SchemaError
        A column is missing (``MissingColumn``).
    """
    faults: list[WorkbenchError] = [
        SchemaError(
            f"no column '{column}' to count by",
            where="by",
            remedy="leave it out, or say under which heading it stands",
            id="MissingColumn",
        )
        for column in needed(by)
        if column not in records.schema.names
    ]
    raise_faults(faults)


def migration_flows(
    answers: PersonRecords,
    *,
    by: Sequence[str] = (),
    observed: ObservedDays,
    secret: bytes | None = None,
) -> CountTable:
    """Long-term arrivals and departures by month, and crossings without an answer yet.

    Parameters
    ----------
    answers : PersonRecords
        Crossings as :func:`keruen.measure.residence.classify_crossings` answers them.
    by : sequence of str, optional
        Keys beside the month: ``age`` (completed years on the day of the crossing, 100 and
        more together) or columns as recorded at the crossing.
    observed : ObservedDays
        The days observed, which say how sure each month is.
    secret : bytes, optional
        16 bytes to make secret keys of persons from.

    Returns
    -------
    CountTable
        Measures ``arrivals``, ``departures``, ``open_arrivals``, ``open_departures``. A row
        whose column is empty is counted as ``unknown``.

    Raises
    ------
    SchemaError
        A column is missing (``MissingColumn``).

    See Also
    --------
    keruen.measure.record_accounts.resident_account : Stocks that agree with the flows.

    Notes
    -----
    The rows counted add up to the same totals by whatever keys.

    Examples
    --------
    >>> from keruen.measure.residence import classify_crossings
    >>> from keruen.sources.records import table_records
    >>> crossings = table_records(
    ...     person_id=[1], event_time=[date(2020, 5, 9)], direction=[1], crossing_id=[1], sex=["F"]
    ... )
    >>> observed = ObservedDays(date(2018, 1, 1), date(2024, 1, 1), 487)
    >>> answers = classify_crossings(
    ...     crossings,
    ...     threshold_days=365,
    ...     window_days=487,
    ...     observed_from=observed.first,
    ...     observed_until=observed.until,
    ... )
    >>> flows = migration_flows(answers, by=["sex"], observed=observed).wide()
    >>> flows[["month", "status", "sex", "arrivals"]].to_dict("records")
    [{'month': '2020-05', 'status': 'final', 'sex': 'F', 'arrivals': 1}]
    """
    need_columns(answers, by)
    keys = tuple(name for name in by if name != "month")
    kernel = FlowCells(keys, secret)
    columns = ["person_id", "event_time", "direction", "long_term", *dict.fromkeys(needed(keys))]
    rows = answers.select(columns, where={"excluded": None, "long_term": [1, None]})
    cells = rows.apply(kernel, kernel.schema).tabulate(["month", "measure", *keys], total=["key"])
    return flow_table(cells, keys, observed)


def flow_table(cells: pd.DataFrame, keys: tuple[str, ...], observed: ObservedDays) -> CountTable:
    """Counted cells as a table of flows.

    Parameters
    ----------
    cells : DataFrame
        ``month``, ``measure``, the keys, ``count``, ``key``.
    keys : tuple of str
        Keys beside the month.
    observed : ObservedDays
        The days observed.

    Returns
    -------
    CountTable
    """
    cells.insert(1, "status", observed.statuses(cells["month"].tolist()))
    return CountTable(cells, keys, FLOWS)
