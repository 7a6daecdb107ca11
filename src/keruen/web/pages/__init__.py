# SPDX-License-Identifier: Apache-2.0
"""Pages by subject; each module holds a router."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from keruen.web.pages import (
    accounts,
    data,
    home,
    interface,
    ledger,
    placement,
    points,
    profile,
    runs,
    sign_in,
)

if TYPE_CHECKING:
    from fastapi import APIRouter

ROUTERS: Final[tuple[APIRouter, ...]] = tuple(
    module.router
    for module in (
        sign_in,
        home,
        profile,
        runs,
        placement,
        ledger,
        points,
        data,
        interface,
        accounts,
    )
)
"""Routers of all pages, in the order of the menu."""
