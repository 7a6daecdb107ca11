# SPDX-License-Identifier: Apache-2.0
"""A register of permits in a run: its indicators, and how long permits are paid for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from keruen.decide.permits import (
    mean_paid_months,
    paid_month_counts,
    permit_indicators,
    renewal_hazard,
    renewal_survival,
)
from keruen.report.charts import line_chart
from keruen.report.document import Column, Exhibit, Figure, Row, Section, Table
from keruen.report.locale import Count, Locale, Message, Value, msg
from keruen.report.policy_words import INDICATORS

if TYPE_CHECKING:
    import xarray as xr

REGISTER = "permits.register"
"""Id of the register among the sources of a page."""


@dataclass(frozen=True)
class Register:
    """What a register of permits says.

    Parameters
    ----------
    indicators : DataFrame
        Of :func:`~keruen.decide.permits.permit_indicators`.
    renewals : DataFrame
        ``paid_month``, ``at_risk``, ``ended``, ``survival``; empty where the register does not
        tell months paid for.
    mean_months : float
        Months paid for on average; missing where not told.
    """

    indicators: pd.DataFrame
    renewals: pd.DataFrame
    mean_months: float


def empty_register() -> Register:
    """The register of a run that was given none.

    Returns
    -------
    Register
    """
    return Register(pd.DataFrame(), pd.DataFrame(), float("nan"))


def read_register(permits: pd.DataFrame, *, on: date | None, quota: int | None) -> Register:
    """What a register of permits says on a day.

    Parameters
    ----------
    permits : DataFrame
        Rows of the table ``permit_register``.
    on : date or None
        Day; the last first day of a permit when not given.
    quota : int or None
        Most permits of the period.

    Returns
    -------
    Register

    Raises
    ------
    WorkbenchError
        Whatever is wrong with the register.
    """
    days = {name: pd.to_datetime(permits[name]) for name in ("start", "end")}
    dated = permits.assign(**days)
    day = on or dated["start"].max().date()
    indicators = permit_indicators(dated, on=day, quota=quota)
    over = (dated["outcome"] == "issued") & (dated["end"] <= pd.Timestamp(day))
    if "paid_months" not in dated or not over.any():
        return Register(indicators, pd.DataFrame(), float("nan"))
    ended, at_risk = paid_month_counts(dated, on=day)
    survival = renewal_survival(renewal_hazard(ended, at_risk))
    table = pd.DataFrame(
        {
            "paid_month": ended["paid_month"].to_numpy(),
            "at_risk": at_risk.to_numpy(),
            "ended": ended.to_numpy(),
            "survival": survival.to_numpy(),
        }
    )
    return Register(indicators, table, _value(mean_paid_months(survival)))


def _value(array: xr.DataArray) -> float:
    return float(array)


def register_section(found: Register) -> Section:
    """The register as a section of the page.

    Parameters
    ----------
    found : Register
        What the register says.

    Returns
    -------
    Section
    """
    exhibits = [_indicators(found)]
    said: list[Message] = []
    if len(found.renewals):
        exhibits.append(_renewals(found))
        said.append(
            msg(
                "A permit is paid for {months} months on average, by the months seen in the "
                "register; permits that still run are not taken for permits that ended.",
                months=Count(found.mean_months, 1),
            )
        )
    return Section("register", msg("Register of permits"), tuple(said), tuple(exhibits))


def _indicators(found: Register) -> Exhibit:
    rows = []
    for place, told in enumerate(found.indicators.to_dict("records")):
        kind = str(told["unit"])
        unit = {"persons": "persons", "months": "months", "money": "currency",
                "share": "percent"}.get(kind, "index")  # fmt: skip
        value = float(told["value"]) * (100 if kind == "share" else 1)
        decimals = {"months": 1, "share": 1, "index": 4}.get(kind, 0)
        name, item = INDICATORS[str(told["indicator"])], str(told["item"])
        label: Value = msg("{name}: {item}", name=name, item=item) if item else name
        cells = (
            Figure(f"register.{place}", value, unit, "", (REGISTER,), "observed", decimals),
            Figure(f"register.{place}.of", float(told["of"]), "persons", "", (REGISTER,)),
        )
        rows.append(Row(str(place), label, cells))
    columns = (Column("value", msg("Value")), Column("of", msg("Cases behind it"), "persons"))
    return Exhibit(
        Table("register", msg("Indicator"), columns, tuple(rows)),
        msg("What the register of permits says"),
    )


def _renewals(found: Register) -> Exhibit:
    columns = (
        Column("survival", msg("Pay for this month"), "percent"),
        Column("at_risk", msg("Could stop after it"), "persons"),
        Column("ended", msg("Stopped after it"), "persons"),
    )
    rows = tuple(
        Row(str(month), Count(float(month)), (
            Figure(f"renewals.survival.{month}", 100 * share, "percent", "", (REGISTER,),
                   "estimate", 1),
            Figure(f"renewals.at_risk.{month}", float(risk), "persons", "", (REGISTER,)),
            Figure(f"renewals.ended.{month}", float(stopped), "persons", "", (REGISTER,)),
        ))
        for month, risk, stopped, share in found.renewals.itertuples(index=False)
    )  # fmt: skip
    title = msg("How long permits are paid for")

    def draw(locale: Locale) -> str:
        frame = found.renewals.assign(share=100 * found.renewals["survival"])
        return line_chart(
            frame, x="paid_month", y="share", title=title.render(locale), lang=locale.lang,
            unit=locale.say(msg("percent that pay; across: month paid for")), from_zero=True,
        )  # fmt: skip

    return Exhibit(Table("renewals", msg("Month paid for"), columns, rows), title, draw)
