# SPDX-License-Identifier: Apache-2.0
"""The chain of events in a database: SQLite in a file, or PostgreSQL for many officers."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from keruen.core.errors import FileError
from keruen.core.events import GENESIS, Entry, Event, canonical, seal
from keruen.sources.database import explained, open_database

if TYPE_CHECKING:
    import sqlalchemy as sa

_TRIES: Final = 10
_CONFLICTS: Final = ("40001", "40P01")
"""PostgreSQL's codes for a transaction that must be tried again."""


class DatabaseEvents:
    """Entries in a database, written by one writer at a time.

    Parameters
    ----------
    engine : sqlalchemy.Engine
        Database whose tables are there.

    Notes
    -----
    A writer first takes the whole table: in SQLite by ``BEGIN IMMEDIATE``, in PostgreSQL by
    ``LOCK TABLE`` before the first query of a serialisable transaction, so that its view is not
    older than the lock. Readers never wait. A commit returns when the entries are on the disk
    (``synchronous = FULL``, ``synchronous_commit = on``).
    """

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def entries(self, *, after: int = 0) -> Iterator[Entry]:
        """Entries in their order, from the one after a place."""
        with self._engine.connect() as connection:
            yield from _entries(connection, after)

    def append(self, propose: Callable[[Sequence[Entry]], Sequence[Event]], *, after: int) -> int:
        """Write what is proposed in sight of all entries after a place."""
        import sqlalchemy as sa

        for left in reversed(range(_TRIES)):
            try:
                return self._append(propose, after)
            except sa.exc.DBAPIError as error:
                if not (left and _conflict(error)):
                    raise explained(error, self._engine) from error
        raise AssertionError  # the last try returns or raises

    def _append(self, propose: Callable[[Sequence[Entry]], Sequence[Event]], after: int) -> int:
        with self._engine.connect() as connection, _alone(connection):
            seen = list(_entries(connection, after))
            events = propose(seen)
            seq, previous = (seen[-1].seq, seen[-1].hash) if seen else _head(connection)
            rows = []
            for event in events:
                seq += 1
                entry = seal(event, seq=seq, previous=previous, salt=secrets.token_hex(16))
                previous = entry.hash
                rows.append(_row(entry))
            if rows:
                connection.execute(_table().insert(), rows)
        return seq

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_events(place: str | Path) -> DatabaseEvents:
    """A chain of events in a file, or in a database by its address.

    Parameters
    ----------
    place : str or Path
        A file (made when it is not there), or an address such as
        ``postgresql://user@host/name``.

    Returns
    -------
    DatabaseEvents

    Raises
    ------
    FileError
        The database cannot be opened (``NoDatabase``), or was written by a newer version
        (``NewerDatabase``).
    SchemaError
        The kind of database is not known (``UnknownDatabase``), or a package is missing
        (``ExtraMissing``).

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder, open_events(f"{folder}/ledger.db") as events:
    ...     list(events.entries())
    []
    """
    return DatabaseEvents(open_database(place))


@contextmanager
def _alone(connection: sa.Connection) -> Iterator[None]:
    """A transaction in which nobody else writes."""
    import sqlalchemy as sa

    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.execute(sa.text("LOCK TABLE event IN SHARE ROW EXCLUSIVE MODE"))
    try:
        yield
    except BaseException:
        connection.rollback()
        raise
    connection.commit()


def _table() -> sa.Table:
    from keruen.sources.migrations.tables import event

    return event


def _entries(connection: sa.Connection, after: int) -> Iterator[Entry]:
    import sqlalchemy as sa

    table = _table()
    query = sa.select(table).where(table.c.seq > after).order_by(table.c.seq)
    for row in connection.execute(query):
        try:
            at, facts = datetime.fromisoformat(row.at), json.loads(row.facts)
        except ValueError as error:
            raise FileError(
                f"entry {row.seq} of the ledger cannot be read",
                where=connection.engine.url.render_as_string(hide_password=True),
                remedy="somebody changed it by hand: keep the file, and restore a copy",
                id="SpoiltEntry",
            ) from error
        event = Event(row.kind, row.stream, at, row.by, row.subject, facts)
        yield Entry(row.seq, event, row.salt, row.digest, row.hash)


def _head(connection: sa.Connection) -> tuple[int, str]:
    import sqlalchemy as sa

    table = _table()
    query = sa.select(table.c.seq, table.c.hash).order_by(table.c.seq.desc()).limit(1)
    row = connection.execute(query).first()
    return (row.seq, row.hash) if row else (0, GENESIS)


def _row(entry: Entry) -> dict[str, Any]:
    event = entry.event
    return {
        "seq": entry.seq,
        "kind": event.kind,
        "stream": event.stream,
        "subject": event.subject,
        "at": event.at.isoformat(),
        "by": event.by,
        "facts": canonical(event.facts).decode(),
        "salt": entry.salt,
        "digest": entry.digest,
        "hash": entry.hash,
    }


def _conflict(error: sa.exc.DBAPIError) -> bool:
    detail = error.orig.args[0] if error.orig and error.orig.args else None
    return isinstance(detail, dict) and detail.get("C") in _CONFLICTS
