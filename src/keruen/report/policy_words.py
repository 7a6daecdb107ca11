# SPDX-License-Identifier: Apache-2.0
"""Words of the policy models: assumptions, statuses, published cases, what is not counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from keruen.report.locale import Listing, Message, msg

if TYPE_CHECKING:
    from keruen.report.policy_inputs import Assumed

ASSUMPTIONS: Final[dict[str, Message]] = {
    "stock_place": msg("Size of the irregular stock"),
    "approved_published": msg("People approved, as published"),
    "permit_years": msg("Length of the permit"),
    "employer_needed": msg("An employer is needed"),
    "clean_record_needed": msg("A clean record is needed"),
    "employer": msg("Share with an employer ready to sign"),
    "clean_record": msg("Share with a clean record"),
    "take_up": msg("Take-up among those eligible"),
    "take_up_base": msg("Take-up: base, log odds"),
    "take_up_gain": msg("Take-up: weight of the net gain"),
    "take_up_employer": msg("Take-up: weight of needing an employer"),
    "take_up_fee": msg("Take-up: weight of the fee"),
    "take_up_window": msg("Take-up: weight of a month of the window"),
    "approval_rate": msg("Approved among applicants"),
    "wage_month": msg("Monthly wage before"),
    "wage_gain": msg("Gain of wages from legal status"),
    "formal_before": msg("Share with a contract before"),
    "formal_after": msg("Share with a contract after"),
    "tax_rate": msg("Taxes and contributions on a formal wage"),
    "worker_rate": msg("Part of them that the worker bears"),
    "new_revenue": msg("Part of the revenue that is truly new"),
    "admin_cost": msg("Cost of a case"),
    "public_cost": msg("Added public cost a person and year"),
    "discount_rate": msg("Discount rate"),
    "job_kept": msg("Have a job when the permit ends"),
    "renewed_with_job": msg("Renewed, of those with a job"),
    "renewed_without_job": msg("Renewed, of those without a job"),
    "to_long": msg("Renewed as a long permit"),
    "lapsed_left": msg("Leave the country when the permit lapses"),
    "irregular_left": msg("Irregular migrants who leave within a year"),
    "short_left": msg("Holders of short permits who leave within a year"),
    "long_left": msg("Holders of long permits who leave within a year"),
    "long_lost": msg("Long permits lost within a year"),
    "new_irregular": msg("New irregular migrants a year"),
    "pull": msg("Pull: newcomers that the programme draws"),
    "pull_low": msg("Pull, least shown"),
    "pull_high": msg("Pull, most shown"),
    "remittance_share": msg("Share of added income sent home"),
    "competing_persons": msg("Competing workers"),
    "competing_wage_month": msg("Monthly wage of competing workers"),
    "competing_effect": msg("Change of wages of competing workers"),
    "complementary_persons": msg("Complementary workers"),
    "complementary_wage_month": msg("Monthly wage of complementary workers"),
    "complementary_effect": msg("Change of wages of complementary workers"),
    "price": msg("Monthly payment asked today"),
    "in_force": msg("Permits in force at that price"),
    "workers": msg("Foreign workers, with a permit and without"),
    "wage_irregular": msg("Monthly wage without a permit"),
    "wage_premium": msg("Gain of wages from the permit"),
    "paperwork": msg("Cost of papers a month"),
    "detection": msg("Chance of being found in a month"),
    "sanction": msg("Cost of being found"),
    "paid_months": msg("Months paid for in a year"),
    "months_per_payment": msg("Months that a payment covers"),
    "price_top": msg("Highest price shown"),
    "quota": msg("Quota of permits"),
}
"""Names of assumptions."""

STATUSES: Final[dict[str, Message]] = {
    "published": msg("published"),
    "to be confirmed": msg("to be confirmed"),
    "assumption": msg("assumption"),
    "practice": msg("made up"),
}
"""How an assumption or figure is known."""

UNIT_WORDS: Final[dict[str, Message]] = {
    "share": msg("share"),
    "ratio": msg("ratio"),
    "persons": msg("persons"),
    "years": msg("years"),
    "months": msg("months"),
    "EUR a year": msg("EUR a year"),
    "MCI": msg("monthly calculation indices"),
}
"""Units of assumptions; currencies stand as they are."""

CASES: Final[dict[str, Message]] = {
    "usa_1986": msg("United States 1986"),
    "italy_2002": msg("Italy 2002"),
    "spain_2005": msg("Spain 2005"),
    "kazakhstan_2006": msg("Kazakhstan 2006"),
    "colombia_2018": msg("Colombia 2018"),
}
"""Published programmes."""

MEASURES: Final[dict[str, Message]] = {
    "applications": msg("Applications"),
    "approved": msg("Approved"),
    "wage_gain": msg("Gain of wages"),
    "kept_status": msg("Had kept status three years later"),
    "renewed_with_employer": msg("Renewed with an employer"),
    "revenue_per_person": msg("Social security revenue a person and year"),
    "new_revenue_low": msg("Revenue that was truly new, lower"),
    "new_revenue_high": msg("Revenue that was truly new, upper"),
    "irregular_stock": msg("Irregular stock as estimated then"),
    "expected": msg("Approvals that the authorities expected"),
    "share_uzb": msg("From Uzbekistan, of those approved"),
    "permit_years": msg("Length of the permit"),
    "registered": msg("Registered before the programme"),
}
"""Figures of published programmes."""

PRECISIONS: Final[dict[str, Message]] = {
    "exact": msg("exact"),
    "about": msg("about"),
    "at least": msg("at least"),
    "more than": msg("more than"),
}
"""How closely a published figure is given."""

SOURCES: Final[dict[str, Message]] = {
    "literature": msg("literature; the first publication is not held"),
    "survey of mid-2005": msg("survey of mid-2005"),
    "registration RAMV": msg("registration RAMV"),
    "permit PEP-RAMV": msg("permit PEP-RAMV"),
}
"""Sources that are no citations; citations stand as they are."""

PARTIES: Final[dict[str, Message]] = {
    "migrant": msg("Migrants"),
    "receiving": msg("Receiving country"),
    "sending": msg("Countries of origin"),
}
"""Sides of the triple win."""

ITEMS: Final[dict[str, Message]] = {
    "income": msg("net income, less the fee"),
    "contracts": msg("work contracts gained"),
    "treasury": msg("net fiscal effect"),
    "competing": msg("wages of competing workers"),
    "complementary": msg("wages of complementary workers"),
    "remittances": msg("remittances to families"),
}
"""Gains of each side."""

BASES: Final[dict[str, Message]] = {
    "income": msg("Gain of wages, formal shares and the worker's part of taxes"),
    "contracts": msg("Formal shares before and after"),
    "treasury": msg("Part of revenue that is truly new, and added public costs"),
    "competing": msg("How their wages change"),
    "complementary": msg("How their wages change"),
    "remittances": msg("Share of added income sent home"),
}
"""Key assumption behind each gain."""

NOT_COUNTED: Final[tuple[Message, ...]] = (
    msg(
        "What rights, safety and freedom to travel are worth to migrants and their families: the "
        "income of migrants alone can fall when they begin to pay taxes."
    ),
    msg("Profits of employers, prices, and taxes other than those on wages."),
    msg(
        "Pensions and benefits that contributions will give a right to later: a programme looks "
        "better for the treasury while those regularised are young."
    ),
    msg("Fewer inspections and expulsions, and what irregular residents cost before."),
    msg("Return of migrants with savings and skills, and families who join them."),
)
"""What a regularisation model leaves out."""

NOT_COUNTED_PERMITS: Final[tuple[Message, ...]] = (
    msg("Workers who stay away, or move to another country, because of the price."),
    msg("Costs of inspections and of the permits; corruption, which may grow with the price."),
    msg("Wages of citizens, and taxes that legal workers pay beside the permit."),
    msg("Months paid for, taken as the same at every price: they may fall as the price rises."),
)
"""What the model of a permit's price leaves out."""

REASONS: Final[dict[str, Message]] = {
    "NotAsked": msg("it was not asked for"),
    "ExtraMissing": msg("the extra package for sensitivity is not installed"),
    "NothingVaries": msg("no assumption varies"),
    "ConstantOutcome": msg("no assumption changes it"),
}
"""Why there is no sensitivity."""

INDICATORS: Final[dict[str, Message]] = {
    "issued": msg("Permits issued"),
    "in_force": msg("Permits in force on the day"),
    "refused": msg("Refusals"),
    "refused_for": msg("Refused"),
    "mean_paid_months": msg("Months paid for on average"),
    "revenue_per_worker": msg("Paid by a worker on average"),
    "quota_use": msg("Use of the quota, percent"),
    "employers": msg("Employers"),
    "employer_concentration": msg("Concentration of employers (Herfindahl index)"),
    "largest_employers": msg("Share of the largest employers, percent, number"),
    "complaints": msg("Complaints"),
}
"""Indicators of a register of permits."""


def unsure(assumed: Assumed) -> tuple[Message, ...]:
    """That assumptions are to be confirmed, and which; nothing where none is.

    Parameters
    ----------
    assumed : Assumed
        Assumptions of the run.

    Returns
    -------
    tuple of Message
    """
    held = assumed.table
    names = held.loc[held["status"] == "to be confirmed", "name"]
    if not len(names):
        return ()
    return (
        msg(
            "To be confirmed against official texts, and so all that rests on it: {names}.",
            names=Listing(tuple(ASSUMPTIONS[str(name)] for name in names)),
        ),
    )
