# SPDX-License-Identifier: Apache-2.0
"""Everything that requests share: the database, accounts, sessions, jobs and the log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from keruen.sources.database import open_database
from keruen.web.accounts import Account, Accounts
from keruen.web.audit import Audit
from keruen.web.directory import Directory
from keruen.web.held_ledger import HeldLedger
from keruen.web.jobs import Jobs
from keruen.web.sessions import Session, Sessions
from keruen.web.settings import Settings, keep_private, secret_key

if TYPE_CHECKING:
    import sqlalchemy as sa


@dataclass(frozen=True)
class Office:
    """What the application keeps.

    Parameters
    ----------
    settings : Settings
        Settings.
    engine : sqlalchemy.Engine
        Database.
    accounts : Accounts
        Accounts.
    sessions : Sessions
        Sessions.
    jobs : Jobs
        Jobs.
    audit : Audit
        Audit log.
    ledger : HeldLedger
        Quota ledger.
    directory : Directory or None
        The office's own directory, where there is one.
    """

    settings: Settings
    engine: sa.Engine
    accounts: Accounts
    sessions: Sessions
    jobs: Jobs
    audit: Audit
    ledger: HeldLedger
    directory: Directory | None


@dataclass(frozen=True)
class Visitor:
    """Who asks for a page.

    Parameters
    ----------
    account : Account
        Account.
    session : Session
        Session.
    """

    account: Account
    session: Session


def open_office(settings: Settings) -> Office:
    """Open the data folder and the database.

    Parameters
    ----------
    settings : Settings
        Settings.

    Returns
    -------
    Office

    Raises
    ------
    FileError
        The folder or the database cannot be used.
    """
    key = secret_key(settings)
    keep_private(settings)
    engine = open_database(settings.place)
    return Office(
        settings=settings,
        engine=engine,
        accounts=Accounts(engine),
        sessions=Sessions(engine, key, settings.minutes),
        jobs=Jobs(engine, settings),
        audit=Audit(engine),
        ledger=HeldLedger(engine),
        directory=Directory(settings.directory, key) if settings.directory else None,
    )
