# SPDX-License-Identifier: Apache-2.0
"""A run of a regularisation programme as a folder."""

from __future__ import annotations

from pathlib import Path

from keruen.report.document import Report
from keruen.report.flow_run import Step
from keruen.report.locale import Locale
from keruen.report.policy_release import write_policy
from keruen.report.regularise_run import RegulariseRun


def write_regularise(
    run: RegulariseRun,
    report: Report,
    target: Path,
    *,
    locale: Locale,
    step: Step | None = None,
) -> tuple[Path, ...]:
    """Write a run of a regularisation programme to a folder.

    Parameters
    ----------
    run : RegulariseRun
        The run.
    report : Report
        Its page, of :func:`~keruen.report.regularise_page.regularise_report`.
    target : Path
        Folder; made when it does not exist. Files of an earlier run are replaced or removed.
    locale : Locale
        Language.
    step : callable, optional
        Told how far the work is.

    Returns
    -------
    tuple of Path
        ``regularise.html``, ``regularise.xlsx``, a CSV a table, ``adjustments.csv`` (limits
        moved apart), ``reading.csv`` (decisions taken in reading), the tables given, and
        ``manifest.json``.

    Raises
    ------
    FileError
        The folder cannot be written (``NotWritable``); nothing has been changed then.

    See Also
    --------
    keruen.report.regularise_run.run_regularise : Makes the run.
    """
    files = run.files
    beside = {"adjustments": run.found.adjustments(), "reading": files.changes}
    held = {name: table for name, table in beside.items() if len(table)}
    manifest = {
        "command": "regularise",
        "options": dict(run.options),
        "practice": run.practice,
        "currency": run.inputs.assumed.currency,
        "price_year": run.inputs.priced,
        "inputs": [{"name": name, "sha256": digest} for name, digest in files.files.items()],
        "unconfirmed": _unconfirmed(run),
    }
    return write_policy(
        report, {**files.tables, **held}, manifest, target, name="regularise", locale=locale,
        step=step,
    )  # fmt: skip


def _unconfirmed(run: RegulariseRun) -> list[str]:
    table = run.inputs.assumed.table
    return [str(name) for name in table.loc[table["status"] == "to be confirmed", "name"]]
