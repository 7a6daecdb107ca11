# SPDX-License-Identifier: Apache-2.0
"""Wages of natives and migrants by schooling when workers come or leave: nested CES."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import xarray as xr

from keruen.core.arrays import same_cells, stamp
from keruen.core.errors import SchemaError
from keruen.core.tables import to_table
from keruen.decide.welfare._given import ANY, INSIDE, POSITIVE, SHARE, Number, numbers
from keruen.decide.welfare.surplus import HORIZONS

if TYPE_CHECKING:
    import pandas as pd

SIGMA: Final = 1.75
"""Elasticity of substitution between schooling groups; 1.3 to 2 in the literature."""
EPSILON: Final = 20.0
"""Elasticity of substitution between natives and migrants of a group; 10 to infinity."""
_CLOSES: Final = 1e-6
_LOGARITHM: Final = 1e-7  # closer to 0 than this the power mean is its geometric limit


@dataclass(frozen=True)
class WageChanges:
    """Changes of wages, in logarithms.

    Parameters
    ----------
    native : DataArray [scenario, ..., education], log change
        Wages of natives with capital fixed (``short_run``) and adjusted (``long_run``).
    migrant : DataArray [scenario, ..., education], log change
        Wages of migrants.
    native_average : DataArray [scenario, ...], log change
        Mean of natives, weighted by their pay.
    average : DataArray [scenario, ...], log change
        Mean of all workers, weighted by their pay: 0 in the long run of the linear form.
    labour : DataArray [...], log change
        The composite of all labour.

    See Also
    --------
    nested_ces_wages : Makes it.
    """

    native: xr.DataArray
    migrant: xr.DataArray
    native_average: xr.DataArray
    average: xr.DataArray
    labour: xr.DataArray

    def to_table(self) -> pd.DataFrame:
        """Tidy table, one row a horizon and schooling.

        Returns
        -------
        DataFrame
        """
        table = to_table(self.native)
        table["migrant"] = self.migrant.transpose(*self.native.dims).to_numpy().ravel()
        return table


def nested_ces_wages(
    growth: xr.DataArray,
    *,
    pay_share: xr.DataArray,
    migrant_share: xr.DataArray,
    native_growth: xr.DataArray | float = 0.0,
    sigma: Number = SIGMA,
    epsilon: Number = EPSILON,
    labour_share: Number = 0.67,
    form: Literal["linear", "exact"] = "linear",
) -> WageChanges:
    """Wages of natives and migrants by schooling after a change in the number of workers.

    Parameters
    ----------
    growth : DataArray [..., education], log change
        Migrants in work.
    pay_share : DataArray [..., education], share
        Pay of the group in the pay of all labour; adds to 1.
    migrant_share : DataArray [..., education], share
        Pay of migrants in the pay of the group.
    native_growth : DataArray [..., education] or float, log change, optional
        Natives in work; below zero when they emigrate.
    sigma : float or DataArray [...], optional
        Elasticity of substitution between groups.
    epsilon : float or DataArray [...], optional
        Elasticity of substitution between natives and migrants; may be infinite.
    labour_share : float or DataArray [...], optional
        Pay of labour in output.
    form : {"linear", "exact"}, optional
        First-order changes at the shares given, or the functions themselves: the two part
        as changes grow.

    Returns
    -------
    WageChanges

    Raises
    ------
    SchemaError
        A share is outside 0 to 1, an elasticity is not above 0 (``OutOfRange``), or the
        shares of pay do not add to 1 (``NotWhole``).
    CoverageError
        Labels of the inputs differ.

    See Also
    --------
    immigration_surplus : One labour type.

    Notes
    -----
    With ``q_S`` the change of a group's labour (weighted by pay) and ``q`` that of all:
    ``dlnw = (q - q_S) / sigma + (q_S - g) / epsilon``, where ``g`` is the change of the
    workers' own number; the short run adds ``-(1 - a) q`` with ``a`` the labour share. The
    exact form takes power means in place of weighted ones.

    References
    ----------
    Ottaviano, G. I. P. and Peri, G. (2012). Journal of the European Economic Association
    10(1), 152-197. Docquier, F., Ozden, C. and Peri, G. (2014). Economic Journal 124.

    Examples
    --------
    >>> groups = {"education": ["low", "high"]}
    >>> found = nested_ces_wages(
    ...     xr.DataArray([0.20, 0.10], groups), pay_share=xr.DataArray([0.55, 0.45], groups),
    ...     migrant_share=xr.DataArray([0.10, 0.05], groups))
    >>> (100 * found.native.sel(scenario="long_run")).round(3).values.tolist()
    [-0.286, 0.496]
    """
    given = {"growth": growth, "pay_share": pay_share, "migrant_share": migrant_share}
    same_cells(*(one.rename(name) for name, one in given.items()))
    g, k, m, n, between, within, a = numbers(
        growth=(growth, ANY), pay_share=(pay_share, SHARE), migrant_share=(migrant_share, SHARE),
        native_growth=(native_growth, ANY), sigma=(sigma, POSITIVE), epsilon=(epsilon, POSITIVE),
        labour_share=(labour_share, INSIDE),
    )  # fmt: skip
    _check_whole(k)
    if form == "linear":
        q_group = m * g + (1.0 - m) * n
        q = (k * q_group).sum("education", skipna=False)
    else:
        inner, outer = 1.0 - 1.0 / within, 1.0 - 1.0 / between
        q_group = _power_mean(m * np.exp(inner * g) + (1.0 - m) * np.exp(inner * n),
                              m * g + (1.0 - m) * n, inner)  # fmt: skip
        q = _power_mean((k * np.exp(outer * q_group)).sum("education", skipna=False),
                        (k * q_group).sum("education", skipna=False), outer)  # fmt: skip
    common = (q - q_group) / between
    native, migrant = common + (q_group - n) / within, common + (q_group - g) / within
    return _result((native, migrant), -(1.0 - a) * q, q, weights=(k * (1.0 - m), k * m))


def _power_mean(inside: xr.DataArray, mean: xr.DataArray, power: xr.DataArray) -> xr.DataArray:
    """Logarithm of a power mean; of the geometric mean where the power is zero."""
    flat = abs(power) < _LOGARITHM
    logarithm: xr.DataArray = xr.apply_ufunc(np.log, inside)
    return (logarithm / power.where(~flat, 1.0)).where(~flat, mean)


def _check_whole(pay_share: xr.DataArray) -> None:
    whole = pay_share.sum("education", skipna=False)
    off = abs(whole - 1.0) > _CLOSES
    if bool(off.any()):
        raise SchemaError(
            "shares of pay must add to 1",
            where=f"pay_share adds to {float(whole.where(off).max()):g}",
            remedy="divide the pay of each group by the pay of all",
            id="NotWhole",
        )


def _result(
    changes: tuple[xr.DataArray, xr.DataArray],
    short: xr.DataArray,
    q: xr.DataArray,
    *,
    weights: tuple[xr.DataArray, xr.DataArray],
) -> WageChanges:
    """Changes of natives and migrants for both horizons, and their means by pay."""

    def stamped(long: xr.DataArray, name: str) -> xr.DataArray:
        both = xr.concat([long + short, long], dim="scenario")
        both = both.assign_coords(scenario=list(HORIZONS))
        return stamp(both, name=name, units="log change", kind="index")

    pay = [
        (weight * change).sum("education", skipna=False)
        for weight, change in zip(weights, changes, strict=True)
    ]
    natives = weights[0].sum("education", skipna=False)
    return WageChanges(
        native=stamped(changes[0], "native"),
        migrant=stamped(changes[1], "migrant"),
        native_average=stamped(pay[0] / natives.where(natives > 0), "native_average"),
        average=stamped(pay[0] + pay[1], "average"),
        labour=stamp(q, name="labour", units="log change", kind="index"),
    )
