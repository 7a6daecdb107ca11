# SPDX-License-Identifier: Apache-2.0
"""Whether published quotas agree with each other, and how many foreigners an employer may have."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

import numpy as np
import xarray as xr

from keruen.core.arrays import few, require_dims, same_cells, stamp
from keruen.core.errors import SchemaError

if TYPE_CHECKING:
    import pandas as pd

_TENTH: Final = 0.1


def implied_labour_force(persons: xr.DataArray, percent: xr.DataArray) -> pd.DataFrame:
    """The labour force that quotas given both in persons and in percent speak of.

    Parameters
    ----------
    persons : DataArray [series, year], persons
        Quotas as published; missing where not.
    percent : DataArray [series, year], percent of the labour force
        The same quotas; missing where not.

    Returns
    -------
    DataFrame
        Columns year, series, persons, percent, labour_force, least, most (persons), agrees: one
        row for each quota that has both figures. ``agrees`` is missing for a year with a
        single quota, and false for all of a year whose ranges have no value in common.

    Raises
    ------
    SchemaError
        A figure is negative, or a share is 0 or above 100.
    CoverageError
        Labels differ.

    See Also
    --------
    region_total : Regions against the country.

    Notes
    -----
    ``labour force = persons / (percent / 100)``. Each figure stands for all numbers that round
    to it, half a unit of its last digit either way: the zeros at the end of a whole number
    count as rounded, and a share is taken to be given to a tenth of a percent at least.
    ``least`` and ``most`` follow from that, so that no margin has to be chosen.

    Examples
    --------
    >>> cells = {"series": ["employers", "households"], "year": [2023, 2024]}
    >>> persons = xr.DataArray([[22200, 22000], [296700, 271300]], cells)
    >>> percent = xr.DataArray([[0.24, 0.23], [3.2, 3.1]], cells)
    >>> found = implied_labour_force(persons, percent)
    >>> for row in found.itertuples():
    ...     print(row.year, row.series, round(row.labour_force, -4), row.agrees)
    2023 employers 9250000.0 True
    2023 households 9270000.0 True
    2024 employers 9570000.0 False
    2024 households 8750000.0 False
    """
    import pandas as pd

    require_dims(persons, "series", "year", name="persons")
    count, share = same_cells(persons.rename("persons"), percent.rename("percent"))
    rows = []
    for year in count.indexes["year"]:
        for name in count.indexes["series"]:
            told = (
                count.sel(series=name, year=year).item(),
                share.sel(series=name, year=year).item(),
            )
            if not np.isnan(told).any():
                rows.append((int(year), str(name), *told, *_implied(*told, f"{name}, {year}")))
    names = ["year", "series", "persons", "percent", "labour_force", "least", "most"]
    found = pd.DataFrame(rows, columns=names)
    years = found.groupby("year")
    common = years["least"].transform("max") <= years["most"].transform("min")
    alone = years["series"].transform("size") == 1
    return found.assign(agrees=common.astype(object).mask(alone, None))


def _implied(persons: float, percent: float, where: str) -> tuple[float, float, float]:
    if persons < 0 or not 0 < percent <= 100:
        raise SchemaError(
            f"{persons} persons cannot be {percent} percent of a labour force",
            where=where,
            remedy="give persons of 0 or more, and a share above 0 and up to 100",
        )
    off, unsure = _half_digit(persons), min(_half_digit(percent), _TENTH / 2)
    least = (persons - off) / (percent + unsure)
    most = (persons + off) / (percent - unsure) if percent > unsure else np.inf
    return 100 * persons / percent, 100 * least, 100 * most


def _half_digit(value: float) -> float:
    """Half a unit of the last digit that a figure was written with."""
    last = Decimal(repr(value)).normalize().as_tuple().exponent if value else 0
    return 0.5 * 10.0 ** int(last)


def region_total(regions: xr.DataArray, total: float) -> pd.DataFrame:
    """Quotas of regions against the quota of the country.

    Parameters
    ----------
    regions : DataArray [region], persons
        Quotas of regions; missing where not known.
    total : float, persons
        Quota of the country.

    Returns
    -------
    DataFrame
        One row: regions (how many have a figure), sum, total, difference (total less sum),
        agrees.

    Raises
    ------
    SchemaError
        There is no dimension ``region``.

    See Also
    --------
    implied_labour_force : Persons against shares.

    Examples
    --------
    >>> pavlodar = xr.DataArray([977.0, 285.0], {"region": ["KZ-55", "KZ-11"]}, "region")
    >>> region_total(pavlodar, 1262)["agrees"].item()
    True
    """
    import pandas as pd

    require_dims(regions, "region", name="regions")
    held = int(regions.notnull().sum())
    added = float(regions.sum())
    row = (held, added, float(total), float(total) - added, added == float(total))
    return pd.DataFrame([row], columns=["regions", "sum", "total", "difference", "agrees"])


def most_foreign_staff(citizens: xr.DataArray, *, citizens_percent: xr.DataArray) -> xr.DataArray:
    """Foreign workers that an employer may have beside its citizens.

    Parameters
    ----------
    citizens : DataArray [..., status], persons
        Citizens on the staff by permit category or group of categories, such as ``I_II``.
    citizens_percent : DataArray [status], percent
        Least share of citizens among all staff of the categories together.

    Returns
    -------
    DataArray [..., status], persons
        The most for which citizens still make up the share.

    Raises
    ------
    SchemaError
        A number of citizens is no whole number of 0 or more, or a share is not between 0
        and 100.
    CoverageError
        Categories differ.

    See Also
    --------
    most_transferees : Transferees within a company, outside the quota.

    Notes
    -----
    ``floor(K (100 - p) / p)`` with ``K`` citizens and ``p`` percent.

    Examples
    --------
    >>> law = xr.DataArray([70, 90], {"status": ["I_II", "III_IV"]}, "status")
    >>> staff = xr.DataArray([14, 90], {"status": ["I_II", "III_IV"]}, "status")
    >>> most_foreign_staff(staff, citizens_percent=law).values.tolist()
    [6, 10]
    """
    people, share = same_cells(
        citizens.rename("citizens"), citizens_percent.rename("citizens_percent")
    )
    _need_whole(people)
    odd = ~((share > 0) & (share <= 100))
    if odd.any():
        raise SchemaError(
            f"a share of {few(np.unique(share.where(odd).to_numpy()))} percent",
            where="citizens_percent",
            remedy="give more than 0 and up to 100",
        )
    return _whole(people * (100 - share) / share, "most_foreign_staff")


def most_transferees(citizens: xr.DataArray, *, percent: float = 50.0) -> xr.DataArray:
    """Transferees within a company that an employer may have beside its citizens.

    Parameters
    ----------
    citizens : DataArray [..., status], persons
        Citizens on the staff by permit category.
    percent : float, optional
        Most transferees, relative to the citizens of the category.

    Returns
    -------
    DataArray [..., status], persons

    Raises
    ------
    SchemaError
        A number of citizens is no whole number of 0 or more, or the percent is negative.

    See Also
    --------
    most_foreign_staff : Workers within the quota.

    Examples
    --------
    >>> staff = xr.DataArray([15], {"status": ["I"]}, "status")
    >>> most_transferees(staff).item()
    7
    """
    _need_whole(citizens)
    if not percent >= 0:
        raise SchemaError(f"{percent} percent", where="percent", remedy="give 0 or more")
    return _whole(citizens * percent / 100, "most_transferees")


def _need_whole(citizens: xr.DataArray) -> None:
    require_dims(citizens, "status", name="citizens")
    values = citizens.to_numpy().astype(float)
    if not (np.isfinite(values) & (values >= 0) & (values == np.floor(values))).all():
        raise SchemaError(
            "a number of citizens is no whole number of 0 or more",
            where="citizens",
            remedy="give persons on the staff",
            id="NotACount",
        )


def _whole(array: xr.DataArray, name: str) -> xr.DataArray:
    # 5.9999999999 is 6: the products are of whole numbers and of shares with few digits.
    whole = xr.apply_ufunc(np.floor, array + 1e-9).astype(np.int64)
    return stamp(whole, name=name, units="persons", kind="count")
