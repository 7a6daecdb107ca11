# SPDX-License-Identifier: Apache-2.0
"""What a ledger of migration is made from: economies, corridors, ages, assumptions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import xarray as xr

from keruen.core.arrays import few, require_dims, same_cells
from keruen.core.errors import SchemaError, WorkbenchError, raise_faults

ASSUMPTIONS: Final[dict[str, str]] = {
    "labour_share": "share of output",
    "skill_pay_ratio": "ratio",
    "sigma": "elasticity",
    "epsilon": "elasticity",
    "migrant_pay_gap": "share of pay",
    "skill_selection": "odds ratio",
    "worker_share": "share of movers of working age",
    "selection_rank": "rank",
    "pay_dispersion": "standard deviation of log pay",
    "moving_cost": "years of pay at home",
    "stay": "probability a year",
    "discount": "rate a year",
    "growth": "rate a year",
    "tax_share": "share of pay",
    "school_cost": "output a head",
    "pension_cost": "output a head",
    "health_cost": "output a head",
    "public_goods": "output a head",
    "public_goods_caused": "share",
    "remittance_factor": "ratio",
    "brain_slope": "share",
    "graduate_externality": "log pay by share of graduates",
}
"""Uncertain inputs of a ledger and their units."""

WORKING: Final = (18, 63)
"""Ages at which people are taken to work: from the first, below the second."""
SCHOOL: Final = (6, 18)


@dataclass(frozen=True)
class Economy:
    """One country, or one for each partner.

    Parameters
    ----------
    output : DataArray [partner] or scalar, money a year
        Output a head.
    population : DataArray [partner] or scalar, persons
        Residents.
    workers : DataArray [partner] or scalar, persons
        Employed.
    high_share : DataArray [partner] or scalar, share
        Adults with schooling after upper secondary.
    migrant_share : DataArray [partner] or scalar, share
        Immigrants among residents.
    youth : DataArray [partner] or scalar, persons
        People of one single year of age about 20.
    """

    output: xr.DataArray
    population: xr.DataArray
    workers: xr.DataArray
    high_share: xr.DataArray
    migrant_share: xr.DataArray
    youth: xr.DataArray

    @property
    def many(self) -> bool:
        """Whether there is one for each partner."""
        return "partner" in self.output.dims

    def arrays(self) -> tuple[xr.DataArray, ...]:
        """Its fields, each with its name."""
        names = ("output", "population", "workers", "high_share", "migrant_share", "youth")
        return tuple(getattr(self, name).rename(name) for name in names)


@dataclass(frozen=True)
class Corridors:
    """People who move in a year, between one country and its partners.

    Parameters
    ----------
    movers : DataArray [partner], persons
        People who move in the year.
    host, home : Economy
        Where they go and where they come from; one of the two is a single country.
    sent : DataArray [partner], money a person and year
        Remittances a migrant, at prices of the host country; missing where not known.
    received : DataArray [partner], money a person and year
        The same at prices of the country of origin.
    entry : DataArray [entry_age], share
        Ages of the movers; adds to 1.
    host_survival, home_survival : DataArray [age]
        Survivors by exact single age, of the ages of ``entry``.
    """

    movers: xr.DataArray
    host: Economy
    home: Economy
    sent: xr.DataArray
    received: xr.DataArray
    entry: xr.DataArray
    host_survival: xr.DataArray
    home_survival: xr.DataArray

    def __post_init__(self) -> None:
        raise_faults(_faults(self), where="corridors")
        own = (self.movers.rename("movers"), self.sent.rename("sent"))
        received = self.received.rename("received")
        same_cells(*own, received, *self.host.arrays(), *self.home.arrays())


def _faults(given: Corridors) -> list[WorkbenchError]:
    require_dims(given.movers, "partner", name="movers")
    faults: list[WorkbenchError] = []
    if bool((given.movers < 0).any()) or bool(given.movers.isnull().any()):
        faults.append(
            SchemaError(
                "a number of movers is missing or negative",
                where=few(given.movers["partner"].to_numpy()[~(given.movers >= 0).to_numpy()]),
                remedy="give people who move, 0 or more; leave out corridors without a figure",
                id="NegativeInput",
            )
        )
    if given.host.many == given.home.many:
        faults.append(
            SchemaError(
                "one side must be a single country and the other its partners",
                where="host and home",
                remedy="make one ledger for arrivals and another for departures",
                id="BadCorridors",
            )
        )
    ages = given.entry["entry_age"].to_numpy()
    faults.extend(
        SchemaError("ages differ from those of 'entry'", where=name, id="BadAges")
        for name in ("host_survival", "home_survival")
        if not np.array_equal(getattr(given, name)["age"].to_numpy(), ages)
    )
    if abs(float(given.entry.sum()) - 1.0) > 1e-6:
        faults.append(
            SchemaError(
                "shares by age at arrival must add to 1",
                where=f"entry adds to {float(given.entry.sum()):g}",
                id="NotWhole",
            )
        )
    return faults


def need_assumptions(assumptions: xr.Dataset) -> None:
    """Refuse a set of assumptions that lacks one of ``ASSUMPTIONS``.

    Parameters
    ----------
    assumptions : Dataset
        Assumptions, plain or drawn along ``trajectory``.

    Raises
    ------
    SchemaError
        One is missing (``MissingAssumption``); the message names all that are.
    """
    lacks = [name for name in ASSUMPTIONS if name not in assumptions]
    if lacks:
        raise SchemaError(
            f"assumptions are missing: {few(lacks)}",
            where="assumptions",
            remedy="take them from the file of the package, and override single ones",
            id="MissingAssumption",
        )
