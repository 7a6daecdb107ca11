# SPDX-License-Identifier: Apache-2.0
"""The log of decisions on a placement: a line each, on the disk when told, never changed."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any, Literal

Mode = Literal["confirmed", "overridden"]
"""What an officer may decide; what nobody decided yet is a proposal."""


@dataclass(frozen=True)
class Decision:
    """One decision on one family.

    Parameters
    ----------
    family : str
        Family.
    proposed : str
        Place that was proposed; empty when the family waits.
    locality : str
        Place decided.
    mode : {"confirmed", "overridden"}
        Whether the place stood already, or is another.
    officer : str
        Who decided.
    at : str
        When, with its zone.
    reason : str
        Why; empty where a place was confirmed without one.
    """

    family: str
    proposed: str
    locality: str
    mode: Mode
    officer: str
    at: str
    reason: str


@dataclass(frozen=True)
class Mark:
    """A seal on all decisions before it, or a new version opened after one.

    Parameters
    ----------
    what : {"sealed", "opened"}
        Which.
    version : int
        Version sealed, or opened.
    officer : str
        Who.
    at : str
        When, with its zone.
    reason : str
        Why a version was opened.
    seal : str
        Number of the seal.
    facts : dict of str to str
        What else is kept of a seal.
    """

    what: Literal["sealed", "opened"]
    version: int
    officer: str
    at: str
    reason: str = ""
    seal: str = ""
    facts: dict[str, str] = field(default_factory=dict)


def decision_row(one: Decision) -> dict[str, str]:
    """A decision as a row of a table.

    Parameters
    ----------
    one : Decision
        Decision.

    Returns
    -------
    dict of str to str
    """
    told = asdict(one)
    told["decision_mode"] = told.pop("mode")
    return told


def one_line(text: str) -> str:
    """A text that somebody typed as one line without signs that no document may hold.

    Parameters
    ----------
    text : str
        Text.

    Returns
    -------
    str

    Examples
    --------
    >>> one_line(" kin\\n live\\x07 there ")
    'kin live there'
    """
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())


def read_decisions(log: Path) -> Iterator[Decision]:
    """Decisions in order; a line that the machine stopped in the middle of was never told.

    Parameters
    ----------
    log : Path
        The log; without one there are no decisions.

    Yields
    ------
    Decision

    Examples
    --------
    >>> list(read_decisions(Path("none such")))
    []
    """
    for told in _lines(log):
        if told.keys() == Decision.__dataclass_fields__.keys():
            yield Decision(**told)


def read_marks(log: Path) -> Iterator[Mark]:
    """Seals and versions opened, in order.

    Parameters
    ----------
    log : Path
        The log.

    Yields
    ------
    Mark
    """
    for told in _lines(log):
        if told.keys() == Mark.__dataclass_fields__.keys():
            yield Mark(**told)


def _lines(log: Path) -> Iterator[dict[str, Any]]:
    if not log.is_file():
        return
    for line in log.read_bytes().splitlines():
        try:
            told = json.loads(line)
        except ValueError:
            continue
        if isinstance(told, dict):
            yield told


def append_decisions(file: IO[bytes], made: Sequence[Decision | Mark]) -> None:
    """Write decisions after all others; they are on the disk when this returns.

    Parameters
    ----------
    file : binary file
        The log, opened for reading and appending.
    made : sequence of Decision or Mark
        Decisions, a seal, or a version opened.
    """
    lines = "".join(json.dumps(asdict(one), ensure_ascii=False) + "\n" for one in made)
    size = file.seek(0, os.SEEK_END)
    if size:
        file.seek(size - 1)
        if file.read(1) != b"\n":  # the machine stopped in the middle of a line
            lines = "\n" + lines
    file.write(lines.encode())
    file.flush()
    os.fsync(file.fileno())
