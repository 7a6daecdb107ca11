# SPDX-License-Identifier: Apache-2.0
"""The immigration surplus of one labour type, in the short and in the long run."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import xarray as xr

from keruen.core.arrays import stamp
from keruen.core.errors import ApproximationWarning
from keruen.core.tables import to_table
from keruen.decide.welfare._given import BELOW_ONE, INSIDE, NOT_NEGATIVE, Number, numbers

if TYPE_CHECKING:
    import pandas as pd

HORIZONS: Final = ("short_run", "long_run")
"""Capital fixed; and capital adjusted until its return is as before."""

_LINEAR_UP_TO: Final = 0.05


@dataclass(frozen=True)
class Surplus:
    """What immigrants already in a country change for natives, as shares of output.

    Parameters
    ----------
    surplus : DataArray [scenario, ...], share
        Gain of natives, workers and owners of capital together.
    native_labour : DataArray [scenario, ...], share
        Change of the pay of native workers.
    capital : DataArray [scenario, ...], share
        Change of the income of owners of capital.
    native_wage : DataArray [scenario, ...], share
        Change of the wage itself, as a share of the wage without immigrants.

    See Also
    --------
    immigration_surplus : Makes it.
    """

    surplus: xr.DataArray
    native_labour: xr.DataArray
    capital: xr.DataArray
    native_wage: xr.DataArray

    def to_table(self) -> pd.DataFrame:
        """Tidy table, one row a horizon and cell.

        Returns
        -------
        DataFrame
        """
        table = to_table(self.surplus)
        for part in (self.native_labour, self.capital, self.native_wage):
            table[str(part.name)] = part.transpose(*self.surplus.dims).to_numpy().ravel()
        return table


def immigration_surplus(
    immigrant_share: Number,
    *,
    labour_share: Number,
    elasticity: Number | None = None,
    form: Literal["exact", "linear"] = "exact",
) -> Surplus:
    """The immigration surplus when all workers are alike.

    Parameters
    ----------
    immigrant_share : float or DataArray [...], share
        Immigrants in all workers.
    labour_share : float or DataArray [...], share
        Pay of labour in output.
    elasticity : float or DataArray [...], optional
        Fall of the wage, in percent, by one percent more workers; with the linear form
        only. The Cobb-Douglas form implies ``1 - labour_share``.
    form : {"exact", "linear"}, optional
        Cobb-Douglas with fixed capital, or the triangle of Borjas.

    Returns
    -------
    Surplus
        For the short run and the long run. In the long run all are zero: with capital
        adjusted, workers who are like the natives change nothing for them.

    Raises
    ------
    SchemaError
        A share is outside 0 to 1, or the elasticity is negative (``OutOfRange``).

    Warns
    -----
    ApproximationWarning
        The linear form is used above 5 % immigrants.

    See Also
    --------
    nested_ces_wages : Workers who differ by schooling and origin.

    Notes
    -----
    Linear, with labour share ``s``, elasticity ``e`` and immigrants ``m``: surplus
    ``s e m^2 / 2``, native labour ``-s e m (1 - m)``, capital the sum of both sizes. Exact:
    surplus ``1 - s m - (1 - m)^s``, wage ``(1 - m)^(1 - s) - 1``.

    References
    ----------
    Borjas, G. J. (1995). Journal of Economic Perspectives 9(2), 3-22.

    Examples
    --------
    >>> found = immigration_surplus(0.04, labour_share=0.7)
    >>> (100 * found.surplus).round(4).values.tolist()  # short run, long run, % of output
    [0.0171, 0.0]
    """
    shares = {"immigrant_share": (immigrant_share, (0.0, BELOW_ONE))}
    m, s = numbers(**shares, labour_share=(labour_share, INSIDE))
    if form == "exact":
        surplus, labour, capital, wage = _exact(m, s)
    else:
        if bool((m > _LINEAR_UP_TO).any()):
            warnings.warn(
                "the linear form drifts from the exact one above 5 % immigrants",
                ApproximationWarning,
                stacklevel=2,
            )
        slope = 1.0 - s if elasticity is None else elasticity
        (e,) = numbers(elasticity=(slope, NOT_NEGATIVE))
        surplus, labour, capital, wage = _linear(m, s, e)
    parts = {"surplus": surplus, "native_labour": labour, "capital": capital, "native_wage": wage}
    return Surplus(**{name: _horizons(part, name) for name, part in parts.items()})


_Four = tuple[xr.DataArray, xr.DataArray, xr.DataArray, xr.DataArray]


def _linear(m: xr.DataArray, s: xr.DataArray, e: xr.DataArray) -> _Four:
    surplus = 0.5 * s * e * m**2
    loss = s * e * m * (1.0 - m)
    return surplus, -loss, surplus + loss, -e * m


def _exact(m: xr.DataArray, s: xr.DataArray) -> _Four:
    left = 1.0 - m
    before = left**s  # output of natives alone, as a share of output with immigrants
    return (
        1.0 - s * m - before,
        s * (left - before),
        (1.0 - s) * (1.0 - before),
        left ** (1.0 - s) - 1.0,
    )


def _horizons(short: xr.DataArray, name: str) -> xr.DataArray:
    both = xr.concat([short, 0.0 * short + 0.0], dim="scenario")
    return stamp(
        both.assign_coords(scenario=list(HORIZONS)),
        name=name,
        units="share of output" if name != "native_wage" else "share",
        kind="share",
    )
