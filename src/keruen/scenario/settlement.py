# SPDX-License-Identifier: Apache-2.0
"""Families of a return quota placed in regions, and the people that then come each year."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import xarray as xr

from keruen.core.arrays import stamp
from keruen.core.errors import CoverageError
from keruen.core.random import stream
from keruen.decide.apportionment import apportion
from keruen.scenario.composed import Scenario
from keruen.scenario.draws import drawn
from keruen.sources.catalog import load
from keruen.sources.parameters import parameter_sets, read_parameters

if TYPE_CHECKING:
    from keruen.decide.resettle import Placement

FAMILIES: Final = "decide.resettlement.families_per_year"
INCLUDED: Final = "decide.resettlement.included_families"
SIZE: Final = "decide.resettlement.persons_per_family"
TAKE_UP: Final = "decide.resettlement.take_up"
RETENTION: Final = "decide.resettlement.retention"
_CAPACITY: Final = "decide.resettlement.capacity"
_ROOM: Final = 1.10
"""Room of all regions over what the families need."""
_WORKERS: Final = 0.55
"""Chance that a member beside the first can work, as in the practice families."""
_LARGEST: Final = 12
_GAP: Final = 5e-3
_SECONDS: Final = 600.0  # never met: a limit of time would make runs differ


@dataclass(frozen=True)
class Settlement:
    """Where families of the quota are proposed to go.

    Parameters
    ----------
    placement : Placement or None
        The families of one year in regions; None when nobody comes beyond the published
        projection.
    shares : DataArray [region], share
        Persons placed, as shares that add to 1.
    year : int
        Year whose families were placed.
    """

    placement: Placement | None
    shares: xr.DataArray
    year: int


def settle(scenario: Scenario, gap: xr.DataArray, population: xr.DataArray) -> Settlement:
    """Place the families of one year of the quota in regions.

    Parameters
    ----------
    scenario : Scenario
        Scenario.
    gap : DataArray [year, region], persons
        Labour gap without the programme.
    population : DataArray [year, region], persons
        Population without the programme.

    Returns
    -------
    Settlement

    Raises
    ------
    CoverageError
        No rule gives any region room.

    See Also
    --------
    keruen.decide.resettle.place_families : The placement.

    Notes
    -----
    The year is that of the largest quota. Sizes of families are drawn around the mean of the
    scenario (a Poisson number beside the first member), members who can work are drawn, and a
    family's score in a region is its workers times the share of the labour force there that
    is in work. Regions have room for persons by the scenario's rule, a tenth more in all than
    the families need. Families are stand-ins: their sizes are drawn, no family is real.
    """
    from keruen.decide.resettle import place_families

    families, year = _largest(scenario)
    weights = _weights(scenario.choice(_CAPACITY), gap.sel(year=year), population.sel(year=year))
    even = weights / weights.sum()
    if not families:
        return Settlement(None, even, year)
    mean = float(scenario.series(SIZE).sel(year=year))
    rng = stream(scenario.seed, "scenario", "families")
    size = np.clip(1 + rng.poisson(mean - 1, families), 1, _LARGEST)
    workers = 1 + rng.binomial(size - 1, _WORKERS)
    names = [f"F{number + 1:05d}" for number in range(families)]
    need = _table(size[:, None], family=names, service=["persons"])
    room = apportion(int(np.ceil(_ROOM * size.sum())), even)
    places = [str(one) for one in room.indexes["region"]]
    capacity = _table(room.to_numpy()[:, None], locality=places, service=["persons"])
    score = workers[:, None] * _chance().sel(region=places).to_numpy()[None, :]
    placement = place_families(
        need,
        capacity.assign_coords(region=("locality", places)),
        _table(score, family=names, locality=places),
        gap=_GAP,
        time_limit=_SECONDS,
    )
    used = placement.load.set_index("locality")["used"].reindex(places).to_numpy(dtype=float)
    shares = xr.DataArray(used / used.sum(), coords={"region": places}, dims="region")
    return Settlement(placement, shares, year)


def newcomers(scenario: Scenario, settlement: Settlement) -> xr.DataArray:
    """People who come each year by the programme, beyond the published projection.

    Parameters
    ----------
    scenario : Scenario
        Scenario.
    settlement : Settlement
        Where families go.

    Returns
    -------
    DataArray [year, region] or [trajectory, year, region], persons
        Families beyond those included, times persons a family, the share of the quota that is
        filled and the share that stays.
    """
    families = scenario.series(FAMILIES) - scenario.series(INCLUDED)
    persons = families * drawn(scenario, SIZE) * drawn(scenario, TAKE_UP)
    by_region = persons * drawn(scenario, RETENTION) * settlement.shares
    return stamp(by_region, name="newcomers", units="persons", kind="count")


def _largest(scenario: Scenario) -> tuple[int, int]:
    """The largest number of families beyond those included, and its first year."""
    more = scenario.series(FAMILIES) - scenario.series(INCLUDED)
    at = int(more.to_numpy().argmax())
    if float(more[at]) <= 0:
        return 0, scenario.years[0]
    return int(scenario.series(FAMILIES)[at]), scenario.years[at]


def _weights(rule: str, gap: xr.DataArray, population: xr.DataArray) -> xr.DataArray:
    """Room of regions by a rule, in any unit."""
    if rule == "population":
        return population
    if rule == "labour_gap":
        weights = gap.clip(min=0.0)
    else:
        held = read_parameters(*parameter_sets()).history("kaz.kandas_quota.regions")
        latest = next(one for one in reversed(held) if one.value is not None)
        quota = {str(k): float(v) for k, v in dict(latest.value).items()}  # type: ignore[arg-type]
        regions = [str(one) for one in population.indexes["region"]]
        weights = population.copy(data=[quota.get(one, 0.0) for one in regions])
    if not float(weights.sum()) > 0:
        raise CoverageError(
            f"by the rule '{rule}' no region has room",
            where=_CAPACITY,
            remedy="choose another rule, such as population",
        )
    return weights.where(weights > 0, drop=True)


def _chance() -> xr.DataArray:
    """Share of the labour force of each region that is in work, latest year."""
    rate = load("kaz.region.labour.unemployment_rate")
    here = rate.dropna("region", how="all").transpose("year", "region")
    known = here.notnull().to_numpy()
    last = known.shape[0] - 1 - known[::-1].argmax(axis=0)
    latest = here.isel(year=xr.DataArray(last, dims="region")).drop_vars("year")
    return 1 - latest / 100


def _table(values: np.ndarray, **labels: list[str]) -> xr.DataArray:
    return xr.DataArray(values, coords=labels, dims=list(labels))
