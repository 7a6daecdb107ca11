# SPDX-License-Identifier: Apache-2.0
"""Files of a quota office: applications, weights, and the rules that a quota is set with."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import fields
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import xarray as xr

from keruen.core.errors import FaultsError, FileError, SchemaError, WorkbenchError, raise_faults
from keruen.core.events import Event, Fact
from keruen.decide.apportionment import (
    ApportionMethod,
    apportion,
    paradox_labels,
    region_key,
)
from keruen.decide.ledger_rules import LedgerRules, Money, Support
from keruen.report.quota_office import name_faults

if TYPE_CHECKING:
    import pandas as pd

    from keruen.sources.files import Check

SplitKey = Literal["weight", "population", "koenigstein", "european"]
"""Weights of the file, or a key of fair shares made of its columns."""

_SCHEMA: Final = "quota_applications"
_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "weight": ("weight",),
    "population": ("population",),
    "koenigstein": ("population", "revenue"),
    "european": ("population", "product", "applications", "unemployment"),
}


def read_applications(
    file: Path,
    quota: str,
    *,
    at: datetime,
    by: str,
    known: Collection[str] = (),
    sheet: str | None = None,
) -> tuple[list[Event], pd.DataFrame]:
    """Applications of a file as events, or all that is wrong with them.

    Parameters
    ----------
    file : Path
        Excel, CSV or Parquet with a table ``quota_applications``.
    quota : str
        Quota asked for.
    at : datetime
        When they came, where the file does not say; its zone holds for the days of the file.
    by : str
        Officer.
    known : collection of str, optional
        Cases that the ledger holds.
    sheet : str, optional
        Sheet of a workbook.

    Returns
    -------
    tuple of list of Event and DataFrame
        Events in order of the file, and how it was read.

    Raises
    ------
    FaultsError
        All faults, each with its cell.
    FileError
        The file cannot be read at all.
    """
    from keruen.sources.faults import as_errors
    from keruen.sources.files import check_table

    found = check_table(file, _SCHEMA, sheet=sheet)
    faults: list[WorkbenchError] = list(as_errors(found.faults))
    if found.table is not None:
        faults += _case_faults(found, file.name, at.date(), known)
    if faults or found.table is None:
        raise FaultsError(faults, where=file.name)
    return [_application(row, quota, at, by) for row in _rows(found.table)], found.changes


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    names = [str(name) for name in table.columns]
    return [dict(zip(names, row, strict=True)) for row in table.itertuples(index=False, name=None)]


def _case_faults(
    found: Check, file: str, last: date, known: Collection[str]
) -> Iterator[WorkbenchError]:
    """What the table as such cannot know: cases told twice, parts of persons, days to come."""
    assert found.table is not None and found.assembled is not None  # noqa: S101, PT018
    lines = sorted(found.assembled.entries.rows[found.assembled.keep].tolist())
    first: dict[str, int] = {}
    for line, row in zip(lines, _rows(found.table), strict=True):
        case, where = str(row["case"]), f"{file}, row {line}"
        if case in first:
            yield SchemaError(
                f"the case {case} stands in row {first[case]} already",
                where=where,
                remedy="keep one row a case",
                id="DuplicateKey",
            )
        elif case in known:
            yield SchemaError(
                f"the case {case} is in the ledger already",
                where=where,
                remedy="take it out of the file, or give a new application a new id",
                id="DuplicateKey",
            )
        first.setdefault(case, line)
        yield from name_faults([case], where)
        if row["units"] >= 1 and row["units"] % 1:
            yield SchemaError(f"{row['units']:g} places", where=where, remedy="whole numbers only")
        if str(row.get("received", "")) > last.isoformat():
            yield SchemaError(
                f"the application is of {row['received']}, which is to come",
                where=where,
                remedy=f"give a day up to {last}",
                id="DayToCome",
            )


def _application(row: dict[str, Any], quota: str, at: datetime, by: str) -> Event:
    facts: dict[str, Fact] = {"units": int(row["units"])}
    facts |= {name: str(row[name]) for name in ("channel", "group") if name in row}
    for name in ("vulnerable", "has_housing"):
        if row.get(name) in (0.0, 1.0):
            facts[name] = bool(row[name])
    when = at
    if "received" in row:
        day = date.fromisoformat(str(row["received"]))
        when = min(datetime.combine(day, time(), tzinfo=at.tzinfo), at)
    return Event("ApplicationReceived", quota, when, by, str(row["case"]), facts)


def split_table(
    file: Path,
    total: int,
    *,
    key: SplitKey = "weight",
    floor: int | None = None,
    cap: int | None = None,
    method: ApportionMethod = "hamilton",
    sheet: str | None = None,
) -> tuple[pd.DataFrame, list[str]]:
    """A whole quota split between the regions of a file.

    Parameters
    ----------
    file : Path
        Table ``quota_weights``; its columns ``floor`` and ``cap`` hold for their rows.
    total : int
        What is split.
    key : {"weight", "population", "koenigstein", "european"}, optional
        What it is split by.
    floor, cap : int, optional
        Least and most of every region, where the file does not say.
    method : {"hamilton", "webster"}, optional
        Largest fractions, or highest quotients.
    sheet : str, optional
        Sheet of a workbook.

    Returns
    -------
    tuple of DataFrame and list of str
        Columns region, weight (share of 1), exact, floor, cap, units; and what to know: regions
        that would get less of a larger total.

    Raises
    ------
    FaultsError
        The file has faults.
    SchemaError
        A column of the key is not there (``MissingColumn``).
    InfeasibleError
        Floors or caps leave no such split.
    """
    import pandas as pd

    from keruen.sources.files import read_arrays

    held = read_arrays(file, "quota_weights", sheet=sheet)
    missing = [name for name in _COLUMNS[key] if name not in held]
    if missing:
        raise SchemaError(
            f"the key {key} needs {', '.join(missing)}",
            where=file.name,
            remedy="add the columns, or choose another --key",
            id="MissingColumn",
        )
    named = {name: held[name] for name in _COLUMNS[key]}
    weights = named["weight"] if key == "weight" else region_key(**named)
    low = _limit(held.get("floor"), weights, floor or 0)
    high = _limit(held.get("cap"), weights, total if cap is None else cap)
    units = apportion(total, weights, floor=low, cap=high, method=method)
    share = (weights / weights.sum()).reindex_like(units)
    table = pd.DataFrame({"region": units.indexes["region"].astype(str)})
    columns = {"weight": share, "exact": total * share, "floor": low, "cap": high, "units": units}
    for name, values in columns.items():
        table[name] = values.reindex_like(units).to_numpy()
    notes = []
    if method == "hamilton" and int(high.sum()) > total:
        roomy = high.where(high < total, total + 1)
        notes = [
            f"{label} would get less if the total were {total + 1}; webster never does that"
            for label in paradox_labels(total, weights, floor=low, cap=roomy)
        ]
    return table, notes


def write_split(table: pd.DataFrame, path: Path) -> None:
    """Write a split as CSV or Excel, by the ending of the name.

    Parameters
    ----------
    table : DataFrame
        What :func:`split_table` gave.
    path : Path
        File.

    Raises
    ------
    FileError
        The ending is of no such file, or the file cannot be written.
    """
    from keruen.sources.formats.sheets import Sheet, write_sheets
    from keruen.sources.formats.table_files import Written, write_table
    from keruen.sources.output import staged_file

    if path.suffix not in {".csv", ".xlsx"}:
        raise FileError(
            f"'{path.suffix}' files are not written",
            where=str(path),
            remedy="choose .csv or .xlsx",
        )
    with staged_file(path) as name:
        if path.suffix == ".csv":
            write_table(Written(table, (), {}, ("region",)), name, ".csv")
        else:
            rows = list(table.itertuples(index=False, name=None))
            write_sheets([Sheet("split", list(table.columns), rows)], name)


def _limit(given: xr.DataArray | None, weights: xr.DataArray, other: int) -> xr.DataArray:
    default = xr.full_like(weights, other, dtype=int)
    return default if given is None else given.fillna(other).astype(int)


def read_rules(file: Path) -> dict[str, Any]:
    """Rules of a quota from a YAML file, those alone that it names.

    Parameters
    ----------
    file : Path
        Fields of :class:`~keruen.decide.ledger_rules.LedgerRules`.

    Returns
    -------
    dict

    Raises
    ------
    FileError
        The file is not there, or is no text.
    ScenarioError
        It is no YAML, or holds a field that rules do not have, with its line.
    """
    from keruen.sources.marked_yaml import Place, plain_value, read_yaml, unknown_keys

    node = read_yaml(file)
    place = Place(file.name, 1)
    if not isinstance(node, dict):
        raise SchemaError("the file does not hold rules", where=file.name, remedy="see the docs")
    faults: list[WorkbenchError] = list(unknown_keys(node, _names(LedgerRules), place))
    for name, kind in (("support", Support), ("index", Money)):
        for at, each in enumerate(node.get(name) or ()):
            below = place.below(node, name).below(node[name], at)
            if isinstance(each, dict):
                faults += unknown_keys(each, _names(kind), below)
            else:
                faults.append(SchemaError(f"'{each}' is not a rule", where=str(below)))
    raise_faults(faults, where=file.name)
    plain: Any = plain_value(node)
    return {name: _written(value) for name, value in plain.items()}


def _names(kind: type) -> list[str]:
    return [field.name for field in fields(kind)]


def _written(value: Any) -> Any:  # noqa: ANN401 - any value of a YAML file
    """Numbers that are not whole as text, as a chain of events keeps them."""
    if isinstance(value, list):
        return [_written(one) for one in value]
    if isinstance(value, dict):
        amounts = ("low", "high", "value")
        return {k: str(v) if k in amounts else _written(v) for k, v in value.items()}
    return repr(value) if isinstance(value, float) else value
