# SPDX-License-Identifier: Apache-2.0
"""Events that may be told of a quota and its cases, and the facts that each has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from keruen.core.errors import SchemaError, WorkbenchError, raise_faults
from keruen.core.events import Event, Fact
from keruen.core.sentences import msg


@dataclass(frozen=True)
class Kind:
    """Facts that an event of a kind must and may have.

    Parameters
    ----------
    must, may : mapping of str to type
        Names of facts and what they hold.
    subject : bool
        Whether it is about a case.
    """

    must: Mapping[str, type | tuple[type, ...]]
    may: Mapping[str, type | tuple[type, ...]]
    subject: bool = True


KINDS: Final[Mapping[str, Kind]] = {
    "QuotaSet": Kind(
        {
            "total": int,
            "year": int,
            "region": str,
            "programme": str,
            "legal_ref": str,
            "rules": Mapping,
        },
        {},
        subject=False,
    ),
    "QuotaRevised": Kind({"total": int, "legal_ref": str}, {"rules": Mapping}, subject=False),
    "CarriedOver": Kind({"to": str, "units": int}, {}, subject=False),
    "Closed": Kind({}, {}, subject=False),
    "Correction": Kind(
        {"reference": int, "reason": str}, {"facts": Mapping, "void": bool}, subject=False
    ),
    "ApplicationReceived": Kind(
        {"units": int}, {"channel": str, "group": str, "vulnerable": bool, "has_housing": bool}
    ),
    "EligibilityDecided": Kind({"eligible": bool, "reason_code": str, "rule_version": str}, {}),
    "Waitlisted": Kind({}, {}),
    "Awarded": Kind(
        {"units": int, "valid_until": str},
        {"mode": str, "reason_code": str, "locality": str},
    ),
    "AwardDeclined": Kind({}, {"reason_code": str}),
    "AwardExpired": Kind({}, {}),
    "NoShow": Kind({}, {}),
    "Arrived": Kind({"units": int}, {"locality": str}),
    "SupportPaid": Kind({"support": str, "amount": (int, str), "currency": str}, {}),
    "EmploymentObserved": Kind({"employed": bool}, {"workers": int}),
    "Withdrawn": Kind({}, {"reason_code": str}),
    "AppealOpened": Kind({}, {}),
    "AppealDecided": Kind({"upheld": bool, "reason_code": str}, {}),
    "LeftRegion": Kind({}, {"to_region": str}),
    "Returned": Kind({}, {"reason_code": str}),
}
"""Events of a quota. Facts not named here are refused: a ledger has no room for names."""


def check_form(event: Event) -> None:
    """Refuse an event whose facts are not those of its kind.

    Parameters
    ----------
    event : Event
        What is told.

    Raises
    ------
    SchemaError
        All faults of its form: unknown kind, missing, unknown or wrong facts.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> check_form(Event("Closed", "kz-2026", datetime(2026, 12, 31, tzinfo=UTC), "officer-1"))
    """
    where = msg("{event}: {case}", event=event.kind, case=event.subject or event.stream)
    kind = KINDS.get(event.kind)
    if kind is None:
        raise SchemaError(
            f"unknown event {event.kind}", where=where, remedy=f"one of {', '.join(KINDS)}"
        )
    faults: list[WorkbenchError] = []
    if kind.subject != (event.subject is not None):
        faults.append(
            SchemaError(msg("a case is needed") if kind.subject else msg("no case is needed"))
        )
    known = {**kind.must, **kind.may}
    missing = [name for name in kind.must if name not in event.facts]
    faults += [
        SchemaError(msg("the fact {fact} is missing", fact=name), where=where) for name in missing
    ]
    for name, value in event.facts.items():
        if name not in known:
            faults.append(_unknown(name, known, where))
        elif not _is(value, known[name]):
            faults.append(
                SchemaError(msg("{fact} cannot be '{value}'", fact=name, value=value), where=where)
            )
    raise_faults(faults, where=where)


def _unknown(name: str, known: Mapping[str, object], where: str) -> SchemaError:
    return SchemaError(
        msg("the fact {fact} has no place in a ledger", fact=name),
        where=where,
        remedy=msg("leave it out; known are {facts}", facts=", ".join(known) or "-"),
        id="UnknownFact",
    )


def _is(value: Fact, kind: type | tuple[type, ...]) -> bool:
    if isinstance(value, bool):
        return kind is bool
    if isinstance(value, Sequence) and not isinstance(value, str):
        return False
    return isinstance(value, kind)
