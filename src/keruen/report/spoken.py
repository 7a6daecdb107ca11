# SPDX-License-Identifier: Apache-2.0
"""A report in one language: its words, numbers and explanations, for every kind of page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from html import unescape
from typing import Final
from weakref import WeakKeyDictionary

from keruen.core.origin import Source
from keruen.report.document import Column, Exhibit, Figure, Part, Report, Row, Table
from keruen.report.explain import Note, Notes, explain
from keruen.report.licences import licence_words
from keruen.report.locale import GAP, Lang, Locale, Message, Value, msg
from keruen.report.methods import method_of, reference_of
from keruen.report.units import unit_words

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
        msg("none"),
        msg("sum of the column"),
        msg("as published, nothing is computed"),
        msg("it is itself the end of an interval"),
    )
}

_TOLD: Final = ("title", "desc")
_BOUND: Final = re.compile(r"(?:lower|upper)_\d+$|(?:[._])(?:low|high)(?:_|$)")
_DRAWN: Final[WeakKeyDictionary[Callable[[Locale], str], dict[Lang, str]]] = WeakKeyDictionary()
"""Pictures by what draws them and by language: a document draws none that its page has drawn."""


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
        return unit_words(unit).render(self.locale) if unit else ""

    @property
    def outlined(self) -> bool:
        """Whether the report has parts enough for contents and for headings of them."""
        return len(self.report.parts) > 1

    def part(self, part: Part) -> str:
        """Heading of a part."""
        return self.say(msg("Part {letter}. {title}", letter=part.letter, title=part.title))

    def caption(self, number: int, exhibit: Exhibit) -> str:
        """Numbered heading of a table."""
        return self.say(msg("Table {number}. {title}", number=str(number), title=exhibit.title))

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
        """The picture as SVG, drawn anew; nothing where a table says enough."""
        if exhibit.draw is None:
            return ""
        drawn = exhibit.draw(self.locale)
        _DRAWN.setdefault(exhibit.draw, {})[self.locale.lang] = drawn
        return drawn

    def pictures(self, exhibit: Exhibit) -> list[tuple[str, str]]:
        """Drawings of an exhibit, each with what a reader who cannot see it is told."""
        held = _DRAWN.get(exhibit.draw, {}) if exhibit.draw else {}
        whole = held.get(self.locale.lang) or self.picture(exhibit)
        drawn = re.findall(r"<svg\b.*?</svg>", whole, re.DOTALL)
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
        licence = f"{self.word('Licence')}: {self.licence(source)}."
        return f"{source.citation} {source.id}. {licence}"

    def licence(self, source: Source) -> str:
        """What a publication may be used for, under which name."""
        return self.say(licence_words(source.licence))

    def width(self, columns: tuple[Column, ...], rows: tuple[Row, ...]) -> str:
        """How a table is set: narrow when long and thin, dense when it has many columns."""
        if len(columns) <= 2 and len(rows) > 12:
            return "narrow"
        return "dense" if len(columns) >= 10 else ""

    def share(self, table: Table, place: int | None) -> float:
        """How wide a column of words should be beside others; None is the first column."""
        cells = (row.label if place is None else row.cells[place] for row in table.rows)
        texts = [self.say(cell) for cell in cells]
        heading = self.say(table.head if place is None else table.columns[place].label)
        words = (len(word) for text in (heading, *texts) for word in text.split())
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

    def name(self, note: Note) -> str:
        """What tells a note from the others of its table: column, status, period, sources."""
        first = note.figures[0][1]
        numbers = "".join(f"[{self.numbers[name]}]" for name in first.sources)
        parts = (self.say(note.title), self.word(first.status), self._period(note), numbers)
        return ", ".join(part for part in parts if part)

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
            Value, interval, method, inputs, source and licence are always there; one that a
            figure has not is told as none.
        """
        first, none = note.figures[0][1], self.word("none")
        told = {
            "Value": self._values(note),
            "Interval": self._intervals(note) or self._bound(note) or none,
            "Period": self._period(note),
            "Status": self.word(first.status),
            "Doubt": self.say(first.doubt),
            "Method": self._method(note, notes_in_full=notes_in_full) or none,
            **self._origin(first),
        }
        return [(self.word(term), text) for term, text in told.items() if text]

    def amount(self, figure: Figure) -> str:
        """A figure with its unit."""
        unit = self.unit(figure.unit) if figure.value is not None else ""
        return f"{figure.render(self.locale)} {unit}".strip()

    def _values(self, note: Note) -> str:
        """Every figure that the note is of, with its row where they are many."""
        if len(note.figures) == 1:
            return self.amount(note.figures[0][1])
        told = [f"{self.say(label)}: {one.render(self.locale)}" for label, one in note.figures]
        unit = self.unit(note.figures[0][1].unit)
        return "; ".join(told) + (f" ({unit})" if unit else "")

    def _intervals(self, note: Note) -> str:
        if len(note.figures) == 1:
            return self.interval(note.figures[0][1])
        told = ((self.say(label), self.interval(figure)) for label, figure in note.figures)
        return "; ".join(f"{label}: {interval}" for label, interval in told if interval)

    def _bound(self, note: Note) -> str:
        bound = _BOUND.search(note.path)
        return self.word("it is itself the end of an interval") if bound else ""

    def _period(self, note: Note) -> str:
        periods = list(dict.fromkeys(figure.period for _, figure in note.figures if figure.period))
        if len(periods) > 2 and all(re.fullmatch(r"\d{4}", period) for period in periods):
            return f"{min(periods)}–{max(periods)}"
        return f"{periods[0]} {GAP} {periods[-1]}" if len(periods) > 4 else ", ".join(periods)

    def _method(self, note: Note, *, notes_in_full: bool) -> str:
        names = () if note.summed else method_of(note.path)
        told = [self._named(name) for name in names or ()]
        if note.summed:
            told.append(self.word("sum of the column"))
        elif names == ():
            told.append(self.word("as published, nothing is computed"))
        if note.method and notes_in_full:
            told += [self.say(sentence).rstrip(".") for sentence in note.method]
        elif note.method:
            told.append(self.say(msg("see the notes below table {number}", number=str(note.table))))
        return ". ".join(told)

    def _named(self, name: str) -> str:
        """A function, with where its method is published."""
        reference = reference_of(name).rstrip(".")
        return f"{name} ({reference})" if reference else name

    def _origin(self, figure: Figure) -> dict[str, str]:
        used = [self.sources[name] for name in figure.sources]
        titles: dict[str, list[int]] = {}
        for source in used:
            titles.setdefault(source.title, []).append(self.numbers[source.id])

        def each(texts: Iterable[str]) -> str:
            return "; ".join(text for text in dict.fromkeys(texts) if text)

        none = self.word("none")
        return {
            "Inputs": each(source.id for source in used) or none,
            "Source": each(_numbered(*one) for one in titles.items()) or none,
            "Edition": each(source.edition for source in used),
            "Licence": each(self.licence(source) for source in used) or none,
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
