# SPDX-License-Identifier: Apache-2.0
"""Inputs of remittances and of skilled emigration: embedded, from files, and made up."""

from __future__ import annotations

import numpy as np
import pytest

from keruen import load
from keruen.core.errors import CoverageError, FaultsError, FileError, SchemaError
from keruen.measure.braindrain import emigration_rates
from keruen.sources.education_inputs import residents_by_education
from keruen.sources.emigrant_files import SCHEMA, read_emigrants
from keruen.sources.remittance_files import read_corridors, read_stock, read_totals
from keruen.sources.remittance_inputs import (
    STOCKS,
    migrant_stock,
    published_remittances,
    remittance_totals,
    sending_costs,
)
from keruen.sources.synthetic_emigrants import (
    PRACTICE,
    TITLE,
    practice_emigrants,
    write_practice_emigrants,
)
from keruen.sources.templates import write_template


@pytest.mark.parametrize("stocks", STOCKS)
def test_embedded_stocks_are_square_and_nobody_is_lost_unsaid(stocks):
    found = migrant_stock(stocks, year=2017)
    stock = found.stock
    assert list(stock.indexes["origin"]) == list(stock.indexes["destination"])
    assert np.diag(stock.transpose("origin", "destination")).sum() == 0
    table = load(stocks).sel(year=found.year)
    whole = float(table.sum())
    home = sum(float(table.sel(origin=c, destination=c).sum()) for c in ("VUT",))
    assert float(stock.sum()) + found.unknown == pytest.approx(whole - home, rel=1e-12)


def test_the_nearest_moment_the_earlier_of_two():
    assert [migrant_stock(year=year).year for year in (2016, 2018, 2022, 2023)] == [
        2015, 2020, 2020, 2024,
    ]  # fmt: skip


def test_figures_as_published():
    """Read off the publishers' tables: KNOMAD 2021 and 2023, World Bank prices of 2020."""
    totals = remittance_totals(2023)
    assert totals.received.sel(year=2023, country="IND").item() == 125_000
    assert totals.paid.sel(year=2022, country="KAZ").item() == pytest.approx(2_365.89624)
    matrix = published_remittances(2021)
    assert matrix.sel(sender="USA", receiver="MEX").item() == pytest.approx(52_595, abs=1)
    cost, priced = sending_costs(2021)
    assert (priced, round(cost.sel(sender="RUS", receiver="KAZ").item(), 4)) == (2020, 1.3987)


@pytest.mark.parametrize("call", [lambda: remittance_totals(1999), lambda: sending_costs(2010)])
def test_years_beyond_what_is_held(call):
    with pytest.raises(CoverageError) as caught:
        call()
    assert caught.value.id == "YearOutOfRange"


def test_an_unknown_publication():
    with pytest.raises(CoverageError, match=r"un\.stock\.2024"):
        migrant_stock("un.stock.1066", year=2020)


def test_own_files(tmp_path):
    (tmp_path / "stock.csv").write_text(
        "Откуда,Куда,Мигранты\nУзбекистан,Казахстан,300\nKGZ,KAZ,200\n", encoding="utf-8"
    )
    stock = read_stock(tmp_path / "stock.csv")
    assert stock.sel(origin="UZB", destination="KAZ").item() == 300
    assert stock.sel(origin="KAZ").sum().item() == 0
    (tmp_path / "totals.csv").write_text("country,received,income\nUZB,8000,2000\nKGZ,2500,\n")
    with pytest.raises(FaultsError, match="empty"):
        read_totals(tmp_path / "totals.csv")
    (tmp_path / "totals.csv").write_text("country,received,income\nUZB,8000,2000\nKGZ,2500,...\n")
    totals = read_totals(tmp_path / "totals.csv")
    assert set(totals) == {"received", "income"}
    assert totals["income"].isnull().values.tolist() == [False, True]
    (tmp_path / "known.csv").write_text("sender,receiver,remittances\nKAZ,UZB,-1\n")
    with pytest.raises((FaultsError, SchemaError)):
        read_corridors(tmp_path / "known.csv")


def test_residents_are_shares_of_one_source_times_people_of_another():
    people = residents_by_education([2020], countries=["KAZ"])
    wpp = load("wpp2024.population", year=2020, country="KAZ")
    assert people.sum().item() == pytest.approx(wpp.sel(age=slice(25, None)).sum().item())
    wic = load("wic.population", year=2020, country="KAZ").sel(age=slice(25, None), sex="F")
    share = wic.sel(education="post_secondary").sum() / wic.sum()
    women = people.sel(year=2020, country="KAZ", sex="F")
    assert (women.sel(education="high") / women.sum()).item() == pytest.approx(share.item())


def test_residents_of_a_country_without_schooling_are_missing_not_zero():
    people = residents_by_education([2024], countries=["AND", "KAZ"])
    assert people.sel(country="AND").isnull().all()
    assert people.attrs["shares_of"] == (2020,)


def test_practice_data_say_so_in_title_and_every_row_and_come_back(tmp_path):
    counts = set()
    for ending in ("csv", "xlsx", "parquet"):
        path = tmp_path / f"practice.{ending}"
        assert write_practice_emigrants(path, seed=3) == 432
        found = read_emigrants(path)
        assert found.practice
        assert found.sources == (PRACTICE,)
        counts.add(float(found.emigrants.sum()))
    assert len(counts) == 1
    lines = (tmp_path / "practice.csv").read_text("utf-8").splitlines()
    assert lines[0].replace(";", ",") == TITLE
    assert lines[0].startswith("PRACTICE DATA")
    assert all(PRACTICE in line for line in lines[2:])
    again = tmp_path / "again.csv"
    write_practice_emigrants(again, seed=3)
    assert again.read_bytes() == (tmp_path / "practice.csv").read_bytes()
    write_practice_emigrants(again, seed=4)
    assert again.read_bytes() != (tmp_path / "practice.csv").read_bytes()


def test_the_chain_recovers_the_rates_that_were_made_up(tmp_path):
    """Poisson noise of counts over 1,000 is under 10 percent in 3 standard errors."""
    made = practice_emigrants(seed=5)
    write_practice_emigrants(tmp_path / "practice.csv", seed=5)
    emigrants = read_emigrants(tmp_path / "practice.csv").emigrants.sum(["sex", "entry_age"])
    people = residents_by_education([2020], countries=list(made.rate["origin"].to_numpy()))
    found = emigration_rates(emigrants, people.sum("sex", skipna=False))
    rate = found.rate.sel(year=2020).rename(country="origin")
    np.testing.assert_allclose(rate, made.rate.sel(origin=rate["origin"]), rtol=0.1)


def test_bad_practice_settings(tmp_path):
    with pytest.raises(SchemaError):
        write_practice_emigrants(tmp_path / "a.csv", seed=-1)
    with pytest.raises(FileError) as caught:
        write_practice_emigrants(tmp_path / "a.txt", seed=1)
    assert caught.value.id == "UnknownFormat"
    assert not list(tmp_path.iterdir())


def test_two_sources_of_one_cell_are_refused(tmp_path):
    head = "year,origin,destination,emigrants_low,emigrants_medium,emigrants_high,source\n"
    path = tmp_path / "twice.csv"
    path.write_text(f"{head}2020,KAZ,DEU,1,2,3,census\n2020,KAZ,DEU,1,2,3,survey\n")
    with pytest.raises(SchemaError) as caught:
        read_emigrants(path)
    assert caught.value.id == "DuplicateKey"


def test_the_template_asks_for_emigrants(tmp_path):
    import openpyxl

    write_template(SCHEMA, tmp_path / "empty.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "empty.xlsx").worksheets[0]
    heads = [cell.value for cell in sheet[1]]
    assert "Emigrants with high education" in heads
    sheet.append([2020, "Kazakhstan", "Germany", None, None, None, 1, 2, 3])
    sheet.parent.save(tmp_path / "filled.xlsx")
    found = read_emigrants(tmp_path / "filled.xlsx")
    assert found.emigrants.sum().item() == 6
    assert not found.practice
