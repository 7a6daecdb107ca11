# SPDX-License-Identifier: Apache-2.0
"""Awards of a quota that follow from a sealed proposal: all of them, or none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from keruen.core.events import Event
from keruen.decide.ledger import QuotaLedger
from keruen.report.locale import Count, Listing, Verbatim, msg
from keruen.report.placement_proposal import Proposal
from keruen.report.placement_refusals import RefusedError
from keruen.report.quota_office import need_cases

if TYPE_CHECKING:
    import pandas as pd

_NAMED: Final = 5
_IN_LINE: Final = ("eligible", "waiting")
_HELD: Final = ("awarded", "arrived")


@dataclass(frozen=True)
class LedgerChoice:
    """How the awards of a proposal are written.

    Parameters
    ----------
    quota : str
        Name of the quota.
    valid_until : str
        Last day of the awards.
    take_in : bool
        Whether families that the quota does not know are taken in and found eligible.
    """

    quota: str
    valid_until: str
    take_in: bool = False


def placement_awards(
    book: QuotaLedger, proposal: Proposal, choice: LedgerChoice, *, at: datetime, by: str
) -> list[Event]:
    """Events that award a place to every family of a proposal that has one.

    Parameters
    ----------
    book : QuotaLedger
        The ledger; nothing is written to it.
    proposal : Proposal
        The proposal; its families are cases of the ledger by their numbers.
    choice : LedgerChoice
        Quota, last day, and whether to take families in.
    at : datetime
        When.
    by : str
        Officer.

    Returns
    -------
    list of Event
        For :meth:`keruen.decide.ledger.QuotaLedger.append`; none for families whose award
        stands there already, with the same place.

    Raises
    ------
    RefusedError
        A family is not a case that can be awarded, asks for other units than it has persons,
        or the quota has no room for all of them.
    CodeError
        There is no such quota (``UnknownQuota``).

    Notes
    -----
    An award says its locality. It is an override, with the number of the seal as its reason,
    where an officer decided another place than the proposed one, or where a case that is not
    in the proposal stands before it in line and would fit.
    """
    quota = book.quota(choice.quota)
    placed = proposal.placed.set_index("family")
    cases = book.cases().set_index("case")
    known = cases.loc[[one for one in placed.index if one in cases.index]]
    placed = placed.drop([one for one in known.index if _stands(known.loc[one], placed.loc[one],
                                                                choice.quota)])  # fmt: skip
    known = known.loc[[one for one in known.index if one in placed.index]]
    new = [str(one) for one in placed.index if one not in cases.index]
    undecided = [str(one) for one in known.index if known["state"][one] == "received"]
    _refuse_cases(known, placed, choice)
    if (new or undecided) and not choice.take_in:
        raise RefusedError(
            msg(
                "{count} families are not cases of the quota {quota} that may be awarded "
                "({families}): take their applications in and decide eligibility first.",
                count=Count(len(new) + len(undecided)),
                quota=choice.quota,
                families=_some([*new, *undecided]),
            )
        )
    need_cases(new)
    needed = int(placed["persons"].sum())
    if needed > quota.free:
        raise RefusedError(
            msg(
                "The quota {quota} has no room: {free} units are free, the proposal needs {need}.",
                quota=choice.quota, free=Count(quota.free), need=Count(needed),
            )
        )  # fmt: skip
    maker = _Maker(proposal, placed, choice, at, by)
    return maker.events(book, undecided, new)


def _stands(case: pd.Series[Any], family: pd.Series[Any], quota: str) -> bool:
    """Whether the ledger holds this very award already."""
    held = case["state"] in _HELD and case["quota"] == quota
    return bool(held and case["locality"] == family["locality"])


def _refuse_cases(known: pd.DataFrame, placed: pd.DataFrame, choice: LedgerChoice) -> None:
    right = (known["quota"] == choice.quota) & known["state"].isin([*_IN_LINE, "received"])
    if not right.all():
        raise RefusedError(
            msg(
                "These families stand in the ledger otherwise, as cases of another quota, awarded "
                "another place, refused or withdrawn: {families}. Set that right there first.",
                families=_some([str(one) for one in known.index[~right]]),
            )
        )
    other = known["requested"] != placed.loc[known.index, "persons"]
    if other.any():
        raise RefusedError(
            msg(
                "These families asked for other units than they have persons in the workbook: "
                "{families}. Set that right first.",
                families=_some([str(one) for one in known.index[other]]),
            )
        )


def _some(families: Sequence[str]) -> Listing:
    """The first few of many families."""
    names = [Verbatim(one) for one in families[:_NAMED]]
    return Listing((*names, *([Verbatim("…")] if len(families) > _NAMED else [])))


class _Maker:
    """Events of one proposal."""

    def __init__(
        self, proposal: Proposal, placed: pd.DataFrame, choice: LedgerChoice, at: datetime, by: str
    ) -> None:
        self._placed, self._choice, self._at, self._by = placed, choice, at, by
        self._seal = f"placement {proposal.number[:12]}"

    def events(self, book: QuotaLedger, undecided: list[str], new: list[str]) -> list[Event]:
        """Those in line first, in its order; then each of the others, taken in and awarded."""
        quota = book.quota(self._choice.quota)
        free, skip = quota.free, quota.rules.skip_if_not_fit
        others: list[int] = []
        made: list[Event] = []
        line = book.proposal(self._choice.quota)
        for case, units in zip(line["case"], line["units"], strict=True):
            if case in self._placed.index:
                made.append(self._award(case, _before(others, free, skip=skip)))
                free -= int(units)
            else:
                others.append(int(units))
        eligible = {"eligible": True, "reason_code": self._seal, "rule_version": "placement"}
        unknown = set(new)
        for case in (*undecided, *new):
            asked = self._asked(case)
            if case in unknown:
                made.append(self._event("ApplicationReceived", case, **asked))
            made.append(self._event("EligibilityDecided", case, **eligible))
            made.append(self._award(case, _before(others, free, skip=skip)))
            free -= int(asked["units"])
        return made

    def _asked(self, family: str) -> dict[str, Any]:
        row = self._placed.loc[family]
        group = {"group": str(row["group"])} if row["group"] else {}
        return {"units": int(str(row["persons"])), "channel": "placement", **group}

    def _award(self, family: str, out_of_turn: bool) -> Event:  # noqa: FBT001
        row = self._placed.loc[family]
        facts: dict[str, Any] = {
            "units": int(str(row["persons"])),
            "valid_until": self._choice.valid_until,
            "locality": str(row["locality"]),
            "mode": "confirmed",
        }
        if out_of_turn or row["decision_mode"] == "overridden":
            facts |= {"mode": "overridden", "reason_code": self._seal}
        return self._event("Awarded", family, **facts)

    def _event(self, kind: str, family: str, **facts: Any) -> Event:  # noqa: ANN401
        return Event(kind, self._choice.quota, self._at, self._by, family, facts)


def _before(others: Sequence[int], free: int, *, skip: bool) -> bool:
    """Whether somebody else in line comes first and would fit."""
    return any(not skip or units <= free for units in others)
