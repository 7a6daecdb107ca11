# SPDX-License-Identifier: Apache-2.0
"""The points calculator: a form made of the rules, and the result with every point's reason.

It counts and proposes, and keeps nothing: the facts stand in the address alone, without a name.
"""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response

from keruen.core.codes import country_name
from keruen.core.errors import SchemaError, WorkbenchError
from keruen.report.locale import Lang, Locale, msg
from keruen.web.framed import framed
from keruen.web.guard import Viewer
from keruen.web.once import once
from keruen.web.troubles import pack, unpack
from keruen.web.view import locale_of, page

if TYPE_CHECKING:
    from keruen.decide.points import RuleSet

router = APIRouter()
NOTHING: Final = msg("State at least one fact.")
_YOU: Final = "1"


@router.get("/points")
def choose(request: Request, visitor: Viewer, day: date | None = None) -> Response:  # noqa: ARG001
    """Points systems in force on a day, with how sure each is."""
    from keruen.report.points_words import PROPOSAL, STATUSES

    chosen = day or _today()
    lang = locale_of(request).lang
    systems = [
        {
            "id": one.id, "title": one.title, "country": country_name(one.jurisdiction, lang),
            "valid_from": one.valid_from.isoformat(), "status": one.status,
            "partial": one.partial,
        }
        for one in _all_rules() if one.holds(chosen)
    ]  # fmt: skip
    return page(
        request, "points.html", systems=systems, day=chosen.isoformat(), statuses=STATUSES,
        proposal=PROPOSAL,
    )  # fmt: skip


@router.get("/points/{system}")
def form(
    request: Request,
    visitor: Viewer,  # noqa: ARG001
    system: str,
    day: date | None = None,
) -> Response:
    """The facts that a system asks for, as a form."""
    rules = _rules(system, day or _today())
    return _form(request, rules, day or _today())


@router.get("/points/{system}/result")
def result(
    request: Request,
    visitor: Viewer,  # noqa: ARG001
    system: str,
    day: date | None = None,
) -> Response:
    """The points of the facts in the address; faults lead back to the form."""
    chosen = day or _today()
    rules, locale = _rules(system, chosen), locale_of(request)
    facts = _facts(request, rules)
    if not facts:
        return _form(request, rules, chosen, faults=unpack(NOTHING.render(locale), locale))
    try:
        cut_off = _number(request.query_params.get("cut_off", ""))
        html = _counted(system, chosen, cut_off, tuple(facts.items()), locale.lang)
    except WorkbenchError as fault:
        return _form(request, rules, chosen, faults=unpack(pack(fault), locale))
    query = request.url.query
    return framed(request, html, "points_bar.html", back=f"/points/{system}?{query}")


def _form(request: Request, rules: RuleSet, day: date, *, faults: Any = ()) -> Response:  # noqa: ANN401 - lines as the template asks for them
    from keruen.report.points_words import PROPOSAL, STATUSES, UNITS

    locale, asked = locale_of(request), request.query_params
    units = {
        name: UNITS[one.unit].render(locale) if one.unit in UNITS else one.unit
        for name, one in rules.inputs.items()
    }
    given = {name: asked.get(name, "") for name in (*rules.inputs, "cut_off")}
    return page(
        request, "points_form.html", status=422 if faults else 200, rules=rules, units=units,
        given=given, day=day.isoformat(), faults=faults, statuses=STATUSES, proposal=PROPOSAL,
    )  # fmt: skip


def _facts(request: Request, rules: RuleSet) -> dict[str, str]:
    """What the address states of the facts that the rules ask for."""
    asked = {name: request.query_params.get(name, "").strip() for name in rules.inputs}
    return {name: text for name, text in asked.items() if text}


def _number(text: str) -> float | None:
    import math

    if not text.strip():
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise SchemaError(f"'{text}' is not a number of points", where="cut_off")
    return value


@once(1)
def _all_rules() -> tuple[RuleSet, ...]:
    from keruen.report.points_rules import read_rules
    from keruen.sources.point_rules import point_rules

    return tuple(one for name in point_rules() for one in read_rules(name))


def _rules(system: str, day: date) -> RuleSet:
    """Rules of the package; a name that looks like a file finds nothing."""
    from keruen.decide.points import rule_set_on

    mine = [one for one in _all_rules() if one.id == system]
    if not mine:
        raise HTTPException(404)
    return rule_set_on(mine, day)


@once(128)
def _counted(
    system: str, day: date, cut_off: float | None, facts: tuple[tuple[str, str], ...], lang: Lang
) -> str:
    from keruen.report.points_page import points_page
    from keruen.report.points_run import run_points

    with TemporaryDirectory() as folder:
        path = Path(folder) / "facts.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            table = csv.writer(file)
            table.writerow(["profile", *(name for name, _ in facts)])
            table.writerow([_YOU, *(text for _, text in facts)])
        run = run_points(system, path, as_of=day, cut_off=cut_off)
    return points_page(run, Locale(lang))


def _today() -> date:
    return date.today()  # noqa: DTZ011 - rules of the place
