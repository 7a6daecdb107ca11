# SPDX-License-Identifier: Apache-2.0
"""What the treasury of a receiving country may expect of those who arrive, by age."""

from __future__ import annotations

from collections.abc import Sequence

import xarray as xr

from keruen.core.arrays import require_dims
from keruen.decide.welfare._ledger_steps import pay_of, skills
from keruen.decide.welfare.corridors import SCHOOL, WORKING, Corridors, need_assumptions
from keruen.decide.welfare.fiscal import FiscalValue, fiscal_value


def arrivals_fiscal(
    corridors: Corridors,
    assumptions: xr.Dataset,
    *,
    births: xr.DataArray | None = None,
    discounts: Sequence[float] | None = None,
) -> FiscalValue:
    """Fiscal present value of those who arrive, by age at arrival.

    Parameters
    ----------
    corridors : Corridors
        Movers into one country.
    assumptions : Dataset
        The variables of ``ASSUMPTIONS``, plain or drawn along ``trajectory``.
    births : DataArray [age], children a person and year, optional
        For descendants.
    discounts : sequence of float, optional
        Discount rates to go through, in place of the one assumed.

    Returns
    -------
    FiscalValue
        Money in the unit of the economies' output.

    Raises
    ------
    SchemaError
        An assumption is missing (``MissingAssumption``), or the host is not one country.

    See Also
    --------
    fiscal_value : The model.

    Notes
    -----
    Taxes are a share of pay at ages 18 to 62; costs are schooling at 6 to 17, pensions and
    care from 63, health at all ages, each in output a head. Pay is the mean of the movers of
    all corridors.
    """
    need_assumptions(assumptions)
    require_dims(corridors.entry, "entry_age", name="entry")
    a = assumptions
    pay, split = pay_of(corridors.host, a), skills(corridors, a)
    each = (pay.migrant * split.share).sum("education", skipna=False)
    weights = corridors.movers / corridors.movers.sum()
    earned = (each * weights).sum("partner", skipna=False)
    age = corridors.host_survival["age"]
    works = ((age >= WORKING[0]) & (age < WORKING[1])).astype(float)
    learns = ((age >= SCHOOL[0]) & (age < SCHOOL[1])).astype(float)
    old = (age >= WORKING[1]).astype(float)
    cost = a["school_cost"] * learns + a["pension_cost"] * old + a["health_cost"]
    rate: float | xr.DataArray = a["discount"]
    if discounts is not None:
        rate = xr.DataArray(list(map(float, discounts)), {"discount": list(discounts)}, "discount")
    return fiscal_value(
        (a["tax_share"] * a["worker_share"] * earned * works).assign_attrs(
            units="international dollars"
        ),
        cost * corridors.host.output,
        survival=corridors.host_survival,
        stay=a["stay"],
        growth=a["growth"],
        discount=rate,
        public_goods=a["public_goods"] * corridors.host.output * xr.ones_like(works),
        births=births,
    )
