# SPDX-License-Identifier: Apache-2.0
"""A file of dated parameters, checked: every fault with its line, all at once."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final

from keruen.core.codes import is_country, is_region
from keruen.core.errors import ScenarioError, WorkbenchError
from keruen.sources._parameter_types import Band, Reference, Value, as_date, kind_of
from keruen.sources.marked_yaml import Place, plain_value, read_yaml, unknown_keys

LANGS: Final = ("en", "ru", "kk")
STATUSES: Final = ("confirmed", "to be confirmed")
_CODES: Final = {"region": is_region, "country": is_country}
_FILE: Final = ("title", "acts", "parameters")
_PARAMETER: Final = ("label", "unit", "reference", "codes", "note", "status", "values")
_ENTRY: Final = ("value", "status", "reference", "note")
_ACT: Final = ("title", "link")
_NUMBER: Final = re.compile(r"[-+]?\d[\d\s\u00a0\u202f.,_']*%?")


@dataclass
class RawValue:
    """A dated value as one file gives it; None where the file does not say."""

    start: date
    value: Value
    place: Place
    status: str | None = None
    reference: Reference | None = None
    note: Mapping[str, str] | None = None


@dataclass
class RawParameter:
    """A parameter as one file gives it; a later file may give only a part."""

    key: str
    place: Place
    label: Mapping[str, str] | None = None
    unit: str | None = None
    reference: Reference | None = None
    codes: str | None = None
    note: Mapping[str, str] | None = None
    status: str | None = None
    sound: bool = True
    values: list[RawValue] = field(default_factory=list)


def read_file(path: Path, name: str) -> tuple[list[RawParameter], list[WorkbenchError]]:
    """Parameters of a file, and its faults."""
    tree = read_yaml(path, name)
    top = Place(name, 1)
    if not isinstance(tree, dict) or not isinstance(tree.get("parameters"), dict):
        what = "the file has no parameters"
        return [], [_fault(what, top, "give a mapping 'parameters:' of keys to parameters")]
    faults: list[WorkbenchError] = list(unknown_keys(tree, _FILE, top))
    if "title" in tree:
        _texts(tree["title"], top.below(tree, "title"), faults)
    acts = _acts(tree.get("acts") or {}, top.below(tree, "acts"), faults)
    node, place = tree["parameters"], top.below(tree, "parameters")
    found = []
    for key in node:
        before = len(faults)
        here = Place(name, place.below(node, key).line, str(key))
        found.append(_parameter(str(key), node[key], here, acts, faults))
        if len(faults) == before:
            faults += _kinds(found[-1])
        found[-1].sound = len(faults) == before
    return found, faults


def _fault(what: str, place: Place, remedy: str, *, id: str = "RuleError") -> ScenarioError:
    return ScenarioError(what, where=str(place), remedy=remedy, id=id)


def _texts(node: object, place: Place, faults: list[WorkbenchError]) -> Mapping[str, str] | None:
    """A text in three languages."""
    if not isinstance(node, dict):
        faults.append(_fault("this is not a text in three languages", place, "{en:, ru:, kk:}"))
        return None
    faults += unknown_keys(node, LANGS, place)
    lacks = [lang for lang in LANGS if not str(node.get(lang) or "").strip()]
    if lacks:
        remedy = "write it in English, Russian and Kazakh"
        faults.append(_fault(f"no text in {', '.join(lacks)}", place, remedy))
        return None
    return {lang: str(node[lang]) for lang in LANGS}


def _acts(node: object, place: Place, faults: list[WorkbenchError]) -> dict[str, Reference]:
    acts: dict[str, Reference] = {}
    if not isinstance(node, dict):
        faults.append(_fault("these are not acts", place, "give a mapping of names to acts"))
        return acts
    for key in node:
        here, act = place.below(node, key), node[key]
        if not isinstance(act, dict):
            faults.append(_fault("this is not an act", here, "give 'title:' and 'link:'"))
            continue
        faults += unknown_keys(act, _ACT, here)
        title = _texts(act.get("title"), here.below(act, "title"), faults)
        if title:
            acts[str(key)] = Reference(title, link=str(act.get("link") or ""))
    return acts


def _parameter(
    key: str, node: object, place: Place, acts: dict[str, Reference], faults: list[WorkbenchError]
) -> RawParameter:
    raw = RawParameter(key, place)
    if not isinstance(node, dict):
        remedy = f"give its fields: {', '.join(_PARAMETER)}"
        faults.append(_fault("this is not a parameter", place, remedy))
        return raw
    faults += unknown_keys(node, _PARAMETER, place)
    if "label" in node:
        raw.label = _texts(node["label"], place.below(node, "label"), faults)
    raw.note, raw.status, raw.reference = _common(node, place, acts, faults)
    if node.get("unit") is not None:
        raw.unit = str(node["unit"])
    if node.get("codes") is not None:
        raw.codes = str(node["codes"])
        if raw.codes not in _CODES:
            what = f"'{raw.codes}' is not a code list for tables"
            faults.append(_fault(what, place.below(node, "codes"), f"allowed: {', '.join(_CODES)}"))
    values = node.get("values")
    if not isinstance(values, dict) or not values:
        remedy = "give 'values:' with a date and a value on each line"
        faults.append(_fault("the parameter has no values", place, remedy))
        return raw
    raw.values = list(_values(values, place.below(node, "values"), raw.codes, acts, faults))
    return raw


def _common(
    node: dict[str, Any], place: Place, acts: dict[str, Reference], faults: list[WorkbenchError]
) -> tuple[Mapping[str, str] | None, str | None, Reference | None]:
    """Note, status and reference, which a parameter and a dated value may both have."""
    note = _texts(node["note"], place.below(node, "note"), faults) if "note" in node else None
    status = node.get("status")
    if status is not None and status not in STATUSES:
        what = f"'{status}' is not a status"
        faults.append(_fault(what, place.below(node, "status"), f"allowed: {', '.join(STATUSES)}"))
    given, reference = node.get("reference"), None
    if given is not None:
        reference = _reference(given, place.below(node, "reference"), acts, faults)
    return note, None if status is None else str(status), reference


def _reference(
    node: object, place: Place, acts: dict[str, Reference], faults: list[WorkbenchError]
) -> Reference | None:
    if not isinstance(node, dict):
        node = {"act": node}
    faults += unknown_keys(node, ("act", "article"), place)
    act = acts.get(str(node.get("act")))
    if act is None:
        remedy = f"name one of 'acts:' of this file: {', '.join(acts) or 'none yet'}"
        faults.append(_fault(f"there is no act '{node.get('act')}'", place, remedy))
        return None
    return Reference(act.act, str(node.get("article") or ""), act.link)


def _values(
    node: dict[Any, Any],
    place: Place,
    codes: str | None,
    acts: dict[str, Reference],
    faults: list[WorkbenchError],
) -> Iterator[RawValue]:
    seen: dict[date, Any] = {}
    for key, entry in node.items():
        here = place.below(node, key)
        start = as_date(key)
        if start is None:
            remedy = "write year-month-day (2026-01-01), or a year for its first day"
            faults.append(_fault(f"'{key}' is not a date", here, remedy))
            continue
        if start in seen:
            what = f"{start} has two values ('{seen[start]}' and '{key}')"
            faults.append(_fault(what, here, "keep one", id="DuplicateKey"))
        seen[start] = key
        if not (isinstance(entry, dict) and "value" in entry):
            yield RawValue(start, _shaped(entry, here, codes, faults), here)
            continue
        faults += unknown_keys(entry, _ENTRY, here)
        note, status, reference = _common(entry, here, acts, faults)
        value = _shaped(entry["value"], here.below(entry, "value"), codes, faults)
        yield RawValue(start, value, here, status, reference, note)


def _shaped(node: object, place: Place, codes: str | None, faults: list[WorkbenchError]) -> Value:
    """A value as plain Python: a number, a text, a flag, a list, bands or a table."""
    if isinstance(node, dict):
        if codes in _CODES:
            faults += unknown_codes(node, place, codes)
        return {
            str(plain_value(k)): _shaped(node[k], place.below(node, k), None, faults) for k in node
        }
    if isinstance(node, list):
        if any(isinstance(item, dict) for item in node):
            return _bands(node, place, faults)
        return [plain_value(item) for item in node]
    value = plain_value(node)
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        what = f"'{value}' is text, not a number"
        faults.append(_fault(what, place, "write it with a point, without quotes, blanks or %"))
    if isinstance(value, float) and not math.isfinite(value):
        faults.append(_fault(f"{value} is not a number", place, "leave bounds open with null"))
    return value


def unknown_codes(node: dict[Any, Any], place: Place, codes: str) -> Iterator[ScenarioError]:
    """One fault a row of a table whose code is not in the code list."""
    for key in node:
        if not _CODES[codes](str(key)):
            remedy = "ISO 3166-2, as KZ-75" if codes == "region" else "ISO 3166-1 alpha-3, as KAZ"
            what = f"'{key}' is not a code of a {codes}"
            yield _fault(what, place.below(node, key), remedy, id="UnknownCode")


def _bands(node: list[Any], place: Place, faults: list[WorkbenchError]) -> list[Band]:
    """Half-open bands that follow each other without a gap."""
    bands: list[Band] = []
    for number, item in enumerate(node):
        here = place.below(node, number)
        if not isinstance(item, dict) or set(item) != {"from", "to", "value"}:
            remedy = "give {from: , to: , value: }; null leaves a side open"
            faults.append(_fault("this is not a band", here, remedy))
            continue
        low = _bound(item["from"], -math.inf, here, faults)
        high = _bound(item["to"], math.inf, here, faults)
        if low >= high:
            remedy = "a band holds from its first number up to, not including, its second"
            faults.append(_fault(f"the band from {low:g} to {high:g} is empty", here, remedy))
        if bands and low != bands[-1].high:
            kind = "overlaps" if low < bands[-1].high else "leaves a gap to"
            what = f"the band from {low:g} {kind} the one before, which ends at {bands[-1].high:g}"
            faults.append(_fault(what, here, "let each band start where the one before ends"))
        bands.append(Band(low, high, _shaped(item["value"], here, None, faults)))
    return bands


def _bound(node: object, open_: float, place: Place, faults: list[WorkbenchError]) -> float:
    value = plain_value(node)
    if value is None:
        return open_
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        faults.append(_fault(f"'{value}' is not a bound", place, "give a number, or null for open"))
        return open_
    return float(value)


def _kinds(raw: RawParameter) -> Iterator[ScenarioError]:
    """All dated values of a parameter are of one kind."""
    first = next((one for one in raw.values if one.value is not None), None)
    for one in raw.values:
        if first and kind_of(one.value) not in ("", kind_of(first.value)):
            what = f"a {kind_of(one.value)} after a {kind_of(first.value)} ({first.start})"
            yield _fault(what, one.place, "give every date the same kind of value")
