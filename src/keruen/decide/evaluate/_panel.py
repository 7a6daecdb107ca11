# SPDX-License-Identifier: Apache-2.0
"""A panel of units with the date each was first treated, as numbers and in one order."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from keruen.core.arrays import few, require_dims, same_cells
from keruen.core.errors import CoverageError, EstimationError, SchemaError
from keruen.decide.evaluate.result import Check, no_adjustments

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Unbalanced = Literal["pairs", "complete"]
"""With gaps in a panel: every comparison takes the units seen in both its periods, or only
units seen in all periods count."""

USED_IN_PAIRS: Final = "periods missing: used where both periods of a comparison are seen"
USED_WHERE_SEEN: Final = "periods missing: used where seen"
"""What became of units with gaps."""

FEW_CLUSTERS: Final = 30
"""Below this number, intervals that rest on clusters tend to be too short."""


@dataclass(frozen=True)
class Panel:
    """Outcomes (unit, period) with cohort, covariates and cluster of each unit."""

    unit: str
    time: str
    units: pd.Index
    periods: Floats
    values: Floats
    cohort: Floats  # infinite: never treated
    cluster: Ints
    covariates: Floats  # (unit, covariate)
    covariate_names: tuple[str, ...]
    listed: tuple[tuple[str, object, object, str], ...]
    units_of_outcome: str

    @property
    def cohorts(self) -> Floats:
        """Dates at which some unit was first treated."""
        return np.unique(self.cohort[np.isfinite(self.cohort)])

    @property
    def clusters(self) -> int:
        """Number of clusters."""
        return len(np.unique(self.cluster))

    def treated(self) -> Bools:
        """Whether a unit is under treatment in a period."""
        found: Bools = self.periods >= self.cohort[:, None]
        return found

    def keep(self, rows: Bools) -> Panel:
        """The panel of some units."""
        return replace(
            self,
            units=self.units[rows],
            values=self.values[rows],
            cohort=self.cohort[rows],
            cluster=self.cluster[rows],
            covariates=self.covariates[rows],
        )


def panel_of(
    outcome: xr.DataArray,
    first_treated: xr.DataArray,
    *,
    covariates: xr.Dataset | None = None,
    cluster: xr.DataArray | None = None,
    anticipation: int = 0,
    unbalanced: Unbalanced = "pairs",
    gaps: str = USED_IN_PAIRS,
) -> Panel:
    """Align, check and set aside what cannot be used, each with its reason."""
    unit, time = _dims(outcome, first_treated)
    outcome, first_treated = same_cells(
        outcome.rename(outcome.name or "outcome"), first_treated.rename("first_treated")
    )
    outcome = outcome.transpose(unit, time).sortby(time)
    values = np.array(outcome, dtype=np.float64)
    if np.isinf(values).any():
        at = np.argwhere(np.isinf(values))[0]
        where = f"{outcome.indexes[unit][at[0]]}, {outcome.indexes[time][at[1]]}"
        raise SchemaError("an outcome is infinite", where=where, remedy="leave it empty")
    periods = np.asarray(outcome.indexes[time], dtype=np.float64)
    names, columns = _covariates(covariates, outcome, unit)
    panel = Panel(
        unit=unit,
        time=time,
        units=outcome.indexes[unit],
        periods=periods,
        values=values,
        cohort=_cohorts(first_treated, outcome.indexes[unit]),
        cluster=clusters_of(cluster, outcome, unit),
        covariates=columns,
        covariate_names=names,
        listed=(),
        units_of_outcome=str(outcome.attrs.get("units", "units of the outcome")),
    )
    return _usable(panel, anticipation, unbalanced, gaps)


def _dims(outcome: xr.DataArray, first_treated: xr.DataArray) -> tuple[str, str]:
    require_dims(outcome, name="outcome")
    require_dims(first_treated, name="first_treated")
    units, cells = ([str(dim) for dim in one.dims] for one in (first_treated, outcome))
    if len(units) != 1 or len(cells) != 2 or units[0] not in cells:
        raise SchemaError(
            "a panel has a dimension of units and one of periods",
            where=f"outcome has {few(cells)}; first_treated has {few(units)}",
            remedy="give outcome [unit, period] and first_treated [unit]",
        )
    time = next(dim for dim in cells if dim != units[0])
    if outcome.indexes[time].dtype.kind not in "iuf":
        raise SchemaError(
            "periods must be numbers, such as years",
            where=f"'{time}' holds {few(outcome.indexes[time])}",
            remedy="number the periods",
            id="PeriodNotNumber",
        )
    return units[0], time


def _cohorts(first_treated: xr.DataArray, units: pd.Index) -> Floats:
    """Dates of first treatment; a missing date means never."""
    try:
        dates = np.array(first_treated, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise SchemaError(
            "a date of first treatment is not a number",
            where="first_treated",
            remedy="give the period, such as 2004, and leave units never treated empty",
        ) from error
    if (dates == 0).any():
        raise SchemaError(
            "0 is not a period",
            where=f"first_treated of {few(units[dates == 0])}",
            remedy="leave units that were never treated empty",
            id="ZeroDate",
        )
    return np.where(np.isnan(dates), np.inf, dates)


def _covariates(
    covariates: xr.Dataset | None, outcome: xr.DataArray, unit: str
) -> tuple[tuple[str, ...], Floats]:
    if covariates is None or not len(covariates):
        return (), np.empty((outcome.sizes[unit], 0))
    columns = []
    for name, column in covariates.items():
        if tuple(column.dims) != (unit,):
            raise SchemaError(
                f"covariate '{name}' must have one value a unit",
                where=f"it has {few(column.dims)}",
                remedy="take it from a period before treatment, such as .sel(year=2003)",
            )
        values = np.asarray(same_cells(outcome, column)[1], dtype=np.float64)
        if not np.isfinite(values).all():
            missing = outcome.indexes[unit][~np.isfinite(values)]
            raise CoverageError(
                f"covariate '{name}' is missing for {len(missing)} units",
                where=few(missing),
                remedy="fill it, or leave the units or the covariate out",
            )
        columns.append(values)
    return tuple(str(name) for name in covariates), np.column_stack(columns)


def clusters_of(cluster: xr.DataArray | None, outcome: xr.DataArray, unit: str) -> Ints:
    """Number of the cluster of each unit; the unit itself where none are given."""
    import pandas as pd

    if cluster is None:
        return np.arange(outcome.sizes[unit])
    require_dims(cluster, unit, name="cluster")
    labels = same_cells(outcome, cluster.rename("cluster"))[1].to_numpy()
    codes = pd.factorize(labels)[0]
    if (codes < 0).any():
        missing = outcome.indexes[unit][codes < 0]
        raise CoverageError(
            "units have no cluster", where=few(missing), remedy="give each unit its cluster"
        )
    return codes.astype(np.int64)


def _usable(panel: Panel, anticipation: int, unbalanced: Unbalanced, gaps: str) -> Panel:
    """Without units that tell nothing, each of them listed."""
    listed: list[tuple[str, object, object, str]] = []
    seen = np.isfinite(panel.values).sum(1)
    whole = len(panel.periods)
    last = panel.periods[-1] + anticipation
    late = np.isfinite(panel.cohort) & (panel.cohort > last)
    names = [str(unit) for unit in panel.units]
    for row in np.flatnonzero(late).tolist():
        date = float(panel.cohort[row])
        listed.append((names[row], date, "never", "treated after the panel ends"))
    reasons = {
        "treated from the first period on": panel.cohort - anticipation <= panel.periods[0],
        "first treated so soon after the panel that it may anticipate": (
            (panel.cohort > panel.periods[-1]) & ~late & np.isfinite(panel.cohort)
        ),
        "seen in fewer than two periods": seen < 2,
    }
    if unbalanced == "complete":
        reasons["not seen in all periods"] = seen < whole
    gone = np.zeros(len(seen), dtype=bool)
    for reason, rows in reasons.items():
        out = np.flatnonzero(rows & ~gone).tolist()
        listed += [(names[row], int(seen[row]), 0, reason) for row in out]
        gone |= rows
    if unbalanced == "pairs":
        some = np.flatnonzero(~gone & (seen < whole)).tolist()
        listed += [(names[row], whole, int(seen[row]), gaps) for row in some]
    cohort = np.where(late, np.inf, panel.cohort)
    kept = replace(panel, cohort=cohort).keep(~gone)
    _identified(kept)
    return replace(kept, listed=tuple(listed))


def _identified(panel: Panel) -> None:
    if len(panel.periods) < 2:
        raise EstimationError(
            "a panel needs two periods", where=f"{len(panel.periods)} given", id="OnePeriod"
        )
    if not np.isfinite(panel.cohort).any():
        raise EstimationError(
            "no unit is seen before and after its treatment",
            where="first_treated",
            remedy="give the period in which each treated unit was first treated",
            id="NoTreated",
        )
    if len(np.unique(panel.cohort)) < 2:
        raise EstimationError(
            "all units were treated in the same period: there is nothing to compare them with",
            where=f"first_treated={panel.cohort[0]:g}",
            remedy="add units that were not treated, or treated later",
            id="NoControls",
        )
    if panel.clusters < 2:
        raise EstimationError(
            "all units are of one cluster: no interval can be given",
            where="cluster",
            remedy="cluster by unit, or use synthetic control for one treated unit",
            id="OneCluster",
        )
    treated = np.isfinite(panel.cohort)
    if len(np.unique(panel.cluster[treated])) < 2:
        raise EstimationError(
            "only one unit or cluster was treated: nothing tells how far it strays by itself, "
            "and an interval would be far too short",
            where=few(panel.units[treated]),
            remedy="use synthetic control, which compares it with every other unit",
            id="OneTreated",
        )


def common_checks(panel: Panel) -> tuple[Check, ...]:
    """Number of clusters, and of units in the smallest cohort."""
    smallest = min(int((panel.cohort == date).sum()) for date in panel.cohorts)
    return (
        Check("clusters", panel.clusters >= FEW_CLUSTERS, panel.clusters, FEW_CLUSTERS),
        Check("cohort_size", smallest >= 5, smallest, 5),
    )


def adjustments_of(*listed: tuple[str, object, object, str]) -> pd.DataFrame:
    """What was left out or changed, as a table."""
    import pandas as pd

    if not listed:
        return no_adjustments()
    return pd.DataFrame(listed, columns=no_adjustments().columns)


def choice(value: str, allowed: tuple[str, ...], name: str) -> None:
    """Refuse an option that is not one of those allowed."""
    if value not in allowed:
        raise SchemaError(
            f"'{value}' is not a choice of '{name}'",
            where=name,
            remedy=f"choose one of {', '.join(allowed)}",
        )


def whole_numbers(values: Floats) -> Floats | Ints:
    """Labels as whole numbers where they are."""
    whole = np.equal(np.mod(values, 1), 0).all()
    return values.astype(np.int64) if whole else values
