# SPDX-License-Identifier: Apache-2.0
"""Sign-in through an office's own directory, by OpenID Connect.

The browser is sent to the directory with a state, a nonce and a challenge that only this
application can answer (authorisation code flow with PKCE); it comes back with a code, which is
exchanged for a signed token that says who the person is. Nothing in that token is believed
before its signature, issuer, audience, times and nonce are checked.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode

from keruen.core.errors import SchemaError
from keruen.report.locale import Message, Verbatim, msg
from keruen.web.accounts import Role
from keruen.web.directory_calls import DirectoryCalls, UnreachableError, is_private
from keruen.web.directory_roles import RoleRules
from keruen.web.sessions import same

if TYPE_CHECKING:
    from joserfc.jwk import KeySet

COOKIE: Final = "keruen_directory"
MINUTES: Final = 10
"""Minutes in which a sign-in that was begun can be ended."""
_ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384",
                      "ES512", "EdDSA", "Ed25519")  # fmt: skip
"""Signatures with a public key; never one with the client's own secret, never none."""
_SKEW: Final = 60
_KEYS_STAND: Final = 10


@dataclass(frozen=True)
class DirectorySettings:
    """The directory, and what this application is to it.

    Parameters
    ----------
    issuer : str
        Address of the directory, as its own description gives it.
    client : str
        Name that the directory knows this application by.
    secret : str
        Secret that goes with it; empty where the directory gives none.
    roles : RoleRules
        Roles of its groups.
    """

    issuer: str
    client: str
    secret: str = field(default="", repr=False)
    roles: RoleRules = field(default_factory=RoleRules)

    def __post_init__(self) -> None:
        if not is_private(self.issuer):
            raise SchemaError(
                "the address of the directory is not encrypted",
                where=self.issuer,
                remedy="give one that begins with https://",
                id="NotEncrypted",
            )


@dataclass(frozen=True)
class Person:
    """Somebody whom the directory vouches for.

    Parameters
    ----------
    id : str
        The directory, and its own name for the person.
    name : str
        Name the person goes by.
    role : Role
        Role that the groups give.
    back : str
        Page that the person wanted.
    """

    id: str
    name: str
    role: Role
    back: str


class DirectoryError(Exception):
    """A sign-in that cannot be, told in the reader's language.

    Parameters
    ----------
    told : Message
        What to tell the reader.
    status : int
        HTTP status.
    reason : str
        One word for the audit log.
    """

    def __init__(self, told: Message, status: int, reason: str) -> None:
        super().__init__(reason)
        self.told, self.status, self.reason = told, status, reason


class Directory:
    """The directory, as this application deals with it.

    Parameters
    ----------
    settings : DirectorySettings
        Which directory.
    key : str
        Key that signs the cookie of a sign-in that was begun.
    """

    def __init__(self, settings: DirectorySettings, key: str) -> None:
        from itsdangerous import URLSafeTimedSerializer

        self._settings = settings
        self._calls = DirectoryCalls(settings.issuer)
        self._signer = URLSafeTimedSerializer(key, salt="directory")

    def begin(self, back: str, here: str) -> tuple[str, str]:
        """Begin a sign-in.

        Parameters
        ----------
        back : str
            Page that the reader wants.
        here : str
            Address that the directory sends the browser back to.

        Returns
        -------
        tuple of str
            Address to send the browser to, and what its cookie holds.

        Raises
        ------
        DirectoryError
            The directory does not answer.
        """
        try:
            to = self._calls.place("authorization_endpoint")
        except UnreachableError as fault:
            raise _away(fault) from fault
        held = {name: secrets.token_urlsafe(32) for name in ("state", "nonce", "verifier")}
        digest = hashlib.sha256(held["verifier"].encode()).digest()
        asked = {
            "response_type": "code",
            "client_id": self._settings.client,
            "redirect_uri": here,
            "scope": "openid profile email",
            "state": held["state"],
            "nonce": held["nonce"],
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        joint = "&" if "?" in to else "?"
        return f"{to}{joint}{urlencode(asked)}", str(self._signer.dumps({**held, "back": back}))

    def end(self, answer: Mapping[str, str], cookie: str, here: str) -> Person:
        """Who it is that comes back from the directory.

        Parameters
        ----------
        answer : mapping of str to str
            What the directory gave the browser to bring.
        cookie : str
            Cookie of the browser.
        here : str
            Address that the browser was sent back to.

        Returns
        -------
        Person

        Raises
        ------
        DirectoryError
            It was not begun here, took too long, was refused, or cannot be believed.
        """
        held = self._held(cookie)
        if held is None or not same(answer.get("state", ""), held["state"]):
            told = msg("This sign-in took too long, or was begun in another window. Begin again.")
            raise DirectoryError(told, 400, "state")
        if answer.get("iss", self._settings.issuer) != self._settings.issuer:
            raise _unsound("issuer")
        if "error" in answer or not answer.get("code"):
            reason = "".join(one for one in answer.get("error", "code")[:40] if one in _LETTERS)
            told = msg("The directory did not sign you in ({reason}).", reason=Verbatim(reason))
            raise DirectoryError(told, 403, f"directory {reason}")
        try:
            claims = self._claims(self._exchange(answer["code"], held["verifier"], here))
        except UnreachableError as fault:
            raise _away(fault) from fault
        self._believe(claims, held["nonce"])
        role = self._settings.roles.role(claims)
        if role is None:
            told = msg("None of your groups in the directory has a role here. "
                       "Ask those who administer Keruen.")  # fmt: skip
            raise DirectoryError(told, 403, "no role")
        person = f"{self._settings.issuer} {claims['sub']}"
        return Person(person, self._settings.roles.called(claims), role, held["back"])

    def way_out(self) -> str:
        """Address at which the directory signs people out; empty when it tells of none."""
        try:
            address = self._calls.place("end_session_endpoint")
        except UnreachableError:
            return ""
        joint = "&" if "?" in address else "?"
        return f"{address}{joint}{urlencode({'client_id': self._settings.client})}"

    def _held(self, cookie: str) -> dict[str, str] | None:
        from itsdangerous import BadData

        try:
            found: dict[str, str] = self._signer.loads(cookie, max_age=60 * MINUTES)
        except BadData:
            return None
        return found

    def _exchange(self, code: str, verifier: str, here: str) -> str:
        """The signed token that a code stands for."""
        one = self._settings
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": here,
                "code_verifier": verifier, "client_id": one.client}  # fmt: skip
        head = {}
        ways = self._calls.told().get(
            "token_endpoint_auth_methods_supported", ["client_secret_basic"]
        )
        if one.secret and "client_secret_basic" in ways:
            pair = f"{quote(one.client, safe='')}:{quote(one.secret, safe='')}"
            head["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        elif one.secret:
            form["client_secret"] = one.secret
        answer = self._calls.send(self._calls.place("token_endpoint"), form, head)
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise _unsound("token")
        return token

    def _claims(self, token: str) -> Mapping[str, Any]:
        """What a token says, when one of the directory's keys signed it."""
        from joserfc import jwt
        from joserfc.errors import JoseError

        for fresh in (False, True):
            keys = self._keys(fresh=fresh)
            try:
                return jwt.decode(token, keys, algorithms=_ALGORITHMS).claims
            except (JoseError, ValueError, TypeError, KeyError):
                continue  # the directory may have changed its keys
        raise _unsound("signature")

    def _keys(self, *, fresh: bool) -> KeySet:
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet

        try:
            return KeySet.import_key_set(self._calls.keys(older=_KEYS_STAND if fresh else None))
        except (JoseError, ValueError, TypeError, KeyError, AttributeError) as fault:
            raise _unsound("keys") from fault

    def _believe(self, claims: Mapping[str, Any], nonce: str) -> None:
        """Refuse a token that was made by or for another, is not of now, or was used before."""
        one, moment = self._settings, time.time()
        audience = claims.get("aud")
        whom = [audience] if isinstance(audience, str) else audience
        party = claims.get("azp")
        checks = {
            "issuer": claims.get("iss") == one.issuer,
            "audience": isinstance(whom, list) and one.client in whom,
            "party": party == one.client if party is not None else len(whom or ()) == 1,
            "expired": _number(claims, "exp") > moment - _SKEW,
            "early": max(_number(claims, "iat"), _number(claims, "nbf", 0)) < moment + _SKEW,
            "nonce": same(str(claims.get("nonce", "")), nonce),
            "person": isinstance(claims.get("sub"), str) and 0 < len(claims["sub"]) <= 255,
        }
        wrong = next((name for name, holds in checks.items() if not holds), None)
        if wrong is not None:
            raise _unsound(wrong)


_LETTERS: Final = frozenset("abcdefghijklmnopqrstuvwxyz_")


def _number(claims: Mapping[str, Any], name: str, default: float | None = None) -> float:
    found = claims.get(name, default)
    if isinstance(found, bool) or not isinstance(found, (int, float)):
        raise _unsound(name)
    return float(found)


def _unsound(reason: str) -> DirectoryError:
    told = msg(
        "What the directory answered cannot be believed ({reason}). Begin again; when it happens "
        "once more, tell those who administer Keruen.",
        reason=Verbatim(reason),
    )
    return DirectoryError(told, 502, reason)


def _away(fault: UnreachableError) -> DirectoryError:
    told = msg("The directory does not answer. Try again later, or sign in with a password.")
    return DirectoryError(told, 503, f"unreachable: {fault}")
