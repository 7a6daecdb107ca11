# SPDX-License-Identifier: Apache-2.0
"""``keruen profile`` as a user types it."""

import os
import subprocess
import sys

import pytest


def keruen(*arguments, cwd=None):
    return subprocess.run(
        [sys.executable, "-m", "keruen.cli", *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "COLUMNS": "140", "NO_COLOR": "1"},
    )


def test_the_main_job(tmp_path):
    run = keruen("profile", "Казахстан", "--lang", "ru", "--out", "kaz", cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    assert "миграционный профиль" in run.stdout
    assert "20 592 574" in run.stdout.replace("\xa0", " ")
    assert "kaz/profile.html" in run.stdout
    assert {path.name for path in (tmp_path / "kaz").iterdir()} == {
        "manifest.json",
        "profile.html",
        "profile.xlsx",
        "profile.json",
        "tables",
    }


def test_only_the_formats_asked_for(tmp_path):
    run = keruen("profile", "VA", "--format", "json", cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    names = sorted(p.name for p in (tmp_path / "profile-VAT").iterdir())
    assert names == ["manifest.json", "profile.json"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["profile", "Kazakstan"], "Kazakhstan"),
        (["profile", "KAZ", "--format", "odt"], "html, xlsx, json, csv"),
        (["profile", "KAZ", "--year", "1800"], "1990"),
        (["profile", "KAZ", "--out", "/proc/keruen", "--format", "json"], "/proc/keruen"),
    ],
)
def test_a_fault_ends_with_code_2_and_one_message(arguments, words, tmp_path):
    run = keruen(*arguments, cwd=tmp_path)
    assert run.returncode == 2
    assert words in run.stderr
    assert "Traceback" not in run.stderr
    assert list(tmp_path.iterdir()) == []


def test_help_teaches():
    run = keruen("--help")
    assert run.returncode == 0
    assert "profile" in run.stdout
    assert "data" in run.stdout
    assert "keruen profile KAZ" in run.stdout
    assert keruen("--version").stdout.startswith("keruen ")
