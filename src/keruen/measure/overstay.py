# SPDX-License-Identifier: Apache-2.0
"""People who stayed after the end of their permission, counted from border crossings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

import xarray as xr

from keruen.core.errors import SchemaError, WorkbenchError, raise_faults
from keruen.core.records import Batches, PersonRecords, need_records_extra, whole_persons
from keruen.measure._irregular_bounds import irregular_estimate, persons
from keruen.measure._overstay import DEATH, EXTENSION, overstays
from keruen.measure.irregular_estimates import IrregularEstimate
from keruen.measure.linkage_errors import MissedLinks

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

_EVENT: Final = "event_time"
_UNTIL: Final = "authorised_until"
_COUNTS: Final = ("admissions", "overstayed", "still_here")


@dataclass(frozen=True)
class OverstayEstimate:
    """People who stayed too long, and what missed exits do to their number.

    Parameters
    ----------
    estimate : IrregularEstimate
        People still in the country on the day without permission, less the exits that were
        missed; missing where these may be all of them.
    admissions : DataArray [...], count
        Admissions with a known end of permission before the day.
    overstayed : DataArray [...], count
        Those not left by the end of the permission.
    still_here : DataArray [...], count
        Those not left by the day either: of the overstays, less later departures.
    missed : DataArray [...], count
        Exits that missed links are expected to hide.

    See Also
    --------
    overstay_estimate : Makes it.
    """

    estimate: IrregularEstimate
    admissions: xr.DataArray
    overstayed: xr.DataArray
    still_here: xr.DataArray
    missed: xr.DataArray

    def to_table(self) -> pd.DataFrame:
        """Tidy table: the counts beside the estimate.

        Returns
        -------
        DataFrame
        """
        table = self.estimate.to_table()
        for place, name in enumerate((*_COUNTS, "missed")):
            array = getattr(self, name).transpose(*self.estimate.value.dims)
            table.insert(self.estimate.value.ndim + place, name, array.to_numpy().ravel())
        return table


def overstay_estimate(
    answers: PersonRecords,
    *,
    on: date,
    missed: MissedLinks,
    by: Sequence[str] = (),
    extensions: PersonRecords | None = None,
    deaths: PersonRecords | None = None,
) -> OverstayEstimate:
    """People in the country on a day after their permission ended.

    Parameters
    ----------
    answers : PersonRecords
        Crossings as :func:`keruen.measure.residence.classify_crossings` answers them, with
        ``authorised_until`` (last day permitted) on arrivals; it is missing for people who
        need no permission, such as citizens and residents.
    on : date
        The day; crossings after it are not looked at.
    missed : MissedLinks
        Share of trips whose exit was not linked with the arrival.
    by : sequence of str, optional
        Columns to count by, such as citizenship.
    extensions : PersonRecords, optional
        ``person_id`` and ``authorised_until``: later permission, such as an extension or a
        change of status.
    deaths : PersonRecords, optional
        ``person_id`` and ``event_time``.

    Returns
    -------
    OverstayEstimate

    Raises
    ------
    SchemaError
        A column is missing (``MissingColumn``), nobody had a permission that ended
        (``NothingKnown``), or the ``records`` extra is not installed (``ExtraMissing``).

    See Also
    --------
    keruen.measure.linkage_errors.missed_links : Measures the share.

    Notes
    -----
    An admission overstays on day ``t`` when its permission ended before ``t``, no departure
    follows it up to ``t``, and the person is alive. Rows that the rule left out (duplicates,
    echoes) take no part. The correction takes ``e A`` from the people still here, ``e`` the
    share missed and ``A`` the admissions. Where it may exceed their number at the 95 % limit
    the number is not measurable: the value is missing and the lower limit 0. A stay followed
    by another arrival has ended; its departure is taken half way.

    References
    ----------
    Department of Homeland Security (yearly). Entry/Exit Overstay Report.

    Examples
    --------
    >>> from keruen.measure.residence import classify_crossings
    >>> from keruen.sources.records import table_records
    >>> crossings = table_records(
    ...     crossing_id=[1, 2, 3],
    ...     person_id=[1, 1, 2],
    ...     event_time=[date(2024, 1, 1), date(2024, 1, 20), date(2024, 1, 1)],
    ...     direction=[1, 0, 1],
    ...     authorised_until=[date(2024, 1, 31), None, date(2024, 1, 31)],
    ... )
    >>> answers = classify_crossings(crossings, threshold_days=365, window_days=487,
    ...     observed_until=date(2024, 7, 1), initial="opposite")
    >>> missed = MissedLinks(trips=1000, missed=1, rate=0.001, lower=0.0002, upper=0.0056)
    >>> found = overstay_estimate(answers, on=date(2024, 6, 30), missed=missed)
    >>> found.admissions.item(), found.still_here.item(), round(found.estimate.value.item(), 3)
    (2, 1, 0.998)
    """
    need_records_extra()
    _check(answers, by, extensions, deaths)
    people = _together(answers, by, extensions, deaths)
    kernel = _Overstays(tuple(by), (on - date(1970, 1, 1)).days)
    schema = kernel.schema(people.schema)
    table = people.apply(kernel, schema, order=[_EVENT]).tabulate([*by], total=_COUNTS)
    if not len(table) or not table["admissions"].sum():
        raise SchemaError(
            "nobody had a permission that ended before the day",
            where=_UNTIL,
            remedy="give the last day permitted on arrivals, and a later day",
            id="NothingKnown",
        )
    admissions, overstayed, still = (_array(table, name, by) for name in _COUNTS)
    return _result(admissions, overstayed, still, missed, on)


def _result(
    admissions: xr.DataArray,
    overstayed: xr.DataArray,
    still: xr.DataArray,
    missed: MissedLinks,
    on: date,
) -> OverstayEstimate:
    lower = (still - missed.upper * admissions).clip(min=0.0)
    upper = (still - missed.lower * admissions).clip(min=0.0)
    measurable = still > missed.upper * admissions
    value = (still - missed.rate * admissions).where(measurable)
    cells = int((~measurable).sum())
    notes = (f"not measurable in {cells} cells: missed exits may be all of them",) if cells else ()
    found = irregular_estimate(
        "overstay",
        (value, lower, upper),
        covers="stay",
        moment=on.isoformat(),
        assumption="exits are recorded everywhere; links are missed as often for every group; "
        "extensions and deaths are complete",
        interval="95 % of the share of missed links",
        notes=notes,
    )
    hidden = persons(missed.rate * admissions, "missed_exits")
    return OverstayEstimate(found, admissions, overstayed, still, hidden)


def _array(table: pd.DataFrame, name: str, by: Sequence[str]) -> xr.DataArray:
    if not by:
        return persons(xr.DataArray(int(table[name].sum())), name)
    known = table.assign(**{column: table[column].fillna("unknown") for column in by})
    series = known.groupby(list(by))[name].sum()
    return persons(xr.DataArray.from_series(series).fillna(0).astype(int), name)


def _check(
    answers: PersonRecords,
    by: Sequence[str],
    extensions: PersonRecords | None,
    deaths: PersonRecords | None,
) -> None:
    wanted = {
        "answers": (answers, ("person_id", _EVENT, "direction", "excluded", _UNTIL, *by)),
        "extensions": (extensions, ("person_id", _UNTIL)),
        "deaths": (deaths, ("person_id", _EVENT)),
    }
    faults: list[WorkbenchError] = [
        SchemaError(f"no column '{name}'", where=table, remedy="add it", id="MissingColumn")
        for table, (given, names) in wanted.items()
        if given is not None
        for name in names
        if name not in given.schema.names
    ]
    raise_faults(faults)


def _together(
    answers: PersonRecords,
    by: Sequence[str],
    extensions: PersonRecords | None,
    deaths: PersonRecords | None,
) -> PersonRecords:
    """Crossings used, extensions and deaths, told apart by ``direction``."""
    crossings = answers.select(
        ["person_id", _EVENT, "direction", _UNTIL, *by], where={"excluded": None}
    )
    for side, mark in ((extensions, EXTENSION), (deaths, DEATH)):
        if side is not None:
            kernel = _Marked(crossings.schema, mark)
            crossings = crossings.stack(side.apply(kernel, crossings.schema))
    return crossings


@dataclass(frozen=True)
class _Marked:
    """Kernel: rows of a side table in the columns of crossings, with a mark for direction."""

    to: pa.Schema
    mark: int

    def __call__(self, batches: Batches) -> Batches:
        import pyarrow as pa

        for batch in batches:
            size = batch.num_rows
            columns = []
            for field in self.to:
                if field.name == "direction":
                    columns.append(pa.array([self.mark] * size, field.type))
                elif field.name in batch.schema.names:
                    columns.append(batch[field.name].cast(field.type))
                elif field.name == _EVENT:
                    columns.append(batch[_UNTIL].cast("date32").cast(field.type))
                else:
                    columns.append(pa.nulls(size, field.type))
            yield pa.RecordBatch.from_arrays(columns, schema=self.to)


@dataclass(frozen=True)
class _Overstays:
    """Kernel: a row an admission with a permission that ended, and whether it was overstayed."""

    by: tuple[str, ...]
    day: int

    def schema(self, given: pa.Schema) -> pa.Schema:
        import pyarrow as pa

        own = [given.field(name) for name in ("person_id", *self.by)]
        return pa.schema([*own, *((name, pa.int64()) for name in _COUNTS)])

    def __call__(self, batches: Batches) -> Batches:
        for batch in whole_persons(batches):
            yield overstays(batch, self.schema(batch.schema), self.by, self.day)
