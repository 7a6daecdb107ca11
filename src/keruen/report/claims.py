# SPDX-License-Identifier: Apache-2.0
"""Public claims about a country, quoted beside the figures that the data give."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources

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
    entry = _claims().get(country, {}).get(topic)
    if entry is None:
        return None
    numbers = {name: value for name, value in entry.items() if name not in ("words", "where")}
    return Claim(Quote(dict(entry["words"])), Quote(dict(entry["where"])), numbers)


@cache
def _claims() -> dict[str, dict[str, dict[str, dict[str, str]]]]:
    from ruamel.yaml import YAML

    path = resources.files("keruen.report") / "claims.yaml"
    return dict(YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8")))
