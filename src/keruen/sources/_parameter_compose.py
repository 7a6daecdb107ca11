# SPDX-License-Identifier: Apache-2.0
"""Files of parameters laid over each other: later dates win and remember what they replaced."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from difflib import get_close_matches
from typing import Any

from keruen.core.errors import ScenarioError, WorkbenchError
from keruen.sources._parameter_files import RawParameter, RawValue, unknown_codes
from keruen.sources._parameter_types import Dated, Parameter, kind_of


def composed(
    known: Mapping[str, Parameter], raw: RawParameter, faults: list[WorkbenchError]
) -> Parameter | None:
    """A parameter with the values of a further file; None when they do not fit."""
    base = known.get(raw.key)
    problems = list(_missing(raw, known) if base is None else _clashes(base, raw))
    faults += problems
    if problems:
        return None
    if base is None:
        label, unit, codes = dict(raw.label or {}), str(raw.unit), raw.codes or ""
        held: dict[date, Dated] = {}
    else:
        label, unit, codes = dict(raw.label or base.label), base.unit, base.codes
        held = {one.start: one for one in base.values}
    for one in raw.values:
        held[one.start] = _dated(one, raw, base, held.get(one.start))
    ordered = sorted(held.values(), key=lambda each: each.start)
    ends = [*(each.start for each in ordered[1:]), None]
    values = tuple(replace(each, until=end) for each, end in zip(ordered, ends, strict=True))
    return Parameter(raw.key, label, unit, codes, values)


def _dated(one: RawValue, raw: RawParameter, base: Parameter | None, old: Dated | None) -> Dated:
    inherited = base.values[-1].reference if base is not None else None
    reference = one.reference or raw.reference or inherited
    assert reference is not None  # noqa: S101 - _missing has refused a parameter without any
    status: Any = one.status or raw.status or "confirmed"
    return Dated(
        start=one.start,
        until=None,
        value=one.value,
        status=status,
        reference=reference,
        note=dict(one.note or raw.note or {}),
        where=f"{one.place.file}, line {one.place.line}",
        replaces=old.where if old is not None else "",
    )


def _missing(raw: RawParameter, known: Mapping[str, Parameter]) -> Iterator[ScenarioError]:
    """Fields that a parameter of no earlier file must bring."""
    lacks = [name for name in ("label", "unit", "reference") if getattr(raw, name) is None]
    if "reference" in lacks and all(one.reference for one in raw.values):
        lacks.remove("reference")
    if lacks:
        near = get_close_matches(raw.key, known, n=1)
        hint = f"did you mean '{near[0]}'? " if near else ""
        yield ScenarioError(
            f"no file before this one has '{raw.key}', and it lacks {', '.join(lacks)}",
            where=str(raw.place),
            remedy=f"{hint}a new parameter needs all its fields",
            id="UnknownParameter",
        )


def _clashes(base: Parameter, raw: RawParameter) -> Iterator[ScenarioError]:
    """What of a further file does not fit the parameter of the files before."""
    if raw.unit is not None and raw.unit != base.unit:
        yield ScenarioError(
            f"the unit is '{raw.unit}', but '{base.unit}' in the file before",
            where=str(raw.place),
            remedy="give the value in the unit of the parameter and leave 'unit' out",
            id="UnitMismatch",
        )
    kind = next((kind_of(one.value) for one in base.values if one.value is not None), "")
    for one in raw.values:
        if kind and kind_of(one.value) not in (kind, ""):
            yield ScenarioError(
                f"a {kind_of(one.value)} where the parameter is a {kind}",
                where=str(one.place),
                remedy="give the same kind of value",
                id="RuleError",
            )
        elif base.codes and raw.codes is None and isinstance(one.value, dict):
            yield from unknown_codes(one.value, one.place, base.codes)
