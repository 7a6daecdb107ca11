# SPDX-License-Identifier: Apache-2.0
"""The tables of a placement, as they are given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import xarray as xr

Link = tuple[str, str, str]
"""Two families, and ``locality`` or ``region``: what they must share."""


@dataclass(frozen=True)
class Jobs:
    """Workers, the occupations they can take, and job places that grow worse as they fill.

    Parameters
    ----------
    family : DataArray [worker], text
        Family of each worker.
    chance : DataArray [worker, occupation, locality], probability
        Chance of work; missing where the worker cannot take the occupation.
    places : DataArray [locality, occupation, tier], whole places
        Job places, those of the first tier first.
    factor : DataArray [tier], share
        What is left of the chance in each tier: 1 or less, and falling. The tenth welder in a
        small town has a lower chance than the first.
    """

    family: xr.DataArray
    chance: xr.DataArray
    places: xr.DataArray
    factor: xr.DataArray


@dataclass(frozen=True)
class PlacementTables:
    """Families, localities, scores, and the limits on a placement.

    Parameters
    ----------
    families : DataArray [family, service], whole units
        What each family takes of each service. Coordinates on ``family``, where given:
        ``must_region`` (an empty text for none) and ``group``.
    localities : DataArray [locality, service], whole units
        Capacity. The coordinate ``region`` on ``locality`` says where it lies.
    score : DataArray [family, locality], expected outcome
        For instance expected members in work; missing only where the pair may not be.
    compat : DataArray [family, locality], bool, optional
        False where a hard requirement fails.
    preferences : DataArray [family, locality], rank, optional
        Voluntary: a family goes only where it has a rank.
    cost : DataArray [family, locality], money, optional
        What a family costs, for ``budgets``.
    budgets : DataArray [region], money, optional
        Money of each region.
    region_share : DataArray [region], persons, optional
        Persons each region should take.
    share_tolerance : float, optional
        How far from it a region may be, as a share.
    group_floor : DataArray [group], score per family, optional
        Least mean score of each group.
    links : sequence of (family, family, what), optional
        Families that must share the ``locality`` or the ``region``.
    minimum : DataArray [locality, service], units, optional
        A locality takes nobody, or at least this.
    persons : str, optional
        The service that counts persons.
    jobs : Jobs, optional
        Jobs by occupation; chances of work add to the score.
    """

    families: xr.DataArray
    localities: xr.DataArray
    score: xr.DataArray
    compat: xr.DataArray | None = None
    preferences: xr.DataArray | None = None
    cost: xr.DataArray | None = None
    budgets: xr.DataArray | None = None
    region_share: xr.DataArray | None = None
    share_tolerance: float = 0.05
    group_floor: xr.DataArray | None = None
    links: Sequence[Link] = ()
    minimum: xr.DataArray | None = None
    persons: str = "persons"
    jobs: Jobs | None = None

    @property
    def regions(self) -> list[str]:
        """Region of each locality, an empty text where none is given."""
        if "region" not in self.localities.coords:
            return [""] * self.localities.sizes["locality"]
        return [str(each) for each in self.localities["region"].to_numpy()]
