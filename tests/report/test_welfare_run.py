# SPDX-License-Identifier: Apache-2.0
"""A welfare run on the embedded data: figures, gaps, assumptions of one's own, files, pages."""

from __future__ import annotations

import json
import re

import numpy as np
import openpyxl
import pandas as pd
import pytest

from keruen import load, load_table
from keruen.core.errors import CodeError, FaultsError, ScenarioError, SchemaError
from keruen.decide.welfare import ASSUMPTIONS, SIDES
from keruen.report.build import Desk
from keruen.report.locale import LANGS, Locale
from keruen.report.parts import policy
from keruen.report.welfare_given import given_for, movers_of
from keruen.report.welfare_page import welfare_report
from keruen.report.welfare_release import write_welfare
from keruen.report.welfare_run import run_welfare
from keruen.sources.parameters import read_parameters
from keruen.sources.welfare_inputs import read_assumptions, welfare_world

MINE = """
parameters:
  welfare.tax_share:
    status: confirmed
    values:
      1990-01-01: {dist: fixed, at: 0.30}
"""


@pytest.fixture(scope="module")
def kaz():
    return run_welfare("KAZ", draws=400, weights=dict.fromkeys(SIDES, 1.0))


def long_run(run, side="in"):
    total = run.directions[side].ledger.table.total.sel(scenario="long_run")
    return total.median("trajectory").to_series()


class TestWhatIsGiven:
    def test_movers_of_kazakhstan_are_those_it_counts(self):
        held = movers_of("KAZ", "in", year=2024)
        rows = load_table("kaz.migration_by_partner", year=2024)
        assert held.observed
        assert held.period == "2024"
        assert float(held.people.sel(partner="UZB")) == 12_140 == rows.set_index("partner")[
            "arrivals"]["UZB"]  # fmt: skip
        whole = float(load("kaz.migration.arrivals", year=2024))
        assert float(held.people.sum()) + held.unplaced == whole

    def test_other_countries_have_a_years_mean_of_the_estimates(self):
        from keruen.report.country_flows import country_flows

        held = movers_of("TJK", "out")
        flows = country_flows("TJK")
        whole = float(flows.departures["total"].sel(year=2020).sum()) / 4
        assert not held.observed
        assert held.period == "2020–2023"
        assert float(held.people.sum()) == pytest.approx(whole, rel=1e-3)

    def test_economy_by_hand(self):
        """Kazakhstan: output of 2023, employed of the ILO, immigrants of mid-2024."""
        own = welfare_world(2025).economies.sel(country="KAZ")
        output = load("worldbank.indicators.gdp_per_capita_ppp_2021", country="KAZ", year=2023)
        assert float(own["output"]) == float(output)
        rate = float(load("ilo.indicators.employment_rate", country="KAZ", year=2025))
        people = load("wpp2024.population", country="KAZ", year=2025).sum("sex")
        assert float(own["workers"]) == pytest.approx(
            rate / 100 * float(people.sel(age=slice(15, None)).sum())
        )
        assert float(own["migrant_share"]) == pytest.approx(2_089_797 / float(people.sum()))

    def test_nothing_is_filled_and_the_gap_is_said(self):
        given = given_for("TUV", "in")
        words = " ".join(gap.render(Locale("en")) for gap in given.missing)
        assert "Not held for Tuvalu" in words
        run = run_welfare("TUV", draws=100, sensitivity=False)
        assert run.directions["in"].ledger.table.sides().isnull().all()
        assert run.fiscal is None

    def test_a_country_without_death_rates_has_no_ledger(self):
        run = run_welfare("VAT", draws=100, sensitivity=False)
        assert run.directions["in"].ledger is None
        assert welfare_report(run).parts[0].sections[0].gaps

    def test_money_of_seasonal_workers_is_not_taken_for_that_of_residents(self):
        """Uzbeks in Russia: the amount a settled migrant is more than half of output a head."""
        given = given_for("UZB", "out")
        sent = welfare_world(2025).sent.sel(sender="RUS", receiver="UZB")
        assert float(sent) > 0.5 * float(given.corridors.host.output.sel(partner="RUS"))
        assert np.isnan(given.corridors.sent.sel(partner="RUS"))

    def test_the_reader_may_set_partners_and_numbers(self):
        run = run_welfare("KAZ", partners=["UZB", "KGZ"], inflow=50_000, draws=100,
                          sensitivity=False)  # fmt: skip
        movers = run.directions["in"].given.movers
        assert float(movers.people.sum()) == pytest.approx(50_000)
        assert list(movers.people["partner"].values) == ["UZB", "KGZ"]
        assert movers.assumed
        assert not movers.observed
        with pytest.raises(SchemaError) as caught:
            run_welfare("KAZ", partners=["FRA"], draws=100)
        assert caught.value.id == "NoCorridor"
        with pytest.raises(CodeError):
            run_welfare("KAZ", partners=["XXX"], draws=100)
        with pytest.raises(SchemaError, match="above 0"):
            run_welfare("KAZ", inflow=-5, draws=100)


class TestAssumptions:
    def test_every_assumption_has_a_range_a_source_and_a_status(self):
        held = read_assumptions(list(ASSUMPTIONS))
        assert {key.removeprefix("welfare.") for key in held} == set(ASSUMPTIONS)
        for name, units in ASSUMPTIONS.items():
            one = held[f"welfare.{name}"]
            assert one.unit == units
            assert one.values[-1].status == "to be confirmed"

    def test_values_marked_in_the_specification_stand_to_be_confirmed(self):
        held = read_parameters("welfare/published")
        marked = {"wages_natives_usa", "wages_migrants_usa", "barrier_usa", "world_quota",
                  "world_visas"}  # fmt: skip
        open_ = {key.rpartition(".")[2] for key in held.unconfirmed("2026-01-01")}
        assert open_ == marked
        assert held.value("welfare.published.fiscal_usa", "2026-01-01") == {
            "base": 33, "discount_2": 228, "discount_4": -12, "arriving_70": -166,
        }  # fmt: skip

    def test_a_file_replaces_single_ones(self, tmp_path, kaz):
        mine = tmp_path / "mine.yaml"
        mine.write_text(MINE, "utf-8")
        run = run_welfare("KAZ", draws=400, sensitivity=False, assumptions=[mine])
        assert kaz.unconfirmed - run.unconfirmed == 1
        assert run.files[0]["file"] == "mine.yaml"
        # 30 % of pay in place of a range around 23 %: the treasury gains, the migrants do not
        assert long_run(run)["host_treasury"] > long_run(kaz)["host_treasury"]
        assert long_run(run)["migrants"] == long_run(kaz)["migrants"]

    def test_the_file_that_a_run_writes_gives_the_same_run(self, tmp_path, kaz):
        write_welfare(kaz, tmp_path / "out")
        mine = tmp_path / "out" / "assumptions.yaml"
        again = run_welfare("KAZ", draws=400, sensitivity=False, assumptions=[mine])
        assert again.inputs == kaz.inputs
        assert again.unconfirmed == kaz.unconfirmed
        assert long_run(again).equals(long_run(kaz))

    def test_a_wrong_file_is_refused_with_its_lines(self, tmp_path):
        mine = tmp_path / "mine.yaml"
        mine.write_text(
            "parameters:\n  welfare.stay:\n    values: {1990-01-01: {dist: pert, lo: 0.1}}\n"
            "  welfare.growth:\n    values: {1990-01-01: {low: 0, high: 1}}\n", "utf-8",
        )  # fmt: skip
        with pytest.raises(FaultsError) as caught:
            run_welfare("KAZ", assumptions=[mine], draws=100)
        assert [one.id for one in caught.value.faults] == ["BadAssumption"] * 2
        assert all("mine.yaml, line" in one.where for one in caught.value.faults)
        mine.write_text("parameters:\n  welfare.sty: {values: {1990-01-01: 1}}\n", "utf-8")
        with pytest.raises(ScenarioError):
            run_welfare("KAZ", assumptions=[mine], draws=100)


class TestTheRun:
    def test_same_seed_same_bytes(self, kaz, tmp_path):
        again = run_welfare("KAZ", draws=400, weights=dict.fromkeys(SIDES, 1.0))
        for place, run in enumerate((kaz, again)):
            write_welfare(run, tmp_path / str(place))
        first, second = (json.loads((tmp_path / str(n) / "manifest.json").read_text("utf-8"))
                         for n in (0, 1))  # fmt: skip
        assert first["files"] == second["files"]

    def test_median_row_is_that_of_the_table(self, kaz, tmp_path):
        write_welfare(kaz, tmp_path / "out")
        table = pd.read_csv(tmp_path / "out" / "ledger.csv")
        row = table.query("direction == 'in' and scenario == 'long_run' and party == 'migrants'")
        assert row["total"].item() == pytest.approx(long_run(kaz)["migrants"], rel=1e-9)
        assert row["total_lower"].item() < row["total"].item() < row["total_upper"].item()

    def test_weights_are_used_only_when_set(self, kaz, tmp_path):
        said = welfare_report(kaz)
        notes = " ".join(note.render(Locale("en")) for exhibit in said.exhibits()
                         for note in exhibit.notes)  # fmt: skip
        assert "Under the weights that the reader set" in notes
        with pytest.raises(SchemaError) as caught:
            run_welfare("KAZ", weights={"migrant": 1.0}, draws=100, sensitivity=False)
        assert caught.value.id == "BadWeights"

    def test_sensitivity_names_what_moves_each_side(self, kaz):
        found = kaz.directions["in"].sensitivity
        assert set(found.total["party"].values) == set(SIDES)
        best = found.total.idxmax("input").to_series()
        assert best["receiving"] == "tax_share"
        assert best["migrant"] in ("migrant_pay_gap", "selection_rank")

    @pytest.mark.parametrize("lang", LANGS)
    def test_page_and_workbook_of_every_language(self, kaz, tmp_path, lang):
        paths = write_welfare(kaz, tmp_path / lang, lang=lang)
        assert {"welfare.html", "welfare.xlsx", "in_gains.csv", "ledger.csv"} <= {
            path.name for path in paths
        }
        page = (tmp_path / lang / "welfare.html").read_text("utf-8")
        assert page.count("<svg") == 5
        # drawings carry the name of their format; nothing else points outside
        assert not re.search(r'(src|href)="(?!#)', page)
        book = openpyxl.load_workbook(tmp_path / lang / "welfare.xlsx", read_only=True)
        assert len(book.sheetnames) > 15

    def test_to_be_confirmed_is_seen_by_the_reader(self, kaz, tmp_path):
        write_welfare(kaz, tmp_path / "out")
        page = (tmp_path / "out" / "welfare.html").read_text("utf-8")
        assert (
            f"{len(ASSUMPTIONS)} of its {len(ASSUMPTIONS)} assumptions are to be confirmed" in page
        )
        assert page.count(">to be confirmed<") == len(ASSUMPTIONS) + 5
        manifest = json.loads((tmp_path / "out" / "manifest.json").read_text("utf-8"))
        assert manifest["to_be_confirmed"] == len(ASSUMPTIONS)
        assert set(manifest["assumptions"]) == set(ASSUMPTIONS)

    def test_figures_have_unit_period_source_and_their_own_id(self, kaz):
        listed = list(welfare_report(kaz).figures())
        assert len({one.id for one in listed}) == len(listed)
        for one in listed:
            assert all((one.unit, one.sources, one.period)), one.id
            assert one.status in ("estimate", "observed", "missing"), one.id


class TestThePolicyPart:
    def test_kazakhstan_has_all_its_exhibits(self):
        section = policy.section(Desk("KAZ"))
        assert [one.table.id for one in section.exhibits] == [
            "policy_tools", "policy_quotas", "policy_regularisations", "policy_gains",
            "policy_assumptions", "policy_evaluation",
        ]  # fmt: skip
        told = {row.key: [cell.render(Locale("en")) for cell in row.cells]
                for row in section.exhibits[0].table.rows}  # fmt: skip
        assert "2,281 ethnic return migrants in 8 regions" in told["returns"][0]
        assert told["household_permits"][1] == "to be confirmed"
        assert "EXAMPLE, not law" in told["points"][0]

    def test_published_shares_of_the_specification(self):
        rows = policy.section(Desk("KAZ")).exhibits[2].table.rows
        said = {row.key: row.cells[1].render(Locale("en")) for row in rows}
        assert said["kazakhstan_2006"] == "54.9%"
        assert said["colombia_2018"] == "63.6%"

    def test_quotas_of_2024_do_not_speak_of_one_labour_force(self):
        rows = policy.section(Desk("KAZ")).exhibits[1].table.rows
        said = {row.key: row.cells[-1].render(Locale("en")) for row in rows}
        assert said["2023.households"] == "yes"
        assert said["2024.households"] == said["2024.employers"] == "no"

    def test_an_earlier_year_is_not_told_later_values(self):
        section = policy.section(Desk("KAZ", 2023))
        keys = [row.key for row in section.exhibits[1].table.rows]
        assert max(keys) < "2024"
        told = section.exhibits[0].table.rows[0].cells[0].render(Locale("en"))
        assert "1,925 ethnic return migrants" in told

    @pytest.mark.parametrize("country", ["TUV", "COL", "DEU", "VAT"])
    def test_other_countries_are_short_and_say_what_is_missing(self, country):
        section = policy.section(Desk(country))
        assert section.gaps
        ids = [one.table.id for one in section.exhibits]
        assert ids[0] == "policy_tools"
        assert ("policy_regularisations" in ids) == (country == "COL")
        assert ("policy_gains" in ids) == (country in ("COL", "DEU"))
