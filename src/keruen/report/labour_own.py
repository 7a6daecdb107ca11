# SPDX-License-Identifier: Apache-2.0
"""A user's own labour market laid over what the package knows: one definition throughout."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import xarray as xr

from keruen.core.codes import country_code
from keruen.core.errors import CoverageError, SchemaError
from keruen.project.labour import check_parts
from keruen.project.sectors import check_sectors
from keruen.report.labour_case import LabourCase, elasticity_of, labour_case
from keruen.report.labour_population import LABOUR_AGES
from keruen.sources.files import Scale
from keruen.sources.labour_files import LabourTables, read_labour_market

_TOLERANCE: Final = 0.01
_PERCENT: Final = 100.0
_PLACE: Final = ("region", "sex", "age")


def case_with(country: str, path: Path, *, unit: Scale | None = None) -> LabourCase:
    """A country's labour market by a user's own tables, the rest from the embedded data.

    Parameters
    ----------
    country : str
        Code or name.
    path : Path
        Workbook or folder, as for
        :func:`~keruen.sources.labour_files.read_labour_market`.
    unit : {"thousand", "million"}, optional
        Multiple that the counts of people are given in; persons when not given.

    Returns
    -------
    LabourCase

    Raises
    ------
    FileError, FaultsError
        The tables cannot be read, or have faults.
    AccountError
        Industries do not add to the employed within one percent (``PartsAndTotal``).
    CodeError
        Industries are of another version of the classification (``OtherVersion``).
    CoverageError
        Years of two tables do not line up (``YearsDiffer``), or something is lacking.
    """
    tables = read_labour_market(path, unit=unit)
    known = labour_case(country_code(country))
    rates = _own_rates(tables, known)
    if rates is not None:
        known = replace(known, rates=rates, own=True, apart=True)
    if tables.employed is not None and "sector" in tables.employed.dims:
        check_sectors([str(code) for code in tables.employed.indexes["sector"]])
    force, employed = _totals(tables, known)
    by_sector = _sectors(tables, employed)
    growth = _growth(tables, known)
    base = int(force.indexes["year"].intersection(employed.indexes["year"]).max())
    return replace(
        known,
        definition="own",
        base=base,
        force=force,
        employed=employed,
        by_sector=known.by_sector if by_sector is None and not tables.labour else by_sector,
        regions=_regions(tables),
        growth=growth,
        elasticity=elasticity_of(employed, growth),
        sources=(*known.sources, *(f"own.{name}" for name in tables.files)),
        notes=tuple(f"own figures: {name}, SHA-256 {sum}" for name, sum in tables.files.items()),
    )


def _own_rates(tables: LabourTables, known: LabourCase) -> xr.DataArray | None:
    """Participation by sex and age, where the user's table has it."""
    rate = tables.labour.get("participation_rate")
    if rate is None:
        return None
    if not {"sex", "age"} <= set(rate.dims) or "region" in rate.dims:
        raise SchemaError(
            "participation rates are needed by sex and age, of the whole country",
            where=f"labour, by {', '.join(str(dim) for dim in rate.dims)}",
            remedy="add the columns sex and age, or leave the rates out",
        )
    strange = [int(age) for age in rate.indexes["age"] if age not in LABOUR_AGES[1:]]
    if strange or int(rate.indexes["age"].min()) != LABOUR_AGES[1]:
        raise SchemaError(
            "participation is needed from 15 on, by ages that begin at five-year groups to 65+",
            where=f"labour, ages {', '.join(str(age) for age in rate.indexes['age'])}",
            remedy="join the groups above 65, and single ages into groups",
            id="AgeGroups",
        )
    whole = rate.dropna("year", how="all") / _PERCENT
    return whole.expand_dims(country=[known.country]).transpose("year", "country", "sex", "age")


def _summed(tables: LabourTables, name: str, *, keep: tuple[str, ...] = ()) -> xr.DataArray | None:
    """A count of the table ``labour``, over the columns that it has beside the year."""
    one = tables.labour.get(name)
    if one is None:
        return None
    over = [dim for dim in _PLACE if dim in one.dims and dim not in keep]
    found = one.sum(over, skipna=False) if over else one
    return found.dropna("year", how="all")


def _totals(tables: LabourTables, known: LabourCase) -> tuple[xr.DataArray, xr.DataArray]:
    """Labour force and employed by year."""
    found = _force_and_employed(tables, ())
    if found is None and tables.employed is not None:
        employed = tables.employed.sum([d for d in tables.employed.dims if d != "year"])
        years = employed.indexes["year"].intersection(known.employed.indexes["year"])
        if not len(years):
            raise CoverageError(
                "no year of 'employment' is one that unemployment is known of",
                where=f"employment {employed.indexes['year'].min()} to "
                f"{employed.indexes['year'].max()}",
                remedy="add a table 'labour' with the labour force or the unemployment rate",
                id="YearsDiffer",
            )
        share = (known.force / known.employed).sel(year=years)
        return (employed.sel(year=years) * share).rename("labour_force"), employed
    if found is None:
        raise CoverageError(
            "the labour force cannot be reckoned from the table",
            where="labour",
            remedy="give two of labour_force, employed, unemployed, unemployment_rate",
        )
    return found


def _force_and_employed(
    tables: LabourTables, keep: tuple[str, ...]
) -> tuple[xr.DataArray, xr.DataArray] | None:
    """Both, from any two of labour force, employed, unemployed and unemployment rate."""
    force, employed, idle = (
        _summed(tables, name, keep=keep) for name in ("labour_force", "employed", "unemployed")
    )
    rate = tables.labour.get("unemployment_rate")
    if rate is not None and {d for d in rate.dims if d != "year"} - set(keep):
        rate = None  # a rate of parts says nothing of the whole
    if employed is None and force is not None:
        if idle is not None:
            employed = force - idle
        elif rate is not None:
            employed = force * (1 - rate / _PERCENT)
    if force is None and employed is not None:
        if idle is not None:
            force = employed + idle
        elif rate is not None:
            force = employed / (1 - rate / _PERCENT)
    if force is None or employed is None:
        return None
    over = employed - force
    if bool((over > force * 1e-9).any()):
        worst = over.where(over == over.max(), drop=True).isel(dict.fromkeys(over.dims, 0))
        place = ", ".join(f"{dim}={worst[dim].item()}" for dim in over.dims)
        raise SchemaError(
            f"{float(worst):,.0f} more people are employed than are in the labour force",
            where=f"labour: {place}",
            remedy="check the two columns",
            id="InconsistentTotals",
        )
    return force.rename("labour_force"), employed.rename("employed")


def _sectors(tables: LabourTables, employed: xr.DataArray) -> xr.DataArray | None:
    """Employed by industry, which must add to the employed."""
    given = tables.employed
    if given is None or "sector" not in given.dims:
        return None
    over = [dim for dim in given.dims if dim not in ("year", "sector")]
    parts = given.sum(over, skipna=False).transpose("year", "sector").rename("employment")
    years = parts.indexes["year"].intersection(employed.indexes["year"])
    if not len(years):
        raise CoverageError(
            "the years of 'employment' and 'labour' do not line up: none is in both",
            where=f"employment {parts.indexes['year'].min()} to {parts.indexes['year'].max()}, "
            f"labour {employed.indexes['year'].min()} to {employed.indexes['year'].max()}",
            remedy="give both for the same years",
            id="YearsDiffer",
        )
    check_parts(
        parts.sel(year=years), employed.sel(year=years).rename("employed"), over="sector",
        tolerance=_TOLERANCE,
    )  # fmt: skip
    return parts


def _regions(tables: LabourTables) -> xr.Dataset | None:
    if not any("region" in one.dims for one in tables.labour.values()):
        return None
    found = _force_and_employed(tables, ("region",))
    return None if found is None else xr.Dataset(dict(zip(("labour_force", "employed"), found)))  # noqa: B905


def _growth(tables: LabourTables, known: LabourCase) -> xr.DataArray | None:
    """The user's growth of output over the known one."""
    given = tables.output.get("gdp_growth_rate")
    own = None if given is None else given.dropna("year") / _PERCENT
    level = tables.output.get("output")
    if own is None and level is not None:
        level = level.dropna("year").sortby("year")
        years = level.indexes["year"].to_numpy()
        grown = level.to_numpy()[1:] / level.to_numpy()[:-1] - 1
        kept = np.diff(years) == 1
        own = xr.DataArray(grown[kept], coords={"year": years[1:][kept]}, dims="year")
    if own is None:
        return known.growth
    return own if known.growth is None else own.combine_first(known.growth.drop_attrs())


def benchmark_options(method: str, like: str, reached: int) -> Mapping[str, object]:
    """Options of the benchmark: the rates of another country.

    Parameters
    ----------
    method : str
        Rule of participation.
    like : str
        Country whose rates are the benchmark; empty for none.
    reached : int
        Year in which they are reached.

    Returns
    -------
    mapping

    Raises
    ------
    SchemaError
        A benchmark without a country, or a country without a benchmark.
    """
    if (method == "benchmark") != bool(like):
        raise SchemaError(
            "a benchmark needs the country whose rates are to be reached",
            where="--participation, --like",
            remedy="give --participation benchmark --like SWE, or neither",
        )
    if not like:
        return {}
    world = labour_case(like)
    rates = world.rates.sel(country=world.country, drop=True).isel(year=-1, drop=True)
    return {"benchmark": rates, "reached": reached}
