# SPDX-License-Identifier: Apache-2.0
"""Assumptions of a policy model as uncertain inputs: checked by name, all faults at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from keruen.core.arrays import few
from keruen.core.errors import SchemaError, WorkbenchError, raise_faults
from keruen.decide.uncertainty import Uncertain

if TYPE_CHECKING:
    import pandas as pd

STATUSES: Final = ("published", "to be confirmed", "assumption", "practice")
_PLAIN: Final = ("share", "ratio", "persons", "years", "months")
_MCI: Final = "MCI"
_TINY: Final = 1e-12

Limits = Mapping[str, tuple[float, float]]


@dataclass(frozen=True)
class Assumed:
    """Assumptions of a run.

    Parameters
    ----------
    inputs : dict of str to Uncertain
        Every assumption by name, money in the currency.
    table : DataFrame
        The rows as given, with the values used.
    currency : str
        ISO 4217 code; empty where no assumption is money.
    """

    inputs: Mapping[str, Uncertain]
    table: pd.DataFrame
    currency: str

    def fixed(self, name: str, default: float) -> float:
        """Middle of an assumption, or a default where it is not given.

        Parameters
        ----------
        name : str
            Name.
        default : float
            Value when it is not given.

        Returns
        -------
        float
        """
        if name not in self.inputs:
            return default
        return self.inputs[name].quantile(0.5).item()

    def practice(self) -> bool:
        """Whether an assumption is made up for practice.

        Returns
        -------
        bool
        """
        return bool((self.table["status"] == "practice").any())


def read_assumptions(
    table: pd.DataFrame, limits: Limits, *, needed: Sequence[str], day: date | None
) -> Assumed:
    """Assumptions of a table, by name.

    Parameters
    ----------
    table : DataFrame
        Rows of the table ``policy_assumptions``.
    limits : mapping of str to (float, float)
        Every name that the model knows, with the least and most it may be.
    needed : sequence of str
        Names without which the model cannot run.
    day : date or None
        Day whose monthly calculation index stands for MCI.

    Returns
    -------
    Assumed

    Raises
    ------
    SchemaError
        A name is unknown, missing or twice, a range does not hold its value, a number is
        outside what it may be (``InputError``), or money is in two currencies
        (``TwoCurrencies``); all faults at once.
    ScenarioError
        The index is not known on the day (``NotInForce``).

    Notes
    -----
    Value, low and high make a triangular distribution; low and high a uniform one.
    """
    raise_faults(_faults(table, limits, needed), where="assumptions")
    money = [u for u in table.get("units", "") if u and u not in (*_PLAIN, _MCI)]
    index = _index(day) if "units" in table and (table["units"] == _MCI).any() else 1.0
    currency = money[0] if money else "KZT" if index != 1.0 else ""
    used = table.copy()
    if "units" in used:
        rows = used["units"] == _MCI
        for name in ("value", "low", "high"):
            used[name] = used[name].where(~rows, used[name] * index)
        used["units"] = used["units"].where(~rows, currency)
    inputs = {str(row["name"]): _uncertain(row) for row in used.to_dict("records")}
    return Assumed(inputs, used, currency)


def _index(day: date | None) -> float:
    from keruen.sources.parameters import read_parameters

    if day is None:
        raise SchemaError(
            "amounts are in MCI and no day of prices is given",
            where="calendar",
            remedy="give the event prices with its day, or amounts in a currency",
            id="InputError",
        )
    return float(str(read_parameters("kaz").value("kaz.mci", day)))


def in_currency(amount: float, units: str, day: date) -> float:
    """An amount in MCI as money of the day; any other as it stands.

    Parameters
    ----------
    amount : float
        Amount.
    units : str
        ``MCI`` or a currency.
    day : date
        Day whose index is used.

    Returns
    -------
    float

    Examples
    --------
    >>> in_currency(10, "MCI", date(2026, 3, 1))
    43250.0
    """
    return amount * _index(day) if units == _MCI else amount


def _uncertain(row: Mapping[Any, Any]) -> Uncertain:
    name, units = str(row["name"]), str(row.get("units", ""))
    value, low, high = (float(row[key]) for key in ("value", "low", "high"))
    source = str(row["source"])
    if np.isnan(low) or low == high:
        given = value if np.isnan(low) else low
        return Uncertain(name, "fixed", {"value": given}, units, source)
    if np.isnan(value):
        return Uncertain(name, "uniform", {"low": low, "high": high}, units, source)
    numbers = {"low": low, "mode": value, "high": high}
    return Uncertain(name, "triangular", numbers, units, source)


def _faults(table: pd.DataFrame, limits: Limits, needed: Sequence[str]) -> Iterator[WorkbenchError]:
    names = [str(name) for name in table["name"]]
    for name in sorted({one for one in names if names.count(one) > 1}):
        yield SchemaError(f"'{name}' stands twice", where="assumptions", remedy="keep one row",
                          id="DuplicateKey")  # fmt: skip
    for name in dict.fromkeys(one for one in names if one not in limits):
        near = get_close_matches(name, limits, n=3, cutoff=0.4)
        yield SchemaError(
            f"there is no assumption '{name}'", where="assumptions",
            remedy=f"did you mean {', '.join(near)}?" if near else f"known: {', '.join(limits)}",
            id="UnknownAssumption",
        )  # fmt: skip
    lacking = [name for name in needed if name not in names]
    if lacking:
        yield SchemaError(
            f"assumptions are missing: {', '.join(lacking)}", where="assumptions",
            remedy="add a row for each, with its range and basis", id="MissingAssumption",
        )  # fmt: skip
    odd = sorted({str(one) for one in table["status"] if one not in STATUSES})
    if odd:
        yield SchemaError(f"no such status: {', '.join(odd)}", where="assumptions, status",
                          remedy=f"write {', '.join(STATUSES)}", id="InputError")  # fmt: skip
    units = table["units"] if "units" in table else [""] * len(table)
    bare = [name for name, unit in zip(names, units, strict=True) if not unit]
    if bare:
        yield SchemaError(f"no unit is given for {few(bare)}", where="assumptions, units",
                          remedy=f"write {', '.join(_PLAIN)}, a currency or {_MCI}",
                          id="InputError")  # fmt: skip
    money = sorted({u for u in table.get("units", ()) if u and u not in (*_PLAIN, _MCI)})
    mixed = [*money, *([_MCI] if money[:1] not in ([], ["KZT"]) and _has_mci(table) else [])]
    if len(mixed) > 1:
        yield SchemaError(f"money is in {' and '.join(mixed)}", where="assumptions, units",
                          remedy="give all of it in one currency", id="TwoCurrencies")  # fmt: skip
    for row in table.to_dict("records"):
        if row["name"] in limits:
            yield from _range_faults(row, limits[str(row["name"])])


def _has_mci(table: pd.DataFrame) -> bool:
    return bool((table["units"] == _MCI).any())


def _range_faults(row: Mapping[Any, Any], limit: tuple[float, float]) -> Iterator[WorkbenchError]:
    name = str(row["name"])
    value, low, high = (float(row.get(key, np.nan)) for key in ("value", "low", "high"))
    known = [one for one in (low, value, high) if not np.isnan(one)]
    if np.isnan(low) != np.isnan(high) or not known:
        yield SchemaError(f"{name} has no value or no full range", where=name,
                          remedy="give value, or low and high, or all three",
                          id="InputError")  # fmt: skip
    elif known != sorted(known):
        yield SchemaError(f"{name}: the range {low:g} to {high:g} does not hold {value:g}",
                          where=name, remedy="give low, value and high in this order of size",
                          id="InputError")  # fmt: skip
    outside = [one for one in known if not limit[0] - _TINY <= one <= limit[1] + _TINY]
    if outside:
        yield SchemaError(f"{name} is {outside[0]:g}", where=name,
                          remedy=f"give a number from {limit[0]:g} to {limit[1]:g}"
                          if np.isfinite(limit[1]) else f"give {limit[0]:g} or more",
                          id="InputError")  # fmt: skip
