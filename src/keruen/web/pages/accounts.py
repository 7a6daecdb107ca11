# SPDX-License-Identifier: Apache-2.0
"""Accounts and the audit log, for those who administer."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from keruen.core.errors import CodeError
from keruen.web.accounts import Role
from keruen.web.guard import Administrator, AnOffice, OwnForm
from keruen.web.view import page
from keruen.web.words import ROLES

router = APIRouter()


@router.get("/accounts")
def show(request: Request, office: AnOffice, visitor: Administrator) -> Response:  # noqa: ARG001
    """All accounts, a form for a new one, and the log."""
    return page(
        request, "accounts.html", accounts=office.accounts.all(), notes=office.audit.latest(),
        roles=ROLES, fault="",
    )  # fmt: skip


@router.post("/accounts", dependencies=[OwnForm])
def add(
    office: AnOffice,
    visitor: Administrator,
    name: Annotated[str, Form()],
    password: Annotated[str, Form()],
    role: Annotated[str, Form()],
) -> Response:
    """Make an account."""
    made = office.accounts.add(name, password, _role(role))
    office.audit.write(visitor.account.name, "account made", made.name, role=role)
    return RedirectResponse("/accounts", status_code=303)


@router.post("/accounts/{name}", dependencies=[OwnForm])
def change(
    office: AnOffice,
    visitor: Administrator,
    name: str,
    *,
    role: Annotated[str, Form()],
    password: Annotated[str, Form()] = "",
    disabled: Annotated[str, Form()] = "",
) -> Response:
    """Change an account; its sessions end."""
    office.accounts.change(
        name, role=_role(role), password=password or None, disabled=disabled == "yes"
    )
    if name != visitor.account.name:
        office.sessions.end_all(name)
    office.audit.write(
        visitor.account.name, "account changed", name, role=role, disabled=disabled == "yes"
    )
    return RedirectResponse("/accounts", status_code=303)


def _role(name: str) -> Role:
    if name not in Role.__members__:
        raise CodeError(f"there is no role '{name}'", remedy="choose one from the list")
    return Role[name]
