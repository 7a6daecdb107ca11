# SPDX-License-Identifier: Apache-2.0
"""Rows of a long table as a block of numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keruen.core.errors import SchemaError
from keruen.sources.datasets import Label
from keruen.sources.formats.cube import place, refuse_size


def gridded(
    columns: dict[str, NDArray[Any]],
    values: NDArray[Any],
    status: NDArray[Any] | None,
    rows: NDArray[Any],
    path: Path,
) -> tuple[dict[str, list[Label]], NDArray[Any], NDArray[Any] | None]:
    """Rows as a block: labels in order of appearance, cells without a row missing.

    Parameters
    ----------
    columns : dict of array
        Label of every row, by dimension.
    values : array
        Number of every row.
    status : array or None
        Status of every row.
    rows : array of int
        Number of each row in the file, from 0.
    path : Path
        File, for messages.

    Returns
    -------
    labels, values, status

    Raises
    ------
    SchemaError
        A cell stands in two rows (``DuplicateKey``).
    """
    import pandas as pd

    labels: dict[str, list[Label]] = {}
    places: list[NDArray[Any]] = []
    for dim, column in columns.items():
        codes, uniques = pd.factorize(column)
        labels[dim] = list(uniques.tolist())
        places.append(codes)
    sizes = {dim: len(found) for dim, found in labels.items()}
    refuse_size(sizes, path.name)
    shape = tuple(sizes.values())
    cell = np.ravel_multi_index(places, shape) if shape else np.zeros(len(values), dtype=int)
    counts = np.bincount(cell, minlength=int(np.prod(shape)))
    if (counts > 1).any():
        first = int(np.argmax(counts[cell] > 1))
        later = int(np.flatnonzero(cell == cell[first])[1])
        key = ", ".join(f"{dim}={column[first]}" for dim, column in columns.items())
        raise SchemaError(
            "a cell stands in more than one row",
            where=place(path, f"rows {rows[first] + 2} and {rows[later] + 2}", key),
            remedy="keep one row a cell",
            id="DuplicateKey",
        )
    holes = bool((counts == 0).any())
    block = np.full(counts.size, np.nan) if holes else np.empty(counts.size, values.dtype)
    block[cell] = values
    marks = None
    if status is not None:
        marks = np.full(counts.size, "", object)
        marks[cell] = status
        marks = marks.reshape(shape)
    return labels, block.reshape(shape), marks
