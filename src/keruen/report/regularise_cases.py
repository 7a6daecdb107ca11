# SPDX-License-Identifier: Apache-2.0
"""Published regularisation programmes as tables: figures with status, shares, Spain's revenue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import xarray as xr

from keruen.decide.regularise import LEAST_FACTOR, least_band
from keruen.report.document import Column, Exhibit, Figure, Row, Table
from keruen.report.locale import Count, Message, Value, Verbatim, msg
from keruen.report.policy_page import PUBLISHED
from keruen.report.policy_words import (
    CASES,
    MEASURES,
    PRECISIONS,
    SOURCES,
    STATUSES,
    UNIT_WORDS,
)

if TYPE_CHECKING:
    import pandas as pd

_WHOLES: Final = (
    ("kazakhstan_2006", "irregular_stock", msg("of the stock estimated then")),
    ("colombia_2018", "registered", msg("of those registered")),
    ("usa_1986", "applications", msg("of applications")),
    ("italy_2002", "applications", msg("of applications")),
    ("spain_2005", "applications", msg("of applications")),
)
_BILLION: Final = 1e9


def figure_of(cases: pd.DataFrame, case: str, measure: str) -> tuple[float, str]:
    """A published figure and how it is known.

    Parameters
    ----------
    cases : DataFrame
        Published programmes.
    case, measure : str
        Which figure.

    Returns
    -------
    tuple of float and str

    Examples
    --------
    >>> from keruen.sources.policy_files import regularisation_cases
    >>> figure_of(regularisation_cases(), "colombia_2018", "registered")
    (442462.0, 'to be confirmed')
    """
    row = cases[(cases["case"] == case) & (cases["measure"] == measure)].iloc[0]
    return float(row["value"]), str(row["status"])


def approved_shares(cases: pd.DataFrame) -> pd.DataFrame:
    """People approved, of the stock, of those registered or of applications.

    Parameters
    ----------
    cases : DataFrame
        Published programmes.

    Returns
    -------
    DataFrame
        Columns ``case``, ``of``, ``approved``, ``whole``, ``percent``, ``status``: to be
        confirmed where either figure is.

    Examples
    --------
    >>> from keruen.sources.policy_files import regularisation_cases
    >>> approved_shares(regularisation_cases()).percent.round(1).tolist()
    [54.9, 63.6, 90.0, 92.9, 83.8]
    """
    import pandas as pd

    rows = []
    for case, of, _ in _WHOLES:
        (part, first), (whole, second) = (figure_of(cases, case, m) for m in ("approved", of))
        known = "published" if first == second == "published" else "to be confirmed"
        rows.append((case, of, part, whole, 100 * part / whole, known))
    return pd.DataFrame(rows, columns=["case", "of", "approved", "whole", "percent", "status"])


def shares_exhibit(cases: pd.DataFrame) -> Exhibit:
    """Shares approved as an exhibit.

    Parameters
    ----------
    cases : DataFrame
        Published programmes.

    Returns
    -------
    Exhibit
    """
    words = {case: word for case, _, word in _WHOLES}
    columns = (
        Column("approved", msg("Approved"), "persons"),
        Column("percent", msg("Approved, percent"), "percent"),
        Column("of", msg("Of what")),
        Column("status", msg("How it is known")),
    )
    rows = tuple(
        Row(case, CASES[case], (
            _published(f"cases.{case}.approved", float(row["approved"]), "persons"),
            _published(f"cases.{case}.percent", float(row["percent"]), "percent", 1),
            words[case], STATUSES[str(row["status"])],
        ))
        for row in approved_shares(cases).to_dict("records")
        for case in [str(row["case"])]
    )  # fmt: skip
    note = msg(
        "Kazakhstan: an upper view, for the stock of the time may have been larger. Shares of "
        "different wholes cannot be compared with each other."
    )
    return Exhibit(Table("case_shares", msg("Programme"), columns, rows),
                   msg("How many were approved elsewhere"), notes=(note,))  # fmt: skip


def spain_revenue(cases: pd.DataFrame) -> pd.DataFrame:
    """Revenue of Spain 2005 by the drafts of one study, with the smallest interval.

    Parameters
    ----------
    cases : DataFrame
        Published programmes.

    Returns
    -------
    DataFrame
        Columns ``variant``, ``per_person`` (EUR a year), ``total``, ``lower``, ``upper``
        (billion EUR a year).

    Examples
    --------
    >>> from keruen.sources.policy_files import regularisation_cases
    >>> spain_revenue(regularisation_cases()).total.round(2).tolist()
    [2.03, 2.42, 2.78, 2.31]
    """
    people, _ = figure_of(cases, "spain_2005", "approved")
    told = cases[(cases["case"] == "spain_2005") & (cases["measure"] == "revenue_per_person")]
    total = xr.DataArray(told["value"].to_numpy() * people / _BILLION,
                         coords={"method": told["variant"].to_numpy()})  # fmt: skip
    band = least_band(total)
    return (
        told[["variant", "value"]]
        .rename(columns={"value": "per_person"})
        .assign(total=total.to_numpy(), lower=band.lower.to_numpy(), upper=band.upper.to_numpy())
    )


def spain_exhibit(cases: pd.DataFrame) -> Exhibit:
    """Revenue of Spain 2005 as an exhibit.

    Parameters
    ----------
    cases : DataFrame
        Published programmes.

    Returns
    -------
    Exhibit
    """
    held = spain_revenue(cases)
    columns = (
        Column("per_person", msg("A person and year, EUR")),
        Column("total", msg("Together a year, billion EUR")),
        Column("lower", msg("Lower limit that may be shown")),
        Column("upper", msg("Upper limit that may be shown")),
    )
    rows = tuple(
        Row(str(row["variant"]), _draft(str(row["variant"])), tuple(
            _published(f"spain.{key}.{row['variant']}", float(str(row[key])), unit, digits)
            for key, unit, digits in (("per_person", "currency", 0), ("total", "index", 2),
                                      ("lower", "index", 2), ("upper", "index", 2))
        ))
        for row in held.to_dict("records")
    )  # fmt: skip
    ratio = held["per_person"].max() / held["per_person"].min()
    note = msg(
        "The drafts differ by a factor of {ratio}: no interval here is narrower than {least}.",
        ratio=Count(float(ratio), 2),
        least=Count(LEAST_FACTOR, 1),
    )
    title = msg("Spain 2005: revenue by the drafts of one study")
    return Exhibit(Table("spain", msg("Draft"), columns, rows), title, notes=(note,))


def _draft(variant: str) -> Message:
    words = {
        "2017 draft": msg("Draft of 2017"),
        "2018 raw": msg("2018, as measured"),
        "2018 corrected": msg("2018, corrected for moves within the country"),
        "2019 draft": msg("Draft of 2019, at least"),
    }
    return words[variant]


def cases_exhibit(cases: pd.DataFrame) -> Exhibit:
    """Every published figure with its status and source.

    Parameters
    ----------
    cases : DataFrame
        Published programmes.

    Returns
    -------
    Exhibit
    """
    columns = (
        Column("measure", msg("Figure")),
        Column("precision", msg("Given")),
        Column("value", msg("Value")),
        Column("unit", msg("Unit")),
        Column("status", msg("How it is known")),
        Column("source", msg("Source")),
    )
    rows = tuple(
        Row(f"{row['case']}.{row['measure']}.{row['variant']}".rstrip("."),
            CASES[str(row["case"])], _case_cells(row))
        for row in cases.to_dict("records")
    )  # fmt: skip
    return Exhibit(Table("cases", msg("Programme"), columns, rows),
                   msg("Published figures, their status and source"))  # fmt: skip


def _case_cells(row: dict) -> tuple[Figure | Value, ...]:
    unit, share = str(row["unit"]), row["unit"] == "share"
    value = round(float(row["value"]) * (100 if share else 1), 6)
    id = f"published.{row['case']}.{row['measure']}.{row['variant']}".rstrip(".")
    # How a share, a count and an amount are written differs; the unit stands in its own column.
    return (
        _measure(row),
        PRECISIONS[str(row["precision"])],
        _published(id, value, "percent" if share else "index", 1 if value != round(value) else 0),
        msg("percent") if share else UNIT_WORDS.get(unit, Verbatim(unit)),
        STATUSES[str(row["status"])],
        SOURCES.get(str(row["source"]), Verbatim(str(row["source"]))),
    )


def _measure(row: dict) -> Message:
    measure = MEASURES[str(row["measure"])]
    if not row["variant"]:
        return measure
    return msg("{figure}: {draft}", figure=measure, draft=_draft(str(row["variant"])))


def _published(id: str, value: float, unit: str, decimals: int = 0) -> Figure:
    return Figure(id, value, unit, "", (PUBLISHED,), "observed", decimals)
