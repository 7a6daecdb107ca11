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
