# SPDX-License-Identifier: Apache-2.0
"""Files as sheets of cells and as columns."""

from __future__ import annotations

import datetime as dt
import gzip
import zipfile
from pathlib import Path

import duckdb
import numpy as np
import openpyxl
import pytest
import xlsxwriter

from keruen.core.errors import FaultsError, SchemaError
from keruen.sources._excel import MOST_CELLS
from keruen.sources._grid import is_large, read_columns, read_sheets
from keruen.sources._refusal import TEXTS, RefusalError

MOMENT = dt.datetime.fromisoformat("2020-01-02T03:04:05")
XLS = Path(__file__).parents[1] / "reference" / "intake_workbook.xls"


@pytest.fixture
def csv(tmp_path):
    """Write a CSV and give its path."""

    def write(text: str, encoding: str = "utf-8", name: str = "a.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(text.encode(encoding))
        return path

    return write


def edited(path: Path, part: str, *changes: tuple[str, str]) -> Path:
    """A workbook with texts of a part replaced."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name).decode() for name in archive.namelist()}
    for before, after in changes:
        assert before in parts[part]
        parts[part] = parts[part].replace(before, after)
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return path


def cells(path: Path) -> list[list[object]]:
    return read_sheets(path)[0].cells.to_numpy().tolist()


def refused(path: Path, reason: str, read=read_sheets) -> RefusalError:
    with pytest.raises(RefusalError) as caught:
        read(path)
    assert caught.value.id == reason
    return caught.value


class TestWorkbook:
    @pytest.fixture
    def path(self, tmp_path) -> Path:
        book = openpyxl.Workbook()
        sheet = book.active
        sheet.title = "Деректер"
        sheet["B3"], sheet["C3"], sheet["D3"], sheet["E3"] = "  Алматы ", 5, 5.5, True
        sheet["B4"], sheet["C4"] = dt.date(2020, 1, 2), MOMENT
        sheet["D4"], sheet["E4"] = dt.time(3, 4), dt.timedelta(hours=30)
        sheet["B5"], sheet["C5"], sheet["D5"] = "=SUM(C3:D3)", "#N/A", "#REF!"
        sheet["E5"] = 0.25
        sheet["E5"].number_format = "0.0%"
        sheet.merge_cells("B1:E1")
        sheet["B1"] = "Title"
        sheet.merge_cells("B9:Z20")  # outside the filled cells
        book.create_sheet("hidden").sheet_state = "hidden"
        book["hidden"]["A1"] = "NO"
        path = tmp_path / "a.xlsx"
        book.save(path)
        return path

    def test_cells_keep_their_address_and_type(self, path):
        empty = [None] * 5
        assert cells(path) == [
            [None, "Title", None, None, None],
            empty,
            [None, "  Алматы ", 5, 5.5, True],
            [
                None,
                dt.date(2020, 1, 2),
                MOMENT,
                dt.time(3, 4),
                dt.timedelta(hours=30),
            ],
            [None, None, None, None, 0.25],
        ]
        assert type(cells(path)[2][2]) is int

    def test_what_needs_a_word_is_told(self, path):
        sheet = read_sheets(path)[0]
        assert sheet.merged == ((0, 1, 0, 4),)
        assert sheet.formulas == ((4, 1),)
        assert sheet.errors == ((4, 2, "#N/A"), (4, 3, "#REF!"))
        assert sheet.percents == {(4, 4)}

    def test_sheets_by_name(self, path):
        sheets = read_sheets(path)
        assert [(one.name, one.hidden) for one in sheets] == [("Деректер", False), ("hidden", True)]
        assert [one.name for one in read_sheets(path, sheet="hidden")] == ["hidden"]
        with pytest.raises(SchemaError, match=r"no sheet 'x'.*Деректер"):
            read_sheets(path, sheet="x")

    def test_results_of_formulas(self, tmp_path):
        path = tmp_path / "a.xlsx"
        book = xlsxwriter.Workbook(path)
        sheet = book.add_worksheet()
        sheet.write_formula(0, 0, "=1+2", value=3)
        sheet.write_formula(0, 1, '=""', value="b")
        sheet.write_formula(0, 2, '="a"', value="a")
        book.close()
        edited(path, "xl/worksheets/sheet1.xml", ("<v>b</v>", "<v></v>"))
        found = read_sheets(path)[0]
        assert found.cells.to_numpy().tolist() == [[3, None, "a"]]
        assert found.formulas == ()

    def test_zeros_of_a_workbook_never_calculated_are_no_results(self, tmp_path):
        path = tmp_path / "a.xlsx"
        book = xlsxwriter.Workbook(path)
        book.add_worksheet().write_formula(0, 0, "=1+2")  # the program stores 0
        book.close()
        assert read_sheets(path)[0].formulas == ((0, 0),)

    def test_marks_above_the_line_stay_marks(self, tmp_path):
        path = tmp_path / "a.xlsx"
        book = xlsxwriter.Workbook(path)
        above = book.add_format({"font_script": 1})
        bold = book.add_format({"bold": True})
        sheet = book.add_worksheet()
        sheet.write_rich_string("A1", "Алматы", above, "1)")
        sheet.write_rich_string("A2", bold, "1 234", above, "a")
        sheet.write_rich_string("A3", bold, "plain", " text")
        sheet.write("A4", "Алматы1)")  # the same letters; rare enough to be a mark too
        book.close()
        assert cells(path) == [["Алматы¹⁾"], ["1 234[a]"], ["plain text"], ["Алматы¹⁾"]]

    def test_styled_empty_cells_far_away_do_no_harm(self, tmp_path):
        path = tmp_path / "a.xlsx"
        book = openpyxl.Workbook()
        book.active["A1"] = 1
        book.active["XFD1048576"].font = openpyxl.styles.Font(bold=True)
        book.save(path)
        assert cells(path) == [[1]]

    def test_a_filled_cell_far_away_is_named(self, tmp_path):
        path = tmp_path / "a.xlsx"
        book = openpyxl.Workbook()
        book.active["A1"] = book.active["XFD1048576"] = 1
        book.save(path)
        fault = refused(path, "FarCell")
        assert fault.facts == {"cell": "XFD1048576", "limit": MOST_CELLS}

    def test_prefixed_tags_and_cells_without_address(self, tmp_path):
        path = tmp_path / "a.xlsx"
        book = openpyxl.Workbook()
        book.active.append([1, 2])
        book.active.append([3, "=A1"])
        book.save(path)
        prefixed = (("<", "<x:"), ("<x:/", "</x:"), ("xmlns=", "xmlns:x="))
        unaddressed = ((' r="A1"', ""), (' r="B2"', ""))
        edited(path, "xl/worksheets/sheet1.xml", *unaddressed, *prefixed)
        found = read_sheets(path)[0]
        assert found.cells.to_numpy().tolist() == [[1, 2], [3, None]]
        assert found.formulas == ((1, 1),)

    def test_older_excel(self):
        first, notes = read_sheets(XLS)
        assert first.cells.to_numpy().tolist()[1:] == [
            [None, "region", "year", "value", "share", "date"],
            [None, "Алматы¹", 2020, 1234.5, "1 234,5", dt.date(2020, 1, 2)],
            [None, "Шымкент", 2021, 7, "…", None],
        ]
        assert first.merged == ((0, 1, 0, 5),)
        assert notes.cells.to_numpy().tolist() == [["note"]]

    def test_opendocument(self, tmp_path):
        path = tmp_path / "a.ods"
        office = "urn:oasis:names:tc:opendocument:xmlns"
        row = (
            '<table:table-row><table:table-cell/><table:table-cell office:value-type="float" '
            'office:value="1.5"><text:p>1,5</text:p></table:table-cell><table:table-cell '
            'office:value-type="string"><text:p>Ақтау</text:p></table:table-cell></table:table-row>'
        )
        body = (
            f'<office:document-content xmlns:office="{office}:office:1.0" '
            f'xmlns:table="{office}:table:1.0" xmlns:text="{office}:text:1.0"><office:body>'
            '<office:spreadsheet><table:table table:name="a"><table:table-row><table:table-cell/>'
            f"</table:table-row>{row}</table:table></office:spreadsheet></office:body>"
            "</office:document-content>"
        )
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
            archive.writestr(
                "META-INF/manifest.xml", f'<m:manifest xmlns:m="{office}:manifest:1.0"/>'
            )
            archive.writestr("content.xml", body)
        assert cells(path) == [[None] * 3, [None, 1.5, "Ақтау"]]


class TestText:
    TABLE = "аймақ;саны\nҚарағанды;1 234,5\nШымкент;7\n"

    @pytest.mark.parametrize(
        "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "kz1048"]
    )
    def test_encodings(self, csv, encoding):
        path = csv(self.TABLE, encoding)
        expected = [row.split(";") for row in self.TABLE.splitlines()]
        assert cells(path) == expected
        assert read_sheets(path)[0].encoding == encoding
        table = read_columns(path).table
        assert table.columns.tolist() == expected[0]
        assert table["аймақ"].tolist() == ["Қарағанды", "Шымкент"]

    def test_russian_windows(self, csv):
        path = csv("область;число\nАкмолинская;5\nг. Алматы № 1;–\n", "cp1251")
        assert read_sheets(path)[0].encoding == "cp1251"
        assert cells(path)[2] == ["г. Алматы № 1", "–"]

    def test_codes_are_not_taken_for_missing_or_false(self, csv):
        text = "country,value\nNA,1\nNO,NaN\nnull,true\n"
        assert cells(csv(text))[1:] == [["NA", "1"], ["NO", "NaN"], ["null", "true"]]
        assert read_columns(csv(text)).table["country"].tolist() == ["NA", "NO", "null"]

    @pytest.mark.parametrize(
        ("text", "delimiter"),
        [
            ("a;b\n1,5;2,5\n3,5;4,5\n", ";"),
            ("region; value\nA; 1,5\nB; 2,5\n", ";"),
            ("Title, with, commas\n\na;b;c\n1,5;2;3\n2,5;3;4\nNote: x, y, z\n", ";"),
            ("a,b\n1;2,3;4\n", ","),
            ("a\tb\n1,5\t2,5\n", "\t"),
            ("a|b\n1,5|2,5\n", "|"),
            ("Population\nKAZ,5\nKGZ,6\n", ","),
            ('"a;b",c\n"1;2",3\n', ","),
            ("only\n1\n2\n", ","),
            ("region;people, thousand\nA;1,5\nB;2,5\n", ";"),
            ("sex,geo\t2022\t2023\nF,DE\t1 b\t2\nM,DE\t3\t4\n", "\t"),
            ("sep=|\na,b|c\n1,2|3\n", "|"),
        ],
    )
    def test_delimiters(self, csv, text, delimiter):
        assert read_sheets(csv(text))[0].delimiter == delimiter

    def test_a_line_that_names_the_delimiter_is_an_empty_row(self, csv):
        path = csv("sep=;\na;b\n1,5;2\n")
        assert cells(path) == [[None, None], ["a", "b"], ["1,5", "2"]]
        assert read_columns(path).table.index.tolist() == [3]

    def test_short_and_long_rows_are_shown(self, csv):
        sheet = read_sheets(csv("a,b,c\n1,2\n\n1,2,3,4\n"))[0]
        assert sheet.widths.tolist() == [3, 2, 0, 4]
        assert sheet.cells.shape == (4, 4)

    def test_cells_over_several_lines_are_one_row(self, csv):
        assert cells(csv('a,b\n"x\ny ""z""",2\n3,4\n'))[1:] == [['x\ny "z"', "2"], ["3", "4"]]

    @pytest.mark.parametrize("read", [read_sheets, read_columns])
    def test_broken_quotation_marks_are_named_by_row(self, csv, read):
        assert refused(csv('a,b\n1,2\n"x"y,3\n'), "BrokenQuotes", read).facts == {"row": 3}

    def test_bytes_are_named(self, csv):
        text = "a;b\nАлматы;1\n"
        assert refused(csv(text + "\x00"), "NotText").facts["byte"] == len(text.encode())
        lost = text.encode().decode("cp1251", "ignore")
        assert refused(csv(lost), "LostLetters").facts["byte"] == 4

    def test_gzip(self, tmp_path):
        path = tmp_path / "a.csv.gz"
        path.write_bytes(gzip.compress(b"a,b\n1,2\n"))
        assert cells(path) == [["a", "b"], ["1", "2"]]
        assert read_columns(path).table.to_dict("list") == {"a": [1], "b": [2]}


class TestColumns:
    def test_types(self, csv):
        text = "code,count,rate,thousand,share,none\n01,1,0.5,1.234,5,\n10,2,1.234,2.345,,\n"
        table = read_columns(csv(text)).table
        assert table["code"].tolist() == ["01", "10"]
        assert table["count"].dtype == np.int64
        assert table["rate"].tolist() == [0.5, 1.234]
        assert table["thousand"].tolist() == ["1.234", "2.345"]  # may be thousands
        assert table["share"].isna().tolist() == [False, True]
        assert table["none"].isna().all()

    def test_decimal_commas_are_told(self, csv):
        found = read_columns(csv("place;rate;count\nA;1,5;2\nB;2,345;3\n"))
        assert found.table["rate"].tolist() == [1.5, 2.345]
        assert found.commas == (1,)

    def test_rows_keep_the_number_of_the_file(self, csv):
        found = read_columns(csv("\na,b\n1,x\n\n2,y\n"))
        assert found.table.index.tolist() == [3, 5]
        assert found.table["b"].tolist() == ["x", "y"]

    def test_all_ragged_rows_are_named(self, csv):
        with pytest.raises(FaultsError) as caught:
            read_columns(csv("a,b\n1\n1,2\n1,2,3\n"))
        assert [fault.facts for fault in caught.value.faults] == [
            {"row": 2, "found": 1, "expected": 2},
            {"row": 4, "found": 3, "expected": 2},
        ]

    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
    def test_line_ends(self, csv, end):
        path = csv(end.join(["a,b", "1,x", "2,y"]))
        assert read_columns(path).table["b"].tolist() == ["x", "y"]
        assert cells(path) == [["a", "b"], ["1", "x"], ["2", "y"]]

    def test_mixed_line_ends(self, csv):
        assert read_columns(csv("a,b\r\n1,x\n2,y\r\n")).table["b"].tolist() == ["x", "y"]

    def test_equal_headings(self, csv):
        assert read_columns(csv("a,a\n1,2\n")).table.columns.tolist() == ["a", "a"]


class TestParquet:
    @pytest.fixture
    def path(self, tmp_path) -> Path:
        path = tmp_path / "a.parquet"
        rows = "(VALUES (1, 'NO', 1.5, DATE '2020-01-02'), (NULL, 'NA', NULL, NULL)) v(a, b, c, d)"
        duckdb.sql(f"COPY (SELECT * FROM {rows}) TO '{path}' (FORMAT parquet)")
        return path

    def test_by_column(self, path):
        table = read_columns(path).table
        assert table["b"].tolist() == ["NO", "NA"]
        assert table["a"].tolist()[0] == 1
        assert np.isnan(table["a"].tolist()[1])
        assert table["d"].iloc[0] == np.datetime64("2020-01-02")

    def test_by_cell(self, path):
        found = cells(path)
        assert found[0] == ["a", "b", "c", "d"]
        assert found[2] == [None, "NA", None, None]

    def test_nested_columns_are_refused(self, tmp_path):
        path = tmp_path / "a.parquet"
        duckdb.sql(f"COPY (SELECT 1 AS a, [1, 2] AS b) TO '{path}' (FORMAT parquet)")
        assert refused(path, "ColumnType").facts["column"] == "b"


def test_large_files_are_told_apart(tmp_path, csv):
    assert not is_large(csv("a,b\n1,2\n"))
    path = tmp_path / "b.csv"
    path.write_bytes(b"a,b\n" * (3 << 20))
    assert is_large(path)


def test_every_reason_says_what_and_what_to_do():
    assert all(what and remedy for what, remedy in TEXTS.values())
