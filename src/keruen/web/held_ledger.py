# SPDX-License-Identifier: Apache-2.0
"""The quota ledger held between requests: only what is new is read, and each table made once.

Replaying a chain of 50,000 entries takes more than a second; taking in the news of one that is
held takes a millisecond. The store stays the truth: whoever reads looks at its end first, and
where that is not the one that was seen, everything is read again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import RLock
from typing import TYPE_CHECKING, Any, Final, TypeVar

from keruen.decide.ledger import QuotaLedger
from keruen.sources.events import DatabaseEvents

if TYPE_CHECKING:
    import sqlalchemy as sa

T = TypeVar("T")
_STANDS: Final = 60.0
"""Seconds for which a table of this moment stands; another entry ends it at once."""


class HeldLedger:
    """One ledger for all requests of this process, one at a time.

    Parameters
    ----------
    engine : sqlalchemy.Engine
        Database.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self._store = DatabaseEvents(engine)
        self._lock = RLock()
        self._book: QuotaLedger | None = None
        self._head = (0, "")
        self._made: dict[str, tuple[float, Any]] = {}

    @contextmanager
    def book(self) -> Iterator[QuotaLedger]:
        """The ledger as it stands now; nobody else of this process uses it meanwhile.

        Yields
        ------
        QuotaLedger

        Raises
        ------
        AccountError
            What the store holds does not follow the rules.
        """
        with self._lock:
            yield self._fresh()

    def once(self, name: str, make: Callable[[QuotaLedger], T]) -> T:
        """What is made of the ledger, kept until there is another entry, or for a minute.

        Parameters
        ----------
        name : str
            Name of what is made.
        make : callable
            Makes it.

        Returns
        -------
        object
            Not to be changed.
        """
        with self._lock:
            book = self._fresh()
            held = self._made.get(name)
            if held is None or time.monotonic() - held[0] > _STANDS:
                held = self._made[name] = time.monotonic(), make(book)
            found: T = held[1]
        return found

    def _fresh(self) -> QuotaLedger:
        """The ledger with all that the store holds."""
        place, hash_ = self._head
        tail = [(one.seq, one.hash) for one in self._store.entries(after=max(place - 1, 0))]
        book, self._book = self._book, None  # one that fails on the way is not kept
        if book is None or (place and tail[:1] != [self._head]):
            book = QuotaLedger(self._store)
        elif tail[-1:] != [(place, hash_)]:
            book.refresh()
        if not tail or tail[-1] != self._head:
            self._made.clear()
        self._book, self._head = book, tail[-1] if tail else (0, "")
        return book
