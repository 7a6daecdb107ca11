# SPDX-License-Identifier: Apache-2.0
"""A report as an Excel workbook: data, cross-tables, codes, notes, sources.

Values are stored in full and only shown rounded; totals are formulas; cells without a
figure are empty, never zero. A hidden sheet says which figure stands in which cell, so that
:func:`keruen.sources.workbooks.read_report` reads them back in whatever language.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from keruen.core.origin import Source
from keruen.report.document import Figure, Report, Table
from keruen.report.locale import LANGS, Country, Locale, Region, Value, Year, msg
from keruen.report.units import UNITS

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

_TITLES: Final = (msg("Contents"), msg("Data"), msg("Codes"), msg("Notes"), msg("Sources"))
_SHEETS: Final = {title.text: title for title in _TITLES}
_HEADS: Final = {
    "Data": (
        msg("Id"),
        msg("Table"),
        msg("Row"),
        msg("Column"),
        msg("Value"),
        msg("Unit"),
        msg("Period"),
        msg("Status"),
        msg("Lower bound"),
        msg("Upper bound"),
        msg("Level of the interval, %"),
        msg("Source"),
        msg("Doubt"),
    ),
    "Codes": (msg("Code"), msg("English"), msg("Russian"), msg("Kazakh")),
    "Notes": (msg("Table"), msg("Note")),
    "Sources": (
        msg("Id"),
        msg("Title"),
        msg("Publisher"),
        msg("Edition"),
        msg("Citation"),
        msg("Licence"),
        msg("Licence text"),
    ),
}
_MAP: Final = "keruen"
_MAP_HEADS: Final = (
    "sheet",
    "cell row",
    "cell column",
    "table",
    "row",
    "column",
    "id",
    "unit",
    "period",
    "status",
    "sources",
    "decimals",
)
_STATUS: Final = {
    "observed": msg("observed"),
    "estimate": msg("estimate"),
    "projection": msg("projection"),
    "missing": msg("missing"),
}


class _Exact(float):
    """A number that is written with all its digits; the writer would keep sixteen."""

    def __format__(self, spec: str) -> str:
        """The shortest text that reads back as the same number."""
        return repr(float(self)) if spec == ".16G" else super().__format__(spec)


class _Sheets:
    """One workbook being written in one language."""

    def __init__(self, book: Workbook, report: Report, locale: Locale) -> None:
        self.book, self.report, self.locale = book, report, locale
        self.bold: Format = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        self.title: Format = book.add_format({"bold": True, "font_size": 14})
        self.gap: Format = book.add_format({"bg_color": "#E6E8EA"})
        self.wrap: Format = book.add_format({"text_wrap": True, "valign": "top"})
        self.year: Format = book.add_format({"num_format": "0", "align": "left"})
        self._numbers: dict[tuple[int, bool, bool], Format] = {}
        self._map: list[tuple[str | float, ...]] = []

    def number(self, decimals: int, *, signed: bool = False, bold: bool = False) -> Format:
        key = (decimals, signed, bold)
        if key not in self._numbers:
            digits = "#,##0" + ("." + "0" * decimals if decimals else "")
            pattern = f"+{digits};\u2212{digits};0" if signed else digits
            self._numbers[key] = self.book.add_format({"num_format": pattern, "bold": bold})
        return self._numbers[key]

    def sheet(self, name: str) -> Worksheet:
        """A sheet of one of the fixed kinds, with its headings."""
        sheet = self.book.add_worksheet(_SHEETS[name].render(self.locale))
        heads = _HEADS.get(name, ())
        for place, head in enumerate(heads):
            sheet.write_string(0, place, head.render(self.locale), self.bold)
        if heads:
            sheet.freeze_panes(1, 0)
        return sheet

    def figure(self, sheet: Worksheet, row: int, column: int, figure: Figure) -> None:
        if figure.value is None:
            sheet.write_blank(row, column, None, self.gap)
        else:
            shown = self.number(figure.decimals, signed=figure.signed)
            sheet.write_number(row, column, _Exact(figure.value), shown)

    def text(self, sheet: Worksheet, row: int, column: int, value: Value | str) -> None:
        """A word in the language; a year is a number, so that it can be sorted and drawn."""
        told = value if isinstance(value, str) else value.render(self.locale)
        if _is_year(value, told):
            sheet.write_number(row, column, int(told), self.year)
        else:
            sheet.write_string(row, column, told)

    def place(
        self, sheet: Worksheet, row: int, column: int, keys: tuple[str, str, str], figure: Figure
    ) -> None:
        """Remember which figure stands in a cell."""
        unit = figure.unit
        sources = " ".join(figure.sources)
        told = (figure.id, unit, figure.period, figure.status, sources, figure.decimals)
        self._map.append((sheet.get_name(), row, column, *keys, *told))

    def write_map(self) -> None:
        """The hidden sheet for programs."""
        sheet = self.book.add_worksheet(_MAP)
        sheet.hide()
        for row, line in enumerate((_MAP_HEADS, *self._map)):
            for column, value in enumerate(line):
                if isinstance(value, str):
                    sheet.write_string(row, column, value)
                else:
                    sheet.write_number(row, column, value)


def _is_year(value: Value | str, told: str) -> bool:
    """Whether a label or period is a single year; spans of years stay words."""
    known = isinstance(value, Year | str)
    return known and len(told) == 4 and told.isascii() and told.isdigit()


def write_workbook(
    report: Report, locale: Locale, sources: Mapping[str, Source], path: Path
) -> None:
    """Write the report as a workbook.

    Parameters
    ----------
    report : Report
        What to write.
    locale : Locale
        Language of names, headings and notes.
    sources : mapping of str to Source
        The publications behind the ids that figures name.
    path : Path
        File to write.

    See Also
    --------
    keruen.sources.workbooks.read_report : Reads the figures back.

    Notes
    -----
    Sheets: contents, data (long: one row a figure), one cross-table an exhibit, codes,
    notes, sources, and a hidden one that says which figure stands where.
    """
    from xlsxwriter import Workbook

    # A fixed date keeps the file the same for the same figures.
    book = Workbook(str(path), {"in_memory": True})
    book.set_properties({"title": report.title.render(locale), "created": _fixed_date()})
    sheets = _Sheets(book, report, locale)
    _write_contents(sheets)
    _write_data(sheets)
    for exhibit in report.exhibits():
        _write_cross_table(sheets, exhibit.table, exhibit.title.render(locale))
    _write_codes(sheets)
    _write_notes(sheets)
    _write_sources(sheets, sources)
    sheets.write_map()
    book.close()


def _fixed_date() -> object:
    from datetime import UTC, datetime

    return datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)


def _write_contents(sheets: _Sheets) -> None:
    sheet = sheets.sheet("Contents")
    say = sheets.locale
    sheet.set_column(0, 0, 28)
    sheet.set_column(1, 1, 110)
    sheet.write_string(0, 0, sheets.report.title.render(say), sheets.title)
    sheet.write_string(1, 0, sheets.report.subtitle.render(say))
    row = 3
    for exhibit in sheets.report.exhibits():
        name = exhibit.table.id
        sheet.write_url(row, 0, f"internal:'{name}'!A1", string=name)
        sheet.write_string(row, 1, exhibit.title.render(say))
        row += 1
    for name in ("Data", "Codes", "Notes", "Sources"):
        label = _SHEETS[name].render(say)
        sheet.write_url(row, 0, f"internal:'{label}'!A1", string=label)
        row += 1


def _rows(
    report: Report,
) -> Iterator[tuple[tuple[str, str, str], tuple[Value | str, Value | str], Figure]]:
    """Every figure with the keys of its table, row and column, and what they are called."""
    for headline in report.headlines:
        yield ("headline", "", ""), (headline.label, ""), headline.figure
    for exhibit in report.exhibits():
        table = exhibit.table
        for row in table.rows:
            for column, cell in zip(table.columns, row.cells, strict=True):
                if isinstance(cell, Figure):
                    yield (table.id, row.key, column.key), (row.label, column.label), cell


def _write_data(sheets: _Sheets) -> None:
    sheet = sheets.sheet("Data")
    sheet.set_column(0, 0, 40)
    sheet.set_column(1, 12, 16)
    locale = sheets.locale
    row = 0
    for row, (keys, labels, figure) in enumerate(_rows(sheets.report), start=1):
        for place, text in enumerate((figure.id, keys[0], *labels)):
            sheets.text(sheet, row, place, text)
        sheets.figure(sheet, row, 4, figure)
        sheets.place(sheet, row, 4, keys, figure)
        unit = UNITS[figure.unit]
        for place, text in enumerate((unit, figure.period, _STATUS[figure.status]), start=5):
            sheets.text(sheet, row, place, text)
        for place, bound in enumerate((figure.lower, figure.upper, figure.level or None), start=8):
            if bound is not None:
                sheet.write_number(row, place, _Exact(bound), sheets.number(figure.decimals))
        sheet.write_string(row, 11, "; ".join(figure.sources))
        if figure.doubt:
            sheet.write_string(row, 12, figure.doubt.render(locale))
    sheet.autofilter(0, 0, row, 12)


def _write_cross_table(sheets: _Sheets, table: Table, title: str) -> None:
    from xlsxwriter.utility import xl_range

    locale = sheets.locale
    sheet = sheets.book.add_worksheet(table.id)
    sheet.write_string(0, 0, title, sheets.title)
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, len(table.columns), 16)
    sheet.write_string(2, 0, table.head.render(locale), sheets.bold)
    for place, column in enumerate(table.columns, start=1):
        unit = UNITS[column.unit].render(locale) if column.unit else ""
        label = column.label.render(locale)
        sheet.write_string(2, place, f"{label}, {unit}" if unit else label, sheets.bold)
    for place, line in enumerate(table.rows, start=3):
        sheets.text(sheet, place, 0, line.label)
        for column_place, cell in enumerate(line.cells, start=1):
            if isinstance(cell, Figure):
                sheets.figure(sheet, place, column_place, cell)
                keys = (table.id, line.key, table.columns[column_place - 1].key)
                sheets.place(sheet, place, column_place, keys, cell)
            elif cell is not None:
                sheets.text(sheet, place, column_place, cell)
    last = 2 + len(table.rows)
    if table.total:
        sheet.write_string(last + 1, 0, table.total.render(locale), sheets.bold)
        for place, (column, value) in enumerate(
            zip(table.columns, table.sums(), strict=True), start=1
        ):
            if column.additive and value is not None:
                cells = xl_range(3, place, last, place)
                sheet.write_formula(
                    last + 1, place, f"=SUM({cells})", sheets.number(0, bold=True), value
                )
    sheet.freeze_panes(3, 1)


def _write_codes(sheets: _Sheets) -> None:
    sheet = sheets.sheet("Codes")
    sheet.set_column(1, 3, 32)
    places: dict[str, Country | Region] = {}
    for exhibit in sheets.report.exhibits():
        for line in exhibit.table.rows:
            for value in (line.label, *line.cells):
                if isinstance(value, Country | Region):
                    places.setdefault(value.code, value)
    for row, code in enumerate(sorted(places), start=1):
        sheet.write_string(row, 0, code)
        for place, lang in enumerate(LANGS, start=1):
            sheet.write_string(row, place, places[code].render(Locale(lang)))


def _write_notes(sheets: _Sheets) -> None:
    sheet = sheets.sheet("Notes")
    sheet.set_column(0, 0, 28)
    sheet.set_column(1, 1, 120)
    locale = sheets.locale
    said: dict[tuple[str, str], None] = {}
    for part in sheets.report.parts:
        for section in part.sections:
            for text in (*section.findings, *section.gaps):
                said[section.id, text.render(locale)] = None
            for exhibit in section.exhibits:
                doubts = (figure.doubt for figure in exhibit.table.figures() if figure.doubt)
                for text in (*exhibit.notes, *doubts):
                    said[exhibit.table.id, text.render(locale)] = None
    for row, (name, sentence) in enumerate(said, start=1):
        sheet.write_string(row, 0, name)
        sheet.write_string(row, 1, sentence, sheets.wrap)


def _write_sources(sheets: _Sheets, sources: Mapping[str, Source]) -> None:
    sheet = sheets.sheet("Sources")
    sheet.set_column(0, 6, 30)
    for row, name in enumerate(sheets.report.sources(), start=1):
        source = sources[name]
        values = (
            source.id,
            source.title,
            source.publisher,
            source.edition,
            source.citation,
            source.licence.name,
            source.licence.address,
        )
        for place, text in enumerate(values):
            sheet.write_string(row, place, text)
