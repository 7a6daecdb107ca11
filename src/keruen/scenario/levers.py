# SPDX-License-Identifier: Apache-2.0
"""A scenario file written from a form, and a form filled from a scenario file."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from keruen.scenario.composed import short
from keruen.scenario.schema import ScenarioFile

_NUMBER: Final = re.compile(r"[-+]?\d+([.,]\d+)?")
_WHOLE: Final = re.compile(r"\d{1,9}")
_BLANKS: Final = re.compile(r"\s")


@dataclass(frozen=True)
class Lever:
    """What a reader does to one key, as it is typed in.

    Parameters
    ----------
    key : str
        Key.
    how : str
        ``value``, ``scale`` or ``add``; empty when the key is left as it is.
    value : str
        By how much, or to what.
    start, end : str, optional
        First and last year; empty for those of the horizon.
    why : str, optional
        Reason.
    """

    key: str
    how: str = ""
    value: str = ""
    start: str = ""
    end: str = ""
    why: str = ""


@dataclass(frozen=True)
class Draft:
    """A scenario as a form holds it.

    Parameters
    ----------
    name : str
        Name.
    title : dict of str to str
        Title by language; one that is left out is taken from another.
    based_on : tuple of str
        Scenarios it is laid over, from left to right.
    levers : dict of str to Lever
        What is done to keys.
    first, last : str
        Years of the horizon; empty for the baseline's.
    reason : str
        Why it is asked for.
    """

    name: str = ""
    title: Mapping[str, str] = field(default_factory=dict)
    based_on: tuple[str, ...] = ()
    levers: Mapping[str, Lever] = field(default_factory=dict)
    first: str = ""
    last: str = ""
    reason: str = ""


def draft_text(draft: Draft) -> str:
    """A scenario file that says what a form says.

    Parameters
    ----------
    draft : Draft
        What was typed in; nothing of it is checked here, the reader of files does that.

    Returns
    -------
    str
        YAML, which ``keruen run`` takes.

    Examples
    --------
    >>> lever = Lever("decide.labour_quota.share", "scale", "1,5", "2027")
    >>> print(draft_text(Draft("more", {"en": "More"}, ("kaz/baseline",), {lever.key: lever})))
    scenario: more
    title: "More"
    based_on: ["kaz/baseline"]
    set:
      decide.labour_quota.share: {scale: 1.5, from: 2027}
    <BLANKLINE>
    """
    lines = [f"scenario: {_said(draft.name)}", f"title: {_title(draft.title)}"]
    lines.append(f"based_on: [{', '.join(map(_said, draft.based_on))}]")
    if draft.first or draft.last:
        lines.append(f"horizon: {{from: {_year(draft.first)}, to: {_year(draft.last)}}}")
    moved = [one for one in draft.levers.values() if one.how]
    lines += ["set:"] if moved else []
    lines += [f"  {one.key}: {_change(one)}" for one in moved]
    lines += [f"reason: {_said(draft.reason)}"] if draft.reason else []
    return "\n".join(lines) + "\n"


def _title(title: Mapping[str, str]) -> str:
    """One text when only one is given, else all of them."""
    given = {lang: text for lang, text in title.items() if text}
    if len(set(given.values())) <= 1:
        return _said(next(iter(given.values()), ""))
    return "{" + ", ".join(f"{lang}: {_said(text)}" for lang, text in title.items()) + "}"


def _change(one: Lever) -> str:
    parts = [f"{one.how}: {_number(one.value)}"]
    parts += [f"from: {_year(one.start)}"] if one.start else []
    parts += [f"to: {_year(one.end)}"] if one.end else []
    parts += [f"why: {_said(one.why)}"] if one.why else []
    return "{" + ", ".join(parts) + "}"


def _said(text: str) -> str:
    """A text between quotes, or as it is when it is a plain word."""
    if re.fullmatch(r"[a-z][a-z0-9_]*", text) and text not in ("true", "false", "null"):
        return text
    return json.dumps(text, ensure_ascii=False)


def _number(text: str) -> str:
    """A number as files write it; anything else as a text, which is refused with its line."""
    plain = _BLANKS.sub("", text).replace("\N{MINUS SIGN}", "-")
    return plain.replace(",", ".").lstrip("+") if _NUMBER.fullmatch(plain) else _said(text)


def _year(text: str) -> str:
    plain = text.strip()
    return str(int(plain)) if _WHOLE.fullmatch(plain) else _said(plain)


def draft_of(file: ScenarioFile, based_on: Sequence[str] = ()) -> Draft | None:
    """What a form holds of a scenario file.

    Parameters
    ----------
    file : ScenarioFile
        A file, as read.
    based_on : sequence of str, optional
        Names of its basis, where they are not those of the file.

    Returns
    -------
    Draft or None
        None when the file says more than a form can: two changes of a key, units, values that
        are uncertain, keys, outcomes.
    """
    keys = [one.key for one in file.changes]
    units = any(one.unit for one in file.changes)
    more = (file.keys, file.doubts, file.levers, file.outcomes, file.assumes, file.country)
    options = (file.trajectories, file.seed)
    if len(set(keys)) < len(keys) or units or any(more) or any(x is not None for x in options):
        return None
    levers = {
        one.key: Lever(
            one.key, one.how, short(one.value), str(one.start or ""), str(one.end or ""), one.why
        )
        for one in file.changes
    }
    first, last = file.horizon or ("", "")
    names = tuple(based_on) or tuple(name for name, _ in file.based_on)
    return Draft(file.name, dict(file.title), names, levers, str(first), str(last), file.reason)
