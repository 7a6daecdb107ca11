# SPDX-License-Identifier: Apache-2.0
"""Empty workbooks to fill in: coloured columns, lists to choose from, codes and notes.

A template is read by the same reader as any other table: its headings are the labels of the
columns, and its lists hold only labels that are read as the code meant.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Final

from keruen.core.errors import FileError, SchemaError
from keruen.sources import _template_words as words
from keruen.sources._template_words import LANGS
from keruen.sources.fault_texts import UNIT_WORDS, Lang, msg
from keruen.sources.faults import letter
from keruen.sources.formats.sheets import _undated as undated
from keruen.sources.labour_files import PARTS as LABOUR_PARTS
from keruen.sources.output import staged_file
from keruen.sources.placement_files import PLACEMENT_PARTS
from keruen.sources.policy_files import PERMIT_PARTS, REGULARISE_PARTS
from keruen.sources.projection_files import PARTS
from keruen.sources.schemas import Column, TableSchema, schemas
from keruen.sources.skills_files import SKILL_PARTS

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.datavalidation import DataValidation
    from openpyxl.worksheet.worksheet import Worksheet

Say = Callable[[str], str]

_BOOKS: Final[Mapping[str, Mapping[str, str]]] = {
    "projection": {sheet: schema for sheet, (schema, _) in PARTS.items()},
    "labour_market": {sheet: sheet for sheet in LABOUR_PARTS},
    "skills": SKILL_PARTS,
    "placement": PLACEMENT_PARTS,
    "regularise": REGULARISE_PARTS,
    "permits": PERMIT_PARTS,
}
"""Templates of several sheets: each sheet with the table it holds."""

_LAST: Final = 1_048_576
_HEAD, _DEEP, _PALE = "1F4E5F", "FFE699", "FFF8E1"
_PROMPT: Final = 250


@dataclass(frozen=True)
class _Template:
    """What is written: sheets with their tables, in a language."""

    name: str
    title: str
    sheets: Mapping[str, TableSchema]
    lang: Lang
    say: Say


def templates() -> dict[str, Mapping[str, str]]:
    """What templates there are: names and titles by language.

    Returns
    -------
    dict of str to mapping
        One for each table of ``schemas()``, and those of several tables; these have their
        title in English, as a sentence of the catalogues.

    Examples
    --------
    >>> templates()["migrant_stock"]["kk"], templates()["projection"]["en"]
    ('Туған елі бойынша мигранттар саны', 'Tables of a population projection')
    """
    single = {name: one.title for name, one in schemas().items()}
    return single | {name: {"en": words.BOOKS[name]} for name in _BOOKS}


def write_template(name: str, path: Path, *, lang: Lang = "en", say: Say = msg) -> None:
    """Write an empty workbook for a table, or for the tables of a projection.

    Parameters
    ----------
    name : str
        One of ``templates()``.
    path : Path
        File to write, ending in ``.xlsx``; there must be none of this name.
    lang : {"en", "ru", "kk"}
        Language of headings and names.
    say : callable, optional
        Translates the sentences of the notes; English when not given.

    Raises
    ------
    SchemaError
        No such template (``UnknownSchema``).
    FileError
        Another ending (``UnknownFormat``), a file of this name is there already
        (``FileExists``), or the file cannot be written (``NotWritable``).

    See Also
    --------
    keruen.sources.files.check_table : Reads what was filled in.
    keruen.sources.projection_files.read_projection : Reads the tables of a projection.

    Notes
    -----
    The sheets of data, a sheet of codes with their names in three languages, and one of
    notes. Sheets are protected without a password: only headings and codes are locked.

    Examples
    --------
    >>> import tempfile
    >>> from keruen.sources.files import check_table
    >>> file = Path(tempfile.mkdtemp()) / "people.xlsx"
    >>> write_template("region_population", file, lang="kk")
    >>> check_table(file, "region_population").faults["what"].tolist()
    ['there are no rows below the headings']
    """
    from openpyxl import Workbook

    _refuse(name, path)
    if name in _BOOKS:
        tables = {sheet: schemas()[one] for sheet, one in _BOOKS[name].items()}
        title = say(words.BOOKS[name])
    else:
        tables = {say(words.DATA): schemas()[name]}
        title = schemas()[name].title[lang]
    template = _Template(name, title, tables, lang, say)
    book = Workbook()
    book.remove(book.worksheets[0])
    book.properties.title = title
    for sheet in tables:
        book.create_sheet(sheet)
    lists = _write_codes(book, template)
    for sheet, table in tables.items():
        _write_data(book[sheet], table, lists, template)
    _write_notes(book, template)
    whole = io.BytesIO()  # a full disk would break the workbook off in its middle
    book.save(whole)
    with staged_file(path) as draft:
        draft.write_bytes(undated(whole.getvalue()))


def _refuse(name: str, path: Path) -> None:
    known = templates()
    if name not in known:
        near = get_close_matches(name, known, n=3, cutoff=0.5)
        order = [*near, *(one for one in known if one not in near)]
        raise SchemaError(
            f"there is no template '{name}'",
            remedy=f"choose one of {', '.join(order)}",
            id="UnknownSchema",
        )
    if path.suffix.lower() != ".xlsx":
        raise FileError(
            f"a template cannot be written as '{path.suffix}'",
            where=str(path),
            remedy="end its name in .xlsx",
            id="UnknownFormat",
        )
    if path.exists():
        raise FileError(
            "a file of this name is there already, and may hold your figures",
            where=str(path),
            remedy="choose another name, or delete it first",
            id="FileExists",
        )


def _kinds(template: _Template) -> dict[str, list[Column]]:
    """Kinds of columns that have a list, with the columns."""
    found: dict[str, list[Column]] = {}
    for table in template.sheets.values():
        for column in table.columns:
            if words.entries(column.kind, template.lang):
                found.setdefault(column.kind, []).append(column)
    return found


def _write_codes(book: Workbook, template: _Template) -> dict[str, str]:
    """The sheet of codes; gives the cells that the list of each kind of column shows."""
    say, lang = template.say, template.lang
    sheet = book.create_sheet(say(words.CODES))
    _write_heads(sheet, [say(head) for head in words.CODE_HEADS], (30, 12, 40, 40, 40))
    lists: dict[str, str] = {}
    row = 1
    for kind, columns in _kinds(template).items():
        called = ", ".join(dict.fromkeys(one.labels[lang] for one in columns))
        first = row + 1
        for one in words.entries(kind, lang):
            row += 1
            names = (one.names.get(each, "") for each in LANGS)
            for place, text in enumerate((called, one.code, *names), start=1):
                if text:
                    sheet.cell(row, place, text).number_format = "@"
        shown = "CDE"[LANGS.index(lang)] if words.is_chosen_by_name(kind) else "B"
        lists[kind] = f"'{sheet.title}'!${shown}${first}:${shown}${row}"
    sheet.auto_filter.ref = f"A1:E{row}"
    _protect(sheet)
    return lists


def _write_heads(sheet: Worksheet, heads: list[str], widths: tuple[float, ...]) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill

    for place, (head, width) in enumerate(zip(heads, widths, strict=True), start=1):
        cell = sheet.cell(1, place, head)
        cell.font = Font(bold=True, color="FFFFFF")
        cell.fill = PatternFill("solid", fgColor=_HEAD)
        cell.alignment = Alignment(wrap_text=True, vertical="center")
        sheet.column_dimensions[cell.column_letter].width = width
    sheet.freeze_panes = "A2"


def _protect(sheet: Worksheet) -> None:
    """Lock what is not to be changed, without a password; all the rest stays possible."""
    lock = sheet.protection
    lock.sheet = True
    lock.formatCells = lock.formatColumns = lock.formatRows = False
    lock.insertRows = lock.deleteRows = lock.sort = lock.autoFilter = False


def _write_data(
    sheet: Worksheet, table: TableSchema, lists: Mapping[str, str], template: _Template
) -> None:
    from openpyxl.styles import PatternFill, Protection

    labels = [one.labels[template.lang] for one in table.columns]
    _write_heads(sheet, labels, tuple(min(max(len(text) + 4, 13), 34) for text in labels))
    for place, column in enumerate(table.columns):
        whole = sheet.column_dimensions[letter(place)]
        whole.fill = PatternFill("solid", fgColor=_DEEP if column.required else _PALE)
        whole.protection = Protection(locked=False)
        is_figure = column.kind in ("year", "date", "integer", "number")
        whole.number_format = "General" if is_figure else "@"  # 5-9 would become a date
        rule = _rule(column, lists, template)
        rule.add(f"{letter(place)}2:{letter(place)}{_LAST}")
        sheet.add_data_validation(rule)
    _protect(sheet)


def _rule(column: Column, lists: Mapping[str, str], template: _Template) -> DataValidation:
    """The list or range of a column; a cell outside is warned of, never refused."""
    from openpyxl.worksheet.datavalidation import DataValidation

    say = template.say
    rule = DataValidation(allow_blank=True, errorStyle="warning")
    form = words.form(column, say)
    warning = say(words.WARNING_NUMBER)
    if column.kind in lists:
        rule.type, rule.formula1 = "list", lists[column.kind]
        warning = say(words.WARNING)
    elif column.kind in ("year", "integer", "number"):
        rule.type = "decimal" if column.kind == "number" else "whole"
        low = -1e15 if column.low is None else column.low
        rule.operator, rule.formula1 = "greaterThanOrEqual", f"{low:.15g}"
        if column.high is not None:
            rule.operator, rule.formula2 = "between", f"{column.high:.15g}"
    rule.error = warning.format(form=form)[:_PROMPT]
    rule.prompt = ". ".join(_told(column, template))[:_PROMPT]
    rule.showErrorMessage = rule.type is not None
    rule.showInputMessage = True
    return rule


def _told(column: Column, template: _Template) -> Iterator[str]:
    """What the column takes with its unit, and its note, as sentences without full stops."""
    form = words.form(column, template.say)
    unit = f" ({_unit(column, template)})" if column.units else ""
    yield form[:1].upper() + form[1:] + unit
    if column.note[template.lang]:
        yield column.note[template.lang].rstrip(".")


def _unit(column: Column, template: _Template) -> str:
    return template.say(UNIT_WORDS.get(column.units, column.units))


def _needed(column: Column, table: TableSchema) -> str:
    if column.required:
        return words.NEEDED
    free = column.role == "value" and not any(one.required for one in table.values)
    return words.ONE_OF if free else words.SPARE


def _write_notes(book: Workbook, template: _Template) -> None:
    """What the tables are, how to fill them in and check them, and every column."""
    from openpyxl.styles import Alignment, Font

    say = template.say
    sheet = book.create_sheet(say(words.NOTES))
    for place, width in enumerate((30, 26, 22, 20, 52, 70)):
        sheet.column_dimensions[letter(place)].width = width
    sheet.append([template.title])
    sheet["A1"].font = Font(bold=True, size=14)
    sheet.append([])
    for text in _how(template):
        sheet.append([text])
    for name, table in template.sheets.items():
        sheet.append([])
        own = words.TITLES.get(name)
        sheet.append([f"{name}: {say(own) if own else table.title[template.lang]}"])
        sheet.cell(sheet.max_row, 1).font = Font(bold=True, size=12)
        sheet.append([table.note[template.lang]])
        sheet.append([say(head) for head in words.NOTE_HEADS])
        for cell in sheet[sheet.max_row]:
            cell.font = Font(bold=True)
        for column in table.columns:
            sheet.append(
                [
                    column.labels[template.lang],
                    column.name,
                    say(_needed(column, table)),
                    _unit(column, template) if column.units else "",
                    words.form(column, say),
                    column.note[template.lang],
                ]
            )
            for cell in sheet[sheet.max_row]:
                cell.alignment = Alignment(wrap_text=True, vertical="top")


def _how(template: _Template) -> Iterator[str]:
    say = template.say
    if len(template.sheets) > 1:
        told = {"projection": words.MANY, "skills": words.BOTH, "placement": words.BOTH}
        many = told.get(template.name, words.SOME)
        first, second = list(template.sheets)[:2]
        yield say(many).format(first=first, second=second)
    for text in words.HOW:
        yield say(text).format(codes=say(words.CODES))
    for sheet, table in template.sheets.items():
        only = f" --sheet {sheet}" if len(template.sheets) > 1 else ""
        command = f"keruen data check FILE.xlsx --as {table.name}{only} --lang {template.lang}"
        yield say(words.CHECK).format(command=command)
    if template.name == "projection":
        yield say(words.RUN).format(command="keruen project population FILE.xlsx --out FOLDER")
    if template.name == "labour_market":
        command = "keruen project labour COUNTRY --with FILE.xlsx --out FOLDER"
        yield say(words.RUN).format(command=command)
    if template.name == "skills":
        yield say(words.RUN).format(command="keruen project skills FILE.xlsx --out FOLDER")
    if template.name == "placement":
        yield say(words.RUN).format(command="keruen place FILE.xlsx --out FOLDER")
    if template.name in ("regularise", "permits"):
        yield say(words.RUN).format(command=f"keruen {template.name} FILE.xlsx --out FOLDER")
