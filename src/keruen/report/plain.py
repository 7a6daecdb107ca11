# SPDX-License-Identifier: Apache-2.0
"""A report for machines: every figure as JSON, every table as CSV."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from pathlib import Path

from keruen import __version__
from keruen.core.origin import Source
from keruen.report.document import Figure, Report, Table
from keruen.report.locale import Locale


def write_json(report: Report, locale: Locale, sources: Mapping[str, Source], path: Path) -> None:
    """Every figure of the report with id, value, unit, year and source.

    Parameters
    ----------
    report : Report
        What to write.
    locale : Locale
        Language of the words; ids and units are the same in every language.
    sources : mapping of str to Source
        The publications behind the ids that figures name.
    path : Path
        File to write, UTF-8.
    """
    content = {
        "report": report.id,
        "title": report.title.render(locale),
        "language": locale.lang,
        "keruen": __version__,
        "figures": [_figure(figure, locale) for figure in report.figures()],
        "findings": {
            section.id: [finding.render(locale) for finding in section.findings]
            for part in report.parts
            for section in part.sections
        },
        "gaps": {
            section.id: [gap.render(locale) for gap in section.gaps]
            for part in report.parts
            for section in part.sections
            if section.gaps
        },
        "sources": [_source(sources[name]) for name in report.sources()],
    }
    text = json.dumps(content, ensure_ascii=False, indent=1)
    path.write_text(text + "\n", encoding="utf-8")


def _figure(figure: Figure, locale: Locale) -> dict[str, object]:
    entry: dict[str, object] = {
        "id": figure.id,
        "value": figure.value,
        "unit": figure.unit,
        "year": figure.period,
        "source": list(figure.sources),
        "status": figure.status,
    }
    if figure.lower is not None:
        entry |= {"lower": figure.lower, "upper": figure.upper, "level": figure.level}
    if figure.doubt:
        entry["doubt"] = figure.doubt.render(locale)
    return entry


def _source(source: Source) -> dict[str, str]:
    return {
        "id": source.id,
        "title": source.title,
        "publisher": source.publisher,
        "edition": source.edition,
        "citation": source.citation,
        "licence": source.licence.id,
    }


def write_csv(table: Table, locale: Locale, path: Path) -> None:
    """A table as CSV: row key, row name, then a column a figure, unrounded.

    Parameters
    ----------
    table : Table
        What to write; totals are left to the reader.
    locale : Locale
        Language of the row names.
    path : Path
        File to write; UTF-8 with the mark that lets Excel read Cyrillic.
    """
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["key", "name", *(column.key for column in table.columns)])
        for row in table.rows:
            cells = [
                cell.value if isinstance(cell, Figure) else cell.render(locale) if cell else ""
                for cell in row.cells
            ]
            writer.writerow([row.key, row.label.render(locale), *cells])
