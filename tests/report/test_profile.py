# SPDX-License-Identifier: Apache-2.0
"""The country profile: figures against the source tables, gaps, and all 237 panels."""

import json
import re
from types import SimpleNamespace

import openpyxl
import pytest

from keruen import load
from keruen.core.codes import countries as known_countries
from keruen.core.errors import CodeError, CoverageError, SchemaError
from keruen.report.build import Desk
from keruen.report.locale import LANGS, Locale
from keruen.report.pages import check_formats
from keruen.report.parts.headline import headlines
from keruen.report.profile import FORMATS, build_profile, write_profile


@pytest.fixture(scope="module")
def kaz():
    return build_profile("KAZ")


@pytest.fixture(scope="module")
def figures(kaz):
    return {figure.id: figure for figure in kaz.figures()}


# Read off the publishers' tables by hand, one by one.
BY_HAND = {
    "headline.population": (20_592_574, "2024"),
    "headline.immigrants": (2_089_797, "2024"),
    "headline.emigrants": (2_796_572, "2024"),
    "headline.net_migration_national": (23_761 - 7_608, "2025"),
    "headline.remittances_received": (440.0, "2023"),
    "headline.remittances_paid": (2_365.896240, "2022"),
    "balance.departures.2008": (45_287, "2008"),
    "balance.departures_change.2008": (100 * 2_852 / 42_435, "2008"),
    "balance.arrivals.1991": (170_787, "1991"),
    "balance_by_group.net_cis.2016": (10_644 - 31_238, "2016"),
    "ranks.immigrants_rank_world.worldbank.stock.1960_2000.1970": (9, "1970"),
    "ranks.emigrants_rank_world.un.stock.2020.2000": (9, "2000"),
    "revisions.immigrants_2020.2020": (3_732_073, "2020"),
    "revisions.immigrants_2024.2020": (1_990_268, "2020"),
    "projected.un_median.2050": (26_651_550, "2050"),
    "regions_work.unemployment.KZ-71": (4.3, "2025"),
    "return_quota.quota_families.2007.oralman": (15_000, "2007"),
}


@pytest.mark.parametrize("name", BY_HAND)
def test_figures_by_hand(figures, name):
    value, period = BY_HAND[name]
    assert figures[name].value == pytest.approx(value, rel=5e-6)
    assert figures[name].period == period


# In 2005 revision 2019 puts the Philippines behind Kazakhstan once the region Micronesia, which
# the copy holds under the code of a country, is taken out.
# Place of Kazakhstan by source and year: immigrants, world, Europe and Central Asia; emigrants.
PLACES = """
worldbank.stock.1960_2000 1960 2164094 11 4 1328332 12 5
worldbank.stock.1960_2000 1970 3119089 9 3 1852300 12 5
worldbank.stock.1960_2000 1980 3315735 10 3 2059075 14 6
worldbank.stock.1960_2000 1990 3595914 10 3 2789086 12 4
worldbank.stock.1960_2000 2000 2835256 11 3 3382358 11 4
un.stock.2019 1990 3192260 13 3 2971639 11 3
un.stock.2019 2005 2885521 15 3 3718750 10 3
un.stock.2019 2019 3434949 16 4 4005636 15 4
un.stock.2020 1990 3619200 13 3 2971634 11 3
un.stock.2020 2000 2874194 12 3 3554484 9 3
un.stock.2020 2005 3103027 15 3 3717649 10 3
un.stock.2020 2020 3732073 15 4 4203899 15 4
un.stock.2024 1990 3289058 13 3 3178221 11 3
un.stock.2024 2005 1845637 22 3 3648310 12 3
un.stock.2024 2020 1990268 33 4 3029566 24 5
un.stock.2024 2024 2089797 37 4 2796572 28 6
worldbank.stock.2017 2017 3716976 16 4 3945105 15 4
"""


@pytest.mark.parametrize("line", PLACES.strip().splitlines())
def test_places_among_receiving_and_supplying_countries(figures, line):
    source, year, *numbers = line.split()
    names = ["immigrants", "immigrants_rank_world", "immigrants_rank_wb_eca_2007"]
    names += [name.replace("immigrants", "emigrants") for name in names]
    found = [figures[f"ranks.{name}.{source}.{year}"].value for name in names]
    assert found == [float(number) for number in numbers]


def test_third_of_the_former_soviet_states_since_1990(figures):
    for source, year in (("un.stock.2024", 1990), ("un.stock.2020", 2020)):
        for side in ("immigrants", "emigrants"):
            assert figures[f"ranks.{side}_rank_former_ussr.{source}.{year}"].value == 3


def test_claims_stand_beside_what_the_data_give(kaz):
    said = " ".join(
        finding.render(Locale("en"))
        for part in kaz.parts
        for section in part.sections
        for finding in section.findings
    )
    assert "over 45 thousand people left … more by 6.6 percent" in said
    assert "45,287 people left, +6.7% against the year before" in said
    assert "the ninth-largest receiving and the seventh-largest supplying country" in said
    assert "No source that the package holds gives both places at once" in said


def test_regions_add_to_the_published_totals(kaz):
    tables = {exhibit.table.id: exhibit.table for exhibit in kaz.exhibits()}
    migration = tables["regions_migration"]
    sums = dict(zip([column.key for column in migration.columns], migration.sums(), strict=True))
    assert sums["population"] == 19_766_807
    assert sums["net"] == 16_550
    assert sums["net_internal"] == 0
    work = tables["regions_work"]
    assert work.sums()[0] == pytest.approx(9_320_639, abs=10)
    assert len(migration.rows) == 20


def test_every_figure_has_unit_period_and_source_and_its_own_id(kaz):
    listed = list(kaz.figures())
    assert len({figure.id for figure in listed}) == len(listed)
    for figure in listed:
        assert figure.unit, figure.id
        assert figure.sources, figure.id
        assert len(set(figure.sources)) == len(figure.sources), figure.id
        assert figure.period or figure.value is None, figure.id


def test_projections_are_never_shown_as_observed(figures):
    assert figures["headline.population"].status == "projection"
    assert figures["pyramid_2050.men.0"].status == "projection"
    assert figures["headline.immigrants"].status == "estimate"
    assert figures["balance.departures.2008"].status == "observed"


def test_doubtful_figures_are_marked(figures):
    assert figures["work.unemployment_national.2019"].doubt is not None
    assert figures["regions_residual.net_2021.KZ-75"].doubt is not None


@pytest.mark.parametrize("lang", LANGS)
def test_files_of_every_language(kaz, tmp_path, lang):
    locale = Locale(lang)
    paths = write_profile(kaz, locale, tmp_path / lang)
    assert {path.suffix for path in paths} == {".html", ".xlsx", ".json", ".csv"}
    page = (tmp_path / lang / "profile.html").read_text("utf-8")
    assert kaz.title.render(locale) in page
    assert not re.search(r'(?:src|href)="https?:', page)
    assert "<script" not in page
    assert page.count("<svg") >= 12
    stored = json.loads((tmp_path / lang / "profile.json").read_text("utf-8"))
    assert len(stored["figures"]) == len(list(kaz.figures()))
    book = openpyxl.load_workbook(tmp_path / lang / "profile.xlsx", read_only=True)
    assert len(book.sheetnames) == 6 + len(list(kaz.exhibits()))


def test_an_earlier_year_shows_nothing_later():
    report = build_profile("KAZ", year=2005)
    dated = [f for f in report.figures() if re.fullmatch(r"\d{4}", f.period)]
    late = {f.id.split(".")[0] for f in dated if int(f.period) > 2005 and f.value is not None}
    ahead = {"projected", "contribution", "dependency", "working_age"}
    ahead |= {"pyramid_2050", "pyramid_2100", "regions_population", "regions_working_age"}
    ahead |= {"attainment_ahead", "post_secondary_ahead", "towns_ahead"}
    ahead |= {f"labour_{what}" for what in ("force", "gap", "sectors", "regions", "ratios")}
    assert late <= ahead  # these look ahead on purpose
    panel = {item.figure.id: item.figure for item in report.headlines}
    assert panel["headline.immigrants"].value == 1_845_637


def test_panels_of_all_countries_and_areas():
    countries = list(known_countries())
    assert len(countries) == 237
    gaps = {}
    for code in countries:
        panel = headlines(Desk(code))
        assert len(panel) in (12, 13)
        gaps[code] = {item.figure.id for item in panel if item.figure.value is None}
    assert "headline.population" in gaps["BES"]  # no source gives Bonaire by age
    assert "headline.net_migration_un" in gaps["VAT"]
    assert gaps["KAZ"] == gaps["DEU"] == set()


@pytest.mark.parametrize("code", ["BES", "VAT", "DEU", "NIU", "XKX"])
def test_other_countries_have_a_whole_profile_with_gaps_as_gaps(code, tmp_path):
    report = build_profile(code)
    paths = write_profile(report, Locale("ru"), tmp_path / code)
    assert (tmp_path / code / "profile.html") in paths
    for item in report.headlines:
        if item.figure.value is None:
            assert item.figure.status == "missing"


def test_a_wrong_country_a_wrong_year_a_wrong_format():
    with pytest.raises(CodeError, match="KAZ"):
        build_profile("KAX")
    with pytest.raises(CoverageError) as fault:
        build_profile("KAZ", year=1850)
    assert fault.value.id == "YearOutOfRange"
    with pytest.raises(SchemaError, match="odt"):
        check_formats("html,odt", known=FORMATS)
    with pytest.raises(SchemaError):
        check_formats(" , ", known=FORMATS)


def test_an_interrupted_run_leaves_nothing(kaz, tmp_path):
    def stop(share, what):
        if what == "profile.xlsx":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_profile(kaz, Locale("en"), tmp_path / "out", step=stop)
    assert list(tmp_path.iterdir()) == []


def test_the_desk_reads_one_country(monkeypatch):
    asked = []

    def spy(name, **select):
        asked.append(SimpleNamespace(name=name, select=select))
        return load(name, **select)

    monkeypatch.setattr("keruen.load", spy, raising=False)
    Desk("KAZ").own("wpp2024.indicators.births")
    assert asked[0].select == {"country": "KAZ"}


@pytest.mark.parametrize(
    ("code", "year"), [("KAZ", 1990), ("IND", 1991), ("BES", 1995), ("DEU", 2010), ("NIU", 1990)]
)
def test_every_drawing_of_an_earlier_year(code, year, tmp_path):
    report = build_profile(code, year=year)
    write_profile(report, Locale("kk"), tmp_path / code, formats=("html",))
    assert (tmp_path / code / "profile.html").stat().st_size > 10_000


def test_a_folder_holds_one_profile_and_keeps_what_is_not_ours(kaz, tmp_path):
    write_profile(kaz, Locale("en"), tmp_path, formats=("json", "csv"))
    (tmp_path / "mine.txt").write_text("keep")
    (tmp_path / "tables" / "mine.csv").write_text("keep")
    write_profile(build_profile("DEU"), Locale("en"), tmp_path, formats=("csv",))
    left = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.*")}
    assert {"mine.txt", "tables/mine.csv", "tables/pyramid.csv", "manifest.json"} <= left
    assert not {"profile.json", "tables/return_quota.csv", "tables/regions_work.csv"} & left


def test_headlines_say_what_their_tables_say(figures):
    pairs = {
        "remittances_received": "remittances.received.2023",
        "refugees_here": "protection.refugees_here.2025",
    }
    for headline, cell in pairs.items():
        first, second = figures[f"headline.{headline}"], figures[cell]
        assert (first.value, first.status) == (second.value, second.status)
        assert (first.doubt is None) == (second.doubt is None)


def test_the_largest_origins_and_the_rest_are_all_immigrants(kaz, figures):
    tables = {exhibit.table.id: exhibit.table for exhibit in kaz.exhibits()}
    total = tables["immigrants_by_origin"].sums()[0]
    assert total == figures["headline.immigrants"].value
    assert "OTH" not in {row.key for row in tables["immigrants_by_origin"].rows}


def test_both_places_stand_beside_their_source(kaz):
    ranks = next(s for part in kaz.parts for s in part.sections if s.id == "ranks")
    said = ranks.findings[-1].render(Locale("en"))
    assert "9 and 12 (World Bank, 1970)" in said
    assert "12 and 9 (UN 2020, 2000)" in said


def test_flows_of_both_closed_accounts_have_one_net(figures):
    nets = [figures[f"flows_by_method.net.{name}"].value for name in ("closed", "pseudo_bayes")]
    assert nets[0] == pytest.approx(nets[1], abs=1.0)
    last = {key: figures[f"flows.{key}.2020"].value for key in ("in", "out", "net")}
    assert last["net"] == pytest.approx(last["in"] - last["out"])
    assert nets[1] == pytest.approx(last["net"], abs=1e-6)
    for year in (1990, 2005, 2020):
        kinds = figures[f"flows.in_return.{year}"].value + figures[f"flows.in_transit.{year}"].value
        assert 0 < kinds < figures[f"flows.in.{year}"].value
