# SPDX-License-Identifier: Apache-2.0
"""Runs as jobs in processes of their own: queued, watched, cancelled, and honest after a crash."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from keruen.core.errors import CodeError
from keruen.sources.migrations.tables import job
from keruen.web.files import remove_file
from keruen.web.processes import end_process, kill
from keruen.web.settings import Settings
from keruen.web.store import now, stamp, writing
from keruen.web.troubles import NO_MEMORY, NO_RESULT

if TYPE_CHECKING:
    import sqlalchemy as sa

WAITING: Final = ("queued", "running")
_LOOK_EVERY: Final = 0.3


@dataclass(frozen=True)
class Job:
    """A run asked for.

    Parameters
    ----------
    id : str
        Name of the job, which nobody can guess.
    kind : str
        What kind of run, a key of :data:`keruen.web.work.KINDS`.
    title : str
        What its owner calls it.
    account : str
        Who asked for it.
    state : str
        ``queued``, ``running``, ``done``, ``failed``, ``cancelled`` or ``interrupted``.
    share : float
        Share of the work done.
    step : str
        What is being done.
    message : str
        Why it failed, as the command line would say it.
    facts : dict
        What it was given.
    created, started, ended : str
        Moments, UTC; empty when they have not come.
    """

    id: str
    kind: str
    title: str
    account: str
    state: str
    share: float
    step: str
    message: str
    facts: dict[str, Any]
    created: str
    started: str
    ended: str

    @property
    def over(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state not in WAITING


class Jobs:
    """Jobs in the database, and the processes that do them.

    Parameters
    ----------
    engine : sqlalchemy.Engine
        Database.
    settings : Settings
        Limits, and the folder of results.
    """

    def __init__(self, engine: sa.Engine, settings: Settings) -> None:
        self._engine, self._settings = engine, settings
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def folder(self, id: str) -> Path:
        """Folder of a job's results."""
        return self._settings.folder("runs") / id

    def ask(self, kind: str, title: str, account: str, facts: dict[str, Any]) -> str:
        """Queue a run.

        Parameters
        ----------
        kind : str
            Kind of run.
        title : str
            What it is called.
        account : str
            Who asks.
        facts : dict
            What the run is given.

        Returns
        -------
        str
            Name of the job.
        """
        row = {
            "id": secrets.token_hex(12),
            "kind": kind,
            "title": title,
            "account": account,
            "state": "queued",
            "share": 0.0,
            "step": "",
            "message": "",
            "facts": json.dumps(facts, ensure_ascii=False),
            "created": stamp(now()),
        }
        with writing(self._engine) as connection:
            connection.execute(job.insert(), row)
        return str(row["id"])

    def get(self, id: str) -> Job:
        """A job by its name.

        Parameters
        ----------
        id : str
            Name.

        Returns
        -------
        Job

        Raises
        ------
        CodeError
            There is no such job.
        """
        import sqlalchemy as sa

        with self._engine.connect() as connection:
            row = connection.execute(sa.select(job).where(job.c.id == id)).first()
        if row is None:
            raise CodeError("there is no such run", remedy="choose one from the list")
        return _job(row)

    def of(self, account: str | None = None, number: int = 100) -> Sequence[Job]:
        """Jobs of an account, or of all; newest first.

        Parameters
        ----------
        account : str, optional
            Whose.
        number : int, optional
            How many.

        Returns
        -------
        sequence of Job
        """
        import sqlalchemy as sa

        query = sa.select(job).order_by(job.c.created.desc()).limit(number)
        if account is not None:
            query = query.where(job.c.account == account)
        with self._engine.connect() as connection:
            return [_job(row) for row in connection.execute(query)]

    def cancel(self, id: str) -> None:
        """Stop a job that waits or runs; one that is over stays as it is."""
        self._end(id, "cancelled", "", only=WAITING)
        process = self._processes.get(id)
        if process is not None:
            kill(process.pid)

    def forget(self, id: str) -> None:
        """Take a job that is over from the list."""
        mine = (job.c.id == id) & job.c.state.not_in(WAITING)
        with writing(self._engine) as connection:
            connection.execute(job.delete().where(mine))

    def start(self) -> None:
        """Begin to work off the queue; what ran when an earlier process died is interrupted."""
        self._mend()
        self._thread = threading.Thread(target=self._watch, name="jobs", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop working; what still runs is interrupted."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=10)
        for process in self._processes.values():
            kill(process.pid)
            process.wait()
        self._mend()

    def claim(self, id: str, process: int) -> bool:
        """Note which process does a job; False when it was ended meanwhile."""
        mine = (job.c.id == id) & (job.c.state == "running")
        with writing(self._engine) as connection:
            found = connection.execute(job.update().where(mine).values(process=process))
        return bool(found.rowcount)

    def _mend(self) -> None:
        """What ran is interrupted, and nothing of what ended without a result stays."""
        import sqlalchemy as sa

        with self._engine.connect() as connection:
            rows = connection.execute(sa.select(job).where(job.c.state != "done")).all()
        for row in rows:
            if row.state == "running":
                end_process(row.process, row.id)
                self._end(row.id, "interrupted", "", only=("running",))
            if row.state != "queued":
                self._clean(_job(row))

    def _clean(self, ended: Job) -> None:
        """Remove what a job left that ended without a result, and what was sent for it."""
        for folder in ("runs", "drafts"):
            shutil.rmtree(self._settings.data / folder / ended.id, ignore_errors=True)
        for place in ended.facts.values():
            if isinstance(place, str) and place.startswith(f"files/{ended.account}/"):
                remove_file(self._settings, place)

    def _watch(self) -> None:
        import sqlalchemy as sa

        while not self._stop.wait(_LOOK_EVERY):
            try:
                self._look()
            except sa.exc.SQLAlchemyError:  # the database is away: it may come back
                continue

    def _look(self) -> None:
        """Take note of processes that ended, and begin what waits."""
        for id, process in list(self._processes.items()):
            if process.poll() is not None:
                # the process itself wrote that it was done, or why it failed
                self._end(id, "failed", NO_RESULT.text, only=("running",))
                del self._processes[id]
                try:
                    ended = self.get(id)
                except CodeError:  # its owner has removed it
                    continue
                if ended.state != "done":
                    self._clean(ended)
        if len(self._processes) < self._settings.workers:
            self._begin_next()

    def _begin_next(self) -> None:
        import sqlalchemy as sa

        queued = sa.select(job.c.id).where(job.c.state == "queued").order_by(job.c.created)
        with writing(self._engine) as connection:
            id = connection.scalar(queued.limit(1))
            if id is None:
                return
            begun = {"state": "running", "started": stamp(now())}
            connection.execute(job.update().where(job.c.id == id).values(**begun))
        one = self._settings
        command = [sys.executable, "-m", "keruen.web.worker", str(one.data), id]
        try:
            process = subprocess.Popen(  # noqa: S603 - our own worker, our own words
                command,
                env={**os.environ, "KERUEN_DATABASE": one.place,
                     "KERUEN_MEGABYTES": str(one.megabytes), "KERUEN_SECONDS": str(one.seconds)},
                start_new_session=True,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )  # fmt: skip
        except OSError:  # no memory for one more process
            self._end(id, "failed", NO_MEMORY.text, only=("running",))
            return
        self._processes[id] = process
        self.claim(id, process.pid)

    def _end(self, id: str, state: str, message: str, *, only: Sequence[str]) -> None:
        with writing(self._engine) as connection:
            finish(connection, id, state, message, only=only)


def finish(
    connection: sa.Connection, id: str, state: str, message: str, *, only: Sequence[str]
) -> None:
    """Write the end of a job, when it is in one of some states.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        A transaction that writes.
    id : str
        Job.
    state : str
        Its last state.
    message : str
        Why it failed.
    only : sequence of str
        States in which this may be written; a job ends once.
    """
    values = {"state": state, "message": message, "ended": stamp(now())}
    mine = (job.c.id == id) & job.c.state.in_(list(only))
    connection.execute(job.update().where(mine).values(**values))


def _job(row: Any) -> Job:  # noqa: ANN401 - a row of the database has no better type
    return Job(
        id=row.id, kind=row.kind, title=row.title, account=row.account, state=row.state,
        share=row.share, step=row.step, message=row.message, facts=json.loads(row.facts),
        created=row.created, started=row.started or "", ended=row.ended or "",
    )  # fmt: skip
