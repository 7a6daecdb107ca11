# SPDX-License-Identifier: Apache-2.0
"""What tests share: a browser, and a loud word on what this machine does not have.

``scripts/system-packages`` installs such things where it may. A test that needs one
asks for its fixture and is skipped without it; the run then ends with a list of what
was not available, so that a green run never hides that something was not looked at.
"""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

# A busy machine is not a fault; in CI the same code sees the same examples.
settings.register_profile(
    "keruen",
    deadline=None,
    derandomize="CI" in os.environ,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("keruen")

_NOT_AVAILABLE = "NOT AVAILABLE: "
_CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
_CHROMIUM_ARGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def find_program(*names: str, what: str) -> str:
    """Path of the first of these programs, or skip the test loudly."""
    for name in names:
        path = shutil.which(name)
        if path:
            return path
    pytest.skip(f"{_NOT_AVAILABLE}{what}")


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of a Chromium."""
    return find_program(*_CHROMIUM_NAMES, what="Chromium (Debian: chromium)")


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    """A headless Chromium, one for the whole run."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=[*_CHROMIUM_ARGS])
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """An empty page of 1280 by 800 pixels with no memory of other tests."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    yield context.new_page()
    context.close()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """Address of a PostgreSQL database that lives as long as the run."""
    import postgres

    bin = postgres.programs()
    if bin is None:
        pytest.skip(f"{_NOT_AVAILABLE}PostgreSQL (Debian: postgresql)")
    with postgres.server(bin) as address:
        yield address


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a browser, so that ``-m "not browser"`` leaves it out."""
    for item in items:
        if "chromium" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """List what was not available, and how many tests were skipped for it."""
    missing: Counter[str] = Counter()
    for report in terminalreporter.getreports("skipped"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else ""
        _, found, what = reason.partition(_NOT_AVAILABLE)
        if found:
            missing[what] += 1
    if missing:
        terminalreporter.section("not available on this machine", sep="!", red=True, bold=True)
        for what, tests in sorted(missing.items()):
            terminalreporter.write_line(f"{what}: {tests} tests skipped", red=True, bold=True)
