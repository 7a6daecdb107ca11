# SPDX-License-Identifier: Apache-2.0
"""Occupations of the United States, embedded: published projections, and the outcome of 2025."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

import xarray as xr

from keruen.core.arrays import stamp
from keruen.core.errors import CodeError
from keruen.core.tables import from_table
from keruen.sources.catalog import load_table

if TYPE_CHECKING:
    import pandas as pd

PROJECTIONS: Final = "usa.occupation_projections"
OUTCOME: Final = "usa.oews_2025"
EDITIONS: Final = (2016, 2020)
"""Base years of the published projections; each runs ten years."""
OUTCOME_YEAR: Final = 2025

_HORIZON: Final = 10
_WHOLE: Final = "000000"
_DETAILED: Final = 3


@dataclass(frozen=True)
class PublishedProjection:
    """A projection of the Bureau of Labor Statistics, by detailed occupation.

    Parameters
    ----------
    employment : DataArray [year, occupation], jobs
        At the base and ten years later, the self-employed included.
    openings : DataArray [occupation], jobs per year
        Growth, exits and transfers.
    titles : dict of str to str
        Title of each code.
    """

    employment: xr.DataArray
    openings: xr.DataArray
    titles: dict[str, str]


@cache
def usa_projection(base_year: int) -> PublishedProjection:
    """A published projection of the United States.

    Parameters
    ----------
    base_year : int
        2016 or 2020.

    Returns
    -------
    PublishedProjection

    Raises
    ------
    CodeError
        There is no projection from that year.

    Examples
    --------
    >>> usa_projection(2016).openings.sel(occupation="29-1141").item()
    203800.0
    """
    if base_year not in EDITIONS:
        raise CodeError(
            f"no published projection starts in {base_year}",
            remedy=f"choose one of {', '.join(map(str, EDITIONS))}",
        )
    table = load_table(PROJECTIONS, year=base_year).set_index("occupation")
    codes = [str(code) for code in table.index]
    employment = xr.DataArray(
        [table["employment_base"].to_numpy(float), table["employment_projected"].to_numpy(float)],
        coords={"year": [base_year, base_year + _HORIZON], "occupation": codes},
        dims=["year", "occupation"],
    )
    openings = xr.DataArray(table["annual_openings"].to_numpy(float), {"occupation": codes})
    return PublishedProjection(
        employment=_jobs(employment, PROJECTIONS),
        openings=_jobs(openings, PROJECTIONS, name="openings", units="jobs per year"),
        titles={code: str(text) for code, text in zip(codes, table["title"], strict=True)},
    )


@cache
def usa_jobs() -> xr.DataArray:
    """Wage and salary jobs of the United States by detailed occupation, May 2025.

    Returns
    -------
    DataArray [occupation], jobs
        Without the self-employed: shares compare with a projection, levels do not.

    Examples
    --------
    >>> usa_jobs().sizes["occupation"]
    830
    """
    table = _outcome()
    table = table[table["industry"] == _WHOLE]
    return _jobs(from_table(table[["occupation", "employment"]], value="employment"), OUTCOME)


@cache
def usa_matrix() -> xr.DataArray:
    """Jobs of the United States by three-digit industry and detailed occupation, May 2025.

    Returns
    -------
    DataArray [sector, occupation], jobs
        NAICS by SOC. A cell that is not published is 0: published cells hold 99.5% of jobs.

    Examples
    --------
    >>> tuple(usa_matrix().sizes.values())
    (85, 830)
    """
    table = _outcome()
    table = table[table["industry_level"] == _DETAILED].rename(columns={"industry": "sector"})
    cells = from_table(table[["sector", "occupation", "employment"]], value="employment")
    return _jobs(cells.fillna(0.0), OUTCOME)


def usa_industry_names() -> dict[str, str]:
    """Names of the industries of :func:`usa_matrix`.

    Returns
    -------
    dict of str to str
    """
    table = _outcome()
    table = table[table["industry_level"] == _DETAILED].drop_duplicates("industry")
    return dict(zip(table["industry"], table["industry_name"], strict=True))


def same_titles(one: PublishedProjection, other: PublishedProjection) -> list[str]:
    """Codes that have the same title in two editions: the classification changed in 2018.

    Parameters
    ----------
    one, other : PublishedProjection
        The editions.

    Returns
    -------
    list of str

    Examples
    --------
    >>> len(same_titles(usa_projection(2016), usa_projection(2020)))
    648
    """
    shared = [code for code in one.titles if code in other.titles]
    return [code for code in shared if _plain(one.titles[code]) == _plain(other.titles[code])]


def _plain(title: str) -> str:
    return title.strip().lower()


@cache
def _outcome() -> pd.DataFrame:
    table = load_table(OUTCOME)
    table = table[table["occupation_level"] == _DETAILED]
    return table.assign(employment=table["employment"].astype(float))


def _jobs(
    cells: xr.DataArray, source: str, *, name: str = "employed", units: str = "jobs"
) -> xr.DataArray:
    jobs = stamp(cells, name=name, units=units, kind="count")
    return jobs.assign_attrs(origin=(source,), licence=("public-domain",))
