# SPDX-License-Identifier: Apache-2.0
"""What a month with a personal permit costs by law."""

from __future__ import annotations

import numpy as np
import xarray as xr

from keruen.core.arrays import stamp
from keruen.core.errors import raise_faults
from keruen.decide._policy_numbers import Number, numbers_of

_ABOVE_ZERO = (1e-12, np.inf)


def patent_price(base: Number, *, deflator: Number, coefficient: Number) -> xr.DataArray:
    """Monthly advance payment for a patent of the Russian Federation.

    Parameters
    ----------
    base : float or DataArray, RUB a month
        Payment of the Tax Code before indexation.
    deflator : float or DataArray, ratio
        Deflator of the year.
    coefficient : float or DataArray, ratio
        Coefficient of the region and year.

    Returns
    -------
    DataArray [as given], RUB a month
        Rounded to kopeks.

    Raises
    ------
    SchemaError
        A number is missing or not above 0 (``InputError``).

    See Also
    --------
    implied_coefficient : The coefficient behind a published price.

    Notes
    -----
    ``P = 1,200 deflator(year) coefficient(region, year)``.

    Examples
    --------
    >>> patent_price(1200, deflator=1.980, coefficient=2.483165).item()
    5900.0
    """
    given = {"base": base, "deflator": deflator, "coefficient": coefficient}
    found, faults = numbers_of(given, dict.fromkeys(given, _ABOVE_ZERO))
    raise_faults(faults, where="the price of a patent")
    price = (found["base"] * found["deflator"] * found["coefficient"]).round(2)
    return stamp(price, name="price", units="RUB a month", kind="money")


def implied_coefficient(price: Number, *, base: Number, deflator: Number) -> xr.DataArray:
    """Regional coefficient that a published price implies.

    Parameters
    ----------
    price : float or DataArray, RUB a month
        Published price.
    base : float or DataArray, RUB a month
        Payment before indexation.
    deflator : float or DataArray, ratio
        Deflator of the year.

    Returns
    -------
    DataArray [as given], ratio

    Raises
    ------
    SchemaError
        A number is missing or not above 0 (``InputError``).

    See Also
    --------
    patent_price : The other way.

    Examples
    --------
    >>> implied_coefficient(5350, base=1200, deflator=1.813).round(4).item()
    2.4591
    """
    given = {"price": price, "base": base, "deflator": deflator}
    found, faults = numbers_of(given, dict.fromkeys(given, _ABOVE_ZERO))
    raise_faults(faults, where="the price of a patent")
    ratio = found["price"] / (found["base"] * found["deflator"])
    return stamp(ratio, name="coefficient", units="ratio", kind="index")
