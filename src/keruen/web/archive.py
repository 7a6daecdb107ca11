# SPDX-License-Identifier: Apache-2.0
"""What stands in a backup: its manifest, its tables, its files, and whether they are whole.

A backup is a ZIP file that any program opens: ``manifest.json``, a table of the database a
member as lines of JSON, and the files of the data folder as they are. Tables are written in no
database's own form, so that what was kept in SQLite can be taken to PostgreSQL and back.
"""

from __future__ import annotations

import hashlib
import json
import stat
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any, Final

from keruen.core.errors import FileError, raise_faults

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
TABLES: Final = "tables/"
FILES: Final = "data/"
DATABASE: Final = "keruen.db"
"""File of the database in a data folder; it travels as tables."""
CHUNK: Final = 1 << 20
_UNREADABLE: Final = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError,
                      NotImplementedError)  # fmt: skip
"""What the reading of a damaged ZIP file ends in."""


@dataclass(frozen=True)
class Manifest:
    """What a backup holds.

    Parameters
    ----------
    format : int
        Form of the file.
    keruen : str
        Version that wrote it.
    made : str
        When, UTC.
    revision : str
        Version of the tables.
    rows : dict of str to int
        Rows of each table.
    head : str
        Place and hash of the last entry of the ledger, as ``keruen quota verify --head``
        takes them; empty when nothing was told yet.
    members : dict of str to dict
        ``sha256`` and ``bytes`` of each member of the file but this one.
    """

    format: int
    keruen: str
    made: str
    revision: str
    rows: dict[str, int]
    head: str
    members: dict[str, dict[str, Any]]


def write_manifest(archive: zipfile.ZipFile, manifest: Manifest) -> None:
    """Write what the other members are, after them.

    Parameters
    ----------
    archive : ZipFile
        A backup being written.
    manifest : Manifest
        What it holds.
    """
    text = json.dumps(asdict(manifest), ensure_ascii=False, indent=1)
    archive.writestr(MANIFEST, text)


def copy_member(source: IO[bytes], target: IO[bytes]) -> dict[str, Any]:
    """Copy bytes, and tell their digest and number.

    Parameters
    ----------
    source : binary file
        From where.
    target : binary file
        To where.

    Returns
    -------
    dict of str to str or int
        ``sha256`` and ``bytes``.
    """
    digest, size = hashlib.sha256(), 0
    while part := source.read(CHUNK):
        digest.update(part)
        size += len(part)
        target.write(part)
    return {"sha256": digest.hexdigest(), "bytes": size}


def checked(path: Path, archive: zipfile.ZipFile) -> Manifest:
    """The manifest of a backup, when every member is what it says.

    Parameters
    ----------
    path : Path
        The file, to be named in faults.
    archive : ZipFile
        The same, opened.

    Returns
    -------
    Manifest

    Raises
    ------
    FileError
        It is no backup of ours (``NotABackup``), or of a newer version (``NewerBackup``).
    FaultsError
        Members are missing, were added, were changed (``BackupDamaged``) or would be written
        elsewhere than in the data folder (``OutsideFolder``); all at once.
    """
    manifest = _manifest(path, archive)
    held = [one.filename for one in archive.infolist()]
    told = {MANIFEST, *manifest.members}
    faults = [_damaged(path, name, "is missing") for name in sorted(told - set(held))]
    faults += [_damaged(path, name, "stands in no manifest") for name in sorted({*held} - told)]
    twice = (
        sorted({name for name in held if held.count(name) > 1}) if len({*held}) < len(held) else ()
    )
    faults += [_damaged(path, name, "is there twice") for name in twice]
    for info in archive.infolist():
        if not _stays_inside(info):
            faults.append(
                FileError(
                    f"'{info.filename}' would be written outside of the data folder",
                    where=str(path),
                    remedy="do not use this file: it is not as keruen backup wrote it",
                    id="OutsideFolder",
                )
            )
        elif info.filename in manifest.members:
            faults += _changed(path, archive, info, manifest.members[info.filename])
    raise_faults(faults)
    return manifest


def table_rows(archive: zipfile.ZipFile, table: str) -> Iterator[dict[str, Any]]:
    """Rows of a table of a backup, in order."""
    with archive.open(f"{TABLES}{table}.jsonl") as lines:
        for line in lines:
            yield json.loads(line)


def _manifest(path: Path, archive: zipfile.ZipFile) -> Manifest:
    try:
        facts = json.loads(archive.read(MANIFEST))
        form = facts["format"]
        found = Manifest(**facts) if form == FORMAT else None
        sound = found is None or _is_sound(found)
    except (KeyError, ValueError, TypeError, AttributeError, *_UNREADABLE) as fault:
        raise not_a_backup(path) from fault
    if not sound:
        raise not_a_backup(path)
    if found is None:
        raise FileError(
            f"the backup has form {form}, which this version does not know",
            where=str(path),
            remedy="install a newer keruen",
            id="NewerBackup",
        )
    return found


def _is_sound(manifest: Manifest) -> bool:
    tables = {f"{TABLES}{name}.jsonl" for name in manifest.rows}
    return tables <= set(manifest.members) and all(
        isinstance(one["sha256"], str) and isinstance(one["bytes"], int)
        for one in manifest.members.values()
    )


def not_a_backup(path: Path) -> FileError:
    """A file that cannot be read as a backup, or only its beginning."""
    return FileError(
        "this is not a whole backup",
        where=str(path),
        remedy="name a file that keruen backup wrote; one cut off in copying cannot be used",
        id="NotABackup",
    )


def _damaged(path: Path, name: str, what: str) -> FileError:
    return FileError(
        f"'{name}' {what}", where=str(path), remedy="use another backup", id="BackupDamaged"
    )


def _stays_inside(info: zipfile.ZipInfo) -> bool:
    name = info.orig_filename
    parts = PurePosixPath(name).parts
    plain = not (name.startswith("/") or "\\" in name or "\0" in name or ":" in parts[0])
    known = name == MANIFEST or name.startswith((TABLES, FILES))
    known = known and not name.startswith(f"{FILES}{DATABASE}")
    kind = stat.S_IFMT(info.external_attr >> 16)
    return plain and known and ".." not in parts and kind in {0, stat.S_IFREG} and name[-1] != "/"


def _changed(
    path: Path, archive: zipfile.ZipFile, info: zipfile.ZipInfo, told: dict[str, Any]
) -> list[FileError]:
    """A fault when a member is not what the manifest says; never more is read than it says."""
    digest, left = hashlib.sha256(), int(told["bytes"])
    try:
        with archive.open(info) as member:
            while part := member.read(min(CHUNK, left + 1)):
                digest.update(part)
                left -= len(part)
                if left < 0:
                    break
    except _UNREADABLE:
        left = -1
    same = left == 0 and digest.hexdigest() == told["sha256"]
    return [] if same else [_damaged(path, info.filename, "was changed since it was written")]
