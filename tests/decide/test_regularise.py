# SPDX-License-Identifier: Apache-2.0
"""Regularisation: flows add up, whole persons, take-up, bands, errors, hand-made cases."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from keruen.core.errors import AccountError, FaultsError, SchemaError
from keruen.decide._policy_numbers import whole_cells
from keruen.decide.regularise import (
    STATES,
    Context,
    Economy,
    Fee,
    Programme,
    StatusRates,
    TakeUp,
    Workers,
    banded,
    check_approvals,
    eligible_stock,
    fiscal_effect,
    income_gain,
    least_band,
    present_value,
    project_status,
    regularise,
    status_transitions,
    take_up,
    take_up_by_part,
    triple_win,
    window_parts,
)

SHARE = st.floats(0, 1)
LAW = Programme(date(2027, 1, 1), date(2027, 7, 1), 3, [Fee(date(2027, 1, 1), 120.0)])
ECONOMY = Economy(
    1000.0, 0.1, 0.8, 0.3, worker_rate=0.15, new_revenue=0.55, admin_cost=60.0, public_cost=200.0,
    discount_rate=0.05,
)  # fmt: skip
RATES = StatusRates(0.9, 0.95, 0.1, to_long=0.2, lapsed_left=0.3, irregular_left=0.1,
                    short_left=0.05, long_left=0.02, long_lost=0.01)  # fmt: skip


def draws(values):
    return xr.DataArray(np.asarray(values, dtype=float), coords={"trajectory": range(len(values))})


class TestEligible:
    def test_cells_are_whole_and_add_up(self):
        stock = xr.DataArray(
            [[101.0, 53.0], [7.0, 11.0]], coords={"origin": ["UZB", "KGZ"], "sector": ["F", "A"]}
        )
        found = eligible_stock(stock, employer=0.37, employer_needed=True)
        assert found.dtype.kind == "i"
        assert found.sum() == np.floor(0.37 * 172 + 0.5)
        assert (abs(found - 0.37 * stock) < 1).all()

    def test_employers_by_sector(self):
        stock = xr.DataArray([100.0, 100.0], coords={"sector": ["F", "A"]})
        share = xr.DataArray([0.2, 0.9], coords={"sector": ["A", "F"]})
        found = eligible_stock(stock, employer=share, employer_needed=True)
        assert found.sel(sector="F") == 90
        assert found.sel(sector="A") == 20

    def test_an_open_group_is_not_divided(self):
        stock = xr.DataArray([10.0, 20.0], coords={"stay_years": [0, 1]})
        with pytest.raises(Exception, match="open from 1") as fault:
            eligible_stock(stock, least_stay_years=3)
        assert fault.value.id == "NotSplit"

    def test_years_are_asked_for_and_not_told(self):
        with pytest.raises(Exception, match="does not tell") as fault:
            eligible_stock(xr.DataArray(10.0), least_stay_years=3)
        assert fault.value.id == "NoArrivalData"

    def test_all_faults_at_once(self):
        with pytest.raises(FaultsError) as fault:
            eligible_stock(xr.DataArray(-5.0), employer_needed=True, clean_record=1.5,
                           clean_record_needed=True)  # fmt: skip
        ids = [one.id for one in fault.value.faults]
        assert ids == ["NoEmployerData", "InputError", "InputError"]

    def test_approvals_above_some_draws(self):
        with pytest.raises(AccountError, match=r"25\.0% of the draws") as fault:
            check_approvals(draws([90, 110, 120, 130]), 100)
        assert fault.value.id == "CoherenceError"

    @given(st.lists(st.floats(0, 5000), min_size=1, max_size=12), st.floats(0, 1), st.floats(0, 1))
    @settings(max_examples=60, deadline=None)
    def test_no_cell_gains_people(self, cells, employer, rate):
        stock = xr.DataArray(cells, coords={"sector": [f"s{n}" for n in range(len(cells))]})
        people = whole_cells(stock)
        eligible = eligible_stock(people, employer=employer, employer_needed=True)
        approved = whole_cells(eligible * rate)
        assert (eligible <= people).all()
        assert (approved <= eligible).all()
        assert (approved >= 0).all()


class TestTakeUp:
    def test_hand_made(self):
        """b0 + b1 0.1 + b2 + b3 2 + b4 6 = -1 + 0.2 - 0.5 - 0.6 + 0.6 = -1.3."""
        rule = TakeUp(base=-1, gain=2, employer=-0.5, fee=-0.3, window=0.1)
        found = take_up(rule, net_gain=100, wage=1000, fee=2000, window_months=6,
                        employer_needed=True)  # fmt: skip
        assert found.item() == pytest.approx(1 / (1 + np.exp(1.3)))

    def test_one_fee_throughout_makes_no_difference(self):
        rule = TakeUp(base=-1, fee=-0.5, window=0.2)
        end = date(2027, 9, 1)
        one = [Fee(date(2027, 1, 1), 500.0)]
        three = [*one, Fee(date(2027, 3, 1), 500.0), Fee(date(2027, 6, 1), 500.0)]
        whole, split = (
            take_up_by_part(rule, window_parts(date(2027, 1, 1), end, fees), wage=1000)
            for fees in (one, three)
        )
        assert split.sizes["window_part"] == 3
        assert split.sum().item() == pytest.approx(whole.sum().item(), abs=1e-12)

    def test_a_higher_fee_in_the_second_half(self):
        """Shares by hand: T(0, s) before, then (T(g, t) - T(g, s)) / (1 - T(g, s)) of the rest."""
        fees = [Fee(date(2027, 1, 1), 0.0), Fee(date(2027, 4, 1), 900.0)]
        parts = window_parts(date(2027, 1, 1), date(2027, 7, 1), fees)
        (_, s), (_, rest) = parts

        def share(fee, months):
            return 1 / (1 + np.exp(-(-1 - fee / 1000 + 0.2 * months)))

        first = share(0, s)
        later = (share(900, s + rest) - share(900, s)) / (1 - share(900, s))
        found = take_up_by_part(TakeUp(-1.0, fee=-1.0, window=0.2), parts, wage=1000)
        assert found.values == pytest.approx([first, (1 - first) * later])
        law = replace(LAW, fees=fees)
        run = regularise(xr.DataArray(10_000), law, take_up=TakeUp(-1.0, fee=-1.0, window=0.2),
                         rates=RATES, economy=ECONOMY)  # fmt: skip
        paid = 900 * found.values[1] / found.values.sum()
        assert run.fee.item() == pytest.approx(paid)

    def test_a_stated_share_is_spread_by_months(self):
        fees = [Fee(date(2027, 1, 1), 0.0), Fee(date(2027, 3, 1), 900.0)]
        parts = window_parts(date(2027, 1, 1), date(2027, 7, 1), fees)
        found = take_up_by_part(0.4, parts)
        assert found.sum().item() == pytest.approx(0.4)
        assert found.values[0] == pytest.approx(0.4 * 59 / 181)

    @given(SHARE, st.floats(0, 3), st.floats(0.1, 12), st.floats(0, 5), st.floats(0.001, 3))
    @settings(max_examples=60, deadline=None)
    def test_falls_with_the_fee_and_rises_with_the_window(self, base, slope, months, fee, more):
        rule = TakeUp(base=base, fee=-slope, window=0.1)
        now = take_up(rule, net_gain=0, wage=1, fee=fee, window_months=months)
        dearer = take_up(rule, net_gain=0, wage=1, fee=fee + more, window_months=months)
        longer = take_up(rule, net_gain=0, wage=1, fee=fee, window_months=months + more)
        assert dearer <= now < longer

    def test_a_window_that_closes_before_it_opens(self):
        with pytest.raises(SchemaError, match="closes") as fault:
            window_parts(date(2027, 2, 1), date(2027, 1, 1), [Fee(date(2026, 1, 1), 0)])
        assert fault.value.id == "InputError"


class TestStatus:
    @given(st.lists(SHARE, min_size=9, max_size=9), st.integers(1, 5))
    @settings(max_examples=60, deadline=None)
    def test_rows_sum_to_one(self, shares, length):
        found = status_transitions(StatusRates(*shares), permit_years=length, years=6)
        assert np.allclose(found.sum("next_status"), 1, atol=1e-12)
        assert (found >= 0).all()

    @given(
        st.lists(st.integers(0, 100_000), min_size=4, max_size=4),
        st.lists(SHARE, min_size=9, max_size=9), st.integers(0, 5000), st.floats(0, 0.5),
    )  # fmt: skip
    @settings(max_examples=60, deadline=None)
    def test_all_people_are_found_again(self, start, shares, new, pull):
        chances = status_transitions(StatusRates(*shares), permit_years=2, years=5)
        people = xr.DataArray(start, coords={"status": list(STATES)})
        path = project_status(people, chances, new_irregular=new, pull=pull)
        assert path.dtype.kind == "i"
        total = path.sum("status").values
        assert (np.diff(total) == np.rint(new * (1 + pull))).all()
        assert (path >= 0).all()
        assert (np.diff(path.sel(status="left")) >= 0).all()

    def test_hand_made_years(self):
        """100 permits of a year, 0.9 keep a job, all of them renew: 90, 81."""
        chances = status_transitions(StatusRates(0.9, 1.0), permit_years=1, years=2)
        path = project_status(
            xr.DataArray([0, 100, 0, 0], coords={"status": list(STATES)}), chances
        )
        assert path.sel(status="short").values.tolist() == [100, 90, 81]
        assert path.sel(status="irregular").values.tolist() == [0, 10, 19]

    def test_a_permit_of_three_years_ends_in_the_third(self):
        """100 permits; 10 % leave a year; 0.8 of those left renew, a quarter as long permits."""
        rates = StatusRates(0.8, 1.0, to_long=0.25, short_left=0.1)
        chances = status_transitions(rates, permit_years=3, years=4)
        start = xr.DataArray([0, 1000, 0, 0], coords={"status": list(STATES)})
        path = project_status(start, chances)
        assert path.sel(status="short").values.tolist() == [1000, 900, 810, 437, 393]
        assert path.sel(status="long").values.tolist() == [0, 0, 0, 146, 146]
        assert path.sel(status="irregular").values.tolist() == [0, 0, 0, 146, 146]

    def test_italy_2002_kept_98_percent(self):
        """88.5 % renewed with an employer; 98 % kept status (survey of mid-2005)."""
        rates = StatusRates(0.885, 1.0, (0.98 - 0.885) / (1 - 0.885))
        chances = status_transitions(rates, permit_years=1, years=1)
        path = project_status(xr.DataArray([0, 650_000, 0, 0], coords={"status": list(STATES)}),
                              chances)  # fmt: skip
        assert path.sel(year=1, status="short") == 637_000

    def test_renewal_depends_on_keeping_a_job(self):
        kept = [
            regularise(xr.DataArray(1000), LAW, take_up=1.0, rates=replace(RATES, job_kept=job),
                       economy=ECONOMY, years=6).legal.values[-1]
            for job in (0.2, 0.6, 1.0)
        ]  # fmt: skip
        assert kept[0] < kept[1] < kept[2]

    def test_rows_that_do_not_sum_to_one(self):
        chances = status_transitions(StatusRates(0.9, 1.0), permit_years=1, years=2) * 0.9
        with pytest.raises(SchemaError, match=r"off by 0\.1") as fault:
            project_status(xr.DataArray([0, 1, 0, 0], coords={"status": list(STATES)}), chances)
        assert fault.value.id == "RowsNotOne"


class TestFiscal:
    def test_formula_by_hand(self):
        """(0.8 1060 0.3 - 0.1 1000 0.3) 12 0.55 + 120/3 - 60/3 - 200 = 1301.04."""
        effect = fiscal_effect(ECONOMY, fee=120.0, permit_years=3)
        revenue = (0.8 * 1060 * 0.3 - 0.1 * 1000 * 0.3) * 12 * 0.55
        assert effect.revenue.item() == pytest.approx(revenue) == pytest.approx(1481.04)
        assert effect.net.item() == pytest.approx(1301.04)

    def test_income_by_hand(self):
        gain = 1060 * (1 - 0.8 * 0.15) - 1000 * (1 - 0.1 * 0.15)
        assert income_gain(ECONOMY).item() == pytest.approx(gain)

    def test_present_value_is_survival_times_effect(self):
        run = regularise(xr.DataArray(1000), LAW, take_up=0.5, rates=RATES, economy=ECONOMY)
        legal = run.legal.values[:-1]
        rate = 1.05 ** np.arange(len(legal))
        assert run.value.item() == pytest.approx((legal * run.effect.net.item() / rate).sum())
        assert run.fiscal["year"].values[0] == 2028
        assert run.people["year"].values[0] == 2027

    @given(st.floats(0.01, 1e9), st.floats(0, 1), st.floats(0, 1), st.floats(1.4, 3))
    @settings(max_examples=60, deadline=None)
    def test_no_interval_of_revenue_is_narrower(self, value, below, above, factor):
        middle = xr.DataArray(value)
        band = least_band(middle, middle * (1 - below), middle * (1 + above), factor=factor)
        assert band.upper.item() >= band.lower.item() * factor * (1 - 1e-12)
        assert band.lower <= band.value <= band.upper
        assert band.lower <= middle * (1 - below)
        assert band.upper >= middle * (1 + above)

    def test_a_narrower_factor_is_refused(self):
        with pytest.raises(SchemaError) as fault:
            least_band(xr.DataArray(1.0), factor=1.3)
        assert fault.value.id == "BandTooNarrow"

    def test_widened_limits_are_told(self):
        run = regularise(xr.DataArray(1000), LAW, take_up=0.5, rates=RATES, economy=ECONOMY)
        told = run.adjustments()
        assert len(told) == 2 * (run.fiscal.sizes["year"] + 1)
        assert (told["reason"].str.contains("1.4")).all()
        band = run.value_band()
        assert band.upper > band.value > band.lower

    def test_wide_draws_stay_as_they_are(self):
        net = draws(np.linspace(-100, 300, 401))
        band = banded(net, xr.DataArray(100.0).expand_dims(trajectory=range(401)))
        assert not band.widened
        assert band.lower.item() == pytest.approx(-90)

    def test_revenue_rises_with_lambda(self):
        found = [fiscal_effect(replace(ECONOMY, new_revenue=one), fee=0, permit_years=1).net.item()
                 for one in (0.2, 0.5, 1.0)]  # fmt: skip
        assert found == sorted(found)
        with pytest.raises(SchemaError, match="new_revenue"):
            fiscal_effect(replace(ECONOMY, new_revenue=0.0), fee=0, permit_years=1)

    def test_undiscounted(self):
        paid = xr.DataArray([1.0, 2.0, 3.0], coords={"year": [1, 2, 3]})
        assert present_value(paid, discount_rate=0).item() == 6


class TestProgramme:
    def test_draws_broadcast(self):
        stock = xr.DataArray(
            [[900.0, 1100.0], [400.0, 600.0]],
            coords={"origin": ["UZB", "KGZ"], "trajectory": [0, 1]},
        )
        economy = replace(ECONOMY, new_revenue=draws([0.5, 0.6]))
        found = regularise(stock, LAW, take_up=draws([0.4, 0.6]), rates=RATES, economy=economy,
                           context=Context(new_irregular=100))  # fmt: skip
        for place in (0, 1):
            alone = regularise(
                stock.sel(trajectory=place, drop=True), LAW, take_up=[0.4, 0.6][place], rates=RATES,
                economy=replace(ECONOMY, new_revenue=[0.5, 0.6][place]),
                context=Context(new_irregular=100),
            )  # fmt: skip
            one = {"trajectory": place}
            assert (found.approved.sel(one).transpose("origin") == alone.approved).all()
            assert (found.people.sel(one).transpose("year", "status") == alone.people).all()
            assert found.value.sel(one).item() == pytest.approx(alone.value.item())

    def test_pull_is_none_and_its_range_is_always_shown(self):
        found = regularise(xr.DataArray(1000), LAW, take_up=0.5, rates=RATES, economy=ECONOMY,
                           context=Context(new_irregular=100))  # fmt: skip
        irregular = found.people.sel(status="irregular")
        assert (found.pulled.sel(bound="least") == irregular).all()
        assert (found.pulled.sel(bound="most").values[1:] > irregular.values[1:]).all()

    @pytest.mark.parametrize("ends", [(0.0, 0.0), (0.1, 0.2), (0.2, 0.0)])
    def test_a_pull_without_a_range_is_refused(self, ends):
        with pytest.raises(SchemaError) as fault:
            regularise(xr.DataArray(1000), LAW, take_up=0.5, rates=RATES, economy=ECONOMY,
                       context=Context(pull_range=ends))  # fmt: skip
        assert fault.value.id == "NoPullRange"

    def test_published_approvals_keep_their_number(self):
        stock = xr.DataArray([200.0, 101.0], coords={"origin": ["UZB", "KGZ"]})
        found = regularise(stock, LAW, take_up=0.5, rates=RATES, economy=ECONOMY, approved=77,
                           context=Context(approval_rate=0.5))  # fmt: skip
        assert found.approved.sum() == 77
        assert found.applicants.sum() == 154
        assert found.take_up.sum().item() == pytest.approx(154 / 301)

    def test_applications_above_the_eligible(self):
        with pytest.raises(AccountError, match="applied") as fault:
            regularise(xr.DataArray(100), LAW, take_up=0.5, rates=RATES, economy=ECONOMY,
                       approved=77, context=Context(approval_rate=0.5))  # fmt: skip
        assert fault.value.id == "CoherenceError"

    def test_all_faults_at_once(self):
        law = replace(LAW, employer_needed=True, fees=[Fee(date(2027, 5, 1), 0)])
        with pytest.raises(FaultsError) as fault:
            regularise(xr.DataArray(-1.0), law, take_up=1.2, rates=replace(RATES, job_kept=2),
                       economy=replace(ECONOMY, tax_rate=-0.1))  # fmt: skip
        ids = sorted(one.id for one in fault.value.faults)
        assert ids == ["InputError"] * 4 + ["NoEmployerData", "RuleError"]

    def test_triple_win_by_hand(self):
        found = regularise(xr.DataArray(1000), LAW, take_up=0.5, rates=RATES, economy=ECONOMY,
                           context=Context(remittance_share=0.25))  # fmt: skip
        table = triple_win(found, workers={"competing": Workers(2000, 900, -0.01)})
        rows = table.set_index("item")
        income = 12 * income_gain(ECONOMY).item() - 40
        assert rows["total"]["income"] == pytest.approx(500 * income)
        assert rows["total"]["remittances"] == pytest.approx(0.25 * 500 * income)
        assert rows["total"]["contracts"] == pytest.approx(350)
        assert rows["total"]["treasury"] == pytest.approx(500 * found.effect.net.item())
        assert rows["total"]["competing"] == pytest.approx(-2000 * 900 * 12 * 0.01)
        revenue = 500 * found.effect.revenue.item()
        assert rows["upper"]["treasury"] - rows["lower"]["treasury"] == pytest.approx(
            revenue * (np.sqrt(1.4) - 1 / np.sqrt(1.4))
        )
        assert list(table["party"]) == ["migrant", "migrant", "receiving", "receiving", "sending"]
