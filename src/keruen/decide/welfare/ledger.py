# SPDX-License-Identifier: Apache-2.0
"""One year of migration as a ledger: every gain and loss, in every draw."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from keruen.core.arrays import stamp
from keruen.decide.welfare._ledger_steps import (
    Lives,
    Pay,
    Split,
    graduates,
    lives,
    net_taxes,
    pay_of,
    skills,
    wage_effects,
)
from keruen.decide.welfare.corridors import Corridors, need_assumptions
from keruen.decide.welfare.premium import place_premium
from keruen.decide.welfare.sending import BrainGain
from keruen.decide.welfare.surplus import HORIZONS
from keruen.decide.welfare.triple_win import PARTIES, TripleWin

if TYPE_CHECKING:
    import pandas as pd

_UNITS = "international dollars a year"


@dataclass(frozen=True)
class Ledger:
    """The ledger of one year's migration.

    Parameters
    ----------
    table : TripleWin
        Gains by row and horizon, in every draw.
    premium : DataArray [..., partner], ratio
        Pay abroad over pay at home, for workers alike in schooling.
    premium_bound : DataArray [..., partner], ratio
        The same under selection of the migrants.
    parts : Dataset
        What the rows are made of, before rows are added: ``pay_gain``, ``moving_cost``,
        ``remittances_sent``, ``wage_effect_home``, ``brain_drain``, ``brain_gain``.
    leaving : DataArray [...], probability
        Graduates who leave in the year, of a year's graduates at home.
    brain : BrainGain
        Graduates left at home under that chance.
    adjustments : DataFrame
        What was limited: ``key``, ``before``, ``after``, ``reason``.

    See Also
    --------
    corridor_ledger : Makes it.
    """

    table: TripleWin
    premium: xr.DataArray
    premium_bound: xr.DataArray
    parts: xr.Dataset
    leaving: xr.DataArray
    brain: BrainGain
    adjustments: pd.DataFrame


def corridor_ledger(corridors: Corridors, assumptions: xr.Dataset) -> Ledger:
    """Who gains and who loses by a year's migration between a country and its partners.

    Parameters
    ----------
    corridors : Corridors
        Movers, economies, remittances, ages.
    assumptions : Dataset
        The variables of ``ASSUMPTIONS``, plain or drawn along ``trajectory``.

    Returns
    -------
    Ledger
        Money a year while the movers are away, in the unit of the economies' output.

    Raises
    ------
    SchemaError
        An assumption is missing (``MissingAssumption``) or out of its bounds
        (``OutOfRange``).

    See Also
    --------
    nested_ces_wages : The wages.
    fiscal_value : The treasury.

    Notes
    -----
    Wages of the receiving and the sending country follow the exact nested CES; capital is
    fixed in the short run and elastic in the long run. What is paid over a life (taxes,
    benefits, the cost of moving) is spread over the discounted years abroad, so that all
    rows are money a year. Remittances are taken from the migrants and given to the
    families, each at the prices of their country.

    Examples
    --------
    >>> from keruen.decide.welfare import Economy
    >>> values = {"labour_share": 0.6, "skill_pay_ratio": 1.7, "sigma": 1.75, "epsilon": 20.0,
    ...     "migrant_pay_gap": 0.2, "skill_selection": 1.0, "worker_share": 0.7,
    ...     "selection_rank": 0.5, "pay_dispersion": 0.6, "moving_cost": 0.3, "stay": 0.9,
    ...     "discount": 0.03, "growth": 0.01, "tax_share": 0.3, "school_cost": 0.15,
    ...     "pension_cost": 0.3, "health_cost": 0.04, "public_goods": 0.08,
    ...     "public_goods_caused": 0.5, "remittance_factor": 1.0, "brain_slope": 0.02,
    ...     "graduate_externality": 0.3}
    >>> poor = (4_000.0, 30e6, 12e6, 0.2, 0.01, 6e5)  # output a head, residents, workers ...
    >>> home = Economy(*(xr.DataArray([one], {"partner": ["AAA"]}) for one in poor))
    >>> host = Economy(*map(xr.DataArray, (20_000.0, 20e6, 9e6, 0.3, 0.1, 3e5)))
    >>> movers, sent, received = (home.output * 0 + one for one in (50_000, 1_500, 900))
    >>> entry = xr.DataArray([0.5, 0.5], {"entry_age": [20, 21]})
    >>> alive = xr.DataArray([1.0, 1.0], {"age": [20, 21]})
    >>> found = corridor_ledger(
    ...     Corridors(movers, host, home, sent, received, entry, alive, alive),
    ...     xr.Dataset(values))
    >>> long = found.table.total.sel(scenario="long_run") / 1e6
    >>> long.sel(party=["migrants", "families_left", "capital_owners"]).round().values.tolist()
    [389.0, 45.0, 0.0]
    """
    need_assumptions(assumptions)
    # Labels that differ are a fault, never dropped.
    with xr.set_options(arithmetic_join="exact"):  # type: ignore[no-untyped-call]
        return _ledger(corridors, assumptions)


def _ledger(corridors: Corridors, assumptions: xr.Dataset) -> Ledger:
    """The rows of the table, one model after the other."""
    here, there = pay_of(corridors.host, assumptions), pay_of(corridors.home, assumptions)
    split = skills(corridors, assumptions)
    abroad = lives(corridors.entry, corridors.host_survival, assumptions)
    at_home = lives(corridors.entry, corridors.home_survival, assumptions)
    rows = _migrants(corridors, assumptions, (here, there), split, abroad)
    parts = {name: rows[name] for name in ("pay_gain", "moving_cost", "remittances_sent")}
    coming = wage_effects(corridors.host, here, split.workers, assumptions, leave=False)
    leaving = wage_effects(corridors.home, there, split.workers, assumptions, leave=True)
    lost_graduates = graduates(corridors, here, there, split, assumptions)
    drain, won = lost_graduates.drain, lost_graduates.gain
    wages_home = leaving.native.sum("education", skipna=False) + leaving.migrant
    parts |= {"wage_effect_home": wages_home, "brain_drain": drain, "brain_gain": won}
    movers, one = corridors.movers, assumptions
    paid = net_taxes(corridors.host, here.migrant, split, abroad, one)
    lost = net_taxes(corridors.home, there.native, split, at_home, one)
    total = {
        "migrants": rows["migrants"],
        "low_skill_natives": coming.native.sel(education="low", drop=True),
        "high_skill_natives": coming.native.sel(education="high", drop=True),
        "earlier_migrants": coming.migrant,
        "capital_owners": coming.capital,
        "host_treasury": movers * paid,
        "families_left": movers * corridors.received * one["remittance_factor"],
        "other_workers": wages_home + drain + won,
        "home_capital_owners": leaving.capital,
        "home_treasury": -movers * lost,
    }
    return Ledger(
        table=TripleWin(_stacked(total), _persons(corridors, coming.people, leaving.people)),
        premium=rows["premium"],
        premium_bound=rows["premium_bound"],
        parts=xr.Dataset(
            {
                name: stamp(_over_partners(part), name=name, units=_UNITS, kind="money")
                for name, part in parts.items()
            }
        ),
        leaving=lost_graduates.chance,
        brain=lost_graduates.found,
        adjustments=lost_graduates.adjustments,
    )


def _migrants(
    corridors: Corridors, a: xr.Dataset, pay: tuple[Pay, Pay], split: Split, abroad: Lives
) -> dict[str, xr.DataArray]:
    """The movers' own gain: pay, less moving and less what they send."""
    here, home = (
        (one * split.share).sum("education", skipna=False)
        for one in (pay[0].migrant, pay[1].native)
    )
    found = place_premium(here, home, rank=a["selection_rank"], dispersion=a["pay_dispersion"])
    gain = corridors.movers * found.gain * abroad.working
    moving = -corridors.movers * a["moving_cost"] * home * split.active / abroad.years
    known = corridors.sent.notnull()
    sent = -(corridors.movers * corridors.sent * a["remittance_factor"]).where(known, 0.0)
    return {
        "migrants": gain + moving + sent, "pay_gain": gain, "moving_cost": moving,
        "remittances_sent": sent, "premium": found.observed, "premium_bound": found.bound,
    }  # fmt: skip


def _over_partners(part: xr.DataArray, *, skip: bool = False) -> xr.DataArray:
    return part.sum("partner", skipna=skip) if "partner" in part.dims else part


def _stacked(total: dict[str, xr.DataArray]) -> xr.DataArray:
    """Rows side by side, summed over partners, for both horizons.

    Families of corridors without a figure of remittances are left out, not counted as zero
    gain a person: the number of persons leaves them out too.
    """
    horizon = xr.DataArray([1.0, 1.0], coords={"scenario": list(HORIZONS)})
    rows = []
    for name in PARTIES:
        row = total[name]
        families = name == "families_left"
        known = bool(row.notnull().any())
        summed = _over_partners(row, skip=families) if known else _over_partners(row)
        rows.append(summed if "scenario" in summed.dims else summed * horizon)
    stacked = xr.concat(xr.broadcast(*rows), dim="party").assign_coords(party=list(PARTIES))
    return stamp(stacked, name="total", units=_UNITS, kind="money")


def _persons(corridors: Corridors, host: xr.DataArray, home: xr.DataArray) -> xr.DataArray:
    """People of each row; owners of capital are not counted by anybody."""
    known = corridors.movers.where(corridors.received.notnull())
    count = {
        "migrants": corridors.movers,
        "low_skill_natives": host.sel(party="native", education="low", drop=True),
        "high_skill_natives": host.sel(party="native", education="high", drop=True),
        "earlier_migrants": host.sel(party="migrant", drop=True).sum("education", skipna=False),
        "capital_owners": xr.DataArray(np.nan),
        "host_treasury": corridors.host.population,
        "families_left": known.fillna(0.0) if bool(known.notnull().any()) else known,
        "other_workers": home.sum(["education", "party"], skipna=False),
        "home_capital_owners": xr.DataArray(np.nan),
        "home_treasury": corridors.home.population,
    }
    rows = [_over_partners(count[name]) for name in PARTIES]
    stacked = xr.concat(xr.broadcast(*rows), dim="party").assign_coords(party=list(PARTIES))
    return stamp(stacked, name="persons", units="persons", kind="count")
