# SPDX-License-Identifier: Apache-2.0
"""A user's own figures laid over the embedded ones, at the door where a profile asks for data.

Sections ask for a table by its id and get it with the user's figures in their cells. Where
those stand among the embedded data is told by ``schemas/_embedded.yaml``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import xarray as xr

from keruen.core.arrays import stamp
from keruen.core.errors import CodeError, CoverageError
from keruen.core.tables import from_table
from keruen.core.variables import variables
from keruen.sources.own_tables import OwnTable, places
from keruen.sources.schemas import schema

if TYPE_CHECKING:
    from keruen.sources.datasets import Selection

Probe = Literal["", "own", "embedded"]


@dataclass(frozen=True)
class Laid:
    """What one column of a user's table replaced in one embedded table.

    Parameters
    ----------
    own : OwnTable
        The user's table.
    entry : mapping
        Entry of ``schemas/_embedded.yaml``.
    into : str
        Embedded table and variable.
    values : DataArray or None
        The user's figures under the names of the embedded dimensions; None where the table
        lacks a column that is needed.
    unused : tuple of int
        Years that could not be laid.
    before : DataArray or None
        The embedded figures of the country; None where none are held.
    """

    own: OwnTable
    entry: Mapping[str, Any]
    into: str
    values: xr.DataArray
    unused: tuple[int, ...] = ()
    before: xr.DataArray | None = None


@dataclass(frozen=True, eq=False)
class OwnFigures:
    """A user's own tables of a country over the embedded data.

    Parameters
    ----------
    country : str
        ISO 3166-1 alpha-3 code.
    tables : tuple of OwnTable
        What the user gave.
    laid : tuple of Laid
        Every column of them that stands over an embedded variable.
    probe : {"", "own", "embedded"}
        Which figures to distort, to learn what depends on them.

    See Also
    --------
    keruen.report.own_marks : Says which figures of a report are the user's.
    """

    country: str
    tables: tuple[OwnTable, ...]
    laid: tuple[Laid, ...]
    probe: Probe = ""
    _arrays: dict[str, xr.DataArray] = field(default_factory=dict, repr=False)

    def distorted(self, probe: Probe) -> OwnFigures:
        """The same with one side distorted."""
        return replace(self, probe=probe, _arrays={})

    @cached_property
    def owners(self) -> Mapping[str, OwnTable]:
        """The user's table by embedded table."""
        return {table_of(one.into): one.own for one in self.laid if one.values.size}

    def touches(self, name: str) -> bool:
        """Whether a variable, or the years of its national table, are the user's."""
        if name.startswith(f"{self.country.lower()}."):
            return table_of(name) in self.owners
        return any(one.into == name and one.values.size for one in self.laid)

    def years(self, name: str) -> frozenset[int]:
        """Years of a variable that are the user's."""
        mine = (one.values["year"].to_numpy() for one in self.laid if one.into == name)
        return frozenset(int(year) for years in mine for year in years)

    def load(self, name: str, **select: Selection) -> xr.DataArray:
        """As :func:`keruen.load`, with the user's figures in their cells."""
        if name not in self._arrays:
            self._arrays[name] = self._made(name)
        array = self._arrays[name]
        chosen: dict[str, Any] = {
            dim: asked if isinstance(asked, str | int | float) else list(asked)
            for dim, asked in select.items()
        }
        try:
            return array.sel(chosen, drop=True)
        except KeyError as wrong:
            raise CoverageError(f"{wrong} is not held", where=name) from wrong

    def _made(self, name: str) -> xr.DataArray:
        mine = [one for one in self.laid if one.into == name]
        base = _embedded(name, mine[0].entry if mine else {}, self.country)
        if base is not None and self.probe == "embedded":
            base = _distort(base)
        years = sorted(
            {
                int(year)
                for one in self.laid
                if table_of(one.into) == table_of(name)
                for year in one.values["year"]
            }
        )
        if not mine:
            if base is None:
                raise CoverageError("nothing is held", where=name)
            return base.reindex(year=sorted({*map(int, base["year"]), *years}))
        values = _distort(mine[0].values) if self.probe == "own" else mine[0].values
        return _lay(replace(mine[0], values=values), base, years, self.country)


def own_figures(country: str, tables: Sequence[OwnTable]) -> OwnFigures:
    """A user's own tables, ready to stand over the embedded data.

    Parameters
    ----------
    country : str
        ISO 3166-1 alpha-3 code.
    tables : sequence of OwnTable
        What the user gave.

    Returns
    -------
    OwnFigures
    """
    found: dict[str, Laid] = {}
    for own in tables:
        for entry in places()[own.schema]:
            into = entry["into"].format(own=country.lower())
            values = _values(own, entry, country)
            if values is not None and into not in found:
                found[into] = _held(Laid(own, entry, into, values), country)
    return OwnFigures(country, tuple(tables), tuple(found.values()))


@cache
def table_of(name: str) -> str:
    """Id of the table that holds a variable, embedded or not.

    Parameters
    ----------
    name : str
        Table and variable.

    Returns
    -------
    str

    Examples
    --------
    >>> table_of("un.stock.2024"), table_of("uzb.migration.arrivals")
    ('un.stock.2024', 'uzb.migration')
    """
    from keruen.sources.catalog import dataset

    try:
        return dataset(name).id
    except CodeError:
        return name.rpartition(".")[0]


def _values(own: OwnTable, entry: Mapping[str, Any], country: str) -> xr.DataArray | None:
    """The figures of a column by the dimensions of the embedded table."""
    frame = own.table
    if entry.get("of"):
        frame = frame[frame[entry["of"]] == country]
    columns = schema(own.schema)
    value, less = entry["value"], entry.get("less", "")
    keys: dict[str, str] = entry.get("keys", {})
    lacking = [key for key in keys if key not in frame.columns]
    optional = entry.get("share") or set(lacking) <= set(entry.get("unknown", ()))
    if value not in frame or (less and less not in frame) or (lacking and not optional):
        return None
    kept = ["year", *(key for key in keys if key in frame.columns)]
    summed = [one.name for one in columns.keys if one.name in frame and one.name not in kept]
    if "region" in summed or (summed and not columns.column(value).additive):
        return None  # regions need not be all of the country; rates do not add
    figures = frame[value] - frame[less] if less else frame[value]
    table = frame[kept].assign(figure=figures).dropna(subset=["figure"])
    abroad = [key for key in kept if columns.column(key).kind == "country"]
    table = table[(table[abroad] != country).all(axis=1)]  # the native-born are no migrants
    table = table.groupby(kept, observed=True)["figure"].sum().reset_index()
    if table.empty:
        return None
    array = from_table(table, value="figure", dims=kept).sortby(kept)
    for key in lacking:
        if not entry.get("share"):
            array = array.expand_dims({key: [entry["unknown"][key]]})
    return array.rename({key: dim for key, dim in keys.items() if key in array.dims})


def _held(one: Laid, country: str) -> Laid:
    """With the embedded figures beside it, and without years that cannot be laid."""
    base = _embedded(one.into, one.entry, country)
    at = dict.fromkeys(one.entry.get("at", ()), country)
    if base is not None and all(country in base.indexes[dim] for dim in at):
        one = replace(one, before=base.sel(at, drop=True))
    if not one.entry.get("held"):
        return one
    years = [] if one.before is None else list(one.before.indexes["year"])
    stays = np.isin(one.values["year"], years)
    unused = tuple(int(year) for year in one.values["year"].to_numpy()[~stays])
    return replace(one, values=one.values.isel(year=stays), unused=unused)


def _embedded(name: str, entry: Mapping[str, Any], country: str) -> xr.DataArray | None:
    """The embedded table, summed over what no section asks for."""
    from keruen import load

    here = {"country": [country]} if "country" in entry.get("at", ()) else {}
    try:
        base = load(name, **here)
    except (CodeError, CoverageError):
        return None
    summed = [dim for dim in entry.get("sum", ()) if dim in base.dims]
    return base.sum(summed, min_count=1, keep_attrs=True) if summed else base


def _lay(one: Laid, base: xr.DataArray | None, years: list[int], country: str) -> xr.DataArray:
    """The embedded table with the user's figures in the cells of the country."""
    at = dict.fromkeys(one.entry.get("at", ()), country)
    values = one.values
    if base is None:
        alone = values.reindex(year=years).expand_dims({dim: [code] for dim, code in at.items()})
        known = variables()[one.entry["value"]]
        return stamp(
            alone,
            name=known.name,
            units=known.units,
            kind=known.kind,
            origin=(table_of(one.into),),
        )
    if one.entry.get("share"):
        values = _shared(values, base.sel(at, drop=True))
    given = values.expand_dims({dim: [code] for dim, code in at.items()})
    labels = {dim: sorted({*base.indexes[dim], *given.indexes[dim]}) for dim in given.dims} | (
        {} if one.entry.get("held") else {"year": sorted({*base.indexes["year"], *years})}
    )
    wide = base.reindex(labels)
    full = given.reindex({dim: wide.indexes[dim] for dim in wide.dims})
    mine = full.notnull()
    if one.entry.get("whole"):
        others = [dim for dim in wide.dims if dim != "year" and dim not in at]
        mine = mine | mine.any(others)
    result = full.where(mine, wide).transpose(*base.dims)
    result.attrs = dict(base.attrs)
    return result.rename(base.name)


def _shared(values: xr.DataArray, base: xr.DataArray) -> xr.DataArray:
    """Figures by sex and age groups, or without them, over the cells of the embedded table.

    Within a group the cells stand to each other as the embedded ones do; the groups add to
    the user's figures.
    """
    kept = base.sel(year=values["year"])
    cells = []
    for year in values["year"].to_numpy():
        given, whole = values.sel(year=year), kept.sel(year=year)
        if "age" in given.dims:
            starts = given.dropna("age", how="all")["age"].to_numpy()
            ages = whole["age"].to_numpy()
            whole = whole.sel(age=ages >= starts.min())
            group = starts[np.searchsorted(starts, whole["age"].to_numpy(), side="right") - 1]
            of = xr.DataArray(group, dims="age", coords={"age": whole["age"]}, name="group")
            sums = whole.groupby(of).sum()
            sums = sums if "sex" in given.dims else sums.sum("sex")
            ratio = given.rename(age="group").reindex(group=sums["group"]) / sums
            ratio = ratio.sel(group=of).drop_vars("group")
        else:
            over = [dim for dim in whole.dims if dim not in given.dims]
            ratio = given / whole.sum(over)
        cells.append((whole * ratio).reindex(age=base["age"]))
    return xr.concat(cells, "year").assign_coords(year=values["year"])


def _distort(array: xr.DataArray) -> xr.DataArray:
    """Other figures in the same cells, no two changed alike, so that ratios change too."""
    share = (np.arange(array.size) * 0.6180339887) % 1.0
    return array * (1.5 + 2.0 * share.reshape(array.shape))
