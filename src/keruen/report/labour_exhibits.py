# SPDX-License-Identifier: Apache-2.0
"""Tables of labour ahead in a profile: industries, regions, ratios, and what tables share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import xarray as xr

from keruen.project.labour import LabourProjection
from keruen.project.quantiles import path_quantiles
from keruen.report.build import Series, table
from keruen.report.document import Exhibit, Status
from keruen.report.labour_run import LabourRun
from keruen.report.labour_words import Industry, ratio_notes, region_notes, sector_notes
from keruen.report.locale import Count, Locale, Message, Region, Value, Year, msg, nmsg
from keruen.report.outlook_tables import BANDS, LEVELS, bound

STEPS: Final = (2030, 2035, 2040, 2045)
PERSONS: Final = "persons"

_RATIO: Final = "ratio"


def horizon(run: LabourRun) -> int:
    """Last year of a run."""
    return int(run.nation.balance.gap.indexes["year"][-1])


def years(run: LabourRun) -> list[int]:
    """Rows of tables."""
    last = horizon(run)
    return [run.case.base, *(one for one in STEPS if one < last), last]


def status(run: LabourRun) -> Callable[[object], Status]:
    """How figures are known: to the base year, and after."""
    first: Status = "estimate" if run.case.definition == "ilo" else "observed"
    return lambda label: first if int(str(label)) <= run.case.base else "projection"


def fan_of(projection: LabourProjection, name: str) -> xr.DataArray:
    """Quantiles of a quantity over the paths."""
    assert projection.paths is not None  # noqa: S101  (an outlook has paths)
    return path_quantiles(projection.paths[name].rename(name))


def columns_of(
    run: LabourRun,
    key: str,
    label: Message,
    medium: xr.DataArray,
    **more: Any,  # noqa: ANN401
) -> list[Series]:
    """A quantity by year: the medium and its bounds of 80 %."""
    fan = fan_of(run.nation, key)
    low, high = bound(fan, "lower_80"), bound(fan, "upper_80")
    shared: dict[str, Any] = {"unit": PERSONS, "sources": sources(run), **more}
    shared["status"] = status(run)
    whole = (bound(fan, "lower_95"), bound(fan, "upper_95"), 95)
    words = {
        "lower_80": (low, msg("{what}: {bound}", what=label, bound=msg("80 %, lower bound"))),
        "upper_80": (high, msg("{what}: {bound}", what=label, bound=msg("80 %, upper bound"))),
    }
    return [
        Series(key, label, medium, bounds=whole, **shared),
        *(Series(f"{key}_{n}", text, part, **shared) for n, (part, text) in words.items()),
    ]


def sources(run: LabourRun) -> tuple[str, ...]:
    """Tables of the labour market; those of the population stand beside its projection."""
    return tuple(id for id in run.case.sources if not id.startswith("own."))


def by_industry(run: LabourRun) -> Exhibit:
    """Employment by industry: the base year, and demand after."""
    demand = run.nation.by_sector
    assert demand is not None and run.case.by_sector is not None  # noqa: S101, PT018
    last = int(run.case.by_sector.indexes["year"].max())
    end = horizon(run)
    shown = [last, *(one for one in STEPS[:1] if one < end), end]
    both = xr.concat([run.case.by_sector.sel(year=[last]), demand.sel(year=shown[1:])], "year")
    first: Status = "estimate" if run.case.definition == "ilo" else "observed"
    columns = [
        Series(
            f"employed_{year}", Year(year), both.sel(year=year), PERSONS,
            period=str(year), sources=sources(run), additive=True,
            status=first if year == last else "projection",
        )
        for year in shown
    ]  # fmt: skip
    change = both.sel(year=end) - both.sel(year=last)
    columns.append(
        Series(
            "change", msg("Change"), change, PERSONS, period=f"{last}-{end}",
            sources=sources(run), additive=True, status="projection", signed=True,
        )
    )  # fmt: skip
    order = [str(code) for code in both["sector"].to_numpy()]
    most, least = (str(one) for one in (change.idxmax().item(), change.idxmin().item()))
    words: dict[str, Value | str] = {
        "base": Year(last),
        "year": Year(end),
        "most": Industry(most),
        "gain": _thousands(change.sel(sector=most)),
        "least": Industry(least),
        "loss": _thousands(change.sel(sector=least)),
    }
    title = msg(
        "From {base} to {year} demand grows most in {most} ({gain}) and least in {least} ({loss})",
        **words,
    )
    if float(change.sel(sector=least)) < 0:
        title = msg(
            "From {base} to {year} demand grows most in {most} ({gain}) and falls most in "
            "{least} ({loss})",
            **words,
        )
    return Exhibit(
        table(
            "labour_sectors", msg("Economic activity"), "sector", order, columns,
            row=lambda code: Industry(str(code)), total=msg("All"),
        ),
        title,
        notes=sector_notes(run),
    )  # fmt: skip


def _thousands(number: xr.DataArray) -> Count:
    return Count(round(float(number), -3), signed=True)


def by_region(run: LabourRun, parts: LabourProjection) -> Exhibit:
    """Supply, demand, gap and its reasons by region."""
    balance, base, end = parts.balance, run.case.base, horizon(run)
    fan = fan_of(parts, "gap").sel(year=end)
    shared: dict[str, Any] = {"unit": PERSONS, "sources": sources(run)}
    ahead: dict[str, Any] = {"period": str(end), "status": "projection", **shared}
    gap = balance.gap.sel(year=end)
    columns = [
        Series("supply", msg("Supply, {year}", year=Year(end)),
               balance.supply.sel(year=end), additive=True, **ahead),
        Series("demand", msg("Demand, {year}", year=Year(end)),
               balance.demand.sel(year=end), additive=True, **ahead),
        Series("gap", msg("Gap: demand less supply"), gap, signed=True, additive=True,
               bounds=(bound(fan, "lower_95"), bound(fan, "upper_95"), 95), **ahead),
        Series("gap_lower_80", msg("80 %, lower bound"), bound(fan, "lower_80"), signed=True,
               **ahead),
        Series("gap_upper_80", msg("80 %, upper bound"), bound(fan, "upper_80"), signed=True,
               **ahead),
        Series("from_demand", msg("of it demand"), balance.causes["demand"].sel(year=end),
               signed=True, additive=True, **ahead),
        Series("from_people", msg("of it people, with migration"),
               balance.causes["people"].sel(year=end), signed=True, additive=True, **ahead),
        Series("from_rates", msg("of it participation"),
               (balance.causes["participation"] + balance.causes["start"]).sel(year=end),
               signed=True, additive=True, **ahead),
    ]  # fmt: skip
    codes = [str(code) for code in gap["region"].to_numpy()[gap.argsort().to_numpy()[::-1]]]
    short = int((gap > 0).sum())
    title = nmsg(
        "{short} of {number} region lacks workers in {year}, medium",
        "{short} of {number} regions lack workers in {year}, medium",
        gap.sizes["region"],
        short=Count(short),
        year=Year(end),
    )
    return Exhibit(
        table(
            "labour_regions", msg("Region"), "region", codes, columns,
            row=lambda code: Region(str(code)), total=msg("Country"),
        ),
        title,
        draw=lambda locale: _draw_regions(parts, codes, base, title, locale),
        notes=region_notes(run),
    )  # fmt: skip


def _draw_regions(
    parts: LabourProjection, codes: list[str], base: int, title: Message, locale: Locale
) -> str:
    """Supply of every region as an index of its base, with intervals; demand in words below."""
    import pandas as pd

    from keruen.report.panels import panel_chart

    supply, fan = parts.balance.supply, fan_of(parts, "supply")
    end = int(supply.indexes["year"][-1])
    names = {code: Region(code).render(locale) for code in codes}
    rows, below = [], {}
    for code, name in names.items():
        own = supply.sel(region=code)
        first = float(own.sel(year=base)) / 100
        values = {"year": own["year"].to_numpy(), "supply": own.to_numpy() / first}
        values |= {key: bound(fan, key).sel(region=code).to_numpy() / first for key in LEVELS}
        rows.append(pd.DataFrame(values).assign(region=name))
        gap = float(parts.balance.gap.sel(region=code, year=end)) / 1e3
        below[name] = locale.number(gap, signed=True)
    return panel_chart(
        pd.concat(rows, ignore_index=True),
        panel="region",
        x="year",
        y="supply",
        bands=BANDS,
        below=below,
        reference=100.0,
        title=locale.say(title),
        unit=locale.say(
            msg(
                "supply of workers, {base} = 100; under the name: gap in {year}, thousand, medium",
                base=Year(base),
                year=Year(end),
            )
        ),
        number=locale.number,
    )


def ratios(run: LabourRun) -> Exhibit:
    """People outside the labour force for each in it, with and without migration."""
    assert run.ratio_paths is not None  # noqa: S101  (an outlook has paths)
    labour, closed = run.ratios.labour, run.ratios_closed.labour
    fan = path_quantiles(run.ratio_paths["labour"].rename("labour"))
    shared: dict[str, Any] = {"sources": sources(run), "decimals": 2, "status": "projection"}
    per: dict[str, Any] = {"unit": _RATIO, **shared}
    columns = [
        Series("labour", msg("Outside the labour force for each in it"), labour,
               bounds=(bound(fan, "lower_95"), bound(fan, "upper_95"), 95), **per),
        Series("lower_80", msg("80 %, lower bound"), bound(fan, "lower_80"), **per),
        Series("upper_80", msg("80 %, upper bound"), bound(fan, "upper_80"), **per),
        Series("closed", msg("Without migration"), closed, **per),
        Series("entrants", msg("People of 20–24 for each of 60–64"), run.ratios.entrants,
               unit=_RATIO, **shared),
    ]  # fmt: skip
    base, end = run.case.base, horizon(run)
    title = msg(
        "For each person in the labour force {now} are outside it in {base}, {then} in {year}",
        now=Count(float(labour.sel(year=base)), 2),
        base=Year(base),
        then=Count(float(labour.sel(year=end)), 2),
        year=Year(end),
    )
    rows = table("labour_ratios", msg("Year"), "year", years(run), columns)
    return Exhibit(rows, title, notes=ratio_notes())
