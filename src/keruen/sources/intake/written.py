# SPDX-License-Identifier: Apache-2.0
"""A table as it is written: keys and figures, one row a figure, each with its place."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

Ints = NDArray[np.int64]


@dataclass
class KeyCells:
    """Labels of a key.

    Parameters
    ----------
    codes : array of int
        Place of each row's label in ``texts``; -1 where the cell is empty.
    texts : list of str
        The different labels, as written.
    rows : array of int
        Row of the file that each label stands in.
    places : array of int
        Column of the sheet that each stands in.
    """

    codes: Ints
    texts: list[str]
    rows: Ints
    places: Ints


@dataclass
class FigureCells:
    """Figures of a value column, not read yet.

    Parameters
    ----------
    cells : Series
        Contents.
    places : array of int
        Column of the sheet that each stands in; -1 where the sheet has no such cell.
    unit, said : str
        Unit that the heading or the title names, and its words.
    heading : tuple of int
        Row of the file and column of the heading.
    typed : bool
        Whether the file tells numbers from texts, so that a number kept as text is odd.
    """

    cells: pd.Series
    places: Ints
    unit: str = ""
    said: str = ""
    heading: tuple[int, int] = (0, -1)
    typed: bool = False


@dataclass
class Written:
    """Keys and figures of a table.

    Parameters
    ----------
    rows : array of int
        Row of the file of each figure.
    keys : dict of str to KeyCells
        By name of the column.
    figures : dict of str to FigureCells
        By name of the column.
    crossed : bool
        Whether labels stood across, so that an empty cell says nothing.
    """

    rows: Ints
    keys: dict[str, KeyCells] = field(default_factory=dict)
    figures: dict[str, FigureCells] = field(default_factory=dict)
    crossed: bool = False


def key_cells(texts: NDArray[np.object_], rows: Ints, places: Ints) -> KeyCells:
    """Labels of a key from texts, an empty text being none.

    Parameters
    ----------
    texts : array of str
        Labels, one a row.
    rows, places : array of int
        Row of the file and column of the sheet that each stands in.

    Returns
    -------
    KeyCells
    """
    import pandas as pd

    codes, known = pd.factorize(texts)
    labels = [str(text) for text in known]
    codes = codes.astype(np.int64)
    if "" in labels:
        empty = labels.index("")
        codes = np.where(codes == empty, -1, np.where(codes > empty, codes - 1, codes))
        labels.pop(empty)
    return KeyCells(codes, labels, rows, places)
