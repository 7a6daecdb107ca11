# SPDX-License-Identifier: Apache-2.0
"""What a run of remittance estimates is given: embedded tables or a user's own, in one form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import xarray as xr

from keruen.core.errors import CoverageError, SchemaError
from keruen.report.projection_run import described
from keruen.report.release import file_digest
from keruen.sources.remittance_files import read_corridors, read_stock, read_totals
from keruen.sources.remittance_inputs import (
    COSTS,
    PUBLISHED,
    TOTALS,
    Income,
    migrant_stock,
    published_remittances,
    remittance_totals,
    sending_costs,
)

_SUFFIXES: Final = (".csv", ".parquet", ".xlsx")
_INDICATORS: Final = "worldbank.indicators"
_FIRST_PRICED: Final = 2011


@dataclass(frozen=True)
class RemittanceInputs:
    """Everything that a run needs, over the same countries; None where nothing is held.

    Parameters
    ----------
    stock : DataArray [origin, destination], persons
        Migrants.
    received, paid : DataArray [year, country] or None, million USD
        Totals; embedded ones of all years up to that of the run, which is the last.
    income : DataArray [country], USD
        Income a head; missing where not known.
    gdp : DataArray [country] or None, USD
        Gross domestic product.
    fixed : DataArray [sender, receiver] or None, million USD
        Corridors whose amounts are known.
    cost : DataArray [sender, receiver] or None, percent
        Cost of sending 200 US dollars.
    published : DataArray [sender, receiver] or None, million USD
        Matrix that KNOMAD published for the year.
    listed : tuple of dict
        Files and embedded tables used, with their digests.
    notes : tuple of str
        What must be said of them.
    """

    stock: xr.DataArray
    received: xr.DataArray | None
    paid: xr.DataArray | None
    income: xr.DataArray
    gdp: xr.DataArray | None
    fixed: xr.DataArray | None
    cost: xr.DataArray | None
    published: xr.DataArray | None
    listed: tuple[Mapping[str, str], ...]
    notes: tuple[str, ...]

    @property
    def places(self) -> list[str]:
        """Codes of all countries."""
        return [str(code) for code in self.stock.indexes["origin"]]


@dataclass
class _Found:
    """What is gathered step by step."""

    arrays: dict[str, xr.DataArray]
    ids: list[str]
    files: list[Path]
    notes: list[str]


def is_file(stocks: str) -> bool:
    """Whether the name of stocks is that of a file.

    Parameters
    ----------
    stocks : str
        Identifier of an embedded table, or a file.

    Returns
    -------
    bool

    Examples
    --------
    >>> is_file("un.stock.2024"), is_file("mine.csv")
    (False, True)
    """
    return stocks.lower().endswith(_SUFFIXES)


def remittance_given(
    year: int | None,
    *,
    stocks: str,
    totals: Path | None,
    income: Income,
    fixed: Path | None,
) -> RemittanceInputs:
    """Gather the inputs of a run.

    Parameters
    ----------
    year : int or None
        Year of embedded totals, stocks, incomes and costs.
    stocks : str
        Embedded stocks, or a file.
    totals : Path or None
        File of totals and incomes, in place of the embedded ones.
    income : {"gni", "ppp"}
        Embedded incomes.
    fixed : Path or None
        File of known corridors.

    Returns
    -------
    RemittanceInputs

    Raises
    ------
    SchemaError
        A year is needed (``NoYear``), or a file is wrong.
    CoverageError
        Nothing is held for the year or the publication.
    FileError
        A file cannot be read.
    """
    found = _Found({}, [], [], [])
    _take_stock(found, stocks, year)
    if totals is None:
        _take_embedded(found, _needed(year, "totals"), income)
    else:
        found.arrays |= {
            name: array if name == "income" else array.expand_dims(year=[year or 0])
            for name, array in read_totals(totals).items()
        }
        found.files.append(totals)
    if fixed is not None:
        found.arrays["fixed"] = read_corridors(fixed)
        found.files.append(fixed)
    return _over_the_same_places(found)


def _needed(year: int | None, what: str) -> int:
    if year is None:
        raise SchemaError(
            f"embedded {what} need a year",
            where="--year",
            remedy="give --year, from 2000 to 2023, or --stocks and --totals of your own",
            id="NoYear",
        )
    return year


def _take_stock(found: _Found, stocks: str, year: int | None) -> None:
    if is_file(stocks):
        found.arrays["stock"] = read_stock(Path(stocks))
        found.files.append(Path(stocks))
        return
    held = migrant_stock(stocks, year=_needed(year, "stocks"))
    found.arrays["stock"] = held.stock
    found.ids.append(stocks)
    found.notes.append(
        f"Migrants are those of {held.year}; {held.unknown:,.0f} of unknown origin are left out."
    )


def _take_embedded(found: _Found, year: int, income: Income) -> None:
    sums = remittance_totals(year, income=income)
    found.arrays |= {"received": sums.received, "paid": sums.paid}
    found.arrays |= {"income": sums.income, "gdp": sums.gdp}
    found.ids += [TOTALS, _INDICATORS]
    if year >= _FIRST_PRICED:
        found.arrays["cost"], priced = sending_costs(year)
        found.ids.append(COSTS)
        found.notes.append(f"Costs of sending 200 US dollars are those of {priced}.")
    published = published_remittances(year)
    if published is not None:
        found.arrays["published"] = published
        found.ids.append(PUBLISHED)


def _over_the_same_places(found: _Found) -> RemittanceInputs:
    """All arrays over every country that has migrants or a total."""
    arrays = found.arrays
    sides = [arrays[name] for name in ("received", "paid") if name in arrays]
    places = sorted(
        {
            str(code)
            for array, dim in [
                (arrays["stock"], "origin"),
                (arrays["stock"], "destination"),
                *((side, "country") for side in sides),
            ]
            for code in array.indexes[dim]
        }
    )
    _refuse_others(arrays.get("fixed"), places)

    def over(name: str) -> xr.DataArray | None:
        array = arrays.get(name)
        if array is None:
            return None
        labels = {d: places for d in array.dims if d != "year"}
        return array.reindex(labels).assign_attrs(array.attrs)

    stock = arrays["stock"]
    nothing = xr.DataArray(np.full(len(places), np.nan), coords={"country": places})
    income = over("income")
    return RemittanceInputs(
        stock=stock.reindex(origin=places, destination=places)
        .fillna(0.0)
        .assign_attrs(stock.attrs),
        received=over("received"),
        paid=over("paid"),
        income=nothing if income is None else income,
        gdp=over("gdp"),
        fixed=over("fixed"),
        cost=over("cost"),
        published=arrays.get("published"),
        listed=(
            *map(described, dict.fromkeys(found.ids)),
            *({"file": path.name, "sha256": file_digest(path)} for path in found.files),
        ),
        notes=tuple(found.notes),
    )


def _refuse_others(fixed: xr.DataArray | None, places: list[str]) -> None:
    if fixed is None:
        return
    others = {*fixed.indexes["sender"], *fixed.indexes["receiver"]} - set(places)
    if others:
        raise CoverageError(
            f"known corridors name places without migrants or totals: {', '.join(sorted(others))}",
            where="--fixed",
            remedy="correct the codes, or add the places to stocks or totals",
            id="UnknownPlace",
        )
