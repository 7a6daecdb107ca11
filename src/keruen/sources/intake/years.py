# SPDX-License-Identifier: Apache-2.0
"""Years and dates as statistics offices write them."""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

_TAIL: Final = r"\s*(?:г\.?(?:\s*г\.?)?|гг\.?|год[ауы]?|ж\.?|жыл(?:ғы|ы|дың)?|year|yr)?\.?"
_MONTHS: Final = (
    "янв jan қаң",
    "фев feb ақп",
    "мар mar нау",
    "апр apr сәу",
    "ма may мам",
    "июн jun мау",
    "июл jul шіл",
    "авг aug там",
    "сен sep қыр",
    "окт oct қаз",
    "ноя nov қар",
    "дек dec жел",
)
_NOTE: Final = (
    r"(?:\s*\(?(?:p|e|pr|prov|preliminary|provisional"
    r"|предв\w*\.?|предварительн\w+|алдын ала|оценка)\)?)?"
)
_YEAR: Final = re.compile(
    rf"(?:yr?|год|жыл|fy)?\s*(\d{{4}})(?:\.0+)?{_TAIL}{_NOTE}(?:\s*\[yr\d{{4}}\])?$"
)
_SPLIT: Final = re.compile(r"\d{4}\s*[/–—-]\s*(?:\d{4}|\d{2})" + _TAIL + "$")
_NUMERIC: Final = re.compile(r"(\d{1,2})[./](\d{1,2})[./](\d{4})" + _TAIL + "$")
_ISO: Final = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[t ]00:00(?::00)?(?:\.0+)?)?$")
_WRITTEN: Final = re.compile(r"(\d{1,2})(?:-?го)?\s+([^\W\d]+)\.?,?\s+(\d{4})" + _TAIL + "$")
_WRITTEN_KK: Final = re.compile(r"(\d{4})\s*(?:ж\.?|жыл(?:ғы|дың)?)?\s*(\d{1,2})\s*([^\W\d]+)$")
_AT: Final = re.compile(
    r"^(?:на\s+(?:начало|конец)|на|at|as\s+of|on|beginning\s+of|end\s+of|start\s+of)\s+"
)
_AT_KK: Final = re.compile(
    r"\s*(?:жыл(?:дың)?)?\s*(?:басына|басында|басындағы|соңына|соңында|аяғына)$"
)
_PART: Final = re.compile(
    r"q[1-4]|[1-4]q|квартал|тоқсан|полугод|жартыжыл|месяц|month|quarter|half|\bай\b|[-–]\w+\s+\d{4}"
)

_SPAN: Final = re.compile(r"([^\W\d]{3,})\s*[-–—]\s*([^\W\d]{3,})")
_IN_MONTH: Final = re.compile(r"\b(?:за|in|for)\s+([^\W\d]{3,})\s+\d{4}")
_IN_TITLE: Final = re.compile(
    r"\bq[1-4]\b|\b[1-4]q\b|\bквартал|\bтоқсан|\bполугод|\bжартыжыл|\bquarter\b|\bhalf[- ]year"
    r"|(?<!\d)(?:[1-9]|1[01])\s*(?:месяц\w*|months?\b|ай(?:ы|да|ында|дың)?\b)"
)


def year(text: str) -> int | str:
    """The calendar year that a label names.

    Parameters
    ----------
    text : str
        The label.

    Returns
    -------
    int or str
        The year, or the identifier of the fault: ``SplitYear`` for 2023/24, ``PartOfYear``
        for quarters and months, ``NotAYear``.

    Examples
    --------
    >>> year("2024 г."), year("01.01.2024"), year("2024 жыл"), year("2023/24"), year("Q1 2024")
    (2024, 2024, 2024, 'SplitYear', 'PartOfYear')
    """
    words = _AT_KK.sub("", _AT.sub("", " ".join(text.casefold().split())))
    if found := _YEAR.match(words):
        number = int(found[1])
        return number if 1800 <= number <= 2200 else "NotAYear"
    if _SPLIT.match(words):
        return "SplitYear"
    day = date(words)
    if day:
        return int(day[:4])
    return "PartOfYear" if _PART.search(words) and re.search(r"\d{4}", words) else "NotAYear"


def is_part(title: str) -> bool:
    """Whether a title speaks of a part of a year: a quarter, a month, some months.

    Parameters
    ----------
    title : str
        Text above a table, with a year in it.

    Returns
    -------
    bool

    Examples
    --------
    >>> is_part("IV квартал 2023 года"), is_part("2024 ж. қаңтар-маусым")
    (True, True)
    >>> is_part("январь-декабрь 2023 года"), is_part("на 1 января 2023 года")
    (False, False)
    """
    words = " ".join(title.casefold().split())
    spans = [(_month(a), _month(b)) for a, b in _SPAN.findall(words)]
    months = any(a and b and (a, b) != (1, 12) for a, b in spans)
    alone = any(_month(word) for word in _IN_MONTH.findall(words))
    return months or alone or bool(_IN_TITLE.search(words))


def date(text: str) -> str:
    """The date that a label names, as ISO 8601; empty when it names none.

    Parameters
    ----------
    text : str
        The label.

    Returns
    -------
    str

    Examples
    --------
    >>> date("31.12.2023"), date("1 января 2024 г."), date("2024-01-01 00:00:00"), date("soon")
    ('2023-12-31', '2024-01-01', '2024-01-01', '')
    """
    words = " ".join(text.casefold().split())
    if found := _ISO.match(words):
        return _day(found[1], found[2], found[3])
    if found := _NUMERIC.match(words):
        return _day(found[3], found[2], found[1])
    if found := _WRITTEN.match(words):
        return _day(found[3], _month(found[2]), found[1])
    if found := _WRITTEN_KK.match(words):
        return _day(found[1], _month(found[3]), found[2])
    return ""


def _month(word: str) -> int:
    for number, starts in enumerate(_MONTHS, start=1):
        if any(word.startswith(start) for start in starts.split()):
            return number
    return 0


def _day(year: str, month: str | int, day: str) -> str:
    try:
        return dt.date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return ""
