# SPDX-License-Identifier: Apache-2.0
"""Urban and rural people: accounts that add up, the urban share, its tempo, and transfers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from keruen.core.arrays import Kind, require_dims, same_cells, stamp
from keruen.core.errors import CodeError, CoverageError, SchemaError, WorkbenchError, raise_faults
from keruen.measure._checks import Mask, cells_where, refuse_negative
from keruen.measure._tables import stacked, table_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "UrbanTransfers",
    "Urbanisation",
    "residence_account",
    "urban_transfers",
    "urbanisation",
]

_RTOL = 1e-9


@dataclass(frozen=True)
class Urbanisation:
    """How much of a population is urban, and how fast that changes.

    Parameters
    ----------
    urban_share : DataArray [year, ...], share
        Urban over all people.
    urban_growth, rural_growth : DataArray [year, ...], per person and year
        Mean exponential growth from a year to the next one held; at its start.
    tempo : DataArray [year, ...], per year
        Change of the urban share a year.
    """

    urban_share: xr.DataArray
    urban_growth: xr.DataArray
    rural_growth: xr.DataArray
    tempo: xr.DataArray

    def to_table(self) -> pd.DataFrame:
        """Tidy table: one row a figure, year and place."""
        return stacked(self)


@dataclass(frozen=True)
class UrbanTransfers:
    """People who passed between countryside and towns of a region beyond its own balance.

    Parameters
    ----------
    transfer : DataArray [year, ...], persons
        What towns gained beyond their part of the region's net migration: moves from the
        countryside and reclassification together. At the start of the year.
    rate : DataArray [year, ...], percent
        Of the urban population at the start.
    suspected : DataArray [year, ...]
        Whether the rate is too large for moves of one year, so that an administrative act or
        a census must be in it.
    """

    transfer: xr.DataArray
    rate: xr.DataArray
    suspected: xr.DataArray

    def to_table(self) -> pd.DataFrame:
        """Tidy table: one row a year and place."""
        return table_of(self)


def residence_account(
    total: xr.DataArray,
    *,
    urban: xr.DataArray | None = None,
    rural: xr.DataArray | None = None,
    urban_share: xr.DataArray | None = None,
) -> xr.DataArray:
    """Urban and rural people from a total and one or more of its parts, checked to add up.

    Parameters
    ----------
    total : DataArray [...], persons
        All people.
    urban, rural : DataArray [...], persons, optional
        The parts; one of them is enough.
    urban_share : DataArray [...], share, optional
        Urban people over all, in place of the parts.

    Returns
    -------
    DataArray [residence, ...], persons
        ``urban`` and ``rural``.

    Raises
    ------
    SchemaError
        No part is given, a figure is negative, a part is above the total
        (``TotalBelowPart``), the parts do not add up to it (``InconsistentTotals``), or a
        share is not between 0 and 1 (``ShareOutOfRange``).
    FaultsError
        Several of these.
    CoverageError
        The arrays do not hold the same cells.

    Notes
    -----
    Totals may differ from their parts by one part in 1e9. Nothing is rescaled.

    Examples
    --------
    >>> year = {"year": [2000]}
    >>> people, towns = (xr.DataArray([v], coords=year) for v in (100.0, 57.0))
    >>> residence_account(people, urban=towns).sel(residence="rural").item()
    43.0
    """
    named = {"urban": urban, "rural": rural, "urban_share": urban_share}
    given = {name: part for name, part in named.items() if part is not None}
    if not given:
        raise SchemaError(
            "no part is given", where="total", remedy="give urban, rural or urban_share"
        )
    total, *parts = same_cells(
        total.rename("total"), *(part.rename(name) for name, part in given.items())
    )
    held = {str(part.name): part for part in parts}
    raise_faults(_account_faults(total, held), where="residence")
    if "urban_share" in held:
        held.setdefault("urban", total * held["urban_share"])
    town = held["urban"] if "urban" in held else total - held["rural"]
    country = held["rural"] if "rural" in held else total - town
    both = xr.concat(
        [town.expand_dims(residence=["urban"]), country.expand_dims(residence=["rural"])],
        dim="residence",
        coords="minimal",
        compat="override",
    )
    return stamp(both, name="population", units="persons", kind="count", inputs=(total, *parts))


def _account_faults(total: xr.DataArray, held: dict[str, xr.DataArray]) -> list[WorkbenchError]:
    """Figures out of range, parts above their total, and sums that differ from it."""
    checks: list[tuple[str, xr.DataArray, str, str, str]] = [
        ("the total is negative", total < 0, "NegativeInput", "counts are 0 or more", "total")
    ]
    room = _RTOL * abs(total)
    for name in ("urban", "rural"):
        if (part := held.get(name)) is not None:
            checks += [
                (f"{name} is negative", part < 0, "NegativeInput", "counts are 0 or more", name),
                (f"{name} is above the total", part - total > room, "TotalBelowPart",
                 "one of the two is wrong: look both up", name),
            ]  # fmt: skip
    if "urban" in held and "rural" in held:
        gap = abs(held["urban"] + held["rural"] - total) > room
        checks.append(("urban and rural do not add up to the total", gap, "InconsistentTotals",
                       "correct one of the three; nothing is rescaled", "total"))  # fmt: skip
    if (share := held.get("urban_share")) is not None:
        outside = (share < 0) | (share > 1)
        checks.append(("a share is not between 0 and 1", outside, "ShareOutOfRange",
                       "give shares, not percentages", "urban_share"))  # fmt: skip
        if "urban" in held:
            apart = abs(total * share - held["urban"]) > 1e-6 * abs(total)
            checks.append(("urban is not the share of the total", apart, "InconsistentTotals",
                           "give one of the two", "urban"))  # fmt: skip
    return [
        SchemaError(what, where=f"{name}: {found}", remedy=remedy, id=id)
        for what, mask, id, remedy, name in checks
        if (found := cells_where(mask, _mask(mask)))
    ]


def _mask(values: xr.DataArray) -> Mask:
    return np.asarray(values.to_numpy(), dtype=bool)


def urbanisation(population: xr.DataArray) -> Urbanisation:
    """Urban share of a population by year, and its tempo.

    Parameters
    ----------
    population : DataArray [residence, year, ...], persons
        Urban and rural people.

    Returns
    -------
    Urbanisation
        Share of each year; growth and tempo from each year to the next one held.

    Raises
    ------
    SchemaError
        A population is negative (``NegativeInput``).
    CodeError
        ``residence`` does not hold urban and rural.

    Notes
    -----
    ``u = U / P``; growth ``ln(U1 / U0) / t``; tempo ``(u1 - u0) / t``. In the limit
    ``du/dt = u (1 - u) (growth_urban - growth_rural)``; over t years the difference of the
    two growth rates is exactly the change of ``ln(u / (1 - u))`` over t.

    Examples
    --------
    >>> coords = {"residence": ["urban", "rural"], "year": [2000, 2010]}
    >>> people = xr.DataArray([[40.0, 60.0], [60.0, 60.0]], coords=coords)
    >>> found = urbanisation(people)
    >>> found.urban_share.values.tolist(), round(found.tempo.item(), 6)
    ([0.4, 0.5], 0.01)
    """
    refuse_negative(population, name="population")
    require_dims(population, "residence", "year", name="population")
    urban, rural = urban_and_rural(population.sortby("year"))
    people = urban + rural
    share = urban / people.where(people > 0)
    length = xr.DataArray(np.diff(share["year"]), coords={"year": share["year"].to_numpy()[:-1]})

    def change(values: xr.DataArray) -> xr.DataArray:
        return values.diff("year", label="lower") / length

    def made(values: xr.DataArray, name: str, units: str) -> xr.DataArray:
        kind: Kind = "share" if units == "share" else "rate"
        return stamp(values, name=name, units=units, kind=kind, inputs=(population,))

    logs = [change(xr.zeros_like(part) + np.log(part.where(part > 0))) for part in (urban, rural)]
    return Urbanisation(
        urban_share=made(share, "urban_share", "share"),
        urban_growth=made(logs[0], "urban_growth", "per person and year"),
        rural_growth=made(logs[1], "rural_growth", "per person and year"),
        tempo=made(change(share), "tempo", "per year"),
    )


def urban_transfers(
    population: xr.DataArray, natural_increase: xr.DataArray, *, least_percent: float = 2.0
) -> UrbanTransfers:
    """What towns took from their countryside each year, and years in which it is no migration.

    Parameters
    ----------
    population : DataArray [residence, year, ...], persons
        Urban and rural population at the start of consecutive years, boundaries unchanged.
    natural_increase : DataArray [residence, year, ...], persons
        Births less deaths of each in the year that starts then.
    least_percent : float, optional
        Transfers of more than this percentage of the urban population, in either direction,
        are suspected to be administrative.

    Returns
    -------
    UrbanTransfers
        For every year but the last; missing where the next is not held.

    Raises
    ------
    SchemaError
        A population is negative (``NegativeInput``).
    CodeError
        ``residence`` does not hold urban and rural.
    CoverageError
        The arrays do not hold the same cells.

    See Also
    --------
    urban_growth : The account in which these transfers are part of the residual.

    Notes
    -----
    With residuals ``e = dP - N`` of towns and countryside: ``transfer = e_u - u (e_u + e_r)``,
    u the urban share at the start. It takes out what the region as a whole gained or lost,
    in proportion; a census that corrects towns and villages differently is left in it.

    Examples
    --------
    >>> coords = {"residence": ["urban", "rural"], "year": [2007, 2008]}
    >>> people = xr.DataArray([[800.0, 700.0], [600.0, 710.0]], coords=coords)
    >>> natural = xr.DataArray([[8.0, 7.0], [6.0, 7.0]], coords=coords)
    >>> moved = urban_transfers(people, natural)
    >>> round(moved.transfer.sel(year=2007).item(), 1), moved.suspected.values.tolist()
    (-105.7, [True])
    """
    refuse_negative(population, name="population")
    population, natural = same_cells(population, natural_increase)
    years = population.indexes["year"]
    held = [int(year) for year in years if year + 1 in years]
    if not held:
        raise CoverageError(
            "no two years follow each other",
            where="population",
            remedy="give the population of consecutive years",
        )
    start = population.sel(year=held)
    end = population.sel(year=[year + 1 for year in held]).assign_coords(year=held)
    urban, rural = urban_and_rural(end - start - natural.sel(year=held))
    town, country = urban_and_rural(start)
    share = town / (town + country)
    transfer = urban - share * (urban + rural)
    rate = 100 * transfer / town.where(town > 0)
    inputs = (population, natural)
    return UrbanTransfers(
        transfer=stamp(transfer, name="transfer", units="persons", kind="count", inputs=inputs),
        rate=stamp(rate, name="rate", units="percent", kind="rate", inputs=inputs),
        suspected=stamp(
            abs(rate) > least_percent, name="suspected", units="1", kind="index", inputs=inputs
        ),
    )


def urban_and_rural(population: xr.DataArray) -> tuple[xr.DataArray, xr.DataArray]:
    """Urban and rural people apart, by the labels of ``residence``.

    Parameters
    ----------
    population : DataArray [residence, ...], persons
        Labels ``urban`` and ``rural``, and no others.

    Returns
    -------
    tuple of DataArray [...]
        The urban and the rural part.

    Raises
    ------
    CodeError
        ``residence`` holds other labels.
    """
    require_dims(population, "residence", name="population")
    held = {str(label) for label in population.indexes["residence"]}
    if held != {"urban", "rural"}:
        raise CodeError(
            f"residence holds {', '.join(sorted(held))}",
            where="population",
            remedy="give urban and rural people, labelled urban and rural",
        )
    return (
        population.sel(residence="urban", drop=True),
        population.sel(residence="rural", drop=True),
    )
