# SPDX-License-Identifier: Apache-2.0
"""A proposal to be signed: twelve families by hand, closed accounts, and counts nobody can undo."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from typer.testing import CliRunner

from keruen.cli import app
from keruen.core.errors import FaultsError, FileError, SchemaError
from keruen.core.events import Event
from keruen.decide.ledger import QuotaLedger
from keruen.report.document import Figure, Report
from keruen.report.locale import Locale
from keruen.report.pages import html_page
from keruen.report.placement_decision_file import decide_from_file
from keruen.report.placement_decisions import PlacementDecisions
from keruen.report.placement_proposal import ProposalDetails, read_proposal
from keruen.report.placement_proposal_annex import annex_report
from keruen.report.placement_proposal_counts import SMALLEST, ShownCounts, shown_counts
from keruen.report.placement_proposal_ledger import LedgerChoice, placement_awards
from keruen.report.placement_proposal_page import proposal_report
from keruen.report.placement_proposal_seal import Forms, check_proposal, seal_proposal
from keruen.report.placement_refusals import RefusedError
from keruen.report.placement_release import write_placement
from keruen.report.placement_run import run_placement
from keruen.report.quota_law import quota_event
from keruen.report.quota_office import open_ledger

AT = datetime(2026, 11, 20, 9, tzinfo=UTC)
DETAILS = ProposalDetails("Department of Labour", "A17", 2026, "kandas")
PERSONS = {
    f"F{n:02}": persons for n, persons in enumerate((4, 3, 5, 2, 6, 3, 4, 4, 2, 5, 3, 90), 1)
}
"""Twelve families: five may go to A, five to B, one to C, and one is too large for any place."""
PLACES = dict(zip(PERSONS, [*"AAAAA", *"BBBBB", "C", ""], strict=True))


def tables(folder: Path) -> Path:
    rows = {
        "families": ["family,group,workers,persons",
                     *(f"{name},{'kandas' if name < 'F07' else 'resettler'},1,{persons}"
                       for name, persons in PERSONS.items())],
        "localities": ["locality,name,region,persons", "A,Abay,KZ-10,24", "B,Burabay,KZ-11,18",
                       "C,Karkaraly,KZ-35,9"],
        "scores": ["family,locality,score,cost",
                   *(f"{name},{place or 'A'},0.5,10" for name, place in PLACES.items()),
                   "F04,C,0.4,12"],
    }  # fmt: skip
    folder.mkdir()
    for name, lines in rows.items():
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("twelve")
    write_placement(run_placement(tables(folder / "in")), folder / "out")
    return folder / "out"


@pytest.fixture
def decided(run, tmp_path) -> PlacementDecisions:
    """All confirmed but F04, which an officer sends to C."""
    made = PlacementDecisions(run, tmp_path / "decisions.jsonl")
    made.override("F04", "C", officer="A17", at=AT, reason="a sister lives there")
    made.confirm(made.undecided, officer="A17", at=AT)
    return made


def proposal_of(run, made, details=DETAILS):
    return read_proposal(run, made, details, log=made.log_bytes())


def cells(report: Report, name: str) -> dict[tuple[str, str], float | None]:
    """Figures of a table by row and column; None where there is a word in place of one."""
    table = next(one.table for one in report.exhibits() if one.table.id == name)
    return {
        (row.key, column.key): cell.value if isinstance(cell, Figure) else None
        for row in table.rows
        for column, cell in zip(table.columns, row.cells, strict=True)
    }


def test_twelve_families_close_to_the_person(run, decided) -> None:
    """Workbook, decisions and every table of the annex count the same people."""
    proposal = proposal_of(run, decided)
    assert (
        dict(zip(proposal.families["family"], proposal.families["persons"], strict=True)) == PERSONS
    )
    now = PLACES | {"F04": "C"}
    assert decided.places == now
    found = cells(annex_report(proposal), "regions")
    by_hand = {"KZ-10": (4, 18, 24, 6), "KZ-11": (5, 18, 18, 0), "KZ-35": (2, 5, 9, 4),
               "placed": (11, 41, 51, 10)}  # fmt: skip
    for region, told in by_hand.items():
        row = tuple(found[region, one] for one in ("families", "persons", "room", "left"))
        assert row == told, region
    assert (found["waiting", "families"], found["waiting", "persons"]) == (1, 90)
    assert (found["all", "families"], found["all", "persons"]) == (12, sum(PERSONS.values()))
    listed = cells(annex_report(proposal), "families")
    assert sum(listed[name, "persons"] for name in PERSONS) == 131
    assert sum(
        value or 0 for (_, name), value in listed.items() if name == "score"
    ) == pytest.approx(5.4)
    services = cells(annex_report(proposal), "services")
    assert services["persons", "used"] == 41
    assert cells(annex_report(proposal), "decisions") == {
        ("confirmed", "families"): 11, ("overridden", "families"): 1}  # fmt: skip


def test_the_public_version_names_nobody_and_hides_small_counts(run, decided) -> None:
    """Two families are at C, so that A is hidden too; one waits, and nothing adds it to others."""
    report = proposal_report(proposal_of(run, decided))
    found = cells(report, "regions")
    assert (found["placed", "families"], found["placed", "persons"]) == (11, 41)
    hidden = {row for row in ("KZ-10", "KZ-11", "KZ-35", "waiting", "all")
              if found[row, "families"] is None}  # fmt: skip
    assert hidden == {"KZ-10", "KZ-35", "waiting", "all"}
    for row in hidden:
        assert found[row, "persons"] is None
        assert found.get((row, "left")) is None
    both = {("confirmed", "families"): None, ("overridden", "families"): None}
    assert cells(report, "decisions") == both
    assert cells(report, "waiting") == {("too_large", "families"): None}
    groups = cells(report, "groups")
    assert not [key for key, value in groups.items() if key[1] == "families" and value]
    assert cells(report, "services")["persons", "used"] == 41
    for lang in ("en", "ru", "kk"):
        page = html_page(report, Locale(lang))
        assert not [name for name in PERSONS if name in page]
        assert "sister" not in page
    annex = html_page(annex_report(proposal_of(run, decided)), Locale("kk"))
    assert all(name in annex for name in PERSONS)
    assert "a sister lives there" in annex


def test_money_and_quota_by_hand(run, decided) -> None:
    """41 persons, 70 indices of 4,325 tenge each; nothing where hardly anybody has a place."""
    proposal = proposal_of(run, decided)
    shown = proposal.shown
    none = ShownCounts(
        False, dict.fromkeys(shown.branches, False), dict.fromkeys(shown.leaves, False)
    )
    costs = cells(proposal_report(proposal), "costs")
    assert costs["relocation", "low"] == costs["relocation", "high"] == 41 * 70 * 4325
    assert costs["rent", "low"] == 11 * 15 * 4325 * 12
    assert costs["rent", "high"] == 11 * 30 * 4325 * 12
    quota = cells(proposal_report(proposal), "quota")
    assert (quota["quota", "units"], quota["proposed", "units"], quota["left", "units"]) == (
        2281,
        41,
        2240,
    )
    assert "Costs of the places, as the tables of the office say: 112." in html_page(
        proposal_report(proposal), Locale("en")
    )
    few = proposal_report(replace(proposal, shown=none))
    assert "costs" not in {one.table.id for one in few.exhibits()}
    assert cells(few, "quota")["proposed", "units"] is None


def test_drafts_say_so_and_cannot_be_sealed(run, tmp_path) -> None:
    made = PlacementDecisions(run, tmp_path / "decisions.jsonl")
    made.confirm(["F01", "F02"], officer="A17", at=AT)
    page = html_page(proposal_report(proposal_of(run, made)), Locale("en"))
    assert "DRAFT, version 1: 10 families undecided" in page
    assert "A draft is not signed." in page
    with pytest.raises(RefusedError, match="nobody has decided on 10 of 12"):
        seal_proposal(run, made, DETAILS, tmp_path / "out", Forms({"en": ["html"]}, {}), at=AT)
    assert not (tmp_path / "out").exists()
    with pytest.raises(SchemaError, match="nobody signs"):
        proposal_of(run, made, ProposalDetails(" ", "A17", 2026))


def test_a_seal_freezes_and_a_new_version_opens(run, decided, tmp_path) -> None:
    forms = Forms({"ru": ["html", "xlsx"]}, {"ru": ["xlsx"]})
    mark = seal_proposal(run, decided, DETAILS, tmp_path / "one", forms, at=AT)
    assert decided.sealed == mark
    for change in (lambda: decided.confirm(["F01"], officer="A17", at=AT),
                   lambda: decided.override("F04", "A", officer="A17", at=AT, reason="x"),
                   lambda: seal_proposal(run, decided, DETAILS, tmp_path / "two", forms,
                                         at=AT)):  # fmt: skip
        with pytest.raises(RefusedError, match="Version 1 is sealed"):
            change()
    assert not (tmp_path / "two").exists()
    again = PlacementDecisions(run, tmp_path / "decisions.jsonl")  # as after a restart
    assert again.sealed == mark
    again.reopen(officer="A17", at=AT, reason="the sister moved")
    again.override("F04", "A", officer="A17", at=AT, reason="the sister moved")
    second = seal_proposal(run, again, DETAILS, tmp_path / "two", forms, at=AT)
    assert (second.version, second.seal == mark.seal) == (2, False)
    for folder, number in (("one", mark.seal), ("two", second.seal)):
        assert check_proposal(tmp_path / folder, run=run)["holds"].all()
        page = (tmp_path / folder / "proposal.ru.html").read_text("utf-8")
        assert number.startswith(page.split("Номер печати: ")[1][:16])


def test_any_change_of_a_file_is_found(run, decided, tmp_path) -> None:
    out = tmp_path / "sealed"
    seal_proposal(run, decided, DETAILS, out, Forms({"en": ["html"]}, {"en": ["xlsx"]}), at=AT)
    book = tmp_path / "families.csv"
    book.write_bytes((run.parent / "in" / "families.csv").read_bytes())
    assert check_proposal(out, run=run, books=[book])["holds"].all()
    book.write_text("family\n", "utf-8")
    found = check_proposal(out, books=[book])
    assert found.loc[~found["holds"], "check"].tolist() == ["families.csv is the one placed"]
    for name in ("proposal.en.html", "decisions.jsonl", "run-manifest.json", "SHA256SUMS"):
        kept = (out / name).read_bytes()
        (out / name).write_bytes(kept + b" ")
        assert not check_proposal(out)["holds"].all(), name
        (out / name).write_bytes(kept)
    told = json.loads((out / "manifest.json").read_text("utf-8"))
    told["details"]["officer"] = "B2"
    (out / "manifest.json").write_text(json.dumps(told), "utf-8")
    found = check_proposal(out)
    assert found.loc[~found["holds"], "check"].tolist() == [
        "the number of the seal follows from it"
    ]
    with pytest.raises(FileError, match="no proposal"):
        check_proposal(run)


def quota(book: QuotaLedger, total: int) -> None:
    event, _ = quota_event("q", year=2026, programme="own", region="", total=total,
                           legal_ref="Order 1", rules=None, parameters=None, at=AT, by="A17",
                           revise="q" in book.quotas())  # fmt: skip
    book.append(event)


def test_decisions_and_ledger_are_one_story_or_nothing_is_written(run, decided, tmp_path) -> None:
    out, forms = tmp_path / "sealed", Forms({"en": ["html"]}, {})
    choice = LedgerChoice("q", "2026-12-31", take_in=True)
    with open_ledger(str(tmp_path / "q.db"), make=True) as (book, _):
        quota(book, 40)
        give = {"at": AT, "book": book}
        with pytest.raises(RefusedError, match="are not cases of the quota"):
            seal_proposal(
                run, decided, DETAILS, out, forms, choice=replace(choice, take_in=False), **give
            )
        with pytest.raises(RefusedError, match="40 units are free, the proposal needs 41"):
            seal_proposal(run, decided, DETAILS, out, forms, choice=choice, **give)
        assert book.head()[0] == 1
        assert not out.exists()
        assert decided.sealed is None
        quota(book, 41)
        mark = seal_proposal(run, decided, DETAILS, out, forms, choice=choice, **give)
        cases = book.cases().set_index("case")
        assert cases["locality"].to_dict() == {k: v for k, v in decided.places.items() if v}
        assert cases["reserved"].to_dict() == {k: PERSONS[k] for k in cases.index}
        assert cases.index[cases["overridden"]].tolist() == ["F04"]
        assert (book.quota("q").free, mark.facts["units"], mark.facts["awards"]) == (0, "41", "11")
        decided.reopen(officer="A17", at=AT, reason="printed badly")
        again = seal_proposal(run, decided, DETAILS, tmp_path / "two", forms, choice=choice, **give)
        assert again.facts["awards"] == "0"
        decided.reopen(officer="A17", at=AT, reason="the sister moved")
        decided.override("F04", "A", officer="A17", at=AT, reason="the sister moved")
        with pytest.raises(RefusedError, match="otherwise"):
            seal_proposal(run, decided, DETAILS, tmp_path / "3", forms, choice=choice, **give)
        assert book.verify() is None


def test_out_of_turn_is_an_override_with_the_number_of_the_seal(run, decided, tmp_path) -> None:
    """X stands in line first and is not placed; F01 behind it is awarded out of turn."""
    with open_ledger(str(tmp_path / "q.db"), make=True) as (book, _):
        quota(book, 60)
        told = {"eligible": True, "reason_code": "d", "rule_version": "1"}
        for case, units in (("X", 3), ("F01", 4)):
            came = AT - timedelta(hours=units == 3)
            book.append(Event("ApplicationReceived", "q", came, "A17", case, {"units": units}),
                        Event("EligibilityDecided", "q", AT, "A17", case, told))  # fmt: skip
        proposal = proposal_of(run, decided)
        made = placement_awards(
            book, proposal, LedgerChoice("q", "2026-12-31", take_in=True), at=AT, by="A17"
        )
        book.append(*made)
        awards = {one.subject: one.facts for one in made if one.kind == "Awarded"}
        assert awards["F01"]["mode"] == "overridden"
        assert awards["F01"]["reason_code"] == f"placement {proposal.number[:12]}"
        assert book.quota("q").reserved == 41


def test_decisions_from_a_table_are_checked_row_by_row(run, decided, tmp_path) -> None:
    path = tmp_path / "mine.csv"
    decided.table().to_csv(path, index=False)
    other = PlacementDecisions(run, tmp_path / "other.jsonl")
    assert decide_from_file(other, path, officer="A17", at=AT) == 12
    assert other.places == decided.places
    assert other.latest["F04"].reason == "a sister lives there"
    rows = ["family,locality,reason", "F01,C,", "F99,A,x", "F02,B,x", "F06,B,"]
    path.write_text("\n".join(rows), "utf-8")
    with pytest.raises(FaultsError) as told:
        decide_from_file(PlacementDecisions(run, tmp_path / "no.jsonl"), path, officer="A17", at=AT)
    said = str(told.value)
    assert "3 faults" in said
    for part in ("needs a reason (mine.csv, row 2", "no family F99", "may not be placed there"):
        assert part in said


def test_the_command_line_drafts_seals_and_checks(run, decided, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    decided.table().to_csv("decisions.csv", index=False)
    given = ["place", "proposal", str(run), "--decisions", "decisions.csv", "--year", "2026",
             "--office", "Department of Labour", "--officer", "A17",
             "--format", "html"]  # fmt: skip
    runner = CliRunner()
    assert runner.invoke(app, [*given, "--out", "draft"]).exit_code == 0
    assert "DRAFT" in (tmp_path / "draft" / "proposal.en.html").read_text("utf-8")
    done = runner.invoke(app, [*given, "--out", "signed", "--seal", "--lang", "kk"])
    assert done.exit_code == 0, done.exception
    assert "Sealed: version 1, number " in done.output
    checked = runner.invoke(app, ["place", "check-proposal", "signed", "--run", str(run)])
    assert checked.exit_code == 0
    (tmp_path / "signed" / "proposal.kk.html").write_text("other", "utf-8")
    assert runner.invoke(app, ["place", "check-proposal", "signed"]).exit_code == 1
    again = runner.invoke(app, [*given, "--out", "signed", "--seal"])
    assert "holds files already" in str(again.exception)


_TREES = st.dictionaries(
    st.sampled_from(["w", "n", "s", "e"]),
    st.dictionaries(
        st.sampled_from("abcd"), st.sampled_from([0, 1, 1, 2, 3, 4, 5, 6, 9, 14]), max_size=4
    ),
    min_size=1,
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(_TREES)
def test_no_small_count_is_shown_or_can_be_worked_out(tree) -> None:
    """A reader who knows every figure shown, and that a listed cell is not empty."""
    shown = shown_counts(tree)
    cells = [(name, leaf) for name, leaves in tree.items() for leaf in leaves]
    counts = np.array([tree[name][leaf] for name, leaf in cells], dtype=float)
    member = {name: np.array([one == name for one, _ in cells], dtype=float) for name in tree}
    known = [(each, counts @ each) for name, each in member.items() if shown.branches[name]]
    if shown.whole:
        known.append((np.ones(len(cells)), counts.sum()))
        assert not 0 < counts.sum() < SMALLEST
    seen = [shown.leaves[one] for one in cells]
    bounds = [(n, n) if may else (1, 40) for n, may in zip(counts, seen, strict=True)]
    for total, each in [(counts @ member[name], name) for name in tree if shown.branches[name]]:
        assert not 0 < total < SMALLEST, each
    assert not [
        one for one, may, n in zip(cells, seen, counts, strict=True) if may and 0 < n < SMALLEST
    ]
    wanted = [np.eye(len(cells))[at] for at, n in enumerate(counts) if 0 < n < SMALLEST]
    wanted += [each for each in member.values() if 0 < counts @ each < SMALLEST]
    equal = (
        {"A_eq": [row for row, _ in known], "b_eq": [value for _, value in known]} if known else {}
    )
    for target in wanted:
        ends = [linprog(sign * target, bounds=bounds, **equal).fun * sign for sign in (1, -1)]
        assert ends[1] - ends[0] >= 1 - 1e-6


def test_a_region_of_single_families_is_hidden_as_a_whole() -> None:
    """Five places with a family each: the sum alone would tell every one of them."""
    shown = shown_counts({"n": dict.fromkeys("abcde", 1), "s": {"x": 30}, "w": {"y": 20}})
    assert not shown.branches["n"]
    assert not any(shown.leaves["n", one] for one in "abcde")
    assert sum(shown.branches.values()) == 1
