# SPDX-License-Identifier: Apache-2.0
"""The embedded data: list them, load one as a labelled array or as a tidy table.

An identifier is ``publisher.topic``; a table of several variables takes the variable
behind it: ``wpp2024.indicators.births``, ``worldbank.indicators.gdp_usd``. Reading one
country of a table reads only its rows. Missing cells are NaN: in tables of pairs a
missing pair means that nothing is known, a zero that there is none.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from keruen.core.arrays import stamp
from keruen.core.errors import CodeError, CoverageError, DataWarning
from keruen.sources import _query
from keruen.sources._catalogue import left_out, read_catalogue
from keruen.sources._select import asked_labels, refuse_size, reordered, shown
from keruen.sources.datasets import (
    Catalogue,
    Column,
    DataSet,
    Defect,
    Label,
    Selection,
    Series,
)

if TYPE_CHECKING:
    import pandas as pd


def catalogue() -> Catalogue:
    """All embedded tables.

    Returns
    -------
    Catalogue
        Tuple of :class:`DataSet`; ``to_table()`` gives a frame.

    Examples
    --------
    >>> [one.id for one in catalogue() if one.id.startswith("un.stock")]
    ['un.stock.2019', 'un.stock.2020', 'un.stock.2024']
    """
    return read_catalogue()


def dataset(id: str) -> DataSet:
    """One embedded table.

    Parameters
    ----------
    id : str
        Identifier of the table, with or without a variable behind it.

    Returns
    -------
    DataSet

    Raises
    ------
    CodeError
        No such table; the message lists near ones.

    Examples
    --------
    >>> dataset("un.stock.2024").source.edition
    '2024'
    """
    tables = {one.id: one for one in read_catalogue()}
    table = tables.get(id) or tables.get(id.rpartition(".")[0])
    if table is None:
        near = get_close_matches(id, tables, n=3, cutoff=0.4)
        raise CodeError(
            f"'{id}' is not in the catalogue",
            where="embedded data",
            remedy=f"did you mean {', '.join(near)}?" if near else "see keruen.catalogue()",
        )
    if id not in {table.id, *(f"{table.id}.{name}" for name in table.variables)}:
        raise _no_variable(table, id.rpartition(".")[2])
    return table


def _no_variable(table: DataSet, name: str = "") -> CodeError:
    what = f"'{table.id}' has no variable '{name}'" if name else f"'{table.id}' has several"
    near = get_close_matches(name, table.variables, n=3, cutoff=0.4) if name else []
    if not table.variables:
        return CodeError(
            f"'{table.id}' holds text rows, not an array",
            remedy=f"read it with keruen.load_table('{table.id}')",
        )
    return CodeError(
        what if name else f"{what} variables",
        where=", ".join(near or table.variables),
        remedy=f"load one, for example keruen.load('{table.id}.{(near or table.variables)[0]}')",
    )


def load(id: str, **select: Selection) -> xr.DataArray:
    """A table, or one variable of it, as a labelled array.

    Parameters
    ----------
    id : str
        ``publisher.topic``, with the variable behind it when the table has several.
    **select : label or iterable of labels
        Labels by dimension: one label drops the dimension, several keep it. The result
        equals ``load(id).sel(...)`` and reads only the rows it needs.

    Returns
    -------
    DataArray
        In canonical order of dimensions. ``attrs``: units, kind, and where they apply
        concept, moment, age_width, open_age, interval_years, projected_from; ``origin`` and
        ``licence``; ``defects``, the ids of known defects that touch the cells.

    Raises
    ------
    CodeError
        No such table, variable, dimension or code.
    CoverageError
        The table has no such year or country, no cell of the selection, or the array would
        be too large.
    FileError
        The data file is damaged (``DigestMismatch``).

    Warns
    -----
    DataWarning
        A defect marks cells asked for by name, on every key of it, as doubtful.

    Examples
    --------
    >>> people = load("wpp2024.population", country="KAZ", year=2024)
    >>> people.dims, int(people.sum())
    (('sex', 'age'), 20592574)
    >>> load("wpp2024.indicators.tfr", country=["KAZ", "UZB"], year=2023).dims
    ('country',)
    """
    table = dataset(id)
    column, series = _variable(table, id)
    labels = reordered(series.labels if series else table.labels, table)
    asked, scalar = asked_labels(table, labels, select)
    chosen = {key: asked.get(key, found) for key, found in labels.items()}
    refuse_size(table, chosen)
    rows = {**({"series": (series.name,)} if series else {}), **asked}
    places, values = _query.cells(table, column.name, chosen, rows)
    if not len(values):
        raise CoverageError(
            "no cell of the table matches the selection",
            where=f"{id}: {shown(asked)}",
            remedy="each label stands in the table, but not together; select fewer dimensions",
        )
    shape = [len(found) for found in chosen.values()]
    flat = np.full(prod(shape), np.nan)
    flat[places] = values
    coords = {key: list(found) for key, found in chosen.items()}
    array = xr.DataArray(flat.reshape(shape), dims=list(chosen), coords=coords)
    array = array.isel(dict.fromkeys(scalar, 0))
    known = defects(id, **asked)
    _warn(table, known, {**rows, "column": (column.name,)})
    return _stamped(array, table, series or column, known)


def _variable(table: DataSet, id: str) -> tuple[Column, Series | None]:
    name = id.removeprefix(table.id).removeprefix(".")
    if not name and len(table.variables) != 1:
        raise _no_variable(table)
    name = name or table.variables[0]
    column = "value" if table.series else name
    return next(one for one in table.columns if one.name == column), table.series.get(name)


def _warn(table: DataSet, known: Sequence[Defect], select: Mapping[str, Sequence[Label]]) -> None:
    for defect in known:
        if defect.doubt and defect.names_all(select):
            warnings.warn(f"{table.id}: {defect.text}", DataWarning, stacklevel=3)


def _stamped(
    array: xr.DataArray, table: DataSet, variable: Column | Series, known: Sequence[Defect]
) -> xr.DataArray:
    facts: dict[str, Any] = {
        name: getattr(variable, name)
        for name in ("concept", "moment")
        if getattr(variable, name, "")
    }
    age = table.facts.get("age", {})
    named = {"width": "age_width", "open": "open_age"}
    facts |= {named[name]: fact for name, fact in age.items() if "age" in array.dims}
    for fact in ("interval_years", "projected_from"):
        if fact in table.facts:
            facts[fact] = table.facts[fact]
    if known:
        facts["defects"] = tuple(defect.id for defect in known)
    return stamp(
        array,
        name=variable.name,
        units=variable.units,
        kind=variable.kind,  # type: ignore[arg-type]
        origin=(table.id,),
        licence=(table.source.licence.id,),
        **facts,
    )


def load_table(id: str, **select: Selection) -> pd.DataFrame:
    """A table as tidy rows, with its notes; the only form of text tables.

    Parameters
    ----------
    id : str
        Identifier of the table; a variable behind it is allowed and keeps only that one.
    **select : label or iterable of labels
        Labels by column.

    Returns
    -------
    DataFrame
        One row a cell; ``attrs`` hold origin and licence.

    Raises
    ------
    CodeError
        No such table, column or code.
    CoverageError
        The table has no such year or country.
    FileError
        The data file is damaged (``DigestMismatch``).

    Examples
    --------
    >>> quota = load_table("kaz.return_quota", year=2007, area="KAZ")
    >>> quota["value"].tolist()
    [15000]
    """
    table, rows = _asked_rows(id, select)
    name = id.removeprefix(table.id).removeprefix(".")
    frame = _query.rows(table, rows)
    if frame.empty:
        raise CoverageError(
            "no row of the table matches the selection",
            where=f"{id}: {shown(rows)}",
            remedy="select fewer columns",
        )
    if name and not table.series:
        others = [other for other in table.variables if other != name]
        frame = frame.drop(columns=others).dropna(subset=[name]).reset_index(drop=True)
    frame.attrs = {"origin": (table.id,), "licence": (table.source.licence.id,)}
    return frame


def count_rows(id: str, **select: Selection) -> int:
    """Number of rows that :func:`load_table` would give.

    Parameters
    ----------
    id : str
        Identifier of the table, with or without a series behind it.
    **select : label or iterable of labels
        Labels by column.

    Returns
    -------
    int

    Examples
    --------
    >>> count_rows("wpp2024.population", country="KAZ")
    30502
    """
    return _query.count(*_asked_rows(id, select))


def _asked_rows(
    id: str, select: Mapping[str, Selection]
) -> tuple[DataSet, dict[str, tuple[Label, ...]]]:
    table = dataset(id)
    name = id.removeprefix(table.id).removeprefix(".")
    asked, _ = asked_labels(table, _all_labels(table), select)
    return table, {**({"series": (name,)} if name and table.series else {}), **asked}


def _all_labels(table: DataSet) -> dict[str, tuple[Label, ...]]:
    """Labels of keys; columns of text are selected by any value, so they have none."""
    notes: dict[str, tuple[Label, ...]] = {
        one.name: () for one in table.columns if one.role == "note"
    }
    return {**notes, **table.labels}


def defects(id: str, **select: Selection) -> tuple[Defect, ...]:
    """Known defects of a table that matter for a selection.

    Parameters
    ----------
    id : str
        Identifier of the table, with or without a variable behind it.
    **select : label or iterable of labels
        Labels by dimension; dimensions not named count whole.

    Returns
    -------
    tuple of Defect

    Examples
    --------
    >>> [one.id for one in defects("kaz.labour.unemployment_rate", year=2019)]
    ['unemployment-2019', 'no-2015']
    """
    table = dataset(id)
    name = id.removeprefix(table.id).removeprefix(".")
    asked: dict[str, Sequence[Label]] = {
        key: (given,) if isinstance(given, str | int | float) else tuple(given)
        for key, given in select.items()
    }
    if name:
        asked["series" if table.series else "column"] = (name,)
    return tuple(defect for defect in table.defects if defect.touches(asked))


def not_embedded() -> tuple[tuple[str, str], ...]:
    """What the sources hold and the package does not.

    Returns
    -------
    tuple of (str, str)
        What, and why.

    Examples
    --------
    >>> len(not_embedded()) > 0
    True
    """
    return left_out()
