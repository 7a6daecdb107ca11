# SPDX-License-Identifier: Apache-2.0
"""Fertility of levels of education against each other, as total fertility falls."""

from __future__ import annotations

import numpy as np
import xarray as xr

from keruen.core.arrays import require_dims, same_cells, stamp
from keruen.core.errors import SchemaError
from keruen.project._checks import first_cell


def fertility_ratios(
    measured: xr.DataArray,
    *,
    measured_tfr: xr.DataArray,
    tfr: xr.DataArray,
    floor: xr.DataArray,
    reached: float = 1.8,
) -> xr.DataArray:
    """Ratios of total fertility by education, which shrink to a floor as fertility falls.

    Parameters
    ----------
    measured : DataArray [..., education], ratio
        Total fertility of each level against the highest, as a survey or register gives it.
    measured_tfr : DataArray [...], births per woman
        Total fertility of all at that time.
    tfr : DataArray [..., year], births per woman
        Total fertility of the periods ahead.
    floor : DataArray [education], ratio
        Ratios that are left at low fertility.
    reached : float, optional
        Total fertility at which only the floor is left.

    Returns
    -------
    DataArray [..., year, education], ratio

    Raises
    ------
    SchemaError
        A ratio or a total is not above 0 (``NegativeInput``).

    See Also
    --------
    keruen.project.education.project_education : Scales them so that births keep their total.

    Notes
    -----
    ``floor + (measured - floor) * w`` with ``w = (tfr - reached) / (measured_tfr -
    reached)``, held between 0 and 1; where fertility was at ``reached`` or below when it was
    measured, the ratios stay as measured.

    References
    ----------
    KC, S., Lutz, W. (2017). The human core of the shared socioeconomic pathways. Global
    Environmental Change 42, 181-192.

    Examples
    --------
    >>> levels = {"education": ["low", "high"]}
    >>> fertility_ratios(
    ...     xr.DataArray([2.0, 1.0], coords=levels), measured_tfr=xr.DataArray(3.8),
    ...     tfr=xr.DataArray([3.8, 2.8, 1.5], coords={"year": [2025, 2030, 2035]}),
    ...     floor=xr.DataArray([1.4, 1.0], coords=levels),
    ... ).sel(education="low").values.round(3).tolist()
    [2.0, 1.7, 1.4]
    """
    require_dims(measured, "education", name="measured")
    require_dims(tfr, "year", name="tfr")
    named = {"measured": measured, "measured_tfr": measured_tfr, "tfr": tfr, "floor": floor}
    for name, array in named.items():
        bad = ~(array.to_numpy() > 0)
        if bad.any():
            raise SchemaError(
                f"{int(bad.sum())} values are not above 0",
                where=f"{name} at {first_cell(array, bad)}" if array.ndim else name,
                remedy="ratios and total fertility are above 0",
                id="NegativeInput",
            )
    measured, floor = same_cells(measured.rename("measured"), floor.rename("floor"))
    room = (measured_tfr - reached).clip(0.0)
    weight = ((tfr - reached) / room.where(room > 0)).clip(0.0, 1.0).fillna(1.0)
    ratio = floor + (measured - floor) * weight
    return stamp(
        ratio, name="fertility_ratio", units="1", kind="index", inputs=(measured, tfr),
        reached=float(np.asarray(reached)),
    )  # fmt: skip
