# SPDX-License-Identifier: Apache-2.0
"""Numbers written as text: exact, and each that is none named with its row."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from keruen.core.errors import SchemaError
from keruen.sources.formats.cube import place

if TYPE_CHECKING:
    import pandas as pd

_NUMBER: Final = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$", re.ASCII)
_WHOLE: Final = re.compile(r"[+-]?\d{1,19}$", re.ASCII)
_SHOWN: Final = 40


def read_numbers(
    column: pd.Series, name: str, path: Path, *, missing: Collection[str], whole: bool = False
) -> NDArray[Any]:
    """Numbers of a column of text.

    Parameters
    ----------
    column : Series of str
        Texts; its index counts the rows of the file below the heading.
    name : str
        Name of the column.
    path : Path
        File.
    missing : collection of str
        Texts that stand for a missing cell.
    whole : bool
        Whether whole numbers were written: they are kept as such, however large.

    Returns
    -------
    array of float, or of int when all are whole and ``whole`` is asked for

    Raises
    ------
    SchemaError
        A text is no number (``NotANumber``), or too large for one (``NotFinite``).
    """
    texts = column.astype(object).str.strip()
    empty = texts.isin(missing).to_numpy(bool)
    said = texts[~empty]
    if whole and not empty.any() and said.str.fullmatch(_WHOLE).all():
        numbers = np.array([int(text) for text in said])
        if numbers.dtype.kind in "iu":
            return numbers
    if len(said) and (said.str.contains(",", regex=False)).any():
        said = _decimal_commas(said)
    good = said.str.fullmatch(_NUMBER).to_numpy(bool)
    if not good.all():
        _refuse("is not a number", said, ~good, id="NotANumber", name=name, path=path)
    numbers = np.full(len(texts), np.nan)
    numbers[~empty] = said.to_numpy(object).astype("U").astype(float) if len(said) else []
    if np.isinf(numbers).any():
        _refuse("is too large", texts, np.isinf(numbers), id="NotFinite", name=name, path=path)
    return numbers


def _decimal_commas(said: pd.Series) -> pd.Series:
    """Commas are decimal when no dot stands in the column and no number has two."""
    dotted = said.str.contains(".", regex=False).any() or (said.str.count(",") > 1).any()
    return said if dotted else said.str.replace(",", ".", regex=False)


def _refuse(
    what: str, texts: pd.Series, bad: NDArray[Any], *, id: str, name: str, path: Path
) -> None:
    first = int(np.argmax(bad))
    more = int(bad.sum()) - 1
    raise SchemaError(
        f"{str(texts.iloc[first])[:_SHOWN]!r} {what}"
        + (f", nor are {more} more" if more and id == "NotANumber" else ""),
        where=place(path, f"row {texts.index[first] + 2}, {name}"),
        remedy="write digits with a decimal point; leave a missing cell empty",
        id=id,
    )
