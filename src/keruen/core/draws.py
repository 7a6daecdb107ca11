# SPDX-License-Identifier: Apache-2.0
"""From many futures to an interval: quantiles over draws."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from keruen.core.arrays import require_dims
from keruen.core.dims import canonical_order
from keruen.core.errors import SchemaError

DEFAULT_PROBS: tuple[float, ...] = (0.025, 0.5, 0.975)
"""Ends and middle of a 95% interval, the default of every result with draws."""


def quantiles(
    array: xr.DataArray, probs: Sequence[float] = DEFAULT_PROBS, *, over: str = "trajectory"
) -> xr.DataArray:
    """Quantiles of an array over its draws.

    Parameters
    ----------
    array : DataArray [trajectory, ...]
        Draws of any quantity.
    probs : sequence of float, optional
        Probabilities from 0 to 1, each once; the ends and middle of a 95% interval when
        not given.
    over : str, optional
        Dimension that holds the draws.

    Returns
    -------
    DataArray [quantile, ...]
        Attributes are those of the draws, with ``draws``, their number. A cell is missing
        when one of its draws is missing.

    Raises
    ------
    SchemaError
        There is no such dimension, it is empty, or a probability is outside 0 to 1 or
        stands twice.

    Notes
    -----
    Linear interpolation between order statistics (definition 7 of Hyndman and Fan): the
    quantile ``p`` of ``n`` draws stands at place ``1 + (n - 1) p``. Quantiles of parts do
    not add up to the quantile of a total: sum the draws first.

    References
    ----------
    Hyndman, R. J. and Fan, Y. (1996). The American Statistician 50(4), 361-365.

    Examples
    --------
    >>> draws = xr.DataArray([3.0, 1.0, 2.0, 5.0, 4.0], coords={"trajectory": range(5)})
    >>> quantiles(draws, [0.25, 0.5]).values.tolist()
    [2.0, 3.0]
    """
    require_dims(array, over)
    levels = np.asarray(probs, dtype=float).reshape(-1)
    outside = ~((levels >= 0) & (levels <= 1))
    if not levels.size or outside.any() or np.unique(levels).size != levels.size:
        raise SchemaError(
            f"probabilities must lie in 0 to 1, each once: {list(probs)}",
            where="probs",
            remedy="give for example [0.025, 0.5, 0.975]",
            id="BadProbability",
        )
    if not array.sizes[over]:
        raise SchemaError(
            f"there is no draw on '{over}'",
            where=str(array.name or "array"),
            remedy="give at least one draw",
        )
    axis = array.get_axis_num(over)
    values = np.quantile(array.to_numpy(), levels, axis=axis)
    rest = [dim for dim in array.dims if dim != over]
    coords = {dim: array.coords[dim] for dim in rest}
    result = xr.DataArray(
        values, dims=["quantile", *rest], coords={"quantile": levels, **coords}, name=array.name
    )
    result = result.transpose(*canonical_order(result.dims))
    result.attrs = {**array.attrs, "draws": array.sizes[over]}
    return result
