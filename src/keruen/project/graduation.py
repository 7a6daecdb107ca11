# SPDX-License-Identifier: Apache-2.0
"""From published five-year rates and mid-year populations to single years.

Publications often give five-year ages and periods while the projection behind them ran by
single years. What matters for repeating it is *how* the groups were formed: death rates of
five-year groups are those of the life table, and shares of fertility are rates weighted by
the women of each age.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from keruen.core.arrays import require_dims, same_cells, stamp
from keruen.core.errors import ConvergenceError, CoverageError, SchemaError
from keruen.project import _graduation as kernel
from keruen.project._checks import check_rates, first_cell


def graduate_mortality(
    mx: xr.DataArray,
    *,
    years: Sequence[int],
    life_expectancy: xr.DataArray | None = None,
    centre: float = 3.0,
) -> xr.DataArray:
    """Death rates by single age and calendar year from abridged rates of periods.

    Parameters
    ----------
    mx : DataArray [..., year, sex, age], per person-year
        Rates for 0, 1-4, 5-9 and so on; ``year`` is the year in which each period starts.
    years : sequence of int
        Calendar years wanted.
    life_expectancy : DataArray [..., year, sex], years, optional
        Life expectancy at birth that the rates of each year shall have.
    centre : float, optional
        Middle of a period, in years after 1 January of its first year; 3 for periods of
        five years that run from 1 July.

    Returns
    -------
    DataArray [..., year, sex, age], per person-year
        Rates by single age; the open group keeps its rate.

    Raises
    ------
    SchemaError
        Ages are not abridged or sexes are not F and M.
    CoverageError
        A year lacks its life expectancy, or there are fewer than two periods.
    ConvergenceError
        No multiple of the rates has the life expectancy asked for.

    See Also
    --------
    keruen.project.lifetable.life_table : Survivorship from the rates.

    Notes
    -----
    Age: a monotone cubic of ln m through the middles of the groups, corrected until the
    life table of the single rates gives every abridged rate again. Time: linear on ln m
    between the centres of periods. Level: times ``exp(k)`` to the life expectancy. A period
    with an epidemic bends the pattern of its neighbours: leave it out.

    References
    ----------
    Fritsch, F., Carlson, R. (1980). SIAM J. Numerical Analysis 17, 238-246.

    Examples
    --------
    >>> ages = [0, 1, *range(5, 101, 5)]
    >>> rates = xr.DataArray(
    ...     np.full((2, 1, 22), 0.02),
    ...     coords={"year": [2020, 2025], "sex": ["F"], "age": ages}, dims=["year", "sex", "age"])
    >>> single = graduate_mortality(rates, years=[2024])
    >>> round(single.sel(age=33).item(), 6)
    0.02
    """
    check_rates(mx)
    require_dims(mx, "year", "sex", "age", name="mx")
    ages = mx.indexes["age"].to_numpy()
    if list(ages[:3]) != [0, 1, 5] or (np.diff(ages[2:]) != 5).any():
        raise SchemaError(
            "ages are not 0, 1-4, 5-9 ...",
            where=f"mx begins {', '.join(str(age) for age in ages[:4])}",
            remedy="give abridged rates",
            id="ShapeMismatch",
        )
    if mx.sizes["year"] < 2:
        raise CoverageError(
            "one period gives no trend", where="mx", remedy="give two periods or more",
            id="MissingPeriod",
        )  # fmt: skip
    mx = mx.transpose("year", ..., "sex", "age")
    single = kernel.single_from_abridged(mx.to_numpy().astype(float), ages)
    centres = mx.indexes["year"].to_numpy() + float(centre)
    values = kernel.between_periods(single, centres, np.asarray(years, dtype=float) + 0.5)
    coords = {dim: mx.indexes[dim] for dim in mx.dims} | {
        "year": list(years),
        "age": np.arange(ages[-1] + 1),
    }
    rates = xr.DataArray(values, coords=coords, dims=mx.dims)
    if life_expectancy is not None:
        rates = fit_life_expectancy(rates, life_expectancy=life_expectancy)
    return stamp(rates, name="mx", units="per person-year", kind="rate", inputs=(mx,))


def fit_life_expectancy(mx: xr.DataArray, *, life_expectancy: xr.DataArray) -> xr.DataArray:
    """Death rates by single age multiplied so that life expectancy at birth is as given.

    Parameters
    ----------
    mx : DataArray [..., sex, age], per person-year
        Rates by single age.
    life_expectancy : DataArray [..., sex], years
        Life expectancy at birth; the same cells without age.

    Returns
    -------
    DataArray [..., sex, age], per person-year
        ``mx exp(k)``.

    Raises
    ------
    CoverageError
        Cells differ.
    ConvergenceError
        No multiple has the life expectancy (``NotConverged``).

    See Also
    --------
    graduate_mortality : Single-year rates from abridged ones.

    Examples
    --------
    >>> rates = xr.DataArray(
    ...     [[0.01] * 100 + [0.5]], coords={"sex": ["F"], "age": range(101)}, dims=["sex", "age"])
    >>> target = xr.DataArray([70.0], coords={"sex": ["F"]})
    >>> fitted = fit_life_expectancy(rates, life_expectancy=target)
    >>> round(fitted.sel(age=30).item(), 6)
    0.007986
    """
    check_rates(mx)
    chosen = {"year": mx.indexes["year"]} if "year" in mx.dims else {}
    missing = [
        y for dim, index in chosen.items() for y in index.difference(life_expectancy.indexes[dim])
    ]
    if missing:
        raise CoverageError(
            f"life expectancy is missing for {len(missing)} years",
            where=f"first {missing[0]}",
            remedy="give every year of the rates",
            id="MissingPeriod",
        )
    mx, target = same_cells(mx, life_expectancy.sel(chosen).rename("life_expectancy"))
    order = [dim for dim in mx.dims if dim != "age"]
    mx, target = mx.transpose(*order, "age"), target.transpose(*order)
    values = mx.to_numpy().astype(float).copy()
    sexes = np.asarray(mx.indexes["sex"])
    axis = mx.dims.index("sex")
    for place, sex in enumerate(sexes):
        at = (slice(None),) * axis + (place,)
        fitted, k = kernel.scale_to_expectancy(values[at], target.to_numpy()[at], str(sex))
        if np.isnan(k).any():
            failed = first_cell(target.isel(sex=place), np.isnan(k))
            raise ConvergenceError(
                "no multiple of the rates has the life expectancy asked for",
                where=f"{int(np.isnan(k).sum())} cells, first sex={sex}, {failed}",
                remedy="check the life expectancy",
                id="NotConverged",
            )
        values[at] = fitted
    return stamp(
        mx.copy(data=values), name="mx", units="per person-year", kind="rate", inputs=(mx,)
    )


def graduate_fertility(
    pattern: xr.DataArray, *, tfr: xr.DataArray, women: xr.DataArray | None = None
) -> xr.DataArray:
    """Fertility by single age of mother from its pattern over five-year groups.

    Parameters
    ----------
    pattern : DataArray [..., year, age], share or percent
        Shares of the groups in total fertility; ages are lower bounds. Only proportions
        count.
    tfr : DataArray [..., year], births per woman
        Total fertility.
    women : DataArray [..., year, age], persons, optional
        Women by single age in the middle of the year. Give them when the shares come from
        births over women of whole groups, as those of the United Nations do.

    Returns
    -------
    DataArray [..., year, age], births per woman-year
        Rates by single age that add to total fertility.

    Raises
    ------
    SchemaError
        Ages are not five-year groups, or a share is negative (``NegativeInput``).
    CoverageError
        Cells differ, or women of a fertile age are missing.

    See Also
    --------
    keruen.project.population.project_population : Where the rates go.

    Notes
    -----
    The cumulated pattern F is a monotone cubic on ``-ln(-ln F)``, Brass's relational
    transform, so that rates are never negative. With women, the shares of the groups are
    first corrected until the rates weighted by women have the proportions given. Where the
    number of women falls steeply with age the difference reaches 0.4 % of all births.

    References
    ----------
    Brass, W. (1978). Population Projections for Planning and Policy. Papers of the
    East-West Population Institute 55.

    Examples
    --------
    >>> shares = xr.DataArray(
    ...     [[10.0, 25, 30, 20, 10, 4, 1]],
    ...     coords={"year": [2024], "age": range(15, 50, 5)}, dims=["year", "age"])
    >>> total = xr.DataArray([2.0], coords={"year": [2024]})
    >>> rates = graduate_fertility(shares, tfr=total)
    >>> round(rates.sel(age=slice(25, 29)).sum().item(), 4)
    0.6
    """
    require_dims(pattern, "age", name="pattern")
    pattern, tfr = same_cells(pattern.rename("pattern"), tfr.rename("tfr"))
    order = [dim for dim in pattern.dims if dim != "age"]
    pattern = pattern.transpose(*order, "age")
    lower = pattern.indexes["age"].to_numpy()
    share = pattern.to_numpy().astype(float)
    if (np.diff(lower) != 5).any() or np.isnan(share).any() or (share < 0).any():
        raise SchemaError(
            "the pattern is not one of shares over five-year groups",
            where=f"ages {lower[0]} to {lower[-1]}, smallest share {share.min()}",
            remedy="give shares of 0 or more for consecutive five-year groups",
            id="NegativeInput",
        )
    share = share / share.sum(axis=-1, keepdims=True)
    ages = np.arange(lower[0], lower[-1] + 5)
    if women is None:
        values = kernel.pattern_by_single_age(share, lower)
    else:
        values = kernel.pattern_by_women(share, _women(women, pattern, ages), lower)
    level = tfr.transpose(*order).to_numpy()[..., None]
    coords = {dim: pattern.indexes[dim] for dim in order} | {"age": ages}
    rates = xr.DataArray(values * level, coords=coords, dims=[*order, "age"])
    return stamp(
        rates, name="asfr", units="births per woman-year", kind="rate", inputs=(pattern, tfr)
    )


def _women(women: xr.DataArray, pattern: xr.DataArray, ages: np.ndarray) -> kernel.Floats:
    lacking = [int(age) for age in ages if age not in women.indexes["age"]]
    if lacking:
        raise CoverageError(
            f"women of {len(lacking)} fertile ages are missing",
            where=f"first age {lacking[0]}",
            remedy="give women by single age",
        )
    women = women.sel(age=ages).drop_vars("sex", errors="ignore")
    if "year" in women.dims and "year" in pattern.dims:
        women = women.sel(year=pattern.indexes["year"])
    _, women = same_cells(pattern, women.rename("women"), exclude=["age"])
    order = [dim for dim in pattern.dims if dim != "age"]
    return np.asarray(women.transpose(*order, "age").to_numpy(), dtype=float)


def january_population(mid_year: xr.DataArray) -> xr.DataArray:
    """Population on 1 January of every year from mid-year populations.

    Parameters
    ----------
    mid_year : DataArray [..., year, ...], persons
        Population in the middle of at least eight consecutive years.

    Returns
    -------
    DataArray [..., year, ...], persons
        One year more, from 1 January of the first year. Where rounding leaves cells of very
        small populations below zero they are set to zero; the attribute ``raised_to_zero``
        says how many persons that added.

    Raises
    ------
    CoverageError
        Years do not follow each other, or there are fewer than eight.

    See Also
    --------
    keruen.project.population.mid_year_population : The way back.

    Notes
    -----
    Mid-year values are means of two neighbouring 1 January values, so
    ``J[t+1] = 2 mid[t] - J[t]``; the start is chosen so that the fourth differences of J
    have no part that alternates from year to year.

    Examples
    --------
    >>> january = 1000.0 * 1.02 ** np.arange(31)
    >>> middle = xr.DataArray(
    ...     (january[1:] + january[:-1]) / 2, coords={"year": range(2000, 2030)}, dims="year")
    >>> bool(abs(january_population(middle).values / january - 1).max() < 1e-6)
    True
    """
    require_dims(mid_year, "year", name="mid_year")
    years = mid_year.indexes["year"].to_numpy()
    if len(years) < 8 or (np.diff(years) != 1).any():
        raise CoverageError(
            "mid-year values are not of eight or more consecutive years",
            where=f"mid_year has {len(years)} years",
            remedy="give an unbroken series",
            id="MissingPeriod",
        )
    mid_year = mid_year.transpose("year", ...)
    values = kernel.january_from_mid(mid_year.to_numpy().astype(float))
    coords = {dim: mid_year.indexes[dim] for dim in mid_year.dims} | {
        "year": np.append(years, years[-1] + 1)
    }
    raised = float(-values[values < 0].sum())
    result = xr.DataArray(np.maximum(values, 0.0), coords=coords, dims=mid_year.dims)
    return stamp(
        result, name="population", units="persons", kind="count", inputs=(mid_year,),
        concept="stock", moment="1 January", raised_to_zero=raised,
    )  # fmt: skip
