# SPDX-License-Identifier: Apache-2.0
"""What is written is read back, and nothing that is read upsets the readers."""

from __future__ import annotations

import csv
import io

import numpy as np
import pandas as pd
import pytest
import xlsxwriter
from babel.numbers import format_decimal
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import whole_files
from keruen.core.errors import FileError, SchemaError
from keruen.sources._cells import State, read_numbers
from keruen.sources._delimited import read_rows
from keruen.sources._grid import read_columns, read_sheets
from keruen.sources._ooxml import letters_of

# The file is written anew for each example.
SAME_FOLDER = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
FEWER = settings(SAME_FOLDER, max_examples=40)
DELIMITERS = st.sampled_from(",;\t|")
ENCODINGS = st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])

# Letters of the three languages, and all that a delimiter or quotation mark may disturb.
LETTERS = 'abcXYZ абвЁё әғқңөұүһі 0123456789 ,;\t|\'"""\n\r-–…¹*()[]%=@#&<>«»№'
TEXTS = st.text(st.sampled_from(LETTERS), max_size=12)
ANY_TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], include_characters="\n\t"),
    max_size=12,
)


def tables(cells: st.SearchStrategy[str], least: int = 1) -> st.SearchStrategy[list[list[str]]]:
    sizes = st.tuples(st.integers(1, 6), st.integers(least, 5))
    return sizes.flatmap(
        lambda size: st.lists(
            st.lists(cells, min_size=size[1], max_size=size[1]), min_size=size[0], max_size=size[0]
        )
    )


def written(table: list[list[str]], delimiter: str, quoting: int) -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, quoting=quoting).writerows(table)
    return text.getvalue()


def or_none(table: list[list[str]]) -> list[list[str | None]]:
    return [[cell or None for cell in row] for row in table]


@SAME_FOLDER
@given(
    table=tables(ANY_TEXTS),
    delimiter=DELIMITERS,
    encoding=ENCODINGS,
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_rows_of_any_text_come_back(tmp_path, table, delimiter, encoding, quoting):
    path = tmp_path / "a.csv"
    path.write_bytes(written(table, delimiter, quoting).encode(encoding))
    assert list(read_rows(path, encoding, delimiter)) == table


@SAME_FOLDER
@given(table=tables(TEXTS, least=2), delimiter=DELIMITERS, encoding=ENCODINGS)
def test_tables_in_quotes_come_back_without_a_word_on_how_they_are_written(
    tmp_path, table, delimiter, encoding
):
    table = [["регион", *(f"c{place}" for place in table[0][1:])], *table]
    path = tmp_path / "a.csv"
    path.write_bytes(written(table, delimiter, csv.QUOTE_ALL).encode(encoding))
    sheet = read_sheets(path)[0]
    assert sheet.delimiter == delimiter
    assert sheet.cells.to_numpy().tolist() == or_none(table)


@FEWER
@given(
    table=tables(st.text(st.sampled_from("abв қ'\"\n ,;|-"), max_size=9), least=2),
    encoding=ENCODINGS,
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_by_column_and_by_cell_agree(tmp_path, table, encoding, end):
    names = [f"c{place}" for place in range(len(table[0]))]
    path = tmp_path / "a.csv"
    text = written([names, *table], ";", csv.QUOTE_ALL).replace("\r\n", end)
    path.write_bytes(text.encode(encoding))
    by_cell = read_sheets(path)[0].cells.iloc[1:].dropna(how="all")
    by_column = read_columns(path).table.astype(object)
    assert by_column.columns.tolist() == names
    assert (by_column.index - 1).tolist() == by_cell.index.tolist()
    assert (
        by_column.where(by_column.notna(), None).to_numpy().tolist() == by_cell.to_numpy().tolist()
    )


NUMBERS = st.lists(
    st.one_of(
        st.integers(-(10**9), 10**9).map(float),
        st.floats(-1e6, 1e6).map(lambda number: round(number, 2)),
    ),
    min_size=1,
)


@pytest.mark.parametrize("locale", ["kk", "ru", "en", "de", "de_CH", "fr", "uz", "ky"])
@given(numbers=NUMBERS)
def test_numbers_in_the_form_of_a_country_are_the_same_numbers(locale, numbers):
    numbers = [*numbers, 1234.5]  # a cell that shows the decimal mark
    texts = [format_decimal(number, locale=locale) for number in numbers]
    found = read_numbers(pd.Series(texts, dtype=object))
    assert set(found.state) <= {State.NUMBER}
    np.testing.assert_array_equal(found.values, np.array(numbers) + 0.0)


@given(
    numbers=st.lists(st.integers(-(10**6), 10**6), min_size=1),
    locale=st.sampled_from(["ru", "en", "de"]),
)
def test_a_number_is_never_read_as_another(numbers, locale):
    texts = [format_decimal(number, locale=locale) for number in numbers]
    found = read_numbers(pd.Series(texts, dtype=object))
    sure = found.state == State.NUMBER
    assert (found.values[sure] == np.array(numbers, float)[sure]).all()
    assert set(found.state[~sure]) <= {State.AMBIGUOUS}


CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**53) + 1, 2**53 - 1),
    st.floats(-9.99e307, 9.99e307),  # what Excel holds
    st.text(st.sampled_from(LETTERS.replace("\r", "")), min_size=1, max_size=12),
)


@FEWER
@given(
    table=st.lists(st.lists(CELLS, min_size=1, max_size=4), min_size=1, max_size=6),
    top=st.integers(0, 3),
    left=st.integers(0, 30),
)
def test_cells_of_a_workbook_come_back_where_they_stood(tmp_path, table, top, left):
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_string(0, 0, "corner")
        for row, cells in enumerate(table, start=top + 1):
            for column, cell in enumerate(cells, start=left):
                write = sheet.write_string if isinstance(cell, str) else sheet.write
                _ = cell is None or write(row, column, cell)
    found = read_sheets(path)[0].cells
    for row, cells in enumerate(table, start=top + 1):
        for column, cell in enumerate(cells, start=left):
            inside = row < found.shape[0] and column < found.shape[1]
            read = found.iat[row, column] if inside else None
            if isinstance(cell, float):
                assert read == pytest.approx(cell, rel=1e-15)  # it writes 16 digits
            else:
                assert (read, type(read)) == (cell, type(cell)), (letters_of(column), row + 1)


WHOLE = [
    ("a.csv", whole_files.TEXT.encode()),
    ("a.csv", whole_files.TEXT.encode("cp1251")),
    ("a.csv", b'a,b\n"1, 2","x ""y"""\n3,4\n' * 5),
    ("a.xlsx", whole_files.workbook(9)),
    ("a.ods", whole_files.ods()),
    ("a.xls", whole_files.xls()),
    ("a.parquet", whole_files.parquet(50)),
]
CHANGES = st.lists(
    st.tuples(st.floats(0, 1), st.integers(0, 9), st.binary(max_size=6)), min_size=1, max_size=5
)


def changed(content: bytes, changes: list[tuple[float, int, bytes]]) -> bytes:
    for share, lost, new in changes:
        place = int(share * len(content))
        content = content[:place] + new + content[place + lost :]
    return content


@FEWER
@given(whole=st.sampled_from(WHOLE), changes=CHANGES)
def test_spoiled_files_are_read_or_refused(tmp_path, whole, changes):
    name, content = whole
    path = tmp_path / name
    path.write_bytes(changed(content, changes))
    for read in (read_sheets, read_columns):
        try:
            read(path)
        except (FileError, SchemaError) as refused:
            assert str(refused)  # noqa: PT017  (it need not be refused)


@SAME_FOLDER
@given(
    content=st.binary(min_size=1, max_size=300),
    ending=st.sampled_from(["csv", "csv.gz", "parquet"]),
)
def test_random_bytes_are_read_or_refused(tmp_path, content, ending):
    path = tmp_path / f"a.{ending}"
    path.write_bytes(content)
    try:
        read_sheets(path)
    except (FileError, SchemaError) as refused:
        assert str(refused)  # noqa: PT017


@given(st.text(max_size=80))
def test_any_text_is_a_number_or_is_none(text):
    found = read_numbers(pd.Series([text], dtype=object))
    assert np.isfinite(found.values[0]) == (found.state[0] in {State.NUMBER, State.ZERO})
