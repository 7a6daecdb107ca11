# SPDX-License-Identifier: Apache-2.0
"""Parquet as small as it goes without losing a digit, the same bytes every time.

Numbers that were published with few decimals are stored as decimals, so that the file
holds the published figure and not its binary neighbour. For every column the encoding
that gives the fewest bytes is chosen by trying. Row groups end where the first key
changes, so that one country is read without its neighbours.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

GROUP_ROWS = 30_000
_DECIMALS = 7
_LEVEL = 19
_ENCODINGS = {
    # BYTE_STREAM_SPLIT of whole numbers is smaller still, but DuckDB 1.4 cannot read it
    "number": ("DICTIONARY", "DELTA_BINARY_PACKED"),
    "float": ("DICTIONARY", "BYTE_STREAM_SPLIT"),
}


@dataclass(frozen=True)
class Column:
    """A column ready to be written."""

    values: pa.Array
    encoding: str


def physical(column: pd.Series, *, store: str = "") -> pa.Array:
    """A column in the smallest type that holds every digit of it."""
    if store == "significant4":
        return pa.array(significant4(column.to_numpy()), type=pa.int32())
    if pd.api.types.is_bool_dtype(column):
        return pa.array(column.astype(bool), type=pa.bool_())
    if pd.api.types.is_numeric_dtype(column):
        return _number(column)
    if pd.api.types.is_datetime64_any_dtype(column) or _is_dates(column):
        return pa.array(column, type=pa.date32())
    text = column.astype(object).where(column.notna(), None)
    return pa.array(text.map(lambda item: None if item is None else str(item)), type=pa.string())


def _is_dates(column: pd.Series) -> bool:
    first = column.dropna().head(1)
    return len(first) > 0 and hasattr(first.iloc[0], "isoformat")


def significant4(numbers: np.ndarray) -> np.ndarray:
    """Rank of numbers of four significant digits, 1.000e-6 being 0."""
    exact = np.asarray(numbers, dtype=np.float64)
    power = np.floor(np.log10(exact) + 1e-9).astype(np.int64)
    digits = np.rint(exact * 10.0 ** (3 - power)).astype(np.int64)
    if not np.allclose(digits * 10.0 ** (power - 3), exact, rtol=2e-7, atol=0):
        raise ValueError("a number has more than four significant digits")
    return (power + 6) * 9000 + digits - 1000


def _number(column: pd.Series) -> pa.Array:
    missing = column.isna().to_numpy()
    exact = column.to_numpy(dtype=np.float64, na_value=0.0)
    single = str(column.dtype).lower() == "float32"
    for places in range(_DECIMALS):
        scaled = np.rint(exact * 10.0**places)
        if np.abs(scaled).max(initial=0) >= (2**31 if single else 2**53):
            break
        back = scaled / 10.0**places
        same = back.astype(np.float32) == exact.astype(np.float32) if single else back == exact
        if same.all():
            return _decimal(scaled.astype(np.int64), missing, places)
    kind = pa.float32() if single else pa.float64()
    return pa.array(exact, mask=missing, type=kind)


def _decimal(scaled: np.ndarray, missing: np.ndarray, places: int) -> pa.Array:
    largest = int(np.abs(scaled).max(initial=0))
    if places == 0:
        kinds = [(2**15, pa.int16()), (2**31, pa.int32()), (2**63, pa.int64())]
        return pa.array(scaled, mask=missing, type=next(k for top, k in kinds if largest < top))
    kind = pa.decimal128(max(len(str(largest)), places), places)
    words = np.stack([scaled, np.where(scaled < 0, -1, 0)], axis=1).astype("<i8")
    valid = pa.py_buffer(np.packbits(~missing, bitorder="little").tobytes())
    return pa.Array.from_buffers(kind, len(scaled), [valid, pa.py_buffer(words.tobytes())])


def _groups(keys: np.ndarray, rows: int) -> list[tuple[int, int]]:
    """Row ranges of at least ``rows`` rows that end where the first key changes."""
    ends = np.append(np.flatnonzero(keys[1:] != keys[:-1]) + 1, len(keys))
    ranges, start = [], 0
    for end in ends:
        if end - start >= rows or end == len(keys):
            ranges.append((start, int(end)))
            start = int(end)
    return ranges


def _write(columns: dict[str, Column], ranges: list[tuple[int, int]], level: int) -> bytes:
    table = pa.table({name: column.values for name, column in columns.items()})
    dictionary = [n for n, c in columns.items() if c.encoding == "DICTIONARY"]
    chosen = {n: c.encoding for n, c in columns.items() if c.encoding not in {"DICTIONARY", ""}}
    sink = io.BytesIO()
    with pq.ParquetWriter(
        sink,
        table.schema,
        compression="zstd",
        compression_level=level,
        use_dictionary=dictionary,
        column_encoding=chosen or None,
        store_decimal_as_integer=True,
        store_schema=False,
        data_page_size=1 << 24,
        dictionary_pagesize_limit=1 << 24,
        max_rows_per_page=1 << 24,
    ) as writer:
        for start, end in ranges:
            writer.write_table(table.slice(start, end - start), row_group_size=end - start)
    return sink.getvalue()


def _smallest(values: pa.Array, ranges: list[tuple[int, int]]) -> str:
    if pa.types.is_string(values.type):
        return "DICTIONARY"
    if pa.types.is_boolean(values.type):
        return ""
    family = "float" if pa.types.is_floating(values.type) else "number"
    sizes = {
        encoding: len(_write({"c": Column(values, encoding)}, ranges, 9))
        for encoding in _ENCODINGS[family]
    }
    return min(sizes, key=lambda encoding: (sizes[encoding], encoding))


def write_table(frame: pd.DataFrame, path: Path, *, first: str = "", store: dict[str, str]) -> None:
    """Write a frame whose rows stand in their final order.

    Parameters
    ----------
    frame : DataFrame
        Rows in the order they are to have.
    path : Path
        File to write.
    first : str, optional
        Column whose change may end a row group; one group when not given.
    store : dict
        Special storage by column: ``significant4``.
    """
    key = pd.factorize(frame[first])[0] if first else np.zeros(len(frame), dtype=int)
    ranges = _groups(key, GROUP_ROWS)
    columns = {}
    for name in frame.columns:
        values = physical(frame[name], store=store.get(name, ""))
        columns[str(name)] = Column(values, _smallest(values, ranges))
    path.write_bytes(_write(columns, ranges, _LEVEL))
