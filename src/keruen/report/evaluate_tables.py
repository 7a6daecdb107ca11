# SPDX-License-Identifier: Apache-2.0
"""Tables of an evaluation for the reader: headings and words in the language, digits that say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import numpy as np

from keruen.report.document import Column, Figure, Row, Status, Table
from keruen.report.evaluate_check_words import CHECK_WORDS
from keruen.report.evaluate_panel_words import PANEL_WORDS
from keruen.report.evaluate_words import (
    FITS,
    HEADS,
    METHOD_WORDS,
    REASONS,
    RESULTS,
    SHOWN,
    SITUATIONS,
)
from keruen.report.locale import Count, Listing, Message, Value, Verbatim, Year, msg

if TYPE_CHECKING:
    import pandas as pd

    from keruen.decide.evaluate.result import Evaluation

_WORDS: Final[Mapping[str, Message]] = {
    "True": msg("yes"),
    "False": msg("no"),
    "below": msg("below"),
    "above": msg("at or above"),
    "treated": msg("with the policy"),
    "untreated": msg("without the policy"),
    "before": msg("before"),
    "after": msg("after"),
    "base": msg("base period"),
    "level": msg("level"),
    "log": msg("logarithm"),
    "not among the donors named": msg("not among the donors named"),
    "left out": msg("left out"),
    **PANEL_WORDS,
}
"""Words in cells."""

_SIGNED: Final = ("effect", "gap", "low", "high", "band_low", "band_high", "percent")
_YEARS: Final = ("year", "cohort", "period", "base")
_LIMITS: Final = ("low", "high", "band_low", "band_high")
_GIVEN: Final = ("treated", "outcome", "cases", "units", "running", "bandwidth", "controls")


def decimals_of(*values: float) -> int:
    """Digits after the mark that leave three that say something of the largest number.

    Parameters
    ----------
    *values : float
        Numbers to be written alike; those that are missing do not count.

    Returns
    -------
    int

    Examples
    --------
    >>> decimals_of(-19.5136), decimals_of(0.00421, np.nan), decimals_of(123456.0)
    (1, 5, 0)
    """
    sizes = [abs(value) for value in values if np.isfinite(value) and value]
    if not sizes:
        return 2
    return int(np.clip(2 - np.floor(np.log10(max(sizes))), 0, 8))


def as_table(name: str, table: pd.DataFrame, source: str) -> Table:
    """A table of an evaluation as one of the document.

    Parameters
    ----------
    name : str
        Name of the table.
    table : DataFrame
        First column tells the rows apart.
    source : str
        Data set that its figures were taken or computed from.

    Returns
    -------
    Table
    """
    first, *rest = (str(column) for column in table.columns)
    shown = [column for column in rest if not table[column].isna().all()]
    digits = {column: _digits(table[column]) for column in shown}
    rows = []
    for at, (_, line) in enumerate(table.iterrows()):
        cells = tuple(
            _cell(f"{name}.{at}.{column}", column, line[column], digits[column], source)
            for column in shown
        )
        rows.append(Row(str(at), _label(first, line[first]), cells))
    columns = tuple(
        Column(column, _head(column), "number" if _numeric(table[column]) else "")
        for column in shown
    )
    return Table(name, _head(first), columns, tuple(rows))


def _head(column: str) -> Value:
    return HEADS.get(column, Verbatim(column))


def _label(column: str, value: object) -> Value:
    if isinstance(value, int | float | np.number) and not isinstance(value, bool):
        number = float(value)
        if column in _YEARS or number == int(number):
            return Year(int(number))
        return Count(number, decimals_of(number))
    return _WORDS.get(str(value), Verbatim(str(value)))


def _numeric(column: pd.Series) -> bool:
    return column.dtype.kind in "if" and str(column.name) not in _YEARS


def _digits(column: pd.Series) -> int:
    """Digits of a column: none where all numbers are whole."""
    if not _numeric(column):
        return 0
    numbers = column.to_numpy(dtype=float, na_value=np.nan)
    finite = numbers[np.isfinite(numbers)]
    if str(column.name).startswith("p_"):
        return 3  # probabilities
    if not finite.size or np.array_equal(finite, np.round(finite)):
        return 0
    return decimals_of(float(np.quantile(np.abs(finite), 0.75)), float(np.median(finite)))


def _cell(id: str, column: str, value: object, digits: int, source: str) -> Figure | Value | None:
    if isinstance(value, bool | np.bool_ | str):
        return _WORDS.get(str(value), Verbatim(str(value)))
    if value is None or not isinstance(value, int | float | np.number):
        return Verbatim("" if value is None else str(value))
    if np.isinf(float(value)):
        return Verbatim("\u221e" if value > 0 else "\u2212\u221e")
    if column in _YEARS:
        return Year(int(value)) if np.isfinite(float(value)) else None
    if column in _LIMITS and np.isnan(float(value)):
        return None  # an interval that there cannot be, such as before the policy
    if column == "value" and float(value).is_integer():
        digits = 0  # rows of different figures
    status: Status = "observed" if column in _GIVEN else "estimate"
    return Figure(
        id, float(value), "number", "", (source,), status, digits, signed=column in _SIGNED
    )


def checks_table(found: Evaluation, source: str) -> Table:
    """Checks with what came of them and what they mean.

    Parameters
    ----------
    found : Evaluation
        The evaluation.
    source : str
        Data set that they were computed from.

    Returns
    -------
    Table
    """
    rows = []
    for at, one in enumerate(found.checks):
        unknown = (Verbatim(one.id), Verbatim(""))
        name, meaning = CHECK_WORDS.get(one.id, unknown)
        word = {True: "passed", False: "failed", None: "shown"}[one.passed]
        label: Value = name
        if one.where:
            label = msg("{check}: {where}", check=name, where=Verbatim(one.where))
        figures = tuple(
            _check_figure(f"checks.{at}.{key}", value, source)
            for key, value in (("value", one.value), ("threshold", one.threshold))
        )
        rows.append(Row(f"{at}", label, (RESULTS[word], *figures, meaning)))
    units = {"result": "", "value": "number", "threshold": "number", "meaning": ""}
    columns = tuple(Column(name, HEADS[name], unit) for name, unit in units.items())
    return Table("checks", HEADS["check"], columns, tuple(rows))


def _check_figure(id: str, value: float, source: str) -> Figure:
    whole = np.isfinite(value) and value == round(value)
    digits = 0 if whole else min(decimals_of(value), 3)
    return Figure(id, float(value), "number", "", (source,), "estimate", digits)


def methods_table(fits: pd.DataFrame, used: str) -> Table:
    """Which method fits which question, the one used marked.

    Parameters
    ----------
    fits : DataFrame
        As of ``applicability``.
    used : str
        The method of this run.

    Returns
    -------
    Table
    """
    rows = []
    for at, line in enumerate(fits.itertuples(index=False)):
        method: Value = METHOD_WORDS[str(line.method)]
        situation: Value = SITUATIONS[str(line.situation)]
        if line.method == used:
            method = msg("{method} \u2014 used here", method=method)
            situation = msg("\u25b6 {situation}", situation=situation)
        shown = Listing(tuple(SHOWN[name] for name in str(line.shown).split(", ")))
        cells = (method, FITS[str(line.fit)], REASONS[str(line.reason)], shown)
        rows.append(Row(str(at), situation, cells))
    columns = tuple(Column(name, HEADS[name]) for name in ("method", "fit", "reason", "shown"))
    return Table("methods", HEADS["situation"], columns, tuple(rows))
