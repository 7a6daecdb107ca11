# SPDX-License-Identifier: Apache-2.0
"""Households that receive remittances: how many, and how much of what they live on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import xarray as xr

from keruen.core.arrays import require_dims, same_cells, stamp
from keruen.core.errors import SchemaError
from keruen.measure._checks import Floats, cells_where, refuse_negative
from keruen.measure._tables import table_of

if TYPE_CHECKING:
    import pandas as pd

_Z95: Final = 1.959963984540054
_QUANTILES: Final = (0.025, 0.5, 0.975)


@dataclass(frozen=True)
class HouseholdShares:
    """Households' share of remittances, from a survey.

    Parameters
    ----------
    receiving : DataArray [quantile], percent
        Households that received any: the estimate (0.5) and its 95% interval.
    of_income : DataArray [quantile], percent
        Remittances in the income of all households.
    of_receivers : DataArray [quantile], percent
        Remittances in the income of those who received any; missing where nobody did.
    households : int
        Households asked.
    """

    receiving: xr.DataArray
    of_income: xr.DataArray
    of_receivers: xr.DataArray
    households: int

    def to_table(self) -> pd.DataFrame:
        """One row an end of the interval, and the estimate."""
        return table_of(self)


def household_shares(
    received: xr.DataArray, income: xr.DataArray, weight: xr.DataArray | None = None
) -> HouseholdShares:
    """Share of households that receive remittances, and of remittances in what they live on.

    Parameters
    ----------
    received : DataArray [household], any currency
        Remittances of each household in the year.
    income : DataArray [household], the same currency
        Its income in the year, remittances among it.
    weight : DataArray [household], optional
        Households that each stands for; equal when not given.

    Returns
    -------
    HouseholdShares

    Raises
    ------
    CoverageError
        Labels differ.
    SchemaError
        A figure is negative or missing, remittances exceed income (``PartAboveWhole``), or
        fewer than two households are given (``TooFew``).

    Notes
    -----
    Ratios of weighted sums with linearised standard errors, as if households had been drawn
    one by one: in a clustered survey intervals are wider. Surveys understate remittances.

    Examples
    --------
    >>> house = {"household": [1, 2, 3, 4]}
    >>> received = xr.DataArray([0.0, 0.0, 300.0, 100.0], coords=house)
    >>> income = xr.DataArray([1_000.0, 1_000.0, 1_200.0, 800.0], coords=house)
    >>> found = household_shares(received, income)
    >>> found.receiving.sel(quantile=0.5).item(), found.of_income.sel(quantile=0.5).item()
    (50.0, 10.0)
    """
    require_dims(received, "household", name="received")
    weight = xr.ones_like(received, dtype=float) if weight is None else weight
    received, income, weight = same_cells(received, income, weight)
    _check(received, income, weight)
    money, whole, w = (a.to_numpy().astype(float) for a in (received, income, weight))
    any_ = (money > 0).astype(float)
    parts = {
        "receiving": (any_, np.ones_like(money)),
        "of_income": (money, whole),
        "of_receivers": (money, whole * any_),
    }
    shares = {
        name: stamp(
            xr.DataArray(_share(*pair, w), coords={"quantile": list(_QUANTILES)}),
            name=name, units="percent", kind="share", inputs=(received, income),
        )
        for name, pair in parts.items()
    }  # fmt: skip
    return HouseholdShares(**shares, households=len(money))


def _share(part: Floats, whole: Floats, weight: Floats) -> Floats:
    """Ratio of weighted sums between the ends of its interval, percent, within 0 to 100."""
    base = float((weight * whole).sum())
    if base <= 0:
        return np.full(3, np.nan)
    ratio = float((weight * part).sum()) / base
    residual = weight * (part - ratio * whole)
    count = len(part)
    error = float(np.sqrt(count / (count - 1) * ((residual - residual.mean()) ** 2).sum())) / base
    ends = ratio + _Z95 * error * np.array([-1.0, 0.0, 1.0])
    return np.asarray(100 * np.clip(ends, 0.0, 1.0))


def _check(received: xr.DataArray, income: xr.DataArray, weight: xr.DataArray) -> None:
    for name, array in (("received", received), ("income", income), ("weight", weight)):
        refuse_negative(array, name=name)
        if found := cells_where(array, array.isnull().to_numpy()):
            raise SchemaError(
                f"{name} is missing",
                where=found,
                remedy="leave out households that did not answer, and adjust the weights",
                id="MissingValue",
            )
    if received.sizes["household"] < 2:
        raise SchemaError("fewer than two households", remedy="give the survey", id="TooFew")
    if found := cells_where(received, (received > income * (1 + 1e-9)).to_numpy()):
        raise SchemaError(
            "remittances are more than the whole income",
            where=found,
            remedy="give income with remittances among it",
            id="PartAboveWhole",
        )
