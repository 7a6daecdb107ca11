# SPDX-License-Identifier: Apache-2.0
"""The application over a fresh data folder, and browsers signed in by role."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from keruen.web.accounts import Role
from keruen.web.app import create_app
from keruen.web.settings import Settings
from web.browser import PASSWORD, enter, served

__all__ = ["PASSWORD", "enter", "served"]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(tmp_path / "data", megabytes=6000, seconds=240)


@pytest.fixture
def client(settings) -> Iterator[TestClient]:
    with TestClient(create_app(settings), follow_redirects=False) as made:
        yield made


def token_of(text: str) -> str:
    found = re.search(r'name="token" value="([^"]+)"', text)
    assert found is not None
    return found.group(1)


def sign_in(client: TestClient, name: str, password: str = PASSWORD):
    client.cookies.clear()
    token = token_of(client.get("/sign-in").text)
    return client.post("/sign-in", data={"name": name, "password": password, "token": token})


@pytest.fixture
def signed(client) -> Callable[[str], TestClient]:
    """Signs in somebody of a role, making the account when it is not there."""
    accounts = client.app.state.office.accounts

    def become(role: str, name: str = "") -> TestClient:
        called = name or role
        if accounts.get(called) is None:
            accounts.add(called, PASSWORD, Role[role])
        assert sign_in(client, called).status_code == 303
        return client

    return become
