# SPDX-License-Identifier: Apache-2.0
"""A user's own tables of a placement: a workbook with sheets, a folder, or single files."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from keruen.core.errors import FaultsError, FileError, SchemaError
from keruen.core.sentences import msg
from keruen.sources.faults import as_errors
from keruen.sources.files import check_table
from keruen.sources.placement_checks import Checked, cross_faults
from keruen.sources.placement_services import OwnServices, own_services
from keruen.sources.projection_files import WORKBOOKS, tables_at

if TYPE_CHECKING:
    import pandas as pd

PLACEMENT_PARTS: Final[Mapping[str, str]] = {
    "families": "placement_families",
    "localities": "placement_localities",
    "members": "placement_members",
    "scores": "placement_scores",
    "preferences": "placement_preferences",
    "regions": "placement_regions",
    "links": "placement_links",
    "groups": "placement_groups",
    "past": "placement_past",
    "jobs": "placement_jobs",
    "chances": "placement_chances",
}
"""Sheets or files of a placement, with the table each holds."""

_PRACTICE: Final = "PRACTICE DATA"
_NEEDED: Final = ("families", "localities")


@dataclass(frozen=True)
class PlacementFiles:
    """Tables of a placement as a user gave them, without faults.

    Parameters
    ----------
    tables : dict of str to DataFrame
        Rows of each table of ``PLACEMENT_PARTS`` that was given.
    files : dict of str to str
        SHA-256 of every file read, by name.
    origins : dict of str to str
        File, and sheet of a workbook, that each table was read from.
    practice : bool
        Whether a table says that it is made up.
    unread : tuple of str
        Headings that no table has: file, heading.
    services : tuple of str
        Services that the user named, in columns ``need_NAME`` of the families and ``cap_NAME``
        (and ``placed_NAME``) of the localities.
    """

    tables: Mapping[str, pd.DataFrame]
    files: Mapping[str, str]
    origins: Mapping[str, str]
    practice: bool
    unread: tuple[str, ...] = ()
    services: tuple[str, ...] = ()


def read_placement(*books: Path, **named: Path | None) -> PlacementFiles:
    """Tables of a placement from workbooks, folders or single files.

    Parameters
    ----------
    *books : Path
        Workbooks or folders whose sheets or files have the names of ``PLACEMENT_PARTS``.
    **named : Path or None
        A table by its name: a file of that table, or a workbook or folder that holds it.

    Returns
    -------
    PlacementFiles

    Raises
    ------
    FileError
        A file is not there or cannot be read.
    SchemaError
        Families or localities are not there (``NoSheet``), or chances by occupation are and job
        places are not (``NoJobs``).
    FaultsError
        Tables have faults, alone or beside each other: all at once, each with its cell.

    See Also
    --------
    keruen.sources.files.check_table : How a table is read.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> newline = chr(10)
    >>> _ = (folder / "families.csv").write_text(newline.join(["family,persons", "f1,3"]))
    >>> _ = (folder / "localities.csv").write_text(newline.join(["locality,persons", "Abay,5"]))
    >>> read_placement(folder).tables["localities"].values.tolist()
    [['Abay', 5.0]]
    """
    places: dict[str, tuple[Path, str | None]] = {}
    for book in books:
        places |= tables_at(book, PLACEMENT_PARTS)
    for name, file in named.items():
        if file is not None:
            places |= _named(name, file)
    lacking = [name for name in _NEEDED if name not in places]
    if lacking:
        raise SchemaError(
            msg("there is no table '{table}'", table=lacking[0]),
            where=f"there are {', '.join(places) or 'none'}",
            remedy=msg(
                "give FAMILIES and LOCALITIES, or one workbook or folder with both: "
                "keruen data template placement --to placement.xlsx"
            ),
            id="NoSheet",
        )
    if "chances" in places and "jobs" not in places:
        raise SchemaError(
            msg("there are chances of work by occupation, but no job places"),
            where="chances",
            remedy=msg("give --jobs FILE, or the sheet jobs"),
            id="NoJobs",
        )
    checked = {
        name: Checked(check_table(file, PLACEMENT_PARTS[name], sheet=sheet), file.name)
        for name, (file, sheet) in places.items()
    }
    own = own_services(checked, places)
    _raise(checked, own)
    used = dict.fromkeys(file for file, _ in places.values())
    return PlacementFiles(
        tables={name: one.table for name, one in checked.items()} | dict(own.tables),
        files={file.name: _digest(file) for file in used},
        origins={
            name: f"{file.name}, sheet {sheet}" if sheet else file.name
            for name, (file, sheet) in places.items()
        },
        practice=any(_is_practice(file) for file in used),
        unread=tuple(
            text
            for one in checked.values()
            for text in one.unread
            if text.partition(": ")[2] not in own.headings
        ),
        services=own.names,
    )


def _raise(checked: Mapping[str, Checked], own: OwnServices) -> None:
    """Faults of the tables alone, and of tables beside each other, in one error."""
    import pandas as pd

    parts = [one.check.faults for one in checked.values() if len(one.check.faults)]
    parts += [part for part in cross_faults(checked) if len(part)]
    parts += own.faults
    if parts:
        found = pd.concat(parts, ignore_index=True)
        raise FaultsError(as_errors(found), where="the tables of the placement")


def _named(name: str, path: Path) -> dict[str, tuple[Path, str | None]]:
    if path.is_dir() or path.suffix.lower() in WORKBOOKS:
        found = tables_at(path, PLACEMENT_PARTS)
        if name in found:
            return {name: found[name]}
    if path.is_dir():
        raise FileError(
            f"the folder holds no table '{name}'", where=str(path), remedy="name the file itself"
        )
    if not path.is_file():
        raise FileError("there is no such file", where=str(path), remedy="check the name")
    return {name: (path, None)}


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _is_practice(path: Path) -> bool:
    """Whether a sheet, a line above a table or a file beside it says that it is made up."""
    from keruen.sources._grid import read_sheets

    if (path.parent / f"{_PRACTICE}.txt").is_file():
        return True
    if path.suffix.lower() not in WORKBOOKS:
        return False
    sheets = [one.cells for one in read_sheets(path) if one.cells.size]
    return any(str(cells.iloc[0, 0]).startswith(_PRACTICE) for cells in sheets)
