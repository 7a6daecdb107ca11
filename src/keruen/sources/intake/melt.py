# SPDX-License-Identifier: Apache-2.0
"""Labels that stand across a table, written down: one row a figure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from keruen.sources.intake.body import Body
from keruen.sources.intake.header import Cells, Field, Header
from keruen.sources.intake.written import FigureCells, Ints, KeyCells, Written, key_cells


@dataclass(frozen=True)
class _Block:
    """Columns of figures under the same labels."""

    labels: tuple[tuple[str, str], ...]
    fields: dict[str, Field]


def melted(
    cells: Cells,
    body: Body,
    figures: list[Field],
    constants: dict[str, str],
    header: Header,
) -> Written:
    """One row a figure: the labels that stood across become keys."""
    blocks = _blocks(figures)
    size = body.rows.size
    rows = np.tile(body.rows + 1, len(blocks))
    found = Written(rows, crossed=any(block.labels for block in blocks))
    for name, one in body.keys.items():
        places = np.full(rows.size, one.place, dtype=np.int64)
        texts = np.tile(one.texts, len(blocks))
        found.keys[name] = key_cells(texts, np.tile(one.rows + 1, len(blocks)), places)
    for name, text in constants.items():
        nowhere = np.full(rows.size, -1, dtype=np.int64)
        found.keys[name] = KeyCells(np.zeros_like(rows), [text], np.ones_like(rows), nowhere)
    for name in dict.fromkeys(key for block in blocks for key, _ in block.labels):
        found.keys[name] = _label_cells(name, blocks, size)
    for name in dict.fromkeys(one.column for one in figures):
        found.figures[name] = _figure_cells(name, blocks, cells, body.rows, header)
    return found


def _blocks(figures: list[Field]) -> list[_Block]:
    blocks: dict[tuple[tuple[str, str], ...], dict[str, Field]] = {}
    for one in figures:
        blocks.setdefault(tuple(sorted(one.labels.items())), {})[one.column] = one
    return [_Block(labels, fields) for labels, fields in blocks.items()]


def _label_cells(name: str, blocks: list[_Block], size: int) -> KeyCells:
    """A key that stands across; a block without it is the whole."""
    texts = [dict(block.labels).get(name, "Total") for block in blocks]
    firsts = [next(iter(block.fields.values())) for block in blocks]
    rows = np.array([one.rows.get(name, -1) + 1 for one in firsts], dtype=np.int64)
    places = np.array([one.place for one in firsts], dtype=np.int64)
    return key_cells(
        np.repeat(np.array(texts, dtype=object), size),
        np.repeat(rows, size),
        np.repeat(places, size),
    )


def _figure_cells(
    name: str, blocks: list[_Block], cells: Cells, rows: Ints, header: Header
) -> FigureCells:
    import pandas as pd

    columns, places = [], []
    for block in blocks:
        one = block.fields.get(name)
        columns.append(np.full(rows.size, None) if one is None else cells[rows, one.place])
        places.append(-1 if one is None else one.place)
    told = [block.fields[name] for block in blocks if name in block.fields]
    united = next((one for one in told if one.unit), told[0])
    return FigureCells(
        pd.Series(np.concatenate(columns), dtype=object),
        np.repeat(np.array(places, dtype=np.int64), rows.size),
        united.unit,
        united.said,
        (header.bottom, united.place),
    )
