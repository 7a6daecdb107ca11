# SPDX-License-Identifier: Apache-2.0
"""What migration adds to the population: the medium variant less zero migration."""

from __future__ import annotations

from typing import Any, Final

import xarray as xr

from keruen.report.build import Desk, Series, table
from keruen.report.document import Exhibit, Section
from keruen.report.locale import Count, Country, Locale, Message, Value, Year, msg, rounded
from keruen.report.outlook import BASE, END, Outlook, outlook
from keruen.report.outlook_tables import in_unit, method_note, record_note, shown_years, status

_LARGE: Final = 1e5  # from here sentences round to thousands
_NOBODY: Final = 0.5  # the tables hold whole persons
_Parts = tuple[xr.DataArray, xr.DataArray, xr.DataArray]


def section(desk: Desk) -> Section | None:
    """The contribution of migration; None where there is no projection."""
    ahead = outlook(desk.country)
    if ahead is None:
        return None
    return Section(
        "migration_effect",
        msg("Contribution of migration to the population"),
        findings=_findings(ahead),
        exhibits=(_exhibit(desk, ahead),),
    )


def _exhibit(desk: Desk, ahead: Outlook) -> Exhibit:
    migrants, descendants, total = _added(ahead)
    with_ = ahead.total()[0].sel(year=total["year"])
    people: dict[str, Any] = {"unit": "persons", "sources": ahead.sources, "status": status}
    columns = [
        Series("medium", msg("Medium"), with_, **people),
        Series("zero", msg("Without migration"), with_ - total, **people),
        Series("migrants", msg("Migrants"), migrants, signed=True, **people),
        Series("descendants", msg("Children of migrants"), descendants, signed=True, **people),
        Series("total", msg("Contribution of migration"), total, signed=True, **people),
        Series(
            "share",
            msg("Contribution, share of the population"),
            100 * total / with_,
            unit="percent",
            sources=ahead.sources,
            status=status,
            decimals=1,
            signed=True,
        ),
    ]
    title = _title(desk, float(total.sel(year=END)))
    return Exhibit(
        table("contribution", msg("Year"), "year", shown_years(base=False), columns),
        title,
        draw=lambda locale: _draw((migrants, descendants, total), title, locale),
        notes=(
            method_note(paths=False),
            msg(
                "The medium variant less the same projection without migration from {year} on. "
                "Children of migrants include their descendants; those who leave, and children "
                "born to them elsewhere, count as losses.",
                year=Year(BASE + 1),
            ),
            record_note(),
        ),
    )


def _added(ahead: Outlook) -> _Parts:
    """Migrants, their descendants and both, by year."""
    whole, cells = ahead.contribution, ["sex", "age"]
    return whole.migrants.sum(cells), whole.descendants.sum(cells), whole.total.sum(cells)


def _title(desk: Desk, total: float) -> Message:
    words: dict[str, Value | str] = {"country": Country(desk.country), "year": Year(END)}
    if abs(total) < _NOBODY:
        return msg("{country}: no migration is expected, so it adds nobody by {year}", **words)
    words["number"] = rounded(abs(total))
    if total > 0:
        return msg(
            "{country}: migration adds {number} to the population by the end of {year}", **words
        )
    return msg(
        "{country}: migration takes {number} from the population by the end of {year}", **words
    )


def _draw(parts: _Parts, title: Message, locale: Locale) -> str:
    import pandas as pd

    from keruen.report.charts import components_chart

    shown = [part.sel(year=shown_years(base=False)) for part in parts]
    factor, unit = in_unit(*(float(abs(part).max()) for part in shown))
    names = ("migrants", "descendants", "total")
    frame = pd.DataFrame(
        {
            "year": shown[0]["year"].to_numpy(),
            **{name: part.to_numpy() / factor for name, part in zip(names, shown, strict=True)},
        }
    )
    return components_chart(
        frame,
        x="year",
        parts={
            "migrants": locale.say(msg("Migrants")),
            "descendants": locale.say(msg("Children of migrants")),
        },
        total=("total", locale.say(msg("Contribution of migration"))),
        title=locale.say(title),
        unit=locale.say(unit),
        lang=locale.lang,
    )


def _findings(ahead: Outlook) -> tuple[Message, ...]:
    migrants, descendants, total = (float(part.sel(year=END)) for part in _added(ahead))
    later = float(ahead.total()[0].sel(year=END))
    if abs(total) < _NOBODY:
        return ()
    digits = -3 if abs(total) >= _LARGE else 0
    return (
        msg(
            "Without migration the population would be {without} at the end of {year} in place "
            "of {later}. The difference is {total}: {migrants} migrants and {descendants} "
            "children of migrants.",
            without=rounded(later - total),
            year=Year(END),
            later=rounded(later),
            total=_signed(total, digits),
            migrants=_signed(migrants, digits),
            descendants=_signed(descendants, digits),
        ),
    )


def _signed(number: float, digits: int) -> Count:
    return Count(round(number, digits), signed=True)
