# SPDX-License-Identifier: Apache-2.0
"""The tables of a placement, as they are given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import xarray as xr

Link = tuple[str, str, str]
"""Two families, and ``locality`` or ``region``: what they must share."""


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

    @property
    def regions(self) -> list[str]:
        """Region of each locality, an empty text where none is given."""
        if "region" not in self.localities.coords:
            return [""] * self.localities.sizes["locality"]
        return [str(each) for each in self.localities["region"].to_numpy()]
