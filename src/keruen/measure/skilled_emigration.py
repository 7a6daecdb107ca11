# SPDX-License-Identifier: Apache-2.0
"""Emigration by education: what share of a country's people of each schooling live abroad."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import xarray as xr

from keruen.core.arrays import Kind, few, require_dims, same_cells, stamp
from keruen.core.errors import CoverageError, SchemaError
from keruen.measure._checks import missing_reason, refuse_negative
from keruen.measure._schooling import UNKNOWN, allocate_unknown
from keruen.measure._tables import stacked

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

LEVELS: Final = ("low", "medium", "high")
"""Schooling: ISCED 0-2, 3-4 and 5-8."""


@dataclass(frozen=True)
class EmigrationRates:
    """Who left, by schooling, of all who are from a country.

    Parameters
    ----------
    rate : DataArray [..., country, education], percent
        Emigrants of a schooling in all people of that schooling from the country.
    total_rate : DataArray [..., country], percent
        The same over all schooling.
    selection : DataArray [..., country], ratio
        Share of the highly schooled among emigrants over that among residents.
    schooling_gap : DataArray [..., country], percentage points
        Rate of the highly schooled less that of all.
    world_rate : DataArray [..., education], percent
        Pooled over the countries that have both figures.
    emigrants : DataArray [..., country, education], persons
        Emigrants after those of unknown schooling were shared out.
    unknown_share : DataArray [..., country], percent
        Emigrants whose schooling was not known.
    destinations : DataArray [..., country]
        Destinations with a figure: rates are lower bounds where others are not covered.
    adjustments : DataFrame
        One row a cell that was filled or changed: keys, ``before``, ``after``, ``reason``.
    """

    rate: xr.DataArray
    total_rate: xr.DataArray
    selection: xr.DataArray
    schooling_gap: xr.DataArray
    world_rate: xr.DataArray
    emigrants: xr.DataArray
    unknown_share: xr.DataArray
    destinations: xr.DataArray
    adjustments: pd.DataFrame

    def to_table(self) -> pd.DataFrame:
        """One row a number: ``index`` names it, the keys say where it stands."""
        return stacked(self)


@dataclass(frozen=True)
class EntryAges:
    """Emigration rates without those who came as children.

    Parameters
    ----------
    rate : DataArray [entry_age, ..., country, education], percent
        Only emigrants who arrived at this age or later are counted.
    left_out : DataArray [entry_age, ..., country, education], percent
        Emigrants who arrived younger, of all.
    """

    rate: xr.DataArray
    left_out: xr.DataArray

    def to_table(self) -> pd.DataFrame:
        """One row a number."""
        return stacked(self)


def emigration_rates(emigrants: xr.DataArray, residents: xr.DataArray) -> EmigrationRates:
    """Emigration rates by schooling, how emigrants are selected, and the pooled rates.

    Parameters
    ----------
    emigrants : DataArray [..., origin, education] or [..., origin, destination, education]
        Persons of one age group, usually 25 and over, who live abroad; schooling ``low``,
        ``medium``, ``high`` and, where it occurs, ``unknown``. A missing cell is one that
        the destination does not report.
    residents : DataArray [..., country, education], persons
        Residents of the same ages by ``low``, ``medium`` and ``high``; missing where not
        known, and the rate then is too.

    Returns
    -------
    EmigrationRates

    Raises
    ------
    SchemaError
        A dimension or a schooling is missing, or a figure is negative (``NegativeInput``).
    CoverageError
        Residents do not hold the countries that emigrants are from.

    See Also
    --------
    entry_ages : The same without those who came as children.
    net_skilled_emigration : With immigrants taken off.

    Notes
    -----
    ``e_s = M_s / (N_s + M_s)``, selection ``(M_h / M) / (N_h / N)``, gap ``e_h - e``.
    Emigrants of unknown schooling are shared out in proportion to the known ones of their
    origin and destination, or of their origin where none is known there. World rates are
    sums over sums, not means of countries. Destinations that do not report make every rate
    too low.

    References
    ----------
    Docquier, F. and Marfouk, A. (2006). International migration by education attainment,
    1990-2000. In International Migration, Remittances and the Brain Drain, World Bank.

    Examples
    --------
    >>> levels = list(LEVELS)
    >>> left = xr.DataArray([[10_000.0, 18_000, 12_000]],
    ...     coords={"origin": ["AAA"], "education": levels})
    >>> stayed = xr.DataArray([[2_200_000.0, 3_000_000, 800_000]],
    ...     coords={"country": ["AAA"], "education": levels})
    >>> found = emigration_rates(left, stayed)
    >>> round(found.rate.sel(education="high").item(), 2), round(found.selection.item(), 2)
    (1.48, 2.25)
    """
    known = allocate_unknown(_checked(emigrants))
    counted, share, adjustments = known.emigrants, known.unknown_share, known.adjustments
    people = _residents(residents, counted)
    left, stayed = xr.broadcast(counted, people)
    both = left + stayed
    all_left, all_stayed = known.everybody, stayed.sum("education", skipna=False)
    rate = 100.0 * left / both.where(both > 0)
    total = 100.0 * all_left / (all_left + all_stayed).where(all_left + all_stayed > 0)
    high = {"education": "high"}
    abroad = left.sel(high, drop=True) / all_left.where(all_left > 0)
    home = stayed.sel(high, drop=True) / all_stayed.where(all_stayed > 0)
    held = both.notnull()
    pooled = left.where(held).sum("country") / both.sum("country").where(both.sum("country") > 0)
    inputs = (emigrants, residents)

    def said(array: xr.DataArray, name: str, units: str, kind: Kind) -> xr.DataArray:
        reason = missing_reason(
            array, {"residents or emigrants missing": np.isnan(array.to_numpy())}
        )
        return stamp(array, name=name, units=units, kind=kind, inputs=inputs, **reason)

    return EmigrationRates(
        rate=said(rate, "emigration_rate", "percent", "share"),
        total_rate=said(total, "total_rate", "percent", "share"),
        selection=said(abroad / home.where(home > 0), "selection", "ratio", "index"),
        schooling_gap=said(
            rate.sel(high, drop=True) - total, "schooling_gap", "percentage points", "index"
        ),
        world_rate=said(100.0 * pooled, "world_rate", "percent", "share"),
        emigrants=said(counted, "emigrants", "persons", "count"),
        unknown_share=said(share, "unknown_share", "percent", "share"),
        destinations=said(known.destinations, "destinations", "destinations", "index"),
        adjustments=adjustments,
    )


def entry_ages(
    emigrants: xr.DataArray, residents: xr.DataArray, *, ages: Sequence[int] = (0, 12, 18, 22)
) -> EntryAges:
    """How much emigration rates hang on people who came as children and were schooled abroad.

    Parameters
    ----------
    emigrants : DataArray [..., origin, education, entry_age]
        Persons, as :func:`emigration_rates` takes them, by age at arrival (lower bounds of
        groups).
    residents : DataArray [..., country, education], persons
        Residents.
    ages : sequence of int, optional
        Youngest ages at arrival that count; each must be the lower bound of a group.

    Returns
    -------
    EntryAges

    Raises
    ------
    SchemaError
        A dimension or schooling is missing, or a figure is negative (``NegativeInput``).
    CoverageError
        An age falls within a group (``AgeWithinGroup``), or countries differ.

    See Also
    --------
    emigration_rates : Rates of all emigrants.

    Notes
    -----
    Those who came younger count as neither residents nor emigrants.

    References
    ----------
    Beine, M., Docquier, F. and Rapoport, H. (2007). Measuring international skilled
    migration: a new database controlling for age of entry. World Bank Economic Review 21(2).

    Examples
    --------
    >>> cells = {"origin": ["AAA"], "entry_age": [0, 12, 18, 22], "education": list(LEVELS)}
    >>> left = xr.DataArray(np.full((1, 4, 3), 25.0), coords=cells)
    >>> stayed = xr.DataArray(np.full((1, 3), 900.0),
    ...     coords={"country": ["AAA"], "education": list(LEVELS)})
    >>> entry_ages(left, stayed).rate.sel(education="high", country="AAA").round(1).values.tolist()
    [10.0, 7.7, 5.3, 2.7]
    """
    require_dims(emigrants, "origin", "education", "entry_age", name="emigrants")
    within = [age for age in ages if age not in emigrants.indexes["entry_age"]]
    if within:
        raise CoverageError(
            f"no group of ages at arrival begins at {few(within)}",
            where=f"entry_age: {few(emigrants.indexes['entry_age'])}",
            remedy="choose ages that a group begins with",
            id="AgeWithinGroup",
        )
    parts = [
        emigrants.where(emigrants["entry_age"] >= age, drop=True).sum("entry_age", min_count=1)
        for age in ages
    ]
    later = xr.concat(parts, "entry_age", coords="minimal").assign_coords(entry_age=list(ages))
    found = emigration_rates(later.fillna(0.0), residents)
    whole = emigration_rates(emigrants.sum("entry_age", min_count=1), residents).emigrants
    gone = 100.0 * (1.0 - found.emigrants / whole.where(whole > 0))
    return EntryAges(
        rate=found.rate,
        left_out=stamp(
            gone, name="left_out", units="percent", kind="share", inputs=(emigrants, residents)
        ),
    )


def _checked(emigrants: xr.DataArray) -> xr.DataArray:
    require_dims(emigrants, "origin", "education", name="emigrants")
    refuse_negative(emigrants, name="emigrants")
    _refuse_levels(emigrants, (*LEVELS, UNKNOWN), "emigrants")
    if "destination" not in emigrants.dims:
        return emigrants.expand_dims(destination=["all"])
    return emigrants


def _residents(residents: xr.DataArray, emigrants: xr.DataArray) -> xr.DataArray:
    """Residents of the countries that emigrants are from."""
    require_dims(residents, "country", "education", name="residents")
    refuse_negative(residents, name="residents")
    _refuse_levels(residents, LEVELS, "residents")
    people = residents.sel(education=list(LEVELS))
    lacking = emigrants.indexes["country"].difference(people.indexes["country"])
    if len(lacking):
        raise CoverageError(
            f"no residents of {few(lacking)}",
            where="residents",
            remedy="add these countries, with missing figures where they are not known",
        )
    people = people.sel(country=emigrants.indexes["country"])
    return same_cells(emigrants, people)[1]


def _refuse_levels(array: xr.DataArray, allowed: Sequence[str], name: str) -> None:
    held = [str(level) for level in array.indexes["education"]]
    lacking = [level for level in LEVELS if level not in held]
    others = [level for level in held if level not in allowed]
    if lacking or others:
        raise SchemaError(
            f"schooling is {few(held)}",
            where=name,
            remedy=f"group it as {', '.join(allowed)}: ISCED 0-2, 3-4, 5-8",
            id="UnknownLevel",
        )
