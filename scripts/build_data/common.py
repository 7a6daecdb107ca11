# SPDX-License-Identifier: Apache-2.0
"""What the table makers share: reading the source figures and turning columns into keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
from ruamel.yaml import YAML

Maker = Callable[[Path], dict[str, pd.DataFrame]]
"""A function that reads a folder and returns the tables it makes, by id."""

SEXES = {"female": "F", "male": "M"}
REGIONS = {
    "ABY": "KZ-10", "AKM": "KZ-11", "AKT": "KZ-15", "ALM": "KZ-19", "ATY": "KZ-23",
    "ZKO": "KZ-27", "ZHM": "KZ-31", "ZHT": "KZ-33", "KRG": "KZ-35", "KST": "KZ-39",
    "KZL": "KZ-43", "MNG": "KZ-47", "PVL": "KZ-55", "SKO": "KZ-59", "TRK": "KZ-61",
    "ULT": "KZ-62", "VKO": "KZ-63", "AST": "KZ-71", "ALA": "KZ-75", "SHM": "KZ-79",
    "YKO": "KZ-YUZ",
}  # fmt: skip
"""ISO 3166-2 codes of Kazakhstan's regions; South Kazakhstan keeps its code of before 2018."""


@cache
def read_yaml(name: str) -> Any:
    """A description from the YAML files beside the scripts."""
    return YAML(typ="safe").load((Path(__file__).parent / name).read_text("utf-8"))


@cache
def read(path: Path) -> pd.DataFrame:
    """A source table with plain text columns."""
    frame = pd.read_parquet(path)
    for name in frame.columns:
        if isinstance(frame[name].dtype, pd.CategoricalDtype):
            frame[name] = frame[name].astype(str)
    return frame


def longer(
    frame: pd.DataFrame, key: str, columns: Mapping[str, object], value: str
) -> pd.DataFrame:
    """Stack columns into one value column and a key; missing values are left out."""
    rest = [name for name in frame.columns if name not in columns]
    parts = [
        frame[[*rest, column]].rename(columns={column: value}).assign(**{key: label})
        for column, label in columns.items()
    ]
    return pd.concat(parts, ignore_index=True).dropna(subset=[value])


def by_sex(frame: pd.DataFrame, value: str, *, male: str, female: str) -> pd.DataFrame:
    """A pair of columns for men and women as a key ``sex``."""
    return longer(frame, "sex", {female: "F", male: "M"}, value)


def named(frame: pd.DataFrame, **names: str) -> pd.DataFrame:
    """The columns named, renamed from old to new."""
    return frame[list(names)].rename(columns=names)
