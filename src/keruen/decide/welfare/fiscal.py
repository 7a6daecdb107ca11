# SPDX-License-Identifier: Apache-2.0
"""What a migrant pays to the treasury less what he or she costs it, over the life that follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import xarray as xr

from keruen.core.arrays import require_dims, same_cells, stamp
from keruen.core.errors import SchemaError
from keruen.core.tables import to_table
from keruen.decide.welfare._given import ANY, NOT_NEGATIVE, SHARE, Number, numbers

if TYPE_CHECKING:
    import pandas as pd

VERSIONS: Final = ("marginal", "average")
"""Public goods cost nothing more for a newcomer; or as much as for everybody."""


@dataclass(frozen=True)
class FiscalValue:
    """Net contribution to the treasury from arrival on, by age at arrival.

    Parameters
    ----------
    value : DataArray [series, ..., entry_age], money
        Present value without descendants, with public goods at marginal and average cost.
    with_descendants : DataArray [series, ..., entry_age], money
        With the children born after arrival, over their own lives.
    years : DataArray [..., entry_age], years
        Discounted years in the country.
    a_year : DataArray [series, ..., entry_age], money a year
        The present value without descendants spread over those years.

    See Also
    --------
    fiscal_value : Makes it.
    """

    value: xr.DataArray
    with_descendants: xr.DataArray
    years: xr.DataArray
    a_year: xr.DataArray

    def to_table(self) -> pd.DataFrame:
        """Tidy table, one row a version and age at arrival.

        Returns
        -------
        DataFrame
        """
        table = to_table(self.value)
        for part in (self.with_descendants, self.a_year):
            table[str(part.name)] = part.transpose(*self.value.dims).to_numpy().ravel()
        return table


def fiscal_value(
    taxes: xr.DataArray,
    benefits: xr.DataArray,
    *,
    survival: xr.DataArray | None = None,
    stay: Number = 1.0,
    growth: Number = 0.0,
    discount: Number = 0.03,
    public_goods: xr.DataArray | float = 0.0,
    births: xr.DataArray | None = None,
    child: Number | None = None,
) -> FiscalValue:
    """Fiscal present value of a migrant by age at arrival.

    Parameters
    ----------
    taxes : DataArray [..., age], money a year
        Taxes and contributions paid at each single age, the last age the last of life.
    benefits : DataArray [..., age], money a year
        Pensions, health, schooling and other benefits that a person causes.
    survival : DataArray [..., age], optional
        Survivors of a life table by exact age; nobody dies when not given.
    stay : float or DataArray [...], probability, optional
        Of staying one more year.
    growth : float or DataArray [...], optional
        Yearly growth of taxes and benefits.
    discount : float or DataArray [...], optional
        Discount rate.
    public_goods : DataArray [..., age] or float, money a year, optional
        Cost a head of goods that serve all (defence, administration): counted in the
        version ``average`` and left out of ``marginal``.
    births : DataArray [..., age], a year, optional
        Children born to a person of the age; no descendants when not given.
    child : float or DataArray [...], money, optional
        Present value of a newborn; that of a person who arrives at age 0 in this same
        table, staying on as migrants do, when not given. Children of children are left out.

    Returns
    -------
    FiscalValue

    Raises
    ------
    SchemaError
        Ages are not single years that follow each other (``BadAges``), or a rate is out of
        bounds (``OutOfRange``).
    CoverageError
        Ages of the inputs differ.

    See Also
    --------
    fiscal_curve : The same over discount rates.

    Notes
    -----
    ``NPV(a) = sum_t l(a, t) r^t (tax - benefit)(a + t) ((1 + g) / (1 + d))^t``, worked out
    from the last age back: ``V(a) = f(a) + l(a + 1) / l(a) r (1 + g) / (1 + d) V(a + 1)``,
    with ``V(0)`` of a child added to ``f`` for every birth.

    References
    ----------
    National Research Council (1997). The New Americans; National Academies of Sciences,
    Engineering, and Medicine (2017). doi:10.17226/23550.

    Examples
    --------
    >>> ages = {"age": [20, 21, 22]}
    >>> found = fiscal_value(
    ...     xr.DataArray([0.0, 500.0, 1500.0], ages), xr.DataArray([1000.0, 0.0, 0.0], ages),
    ...     stay=0.95, growth=0.01, discount=0.03)
    >>> round(found.value.sel(series="marginal", entry_age=20).item(), 2)
    767.46
    """
    net = _net(taxes, benefits, public_goods)
    step = _step(net, survival, stay, growth, discount)
    lived = present_values({"one": xr.ones_like(net["age"], dtype=float)}, step)["one"]
    value = present_values({"net": net}, step)["net"]
    whole = value
    if births is not None:
        same_cells(net.rename("taxes"), births.rename("births"))
        worth = value.sel(entry_age=0, drop=True) if child is None else child
        whole = present_values({"net": net + births * worth}, step)["net"]
    money = {"units": str(taxes.attrs.get("units", "money")), "kind": "money"}
    inputs = (taxes, benefits)
    return FiscalValue(
        value=stamp(value, name="value", inputs=inputs, **money),  # type: ignore[arg-type]
        with_descendants=stamp(whole, name="with_descendants", inputs=inputs, **money),  # type: ignore[arg-type]
        years=stamp(lived, name="years", units="years", kind="index"),
        a_year=stamp(value / lived, name="a_year", inputs=inputs, **money),  # type: ignore[arg-type]
    )


def fiscal_curve(
    taxes: xr.DataArray,
    benefits: xr.DataArray,
    *,
    discounts: Sequence[float] = (0.0, 0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.07, 0.08),
    survival: xr.DataArray | None = None,
    stay: Number = 1.0,
    growth: Number = 0.0,
    public_goods: xr.DataArray | float = 0.0,
    births: xr.DataArray | None = None,
) -> FiscalValue:
    """The fiscal present value over discount rates: its sign often depends on them.

    Parameters
    ----------
    taxes, benefits : DataArray [..., age], money a year
        As for :func:`fiscal_value`.
    discounts : sequence of float, optional
        Rates.
    survival : DataArray [..., age], optional
        As for :func:`fiscal_value`.
    stay, growth : float or DataArray [...], optional
        As for :func:`fiscal_value`.
    public_goods : DataArray [..., age] or float, optional
        As for :func:`fiscal_value`.
    births : DataArray [..., age], optional
        As for :func:`fiscal_value`.

    Returns
    -------
    FiscalValue
        With a further dimension ``discount``.

    Examples
    --------
    >>> ages = {"age": [0, 1, 2]}  # costs first, pays later
    >>> found = fiscal_curve(
    ...     xr.DataArray([0.0, 0.0, 110.0], ages), xr.DataArray([100.0, 0.0, 0.0], ages),
    ...     discounts=[0.0, 0.10])
    >>> found.value.sel(series="marginal", entry_age=0).round(1).values.tolist()
    [10.0, -9.1]
    """
    rates = xr.DataArray(list(map(float, discounts)), coords={"discount": list(discounts)})
    return fiscal_value(
        taxes, benefits, survival=survival, stay=stay, growth=growth, discount=rates,
        public_goods=public_goods, births=births,
    )  # fmt: skip


def present_values(
    flows: Mapping[str, xr.DataArray], step: xr.DataArray
) -> dict[str, xr.DataArray]:
    """Present values of yearly flows for every age at arrival, by the factor of each year.

    Parameters
    ----------
    flows : mapping of str to DataArray [..., age], money a year
        By name.
    step : DataArray [..., age]
        Worth of a unit one year on, at each age; that of the last age is not read.

    Returns
    -------
    dict of str to DataArray [..., entry_age], money
    """
    return {name: _backwards(flow, step) for name, flow in flows.items()}


def _backwards(flow: xr.DataArray, step: xr.DataArray) -> xr.DataArray:
    """The recursion of the notes; ages first, so that each step adds whole blocks."""
    flow, step = xr.broadcast(flow, step)
    rest = [dim for dim in flow.dims if dim != "age"]
    f, s = (np.array(one.transpose("age", *rest).to_numpy(), float) for one in (flow, step))
    for age in range(len(f) - 2, -1, -1):
        f[age] += s[age] * f[age + 1]
    coords = {"entry_age": flow["age"].to_numpy(), **{dim: flow[dim] for dim in rest}}
    return xr.DataArray(f, dims=["entry_age", *rest], coords=coords)


def _net(
    taxes: xr.DataArray, benefits: xr.DataArray, public_goods: xr.DataArray | float
) -> xr.DataArray:
    """Flows of the two versions [series, ..., age]."""
    for name, one in (("taxes", taxes), ("benefits", benefits)):
        require_dims(one, "age", name=name)
        ages = one["age"].to_numpy()
        if (np.diff(ages) != 1).any():
            raise SchemaError(
                "ages are single years that follow each other",
                where=name,
                remedy="give one value for every year of age, from the first to the last",
                id="BadAges",
            )
    same_cells(taxes.rename("taxes"), benefits.rename("benefits"))
    paid, cost, goods = numbers(
        taxes=(taxes, ANY), benefits=(benefits, ANY), public_goods=(public_goods, ANY)
    )
    marginal = paid - cost
    both = xr.concat(xr.broadcast(marginal, marginal - goods), dim="series")
    return both.assign_coords(series=list(VERSIONS))


def _step(
    net: xr.DataArray,
    survival: xr.DataArray | None,
    stay: Number,
    growth: Number,
    discount: Number,
) -> xr.DataArray:
    """Worth of a unit one year on: alive, still here, grown, discounted."""
    again, grown, rate = numbers(
        stay=(stay, SHARE), growth=(growth, (-0.5, 0.5)), discount=(discount, (-0.5, 0.5))
    )
    alive = xr.ones_like(net["age"], dtype=float)
    if survival is not None:
        require_dims(survival, "age", name="survival")
        same_cells(net.rename("taxes"), survival.rename("survival"))
        (living,) = numbers(survival=(survival, NOT_NEGATIVE))
        later = living.shift(age=-1, fill_value=0.0)
        alive = (later / living.where(living > 0)).fillna(0.0)
    return alive * again * (1.0 + grown) / (1.0 + rate)
