# SPDX-License-Identifier: Apache-2.0
"""Keruen's own notes in a file: what rebuilds the array that was written."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from keruen.core.dims import canonical_order
from keruen.sources.datasets import Label

if TYPE_CHECKING:
    import pandas as pd

FORM: Final = 1
"""Version of the notes."""


def written(attrs: Mapping[Any, Any], losses: list[str]) -> dict[str, Any]:
    """Attributes as JSON holds them; what it does not hold is added to the losses."""
    kept: dict[str, Any] = {}
    for name, value in attrs.items():
        try:
            text = json.dumps(value, default=_scalar, allow_nan=False)
        except (TypeError, ValueError):
            losses.append(f"attribute '{name}' is not carried: {type(value).__name__}")
        else:
            kept[str(name)] = json.loads(text)
    return kept


def _scalar(value: object) -> object:
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError


def table_facts(table: pd.DataFrame, values: Mapping[str, Mapping[Any, Any]]) -> dict[str, Any]:
    """What rebuilds the arrays of a tidy table, in the form of an export.

    Parameters
    ----------
    table : DataFrame
        One row a cell.
    values : dict
        Attributes of the array of every column of values; all other columns are keys.

    Returns
    -------
    dict

    See Also
    --------
    keruen.sources.workbooks.read_export : Gives the arrays back.
    """
    keys = canonical_order(name for name in table.columns if name not in values)
    labels = {str(name): table[name].unique().tolist() for name in keys}
    return {
        "keruen": FORM,
        "series": False,
        "columns": {str(name): str(table[name].dtype) for name in table.columns},
        "values": {
            name: {"labels": labels, "attrs": written(attrs, [])} for name, attrs in values.items()
        },
    }


def read_facts(given: object, dims: Sequence[str]) -> dict[str, Any] | None:
    """Keruen's own notes, when they are there and speak of the dimensions found.

    Parameters
    ----------
    given : object
        What stands where the format has room for them: a mapping, or its JSON.
    dims : sequence of str
        Dimensions found in the file.

    Returns
    -------
    dict or None
    """
    try:
        facts: dict[str, Any] = json.loads(given) if isinstance(given, str) else given  # type: ignore[assignment]
        told = [*facts["scalar"], *facts["dims"]]
        for kind in (facts["dtype"], *facts["labels"].values()):
            np.dtype(kind)
        known = facts["keruen"] == FORM and sorted(told) == sorted(dims)
        return facts if known and _well_formed(facts) else None
    except (AttributeError, TypeError, ValueError, KeyError, RecursionError):
        return None


def _well_formed(facts: dict[str, Any]) -> bool:
    """Whether every part is of the kind that it was written as."""
    nested = [*facts.get("names", {}).values(), *facts.get("codes", {}).values()]
    points = facts.get("places", {}).values()
    return (
        all(isinstance(facts.get(name, ""), str) for name in ("name", "title", "source"))
        and all(isinstance(one, dict) for one in (facts["attrs"], *nested))
        and all(len(point) == 2 and not isinstance(point, str) for point in points)
    )


def rebuild(
    values: NDArray[Any], labels: Mapping[str, Sequence[Label]], facts: dict[str, Any]
) -> xr.DataArray:
    """The array that was written, from its numbers, its labels and Keruen's notes.

    Parameters
    ----------
    values : array of float or int
        Numbers, in the order of the labels.
    labels : dict
        Labels of every dimension as read.
    facts : dict
        What :func:`read_facts` found.

    Returns
    -------
    DataArray
    """
    coords = {dim: _typed(found, facts["labels"].get(dim, "str")) for dim, found in labels.items()}
    array = xr.DataArray(
        _cells(values, np.dtype(facts["dtype"])),
        dims=list(labels),
        coords=coords,
        name=facts["name"],
    )
    single = [dim for dim in facts["scalar"] if len(labels[dim]) == 1]
    array = array.isel(dict.fromkeys(single, 0)).transpose(..., *facts["dims"])
    array.attrs = {name: tuples(value) for name, value in facts["attrs"].items()}
    return array


def _cells(values: NDArray[Any], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Numbers in the type they had, unless a change to the file does not fit it."""
    cells = np.asarray(values)
    if dtype.kind not in "fO" and cells.dtype.kind == "f":
        whole = np.isfinite(cells) & (cells == np.floor(cells)) & (np.abs(cells) < 2**53)
        if not whole.all():
            return cells
    return cells.astype(dtype)


def _typed(labels: Sequence[Label], kind: str) -> list[Label]:
    if kind == "str":
        return [str(label) for label in labels]
    return list(np.array(labels).astype(kind).tolist())


def tuples(value: object) -> object:
    """Lists as tuples, as attributes hold them."""
    return tuple(tuples(one) for one in value) if isinstance(value, list) else value
