# SPDX-License-Identifier: Apache-2.0
"""Signing in and out."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from keruen.report.locale import Count, msg
from keruen.web.accounts import SlowDownError
from keruen.web.guard import AnOffice, OwnForm
from keruen.web.sessions import COOKIE
from keruen.web.view import page

router = APIRouter()


@router.get("/sign-in")
def show(request: Request, next: str = "/") -> Response:
    """The form."""
    return page(request, "sign_in.html", next=_inside(next), fault=None)


@router.post("/sign-in", dependencies=[OwnForm])
def sign_in(
    request: Request,
    office: AnOffice,
    name: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "/",
) -> Response:
    """Begin a session, or say that the name or the password is wrong."""
    address = request.client.host if request.client else ""
    try:
        account = office.accounts.sign_in(name, password, address)
    except SlowDownError as fault:
        office.audit.write(name[:40], "sign-in slowed", address)
        wait = msg("Too many attempts. Wait {seconds} seconds.", seconds=Count(fault.seconds))
        return page(request, "sign_in.html", status=429, next=_inside(next), fault=wait)
    if account is None:
        office.audit.write(name[:40], "sign-in refused", address)
        wrong = msg("The name or the password is wrong.")
        return page(request, "sign_in.html", status=401, next=_inside(next), fault=wrong)
    office.audit.write(account.name, "sign-in", address)
    answer = RedirectResponse(_inside(next), status_code=303)
    answer.set_cookie(
        COOKIE, office.sessions.begin(account.name), httponly=True, samesite="lax",
        secure=office.settings.secure,
    )  # fmt: skip
    return answer


@router.post("/sign-out", dependencies=[OwnForm])
def sign_out(request: Request, office: AnOffice) -> Response:
    """End the session."""
    if request.state.visitor is not None:
        office.audit.write(request.state.visitor.account.name, "sign-out")
    office.sessions.end(request.cookies.get(COOKIE, ""))
    answer = RedirectResponse("/sign-in", status_code=303)
    answer.delete_cookie(COOKIE)
    return answer


def _inside(address: str) -> str:
    """An address within the application; the first page for any other."""
    sound = address.startswith("/") and not address.startswith(("//", "/\\"))
    return address if sound else "/"
