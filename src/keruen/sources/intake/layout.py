# SPDX-License-Identifier: Apache-2.0
"""A sheet as statistics offices lay it out, written down as keys and figures.

Titles above, notes below, merged and several rows of headings, labels across, sections,
rows of parts: all of it becomes one row a figure, and every decision is listed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from keruen.sources._grid import Sheet
from keruen.sources._words import is_footnote, is_of_which, meaning
from keruen.sources.faults import letter
from keruen.sources.intake import years
from keruen.sources.intake.body import read_body
from keruen.sources.intake.changes import ChangeList, Intake
from keruen.sources.intake.header import LOOKED, Cells, Field, Header, cell_text, find_header
from keruen.sources.intake.headings import heading, near_column, unit_of
from keruen.sources.intake.melt import melted
from keruen.sources.intake.written import Written
from keruen.sources.schemas import Column, TableSchema

_YEAR: Final = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_FIGURE: Final = re.compile(r"[-+]?\d[\d\s.,]*")
_MOSTLY: Final = 0.7
_SAMPLE: Final = 400
_SHOWN: Final = 12


def read_layout(sheet: Sheet, intake: Intake) -> Written | None:
    """Keys and figures of a sheet.

    Parameters
    ----------
    sheet : Sheet
        Cells as they stand in the file.
    intake : Intake
        What they should hold; takes faults and decisions.

    Returns
    -------
    Written or None
        None when the headings are not good enough to go on.
    """
    table, faults = intake.table, intake.faults
    cells = sheet.cells.to_numpy(dtype=object, copy=True)
    header = find_header(cells, sheet.merged, table)
    if header is None:
        faults.add("NoHeader", looked=min(len(cells), LOOKED), wanted=table.columns)
        return None
    _fill_merged(cells, sheet, header, intake.changes)
    if header.numbering:
        intake.changes.add("numbering", row=header.bottom, before=header.numbering)
    fields = _without_blank(_with_unheaded(header, cells, intake), header, cells, intake)
    constants = _from_titles(header, sheet, fields, intake)
    figures = _figures(fields, header, cells, intake)
    sections = _sections(cells[header.bottom :], Fields(fields, constants, figures), intake)
    if not complete(Fields(fields, {**sections, **constants}, figures), header, intake):
        return None
    _note_part_of_year(constants, header, intake)
    _show_formulas(cells, sheet)
    _show_percents(cells, sheet, figures, intake)
    keys = {one.column: one for one in fields if one.column in {k.name for k in table.keys}}
    body = read_body(cells[header.bottom :], header.bottom, (keys, figures), intake)
    note_unread(fields, header, intake)
    if not body.rows.size:
        faults.add("NoRows")
        return None
    found = melted(cells, body, figures, constants, header)
    for figure in found.figures.values():
        figure.typed = not sheet.encoding
    return found


@dataclass(frozen=True)
class Fields:
    """Columns of a sheet, keys of its title, and those columns that hold figures."""

    all: list[Field]
    constants: dict[str, str]
    figures: list[Field]


def _fill_merged(cells: Cells, sheet: Sheet, header: Header, changes: ChangeList) -> None:
    """Labels of cells merged downwards, written into each row."""
    for top, left, bottom, _ in sheet.merged:
        if top >= header.bottom and bottom > top and cell_text(cells[top, left]):
            cells[top + 1 : bottom + 1, left] = cells[top, left]
            changes.add(
                "merged",
                row=top + 1,
                place=left,
                after=cell_text(cells[top, left]),
                count=bottom - top + 1,
            )


def _show_formulas(cells: Cells, sheet: Sheet) -> None:
    """Cells whose formula gave an error, or nothing, hold what the reader of the sheet sees."""
    shown = [*sheet.errors, *((row, column, "=") for row, column in sheet.formulas)]
    for row, column, text in shown:
        if row < cells.shape[0] and column < cells.shape[1]:
            cells[row, column] = text


def _show_percents(cells: Cells, sheet: Sheet, figures: list[Field], intake: Intake) -> None:
    """Numbers shown as a percentage are read as they are shown."""
    for one in figures:
        rows = [row for row, column in sheet.percents if column == one.place]
        if not rows:
            continue
        one.unit, one.said = "percent", "%"
        if intake.table.column(one.column).units == "percent":
            before = cells[rows[0], one.place]
            for row in rows:
                cells[row, one.place] = round(cells[row, one.place] * 100, 12)
            intake.changes.add(
                "percent_cell",
                row=min(rows) + 1,
                place=one.place,
                name=one.column,
                before=before,
                after=cells[rows[0], one.place],
                count=len(rows),
            )


def _with_unheaded(header: Header, cells: Cells, intake: Intake) -> list[Field]:
    """Columns with those whose heading says nothing but whose labels do."""
    fields = {one.place: one for one in header.fields}
    held = {one.column for one in header.fields}
    held |= {key for one in header.fields for key in one.labels}
    for place in range(cells.shape[1]):
        one = fields.get(place, Field(place, ""))
        if one.column or one.labels:
            continue
        texts = {cell_text(cell) for cell in cells[header.bottom :, place][:_SAMPLE]} - {""}
        key = _key_of(texts, [k for k in intake.table.keys if k.name not in held])
        if key:
            one.column = key
            held.add(key)
            fields[place] = one
            intake.changes.add(
                "inferred", row=header.bottom, place=place, name=key, before=one.text, after=key
            )
    return [fields[place] for place in sorted(fields)]


def _without_blank(
    fields: list[Field], header: Header, cells: Cells, intake: Intake
) -> list[Field]:
    """Columns less those that need not be there and hold nothing, as in a template."""
    optional = {one.name for one in intake.table.columns if not one.required}
    values = {one.name for one in intake.table.values}
    blank = [
        one
        for one in fields
        if one.column in optional
        and not one.labels
        and not any(map(cell_text, cells[header.bottom :, one.place]))
    ]
    if values.isdisjoint(one.column for one in fields if one not in blank):
        blank = [one for one in blank if one.column not in values]
    for one in blank:
        row, before = header.bottom, one.text
        intake.changes.add("blank", row=row, place=one.place, name=one.column, before=before)
    return [one for one in fields if one not in blank]


def _key_of(texts: set[str], keys: list[Column]) -> str:
    """The only key that most labels belong to; numbers alone may be years and nothing else."""
    labels = [text for text in texts if not is_of_which(text) and not is_footnote(text)]
    worded = [text for text in labels if not text.replace(".", "").isdigit()]
    fitting = []
    for key in keys:
        asked = labels if key.kind == "year" else worded
        means = [meaning(key.kind, text) for text in asked]
        known = [one for one in means if one.state != "unknown" or one.near]
        enough = len(known) >= max(1.0, _MOSTLY * len(asked))
        if key.kind != "text" and enough and len(asked) > len(labels) / 2:
            fitting.append(key)
    required = [key for key in fitting if key.required] or fitting
    return required[0].name if len(required) == 1 else ""


def _from_titles(
    header: Header, sheet: Sheet, fields: list[Field], intake: Intake
) -> dict[str, str]:
    """Keys that stand in the title alone: the year."""
    held = {one.column for one in fields} | {key for one in fields for key in one.labels}
    said = {year for title in header.titles for year in _YEAR.findall(title)}
    said = said or set(_YEAR.findall(sheet.name))
    found = {}
    for key in intake.table.keys:
        if key.kind == "year" and key.name not in held and len(said) == 1:
            found[key.name] = said.pop()
            intake.changes.add("year_of_title", row=1, name=key.name, after=found[key.name])
    return found


def _note_part_of_year(constants: dict[str, str], header: Header, intake: Intake) -> None:
    """A title whose year is the table's, but that speaks of a quarter or of some months."""
    held = [intake.table.column(name).kind for name in constants]
    parts = [title for title in header.titles if _YEAR.search(title) and years.is_part(title)]
    if "year" in held and parts:
        intake.faults.add("PartOfYear", rows=[1], values=parts[:1])


def _figures(fields: list[Field], header: Header, cells: Cells, intake: Intake) -> list[Field]:
    """Columns of figures; those under labels alone hold what the title or the table says."""
    table = intake.table
    values = {one.name for one in table.values}
    nameless = [one for one in fields if one.labels and not one.column]
    named = [one for one in fields if one.column in values]
    if not nameless and not named and _only_value(table):
        nameless = _lone_figures(fields, cells, header)
        for one in nameless:
            intake.changes.add("inferred", row=header.bottom, place=one.place, before=one.text)
    if nameless:
        column = _only_value(table) or _of_titles(header, intake)
        if not column:
            place = nameless[0].place
            intake.faults.add(
                "UnclearFigures", rows=[header.bottom], columns=place, wanted=table.values
            )
            return []
        for one in nameless:
            one.column = column
    title_unit = next((unit_of(title) for title in header.titles if unit_of(title)[0]), ("", ""))
    found = [*named, *nameless]
    for one in found:
        if not one.unit:
            one.unit, one.said = title_unit
    return sorted(found, key=lambda one: one.place)


def _lone_figures(fields: list[Field], cells: Cells, header: Header) -> list[Field]:
    """The only column of numbers, when its heading does not say what they are."""
    found = []
    for one in fields:
        column = cells[header.bottom :, one.place][:_SAMPLE]
        texts = [text for text in map(cell_text, column) if text]
        figures = [text for text in texts if _FIGURE.fullmatch(text)]
        if not one.column and not one.labels and len(figures) > _MOSTLY * len(texts):
            found.append(one)
    return found if len(found) == 1 else []


def _only_value(table: TableSchema) -> str:
    required = [one.name for one in table.values if one.required]
    return required[0] if len(required) == 1 or len(table.values) == 1 else ""


def _of_titles(header: Header, intake: Intake) -> str:
    values = {one.name for one in intake.table.values}
    for title in reversed(header.titles):
        column = heading(title, intake.table.name).column
        if column in values:
            intake.changes.add("figure_of_title", row=1, name=column, before=title, after=column)
            return column
    return ""


def _sections(cells: Cells, fields: Fields, intake: Intake) -> dict[str, str]:
    """Years that stand in rows of their own above the rows they hold for, from the first on."""
    held = {one.column for one in fields.all} | {key for one in fields.all for key in one.labels}
    first = next(([text for text in map(cell_text, row) if text] for row in cells if any(row)), [])
    if len(first) != 1:
        return {}
    return {
        key.name: first[0]
        for key in intake.table.keys
        if key.kind == "year" and key.name not in held and meaning("year", first[0]).code
    }


def complete(fields: Fields, header: Header, intake: Intake) -> bool:
    """Whether every required column is there, and none twice."""
    table, faults = intake.table, intake.faults
    held = {one.column for one in (*fields.all, *fields.figures)} | set(fields.constants)
    held |= {key for one in fields.all for key in one.labels}
    missing = [one for one in table.columns if one.required and one.name not in held]
    spare = [one for one in fields.all if one.text and not one.column and not one.labels]
    for column in missing:
        near = [one for one in spare if near_column(one.text, table) == column]
        faults.add(
            "MissingColumn",
            rows=[header.bottom],
            column=column,
            headings=tuple(one.text for one in fields.all if one.text)[:_SHOWN],
            near=tuple(f"{one.text} ({letter(one.place)})" for one in near),
        )
    if not fields.figures and not faults.parts:
        faults.add("NoFigures", rows=[header.bottom], wanted=table.values)
    _note_twice(fields.all, header, intake)
    return not faults.parts


def _note_twice(fields: list[Field], header: Header, intake: Intake) -> None:
    """Columns that mean the same under the same labels."""
    alike: dict[tuple[str, ...], list[Field]] = {}
    for one in fields:
        if one.column:
            labels = sorted(f"{key}={label}" for key, label in one.labels.items())
            alike.setdefault((one.column, *labels), []).append(one)
    for what, same in alike.items():
        if len(same) > 1:
            intake.faults.add(
                "DuplicateColumn",
                rows=[header.bottom],
                columns=[same[1].place],
                letters=tuple(letter(one.place) for one in same),
                column=intake.table.column(what[0]),
            )


def note_unread(fields: list[Field], header: Header, intake: Intake) -> None:
    """Columns that are not part of the table: named, or a fault when only misspelt."""
    held = {one.column for one in fields}
    for one in fields:
        if one.column or one.labels or not one.text:
            continue
        place, row = one.place, header.bottom
        near = near_column(one.text, intake.table)
        if near and near.name not in held:
            intake.faults.add(
                "MisspeltHeading", rows=[row], columns=place, values=[one.text], column=near
            )
        else:
            intake.changes.add("unread", row=row, place=place, before=one.text)
