# SPDX-License-Identifier: Apache-2.0
"""What is said in words about a country: public claims, and what is not published."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from keruen.report.locale import Locale


@dataclass(frozen=True)
class Quote:
    """Words in three languages."""

    words: dict[str, str]

    def render(self, locale: Locale) -> str:
        """The words in a language."""
        return self.words[locale.lang]


@dataclass(frozen=True)
class Claim:
    """What somebody said, where, and the numbers in it.

    Parameters
    ----------
    words, where : Quote
        The quotation and the occasion.
    numbers : dict
        The numbers in the claim, by name.
    """

    words: Quote
    where: Quote
    numbers: dict[str, float]


def claim(country: str, topic: str) -> Claim | None:
    """The claim about a country on a topic, None where there is none.

    Parameters
    ----------
    country : str
        ISO 3166-1 alpha-3 code.
    topic : str
        ``departures`` or ``ranks``.

    Returns
    -------
    Claim or None

    Examples
    --------
    >>> claim("KAZ", "ranks").numbers
    {'immigrants': 9, 'emigrants': 7}
    """
    entry = _read("claims").get(country, {}).get(topic)
    if entry is None:
        return None
    numbers = {name: value for name, value in entry.items() if name not in ("words", "where")}
    return Claim(Quote(dict(entry["words"])), Quote(dict(entry["where"])), numbers)


def unpublished(country: str) -> tuple[Quote, ...]:
    """What is not published, or not held, about a country's migration.

    Parameters
    ----------
    country : str
        ISO 3166-1 alpha-3 code.

    Returns
    -------
    tuple of Quote

    Examples
    --------
    >>> len(unpublished("KAZ"))
    5
    """
    return tuple(Quote(dict(words)) for words in _read("gaps").get(country, ()))


@cache
def _read(name: str) -> dict[str, Any]:
    from ruamel.yaml import YAML

    path = resources.files("keruen.report") / f"{name}.yaml"
    return dict(YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8")))
