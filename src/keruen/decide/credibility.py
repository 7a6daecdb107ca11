# SPDX-License-Identifier: Apache-2.0
"""Whether an occupation is credibly short: five signs of the market, of which some must hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import xarray as xr

from keruen.core.arrays import require_dims, same_cells, stamp
from keruen.core.errors import CoverageError, SchemaError

if TYPE_CHECKING:
    import pandas as pd

SIGNS: Final = (
    "vacancy_rate",
    "days_to_fill",
    "wage_growth",
    "unemployed_per_vacancy",
    "employers_reporting",
)
"""The five signs of a shortage."""


@dataclass(frozen=True)
class Credibility:
    """Signs of a shortage that hold.

    Parameters
    ----------
    holds : DataArray [series, ..., occupation], 0 or 1
        Whether each sign holds; missing where it is not known.
    short : DataArray [..., occupation], 0 or 1
        Whether enough of them do.

    See Also
    --------
    credible_shortages : Makes it.
    """

    holds: xr.DataArray
    short: xr.DataArray

    def to_table(self) -> pd.DataFrame:
        """One row an occupation: each sign, and whether enough of them hold.

        Returns
        -------
        DataFrame
        """
        signs = self.holds.transpose(..., "series").to_series().unstack("series")
        return signs.assign(short=self.short.to_series()).reset_index()


def credible_shortages(
    *,
    vacancy_rate: xr.DataArray | None = None,
    days_to_fill: xr.DataArray | None = None,
    wage_growth: xr.DataArray | None = None,
    unemployed_per_vacancy: xr.DataArray | None = None,
    employers_reporting: xr.DataArray | None = None,
    at_least: int = 3,
) -> Credibility:
    """Occupations with enough signs of a shortage.

    Parameters
    ----------
    vacancy_rate : DataArray [..., occupation], share, optional
        Vacancies per job; a sign above the 75th percentile over occupations.
    days_to_fill : DataArray [..., occupation], days, optional
        Median time to fill a vacancy; a sign above 60.
    wage_growth : DataArray [year, ..., occupation], share, optional
        Real growth of pay in two years; a sign where it is above the mean of occupations in
        both.
    unemployed_per_vacancy : DataArray [..., occupation], persons per vacancy, optional
        A sign below 1.
    employers_reporting : DataArray [..., occupation], share, optional
        Employers who report a shortage; a sign above 0.2.
    at_least : int, optional
        Signs that must hold.

    Returns
    -------
    Credibility
        A sign that is not known does not hold.

    Raises
    ------
    CoverageError
        Fewer signs are given than must hold, or pay is not given for two years.
    SchemaError
        ``at_least`` is not 1 to 5.

    See Also
    --------
    keruen.decide.quota.need_from_gap : Takes ``short``.

    Examples
    --------
    >>> jobs = {"occupation": ["2221", "5120"]}
    >>> days, idle, told = (xr.DataArray(v, jobs)
    ...     for v in ([90.0, 20.0], [0.4, 3.0], [0.3, 0.1]))
    >>> found = credible_shortages(
    ...     days_to_fill=days, unemployed_per_vacancy=idle, employers_reporting=told)
    >>> found.short.values.tolist()
    [1.0, 0.0]
    """
    if not 1 <= at_least <= len(SIGNS):
        raise SchemaError("between 1 and 5 signs can be asked for", where=f"at_least={at_least}")
    signs: dict[str, xr.DataArray] = {}
    if vacancy_rate is not None:
        signs["vacancy_rate"] = _sign(vacancy_rate, vacancy_rate.quantile(0.75, "occupation"))
    if days_to_fill is not None:
        signs["days_to_fill"] = _sign(days_to_fill, 60.0)
    if wage_growth is not None:
        signs["wage_growth"] = _both_years(wage_growth)
    if unemployed_per_vacancy is not None:
        signs["unemployed_per_vacancy"] = _sign(-unemployed_per_vacancy, -1.0)
    if employers_reporting is not None:
        signs["employers_reporting"] = _sign(employers_reporting, 0.2)
    if len(signs) < at_least:
        raise CoverageError(
            f"{at_least} signs must hold, and only {len(signs)} are given",
            where=", ".join(signs) or "none",
            remedy=f"give more of {', '.join(SIGNS)}, or ask for fewer",
        )
    arrays = xr.broadcast(*same_cells(*(one.rename(name) for name, one in signs.items())))
    holds = xr.concat(arrays, dim="series", coords="minimal").assign_coords(series=list(signs))
    return Credibility(
        holds=stamp(holds, name="holds", units="", kind="index"),
        short=stamp(
            (holds.sum("series") >= at_least).astype(float), name="short", units="", kind="index"
        ),
    )


def _sign(values: xr.DataArray, bound: float | xr.DataArray) -> xr.DataArray:
    require_dims(values, "occupation")
    held = (values > bound).astype(float).where(values.notnull())
    return held.drop_vars("quantile", errors="ignore")


def _both_years(growth: xr.DataArray) -> xr.DataArray:
    require_dims(growth, "year", "occupation", name="wage_growth")
    if growth.sizes["year"] != 2:
        raise CoverageError(
            f"growth of pay is judged over two years, not {growth.sizes['year']}",
            where="wage_growth",
            remedy="give the two last ones",
        )
    return _sign(growth, growth.mean("occupation")).min("year", skipna=False)
