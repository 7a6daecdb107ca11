# SPDX-License-Identifier: Apache-2.0
"""Units as other publishers write them."""

from __future__ import annotations

from typing import Final

from keruen.core._lists import plain

_UNITS: Final = {
    "persons": (
        *("persons", "person", "people", "ps", "per", "nr", "number", "heads"),
        *("человек", "чел", "человека", "численность", "адам"),
    ),
    "percent": (
        *("percent", "per cent", "percentage", "pt", "pc"),
        *("в процентах", "процент", "проценты", "процентов", "пайыз"),
    ),
    "USD": ("usd", "us dollars", "us dollar", "доллары сша", "доллар сша", "ақш доллары"),
}
_SCALE: Final = {2: "hundred", 3: "thousand", 6: "million", 9: "billion", 12: "trillion"}


def known_units(text: str, power: int = 0) -> str:
    """A unit as this package calls it, when it has a word for it.

    Parameters
    ----------
    text : str
        The unit as a file writes it, in any of the three languages.
    power : int, optional
        Power of ten that the figures are multiplied by.

    Returns
    -------
    str

    Examples
    --------
    >>> known_units("Человек"), known_units("PS", 3), known_units("tonnes")
    ('persons', 'thousand persons', 'tonnes')
    """
    unit = next((unit for unit, words in _UNITS.items() if plain(text) in words), text.strip())
    if not power:
        return unit
    return f"{_SCALE.get(power, f'10^{power}')} {unit}".strip()
