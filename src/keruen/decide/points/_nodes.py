# SPDX-License-Identifier: Apache-2.0
"""Places of a rule file: what stands there, checked, with every fault gathered by its line."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from typing import Any, Final, TypeAlias, TypeVar

from keruen.core.errors import ScenarioError, WorkbenchError
from keruen.decide.points._conditions import Bound
from keruen.decide.points.rules import Text

LANGS: Final = ("en", "ru", "kk")
Where: TypeAlias = Callable[[tuple[Any, ...]], str]
"""Says file and line of a place, given by its keys from the top."""

_Word = TypeVar("_Word", bound=str)


@dataclass
class Faults:
    """Faults of a file as they are found."""

    where: Where
    found: list[WorkbenchError] = field(default_factory=list)
    sections: set[str] = field(default_factory=set)
    """Entries of the file with a fault in the way they are written."""

    def add(self, what: str, path: tuple[Any, ...], remedy: str) -> None:
        """Note a fault of a place."""
        self.sections.update(map(str, path[:1]))
        self.add_at(what, self.where(path), remedy)

    def add_at(self, what: str, where: str, remedy: str) -> None:
        """Note a fault of a line."""
        fault = ScenarioError(what, where=where, remedy=remedy, id="RuleError")
        if str(fault) not in {str(one) for one in self.found}:
            self.found.append(fault)


@dataclass(frozen=True)
class Node:
    """A place of a rule file."""

    value: Any
    path: tuple[Any, ...]
    faults: Faults

    @property
    def where(self) -> str:
        """File and line."""
        return self.faults.where(self.path)

    def fault(self, what: str, remedy: str) -> None:
        """Note a fault here."""
        self.faults.add(what, self.path, remedy)

    def has(self, key: str) -> bool:
        """Whether something stands under a key; an empty entry counts as nothing."""
        return isinstance(self.value, Mapping) and self.value.get(key) is not None

    def at(self, key: Any) -> Node:  # noqa: ANN401 - keys are text or places in a list
        """What stands under a key; None when there is nothing."""
        held = self.value
        inner = None
        if isinstance(held, Mapping):
            inner = held.get(key)
        elif isinstance(held, list) and isinstance(key, int):
            inner = held[key]
        return Node(inner, (*self.path, key), self.faults)

    def fields(self, allowed: Iterable[str], needed: Iterable[str] = ()) -> bool:
        """Whether a mapping stands here; faults for its unknown and missing fields."""
        known = list(allowed)
        if not isinstance(self.value, Mapping):
            self.fault("a mapping is wanted here", f"give {', '.join(known)}")
            return False
        for key in self.value:
            if key not in known:
                near = get_close_matches(str(key), known, n=1)
                hint = f"did you mean '{near[0]}'? " if near else ""
                self.at(key).fault(f"'{key}' is not a field", f"{hint}allowed: {', '.join(known)}")
        lacks = [key for key in needed if not self.has(key)]
        for key in lacks:
            self.fault(f"'{key}' is missing", f"give '{key}:'")
        return not lacks

    def named(self) -> Iterator[tuple[str, Node]]:
        """The entries of a mapping by name."""
        if self.value is None:
            return
        if not isinstance(self.value, Mapping):
            self.fault("a mapping of names is wanted here", "write 'name:' before each entry")
            return
        for key in self.value:
            yield str(key), self.at(key)

    def items(self) -> list[Node]:
        """The entries of a list."""
        if not isinstance(self.value, list):
            self.fault("a list is wanted here", "begin each entry with '- '")
            return []
        return [self.at(place) for place in range(len(self.value))]

    def text(self) -> str:
        """A text; empty when nothing stands here."""
        return "" if self.value is None else str(self.value)

    def texts(self) -> Text:
        """A text in three languages; one text is the same in all."""
        if self.value is None:
            return dict.fromkeys(LANGS, "")
        if not isinstance(self.value, Mapping):
            return dict.fromkeys(LANGS, str(self.value))
        self.fields(LANGS)
        lacks = [lang for lang in LANGS if not str(self.value.get(lang) or "").strip()]
        if lacks:
            self.fault(f"no text in {', '.join(lacks)}", "write it in English, Russian, Kazakh")
        return {lang: str(self.value.get(lang) or "") for lang in LANGS}

    def number(self) -> float:
        """A finite number; a fault and 0 when it is none."""
        value = self.value
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            self.fault(f"'{value}' is not a number", "write it with a point and without quotes")
            return 0.0
        if not math.isfinite(value):
            self.fault(f"{value} is not a number", "write a finite number")
            return 0.0
        return float(value)

    def bound(self, open_: float) -> Bound:
        """A number, the name of a dated value as ``{value: name}``, or open."""
        if self.value is None:
            return open_
        if isinstance(self.value, Mapping):
            return self.at("value").text() if self.fields(["value"], ["value"]) else open_
        return self.number()

    def word(self, allowed: tuple[_Word, ...], default: _Word | None = None) -> _Word:
        """One of the words allowed."""
        if self.value is None and default is not None:
            return default
        for one in allowed:
            if self.value == one:
                return one
        self.fault(f"'{self.value}' is not allowed here", f"allowed: {', '.join(allowed)}")
        return default or allowed[0]

    def day(self) -> date | None:
        """A date; None when nothing stands here."""
        if self.value is None:
            return None
        if isinstance(self.value, date):
            return self.value
        try:
            return date.fromisoformat(str(self.value))
        except ValueError:
            self.fault(f"'{self.value}' is not a date", "write year-month-day, as 2026-01-01")
            return None

    def words(self) -> tuple[str, ...]:
        """One text or a list of them."""
        value = self.value
        if isinstance(value, list):
            return tuple(str(one) for one in value)
        return () if value is None else (str(value),)
