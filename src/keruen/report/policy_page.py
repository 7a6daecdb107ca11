# SPDX-License-Identifier: Apache-2.0
"""Pieces that pages of policy models share: figures with limits, assumptions, sensitivity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import xarray as xr

from keruen.core.origin import LICENCES, Source
from keruen.decide.regularise import spread
from keruen.report.bars import bar_chart
from keruen.report.document import Column, Exhibit, Figure, Row, Status, Table
from keruen.report.locale import Locale, Message, Percent, Told, Value, Verbatim, Year, msg
from keruen.report.policy_words import ASSUMPTIONS, STATUSES, UNIT_WORDS
from keruen.report.units import UNITS

if TYPE_CHECKING:
    import pandas as pd

    from keruen.decide.uncertainty import Sensitivity
    from keruen.report.policy_inputs import Assumed
    from keruen.sources.policy_files import PolicyFiles

GIVEN: Final = "policy.assumptions"
PUBLISHED: Final = "regularisation.cases"
LEVEL: Final = 95
_SHOWN: Final = 10

Ends = tuple[xr.DataArray, xr.DataArray, xr.DataArray]


def money_unit(currency: str) -> str:
    """Unit of amounts in a currency, as reports print it.

    Parameters
    ----------
    currency : str
        ISO 4217 code.

    Returns
    -------
    str
        The code where it is known, or ``currency``.

    Examples
    --------
    >>> money_unit("KZT"), money_unit("GEL")
    ('KZT', 'currency')
    """
    return currency if currency in UNITS else "currency"


def given_source(files: PolicyFiles) -> Source:
    """The tables that a run was given, as a source that figures can name.

    Parameters
    ----------
    files : PolicyFiles
        Tables as given.

    Returns
    -------
    Source
    """
    names = ", ".join(f"{name} (SHA-256 {digest[:12]})" for name, digest in files.files.items())
    title = f"Keruen, case {files.case}" if files.case else ", ".join(files.files)
    licence = LICENCES["CC-BY-4.0" if files.case else "own-use"]
    return Source(GIVEN, title, "Keruen" if files.case else "", f"{title}: {names}", licence)


def cases_source() -> Source:
    """The published programmes, as a source that figures can name.

    Returns
    -------
    Source
    """
    title = "Published regularisation programmes"
    told = (
        f"{title}: figures with their source and status in the table of this page; compiled for "
        "Keruen from acts and literature"
    )
    return Source(PUBLISHED, title, "Keruen", told, LICENCES["facts"])


@dataclass(frozen=True)
class Line:
    """A row of figures with limits to be.

    Parameters
    ----------
    key : str
        Short name.
    label : Value
        Heading.
    ends : tuple of DataArray
        Lower limit, middle, upper limit.
    scale : float
        What the figures are divided by.
    decimals : int
        Digits after the decimal mark.
    status : str
        How the figures are known.
    """

    key: str
    label: Value
    ends: Ends
    scale: float = 1.0
    decimals: int = 0
    status: Status = "estimate"


def limits_table(name: str, head: Value, lines: Sequence[Line], *, unit: str, period: str) -> Table:
    """Rows with a middle and 95% limits.

    Parameters
    ----------
    name : str
        Id of the table.
    head : Value
        Heading of the rows.
    lines : sequence of Line
        The rows.
    unit : str
        Unit of all figures.
    period : str
        Period that they refer to.

    Returns
    -------
    Table
    """
    shown = "" if unit == "currency" else unit  # then the title alone names it
    columns = (
        Column("value", msg("Median"), shown),
        Column("lower", msg("Lower limit, 95%"), shown),
        Column("upper", msg("Upper limit, 95%"), shown),
    )
    return Table(name, head, columns, tuple(_row(name, one, unit, period) for one in lines))


def _row(name: str, line: Line, unit: str, period: str) -> Row:
    lower, middle, upper = (float(one) / line.scale for one in line.ends)
    cells = [
        Figure(
            f"{name}.{line.key}.{key}", value, unit, period, (GIVEN,), line.status, line.decimals,
            lower=lower if key == "value" else None, upper=upper if key == "value" else None,
            level=LEVEL if key == "value" else 0,
        )
        for key, value in (("value", middle), ("lower", lower), ("upper", upper))
    ]  # fmt: skip
    return Row(line.key, line.label, tuple(cells))


def fan_frame(
    array: xr.DataArray, *, along: str, scale: float = 1.0, name: str = ""
) -> pd.DataFrame:
    """Median and limits along a dimension, for a picture.

    Parameters
    ----------
    array : DataArray [along, trajectory]
        Draws.
    along : str
        Dimension across the picture.
    scale : float, optional
        What values are divided by.
    name : str, optional
        Name of the series.

    Returns
    -------
    DataFrame
        Columns ``x``, ``y``, ``low``, ``high``, ``series``.
    """
    import pandas as pd

    low, mid, high = (one.transpose(along).to_numpy() / scale for one in spread(array))
    x = np.asarray(array[along].to_numpy(), dtype=float)
    return pd.DataFrame({"x": x, "y": mid, "low": low, "high": high, "series": name})


def assumptions_exhibit(assumed: Assumed, priced: str) -> Exhibit:
    """Every assumption with its range, how it is known and on what basis.

    Parameters
    ----------
    assumed : Assumed
        Assumptions of the run.
    priced : str
        Year of the prices; empty where it is not stated.

    Returns
    -------
    Exhibit
    """
    columns = (
        Column("low", msg("Lowest")),
        Column("value", msg("Most likely")),
        Column("high", msg("Highest")),
        Column("unit", msg("Unit")),
        Column("status", msg("How it is known")),
        Column("basis", msg("Basis")),
    )
    rows = tuple(
        Row(
            str(row["name"]),
            ASSUMPTIONS[str(row["name"])],
            _cells({str(k): v for k, v in row.items()}),
        )
        for row in assumed.table.to_dict("records")
    )
    return Exhibit(
        Table("assumptions", msg("Assumption"), columns, rows),
        msg("Every assumption, its range and its basis"),
        notes=(
            msg(
                "With three numbers a triangular distribution, with two all values between them "
                "alike, with one a fixed value. What is to be confirmed has not been checked "
                "against its official text."
            ),
            msg(
                "Money is in {currency} at prices of {year}.",
                currency=assumed.currency,
                year=Year(priced),
            )
            if priced
            else msg(
                "The year of the prices is not stated: give the event prices in the calendar."
            ),
        ),
    )


def _cells(row: Mapping[str, object]) -> tuple[Value, ...]:
    unit = str(row.get("units", ""))
    texts = {lang: str(row.get(f"source_{lang}") or row["source"]) for lang in ("ru", "kk")}
    basis = Told({"en": str(row["source"]), **texts})
    numbers = tuple(Plain(float(str(row[key]))) for key in ("low", "value", "high"))
    word = UNIT_WORDS.get(unit, Verbatim(unit))
    return (*numbers, word, STATUSES[str(row["status"])], basis)


@dataclass(frozen=True)
class Plain:
    """A number with as many digits as it has, up to four; nothing where there is none."""

    value: float

    def render(self, locale: Locale) -> str:
        """The number as the language writes it."""
        if np.isnan(self.value):
            return ""
        digits = next(n for n in (0, 1, 2, 3, 4) if n == 4 or round(self.value, n) == self.value)
        return locale.number(self.value, decimals=digits)


def sensitivity_exhibit(found: Sensitivity, title: Message) -> Exhibit:
    """Which assumptions move an outcome most.

    Parameters
    ----------
    found : Sensitivity
        Shares of variance.
    title : Message
        The finding.

    Returns
    -------
    Exhibit
        The ten assumptions with the largest total share.
    """
    held = found.to_table().sort_values("total", ascending=False).head(_SHOWN)
    columns = (
        Column("total", msg("Of the spread, with others"), "percent"),
        Column("lower", msg("Lower limit, 95%"), "percent"),
        Column("upper", msg("Upper limit, 95%"), "percent"),
        Column("first", msg("Of the spread, alone"), "percent"),
    )
    keys = ("total", "total_low", "total_high", "first")
    rows = tuple(
        Row(
            str(row["input"]),
            ASSUMPTIONS[str(row["input"])],
            tuple(
                Figure(f"sensitivity.{row['input']}.{key}", 100 * float(str(row[key])), "percent",
                       "", (GIVEN,), "estimate")
                for key in keys
            ),
        )
        for row in held.to_dict("records")
    )  # fmt: skip
    table = Table("sensitivity", msg("Assumption"), columns, rows)

    def draw(locale: Locale) -> str:
        import pandas as pd

        shares = [cell.value for row in rows for cell in row.cells[:1] if isinstance(cell, Figure)]
        frame = pd.DataFrame({"name": [r.label.render(locale) for r in rows], "share": shares})
        return bar_chart(
            frame, category="name", value="share", title=title.render(locale),
            unit=locale.say(msg("percent of the spread of the outcome")), lang=locale.lang,
        )  # fmt: skip

    note = msg(
        "Share of the variance that stays when all other assumptions are known (total order) and "
        "that goes when this one alone becomes known (first order); Sobol indices with limits by "
        "bootstrap. Small shares may be estimated below zero."
    )
    return Exhibit(table, title, draw, (note,))


def largest(found: Sensitivity) -> tuple[Message, Percent]:
    """The assumption that moves an outcome most, and its share.

    Parameters
    ----------
    found : Sensitivity
        Shares of variance.

    Returns
    -------
    tuple of Message and Percent
    """
    place = int(np.argmax(found.total.to_numpy()))
    name = str(found.total["input"][place].item())
    return ASSUMPTIONS[name], Percent(100 * float(found.total[place]), decimals=0)
