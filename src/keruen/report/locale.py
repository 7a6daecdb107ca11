# SPDX-License-Identifier: Apache-2.0
"""Languages: messages, plural forms, numbers, and names of places.

A :class:`Message` is an English sentence with named values; it is translated and its
values are formatted only when a :class:`Locale` says it. Values are quantities that
know how they are written (``Count``, ``Percent``, ``Year``, ``Country`` ...), so that
no sentence is glued from fragments.
"""

from __future__ import annotations

import gettext
import io
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Final, Literal, Protocol, get_args

Lang = Literal["en", "ru", "kk"]
LANGS: Final[tuple[Lang, ...]] = get_args(Lang)

MINUS: Final = "\u2212"
GAP: Final = "…"
"""What stands for a figure that no source holds."""


class Value(Protocol):
    """Anything that a locale can write."""

    def render(self, locale: Locale) -> str:
        """The value as text in a language."""
        ...


@dataclass(frozen=True)
class Message:
    """A sentence or label to be translated, with named values.

    Parameters
    ----------
    text : str
        English text; the key of the catalogues. Values stand as ``{name}``.
    values : dict
        What to write in their place.
    plural : str
        English text for other numbers than one; empty when there is no plural form.
    number : int
        The number that chooses the plural form.
    """

    text: str
    values: dict[str, Value | str] = field(default_factory=dict, hash=False)
    plural: str = ""
    number: int = 0

    def render(self, locale: Locale) -> str:
        """The message in a language."""
        return locale.say(self)


def msg(text: str, **values: Value | str) -> Message:
    """A message with values; the marker that the catalogues are extracted by."""
    return Message(text, values)


def nmsg(text: str, plural: str, number: int, **values: Value | str) -> Message:
    """A message whose form depends on a number; ``{number}`` writes it."""
    return Message(text, {"number": Count(number), **values}, plural, number)


def people(number: float | None) -> Message:
    """A number of people, with the noun in the form that the number asks for."""
    if number is None or math.isnan(number):
        return msg("{gap} people", gap=GAP)
    return nmsg("{number} person", "{number} people", round(number))


def rounded(number: float) -> Value:
    """A large number in millions or thousands, as sentences and titles say it."""
    if abs(number) >= 1e9:
        return msg("{number} billion", number=Count(number / 1e9, 2))
    if abs(number) >= 1e6:
        return msg("{number} million", number=Count(number / 1e6, 1))
    if abs(number) >= 1e5:
        return msg("{number} thousand", number=Count(number / 1e3))
    return Count(number)


@dataclass(frozen=True)
class Verbatim:
    """Text that is the same in every language: a name, a title, a quotation."""

    text: str

    def render(self, locale: Locale) -> str:  # noqa: ARG002
        """The text as it stands."""
        return self.text


@dataclass(frozen=True)
class Told:
    """A text that its file gives in every language: the title of a scenario, a label."""

    texts: Mapping[str, str]

    def render(self, locale: Locale) -> str:
        """The text in a language."""
        return self.texts[locale.lang]


@dataclass(frozen=True)
class Count:
    """A number with grouped digits."""

    value: float | None
    decimals: int = 0
    signed: bool = False

    def render(self, locale: Locale) -> str:
        """The number as the language writes it."""
        return locale.number(self.value, decimals=self.decimals, signed=self.signed)


@dataclass(frozen=True)
class Percent:
    """A percentage, given in percent."""

    value: float | None
    decimals: int = 1
    signed: bool = False

    def render(self, locale: Locale) -> str:
        """The percentage with the sign where the language has it."""
        return locale.percent(self.value, decimals=self.decimals, signed=self.signed)


@dataclass(frozen=True)
class Year:
    """A year or a span of years, never grouped."""

    value: int | str

    def render(self, locale: Locale) -> str:  # noqa: ARG002
        """The year."""
        return str(self.value)


@dataclass(frozen=True)
class Country:
    """A country by its ISO 3166-1 alpha-3 code."""

    code: str

    def render(self, locale: Locale) -> str:
        """The country's name."""
        from keruen.core.codes import country_name

        return country_name(self.code, locale.lang)


@dataclass(frozen=True)
class Region:
    """A region by its ISO 3166-2 code."""

    code: str

    def render(self, locale: Locale) -> str:
        """The region's name."""
        from keruen.core.codes import region_name

        return region_name(self.code, locale.lang)


@dataclass(frozen=True)
class Listing:
    """Several values one after another."""

    items: tuple[Value, ...]

    def render(self, locale: Locale) -> str:
        """The values, joined as the language joins a list."""
        from babel.lists import format_list

        return format_list([item.render(locale) for item in self.items], locale=locale.lang)


@dataclass(frozen=True)
class Locale:
    """One language with its catalogue, numbers and names.

    Parameters
    ----------
    lang : {"en", "ru", "kk"}
        ISO 639-1 code.
    """

    lang: Lang

    def say(self, message: Message) -> str:
        """Translate a message and write its values.

        Parameters
        ----------
        message : Message
            What to say.

        Returns
        -------
        str

        Examples
        --------
        >>> Locale("en").say(msg("{n} people left in {year}", n=Count(45287), year=Year(2008)))
        '45,287 people left in 2008'
        """
        catalogue = _catalogue(self.lang)
        if message.plural:
            text = catalogue.ngettext(message.text, message.plural, message.number)
        else:
            text = catalogue.gettext(message.text)
        if not message.values:
            return text
        return text.format(
            **{
                name: value if isinstance(value, str) else value.render(self)
                for name, value in message.values.items()
            }
        )

    def number(self, value: float | None, *, decimals: int = 0, signed: bool = False) -> str:
        """A number with grouped digits and a true minus sign.

        Parameters
        ----------
        value : float or None
            The number; a gap when missing.
        decimals : int
            Digits after the decimal mark.
        signed : bool
            Whether a plus stands before gains.

        Returns
        -------
        str

        Examples
        --------
        >>> Locale("ru").number(-1234567.8, decimals=1)
        '−1\\xa0234\\xa0567,8'
        """
        if value is None or math.isnan(value):
            return GAP
        from babel.numbers import format_decimal

        rounded = round(float(value), decimals) + 0.0  # no negative zero
        pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
        text = format_decimal(abs(rounded), format=pattern, locale=self.lang)
        sign = MINUS if rounded < 0 else "+" if signed and rounded > 0 else ""
        return sign + text

    def percent(self, value: float | None, *, decimals: int = 1, signed: bool = False) -> str:
        """A percentage; Russian sets a space before the sign, Kazakh and English do not.

        Parameters
        ----------
        value : float or None
            In percent.
        decimals : int
            Digits after the decimal mark.
        signed : bool
            Whether a plus stands before gains.

        Returns
        -------
        str

        Examples
        --------
        >>> Locale("kk").percent(6.66), Locale("ru").percent(6.66)
        ('6,7%', '6,7\\xa0%')
        """
        text = self.number(value, decimals=decimals, signed=signed)
        if text == GAP:
            return text
        return text + ("\u00a0%" if self.lang == "ru" else "%")

    def sort_key(self, text: str) -> tuple[int, ...]:
        """Key that sorts words by the language's alphabet.

        Parameters
        ----------
        text : str
            A word or name.

        Returns
        -------
        tuple of int

        Examples
        --------
        >>> sorted(["Әулие", "Бұлақ", "Ақтау"], key=Locale("kk").sort_key)
        ['Ақтау', 'Әулие', 'Бұлақ']
        """
        places = _alphabet(self.lang)
        return tuple(places.get(letter, 10_000 + ord(letter)) for letter in text.casefold())


_ALPHABETS: Final[dict[str, str]] = {
    "en": " -abcdefghijklmnopqrstuvwxyz",
    "ru": " -абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
    "kk": " -аәбвгғдеёжзийкқлмнңоөпрстуұүфхһцчшщъыіьэюя",
}


@cache
def _alphabet(lang: str) -> dict[str, int]:
    return {letter: place for place, letter in enumerate(_ALPHABETS[lang])}


@cache
def _catalogue(lang: str) -> gettext.NullTranslations:
    """The catalogue of a language, compiled in memory from its one source file."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    if lang == "en":
        return gettext.NullTranslations()
    path = resources.files("keruen.report") / "locales" / lang / "LC_MESSAGES" / "keruen.po"
    with path.open("rb") as file:
        catalogue = read_po(file, locale=lang)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
