# SPDX-License-Identifier: Apache-2.0
"""The quota ledger: every decision written once, every balance derived, every rule held."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from keruen.core.errors import CodeError
from keruen.core.events import GENESIS, Break, Entry, Event, EventStore, first_broken
from keruen.core.sentences import msg
from keruen.decide._ledger_books import Books
from keruen.decide._ledger_cases import Case, Quota
from keruen.decide.ledger_rules import rank_values

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
        self._cases: tuple[int, pd.DataFrame] | None = None
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
                msg("there is no quota {quota}", quota=name),
                remedy=msg("known are {quotas}", quotas=known),
                id="UnknownQuota",
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
        return [case for case, _, offered in self._walk(name) if offered]

    def proposal(self, name: str) -> pd.DataFrame:
        """The line before a quota, with what would be awarded and why.

        Parameters
        ----------
        name : str
            Quota.

        Returns
        -------
        DataFrame
            Columns rank, case, units, free (units before the case), proposed, and one for
            each key that the line is ordered by.

        Raises
        ------
        CodeError
            There is no such quota (``UnknownQuota``).
        """
        import pandas as pd

        keys = self.quota(name).rules.rank
        rows = [
            (rank, case.id, case.units, free, offered, *rank_values(keys, case.line))
            for rank, (case, free, offered) in enumerate(self._walk(name), start=1)
        ]
        return pd.DataFrame(rows, columns=["rank", "case", "units", "free", "proposed", *keys])

    def _walk(self, name: str) -> Iterator[tuple[Case, int, bool]]:
        """Cases in line, the units free before each, and whether it would be awarded."""
        quota = self.quota(name)
        free, held = quota.free, quota.closed
        for case in self._books.line(name):
            offered = case.units <= free and not held
            yield case, free, offered
            free -= case.units if offered else 0
            held = held or not (offered or quota.rules.skip_if_not_fit)

    def quotas(self) -> list[str]:
        """Names of all quotas.

        Returns
        -------
        list of str
        """
        return sorted(self._books.quotas)

    def spending(self) -> pd.DataFrame:
        """What was paid, by quota and kind of support.

        Returns
        -------
        DataFrame
            Columns quota, support, cases, payments, amount (currency of the rules).
        """
        import pandas as pd

        rows = [
            (case.quota, support, case.id, len(amounts), float(sum(amounts)))
            for case in self._books.cases.values()
            for support, amounts in case.payments.items()
        ]
        paid = pd.DataFrame(rows, columns=["quota", "support", "case", "payments", "amount"])
        sums = paid.groupby(["quota", "support"], as_index=False)
        return sums.agg(
            cases=("case", "size"), payments=("payments", "sum"), amount=("amount", "sum")
        )

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
        entries = len(self._books.history)
        if self._cases is None or self._cases[0] != entries:
            self._cases = entries, self._all_cases()
        return self._cases[1].copy()

    def _all_cases(self) -> pd.DataFrame:
        import pandas as pd

        frame = pd.DataFrame([_row(case) for case in self._books.cases.values()], columns=_COLUMNS)
        for name in _TIMES:
            frame[name] = pd.to_datetime(frame[name], utc=True)
        for name in ("overridden", "appealed", "upheld"):  # also where there is no case yet
            frame[name] = frame[name].astype(bool)
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
            Columns seq, digest, hash. Each hash follows from the row and the hash before
            (:func:`keruen.core.events.link`). Neither kind nor quota is told: counting them
            would undo the protection of small counts in a report.
        """
        import pandas as pd

        rows = [(each.seq, each.digest, each.hash) for each in self._store.entries()]
        return pd.DataFrame(rows, columns=["seq", "digest", "hash"])


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
