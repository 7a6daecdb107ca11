# SPDX-License-Identifier: Apache-2.0
"""Management of migration: quotas of ethnic return and of foreign labour."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from keruen.core.errors import CodeError
from keruen.report.build import Desk
from keruen.report.document import Column, Exhibit, Figure, Row, Section, Table
from keruen.report.locale import Message, Verbatim, Year, msg

if TYPE_CHECKING:
    import pandas as pd

_PROGRAMMES: Final = {
    "oralman": msg("Ethnic return (oralman, to 2020)"),
    "kandas": msg("Ethnic return (kandas)"),
    "resettlers": msg("Internal resettlement"),
}
_KINDS: Final = {
    "quota set": ("quota", msg("Quota")),
    "quota announced": ("quota", msg("Quota")),
    "arrived": ("arrived", msg("Arrived")),
    "arrived under the quota": ("arrived", msg("Arrived")),
}


def section(desk: Desk) -> Section:
    """Quotas and arrivals as laws and public pages give them."""
    title = msg("Quotas and programmes")
    exhibits = [x for x in (_return_quota(desk), _returnees(desk), _foreign_labour(desk)) if x]
    if not exhibits:
        gap = msg("The package holds no quotas or programmes of this country.")
        return Section("management", title, gaps=(gap,))
    return Section("management", title, exhibits=tuple(exhibits))


def _rows(desk: Desk, topic: str) -> pd.DataFrame | None:
    from keruen import load_table

    try:
        return load_table(f"{desk.country.lower()}.{topic}")
    except CodeError:
        return None


def _return_quota(desk: Desk) -> Exhibit | None:
    rows = _rows(desk, "return_quota")
    if rows is None:
        return None
    national = rows[(rows["area"] == desk.country) & rows["kind"].isin(_KINDS)]
    if desk.year:
        national = national[national["year"] <= desk.year]
    source = (f"{desk.country.lower()}.return_quota",)
    columns = [
        (key, unit, label)
        for key, label in (("quota", msg("Quota")), ("arrived", msg("Arrived")))
        for unit in ("families", "persons")
    ]
    lines = []
    for keys, group in national.groupby(["year", "programme"], sort=True):
        year, programme = (str(part) for part in keys)
        held = {
            (_KINDS[kind][0], unit): value
            for kind, unit, value in zip(group["kind"], group["unit"], group["value"], strict=True)
        }
        key = f"{year}.{programme}"
        cells = tuple(
            Figure(
                f"return_quota.{kind}_{unit}.{key}",
                held.get((kind, unit)),
                unit,
                str(year),
                source,
            )
            for kind, unit, _ in columns
        )
        label = msg("{year}: {programme}", year=Year(year), programme=_PROGRAMMES[programme])
        lines.append(Row(key, label, cells))
    return Exhibit(
        Table(
            "return_quota",
            msg("Year and programme"),
            tuple(Column(f"{kind}_{unit}", label, unit) for kind, unit, label in columns),
            tuple(lines),
        ),
        msg("Yearly quotas of ethnic return and internal resettlement, and arrivals known"),
        notes=(
            msg(
                "Quotas of families to 2016, of persons since. Years not listed are not held, "
                "which does not mean that there was no quota. Drafts are left out."
            ),
        ),
    )


def _returnees(desk: Desk) -> Exhibit | None:
    rows = _rows(desk, "published_facts")
    if rows is None:
        return None
    chosen = rows[
        (rows["topic"] == "ethnic return migrants")
        & (rows["indicator"] == "arrived and received the status")
        & (rows["area"] == desk.country)
        & rows["partner"].isna()
        & rows["breakdown"].isna()
        & (rows["unit"] == "persons")
    ]
    return _facts(
        desk,
        "returnees",
        chosen,
        msg("Ethnic return migrants who arrived and received the status"),
        unit="persons",
        note=msg("As printed on public pages; periods overlap and must not be added."),
    )


def _foreign_labour(desk: Desk) -> Exhibit | None:
    rows = _rows(desk, "published_facts")
    if rows is None:
        return None
    chosen = rows[
        (rows["topic"] == "foreign labour quota")
        & (rows["area"] == desk.country)
        & rows["breakdown"].isna()
        & rows["unit"].str.startswith("% of")
        & rows["indicator"].str.startswith("employer permits")
    ]
    return _facts(
        desk,
        "foreign_labour_quota",
        chosen,
        msg("Quota of foreign labour on employers' permits"),
        unit="percent",
        note=msg(
            "Percent of the economically active population, from 2021 of the labour force. The "
            "quota set for 2008–2010 was replaced by that of 2009 within its term."
        ),
        decimals=2,
    )


def _facts(
    desk: Desk,
    name: str,
    chosen: pd.DataFrame,
    title: Message,
    *,
    unit: str,
    note: Message,
    decimals: int = 0,
) -> Exhibit | None:
    if desk.year:
        chosen = chosen[chosen["period"].str[:4].astype(int) <= desk.year]
    if chosen.empty:
        return None
    source = (f"{desk.country.lower()}.published_facts",)
    rows = [
        Row(
            str(period),
            Verbatim(str(period)),
            (
                Figure(
                    f"{name}.value.{period}", value, unit, str(period), source, decimals=decimals
                ),
                Verbatim(str(page)),
            ),
        )
        for period, value, page in zip(
            chosen["period"], chosen["value"], chosen["source_page"], strict=True
        )
    ]
    columns = (Column("value", msg("Value"), unit), Column("page", msg("Page")))
    return Exhibit(Table(name, msg("Period"), columns, tuple(rows)), title, notes=(note,))
