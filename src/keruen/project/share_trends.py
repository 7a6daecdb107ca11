# SPDX-License-Identifier: Apache-2.0
"""Shares of later years: trends of occupations within industries, with little said by few cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from keruen.core.arrays import require_dims, same_cells, stamp
from keruen.core.errors import CoverageError
from keruen.project._skillchecks import check_counts, places
from keruen.project.staffing import occupation_shares

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]

_FULL_YEARS: Final = 10.0


@dataclass(frozen=True)
class ProjectedShares:
    """Shares of occupations in industries, by year, and how they were carried on.

    Parameters
    ----------
    shares : DataArray [year, ..., sector, occupation], share
        Adds to 1 over occupations in every year.
    slope : DataArray [..., sector, occupation], per year
        Change of the log share, relative to the industry's weighted mean; 0 where the share
        was held constant.
    adjustments : DataFrame
        Cells held constant: ``cell``, ``reason``.
    """

    shares: xr.DataArray
    slope: xr.DataArray
    adjustments: pd.DataFrame


def project_shares(
    matrix: xr.DataArray, *, years: Sequence[int], cases: xr.DataArray | None = None
) -> ProjectedShares:
    """Shares of occupations in industries, carried on by their log-linear trend.

    Parameters
    ----------
    matrix : DataArray [year, ..., sector, occupation], persons
        Employed people by industry and occupation, of one year or more.
    years : sequence of int
        Years wanted, not before the last of the matrix.
    cases : DataArray [year, ..., sector, occupation], persons interviewed, optional
        Survey cases behind each cell. With them a slope is drawn towards the mean slope of
        its occupation over industries, the more the fewer cases it rests on.

    Returns
    -------
    ProjectedShares
        From one year: constant shares.

    Raises
    ------
    SchemaError
        A count is negative or missing.
    CoverageError
        An industry is empty, or a year wanted lies before the last matrix (``YearsDiffer``).

    See Also
    --------
    keruen.project.staffing.occupation_employment : What the shares are for.

    Notes
    -----
    Multinomial-logit trend ``ln(s[o|i] / s[ref|i]) = a + b t`` by least squares, the
    reference being the industry's weighted geometric mean. The slope counts in full for ten
    years and by half after. With cases, ``b`` is the posterior mean between its own estimate
    (variance from ``(1 - s) / (n s)``) and the precision-weighted mean of the occupation,
    whose spread over industries is found by the method of moments (DerSimonian and Laird).
    A cell that was ever 0 has no logarithm and keeps its last share; it is listed.

    References
    ----------
    DerSimonian, R. and Laird, N. (1986). Controlled Clinical Trials 7(3), 177-188.

    Examples
    --------
    >>> matrix = xr.DataArray([[[50.0, 50.0]], [[60.0, 40.0]]],
    ...     {"year": [2020, 2025], "sector": ["J"], "occupation": ["25", "41"]})
    >>> project_shares(matrix, years=[2025, 2030]).shares.round(4).values[:, 0].tolist()
    [[0.6, 0.4], [0.6923, 0.3077]]
    """
    require_dims(matrix, "year", "sector", "occupation", name="matrix")
    matrix = matrix.sortby("year")
    shares = occupation_shares(matrix)
    last = int(matrix.indexes["year"][-1])
    if min(years) < last:
        raise CoverageError(
            f"a year before the last matrix was asked for: {min(years)}",
            where=f"the last matrix is of {last}",
            remedy="ask for its year or later ones",
            id="YearsDiffer",
        )
    table, moved = _sorted(shares)
    held = np.asarray(~(table > 0).all(axis=0))
    slope = np.zeros(table.shape[1:])
    if len(table) > 1:
        count = None if cases is None else _cases(shares, cases)
        slope = _slopes(table, matrix.indexes["year"].to_numpy(float), count)
        slope[held] = 0.0
    ahead = np.asarray(years, dtype=float) - last
    reach = np.minimum(ahead, _FULL_YEARS) + np.maximum(ahead - _FULL_YEARS, 0.0) / 2.0
    values = _carried(table[-1], slope, held, reach)
    frame = moved.isel(year=-1, drop=True)
    result = frame.expand_dims(year=list(years)).copy(data=values)
    return ProjectedShares(
        shares=stamp(
            result, name="occupation_share", units="share", kind="share", inputs=(matrix,)
        ),
        slope=stamp(frame.copy(data=slope), name="slope", units="per year", kind="rate"),
        adjustments=_adjustments(frame, held & np.asarray((table > 0).any(axis=0)), len(table)),
    )


def _sorted(shares: xr.DataArray) -> tuple[Floats, xr.DataArray]:
    """Values with year first, sector and occupation last."""
    rest = [dim for dim in shares.dims if dim not in ("year", "sector", "occupation")]
    moved = shares.transpose("year", *rest, "sector", "occupation")
    return np.asarray(moved.to_numpy(), dtype=float), moved


def _cases(shares: xr.DataArray, cases: xr.DataArray) -> Floats:
    check_counts(cases=cases)
    _, cases = same_cells(shares.rename("matrix"), cases.rename("cases"))
    return _sorted(cases)[0]


def _slopes(table: Floats, time: Floats, cases: Floats | None) -> Floats:
    """Slope of each log share, drawn towards its occupation where few cases speak."""
    with np.errstate(divide="ignore"):
        logs = np.where(table > 0, np.log(table), 0.0)
    weight = table.mean(axis=0)
    logs = logs - (weight * logs).sum(axis=-1, keepdims=True)
    centred = (time - time.mean()).reshape(-1, *[1] * (table.ndim - 1))
    own = (centred * logs).sum(axis=0) / (centred**2).sum()
    if cases is None:
        return np.asarray(own)
    whole = cases.sum(axis=-1, keepdims=True)
    seen = np.maximum(whole, 1.0) * np.maximum(table, 1e-12)
    variance = ((centred / (centred**2).sum()) ** 2 * (1.0 - table) / seen).sum(axis=0)
    return _towards_occupation(own, variance, np.asarray((table > 0).all(axis=0)))


def _towards_occupation(own: Floats, variance: Floats, known: NDArray[np.bool_]) -> Floats:
    """Posterior mean of slopes that scatter round the mean of their occupation."""
    axis = -2
    precision = np.where(known, 1.0 / np.maximum(variance, 1e-300), 0.0)
    total = np.maximum(precision.sum(axis=axis, keepdims=True), 1e-300)
    mean = (precision * own).sum(axis=axis, keepdims=True) / total
    excess = (precision * (own - mean) ** 2).sum(axis=axis, keepdims=True)
    freedom = known.sum(axis=axis, keepdims=True) - 1.0
    scale = total - (precision**2).sum(axis=axis, keepdims=True) / total
    spread = np.maximum(excess - freedom, 0.0) / np.maximum(scale, 1e-300)
    weight = np.divide(spread, spread + variance, out=np.ones_like(own), where=variance > 0)
    return np.asarray(weight * own + (1.0 - weight) * mean)


def _carried(last: Floats, slope: Floats, held: NDArray[np.bool_], reach: Floats) -> Floats:
    """Shares of later years: the cells with a trend share what the held cells leave."""
    steps = reach.reshape(-1, *[1] * last.ndim)
    moving = np.where(held, 0.0, last * np.exp(slope * steps))
    kept = np.where(held, last, 0.0)
    room = 1.0 - kept.sum(axis=-1, keepdims=True)
    sums = moving.sum(axis=-1, keepdims=True)
    return np.asarray(kept + moving * np.divide(room, sums, out=0.0 * sums, where=sums > 0))


def _adjustments(frame: xr.DataArray, held: NDArray[np.bool_], count: int) -> pd.DataFrame:
    import pandas as pd

    if count == 1:
        rows = [("all", "one matrix year: shares are held constant")]
    else:
        reason = "0 in one of the years: the share is held constant"
        rows = [(place, reason) for place in places(frame.copy(data=held))]
    return pd.DataFrame(rows, columns=pd.Index(["cell", "reason"]))


def pooled_shares(
    matrix: xr.DataArray,
    cases: xr.DataArray,
    *,
    parents: Mapping[str, str],
    smallest: int = 30,
) -> tuple[xr.DataArray, pd.DataFrame]:
    """Shares where a cell with few survey cases takes that of its parent industry.

    Parameters
    ----------
    matrix : DataArray [sector, occupation], persons
        Employed people; pool three years of a small survey first.
    cases : DataArray [sector, occupation], persons interviewed
        Survey cases behind each cell.
    parents : mapping of str to str
        Parent of each industry.
    smallest : int, optional
        Cells with fewer cases borrow.

    Returns
    -------
    shares : DataArray [sector, occupation], share
        Borrowed cells take the parent's share; the others are scaled to what is left.
    adjustments : DataFrame
        ``sector``, ``occupation``, ``before``, ``after``, ``cases``, ``reason``.

    Raises
    ------
    CoverageError
        An industry has no parent (``NoParent``), or one is empty.
    SchemaError
        A count is negative or missing.

    See Also
    --------
    keruen.project.staffing.occupation_shares : Without borrowing.

    Examples
    --------
    >>> places = {"sector": ["41", "42"], "occupation": ["7", "9"]}
    >>> matrix = xr.DataArray([[60.0, 40.0], [1.0, 0.0]], places)
    >>> seen = xr.DataArray([[600.0, 400.0], [2.0, 0.0]], places)
    >>> shares, listed = pooled_shares(matrix, seen, parents={"41": "F", "42": "F"})
    >>> shares.sel(sector="42").round(3).values.tolist(), len(listed)
    ([0.604, 0.396], 2)
    """
    import pandas as pd

    own = occupation_shares(matrix)
    check_counts(cases=cases)
    own, cases = same_cells(own, cases)
    own, cases = (one.transpose("sector", "occupation") for one in (own, cases))
    codes = [str(code) for code in own.indexes["sector"]]
    missing = [code for code in codes if code not in parents]
    if missing:
        raise CoverageError(
            f"{len(missing)} industries have no parent",
            where=", ".join(missing[:5]),
            remedy="name the industry each belongs to",
            id="NoParent",
        )
    groups = xr.DataArray([parents[code] for code in codes], dims="sector", name="parent")
    by_parent = matrix.groupby(groups).sum().sel(parent=groups).drop_vars("parent")
    parent = (by_parent / by_parent.sum("occupation")).transpose("sector", "occupation")
    few_cases = (cases < smallest).to_numpy()
    borrowed = np.where(few_cases, parent.to_numpy(), 0.0)
    kept = np.where(few_cases, 0.0, own.to_numpy())
    room = 1.0 - borrowed.sum(axis=1, keepdims=True)
    sums = kept.sum(axis=1, keepdims=True)
    values = borrowed + kept * np.divide(room, sums, out=0.0 * sums, where=sums > 0)
    values = values / values.sum(axis=1, keepdims=True)
    shares = stamp(own.copy(data=values), name="occupation_share", units="share", kind="share")
    rows, columns = np.nonzero(few_cases)
    listed = pd.DataFrame(
        {
            "sector": own.indexes["sector"][rows],
            "occupation": own.indexes["occupation"][columns],
            "before": own.to_numpy()[rows, columns],
            "after": values[rows, columns],
            "cases": cases.to_numpy()[rows, columns],
            "reason": f"fewer than {smallest} cases: the share of the parent industry",
        }
    )
    return shares, listed
