# SPDX-License-Identifier: Apache-2.0
"""Reading PX files, the cubes of PC-Axis and PxWeb."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from keruen.core._lists import Lang
from keruen.core.arrays import few
from keruen.core.errors import SchemaError
from keruen.sources.formats.cube import Cube, place, refuse_size, refuse_twice
from keruen.sources.formats.foreign import Axis, Told, understand
from keruen.sources.formats.px_text import Statement, statements

_DOTS: Final = {".": "M", "..": "O", "...": "Q", "....": "O", ".....": "O", "......": "O"}
_SIGNS: Final = {".": ".", "..": "..", "...": "..."}
_TLIST: Final = re.compile(r"TLIST\s*\(\s*([AHQMWD]1)\s*(?:,\s*\"?(\d+)\"?\s*-\s*\"?(\d+)\"?)?")
_TOKEN: Final = re.compile(r'"([^"]*)"|([^\s,;"]+)')
_STEPS: Final = {"A": 0, "H": 2, "Q": 4, "M": 12}


@dataclass
class _File:
    """Statements by keyword, and the order of the dimensions."""

    path: Path
    lang: str
    default: str = ""
    said: dict[tuple[str, str, tuple[str, ...]], Statement] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def find(self, word: str, *about: str, lang: str = "") -> Statement | None:
        """A statement in a language of the file; its own language has no mark."""
        own = "" if lang in ("", self.default) else lang
        return self.said.get((word, own, about)) or (
            self.said.get((word, self.default, about)) if not own else None
        )

    def text(self, word: str, *about: str) -> str:
        """The text of a statement in the language asked for, or in the file's own."""
        for lang in (self.lang, ""):
            if found := self.find(word, *about, lang=lang):
                return " ".join(found.values)
        return ""


def read_px(path: Path, *, lang: Lang | None = None) -> Cube:
    """An array from a PX file.

    Parameters
    ----------
    path : Path
        File.
    lang : {"en", "ru", "kk"}, optional
        Language of labels, when the file has it; its own language when not given.

    Returns
    -------
    Cube
        ``status`` tells the kinds of missing cells apart: ``.`` is M (cannot exist), ``..``
        is O (missing), ``...`` is Q (suppressed).

    Raises
    ------
    CoverageError
        More than fifty million cells.
    FileError
        No such file, broken off, or of an unknown encoding.
    SchemaError
        A variable without values, codes and values of different number, more or fewer cells
        than the variables ask for, or a cell that is no number.

    Notes
    -----
    Cells stand row by row, variables of the stub before those of the heading; with ``KEYS``
    each row begins with its keys and rows left out are missing. ``-`` is a zero.
    """
    file = _File(path, lang or "")
    found, encoding = statements(path)
    for one in found:
        _take(file, one)
    axes, heads = _axes(file)
    refuse_size({axis.id: len(axis.labels) for axis in axes}, path.name)
    shape = [len(axis.labels) for axis in axes]
    data = file.said["DATA", "", ()]
    values, status = _data(file, data, axes, heads)
    if encoding.startswith("iso8859"):
        file.notes.append(f"the file names no encoding; read as {encoding}")
    return _cube(file, axes, values.reshape(shape), status.reshape(shape))


def _take(file: _File, one: Statement) -> None:
    key = (one.word, one.lang, one.about)
    if one.word == "LANGUAGE" and one.values:
        file.default = one.values[0]
    elif one.word in ("NOTE", "NOTEX") and (not one.lang or one.lang == file.lang):
        file.notes.append(": ".join([*one.about, " ".join(one.values)]))
    elif key in file.said and one.word in ("VALUES", "CODES", "STUB", "HEADING"):
        named = f"{one.word}({', '.join(one.about)})" if one.about else one.word
        raise SchemaError(
            f"{named} stands twice",
            where=file.path.name,
            remedy="keep one of each",
            id="DuplicateKey",
        )
    file.said.setdefault(key, one)


def _axes(file: _File) -> tuple[list[Axis], int]:
    """The dimensions, stub before heading, and how many are in the stub."""
    names = {word: _variables(file, word, "") for word in ("STUB", "HEADING")}
    order = [*names["STUB"], *names["HEADING"]]
    if not order:
        raise SchemaError(
            "the file names no variables",
            where=place(file.path, "STUB, HEADING"),
            remedy="fetch it again",
        )
    refuse_twice(order, place(file.path, "STUB, HEADING"))
    other = [*_variables(file, "STUB", file.lang), *_variables(file, "HEADING", file.lang)]
    shown = other if file.lang and len(other) == len(order) else order
    axes = [_axis(file, own, name) for own, name in zip(order, shown, strict=True)]
    return axes, len(names["STUB"])


def _variables(file: _File, word: str, lang: str) -> list[str]:
    found = file.find(word, lang=lang)
    return found.values if found else []


def _axis(file: _File, own: str, shown: str) -> Axis:
    values = file.find("VALUES", own)
    where = place(file.path, f'VALUES("{own}")')
    if values is None:
        raise SchemaError(
            f"'{own}' has no values", where=where, remedy="fetch the file again", id="NoValues"
        )
    names = values.values
    translated = file.find("VALUES", shown, lang=file.lang)
    if translated and len(translated.values) == len(names):
        names = translated.values
    codes = file.find("CODES", own)
    labels = codes.values if codes else list(values.values)
    if len(labels) != len(values.values):
        raise SchemaError(
            f"'{own}' has {len(labels)} codes and {len(values.values)} values",
            where=where,
            remedy="the file is inconsistent: fetch it again",
            id="SizeMismatch",
        )
    periods = _timeval(file, own, len(labels))
    if periods:
        labels = periods
    refuse_twice(labels, where)
    content = file.find("CONTVARIABLE")
    role: Any = "time" if periods else ""
    if content and own in content.values:
        role = "metric"
    id = file.text("VARIABLECODE", own) or shown
    return Axis(id, labels, shown, dict(zip(labels, names, strict=True)), role)


def _timeval(file: _File, own: str, number: int) -> list[str]:
    """Periods as 2020, 2020-Q1 or 2020-01, when the file gives them in a fixed form."""
    found = file.find("TIMEVAL", own)
    scale = _TLIST.match(found.text.strip()) if found else None
    if found is None or scale is None:
        return []
    if scale[2]:
        periods = _run(scale[1][0], scale[2], scale[3])
    else:
        periods = [one[0] for one in re.findall(r'"([^"]*)"()', found.text[found.text.find(")") :])]
    if len(periods) != number:
        raise SchemaError(
            f"TIMEVAL holds {len(periods)} periods, VALUES {number}",
            where=place(file.path, f'TIMEVAL("{own}")'),
            remedy="the file is inconsistent: fetch it again",
            id="SizeMismatch",
        )
    between = {"Q": "-Q", "M": "-", "H": "-S", "W": "-W"}.get(scale[1][0], "")
    return [text[:4] + between + text[4:] if between else text for text in periods]


def _run(scale: str, first: str, last: str) -> list[str]:
    """Periods from the first to the last."""
    steps = _STEPS.get(scale)
    if steps is None or not len(first) == len(last) <= 6:
        return []
    if not steps:
        return [str(year) for year in range(int(first), int(last) + 1)]
    digits = len(first) - 4
    start, end = (int(one[:4]) * steps + int(one[4:] or 1) - 1 for one in (first, last))
    return [
        f"{n // steps}{n % steps + 1:0{digits}d}" for n in range(start, min(end, start + 9999) + 1)
    ]


def _data(
    file: _File, data: Statement, axes: Sequence[Axis], heads: int
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Numbers and status of every cell."""
    shape = [len(axis.labels) for axis in axes]
    keys = [one for one in file.said.values() if one.word == "KEYS"]
    if keys:
        tokens = _sparse(file, data, axes, heads)
    else:
        tokens = np.array(
            data.text.replace('""', '".."').replace('"', " ").replace(",", " ").split()
        )
    if len(tokens) != prod(shape):
        raise SchemaError(
            f"DATA holds {len(tokens):,} cells, where the variables ask for {prod(shape):,}",
            where=place(file.path, " x ".join(f"{a.id} {len(a.labels)}" for a in axes)),
            remedy="fetch the file again: it may have been cut off",
            id="SizeMismatch",
        )
    return _numbers(file, tokens, axes)


def _numbers(
    file: _File, tokens: NDArray[Any], axes: Sequence[Axis]
) -> tuple[NDArray[Any], NDArray[Any]]:
    missing = np.isin(tokens, list(_DOTS))
    nil = tokens == "-"
    values = np.full(len(tokens), np.nan)
    values[nil] = 0.0
    rest = ~(missing | nil)
    try:
        values[rest] = tokens[rest].astype(float)
    except ValueError:
        wrong = next(int(i) for i in np.flatnonzero(rest) if not _is_number(tokens[i]))
        raise _not_a_number(file, str(tokens[wrong]), wrong, axes) from None
    if np.isinf(values).any() or np.isnan(values[rest]).any():
        bad = int(np.argmax(np.isinf(values) | (rest & np.isnan(values))))
        raise _not_a_number(file, str(tokens[bad]), bad, axes)
    status = np.full(len(tokens), "", object)
    for sign, code in _DOTS.items():
        status[tokens == sign] = code
    if nil.any():
        file.notes.append(f"cells '-' read as 0: {int(nil.sum())}")
    _say_missing(file, Counter(tokens[missing].tolist()))
    return values, status


def _say_missing(file: _File, found: Counter[str]) -> None:
    for sign, times in sorted(found.items()):
        meant = file.text(f"DATASYMBOL{len(sign)}")
        says = f" ({meant})" if meant else ""
        file.notes.append(f"cells '{sign}'{says} read as missing: {times}")


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _not_a_number(file: _File, text: str, cell: int, axes: Sequence[Axis]) -> SchemaError:
    places = np.unravel_index(cell, [len(axis.labels) for axis in axes])
    key = ", ".join(f"{a.id}={a.labels[int(i)]}" for a, i in zip(axes, places, strict=True))
    return SchemaError(
        f"{text[:40]!r} is no number",
        where=place(file.path, f"DATA, cell {cell + 1:,}", key),
        remedy="give a number with a decimal point, or dots for a missing cell",
        id="NotANumber",
    )


def _sparse(file: _File, data: Statement, axes: Sequence[Axis], heads: int) -> NDArray[Any]:
    """Cells of rows that begin with their keys."""
    stub = axes[:heads]
    width = prod(len(axis.labels) for axis in axes[heads:])
    by_code = []
    for axis in stub:
        known = {code: place for place, code in enumerate(axis.labels)}
        told = file.find("KEYS", axis.heading) or file.find("KEYS", axis.id)
        own = file.find("VALUES", axis.heading) or file.find("VALUES", axis.id)
        if told and told.text.strip().upper() == "VALUES" and own:
            known = {name: place for place, name in enumerate(own.values)}
        by_code.append(known)
    shape = [len(axis.labels) for axis in stub]
    cells = np.full((prod(shape), width), "..", dtype=object)
    tokens = [quoted or bare or ".." for quoted, bare in _TOKEN.findall(data.text)]
    step = len(stub) + width
    if len(tokens) % step:
        raise SchemaError(
            f"DATA holds {len(tokens):,} entries, where each row has {step:,}",
            where=place(file.path, "DATA, KEYS"),
            remedy="fetch the file again: it may have been cut off",
            id="SizeMismatch",
        )
    for start in range(0, len(tokens), step):
        key = tokens[start : start + len(stub)]
        try:
            at = [known[text] for known, text in zip(by_code, key, strict=True)]
        except KeyError as fault:
            raise SchemaError(
                f"{fault.args[0]!r} is no key of the stub",
                where=place(file.path, f"DATA, row {start // step + 1}"),
                remedy="the file is inconsistent: fetch it again",
                id="UnknownKey",
            ) from None
        cells[np.ravel_multi_index(at, shape) if shape else 0] = tokens[
            start + len(stub) : start + step
        ]
    return np.asarray(cells.reshape(-1).astype("U"))


def _cube(file: _File, axes: list[Axis], values: NDArray[Any], status: NDArray[Any]) -> Cube:
    name = file.text("CONTENTS") or file.text("MATRIX") or file.path.stem
    units = file.text("UNITS")
    at = next((i for i, axis in enumerate(axes) if axis.role == "metric"), None)
    if at is not None:
        named = [file.text("UNITS", axes[at].names[code]) or units for code in axes[at].labels]
        units = named[0] if len(set(named)) == 1 else ""
        if len(set(named)) > 1:
            file.notes.append(f"units differ by {axes[at].heading}: {few(dict.fromkeys(named))}")
        if len(named) == 1:
            name = axes[at].names[axes[at].labels[0]]
            axes.pop(at)
            values, status = values.squeeze(at), status.squeeze(at)
    told = Told(
        name=name,
        units=units,
        title=file.text("TITLE") or file.text("DESCRIPTION"),
        source=file.text("SOURCE"),
        notes=tuple(file.notes),
    )
    plainly = bool(np.isin(status, ["", "O"]).all())
    return understand(axes, values, None if plainly else status, told, where=file.path.name)
