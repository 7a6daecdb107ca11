# SPDX-License-Identifier: Apache-2.0
"""Which uncertain value moves which outcome, as a part of a scenario's page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from keruen.report.document import Column, Exhibit, Figure, Row, Section, Table
from keruen.report.locale import Told, msg
from keruen.scenario.outcomes import OUTCOMES

if TYPE_CHECKING:
    import pandas as pd

    from keruen.scenario.composed import Scenario

_SMALL = 0.005


def shares_section(shares: pd.DataFrame, scenario: Scenario) -> Section:
    """Shares of variance by outcome and uncertain value.

    Parameters
    ----------
    shares : DataFrame
        As :func:`~keruen.scenario.sensitivity.sensitivity` gives them.
    scenario : Scenario
        The scenario.

    Returns
    -------
    Section
        A table an outcome; values that move it by less than half a percent are left out.
    """
    exhibits = tuple(
        _outcome(str(name), part[part["total"] > _SMALL], scenario)
        for name, part in shares.groupby("outcome", sort=False)
    )
    finding = msg(
        "Shares of the variance of each outcome, by Sobol: alone, and with all that the value "
        "does together with others. Of the policy alone: population and labour stand on their "
        "medium."
    )
    title = msg("What moves the outcomes")
    return Section("sensitivity", title, (finding,), exhibits)


def _outcome(name: str, part: pd.DataFrame, scenario: Scenario) -> Exhibit:
    one = OUTCOMES[name]

    def figure(key: str, kind: str, row: pd.Series) -> Figure:
        low, high = (100 * float(row[f"{kind}_{end}"]) for end in ("low", "high"))
        return Figure(
            f"share.{name}.{key}.{kind}", 100 * float(row[kind]), "percent", "", one.sources,
            "estimate", 1, lower=low, upper=high, level=95,
        )  # fmt: skip

    rows = tuple(
        Row(
            str(row["input"]),
            Told(scenario.keys[str(row["input"])].label),
            tuple(figure(str(row["input"]), kind, row) for kind in ("first", "total")),
        )
        for _, row in part.sort_values("total", ascending=False).iterrows()
    )
    columns = (
        Column("first", msg("Share alone, %")),
        Column("total", msg("Share with others, %")),
    )
    return Exhibit(Table(f"shares_{name}", msg("Setting"), columns, rows), one.label)
