# SPDX-License-Identifier: Apache-2.0
"""Pages as HTML: templates, the reader's language, and what every page needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Final

from fastapi import Request
from fastapi.responses import HTMLResponse

from keruen import __version__
from keruen.report.locale import LANGS, Lang, Locale, Message, Value
from keruen.web.accounts import Role
from keruen.web.islands import islands
from keruen.web.troubles import unpack
from keruen.web.words import STATES

if TYPE_CHECKING:
    from jinja2 import Environment

LANGUAGE: Final = "keruen_language"
_NAMES: Final[Mapping[str, str]] = {"en": "English", "ru": "Русский", "kk": "Қазақша"}


def locale_of(request: Request) -> Locale:
    """The reader's language: of the address, the cookie, or the browser; English otherwise.

    Parameters
    ----------
    request : Request
        Request.

    Returns
    -------
    Locale
    """
    accepted = request.headers.get("accept-language", "").split(",")
    wished = (
        request.query_params.get("lang"),
        request.cookies.get(LANGUAGE),
        *(part.split(";")[0].split("-")[0].strip() for part in accepted),
    )
    found: Iterator[Lang] = (lang for one in wished for lang in LANGS if lang == one)
    return Locale(next(found, "en"))


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

    return Environment(
        loader=PackageLoader("keruen.web"),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def page(request: Request, template: str, *, status: int = 200, **facts: object) -> HTMLResponse:
    """A page in the reader's language.

    Parameters
    ----------
    request : Request
        Request.
    template : str
        Name of the template.
    status : int, optional
        HTTP status.
    **facts
        What the template asks for.

    Returns
    -------
    HTMLResponse
    """
    locale, visitor = locale_of(request), getattr(request.state, "visitor", None)
    office = request.app.state.office
    token = visitor.session.token if visitor else office.sessions.form_token()
    html = _environment().get_template(template).render(
        request=request,
        locale=locale,
        lang=locale.lang,
        languages=_NAMES,
        visitor=visitor,
        Role=Role,
        token=token,
        version=__version__,
        islands=islands(),
        say=lambda text, **values: locale.say(Message(text, values)),
        tell=lambda value: _told(value, locale),
        troubles=lambda message: unpack(message, locale),
        here=_here,
        states=STATES,
        **facts,
    )  # fmt: skip
    answer = HTMLResponse(html, status_code=status)
    if request.query_params.get("lang") in LANGS:
        answer.set_cookie(
            LANGUAGE, locale.lang, max_age=31_536_000, samesite="lax",
            secure=office.settings.secure, httponly=True,
        )  # fmt: skip
    return answer


def _told(value: Value | str, locale: Locale) -> str:
    return value if isinstance(value, str) else value.render(locale)


def _here(request: Request, **changes: object) -> str:
    """This page's address with other parameters, for links that can be kept."""
    return str(request.url.include_query_params(**changes).replace(scheme="", netloc=""))
