# SPDX-License-Identifier: Apache-2.0
"""The catalogue of methods: what each answers, its formula, source, limits, and who uses it."""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING, Final

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from keruen.core.errors import CodeError
from keruen.report.locale import Message, msg
from keruen.report.method_catalogue import (
    ROOMS,
    CataloguedMethod,
    Room,
    find_methods,
    method_catalogue,
    method_named,
)
from keruen.web.guard import Viewer
from keruen.web.view import page

if TYPE_CHECKING:
    from markupsafe import Markup

router = APIRouter()
ROOM_WORDS: Final[dict[Room, Message]] = {
    "measure": msg("Measuring: what has happened"),
    "project": msg("Projecting: what will happen"),
    "decide": msg("Deciding: what to do"),
}
"""Rooms of the package in words."""
HEADINGS: Final[dict[str, Message]] = {
    "Notes": msg("Formula, meaning and limits"),
    "References": msg("Published in"),
    "Raises": msg("Edge cases: what is refused"),
    "Warns": msg("What is warned of"),
    "Parameters": msg("Arguments"),
    "Attributes": msg("Parts"),
    "Returns": msg("Result"),
    "Yields": msg("Result"),
    "See Also": msg("See also"),
    "Examples": msg("Examples, which are run as tests"),
}
"""Sections of a method's page, in their order."""
_MARKED: Final = re.compile(r"``(?P<code>.+?)``|:\w+:`~?(?P<role>[\w.]+)`|`(?P<name>[^`]+)`")


@router.get("/methods")
def show_all(request: Request, visitor: Viewer, q: str = "", room: str = "") -> Response:  # noqa: ARG001
    """All methods by room and subject, or those that words name."""
    chosen = room if room in ROOMS else ""
    found = find_methods(q[:200], room=chosen)
    order = list(method_catalogue())
    listed = sorted(found, key=lambda one: order.index(one.name))
    rooms = {
        one: [
            (module, list(methods))
            for module, methods in groupby(
                (each for each in listed if each.room == one), key=lambda each: each.module
            )
        ]
        for one in ROOMS
    }
    return page(
        request, "methods.html", q=q, room=chosen, rooms=rooms, words=ROOM_WORDS, number=len(found)
    )


@router.get("/methods/{name}")
def show(request: Request, visitor: Viewer, name: str) -> Response:  # noqa: ARG001
    """One method, from its own documentation."""
    try:
        method = method_named(name)
    except CodeError as fault:
        raise HTTPException(404) from fault
    if method.name != name:
        return RedirectResponse(f"/methods/{method.name}", status_code=308)
    told = [
        (heading, words, method.told.section(heading))
        for heading, words in HEADINGS.items()
        if method.told.section(heading)
    ]
    return page(
        request, "method.html", method=method, sections=told, words=ROOM_WORDS,
        inline=lambda text: _inline(text, method), defined=lambda head: _defined(head, method),
    )  # fmt: skip


def _inline(text: str, method: CataloguedMethod) -> Markup:
    """A sentence of documentation: code as code, names of methods as links."""
    from markupsafe import Markup, escape

    parts, last = [Markup("")], 0
    for found in _MARKED.finditer(text):
        parts += [escape(text[last : found.start()]), _marked(found, method)]
        last = found.end()
    return Markup("").join([*parts, escape(text[last:])])


def _marked(found: re.Match[str], method: CataloguedMethod) -> Markup:
    from markupsafe import Markup

    told = found["code"] or found["role"] or found["name"]
    shown = told.rpartition(".")[2] if found["role"] else told
    place = _place(told, method)
    code = Markup("<code>{}</code>").format(shown)
    return Markup('<a href="/methods/{}">{}</a>').format(place, code) if place else code


def _defined(head: str, method: CataloguedMethod) -> Markup:
    """What a definition defines; in "see also" with links to the methods named."""
    from markupsafe import Markup

    name, colon, rest = head.partition(" : ")
    names = [part.strip() for part in name.split(",")]
    linked = [(part, _place(part, method)) for part in names]
    if not any(place for _, place in linked):
        return Markup("<code>{}</code>{}{}").format(name, colon, rest)
    told = Markup(", ").join(
        Markup('<a href="/methods/{}"><code>{}</code></a>').format(place, part)
        if place
        else Markup("<code>{}</code>").format(part)
        for part, place in linked
    )
    return told + Markup("{}{}").format(colon, rest)


def _place(name: str, method: CataloguedMethod) -> str:
    """Address of a method that documentation names, within its module or in full; or nothing."""
    plain = name.strip().removesuffix("()")
    if not re.fullmatch(r"[\w.]+", plain):
        return ""
    for one in (plain, f"{method.module}.{plain}", f"{method.defined}.{plain}"):
        try:
            found = method_named(one)
        except CodeError:
            continue
        return "" if found.name == method.name else found.name
    return ""
