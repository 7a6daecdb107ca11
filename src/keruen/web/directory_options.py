# SPDX-License-Identifier: Apache-2.0
"""The office's own directory, as ``keruen serve`` is told of it."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from keruen.core.errors import FileError, SchemaError, raise_faults
from keruen.web.directory import DirectorySettings
from keruen.web.directory_calls import is_private
from keruen.web.directory_roles import RoleRules, read_roles

SECRET: Final = "KERUEN_OIDC_SECRET"  # noqa: S105 - the name of a variable
"""Variable of the environment with the secret of this application."""


def directory_of(
    issuer: str, client: str, secret_file: Path | None, roles: Path | None
) -> DirectorySettings | None:
    """The directory that people sign in through.

    Parameters
    ----------
    issuer : str
        Its address; empty when there is none.
    client : str
        Name that it knows this application by.
    secret_file : Path or None
        File with the secret; without one it is taken from ``KERUEN_OIDC_SECRET``.
    roles : Path or None
        Which of its groups have which role; without one all are viewers.

    Returns
    -------
    DirectorySettings or None

    Raises
    ------
    SchemaError
        A part is missing (``NoDirectory``), the address is not encrypted (``NotEncrypted``),
        or a package is missing (``ExtraMissing``).
    FileError
        A file cannot be read.
    """
    if bool(issuer) != bool(client) or (not issuer and (secret_file or roles)):
        raise SchemaError(
            "the address of the directory and the name of this application go together",
            remedy="give --oidc-issuer and --oidc-client",
            id="NoDirectory",
        )
    if not issuer:
        return None
    if find_spec("joserfc") is None:
        raise SchemaError(
            "sign-in through a directory needs joserfc",
            remedy="install with: pip install 'keruen[oidc]'",
            id="ExtraMissing",
        )
    secret = os.environ.get(SECRET, "") if secret_file is None else _read(secret_file)
    rules = RoleRules() if roles is None else read_roles(roles)
    return DirectorySettings(issuer, client, secret, rules)


def public_address(address: str) -> str:
    """The address that browsers use, without a stroke at its end.

    Parameters
    ----------
    address : str
        As it was given; empty when nothing stands in front.

    Returns
    -------
    str

    Raises
    ------
    SchemaError
        It is not encrypted (``NotEncrypted``).
    """
    if address and not is_private(address):
        raise SchemaError(
            "the address is not encrypted",
            where=address,
            remedy="give one that begins with https://",
            id="NotEncrypted",
        )
    return address.rstrip("/")


def _read(path: Path) -> str:
    faults = []
    try:
        text = path.read_text("utf-8").strip()
        others = path.stat().st_mode & 0o007
    except (OSError, UnicodeDecodeError) as fault:
        raise FileError(
            "the file of the secret cannot be read", where=str(path), remedy="check the name"
        ) from fault
    if not text:
        faults.append(FileError("the file of the secret is empty", where=str(path)))
    if others:
        faults.append(
            FileError(
                "others can read the file of the secret",
                where=str(path),
                remedy=f"chmod 600 {path}",
                id="NotPrivate",
            )
        )
    raise_faults(faults)
    return text
