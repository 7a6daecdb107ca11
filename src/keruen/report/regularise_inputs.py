# SPDX-License-Identifier: Apache-2.0
"""What a run of a regularisation programme is given: law, people and assumptions, checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import TYPE_CHECKING, Final

import numpy as np
import xarray as xr

from keruen.core.errors import FaultsError, SchemaError, WorkbenchError, raise_faults
from keruen.core.tables import from_table
from keruen.decide.regularise import (
    Context,
    Economy,
    Fee,
    Programme,
    Regularisation,
    StatusRates,
    TakeUp,
    Workers,
    regularise,
)
from keruen.decide.uncertainty import Uncertain
from keruen.report.policy_inputs import Assumed, in_currency, read_assumptions

if TYPE_CHECKING:
    import pandas as pd

    from keruen.sources.policy_files import PolicyFiles

PLACE: Final = "stock_place"
"""Input that says where within its limits the stock is: all groups move together."""
SHARES: Final = (0.0, 1.0)
_MORE: Final = (0.0, np.inf)
_ANY: Final = (-np.inf, np.inf)
_TAKE_UP: Final = ("base", "gain", "employer", "fee", "window")
_SIDES: Final = ("competing", "complementary")
_ECONOMY: Final = tuple(one.name for one in fields(Economy))
_RATES: Final = tuple(one.name for one in fields(StatusRates))
_CONTEXT: Final = ("approval_rate", "employer", "clean_record", "new_irregular", "pull",
                   "remittance_share")  # fmt: skip

LIMITS: Final[dict[str, tuple[float, float]]] = {
    "permit_years": (1, 50),
    "employer_needed": SHARES,
    "clean_record_needed": SHARES,
    "approved_published": (1, np.inf),
    "take_up": SHARES,
    **{f"take_up_{name}": _ANY for name in _TAKE_UP},
    **dict.fromkeys(_ECONOMY, SHARES),
    **dict.fromkeys(("wage_month", "admin_cost"), _MORE),
    "public_cost": _ANY,
    "wage_gain": (-1, np.inf),
    **dict.fromkeys(_RATES, SHARES),
    **dict.fromkeys(_CONTEXT, SHARES),
    "new_irregular": _MORE,
    **dict.fromkeys(("pull", "pull_low", "pull_high"), (-1, np.inf)),
    **{f"{side}_{what}": _MORE for side in _SIDES for what in ("persons", "wage_month")},
    **{f"{side}_effect": (-1, np.inf) for side in _SIDES},
}
"""Every assumption of the model, with the least and most it may be."""

_NEEDED: Final = ("permit_years", "wage_month", "formal_before", "formal_after", "tax_rate",
                  "job_kept", "renewed_with_job", "pull_low", "pull_high")  # fmt: skip
_EVENTS: Final = ("opens", "closes", "arrived_by", "fee", "prices")


@dataclass(frozen=True)
class RegulariseInputs:
    """What a run is given.

    Parameters
    ----------
    programme : Programme
        The law.
    assumed : Assumed
        Assumptions.
    stock, low, high : DataArray [origin, sector, stay_years], persons
        Irregular migrants with their limits.
    employer, clean_record : DataArray or None, share
        As told by the table of the stock.
    approved : int or None
        People approved as published.
    priced : str
        Year of the prices: that of the event ``prices``, or of the opening day.
    """

    programme: Programme
    assumed: Assumed
    stock: xr.DataArray
    low: xr.DataArray
    high: xr.DataArray
    employer: xr.DataArray | None
    clean_record: xr.DataArray | None
    approved: int | None
    priced: str

    def uncertain(self) -> list[Uncertain]:
        """Inputs of the model, and the place of the stock within its limits.

        Returns
        -------
        list of Uncertain
        """
        place = Uncertain(PLACE, "uniform", {"low": 0.0, "high": 1.0}, "share")
        spread = bool((self.low < self.high).any())
        return [*self.assumed.inputs.values(), *([place] if spread else [])]

    def stock_at(self, place: xr.DataArray | None) -> xr.DataArray:
        """The stock of each draw: quantile of a triangular distribution in every cell.

        Parameters
        ----------
        place : DataArray [trajectory] or None, share
            Probability in every cell.

        Returns
        -------
        DataArray [trajectory, ...], persons
        """
        if place is None:
            return self.stock.copy()
        wide = self.high - self.low
        left = (self.stock - self.low) / wide.where(wide > 0, 1.0)
        below = self.low + np.sqrt(place * wide * (self.stock - self.low))
        above = self.high - np.sqrt((1 - place) * wide * (self.high - self.stock))
        return xr.where(place < left, below, above)

    def model(
        self, drawn: xr.Dataset, *, years: int, approved: int | None = None
    ) -> Regularisation:
        """The programme for draws of the inputs.

        Parameters
        ----------
        drawn : Dataset [trajectory]
            Inputs by name.
        years : int
            Years to follow.
        approved : int or None
            People approved as published.

        Returns
        -------
        Regularisation
        """
        held = {str(name): drawn[name].drop_attrs() for name in drawn.data_vars}

        def some(names: tuple[str, ...]) -> dict[str, xr.DataArray]:
            return {name: held[name] for name in names if name in held}

        stated = held.get("take_up")
        coefficients = {n: held[f"take_up_{n}"] for n in _TAKE_UP if f"take_up_{n}" in held}
        context = dict.fromkeys(("employer", "clean_record"), None) | {
            "employer": self.employer, "clean_record": self.clean_record,
        }  # fmt: skip
        ends = tuple(self.assumed.fixed(f"pull_{end}", 0.0) for end in ("low", "high"))
        return regularise(
            self.stock_at(held.get(PLACE)), self.programme,
            take_up=TakeUp(**coefficients) if stated is None else stated,
            rates=StatusRates(**some(_RATES)), economy=Economy(**some(_ECONOMY)),
            context=Context(**(context | some(_CONTEXT)), pull_range=ends),  # type: ignore[arg-type]
            years=years, approved=approved,
        )  # fmt: skip

    def workers(self, drawn: xr.Dataset) -> dict[str, Workers]:
        """Workers of the receiving country, those sides that are given in full.

        Parameters
        ----------
        drawn : Dataset [trajectory]
            Inputs by name.

        Returns
        -------
        dict of str to Workers
        """
        parts = ("persons", "wage_month", "effect")
        return {
            side: Workers(*(drawn[f"{side}_{one}"].drop_attrs() for one in parts))
            for side in _SIDES
            if all(f"{side}_{one}" in drawn for one in parts)
        }


def regularise_inputs(given: PolicyFiles) -> RegulariseInputs:
    """Law, people and assumptions of the tables given.

    Parameters
    ----------
    given : PolicyFiles
        Stock, calendar and assumptions.

    Returns
    -------
    RegulariseInputs

    Raises
    ------
    WorkbenchError
        Whatever is wrong with any of the tables, all of it at once.
    """
    calendar = given.tables["calendar"]
    faults: list[WorkbenchError] = list(_calendar_faults(calendar))
    faults += list(_stock_faults(given.tables["stock"]))
    days = dict(zip(calendar["event"], calendar["day"], strict=True))
    priced = days.get("prices", days.get("opens"))
    assumed = None
    try:
        assumed = read_assumptions(
            given.tables["assumptions"], LIMITS, needed=_NEEDED,
            day=None if priced is None else date.fromisoformat(str(priced)[:10]),
        )  # fmt: skip
        faults += list(_take_up_faults(assumed.inputs))
    except FaultsError as found:
        faults += found.faults
    except WorkbenchError as fault:
        faults.append(fault)
    raise_faults(faults, where="the programme")
    assert assumed is not None  # noqa: S101 - a fault was raised otherwise
    programme = _programme(calendar, assumed, date.fromisoformat(str(priced)[:10]))
    stock = given.tables["stock"]
    people = {name: _cells(stock, name) for name in ("persons", "persons_low", "persons_high")}
    middle = people["persons"]
    shares = {n: _cells(stock, n) if n in stock else None for n in ("employer", "clean_record")}
    low, high = (people[f"persons_{end}"].fillna(middle) for end in ("low", "high"))
    published = assumed.inputs.get("approved_published")
    return RegulariseInputs(
        programme, assumed, middle, low, high, shares["employer"], shares["clean_record"],
        None if published is None else round(assumed.fixed("approved_published", 0.0)),
        str(priced)[:4],
    )  # fmt: skip


def _programme(calendar: pd.DataFrame, assumed: Assumed, priced: date) -> Programme:
    days = dict(zip(calendar["event"], calendar["day"], strict=True))
    units = calendar["units"] if "units" in calendar else [""] * len(calendar)
    rows = zip(calendar["event"], calendar["day"], calendar["amount"], units, strict=True)
    fees = [
        Fee(_day(day), in_currency(float(amount), str(unit), priced))
        for event, day, amount, unit in rows
        if event == "fee"
    ]
    return Programme(
        opens=_day(days["opens"]), closes=_day(days["closes"]),
        permit_years=round(assumed.fixed("permit_years", 1)), fees=fees,
        arrived_by=_day(days["arrived_by"]) if "arrived_by" in days else None,
        employer_needed=assumed.fixed("employer_needed", 0) > 0.5,
        clean_record_needed=assumed.fixed("clean_record_needed", 0) > 0.5,
    )  # fmt: skip


def _day(text: object) -> date:
    return date.fromisoformat(str(text)[:10])


def _cells(stock: pd.DataFrame, name: str) -> xr.DataArray:
    """A column over its groups; a group without a row has nobody."""
    dims = [dim for dim in ("origin", "sector", "stay_years") if dim in stock]
    if name not in stock:
        return _cells(stock, "persons") * np.nan
    keys = (
        stock.assign(stay_years=stock["stay_years"].astype(int)) if "stay_years" in dims else stock
    )
    if not dims:
        return xr.DataArray(float(stock[name].iloc[0]))
    array = from_table(keys[[*dims, name]], value=name, dims=dims).astype(float)
    known = from_table(keys[[*dims, "persons"]], value="persons", dims=dims)
    array = array.where(known.notnull(), 0.0)
    array.attrs = {}
    return array.sortby("stay_years") if "stay_years" in dims else array


def _calendar_faults(calendar: pd.DataFrame) -> Iterator[WorkbenchError]:
    events = [str(one) for one in calendar["event"]]
    for name in sorted(set(events) - set(_EVENTS)):
        yield SchemaError(f"there is no event '{name}'", where="calendar",
                          remedy=f"write {', '.join(_EVENTS)}", id="UnknownEvent")  # fmt: skip
    for name in ("opens", "closes", "fee"):
        if name not in events:
            yield SchemaError(f"the event '{name}' is missing", where="calendar",
                              remedy="add its day; a fee of 0 where nothing is paid",
                              id="MissingEvent")  # fmt: skip
    for name in ("opens", "closes", "arrived_by", "prices"):
        if events.count(name) > 1:
            yield SchemaError(f"the event '{name}' stands twice", where="calendar",
                              remedy="keep one", id="DuplicateKey")  # fmt: skip
    days = {event: str(day)[:10] for event, day in zip(events, calendar["day"], strict=True)}
    if "opens" in days and days.get("closes", "9999") <= days["opens"]:
        yield SchemaError(f"the window opens on {days['opens']} and closes on {days['closes']}",
                          where="calendar", remedy="give a closing day after the opening day",
                          id="InputError")  # fmt: skip
    paid = calendar[calendar["event"] == "fee"]
    if "amount" not in paid or paid["amount"].isna().any():
        yield SchemaError("a fee has no amount", where="calendar",
                          remedy="give it; 0 where nothing is paid", id="InputError")  # fmt: skip


def _stock_faults(stock: pd.DataFrame) -> Iterator[WorkbenchError]:
    dims = [dim for dim in ("origin", "sector", "stay_years") if dim in stock]
    if stock.duplicated(dims).any() if dims else len(stock) > 1:
        yield SchemaError("a group stands twice", where="stock", remedy="keep one row a group",
                          id="DuplicateKey")  # fmt: skip
    if "stay_years" in stock and not stock["stay_years"].astype(str).str.fullmatch(r"\d+").all():
        yield SchemaError("years since arrival are not whole numbers", where="stock, stay_years",
                          remedy="give the lower bound of each group: 0, 1, 5 ...",
                          id="InputError")  # fmt: skip
    middle = stock["persons"]
    low = stock.get("persons_low", middle)
    high = stock.get("persons_high", middle)
    if middle.isna().any() or (low > middle).any() or (high < middle).any():
        yield SchemaError("limits do not hold the people of a group, or people are missing",
                          where="stock", remedy="give persons_low, persons and persons_high in "
                          "this order of size", id="BadInterval")  # fmt: skip


def _take_up_faults(inputs: Mapping[str, Uncertain]) -> Iterator[WorkbenchError]:
    if "take_up" not in inputs and "take_up_base" not in inputs:
        yield SchemaError("nothing is said of take-up", where="assumptions",
                          remedy="give take_up as a range, or take_up_base and what else moves it",
                          id="MissingAssumption")  # fmt: skip
    if "take_up" in inputs and "take_up_base" in inputs:
        yield SchemaError("take-up is given twice: as a range and by coefficients",
                          where="assumptions", remedy="keep one", id="DuplicateKey")  # fmt: skip
