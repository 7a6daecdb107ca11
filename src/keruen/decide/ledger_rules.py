# SPDX-License-Identifier: Apache-2.0
"""What a quota promises (order of the line, support, carry-over), and events that may be told."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final, Literal, get_args

from keruen.core.errors import SchemaError, WorkbenchError, raise_faults
from keruen.core.events import Event, Fact

RankKey = Literal["vulnerable", "has_housing", "received", "lottery"]


@dataclass(frozen=True)
class Money:
    """A monthly calculation index from a day on.

    Parameters
    ----------
    valid_from : str
        First day, ISO.
    value : str
        Amount of one index.
    currency : str
        ISO 4217 code.
    """

    valid_from: str
    value: str
    currency: str = "KZT"


@dataclass(frozen=True)
class Support:
    """A payment that a rule grants.

    Parameters
    ----------
    name : str
        Such as ``relocation``.
    low, high : str
        Least and most, in monthly calculation indices.
    per : {"unit", "case"}
        For each person of the case, or for the case.
    times : int
        Payments a case may have.
    valid_from, valid_to : str
        First day, and first day no longer; an empty text means without end.
    """

    name: str
    low: str
    high: str
    per: Literal["unit", "case"] = "case"
    times: int = 1
    valid_from: str = "0001-01-01"
    valid_to: str = ""


def _faults(rule: Support | Money) -> Iterator[SchemaError]:
    """What would make a payment impossible to check later."""
    if isinstance(rule, Money):
        numbers, days, where = (rule.value,), (rule.valid_from,), "index"
    else:
        numbers = (rule.low, rule.high)
        days, where = (rule.valid_from, rule.valid_to or rule.valid_from), f"support {rule.name}"
        if rule.per not in {"unit", "case"}:
            yield SchemaError(f"per cannot be {rule.per!r}", where=where, remedy="unit or case")
        if not (isinstance(rule.times, int) and rule.times >= 1):
            yield SchemaError(f"times cannot be {rule.times!r}", where=where, remedy="1 or more")
    for number in numbers:
        try:
            decimal(number, where)
        except SchemaError as fault:
            yield fault
    for day in days:
        try:
            date.fromisoformat(day)
        except (TypeError, ValueError):
            yield SchemaError(f"{day!r} is not a day", where=where, remedy="as 2026-01-01")


@dataclass(frozen=True)
class LedgerRules:
    """Rules of one quota; they are written into the ledger with the quota.

    Parameters
    ----------
    rank : tuple of str
        Order of the line: ``vulnerable`` first, ``has_housing`` first, ``received`` earlier,
        ``lottery`` by a number that anyone can compute from the seed and the case.
    skip_if_not_fit : bool
        A case that is too large for what is free may be passed over.
    lottery_seed : str
        Published seed of the lottery.
    carry_over_share : str
        Share of the total that may go to the next year.
    stay_months : int
        Months that a family promises to stay; leaving earlier is flagged.
    support : tuple of Support
        Payments granted.
    index : tuple of Money
        Values of the monthly calculation index.
    """

    rank: tuple[RankKey, ...] = ("received",)
    skip_if_not_fit: bool = False
    lottery_seed: str = ""
    carry_over_share: str = "0"
    stay_months: int = 0
    support: tuple[Support, ...] = ()
    index: tuple[Money, ...] = ()

    def __post_init__(self) -> None:
        unknown = [key for key in self.rank if key not in get_args(RankKey)]
        if unknown or not self.rank:
            raise SchemaError(
                f"the line cannot be ordered by {', '.join(unknown) or 'nothing'}",
                remedy=f"choose from {', '.join(get_args(RankKey))}",
                id="UnknownRank",
            )
        if "lottery" in self.rank and not self.lottery_seed:
            raise SchemaError(
                "a lottery without a published seed", remedy="give lottery_seed", id="NoSeed"
            )
        if not 0 <= decimal(self.carry_over_share, "carry_over_share") <= 1:
            raise SchemaError("carry_over_share is not between 0 and 1", id="ShareOutOfRange")
        raise_faults([fault for each in (*self.support, *self.index) for fault in _faults(each)])

    def facts(self) -> dict[str, Any]:
        """The rules as facts of an event."""
        return asdict(self)

    @classmethod
    def read(cls, facts: Mapping[str, Any]) -> LedgerRules:
        """Rules from the facts of an event."""
        given = dict(facts)
        try:
            given["rank"] = tuple(given.get("rank", ("received",)))
            given["support"] = tuple(Support(**each) for each in given.get("support", ()))
            given["index"] = tuple(Money(**each) for each in given.get("index", ()))
            return cls(**given)
        except TypeError as error:
            raise SchemaError(f"the rules cannot be read: {error}", id="UnknownRule") from error

    def place_in_line(self, event: Event) -> tuple[Any, ...]:
        """What an application is ordered by; less is earlier, the case decides ties."""
        facts = event.facts
        lottery = f"{self.lottery_seed}|{event.subject}".encode()
        parts = {
            "vulnerable": not facts.get("vulnerable", False),
            "has_housing": not facts.get("has_housing", False),
            "received": event.at.timestamp(),
            "lottery": hashlib.sha256(lottery).hexdigest(),
        }
        return (*(parts[key] for key in self.rank), event.subject)

    def amount(self, name: str, units: int, day: date) -> tuple[Decimal, Decimal, str, int] | None:
        """Least and most that a payment may be on a day, its currency, and how often; or None."""
        text = day.isoformat()
        rule = next(
            (
                each
                for each in self.support
                if each.name == name
                and each.valid_from <= text
                and (not each.valid_to or text < each.valid_to)
            ),
            None,
        )
        values = [each for each in self.index if each.valid_from <= text]
        if rule is None or not values:
            return None
        unit = max(values, key=lambda each: each.valid_from)
        factor = Decimal(unit.value) * (units if rule.per == "unit" else 1)
        return Decimal(rule.low) * factor, Decimal(rule.high) * factor, unit.currency, rule.times


def rank_values(keys: Sequence[str], line: Sequence[Any]) -> list[object]:
    """What a place in line was made of, as the application told it.

    Parameters
    ----------
    keys : sequence of str
        Order of the line, as of :class:`LedgerRules`.
    line : sequence
        Place that ``LedgerRules.place_in_line`` made.

    Returns
    -------
    list
        Truth, a time in UTC, or the number drawn by lot, for each key.
    """
    values: list[object] = []
    for key, part in zip(keys, line, strict=False):
        if key == "received":
            values.append(datetime.fromtimestamp(part, UTC))
        else:
            values.append(part if key == "lottery" else not part)
    return values


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
    "QuotaRevised": Kind({"total": int, "legal_ref": str}, {}, subject=False),
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


def decimal(value: Fact, what: str) -> Decimal:
    """A number written as text or whole number.

    Parameters
    ----------
    value : str or int
        The number.
    what : str
        What it is, for the error.

    Returns
    -------
    Decimal

    Raises
    ------
    SchemaError
        It is not a number (``NotANumber``).

    Examples
    --------
    >>> decimal("0.10", "share")
    Decimal('0.10')
    """
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        number = Decimal("nan")
    if not number.is_finite():
        raise SchemaError(f"{what} is not a number: {value!r}", id="NotANumber")
    return number


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
    where = f"{event.kind} of {event.subject or event.stream}"
    kind = KINDS.get(event.kind)
    if kind is None:
        raise SchemaError(
            f"unknown event {event.kind}", where=where, remedy=f"one of {', '.join(KINDS)}"
        )
    faults: list[WorkbenchError] = []
    if kind.subject != (event.subject is not None):
        faults.append(SchemaError("a case is needed" if kind.subject else "no case is needed"))
    known = {**kind.must, **kind.may}
    missing = [name for name in kind.must if name not in event.facts]
    faults += [SchemaError(f"the fact {name} is missing", where=where) for name in missing]
    for name, value in event.facts.items():
        if name not in known:
            faults.append(_unknown(name, known, where))
        elif not _is(value, known[name]):
            faults.append(SchemaError(f"{name} cannot be {value!r}", where=where))
    raise_faults(faults, where=where)


def _unknown(name: str, known: Mapping[str, object], where: str) -> SchemaError:
    return SchemaError(
        f"the fact {name} has no place in a ledger",
        where=where,
        remedy=f"leave it out; known are {', '.join(known) or 'none'}",
        id="UnknownFact",
    )


def _is(value: Fact, kind: type | tuple[type, ...]) -> bool:
    if isinstance(value, bool):
        return kind is bool
    if isinstance(value, Sequence) and not isinstance(value, str):
        return False
    return isinstance(value, kind)
