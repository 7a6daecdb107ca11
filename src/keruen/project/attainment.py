# SPDX-License-Identifier: Apache-2.0
"""Attainment progression: how many go on to the next level of schooling, observed and ahead."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, get_args

import numpy as np
import xarray as xr

from keruen.core.arrays import few, require_dims, stamp
from keruen.core.errors import CodeError, CoverageError, SchemaError
from keruen.project._checks import first_cell

Schooling = Literal["constant", "trend", "fast"]
"""Paths of progression: as last observed, its trend, or the trend of the fastest places."""

ATTAINMENT: Final = (
    "none", "incomplete_primary", "primary", "lower_secondary", "upper_secondary",
    "post_secondary",
)  # fmt: skip
"""Levels of the Wittgenstein Centre, the lowest first."""

SCHOOL_AGES: Final = (15, 20, 25, 30)
"""Age groups in which attainment still rises; nobody moves up later."""

UNDER_15: Final = "under15"
"""Label of children, who have no attainment yet."""

KEPT: Final = 0.5
"""Part of a trend of schooling that goes on, by back-tests."""

_STEP: Final = 5
_AT_RISK: Final = 1e-4  # share of the cohort below which a ratio says nothing
_EDGE: Final = 1e-3
_WINDOW: Final = 4  # intervals of five years that a trend is measured over
_FAST: Final = 0.9


def attainment_ratios(
    population: xr.DataArray, *, levels: Sequence[str] = ATTAINMENT
) -> xr.DataArray:
    """Shares of those at a level who go on to the next, by the age at which they do.

    Parameters
    ----------
    population : DataArray [..., year, sex, age, education], persons or share
        Population of 15 and over by five-year age group every five years.
    levels : sequence of str, optional
        Levels from the lowest to the highest.

    Returns
    -------
    DataArray [..., year, education, sex, age], probability
        For the five years that end in ``year`` and the age group at their end, 15 to 30:
        of those who reached level ``education``, and had not gone on, the share that went
        on. Missing where nobody was at risk or a share is missing. ``clipped`` counts those
        that were set to 0 or 1.

    Raises
    ------
    CoverageError
        Years do not follow each other by five, or a level or age is missing
        (``MissingPeriod``).
    SchemaError
        A population is negative (``NegativeInput``).

    See Also
    --------
    attainment_paths : Ratios ahead.

    Notes
    -----
    With ``G_e`` the share of a cohort with level e or more,
    ``a_e = (G'_{e+1} - G_{e+1}) / (G'_e - G_{e+1})``; at 15 to 19 all begin at the lowest
    level, so ``a_e = G'_{e+1} / G'_e``. Applied from the lowest level up, the ratios give
    the shares back. A cohort whose share of a level falls, by deaths or migration or a new
    source, has ratio 0 there.

    References
    ----------
    KC, S., Barakat, B., Goujon, A., Skirbekk, V., Sanderson, W., Lutz, W. (2010). Projection
    of populations by level of educational attainment, age, and sex for 120 countries for
    2005-2050. Demographic Research 22, 383-472.

    Examples
    --------
    >>> where = {"year": [2015, 2020], "sex": ["F"], "age": [15, 20],
    ...          "education": ["low", "high"]}
    >>> people = xr.DataArray([[[[80.0, 20.0], [50.0, 50.0]]],
    ...                        [[[70.0, 30.0], [40.0, 60.0]]]], coords=where)
    >>> attainment_ratios(people, levels=["low", "high"]).values.ravel().round(2).tolist()
    [0.3, 0.5]
    """
    shares = _shares(population, list(levels))
    ages = [age for age in SCHOOL_AGES if age in shares.indexes["age"]]
    young = shares.sel(age=ages)
    at_least = young.to_numpy()[..., ::-1].cumsum(-1)[..., ::-1]  # (..., T, 2, A, E)
    after = at_least[..., 1:, :, :, :]
    before = np.zeros_like(after)
    before[..., 0] = 1.0
    before[..., 1:, :] = at_least[..., :-1, :, :-1, :]
    risk = after[..., :-1] - before[..., 1:]
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(risk > _AT_RISK, (after[..., 1:] - before[..., 1:]) / risk, np.nan)
    last = {"year": young.indexes["year"][1:], "education": list(levels)[:-1]}
    coords = {str(dim): last.get(str(dim), young.indexes[dim]) for dim in young.dims}
    array = xr.DataArray(np.clip(ratio, 0.0, 1.0), coords=coords, dims=young.dims)
    return stamp(
        array, name="progression", units="1", kind="probability", inputs=(population,),
        interval_years=_STEP, clipped=int(((ratio < 0) | (ratio > 1)).sum()),
    )  # fmt: skip


def attainment_paths(
    ratios: xr.DataArray,
    *,
    years: Sequence[int],
    schooling: Schooling = "trend",
    kept: float = KEPT,
) -> xr.DataArray:
    """Progression ratios of the years ahead.

    Parameters
    ----------
    ratios : DataArray [..., year, education, sex, age], probability
        Observed ratios; a dimension ``country`` is what a country's trend is pooled with.
    years : sequence of int
        Ends of the five-year periods ahead.
    schooling : {"constant", "trend", "fast"}, optional
        ``constant``: as last observed. ``trend``: the straight line of their log odds over
        the last twenty years goes on, drawn towards the mean of all places the less certain
        it is. ``fast``: no slower than the tenth of places that rise fastest.
    kept : float, optional
        Part of a trend that goes on.

    Returns
    -------
    DataArray [..., year, education, sex, age], probability

    Raises
    ------
    CodeError
        There is no such path.
    CoverageError
        Too few years for a trend, or years do not follow (``MissingPeriod``).
    SchemaError
        A ratio lies outside 0 to 1 (``RatioOutOfRange``).

    See Also
    --------
    attainment_ratios : Measures the ratios.
    keruen.project.education.project_education : Uses the paths.

    Notes
    -----
    Slope of a place: ``w b + (1 - w) B`` with ``b`` its own least-squares slope, ``B`` the
    mean of all places, and ``w = V / (V + s^2)``, ``V`` the variance between places less
    the mean of the squared errors ``s^2``. A ratio last seen as 0 or 1 moves from .001 or
    .999. Half of a slope is kept: from 1990 to 2010 as origins, that was nearer to what came
    than the whole trend or none. One that nobody was at risk of is the mean of places, or 0.

    Examples
    --------
    >>> where = {"year": [2005, 2010, 2015, 2020], "education": ["low"], "sex": ["F"],
    ...          "age": [20]}
    >>> seen = xr.DataArray([[[[0.2]]], [[[0.3]]], [[[0.4]]], [[[0.5]]]], coords=where)
    >>> attainment_paths(seen, years=[2025], kept=1).round(3).item()
    0.613
    """
    if schooling not in get_args(Schooling):
        raise CodeError(
            f"there is no path '{schooling}' of schooling",
            where="schooling",
            remedy=f"choose one of {', '.join(get_args(Schooling))}",
        )
    check_ratios(ratios)
    known = sorted(int(year) for year in ratios.indexes["year"])
    wanted = [int(year) for year in years]
    if not wanted or wanted[0] <= known[-1] or sorted(wanted) != wanted:
        raise CoverageError(
            f"years do not rise from {known[-1]}",
            where=f"years = {wanted[:5]}",
            remedy=f"give ends of periods after {known[-1]}, in order",
            id="MissingPeriod",
        )
    past = ratios.sortby("year").transpose("year", ...)
    last = _filled(past.isel(year=-1, drop=True))
    if schooling == "constant":
        ahead = last.expand_dims(year=wanted)
    else:
        slope = kept * _slope(past.isel(year=slice(-_WINDOW, None)), schooling)
        odds = _logit(last) + slope * xr.DataArray(
            np.array(wanted, dtype=float) - known[-1], coords={"year": wanted}
        )
        ahead = odds.copy(data=1 / (1 + np.exp(-odds.to_numpy())))
    return stamp(
        ahead, name="progression", units="1", kind="probability", inputs=(ratios,),
        interval_years=_STEP, schooling=schooling,
    )  # fmt: skip


def mean_years_of_schooling(population: xr.DataArray, durations: xr.DataArray) -> xr.DataArray:
    """Mean years of schooling of the people of given ages.

    Parameters
    ----------
    population : DataArray [..., education], persons
        People by attainment; sum over ages and sexes first. Children are left out.
    durations : DataArray [..., education], years
        Years of schooling of each level, of the country or of all. The package holds none:
        they differ between countries and times.

    Returns
    -------
    DataArray [...], years

    Raises
    ------
    SchemaError
        A level has no duration, or one is negative (``NegativeInput``).

    See Also
    --------
    keruen.project.education.project_education : Gives the population.

    Examples
    --------
    >>> people = xr.DataArray([30.0, 10.0], coords={"education": ["primary", "post_secondary"]})
    >>> years = xr.DataArray([4.0, 16.0], coords={"education": ["primary", "post_secondary"]})
    >>> mean_years_of_schooling(people, years).item()
    7.0
    """
    require_dims(population, "education", name="population")
    require_dims(durations, "education", name="durations")
    asked = [str(level) for level in population.indexes["education"] if level != UNDER_15]
    lacking = [level for level in asked if level not in durations.indexes["education"]]
    if lacking or bool((durations < 0).any()):
        raise SchemaError(
            f"no duration for {', '.join(lacking)}" if lacking else "a duration is negative",
            where="durations",
            remedy="give years of schooling, 0 or more, for every level",
            id="NegativeInput" if not lacking else "",
        )
    people = population.sel(education=asked)
    mean = (people * durations.sel(education=asked)).sum("education") / people.sum("education")
    return stamp(
        mean, name="mean_years_of_schooling", units="years", kind="index",
        inputs=(population, durations),
    )  # fmt: skip


def check_ratios(ratios: xr.DataArray) -> None:
    """Refuse progression ratios outside 0 to 1, naming the first.

    Parameters
    ----------
    ratios : DataArray [..., year, education, sex, age], probability
        Progression ratios; missing where nobody was at risk.

    Raises
    ------
    SchemaError
        A ratio lies outside 0 to 1 (``RatioOutOfRange``).
    """
    require_dims(ratios, "year", "education", "sex", "age", name="ratios")
    values = ratios.to_numpy()
    wrong = (values < 0) | (values > 1)
    if wrong.any():
        raise SchemaError(
            f"{int(wrong.sum())} progression ratios lie outside 0 to 1",
            where=f"ratios at {first_cell(ratios, wrong)}",
            remedy="a ratio is the share of those at a level who go on",
            id="RatioOutOfRange",
        )


def _shares(population: xr.DataArray, levels: list[str]) -> xr.DataArray:
    """Shares of levels at the ages of school, years and levels in order."""
    require_dims(population, "year", "sex", "age", "education", name="population")
    years = sorted(int(year) for year in population.indexes["year"])
    lacks: list[object] = [lev for lev in levels if lev not in population.indexes["education"]]
    lacks += [age for age in SCHOOL_AGES[:2] if age not in population.indexes["age"]]
    if len(years) < 2 or set(np.diff(years)) != {_STEP} or lacks:
        raise CoverageError(
            f"'population' lacks {few(lacks)}" if lacks else "years do not follow by five",
            where=f"population has years {few(years)}",
            remedy="give every level and five-year age group from 15 at dates five years apart",
            id="MissingPeriod",
        )
    ages = [age for age in SCHOOL_AGES if age in population.indexes["age"]]
    part = population.sel(education=levels, age=ages).sortby("year")
    part = part.transpose(..., "year", "sex", "age", "education")
    wrong = part.to_numpy() < 0
    if wrong.any():
        raise SchemaError(
            f"{int(wrong.sum())} populations are negative",
            where=f"population at {first_cell(part, wrong)}",
            remedy="people are 0 or more",
            id="NegativeInput",
        )
    total = part.sum("education", skipna=False)
    return part / total.where(total > 0)


def _filled(last: xr.DataArray) -> xr.DataArray:
    """Ratios that nobody was at risk of: the mean of places, else 0."""
    if "country" in last.dims:
        last = last.fillna(last.mean("country"))
    return last.fillna(0.0)


def _logit(ratio: xr.DataArray) -> xr.DataArray:
    inside = ratio.clip(_EDGE, 1 - _EDGE)
    return inside.copy(data=np.log(inside.to_numpy() / (1 - inside.to_numpy())))


def _slope(past: xr.DataArray, schooling: Schooling) -> xr.DataArray:
    """Slope of log odds a year: own, drawn towards the mean of places by its uncertainty."""
    odds = _logit(past).where(past.notnull())
    counted = odds.notnull()
    n = counted.sum("year")
    if int(n.max()) < 3:
        raise CoverageError(
            "a trend needs ratios of three periods",
            where=f"ratios end in {few(past.indexes['year'])}",
            remedy="give more years, or take schooling='constant'",
            id="MissingPeriod",
        )
    time = (past["year"] * xr.ones_like(odds)).where(counted)
    t = time - time.mean("year")
    spread = (t**2).sum("year")
    own = ((t * odds).sum("year") / spread.where(spread > 0)).where(n >= 3)
    if "country" not in own.dims or own.sizes["country"] < 3:
        return own.fillna(0.0)
    rest = (odds - odds.mean("year") - own * t) ** 2
    error = rest.sum("year") / (n - 2).clip(1) / spread.where(spread > 0)
    between = (own.var("country") - error.mean("country")).clip(0.0)
    weight = (between / (between + error).where(lambda v: v > 0)).fillna(1.0)
    mean = own.mean("country").fillna(0.0)
    drawn = (weight * own + (1 - weight) * mean).fillna(mean)
    if schooling == "fast":
        quick = own.quantile(_FAST, dim="country").drop_vars("quantile").fillna(0.0)
        drawn = drawn.where(drawn > quick, quick)
    return drawn
