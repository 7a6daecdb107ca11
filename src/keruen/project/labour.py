# SPDX-License-Identifier: Apache-2.0
"""Labour: who will be there to work, who will be asked for, and the gap between them.

The chain in one place: participation, labour force, ratios, employment, balance.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import xarray as xr

from keruen.core.tables import to_table
from keruen.project._cohorts import cohort_rates
from keruen.project.employment import check_parts, employment_by_share, project_shares_of
from keruen.project.labourbalance import LabourBalance, labour_balance
from keruen.project.labourforce import (
    agreeing_unemployment,
    align_participation,
    arrivals_participation,
    labour_force,
)
from keruen.project.labourratios import LabourRatios, labour_ratios, productive_labour_force
from keruen.project.output_employment import (
    OutputElasticity,
    employment_by_input_output,
    employment_by_output,
    employment_paths,
    output_elasticity,
)
from keruen.project.participation import Participation, ParticipationMethod, project_participation
from keruen.project.participation_paths import participation_paths

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "LabourBalance",
    "LabourProjection",
    "LabourRatios",
    "OutputElasticity",
    "Participation",
    "ParticipationMethod",
    "agreeing_unemployment",
    "align_participation",
    "arrivals_participation",
    "check_parts",
    "cohort_rates",
    "employment_by_input_output",
    "employment_by_output",
    "employment_by_share",
    "employment_paths",
    "labour_balance",
    "labour_force",
    "labour_ratios",
    "output_elasticity",
    "participation_paths",
    "productive_labour_force",
    "project_participation",
    "project_shares_of",
]


@dataclass(frozen=True)
class LabourProjection:
    """Labour supply and demand of a country, or of its regions, from the base year on.

    What later steps take: occupations and replacement take ``by_sector`` and
    ``labour_force``; a quota takes ``balance`` by region and year.

    Parameters
    ----------
    participation : DataArray [year, (region), sex, age], share
        Labour force by population, medium.
    labour_force : DataArray [year, (region), sex, age], persons
        Labour force, medium.
    balance : LabourBalance [year, (region)], persons
        Supply, demand, gap and its causes, medium.
    by_sector : DataArray [year, sector] or None, persons
        Demand by industry; None where no employment by industry is held.
    paths : Dataset [trajectory, year, (region)] or None, persons
        ``labour_force``, ``supply``, ``demand`` and ``gap`` of every path; path k is the
        same future in each, for the nation and for its regions.
    adjustments : DataFrame
        Everything a rule changed: ``what``, ``before``, ``after``, ``reason``.
    """

    participation: xr.DataArray
    labour_force: xr.DataArray
    balance: LabourBalance
    by_sector: xr.DataArray | None
    paths: xr.Dataset | None
    adjustments: pd.DataFrame

    @property
    def base(self) -> int:
        """The last year that is observed or estimated; the first of every array."""
        return int(self.labour_force.indexes["year"][0])

    def to_table(self) -> pd.DataFrame:
        """Tidy table: labour force, supply, demand, gap and causes by year and place.

        Returns
        -------
        DataFrame
        """
        table = self.balance.to_table()
        force = self.labour_force.sum(["sex", "age"]).transpose(*self.balance.supply.dims)
        keys = [str(dim) for dim in force.dims]
        values = to_table(force.rename("labour_force"))["labour_force"].to_numpy()
        table.insert(len(keys), "labour_force", values)
        return table
