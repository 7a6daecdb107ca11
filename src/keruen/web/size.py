# SPDX-License-Identifier: Apache-2.0
"""What is larger than may be sent is refused before any of it is kept."""

from __future__ import annotations

from typing import Final

from fastapi import Request
from fastapi.responses import Response

from keruen.report.locale import Message, msg
from keruen.web.files import too_large
from keruen.web.office import Office
from keruen.web.troubles import pack, unpack
from keruen.web.view import locale_of, page

_FORM: Final = 200_000
"""Bytes of a form beside its file."""
_DRAINED: Final = 1_000_000_000
_NO_SIZE: Final = msg("The request does not say how large it is.")


async def too_much(request: Request, office: Office) -> Response | None:
    """A page of refusal for what is too large, or does not say how large it is.

    Parameters
    ----------
    request : Request
        Request.
    office : Office
        Office.

    Returns
    -------
    Response or None
        None when the request may be read.
    """
    if request.method not in {"POST", "PUT", "PATCH"}:
        return None
    told = request.headers.get("content-length", "")
    if not told.isdecimal():
        return _refused(request, 411, _NO_SIZE, "")
    size = int(told)
    largest = _FORM if request.url.path == "/sign-in" else office.settings.upload + _FORM
    if size <= largest:
        return None
    if request.state.visitor is not None and size <= _DRAINED:
        async for _ in request.stream():  # a browser reads no answer before all is sent
            pass
    line = unpack(pack(too_large(office.settings, "", size)), locale_of(request))[0]
    return _refused(request, 413, line.what, line.remedy)


def _refused(request: Request, status: int, what: Message | str, remedy: str) -> Response:
    return page(request, "fault.html", status=status, what=what, remedy=remedy)
