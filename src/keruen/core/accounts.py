# SPDX-License-Identifier: Apache-2.0
"""Demographic accounts: what was there, what came, what went, what is there now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import xarray as xr

from keruen.core.arrays import same_cells, stamp
from keruen.core.errors import AccountError, SchemaError

_WORST: Final = 5


def account_gap(
    start: xr.DataArray,
    end: xr.DataArray,
    *,
    entries: Mapping[str, xr.DataArray],
    exits: Mapping[str, xr.DataArray],
) -> xr.DataArray:
    """What a demographic account leaves unexplained in each cell.

    Parameters
    ----------
    start : DataArray [any], persons
        Population at the start of the period.
    end : DataArray [any], persons
        Population at its end.
    entries : mapping of str to DataArray [any], persons
        What adds to it, by name: births, arrivals, adjustment.
    exits : mapping of str to DataArray [any], persons
        What takes from it, by name: deaths, departures.

    Returns
    -------
    DataArray [any], persons
        ``end`` less what the account says it should be; 0 where the account closes.

    Raises
    ------
    CoverageError
        The parts do not hold the same cells.
    SchemaError
        A part lacks a dimension of the population, or brings one of its own.

    See Also
    --------
    require_closed : The same, raising when the account does not close.

    Notes
    -----
    ``gap = end - (start + sum(entries) - sum(exits))``.

    Examples
    --------
    >>> place = {"country": ["KAZ", "KGZ"]}
    >>> start, end = (xr.DataArray(n, coords=place) for n in ([100.0, 50.0], [108.0, 49.0]))
    >>> born, died = (xr.DataArray(n, coords=place) for n in ([9.0, 2.0], [1.0, 1.0]))
    >>> account_gap(start, end, entries={"births": born}, exits={"deaths": died}).values.tolist()
    [0.0, -2.0]
    """
    named = {"start": start, "end": end, **entries, **exits}
    for name, part in named.items():
        if set(part.dims) != set(start.dims):
            raise SchemaError(
                f"'{name}' has the dimensions {', '.join(map(str, part.dims)) or 'none'}",
                where=f"the population has {', '.join(map(str, start.dims)) or 'none'}",
                remedy="sum or broadcast every part of the account to the same dimensions",
            )
    parts = same_cells(*(part.rename(name) for name, part in named.items()))
    signs = [-1.0, 1.0, *(-1.0 for _ in entries), *(1.0 for _ in exits)]
    gap = sum((sign * part for sign, part in zip(signs, parts, strict=True)), xr.zeros_like(start))
    return stamp(gap, name="account_gap", units="persons", kind="count")


def require_closed(
    start: xr.DataArray,
    end: xr.DataArray,
    *,
    entries: Mapping[str, xr.DataArray],
    exits: Mapping[str, xr.DataArray],
    rtol: float = 1e-9,
    atol: float = 1e-6,
) -> None:
    """Check that a demographic account closes in every cell.

    Parameters
    ----------
    start : DataArray [any], persons
        Population at the start of the period.
    end : DataArray [any], persons
        Population at its end.
    entries : mapping of str to DataArray [any], persons
        What adds to it, by name.
    exits : mapping of str to DataArray [any], persons
        What takes from it, by name.
    rtol : float, optional
        Gap allowed, as a share of the larger population of the cell.
    atol : float, optional
        Gap allowed in any cell, persons.

    Raises
    ------
    AccountError
        A cell does not close (``NotBalanced``); names the worst cells and their gaps.
    CoverageError
        The parts do not hold the same cells.

    See Also
    --------
    account_gap : The gap itself.

    Notes
    -----
    A cell closes when ``|gap| <= atol + rtol max(|start|, |end|)``. A missing part is a
    gap: nothing is known to close.

    Examples
    --------
    >>> place = {"country": ["KAZ", "KGZ"]}
    >>> start, end = (xr.DataArray(n, coords=place) for n in ([100.0, 50.0], [108.0, 49.0]))
    >>> require_closed(start, end, entries={}, exits={})
    Traceback (most recent call last):
    keruen.core.errors.AccountError: the account does not close in 2 of 2 cells
    (country=KAZ: +8; country=KGZ: -1): correct the parts, or add the gap as an entry named
    'adjustment'
    """
    gap = account_gap(start, end, entries=entries, exits=exits)
    both = [abs(part.transpose(*gap.dims).to_numpy()) for part in same_cells(start, end)]
    values = gap.to_numpy()
    allowed = atol + rtol * np.nan_to_num(np.maximum(*both))
    bad = ~(np.abs(values) <= allowed)
    if not bad.any():
        return
    excess = np.where(bad, np.nan_to_num(np.abs(values), nan=np.inf), -1.0).reshape(-1)
    order = np.argsort(-excess, kind="stable")[: min(_WORST, int(bad.sum()))]
    cells = "; ".join(f"{_cell(gap, int(flat))}: {values.reshape(-1)[flat]:+.6g}" for flat in order)
    raise AccountError(
        f"the account does not close in {int(bad.sum())} of {values.size} cells",
        where=cells,
        remedy="correct the parts, or add the gap as an entry named 'adjustment'",
        id="NotBalanced",
    )


def _cell(array: xr.DataArray, flat: int) -> str:
    """Coordinates of one cell, as a reader would say them."""
    places = np.unravel_index(flat, array.shape) if array.ndim else ()
    labels = (
        f"{dim}={array.indexes[str(dim)][place]}"
        for dim, place in zip(array.dims, places, strict=True)
    )
    return ", ".join(labels) or "total"
