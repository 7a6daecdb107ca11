# SPDX-License-Identifier: Apache-2.0
"""Publishers' tables by recipe: each layout, what is left out, and what is refused.

Layouts are rebuilt in ``tests/publishers.py``; figures are small, so that sums can be done by eye.
"""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

import publishers as made
from keruen.core.codes import countries, is_country, is_region
from keruen.core.errors import CodeError, FaultsError, FileError, ScenarioError, SchemaError
from keruen.core.variables import variable
from keruen.sources._recipe_files import read_recipes
from keruen.sources.adapters import read_publication, recipes


def reasons(found):
    return set(found.changes["reason"])


def edited(path, *changes):
    """A workbook with some cells changed: (sheet, cell, value)."""
    book = load_workbook(path)
    for sheet, cell, value in changes:
        book[sheet][cell] = value
    book.save(path)
    return path


class TestRecipes:
    def test_at_least_those_asked_for(self):
        asked = {"un.stock.2020", "un.stock.2024", "wpp2024.population", "wpp2024.indicators",
                 "knomad.remittances.2021", "eurostat.migr_imm1ctz", "eurostat.migr_pop3ctb",
                 "kaz.net_migration", "kaz.population", "kaz.population_by_age",
                 "kaz.migration_by_partner"}  # fmt: skip
        assert asked <= set(recipes())

    def test_every_recipe_says_what_it_is_in_three_languages(self):
        for one in recipes().values():
            assert set(one.title) == {"en", "ru", "kk"}
            assert all(variable(name) for name in one.variables)

    def test_every_name_in_a_recipe_leads_to_a_code_of_the_lists(self):
        ours = {"(total)", "(skip)", "(none)"}
        for one in recipes().values():
            for labels in (*one.columns, *one.across):
                codes = {*labels.names.values(), *(code for _, code in labels.like)} - ours
                if labels.kind == "country":
                    assert all(is_country(code) for code in codes), (one.id, codes)
                if labels.kind == "region":
                    assert all(is_region(code) for code in codes)


class TestUnitedNations:
    @pytest.mark.parametrize("edition", [2020, 2024])
    def test_the_stock_by_origin_destination_and_sex(self, tmp_path, edition):
        found = read_publication(made.un_stock(tmp_path / "stock.xlsx", edition))
        assert found.recipe == f"un.stock.{edition}"
        stock = found.array()
        assert stock.dims == ("year", "origin", "destination", "sex")
        women = stock.sel(year=edition, origin="UZB", destination="KAZ", sex="F")
        assert women.item() == 75  # printed in the last block
        assert stock.sel(year=edition, origin="OTH", destination="CHI").sum() == 15
        assert stock.attrs["moment"] == "1 July"
        assert stock.attrs["licence"] == ("CC-BY-3.0-IGO",)

    def test_a_group_is_left_out_and_listed_with_its_row(self, tmp_path):
        found = read_publication(made.un_stock(tmp_path / "stock.xlsx"))
        group = found.changes[found.changes["label"] == "5500"].iloc[0]
        assert group["place"] == "column D, row 16"
        assert group["reason"] == "a group of countries"
        marks = found.changes[found.changes["what"] == "mark"].iloc[0]
        assert (marks["label"], marks["cells"], marks["reason"]) == ("..", 3, "no figure")

    def test_every_printed_total_is_held_against_its_parts(self, tmp_path):
        found = read_publication(made.un_stock(tmp_path / "stock.xlsx"))
        assert len(found.checks) == 39
        assert found.checks["agrees"].all()
        path = edited(tmp_path / "stock.xlsx", ("Table 1", "K18", 150))  # UZB to KAZ, men: 85
        wrong = read_publication(path).checks.query("not agrees")
        assert set(wrong["gap"]) == {-65.0}
        world = wrong.query("origin == '(total)' and destination == '(total)'")
        assert len(world) == 2  # of both sexes, and of men

    def test_population_by_age_comes_in_persons_from_both_sheets(self, tmp_path):
        found = read_publication(made.wpp_population(tmp_path / "wpp.xlsx"))
        people = found.array()
        assert people.sel(year=2024, country="KAZ", sex="F", age=1).item() == 201_125
        assert people.year.values.tolist() == [2023, 2024]
        assert (people.attrs["age_width"], people.attrs["open_age"]) == (1, 100)
        assert found.checks["agrees"].all()

    @pytest.mark.parametrize(("title", "sex"), [("Male", ["M"]), ("Total", None)])
    def test_the_title_says_the_sex(self, tmp_path, title, sex):
        found = read_publication(made.wpp_population(tmp_path / "wpp.xlsx", title))
        assert found.recipe == "wpp2024.population"
        held = found.table["sex"].unique().tolist() if "sex" in found.table else None
        assert held == sex

    def test_indicators_come_in_our_units(self, tmp_path):
        found = read_publication(made.wpp_indicators(tmp_path / "indicators.xlsx"))
        row = found.table.set_index("country").loc["KAZ"]
        assert row["births"] == 388_428
        assert row["sex_ratio_at_birth"] == pytest.approx(1.059)
        assert row["tfr"] == 3.01
        assert "Median Age, as of 1 July (years)" in set(found.changes["label"])
        with pytest.raises(CodeError, match="name one of population, births"):
            found.array()


class TestRemittances:
    def test_senders_run_down_and_receivers_across(self, tmp_path):
        found = read_publication(made.knomad(tmp_path / "matrix.xlsx"))
        money = found.array()
        assert money.sel(sender="RUS", receiver="KGZ").item() == 2000.25
        assert money.sel(sender="KAZ", receiver="KGZ").item() == 95
        assert money.attrs["units"] == "million USD"
        assert money.year.item() == 2021
        assert "several countries together" in reasons(found)

    def test_a_name_that_is_not_reviewed_is_a_fault_with_its_cell(self, tmp_path):
        sheet = "Bilateral_Remittances_2021"
        path = edited(
            made.knomad(tmp_path / "m.xlsx"),
            (sheet, "A4", "Kazakstan"),
            (sheet, "C2", "Korea, South Rep."),
        )
        with pytest.raises(FaultsError) as caught:
            read_publication(path)
        said = str(caught.value)
        assert "'Kazakstan' is no sender" in said
        assert "column A, row 4" in said
        assert "did you mean KAZ" in said
        assert "the heading 'Korea, South Rep.' is not in the recipe" in said
        assert "C2" in said


class TestEurostat:
    def test_bulk_text_with_keys_in_one_column_and_flags(self, tmp_path):
        path = tmp_path / "estat_migr_imm1ctz.tsv"
        path.write_text(made.MIGR_IMM1CTZ, "utf-8")
        found = read_publication(path)
        arrivals = found.array()
        assert arrivals.dims == ("year", "citizenship", "country", "sex", "age")
        assert arrivals.sel(year=2023, citizenship="KAZ", country="DEU", sex="M", age=0) == 240
        assert arrivals.sel(year=2022, citizenship="XXA", country="GRC", sex="F", age=0) == 5
        flags = found.table.set_index(["year", "country", "sex", "age"])["flag"]
        assert flags[2023, "DEU", "M", 0] == "e"
        assert {"a group of countries", "no figure",
                "age reached in the year and not completed years"} <= reasons(found)  # fmt: skip
        ages = found.changes[found.changes["what"] == "age left out"]["label"]
        assert set(ages) == {"Y15-64", "Y_GE65"}

    def test_sdmx_csv_is_told_apart_by_its_dataflow(self, tmp_path):
        path = tmp_path / "download.csv"
        path.write_text(made.MIGR_CSV, "utf-8")
        found = read_publication(path)
        assert found.recipe == "eurostat.migr_imm1ctz.csv"
        assert set(found.table["country"]) == {"DEU", "GBR"}
        assert set(found.table["citizenship"]) == {"KAZ", "NOR"}  # NO is Norway
        assert found.table.query("sex == 'M'")["flag"].item() == "b"

    def test_a_text_without_its_table_in_the_name_is_asked_for(self, tmp_path):
        path = tmp_path / "download.tsv"
        path.write_text(made.MIGR_IMM1CTZ, "utf-8")
        with pytest.raises(SchemaError, match="'migr_imm1ctz' in the name of the file"):
            read_publication(path)


class TestKazakhstan:
    def test_the_cube_gives_regions_and_lists_every_district(self, tmp_path):
        found = read_publication(made.bns_cube(tmp_path / "balance.csv"))
        assert found.recipe == "kaz.net_migration"
        rows = found.table.set_index(["year", "region", "residence"])["net_migration"]
        assert rows[2024, "KZ-33", "rural"] == -8003
        assert rows[2024, "KZ-75", "urban"] == 41_184
        listed = found.changes[found.changes["what"] == "region left out"]["label"]
        assert set(listed) == {"АУЭЗОВСКИЙ РАЙОН", "ЭКИБАСТУЗ Г.А.", "РАЙОН ТУРАРА РЫСКУЛОВА"}

    def test_totals_without_their_parts_are_told_and_can_be_asked_for(self, tmp_path):
        path = made.bns_cube(tmp_path / "balance.csv")
        alone = read_publication(path).changes.query("what == 'total left out'")
        assert alone["cells"].sum() == 2  # the country in 2022 and 2023
        whole = read_publication(path, totals=["region", "residence"])
        assert whole.dims == ("year",)
        assert whole.array().sel(year=2023).item() == 9293  # as published
        with pytest.raises(CodeError, match="no key 'age'"):
            read_publication(path, totals=["age"])

    def test_population_of_the_cube_on_1_january(self, tmp_path):
        found = read_publication(made.bns_cube(tmp_path / "people.csv", "population"))
        assert found.recipe == "kaz.population"
        people = found.array()
        assert people.attrs["moment"] == "1 January"
        assert people.sel(year=2024, region="KZ-11").item() == 787_976
        assert not found.checks["agrees"].any()  # the copy holds one region of the country

    def test_groups_of_people_one_below_the_other(self, tmp_path):
        found = read_publication(made.bns_average(tmp_path / "6576.xlsx"))
        people = found.array()
        assert people.sel(year=2023, region="KZ-10", residence="urban", sex="M") == 40.5
        assert people.sel(region="KZ-75", residence="rural").sum() == 0  # dashes are nobody
        assert found.checks["agrees"].all()
        assert "1) С учетом итогов переписи населения." in set(found.changes["label"])

    def test_ages_with_a_sheet_for_each_region(self, tmp_path):
        found = read_publication(made.bns_ages(tmp_path / "ages.xlsx"))
        people = found.array()
        assert people.sel(region="KZ-11", residence="urban", sex="M", age=0).item() == 8
        assert people.region.values.tolist() == ["KZ-11", "KZ-75"]
        assert people.attrs["open_age"] == 100
        assert found.checks["agrees"].all()

    @pytest.mark.parametrize(
        ("by", "dim", "code", "net"),
        [("regions", "region", "KZ-71", 2000), ("partners", "partner", "UZB", 11_906)],
    )
    def test_bulletins_of_flows(self, tmp_path, by, dim, code, net):
        found = read_publication(made.bns_flows(tmp_path / "flows.xlsx", by))
        row = found.table[found.table[dim] == code].iloc[0]
        assert (row["year"], row["net_migration"]) == (2023, net)
        assert row["arrivals"] - row["departures"] == net
        assert found.checks["agrees"].all()


class TestOwnRecipe:
    RECIPE = """
recipes:
  office.flows:
    title: {en: Flows, ru: Потоки, kk: Ағындар}
    publisher: An office
    publication: Yearbook
    citation: Yearbook of an office
    licence: attribution
    variables: {arrivals: 1000}
    says: ['thousand']
    columns:
      - {column: country, kind: country, called: ['from']}
    across:
      - {column: year, kind: year, row: 0}
"""
    TABLE = "Arrivals, thousand;;\nFrom;2020;2021\nKazakhstan;1.5;2\nNO;3;...\n"

    def test_a_new_publisher_needs_a_file_and_no_code(self, tmp_path):
        (tmp_path / "mine.yaml").write_text(self.RECIPE, "utf-8")
        (tmp_path / "flows.csv").write_text(self.TABLE, "utf-8")
        found = read_publication(tmp_path / "flows.csv", tmp_path / "mine.yaml")
        assert found.array().sel(country="KAZ", year=2020).item() == 1500
        assert found.array().sel(country="NOR", year=2020).item() == 3000
        assert found.source.publisher == "An office"

    def test_a_table_that_no_longer_says_thousand_is_not_read(self, tmp_path):
        (tmp_path / "mine.yaml").write_text(self.RECIPE, "utf-8")
        (tmp_path / "flows.csv").write_text(self.TABLE.replace("thousand", "persons"), "utf-8")
        with pytest.raises(SchemaError, match="the words 'thousand'") as caught:
            read_publication(tmp_path / "flows.csv", tmp_path / "mine.yaml")
        assert caught.value.id == "NoRecipe"

    @pytest.mark.parametrize(
        ("old", "new", "message"),
        [
            ("licence: attribution", "licence: free", "unknown licence 'free'"),
            ("arrivals: 1000", "arrival: 1000", "unknown variable 'arrival'"),
            ("kind: country", "kind: land", "'land' is not a kind of label"),
            ("column: country", "column: land", "'land' is not a dimension"),
            ("'from'", "'(from'", "is not a pattern"),
            ("    says:", "    sais:", "did you mean 'says'"),
            ("    publisher: An office\n", "", "the recipe lacks publisher"),
            ("row: 0}", "rows: 0}", "did you mean 'row'"),
            ("recipes:", "recipe:", "the file has no recipes"),
            ("column: country", "part: land, column: country", "the file has no part 'land'"),
            ("variables: {arrivals: 1000}", "variables: 1000", "is not laid out as one"),
        ],
    )
    def test_a_wrong_recipe_is_refused_with_its_line(self, tmp_path, old, new, message):
        (tmp_path / "mine.yaml").write_text(self.RECIPE.replace(old, new), "utf-8")
        with pytest.raises(ScenarioError) as caught:
            read_recipes(tmp_path / "mine.yaml")
        assert message in str(caught.value)
        assert "mine.yaml, line " in str(caught.value)


class TestRefused:
    def test_a_table_of_nobody_names_the_nearest(self, tmp_path):
        (tmp_path / "a.csv").write_text("NAM,DAT,VAL\nx,2020 год,5\n", "utf-8")
        with pytest.raises(SchemaError, match=r"nearest: kaz\.") as caught:
            read_publication(tmp_path / "a.csv")
        assert caught.value.id == "NoRecipe"

    def test_a_file_that_is_another_publication(self, tmp_path):
        path = made.knomad(tmp_path / "m.xlsx")
        with pytest.raises(SchemaError, match=r"the file is not un\.stock\.2024"):
            read_publication(path, "un.stock.2024")
        with pytest.raises(CodeError, match=r"did you mean un\.stock\.2024"):
            read_publication(path, "un.stocks.2024")
        with pytest.raises(FileError):
            read_publication(tmp_path / "none.xlsx")

    def test_all_faults_at_once_by_cell(self, tmp_path):
        path = edited(
            made.un_stock(tmp_path / "s.xlsx"),
            ("Table 1", "J18", "eighty"),
            ("Table 1", "K18", "1,23,4"),
            ("Table 1", "D20", 999999999),
            ("Table 1", "G22", "Atlantis"),
            ("Table 1", "L20", 1e300),
        )
        with pytest.raises(FaultsError) as caught:
            read_publication(path)
        said = str(caught.value)
        for words in ("'eighty' is not a number", "cell J18", "'1,23,4'", "cell K18",
                      "'Atlantis' is no origin", "column G, row 22", "cell L20"):  # fmt: skip
            assert words in said

    def test_two_figures_for_one_cell(self, tmp_path):
        rows = [*made.UN_STOCK, ("Germany", 276, "Kazakhstan", 398, (1, 2), (1, 1), (0, 1))]
        with pytest.raises(FaultsError, match="two figures for") as caught:
            read_publication(made.un_stock(tmp_path / "s.xlsx", rows=rows))
        assert "Table 1 J22, Table 1 J23" in str(caught.value)
        same = [*made.UN_STOCK, made.UN_STOCK[-1]]
        once = read_publication(made.un_stock(tmp_path / "t.xlsx", rows=same))
        assert len(once.table) == 18

    def test_many_faults_are_counted_and_not_all_told(self, tmp_path):
        rows = [("X", f"code {n}", "World", 900, (1, 2), (1, 1), (0, 1)) for n in range(70)]
        with pytest.raises(FaultsError, match="20 faults more"):
            read_publication(made.un_stock(tmp_path / "s.xlsx", rows=rows))


_CODES = [one.m49 for one in countries().values() if one.m49 not in (398, 860)]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.dictionaries(
        st.tuples(st.sampled_from(_CODES), st.sampled_from(_CODES)),
        st.tuples(*[st.integers(0, 10**7)] * 4),
        min_size=1, max_size=8,
    )
)  # fmt: skip
def test_what_was_printed_is_what_is_read(tmp_path_factory, printed):
    """Every figure arrives once, under its codes; nothing else does."""
    m49 = {one.m49: code for code, one in countries().items()}
    rows = [
        ("to", to, "from", from_, (a + c, b + d), (a, b), (c, d))
        for (to, from_), (a, b, c, d) in printed.items()
    ]
    path = made.un_stock(tmp_path_factory.mktemp("p") / "s.xlsx", rows=rows)
    found = read_publication(path)
    wanted = pd.DataFrame(
        [
            (year, m49[from_], m49[to], sex, float(value))
            for (to, from_), (a, b, c, d) in printed.items()
            for year, sex, value in ((2020, "M", a), (2024, "M", b), (2020, "F", c), (2024, "F", d))
        ],
        columns=["year", "origin", "destination", "sex", "immigrant_stock"],
    )
    keys = ["year", "origin", "destination", "sex"]
    wanted = wanted.sort_values(keys).reset_index(drop=True)
    pd.testing.assert_frame_equal(found.table, wanted, check_dtype=False)
    assert found.checks["agrees"].all()


def test_the_embedded_stock_comes_back_from_its_layout(tmp_path):
    """Figures of the revision of 2024, written as the workbook lays them out and read again."""
    from keruen.sources.catalog import load_table

    own = load_table("un.stock.2024", destination=["KAZ", "UZB", "DEU"], year=[2020, 2024])
    m49 = {code: one.m49 for code, one in countries().items()} | {"OTH": 2003, "CHI": 830}
    wide = own.pivot(
        index=["destination", "origin"], columns=["sex", "year"], values="immigrant_stock"
    )
    rows = [
        (to, m49[to], from_, m49[from_], *_blocks(line, ".."))
        for (to, from_), line in wide.iterrows()
    ]
    world = wide.groupby("destination").sum()
    rows += [(to, m49[to], "WORLD", 900, *_blocks(line, "..")) for to, line in world.iterrows()]
    found = read_publication(made.un_stock(tmp_path / "s.xlsx", rows=rows))
    keys = ["year", "origin", "destination", "sex"]
    want = own[[*keys, "immigrant_stock"]].sort_values(keys).reset_index(drop=True)
    pd.testing.assert_frame_equal(found.table, want.astype({"immigrant_stock": float}),
                                  check_dtype=False)  # fmt: skip
    assert len(found.checks) > 150
    assert found.checks["agrees"].all()
    germany = found.checks.query(
        "destination == 'DEU' and origin == '(total)' and sex == '(total)'"
    )
    assert germany.set_index("year")["published"][2024] == 16_750_084  # as published


def _blocks(line, mark):
    """Both sexes, men, women at both dates; a cell without a figure has the mark."""
    men, women = (tuple(line[sex, year] for year in (2020, 2024)) for sex in "MF")
    both = tuple(a + b for a, b in zip(men, women, strict=True))
    shown = [tuple(mark if pd.isna(n) else int(n) for n in pair) for pair in (both, men, women)]
    return tuple(shown)
