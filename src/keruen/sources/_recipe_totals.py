# SPDX-License-Identifier: Apache-2.0
"""Totals that a publisher prints, held against the sums of the parts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from keruen.core.variables import variable
from keruen.sources._recipe_files import TOTAL

if TYPE_CHECKING:
    import pandas as pd

COLUMNS: Final = ("published", "added", "parts", "gap", "agrees")
_ADDITIVE: Final = ("count", "money")


def check_totals(cells: pd.DataFrame, dims: list[str], rounded_to: float) -> pd.DataFrame:
    """One row a printed total; without parts in the table it agrees with nothing.

    Parameters
    ----------
    cells : DataFrame
        Cells in long form; a key is ``(total)`` where a total was printed.
    dims : list of str
        Keys.
    rounded_to : float
        What every figure is rounded to; a sum may miss by half of it for each part and the total.

    Returns
    -------
    DataFrame
        Keys, ``variable``, ``published``, ``added``, ``parts``, ``gap``, ``agrees``.
    """
    import pandas as pd

    keys = [*dims, "variable"]
    additive = cells["variable"].map(lambda name: variable(str(name)).kind in _ADDITIVE)
    cells = cells[additive.astype(bool)]
    total = cells[dims] == TOTAL
    parts = cells[~total.any(axis=1)]
    checked = [
        _one(cells[(total == list(pattern)).all(axis=1)], parts, keys, pattern, dims)
        for pattern in total[total.any(axis=1)].drop_duplicates().itertuples(index=False)
    ]
    if not checked:
        return pd.DataFrame(columns=[*keys, *COLUMNS])
    table = pd.concat(checked, ignore_index=True)
    table["parts"] = table["parts"].fillna(0).astype(int)
    table["gap"] = table["published"] - table["added"]
    room = rounded_to / 2 * (table["parts"] + 1) + 1e-9 * np.abs(table["published"])
    table["agrees"] = table["gap"].abs() <= room
    return table[[*keys, *COLUMNS]]


def _one(
    printed: pd.DataFrame, parts: pd.DataFrame, keys: list[str], pattern: tuple[bool, ...],
    dims: list[str],
) -> pd.DataFrame:  # fmt: skip
    """Totals over one set of keys beside the sums of their parts."""
    over = [dim for dim, whole in zip(dims, pattern, strict=True) if whole]
    rest = [key for key in keys if key not in over]
    sums = parts.groupby(rest, sort=False)["value"].agg(added="sum", parts="size").reset_index()
    shown = printed[[*keys, "value"]].rename(columns={"value": "published"})
    return shown.merge(sums, on=rest, how="left")
