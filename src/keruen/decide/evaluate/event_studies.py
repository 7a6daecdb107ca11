# SPDX-License-Identifier: Apache-2.0
"""Event study: how the outcome moved around a dated change, period by period."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from keruen.core.arrays import same_cells, stamp
from keruen.core.errors import EstimationError, SchemaError
from keruen.decide.evaluate._fixed_effects import Fit, fit
from keruen.decide.evaluate._long_table import long_table
from keruen.decide.evaluate._panel import (
    USED_WHERE_SEEN,
    Bools,
    Floats,
    Panel,
    Unbalanced,
    adjustments_of,
    common_checks,
    panel_of,
    whole_numbers,
)
from keruen.decide.evaluate.result import Check, Evaluation, bounds, refuse_level

if TYPE_CHECKING:
    import pandas as pd

_PRE_TREND = 0.05


def event_study(
    outcome: xr.DataArray,
    first_treated: xr.DataArray,
    *,
    window: tuple[int, int] | None = None,
    other_events: xr.DataArray | None = None,
    controls: xr.Dataset | None = None,
    cluster: xr.DataArray | None = None,
    unbalanced: Unbalanced = "pairs",
    level: float = 0.95,
) -> Evaluation:
    """Outcome of treated units less that of the others, by time from the event.

    Parameters
    ----------
    outcome : DataArray [unit, period], any unit
        Outcome of each unit in each numbered period: years, months, weeks.
    first_treated : DataArray [unit], period
        Period of the event; missing for units without one.
    window : tuple of int, optional
        Periods before (negative) and after the event that have an effect of their own; earlier
        and later ones share that of the end. All when not given.
    other_events : DataArray [unit, period], 0 or 1, optional
        Other events known: the window is checked to be clean of them.
    controls : Dataset [unit, period], optional
        Traits that change over time.
    cluster : DataArray [unit], optional
        Group within which units are dependent; the unit itself when not given.
    unbalanced : {"pairs", "complete"}, optional
        With gaps: use every cell seen, or only units seen in all periods.
    level : float, optional
        Probability of intervals and of the band.

    Returns
    -------
    Evaluation
        The estimate has the dimension ``event``, periods since the event, without the last one
        before it, to which all are compared. Table ``events`` has it with effect 0 and adds the
        band that holds all effects together, and the number of units.

    Raises
    ------
    EstimationError
        ``NoTreated``, ``OneTreated``, ``NoControls``, ``OneCluster``, or events too few to tell
        all effects apart (``NotIdentified``).
    SchemaError
        Dimensions do not fit, or the window leaves nothing before or after.

    See Also
    --------
    keruen.decide.evaluate.group_time_effects : When units were treated at several dates.

    Notes
    -----
    ``Y_it = a_i + b_t + sum_e beta_e 1{t - g_i = e} + error``, e = -1 left out, by pyfixest with
    errors by cluster. With several dates a coefficient mixes effects of other times unless
    effects are the same for all dates; the check ``one_date`` says so. Bands are Bonferroni's.

    References
    ----------
    Sun, L. and Abraham, S. (2021). Journal of Econometrics 225(2), 175-199.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> unit, year = {"region": np.arange(40)}, {"year": np.arange(2018, 2024)}
    >>> start = xr.DataArray(np.where(np.arange(40) < 15, 2021.0, np.nan), unit)
    >>> y = xr.DataArray(rng.normal(0, 0.2, (40, 6)), {**unit, **year})
    >>> y = y + 3.0 * (y.year >= start)
    >>> found = event_study(y, start)
    >>> found.estimate.sel(event=[-2, 0, 2]).round().astype(int).values.tolist()
    [0, 3, 3]
    """
    refuse_level(level)
    panel = panel_of(
        outcome, first_treated, cluster=cluster, unbalanced=unbalanced, gaps=USED_WHERE_SEEN
    )
    event, reference = _events(panel, window)
    labels = np.unique(event[np.isfinite(event)])
    labels = labels[labels != reference]
    found = _fit(panel, event, labels, controls)
    count = len(labels)
    array = {"event": whole_numbers(labels)}
    low, high = (xr.DataArray(end[:count], array) for end in found.interval(level))
    effect = xr.DataArray(found.estimate[:count], array)
    checks = _checks(panel, found.joint(np.flatnonzero(labels < reference)))
    if other_events is not None:
        checks = (*checks, _clean(panel, other_events, window))
    return Evaluation(
        method="event-study",
        estimate=stamp(
            effect, name="effect", units=panel.units_of_outcome, kind="index", inputs=[outcome]
        ),
        interval=bounds(low, high, level=level),
        level=level,
        standard_error=xr.DataArray(found.error[:count], array),
        p_value=xr.DataArray(found.p_values()[:count], array),
        clusters=panel.clusters,
        assumption="parallel_trends_no_anticipation",
        checks=checks,
        does_not_say=("untreated_units", "spillovers", "other_events"),
        tables={"events": _table(panel, event, reference, found, level)},
        adjustments=adjustments_of(*panel.listed, *_joined(panel, window)),
        library=found.library,
        options={"window": window, "unbalanced": unbalanced, "reference": reference},
    )


def _checks(panel: Panel, chance: float) -> tuple[Check, ...]:
    dates = len(panel.cohorts)
    passed = None if np.isnan(chance) else chance >= _PRE_TREND
    return (
        Check("pre_trend", passed, chance, _PRE_TREND),
        Check("one_date", dates == 1, dates, 1),
        *common_checks(panel),
    )


def _events(panel: Panel, window: tuple[int, int] | None) -> tuple[Floats, float]:
    """Periods since the event of each cell, and the one that all are compared to."""
    event = np.where(
        np.isfinite(panel.cohort)[:, None], panel.periods - panel.cohort[:, None], np.nan
    )
    early = event[event < 0]
    reference = float(early.max())
    if window is not None:
        if not (window[0] < reference and window[1] >= 0):
            raise SchemaError(
                f"the window {window} does not reach around the event",
                where=f"compared to {reference:g}",
                remedy="give periods before and after, such as (-4, 6)",
                id="BadWindow",
            )
        event = np.clip(event, window[0], window[1])
    return event, reference


def _fit(panel: Panel, event: Floats, labels: Floats, controls: xr.Dataset | None) -> Fit:
    """One term a period from the event, then the controls."""
    table, terms, names = long_table(panel, controls)
    of_row = event[table["unit"], table["period"]]
    columns = {f"event_{n}": (of_row == label).astype(float) for n, label in enumerate(labels)}
    names |= {f"event_{n}": f"event {label:g}" for n, label in enumerate(labels)}
    try:
        return fit(
            table.assign(**columns),
            [*columns, *terms],
            ["unit", "period"],
            model="least_squares",
            names=names,
        )
    except EstimationError as error:
        if error.id == "NotIdentified":
            error.remedy = (
                "take a shorter window, so that ends are joined, or add units without event"
            )
        raise


def _joined(panel: Panel, window: tuple[int, int] | None) -> list[tuple[str, object, object, str]]:
    """Ends of the window that stand for more than one period."""
    if window is None:
        return []
    event = panel.periods - panel.cohort[np.isfinite(panel.cohort)][:, None]
    found: list[tuple[str, object, object, str]] = []
    for end, beyond, farthest in (
        (window[0], event < window[0], event.min()),
        (window[1], event > window[1], event.max()),
    ):
        if beyond.any():
            reason = "periods beyond the window share the effect of its end"
            found.append((f"event={farthest:g}", f"{farthest:g}", f"{end}", reason))
    return found


def _clean(panel: Panel, other_events: xr.DataArray, window: tuple[int, int] | None) -> Check:
    """Treated units that another event reached within the window."""
    own = np.isfinite(panel.cohort)
    cells = xr.DataArray(panel.values, {panel.unit: panel.units, panel.time: panel.periods})
    given = other_events.sel({panel.unit: other_events.indexes[panel.unit].isin(panel.units)})
    other = same_cells(cells, given)[1].transpose(panel.unit, panel.time).to_numpy() > 0
    event = panel.periods - panel.cohort[:, None]
    first, last = window or (-np.inf, np.inf)
    inside = own[:, None] & (event >= first) & (event <= last)
    touched: Bools = np.asarray((other & inside).any(1))
    where = ", ".join(str(one) for one in panel.units[touched][:5])
    return Check("clean_window", not touched.any(), int(touched.sum()), 0, where=where)


def _table(panel: Panel, event: Floats, reference: float, found: Fit, level: float) -> pd.DataFrame:
    import pandas as pd

    labels = np.unique(event[np.isfinite(event)])
    labels = labels[labels != reference]
    count = len(labels)
    low, high = found.interval(level)
    band = found.interval(level, among=count)
    seen = np.isfinite(panel.values)
    table = pd.DataFrame(
        {
            "event": labels,
            "effect": found.estimate[:count],
            "standard_error": found.error[:count],
            "low": low[:count],
            "high": high[:count],
            "band_low": band[0][:count],
            "band_high": band[1][:count],
        }
    )
    base = pd.DataFrame({"event": [reference], "effect": [0.0]})
    table = pd.concat([table, base], ignore_index=True).sort_values("event", ignore_index=True)
    units = [int((seen & (event == label)).any(1).sum()) for label in table["event"]]
    return table.assign(event=whole_numbers(table["event"].to_numpy()), units=units)
