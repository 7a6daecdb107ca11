# SPDX-License-Identifier: Apache-2.0
"""Reading SDMX-CSV 1.0 and 2.0: our own files exactly, others by the common code lists."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from keruen.core.arrays import few
from keruen.core.errors import SchemaError
from keruen.sources.datasets import Label
from keruen.sources.formats.blocks import gridded
from keruen.sources.formats.cube import Cube, place, rebuilt
from keruen.sources.formats.facts import read_facts
from keruen.sources.formats.foreign import Axis, Told, understand
from keruen.sources.formats.numbers import read_numbers
from keruen.sources.formats.sdmx import NOTES
from keruen.sources.formats.text_table import read_text_table

if TYPE_CHECKING:
    import pandas as pd

_STRUCTURE: Final = ("DATAFLOW", "STRUCTURE", "STRUCTURE_ID", "STRUCTURE_NAME", "ACTION")
_KEYS: Final = ("SERIES_KEY", "OBS_KEY")
_ATTRIBUTES: Final = (
    "OBS_STATUS",
    "OBS_FLAG",
    "CONF_STATUS",
    "UNIT_MEASURE",
    "UNIT_MULT",
    "DECIMALS",
    "TITLE",
    "SOURCE_DETAIL",
    "LAST_UPDATE",
    "LAST UPDATE",
    "UPDATED",
    "TIME_FORMAT",
    "BASE_PER",
    NOTES,
)
_MISSING: Final = ("", "NaN", "nan", ":", "-", "NA", "N/A", "#N/A")
_FREQUENCIES: Final = {"A": 1, "Q": 1, "M": 1}


def read_sdmx_csv(path: Path) -> Cube:
    """An array from a file of SDMX-CSV, 1.0 or 2.0.

    Parameters
    ----------
    path : Path
        File; separator comma, semicolon or tab.

    Returns
    -------
    Cube

    Raises
    ------
    CoverageError
        More than fifty million cells.
    FileError
        The file is damaged, no text, or too large.
    SchemaError
        No column of values, several tables in one file, a cell twice (``DuplicateKey``), a
        value that is no number, or rows that delete.

    Notes
    -----
    A file that Keruen wrote gives the array that was written. In others the columns before
    the values are dimensions; codes of sex, age and place are brought to those of this
    package, and the notes say which.
    """
    table = _labelled(read_text_table(path))
    if "OBS_VALUE" not in table.columns:
        raise SchemaError(
            "the file has no column OBS_VALUE",
            where=f"{path.name}: {few(table.columns)}",
            remedy="ask for the observations, one a row, with their values",
        )
    notes: list[str] = []
    table = _observations(table, path, notes)
    facts = _own(table)
    if facts:
        return _ours(table, facts, path)
    return _theirs(table, path, notes)


def _labelled(table: pd.DataFrame) -> pd.DataFrame:
    """Columns named by identifiers, codes without the names that stand beside them."""
    if "STRUCTURE_NAME" in table.columns:
        fixed = [name for name in table.columns if name in (*_STRUCTURE, *_KEYS)]
        rest = [name for name in table.columns if name not in fixed]
        table = table[[*fixed, *rest[::2]]]
    ids = [re.sub(r"\[.*\]$", "", str(name).partition(": ")[0]).strip() for name in table.columns]
    both = [i for i, name in enumerate(table.columns) if ": " in str(name)]
    table = table.set_axis(ids, axis="columns")
    for i in both:
        table.isetitem(i, table.iloc[:, i].str.partition(": ")[0].to_numpy())
    if not table.columns.is_unique:
        twice = table.columns[table.columns.duplicated()]
        raise SchemaError(f"columns stand twice: {few(twice)}", remedy="keep one of each")
    return table


def _observations(table: pd.DataFrame, path: Path, notes: list[str]) -> pd.DataFrame:
    """Rows of one table that hold an observation."""
    if not len(table):
        raise _no_rows(path)
    for name in ("DATAFLOW", "STRUCTURE_ID"):
        if name in table.columns:
            flows = table[name].str.partition(": ")[0]
            other = flows != flows.iloc[0]
            if other.any():
                raise SchemaError(
                    f"the file holds several tables: {few(flows.unique())}",
                    where=place(path, f"row {table.index[int(np.argmax(other))] + 2}"),
                    remedy="give a file for each",
                    id="SeveralTables",
                )
    if "ACTION" in table.columns and (table["ACTION"] == "D").any():
        raise SchemaError(
            "a row deletes data",
            where=place(
                path, f"row {table.index[int(np.argmax(table['ACTION'] == 'D'))] + 2}, ACTION"
            ),
            remedy="give a file of data: rows with the action I, A or R",
        )
    dims = _dimensions(table)
    partial = (table[dims] == "").any(axis=1) & table["OBS_VALUE"].isin(["", "NaN"])
    if partial.any():
        notes.append(f"rows that hold attributes alone, left out: {int(partial.sum())}")
        table = table[~partial]
    if not len(table):
        raise _no_rows(path)
    for name in dims:
        empty = table[name] == ""
        if empty.any():
            raise SchemaError(
                f"'{name}' is empty",
                where=place(path, f"row {table.index[int(np.argmax(empty))] + 2}"),
                remedy="give the code, or leave the row out",
            )
    return table


def _no_rows(path: Path) -> SchemaError:
    return SchemaError("the file holds no observation", where=path.name, remedy="give its rows")


def _dimensions(table: pd.DataFrame) -> list[str]:
    """Columns that tell rows apart: those before the value, without what is known not to be."""
    names = [str(name) for name in table.columns]
    before = names[: names.index("OBS_VALUE")]
    if "TIME_PERIOD" in names and "TIME_PERIOD" not in before:
        before.append("TIME_PERIOD")
    skip = {*_STRUCTURE, *_KEYS, *_ATTRIBUTES}
    dims = [name for name in before if name.upper() not in skip]
    for name in ("UNIT_MEASURE", "UNIT"):  # a dimension as soon as it varies
        if name in before and table[name].nunique() > 1 and name not in dims:
            dims.append(name)
    return dims


def _own(table: pd.DataFrame) -> dict[str, Any] | None:
    if NOTES not in table.columns:
        return None
    said = table[NOTES][table[NOTES] != ""]
    if not len(said):
        return None
    import json

    try:
        raw = json.loads(said.iloc[0])
        dims = [*raw["columns"], *raw["period"]]
        columns = {*raw["columns"].values(), *(["TIME_PERIOD"] if raw["period"] else [])}
    except (TypeError, ValueError, KeyError, AttributeError):
        return None
    beside = {name for name in _dimensions(table) if name != "FREQ"}
    return read_facts(raw, dims) if columns == beside else None


def _ours(table: pd.DataFrame, facts: dict[str, Any], path: Path) -> Cube:
    columns: dict[str, NDArray[Any]] = {}
    for dim, column in facts["columns"].items():
        decode = facts.get("codes", {}).get(dim, {})
        kind = facts["labels"].get(dim, "str")
        codes, texts = table[column].factorize()
        found = [_decoded(str(text), decode, kind, path, column) for text in texts]
        columns[dim] = np.array(found, object)[codes]
    if facts["period"]:
        parts = table["TIME_PERIOD"].str.extract(r"^(\d{4})(?:-Q?(\d{1,2}))?$")
        bad = parts[0].isna() | (parts[1].isna() if len(facts["period"]) > 1 else False)
        if bad.any():
            row = int(np.argmax(bad))
            raise SchemaError(
                f"{table['TIME_PERIOD'].iloc[row]!r} is not a period",
                where=place(path, f"row {table.index[row] + 2}, TIME_PERIOD"),
                remedy="write 2020, 2020-Q1 or 2020-01",
            )
        for name, part in zip(facts["period"], (parts[0], parts[1]), strict=False):
            columns[name] = part.astype(int).to_numpy().astype(object)
    order = [*facts["scalar"], *facts["dims"]]
    values = read_numbers(
        table["OBS_VALUE"], "OBS_VALUE", path, missing=_MISSING, whole=facts["dtype"][0] != "f"
    )
    status = table["OBS_STATUS"].to_numpy(object) if facts.get("status") else None
    labels, cells, marks = gridded(
        {dim: columns[dim] for dim in order}, values, status, table.index.to_numpy(), path
    )
    return rebuilt(cells, labels, facts, marks)


def _decoded(text: str, codes: dict[str, Any], kind: str, path: Path, column: str) -> Label:
    if text in codes:
        found: Label = codes[text]
        return found
    if kind == "str":
        return text
    try:
        number = float(text)
    except ValueError:
        raise SchemaError(
            f"{text!r} is not a code of {column}",
            where=place(path, column),
            remedy="write it as the other rows do",
        ) from None
    return int(number) if number == int(number) and kind[0] in "iu" else number


def _theirs(table: pd.DataFrame, path: Path, notes: list[str]) -> Cube:
    dims = _dimensions(table)
    facts: dict[str, Any] = {}
    dims = _frequency(table, dims, facts)
    units, power = _unit(table, dims, path)
    single = [dim for dim in dims if dim.upper() == "UNIT" and table[dim].nunique() == 1]
    if single and not units:  # as Eurostat has it
        units = str(table[single[0]].iloc[0])
        dims = [dim for dim in dims if dim not in single]
    flag = next((name for name in ("OBS_STATUS", "OBS_FLAG") if name in table.columns), "")
    status = table[flag].to_numpy(object) if flag else None
    if status is not None and set(np.unique(status)) <= {"", "A", "O"}:
        status = None
    used = {
        *dims,
        *single,
        *_STRUCTURE,
        *_KEYS,
        "OBS_VALUE",
        flag,
        "UNIT_MEASURE",
        "UNIT_MULT",
        "FREQ",
    }
    left = [
        str(name)
        for name in table.columns
        if name not in used and str(name).upper() != "FREQ" and (table[name] != "").any()
    ]
    if left:
        notes.append(f"columns not carried: {few(left)}")
    values = read_numbers(table["OBS_VALUE"], "OBS_VALUE", path, missing=_MISSING)
    if (table["OBS_VALUE"] == "-").any():
        notes.append("'-' in OBS_VALUE is read as missing")
    columns = {dim: table[dim].to_numpy(object) for dim in dims}
    labels, cells, marks = gridded(columns, values, status, table.index.to_numpy(), path)
    axes = [
        Axis(_concept(dim), [str(label) for label in found], heading=dim)
        for dim, found in labels.items()
    ]
    flow = next(
        (table[name].iloc[0] for name in ("STRUCTURE_ID", "DATAFLOW") if name in table.columns),
        path.stem,
    )
    id, _, title = flow.partition(": ")
    name = id.rpartition(":")[2].partition("(")[0]
    told = Told(name=name, units=units, power=power, facts=facts, title=title, notes=tuple(notes))
    return understand(axes, cells, marks, told, where=path.name)


_KNOWN: Final = {
    "TIME_PERIOD": "year",
    "TIME": "year",
    "SEX": "sex",
    "AGE": "age",
    "REF_AREA": "country",
    "GEO": "country",
    "LOCATION": "country",
    "COUNTERPART_AREA": "partner",
    "CITIZEN": "citizenship",
    "CITIZENSHIP": "citizenship",
    "C_BIRTH": "birthplace",
    "BIRTH_PLACE": "birthplace",
    "COUNTRY_BIRTH": "birthplace",
    "URBANISATION": "residence",
    "EDUCATION_LEV": "education",
    "ACTIVITY": "sector",
}


def _concept(column: str) -> str:
    return _KNOWN.get(column.upper(), column)


def _frequency(table: pd.DataFrame, dims: Sequence[str], facts: dict[str, Any]) -> list[str]:
    """Dimensions without the frequency, when it says no more than the periods do."""
    name = next((dim for dim in dims if dim.upper() == "FREQ"), "")
    if not name or table[name].nunique() > 1:
        return list(dims)
    code = str(table[name].iloc[0])
    if found := re.fullmatch(r"A(\d+)", code):
        facts["interval_years"] = int(found[1])
    elif code not in _FREQUENCIES:
        return list(dims)
    return [dim for dim in dims if dim != name]


def _unit(table: pd.DataFrame, dims: Sequence[str], path: Path) -> tuple[str, int]:
    units = ""
    if "UNIT_MEASURE" in table.columns and "UNIT_MEASURE" not in dims:
        said = [text for text in table["UNIT_MEASURE"].unique() if text]
        if len(said) > 1:
            raise _mixed("UNIT_MEASURE", table, path)
        units = said[0] if said else ""
    power = 0
    if "UNIT_MULT" in table.columns:
        said = [text for text in table["UNIT_MULT"].unique() if text]
        if len(said) > 1:
            raise _mixed("UNIT_MULT", table, path)
        try:
            power = int(said[0]) if said else 0
        except ValueError:
            raise SchemaError(
                f"UNIT_MULT is {said[0]!r}",
                where=place(path, "UNIT_MULT"),
                remedy="give a power of ten: 0, 3, 6 ...",
            ) from None
    return units, power


def _mixed(column: str, table: pd.DataFrame, path: Path) -> SchemaError:
    first = table[column].iloc[0]
    row = int(np.argmax(table[column] != first))
    return SchemaError(
        f"{column} is {first} in one row and {table[column].iloc[row]} in another",
        where=place(path, f"row {table.index[row] + 2}"),
        remedy="give a file for each unit",
        id="MixedUnits",
    )
