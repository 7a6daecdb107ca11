# SPDX-License-Identifier: Apache-2.0
"""Decisions of an officer on a placement: each kept with who, when and why, none ever changed."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

import numpy as np
import xarray as xr

from keruen.core.errors import CodeError, InfeasibleError, SchemaError
from keruen.decide.placement_check import check_placement
from keruen.report.locale import Count, Listing, Message, Verbatim, msg
from keruen.report.placement_archive import read_tables
from keruen.report.placement_decision_log import (
    Decision,
    append_decisions,
    decision_row,
    read_decisions,
)
from keruen.report.placement_words import SERVICE_WORDS

if TYPE_CHECKING:
    import pandas as pd

_COLUMNS: Final = ["family", "proposed", "locality", "decision_mode", "officer", "at", "reason"]
_OF_THE_SOLVER: Final = (
    "the value is as said",
    "no price is negative",
    "the bound is as said",
    "the value is within the bound",
)


class RefusedError(InfeasibleError):
    """A place that a family cannot have; says why in any language.

    Parameters
    ----------
    told : Message
        The reason.
    """

    def __init__(self, told: Message) -> None:
        from keruen.report.locale import Locale

        self.told = told
        super().__init__(told.render(Locale("en")), id="PlaceRefused")


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
        self.made: tuple[Decision, ...] = tuple(read_decisions(log))

    @property
    def places(self) -> dict[str, str]:
        """Place of each family now; an empty text where it waits."""
        return self.proposed | {one.family: one.locality for one in self.made}

    @property
    def latest(self) -> dict[str, Decision]:
        """The last decision on each family that there is one on."""
        return {one.family: one for one in self.made}

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
        """A family and all that must be at the same place as it.

        Parameters
        ----------
        family : str
            Family.

        Returns
        -------
        tuple of str
        """
        found = {family}
        pairs = [{one, other} for one, other, what in self.tables.links if what == "locality"]
        while more := {each for pair in pairs if pair & found for each in pair} - found:
            found |= more
        return tuple(one for one in self.proposed if one in found)

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
        import pandas as pd

        self._need(family)
        score = self.tables.score.sel(family=family).to_series().astype(float).dropna()
        allowed = [str(place) for place in score.index if self._allowed(family, str(place))]
        now = self.places[family]
        rows = [
            (place, float(score[place]), place == now, not self._lacking(family, place))
            for place in allowed
        ]
        table = pd.DataFrame(rows, columns=["locality", "score", "here", "fits"])
        return table.sort_values("score", ascending=False, ignore_index=True)

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
        """
        for family in families:
            self._need(family)
        with self._alone() as file:
            places = self.places
            return self._write(
                file, {one: places[one] for one in families}, officer, at, reason.strip()
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
            The family may not be there, there is no room, or a limit would be broken.
        """
        self._need(family)
        if not reason.strip():
            raise SchemaError("an override needs a reason", remedy="write it down", id="NoReason")
        with self._alone() as file:
            self._refuse(family, locality)
            moved = dict.fromkeys(self.together(family), locality)
            return self._write(file, moved, officer, at, reason.strip())

    def _need(self, family: str) -> None:
        if family not in self.proposed:
            raise CodeError(f"there is no family {family}", id="UnknownFamily")

    @contextmanager
    def _alone(self) -> Iterator[IO[bytes]]:
        """The log, while nobody else writes to it, with what others have written read."""
        handle = os.open(self._log, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(handle, "r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            self.made = tuple(read_decisions(self._log))
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

    def _allowed(self, family: str, place: str) -> bool:
        pair = {"family": family, "locality": place}
        tables = self.tables
        may = bool(np.isfinite(tables.score.sel(pair)))
        if tables.compat is not None:
            may &= bool(tables.compat.sel(pair))
        if tables.preferences is not None:
            may &= bool(tables.preferences.sel(pair).notnull())
        if "must_region" in tables.families.coords:
            must = str(tables.families["must_region"].sel(family=family).item())
            region = dict(zip(tables.localities["locality"].values, tables.regions, strict=True))
            may &= must in {"", region[place]}
        return may

    def _lacking(self, family: str, place: str) -> list[tuple[str, int, int]]:
        """Services of which a place has too little left: what is needed, and what is free."""
        moved, tables, now = self.together(family), self.tables, self.places
        there = [one for one, at in now.items() if at == place and one not in moved]
        needs = tables.families.sel(family=list(moved)).sum("family")
        used = tables.families.sel(family=there).sum("family")
        free = tables.localities.sel(locality=place) - used
        names = [str(one) for one in tables.families["service"].values]
        pairs = [(one, int(needs.sel(service=one)), int(free.sel(service=one))) for one in names]
        return [(one, need, left) for one, need, left in pairs if need > left]

    def _refuse(self, family: str, place: str) -> None:
        if place and place not in self.tables.localities["locality"].values:
            raise RefusedError(msg("There is no locality {place}.", place=Verbatim(place)))
        for one in self.together(family) if place else ():
            if not self._allowed(one, place):
                raise RefusedError(
                    msg(
                        "Family {family} may not be placed there: a requirement is not met, or it "
                        "is not among its wishes.",
                        family=Verbatim(one),
                    )
                )
        if place and (lacking := self._lacking(family, place)):
            told = [
                msg(
                    "{service}: {need} needed, {free} free",
                    service=SERVICE_WORDS.get(name, Verbatim(name)),
                    need=Count(need),
                    free=Count(max(free, 0)),
                )
                for name, need, free in lacking
            ]
            raise RefusedError(
                msg("There is not room enough ({services}).", services=Listing(tuple(told)))
            )
        moved = self.places | dict.fromkeys(self.together(family), place)
        if broken := self._promises(self.places) - self._promises(moved):
            limits = Listing(tuple(Verbatim(one) for one in sorted(broken)))
            raise RefusedError(msg("This would break a limit: {limits}.", limits=limits))

    def _promises(self, places: dict[str, str]) -> set[str]:
        """Limits that hold with families at some places, as the checker finds."""
        tables = replace(self.tables, jobs=None)
        names = list(places)
        placed = xr.DataArray([places[one] for one in names], {"family": names})
        free = xr.zeros_like(tables.localities, dtype=float)
        limits = {"budget": _Zero(), "region share, most": _Zero(), "region share, least": _Zero(),
                  "group floor": _Zero()}  # fmt: skip
        said = {"value": 0.0, "bound": 0.0, "prefer_placing": 0.0, "limits": limits}
        found = check_placement(tables, placed, prices=free, certificate=said)
        held = found[found["holds"] & ~found["check"].isin(_OF_THE_SOLVER)]
        return set(held["check"])


class _Zero(dict[str, float]):
    """Prices of limits, where only the limits themselves are looked at."""

    def __missing__(self, _: str) -> float:
        return 0.0
