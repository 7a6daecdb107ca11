# SPDX-License-Identifier: Apache-2.0
"""A report as a page and a workbook: the sources that its figures name are looked up here."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from keruen.core.origin import Source
from keruen.report.document import Report
from keruen.report.locale import Locale
from keruen.sources.catalog import dataset


def sources_of(report: Report) -> Mapping[str, Source]:
    """Publications behind the ids that figures of a report name.

    Parameters
    ----------
    report : Report
        The report; its own sources come before those of the catalogue.

    Returns
    -------
    mapping of str to Source
        In order of first use.
    """
    own = {source.id: source for source in report.own_sources}
    return {name: own.get(name) or dataset(name).source for name in report.sources()}


def html_page(report: Report, locale: Locale) -> str:
    """A report as one self-contained page.

    Parameters
    ----------
    report : Report
        The report.
    locale : Locale
        Language.

    Returns
    -------
    str
    """
    from keruen.report.html import render_html

    return render_html(report, locale, sources_of(report))


def write_pages(report: Report, locale: Locale, folder: Path, name: str) -> None:
    """Write a report as a page and as a workbook.

    Parameters
    ----------
    report : Report
        The report.
    locale : Locale
        Language.
    folder : Path
        Where to.
    name : str
        Name of both files.
    """
    from keruen.report.workbook import write_workbook

    (folder / f"{name}.html").write_text(html_page(report, locale), encoding="utf-8")
    write_workbook(report, locale, sources_of(report), folder / f"{name}.xlsx")
