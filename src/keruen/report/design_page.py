# SPDX-License-Identifier: Apache-2.0
"""A grid learned from outcomes as a page: points, worth, effect on groups, what is not known."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from keruen.core.origin import LICENCES, Source
from keruen.report.design_run import DesignRun
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
from keruen.report.locale import Count, Locale, Message, Percent, Value, Verbatim, msg
from keruen.report.policy_release import write_policy

if TYPE_CHECKING:
    import pandas as pd

_GIVEN: Final = "points.outcomes"
_WARNINGS: Final[dict[str, Message]] = {
    "only_admitted": msg(
        "The table holds the admitted alone. Of those refused nothing is known: the grid must not "
        "be carried over to people like them."
    ),
    "no_later_cohort": msg(
        "The grid is judged by the people it was learned from: it looks better than it is. Keep "
        "later cohorts back (--test-from)."
    ),
    "small_group": msg("A group has fewer than 30 people: it is shown and not tested."),
    "below_0.8": msg(
        "A group is selected less than 0.8 times as often as the best group: explain it or change "
        "the grid."
    ),
    "few_outcomes": msg("There are fewer than ten outcomes of the rarer kind for each step."),
}
_GRIDS: Final = {"proposed": msg("Proposed grid"), "current": msg("Grid in force")}
_COHORTS: Final = {"learned_from": msg("learned from"), "later": msg("later cohorts")}
_FLAGS: Final = {
    "": msg("0.8 or more"),
    "below_0.8": msg("below 0.8"),
    "small": msg("fewer than 30: not tested"),
}


def design_report(run: DesignRun) -> Report:
    """The page of a run.

    Parameters
    ----------
    run : DesignRun
        The run.

    Returns
    -------
    Report
        The document tree, without language.
    """
    made_up = msg("PRACTICE: the figures are made up.") if run.file.practice else Verbatim("")
    cited = f"{run.file.file} (SHA-256 {run.file.digest[:12]})"
    source = Source(_GIVEN, cited, "", cited, LICENCES["own-use"])
    return Report(
        id="points-design",
        title=msg("A points grid learned from outcomes: advice"),
        subtitle=msg(
            "{practice} Advice for those who write the law. It decides nothing, and says nothing "
            "of people who were never admitted.",
            practice=made_up,
        ),
        headlines=_headlines(run),
        parts=(
            Part("A", msg("The grid"), (_points(run), _quality(run))),
            Part("B", msg("Limits"), tuple(x for x in (_effects(run), _bounds(run)) if x)),
        ),
        own_sources=(source,),
    )


def _figure(
    key: str,
    value: float,
    unit: str,
    *,
    decimals: int = 0,
    ends: tuple[float, float] | None = None,
    observed: bool = False,
) -> Figure:
    low, high = ends or (None, None)
    status: Status = "observed" if observed else "estimate"
    return Figure(
        key, value, unit, "", (_GIVEN,), status, decimals, lower=low, upper=high,
        level=90 if ends else 0,
    )  # fmt: skip


def _headlines(run: DesignRun) -> tuple[Headline, ...]:
    table = run.found.quality
    judged = table[
        table["cohorts"] == ("later" if "later" in set(table["cohorts"]) else "learned_from")
    ]
    cards = [
        Headline(
            msg("AUC, {grid}", grid=_GRIDS[str(row["grid"])]),
            _figure(f"headline.auc.{row['grid']}", float(row["auc"]), "index", decimals=3),
            _COHORTS[str(row["cohorts"])],
        )
        for _, row in judged.iterrows()
    ]
    mark = _figure("headline.mark", run.found.pass_mark, "points")
    share = 100 * float(str(run.options["selected_share"]))
    return (
        *cards,
        Headline(msg("Pass mark"), mark, msg("selects nearest to {s}", s=Percent(share, 0))),
    )


def _points(run: DesignRun) -> Section:
    """Points of every level with their spread."""
    rows = []
    for _, row in run.found.to_table().iterrows():
        key = f"{row['factor']}.{row['level']}"
        ends = (float(row["low"]), float(row["high"]))
        rows.append(
            Row(
                key,
                Verbatim(f"{row['factor']}: {row['level']}"),
                (
                    _figure(f"points.{key}.points", float(row["points"]), "points", ends=ends),
                    _figure(f"points.{key}.low", ends[0], "points"),
                    _figure(f"points.{key}.high", ends[1], "points"),
                ),
            )
        )
    columns = (
        Column("points", msg("Points"), "points"),
        Column("low", msg("Lower limit"), "points"),
        Column("high", msg("Upper limit"), "points"),
    )
    notes = (
        msg(
            "chance = 1 / (1 + exp(−({intercept} + {scale} × points))). Points never fall along an "
            "ordered factor. Limits hold 90 of 100 samples drawn again.",
            intercept=Count(run.found.intercept, 3),
            scale=Count(run.found.scale, 3),
        ),
        msg(
            "No factor is ethnicity, religion, sex or marital status; age only where the law "
            "already uses it."
        ),
    )
    exhibit = Exhibit(
        Table("points", msg("Level"), columns, tuple(rows)), msg("Points of each level"),
        notes=notes,
    )  # fmt: skip
    warnings = tuple(_WARNINGS[one] for one in run.found.warnings)
    return Section("points", msg("Points"), warnings, (exhibit,))


def _quality(run: DesignRun) -> Section:
    """Both grids where they were learned and later; calibration by class of scores."""
    rows = tuple(
        Row(
            f"{row['grid']}.{row['cohorts']}",
            msg("{grid}, {cohorts}", grid=_GRIDS[str(row["grid"])],
                cohorts=_COHORTS[str(row["cohorts"])]),
            (
                _figure(f"quality.{at}.persons", float(row["persons"]), "persons", observed=True),
                *(_figure(f"quality.{at}.{key}", float(row[key]), "index", decimals=3)
                  for key in ("auc", "brier", "log_loss")),
            ),
        )
        for at, (_, row) in enumerate(run.found.quality.iterrows())
    )  # fmt: skip
    columns = (
        Column("persons", msg("Candidates"), "persons"),
        Column("auc", msg("AUC"), "index"),
        Column("brier", msg("Brier score"), "index"),
        Column("log_loss", msg("Log loss"), "index"),
    )
    quality = Exhibit(
        Table("quality", msg("Grid and cohorts"), columns, rows),
        msg("How well either grid tells outcomes"),
        notes=(
            msg("AUC: 0.5 is chance, 1 without error. Brier score and log loss: less is better."),
        ),
    )  # fmt: skip
    heads = {
        "predicted": msg("Predicted"),
        "observed": msg("Observed"),
        "low": msg("Lower limit"),
        "high": msg("Upper limit"),
    }
    calibrated = Exhibit(
        _classes("calibration", run.found.calibration, "persons", heads),
        msg("Predicted and observed outcomes by class of points"),
        notes=(msg("Limits hold 95 of 100 (Wilson)."),),
    )
    return Section("quality", msg("Worth"), (), (quality, calibrated))


def _classes(name: str, table: pd.DataFrame, people: str, shares: dict[str, Message]) -> Table:
    """Shares by class of points, in percent."""
    columns = (
        Column(people, msg("Candidates"), "persons"),
        *(Column(key, label, "percent") for key, label in shares.items()),
    )
    rows = tuple(
        Row(
            f"{row['from_score']:g}",
            msg("from {points}", points=Count(float(row["from_score"]))),
            (
                _figure(f"{name}.{at}.{people}", float(row[people]), "persons", observed=True),
                *(
                    _figure(f"{name}.{at}.{key}", 100 * float(row[key]), "percent", decimals=1)
                    for key in shares
                ),
            ),
        )
        for at, (_, row) in enumerate(table.iterrows())
    )
    return Table(name, msg("Points"), columns, rows)


def _effects(run: DesignRun) -> Section:
    """Whom the grid favours."""
    table = run.found.effects
    if not len(table):
        gap = msg("No protected groups were given: whom the grid favours is not known.")
        return Section("effects", msg("Effect on groups"), gaps=(gap,))
    moved = {"gained": msg("Would newly pass"), "lost": msg("Would no longer pass")}
    held = {key: label for key, label in moved.items() if key in table}
    columns = (
        Column("persons", msg("Candidates"), "persons"),
        Column("selected", msg("Selected"), "percent"),
        Column("ratio", msg("Ratio to the best group"), "ratio"),
        Column("ratio_low", msg("Lower limit"), "ratio"),
        Column("ratio_high", msg("Upper limit"), "ratio"),
        Column("flag", msg("Four-fifths rule")),
        Column("proxy_auc", msg("AUC of points for the group"), "index"),
        *(Column(key, label, "persons") for key, label in held.items()),
    )
    rows = []
    for at, (_, row) in enumerate(table.iterrows()):
        cells: tuple[Figure | Value | None, ...] = (
            _figure(f"effects.{at}.persons", float(row["persons"]), "persons", observed=True),
            _figure(f"effects.{at}.selected", 100 * float(row["selected"]), "percent", decimals=1),
            *(_figure(f"effects.{at}.{key}", float(row[key]), "ratio", decimals=2)
              for key in ("ratio", "ratio_low", "ratio_high")),
            _FLAGS[str(row["flag"])],
            _figure(f"effects.{at}.proxy", float(row["proxy_auc"]), "index", decimals=2),
            *(_figure(f"effects.{at}.{key}", float(row[key]), "persons") for key in held),
        )  # fmt: skip
        label = Verbatim(f"{row['attribute']}: {row['group']}")
        rows.append(Row(f"{row['attribute']}.{row['group']}", label, cells))
    note = msg(
        "Selected: points at the pass mark or above. AUC of points for the group: 0.5 means that "
        "points do not tell who belongs to it."
    )
    exhibit = Exhibit(
        Table("effects", msg("Group"), columns, tuple(rows)), msg("Whom the grid selects"),
        notes=(note,),
    )  # fmt: skip
    return Section("effects", msg("Effect on groups"), (), (exhibit,))


def _bounds(run: DesignRun) -> Section:
    """What can be said of all applicants."""
    heads = {
        "observed": msg("Among the admitted"),
        "low": msg("Lowest possible"),
        "high": msg("Highest possible"),
    }
    exhibit = Exhibit(
        _classes("bounds", run.found.bounds, "applicants", heads),
        msg("Outcome of all applicants: between what bounds it must lie"),
        notes=(
            msg(
                "The lowest takes every refused applicant as a failure, the highest as a success; "
                "nothing is assumed of how the admitted were chosen."
            ),
        ),
    )
    return Section("bounds", msg("What is not known of the refused"), (), (exhibit,))


def write_design(
    run: DesignRun, target: Path, *, locale: Locale, step: Step | None = None
) -> tuple[Path, ...]:
    """Write a run to a folder.

    Parameters
    ----------
    run : DesignRun
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
        ``design.html``, ``design.xlsx``, a CSV a table, and ``manifest.json``.

    Raises
    ------
    FileError
        The folder cannot be written (``NotWritable``); nothing has been changed then.
    """
    manifest = {
        "command": "points design",
        "options": dict(run.options),
        "practice": run.file.practice,
        "kept": list(run.found.kept),
        "inputs": [{"name": run.file.file, "sha256": run.file.digest}],
        "unread": list(run.file.unread),
        "warnings": list(run.found.warnings),
    }
    return write_policy(
        design_report(run), {}, manifest, target, name="design", locale=locale, step=step
    )
