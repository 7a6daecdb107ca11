# SPDX-License-Identifier: Apache-2.0
"""The profile with a user's own tables: replaced figures, their source, faults at once."""

import json
import subprocess
import sys

import pytest

from keruen import load
from keruen.core.errors import FaultsError, FileError, SchemaError
from keruen.report.build import Desk
from keruen.report.locale import LANGS, Locale
from keruen.report.own_figures import own_figures, table_of
from keruen.report.profile import build_profile, write_profile
from keruen.sources.own_tables import places, read_own
from keruen.sources.schemas import schema, schemas
from keruen.sources.workbooks import read_report

TABLES = {
    "migration.csv": "Год;Прибыло;Выбыло\n2024;31 000;11 500\n2025;23 761;7 000\n2026;28 000;6 500",
    "population.csv": "year,sex,age,population\n"
    "2024,M,0-14,3100000\n2024,M,15-64,6300000\n2024,M,65+,600000\n"
    "2024,F,0-14,2950000\n2024,F,15-64,6500000\n2024,F,65+,1050000",
    "migrant_stock.csv": "year,birthplace,immigrant_stock\n"
    "2024,RUS,700000\n2024,UZB,300000\n2024,CHN,150000\n2021,RUS,900000",
    "refugees.csv": "year,refugees\n2025,1234",
    "remittances.csv": "year,remittances_received,remittances_paid\n2023,512.5,2000\n2024,530,1900",
    "labour.csv": "year,region,employed,unemployment_rate\n2025,KZ-75,1100000,4.1",
    "region_migration.csv": "year,region,net_migration\n2024,KZ-75,33333",
}
SOURCE = {"RUS": 700_000, "UZB": 300_000, "CHN": 150_000}


def write(folder, tables):
    folder.mkdir(exist_ok=True)
    for name, text in tables.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write(tmp_path_factory.mktemp("own") / "ours", TABLES)


@pytest.fixture(scope="module")
def plain():
    return build_profile("KAZ")


@pytest.fixture(scope="module")
def mine(folder):
    return build_profile("KAZ", own=read_own(folder, "KAZ"))


@pytest.fixture(scope="module")
def figures(mine):
    return {figure.id: figure for figure in mine.figures()}


@pytest.mark.parametrize(
    ("name", "value", "sources"),
    [
        ("headline.population", 20_500_000, ["own.population"]),
        ("headline.immigrants", 1_150_000, ["own.migrant_stock"]),
        ("headline.net_migration_national", 21_500, ["own.migration"]),
        ("headline.remittances_received", 530, ["own.remittances"]),
        ("headline.refugees_here", 1_234, ["own.refugees"]),
        ("balance.arrivals.2024", 31_000, ["own.migration"]),
        ("balance.net.2026", 21_500, ["own.migration"]),
        ("immigrants_by_origin.persons.RUS", 700_000, ["own.migrant_stock"]),
        ("immigrants_by_origin.share.RUS", 100 * 70 / 115, ["own.migrant_stock"]),
        ("protection.refugees_here.2025", 1_234, ["own.refugees"]),
        ("regions_migration.net.KZ-75", 33_333, ["own.region_migration"]),
        ("regions_work.unemployment.KZ-75", 4.1, ["own.labour"]),
        ("remittances.paid.2024", 1_900, ["own.remittances"]),
    ],
)
def test_the_users_figures_stand_with_the_users_source(figures, name, value, sources):
    figure = figures[name]
    assert figure.value == pytest.approx(value, rel=1e-12)
    assert list(figure.sources) == sources
    assert figure.status == "observed"


def test_a_figure_equal_to_the_embedded_one_is_still_the_users(figures, plain):
    before = {figure.id: figure for figure in plain.figures()}["balance.arrivals.2025"]
    assert figures["balance.arrivals.2025"].value == before.value == 23_761
    assert figures["balance.arrivals.2025"].sources == ("own.migration",)


def test_figures_of_both_name_both_and_stay_estimates(figures):
    change = figures["balance.arrivals_change.2024"]
    before = float(load("kaz.migration.arrivals", year=2023))
    assert change.value == pytest.approx(100 * (31_000 - before) / before)
    assert change.sources == ("own.migration", "kaz.migration")
    weight = figures["remittances.received_gdp.2023"]
    assert weight.sources == ("own.remittances", "worldbank.indicators")
    assert weight.status == "estimate"
    shared = figures["pyramid.men_2024.20"]
    assert shared.sources == ("own.population", "wpp2024.population")
    assert shared.status != "observed"


def test_where_both_meet_the_break_is_marked(figures, mine):
    said = figures["balance.arrivals.2024"].doubt.render(Locale("en"))
    assert said.startswith("Break in the series")
    assert figures["balance.arrivals.2025"].doubt is None
    assert figures["balance.arrivals.2023"].doubt is None
    notes = {
        exhibit.table.id: [note.render(Locale("en")) for note in exhibit.notes]
        for exhibit in mine.exhibits()
    }
    assert notes["balance"][-1].startswith("Your own figures from migration.csv: 2024–2026.")
    assert not any("Your own" in note for note in notes["ranks"])


def test_untouched_figures_are_those_of_the_plain_profile(figures, plain):
    """Every figure that does not name a table of the user's, of both, is the same."""
    before = {figure.id: figure for figure in plain.figures()}
    kept = [
        figure
        for figure in figures.values()
        if figure.id in before and not any(s.startswith("own.") for s in figure.sources)
    ]
    rest = {"immigrants_by_origin.persons.rest", "immigrants_by_origin.share.rest"}
    assert [f.id for f in kept if f != before[f.id] and f.doubt is None and f.id not in rest] == []
    assert len(kept) > 1500
    for name in ("projected.", "ranks.", "flows.", "revisions."):
        assert any(figure.id.startswith(name) for figure in kept)


def test_groups_keep_the_users_totals(figures):
    men = [figures[f"pyramid.men_2024.{age}"].value for age in range(0, 105, 5)]
    assert sum(men[:3]) == pytest.approx(3_100_000)
    assert sum(men[3:13]) == pytest.approx(6_300_000)
    assert sum(men[13:]) == pytest.approx(600_000)


def test_a_total_alone_is_shared_out_and_keeps_its_sum(tmp_path):
    folder = write(tmp_path / "own", {"population.csv": "year,population\n2024,10000000"})
    given = own_figures("KAZ", read_own(folder, "KAZ"))
    found = Desk("KAZ", given=given).own("wpp2024.population", year=2024)
    whole = load("wpp2024.population", country="KAZ", year=2024)
    assert float(found.sum()) == pytest.approx(10_000_000)
    assert (found / whole).to_numpy() == pytest.approx(10_000_000 / float(whole.sum()))


def test_the_section_lists_what_was_replaced_and_what_was_not(mine):
    section = mine.parts[-1].sections[-1]
    (exhibit,) = section.exhibits
    english = Locale("en")
    rows = {
        row.key: [cell.render(english) if cell else "" for cell in row.cells]
        for row in exhibit.table.rows
    }
    assert rows["migration.kaz.migration.arrivals"][1:] == [
        "2024–2026",
        "3",
        "+1,718",  # 31,000 against 29,282
        "2024",
        "kaz.migration.arrivals",
    ]
    assert rows["migrant_stock.un.stock.2024"][4] == "2024, UZB"
    assert rows["refugees.unhcr.population.refugees"][3] == "−3,143"
    assert [gap.render(english) for gap in section.gaps] == [
        "migrant_stock.csv: the embedded table un.stock.2024 lacks 2021, so it is not used."
    ]
    assert "own use" in section.findings[1].render(english)


@pytest.mark.parametrize("lang", LANGS)
def test_all_files_are_written_with_the_users_source(mine, tmp_path, lang):
    write_profile(mine, Locale(lang), tmp_path, formats=("html", "json", "xlsx", "csv"))
    content = json.loads((tmp_path / "profile.json").read_text("utf-8"))
    found = {figure["id"]: figure for figure in content["figures"]}
    assert found["balance.arrivals.2024"]["value"] == 31_000
    assert found["balance.arrivals.2024"]["source"] == ["own.migration"]
    sources = {source["id"]: source for source in content["sources"]}
    assert sources["own.migration"]["title"] == "migration.csv"
    assert sources["own.migration"]["licence"] == "own-use"
    assert "SHA-256" in sources["own.migration"]["citation"]
    assert "migration.csv" in (tmp_path / "profile.html").read_text("utf-8")
    assert "31000" in (tmp_path / "tables" / "balance.csv").read_text("utf-8-sig")


def test_a_country_without_a_national_series_takes_the_users(tmp_path):
    folder = write(
        tmp_path / "own",
        {
            "migration.csv": "year,arrivals,departures\n2023,900,1000\n2024,950,1200",
            "labour.csv": "year,unemployment_rate\n2023,6.8",
        },
    )
    report = build_profile("UZB", own=read_own(folder, "UZB"))
    found = {figure.id: figure for figure in report.figures()}
    assert found["headline.net_migration_national"].value == -250
    assert found["balance.departures_change.2024"].value == pytest.approx(20)
    assert found["work.unemployment_national.2023"].sources == ("own.labour",)
    write_profile(report, Locale("en"), tmp_path / "out", formats=("json", "xlsx"))


def test_faults_of_all_files_at_once_and_nothing_written(tmp_path):
    folder = write(
        tmp_path / "own",
        {
            "migration.csv": "year,arrivals,departures\n2024,many,5",
            "remittances.csv": "year,remittances_received\n2024,-5",
            "refugee.csv": "year,refugees\n2024,5",
            "readme.md": "ours",
        },
    )
    with pytest.raises(FaultsError) as caught:
        read_own(folder, "KAZ")
    told = str(caught.value)
    for words in ("migration.csv", "remittances.csv", "name it refugees", "'readme.md'"):
        assert words in told
    done = subprocess.run(
        [sys.executable, "-m", "keruen.cli", "profile", "KAZ", "--with", "own", "--out", "out"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "migration.csv" in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("migration.csv", "Country,Year,Arrivals\nUzbekistan,2024,5", "UZB"),
        ("migration.csv", "Ел,Жыл,Келгендер\nҚазақстан,2024,5\nӨзбекстан,2024,6", None),
        ("region_population.csv", "year,region,population\n2024,KZ-75,5", "KZ-75"),
    ],
)
def test_a_table_about_another_country_is_refused(tmp_path, name, text, code):
    folder = write(tmp_path / "own", {name: text})
    asked = "UZB" if code == "KZ-75" else "KAZ"
    if code is None:  # in a migration table this heading is the partner country
        assert read_own(folder, asked)[0].table["partner"].tolist() == ["KAZ", "UZB"]
        return
    with pytest.raises(SchemaError) as caught:
        read_own(folder, asked)
    assert caught.value.id == "OtherCountry"
    assert code in str(caught.value)


def test_a_folder_that_is_not_there_or_empty(tmp_path):
    for path in (tmp_path / "none", tmp_path):
        with pytest.raises(FileError):
            read_own(path, "KAZ")


def test_every_place_is_a_column_and_a_table_that_exist():
    owners = {}
    for name, entries in places().items():
        columns = {column.name: column for column in schema(name).columns}
        assert name in schemas()
        for entry in entries:
            assert set(entry) <= {
                "value", "less", "into", "of", "keys", "at", "unknown", "sum", "whole", "share",
                "held",
            }  # fmt: skip
            into = entry["into"].format(own="kaz")
            assert columns[entry["value"]].role == "value"
            assert all(columns[key].role == "key" for key in entry.get("keys", {}))
            assert owners.setdefault(table_of(into), name) == name
            if name == "emigrants_by_education":
                continue  # embedded for no country: the user's figures stand alone
            small = {"country": "KAZ"} if "country" in entry.get("at", ()) else {}
            dims = {*load(into, **small).dims, *small}
            named = {*entry.get("keys", {}).values(), *entry.get("at", ()), *entry.get("sum", ())}
            assert dims == {"year", *named}


def test_the_workbook_reads_back_the_users_figures(mine, figures, tmp_path):
    write_profile(mine, Locale("ru"), tmp_path, formats=("xlsx",))
    told = read_report(tmp_path / "profile.xlsx").figures.set_index("id")
    for name in ("balance.arrivals.2024", "pyramid.men_2024.20", "headline.immigrants"):
        assert told.loc[name, "value"] == figures[name].value
        assert "own." in str(told.loc[name, "sources"])


def test_emigrants_by_education_are_computed_where_given_and_missing_where_not(tmp_path):
    """Rates by hand; rows of other origins are left aside, and practice data say what they are."""
    from keruen.report.parts import skilled_emigration
    from keruen.sources.education_inputs import residents_by_education
    from keruen.sources.synthetic_emigrants import write_practice_emigrants

    def section(*own):
        return skilled_emigration.section(Desk("KAZ", given=own_figures("KAZ", own)))

    nothing = skilled_emigration.section(Desk("KAZ"))
    assert not nothing.exhibits
    assert "missing" in nothing.gaps[0].render(Locale("en"))
    assert "emigrants_by_education" in nothing.gaps[1].render(Locale("en"))
    head = "year,origin,destination,emigrants_low,emigrants_medium,emigrants_high"
    rows = "2020,KAZ,DEU,1000,2000,3000\n2020,KAZ,ISR,0,500,900\n2020,UZB,DEU,7,7,7"
    folder = write(tmp_path / "own", {"emigrants_by_education.csv": f"{head}\n{rows}"})
    made = section(*read_own(folder, "KAZ"))
    cells = {figure.id: figure for figure in made.exhibits[0].table.figures()}
    people = residents_by_education([2020], countries=["KAZ"]).sum("sex").sel(education="high")
    high = cells["skilled_emigration.rate.high"]
    assert high.value == pytest.approx(100 * 3900 / (3900 + people.item()))
    assert cells["skilled_emigration.emigrants.high"].value == 3900
    write_practice_emigrants(folder / "emigrants_by_education.csv", seed=1)
    practice = section(*read_own(folder, "KAZ"))
    assert practice.findings[0].render(Locale("en")).startswith("PRACTICE DATA")
    assert practice.exhibits[0].title.render(Locale("en")).startswith("PRACTICE DATA")
    assert all(figure.doubt for figure in practice.exhibits[0].table.figures())
