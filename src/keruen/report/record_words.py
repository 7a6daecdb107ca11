# SPDX-License-Identifier: Apache-2.0
"""Words of a user of person-level records: rules, keys, headings, weights, secrets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from keruen.core.errors import FileError, SchemaError
from keruen.measure.residence import RULES
from keruen.sources.marked_yaml import plain_value, read_yaml

_MAPPING: Final = ("columns", "directions")


@dataclass(frozen=True)
class ColumnMapping:
    """Headings and codes of a user's files.

    Parameters
    ----------
    columns : dict of str to str
        Heading by column.
    directions : dict of str to int, or None
        1 (arrival) or 0 (departure) by code.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    directions: Mapping[str, int] | None = None


def parse_rule(text: str) -> tuple[int, int]:
    """Threshold and window of a rule in days.

    Parameters
    ----------
    text : str
        A name such as 12/16, or days such as 365d/487d.

    Returns
    -------
    int, int

    Raises
    ------
    SchemaError
        It is neither (``RuleNotPossible``).

    Examples
    --------
    >>> parse_rule("12/16"), parse_rule("200d/365d")
    ((365, 487), (200, 365))
    """
    found = re.fullmatch(r"(\d{1,5})d/(\d{1,5})d", text)
    if text in RULES:
        return RULES[text]
    if found:
        return int(found[1]), int(found[2])
    raise SchemaError(
        f"'{text}' is no rule",
        where="rule",
        remedy=f"give {', '.join(RULES)} in months, or days such as 365d/487d",
        id="RuleNotPossible",
    )


def parse_keys(text: str) -> tuple[str, ...]:
    """Keys to count by, month first.

    Parameters
    ----------
    text : str
        Names of columns, month or age, joined by commas; empty for totals.

    Returns
    -------
    tuple of str

    Raises
    ------
    SchemaError
        A name is no name of a column, or would tell persons apart (``BadSetting``).

    Examples
    --------
    >>> parse_keys("sex, month")
    ('month', 'sex')
    """
    names = dict.fromkeys(name.strip() for name in text.split(",") if name.strip())
    for name in names:
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,40}", name) or name in _NEVER_KEYS:
            raise SchemaError(
                f"records cannot be counted by '{name}'",
                where="by",
                remedy="give month, age, sex, citizenship, birth_country, visa_class, region, "
                "checkpoint, country_previous, country_next, or a column of your own",
                id="BadSetting",
            )
    return tuple(sorted(names, key=lambda name: name != "month"))


_NEVER_KEYS: Final = (
    "person_id", "crossing_id", "document_key", "birth_date", "event_time", "direction",
    "status", "measure", "count", "key", "all", "term", "change", "long_term",
)  # fmt: skip


def read_mapping(path: Path | None) -> ColumnMapping:
    """Headings and codes of a user's files from a small YAML file.

    Parameters
    ----------
    path : Path or None
        ``columns:`` with a heading by column, ``directions:`` with 1 or 0 by code; or the
        headings alone.

    Returns
    -------
    ColumnMapping

    Raises
    ------
    FileError
        There is no such file.
    SchemaError
        It says something else (``BadMapping``).
    """
    if path is None:
        return ColumnMapping()
    tree = plain_value(read_yaml(path))
    whole = tree if isinstance(tree, dict) else {}
    parts = whole if set(whole) & set(_MAPPING) else {"columns": whole}
    columns, directions = parts.get("columns") or {}, parts.get("directions")
    good = isinstance(columns, dict) and set(parts) <= set(_MAPPING) and (columns or directions)
    if not good or not (directions is None or isinstance(directions, dict)):
        raise _bad_mapping(path, "it holds no columns")
    codes = None
    if directions is not None:
        codes = {str(code): way for code, way in directions.items()}
        if not codes or any(way not in (0, 1) for way in codes.values()):
            raise _bad_mapping(path, "a direction is neither 1 nor 0")
    return ColumnMapping({str(k): str(v) for k, v in columns.items()}, codes)


def _bad_mapping(path: Path, what: str) -> SchemaError:
    return SchemaError(
        f"the mapping cannot be used: {what}",
        where=path.name,
        remedy="write 'columns:' with lines such as 'person_id: traveller', and 'directions:' "
        "with lines such as 'IN: 1' and 'OUT: 0'",
        id="BadMapping",
    )


def parse_weights(text: str, *, signs: Path | None) -> dict[str, float]:
    """Weights of signs of life by column.

    Parameters
    ----------
    text : str
        Columns and weights, such as tax=0.7,school=0.5.
    signs : Path or None
        File of the signs, without which there are no weights.

    Returns
    -------
    dict of str to float

    Raises
    ------
    SchemaError
        It says something else, or one of the two is given alone (``BadSetting``).

    Examples
    --------
    >>> parse_weights("tax=0.7, school=0.5", signs=Path("signs.csv"))
    {'tax': 0.7, 'school': 0.5}
    """
    pairs = [part.partition("=") for part in text.split(",") if part.strip()]
    try:
        weights = {name.strip(): float(value) for name, _, value in pairs}
    except ValueError:
        weights = {}
    if bool(weights) != bool(text.strip()) or bool(weights) != (signs is not None):
        raise SchemaError(
            "signs of life need a file and weights",
            where="signs, weights",
            remedy="give --signs FILE and --weights such as tax=0.7,school=0.5",
            id="BadSetting",
        )
    return weights


def read_secret(path: Path) -> bytes:
    """Content of a key file.

    Parameters
    ----------
    path : Path
        File of 16 bytes or more.

    Returns
    -------
    bytes

    Raises
    ------
    FileError
        It cannot be read (``NotReadable``).
    SchemaError
        It is too short (``BadSetting``).
    """
    try:
        secret = path.read_bytes()
    except OSError as fault:
        raise FileError(
            f"the key cannot be read: {fault.strerror}",
            where=str(path),
            remedy="name a file with the key",
            id="NotReadable",
        ) from fault
    if len(secret) < 16:
        raise SchemaError(
            "the key is shorter than 16 bytes",
            where=str(path),
            remedy="make one with: openssl rand -out FILE 32",
            id="BadSetting",
        )
    return secret
