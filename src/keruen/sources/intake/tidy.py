# SPDX-License-Identifier: Apache-2.0
"""A large tidy table, headings in its first row, as keys and figures without copying cells."""

from __future__ import annotations

import numpy as np
import pandas as pd

from keruen.sources._grid import Columns
from keruen.sources.intake.changes import Intake
from keruen.sources.intake.header import Field, Header, cell_text, find_header
from keruen.sources.intake.layout import Fields, complete, note_unread
from keruen.sources.intake.written import FigureCells, Ints, KeyCells, Written


def read_tidy(columns: Columns, intake: Intake) -> Written | None:
    """Keys and figures of a tidy table.

    Parameters
    ----------
    columns : Columns
        Table by column.
    intake : Intake
        What it should hold; takes faults and decisions.

    Returns
    -------
    Written or None
        None when the headings are not good enough to go on.
    """
    table = columns.table
    headings = np.array([list(table.columns)], dtype=object)
    header = find_header(headings, (), intake.table)
    if header is None:
        intake.faults.add("NoHeader", looked=1, wanted=intake.table.columns)
        return None
    values = {one.name for one in intake.table.values}
    figures = [one for one in header.fields if one.column in values]
    if not complete(Fields(header.fields, {}, figures), header, intake):
        return None
    note_unread(header.fields, header, intake)
    rows = table.index.to_numpy(dtype=np.int64)
    if not rows.size:
        intake.faults.add("NoRows")
        return None
    found = Written(rows)
    for one in figures:
        if one.place in columns.commas:
            first = int(rows[0])
            intake.changes.add("decimal_comma", row=first, place=one.place, count=rows.size)
    for one in header.fields:
        if one.column in values:
            found.figures[one.column] = _figures(table.iloc[:, one.place], one, header)
        elif one.column:
            found.keys[one.column] = _key(table.iloc[:, one.place], rows, one.place)
    return found


def _figures(column: pd.Series, one: Field, header: Header) -> FigureCells:
    places = np.broadcast_to(np.int64(one.place), len(column))
    return FigureCells(column, places, one.unit, one.said, (header.bottom, one.place))


def _key(column: pd.Series, rows: Ints, place: int) -> KeyCells:
    if isinstance(column.dtype, pd.CategoricalDtype):
        codes = column.cat.codes.to_numpy().astype(np.int64)
        known = column.cat.categories
    else:
        codes, known = pd.factorize(column)
        codes = codes.astype(np.int64)
    texts = [cell_text(text) for text in known.tolist()]
    return KeyCells(codes, texts, rows, np.broadcast_to(np.int64(place), len(column)))
