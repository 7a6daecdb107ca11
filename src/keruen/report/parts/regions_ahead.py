# SPDX-License-Identifier: Apache-2.0
"""Regions ahead: population and people of working age, modelled, with intervals."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import xarray as xr

from keruen.core.errors import CoverageError
from keruen.report.build import Desk, Series, table
from keruen.report.document import Exhibit, Section
from keruen.report.locale import Count, Locale, Message, Region, Value, Year, msg, nmsg
from keruen.report.outlook import BASE, NEAR, SEED, Told
from keruen.report.outlook_tables import BANDS, LEVELS, bound, fan_columns, record_note

if TYPE_CHECKING:
    import pandas as pd

    from keruen.report.regional_run import RegionalRun

_PATHS: Final = 200
_STEPS: Final = (BASE, 2030, 2040)


@dataclass(frozen=True)
class _Ahead:
    """Modelled regions at the end of each year, and of it their people of working age."""

    total: Told
    working: Told
    sources: tuple[str, ...]


def section(desk: Desk) -> Section:
    """The regions to 2050, closing to the nation; a gap where the package holds no totals."""
    title = msg("Regions to {year}", year=Year(NEAR))
    ahead = _ahead(desk.country)
    if ahead is None:
        gap = msg(
            "The package holds no population, births, deaths and moves of the regions of this "
            "country, so their future cannot be modelled."
        )
        return Section("regions_ahead", title, gaps=(gap,))
    exhibits = (
        _exhibit(
            "regions_population",
            ahead.total,
            nmsg(
                "{more} of {number} region has more people at the end of {year} than in {base}",
                "{more} of {number} regions have more people at the end of {year} than in {base}",
                ahead.total[0].sizes["region"],
                **_gaining(ahead.total[0]),
            ),
            ahead,
        ),
        _exhibit(
            "regions_working_age",
            ahead.working,
            nmsg(
                "{more} of {number} region has more people aged 15–64 in {year} than in {base}",
                "{more} of {number} regions have more people aged 15–64 in {year} than in {base}",
                ahead.working[0].sizes["region"],
                **_gaining(ahead.working[0]),
            ),
            ahead,
        ),
    )
    return Section("regions_ahead", title, findings=_findings(ahead), exhibits=exhibits)


@lru_cache(maxsize=1)
def regional_outlook(country: str) -> RegionalRun | None:
    """The regional projection that a profile tells of; None where no regions are held.

    Parameters
    ----------
    country : str
        ISO 3166-1 alpha-3 code.

    Returns
    -------
    RegionalRun or None
    """
    from keruen.sources.region_inputs import region_inputs

    try:
        region_inputs(country)
    except CoverageError:
        return None
    from keruen.report.regional_run import run_regions

    return run_regions(country, to=NEAR, trajectories=_PATHS, seed=SEED)


def _ahead(country: str) -> _Ahead | None:
    run = regional_outlook(country)
    if run is None or run.totals is None:
        return None
    from keruen.measure.age_structure import working_age_population
    from keruen.project.quantiles import path_quantiles

    people = run.projection.population
    paths = (run.totals[name] for name in ("population", "working_age"))
    fans = [_year_end(path_quantiles(each)) for each in paths]
    return _Ahead(
        total=(_year_end(people.sum(["sex", "age"])), fans[0]),
        working=(_year_end(working_age_population(people)), fans[1]),
        sources=tuple(each["id"] for each in run.inputs),
    )


def _year_end(array: xr.DataArray) -> xr.DataArray:
    """1 January of a year as the end of the year before."""
    return array.assign_coords(year=array["year"] - 1)


def _gaining(medium: xr.DataArray) -> dict[str, Value | str]:
    more = int((medium.sel(year=NEAR) > medium.sel(year=BASE)).sum())
    return {"more": Count(more), "year": Year(NEAR), "base": Year(BASE)}


def _exhibit(name: str, told: Told, title: Message, ahead: _Ahead) -> Exhibit:
    medium, fan = told
    shared: dict[str, Any] = {"unit": "persons", "sources": ahead.sources}
    columns = [
        Series(
            f"medium_{year}",
            msg("End of {year}", year=Year(year)),
            medium.sel(year=year),
            period=str(year),
            status="estimate" if year <= BASE else "projection",
            additive=True,
            **shared,
        )
        for year in _STEPS
    ]
    last = (medium.sel(year=NEAR), fan.sel(year=NEAR))
    label = msg("End of {year}", year=Year(NEAR))
    columns += _of_last(fan_columns(f"medium_{NEAR}", label, last, alone=True, **shared))
    order = last[0].argsort().to_numpy()[::-1]
    codes = [str(code) for code in last[0]["region"].to_numpy()[order]]
    return Exhibit(
        table(name, msg("Region"), "region", codes, columns, row=_region, total=msg("Country")),
        title,
        draw=lambda locale: _draw(told, codes, title, locale),
        notes=_notes(),
    )


def _of_last(columns: list[Series]) -> list[Series]:
    """Columns of the last year; only the medium adds up over regions."""
    from dataclasses import replace

    dated = [replace(each, period=str(NEAR), status="projection") for each in columns]
    return [replace(dated[0], additive=True), *dated[1:]]


def _region(code: object) -> Region:
    return Region(str(code))


def _notes() -> tuple[Message, ...]:
    return (
        msg(
            "Modelled estimates: ages and rates of the nation fitted to what regions publish of "
            "themselves; read the totals, not the detail. They add up to the national "
            "projection in the medium variant and in every path."
        ),
        msg(
            "Intervals from {paths} paths: fertility, mortality and migration of the nation, and "
            "fertility and net migration of each region; rates of moving between regions are held.",
            paths=Count(_PATHS),
        ),
        record_note(),
    )


def _draw(told: Told, codes: list[str], title: Message, locale: Locale) -> str:
    from keruen.report.panels import panel_chart

    medium, _ = told
    names = {code: Region(code).render(locale) for code in codes}
    ends = {
        name: "–".join(
            locale.number(float(medium.sel(region=code, year=year)) / 1e3) for year in (BASE, NEAR)
        )
        for code, name in names.items()
    }
    return panel_chart(
        _indexed(told, names),
        panel="region",
        x="year",
        y="medium",
        bands=BANDS,
        below=ends,
        reference=100.0,
        title=locale.say(title),
        unit=locale.say(
            msg(
                "end of {base} = 100; under the name: thousand persons at the end of {base} and "
                "of {year}, medium",
                base=Year(BASE),
                year=Year(NEAR),
            )
        ),
        number=locale.number,
    )


def _indexed(told: Told, names: dict[str, str]) -> pd.DataFrame:
    """Medium and bounds of each region as an index of its base."""
    import pandas as pd

    medium, fan = told
    parts = []
    for code, name in names.items():
        own = medium.sel(region=code)
        base = float(own.sel(year=BASE)) / 100
        values = {"year": own["year"].to_numpy(), "medium": own.to_numpy() / base}
        values |= {key: bound(fan, key).sel(region=code).to_numpy() / base for key in LEVELS}
        parts.append(pd.DataFrame(values).assign(region=name))
    return pd.concat(parts, ignore_index=True)


def _findings(ahead: _Ahead) -> tuple[Message, ...]:
    medium, _ = ahead.working
    change = medium.sel(year=NEAR) - medium.sel(year=BASE)
    codes = change["region"].to_numpy()
    best, worst = int(change.to_numpy().argmax()), int(change.to_numpy().argmin())
    return (
        msg(
            "People aged 15–64 from the end of {base} to the end of {year}: the largest change "
            "upwards is in {best} ({gain}), the lowest figure in {worst} ({loss}).",
            base=Year(BASE),
            year=Year(NEAR),
            best=_region(codes[best]),
            gain=_change(change[best]),
            worst=_region(codes[worst]),
            loss=_change(change[worst]),
        ),
    )


def _change(number: xr.DataArray) -> Count:
    return Count(round(float(number), -3), signed=True)
