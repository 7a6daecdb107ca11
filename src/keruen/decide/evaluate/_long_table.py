# SPDX-License-Identifier: Apache-2.0
"""A panel as a table of rows, for regressions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from keruen.core.arrays import require_dims, same_cells
from keruen.core.errors import SchemaError
from keruen.decide.evaluate._panel import Panel

if TYPE_CHECKING:
    import pandas as pd


def long_table(
    panel: Panel, controls: xr.Dataset | None = None
) -> tuple[pd.DataFrame, list[str], dict[str, str]]:
    """One row a seen cell; controls as columns ``control_0`` ... with their names."""
    import pandas as pd

    row, column = np.nonzero(np.isfinite(panel.values))
    table = pd.DataFrame(
        {
            "y": panel.values[row, column],
            "unit": row,
            "period": column,
            "cluster": panel.cluster[row],
            "treated": panel.treated()[row, column].astype(np.float64),
        }
    )
    names: dict[str, str] = {"treated": "treatment"}
    for number, (name, control) in enumerate((controls or {}).items()):
        require_dims(control, panel.unit, panel.time, name=str(name))
        cells = xr.DataArray(panel.values, {panel.unit: panel.units, panel.time: panel.periods})
        given = control.sel({panel.unit: control.indexes[panel.unit].isin(panel.units)})
        values = same_cells(cells, given)[1].transpose(panel.unit, panel.time).to_numpy()
        table[f"control_{number}"] = values[row, column]
        names[f"control_{number}"] = str(name)
    terms = [name for name in names if name != "treated"]
    faulty = [names[term] for term in terms if not np.isfinite(table[term]).all()]
    if faulty:
        raise SchemaError(
            f"controls are missing where the outcome is seen: {', '.join(faulty)}",
            where="controls",
            remedy="fill them, or leave the outcome empty there",
        )
    return table, terms, names
