# SPDX-License-Identifier: Apache-2.0
"""A run over apprehensions as a folder: tables, workbook, picture, manifest."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from keruen.report.flow_run import Step, quiet
from keruen.report.interval_chart import interval_chart
from keruen.report.irregular_run import IrregularRun
from keruen.report.release import release
from keruen.report.table_release import write_tables

_NAMES: Final = {
    "poisson": "Poisson",
    "geometric": "Geometric",
    "negative_binomial": "Negative binomial",
    "one_inflated_poisson": "Poisson, one-inflated",
    "one_inflated_geometric": "Geometric, one-inflated",
    "one_inflated_negative_binomial": "Negative binomial, one-inflated",
    "removal_poisson": "Poisson, removal",
    "removal_geometric": "Geometric, removal",
    "zelterman": "Zelterman",
    "chao": "Chao (lower bound)",
    "chao_corrected": "Chao, corrected (lower bound)",
}


def write_irregular(
    run: IrregularRun, target: Path, *, step: Step | None = None
) -> tuple[Path, ...]:
    """Write a run over apprehensions to a folder.

    Parameters
    ----------
    run : IrregularRun
        The run.
    target : Path
        Folder; made when it does not exist. Files of an earlier run are replaced or removed.
    step : callable, optional
        Called with the share done and what is being done.

    Returns
    -------
    tuple of Path
        The tables of the run as CSV and Parquet, all of them in ``irregular.xlsx``,
        ``irregular.svg`` and ``manifest.json``.

    Raises
    ------
    FileError
        The folder cannot be written (``NotWritable``); nothing has been changed then.

    See Also
    --------
    keruen.report.irregular_run.run_irregular : Makes the run.
    """
    tell = step or quiet

    def fill(folder: Path) -> None:
        tell(0.85, "tables")
        write_tables(run.tables(), folder, workbook="irregular")
        tell(0.95, "picture")
        (folder / "irregular.svg").write_text(_picture(run), encoding="utf-8")

    manifest = {
        "command": "measure irregular",
        "options": dict(run.options),
        "units": "persons",
        "observed": run.observed,
        "statement": run.statement(),
        "inputs": [dict(one) for one in run.inputs],
        "warnings": run.notes(),
    }
    return release(target, manifest, fill)


def _picture(run: IrregularRun) -> str:
    """All estimates with their intervals, and the people who were seen."""
    table = run.comparison.to_table().dropna(subset=["value"])
    return interval_chart(
        table.assign(label=table["method"].map(_NAMES)),
        name="label",
        value="value",
        lower="lower",
        upper="upper",
        title=run.statement().partition(". ")[0].rstrip(".") + ".",
        unit=f"persons, {run.options['moment']}; estimate and 95% interval",
        reference=float(run.observed),
        reference_label="seen",
        note="Each model assumes something else of those never caught: see estimates.csv. "
        "No model is preferred here.",
    )
