# SPDX-License-Identifier: Apache-2.0
"""What was read otherwise than it stands: each decision with its place and reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from keruen.sources.fault_texts import msg
from keruen.sources.faults import FaultList, letter
from keruen.sources.schemas import TableSchema

if TYPE_CHECKING:
    import pandas as pd

REASONS: Final[Mapping[str, str]] = {
    "label": msg("the label is written as its code"),
    "region_by_others": msg("the city and the region of this name: the other rows tell which"),
    "total": msg("a total that adds up is set aside"),
    "total_unchecked": msg("a total that cannot be checked is set aside: a part is missing"),
    "total_rate": msg("the figure of the whole is set aside: rates do not add up"),
    "all_totals": msg("the column holds only totals and is left out"),
    "group": msg("the sum of a group of countries that adds up is set aside"),
    "wide_age": msg("an age group that is the sum of others is set aside"),
    "of_which": msg("the row only says that parts follow"),
    "note": msg("a note, not a row of figures"),
    "numbering": msg("the row only numbers the columns"),
    "section": msg("the label holds for the rows below it"),
    "nested": msg("the rows below the label are its parts"),
    "unread": msg("the column is not part of the table"),
    "blank": msg("the column is empty and need not be there: it is left out"),
    "inferred": msg("the column is known by what stands in it"),
    "year_of_title": msg("the year stands in the title"),
    "figure_of_title": msg("what is counted stands in the title"),
    "merged": msg("the label of merged cells holds for each of them"),
    "scaled": msg("the figures are multiplied, as you said"),
    "scaled_declared": msg("the figures are multiplied, as their heading says"),
    "percent_cell": msg("the cell is shown as a percentage"),
    "decimal_comma": msg("the comma is read as the decimal mark"),
    "thousands": msg("the signs between groups of three digits are left out"),
    "by_column": msg("read as the other cells of the column say"),
    "dash_zero": msg("a dash stands for zero"),
    "missing_mark": msg("the mark stands for a missing figure"),
    "footnote": msg("the mark of a footnote is set apart"),
    "percent": msg("the percent sign is set apart"),
    "brackets": msg("a number in brackets is negative"),
    "minus": msg("the dash before the number is read as minus"),
    "digits": msg("digits of another script are read as such"),
    "apostrophe": msg("the apostrophe before the number is left out"),
    "text_number": msg("a number kept as text is read as a number"),
}
"""Why something was read as it was."""

COLUMNS: Final = ("row", "column", "name", "before", "after", "reason", "count")


@dataclass
class ChangeList:
    """Reading decisions as they are made."""

    rows: list[tuple[int, str, str, str, str, str, int]] = field(default_factory=list)

    def add(
        self,
        reason: str,
        *,
        row: int = 0,
        place: int = -1,
        name: str = "",
        before: object = "",
        after: object = "",
        count: int = 1,
    ) -> None:
        """Note a decision.

        Parameters
        ----------
        reason : str
            Key of ``REASONS``; several are joined by a comma.
        row : int
            First row of the file it holds for; 0 for the whole table.
        place : int
            Column of the sheet, from 0; -1 for the whole row.
        name : str
            Column of the schema.
        before, after : object
            What stood there, and what was read.
        count : int
            Cells it holds for.
        """
        at = letter(place) if place >= 0 else ""
        self.rows.append((row, at, name, str(before), str(after), reason, count))

    def table(self) -> pd.DataFrame:
        """All decisions, in the order of the file."""
        import pandas as pd

        found = pd.DataFrame(self.rows, columns=pd.Index(COLUMNS))
        return found.sort_values("row", kind="stable").reset_index(drop=True)


@dataclass(frozen=True)
class Change:
    """One row of a table of decisions; the names are those of its columns."""

    row: int
    column: str
    name: str
    before: str
    after: str
    reason: str
    count: int


def changes(table: pd.DataFrame) -> Iterator[Change]:
    """The rows of a table of decisions, one after another."""
    columns = (table[name].tolist() for name in COLUMNS)
    for row in zip(*columns, strict=True):
        yield Change(*row)


@dataclass(frozen=True)
class Intake:
    """A table being read: what it should hold, and what was found on the way.

    Parameters
    ----------
    table : TableSchema
        What it should hold.
    faults : FaultList
        Takes what is wrong.
    changes : ChangeList
        Takes every decision.
    """

    table: TableSchema
    faults: FaultList
    changes: ChangeList
