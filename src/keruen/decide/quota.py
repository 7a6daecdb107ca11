# SPDX-License-Identifier: Apache-2.0
"""Quotas: from the gap on the labour market to a number with its reasons, split and checked.

The need is worked out here. Splitting a whole number, keys of regions, checks of published
figures and the forecast of exhaustion stand in modules of their own and are named here too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import xarray as xr

from keruen.core.arrays import stamp
from keruen.core.draws import quantiles
from keruen.core.errors import SchemaError
from keruen.core.tables import to_table
from keruen.decide._need_terms import DEMAND, SUPPLY, fitted_to, share_of, terms_of
from keruen.decide.apportionment import apportion, region_key
from keruen.decide.quota_checks import (
    implied_labour_force,
    most_foreign_staff,
    most_transferees,
    region_total,
)
from keruen.decide.quota_forecast import days_until_exhausted, exhaustion_forecast

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "DEMAND",
    "SUPPLY",
    "Need",
    "apportion",
    "days_until_exhausted",
    "exhaustion_forecast",
    "implied_labour_force",
    "most_foreign_staff",
    "most_transferees",
    "need_from_gap",
    "region_key",
    "region_total",
]

_CELLS: Final = ("region", "occupation")


@dataclass(frozen=True)
class Need:
    """Foreign workers that a labour market needs, and why.

    Parameters
    ----------
    terms : DataArray [series, ..., region, occupation], persons per year
        Terms of demand, and of supply with a minus: they add to the balance.
    gap : DataArray [..., region, occupation], persons per year
        Demand that supply does not meet, 0 or more.
    need : DataArray [..., region, occupation], persons per year
        Part of the gap that may be met from abroad.
    proposed : DataArray [..., region, occupation], persons per year
        New permits proposed: the need less valid permits, within the limits.
    causes : DataArray [series, ..., region, occupation], persons per year
        The proposed number by the terms of demand behind it; adds to it.
    ceiling : float or None
        Most new permits of all regions and occupations together.
    adjustments : DataFrame
        What limited the need: ``rule``, ``before``, ``after``, ``reason``.

    See Also
    --------
    need_from_gap : Makes it.
    """

    terms: xr.DataArray
    gap: xr.DataArray
    need: xr.DataArray
    proposed: xr.DataArray
    causes: xr.DataArray
    ceiling: float | None
    adjustments: pd.DataFrame

    def total(self, probs: Sequence[float] = (0.1, 0.5, 0.9)) -> xr.DataArray:
        """The proposed number of all regions and occupations, with an interval.

        Parameters
        ----------
        probs : sequence of float, optional
            Probabilities; read only when the inputs had trajectories.

        Returns
        -------
        DataArray [quantile, ...], persons per year
            Without trajectories the number itself; scenarios stay side by side.
        """
        whole = self.proposed.sum([dim for dim in _CELLS if dim in self.proposed.dims])
        whole = whole.assign_attrs(self.proposed.attrs)
        return quantiles(whole, probs) if "trajectory" in whole.dims else whole

    def interval(self, probs: Sequence[float] = (0.1, 0.5, 0.9)) -> xr.DataArray:
        """Quantiles of the proposed number of each region and occupation.

        Parameters
        ----------
        probs : sequence of float, optional
            Probabilities.

        Returns
        -------
        DataArray [quantile, ..., region, occupation], persons per year
            They do not add to the quantiles of the total.
        """
        return quantiles(self.proposed, probs)

    def to_table(self) -> pd.DataFrame:
        """Tidy table, one row a region and occupation.

        Returns
        -------
        DataFrame
            Keys, every term, ``gap``, ``need``, ``proposed``, and the proposed number by
            cause as ``because_<term>``.
        """
        table = to_table(self.gap)
        keys = [str(dim) for dim in self.gap.dims]
        for name in self.terms.indexes["series"]:
            table[str(name)] = self.terms.sel(series=name).transpose(*keys).to_numpy().ravel()
        for part in (self.need, self.proposed):
            table[str(part.name)] = part.transpose(*keys).to_numpy().ravel()
        for name in self.causes.indexes["series"]:
            values = self.causes.sel(series=name).transpose(*keys).to_numpy().ravel()
            table[f"because_{name}"] = values
        return table


def need_from_gap(
    demand: Mapping[str, xr.DataArray],
    supply: Mapping[str, xr.DataArray],
    *,
    foreign_share: float | xr.DataArray,
    valid_permits: xr.DataArray | None = None,
    limit: xr.DataArray | None = None,
    short: xr.DataArray | None = None,
    ceiling: float | None = None,
    priority: xr.DataArray | None = None,
) -> Need:
    """Foreign workers proposed for each region and occupation, from the gap of their market.

    Parameters
    ----------
    demand : mapping of str to DataArray [..., region, occupation], persons per year
        Any of the terms of ``DEMAND``. Inputs may have ``trajectory`` or ``scenario``: the
        answer is then a distribution or a range, never one number.
    supply : mapping of str to DataArray [..., region, occupation], persons per year
        Any of the terms of ``SUPPLY``; a term that is left out is counted as none.
    foreign_share : float or DataArray [..., occupation], share
        Part of the gap that may be met from abroad: what neither training in its time nor
        higher pay will close. A decision of policy.
    valid_permits : DataArray [region, occupation], persons, optional
        Permits that are already valid next year, deducted.
    limit : DataArray [..., occupation], persons, optional
        Most new permits in a cell: a cap of law, or what a region can take in.
    short : DataArray [..., occupation], 0 or 1, optional
        Occupations credibly in shortage; others get nothing.
    ceiling : float, optional
        Most new permits of all together, such as 0.0025 of the labour force.
    priority : DataArray [..., occupation], optional
        Tiers, 1 being served first when the ceiling binds; all alike when not given.

    Returns
    -------
    Need

    Raises
    ------
    SchemaError
        A term is unknown, missing or negative where it may not be, a share is outside 0 to
        1, or the ceiling is negative.
    CoverageError
        Regions or occupations of the terms differ, or there is no demand.

    See Also
    --------
    credible_shortages : The test of credibility.
    keruen.project.openings.net_openings : Growth and replacement.

    Notes
    -----
    ``gap = max(0, sum of demand - sum of supply)``; ``need = foreign_share gap``;
    ``proposed = min(max(0, need - valid permits), limit)``, scaled to the ceiling tier by
    tier and within a tier in proportion. The split by cause shares each proposed number out
    over the positive terms of demand in proportion: a convention, since supply meets
    demand of any cause. Numbers stay fractions: making them whole is a question of its own.

    Examples
    --------
    >>> cell = {"region": ["KZ-75"], "occupation": ["2221"]}
    >>> grown, left, open_, new = (xr.DataArray([[v]], cell) for v in (50.0, 100.0, 30.0, 120.0))
    >>> found = need_from_gap(
    ...     {"growth": grown, "replacement": left, "vacancies": open_}, {"graduates": new},
    ...     foreign_share=0.5)
    >>> found.gap.item(), found.proposed.item()
    (60.0, 30.0)
    >>> found.causes.sel(series="replacement").round(2).item()
    16.67
    """
    asked, met = terms_of(demand, supply)
    balance = sum(asked.values(), 0.0) - sum(
        met.values(), xr.zeros_like(next(iter(asked.values())))
    )
    gap = balance.clip(min=0.0)
    given = {"foreign_share": foreign_share, "short": short}
    policy = {
        name: share_of(value, name, gap) for name, value in given.items() if value is not None
    }
    need = gap * policy["foreign_share"]
    listed: list[tuple[str, float, float, str]] = []
    proposed = need
    if "short" in policy:
        proposed = _noted(listed, "short", proposed, proposed * policy["short"], "no shortage")
    if valid_permits is not None:
        free = (proposed - fitted_to(valid_permits, "valid_permits", gap)).clip(min=0.0)
        proposed = _noted(listed, "valid_permits", proposed, free, "permits valid already")
    if limit is not None:
        capped = proposed.clip(max=fitted_to(limit, "limit", gap))
        proposed = _noted(listed, "limit", proposed, capped, "limit of the cell")
    if ceiling is not None:
        within = _within(proposed, ceiling, priority)
        proposed = _noted(listed, "ceiling", proposed, within, f"ceiling of {ceiling:,.0f}")
    numbers = {"gap": gap, "need": need, "proposed": proposed}
    return _need(asked, met, numbers, ceiling=ceiling, listed=listed)


def _within(proposed: xr.DataArray, ceiling: float, priority: xr.DataArray | None) -> xr.DataArray:
    """Tier by tier up to the ceiling, in proportion within the tier it ends in."""
    if not ceiling >= 0:
        raise SchemaError("a ceiling is 0 or more", where=f"ceiling={ceiling}")
    tier = (
        xr.zeros_like(proposed) if priority is None else fitted_to(priority, "priority", proposed)
    )
    tier = tier.broadcast_like(proposed).transpose(*proposed.dims)
    over = [dim for dim in _CELLS if dim in proposed.dims]
    left = xr.full_like(proposed.sum(over), float(ceiling))
    result = xr.zeros_like(proposed)
    for level in np.unique(tier.to_numpy()):
        part = proposed.where(tier == level, 0.0)
        wanted = part.sum(over)
        given = wanted.clip(max=left)
        result = result + part * _part(given, wanted)
        left = left - given
    return result.transpose(*proposed.dims)


def _part(some: xr.DataArray, whole: xr.DataArray) -> xr.DataArray:
    """Some of a whole, 0 where there is none."""
    return (some / whole.where(whole > 0)).where(whole > 0, 0.0)


def _noted(
    listed: list[tuple[str, float, float, str]],
    rule: str,
    before: xr.DataArray,
    after: xr.DataArray,
    reason: str,
) -> xr.DataArray:
    """The number after a rule, noted where the rule changed it; trajectories by their mean."""
    rest = [dim for dim in before.dims if dim not in _CELLS]
    old, new = (float(one.mean(rest).sum()) for one in (before, after))
    if old != new:
        listed.append((rule, old, new, reason))
    return after


def _need(
    asked: Mapping[str, xr.DataArray],
    met: Mapping[str, xr.DataArray],
    numbers: Mapping[str, xr.DataArray],
    *,
    ceiling: float | None,
    listed: list[tuple[str, float, float, str]],
) -> Need:
    import pandas as pd

    inputs = (*asked.values(), *met.values())
    positive = {name: term.clip(min=0.0) for name, term in asked.items()}
    whole = sum(positive.values(), xr.zeros_like(numbers["gap"]))
    parts = {name: numbers["proposed"] * _part(term, whole) for name, term in positive.items()}
    signed = {**asked, **{name: -term for name, term in met.items()}}

    def persons(array: xr.DataArray, name: str) -> xr.DataArray:
        return stamp(array, name=name, units="persons per year", kind="count", inputs=inputs)

    return Need(
        terms=persons(_stacked(signed), "terms"),
        **{name: persons(one, name) for name, one in numbers.items()},
        causes=persons(_stacked(parts), "causes"),
        ceiling=ceiling,
        adjustments=pd.DataFrame(listed, columns=pd.Index(["rule", "before", "after", "reason"])),
    )


def _stacked(parts: Mapping[str, xr.DataArray]) -> xr.DataArray:
    stacked = xr.concat(list(parts.values()), dim="series", coords="minimal")
    return stacked.assign_coords(series=list(parts))
