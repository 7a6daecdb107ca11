# SPDX-License-Identifier: Apache-2.0
"""What a quota promises: order of the line, support, carry-over."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Literal, get_args

from keruen.core.errors import SchemaError, raise_faults
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
    valid_to : str
        First day no longer; an empty text means until the next, or without end.
    """

    valid_from: str
    value: str
    currency: str = "KZT"
    valid_to: str = ""

    def holds(self, day: str) -> bool:
        """Whether it is in force on a day, in ISO form."""
        return self.valid_from <= day and (not self.valid_to or day < self.valid_to)


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

    def holds(self, day: str) -> bool:
        """Whether it is in force on a day, in ISO form."""
        return self.valid_from <= day and (not self.valid_to or day < self.valid_to)


def _faults(rule: Support | Money) -> Iterator[SchemaError]:
    """What would make a payment impossible to check later."""
    if isinstance(rule, Money):
        numbers, where = [rule.value], "index"
    else:
        numbers, where = [rule.low, rule.high], f"support {rule.name}"
        if rule.per not in {"unit", "case"}:
            yield SchemaError(f"per cannot be {rule.per!r}", where=where, remedy="unit or case")
        if not (isinstance(rule.times, int) and rule.times >= 1):
            yield SchemaError(f"times cannot be {rule.times!r}", where=where, remedy="1 or more")
    for number in numbers:
        try:
            decimal(number, where)
        except SchemaError as fault:
            yield fault
    for day in (rule.valid_from, rule.valid_to or rule.valid_from):
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
        given: list[Support | Money] = [*self.support, *self.index]
        raise_faults([fault for each in given for fault in _faults(each)])

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
        rules = (each for each in self.support if each.name == name and each.holds(text))
        rule = next(rules, None)
        values = [each for each in self.index if each.holds(text)]
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
