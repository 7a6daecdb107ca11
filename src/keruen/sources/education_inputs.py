# SPDX-License-Identifier: Apache-2.0
"""Residents by education from the embedded data: shares of one source, people of another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import xarray as xr

from keruen.core.arrays import stamp
from keruen.sources.catalog import dataset, load

SHARES: Final = "wic.population"
PEOPLE: Final = "wpp2024.population"
GROUPS: Final = {
    "none": "low",
    "incomplete_primary": "low",
    "primary": "low",
    "lower_secondary": "low",
    "upper_secondary": "medium",
    "post_secondary": "high",
}
"""Schooling of each group of the Wittgenstein Centre."""
_LEVELS: Final = ("low", "medium", "high")
_YOUNGEST: Final = 25


def residents_by_education(
    years: Sequence[int], *, countries: Sequence[str] | None = None
) -> xr.DataArray:
    """Residents aged 25 and over by schooling and sex.

    Parameters
    ----------
    years : sequence of int
        Years wanted, 1950 to 2100.
    countries : sequence of str, optional
        ISO 3166-1 alpha-3 codes; all when not given.

    Returns
    -------
    DataArray [year, country, education, sex], persons
        Schooling ``low`` (lower secondary at most), ``medium`` (upper secondary) and
        ``high`` (anything after it). Missing where a country's schooling is not held. The
        attribute ``shares_of`` names the years that the shares are of.

    Raises
    ------
    CoverageError
        A country or year is not held.

    Notes
    -----
    Shares by schooling of the Wittgenstein Centre, of the nearest of its years (1950 to
    2020, every fifth), times the people of World Population Prospects 2024 at mid-year: the
    shares were made on older estimates of population. Its highest group takes in some
    post-secondary schooling that is not tertiary (ISCED 4), so it is a little wider than
    "high" in censuses abroad, and rates of the highly schooled come out a little low.

    Examples
    --------
    >>> people = residents_by_education([2020], countries=["KAZ"])
    >>> people.sum("sex", skipna=False).sel(year=2020, country="KAZ").round(-5).values.tolist()
    [1200000.0, 7200000.0, 2900000.0]
    """
    held = load(SHARES, **_known(countries))
    level = _levels(held.sel(age=held["age"] >= _YOUNGEST).sum("age"))
    whole = level.sum("education")
    share = level / whole.where(whole > 0)
    of = share["year"].to_numpy()
    nearest = [int(of[np.argmin(np.abs(of - year))]) for year in years]
    asked = {} if countries is None else {"country": list(countries)}
    given = load(PEOPLE, year=list(years), **asked)
    people = given.sel(age=given["age"] >= _YOUNGEST).sum("age")
    share = share.sel(year=nearest).assign_coords(year=list(years))
    return stamp(
        share.reindex(country=people["country"]) * people,
        name="residents",
        units="persons",
        kind="count",
        inputs=(held, given),
        concept="stock",
        shares_of=tuple(dict.fromkeys(nearest)),
    )


def _levels(people: xr.DataArray) -> xr.DataArray:
    """Groups of the publisher added up to low, medium and high; an empty group is nobody."""
    held = people.sel(education=list(GROUPS)).fillna(0.0)
    groups = xr.DataArray(list(GROUPS.values()), coords={"education": list(GROUPS)}, name="level")
    return held.groupby(groups).sum().rename(level="education").sel(education=list(_LEVELS))


def _known(countries: Sequence[str] | None) -> dict[str, list[str]]:
    """The countries among those asked for whose schooling is held; all when there is none."""
    held = set(dataset(SHARES).labels["country"])
    known = [code for code in countries or () if code in held]
    return {"country": known} if known else {}
