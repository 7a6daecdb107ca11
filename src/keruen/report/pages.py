# SPDX-License-Identifier: Apache-2.0
"""A report as page, workbook and documents: the sources of its figures are looked up here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from keruen.core.errors import SchemaError
from keruen.core.origin import Source
from keruen.report.document import Report
from keruen.report.locale import Locale
from keruen.sources.catalog import dataset

PAGES: Final = ("html", "xlsx", "docx", "pdf")
"""What any report can be written as."""


def check_formats(
    text: str, *, known: Sequence[str] = PAGES, template: Path | None = None
) -> tuple[str, ...]:
    """The formats named in a list separated by commas.

    Parameters
    ----------
    text : str
        Such as ``html,xlsx``.
    known : sequence of str
        Formats to choose from.
    template : Path, optional
        Word template of the user's; it is opened, so that its faults are told at once.

    Returns
    -------
    tuple of str

    Raises
    ------
    SchemaError
        A format is unknown, or none is named (``UnknownFormat``); a template is given
        without docx (``TemplateUnused``).
    FileError
        The template is missing or damaged (``TemplateUnreadable``).

    Examples
    --------
    >>> check_formats("html, xlsx")
    ('html', 'xlsx')
    """
    asked = tuple(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))
    unknown = [word for word in asked if word not in known]
    if unknown or not asked:
        raise SchemaError(
            f"no such format: {', '.join(unknown) or text!r}",
            where="--format",
            remedy=f"choose from {', '.join(known)}",
            id="UnknownFormat",
        )
    if template is not None:
        from keruen.report.docx import open_template

        if "docx" not in asked:
            raise SchemaError(
                "a template is for Word documents, and none is asked for",
                where="--template",
                remedy="add docx to --format",
                id="TemplateUnused",
            )
        open_template(template)
    return asked


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


def write_pages(
    report: Report,
    locale: Locale,
    folder: Path,
    name: str,
    *,
    formats: Sequence[str] = ("html", "xlsx"),
    template: Path | None = None,
) -> tuple[str, ...]:
    """Write a report as page, workbook and documents.

    Parameters
    ----------
    report : Report
        The report.
    locale : Locale
        Language.
    folder : Path
        Where to.
    name : str
        Name of the files.
    formats : sequence of {"html", "xlsx", "docx", "pdf"}
        What to write; others are left to the caller.
    template : Path, optional
        Word template for the docx.

    Returns
    -------
    tuple of str
        Names of the files written.

    Raises
    ------
    SchemaError
        The ``documents`` extra is not installed (``MissingExtra``).
    FileError
        The template is missing or damaged (``TemplateUnreadable``).
    """
    sources = sources_of(report)
    asked = [one for one in PAGES if one in formats]
    for one in asked:
        _write(report, locale, sources, folder / f"{name}.{one}", template)
    return tuple(f"{name}.{one}" for one in asked)


def _write(
    report: Report,
    locale: Locale,
    sources: Mapping[str, Source],
    path: Path,
    template: Path | None,
) -> None:
    if path.suffix == ".html":
        from keruen.report.html import render_html

        path.write_text(render_html(report, locale, sources), encoding="utf-8")
    elif path.suffix == ".xlsx":
        from keruen.report.workbook import write_workbook

        write_workbook(report, locale, sources, path)
    elif path.suffix == ".docx":
        from keruen.report.docx import write_docx

        write_docx(report, locale, sources, path, template=template)
    else:
        from keruen.report.pdf import write_pdf

        write_pdf(report, locale, sources, path)
