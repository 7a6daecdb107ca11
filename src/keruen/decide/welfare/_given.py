# SPDX-License-Identifier: Apache-2.0
"""Numbers given to welfare models: plain or labelled, within bounds, all faults at once."""

from __future__ import annotations

from typing import Final, TypeAlias

import numpy as np
import xarray as xr

from keruen.core.arrays import few, require_dims
from keruen.core.errors import SchemaError, WorkbenchError, raise_faults

Number: TypeAlias = float | xr.DataArray
"""One number, or a labelled array of any dimensions; ``trajectory`` holds draws."""

ABOVE_ZERO: Final = float(np.nextafter(0.0, 1.0))
BELOW_ONE: Final = float(np.nextafter(1.0, 0.0))
SHARE: Final = (0.0, 1.0)
INSIDE: Final = (ABOVE_ZERO, BELOW_ONE)
POSITIVE: Final = (ABOVE_ZERO, np.inf)
NOT_NEGATIVE: Final = (0.0, np.inf)
ANY: Final = (-np.inf, np.inf)

_SAID: Final = {
    SHARE: "from 0 to 1",
    INSIDE: "between 0 and 1",
    (0.0, BELOW_ONE): "from 0 to below 1",
    POSITIVE: "above 0",
    NOT_NEGATIVE: "0 or more",
    ANY: "finite",
    (0.0, 2.0): "from 0 to 2",
    (-0.5, 0.5): "from -0.5 to 0.5",
}


def numbers(**given: tuple[Number, tuple[float, float]]) -> tuple[xr.DataArray, ...]:
    """Labelled arrays of what was given, each checked against its bounds.

    A missing value stays missing and makes what follows from it missing; a value outside
    its bounds is a fault, and all faults are told together.
    """
    faults: list[WorkbenchError] = []
    arrays = []
    for name, (value, (low, high)) in given.items():
        array = value if isinstance(value, xr.DataArray) else xr.DataArray(float(value))
        require_dims(array, name=name)
        cells = array.to_numpy()
        wrong = (cells < low) | (cells > high)
        if (low, high) != POSITIVE:  # an elasticity may be infinite
            wrong |= np.isinf(cells)
        if wrong.any():
            faults.append(
                SchemaError(
                    f"{name} is {_SAID[low, high]}",
                    where=f"{name} = {few(np.unique(cells[wrong]))}",
                    remedy="shares are parts of one, not percent; mend these values",
                    id="OutOfRange",
                )
            )
        arrays.append(array)
    raise_faults(faults, where="welfare")
    return tuple(arrays)
