# SPDX-License-Identifier: Apache-2.0
"""Awards of a quota: the line with reasons, and what an officer confirms."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING

from keruen.core import sentences
from keruen.core.errors import SchemaError, raise_faults
from keruen.core.events import Event, Fact
from keruen.decide.ledger import QuotaLedger
from keruen.report.locale import Lang, Locale, Message, msg

if TYPE_CHECKING:
    import pandas as pd


def award_events(
    ledger: QuotaLedger,
    quota: str,
    *,
    cases: Sequence[str],
    first: int,
    valid_until: str,
    units: int | None = None,
    locality: str = "",
    override: bool = False,
    reason: str = "",
    at: datetime,
    by: str,
) -> list[Event]:
    """Awards that an officer confirms: cases by name, or the first of the proposal.

    Parameters
    ----------
    ledger : QuotaLedger
        The ledger.
    quota : str
        Quota.
    cases : sequence of str
        Cases to award.
    first : int
        How many of the proposal, when no case is named.
    valid_until : str
        Last day of the award.
    units : int, optional
        Fewer units than the one case asked for.
    locality : str, optional
        Place.
    override : bool, optional
        Award out of turn.
    reason : str, optional
        Reason of the override.
    at : datetime
        When.
    by : str
        Officer.

    Returns
    -------
    list of Event

    Raises
    ------
    SchemaError
        Neither or both of cases and a number are given, units for several cases, or a reason
        without an override (``NoAward``).
    CodeError
        A case is not known (``UnknownCase``).
    """
    faults = []
    if bool(cases) == bool(first):
        faults.append(SchemaError("name cases with --case, or a number with --next", id="NoAward"))
    if units is not None and len(cases) != 1:
        faults.append(SchemaError("--units holds for a single --case", id="NoAward"))
    if override != bool(reason):
        faults.append(SchemaError("--override and --reason go together", id="NoReason"))
    if not valid_until:
        faults.append(SchemaError("--valid-until is missing", remedy="as 2026-06-30"))
    raise_faults(faults, where=f"award of {quota}")
    wanted = {case.id: case.units for case in ledger.next_offers(quota)[:first]}
    if cases:
        asked = dict(zip(*(ledger.cases()[name] for name in ("case", "requested")), strict=True))
        wanted = {case: int(asked.get(case, 1)) for case in cases}
    facts: dict[str, Fact] = {"valid_until": valid_until}
    facts["mode"] = "overridden" if override else "confirmed"
    facts |= {"reason_code": reason} if reason else {}
    facts |= {"locality": locality} if locality else {}
    if not wanted:
        raise SchemaError(
            sentences.msg("nobody in line can be awarded"),
            where=quota,
            remedy=sentences.msg("see the line of the quota"),
            id="NobodyInLine",
        )
    return [
        Event("Awarded", quota, at, by, case, {**facts, "units": units or count})
        for case, count in wanted.items()
    ]


def proposal_table(
    ledger: QuotaLedger, quota: str, *, zone: tzinfo | None = UTC, lang: Lang = "en"
) -> pd.DataFrame:
    """The line of a quota in words an officer reads.

    Parameters
    ----------
    ledger : QuotaLedger
        The ledger.
    quota : str
        Quota.
    zone : tzinfo, optional
        Zone of the office: an application of 3 March stands as one of 3 March.
    lang : {"en", "ru", "kk"}, optional
        Language of the outcome.

    Returns
    -------
    DataFrame
        Columns rank, case, units, the keys of the order, and outcome.
    """
    table = ledger.proposal(quota)
    if "received" in table:
        local = [each.astimezone(zone) for each in table["received"]]
        table["received"] = [each.isoformat(" ", "minutes") for each in local]
    if "lottery" in table:
        table["lottery"] = table["lottery"].str[:12]
    skip = ledger.quota(quota).rules.skip_if_not_fit
    told = zip(table["units"], table["free"], table["proposed"], strict=True)
    table["outcome"] = [_outcome(*row, skip=skip).render(Locale(lang)) for row in told]
    return table.drop(columns=["free", "proposed"])


def _outcome(units: int, free: int, proposed: bool, *, skip: bool) -> Message:  # noqa: FBT001
    if proposed:
        return msg("award: {free} free, {left} left", free=str(free), left=str(free - units))
    if units <= free:
        return msg("waits: the case before it must be served first")
    if skip:
        return msg("does not fit: {free} free; passed over", free=str(free))
    return msg("does not fit: {free} free; the line waits", free=str(free))
