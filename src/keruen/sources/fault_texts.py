# SPDX-License-Identifier: Apache-2.0
"""What the faults of a table say: an identifier, facts, and sentences.

The sentences stand here once, in English, and are the keys of the catalogues: a report says
them in the reader's language. Facts are named values, never pieces of a sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from keruen.sources import _words
from keruen.sources.schemas import Column

Lang = Literal["en", "ru", "kk"]


def msg(text: str) -> str:
    """Mark a sentence for the catalogues."""
    return text


@dataclass(frozen=True)
class Text:
    """What a fault says: what is wrong, what to do, and what to do when near names are known."""

    what: str
    remedy: str
    near: str = ""


_MEANT: Final = msg("did you mean {near}?")

TEXTS: Final[Mapping[str, Text]] = {
    "NoHeader": Text(
        msg("none of the first {looked} rows holds the headings of the table"),
        msg("write one heading over each column: {wanted}"),
    ),
    "NoRows": Text(
        msg("there are no rows below the headings"), msg("give the table with its figures")
    ),
    "MissingColumn": Text(
        msg("the table has no column {column}"),
        msg("add it, or give one of your headings this name; read were: {headings}"),
        msg("add it, or write it over the column whose heading is near: {near}"),
    ),
    "NoFigures": Text(
        msg("no column holds figures"), msg("give at least one of the columns {wanted}")
    ),
    "DuplicateColumn": Text(
        msg("columns {letters} all mean {column}"),
        msg("keep one of them, and rename or delete the others"),
    ),
    "UnclearFigures": Text(
        msg("the cross-table does not say what its figures are"),
        msg("write one of these words above them: {wanted}"),
    ),
    "MisspeltHeading": Text(
        msg("the heading '{value}' is not known but is near to {column}"),
        msg("correct it, or choose a clearly different word if something else is meant"),
    ),
    "EmptyKey": Text(
        msg("the column {column} is empty here"),
        msg("write the label in every row; it tells the rows apart"),
    ),
    "EmptyFigure": Text(
        msg("the figure is empty"),
        msg("write the figure, 0 where there is none, or … where it is not known"),
    ),
    "UnknownCountry": Text(
        msg("'{value}' is not a country"),
        msg("write an ISO or M49 code, or a name in English, Russian or Kazakh"),
        _MEANT,
    ),
    "UnknownPlace": Text(
        msg("'{value}' is neither a country nor a region"),
        msg("write an ISO or KATO code, or a name in English, Russian or Kazakh"),
        _MEANT,
    ),
    "UnknownRegion": Text(
        msg("'{value}' is not a region"),
        msg("write an ISO 3166-2 or KATO code, or a name in English, Russian or Kazakh"),
        _MEANT,
    ),
    "AmbiguousRegion": Text(
        msg("'{value}' may mean more than one region"),
        msg("write the full name or the code"),
        msg("write the full name or the code of one of {near}"),
    ),
    "SmallerUnit": Text(
        msg("'{value}' is the code of a district or town"),
        msg("add districts up to regions"),
        msg("add districts up to regions; this one lies in {near}"),
    ),
    "UnknownSex": Text(
        msg("'{value}' is no sex"),
        msg("write F and M, or women and men in English, Russian or Kazakh"),
    ),
    "UnknownResidence": Text(
        msg("'{value}' is neither urban nor rural"),
        msg("write urban and rural in English, Russian or Kazakh"),
    ),
    "UnknownCode": Text(
        msg("'{value}' is not in the list {list}"),
        msg("write a code of the list or the title of one"),
        _MEANT,
    ),
    "FormerCode": Text(
        msg("'{value}' is a code of {edition}, not of {list}"),
        msg("bring the whole table to {list}; equal numbers may mean other things"),
        msg(
            "bring the whole table to {list}, with shares from data coded both ways: equal "
            "numbers may mean other things; this one became {near}"
        ),
    ),
    "UnknownGroup": Text(
        msg("the row '{value}' sums up countries, but its parts are not in the table"),
        msg("list the countries it holds, or delete the row"),
    ),
    "NotAnAge": Text(
        msg("'{value}' is no age"),
        msg("write completed years such as 25, a group such as 20-24 or an open one such as 85+"),
    ),
    "OverlappingAges": Text(
        msg("the age group '{value}' overlaps others and is not their sum"),
        msg("keep ages that do not overlap"),
    ),
    "NotAYear": Text(msg("'{value}' is no year"), msg("write the calendar year in four digits")),
    "SplitYear": Text(
        msg("'{value}' runs over two calendar years"),
        msg("give figures of calendar years; only you know how to divide them"),
    ),
    "PartOfYear": Text(
        msg("'{value}' is only a part of a year"), msg("give figures of whole years")
    ),
    "NotADate": Text(msg("'{value}' is no date"), msg("write dates as 2024-01-31 or 31.01.2024")),
    "NotANumber": Text(
        msg("'{value}' is no number"),
        msg("write the number alone, 0 or - for none, … where it is not known"),
    ),
    "UnclearNumber": Text(
        msg("the separators of '{value}' can be read in two ways"),
        msg("write the number without separators of thousands"),
    ),
    "NotWhole": Text(
        msg("the figure is not whole, but {column} counts persons"),
        msg(
            "write whole persons without marks of thousands and decimals;"
            " if these are thousands, say --unit thousand"
        ),
    ),
    "OtherSheets": Text(
        msg("other sheets hold such a table too and would not be read: {sheets}"),
        msg("choose one with --sheet, or put them together in one sheet"),
    ),
    "SpoiltFormula": Text(
        msg("the formula of the cell gives no number: {value}"), msg("mend the formula")
    ),
    "UnstoredFormula": Text(
        msg("the file holds the formula of the cell, but not its value"),
        msg("open the file in Excel and save it, so that values are stored"),
    ),
    "DateForNumber": Text(
        msg("a date stands where a number should be: {value}"),
        msg("type the number again; the spreadsheet has taken it for a date"),
    ),
    "BelowRange": Text(
        msg("{value} is less than {low}, the least that {column} can be"),
        msg("correct the figure"),
    ),
    "AboveRange": Text(
        msg("{value} is more than {high}, the most that {column} can be"),
        msg("correct the figure"),
    ),
    "DuplicateKey": Text(
        msg("the row stands twice: another has the same {wanted}"),
        msg("keep one of them, or add the column that tells them apart"),
    ),
    "TotalDiffers": Text(
        msg("the total is {total}, but its {number} parts add up to {parts}: {difference} apart"),
        msg("correct the total or a part"),
    ),
    "TotalAlone": Text(
        msg("a total stands here without its parts"),
        msg("give the parts too, or leave out the column {column} and keep only totals"),
    ),
    "DeclaredUnit": Text(
        msg("the figures are said to be in '{value}', but the table is in {units}"),
        msg("say --unit {scale} to have them multiplied, or take the file that --fix-to writes"),
    ),
    "UnitClash": Text(
        msg("the figures are said to be in '{value}', but the table is in {units}"),
        msg("give the figures in {units}"),
    ),
    "NotInTable": Text(
        msg("'{value}' does not stand in the table {table}, column {column}"),
        msg("write it as it stands there, or add it there"),
        _MEANT,
    ),
    "NotWholeUnits": Text(
        msg("'{value}' is not a whole number of units"), msg("write 0 or a positive whole number")
    ),
    "MembersDisagree": Text(
        msg("the family has {persons} persons here, but {members} rows of members"),
        msg("correct the number, or list every member once"),
    ),
    "MoreWorkers": Text(
        msg("{value} can work, more than the family has persons"), msg("correct one of the two")
    ),
    "ScoreTooHigh": Text(
        msg("the score {value} is above the {workers} members who can work"),
        msg("give the expected number of members in work, or correct the members who can work"),
    ),
    "PlacedAboveCapacity": Text(
        msg("{taken} are taken already, but the capacity is {capacity}"),
        msg("raise the capacity to {taken}, or correct what is taken"),
    ),
    "OneSidedService": Text(
        msg("the service {service} limits nothing: the table {table} has no column {partner}"),
        msg("add the column {partner} there, or take this one out"),
    ),
    "LooksLikeThousands": Text(
        msg("{sum} is about a thousandth of the known figure, {known} ({place}, {year})"),
        msg("give persons; if these are thousands, say --unit thousand"),
    ),
}
"""Every fault that a table can have."""

UNIT_WORDS: Final[Mapping[str, str]] = {
    "persons": msg("persons"),
    "percent": msg("percent"),
    "million USD": msg("US$ million"),
    "births per woman": msg("births per woman"),
    "per person-year": msg("per person-year"),
    "days": msg("days"),
    "national currency per month": msg("national currency per month"),
}
"""Units of figures, as a sentence names them."""


@dataclass(frozen=True)
class Named:
    """A code that a reader is shown with its name."""

    kind: str
    code: str


@dataclass(frozen=True)
class Unit:
    """A unit that a reader is shown by its name."""

    name: str


Fact = str | int | float | Column | Named | Unit | tuple
"""A value in a sentence; a tuple is a list of them."""


def written(
    fact: Fact, lang: Lang, number: Callable[[float], str], say: Callable[[str], str]
) -> str:
    """A fact as text in a language.

    Parameters
    ----------
    fact : str, number, Column, Named, Unit or tuple
        The value.
    lang : {"en", "ru", "kk"}
        Language of names.
    number : callable
        Writes a number.
    say : callable
        Translates a unit.

    Returns
    -------
    str
    """
    if isinstance(fact, str):
        return fact
    if isinstance(fact, tuple):
        return ", ".join(written(one, lang, number, say) for one in fact)
    if isinstance(fact, Column):
        return fact.name if lang == "en" else f"«{fact.labels[lang]}» ({fact.name})"
    if isinstance(fact, Named):
        return _words.name(fact.kind, fact.code, lang)
    if isinstance(fact, Unit):
        return say(UNIT_WORDS.get(fact.name, fact.name))
    return number(fact)


def _english(number: float) -> str:
    return f"{number:,.10g}" if abs(number) < 1e10 else f"{number:,.0f}"


def sentences(
    id: str,
    facts: Mapping[str, Fact],
    *,
    lang: Lang = "en",
    number: Callable[[float], str] = _english,
    say: Callable[[str], str] = msg,
) -> tuple[str, str]:
    """What is wrong and what to do, as sentences in a language.

    Parameters
    ----------
    id : str
        Identifier of the fault.
    facts : mapping
        Named values of the sentences.
    lang : {"en", "ru", "kk"}
        Language of names.
    number : callable
        Writes a number.
    say : callable
        Translates a sentence.

    Returns
    -------
    tuple of str
        What is wrong, and what to do.

    Examples
    --------
    >>> sentences("UnknownCountry", {"value": "Kazahstan", "near": (Named("country", "KAZ"),)})
    ("'Kazahstan' is not a country", 'did you mean KAZ (Kazakhstan)?')
    """
    text = TEXTS[id]
    remedy = text.near if facts.get("near") and text.near else text.remedy
    said = {name: written(fact, lang, number, say) for name, fact in facts.items()}
    return say(text.what).format(**said), say(remedy).format(**said)
