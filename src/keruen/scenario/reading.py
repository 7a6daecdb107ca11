# SPDX-License-Identifier: Apache-2.0
"""A scenario file read: every fault with its file and line, all at once."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, get_args

from keruen.core.arrays import Kind
from keruen.core.errors import ScenarioError, WorkbenchError
from keruen.core.sentences import msg
from keruen.scenario.schema import Change, Doubt, Key, ScenarioFile
from keruen.sources.marked_yaml import Place, parse_yaml, plain_value, text_of, unknown_keys

_LANGS: Final = ("en", "ru", "kk")
_FIELDS: Final = (
    "scenario", "title", "country", "based_on", "horizon", "trajectories", "seed", "keys", "set",
    "uncertain", "levers", "outcomes", "assumes", "reason",
)  # fmt: skip
_KEY: Final = ("label", "unit", "kind", "low", "high", "choices", "values", "source", "status")
_CHANGE: Final = ("value", "scale", "add", "from", "to", "unit", "why", "source")
_DOES: Final = ("value", "scale", "add")
_LONGEST: Final = 100
"""Years of the longest horizon."""
_NAME: Final = re.compile(r"[a-z][a-z0-9_]*")
_DOTTED: Final = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")


def read_scenario_file(path: Path) -> tuple[ScenarioFile, list[WorkbenchError]]:
    """One scenario file, with all its faults.

    Parameters
    ----------
    path : Path
        YAML file.

    Returns
    -------
    file : ScenarioFile
        What could be read.
    faults : list of WorkbenchError
        What is wrong in it, each with its line.

    Raises
    ------
    FileError
        The file cannot be read.
    ScenarioError
        It is no YAML, or holds no mapping.
    """
    text = text_of(path)
    tree = _tree(text, path.name)
    top = Place(path.name, 1)
    if not isinstance(tree, dict):
        raise _fault(msg("this is not a scenario"), top, msg("begin with 'scenario: name'"))
    faults: list[WorkbenchError] = list(unknown_keys(tree, _FIELDS, top))
    name = str(tree.get("scenario") or "")
    if not _NAME.fullmatch(name):
        what = msg("'{name}' is not a name", name=name)
        remedy = msg("write 'scenario:' and small Latin letters, digits and _")
        faults.append(_fault(what, top.below(tree, "scenario"), remedy))
    told = ScenarioFile(name, path, text)
    told.country, told.reason = str(tree.get("country") or ""), str(tree.get("reason") or "")
    told.title = _texts(tree.get("title"), top.below(tree, "title"), faults)
    told.based_on = tuple(_words(tree, "based_on", top, faults))
    told.levers = tuple(_words(tree, "levers", top, faults))
    told.outcomes = tuple(_words(tree, "outcomes", top, faults))
    told.trajectories = _whole(tree, "trajectories", top, faults, least=0)
    told.seed = _whole(tree, "seed", top, faults, least=0)
    told.horizon = _horizon(tree, top, faults)
    for key, node, place in _pairs(tree, "keys", top, faults):
        _declare(told, key, node, place, faults)
    for key, node, place in _pairs(tree, "set", top, faults):
        told.changes += _changes(key, node, place, faults)
    told.doubts = list(_doubts(tree, top, faults))
    told.assumes = {
        key: str(plain_value(node)) for key, node, _ in _pairs(tree, "assumes", top, faults)
    }
    return told, faults


@lru_cache(maxsize=32)
def _tree(text: str, name: str) -> object:
    """The tree of a file, which nobody changes: many runs rest on one baseline."""
    return parse_yaml(text, name)


def _fault(what: str, place: Place, remedy: str, *, id: str = "") -> ScenarioError:
    return ScenarioError(what, where=str(place), remedy=remedy, id=id)


def _texts(node: object, place: Place, faults: list[WorkbenchError]) -> Mapping[str, str]:
    """A text in three languages, or one for all."""
    if isinstance(node, str) and node.strip():
        return dict.fromkeys(_LANGS, node)
    found = node if isinstance(node, dict) else {}
    lacks = [lang for lang in _LANGS if not str(found.get(lang) or "").strip()]
    if lacks:
        remedy = msg("write a text, or {form}", form="{en: ..., ru: ..., kk: ...}")
        what = msg("no text in {langs}", langs=", ".join(lacks))
        faults.append(_fault(what, place, remedy))
    faults += unknown_keys(found, _LANGS, place)
    return {lang: str(found.get(lang) or "") for lang in _LANGS}


def _words(
    tree: dict[str, Any], name: str, top: Place, faults: list[WorkbenchError]
) -> Iterator[tuple[str, Place]]:
    """A list of names, or one name."""
    node, place = tree.get(name), top.below(tree, name)
    if node is None:
        return
    if isinstance(node, str):
        yield node, place
        return
    if not isinstance(node, list) or not all(isinstance(one, str) for one in node):
        what = msg("'{name}' is not a list of names", name=name)
        faults.append(_fault(what, place, f"{name}: [one, two]"))
        return
    for at, one in enumerate(node):
        yield str(one), place.below(node, at)


def _pairs(
    tree: dict[str, Any], name: str, top: Place, faults: list[WorkbenchError]
) -> Iterator[tuple[str, object, Place]]:
    """Entries of a mapping with their places."""
    node, place = tree.get(name), top.below(tree, name)
    if node is None:
        return
    if not isinstance(node, dict):
        what = msg("'{name}' is not a mapping", name=name)
        remedy = msg("write {name}: and 'key: value'", name=name)
        faults.append(_fault(what, place, remedy))
        return
    for key in node:
        yield str(key), node[key], place.below(node, key)


def _number(node: object) -> float | None:
    """A finite number; None for anything else."""
    if isinstance(node, bool) or not isinstance(node, (int, float)):
        return None
    try:
        value = float(node)
    except OverflowError:
        return None
    return value if math.isfinite(value) else None


def _whole(
    tree: dict[str, Any], name: str, top: Place, faults: list[WorkbenchError], *, least: int
) -> int | None:
    node = tree.get(name)
    if node is None:
        return None
    if isinstance(node, bool) or not isinstance(node, int) or node < least:
        what = msg("'{value}' is not a number for {name}", value=node, name=name)
        remedy = msg("write a whole number from {least} on", least=least)
        faults.append(_fault(what, top.below(tree, name), remedy))
        return None
    return int(node)


def _horizon(
    tree: dict[str, Any], top: Place, faults: list[WorkbenchError]
) -> tuple[int, int] | None:
    node, place = tree.get("horizon"), top.below(tree, "horizon")
    if node is None:
        return None
    ends = (
        [_whole(node, end, place, faults, least=1) for end in ("from", "to")]
        if isinstance(node, dict)
        else []
    )
    if len(ends) != 2 or None in ends or set(node) != {"from", "to"}:
        remedy = msg("write {form}", form="{from: 2025, to: 2045}")
        faults.append(_fault(msg("this is not a horizon"), place, remedy))
        return None
    first, last = int(ends[0] or 0), int(ends[1] or 0)
    if last <= first:
        what = msg("{last} is not after {first}", last=last, first=first)
        faults.append(_fault(what, place, msg("let the last year be later")))
        return None
    if last - first > _LONGEST:
        what = msg("{first} to {last} are too many years", first=first, last=last)
        faults.append(_fault(what, place, msg("use {most} at most", most=_LONGEST)))
        return None
    return first, last


def _declare(
    told: ScenarioFile, name: str, node: object, place: Place, faults: list[WorkbenchError]
) -> None:
    """A key of a baseline: its label, unit and bounds, and its value as a first change."""
    if not _DOTTED.fullmatch(name):
        what = msg("'{name}' is not a key", name=name)
        faults.append(_fault(what, place, msg("write room.subject.quantity")))
    if not isinstance(node, dict):
        remedy = msg("give its fields: {fields}", fields=", ".join(_KEY))
        faults.append(_fault(msg("this is not a key"), place, remedy))
        return
    faults += unknown_keys(node, _KEY, place)
    lacks = [one for one in ("label", "values", "source", "status") if node.get(one) is None]
    choices = tuple(str(one) for one in node.get("choices") or ())
    lacks += ["unit"] if not choices and node.get("unit") is None else []
    if lacks:
        what = msg("the key lacks {fields}", fields=", ".join(lacks))
        faults.append(_fault(what, place, msg("a baseline gives them all")))
        return
    if not choices and node["kind"] not in get_args(Kind):
        what = msg("'{value}' is not a kind", value=node["kind"])
        remedy = msg("choose from {names}", names=", ".join(get_args(Kind)))
        faults.append(_fault(what, place.below(node, "kind"), remedy))
        return
    low, high = _number(node.get("low")), _number(node.get("high"))
    told.keys[name] = Key(
        name=name,
        label=_texts(node["label"], place.below(node, "label"), faults),
        unit=str(node.get("unit") or ""),
        kind=str(node.get("kind") or ""),
        low=-math.inf if low is None else low,
        high=math.inf if high is None else high,
        choices=choices,
        source=_texts(node["source"], place.below(node, "source"), faults),
        status=str(node["status"]),
        place=place,
    )
    told.changes += _changes(name, node["values"], place.below(node, "values"), faults)


def _changes(
    key: str, node: object, place: Place, faults: list[WorkbenchError]
) -> Iterator[Change]:
    """Changes of a key: one value, values by year, or a scale or an addition with its years."""
    if not isinstance(node, dict):
        yield from _change(key, {"value": node}, place, faults)
        return
    years = [int(one) for one in node if _is_year(one)]
    if len(years) == len(node):
        order = sorted(years)
        for one, following in zip(order, [*order[1:], None], strict=True):
            until = None if following is None else following - 1
            entry = node[one] if isinstance(node[one], dict) else {"value": node[one]}
            if "from" in entry or "to" in entry:
                what, remedy = (
                    msg("a dated value says its years twice"),
                    msg("leave out 'from' and 'to'"),
                )
                faults.append(_fault(what, place.below(node, one), remedy))
            dated = {**entry, "from": one, "to": until}
            yield from _change(key, dated, place.below(node, one), faults)
        return
    yield from _change(key, node, place, faults)


def _is_year(node: object) -> bool:
    return not isinstance(node, bool) and isinstance(node, int) and 1000 <= node <= 9999


def _change(
    key: str, node: Mapping[Any, Any], place: Place, faults: list[WorkbenchError]
) -> Iterator[Change]:
    """One change of a key over some years."""
    known = list(unknown_keys(dict(node), _CHANGE, place))
    faults += known
    does = [one for one in _DOES if one in node]
    if len(does) != 1:
        remedy = msg("write a value, years with values, or {form}", form="{scale: 1.1, from: 2027}")
        if not known:
            faults.append(_fault(msg("a change is one of value, scale and add"), place, remedy))
        return
    how, raw = does[0], plain_value(node[does[0]])
    value = raw if isinstance(raw, str) and how == "value" else _number(raw)
    if value is None:
        what = msg("'{value}' is not a number", value=raw)
        faults.append(_fault(what, place, msg("write it with a point, no blanks")))
        return
    ends: list[int | None] = []
    for end in ("from", "to"):
        if node.get(end) is not None and not _is_year(node[end]):
            what = msg("'{value}' is not a year", value=node[end])
            remedy = msg("runs go by calendar years: write 2027")
            faults.append(_fault(what, place, remedy))
        ends.append(int(node[end]) if _is_year(node.get(end)) else None)
    why = " ".join(str(node[one]) for one in ("why", "source") if node.get(one))
    unit = str(node.get("unit") or "")
    yield Change(key, how, value, ends[0], ends[1], unit, why, place)  # type: ignore[arg-type]


def _doubts(tree: dict[str, Any], top: Place, faults: list[WorkbenchError]) -> Iterator[Doubt]:
    node, place = tree.get("uncertain"), top.below(tree, "uncertain")
    if node is None:
        return
    if not isinstance(node, list):
        remedy = "- {key: ..., dist: beta, a: 3, b: 1}"
        faults.append(_fault(msg("'uncertain' is not a list"), place, remedy))
        return
    for at, one in enumerate(node):
        here = place.below(node, at)
        if not isinstance(one, dict) or not {"key", "dist"} <= set(one):
            remedy = msg("give key, dist and its values")
            faults.append(_fault(msg("this is not an uncertain value"), here, remedy))
            continue
        rest = {str(k): v for k, v in one.items() if k not in ("key", "dist", "as", "source")}
        wrong = [k for k, v in rest.items() if _number(v) is None]
        how = str(one.get("as") or "value")
        if wrong or how not in _DOES:
            what = (
                msg("'{value}' is not a number", value=wrong[0])
                if wrong
                else msg("'{value}' is no use of a draw", value=how)
            )
            remedy = msg("'as' is one of {names}; the rest numbers", names=", ".join(_DOES))
            faults.append(_fault(what, here, remedy))
            continue
        values = {k: float(v) for k, v in rest.items()}
        source = _texts(one.get("source", "–"), here.below(one, "source"), faults)
        yield Doubt(str(one["key"]), how, str(one["dist"]), values, source, here)  # type: ignore[arg-type]
