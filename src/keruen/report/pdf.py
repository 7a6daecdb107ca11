# SPDX-License-Identifier: Apache-2.0
"""A report as PDF/UA: tagged, with its language, alternative text and endnotes.

The house style stands in ``templates/report.typ``; this module hands it the words, the
numbers and the pictures. Fonts are those of the package, so that the same report is the
same file on every machine.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from keruen.core.errors import SchemaError
from keruen.core.origin import Source
from keruen.report.document import Exhibit, Figure, Part, Report, Section, Table
from keruen.report.drawings import FONTS, size_of
from keruen.report.locale import Locale, Value
from keruen.report.spoken import Spoken, spoken

_Tree = dict[str, Any]


def write_pdf(report: Report, locale: Locale, sources: Mapping[str, Source], path: Path) -> None:
    """Write the report as an accessible PDF.

    Parameters
    ----------
    report : Report
        What to write.
    locale : Locale
        In which language.
    sources : mapping of str to Source
        The publications behind the ids that figures name.
    path : Path
        File to write.

    Raises
    ------
    SchemaError
        The ``documents`` extra is not installed (``MissingExtra``).

    Notes
    -----
    The file follows PDF/UA-1: it is refused by its writer when a picture has no
    alternative text or headings skip a level. Figures lead to numbered explanations at
    the end; figures of a column that are known in one way share one.
    """
    typst = _typst()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        page = spoken(report, locale, sources)
        tree = _tree(page, folder)
        (folder / "report.json").write_text(json.dumps(tree, ensure_ascii=False), "utf-8")
        style = resources.files("keruen.report") / "templates" / "report.typ"
        (folder / "report.typ").write_text(style.read_text("utf-8"), "utf-8")
        made = typst.compile(
            str(folder / "report.typ"),
            format="pdf",
            font_paths=[str(FONTS)],
            ignore_system_fonts=True,
            pdf_standards=["ua-1"],
            timestamp=0,
        )
    path.write_bytes(made)


def _typst() -> Any:  # noqa: ANN401
    try:
        import typst
    except ImportError as fault:
        raise SchemaError(
            "PDF needs the package typst",
            where="--format pdf",
            remedy="pip install 'keruen[documents]'",
            id="MissingExtra",
        ) from fault
    return typst


def _tree(page: Spoken, folder: Path) -> _Tree:
    """The report as the style reads it."""
    report = page.report
    words = {
        "glance": page.word("At a glance"),
        "contents": page.word("Contents"),
        "gap": page.word("Gap"),
        "sources": page.word("Sources"),
        "key": page.word("e: estimate; p: projection; ?: doubtful, see below; …: no figure held."),
        "explanations": page.word("Explanations of the figures"),
        "made": page.word("Made with Keruen"),
    }
    return {
        "lang": page.locale.lang,
        "outlined": page.outlined,
        "title": page.say(report.title),
        "subtitle": page.say(report.subtitle),
        "words": words,
        "headlines": _headlines(page) if report.headlines else None,
        "parts": _parts(page, folder),
        "sources": [page.reference(name) for name in report.sources()],
        "notes": [
            {
                "number": note.number,
                "title": page.heading(note),
                "lines": page.lines(note, notes_in_full=False),
            }
            for note in page.notes.all
        ],
    }


def _parts(page: Spoken, folder: Path) -> list[_Tree]:
    numbers = {exhibit.table.id: n for n, exhibit in enumerate(page.report.exhibits(), start=1)}

    def section_of(section: Section) -> _Tree:
        return {
            "title": page.say(section.title),
            "findings": [page.say(finding) for finding in section.findings],
            "gaps": [page.say(gap) for gap in section.gaps],
            "exhibits": [
                _exhibit(page, exhibit, numbers[exhibit.table.id], folder)
                for exhibit in section.exhibits
            ],
        }

    def part_of(part: Part) -> _Tree:
        return {"title": page.part(part), "sections": [section_of(one) for one in part.sections]}

    return [part_of(part) for part in page.report.parts]


def _exhibit(page: Spoken, exhibit: Exhibit, number: int, folder: Path) -> _Tree:
    pictures = []
    for place, (svg, told) in enumerate(page.pictures(exhibit), start=1):
        name = f"picture-{number}-{place}.svg"
        (folder / name).write_text(svg, "utf-8")
        pictures.append({"file": name, "told": told, "width": size_of(svg)[0]})
    return {
        "caption": page.caption(number, exhibit),
        "pictures": pictures,
        "table": _table(page, exhibit.table),
        "below": page.below(exhibit),
    }


def _table(page: Spoken, table: Table) -> _Tree:
    return {
        "head": page.say(table.head),
        "share": page.share(table, None) if any(not one.unit for one in table.columns) else 0,
        "columns": [
            {
                "label": page.say(column.label),
                "unit": page.unit(column.unit),
                "words": not column.unit,
                "share": 0 if column.unit else page.share(table, place),
                "note": page.notes.lead(table, place),
            }
            for place, column in enumerate(table.columns)
        ],
        "rows": [
            {
                "label": page.say(row.label),
                "cells": [_cell(page, table, place, cell) for place, cell in enumerate(row.cells)],
            }
            for row in table.rows
        ],
        "total": _total(page, table) if table.total else None,
    }


def _total(page: Spoken, table: Table) -> _Tree:
    cells = []
    for place, one in enumerate(table.closing()):
        number = None if one is None else page.notes.closing(table, place, one)
        cells.append(_told(page, one) | {"note": number, "why": number})
    return {"label": page.say(table.total), "cells": cells}


def _told(page: Spoken, cell: Figure | Value | None) -> _Tree:
    """A cell as the style sets it: ``note`` is a number shown, ``why`` what the figure leads to."""
    slanted = isinstance(cell, Figure) and cell.status in ("estimate", "projection")
    told = {"text": page.say(cell), "mark": page.mark(cell), "slanted": slanted}
    return told | {"note": None, "why": None}


def _cell(page: Spoken, table: Table, place: int, cell: Figure | Value | None) -> _Tree:
    told = _told(page, cell)
    if isinstance(cell, Figure):
        told["note"] = page.notes.differs(table, place, cell)
        told["why"] = page.notes.cell(table, place, cell)
    return told


def _headlines(page: Spoken) -> _Tree:
    """The first page's numbers in the form of a table."""
    heads = (("Value", 0), ("Period", 1), ("Notes", 4))
    rows = []
    for item in page.report.headlines:
        figure = item.figure
        doubt = f"? {page.say(figure.doubt)}" if figure.doubt else ""
        beside = " ".join(text for text in (page.say(item.beside), doubt) if text)
        plain = {"mark": "", "slanted": False, "note": None, "why": None}
        value = {
            "text": page.amount(figure),
            "mark": page.mark(figure),
            "slanted": False,
            "note": page.notes.headline(figure),
            "why": page.notes.headline(figure),
        }
        cells = [value, {"text": figure.period, **plain}, {"text": beside, **plain}]
        rows.append({"label": page.say(item.label), "cells": cells})
    return {
        "head": page.word("Indicator"),
        "share": 3,
        "columns": [
            {"label": page.word(name), "unit": "", "words": share > 0, "share": share, "note": None}
            for name, share in heads
        ],
        "rows": rows,
        "total": None,
    }
