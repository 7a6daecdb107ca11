# SPDX-License-Identifier: Apache-2.0
"""A run of a points system as a folder: tables, workbook, page with the reasons, manifest."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from keruen.report.flow_run import Step, quiet
from keruen.report.locale import Count, Lang, Locale, msg
from keruen.report.points_page import points_page
from keruen.report.points_run import PointsRun
from keruen.report.points_words import (
    HEADS,
    OUTCOMES,
    PROPOSAL,
    RESULTS,
    SHEETS,
    STATUSES,
    label_of,
    part_label,
    row_words,
    stated,
)
from keruen.report.release import release, write_parquet
from keruen.sources.formats.sheets import Sheet, write_sheets
from keruen.sources.formats.table_files import Written, write_table

if TYPE_CHECKING:
    import pandas as pd

_MOST_ROWS: Final = 10_000


def points_tables(run: PointsRun) -> dict[str, pd.DataFrame]:
    """Tables of a run, with the names that programs read.

    Parameters
    ----------
    run : PointsRun
        The run.

    Returns
    -------
    dict of str to DataFrame
        ``points`` (one row a profile), ``explanation`` (one row a factor, group or requirement
        of the profiles explained), ``changes``, ``missing``, ``assumed`` and ``comparison``;
        each with the rules, their day and how sure they are.
    """
    import pandas as pd

    points = run.results.rename_axis("profile").reset_index()
    tables: dict[str, pd.DataFrame] = {}
    if run.scores is not None:
        told = run.scores.to_table().drop(columns="passed")
        points = points.merge(told, on="profile", how="left")
        traces = [run.scores.trace(one).to_table() for one in run.explained]
        tables["explanation"] = pd.concat(traces, ignore_index=True) if traces else pd.DataFrame()
        tables["assumed"] = run.scores.adjustments.astype({"counted_as": str})
    if run.comparison is not None:
        tables["comparison"] = run.comparison.table
    tables = {"points": points, **tables, "changes": run.changes, "missing": run.missing}
    sure = {"rules": run.rules.id, "as_of": run.day.isoformat(), "status": run.rules.status}
    tables = {name: table.assign(**(sure | dict(table))) for name, table in tables.items()}
    tables["points"] = tables["points"].assign(decision_mode="proposal")
    return tables


def write_points(
    run: PointsRun, target: Path, *, lang: Lang = "en", step: Step = quiet
) -> tuple[Path, ...]:
    """Write a run of a points system to a folder.

    Parameters
    ----------
    run : PointsRun
        The run.
    target : Path
        Folder; made when it does not exist. Files of an earlier run are replaced or removed.
    lang : {"en", "ru", "kk"}, optional
        Language of the workbook and the page.
    step : callable, optional
        Called with the share done and what is being done.

    Returns
    -------
    tuple of Path
        Tables as CSV and Parquet, ``points.xlsx``, ``points.html`` and ``manifest.json``.

    Raises
    ------
    FileError
        The folder cannot be written (``NotWritable``); nothing has been changed then.
    """
    locale = Locale(lang)

    def fill(folder: Path) -> None:
        step(0.9, "tables")
        tables = points_tables(run)
        for name, table in tables.items():
            write_parquet(table, folder / f"{name}.parquet")
            write_table(Written(table, (), {}, ()), folder / f"{name}.csv", ".csv")
        write_sheets(_sheets(run, tables, locale), folder / "points.xlsx")
        step(0.97, "page")
        (folder / "points.html").write_text(points_page(run, locale), encoding="utf-8")

    return release(target, _manifest(run, lang), fill)


def _sheets(run: PointsRun, tables: Mapping[str, pd.DataFrame], locale: Locale) -> list[Sheet]:
    """The workbook in words; every sheet begins with how sure the rules are."""
    sure = STATUSES[run.rules.status].render(locale)
    lines = [run.rules.title[locale.lang], PROPOSAL.render(locale)]
    lines += [line.render(locale) for line in run.summary]
    lines += [text for text in (run.rules.note[locale.lang], run.rules.source[locale.lang]) if text]
    if any(len(table) > _MOST_ROWS for table in tables.values()):
        lines.append(
            msg(
                "The workbook shows the first {number} rows of each table; all of them stand in "
                "the CSV and Parquet files.",
                number=Count(_MOST_ROWS),
            ).render(locale)
        )
    made = [Sheet(SHEETS["summary"].render(locale), [], [[line] for line in lines], [120.0])]
    for name, whole in tables.items():
        table = _explanation(run, locale) if name == "explanation" else whole
        told = _worded(table.head(_MOST_ROWS), run, locale)
        heads = [_head(str(head), run, locale) for head in table.columns]
        rows = told.astype(object).where(told.notna(), None).itertuples(index=False, name=None)
        title = SHEETS[name].render(locale)
        made.append(Sheet(title, [f"{heads[0]} ({sure})", *heads[1:]], list(map(list, rows)),
                          [24.0] * 8))  # fmt: skip
    return made


def _explanation(run: PointsRun, locale: Locale) -> pd.DataFrame:
    """Factors, groups and requirements of the profiles explained, in words."""
    import pandas as pd

    rows: list[dict[str, object]] = []
    if run.scores is None:
        return pd.DataFrame()
    for code in run.explained:
        trace = run.scores.trace(code)
        blank = run.blank(code)
        rows += [
            {
                "profile": code,
                "factor": _head(row.name, run, locale),
                "found": row_words(row, trace.grid, locale, blank=blank),
                "points": row.points, "most": row.most, "lost": None,
                "status": row.status, "reference": row.reference, "where": row.where,
            }
            for row in trace.rows
        ]  # fmt: skip
        rows += [
            {
                "profile": code, "factor": cap.label[locale.lang], "found": None,
                "points": cap.after, "most": None if np.isinf(cap.limit) else cap.limit,
                "lost": cap.before - cap.after, "status": None, "reference": cap.reference,
                "where": cap.where,
            }
            for cap in trace.caps
        ]  # fmt: skip
        rows += [
            {
                "profile": code, "factor": need.label[locale.lang],
                "found": "✓" if need.holds else "✗", "points": None, "most": None, "lost": None,
                "status": need.status, "reference": need.reference, "where": need.where,
            }
            for need in trace.needs
        ]  # fmt: skip
    return pd.DataFrame(rows)


def _head(name: str, run: PointsRun, locale: Locale) -> str:
    """A heading in words: that of the table, or the label of a factor, group or requirement."""
    if name in HEADS:
        return HEADS[name].render(locale)
    prefix, _, rest = name.partition("_")
    if prefix in ("cap", "lost", "holds") and rest:
        words = {"cap": "group", "lost": "lost"}
        label = part_label(rest, run.rules, locale.lang)
        return f"{label}: {HEADS[words[prefix]].render(locale)}" if prefix in words else label
    factor, _, ability = name.partition(".")
    label = part_label(ability or factor, run.rules, locale.lang)
    return label if label != (ability or factor) else name


def _worded(table: pd.DataFrame, run: PointsRun, locale: Locale) -> pd.DataFrame:
    told = table.copy()
    if "result" in told:
        told["result"] = [RESULTS[word].render(locale) for word in told["result"]]
    if "status" in told:
        told["status"] = [
            STATUSES[word].render(locale) if word in STATUSES else word for word in told["status"]
        ]
    if "decision_mode" in told:
        told["decision_mode"] = msg("proposed; an officer confirms").render(locale)
    for place in ("from", "to", "value", "counted_as"):
        if place in told:
            cells = zip(told["input"], told[place], strict=True)
            told[place] = [stated(str(name), str(cell), run.rules, locale) for name, cell in cells]
    if "outcome" in told:
        told["outcome"] = [
            OUTCOMES[word].render(locale) if word in OUTCOMES else "" for word in told["outcome"]
        ]
    if "input" in told:
        told["input"] = [label_of(name, run.rules, locale.lang) for name in told["input"]]
    for name in told.select_dtypes(include=["bool"]):
        told[name] = np.where(told[name], "✓", "✗")
    return told


def _manifest(run: PointsRun, lang: Lang) -> dict[str, object]:
    english = Locale("en")
    counts = {str(word): int(count) for word, count in run.results.value_counts().items()}
    return {
        "command": "points",
        "decision_mode": "proposal",
        "rules": run.rules.id,
        "rule_file": run.rules.where,
        "rules_status": run.rules.status,
        "partial": run.rules.partial,
        "as_of": run.day.isoformat(),
        "mark": None if run.scores is None else run.scores.mark,
        "lang": lang,
        "inputs": [{"file": run.file.file, "sha256": run.file.digest}],
        "results": dict(sorted(counts.items())),
        "summary": [line.render(english) for line in run.summary],
    }
