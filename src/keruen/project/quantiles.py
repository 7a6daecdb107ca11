# SPDX-License-Identifier: Apache-2.0
"""Quantiles over the paths of a projection."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import xarray as xr

from keruen.core.arrays import require_dims, stamp

LEVELS: Final = (0.025, 0.1, 0.5, 0.9, 0.975)
"""Bounds of the 95 and 80 % intervals, and the median."""


def path_quantiles(paths: xr.DataArray, *, levels: Sequence[float] = LEVELS) -> xr.DataArray:
    """Quantiles of a quantity over its paths.

    Parameters
    ----------
    paths : DataArray [trajectory, ...], any unit
        The quantity in every path. Compute a ratio or a sum path by path before coming
        here: quantiles neither add up nor divide.
    levels : sequence of float, optional
        Probabilities from 0 to 1.

    Returns
    -------
    DataArray [quantile, ...], unit of the paths

    Raises
    ------
    SchemaError
        There is no dimension ``trajectory``.

    See Also
    --------
    keruen.project.paths.project_paths : Makes the paths.

    Examples
    --------
    >>> paths = xr.DataArray(np.arange(101.0), coords={"trajectory": range(101)})
    >>> path_quantiles(paths).values.tolist()
    [2.5, 10.0, 50.0, 90.0, 97.5]
    """
    require_dims(paths, "trajectory", name=str(paths.name or "paths"))
    ordered = paths.transpose("trajectory", ...)
    values = np.quantile(ordered.to_numpy(), list(levels), axis=0)
    coords = {"quantile": list(levels), **{dim: ordered[dim] for dim in ordered.dims[1:]}}
    facts = {fact: paths.attrs[fact] for fact in ("moment", "basis") if fact in paths.attrs}
    return stamp(
        xr.DataArray(values, coords=coords, dims=list(coords)),
        name=str(paths.name or "quantiles"),
        units=str(paths.attrs.get("units", "1")),
        kind="index",
        inputs=(paths,),
        paths=paths.sizes["trajectory"],
        **facts,
    )
