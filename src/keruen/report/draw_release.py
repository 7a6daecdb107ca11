# SPDX-License-Identifier: Apache-2.0
"""A run of draws as a folder: page, workbook, tables, every candidate of the first round."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from keruen.report.draw_page import draw_report
from keruen.report.draw_run import DrawRun
from keruen.report.flow_run import Step
from keruen.report.locale import Locale
from keruen.report.policy_release import write_policy

if TYPE_CHECKING:
    import pandas as pd


def write_draws(
    run: DrawRun, target: Path, *, locale: Locale, step: Step | None = None
) -> tuple[Path, ...]:
    """Write a run of draws to a folder.

    Parameters
    ----------
    run : DrawRun
        The run.
    target : Path
        Folder; made when it does not exist. Files of an earlier run are replaced or removed.
    locale : Locale
        Language.
    step : callable, optional
        Told how far the work is.

    Returns
    -------
    tuple of Path
        ``draws.html``, ``draws.xlsx``, a CSV a table of the page, the cut-off of each round and
        future (``cutoff_paths.csv``), ``manifest.json``, and every candidate of the first round
        with the reason (``first_round_candidates.csv``) unless the run hides small counts.

    Raises
    ------
    FileError
        The folder cannot be written (``NotWritable``); nothing has been changed then.

    See Also
    --------
    keruen.report.draw_run.run_draws : Makes the run.
    """
    tables = {} if run.least else {"first_round_candidates": candidates_table(run)}
    tables["cutoff_paths"] = _paths(run)
    english = Locale("en")
    manifest = {
        "command": "points draws",
        "options": dict(run.options),
        "practice": run.files.practice,
        "first_round": _first(run),
        "inputs": [{"name": name, "sha256": digest} for name, digest in run.files.files.items()],
        "warnings": [note.render(english) for note in run.notes],
    }
    return write_policy(
        draw_report(run), tables, manifest, target, name="draws", locale=locale, step=step
    )


def _first(run: DrawRun) -> dict[str, object]:
    """The round held exactly; of few who are invited the number alone."""
    head = {"held": run.paths.rounds[0].held, "invited": run.first.invited}
    if run.least:
        return {**head, "least_count_shown": run.least}
    known = run.first.invited > 0
    return {
        **head,
        "cutoff": run.first.cutoff if known else None,
        "tie_break": str(run.first.tie_break) if known else None,
    }


def candidates_table(run: DrawRun) -> pd.DataFrame:
    """Every candidate with what the first round means for them; for the office alone.

    Parameters
    ----------
    run : DrawRun
        The run.

    Returns
    -------
    DataFrame
        ``candidate``, ``score``, ``submitted``, ``outcome``, ``rank``, and ``practice`` where
        the figures are made up.
    """
    table = run.first.to_table()
    marked = table.assign(submitted=table["submitted"].dt.strftime("%Y-%m-%d %H:%M:%S"))
    return marked.assign(practice=True) if run.files.practice else marked


def _paths(run: DrawRun) -> pd.DataFrame:
    table = run.paths.cutoff.to_dataframe().reset_index()
    held = {place: each.held for place, each in enumerate(run.paths.rounds, start=1)}
    table.insert(1, "held", table["round"].map(held))
    return table
