# SPDX-License-Identifier: Apache-2.0
"""Sign-in through an office's own directory: who is let in, as what, and what is not believed."""

from __future__ import annotations

import base64
import hmac
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from fastapi.testclient import TestClient
from joserfc import jwt
from joserfc.jwk import RSAKey

from keruen.core.errors import WorkbenchError
from keruen.web.accounts import Role
from keruen.web.app import create_app
from keruen.web.directory import Directory, DirectorySettings
from keruen.web.directory_options import directory_of, public_address
from keruen.web.directory_roles import RoleRules, read_roles
from keruen.web.sessions import COOKIE
from keruen.web.settings import Settings
from web.conftest import PASSWORD, sign_in, token_of
from web.page_checks import faults_of
from web.provider import CLIENT, SECRET, Provider

AIGUL = {"sub": "u-1", "preferred_username": "aigul@office.example", "groups": ["movers", "all"]}
RULES = RoleRules(
    otherwise=None, groups={"movers": Role.officer, "heads": Role.administrator, "all": Role.viewer}
)


@pytest.fixture(scope="module")
def running() -> Iterator[Provider]:
    made = Provider()
    made.start()
    yield made
    made.stop()


@pytest.fixture
def provider(running, monkeypatch) -> Provider:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr("keruen.web.directory._KEYS_STAND", 0)  # each test has its own keys
    running.person, running.spoil, running.sign = dict(AIGUL), lambda claims: None, running.signed
    running.error, running.published = "", [running.key]
    return running


@pytest.fixture(scope="module")
def office(running, tmp_path_factory) -> Iterator[TestClient]:
    directory = DirectorySettings(running.issuer, CLIENT, SECRET, RULES)
    settings = Settings(tmp_path_factory.mktemp("office"), directory=directory)
    with TestClient(create_app(settings), follow_redirects=False) as client:
        client.app.state.office.accounts.add("boss", PASSWORD, Role.administrator)
        yield client


@pytest.fixture
def client(office, provider) -> TestClient:
    office.cookies.clear()
    return office


def way(client: TestClient, provider: Provider, back: str = "/") -> str:
    """Out to the directory, and the address on which the browser comes back."""
    out = client.get("/sign-in/directory", params={"next": back})
    assert out.status_code == 303
    assert out.headers["location"].startswith(f"{provider.issuer}/authorize?")
    answer = httpx2.get(out.headers["location"])
    assert answer.status_code == 307
    return str(answer.headers["location"])


def through(client: TestClient, provider: Provider, back: str = "/"):
    return client.get(way(client, provider, back))


def last(client: TestClient):
    return client.app.state.office.audit.latest(1)[0]


def refused(client: TestClient, answer, status: int, reason: str) -> str:
    """The sign-in is refused: nobody is signed in, and the log says why."""
    assert answer.status_code == status, answer.text
    assert COOKIE not in answer.cookies
    assert client.get("/").status_code == 303
    note = last(client)
    assert (note.action, note.facts["way"]) == ("sign-in refused", "directory")
    assert note.facts["reason"].startswith(reason)
    assert faults_of(answer.text, "en") == []
    return str(answer.text)


def test_who_is_vouched_for_is_in_with_the_role_of_the_groups(client, provider) -> None:
    answer = through(client, provider, "/ledger?lang=en")
    assert answer.headers["location"] == "/ledger?lang=en"
    head = [one.lower() for one in answer.headers.get_list("set-cookie")]
    session = next(one for one in head if one.startswith(COOKIE))
    assert "httponly" in session
    assert "samesite=lax" in session
    assert client.get("/placement").status_code == 200
    account = client.app.state.office.accounts.get("aigul")
    assert (account.role, account.directory) == (Role.officer, f"{provider.issuer} u-1")
    assert (last(client).account, last(client).action) == ("aigul", "sign-in")


def test_the_role_is_renewed_and_the_account_stays_the_same(client, provider) -> None:
    through(client, provider)
    provider.person |= {"groups": ["all"], "preferred_username": "aigul.married"}
    through(client, provider)
    accounts = client.app.state.office.accounts
    assert accounts.get("aigul").role is Role.viewer
    assert accounts.get("aigul.married") is None
    assert client.get("/placement").status_code == 403


@pytest.mark.parametrize("sub", ["u-2", "u-3"])
def test_a_name_that_is_taken_opens_no_account_of_another(client, provider, sub) -> None:
    provider.person |= {"sub": sub, "preferred_username": "boss"}
    through(client, provider)
    assert client.get("/accounts").status_code == 403
    number = int(sub[-1])
    assert f'class="who" href="/account">boss-{number}<' in client.get("/").text
    assert client.app.state.office.accounts.get("boss").directory == ""


def test_an_account_of_the_directory_has_no_password(client, provider) -> None:
    through(client, provider)
    for password in ("", PASSWORD):
        assert sign_in(client, "aigul", password).status_code == 401
        assert client.get("/").status_code == 303
    client.app.state.office.accounts.sign_in("boss", PASSWORD, "testclient")


def test_a_local_administrator_still_gets_in(client, provider) -> None:
    provider.stop()
    try:
        assert sign_in(client, "boss").status_code == 303
        assert client.get("/accounts").status_code == 200
    finally:
        provider.start()


def test_a_sign_in_ends_the_session_before_it(client, provider) -> None:
    sign_in(client, "boss")
    before = client.cookies[COOKIE]
    through(client, provider)
    assert client.cookies[COOKIE] != before
    client.cookies.clear()
    client.cookies.set(COOKIE, before)
    assert client.get("/").status_code == 303


def test_signing_out_ends_it_here_and_shows_the_way_out_there(client, provider) -> None:
    through(client, provider)
    cookie, token = client.cookies[COOKIE], token_of(client.get("/").text)
    answer = client.post("/sign-out", data={"token": token})
    shown = client.get(answer.headers["location"]).text
    assert f'href="{provider.issuer}/out?client_id={CLIENT}"' in shown
    assert faults_of(shown, "en") == []
    client.cookies.clear()
    client.cookies.set(COOKIE, cookie)
    assert client.get("/").status_code == 303


@pytest.mark.parametrize(
    "wanted", ["//evil.example", "https://evil.example", "/\\evil.example", "/\t/evil.example"]
)
def test_the_way_back_stays_inside(client, provider, wanted) -> None:
    assert through(client, provider, wanted).headers["location"] == "/"


def test_the_browser_is_sent_with_a_challenge_and_comes_back_here_only(client, provider) -> None:
    provider.asked.clear()
    through(client, provider)
    through(client, provider)
    first, second = provider.asked
    for name in ("state", "nonce", "code_challenge"):
        assert len(first[name]) >= 43
        assert first[name] != second[name]
    assert first["redirect_uri"] == "http://testserver/sign-in/directory/back"


def test_another_state_is_refused(client, provider) -> None:
    back = way(client, provider)
    state = parse_qs(urlsplit(back).query)["state"][0]
    refused(client, client.get(back.replace(state, state[::-1])), 400, "state")


def test_another_browser_cannot_end_what_was_begun(client, provider) -> None:
    back = way(client, provider)
    client.cookies.clear()
    refused(client, client.get(back), 400, "state")
    way(client, provider)  # a cookie of its own does not help
    refused(client, client.get(back), 400, "state")


def test_a_code_is_good_once(client, provider) -> None:
    back = way(client, provider)
    cookie = client.cookies.get("keruen_directory")
    assert client.get(back).status_code == 303
    client.cookies.clear()
    client.cookies.set("keruen_directory", cookie)
    refused(client, client.get(back), 502, "token")


SPOILT = {
    "nonce": ({"nonce": "another"}, "nonce"),
    "no nonce": ({"nonce": None}, "nonce"),
    "expired": ({"exp": 1_600_000_000}, "expired"),
    "just expired": ({"exp": time.time() - 90}, "expired"),
    "no end": ({"exp": None}, "exp"),
    "of tomorrow": ({"iat": 4_000_000_000}, "early"),
    "not yet": ({"nbf": 4_000_000_000}, "early"),
    "audience": ({"aud": "another"}, "audience"),
    "audiences": ({"aud": ["another", "third"]}, "audience"),
    "party": ({"aud": [CLIENT, "another"]}, "party"),
    "other party": ({"azp": "another"}, "party"),
    "issuer": ({"iss": "https://evil.example"}, "issuer"),
    "nobody": ({"sub": ""}, "person"),
    "no text": ({"sub": 7}, "person"),
    "endless": ({"exp": "never"}, "exp"),
}


@pytest.mark.parametrize("case", SPOILT)
def test_a_token_that_is_not_for_this_sign_in_is_not_believed(client, provider, case) -> None:
    wrong, reason = SPOILT[case]
    provider.spoil = lambda claims: claims.update(wrong)
    refused(client, through(client, provider), 502, reason)


def test_a_clock_that_is_a_little_wrong_is_forgiven(client, provider) -> None:
    now = int(time.time())
    provider.spoil = lambda claims: claims.update(exp=now - 20, iat=now + 20)
    assert through(client, provider).status_code == 303


def _tampered(token: str) -> str:
    head, body, sign = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    claims["groups"] = ["heads"]
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return f"{head}.{body}.{sign}"


def _unsigned(claims: dict[str, object], way: str) -> str:
    parts = [json.dumps(one).encode() for one in ({"alg": way}, claims)]
    return ".".join(base64.urlsafe_b64encode(one).rstrip(b"=").decode() for one in parts) + "."


def _shared(claims: dict[str, object], secret: bytes) -> str:
    """Signed with what everybody knows, as if it were a secret between the two."""
    text = _unsigned(claims, "HS256")
    sign = hmac.digest(secret, text[:-1].encode(), "sha256")
    return text + base64.urlsafe_b64encode(sign).rstrip(b"=").decode()


def test_a_token_that_the_directory_did_not_sign_is_not_believed(client, provider) -> None:
    stranger = RSAKey.generate_key(2048, {"kid": "first"})
    unknown = RSAKey.generate_key(2048, {"kid": "second"})
    public = provider.key.as_pem(private=False)
    head = {"alg": "RS256", "kid": "first"}
    signs = {
        "tampered": lambda claims: _tampered(provider.signed(claims)),
        "another key of the same name": lambda claims: jwt.encode(head, claims, stranger),
        "unknown key": lambda claims: jwt.encode(head | {"kid": "second"}, claims, unknown),
        "no signature": lambda claims: _unsigned(claims, "none"),
        "public key as a secret": lambda claims: _shared(claims, public),
        "no token": lambda _: "not.a.token",
        "a number": lambda _: 7,
    }
    for name, sign in signs.items():
        provider.sign = sign
        text = refused(client, through(client, provider), 502, "")
        assert last(client).facts["reason"] in {"signature", "token"}, name
        assert "cannot be believed" in text
    assert client.app.state.office.accounts.get("aigul").role is not Role.administrator


def test_new_keys_of_the_directory_are_found(client, provider) -> None:
    assert through(client, provider).status_code == 303
    new = RSAKey.generate_key(2048, {"kid": "new"})
    provider.published = [new]
    provider.sign = lambda claims: jwt.encode({"alg": "RS256", "kid": "new"}, claims, new)
    assert through(client, provider).status_code == 303


@pytest.mark.parametrize("lang", ["en", "ru", "kk"])
def test_a_refusal_is_told_in_the_language_of_the_reader(client, provider, lang) -> None:
    provider.error = "access_denied"
    client.cookies.set("keruen_language", lang)
    answer = through(client, provider)
    assert answer.status_code == 403
    assert "access_denied" in answer.text
    assert faults_of(answer.text, lang) == []
    provider.error = "<script>alert(1)</script>"
    assert "alert(1)" not in through(client, provider).text


def test_who_has_no_role_is_refused_or_reads(client, provider) -> None:
    provider.person |= {"sub": "u-9", "groups": ["strangers"], "preferred_username": "zhan"}
    refused(client, through(client, provider), 403, "no role")
    assert client.app.state.office.accounts.get("zhan") is None
    assert replace(RULES, otherwise=Role.viewer).role(provider.person) is Role.viewer


def test_who_is_locked_here_stays_out(client, provider) -> None:
    accounts = client.app.state.office.accounts
    through(client, provider)
    accounts.change("aigul", disabled=True)
    try:
        refused(client, through(client, provider), 403, "locked")
        assert accounts.get("aigul") is None
    finally:
        accounts.change("aigul", disabled=False)


def test_a_directory_that_is_away_is_told(client, provider, settings) -> None:
    directory = DirectorySettings(provider.issuer, CLIENT, SECRET, RULES)
    provider.stop()
    try:
        with TestClient(
            create_app(replace(settings, directory=directory)), follow_redirects=False
        ) as fresh:
            text = refused(fresh, fresh.get("/sign-in/directory"), 503, "unreachable")
            assert 'type="password"' in text  # a password still does
    finally:
        provider.start()
    back = way(client, provider)
    provider.stop()
    try:
        refused(client, client.get(back), 503, "unreachable")
    finally:
        provider.start()


def test_a_directory_of_another_name_is_none(provider) -> None:
    settings = DirectorySettings(f"{provider.issuer}/", CLIENT, SECRET, RULES)
    with pytest.raises(Exception, match="another issuer"):
        Directory(settings, "key").begin("/", "http://here/back")


def test_a_wrong_secret_opens_nothing(provider, settings) -> None:
    directory = DirectorySettings(provider.issuer, CLIENT, "wrong", RULES)
    with TestClient(
        create_app(replace(settings, directory=directory)), follow_redirects=False
    ) as fresh:
        refused(fresh, through(fresh, provider), 502, "token")
    assert "wrong" not in repr(directory)


def test_behind_a_web_server_everything_is_encrypted(provider, settings) -> None:
    directory = DirectorySettings(provider.issuer, CLIENT, SECRET, RULES)
    public = replace(settings, directory=directory, address="https://keruen.example")
    with TestClient(create_app(public), follow_redirects=False) as fresh:
        out = fresh.get("/sign-in/directory")
        assert "secure" in out.headers["set-cookie"].lower()
        asked = parse_qs(urlsplit(out.headers["location"]).query)
        assert asked["redirect_uri"] == ["https://keruen.example/sign-in/directory/back"]


def test_without_a_directory_there_is_no_such_page(settings) -> None:
    with TestClient(create_app(settings), follow_redirects=False) as fresh:
        assert fresh.get("/sign-in/directory").status_code == 404
        assert fresh.get("/sign-in/directory/back?code=1&state=2").status_code == 404
        assert "directory" not in fresh.get("/sign-in").text


def test_roles_are_read_from_a_file(tmp_path) -> None:
    path = tmp_path / "roles.yaml"
    path.write_text(
        "claim: realm_access.roles\nname: email\notherwise: refuse\n"
        "roles:\n  administrator: heads\n  officer: [movers, heads]\n",
        "utf-8",
    )
    rules = read_roles(path)
    claims = {"sub": "1", "realm_access": {"roles": ["movers", "x"]}, "email": "a@b"}
    assert rules.role(claims) is Role.officer
    assert rules.called(claims) == "a@b"
    assert rules.role({"realm_access": {"roles": ["heads"]}}) is Role.administrator
    assert rules.role({"realm_access": ["movers"]}) is None
    assert rules.role({"groups": ["movers"]}) is None


def test_the_file_that_the_guide_shows_is_read(tmp_path) -> None:
    guide = (Path(__file__).parents[2] / "docs" / "web-application.md").read_text("utf-8")
    path = tmp_path / "roles.yaml"
    path.write_text(guide.partition("```yaml\n")[2].partition("```")[0], "utf-8")
    rules = read_roles(path)
    assert rules.otherwise is None
    assert rules.role({"groups": ["statisticians", "migration-officers"]}) is Role.officer


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("roles:\n  boss: [a]\n", ["line 1", "no role 'boss'"]),
        (
            "rolls:\n  officer: [a]\notherwise: king\n",
            ["'rolls'", "line 3", "'king'", "no role is"],
        ),
        ("- a\n", ["no roles stand here"]),
        ("claim: 7\nroles:\n  officer: a\n", ["claim is no name"]),
    ],
)
def test_faults_of_that_file_are_told_at_once(tmp_path, text, words) -> None:
    path = tmp_path / "roles.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(WorkbenchError) as fault:
        read_roles(path)
    assert [one for one in words if one not in str(fault.value)] == []


def test_options_that_cannot_be_are_refused(tmp_path, monkeypatch) -> None:
    secret = tmp_path / "secret"
    secret.write_text("s3cret\n")
    secret.chmod(0o604)
    for given in (
        ("https://id", "", None),
        ("", "keruen", None),
        ("", "", secret),
        ("http://id.example", "keruen", None),
        ("https://id", "keruen", secret),
    ):
        with pytest.raises(WorkbenchError):
            directory_of(*given, None)
    secret.chmod(0o600)
    assert directory_of("https://id", "keruen", secret, None).secret == "s3cret"
    monkeypatch.setenv("KERUEN_OIDC_SECRET", "of the environment")
    assert directory_of("https://id", "keruen", None, None).secret == "of the environment"
    assert directory_of("", "", None, None) is None
    assert public_address("https://keruen.example/") == "https://keruen.example"
    with pytest.raises(WorkbenchError, match="not encrypted"):
        public_address("http://keruen.example")
