# SPDX-License-Identifier: Apache-2.0
"""Imbalance of occupations: indicators in the style of the Netherlands and of Canada.

Publishers change the details of their definitions between editions. The formulas here are
stated in full, and results are to be called "ITA-type", "COPS-type" and so on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import xarray as xr

from keruen.core.arrays import require_dims, same_cells, stamp
from keruen.core.errors import SchemaError
from keruen.core.tables import to_table
from keruen.project._skillchecks import check_counts, check_shares

if TYPE_CHECKING:
    import pandas as pd

Outlook = Literal["stocks", "flows"]
"""Whether the employed stand on both sides of the ratio."""

ITA_BOUNDS: Final = (0.85, 1.0, 1.05, 1.15)
"""Upper bounds of the published classes of the Maastricht indicator."""

ITA_CLASSES: Final = ("very good", "good", "fair", "moderate", "poor")
"""Prospects of job seekers, from the lowest ratio to the highest."""

UNSETTLED: Final = "unsettled"
"""Class of an occupation whose trajectories do not agree."""

RISKS: Final = (
    "strong risk of shortage",
    "moderate risk of shortage",
    "balance",
    "moderate risk of surplus",
    "strong risk of surplus",
)
"""Outlooks of a projection in the style of Canada's, from shortage to surplus."""

_RECENT: Final = ("shortage", "balance", "surplus")
_AGREED: Final = 0.7


@dataclass(frozen=True)
class Imbalance:
    """An indicator, its class, and how far trajectories agree on it.

    Parameters
    ----------
    value : DataArray [..., occupation]
        The indicator, over trajectories their median.
    outlook : DataArray [..., occupation] of str
        Class, ``unsettled`` where too few trajectories agree, empty where the value is
        missing.
    agreement : DataArray [..., occupation], share
        Share of trajectories in the class of most; 1 without trajectories.
    """

    value: xr.DataArray
    outlook: xr.DataArray
    agreement: xr.DataArray

    def to_table(self) -> pd.DataFrame:
        """Tidy table, one row an occupation.

        Returns
        -------
        DataFrame
            Keys, then the value, ``outlook`` and ``agreement``.
        """
        table = to_table(self.value)
        for part in (self.outlook, self.agreement):
            table[str(part.name)] = to_table(part.transpose(*self.value.dims))[str(part.name)]
        return table


def labour_market_ratio(
    base: xr.DataArray,
    *,
    newcomers: xr.DataArray,
    seekers: xr.DataArray,
    openings: xr.DataArray,
    kind: Outlook = "stocks",
) -> Imbalance:
    """Future labour market situation: supply over demand, with the classes of Maastricht.

    Parameters
    ----------
    base : DataArray [..., occupation], persons
        Employed people at the start.
    newcomers : DataArray [..., occupation], persons over the horizon
        Entrants from education.
    seekers : DataArray [..., occupation], persons
        Short-term unemployed at the start.
    openings : DataArray [..., occupation], persons over the horizon
        Job openings, those by substitution included.
    kind : {"stocks", "flows"}, optional
        With the employed on both sides, to which the classes belong, or flows alone.

    Returns
    -------
    Imbalance
        Ratio: above 1 more people than jobs. Flows have a wider spread and no classes:
        their outlook is empty.

    Raises
    ------
    SchemaError
        A count is negative or missing.
    CoverageError
        Labels differ.

    See Also
    --------
    recruitment_outlook : The same seen by employers.

    Notes
    -----
    ``(E0 + newcomers + seekers) / (E0 + openings)``, or without ``E0``. Classes: at most
    0.85 very good for job seekers, 1.00 good, 1.05 fair, 1.15 moderate, above poor. A class
    is given when at least 70% of trajectories agree.

    References
    ----------
    Bakens, J. et al. (2021). De arbeidsmarkt naar opleiding en beroep tot 2026. ROA Report
    005, 10.26481/umarep.2021005.

    Examples
    --------
    >>> base, new, idle, open_ = (
    ...     xr.DataArray([v], {"occupation": ["21"]}) for v in (1000.0, 260.0, 30.0, 300.0))
    >>> found = labour_market_ratio(base, newcomers=new, seekers=idle, openings=open_)
    >>> round(found.value.item(), 4), found.outlook.item()
    (0.9923, 'good')
    """
    check_counts(base=base, newcomers=newcomers, seekers=seekers, openings=openings)
    named = {"base": base, "newcomers": newcomers, "seekers": seekers, "openings": openings}
    base, newcomers, seekers, openings = same_cells(*(a.rename(n) for n, a in named.items()))
    people, jobs = newcomers + seekers, openings
    if kind == "stocks":
        people, jobs = base + people, base + jobs
    ratio = people / jobs.where(jobs > 0)
    name = "labour_market_ratio" if kind == "stocks" else "labour_market_ratio_flows"
    bounds = ITA_BOUNDS if kind == "stocks" else ()
    return _judged(ratio, bounds, ITA_CLASSES, name=name, units="ratio", right=True)


def recruitment_outlook(ratio: xr.DataArray, mix: xr.DataArray) -> xr.DataArray:
    """How hard it will be to recruit for an occupation: ratios of its fields, weighted.

    Parameters
    ----------
    ratio : DataArray [..., field], ratio
        Labour market ratio by field of education.
    mix : DataArray [occupation, field], share
        Fields of the workers of each occupation; adds to 1.

    Returns
    -------
    DataArray [..., occupation], ratio
        Below 1, harder.

    Raises
    ------
    AccountError
        Shares do not add to 1 (``NotShares``).
    CoverageError
        Fields differ.

    See Also
    --------
    labour_market_ratio : Gives the ratios.

    Examples
    --------
    >>> fields = xr.DataArray([0.9, 1.1], {"field": ["06", "07"]})
    >>> mix = xr.DataArray([[0.75, 0.25]], {"occupation": ["25"], "field": ["06", "07"]})
    >>> round(recruitment_outlook(fields, mix).item(), 3)
    0.95
    """
    require_dims(ratio, "field", name="ratio")
    require_dims(mix, "occupation", "field", name="mix")
    check_shares(mix, "field", name="mix")
    ratio, mix = same_cells(ratio.rename("ratio"), mix.rename("mix"))
    mean = xr.dot(ratio, mix, dim="field")
    return stamp(mean, name="recruitment_outlook", units="ratio", kind="index")


def normalised_gap(
    base: xr.DataArray,
    *,
    seekers: xr.DataArray,
    openings: xr.DataArray,
    recent: xr.DataArray,
    threshold: float,
) -> Imbalance:
    """Seekers less openings relative to employment, joined to the recent state, as Canada's.

    Parameters
    ----------
    base : DataArray [..., occupation], persons
        Employed people at the start.
    seekers : DataArray [..., occupation], persons over the horizon
        People who will look for such work.
    openings : DataArray [..., occupation], persons over the horizon
        Job openings.
    recent : DataArray [occupation] of str
        State of the last years: ``shortage``, ``balance`` or ``surplus``.
    threshold : float
        Gap from which the future counts as tight (below minus it) or slack (above it).

    Returns
    -------
    Imbalance
        Negative where seekers are too few.

    Raises
    ------
    SchemaError
        A count is negative or missing, the threshold is not above 0, or a recent state is
        none of the three.
    CoverageError
        Labels differ.

    See Also
    --------
    labour_market_ratio : Supply over demand.

    Notes
    -----
    ``(seekers - openings) / E0``. The recent state and the tendency ahead are added up on
    a scale of five outlooks: a shortage that tightens is a strong risk of shortage, one
    that stays a moderate risk, one that eases balance; and so on for the others. A surplus
    that tightens is balance, as the publisher has it. Publishers do not state their
    threshold as a number: give your own.

    References
    ----------
    Employment and Social Development Canada (2024). Canadian Occupational Projection
    System: about the projections.

    Examples
    --------
    >>> here = {"occupation": ["22"]}
    >>> base, looking, jobs = (xr.DataArray([v], here) for v in (1000.0, 200.0, 300.0))
    >>> recent = xr.DataArray(["shortage"], here)
    >>> found = normalised_gap(base, seekers=looking, openings=jobs, recent=recent,
    ...     threshold=0.05)
    >>> found.value.item(), found.outlook.item()
    (-0.1, 'strong risk of shortage')
    """
    check_counts(base=base, seekers=seekers, openings=openings)
    if not threshold > 0:
        raise SchemaError("the threshold is above 0", where=f"threshold={threshold}")
    named = {"base": base, "seekers": seekers, "openings": openings, "recent": recent}
    base, seekers, openings, recent = same_cells(*(a.rename(n) for n, a in named.items()))
    strange = set(np.unique(recent.to_numpy().astype(str))) - set(_RECENT)
    if strange:
        raise SchemaError(
            f"'{min(strange)}' is not a state of the labour market",
            where="recent",
            remedy=f"write one of {', '.join(_RECENT)}",
        )
    gap = (seekers - openings) / base.where(base > 0)
    state = sum((recent == name) * step for name, step in zip(_RECENT, (-1, 0, 1), strict=True))
    ahead = (gap > threshold).astype(int) - (gap < -threshold).astype(int)
    place = (state + ahead + 2).where(gap.notnull())
    return _judged(gap, (), RISKS, name="normalised_gap", units="ratio", right=True, place=place)


def _judged(
    value: xr.DataArray,
    bounds: Sequence[float],
    classes: Sequence[str],
    *,
    name: str,
    units: str,
    right: bool,
    place: xr.DataArray | None = None,
) -> Imbalance:
    """Class of each value, and of trajectories the one that enough of them share."""
    if place is None and not bounds:
        place = value * np.nan
    if place is None:
        found = np.digitize(value.to_numpy(), bounds, right=right)
        place = value.copy(data=found.astype(float)).where(value.notnull())
    place = place.transpose(*value.dims)
    votes = xr.concat([(place == k) for k in range(len(classes))], dim="class")
    known = place.notnull()
    if "trajectory" in value.dims:
        votes, known = votes.mean("trajectory"), known.all("trajectory")
        value = value.median("trajectory", skipna=False)
    share = votes.max("class").where(known)
    best = votes.argmax("class")
    told = np.array([*classes, UNSETTLED, ""], dtype=object)
    agreed = best.where(share >= _AGREED, len(classes))
    index = agreed.where(known, len(classes) + 1)
    value = stamp(value, name=name, units=units, kind="index")
    index = index.transpose(*value.dims)
    return Imbalance(
        value=value,
        outlook=value.copy(data=told[index.to_numpy()]).rename("outlook"),
        agreement=stamp(
            share.transpose(*value.dims), name="agreement", units="share", kind="share"
        ),
    )
