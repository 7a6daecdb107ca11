# SPDX-License-Identifier: Apache-2.0
"""Supply of labour against demand: the gap, and what makes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import xarray as xr

from keruen.core.arrays import same_cells, stamp
from keruen.core.errors import CoverageError
from keruen.core.tables import to_table
from keruen.project._skillchecks import check_counts, check_rates, check_years

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class LabourBalance:
    """Supply and demand of labour, the gap between them, and its causes.

    Parameters
    ----------
    supply : DataArray [..., year, ...], persons
        People in the labour force whom the base year's unemployment would leave in work.
    demand : DataArray [..., year, ...], persons
        Employed people that the economy asks for.
    gap : DataArray [..., year, ...], persons
        Demand less supply: above 0 hands are short, below 0 jobs are.
    causes : Dataset [..., year, ...], persons
        What each cause adds to the gap since the base year: ``demand``; ``people``, fewer or
        older people without migration to come; ``migration``; ``participation``; and
        ``start``, the gap of the base year. They add to the gap.

    See Also
    --------
    labour_balance : Makes it.
    """

    supply: xr.DataArray
    demand: xr.DataArray
    gap: xr.DataArray
    causes: xr.Dataset

    def to_table(self) -> pd.DataFrame:
        """Tidy table, one row a year and place.

        Returns
        -------
        DataFrame
            Keys, ``supply``, ``demand``, ``gap`` and the causes as ``from_...``.
        """
        table = to_table(self.supply.rename("supply"))
        columns = {"demand": self.demand, "gap": self.gap}
        columns |= {f"from_{name}": part for name, part in self.causes.items()}
        for name, part in columns.items():
            whole = part.transpose(*self.supply.dims).rename(name)
            table[name] = to_table(whole)[name].to_numpy()
        return table


def labour_balance(
    force: xr.DataArray,
    demand: xr.DataArray,
    *,
    unemployment: xr.DataArray | float,
    at_base_rates: xr.DataArray | None = None,
    without_migration: xr.DataArray | None = None,
) -> LabourBalance:
    """Supply against demand, with the causes of the gap.

    Parameters
    ----------
    force : DataArray [..., year, ...], persons
        Labour force, from the base year on.
    demand : DataArray [..., year, ...], persons
        Employed people asked for, over the same years and places.
    unemployment : DataArray or float, share
        Unemployment that stays: people between two jobs are not to be had.
    at_base_rates : DataArray [..., year, ...], persons, optional
        Labour force if participation had stayed as in the base year. Without it the change
        of people and that of participation are one cause, ``people``.
    without_migration : DataArray [..., year, ...], persons, optional
        The same without migration from the base year on. Without it migration is part of
        ``people``.

    Returns
    -------
    LabourBalance

    Raises
    ------
    CoverageError
        Years do not line up (``YearsDiffer``), or places differ.
    SchemaError
        A number of people is negative, or unemployment outside 0 to 1.

    Notes
    -----
    ``S = LF (1 - u)``; ``gap = D - S``. Causes are taken one after another: people without
    migration at the base year's rates, then migration, then participation; each is minus
    what it adds to supply. ``D - S = (D_0 - S_0) + (D - D_0) - (S - S_0)``, exactly.

    Employment in the base year is what was found, not what was wanted: vacancies would be
    added to ``demand``.

    Examples
    --------
    >>> years = {"year": [2025, 2030]}
    >>> force = xr.DataArray([100.0, 110.0], years)
    >>> found = labour_balance(force, xr.DataArray([95.0, 112.0], years), unemployment=0.05)
    >>> found.gap.values.tolist(), found.causes.people.values.tolist()
    ([0.0, 7.5], [0.0, -9.5])
    """
    if not isinstance(unemployment, xr.DataArray):
        unemployment = xr.DataArray(float(unemployment))
    check_rates(unemployment=unemployment)
    given = {"force": force, "demand": demand}
    given |= {"at_base_rates": at_base_rates} if at_base_rates is not None else {}
    given |= {"without_migration": without_migration} if without_migration is not None else {}
    if without_migration is not None and at_base_rates is None:
        raise CoverageError(
            "what migration adds needs the labour force at the rates of the base year",
            where="at_base_rates",
            remedy="give at_base_rates beside without_migration",
        )
    check_counts(**given)
    for name, one in given.items():
        check_years(force, one, names=("force", name))
    parts = same_cells(*(one.rename(name) for name, one in given.items()))
    known = dict(zip(given, parts, strict=True))
    works = 1 - unemployment
    supply, asked = known["force"] * works, known["demand"]
    order = [each for each in ("without_migration", "at_base_rates", "force") if each in known]
    levels = [known[each] * works for each in order]
    start = {"year": 0}
    before = supply.isel(start, drop=True)
    causes = {"demand": asked - asked.isel(start, drop=True)}
    names = {3: ("people", "migration", "participation"), 2: ("people", "participation"),
             1: ("people",)}[len(levels)]  # fmt: skip
    base = before
    for name, level in zip(names, levels, strict=True):
        since = level - level.isel(start, drop=True) + base  # counted from the base year on
        causes[name] = before - since
        before = since
    causes["start"] = (asked - supply).isel(start, drop=True) + 0 * supply
    stamped = {
        name: _people(part.transpose(*supply.dims), name, force) for name, part in causes.items()
    }
    return LabourBalance(
        supply=_people(supply, "supply", force),
        demand=_people(asked, "demand", demand),
        gap=_people(asked - supply, "gap", force),
        causes=xr.Dataset(stamped),
    )


def _people(part: xr.DataArray, name: str, source: xr.DataArray) -> xr.DataArray:
    return stamp(part, name=name, units="persons", kind="count", inputs=(source,))
