# SPDX-License-Identifier: Apache-2.0
"""The process of one job: limited in memory and time, it writes a result or says why not."""

from __future__ import annotations

import os
import resource
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from keruen.core.errors import WorkbenchError
from keruen.sources.database import open_database
from keruen.sources.migrations.tables import job
from keruen.web.jobs import Jobs, finish
from keruen.web.settings import Settings
from keruen.web.store import writing
from keruen.web.troubles import NO_MEMORY, NO_TIME, pack
from keruen.web.work import KINDS

if TYPE_CHECKING:
    import sqlalchemy as sa

_TELL_EVERY = 0.5


class _OutOfTimeError(Exception):
    """The run took longer than it may."""


def main(data: str, id: str) -> None:
    """Do a job.

    Parameters
    ----------
    data : str
        Data folder.
    id : str
        Job.
    """
    os.umask(0o077)
    _limit(int(os.environ["KERUEN_MEGABYTES"]), int(os.environ["KERUEN_SECONDS"]))
    engine = open_database(os.environ["KERUEN_DATABASE"])
    settings = Settings(Path(data), os.environ["KERUEN_DATABASE"])
    jobs = Jobs(engine, settings)
    if not jobs.claim(id, os.getpid()):
        return  # it was ended before it began
    asked = jobs.get(id)
    state, message = "done", ""
    try:
        KINDS[asked.kind](asked.facts, jobs.folder(id), _teller(engine, id))
    except WorkbenchError as fault:
        state, message = "failed", pack(fault)
    except MemoryError:
        state, message = "failed", NO_MEMORY.text
    except _OutOfTimeError:
        state, message = "failed", NO_TIME.text
    with writing(engine) as connection:
        finish(connection, id, state, message, only=("running",))


def _limit(megabytes: int, seconds: int) -> None:
    size = megabytes * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_DATA, (size, size))
    os.nice(5)  # pages of others come first

    def stop(*_: object) -> None:
        raise _OutOfTimeError

    signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)


def _teller(engine: sa.Engine, id: str):  # noqa: ANN202
    """Writes how far the run is, at most twice a second."""
    last = 0.0

    def tell(share: float, what: str) -> None:
        nonlocal last
        if time.monotonic() - last < _TELL_EVERY:
            return
        last = time.monotonic()
        with writing(engine) as connection:
            mine = job.c.id == id
            connection.execute(job.update().where(mine).values(share=share, step=what))

    return tell


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
