# SPDX-License-Identifier: Apache-2.0
"""From labelled arrays to tables of figures, and the data a report may ask for."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from keruen.core.errors import CodeError, CoverageError
from keruen.report.document import Column, Figure, Row, Status, Table
from keruen.report.locale import Message, Value, Year

if TYPE_CHECKING:
    import xarray as xr

    from keruen.report.own_figures import OwnFigures
    from keruen.sources.datasets import Selection


@dataclass(frozen=True)
class Desk:
    """What every section asks for: the country, the year wanted, and data by id.

    Parameters
    ----------
    country : str
        ISO 3166-1 alpha-3 code.
    year : int or None
        Latest year to show; None for all that is held.
    given : OwnFigures or None
        A user's own figures, laid over the embedded ones.
    """

    country: str
    year: int | None = None
    given: OwnFigures | None = None

    @property
    def reference(self) -> int:
        """The year that figures of the present refer to: the last of the migrant stocks."""
        return self.year or int(self.world("un.stock.2024")["year"].max())

    def world(self, name: str) -> xr.DataArray:
        """A whole data set, kept in memory for the next section."""
        given = self.given_for(name)
        return _whole(name) if given is None else given.load(name)

    def given_for(self, name: str) -> OwnFigures | None:
        """The user's own figures where they stand over a data set."""
        return self.given if self.given is not None and self.given.touches(name) else None

    def own(self, name: str, **select: Selection) -> xr.DataArray | None:
        """A data set for this country up to the year wanted; None where it is not held."""
        return self.part(name, country=self.country, **select)

    def part(self, name: str, **select: Selection) -> xr.DataArray | None:
        """Part of a data set up to the year wanted; None where it is not held."""
        from keruen import load

        given = self.given_for(name)
        try:
            return self.until((given.load if given else load)(name, **select))
        except (CoverageError, CodeError):
            return None

    def national(self, topic: str, **select: Selection) -> xr.DataArray | None:
        """A national series, held under the country's own prefix (``kaz.migration``)."""
        return self.part(f"{self.country.lower()}.{topic}", **select)

    def until(self, array: xr.DataArray) -> xr.DataArray:
        """The array up to the year wanted."""
        if self.year is None or "year" not in array.dims:
            return array
        kept = array.sel(year=array["year"] <= self.year)
        if not kept.sizes["year"]:
            raise CoverageError(f"nothing is held up to {self.year}", where=str(array.name))
        return kept


@lru_cache(maxsize=32)
def _whole(name: str) -> xr.DataArray:
    from keruen import load

    return load(name)


def latest(array: xr.DataArray | None) -> tuple[int | None, float | None]:
    """The last year with a value, and the value.

    Parameters
    ----------
    array : DataArray [year] or None
        A series.

    Returns
    -------
    tuple of int or None and float or None
        None and None where there is no value.

    Examples
    --------
    >>> import xarray as xr
    >>> latest(xr.DataArray([1.0, 2.0, float("nan")], coords={"year": [2020, 2021, 2022]}))
    (2021, 2.0)
    """
    if array is None:
        return None, None
    known = array.dropna("year")
    if not known.sizes["year"]:
        return None, None
    last = known.isel(year=int(known["year"].to_numpy().argmax()))
    return int(last["year"]), float(last)


def at(array: xr.DataArray | None, **cell: object) -> float | None:
    """The value of one cell, None where it is not held.

    Parameters
    ----------
    array : DataArray or None
        Where to look.
    **cell
        A label for every dimension.

    Returns
    -------
    float or None

    Examples
    --------
    >>> import xarray as xr
    >>> series = xr.DataArray([1.0], coords={"year": [2020]})
    >>> at(series, year=2020), at(series, year=1900)
    (1.0, None)
    """
    if array is None or any(label not in array.indexes[dim] for dim, label in cell.items()):
        return None
    value = float(array.sel(cell))
    return None if math.isnan(value) else value


StatusRule = Status | Callable[[object], Status]


@dataclass(frozen=True)
class Series:
    """A column of a table to be: values by row label, and what they share.

    Parameters
    ----------
    key : str
        Short name, part of the ids.
    label : Value
        Heading.
    values : DataArray [row dimension] or None
        The figures; None gives a column of gaps.
    unit : str
        Unit of the figures.
    period : str
        Period of all figures; the row's own key when empty.
    sources : tuple of str
        Data sets; those that the array names when empty.
    status : str or callable
        How the figures are known, or a rule by row label.
    decimals : int
        Digits printed after the decimal mark.
    signed : bool
        Whether a plus is printed before gains.
    additive : bool
        Whether a total of the column has a meaning.
    doubts : mapping
        What is doubtful, by row label.
    bounds : (DataArray, DataArray, int) or None
        Lower and upper bound of an interval, and its level in percent.
    """

    key: str
    label: Value
    values: xr.DataArray | None
    unit: str
    period: str = ""
    sources: tuple[str, ...] = ()
    status: StatusRule = "observed"
    decimals: int = 0
    signed: bool = False
    additive: bool = False
    doubts: Mapping[object, Message] = field(default_factory=dict)
    bounds: tuple[xr.DataArray, xr.DataArray, int] | None = None

    def cells(self, table: str, dim: str, labels: Sequence[object]) -> list[Figure]:
        """The figures of the column, one a row label."""
        sources = self.sources or tuple(
            self.values.attrs.get("origin", ()) if self.values is not None else ()
        )
        lower, upper, level = self.bounds or (None, None, 0)
        return [
            Figure(
                id=f"{table}.{self.key}.{label}",
                value=at(self.values, **{dim: label}),
                unit=self.unit,
                period=self.period or str(label),
                sources=sources,
                status=self.status(label) if callable(self.status) else self.status,
                decimals=self.decimals,
                signed=self.signed,
                lower=at(lower, **{dim: label}),
                upper=at(upper, **{dim: label}),
                level=level,
                doubt=self.doubts.get(label),
            )
            for label in labels
        ]


def table(
    name: str,
    head: Value,
    dim: str,
    labels: Sequence[object],
    series: Sequence[Series],
    *,
    row: Callable[[object], Value] = lambda label: Year(str(label)),
    total: Value | None = None,
) -> Table:
    """A table with a row a label and a column a series.

    Parameters
    ----------
    name : str
        Id of the table.
    head : Value
        Heading of the row labels.
    dim : str
        Dimension that the rows run over.
    labels : sequence
        Row labels in the order they are shown.
    series : sequence of Series
        The columns.
    row : callable
        How a label is written.
    total : Value, optional
        Heading of a row of totals.

    Returns
    -------
    Table
    """
    columns = [each.cells(name, dim, labels) for each in series]
    return Table(
        id=name,
        head=head,
        columns=tuple(Column(s.key, s.label, s.unit, s.additive) for s in series),
        rows=tuple(
            Row(str(label), row(label), tuple(column[place] for column in columns))
            for place, label in enumerate(labels)
        ),
        total=total,
    )
