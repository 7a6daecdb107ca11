# SPDX-License-Identifier: Apache-2.0
"""A quota office: the ledger opened, and what officers say told as its events."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from keruen.core.errors import AccountError, CodeError, FileError, SchemaError, raise_faults
from keruen.core.events import Event, Fact, first_broken
from keruen.core.sentences import msg
from keruen.decide.ledger import QuotaLedger
from keruen.decide.ledger_kinds import KINDS

if TYPE_CHECKING:
    from keruen.sources.events import DatabaseEvents

WORDS: Final[Mapping[str, str]] = {
    "decide": "EligibilityDecided",
    "waitlist": "Waitlisted",
    "decline": "AwardDeclined",
    "expire": "AwardExpired",
    "no-show": "NoShow",
    "arrive": "Arrived",
    "pay": "SupportPaid",
    "work": "EmploymentObserved",
    "withdraw": "Withdrawn",
    "appeal": "AppealOpened",
    "appeal-decided": "AppealDecided",
    "left": "LeftRegion",
    "returned": "Returned",
    "carry": "CarriedOver",
    "close": "Closed",
    "correct": "Correction",
}
"""Words of an officer for the events that ``keruen quota record`` tells."""

_YES: Final = ("yes", "true", "1", "да", "иә")
_NO: Final = ("no", "false", "0", "нет", "жоқ")
_CASE: Final = re.compile(r"[\w./#-]{1,40}")


@contextmanager
def open_ledger(place: str, *, make: bool = False) -> Iterator[tuple[QuotaLedger, DatabaseEvents]]:
    """A quota ledger in a file or database.

    Parameters
    ----------
    place : str
        File, or address of a database.
    make : bool, optional
        Make the file when it is not there; else a slip in its name is refused.

    Yields
    ------
    tuple of QuotaLedger and DatabaseEvents
        The ledger and the store behind it.

    Raises
    ------
    FileError
        There is no such ledger (``NoLedger``), or it cannot be opened.
    AccountError
        What it holds does not follow the rules.
    """
    with open_store(place, make=make) as store:
        yield QuotaLedger(store), store


@contextmanager
def open_store(place: str, *, make: bool = False) -> Iterator[DatabaseEvents]:
    """The chain of events behind a ledger, without its rules.

    Parameters
    ----------
    place : str
        File, or address of a database.
    make : bool, optional
        Make the file when it is not there.

    Yields
    ------
    DatabaseEvents

    Raises
    ------
    FileError
        There is no such ledger (``NoLedger``), or it cannot be opened.
    """
    from keruen.sources.events import open_events

    if "://" not in place and not make and not Path(place).is_file():
        raise FileError(
            "there is no ledger here",
            where=place,
            remedy="check the name; keruen quota set makes a new ledger",
            id="NoLedger",
        )
    with open_events(place) as store:
        yield store


def need_officer(officer: str) -> str:
    """The name of the officer who answers for what is told.

    Parameters
    ----------
    officer : str
        Name or number as given.

    Returns
    -------
    str

    Raises
    ------
    SchemaError
        It is empty (``NoOfficer``).
    """
    if not officer.strip():
        raise SchemaError(
            "no officer answers for this",
            remedy="give --officer, or set KERUEN_OFFICER",
            id="NoOfficer",
        )
    return officer.strip()


def read_time(text: str) -> datetime:
    """A time with its zone; now when the text is empty.

    Parameters
    ----------
    text : str
        Such as ``2026-03-01T09:00+05:00``.

    Returns
    -------
    datetime

    Raises
    ------
    SchemaError
        It is no time, or has no zone (``NoTimeZone``).

    Examples
    --------
    >>> read_time("2026-03-01T09:00+05:00").isoformat()
    '2026-03-01T09:00:00+05:00'
    """
    if not text:
        return datetime.now().astimezone()
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise SchemaError(
            f"'{text}' is not a time with its zone" if found is None else f"'{text}' has no zone",
            where="--at",
            remedy="write it as 2026-03-01T09:00+05:00",
            id="NoTimeZone",
        )
    return found


def need_cases(cases: Sequence[str]) -> None:
    """Refuse what looks like a name where a pseudonym belongs.

    Parameters
    ----------
    cases : sequence of str
        Cases as given.

    Raises
    ------
    FaultsError
        Each that is too long, or holds a blank (``NotAPseudonym``).
    """
    raise_faults(list(name_faults(cases)))


def name_faults(cases: Sequence[str], where: str = "") -> Iterator[SchemaError]:
    """One fault a case that is too long for a pseudonym, or holds a blank."""
    for case in cases:
        if not _CASE.fullmatch(case):
            yield SchemaError(
                msg("'{case}' cannot name a case", case=case),
                where=where,
                remedy=msg(
                    "give a number or pseudonym of at most 40 letters, digits and . / # -; "
                    "no name of a person"
                ),
                id="NotAPseudonym",
            )


def told(
    kind: str, quota: str, case: str | None, facts: Sequence[str], *, at: datetime, by: str
) -> Event:
    """An event from the words of an officer.

    Parameters
    ----------
    kind : str
        Word of ``WORDS``, or the name of the kind itself.
    quota : str
        Quota.
    case : str or None
        Case; None for events of the quota itself.
    facts : sequence of str
        Each as ``name=value``; ``facts.units=3`` for a fact that a correction sets right.
    at : datetime
        When it happened.
    by : str
        Officer.

    Returns
    -------
    Event

    Raises
    ------
    CodeError
        The word is not known (``UnknownKind``).
    SchemaError
        A fact is not written as ``name=value``.

    Examples
    --------
    >>> event = told("decide", "kandas", "A-1", ["eligible=yes"], at=read_time(""), by="x")
    >>> event.kind, dict(event.facts)
    ('EligibilityDecided', {'eligible': True})
    """
    name = WORDS.get(kind, kind)
    if name not in KINDS:
        raise CodeError(
            msg("'{word}' is nothing that can be recorded", word=kind),
            remedy=msg("choose one of {words}", words=", ".join(WORDS)),
            id="UnknownKind",
        )
    found: dict[str, Any] = {}
    for text in facts:
        key, sign, value = text.partition("=")
        if not sign:
            raise SchemaError(
                msg("'{text}' is not a fact", text=text), remedy=msg("write it as name=value")
            )
        outer, _, inner = key.strip().partition(".")
        if inner:
            found.setdefault(outer, {})[inner] = _fact(inner, value.strip())
        else:
            found[outer] = _fact(outer, value.strip())
    return Event(name, quota, at, by, case, found)


def _fact(name: str, text: str) -> Fact:
    """A value of the type that facts of this name have; as text where it cannot be read so."""
    kind = next(
        (one[name] for each in KINDS.values() for one in (each.must, each.may) if name in one), str
    )
    if kind is bool and text.casefold() in (*_YES, *_NO):
        return text.casefold() in _YES
    if kind is int and re.fullmatch(r"-?\d+", text):
        return int(text)
    return text


def with_amount(ledger: QuotaLedger, event: Event) -> Event:
    """A payment with the amount of the rule, where the rule leaves no choice.

    Parameters
    ----------
    ledger : QuotaLedger
        The ledger.
    event : Event
        Any event.

    Returns
    -------
    Event
        The same when it is no payment, or says its amount.
    """
    if event.kind != "SupportPaid" or "amount" in event.facts:
        return event
    quota = ledger.quota(event.stream)
    row = ledger.cases().query("case == @event.subject and quota == @event.stream")
    units = int(row["used"].item() or row["reserved"].item()) if len(row) else 0
    rule = quota.rules.amount(str(event.facts.get("support", "")), units, event.at.date())
    if rule is None or rule[0] != rule[1]:
        return event
    return replace(event, facts={**event.facts, "amount": f"{rule[0]:f}", "currency": rule[2]})


def verify_ledger(place: str, head: str = "") -> tuple[int, str]:
    """Check every hash and every rule of a ledger.

    Parameters
    ----------
    place : str
        File, or address of a database.
    head : str, optional
        Place and hash published earlier, as ``120:5d1f...``.

    Returns
    -------
    tuple of int and str
        Place and hash of the last entry.

    Raises
    ------
    AccountError
        A hash does not hold (``ChainBroken``), or a rule was not kept.
    SchemaError
        The head is not written as a place and a hash (``NotAHead``).
    """
    known = _head(head) if head else None
    with open_store(place) as store:
        broken = first_broken(store.entries(), head=known)
        if broken is not None:
            raise AccountError(
                f"the chain breaks at entry {broken.seq}: {broken.reason}",
                where=place.rpartition("@")[2],
                remedy="keep the file as it is, and compare it with a copy and a published head",
                id="ChainBroken",
            )
        return QuotaLedger(store).head()


def _head(text: str) -> tuple[int, str]:
    place, _, hash_ = text.partition(":")
    if not (place.isdecimal() and int(place) >= 1 and re.fullmatch("[0-9a-f]{64}", hash_)):
        raise SchemaError(
            f"'{text}' is not a head",
            where="--head",
            remedy="write the place, a colon and the 64 digits of the hash",
            id="NotAHead",
        )
    return int(place), hash_
