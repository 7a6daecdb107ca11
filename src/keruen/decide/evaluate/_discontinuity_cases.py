# SPDX-License-Identifier: Apache-2.0
"""Cases of a regression discontinuity: all their faults at once, and both sides in order."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import xarray as xr

from keruen.core.arrays import few, require_dims, same_cells
from keruen.core.errors import EstimationError, SchemaError, WorkbenchError, raise_faults
from keruen.decide.evaluate._local_linear import Side


def sides_of(
    outcome: xr.DataArray, running: xr.DataArray, cutoff: float, covariates: xr.DataArray | None
) -> tuple[Side, Side, dict[str, tuple[np.ndarray, np.ndarray]]]:
    """Both sides in the order of the running variable; covariates beside them."""
    if len(outcome.dims) != 1 or outcome.dims != running.dims:
        raise SchemaError(
            "outcome and running variable need one and the same dimension",
            where=f"outcome has {few(outcome.dims)}, running has {few(running.dims)}",
            remedy="give one value a case",
        )
    case = str(outcome.dims[0])
    given = [outcome.rename("outcome"), running.rename("running")]
    if covariates is not None:
        require_dims(covariates, "series", case, name="covariates")
        given.append(covariates.rename("covariates"))
    cells = same_cells(*given)
    raise_faults(_faults(cells, case, cutoff), where="cases")
    x = cells[1].to_numpy().astype(float) - cutoff
    order = np.argsort(x, kind="stable")
    x, y = x[order], cells[0].to_numpy().astype(float)[order]
    above = x >= 0
    more = {}
    if covariates is not None:
        rows = cells[2].transpose("series", case).to_numpy().astype(float)[:, order]
        names = [str(name) for name in cells[2].indexes["series"]]
        more = {name: (row[~above], row[above]) for name, row in zip(names, rows, strict=True)}
    return (x[~above], y[~above]), (x[above], y[above]), more


def _faults(cells: tuple[xr.DataArray, ...], case: str, cutoff: float) -> Iterator[WorkbenchError]:
    for one in cells:
        bad = ~np.isfinite(one.transpose(case, ...).to_numpy().astype(float))
        if (rows := np.flatnonzero(bad.reshape(len(bad), -1).any(axis=1))).size:
            yield SchemaError(
                f"the {one.name} is missing or infinite in {rows.size} cases",
                where=few(one.indexes[case][rows]),
                remedy="fill the cells from the source, or leave the cases out and say why",
                id="MissingValue",
            )
    above = cells[1].to_numpy() >= cutoff
    if above.all() or not above.any():
        yield EstimationError(
            f"nobody stands {'below' if above.all() else 'at or above'} the cut-off",
            where=f"cut-off {cutoff}",
            remedy="check the cut-off, or give cases of both sides",
            id="NoControls",
        )
    if np.ptp(cells[0].to_numpy().astype(float)) == 0:
        yield EstimationError(
            "the outcome is the same for everyone",
            where="outcome",
            remedy="choose an outcome that differs between cases",
            id="NoVariation",
        )
