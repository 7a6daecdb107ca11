# SPDX-License-Identifier: Apache-2.0
"""Tables of a run of remittance estimates: corridors, countries, rules beside what is published."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from keruen.core.tables import to_table
from keruen.measure.remittances import (
    corridor_concentration,
    cost_summary,
    dependence,
    remittances_per_person,
    volatility,
)
from keruen.report.remittance_run import RemittanceRun

if TYPE_CHECKING:
    import pandas as pd

MEASURES = ("dissimilarity", "total_ratio", "log_correlation", "median_factor", "corridors")
"""Columns of the table of comparisons."""


def remittance_tables(run: RemittanceRun) -> dict[str, pd.DataFrame]:
    """All tables of a run.

    Parameters
    ----------
    run : RemittanceRun
        The run.

    Returns
    -------
    dict of str to DataFrame
        ``remittances`` (a row a corridor), ``countries``, ``adjustments``, and where a
        matrix is published for the year ``comparison`` (a row a rule).

    See Also
    --------
    keruen.report.remittance_release.write_remittances : Writes them.
    """
    tables = {
        "remittances": corridor_table(run),
        "countries": country_table(run),
        "adjustments": run.matrix.adjustments,
    }
    if run.comparisons:
        tables["comparison"] = comparison_table(run)
    return tables


def corridor_table(run: RemittanceRun) -> pd.DataFrame:
    """Corridors with migrants or money, one row each.

    Parameters
    ----------
    run : RemittanceRun
        The run.

    Returns
    -------
    DataFrame
        ``sender``, ``receiver``, ``amount`` by the rule of the run (million US dollars),
        ``lowest`` and ``highest`` of the three rules, ``migrants``, ``per_migrant`` (US
        dollars), ``basis`` (the rule, or why not), ``cost`` (percent of 200 US dollars)
        and ``published`` (million US dollars) where held.
    """
    import pandas as pd

    amount = run.matrix.amount
    migrants = run.given.stock.rename(origin="receiver", destination="sender")
    rules = xr.concat([one.amount for one in run.rules.values()], "rule")
    columns = {
        "amount": amount,
        "lowest": rules.min("rule"),
        "highest": rules.max("rule"),
        "migrants": migrants,
        "per_migrant": remittances_per_person(amount, migrants),
    }
    for name in ("cost", "published"):
        beside = getattr(run.given, name)
        if beside is not None:
            columns[name] = beside.reindex(
                sender=amount.indexes["sender"], receiver=amount.indexes["receiver"]
            )
    table = pd.DataFrame(
        {
            name: array.transpose("sender", "receiver").to_numpy().ravel()
            for name, array in columns.items()
        }
    )
    keys = to_table(amount.rename("amount"))[["sender", "receiver"]]
    table = pd.concat([keys, table], axis=1)
    table.insert(5, "basis", _basis(run, table))
    some = table["migrants"].gt(0) | table["amount"].gt(0)
    if "published" in table:
        some |= table["published"].gt(0)
    return table[some].reset_index(drop=True)


def _basis(run: RemittanceRun, table: pd.DataFrame) -> np.ndarray:
    """The rule of each corridor, or the reason why it could not be followed."""
    import pandas as pd

    told = run.matrix.adjustments
    pairs = told[(told["sender"] != "") & (told["receiver"] != "")]
    keys = pd.MultiIndex.from_frame(pairs[["sender", "receiver"]])
    reasons = pd.Series(pairs["reason"].to_numpy(), index=keys)
    basis = reasons.reindex(pd.MultiIndex.from_frame(table[["sender", "receiver"]])).to_numpy()
    basis = np.where(pd.isna(basis), f"rule {run.matrix.rule}", basis)
    fixed = run.given.fixed
    if fixed is not None:
        basis = np.where(fixed.notnull().to_numpy().ravel(), "known amount", basis)
    return np.where(table["amount"].isna(), "no total is reported", basis)


def country_table(run: RemittanceRun) -> pd.DataFrame:
    """Countries with what they receive and pay, and what it means for them.

    Parameters
    ----------
    run : RemittanceRun
        The run.

    Returns
    -------
    DataFrame
        ``country``; for each side (``received``, ``paid``) the total reported, the estimate
        from the other side's totals and their ratio, dependence (percent of product),
        growth and volatility; concentration and costs by receiver.
    """
    import pandas as pd

    columns: dict[str, xr.DataArray] = {}
    estimates = {"received": run.matrix.received(), "paid": run.matrix.paid()}
    for side, series in (("received", run.given.received), ("paid", run.given.paid)):
        columns[f"{side}_estimated"] = estimates[side]
        if series is None:
            continue
        now = series.isel(year=-1, drop=True).assign_attrs(series.attrs)
        columns[f"{side}_reported"] = now
        columns[f"{side}_ratio"] = estimates[side] / now
        if run.given.gdp is not None:
            columns[f"{side}_gdp"] = dependence(now, run.given.gdp)
        if series.sizes["year"] > 1:
            steady = volatility(series)
            columns[f"{side}_volatility"] = steady.growth
            columns[f"{side}_trend_volatility"] = steady.trend
            columns[f"{side}_years"] = steady.changes
    columns["unallocated"] = run.matrix.unallocated
    few = corridor_concentration(run.matrix.amount)
    columns |= {
        "concentration": few.index, "largest_sender": few.largest,
        "largest_sender_share": few.largest_share,
    }  # fmt: skip
    if run.given.cost is not None:
        costs = cost_summary(run.given.cost, run.matrix.amount)
        columns |= {
            "cost_simple": costs.simple, "cost_weighted": costs.weighted,
            "cost_above_3": costs.above_goal, "cost_above_5": costs.above_ceiling,
            "cost_corridors": costs.corridors, "cost_covered": costs.covered,
        }  # fmt: skip
    places = run.given.places
    return pd.DataFrame(
        {
            "country": places,
            **{name: a.sel(country=places).to_numpy() for name, a in columns.items()},
        }
    )


def comparison_table(run: RemittanceRun) -> pd.DataFrame:
    """Each rule beside the matrix published for the year.

    Parameters
    ----------
    run : RemittanceRun
        The run.

    Returns
    -------
    DataFrame
        ``rule`` and the measures of :class:`~keruen.measure.remittances.RemittanceComparison`.
    """
    import pandas as pd

    return pd.DataFrame(
        [
            {"rule": rule, **{name: float(getattr(one, name)) for name in MEASURES}}
            for rule, one in run.comparisons.items()
        ]
    )
