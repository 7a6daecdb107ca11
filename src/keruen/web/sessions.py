# SPDX-License-Identifier: Apache-2.0
"""Sessions: a signed cookie that names a row, which ends by itself and at sign-out."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from keruen.sources.migrations.tables import session
from keruen.web.store import now, stamp, writing

if TYPE_CHECKING:
    import sqlalchemy as sa

COOKIE: Final = "keruen_session"
_LONGEST: Final = timedelta(hours=12)
_SEEN_EVERY: Final = timedelta(minutes=1)


@dataclass(frozen=True)
class Session:
    """Somebody signed in.

    Parameters
    ----------
    account : str
        Name of the account.
    token : str
        Token that every form of the session carries.
    """

    account: str
    token: str


class Sessions:
    """Sessions in the database.

    Parameters
    ----------
    engine : sqlalchemy.Engine
        Database.
    key : str
        Key that signs cookies.
    minutes : int
        Minutes without a request after which a session ends.
    """

    def __init__(self, engine: sa.Engine, key: str, minutes: int) -> None:
        from itsdangerous import URLSafeTimedSerializer

        self._engine = engine
        self._idle = timedelta(minutes=minutes)
        self._signer = URLSafeTimedSerializer(key, salt="session")
        self._forms = URLSafeTimedSerializer(key, salt="form")

    def begin(self, account: str) -> str:
        """Begin a session; what the cookie holds is returned, the table holds its digest."""
        secret, moment = secrets.token_urlsafe(32), now()
        row = {
            "id": _digest(secret),
            "account": account,
            "token": secrets.token_urlsafe(32),
            "seen": stamp(moment),
            "ends": stamp(moment + _LONGEST),
        }
        with writing(self._engine) as connection:
            connection.execute(session.delete().where(session.c.ends < stamp(moment)))
            connection.execute(session.insert(), row)
        return str(self._signer.dumps(secret))

    def find(self, cookie: str) -> Session | None:
        """The session of a cookie; None when it is forged, has ended or was ended."""
        import sqlalchemy as sa

        secret = self._secret(cookie)
        if secret is None:
            return None
        moment = now()
        with self._engine.connect() as connection:
            query = sa.select(session).where(session.c.id == _digest(secret))
            row = connection.execute(query).first()
        if row is None or row.ends < stamp(moment) or row.seen < stamp(moment - self._idle):
            return None
        if row.seen < stamp(moment - _SEEN_EVERY):
            with writing(self._engine) as connection:
                mine = session.c.id == row.id
                connection.execute(session.update().where(mine).values(seen=stamp(moment)))
        return Session(row.account, row.token)

    def end(self, cookie: str) -> None:
        """End the session of a cookie."""
        secret = self._secret(cookie)
        if secret is not None:
            with writing(self._engine) as connection:
                connection.execute(session.delete().where(session.c.id == _digest(secret)))

    def end_all(self, account: str) -> None:
        """End all sessions of an account, as when its password or role changed."""
        with writing(self._engine) as connection:
            connection.execute(session.delete().where(session.c.account == account))

    def form_token(self) -> str:
        """A token for a form of somebody who is not signed in yet."""
        return str(self._forms.dumps(secrets.token_urlsafe(8)))

    def is_form_token(self, token: str) -> bool:
        """Whether a token is one of ours and not older than an hour."""
        from itsdangerous import BadData

        try:
            self._forms.loads(token, max_age=3600)
        except BadData:
            return False
        return True

    def _secret(self, cookie: str) -> str | None:
        from itsdangerous import BadData

        try:
            return str(self._signer.loads(cookie, max_age=int(_LONGEST.total_seconds())))
        except BadData:
            return None


def same(one: str, other: str) -> bool:
    """Whether two tokens are the same, in a time that tells nothing of them."""
    return hmac.compare_digest(one.encode(), other.encode())


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
