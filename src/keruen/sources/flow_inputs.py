# SPDX-License-Identifier: Apache-2.0
"""Inputs of flows from stocks, from the embedded data: stocks, populations, births, deaths.

Stocks of the United Nations stand at mid-year, births and deaths of World Population
Prospects by calendar year, so an interval takes half of its first and last year.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from importlib import resources
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np
import xarray as xr

from keruen.core.arrays import stamp
from keruen.core.errors import CoverageError
from keruen.core.places import SamePlaces, same_places
from keruen.sources.catalog import load, load_table
from keruen.sources.vital_events import VitalEvents, vital_events

if TYPE_CHECKING:
    import pandas as pd

STOCKS: Final = ("un.stock.2019", "un.stock.2020", "un.stock.2024")
UNKNOWN: Final = "OTH"
STOCK_CV: Final = {
    "birth": 0.05,
    "citizenship": 0.10,
    "birth+citizenship": 0.10,
    "imputed": 0.25,
}
"""Relative standard error of a stock by how it was counted (measurement methods, 2.3)."""


@dataclass(frozen=True)
class FlowTables:
    """Everything that ``flows_from_stocks`` takes, one table a period.

    The label of a period is the year it starts in. Places that are counted with another in
    a period hold zeros there, and are listed in ``merged``. The dimension ``sex`` is there
    only when asked for.

    Parameters
    ----------
    stock_start : DataArray [year, birthplace, country, sex], persons
        Foreign-born at the start by birthplace; the diagonal is empty.
    stock_end : DataArray [year, birthplace, country, sex], persons
        The same at the end.
    population_start : DataArray [year, country, sex], persons
        Population at the start.
    population_end : DataArray [year, country, sex], persons
        Population at the end.
    births : DataArray [year, country, sex], persons
        Births of the period.
    deaths : DataArray [year, country, sex], persons
        Deaths of the period.
    unknown : DataArray [year, country, sex], persons
        Foreign-born of unknown birthplace at the start, spread over the known ones.
    interval_years : DataArray [year], years
        Length of each period.
    stock_cv : DataArray [country]
        Relative standard error of the stocks by how each country counts.
    merged : DataFrame
        Columns ``year``, ``part``, ``whole``, ``reason``.
    sources : tuple of str
        Identifiers of the embedded tables used.

    See Also
    --------
    flow_inputs : Makes it.
    """

    stock_start: xr.DataArray
    stock_end: xr.DataArray
    population_start: xr.DataArray
    population_end: xr.DataArray
    births: xr.DataArray
    deaths: xr.DataArray
    unknown: xr.DataArray
    interval_years: xr.DataArray
    stock_cv: xr.DataArray
    merged: pd.DataFrame
    sources: tuple[str, ...]

    @property
    def population(self) -> tuple[xr.DataArray, xr.DataArray]:
        """Population at start and end, as ``flows_from_stocks`` takes it."""
        return self.population_start, self.population_end


def flow_inputs(
    stocks: str = "un.stock.2024",
    *,
    first: int | None = None,
    last: int | None = None,
    by_sex: bool = False,
) -> FlowTables:
    """Stocks, populations, births and deaths of every period, ready for flows from stocks.

    Parameters
    ----------
    stocks : str, optional
        Identifier of a UN revision: ``un.stock.2024``, ``un.stock.2020``, ``un.stock.2019``.
    first : int, optional
        Year that the first period starts in; the first of the revision when not given.
    last : int, optional
        Year that the last period ends in; the last of the revision when not given.
    by_sex : bool, optional
        Women and men apart.

    Returns
    -------
    FlowTables

    Raises
    ------
    CoverageError
        The revision is not embedded, has no such year, or is not by sex.

    See Also
    --------
    keruen.measure.flows.flows_from_stocks : Takes the parts.

    Notes
    -----
    A pair that a revision does not list is taken as nobody. Foreign-born of unknown
    birthplace are spread over the known birthplaces of their country in proportion: left
    out, they would be counted as native-born, and every change in how well birthplaces are
    known would look like migration. Births and deaths are those of :func:`vital_events`.
    Places that a publication does not keep apart are merged by a dated table.

    Examples
    --------
    >>> tables = flow_inputs(first=2015, last=2020)
    >>> tables.births.sizes["year"], tables.interval_years.item()
    (1, 5.0)
    """
    if stocks not in STOCKS:
        raise CoverageError(
            f"'{stocks}' is not a bilateral stock at several dates",
            where="stocks",
            remedy=f"choose one of {', '.join(STOCKS)}, or give your own tables",
        )
    counted = _counted(stocks, by_sex=by_sex)
    years = _years(counted, first, last)
    vital = vital_events(years, by_sex=by_sex)
    periods = {start: _period(stocks, counted, vital, start, end) for start, end in pairwise(years)}
    places = sorted(set().union(*(p.arrays["births"].indexes["country"] for p in periods.values())))
    sources = (stocks, *vital.sources)

    def people(name: str) -> xr.DataArray:
        tables = [_filled(period.arrays[name], places) for period in periods.values()]
        at_one_date = not name.startswith(("births", "deaths"))
        return stamp(
            xr.concat(tables, "year").assign_coords(year=list(periods)),
            name=name,
            units="persons",
            kind="count",
            origin=sources,
            licence=("CC-BY-3.0-IGO",),
            concept="stock" if at_one_date else "events",
        )

    length = np.diff(years).astype(float)
    return FlowTables(
        stock_start=people("stock_start"),
        stock_end=people("stock_end"),
        population_start=people("population_start"),
        population_end=people("population_end"),
        births=people("births"),
        deaths=people("deaths"),
        unknown=people("unknown"),
        interval_years=xr.DataArray(length, coords={"year": years[:-1]}, name="interval_years"),
        stock_cv=_stock_cv(stocks, places),
        merged=_merged(periods),
        sources=sources,
    )


def _counted(stocks: str, *, by_sex: bool) -> xr.DataArray:
    """Stocks by birthplace and country, with a row for unknown birthplaces; no row is nobody."""
    table = load(stocks).fillna(0.0).rename(origin="birthplace", destination="country")
    if by_sex and "sex" not in table.dims:
        raise CoverageError(
            f"'{stocks}' does not tell women and men apart",
            where=stocks,
            remedy="leave out the sex, or take another revision",
        )
    if "sex" in table.dims and not by_sex:
        table = table.sum("sex")
    places = table.indexes["birthplace"].union(table.indexes["country"]).union([UNKNOWN])
    return table.reindex(birthplace=places, country=places.drop(UNKNOWN), fill_value=0.0)


def _years(counted: xr.DataArray, first: int | None, last: int | None) -> list[int]:
    years = [int(year) for year in counted.indexes["year"]]
    begin, end = first or years[0], last or years[-1]
    if begin not in years or end not in years or begin >= end:
        raise CoverageError(
            f"there are no stocks for a period from {begin} to {end}",
            where=f"years of the stocks: {', '.join(map(str, years))}",
            remedy="choose two of those years, the earlier first",
        )
    return [year for year in years if begin <= year <= end]


def _period(
    stocks: str, counted: xr.DataArray, vital: VitalEvents, start: int, end: int
) -> SamePlaces:
    """Arrays of one period with the same places, unknown birthplaces spread."""
    day = date(start, 7, 1)
    arrays: dict[str, tuple[xr.DataArray, date]] = {
        "births": (vital.between(vital.births, start, end), day),
        "deaths": (vital.between(vital.deaths, start, end), day),
    }
    for name, year in (("start", start), ("end", end)):
        table = counted.sel(year=year, drop=True)
        arrays[f"stock_{name}"] = table.drop_sel(birthplace=UNKNOWN), day
        arrays[f"unknown_{name}"] = table.sel(birthplace=UNKNOWN, drop=True), day
        arrays[f"population_{name}"] = vital.population.sel(year=year, drop=True), day
    arrays["ever"] = counted.drop_sel(birthplace=UNKNOWN).sum("year"), day
    same = same_places(arrays, merge=_not_apart(stocks, start))
    found = same.arrays
    ever = _abroad(found.pop("ever"))
    known = {name: _abroad(found[f"stock_{name}"]) for name in ("start", "end")}
    for name, other in (("start", "end"), ("end", "start")):
        patterns = known[name], known[other], ever
        found[f"stock_{name}"] = _spread(patterns, found[f"unknown_{name}"])
    found["unknown"] = found.pop("unknown_start")
    reasons = {part: _reason(stocks, start, part) or why for part, why in same.reasons.items()}
    return SamePlaces(found, same.merged, reasons)


def _rows() -> list[dict[str, str]]:
    text = resources.files("keruen.sources").joinpath("flow_areas.csv")
    with text.open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def _not_apart(stocks: str, start: int) -> dict[str, str]:
    """Places that a revision does not keep apart in the period from a year."""
    return {
        row["part"]: row["counted_with"]
        for row in _rows()
        if row["stocks"] == stocks and int(row["first"]) <= start <= int(row["last"])
    }


def _reason(stocks: str, start: int, part: str) -> str:
    return next(
        (
            row["reason"]
            for row in _rows()
            if (row["stocks"], row["part"]) == (stocks, part)
            and int(row["first"]) <= start <= int(row["last"])
        ),
        "",
    )


def _abroad(stock: xr.DataArray) -> xr.DataArray:
    """Foreign-born with the diagonal empty.

    People listed as foreign-born in their birthplace (born in a part that is merged with
    it) are native-born here and leave the table.
    """
    return stock.where(stock["birthplace"] != stock["country"], 0.0)


def _spread(patterns: tuple[xr.DataArray, ...], unknown: xr.DataArray) -> xr.DataArray:
    """Foreign-born (the first pattern) with those of unknown birthplace added in proportion.

    A country that knows none of its birthplaces at this date takes the proportions of the
    other date of the period, or else of all dates together; one that never knows them keeps
    those people among the native-born.
    """
    known, *others = patterns
    pattern = known
    for other in others:
        pattern = pattern.where(pattern.sum("birthplace") > 0, other)
    total = pattern.sum("birthplace")
    return known + pattern * (unknown / total.where(total > 0)).fillna(0.0)


def _filled(array: xr.DataArray, places: list[str]) -> xr.DataArray:
    """The array over all places, zero where a place is counted with another."""
    dims = [dim for dim in ("birthplace", "country") if dim in array.dims]
    return array.reindex(dict.fromkeys(dims, places), fill_value=0.0)


def _merged(periods: dict[int, SamePlaces]) -> pd.DataFrame:
    import pandas as pd

    tables = [same.to_table().assign(year=start) for start, same in periods.items()]
    table = pd.concat(tables, ignore_index=True)
    return table[["year", "part", "whole", "reason"]]


def _stock_cv(stocks: str, places: list[str]) -> xr.DataArray:
    """Relative standard error by country; that of a census where the basis is not known."""
    table = load_table(stocks)
    values = dict.fromkeys(places, STOCK_CV["birth"])
    if "basis" in table.columns:
        basis = table.drop_duplicates("destination").set_index("destination")["basis"]
        values |= {code: STOCK_CV[basis[code]] for code in places if code in basis.index}
    return xr.DataArray(
        list(values.values()), coords={"country": places}, name="stock_cv",
        attrs={"units": "ratio", "kind": "index"},
    )  # fmt: skip
