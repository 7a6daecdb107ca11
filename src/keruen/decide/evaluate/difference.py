# SPDX-License-Identifier: Apache-2.0
"""Difference-in-differences: before and after, treated and not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import xarray as xr

from keruen.core.errors import SchemaError
from keruen.decide.evaluate import _influence as inference
from keruen.decide.evaluate._fixed_effects import fit
from keruen.decide.evaluate._group_time_tables import trend_before
from keruen.decide.evaluate._imputation import impute, mean_effect
from keruen.decide.evaluate._long_table import long_table
from keruen.decide.evaluate._number import Number, Reading, evaluation_of, of_fit, of_normal
from keruen.decide.evaluate._panel import (
    USED_WHERE_SEEN,
    Panel,
    Unbalanced,
    adjustments_of,
    choice,
    common_checks,
    panel_of,
)
from keruen.decide.evaluate._two_way import TwoWay, two_way
from keruen.decide.evaluate.result import Check, Evaluation, refuse_level

if TYPE_CHECKING:
    import pandas as pd

Estimator = Literal["two_way", "imputation"]


def difference_in_differences(
    outcome: xr.DataArray,
    first_treated: xr.DataArray,
    *,
    estimator: Estimator = "two_way",
    controls: xr.Dataset | None = None,
    cluster: xr.DataArray | None = None,
    unbalanced: Unbalanced = "pairs",
    level: float = 0.95,
) -> Evaluation:
    """Change of treated units less the change of the others.

    Parameters
    ----------
    outcome : DataArray [unit, period], any unit
        Outcome of each unit in each numbered period; cells may be missing.
    first_treated : DataArray [unit], period
        Period in which a unit was first treated; missing for units that never were.
    estimator : {"two_way", "imputation"}, optional
        Regression with effects of units and periods, or what treated cells lie above the
        untreated outcome foretold from untreated cells. With one date of treatment both are
        the two-by-two difference of means; with several only the second averages effects with
        weights that cannot be negative.
    controls : Dataset [unit, period], optional
        Traits that change over time, for ``two_way``.
    cluster : DataArray [unit], optional
        Group within which units are dependent; the unit itself when not given.
    unbalanced : {"pairs", "complete"}, optional
        With gaps: use every cell seen, or only units seen in all periods.
    level : float, optional
        Probability of the interval.

    Returns
    -------
    Evaluation
        Table ``means`` (the two by two, where all were treated at one date), ``two_way`` (what
        the regression weighs), and with imputation ``events``.

    Raises
    ------
    EstimationError
        ``NoTreated``, ``OneTreated``, ``NoControls``, ``OneCluster``, or a control that the
        effects of units and periods explain in full (``NotIdentified``).
    WorkbenchError
        pyfixest is not installed (``MissingExtra``); imputation needs it not.
    SchemaError
        Dimensions do not fit, or imputation is asked with controls.

    See Also
    --------
    keruen.decide.evaluate.group_time_effects : Several dates, cohort by cohort.

    Notes
    -----
    ``Y_it = a_i + b_t + beta D_it + e_it`` by pyfixest, errors by cluster, interval by Student's
    t with clusters less one. Imputation: a and b fitted where D = 0, effect the mean of
    ``Y - a - b`` where D = 1, conservative errors.

    References
    ----------
    Borusyak, K., Jaravel, X. and Spiess, J. (2024). Review of Economic Studies 91(6).
    Goodman-Bacon, A. (2021). Journal of Econometrics 225(2), 254-277.

    Examples
    --------
    >>> unit, year = {"region": list("abcd")}, {"year": [2001, 2002]}
    >>> y = xr.DataArray([[1.0, 4.0], [2.0, 6.0], [1.0, 2.0], [3.0, 3.0]], {**unit, **year})
    >>> start = xr.DataArray([2002, 2002, np.nan, np.nan], unit)
    >>> found = difference_in_differences(y, start, estimator="imputation")
    >>> found.tables["means"]["mean"].tolist(), round(found.estimate.item(), 9)
    ([1.5, 5.0, 2.0, 2.5], 3.0)
    """
    choice(estimator, get_args(Estimator), "estimator")
    choice(unbalanced, get_args(Unbalanced), "unbalanced")
    refuse_level(level)
    if estimator == "imputation" and controls is not None:
        raise SchemaError(
            "imputation takes no controls that change over time",
            where="controls",
            remedy='use estimator="two_way", or group_time_effects with covariates',
        )
    panel = panel_of(
        outcome, first_treated, cluster=cluster, unbalanced=unbalanced, gaps=USED_WHERE_SEEN
    )
    weights = two_way(panel)
    tables = _means(panel)
    if weights is not None:
        tables["two_way"] = weights.weights
    if estimator == "imputation":
        number, tables["events"] = _by_imputation(panel, level)
    else:
        table, terms, names = long_table(panel, controls)
        terms = ["treated", *terms]
        found = fit(table, terms, ["unit", "period"], model="least_squares", names=names)
        number = of_fit(found, level)
    reading = Reading(
        method="difference",
        units=panel.units_of_outcome,
        assumption="parallel_trends",
        checks=_checks(panel, weights, judged=estimator == "two_way"),
        does_not_say=("untreated_units", "spillovers", "other_changes"),
        tables=tables,
        adjustments=adjustments_of(*panel.listed),
        options={"estimator": estimator, "unbalanced": unbalanced},
    )
    return evaluation_of(number, reading, [outcome])


def _checks(panel: Panel, weights: TwoWay | None, *, judged: bool) -> tuple[Check, ...]:
    """Several dates and negative weights break the regression; imputation they do not."""
    dates = len(panel.cohorts)
    negative = np.nan if weights is None else weights.negative
    passed = negative == 0 if judged and weights is not None else None
    return (
        trend_before(panel),
        Check("one_date", dates == 1 if judged else None, dates, 1),
        Check("two_way_negative_weight", passed, negative, 0.0),
        *common_checks(panel),
    )


def _means(panel: Panel) -> dict[str, pd.DataFrame]:
    """The four means, where all treated units were treated at one date."""
    import pandas as pd

    if len(panel.cohorts) != 1:
        return {}
    after = panel.periods >= panel.cohorts[0]
    rows = []
    for name, units in (
        ("treated", np.isfinite(panel.cohort)),
        ("untreated", np.isinf(panel.cohort)),
    ):
        for when, periods in (("before", ~after), ("after", after)):
            cells = panel.values[np.ix_(units, periods)]
            rows.append((name, when, int(units.sum()), int(np.isfinite(cells).sum()),
                         float(np.nanmean(cells))))  # fmt: skip
    columns = pd.Index(["group", "when", "units", "cells", "mean"])
    return {"means": pd.DataFrame(rows, columns=columns)}


def _by_imputation(panel: Panel, level: float) -> tuple[Number, pd.DataFrame]:
    """Mean effect on treated cells, and by time since treatment."""
    found = impute(panel)
    event = panel.periods - panel.cohort[:, None]
    labels = np.unique(event[np.isfinite(found.effect)])
    weights = [np.ones_like(event), *((event == label).astype(np.float64) for label in labels)]
    parts = [mean_effect(found, weight) for weight in weights]
    effects = np.array([part[0] for part in parts])
    influence = np.column_stack([part[1] for part in parts])
    sums = inference.cluster_sums(influence, panel.cluster)
    table = inference.effects_table({"event": labels}, effects[1:], sums[:, 1:], level=level)
    error = float(inference.errors(sums[:, :1])[0])
    number = of_normal(float(effects[0]), error, level=level, clusters=panel.clusters)
    return number, table
