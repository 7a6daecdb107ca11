# SPDX-License-Identifier: Apache-2.0
"""The forms a number takes in a table: a single text, taken apart."""

from __future__ import annotations

import math
import re
import unicodedata
from typing import Final, Literal, NamedTuple

FormKind = Literal["number", "either", "zero", "missing", "empty", "text"]
"""``either``: three digits after the only comma or point, decimals or thousands."""


class Form(NamedTuple):
    """A text taken apart.

    ``value`` of an ``either`` is that of a decimal mark. ``decimal`` is the decimal mark
    the text gives away, ``separator`` the sign an ``either`` is undecided about.
    """

    kind: FormKind
    value: float = math.nan
    decimal: str = ""
    separator: str = ""
    reasons: tuple[str, ...] = ()
    note: str = ""


_PLAIN: Final = re.compile(r"-?(\d+)(?:\.(\d+))?", re.ASCII)
_DASHES: Final = "-‐‑‒–—―−﹣－"
_DASH: Final = re.compile(f"[{_DASHES}]{{1,3}}")
_MISSING: Final = frozenset(
    {
        *(".", "..", "...", "....", "…", "……", ":", "x", "х", "*", "**", "***"),
        *("na", "n/a", "n.a.", "n.a", "nan", "null", "none", "#n/a", "no data"),
        *("not available", "not applicable", "н/д", "н.д.", "нд", "нет данных"),
        *("данные отсутствуют", "ж/қ", "деректер жоқ", "мәлімет жоқ", "мәліметтер жоқ"),
    }
)

_LONGEST_NUMBER: Final = 64
_LONGEST_NAME: Final = 500
_MARK: Final = r"\s*(?:[¹²³⁰⁴⁵⁶⁷⁸⁹][⁾)]?|\*\)?|[†‡§]|\[[^\W_]{1,3}\])"
_FLAG: Final = r"\s[bcdefnprsuz]{1,2}"  # letters that Eurostat puts after a figure
_AFTER_NUMBER: Final = re.compile(rf"(?:{_MARK}|\s\d{{1,2}}\)|{_FLAG})+$")
_AFTER_WORD: Final = re.compile(rf"(?:{_MARK}|\s?(?<!\d)\d{{1,2}}\))+$")

_BRACKETS: Final = re.compile(r"\(([^()]+)\)")
_SIGN: Final = re.compile(rf"([{_DASHES}+])(\s*)(?=[\d.,])")
_GROUPS: Final = re.compile(r"\d{1,3}(?:([ '’ʼ`])\d{3})(?:\1\d{3})*(?:([.,])\d+)?", re.ASCII)
_ONE_SEPARATOR: Final = re.compile(r"(\d*)([.,])(\d+)", re.ASCII)
_MANY: Final = re.compile(r"\d{1,3}([.,])\d{3}(?:\1\d{3})+", re.ASCII)
_BOTH: Final = re.compile(r"\d{1,3}(?:([.,])\d{3})(?:\1\d{3})*(?!\1)([.,])\d+", re.ASCII)
_POWER: Final = re.compile(r"\d+(?:([.,])\d+)?[eE][+-]?\d{1,3}", re.ASCII)
_OTHER: Final = {",": ".", ".": ","}


def form_of(text: str) -> Form:
    """Take a text of a column of numbers apart.

    Parameters
    ----------
    text : str
        Text of a cell.

    Returns
    -------
    Form

    Examples
    --------
    >>> form_of("1 234,5²")
    Form(kind='number', value=1234.5, decimal=',', separator='',
         reasons=('footnote', 'thousands', 'decimal_comma'), note='²')
    >>> form_of("1.234").kind, form_of("(12)").value, form_of("г. Алматы").kind
    ('either', -12.0, 'text')
    """
    if len(text) <= _LONGEST_NUMBER and (found := _PLAIN.fullmatch(text)):
        if found.group(2) is None:
            return Form("number", float(text))
        if not _undecided(found.group(1), found.group(2)):
            return Form("number", float(text), ".")
    bare = _stripped(text)
    if not bare:
        return Form("empty")
    if len(bare) > _LONGEST_NUMBER:
        return Form("text")
    return _word(bare) or _with_note(bare) or _number(bare) or Form("text")


def split_note(text: str) -> tuple[str, str]:
    """A heading or name, and the marks of footnotes after it.

    Parameters
    ----------
    text : str
        Text of a cell.

    Returns
    -------
    str, str
        Text without the marks, and the marks.

    Examples
    --------
    >>> split_note("Шымкент¹⁾ *"), split_note("Region [a]"), split_note("Алматы1)")
    (('Шымкент', '¹⁾ *'), ('Region', '[a]'), ('Алматы', '1)'))
    >>> split_note("Total (persons)")
    ('Total (persons)', '')
    """
    bare = _stripped(text)
    found = _AFTER_WORD.search(bare) if len(bare) <= _LONGEST_NAME else None
    name = bare[: found.start()].rstrip() if found else bare
    if not found or name.count("(") > name.count(")") or not any(map(str.isalnum, name)):
        return bare, ""
    return name, found.group().strip()


def _stripped(text: str) -> str:
    """Text without spaces around it, also those without width."""
    return text.strip().strip("\u200b\u200c\u200d\u2060\ufeff").strip()


def _word(text: str, note: str = "") -> Form | None:
    """Marks that stand for a figure."""
    reasons = ("footnote",) if note else ()
    if _DASH.fullmatch(text):
        return Form("zero", reasons=(*reasons, "dash_zero"), note=note)
    if text.casefold() in _MISSING:
        return Form("missing", reasons=(*reasons, "missing_mark"), note=note)
    return None


def _with_note(text: str) -> Form | None:
    """A figure or a mark followed by the marks of footnotes."""
    found = _AFTER_NUMBER.search(text)
    if not found or _BRACKETS.fullmatch(text):
        return None
    body, note = text[: found.start()].rstrip(), found.group().strip()
    if not body:
        return Form("missing", reasons=("footnote", "missing_mark"), note=note)
    form = _word(body, note) or _number(body)
    if form is None:
        return None
    reasons = form.reasons if "footnote" in form.reasons else ("footnote", *form.reasons)
    return form._replace(note=note, reasons=reasons)


def _number(text: str) -> Form | None:
    """A number with what may stand around it: apostrophe, brackets, sign, percent."""
    bare, reasons = _folded(text)
    if bare[:1] in {"'", "’"}:
        bare, reasons = bare[1:], [*reasons, "apostrophe"]
    sign = 1
    if found := _BRACKETS.fullmatch(bare):
        bare, sign, reasons = found.group(1).strip(), -1, [*reasons, "brackets"]
    elif found := _SIGN.match(bare):
        mark, space = found.groups()
        sign = 1 if mark == "+" else -1
        reasons += ["minus"] if mark not in "-+" or space else []
        bare = bare[found.end() :]
    if bare.endswith(("%", "％")):
        bare, reasons = bare[:-1].rstrip(), [*reasons, "percent"]
    form = _unsigned(bare)
    if form is None:
        return None
    return form._replace(value=sign * form.value, reasons=(*reasons, *form.reasons))


def _folded(text: str) -> tuple[str, list[str]]:
    """Text with the digits of any script as 0-9 and any space as a plain one."""
    if text.isascii():
        return text, []
    signs = [
        str(unicodedata.decimal(sign))
        if sign.isdecimal()
        else " "
        if unicodedata.category(sign) == "Zs"
        else {"，": ",", "．": "."}.get(sign, sign)
        for sign in text
    ]
    folded = "".join(signs)
    foreign = any(sign.isdecimal() and not sign.isascii() for sign in text)
    return folded, ["digits"] if foreign else []


def _unsigned(text: str) -> Form | None:
    """Digits, groups of three, decimals."""
    if text.isascii() and text.isdecimal():
        return Form("number", float(text))
    if found := _ONE_SEPARATOR.fullmatch(text):
        whole, mark, decimals = found.groups()
        value = float(f"{whole or 0}.{decimals}")
        if _undecided(whole, decimals):
            return Form("either", value, separator=mark)
        return Form("number", value, mark, reasons=_comma(mark))
    if found := _GROUPS.fullmatch(text):
        return _grouped(text, found.group(1), found.group(2) or "")
    if found := _BOTH.fullmatch(text):
        return _grouped(text, found.group(1), found.group(2))
    if found := _MANY.fullmatch(text):
        form = _grouped(text, found.group(1), "")
        return form._replace(decimal=_OTHER[found.group(1)])
    if found := _POWER.fullmatch(text):
        mark = found.group(1) or ""
        value = float(text.replace(",", "."))
        return Form("number", value, mark, reasons=_comma(mark)) if math.isfinite(value) else None
    return None


def _grouped(text: str, thousands: str, mark: str) -> Form:
    digits = text.replace(thousands, "")
    value = float(digits.replace(mark, ".") if mark else digits)
    return Form("number", value, mark, reasons=("thousands", *_comma(mark)))


def _comma(mark: str) -> tuple[str, ...]:
    return ("decimal_comma",) if mark == "," else ()


def _undecided(whole: str, decimals: str) -> bool:
    return len(decimals) == 3 and 1 <= len(whole) <= 3 and not whole.startswith("0")
