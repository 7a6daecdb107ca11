# SPDX-License-Identifier: Apache-2.0
"""Checks who takes which job, from the tables alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from keruen.decide.placement_tables import PlacementTables

if TYPE_CHECKING:
    import pandas as pd


class CheckedJobs:
    """Jobs as plain arrays: what they are worth, what they cost at prices, what is wrong."""

    def __init__(
        self,
        tables: PlacementTables,
        assignment: xr.DataArray,
        taken: pd.DataFrame,
        prices: xr.DataArray,
    ) -> None:
        jobs = tables.jobs
        assert jobs is not None  # noqa: S101
        self.taken = taken
        localities = tables.localities.indexes["locality"]
        labels = {"locality": localities, "occupation": jobs.places.indexes["occupation"]}
        cells = {**labels, "tier": jobs.places.indexes["tier"]}
        dims = tuple(cells)
        self.room = jobs.places.sel(cells).transpose(*dims).to_numpy().astype(np.int64)
        self.prices = prices.sel(cells).transpose(*dims).to_numpy()
        self.factor = jobs.factor.sel(tier=cells["tier"]).to_numpy().astype(float)
        chance = jobs.chance.sel(worker=jobs.family.indexes["worker"], **labels)
        self.chance = chance.transpose("worker", "occupation", "locality").to_numpy().astype(float)
        self.owner = jobs.family.to_numpy().astype(str)
        spots = [
            index.get_indexer(taken[name])
            for name, index in {"worker": jobs.family.indexes["worker"], **cells}.items()
        ]
        self.known = np.all([spot >= 0 for spot in spots], axis=0)
        self.worker, self.place, self.occupation, self.tier = (spot[self.known] for spot in spots)
        where = assignment.to_series()
        homes = where.reindex(self.owner[self.worker]).to_numpy().astype(str)
        self.away = homes != np.array(localities).astype(str)[self.place]
        self.each = self.chance[self.worker, self.occupation, self.place] * self.factor[self.tier]
        self.value = float(np.nansum(self.each))

    def rows(self) -> Iterator[tuple[str, bool, str]]:
        """One promise after another."""
        odd = (~self.known).sum() + np.isnan(self.each).sum()
        yield "every job may be taken by its worker", odd == 0, f"{odd} may not"
        count = np.bincount(self.worker, minlength=1)
        yield "no worker has two jobs", bool(count.max() <= 1), f"{(count > 1).sum()} have"
        yield "jobs are where families are", not self.away.any(), f"{self.away.sum()} are not"
        filled = np.zeros_like(self.room)
        np.add.at(filled, (self.place, self.occupation, self.tier), 1)
        over = filled > self.room
        yield "no job place is taken twice", not over.any(), f"{over.sum()} are"

    def surplus(self, families: list[str]) -> np.ndarray:
        """What the workers of each family gain at each place above the prices."""
        best = np.zeros((len(self.owner), len(self.room)))
        for occupation in range(self.room.shape[1]):
            for tier, factor in enumerate(self.factor):
                offer = self.chance[:, occupation] * factor - self.prices[:, occupation, tier]
                best = np.fmax(best, offer)  # a missing chance is no offer
        at = {family: number for number, family in enumerate(families)}
        total = np.zeros((len(families), len(self.room)))
        np.add.at(total, [at[each] for each in self.owner], best)
        return total
