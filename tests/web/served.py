# SPDX-License-Identifier: Apache-2.0
"""``keruen serve`` in a process of its own that can be killed, and people who sign in to it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Self

import httpx2

from keruen.web.accounts import Role
from keruen.web.office import open_office
from keruen.web.settings import Settings
from web.conftest import PASSWORD, token_of


def with_accounts(settings: Settings, **roles: str) -> None:
    """Accounts by name, all with the one password."""
    office = open_office(settings)
    for name, role in roles.items():
        office.accounts.add(name, PASSWORD, Role[role])
    office.engine.dispose()


class Served:
    """A server over a data folder, started again after each death."""

    def __init__(self, settings: Settings, *more: str) -> None:
        self.settings, self._more = settings, more
        self.process: subprocess.Popen[bytes] | None = None
        self._browsers: list[httpx2.Client] = []
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        command = [sys.executable, "-m", "keruen.cli", "serve", "--port", str(self.port)]
        command += ["--data", str(self.settings.data), *self._more]
        if self.settings.database:
            command += ["--database", self.settings.database]
        env = {**os.environ, "OMP_NUM_THREADS": "1"}
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=env)
        for _ in range(1200):
            assert self.process.poll() is None, "the server does not start"
            try:
                if httpx2.get(f"{self.address}/healthy", timeout=5).status_code == 200:
                    return
            except httpx2.TransportError:
                time.sleep(0.1)
        raise AssertionError("the server does not answer")

    def kill(self) -> None:
        """The death that nobody can prepare for."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        for browser in self._browsers:
            browser.close()
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(timeout=60)

    def signed_in(self, name: str) -> httpx2.Client:
        """A browser in which somebody has signed in."""
        client = httpx2.Client(base_url=self.address, timeout=60)
        self._browsers.append(client)
        token = token_of(client.get("/sign-in").text)
        answer = client.post("/sign-in", data={"name": name, "password": PASSWORD, "token": token})
        assert answer.status_code == 303, answer.text
        return client


def modes(folder: Path) -> set[str]:
    """Files and folders that others than their owner may look into."""
    found = (folder, *folder.rglob("*"))
    return {f"{one.stat().st_mode:o} {one}" for one in found if one.stat().st_mode & 0o077}
