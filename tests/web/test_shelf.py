# SPDX-License-Identifier: Apache-2.0
"""Pages kept from one start to the next: found again, never stale, never too many."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from keruen.web import shelf


@dataclass(frozen=True)
class Page:
    html: str
    charts: dict[str, str]


@pytest.fixture
def shelved(tmp_path):
    made = []

    @shelf.shelved(Page)
    def page(country: str, year: int | None) -> Page:
        made.append((country, year))
        return Page(f"<p>{country} {year} Қазақстан</p>", {"a": "1"})

    shelf.keep_in(tmp_path)
    yield page, made
    shelf.keep_in(None)


def test_what_was_made_is_not_made_again(shelved) -> None:
    page, made = shelved
    first = page("KAZ", None)
    assert page("KAZ", None) == first
    assert page("KAZ", 2020) != first
    assert made == [("KAZ", None), ("KAZ", 2020)]


def test_another_package_makes_every_page_anew(shelved, monkeypatch) -> None:
    page, made = shelved
    page("KAZ", None)
    monkeypatch.setattr(shelf, "_package", lambda: "another")
    page("KAZ", None)
    assert len(made) == 2


def test_a_spoilt_page_is_made_again(shelved, tmp_path) -> None:
    page, made = shelved
    whole = page("KAZ", None)
    [path] = tmp_path.iterdir()
    path.write_bytes(path.read_bytes()[:-3])
    assert page("KAZ", None) == whole
    assert len(made) == 2


def test_what_was_not_read_for_longest_goes_first(shelved, tmp_path, monkeypatch) -> None:
    page, made = shelved
    for year in (1, 2, 3):
        page("KAZ", year)
    for age, path in enumerate(sorted(tmp_path.iterdir(), key=lambda one: one.stat().st_mtime)):
        os.utime(path, (age, age))
    page("KAZ", 1)  # read, and so young again
    size = sum(one.stat().st_size for one in tmp_path.iterdir())
    monkeypatch.setattr(shelf, "_MOST", size)
    page("KAZ", 4)
    assert len(list(tmp_path.iterdir())) == 3
    page("KAZ", 1)
    assert made[-1] == ("KAZ", 4)


def test_nothing_is_kept_where_no_place_is_named(tmp_path) -> None:
    @shelf.shelved(Page)
    def page() -> Page:
        return Page("x", {})

    assert page() == page()
    assert list(tmp_path.iterdir()) == []


def test_the_maker_of_pages_ends_with_whoever_started_it(tmp_path) -> None:
    script = """
        import os, sys
        from pathlib import Path
        from keruen.web import shelf
        from keruen.web.settings import Settings
        with shelf.warm(Settings(Path(sys.argv[1]))):
            children = Path(f"/proc/self/task/{os.getpid()}/children").read_text()
            print(children.strip(), flush=True)
            os.kill(os.getpid(), 9)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script), str(tmp_path)],
        capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    maker = Path(f"/proc/{int(done.stdout)}/cmdline")
    for _ in range(300):
        if not maker.exists() or not maker.read_bytes():  # gone, or a zombie
            return
        time.sleep(0.1)
    raise AssertionError(maker.read_bytes())
