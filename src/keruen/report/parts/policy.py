# SPDX-License-Identifier: Apache-2.0
"""Policy tools: which the workbench offers, what they say here, and every assumption behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

from keruen.report.build import Desk
from keruen.report.document import Column, Exhibit, Row, Section, Table
from keruen.report.locale import Count, Message, Percent, Value, Verbatim, Year, msg
from keruen.report.parts.policy_figures import (
    assumed_exhibit,
    dated_parameters,
    evaluation_exhibit,
    gains_exhibit,
    gains_findings,
    gains_gaps,
    quota_exhibit,
    regularisation_exhibit,
)
from keruen.report.welfare_words import STATUSES

if TYPE_CHECKING:
    from keruen.sources.parameters import Parameters

GRIDS: Final = {
    "KAZ": "kazakhstan-example",
    "AUS": "australia-skilled",
    "AUT": "austria-shortage",
    "CAN": "canada-crs",
    "GBR": "uk-skilled-worker",
    "JPN": "japan-hsp",
    "NZL": "new-zealand-smc",
}
"""Points grids of the package by country."""
_NOW: Final = 2026
_Line = tuple[str, Message, Value, Value, str]
"""Key, name of the tool, what it says here, status, command."""


def section(desk: Desk) -> Section:
    """Which policy tools there are for the country, and what they say from what is held."""
    exhibits = [
        _tools(desk),
        quota_exhibit(desk),
        regularisation_exhibit(desk),
        gains_exhibit(desk),
        assumed_exhibit(desk),
        evaluation_exhibit(desk),
    ]
    held = dated_parameters(desk.country)
    gaps = (
        ()
        if held is not None
        else (msg("The package holds no dated parameters of law of this country."),)
    )
    return Section(
        "policy",
        msg("Policy tools"),
        findings=gains_findings(desk),
        exhibits=tuple(one for one in exhibits if one is not None),
        gaps=(*gaps, *gains_gaps(desk)),
    )


def tool_lines(desk: Desk) -> tuple[_Line, ...]:
    """Every tool with what it says of the country, and how that is known.

    Parameters
    ----------
    desk : Desk
        The country.

    Returns
    -------
    tuple of (str, Message, Value, Value, str)
        Key, name, what it says here, status, command.
    """
    return tuple(line for make in _MAKERS for line in make(desk))


def law_day(desk: Desk) -> str:
    """Day whose law stands in the tools, in ISO form."""
    return f"{desk.year or _NOW}-06-30"


def _tools(desk: Desk) -> Exhibit:
    """Every tool with what it says here."""
    rows = tuple(
        Row(key, name, (says, status, Verbatim(command)))
        for key, name, says, status, command in tool_lines(desk)
    )
    columns = (
        Column("says", msg("What it says here, and what it needs")),
        Column("status", msg("Status")),
        Column("command", msg("Command")),
    )
    return Exhibit(
        Table("policy_tools", msg("Tool"), columns, rows),
        msg("Policy tools of the workbench, and what they say from the data held"),
        notes=(
            msg(
                "A tool proposes and explains; an officer decides. Values of law are dated: those "
                "of {year} stand here. Full assumptions of every run stand in its own files.",
                year=Year(law_day(desk)[:4]),
            ),
        ),
    )


def _status(held: Parameters, keys: tuple[str, ...], day: str) -> Message:
    """The weaker status of several parameters on a day."""
    open_ = set(held.unconfirmed(day))
    return STATUSES["to be confirmed" if open_ & set(keys) else "confirmed"]


def _returns(desk: Desk) -> Iterator[_Line]:
    """Quotas of ethnic return and resettlement with their support."""
    held, day = dated_parameters(desk.country), law_day(desk)
    if held is None:
        return
    keys = ("kaz.kandas_quota", "kaz.resettlers_quota")
    values = held.at(day)
    if any(key not in values for key in keys):
        return
    regions = [values.get(f"{key}.regions") for key in keys]
    counts = [len(one) if isinstance(one, dict) else None for one in regions]
    yield (
        "returns",
        msg("Quotas of ethnic return and resettlement"),
        msg(
            "{kandas} ethnic return migrants in {first} regions, {resettlers} resettlers in "
            "{second}. Needs: the register of applications.",
            kandas=Count(float(str(values[keys[0]]))),
            resettlers=Count(float(str(values[keys[1]]))),
            first=Count(counts[0]),
            second=Count(counts[1]),
        ),
        _status(held, keys, day),
        "keruen quota",
    )
    support = ("kaz.resettlement.relocation", "kaz.mci")
    if all(key in values for key in support):
        each, index = (float(str(values[key])) for key in support)
        yield (
            "support",
            msg("Support of those resettled"),
            msg(
                "Relocation: {each} monthly calculation indices a person, {money} tenge. Needs: "
                "families and places, for which school, work and housing they find.",
                each=Count(each),
                money=Count(each * index),
            ),
            _status(held, support, day),
            "keruen place",
        )


def _labour(desk: Desk) -> Iterator[_Line]:
    """Quotas of foreign labour in persons of the labour force, and permits of households."""
    held, day = dated_parameters(desk.country), law_day(desk)
    if held is None:
        return
    values = held.at(day)
    keys = ("kaz.labour_quota.employers", "kaz.labour_quota.households")
    force = desk.own("derived.labour_force")
    year = int(day[:4])
    known = force is not None and year in force.indexes["year"]
    if all(key in values for key in keys) and force is not None and known:
        people = float(force.sel(year=year))
        shares = [float(str(values[key])) for key in keys]
        yield (
            "foreign_labour",
            msg("Quota of foreign labour"),
            msg(
                "{employers} of the labour force on permits of employers, {households} in "
                "households: {first} and {second} persons of the {force} that the ILO "
                "estimates. Needs: vacancies and graduates by occupation.",
                employers=Percent(shares[0], 2),
                households=Percent(shares[1], 2),
                first=Count(round(people * shares[0] / 100, -2)),
                second=Count(round(people * shares[1] / 100, -3)),
                force=Count(round(people, -3)),
            ),
            _status(held, keys, day),
            "keruen project skills",
        )
    permits = ("kaz.household_permits.months", "kaz.household_permits.payment", "kaz.mci",
            "kaz.household_permits.most_workers")  # fmt: skip
    months = values.get(permits[0])
    if all(key in values for key in permits) and isinstance(months, dict):
        pay = float(str(values[permits[1]]))
        yield (
            "household_permits",
            msg("Permits of labour immigrants in households"),
            msg(
                "For {shortest} to {longest} months, up to {all}; tax in advance {pay} indices a "
                "month, {money} tenge; at most {most} workers an employer. Needs: one price with "
                "the permits in force at it.",
                shortest=Count(float(months["shortest"])),
                longest=Count(float(months["longest"])),
                all=Count(float(months["in_all"])),
                pay=Count(pay),
                money=Count(pay * float(str(values[permits[2]]))),
                most=Count(float(str(values[permits[3]]))),
            ),
            _status(held, permits, day),
            "keruen permits",
        )


def _points(desk: Desk) -> Iterator[_Line]:
    """A points grid of the country, or how to try one."""
    from keruen.sources.point_rules import read_point_rules

    name = GRIDS.get(desk.country)
    label = msg("Points for qualified migrants")
    content = read_point_rules(name)[-1].content if name else {}
    if not content or str(content["valid_from"]) > law_day(desk):
        says = msg("No grid of the country is held. Needs: a file of rules and the profiles.")
        yield "points", label, says, Verbatim(""), "keruen points"
        return
    from keruen.report.welfare_exhibits import Labelled

    status = STATUSES.get(str(content["status"]), msg("draft"))
    marks = content.get("pass_mark")
    facts: dict[str, Value | str] = {
        "title": Labelled(content["title"]),
        "factors": Count(float(len(content["factors"]))),
    }
    if isinstance(marks, (int, float)):
        says = msg(
            "{title}: {factors} factors, pass mark {mark}. Needs: the profiles of applicants.",
            mark=Count(float(marks)),
            **facts,
        )
    else:
        says = msg("{title}: {factors} factors. Needs: the profiles of applicants.", **facts)
    yield "points", label, says, status, f"keruen points {name}"


def _models(desk: Desk) -> Iterator[_Line]:
    """Tools that need the user's own data everywhere."""
    yield (
        "regularise",
        msg("Regularisation programme"),
        msg("Needs: the irregular stock with its interval, the rule, fees and wages."),
        msg("model with ranges"),
        "keruen regularise",
    )
    yield (
        "refugees",
        msg("Reception of asylum seekers"),
        msg("Needs: applications, officers and decisions by month; places in reception."),
        msg("model with ranges"),
        "keruen refugees",
    )
    yield (
        "evaluate",
        msg("Did a policy work?"),
        msg("Needs: the outcome by unit and year, and when the policy reached each unit."),
        msg("estimate with checks"),
        "keruen evaluate",
    )
    yield (
        "welfare",
        msg("Who gains from migration"),
        msg("In brief below, on assumed ranges; a file of the country's own may replace them."),
        msg("model with ranges"),
        f"keruen welfare {desk.country}",
    )


_Maker = Callable[[Desk], Iterator[_Line]]
_MAKERS: Final[tuple[_Maker, ...]] = (_returns, _labour, _points, _models)
