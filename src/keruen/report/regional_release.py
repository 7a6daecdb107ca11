# SPDX-License-Identifier: Apache-2.0
"""A regional projection as a folder: tables, picture, manifest; all of it or nothing."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from keruen.report.flow_run import Step, quiet
from keruen.report.regional_pictures import regional_pictures
from keruen.report.regional_run import RegionalRun
from keruen.report.regional_tables import regional_tables
from keruen.report.release import release, write_parquet


def write_regions(run: RegionalRun, target: Path, *, step: Step | None = None) -> tuple[Path, ...]:
    """Write a regional run to a folder.

    Parameters
    ----------
    run : RegionalRun
        The run.
    target : Path
        Folder; made when it does not exist. Files of an earlier run are replaced or removed.
    step : callable, optional
        Called with the share done and what is being done.

    Returns
    -------
    tuple of Path
        The Parquet files of :func:`~keruen.report.regional_tables.regional_tables`,
        ``regions.svg`` and ``manifest.json``.

    Raises
    ------
    FileError
        The folder cannot be written (``NotWritable``); nothing has been changed then.

    See Also
    --------
    keruen.report.regional_run.run_regions : Makes the run.

    Examples
    --------
    >>> import tempfile
    >>> from keruen.report.regional_run import run_regions
    >>> out = Path(tempfile.mkdtemp()) / "regions"
    >>> written = write_regions(run_regions("KAZ", to=2024), out)
    >>> [path.name for path in written][-2:]
    ['totals.parquet', 'manifest.json']
    """
    tell = step or quiet

    def fill(folder: Path) -> None:
        tell(0.92, "tables")
        for name, table in regional_tables(run).items():
            write_parquet(table, folder / f"{name}.parquet")
        tell(0.98, "picture")
        for name, drawing in regional_pictures(run).items():
            (folder / f"{name}.svg").write_text(drawing, encoding="utf-8")

    return release(target, _manifest(run), fill)


def _manifest(run: RegionalRun) -> dict[str, object]:
    return {
        "command": "project population --regions",
        "options": dict(run.options),
        "units": "persons",
        "moment": "population on 1 January; births, deaths and migration of the calendar year",
        "basis": "estimate: national ages and rates fitted to regional totals",
        "largest_gap": f"{run.gap:.1e} persons between the regions and the nation, any cell",
        "record": run.record,
        "rules": {**asdict(run.rules), "digest": run.rules.digest},
        "inputs": [dict(one) for one in run.inputs],
        "warnings": list(run.warnings),
    }
