# SPDX-License-Identifier: Apache-2.0
"""A user's list of apprehensions, from the file to the folder; the part of the profile."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.irregular_cases import REFERENCE

from keruen import load
from keruen.core.errors import CodeError, CoverageError, FaultsError, SchemaError
from keruen.report.build import Desk
from keruen.report.interval_chart import interval_chart
from keruen.report.irregular_context import context_table, deaths, detections
from keruen.report.irregular_release import write_irregular
from keruen.report.irregular_run import run_irregular
from keruen.report.locale import Locale
from keruen.report.parts import irregular


@pytest.fixture(scope="module")
def dutch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Dutch list as an analyst may keep it: Russian headings, nationality as a group."""
    table = pd.read_csv(REFERENCE / "irregular_netherlands_1995.csv")
    table = table.groupby(["sex", "nationality", "captures"], as_index=False)["persons"].sum()
    table.columns = ["Пол", "Группа", "Число задержаний", "Число лиц"]
    file = tmp_path_factory.mktemp("caught") / "caught.xlsx"
    table.to_excel(file, index=False)
    return file


class TestRun:
    def test_from_the_file_to_the_folder(self, dutch, tmp_path):
        run = run_irregular(
            dutch, moment="1995", by=["sex", "group"], strata=["sex"], country="KAZ"
        )
        paths = write_irregular(run, tmp_path / "out")
        names = [path.name for path in paths]
        assert names == [
            "coefficients.csv", "coefficients.parquet", "context.csv", "context.parquet",
            "estimates.csv", "estimates.parquet", "frequencies.csv", "frequencies.parquet",
            "irregular.svg", "irregular.xlsx", "refused.csv", "refused.parquet", "strata.csv",
            "strata.parquet", "manifest.json",
        ]  # fmt: skip
        estimates = pd.read_csv(tmp_path / "out" / "estimates.csv").set_index("method")
        assert estimates.loc["poisson", "value"] == pytest.approx(
            run.comparison.found["poisson"].estimate.value.item()
        )
        refused = pd.read_csv(tmp_path / "out" / "refused.csv").set_index("method")["reason"]
        assert refused["negative_binomial"].startswith("Unidentified")
        book = pd.read_excel(
            tmp_path / "out" / "irregular.xlsx", sheet_name=None, engine="openpyxl"
        )
        assert {"estimates", "strata", "context"} <= set(book)
        manifest = json.loads((tmp_path / "out" / "manifest.json").read_text("utf-8"))
        assert manifest["observed"] == 1880
        assert manifest["options"]["by"] == ["sex", "group"]
        assert "pairs do not overlap" in manifest["statement"]
        assert manifest["inputs"][1] == {"name": "frontex.detections"}

    def test_strata_add_up(self, dutch):
        run = run_irregular(dutch, moment="1995", by=["sex"], strata=["sex"], models=["poisson"])
        whole = run.comparison.found["poisson"].estimate.value.item()
        assert run.strata["value"].sum() == pytest.approx(whole)
        assert run.context.empty
        assert "Only poisson has an estimate" in run.statement()

    def test_the_same_run_gives_the_same_files(self, dutch, tmp_path):
        digests = []
        for name in ("a", "b"):
            run = run_irregular(dutch, moment="1995", models=["poisson", "chao"], draws=100)
            write_irregular(run, tmp_path / name)
            digests.append(json.loads((tmp_path / name / "manifest.json").read_text("utf-8")))
        assert digests[0] == digests[1]

    def test_an_open_upper_limit_is_drawn_as_an_arrow(self, dutch, tmp_path):
        run = run_irregular(
            dutch, moment="1995", by=["group"], models=["poisson", "chao"], draws=200
        )
        write_irregular(run, tmp_path / "out")
        drawing = (tmp_path / "out" / "irregular.svg").read_text("utf-8")
        assert drawing.count("<circle") == 2
        assert drawing.count("l9,5l-9,5z") == 2


class TestBadInput:
    @staticmethod
    def write(folder: Path, *rows: str) -> Path:
        file = folder / "caught.csv"
        file.write_text("sex,captures,persons\n" + "\n".join(rows), encoding="utf-8")
        return file

    def test_captures(self, tmp_path):
        file = self.write(tmp_path, "F,0,10", "F,1,5", "M,twice,3")
        with pytest.raises(SchemaError) as fault:
            run_irregular(file, moment="2024")
        assert fault.value.id == "BadCaptures"
        assert "0, twice" in str(fault.value)

    def test_faults_of_the_file_come_together(self, tmp_path):
        file = self.write(tmp_path, "F,1,-10", "woman,1,5", "F,1,5")
        with pytest.raises(FaultsError) as fault:
            run_irregular(file, moment="2024")
        assert len(fault.value.faults) >= 2

    def test_options_together(self, dutch):
        with pytest.raises(FaultsError) as fault:
            run_irregular(dutch, moment="1995", by=["region"], models=["normal"])
        assert {one.id for one in fault.value.faults} == {"MissingColumn", "UnknownModel"}
        assert "sex, group" in str(fault.value)

    def test_country(self, dutch):
        with pytest.raises(CodeError):
            run_irregular(dutch, moment="1995", country="KZX")

    def test_nobody_caught_again(self, tmp_path):
        file = self.write(tmp_path, "F,1,10", "M,1,5")
        run = run_irregular(file, moment="2024")
        assert [*run.comparison.found] == ["chao_corrected"]
        assert "nobody was caught twice" in " ".join(run.notes())


class TestContext:
    def test_detections_are_those_of_the_source(self):
        seen = detections(Desk("SYR"))
        whole = load("frontex.detections", citizenship="SYR")
        assert seen.sum() == whole.sum()
        # Frontex published 1.82 million crossings of all citizenships in 2015
        assert round(load("frontex.detections", year=2015).sum().item() / 1e6, 2) == 1.82
        assert seen.attrs["units"] == "crossings"

    def test_deaths_are_those_of_the_source(self):
        # the fire in a bus near Irgiz, Aktobe region, on 18 January 2018: 52 people
        assert deaths(Desk("KAZ")).sel(year=2018).item() == 52
        assert deaths(Desk("UZB")) is None

    def test_the_year_wanted_is_kept(self):
        desk = Desk("SYR", 2016)
        assert detections(desk)["year"].max() == 2016
        assert deaths(desk)["year"].max() == 2016
        assert deaths(Desk("KAZ", 2017)) is None
        table = context_table(desk)
        assert set(table["what"]) == {"detections", "dead_missing"}
        assert context_table(Desk("LIE")).empty


class TestPart:
    def test_what_is_held_and_what_is_not(self):
        section = irregular.section(Desk("KAZ"))
        assert [exhibit.table.id for exhibit in section.exhibits] == [
            "irregular_routes",
            "irregular_deaths",
        ]
        assert "not estimated" in section.gaps[0].text
        assert "your own data" in section.gaps[0].text
        routes = section.exhibits[0].table
        for row in routes.rows:
            numbers = [cell.value for cell in row.cells]
            assert numbers[0] == sum(n for n in numbers[1:] if n is not None)
            assert all(cell.unit == "crossings" for cell in row.cells)

    def test_a_year_in_part_is_doubtful(self):
        table = irregular.section(Desk("SYR")).exhibits[0].table
        last = table.rows[-1]
        assert last.key == "2025"
        assert "January to April" in last.cells[0].doubt.text
        assert table.rows[-2].cells[0].doubt is None
        said = Locale("en").say(irregular.section(Desk("SYR")).findings[0])
        assert "in 2024: 46,254" in said

    def test_nothing_held(self):
        section = irregular.section(Desk("LIE"))
        assert section.exhibits == ()
        assert len(section.gaps) == 2

    def test_drawn_in_every_language(self):
        exhibit = irregular.section(Desk("SYR")).exhibits[0]
        for lang in ("en", "ru", "kk"):
            assert exhibit.draw(Locale(lang)).startswith("<svg")


FRAME = pd.DataFrame(
    {"name": ["a", "b"], "v": [10.0, np.nan], "l": [5.0, 8.0], "u": [20.0, np.inf]}
)
COLUMNS = {"name": "name", "value": "v", "lower": "l", "upper": "u"}


class TestIntervalChart:
    def test_points_and_ends(self):
        drawing = interval_chart(
            FRAME, **COLUMNS, title="T", unit="persons", reference=4.0,
            reference_label="seen",
        )  # fmt: skip
        assert drawing.count("<circle") == 1  # b has no value
        assert "seen" in drawing

    def test_refusals(self):
        with pytest.raises(SchemaError) as fault:
            interval_chart(FRAME.assign(l=-1.0), **COLUMNS, title="T", unit="persons")
        assert fault.value.id == "NegativeInput"
        with pytest.raises(CoverageError):
            interval_chart(FRAME.iloc[:0], **COLUMNS, title="T", unit="persons")
