# SPDX-License-Identifier: Apache-2.0
"""Urban and rural people of a country by year: accounts, parts of growth, years that break."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import xarray as xr

from keruen.measure.urban_growth import UrbanGrowth, split_natural_increase, urban_growth
from keruen.measure.urbanisation import Urbanisation, UrbanTransfers, urban_transfers, urbanisation
from keruen.report.claims import Quote
from keruen.report.locale import Message, Percent, msg

if TYPE_CHECKING:
    from keruen.report.build import Desk
    from keruen.report.document import Status

WUP: Final = "wup2018.population"
EXCESS: Final = 5.0
"""How far the rates of natural increase of towns and villages are let differ, per 1,000."""
_STEP: Final = 2.0  # percent of the urban population a year
_PROJECTED: Final = 2020  # first year that WUP 2018 projects for all countries


@dataclass(frozen=True)
class Break:
    """A year whose change is not growth, or not only.

    Parameters
    ----------
    year : int
        Year in which the period starts: the change runs from 1 January to the next.
    region : str
        Code of the region; empty for the whole country.
    reason : Message
        Why.
    documented : bool
        Whether the publisher says so; otherwise it follows from the size of the step.
    """

    year: int
    region: str
    reason: Message
    documented: bool


@dataclass(frozen=True)
class UrbanAccount:
    """What is held of the urban and rural people of a country, and what follows from it.

    Parameters
    ----------
    people : DataArray [residence, year], persons
        Of the whole country.
    urbanisation : Urbanisation
        Share and tempo of the country.
    growth : UrbanGrowth or None
        Parts of urban growth, by the year in which a period starts.
    natural_range : (DataArray, DataArray) or None
        Natural increase of towns if its rate there were 5 per 1,000 below and above that of
        the countryside.
    region_people : DataArray [residence, year, region] or None
        Of the regions as they were in the year.
    region_growth : UrbanGrowth or None
        Parts by region and year; missing where the region was not there in both years.
    transfers : UrbanTransfers or None
        Between countryside and towns within regions.
    breaks : tuple of Break
        By year.
    source : str
        Data set of the people.
    sources : tuple of str
        Data sets of the parts of growth.
    status : {"observed", "estimate"}
        How the people are known.
    """

    people: xr.DataArray
    urbanisation: Urbanisation
    growth: UrbanGrowth | None
    natural_range: tuple[xr.DataArray, xr.DataArray] | None
    region_people: xr.DataArray | None
    region_growth: UrbanGrowth | None
    transfers: UrbanTransfers | None
    breaks: tuple[Break, ...]
    source: str
    sources: tuple[str, ...]
    status: Status

    def broken(self, year: int, region: str = "") -> tuple[Break, ...]:
        """Breaks of a year: of a region, or of the country."""
        return tuple(one for one in self.breaks if one.year == year and one.region == region)


def urban_account(desk: Desk) -> UrbanAccount | None:
    """The account of a country: from its own tables by residence, or from WUP 2018.

    Parameters
    ----------
    desk : Desk
        Where data are asked for.

    Returns
    -------
    UrbanAccount or None
        None where no source gives urban and rural people.

    Notes
    -----
    Births and deaths are held for regions, not by residence: natural increase is split in
    proportion to the people at the start of the year, with equal rates within a region. The
    residual holds internal and external migration and reclassification together.
    """
    people = desk.national("population")
    if people is not None and "residence" in people.dims:
        return _from_regions(desk, _by_residence(people))
    return _from_prospects(desk)


def _by_residence(people: xr.DataArray) -> xr.DataArray:
    """Both sexes, in the order of years; where all are urban, nobody is rural."""
    summed = people.sum("sex", min_count=1) if "sex" in people.dims else people
    summed = summed.sortby("year")
    urban = summed.sel(residence="urban", drop=True)
    return summed.where(summed.notnull() | ~(urban > 0), 0.0).assign_attrs(people.attrs)


def _from_regions(desk: Desk, people: xr.DataArray) -> UrbanAccount:
    prefix = desk.country.lower()
    share = urbanisation(people)
    regions = desk.national("region.population")
    births, deaths = (desk.national(f"region.vital.{name}") for name in ("births", "deaths"))
    base = UrbanAccount(
        people, share, None, None, None, None, None, (), f"{prefix}.population", (), "observed"
    )
    if regions is None or births is None or deaths is None or "residence" not in regions.dims:
        return base
    held = _by_residence(regions)
    natural = (births - deaths).reindex(year=held["year"], region=held["region"])
    split = split_natural_increase(natural, held)
    both = np.intersect1d(people["year"], held["year"])
    if not np.isin(both + 1, both).any():
        return base
    starts = both[np.isin(both + 1, both)]
    people, held, split = (array.sel(year=both) for array in (people, held, split))
    natural = natural.sel(year=both)
    transfers = urban_transfers(held, split, least_percent=_STEP)
    return UrbanAccount(
        base.people,
        share,
        _growth(people, split.sum("region"), starts),
        _range(natural, held, starts),
        held,
        _growth(held, split, starts),
        transfers,
        _breaks(desk, people, split, transfers),
        f"{prefix}.population",
        (f"{prefix}.region.population", f"{prefix}.region.vital"),
        "observed",
    )


def _growth(people: xr.DataArray, split: xr.DataArray, starts: np.ndarray) -> UrbanGrowth:
    """Parts of urban growth of years, each of which runs to the next."""
    urban = people.sel(residence="urban", drop=True)
    end = urban.sel(year=starts + 1).assign_coords(year=starts)
    natural = split.sel(residence="urban", drop=True).sel(year=starts)
    return urban_growth(urban.sel(year=starts), end, natural_increase=natural)


def _range(
    natural: xr.DataArray, held: xr.DataArray, starts: np.ndarray
) -> tuple[xr.DataArray, xr.DataArray]:
    """Natural increase of towns under both ends of the assumption."""
    low, high = (
        split_natural_increase(natural, held, urban_excess=excess)
        .sel(residence="urban", drop=True)
        .sum("region")
        .sel(year=starts)
        for excess in (-EXCESS, EXCESS)
    )
    return low, high


def _breaks(
    desk: Desk, people: xr.DataArray, split: xr.DataArray, transfers: UrbanTransfers
) -> tuple[Break, ...]:
    """Breaks that publishers state, and steps between town and country that are too large."""
    years = {int(year) for year in people["year"].to_numpy()}
    found = [one for one in _stated(desk) if {one.year, one.year + 1} <= years]
    held = {(one.year, one.region) for one in found}
    nation = urban_transfers(people, split.sum("region"), least_percent=_STEP)
    rates = xr.concat([nation.rate.expand_dims(region=[""]), transfers.rate], "region")
    for year, region in np.argwhere((abs(rates) > _STEP).transpose("year", "region").to_numpy()):
        cell = rates.transpose("year", "region")[year, region]
        key = int(cell["year"]), str(cell["region"].item())
        if key not in held:
            found.append(Break(*key, _step(float(cell)), documented=False))
    return tuple(sorted(found, key=lambda one: (one.year, one.region)))


def _step(rate: float) -> Message:
    return msg(
        "Between countryside and towns passed {rate} of the urban people in one year: too "
        "much for moves, so places changed their class or their boundaries.",
        rate=Percent(rate, signed=True),
    )


def _stated(desk: Desk) -> list[Break]:
    """Known defects of the tables, as the years whose change they break."""
    from keruen.core.errors import CodeError
    from keruen.sources.catalog import defects

    prefix = desk.country.lower()
    found = []
    for table, before in (
        (f"{prefix}.population", 1),
        (f"{prefix}.region.net_migration_residual", 0),
    ):
        try:
            known = [one for one in defects(table) if "year" in one.where]
        except CodeError:
            continue
        for defect in known:
            reason = msg("{reason}", reason=Quote(dict(defect.texts)))
            regions = [str(region) for region in defect.where.get("region", ("",))]
            years = [int(str(year)) - before for year in defect.where["year"]]
            found += [
                Break(year, region, reason, documented=True) for year in years for region in regions
            ]
    return found


def _from_prospects(desk: Desk) -> UrbanAccount | None:
    """Five-year account from WUP 2018, with natural increase of WPP 2024 split by the share."""
    whole = desk.own(WUP)
    if whole is None:
        return None
    people = _by_residence(whole)
    people = people.sel(year=people["year"] <= min(desk.reference, _PROJECTED))
    people = people.dropna("year")
    share = urbanisation(people) if people.sizes["year"] else None
    if share is None:
        return None
    growth = spread = None
    births, deaths = (desk.own(f"wpp2024.indicators.{name}") for name in ("births", "deaths"))
    years = people["year"].to_numpy()
    starts = years[:-1]
    if births is not None and deaths is not None and len(starts):
        natural = _between_mid_years(births - deaths, years)
        mean = (people.sel(year=starts) + people.sel(year=years[1:]).assign_coords(year=starts)) / 2
        low, middle, high = (
            split_natural_increase(natural, mean, urban_excess=float(excess * np.diff(years)[0]))
            for excess in (-EXCESS, 0.0, EXCESS)
        )
        urban = people.sel(residence="urban", drop=True)
        growth = urban_growth(
            urban.sel(year=starts),
            urban.sel(year=years[1:]).assign_coords(year=starts),
            natural_increase=middle.sel(residence="urban", drop=True),
        )
        spread = (low.sel(residence="urban", drop=True), high.sel(residence="urban", drop=True))
    return UrbanAccount(
        people, share, growth, spread, None, None, None, (), WUP, (WUP, "wpp2024.indicators"),
        "estimate",
    )  # fmt: skip


def _between_mid_years(natural: xr.DataArray, years: np.ndarray) -> xr.DataArray:
    """Natural increase from mid-year to mid-year: half of the first and of the last year."""
    series = natural.drop_vars("country", errors="ignore")
    sums = [
        float(series.sel(year=slice(a, b)).sum() - (series.sel(year=a) + series.sel(year=b)) / 2)
        for a, b in zip(years[:-1].tolist(), years[1:].tolist(), strict=True)
    ]
    return xr.DataArray(sums, coords={"year": years[:-1]}, dims="year")
