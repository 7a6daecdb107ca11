# SPDX-License-Identifier: Apache-2.0
"""The database of an office: SQLite in a file, or PostgreSQL for many officers; always migrated."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

from keruen.core.errors import FileError, SchemaError

if TYPE_CHECKING:
    import sqlite3

    import sqlalchemy as sa

_WAIT_SECONDS: Final = 30
REVISION: Final = "0003"
"""Tables of this version."""


def open_database(place: str | Path, *, revision: str = REVISION) -> sa.Engine:
    """A database by its file or address, with the tables of this version.

    Parameters
    ----------
    place : str or Path
        A file (made when it is not there), or an address such as
        ``postgresql://user@host/name``.
    revision : str, optional
        Tables of an earlier version, to take in what one of its time wrote.

    Returns
    -------
    sqlalchemy.Engine

    Raises
    ------
    FileError
        The database cannot be opened (``NoDatabase``), holds something else (``NotALedger``) or
        was written by a newer version (``NewerDatabase``).
    SchemaError
        The kind of database is not known (``UnknownDatabase``), or a package is missing
        (``ExtraMissing``).

    Notes
    -----
    SQLite connections begin no transaction by themselves: whoever writes says ``BEGIN
    IMMEDIATE`` first.
    """
    _need_extra()
    import sqlalchemy as sa

    engine = _engine(str(place))
    try:
        _migrate(engine, revision)
    except sa.exc.DBAPIError as error:
        engine.dispose()
        raise explained(error, engine) from error
    except BaseException:
        engine.dispose()
        raise
    return engine


def database_as_it_is(place: str | Path) -> sa.Engine:
    """A database by its file or address, its tables left as they are.

    Parameters
    ----------
    place : str or Path
        A file that is there, or an address.

    Returns
    -------
    sqlalchemy.Engine

    Raises
    ------
    FileError
        There is no such file (``NoDatabase``).
    SchemaError
        The kind of database is not known (``UnknownDatabase``), or a package is missing
        (``ExtraMissing``).
    """
    _need_extra()
    if "://" not in str(place) and not Path(place).is_file():
        raise FileError(
            "there is no database here",
            where=str(place),
            remedy="check the name, or give --database when it is on a server",
            id="NoDatabase",
        )
    return _engine(str(place))


def revision_of(connection: sa.Connection) -> str:
    """Version of the tables of a database; empty when it has none of ours.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        Connection.

    Returns
    -------
    str
    """
    import sqlalchemy as sa

    if not sa.inspect(connection).has_table("alembic_version"):
        return ""
    return str(connection.scalar(sa.text("SELECT version_num FROM alembic_version")) or "")


def _need_extra() -> None:
    missing = [name for name in ("sqlalchemy", "alembic", "pg8000") if find_spec(name) is None]
    if missing:
        raise SchemaError(
            f"a ledger needs {', '.join(missing)}",
            remedy="install with: pip install 'keruen[ledger]'",
            id="ExtraMissing",
        )


def _engine(place: str) -> sa.Engine:
    import sqlalchemy as sa

    if "://" not in place:
        return _sqlite(Path(place))
    kind, _, rest = place.partition("://")
    if kind not in {"postgresql", "postgres", "postgresql+pg8000"}:
        raise SchemaError(
            f"unknown kind of database: {kind}",
            remedy="give a file, or an address that begins with postgresql://",
            id="UnknownDatabase",
        )
    return sa.create_engine(
        f"postgresql+pg8000://{rest}",
        isolation_level="SERIALIZABLE",
        pool_pre_ping=True,
        connect_args={"timeout": _WAIT_SECONDS},
    )


def _sqlite(path: Path) -> sa.Engine:
    import sqlalchemy as sa

    engine = sa.create_engine(f"sqlite:///{path}", connect_args={"timeout": _WAIT_SECONDS})

    @sa.event.listens_for(engine, "connect")
    def _set_up(connection: sqlite3.Connection, _: object) -> None:
        connection.isolation_level = None  # transactions begin where _alone says, not by guess
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")

    return engine


def _migrate(engine: sa.Engine, revision: str) -> None:
    """Bring the tables to a version."""
    import sqlalchemy as sa

    with engine.connect() as connection:
        held = revision_of(connection)
        tables = sa.inspect(connection).get_table_names()
        if tables and not held and connection.dialect.name == "sqlite":
            raise FileError(
                "this database holds something else than a ledger",
                where=engine.url.render_as_string(hide_password=True),
                remedy="check the name of the file",
                id="NotALedger",
            )
    if held == revision:
        return
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    settings = Config()
    settings.set_main_option("script_location", "keruen.sources:migrations")
    settings.attributes["engine"] = engine
    try:
        command.upgrade(settings, revision)
    except CommandError as error:
        raise FileError(
            f"the ledger has revision {held}, which this version does not know",
            where=engine.url.render_as_string(hide_password=True),
            remedy="install a newer keruen",
            id="NewerDatabase",
        ) from error


def explained(error: sa.exc.DBAPIError, engine: sa.Engine) -> FileError:
    """What a database said, as a fault of ours."""
    detail = error.orig.args[0] if error.orig and error.orig.args else str(error)
    said = detail.get("M", str(detail)) if isinstance(detail, dict) else str(detail)
    return FileError(
        f"the ledger cannot be used: {said}",
        where=engine.url.render_as_string(hide_password=True),
        remedy="check that the place exists, may be written and is a ledger",
        id="NoDatabase",
    )
