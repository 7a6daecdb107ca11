# SPDX-License-Identifier: Apache-2.0
"""Accounts and the audit log, for those who administer."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from keruen.core.errors import CodeError
from keruen.report.locale import Count, Message, msg
from keruen.web.accounts import SHORTEST, Role
from keruen.web.brake import SlowDownError
from keruen.web.guard import Administrator, AnOffice, OwnForm, Viewer
from keruen.web.pages.sign_in import signed_in
from keruen.web.view import page
from keruen.web.words import ACTIONS, ROLES

router = APIRouter()


@router.get("/accounts")
def show(request: Request, office: AnOffice, visitor: Administrator) -> Response:  # noqa: ARG001
    """All accounts, a form for a new one, and the log."""
    return page(
        request, "accounts.html", accounts=office.accounts.all(), notes=office.audit.latest(),
        roles=ROLES, actions=ACTIONS, fault="",
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
    request: Request,
    name: str,
    *,
    role: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    disabled: Annotated[str, Form()] = "",
) -> Response:
    """Change an account; its sessions end, wherever they are."""
    locked = disabled == "yes"
    new = _role(role) if role else None
    office.accounts.change(name, role=new, password=password or None, disabled=locked)
    office.sessions.end_all(name)
    facts = {"role": role, "disabled": locked, "password": bool(password)}
    office.audit.write(visitor.account.name, "account changed", name, **facts)
    if name == visitor.account.name:
        return signed_in(request, office, visitor.account, "/accounts")
    return RedirectResponse("/accounts", status_code=303)


@router.get("/account")
def own(request: Request, visitor: Viewer) -> Response:
    """The visitor's own account, and a form for another password."""
    return _own(request, visitor.account.role)


@router.post("/account", dependencies=[OwnForm])
def change_own(
    request: Request,
    office: AnOffice,
    visitor: Viewer,
    *,
    present: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    again: Annotated[str, Form()] = "",
) -> Response:
    """Change the visitor's own password; all other sessions of the account end."""
    name, role = visitor.account.name, visitor.account.role
    address = request.client.host if request.client else ""
    if password != again:
        return _own(request, role, msg("The two new passwords differ."))
    if len(password) < SHORTEST:
        short = msg("A password has at least {number} characters.", number=Count(SHORTEST))
        return _own(request, role, short)
    try:
        if office.accounts.sign_in(name, present, address) is None:
            office.audit.write(name, "password refused", address)
            return _own(request, role, msg("The present password is wrong."))
        office.accounts.change(name, password=password)
    except SlowDownError as fault:
        wait = msg("Too many attempts. Wait {seconds} seconds.", seconds=Count(fault.seconds))
        return _own(request, role, wait, 429)
    office.sessions.end_all(name)
    office.audit.write(name, "password changed", address)
    return signed_in(request, office, visitor.account, "/account?changed=yes")


def _own(request: Request, role: Role, fault: Message | None = None, status: int = 422) -> Response:
    changed = request.query_params.get("changed") == "yes" and fault is None
    return page(
        request, "account.html", status=status if fault else 200, role=ROLES[role], fault=fault,
        changed=changed, shortest=SHORTEST,
    )  # fmt: skip


def _role(name: str) -> Role:
    if name not in Role.__members__:
        raise CodeError(f"there is no role '{name}'", remedy="choose one from the list")
    return Role[name]
