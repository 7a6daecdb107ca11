# SPDX-License-Identifier: Apache-2.0
"""Figures in and out in the formats that statistics offices use.

SDMX-CSV 1.0 and 2.0, JSON-stat 2.0, the sheets of Flowmap.blue, and Keruen's own long tables
(CSV, Excel, Parquet) both ways; PX files are read. What is written is read back as the same
array, to the last digit and attribute, wherever the format has room; what it has no room for
is returned as a sentence.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, get_args

import xarray as xr

from keruen.core._lists import Lang
from keruen.core.errors import FileError, SchemaError
from keruen.sources.formats.cube import Cube
from keruen.sources.formats.flowmap import write_flowmap
from keruen.sources.formats.flowmap_read import read_flowmap
from keruen.sources.formats.jsonstat import write_json_stat
from keruen.sources.formats.jsonstat_read import read_json_stat
from keruen.sources.formats.long import read_long, write_long
from keruen.sources.formats.px import read_px
from keruen.sources.formats.recognise import recognise
from keruen.sources.formats.sdmx import write_sdmx_csv
from keruen.sources.formats.sdmx_read import read_sdmx_csv

__all__ = [
    "Conversion",
    "Cube",
    "Format",
    "convert",
    "read",
    "read_flowmap",
    "read_json_stat",
    "read_long",
    "read_px",
    "read_sdmx_csv",
    "write",
    "write_flowmap",
    "write_json_stat",
    "write_long",
    "write_sdmx_csv",
]

Format = Literal["sdmx-csv", "sdmx-csv-1.0", "json-stat", "px", "flowmap", "csv", "xlsx", "parquet"]
"""A format by name; ``sdmx-csv`` is version 2.0 when written, and either when read."""

_ENDINGS: Final[dict[str, Format]] = {
    ".json": "json-stat",
    ".csv": "csv",
    ".xlsx": "xlsx",
    ".parquet": "parquet",
    ".px": "px",
    "": "flowmap",
}


@dataclass(frozen=True)
class Conversion:
    """What was read, and what of it was written.

    Parameters
    ----------
    cube : Cube
        What was read.
    read_as, written_as : str
        Formats.
    losses : tuple of str
        What the format written does not hold.
    """

    cube: Cube
    read_as: Format | Literal["table"]
    written_as: Format
    losses: tuple[str, ...]


def read(
    path: Path, *, format: Format | None = None, lang: Lang | None = None, value: str = ""
) -> Cube:
    """An array from a file of any of the formats.

    Parameters
    ----------
    path : Path
        File, or folder of a flow map.
    format : str, optional
        Format; told by ending and content when not given.
    lang : {"en", "ru", "kk"}, optional
        Language of labels, for formats that hold several.
    value : str, optional
        Column of values, when a long table has several.

    Returns
    -------
    Cube
        The array, and what the file says beside it.

    Raises
    ------
    CoverageError
        More than fifty million cells.
    FileError
        No such file, no known format, damaged, too large.
    SchemaError
        The file does not hold what its format asks for; the message says where.

    See Also
    --------
    write : The way back.

    Examples
    --------
    >>> import tempfile, keruen
    >>> file = Path(tempfile.mkdtemp()) / "births.json"
    >>> births = keruen.load("kaz.vital.births")
    >>> write(births, file, lang="kk")
    ()
    >>> read(file).array.identical(births)
    True
    """
    given = format or recognise(path)
    if given == "px":
        return read_px(path, lang=lang)
    if given in ("csv", "xlsx", "parquet"):
        return read_long(path, value=value)
    readers: dict[str, Callable[[Path], Cube]] = {
        "sdmx-csv": read_sdmx_csv,
        "sdmx-csv-1.0": read_sdmx_csv,
        "json-stat": read_json_stat,
        "flowmap": read_flowmap,
    }
    return readers[given](path)


def write(
    given: xr.DataArray | Cube,
    path: Path,
    *,
    format: Format | None = None,
    lang: Lang | None = None,
) -> tuple[str, ...]:
    """Write an array in one of the formats.

    Parameters
    ----------
    given : DataArray or Cube
        The array.
    path : Path
        File; or a folder, for a flow map.
    format : str, optional
        Format; told by the ending when not given: ``.json`` JSON-stat, ``.csv`` a long
        table, ``.xlsx``, ``.parquet``, no ending a flow map.
    lang : {"en", "ru", "kk"}, optional
        Language of labels; English when not given, and codes alone in SDMX-CSV.

    Returns
    -------
    tuple of str
        What the format does not hold.

    Raises
    ------
    FileError
        Unknown format, or the file cannot be written (``NotWritable``).
    LicenceError
        The licence of the array forbids passing it on.
    SchemaError
        The array does not fit the format: no name, an infinite number, dimensions that a
        flow map does not have ...
    """
    form = format or _written_as(path)
    if form == "px":
        raise FileError(
            "PX files are read, not written",
            where=str(path),
            remedy="write JSON-stat, which PxWeb gives and takes as well",
            id="UnknownFormat",
        )
    if form == "sdmx-csv":
        return write_sdmx_csv(given, path, lang=lang)
    if form == "sdmx-csv-1.0":
        return write_sdmx_csv(given, path, version="1.0", lang=lang)
    if form == "json-stat":
        return write_json_stat(given, path, lang=lang or "en")
    if form == "flowmap":
        return write_flowmap(given, path, lang=lang or "en")
    return write_long(given, path, form)


def _written_as(path: Path) -> Format:
    if path.name.casefold().endswith(".sdmx.csv"):
        return "sdmx-csv"
    if path.suffix.lower() not in _ENDINGS:
        raise FileError(
            f"'{path.suffix}' is not a format to write",
            where=str(path),
            remedy=f"end the name in {', '.join(e for e in _ENDINGS if e and e != '.px')}, or "
            f"name the format: {', '.join(get_args(Format))}",
            id="UnknownFormat",
        )
    return _ENDINGS[path.suffix.lower()]


def convert(
    source: str | Path,
    target: Path,
    *,
    read_as: Format | None = None,
    write_as: Format | None = None,
    lang: Lang | None = None,
    value: str = "",
) -> Conversion:
    """Read a file, or a table of the package, and write it in another format.

    Parameters
    ----------
    source : str or Path
        File or folder, or the identifier of an embedded table with its variable.
    target : Path
        File or folder to write.
    read_as, write_as : str, optional
        Formats; told by ending and content when not given.
    lang : {"en", "ru", "kk"}, optional
        Language of labels.
    value : str, optional
        Column of values, when a long table has several.

    Returns
    -------
    Conversion

    Raises
    ------
    CodeError
        No such file and no such table.
    FileError, SchemaError, CoverageError, LicenceError
        As :func:`read` and :func:`write`.
    """
    path = Path(source)
    form: Format = write_as or _written_as(target)
    if path.resolve() == target.resolve() and path.exists():
        raise SchemaError(
            "source and target are the same", where=str(path), remedy="name another target"
        )
    if not path.exists() and path.suffix.lower() not in {*_ENDINGS} - {""}:
        from keruen.sources.catalog import load

        cube = Cube(load(str(source)))
        return Conversion(cube, "table", form, write(cube, target, format=form, lang=lang))
    came = read_as or recognise(path)
    cube = read(path, format=came, lang=lang, value=value)
    return Conversion(cube, came, form, write(cube, target, format=form, lang=lang))
