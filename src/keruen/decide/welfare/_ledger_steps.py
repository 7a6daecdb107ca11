# SPDX-License-Identifier: Apache-2.0
"""Steps of a ledger: pay, schooling of movers, wages here and there, lives, taxes, brain drain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import xarray as xr

from keruen.decide.welfare.corridors import SCHOOL, WORKING, Corridors, Economy
from keruen.decide.welfare.fiscal import present_values
from keruen.decide.welfare.sending import BrainGain, brain_gain
from keruen.decide.welfare.surplus import HORIZONS
from keruen.decide.welfare.wages import nested_ces_wages

if TYPE_CHECKING:
    import pandas as pd

LEVELS: Final = ("low", "high")
_MOST: Final = 0.95  # of graduates who may leave, and of the young who may study


@dataclass(frozen=True)
class Pay:
    """Pay of a worker by schooling, natives and migrants, and the pay of all."""

    native: xr.DataArray
    migrant: xr.DataArray
    bill: xr.DataArray
    group: xr.DataArray
    migrants: xr.DataArray


@dataclass(frozen=True)
class Split:
    """Movers by schooling: shares, and workers among them [partner, education]."""

    share: xr.DataArray
    workers: xr.DataArray
    active: xr.DataArray


@dataclass(frozen=True)
class Effects:
    """Changes of income in a country by group, and the people of the groups."""

    native: xr.DataArray
    migrant: xr.DataArray
    capital: xr.DataArray
    people: xr.DataArray


@dataclass(frozen=True)
class Graduates:
    """Income of stayers lost by graduates who leave and won by more who study."""

    drain: xr.DataArray
    gain: xr.DataArray
    chance: xr.DataArray
    found: BrainGain
    adjustments: pd.DataFrame


@dataclass(frozen=True)
class Lives:
    """Discounted years abroad, and the parts of them worked, at school, in old age."""

    years: xr.DataArray
    working: xr.DataArray
    school: xr.DataArray
    old: xr.DataArray


def _by_skill(low: xr.DataArray, high: xr.DataArray) -> xr.DataArray:
    return xr.concat(xr.broadcast(low, high), dim="education").assign_coords(education=list(LEVELS))


def _log1p(change: xr.DataArray) -> xr.DataArray:
    logarithm: xr.DataArray = xr.apply_ufunc(np.log1p, change)
    return logarithm


def _expm1(change: xr.DataArray) -> xr.DataArray:
    grown: xr.DataArray = xr.apply_ufunc(np.expm1, change)
    return grown


def pay_of(economy: Economy, a: xr.Dataset) -> Pay:
    """Pay by schooling, such that all pay together is labour's share of output."""
    bill = a["labour_share"] * economy.output * economy.population
    ratio, gap, m = a["skill_pay_ratio"], a["migrant_pay_gap"], economy.migrant_share
    share = _by_skill(1.0 - economy.high_share, economy.high_share)
    weight = _by_skill(xr.ones_like(ratio), ratio)
    mean = (share * weight).sum("education", skipna=False)
    native = bill / economy.workers * weight / (mean * (1.0 - m * gap))
    return Pay(
        native=native,
        migrant=native * (1.0 - gap),
        bill=bill,
        group=share * weight / mean,
        migrants=m * (1.0 - gap) / (1.0 - m * gap),
    )


def skills(corridors: Corridors, a: xr.Dataset) -> Split:
    """Movers by schooling: the odds of the home country times the selection assumed."""
    odds = corridors.home.high_share / (1.0 - corridors.home.high_share) * a["skill_selection"]
    high = odds / (1.0 + odds)
    share = _by_skill(1.0 - high, high)
    ages = corridors.entry["entry_age"]
    adult = float(corridors.entry.where((ages >= WORKING[0]) & (ages < WORKING[1]), 0.0).sum())
    active = adult * a["worker_share"]
    return Split(share=share, workers=corridors.movers * share * active, active=active)


def wage_effects(
    economy: Economy, pay: Pay, workers: xr.DataArray, a: xr.Dataset, *, leave: bool
) -> Effects:
    """Incomes of those who were there before, when workers come or leave."""
    if "partner" in workers.dims and not economy.many:
        workers = workers.sum("partner", skipna=False)
    share = _by_skill(1.0 - economy.high_share, economy.high_share)
    natives = economy.workers * (1.0 - economy.migrant_share) * share
    migrants = economy.workers * economy.migrant_share * share
    nobody = xr.zeros_like(workers)
    grow = nobody if not leave else _log1p(-workers / natives.where(workers < natives))
    come = nobody if leave else _log1p(workers / migrants.where(migrants > 0))
    found = nested_ces_wages(
        come, native_growth=grow, pay_share=pay.group, sigma=a["sigma"], epsilon=a["epsilon"],
        migrant_share=pay.migrants.broadcast_like(pay.group), labour_share=a["labour_share"],
        form="exact",
    )  # fmt: skip
    staying = natives - workers if leave else natives
    owned = economy.output * economy.population - pay.bill
    short = _expm1(a["labour_share"] * found.labour) * owned
    capital = xr.concat([short, 0.0 * short + 0.0], dim="scenario")
    people = xr.concat(xr.broadcast(staying, migrants), dim="party")
    return Effects(
        native=staying * pay.native * _expm1(found.native),
        migrant=(migrants * pay.migrant * _expm1(found.migrant)).sum("education", skipna=False),
        capital=capital.assign_coords(scenario=list(HORIZONS)),
        people=people.assign_coords(party=["native", "migrant"]),
    )


def lives(entry: xr.DataArray, survival: xr.DataArray, a: xr.Dataset) -> Lives:
    """Discounted years of a mover, by what is done in them, over all ages at arrival."""
    age = survival["age"]
    alive = (survival.shift(age=-1, fill_value=0.0) / survival.where(survival > 0)).fillna(0.0)
    step = alive * a["stay"] * (1.0 + a["growth"]) / (1.0 + a["discount"])
    spans = {
        "one": xr.ones_like(survival, dtype=float),
        "work": ((age >= WORKING[0]) & (age < WORKING[1])).astype(float),
        "school": ((age >= SCHOOL[0]) & (age < SCHOOL[1])).astype(float),
        "old": (age >= WORKING[1]).astype(float),
    }
    held = {name: (value * entry).sum("entry_age")
            for name, value in present_values(spans, step).items()}  # fmt: skip
    years = held["one"]
    return Lives(years, held["work"] / years * a["worker_share"], held["school"] / years,
                 held["old"] / years)  # fmt: skip


def net_taxes(
    economy: Economy, pay: xr.DataArray, split: Split, life: Lives, a: xr.Dataset
) -> xr.DataArray:
    """Taxes less costs of a mover, a year, as a resident of the economy with that pay."""
    earned = (pay * split.share).sum("education", skipna=False)
    costs = (
        a["school_cost"] * life.school
        + a["pension_cost"] * life.old
        + a["health_cost"]
        + a["public_goods"] * a["public_goods_caused"]
    )
    return a["tax_share"] * earned * life.working - costs * economy.output


def graduates(
    corridors: Corridors, here: Pay, there: Pay, split: Split, a: xr.Dataset
) -> Graduates:
    """Income of stayers lost because graduates leave, and won because more people study."""
    import pandas as pd

    home, high = corridors.home, {"education": "high"}
    leaving = corridors.movers * split.share.sel(high, drop=True) * split.active
    ratio = here.migrant.sel(high, drop=True) / there.native.sel(high, drop=True)
    if not home.many:
        weight = corridors.movers / corridors.movers.sum()
        leaving, ratio = (
            leaving.sum("partner", skipna=False),
            (ratio * weight).sum("partner", skipna=False),
        )
    chance = leaving / (home.youth * home.high_share)
    held = chance.where(~(chance > _MOST), _MOST)
    most = (1.0 - home.high_share) * _MOST
    slope = a["brain_slope"].where(~(a["brain_slope"] * ratio * held > most), most / ratio / held)
    found = brain_gain(held, schooled=home.high_share, slope=slope, wage_ratio=ratio)
    worth = a["graduate_externality"] * there.bill * home.youth / home.workers
    limits = {
        "chance of graduates to leave": (chance, held, "more leave than one cohort: limited"),
        "slope of brain gain": (a["brain_slope"], slope, "more than everybody would study"),
    }
    rows = [
        (key, float(before.max()), float(after.max()), reason)
        for key, (before, after, reason) in limits.items()
        if bool((before != after).where(before.notnull() & after.notnull(), False).any())  # noqa: FBT003
    ]
    columns = pd.Index(["key", "before", "after", "reason"])
    return Graduates(
        drain=worth * found.drain,
        gain=worth * found.gain,
        chance=held,
        found=found,
        adjustments=pd.DataFrame(rows, columns=columns),
    )
