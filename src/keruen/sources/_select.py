# SPDX-License-Identifier: Apache-2.0
"""Checking what is asked of a table: dimensions, labels, size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from math import prod
from typing import Final

import numpy as np

from keruen.core.codes import is_country, is_region, near_countries
from keruen.core.dims import canonical_order
from keruen.core.errors import CodeError, CoverageError
from keruen.sources.datasets import DataSet, Label, Selection

LARGEST: Final = 100_000_000
"""Most cells of an array; 800 megabytes."""
COUNTRY_KEYS: Final = frozenset(
    {"country", "origin", "destination", "citizenship", "sender", "receiver", "partner"}
)
"""Keys whose labels may be countries."""


def reordered(
    labels: Mapping[str, tuple[Label, ...]], table: DataSet
) -> dict[str, tuple[Label, ...]]:
    """Labels of keys in canonical order."""
    order = canonical_order(key for key in table.keys if key in labels)
    return {str(key): labels[str(key)] for key in order}


def asked_labels(
    table: DataSet, labels: Mapping[str, tuple[Label, ...]], select: Mapping[str, Selection]
) -> tuple[dict[str, tuple[Label, ...]], list[str]]:
    """Labels selected by key, and the keys of which a single label was asked."""
    asked: dict[str, tuple[Label, ...]] = {}
    scalar = []
    for key, given in select.items():
        if key not in labels:
            near = get_close_matches(key, labels, n=3, cutoff=0.4)
            raise CodeError(
                f"'{table.id}' has no dimension '{key}'",
                where=f"dimensions: {', '.join(labels)}",
                remedy=f"did you mean {', '.join(near)}?" if near else "select one of these",
            )
        single = isinstance(given, str | int | float | np.generic)
        items = [given] if single else list(given)  # type: ignore[arg-type]
        asked[key] = tuple(_label(item, table, key, labels[key]) for item in items)
        scalar += [key] if single else []
    return asked, scalar


def _label(item: object, table: DataSet, key: str, labels: tuple[Label, ...]) -> Label:
    plain: Label = item.item() if isinstance(item, np.generic) else item  # type: ignore[assignment]
    if not labels or plain in labels:
        return plain
    if not isinstance(labels[0], str) or _known_code(key, str(plain)):
        raise CoverageError(
            f"'{table.id}' has no {key} {plain!r}",
            where=f"{key}: {_span(labels)}",
            remedy="select among these, or leave the dimension out",
        )
    near = _near(key, str(plain), [str(label) for label in labels])
    raise CodeError(
        f"{plain!r} is not a label of '{key}' in '{table.id}'",
        where=f"{key}: {_span(labels)}",
        remedy=f"did you mean {', '.join(near)}?" if near else "see keruen.dataset(id).labels",
    )


def _known_code(key: str, text: str) -> bool:
    return (key in COUNTRY_KEYS and is_country(text)) or (key == "region" and is_region(text))


def _near(key: str, text: str, labels: list[str]) -> list[str]:
    near = get_close_matches(text.upper(), labels, n=3, cutoff=0.5)
    if key not in COUNTRY_KEYS:
        return near or get_close_matches(text, labels, n=3, cutoff=0.5)
    return list(dict.fromkeys([*near_countries(text), *near]))[:3]


def _span(labels: Sequence[Label]) -> str:
    if isinstance(labels[0], str) and len(labels) > 8:
        return f"{', '.join(map(str, labels[:5]))} ... ({len(labels)})"
    if len(labels) > 8:
        return f"{labels[0]} to {labels[-1]}"
    return ", ".join(map(str, labels))


def shown(select: Mapping[str, Sequence[Label]]) -> str:
    """A selection in words."""
    return ", ".join(f"{key}={_span(labels)}" for key, labels in select.items() if labels)


def refuse_size(table: DataSet, chosen: Mapping[str, Sequence[Label]]) -> None:
    """Refuse an array without labels, and one that would fill the memory."""
    size = prod(len(labels) for labels in chosen.values())
    empty = [key for key, labels in chosen.items() if not labels]
    if empty:
        raise CoverageError(
            f"no label of '{empty[0]}' is selected", where=table.id, remedy="give at least one"
        )
    if size > LARGEST:
        raise CoverageError(
            f"the array would have {size:,} cells, nearly all of them missing",
            where=f"{table.id}: {' x '.join(f'{k} {len(v)}' for k, v in chosen.items())}",
            remedy=f"select labels, or read rows with keruen.load_table('{table.id}')",
            id="TooLarge",
        )
