# SPDX-License-Identifier: Apache-2.0
"""Decisions of an officer on a placement: each kept with who, when and why, none ever changed."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from keruen.core.errors import CodeError, SchemaError
from keruen.report.locale import Count, msg
from keruen.report.placement_archive import read_tables
from keruen.report.placement_decision_log import (
    Decision,
    Mark,
    append_decisions,
    decision_row,
    one_line,
    read_decisions,
    read_marks,
)
from keruen.report.placement_refusals import (
    RefusedError,
    families_together,
    possible_places,
    refuse_place,
)

if TYPE_CHECKING:
    import pandas as pd

_COLUMNS: Final = ["family", "proposed", "locality", "decision_mode", "officer", "at", "reason"]


class PlacementDecisions:
    """A placement as it was proposed, and what was decided since.

    Parameters
    ----------
    run : Path
        Folder that a run of placement wrote.
    log : Path
        File of the decisions, one a line, to which lines are only added.

    Raises
    ------
    FileError
        The folder holds no placement that can be read.
    """

    def __init__(self, run: Path, log: Path) -> None:
        self.tables, proposed = read_tables(run)
        names = [str(one) for one in proposed["family"].to_numpy()]
        places = [str(one) for one in proposed.to_numpy()]
        self.proposed = dict(zip(names, places, strict=True))
        self._log = log
        self._read()

    def _read(self) -> None:
        self.made: tuple[Decision, ...] = tuple(read_decisions(self._log))
        self.marks: tuple[Mark, ...] = tuple(read_marks(self._log))

    @property
    def places(self) -> dict[str, str]:
        """Place of each family now; an empty text where it waits."""
        return self.proposed | {one.family: one.locality for one in self.made}

    @property
    def latest(self) -> dict[str, Decision]:
        """The last decision on each family that there is one on."""
        return {one.family: one for one in self.made}

    @property
    def undecided(self) -> tuple[str, ...]:
        """Families on which nobody has decided."""
        latest = self.latest
        return tuple(one for one in self.proposed if one not in latest)

    @property
    def sealed(self) -> Mark | None:
        """The seal that holds now; None while decisions may be made."""
        last = self.marks[-1] if self.marks else None
        return last if last is not None and last.what == "sealed" else None

    @property
    def version(self) -> int:
        """Version of the proposal that is sealed, or that is worked on."""
        return 1 + sum(one.what == "opened" for one in self.marks)

    def table(self) -> pd.DataFrame:
        """Every family with its place and the last decision on it.

        Returns
        -------
        DataFrame
            Columns family, proposed, locality, decision_mode, officer, at, reason.
        """
        import pandas as pd

        latest = self.latest
        empty = {"officer": "", "at": "", "reason": "", "decision_mode": "proposal"}
        open_ = [
            {"family": family, "proposed": place, "locality": place, **empty}
            for family, place in self.proposed.items()
            if family not in latest
        ]
        table = pd.DataFrame([*map(decision_row, latest.values()), *open_], columns=_COLUMNS)
        return table.set_index("family").loc[list(self.proposed)].reset_index()

    def log(self) -> pd.DataFrame:
        """Every decision ever made, in order.

        Returns
        -------
        DataFrame
            Columns as of :meth:`table`.
        """
        import pandas as pd

        return pd.DataFrame([decision_row(one) for one in self.made], columns=_COLUMNS, dtype=str)

    def together(self, family: str) -> tuple[str, ...]:
        """A family and all that must be at the same place as it."""
        return families_together(self.tables, family)

    def choices(self, family: str) -> pd.DataFrame:
        """Places that a family may have, the best by score first.

        Parameters
        ----------
        family : str
            Family.

        Returns
        -------
        DataFrame
            Columns locality, score, here (whether it is there now), fits (whether there is room).
        """
        self._need(family)
        return possible_places(self.tables, self.places, family)

    def confirm(
        self, families: Sequence[str], *, officer: str, at: datetime, reason: str = ""
    ) -> tuple[Decision, ...]:
        """Confirm families where they are.

        Parameters
        ----------
        families : sequence of str
            Families.
        officer : str
            Who decides.
        at : datetime
            When.
        reason : str, optional
            Why.

        Returns
        -------
        tuple of Decision

        Raises
        ------
        CodeError
            A family is not known (``UnknownFamily``).
        RefusedError
            The proposal is sealed.
        """
        for family in families:
            self._need(family)
        with self._alone() as file:
            self._need_open()
            places = self.places
            return self._write(
                file, {one: places[one] for one in families}, officer, at, one_line(reason)
            )

    def override(
        self, family: str, locality: str, *, officer: str, at: datetime, reason: str
    ) -> tuple[Decision, ...]:
        """Decide another place for a family, and for those that must be with it.

        Parameters
        ----------
        family : str
            Family.
        locality : str
            Another place; an empty text lets it wait.
        officer : str
            Who decides.
        at : datetime
            When.
        reason : str
            Why.

        Returns
        -------
        tuple of Decision

        Raises
        ------
        CodeError
            The family is not known (``UnknownFamily``).
        SchemaError
            There is no reason (``NoReason``).
        RefusedError
            The proposal is sealed, the family may not be there, there is no room, or a limit
            would be broken.
        """
        self._need(family)
        if not one_line(reason):
            raise SchemaError("an override needs a reason", remedy="write it down", id="NoReason")
        with self._alone() as file:
            self._need_open()
            refuse_place(self.tables, self.places, self.together(family), locality)
            moved = dict.fromkeys(self.together(family), locality)
            return self._write(file, moved, officer, at, one_line(reason))

    def seal(
        self, work: Callable[[bytes], tuple[str, dict[str, str]]], *, officer: str, at: datetime
    ) -> Mark:
        """Freeze all decisions, when every family has one.

        Parameters
        ----------
        work : callable
            Takes the log as it is frozen, writes what follows from it, and gives the number of
            the seal and what else is kept with it. When it fails nothing is sealed.
        officer : str
            Who seals.
        at : datetime
            When.

        Returns
        -------
        Mark

        Raises
        ------
        RefusedError
            Families are undecided, or the proposal is sealed already.
        """
        with self._alone() as file:
            self._need_open()
            if count := len(self.undecided):
                raise RefusedError(
                    msg(
                        "This cannot be sealed: nobody has decided on {count} of {all} families.",
                        count=Count(count),
                        all=Count(len(self.proposed)),
                    )
                )
            number, facts = work(self._log.read_bytes())
            mark = Mark(
                "sealed", self.version, officer, at.isoformat(timespec="seconds"), "", number, facts
            )
            append_decisions(file, [mark])
            self._read()
        return mark

    def reopen(self, *, officer: str, at: datetime, reason: str) -> Mark:
        """Open a new version after a seal; the sealed one is kept.

        Parameters
        ----------
        officer : str
            Who opens it.
        at : datetime
            When.
        reason : str
            Why.

        Returns
        -------
        Mark

        Raises
        ------
        SchemaError
            There is no reason (``NoReason``).
        RefusedError
            Nothing is sealed.
        """
        if not one_line(reason):
            raise SchemaError("a new version needs a reason", remedy="write it down", id="NoReason")
        with self._alone() as file:
            if self.sealed is None:
                raise RefusedError(msg("Nothing is sealed: decisions may be changed as they are."))
            mark = Mark(
                "opened",
                self.version + 1,
                officer,
                at.isoformat(timespec="seconds"),
                one_line(reason),
                "",
                {},
            )
            append_decisions(file, [mark])
            self._read()
        return mark

    def log_bytes(self) -> bytes:
        """The log as it stands on the disk."""
        return self._log.read_bytes() if self._log.is_file() else b""

    def _need_open(self) -> None:
        if self.sealed is not None:
            raise RefusedError(
                msg(
                    "Version {version} is sealed: decisions change only in a new version, opened "
                    "with a reason.",
                    version=Count(self.sealed.version),
                )
            )

    def _need(self, family: str) -> None:
        if family not in self.proposed:
            raise CodeError(f"there is no family {family}", id="UnknownFamily")

    @contextmanager
    def _alone(self) -> Iterator[IO[bytes]]:
        """The log, while nobody else writes to it, with what others have written read."""
        handle = os.open(self._log, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(handle, "r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            self._read()
            yield file

    def _write(
        self, file: IO[bytes], places: dict[str, str], officer: str, at: datetime, reason: str
    ) -> tuple[Decision, ...]:
        made = tuple(
            Decision(
                family,
                self.proposed[family],
                place,
                "confirmed" if place == self.proposed[family] else "overridden",
                officer,
                at.isoformat(timespec="seconds"),
                reason,
            )
            for family, place in places.items()
        )
        append_decisions(file, made)
        self.made = (*self.made, *made)
        return made
