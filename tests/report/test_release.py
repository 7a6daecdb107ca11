# SPDX-License-Identifier: Apache-2.0
"""A run as a folder: what an earlier run left does not stay."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from keruen.core.errors import FileError
from keruen.report.projection_release import write_projection
from keruen.report.projection_run import run_projection
from keruen.report.release import complete, file_digest, release, write_parquet
from keruen.sources.workbooks import is_export, read_export


def fill(*names: str):
    def inner(folder: Path) -> None:
        for name in names:
            (folder / name).write_text(name)

    return inner


def test_leftovers_go_and_the_users_own_files_stay(tmp_path: Path) -> None:
    release(tmp_path, {"command": "one"}, fill("a.txt", "b.txt", "c.txt"))
    (tmp_path / "mine.txt").write_text("my own")
    (tmp_path / "c.txt").write_text("changed by hand")
    release(tmp_path, {"command": "two"}, fill("a.txt"))
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "a.txt", "c.txt", "manifest.json", "mine.txt",
    ]  # fmt: skip


def test_a_manifest_that_points_elsewhere_removes_nothing(tmp_path: Path) -> None:
    outside = tmp_path / "outside.txt"
    outside.write_text("kept")
    out = tmp_path / "out"
    release(out, {}, fill("a.txt"))
    listed = json.loads((out / "manifest.json").read_text())
    listed["files"]["../outside.txt"] = {"sha256": file_digest(outside)}
    (out / "manifest.json").write_text(json.dumps(listed))
    release(out, {}, fill("a.txt"))
    assert outside.read_text() == "kept"


def test_a_manifest_that_is_none(tmp_path: Path) -> None:
    for text in ("", "[]", '{"files": 3}', "null"):
        (tmp_path / "manifest.json").write_text(text)
        release(tmp_path, {"command": "x"}, fill("a.txt"))
        assert complete(tmp_path, {"command": "x"})
        assert not complete(tmp_path, {"command": "y"})


def test_a_failed_run_removes_nothing(tmp_path: Path) -> None:
    release(tmp_path, {}, fill("a.txt", "b.txt"))

    def broken(folder: Path) -> None:
        (folder / "a.txt").write_text("half")
        raise OSError(28, "No space left on device")

    with pytest.raises(FileError):
        release(tmp_path, {}, broken)
    assert (tmp_path / "a.txt").read_text() == "a.txt"
    assert (tmp_path / "b.txt").exists()


def test_paths_of_an_earlier_run_do_not_stay(tmp_path: Path) -> None:
    write_projection(run_projection("KAZ", to=2025, trajectories=50), tmp_path)
    assert (tmp_path / "path_adjustments.parquet").exists()
    write_projection(run_projection("KAZ", to=2025), tmp_path)
    assert not (tmp_path / "path_adjustments.parquet").exists()


def test_the_same_table_gives_the_same_bytes(tmp_path: Path) -> None:
    table = pd.DataFrame({"code": ["A", "B"] * 5000, "value": range(10000)})
    digests = set()
    for name in ("one", "it's two"):
        write_parquet(table, tmp_path / f"{name}.parquet")
        digests.add(file_digest(tmp_path / f"{name}.parquet"))
    assert len(digests) == 1
    with pytest.raises(FileError, match="cannot write"):
        write_parquet(table, tmp_path / "none" / "x.parquet")
    assert not is_export(tmp_path / "one.parquet")
    table.attrs = {"values": {"value": {"units": "persons", "licence": ("CC-BY-4.0",)}}}
    write_parquet(table.drop_duplicates("code"), tmp_path / "facts.parquet")
    value = read_export(tmp_path / "facts.parquet").arrays["value"]
    assert value.attrs == {"units": "persons", "licence": ("CC-BY-4.0",)}
    assert value.sel(code="B").item() == 1
