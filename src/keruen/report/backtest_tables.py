# SPDX-License-Identifier: Apache-2.0
"""Scores of a back-test as a table and as lines to print."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from keruen.report.backtest_run import LEADS, BacktestRun

if TYPE_CHECKING:
    import pandas as pd


def score_table(run: BacktestRun) -> pd.DataFrame:
    """Scores of every method and lead: of totals, and over ages.

    Parameters
    ----------
    run : BacktestRun
        The run.

    Returns
    -------
    DataFrame
        ``quantity`` (total or ages), ``method``, ``years`` ahead, ``cells``, ``mae`` and
        ``median_error`` in percent (of ages the mean and the median WAPE), and of the
        distribution of totals ``crps``, ``interval_score_80`` and ``coverage_50``, ``_80``
        and ``_95``.
    """
    import pandas as pd

    totals = run.total.to_table().drop(columns="wape")
    rows = [
        {
            "quantity": "ages",
            "method": str(method),
            "years": int(lead),
            "cells": int(part.notnull().sum()),
            "mae": float(part.mean()),
            "median_error": float(part.median()),
        }
        for lead in run.ages.indexes["lead"]
        for method in run.ages.indexes["forecaster"]
        for part in [run.ages.sel(lead=lead, forecaster=method)]
    ]
    table = pd.concat([totals.assign(quantity="total"), pd.DataFrame(rows)], ignore_index=True)
    return table[["quantity", *totals.columns]]


def score_lines(run: BacktestRun) -> list[str]:
    """The table that a reader sees first, line by line, and what it shows.

    Parameters
    ----------
    run : BacktestRun
        The run.

    Returns
    -------
    list of str
    """
    table = score_table(run)
    shown = table[table["years"].isin((1, *LEADS))]
    rows = ["quantity  method                 years  error %  median  80% held  95% held"]
    rows += [
        f"{row.quantity:<9} {row.method:<22} {row.years:>5}  {row.mae:>7.2f}  "
        f"{row.median_error:>6.2f}  {_share(row.coverage_80):>8}  {_share(row.coverage_95):>8}"
        for row in shown.itertuples()
    ]
    if len(run.countries) == 1:
        return [*rows, "One country is one observation: no skill is told."]
    leads = [int(lead) for lead in run.ages.indexes["lead"]]
    rows += [f"Total, {run.total.record([lead])}" for lead in leads]
    for lead in leads:
        one = run.age_skill(lead)
        rows.append(
            f"Ages, {lead} years ahead: {one.verdict} against {one.rival} "
            f"(skill {one.value:.2f}, {one.lower:.2f} to {one.upper:.2f})"
        )
    if run.edition is not None:
        error = run.edition.to_table().iloc[0]["mae"]
        rows.append(f"Edition of 2017 for 2020, off by {error:.2f} %: {run.edition.record()}")
    return rows


def _share(value: object) -> str:
    share = float(str(value))
    return "" if np.isnan(share) else f"{share:.0%}"
