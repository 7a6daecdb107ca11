# SPDX-License-Identifier: Apache-2.0
"""The record of a forecast of flows between places, beside persistence in the same cells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from keruen.core.arrays import same_cells
from keruen.core.errors import CoverageError
from keruen.project._flowinputs import Array, flow_values, population_values
from keruen.project.skill import Skill, skill

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class FlowRecord:
    """Scores of forecasts of one period of flows.

    Parameters
    ----------
    table : DataFrame
        ``method``, ``wape`` (percent), ``r2_log`` (squared correlation of log levels, pairs
        above zero in both), ``change_correlation`` (of predicted and actual change since
        the last period; missing for the last flow itself) and ``mae`` (persons).
    skill : Skill
        Of the first method, in absolute error, over the best kind of persistence.
    """

    table: pd.DataFrame
    skill: Skill

    @property
    def label(self) -> str:
        """What its results may be called: ``forecast`` only if it beats persistence."""
        return "forecast" if self.skill.verdict == "better" else "fitted levels, not a forecast"


def flow_record(
    forecasts: Mapping[str, xr.DataArray],
    flows: xr.DataArray,
    population: xr.DataArray,
    *,
    seed: int = 0,
) -> FlowRecord:
    """Forecasts of the last period of flows, scored beside persistence.

    Parameters
    ----------
    forecasts : mapping of str to DataArray [origin, destination], persons
        Forecasts made without the last period; the first is the one to be judged.
    flows : DataArray [year, origin, destination], persons
        All periods; the last is the outcome.
    population : DataArray [year, country or region], persons
        Population at the start of every period.
    seed : int, optional
        Seed of the resampling of origins.

    Returns
    -------
    FlowRecord
        Beside the forecasts: the last flow, the out-rate times population, and the mean of
        up to five periods.

    Raises
    ------
    SchemaError
        Flows are not square, or a count is negative or missing.
    CoverageError
        Labels differ, or there are fewer than two periods.

    See Also
    --------
    keruen.project.flows.project_flows : Probabilistic flows.
    keruen.project.gravity.fit_gravity : Levels explained by size and distance.

    Notes
    -----
    Forecasts are called better only when the interval of their skill over the best of the
    three, with origins resampled, lies above zero. The error of a level is the error of
    the change, since all know the last flow.

    References
    ----------
    Beyer, R., Schewe, J. and Lotze-Campen, H. (2022). Humanities and Social Sciences
    Communications 9, 454.

    Examples
    --------
    >>> import numpy as np
    >>> places = list("ABC")
    >>> table = np.array([[0.0, 10, 20], [30, 0, 40], [50, 60, 0]])
    >>> flows = xr.DataArray(
    ...     np.stack([table, table + 2 * (table > 0)]),
    ...     coords={"year": [2000, 2005], "origin": places, "destination": places},
    ...     dims=("year", "origin", "destination"),
    ... )
    >>> people = xr.DataArray(
    ...     np.full((2, 3), 1000.0), coords={"year": [2000, 2005], "country": places},
    ...     dims=("year", "country"),
    ... )
    >>> guess = flows.isel(year=0, drop=True) + 3
    >>> record = flow_record({"guess": guess}, flows, people)
    >>> record.table.set_index("method").wape.round(2).to_dict()["last flow"]
    5.41
    """
    values = flow_values(flows)
    if len(values) < 2:
        raise CoverageError("a record needs two periods of flows", where="flows")
    places = flows.indexes["origin"]
    years = [int(year) for year in flows.indexes["year"][-2:]]
    people = population_values(population, places, years)
    coords = {"origin": list(places), "destination": list(places)}
    outcome = xr.DataArray(values[-1], coords=coords, dims=("origin", "destination"))
    rivals = {
        "last flow": values[-2],
        "out-rate times population": values[-2] * (people[1] / people[0])[:, None],
        "mean of five": values[-6:-1].mean(axis=0),
    }
    judged = {}
    for name, given in forecasts.items():
        _, matched = same_cells(outcome, given.rename(name))
        judged[name] = np.asarray(matched.transpose("origin", "destination"), dtype=np.float64)
    moved = ~np.eye(len(places), dtype=bool)
    rows = [
        {"method": name, **_columns(guess[moved], values[-1][moved], values[-2][moved])}
        for name, guess in {**judged, **rivals}.items()
    ]
    return FlowRecord(table=_table(rows), skill=_skill(judged, rivals, outcome, moved, seed))


def _columns(guess: Array, truth: Array, last: Array) -> dict[str, float]:
    positive = (guess > 0) & (truth > 0)
    return {
        "wape": 100.0 * float(np.nansum(np.abs(guess - truth)) / truth[~np.isnan(guess)].sum()),
        "r2_log": _correlation(np.log(guess[positive]), np.log(truth[positive])) ** 2,
        "change_correlation": _correlation(guess - last, truth - last),
        "mae": float(np.nanmean(np.abs(guess - truth))),
    }


def _correlation(left: Array, right: Array) -> float:
    both = ~(np.isnan(left) | np.isnan(right))
    left, right = left[both], right[both]
    if len(left) < 3 or np.ptp(left) == 0 or np.ptp(right) == 0:
        return float("nan")
    return float(np.corrcoef(left, right)[0, 1])


def _table(rows: list[dict[str, object]]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(rows)


def _skill(
    judged: Mapping[str, Array],
    rivals: Mapping[str, Array],
    outcome: xr.DataArray,
    moved: NDArray[np.bool_],
    seed: int,
) -> Skill:
    errors = {
        name: outcome.copy(data=np.where(moved, np.abs(guess - outcome.to_numpy()), np.nan))
        for name, guess in {**judged, **rivals}.items()
    }
    own = next(iter(judged))
    others = {name: errors[name] for name in rivals}
    return skill(errors[own], others, block="origin", seed=seed)
