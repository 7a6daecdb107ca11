# SPDX-License-Identifier: Apache-2.0
"""Net migration as what births and deaths leave of a population's change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from keruen.core.arrays import require_dims, same_cells, stamp
from keruen.core.errors import CoverageError, SchemaError
from keruen.measure._census import refuse_other_dims
from keruen.measure._checks import Floats, missing_reason, refuse_negative
from keruen.measure._tables import table_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ResidualNet", "net_migration_by_residual", "opening_and_closing"]

_NORMAL_95: Final = 1.959963984540054


@dataclass(frozen=True)
class ResidualNet:
    """Net migration of an interval as a residual, and what it was left from.

    Parameters
    ----------
    net : DataArray [...], persons
        Population change less natural increase.
    population_change : DataArray [...], persons
        Population at the end less population at the start.
    natural_increase : DataArray [...], persons
        Births less deaths.
    standard_error, lower, upper : DataArray [...], persons, or None
        What errors of coverage of the two counts do to the net, with a 95% interval;
        ``None`` when no error of coverage was given.
    """

    net: xr.DataArray
    population_change: xr.DataArray
    natural_increase: xr.DataArray
    standard_error: xr.DataArray | None = None
    lower: xr.DataArray | None = None
    upper: xr.DataArray | None = None

    def to_table(self) -> pd.DataFrame:
        """Tidy table: one row a cell, one column a part of the account."""
        return table_of(self)


def net_migration_by_residual(
    population_start: xr.DataArray,
    population_end: xr.DataArray,
    births: xr.DataArray,
    deaths: xr.DataArray,
    *,
    interval_years: float = 1,
    coverage_error: tuple[float, float] | None = None,
    coverage_correlation: float = 0.0,
) -> ResidualNet:
    """Net migration by the vital statistics method.

    Parameters
    ----------
    population_start : DataArray [region, ...], persons
        Population when the interval starts.
    population_end : DataArray [region, ...], persons
        Population when it ends, for the same territory.
    births : DataArray [region, ...], persons
        Births of the interval to residents.
    deaths : DataArray [region, ...], persons
        Deaths of residents in the interval.
    interval_years : float, optional
        Length of the interval, noted in the result.
    coverage_error : tuple of float, optional
        Relative standard error of each count, start and end (0.01 is 1%).
    coverage_correlation : float, optional
        Correlation of the two errors, from -1 to 1; near 1 when both counts miss the
        same people.

    Returns
    -------
    ResidualNet
        Net migration, and an interval when errors of coverage are given. Whole numbers
        stay whole.

    Raises
    ------
    SchemaError
        A count is negative, or an error of coverage is not between 0 and 1.
    CoverageError
        The arrays differ in labels, or in what they are split by.

    See Also
    --------
    opening_and_closing : Both populations from a yearly series.
    net_migration_by_survival : By age, without births and deaths.

    Notes
    -----
    ``N = (P1 - P0) - (B - D)``. The net also holds every error of the four figures, a
    census that replaces an estimate and transfers of territory; an error of 1% in one
    population is usually larger than the net. With relative errors e0, e1 and
    correlation r its variance is ``(e0 P0)^2 + (e1 P1)^2 - 2 r e0 e1 P0 P1``. The
    migest twin is ``net_vs``, without errors.

    References
    ----------
    Bogue, D., Hinze, K. and White, M. (1982). Techniques of Estimating Net Migration.

    Examples
    --------
    Non-white women of Alabama, 1960-1970:

    >>> place = {"region": ["US-AL"]}
    >>> p0, p1 = xr.DataArray([515483], coords=place), xr.DataArray([483882], coords=place)
    >>> born, died = xr.DataArray([126886], coords=place), xr.DataArray([51449], coords=place)
    >>> net_migration_by_residual(p0, p1, born, died, interval_years=10).net.item()
    -107038
    """
    given = same_cells(
        population_start.rename("population_start"),
        population_end.rename("population_end"),
        births.rename("births"),
        deaths.rename("deaths"),
    )
    refuse_other_dims(*given)
    for array in given:
        refuse_negative(array, name=str(array.name))
    start, end, born, died = xr.broadcast(*given)
    values = [_exact(array.to_numpy()) for array in (start, end, born, died)]
    change, natural = values[1] - values[0], values[2] - values[3]
    facts: dict[str, object] = {"interval_years": interval_years}

    def people(numbers: NDArray[Any], name: str) -> xr.DataArray:
        array = start.copy(data=numbers)
        lost = missing_reason(array, {"a figure is missing": np.asarray(array.isnull())})
        return stamp(
            array, name=name, units="persons", kind="count", inputs=given, **(facts | lost)
        )

    net = change - natural
    parts = people(net, "net_migration"), people(change, "population_change")
    natural_increase = people(natural, "natural_increase")
    if coverage_error is None:
        return ResidualNet(*parts, natural_increase)
    error = _coverage(values[0], values[1], coverage_error, coverage_correlation)
    return ResidualNet(
        *parts,
        natural_increase,
        standard_error=people(error, "standard_error"),
        lower=people(net - _NORMAL_95 * error, "lower"),
        upper=people(net + _NORMAL_95 * error, "upper"),
    )


def opening_and_closing(population: xr.DataArray) -> tuple[xr.DataArray, xr.DataArray]:
    """Population at the start and at the end of each interval of a series.

    Parameters
    ----------
    population : DataArray [year, ...], persons
        Population at one moment of each year, years evenly spaced.

    Returns
    -------
    tuple of DataArray [year, ...], persons
        Start and end, both labelled by the year in which the interval starts.

    Raises
    ------
    CoverageError
        Fewer than two years, or a year is missing.

    Examples
    --------
    >>> population = xr.DataArray([100, 104, 109], coords={"year": [2020, 2021, 2022]})
    >>> start, end = opening_and_closing(population)
    >>> start.year.values.tolist(), (end - start).values.tolist()
    ([2020, 2021], [4, 5])
    """
    require_dims(population, "year", name="population")
    series = population.sortby("year")
    years = np.asarray(series.indexes["year"])
    if len(years) < 2 or len(np.unique(np.diff(years))) != 1:
        raise CoverageError(
            "years are not evenly spaced",
            where=f"population: {', '.join(map(str, years))}",
            remedy="give two years or more with the same distance between them",
        )
    start, end = series.isel(year=slice(None, -1)), series.isel(year=slice(1, None))
    return start, end.assign_coords(year=years[:-1])


def _exact(values: NDArray[Any]) -> NDArray[Any]:
    """Whole numbers as signed 64-bit, which differences need; anything else as float."""
    return values.astype(np.int64 if values.dtype.kind in "iub" else np.float64)


def _coverage(
    start: NDArray[Any],
    end: NDArray[Any],
    relative: tuple[float, float],
    correlation: float,
) -> Floats:
    """Standard error of the net from relative errors of the two populations."""
    if not all(0 <= e < 1 for e in relative) or not -1 <= correlation <= 1:
        raise SchemaError(
            "errors of coverage are not relative errors with a correlation",
            where=f"coverage_error {relative}, coverage_correlation {correlation}",
            remedy="give shares from 0 to below 1, and a correlation from -1 to 1",
        )
    before, after = relative[0] * start.astype(np.float64), relative[1] * end.astype(np.float64)
    variance = before**2 + after**2 - 2 * correlation * before * after
    return np.asarray(np.sqrt(np.maximum(variance, 0.0)))
