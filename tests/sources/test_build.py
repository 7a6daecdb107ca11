# SPDX-License-Identifier: Apache-2.0
"""The maintainers' build script, on small made-up tables."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

SCRIPTS = Path(__file__).parents[2] / "scripts" / "build_data"


def _module(name):
    """A module of the script, which is no part of the package."""
    if "build_data" not in sys.modules:
        spec = importlib.util.spec_from_file_location(
            "build_data", SCRIPTS / "__init__.py", submodule_search_locations=[str(SCRIPTS)]
        )
        sys.modules["build_data"] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules["build_data"])
    return importlib.import_module(f"build_data.{name}")


pytest.importorskip("pyarrow")
write = _module("write")


def read(file):
    return duckdb.connect().execute(f"SELECT * FROM read_parquet('{file}')").df()


def _people(countries=("AAA", "BBB"), years=range(200), seed=1):
    numbers = np.random.default_rng(seed)
    keys = [(c, y, s) for c in countries for y in years for s in "FM"]
    frame = pd.DataFrame(keys, columns=["country", "year", "sex"])
    frame["births"] = numbers.integers(0, 10**6, len(frame))
    frame["tfr"] = numbers.integers(0, 9000, len(frame)) / 1000
    frame["share"] = numbers.random(len(frame))
    frame["note"] = np.where(frame.year % 2 == 0, "even", None)
    return frame


def test_the_same_table_gives_the_same_bytes_and_the_same_figures(tmp_path):
    frame = _people()
    for name in ("one", "two"):
        write.write_table(frame, tmp_path / name, first="country", store={})
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    back = read(tmp_path / "one")
    for name in ("country", "year", "sex", "births", "tfr", "share"):
        assert back[name].tolist() == frame[name].tolist(), name
    assert back["note"].notna().tolist() == frame["note"].notna().tolist()


def test_row_groups_end_where_the_first_key_changes(tmp_path):
    frame = _people(("AAA", "BBB", "CCC"), range(2 * write.GROUP_ROWS // 3))
    write.write_table(frame, tmp_path / "file", first="country", store={})
    rows = duckdb.execute(
        "SELECT DISTINCT row_group_id, row_group_num_rows FROM "
        f"parquet_metadata('{tmp_path / 'file'}') ORDER BY 1"
    ).fetchall()
    assert rows == [(number, 2 * len(range(2 * write.GROUP_ROWS // 3))) for number in range(3)]


@settings(deadline=None)
@given(st.lists(st.integers(1000, 9999), min_size=1), st.integers(-6, 2))
def test_four_significant_digits_survive_as_ranks(digits, power):
    numbers = np.array([digit * 10.0 ** (power - 3) for digit in digits])
    ranks = write.significant4(numbers.astype(np.float32))
    back = (1000 + ranks % 9000) / 10.0 ** (9 - ranks // 9000)
    np.testing.assert_allclose(back, numbers, rtol=1e-12)
    order = np.argsort(numbers, kind="stable")
    assert (np.diff(ranks[order]) >= 0).all()


def test_more_than_four_digits_are_refused():
    with pytest.raises(ValueError, match="four significant"):
        write.significant4(np.array([0.123456]))


@given(
    st.lists(
        st.one_of(st.none(), st.decimals(-99999, 99999, places=3, allow_nan=False)), min_size=1
    )
)
def test_published_decimals_are_kept_exactly(decimals):
    column = pd.Series([None if d is None else float(d) for d in decimals], dtype="float64")
    array = write.physical(column)
    back = [None if v is None else float(v) for v in array.to_pylist()]
    assert back == [None if d is None else float(d) for d in decimals]


def test_columns_and_keys_must_be_as_described():
    arranged = _module("__main__").arranged
    frame = _people()[["country", "year", "sex", "births"]]
    meta = {"keys": ["country", "sex", "year"], "values": {"births": None}}
    rows = arranged(frame, "t", meta)
    assert rows.columns.tolist() == ["country", "sex", "year", "births"]
    assert rows.equals(rows.sort_values(["country", "sex", "year"], ignore_index=True))
    with pytest.raises(ValueError, match="described"):
        arranged(frame.drop(columns="births"), "t", meta)
    with pytest.raises(ValueError, match="twice"):
        arranged(pd.concat([frame, frame.head(1)]), "t", meta)


def test_every_table_is_described_once():
    descriptions = _module("__main__").descriptions()
    from keruen.sources.catalog import catalogue

    assert sorted(descriptions) == [one.id for one in catalogue()]
    for id, meta in descriptions.items():
        columns = {*meta["keys"], *meta["values"], *meta.get("notes", {}), *meta.get("text", {})}
        table = next(one for one in catalogue() if one.id == id)
        assert columns == {column.name for column in table.columns}
        assert table.title == meta["title"]


def test_the_region_micronesia_is_told_from_the_country():
    stock = pd.DataFrame(
        [("FSM", "GUM", 2019, 999), ("FSM", "GUM", 2019, 38), ("FSM", "AUS", 2019, 120),
         ("FSM", "ASM", 2019, 23), ("FSM", "ASM", 2019, 23), ("PLW", "GUM", 2019, 7)],
        columns=["destination", "origin", "year", "immigrant_stock"],
    )  # fmt: skip
    left = _module("world")._micronesia(stock)
    cells = left.set_index(["destination", "origin"])["immigrant_stock"].to_dict()
    assert cells == {("FSM", "GUM"): 38, ("FSM", "ASM"): 23, ("PLW", "GUM"): 7}
