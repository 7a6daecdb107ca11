# SPDX-License-Identifier: Apache-2.0
"""Intensity and impact from several divisions of a country: what one division cannot tell."""

from __future__ import annotations

import numpy as np
import xarray as xr

from keruen.core.arrays import require_dims, same_cells, stamp
from keruen.core.errors import CoverageError, SchemaError, WorkbenchError, raise_faults
from keruen.measure._checks import Floats, cells_where, missing_reason

__all__ = ["all_moves_intensity", "courgeau_slope", "net_migration_impact"]


def courgeau_slope(
    intensity: xr.DataArray, places: xr.DataArray, *, over: str = "zoning"
) -> xr.DataArray:
    """Courgeau's k from several divisions: slope of intensity on ln n squared.

    Parameters
    ----------
    intensity : DataArray [zoning, ...], percent
        Crude migration intensity by division of the same country and interval.
    places : DataArray [zoning, ...], places
        Number of places of each division, 2 or more.
    over : str, optional
        Dimension that holds the divisions.

    Returns
    -------
    DataArray [...], percent per unit of ln n squared
        Missing where an intensity is missing.

    Raises
    ------
    SchemaError
        The dimension is missing, or a division has fewer than two places.
    CoverageError
        Labels of the arrays differ.

    See Also
    --------
    courgeau_k : The same from one division.

    Notes
    -----
    Least squares through the origin: ``k = sum(x CMI) / sum(x^2)`` with ``x = ln n^2``.
    A country taken as one place has no moves between places, which fixes the origin.

    References
    ----------
    Courgeau, D. (1973). Migrants et migrations. Population 28(1), 95-129.

    Examples
    --------
    >>> levels = {"zoning": ["regions", "districts"]}
    >>> intensity = xr.DataArray([2.0, 4.0], coords=levels)
    >>> places = xr.DataArray([10, 100], coords=levels)
    >>> round(courgeau_slope(intensity, places).item(), 5)
    0.43429
    """
    intensity, places = _zonings(intensity, places.rename("places"), over, at_least=2)
    x = 2 * _log(places)
    slope = (x * intensity).sum(over, skipna=False) / (x**2).sum(over)
    return _stamped(slope, "courgeau_k", (intensity, places))


def all_moves_intensity(
    intensity: xr.DataArray, households_per_place: xr.DataArray, *, over: str = "zoning"
) -> xr.DataArray:
    """Share of people who change address at all, from intensities between places.

    Parameters
    ----------
    intensity : DataArray [zoning, ...], percent
        Crude migration intensity by division of the same country and interval.
    households_per_place : DataArray [zoning, ...], households
        Mean number of households in a place of each division.
    over : str, optional
        Dimension that holds the divisions.

    Returns
    -------
    DataArray [...], percent
        The aggregate crude migration intensity (ACMI).

    Raises
    ------
    SchemaError
        Fewer than three divisions (``TooFewZonings``), all with the same number of
        households, or a number below 1.
    CoverageError
        Labels of the arrays differ.

    Notes
    -----
    Intercept of the least-squares line of ``CMI`` on ``ln(households per place)``: where
    a place shrinks to one household every change of address is a move. An extrapolation
    far beyond the data: the finer the finest division, the better.

    References
    ----------
    Courgeau, D., Muhidin, S. and Bell, M. (2012). Population 67(4), 631-652.
    Bell, M. and others (2015). Population and Development Review 41(1), 33-58.

    Examples
    --------
    >>> levels = {"zoning": ["regions", "districts", "communes"]}
    >>> intensity = xr.DataArray([3.0, 5.0, 7.0], coords=levels)
    >>> households = xr.DataArray([1e5, 1e4, 1e3], coords=levels)
    >>> round(all_moves_intensity(intensity, households).item(), 6)
    13.0
    """
    intensity, households = _zonings(
        intensity, households_per_place.rename("households_per_place"), over, at_least=1
    )
    if intensity.sizes[over] < 3:
        raise SchemaError(
            f"a line needs three divisions or more, not {intensity.sizes[over]}",
            where=over,
            remedy="add divisions of the same country",
            id="TooFewZonings",
        )
    x = _log(households)
    spread = x - x.mean(over)
    if bool(((spread**2).sum(over) <= 1e-12 * (x**2).sum(over)).any()):
        raise SchemaError(
            "all divisions have the same number of households in a place",
            where="households_per_place",
            remedy="give divisions of different fineness",
            id="TooFewZonings",
        )
    slope = (spread * intensity).sum(over, skipna=False) / (spread**2).sum(over)
    intercept = intensity.mean(over, skipna=False) - slope * x.mean(over)
    return _stamped(intercept, "all_moves_intensity", (intensity, households))


def net_migration_impact(
    intensity_slope: xr.DataArray, effectiveness: xr.DataArray, *, over: str = "country"
) -> xr.DataArray:
    """Redistribution of population by migration, relative to a set of countries.

    Parameters
    ----------
    intensity_slope : DataArray [country, ...], percent per unit of ln n
        Slope of crude migration intensity on ln n; on ln n squared serves as well, if
        it is the same for all countries.
    effectiveness : DataArray [country, ...], percent
        Migration effectiveness index, averaged over the divisions of each country.
    over : str, optional
        Dimension of the comparison set.

    Returns
    -------
    DataArray [country, ...], dimensionless
        1 is the product of an average intensity and an average effectiveness.

    Raises
    ------
    SchemaError
        The dimension is missing, or a value is missing or negative.
    CoverageError
        Labels of the arrays differ.

    See Also
    --------
    aggregate_net_migration_rate : The impact within one division of one country.

    Notes
    -----
    ``INMI = (slope / mean slope) * (MEI / mean MEI)``, means over the comparison set,
    unweighted. The index of a country changes with the set: name the set beside it.

    References
    ----------
    Rees, P. and others (2017). The impact of internal migration on population
    redistribution: an international comparison. Population, Space and Place 23, e2036.

    Examples
    --------
    >>> countries = {"country": ["KAZ", "KOR"]}
    >>> slope = xr.DataArray([1.0, 3.0], coords=countries)
    >>> effectiveness = xr.DataArray([15.0, 5.0], coords=countries)
    >>> net_migration_impact(slope, effectiveness).values.tolist()
    [0.75, 0.75]
    """
    slope, effectiveness = same_cells(
        intensity_slope.rename("intensity_slope"), effectiveness.rename("effectiveness")
    )
    faults: list[WorkbenchError] = []
    for array in (slope, effectiveness):
        require_dims(array, over)
        if found := cells_where(array, ~np.asarray(array.to_numpy() >= 0)):
            faults.append(
                SchemaError(
                    f"{array.name} is missing or negative",
                    where=found,
                    remedy="the means need every country of the set; select those that have both",
                    id="NegativeInput",
                )
            )
    raise_faults(faults)
    means = slope.mean(over), effectiveness.mean(over)
    impact = (slope / means[0].where(means[0] > 0)) * (effectiveness / means[1].where(means[1] > 0))
    return _stamped(impact, "net_migration_impact", (slope, effectiveness), units="1")


def _zonings(
    intensity: xr.DataArray, size: xr.DataArray, over: str, *, at_least: float
) -> tuple[xr.DataArray, xr.DataArray]:
    intensity, size = same_cells(intensity.rename("intensity"), size)
    faults: list[WorkbenchError] = []
    for array in (intensity, size):
        require_dims(array, over)
    if found := cells_where(size, ~np.asarray(size.to_numpy() >= at_least)):
        faults.append(
            SchemaError(
                f"{size.name} is missing or below {at_least:g}",
                where=found,
                remedy="leave such a division out",
            )
        )
    missing = [str(d) for d in size.dims if d not in intensity.dims]
    if missing:
        faults.append(
            CoverageError(
                f"{size.name} has dimensions that the intensity lacks: {', '.join(missing)}",
                where=str(size.name),
                remedy="give one number a division",
            )
        )
    raise_faults(faults)
    return intensity, size


def _log(size: xr.DataArray) -> xr.DataArray:
    return size.copy(data=np.log(size.to_numpy().astype(np.float64)))


def _stamped(
    result: xr.DataArray, name: str, inputs: tuple[xr.DataArray, ...], units: str = "percent"
) -> xr.DataArray:
    values: Floats = result.to_numpy()
    facts = missing_reason(result, {"an input is missing": np.isnan(values)})
    return stamp(result, name=name, units=units, kind="index", inputs=inputs, **facts)
