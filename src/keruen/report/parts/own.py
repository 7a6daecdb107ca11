# SPDX-License-Identifier: Apache-2.0
"""A user's own figures: which series they replaced, and what of them could not be used."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import xarray as xr

from keruen.report.build import Desk
from keruen.report.claims import Quote
from keruen.report.document import Column, Exhibit, Row, Section, Table
from keruen.report.locale import Count, Listing, Value, Verbatim, Year, msg
from keruen.report.own_figures import Laid, OwnFigures
from keruen.report.own_marks import spans
from keruen.sources.schemas import schema


def section(desk: Desk) -> Section | None:
    """Every replaced series with its years, figures and largest difference."""
    given = desk.given
    if given is None:
        return None
    files = Listing(tuple(Verbatim(one.file) for one in given.tables))
    findings = (
        msg("Figures of your own tables stand in this profile: {files}.", files=files),
        msg(
            "Nothing is known of the licence of your tables: this profile is for your own use. "
            "Before you pass it on, make sure that you may."
        ),
    )
    return Section(
        "own_figures",
        msg("Your own figures"),
        findings=findings,
        exhibits=(_exhibit(given),) if given.owners else (),
        gaps=_unused(given),
    )


def _exhibit(given: OwnFigures) -> Exhibit:
    columns = (
        Column("series", msg("Series")),
        Column("years", msg("Years")),
        Column("figures", msg("Figures")),
        Column("difference", msg("Largest difference")),
        Column("place", msg("in")),
        Column("replaces", msg("Replaces")),
    )
    rows = tuple(_row(one) for one in given.laid if one.values.size)
    notes = [
        msg(
            "Largest difference: your figure less the embedded one, summed to what both tables "
            "tell apart; a gap where no embedded figure is held."
        ),
        msg(
            "Estimated flows, the look ahead and series that carry the name of another source "
            "stay as embedded. How your figures are known is not in the tables, so they carry "
            "no mark."
        ),
    ]
    if any(one.entry.get("share") for one in given.laid):
        notes.append(
            msg(
                "Population by fewer ages or without sex is shared out within your groups as "
                "the embedded one is; your groups keep your figures."
            )
        )
    if any(one.entry.get("whole") for one in given.laid):
        notes.append(
            msg("A year of migrant stocks or refugees that you give is yours for every country.")
        )
    return Exhibit(
        Table("own_figures", msg("File"), columns, rows),
        msg("Series that your own figures replace"),
        notes=tuple(notes),
    )


def _row(one: Laid) -> Row:
    years = Year(spans(one.values["year"].to_numpy()))
    size, place = largest_difference(one)
    cells: tuple[Value | None, ...] = (
        series_label(one),
        years,
        Count(float(one.values.notnull().sum())),
        Count(size, decimals=_decimals(one), signed=True),
        Verbatim(place),
        Verbatim(one.into) if one.before is not None else msg("nothing: not held"),
    )
    return Row(f"{one.own.schema}.{one.into}", Verbatim(one.own.file), cells)


def _decimals(one: Laid) -> int:
    return 0 if schema(one.own.schema).column(one.entry["value"]).units == "persons" else 1


def series_label(one: Laid) -> Quote:
    """What the user's column holds, in three languages."""
    columns = schema(one.own.schema)
    labels: Mapping[str, str] = columns.column(one.entry["value"]).labels
    if not one.entry.get("less"):
        return Quote(dict(labels))
    less = columns.column(one.entry["less"]).labels
    return Quote({lang: f"{labels[lang]} − {less[lang]}" for lang in labels})


def largest_difference(one: Laid) -> tuple[float | None, str]:
    """The user's figure farthest from the embedded one, and where it stands.

    Parameters
    ----------
    one : Laid
        A column laid over an embedded variable.

    Returns
    -------
    float or None and str
        None and nothing where no figure stands over an embedded one.
    """
    if one.before is None:
        return None, ""
    before, values = one.before, one.values
    if one.entry.get("share"):  # groups differ from the embedded cells: compare the totals
        over = [dim for dim in values.dims if dim != "year"]
        values = values.sum(over, min_count=1)
        before = before.sum([dim for dim in before.dims if dim != "year"], min_count=1)
    elif one.entry.get("unknown") and not set(values.indexes) - {"year"} <= _shared_keys(one):
        over = [dim for dim in values.dims if dim != "year"]
        values, before = values.sum(over, min_count=1), before.sum(over, min_count=1)
    both, held = xr.align(values, before, join="inner")
    off = (both - held.transpose(*both.dims)).to_numpy()
    if not off.size or np.isnan(off).all():
        return None, ""
    at = np.unravel_index(int(np.nanargmax(np.abs(off))), off.shape)
    labels = [str(both[dim].to_numpy()[i]) for dim, i in zip(both.dims, at, strict=True)]
    return float(off[at]), ", ".join(labels)


def _shared_keys(one: Laid) -> set[str]:
    """Dimensions by which the user's own table tells figures apart."""
    keys: Mapping[str, str] = one.entry.get("keys", {})
    return {dim for key, dim in keys.items() if key in one.own.table.columns}


def _unused(given: OwnFigures) -> tuple[Value, ...]:
    """Columns and years of the user's tables that no section can use."""
    gaps: list[Value] = []
    for own in given.tables:
        used = {name for one in given.laid if one.own is own for name in _columns(one)}
        gaps += [
            msg(
                "{file}: the profile does not use the column “{column}” as it stands.",
                file=Verbatim(own.file),
                column=Quote(dict(column.labels)),
            )
            for column in schema(own.schema).values
            if column.name in own.table.columns and column.name not in used
        ]
    gaps += [
        msg(
            "{file}: the embedded table {table} lacks {years}, so it is not used.",
            file=Verbatim(one.own.file),
            years=Year(spans(one.unused)),
            table=Verbatim(one.into),
        )
        for one in given.laid
        if one.unused
    ]
    return tuple(gaps)


def _columns(one: Laid) -> tuple[str, ...]:
    return tuple(name for name in (one.entry["value"], one.entry.get("less", "")) if name)
