# SPDX-License-Identifier: Apache-2.0
"""A run as a folder: tables, then a manifest with the digest of every file; all or nothing."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Final

from keruen import __version__
from keruen.core.errors import FileError
from keruen.sources.formats.facts import table_facts
from keruen.sources.formats.table_files import Written, write_table
from keruen.sources.output import staged_folder

if TYPE_CHECKING:
    import pandas as pd

MANIFEST: Final = "manifest.json"
"""Name of the file that lists the others."""

Manifest = Mapping[str, object]
"""What a manifest says beside versions and files."""

_PACKAGES: Final = ("numpy", "scipy", "xarray", "pandas", "duckdb")


def release(target: Path, manifest: Manifest, fill: Callable[[Path], object]) -> tuple[Path, ...]:
    """Write a run to a folder, with its manifest.

    Parameters
    ----------
    target : Path
        Folder; made when it does not exist.
    manifest : mapping
        What was asked and used: command, options, inputs, warnings.
    fill : callable
        Writes the files into the folder that it is given.

    Returns
    -------
    tuple of Path
        The files by name, the manifest last.

    Raises
    ------
    FileError
        The folder cannot be written (``NotWritable``); nothing has been changed then.

    Notes
    -----
    Files that the manifest of an earlier run lists and this run does not write are removed,
    unless somebody has changed them since: a folder never holds a table of another run.

    Examples
    --------
    >>> import tempfile
    >>> out = Path(tempfile.mkdtemp()) / "run"
    >>> written = release(
    ...     out, {"command": "demo"}, lambda folder: (folder / "a.txt").write_text("1"))
    >>> [path.name for path in written]
    ['a.txt', 'manifest.json']
    """
    with staged_folder(target) as folder:
        fill(folder)
        names = sorted(path.name for path in folder.iterdir())
        files = {name: {"sha256": file_digest(folder / name)} for name in names}
        text = json.dumps({**stamped(manifest), "files": files}, indent=2, ensure_ascii=False)
        (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")
        _remove_leftovers(target, names)
    return tuple(target / name for name in [*names, MANIFEST])


def stamped(manifest: Manifest) -> dict[str, object]:
    """The manifest behind the versions that made it.

    Parameters
    ----------
    manifest : mapping
        What was asked and used.

    Returns
    -------
    dict
        ``keruen``, ``python`` and ``packages``, then the manifest.
    """
    return {
        "keruen": __version__,
        "python": platform.python_version(),
        "packages": {name: version(name) for name in _PACKAGES},
        **manifest,
    }


def complete(folder: Path, manifest: Manifest) -> bool:
    """Whether the folder holds this very run, every file as it was written.

    Parameters
    ----------
    folder : Path
        Folder of a run.
    manifest : mapping
        What the run was asked and used.

    Returns
    -------
    bool
    """
    found, files = _listed(folder)
    intact = all(_unchanged(folder / name, digest) for name, digest in files.items())
    return bool(files) and intact and found == json.loads(json.dumps(stamped(manifest)))


def write_parquet(table: pd.DataFrame, path: Path) -> None:
    """Write a table as Parquet; the same table gives the same bytes.

    Parameters
    ----------
    table : DataFrame
        Tidy table; ``attrs["values"]``, where it stands, holds the attributes of each column
        of values: they travel with the file as with an export, so that
        ``keruen data convert`` and :func:`~keruen.sources.workbooks.read_export` find units,
        source and licence.
    path : Path
        The file.

    Raises
    ------
    FileError
        The disk is full or the folder may not be written (``NotWritable``).
    """
    values = table.attrs.get("values")
    facts = table_facts(table, values) if values else {}
    try:
        write_table(Written(table, (), facts, ()), path, ".parquet")
    except OSError as fault:
        raise FileError(
            f"cannot write: {fault.strerror}",
            where=path.name,
            remedy="choose a folder with free space",
            id="NotWritable",
        ) from fault


def file_digest(path: Path) -> str:
    """SHA-256 of a file.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    str
        Hexadecimal digits.
    """
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _listed(folder: Path) -> tuple[dict[str, object], dict[str, str]]:
    """The manifest of a folder without its files, and their digests; empty when there is none."""
    try:
        found = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        return found, {name: one["sha256"] for name, one in found.pop("files").items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}, {}


def _unchanged(path: Path, digest: str) -> bool:
    return path.is_file() and file_digest(path) == digest


def _remove_leftovers(target: Path, names: list[str]) -> None:
    for name, digest in _listed(target)[1].items():
        path = target / name
        if name not in names and path.parent == target and _unchanged(path, digest):
            path.unlink()
