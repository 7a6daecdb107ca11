# SPDX-License-Identifier: Apache-2.0
"""What a points system is made of: inputs, factors, caps, prerequisites, dated values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, TypeAlias

from keruen.decide.points._conditions import Bound, Condition

Text: TypeAlias = Mapping[str, str]
"""A text by language."""

Status = Literal["official", "cross-checked", "to be confirmed", "draft"]
"""How sure a table is: taken from the law; compared in several copies; unverified; made up."""

Kind = Literal["band", "choice", "per_unit", "per_ability", "cross", "flag", "table_by"]
InputKind = Literal["number", "choice", "flag"]
Changes = Literal["never", "up", "any"]
Take = Literal["sum", "best"]
Derivation = Literal["least_of", "most_of", "sum_of", "ratio_of", "chosen_by"]


@dataclass(frozen=True)
class Input:
    """A fact that a profile states.

    Parameters
    ----------
    name : str
        Name of the variable.
    kind : {"number", "choice", "flag"}
        What it holds; a flag is a choice of no and yes.
    label : Text
        Label by language.
    unit : str
        Unit of a number.
    codes : mapping of str to Text
        Codes of a choice in their order, each with its label.
    low, high : float or None
        Range of a number.
    if_empty : number, str or None
        What counts when the profile does not state it; None when it must be stated.
    changes : {"never", "up", "any"}
        How a person could change it: not at all, only upwards in its order, either way.
    together : str
        Inputs with the same word here are also tried together, as the abilities of one test.
    where : str
        File and line.
    """

    name: str
    kind: InputKind
    label: Text
    unit: str = ""
    codes: Mapping[str, Text] = field(default_factory=dict)
    low: float | None = None
    high: float | None = None
    if_empty: float | str | None = None
    changes: Changes = "any"
    together: str = ""
    where: str = ""


@dataclass(frozen=True)
class Derived:
    """A number made from inputs: the least of four abilities, a ratio of two amounts.

    Parameters
    ----------
    name : str
        Name.
    kind : str
        How it is made; ``chosen_by`` takes the number that the code of a choice names.
    label : Text
        Label by language.
    of : tuple of str
        Inputs, or other derived numbers; with ``chosen_by`` one for each code of ``by``.
    by : str
        The choice that decides, with ``chosen_by``.
    where : str
        File and line.
    """

    name: str
    kind: Derivation
    label: Text
    of: tuple[str, ...]
    by: str = ""
    where: str = ""


@dataclass(frozen=True)
class Side:
    """Rows or columns of a table of points: bands of a number, or groups of codes.

    Parameters
    ----------
    input : str
        Input or derived number that the side is about; empty for a condition.
    bands : tuple of (low, high)
        Half-open bands ``[low, high)``, open ends being infinite; empty for codes.
    codes : tuple of tuple of str
        Groups of codes; empty for bands.
    when : Condition or None
        A condition; the side then has two rows, no and yes.
    """

    input: str
    bands: tuple[tuple[Bound, Bound], ...] = ()
    codes: tuple[tuple[str, ...], ...] = ()
    when: Condition | None = None

    def __len__(self) -> int:
        return 2 if self.when is not None else len(self.bands) or len(self.codes)


@dataclass(frozen=True)
class Factor:
    """What earns points, with its table.

    Parameters
    ----------
    name : str
        Name.
    kind : str
        Kind in the file; all kinds are one table here.
    label : Text
        Label by language.
    inputs : tuple of str
        Inputs of the rows: one, or the abilities that share the table.
    rows : Side
        Rows of the table.
    columns : Side or None
        Columns; None when the table has one.
    points : tuple of tuple of float or None
        Points by row and column; None where the text at hand does not tell them.
    only_when : Condition or None
        When the factor counts at all.
    valid_from, valid_to : date or None
        First day, and first day on which it holds no more; None for that of the rule set.
    status : Status
        How sure the table is.
    reference : str
        Article, paragraph or table.
    where : tuple of str
        File and line of the factor, then of each row.
    """

    name: str
    kind: Kind
    label: Text
    inputs: tuple[str, ...]
    rows: Side
    columns: Side | None
    points: tuple[tuple[float | None, ...], ...]
    only_when: Condition | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    status: Status = "to be confirmed"
    reference: str = ""
    where: tuple[str, ...] = ("",)

    @property
    def parts(self) -> tuple[str, ...]:
        """Names of its columns in a result: its own, or one an ability."""
        if self.kind != "per_ability":
            return (self.name,)
        return tuple(f"{self.name}.{one}" for one in self.inputs)


@dataclass(frozen=True)
class Cap:
    """A limit on factors together, or the best of them alone.

    Parameters
    ----------
    name : str
        Name.
    label : Text
        Label by language.
    of : tuple of str
        Factors and other caps.
    most : tuple of float
        Limit, one for each code of ``by``, or the only one; empty when there is none.
    by : str
        Choice that the limit depends on; may be empty.
    take : {"sum", "best"}
        Whether the parts are added, or only the highest counts.
    reference : str
        Article.
    where : str
        File and line.
    """

    name: str
    label: Text
    of: tuple[str, ...]
    most: tuple[float, ...] = ()
    by: str = ""
    take: Take = "sum"
    reference: str = ""
    where: str = ""


@dataclass(frozen=True)
class Prerequisite:
    """What must hold whatever the points.

    Parameters
    ----------
    name : str
        Name.
    label : Text
        Label by language.
    when : Condition
        What must hold.
    valid_from, valid_to : date or None
        First day, and first day on which it holds no more; None for that of the rule set.
    status : Status
        How sure it is.
    reference : str
        Article.
    where : str
        File and line.
    """

    name: str
    label: Text
    when: Condition
    valid_from: date | None = None
    valid_to: date | None = None
    status: Status = "to be confirmed"
    reference: str = ""
    where: str = ""


@dataclass(frozen=True)
class DatedValue:
    """A number that changes with time, each holding until the next.

    Parameters
    ----------
    name : str
        Name.
    label : Text
        Label by language.
    unit : str
        Unit.
    dates : tuple of (date, float or None)
        First day of each number, in order; None where it ceased.
    status : Status
        How sure the numbers are.
    reference : str
        Article.
    where : str
        File and line.
    """

    name: str
    label: Text
    unit: str
    dates: tuple[tuple[date, float | None], ...]
    status: Status = "to be confirmed"
    reference: str = ""
    where: str = ""

    def on(self, day: date) -> float | None:
        """The number that holds on a day; None when there is none.

        Parameters
        ----------
        day : date
            Day.

        Returns
        -------
        float or None
        """
        return next((value for start, value in reversed(self.dates) if start <= day), None)
