# SPDX-License-Identifier: Apache-2.0
"""Signing in, by a password or through the office's own directory, and out."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from keruen.report.locale import Count, Message, msg
from keruen.web import directory
from keruen.web.accounts import Account
from keruen.web.brake import SlowDownError
from keruen.web.directory import DirectoryError
from keruen.web.guard import AnOffice, FormError, OwnForm
from keruen.web.office import Office
from keruen.web.sessions import COOKIE
from keruen.web.view import page

router = APIRouter()
_BACK = "/sign-in/directory/back"


@router.get("/sign-in")
def show(request: Request, office: AnOffice, next: str = "/", left: str = "") -> Response:
    """The form; after a sign-out, the way out of the directory too."""
    out = office.directory.way_out() if office.directory and left == "directory" else ""
    return _form(request, office, next, out=out)


@router.post("/sign-in", dependencies=[OwnForm])
def sign_in(
    request: Request,
    office: AnOffice,
    name: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "/",
) -> Response:
    """Begin a session, or say that the name or the password is wrong."""
    if request.headers.get("sec-fetch-site", "none") not in {"none", "same-origin"}:
        raise FormError  # another site would have its reader signed in as somebody else
    address = _from(request)
    try:
        account = office.accounts.sign_in(name, password, address)
    except SlowDownError as fault:
        office.audit.write(name[:40], "sign-in slowed", address)
        wait = msg("Too many attempts. Wait {seconds} seconds.", seconds=Count(fault.seconds))
        return _form(request, office, next, wait, 429)
    if account is None:
        office.audit.write(name[:40], "sign-in refused", address)
        return _form(request, office, next, msg("The name or the password is wrong."), 401)
    office.audit.write(account.name, "sign-in", address)
    return signed_in(request, office, account, next)


@router.get("/sign-in/directory")
def to_directory(request: Request, office: AnOffice, next: str = "/") -> Response:
    """Send the browser to the office's own directory."""
    if office.directory is None:
        raise HTTPException(404)
    try:
        address, held = office.directory.begin(_inside(next), _here(request, office))
    except DirectoryError as fault:
        return _refused(request, office, fault)
    answer = RedirectResponse(address, status_code=303)
    answer.set_cookie(
        directory.COOKIE, held, max_age=60 * directory.MINUTES, path=_BACK, httponly=True,
        samesite="lax", secure=office.settings.secure,
    )  # fmt: skip
    return answer


@router.get(_BACK)
def from_directory(request: Request, office: AnOffice) -> Response:
    """Begin a session for whom the directory vouches for."""
    if office.directory is None:
        raise HTTPException(404)
    cookie, told = request.cookies.get(directory.COOKIE, ""), dict(request.query_params)
    try:
        person = office.directory.end(told, cookie, _here(request, office))
        account = office.accounts.vouched(person.id, person.name, person.role)
        if account.disabled:
            locked = msg("Your account is locked. Ask those who administer Keruen.")
            raise DirectoryError(locked, 403, "locked")  # noqa: TRY301 - one way to refuse
    except DirectoryError as fault:
        answer = _refused(request, office, fault)
    else:
        role, way = account.role.name, "directory"
        office.audit.write(account.name, "sign-in", _from(request), role=role, way=way)
        answer = signed_in(request, office, account, person.back)
    answer.delete_cookie(directory.COOKIE, path=_BACK)
    return answer


@router.post("/sign-out", dependencies=[OwnForm])
def sign_out(request: Request, office: AnOffice) -> Response:
    """End the session."""
    visitor = request.state.visitor
    if visitor is not None:
        office.audit.write(visitor.account.name, "sign-out")
    office.sessions.end(request.cookies.get(COOKIE, ""))
    left = "?left=directory" if visitor is not None and visitor.account.directory else ""
    answer = RedirectResponse(f"/sign-in{left}", status_code=303)
    answer.delete_cookie(COOKIE)
    return answer


def signed_in(request: Request, office: Office, account: Account, back: str) -> Response:
    """Begin a session, whatever the browser held before, and go on to a page.

    Parameters
    ----------
    request : Request
        Request.
    office : Office
        Office.
    account : Account
        Whose session.
    back : str
        Page to go on to.

    Returns
    -------
    Response
    """
    office.sessions.end(request.cookies.get(COOKIE, ""))
    answer = RedirectResponse(_inside(back), status_code=303)
    answer.set_cookie(
        COOKIE, office.sessions.begin(account.name), httponly=True, samesite="lax",
        secure=office.settings.secure,
    )  # fmt: skip
    return answer


def _form(
    request: Request,
    office: Office,
    next: str,
    fault: Message | None = None,
    status: int = 200,
    *,
    out: str = "",
) -> Response:
    return page(
        request, "sign_in.html", status=status, next=_inside(next), fault=fault, out=out,
        directory=office.directory is not None,
    )  # fmt: skip


def _refused(request: Request, office: Office, fault: DirectoryError) -> Response:
    office.audit.write("", "sign-in refused", _from(request), reason=fault.reason, way="directory")
    return _form(request, office, "/", fault.told, fault.status)


def _here(request: Request, office: Office) -> str:
    """Address that the directory sends browsers back to."""
    return (office.settings.address or str(request.base_url)).rstrip("/") + _BACK


def _from(request: Request) -> str:
    return request.client.host if request.client else ""


def _inside(address: str) -> str:
    """An address within the application; the first page for any other."""
    sound = address.startswith("/") and not address.startswith(("//", "/\\"))
    return address if sound and address.isprintable() else "/"
