# SPDX-License-Identifier: Apache-2.0
"""What the application is started with, and the folder that it keeps."""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from keruen.core.errors import FileError

if TYPE_CHECKING:
    from keruen.web.directory import DirectorySettings

_KEY = "secret.key"
_OWN_ONLY = 0o700


@dataclass(frozen=True)
class Settings:
    """Where the application listens and what it keeps where.

    Parameters
    ----------
    data : Path
        Folder of the database, of runs and of uploaded files; readable to its owner only.
    database : str
        Address of PostgreSQL; empty for SQLite in the data folder.
    host : str
        Address to listen on.
    port : int
        Port to listen on.
    minutes : int
        Minutes without a request after which a session ends.
    workers : int
        Runs at the same time.
    megabytes : int
        Memory that a run may take.
    seconds : int
        Time that a run may take.
    upload : int
        Bytes of the largest file accepted.
    address : str
        Address that browsers use where a web server with a certificate stands in front.
    directory : DirectorySettings, optional
        The office's own directory, through which people may sign in.
    """

    data: Path
    database: str = ""
    host: str = "127.0.0.1"
    port: int = 8765
    minutes: int = 60
    workers: int = 1
    megabytes: int = 4096
    seconds: int = 3600
    upload: int = 50_000_000
    address: str = ""
    directory: DirectorySettings | None = None

    @property
    def place(self) -> str:
        """Database to open."""
        return self.database or str(self.data / "keruen.db")

    @property
    def secure(self) -> bool:
        """Whether cookies go over encrypted connections alone: whenever others can listen."""
        at_home = self.host in {"127.0.0.1", "::1", "localhost"}
        return not at_home or self.address.startswith("https://")

    def folder(self, *names: str) -> Path:
        """A folder within the data folder, made when it is not there."""
        path = self.data
        for name in names:
            path /= name
            path.mkdir(mode=_OWN_ONLY, parents=True, exist_ok=True)
        return path


def secret_key(settings: Settings) -> str:
    """The key that signs sessions, made at the first start and kept for the owner's eyes.

    Parameters
    ----------
    settings : Settings
        Settings.

    Returns
    -------
    str

    Raises
    ------
    FileError
        The data folder cannot be made or written (``NotWritable``).
    """
    try:
        settings.data.mkdir(mode=_OWN_ONLY, parents=True, exist_ok=True)
        settings.data.chmod(_OWN_ONLY)  # whoever made it
        path = settings.data / _KEY
        if not path.exists():
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w", encoding="ascii") as file:
                file.write(secrets.token_urlsafe(48))
        return path.read_text("ascii")
    except OSError as fault:
        raise FileError(
            f"the data folder cannot be used: {fault.strerror or fault}",
            where=str(settings.data),
            remedy="name a folder that may be written with --data",
            id="NotWritable",
        ) from fault


def keep_private(settings: Settings) -> None:
    """Have the file of the database for the owner's eyes; SQLite's own files take after it."""
    if not settings.database:
        path = Path(settings.place)
        path.touch(mode=0o600)
        path.chmod(0o600)


@contextmanager
def alone(settings: Settings) -> Iterator[None]:
    """Serve a data folder while no other process does.

    Parameters
    ----------
    settings : Settings
        Settings; the folder is there.

    Yields
    ------
    None
        While the folder is held; a process that dies lets go of it.

    Raises
    ------
    FileError
        Another process serves this folder (``InUse``).
    """
    with (settings.data / "serving.lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as fault:
            raise FileError(
                "another keruen serve uses this data folder",
                where=str(settings.data),
                remedy="close it first, or name another folder with --data",
                id="InUse",
            ) from fault
        yield
