# SPDX-License-Identifier: Apache-2.0
"""Laws of the repository that no tool checks for us."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import keruen

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "keruen"
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
LISTS = ("base", "report", "dev")

LONGEST_MODULE = 400  # lines; from 350 on, look for the second question in the module
LICENCE_LINE = "# SPDX-License-Identifier: Apache-2.0"


@cache
def repository_files() -> tuple[Path, ...]:
    """Files that are or would be committed."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    run = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, encoding="utf-8")
    if run.returncode:
        pytest.skip("not a git work tree: the files that belong to it are not known")
    return tuple(path for name in run.stdout.split("\0") if (path := ROOT / name).is_file())


@cache
def text_of(path: Path) -> str | None:
    """Text of a file, or None when it holds no text."""
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError:
        return None


def told(paths: list[Path]) -> list[str]:
    """Paths as they are written in messages."""
    return [path.relative_to(ROOT).as_posix() for path in paths]


def test_every_source_file_names_its_licence():
    def is_source(path: Path) -> bool:
        if path.suffix in {".py", ".sh"} or path.name == "Makefile":
            return True
        return not path.suffix and (text_of(path) or "").startswith("#!")

    sources = [path for path in repository_files() if is_source(path)]
    silent = [p for p in sources if LICENCE_LINE not in (text_of(p) or "").splitlines()[:2]]
    assert len(sources) > 20
    assert told(silent) == []


def test_modules_can_be_read_in_one_sitting():
    lines = {path: len(path.read_text("utf-8").splitlines()) for path in PACKAGE.rglob("*.py")}
    assert told([path for path, number in lines.items() if number > LONGEST_MODULE]) == []


def test_version_stands_in_one_place():
    assert SETTINGS["project"]["dynamic"] == ["version"]
    assert ROOT / SETTINGS["tool"]["hatch"]["version"]["path"] == PACKAGE / "__init__.py"
    newest = re.search(
        r"^## .*?(\d+\.\d+\.\d+)", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE
    )
    assert newest is not None
    assert newest[1] == keruen.__version__


# Joined here, so that this file does not hold what it forbids.
HOSTS = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("deb", "debian", "org"),
        ("anaconda", "org"),
        ("archive", "ubuntu", "com"),
    )
]
MACHINE_PATH = re.compile(r"(?<![\w.~$}*/-])/(?:home|root|work|tmp|opt|Users|mnt)/\w")


def test_no_address_of_a_registry():
    hosts = re.compile("|".join(re.escape(host) for host in HOSTS))
    assert told([path for path in repository_files() if hosts.search(text_of(path) or "")]) == []


def test_no_path_of_somebodys_machine():
    assert MACHINE_PATH.search(f'open("/{"home"}/aigul/data.csv")')
    assert not MACHINE_PATH.search("https://example.org/home/page")
    assert told([p for p in repository_files() if MACHINE_PATH.search(text_of(p) or "")]) == []


def pins(name: str) -> dict[str, list[Requirement]]:
    """Pinned versions of a list, by package; several where they differ by Python."""
    found: dict[str, list[Requirement]] = {}
    for line in (ROOT / "requirements" / f"{name}.txt").read_text("utf-8").splitlines():
        assert re.fullmatch(r"[\w.-]+==[\w.!+]+( ; [\w.\s'<>=!*()]+)?", line), line
        requirement = Requirement(line)
        found.setdefault(canonicalize_name(requirement.name), []).append(requirement)
    return found


@pytest.mark.parametrize("name", LISTS)
def test_pinned_lists_are_plain_and_sorted(name):
    packages = list(pins(name))
    assert packages == sorted(packages)


def test_pinned_lists_agree():
    base, report, dev = (pins(name) for name in LISTS)
    for smaller, larger in ((base, report), (report, dev)):
        assert {name: larger.get(name) for name in smaller} == smaller


@pytest.mark.parametrize(
    ("name", "extras"),
    [("base", []), ("report", ["report"]), ("dev", ["report", "records", "dev"])],
)
def test_pinned_lists_hold_what_the_project_asks_for(name, extras):
    project = SETTINGS["project"]
    lines = [*project["dependencies"]]
    lines += [line for extra in extras for line in project["optional-dependencies"][extra]]
    pinned = pins(name)
    for wanted in map(Requirement, lines):
        versions = [
            next(iter(pin.specifier)).version for pin in pinned[canonicalize_name(wanted.name)]
        ]
        assert all(wanted.specifier.contains(version) for version in versions), str(wanted)


METHOD_ROOMS = [room for room in ("measure", "project", "decide") if (PACKAGE / room).is_dir()]


@pytest.mark.parametrize("contract", ["methods never fetch", "no files, engines or charts"])
def test_contracts_bind_every_method_room(contract):
    contracts = SETTINGS["tool"]["importlinter"]["contracts"]
    bound = next(c["source_modules"] for c in contracts if c["name"].startswith(contract))
    assert {f"keruen.{room}" for room in METHOD_ROOMS} == set(bound) - {"keruen.core"}


HEAVY = ("altair", "duckdb", "highspy", "numpy", "openpyxl", "pandas", "scipy", "xarray")
SHOW_LOADED = """
import sys
sys.argv = ["keruen", "--help"]
{ask}
print("loaded:", *sorted(sys.modules.keys() & set({heavy})))
"""
ASK_FOR_HELP = """
from keruen.cli import main
try:
    main()
except SystemExit as end:
    assert not end.code, end
"""


@pytest.mark.parametrize("ask", ["import keruen", ASK_FOR_HELP], ids=["import", "help"])
def test_nothing_heavy_is_loaded_before_it_is_used(ask):
    script = SHOW_LOADED.format(ask=ask, heavy=HEAVY)
    run = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, encoding="utf-8"
    )
    assert run.stdout.splitlines()[-1].split() == ["loaded:"]


def test_that_law_would_notice():
    script = SHOW_LOADED.format(ask="import numpy", heavy=HEAVY)
    run = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, encoding="utf-8"
    )
    assert run.stdout.split() == ["loaded:", "numpy"]


def test_a_missing_program_is_a_loud_skip(tmp_path):
    (tmp_path / "test_page.py").write_text("def test_page(page): assert page\n", "utf-8")
    (tmp_path / "conftest.py").write_text((ROOT / "tests/conftest.py").read_text("utf-8"), "utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = browser: needs a Chromium\n", "utf-8")
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", tmp_path],
        env={"PATH": str(tmp_path)},
        check=False,
        capture_output=True,
        encoding="utf-8",
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert "!!! not available on this machine !!!" in run.stdout
    assert "Chromium (Debian: chromium): 1 tests skipped" in run.stdout
