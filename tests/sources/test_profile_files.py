# SPDX-License-Identifier: Apache-2.0
"""Profiles and rule files as users bring them: headings, codes, faults by cell, templates."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest

from keruen.core.errors import FaultsError, FileError, ScenarioError, WorkbenchError
from keruen.decide.points import make_rule_set
from keruen.sources.point_rules import point_rules, read_point_rules
from keruen.sources.profile_files import profile_schema, read_profiles
from keruen.sources.profile_templates import write_profile_template

FSW = read_point_rules("canada-fsw")[0]
HEADS = ["profile", "age", "education", "relative_in_canada", "first_speaking"]


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_one_table_in_three_languages_and_three_formats(tmp_path: Path) -> None:
    english = (
        "profile,age,education,relative_in_canada,first_speaking\nA1,36,master,yes,9\nB2,,,no,7\n"
    )
    russian = (
        "Профиль;Возраст;Образование;Родственник в Канаде;Первый язык, говорение\n"
        "A1;36;магистр или профессиональная степень;да;9\nB2;;;нет;7\n"
    )
    kazakh = (
        "Бейін;Жасы;Білімі;Канададағы туысы;Бірінші тіл, сөйлеу\n"
        "A1;36;магистр немесе кәсіби дәреже;иә;9\nB2;;;жоқ;7\n"
    )
    tables = [
        read_profiles(written(tmp_path / f"{at}.csv", text), FSW).table
        for at, text in enumerate((english, russian, kazakh))
    ]
    frame = pd.DataFrame(
        {
            "profile": ["A1", "B2"],
            "age": [36, None],
            "education": ["master", None],
            "relative_in_canada": [True, False],
            "first_speaking": [9, 7],
        }
    )
    frame.to_excel(tmp_path / "a.xlsx", index=False)
    frame.to_parquet(tmp_path / "a.parquet")
    tables += [read_profiles(tmp_path / name, FSW).table for name in ("a.xlsx", "a.parquet")]
    for table in tables:
        assert table.columns.tolist() == HEADS
        assert table.astype(object).where(table.notna(), None).values.tolist() == [
            ["A1", 36, "master", "yes", 9],
            ["B2", None, None, "no", 7],
        ]


def test_a_large_file_is_read_by_column(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    size = 300_000
    frame = pd.DataFrame(
        {
            "profile": np.arange(size),
            "age": rng.integers(18, 60, size),
            "education": rng.choice(["master", "doctorate", "none"], size),
            "relative_in_canada": rng.choice(["yes", "no"], size),
            "first_speaking": rng.integers(0, 12, size),
        }
    )
    frame.to_parquet(tmp_path / "big.parquet")
    found = read_profiles(tmp_path / "big.parquet", FSW)
    assert found.table["age"].tolist() == frame["age"].tolist()
    assert found.table["education"].tolist() == frame["education"].tolist()
    assert found.table["profile"].iloc[-1] == str(size - 1)


def test_every_fault_with_its_cell(tmp_path: Path) -> None:
    text = (
        "profile,age,education,relative_in_canada,first_speeking\n"
        "A1,36,mastr,yes,9\nA1,old,master,maybe,3\n,-4,,,13\nB1,20,doctorate,no,1\n"
    )
    with pytest.raises(FaultsError) as raised:
        read_profiles(written(tmp_path / "p.csv", text), FSW)
    places = {(one.id, one.where) for one in raised.value.faults}
    assert places == {
        ("MisspeltHeading", "p.csv, column E, row 1"),
        ("UnknownCode", "p.csv, column C, row 2"),
        ("DuplicateKey", "p.csv, column A, row 3"),
        ("NotANumber", "p.csv, column B, row 3"),
        ("UnknownCode", "p.csv, column D, row 3"),
        ("EmptyKey", "p.csv, column A, row 4"),
        ("BelowRange", "p.csv, column B, row 4"),
    }
    near = next(one for one in raised.value.faults if "mastr" in one.what)
    assert near.remedy == "did you mean master?"


def test_what_the_rules_do_not_ask_for_is_not_taken_in(tmp_path: Path) -> None:
    text = "profile,age,Имя,ethnicity\nA1,36,Айгүл,x\n"
    found = read_profiles(written(tmp_path / "p.csv", text), FSW)
    assert found.unread == ("Имя", "ethnicity")
    assert found.table.columns.tolist() == ["profile", "age"]


def test_a_file_without_codes_or_rows(tmp_path: Path) -> None:
    for text, fault in (
        ("age,education\n36,master\n", "MissingColumn"),
        ("profile,age\n", "NoRows"),
    ):
        with pytest.raises(WorkbenchError) as raised:
            read_profiles(written(tmp_path / "p.csv", text), FSW)
        assert fault in {one.id for one in getattr(raised.value, "faults", [raised.value])}


@pytest.mark.parametrize("system", list(point_rules()))
@pytest.mark.parametrize("lang", ["en", "ru", "kk"])
def test_a_template_is_read_back(system: str, lang: str, tmp_path: Path) -> None:
    """The first choice of every list, filled in as the list shows it, is read as its code."""
    rules = read_point_rules(system)[-1]
    path = tmp_path / "template.xlsx"
    write_profile_template(rules, path, lang=lang)  # type: ignore[arg-type]
    book = openpyxl.load_workbook(path)
    shown: dict[str, str] = {}
    column = {"en": 2, "ru": 3, "kk": 4}[lang]
    codes: dict[str, str] = {}
    for row in book["codes"].iter_rows(min_row=2, values_only=True):
        shown.setdefault(str(row[0]), str(row[column]))
        codes.setdefault(str(row[0]), str(row[1]))
    table = profile_schema(rules)
    for place, one in enumerate(table.columns, start=1):
        value = "A1" if one.name == "profile" else shown.get(one.name, (one.low or 0) + 1)
        book["profiles"].cell(2, place, value)
    book.save(path)
    found = read_profiles(path, rules)
    assert not found.unread
    assert {name: found.table[name].iloc[0] for name in codes} == codes
    with pytest.raises(FileError, match="there already"):
        write_profile_template(rules, path)
    with pytest.raises(FileError, match="cannot be written as"):
        write_profile_template(rules, tmp_path / "a.csv")


def test_rule_files_of_the_package_and_of_a_user(tmp_path: Path) -> None:
    assert list(point_rules()) == sorted(point_rules())
    with pytest.raises(ScenarioError, match="there is no points system 'canada-csr'") as raised:
        read_point_rules("canada-csr")
    assert "canada-crs" in raised.value.remedy
    source = Path(read_point_rules.__globals__["_FOLDER"]) / "canada-fsw.yaml"
    mine = tmp_path / "mine.yaml"
    text = source.read_text("utf-8")
    mine.write_text(
        text.replace("{from: 18, to: 36, points: 12}", "{from: 19, to: 36, points: 12}")
    )
    (file,) = read_point_rules(mine)
    with pytest.raises(ScenarioError) as fault:
        make_rule_set(file.content, where=file.where)
    line = 1 + next(
        at for at, one in enumerate(text.splitlines()) if "{from: 18, to: 36, points: 12}" in one
    )
    assert fault.value.where == f"mine.yaml, line {line}, factors.age.rows.1"
    mine.write_text("- one\n- two\n")
    with pytest.raises(ScenarioError, match="the file holds no rule set"):
        read_point_rules(mine)


def test_every_text_of_the_package_stands_in_three_languages() -> None:
    """A label that is the same in all languages is a code such as B1, never a sentence."""
    for name in point_rules():
        for file in read_point_rules(name):
            rules = make_rule_set(file.content, where=file.where)
            labels = [rules.title, rules.source, *(one.label for one in rules.inputs.values())]
            labels += [one.label for one in rules.factors.values()]
            labels += [one.label for one in rules.caps.values()]
            for label in labels:
                assert len(set(label.values())) == 3, (file.name, label)
            for one in rules.inputs.values():
                for code, label in one.codes.items():
                    words = set(label.values())
                    assert len(words) > 1 or words == {code}, (file.name, code)
