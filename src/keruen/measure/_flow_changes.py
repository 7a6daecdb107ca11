# SPDX-License-Identifier: Apache-2.0
"""What an account did to the stocks it was given, step by step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

    from keruen.measure._flow_inputs import FlowInputs
    from keruen.measure._scaling import Floats


@dataclass(frozen=True)
class Change:
    """One step: tables ``[table, birthplace, place]`` before and after it.

    Parameters
    ----------
    quantity : str
        Which stock was changed.
    before, after : ndarray [table, birthplace, place]
        Persons.
    reason : str
        Why, in words a reader understands.
    """

    quantity: str
    before: Floats
    after: Floats
    reason: str

    def only(self, tables: NDArray[np.int64]) -> Change:
        """The same for some tables."""
        return Change(self.quantity, self.before[tables], self.after[tables], self.reason)

    @property
    def changed(self) -> NDArray[np.bool_]:
        """Cells that differ by more than rounding."""
        size = np.maximum(np.abs(self.before), np.abs(self.after))
        return np.asarray(np.abs(self.after - self.before) > 1e-12 * size)


def change_table(changes: tuple[Change, ...], inputs: FlowInputs) -> pd.DataFrame:
    """Tidy table of all cells that a step changed."""
    import pandas as pd

    keys = [*map(str, inputs.outer.dims), "birthplace", inputs.dim]
    columns = ["quantity", *keys, "before", "after", "reason"]
    tables = [_one_table(change, inputs, keys) for change in changes]
    if not tables:
        return pd.DataFrame({name: [] for name in columns})
    return pd.concat(tables, ignore_index=True)[columns]


def _one_table(change: Change, inputs: FlowInputs, keys: list[str]) -> pd.DataFrame:
    import pandas as pd

    table, born, living = np.nonzero(change.changed)
    outer = np.unravel_index(table, inputs.shape) if inputs.shape else ()
    columns: dict[str, object] = {
        key: inputs.outer.indexes[key].take(index) for key, index in zip(keys, outer, strict=False)
    }
    columns["birthplace"] = inputs.places[born]
    columns[inputs.dim] = inputs.places[living]
    columns["before"] = change.before[table, born, living]
    columns["after"] = change.after[table, born, living]
    return pd.DataFrame(columns).assign(quantity=change.quantity, reason=change.reason)
