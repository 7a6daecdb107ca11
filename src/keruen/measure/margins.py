# SPDX-License-Identifier: Apache-2.0
"""Tables fitted to known margins, whole, by block or by stripe."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import xarray as xr

from keruen.core.arrays import stamp
from keruen.core.errors import ConvergenceError, InfeasibleError, raise_faults
from keruen.core.tables import to_table
from keruen.measure._flow_checks import coordinates
from keruen.measure._margin_checks import (
    Margin,
    expanded,
    named,
    placed,
    refuse_unequal,
    refuse_unreachable,
    value_faults,
)
from keruen.measure._margin_terms import Fit, fit_terms
from keruen.measure._programme import solve_programme
from keruen.measure._scaling import Floats, scale_tables

if TYPE_CHECKING:
    import pandas as pd

_FACTS: Final = ("concept", "interval_years", "definition_months")


@dataclass(frozen=True)
class MarginFit:
    """A table that meets its margins.

    Parameters
    ----------
    flows : DataArray [dimensions of the seed]
        The fitted table.
    margin_error : float
        Largest error of any margin, relative to it.
    iterations : int
        Sweeps and Newton steps taken.

    See Also
    --------
    fit_margins : Makes it.
    """

    flows: xr.DataArray
    margin_error: float
    iterations: int

    def to_table(self) -> pd.DataFrame:
        """Tidy table, one row a cell.

        Returns
        -------
        DataFrame
            Columns are the dimensions and ``flows``.
        """
        return to_table(self.flows)


def fit_margins(
    seed: xr.DataArray,
    margins: Sequence[xr.DataArray],
    *,
    rtol: float = 1e-9,
    max_iterations: int = 500,
) -> MarginFit:
    """Table nearest to a seed that meets all margins: iterative proportional fitting.

    Parameters
    ----------
    seed : DataArray [any]
        First guess of each cell, 0 or more; only ratios matter. A zero stays zero: it is
        structural. Coordinates beside the dimensions name groups: with ``origin_block`` on
        ``origin`` and ``destination_block`` on ``destination``, a margin may have those
        dimensions. A group may also be named cell by cell (``stays`` on origin and
        destination).
    margins : sequence of DataArray
        Totals to meet, each 0 or more. Their dimensions are dimensions or groups of the
        seed: ``[origin]`` and ``[destination]`` are the usual two; ``[origin_block,
        destination_block]`` is a block margin, ``[origin, destination_block]`` a stripe
        margin, ``[birthplace, origin]`` a margin of a table in three dimensions. A
        dimension that the seed lacks (year) must be in every margin; the seed is repeated
        over it.
    rtol : float, optional
        Largest relative margin error allowed.
    max_iterations : int, optional
        Sweeps and steps after which the fit is given up.

    Returns
    -------
    MarginFit
        ``flows``, ``margin_error``, ``iterations``.

    Raises
    ------
    SchemaError
        A cell is negative (``NegativeInput``) or missing (``MissingCell``), or a margin has
        a dimension that is neither of the seed nor in every margin.
    CoverageError
        Labels of a margin and of the seed differ.
    AccountError
        Two margins have different totals where they overlap (``InconsistentTotals``).
    InfeasibleError
        A positive margin has no permitted cell, or a set of margins cannot be met together.
    ConvergenceError
        The fit did not reach ``rtol``.

    See Also
    --------
    flows_from_net : When only net totals are known.

    Notes
    -----
    The result is ``seed`` times one factor for each margin; among all tables that meet the
    margins it has the least relative entropy ``sum(F ln(F / seed) - F + seed)``. It is also
    the maximum-likelihood fit of the log-linear model with those margins as sufficient
    statistics and the seed as offset. Two margins of a flat table are met by Newton's
    method on the row factors; other sets by sweeps and then by Newton's method.

    References
    ----------
    Deming, W. E. and Stephan, F. F. (1940). Annals of Mathematical Statistics 11(4).
    Raymer, J., Abel, G. and Smith, P. W. F. (2007). J. R. Stat. Soc. A 170(4), 891-908.

    Examples
    --------
    >>> places = ["A", "B", "C"]
    >>> seed = xr.DataArray(1.0 - np.eye(3), {"origin": places, "destination": places})
    >>> left = xr.DataArray([30.0, 20.0, 10.0], {"origin": places})
    >>> reached = xr.DataArray([25.0, 20.0, 15.0], {"destination": places})
    >>> fit = fit_margins(seed, [left, reached])
    >>> fit.flows.sum("destination").round(6).values.tolist()
    [30.0, 20.0, 10.0]
    """
    given = named(margins)
    seed = expanded(seed.rename("seed"), given)
    raise_faults(value_faults((seed, *given)), where="the inputs of fit_margins")
    placings = [placed(seed, margin) for margin in given]
    refuse_unequal(placings, seed.shape)
    values = np.asarray(seed.to_numpy(), dtype=float)
    refuse_unreachable(values, placings)
    pair = _two_way(seed, placings)
    if pair is None:
        terms = tuple(margin.term for margin in placings)
        fit = fit_terms(values, terms, rtol=rtol, max_iterations=max_iterations)
    else:
        fit = _fit_two_way(seed, placings, pair, rtol=rtol, max_iterations=max_iterations)
    if not fit.error <= rtol:
        _refuse_unfitted(fit, values, placings, rtol)
    facts = {fact: seed.attrs[fact] for fact in _FACTS if fact in seed.attrs}
    flows = stamp(
        seed.copy(data=fit.table),
        name="flows",
        units=str(given[0].attrs.get("units", "persons")),
        kind="count",
        inputs=given,
        **facts,
    )
    return MarginFit(flows=flows, margin_error=fit.error, iterations=fit.iterations)


def _two_way(seed: xr.DataArray, margins: Sequence[Margin]) -> tuple[str, str] | None:
    """The two dimensions that each margin of a pair sums over, if the pair is a plain one."""
    if len(margins) != 2 or any(margin.term.groups is not None for margin in margins):
        return None
    one, other = (set(map(str, margin.array.dims)) for margin in margins)
    row, column = one - other, other - one
    if len(row) != 1 or len(column) != 1 or one | other != set(map(str, seed.dims)):
        return None
    return row.pop(), column.pop()


def _fit_two_way(
    seed: xr.DataArray,
    margins: Sequence[Margin],
    pair: tuple[str, str],
    *,
    rtol: float,
    max_iterations: int,
) -> Fit:
    """Every two-way slice by Newton's method on its row factors."""
    outer = [dim for dim in seed.dims if dim not in pair]
    table = seed.transpose(*outer, *pair)
    values = np.asarray(table.to_numpy(), dtype=float).reshape(-1, *table.shape[-2:])
    rows, columns = (
        np.asarray(margin.array.transpose(*outer, dim).to_numpy(), dtype=float)
        for margin, dim in zip(margins, pair, strict=True)
    )
    rows, columns = rows.reshape(len(values), -1), columns.reshape(len(values), -1)
    ends = columns.sum(axis=1, keepdims=True)
    columns = columns * np.divide(rows.sum(1, keepdims=True), ends, where=ends > 0, out=ends + 0)
    with np.errstate(divide="ignore"):
        log_seed = np.log(values)
    scaled = scale_tables(log_seed, rows, columns, rtol=rtol, max_iterations=max_iterations)
    with np.errstate(invalid="ignore"):
        fitted = np.exp(log_seed + scaled.rows[:, :, None] + scaled.columns[:, None, :])
    fitted = np.where(values > 0, np.nan_to_num(fitted), 0.0).reshape(table.shape)
    result = table.copy(data=fitted).transpose(*seed.dims).to_numpy()
    worst = float(scaled.error.max(initial=0.0))
    return Fit(result, worst, int(scaled.iterations.max(initial=0)))


def _refuse_unfitted(fit: Fit, seed: Floats, margins: Sequence[Margin], rtol: float) -> None:
    """Say whether no table meets the margins, or the fit was given up."""
    worst = max(margins, key=lambda margin: _gaps(fit, margin).max())
    gaps = _gaps(fit, worst)
    place = worst.array.copy(data=gaps == gaps.max())
    where = f"'{worst.name}' at {coordinates(place)}"
    if not _possible(seed, margins):
        raise InfeasibleError(
            "no table with the zeros of the seed meets all margins",
            where=f"furthest from being met: {where}",
            remedy="let more cells of the seed be positive, or correct the margins",
            id="Infeasible",
        )
    raise ConvergenceError(
        f"the margins were met to {fit.error:.2g}, not {rtol:g}",
        where=where,
        remedy="raise max_iterations, or accept a larger rtol",
        id="NotConverged",
        diagnostics={"margin_error": fit.error, "iterations": fit.iterations},
    )


def _gaps(fit: Fit, margin: Margin) -> Floats:
    target = margin.term.target
    off = np.abs(margin.term.sums(np.nan_to_num(fit.table)) - target)
    return np.asarray(off / np.where(target > 0, target, 1.0))


def _possible(seed: Floats, margins: Sequence[Margin]) -> bool:
    """Whether any table with the seed's zeros meets the margins (a linear programme)."""
    from scipy.sparse import coo_array, vstack

    cells = np.flatnonzero(seed.reshape(-1) > 0)
    blocks, totals = [], []
    for margin in margins:
        rows = margin.cell_codes(seed.shape)[cells]
        shape = (margin.array.size, len(cells))
        blocks.append(coo_array((np.ones(len(cells)), (rows, np.arange(len(cells)))), shape=shape))
        totals.append(margin.term.target.reshape(-1))
    target = np.concatenate(totals)
    target = target / max(target.max(initial=0.0), 1e-300)
    try:
        solve_programme(np.zeros(len(cells)), vstack(blocks), target, target)
    except InfeasibleError:
        return False
    return True
