# SPDX-License-Identifier: Apache-2.0
"""The bridge between labelled arrays and tidy tables, exact both ways."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from keruen.core.arrays import few, require_dims
from keruen.core.errors import SchemaError

if TYPE_CHECKING:
    import pandas as pd


def to_table(array: xr.DataArray) -> pd.DataFrame:
    """Tidy table of an array: a column a dimension, one row a cell.

    Parameters
    ----------
    array : DataArray [any]
        Labelled array with a name.

    Returns
    -------
    DataFrame
        Columns are the dimensions in order, then the array's name; ``attrs`` are kept.

    Raises
    ------
    SchemaError
        The array has no name, or a dimension has no unique labels.

    Examples
    --------
    >>> cells = {"year": [2020], "sex": ["F", "M"]}
    >>> people = xr.DataArray([[1, 2]], coords=cells, name="population")
    >>> to_table(people).to_dict("list")
    {'year': [2020, 2020], 'sex': ['F', 'M'], 'population': [1, 2]}
    """
    import pandas as pd

    require_dims(array)
    if not array.name:
        raise SchemaError(
            "the array has no name", remedy="name the quantity: array.rename('population')"
        )
    sizes = list(array.shape)
    columns: dict[str, object] = {}
    for axis, dim in enumerate(array.dims):
        inner = int(np.prod(sizes[axis + 1 :]))
        outer = int(np.prod(sizes[:axis]))
        index = array.indexes[str(dim)]
        columns[str(dim)] = index.take(np.tile(np.repeat(np.arange(len(index)), inner), outer))
    columns[str(array.name)] = array.to_numpy().reshape(-1)
    table = pd.DataFrame(columns)
    table.attrs = dict(array.attrs)
    return table


def from_table(
    table: pd.DataFrame, *, value: str, dims: Sequence[str] | None = None, **attrs: object
) -> xr.DataArray:
    """Labelled array from a tidy table; cells without a row are missing.

    Parameters
    ----------
    table : DataFrame
        One row a cell.
    value : str
        Column that holds the quantity; becomes the array's name.
    dims : sequence of str, optional
        Columns that are dimensions; all others when not given.
    **attrs
        Attributes to set beside those of the table.

    Returns
    -------
    DataArray
        Labels stand in the order of first appearance, dimensions in the order given.

    Raises
    ------
    SchemaError
        A column is missing, a key is empty, or a cell has two rows (``DuplicateKey``).

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"year": [2020, 2021], "births": [10, 12]})
    >>> from_table(table, value="births").sel(year=2021).item()
    12
    """
    keys = list(dims) if dims is not None else [str(c) for c in table.columns if c != value]
    missing = [name for name in (*keys, value) if name not in table.columns]
    if missing:
        raise SchemaError(
            f"the table has no column {few(missing)}",
            where=f"columns: {few(table.columns)}",
            remedy="rename or add the column",
        )
    labels, places = {}, []
    for key in keys:
        codes, uniques = table[key].factorize()
        if (codes < 0).any():
            raise SchemaError(
                f"column '{key}' has an empty key",
                where=f"row {int(np.argmax(codes < 0)) + 1}",
                remedy="fill it or drop the row",
            )
        labels[key] = uniques
        places.append(codes)
    shape = tuple(len(labels[key]) for key in keys)
    cell = np.ravel_multi_index(places, shape) if keys else np.zeros(len(table), dtype=int)
    counts = np.bincount(cell, minlength=int(np.prod(shape)))
    if (counts > 1).any():
        row = table.iloc[int(np.argmax(counts[cell] > 1))]
        raise SchemaError(
            "a cell stands in more than one row",
            where=", ".join(f"{key}={row[key]}" for key in keys),
            remedy="keep one row a cell, or name the column that tells them apart",
            id="DuplicateKey",
        )
    values = table[value].to_numpy()
    if (counts == 0).any():
        flat = np.full(int(np.prod(shape)), np.nan, dtype=np.result_type(values, np.float64))
    else:
        flat = np.empty(int(np.prod(shape)), dtype=values.dtype)
    flat[cell] = values
    result = xr.DataArray(flat.reshape(shape), coords=labels, dims=keys, name=value)
    result.attrs = {**table.attrs, **attrs}
    return result
