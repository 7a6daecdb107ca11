# SPDX-License-Identifier: Apache-2.0
"""Reports on a country as pages and workbooks: the profile, or one question of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib import import_module
from typing import TYPE_CHECKING, Final, Literal

from keruen.report.locale import Country, Lang, Locale, Message, Year, msg
from keruen.web.flow_data import WORLD
from keruen.web.once import once
from keruen.web.shelf import shelved

if TYPE_CHECKING:
    from keruen.report.document import Report

Kind = Literal["profile", "projection", "labour", "flows"]
_PARTS: Final[Mapping[Kind, str]] = {
    "projection": "projection",
    "labour": "labour_ahead",
    "flows": "flows",
}
TITLES: Final[Mapping[Kind, Message]] = {
    "profile": msg("Country profile"),
    "projection": msg("Population ahead"),
    "labour": msg("Labour gap"),
    "flows": msg("Flow map"),
}
"""Names of the reports."""
PERIODS: Final = ((1990, 1995), (1995, 2000), (2000, 2005), (2005, 2010), (2010, 2015),
                  (2015, 2020), (2020, 2024))  # fmt: skip
"""First and last year of the periods of estimated flows."""


@once(16)
def report_on(kind: Kind, country: str, year: int | None) -> Report:
    """A report on a country.

    Parameters
    ----------
    kind : {"profile", "projection", "labour", "flows"}
        Which.
    country : str
        ISO 3166-1 alpha-3 code; ``world`` for the flows between all.
    year : int or None
        Latest year to show.

    Returns
    -------
    Report

    Raises
    ------
    CoverageError
        Nothing is held up to the year (``YearOutOfRange``).
    """
    if kind == "profile":
        from keruen.report.profile import build_profile

        return build_profile(country, year=year)
    if country == WORLD:
        from keruen.report.world_flows import build_world_flows

        return build_world_flows(year)
    from keruen.report.build import Desk
    from keruen.report.document import Part, Report

    desk = Desk(country, year)
    section = import_module(f"keruen.report.parts.{_PARTS[kind]}").section(desk)
    if kind == "flows":  # the map stands first
        order = sorted(section.exhibits, key=lambda one: one.table.id != "flows_in")
        section = replace(section, exhibits=tuple(order))
    return Report(
        id=f"{kind}-{country}",
        title=msg("{country}: {subject}", country=Country(country), subject=TITLES[kind]),
        subtitle=msg(
            "Figures to {year} from published sources; every figure names its year and source.",
            year=Year(desk.year or desk.reference + 1),
        ),
        headlines=(),
        parts=(Part("A", TITLES[kind], (section,)),),
    )


@dataclass(frozen=True)
class Drawn:
    """A page, and what its charts are drawn from.

    Parameters
    ----------
    html : str
        The page, as the command line would write it.
    charts : mapping of str to str
        JSON for the chart island, by the name of the drawing.
    """

    html: str
    charts: Mapping[str, str]


@once(48)
@shelved(Drawn)
def report_page(kind: Kind, country: str, year: int | None, lang: Lang) -> Drawn:
    """A report as a page, kept for the next reader."""
    from keruen.report.interactive import gathered
    from keruen.report.pages import html_page

    with gathered() as charts:
        return Drawn(html_page(report_on(kind, country, year), Locale(lang)), charts)


@once(8)
def report_book(kind: Kind, country: str, year: int | None, lang: Lang) -> bytes:
    """The tables of a report as one workbook, kept for the next reader."""
    from pathlib import Path
    from tempfile import TemporaryDirectory

    from keruen.report.pages import sources_of
    from keruen.report.workbook import write_workbook

    report = report_on(kind, country, year)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "report.xlsx"
        write_workbook(report, Locale(lang), sources_of(report), path)
        return path.read_bytes()


@once(1)
def scenario_titles() -> Mapping[str, Mapping[str, str]]:
    """Titles of the scenarios of the package, by name and language."""
    from keruen.scenario.compose import compose, scenario_names

    return {name: dict(compose(name).title) for name in scenario_names()}
