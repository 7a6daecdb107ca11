# SPDX-License-Identifier: Apache-2.0
"""An evaluation as a folder: page, workbook, tables, pictures, manifest; all of it or nothing."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from keruen.report.evaluate_page import evaluation_report, sentences
from keruen.report.evaluate_pictures import pictures
from keruen.report.evaluate_run import EvaluateRun
from keruen.report.flow_run import Step, quiet
from keruen.report.locale import Lang, Locale
from keruen.report.pages import write_pages
from keruen.report.release import release, write_parquet

if TYPE_CHECKING:
    import pandas as pd


def write_evaluation(
    run: EvaluateRun, target: Path, *, lang: Lang = "en", step: Step = quiet
) -> tuple[tuple[str, ...], tuple[Path, ...]]:
    """Write an evaluation to a folder.

    Parameters
    ----------
    run : EvaluateRun
        The run.
    target : Path
        Folder; made when it does not exist. Files of an earlier run are replaced or removed.
    lang : {"en", "ru", "kk"}, optional
        Language of page, workbook and pictures.
    step : callable, optional
        Called with the share done and what is being done.

    Returns
    -------
    tuple of str
        The answer in sentences.
    tuple of Path
        ``evaluate.html``, ``evaluate.xlsx``, every table as CSV and Parquet with the same
        names in every language, pictures as SVG, and ``manifest.json``.

    Raises
    ------
    FileError
        The folder cannot be written (``NotWritable``); nothing has been changed then.

    See Also
    --------
    keruen.report.evaluate_run.run_evaluation : Makes the run.

    Notes
    -----
    The same table, options and versions give the same bytes.
    """
    locale = Locale(lang)
    report = evaluation_report(run)

    def fill(folder: Path) -> None:
        step(0.85, "evaluate.html")
        write_pages(report, locale, folder, "evaluate")
        step(0.92, "tables")
        for name, table in all_tables(run).items():
            table.to_csv(folder / f"{name}.csv", index=False, float_format="%.10g")
            write_parquet(table, folder / f"{name}.parquet")
        for name, draw in pictures(run).items():
            (folder / f"{name}.svg").write_text(draw(locale), encoding="utf-8")

    told = tuple(one.render(locale) for one in sentences(run))
    return told, release(target, _manifest(run, lang), fill)


def all_tables(run: EvaluateRun) -> dict[str, pd.DataFrame]:
    """Every table of a run: effect, checks, those of the method, what fits, how it was read.

    Parameters
    ----------
    run : EvaluateRun
        The run.

    Returns
    -------
    dict of str to DataFrame
    """
    found = run.evaluation
    return {
        "effect": found.to_table(),
        "checks": found.checks_table(),
        **found.tables,
        "adjustments": found.adjustments.astype(str),
        "methods": run.fits,
        **({"reading": run.given.changes} if len(run.given.changes) else {}),
    }


def _manifest(run: EvaluateRun, lang: Lang) -> dict[str, object]:
    found, english = run.evaluation, Locale("en")
    return {
        "command": "evaluate",
        "options": {**asdict(run.options), "lang": lang},
        "chosen": {name: _plain(value) for name, value in found.options.items()},
        "inputs": [{"file": run.given.file, "sha256": run.given.digest}],
        "headings": dict(run.given.headings),
        "headings_not_read": list(run.given.unread),
        "assumption": found.assumption,
        "does_not_say": list(found.does_not_say),
        "library": found.library,
        "answer": [one.render(english) for one in sentences(run)],
    }


def _plain(value: object) -> object:
    """A value that JSON can hold."""
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value if isinstance(value, str | int | float | None) else str(value)
