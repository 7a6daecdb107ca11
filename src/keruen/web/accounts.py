# SPDX-License-Identifier: Apache-2.0
"""Who may use the application and as what; passwords, and a brake on guessing them."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from enum import IntEnum
from itertools import chain, count
from typing import TYPE_CHECKING, Any, Final

from keruen.core.errors import CodeError, SchemaError
from keruen.sources.migrations.tables import attempt, user
from keruen.web.brake import need_patience, note_attempt
from keruen.web.store import now, stamp, writing

if TYPE_CHECKING:
    import sqlalchemy as sa

SHORTEST: Final = 12
"""Characters of the shortest password."""
_NO_PASSWORD: Final = ""


class Role(IntEnum):
    """What an account may do; each may all that those before it may."""

    viewer = 1
    analyst = 2
    officer = 3
    administrator = 4


@dataclass(frozen=True)
class Account:
    """Somebody who may sign in.

    Parameters
    ----------
    name : str
        Name to sign in with.
    role : Role
        What the account may do.
    disabled : bool
        Whether it is locked.
    directory : str
        Who it is in the office's own directory; empty for an account with a password.
    """

    name: str
    role: Role
    disabled: bool = False
    directory: str = ""


class Accounts:
    """Accounts in the database.

    Parameters
    ----------
    engine : sqlalchemy.Engine
        Database.
    """

    def __init__(self, engine: sa.Engine) -> None:
        from argon2 import PasswordHasher

        self._engine = engine
        self._hasher = PasswordHasher()
        # an unknown name takes as long as a wrong password, so that names cannot be found out
        self._nobody = self._hasher.hash(secrets.token_urlsafe(16))

    def first_administrator(self) -> tuple[str, str] | None:
        """Make the first account when there is none.

        Returns
        -------
        tuple of str or None
            Name and password, to be shown once; None when there are accounts already.
        """
        import sqlalchemy as sa

        password = secrets.token_urlsafe(15)
        hashed = self._hasher.hash(password)
        with writing(self._engine) as connection:
            if connection.scalar(sa.select(sa.func.count()).select_from(user)):
                return None
            connection.execute(user.insert(), _row("admin", hashed, Role.administrator))
        return "admin", password

    def add(self, name: str, password: str, role: Role) -> Account:
        """Make an account.

        Parameters
        ----------
        name : str
            Letters, digits and ``. _ -``, at most 40; the first no sign.
        password : str
            At least 12 characters.
        role : Role
            Role.

        Returns
        -------
        Account

        Raises
        ------
        SchemaError
            The name is taken or is none (``BadName``), or the password is too short.
        """
        import sqlalchemy as sa

        plain = name.strip()
        if len(plain) > 40 or not plain[:1].isalnum() or not all(_may_name(c) for c in plain):
            raise SchemaError(
                "this is not a name", remedy="use letters, digits, points and dashes", id="BadName"
            )
        _check_password(password)
        try:
            with writing(self._engine) as connection:
                connection.execute(user.insert(), _row(plain, self._hasher.hash(password), role))
        except sa.exc.IntegrityError as fault:
            raise SchemaError(
                f"there is an account '{plain}' already", remedy="choose another", id="NameTaken"
            ) from fault
        return Account(plain, role)

    def all(self) -> list[Account]:
        """Accounts by name."""
        import sqlalchemy as sa

        with self._engine.connect() as connection:
            return [_account(row) for row in connection.execute(sa.select(user).order_by("name"))]

    def get(self, name: str) -> Account | None:
        """An account by its name; None when there is none or it is locked."""
        import sqlalchemy as sa

        with self._engine.connect() as connection:
            row = connection.execute(sa.select(user).where(user.c.name == name)).first()
        return None if row is None or row.disabled else _account(row)

    def vouched(self, person: str, wished: str, role: Role) -> Account:
        """The account of somebody whom the office's own directory vouches for.

        Parameters
        ----------
        person : str
            Who it is: the directory, and the directory's own name for the person that is
            never given to another.
        wished : str
            Name that the person goes by, for an account that is made now.
        role : Role
            Role that the directory gives.

        Returns
        -------
        Account
            With the role renewed; it may be locked.

        Raises
        ------
        SchemaError
            Nobody would be left who administers (``LastAdministrator``).
        """
        import sqlalchemy as sa

        mine = user.c.directory == person
        with writing(self._engine) as connection:
            row = connection.execute(sa.select(user).where(mine)).first()
            if row is None:
                name = _free_name(connection, wished)
                made = {**_row(name, _NO_PASSWORD, role), "directory": person}
                connection.execute(user.insert(), made)
            elif not row.disabled and row.role != role.name:
                connection.execute(user.update().where(mine).values(role=role.name))
                _need_administrator(connection)
            return _account(connection.execute(sa.select(user).where(mine)).one())

    def change(
        self,
        name: str,
        *,
        role: Role | None = None,
        password: str | None = None,
        disabled: bool | None = None,
    ) -> None:
        """Change what an account may do, its password, or lock it.

        Parameters
        ----------
        name : str
            Account.
        role : Role, optional
            New role.
        password : str, optional
            New password.
        disabled : bool, optional
            Whether it is locked.

        Raises
        ------
        CodeError
            There is no such account.
        SchemaError
            The password is too short, or nobody would be left who administers
            (``LastAdministrator``).
        """

        new: dict[str, object] = {}
        if role is not None:
            new["role"] = role.name
        if password is not None:
            _check_password(password)
            new["password"] = self._hasher.hash(password)
        if disabled is not None:
            new["disabled"] = disabled
        with writing(self._engine) as connection:
            mine = user.c.name == name
            if password is not None:  # who has one of the directory never has one here
                mine &= user.c.directory.is_(None)
            found = connection.execute(user.update().where(mine).values(**new))
            if not found.rowcount:
                raise CodeError(f"there is no account '{name}'", remedy="check the name")
            if role is not None or disabled:
                _need_administrator(connection)

    def sign_in(self, name: str, password: str, address: str) -> Account | None:
        """The account of a name and password.

        Parameters
        ----------
        name : str
            Name.
        password : str
            Password.
        address : str
            Where the request comes from.

        Returns
        -------
        Account or None
            None when the name or the password is wrong, or the account is locked.

        Raises
        ------
        SlowDownError
            There were too many wrong attempts by this name or from this address.

        Notes
        -----
        After five wrong attempts by a name or from an address the wait doubles with each
        further one, from two seconds to 15 minutes; a right password ends it.
        """
        import sqlalchemy as sa
        from argon2.exceptions import VerificationError

        keys = [f"name:{name[:80]}", f"from:{address}"]
        with writing(self._engine) as connection:
            need_patience(connection, keys)
            note_attempt(connection, keys)  # before the password is tried: many at once wait too
            row = connection.execute(sa.select(user).where(user.c.name == name)).first()
        try:
            self._hasher.verify((row.password if row else "") or self._nobody, password)
        except VerificationError:
            return None
        if row is None or row.disabled or not row.password:
            return None
        with writing(self._engine) as connection:
            connection.execute(attempt.delete().where(attempt.c.who.in_(keys)))
        return _account(row)


def _account(row: Any) -> Account:  # noqa: ANN401 - a row of the database has no better type
    return Account(row.name, Role[row.role], row.disabled, row.directory or "")


def _free_name(connection: sa.Connection, wished: str) -> str:
    """A name that nobody has, near to the one wished."""
    import sqlalchemy as sa

    before = wished.partition("@")[0]
    plain = "".join(one if _may_name(one) else "-" for one in before).lstrip("._-")[:30]
    taken = set(connection.scalars(sa.select(user.c.name)))
    names = (f"{plain or 'user'}-{number}" for number in count(2))
    return next(name for name in chain([plain or "user"], names) if name not in taken)


def _need_administrator(connection: sa.Connection) -> None:
    import sqlalchemy as sa

    left = sa.select(sa.func.count()).select_from(user).where(
        user.c.role == Role.administrator.name, sa.not_(user.c.disabled)
    )  # fmt: skip
    if not connection.scalar(left):
        raise SchemaError(
            "nobody would be left who administers",
            remedy="make another administrator first",
            id="LastAdministrator",
        )


def _row(name: str, hashed: str, role: Role) -> dict[str, object]:
    return {
        "name": name,
        "password": hashed,
        "role": role.name,
        "created": stamp(now()),
        "disabled": False,
    }


def _may_name(letter: str) -> bool:
    return letter.isalnum() or letter in "._-"


def _check_password(password: str) -> None:
    if len(password) < SHORTEST:
        raise SchemaError(
            "the password is too short", remedy=f"use {SHORTEST} or more", id="ShortPassword"
        )
