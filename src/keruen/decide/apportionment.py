# SPDX-License-Identifier: Apache-2.0
"""Splitting a whole number: by any weights, within floors and caps, by keys of fair shares."""

from __future__ import annotations

from typing import Final, Literal, get_args

import numpy as np
import xarray as xr

from keruen.core.arrays import few, require_dims, same_cells, stamp
from keruen.core.errors import InfeasibleError, SchemaError, WorkbenchError, raise_faults

ApportionMethod = Literal["hamilton", "webster"]
_CORRECTION_CAP: Final = 0.3


def apportion(
    total: int,
    weights: xr.DataArray,
    *,
    floor: xr.DataArray | None = None,
    cap: xr.DataArray | None = None,
    method: ApportionMethod = "hamilton",
) -> xr.DataArray:
    """Whole shares of a whole number.

    Parameters
    ----------
    total : int
        What is split.
    weights : DataArray [one dimension]
        Shares are proportional to it; not negative.
    floor, cap : DataArray [the same], whole units, optional
        Least and most of each share.
    method : {"hamilton", "webster"}
        Largest fractions, or highest quotients. Hamilton stays within one unit of the exact
        share but can take a unit from somebody when the total grows; Webster never does.

    Returns
    -------
    DataArray [the same], whole units
        Adds to ``total``.

    Raises
    ------
    SchemaError
        A weight is negative or missing, or all are 0; the total is negative.
    InfeasibleError
        Floors add to more than the total, or caps to less (``FloorsAboveTotal``,
        ``CapsBelowTotal``); the message says by how much.
    CoverageError
        Labels differ.

    See Also
    --------
    region_key : Weights of the usual keys.

    Notes
    -----
    Hamilton: ``q_i = total w_i / sum w``; everybody gets ``floor(q_i)``, the rest goes to the
    largest fractions, ties to the first label. Where that breaks a floor or a cap, the share is
    set there, and the others split what is left, until nothing changes. Webster: units go one by
    one to the highest ``w_i / (x_i + 1/2)`` among those below their cap, from the floors on.

    References
    ----------
    Balinski, M. L. and Young, H. P. (2001). Fair Representation, 2nd edition. Brookings.

    Examples
    --------
    >>> weights = xr.DataArray([48.7, 31.3, 12.4, 7.6], coords={"region": list("abcd")})
    >>> apportion(100, weights).values.tolist()
    [49, 31, 12, 8]
    """
    require_dims(weights, *(str(dim) for dim in weights.dims), name="weights")
    low = xr.zeros_like(weights, dtype=np.int64) if floor is None else floor
    high = xr.full_like(weights, total, dtype=np.int64) if cap is None else cap
    weights, low, high = same_cells(
        weights.rename("weights"), low.rename("floor"), high.rename("cap")
    )
    _check(total, weights, low, high, method)
    split = _hamilton if method == "hamilton" else _webster
    shares = split(
        total,
        weights.to_numpy().astype(float),
        low.to_numpy().astype(np.int64),
        high.to_numpy().astype(np.int64),
    )
    return stamp(weights.copy(data=shares), name="share", units="units", kind="count")


def _check(
    total: int, weights: xr.DataArray, low: xr.DataArray, high: xr.DataArray, method: str
) -> None:
    faults: list[WorkbenchError] = []
    (dim,) = weights.dims
    values = weights.to_numpy().astype(float)
    odd = ~(np.isfinite(values) & (values >= 0))
    if odd.any() or not values.sum() > 0:
        labels = few(weights[dim].to_numpy()[odd]) or "every one"
        faults.append(
            SchemaError(
                f"the weight of {labels} cannot be used",
                where="weights",
                remedy="give numbers of 0 or more, at least one of them positive",
                id="BadWeight",
            )
        )
    if total < 0 or method not in get_args(ApportionMethod):
        faults.append(
            SchemaError(
                f"{total} units cannot be split by {method!r}",
                remedy=f"give 0 or more, and one of {', '.join(get_args(ApportionMethod))}",
            )
        )
    crossed = low.to_numpy() > high.to_numpy()
    if crossed.any():
        faults.append(
            InfeasibleError(
                f"the floor of {few(weights[dim].to_numpy()[crossed])} is above its cap",
                where="floor",
                remedy="lower the floor or raise the cap",
            )
        )
    least, most = int(low.sum()), int(high.sum())
    if least > total:
        faults.append(
            InfeasibleError(
                f"floors add to {least - total} more than {total}",
                where="floor",
                remedy="lower floors or raise the total",
                id="FloorsAboveTotal",
            )
        )
    if most < total:
        faults.append(
            InfeasibleError(
                f"caps add to {total - most} less than {total}",
                where="cap",
                remedy="raise caps or lower the total",
                id="CapsBelowTotal",
            )
        )
    raise_faults(faults)


def _hamilton(total: int, weights: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    held = np.full(len(weights), -1)  # shares set at a floor or a cap
    while True:
        free = held < 0
        rest = total - held[~free].sum()
        shares = held.copy()
        shares[free] = _largest_fractions(int(rest), weights[free])
        above, below = free & (shares > high), free & (shares < low)
        if not (above.any() or below.any()):
            return shares
        # Only the side that is broken by more is set: that may mend the other, never the reverse.
        if (shares - high)[above].sum() >= (low - shares)[below].sum():
            held[above] = high[above]
        else:
            held[below] = low[below]


def _largest_fractions(total: int, weights: np.ndarray) -> np.ndarray:
    if not len(weights):
        return np.array([], dtype=np.int64)
    even = np.ones_like(weights)
    exact = total * (weights / weights.sum() if weights.sum() > 0 else even / even.sum())
    shares = np.floor(exact + 1e-9).astype(np.int64)  # 3.9999999999 is 4
    order = np.argsort(-(exact - shares), kind="stable")
    shares[order[: total - shares.sum()]] += 1
    return np.asarray(shares)


def _webster(total: int, weights: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """The units above the floors, in the order of their quotients."""
    import heapq

    shares = low.copy()
    heap = [
        (-weights[at] / (shares[at] + 0.5), at)
        for at in range(len(shares))
        if shares[at] < high[at]
    ]
    heapq.heapify(heap)
    for _ in range(total - int(shares.sum())):
        _, at = heapq.heappop(heap)
        shares[at] += 1
        if shares[at] < high[at]:
            heapq.heappush(heap, (-weights[at] / (shares[at] + 0.5), at))
    return shares


def paradox_labels(
    total: int,
    weights: xr.DataArray,
    *,
    floor: xr.DataArray | None = None,
    cap: xr.DataArray | None = None,
) -> list[str]:
    """Who would get fewer units by largest fractions if the total were one larger.

    Parameters
    ----------
    total : int
        What is split.
    weights : DataArray [one dimension]
        As of :func:`apportion`.
    floor, cap : DataArray [the same], whole units, optional
        As of :func:`apportion`.

    Returns
    -------
    list of str
        Labels; empty as a rule. The paradox of Alabama (1881).

    Raises
    ------
    SchemaError
        As of :func:`apportion`.
    InfeasibleError
        Floors or caps leave no split of either total.

    Examples
    --------
    >>> weights = xr.DataArray([6, 6, 2], coords={"region": list("abc")})
    >>> paradox_labels(10, weights)
    ['c']
    """
    now, more = (apportion(each, weights, floor=floor, cap=cap) for each in (total, total + 1))
    (dim,) = now.dims
    return [str(label) for label in now.indexes[dim][(more < now).to_numpy()]]


def region_key(
    population: xr.DataArray,
    *,
    revenue: xr.DataArray | None = None,
    product: xr.DataArray | None = None,
    applications: xr.DataArray | None = None,
    unemployment: xr.DataArray | None = None,
) -> xr.DataArray:
    """Shares of regions by a key of fair distribution.

    Parameters
    ----------
    population : DataArray [region], persons
        Alone: shares of population.
    revenue : DataArray [region], money, optional
        With it: two thirds tax revenue, one third population (Germany's key).
    product : DataArray [region], money, optional
        With ``applications`` and ``unemployment``: the European key of 2015.
    applications : DataArray [region], persons, optional
        Past applications for protection.
    unemployment : DataArray [region], percent, optional
        Unemployment rate.

    Returns
    -------
    DataArray [region], share
        Adds to 1.

    Raises
    ------
    SchemaError
        Tables of two keys are given, or one of a key is missing (``UnknownKey``); applications
        or unemployment are 0 somewhere, so that they have no inverse (``NoInverse``).
    CoverageError
        Labels differ.

    See Also
    --------
    apportion : Turns shares into whole numbers.

    Notes
    -----
    European key: 0.4 population + 0.4 product + two corrections of 0.1 each, by the inverse of
    applications per inhabitant and of unemployment; each correction is at most 30 % of the first
    two together. Shares are then scaled to 1.

    References
    ----------
    European Commission (2015). COM(2015) 450, proposal for a crisis relocation mechanism, annex.

    Examples
    --------
    >>> population = xr.DataArray([3.0, 1.0], coords={"region": ["KZ-71", "KZ-63"]})
    >>> revenue = xr.DataArray([1.0, 1.0], coords={"region": ["KZ-71", "KZ-63"]})
    >>> region_key(population, revenue=revenue).values.round(4).tolist()
    [0.5833, 0.4167]
    """
    european = [each for each in (product, applications, unemployment) if each is not None]
    if revenue is not None and not european:
        people, money = same_cells(population.rename("population"), revenue.rename("revenue"))
        key = 2 / 3 * money / money.sum() + people / people.sum() / 3
    elif (
        revenue is None
        and product is not None
        and applications is not None
        and unemployment is not None
    ):
        people, output, past, idle = same_cells(
            population.rename("population"),
            product.rename("product"),
            applications.rename("applications"),
            unemployment.rename("unemployment"),
        )
        _need_inverse(past, idle)
        base = 0.4 * people / people.sum() + 0.4 * output / output.sum()
        per_head = 1 / (past / people)
        corrections = [0.1 * part / part.sum() for part in (per_head, 1 / idle)]
        key = base + sum(np.minimum(each, _CORRECTION_CAP * base) for each in corrections)
    elif revenue is None and not european:
        key = population / population.sum()
    else:
        raise SchemaError(
            "the tables do not make a key",
            remedy="give population alone; or with revenue; or with product, applications and "
            "unemployment",
            id="UnknownKey",
        )
    return stamp(key / key.sum(), name="region_key", units="1", kind="share")


def _need_inverse(*tables: xr.DataArray) -> None:
    faults = []
    for table in tables:
        values = table.to_numpy().astype(float)
        odd = ~(np.isfinite(values) & (values > 0))
        if odd.any():
            faults.append(
                SchemaError(
                    f"{table.name} counts inversely, and is 0 or missing in "
                    f"{few(table.indexes['region'].to_numpy()[odd])}",
                    where=str(table.name),
                    remedy="give numbers above 0, or choose another key",
                    id="NoInverse",
                )
            )
    raise_faults(faults)
