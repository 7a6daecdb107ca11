# SPDX-License-Identifier: Apache-2.0
"""Tables of counts made safe to publish."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import xarray as xr

from keruen.core.errors import SchemaError
from keruen.core.tables import from_table, to_table
from keruen.measure._record_cells import FLOWS, labelled
from keruen.measure._record_keys import SECRET
from keruen.measure.disclosure import (
    TOTAL,
    ProtectedCounts,
    blur_counts,
    hide_small_counts,
    round_counts,
)
from keruen.measure.record_tables import STOCKS, CountTable

if TYPE_CHECKING:
    import pandas as pd

Method = Literal["none", "threshold", "round", "cellkey"]
_LARGEST: Final = 2_000_000
"""Cells of a table, with the empty ones."""
_DIMS: Final = 8
_TOGETHER: Final = (FLOWS[:2], FLOWS[2:])
"""Measures that make one table."""


@dataclass(frozen=True)
class Protection:
    """How counts are changed before anybody sees them.

    Parameters
    ----------
    method : {"none", "threshold", "round", "cellkey"}
        Not at all; hide small counts; round at random to a base; add noise by cell keys.
    size : int, optional
        The threshold, or the base.
    secret : bytes, optional
        16 bytes that rounding and noise hang on.

    See Also
    --------
    parse_protection : From the words of a command.
    """

    method: Method
    size: int = 0
    secret: bytes = b""

    def __str__(self) -> str:
        words = {
            "none": "none",
            "threshold": f"counts below {self.size} hidden, others where they would tell them",
            "round": f"controlled random rounding to base {self.size}",
            "cellkey": "noise by cell keys, variance 2, at most 5",
        }
        return words[self.method]


def parse_protection(text: str, *, secret: bytes = b"") -> Protection:
    """Protection named in a word: none, threshold:5, round:3, cellkey.

    Parameters
    ----------
    text : str
        Method and size.
    secret : bytes, optional
        What rounding and noise hang on, of any length.

    Returns
    -------
    Protection

    Raises
    ------
    SchemaError
        It is none of these (``BadSetting``).

    Examples
    --------
    >>> print(parse_protection("round:3"))
    controlled random rounding to base 3
    """
    key = blake2b(secret, digest_size=SECRET, person=b"keruen records").digest()
    found = re.fullmatch(r"(threshold|round):(\d{1,6})", text)
    if found and int(found[2]) >= 2:
        return Protection("threshold" if found[1] == "threshold" else "round", int(found[2]), key)
    if text == "none":
        return Protection("none")
    if text == "cellkey":
        return Protection("cellkey", secret=key)
    raise SchemaError(
        f"'{text}' is no disclosure control",
        where="disclosure",
        remedy="give none, threshold:5, round:3 or cellkey; sizes of 2 or more",
        id="BadSetting",
    )


def protected_table(table: CountTable, protection: Protection) -> pd.DataFrame:
    """A table as it may leave: a row a cell, a column a measure.

    Parameters
    ----------
    table : CountTable
        Exact counts.
    protection : Protection
        What to do to them.

    Returns
    -------
    DataFrame
        Labels for readers. With a threshold, totals stand under ``_T``, and what is hidden is
        missing. Cells without a row are zero as published, whether they were or not.

    Raises
    ------
    SchemaError
        The table has too many cells (``TableTooLarge``).

    See Also
    --------
    keruen.measure.disclosure : The methods.

    Notes
    -----
    Arrivals and departures make one table, and so do open ones; stocks of each date are one
    by themselves.
    """
    import pandas as pd

    if protection.method == "none" or table.cells.empty:
        return table.wide()
    parts = [_protected(part, protection, stock=stock) for part, stock in _parts(table)]
    cells = pd.concat(parts, ignore_index=True)
    cells = cells[(cells["measure"] != TOTAL) & (cells["count"] != 0)]
    index = [str(name) for name in cells if name not in ("measure", "count", "key")]
    wide = cells.set_index([*index, "measure"])["count"].unstack("measure", fill_value=0)
    wide = wide.reindex(columns=table.measures, fill_value=0).reset_index()
    wide = wide.rename_axis(columns=None).sort_values(index, key=_ranks, ignore_index=True)
    if "month" in index:
        month, status = labelled(table.cells)["month"], table.cells["status"]
        known = dict(zip(month, status, strict=True))
        wide.insert(1, "status", wide["month"].map(known).fillna(TOTAL))
    return wide


def _ranks(labels: pd.Series) -> pd.Series:
    """What to sort labels by: ages by number, totals last."""
    width = 3 if labels.name == "age" else 0
    return labels.map(lambda label: "\uffff" if label == TOTAL else label.zfill(width))


def _parts(table: CountTable) -> Iterator[tuple[pd.DataFrame, bool]]:
    """Tables to protect one by one, and whether each is the stock of a date."""
    cells = labelled(table.cells)
    if "month" in cells:
        cells = cells.drop(columns="status")
    groups = _TOGETHER if table.measures == FLOWS else [(name,) for name in table.measures]
    for together in groups:
        part = cells[cells["measure"].isin(together)]
        stock = together[0] in STOCKS
        if len(part):
            yield from (
                ((one, True) for _, one in part.groupby("month")) if stock else [(part, False)]
            )


def _protected(cells: pd.DataFrame, protection: Protection, *, stock: bool) -> pd.DataFrame:
    """One table, protected, with its totals where they are shown."""
    dims = [str(name) for name in cells if name not in ("count", "key")]
    size = math.prod(cells[dim].nunique() for dim in dims)
    if size > _LARGEST or len(dims) > _DIMS:
        raise SchemaError(
            f"a table of {size} cells by {len(dims)} columns cannot be protected",
            where=", ".join(dims),
            remedy="count by fewer columns",
            id="TableTooLarge",
        )
    shown = _changed(_dense(cells, "count", dims), cells, dims, protection).counts
    if stock:  # no total of dates or of measures
        shown = shown.isel(month=[0], measure=[0])
    return to_table(shown.rename("count"))


def _changed(
    counts: xr.DataArray, cells: pd.DataFrame, dims: list[str], protection: Protection
) -> ProtectedCounts:
    if protection.method == "threshold":
        return hide_small_counts(counts, threshold=protection.size)
    if protection.method == "round":
        seed = int.from_bytes(protection.secret[:7], "big")
        return round_counts(counts, base=protection.size, seed=seed)
    return blur_counts(counts, record_keys=_dense(cells, "key", dims))


def _dense(cells: pd.DataFrame, value: str, dims: list[str]) -> xr.DataArray:
    table = cells[[*dims, value]].reset_index(drop=True)
    return from_table(table, value=value, dims=dims).fillna(0).astype(np.int64)
