# SPDX-License-Identifier: Apache-2.0
"""Towns: the urban share, what makes towns grow, where people concentrate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import xarray as xr

from keruen.report import urban_periods as periods
from keruen.report.build import Desk, Series, at, latest, table
from keruen.report.city_exhibits import cities_exhibit, concentration_exhibit, places_exhibit
from keruen.report.city_figures import Cities, cities, placed
from keruen.report.document import Exhibit, Section, Status
from keruen.report.locale import (
    Count,
    Locale,
    Message,
    Percent,
    Region,
    Year,
    msg,
    nmsg,
    rounded,
)
from keruen.report.urban_accounts import EXCESS, WUP, UrbanAccount, urban_account

if TYPE_CHECKING:
    import pandas as pd

_SHARE: Final = "wup2018.urban_share"


def section(desk: Desk) -> Section:
    """The urban share, the parts of urban growth, cities and where people live."""
    account, held = urban_account(desk), cities(desk)
    title = msg("Towns and countryside")
    if account is None:
        gap = msg("No source gives urban and rural people of this country or area.")
        return Section("towns", title, gaps=(gap,))
    exhibits = [
        _share(desk, account),
        _growth(account),
        _regions(account),
        places_exhibit(desk, placed(desk, held)),
        cities_exhibit(held),
        concentration_exhibit(account, held),
    ]
    gaps = (
        ()
        if held
        else (
            msg("World Urbanization Prospects 2018 holds no city of 300,000 people or more here."),
        )
    )
    return Section(
        "towns",
        title,
        findings=_findings(account, held),
        exhibits=tuple(x for x in exhibits if x),
        gaps=gaps,
    )


def _percent(account: UrbanAccount) -> xr.DataArray:
    share = account.urbanisation.urban_share
    return (100 * share).assign_attrs(share.attrs)


def _findings(account: UrbanAccount, held: Cities | None) -> tuple[Message, ...]:
    share = _percent(account).dropna("year")
    first, last = int(share["year"].min()), int(share["year"].max())
    found = [
        msg(
            "In {last}, {share} of the people lived in towns; in {first} it was {before}.",
            last=Year(last),
            share=Percent(at(share, year=last)),
            first=Year(first),
            before=Percent(at(share, year=first)),
        )
    ]
    if (rows := periods.of_country(account)) is not None:
        found.append(
            msg(
                "From {first} to {last} the urban population changed by {growth}: {natural} from "
                "births less deaths, {residual} from migration and reclassification together.",
                first=Year(rows.labels[0].split("–")[0]),
                last=Year(rows.labels[-1].split("–")[1]),
                growth=rounded(float(rows.growth.sum())),
                natural=rounded(float(rows.natural.sum())),
                residual=rounded(float(rows.residual.sum())),
            )
        )
    breaks = sorted({one.year for one in account.breaks if not one.region})
    if breaks:
        found.append(
            nmsg(
                "In {number} year the figures step ({years}): the change is no growth.",
                "In {number} years the figures step ({years}): the change is no growth.",
                len(breaks),
                years=", ".join(f"{year}–{year + 1}" for year in breaks),
            )
        )
    year, ratio = latest(held.primacy.of_second) if held else (None, None)
    if year is not None and ratio is not None:
        found.append(
            msg(
                "The largest city had {ratio} times the people of the second in {year}.",
                ratio=Count(ratio, 2),
                year=Year(year),
            )
        )
    return tuple(found)


def _share(desk: Desk, account: UrbanAccount) -> Exhibit:
    """Urban and rural people and the urban share by year, breaks marked."""
    percent = _percent(account)
    other = desk.own(_SHARE) if account.source != WUP else None
    years = [int(year) for year in percent["year"].to_numpy()]
    doubts: dict[object, Message] = {
        year + 1: reason for year in years if (reason := _reason(account, year)) is not None
    }
    source = (account.source,)
    columns = [
        Series(
            key,
            name,
            account.people.sel(residence=key),
            "persons",
            sources=source,
            status=account.status,
            doubts=doubts,
        )
        for key, name in (("urban", msg("Urban")), ("rural", msg("Rural")))
    ]
    columns.append(
        Series(
            "share",
            msg("Urban share"),
            percent,
            "percent",
            sources=source,
            status=account.status,
            decimals=1,
            doubts=doubts,
        )
    )
    if other is not None:
        columns.append(
            Series(
                "share_wup",
                msg("Urban share, United Nations 2018"),
                other,
                "percent",
                sources=(_SHARE,),
                status="estimate",
                decimals=1,
            )
        )
    steps = [year + 1 for year in years if _reason(account, year)]
    title = msg(
        "Urban and rural people, {first} to {last}", first=Year(years[0]), last=Year(years[-1])
    )
    return Exhibit(
        table("towns_share", msg("Year"), "year", years, columns),
        title,
        draw=lambda locale: _line(percent, other, steps, locale),
        notes=(
            msg(
                "Towns are what the country calls towns; the definition differs between "
                "countries and changes with laws. A year marked on the drawing does not follow "
                "from the year before."
            ),
        ),
    )


def _reason(account: UrbanAccount, year: int) -> Message | None:
    found = account.broken(year)
    return found[0].reason if found else None


def _line(
    percent: xr.DataArray, other: xr.DataArray | None, steps: list[int], locale: Locale
) -> str:
    import pandas as pd

    from keruen.report.charts import line_chart

    name = locale.say(msg("Urban share"))
    runs = _runs(steps)
    gaps = pd.DataFrame({"year": [run[0] - 0.5 for run in runs], "share": None, "series": name})
    parts = [_frame(percent, name), gaps.astype({"share": float, "year": float})]
    if other is not None:
        years = percent["year"].to_numpy()
        near = other.sel(year=(other["year"] >= years.min()) & (other["year"] <= years.max()))
        parts.append(_frame(near, locale.say(msg("United Nations 2018"))).dropna())
    return line_chart(
        pd.concat([part for part in parts if len(part)]).sort_values("year"),
        x="year",
        y="share",
        series="series",
        title=locale.say(msg("Urban share of the population")),
        unit="%",
        lang=locale.lang,
        marks=_marks(runs),
    )


def _runs(steps: list[int]) -> list[list[int]]:
    """Years in runs of neighbours."""
    runs: list[list[int]] = []
    for year in steps:
        if runs and year == runs[-1][-1] + 1:
            runs[-1].append(year)
        else:
            runs.append([year])
    return runs


def _marks(runs: list[list[int]]) -> dict[float, str]:
    """Years to point out; neighbours share one label."""
    labels = {run[0]: "–".join(map(str, dict.fromkeys((run[0], run[-1])))) for run in runs}
    return {float(year): labels.get(year, "") for run in runs for year in run}


def _frame(values: xr.DataArray, name: str) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(
        {"year": values["year"].to_numpy(), "share": values.to_numpy(), "series": name}
    )


def _growth(account: UrbanAccount) -> Exhibit | None:
    """Parts of urban growth by period, a break being a period of its own."""
    rows = periods.of_country(account)
    if rows is None:
        return None
    columns = _parts(account, rows)
    notes = [
        msg(
            "Births and deaths are not held by residence: rates of natural increase are taken as "
            "equal in towns and countryside of a region. Were the rate in towns {excess} per "
            "1,000 below or above, births less deaths would be {low} or {high} in all.",
            excess=Count(EXCESS),
            low=Count(rows.low),
            high=Count(rows.high),
        ),
        msg(
            "Migration, inner and external, and reclassification cannot be told apart here: they "
            "are what births and deaths leave. Periods run from 1 January to 1 January."
        )
        if account.region_people is not None
        else msg(
            "Migration, inner and external, and reclassification cannot be told apart here: they "
            "are what births and deaths leave. Periods run from mid-year to mid-year; people and "
            "births come from two revisions of the United Nations, whose difference is in it."
        ),
    ]
    return Exhibit(
        table(
            "towns_growth",
            msg("Period"),
            "period",
            rows.labels,
            columns,
            row=lambda label: Year(str(label)),
            total=msg("All"),
        ),
        msg("What made the urban population grow"),
        notes=tuple(notes),
    )


def _parts(
    account: UrbanAccount, held: periods.CountryPeriods | periods.RegionWindow, period: str = ""
) -> list[Series]:
    """Columns of growth and its parts, by period or by region."""
    estimate: Status = "estimate"
    rows = (
        ("growth", msg("Urban growth"), held.growth, account.status),
        ("natural", msg("Births less deaths"), held.natural, estimate),
        ("residual", msg("Migration and reclassification"), held.residual, estimate),
        ("steps", msg("of it steps too large for moves"), held.steps, estimate),
    )
    return [
        Series(
            key,
            name,
            values,
            "persons",
            period=period,
            sources=account.sources,
            status=status,
            signed=True,
            additive=True,
            doubts=held.doubts,
        )
        for key, name, values, status in rows
        if values is not None
    ]


def _regions(account: UrbanAccount) -> Exhibit | None:
    """Parts of urban growth of regions between the last two breaks of the whole country."""
    window = periods.of_regions(account)
    if window is None:
        return None
    shares = [
        Series(
            f"share_{end}",
            msg("Urban share, {year}", year=Year(year)),
            values,
            "percent",
            period=str(year),
            sources=(account.source.replace(".", ".region.", 1),),
            decimals=1,
        )
        for end, year, values in (
            ("start", window.first, window.start),
            ("end", window.last, window.end),
        )
    ]
    columns = [*shares, *_parts(account, window, period=f"{window.first}–{window.last}")]
    return Exhibit(
        table(
            "towns_regions",
            msg("Region"),
            "region",
            window.codes,
            columns,
            row=lambda code: Region(str(code)),
            total=msg("Country"),
        ),
        msg(
            "Towns of the regions, 1 January {first} to 1 January {last}",
            first=Year(window.first),
            last=Year(window.last),
        ),
        notes=(
            msg(
                "Between two census corrections, so that neither is in it. Regions that were "
                "divided since stand as they were at the start."
            ),
        ),
    )
