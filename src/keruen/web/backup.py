# SPDX-License-Identifier: Apache-2.0
"""A backup of an office while it works: all of one moment, in one file, for the owner's eyes."""

from __future__ import annotations

import fcntl
import json
import os
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING, Any, Final

from keruen import __version__
from keruen.core.errors import FileError
from keruen.sources.database import database_as_it_is, explained, revision_of
from keruen.sources.output import staged_file
from keruen.web.archive import (
    DATABASE,
    FILES,
    FORMAT,
    TABLES,
    Manifest,
    copy_member,
    write_manifest,
)
from keruen.web.settings import Settings
from keruen.web.store import now, stamp

if TYPE_CHECKING:
    import sqlalchemy as sa

LEFT_OUT: Final = frozenset({"session", "alembic_version"})
"""Tables that no backup holds: whoever has the file is not signed in by it."""
_MADE_AGAIN: Final = ("stages", "drafts")
"""Folders of what is made again when it is wanted."""
_RUNS: Final = "runs"
_A_PART: Final = 1000


@dataclass(frozen=True)
class Backup:
    """A backup that was written.

    Parameters
    ----------
    path : Path
        The file.
    manifest : Manifest
        What it holds.
    """

    path: Path
    manifest: Manifest


def write_backup(settings: Settings, target: Path) -> Backup:
    """Write all that an office keeps into one file; the office may go on working.

    Parameters
    ----------
    settings : Settings
        Data folder, and address of the database.
    target : Path
        The file; there must be none yet.

    Returns
    -------
    Backup

    Raises
    ------
    FileError
        There is no office (``NoOffice``, ``NoDatabase``), there is a file of that name
        (``FileThere``) or it would lie in the data folder (``InsideFolder``), or it cannot be
        written (``NotWritable``). Nothing is left behind then.

    Notes
    -----
    Tables are read in one transaction, so that all are of one moment. Results are copied after
    that: of a run that is done they never change. A run that is removed meanwhile is left out.
    A log of decisions is copied while nobody writes to it.
    """
    import sqlalchemy as sa

    _refuse(settings, target)
    engine = database_as_it_is(settings.place)
    try:
        with staged_file(target) as draft, draft.open("wb") as file:
            with zipfile.ZipFile(file, "w") as made:
                manifest = _fill(engine, settings, made)
            file.flush()
            os.fsync(file.fileno())
        target.chmod(0o600)
    except sa.exc.DBAPIError as fault:
        raise explained(fault, engine) from fault
    finally:
        engine.dispose()
    return Backup(target, manifest)


def _refuse(settings: Settings, target: Path) -> None:
    if not settings.data.is_dir():
        raise FileError(
            "there is no office here",
            where=str(settings.data),
            remedy="name the folder that keruen serve was given with --data",
            id="NoOffice",
        )
    if target.exists():
        raise FileError(
            "there is a file of this name already",
            where=str(target),
            remedy="name another, with the day in it; no backup is written over",
            id="FileThere",
        )
    if target.resolve().is_relative_to(settings.data.resolve()):
        raise FileError(
            "a backup within the data folder would be lost with it",
            where=str(target),
            remedy="name a place on another disk",
            id="InsideFolder",
        )


def _fill(engine: sa.Engine, settings: Settings, made: zipfile.ZipFile) -> Manifest:
    members: dict[str, dict[str, Any]] = {}
    rows: dict[str, int] = {}
    head, jobs, made_at = "", [], stamp(now())
    with _one_moment(engine) as connection:
        revision = revision_of(connection)
        for table in _tables(connection):
            found = _rows(connection, table)
            if table.name == "job":
                jobs = list(found)
                continue
            rows[table.name], last = _put_table(made, table.name, found, members)
            if table.name == "event" and last:
                head = f"{last['seq']}:{last['hash']}"
    done = {one["id"] for one in jobs if one["state"] == "done"}
    _put_files(settings, made, done, members)
    runs = settings.data / _RUNS
    jobs = [one for one in jobs if one["id"] not in done or (runs / one["id"]).is_dir()]
    rows["job"], _ = _put_table(made, "job", iter(jobs), members)
    manifest = Manifest(FORMAT, __version__, made_at, revision, rows, head, members)
    write_manifest(made, manifest)
    return manifest


def _one_moment(engine: sa.Engine) -> sa.Connection:
    """A connection on which all that is read is of one moment, whatever others write."""
    options: dict[str, Any] = {"yield_per": _A_PART}
    if engine.dialect.name == "postgresql":
        options |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    connection = engine.connect().execution_options(**options)
    if engine.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN")
    return connection


def _tables(connection: sa.Connection) -> list[sa.Table]:
    """Tables of ours as they are in the database, whatever version made them."""
    import sqlalchemy as sa

    from keruen.sources.migrations.tables import metadata

    ours = set(metadata.tables) - LEFT_OUT
    held = sa.MetaData()
    held.reflect(connection, only=lambda name, _: name in ours)
    if "event" not in held.tables or "account" not in held.tables:
        raise FileError(
            "the database is not that of an office",
            where=connection.engine.url.render_as_string(hide_password=True),
            remedy="name the folder and the database that keruen serve was given",
            id="NoOffice",
        )
    return [held.tables[name] for name in sorted(held.tables)]


def _rows(connection: sa.Connection, table: sa.Table) -> Iterator[dict[str, Any]]:
    import sqlalchemy as sa

    found = connection.execute(sa.select(table).order_by(*table.primary_key.columns))
    for row in found.mappings():
        yield dict(row)


def _put_table(
    made: zipfile.ZipFile,
    name: str,
    found: Iterator[dict[str, Any]],
    members: dict[str, dict[str, Any]],
) -> tuple[int, dict[str, Any]]:
    """Write a table; the number of its rows, and the last of them."""
    number, last = 0, {}
    with TemporaryFile() as lines:
        for row in found:
            number, last = number + 1, row
            lines.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")
        lines.seek(0)
        _put(made, f"{TABLES}{name}.jsonl", lines, members)
    return number, last


def _put_files(
    settings: Settings, made: zipfile.ZipFile, done: set[str], members: dict[str, dict[str, Any]]
) -> None:
    """Files of the data folder, results of runs that are done among them."""
    for path in sorted(settings.data.rglob("*")):
        within = path.relative_to(settings.data)
        if not path.is_file() or path.is_symlink() or _is_left_out(within, done):
            continue
        try:
            with path.open("rb") as file:
                if path.suffix == ".jsonl":
                    fcntl.flock(file, fcntl.LOCK_SH)  # no decision is half written
                _put(made, f"{FILES}{within.as_posix()}", file, members)
        except FileNotFoundError:  # its owner removed it just now
            continue


def _is_left_out(within: Path, done: set[str]) -> bool:
    top = within.parts[0]
    database = len(within.parts) == 1 and within.name.startswith((DATABASE, "serving."))
    unfinished = top == _RUNS and (len(within.parts) == 1 or within.parts[1] not in done)
    draft = any(part.startswith(".keruen-") for part in within.parts)
    return database or unfinished or draft or top in _MADE_AGAIN


def _put(
    made: zipfile.ZipFile, name: str, file: IO[bytes], members: dict[str, dict[str, Any]]
) -> None:
    info = zipfile.ZipInfo(name, now().timetuple()[:6])
    info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
    with made.open(info, "w", force_zip64=True) as member:
        members[name] = copy_member(file, member)
