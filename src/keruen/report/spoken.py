# SPDX-License-Identifier: Apache-2.0
"""A report in one language: its words, numbers and explanations, for every kind of page."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import unescape
from typing import Final

from keruen.core.origin import Source
from keruen.report.document import Column, Exhibit, Figure, Part, Report, Row, Table
from keruen.report.explain import Note, Notes, explain
from keruen.report.locale import GAP, Locale, Message, Value, msg
from keruen.report.units import UNITS

WORDS: Final[dict[str, Message]] = {
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
        msg("Explanations of the figures"),
        msg("Press a figure to see how it is known."),
        msg("Indicator"),
        msg("Value"),
        msg("Interval"),
        msg("Period"),
        msg("Status"),
        msg("Doubt"),
        msg("Method"),
        msg("Inputs"),
        msg("Edition"),
        msg("Close"),
    )
}

_TOLD: Final = ("title", "desc")


@dataclass(frozen=True)
class Spoken:
    """What a page asks for: words and numbers in one language.

    Parameters
    ----------
    report : Report
        The report.
    locale : Locale
        The language.
    sources : mapping of str to Source
        The publications behind the ids that figures name.
    numbers : mapping of str to int
        Their numbers in the list of sources.
    notes : Notes
        Explanations of the figures.
    """

    report: Report
    locale: Locale
    sources: Mapping[str, Source]
    numbers: Mapping[str, int]
    notes: Notes

    def say(self, value: Value | str | None) -> str:
        """A value as text; nothing for None."""
        if value is None:
            return ""
        return value if isinstance(value, str) else value.render(self.locale)

    def word(self, text: str) -> str:
        """One of the words that pages have in common."""
        return self.locale.say(WORDS[text])

    def unit(self, unit: str) -> str:
        """A unit as it stands beside a number."""
        return UNITS[unit].render(self.locale) if unit else ""

    def part(self, part: Part) -> str:
        """Heading of a part."""
        return self.say(msg("Part {letter}. {title}", letter=part.letter, title=part.title))

    def caption(self, number: int, exhibit: Exhibit) -> str:
        """Numbered heading of a table."""
        return self.say(msg("Table {number}. {title}", number=str(number), title=exhibit.title))

    def total(self, table: Table) -> list[str]:
        """Cells of the closing row."""
        return [
            self.locale.number(value) if column.additive else ""
            for column, value in zip(table.columns, table.sums(), strict=True)
        ]

    def kind(self, cell: Figure | Value | None) -> str:
        """Class of a cell: number with its status, or text."""
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
        """What is doubtful about figures of an exhibit, each once."""
        found = (figure.doubt for figure in exhibit.table.figures() if figure.doubt)
        return list(dict.fromkeys(self.say(doubt) for doubt in found))

    def picture(self, exhibit: Exhibit) -> str:
        """The picture as SVG; nothing where a table says enough."""
        return exhibit.draw(self.locale) if exhibit.draw else ""

    def pictures(self, exhibit: Exhibit) -> list[tuple[str, str]]:
        """Drawings of an exhibit, each with what a reader who cannot see it is told."""
        drawn = re.findall(r"<svg\b.*?</svg>", self.picture(exhibit), re.DOTALL)
        return [(svg, self._told(svg) or self.say(exhibit.title)) for svg in drawn]

    def _told(self, svg: str) -> str:
        found = (re.search(rf"<{tag}[^>]*>(.*?)</{tag}>", svg, re.DOTALL) for tag in _TOLD)
        parts = (" ".join(unescape(one.group(1)).split()) for one in found if one)
        return ". ".join(dict.fromkeys(part.rstrip(".") for part in parts if part))

    def below(self, exhibit: Exhibit) -> list[str]:
        """What stands under a table: notes, doubts, and where its figures are from."""
        lines = [self.say(note) for note in exhibit.notes]
        lines += [f"? {doubt}" for doubt in self.doubts(exhibit)]
        if told := self.references(exhibit):
            named = (_numbered(title, numbers) for title, numbers in told.items())
            lines.append(f"{self.word('Source')}: {'; '.join(named)}.")
        return lines

    def reference(self, name: str) -> str:
        """A publication as the list of sources names it."""
        source = self.sources[name]
        licence = f"{self.word('Licence')}: {source.licence.name}."
        return f"{source.citation} {source.id}. {licence}"

    def width(self, columns: tuple[Column, ...], rows: tuple[Row, ...]) -> str:
        """How a table is set: narrow when long and thin, dense when it has many columns."""
        if len(columns) <= 2 and len(rows) > 12:
            return "narrow"
        return "dense" if len(columns) >= 10 else ""

    def share(self, table: Table, place: int | None) -> float:
        """How wide a column of words should be beside others; None is the first column."""
        cells = (row.label if place is None else row.cells[place] for row in table.rows)
        texts = [self.say(cell) for cell in cells]
        words = (len(word) for text in texts for word in text.split())
        return max(2.0, 0.45 * max(words, default=0), max(map(len, texts), default=0) ** 0.5)

    def interval(self, figure: Figure) -> str:
        """Bounds of a figure with their level; nothing where it has none."""
        if figure.lower is None or figure.upper is None:
            return ""
        low, high = (
            self.locale.number(bound, decimals=figure.decimals, signed=figure.signed)
            for bound in (figure.lower, figure.upper)
        )
        level = f" ({self.locale.percent(figure.level, decimals=0)})" if figure.level else ""
        return f"{low} – {high}{level}"

    def title(self, figure: Figure) -> str:
        """What stands beside a figure in its cell: its period and its interval."""
        return ", ".join(text for text in (figure.period, self.interval(figure)) if text)

    def heading(self, note: Note) -> str:
        """What a note explains: a headline, or a column of a table."""
        if not note.table:
            return self.say(note.title)
        return self.say(msg("Table {number}: {title}", number=str(note.table), title=note.title))

    def lines(self, note: Note, *, notes_in_full: bool) -> list[tuple[str, str]]:
        """A note as terms and what they say.

        Parameters
        ----------
        note : Note
            The note.
        notes_in_full : bool
            Whether the notes of the table are repeated, or only pointed to.

        Returns
        -------
        list of tuple of str
        """
        first = note.figures[0][1]
        told = {
            "Value": self.amount(first) if len(note.figures) == 1 else "",
            "Interval": self._intervals(note),
            "Period": self._period(note),
            "Status": self.word(first.status),
            "Doubt": self.say(first.doubt),
            "Method": self._method(note, notes_in_full=notes_in_full),
            **self._origin(first),
        }
        return [(self.word(term), text) for term, text in told.items() if text]

    def amount(self, figure: Figure) -> str:
        """A figure with its unit."""
        unit = self.unit(figure.unit) if figure.value is not None else ""
        return f"{figure.render(self.locale)} {unit}".strip()

    def _intervals(self, note: Note) -> str:
        if len(note.figures) == 1:
            return self.interval(note.figures[0][1])
        told = ((self.say(label), self.interval(figure)) for label, figure in note.figures)
        return "; ".join(f"{label}: {interval}" for label, interval in told if interval)

    def _period(self, note: Note) -> str:
        periods = list(dict.fromkeys(figure.period for _, figure in note.figures if figure.period))
        if len(periods) > 2 and all(re.fullmatch(r"\d{4}", period) for period in periods):
            return f"{min(periods)}–{max(periods)}"
        return f"{periods[0]} {GAP} {periods[-1]}" if len(periods) > 4 else ", ".join(periods)

    def _method(self, note: Note, *, notes_in_full: bool) -> str:
        if not note.method:
            return ""
        if notes_in_full:
            return " ".join(self.say(sentence) for sentence in note.method)
        return self.say(msg("see the notes below table {number}", number=str(note.table)))

    def _origin(self, figure: Figure) -> dict[str, str]:
        used = [self.sources[name] for name in figure.sources]
        titles: dict[str, list[int]] = {}
        for source in used:
            titles.setdefault(source.title, []).append(self.numbers[source.id])

        def each(texts: Iterable[str]) -> str:
            return "; ".join(text for text in dict.fromkeys(texts) if text)

        return {
            "Inputs": each(source.id for source in used),
            "Source": each(_numbered(title, places) for title, places in titles.items()),
            "Edition": each(source.edition for source in used),
            "Licence": each(source.licence.name for source in used),
        }


def _numbered(title: str, places: Iterable[int]) -> str:
    return " ".join([*(f"[{place}]" for place in places), title])


def spoken(report: Report, locale: Locale, sources: Mapping[str, Source]) -> Spoken:
    """A report in a language, ready for a page.

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
    Spoken
    """
    numbers = {name: place for place, name in enumerate(report.sources(), start=1)}
    return Spoken(report, locale, sources, numbers, explain(report))
