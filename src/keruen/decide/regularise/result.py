# SPDX-License-Identifier: Apache-2.0
"""What a regularisation programme would do, with the limits that may be shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import xarray as xr

from keruen.core.arrays import stamp
from keruen.core.draws import quantiles
from keruen.decide.regularise.fiscal import Band, FiscalEffect, least_band
from keruen.decide.regularise.law import Programme

if TYPE_CHECKING:
    import pandas as pd

_WIDEST: Final = (0.025, 0.5, 0.975)
_WHY: Final = "no narrower than estimates of one programme differ: a factor of 1.4 of the revenue"


@dataclass(frozen=True)
class Regularisation:
    """What a programme would do.

    Parameters
    ----------
    programme : Programme
        The law.
    stock, eligible : DataArray [trajectory, origin, sector, stay_years], whole persons
        Irregular migrants, and those that meet the rule.
    take_up : DataArray [window_part, trajectory], share
        Of those eligible, applicants in each part of the window.
    applicants, approved : DataArray [as stock], whole persons
        By cell.
    fee : DataArray [trajectory], money
        Fee that a person approved has paid on average.
    people, without : DataArray [year, status, trajectory], whole persons
        By status at the end of each year, with the programme and without it; the first year is
        that in which the window closes.
    pulled : DataArray [bound, year, trajectory], whole persons
        Irregular migrants at the least and the most pull.
    effect : FiscalEffect
        Of one approved person in a year.
    fiscal : DataArray [year, trajectory], money
        Net effect on the treasury of each year.
    gross : DataArray [year, trajectory], money
        New revenue within it.
    value, gross_value : DataArray [trajectory], money
        Their present values.
    gain : DataArray [trajectory], money a month
        What legal status adds to a migrant's net income, before the fee.
    remittance_share : DataArray [trajectory], share
        Of added income, what is sent home.
    formal : DataArray [trajectory], share
        By how much the share with a contract rises.
    """

    programme: Programme
    stock: xr.DataArray
    eligible: xr.DataArray
    take_up: xr.DataArray
    applicants: xr.DataArray
    approved: xr.DataArray
    fee: xr.DataArray
    people: xr.DataArray
    without: xr.DataArray
    pulled: xr.DataArray
    effect: FiscalEffect
    fiscal: xr.DataArray
    gross: xr.DataArray
    value: xr.DataArray
    gross_value: xr.DataArray
    gain: xr.DataArray
    remittance_share: xr.DataArray
    formal: xr.DataArray

    @property
    def legal(self) -> xr.DataArray:
        """People approved who still hold a permit, by year."""
        held = self.people.sel(status=["short", "long"]).sum("status")
        return stamp(held, name="legal", units="persons", kind="count", concept="stock")

    def totals(self) -> dict[str, xr.DataArray]:
        """People in all: stock, eligible, applicants, approved, of one future each.

        Returns
        -------
        dict of str to DataArray [trajectory], whole persons
        """
        arrays = (self.stock, self.eligible, self.applicants, self.approved)
        names = ("stock", "eligible", "applicants", "approved")
        return {
            name: array.sum([d for d in array.dims if d != "trajectory"])
            for name, array in zip(names, arrays, strict=True)
        }

    def adjustments(self) -> pd.DataFrame:
        """Limits that were moved apart because the evidence is no more certain.

        Returns
        -------
        DataFrame
            Columns ``quantity``, ``year``, ``limit``, ``before``, ``after``, ``reason``.
        """
        import pandas as pd

        rows = []
        for name, band in (("fiscal", self.fiscal_band()), ("value", self.value_band())):
            years = band.value["year"].to_numpy() if "year" in band.value.dims else [None]
            for limit, was, now in (
                ("lower", band.before_lower, band.lower), ("upper", band.before_upper, band.upper),
            ):  # fmt: skip
                pairs = zip(years, was.to_numpy().flat, now.to_numpy().flat, strict=True)
                rows += [(name, y, limit, a, b, _WHY) for y, a, b in pairs if a != b]
        heads = ["quantity", "year", "limit", "before", "after", "reason"]
        return pd.DataFrame(rows, columns=heads)

    def fiscal_band(self) -> Band:
        """Net effect of each year with the limits that may be shown."""
        return banded(self.fiscal, self.gross)

    def value_band(self) -> Band:
        """Present value with the limits that may be shown."""
        return banded(self.value, self.gross_value)


def banded(net: xr.DataArray, gross: xr.DataArray) -> Band:
    """Median and 95% limits of a net amount over its draws, no narrower than the evidence.

    Parameters
    ----------
    net : DataArray [trajectory, ...], money
        Net amount; a single value stands for itself.
    gross : DataArray [trajectory, ...], money
        Revenue within it.

    Returns
    -------
    Band

    See Also
    --------
    least_band : What "no narrower" means.

    Examples
    --------
    >>> band = banded(xr.DataArray(10.0), xr.DataArray(40.0))
    >>> band.lower.round(2).item(), band.upper.round(2).item()
    (3.81, 17.33)
    """
    (low, mid, high), revenue = spread(net), spread(gross)[1]
    return least_band(mid, low, high, gross=revenue)


def spread(array: xr.DataArray) -> tuple[xr.DataArray, xr.DataArray, xr.DataArray]:
    """Lower limit, median and upper limit over draws; a single value three times.

    Parameters
    ----------
    array : DataArray [trajectory, ...]
        Draws.

    Returns
    -------
    tuple of DataArray [...]
        Ends and middle of a 95% interval.

    Examples
    --------
    >>> [one.item() for one in spread(xr.DataArray([1.0, 2.0, 3.0], {"trajectory": range(3)},
    ...     "trajectory"))]
    [1.05, 2.0, 2.95]
    """
    if "trajectory" not in array.dims:
        return array, array, array
    found = quantiles(array, _WIDEST)
    low, mid, high = (found.sel(quantile=one, drop=True) for one in _WIDEST)
    return low, mid, high
