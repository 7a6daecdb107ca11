# SPDX-License-Identifier: Apache-2.0
"""Effects of a policy that reached units at different dates, cohort by cohort."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import xarray as xr

from keruen.core.arrays import stamp
from keruen.core.random import stream
from keruen.decide.evaluate import _influence as inference
from keruen.decide.evaluate._group_time_cells import Base, Controls, estimate_cells
from keruen.decide.evaluate._group_time_tables import (
    Bands,
    checks,
    comparison,
    effect_tables,
    not_estimated,
)
from keruen.decide.evaluate._number import Reading, evaluation_of, of_normal
from keruen.decide.evaluate._panel import (
    Unbalanced,
    adjustments_of,
    choice,
    panel_of,
    whole_numbers,
)
from keruen.decide.evaluate._two_way import two_way
from keruen.decide.evaluate.result import Evaluation, refuse_level

if TYPE_CHECKING:
    import pandas as pd

Overall = Literal["cohort", "simple", "event", "period"]
"""How the effects of cohorts and periods become one number."""


@dataclass(frozen=True)
class GroupTimeCells:
    """Effect of every cohort in every period, and each unit's influence on it.

    Parameters
    ----------
    effect : DataArray [cohort, period], in units of the outcome
        Missing where there was no base period or no controls. The dimension of periods has the
        name it has in the outcome.
    standard_error : DataArray [cohort, period], in units of the outcome
        Of each alone, by cluster.
    influence : DataArray [unit, cohort, period], in units of the outcome
        The mean over units of its products is the covariance of two effects times the number of
        units: any further aggregate can be built from it.
    adjustments : DataFrame
        What was left out: ``key``, ``before``, ``after``, ``reason``.

    See Also
    --------
    group_time_cells : Makes it.
    """

    effect: xr.DataArray
    standard_error: xr.DataArray
    influence: xr.DataArray
    adjustments: pd.DataFrame


def group_time_cells(
    outcome: xr.DataArray,
    first_treated: xr.DataArray,
    *,
    controls: Controls = "never",
    base: Base = "varying",
    covariates: xr.Dataset | None = None,
    cluster: xr.DataArray | None = None,
    anticipation: int = 0,
    unbalanced: Unbalanced = "pairs",
) -> GroupTimeCells:
    """Effects by cohort and period with unit-level influence functions.

    Parameters
    ----------
    outcome : DataArray [unit, period], any unit
        Outcome of each unit in each numbered period; cells may be missing.
    first_treated : DataArray [unit], period
        Period in which a unit was first treated; missing for units that never were.
    controls : {"never", "not_yet"}, optional
        Compare with units never treated, or with all not treated by then.
    base : {"varying", "universal"}, optional
        What periods before treatment are set against.
    covariates : Dataset [unit], optional
        Traits before treatment on which trends may depend.
    cluster : DataArray [unit], optional
        Group within which units are dependent; the unit itself when not given.
    anticipation : int, optional
        Periods before treatment in which units may already react.
    unbalanced : {"pairs", "complete"}, optional
        With gaps: take units seen in both periods of a comparison, or only those seen in all.

    Returns
    -------
    GroupTimeCells

    Raises
    ------
    EstimationError
        As in ``group_time_effects``.

    See Also
    --------
    group_time_effects : Aggregates, bands, checks; the same options at length.

    Examples
    --------
    >>> unit, year = {"region": list("abcd")}, {"year": [2001, 2002]}
    >>> y = xr.DataArray([[1.0, 4.0], [2.0, 6.0], [1.0, 2.0], [3.0, 3.0]], {**unit, **year})
    >>> start = xr.DataArray([2002, 2002, np.nan, np.nan], unit)
    >>> group_time_cells(y, start).effect.sel(cohort=2002, year=2002).item()
    3.0
    """
    _refuse_options(controls, base, unbalanced)
    panel = panel_of(
        outcome, first_treated, covariates=covariates, cluster=cluster,
        anticipation=anticipation, unbalanced=unbalanced,
    )  # fmt: skip
    cells = estimate_cells(panel, controls, base, anticipation)
    keys = {"cohort": whole_numbers(cells.cohort), panel.time: whole_numbers(cells.period)}
    shape = {name: np.unique(key) for name, key in keys.items()}
    place = tuple(np.searchsorted(shape[name], key) for name, key in keys.items())
    error = inference.errors(inference.cluster_sums(cells.influence, panel.cluster))

    def labelled(values: np.ndarray, name: str, *first: str) -> xr.DataArray:
        full = np.full((*values.shape[:-1], *(len(label) for label in shape.values())), np.nan)
        full[..., place[0], place[1]] = values
        coords = {panel.unit: panel.units} if first else {}
        array = xr.DataArray(full, {**coords, **shape}, [*first, *shape])
        return stamp(array, name=name, units=panel.units_of_outcome, kind="index")

    influence = np.where(np.isfinite(cells.effect), cells.influence, np.nan)
    return GroupTimeCells(
        effect=labelled(cells.effect, "effect"),
        standard_error=labelled(error, "standard_error"),
        influence=labelled(influence, "influence", panel.unit),
        adjustments=adjustments_of(*panel.listed, *not_estimated(cells, panel)),
    )


def group_time_effects(
    outcome: xr.DataArray,
    first_treated: xr.DataArray,
    *,
    seed: int,
    controls: Controls = "never",
    base: Base = "varying",
    covariates: xr.Dataset | None = None,
    cluster: xr.DataArray | None = None,
    anticipation: int = 0,
    unbalanced: Unbalanced = "pairs",
    overall: Overall = "cohort",
    level: float = 0.95,
    draws: int = 999,
) -> Evaluation:
    """Effect of a policy that reached units at different dates (Callaway and Sant'Anna).

    Parameters
    ----------
    outcome : DataArray [unit, period], any unit
        Outcome of each region, country, firm ... in each year or other numbered period. Cells
        may be missing.
    first_treated : DataArray [unit], period
        Period in which a unit was first treated; missing for units that never were. Treatment
        lasts.
    seed : int
        Of the bootstrap behind the bands.
    controls : {"never", "not_yet"}, optional
        Compare with units never treated, or with all not treated by then.
    base : {"varying", "universal"}, optional
        Periods before treatment are set against the period before them, or all against the
        last before treatment. Effects of treated periods are the same.
    covariates : Dataset [unit], optional
        Traits before treatment on which trends may depend; the estimate is then doubly robust.
    cluster : DataArray [unit], optional
        Group within which units are dependent; the unit itself when not given.
    anticipation : int, optional
        Periods before treatment in which units may already react.
    unbalanced : {"pairs", "complete"}, optional
        With gaps: take units seen in both periods of a comparison, or only those seen in all.
    overall : {"cohort", "simple", "event", "period"}, optional
        Which aggregate is the estimate; all four stand in the table ``overall``.
    level : float, optional
        Probability of intervals and bands.
    draws : int, optional
        Draws of the bootstrap.

    Returns
    -------
    Evaluation
        Tables ``cells``, ``events``, ``cohorts``, ``periods``, ``overall``, ``two_way``
        (weights of two-way fixed effects on every cell) and ``comparison`` (how far the two
        part, and why).

    Raises
    ------
    EstimationError
        There are no controls (``NoControls``), no treated unit with a period before
        (``NoTreated``), only one (``OneTreated``), one cluster (``OneCluster``), covariates that
        cannot be told apart (``NotIdentified``) or that separate treated units from controls
        (``PerfectSeparation``).
    SchemaError
        Dimensions do not fit, an option is unknown, or a date is 0 (``ZeroDate``).
    CoverageError
        Units differ, or a covariate or cluster is missing.

    See Also
    --------
    group_time_cells : The cells with their influence functions.
    keruen.decide.evaluate.difference_in_differences : One date, or two-way fixed effects.

    Notes
    -----
    Without covariates ``ATT(g, t) = mean_{G=g}[Y_t - Y_b] - mean_{C}[Y_t - Y_b]``, b the last
    period before treatment. With covariates, changes less a regression fitted to controls, and
    controls weighted by the odds of a logit. ``simple`` weights all treated cells by the size
    of their cohort, ``event`` averages over time since treatment, ``cohort`` each cohort over
    its time and then by size, ``period`` over the calendar.

    Cells share controls: standard errors come from influence functions of units summed by
    cluster, and bands that hold all cells together from random signs of clusters. The test of
    trends before treatment is joint. In an unbalanced panel a unit counts in the comparisons in
    which it is seen twice, cohorts are weighted by all their units, and every such unit is
    listed in the adjustments. Two-way weights rest on the units that are complete.

    References
    ----------
    Callaway, B. and Sant'Anna, P. H. C. (2021). Journal of Econometrics 225(2), 200-230.
    Sant'Anna, P. H. C. and Zhao, J. (2020). Journal of Econometrics 219(1), 101-122.
    de Chaisemartin, C. and D'Haultfoeuille, X. (2020). American Economic Review 110(9).

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> unit, year = {"region": np.arange(60)}, {"year": np.arange(2018, 2026)}
    >>> start = xr.DataArray(np.repeat([2021, 2023, np.nan], 20), unit)
    >>> y = xr.DataArray(rng.normal(size=(60, 8)), {**unit, **year})
    >>> y = y + 2.0 * (y.year >= start)
    >>> found = group_time_effects(y, start, seed=1)
    >>> low, high = found.interval.values
    >>> bool(low < 2.0 < high), [one.id for one in found.checks if one.passed is False]
    (True, [])
    """
    _refuse_options(controls, base, unbalanced)
    choice(overall, get_args(Overall), "overall")
    refuse_level(level)
    panel = panel_of(
        outcome, first_treated, covariates=covariates, cluster=cluster,
        anticipation=anticipation, unbalanced=unbalanced,
    )  # fmt: skip
    cells = estimate_cells(panel, controls, base, anticipation)
    weights = two_way(panel)
    bands = Bands(panel, level, draws, stream(seed, "evaluate", "group-time"))
    tables = effect_tables(cells, anticipation, bands)
    figures = tables["overall"].set_index("aggregate")[["effect", "standard_error"]].to_numpy()
    if weights is not None:
        tables |= comparison(weights, float(figures[0, 0]))
    place = tables["overall"]["aggregate"].tolist().index(overall)
    estimate, error = figures[place].tolist()
    reading = Reading(
        method="group-time",
        units=panel.units_of_outcome,
        assumption="parallel_trends_not_yet" if controls == "not_yet" else "parallel_trends",
        checks=checks(cells, panel, anticipation, weights),
        does_not_say=("untreated_units", "spillovers", "other_changes"),
        tables=tables,
        adjustments=adjustments_of(*panel.listed, *not_estimated(cells, panel)),
        options={
            "controls": controls, "base": base, "anticipation": anticipation,
            "unbalanced": unbalanced, "overall": overall, "draws": draws, "seed": seed,
            "covariates": list(panel.covariate_names),
        },
    )  # fmt: skip
    number = of_normal(estimate, error, level=level, clusters=panel.clusters)
    return evaluation_of(number, reading, [outcome])


def _refuse_options(controls: str, base: str, unbalanced: str) -> None:
    choice(controls, get_args(Controls), "controls")
    choice(base, get_args(Base), "base")
    choice(unbalanced, get_args(Unbalanced), "unbalanced")
