# SPDX-License-Identifier: Apache-2.0
"""An office backed up while it works, and made again elsewhere; what is damaged is refused."""

from __future__ import annotations

import hashlib
import json
import shutil
import stat
import threading
import time
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from keruen.cli import app
from keruen.core.errors import FaultsError, WorkbenchError
from keruen.core.events import first_broken
from keruen.decide.ledger import QuotaLedger
from keruen.sources.database import open_database
from keruen.sources.events import DatabaseEvents
from keruen.sources.migrations.tables import audit, job, metadata
from keruen.web.accounts import Role
from keruen.web.archive import MANIFEST
from keruen.web.backup import write_backup
from keruen.web.files import keep_file
from keruen.web.office import open_office
from keruen.web.restore import restore_backup
from keruen.web.settings import Settings
from ledger_cases import award, eligible, quota_set
from web.conftest import PASSWORD

run = CliRunner().invoke


def fill(settings: Settings) -> None:
    """An office with accounts, a ledger, a placement with decisions, and a run that goes on."""
    office = open_office(settings)
    office.accounts.add("officer", PASSWORD, Role.officer)
    office.accounts.add("boss", PASSWORD, Role.administrator)
    office.accounts.change("officer", disabled=False)
    office.sessions.begin("officer")
    book = QuotaLedger(DatabaseEvents(office.engine))
    book.append(quota_set(50), *eligible("Әлия-1", 2), award("Әлия-1", 2))
    place = keep_file(settings, "officer", "families.csv", BytesIO(b"family;members\nF1;4\n"))
    (settings.data / place).with_name("decisions.jsonl").write_text('{"family": "F1"}\n')
    for state in ("done", "running"):
        id = office.jobs.ask("placement", "families.xlsx", "officer", {"file": place})
        with office.engine.begin() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE") if not settings.database else None
            mine = sa.update(job).where(job.c.id == id)
            connection.execute(mine.values(state=state, process=1))
        folder = settings.folder("runs", id, "ru")
        (folder / "placement.xlsx").write_bytes(b"PK" + id.encode())
    settings.folder("stages", "x").joinpath("cache").write_text("made again")
    office.audit.write("boss", "account made", "officer")
    office.engine.dispose()


@pytest.fixture(scope="module")
def settings(tmp_path_factory) -> Settings:
    made = Settings(tmp_path_factory.mktemp("place") / "office")
    fill(made)
    return made


@pytest.fixture(scope="module")
def kept(settings) -> Path:
    path = settings.data.with_name("office.zip")
    write_backup(settings, path)
    return path


@pytest.fixture
def saved(kept, tmp_path) -> Path:
    path = tmp_path / "office.zip"
    shutil.copy2(kept, path)
    return path


def held(place: str) -> dict[str, list[tuple]]:
    """All rows of a database, but those of sessions."""
    engine = open_database(place)
    with engine.connect() as connection:
        tables = [one for one in metadata.sorted_tables if one.name != "session"]
        found = {
            one.name: [tuple(row) for row in
                       connection.execute(sa.select(one).order_by(*one.primary_key.columns))]
            for one in tables
        }  # fmt: skip
        assert not connection.scalar(sa.text("SELECT count(*) FROM session"))
    engine.dispose()
    return found


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(one.relative_to(folder)): one.read_bytes()
        for one in folder.rglob("*")
        if one.is_file() and not one.name.startswith("keruen.db")
    }


def forged(saved: Path, **members: bytes | None) -> Path:
    """The backup with members changed and the manifest made to agree."""
    path = saved.with_name("forged.zip")
    with zipfile.ZipFile(saved) as old, zipfile.ZipFile(path, "w") as new:
        content = {name: old.read(name) for name in old.namelist()} | members
        manifest = json.loads(content.pop(MANIFEST))
        for name, body in content.items():
            if body is None:
                continue
            new.writestr(name, body)
            digest = hashlib.sha256(body).hexdigest()
            manifest["members"][name] = {"sha256": digest, "bytes": len(body)}
        new.writestr(MANIFEST, json.dumps(manifest))
    return path


def refused(source: Path, data: Path, *ids: str, database: str = "") -> WorkbenchError:
    """The restore is refused for these reasons, and nothing is left."""
    before = sorted(data.parent.rglob("*"))
    with pytest.raises(WorkbenchError) as fault:
        restore_backup(source, data, database=database)
    found = fault.value.faults if isinstance(fault.value, FaultsError) else (fault.value,)
    assert sorted({one.id for one in found}) == sorted(ids)
    assert sorted(data.parent.rglob("*")) == before
    return fault.value


def test_what_comes_back_is_what_there_was(settings, saved, tmp_path) -> None:
    again = tmp_path / "again"
    manifest = restore_backup(saved, again)
    with sqlite(settings) as connection:
        connection.exec_driver_sql("DELETE FROM session")
    was, is_ = held(settings.place), held(str(again / "keruen.db"))
    assert is_ == was
    assert len(was["event"]) == 5
    assert manifest.head == "{}:{}".format(was["event"][-1][0], was["event"][-1][-1])
    done = next(row[0] for row in was["job"] if row[4] == "done")
    expected = {
        name: body
        for name, body in files(settings.data).items()
        if not name.startswith("stages") and (not name.startswith("runs") or done in name)
    }
    assert files(again) == expected
    assert any(name.endswith("decisions.jsonl") for name in expected)
    assert "secret.key" in expected
    office = open_office(Settings(again))
    assert office.accounts.sign_in("officer", PASSWORD, "here").role is Role.officer
    office.engine.dispose()


def sqlite(settings: Settings):
    return sa.create_engine(f"sqlite:///{settings.place}", poolclass=sa.NullPool).begin()


def test_only_the_owner_may_read_it(saved, tmp_path) -> None:
    restore_backup(saved, tmp_path / "again")
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600
    for path in (tmp_path / "again", *(tmp_path / "again").rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_a_backup_while_officers_write_is_of_one_moment(tmp_path) -> None:
    settings = Settings(tmp_path / "busy")
    fill(settings)
    stop, told = threading.Event(), []

    def write() -> None:
        office = open_office(settings)
        book = QuotaLedger(DatabaseEvents(office.engine))
        while not stop.is_set():
            case = f"C-{len(told)}"
            book.append(*eligible(case, 1))
            office.audit.write("officer", "quota apply", case)
            told.append(case)
        office.engine.dispose()

    officer = threading.Thread(target=write)
    officer.start()
    try:
        backups = []
        for number in range(4):
            before, target = len(told), tmp_path / f"{number}.zip"
            while len(told) < before + 5:
                time.sleep(0.01)
            first = len(told)
            write_backup(settings, target)
            backups.append((target, first, len(told)))
    finally:
        stop.set()
        officer.join()
    for number, (target, first, last) in enumerate(backups):
        data = tmp_path / f"again-{number}"
        restore_backup(target, data)
        engine = open_database(data / "keruen.db")
        events = DatabaseEvents(engine)
        cases = set(QuotaLedger(events).cases()["case"]) - {"Әлия-1"}
        with engine.connect() as connection:
            lines = connection.scalars(sa.select(audit.c.subject)).all()
        engine.dispose()
        assert first <= len(cases) <= last + 1
        assert {f"C-{one}" for one in range(len(cases))} == cases
        noted = len([one for one in lines if one.startswith("C-")])
        assert noted in {len(cases), len(cases) - 1}  # one may be told and not noted yet
    assert first_broken(DatabaseEvents(open_database(settings.place)).entries()) is None


@pytest.mark.parametrize("left", [0, 3, 100, 0.5, 0.999])
def test_a_backup_cut_off_is_refused(saved, tmp_path, left) -> None:
    body = saved.read_bytes()
    cut = tmp_path / "cut.zip"
    cut.write_bytes(body[: int(len(body) * left) if isinstance(left, float) else left])
    assert refused(cut, tmp_path / "again", "NotABackup")


def test_every_changed_byte_of_a_member_shows(saved, tmp_path) -> None:
    body = bytearray(saved.read_bytes())
    with zipfile.ZipFile(saved) as archive:
        infos = [one for one in archive.infolist() if one.file_size > 100]
    for info in infos[:3]:
        start = info.header_offset + 30 + len(info.filename.encode()) + 20  # with its ZIP64 field
        body[start + info.compress_size // 2] ^= 0x10
    spoilt = tmp_path / "spoilt.zip"
    spoilt.write_bytes(body)
    fault = refused(spoilt, tmp_path / "again", "BackupDamaged")
    assert all(info.filename in str(fault) for info in infos[:3])


def test_members_missing_added_or_changed_are_all_named(saved, tmp_path) -> None:
    spoilt = tmp_path / "spoilt.zip"
    with zipfile.ZipFile(saved) as old, zipfile.ZipFile(spoilt, "w") as new:
        for name in old.namelist():
            if name != "tables/event.jsonl":
                body = old.read(name)
                new.writestr(name, body[:-1] + b"!" if name == "data/secret.key" else body)
        new.writestr("data/extra.txt", "x")
    fault = str(refused(spoilt, tmp_path / "again", "BackupDamaged"))
    assert "'tables/event.jsonl' is missing" in fault
    assert "'data/extra.txt' stands in no manifest" in fault
    assert "'data/secret.key' was changed" in fault


@pytest.mark.parametrize(
    "name",
    ["data/../../evil", "/etc/evil", "data/..", "data/a/../../../evil", "evil", "data\\..\\evil",
     "data/keruen.db", "tables/../evil", "data/"],
)  # fmt: skip
def test_nothing_is_written_outside_of_the_folder(saved, tmp_path, name) -> None:
    assert refused(forged(saved, **{name: b"x"}), tmp_path / "deep" / "again", "OutsideFolder")
    assert not list(tmp_path.rglob("evil"))


def test_a_link_in_a_backup_is_refused(saved, tmp_path) -> None:
    link = tmp_path / "link.zip"
    link.write_bytes(forged(saved, **{"data/link": b"/etc"}).read_bytes())
    with zipfile.ZipFile(link) as old:
        content = {one: old.read(one.filename) for one in old.infolist()}
    with zipfile.ZipFile(link, "w") as new:
        for info, body in content.items():
            if info.filename == "data/link":
                info.external_attr = (stat.S_IFLNK | 0o777) << 16
            new.writestr(info, body)
    assert refused(link, tmp_path / "again", "OutsideFolder")


def test_a_newer_form_or_newer_tables_are_refused(saved, tmp_path) -> None:
    for key, value in (("format", 2), ("revision", "9999")):
        with zipfile.ZipFile(saved) as old, zipfile.ZipFile(tmp_path / "new.zip", "w") as new:
            for name in old.namelist():
                body = old.read(name)
                if name == MANIFEST:
                    body = json.dumps(json.loads(body) | {key: value}).encode()
                new.writestr(name, body)
        assert refused(tmp_path / "new.zip", tmp_path / "again", "NewerBackup")


def test_rows_that_no_table_has_leave_nothing(saved, tmp_path) -> None:
    for rows in (b'{"name": "x", "colour": "red"}\n', b"not json\n", b'{"name": "x"}\n', b"[]\n"):
        source = forged(saved, **{"tables/account.jsonl": rows})
        before = sorted(tmp_path.rglob("*"))
        with pytest.raises(WorkbenchError):
            restore_backup(source, tmp_path / "again")
        assert sorted(tmp_path.rglob("*")) == before


def test_a_place_that_holds_something_is_refused_with_all_else(saved, settings, tmp_path) -> None:
    assert refused(saved, settings.data, "NotEmpty")
    again = tmp_path / "again"
    again.mkdir()
    restore_backup(saved, again)  # an empty folder will do
    again.joinpath("secret.key").unlink()
    assert refused(forged(saved, **{"data/../evil": b"x"}), again, "NotEmpty", "OutsideFolder")


def test_no_backup_is_written_over_or_into_the_office(settings, saved, tmp_path) -> None:
    body = saved.read_bytes()
    for target in (saved, settings.data / "backup.zip", tmp_path / "none" / "backup.zip"):
        with pytest.raises(WorkbenchError):
            write_backup(settings, target)
    assert saved.read_bytes() == body
    with pytest.raises(WorkbenchError, match="no office"):
        write_backup(Settings(tmp_path / "nowhere"), tmp_path / "b.zip")
    assert not (tmp_path / "b.zip").exists()


def test_one_command_each(settings, tmp_path) -> None:
    file, again = str(tmp_path / "b.zip"), str(tmp_path / "again")
    made = run(app, ["backup", file, "--data", str(settings.data)])
    assert made.exit_code == 0, made.output
    head = made.output.rpartition("ends at ")[2].strip()
    back = run(app, ["restore", file, "--data", again])
    assert back.exit_code == 0, back.output
    check = back.output.rpartition("Check it: keruen ")[2].split()
    assert check == ["quota", "verify", "--ledger", f"{again}/keruen.db", "--head", head]
    found = run(app, check)
    assert "every rule was kept: 5 entries" in found.output


def test_an_office_moves_to_a_server_and_back(saved, settings, tmp_path, postgresql) -> None:
    address = postgresql.rpartition("/")[0]
    base = f"restored{time.monotonic_ns()}"
    server = sa.create_engine(
        postgresql.replace("://", "+pg8000://"), isolation_level="AUTOCOMMIT", poolclass=sa.NullPool
    )
    with server.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {base}"))
    url = f"{address}/{base}"
    restore_backup(saved, tmp_path / "moved", database=url)
    with sqlite(settings) as connection:
        connection.exec_driver_sql("DELETE FROM session")
    assert held(url) == held(settings.place)
    assert not (tmp_path / "moved" / "keruen.db").exists()
    refused(saved, tmp_path / "third", "NotEmpty", database=url)
    moved = Settings(tmp_path / "moved", url)
    office = open_office(moved)
    office.audit.write("boss", "counted on")  # its number follows the last one
    office.engine.dispose()
    write_backup(moved, tmp_path / "server.zip")
    restore_backup(tmp_path / "server.zip", tmp_path / "back")
    assert held(str(tmp_path / "back" / "keruen.db")) == held(url)
