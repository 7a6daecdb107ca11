# SPDX-License-Identifier: Apache-2.0
"""Faults of a user's tables of a projection, in the words of these tables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import xarray as xr

from keruen.core.errors import (
    AccountError,
    CoverageError,
    FaultsError,
    SchemaError,
    UnitsError,
    WorkbenchError,
    raise_faults,
)
from keruen.project._checks import first_cell
from keruen.sources.projection_files import OwnTables

RATES: Final = ("fertility", "mortality", "migration")
"""Tables that a projection needs beside the population."""

REMEDIES: Final = {
    "fill them or leave the cells out": "give the row and its figure",
    "give both arrays for the same labels, or select the labels they share": (
        "name the same ones in both tables"
    ),
    "name them F and M, and leave the total out": "give rows of F and of M, and none of both",
    "check that migration is in persons, or take outflow='clip'": (
        "check that 'migration' is in persons, and of one year"
    ),
    "rake the regions to the nation first, or take agreement='free'": (
        "make the regions of 'population' sum to 'national' in the first year, or leave "
        "'national' out"
    ),
    "project the nation over the same years": (
        "give 'national' to the end of the last year projected, or an earlier --to"
    ),
    "one of them is in thousands: give both in persons": (
        "one of them is in thousands or millions: give 'population' and 'migration' in "
        "persons; if both are in thousands or millions, say --unit thousand or --unit million"
    ),
    "regroup the ages, or set the interval of the rules": "give all ages from 0 to the open one",
}
"""Remedies of the engine, and what they are for someone who has tables and a command."""

_ENGINE: Final = {"base": "population", "mx": "mortality", "survivorship": "mortality"}
_MULTIPLES: Final = {"thousand": 1e3, "million": 1e6}
_NEAR: Final = 3.0  # populations differ less than that, between sources and over decades


def check_tables(tables: OwnTables, missing: list[str]) -> None:
    """Refuse tables that lack each other, places or cells: all faults at once.

    Parameters
    ----------
    tables : OwnTables
        The tables.
    missing : list of str
        Those of ``RATES`` that are not there.

    Raises
    ------
    SchemaError, CoverageError
        A table, a column or a cell is missing.
    """
    faults = [*_missing(tables, missing), *_place_faults(tables), *_gaps(tables)]
    raise_faults(faults, where=", ".join(tables.files))


def years_of(table: xr.DataArray | None) -> list[int]:
    """Years of a table; none when it has no such column.

    Parameters
    ----------
    table : DataArray [..., year] or None
        The table.

    Returns
    -------
    list of int
    """
    if table is None or "year" not in table.dims:
        return []
    return [int(year) for year in table.indexes["year"]]


def check_known(tables: OwnTables, known: xr.DataArray, first: int) -> None:
    """Refuse the population of a country in thousands or millions.

    Parameters
    ----------
    tables : OwnTables
        Tables of countries.
    known : DataArray [country, sex, age], persons
        Published population.
    first : int
        Base year of the tables.

    Raises
    ------
    UnitsError
        A total is near a thousandth or a millionth of what is published (``UnitMismatch``).
    """
    population = tables.population
    if "year" in population.dims:
        population = population.sel(year=first, drop=True)
    for code in population.indexes["country"]:
        given, true = (float(one.sel(country=code).sum()) for one in (population, known))
        unit = _multiple(given, true)
        if unit:
            raise UnitsError(
                f"{given:,.6g} is about a {unit}th of the known figure, {true:,.0f}",
                where=f"{tables.origins['population']}; {code}, {first}",
                remedy=f"give persons; if these are {unit}s, say --unit {unit}",
                id="UnitMismatch",
            )


def check_nation(tables: OwnTables, base: xr.DataArray, national: xr.DataArray, year: int) -> None:
    """Refuse a nation and regions of which one is in thousands or millions.

    Parameters
    ----------
    tables : OwnTables
        Tables of regions.
    base : DataArray [region, sex, age], persons
        Population of the regions.
    national : DataArray [year, sex, age], persons
        National projection.
    year : int
        Base year.

    Raises
    ------
    UnitsError
        One is near a thousandth or a millionth of the other (``UnitMismatch``).
    """
    if year not in years_of(national):
        return
    sums = {"population": float(base.sum()), "national": float(national.sel(year=year).sum())}
    less, more = sorted(sums, key=lambda name: sums[name])
    unit = _multiple(sums[less], sums[more])
    if unit:
        raise UnitsError(
            f"'{less}' sums to {sums[less]:,.6g}, about a {unit}th of '{more}', {sums[more]:,.0f}",
            where=f"{tables.origins[less]}; {year}",
            remedy=f"multiply it by {_MULTIPLES[unit]:,.0f}; --unit {unit} is for tables of "
            f"people that are all in {unit}s",
            id="UnitMismatch",
        )


def _multiple(less: float, more: float) -> str:
    """Name of the multiple that one total is of the other, or nothing."""
    near = (
        name
        for name, size in _MULTIPLES.items()
        if less > 0 and size / _NEAR < more / less < size * _NEAR
    )
    return next(near, "")


@contextmanager
def own_words(tables: OwnTables) -> Iterator[None]:
    """Faults found within, with the names of the tables and files that were given.

    Parameters
    ----------
    tables : OwnTables
        The tables.

    Yields
    ------
    None
    """
    try:
        yield
    except WorkbenchError as fault:
        raise _reworded(fault, tables) from fault


def _reworded(fault: WorkbenchError, tables: OwnTables) -> WorkbenchError:
    if isinstance(fault, FaultsError):
        return FaultsError([_reworded(one, tables) for one in fault.faults], where=fault.where)
    if type(fault) not in (SchemaError, CoverageError, UnitsError, AccountError):
        return fault
    what, where = _named(fault.what), _named(fault.where)
    remedy = REMEDIES.get(fault.remedy, fault.remedy)
    text = f"{what} {where} {remedy}"
    files = [
        origin
        for name, origin in tables.origins.items()
        if re.search(rf"\b{name}\b", text) and origin not in text
    ]
    where = "; ".join(one for one in (where, *dict.fromkeys(files)) if one)
    return type(fault)(what, where=where, remedy=remedy, id=fault.id)


def _named(text: str) -> str:
    """Arguments of the engine by the name of their table; labels stay as they are."""
    for inside, table in _ENGINE.items():
        text = re.sub(rf"(?<![=\w]){inside}\b", table, text)
    return text


def _missing(tables: OwnTables, missing: list[str]) -> list[WorkbenchError]:
    """Tables that nothing can stand in for."""
    if tables.place == "country" or not missing:
        return []
    return [
        SchemaError(
            f"there is no table {', '.join(repr(name) for name in missing)}",
            where=f"there are {'; '.join(tables.found)}",
            remedy=f"name sheets or files {', '.join(missing)}; only for a column 'country' can "
            "they come from World Population Prospects 2024",
            id="NoSheet",
        )
    ]


def _gaps(tables: OwnTables) -> list[WorkbenchError]:
    """Cells without a figure, in tables of which no year can be left out."""
    faults: list[WorkbenchError] = []
    for name in ("population", *RATES):
        table = getattr(tables, name)
        if table is None or len(years_of(table)) > 1:
            continue
        empty = table.isnull().to_numpy()
        if empty.any():
            faults.append(
                CoverageError(
                    f"{int(empty.sum())} values of '{name}' are missing",
                    where=f"{tables.origins[name]}; first: {first_cell(table, empty)}",
                    remedy="give the row and its figure, 0 where there is none",
                    id="MissingPeriod",
                )
            )
    return faults


def _place_faults(tables: OwnTables) -> list[WorkbenchError]:
    """Tables by places that the population does not have: they would multiply it."""
    own = set(tables.population.dims)
    faults: list[WorkbenchError] = [
        SchemaError(
            f"'{name}' has a column '{dim}', the population has none",
            where=name,
            remedy=f"give the population by {dim}, or leave the column out",
            id="ShapeMismatch",
        )
        for name in (*RATES, "national")
        for table in [getattr(tables, name)]
        if table is not None
        for dim in ("country", "region")
        if dim in table.dims and (dim not in own or name == "national")
    ]
    if tables.place != "region" and (tables.moves is not None or tables.national is not None):
        faults.append(
            SchemaError(
                "moves and a national projection are for regions; the population has none",
                where="population",
                remedy="give the population by region, or leave these tables out",
                id="ShapeMismatch",
            )
        )
    return faults
