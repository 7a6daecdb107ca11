# SPDX-License-Identifier: Apache-2.0
"""A run of refugee capacity as a folder: page, workbook, tables, manifest."""

from __future__ import annotations

from pathlib import Path

from keruen.report.caseload_run import CaseloadRun
from keruen.report.document import Report
from keruen.report.flow_run import Step, quiet
from keruen.report.locale import Locale
from keruen.report.pages import write_pages
from keruen.report.plain import write_csv
from keruen.report.release import release


def write_caseload(
    run: CaseloadRun, report: Report, target: Path, *, locale: Locale, step: Step | None = None
) -> tuple[Path, ...]:
    """Write a run of refugee capacity to a folder.

    Parameters
    ----------
    run : CaseloadRun
        The run.
    report : Report
        Its page, of :func:`~keruen.report.caseload_page.caseload_report`.
    target : Path
        Folder; made when it does not exist. Files of an earlier run are replaced or removed.
    locale : Locale
        Language.
    step : callable, optional
        Told how far the work is.

    Returns
    -------
    tuple of Path
        ``refugees.html``, ``refugees.xlsx``, a CSV a table, ``months.csv`` (every quantity by
        month and scenario with its interval) and ``manifest.json``.

    Raises
    ------
    FileError
        The folder cannot be written (``NotWritable``); nothing has been changed then.

    See Also
    --------
    keruen.report.caseload_run.run_caseload_plan : Makes the run.
    """
    tell = step or quiet

    def fill(folder: Path) -> None:
        tell(0.8, "page")
        write_pages(report, locale, folder, "refugees")
        for exhibit in report.exhibits():
            write_csv(exhibit.table, locale, folder / f"{exhibit.table.id}.csv")
        table = run.plan.to_table()
        table.to_csv(folder / "months.csv", index=False, float_format="%.10g")

    return release(target, _manifest(run), fill)


def _manifest(run: CaseloadRun) -> dict[str, object]:
    english = Locale("en")
    return {
        "command": "refugees",
        "options": dict(run.options),
        "method": run.method,
        "decision_mode": "proposal",
        "practice": run.inputs.practice,
        "terms": {
            name: {"dist": one.dist, **one.values, "source": one.source}
            for name, one in run.inputs.terms.items()
        },
        "backlog": {"persons": run.inputs.backlog, "year": run.inputs.backlog_year},
        "inputs": [{"name": name, "sha256": d} for name, d in run.inputs.files.items()],
        "warnings": [note.render(english) for note in run.inputs.notes],
    }
