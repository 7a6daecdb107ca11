# SPDX-License-Identifier: Apache-2.0
"""Track records that the package ships and prints beside its projections."""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import Any, Final

from keruen.core.codes import country_name
from keruen.project.backtest import NOT_EVALUATED

_LEADS: Final = ("5", "10", "20")


@cache
def shipped_record() -> dict[str, Any]:
    """The back-test of the population projection that is shipped with the package.

    Returns
    -------
    dict
        As :func:`keruen.report.backtest_release.record` makes it; ``command`` repeats it.

    Examples
    --------
    >>> shipped_record()["command"].split()[:4]
    ['keruen', 'project', 'backtest', 'all']
    """
    file = resources.files("keruen.report") / "records" / "population.json"
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found


def population_record(country: str | None = None, *, scenario: str = "medium") -> str:
    """What past projections say of a national projection: to stand beside every run.

    Parameters
    ----------
    country : str, optional
        Code of the country, whose own errors are told.
    scenario : str, optional
        Variant; only the medium one is a forecast, the others answer a what-if.

    Returns
    -------
    str
        Sentences on the United Nations' line of an earlier edition, on this engine with its
        own assumptions, and on the country; ``not evaluated`` for other variants.

    See Also
    --------
    keruen.project.backtest.record_text : The record of any method.

    Examples
    --------
    >>> population_record("KAZ").startswith("United Nations' edition of 2017 for 2020: ")
    True
    >>> population_record("KAZ", scenario="high")
    'not evaluated'
    """
    if scenario != "medium":
        return NOT_EVALUATED
    found = shipped_record()
    parts = [_edition(found["edition"]), _own(found), *_country(found, country)]
    return f"{'. '.join(parts)}. Beyond 20 years: {NOT_EVALUATED}"


def _edition(one: dict[str, Any]) -> str:
    return (
        f"United Nations' edition of 2017 for 2020: off by {one['mae']:.1f} % in "
        f"{one['countries']} countries (median {one['median_error']:.1f} %), {_verdict(one)}"
    )


def _own(found: dict[str, Any]) -> str:
    ten = found["totals"]["10"]
    return (
        "This engine with assumptions made at the time (today's data cut there), 10 years "
        f"ahead: off by {ten['mae']:.1f} %, {_verdict(ten)}; 80 % intervals held "
        f"{ten['inside_80']:.0%}"
    )


def _country(found: dict[str, Any], country: str | None) -> list[str]:
    errors = found["countries"].get(country)
    if not errors:
        return []
    told = zip(found["totals"], errors, strict=True)
    text = ", ".join(f"{error:.1f} % after {lead}" for lead, error in told if lead in _LEADS)
    return [f"{country_name(str(country))} itself: {text} years"]


def _verdict(one: dict[str, Any]) -> str:
    joined = "from" if one["verdict"].startswith("no ") else "than"
    return f"{one['verdict']} {joined} {one['rival']}"


@cache
def shipped_labour_record() -> dict[str, Any]:
    """The back-test of the labour force that is shipped with the package.

    Returns
    -------
    dict
        As :func:`keruen.report.labour_backtest.record` makes it; empty where none is shipped.
    """
    file = resources.files("keruen.report") / "records" / "labour.json"
    if not file.is_file():
        return {}
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found


def labour_record(country: str | None) -> str:
    """What past projections say of a labour force: to stand beside every run on trends.

    Parameters
    ----------
    country : str or None
        Code of the country; None for a run that was never tested.

    Returns
    -------
    str
        A sentence, or ``not evaluated``.
    """
    found = shipped_labour_record()
    if country is None or not found:
        return NOT_EVALUATED
    ten = found["leads"]["10"]
    own = found["countries"].get(country)
    text = (
        f"labour force from the data to {found['origin']} ({found['label']}), 10 years ahead, "
        f"{found['number']} countries: off by {ten['mae']:.1f} %, constant rates by "
        f"{ten['rival_mae']:.1f} %; 80 % intervals held {ten['inside_80']:.0%}, 95 % "
        f"{ten['inside_95']:.0%}"
    )
    text += f". {country_name(country)} itself: {own[1]:+.1f} %" if own else ""
    return f"{text}. Demand and gap: {NOT_EVALUATED}"
