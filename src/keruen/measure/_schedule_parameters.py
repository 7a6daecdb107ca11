# SPDX-License-Identifier: Apache-2.0
"""Parameters of model schedules as a caller gives them: by name, whole terms or none."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches

import numpy as np
import xarray as xr

from keruen.core.arrays import require_dims
from keruen.core.errors import CodeError, SchemaError, WorkbenchError, raise_faults
from keruen.measure._checks import cells_where
from keruen.measure._rogers_castro import GROUPS, PARAMETERS


def read_parameters(parameters: xr.DataArray | Mapping[str, float]) -> xr.DataArray:
    """All thirteen parameters in order; those of absent terms are missing."""
    if isinstance(parameters, Mapping):
        names = list(parameters)
        parameters = xr.DataArray(
            np.array([float(parameters[name]) for name in names]), coords={"parameter": names}
        )
    given = parameters.astype(float).rename("parameters")
    require_dims(given, "parameter")
    unknown = [str(n) for n in given.indexes["parameter"] if n not in PARAMETERS]
    if unknown:
        near = get_close_matches(unknown[0], PARAMETERS)
        raise CodeError(
            f"'{unknown[0]}' is not a parameter of the model",
            where="parameters",
            remedy=f"did you mean {' or '.join(near) or ', '.join(PARAMETERS)}?",
        )
    given = given.reindex(parameter=list(PARAMETERS))
    faults: list[WorkbenchError] = []
    if np.isinf(given).any():
        where = cells_where(given, np.isinf(given.to_numpy()))
        faults.append(SchemaError("a parameter is infinite", where=where))
    for height, shapes in GROUPS.items():
        term = given.sel(parameter=[height, *shapes])
        torn = term.isnull() & term.notnull().any("parameter")
        if torn.any():
            faults.append(
                SchemaError(
                    f"the term of {height} is incomplete",
                    where=cells_where(term, torn.transpose(*term.dims).to_numpy()),
                    remedy=f"give {', '.join([height, *shapes])}, or none of them",
                    id="IncompleteTerm",
                )
            )
    raise_faults(faults, where="parameters")
    return given
