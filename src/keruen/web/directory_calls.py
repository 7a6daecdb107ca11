# SPDX-License-Identifier: Apache-2.0
"""Calls to an office's own directory: its description, its keys, and codes exchanged."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from http.client import HTTPException
from threading import Lock
from typing import Any, Final
from urllib.error import HTTPError
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, OpenerDirector, Request, build_opener

_DESCRIPTION: Final = "/.well-known/openid-configuration"
_SECONDS: Final = 10
_LARGEST: Final = 1_000_000
_STANDS: Final = 3600.0
_AT_HOME: Final = frozenset({"127.0.0.1", "::1", "localhost"})


class UnreachableError(Exception):
    """The directory does not answer, or not as a directory does."""


class _StayHere(HTTPRedirectHandler):
    """Follows nowhere: a secret goes to the address it is meant for."""

    def redirect_request(self, *_: object) -> None:
        return None


def is_private(address: str) -> bool:
    """Whether nobody between can read what goes to an address.

    Parameters
    ----------
    address : str
        Address.

    Returns
    -------
    bool

    Examples
    --------
    >>> is_private("https://id.example"), is_private("http://id.example")
    (True, False)
    """
    parts = urlsplit(address)
    if not parts.hostname:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _AT_HOME)


class DirectoryCalls:
    """What a directory tells, asked for when it is needed and kept for a while.

    Parameters
    ----------
    issuer : str
        Address of the directory.
    """

    def __init__(self, issuer: str) -> None:
        self._issuer = issuer
        self._opener: OpenerDirector = build_opener(_StayHere)
        self._held: dict[str, tuple[float, dict[str, Any]]] = {}
        self._lock = Lock()

    def told(self) -> Mapping[str, Any]:
        """Its description of itself.

        Returns
        -------
        mapping

        Raises
        ------
        UnreachableError
            It does not answer, or is another directory.
        """
        found = self._get(self._issuer.rstrip("/") + _DESCRIPTION, _STANDS)
        if found.get("issuer") != self._issuer:
            raise UnreachableError("another issuer")
        return found

    def place(self, name: str) -> str:
        """An address that its description gives.

        Parameters
        ----------
        name : str
            Name in the description.

        Returns
        -------
        str

        Raises
        ------
        UnreachableError
            It does not answer, or gives no such address, or one that is not encrypted.
        """
        address = self.told().get(name)
        if not isinstance(address, str) or not is_private(address):
            raise UnreachableError(f"no {name}")
        return address

    def keys(self, *, older: float | None = None) -> Any:  # noqa: ANN401 - checked by who reads keys
        """Its public keys.

        Parameters
        ----------
        older : float, optional
            Ask again when those that are held are older than this many seconds.

        Returns
        -------
        mapping

        Raises
        ------
        UnreachableError
            It does not answer.
        """
        return self._get(self.place("jwks_uri"), _STANDS if older is None else older)

    def send(
        self, address: str, form: Mapping[str, str], head: Mapping[str, str]
    ) -> dict[str, Any]:
        """Send a form, and read the answer.

        Parameters
        ----------
        address : str
            Where to.
        form : mapping of str to str
            Fields.
        head : mapping of str to str
            Headers.

        Returns
        -------
        dict
            The answer; that of a refusal too.

        Raises
        ------
        UnreachableError
            There is no answer that can be read.
        """
        return self._read(Request(address, urlencode(form).encode(), dict(head)))  # noqa: S310

    def _get(self, address: str, stands: float) -> dict[str, Any]:
        with self._lock:
            made, found = self._held.get(address, (0.0, {}))
            if not found or time.monotonic() - made > stands:
                found = self._read(Request(address))  # noqa: S310 - is_private looked at it
                self._held[address] = time.monotonic(), found
        return found

    def _read(self, request: Request) -> dict[str, Any]:
        request.add_header("Accept", "application/json")
        try:
            try:
                answer = self._opener.open(request, timeout=_SECONDS)
            except HTTPError as refused:
                if request.data is None or refused.code >= 500:
                    raise
                answer = refused
            with answer:
                text = answer.read(_LARGEST + 1)
            found = json.loads(text) if len(text) <= _LARGEST else None
        except (OSError, HTTPException, ValueError) as fault:
            raise UnreachableError(type(fault).__name__) from fault
        if not isinstance(found, dict):
            raise UnreachableError("no object")
        return found
