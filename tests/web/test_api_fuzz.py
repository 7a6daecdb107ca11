# SPDX-License-Identifier: Apache-2.0
"""The interface against its own description: nothing comes back that is not told there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, given, seed, settings

from keruen.web.accounts import Role
from keruen.web.api import description
from keruen.web.app import create_app
from keruen.web.sessions import COOKIE
from keruen.web.settings import Settings

pytestmark = pytest.mark.filterwarnings(
    "ignore::keruen.core.errors.DataWarning", "ignore::DeprecationWarning"
)


@pytest.fixture(scope="module")
def cookies(tmp_path_factory) -> Iterator[dict[str, dict[str, str]]]:
    """Cookies of a viewer, and of nobody."""
    app = create_app(Settings(tmp_path_factory.mktemp("api")))
    with TestClient(app):
        office = app.state.office
        office.accounts.add("viewer", "correct horse battery", Role.viewer)
        signed = {"Cookie": f"{COOKIE}={office.sessions.begin('viewer')}"}
        office.jobs.stop()
        office.jobs.ask("scenario", "mine", "viewer", {"scenario": "kaz/baseline"})
        yield {"app": app, "viewer": signed, "nobody": {}}


@pytest.fixture(scope="module")
def api(cookies):
    """The description, and the application behind it."""
    return schemathesis.openapi.from_asgi(
        "/api/openapi.json", cookies["app"], headers=cookies["viewer"]
    )


@pytest.mark.parametrize("who", ["viewer", "nobody"])
@pytest.mark.parametrize("path", sorted(description()["paths"]))
def test_answers_are_as_described(api, cookies, path, who) -> None:
    found = api[path]["GET"]

    @seed(2026)
    @settings(
        max_examples=12, database=None, deadline=None, phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(found.as_strategy())
    def ask(case: schemathesis.Case) -> None:
        answer = case.call_and_validate(headers=cookies[who])
        assert who == "viewer" or answer.status_code in {401, 404, 405}

    ask()
