# SPDX-License-Identifier: Apache-2.0
"""The ledger of a year's migration: accounts that close, limits, draws, a case by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from keruen.core.errors import CoverageError, FaultsError, SchemaError
from keruen.decide.uncertainty import Uncertain, sample_inputs, sobol_indices
from keruen.decide.welfare import (
    ASSUMPTIONS,
    Corridors,
    Economy,
    arrivals_fiscal,
    corridor_ledger,
    sending_ledger,
)

VALUES = {
    "labour_share": 0.6, "skill_pay_ratio": 1.7, "sigma": 1.75, "epsilon": 20.0,
    "migrant_pay_gap": 0.2, "skill_selection": 1.0, "worker_share": 0.7, "selection_rank": 0.5,
    "pay_dispersion": 0.6, "moving_cost": 0.3, "stay": 0.9, "discount": 0.03, "growth": 0.01,
    "tax_share": 0.3, "school_cost": 0.15, "pension_cost": 0.3, "health_cost": 0.04,
    "public_goods": 0.08, "public_goods_caused": 0.5, "remittance_factor": 1.0,
    "brain_slope": 0.02, "graduate_externality": 0.3,
}  # fmt: skip
PARTNERS = {"partner": ["AAA", "BBB"]}
POOR = ([4_000.0, 8_000.0], [30e6, 10e6], [12e6, 4e6], [0.2, 0.1], [0.01, 0.02], [6e5, 2e5])
RICH = (20_000.0, 20e6, 9e6, 0.3, 0.1, 3e5)
AGES = np.arange(101)


def assumptions(**changed):
    return xr.Dataset(VALUES | changed)


def corridors(movers=(50_000.0, 10_000.0), *, out=False):
    """Two poor countries and a rich one; ``out`` makes the poor the hosts."""
    many = Economy(*(xr.DataArray(list(one), PARTNERS) for one in POOR))
    single = Economy(*map(xr.DataArray, RICH))
    entry = np.where((AGES >= 15) & (AGES < 45), 1.0, 0.1)
    alive = xr.DataArray(np.exp(-((AGES / 80.0) ** 6)), {"age": AGES})
    money = xr.DataArray([1_500.0, np.nan], PARTNERS)
    return Corridors(
        movers=xr.DataArray(list(movers), PARTNERS),
        host=many if out else single,
        home=single if out else many,
        sent=money,
        received=0.6 * money,
        entry=xr.DataArray(entry / entry.sum(), {"entry_age": AGES}),
        host_survival=alive,
        home_survival=alive,
    )


def rows(ledger, horizon="long_run"):
    return ledger.table.total.sel(scenario=horizon).to_series().to_dict()


def test_residents_gain_together_by_what_newcomers_are_worth_beyond_their_pay():
    """Output with newcomers less output without, less the pay of newcomers, is all shared out."""
    found = corridor_ledger(corridors(), assumptions())
    for horizon in ("short_run", "long_run"):
        one = rows(found, horizon)
        host = ("low_skill_natives", "high_skill_natives", "earlier_migrants", "capital_owners")
        assert sum(one[name] for name in host) > 0
    assert rows(found)["capital_owners"] == 0.0 < rows(found, "short_run")["capital_owners"]


def test_pay_of_all_labour_closes_with_output_in_the_short_run():
    """Gains of workers and owners, and newcomers' pay, add to the change of output."""
    given, a = corridors(), assumptions(migrant_pay_gap=0.0, epsilon=1e9)
    one = rows(corridor_ledger(given, a), "short_run")
    adults = float(given.entry.where((AGES >= 18) & (AGES < 63), 0.0).sum())
    shares = np.array([0.2, 0.1])
    high = (given.movers.to_numpy() * shares).sum() * adults * 0.7
    low = (given.movers.to_numpy() * (1 - shares)).sum() * adults * 0.7
    output, workers, s = 20_000.0 * 20e6, 9e6, 0.6
    ratio, rho = 1.7, 1 - 1 / 1.75
    pay = {"low": 0.7 / (0.7 + 0.3 * ratio), "high": 0.3 * ratio / (0.7 + 0.3 * ratio)}
    grown = {"low": 1 + low / (workers * 0.7), "high": 1 + high / (workers * 0.3)}
    labour = sum(pay[k] * grown[k] ** rho for k in pay) ** (1 / rho)
    each = {k: s * output * pay[k] / (workers * n) for k, n in (("low", 0.7), ("high", 0.3))}
    wage = {k: each[k] * labour ** (s - 1) * (labour / grown[k]) ** (1 / 1.75) for k in each}
    newcomers = wage["low"] * low + wage["high"] * high
    residents = sum(one[name] for name in ("low_skill_natives", "high_skill_natives",
                                           "earlier_migrants", "capital_owners"))  # fmt: skip
    change = output * (labour**s - 1)
    assert residents + newcomers == pytest.approx(change, rel=1e-6)


def test_a_case_by_hand():
    """Remittances, the premium, and the treasury of one person at one age."""
    found = corridor_ledger(corridors(), assumptions())
    assert rows(found)["families_left"] == pytest.approx(50_000 * 900)
    assert float(found.table.persons.sel(party="families_left")) == 50_000
    here = 0.6 * 20_000 * 20e6 / 9e6 / (0.7 + 0.3 * 1.7) / (1 - 0.1 * 0.2) * 0.8
    home = 0.6 * 4_000 * 30e6 / 12e6 / (0.8 + 0.2 * 1.7) / (1 - 0.01 * 0.2)
    assert found.premium.sel(partner="AAA").item() == pytest.approx(here / home)
    moved = rows(found)["migrants"]
    parts = {name: float(found.parts[name])
             for name in ("pay_gain", "moving_cost", "remittances_sent")}  # fmt: skip
    assert moved == pytest.approx(
        parts["pay_gain"] + parts["moving_cost"] + parts["remittances_sent"]
    )
    assert parts["remittances_sent"] == -50_000 * 1_500


def test_treasury_row_is_the_fiscal_model_spread_over_the_years():
    """The row equals taxes less costs of ``fiscal_value`` at every age, weighted by arrivals."""
    given, a = corridors(), assumptions()
    row = rows(corridor_ledger(given, a))["host_treasury"]
    half = arrivals_fiscal(given, a.assign(public_goods=0.04))
    years = float((half.years * given.entry).sum())
    worth = float((half.value.sel(series="average") * given.entry).sum())
    # pay is the mean of movers in both; newcomers cause half of the public goods
    assert row == pytest.approx(60_000 * worth / years, rel=1e-9)


def test_ends_of_a_corridor_mirror_each_other():
    """Those who leave poor for rich: both poor countries are the sending side."""
    there = corridor_ledger(corridors(out=True), assumptions())
    back = corridor_ledger(corridors(), assumptions())
    one = there.premium * back.premium
    # the same pair of countries from both ends; migrants' pay gap of 20 % counts both ways, and
    # movers bring the schooling of their own home
    assert (one < 1).all()
    assert rows(there)["migrants"] < 0 < rows(back)["migrants"]


def test_draws_give_what_single_numbers_give():
    draws = {"trajectory": [0, 1, 2]}
    taxes = xr.DataArray([0.1, 0.3, 0.5], draws)
    stay = xr.DataArray([0.9, 0.9, 0.5], draws)
    many = corridor_ledger(corridors(), assumptions(tax_share=taxes, stay=stay))
    for place in range(3):
        one = corridor_ledger(
            corridors(),
            assumptions(tax_share=float(taxes[place]), stay=float(stay[place])),
        )
        got = many.table.total.isel(trajectory=place).transpose(*one.table.total.dims)
        np.testing.assert_allclose(got, one.table.total, rtol=1e-12)


def test_more_migrants_more_of_everything():
    few, many = (corridor_ledger(corridors((n, n)), assumptions()) for n in (1_000.0, 100_000.0))
    a, b = rows(few), rows(many)
    assert all(abs(b[name]) >= abs(a[name]) for name in a)
    assert b["migrants"] > 0 > b["earlier_migrants"]


def test_more_graduates_leave_than_a_year_brings_forth_is_limited_and_said():
    found = corridor_ledger(corridors((5e6, 10_000.0)), assumptions())
    assert found.adjustments["key"].tolist() == ["chance of graduates to leave"]
    assert found.adjustments["before"].item() > 1 > found.adjustments["after"].item()
    assert not len(corridor_ledger(corridors(), assumptions()).adjustments)


def test_a_missing_figure_leaves_its_rows_empty_and_the_others_full():
    given = corridors()
    holed = replace(given, host=replace(given.host, high_share=xr.DataArray(np.nan)))
    found = rows(corridor_ledger(holed, assumptions()))
    assert np.isnan(found["low_skill_natives"])
    assert np.isnan(found["migrants"])
    assert found["families_left"] > 0
    assert np.isfinite(found["home_treasury"])


def test_families_are_missing_where_no_corridor_has_money():
    given = corridors()
    nothing = xr.full_like(given.sent, np.nan)
    found = corridor_ledger(replace(given, sent=nothing, received=nothing), assumptions())
    assert np.isnan(rows(found)["families_left"])
    assert np.isnan(found.table.sides().sel(party="sending").values).all()
    assert float(found.parts["remittances_sent"]) == 0.0


def test_faults_of_inputs_are_told_together():
    given = corridors()
    with pytest.raises(FaultsError) as caught:
        replace(given, movers=-given.movers, entry=given.entry * 2, home=given.host)
    assert {one.id for one in caught.value.faults} == {"NegativeInput", "NotWhole", "BadCorridors"}
    with pytest.raises(SchemaError) as lacking:
        corridor_ledger(given, assumptions().drop_vars(["stay", "growth"]))
    assert lacking.value.id == "MissingAssumption"
    with pytest.raises(CoverageError):
        replace(given, sent=given.sent.assign_coords(partner=["AAA", "CCC"]))


def test_every_assumption_moves_something():
    """None of the listed assumptions is idle in both directions together."""
    names = list(ASSUMPTIONS)
    start = VALUES | {"selection_rank": 0.6}  # at 0.5 the spread of pay says nothing
    draws = {  # draw 0 changes nothing, draw i + 1 the i-th assumption alone
        name: xr.DataArray(np.full(len(names) + 1, start[name]), dims="trajectory",
                           coords={"trajectory": range(len(names) + 1)})
        for name in names
    }  # fmt: skip
    for place, name in enumerate(names):
        draws[name][place + 1] *= 1.05
    found = corridor_ledger(corridors(), xr.Dataset(draws)).table.total
    change = abs(found - found.sel(trajectory=0)).max(["scenario", "party"])
    idle = [name for name, one in zip(names, change.values[1:], strict=True) if not one > 1.0]
    assert not idle


def test_sobol_shares_of_the_ledger_find_the_only_uncertain_input():
    inputs = [Uncertain(name, "fixed", {"value": value}, ASSUMPTIONS[name])
              for name, value in VALUES.items() if name not in ("tax_share", "sigma")]  # fmt: skip
    inputs += [
        Uncertain("tax_share", "uniform", {"low": 0.1, "high": 0.5}, "share of pay"),
        Uncertain("sigma", "uniform", {"low": 1.7499, "high": 1.75}, "elasticity"),
    ]

    def treasury(drawn):
        return corridor_ledger(corridors(), drawn).table.total.sel(
            party="host_treasury", scenario="long_run", drop=True
        )

    found = sobol_indices(treasury, inputs, size=32, seed=1)
    assert found.total.sel(input="tax_share").item() == pytest.approx(1.0, abs=0.1)
    assert abs(found.total.sel(input="sigma").item()) < 1e-6
    drawn = sample_inputs(inputs, 50, seed=1)
    assert treasury(drawn).sizes["trajectory"] == 50


def test_curve_over_discount_rates_is_the_value_at_each():
    given, a = corridors(), assumptions()
    births = xr.DataArray(np.where((AGES >= 20) & (AGES < 40), 0.05, 0.0), {"age": AGES})
    curve = arrivals_fiscal(given, a, births=births, discounts=[0.0, 0.05])
    for rate in (0.0, 0.05):
        one = arrivals_fiscal(given, a.assign(discount=rate), births=births)
        for part in ("value", "with_descendants"):
            got = getattr(curve, part).sel(discount=rate, drop=True)
            np.testing.assert_allclose(got.transpose(*getattr(one, part).dims), getattr(one, part))


def test_sending_rows_are_the_sending_ledger_of_their_parts():
    found = corridor_ledger(corridors(), assumptions())
    parts = {name: one.sel(scenario="long_run") if "scenario" in one.dims else one
             for name, one in found.parts.items()}  # fmt: skip
    told = rows(found)
    made = sending_ledger(
        remittances=told["families_left"],
        wage_effect=float(parts["wage_effect_home"]),
        fiscal_loss=-told["home_treasury"],
        externality=-float(parts["brain_drain"]),
        brain_gain=float(parts["brain_gain"]),
    )
    assert made.workers.item() == pytest.approx(told["other_workers"])
    side = found.table.sides().sel(party="sending", scenario="long_run").item()
    assert made.total.item() == pytest.approx(side - told["home_capital_owners"])
