# SPDX-License-Identifier: Apache-2.0
"""A projection as a folder: tables, pictures, manifest; a country is whole or absent."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from keruen.report.flow_run import Step, quiet
from keruen.report.projection_pictures import projection_pictures
from keruen.report.projection_run import ProjectionRun
from keruen.report.projection_tables import projection_tables
from keruen.report.release import complete, release, write_parquet


def write_projection(
    run: ProjectionRun, target: Path, *, step: Step | None = None
) -> tuple[Path, ...]:
    """Write a run of a projection to a folder.

    Parameters
    ----------
    run : ProjectionRun
        The run.
    target : Path
        Folder; made when it does not exist. Files of an earlier run are replaced or, where
        this run has none of the name, removed.
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
        if not complete(target / place, manifest):
            _write_folder(run, target / place, place, tables=True, pictures=False)
    tell(0.98, "pictures")
    written = _write_folder(run, target, "all", tables=False, pictures=True)
    return (*(target / place for place in run.places), *written)


def _write_folder(
    run: ProjectionRun, target: Path, country: str, *, tables: bool, pictures: bool
) -> tuple[Path, ...]:
    def fill(folder: Path) -> None:
        for name, table in (projection_tables(run, country) if tables else {}).items():
            write_parquet(table, folder / f"{name}.parquet")
        for name, drawing in (projection_pictures(run, country) if pictures else {}).items():
            (folder / f"{name}.svg").write_text(drawing, encoding="utf-8")

    return release(target, _manifest(run), fill)


def _manifest(run: ProjectionRun) -> dict[str, object]:
    """Everything needed to make the same files again, and to trust them."""
    return {
        "command": "project population",
        "options": dict(run.options),
        "units": "persons",
        "moment": "population on 1 January; births, deaths and migration of the calendar year",
        "record": run.record,
        "rules": {**asdict(run.rules), "digest": run.rules.digest},
        "inputs": [dict(one) for one in run.inputs],
        "warnings": list(run.warnings),
    }
