# SPDX-License-Identifier: Apache-2.0
"""What a profile says beside its figures of labour: definitions, methods, names of industries."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

from keruen.core._lists import code_list, rows
from keruen.report.labour_case import RECENT
from keruen.report.labour_run import LabourRun
from keruen.report.locale import Count, Locale, Message, Percent, Year, msg
from keruen.report.records import shipped_labour_record

_LEAD: Final = "10"
_JOINED: Final = {
    "B-F": msg("Industry and construction"),
    "G-U": msg("Services"),
}


RULES: Final[dict[str, Message]] = {
    "constant": msg("as in the base year"),
    "cohort": msg("as each cohort goes on"),
}
"""Rules of participation other than the fading trend."""
_UNTESTED: Final = msg("Track record of this projection: not evaluated.")


@dataclass(frozen=True)
class Industry:
    """An industry by its ISIC code."""

    code: str

    def render(self, locale: Locale) -> str:
        """The industry's name."""
        if self.code in _JOINED:
            return locale.say(_JOINED[self.code])
        named = _names().get((self.code, locale.lang))
        return named or code_list("isic4")[self.code].title


@cache
def _names() -> dict[tuple[str, str], str]:
    own = [row for row in rows("code_names") if row["list"] == "isic4"]
    return {(row["code"], lang): row[f"name_{lang}"] for row in own for lang in ("ru", "kk")}


def definition(run: LabourRun) -> Message:
    """By whose definition people are employed."""
    if run.case.definition == "ilo":
        return msg(
            "Annual averages by the estimates of the ILO to {base}; national figures differ.",
            base=Year(run.case.base),
        )
    return msg(
        "Annual averages by national figures to {base}: labour force = employed / "
        "(1 − unemployment rate). From the ILO comes the pattern by sex and age, shifted to the "
        "national total; the two definitions are not mixed.",
        base=Year(run.case.base),
    )


def ages(run: LabourRun) -> Message:
    """Which ages participation is held for."""
    if run.case.apart:
        return msg(
            "Participation is held for ages 15–24, 25–54, 55–64 and 65 and over, not for single "
            "ages; 15–24 and 55–64 are told apart by the employment rate of 15–24."
        )
    return msg(
        "Participation is held for ages 25–54, 65 and over, and for 15–24 and 55–64 together, not "
        "for single ages."
    )


def record() -> Message:
    """What a past projection of the labour force was worth."""
    found = shipped_labour_record()
    if not found:
        return _UNTESTED
    ten = found["leads"][_LEAD]
    return msg(
        "Track record, labour force of {number} countries ten years after {origin}: off by "
        "{error}, constant rates by {rival}; 80 % bounds held {inside} of outcomes. Today's "
        "estimates cut at the time. Demand and gap: not evaluated.",
        number=Count(found["number"]),
        origin=Year(found["origin"]),
        error=Percent(ten["mae"]),
        rival=Percent(ten["rival_mae"]),
        inside=Percent(100 * ten["inside_80"], 0),
    )


def force_notes(run: LabourRun) -> tuple[Message, ...]:
    """Beside the labour force."""
    assert run.nation.paths is not None  # noqa: S101  (an outlook has paths)
    paths = run.nation.paths.sizes["trajectory"]
    made = msg(
        "Supply is the labour force less the unemployment of {base} ({rate}). Intervals from "
        "{paths} paths of population, participation and demand; participation goes on by its "
        "fading trend.",
        base=Year(run.case.base),
        rate=Percent(100 * run.case.unemployment),
        paths=Count(paths),
    )
    rule = RULES.get(str(run.options["participation"]))
    if rule is None:
        return (definition(run), ages(run), made, *demand_notes(run), record())
    made = msg(
        "Supply is the labour force less the unemployment of {base} ({rate}). Intervals from "
        "{paths} paths of population and demand; participation: {rule}.",
        base=Year(run.case.base),
        rate=Percent(100 * run.case.unemployment),
        paths=Count(paths),
        rule=rule,
    )
    return (definition(run), ages(run), made, *demand_notes(run), _UNTESTED)


def demand_notes(run: LabourRun) -> tuple[Message, ...]:
    """How demand was made."""
    answer = run.case.elasticity
    growth = 100 * float(run.demand.growth[-1])
    if run.demand.method == "trend" or answer is None:
        return (
            msg(
                "Demand is employment that goes on growing by {growth} a year, its own mean.",
                growth=Percent(growth),
            ),
        )
    return (
        msg(
            "Demand is employment that follows output: {elasticity} % for each percent of growth, "
            "as in the last {years} years known; growth of {growth} a year, the mean of the last "
            "{recent} years, is an assumption.",
            elasticity=Count(answer.value, 2),
            years=Count(answer.years),
            growth=Percent(growth),
            recent=Count(RECENT),
        ),
    )


def zero_note(run: LabourRun) -> Message:
    """What the gap of the base year is."""
    return msg(
        "Vacancies are not held: in {base} demand is taken to be the employed, so the gap of "
        "that year is 0 by construction.",
        base=Year(run.case.base),
    )


def causes_notes(run: LabourRun) -> tuple[Message, ...]:
    """Beside the reasons of the gap."""
    return (
        msg(
            "Reasons since {base}, which add to the gap: what demand adds; what more people (−) or "
            "fewer (+) of each age add without migration from {first} on, at the rates of {base}; "
            "what migration adds; what rates add.",
            base=Year(run.case.base),
            first=Year(run.case.base + 1),
        ),
        zero_note(run),
    )


def sector_notes(run: LabourRun) -> tuple[Message, ...]:
    """Beside employment by industry."""
    joined = run.case.definition == "ilo"
    method = msg(
        "Shares of industries go on by their fading trends and add to demand in every year."
    )
    if not joined:
        return (method,)
    return (method, msg("Employment by section is not held: three broad groups of the ILO."))


def region_notes(run: LabourRun) -> tuple[Message, ...]:
    """Beside the regions."""
    assert run.regions is not None and run.regions.paths is not None  # noqa: S101, PT018
    return (
        msg(
            "Each region has the nation's rates shifted to its own labour force of {base}; regions "
            "add to the nation in every year and path. Demand: the region's share in employment "
            "on its fading trend; regions founded in 2022 keep their share in the one they were "
            "taken from.",
            base=Year(run.case.base),
        ),
        msg(
            "Intervals from {paths} paths; ages of the regions are modelled.",
            paths=Count(run.regions.paths.sizes["trajectory"]),
        ),
        msg("Track record of this projection: not evaluated."),
    )


def ratio_notes() -> tuple[Message, ...]:
    """Beside the ratios."""
    return (
        msg(
            "People of all ages outside the labour force for each person in it; more of them for "
            "each worker does not mean that they live on them alone."
        ),
    )
