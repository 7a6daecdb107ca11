# SPDX-License-Identifier: Apache-2.0
"""Growth by migration that no country has ever exceeded, over one period and over many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import xarray as xr

from keruen.core.arrays import stamp
from keruen.core.errors import CodeError, CoverageError
from keruen.project import _netsteps
from keruen.project._netinputs import check_rates, place_of, rate_values

_YEARS_BACK: Final = 30


@dataclass(frozen=True)
class MigrationLimits:
    """Smallest and largest growth by migration ever seen over so many periods.

    Parameters
    ----------
    lower : DataArray [periods]
        Smallest product of ``1 + rate`` over neighbouring periods.
    upper : DataArray [periods, country]
        Largest product; that of the special places is theirs alone.
    """

    lower: xr.DataArray
    upper: xr.DataArray


def cumulative_limits(
    rates: xr.DataArray, *, special: Sequence[str] = (), years: int = _YEARS_BACK
) -> MigrationLimits:
    """Limits of growth by migration over one period, two periods, up to thirty years.

    Parameters
    ----------
    rates : DataArray [year, country], per person and period
        Observed net migration rates.
    special : sequence of str, optional
        Places whose highs bind only themselves: the Gulf states.
    years : int, optional
        Longest window.

    Returns
    -------
    MigrationLimits

    Raises
    ------
    CodeError
        A special place is not there.
    CoverageError
        No window of some length is fully observed.

    See Also
    --------
    project_net_migration : Paths inside the limits.

    Notes
    -----
    ``L[w] = min prod(1 + r)`` and ``U[w] = max prod(1 + r)`` over all windows of w
    neighbouring periods of all places; U without the special places binds the others, U of
    all binds the special ones.

    Examples
    --------
    >>> observed = xr.DataArray(
    ...     [[0.10, 0.00], [0.10, -0.05]], coords={"year": [2000, 2001], "country": ["A", "B"]}
    ... )
    >>> cumulative_limits(observed).upper.sel(country="B").round(2).values.tolist()
    [1.1, 1.21]
    """
    place = place_of(rates)
    windows = max(1, years // check_rates(rates, place))
    labels = rates.indexes[place]
    unknown = sorted(set(special) - set(labels))
    if unknown:
        raise CodeError(f"special names {', '.join(unknown)}", where=place)
    windows = min(windows, rates.sizes["year"])
    apart = np.asarray(labels.isin(list(special)))
    low, high = _netsteps.extreme_growth(rate_values(rates, place), windows)
    if np.isnan(np.stack([low.min(axis=1), high[:, ~apart].max(axis=1)])).any():
        raise CoverageError(
            "no place is observed over a whole window",
            where=f"{windows} periods",
            remedy="fill the gaps, or give fewer years",
        )
    upper = np.where(apart, high.max(axis=1)[:, None], high[:, ~apart].max(axis=1)[:, None])
    window = {"periods": np.arange(1, windows + 1)}
    lower = xr.DataArray(np.exp(low.min(axis=1)), coords=window)
    both = xr.DataArray(np.exp(upper), coords={**window, place: labels}, dims=("periods", place))
    return MigrationLimits(
        lower=stamp(lower, name="lower", units="growth factor", kind="index", inputs=[rates]),
        upper=stamp(both, name="upper", units="growth factor", kind="index", inputs=[rates]),
    )
