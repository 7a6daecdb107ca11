# SPDX-License-Identifier: Apache-2.0
"""Who gains: migrants, the receiving country, the countries of origin."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import xarray as xr

from keruen.core.errors import raise_faults
from keruen.decide._policy_numbers import POSITIVE, Number, numbers_of
from keruen.decide.regularise.result import Regularisation, banded, spread

if TYPE_CHECKING:
    import pandas as pd

_ASSUMES: Final = {
    "income": "gain of wages, formal shares and the worker's part of taxes",
    "contracts": "formal shares before and after",
    "treasury": "part of revenue that is truly new, added public costs",
    "competing": "change of their wages",
    "complementary": "change of their wages",
    "remittances": "share of added income sent home",
}


@dataclass(frozen=True)
class Workers:
    """Workers of the receiving country whose wages a programme may change.

    Parameters
    ----------
    persons : float or DataArray, persons
        How many.
    wage_month : float or DataArray, money a month
        Their wage.
    effect : float or DataArray, share
        By how much it changes: minus 0.01 is a hundredth less.

    See Also
    --------
    triple_win : Uses it.
    """

    persons: Number
    wage_month: Number
    effect: Number


def triple_win(
    found: Regularisation, *, workers: Mapping[str, Workers] | None = None
) -> pd.DataFrame:
    """Gains of migrants, receiving country and countries of origin in the first year.

    Parameters
    ----------
    found : Regularisation
        The programme.
    workers : mapping of str to Workers, optional
        ``competing`` and ``complementary`` workers of the receiving country.

    Returns
    -------
    DataFrame
        A row a gain: ``party`` (migrant, receiving, sending), ``item``, ``unit``,
        ``persons``, ``per_person``, ``total``, ``lower``, ``upper`` (95% limits of the
        total), ``assumption``. Money is of a year. Rows are not added up: that would take
        weights that only the reader can set.

    Raises
    ------
    SchemaError
        A number of workers is missing or negative (``InputError``).

    See Also
    --------
    regularise : Makes what it reads.

    Notes
    -----
    Migrants: ``12`` times the added net income less the fee spread over the permit.
    Contracts: rise of the formal share. Treasury: the fiscal effect, with limits no narrower
    than :data:`LEAST_FACTOR`. Remittances: share of the added income.
    """
    import pandas as pd

    people = found.totals()["approved"]
    net_income = 12 * found.gain - found.fee / found.programme.permit_years
    gains = {
        ("migrant", "income", "money"): net_income * people,
        ("migrant", "contracts", "persons"): found.formal * people,
        ("sending", "remittances", "money"): net_income * people * found.remittance_share,
    }
    rows = [_row(key, total, people, spread(total)) for key, total in gains.items()]
    effect = found.effect
    band = banded(effect.net * people, effect.revenue * people)
    ends = (band.lower, band.value, band.upper)
    rows.insert(2, _row(("receiving", "treasury", "money"), effect.net * people, people, ends))
    for name, one in (workers or {}).items():
        counted, change = _wages(one, name)
        rows.insert(-1, _row(("receiving", name, "money"), change, counted, spread(change)))
    return pd.DataFrame(rows)


def _wages(one: Workers, name: str) -> tuple[xr.DataArray, xr.DataArray]:
    given = {f"{name}_{key}": value for key, value in asdict(one).items()}
    limits = {f"{name}_persons": POSITIVE, f"{name}_wage_month": POSITIVE}
    found, faults = numbers_of(given, {**limits, f"{name}_effect": (-1.0, np.inf)})
    raise_faults(faults, where="workers")
    persons, wage, effect = found.values()
    return persons, persons * wage * 12 * effect


def _row(
    key: tuple[str, str, str],
    total: xr.DataArray,
    people: xr.DataArray,
    ends: tuple[xr.DataArray, xr.DataArray, xr.DataArray],
) -> dict[str, object]:
    party, item, unit = key
    lower, middle, upper = (float(one) for one in ends)
    each = float(spread(total / people.where(people > 0))[1])
    counted = float(spread(people)[1])
    return {
        "party": party, "item": item, "unit": unit, "persons": counted, "per_person": each,
        "total": middle, "lower": lower, "upper": upper, "assumption": _ASSUMES[item],
    }  # fmt: skip
