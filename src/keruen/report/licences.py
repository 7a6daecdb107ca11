# SPDX-License-Identifier: Apache-2.0
"""What a licence allows, in the reader's language; its own name stays as it is."""

from __future__ import annotations

from typing import Final

from keruen.core.origin import Licence
from keruen.report.locale import Message, Value, Verbatim, msg

_ATTRIBUTION: Final = msg("free to reuse when the source is named")
_SHARE_ALIKE: Final = msg(
    "free to reuse when the source is named, adaptations under the same licence"
)
_FREE: Final = msg("free to reuse without conditions")
_TERMS: Final[dict[str, Message]] = {
    "CC-BY-3.0-IGO": _ATTRIBUTION,
    "CC-BY-4.0": _ATTRIBUTION,
    "CC-BY-SA-3.0-IGO": _SHARE_ALIKE,
    "CC0-1.0": _FREE,
    "PDDL-1.0": _FREE,
    "OGL-UK-3.0": _ATTRIBUTION,
    "etalab-2.0": _ATTRIBUTION,
    "MIT": msg("free to reuse when the licence is passed on with it"),
}
_WORDS: Final[dict[str, Message]] = {
    "public-domain": msg("Public domain"),
    "attribution": msg("Reuse permitted when the source is named"),
    "facts": msg("Published facts and legal acts, not protected; source named"),
    "own-use": msg("For own use only; not to be passed on"),
    "office": msg(
        "The office's own tables, not to be passed on; the counts of this document may be"
    ),
}
"""Licences that have no name of their own, only a meaning."""


def licence_words(licence: Licence) -> Value:
    """A licence as a reader is told of it: its name, and what it allows.

    Parameters
    ----------
    licence : Licence
        The licence.

    Returns
    -------
    Message or Verbatim
        A user's own licence, which is not in the list, by its name alone.

    Examples
    --------
    >>> from keruen.core.origin import LICENCES
    >>> from keruen.report.locale import Locale
    >>> licence_words(LICENCES["CC-BY-4.0"]).render(Locale("en"))
    'Creative Commons Attribution 4.0 (free to reuse when the source is named)'
    """
    if licence.id in _WORDS:
        return _WORDS[licence.id]
    if licence.id in _TERMS:
        return msg("{name} ({terms})", name=Verbatim(licence.name), terms=_TERMS[licence.id])
    return Verbatim(licence.name)
