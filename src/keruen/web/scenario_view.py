# SPDX-License-Identifier: Apache-2.0
"""What pages tell of scenarios: keys by room with what set them, and faults by line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from keruen.core.errors import WorkbenchError
from keruen.report.locale import Locale, Message, msg
from keruen.report.units import unit_words
from keruen.scenario.page import STATUSES
from keruen.scenario.settings_page import Held
from keruen.web.troubles import told

if TYPE_CHECKING:
    from keruen.scenario.composed import Scenario, Step
    from keruen.scenario.schema import Key

ROOMS: Final[Mapping[str, Message]] = {
    "decide": msg("What policy sets"),
    "project": msg("What is taken to come"),
    "measure": msg("What is measured"),
}
"""Rooms of keys, in the order of forms."""
HOW: Final[Mapping[str, Message]] = {
    "value": msg("set to"),
    "scale": msg("multiply by"),
    "add": msg("add"),
}
"""What a change does."""
STEPS: Final[Mapping[str, Message]] = {
    "national projection": msg("population of the country"),
    "regions": msg("regions"),
    "labour": msg("labour"),
    "measurement": msg("measurement"),
    "placement": msg("placement of families"),
    "welfare": msg("who gains"),
    "outcomes": msg("outcomes"),
    "tables": msg("tables"),
}
"""What a run is doing, in words."""
_PLACE: Final = re.compile(r"(?P<file>.+), line (?P<line>\d+)(?:, (?P<path>.+))?")
_MOST: Final = 200


@dataclass(frozen=True)
class Fault:
    """A fault of a scenario for its author.

    Parameters
    ----------
    file : str
        File; empty when it is of no one place.
    line : int
        Line; 0 when it is of no one line.
    text : str
        What stands there.
    key : str
        Key that is changed there; empty when none is.
    what, remedy : str
        What is wrong and what to do, in the reader's language.
    """

    file: str
    line: int
    text: str
    key: str
    what: str
    remedy: str


@dataclass(frozen=True)
class Setting:
    """A key of a composed scenario, as a page tells of it.

    Parameters
    ----------
    key : Key
        What it is.
    unit, status : str
        In the reader's language.
    bounds : str
        Lowest and highest value, or the choices.
    choices : dict of str to str
        What a choice may be, with words.
    value : str
        Values by years.
    steps : tuple of (Step, str, str)
        What set it, in order, with the values before and after.
    lever : bool
        Whether it is one of those that readers move.
    changed : bool
        Whether another file than the first set it.
    """

    key: Key
    unit: str
    status: str
    bounds: str
    choices: Mapping[str, str]
    value: str
    steps: tuple[tuple[Step, str, str], ...]
    lever: bool
    changed: bool


def faults_of(fault: WorkbenchError, text: str, locale: Locale) -> list[Fault]:
    """The faults of a scenario's text by line.

    Parameters
    ----------
    fault : WorkbenchError
        What is wrong.
    text : str
        The text.
    locale : Locale
        Language.

    Returns
    -------
    list of Fault
        At most 200.
    """
    lines, found = text.splitlines(), []
    for one in told(fault, locale)[:_MOST]:
        place = _PLACE.fullmatch(one.cells)
        file, number, path = ("", "0", "") if place is None else place.group("file", "line", "path")
        at = int(number)
        stands = lines[at - 1].strip() if 0 < at <= len(lines) else ""
        path = path or ""
        key = path.removeprefix("set.") if path.startswith("set.") else path
        found.append(Fault(file, at, stands[:_MOST], key, one.what, one.remedy))
    return found


def settings_of(scenario: Scenario, locale: Locale) -> dict[str, list[Setting]]:
    """Keys of a composed scenario by room, with what set each.

    Parameters
    ----------
    scenario : Scenario
        Scenario.
    locale : Locale
        Language.

    Returns
    -------
    dict of str to list of Setting
        In the order of :data:`ROOMS`; rooms without keys are left out.
    """
    found: dict[str, list[Setting]] = {room: [] for room in ROOMS}
    for name, key in scenario.keys.items():
        found.setdefault(name.split(".")[0], []).append(_setting(scenario, key, locale))
    return {room: keys for room, keys in found.items() if keys}


def _setting(scenario: Scenario, key: Key, locale: Locale) -> Setting:
    steps = scenario.steps[key.name]

    def spans(values: tuple[float | str | None, ...]) -> str:
        return Held(scenario.years, values).render(locale)

    def held(value: float | str) -> str:
        return Held((0,), (value,)).render(locale)

    choices = {one: held(one) for one in key.choices}
    status = STATUSES.get(key.status)
    return Setting(
        key=key,
        unit=unit_words(key.unit).render(locale) if key.unit else "",
        status=key.status if status is None else locale.say(status),
        bounds=", ".join(choices.values()) or " … ".join(map(held, (key.low, key.high))),
        choices=choices,
        value=spans(scenario.held(key.name)),
        steps=tuple((one, spans(one.before), spans(one.after)) for one in steps),
        lever=key.name in scenario.levers,
        changed=steps[-1].scenario != scenario.files[0].name,
    )
