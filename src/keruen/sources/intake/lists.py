# SPDX-License-Identifier: Apache-2.0
"""Codes and titles of classifications as they stand in tables."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from keruen.core._lists import code_list, plain, rows

_PREFIX: Final = r"^(?:isic4|isic|isco08|isco|isced11|isced|nace|oked|oc|ed)[ _.-]*(?=\w)"


def listed(kind: str, words: str) -> str:
    """The code of a classification that a text means; empty when it means none.

    Parameters
    ----------
    kind : str
        Name of the classification.
    words : str
        A code, with or without the name of the list, or a title.

    Returns
    -------
    str

    Examples
    --------
    >>> listed("isic4", "A01"), listed("isco08", "OC2"), listed("isic4", "Құрылыс")
    ('01', '2', 'F')
    """
    known = code_list(kind)
    bare = re.sub(_PREFIX, "", words, flags=re.IGNORECASE)
    lettered = re.sub(r"^[A-U](?=\d)", "", bare)  # NACE writes A01 for division 01
    for text in (bare, bare.upper(), lettered, f"0{bare}"):
        if text in known:
            return text
    return titles(kind).get(plain(words), "")


@cache
def titles(kind: str) -> dict[str, str]:
    """Titles of a classification in three languages, in plain form, to codes.

    Parameters
    ----------
    kind : str
        Name of the classification.

    Returns
    -------
    dict of str to str
        Of equal titles the broadest code.
    """
    index: dict[str, str] = {}
    for one in sorted(code_list(kind).values(), key=lambda one: one.level):
        index.setdefault(plain(one.title), one.code)
    for row in rows("code_names"):
        if row["list"] == kind:
            index |= {plain(row[f"name_{lang}"]): row["code"] for lang in ("ru", "kk")}
    return index
