# SPDX-License-Identifier: Apache-2.0
"""The project's own checkers find what they are there to find.

Each is shown a small tree that is right, then the same tree with one thing spoilt.
"""

from __future__ import annotations

import importlib
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CHECKS = ROOT / "scripts" / "checks"

CODE = """
from keruen.report.locale import msg, nmsg

LABEL = msg("Net migration")
MOVED = msg("{country}: {n} people", country="KAZ", n=1)
SHARE = nmsg("{number} region", "{number} regions", 20)
NOT_OURS = print("untouched")
"""
RU = r"""
msgid ""
msgstr ""
"Language: ru\n"
"Content-Type: text/plain; charset=utf-8\n"
"Plural-Forms: nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2);\n"

msgid "Net migration"
msgstr "Сальдо миграции"

msgid "{country}: {n} people"
msgstr "{country}: {n} человек"

msgid "{number} region"
msgid_plural "{number} regions"
msgstr[0] "{number} регион"
msgstr[1] "{number} региона"
msgstr[2] "{number} регионов"
"""  # noqa: E501
KK = r"""
msgid ""
msgstr ""
"Language: kk\n"
"Content-Type: text/plain; charset=utf-8\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\n"

msgid "Net migration"
msgstr "Көші-қон айырымы"

msgid "{country}: {n} people"
msgstr "{country}: {n} адам"

msgid "{number} region"
msgid_plural "{number} regions"
msgstr[0] "{number} өңір"
msgstr[1] "{number} өңір"
"""
VARIABLES = """name,units,en,ru,kk
net_migration,persons,Net migration,Сальдо миграции,Көші-қон айырымы
"""
CLAIMS = """
KAZ:
  - year: 2008
    where: {en: Almaty, ru: Алматы, kk: Алматы}
"""
PAGE = """# Architecture

| form | where |
| --- | --- |
| `xarray.DataArray` | between the rooms |

| module | what |
| --- | --- |
| `core/variables.csv` | words |
| `report/texts.py` | sentences |
"""
FILES = {
    "code": "src/keruen/report/texts.py",
    "ru": "src/keruen/report/locales/ru/LC_MESSAGES/keruen.po",
    "kk": "src/keruen/report/locales/kk/LC_MESSAGES/keruen.po",
    "variables": "src/keruen/core/variables.csv",
    "claims": "src/keruen/report/claims.yaml",
    "page": "docs/architecture.md",
    "settings": "pyproject.toml",
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A small project in which every check is content."""
    settings = (ROOT / "pyproject.toml").read_text("utf-8")
    texts = {"code": CODE, "ru": RU, "kk": KK, "page": PAGE, "settings": settings}
    for name, text in {**texts, "variables": VARIABLES, "claims": CLAIMS}.items():
        path = tmp_path / FILES[name]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    (tmp_path / "src/keruen/report/_kernel.py").touch()
    return tmp_path


def spoil(tree: Path, name: str, old: str, new: str) -> None:
    """Replace one passage of a file."""
    path = tree / FILES[name]
    text = path.read_text("utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), "utf-8")


def faults(check: str, tree: Path) -> list[str]:
    """What a checker finds in a tree."""
    return runpy.run_path(str(CHECKS / f"{check}.py"))["faults"](tree)


@pytest.mark.parametrize("check", ["architecture", "catalogues"])
def test_a_tree_in_order_has_no_faults(check, tree):
    assert faults(check, tree) == []


@pytest.mark.parametrize(
    ("name", "old", "new", "fault"),
    [
        (
            "page",
            "| `report/texts.py` | sentences |\n",
            "",
            "no row for src/keruen/report/text",
        ),
        ("page", "`report/texts.py`", "`report/text.py`", "row without a file: report/text.py"),
        ("page", "| `core/variables.csv` | words |", "| `report/texts.py` | x |", "2 rows for"),
    ],
)
def test_architecture_page_and_tree_must_agree(tree, name, old, new, fault):
    spoil(tree, name, old, new)
    assert any(fault in line for line in faults("architecture", tree))


@pytest.mark.parametrize(
    ("name", "old", "new", "fault"),
    [
        ("code", '"Net migration"', '"Net gain"', "kk: not in the catalogue"),
        ("code", '"Net migration"', '"Net gain"', "ru: no longer in the code"),
        ("code", '"Net migration"', "TITLE", "write the sentence itself inside msg"),
        ("kk", 'msgstr "Көші-қон айырымы"', 'msgstr ""', "kk: not translated"),
        ("kk", 'msgstr[1] "{number} өңір"', 'msgstr[1] ""', "kk: not translated"),
        ("ru", 'msgstr[2] "{number} регионов"\n', "", "ru: not translated"),
        ("ru", "{country}: {n} человек", "{country}: {m} человек", "ru: the {values} differ"),
        ("ru", "{country}: {n} человек", "{country}: {n человек", "ru: the {values} differ"),
        ("ru", "{number} регионов", "двадцать регионов", "ru: the {values} differ"),
        ("kk", 'msgid "Net migration"', '#, fuzzy\nmsgid "Net migration"', "kk: marked"),
        ("ru", "nplurals=3; plural=(n%10==1", "nplurals=3; plural=(n%10==2", "Plural-Forms"),
        ("variables", "Көші-қон айырымы", "", "variables.csv: row 2 has no text in 'kk'"),
        ("variables", "en,ru,kk", "en,ru", "variables.csv: row 2 has no text in 'kk'"),
        ("claims", ", kk: Алматы", "", "claims.yaml: KAZ[0].where has no text in 'kk'"),
        ("claims", "ru: Алматы", "ru:", "claims.yaml: KAZ[0].where has no text in 'ru'"),
        ("claims", "where: {", "where: {{", "claims.yaml: cannot be read"),
    ],
)  # fmt: skip
def test_every_text_stands_in_three_languages(tree, name, old, new, fault):
    spoil(tree, name, old, new)
    assert any(fault in line for line in faults("catalogues", tree))


def test_a_catalogue_must_be_there(tree):
    (tree / FILES["kk"]).unlink()
    assert any("keruen.po is missing" in line for line in faults("catalogues", tree))


@pytest.mark.parametrize("check", ["architecture", "catalogues"])
def test_a_checker_names_the_faults_and_exits_1(check, tree):
    script = [sys.executable, CHECKS / f"{check}.py"]
    assert subprocess.run(script, cwd=tree, check=False).returncode == 0
    (tree / FILES["code"]).unlink()
    run = subprocess.run(script, cwd=tree, check=False, capture_output=True, encoding="utf-8")
    assert run.returncode == 1
    assert run.stdout.strip()


DOCUMENTED = '''"""A room."""

from dataclasses import dataclass


def net_migration(immigrants, emigrants):
    """Arrivals less departures.

    Parameters
    ----------
    immigrants : DataArray [year], persons
        Arrivals.
    emigrants : DataArray [year], persons
        Departures.

    Returns
    -------
    DataArray [year], persons
        Positive where more came than went.
    """
    return immigrants - emigrants


@dataclass
class Answer:
    """What came out.

    Parameters
    ----------
    net : DataArray [year], persons
        Net migration.
    """

    net: object
    _inputs: object

    def to_table(self):
        """The answer as a table."""
        return []


def _kernel(a):
    return a
'''


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("    emigrants : DataArray [year], persons\n        Departures.\n", "", "PR01"),
        ("    emigrants : ", "    emigrant : ", "PR02"),
        ('    """Arrivals less departures.', '    """\n    ', "SS01"),
        ("    net : DataArray [year], persons\n        Net migration.\n", "", "PR01"),
        ('        """The answer as a table."""\n', "", "GL08"),
        ('"""A room."""', "ROOM = 1", "GL08 The module"),
        ("    Returns\n    -------", "    Outcome\n    -------", "GL06"),
        ("    Returns\n    -------", "    Parameters\n    ----------", "appears twice"),
        ("    Returns\n", "    Notes\n    -----\n    None.\n\n    Returns\n", "GL07"),
    ],
)
def test_docstrings_must_be_complete_and_true(tmp_path, monkeypatch, old, new, fault):
    name = f"room{abs(hash((old, new)))}"
    room = tmp_path / name / "core"
    room.mkdir(parents=True)
    (tmp_path / name / "__init__.py").write_text('"""A package."""\n')
    (room / "__init__.py").write_text('"""A room."""\n')
    (room / "right.py").write_text(DOCUMENTED)
    monkeypatch.syspath_prepend(tmp_path)
    check = runpy.run_path(str(CHECKS / "docstrings.py"))["faults"]
    assert check(ROOT, name) == []
    assert DOCUMENTED.count(old) == 1
    (room / "wrong.py").write_text(DOCUMENTED.replace(old, new))
    importlib.invalidate_caches()
    assert any(fault in line and "wrong" in line for line in check(ROOT, name))
