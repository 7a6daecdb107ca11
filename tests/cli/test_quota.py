# SPDX-License-Identifier: Apache-2.0
"""``keruen quota`` as officers and planners meet it."""

from __future__ import annotations

import csv
import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from typer.testing import CliRunner

from keruen.cli import app
from keruen.core.errors import CodeError, FaultsError, FileError, WorkbenchError
from keruen.decide.ledger import QuotaLedger
from keruen.decide.ledger_kinds import KINDS
from keruen.report.quota_office import WORDS
from keruen.sources.events import open_events

RUNNER = CliRunner()
QUOTA = "kandas-2026-KZ-55"
DAY = "2026-03-{:02}T09:00+05:00"


def run(ledger: Path | str, *words: str, at: str = DAY.format(1), officer: str = "A17") -> str:
    """A command that must succeed; gives what it said."""
    told = {"KERUEN_LEDGER": str(ledger), "KERUEN_OFFICER": officer, "COLUMNS": "200"}
    timed = ["--at", at] if words[0] not in {"split", "report", "verify"} else []
    done = RUNNER.invoke(app, ["quota", *words, *timed], env=told)
    assert done.exit_code == 0, (done.output, done.exception)
    return " ".join(done.output.split())


def refused(ledger: Path | str, *words: str, officer: str = "A17") -> WorkbenchError:
    """A command that must be refused, and leave the ledger as it was."""
    before = _count(ledger)
    told = {"KERUEN_LEDGER": str(ledger), "KERUEN_OFFICER": officer}
    done = RUNNER.invoke(app, ["quota", *words], env=told)
    assert isinstance(done.exception, WorkbenchError), (done.output, done.exception)
    assert _count(ledger) == before
    return done.exception


def _count(ledger: Path | str) -> int:
    if not Path(ledger).is_file():
        return 0
    with open_events(ledger) as store:
        return len(list(store.entries()))


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    file = tmp_path / "rules.yaml"
    file.write_text(
        "rank: [vulnerable, received]\nskip_if_not_fit: true\ncarry_over_share: 0.1\n"
        "stay_months: 12\n"
    )
    return file


@pytest.fixture
def ledger(tmp_path: Path, rules: Path) -> Path:
    """A ledger with a quota of 100 units."""
    file = tmp_path / "pavlodar.db"
    run(file, "set", QUOTA, "--year", "2026", "--programme", "kandas", "--region", "KZ-55",
        "--total", "100", "--legal-ref", "order 1", "--rules", str(rules), "--parameters",
        at="2026-01-05T09:00+05:00")  # fmt: skip
    return file


def _in_line(ledger: Path, *cases: tuple[str, int], day: int = 1) -> None:
    for case, units in cases:
        run(ledger, "apply", QUOTA, "--case", case, "--units", str(units), at=DAY.format(day))
    names = [case for case, _ in cases]
    run(ledger, "record", "decide", *names, "--quota", QUOTA, "--fact", "eligible=yes", "--fact",
        "reason_code=documents", "--fact", "rule_version=2026-1", at=DAY.format(day))  # fmt: skip


def test_the_year_of_a_quota(ledger, rules):
    # The worked example of the specification: 30 + 25 + 40 of 100, a family of six, one of four.
    _in_line(ledger, ("a", 30), ("b", 25), ("c", 40))
    run(ledger, "award", QUOTA, "--next", "3", "--valid-until", "2026-06-30", at=DAY.format(2))
    _in_line(ledger, ("six", 6), day=3)
    _in_line(ledger, ("four", 4), day=4)
    said = run(ledger, "award", QUOTA, "--propose")
    assert "does not fit: 5 free; passed over" in said
    assert "award: 5 free, 1 left" in said
    assert "overdrawn by 1" in str(
        refused(ledger, "award", QUOTA, "--case", "six", "--valid-until", "2026-06-30")
    )
    run(ledger, "record", "no-show", "b", "--quota", QUOTA, at=DAY.format(5))
    run(ledger, "award", QUOTA, "--next", "1", "--valid-until", "2026-06-30", at=DAY.format(5))
    run(ledger, "arrive", QUOTA, "a", "28", "--locality", "Ekibastuz", at=DAY.format(6))
    run(ledger, "record", "pay", "a", "--quota", QUOTA, "--fact", "support=relocation",
        at=DAY.format(7))  # fmt: skip
    run(ledger, "set", "kandas-2027-KZ-55", "--year", "2027", "--programme", "kandas", "--total",
        "50", "--legal-ref", "order 2", "--rules", str(rules))  # fmt: skip
    end = "2026-12-31T18:00+05:00"
    run(ledger, "record", "carry", "--quota", QUOTA, "--fact", "to=kandas-2027-KZ-55", "--fact",
        "units=10", at=end)  # fmt: skip
    run(ledger, "record", "close", "--quota", QUOTA, at=end)
    with open_events(ledger) as store:
        book = QuotaLedger(store)
        quota = book.quota(QUOTA)
        assert (quota.reserved, quota.used, quota.free) == (46, 28, 16)  # six + c; 2 of a stayed
        assert book.quota("kandas-2027-KZ-55").free == 60
        assert book.spending()["amount"].item() == 70 * 4325 * 28
        officers = {entry.event.by for entry in store.entries()}
    assert officers == {"A17"}
    assert "every rule was kept" in run(ledger, "verify")


def test_every_kind_of_event_has_a_word():
    commands = {"QuotaSet", "QuotaRevised", "ApplicationReceived", "Awarded"}
    assert {*WORDS.values(), *commands} == set(KINDS)
    done = RUNNER.invoke(app, ["quota", "record", "--help"], env={"COLUMNS": "200"})
    assert all(word in done.output for word in WORDS)


def test_the_rest_of_a_life_of_cases(ledger):
    _in_line(ledger, ("a", 2), ("b", 3), ("d", 1))
    decide = ["--quota", QUOTA, "--fact", "eligible=нет", "--fact", "reason_code=x", "--fact",
              "rule_version=1"]  # fmt: skip
    run(ledger, "apply", QUOTA, "--case", "e", "--units", "4", at=DAY.format(1))
    run(ledger, "record", "decide", "e", *decide)
    run(ledger, "record", "appeal", "e", "--quota", QUOTA)
    run(ledger, "record", "appeal-decided", "e", "--quota", QUOTA, "--fact", "upheld=yes",
        "--fact", "reason_code=papers")  # fmt: skip
    run(ledger, "record", "waitlist", "a", "b", "d", "e", "--quota", QUOTA)
    run(ledger, "award", QUOTA, "--next", "4", "--valid-until", "2026-04-30", at=DAY.format(2))
    run(ledger, "record", "decline", "b", "--quota", QUOTA, at=DAY.format(3))
    run(ledger, "record", "withdraw", "d", "--quota", QUOTA, at=DAY.format(3))
    run(ledger, "record", "expire", "e", "--quota", QUOTA, at="2026-05-01T09:00+05:00")
    run(ledger, "arrive", QUOTA, "a", "2", at=DAY.format(4))
    rent = ["record", "pay", "a", "--quota", QUOTA, "--fact", "support=rent"]
    assert "amount is missing" in str(refused(ledger, *rent))  # 15 to 30: the officer must say
    run(ledger, *rent, "--fact", "amount=86500", "--fact", "currency=KZT", at=DAY.format(5))
    run(ledger, "record", "work", "a", "--quota", QUOTA, "--fact", "employed=иә", at=DAY.format(6))
    run(ledger, "record", "left", "a", "--quota", QUOTA, at="2026-08-01T09:00+05:00")
    run(ledger, "record", "returned", "a", "--quota", QUOTA, at="2026-09-01T09:00+05:00")
    run(ledger, "set", QUOTA, "--revise", "--year", "2026", "--programme", "kandas", "--total",
        "90", "--legal-ref", "order 3", at="2026-09-02T09:00+05:00")  # fmt: skip
    with open_events(ledger) as store:
        book = QuotaLedger(store)
        states = book.cases().set_index("case")["state"].to_dict()
        assert states == {"a": "returned", "b": "declined", "d": "withdrawn", "e": "expired"}
        assert book.cases().set_index("case").loc["a", "claw_back"]
        assert (book.quota(QUOTA).total, book.quota(QUOTA).legal_ref) == (90, "order 3")


def test_a_mistake_is_set_right(ledger):
    _in_line(ledger, ("a", 30))
    run(ledger, "record", "correct", "--quota", QUOTA, "--fact", "reference=2", "--fact",
        "reason=misread", "--fact", "facts.units=3", at=DAY.format(2))  # fmt: skip
    assert "3" in run(ledger, "award", QUOTA, "--propose")
    run(ledger, "record", "correct", "--quota", QUOTA, "--fact", "reference=3", "--fact",
        "reason=wrong case", "--fact", "void=yes", at=DAY.format(3))  # fmt: skip
    with open_events(ledger) as store:
        (row,) = QuotaLedger(store).cases().itertuples()
    assert (row.state, row.requested) == ("received", 3)


def test_an_officer_may_override_with_a_reason(ledger):
    _in_line(ledger, ("a", 3), ("b", 2))
    out_of_turn = ["award", QUOTA, "--case", "b", "--valid-until", "2026-06-30"]
    assert "the case a is before it in line" in str(refused(ledger, *out_of_turn))
    assert "go together" in str(refused(ledger, *out_of_turn, "--override"))
    run(ledger, *out_of_turn, "--override", "--reason", "fire", at=DAY.format(2))
    with open_events(ledger) as store:
        event = list(store.entries())[-1].event
    assert event.facts["mode"] == "overridden"
    assert (event.facts["reason_code"], event.by) == ("fire", "A17")


# -- applications of a file --------------------------------------------------------------------


def _workbook(path: Path, rows: list[list[object]]) -> Path:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


_HEADS = ["Дело", "Дата поступления", "Число членов семьи", "Уязвимая семья"]


def test_a_workbook_of_applications(ledger, tmp_path):
    file = _workbook(tmp_path / "март.xlsx", [
        _HEADS,
        ["0017", "2026-02-20", 5, 0], ["P/18", "25.02.2026", 4, 1], ["19", "2026-02-10", 6, 0],
    ])  # fmt: skip
    said = run(ledger, "apply", QUOTA, str(file))
    assert "Written as entries 2 to 4" in said
    assert "25.02.2026 as 2026-02-25" in said
    with open_events(ledger) as store:
        events = [entry.event for entry in store.entries(after=1)]
    assert [event.subject for event in events] == ["0017", "P/18", "19"]
    assert events[1].at.isoformat() == "2026-02-25T00:00:00+05:00"
    assert dict(events[1].facts) == {"units": 4, "vulnerable": True}


def test_all_faults_by_cell_and_nothing_written(ledger, tmp_path):
    run(ledger, "apply", QUOTA, "--case", "old", "--units", "1")
    file = _workbook(tmp_path / "bad.xlsx", [
        _HEADS,
        ["a", "2026-02-20", 0, 0],
        ["b", "2026-02-20", 3, 2],
        ["b", "2026-02-21", 2.5, 0],
        ["old", "2026-02-21", 2, 0],
        ["Айгүл Серікова", "2026-02-21", 2, 0],
        ["c", "2027-02-21", 2, 0],
        ["d", "2026-02-30", "four", 0],
    ])  # fmt: skip
    fault = refused(ledger, "apply", QUOTA, str(file), "--at", DAY.format(1))
    assert isinstance(fault, FaultsError)
    text = str(fault)
    for says in ("row 2", "row 3", "b stands in row 3 already", "2.5 places",
                 "old is in the ledger already", "cannot name a case", "which is to come",
                 "2026-02-30", "four"):  # fmt: skip
        assert says in text


def test_a_file_without_the_column_is_refused(ledger, tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("case\nx\n")
    assert "units" in str(refused(ledger, "apply", QUOTA, str(file)))


# -- refusals ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["apply", "other", "--case", "x", "--units", "1"], "there is no quota other"),
        (["apply", QUOTA], "give a file, or --case"),
        (["apply", QUOTA, "--case", "Aru Bek", "--units", "1"], "cannot name a case"),
        (["apply", QUOTA, "--case", "x", "--units", "0"], "at least one"),
        (["apply", QUOTA, "--case", "x", "--units", "1", "--fact", "name=Aru"], "no place"),
        (["apply", QUOTA, "--case", "x", "--units", "1", "--fact", "vulnerable"], "name=value"),
        (["apply", QUOTA, "--case", "x", "--units", "1", "--fact", "vulnerable=maybe"],
         "cannot be 'maybe'"),
        (["apply", QUOTA, "--case", "x", "--units", "1", "--at", "2026-03-01T09:00"], "no zone"),
        (["apply", QUOTA, "--case", "x", "--units", "1", "--at", "soon"], "not a time"),
        (["award", QUOTA], "name cases with --case"),
        (["award", QUOTA, "--next", "1"], "--valid-until is missing"),
        (["award", QUOTA, "--next", "1", "--valid-until", "2026-06-30"], "nobody in line"),
        (["award", QUOTA, "--case", "x", "--valid-until", "2026-06-30"], "has no case x"),
        (["arrive", QUOTA, "x", "1"], "has no case x"),
        (["record", "sell", "x", "--quota", QUOTA], "nothing that can be recorded"),
        (["record", "close", "x", "--quota", QUOTA], "no case is needed"),
        (["record", "correct", "--quota", QUOTA], "reference is missing"),
        (["set", QUOTA, "--year", "2026", "--programme", "kandas", "--total", "1", "--legal-ref",
          "o"], "already set"),
        (["set", "new", "--year", "2026", "--programme", "kandas"], "--total and --legal-ref"),
        (["set", "new", "--year", "2026", "--programme", "kandas", "--region", "KZ-79",
          "--parameters"], "no figure for KZ-79"),
        (["set", "new", "--year", "2031", "--programme", "kandas", "--region", "KZ-55",
          "--parameters"], "to be confirmed"),
        (["set", "new", "--year", "2026", "--programme", "other", "--parameters"],
         "no programme 'other'"),
        (["set", "new", "--year", "2026", "--programme", "kandas", "--region", "Мордор",
          "--total", "5", "--legal-ref", "o"], "Мордор"),
        (["verify", "--head", "12:xyz"], "not a head"),
    ],
)  # fmt: skip
def test_refusals_are_told_in_words_and_write_nothing(ledger, words, says):
    assert says in str(refused(ledger, *words))


def test_nobody_tells_without_a_name(ledger):
    assert "KERUEN_OFFICER" in str(refused(ledger, "award", QUOTA, "--next", "1",
                                           "--valid-until", "2026-06-30", officer=""))  # fmt: skip


def test_a_slip_in_the_name_makes_no_ledger(tmp_path):
    for words in (["report"], ["verify"], ["award", QUOTA, "--propose"]):
        fault = refused(tmp_path / "slip.db", *words)
        assert isinstance(fault, FileError)
    assert not (tmp_path / "slip.db").exists()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("rank: [rich]", "cannot be ordered by rich"),
        ("rank: [lottery]", "published seed"),
        ("skip: yes", "'skip' is not a field"),
        ("support: [{name: rent, lo: 5}]", "did you mean 'low'"),
        ("support: [{name: rent, low: a, high: 5}]", "is not a number"),
        ("support: [{name: rent, low: 1, high: 5, times: 0}]", "times cannot be 0"),
        ("support: [{name: rent}]", "cannot be read"),
        ("index: [{valid_from: soon, value: 4325}]", "'soon' is not a day"),
        ("carry_over_share: 2", "between 0 and 1"),
        ("- 1", "does not hold rules"),
        ("rank: 5", "cannot be read"),
        ("rank: [received", "not YAML"),
    ],
)
def test_rules_that_cannot_be_are_refused(tmp_path, text, says):
    file = tmp_path / "rules.yaml"
    file.write_text(text)
    fault = refused(tmp_path / "new.db", "set", "q", "--year", "2026", "--programme", "p",
                    "--total", "5", "--legal-ref", "o", "--rules", str(file))  # fmt: skip
    assert says in str(fault)


def test_a_revision_keeps_the_order_of_the_line(ledger, tmp_path):
    file = tmp_path / "other.yaml"
    file.write_text("rank: [received]\n")
    fault = refused(ledger, "set", QUOTA, "--revise", "--year", "2026", "--programme", "kandas",
                    "--total", "90", "--legal-ref", "o", "--rules", str(file))  # fmt: skip
    assert "cannot change the order" in str(fault)


def test_exit_code_two_and_no_traceback(ledger):
    env = {**os.environ, "KERUEN_LEDGER": str(ledger), "KERUEN_OFFICER": "A17"}
    done = subprocess.run(
        [sys.executable, "-m", "keruen.cli", "quota", "arrive", QUOTA, "x", "1"],
        env=env, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "has no case x" in done.stderr
    assert "Traceback" not in done.stderr


# -- setting from the law ----------------------------------------------------------------------


def test_a_quota_of_the_law_names_what_is_to_be_confirmed(tmp_path):
    file = tmp_path / "l.db"
    said = run(file, "set", QUOTA, "--year", "2026", "--programme", "kandas", "--region",
               "Павлодарская область", "--parameters")  # fmt: skip
    assert "977 units" in said
    assert "Order of the acting Minister of Labour of 12 December 2025" in said
    assert "kaz.resettlement.rent_months on 2026-12-31 is to be confirmed" in said
    with open_events(file) as store:
        rules = QuotaLedger(store).quota(QUOTA).rules
    support = {one.name: (one.low, one.high, one.per, one.times) for one in rules.support}
    assert support == {"relocation": ("70", "70", "unit", 1), "rent": ("15", "30", "case", 12),
                       "employer": ("400", "400", "case", 1)}  # fmt: skip
    # The index of 2027 is not known, and that of 2026 does not stand in for it.
    day = {year: [one.value for one in rules.index if one.holds(f"{year}-02-01")]
           for year in (2025, 2026, 2027)}  # fmt: skip
    assert day == {2025: ["3932"], 2026: ["4325"], 2027: []}


# -- splitting ---------------------------------------------------------------------------------


def test_a_split_adds_up_within_its_limits(tmp_path):
    file = tmp_path / "w.csv"
    file.write_text("Регион,Вес,Население\nПавлодарская область,48.7,750000\nАбай,31.3,600000\n"
                    "Ұлытау облысы,12.4,220000\nАкмолинская область,7.6,790000\n")  # fmt: skip
    run("", "split", "100", "--weights", str(file), "--out", str(tmp_path / "s.csv"))
    with (tmp_path / "s.csv").open() as opened:
        rows = list(csv.DictReader(opened))
    units = {row["region"]: int(row["units"]) for row in rows}
    assert units == {"KZ-55": 49, "KZ-10": 31, "KZ-62": 12, "KZ-11": 8}
    run("", "split", "100", "--weights", str(file), "--floor", "10", "--cap", "40", "--method",
        "webster", "--key", "population", "--out", str(tmp_path / "t.xlsx"))  # fmt: skip
    assert (tmp_path / "t.xlsx").is_file()


def test_the_paradox_of_alabama_is_told(tmp_path):
    file = tmp_path / "w.csv"
    file.write_text("region,weight\nKZ-55,6\nKZ-10,6\nKZ-62,2\n")
    said = run("", "split", "10", "--weights", str(file))
    assert "KZ-62 would get less if the total were 11" in said
    assert "would get less" not in run("", "split", "10", "--weights", str(file), "--method",
                                       "webster")  # fmt: skip


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--floor", "60"], "floors add to 20 more"),
        (["--key", "koenigstein"], "needs population, revenue"),
        (["--out", "split.txt"], "'.txt' files are not written"),
    ],
)
def test_a_split_that_cannot_be_is_refused(tmp_path, options, says):
    file = tmp_path / "w.csv"
    file.write_text("region,weight\nKZ-55,2\nKZ-10,1\n")
    assert says in str(refused("", "split", "100", "--weights", str(file), *options))


# -- reporting ---------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["en", "ru", "kk"])
def test_a_report_can_be_published(ledger, tmp_path, lang):
    _in_line(ledger, *((f"case-{each}", 5) for each in range(9)))
    run(ledger, "award", QUOTA, "--next", "8", "--valid-until", "2026-06-30", at=DAY.format(2))
    out = tmp_path / "out"
    said = run(ledger, "report", "--out", str(out), "--on", DAY.format(30), "--lang", lang)
    assert "reserved" in said
    manifest = json.loads((out / "manifest.json").read_text())
    with open_events(ledger) as store:
        place, hash_ = QuotaLedger(store).head()
    assert manifest["head"] == {"place": place, "hash": hash_}
    with (out / "log.csv").open() as opened:
        assert list(csv.DictReader(opened))[-1]["hash"] == hash_
    (sheets,) = [path for path in out.iterdir() if path.suffix == ".xlsx"]
    book = load_workbook(sheets)
    assert len(book.sheetnames) == 6
    cells = {cell for row in book.worksheets[0].iter_rows(values_only=True) for cell in row}
    assert {100, 40, 60} <= cells
    # Nothing of a person leaves: no case, no officer, no locality.
    for path in out.iterdir():
        if path.suffix != ".xlsx":
            assert "case-" not in path.read_text()
            assert "A17" not in path.read_text()
    said = {
        str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row
    }
    assert not any("case-" in cell for cell in said)


def test_the_office_sees_awards_past_their_last_day(ledger):
    _in_line(ledger, ("late", 5), ("other", 5))
    run(ledger, "award", QUOTA, "--next", "1", "--valid-until", "2026-04-30", at=DAY.format(2))
    assert "past their last day" not in run(ledger, "report", "--on", DAY.format(30))
    said = run(ledger, "report", "--on", "2026-05-01T09:00+05:00")
    assert "past their last day" in said
    assert "│ late │ 5 │ 2026-04-30 │" in said


def test_another_database_is_left_alone(tmp_path):
    with closing(sqlite3.connect(tmp_path / "accounts.db")) as base:
        base.execute("CREATE TABLE salary (name TEXT)")
        base.commit()
    done = RUNNER.invoke(app, ["quota", "verify", "--ledger", str(tmp_path / "accounts.db")])
    assert isinstance(done.exception, FileError)
    assert "something else than a ledger" in str(done.exception)
    with closing(sqlite3.connect(tmp_path / "accounts.db")) as base:
        assert base.execute("SELECT count(*) FROM sqlite_master").fetchone() == (1,)


def test_verify_finds_what_was_changed_or_cut(ledger):
    _in_line(ledger, ("a", 3))
    head = run(ledger, "verify").split("Head: ")[1]
    assert head.startswith("3:")
    run(ledger, "verify", "--head", head)
    with closing(sqlite3.connect(ledger)) as base:
        base.execute("DROP TRIGGER event_delete")
        base.execute("DROP TRIGGER event_update")
        base.execute("DELETE FROM event WHERE seq = 3")
        base.commit()
    run(ledger, "verify")  # a chain cut at its end is whole, but not the one published
    assert "entry 3 was published and is missing" in str(refused(ledger, "verify", "--head", head))
    with closing(sqlite3.connect(ledger)) as base:
        base.execute("UPDATE event SET by = 'B2' WHERE seq = 2")
        base.commit()
    assert "breaks at entry 2: the event was changed" in str(refused(ledger, "verify"))
    with closing(sqlite3.connect(ledger)) as base:
        base.execute("UPDATE event SET facts = 'x' WHERE seq = 2")
        base.commit()
    done = RUNNER.invoke(app, ["quota", "verify", "--ledger", str(ledger)])
    assert isinstance(done.exception, FileError)
    assert "entry 2 of the ledger cannot be read" in str(done.exception)


# -- many officers -----------------------------------------------------------------------------


def _officers(place: str, count: int) -> list[subprocess.Popen[str]]:
    """Officers who each award one family of three, out of turn, at the same moment."""
    env = {**os.environ, "KERUEN_LEDGER": place}
    return [
        subprocess.Popen(
            [sys.executable, "-m", "keruen.cli", "quota", "award", "small", "--case", f"f{each}",
             "--override", "--reason", "test", "--valid-until", "2026-06-30", "--officer",
             f"officer-{each}"],
            env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for each in range(count)
    ]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_eight_officers_at_the_command_line_cannot_overdraw(kind, tmp_path, request):
    place = str(tmp_path / "l.db") if kind == "sqlite" else request.getfixturevalue("postgresql")
    run(place, "set", "small", "--year", "2026", "--programme", "p", "--total", "15",
        "--legal-ref", "o")  # fmt: skip
    for each in range(8):
        run(place, "apply", "small", "--case", f"f{each}", "--units", "3")
    cases = [f"f{each}" for each in range(8)]
    run(place, "record", "decide", *cases, "--quota", "small", "--fact", "eligible=yes", "--fact",
        "reason_code=a", "--fact", "rule_version=1")  # fmt: skip
    ended = [(each, *each.communicate()) for each in _officers(place, 8)]
    assert sorted(each.returncode for each, _, _ in ended) == [0] * 5 + [2] * 3
    assert not any("Traceback" in fault for _, _, fault in ended)
    assert sum("overdrawn" in fault for _, _, fault in ended) == 3
    with open_events(place) as store:
        book = QuotaLedger(store)
        assert book.quota("small").free == 0
        assert (book.cases()["state"] == "awarded").sum() == 5
        assert book.verify() is None


def test_an_unknown_case_is_a_code_error(ledger):
    assert isinstance(refused(ledger, "arrive", QUOTA, "x", "1"), CodeError)
