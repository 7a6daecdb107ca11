# SPDX-License-Identifier: Apache-2.0
"""Events that are written once and never changed, bound together by hashes.

A ledger is the list of all that was decided. Each entry holds the hash of the one before it, so
that a change anywhere shows. What is private (who, and the facts) enters the chain only as a
digest made with a salt: the chain can be published and checked by anyone without a word about a
person, and one entry can be opened to one reader. :mod:`keruen.sources.events` keeps entries.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, Protocol

from keruen.core.errors import SchemaError

Fact = str | int | bool | None | Sequence["Fact"] | Mapping[str, "Fact"]
"""Facts have no floats: a number that is not whole is written as text, so that it has one form."""
GENESIS: Final = "0" * 64
"""What stands before the first entry."""


@dataclass(frozen=True)
class Event:
    """Something that happened, in the words of whoever says it.

    Parameters
    ----------
    kind : str
        Name of the event, such as ``Awarded``.
    stream : str
        What the event belongs to, such as a quota.
    at : datetime
        When it happened, with its time zone.
    by : str
        Who says so.
    subject : str or None
        Pseudonym of the case it is about.
    facts : mapping
        What else is to be known.
    """

    kind: str
    stream: str
    at: datetime
    by: str
    subject: str | None = None
    facts: Mapping[str, Fact] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise SchemaError(
                "the time of an event has no time zone",
                where=f"{self.kind} of {self.subject or self.stream}",
                remedy="give it, as in 2026-03-01T09:00+05:00",
                id="NoTimeZone",
            )


@dataclass(frozen=True)
class Entry:
    """An event in its place in the chain.

    Parameters
    ----------
    seq : int
        Place, from 1.
    event : Event
        What happened.
    salt : str
        Random text that keeps the digest from being guessed.
    digest : str
        SHA-256 of the salt and the whole event.
    hash : str
        SHA-256 of the hash before it and the public part: place and digest.
    """

    seq: int
    event: Event
    salt: str
    digest: str
    hash: str


class EventStore(Protocol):
    """Where entries are kept."""

    def entries(self, *, after: int = 0) -> Iterator[Entry]:
        """Entries in their order, from the one after a place."""

    def append(self, propose: Callable[[Sequence[Entry]], Sequence[Event]], *, after: int) -> int:
        """Write what is proposed in sight of all entries after a place.

        Nobody else writes between what ``propose`` sees and what is written. All its events are
        written or none is; when it raises, none is. They are on the disk when this returns the
        place of the last entry.
        """


def canonical(value: Fact) -> bytes:
    """The one way to write a value as text.

    Parameters
    ----------
    value : Fact
        Text, whole numbers, truth, nothing; lists and mappings of them.

    Returns
    -------
    bytes
        JSON with sorted keys and no spaces, in UTF-8.

    Raises
    ------
    SchemaError
        A value has no single written form, such as a float (``NoSingleForm``).

    Examples
    --------
    >>> canonical({"b": 1, "a": "ә"}).decode()
    '{"a":"ә","b":1}'
    """
    _refuse_loose(value)
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode()


def _refuse_loose(value: object) -> None:
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        for inner in value.values():
            _refuse_loose(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            _refuse_loose(inner)
    elif value is not None and not isinstance(value, (str, int)):
        raise SchemaError(
            f"{value!r} cannot be kept in a chain of events",
            remedy="use text or whole numbers; write 1.5 as '1.5'",
            id="NoSingleForm",
        )


def seal(event: Event, *, seq: int, previous: str, salt: str) -> Entry:
    """An event bound to the entry before it.

    Parameters
    ----------
    event : Event
        What happened.
    seq : int
        Its place.
    previous : str
        Hash of the entry before, ``GENESIS`` for the first.
    salt : str
        Random text.

    Returns
    -------
    Entry

    Notes
    -----
    ``digest = SHA256(salt || canonical(event))`` and ``hash = SHA256(previous || canonical(
    {seq, digest}))``. Kind and stream are inside the digest alone: a published chain that told
    them would let anyone count the refusals or appeals of a small region.

    References
    ----------
    Haber, S. and Stornetta, W. S. (1991). How to time-stamp a digital document. Journal of
    Cryptology 3, 99-111.

    Examples
    --------
    >>> event = Event("Closed", "kz-2026", datetime(2026, 12, 31, tzinfo=UTC), "officer-1")
    >>> first = seal(event, seq=1, previous=GENESIS, salt="s")
    >>> first_broken([first]) is None
    True
    """
    whole = canonical(
        {
            "at": event.at.astimezone(UTC).isoformat(),
            "by": event.by,
            "facts": event.facts,
            "kind": event.kind,
            "stream": event.stream,
            "subject": event.subject,
        }
    )
    digest = hashlib.sha256(salt.encode() + whole).hexdigest()
    return Entry(seq, event, salt, digest, link(seq, digest, previous))


def link(seq: int, digest: str, previous: str) -> str:
    """Hash of the public part of an entry, bound to the entry before.

    Parameters
    ----------
    seq : int
        Place.
    digest : str
        Digest of the event.
    previous : str
        Hash of the entry before.

    Returns
    -------
    str
        64 hexadecimal digits.

    Examples
    --------
    >>> len(link(1, "d", GENESIS))
    64
    """
    public = canonical({"seq": seq, "digest": digest})
    return hashlib.sha256(previous.encode() + public).hexdigest()


@dataclass(frozen=True)
class Break:
    """The first place where a chain does not hold.

    Parameters
    ----------
    seq : int
        Place of the entry.
    reason : str
        What is wrong with it.
    """

    seq: int
    reason: str


def first_broken(entries: Iterable[Entry], *, head: tuple[int, str] | None = None) -> Break | None:
    """The first entry that is not what it was when it was written.

    Parameters
    ----------
    entries : iterable of Entry
        All entries from the first, in order.
    head : tuple of int and str, optional
        Place and hash of an entry published earlier; without it a chain cut off at its end
        cannot be told from a whole one.

    Returns
    -------
    Break or None
        None when all hold.

    Examples
    --------
    >>> event = Event("Closed", "kz-2026", datetime(2026, 12, 31, tzinfo=UTC), "officer-1")
    >>> first = seal(event, seq=1, previous=GENESIS, salt="s")
    >>> first_broken([first], head=(2, "0" * 64)).reason
    'entry 2 was published and is missing'
    """
    previous, place = GENESIS, 0
    for entry in entries:
        place += 1
        if entry.seq != place:
            return Break(place, f"entry {place} is missing")
        made = seal(entry.event, seq=place, previous=previous, salt=entry.salt)
        if made.digest != entry.digest:
            return Break(place, "the event was changed")
        if made.hash != entry.hash:
            return Break(place, "the hash does not follow from the entry before")
        if head is not None and head[0] == place and head[1] != entry.hash:
            return Break(place, "the hash is not the one published")
        previous = entry.hash
    if head is not None and head[0] > place:
        return Break(place + 1, f"entry {head[0]} was published and is missing")
    return None
