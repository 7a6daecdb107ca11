# SPDX-License-Identifier: Apache-2.0
"""Factors of a rule file: eight kinds written for people, one table of points behind them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import pairwise
from typing import Final

from keruen.decide.points._conditions import Bound, Check, Condition, Group
from keruen.decide.points._nodes import Node
from keruen.decide.points.rules import Factor, Kind, Side, Status

KINDS: Final[tuple[Kind, ...]] = (
    "band", "choice", "per_unit", "per_ability", "cross", "flag", "table_by",
)  # fmt: skip
STATUSES: Final[tuple[Status, ...]] = ("official", "cross-checked", "to be confirmed", "draft")
_COMMON: Final = (
    "kind", "label", "reference", "status", "valid_from", "valid_to", "only_when",
)  # fmt: skip
_FIELDS: Final[Mapping[Kind, tuple[str, ...]]] = {
    "band": ("input", "rows"),
    "choice": ("input", "rows"),
    "per_unit": ("input", "unit", "points", "most"),
    "per_ability": ("inputs", "rows"),
    "cross": ("input", "rows", "by", "columns"),
    "flag": ("points",),
    "table_by": ("input", "rows", "by", "columns"),
}
_OPS: Final = ("at_least", "above", "at_most", "below", "is", "in")
_MOST_UNITS: Final = 10_000


def read_condition(node: Node) -> Condition:
    """A condition: ``all``, ``any``, ``not``, or one comparison."""
    if isinstance(node.value, Mapping):
        for join in ("all", "any"):
            if join in node.value:
                node.fields([join])
                parts = tuple(read_condition(one) for one in node.at(join).items())
                if not parts:
                    node.fault(f"'{join}' joins nothing", "list conditions below it")
                return Group("all" if join == "all" else "any", parts)
        if "not" in node.value:
            node.fields(["not"])
            return Group("not", (read_condition(node.at("not")),))
    return _read_check(node)


def _read_check(node: Node) -> Check:
    if not node.fields(["input", "points", *_OPS]):
        return Check("", of_points=False, op="in", value=())
    subjects = [key for key in ("input", "points") if node.has(key)]
    ops = [key for key in _OPS if node.has(key)]
    if len(subjects) != 1 or len(ops) != 1:
        remedy = f"give input or points, and one of {', '.join(_OPS)}"
        node.fault("this is not one comparison", remedy)
        return Check("", of_points=False, op="in", value=())
    subject, op, given = node.at(subjects[0]).text(), ops[0], node.at(ops[0])
    of_points = subjects[0] == "points"
    if op in ("is", "in"):
        return Check(subject, of_points, "in", given.words())
    for one in ("at_least", "above", "at_most", "below"):
        if op == one:
            return Check(subject, of_points, one, given.bound(0.0))
    raise AssertionError(op)


def read_factor(
    name: str, node: Node, labels: Mapping[str, Mapping[str, str]], status: Status
) -> Factor | None:
    """A factor, as sure as the rule set when it does not say; None when nothing is made of it."""
    if not isinstance(node.value, Mapping) or not node.has("kind"):
        node.fault("a factor needs a kind", f"kind: one of {', '.join(KINDS)}")
        return None
    kind = node.at("kind").word(KINDS)
    fields = _FIELDS[kind]
    extra = {"per_ability": ("by", "columns"), "flag": ("input", "when")}.get(kind, ())
    if not node.fields([*_COMMON, *fields, *extra], fields):
        return None
    shape = _per_unit(node) if kind == "per_unit" else _flag(node) if kind == "flag" else None
    rows, columns, points, lines = shape or _table(kind, node)
    inputs = node.at("inputs").words() if kind == "per_ability" else (rows.input,)
    label = node.at("label").texts() if node.has("label") else labels.get(inputs[0])
    if label is None and inputs[0]:
        node.fault(f"'{inputs[0]}' is not known here", f"one of {', '.join(labels)}")
    elif label is None:
        node.fault("the factor has no label", "give 'label:' in three languages")
    return Factor(
        name=name,
        kind=kind,
        label=label or dict.fromkeys(("en", "ru", "kk"), name),
        inputs=inputs,
        rows=rows,
        columns=columns,
        points=points,
        only_when=read_condition(node.at("only_when")) if node.has("only_when") else None,
        valid_from=node.at("valid_from").day(),
        valid_to=node.at("valid_to").day(),
        status=node.at("status").word(STATUSES, status),
        reference=node.at("reference").text(),
        where=(node.where, *lines),
    )


_Shape = tuple[Side, "Side | None", tuple[tuple["float | None", ...], ...], tuple[str, ...]]


def _per_unit(node: Node) -> _Shape:
    """Points for every whole unit: the band of each number of units, up to the most."""
    unit, points, most = (node.at(key).number() for key in ("unit", "points", "most"))
    line = node.where
    if min(unit, points, most) <= 0 or most / points > _MOST_UNITS:
        node.fault("a unit, its points and the most are above 0", "give for example 0.5, 1, 20")
        return Side(node.at("input").text(), ((-math.inf, math.inf),)), None, ((0.0,),), (line,)
    steps = math.ceil(most / points)
    cuts: list[Bound] = [step * unit for step in range(1, steps + 1)]
    edges: list[Bound] = [-math.inf, *cuts, math.inf]
    table = tuple((min(step * points, most),) for step in range(steps + 1))
    bands = tuple(pairwise(edges))
    return Side(node.at("input").text(), bands), None, table, (line,) * (steps + 1)


def _flag(node: Node) -> _Shape:
    """Points when a flag is yes, or a condition holds."""
    points, line = node.at("points").number(), node.where
    if node.has("input") == node.has("when"):
        node.fault("a flag has either 'input' or 'when'", "give one of them")
    if node.has("when"):
        rows = Side("", when=read_condition(node.at("when")))
    else:
        rows = Side(node.at("input").text(), codes=(("no",), ("yes",)))
    return rows, None, ((0.0,), (points,)), (line, line)


def _table(kind: Kind, node: Node) -> _Shape:
    columns = None
    if node.has("by"):
        columns = _columns(node)
    elif kind in ("cross", "table_by") or node.has("columns"):
        node.fault("the table has no 'by'", "name the input that its columns are about")
    width = len(columns) if columns else 1
    entries = node.at("rows").items()
    if not entries:
        node.fault("the table has no rows", "give at least one")
    made = [_row(kind, one, width) for one in entries]
    bands = tuple(one[0] for one in made if one[0] is not None)
    codes = tuple(one[1] for one in made if one[1] is not None)
    if bands and codes:
        node.fault("rows of bands and of codes in one table", "keep to one of the two")
        codes = ()
    points = tuple(one[2] for one in made if bool(one[0]) == bool(bands))
    lines = tuple(one.where for one in entries)
    subject = node.at("inputs").words()[0] if kind == "per_ability" else node.at("input").text()
    return Side(subject, bands, codes), columns, points, lines


def _columns(node: Node) -> Side:
    """Columns: bands as {from, to}, or codes, alone or several in a list."""
    by = node.at("by").text()
    entries = node.at("columns").items() if node.has("columns") else []
    if not entries:
        node.fault("the table has no 'columns'", f"list the codes or bands of {by}")
        return Side(by, codes=((),))
    if isinstance(entries[0].value, Mapping):
        for one in entries:
            one.fields(["from", "to"])
        return Side(by, tuple(_band(one) for one in entries))
    return Side(by, codes=tuple(one.words() for one in entries))


_Row = tuple["tuple[Bound, Bound] | None", "tuple[str, ...] | None", tuple["float | None", ...]]


def _row(kind: Kind, node: Node, width: int) -> _Row:
    """Band or codes of a row, and its points; ``points: null`` where they are not held."""
    if not node.fields(["from", "to", "is", "points"]):
        return None, (), (0.0,) * width
    points = _points(node, width)
    if node.has("is"):
        if kind == "band":
            node.fault("a band is of a number", "give 'from:' and 'to:'")
        return None, node.at("is").words(), points
    if kind == "choice":
        node.fault("a choice names codes", "give 'is:'")
        return None, (), points
    return _band(node), None, points


def _points(node: Node, width: int) -> tuple[float | None, ...]:
    if "points" not in node.value:
        node.fault("'points' is missing", "give 'points:', null where they are not held")
        return (0.0,) * width
    given = node.at("points")
    cells = given.items() if isinstance(given.value, list) else [given]
    if len(cells) != width:
        node.fault(f"{len(cells)} points for {width} columns", "give points for each column")
        return (0.0,) * width
    return tuple(None if one.value is None else one.number() for one in cells)


def _band(node: Node) -> tuple[Bound, Bound]:
    return node.at("from").bound(-math.inf), node.at("to").bound(math.inf)
