# SPDX-License-Identifier: Apache-2.0
"""Words of the application that are no part of one page: states of runs, roles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from keruen.report.locale import Message, msg
from keruen.web.accounts import Role

STATES: Final[Mapping[str, Message]] = {
    "queued": msg("waits"),
    "running": msg("runs"),
    "done": msg("done"),
    "failed": msg("failed"),
    "cancelled": msg("cancelled"),
    "interrupted": msg("interrupted: run it again"),
}
"""States of a run."""

ROLES: Final[Mapping[Role, Message]] = {
    Role.viewer: msg("viewer"),
    Role.analyst: msg("analyst"),
    Role.officer: msg("officer"),
    Role.administrator: msg("administrator"),
}
"""Roles."""

DECISIONS: Final[Mapping[str, Message]] = {
    "proposal": msg("proposal: nobody has decided"),
    "confirmed": msg("confirmed"),
    "overridden": msg("another place decided"),
}
"""States of the decision on a family."""

LEDGER_EVENTS: Final[Mapping[str, Message]] = {
    "decide": msg("eligibility decided"),
    "waitlist": msg("put in line"),
    "decline": msg("award declined"),
    "expire": msg("award expired"),
    "no-show": msg("did not come"),
    "arrive": msg("arrived"),
    "pay": msg("support paid"),
    "work": msg("work observed"),
    "withdraw": msg("application withdrawn"),
    "appeal": msg("appeal opened"),
    "appeal-decided": msg("appeal decided"),
    "left": msg("left the region"),
    "returned": msg("returned"),
    "carry": msg("units carried over to another quota"),
    "close": msg("quota closed"),
    "correct": msg("mistake set right"),
}
"""What officers tell of a case or a quota, as ``keruen quota record`` does."""

LEDGER_WORDS: Final[Mapping[str, Message]] = {
    "QuotaSet": msg("quota set"),
    "QuotaRevised": msg("quota changed"),
    "ApplicationReceived": msg("application taken in"),
    "EligibilityDecided": LEDGER_EVENTS["decide"],
    "Waitlisted": LEDGER_EVENTS["waitlist"],
    "Awarded": msg("award"),
    "AwardDeclined": LEDGER_EVENTS["decline"],
    "AwardExpired": LEDGER_EVENTS["expire"],
    "NoShow": LEDGER_EVENTS["no-show"],
    "Arrived": LEDGER_EVENTS["arrive"],
    "SupportPaid": LEDGER_EVENTS["pay"],
    "EmploymentObserved": LEDGER_EVENTS["work"],
    "Withdrawn": LEDGER_EVENTS["withdraw"],
    "AppealOpened": LEDGER_EVENTS["appeal"],
    "AppealDecided": LEDGER_EVENTS["appeal-decided"],
    "LeftRegion": LEDGER_EVENTS["left"],
    "Returned": LEDGER_EVENTS["returned"],
    "CarriedOver": LEDGER_EVENTS["carry"],
    "Closed": LEDGER_EVENTS["close"],
    "Correction": LEDGER_EVENTS["correct"],
    "received": msg("received"),
    "eligible": msg("found eligible"),
    "refused": msg("refused"),
    "appealing": msg("under appeal"),
    "waiting": msg("in line"),
    "awarded": msg("awarded"),
    "declined": msg("declined"),
    "expired": msg("expired"),
    "no_show": LEDGER_EVENTS["no-show"],
    "withdrawn": msg("withdrawn"),
    "arrived": LEDGER_EVENTS["arrive"],
    "left": LEDGER_EVENTS["left"],
    "returned": LEDGER_EVENTS["returned"],
}
"""Kinds of events and states of cases, as a refusal names them."""

OFFICE_TABLES: Final[Mapping[str, Message]] = {
    "Balances": msg("Balances"),
    "Indicators": msg("Indicators"),
    "Spending": msg("Spending"),
    "When it runs out": msg("When it runs out"),
    "Awards past their last day": msg("Awards past their last day"),
    "balances": msg("Balances"),
    "indicators": msg("Indicators"),
    "forecast": msg("When it runs out"),
}
"""Titles of the tables of a ledger."""

ACTIONS: Final[Mapping[str, Message]] = {
    "account changed": msg("account changed"),
    "account made": msg("account made"),
    "draws asked for": msg("draws asked for"),
    "draws cancelled": msg("draws cancelled"),
    "draws removed": msg("draws removed"),
    "password changed": msg("password changed"),
    "password refused": msg("password refused"),
    "placement asked for": msg("placement asked for"),
    "placement cancelled": msg("placement cancelled"),
    "placement overridden": msg("placement overridden"),
    "placement removed": msg("placement removed"),
    "placements confirmed": msg("placements confirmed"),
    "proposal opened": msg("proposal opened"),
    "proposal sealed": msg("proposal sealed"),
    "quota set": msg("quota set"),
    "quota apply": msg("quota apply"),
    "quota award": msg("quota award"),
    "quota record": msg("quota record"),
    "run asked for": msg("run asked for"),
    "run cancelled": msg("run cancelled"),
    "scenario deleted": msg("scenario deleted"),
    "scenario kept": msg("scenario kept"),
    "sign-in": msg("sign-in"),
    "sign-in refused": msg("sign-in refused"),
    "sign-in slowed": msg("sign-in slowed"),
    "sign-out": msg("sign-out"),
}
"""What the audit log tells; a word that is not here stands as it is."""
