# SPDX-License-Identifier: Apache-2.0
"""Tools of the policy ledger that law and the country's own cases feed: returns, permits, points.

A tool says what it answers, what of it is held, assumed and missing here, how good the evidence
is, and what it comes to: from the modules that compute it, never by arithmetic of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from keruen.core.origin import Source
from keruen.report.build import Desk
from keruen.report.document import Exhibit, Report
from keruen.report.locale import Count, Message, Value, msg
from keruen.report.parts.policy import GRIDS, law_day, tool_lines
from keruen.report.parts.policy_figures import (
    dated_parameters,
    evaluation_exhibit,
    quota_exhibit,
)
from keruen.report.policy_page import GIVEN, PUBLISHED, cases_source, given_source
from keruen.report.policy_pieces import (
    Tool,
    counted_statuses,
    headlines_exhibit,
    moved,
    told,
)
from keruen.report.policy_words import NOT_COUNTED, NOT_COUNTED_PERMITS
from keruen.report.welfare_words import STATUSES as CONFIRMED

if TYPE_CHECKING:
    from keruen.report.permit_run import PermitRun
    from keruen.report.regularise_run import RegulariseRun

DRAWS: Final = 1000


def law_lines(desk: Desk, keys: Sequence[str]) -> tuple[Value, ...]:
    """What dated law says of some tools, each with how it is known.

    Parameters
    ----------
    desk : Desk
        The country.
    keys : sequence of str
        Keys of :func:`keruen.report.parts.policy.tool_lines`.

    Returns
    -------
    tuple of Value
        Empty where the package holds no law of the country.
    """
    return tuple(
        msg("{tool}: {says} Status: {status}.", tool=name, says=says, status=status)
        for key, name, says, status, _ in tool_lines(desk)
        if key in keys
    )


def returns(desk: Desk) -> Tool:
    """Quotas of ethnic return and resettlement, and the placement of those who come."""
    law = law_lines(desk, ("returns", "support"))
    fit = evaluation_exhibit(desk)
    nothing = msg("No estimate of what such quotas change is held.")
    which = msg("Which method would fit stands in the table below.")
    return Tool(
        id="returns",
        title=msg("Ethnic return and resettlement: quotas and placement"),
        question=msg(
            "How many may come or move with support, and in which places will they find school, "
            "work and housing?"
        ),
        fits="part" if law else "own",
        held=law,
        missing=(
            msg(
                "The register of applications, and room by service and locality: an officer sends "
                "them as a workbook."
            ),
            *(() if law else (msg("Quotas of this country, as dated law."),)),
        ),
        assumed=(msg("Placement: weights of criteria, which the officer sets and sees."),),
        evidence=(nothing, which) if fit else (nothing,),
        cost=_support(desk) if law else (msg("Not known: no rule of support is held."),),
        gains=(
            msg(
                "Not estimated for these quotas alone; of a year's migration as a whole see who "
                "gains from migration."
            ),
        ),
        left_out=(msg("What return is worth to families and to the country beside income."),),
        exhibits=(fit,) if fit else (),
    )


def _support(desk: Desk) -> tuple[Message, ...]:
    """What relocation costs the budget if every place is used, where law tells both numbers."""
    whole = msg("The budget pays the support; its amount a person stands under what is held.")
    held, day = dated_parameters(desk.country), law_day(desk)
    values = {} if held is None else held.at(day)
    keys = ("kaz.resettlers_quota", "kaz.resettlement.relocation", "kaz.mci")
    if held is None or any(key not in values for key in keys):
        return (whole,)
    places, indices, index = (float(str(values[key])) for key in keys)
    open_ = set(held.unconfirmed(day)) & set(keys)
    return (
        whole,
        msg(
            "If every place of the quota of resettlers is used, relocation alone comes to {money} "
            "million tenge: {places} persons times {indices} indices of {index} tenge. Status: "
            "{status}.",
            money=Count(places * indices * index / 1e6),
            places=Count(places),
            indices=Count(indices),
            index=Count(index),
            status=CONFIRMED["to be confirmed" if open_ else "confirmed"],
        ),
    )


def labour(desk: Desk) -> Tool:
    """Quotas of foreign labour, and the price of personal permits and patents."""
    law = law_lines(desk, ("foreign_labour", "household_permits"))
    run = permit_case(desk.country)
    quotas = quota_exhibit(desk)
    report = None if run is None else _permit_report(run)
    shown: tuple[Exhibit, ...] = (quotas,) if quotas else ()
    source: tuple[Source, ...] = ()
    if run is not None and report is not None:
        names = {GIVEN: "policy.permits"}
        source = (replace(given_source(run.files), id=names[GIVEN]),)
        shown += (headlines_exhibit(report, "permits", names),
                  *moved(report, ("peaks",), "permits", names))  # fmt: skip
    own = msg("Vacancies and graduates by occupation, for the quota an occupation needs.")
    price = msg("One price of a permit with the number in force at it, for the price model.")
    return Tool(
        id="permits",
        title=msg("Foreign labour: quotas, permits and patents"),
        question=msg(
            "How many foreign workers does the law let in, and what does the price of a permit do "
            "to legal work and to revenue?"
        ),
        fits="part" if law or run else "own",
        held=law,
        missing=(own,) if run else (own, price),
        assumed=() if run is None else (counted_statuses(run.assumed),),
        evidence=(
            msg(
                "The answer of workers to the price is calibrated on one price and the permits in "
                "force at it; no change of a price has been evaluated here."
            ),
        ),
        cost=(msg("Workers and their employers pay the price; the treasury checks and issues."),),
        gains=(
            msg("Workers gain wages and safety by a permit, the treasury revenue; at the price of "
                "the highest revenue fewer work legally."),
        ),
        left_out=NOT_COUNTED_PERMITS,
        effect=() if report is None else told(report),
        exhibits=shown,
        sources=source,
    )  # fmt: skip


def regularise(desk: Desk) -> Tool:
    """Regularisation of irregular migrants: the country's own case, or the published ones."""
    from keruen.report.regularise_cases import cases_exhibit, shares_exhibit
    from keruen.report.regularise_page import regularise_report
    from keruen.sources.policy_files import regularisation_cases

    run = regularise_case(desk.country)
    names = {GIVEN: "policy.regularise", PUBLISHED: PUBLISHED}
    cases = regularisation_cases()
    shown: tuple[Exhibit, ...] = (
        (shares_exhibit(cases),) if run else (shares_exhibit(cases), cases_exhibit(cases))
    )
    sources: tuple[Source, ...] = (cases_source(),)
    effect: tuple[Value, ...] = ()
    if run is not None:
        report = regularise_report(run)
        sources += (replace(given_source(run.files), id=names[GIVEN]),)
        effect = told(report)
        shown = (headlines_exhibit(report, "regularise", names),
                 *moved(report, ("fiscal_person", "parties"), "regularise", names),
                 *shown)  # fmt: skip
    return Tool(
        id="regularise",
        title=msg("Regularisation of irregular migrants"),
        question=msg(
            "Whom does a programme reach, what follows for wages and the treasury, and how many "
            "are irregular again later?"
        ),
        fits="part" if run else "own",
        held=(
            msg("The programme of 2006: people approved, as published.") if run else
            msg("Published programmes of other countries."),
        ),
        missing=(
            msg("Wages and contracts after the programme, and who kept the permit.") if run else
            msg("The irregular stock with its interval, the rule, fees and wages of the country."),
        ),
        assumed=() if run is None else (counted_statuses(run.inputs.assumed),),
        evidence=(
            msg("Published programmes stand below; shares of different wholes cannot be compared."),
        ),
        cost=(msg("The treasury pays for the cases and for services; migrants pay the fee."),),
        gains=(
            msg("By side in the table of who gains; no sum over the sides.") if run else
            msg("Not computed without figures of the country."),
        ),
        left_out=NOT_COUNTED,
        effect=effect,
        exhibits=shown,
        sources=sources,
    )  # fmt: skip


def points(desk: Desk) -> Tool:
    """Points systems and rounds of invitations."""
    law = law_lines(desk, ("points",)) if desk.country in GRIDS else ()
    return Tool(
        id="points",
        title=msg("Points systems and rounds of invitations"),
        question=msg(
            "Who has how many points and why, where does the cut-off go, and do the points choose "
            "well?"
        ),
        fits="part" if law else "own",
        held=law,
        missing=(
            *(() if law else (msg("A grid of this country, as dated law."),)),
            msg("A pool of candidates and what became of those admitted: no country publishes them "
                "person by person."),
        ),
        assumed=(msg("Future rounds: arrivals as before; shares accepted and withdrawn are "
                     "assumed."),),
        evidence=(
            msg("Whether points choose well is known only where outcomes of those admitted are "
                "given; of the refused nothing is observed."),
        ),
        cost=(msg("Not estimated: work of the office and time of the candidates."),),
        gains=(msg("Not estimated: a grid orders candidates and creates no places."),),
        left_out=(msg("Candidates whom the rules keep from applying at all."),),
    )  # fmt: skip


@lru_cache(maxsize=4)
def permit_case(country: str) -> PermitRun | None:
    """The package's case of permits of a country; None where there is none."""
    from keruen.report.permit_run import run_permits
    from keruen.sources.policy_files import policy_cases

    if f"permits-{country.lower()}" not in policy_cases():
        return None
    return run_permits(country, draws=DRAWS, size=0)


@lru_cache(maxsize=4)
def regularise_case(country: str) -> RegulariseRun | None:
    """The package's first case of a programme of a country; None where there is none."""
    from keruen.report.regularise_run import run_regularise
    from keruen.sources.policy_files import policy_cases

    if not any(name.startswith(f"{country.lower()}-") for name in policy_cases()):
        return None
    return run_regularise(country, draws=DRAWS, size=0)


def _permit_report(run: PermitRun) -> Report:
    from keruen.report.permit_page import permit_report

    return permit_report(run)
