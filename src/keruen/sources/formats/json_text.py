# SPDX-License-Identifier: Apache-2.0
"""JSON read strictly: a key twice, a number that is none, a broken end are refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from keruen.core.errors import FileError, SchemaError
from keruen.sources.formats.cube import place
from keruen.sources.formats.text_table import refuse_file

LARGEST: Final = 256 << 20
"""Bytes of the largest document that is read."""


def read_document(path: Path) -> dict[str, Any]:
    """The object that a file of JSON holds.

    Parameters
    ----------
    path : Path
        File.

    Returns
    -------
    dict

    Raises
    ------
    FileError
        No such file, too large, no text, or broken off.
    SchemaError
        A key stands twice, or the document is no object.
    """
    refuse_file(path, LARGEST)
    try:
        text = path.read_text(encoding="utf-8-sig")
        found = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
    except UnicodeDecodeError as fault:
        raise _damaged("no text in UTF-8", path, f"byte {fault.start + 1}") from fault
    except json.JSONDecodeError as fault:
        where = f"line {fault.lineno}, column {fault.colno}"
        raise _damaged(f"no JSON: {fault.msg}", path, where) from fault
    except _TwiceError as fault:
        raise SchemaError(
            f"the key {str(fault)!r} stands twice",
            where=path.name,
            remedy="keep one of each",
            id="DuplicateKey",
        ) from fault
    except RecursionError as fault:
        raise _damaged("nested too deeply", path, "") from fault
    except ValueError as fault:
        raise _damaged(f"no JSON: {str(fault)[:80]}", path, "") from fault
    if not isinstance(found, dict):
        raise wrong("the document is no object", path, "", "give a JSON-stat 2.0 dataset")
    return found


class _TwiceError(ValueError):
    """A key of an object stands twice."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise _TwiceError(key)
            seen.add(key)
    return found


def _no_constant(text: str) -> float:
    raise ValueError(f"{text} is no number of JSON")


def _damaged(what: str, path: Path, where: str) -> FileError:
    return FileError(
        f"the file is {what}",
        where=place(path, where),
        remedy="fetch it again: it may have been cut off",
        id="Damaged",
    )


def wrong(what: str, path: Path, where: str, remedy: str, id: str = "") -> SchemaError:
    """A fault of the document."""
    return SchemaError(what, where=place(path, where), remedy=remedy, id=id)
