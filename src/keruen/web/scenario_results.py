# SPDX-License-Identifier: Apache-2.0
"""Results of scenarios as pages and documents, made once for all who ask: runs never change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

from keruen.report.locale import Lang, Locale
from keruen.web.once import once

if TYPE_CHECKING:
    from keruen.report.document import Report
    from keruen.scenario.compare import Comparison
    from keruen.scenario.results import Kept

MEDIA: Final[Mapping[str, str]] = {
    "html": "text/html",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
}
"""Kinds of documents as browsers know them."""
Asked = tuple[tuple[Path, ...], tuple[str, ...]]
"""Folders of runs, the reference first, and what is preferred."""


@once(16)
def kept(folder: Path) -> Kept:
    """A run from its folder."""
    from keruen.scenario.results import read_run

    return read_run(folder)


@once(8)
def run_report(folder: Path) -> Report:
    """The result of a run, with what moves its outcomes where that was asked for."""
    import pandas as pd

    from keruen.scenario.page import scenario_report
    from keruen.scenario.shares_page import shares_section

    run, shares = kept(folder), folder / "sensitivity.parquet"
    report = scenario_report(run)
    if not shares.is_file():
        return report
    section = shares_section(pd.read_parquet(shares), run.scenario)
    *rest, last = report.parts
    return replace(report, parts=(*rest, replace(last, sections=(*last.sections, section))))


@once(16)
def run_page(folder: Path, lang: Lang) -> str:
    """The result of a run as a page."""
    from keruen.report.pages import html_page

    return html_page(run_report(folder), Locale(lang))


@once(4)
def compared(folders: tuple[Path, ...]) -> Comparison:
    """Runs set side by side."""
    from keruen.scenario.compare import compare_kept

    return compare_kept([kept(folder) for folder in folders], by_region=False)


@once(8)
def comparison(asked: Asked) -> Report:
    """Runs side by side as a report, with how each fares in what is preferred."""
    from keruen.scenario.compare import robust_choices
    from keruen.scenario.compare_page import comparison_report

    found, prefer = compared(asked[0]), asked[1]
    return comparison_report(found, robust_choices(found.runs, prefer) if prefer else None)


@once(8)
def written(make: Callable[[Any], Report], what: Path | Asked, format: str, lang: Lang) -> bytes:
    """A report as a file to take along.

    Parameters
    ----------
    make : callable
        Makes the report: :func:`run_report` or :func:`comparison`.
    what : Path or tuple
        Of what.
    format : {"html", "xlsx", "docx", "pdf"}
        As what.
    lang : {"en", "ru", "kk"}
        Language.

    Returns
    -------
    bytes
    """
    from keruen.report.pages import write_pages

    with TemporaryDirectory() as folder:
        (name,) = write_pages(make(what), Locale(lang), Path(folder), "report", formats=[format])
        return (Path(folder) / name).read_bytes()
