# SPDX-License-Identifier: Apache-2.0
"""Forms of the policy tools: options and assumptions that a reader may change, and their faults."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, Literal

from keruen.core.errors import CodeError
from keruen.report.caseload_words import TERM_NAMES
from keruen.report.locale import Count, Message, Value, msg
from keruen.report.policy_changes import Assumption, case_assumptions, welfare_assumptions

ToolName = Literal["regularise", "permits", "refugees", "welfare"]
TOOLS: Final[Mapping[ToolName, Message]] = {
    "regularise": msg("Regularisation of irregular migrants"),
    "permits": msg("Price of a work permit"),
    "refugees": msg("Refugee reception and caseload"),
    "welfare": msg("Who gains from migration"),
}
"""Tools with a page of their own."""
NUMBERS: Final[Mapping[str, Message]] = {
    "low": msg("lowest"),
    "value": msg("most likely"),
    "mode": msg("most likely"),
    "high": msg("highest"),
    "at": msg("value"),
    "mean": msg("mean"),
    "sd": msg("standard deviation"),
    "a": msg("first shape"),
    "b": msg("second shape"),
}
"""Names of the numbers of an assumption."""
_SPAN: Final = msg("one number, or two with a colon when it is not known: 8:12")
_NUMBER: Final = msg("{field}: write a number from {low} to {high}.")
_ORDER: Final = msg("{field}: lowest, most likely and highest must stand in this order of size.")
_NEEDED: Final = msg("{field}: needed, and not held for this country.")
_ANY: Final = (-math.inf, math.inf)
_SMALL: Final = 1e-12


@dataclass(frozen=True)
class Option:
    """An option of a tool.

    Parameters
    ----------
    name : str
        Name of its field.
    label : Value
        What it is called.
    kind : {"number", "text", "check"}
        What it holds.
    first : str
        What it holds at first.
    limits : (float, float)
        Least and most of a number.
    needed : bool
        Whether nothing can be computed without it.
    note : Value or None
        How it is written.
    """

    name: str
    label: Value
    kind: Literal["number", "text", "check"] = "number"
    first: str = ""
    limits: tuple[float, float] = _ANY
    needed: bool = False
    note: Value | None = None


@dataclass(frozen=True)
class Form:
    """What a tool asks for in a country.

    Parameters
    ----------
    tool : str
        Tool.
    options : tuple of Option
        Options.
    assumptions : tuple of Assumption
        Assumptions with their numbers.
    """

    tool: ToolName
    options: tuple[Option, ...]
    assumptions: tuple[Assumption, ...]


@dataclass(frozen=True)
class Given:
    """What a reader asks for.

    Parameters
    ----------
    texts : dict of str to str
        Every field as given, or as at first.
    changed : dict of str to str
        The fields that differ from the first: they make the address.
    options : dict of str to str
        Options in effect.
    numbers : dict
        Changed numbers of assumptions.
    faults : tuple of Message
        What is wrong, all of it.
    """

    texts: dict[str, str]
    changed: dict[str, str]
    options: dict[str, str]
    numbers: dict[str, dict[str, float]]
    faults: tuple[Message, ...] = field(default=())


_SENSITIVITY: Final = Option(
    "sensitivity", msg("Tell which assumption moves the result most"), "check"
)
_REGULARISE: Final = (
    Option("years", msg("Years to follow"), first="10", limits=(1, 50)),
    _SENSITIVITY,
)
_REFUGEES: Final = (
    *(
        Option(name, TERM_NAMES[name], "text", needed=name in ("officers", "rate", "housed"),
               note=_SPAN)
        for name in ("officers", "rate", "housed", "recognition", "withdrawal")
    ),
    Option("backlog", TERM_NAMES["backlog"], limits=(0, 1e7),
           note=msg("empty for that of UNHCR")),
    Option("shock", msg("An event"), "text",
           note=msg("name, persons displaced, share that comes here, first month and months, such "
                    "as crisis:100000:0.01:4:3")),
    Option("months_after", msg("Months in reception after the decision"), first="1",
           limits=(0, 24)),
    Option("confidence", msg("Share of futures in which officers and places are enough"),
           first="0.95", limits=(0.5, 0.999)),
)  # fmt: skip
_WELFARE: Final = (
    Option("year", msg("Latest year to look at"), limits=(1990, 2026),
           note=msg("empty for the last of each source")),
    Option("partner", msg("Countries at the other end"), "text",
           note=msg("codes such as UZB, RUS; empty for all")),
    Option("inflow", msg("People who come, in place of the number last known"), limits=(1, 1e8)),
    Option("outflow", msg("People who go, in place of the number last known"), limits=(1, 1e8)),
    *(
        Option(f"weight_{side}", label, limits=(0, 1000),
               note=msg("give all three or none: without weights nothing is added up"))
        for side, label in (
            ("migrant", msg("Weight of migrants")),
            ("receiving", msg("Weight of the receiving side")),
            ("sending", msg("Weight of the sending side")),
        )
    ),
    _SENSITIVITY,
)  # fmt: skip


@lru_cache(maxsize=32)
def form_of(tool: ToolName, country: str, case: str = "") -> Form:
    """What a tool asks for in a country.

    Parameters
    ----------
    tool : {"regularise", "permits", "refugees", "welfare"}
        Tool.
    country : str
        ISO 3166-1 alpha-3 code.
    case : str, optional
        Case of a programme, where a country has several.

    Returns
    -------
    Form

    Raises
    ------
    CoverageError
        The package has no case of the country (``NoCase``).
    """
    from keruen.report import permit_run, regularise_inputs, regularise_run
    from keruen.sources.policy_files import PERMIT_PARTS, REGULARISE_PARTS, read_policy

    if tool == "refugees":
        return Form(tool, _REFUGEES, ())
    if tool == "welfare":
        return Form(tool, _WELFARE, welfare_assumptions())
    if tool == "permits":
        name = regularise_run.case_of(country, "", prefix="permits-")
        held = case_assumptions(read_policy(name, PERMIT_PARTS), permit_run.LIMITS)
        return Form(tool, (_SENSITIVITY,), held)
    name = regularise_run.case_of(country, case, prefix="")
    held = case_assumptions(read_policy(name, REGULARISE_PARTS), regularise_inputs.LIMITS)
    return Form(tool, _REGULARISE, held)


def first_texts(form: Form) -> dict[str, str]:
    """What the fields of a form hold before a reader changes them.

    Parameters
    ----------
    form : Form
        Form.

    Returns
    -------
    dict of str to str
    """
    texts = {one.name: one.first for one in form.options}
    for one in form.assumptions:
        texts |= {f"{one.name}.{key}": f"{value:.10g}" for key, value in one.numbers.items()}
    return texts


def read_form(form: Form, given: Mapping[str, str]) -> Given:
    """What the fields of a form ask for.

    Parameters
    ----------
    form : Form
        Form.
    given : mapping of str to str
        Fields by name; an empty one of an assumption stands as at first.

    Returns
    -------
    Given
    """
    first = first_texts(form)
    texts = {name: str(given.get(name, text)).strip() for name, text in first.items()}
    faults = [fault for one in form.options for fault in _option_faults(one, texts[one.name])]
    numbers: dict[str, dict[str, float]] = {}
    for one in form.assumptions:
        changed, wrong = _numbers(one, texts, first)
        faults += wrong
        if changed:
            numbers[one.name] = changed
    moved = {name: text for name, text in texts.items() if text != first[name]}
    kept = {name: text for name, text in moved.items() if text or "." not in name}
    options = {one.name: texts[one.name] for one in form.options}
    return Given(texts, kept, options, numbers, tuple(faults))


def _option_faults(option: Option, text: str) -> Sequence[Message]:
    if not text:
        return (Message(_NEEDED.text, {"field": option.label}),) if option.needed else ()
    if option.kind != "number" or _within(_number(text), option.limits):
        return ()
    return (_outside(option.label, option.limits),)


def _numbers(
    one: Assumption, texts: Mapping[str, str], first: Mapping[str, str]
) -> tuple[dict[str, float], list[Message]]:
    """The changed numbers of an assumption, and what is wrong with them."""
    changed: dict[str, float] = {}
    for key in one.numbers:
        text = texts[f"{one.name}.{key}"]
        if text in ("", first[f"{one.name}.{key}"]):
            continue
        value = _number(text)
        if value is None or not _within(value, one.limits):
            return {}, [_outside(one.label, one.limits)]
        changed[key] = value
    whole = {**one.numbers, **changed}
    ends = [whole[key] for key in ("low", "value", "mode", "high") if key in whole]
    if ends != sorted(ends):
        return {}, [Message(_ORDER.text, {"field": one.label})]
    return changed, []


def _number(text: str) -> float | None:
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _within(value: float | None, limits: tuple[float, float]) -> bool:
    return value is not None and limits[0] - _SMALL <= value <= limits[1] + _SMALL


def _outside(label: Value, limits: tuple[float, float]) -> Message:
    low, high = (Count(one, 2) if one % 1 else Count(one) for one in map(_finite, limits))
    return Message(_NUMBER.text, {"field": label, "low": low, "high": high})


def _finite(limit: float) -> float:
    return max(min(limit, 1e15), -1e15)


def partners(text: str) -> tuple[str, ...]:
    """Codes of countries in a field.

    Parameters
    ----------
    text : str
        Codes or names with commas between.

    Returns
    -------
    tuple of str

    Raises
    ------
    CodeError
        There is no such country.
    """
    from keruen.core.codes import country_code

    named = [part.strip() for part in text.replace(";", ",").split(",") if part.strip()]
    found = tuple(dict.fromkeys(country_code(one) for one in named))
    if len(found) > 50:
        raise CodeError("more than 50 countries are named", remedy="leave the field empty for all")
    return found
