# SPDX-License-Identifier: Apache-2.0
"""Tables of a policy model: assumptions, calendar, people; a user's own, or a case of the package.

A case of the package is a folder of the same tables, so that a user may copy and change it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from keruen.core.errors import FaultsError, SchemaError
from keruen.sources.faults import as_errors
from keruen.sources.files import check_table
from keruen.sources.projection_files import tables_at

if TYPE_CHECKING:
    import pandas as pd

REGULARISE_PARTS: Final[Mapping[str, str]] = {
    "stock": "regularise_stock",
    "calendar": "policy_calendar",
    "assumptions": "policy_assumptions",
}
"""Sheets or files of a regularisation programme, with the table each holds."""

PERMIT_PARTS: Final[Mapping[str, str]] = {
    "assumptions": "policy_assumptions",
    "calendar": "policy_calendar",
    "permits": "permit_register",
}
"""Sheets or files of a market of permits, with the table each holds."""

_FOLDER: Final = Path(__file__).parent / "regularisation"
_MISSING: Final = ("…", "...", "-", "")


@dataclass(frozen=True)
class PolicyFiles:
    """Tables of a policy model as they were given.

    Parameters
    ----------
    tables : dict of str to DataFrame
        Rows of each table that was given.
    changes : DataFrame
        Decisions taken in reading them, with the ``table``.
    files : dict of str to str
        SHA-256 of every file read, by name.
    case : str
        Name of the case of the package; empty for a user's own tables.
    """

    tables: Mapping[str, pd.DataFrame]
    changes: pd.DataFrame
    files: Mapping[str, str]
    case: str = ""


def policy_cases() -> tuple[str, ...]:
    """Names of the cases in the package.

    Returns
    -------
    tuple of str

    Examples
    --------
    >>> policy_cases()
    ('kaz-2006', 'kaz-scenario', 'permits-kaz', 'permits-rus')
    """
    return tuple(sorted(path.name for path in _FOLDER.iterdir() if path.is_dir()))


def read_policy(
    given: Path | str, parts: Mapping[str, str], *, needed: Sequence[str] = ()
) -> PolicyFiles:
    """Tables of a policy model from a workbook, a folder, or a case of the package.

    Parameters
    ----------
    given : Path or str
        Workbook or folder whose sheets or files have the names of the parts; or the name of
        a case.
    parts : mapping of str to str
        Tables by name of their sheet.
    needed : sequence of str, optional
        Tables that must be there.

    Returns
    -------
    PolicyFiles

    Raises
    ------
    FileError
        A file is not there or cannot be read.
    SchemaError
        A table that is needed is not there (``NoSheet``).
    FaultsError
        Tables have faults: those of all tables at once, each with its cell and remedy.

    See Also
    --------
    keruen.sources.files.check_table : How a table is read.

    Examples
    --------
    >>> held = read_policy("kaz-2006", REGULARISE_PARTS)
    >>> int(held.tables["stock"]["persons"].sum())
    300000
    """
    import pandas as pd

    case = given if isinstance(given, str) and given in policy_cases() else ""
    places = tables_at(_FOLDER / case if case else Path(given), parts)
    lacking = [name for name in needed if name not in places]
    if lacking:
        raise SchemaError(
            f"there is no table {' and '.join(map(repr, lacking))}, or nothing is filled in",
            where=f"{given} has {', '.join(places) or 'none of them'}",
            remedy=f"fill in the sheets {', '.join(needed)} of a workbook, or give a folder with "
            "files of these names",
            id="NoSheet",
        )
    checks = {n: check_table(file, parts[n], sheet=sheet) for n, (file, sheet) in places.items()}
    faults = [one.faults for one in checks.values() if len(one.faults)]
    if faults:
        raise FaultsError(as_errors(pd.concat(faults, ignore_index=True)), where=str(given))
    changes = [one.changes.assign(table=name) for name, one in checks.items() if len(one.changes)]
    used = dict.fromkeys(file for file, _ in places.values())
    return PolicyFiles(
        {name: _plain(one.table) for name, one in checks.items() if one.table is not None},
        pd.concat(changes, ignore_index=True) if changes else pd.DataFrame(),
        {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in used},
        case,
    )


def _plain(table: pd.DataFrame) -> pd.DataFrame:
    """The table with marks of missing words as empty words."""
    words = table.select_dtypes(include=["object", "string"]).columns
    return table.assign(**{name: table[name].replace(list(_MISSING), "") for name in words})


@cache
def regularisation_cases() -> pd.DataFrame:
    """Published regularisation programmes, one row a figure.

    Returns
    -------
    DataFrame
        Columns ``case``, ``country``, ``year``, ``measure``, ``variant``, ``value``,
        ``precision`` (exact, about, at least, more than), ``unit``, ``status`` (published or
        to be confirmed), ``source``, ``licence``, ``note``.

    Examples
    --------
    >>> held = regularisation_cases()
    >>> held[(held.case == "kazakhstan_2006") & (held.measure == "approved")].value.item()
    164586.0
    """
    import pandas as pd

    return pd.read_csv(_FOLDER / "regularisation_cases.csv", keep_default_na=False).astype(
        {"value": float}
    )
