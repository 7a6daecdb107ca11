# SPDX-License-Identifier: Apache-2.0
"""From a forecast of applications to cases, officers and places, with intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import xarray as xr

from keruen.core.arrays import require_dims, stamp
from keruen.core.draws import quantiles
from keruen.core.errors import SchemaError
from keruen.core.tables import to_table
from keruen.decide.refugees.caseload import Caseload, Order, run_caseload
from keruen.decide.refugees.reception import occupancy_of

if TYPE_CHECKING:
    import pandas as pd

_PROBS: Final = (0.1, 0.5, 0.9)
_PARTS: Final = ("applications", "decided", "backlog", "wait", "age_90", "occupancy")


@dataclass(frozen=True)
class RefugeeCapacity:
    """What a forecast means for the office and for reception.

    Parameters
    ----------
    applications, decided : DataArray [..., trajectory, month], persons
        New applications, and decisions of all stages.
    backlog : DataArray [..., trajectory, month], persons
        Cases of all stages at the end of the month.
    wait : DataArray [..., trajectory, month], months
        Backlog over throughput at the first stage. Infinite where nobody leaves it.
    age_90 : DataArray [..., trajectory, month], months
        Nine in ten of those waiting at the first stage have waited no longer; missing where
        nobody waits.
    occupancy : DataArray [..., trajectory, month], persons
        Persons in reception.
    places : DataArray [...], whole places
        Places that are enough in all months with the confidence.
    officers_needed : DataArray [stage, ...], whole officers
        Officers at work throughout who decide, with the confidence, all that comes and the
        backlog at the start by the last month.
    confidence : float
        Share of futures in which places and officers are enough.
    caseload : Caseload
        The queue itself.

    See Also
    --------
    plan_capacity : Makes it.
    """

    applications: xr.DataArray
    decided: xr.DataArray
    backlog: xr.DataArray
    wait: xr.DataArray
    age_90: xr.DataArray
    occupancy: xr.DataArray
    places: xr.DataArray
    officers_needed: xr.DataArray
    confidence: float
    caseload: Caseload

    def intervals(self, probs: Sequence[float] = _PROBS) -> xr.Dataset:
        """Quantiles over futures, month by month.

        Parameters
        ----------
        probs : sequence of float, optional
            Probabilities: an 80% interval and the middle when not given.

        Returns
        -------
        Dataset [quantile, ..., month]
            Months in which nobody waits count as waits of 0.
        """
        parts = {name: getattr(self, name) for name in _PARTS}
        parts["age_90"] = parts["age_90"].fillna(0.0)
        return xr.Dataset({name: quantiles(part, probs) for name, part in parts.items()})

    def to_table(self) -> pd.DataFrame:
        """Tidy table, one row a scenario and month.

        Returns
        -------
        DataFrame
            Keys, and each quantity as ``_low``, ``_middle`` and ``_high`` of an 80% interval.
        """
        found = self.intervals()
        low = found.isel(quantile=0, drop=True)
        table = to_table(low["applications"])[[str(dim) for dim in low["applications"].dims]]
        for name in _PARTS:
            for place, end in enumerate(("low", "middle", "high")):
                part = found[name].isel(quantile=place, drop=True)
                table[f"{name}_{end}"] = part.to_numpy().ravel()
        return table


def plan_capacity(
    applications: xr.DataArray,
    *,
    officers: xr.DataArray | float,
    rate: xr.DataArray | float,
    recognition: xr.DataArray | float,
    housed: xr.DataArray | float,
    seed: int,
    appeal: xr.DataArray | float = 0.0,
    withdrawal: xr.DataArray | float = 0.0,
    productivity: xr.DataArray | float = 1.0,
    backlog: xr.DataArray | None = None,
    order: Order = "oldest_first",
    months_after: int = 1,
    still_housed: xr.DataArray | float = 0.0,
    confidence: float = 0.95,
) -> RefugeeCapacity:
    """Runs a forecast through the queue and into reception: what is needed, and how surely.

    Parameters
    ----------
    applications : DataArray [..., trajectory, month, origin], whole persons per month
        Forecast in months; scenarios may stand beside, ``origin`` may be left out.
    officers : float or DataArray [..., month, stage, origin], officers
        Officers at work. This and what follows may carry ``trajectory`` when it is not known.
    rate : float or DataArray [..., stage], decisions per officer and month
        Above 0.
    recognition : float or DataArray [..., stage, origin], share
        Of those decided, how many are protected.
    housed : float or DataArray [..., origin], share
        Of those with a case, how many live in reception.
    seed : int
        Seed of the run.
    appeal : float or DataArray [..., stage, origin], share, optional
        Of those refused, how many go on to the next stage.
    withdrawal : float or DataArray [..., stage, origin], share per month, optional
        Of those waiting, how many leave without a decision.
    productivity : float or DataArray [..., month, origin], ratio, optional
        Speed relative to ``rate``.
    backlog : DataArray [stage, origin, waited], persons, optional
        Cases at the start, whole persons.
    order : {"oldest_first", "newest_first"}, optional
        Which cases are taken up first.
    months_after : int, optional
        Months that a person may stay in reception after the last decision.
    still_housed : float or DataArray [..., origin], persons, optional
        Persons in reception at the start whose case is over already.
    confidence : float, optional
        Share of futures in which places and officers shall be enough.

    Returns
    -------
    RefugeeCapacity

    Raises
    ------
    SchemaError
        There is no ``trajectory``, the confidence is not between 0 and 1, and all of
        :func:`run_caseload` and :func:`occupancy_of`.
    CoverageError
        Labels differ, or a number is missing.

    See Also
    --------
    forecast_applications : Draws of applications.
    to_months : Years cut into months.
    with_shocks : Events as scenarios.

    Notes
    -----
    One course of events in whole persons runs for each trajectory. Places are the quantile, over
    futures, of the fullest month. Officers needed at a stage are the quantile of ``(persons who
    enter it + backlog) / (months rate)``, less those who withdraw; for a stage of appeal this
    counts the appeals that the given officers of the stage before bring about.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> label = {"trajectory": range(500), "month": range(1, 13)}
    >>> coming = xr.DataArray(rng.poisson(150, (500, 12)).astype(float), label)
    >>> found = plan_capacity(coming, officers=25, rate=10, recognition=0.4, housed=0.8,
    ...     backlog=xr.DataArray(1200.0), seed=1)
    >>> found.officers_needed.item(), found.backlog.isel(month=-1).mean().item() < 20
    (26, True)
    """
    require_dims(applications, "trajectory", "month", name="applications")
    if not 0 < confidence < 1:
        what = f"a confidence of {confidence}"
        raise SchemaError(what, where="confidence", remedy="between 0 and 1")
    caseload = run_caseload(
        applications,
        officers=officers,
        rate=rate,
        recognition=recognition,
        appeal=appeal,
        withdrawal=withdrawal,
        productivity=productivity,
        backlog=backlog,
        order=order,
        seed=seed,
    )
    occupancy = occupancy_of(
        caseload, housed=housed, months_after=months_after, still_housed=still_housed
    )
    first = caseload.entered["stage"].to_numpy()[0]
    cells = ["stage", "origin"]
    needed = _needed(caseload, rate, productivity, confidence)
    fullest = quantiles(occupancy.max("month"), [confidence]).isel(quantile=0, drop=True)
    return RefugeeCapacity(
        applications=_persons(caseload.entered.sel(stage=first).sum("origin"), "applications"),
        decided=_persons(caseload.decided.sum(cells), "decided"),
        backlog=_persons(caseload.end.sum(cells), "backlog"),
        wait=caseload.wait_little.sel(stage=first, drop=True).rename("wait"),
        age_90=caseload.age_90.sel(stage=first, drop=True),
        occupancy=occupancy,
        places=_whole(fullest, "places"),
        officers_needed=_whole(needed, "officers_needed"),
        confidence=confidence,
        caseload=caseload,
    )


def _needed(
    caseload: Caseload,
    rate: xr.DataArray | float,
    productivity: xr.DataArray | float,
    confidence: float,
) -> xr.DataArray:
    """Officers [..., stage] who work everything off over all months, with the confidence."""
    start = caseload.start.isel(month=0, drop=True)
    speed = xr.DataArray(rate) * xr.DataArray(productivity)
    to_do = (caseload.entered - caseload.withdrawn) / speed
    work = to_do.sum(["month", "origin"]) + (start / _mean(speed)).sum("origin")
    each = (work / caseload.entered.sizes["month"]).transpose("trajectory", ...)
    return quantiles(each, [confidence]).isel(quantile=0, drop=True)


def _mean(speed: xr.DataArray) -> xr.DataArray:
    return speed.mean("month") if "month" in speed.dims else speed


def _persons(array: xr.DataArray, name: str) -> xr.DataArray:
    array = array.drop_vars("stage", errors="ignore")
    return stamp(array, name=name, units="persons", kind="count")


def _whole(array: xr.DataArray, name: str) -> xr.DataArray:
    numbers = np.ceil(array.to_numpy() * (1 - 1e-12)).astype(np.int64)
    units = "places" if name == "places" else "officers"
    return stamp(array.copy(data=numbers), name=name, units=units, kind="count")
