# SPDX-License-Identifier: Apache-2.0
"""Urban and rural shares ahead, from the difference between urban and rural growth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import xarray as xr

from keruen.core.arrays import stamp
from keruen.project import _urban
from keruen.project._urbanchecks import check_ceiling, check_span, observed, span_of, with_totals

if TYPE_CHECKING:
    import pandas as pd

UrbanRule = Literal["un", "polynomial", "none", "constant"]
"""Where the difference goes: to a linear norm, to a norm that bends to zero, to zero, nowhere."""

CONVERGENCE: Final = 25
"""Years over which the observed difference gives way to the norm."""

_LARGE: Final = 2e6


@dataclass(frozen=True)
class UrbanNorm:
    """The difference of growth that goes with a share of towns, estimated from the data in use.

    Parameters
    ----------
    alpha, beta : float
        ``d* = alpha + beta PU``, a year.
    curve : (float, float)
        ``d* = (a + b PU) (1 - PU / ceiling)``, a year.
    half_life : float
        Years in which a difference loses half of itself; infinite where it does not fade.
    ceiling : float
        Share at which the curve is zero.
    countries, intervals : int
        Countries and intervals the estimates rest on.
    first, last : int
        Years that they begin and end with.
    """

    alpha: float
    beta: float
    curve: tuple[float, float]
    half_life: float
    ceiling: float
    countries: int
    intervals: int
    first: int
    last: int


@dataclass(frozen=True)
class UrbanProjection:
    """Urban and rural shares ahead.

    Parameters
    ----------
    share : DataArray [..., year, residence], share
        Shares of urban and rural; they add to 1.
    population : DataArray [..., year, residence], persons, or None
        Shares of the totals, where totals were given.
    difference : DataArray [...], a year
        Observed difference between urban and rural growth; missing where the share is held.
    held : DataFrame
        Places without a town or without a village, whose share is kept, and why.
    norm : UrbanNorm or None
        What the difference moves to.
    """

    share: xr.DataArray
    population: xr.DataArray | None
    difference: xr.DataArray
    held: pd.DataFrame
    norm: UrbanNorm | None

    def to_table(self) -> pd.DataFrame:
        """Tidy table: ``share``, and ``population`` where there is one."""
        from keruen.core.tables import to_table

        table = to_table(self.share)
        if self.population is None:
            return table
        keys = [str(dim) for dim in self.share.dims]
        return table.merge(to_table(self.population), on=keys, validate="one_to_one")


def urban_norm(
    population: xr.DataArray, *, minimum: float = _LARGE, ceiling: float = 1.0
) -> UrbanNorm:
    """Estimate where differences between urban and rural growth tend to go.

    Parameters
    ----------
    population : DataArray [..., year, residence], persons
        Urban and rural population of past years. Years ahead do not belong here.
    minimum : float, optional
        Smallest population at the last year of a country that is counted.
    ceiling : float, optional
        Share at which the curved norm is zero.

    Returns
    -------
    UrbanNorm

    Raises
    ------
    CoverageError
        Fewer than three intervals can be used (``Unidentified``), or a year is missing.
    SchemaError
        A population is negative (``NegativeInput``).
    UnitsError
        Urban is defined otherwise at some dates (``UnitMismatch``).

    See Also
    --------
    urban_share : Uses the norm.

    Notes
    -----
    All intervals of all large countries are pooled: ordinary least squares of the
    difference on the share at the start of the interval. One interval alone does not
    identify the slope, as large countries of the latest years show.

    References
    ----------
    United Nations (2018). World Urbanization Prospects: The 2018 Revision. Methodology.
    Bocquier, P. (2005). World Urbanization Prospects: an alternative to the UN model of
    projection. Demographic Research 12, 197-236.

    Examples
    --------
    >>> where = {"country": ["A", "B"], "year": [2000, 2005, 2010],
    ...          "residence": ["urban", "rural"]}
    >>> people = xr.DataArray([[[10e6, 8e6], [11.5e6, 8.1e6], [13e6, 8.1e6]],
    ...                        [[2e6, 8e6], [2.6e6, 8.2e6], [3.3e6, 8.3e6]]], coords=where)
    >>> urban_norm(people).beta < 0
    True
    """
    seen = observed(population)
    check_ceiling(ceiling)
    fit = _urban.fit_norm(seen.odds, seen.gaps, seen.total[..., -1] >= minimum, ceiling)
    return UrbanNorm(*fit, first=seen.years[0], last=seen.years[-1])


def urban_share(
    population: xr.DataArray,
    *,
    years: Sequence[int],
    rule: UrbanRule = "un",
    norm: UrbanNorm | None = None,
    lag: int | None = None,
    convergence: float = CONVERGENCE,
    totals: xr.DataArray | None = None,
) -> UrbanProjection:
    """Project the urban share by the difference between urban and rural growth.

    Parameters
    ----------
    population : DataArray [..., year, residence], persons or share
        Urban and rural of past years; the last year is the base.
    years : sequence of int
        Years wanted, after the base.
    rule : {"un", "polynomial", "none", "constant"}, optional
        ``un``: the observed difference moves to a norm that falls with the share at the
        base. ``polynomial``: to a norm that bends to zero at a ceiling. ``none``: it fades
        with a half-life. ``constant``: it stays.
    norm : UrbanNorm, optional
        Norm; estimated from ``population`` where not given.
    lag : int, optional
        Years before the base from which the difference is taken; the year before the base
        where not given.
    convergence : float, optional
        Years until only the norm counts.
    totals : DataArray [..., year], persons
        Population of ``years``, of which the shares are taken.

    Returns
    -------
    UrbanProjection

    Raises
    ------
    CoverageError
        Years do not line up (``MissingPeriod``).
    SchemaError
        A population is negative (``NegativeInput``); shares do not add to 1
        (``SharesDoNotAddUp``).
    UnitsError
        Urban is defined otherwise at the two dates (``UnitMismatch``).
    InfeasibleError
        A share stands above the ceiling of the curved norm (``CeilingBelowShare``).

    See Also
    --------
    urban_norm : Estimates the norm.
    keruen.project.urban_record.urban_errors : How wrong the method has been.
    keruen.project.urban_components.project_urban_components : By flows, where counted.

    Notes
    -----
    ``d = [ln(U/R)_t - ln(U/R)_{t-T}] / T`` and
    ``PU(t+h) = 1 / (1 + (R/U)_t exp(-integral of d))``. Weights of the observed difference
    fall linearly from 1 to 0, so that over whole intervals of five years they are .9, .7,
    .5, .3 and .1. A share of exactly 0 or 1 is kept and listed in ``held``.

    References
    ----------
    United Nations (2018). World Urbanization Prospects: The 2018 Revision. Methodology.

    Examples
    --------
    >>> people = xr.DataArray([[10.0, 8.0], [11.5, 8.1]],
    ...     coords={"year": [2010, 2015], "residence": ["urban", "rural"]})
    >>> ahead = urban_share(people, years=[2020, 2040], rule="constant")
    >>> ahead.share.sel(residence="urban").values.round(5).tolist()
    [0.61723, 0.72853]
    """
    seen = observed(population)
    check_span(convergence)
    wanted, start = span_of(years, seen.years, lag)
    base = seen.odds[..., -1]
    growth = (base - seen.odds[..., start]) / (seen.years[-1] - seen.years[start])
    kept = ~np.isfinite(growth)
    ahead = np.array(wanted, dtype=float) - seen.years[-1]
    found = norm
    if rule in ("un", "polynomial", "none") and found is None:
        found = urban_norm(population)
    if rule == "polynomial" and found is not None:
        check_ceiling(found.ceiling, seen.share[..., -1][~kept])
    shares = _urban.shares_ahead(
        base, growth, ahead, rule=rule, norm=found, convergence=convergence
    )
    shares = np.where(kept[..., None], seen.share[..., -1, None], shares)
    share = _labelled(shares, seen.places, wanted, population, rule=rule, base=seen.years[-1])
    place = xr.DataArray(np.where(kept, np.nan, growth), coords=seen.places, dims=list(seen.places))
    return UrbanProjection(
        share=share,
        population=None if totals is None else with_totals(share, totals),
        difference=stamp(
            place, name="growth_difference", units="a year", kind="rate", inputs=(population,)
        ),
        held=seen.held(kept),
        norm=found if rule != "constant" else None,
    )


def _labelled(
    shares: np.ndarray,
    places: dict[str, object],
    years: list[int],
    population: xr.DataArray,
    **facts: object,
) -> xr.DataArray:
    """Urban and rural shares with their labels; rural is what is left."""
    both = np.stack([shares, 1 - shares], axis=-1)
    coords = {**places, "year": years, "residence": ["urban", "rural"]}
    array = xr.DataArray(both, coords=coords, dims=list(coords))
    return stamp(
        array, name="share", units="1", kind="share", inputs=(population,),
        moment=population.attrs.get("moment", ""), **facts,
    )  # fmt: skip
