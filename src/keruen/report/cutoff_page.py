# SPDX-License-Identifier: Apache-2.0
"""Cut-offs read off bands as a page, and the folder that holds it."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Final

import numpy as np

from keruen.core.origin import LICENCES, Source
from keruen.report.charts import line_chart
from keruen.report.cutoff_run import CutoffRun
from keruen.report.document import (
    Column,
    Exhibit,
    Figure,
    Headline,
    Part,
    Report,
    Row,
    Section,
    Status,
    Table,
)
from keruen.report.flow_run import Step
from keruen.report.locale import Count, Locale, Message, Verbatim, msg
from keruen.report.policy_release import write_policy

_GIVEN: Final = "points.bands"
_SERIES: Final = (
    ("actual", msg("Published"), "observed"),
    ("tail", msg("Exponential tail"), "estimate"),
    ("even", msg("Even bands"), "estimate"),
)


def cutoff_report(run: CutoffRun) -> Report:
    """The page of a run.

    Parameters
    ----------
    run : CutoffRun
        The run.

    Returns
    -------
    Report
        The document tree, without language.
    """
    made_up = msg("PRACTICE: the figures are made up.") if run.practice else Verbatim("")
    cited = ", ".join(f"{n} (SHA-256 {digest[:12]})" for n, digest in run.files.items())
    return Report(
        id="points-cutoffs",
        title=msg("Cut-offs read off the pool by band"),
        subtitle=msg(
            "{practice} A reading of published bands for rounds open to all; the limits of the "
            "band are certain, the point within it is an estimate.",
            practice=made_up,
        ),
        headlines=_headlines(run),
        parts=(Part("A", msg("Rounds"), (_rounds(run),)),),
        own_sources=(Source(_GIVEN, cited, "", cited, LICENCES["own-use"]),),
    )


def _points(key: str, value: float, status: Status) -> Figure:
    return Figure(key, value, "points", "", (_GIVEN,), status)


def _headlines(run: CutoffRun) -> tuple[Headline, ...]:
    errors = run.errors()
    day = str(run.size.indexes["held"][-1])
    last = Headline(
        msg("Cut-off of {day}", day=day),
        _points("headline.last", float(run.tail.cutoff[-1]), "estimate"),
        msg("in the band {low} to {high}", low=Count(float(run.tail.lowest[-1])),
            high=Count(float(run.tail.highest[-1]))),
    )  # fmt: skip
    if np.isnan(errors["exponential"]):
        return (last,)
    figure = Figure("headline.error", errors["exponential"], "points", "", (_GIVEN,), "estimate", 1)
    return (
        last,
        Headline(
            msg("Mean error of the exponential tail"),
            figure,
            msg("even bands: {error}", error=Count(errors["linear"], 1)),
        ),
    )


def _rounds(run: CutoffRun) -> Section:
    """Every round: size, cut-offs, band."""
    parts = {"actual": run.actual, "tail": run.tail.cutoff, "even": run.even.cutoff}
    values = {name: array.to_numpy() for name, array in parts.items()}
    rows = []
    for at, day in enumerate(run.size.indexes["held"]):
        cells = [
            Figure(f"rounds.{day}.size", float(run.size[at]), "persons", "", (_GIVEN,)),
            *(
                _points(f"rounds.{day}.{name}", float(values[name][at]), status)  # type: ignore[arg-type]
                for name, _, status in _SERIES
            ),
            _points(f"rounds.{day}.low", float(run.tail.lowest[at]), "observed"),
            _points(f"rounds.{day}.high", float(run.tail.highest[at]), "observed"),
        ]
        rows.append(Row(str(day), Verbatim(str(day)), tuple(cells)))
    columns = (
        Column("size", msg("Invitations"), "persons"),
        *(Column(name, label, "points") for name, label, _ in _SERIES),
        Column("low", msg("Band from"), "points"),
        Column("high", msg("Band to"), "points"),
    )
    title = msg("Cut-offs of {number} rounds", number=Count(len(rows)))
    note = msg(
        "Within a band the tail is exponential, continuous with the density of the band below, and "
        "holds as many people as the band. Of the highest band nothing is predicted; a round of a "
        "category, or one larger than the pool, is not read off the bands of all."
    )
    draw = partial(_picture, run, values, title) if len(rows) > 1 else None
    exhibit = Exhibit(Table("rounds", msg("Round"), columns, tuple(rows)), title, draw, (note,))
    return Section("rounds", msg("Round by round"), (), (exhibit,))


def _picture(run: CutoffRun, values: dict[str, np.ndarray], title: Message, locale: Locale) -> str:
    import pandas as pd

    days = run.size.indexes["held"].to_numpy().astype("datetime64[D]")
    weeks = (days - days[0]).astype(float) / 7
    frame = pd.concat(
        pd.DataFrame({"week": weeks, "points": values[name], "name": label.render(locale)})
        for name, label, _ in _SERIES
        if np.isfinite(values[name]).any()
    )
    made_up = msg("PRACTICE: the figures are made up.")
    return line_chart(
        frame, x="week", y="points", series="name", title=title.render(locale), lang=locale.lang,
        unit=msg("points, by weeks since {day}", day=str(days[0])).render(locale),
        note=made_up.render(locale) if run.practice else "",
    )  # fmt: skip


def write_cutoffs(
    run: CutoffRun, target: Path, *, locale: Locale, step: Step | None = None
) -> tuple[Path, ...]:
    """Write a run to a folder.

    Parameters
    ----------
    run : CutoffRun
        The run.
    target : Path
        Folder; made when it does not exist. Files of an earlier run are replaced or removed.
    locale : Locale
        Language.
    step : callable, optional
        Told how far the work is.

    Returns
    -------
    tuple of Path
        ``cutoffs.html``, ``cutoffs.xlsx``, ``cutoffs_rounds.csv`` and ``manifest.json``.

    Raises
    ------
    FileError
        The folder cannot be written (``NotWritable``); nothing has been changed then.
    """
    manifest = {
        "command": "points cutoffs",
        "practice": run.practice,
        "mean_errors": {k: None if np.isnan(v) else round(v, 3) for k, v in run.errors().items()},
        "inputs": [{"name": name, "sha256": digest} for name, digest in run.files.items()],
    }
    return write_policy(
        cutoff_report(run), {}, manifest, target, name="cutoffs", locale=locale, step=step
    )
