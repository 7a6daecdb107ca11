# SPDX-License-Identifier: Apache-2.0
"""The faults of a table as one page: what is wrong, and the rows themselves, marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from keruen.report.faults import decisions, fault_lines, said, summary
from keruen.report.locale import Locale, Message, msg
from keruen.sources._grid import is_large, read_sheets
from keruen.sources.faults import letter, listed
from keruen.sources.files import Check
from keruen.sources.intake.header import cell_text

if TYPE_CHECKING:
    from keruen.sources._grid import Sheet

_SHOWN_ROWS: Final = 60
_SHOWN_COLUMNS: Final = 30
_SHOWN_LINES: Final = 500
_AROUND: Final = 1

_WORDS: Final[dict[str, Message]] = {
    word.text: word
    for word in (
        msg("What is wrong"),
        msg("What to do"),
        msg("Cells"),
        msg("Number of cells"),
        msg("The rows with faults"),
        msg("How the table was read"),
        msg("Stood there"),
        msg("Was read"),
        msg("Why"),
        msg("Row"),
        msg("No faults were found."),
        msg("Made with Keruen"),
    )
}


@dataclass(frozen=True)
class Excerpt:
    """Rows of the user's sheet around the faults.

    Parameters
    ----------
    letters : sequence of str
        Letters of the columns.
    rows : sequence of tuple
        Number of the row, and for each cell its text and what is wrong with it; None
        stands for rows left out.
    """

    letters: Sequence[str]
    rows: Sequence[tuple[int, Sequence[tuple[str, str]]] | None]


def write_page(check: Check, original: Path, locale: Locale, path: Path) -> None:
    """Write the faults as one HTML file that needs nothing from outside.

    Parameters
    ----------
    check : Check
        A table that was checked.
    original : Path
        The file it came from.
    locale : Locale
        Language.
    path : Path
        File to write.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

    environment = Environment(
        loader=PackageLoader("keruen.report"),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    lines = fault_lines(check, locale)
    read = decisions(check, locale)
    text = environment.get_template("faults.html").render(
        locale=locale,
        word=lambda text: locale.say(_WORDS[text]),
        title=msg("{file}: check of the table", file=original.name).render(locale),
        table=check.schema.title[locale.lang],
        summary=summary(check, locale),
        lines=lines[:_SHOWN_LINES],
        more=_more(len(lines), locale),
        excerpt=_excerpt(check, original, locale),
        decisions=read[:_SHOWN_LINES],
        more_decisions=_more(len(read), locale),
        sheet=msg("sheet {name}", name=check.sheet).render(locale) if check.sheet else "",
    )
    path.write_text(text, encoding="utf-8")


def _more(count: int, locale: Locale) -> str:
    if count <= _SHOWN_LINES:
        return ""
    return msg(
        "The first {shown} of {count} are shown; the report as CSV, JSON or Excel holds all.",
        shown=locale.number(_SHOWN_LINES),
        count=locale.number(count),
    ).render(locale)


def _excerpt(check: Check, original: Path, locale: Locale) -> Excerpt | None:
    """The rows with faults and their neighbours, headings included."""
    if not len(check.faults) or is_large(original):
        return None
    sheet = _sheet(check, original)
    marks = cell_faults(check, locale)
    at = sorted({row for row, _ in marks})[:_SHOWN_ROWS]
    wanted = {row + step for row in at for step in range(-_AROUND, _AROUND + 1)}
    wanted |= set(range(1, min(at, default=1))) if min(at, default=1) < 12 else set()
    rows = [row for row in sorted(wanted) if 1 <= row <= len(sheet.cells)][:_SHOWN_ROWS]
    width = min(sheet.cells.shape[1], _SHOWN_COLUMNS)
    cells = sheet.cells.to_numpy(dtype=object)
    shown: list[tuple[int, Sequence[tuple[str, str]]] | None] = []
    for row in rows:
        if shown and shown[-1] is not None and shown[-1][0] != row - 1:
            shown.append(None)
        whole = marks.get((row, ""), "")
        line = [
            (cell_text(cells[row - 1, place])[:40], marks.get((row, letter(place)), "") or whole)
            for place in range(width)
        ]
        shown.append((row, line))
    return Excerpt([letter(place) for place in range(width)], shown)


def _sheet(check: Check, original: Path) -> Sheet:
    return read_sheets(original, sheet=check.sheet or None)[0]


def cell_faults(check: Check, locale: Locale) -> dict[tuple[int, str], str]:
    """What is wrong with each cell; a fault of a whole row stands under no column.

    Parameters
    ----------
    check : Check
        A table that was checked.
    locale : Locale
        Language.

    Returns
    -------
    dict of tuple of int and str to str
        Row and letter of the column to the sentences.
    """
    found: dict[tuple[int, str], str] = {}
    known: dict[int, str] = {}
    for row in listed(check.faults):
        if not row.row:
            continue
        if id(row.facts) not in known:
            known[id(row.facts)] = ": ".join(said(row.id, row.facts, locale))
        cell = (row.row, row.column)
        text = known[id(row.facts)]
        found[cell] = f"{found[cell]}\n{text}" if cell in found else text
    return found
