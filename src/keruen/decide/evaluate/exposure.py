# SPDX-License-Identifier: Apache-2.0
"""Difference-in-differences by exposure: all are treated at one date, some more than others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, Literal, get_args

import numpy as np
import xarray as xr

from keruen.core.arrays import few, require_dims, same_cells
from keruen.core.errors import CoverageError, EstimationError, SchemaError
from keruen.decide.evaluate._fixed_effects import Fit, fit
from keruen.decide.evaluate._number import Reading, evaluation_of, of_fit
from keruen.decide.evaluate._panel import (
    FEW_CLUSTERS,
    USED_WHERE_SEEN,
    Floats,
    adjustments_of,
    choice,
    clusters_of,
)
from keruen.decide.evaluate.result import Check, Evaluation, refuse_level

if TYPE_CHECKING:
    import pandas as pd

Scale = Literal["level", "log"]

_QUANTILES: Final = {
    "smallest": 0.0, "p10": 0.1, "p25": 0.25, "median": 0.5, "p75": 0.75, "p90": 0.9,
    "largest": 1.0,
}  # fmt: skip
_PRE_TREND: Final = 0.05


def exposure_difference(
    outcome: xr.DataArray,
    exposure: xr.DataArray,
    *,
    start: float,
    scale: Scale = "level",
    theory: float | None = None,
    cluster: xr.DataArray | None = None,
    level: float = 0.95,
) -> Evaluation:
    """Change after a date, by how strongly each unit was exposed to it.

    Parameters
    ----------
    outcome : DataArray [unit, period], any unit
        Outcome of each unit in each numbered period; cells may be missing.
    exposure : DataArray [unit], share or any unit
        Exposure before the change, such as the share of a region's workers who are migrants.
    start : float
        First period after the change.
    scale : {"level", "log"}, optional
        Which is the estimate: beta, or the semi-elasticity from the log of the outcome. Both
        stand in the table ``scales``.
    theory : float, optional
        Value that theory predicts on that scale: the estimate is tested against it, not only
        against zero.
    cluster : DataArray [unit], optional
        Group within which units are dependent; the unit itself when not given.
    level : float, optional
        Probability of the interval.

    Returns
    -------
    Evaluation
        Tables ``scales``, ``exposure`` (its distribution), ``events`` (exposure times period,
        against the last before ``start``).

    Raises
    ------
    EstimationError
        Exposure is the same for all (``NotIdentified``), there is no period before or after
        (``OnePeriod``), or one cluster (``OneCluster``).
    SchemaError
        Dimensions do not fit, or the log of an outcome of 0 or less is asked (``NotPositive``).
    CoverageError
        An exposure is missing.

    See Also
    --------
    keruen.decide.evaluate.difference_in_differences : Treated or not.

    Notes
    -----
    ``Y_it = a_i + b_t + beta post_t exposure_i + e_it`` by pyfixest, errors by cluster, interval
    by Student's t. Beta is the change of the outcome for one unit of exposure; if exposure is a
    share, from nobody to everybody.

    References
    ----------
    Card, D. (1992). Industrial and Labor Relations Review 46(1), 22-37.
    Clemens, M., Lewis, E. and Postel, H. (2018). American Economic Review 108(6), 1468-1487.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> unit, year = {"region": np.arange(40)}, {"year": np.arange(2018, 2024)}
    >>> share = xr.DataArray(rng.uniform(0, 0.5, 40), unit)
    >>> y = xr.DataArray(10 + rng.normal(0, 0.1, (40, 6)), {**unit, **year})
    >>> y = y + 2.0 * share * (y.year >= 2021)
    >>> found = exposure_difference(y, share, start=2021, theory=0.0)
    >>> low, high = found.interval.values
    >>> bool(low < 2.0 < high)
    True
    """
    refuse_level(level)
    choice(scale, get_args(Scale), "scale")
    table, listed, units, periods = _table(outcome, exposure, cluster)
    after = periods >= start
    if after.all() or not after.any():
        raise EstimationError(
            "there is no period on one side of the change",
            where=f"start={start:g}; periods {few(periods)}",
            remedy="give the first period after the change",
            id="OnePeriod",
        )
    table["dose"] = table["exposure"] * after[table["period"]]
    scales = {"level": table}
    if (table["y"] > 0).all():
        scales["log"] = table.assign(y=np.log(table["y"]))
    elif scale == "log":
        raise SchemaError(
            "an outcome of 0 or less has no log",
            where=str(outcome.name or "outcome"),
            remedy='use scale="level", or policy_gravity for counts with zeros',
            id="NotPositive",
        )
    else:
        reason = "no semi-elasticity: some outcomes are 0 or less"
        listed.append(("scale=log", "asked", "left out", reason))
    fits = {name: _fit(one) for name, one in scales.items()}
    by_period, chance = _events(scales[scale], periods, start, level)
    units_of = str(outcome.attrs.get("units", "units of the outcome"))
    reading = Reading(
        method="exposure",
        units=f"{units_of if scale == 'level' else 'log points'} per unit of exposure",
        assumption="parallel_trends_by_exposure",
        checks=_checks(fits[scale], chance, theory, level),
        does_not_say=("common_effect", "spillovers", "other_changes"),
        tables={
            "scales": _scales(fits, scale, theory, level),
            "exposure": _distribution(table, units),
            "events": by_period,
        },
        adjustments=adjustments_of(*listed),
        options={"start": start, "scale": scale, "theory": theory},
    )
    return evaluation_of(of_fit(fits[scale], level), reading, [outcome, exposure])


def _checks(found: Fit, chance: float, theory: float | None, level: float) -> tuple[Check, ...]:
    """Trends before, clusters, and theory where it says something."""
    passed = None if np.isnan(chance) else chance >= _PRE_TREND
    clusters = found.degrees + 1
    checks = (
        Check("pre_trend_by_exposure", passed, chance, _PRE_TREND),
        Check("clusters", clusters >= FEW_CLUSTERS, clusters, FEW_CLUSTERS),
    )
    if theory is None:
        return checks
    agrees = float(found.p_values(theory)[0])
    limit = round(1.0 - level, 12)
    return (*checks, Check("theory", agrees >= limit, agrees, limit))


def _table(
    outcome: xr.DataArray, exposure: xr.DataArray, cluster: xr.DataArray | None
) -> tuple[pd.DataFrame, list[tuple[str, object, object, str]], pd.Index, Floats]:
    """One row a seen cell; and what was left out."""
    import pandas as pd

    require_dims(exposure, name="exposure")
    unit = str(exposure.dims[0])
    require_dims(outcome, unit, name="outcome")
    if exposure.ndim != 1 or outcome.ndim != 2:
        raise SchemaError(
            "exposure has a value a unit, the outcome one a unit and period",
            where=f"exposure has {few(exposure.dims)}; outcome has {few(outcome.dims)}",
            remedy="give outcome [unit, period] and exposure [unit]",
        )
    outcome, exposure = same_cells(outcome, exposure.rename("exposure"))
    time = next(str(dim) for dim in outcome.dims if dim != unit)
    values = np.asarray(outcome.transpose(unit, time).sortby(time), dtype=np.float64)
    strength = np.asarray(exposure, dtype=np.float64)
    units = outcome.indexes[unit]
    if not np.isfinite(strength).all():
        raise CoverageError(
            "an exposure is missing", where=few(units[~np.isfinite(strength)]),
            remedy="fill it, or leave the unit out",
        )  # fmt: skip
    codes = clusters_of(cluster, outcome, unit)
    if len(np.unique(codes)) < 2:
        raise EstimationError(
            "all units are of one cluster: no interval can be given",
            where="cluster",
            remedy="cluster by unit",
            id="OneCluster",
        )
    seen = np.isfinite(values)
    listed: list[tuple[str, object, object, str]] = [
        (str(units[row]), values.shape[1], int(seen[row].sum()), USED_WHERE_SEEN)
        for row in np.flatnonzero(~seen.all(1))
    ]
    row, column = np.nonzero(seen)
    table = pd.DataFrame(
        {"y": values[row, column], "unit": row, "period": column, "cluster": codes[row],
         "exposure": strength[row]}
    )  # fmt: skip
    periods = np.sort(np.asarray(outcome.indexes[time], dtype=np.float64))
    return table, listed, units, periods


def _fit(table: pd.DataFrame) -> Fit:
    return fit(table, ["dose"], ["unit", "period"], model="least_squares",
               names={"dose": "exposure after the change"})  # fmt: skip


def _events(
    table: pd.DataFrame, periods: Floats, start: float, level: float
) -> tuple[pd.DataFrame, float]:
    """Exposure by period against the last before the change; the joint test of those before."""
    import pandas as pd

    base = int(np.flatnonzero(periods < start)[-1])
    places = [place for place in range(len(periods)) if place != base]
    columns = {f"in_{n}": table["exposure"] * (table["period"] == n) for n in places}
    found = fit(table.assign(**columns), list(columns), ["unit", "period"], model="least_squares")
    low, high = found.interval(level)
    rows = pd.DataFrame(
        {"period": periods[places], "effect": found.estimate, "standard_error": found.error,
         "low": low, "high": high}
    )  # fmt: skip
    rows = pd.concat([rows, pd.DataFrame({"period": [periods[base]], "effect": [0.0]})])
    early: Sequence[int] = [n for n, place in enumerate(places) if place < base]
    return rows.sort_values("period", ignore_index=True), found.joint(early)


def _scales(fits: dict[str, Fit], scale: str, theory: float | None, level: float) -> pd.DataFrame:
    import pandas as pd

    rows = []
    for name, found in fits.items():
        low, high = found.interval(level)
        value = theory if theory is not None and name == scale else np.nan
        rows.append(
            {"scale": name, "effect": found.estimate[0], "standard_error": found.error[0],
             "low": low[0], "high": high[0], "p_value": found.p_values()[0],
             "theory": value, "p_theory": found.p_values(value)[0]}
        )  # fmt: skip
    return pd.DataFrame(rows)


def _distribution(table: pd.DataFrame, units: pd.Index) -> pd.DataFrame:
    import pandas as pd

    of_units = table.groupby("unit")["exposure"].first()
    quantiles = np.quantile(of_units, list(_QUANTILES.values())).tolist()
    figures = dict(zip(_QUANTILES, quantiles, strict=True)) | {
        "mean": float(of_units.mean()),
        "standard_deviation": float(of_units.std(ddof=1)),
        "units": float(len(units)),
        "units_with_none": float((of_units == 0).sum()),
    }
    return pd.DataFrame({"figure": list(figures), "value": list(figures.values())})
