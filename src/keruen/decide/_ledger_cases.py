# SPDX-License-Identifier: Apache-2.0
"""What an event does to a case, and when it may not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from keruen.core.errors import AccountError, SchemaError
from keruen.core.events import Event
from keruen.core.sentences import Sentence, msg
from keruen.decide.ledger_rules import LedgerRules, decimal

STEPS: Final[Mapping[str, tuple[tuple[str, ...], str]]] = {
    "EligibilityDecided": (("received",), "eligible"),
    "Waitlisted": (("eligible",), "waiting"),
    "Awarded": (("eligible", "waiting"), "awarded"),
    "AwardDeclined": (("awarded",), "declined"),
    "AwardExpired": (("awarded",), "expired"),
    "NoShow": (("awarded",), "no_show"),
    "Arrived": (("awarded",), "arrived"),
    "SupportPaid": (("awarded", "arrived"), ""),
    "EmploymentObserved": (("arrived", "left", "returned"), ""),
    "Withdrawn": (("received", "eligible", "waiting", "awarded"), "withdrawn"),
    "AppealOpened": (("refused",), "appealing"),
    "AppealDecided": (("appealing",), "eligible"),
    "LeftRegion": (("arrived",), "left"),
    "Returned": (("arrived", "left"), "returned"),
}
"""Which states an event may find a case in, and which it leaves it in."""


@dataclass(frozen=True)
class Quota:
    """A quota as it stands."""

    id: str
    total: int
    year: int
    region: str
    programme: str
    rules: LedgerRules
    legal_ref: str
    since: datetime
    carried_in: int = 0
    carried_out: int = 0
    reserved: int = 0
    used: int = 0
    closed: bool = False

    @property
    def free(self) -> int:
        """Units that may still be awarded."""
        return self.total + self.carried_in - self.reserved - self.used - self.carried_out


@dataclass(frozen=True)
class Case:
    """A case as it stands."""

    id: str
    quota: str
    units: int
    line: tuple[Any, ...]
    received: datetime
    last: datetime
    group: str = ""
    state: str = "received"
    reserved: int = 0
    used: int = 0
    decided: datetime | None = None
    awarded: datetime | None = None
    valid_until: str = ""
    overridden: bool = False
    locality: str = ""
    arrived: datetime | None = None
    first_job: datetime | None = None
    left: datetime | None = None
    claw_back: bool = False
    appealed: bool = False
    upheld: bool = False
    payments: Mapping[str, tuple[Decimal, ...]] = field(default_factory=dict)
    work: tuple[tuple[datetime, bool], ...] = ()

    @property
    def paid(self) -> Decimal:
        """Support of all kinds."""
        return sum((one for each in self.payments.values() for one in each), Decimal(0))


def _decided(_: Quota, case: Case, event: Event) -> Case:
    state = "eligible" if event.facts["eligible"] else "refused"
    return replace(case, state=state, decided=event.at)


def _appealed(_: Quota, case: Case, __: Event) -> Case:
    return replace(case, appealed=True)


def _heard(_: Quota, case: Case, event: Event) -> Case:
    upheld = bool(event.facts["upheld"])
    return replace(case, upheld=upheld, state="eligible" if upheld else "refused")


def _awarded(quota: Quota, case: Case, event: Event) -> Case:
    facts: Any = event.facts
    at_least_one(facts["units"], event)
    overridden = facts.get("mode", "confirmed") == "overridden"
    if quota.closed:
        raise closed(quota, event)
    if facts["units"] > case.units:
        raise AccountError(
            msg(
                "{units} units are awarded and {most} were requested",
                units=facts["units"],
                most=case.units,
            ),
            where=where_of(event),
            remedy=msg("award at most what was requested"),
            id="AwardAboveRequest",
        )
    if overridden and not facts.get("reason_code"):
        raise SchemaError(
            msg("an override without a reason"),
            where=where_of(event),
            remedy=msg("give a reason"),
            id="NoReason",
        )
    _need_day(facts["valid_until"], event)
    return replace(
        case,
        reserved=facts["units"],
        awarded=event.at,
        valid_until=facts["valid_until"],
        overridden=overridden,
        locality=facts.get("locality", ""),
    )


def _expired(_: Quota, case: Case, event: Event) -> Case:
    if event.at.date().isoformat() <= case.valid_until:
        raise SchemaError(
            msg("the award is valid until {day}", day=case.valid_until),
            where=where_of(event),
            remedy=msg("let it expire after that day"),
            id="StillValid",
        )
    return case


def _arrived(_: Quota, case: Case, event: Event) -> Case:
    units: Any = event.facts["units"]
    at_least_one(units, event)
    if units > case.reserved:
        raise AccountError(
            msg("{units} units arrived and {most} were awarded", units=units, most=case.reserved),
            where=where_of(event),
            remedy=msg("the others need an application of their own"),
            id="ArrivedAboveAward",
        )
    where = str(event.facts.get("locality", case.locality))
    return replace(case, reserved=0, used=units, arrived=event.at, locality=where)


def _paid(quota: Quota, case: Case, event: Event) -> Case:
    facts: Any = event.facts
    name, paid = facts["support"], decimal(facts["amount"], "amount")
    rule = quota.rules.amount(name, case.used or case.reserved, event.at.date())
    amounts = (*case.payments.get(name, ()), paid)
    if rule is None:
        told = msg("no rule grants {support} on {day}", support=name, day=event.at.date())
        raise _not_granted(told, event)
    low, high, currency, times = rule
    if not low <= paid <= high or facts["currency"] != currency or len(amounts) > times:
        raise _not_granted(
            msg(
                "{amount} {currency} of {support}, payment {number}, is not the rule",
                amount=paid,
                currency=facts["currency"],
                support=name,
                number=len(amounts),
            ),
            event,
            msg(
                "{low} to {high} {currency}, at most {times} times",
                low=low,
                high=high,
                currency=currency,
                times=times,
            ),
        )
    return replace(case, payments={**case.payments, name: amounts})


def _observed(_: Quota, case: Case, event: Event) -> Case:
    employed = bool(event.facts["employed"])
    first = case.first_job or (event.at if employed else None)
    return replace(case, first_job=first, work=(*case.work, (event.at, employed)))


def _left(quota: Quota, case: Case, event: Event) -> Case:
    early = case.arrived is not None and _months(case.arrived, event.at) < quota.rules.stay_months
    return replace(case, left=case.left or event.at, claw_back=case.claw_back or early)


def _months(start: datetime, end: datetime) -> int:
    """Whole months between two times."""
    months = 12 * (end.year - start.year) + end.month - start.month
    return months - (end.day < start.day)


def where_of(event: Event) -> Sentence:
    return msg("{event}: {case}", event=event.kind, case=event.subject or event.stream)


def at_least_one(units: int, event: Event) -> None:
    if units < 1:
        raise SchemaError(
            msg("{units} units", units=units),
            where=where_of(event),
            remedy=msg("at least one"),
            id="NoUnits",
        )


def closed(quota: Quota, event: Event) -> SchemaError:
    return SchemaError(
        msg("the quota {quota} is closed", quota=quota.id),
        where=where_of(event),
        remedy=msg("use the quota of the present year"),
        id="QuotaClosed",
    )


def _need_day(text: str, event: Event) -> None:
    try:
        date.fromisoformat(text)
    except ValueError as error:
        raise SchemaError(
            msg("'{text}' is not a day", text=text),
            where=where_of(event),
            remedy=msg("write it as 2026-12-31"),
            id="NotADay",
        ) from error


def _not_granted(what: Sentence, event: Event, rule: str = "") -> AccountError:
    return AccountError(what, where=where_of(event), remedy=rule, id="NotGranted")


ACTS: Final[Mapping[str, Callable[[Quota, Case, Event], Case]]] = {
    "EligibilityDecided": _decided,
    "AppealOpened": _appealed,
    "AppealDecided": _heard,
    "Awarded": _awarded,
    "AwardExpired": _expired,
    "Arrived": _arrived,
    "SupportPaid": _paid,
    "EmploymentObserved": _observed,
    "LeftRegion": _left,
    "Returned": _left,
}
"""What an event does beside the change of state."""
