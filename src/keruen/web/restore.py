# SPDX-License-Identifier: Apache-2.0
"""An office out of its backup: looked at as a whole first, then made in an empty place."""

from __future__ import annotations

import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from keruen.core.errors import FaultsError, FileError, WorkbenchError, raise_faults
from keruen.sources.database import REVISION, database_as_it_is, explained, open_database
from keruen.web.archive import (
    DATABASE,
    FILES,
    Manifest,
    checked,
    copy_member,
    not_a_backup,
    table_rows,
)

if TYPE_CHECKING:
    import sqlalchemy as sa

_A_PART: Final = 1000


def restore_backup(source: Path, data: Path, *, database: str = "") -> Manifest:
    """Make an office again out of a backup, in a new place.

    Parameters
    ----------
    source : Path
        A file that :func:`keruen.web.backup.write_backup` wrote.
    data : Path
        Data folder to make; it is not there yet, or empty.
    database : str, optional
        Address of an empty PostgreSQL database; SQLite in the data folder when not given.

    Returns
    -------
    Manifest
        What the backup holds.

    Raises
    ------
    FileError
        The file is no whole backup (``NotABackup``) or a newer one (``NewerBackup``), the
        folder or the database holds something (``NotEmpty``), or cannot be written.
    FaultsError
        Several of these, or members of the file are not as they were written
        (``BackupDamaged``, ``OutsideFolder``).

    Notes
    -----
    Every digest is computed before anything is written. Nobody is signed in at the new place.
    Tables are made as the version that wrote them had them, and then brought to this one.
    """
    try:
        with source.open("rb") as file, zipfile.ZipFile(file) as archive:
            manifest = _looked_at(source, archive, data, database)
            _make(archive, manifest, data, database)
    except WorkbenchError:
        raise
    except (zipfile.BadZipFile, EOFError, ValueError, KeyError, TypeError) as fault:
        raise not_a_backup(source) from fault
    except FileNotFoundError as fault:
        raise FileError("there is no such file", where=str(source), remedy="check the name",
                        id="NoFile") from fault  # fmt: skip
    except OSError as fault:
        raise FileError(
            f"the backup cannot be restored: {fault.strerror or fault}",
            where=str(fault.filename or data),
            remedy="check that the disk has room and that the folder may be written",
            id="NotWritable",
        ) from fault
    return manifest


def _looked_at(source: Path, archive: zipfile.ZipFile, data: Path, database: str) -> Manifest:
    """All that stands in the way, told at once."""
    faults: list[WorkbenchError] = list(_in_the_way(data, database))
    try:
        manifest = checked(source, archive)
        if manifest.revision > REVISION:
            raise FileError(
                f"the backup has tables of revision {manifest.revision}, unknown to this version",
                where=str(source),
                remedy="install a newer keruen",
                id="NewerBackup",
            )
    except WorkbenchError as fault:
        raise_faults([*faults, *(fault.faults if isinstance(fault, FaultsError) else (fault,))])
        raise
    raise_faults(faults)
    return manifest


def _in_the_way(data: Path, database: str) -> Iterator[FileError]:
    if data.exists() and not (data.is_dir() and not any(data.iterdir())):
        yield _not_empty("the folder", str(data))
    if database:
        engine = database_as_it_is(database)
        try:
            if _holds_rows(engine):
                yield _not_empty("the database", engine.url.render_as_string(hide_password=True))
        finally:
            engine.dispose()


def _not_empty(what: str, where: str) -> FileError:
    return FileError(
        f"{what} holds something already",
        where=where,
        remedy="name an empty one: nothing is written over",
        id="NotEmpty",
    )


def _holds_rows(engine: sa.Engine) -> bool:
    import sqlalchemy as sa

    from keruen.sources.migrations.tables import metadata

    try:
        with engine.connect() as connection:
            held = sa.inspect(connection).get_table_names()
            ours = [one for one in metadata.sorted_tables if one.name in held]
            return any(connection.scalar(sa.select(sa.literal(1)).select_from(one).limit(1))
                       for one in ours)  # fmt: skip
    except sa.exc.DBAPIError as fault:
        raise explained(fault, engine) from fault


def _make(archive: zipfile.ZipFile, manifest: Manifest, data: Path, database: str) -> None:
    """Fill a folder beside the one wanted, and move it there when all stands in it."""
    data.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".keruen-", dir=data.parent))
    try:
        for name in manifest.members:
            if name.startswith(FILES):
                _write(archive, name, draft.joinpath(*name.removeprefix(FILES).split("/")))
        _fill(archive, manifest, database or str(draft / DATABASE))
        for path in draft.glob(f"{DATABASE}*"):
            path.chmod(0o600)
        draft.rename(data)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise


def _write(archive: zipfile.ZipFile, name: str, path: Path) -> None:
    for folder in reversed(path.parents):
        if not folder.exists():
            folder.mkdir(mode=0o700)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file, archive.open(name) as member:
        copy_member(member, file)
        file.flush()
        os.fsync(file.fileno())


def _fill(archive: zipfile.ZipFile, manifest: Manifest, place: str) -> None:
    """Write the tables in one transaction, then bring them to this version."""
    import sqlalchemy as sa

    engine = open_database(place, revision=manifest.revision)
    try:
        held = sa.MetaData()
        held.reflect(engine)
        with engine.connect() as connection:
            if engine.dialect.name == "sqlite":
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            for name in manifest.rows:
                _put_rows(connection, held.tables[name], table_rows(archive, name))
            connection.commit()
    except sa.exc.DBAPIError as fault:
        raise explained(fault, engine) from fault
    except sa.exc.SQLAlchemyError as fault:
        raise ValueError(str(fault)) from fault  # rows that no table of that revision has
    finally:
        engine.dispose()
    open_database(place).dispose()


def _put_rows(connection: sa.Connection, table: sa.Table, rows: Iterator[dict[str, Any]]) -> None:
    import sqlalchemy as sa

    while part := list(islice(rows, _A_PART)):
        connection.execute(table.insert(), part)
    key = next(iter(table.primary_key.columns))
    if isinstance(key.type, sa.Integer) and connection.dialect.name == "postgresql":
        # the next line of the log is counted on from the last one
        last = sa.select(sa.func.coalesce(sa.func.max(key), 1)).scalar_subquery()
        of = sa.func.pg_get_serial_sequence(table.name, key.name)
        connection.execute(sa.select(sa.func.setval(of, last)))
