# SPDX-License-Identifier: Apache-2.0
"""A projection as a folder: tables, pictures, manifest; a country is whole or absent."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Final

from keruen import __version__
from keruen.core.errors import FileError
from keruen.report.flow_run import Step, quiet
from keruen.report.projection_pictures import projection_pictures
from keruen.report.projection_run import ProjectionRun
from keruen.report.projection_tables import projection_tables
from keruen.sources.output import staged_folder

if TYPE_CHECKING:
    import pandas as pd

_PACKAGES: Final = ("numpy", "scipy", "xarray", "pandas", "duckdb")
_MANIFEST: Final = "manifest.json"


def write_projection(
    run: ProjectionRun, target: Path, *, step: Step | None = None
) -> tuple[Path, ...]:
    """Write a run of a projection to a folder.

    Parameters
    ----------
    run : ProjectionRun
        The run.
    target : Path
        Folder; made when it does not exist. Files of the same names are replaced; the
        manifest lists those of this run.
    step : callable, optional
        Called with the share done and what is being done.

    Returns
    -------
    tuple of Path
        For one country the Parquet files of :func:`projection_tables`, ``population.svg``,
        ``pyramid.svg`` and ``manifest.json``. For several, a folder with the tables and a
        manifest for each, and pictures and a manifest of all.

    Raises
    ------
    FileError
        The folder cannot be written (``NotWritable``); no country is left half-written.

    See Also
    --------
    keruen.report.projection_run.run_projection : Makes the run.

    Notes
    -----
    The same options and versions give the same bytes: no file holds a date or a place on the
    disk. Of several countries, those that stand complete with the same options, inputs and
    versions, their files undamaged, are not written again; so an interrupted run is taken up
    where it stopped.

    Examples
    --------
    >>> import tempfile
    >>> from keruen.report.projection_run import run_projection
    >>> out = Path(tempfile.mkdtemp()) / "kazakhstan"
    >>> [path.name for path in write_projection(run_projection("KAZ", to=2030), out)][:3]
    ['adjustments.parquet', 'births.parquet', 'deaths.parquet']
    """
    tell = step or quiet
    if len(run.places) == 1:
        tell(0.6, "tables and pictures")
        return _write_folder(run, target, run.places[0], tables=True, pictures=True)
    manifest = _manifest(run)
    for number, place in enumerate(run.places):
        tell(0.5 + 0.48 * number / len(run.places), place)
        if not _complete(target / place, manifest):
            _write_folder(run, target / place, place, tables=True, pictures=False)
    tell(0.98, "pictures")
    written = _write_folder(run, target, "all", tables=False, pictures=True)
    return (*(target / place for place in run.places), *written)


def _write_folder(
    run: ProjectionRun, target: Path, country: str, *, tables: bool, pictures: bool
) -> tuple[Path, ...]:
    with staged_folder(target) as folder:
        if tables:
            _parquet(projection_tables(run, country), folder)
        if pictures:
            for name, drawing in projection_pictures(run, country).items():
                (folder / f"{name}.svg").write_text(drawing, encoding="utf-8")
        names = sorted(path.name for path in folder.iterdir())
        files = {name: {"sha256": _digest(folder / name)} for name in names}
        text = json.dumps({**_manifest(run), "files": files}, indent=2, ensure_ascii=False)
        (folder / _MANIFEST).write_text(text + "\n", encoding="utf-8")
    return tuple(target / name for name in [*names, _MANIFEST])


def _complete(folder: Path, manifest: Mapping[str, object]) -> bool:
    """Whether a country stands there from the same run, every file as it was written."""
    try:
        found = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
        files = found.pop("files")
        intact = all(_digest(folder / name) == one["sha256"] for name, one in files.items())
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return bool(intact and files and found == json.loads(json.dumps(manifest)))


def _parquet(tables: Mapping[str, pd.DataFrame], folder: Path) -> None:
    import duckdb

    connection = duckdb.connect(config={"threads": 1})  # one thread: the same bytes every time
    try:
        for name, table in tables.items():
            text = [column for column in table.columns if table[column].dtype == "str"]
            connection.register("rows", table.astype(dict.fromkeys(text, object)))
            target = str(folder / f"{name}.parquet").replace("'", "''")
            connection.execute(f"COPY rows TO '{target}' (FORMAT parquet, COMPRESSION zstd)")
    except duckdb.IOException as fault:
        raise FileError(
            f"cannot write: {str(fault).splitlines()[0]}",
            where=folder.name,
            remedy="choose a folder with free space",
            id="NotWritable",
        ) from fault
    finally:
        connection.close()


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _manifest(run: ProjectionRun) -> dict[str, object]:
    """Everything needed to make the same files again, and to trust them."""
    return {
        "keruen": __version__,
        "python": platform.python_version(),
        "packages": {name: version(name) for name in _PACKAGES},
        "command": "project population",
        "options": dict(run.options),
        "units": "persons",
        "moment": "population on 1 January; births, deaths and migration of the calendar year",
        "record": run.record,
        "rules": {**asdict(run.rules), "digest": run.rules.digest},
        "inputs": [dict(one) for one in run.inputs],
        "warnings": list(run.warnings),
    }
