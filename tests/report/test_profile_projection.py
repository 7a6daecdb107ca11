# SPDX-License-Identifier: Apache-2.0
"""The projection in a profile: against the engine, by hand, in every country and language."""

import math
import re

import numpy as np
import pandas as pd
import pytest

from keruen.core.errors import SchemaError
from keruen.report.build import Desk
from keruen.report.locale import LANGS, Locale, rounded
from keruen.report.outlook import BASE, outlook
from keruen.report.panels import panel_chart
from keruen.report.parts import ageing, contribution, population, projection, regions_ahead
from keruen.report.projection_run import run_projection
from svg_checks import parse, texts

PARTS = (projection, contribution, ageing, regions_ahead)
LEVELS = ("lower_95", "lower_80", "upper_80", "upper_95")


def sections(country):
    return {part: part.section(Desk(country)) for part in PARTS}


@pytest.fixture(scope="module")
def kaz():
    return sections("KAZ")


@pytest.fixture(scope="module")
def figures(kaz):
    return {
        figure.id: figure
        for section in kaz.values()
        for exhibit in section.exhibits
        for figure in exhibit.table.figures()
    }


@pytest.fixture(scope="module")
def run():
    return run_projection("KAZ", trajectories=1000, seed=1)


def test_the_total_is_the_one_of_the_command_path_by_path(figures, run):
    people = run.projection.population.sel(country="KAZ", year=2051).sum().item()
    assert figures["projected.population.2050"].value == pytest.approx(people, rel=1e-12)
    paths = np.sort(run.paths.total.sel(country="KAZ", year=2051).to_numpy())
    # Quantile 0.9 of 1,000 paths lies between the 900th and the 901st, at a tenth of the way.
    upper = paths[899] + 0.1 * (paths[900] - paths[899])
    assert figures["projected.population_upper_80.2050"].value == pytest.approx(upper, rel=1e-12)


def test_the_published_interval_stands_beside(figures):
    assert figures["projected.un_median.2050"].value == pytest.approx(26_651_550, rel=5e-6)
    assert figures["projected.un_lower_95.2050"].value < 17e6
    assert figures["projected.un_upper_95.2050"].value > 40e6


def test_dependency_ratio_by_hand(figures, run):
    # Ages of the engine's own medium variant at the end of 2050, added up without the library.
    ages = run.projection.population.sel(country="KAZ", year=2051).sum("sex").to_numpy()
    able = math.fsum(ages[15:65])
    young, old = math.fsum(ages[:15]) / able, math.fsum(ages[65:]) / able
    assert figures["dependency.young.2050"].value == pytest.approx(100 * young, rel=1e-12)
    assert figures["dependency.old.2050"].value == pytest.approx(100 * old, rel=1e-12)
    assert figures["dependency.total.2050"].value == pytest.approx(100 * (young + old), rel=1e-12)
    assert figures["working_age.from_15.2050"].value == pytest.approx(able, rel=1e-12)
    assert figures["working_age.from_20.2050"].value == pytest.approx(
        math.fsum(ages[20:65]), rel=1e-12
    )


def test_bounds_of_the_ratio_are_those_of_the_ratios_of_paths(figures):
    broad = outlook("KAZ").broad.sel(year=2050)
    young, teens, able, old = (broad.sel(age=age).to_numpy() for age in (0, 15, 20, 65))
    ratios = 100 * (young + old) / (teens + able)
    for name, level in zip(LEVELS, (0.025, 0.1, 0.9, 0.975), strict=True):
        figure = figures[f"dependency.total_{name}.2050"]
        assert figure.value == pytest.approx(np.quantile(ratios, level), rel=1e-12)


def test_medium_is_zero_migration_and_migrants_and_their_children(figures):
    without = run_projection("KAZ", scenario="zero_migration").projection.population
    for year in (2025, 2050, 2100):
        one = {key: figures[f"contribution.{key}.{year}"].value
               for key in ("medium", "zero", "migrants", "descendants", "total")}  # fmt: skip
        assert one["zero"] == pytest.approx(without.sel(year=year + 1).sum().item(), rel=1e-12)
        assert one["medium"] == pytest.approx(
            one["zero"] + one["migrants"] + one["descendants"], abs=1e-6
        )
        assert one["total"] == pytest.approx(one["migrants"] + one["descendants"], abs=1e-6)


def test_migrants_of_the_first_years_are_the_net_migrants(run):
    # Nobody who came in 2024 has died or had a child at its end: migrants join at the end.
    moved = run.projection.migration.sel(country="KAZ", year=2024).sum().item()
    parts = outlook("KAZ").contribution
    assert parts.migrants.sel(year=2024).sum().item() == pytest.approx(moved, abs=1e-6)
    assert parts.descendants.sel(year=2024).sum().item() == pytest.approx(0.0, abs=1e-6)


def test_pyramids_hold_every_group_within_its_bounds(kaz):
    for year in (2050, 2100):
        table = next(e.table for e in kaz[projection].exhibits if e.table.id == f"pyramid_{year}")
        assert len(table.rows) == 21
        for row in table.rows:
            for place in (0, 5):
                medium, *bounds = (cell.value for cell in row.cells[place : place + 5])
                assert bounds == sorted(bounds)
                assert bounds[0] <= medium <= bounds[-1]
        total = sum(row.cells[0].value + row.cells[5].value for row in table.rows)
        whole = outlook("KAZ").people.sel(year=year).sum().item()
        assert total == pytest.approx(whole, rel=1e-12)


def test_regions_add_to_the_nation(kaz, figures):
    population, working = (exhibit.table for exhibit in kaz[regions_ahead].exhibits)
    nation = outlook("KAZ")
    for table, whole in (
        (population, nation.total()[0]),
        (working, nation.working((15, 64))[0]),
    ):
        assert len(table.rows) == 20
        sums = dict(zip((c.key for c in table.columns), table.sums(), strict=True))
        for year in (BASE, 2030, 2040, 2050):
            assert sums[f"medium_{year}"] == pytest.approx(whole.sel(year=year).item(), abs=1e-5)
        assert sums["medium_2050_upper_80"] is None  # bounds do not add up
    for code in ("KZ-71", "KZ-59"):
        lower, *middle, upper = (
            figures[f"regions_population.medium_2050{end}.{code}"].value
            for end in ("_lower_95", "", "_upper_95")
        )
        assert lower < middle[0] < upper


def test_everything_ahead_is_marked_and_names_unit_source_and_record(kaz, figures):
    for figure in figures.values():
        assert figure.unit, figure.id
        assert figure.sources, figure.id
        year = int(figure.period)
        assert figure.status == ("estimate" if year <= BASE else "projection"), figure.id
    interval = figures["projected.population.2050"]
    assert interval.level == 95
    assert interval.lower < interval.value < interval.upper
    for section in kaz.values():
        for exhibit in section.exhibits:
            last = exhibit.notes[-1].render(Locale("en"))
            assert last.startswith("Track record")
            assert "not evaluated" in last


def test_titles_state_findings():
    said = {
        exhibit.table.id: exhibit.title.render(Locale("en"))
        for part, country in ((projection, "DEU"), (contribution, "DEU"), (contribution, "NIU"))
        for exhibit in part.section(Desk(country)).exhibits
        if not (country == "DEU" and part is contribution)
    }
    assert said["projected"].startswith("Germany: the population falls from 84.7 million in 2023")
    assert re.search(r"65 and over make up 3\d\.\d% in 2050 \(80 %: 2", said["pyramid_2050"])
    assert said["contribution"] == (
        "Niue: no migration is expected, so it adds nobody by 2100"
    )  # the table of net migrants holds zeros


@pytest.mark.parametrize("lang", LANGS)
def test_pictures_of_every_language_are_drawings(kaz, lang):
    for section in kaz.values():
        for exhibit in section.exhibits:
            words = texts(parse(exhibit.draw(Locale(lang))))
            assert words, exhibit.table.id
            assert not [word for word in words if "nan" in word or "{" in word]


@pytest.mark.parametrize("country", ["NIU", "MCO"])
def test_small_and_odd_countries_do_not_fail(country):
    built = sections(country)
    assert [len(built[part].exhibits) for part in (projection, contribution, ageing)] == [3, 1, 2]
    for section in built.values():
        for exhibit in section.exhibits:
            assert exhibit.draw(Locale("en")).startswith("<svg")
    assert built[regions_ahead].gaps  # only Kazakhstan's regions are held
    assert not built[regions_ahead].exhibits


@pytest.mark.parametrize("country", ["VAT", "BES"])
def test_a_country_without_components_is_a_gap(country):
    built = sections(country)
    assert built[projection].gaps
    assert not built[projection].exhibits
    assert built[contribution] is None
    assert built[ageing] is None


def test_the_pyramid_of_now_keeps_to_the_year_asked():
    for year in (2005, 2024):
        first = population.section(Desk("KAZ", year)).exhibits[0]
        assert {figure.period for figure in first.table.figures()} == {str(year)}
        assert first.title.render(Locale("en")).startswith(f"In {year} ")


def test_large_numbers_are_said_in_short():
    english = Locale("en")
    said = [rounded(number).render(english) for number in (1.4e9, 2_213_000, 123_456, 1896)]
    assert said == ["1.40 billion", "2.2 million", "123 thousand", "1,896"]


def test_panels_share_an_axis_of_ratios():
    frame = pd.DataFrame(
        {"place": ["A", "A", "B", "B"], "year": [2023, 2050] * 2, "index": [100.0, 200, 100, 50]}
    )
    options = {"panel": "place", "x": "year", "y": "index", "bands": {}, "reference": 100.0}
    drawing = panel_chart(frame, title="One doubles, one halves", unit="index", **options)
    paths = re.findall(r'd="M([-\d.]+),([-\d.]+)l([-\d.]+),([-\d.]+)"', drawing)
    rise, fall = (float(path[3]) for path in paths)
    assert rise == pytest.approx(-fall, abs=0.2)  # doubling and halving take the same room
    assert [
        word for word in ("A", "B", "50", "100", "200") if word not in texts(parse(drawing))
    ] == []
    with pytest.raises(SchemaError, match="zero or less"):
        panel_chart(frame.assign(index=0.0), title="None", unit="index", **options)
