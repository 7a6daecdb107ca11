# SPDX-License-Identifier: Apache-2.0
"""Reports of the policy tools from what a form asks for, and the ledger of a country."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from keruen.report.locale import Lang, Locale
from keruen.web.once import once
from keruen.web.policy_forms import Form, Given, ToolName, form_of, partners, read_form

if TYPE_CHECKING:
    from keruen.report.document import Report

DRAWS: Final = 2000
_SAMPLE: Final = 256
_SIDES: Final = ("migrant", "receiving", "sending")
Key = tuple[tuple[str, str], ...]
"""The changed fields of a form: with the tool and the country they name a result."""


@once(16)
def ledger(country: str) -> Report:
    """The policy ledger of a country, kept for the next reader."""
    from keruen.report.policy_ledger import policy_report

    return policy_report(country)


@once(24)
def ledger_page(country: str, lang: Lang) -> str:
    """The policy ledger as a page."""
    from keruen.report.pages import html_page

    return html_page(ledger(country), Locale(lang))


@once(8)
def tool_report(tool: ToolName, country: str, case: str, key: Key) -> Report:
    """The report of a tool on a country.

    Parameters
    ----------
    tool : {"regularise", "permits", "refugees", "welfare"}
        Tool.
    country : str
        ISO 3166-1 alpha-3 code.
    case : str
        Case of a programme; empty for the first.
    key : tuple of (str, str)
        The fields that the reader changed.

    Returns
    -------
    Report

    Raises
    ------
    WorkbenchError
        What is asked for cannot be.
    """
    form = form_of(tool, country, case)
    given = read_form(form, dict(key))
    return _MAKERS[tool](form, given, country, case)


@once(24)
def tool_page(tool: ToolName, country: str, case: str, key: Key, lang: Lang) -> str:
    """The report of a tool as a page."""
    from keruen.report.pages import html_page

    return html_page(tool_report(tool, country, case, key), Locale(lang))


def book(report: Report, lang: Lang) -> bytes:
    """The tables of a report as a workbook."""
    from keruen.report.pages import write_pages

    with TemporaryDirectory() as folder:
        write_pages(report, Locale(lang), Path(folder), "tables", formats=("xlsx",))
        return (Path(folder) / "tables.xlsx").read_bytes()


def _regularise(_: Form, given: Given, country: str, case: str) -> Report:
    from keruen.report.regularise_page import regularise_report
    from keruen.report.regularise_run import run_regularise

    run = run_regularise(
        country, case=case, draws=DRAWS, years=int(float(given.options["years"])),
        size=_size(given), changes=given.numbers,
    )  # fmt: skip
    return regularise_report(run)


def _permits(_: Form, given: Given, country: str, __: str) -> Report:
    from keruen.report.permit_page import permit_report
    from keruen.report.permit_run import run_permits

    run = run_permits(country, draws=DRAWS, size=_size(given), changes=given.numbers)
    return permit_report(run)


def _refugees(_: Form, given: Given, country: str, __: str) -> Report:
    from keruen.report.caseload_page import caseload_report
    from keruen.report.caseload_run import run_caseload_plan

    asked = given.options
    names = ("officers", "rate", "recognition", "withdrawal", "housed")
    terms = {name: asked[name].replace(",", ".") for name in names}
    run = run_caseload_plan(
        country,
        terms={**terms, "withdrawal": terms["withdrawal"] or "0"},
        backlog=int(float(asked["backlog"])) if asked["backlog"] else None,
        shocks=[asked["shock"]] if asked["shock"] else [],
        months_after=int(float(asked["months_after"])),
        confidence=float(asked["confidence"].replace(",", ".")),
        draws=DRAWS // 2,
    )
    return caseload_report(run)


def _welfare(_: Form, given: Given, country: str, __: str) -> Report:
    from keruen.report.policy_changes import welfare_file
    from keruen.report.welfare_page import welfare_report
    from keruen.report.welfare_run import run_welfare

    asked = given.options
    numbers: Mapping[str, float | None] = {
        name: float(asked[name].replace(",", ".")) if asked[name] else None
        for name in ("year", "inflow", "outflow", *(f"weight_{side}" for side in _SIDES))
    }
    year = numbers["year"]
    weights = {side: numbers[f"weight_{side}"] for side in _SIDES}
    with TemporaryDirectory() as folder:
        file = Path(folder) / "changes.yaml"
        file.write_text(welfare_file(given.numbers), encoding="utf-8")
        run = run_welfare(
            country,
            year=None if year is None else int(year),
            partners=partners(asked["partner"]),
            inflow=numbers["inflow"],
            outflow=numbers["outflow"],
            assumptions=[file] if given.numbers else [],
            weights={side: value for side, value in weights.items() if value is not None},
            draws=DRAWS // 2,
            sensitivity=bool(asked["sensitivity"]),
        )
    return welfare_report(run)


def _size(given: Given) -> int:
    return _SAMPLE if given.options["sensitivity"] else 0


_MAKERS: Final = {
    "regularise": _regularise, "permits": _permits, "refugees": _refugees, "welfare": _welfare,
}  # fmt: skip
