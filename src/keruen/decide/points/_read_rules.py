# SPDX-License-Identifier: Apache-2.0
"""A rule file as a rule set: inputs, derived and dated values, caps, prerequisites."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final

from keruen.core.codes import is_country
from keruen.core.errors import raise_faults
from keruen.decide.points._check import check_rule_set
from keruen.decide.points._nodes import Faults, Node, Where
from keruen.decide.points._read_factors import STATUSES, read_condition, read_factor
from keruen.decide.points.rule_set import RuleSet
from keruen.decide.points.rules import (
    Cap,
    Changes,
    DatedValue,
    Derivation,
    Derived,
    Input,
    InputKind,
    Prerequisite,
    Status,
    Take,
    Text,
)

_TOP: Final = (
    "id", "title", "note", "jurisdiction", "valid_from", "valid_to", "status", "source", "link",
    "pass_mark", "max_total", "partial", "inputs", "derived", "values", "factors", "caps",
    "prerequisites",
)  # fmt: skip
_NEEDED: Final = (
    "id", "title", "jurisdiction", "valid_from", "status", "source", "inputs", "factors",
)  # fmt: skip
_BASIS: Final = {
    "valid_from", "valid_to", "inputs", "derived", "values", "factors", "caps", "prerequisites",
}  # fmt: skip
"""What must be written without a fault before it is checked against itself."""
_DERIVATIONS: Final[tuple[Derivation, ...]] = (
    "least_of", "most_of", "sum_of", "ratio_of", "chosen_by",
)  # fmt: skip
_INPUTS: Final[tuple[InputKind, ...]] = ("number", "choice", "flag")
_CHANGES: Final[tuple[Changes, ...]] = ("never", "up", "any")
_TAKES: Final[tuple[Take, ...]] = ("sum", "best")
_FLAG: Final = {
    "no": {"en": "no", "ru": "нет", "kk": "жоқ"},
    "yes": {"en": "yes", "ru": "да", "kk": "иә"},
}


def make_rule_set(told: Mapping[str, Any], *, where: Where | None = None) -> RuleSet:
    """A points system from its plain structure, every fault of it told at once.

    Parameters
    ----------
    told : mapping
        What a rule file holds: texts, numbers, lists and mappings.
    where : callable, optional
        Gives file and line of a place, named by its keys from the top.

    Returns
    -------
    RuleSet

    Raises
    ------
    ScenarioError
        ``RuleError``: a table has a gap or an overlap, a date is missing, a name is not known,
        the most points cannot be reached or can be exceeded; all faults together.

    See Also
    --------
    score_profiles : Runs it.

    Notes
    -----
    Every table is checked on every day on which something of the rule set begins or ends, so
    that a gap which opens years later is found when the file is read.

    Examples
    --------
    >>> same = dict.fromkeys(("en", "ru", "kk"), "Age")
    >>> told = {
    ...     "id": "demo", "title": same, "jurisdiction": "KAZ", "valid_from": "2026-01-01",
    ...     "status": "draft", "source": same, "max_total": 10,
    ...     "inputs": {"age": {"kind": "number", "label": same}},
    ...     "factors": {"age": {"kind": "band", "input": "age", "rows": [
    ...         {"from": None, "to": 40, "points": 10}, {"from": 41, "to": None, "points": 0}]}},
    ... }
    >>> make_rule_set(told)
    Traceback (most recent call last):
    keruen.core.errors.ScenarioError: bands leave a gap from 40 to 41 (factors.age.rows.1): ...
    """
    faults = Faults(where or (lambda path: ".".join(map(str, path)) or "rule set"))
    top = Node(told, (), faults)
    top.fields(_TOP, _NEEDED)
    rules = _rule_set(top) if all(map(top.has, ("valid_from", "inputs", "factors"))) else None
    if rules is not None and not faults.sections & _BASIS:
        check_rule_set(rules, faults)
    raise_faults(faults.found, where=faults.where(()).partition(",")[0])
    if rules is None:
        raise AssertionError("a rule set without its fields has faults")
    return rules


def _rule_set(top: Node) -> RuleSet | None:
    start = top.at("valid_from").day()
    inputs = {name: _input(name, node) for name, node in top.at("inputs").named()}
    derived = {name: _derived(name, node, inputs) for name, node in top.at("derived").named()}
    labels = {name: one.label for name, one in (inputs | derived).items()}
    status = top.at("status").word(STATUSES, "draft")
    factors = {
        name: read_factor(name, node, labels, status) for name, node in top.at("factors").named()
    }
    if start is None:
        return None
    country = top.at("jurisdiction")
    if country.value is not None and not is_country(country.text()):
        country.fault(f"'{country.value}' is not a country", "ISO 3166-1 alpha-3, as KAZ")
    _once(top, [inputs, derived, factors, dict(top.at("caps").named())])
    return RuleSet(
        id=top.at("id").text(),
        title=top.at("title").texts(),
        note=top.at("note").texts(),
        jurisdiction=country.text(),
        valid_from=start,
        valid_to=_end(top, start),
        status=status,
        source=top.at("source").texts(),
        link=top.at("link").text(),
        pass_mark=top.at("pass_mark").bound(0.0) if top.has("pass_mark") else None,
        max_total=top.at("max_total").number() if top.has("max_total") else None,
        partial=bool(top.at("partial").value),
        inputs=inputs,
        derived=derived,
        values={name: _value(name, node, status) for name, node in top.at("values").named()},
        factors={name: one for name, one in factors.items() if one is not None},
        caps={name: _cap(name, node, inputs) for name, node in top.at("caps").named()},
        prerequisites={
            name: _prerequisite(name, node, status)
            for name, node in top.at("prerequisites").named()
        },
        where=top.where.partition(",")[0],
    )


def _end(top: Node, start: date) -> date | None:
    end = top.at("valid_to").day()
    if end is not None and end <= start:
        top.at("valid_to").fault(f"it ends on {end}, not after it begins", f"after {start}")
    return end


def _once(top: Node, groups: Iterable[Mapping[str, object]]) -> None:
    """A factor may be called as its input is; a cap and a derived number have their own name."""
    inputs, derived, factors, caps = groups
    for a, b, what in ((inputs, derived, "derived"), (factors, caps, "caps")):
        for name in a.keys() & b.keys():
            top.at(what).at(name).fault(f"the name '{name}' is used twice", "give it another")


def _input(name: str, node: Node) -> Input:
    node.fields(
        ["kind", "label", "unit", "codes", "low", "high", "if_empty", "changes", "together"],
        ["kind", "label"],
    )
    if not isinstance(node.value, Mapping):
        return Input(name, "flag", {}, codes=_FLAG)
    kind = node.at("kind").word(_INPUTS)
    codes: dict[str, Text] = dict(_FLAG) if kind == "flag" else {}
    if kind == "choice":
        codes = {code: one.texts() for code, one in node.at("codes").named()}
        if len(codes) < 2:
            node.fault("a choice needs two codes or more", "give 'codes:' with their labels")
    low = node.at("low").number() if node.has("low") else None
    high = node.at("high").number() if node.has("high") else None
    if low is not None and high is not None and low > high:
        node.fault(f"its range runs from {low:g} down to {high:g}", "exchange low and high")
    default = node.at("changes").word(_CHANGES, "up" if kind == "number" else "any")
    return Input(
        name=name,
        kind=kind,
        label=node.at("label").texts(),
        unit=node.at("unit").text(),
        codes=codes,
        low=low,
        high=high,
        if_empty=_if_empty(node, codes),
        changes=default,
        together=node.at("together").text(),
        where=node.where,
    )


def _if_empty(node: Node, codes: Mapping[str, Text]) -> float | str | None:
    if not node.has("if_empty"):
        return None
    given = node.at("if_empty")
    if not codes:
        return given.number()
    if given.text() not in codes:
        given.fault(f"'{given.value}' is not a code of it", f"one of {', '.join(codes)}")
    return given.text()


def _derived(name: str, node: Node, inputs: Mapping[str, Input]) -> Derived:
    kinds = [kind for kind in _DERIVATIONS if node.has(kind)]
    node.fields([*_DERIVATIONS, "label", "of"], ["label"])
    if len(kinds) != 1:
        node.fault("a derived number is made in one way", f"one of {', '.join(_DERIVATIONS)}")
        return Derived(name, "least_of", {}, ())
    kind = kinds[0]
    given = node.at(kind)
    label = node.at("label").texts()
    if kind != "chosen_by":
        return Derived(name, kind, label, given.words(), where=node.where)
    by = given.text()
    cases = {code: one.text() for code, one in node.at("of").named()}
    codes = inputs[by].codes if by in inputs else {}
    if set(cases) != set(codes):
        node.fault(f"the cases are not the codes of {by}", f"give {', '.join(codes) or 'a choice'}")
        return Derived(name, kind, label, (), by, where=node.where)
    return Derived(name, kind, label, tuple(cases[code] for code in codes), by, where=node.where)


def _value(name: str, node: Node, status: Status) -> DatedValue:
    node.fields(["label", "unit", "dates", "status", "reference"], ["label", "dates"])
    dates: list[tuple[date, float | None]] = []
    for key, one in node.at("dates").named() if isinstance(node.value, Mapping) else ():
        day = Node(key, one.path, one.faults).day()
        if day is not None:
            dates.append((day, None if one.value is None else one.number()))
    if [day for day, _ in dates] != sorted({day for day, _ in dates}):
        node.fault("its dates are not in order", "begin with the first")
    return DatedValue(
        name,
        node.at("label").texts(),
        node.at("unit").text(),
        tuple(dates),
        node.at("status").word(STATUSES, status),
        node.at("reference").text(),
        node.where,
    )


def _cap(name: str, node: Node, inputs: Mapping[str, Input]) -> Cap:
    node.fields(["label", "of", "most", "by", "take", "reference"], ["label", "of"])
    by = node.at("by").text() if node.has("by") else ""
    take = node.at("take").word(_TAKES, "sum")
    most: tuple[float, ...] = ()
    if by:
        table = dict(node.at("most").named())
        codes = inputs[by].codes if by in inputs else {}
        if set(table) != set(codes):
            node.fault(f"the limits are not by the codes of {by}", f"give {', '.join(codes)}")
        else:
            most = tuple(table[code].number() for code in codes)
    elif node.has("most"):
        most = (node.at("most").number(),)
    elif take == "sum":
        node.fault("the cap has no limit", "give 'most:', or 'take: best'")
    return Cap(
        name, node.at("label").texts(), node.at("of").words(), most, by, take,
        node.at("reference").text(), node.where,
    )  # fmt: skip


def _prerequisite(name: str, node: Node, status: Status) -> Prerequisite:
    node.fields(
        ["label", "when", "reference", "status", "valid_from", "valid_to"], ["label", "when"]
    )
    return Prerequisite(
        name,
        node.at("label").texts(),
        read_condition(node.at("when")),
        node.at("valid_from").day(),
        node.at("valid_to").day(),
        node.at("status").word(STATUSES, status),
        node.at("reference").text(),
        node.where,
    )
