# SPDX-License-Identifier: Apache-2.0
"""Sentences of errors that can be said in other languages: a text that knows its template."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self


class Sentence(str):
    """An English sentence that remembers what it was made from.

    Parameters
    ----------
    text : str
        The sentence.
    template : str
        The sentence with names in braces; the key of its translations.
    facts : mapping
        What stands in the place of the names.
    """

    __slots__ = ("facts", "template")
    template: str
    facts: Mapping[str, object]

    def __new__(cls, text: str, template: str, facts: Mapping[str, object]) -> Self:
        told = super().__new__(cls, text)
        told.template, told.facts = template, facts
        return told


def msg(template: str, **facts: object) -> Sentence:
    """A sentence from its template; the marker that the catalogues are extracted by.

    Parameters
    ----------
    template : str
        English sentence with names in braces.
    **facts
        What stands in their place.

    Returns
    -------
    Sentence

    Examples
    --------
    >>> told = msg("the quota {quota} is closed", quota="kandas-2026")
    >>> told, told.template
    ('the quota kandas-2026 is closed', 'the quota {quota} is closed')
    """
    return Sentence(template.format(**facts), template, facts)
