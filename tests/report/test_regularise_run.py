# SPDX-License-Identifier: Apache-2.0
"""Runs of regularisation programmes and permits: back-test, files, pages, faults, round trip."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from keruen.core.errors import CoverageError, FaultsError, SchemaError, WorkbenchError
from keruen.decide.regularise import LEAST_FACTOR, spread
from keruen.report.document import Figure
from keruen.report.locale import Locale
from keruen.report.permit_page import permit_report
from keruen.report.permit_release import write_permits
from keruen.report.permit_run import run_permits
from keruen.report.regularise_page import regularise_report
from keruen.report.regularise_release import write_regularise
from keruen.report.regularise_run import run_regularise
from keruen.sources import policy_files
from keruen.sources.policy_files import REGULARISE_PARTS, policy_cases, read_policy

FOLDER = Path(policy_files.__file__).parent / "regularisation"


@pytest.fixture(scope="module")
def kaz():
    return run_regularise("KAZ", draws=500, size=64)


@pytest.fixture(scope="module")
def market():
    return run_permits("KAZ", draws=500, size=64)


@pytest.fixture
def own(tmp_path):
    """A user's copy of the example, to be changed."""
    folder = tmp_path / "own"
    shutil.copytree(FOLDER / "kaz-scenario", folder)
    return folder


def change(folder, table, name, /, **cells):
    path = folder / f"{table}.csv"
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    key = {"assumptions": "name", "calendar": "event"}[table]
    for column, value in cells.items():
        frame.loc[frame[key] == name, column] = value
    frame.to_csv(path, index=False)


class TestBackTest:
    def test_kazakhstan_2006_lies_within_the_interval(self, kaz):
        """164,586 were approved; the take-up assumed does not use this number."""
        low, _, high = (float(one) for one in spread(kaz.predicted.totals()["approved"]))
        assert low < 164_586 < high
        assert (kaz.found.totals()["approved"] == 164_586).all()
        take_up = kaz.inputs.assumed.inputs["take_up"].values
        assert (take_up["low"], take_up["high"]) == (0.333, 0.636)

    def test_the_implied_share_of_the_stock(self, kaz):
        """54.9 % of the 300,000 estimated then."""
        assert round(100 * 164_586 / float(kaz.inputs.stock.sum()), 1) == 54.9

    def test_sensitivity_names_an_assumption(self, kaz):
        names = set(kaz.sensitivity.first["input"].values)
        assert {"formal_after", "public_cost", "stock_place"} <= names
        assert kaz.sensitivity.total.max() > 0.2

    def test_the_same_seed_the_same_answer(self, kaz):
        again = run_regularise("KAZ", draws=500, size=0)
        assert again.found.value.equals(kaz.found.value)
        assert again.unmoved == "NotAsked"

    def test_no_interval_is_narrower_than_the_evidence(self):
        fixed = run_regularise("KAZ", draws=100, size=0)
        gross = spread(fixed.found.gross)[1]
        band = fixed.found.fiscal_band()
        k = np.sqrt(LEAST_FACTOR)
        assert ((band.upper - band.lower) >= abs(gross) * (k - 1 / k) - 1e-6).all()


class TestPages:
    def figures(self, report):
        return {one.id: one for one in report.figures()}

    def test_to_be_confirmed_is_said_in_the_page(self, kaz, tmp_path):
        write_regularise(kaz, regularise_report(kaz), tmp_path, locale=Locale("en"))
        page = (tmp_path / "regularise.html").read_text("utf-8")
        table = kaz.inputs.assumed.table
        unsure = int((table["status"] == "to be confirmed").sum())
        cases = int((kaz.cases["status"] == "to be confirmed").sum())
        assert page.count(">to be confirmed<") >= unsure + cases > 7
        assert "What was not counted" in page
        assert page.count("<svg") == 3
        assert "http://" not in page.replace("http://www.w3.org", "")

    def test_figures_are_those_of_the_run(self, kaz):
        held = self.figures(regularise_report(kaz))
        low, mid, high = (float(one) for one in spread(kaz.found.totals()["eligible"]))
        assert held["people.eligible.value"].value == mid
        assert (held["people.eligible.lower"].value, held["people.eligible.upper"].value) == (
            low,
            high,
        )
        net = kaz.found.fiscal_band().value.sel(year=2007).item() / 1e6
        assert held["fiscal_years.value.2007"].value == net
        assert all(one.sources for one in held.values())

    def test_everything_written_and_read_again(self, kaz, tmp_path):
        paths = write_regularise(kaz, regularise_report(kaz), tmp_path, locale=Locale("en"))
        names = {path.name for path in paths}
        assert {"regularise.html", "regularise.xlsx", "stock.csv", "calendar.csv",
                "assumptions.csv", "manifest.json", "regularise_status.csv"} <= names  # fmt: skip
        manifest = json.loads((tmp_path / "manifest.json").read_text("utf-8"))
        assert manifest["unconfirmed"] == ["tax_rate", "worker_rate"]
        assert manifest["decision_mode"] == "proposal"
        again = run_regularise(tmp_path, draws=500, size=0)
        assert again.found.value.equals(kaz.found.value)
        assert again.files.case == ""

    def test_a_workbook_is_read_as_the_folder(self, kaz, tmp_path):
        held = read_policy("kaz-2006", REGULARISE_PARTS)
        path = tmp_path / "mine.xlsx"
        with pd.ExcelWriter(path) as book:
            for name, table in held.tables.items():
                table.astype(object).where(table.notna(), "…").to_excel(
                    book, sheet_name=name, index=False
                )
        again = run_regularise(path, draws=500, size=0)
        assert again.found.value.equals(kaz.found.value)

    @pytest.mark.parametrize("lang", ["en", "ru", "kk"])
    def test_languages(self, market, lang, tmp_path):
        write_permits(market, permit_report(market), tmp_path, locale=Locale(lang))
        page = (tmp_path / "permits.html").read_text("utf-8")
        basis = market.assumed.table.set_index("name")["source" + {"en": ""}.get(lang, f"_{lang}")]
        assert basis["price"] in page
        assert page.count("<svg") == 3

    def test_every_case_has_a_page(self):
        for case in policy_cases():
            if case.startswith("permits-"):
                report = permit_report(run_permits(case[-3:].upper(), draws=100, size=0))
            else:
                country, _, one = case.partition("-")
                run = run_regularise(country.upper(), case=one, draws=100, size=0)
                report = regularise_report(run)
                assert run.practice == (one == "scenario")
            assert all(isinstance(one, Figure) for one in report.figures())
            assert report.id.endswith(case)


class TestPermits:
    def test_the_calibrated_pair(self, market):
        legal = market.today.legal.isel(price=0)
        assert float(legal.median()) == pytest.approx(
            market.assumed.inputs["in_force"].quantile(0.5).item(), rel=0.02
        )

    def test_payment_in_indices_is_money_of_its_day(self, market):
        """Two monthly calculation indices of 2025, 3,932 each."""
        assert market.assumed.fixed("price", 0) == 2 * 3932
        assert market.assumed.currency == "KZT"

    def test_russia_2014_is_shown(self, market):
        assert round(100 * market.shortfall.least_share.item(), 1) == 87.7

    def test_a_register(self, tmp_path):
        folder = tmp_path / "own"
        shutil.copytree(FOLDER / "permits-rus", folder)
        (folder / "permits.csv").write_text(
            "permit,outcome,start,end,reason,employer,paid_months,paid\n"
            "a,issued,2020-01-01,2020-04-01,…,x,3,16050\n"
            "b,refused,2020-02-01,2020-02-01,no insurance,…,…,…\n"
            "c,issued,2020-01-05,2020-02-05,…,x,1,5350\n",
            encoding="utf-8",
        )
        run = run_permits(folder, on=date(2020, 2, 10), draws=100, size=0)
        held = run.register.indicators.set_index(["indicator", "item"])["value"]
        assert held["in_force", ""] == 1
        # One of two stopped after the first month; the other still runs.
        assert run.register.renewals["survival"].tolist() == [1.0]
        assert (
            run_permits(folder, on=date(2020, 12, 1), draws=100, size=0).register.mean_months == 2
        )
        assert held["refused_for", "no insurance"] == 1
        report = permit_report(run)
        assert any(one.table.id == "register" for one in report.exhibits())

    def test_no_case(self):
        with pytest.raises(CoverageError) as fault:
            run_permits("FRA")
        assert fault.value.id == "NoCase"


class TestFaults:
    def test_all_at_once(self, own):
        change(own, "assumptions", "approval_rate", high="1.4")
        change(own, "assumptions", "wage_month", low="900000")
        change(own, "assumptions", "take_up_fee", name="take_up_fees")
        change(own, "calendar", "closes", event="shuts")
        with pytest.raises(FaultsError) as fault:
            run_regularise(own)
        ids = sorted(one.id for one in fault.value.faults)
        assert ids == ["InputError", "InputError", "MissingEvent", "UnknownAssumption",
                       "UnknownEvent"]  # fmt: skip
        assert "did you mean" in str(fault.value)

    def test_take_up_above_one(self, own):
        frame = pd.read_csv(own / "assumptions.csv", dtype=str, keep_default_na=False)
        frame = frame[~frame["name"].str.startswith("take_up_")]
        row = {**dict.fromkeys(frame.columns, "x"), "name": "take_up", "value": "…", "low": "0.5",
               "high": "1.2", "units": "share", "status": "assumption"}  # fmt: skip
        pd.concat([frame, pd.DataFrame([row])]).to_csv(own / "assumptions.csv", index=False)
        with pytest.raises(WorkbenchError, match=r"take_up is 1\.2") as fault:
            run_regularise(own)
        assert fault.value.id == "InputError"

    def test_no_employer_data(self, own):
        stock = pd.read_csv(own / "stock.csv", dtype=str).drop(columns="employer")
        stock.to_csv(own / "stock.csv", index=False)
        with pytest.raises(SchemaError) as fault:
            run_regularise(own, size=0)
        assert fault.value.id == "NoEmployerData"

    def test_a_stock_below_the_published_approvals(self, tmp_path):
        folder = tmp_path / "own"
        shutil.copytree(FOLDER / "kaz-2006", folder)
        stock = pd.read_csv(folder / "stock.csv")
        stock["persons_low"] = stock["persons"] / 2
        stock.to_csv(folder / "stock.csv", index=False)
        with pytest.raises(WorkbenchError, match="of the draws") as fault:
            run_regularise(folder, size=0)
        assert fault.value.id == "CoherenceError"

    def test_money_in_two_currencies(self, own):
        change(own, "assumptions", "wage_month", units="EUR")
        with pytest.raises(WorkbenchError) as fault:
            run_regularise(own)
        assert fault.value.id == "TwoCurrencies"

    def test_an_index_that_is_not_known(self, own):
        for event, day in (("opens", "2027-03-01"), ("closes", "2027-12-01"),
                           ("arrived_by", "2027-01-01")):  # fmt: skip
            change(own, "calendar", event, day=day)
        frame = pd.read_csv(own / "calendar.csv", dtype=str)
        frame["day"] = frame["day"].str.replace("2026", "2027")
        frame.to_csv(own / "calendar.csv", index=False)
        with pytest.raises(WorkbenchError) as fault:
            run_regularise(own)
        assert fault.value.id == "NotInForce"

    def test_a_table_is_missing(self, own):
        (own / "calendar.csv").unlink()
        with pytest.raises(SchemaError, match="'calendar'") as fault:
            run_regularise(own)
        assert fault.value.id == "NoSheet"

    def test_no_case(self):
        with pytest.raises(CoverageError) as fault:
            run_regularise("KAZ", case="1990")
        assert fault.value.id == "NoCase"

    def test_a_window_that_closes_before_it_opens_is_told_in_plain_words(self, own):
        change(own, "calendar", "closes", day="2026-02-01")
        with pytest.raises(WorkbenchError, match="opens on 2026-03-01 and closes on 2026-02-01"):
            run_regularise(own)

    def test_units_are_asked_for_all_at_once(self, own):
        frame = pd.read_csv(own / "assumptions.csv", dtype=str, keep_default_na=False)
        frame.drop(columns="units").to_csv(own / "assumptions.csv", index=False)
        with pytest.raises(SchemaError, match="no unit is given for") as fault:
            run_regularise(own)
        assert "more" in fault.value.what


class TestHowFiguresAreKnown:
    def test_approvals_that_were_published_are_no_estimate(self, kaz, own):
        def statuses(run):
            rows = regularise_report(run).parts[0].sections[0].exhibits[0].table.rows
            return {row.key: row.cells[0].status for row in rows}

        known = statuses(kaz)
        assert known.pop("approved") == "observed"
        assert set(known.values()) == {"estimate"}
        assert set(statuses(run_regularise(own, draws=200, size=0)).values()) == {"estimate"}


class TestToBeConfirmed:
    """What is to be confirmed is named before the first figures, not only in the last table."""

    def test_the_page_and_the_workbook_name_it(self, kaz, market, tmp_path):
        write_regularise(kaz, regularise_report(kaz), tmp_path / "r", locale=Locale("en"))
        page = (tmp_path / "r" / "regularise.html").read_text("utf-8")
        place = page.index("To be confirmed against official texts")
        assert "Taxes and contributions on a formal wage" in page[place : place + 300]
        assert place < page.index("<table")
        write_permits(market, permit_report(market), tmp_path / "p", locale=Locale("en"))
        page = (tmp_path / "p" / "permits.html").read_text("utf-8")
        assert page.index("To be confirmed against official texts") < page.index("<table")

    def test_nothing_is_said_where_nothing_is_open(self, own):
        path = own / "assumptions.csv"
        path.write_text(path.read_text("utf-8").replace("to be confirmed", "assumption"), "utf-8")
        report = regularise_report(run_regularise(own, draws=200, size=0))
        said = [one.render(Locale("en")) for one in report.parts[0].sections[0].findings]
        assert said
        assert not any("To be confirmed" in one for one in said)
