# SPDX-License-Identifier: Apache-2.0
"""Terms of demand and supply that make a gap, and the arrays of policy laid over them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import xarray as xr

from keruen.core.arrays import few, require_dims, same_cells
from keruen.core.errors import CoverageError, SchemaError, WorkbenchError, raise_faults

DEMAND: Final[Mapping[str, str]] = {
    "growth": "change of employment; negative where it falls",
    "replacement": "workers who retire, die or leave",
    "vacancies": "unfilled vacancies at the end of the year, each counted once",
}
"""Terms of demand, persons per year."""

SUPPLY: Final[Mapping[str, str]] = {
    "graduates": "graduates who take up such work",
    "unemployed": "registered unemployed with the occupation who can be placed",
    "movers": "net movers from other regions; may be negative",
    "returnees": "returnees and resettlers expected",
    "retraining": "people retrained for the occupation",
}
"""Terms of supply, persons per year."""

_SIGNED: Final = ("growth", "movers")


def terms_of(
    demand: Mapping[str, xr.DataArray], supply: Mapping[str, xr.DataArray]
) -> tuple[dict[str, xr.DataArray], dict[str, xr.DataArray]]:
    """The terms with equal cells, all faults of them at once."""
    faults: list[WorkbenchError] = []
    for given, known, what in ((demand, DEMAND, "demand"), (supply, SUPPLY, "supply")):
        strange = [name for name in given if name not in known]
        if strange:
            faults.append(
                SchemaError(
                    f"'{strange[0]}' is not a term of {what}",
                    where=what,
                    remedy=f"terms: {', '.join(known)}",
                )
            )
    if not demand:
        faults.append(CoverageError("no term of demand is given", where="demand"))
    for name, array in (*demand.items(), *supply.items()):
        faults += _value_faults(name, array)
    raise_faults(faults, where="the gap")
    arrays = same_cells(*(a.rename(n) for n, a in (*demand.items(), *supply.items())))
    arrays = xr.broadcast(*arrays)
    made = dict(zip((*demand, *supply), arrays, strict=True))
    return {n: made[n] for n in demand}, {n: made[n] for n in supply}


def _value_faults(name: str, array: xr.DataArray) -> list[WorkbenchError]:
    require_dims(array, "occupation", name=name)
    values = np.asarray(array.to_numpy(), dtype=float)
    faults: list[WorkbenchError] = []
    if not np.isfinite(values).all():
        faults.append(
            SchemaError(
                f"{int((~np.isfinite(values)).sum())} cells of '{name}' are missing",
                where=name,
                remedy="give every cell; leave out a term that is not known at all",
                id="MissingCell",
            )
        )
    if name not in _SIGNED and (values < 0).any():
        faults.append(
            SchemaError(
                f"{int((values < 0).sum())} cells of '{name}' are negative",
                where=name,
                remedy="give counts of people, 0 or more",
                id="NegativeInput",
            )
        )
    return faults


def share_of(value: float | xr.DataArray, name: str, gap: xr.DataArray) -> xr.DataArray:
    """A share of policy, one number or by cell, between 0 and 1."""
    share = fitted_to(value, name, gap) if isinstance(value, xr.DataArray) else xr.DataArray(value)
    values = share.to_numpy()
    if not ((values >= 0) & (values <= 1)).all():
        raise SchemaError(
            "a share lies between 0 and 1", where=name, remedy="0.4 stands for 40 percent"
        )
    return share


def fitted_to(array: xr.DataArray, name: str, gap: xr.DataArray) -> xr.DataArray:
    """An array of policy that fits the cells of the gap and adds no dimension to them."""
    strange = [str(dim) for dim in array.dims if dim not in gap.dims]
    if strange:
        raise SchemaError(f"'{name}' has dimensions that the gap lacks", where=few(strange))
    faults = _value_faults(name, array) if "occupation" in array.dims else []
    raise_faults(faults, where=name)
    return same_cells(gap.rename("gap"), array.rename(name))[1]
