# SPDX-License-Identifier: Apache-2.0
"""Irregular work that a quota makes: more workers than it has places."""

from __future__ import annotations

from dataclasses import dataclass

import xarray as xr

from keruen.core.arrays import stamp
from keruen.core.errors import raise_faults
from keruen.decide._policy_numbers import POSITIVE, SHARE, Number, numbers_of


@dataclass(frozen=True)
class Shortfall:
    """Workers that a quota has no place for.

    Parameters
    ----------
    legal : DataArray [as given], persons
        At most so many can work legally.
    forced : DataArray [as given], persons
        Workers who would pay and find no place.
    irregular : DataArray [as given], persons
        All without a permit.
    least_share : DataArray [as given], share
        Of workers, those who could not be legal even if all wanted to.
    """

    legal: xr.DataArray
    forced: xr.DataArray
    irregular: xr.DataArray
    least_share: xr.DataArray


def quota_shortfall(workers: Number, *, quota: Number, willing: Number = 1.0) -> Shortfall:
    """Workers that a quota leaves without a legal way.

    Parameters
    ----------
    workers : float or DataArray, persons
        Foreign workers in the country.
    quota : float or DataArray, persons
        Permits that may be issued.
    willing : float or DataArray, share
        Of workers, those who would pay at the price asked.

    Returns
    -------
    Shortfall

    Raises
    ------
    SchemaError
        A number is missing or outside what it may be (``InputError``).

    See Also
    --------
    price_curve : The same over prices.

    Notes
    -----
    ``legal = min(willing workers, quota)``; ``irregular = workers - legal``.

    Examples
    --------
    Russia 2014: 1.6 million permits, about 13 million foreign workers.

    >>> found = quota_shortfall(13e6, quota=1.6e6)
    >>> found.irregular.item(), found.least_share.round(3).item()
    (11400000.0, 0.877)
    """
    given = {"workers": workers, "quota": quota, "willing": willing}
    limits = {"workers": POSITIVE, "quota": POSITIVE, "willing": SHARE}
    found, faults = numbers_of(given, limits)
    raise_faults(faults, where="quota and workers")
    asked = found["workers"] * found["willing"]
    legal = asked.where(asked <= found["quota"], found["quota"])
    beyond = (found["workers"] - found["quota"]).clip(min=0)
    count = {"units": "persons", "kind": "count"}
    return Shortfall(
        stamp(legal, name="legal", **count),  # type: ignore[arg-type]
        stamp(asked - legal, name="forced", **count),  # type: ignore[arg-type]
        stamp(found["workers"] - legal, name="irregular", **count),  # type: ignore[arg-type]
        stamp(
            beyond / found["workers"].where(found["workers"] > 0),
            name="least_share", units="share", kind="share",
        ),
    )  # fmt: skip
