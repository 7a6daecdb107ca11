# SPDX-License-Identifier: Apache-2.0
"""Welfare models: the worked numbers of the decision specification, section 8, and identities."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from keruen.core.errors import ApproximationWarning, FaultsError, SchemaError
from keruen.decide.welfare import (
    SIDES,
    TripleWin,
    brain_gain,
    break_even,
    fiscal_curve,
    fiscal_value,
    immigration_surplus,
    migrant_gain,
    nested_ces_wages,
    place_premium,
    sending_ledger,
)

FEW = settings(max_examples=25)
SHARES = st.floats(0.05, 0.95)
GROUPS = {"education": ["low", "high"]}


def groups(low, high):
    return xr.DataArray([low, high], GROUPS)


class TestImmigrationSurplus:
    """Section 8.1: s = 0.7, e = 0.3; Borjas (1995) and the published figures of 2013."""

    @pytest.mark.parametrize(("m", "percent"), [(0.10, 0.105), (0.15, 0.236)])
    def test_linear_numbers(self, m, percent):
        with pytest.warns(ApproximationWarning):
            found = immigration_surplus(m, labour_share=0.7, elasticity=0.3, form="linear")
        assert 100 * found.surplus[0].item() == pytest.approx(percent, abs=5e-4)

    def test_labour_and_capital(self):
        with pytest.warns(ApproximationWarning):
            found = immigration_surplus(0.15, labour_share=0.7, elasticity=0.3, form="linear")
        assert round(100 * found.native_labour[0].item(), 1) == -2.7
        assert round(100 * found.capital[0].item(), 1) == 2.9
        # 0.236 % of an output of about 16.8 trillion US dollars: 35 to 40 billion
        assert 35e9 < found.surplus[0].item() * 16.8e12 < 40e9

    @FEW
    @given(m=st.floats(0.0, 0.9), s=SHARES)
    def test_gain_of_natives_is_what_labour_and_capital_get_and_nothing_in_the_long_run(self, m, s):
        found = immigration_surplus(m, labour_share=s)
        parts = found.native_labour + found.capital
        assert found.surplus.values == pytest.approx(parts.values, abs=1e-12)
        assert found.surplus.sel(scenario="short_run").item() >= -1e-12
        assert found.surplus.sel(scenario="long_run").item() == 0.0
        # pay of natives: their share of labour times the change of the wage
        lost = s * (1 - m) * (1 - 1 / (1 + found.native_wage[0].item()))
        assert found.native_labour[0].item() == pytest.approx(lost, abs=1e-12)

    @FEW
    @given(s=SHARES)
    def test_exact_form_tends_to_the_linear_one(self, s):
        exact = immigration_surplus(1e-3, labour_share=s).surplus[0].item()
        linear = immigration_surplus(1e-3, labour_share=s, form="linear").surplus[0].item()
        assert exact == pytest.approx(linear, rel=2e-3)

    def test_exact_form_by_hand(self):
        """1 - 0.7 0.1 - 0.9^0.7, and the wage 0.9^0.3 - 1."""
        found = immigration_surplus(0.10, labour_share=0.7)
        assert found.surplus[0].item() == pytest.approx(1 - 0.07 - 0.9**0.7, abs=1e-15)
        assert found.native_wage[0].item() == pytest.approx(0.9**0.3 - 1, abs=1e-15)

    def test_all_faults_at_once(self):
        with pytest.raises(FaultsError) as caught:
            immigration_surplus(10.0, labour_share=70.0)
        assert [one.id for one in caught.value.faults] == ["OutOfRange", "OutOfRange"]

    def test_draws_are_carried_through(self):
        draws = xr.DataArray([0.5, 0.7], {"trajectory": [0, 1]})
        found = immigration_surplus(0.1, labour_share=draws)
        one = immigration_surplus(0.1, labour_share=0.7)
        assert found.surplus.sel(trajectory=1).values.tolist() == one.surplus.values.tolist()


class TestNestedWages:
    """Section 8.2, worked example."""

    INFLOW = groups(0.20, 0.10)
    GIVEN = {"pay_share": groups(0.55, 0.45), "migrant_share": groups(0.10, 0.05)}  # noqa: RUF012

    def test_worked_example(self):
        found = nested_ces_wages(self.INFLOW, **self.GIVEN)
        long = {"scenario": "long_run"}
        assert found.labour.item() == pytest.approx(0.01325)
        assert (100 * found.native.sel(long)).round(3).values.tolist() == [-0.286, 0.496]
        assert (100 * found.migrant.sel(long)).round(3).values.tolist() == [-1.286, -0.004]
        assert round(100 * found.native_average.sel(long).item(), 3) == 0.077
        change = found.native.sel(scenario="short_run") - found.native.sel(long)
        assert (100 * change).round(3).values.tolist() == [-0.437, -0.437]

    @FEW
    @given(
        grow=st.tuples(*[st.floats(-0.3, 0.3)] * 3), parts=st.tuples(SHARES, SHARES, SHARES),
        sigma=st.floats(0.3, 5), eps=st.floats(1.5, 100),
    )  # fmt: skip
    def test_mean_by_pay_is_zero_in_the_long_run(self, grow, parts, sigma, eps):
        (low, high, native), (k, m, n) = grow, parts
        found = nested_ces_wages(
            groups(low, high), pay_share=groups(k, 1 - k), migrant_share=groups(m, n),
            sigma=sigma, epsilon=eps, native_growth=groups(native, -native),
        )  # fmt: skip
        assert found.average.sel(scenario="long_run").item() == pytest.approx(0, abs=1e-12)
        short = found.average.sel(scenario="short_run").item()
        assert short == pytest.approx(-0.33 * found.labour.item(), abs=1e-12)

    @FEW
    @given(g=st.floats(-0.5, 0.5), k=SHARES, m=SHARES, form=st.sampled_from(["linear", "exact"]))
    def test_equal_growth_of_all_changes_nothing(self, g, k, m, form):
        found = nested_ces_wages(
            groups(g, g), pay_share=groups(k, 1 - k), migrant_share=groups(m, m),
            native_growth=g, form=form,
        )  # fmt: skip
        assert abs(found.native.sel(scenario="long_run")).max().item() < 1e-12
        assert abs(found.migrant.sel(scenario="long_run")).max().item() < 1e-12

    @pytest.mark.parametrize("form", ["linear", "exact"])
    def test_perfect_substitutes_have_no_migrant_penalty(self, form):
        found = nested_ces_wages(self.INFLOW, **self.GIVEN, epsilon=np.inf, form=form)
        assert found.native.values.tolist() == found.migrant.values.tolist()

    @FEW
    @given(low=st.floats(-0.5, 1), high=st.floats(-0.5, 1), k=SHARES, m=SHARES)
    def test_exact_form_pays_out_all_that_labour_makes(self, low, high, k, m):
        """Euler: pay after the change adds to the composite of labour."""
        pay, share = groups(k, 1 - k), groups(m, m)
        inflow = groups(low, high)
        found = nested_ces_wages(inflow, pay_share=pay, migrant_share=share, form="exact")
        long = {"scenario": "long_run"}
        after = pay * (1 - share) * np.exp(found.native.sel(long))
        after = after + pay * share * np.exp(inflow + found.migrant.sel(long))
        assert after.sum().item() == pytest.approx(np.exp(found.labour.item()), rel=1e-10)
        # those who were there before gain together, whatever comes or leaves
        residents = pay * ((1 - share) * np.expm1(found.native.sel(long))
                           + share * np.expm1(found.migrant.sel(long)))  # fmt: skip
        assert residents.sum().item() >= -1e-12

    @FEW
    @given(low=st.floats(0.5, 1), high=st.floats(-1, 1))
    def test_exact_form_tends_to_the_linear_one(self, low, high):
        small = groups(low, high) * 1e-5
        exact = nested_ces_wages(small, **self.GIVEN, form="exact").native
        linear = nested_ces_wages(small, **self.GIVEN).native
        assert (exact - linear).values == pytest.approx(0, abs=1e-9)

    def test_geometric_limit(self):
        near = [nested_ces_wages(self.INFLOW, **self.GIVEN, sigma=s, form="exact").native
                for s in (1.0, 1.0 + 1e-5)]  # fmt: skip
        assert (near[0] - near[1]).values == pytest.approx(0, abs=1e-6)

    def test_shares_must_add_to_one(self):
        with pytest.raises(SchemaError) as caught:
            nested_ces_wages(self.INFLOW, pay_share=groups(0.5, 0.4), migrant_share=groups(0, 0))
        assert caught.value.id == "NotWhole"

    def test_workers_lost_are_a_gain_to_those_like_them(self):
        found = nested_ces_wages(
            groups(0.0, 0.0), pay_share=groups(0.6, 0.4), migrant_share=groups(0.0, 0.0),
            native_growth=groups(-0.05, 0.0),
        ).native.sel(scenario="long_run")  # fmt: skip
        assert found.sel(education="low") > 0 > found.sel(education="high")


class TestPlacePremium:
    def test_by_hand(self):
        """60,000 in money that buys half as much as at home, against 10,000: three times."""
        found = place_premium(60_000.0, 10_000.0, ppp=2.0)
        assert found.observed.item() == 3.0 == found.bound.item()
        assert found.gain.item() == 40_000.0

    @FEW
    @given(rank=st.floats(0.01, 0.99), spread=st.floats(0, 1.5))
    def test_selection_above_the_middle_lowers_the_premium(self, rank, spread):
        found = place_premium(3.0, 1.0, rank=rank, dispersion=spread)
        lower = found.bound.item() <= found.observed.item() + 1e-12
        assert lower == (rank >= 0.5 or spread == 0) or found.bound.item() == pytest.approx(3.0)

    def test_rank_one_deviation_above_the_middle(self):
        """Phi(1) = 0.8413447: the counterfactual pay is exp(0.5) times the median."""
        found = place_premium(2.0, 1.0, rank=0.8413447460685429, dispersion=0.5)
        assert found.bound.item() == pytest.approx(2 * np.exp(-0.5), rel=1e-9)

    def test_gain_over_a_stay(self):
        whole, a_year = migrant_gain(100.0, cost=50.0, stay=0.5, discount=0.0)
        assert (whole.item(), a_year.item()) == (150.0, 75.0)  # two years on average

    def test_no_pay_is_refused(self):
        with pytest.raises(SchemaError, match="home_pay is above 0"):
            place_premium(1.0, 0.0)


class TestBrainGain:
    H0, SLOPE, RATIO = 0.05, 0.02, 4.0  # a poor country: one in twenty a graduate

    def left(self, p):
        return brain_gain(p, schooled=self.H0, slope=self.SLOPE, wage_ratio=self.RATIO).left

    def test_peak_is_that_of_a_fine_grid(self):
        grid = xr.DataArray(np.linspace(0, 0.99, 9901), dims="p", coords={"p": range(9901)})
        found = brain_gain(grid, schooled=self.H0, slope=self.SLOPE, wage_ratio=self.RATIO)
        best = grid[int(found.left.argmax("p"))].item()
        assert found.peak.item() == pytest.approx(best, abs=2e-4)

    def test_beine_docquier_rapoport(self):
        """Low chances to leave gain slightly; beyond the break-even, over 20 %, they lose."""
        assert 0 < (self.left(0.05) - self.H0).item() < 0.005
        edge = brain_gain(0.0, schooled=self.H0, slope=self.SLOPE, wage_ratio=self.RATIO)
        assert edge.peak.item() > 0.20
        assert self.left(edge.break_even.item()).item() == pytest.approx(self.H0, abs=1e-12)
        assert self.left(edge.break_even.item() + 0.05).item() < self.H0

    def test_a_country_of_graduates_only_loses(self):
        found = brain_gain(0.10, schooled=0.5, slope=0.02, wage_ratio=3.0)
        assert found.peak.item() == 0.0 == found.break_even.item()
        assert found.left.item() < 0.5

    @FEW
    @given(p=st.floats(0, 0.9), h0=st.floats(0.02, 0.9), c=st.floats(0, 0.1))
    def test_drain_and_gain_add_to_the_change(self, p, h0, c):
        if h0 + c * p > 1:
            return
        found = brain_gain(p, schooled=h0, slope=c, wage_ratio=1.0)
        change = (found.drain + found.gain).item()
        assert change == pytest.approx(found.left.item() - h0, abs=1e-12)
        assert found.drain.item() <= 1e-12
        assert found.gain.item() >= -1e-12

    def test_more_than_everybody_cannot_study(self):
        with pytest.raises(SchemaError) as caught:
            brain_gain(0.5, schooled=0.8, slope=0.2, wage_ratio=5.0)
        assert caught.value.id == "AboveOne"

    def test_ledger_adds_up(self):
        found = sending_ledger(remittances=10, wage_effect=-1, fiscal_loss=4, externality=2,
                               brain_gain=1)  # fmt: skip
        parts = found.families + found.workers + found.treasury
        assert found.total.item() == parts.item() == 4.0


class TestFiscalValue:
    AGES = {"age": [20, 21, 22]}  # noqa: RUF012

    def flows(self, *values):
        net = xr.DataArray(list(map(float, values)), self.AGES)
        return net.clip(min=0), (-net).clip(min=0)

    def test_worked_example(self):
        """Section 8.5: factor 0.931553, present value 767.46."""
        found = fiscal_value(*self.flows(-1000, 500, 1500), stay=0.95, growth=0.01, discount=0.03)
        factor = found.years.sel(entry_age=21).item() - 1.0
        assert factor == pytest.approx(0.931553, abs=5e-7)
        value = found.value.sel(series="marginal")
        assert round(value.sel(entry_age=20).item(), 2) == 767.46
        assert value.sel(entry_age=22).item() == 1500.0

    def test_survival_and_the_last_age(self):
        alive = xr.DataArray([1.0, 0.5, 0.25], self.AGES)
        found = fiscal_value(*self.flows(0, 100, 100), survival=alive, discount=0.0)
        assert found.value.sel(series="marginal", entry_age=20).item() == 75.0
        assert found.years.sel(entry_age=20).item() == 1.75

    def test_public_goods_at_marginal_and_average_cost(self):
        found = fiscal_value(*self.flows(10, 10, 10), discount=0.0, public_goods=4.0)
        at = found.value.sel(entry_age=20)
        assert (at.sel(series="marginal").item(), at.sel(series="average").item()) == (30.0, 18.0)
        assert found.a_year.sel(series="average", entry_age=20).item() == 6.0

    def test_descendants_by_hand(self):
        """Two births at 1 a person of value 3, discounted a year by 1/1.5."""
        ages = {"age": [0, 1]}
        taxes, none = xr.DataArray([3.0, 0.0], ages), xr.DataArray([0.0, 0.0], ages)
        births = xr.DataArray([0.0, 2.0], ages)
        found = fiscal_value(taxes, none, discount=0.5, births=births)
        value = found.with_descendants.sel(series="marginal", entry_age=0).item()
        assert value == pytest.approx(3 + 2 * 3 / 1.5)
        assert found.value.sel(series="marginal", entry_age=0).item() == 3.0

    def test_sign_turns_with_the_discount_rate_as_in_the_nrc_table(self):
        """NRC 1997, table 7.B1, arriving at 20 with little schooling: +228 at 2 %, -12 at 4 %.

        Their flows by age are not published, so only the shape can be held against ours: a
        life of taxes and costs has a value whose sign turns with the rate, descendants move
        it, and one who arrives at 70 costs at any rate (-166 there).
        """
        ages = np.arange(101)
        taxes = xr.DataArray(np.where((ages >= 20) & (ages < 65), 8.0, 0.0), {"age": ages})
        cost = np.where(ages < 18, 9.0, np.where(ages >= 65, 12.0, 6.0))
        births = xr.DataArray(np.where((ages >= 22) & (ages < 32), 0.12, 0.0), {"age": ages})
        found = fiscal_curve(
            taxes, xr.DataArray(cost, {"age": ages}), discounts=[0.0, 0.02, 0.04, 0.06],
            growth=0.02, births=births,
        )  # fmt: skip
        at = found.value.sel(series="marginal", entry_age=20)
        old = found.value.sel(series="marginal", entry_age=70)
        assert at.sel(discount=0.0) < 0 < at.sel(discount=0.06)
        assert (old < 0).all()
        young = found.with_descendants.sel(series="marginal", entry_age=20)
        assert (abs(young - at) > 1.0).all()
        assert np.array_equal(found.with_descendants.sel(entry_age=70, series="marginal"), old)

    @FEW
    @given(rate=st.floats(0, 0.2), stay=st.floats(0.5, 1))
    def test_recursion_is_the_sum(self, rate, stay):
        net = [-1000.0, 500.0, 1500.0]
        found = fiscal_value(*self.flows(*net), stay=stay, discount=rate)
        want = sum(f * (stay / (1 + rate)) ** t for t, f in enumerate(net))
        value = found.value.sel(series="marginal", entry_age=20).item()
        assert value == pytest.approx(want, abs=1e-9)

    def test_ages_must_follow_each_other(self):
        gap = xr.DataArray([1.0, 2.0], {"age": [0, 5]})
        with pytest.raises(SchemaError) as caught:
            fiscal_value(gap, gap)
        assert caught.value.id == "BadAges"


class TestTripleWin:
    @pytest.fixture
    def table(self):
        rows = [row for side in SIDES.values() for row in side]
        values = [8.0, -1.0, 2.0, -1.0, 1.0, 2.0, 3.0, -4.0, -1.0, 0.0]
        total = xr.DataArray(
            [values, values], {"scenario": ["short_run", "long_run"], "party": rows},
            attrs={"units": "million", "kind": "money"},
        )  # fmt: skip
        people = xr.DataArray([2.0] * 9 + [np.nan], {"party": rows})
        return TripleWin(total, people)

    def test_sides_and_persons(self, table):
        sides = table.sides().sel(scenario="long_run")
        assert sides.values.tolist() == [8.0, 3.0, -2.0]
        assert table.per_person.sel(party="migrants", scenario="long_run").item() == 4.0
        assert np.isnan(table.per_person.sel(party="home_treasury").values).all()

    def test_no_weights_without_the_reader(self, table):
        with pytest.raises(SchemaError) as caught:
            table.weighted({"migrant": 1.0})
        assert caught.value.id == "BadWeights"
        weights = {"migrant": 0.5, "receiving": 1.0, "sending": 2.0}
        assert table.weighted(weights).sel(scenario="long_run").item() == 3.0

    def test_the_sum_is_zero_at_the_break_even_weight(self, table):
        weight = break_even(table.sides().sel(scenario="long_run"))
        assert weight.sel(party="sending").item() == 5.5
        at = table.weighted({"migrant": 1.0, "receiving": 1.0, "sending": 5.5})
        assert at.sel(scenario="long_run").item() == 0.0
        assert np.isnan(weight.sel(party="migrant").item())  # the rest gains without them

    def test_a_missing_row_makes_its_side_missing(self, table):
        holed = TripleWin(table.total.where(table.total["party"] != "host_treasury"), table.persons)
        assert np.isnan(holed.sides().sel(party="receiving").values).all()
        assert holed.sides().notnull().sel(party="migrant").all()

    def test_unknown_row(self, table):
        with pytest.raises(SchemaError) as caught:
            TripleWin(table.total.assign_coords(party=list("abcdefghij")), table.persons)
        assert caught.value.id == "UnknownParty"
