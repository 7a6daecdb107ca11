# SPDX-License-Identifier: Apache-2.0
"""Reading and writing the office's tables: one writer at a time, times in UTC."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import sqlalchemy as sa

_TURN: Final = 7303015
"""Any number: who writes to PostgreSQL waits for the one before, as in SQLite."""


def now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)


def stamp(moment: datetime) -> str:
    """A moment as the tables hold it; texts sort as moments do."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


@contextmanager
def writing(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A transaction that writes; it is on the disk when the block ends.

    Parameters
    ----------
    engine : sqlalchemy.Engine
        Database.

    Yields
    ------
    sqlalchemy.Connection
    """
    with engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.execution_options(isolation_level="READ COMMITTED")
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_TURN})")
        try:
            yield connection
        except BaseException:
            connection.rollback()
            raise
        connection.commit()
