# SPDX-License-Identifier: Apache-2.0
"""How long a check of a user's table takes, from file to clean table."""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pytest
import xlsxwriter

from keruen.core.codes import countries, region_name, regions
from keruen.sources.files import check_table

YEARS = range(1965, 2025)
LINES = 5_000_000


@pytest.fixture(scope="module")
def workbook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("own") / "a.xlsx"
    random = np.random.default_rng(1)
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["Население по регионам, полу и возрасту, человек"])
        sheet.write_row(2, 0, ["Регион", "Пол", "Возраст", *YEARS])
        keys = [(r, s, a) for r in regions() for s in ("мужчины", "женщины") for a in range(95)]
        for row, (region, sex, age) in enumerate(keys, start=3):
            figures = random.integers(0, 9999, len(YEARS)).tolist()
            sheet.write_row(row, 0, [region_name(region, "ru"), sex, f"{age} лет", *figures])
    return path


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("own") / "a.csv"
    duckdb.sql(
        f"COPY (SELECT {sorted(countries())}[1 + range % 237] AS birthplace,"
        f" if(range // 237 % 2 = 0, 'F', 'M') AS sex, (range // 474 % 100)::INT AS age,"
        f" 1900 + (range // 47400)::INT AS year, hash(range) % 99999 AS immigrant_stock"
        f" FROM range({LINES})) TO '{path}' (HEADER)"
    )
    return path


@pytest.mark.benchmark(group="a workbook of 240,000 cells checked: target under 5 s")
def bench_workbook(benchmark, workbook):
    found = benchmark.pedantic(
        check_table, args=(workbook, "region_population"), rounds=3, warmup_rounds=1
    )
    assert len(found.table) == 20 * 2 * 95 * len(YEARS)
    assert not len(found.faults)


@pytest.mark.benchmark(group="a CSV of 5 million rows checked: target under 20 s and 2 GB")
def bench_lines(benchmark, lines):
    found = benchmark.pedantic(check_table, args=(lines, "migrant_stock"), rounds=1)
    assert len(found.table) == LINES
    assert not len(found.faults)
