# SPDX-License-Identifier: Apache-2.0
"""A table written in any language and format is read back as it was."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from keruen.core._lists import CODE_LISTS, code_list, rows
from keruen.core.codes import all_regions, countries, country_name, region_name
from keruen.sources._words import meaning
from keruen.sources.files import check_table, read_table
from keruen.sources.schemas import Column, schemas

LANGS = ("en", "ru", "kk")
WORDS = {
    "sex": {"F": ("Women", "женщины", "әйелдер"), "M": ("Men", "мужчины", "ерлер")},
    "residence": {"urban": ("Urban", "город", "қала"), "rural": ("Rural", "село", "ауыл")},
}
REGIONS = [code for code, one in all_regions().items() if not one.valid_to]
TITLED = {(row["list"], row["code"]): row for row in rows("code_names")}


def codes(column: Column) -> st.SearchStrategy:
    """Codes that a key may hold."""
    if column.kind in ("country", "place"):
        return st.sampled_from(sorted(countries()))
    if column.kind == "region":
        return st.sampled_from(REGIONS)
    if column.kind in WORDS:
        return st.sampled_from(sorted(WORDS[column.kind]))
    if column.kind in CODE_LISTS:
        return st.sampled_from(sorted(code_list(column.kind)))
    if column.kind == "text":
        return st.sampled_from(["Север", "South", "R-1"])
    if column.kind == "date":
        return st.dates(date(1990, 1, 1), date(2060, 12, 31)).map(date.isoformat)
    return st.integers(1950, 2060) if column.kind == "year" else st.integers(0, 100)


def shown(column: Column, code: object, lang: str, *, named: bool) -> object:
    """A code as a user would write it in a language."""
    place = LANGS.index(lang)
    if not named:
        return code
    if column.kind in ("country", "place"):
        return country_name(code, lang)
    if column.kind == "region":
        city = lang == "en" and code == "KZ-75"  # its full name is that of the region too
        return region_name(code, lang, form="short" if city else "full")
    if column.kind in WORDS:
        return WORDS[column.kind][code][place]
    if (column.kind, code) in TITLED and lang != "en":
        return TITLED[column.kind, code][f"name_{lang}"]
    if column.kind == "year":
        return (f"{code}", f"{code} г.", f"{code} ж.")[place]
    if column.kind == "age" and code == 100:
        return ("100 and over", "100 и старше", "100 жас және одан жоғары")[place]
    return code


def figures(column: Column) -> st.SearchStrategy:
    low = column.low if column.low is not None else -1e6
    high = column.high if column.high is not None else 1e9
    if column.name in ("population", "births", "stock_start"):
        return st.one_of(st.just(0.0), st.integers(10**8, 10**9).map(float))  # no thousandths
    if column.additive and column.units == "persons":
        return st.integers(int(low), int(min(high, 10**9))).map(float)
    # Not three decimals: 1,125 alone may be a thousand as well, and is refused as unclear.
    return st.floats(low, high).map(lambda value: min(max(round(value, 2), low), high))


@st.composite
def tables(draw: st.DrawFn, name: str) -> pd.DataFrame:
    schema = schemas()[name]
    keys = [one for one in schema.keys if one.required or draw(st.booleans())]
    required = [one for one in schema.values if one.required]
    if not keys and len(required) == 1:  # a lone heading is not taken for that of a table
        keys = list(schema.keys[:1])
    values = required or [draw(st.sampled_from(schema.values))]
    row = st.tuples(*(codes(one) for one in keys), *(figures(one) for one in values))
    size = len(keys)
    found = draw(
        st.lists(row, min_size=1, max_size=6, unique_by=lambda one: one[:size])
        if keys
        else st.lists(row, min_size=1, max_size=1)
    )
    return pd.DataFrame(found, columns=[one.name for one in (*keys, *values)])


def written(table: pd.DataFrame, name: str, lang: str, path: Path, *, named: bool) -> None:
    """The table as a file in a language: headings, labels and decimal marks."""
    schema = schemas()[name]
    told = pd.DataFrame()
    for column in map(schema.column, table.columns):
        heading = column.labels[lang] if named else column.name
        cells = table[column.name]
        if column.role == "key":
            cells = pd.Series([shown(column, code, lang, named=named) for code in cells])
        told[heading] = cells
    if path.suffix == ".parquet":
        mixed = [heading for heading in told if told[heading].map(type).nunique() > 1]
        told = told.astype(dict.fromkeys(mixed, "str"))
        told.to_parquet(path)
    elif path.suffix == ".xlsx":
        told.to_excel(path, index=False, sheet_name="1", engine="openpyxl")
    elif lang == "en":
        told.to_csv(path, index=False)
    else:
        told.to_csv(path, index=False, sep=";", decimal=",", encoding="utf-8-sig")


@pytest.mark.parametrize("name", sorted(schemas()))
@pytest.mark.parametrize("ending", ["csv", "xlsx", "parquet"])
def test_written_and_read_is_the_same(name: str, ending: str, tmp_path_factory) -> None:
    path = tmp_path_factory.mktemp("own") / f"table.{ending}"

    @settings(
        max_examples=4,
        deadline=None,
        print_blob=False,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    @given(tables(name), st.sampled_from(LANGS), st.booleans())
    def check(table: pd.DataFrame, lang: str, named: bool) -> None:
        written(table, name, lang, path, named=named)
        found = check_table(path, name)
        assert found.faults["what"].tolist() == []
        keys = [one.name for one in schemas()[name].keys if one.name in table]
        read = found.table.sort_values(keys).reset_index(drop=True)
        wanted = table.sort_values(keys).reset_index(drop=True)
        assert_frame_equal(read, wanted, check_dtype=False)

    check()


@pytest.mark.parametrize("lang", LANGS)
def test_every_name_is_read_as_its_code(lang: str) -> None:
    for code in countries():
        assert meaning("country", country_name(code, lang)).code == code
    for code in all_regions():
        found = meaning("region", region_name(code, lang, form="full"))
        assert found.code == code or (lang, code, found.near[1]) == ("en", "KZ-75", code)
    for kind, code in TITLED:
        if lang != "en":
            assert meaning(kind, TITLED[kind, code][f"name_{lang}"]).code == code


def test_the_same_by_column_as_by_cell(tmp_path: Path) -> None:
    places = sorted(countries())
    many = pd.DataFrame(
        {
            "Год": np.repeat(np.arange(2000, 2020), 237 * 60),
            "Страна рождения": np.tile(np.repeat(places, 60), 20),
            "Возраст": np.tile(np.arange(60), 237 * 20),
            "Численность мигрантов": np.arange(237 * 1200) % 977,
        }
    )
    large, small = tmp_path / "large.csv", tmp_path / "small.csv"
    many.assign(Примечание="не для чтения, просто длинно").to_csv(large, index=False)
    many.iloc[:3000].to_csv(small, index=False)
    assert large.stat().st_size > 8 << 20
    first, second = read_table(large, "migrant_stock"), read_table(small, "migrant_stock")
    assert len(first.table) == len(many)
    assert_frame_equal(first.table.iloc[:3000], second.table)
    assert "unread" in first.changes["reason"].tolist()
