# SPDX-License-Identifier: Apache-2.0
"""Tidy tables of results that hold several arrays."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

import xarray as xr

from keruen.core.tables import to_table

if TYPE_CHECKING:
    import pandas as pd
    from _typeshed import DataclassInstance


def table_of(result: DataclassInstance) -> pd.DataFrame:
    """Tidy table of a result whose arrays share their cells: one column an array."""
    import pandas as pd

    columns = [
        to_table(array.rename(field.name))
        for field in fields(result)
        if isinstance(array := getattr(result, field.name), xr.DataArray)
    ]
    keys = [str(dim) for dim in columns[0].columns[:-1]]
    values = [table.iloc[:, -1] for table in columns]
    return pd.concat([columns[0][keys], *values], axis=1)


def stacked(result: DataclassInstance) -> pd.DataFrame:
    """Tidy table of a result whose arrays differ in their cells: one row a cell of one array."""
    import pandas as pd

    parts = [
        to_table(array.rename("value")).assign(index=field.name)
        for field in fields(result)
        if isinstance(array := getattr(result, field.name), xr.DataArray)
    ]
    table = pd.concat(parts, ignore_index=True)
    keys = [c for c in table.columns if c not in ("index", "value")]
    return table[["index", *keys, "value"]]
