# SPDX-License-Identifier: Apache-2.0
"""Why a run failed, kept with it so that every reader is told in the own language."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Final

from keruen.core.errors import FaultsError, WorkbenchError
from keruen.core.sentences import Sentence
from keruen.report.faults import Line, group_line
from keruen.report.locale import LANGS, Locale, Message, Value, msg
from keruen.sources._refusal import TEXTS, RefusalError
from keruen.sources.faults import TableFaultError
from keruen.web.words import LEDGER_WORDS

NO_MEMORY: Final = msg("the run needs more memory than it may take")
NO_TIME: Final = msg("the run takes longer than it may")
NO_RESULT: Final = msg("the run ended without a result")

_KEY: Final = "faults"
_WORDED: Final = frozenset({"event", "state", "states"})
_PLAIN: Final[Mapping[str, Message]] = {one.text: one for one in (NO_MEMORY, NO_TIME, NO_RESULT)}


def pack(fault: WorkbenchError) -> str:
    """A fault as a run keeps it: in all languages where it has them, else as it is.

    Parameters
    ----------
    fault : WorkbenchError
        Why the run failed.

    Returns
    -------
    str
        To be read by :func:`unpack`.
    """
    parts = fault.faults if isinstance(fault, FaultsError) else (fault,)
    if not any(_speaks(one) for one in parts):
        return str(fault)
    told = {lang: [asdict(_line(one, Locale(lang))) for one in parts] for lang in LANGS}
    return json.dumps({_KEY: told}, ensure_ascii=False)


def unpack(message: str, locale: Locale) -> list[Line]:
    """The faults of a run in the reader's language.

    Parameters
    ----------
    message : str
        What a run keeps; empty when it did not fail.
    locale : Locale
        Language.

    Returns
    -------
    list of Line
    """
    if message.startswith(f'{{"{_KEY}"'):
        return [Line(**one) for one in json.loads(message)[_KEY][locale.lang]]
    known = _PLAIN.get(message)
    what = message if known is None else known.render(locale)
    return [Line("", "", "", 1, what, "")] if message else []


def _speaks(fault: WorkbenchError) -> bool:
    """Whether a fault has texts in all languages."""
    known = isinstance(fault, (TableFaultError, RefusalError))
    return known or isinstance(fault.what, Sentence)


def told(fault: WorkbenchError, locale: Locale) -> list[Line]:
    """The parts of a fault in the reader's language.

    Parameters
    ----------
    fault : WorkbenchError
        What went wrong.
    locale : Locale
        Language.

    Returns
    -------
    list of Line
    """
    return unpack(pack(fault), locale)


def said(fault: WorkbenchError, locale: Locale) -> str:
    """A fault in the reader's language, in one paragraph."""
    return "; ".join(_whole(one) for one in told(fault, locale))


def _whole(line: Line) -> str:
    what = f"{line.what} ({line.cells})" if line.cells else line.what
    return f"{what}: {line.remedy}" if line.remedy else what


def _line(fault: WorkbenchError, locale: Locale) -> Line:
    if isinstance(fault, TableFaultError):
        return group_line(fault.group, locale)
    if isinstance(fault, RefusalError):
        what, remedy = TEXTS[fault.id]
        facts = {name: _fact(value, locale) for name, value in fault.facts.items()}
        said = [locale.say(Message(text, facts)) for text in (what, remedy)]
        return Line(fault.id, "", fault.place, 1, said[0], said[1])
    what, where, remedy = (
        _sentence(one, locale) for one in (fault.what, fault.where, fault.remedy)
    )
    return Line(fault.id, "", where, 1, what, remedy)


def _sentence(text: object, locale: Locale) -> str:
    """A sentence in the reader's language; what has no translation as it is."""
    if isinstance(text, Sentence):
        facts: dict[str, Value | str] = {
            name: _named(name, value, locale) for name, value in text.facts.items()
        }
        return locale.say(Message(text.template, facts))
    return str(text)


def _named(name: str, value: object, locale: Locale) -> str:
    """A fact of a sentence: kinds of events and states of cases in words, names as they are."""
    if name in _WORDED:
        words = value if isinstance(value, tuple) else (value,)
        return " / ".join(LEDGER_WORDS[str(one)].render(locale) for one in words)
    return _sentence(value, locale)


def _fact(value: str | int, locale: Locale) -> Value | str:
    """A fact of a refusal: words such as 'a picture' are translated, names stay."""
    if isinstance(value, int) or not value:
        return str(value)
    return locale.say(Message(value))
