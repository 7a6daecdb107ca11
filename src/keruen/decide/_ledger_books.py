# SPDX-License-Identifier: Apache-2.0
"""The state that a history of events leads to, and what may come next."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from keruen.core.errors import AccountError, CodeError, SchemaError
from keruen.core.events import Entry, Event
from keruen.core.sentences import msg
from keruen.decide._ledger_cases import ACTS, STEPS, Case, Quota, at_least_one, closed, where_of
from keruen.decide.ledger_kinds import check_form
from keruen.decide.ledger_rules import LedgerRules, decimal

IN_LINE: Final = ("eligible", "waiting")
_RELEASED: Final = ("declined", "expired", "no_show", "withdrawn")


class Books:
    """All quotas and cases, and the lines before the quotas."""

    def __init__(self) -> None:
        self.quotas: dict[str, Quota] = {}
        self.cases: dict[str, Case] = {}
        self.lines: dict[str, list[tuple[Any, ...]]] = {}
        self.history: list[Event] = []
        self._undo: list[Callable[[], object]] | None = None

    def attempt(self, events: Sequence[Event]) -> None:
        """Take events in so that they can be withdrawn."""
        self._undo = []
        for event in events:
            self.tell(event)

    def withdraw(self) -> None:
        """Undo what was attempted and not kept."""
        for step in reversed(self._undo or []):
            step()
        self._undo = None

    def keep(self) -> None:
        """What was attempted is written."""
        self._undo = None

    def line(self, quota: str) -> list[Case]:
        """Cases before a quota, in their order."""
        return [self.cases[key[-1]] for key in self.lines[quota]]

    def tell(self, event: Event) -> None:
        """Take an event in, or refuse it."""
        check_form(event)
        if event.kind == "Correction":
            self._correct(event)
        elif event.subject is None:
            self._quota_event(event)
        else:
            self._case_event(event, event.subject)
        self.history.append(event)
        self._later(self.history.pop)

    def replay(self, entries: Sequence[Entry]) -> None:
        """Take in what the ledger holds."""
        for entry in entries:
            self.tell(entry.event)

    def _later(self, step: Callable[[], object]) -> None:
        if self._undo is not None:
            self._undo.append(step)

    def _put(self, shelf: dict[str, Any], key: str, value: object) -> None:
        if key in shelf:
            old = shelf[key]
            self._later(lambda: shelf.__setitem__(key, old))
        else:
            self._later(lambda: shelf.__delitem__(key))
        shelf[key] = value

    def _correct(self, event: Event) -> None:
        """The history with one event set right must be one that could have been."""
        seq = event.facts["reference"]
        if not isinstance(seq, int) or not 1 <= seq <= len(self.history):
            raise CodeError(
                msg("there is no entry {entry} to correct", entry=seq), where=where_of(event)
            )
        wrong = self.history[seq - 1]
        if wrong.kind == "Correction" or wrong.stream != event.stream:
            raise SchemaError(
                msg(
                    "entry {entry} tells of {quota}: {event}",
                    entry=seq,
                    quota=wrong.stream,
                    event=wrong.kind,
                ),
                where=where_of(event),
                remedy=msg("refer to an entry of the same quota that is not a correction"),
                id="CorrectionElsewhere",
            )
        again = Books()
        later = [*self.history, event]
        void, facts = _amendments(later)
        for place, told in enumerate(later, start=1):
            if told.kind == "Correction" or place in void:
                again.history.append(told)
                continue
            try:
                again.tell(replace(told, facts={**told.facts, **facts.get(place, {})}))
            except (SchemaError, AccountError, CodeError) as error:
                raise AccountError(
                    msg(
                        "the correction of entry {entry} does not agree with entry {other}: {why}",
                        entry=seq,
                        other=place,
                        why=error.what,
                    ),
                    where=where_of(event),
                    remedy=msg("correct the later entry first"),
                    id="CorrectionConflict",
                ) from error
            again.history[-1] = told
        old = {name: getattr(self, name) for name in ("quotas", "cases", "lines")}
        self.quotas, self.cases, self.lines = again.quotas, again.cases, again.lines
        self._later(lambda: self.__dict__.update(old))

    def _quota(self, name: str, event: Event) -> Quota:
        if name not in self.quotas:
            raise CodeError(
                msg("there is no quota {quota}", quota=name),
                where=where_of(event),
                remedy=msg(
                    "set it first; known are {quotas}", quotas=", ".join(sorted(self.quotas)) or "-"
                ),
                id="UnknownQuota",
            )
        return self.quotas[name]

    def _quota_event(self, event: Event) -> None:
        facts: Any = event.facts
        if event.kind == "QuotaSet":
            if event.stream in self.quotas:
                raise SchemaError(
                    msg("the quota {quota} is already set", quota=event.stream),
                    where=where_of(event),
                    remedy=msg("revise it"),
                    id="DuplicateKey",
                )
            rules = LedgerRules.read(facts["rules"])
            given = {k: facts[k] for k in ("total", "year", "region", "programme", "legal_ref")}
            self._put(self.lines, event.stream, [])
            self._settle(Quota(event.stream, rules=rules, since=event.at, **given), event)
            return
        quota = self._quota(event.stream, event)
        if quota.closed:
            raise closed(quota, event)
        if event.kind == "QuotaRevised":
            rules = _revised(quota, facts.get("rules"), event)
            given = {name: facts[name] for name in ("total", "legal_ref")}
            self._settle(replace(quota, rules=rules, **given), event)
        elif event.kind == "Closed":
            self._settle(replace(quota, closed=True), event)
        else:
            self._carry(quota, event, facts["to"], facts["units"])

    def _carry(self, quota: Quota, event: Event, to: str, units: int) -> None:
        target = self._quota(to, event)
        share = decimal(quota.rules.carry_over_share, "carry_over_share")
        most = min(quota.free, int(share * quota.total) - quota.carried_out)
        if target.year <= quota.year or target.closed or not 1 <= units <= most:
            raise AccountError(
                msg(
                    "{units} units cannot be carried from {quota} to {other}",
                    units=units,
                    quota=quota.id,
                    other=to,
                ),
                where=where_of(event),
                remedy=msg(
                    "at most {units} units, to an open quota of a later year", units=max(most, 0)
                ),
                id="CarryOver",
            )
        self._settle(replace(quota, carried_out=quota.carried_out + units), event)
        self._settle(replace(target, carried_in=target.carried_in + units), event)

    def _settle(self, quota: Quota, event: Event) -> None:
        """Put a quota down, if it is not overdrawn."""
        if quota.free < 0 or quota.total < 0:
            raise AccountError(
                msg(
                    "the quota {quota} would be overdrawn by {units} units",
                    quota=quota.id,
                    units=-quota.free,
                ),
                where=where_of(event),
                remedy=msg(
                    "{reserved} are reserved and {used} used of {total}",
                    reserved=quota.reserved,
                    used=quota.used,
                    total=quota.total,
                ),
                id="QuotaOverdrawn",
            )
        self._put(self.quotas, quota.id, quota)

    def _case_event(self, event: Event, subject: str) -> None:
        quota = self._quota(event.stream, event)
        if event.kind == "ApplicationReceived":
            self._apply(quota, event, subject)
            return
        case = self.cases.get(subject)
        if case is None or case.quota != quota.id:
            raise CodeError(
                msg("the quota {quota} has no case {case}", quota=quota.id, case=subject),
                where=where_of(event),
                remedy=msg("record the application first"),
                id="UnknownCase",
            )
        found, leads = STEPS[event.kind]
        if case.state not in found:
            raise SchemaError(
                msg(
                    "this cannot follow ({event}): the case stands as {state}",
                    event=event.kind,
                    state=case.state,
                ),
                where=where_of(event),
                remedy=msg("it may when the case stands as {states}", states=found),
                id="WrongState",
            )
        if event.at < case.last:
            raise SchemaError(
                msg("this is told for a time before the last event of the case"),
                where=where_of(event),
                remedy=msg("give a time from {time} on", time=case.last.isoformat()),
                id="OutOfOrder",
            )
        if event.kind == "Awarded" and event.facts.get("mode") != "overridden":
            self._in_turn(quota, case, event)
        changed = replace(case, last=event.at, state=leads or case.state)
        act = ACTS.get(event.kind)
        self._move(case, act(quota, changed, event) if act else changed, event)

    def _in_turn(self, quota: Quota, case: Case, event: Event) -> None:
        ahead = self.ahead(quota, case)
        if ahead:
            raise AccountError(
                msg("the case {case} is before it in line", case=ahead),
                where=where_of(event),
                remedy=msg("award that case first, or override with a reason"),
                id="OutOfTurn",
            )

    def _move(self, case: Case, after: Case, event: Event) -> None:
        """Put a case down, and the units it holds into the quota's account."""
        if after.state in _RELEASED:
            after = replace(after, reserved=0)
        if (after.reserved, after.used) != (case.reserved, case.used):
            quota = self.quotas[case.quota]
            reserved = quota.reserved + after.reserved - case.reserved
            used = quota.used + after.used - case.used
            self._settle(replace(quota, reserved=reserved, used=used), event)
        line = self.lines[case.quota]
        was, is_ = case.state in IN_LINE, after.state in IN_LINE
        if was and not is_:
            line.pop(bisect_left(line, case.line))
            self._later(lambda: insort(line, case.line))
        elif is_ and not was:
            insort(line, case.line)
            self._later(lambda: line.remove(case.line))
        self._put(self.cases, case.id, after)

    def _apply(self, quota: Quota, event: Event, subject: str) -> None:
        if quota.closed:
            raise closed(quota, event)
        if subject in self.cases:
            raise SchemaError(
                msg("the case {case} is already known", case=subject),
                where=where_of(event),
                remedy=msg("give a new application a new id"),
                id="DuplicateKey",
            )
        units: Any = event.facts["units"]
        at_least_one(units, event)
        group = str(event.facts.get("group", ""))
        line = quota.rules.place_in_line(event)
        case = Case(subject, quota.id, units, line, event.at, event.at, group)
        self._put(self.cases, subject, case)

    def ahead(self, quota: Quota, case: Case) -> str | None:
        """A case that must be awarded before this one."""
        for key in self.lines[quota.id]:
            if key >= case.line:
                return None
            other = self.cases[key[-1]]
            if not quota.rules.skip_if_not_fit or other.units <= quota.free:
                return other.id
        return None


def _revised(quota: Quota, told: Mapping[str, Any] | None, event: Event) -> LedgerRules:
    """Rules after a revision; the order of the line is promised when people apply, and stays."""
    rules = quota.rules if told is None else LedgerRules.read(told)
    if (rules.rank, rules.lottery_seed) != (quota.rules.rank, quota.rules.lottery_seed):
        raise SchemaError(
            msg("a revision cannot change the order of the line"),
            where=where_of(event),
            remedy=msg("keep rank and lottery_seed; set a quota of its own for another order"),
            id="OrderFixed",
        )
    return rules


def _amendments(told: list[Event]) -> tuple[set[int], dict[int, dict[str, Any]]]:
    """Entries taken back, and facts set right, the last correction of an entry counting."""
    void: set[int] = set()
    facts: dict[int, dict[str, Any]] = {}
    for event in told:
        if event.kind == "Correction":
            seq: Any = event.facts["reference"]
            given: Any = event.facts.get("facts", {})
            (void.add if event.facts.get("void") else void.discard)(seq)
            facts[seq] = {**facts.get(seq, {}), **given}
    return void, facts
