# SPDX-License-Identifier: Apache-2.0
"""A brake on guessing passwords, which a restart does not loosen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from keruen.core.errors import SchemaError
from keruen.sources.migrations.tables import attempt
from keruen.web.store import now, stamp

if TYPE_CHECKING:
    import sqlalchemy as sa

_FREE_TRIES: Final = 5
_LONGEST_WAIT: Final = timedelta(minutes=15)
_FORGOTTEN: Final = timedelta(days=1)


class SlowDownError(SchemaError):
    """Too many wrong passwords; says how long to wait."""

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        super().__init__(
            "too many attempts", remedy=f"wait {seconds} seconds", id="TooManyAttempts"
        )


def need_patience(connection: sa.Connection, keys: Sequence[str]) -> None:
    """Refuse an attempt that comes too soon after many wrong ones.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        A transaction that writes.
    keys : sequence of str
        Who tries, by name and by address.

    Raises
    ------
    SlowDownError
        There were too many wrong ones of late.
    """
    import sqlalchemy as sa

    for row in connection.execute(sa.select(attempt).where(attempt.c.who.in_(keys))):
        over = row.failed - _FREE_TRIES
        if over < 0:
            continue
        wait = min(timedelta(seconds=2.0 ** min(over + 1, 12)), _LONGEST_WAIT)
        left = (datetime.fromisoformat(row.last) + wait - now()).total_seconds()
        if left > 0:
            raise SlowDownError(int(left) + 1)


def note_attempt(connection: sa.Connection, keys: Sequence[str]) -> None:
    """Count an attempt as wrong until it turns out to be right; forget those of yesterday.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        A transaction that writes.
    keys : sequence of str
        Who tries.
    """
    connection.execute(attempt.delete().where(attempt.c.last < stamp(now() - _FORGOTTEN)))
    for key in keys:
        values = {"failed": attempt.c.failed + 1, "last": stamp(now())}
        found = connection.execute(attempt.update().where(attempt.c.who == key).values(**values))
        if not found.rowcount:
            connection.execute(attempt.insert(), {"who": key, "failed": 1, "last": stamp(now())})
