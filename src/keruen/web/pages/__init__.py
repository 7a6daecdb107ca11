# SPDX-License-Identifier: Apache-2.0
"""Pages by subject; each module holds a router."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from keruen.web.pages import (
    accounts,
    compare,
    data,
    draws,
    flow_map,
    home,
    interface,
    labour,
    ledger,
    levers,
    methods,
    placement,
    points,
    policy,
    profile,
    projection,
    proposal,
    runs,
    scenarios,
    sign_in,
)

if TYPE_CHECKING:
    from fastapi import APIRouter

ROUTERS: Final[tuple[APIRouter, ...]] = tuple(
    module.router
    for module in (
        sign_in,
        home,
        flow_map,
        profile,
        projection,
        labour,
        runs,
        levers,
        scenarios,
        compare,
        placement,
        proposal,
        ledger,
        points,
        draws,
        policy,
        methods,
        data,
        interface,
        accounts,
    )
)
"""Routers of all pages, in the order of the menu."""
