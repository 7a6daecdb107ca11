# SPDX-License-Identifier: Apache-2.0
"""Tables with negative cells fitted to margins: the generalised form of biproportional fitting."""

from __future__ import annotations

from typing import Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from keruen.core.arrays import few, same_cells, stamp
from keruen.core.errors import AccountError, ConvergenceError, SchemaError

Floats = NDArray[np.float64]

_CLOSE: Final = 1e-9
_SWEEPS: Final = 10_000


def fit_signed_margins(
    seed: xr.DataArray, rows: xr.DataArray, columns: xr.DataArray, *, tolerance: float = _CLOSE
) -> xr.DataArray:
    """A table with negative cells, such as final demand with changes of stocks, at given sums.

    Parameters
    ----------
    seed : DataArray [rows, columns]
        The table to start from; cells may be negative, zeros stay.
    rows, columns : DataArray [rows] and [columns]
        Sums wanted, of any sign.
    tolerance : float, optional
        Largest error of a margin, relative to the sum of sizes of its cells.

    Returns
    -------
    DataArray [rows, columns]
        Every cell keeps its sign. Without negative cells and margins the result is that of
        proportional fitting.

    Raises
    ------
    SchemaError
        A cell or margin is missing (``MissingCell``), or dimensions differ.
    AccountError
        Margins do not add to the same total (``MarginsDiffer``).
    ConvergenceError
        No table with these signs and zeros was found (``NotConverged``).

    See Also
    --------
    keruen.measure.margins.fit_margins : Tables without negative cells, any dimensions.

    Notes
    -----
    With the positive part ``P`` and the negative part ``N`` of the seed, ``x = r P s -
    N / (r s)``. Each sweep solves ``p r^2 - u r - n = 0`` for every row, with
    ``p = sum P s``, ``n = sum N / s`` and the wanted sum ``u``, then so for every column.

    References
    ----------
    Junius, T. and Oosterhaven, J. (2003). The solution of updating or regionalizing a matrix
    with both positive and negative entries. Economic Systems Research 15(1), 87-96.

    Examples
    --------
    >>> seed = xr.DataArray([[7.0, -3.0], [2.0, 9.0]], {"sector": ["A", "C"], "use": ["f", "s"]})
    >>> found = fit_signed_margins(
    ...     seed, xr.DataArray([5.0, 12.0], {"sector": ["A", "C"]}),
    ...     xr.DataArray([10.0, 7.0], {"use": ["f", "s"]}))
    >>> found.sum("use").round(6).values.tolist(), found.sum("sector").round(6).values.tolist()
    ([5.0, 12.0], [10.0, 7.0])
    >>> bool(found.sel(sector="A", use="s") < 0)
    True
    """
    table, down, across = _ready(seed, rows, columns)
    fitted = _fit(table.to_numpy(), down.to_numpy(), across.to_numpy(), tolerance)
    return stamp(
        table.copy(data=fitted),
        name=str(seed.name or "table"),
        units=str(seed.attrs.get("units", "")),
        kind="count",
        inputs=(seed, rows, columns),
    )


def _ready(
    seed: xr.DataArray, rows: xr.DataArray, columns: xr.DataArray
) -> tuple[xr.DataArray, xr.DataArray, xr.DataArray]:
    if rows.ndim != 1 or columns.ndim != 1 or {*rows.dims, *columns.dims} != set(seed.dims):
        raise SchemaError(
            "the margins are not those of a table of two dimensions",
            where=f"table {few(seed.dims)}; margins {few((*rows.dims, *columns.dims))}",
            remedy="give one margin for each of the two dimensions",
        )
    table, down, across = same_cells(
        seed.rename("seed"), rows.rename("rows"), columns.rename("columns")
    )
    for part in (table, down, across):
        empty = int((~np.isfinite(part.to_numpy().astype(float))).sum())
        if empty:
            raise SchemaError(
                f"{empty} cells of '{part.name}' are missing",
                where=str(part.name),
                remedy="give every cell; a cell that cannot be filled is 0",
                id="MissingCell",
            )
    whole, other = float(down.sum()), float(across.sum())
    size = max(float(abs(down).sum()), float(abs(across).sum()), 1e-300)
    if abs(whole - other) > _CLOSE * size:
        raise AccountError(
            f"margins differ by {abs(whole - other):,.6g} in their totals",
            where=f"{rows.dims[0]} add to {whole:,.6g}, {columns.dims[0]} to {other:,.6g}",
            remedy="give margins of the same total",
            id="MarginsDiffer",
        )
    return table.transpose(*rows.dims, *columns.dims).astype(float), down, across


def _fit(seed: Floats, rows: Floats, columns: Floats, tolerance: float) -> Floats:
    """Sweeps over rows and columns until both margins are met."""
    up, down = np.maximum(seed, 0.0), np.maximum(-seed, 0.0)
    s = np.ones(seed.shape[1])
    error = np.inf
    for _ in range(_SWEEPS):
        r = _factor(up @ s, down @ (1.0 / s), rows)
        if not (np.isfinite(r) & (r > 0)).all():
            break
        s = _factor(r @ up, (1.0 / r) @ down, columns)
        if not (np.isfinite(s) & (s > 0)).all():
            break
        scale = r[:, None] * s
        found = up * scale - down / scale
        size = np.abs(found).sum(axis=1)
        error = float((np.abs(found.sum(axis=1) - rows) / np.maximum(size, 1e-300)).max())
        off = np.abs(found.sum(axis=0) - columns) / np.maximum(np.abs(found).sum(axis=0), 1e-300)
        error = max(error, float(off.max()))
        if error <= tolerance:
            return np.asarray(found, dtype=float)
    raise ConvergenceError(
        f"no table with these signs and zeros meets the margins; the error is {error:.3g}",
        where="seed, rows, columns",
        remedy="look for rows or columns whose cells cannot add to the sum wanted",
        id="NotConverged",
    )


def _factor(plus: Floats, minus: Floats, wanted: Floats) -> Floats:
    """The positive root of ``plus r^2 - wanted r - minus = 0``; 1 for an empty line.

    Written so that neither a large nor a small root loses digits.
    """
    root = np.sqrt(wanted**2 + 4.0 * plus * minus)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.where(wanted >= 0, (wanted + root) / (2.0 * plus), 2.0 * minus / (root - wanted))
    empty = (plus == 0) & (minus == 0)
    return np.where(empty, 1.0, np.where((plus == 0) & ~empty, -minus / wanted, found))
