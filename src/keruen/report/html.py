# SPDX-License-Identifier: Apache-2.0
"""A report as one HTML file that needs nothing from outside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from keruen.core.origin import Source
from keruen.report.document import Column, Exhibit, Figure, Part, Report, Row, Table
from keruen.report.locale import Locale, Message, Value, msg
from keruen.report.units import UNITS


@dataclass(frozen=True)
class _Page:
    """What the template asks for: words and numbers in one language."""

    locale: Locale
    sources: Mapping[str, Source]
    numbers: Mapping[str, int]

    def say(self, value: Value | str | None) -> str:
        if value is None:
            return ""
        return value if isinstance(value, str) else value.render(self.locale)

    def word(self, text: str) -> str:
        return self.locale.say(_WORDS[text])

    def unit(self, unit: str) -> str:
        return UNITS[unit].render(self.locale) if unit else ""

    def part(self, part: Part) -> str:
        return msg("Part {letter}. {title}", letter=part.letter, title=part.title).render(
            self.locale
        )

    def caption(self, number: int, exhibit: Exhibit) -> str:
        place = msg("Table {number}. {title}", number=str(number), title=exhibit.title)
        return place.render(self.locale)

    def total(self, table: Table) -> list[str]:
        return [
            self.locale.number(value) if column.additive else ""
            for column, value in zip(table.columns, table.sums(), strict=True)
        ]

    def cell(self, cell: Figure | Value | None) -> str:
        return "" if cell is None else cell.render(self.locale)

    def kind(self, cell: Figure | Value | None) -> str:
        return f"n {cell.status}" if isinstance(cell, Figure) else "t"

    def mark(self, cell: Figure | Value | None) -> str:
        """A letter beside figures that were not simply observed."""
        if not isinstance(cell, Figure):
            return ""
        letter = {"estimate": "e", "projection": "p"}.get(cell.status, "")
        return letter + ("?" if cell.doubt else "")

    def references(self, exhibit: Exhibit) -> dict[str, list[int]]:
        """Titles of the publications behind an exhibit, with the numbers of their tables."""
        used = dict.fromkeys(s for figure in exhibit.table.figures() for s in figure.sources)
        titles: dict[str, list[int]] = {}
        for name in used:
            titles.setdefault(self.sources[name].title, []).append(self.numbers[name])
        return titles

    def doubts(self, exhibit: Exhibit) -> list[str]:
        found = (figure.doubt for figure in exhibit.table.figures() if figure.doubt)
        return list(dict.fromkeys(self.say(doubt) for doubt in found))

    def picture(self, exhibit: Exhibit) -> str:
        return exhibit.draw(self.locale) if exhibit.draw else ""

    def width(self, columns: tuple[Column, ...], rows: tuple[Row, ...]) -> str:
        """How a table is set: narrow when long and thin, dense when it has many columns."""
        if len(columns) <= 2 and len(rows) > 12:
            return "narrow"
        return "dense" if len(columns) >= 10 else ""


_WORDS: dict[str, Message] = {
    word.text: word
    for word in (
        msg("Contents"),
        msg("At a glance"),
        msg("Sources"),
        msg("Source"),
        msg("Licence"),
        msg("edition"),
        msg("Gap"),
        msg("Notes"),
        msg("estimate"),
        msg("projection"),
        msg("observed"),
        msg("missing"),
        msg("e: estimate; p: projection; ?: doubtful, see below; …: no figure held."),
        msg("Made with Keruen"),
    )
}


def render_html(report: Report, locale: Locale, sources: Mapping[str, Source]) -> str:
    """The report as one self-contained page.

    Parameters
    ----------
    report : Report
        What to write.
    locale : Locale
        In which language.
    sources : mapping of str to Source
        The publications behind the ids that figures name.

    Returns
    -------
    str
        HTML with drawings as SVG inside, no script and no outside address to load.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

    environment = Environment(
        loader=PackageLoader("keruen.report"),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    used = report.sources()
    page = _Page(locale, sources, {name: place for place, name in enumerate(used, start=1)})
    return environment.get_template("report.html").render(
        report=report, page=page, used=[sources[name] for name in used]
    )
