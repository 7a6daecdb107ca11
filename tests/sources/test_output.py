# SPDX-License-Identifier: Apache-2.0
"""Results are written whole or not at all."""

import errno
import os
from pathlib import Path

import pytest

from keruen.core.errors import FileError
from keruen.sources.output import staged_file, staged_folder


def tree(folder):
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*"))


def test_a_new_folder_appears_with_all_files(tmp_path):
    with staged_folder(tmp_path / "a" / "b") as folder:
        (folder / "tables").mkdir()
        (folder / "tables" / "x.csv").write_text("1")
        (folder / "y.html").write_text("2")
    assert tree(tmp_path) == ["a", "a/b", "a/b/tables", "a/b/tables/x.csv", "a/b/y.html"]
    assert (tmp_path / "a" / "b").stat().st_mode & 0o777 == 0o777 & ~_umask()


def _umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_other_files_of_the_folder_stay(tmp_path):
    (tmp_path / "mine.txt").write_text("keep")
    (tmp_path / "y.html").write_text("old")
    with staged_folder(tmp_path) as folder:
        (folder / "y.html").write_text("new")
        assert (tmp_path / "y.html").read_text() == "old"
    assert (tmp_path / "y.html").read_text() == "new"
    assert tree(tmp_path) == ["mine.txt", "y.html"]


@pytest.mark.parametrize("fault", [KeyboardInterrupt, ValueError])
@pytest.mark.parametrize("there", [True, False])
def test_an_interrupted_run_leaves_what_was_there(tmp_path, fault, there):
    target = tmp_path / "a" / "out"
    if there:
        target.mkdir(parents=True)
        (target / "y.html").write_text("old")
    before = tree(tmp_path)
    with pytest.raises(fault), staged_folder(target) as folder:
        (folder / "y.html").write_text("new")
        raise fault
    assert tree(tmp_path) == before
    if there:
        assert (target / "y.html").read_text() == "old"


def test_a_full_disk_is_one_clear_error(tmp_path):
    with pytest.raises(FileError, match="No space left") as caught, staged_folder(tmp_path / "o"):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert caught.value.id == "NotWritable"
    assert tree(tmp_path) == []


def test_a_file_in_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "out").write_text("a file")
    with pytest.raises(FileError, match="is a file"), staged_folder(tmp_path / "out"):
        pass
    with pytest.raises(FileError), staged_folder(tmp_path / "out" / "below"):
        pass
    assert (tmp_path / "out").read_text() == "a file"


def test_a_folder_that_may_not_be_written_is_refused():
    with pytest.raises(FileError) as caught, staged_folder(Path("/proc/keruen")):
        pass
    assert "/proc/keruen" in str(caught.value)


def test_a_file_is_replaced_whole(tmp_path):
    target = tmp_path / "t.csv"
    target.write_text("old")
    with pytest.raises(ValueError, match="stop"), staged_file(target) as path:
        path.write_text("half")
        raise ValueError("stop")
    assert target.read_text() == "old"
    with staged_file(target) as path:
        path.write_text("new")
    assert target.read_text() == "new"
    assert tree(tmp_path) == ["t.csv"]
    with pytest.raises(FileError), staged_file(tmp_path / "none" / "t.csv"):
        pass
