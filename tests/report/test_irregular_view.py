# SPDX-License-Identifier: Apache-2.0
"""A user's estimates made in different ways, from the files to the folder."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from keruen.cli import app
from keruen.core.errors import CoverageError, FaultsError, SchemaError
from keruen.report.irregular_view import run_irregular_view, write_irregular_view

HEAD = "method,group,covers,moment,assumption,value,lower,upper"


def write(folder: Path, *rows: str, name: str = "mine.csv", head: str = HEAD) -> Path:
    file = folder / name
    file.write_text("\n".join([head, *rows]), encoding="utf-8")
    return file


class TestView:
    def test_from_russian_headings_to_the_folder(self, tmp_path):
        file = tmp_path / "оценки.xlsx"
        pd.DataFrame(
            [
                ["остаток", "stay", "2024", "выезд 1-5 %", 8200, 4000, 12000],
                ["множитель", "stay", "2024", "доля 5-15 %", "…", 4000, 12000],
                ["реестры", "stay", "2024", "степенной закон", 60000, 13000, "…"],
            ],
            columns=["Метод", "Что не урегулировано", "Дата или период",
                     "При каком условии верна", "Оценка", "Нижняя граница", "Верхняя граница"],
        ).to_excel(file, index=False)  # fmt: skip
        run = run_irregular_view([file], observed=1000)
        assert run.view.statement == (
            "The 3 estimates begin at 4,000 persons, 1 without an upper limit. They are not one "
            "answer: the intervals of 2 of 3 pairs do not overlap, such as остаток and реестры, "
            "so that their assumptions cannot all hold."
        )
        paths = write_irregular_view(run, tmp_path / "out")
        assert {path.name for path in paths} == {
            "estimates.csv", "estimates.parquet", "reading.csv", "reading.parquet", "view.svg",
            "view.xlsx", "manifest.json",
        }  # fmt: skip
        table = pd.read_csv(tmp_path / "out" / "estimates.csv").set_index("method")
        assert table.loc["реестры", "upper_limit"] == "none"
        assert table.loc["остаток", "not_told_apart_from"] == "множитель"
        assert table.loc["множитель", "assumption"] == "доля 5-15 %"
        manifest = json.loads((tmp_path / "out" / "manifest.json").read_text("utf-8"))
        assert manifest["statement"] == run.view.statement

    def test_what_the_run_over_apprehensions_writes_is_read(self, tmp_path):
        caught = write(tmp_path, "1,1645", "2,183", "3,37", "4,13", "5,1", "6,1",
                       name="caught.csv", head="captures,persons")  # fmt: skip
        own = write(tmp_path, "multiplier,stay,1995,share 10 to 30 %,…,6000,18000",
                    head=HEAD.replace("group,", ""))  # fmt: skip
        runner, out = CliRunner(), tmp_path / "out"
        made = runner.invoke(app, ["measure", "irregular", str(caught), "--moment", "1995",
                                   "--out", str(tmp_path / "caught")])  # fmt: skip
        assert made.exit_code == 0, made.output
        done = runner.invoke(
            app,
            ["measure", "irregular-view", str(tmp_path / "caught" / "estimates.csv"), str(own),
             "--observed", "1880", "--out", str(out)],
        )  # fmt: skip
        assert done.exit_code == 0, done.output
        assert "The 11 estimates span 2,167 to 711,330 persons." in " ".join(done.output.split())
        assert (out / "view.svg").is_file()

    def test_groups_and_a_lower_limit_of_nobody(self, tmp_path):
        rows = ["a,UZB,stay,2024,x,5,0,9", "a,TJK,stay,2024,x,3,2,4",
                "b,UZB,stay,2024,y,20,8,30", "b,TJK,stay,2024,y,30,20,40"]  # fmt: skip
        run = run_irregular_view([write(tmp_path, *rows)])
        assert run.view.together.sel({"method": "a", "other": "b"}).values.tolist() == [True, False]
        write_irregular_view(run, tmp_path / "out")
        assert "l-9,5l9,5z" in (tmp_path / "out" / "view.svg").read_text("utf-8")


class TestBadInput:
    def test_all_faults_at_once(self, tmp_path):
        rows = ["a,X,live,2024,x,5,6,9", "b,X,stay,2024,x,5,…,9", "b,Y,stay,2023,x,5,1,9"]
        with pytest.raises(FaultsError) as caught:
            run_irregular_view([write(tmp_path, *rows)])
        assert {fault.id for fault in caught.value.faults} == {
            "BadCovers", "BadInterval", "MissingCell", "SeveralFacts",
        }  # fmt: skip

    def test_a_method_in_two_files(self, tmp_path):
        file = write(tmp_path, "a,X,stay,2024,x,5,1,9")
        with pytest.raises(SchemaError) as caught:
            run_irregular_view([file, file])
        assert caught.value.id == "DuplicateKey"

    def test_one_alone_is_nothing_to_compare(self, tmp_path):
        with pytest.raises(SchemaError) as caught:
            run_irregular_view([write(tmp_path, "a,X,stay,2024,x,5,1,9")])
        assert caught.value.id == "NothingToCompare"

    def test_below_the_people_counted(self, tmp_path):
        rows = ["a,X,stay,2024,x,5,1,9", "b,X,stay,2024,x,50,10,90"]
        with pytest.raises(SchemaError) as caught:
            run_irregular_view([write(tmp_path, *rows)], observed=20)
        assert caught.value.id == "BelowObserved"
        assert "a" in str(caught.value)

    def test_different_groups(self, tmp_path):
        rows = ["a,X,stay,2024,x,5,1,9", "b,Y,stay,2024,x,50,10,90"]
        with pytest.raises(CoverageError):
            run_irregular_view([write(tmp_path, *rows)])

    def test_a_limit_that_is_no_number(self, tmp_path):
        rows = ["a,X,stay,2024,x,5,some,9", "b,X,stay,2024,x,50,-1,90"]
        with pytest.raises(FaultsError) as caught:
            run_irregular_view([write(tmp_path, *rows)])
        assert len(caught.value.faults) == 2
