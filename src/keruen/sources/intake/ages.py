# SPDX-License-Identifier: Apache-2.0
"""Ages as statistics offices write them: single years, groups, open groups."""

from __future__ import annotations

import re
from typing import Final

_YEARS: Final = (
    r"(?:\s*(?:years?(?:\s+olds?)?|yrs?|y\.?o\.?|лет|года|год|г\.?|л\.?"
    r"|жас(?:тағы|тан|қа|та)?|ж\.?))?"
)
_OPEN_TAIL: Final = (
    r"(?:\+|plus|and\s+(?:over|older|above|more|up)|or\s+(?:over|older|more)|over"
    r"|и\s+(?:старше|более|выше|больше)|и\s+ст\.?"
    r"|және\s+(?:одан\s+)?(?:жоғары|үлкен|үлкендер|асқан|көп)|-?\s*(?:тен|тан|ден|дан)?\s*(?:жоғары|асқан))"
)
_UNDER_HEAD: Final = r"(?:under|less\s+than|below|<|до|моложе|менее|младше)"
_SINGLE: Final = re.compile(rf"(\d{{1,3}}){_YEARS}$")
_GROUP: Final = re.compile(
    rf"(\d{{1,3}}){_YEARS}\s*(?:-|–|—|‒|−|to|до|по|\.\.)\s*(\d{{1,3}}){_YEARS}$"
)
_OPEN: Final = re.compile(rf"(\d{{1,3}}){_YEARS}\s*{_OPEN_TAIL}{_YEARS}$")
_OPEN_BEFORE: Final = re.compile(
    rf"(?:>=|≥|от|с|старше|aged?)\s*(\d{{1,3}}){_YEARS}(?:\s+и\s+старше)?$"
)
_UNDER: Final = re.compile(rf"{_UNDER_HEAD}\s*(\d{{1,3}})(?:\s*-?\s*(?:го|х|ти))?{_YEARS}$")
_UNDER_KK: Final = re.compile(r"(\d{1,3})\s*(?:жасқа|ж\.)\s*(?:дейін|толмаған)(?:гі|гілер)?$")
_SDMX: Final = re.compile(r"y(\d{1,3})(?:t(\d{1,3}))?$")
_SDMX_EDGE: Final = re.compile(r"y_(ge|gt|lt|le)(\d{1,3})$")

Group = tuple[int, int | None]
"""Lower bound and last completed year; None when the group is open."""


def age_group(text: str) -> Group | None:
    """The ages that a label names.

    Parameters
    ----------
    text : str
        The label.

    Returns
    -------
    tuple of int and int or None, or None
        First and last completed year, the last None for an open group; None when the label
        names no ages.

    Examples
    --------
    >>> age_group("0-4"), age_group("85 жас және одан жоғары"), age_group("до 1 года")
    ((0, 4), (85, None), (0, 0))
    >>> age_group("Y15T19"), age_group("17"), age_group("working age")
    ((15, 19), (17, 17), None)
    """
    words = " ".join(text.casefold().replace("\u00a0", " ").split())
    words = re.sub(r"^(?:age|aged|возраст|в возрасте|жасы)\s+", "", words)
    if found := _SINGLE.match(words):
        return _bounds(int(found[1]), int(found[1]))
    if found := _OPEN.match(words) or _OPEN_BEFORE.match(words):
        return _bounds(int(found[1]), None)
    if found := _GROUP.match(words):
        return _bounds(int(found[1]), int(found[2]))
    if found := _UNDER.match(words) or _UNDER_KK.match(words):
        return _bounds(0, int(found[1]) - 1)
    return _sdmx(words)


def _sdmx(words: str) -> Group | None:
    if found := _SDMX.match(words):
        return _bounds(int(found[1]), int(found[2] or found[1]))
    if found := _SDMX_EDGE.match(words):
        side, bound = found[1], int(found[2])
        if side in ("ge", "gt"):
            return _bounds(bound + (side == "gt"), None)
        return _bounds(0, bound - (side == "lt"))
    return None


def _bounds(low: int, high: int | None) -> Group | None:
    if low > 130 or (high is not None and not low <= high <= 130):
        return None
    return low, high
