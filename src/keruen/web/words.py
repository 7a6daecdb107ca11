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
