# SPDX-License-Identifier: Apache-2.0
"""How long a user waits until a table of their own is read, beside the usual ways."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb
import numpy as np
import openpyxl
import pandas as pd
import pytest
import xlsxwriter

from keruen.sources._cells import read_numbers
from keruen.sources._grid import read_columns, read_sheets

ROWS = 30_000  # of 8 cells
LINES = 5_000_000
WORKBOOK = "a workbook of 240,000 cells, checks included: target under 5 s"
TEXT = "a CSV of 5 million rows, numbers included: target under 20 s and 2 GB"


@pytest.fixture(scope="module")
def workbook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("intake") / "a.xlsx"
    random = np.random.default_rng(1)
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        for row, value in enumerate(random.random(ROWS)):
            keys = [f"KZ-{10 + row % 20}", "FM"[row % 2], row % 101, 2000 + row % 25]
            sheet.write_row(
                row, 0, [*keys, "KAZ", "Қырғызстан", 1e6 * value, f"1 {row % 900:03},5"]
            )
    return path


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("intake") / "a.csv"
    duckdb.sql(
        f"COPY (SELECT 'KZ-' || (10 + hash(range) % 20) AS region, "
        f"if(range % 2 = 0, 'F', 'M') AS sex, (range % 101)::INT AS age, "
        f"2000 + (range // 500000)::INT AS year, round((hash(range) % 9999999) / 100, 2) AS people "
        f"FROM range({LINES})) TO '{path}' (HEADER)"
    )
    return path


@pytest.mark.benchmark(group=WORKBOOK)
def bench_workbook(benchmark, workbook):
    def read() -> int:
        cells = read_sheets(workbook)[0].cells
        return sum(read_numbers(cells[column], typed=True).values.size for column in cells)

    assert benchmark.pedantic(read, rounds=3, warmup_rounds=1) == 8 * ROWS


@pytest.mark.benchmark(group=WORKBOOK)
def bench_workbook_by_openpyxl(benchmark, workbook):
    def read() -> int:
        book = openpyxl.load_workbook(workbook, read_only=True, data_only=True)
        return sum(len(row) for row in book.active.iter_rows(values_only=True))

    assert benchmark.pedantic(read, rounds=1) == 8 * ROWS


@pytest.mark.benchmark(group=WORKBOOK)
def bench_workbook_by_pandas(benchmark, workbook):
    def read() -> int:
        return pd.read_excel(workbook, header=None, engine="openpyxl").size

    assert benchmark.pedantic(read, rounds=1) == 8 * ROWS


@pytest.mark.benchmark(group=TEXT)
def bench_lines(benchmark, lines):
    def read() -> float:
        table = read_columns(lines).table
        found = [read_numbers(table.iloc[:, place]) for place in range(table.shape[1])]
        return found[2].values.sum()

    ages = 101 * (LINES // 101) * 50 + sum(range(LINES % 101))
    assert benchmark.pedantic(read, rounds=1) == ages


@pytest.mark.benchmark(group=TEXT)
def bench_lines_by_pandas(benchmark, lines):
    def read() -> int:
        return len(pd.read_csv(lines, keep_default_na=False))

    assert benchmark.pedantic(read, rounds=1) == LINES


MEMORY = (
    "import resource, sys; from pathlib import Path; "
    "from keruen.sources._cells import read_numbers; "
    "from keruen.sources._grid import read_columns; "
    "table = read_columns(Path(sys.argv[1])).table; "
    "found = [read_numbers(table.iloc[:, place]) for place in range(table.shape[1])]; "
    "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10)"
)


@pytest.mark.benchmark(group=TEXT)
def bench_lines_in_a_process_that_counts_its_memory(benchmark, lines):
    def read() -> int:
        command = [sys.executable, "-c", MEMORY, lines]
        return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)

    megabytes = benchmark.pedantic(read, rounds=1)
    benchmark.extra_info["megabytes"] = megabytes
    assert megabytes < 2048
