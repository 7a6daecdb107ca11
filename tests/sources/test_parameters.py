# SPDX-License-Identifier: Apache-2.0
"""Dated parameters: values by day, files laid over each other, faults with their lines.

Numbers are those of the decision specification, sections 1.6, 2.2 and 5.
"""

from __future__ import annotations

import math
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keruen.core.errors import FaultsError, FileError, ScenarioError
from keruen.sources.parameters import Band, parameter_sets, read_parameters

LABEL = "label: {en: A, ru: Б, kk: Ә}\n    unit: points\n    reference: law"
ACTS = "acts:\n  law: {title: {en: Law, ru: Закон, kk: Заң}}\nparameters:\n"


@pytest.fixture(scope="module")
def kaz():
    return read_parameters("kaz")


def written(tmp_path, text, name="mine.yaml"):
    path = tmp_path / name
    path.write_text(text, "utf-8")
    return path


def one(tmp_path, values, *, fields=LABEL):
    """Parameters of a file with one key, ``x.a``."""
    body = "\n".join(f"      {line}" for line in values.splitlines())
    return read_parameters(written(tmp_path, f"{ACTS}  x.a:\n    {fields}\n    values:\n{body}\n"))


def fault(tmp_path, values, **more):
    with pytest.raises(ScenarioError) as caught:
        one(tmp_path, values, **more)
    return caught.value


class TestTheFilesOfThePackage:
    def test_every_set_is_read_and_no_key_stands_in_two(self):
        alone = [list(read_parameters(name)) for name in parameter_sets()]
        keys = [key for part in alone for key in part]
        assert len(keys) == len(set(keys)) == len(read_parameters().parameters)

    def test_every_parameter_speaks_three_languages_and_has_a_source(self):
        for key in (found := read_parameters()):
            assert set(found[key].label) == {"en", "ru", "kk"}
            for dated in found.history(key):
                assert all(dated.reference.text(lang) for lang in ("en", "ru", "kk"))

    @pytest.mark.parametrize(
        ("day", "employers", "households"),
        [("2012-07-01", 1.0, None), ("2021-03-01", 0.31, 2.7), ("2023-12-31", 0.24, 3.2),
         ("2024-01-01", 0.23, 3.1), ("2026-11-22", 0.25, 2.9)],
    )  # fmt: skip
    def test_labour_quotas_as_published(self, kaz, day, employers, households):
        values = kaz.at(day)
        assert values["kaz.labour_quota.employers"] == employers
        assert values.get("kaz.labour_quota.households") == households

    def test_a_year_without_a_figure_is_not_filled_from_the_year_before(self, kaz):
        assert kaz.value("kaz.labour_quota.employers", "2017-12-31") == 0.6
        with pytest.raises(ScenarioError, match="not known on 2018-01-01") as caught:
            kaz.value("kaz.labour_quota.employers", "2018-01-01")
        assert caught.value.id == "NotInForce"

    @pytest.mark.parametrize(
        ("key", "year"), [("kandas", 2023), ("kandas", 2025), ("kandas", 2026),
                          ("resettlers", 2023), ("resettlers", 2026)],
    )  # fmt: skip
    def test_regions_add_to_the_quota_of_the_country(self, kaz, key, year):
        regions = kaz.value(f"kaz.{key}_quota.regions", f"{year}-06-01")
        assert sum(regions.values()) == kaz.value(f"kaz.{key}_quota", f"{year}-06-01")

    def test_what_is_not_confirmed_is_said(self, kaz):
        unsure = kaz.unconfirmed("2026-06-01")
        assert "kaz.household_permits.payment" in unsure  # [V] in the specification
        assert "kaz.resettlement.rent_months" in unsure
        assert "kaz.labour_quota.employers" not in unsure

    def test_a_confirmed_value_names_its_publication(self):
        for key in (found := read_parameters()):
            for dated in found.history(key):
                if "not recorded" in dated.reference.text("en"):
                    assert dated.status == "to be confirmed", (key, dated.start)
        quota = {one.start.year: one.status for one in found.history("kaz.labour_quota.employers")}
        assert quota[2017] == quota[2024] == "to be confirmed"
        assert quota[2009] == quota[2012] == quota[2021] == quota[2026] == "confirmed"

    def test_support_of_a_family_of_five(self, kaz):
        """70 MCI a person; 15 to 30 MCI a month for a year; the published sums in KZT."""
        mci, day = kaz.value("kaz.mci", "2026-03-01"), "2026-03-01"
        rent = kaz.value("kaz.resettlement.rent", day)
        months = kaz.value("kaz.resettlement.rent_months", day)
        assert 5 * kaz.value("kaz.resettlement.relocation", day) * mci == 1_513_750
        assert [rent[side] * months * mci for side in ("least", "most")] == [778_500, 1_557_000]

    def test_price_of_a_patent_in_moscow_region(self):
        """1,200 x 1.980 x 2.483165 = 5,900.00 roubles in 2022."""
        rus = read_parameters("rus").at("2022-06-01")
        coefficient = rus["rus.patent.regional_coefficient"]["moscow_region"]
        price = rus["rus.patent.base"] * rus["rus.patent.deflator"] * coefficient
        assert round(price, 2) == 5900.00

    def test_the_seasonal_levy_holds_through_the_ninetieth_day(self, kaz):
        bands = kaz.value("kaz.permits.seasonal_levy", "2026-06-01")
        due = {d: next(b.value for b in bands if b.low <= d < b.high) for d in (90, 91, 365)}
        assert due == {90: 12, 91: 24, 365: 48}


class TestDays:
    def test_a_value_holds_until_the_next(self, tmp_path):
        found = one(tmp_path, "2026-03-01: 2\n2024: 1\n2030-01-01: null")
        day = date(2026, 3, 1)
        assert found.value("x.a", day) == 2
        assert found.value("x.a", day - timedelta(days=1)) == 1
        assert [each.until for each in found.history("x.a")] == [day, date(2030, 1, 1), None]
        assert found.at("2030-01-01") == {}
        with pytest.raises(ScenarioError, match="ceased on 2030-01-01"):
            found.value("x.a", "2031-01-01")
        with pytest.raises(ScenarioError, match="no value before 2024-01-01"):
            found.value("x.a", "2023-12-31")

    @given(st.dictionaries(st.dates(date(1990, 1, 1), date(2100, 1, 1)), st.integers(), min_size=1),
           st.dates(date(1990, 1, 1), date(2100, 1, 1)))  # fmt: skip
    def test_the_last_value_that_began_holds(self, tmp_path_factory, values, day):
        text = "\n".join(f"{start}: {value}" for start, value in values.items())
        found = one(tmp_path_factory.mktemp("p"), text)
        begun = [start for start in values if start <= day]
        assert found.at(day) == ({"x.a": values[max(begun)]} if begun else {})

    def test_norway_stays_norway(self, tmp_path):
        assert one(tmp_path, "2026: [NO, SE]").value("x.a", "2026-01-01") == ["NO", "SE"]

    def test_nobody_changes_the_parameters_by_changing_a_value(self, tmp_path):
        found = one(tmp_path, "2026: {a: 1}")
        found.value("x.a", "2026-01-01")["a"] = 5
        assert found.value("x.a", "2026-01-01") == {"a": 1}


class TestOwnFile:
    OWN = f"{ACTS}  kaz.mci:\n    reference: law\n    values:\n      2026-01-01: 4400\n"

    def test_a_later_file_wins_and_remembers(self, kaz, tmp_path):
        found = read_parameters("kaz", written(tmp_path, self.OWN))
        assert found.value("kaz.mci", "2025-06-01") == 3932
        assert found.value("kaz.mci", "2026-06-01") == 4400
        new, old = found["kaz.mci"].on("2026-06-01"), kaz["kaz.mci"].on("2026-06-01")
        assert new.where == "mine.yaml, line 7"
        assert new.replaces == old.where
        assert new.reference.text("kk") == "Заң"
        assert found["kaz.mci"].label == kaz["kaz.mci"].label

    def test_the_order_of_files_decides(self, tmp_path):
        first = written(tmp_path, self.OWN, "first.yaml")
        second = written(tmp_path, self.OWN.replace("4400", "4500"), "second.yaml")
        assert read_parameters("kaz", first, second).value("kaz.mci", "2026-01-01") == 4500
        assert read_parameters("kaz", second, first).value("kaz.mci", "2026-01-01") == 4400

    @pytest.mark.parametrize(
        ("old", "new", "message", "id"),
        [
            ("kaz.mci:", "kaz.mcii:", "did you mean 'kaz.mci'", "UnknownParameter"),
            ("reference: law", "unit: USD", "the unit is 'USD', but 'KZT'", "UnitMismatch"),
            ("4400", "{a: 1}", "a table where the parameter is a number", "RuleError"),
        ],
    )
    def test_what_does_not_fit_the_package_is_refused(self, tmp_path, old, new, message, id):
        with pytest.raises(ScenarioError, match=message) as caught:
            read_parameters("kaz", written(tmp_path, self.OWN.replace(old, new)))
        assert caught.value.id == id

    def test_codes_are_checked_with_the_list_of_the_package(self, tmp_path):
        text = "parameters:\n  kaz.kandas_quota.regions:\n    values:\n      2027: {KZ-99: 3}\n"
        with pytest.raises(ScenarioError, match="'KZ-99' is not a code of a region"):
            read_parameters("kaz", written(tmp_path, text))


class TestShapes:
    """The format holds a points grid: bands, tables of tables, nested caps, combinations."""

    GRID = """
  crs.age:
    label: {en: Age, ru: Возраст, kk: Жас}
    unit: points
    reference: law
    values:
      2025-03-25:
        - {from: null, to: 18, value: {spouse: 0, single: 0}}
        - {from: 18, to: 19, value: {spouse: 90, single: 99}}
        - {from: 19, to: 20, value: {spouse: 95, single: 105}}
        - {from: 20, to: 30, value: {spouse: 100, single: 110}}
        - {from: 30, to: null, value: {spouse: 95, single: 105}}
  crs.transferability:
    label: {en: Transferability, ru: Сочетания, kk: Үйлесім}
    unit: points
    reference: law
    values:
      2025-03-25:
        one_credential: {clb7: 13, clb9: 25}
        two_credentials: {clb7: 25, clb9: 50}
  crs.caps:
    label: {en: Caps, ru: Пределы, kk: Шектер}
    unit: points
    reference: law
    values:
      2025-03-25:
        education: {of: [one_credential, two_credentials], most: 50}
        all: {of: [education, foreign_work, certificate], most: 100}
  crs.job_offer:
    label: {en: Job offer, ru: Предложение работы, kk: Жұмыс ұсынысы}
    unit: points
    reference: law
    values:
      2016-11-19: {noc_00: 200, other: 50}
      2025-03-25: null
"""

    def test_a_points_grid(self, tmp_path):
        grid = read_parameters(written(tmp_path, ACTS + self.GRID)).at("2025-06-01")
        ages = grid["crs.age"]
        assert ages[0] == Band(-math.inf, 18, {"spouse": 0, "single": 0})
        assert next(b.value["single"] for b in ages if b.low <= 28 < b.high) == 110
        assert grid["crs.transferability"]["two_credentials"]["clb9"] == 50
        assert grid["crs.caps"]["all"]["of"] == ["education", "foreign_work", "certificate"]
        assert "crs.job_offer" not in grid

    @pytest.mark.parametrize(
        ("bands", "message"),
        [
            ("[{from: 0, to: 5, value: 1}, {from: 6, to: 9, value: 2}]", "leaves a gap"),
            ("[{from: 0, to: 5, value: 1}, {from: 4, to: 9, value: 2}]", "overlaps"),
            ("[{from: 5, to: 5, value: 1}]", "is empty"),
            ("[{from: 5, value: 1}]", "not a band"),
            ("[{from: a, to: 5, value: 1}]", "'a' is not a bound"),
        ],
    )
    def test_bands_follow_each_other(self, tmp_path, bands, message):
        error = fault(tmp_path, f"2026: {bands}")
        assert message in str(error)
        assert error.id in ("RuleError", "Faults")

    @pytest.mark.parametrize(
        ("values", "message"),
        [
            ("2026: '70'", "is text, not a number"),
            ("2026: 0,25", "is text, not a number"),
            ("2026: 12 %", "is text, not a number"),
            ("2026: .nan", "nan is not a number"),
            ("2026: 1\n2027: {a: 2}", "a table after a number"),
            ("2026: 1\n2026-01-01: 2", "2026-01-01 has two values"),
            ("next year: 1", "'next year' is not a date"),
            ("2026: {value: 1, status: sure}", "allowed: confirmed, to be confirmed"),
            ("2026: {value: 1, refrence: law}", "did you mean 'reference'"),
            ("2026: {value: 1, reference: lore}", "there is no act 'lore'"),
        ],
    )
    def test_a_wrong_value_is_named_with_its_line(self, tmp_path, values, message):
        error = fault(tmp_path, values)
        assert message in str(error)
        assert "mine.yaml, line " in str(error)

    def test_all_faults_at_once_in_their_lines(self, tmp_path):
        text = f"titel: x\n{ACTS}  x.a:\n    {LABEL}\n    values:\n      2026: '1'\n      x: 2\n"
        text += "  x.b: 3\n"
        with pytest.raises(FaultsError) as caught:
            read_parameters(written(tmp_path, text))
        lines = [one.where.partition("line ")[2].partition(",")[0] for one in caught.value.faults]
        assert lines == ["1", "10", "11", "12"]

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("a: [1\nb: 2", "line 2"),
            ("parameters: &a {x: 1}", "anchors and aliases are not read"),
            ("parameters: {a: 1, a: 2}", "a key stands twice"),
            ("", "the file has no parameters"),
            ("parameters:\n\t- x", "line 2"),
            ("parameters: " + "{a: " * 400 + "1" + "}" * 400, "not YAML"),
        ],
    )
    def test_what_is_no_parameter_file(self, tmp_path, text, message):
        with pytest.raises(ScenarioError, match=message):
            read_parameters(written(tmp_path, text))

    def test_what_cannot_be_read(self, tmp_path):
        with pytest.raises(FileError, match="no such file"):
            read_parameters(tmp_path / "none.yaml")
        (tmp_path / "latin.yaml").write_bytes("é: 1".encode("latin-1"))
        with pytest.raises(FileError, match="save it as UTF-8"):
            read_parameters(tmp_path / "latin.yaml")
        (tmp_path / "huge.yaml").write_bytes(b"# " * 2_000_001)
        with pytest.raises(FileError, match="larger than 2 MB"):
            read_parameters(tmp_path / "huge.yaml")

    def test_an_unknown_set_or_key_is_answered_with_near_ones(self, kaz):
        with pytest.raises(ScenarioError, match="kaz/labour"):
            read_parameters("kaz/labor")
        with pytest.raises(ScenarioError, match=r"did you mean kaz\.mci"):
            kaz.value("kaz.mic", "2026-01-01")
        with pytest.raises(ScenarioError, match="is not a date"):
            kaz.value("kaz.mci", "1 May 2026")


def test_a_table_of_everything(kaz):
    table = kaz.to_table("ru")
    assert len(table) == sum(len(kaz.history(key)) for key in kaz)
    row = table[(table.key == "kaz.mci") & (table.start == date(2026, 1, 1))].iloc[0]
    assert (row.value, row.label) == (4325, "Месячный расчётный показатель")


def test_a_reference_is_that_of_the_day(kaz):
    key = "kaz.labour_quota.employers"
    assert "1623" in kaz.reference(key, "2012-06-01").text("ru")
    assert "397" in kaz.reference(key, "2026-06-01").text("kk")
