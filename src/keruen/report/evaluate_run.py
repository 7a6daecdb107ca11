# SPDX-License-Identifier: Apache-2.0
"""A run of policy evaluation: a user's table, the method asked for, and whether it fits."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from keruen.decide.evaluate import Evaluation, Facts, applicability
from keruen.report.evaluate_methods import METHODS, EvaluateOptions, first_treated
from keruen.report.flow_run import Step, quiet
from keruen.sources.evaluation_files import EvaluationTable, read_evaluation

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class EvaluateRun:
    """What a run used and what it found.

    Parameters
    ----------
    evaluation : Evaluation
        The answer.
    options : EvaluateOptions
        What was asked.
    given : EvaluationTable
        What the file holds.
    fits : DataFrame
        Which methods fit the data, as of ``applicability``.
    """

    evaluation: Evaluation
    options: EvaluateOptions
    given: EvaluationTable
    fits: pd.DataFrame


def run_evaluation(
    path: Path, options: EvaluateOptions, *, sheet: str | None = None, step: Step = quiet
) -> EvaluateRun:
    """Evaluate a policy from a user's table.

    Parameters
    ----------
    path : Path
        CSV, Excel or Parquet: units by year, cases at a cut-off, or flows between places.
    options : EvaluateOptions
        What is asked.
    sheet : str, optional
        Sheet of a workbook.
    step : callable, optional
        Called with the share done and what is being done.

    Returns
    -------
    EvaluateRun

    Raises
    ------
    FaultsError
        The table has faults: all of them, by cell.
    SchemaError
        An option is missing or impossible, or a figure that a method needs.
    CoverageError
        Years or units are missing.
    EstimationError
        The data cannot identify the effect: no control units, perfect separation ...

    See Also
    --------
    keruen.report.evaluate_release.write_evaluation : Writes the run to a folder.
    """
    kind, answer = METHODS[options.method]
    step(0.1, "table")
    given = read_evaluation(path, kind, called=options.called, besides=options.besides, sheet=sheet)
    table = _whole_years(given.table)
    step(0.3, options.method)
    found = answer(table, options)
    step(0.8, "applicability")
    return EvaluateRun(found, options, given, applicability(facts_of(table, options)))


def facts_of(table: pd.DataFrame, options: EvaluateOptions) -> Facts:
    """What the table says about which methods fit.

    Parameters
    ----------
    table : DataFrame
        As of ``read_evaluation``.
    options : EvaluateOptions
        What is asked.

    Returns
    -------
    Facts
    """
    if "flow" in table:
        return Facts(pairs=True)
    if "running" in table:
        x = table["running"].dropna()
        below = x < (options.cutoff if options.cutoff is not None else np.inf)
        distinct = min(x[below].nunique(), x[~below].nunique())
        return Facts(cutoff=True, distinct=int(distinct))
    years = np.sort(table["year"].unique())
    first = first_treated(table, options).to_numpy()
    # Units treated from the first year on have no before; those treated after the last are not yet.
    treated = (first > years[0]) & (first <= years[-1])
    dates = np.unique(first[treated])
    start = dates.min() if dates.size else np.inf
    return Facts(
        treated=int(treated.sum()),
        controls=int((np.isnan(first) | (first > years[-1])).sum()),
        dates=len(dates),
        before=int((years < start).sum()),
        after=int((years >= start).sum()),
        exposure="exposure" in table and table["exposure"].nunique() > 2,
    )


def _whole_years(table: pd.DataFrame) -> pd.DataFrame:
    """Years as whole numbers, where they are."""
    if "year" not in table or (table["year"] % 1 != 0).any():
        return table
    return table.assign(year=table["year"].astype(int))
