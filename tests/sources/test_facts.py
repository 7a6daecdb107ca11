# SPDX-License-Identifier: Apache-2.0
"""Figures of the embedded tables against the figures their publishers print.

Each number stands in the publication named; sums are over the whole table, so that a lost
or doubled row shows.
"""

from __future__ import annotations

import numpy as np
import pytest

from keruen.core.arrays import total
from keruen.core.codes import country_group, regions
from keruen.sources.catalog import dataset, defects, load, load_table


def whole(id, **select):
    return float(load(id, **select).sum())


class TestPopulation:
    def test_countries_at_mid_2024(self):  # WPP 2024, rounded cells of single ages
        people = load("wpp2024.population", year=2024).sum(["sex", "age"])
        assert people.sel(country="CHN") == 1_419_321_282
        assert people.sel(country="IND") == 1_450_935_791
        assert people.sel(country="USA") == 345_426_577
        assert people.sel(country="KAZ") == 20_592_574
        assert float(people.sum()) / 1e9 == pytest.approx(8.1619, abs=5e-5)

    def test_kazakhstan_at_the_end_of_the_year(self):
        ends = load("wpp2024.population_31dec", country="KAZ", year=[2024, 2025]).sum("sex")
        assert ends.values.tolist() == [20_720_934, 20_966_575]

    def test_mid_year_is_the_mean_of_two_ends(self):
        ends = load("wpp2024.population_31dec", year=[2049, 2050]).sum("sex").mean("year")
        people = load("wpp2024.population", year=2050).sum(["sex", "age"])
        large = people.where(people > 1e6, drop=True)
        gap = np.abs(large / ends.sel(country=large.country) - 1)
        assert float(gap.quantile(0.75)) < 1e-4
        assert float(gap.max()) < 1e-2

    def test_intervals_of_kazakhstan_in_2050(self):
        quantiles = load("wpp2024.intervals.population", country="KAZ", year=2050) / 1e6
        assert [round(v, 2) for v in quantiles.values.tolist()] == [
            16.84,
            20.06,
            26.65,
            34.81,
            40.72,
        ]
        variants = load("wpp2024.variants.population", country="KAZ", year=2050) / 1e6
        assert round(variants.sel(scenario="low").item(), 1) == 24.7
        assert round(variants.sel(scenario="high").item(), 1) == 28.6

    def test_median_and_medium_variant_agree(self):
        median = load("wpp2024.intervals.tfr", quantile=0.5)
        medium = load("wpp2024.indicators.tfr", year=median.year.values.tolist())
        assert float(np.abs(median - medium.sel(country=median.country)).max()) < 0.01


class TestComponents:
    def test_world_totals_of_2023(self):
        assert whole("wpp2024.indicators.births", year=2023) / 1e6 == pytest.approx(132.1, abs=0.05)
        assert whole("wpp2024.indicators.deaths", year=2023) / 1e6 == pytest.approx(61.7, abs=0.05)
        assert whole("wpp2024.indicators.net_migration", year=2023) == 0
        assert whole("wpp2024.indicators.net_migration", year=2024) == -18

    def test_well_known_rates(self):
        assert round(load("wpp2024.indicators.tfr", country="KOR", year=2024).item(), 2) == 0.73
        assert round(load("wpp2024.indicators.e0", country="JPN", year=2024).item(), 2) == 84.85
        assert round(load("wpp2024.indicators.tfr", country="KAZ", year=2023).item(), 2) == 3.01

    def test_change_is_natural_increase_plus_net_migration(self):
        births, deaths, net, change = (
            load(f"wpp2024.indicators.{name}")
            for name in ("births", "deaths", "net_migration", "population_change")
        )
        gap = np.abs(births - deaths + net - change)
        assert float(gap.quantile(0.99)) <= 16  # rounding of the four figures
        # what is larger is a known defect: Ukraine 1989 and the Emirates 2046-2061
        large = [str(code) for code in gap.country.values[(gap > 600).any("year").values]]
        known = {one.id: one.where["country"] for one in defects("wpp2024.indicators")}
        assert sorted(large) == sorted(code for codes in known.values() for code in codes)

    def test_net_migration_by_age_adds_to_the_total(self):
        ages = load("wpp2024.net_migration_by_age")
        nation = load("wpp2024.indicators.net_migration", year=ages.year.values.tolist())
        gap = np.abs(total(ages, ["sex", "age"]) - nation.sel(country=ages.country))
        assert float(gap.max()) <= 43

    def test_fertility_by_age_adds_to_the_total(self):
        tfr = load("wpp2024.indicators.tfr")
        share = load("wpp2024.fertility_age5").sum("age")
        assert float(np.abs(share - 100).max()) < 1e-3
        single = load("wpp2024.fertility").sum("age", skipna=False)
        assert float(np.abs(single / tfr.sel(country=single.country) - 1).max()) < 1e-5

    def test_life_expectancy_follows_from_derived_death_rates(self):
        rates = load("wpp2024.mortality", country=["KAZ", "JPN", "NER"], year=[1960, 2024, 2090])
        published = load(
            "wpp2024.life_expectancy", country=["KAZ", "JPN", "NER"], year=[1960, 2024, 2090]
        )
        # piecewise constant rates, survivors at the middle of the year: coarse but independent
        survivors = np.exp(-rates.cumsum("age").shift(age=1, fill_value=0.0))
        closed = rates.age < 100
        years = ((1 - np.exp(-rates)) / rates).where(closed, 1 / rates)
        e0 = (survivors * years).sum("age")
        assert float(np.abs(e0 - published).max()) < 0.35


class TestStocks:
    @pytest.mark.parametrize(
        ("id", "year", "world"),
        [
            ("un.stock.2024", 2024, 304_021_813),
            ("un.stock.2020", 2020, 280_598_105),
            ("un.stock.2019", 2019, 260_283_744),  # known origin, without the region Micronesia
        ],
    )
    def test_the_world(self, id, year, world):
        assert whole(id, year=year) == world

    @pytest.mark.parametrize(
        ("id", "year", "origin", "destination", "persons"),
        [
            ("un.stock.2024", 2024, "MEX", "USA", 11_279_561),
            ("un.stock.2020", 2020, "MEX", "USA", 10_853_105),
            ("un.stock.2020", 2020, "IND", "ARE", 3_471_300),
            ("worldbank.stock.1960_2000", 2000, "MEX", "USA", 9_367_911),
            ("worldbank.stock.2017", 2017, "MEX", "USA", 11_573_680),
        ],
    )
    def test_corridors(self, id, year, origin, destination, persons):
        assert whole(id, year=year, origin=origin, destination=destination) == persons

    @pytest.mark.parametrize(
        ("id", "year", "immigrants", "emigrants"),
        [
            ("worldbank.stock.1960_2000", 1960, 2_164_094, 1_328_332),
            ("worldbank.stock.1960_2000", 2000, 2_835_256, 3_382_358),
            ("un.stock.2019", 2005, 2_885_521, 3_718_750),
            ("un.stock.2020", 2005, 3_103_027, 3_717_649),
            ("un.stock.2020", 2020, 3_732_073, 4_203_899),
            ("un.stock.2024", 2005, 1_845_637, 3_648_310),
            ("un.stock.2024", 2024, 2_089_797, 2_796_572),
            ("worldbank.stock.2017", 2017, 3_716_976, 3_945_105),
        ],
    )
    def test_kazakhstan_by_every_source(self, id, year, immigrants, emigrants):
        assert whole(id, year=year, destination="KAZ") == immigrants
        assert whole(id, year=year, origin="KAZ") == emigrants

    def test_the_world_bank_database_has_its_years_in_order(self):
        sums = load("worldbank.stock.1960_2000").sum(["origin", "destination", "sex"]) / 1e6
        assert [round(v, 1) for v in sums.values.tolist()] == [93.1, 105.8, 120.2, 141.9, 167.1]

    def test_micronesia_is_the_country_and_not_the_region(self):
        here = load("un.stock.2019", destination="FSM", year=2015)
        later = load("un.stock.2020", destination="FSM", year=2015).sum("sex", min_count=1)
        both = here.dropna("origin")
        assert both.equals(
            later.sel(origin=both.origin).reset_coords(drop=True).assign_coords(both.coords)
        )

    def test_nobody_is_an_immigrant_of_his_own_country(self):
        for id in ("un.stock.2024", "un.stock.2020", "un.stock.2019", "worldbank.stock.2017"):
            rows = load_table(id)
            same = rows.loc[rows["origin"] == rows["destination"], "origin"].tolist()
            assert same == (["VUT"] if id == "worldbank.stock.2017" else [])


class TestFlowsAndMoney:
    def test_abel_and_cohen(self):
        pseudo = load("abelcohen.flows", method="pseudo_bayes")
        sums = pseudo.sum(["origin", "destination"]) / 1e6
        assert [round(v, 1) for v in sums.sel(year=[1990, 2015]).values.tolist()] == [72.7, 101.2]
        assert pseudo.sel(origin="MEX", destination="USA", year=2005) == 2_911_347
        assert pseudo.sel(origin="SYR", destination="TUR", year=2010) == 2_244_648

    def test_remittances(self):
        assert whole("knomad.remittances_bilateral", year=2021) / 1e3 == pytest.approx(
            781.1, abs=0.05
        )
        assert whole("knomad.remittances_bilateral", year=2017) / 1e3 == pytest.approx(
            613.5, abs=0.05
        )
        pair = load("knomad.remittances_bilateral", sender="USA", receiver="MEX")
        assert [round(v) for v in pair.values.tolist()] == [30_019, 52_595]
        received = load("knomad.remittances.remittances_received", year=2023)
        assert received.sel(country=["IND", "MEX", "CHN", "PHL"]).values.tolist() == [
            125_000, 67_000, 49_500, 40_000,
        ]  # fmt: skip
        kaz = [
            load(f"knomad.remittances.remittances_{way}", country="KAZ", year=2022).item()
            for way in ("received", "paid")
        ]
        assert [round(v) for v in kaz] == [481, 2_366]

    def test_the_cost_of_sending_falls(self):
        cost = load("worldbank.remittance_cost")
        means = cost.mean(["sender", "receiver", "quarter"])
        assert round(means.sel(year=2011).item(), 1) == pytest.approx(9.2, abs=0.2)
        assert means.sel(year=2020).item() < 7.5

    def test_indicators(self):
        gdp = load("worldbank.indicators.gdp_usd")
        assert gdp.sel(country="USA", year=2023).item() / 1e12 == pytest.approx(27.72, abs=5e-3)
        assert gdp.sel(country="KAZ", year=2020).item() / 1e9 == pytest.approx(171.08, abs=5e-3)
        urban = load("worldbank.indicators.urban_share", country="JPN", year=2020)
        assert round(urban.item(), 1) == 91.8
        spain = load("ilo.indicators.unemployment_rate", country="ESP", year=2020)
        assert round(spain.item(), 2) == 15.53

    def test_distances(self):
        pair = {"origin": "FRA", "destination": "DEU"}
        assert load("cepii.distance.distance", **pair).item() == pytest.approx(439.9, abs=0.05)
        assert load("cepii.distance.distance_weighted", **pair).item() == pytest.approx(
            789.6, abs=0.05
        )
        assert load("cepii.distance.contiguous", origin="USA", destination="MEX") == 1


class TestProtection:
    def test_published_totals(self):
        refugees = load("unhcr.population.refugees").sum(["origin", "destination"])
        assert refugees.sel(year=2015) == 16_110_276
        assert refugees.sel(year=2023) == 31_637_408
        assert whole("unhcr.population.internally_displaced", year=2023) == 63_251_367
        syria = load("unhcr.population.refugees", origin="SYR", destination="TUR", year=2015)
        assert syria == 2_503_549
        assert whole("unhcr.population.refugees", destination="KAZ", year=2005) == 7_264
        assert whole("unhcr.solutions.returned_refugees", year=2005) == 1_105_477
        assert whole("unhcr.solutions.resettled", year=2019) == 107_729

    def test_decisions_of_2016(self):
        rows = load_table("unhcr.decisions", year=2016)
        assert round(rows["decisions"].sum() / 1e6, 2) == 2.84
        assert rows["recognised"].sum() == 564_859

    def test_borders(self):
        assert whole("frontex.detections", year=2015) == 1_822_102
        assert whole("frontex.detections", year=2023) == 381_319
        events = load_table("iom.missing_migrants")
        years = events.groupby(events["date"].astype("datetime64[s]").dt.year)["dead_missing"].sum()
        assert (years[2015], years[2023]) == (6_961, 8_755)


class TestTownsAndEducation:
    def test_urban_share_and_cities(self):
        assert load("wup2018.urban_share", country="KAZ", year=2020).item() == pytest.approx(57.671)
        assert load("wup2018.population", country="KAZ", residence="urban", year=2020) == 10_828_881
        cities = load_table("wup2018.cities").set_index("name")["locality"]
        people = load("wup2018.city_population")
        for name, persons in (
            ("Tokyo", 37_468_302),
            ("Delhi", 28_513_682),
            ("Shanghai", 25_582_138),
        ):
            assert people.sel(locality=cities[name], year=2018) == persons
        assert people.sel(locality=cities["Almaty"], year=2020) == 1_895_742

    def test_population_by_education(self):
        assert whole("wic.population", year=2020) / 1e9 == pytest.approx(7.775, abs=5e-4)
        assert whole("wic.population", year=2020, country="KAZ") / 1e6 == pytest.approx(
            18.38, abs=5e-3
        )
        split = load("wic.population_post_secondary", country="USA", year=2020).sum(["sex", "age"])
        assert [round(v / 1e6, 1) for v in split.values.tolist()] == [49.6, 25.0, 20.6]


class TestKazakhstan:
    def test_regions_add_to_the_country(self):
        parts = load("kaz.region.population").sum("region", min_count=1)
        nation = load("kaz.population")
        assert parts.equals(nation)
        years = nation.sum(["sex", "residence"])
        assert (years.sel(year=2000).item(), years.sel(year=2023).item()) == (
            14_901_641,
            19_766_807,
        )

    def test_districts_and_broad_ages(self):
        assert whole("kaz.district.population") == 19_765_004
        assert whole("kaz.region.population_broad_age") == 18_631_779

    def test_vital_statistics(self):
        assert load("kaz.vital.births", year=2021) == 446_491
        assert load("kaz.vital.deaths", year=2020) == 161_333
        for name in ("births", "deaths"):
            nation = load(f"kaz.vital.{name}", year=range(2000, 2025))
            parts = load(f"kaz.region.vital.{name}").sum("region")
            assert (parts == nation).all()

    def test_internal_moves_balance(self):
        ins, outs = (load(f"kaz.region.migration.internal_{way}").sum("region")
                     for way in ("arrivals", "departures"))  # fmt: skip
        assert ins.values.tolist() == outs.values.tolist() == [803_033, 1_023_573, 1_510_337]
        months = load("kaz.region.internal_migration_2024.internal_arrivals")
        assert (
            months.sum("month") == load("kaz.region.migration.internal_arrivals", year=[2024])
        ).all()

    def test_net_migration_adds_to_the_published_balances(self):
        net = load("kaz.region.migration.net_international_migration").sum("region")
        assert net.values.tolist() == [-6_722, 9_293, 16_550]
        balance = load("kaz.migration.arrivals") - load("kaz.migration.departures")
        assert balance.sel(year=[2019, 2023]).values.tolist() == [-32_970, 9_293]
        residual = load("kaz.net_migration_residual.net_migration")
        same = residual == balance.sel(year=residual.year)
        assert int(same.sum()) == 20
        assert residual.sel(year=2010) == 15_516

    def test_the_statement_of_the_almaty_conference_on_2008(self):
        leaving = load("kaz.migration.departures", year=[2007, 2008])
        assert leaving.sel(year=2008) == 45_287
        growth = leaving.sel(year=2008) / leaving.sel(year=2007) - 1
        assert round(100 * growth.item(), 1) == 6.7

    def test_partners_add_to_the_groups(self):
        for way in ("arrivals", "departures"):
            groups = load(f"kaz.migration_by_group.{way}")
            partners = load(f"kaz.migration_by_partner.{way}")
            nation = load(f"kaz.migration.{way}", year=groups.year.values.tolist())
            assert (groups.sum("partner_group") == nation).all()
            assert (partners.sum("partner") == groups.sel(partner_group="CIS")).all()

    def test_product_and_employment(self):
        parts = load("kaz.region.grp").sum("region")
        assert float(np.abs(parts - load("kaz.grp")).max()) < 1.0
        employed = load("kaz.labour.employed")
        assert employed.sel(year=[2010, 2019]).values.tolist() == [8_114_200, 8_780_829]
        regional = load("kaz.region.labour.employed").sum("region", min_count=1)
        known = employed.dropna("year")
        assert float(np.abs(regional.sel(year=known.year) - known).max()) <= 200
        sections = load("kaz.employment_by_section").sum("sector")
        assert float(np.abs(sections - load("kaz.employment")).max()) <= 60

    def test_income_is_given_for_every_region_of_2024(self):
        income = load("kaz.region.living.income_per_head", year=2024).dropna("region")
        assert set(income.region.values.tolist()) == set(regions("KAZ"))
        assert income.sel(region="KZ-75") == 344_454
        assert income.sel(region="KZ-61") == 121_620 == float(income.min())

    def test_quotas_of_regions_add_to_the_national_one(self):
        quota = load_table("kaz.return_quota", kind="quota set")
        parts = quota[quota["area"] != "KAZ"].groupby(["year", "programme"])["value"].sum()
        nation = quota[quota["area"] == "KAZ"].set_index(["year", "programme"])["value"]
        gap = (nation - parts).dropna()
        assert gap.drop((2025, "resettlers")).eq(0).all()
        assert gap[2025, "resettlers"] == 790


class TestRegionsElsewhere:
    def test_korea(self):
        moves = load("korea.moves").sum(["origin", "destination", "quarter"])
        assert moves.sel(year=[2019, 2020]).values.tolist() == [7_104_398, 7_735_491]
        assert load("korea.population", region="KR-11", year=2020) == 9_668_465

    def test_finland(self):
        assert whole("finland.population", year=2024) == 5_635_971
        assert whole("finland.national_projection_2024", year=2024) == 5_639_334
        assert whole("finland.national_projection_2024", year=2045) == 6_087_036
        assert whole("finland.projection_2024", year=2024) == 5_639_334 - 1_546
        assert load("finland.national.net_migration", year=2023) == 57_914
        parts = load("finland.net_migration").sum(["region", "sex", "age"])
        assert parts.sel(year=2023).item() == pytest.approx(57_914, abs=1)
        shares = load("finland.fertility").sum("age")
        assert float(np.abs(shares - 100).max()) < 1e-3

    def test_england_loses_and_gains(self):
        moves = load("uk.moves")
        net = moves.sel(destination="E12000007").sum("origin") - moves.sel(origin="E12000007").sum(
            "destination"
        )
        # years to June 2019 and June 2022
        assert net.sel(year=[2018, 2021]).values.tolist() == [-99_049, -126_203]
        assert whole("uk.moves_by_age.moves", year=2021) == 3_826_486

    def test_united_states(self):
        rows = load_table("usa.moves")
        moved = rows[rows["origin"] != rows["destination"]]
        assert moved["exemptions"].sum() == 6_498_477
        assert (
            load("usa.moves.exemptions", origin="US-CA", destination="US-TX", year=2017) == 70_130
        )
        sums = {
            (name, year): whole(f"usa.occupation_projections.{name}", year=year) / 1e6
            for name in ("employment_base", "employment_projected")
            for year in (2016, 2020)
        }
        assert [round(v, 2) for v in sums.values()] == [156.06, 153.53, 167.58, 165.41]
        jobs = load_table("usa.oews_2025", industry_level=0, occupation_level=3)["employment"]
        assert jobs.sum() == 155_481_840

    def test_canada(self):
        years = load("canada.population", year=[2015, 2020]).sum(["region", "sex", "age"])
        assert [round(v / 1e3, 1) for v in years.values.tolist()] == [35_832.5, 37_659.8]
        for way in ("in", "out"):
            assert whole(f"canada.migration_shares.{way}_migration_share") == pytest.approx(
                1, abs=1e-3
            )

    def test_italy_loses_in_the_south(self):
        moves = load("italy.moves", year=2000).sum("age")
        net = moves.sum("origin") - moves.sum("destination").rename(origin="destination")
        assert net.sel(destination="ITF") < 0
        assert load("italy.moves", origin="ITH", destination="ITC", year=1970, age=0) == 2_350

    def test_model_schedules(self):
        rows = load_table("un.model_schedules", short="ws", sex="M").set_index("parameter")["value"]
        assert (rows["a1"], rows["mu2"]) == (0.0215, 20.04)


def test_countries_of_the_tables_of_the_un_are_those_of_the_list():
    known = set(dataset("wpp2024.indicators").labels["country"])
    assert len(known) == 236
    assert set(country_group("former_ussr")) < known
    assert set(dataset("wpp2024.population").labels["country"]) ^ known == {"BES", "VAT"}
