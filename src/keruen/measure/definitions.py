# SPDX-License-Identifier: Apache-2.0
"""Who counts as a migrant: factors between definitions by duration of stay."""

from __future__ import annotations

from typing import Final, Literal, get_args

import numpy as np
import xarray as xr

from keruen.core.arrays import stamp
from keruen.core.errors import CoverageError, SchemaError
from keruen.measure._checks import Floats, cells_where

__all__ = ["DurationTable", "duration_factors"]

DurationTable = Literal["imem", "expert", "poisson", "mixture"]
"""Published tables of factors: the IMEM model, and three of Willekens (2019)."""

_MONTHS: Final = (0.0, 3.0, 6.0, 12.0, 60.0)  # a permanent stay counts as five years
_FACTORS: Final[dict[str, tuple[float, ...]]] = {
    "imem": (0.53, 0.63, 0.73, 1.00, 2.26),
    "expert": (0.51, 0.61, 0.81, 1.00, 1.61),
    "poisson": (0.79, 0.84, 0.89, 1.00, 2.61),
    "mixture": (0.51, 0.64, 0.71, 1.00, 1.80),
}


def duration_factors(months: xr.DataArray, *, table: DurationTable = "imem") -> xr.DataArray:
    """Factors that turn reported flows into flows of people who stay twelve months.

    Parameters
    ----------
    months : DataArray [...], months
        Minimum stay that makes a mover a migrant: 0 for no limit, infinity for permanent.
    table : {"imem", "expert", "poisson", "mixture"}, optional
        Published table.

    Returns
    -------
    DataArray [...]
        Multiply a reported flow by it.

    Raises
    ------
    CoverageError
        A definition is missing.
    SchemaError
        A definition is negative, or the table is unknown.

    See Also
    --------
    harmonise_reports : Applies them.

    Notes
    -----
    ============  =====  ======  =======  =======
    minimum stay  imem   expert  poisson  mixture
    ============  =====  ======  =======  =======
    no limit      0.53   0.51    0.79     0.51
    3 months      0.63   0.61    0.84     0.64
    6 months      0.73   0.81    0.89     0.71
    12 months     1.00   1.00    1.00     1.00
    permanent     2.26   1.61    2.61     1.80
    ============  =====  ======  =======  =======

    Other durations by linear interpolation, permanent standing at five years. The tables
    differ by a third for the same definition: that is how little is known.

    References
    ----------
    Raymer, J. and others (2013). J. American Statistical Association 108(503), 801-819.
    Willekens, F. (2019). Journal of Official Statistics 35(1), 231-276.

    Examples
    --------
    >>> months = xr.DataArray([3.0, 9.0, float("inf")], coords={"country": ["A", "B", "C"]})
    >>> (1000 * duration_factors(months)).values.round(6).tolist()
    [630.0, 865.0, 2260.0]
    """
    if table not in get_args(DurationTable):
        raise SchemaError(
            f"there is no table '{table}'",
            where="table",
            remedy=f"choose one of {', '.join(get_args(DurationTable))}",
        )
    given = months.to_numpy().astype(np.float64)
    if found := cells_where(months, np.isnan(given)):
        raise CoverageError(
            "a definition is missing",
            where=found,
            remedy="give its months, or 12 to leave the report as it is",
            id="MissingCells",
        )
    if found := cells_where(months, given < 0):
        raise SchemaError(
            "a minimum stay is negative",
            where=found,
            remedy="give months: 0 for no limit, infinity for permanent",
            id="NegativeInput",
        )
    return stamp(
        months.copy(data=_factors(given, table)),
        name="duration_factors",
        units="1",
        kind="index",
        inputs=[months],
    )


def _factors(months: Floats, table: str) -> Floats:
    found: Floats = np.interp(np.minimum(months, _MONTHS[-1]), _MONTHS, _FACTORS[table])
    return found
