# SPDX-License-Identifier: Apache-2.0
"""YAML 1.2 with line numbers: the code NO stays Norway, and a fault names its line.

ruamel's round-trip reader keeps the line of every key; it is also the one that reads by the
rules of YAML 1.2. Anchors are refused: a file that people check against a law must say what it
says where it says it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from keruen.core.errors import FileError, ScenarioError
from keruen.core.sentences import msg

if TYPE_CHECKING:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError

Plain: TypeAlias = "bool | int | float | str | list[Any] | dict[Any, Any] | None"
"""What a node is in plain Python."""
LARGEST: Final = 2_000_000
"""Bytes of the largest file read."""
_DEEPEST: Final = 12
_SIGNS: Final = re.compile(r"[&*]|(?:[\[{]\s*){3}")
"""Without these a text has no anchor, and no tower of brackets."""


@dataclass(frozen=True)
class Place:
    """Where something stands in a YAML file.

    Parameters
    ----------
    file : str
        Name of the file.
    line : int
        Line, counted from 1.
    path : str
        Keys from the top, joined by dots.
    """

    file: str
    line: int
    path: str = ""

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}" + (f", {self.path}" if self.path else "")

    def below(self, node: object, key: object) -> Place:
        """Place of a key of a mapping, or of an item of a list, that stands here."""
        marks = getattr(node, "lc", None)
        line = self.line
        if marks is not None and marks.data and key in marks.data:
            line = marks.data[key][0] + 1
        return Place(self.file, line, f"{self.path}.{key}" if self.path else str(key))


def read_yaml(path: Path, name: str = "") -> object:
    """Content of a YAML file, its mappings and lists with the lines they stand on.

    Parameters
    ----------
    path : Path
        File.
    name : str, optional
        What to call it in messages; its name when not given.

    Returns
    -------
    object
        Mappings, lists and scalars.

    Raises
    ------
    FileError
        The file is not there, is no text in UTF-8, or is too large.
    ScenarioError
        It is no YAML, repeats a key or uses an anchor.
    """
    called = name or path.name
    return parse_yaml(text_of(path, called), called)


def parse_yaml(text: str, called: str) -> object:
    """A YAML text, its mappings and lists with the lines they stand on.

    Parameters
    ----------
    text : str
        Text.
    called : str
        What to call it in messages.

    Returns
    -------
    object
        Mappings, lists and scalars.

    Raises
    ------
    ScenarioError
        It is no YAML, repeats a key, is nested too deep or uses an anchor.
    """
    from ruamel.yaml.constructor import DuplicateKeyError
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        # events come one by one: what is nested too deep is refused before a tree is made of it
        anchored = _anchored(text, called) if _SIGNS.search(text) else None
        tree: object = _reader().load(text)
    except ScenarioError:
        raise
    except DuplicateKeyError as fault:
        raise ScenarioError(
            msg("a key stands twice"),
            where=str(Place(called, _line(fault))),
            remedy=msg("keep one of the two"),
            id="DuplicateKey",
        ) from fault
    except MarkedYAMLError as fault:
        raise ScenarioError(
            msg("this is not YAML: {detail}", detail=fault.problem or "?"),
            where=str(Place(called, _line(fault))),
            remedy=msg("check indents, colons and quotes on this line and the one before"),
        ) from fault
    except (YAMLError, ValueError, RecursionError) as fault:
        raise ScenarioError(
            msg("this is not YAML: {detail}", detail=str(fault).splitlines()[0]),
            where=called,
            remedy=msg("check indents, colons and quotes"),
        ) from fault
    if anchored is not None:
        raise ScenarioError(
            msg("anchors and aliases are not read"),
            where=str(Place(called, anchored)),
            remedy=msg("write the value out where it is meant"),
        )
    return tree


def _anchored(text: str, called: str) -> int | None:
    """Line of the first anchor or alias; what is nested too deep is refused."""
    depth = 0
    for event in _reader().parse(text):
        if getattr(event, "anchor", None):
            return int(event.start_mark.line) + 1
        depth += {"SequenceStart": 1, "MappingStart": 1, "SequenceEnd": -1, "MappingEnd": -1}.get(
            type(event).__name__.removesuffix("Event"), 0
        )
        if depth > _DEEPEST:
            raise ScenarioError(
                msg("nested more than {most} deep", most=_DEEPEST),
                where=str(Place(called, int(event.start_mark.line) + 1)),
                remedy=msg("make it flatter"),
            )
    return None


def _reader() -> YAML:
    """A reader that keeps lines, and leaves dates as they are written."""
    from ruamel.yaml import YAML
    from ruamel.yaml.constructor import RoundTripConstructor

    class Constructor(RoundTripConstructor):
        """One whose registry is its own."""

    Constructor.add_constructor(
        "tag:yaml.org,2002:timestamp", lambda one, node: one.construct_scalar(node)
    )
    reader = YAML(typ="rt")
    reader.Constructor = Constructor
    return reader


def text_of(path: Path, name: str = "") -> str:
    """Text of a file that is no larger than such files are.

    Parameters
    ----------
    path : Path
        File.
    name : str, optional
        What to call it in messages; its name when not given.

    Returns
    -------
    str

    Raises
    ------
    FileError
        The file is not there, is no text in UTF-8, or is too large.
    """
    if not path.is_file():
        raise FileError("there is no such file", where=str(path), remedy="check the name")
    if path.stat().st_size > LARGEST:
        raise FileError(
            f"the file is larger than {LARGEST // 1_000_000} MB",
            where=str(path),
            remedy="a file of parameters or recipes is short: check the name",
            id="TooLarge",
        )
    try:
        return path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as fault:
        raise FileError(
            msg("the file cannot be read as text"),
            where=name or path.name,
            remedy=msg("save it as UTF-8"),
        ) from fault


def _line(fault: MarkedYAMLError) -> int:
    mark = fault.problem_mark or fault.context_mark
    return int(mark.line) + 1 if mark is not None else 1


def plain_value(node: object, depth: int = 0) -> Plain:
    """A node as plain Python: numbers, text, dicts, lists, without lines.

    Parameters
    ----------
    node : any
        What ``read_yaml`` gave, or a part of it.
    depth : int, optional
        How deep it stands.

    Returns
    -------
    Plain

    Raises
    ------
    ScenarioError
        It is nested too deep.
    """
    if depth > _DEEPEST:
        what = msg("nested more than {most} deep", most=_DEEPEST)
        raise ScenarioError(what, remedy=msg("make it flatter"))
    if isinstance(node, dict):
        return {plain_value(k): plain_value(v, depth + 1) for k, v in node.items()}
    if isinstance(node, list):
        return [plain_value(item, depth + 1) for item in node]
    if node is None or isinstance(node, bool):
        return node
    if isinstance(node, int):
        return int(node)
    return float(node) if isinstance(node, float) else str(node)


def unknown_keys(
    node: dict[Any, Any], allowed: Iterable[str], place: Place
) -> Iterable[ScenarioError]:
    """One fault a key that is not allowed, with the near one and all that are.

    Parameters
    ----------
    node : dict
        Mapping of a file.
    allowed : iterable of str
        Keys it may have.
    place : Place
        Where it stands.

    Yields
    ------
    ScenarioError
    """
    known = list(allowed)
    for key in node:
        if key not in known:
            near = get_close_matches(str(key), known, n=1)
            names = ", ".join(known)
            yield ScenarioError(
                msg("'{name}' is not a field", name=key),
                where=str(place.below(node, key)),
                remedy=(
                    msg("did you mean '{near}'? allowed: {names}", near=near[0], names=names)
                    if near
                    else msg("allowed: {names}", names=names)
                ),
                id="UnknownField",
            )
