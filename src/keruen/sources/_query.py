# SPDX-License-Identifier: Apache-2.0
"""Reading Parquet rows with DuckDB: only the row groups that a selection needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from keruen.sources._catalogue import verify
from keruen.sources.datasets import DataSet, Label

if TYPE_CHECKING:
    import duckdb
    import pandas as pd


@cache
def _engine() -> duckdb.DuckDBPyConnection:
    import duckdb

    return duckdb.connect(":memory:", config={"autoinstall_known_extensions": "false"})


def _name(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'


def _text(label: Label) -> str:
    return "'" + label.replace("'", "''") + "'" if isinstance(label, str) else repr(label)


def _where(select: Mapping[str, Sequence[Label]]) -> str:
    tests = [
        f"{_name(key)} IN ({', '.join(_text(label) for label in labels)})"
        for key, labels in select.items()
    ]
    return " AND ".join(tests) or "true"


def _from(table: DataSet) -> str:
    verify(table.file, table.digest)
    return f"read_parquet({_text(str(table.file))})"


def cells(
    table: DataSet,
    column: str,
    labels: Mapping[str, Sequence[Label]],
    select: Mapping[str, Sequence[Label]],
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Cells of a selection: where each stands in the flat array, and its value.

    Parameters
    ----------
    table : DataSet
        Table to read.
    column : str
        Value column.
    labels : dict
        Labels of every key, in the order of the result.
    select : dict
        Labels to read, by key; others are read whole.

    Returns
    -------
    array of int, array of float
        Place in row-major order, and value, of every cell that has one.
    """
    place = "0"
    for key, known in labels.items():
        place = f"({place}) * {len(known)} + {_position(key, known)}"
    query = (  # names come from the catalogue, labels are quoted
        f"SELECT ({place})::BIGINT AS place, {_number(table, column)} AS value "  # noqa: S608
        f"FROM {_from(table)} WHERE {_where(select)} AND {_name(column)} IS NOT NULL"
    )
    found = _engine().cursor().execute(query).fetchnumpy()
    return np.asarray(found["place"]), np.asarray(found["value"], dtype=np.float64)


def _position(key: str, labels: Sequence[Label]) -> str:
    """SQL for the position of a key's label among labels."""
    listed = ", ".join(_text(label) for label in labels)
    if isinstance(labels[0], str):
        return f"enum_code({_name(key)}::ENUM({listed}))::BIGINT"
    if list(labels) == list(range(int(labels[0]), int(labels[0]) + len(labels))):
        return f"({_name(key)}::BIGINT - {labels[0]})"
    return f"(list_position([{listed}], {_name(key)}) - 1)"


def _number(table: DataSet, column: str) -> str:
    """SQL for a value as it was published.

    ``significant4`` holds the rank c of a number of four significant digits, 0 being
    1.000e-6: ``(1000 + c mod 9000) / 10^(9 - c div 9000)``. Whole numbers pack better than
    fractions, and neighbours in age and time have neighbouring ranks.
    """
    name = _name(column)
    encoding = next(one.encoding for one in table.columns if one.name == column)
    if encoding == "significant4":
        powers = ", ".join(f"1e{power}" for power in range(9, -1, -1))
        return f"(1000 + {name} % 9000)::DOUBLE / [{powers}][1 + {name} // 9000]"
    return f"{name}::DOUBLE"


def rows(table: DataSet, select: Mapping[str, Sequence[Label]]) -> pd.DataFrame:
    """Rows of a selection as a frame, numbers as they were published.

    Parameters
    ----------
    table : DataSet
        Table to read.
    select : dict
        Labels to read, by column; others are read whole.

    Returns
    -------
    DataFrame
    """
    names = ", ".join(
        f"{_number(table, one.name)} AS {_name(one.name)}"
        if one.role == "value"
        else _name(one.name)
        for one in table.columns
    )
    query = f"SELECT {names} FROM {_from(table)} WHERE {_where(select)}"  # noqa: S608
    frame: pd.DataFrame = _engine().cursor().execute(query).df()
    return frame


def count(table: DataSet, select: Mapping[str, Sequence[Label]]) -> int:
    """Number of rows of a selection.

    Parameters
    ----------
    table : DataSet
        Table to read.
    select : dict
        Labels to read, by column; others are read whole.

    Returns
    -------
    int
    """
    query = f"SELECT count(*) FROM {_from(table)} WHERE {_where(select)}"  # noqa: S608
    (number,) = _engine().cursor().execute(query).fetchall()[0]
    return int(number)
