# SPDX-License-Identifier: Apache-2.0
"""Results onto disk: everything is written to a temporary name, then moved.

An interrupted or failed run leaves what was there before. Files that the run does not
write stay untouched.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from keruen.core.errors import FileError


def _refuse(path: Path, fault: OSError) -> FileError:
    return FileError(
        f"cannot write: {fault.strerror or fault}",
        where=str(path),
        remedy="choose a folder that exists, may be written and has free space",
        id="NotWritable",
    )


@contextmanager
def staged_folder(target: Path) -> Iterator[Path]:
    """A temporary folder whose files are moved into the target when all is written.

    Parameters
    ----------
    target : Path
        Folder the files are meant for; it is made when it does not exist.

    Yields
    ------
    Path
        Folder to write to, on the same disk as the target.

    Raises
    ------
    FileError
        The target cannot be made or written, or the disk is full (``NotWritable``);
        nothing has been changed then.

    Examples
    --------
    >>> import tempfile
    >>> out = Path(tempfile.mkdtemp()) / "result"
    >>> with staged_folder(out) as folder:
    ...     _ = (folder / "table.csv").write_text("year,births")
    ...     out.exists()
    False
    >>> (out / "table.csv").read_text()
    'year,births'
    """
    folder, made = _stage(target)
    try:
        yield folder
        _move(folder, target)
    except BaseException as fault:
        shutil.rmtree(folder, ignore_errors=True)
        _discard(made)
        if isinstance(fault, OSError) and not isinstance(fault, FileError):
            raise _refuse(target, fault) from fault
        raise
    shutil.rmtree(folder, ignore_errors=True)


def check_folder(target: Path) -> None:
    """Refuse a folder that cannot be written, before the long work whose results it is to hold.

    Parameters
    ----------
    target : Path
        Folder the files are meant for; it is not made.

    Raises
    ------
    FileError
        The target cannot be made or written (``NotWritable``).
    """
    folder, made = _stage(target)
    folder.rmdir()
    _discard(made)


def _stage(target: Path) -> tuple[Path, Path | None]:
    """A temporary folder beside the target, and the topmost folder made for it."""
    if target.exists() and not target.is_dir():
        raise FileError(
            "the output folder is a file", where=str(target), remedy="name another", id="NotFolder"
        )
    home = target if target.is_dir() else target.parent
    made = _first_missing(home)
    try:
        home.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix=".keruen-", dir=home)), made
    except OSError as fault:
        _discard(made)
        raise _refuse(target, fault) from fault


def _first_missing(folder: Path) -> Path | None:
    """The topmost folder that making this one would make."""
    missing = None
    for path in (folder, *folder.parents):
        if path.exists():
            break
        missing = path
    return missing


def _discard(made: Path | None) -> None:
    """Remove folders made on the way, as long as nothing stands in them."""
    if made is None or not made.exists():
        return
    for path in sorted(made.rglob("*"), reverse=True):
        if path.is_dir():
            path.rmdir()
    made.rmdir()


def _move(folder: Path, target: Path) -> None:
    if not target.exists():
        folder.chmod(0o777 & ~_umask())
        folder.rename(target)
        return
    for path in sorted(folder.rglob("*")):
        place = target / path.relative_to(folder)
        if path.is_dir():
            place.mkdir(exist_ok=True)
        else:
            path.replace(place)


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current


@contextmanager
def staged_file(target: Path) -> Iterator[Path]:
    """A temporary file name that becomes the target when it is written.

    Parameters
    ----------
    target : Path
        File to write; its folder must exist.

    Yields
    ------
    Path
        Name to write to, with the same ending.

    Raises
    ------
    FileError
        The folder cannot be written, or the disk is full (``NotWritable``).

    Examples
    --------
    >>> import tempfile
    >>> out = Path(tempfile.mkdtemp()) / "table.csv"
    >>> with staged_file(out) as path:
    ...     _ = path.write_text("year,births")
    >>> out.read_text()
    'year,births'
    """
    try:
        handle, name = tempfile.mkstemp(prefix=".keruen-", suffix=target.suffix, dir=target.parent)
        os.close(handle)
    except OSError as fault:
        raise _refuse(target, fault) from fault
    path = Path(name)
    try:
        yield path
        path.chmod(0o666 & ~_umask())
        path.replace(target)
    except BaseException as fault:
        path.unlink(missing_ok=True)
        if isinstance(fault, OSError) and not isinstance(fault, FileError):
            raise _refuse(target, fault) from fault
        raise
