# SPDX-License-Identifier: Apache-2.0
"""What rates of net migration must be before a model may see them."""

from __future__ import annotations

from typing import Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from keruen.core.arrays import require_dims
from keruen.core.errors import CoverageError, SchemaError, UnitsError

_PER_PERSON: Final = ("", "per person", "per person-year")


def place_of(rates: xr.DataArray) -> str:
    """The dimension that stands beside ``year``: country or region."""
    require_dims(rates, "year", name="rates")
    others = [str(dim) for dim in rates.dims if dim != "year"]
    if len(others) != 1:
        raise SchemaError(
            f"rates need a year and one dimension of places, not {', '.join(others) or 'none'}",
            where="rates",
            remedy="select or add up the others",
        )
    return others[0]


def check_rates(rates: xr.DataArray, place: str) -> int:
    """Length of a period in years, once units, spacing and size have been checked."""
    units = str(rates.attrs.get("units", ""))
    if units not in _PER_PERSON:
        raise UnitsError(
            f"rates are in '{units}', not per person",
            where=str(rates.name or "rates"),
            remedy="use net_migration_rate, or divide and set attrs['units'] = 'per person'",
        )
    steps = np.unique(np.diff(rates.indexes["year"].to_numpy()))
    if steps.size != 1 or steps[0] < 1:
        raise CoverageError(
            f"years are not evenly spaced: steps of {', '.join(map(str, steps)) or 'no year'}",
            where="year",
            remedy="give every period in order, with missing rates where nothing is known",
            id="MissingPeriod",
        )
    low = rates.min(skipna=True)
    if float(low) <= -1.0:
        at = rates.where(rates == low, drop=True)
        raise SchemaError(
            f"a rate of {float(low):g} per person: more people left than there were",
            where=f"{place}={at.indexes[place][0]}, year={at.indexes['year'][0]}",
            remedy="give rates per person, not per thousand",
            id="NegativeInput",
        )
    return int(steps[0])


def rate_values(rates: xr.DataArray, place: str) -> NDArray[np.float64]:
    """Values with places first, years second."""
    return np.asarray(rates.transpose(place, "year"), dtype=np.float64)
