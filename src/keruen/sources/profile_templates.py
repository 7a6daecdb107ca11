# SPDX-License-Identifier: Apache-2.0
"""An empty workbook for the profiles that a points system scores, with lists to choose from."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Final

from keruen.core.errors import FileError
from keruen.sources.fault_texts import Lang
from keruen.sources.faults import letter
from keruen.sources.formats.sheets import _undated as undated
from keruen.sources.output import staged_file
from keruen.sources.point_rules import RuleFile
from keruen.sources.profile_files import codes_of, profile_schema
from keruen.sources.schemas import TableSchema

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

_ROWS: Final = 100_000
_HEAD, _DEEP, _PALE = "1F4E5F", "FFE699", "FFF8E1"


def write_profile_template(rules: RuleFile, path: Path, *, lang: Lang = "en") -> None:
    """Write an empty workbook with a column for each fact that the rules ask for.

    Parameters
    ----------
    rules : RuleFile
        Rules.
    path : Path
        File to write, ending in ``.xlsx``; there must be none of this name.
    lang : {"en", "ru", "kk"}, optional
        Language of headings and choices.

    Raises
    ------
    FileError
        Another ending (``UnknownFormat``), a file of this name is there already
        (``FileExists``), or the file cannot be written (``NotWritable``).

    See Also
    --------
    keruen.sources.profile_files.read_profiles : Reads what was filled in.

    Notes
    -----
    Columns in the deeper colour are needed; an empty cell of a paler one counts as the rules
    say. The second sheet lists every choice with its code.

    Examples
    --------
    >>> import tempfile
    >>> from keruen.sources.point_rules import read_point_rules
    >>> file = Path(tempfile.mkdtemp()) / "people.xlsx"
    >>> write_profile_template(read_point_rules("canada-fsw")[0], file, lang="kk")
    >>> file.exists()
    True
    """
    from openpyxl import Workbook

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
    table = profile_schema(rules)
    book = Workbook()
    book.properties.title = table.title[lang]
    sheet = book.worksheets[0]
    sheet.title = "profiles"
    lists = _write_codes(book.create_sheet("codes"), rules, table, lang)
    _write_heads(sheet, table, lists, lang)
    whole = io.BytesIO()
    book.save(whole)
    with staged_file(path) as draft:
        draft.write_bytes(undated(whole.getvalue()))


def _write_codes(
    sheet: Worksheet, rules: RuleFile, table: TableSchema, lang: Lang
) -> dict[str, str]:
    """Every choice with its code; gives the cells that each list shows."""
    sheet.append(["column", "code", "English", "Русский", "Қазақша"])
    lists: dict[str, str] = {}
    shown = {"en": "C", "ru": "D", "kk": "E"}[lang]
    for one in table.values:
        codes = codes_of(rules, one.name)
        first = sheet.max_row + 1
        for code, labels in codes.items():
            sheet.append([one.name, code, *(labels[each] for each in ("en", "ru", "kk"))])
        if codes:
            lists[one.name] = f"codes!${shown}${first}:${shown}${sheet.max_row}"
    for place, width in enumerate((26, 22, 44, 44, 44)):
        sheet.column_dimensions[letter(place)].width = width
    sheet.freeze_panes = "A2"
    return lists


def _write_heads(sheet: Worksheet, table: TableSchema, lists: dict[str, str], lang: Lang) -> None:
    from openpyxl.comments import Comment
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.worksheet.datavalidation import DataValidation

    for place, one in enumerate(table.columns):
        cell = sheet.cell(1, place + 1, one.labels[lang])
        cell.font = Font(bold=True, color="FFFFFF")
        cell.fill = PatternFill("solid", fgColor=_HEAD)
        cell.alignment = Alignment(wrap_text=True, vertical="center")
        told = ", ".join(part for part in (one.name, one.units, one.note[lang]) if part)
        cell.comment = Comment(told, "Keruen")
        column = sheet.column_dimensions[letter(place)]
        column.width = min(max(len(one.labels[lang]) + 4, 14), 34)
        column.fill = PatternFill("solid", fgColor=_DEEP if one.required else _PALE)
        rule = DataValidation(allow_blank=True, errorStyle="warning")
        if one.name in lists:
            rule.type, rule.formula1 = "list", lists[one.name]
        elif one.kind == "number":
            rule.type, rule.operator = "decimal", "greaterThanOrEqual"
            rule.formula1 = f"{-1e15 if one.low is None else one.low:.15g}"
            if one.high is not None:
                rule.operator, rule.formula2 = "between", f"{one.high:.15g}"
        if rule.type:
            rule.add(f"{letter(place)}2:{letter(place)}{_ROWS}")
            sheet.add_data_validation(rule)
    sheet.freeze_panes = "B2"
