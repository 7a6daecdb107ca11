# SPDX-License-Identifier: Apache-2.0
"""A scenario looked at: what holds, what set it, its file; edited and deleted by its author."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Literal

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from keruen.core.errors import WorkbenchError
from keruen.scenario.compose import compose, scenario_names
from keruen.scenario.levers import draft_of
from keruen.scenario.own import compose_text
from keruen.scenario.reading import read_scenario_file
from keruen.web.accounts import Role
from keruen.web.api_data import EXCEL
from keruen.web.guard import Analyst, AnOffice, OwnForm, Viewer
from keruen.web.office import Office, Visitor
from keruen.web.own_scenarios import OwnScenario, own_scenario, own_scenarios, remove_own
from keruen.web.pages.levers import lever_form, text_form
from keruen.web.scenario_view import ROOMS, settings_of
from keruen.web.view import locale_of, page

if TYPE_CHECKING:
    from keruen.scenario.composed import Scenario

router = APIRouter()
Place = Literal["package", "own"]


@dataclass(frozen=True)
class Found:
    """A scenario of the package or of somebody's own.

    Parameters
    ----------
    id : str
        How forms call it.
    text : str
        What its file says.
    own : OwnScenario or None
        Whose it is; None for one of the package.
    """

    id: str
    text: str
    own: OwnScenario | None

    def compose(self) -> Scenario:
        """The scenario with all that it rests on."""
        return compose(self.id) if self.own is None else compose_text(self.text, self.own.name)


def scenario_of(office: Office, visitor: Visitor, id: str) -> Found:
    """A scenario that the visitor may see.

    Parameters
    ----------
    office : Office
        Office.
    visitor : Visitor
        Who asks.
    id : str
        ``country/name`` of the package, or ``own/account/name``.

    Returns
    -------
    Found

    Raises
    ------
    HTTPException
        There is none, or it is another's.
    """
    names, parts = scenario_names(), id.split("/")
    if id in names:
        return Found(id, names[id].read_text("utf-8"), None)
    mine = len(parts) == 3 and parts[0] == "own" and _may_see(visitor, parts[1])
    held = own_scenario(office.settings, parts[1], parts[2]) if mine else None
    if held is None:
        raise HTTPException(404)
    return Found(id, held.text, held)


def seen_by(office: Office, visitor: Visitor) -> list[OwnScenario]:
    """Scenarios of one's own; those of all for those who administer."""
    if visitor.account.role < Role.analyst:
        return []
    every = visitor.account.role >= Role.administrator
    return own_scenarios(office.settings, None if every else visitor.account.name)


def _may_see(visitor: Visitor, account: str) -> bool:
    role = visitor.account.role
    return role >= Role.administrator or (role >= Role.analyst and account == visitor.account.name)


@router.get("/scenarios/{place}/{home}/{name}")
def show(
    request: Request, office: AnOffice, visitor: Viewer, *, place: Place, home: str, name: str
) -> Response:
    """What holds in every year, and the line that set it."""
    found = _found(office, visitor, place, home, name)
    own, lines = found.own, found.text.splitlines()
    mine = own is not None and own.account == visitor.account.name
    try:
        scenario = found.compose()
    except WorkbenchError as fault:  # a newer version of the package may refuse what was kept
        return text_form(request, found.text, fault=fault, replaces=name if mine else "")
    basis = found.id if own is None else f"{scenario.country.lower()}/{scenario.files[0].name}"
    return page(
        request, "scenario.html", scenario=scenario, own=own, mine=mine, lines=lines,
        rooms=settings_of(scenario, locale_of(request)), room_words=ROOMS, id=found.id,
        address=f"/scenarios/{place}/{home}/{name}", basis=basis,
    )  # fmt: skip


@router.get("/scenarios/{place}/{home}/{name}/yaml")
def file(office: AnOffice, visitor: Viewer, place: Place, home: str, name: str) -> Response:
    """The file, as ``keruen run`` takes it."""
    found = _found(office, visitor, place, home, name)
    head = {"Content-Disposition": f'attachment; filename="{name}.yaml"'}
    return Response(found.text, media_type="application/yaml", headers=head)


@router.get("/scenarios/{place}/{home}/{name}/tables.xlsx")
def tables(office: AnOffice, visitor: Viewer, place: Place, home: str, name: str) -> Response:
    """Values of all keys by year, and every change, as a workbook."""
    import pandas as pd

    from keruen.report.table_release import write_tables

    scenario = _found(office, visitor, place, home, name).compose()
    changes = [scenario.explain(key).assign(key=key) for key in scenario.keys]
    made = {"settings": scenario.table(), "changes": pd.concat(changes, ignore_index=True)}
    with TemporaryDirectory() as folder:
        write_tables(made, Path(folder), workbook="tables")
        body = (Path(folder) / "tables.xlsx").read_bytes()
    head = {"Content-Disposition": f'attachment; filename="{name}.xlsx"'}
    return Response(body, media_type=EXCEL, headers=head)


@router.get("/scenarios/own/{account}/{name}/edit")
def edit(
    request: Request,
    office: AnOffice,
    visitor: Analyst,
    *,
    account: str,
    name: str,
    as_text: bool = False,
) -> Response:
    """One's own scenario in the form, or as text where a form cannot hold it."""
    found = _mine(office, visitor, account, name)
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"{name}.yaml"
        path.write_text(found.text, encoding="utf-8")
        told, faults = read_scenario_file(path)
    draft = None if as_text or faults else draft_of(told)
    if draft is None:
        return text_form(request, found.text, replaces=name)
    return lever_form(request, draft, replaces=name)


@router.post("/scenarios/own/{account}/{name}/delete", dependencies=[OwnForm])
def delete(office: AnOffice, visitor: Analyst, account: str, name: str) -> Response:
    """Delete a scenario of one's own."""
    _mine(office, visitor, account, name)
    remove_own(office.settings, visitor.account.name, name)
    office.audit.write(visitor.account.name, "scenario deleted", name)
    return RedirectResponse("/runs", status_code=303)


def _found(office: Office, visitor: Visitor, place: Place, home: str, name: str) -> Found:
    return scenario_of(office, visitor, f"{'own/' if place == 'own' else ''}{home}/{name}")


def _mine(office: Office, visitor: Visitor, account: str, name: str) -> Found:
    if account != visitor.account.name:
        raise HTTPException(404)
    return scenario_of(office, visitor, f"own/{account}/{name}")
