# SPDX-License-Identifier: Apache-2.0
"""The quota ledger: every decision written once, every balance derived, every rule held."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from keruen.core.errors import CodeError
from keruen.core.events import GENESIS, Break, Entry, Event, EventStore, first_broken
from keruen.decide._ledger_books import Books
from keruen.decide._ledger_cases import Case, Quota

if TYPE_CHECKING:
    import pandas as pd


class QuotaLedger:
    """Quotas, applications, awards and what came of them, over a chain of events.

    Parameters
    ----------
    store : EventStore
        Where the chain is kept. Many ledgers in many programs may share one.

    Raises
    ------
    AccountError
        What the store holds does not follow the rules.

    See Also
    --------
    keruen.sources.events.open_events : Opens a store in a file or a database.
    keruen.decide.ledger_rules.LedgerRules : Rules of a quota.

    Notes
    -----
    Held on every append, for all its events or none: ``free = total + carried_in - reserved -
    used - carried_out >= 0``; a case is in one state; no award is larger than its application;
    nobody is awarded before a case of better rank that fits, unless an officer overrides with
    a reason; a payment is what the rule of the day grants. A mistake is set right by a new
    event, which is taken when the history so corrected could have been.
    """

    def __init__(self, store: EventStore) -> None:
        self._store = store
        self._books = Books()
        self.refresh()

    def append(self, *events: Event) -> int:
        """Write events, if the rules allow all of them.

        Parameters
        ----------
        *events : Event
            What happened, in order.

        Returns
        -------
        int
            Place of the last in the chain.

        Raises
        ------
        SchemaError
            An event has a wrong form, or cannot follow what happened before.
        AccountError
            A rule of the quota forbids it (``QuotaOverdrawn``, ``OutOfTurn`` ...).
        CodeError
            The quota or the case is unknown.
        """
        books = self._books

        def propose(news: Sequence[Entry]) -> Sequence[Event]:
            books.withdraw()  # the store may ask again when others were in the way
            books.replay([entry for entry in news if entry.seq > len(books.history)])
            books.attempt(events)
            return events

        try:
            place = self._store.append(propose, after=len(books.history))
        except BaseException:
            books.withdraw()
            raise
        books.keep()
        return place

    def refresh(self) -> None:
        """Take in what others have written."""
        self._books.replay(list(self._store.entries(after=len(self._books.history))))

    def quota(self, name: str) -> Quota:
        """A quota as it stands.

        Parameters
        ----------
        name : str
            Its id.

        Returns
        -------
        Quota

        Raises
        ------
        CodeError
            There is none (``UnknownQuota``).
        """
        if name not in self._books.quotas:
            known = ", ".join(sorted(self._books.quotas)) or "none"
            raise CodeError(
                f"there is no quota {name}", remedy=f"known are {known}", id="UnknownQuota"
            )
        return self._books.quotas[name]

    def next_offers(self, name: str) -> list[Case]:
        """Cases that may be awarded now, in their order, until the quota is used up.

        Parameters
        ----------
        name : str
            Quota.

        Returns
        -------
        list of Case
            Cases that do not fit are passed over only when the rules of the quota say so.
        """
        quota = self.quota(name)
        free, offers = quota.free, []
        for case in self._books.line(name):
            if case.units <= free:
                offers.append(case)
                free -= case.units
            elif not quota.rules.skip_if_not_fit:
                break
        return offers

    def balances(self) -> pd.DataFrame:
        """The account of every quota.

        Returns
        -------
        DataFrame
            Columns quota, year, region, programme, total, carried_in, reserved, used,
            carried_out, free (units), waiting (cases), spent (currency of the rules), closed.
        """
        import pandas as pd

        spent: dict[str, Decimal] = {}
        for case in self._books.cases.values():
            spent[case.quota] = spent.get(case.quota, Decimal(0)) + case.paid
        names = ["year", "region", "programme", "total", "carried_in", "reserved", "used"]
        names += ["carried_out", "free"]
        rows = [
            {
                "quota": quota.id,
                **{name: getattr(quota, name) for name in names},
                "waiting": len(self._books.lines[quota.id]),
                "spent": float(spent.get(quota.id, 0)),
                "closed": quota.closed,
            }
            for quota in self._books.quotas.values()
        ]
        columns = ["quota", *names, "waiting", "spent", "closed"]
        return pd.DataFrame(rows, columns=columns).sort_values("quota", ignore_index=True)

    def cases(self) -> pd.DataFrame:
        """Every case as it stands, for the officer; not for publication.

        Returns
        -------
        DataFrame
            Columns case, quota, group, state, requested, reserved, used (units), received,
            decided, awarded, arrived, first_job, left (times), valid_until, locality,
            overridden, appealed, upheld, claw_back, paid.
        """
        import pandas as pd

        frame = pd.DataFrame([_row(case) for case in self._books.cases.values()], columns=_COLUMNS)
        for name in _TIMES:
            frame[name] = pd.to_datetime(frame[name], utc=True)
        return frame.sort_values(["quota", "received", "case"], ignore_index=True)

    def work_observed(self) -> pd.DataFrame:
        """What was observed of the work of those who arrived.

        Returns
        -------
        DataFrame
            Columns case, at, employed.
        """
        import pandas as pd

        rows = [
            (case.id, at, employed)
            for case in self._books.cases.values()
            for at, employed in case.work
        ]
        frame = pd.DataFrame(rows, columns=["case", "at", "employed"])
        frame["at"] = pd.to_datetime(frame["at"], utc=True)
        return frame

    def verify(self, *, head: tuple[int, str] | None = None) -> Break | None:
        """Read the whole chain again and compute every hash.

        Parameters
        ----------
        head : tuple of int and str, optional
            A place and hash published earlier.

        Returns
        -------
        Break or None
            The first entry that does not hold; None when all do.
        """
        return first_broken(self._store.entries(), head=head)

    def head(self) -> tuple[int, str]:
        """Place and hash of the last entry: what is published so that no one can cut the end.

        Returns
        -------
        tuple of int and str
        """
        tail = list(self._store.entries(after=len(self._books.history) - 1))
        return (tail[-1].seq, tail[-1].hash) if tail else (0, GENESIS)

    def public_log(self) -> pd.DataFrame:
        """The chain without a word about a person: anyone can check it.

        Returns
        -------
        DataFrame
            Columns seq, kind, stream, digest, hash. Each hash follows from the row and the
            hash before (:func:`keruen.core.events.link`).
        """
        import pandas as pd

        rows = [
            (each.seq, each.event.kind, each.event.stream, each.digest, each.hash)
            for each in self._store.entries()
        ]
        return pd.DataFrame(rows, columns=["seq", "kind", "stream", "digest", "hash"])


_TIMES = ("received", "decided", "awarded", "arrived", "first_job", "left")
_COLUMNS = (
    "case",
    "quota",
    "group",
    "state",
    "requested",
    "reserved",
    "used",
    *_TIMES,
    "valid_until",
    "locality",
    "overridden",
    "appealed",
    "upheld",
    "claw_back",
    "paid",
)


def _row(case: Case) -> dict[str, Any]:
    given = {name: getattr(case, name) for name in _COLUMNS if name not in {"case", "requested"}}
    return {**given, "case": case.id, "requested": case.units, "paid": float(case.paid)}
