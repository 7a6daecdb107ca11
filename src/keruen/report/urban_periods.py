# SPDX-License-Identifier: Apache-2.0
"""Urban growth by period: the years between breaks, and the window in which regions compare."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import xarray as xr

from keruen.core._regions import region_changes
from keruen.report.locale import Message, msg

if TYPE_CHECKING:
    from keruen.report.urban_accounts import UrbanAccount


@dataclass(frozen=True)
class CountryPeriods:
    """Parts of urban growth by period; a year that breaks is a period of its own.

    Parameters
    ----------
    labels : list of str
        First and last day of each period as years.
    growth, natural, residual : DataArray [period], persons
        Growth and its parts.
    steps : DataArray [period] or None, persons
        Part of the residual that passed within regions in steps too large for moves.
    doubts : dict
        Why a period is no growth, by label.
    low, high : float
        Natural increase of all periods under both ends of the assumption.
    """

    labels: list[str]
    growth: xr.DataArray
    natural: xr.DataArray
    residual: xr.DataArray
    steps: xr.DataArray | None
    doubts: dict[object, Message]
    low: float
    high: float


@dataclass(frozen=True)
class RegionWindow:
    """Urban growth of regions between two dates, regions as they were at the first.

    Parameters
    ----------
    first, last : int
        The dates, 1 January.
    codes : list of str
        Regions, the largest growth first.
    start, end : DataArray [region], percent
        Urban share.
    growth, natural, residual, steps : DataArray [region], persons
        Growth, its parts, and steps too large for moves within the residual.
    doubts : dict
        Why a region's growth is doubtful, by code.
    """

    first: int
    last: int
    codes: list[str]
    start: xr.DataArray
    end: xr.DataArray
    growth: xr.DataArray
    natural: xr.DataArray
    residual: xr.DataArray
    steps: xr.DataArray
    doubts: dict[object, Message]


def of_country(account: UrbanAccount) -> CountryPeriods | None:
    """Periods of the country; None where growth cannot be taken apart.

    Parameters
    ----------
    account : UrbanAccount
        The account of a country.

    Returns
    -------
    CountryPeriods or None
    """
    if account.growth is None or account.natural_range is None:
        return None
    years = [int(year) for year in account.growth.growth["year"].to_numpy()]
    held = [int(year) for year in account.people["year"].to_numpy()]
    ends = {year: min(later for later in held if later > year) for year in years}
    groups = _groups(account, years)
    labels = [f"{group[0]}–{ends[group[-1]]}" for group in groups]

    def summed(values: xr.DataArray) -> xr.DataArray:
        sums = [float(values.sel(year=group).sum(skipna=False)) for group in groups]
        return xr.DataArray(sums, coords={"period": labels}, dims="period")

    parts = account.growth.parts
    steps = None if account.transfers is None else summed(_steps(account).sum("region"))
    low, high = (float(bound.sum()) for bound in account.natural_range)
    doubts: dict[object, Message] = {
        label: account.broken(group[0])[0].reason
        for label, group in zip(labels, groups, strict=True)
        if len(group) == 1 and account.broken(group[0])
    }
    return CountryPeriods(
        labels,
        summed(account.growth.growth),
        summed(parts.sel(component="natural_increase")),
        summed(parts.sel(component="residual")),
        steps,
        doubts,
        low,
        high,
    )


def _groups(account: UrbanAccount, years: list[int]) -> list[list[int]]:
    """Years in runs; a year that breaks stands alone. Five-year periods stand alone as well."""
    groups: list[list[int]] = []
    alone = True
    for year in years:
        broken = bool(account.broken(year)) or account.region_people is None
        if broken or alone:
            groups.append([year])
        else:
            groups[-1].append(year)
        alone = broken
    return groups


def _steps(account: UrbanAccount) -> xr.DataArray:
    """Transfers within regions that are too large for moves; 0 elsewhere."""
    assert account.transfers is not None  # noqa: S101 - callers have looked
    found = account.transfers
    return found.transfer.where(found.suspected.astype(bool), 0.0)


def of_regions(account: UrbanAccount) -> RegionWindow | None:
    """Regions between the last two stated breaks of the country; None without them.

    Parameters
    ----------
    account : UrbanAccount
        The account of a country.

    Returns
    -------
    RegionWindow or None
    """
    held, growth = account.region_people, account.region_growth
    stated = sorted({b.year for b in account.breaks if b.documented and not b.region})
    if held is None or growth is None or account.transfers is None or len(stated) < 2:
        return None
    first, last = stated[-2] + 1, stated[-1]
    parents = _parents(held, first, last)
    people = _merged(held, parents)
    span = slice(first, last - 1)
    natural = _merged(growth.parts.sel(component="natural_increase", drop=True), parents)
    steps = _merged(_steps(account), parents)
    both = people.sel(year=[first, last]).dropna("region", how="any")
    share = 100 * both.sel(residence="urban") / both.sum("residence")
    town = both.sel(residence="urban", drop=True)
    grown = town.sel(year=last, drop=True) - town.sel(year=first, drop=True)
    codes = [str(code) for code in grown["region"].to_numpy()[grown.argsort().to_numpy()[::-1]]]
    inner = natural.sel(year=span, region=codes).sum("year", skipna=False)
    broken = {
        parents.get(one.region, one.region): one.reason
        for one in account.breaks
        if one.region and first <= one.year < last
    }
    return RegionWindow(
        first,
        last,
        codes,
        share.sel(year=first, drop=True),
        share.sel(year=last, drop=True),
        grown,
        inner,
        grown.sel(region=codes) - inner,
        steps.sel(year=span, region=codes).sum("year"),
        {code: _many(account, parents, code, first, last) or broken[code] for code in broken},
    )


def _many(
    account: UrbanAccount, parents: dict[str, str], code: str, first: int, last: int
) -> Message | None:
    """One sentence where a region breaks in several years."""
    years = sorted(
        {
            one.year
            for one in account.breaks
            if parents.get(one.region, one.region) == code and first <= one.year < last
        }
    )
    if len(years) < 2:
        return None
    return msg(
        "Holds changes of class or boundaries in {years}.",
        years=", ".join(f"{year}–{year + 1}" for year in years),
    )


def _parents(held: xr.DataArray, first: int, last: int) -> dict[str, str]:
    """Regions that another one was divided into between two dates, where it is gone after."""
    there = held.notnull().any("residence")
    before = set(there["region"].to_numpy()[there.sel(year=first).to_numpy()])
    after = set(there["region"].to_numpy()[there.sel(year=last).to_numpy()])
    return {
        change.destination: change.origin
        for change in region_changes()
        if change.kind == "split"
        and change.origin in before - after
        and change.destination in after - before
    }


def _merged(values: xr.DataArray, parents: dict[str, str]) -> xr.DataArray:
    """Divided regions added up under the code of the whole."""
    if not parents:
        return values
    codes = [parents.get(str(code), str(code)) for code in values["region"].to_numpy()]
    named = values.assign_coords(region=("region", codes))
    return named.groupby("region").sum(min_count=1)
