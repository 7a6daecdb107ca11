# SPDX-License-Identifier: Apache-2.0
"""The section of a scenario's page that says who gains by its return programme."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from keruen.core.draws import quantiles
from keruen.report.document import Column, Exhibit, Figure, Row, Section, Table
from keruen.report.locale import Message, Year, msg
from keruen.scenario.outcomes import OUTCOMES

if TYPE_CHECKING:
    from keruen.scenario.results import Kept
    from keruen.scenario.run import ScenarioRun

_LEVEL: Final = 95
_MILLION: Final = 1e6
_GAINERS: Final[Mapping[str, Message]] = {
    "migrant": msg("Those who come"),
    "receiving": msg("The receiving country"),
    "sending": msg("The countries they left"),
}


def gains_section(run: ScenarioRun | Kept) -> Section:
    """What a year's arrivals by the programme bring each side, which are never added.

    Parameters
    ----------
    run : ScenarioRun or Kept
        The run.

    Returns
    -------
    Section
    """
    title, year = msg("Who gains by the return programme"), run.scenario.years[-1]
    here = {
        side: run.outcomes[f"welfare_{side}"].sel(year=year)
        for side in _GAINERS
        if f"welfare_{side}" in run.outcomes
    }
    if not here:
        return Section("gains", title, gaps=(msg("This scenario does not ask who gains."),))
    rows = []
    for side, money in here.items():
        one = OUTCOMES[f"welfare_{side}"]
        drawn = "trajectory" in money.dims
        middle = float(money.median("trajectory") if drawn else money) / _MILLION
        low, high = (
            (float(end) / _MILLION for end in quantiles(money, (0.025, 0.975)).values)
            if drawn
            else (None, None)
        )
        figure = Figure(
            f"who_gains.{side}", middle, "million international dollars", str(year), one.sources,
            "estimate", 1, signed=True, lower=low, upper=high, level=_LEVEL if drawn else 0,
        )  # fmt: skip
        ends = tuple(
            replace(figure, id=f"{figure.id}.{name}", value=end, lower=None, upper=None, level=0)
            for name, end in (("low", low), ("high", high))
        )
        rows.append(Row(side, _GAINERS[side], (figure, *ends)))
    unit = "million international dollars"
    columns = (
        Column("middle", msg("Median"), unit),
        Column("low", msg("95% interval, low"), unit),
        Column("high", msg("95% interval, high"), unit),
    )
    made = Table("who_gains", msg("Side"), columns, tuple(rows))
    notes = (
        msg(
            "A year in the long run, from one year's arrivals under the whole quota, those that "
            "the published projection includes among them. Sides are not added: nobody but the "
            "reader can weigh a gain of one against a loss of another. Workers on employers' "
            "permits and those who receive a status are not in this account."
        ),
        msg(
            "Arrivals are taken to come from Central Asia; those from China, close to half of "
            "them in 2025, are reckoned as the others, because moves from there are not recorded "
            "by country. They are likely to gain less."
        ),
    )
    nobody = all(bool((money == 0).all()) for money in here.values())
    finding = msg("Nobody comes by the programme, so that nobody gains or loses by it.")
    exhibit = Exhibit(made, msg("What arrivals of {year} bring, by side", year=Year(year)),
                      notes=notes)  # fmt: skip
    return Section("gains", title, (finding,) if nobody else (), (exhibit,))
