# SPDX-License-Identifier: Apache-2.0
"""The audit log: who did what, when; written, read, and never changed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from keruen.sources.migrations.tables import audit
from keruen.web.store import now, stamp, writing

if TYPE_CHECKING:
    import sqlalchemy as sa


@dataclass(frozen=True)
class Note:
    """One line of the log.

    Parameters
    ----------
    at : str
        Moment, UTC.
    account : str
        Who; empty when nobody was signed in.
    action : str
        What was done.
    subject : str
        To what.
    facts : dict
        Further facts, never personal ones.
    """

    at: str
    account: str
    action: str
    subject: str
    facts: dict[str, Any]


class Audit:
    """The log in the database.

    Parameters
    ----------
    engine : sqlalchemy.Engine
        Database.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def write(self, account: str, action: str, subject: str = "", **facts: object) -> None:
        """Write a line.

        Parameters
        ----------
        account : str
            Who.
        action : str
            What was done.
        subject : str, optional
            To what.
        **facts
            Further facts.
        """
        row = {
            "at": stamp(now()),
            "account": account,
            "action": action,
            "subject": subject,
            "facts": json.dumps(facts, ensure_ascii=False, sort_keys=True),
        }
        with writing(self._engine) as connection:
            connection.execute(audit.insert(), row)

    def latest(self, number: int = 200) -> Sequence[Note]:
        """The latest lines, newest first.

        Parameters
        ----------
        number : int, optional
            How many.

        Returns
        -------
        sequence of Note
        """
        import sqlalchemy as sa

        query = sa.select(audit).order_by(audit.c.id.desc()).limit(number)
        with self._engine.connect() as connection:
            return [
                Note(row.at, row.account, row.action, row.subject, json.loads(row.facts))
                for row in connection.execute(query)
            ]
