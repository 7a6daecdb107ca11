# SPDX-License-Identifier: Apache-2.0
"""The policy ledger of a country: every tool on one page, with what it rests on and leaves out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from keruen.report.build import Desk
from keruen.report.document import Column, Exhibit, Part, Report, Row, Section, Table
from keruen.report.locale import Country, Message, Value, msg
from keruen.report.policy_pieces import Fits, Sentences, Tool
from keruen.report.policy_tools import labour, points, regularise, returns
from keruen.report.policy_world import gains, refugees, sending, skilled

TOOLS: Final[tuple[Callable[[Desk], Tool], ...]] = (
    returns, labour, regularise, points, refugees, sending, skilled, gains,
)  # fmt: skip
"""What makes each tool of the ledger, in its order."""

FITS: Final[dict[Fits, Message]] = {
    "held": msg("yes, from data held"),
    "part": msg("in part: some of it is assumed or missing"),
    "own": msg("with data of the country's own alone"),
}
"""Whether a tool says something of a country."""

_NOTHING: Final = msg("nothing is held")
_NO_EFFECT: Final = msg("not estimated")


def policy_tools(country: str, *, year: int | None = None) -> tuple[Tool, ...]:
    """Every policy tool of the package, and what it says of a country.

    Parameters
    ----------
    country : str
        ISO 3166-1 alpha-3 code.
    year : int, optional
        Latest year looked at.

    Returns
    -------
    tuple of Tool

    Raises
    ------
    CodeError
        The country is unknown.

    Examples
    --------
    >>> [one.id for one in policy_tools("KAZ")][:3]
    ['returns', 'permits', 'regularise']
    """
    desk = Desk(country, year)
    return tuple(make(desk) for make in TOOLS)


def policy_report(country: str, *, year: int | None = None) -> Report:
    """The policy ledger of a country as a document.

    Parameters
    ----------
    country : str
        ISO 3166-1 alpha-3 code.
    year : int, optional
        Latest year looked at.

    Returns
    -------
    Report
        A part with all tools side by side, and a section a tool.

    Raises
    ------
    CodeError
        The country is unknown.

    See Also
    --------
    keruen.report.parts.policy : The tools in brief, within a country's profile.
    """
    tools = policy_tools(country, year=year)
    desk_country = Country(Desk(country, year).country)
    return Report(
        id=f"policy-{country}",
        title=msg("{country}: policy ledger", country=desk_country),
        subtitle=msg(
            "Every policy tool of the workbench: what it answers, what is held, assumed and "
            "missing here, what it comes to, whom it costs and who gains. A tool proposes; an "
            "officer decides."
        ),
        headlines=(),
        parts=(
            Part("A", msg("All tools"), (_overview(tools),)),
            Part("B", msg("Tool by tool"), tuple(_section(one) for one in tools)),
        ),
        own_sources=tuple({one.id: one for tool in tools for one in tool.sources}.values()),
    )


def _overview(tools: tuple[Tool, ...]) -> Section:
    rows = tuple(
        Row(one.id, one.title, (one.question, FITS[one.fits], _said(one.effect, _NO_EFFECT),
                                _said(one.evidence, _NOTHING), _said(one.cost, _NOTHING)))
        for one in tools
    )  # fmt: skip
    columns = (
        Column("question", msg("Question it answers")),
        Column("fits", msg("Says something here")),
        Column("effect", msg("What it comes to")),
        Column("evidence", msg("Evidence that such a policy works")),
        Column("cost", msg("Cost, and to whom")),
    )
    note = msg(
        "Intervals hold 95 of 100 draws of what is not known. Effects of different tools are not "
        "added up: they overlap."
    )
    table = Table("policy_ledger", msg("Tool"), columns, rows)
    exhibit = Exhibit(table, msg("Policy tools side by side"), notes=(note,))
    return Section("overview", msg("Policy tools side by side"), exhibits=(exhibit,))


def _section(tool: Tool) -> Section:
    rows = {
        "question": (msg("Question it answers"), (tool.question,), _NOTHING),
        "fits": (msg("Says something here"), (FITS[tool.fits],), _NOTHING),
        "held": (msg("Data held"), tool.held, _NOTHING),
        "missing": (msg("Data missing"), tool.missing, msg("nothing")),
        "assumed": (msg("Assumed"), tool.assumed, msg("nothing")),
        "effect": (msg("What it comes to"), tool.effect, _NO_EFFECT),
        "evidence": (msg("Evidence that such a policy works"), tool.evidence, _NOTHING),
        "cost": (msg("Cost, and to whom"), tool.cost, _NOTHING),
        "gains": (msg("Who gains"), tool.gains, _NOTHING),
        "left_out": (msg("Not counted"), tool.left_out, msg("nothing")),
    }
    made = tuple(Row(key, label, (_said(said, none),)) for key, (label, said, none) in rows.items())
    columns = (Column("says", msg("What is known")),)
    table = Table(f"account_{tool.id}", msg("Point of the account"), columns, made)
    account = Exhibit(table, msg("{tool}: what it rests on", tool=tool.title))
    return Section(f"tool-{tool.id}", tool.title, exhibits=(account, *tool.exhibits))


def _said(items: tuple[Value, ...], none: Message) -> Value:
    return Sentences(items) if items else none
