# SPDX-License-Identifier: Apache-2.0
"""Labelled arrays: equal cells, stamps, totals, weighted means.

Counts and money may be summed; rates, shares and indices may only be averaged with
weights. xarray drops labels that two arrays do not share, keeps stale attributes and
lets broadcasting decide the order of dimensions; ``same_cells`` and ``stamp`` are the
rule against each.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final, Literal, get_args

import xarray as xr

from keruen.core.dims import canonical_order
from keruen.core.errors import CoverageError, SchemaError, UnitsError

if TYPE_CHECKING:
    import pandas as pd

Kind = Literal["count", "rate", "probability", "share", "index", "money"]
"""What sort of quantity an array holds; only counts and money may be summed."""

_ADDITIVE: Final = ("count", "money")
_SHOWN: Final = 5


def few(labels: Iterable[object]) -> str:
    """The first labels for a message, and how many more there are.

    Parameters
    ----------
    labels : iterable
        Labels of a dimension, or names of columns.

    Returns
    -------
    str

    Examples
    --------
    >>> few(["KZ-10", "KZ-11", "KZ-15", "KZ-19", "KZ-23", "KZ-27"])
    'KZ-10, KZ-11, KZ-15, KZ-19, KZ-23 and 1 more'
    """
    items = [str(label) for label in labels]
    more = f" and {len(items) - _SHOWN} more" if len(items) > _SHOWN else ""
    return ", ".join(items[:_SHOWN]) + more


def require_dims(array: xr.DataArray, *dims: str, name: str = "") -> None:
    """Check that an array has exactly the dimensions named, each with unique labels.

    Parameters
    ----------
    array : DataArray
        The array to check.
    *dims : str
        Dimensions it must have; others may stand beside them.
    name : str, optional
        Name of the argument, for the message.

    Raises
    ------
    SchemaError
        A dimension is missing, has no labels, or has a label twice (``DuplicateKey``).
    """
    where = name or str(array.name or "array")
    for dim in (*dims, *(str(d) for d in array.dims if d not in dims)):
        if dim not in array.dims:
            raise SchemaError(
                f"dimension '{dim}' is missing",
                where=f"{where} has {few(array.dims)}",
                remedy=f"give '{where}' with the dimensions {', '.join(dims)}",
            )
        if dim not in array.indexes:
            raise SchemaError(
                f"dimension '{dim}' has no labels",
                where=where,
                remedy=f"assign coordinates: array.assign_coords({dim}=[...])",
            )
        index = array.indexes[dim]
        if not index.is_unique:
            twice = index[index.duplicated()].unique()
            raise SchemaError(
                f"labels stand twice on '{dim}': {few(twice)}",
                where=where,
                remedy="keep one of each",
                id="DuplicateKey",
            )


def same_cells(*arrays: xr.DataArray, exclude: Sequence[str] = ()) -> tuple[xr.DataArray, ...]:
    """Arrays with equal labels in one order on every dimension that they share.

    Parameters
    ----------
    *arrays : DataArray [any]
        Arrays to bring together; a dimension that only some have is left alone.
    exclude : sequence of str, optional
        Dimensions whose labels may differ.

    Returns
    -------
    tuple of DataArray
        The arrays, each reordered to the labels of the first that has the dimension.

    Raises
    ------
    CoverageError
        Labels differ; the message names those that one array lacks.
    SchemaError
        A dimension has no labels, or the same label twice.

    Examples
    --------
    >>> a = xr.DataArray([1, 2], coords={"region": ["KZ-71", "KZ-75"]})
    >>> b = xr.DataArray([20, 10], coords={"region": ["KZ-75", "KZ-71"]})
    >>> a, b = same_cells(a, b)
    >>> (a + b).values.tolist()
    [11, 22]
    """
    for number, array in enumerate(arrays, start=1):
        require_dims(array, name=str(array.name or f"array {number}"))
    reference: dict[str, tuple[str, pd.Index]] = {}
    matched = []
    for number, array in enumerate(arrays, start=1):
        name = str(array.name or f"array {number}")
        order: dict[str, pd.Index] = {}
        for dim in (str(d) for d in array.dims if d not in exclude):
            index = array.indexes[dim]
            first, wanted = reference.setdefault(dim, (name, index))
            if index.equals(wanted):
                continue
            _refuse_difference(dim, first, wanted, name, index)
            order[dim] = wanted
        matched.append(array.sel(order) if order else array)
    return tuple(matched)


def _refuse_difference(dim: str, a: str, left: pd.Index, b: str, right: pd.Index) -> None:
    lacks = [
        f"'{name}' lacks {few(missing)}"
        for name, missing in ((b, left.difference(right)), (a, right.difference(left)))
        if len(missing)
    ]
    if lacks:
        raise CoverageError(
            f"labels of '{dim}' differ between '{a}' and '{b}'",
            where="; ".join(lacks),
            remedy="give both arrays for the same labels, or select the labels they share",
        )


def stamp(
    array: xr.DataArray,
    *,
    name: str,
    units: str,
    kind: Kind,
    inputs: Sequence[xr.DataArray] = (),
    **facts: object,
) -> xr.DataArray:
    """The array in canonical order, with attributes that say what it now is.

    Parameters
    ----------
    array : DataArray [any]
        Result of arithmetic; its attributes are not trusted and are replaced.
    name : str
        Name of the quantity.
    units : str
        Unit, as in ``variables.csv``.
    kind : {"count", "rate", "probability", "share", "index", "money"}
        What may be done with it.
    inputs : sequence of DataArray, optional
        Arrays it was computed from; their origins and licences are carried over.
    **facts
        Further attributes: ``moment``, ``concept``, ``interval_years`` ...

    Returns
    -------
    DataArray

    Examples
    --------
    >>> rate = xr.DataArray([[0.5]], dims=("age", "year"), coords={"age": [0], "year": [2020]})
    >>> stamped = stamp(rate, name="asfr", units="births per woman", kind="rate")
    >>> stamped.dims, stamped.attrs["kind"]
    (('year', 'age'), 'rate')
    """
    if kind not in get_args(Kind):
        raise UnitsError(
            f"'{kind}' is not a kind of quantity",
            where=name,
            remedy=f"choose one of {', '.join(get_args(Kind))}",
        )
    attrs: dict[str, object] = {"units": units, "kind": kind}
    for fact in ("origin", "licence"):
        carried = [item for given in inputs for item in given.attrs.get(fact, ())]
        if carried:
            attrs[fact] = tuple(dict.fromkeys(carried))
    attrs.update(facts)
    result = array.transpose(*canonical_order(array.dims)).rename(name)
    result.attrs = attrs
    return result


def total(array: xr.DataArray, over: str | Sequence[str]) -> xr.DataArray:
    """Sum of counts or money over dimensions; a missing cell makes its total missing.

    Parameters
    ----------
    array : DataArray [any], a count or money
        What to add up.
    over : str or sequence of str
        Dimensions to sum over.

    Returns
    -------
    DataArray
        The same quantity without those dimensions.

    Raises
    ------
    UnitsError
        The array is not a count or money, or a stock would be added up over time.

    Examples
    --------
    >>> regions = {"region": ["KZ-71", "KZ-75"]}
    >>> births = xr.DataArray([3, 4], coords=regions, attrs={"kind": "count"})
    >>> total(births, "region").item()
    7
    """
    dims = [over] if isinstance(over, str) else list(over)
    kind = array.attrs.get("kind")
    name = str(array.name or "array")
    if kind not in _ADDITIVE:
        raise UnitsError(
            f"a {kind or 'quantity of unstated kind'} cannot be summed",
            where=name,
            remedy="use weighted_mean with explicit weights, or stamp the array's kind",
        )
    if array.attrs.get("concept") == "stock" and {"year", "quarter", "month"} & set(dims):
        raise UnitsError(
            "a stock cannot be summed over time",
            where=name,
            remedy="select one moment, or average",
        )
    return array.sum(dims, skipna=False, keep_attrs=True)


def weighted_mean(
    rate: xr.DataArray, *, weights: xr.DataArray, over: str | Sequence[str]
) -> xr.DataArray:
    """Mean of rates, weighted by the population they refer to.

    Parameters
    ----------
    rate : DataArray [any]
        Rates, shares, probabilities or indices.
    weights : DataArray [any], not negative
        Exposure of each cell.
    over : str or sequence of str
        Dimensions to average over.

    Returns
    -------
    DataArray
        The same quantity without those dimensions; missing where the weights add to zero.

    Raises
    ------
    CoverageError
        Labels of rate and weights differ.
    SchemaError
        A weight is negative (``NegativeInput``).

    Notes
    -----
    ``sum(w r) / sum(w)``.

    Examples
    --------
    >>> rate = xr.DataArray([0.1, 0.2], coords={"sex": ["F", "M"]}, attrs={"kind": "rate"})
    >>> people = xr.DataArray([300.0, 100.0], coords={"sex": ["F", "M"]})
    >>> round(weighted_mean(rate, weights=people, over="sex").item(), 6)
    0.125
    """
    rate, weights = same_cells(rate, weights)
    if bool((weights < 0).any()):
        raise SchemaError(
            "a weight is negative",
            where=str(weights.name or "weights"),
            remedy="weights are populations or exposures: 0 or more",
            id="NegativeInput",
        )
    dims = [over] if isinstance(over, str) else list(over)
    weights = weights.broadcast_like(rate)
    mass = weights.sum(dims, skipna=False)
    mean = (rate * weights).sum(dims, skipna=False) / mass.where(mass > 0)
    mean = mean.transpose(*canonical_order(mean.dims)).rename(rate.name)
    mean.attrs = dict(rate.attrs)
    return mean
