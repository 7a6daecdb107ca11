# SPDX-License-Identifier: Apache-2.0
"""Assumptions of policy models as a reader may change them, and runs with the changes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Literal

from keruen.report.locale import LANGS, Locale, Told, Value, Verbatim, msg
from keruen.report.policy_words import ASSUMPTIONS, STATUSES, UNIT_WORDS

if TYPE_CHECKING:
    import pandas as pd

    from keruen.sources.policy_files import PolicyFiles

Model = Literal["regularise", "permits", "welfare"]
Changes = Mapping[str, Mapping[str, float]]
"""New numbers of assumptions, by name and by which number: ``low``, ``value``, ``high`` ..."""

_ENDS: Final = ("low", "value", "high")
_ANY: Final = (-math.inf, math.inf)
_BY_READER: Final = msg("set by the reader")
_DAY: Final = "2026-06-30"


@dataclass(frozen=True)
class Assumption:
    """An assumption with the numbers that a reader may change.

    Parameters
    ----------
    name : str
        Short name.
    label, unit, status, basis : Value
        What it is called, its unit, how it is known, and on what basis.
    numbers : mapping of str to float
        Its numbers: ``low``, ``value``, ``high``; for a distribution those that it has.
    limits : (float, float)
        Least and most it may be.
    """

    name: str
    label: Value
    unit: Value
    status: Value
    basis: Value
    numbers: Mapping[str, float]
    limits: tuple[float, float] = _ANY


def case_assumptions(files: PolicyFiles, limits: Mapping[str, tuple[float, float]]) -> tuple:
    """Assumptions of a case of the package.

    Parameters
    ----------
    files : PolicyFiles
        Tables of the case.
    limits : mapping of str to (float, float)
        Least and most of each.

    Returns
    -------
    tuple of Assumption
        In the order of the table.
    """
    return tuple(
        _of_row({str(key): value for key, value in row.items()}, limits)
        for row in files.tables["assumptions"].to_dict("records")
    )


def _of_row(row: Mapping[str, Any], limits: Mapping[str, tuple[float, float]]) -> Assumption:
    name, unit = str(row["name"]), str(row.get("units", ""))
    texts = {lang: str(row.get(f"source_{lang}") or row["source"]) for lang in ("ru", "kk")}
    numbers = {key: float(row.get(key, math.nan)) for key in _ENDS}
    return Assumption(
        name,
        ASSUMPTIONS[name],
        UNIT_WORDS.get(unit, Verbatim(unit)),
        STATUSES[str(row["status"])],
        Told({"en": str(row["source"]), **texts}),
        {key: value for key, value in numbers.items() if not math.isnan(value)},
        limits.get(name, _ANY),
    )


def with_changes(files: PolicyFiles, changes: Changes) -> PolicyFiles:
    """Tables of a case with some numbers changed, which then say so.

    Parameters
    ----------
    files : PolicyFiles
        Tables of the case.
    changes : mapping of str to mapping of str to float
        New numbers by name of the assumption.

    Returns
    -------
    PolicyFiles
    """
    if not changes:
        return files
    table: pd.DataFrame = files.tables["assumptions"].copy()
    for name, numbers in changes.items():
        rows = table["name"] == name
        for key, value in numbers.items():
            table.loc[rows, key] = value
        table.loc[rows, "status"] = "assumption"
        for lang in LANGS:
            column = "source" if lang == "en" else f"source_{lang}"
            table.loc[rows, column] = _BY_READER.render(Locale(lang))
    return replace(files, tables={**files.tables, "assumptions": table})


def welfare_assumptions() -> tuple[Assumption, ...]:
    """Assumptions of the ledger of gains, as the package holds them.

    Returns
    -------
    tuple of Assumption
    """
    from keruen.decide.welfare import ASSUMPTIONS as NAMES
    from keruen.report.welfare_exhibits import label_of
    from keruen.report.welfare_words import STATUSES as WORDS
    from keruen.report.welfare_words import UNITS_OF
    from keruen.sources.welfare_inputs import read_assumptions

    held = read_assumptions(list(NAMES))
    found = []
    for name, unit in NAMES.items():
        key = f"welfare.{name}"
        dated = held[key].on(_DAY)
        value: Any = held.value(key, _DAY)
        status = "to be confirmed" if dated is None else dated.status
        reference = held.reference(key, _DAY)
        basis = Told({lang: reference.text(lang) for lang in LANGS})
        numbers = {one: float(number) for one, number in value.items() if one != "dist"}
        found.append(
            Assumption(name, label_of(held, name), UNITS_OF[unit], WORDS[status], basis, numbers)
        )
    return tuple(found)


def welfare_file(changes: Changes) -> str:
    """Changed assumptions of the ledger of gains, as a file of the user's own would hold them.

    Parameters
    ----------
    changes : mapping of str to mapping of str to float
        New numbers by name of the assumption.

    Returns
    -------
    str
        YAML.
    """
    from keruen.decide.welfare import ASSUMPTIONS as NAMES
    from keruen.sources.welfare_inputs import read_assumptions

    held = read_assumptions(list(NAMES))
    lines = ["parameters:"]
    for name, numbers in changes.items():
        whole: dict[str, Any] = {**dict(held.value(f"welfare.{name}", _DAY)), **numbers}  # type: ignore[arg-type]
        told = ", ".join(f"{key}: {value}" for key, value in whole.items())
        lines += [f"  welfare.{name}:", f"    values: {{1990-01-01: {{{told}}}}}"]
    return "\n".join(lines) + "\n"
