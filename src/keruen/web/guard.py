# SPDX-License-Identifier: Apache-2.0
"""What every request passes: who asks, is the form ours, and what the browser may do."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import Depends, Request
from fastapi.responses import RedirectResponse, Response

from keruen.report.locale import LANGS
from keruen.web.accounts import Role
from keruen.web.office import Office, Visitor
from keruen.web.sessions import COOKIE, same
from keruen.web.size import too_much

FIELD: Final = "token"
HEADER: Final = "x-keruen-token"
_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; worker-src 'self' blob:; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


class SignInError(Exception):
    """The page needs somebody signed in."""


class RoleError(Exception):
    """The page needs another role."""


class FormError(Exception):
    """A form that is not ours, or too old."""


async def watch(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    """Find out who asks, and tell the browser what it may do.

    Parameters
    ----------
    request : Request
        Request.
    call_next : callable
        The rest of the application.

    Returns
    -------
    Response
    """
    from anyio import to_thread

    office: Office = request.app.state.office
    request.state.visitor = None
    cookie = request.cookies.get(COOKIE)
    if cookie:
        request.state.visitor = await to_thread.run_sync(_visitor, office, cookie)
    answer = await too_much(request, office) or await call_next(request)
    for name, value in _HEADERS.items():
        answer.headers.setdefault(name, value)
    if not request.url.path.startswith("/static/"):
        answer.headers.setdefault("Cache-Control", "no-store")
    return answer


def _visitor(office: Office, cookie: str) -> Visitor | None:
    session = office.sessions.find(cookie)
    account = office.accounts.get(session.account) if session else None
    return Visitor(account, session) if session and account else None


def needs(role: Role) -> Callable[[Request], Visitor]:
    """A dependency: somebody signed in with at least a role.

    Parameters
    ----------
    role : Role
        The least role.

    Returns
    -------
    callable
    """

    def check(request: Request) -> Visitor:
        visitor: Visitor | None = request.state.visitor
        if visitor is None:
            raise SignInError
        if visitor.account.role < role:
            raise RoleError
        return visitor

    return check


async def own_form(request: Request) -> AsyncIterator[None]:
    """A dependency: the form or the request carries the token of the session.

    Parameters
    ----------
    request : Request
        Request.

    Yields
    ------
    None
        While the request is answered.

    Raises
    ------
    FormError
        It does not.
    """
    office: Office = request.app.state.office
    given = request.headers.get(HEADER, "")
    form = None if given else await request.form()
    if form is not None:
        given = str(form.get(FIELD, ""))
    visitor: Visitor | None = request.state.visitor
    sound = same(given, visitor.session.token) if visitor else office.sessions.is_form_token(given)
    try:
        if not sound:
            raise FormError
        yield
    finally:
        if form is not None:  # what was sent with it goes from the disk at once
            await form.close()


def office_of(request: Request) -> Office:
    """What the application keeps, for a page."""
    office: Office = request.app.state.office
    return office


def to_sign_in(request: Request) -> Response:
    """Send somebody to the sign-in page, and back to this page afterwards."""
    url = request.url
    wanted = f"{url.path}?{url.query}" if url.query else url.path
    query = urlencode({"next": wanted if request.method == "GET" else "/"}, safe="/")
    lang = request.query_params.get("lang")
    more = f"&lang={lang}" if lang in LANGS else ""
    return RedirectResponse(f"/sign-in?{query}{more}", status_code=303)


AnOffice = Annotated[Office, Depends(office_of)]
Viewer = Annotated[Visitor, Depends(needs(Role.viewer))]
Analyst = Annotated[Visitor, Depends(needs(Role.analyst))]
Officer = Annotated[Visitor, Depends(needs(Role.officer))]
Administrator = Annotated[Visitor, Depends(needs(Role.administrator))]
OwnForm = Depends(own_form)
