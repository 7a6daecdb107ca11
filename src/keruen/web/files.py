# SPDX-License-Identifier: Apache-2.0
"""Files that officers send: kept for their owner's eyes, and removed when nothing needs them."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from keruen.sources._gate import kind_of
from keruen.sources._refusal import RefusalError
from keruen.web.settings import Settings

if TYPE_CHECKING:
    from keruen.web.jobs import Job

_ZIP: Final = b"PK\x03\x04"
_OLD_EXCEL: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OPEN_DOCUMENT: Final = b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet"
_LONGEST: Final = 60


def keep_file(settings: Settings, account: str, name: str, file: IO[bytes]) -> str:
    """Keep a file that somebody sent.

    Parameters
    ----------
    settings : Settings
        Data folder, and bytes of the largest file.
    account : str
        Whose file it is.
    name : str
        What the sender calls it; its ending is that of the content, where the two differ.
    file : binary file
        The content.

    Returns
    -------
    str
        Its place within the data folder.

    Raises
    ------
    RefusalError
        It is empty (``EmptyFile``), too large (``TooLarge``), or no table by its ending or
        its first bytes (``UnknownFormat``, ``WrongEnding``); nothing is kept then.
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    head = file.read(128)
    file.seek(0)
    called = Path(_sound(name, head))
    if not size:
        raise RefusalError("EmptyFile", called)
    if size > settings.upload:
        raise too_large(settings, called.name, size)
    folder = settings.folder("files", account, secrets.token_hex(12))
    path = folder / called
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as kept:
        shutil.copyfileobj(file, kept)
        kept.flush()
        os.fsync(kept.fileno())
    place = str(path.relative_to(settings.data))
    try:
        kind_of(path)
    except RefusalError:
        remove_file(settings, place)
        raise
    return place


def too_large(settings: Settings, name: str, size: int) -> RefusalError:
    """A file that is larger than may be sent."""
    limit = settings.upload // 1_000_000
    megabytes = -(-size // 1_000_000)
    return RefusalError("TooLarge", Path(name), megabytes=megabytes, limit=limit)


def remove_file(settings: Settings, place: str) -> None:
    """Remove a kept file with its folder, and whatever was noted beside it."""
    folder = (settings.data / place).parent
    if folder.parent.parent == settings.data / "files":
        shutil.rmtree(folder, ignore_errors=True)


def tidy(settings: Settings, jobs: Sequence[Job]) -> None:
    """Remove the files of runs that ended without a result, such as those cancelled.

    Parameters
    ----------
    settings : Settings
        Data folder.
    jobs : sequence of Job
        Runs; those over and not done are looked at.
    """
    for job in jobs:
        if job.over and job.state != "done" and "file" in job.facts:
            remove_file(settings, job.facts["file"])
            shutil.rmtree(settings.folder("drafts") / job.id, ignore_errors=True)


def _sound(name: str, head: bytes) -> str:
    """A name without a path or signs, which ends in what the content is."""
    given = Path(name.replace("\\", "/")).name
    stem = "".join(one if one.isalnum() or one in "-_ " else "_" for one in Path(given).stem)
    ending = "".join(one for one in Path(given).suffix.lower()[:9] if one.isalnum())
    if head.startswith(_ZIP):
        ending = "ods" if _OPEN_DOCUMENT in head else "xlsx"
    elif head.startswith(_OLD_EXCEL):
        ending = "xls"
    return f"{stem[:_LONGEST].strip() or 'file'}.{ending or 'bin'}"
