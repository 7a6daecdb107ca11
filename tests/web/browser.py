# SPDX-License-Identifier: Apache-2.0
"""The application on a free port with an account of every role, and browsers signed in to it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
import uvicorn
from fastapi import FastAPI

from keruen.web.accounts import Role
from keruen.web.app import create_app
from keruen.web.office import Office
from keruen.web.sessions import COOKIE
from keruen.web.settings import Settings
from keruen.web.view import LANGUAGE

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, Route

PASSWORD: Final = "correct horse battery"
DESK: Final = (1280, 800)
PHONE: Final = (390, 844)


@dataclass
class Served:
    """The application as a browser meets it; accounts bear the names of their roles.

    ``address`` is where it answers; ``strange`` gathers what no page may do: requests to
    another address, and faults of scripts or of the content policy.
    """

    app: FastAPI
    address: str
    strange: list[str] = field(default_factory=list)

    @property
    def office(self) -> Office:
        office: Office = self.app.state.office
        return office

    def context(
        self,
        browser: Browser,
        role: str = "",
        *,
        lang: str = "en",
        size: tuple[int, int] = DESK,
        bypass_csp: bool = False,
    ) -> BrowserContext:
        """A browser signed in as somebody of a role, or as nobody; signing in is not repeated."""
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            base_url=self.address,
            bypass_csp=bypass_csp,
        )
        cookies = {LANGUAGE: lang}
        if role:
            cookies[COOKIE] = self.office.sessions.begin(role)
        context.add_cookies([
            {"name": name, "value": value, "url": self.address} for name, value in cookies.items()
        ])  # fmt: skip
        context.route("**/*", self._watch)
        context.on("weberror", lambda one: self.strange.append(str(one.error)))
        context.on("console", lambda one: self._hear(one.text))
        return context

    def _watch(self, route: Route) -> None:
        url = route.request.url
        if url.startswith((self.address, "data:", "blob:")):
            route.continue_()
        else:
            self.strange.append(f"asked for {url}")
            route.abort()

    def _hear(self, text: str) -> None:
        if "Content Security Policy" in text:
            self.strange.append(text)


@contextmanager
def serving(data: Path) -> Iterator[Served]:
    """The application over a data folder, for as long as the block lasts."""
    app = create_app(Settings(data, megabytes=6000, seconds=240))
    for role in Role:
        if app.state.office.accounts.get(role.name) is None:
            app.state.office.accounts.add(role.name, PASSWORD, role)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    try:
        yield Served(app, f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}")
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The application, one for a module of tests; nothing strange happened when it ends."""
    with serving(tmp_path_factory.mktemp("office") / "data") as made:
        yield made
    assert made.strange == []


@pytest.fixture
def enter(browser: Browser, served: Served) -> Iterator[Callable[..., Page]]:
    """An empty page of somebody signed in by role; the options are those of ``context``."""
    contexts: list[BrowserContext] = []

    def page(role: str = "", **options: object) -> Page:
        contexts.append(served.context(browser, role, **options))  # type: ignore[arg-type]
        return contexts[-1].new_page()

    yield page
    for context in contexts:
        context.close()
    assert served.strange == []
