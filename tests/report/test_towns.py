# SPDX-License-Identifier: Apache-2.0
"""Towns and protection in the profile, the map of places, runs on towns as folders, commands."""

from __future__ import annotations

import json
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from keruen.cli import app
from keruen.core.errors import CodeError, CoverageError, FileError, SchemaError
from keruen.report._geography import load_geography
from keruen.report.build import Desk
from keruen.report.locale import LANGS, Locale
from keruen.report.parts import protection, towns
from keruen.report.place_maps import place_map
from keruen.report.towns_release import write_grid, write_towns
from keruen.report.towns_run import run_grid, run_towns
from keruen.report.urban_accounts import urban_account
from svg_checks import SVG, parse, texts


@pytest.fixture(scope="module")
def kaz():
    return towns.section(Desk("KAZ"))


@pytest.fixture(scope="module")
def figures(kaz):
    return {one.id: one for exhibit in kaz.exhibits for one in exhibit.table.figures()}


# Read off the Bureau's tables by hand: people by residence, 1 January; districts of 2023.
BY_HAND = {
    "towns_share.urban.2007": 8_833_249,
    "towns_share.urban.2008": 8_265_935,
    "towns_share.share.2023": 100 * 12_209_302 / 19_766_807,
    "towns_growth.growth.2007–2008": 8_265_935 - 8_833_249,
    "towns_growth.growth.2022–2023": 12_209_302 - 11_991_238,
    "towns_places.people.KZ-75": 2_161_695,
    "towns_places.people.351000000": 515_819,
    "towns_cities.people_2018.21679": 1_068_113,
    "towns_concentration.primacy.2018": 1_829_005 / 1_068_113,
}


@pytest.mark.parametrize("name", BY_HAND)
def test_figures_by_hand(figures, name):
    assert figures[name].value == pytest.approx(BY_HAND[name], rel=1e-6)


def test_parts_of_growth_add_up_in_every_row(kaz):
    for exhibit in kaz.exhibits:
        if exhibit.table.id in ("towns_growth", "towns_regions"):
            keys = [column.key for column in exhibit.table.columns]
            for row in exhibit.table.rows:
                cell = dict(zip(keys, row.cells, strict=True))
                parts = cell["natural"].value + cell["residual"].value
                assert parts == pytest.approx(cell["growth"].value, abs=1e-6)


def test_periods_cover_all_years_once(kaz):
    (growth,) = (x.table for x in kaz.exhibits if x.table.id == "towns_growth")
    spans = [tuple(map(int, row.key.split("–"))) for row in growth.rows]
    assert spans[0][0] == 2000
    assert spans[-1][1] == 2023
    assert all(a[1] == b[0] for a, b in pairwise(spans))
    assert growth.sums()[0] == 12_209_302 - 8_397_566


def test_years_that_break_are_doubtful_and_say_why(figures):
    doubtful = {i for i, one in figures.items() if one.doubt and i.startswith("towns_share.share.")}
    assert doubtful == {f"towns_share.share.{year}" for year in (2008, 2009, 2015, 2022)}
    census = figures["towns_growth.residual.2021–2022"]
    assert census.status == "estimate"
    assert "census of 2021" in census.doubt.render(Locale("en"))
    step = figures["towns_growth.residual.2007–2008"].doubt.render(Locale("en"))
    assert "7.5%" in step
    assert figures["towns_growth.growth.2009–2014"].doubt is None


def test_regions_are_those_of_the_start_and_add_to_the_country(kaz):
    (table,) = (x.table for x in kaz.exhibits if x.table.id == "towns_regions")
    codes = [row.key for row in table.rows]
    assert "KZ-YUZ" in codes
    assert not {"KZ-61", "KZ-79", "KZ-10"} & set(codes)
    assert len(codes) == 16
    assert dict(zip([c.key for c in table.columns], table.sums(), strict=True))["growth"] == (
        11_151_376 - 8_662_919
    )


def test_an_all_urban_city_has_no_transfers(figures):
    for code in ("KZ-71", "KZ-75"):
        assert figures[f"towns_regions.steps.{code}"].value == 0
        assert figures[f"towns_regions.share_end.{code}"].value == 100


def test_breaks_of_regions(figures):
    account = urban_account(Desk("KAZ"))
    assert {one.year for one in account.breaks if one.region == "KZ-15"} == {2007, 2008, 2016, 2021}
    assert {one.year for one in account.breaks if one.region == "KZ-19"} >= {2014, 2021}
    assert "boundaries" in figures["towns_regions.growth.KZ-19"].doubt.render(Locale("en"))


@pytest.mark.parametrize("lang", LANGS)
def test_the_section_is_drawn_in_every_language(kaz, lang):
    locale = Locale(lang)
    for exhibit in kaz.exhibits:
        if exhibit.draw:
            assert parse(exhibit.draw(locale)) is not None
    assert all(finding.render(locale) for finding in kaz.findings)


@pytest.mark.parametrize("code", ["DEU", "USA", "RUS", "SGP", "NRU", "VAT", "FJI", "TUV", "ESH"])
def test_other_countries_have_what_the_united_nations_give(code):
    section = towns.section(Desk(code))
    for exhibit in section.exhibits:
        for figure in exhibit.table.figures():
            assert figure.status in ("estimate", "missing")
        if exhibit.draw:
            parse(exhibit.draw(Locale("en")))
    if code in ("NRU", "VAT", "TUV"):
        assert "no city" in section.gaps[0].render(Locale("en"))


def test_indices_that_are_not_shown_are_not_explained(kaz):
    def told(section):
        shown = {exhibit.table.id: exhibit.notes for exhibit in section.exhibits}
        return [note.render(Locale("en")).split()[0] for note in shown["towns_concentration"]]

    assert told(towns.section(Desk("DEU"))) == ["The"]
    assert told(kaz) == ["The", "Hoover"]


def test_a_country_without_figures_says_so():
    for code in ("JEY", "TKL"):  # not held; no towns, and rural people not given
        section = towns.section(Desk(code))
        assert section.exhibits == ()
        assert "No source" in section.gaps[0].render(Locale("en"))


def test_an_earlier_year_hides_what_came_after():
    section = towns.section(Desk("KAZ", 2010))
    (share,) = (x.table for x in section.exhibits if x.table.id == "towns_share")
    assert max(int(row.key) for row in share.rows) == 2010
    for exhibit in section.exhibits:
        for figure in exhibit.table.figures():
            years = [int(part) for part in figure.period.split("–")]
            assert figure.value is None or max(years) <= 2011, figure.id


# --- protection ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def asylum():
    section = protection.section(Desk("KAZ"))
    return {one.id: one for exhibit in section.exhibits for one in exhibit.table.figures()}


# Added up by hand over levels and origins from UNHCR's table.
def test_decisions_by_hand(asylum):
    assert asylum["asylum_decisions.decided.2023"].value == 78 + 273 + 22 + 15
    rate = asylum["asylum_decisions.rate.2025"]
    assert rate.value == pytest.approx(100 * 67 / (67 + 103 + 5 + 60))
    assert rate.lower < rate.value < rate.upper
    assert rate.level == 95
    closed = asylum["asylum_decisions.closed.2023"].value
    assert closed == pytest.approx(100 * (542 + 16 + 40) / (893 + 38 + 55))


def test_a_year_counted_in_cases_is_doubtful(asylum):
    doubtful = {i for i, one in asylum.items() if one.doubt and i.startswith("asylum_decisions")}
    assert doubtful == {
        f"asylum_decisions.{k}.2018" for k in ("decided", "rate", "convention", "closed")
    }


def test_flows_and_solutions_by_hand(asylum):
    returned = asylum["refugee_solutions.returned_from.2014"]
    assert returned.value == 2_312 + 12
    assert "More than" in returned.doubt.render(Locale("en"))  # 580 refugees the year before
    assert asylum["refugee_solutions.returned_from.2001"].doubt is None
    assert asylum["refugee_arrivals.exits_least.2025"].value == 61_456
    assert asylum["refugee_arrivals.exits_least.2025"].status == "estimate"
    change = 65_833 - 42_685
    gain = asylum["refugee_arrivals.arrivals_least.2024"].value
    loss = asylum["refugee_arrivals.exits_least.2024"].value
    assert gain - loss == change


def test_five_years_running(asylum):
    assert asylum["refugees_lasting.lasting.2024"].value < 300  # those of Ukraine came in 2023
    assert asylum["refugees_lasting.protracted.2024"].value == 0
    pakistan = protection.section(Desk("PAK"))
    held = {one.id: one for x in pakistan.exhibits for one in x.table.figures()}
    assert held["refugees_lasting.protracted.2020"].value > 1e6


@pytest.mark.parametrize("code", ["DEU", "NRU", "VAT", "TKM"])
def test_protection_of_other_countries(code):
    section = protection.section(Desk(code))
    for exhibit in section.exhibits:
        if exhibit.draw:
            parse(exhibit.draw(Locale("ru")))


# --- map of places -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("geography", "metres"),
    # pyproj 3.7 on the projections that the files name, Almaty and Buenos Aires
    [
        ("KAZ-2024", [(802359.707, -478180.213)]),
        ("world", [(5483274.852, 5278337.370), (-6083342.216, -4305933.555)]),
    ],
)
def test_places_stand_where_the_projection_puts_them(geography, metres):
    ground = load_geography(geography)
    left, top, scale = ground.frame
    lon, lat = ([76.91, -58.4][: len(metres)], [43.247, -34.6][: len(metres)])
    for (x, y), (east, north) in zip(ground.places(lon, lat), metres, strict=True):
        assert x / scale + left == pytest.approx(east, abs=0.01)
        assert top - y / scale == pytest.approx(north, abs=0.01)


def test_cities_stand_within_their_regions():
    """Almaty, Astana, Shymkent: within half a percent of the map of their outlines."""
    ground = load_geography("KAZ-2024")
    found = ground.places([76.91, 71.45, 69.60], [43.24, 51.16, 42.34])
    for code, place in zip(("KZ-75", "KZ-71", "KZ-79"), found, strict=True):
        assert np.hypot(*np.subtract(place, ground.areas[code].anchor)) < 0.005 * ground.width


def places(**columns) -> pd.DataFrame:
    return pd.DataFrame({"lon": [76.9, 71.4], "lat": [43.2, 51.2], "people": [400.0, 100.0],
                         "name": ["A", "B"]} | columns)  # fmt: skip


def test_circles_have_the_area_of_their_people():
    drawn = parse(place_map(places(), title="T", unit="U"))
    radius = {
        c.find(f"{SVG}title").text: float(c.get("r"))
        for c in drawn.iter(f"{SVG}circle")
        if c.find(f"{SVG}title") is not None
    }
    assert radius["A: 400"] / radius["B: 100"] == pytest.approx(2, rel=0.02)
    assert {"A", "B"} <= set(texts(drawn))


def test_place_map_bad_input():
    with pytest.raises(SchemaError, match="'people'"):
        place_map(places().drop(columns="people"), title="T", unit="U")
    with pytest.raises(SchemaError, match="B") as caught:
        place_map(places(people=[1, -1]), title="T", unit="U")
    assert caught.value.id == "NegativeInput"
    with pytest.raises(CoverageError) as caught:
        place_map(places().iloc[:0], title="T", unit="U")
    assert caught.value.id == "Empty"
    with pytest.raises(CodeError):
        place_map(places(), title="T", unit="U", geography="world", focus="XYZ")


# --- runs and commands ---------------------------------------------------------------------------


def test_towns_as_a_folder(tmp_path):
    paths = {path.name for path in write_towns(run_towns("KAZ"), tmp_path / "towns")}
    assert {"people.csv", "growth.parquet", "breaks.csv", "regions.csv", "towns.svg"} <= paths
    book = pd.read_excel(tmp_path / "towns/towns.xlsx", sheet_name=None, engine="openpyxl")
    assert {"people", "growth", "periods", "breaks", "regions", "cities"} <= set(book)
    growth = pd.read_csv(tmp_path / "towns/growth.csv")
    people = pd.read_csv(tmp_path / "towns/people.csv").query("residence == 'urban'")
    total = growth.groupby("year")["people"].sum()
    change = people.set_index("year")["people"].diff().shift(-1).dropna()
    np.testing.assert_allclose(total, change, atol=1e-3)
    breaks = pd.read_csv(tmp_path / "towns/breaks.csv")
    assert breaks[breaks["region"].isna()]["year"].tolist() == [2007, 2008, 2014, 2021]
    again = tmp_path / "again"
    write_towns(run_towns("KAZ"), again)
    for name in paths - {"manifest.json"}:
        assert (again / name).read_bytes() == (tmp_path / "towns" / name).read_bytes()


def test_grid_as_a_folder(tmp_path):
    cells = np.zeros((40, 30))
    cells[5:8, 5:8] = 8000
    rows, columns = np.nonzero(cells + 1)
    table = pd.DataFrame(
        {"x": columns * 1000 + 500, "y": 40_000 - rows * 1000, "population": cells.ravel(),
         "unit": np.where(columns < 15, "west", "east")}
    )  # fmt: skip
    table.to_csv(tmp_path / "cells.csv", index=False)
    run = run_grid(tmp_path / "cells.csv")
    write_grid(run, tmp_path / "out")
    level = np.load(tmp_path / "out/level2.npy")
    assert (level[5:8, 5:8] == 30).all()
    assert pd.read_csv(tmp_path / "out/classes.csv")["people"].sum() == 72_000
    assert pd.read_csv(tmp_path / "out/centres.csv")[["y", "x"]].to_numpy().tolist() == [
        [34_000.0, 6_500.0]
    ]
    units = pd.read_csv(tmp_path / "out/units.csv").set_index("unit")
    assert units.loc["west", "name"] == "city"
    assert np.isnan(units.loc["east", "class"])
    manifest = json.loads((tmp_path / "out/manifest.json").read_text("utf-8"))
    assert manifest["inputs"][0]["cell_km"] == 1.0
    assert "data:image/png;base64" in (tmp_path / "out/grid.svg").read_text("utf-8")


def test_runs_refuse_what_they_cannot_do(tmp_path):
    with pytest.raises(CoverageError, match="JEY"):
        run_towns("JEY")
    with pytest.raises(CodeError):
        run_towns("Atlantis")
    with pytest.raises(FileError):
        run_grid(tmp_path / "none.csv")


def test_commands(tmp_path):
    runner = CliRunner()
    done = runner.invoke(app, ["measure", "urban", "DEU", "--out", str(tmp_path / "deu")])
    assert done.exit_code == 0, done.output
    assert (tmp_path / "deu/cities.csv").is_file()
    np.save(tmp_path / "grid.npy", np.full((6, 6), 2000.0))
    done = runner.invoke(
        app, ["measure", "urban-grid", str(tmp_path / "grid.npy"), "--out", str(tmp_path / "g")]
    )
    assert done.exit_code == 0, done.output
    assert (tmp_path / "g/grid.svg").is_file()
    np.save(tmp_path / "bad.npy", np.full((6, 6), -1.0))
    done = runner.invoke(
        app, ["measure", "urban-grid", str(tmp_path / "bad.npy"), "--out", str(tmp_path / "h")]
    )
    assert done.exit_code != 0
    assert not (tmp_path / "h").exists()
