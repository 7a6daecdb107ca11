# SPDX-License-Identifier: Apache-2.0
"""A labour projection as a folder: tables, pictures, manifest; all of it or nothing."""

from __future__ import annotations

from pathlib import Path

from keruen.report.flow_run import Step, quiet
from keruen.report.labour_backtest import LabourBacktest
from keruen.report.labour_pictures import labour_pictures
from keruen.report.labour_run import LabourRun
from keruen.report.labour_tables import labour_tables
from keruen.report.labour_world import WorldLabourForce
from keruen.report.projection_run import described
from keruen.report.release import release, write_parquet


def write_labour(run: LabourRun, target: Path, *, step: Step | None = None) -> tuple[Path, ...]:
    """Write a labour run to a folder.

    Parameters
    ----------
    run : LabourRun
        The run.
    target : Path
        Folder; made when it does not exist. Files of an earlier run are replaced or removed.
    step : callable, optional
        Called with the share done and what is being done.

    Returns
    -------
    tuple of Path
        The Parquet files of :func:`~keruen.report.labour_tables.labour_tables`,
        ``labour_force.svg``, ``balance.svg`` and ``manifest.json``.

    Raises
    ------
    FileError
        The folder cannot be written (``NotWritable``); nothing has been changed then.

    See Also
    --------
    keruen.report.labour_run.run_labour : Makes the run.

    Examples
    --------
    >>> import tempfile
    >>> from keruen.report.labour_run import run_labour
    >>> out = Path(tempfile.mkdtemp()) / "labour"
    >>> [path.name for path in write_labour(run_labour("KAZ", to=2027), out)][-2:]
    ['ratios.parquet', 'manifest.json']
    """
    tell = step or quiet

    def fill(folder: Path) -> None:
        tell(0.95, "tables")
        for name, table in labour_tables(run).items():
            write_parquet(table, folder / f"{name}.parquet")
        tell(0.98, "pictures")
        for name, drawing in labour_pictures(run).items():
            (folder / f"{name}.svg").write_text(drawing, encoding="utf-8")

    return release(target, _manifest(run), fill)


def _manifest(run: LabourRun) -> dict[str, object]:
    demand = run.demand
    answer = run.case.elasticity
    how: dict[str, object] = {"method": demand.method, "growth": float(demand.growth[0])}
    if demand.method == "output" and answer is not None:
        how |= {"elasticity": round(answer.value, 4), "standard_error": round(answer.error, 4)}
    return {
        "command": "project labour",
        "options": dict(run.options),
        "definition": run.case.definition,
        "base_year": run.case.base,
        "units": "persons; participation as a share; ratios as their column says",
        "moment": "average of the year",
        "demand": how,
        "base_unemployment": round(run.case.unemployment, 5),
        "record": run.record,
        "inputs": [dict(one) for one in run.inputs],
        "warnings": list(run.warnings),
    }


def write_world_labour(found: WorldLabourForce, target: Path) -> tuple[Path, ...]:
    """Write the labour force of all countries to a folder.

    Parameters
    ----------
    found : WorldLabourForce
        What was found.
    target : Path
        Folder.

    Returns
    -------
    tuple of Path
        ``labour_force.parquet`` and ``manifest.json``.

    Raises
    ------
    FileError
        The folder cannot be written (``NotWritable``).
    """
    manifest = {
        "command": "project labour all",
        "options": dict(found.options),
        "units": "persons",
        "moment": "average of the year",
        "record": found.record,
        "inputs": [described(id) for id in found.sources],
        "warnings": list(found.warnings),
    }
    return release(
        target,
        manifest,
        lambda folder: write_parquet(found.to_table(), folder / "labour_force.parquet"),
    )


def write_labour_backtest(found: LabourBacktest, target: Path) -> tuple[Path, ...]:
    """Write a back-test of the labour force to a folder.

    Parameters
    ----------
    found : LabourBacktest
        What was found.
    target : Path
        Folder.

    Returns
    -------
    tuple of Path
        ``scores.parquet``, ``errors.parquet``, ``record.json`` and ``manifest.json``.

    Raises
    ------
    FileError
        The folder cannot be written (``NotWritable``).
    """
    import json

    def fill(folder: Path) -> None:
        write_parquet(found.table(), folder / "scores.parquet")
        errors = found.errors.rename("error_percent").to_dataframe().reset_index()
        write_parquet(errors[["country", "year", "error_percent"]], folder / "errors.parquet")
        text = json.dumps(found.record(), indent=1, ensure_ascii=False)
        (folder / "record.json").write_text(text + "\n", encoding="utf-8")

    manifest = {
        "command": "project labour-backtest",
        "options": {"origin": found.origin, "trajectories": found.trajectories, "seed": found.seed},
        "units": "percent of the outcome",
        "tested": found.tested.isoformat(),
    }
    return release(target, manifest, fill)
