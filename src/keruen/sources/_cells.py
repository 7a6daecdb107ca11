# SPDX-License-Identifier: Apache-2.0
"""A column of cells as numbers, the way statistics offices write them.

Every reading that is more than a plain number says why; what may be read in two ways, as
``1,234``, is decided by the other cells of the column, or not at all.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from keruen.sources._number_forms import Form, form_of

if TYPE_CHECKING:
    import pandas as pd

Mark = Literal[",", "."]
"""Sign before the decimals."""


class State(IntEnum):
    """What a cell of a column of numbers is."""

    NUMBER = 0
    ZERO = 1
    MISSING = 2
    EMPTY = 3
    TEXT = 4
    AMBIGUOUS = 5


REASONS: Final = frozenset(
    {
        *("decimal_comma", "thousands", "by_column", "dash_zero", "missing_mark", "footnote"),
        *("percent", "brackets", "minus", "digits", "apostrophe", "text_number"),
    }
)
"""Why a cell was read as it was; ``intake.changes`` says them in words."""


class Reading(NamedTuple):
    """How a text was read."""

    value: float
    state: State
    reasons: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Numbers:
    """A column read as numbers.

    Parameters
    ----------
    values : array of float
        Number of each cell; NaN unless its state is NUMBER or ZERO.
    state : array of uint8
        ``State`` of each cell.
    decimal : {",", ".", ""}
        Decimal mark the column shows; empty when it shows none, or both.
    codes : array of int
        Place of each cell in ``readings``; -1 for cells that were no text.
    texts : tuple of str
        The different texts of the column.
    readings : tuple of Reading
        How each of them was read.
    """

    values: NDArray[np.float64]
    state: NDArray[np.uint8]
    decimal: str
    codes: NDArray[np.int64]
    texts: tuple[str, ...]
    readings: tuple[Reading, ...]

    def changes(self) -> pd.DataFrame:
        """Cells read otherwise than as a plain number.

        Returns
        -------
        DataFrame
            ``position`` in the column, ``before``, ``after``, ``reasons`` (keys of
            ``REASONS``) and ``note`` (the mark of a footnote).
        """
        import pandas as pd

        changed = np.array([bool(reading.reasons) for reading in self.readings] + [False])
        position = np.flatnonzero(changed[self.codes])
        found = [self.codes[place] for place in position]
        readings = [self.readings[code] for code in found]
        return pd.DataFrame(
            {
                "position": position,
                "before": pd.Series([self.texts[code] for code in found], dtype=object),
                "after": self.values[position],
                "reasons": pd.Series([reading.reasons for reading in readings], dtype=object),
                "note": pd.Series([reading.note for reading in readings], dtype=object),
            }
        )


def read_numbers(column: pd.Series, *, decimal: Mark | None = None, typed: bool = False) -> Numbers:
    """Numbers of a column, and what each cell is.

    Parameters
    ----------
    column : Series
        Cells as of ``read_sheets`` or ``read_columns``: numbers, texts, None.
    decimal : {",", "."}, optional
        Decimal mark, for cells such as ``1,234`` in a column that does not show it.
    typed : bool, optional
        Whether the cells come from a workbook, where a number kept as text is worth a word.

    Returns
    -------
    Numbers

    Examples
    --------
    >>> import pandas as pd
    >>> found = read_numbers(pd.Series(["1,234", "0,5", "-", "…", "12*"]))
    >>> found.values.tolist(), found.changes()["reasons"].iloc[0]
    ([1.234, 0.5, 0.0, nan, 12.0], ('decimal_comma', 'by_column'))
    """
    values, state, codes, texts = _parted(column)
    forms = [form_of(text) for text in texts]
    shown = {form.decimal for form in forms} - {""}
    mark = shown.pop() if len(shown) == 1 else ""
    readings = tuple(_reading(form, mark or decimal or "", typed=typed) for form in forms)
    if texts:
        where = codes >= 0
        values[where] = np.array([reading.value for reading in readings])[codes[where]]
        state[where] = np.array([reading.state for reading in readings], np.uint8)[codes[where]]
    return Numbers(values, state, mark, codes, tuple(texts), readings)


def _parted(
    column: pd.Series,
) -> tuple[NDArray[np.float64], NDArray[np.uint8], NDArray[np.int64], Sequence[str]]:
    """Values and states of the cells that are no text, and the texts apart."""
    if hasattr(column, "cat"):
        codes = column.cat.codes.to_numpy().astype(np.int64)
        size = len(column)
        state = np.full(size, State.EMPTY, np.uint8)
        return np.full(size, np.nan), state, codes, column.cat.categories.tolist()
    if column.dtype.kind in "iuf":
        values = column.to_numpy(dtype=float, copy=True)
        return values, _finite(values), np.full(values.size, -1), []
    return _parted_cells(column.tolist())


def _finite(values: NDArray[np.float64]) -> NDArray[np.uint8]:
    """States of numbers; an infinite one is taken out."""
    state = np.where(np.isnan(values), State.EMPTY, State.NUMBER).astype(np.uint8)
    state[np.isinf(values)] = State.TEXT
    values[np.isinf(values)] = np.nan
    return state


def _parted_cells(
    cells: Sequence[object],
) -> tuple[NDArray[np.float64], NDArray[np.uint8], NDArray[np.int64], Sequence[str]]:
    values = np.full(len(cells), np.nan)
    codes = np.full(len(cells), -1)
    words: dict[str, int] = {}
    odd = []
    for place, cell in enumerate(cells):
        if isinstance(cell, str):
            codes[place] = words.setdefault(cell, len(words))
        elif isinstance(cell, bool) or not isinstance(cell, numbers.Real | None):
            odd.append(place)  # a date or a truth value is no number
        elif cell is not None:
            values[place] = cell
    state = _finite(values)
    state[odd] = State.TEXT
    return values, state, codes, list(words)


def _reading(form: Form, decimal: str, *, typed: bool) -> Reading:
    """A form as the column says."""
    reasons = list(form.reasons)
    if form.kind in {"missing", "empty", "text"}:
        state = State[form.kind.upper()]
        return Reading(math.nan, state, tuple(reasons), form.note)
    if math.isinf(form.value):
        return Reading(math.nan, State.TEXT)
    if form.kind == "zero":
        return Reading(0.0, State.ZERO, tuple(reasons), form.note)
    value = form.value
    if form.kind == "either":
        if not decimal:
            return Reading(math.nan, State.AMBIGUOUS, tuple(reasons), form.note)
        if form.separator == decimal:
            reasons += ["decimal_comma", "by_column"] if decimal == "," else []
        else:
            value = float(round(1000 * value))
            reasons += ["thousands", "by_column"]
    if typed and not reasons:
        reasons = ["text_number"]
    return Reading(value, State.NUMBER, tuple(reasons), form.note)
