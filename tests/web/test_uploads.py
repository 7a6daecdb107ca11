# SPDX-License-Identifier: Apache-2.0
"""Hundreds of broken files sent to every page that takes files: each is refused, nothing stays.

The files go through the very requests of a browser. Those that only a run finds out are worked
off by the program of the worker, in a process a job with its limits; the processes are forked
from one that has the modules read, since starting each anew would take most of the time.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from keruen.report.locale import LANGS, Locale
from keruen.sources.practice_placement import write_practice_placement
from keruen.web.accounts import Role
from keruen.web.app import create_app
from keruen.web.office import open_office
from keruen.web.sessions import COOKIE
from keruen.web.settings import Settings
from keruen.web.store import writing
from keruen.web.troubles import unpack
from web import broken_uploads, forked_worker
from web.conftest import PASSWORD, sign_in, token_of

MEGABYTES = 700
"""Of one worker; Python with what a placement needs takes 250."""


@pytest.fixture(scope="module")
def sound(tmp_path_factory) -> bytes:
    path = tmp_path_factory.mktemp("practice") / "practice.xlsx"
    write_practice_placement(path, families=12, seed=1)
    return path.read_bytes()


@pytest.fixture(scope="module")
def temporary(tmp_path_factory) -> Iterator[Path]:
    """A folder of temporary files that nobody else uses."""
    before, folder = tempfile.tempdir, tmp_path_factory.mktemp("temporary")
    tempfile.tempdir = str(folder)
    yield folder
    tempfile.tempdir = before


@pytest.fixture(scope="module")
def office(tmp_path_factory, temporary) -> Iterator[TestClient]:
    """The application, whose runs wait to be worked off by the tests."""
    settings = Settings(tmp_path_factory.mktemp("office"))
    with TestClient(create_app(settings), follow_redirects=False) as client:
        client.app.state.office.jobs.stop()
        client.app.state.office.accounts.add("officer", PASSWORD, Role.officer)
        sign_in(client, "officer")
        yield client


@pytest.fixture(scope="module")
def workers(office, temporary) -> Iterator[subprocess.Popen[str]]:
    settings = office.app.state.office.settings
    limits = {
        "KERUEN_DATABASE": settings.place,
        "KERUEN_MEGABYTES": str(settings.megabytes),
        "KERUEN_SECONDS": "60",
        "TMPDIR": str(temporary),
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    command = [sys.executable, "-W", "ignore", forked_worker.__file__, str(settings.data)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env={**os.environ, **limits},
    ) as process:  # fmt: skip
        yield process
        process.stdin.close()


def work(office: TestClient, workers: subprocess.Popen[str], id: str) -> tuple[int, int]:
    """One job by its worker: exit status, and megabytes at most."""
    from keruen.sources.migrations.tables import job

    with writing(office.app.state.office.engine) as connection:
        connection.execute(job.update().where(job.c.id == id).values(state="running"))
    workers.stdin.write(f"{id}\n")
    workers.stdin.flush()
    status, megabytes = json.loads(workers.stdout.readline())
    return status, megabytes


def files_of(office: TestClient) -> set[str]:
    """Everything in the data folder but the database."""
    return files_in(office.app.state.office.settings.data)


def files_in(data: Path) -> set[str]:
    """Files of a data folder, but for the database and pages made ahead."""
    found = {str(one.relative_to(data)) for one in data.rglob("*") if one.is_file()}
    return {one for one in found if not one.startswith(("keruen.db", "pages"))}


def open_temporary(pid: int | str = "self") -> int:
    """Open files of a process that have no name any more."""
    names = [str(one.readlink()) for one in Path(f"/proc/{pid}/fd").iterdir() if one.is_symlink()]
    return sum(one.endswith("(deleted)") for one in names)


def send(office: TestClient, path: str, name: str, content: bytes, **fields: str):
    data = {"token": office.token, **fields}
    return office.post(path, data=data, files={"file": (name, content)})


def refusal(page: str) -> list[str]:
    """What a page says is wrong."""
    return re.findall(r'class="fault" role="alert">(.*?)</(?:p|div)>', page, re.DOTALL)


def why(office: TestClient, workers, path: str, case: broken_uploads.Case, **fields: str):
    """Send a broken file, and find why it was refused: lines by language; None for a page."""
    _, name, content = case
    answer = send(office, path, name, content, **fields)
    if answer.status_code == 422:
        assert refusal(answer.text)
        assert "Traceback" not in answer.text
        return None
    assert answer.status_code == 303, answer.status_code
    id = answer.headers["location"].rsplit("/", 1)[1]
    status, megabytes = work(office, workers, id)
    job = office.app.state.office.jobs.get(id)
    assert (status, job.state) == (0, "failed"), job.message
    assert megabytes < MEGABYTES
    said = {lang: unpack(job.message, Locale(lang)) for lang in LANGS}
    for lang, lines in said.items():
        assert lines
        assert all(one.what and "Traceback" not in one.what for one in lines)
        assert lang == "en" or all(re.search("[а-яә]", one.what) for one in lines), lines
        assert all(one.remedy for one in lines), lines
    return said


def all_refused(office, workers, path, cases, **fields) -> dict[str, object]:
    """Why each was refused; every failure is told, not the first alone."""
    office.token = token_of(office.get(path).text)
    before, opened = files_of(office), open_temporary()
    found, wrong = {}, []
    for case in cases:
        try:
            found[case[0]] = why(office, workers, path, case, **fields)
            assert files_of(office) == before, files_of(office) - before
        except AssertionError as fault:
            wrong.append(f"{case[0]}: {str(fault)[:200]}")
    assert not wrong, "\n".join(wrong)
    assert open_temporary() == opened
    assert not list(Path(tempfile.gettempdir()).iterdir())
    return found


@pytest.mark.slow
def test_hundreds_of_broken_placements_leave_nothing(office, workers, sound) -> None:
    cases = broken_uploads.cases(sound)
    assert len(cases) >= 200
    found = all_refused(office, workers, "/placement", cases)
    assert len(found) == len(cases)
    for label, _, _ in broken_uploads.tables():  # each fault of a table has its place
        lines = (found[label] or {"en": []})["en"]
        assert any(one.sheet or "sheet" in one.what or one.cells for one in lines), label
    refused = {id for said in found.values() if said for id in (said["en"][0].id,)}
    assert {"Damaged", "Doctype", "Encrypted", "FarCell", "Unpacks", "CellTooLong"} <= refused


@pytest.mark.slow
def test_broken_pools_of_candidates_leave_nothing(office, workers) -> None:
    cases = [*broken_uploads.texts(), *broken_uploads.pools()]
    all_refused(office, workers, "/draws", cases, size="40")


def test_a_text_that_is_no_scenario_is_refused_and_not_kept(office) -> None:
    office.token = token_of(office.get("/scenarios/text").text)
    before = files_of(office)
    for label, _, content in [*broken_uploads.pools(), *broken_uploads.bombs()][:24]:
        answer = send(office, "/scenarios/text", "mine.yaml", content, text="")
        assert answer.status_code == 422, label
        assert 'role="alert"' in answer.text, label
        assert files_of(office) == before, label


@pytest.fixture(scope="module")
def served(tmp_path_factory) -> Iterator[tuple[int, int, Path, str, str]]:
    """The application as it is started for an office: process, port, folders, cookie, token."""
    folder, temporary = tmp_path_factory.mktemp("served"), tmp_path_factory.mktemp("temporary")
    shared = open_office(Settings(folder))
    shared.accounts.add("officer", PASSWORD, Role.officer)
    cookie = shared.sessions.begin("officer")
    token = shared.sessions.find(cookie).token
    shared.engine.dispose()
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    command = [sys.executable, "-m", "keruen.cli", "serve", "--port", str(port), "--data"]
    env = {**os.environ, "TMPDIR": str(temporary), "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen([*command, str(folder)], stdout=subprocess.DEVNULL, env=env) as process:
        for _ in range(600):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.1)
        yield process.pid, port, folder, f"{COOKIE}={cookie}", token
        process.terminate()


def megabytes(pid: int) -> int:
    """Most memory that a process has held."""
    text = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+)", text)[1]) >> 10


def posted(served, parts: Iterator[bytes], *, size: int | None, kind: str = "", hang_up=False):
    """What the application answers to a body that is sent piece by piece; its first line."""
    _, port, _, cookie, _ = served
    kind = kind or "multipart/form-data; boundary=edge"
    length = "Transfer-Encoding: chunked" if size is None else f"Content-Length: {size}"
    head = f"POST /placement HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\n{length}\r\n"
    with socket.create_connection(("127.0.0.1", port), 60) as line:
        line.sendall(f"{head}Content-Type: {kind}\r\nConnection: close\r\n\r\n".encode())
        for part in parts:
            line.sendall(f"{len(part):x}\r\n".encode() + part + b"\r\n" if size is None else part)
        if hang_up:
            return ""
        if size is None:
            line.sendall(b"0\r\n\r\n")
        return line.makefile("rb").read().decode()


def form(token: str, content: bytes, *, more: str = "") -> list[bytes]:
    """A form with a token and a file, as a browser writes it."""
    begin = '--edge\r\nContent-Disposition: form-data; name="{}"\r\n\r\n{}\r\n'
    file = '--edge\r\nContent-Disposition: form-data; name="file"; filename="a.xlsx"\r\n\r\n'
    return [(begin.format("token", token) + more + file).encode(), content, b"\r\n--edge--\r\n"]


def test_what_a_browser_would_not_send_is_refused_and_leaves_nothing(served) -> None:
    pid, _, folder, _, token = served
    kept = files_in(folder)
    before, opened = megabytes(pid), open_temporary(pid)
    begin, *_, end = form(token, b"")
    large = 200_000_000
    pieces = (b"PK\x03\x04" + b"x" * 65_532 for _ in range(large // 65_536))
    size = len(begin) + large // 65_536 * 65_536 + len(end)
    answer = posted(served, chain([begin], pieces, [end]), size=size)
    assert " 413 " in answer.partition("\r\n")[0]
    assert "MB" in answer
    half = form(token, b"PK\x03\x04" + b"x" * 3_000_000)
    posted(served, iter(half[:2]), size=9_000_000, hang_up=True)  # the line breaks half-way
    blank = '--edge\r\nContent-Disposition: form-data; name="x{}"\r\n\r\n1\r\n'
    many = "".join(blank.format(n) for n in range(2000))
    for body, kind in (
        (form(token, b"x", more=many), ""),
        ([form(token, b"")[0][:90], b"\r\n--edge--\r\n"], ""),
        ([b"--edge\r\nno head at all"], ""),
        ([b"token=", token.encode()], "application/x-www-form-urlencoded"),
        ([b'{"file": 1}'], "application/json"),
        ([b"x"], "multipart/form-data"),
        ([b""], "text/plain"),
    ):
        line = posted(served, iter(body), size=sum(map(len, body)), kind=kind).partition("\r\n")[0]
        assert re.search(" 4[0-9][0-9] ", line), (body[0][:60], line)
    assert " 411 " in posted(served, iter(form(token, b"x")), size=None).partition("\r\n")[0]
    time.sleep(0.3)
    assert files_in(folder) == kept
    assert open_temporary(pid) == opened
    assert megabytes(pid) - before < 100
