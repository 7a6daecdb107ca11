# SPDX-License-Identifier: Apache-2.0
"""Tests of the rules of the quota ledger."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from keruen.core.errors import AccountError, CodeError, SchemaError, WorkbenchError
from keruen.core.events import GENESIS, first_broken, link
from keruen.decide.ledger import QuotaLedger
from keruen.sources.events import open_events
from ledger_cases import QUOTA, RULES, award, eligible, quota_set, random_events, tell


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[QuotaLedger]:
    with open_events(tmp_path / "ledger.db") as store:
        yield QuotaLedger(store)


def _year(ledger: QuotaLedger, rules=RULES) -> None:
    """The worked example: 100 units, 95 of them awarded to three groups."""
    ledger.append(quota_set(rules=rules))
    for case, units in (("a", 30), ("b", 25), ("c", 40)):
        ledger.append(*eligible(case, units), award(case, units))


def test_the_worked_example(ledger):
    _year(ledger)
    ledger.append(*eligible("six", 6, day=2), *eligible("four", 4, day=3))
    assert ledger.quota(QUOTA).free == 5
    assert [case.id for case in ledger.next_offers(QUOTA)] == ["four"]
    with pytest.raises(AccountError, match="overdrawn by 1 units"):
        ledger.append(award("six", 6, day=4))
    ledger.append(tell("NoShow", "b", day=5), award("six", 6, day=5))
    assert ledger.quota(QUOTA).free == 24
    ledger.append(quota_set(50, quota="kandas-2027", year=2027))
    with pytest.raises(AccountError, match="at most 10 units"):
        ledger.append(tell("CarriedOver", day=353, to="kandas-2027", units=11))
    ledger.append(tell("CarriedOver", day=353, to="kandas-2027", units=10), tell("Closed", day=354))
    assert ledger.quota(QUOTA).free == 14
    assert ledger.quota("kandas-2027").free == 60


def test_without_the_rule_a_family_that_does_not_fit_is_not_passed_over(ledger):
    _year(ledger, replace(RULES, skip_if_not_fit=False))
    ledger.append(*eligible("six", 6, day=2), *eligible("four", 4, day=3))
    assert ledger.next_offers(QUOTA) == []
    with pytest.raises(AccountError, match="six is before it in line"):
        ledger.append(award("four", 4, day=4))
    ledger.append(award("four", 4, day=4, mode="overridden", reason_code="fire"))
    (row,) = ledger.cases().query("case == 'four'").itertuples()
    assert row.overridden


def test_all_events_of_an_append_or_none(ledger):
    ledger.append(quota_set(10))
    with pytest.raises(AccountError):
        ledger.append(*eligible("a", 6), award("a", 6), *eligible("b", 5), award("b", 5))
    assert ledger.cases().empty
    assert ledger.quota(QUOTA).free == 10
    assert ledger.append(*eligible("a", 6), award("a", 6)) == 5


@pytest.mark.parametrize(
    ("event", "fault", "says"),
    [
        (tell("Awarded", "x", units=1, valid_until="2026-06-30"), CodeError, "no case x"),
        (tell("Arrived", "a", day=2, units=31), AccountError, "31 units arrived and 30"),
        (tell("NoShow", "c", day=0.5), SchemaError, "before the last event"),
        (tell("AwardExpired", "a", day=30), SchemaError, "valid until 2026-06-30"),
        (tell("ApplicationReceived", "a", units=1), SchemaError, "already known"),
        (tell("ApplicationReceived", "n", units=0), SchemaError, "0 units"),
        (
            tell("ApplicationReceived", "n", units=1, name="Aru"),
            SchemaError,
            "no place in a ledger",
        ),
        (tell("ApplicationReceived", "n", units="2"), SchemaError, "cannot be '2'"),
        (tell("QuotaRevised", total=94, legal_ref="order 2"), AccountError, "overdrawn by 1"),
        (tell("Closed", quota="other"), CodeError, "no quota other"),
        (tell("Sold", "a"), SchemaError, "unknown event Sold"),
    ],
)
def test_what_the_rules_forbid_is_refused_and_leaves_nothing(ledger, event, fault, says):
    _year(ledger)
    before = ledger.head()
    with pytest.raises(fault, match=says):
        ledger.append(event)
    assert ledger.head() == before


def test_payments_follow_the_rule_of_the_day(ledger):
    # Relocation in 2026 for a family of five: 70 x 4,325 x 5 = 1,513,750 tenge.
    ledger.append(
        quota_set(), *eligible("a", 5), award("a", 5), tell("Arrived", "a", day=9, units=5)
    )
    pay = tell("SupportPaid", "a", day=10, support="relocation", amount=1_513_750, currency="KZT")
    with pytest.raises(AccountError, match="is not the rule"):
        ledger.append(replace(pay, facts={**pay.facts, "amount": 1_513_751}))
    ledger.append(pay)
    with pytest.raises(AccountError, match="payment 2"):
        ledger.append(pay)
    with pytest.raises(AccountError, match="no rule grants travel"):
        ledger.append(replace(pay, facts={**pay.facts, "support": "travel"}))
    assert ledger.balances()["spent"].item() == 1_513_750


def test_leaving_before_the_promised_stay_is_flagged(ledger):
    ledger.append(quota_set())
    for case, days in (("early", 350), ("late", 380)):
        ledger.append(*eligible(case, 1), award(case, 1), tell("Arrived", case, day=2, units=1))
        ledger.append(tell("LeftRegion", case, day=days))
    flags = ledger.cases().set_index("case")["claw_back"]
    assert flags.to_dict() == {"early": True, "late": False}


def test_a_mistake_is_set_right_by_a_new_event(ledger):
    ledger.append(quota_set(10), *eligible("a", 4))
    ledger.append(
        tell("Correction", day=1, reference=2, reason="misread", facts={"units": 3}), award("a", 3)
    )
    assert ledger.quota(QUOTA).free == 7
    with pytest.raises(AccountError, match="does not agree with entry 6"):
        ledger.append(tell("Correction", day=2, reference=2, reason="again", facts={"units": 2}))
    ledger.append(tell("Correction", day=2, reference=6, reason="not signed", void=True))
    assert ledger.quota(QUOTA).free == 10
    assert ledger.cases()["state"].item() == "waiting"
    assert ledger.verify() is None


def test_a_second_program_sees_what_the_first_wrote(tmp_path):
    with open_events(tmp_path / "l.db") as one, open_events(tmp_path / "l.db") as two:
        first, second = QuotaLedger(one), QuotaLedger(two)
        first.append(quota_set(5), *eligible("a", 4), award("a", 4))
        with pytest.raises(AccountError, match="overdrawn"):
            second.append(*eligible("b", 2), award("b", 2))
        assert second.quota(QUOTA).free == 1
        second.append(*eligible("b", 1), award("b", 1))
        first.refresh()
        assert first.balances().equals(second.balances())


@pytest.mark.parametrize("seed", range(5))
def test_under_random_events_every_account_holds(tmp_path, seed):
    with open_events(tmp_path / "l.db") as store:
        ledger = QuotaLedger(store)
        ledger.append(quota_set(60))
        taken = 0
        for event in random_events(seed, 2000, cases=80):
            try:
                ledger.append(event)
            except WorkbenchError:
                continue
            taken += 1
            quota, cases = ledger.quota(QUOTA), ledger.cases()
            assert quota.free >= 0
            assert quota.reserved == cases["reserved"].sum()
            assert quota.used == cases["used"].sum()
            assert (cases["reserved"] + cases["used"] <= cases["requested"]).all()
            assert cases["case"].is_unique
            waiting = cases["state"].isin(["eligible", "waiting"])
            assert ledger.balances()["waiting"].item() == waiting.sum()
        assert taken > 100
        again = QuotaLedger(store)
        assert again.cases().equals(ledger.cases())
        assert again.verify() is None


def _tamper(base: sqlite3.Connection, statement: str) -> None:
    base.execute("DROP TRIGGER event_update")
    base.execute("DROP TRIGGER event_delete")
    base.execute(statement)
    base.commit()


@pytest.mark.parametrize(
    ("statement", "place", "reason"),
    [
        ("UPDATE event SET facts = '{\"units\":9}' WHERE seq = 2", 2, "the event was changed"),
        ("UPDATE event SET by = 'officer-2' WHERE seq = 3", 3, "the event was changed"),
        ("UPDATE event SET hash = '0' WHERE seq = 4", 4, "does not follow"),
        ("DELETE FROM event WHERE seq = 3", 3, "entry 3 is missing"),
        ("DELETE FROM event WHERE seq = 5", 5, "was published and is missing"),
    ],
)
def test_any_change_is_found(tmp_path, statement, place, reason):
    path = tmp_path / "l.db"
    with open_events(path) as store:
        ledger = QuotaLedger(store)
        ledger.append(quota_set(10), *eligible("a", 4), award("a", 4))
        head = ledger.head()
        assert ledger.verify(head=head) is None
        with closing(sqlite3.connect(path)) as base:
            with pytest.raises(sqlite3.IntegrityError, match="never changed"):
                base.execute(statement)
            base.rollback()
            _tamper(base, statement)
        broken = first_broken(store.entries(), head=head)
    assert broken is not None
    assert broken.seq == place
    assert reason in broken.reason


def test_the_public_log_can_be_checked_and_says_nothing_of_persons(ledger):
    _year(ledger)
    log = ledger.public_log()
    previous = GENESIS
    for row in log.itertuples():
        assert row.hash == link(row.seq, row.digest, previous)
        previous = row.hash
    assert previous == ledger.head()[1]
    assert list(log.columns) == ["seq", "digest", "hash"]


@pytest.mark.parametrize("seed", range(4))
def test_what_is_proposed_can_be_awarded_and_nothing_before_it(tmp_path, seed):
    with open_events(tmp_path / "l.db") as store:
        ledger = QuotaLedger(store)
        ledger.append(quota_set(40, rules=replace(RULES, skip_if_not_fit=bool(seed % 2))))
        for event in random_events(seed, 600, cases=40):
            try:
                ledger.append(event)
            except WorkbenchError:
                continue
        table = ledger.proposal(QUOTA)
        assert table["case"][table["proposed"]].tolist() == [
            case.id for case in ledger.next_offers(QUOTA)
        ]
        for row in table.itertuples():
            told = award(row.case, row.units, day=366)
            if row.proposed:
                assert ledger.quota(QUOTA).free == row.free
                ledger.append(told)
            else:
                with pytest.raises(AccountError):
                    ledger.append(told)


def test_one_changed_fact_changes_the_proposal_and_its_reason(ledger):
    # Contestability: the same case, one input changed; rank, reason and what may be awarded agree.
    rules = replace(RULES, rank=("vulnerable", "received"), skip_if_not_fit=False)
    ledger.append(quota_set(5, rules=rules), *eligible("a", 5), *eligible("b", 5, day=1))
    before = ledger.proposal(QUOTA).set_index("case")
    assert before["proposed"].to_dict() == {"a": True, "b": False}
    seq = next(e.seq for e in ledger._store.entries() if e.event.subject == "b")
    ledger.append(
        tell("Correction", day=2, reference=seq, reason="paper", facts={"vulnerable": True})
    )
    after = ledger.proposal(QUOTA).set_index("case")
    assert after["proposed"].to_dict() == {"a": False, "b": True}
    assert after["vulnerable"].to_dict() == {"a": False, "b": True}
    with pytest.raises(AccountError, match="b is before it"):
        ledger.append(award("a", 5, day=3))
    ledger.append(award("b", 5, day=3))


def test_a_lottery_can_be_drawn_again_by_anyone(ledger):
    ledger.append(quota_set(9, rules=replace(RULES, rank=("lottery",), lottery_seed="26 June")))
    for case in "abcdefgh":
        ledger.append(*eligible(case, 1))
    drawn = sorted(
        "abcdefgh", key=lambda case: hashlib.sha256(f"26 June|{case}".encode()).hexdigest()
    )
    assert ledger.proposal(QUOTA)["case"].tolist() == drawn
