# SPDX-License-Identifier: Apache-2.0
"""Which figures of a report are the user's own: their source, their status, their breaks.

Sections compute and name sources as if all figures were embedded. Here the report is made twice
more, once with the user's figures distorted and once with the embedded ones: a figure that
changes with a side was computed from it. So no section, of now or later, has to say so itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from keruen.report.build import Desk
from keruen.report.document import Exhibit, Figure, Headline, Part, Row, Section
from keruen.report.locale import Message, Value, Verbatim, Year, msg
from keruen.report.own_figures import OwnFigures, Probe

Panel = tuple[tuple[Headline, ...], tuple[Part, ...]]
"""The headlines and the parts of a report."""

_SAME: Final = 1e-9
_BREAK: Final = msg("Break in the series: your own figures and embedded ones meet here.")


@dataclass(frozen=True)
class _Marks:
    """Figures by id that change with the user's figures, and with the embedded ones."""

    given: OwnFigures
    own: frozenset[str]
    embedded: frozenset[str]

    def figure(self, figure: Figure) -> Figure:
        """The figure with the sources it was computed from."""
        if figure.id not in self.own:
            return replace(figure, sources=self._held(figure.sources))
        mixed = figure.id in self.embedded
        sources: dict[str, None] = {}
        for name in figure.sources:
            if name not in self.given.owners:
                sources[name] = None
                continue
            sources[self.given.owners[name].id] = None
            if mixed:
                sources |= dict.fromkeys(self._held((name,)))
        alone = not mixed and set(sources) <= {one.id for one in self.given.tables}
        # What the section says of how a figure is known holds for the embedded one.
        status = "observed" if alone and figure.value is not None else figure.status
        return replace(figure, sources=tuple(sources), status=status)

    def _held(self, names: Sequence[str]) -> tuple[str, ...]:
        """The sources; a national table that is not embedded is the user's."""
        from keruen.core.errors import CodeError
        from keruen.sources.catalog import dataset

        found: dict[str, None] = {}
        for name in names:
            try:
                dataset(name)
                found[name] = None
            except CodeError:
                found[self.given.owners[name].id if name in self.given.owners else name] = None
        return tuple(found)

    def is_own(self, cell: object) -> bool:
        return isinstance(cell, Figure) and cell.id in self.own and cell.value is not None

    def exhibit(self, exhibit: Exhibit) -> Exhibit:
        """The exhibit with its sources, the breaks of its series, and a note on them."""
        rows = exhibit.table.rows
        figures = list(exhibit.table.figures())
        if not any(map(self.is_own, figures)):
            marked = tuple(self._row(row, None) for row in rows)
            return replace(exhibit, table=replace(exhibit.table, rows=marked))
        previous = (None, *rows[:-1]) if _by_year(rows) else (None,) * len(rows)
        marked = tuple(map(self._row, rows, previous))
        table = replace(exhibit.table, rows=marked)
        return replace(exhibit, table=table, notes=(*exhibit.notes, self._note(figures)))

    def _row(self, row: Row, before: Row | None) -> Row:
        cells = tuple(self.figure(c) if isinstance(c, Figure) else c for c in row.cells)
        if before is None:
            return replace(row, cells=cells)
        return replace(
            row,
            cells=tuple(
                replace(now, doubt=now.doubt or _BREAK)
                if isinstance(now, Figure)
                and isinstance(last, Figure)
                and None not in (now.value, last.value)
                and self.is_own(now) != self.is_own(last)
                else now
                for now, last in zip(cells, before.cells, strict=True)
            ),
        )

    def _note(self, figures: Sequence[Figure]) -> Message:
        mine = [figure for figure in figures if self.is_own(figure)]
        named = {s for figure in mine for s in self.figure(figure).sources}
        files = [one.file for one in self.given.tables if one.id in named]
        words: dict[str, Value] = {
            "file": Verbatim(", ".join(files)),
            "years": Year(spans(figure.period for figure in mine)),
        }
        others = [f for f in figures if f.value is not None and not self.is_own(f)]
        if not others and not any(figure.id in self.embedded for figure in mine):
            return msg("Your own figures from {file}: {years}.", **words)
        return msg(
            "Your own figures from {file}: {years}. All others are embedded ones; the two need "
            "not be comparable.",
            **words,
        )


def _by_year(rows: Sequence[Row]) -> bool:
    return len(rows) > 1 and all(row.key.isdigit() and len(row.key) == 4 for row in rows)


def spans(periods: Iterable[object]) -> str:
    """Years put together, ``2001–2003, 2005``.

    Parameters
    ----------
    periods : iterable of str or int
        Years, or spans of years that are kept as they stand.

    Returns
    -------
    str

    Examples
    --------
    >>> spans([2003, 2001, 2002, 2005, 2005])
    '2001–2003, 2005'
    """
    texts = {str(one) for one in periods}
    years = sorted(int(text) for text in texts if text.isdigit())
    runs: list[list[int]] = []
    for year in years:
        if runs and year == runs[-1][-1] + 1:
            runs[-1].append(year)
        else:
            runs.append([year])
    told = [str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs]
    return ", ".join([*told, *sorted(text for text in texts if text and not text.isdigit())])


def mark_own(made: Panel, desk: Desk, make: Callable[[Desk, frozenset[str]], Panel]) -> Panel:
    """The headlines and parts with the user's figures named as theirs.

    Parameters
    ----------
    made : tuple
        Headlines and parts as the sections gave them.
    desk : Desk
        With the user's own figures.
    make : callable
        Makes the headlines and sections anew, those of some ids left out.

    Returns
    -------
    tuple
        The same, with sources, statuses, breaks and notes.

    Notes
    -----
    A figure that no longer stands in a table after distortion, such as a country that leaves
    the largest twelve, counts as changed.
    """
    given = desk.given
    if given is None:
        return made
    untouched = frozenset(
        section.id
        for part in made[1]
        for section in part.sections
        if not any(set(figure.sources) & set(given.owners) for figure in _figures(section))
    )
    values = _values(made, untouched)
    sides: tuple[Probe, ...] = ("own", "embedded")
    changed = {
        side: frozenset(name for name, value in values.items() if not _same(value, other.get(name)))
        for side in sides
        for other in [
            _values(make(replace(desk, given=given.distorted(side)), untouched), untouched)
        ]
    }
    marks = _Marks(given, changed["own"], changed["embedded"])
    panel = tuple(replace(item, figure=marks.figure(item.figure)) for item in made[0])
    parts = tuple(
        replace(
            part,
            sections=tuple(
                replace(section, exhibits=tuple(map(marks.exhibit, section.exhibits)))
                for section in part.sections
            ),
        )
        for part in made[1]
    )
    return panel, parts


def _figures(section: Section) -> Iterator[Figure]:
    for exhibit in section.exhibits:
        yield from exhibit.table.figures()


def _values(made: Panel, without: frozenset[str]) -> Mapping[str, float | None]:
    """Figures by id, those of some sections left out."""
    values = {item.figure.id: item.figure.value for item in made[0]}
    for part in made[1]:
        for section in part.sections:
            if section.id not in without:
                values |= {figure.id: figure.value for figure in _figures(section)}
    return values


def _same(first: float | None, second: float | None) -> bool:
    if first is None or second is None:
        return first is second
    return math.isclose(first, second, rel_tol=_SAME, abs_tol=_SAME)
