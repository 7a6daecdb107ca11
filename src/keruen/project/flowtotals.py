# SPDX-License-Identifier: Apache-2.0
"""Flows brought to totals that come from elsewhere."""

from __future__ import annotations

from typing import Final

import numpy as np
import xarray as xr

from keruen.core.arrays import require_dims, same_cells, stamp
from keruen.core.errors import AccountError, ConvergenceError, SchemaError
from keruen.project._flowsteps import margin_error, scale_to_totals

_ROUNDS: Final = 2_000


def match_totals(
    flows: xr.DataArray, *, outflow: xr.DataArray, inflow: xr.DataArray, rtol: float = 1e-8
) -> xr.DataArray:
    """Flows scaled so that they add to given totals out of and into every place.

    Parameters
    ----------
    flows : DataArray [..., origin, destination], persons
        Flows; by trajectory or year too, if need be.
    outflow : DataArray [..., origin], persons
        Totals out.
    inflow : DataArray [..., destination], persons
        Totals in; for given net totals, ``outflow + net``.
    rtol : float, optional
        Largest relative error of a total.

    Returns
    -------
    DataArray [..., origin, destination], persons

    Raises
    ------
    SchemaError
        A flow or total is negative or missing (``NegativeInput``).
    AccountError
        Totals out and in do not agree (``NotBalanced``).
    ConvergenceError
        The totals cannot be met with the flows that are above zero.
    CoverageError
        Labels differ.

    See Also
    --------
    keruen.project.flows.project_flows : Flows to fit.

    Notes
    -----
    Iterative proportional fitting: ``a[i] flow[i, j] b[j]``, the table nearest to the given
    one in relative entropy. Flows of zero stay zero.

    References
    ----------
    Deming, W. E. and Stephan, F. F. (1940). Annals of Mathematical Statistics 11, 427-444.

    Examples
    --------
    >>> places = {"origin": ["A", "B"], "destination": ["A", "B"]}
    >>> flows = xr.DataArray([[0.0, 10.0], [30.0, 0.0]], coords=places)
    >>> out = xr.DataArray([12.0, 27.0], coords={"origin": ["A", "B"]})
    >>> into = xr.DataArray([27.0, 12.0], coords={"destination": ["A", "B"]})
    >>> match_totals(flows, outflow=out, inflow=into).round(6).values.tolist()
    [[0.0, 12.0], [27.0, 0.0]]
    """
    require_dims(flows, "origin", "destination", name="flows")
    flows, outflow, inflow = same_cells(flows, outflow.rename("outflow"), inflow.rename("inflow"))
    for name, array in (("flows", flows), ("outflow", outflow), ("inflow", inflow)):
        if not bool((array >= 0).all()):
            raise SchemaError(
                "a count is negative or missing",
                where=name,
                remedy="give 0 or more",
                id="NegativeInput",
            )
    rest = [dim for dim in flows.dims if dim not in ("origin", "destination")]
    laid = flows.transpose(*rest, "origin", "destination")
    shape = laid.shape[:-2]
    tables = laid.to_numpy().reshape(-1, *laid.shape[-2:])
    rows = _totals(outflow, laid.isel(destination=0, drop=True))
    columns = _totals(inflow, laid.isel(origin=0, drop=True))
    gap = np.abs(rows.sum(axis=1) - columns.sum(axis=1))
    if (gap > rtol * rows.sum(axis=1) + 1e-9).any():
        raise AccountError(
            f"{gap.max():,.0f} more people leave than come, or come than leave",
            where="outflow and inflow",
            remedy="balance the totals first: every departure is an arrival",
            id="NotBalanced",
        )
    fitted = scale_to_totals(tables, rows, columns, rtol, _ROUNDS)
    errors = {
        "outflow": margin_error(fitted.sum(axis=2), rows),
        "inflow": margin_error(fitted.sum(axis=1), columns),
    }
    if max(errors.values()) > rtol:
        raise ConvergenceError(
            "the totals cannot be met with the flows that are above zero",
            where=", ".join(f"{name} off by {error:.2g}" for name, error in errors.items()),
            remedy="give small flows where people may come to move",
            diagnostics=dict(errors),
        )
    result = laid.copy(data=fitted.reshape(*shape, *laid.shape[-2:]))
    facts = {key: flows.attrs[key] for key in ("flow_method",) if key in flows.attrs}
    return stamp(
        result,
        name="flows",
        units="persons",
        kind="count",
        inputs=[flows, outflow, inflow],
        **facts,
    )


def _totals(
    total: xr.DataArray, like: xr.DataArray
) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Totals as (tables, places), repeated over what they do not vary by."""
    wide = total.broadcast_like(like).transpose(*like.dims)
    return np.asarray(wide, dtype=np.float64).reshape(-1, like.shape[-1])
