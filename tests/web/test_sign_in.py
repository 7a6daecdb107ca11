# SPDX-License-Identifier: Apache-2.0
"""Who gets in: passwords, sessions, forms of our own, and patience with wrong guesses."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from keruen.core.errors import SchemaError
from keruen.sources.migrations.tables import session, user
from keruen.web.accounts import Role
from keruen.web.app import create_app
from keruen.web.brake import SlowDownError
from keruen.web.sessions import COOKIE
from keruen.web.settings import Settings
from web.conftest import PASSWORD, sign_in, token_of

PAGES = ("/", "/profile", "/profile/KAZ", "/runs", "/data", "/data/un.stock.2024", "/accounts")


@pytest.mark.parametrize("path", PAGES)
def test_without_a_session_every_page_leads_to_the_sign_in(client, path) -> None:
    answer = client.get(path)
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/sign-in?next={path}"


def test_the_right_password_opens_and_the_wrong_one_does_not(client, signed) -> None:
    signed("viewer")
    assert client.get("/").status_code == 200
    refused = sign_in(client, "viewer", "something else entirely")
    assert refused.status_code == 401
    assert client.get("/").status_code == 303


def test_an_unknown_name_is_answered_like_a_wrong_password(client) -> None:
    unknown = sign_in(client, "nobody")
    assert unknown.status_code == 401
    assert "is wrong" in unknown.text


def test_passwords_and_cookies_are_not_kept_as_they_are(client, signed, settings) -> None:
    import sqlalchemy as sa

    signed("viewer")
    with client.app.state.office.engine.connect() as connection:
        held = connection.execute(sa.select(user.c.password)).scalars().all()
        ids = connection.execute(sa.select(session.c.id)).scalars().all()
    assert all(one.startswith("$argon2id$") for one in held)
    assert all(one not in client.cookies[COOKIE] for one in ids)
    assert oct((settings.data / "secret.key").stat().st_mode)[-3:] == "600"
    assert oct(settings.data.stat().st_mode)[-3:] == "700"


def test_the_cookie_is_kept_from_scripts_and_other_sites(client, signed) -> None:
    client.app.state.office.accounts.add("someone", PASSWORD, Role.viewer)
    head = sign_in(client, "someone").headers["set-cookie"].lower()
    assert "httponly" in head
    assert "samesite=lax" in head


def test_a_forged_or_ended_session_opens_nothing(client, signed) -> None:
    signed("viewer")
    cookie = client.cookies[COOKIE]
    token = token_of(client.get("/").text)
    assert client.post("/sign-out", data={"token": token}).status_code == 303
    client.cookies.set(COOKIE, cookie)
    assert client.get("/").status_code == 303
    client.cookies.set(COOKIE, cookie[:-3] + "abc")
    assert client.get("/").status_code == 303


def test_a_session_ends_by_itself(tmp_path) -> None:
    import sqlalchemy as sa

    with TestClient(create_app(Settings(tmp_path)), follow_redirects=False) as client:
        client.app.state.office.accounts.add("v", PASSWORD, Role.viewer)
        sign_in(client, "v")
        assert client.get("/").status_code == 200
        with client.app.state.office.engine.connect() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            connection.execute(sa.update(session).values(seen="2020-01-01T00:00:00+00:00"))
            connection.commit()
        assert client.get("/").status_code == 303


@pytest.mark.parametrize("token", ["", "made up", None])
def test_a_form_without_our_token_changes_nothing(client, signed, token) -> None:
    signed("administrator")
    data = {"name": "new", "password": PASSWORD, "role": "officer"}
    if token is not None:
        data["token"] = token
    assert client.post("/accounts", data=data).status_code == 403
    assert client.app.state.office.accounts.get("new") is None


def test_wrong_guesses_are_slowed_by_name_and_by_address(client, signed) -> None:
    signed("viewer")
    for _ in range(5):
        assert sign_in(client, "viewer", "wrong password here").status_code == 401
    slowed = sign_in(client, "viewer")
    assert slowed.status_code == 429
    assert "Wait" in slowed.text
    assert sign_in(client, "other").status_code == 429


def test_guesses_at_the_same_moment_do_not_pass_the_brake(client) -> None:
    from concurrent.futures import ThreadPoolExecutor

    accounts = client.app.state.office.accounts
    accounts.add("victim", PASSWORD, Role.viewer)

    def guess(_: int) -> str:
        try:
            return (
                "tried" if accounts.sign_in("victim", "wrong password", "1.2.3.4") is None else "in"
            )
        except SlowDownError:
            return "slowed"

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(guess, range(24)))
    assert found.count("tried") <= 6
    assert "in" not in found


@pytest.mark.parametrize("wanted", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_the_way_back_stays_inside(client, wanted) -> None:
    client.app.state.office.accounts.add("v", PASSWORD, Role.viewer)
    token = token_of(client.get("/sign-in").text)
    data = {"name": "v", "password": PASSWORD, "token": token, "next": wanted}
    assert client.post("/sign-in", data=data).headers["location"] == "/"


def test_the_first_start_makes_an_administrator_once(client) -> None:
    accounts = client.app.state.office.accounts
    name, password = accounts.first_administrator()
    assert accounts.first_administrator() is None
    assert sign_in(client, name, password).status_code == 303
    assert client.get("/accounts").status_code == 200


def test_the_last_administrator_stays(client) -> None:
    accounts = client.app.state.office.accounts
    accounts.first_administrator()
    with pytest.raises(SchemaError, match="nobody would be left"):
        accounts.change("admin", role=Role.viewer)
    assert accounts.get("admin").role is Role.administrator


def test_a_locked_account_is_out_at_once(client, signed) -> None:
    signed("viewer")
    client.app.state.office.accounts.add("boss", PASSWORD, Role.administrator)
    client.app.state.office.accounts.change("viewer", disabled=True)
    assert client.get("/").status_code == 303
    assert sign_in(client, "viewer").status_code == 401


def test_a_sign_in_ends_the_session_before_it(client, signed) -> None:
    signed("viewer")
    before = client.cookies[COOKIE]
    token = token_of(client.get("/").text)
    data = {"name": "viewer", "password": PASSWORD, "token": token}
    assert client.post("/sign-in", data=data).status_code == 303
    assert client.cookies[COOKIE] != before
    client.cookies.clear()
    client.cookies.set(COOKIE, before)
    assert client.get("/").status_code == 303


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_another_site_signs_nobody_in(client, site) -> None:
    client.app.state.office.accounts.add("v", PASSWORD, Role.viewer)
    token = token_of(client.get("/sign-in").text)
    data = {"name": "v", "password": PASSWORD, "token": token}
    answer = client.post("/sign-in", data=data, headers={"sec-fetch-site": site})
    assert answer.status_code == 403
    assert COOKIE not in answer.cookies


def test_wrong_guesses_are_remembered_over_a_restart(tmp_path) -> None:
    for _ in range(2):
        with TestClient(create_app(Settings(tmp_path)), follow_redirects=False) as client:
            found = [sign_in(client, "admin", "wrong password").status_code for _ in range(3)]
    assert found == [401, 401, 429]


def test_another_password_ends_all_other_sessions(client, signed) -> None:
    signed("viewer")
    elsewhere = client.cookies[COOKIE]
    signed("viewer")
    token = token_of(client.get("/account").text)
    form = {"token": token, "present": PASSWORD, "password": "staple battery horse",
            "again": "staple battery horse"}  # fmt: skip
    wrong = ({"present": "not this one"}, {"again": "staple battery hors"},
             {"password": "short", "again": "short"})  # fmt: skip
    for change in wrong:
        assert client.post("/account", data=form | change).status_code == 422
    answer = client.post("/account", data=form)
    assert answer.status_code == 303, answer.text
    assert answer.headers["location"] == "/account?changed=yes"
    assert client.get("/account?changed=yes").status_code == 200
    client.cookies.clear()
    client.cookies.set(COOKIE, elsewhere)
    assert client.get("/").status_code == 303
    assert sign_in(client, "viewer").status_code == 401
    assert sign_in(client, "viewer", "staple battery horse").status_code == 303


def test_an_administrator_who_changes_an_account_ends_its_sessions(client, signed) -> None:
    signed("viewer")
    elsewhere = client.cookies[COOKIE]
    signed("administrator")
    mine = client.cookies[COOKIE]
    token = token_of(client.get("/accounts").text)
    form = {"token": token, "role": "viewer", "password": "staple battery horse"}
    assert client.post("/accounts/viewer", data=form).status_code == 303
    form = {"token": token, "role": "administrator", "password": "staple battery horse"}
    assert client.post("/accounts/administrator", data=form).status_code == 303
    assert client.get("/accounts").status_code == 200  # signed in anew
    for old in (elsewhere, mine):
        client.cookies.clear()
        client.cookies.set(COOKIE, old)
        assert client.get("/").status_code == 303


def test_cookies_go_over_encrypted_connections_where_others_can_listen(tmp_path) -> None:
    assert not Settings(tmp_path).secure
    assert Settings(tmp_path, host="0.0.0.0").secure
    public = Settings(tmp_path, address="https://keruen.example")
    with TestClient(create_app(public), follow_redirects=False) as client:
        client.app.state.office.accounts.add("v", PASSWORD, Role.viewer)
        assert "secure" in sign_in(client, "v").headers["set-cookie"].lower()


def test_who_is_not_signed_in_sends_no_large_form(client) -> None:
    token = token_of(client.get("/sign-in").text)
    data = {"name": "v", "password": "p" * 300_000, "token": token}
    assert client.post("/sign-in", data=data).status_code == 413
