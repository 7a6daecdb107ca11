# SPDX-License-Identifier: Apache-2.0
"""A run over the price of a permit as a folder."""

from __future__ import annotations

from pathlib import Path

from keruen.report.document import Report
from keruen.report.flow_run import Step
from keruen.report.locale import Locale
from keruen.report.permit_run import PermitRun
from keruen.report.policy_release import write_policy


def write_permits(
    run: PermitRun,
    report: Report,
    target: Path,
    *,
    locale: Locale,
    step: Step | None = None,
) -> tuple[Path, ...]:
    """Write a run over the price of a permit to a folder.

    Parameters
    ----------
    run : PermitRun
        The run.
    report : Report
        Its page, of :func:`~keruen.report.permit_page.permit_report`.
    target : Path
        Folder; made when it does not exist. Files of an earlier run are replaced or removed.
    locale : Locale
        Language.
    step : callable, optional
        Told how far the work is.

    Returns
    -------
    tuple of Path
        ``permits.html``, ``permits.xlsx``, a CSV a table, the assumptions given, and
        ``manifest.json``. A register of permits is not written out again.

    Raises
    ------
    FileError
        The folder cannot be written (``NotWritable``); nothing has been changed then.

    See Also
    --------
    keruen.report.permit_run.run_permits : Makes the run.
    """
    files = run.files
    table = run.assumed.table
    given = {name: one for name, one in files.tables.items() if name != "permits"}
    manifest = {
        "command": "permits",
        "options": dict(run.options),
        "practice": run.assumed.practice(),
        "currency": run.assumed.currency,
        "price_year": run.priced,
        "inputs": [{"name": name, "sha256": digest} for name, digest in files.files.items()],
        "unconfirmed": [str(n) for n in table.loc[table["status"] == "to be confirmed", "name"]],
    }
    return write_policy(report, given, manifest, target, name="permits", locale=locale, step=step)
