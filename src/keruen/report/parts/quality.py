# SPDX-License-Identifier: Apache-2.0
"""What is missing or doubtful: the part on better data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from keruen.report.build import Desk
from keruen.report.claims import Quote, unpublished
from keruen.report.document import Column, Exhibit, Headline, Part, Row, Section, Table
from keruen.report.locale import Value, Verbatim, msg


def section(desk: Desk, headlines: Sequence[Headline], parts: Sequence[Part]) -> Section:
    """Gaps of this profile, and known defects of the data behind it."""
    gaps: list[Value] = [
        msg("No figure is held: {what}.", what=item.label)
        for item in headlines
        if item.figure.value is None
    ]
    gaps += [gap for part in parts for section in part.sections for gap in section.gaps]
    gaps += unpublished(desk.country)
    used = dict.fromkeys(
        source
        for part in parts
        for each in part.sections
        for exhibit in each.exhibits
        for figure in exhibit.table.figures()
        for source in figure.sources
    )
    return Section(
        "quality",
        msg("What is missing or doubtful"),
        gaps=tuple(gaps),
        exhibits=_defects(desk, list(used)),
    )


def _defects(desk: Desk, used: list[str]) -> tuple[Exhibit, ...]:
    from keruen.sources.catalog import defects
    from keruen.sources.own_tables import PREFIX

    rows = []
    for name in used:
        for defect in () if name.startswith(PREFIX) else defects(name):
            if _concerns(desk.country, defect.where):
                cells = (Verbatim(name), Quote(dict(defect.texts)))
                rows.append(Row(f"{name}.{defect.id}", Verbatim(defect.id), cells))
    if not rows:
        return ()
    columns = (Column("source", msg("Data set")), Column("defect", msg("Known defect")))
    return (
        Exhibit(
            Table("defects", msg("Mark"), columns, tuple(rows)),
            msg("Known defects of the data used here"),
        ),
    )


def _concerns(country: str, where: Mapping[str, tuple[object, ...]]) -> bool:
    """Whether a defect is general or names the country on any side."""
    sides = ("country", "origin", "destination", "sender", "receiver")
    named = [where[side] for side in sides if side in where]
    return not named or any(country in codes for codes in named)
