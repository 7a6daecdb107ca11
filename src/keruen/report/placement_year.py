# SPDX-License-Identifier: Apache-2.0
"""A run of placement through the year: batches by day of arrival, beside hindsight and greed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from keruen.core.errors import SchemaError
from keruen.decide.online import OnlinePlacement, OnlineRule, place_online
from keruen.decide.placement_tables import PlacementTables
from keruen.report.flow_run import Step, quiet
from keruen.report.locale import Count, Lang, Locale, Message, Percent, msg
from keruen.report.placement_inputs import PlacementCase, placement_case
from keruen.report.placement_run import PlacementOptions, solved
from keruen.report.release import release
from keruen.report.table_release import write_tables
from keruen.sources.placement_files import PlacementFiles, read_placement

if TYPE_CHECKING:
    import pandas as pd

_SOURCE: Final = "practice data: made up, not real"


@dataclass(frozen=True)
class YearOptions:
    """How families are placed as they come.

    Parameters
    ----------
    draws : int
        Futures drawn for each batch.
    expected : int or None
        Families expected in the year; those of the table when not given.
    balance : float
        Score given up for each family in the queue of a locality.
    seed : int
        Of the futures.
    voluntary : bool
        Whether a family goes only where it wishes.
    rule : {"potentials", "discord", "greedy"}
        How a batch is placed, as of :func:`keruen.decide.online.place_online`.
    """

    draws: int = 3
    expected: int | None = None
    balance: float = 0.0
    seed: int = 1
    voluntary: bool = False
    rule: OnlineRule = "potentials"


@dataclass(frozen=True)
class YearRun:
    """A year of placement.

    Parameters
    ----------
    case : PlacementCase
        Families of the year, and room at its start.
    batches : list of list of str
        Families in the order they came.
    year, greedy : OnlinePlacement
        By the rule asked for, and by the best place at hand.
    bound : float
        No placement of all families at once is worth more.
    options : YearOptions
        How it was done.
    inputs : tuple of mapping
        File and digest of every input.
    practice : bool
        Whether the tables say that they are made up.
    warnings : tuple of Message
        What was taken for granted.
    """

    case: PlacementCase
    batches: list[list[str]]
    year: OnlinePlacement
    greedy: OnlinePlacement
    bound: float
    options: YearOptions
    inputs: tuple[Mapping[str, str], ...]
    practice: bool
    warnings: tuple[Message, ...]

    @property
    def summary(self) -> tuple[Message, ...]:
        """The year in a few sentences."""
        placed = int((self.year.assignment.to_numpy() != "").sum())
        return (
            msg(
                "{placed} of {families} families have a place, in {batches} batches.",
                placed=Count(placed),
                families=Count(self.year.assignment.size),
                batches=Count(len(self.batches)),
            ),
            msg(
                "Expected members in work: {score}, {share} of what hindsight could reach at most; "
                "the best place at hand would give {greedy}.",
                score=Count(self.year.value, 1),
                share=Percent(100 * self.year.value / self.bound, 1),
                greedy=Percent(100 * self.greedy.value / self.bound, 1),
            ),
        )


def run_year(
    *books: Path,
    past: Path | None = None,
    options: YearOptions | None = None,
    step: Step = quiet,
    **named: Path | None,
) -> YearRun:
    """Place families batch by batch, by day of arrival.

    Parameters
    ----------
    *books : Path
        Workbooks or folders with the tables of the year; families with the column arrival.
    past : Path, optional
        Workbook or folder with the families and scores of earlier years, from which the rest
        of the year is drawn. The year's own families stand in when not given: a test, not a
        forecast.
    options : YearOptions, optional
        How families are placed.
    step : callable, optional
        Called with the share done and what is being done.
    **named : Path or None
        Single tables by their names.

    Returns
    -------
    YearRun

    Raises
    ------
    FaultsError
        The tables have faults; all at once.
    SchemaError
        There are no days of arrival (``NoArrivals``), or families are linked.

    See Also
    --------
    keruen.decide.online.place_online : The method.
    """
    chosen = options or YearOptions()
    step(0.0, "tables")
    files = read_placement(*books, **named)
    case = placement_case(files, voluntary=chosen.voluntary, tolerance=0.05)
    batches = _batches(case)
    warnings = [*case.warnings, *_left_out(case.tables)]
    tables = replace(case.tables, budgets=None, region_share=None, minimum=None)
    pool, used = _pool(past, files, tables, chosen)
    if past is None:
        warnings.append(
            msg(
                "No families of earlier years were given: those of this year stand in for them, "
                "which a real year could not know."
            )
        )
    found: list[OnlinePlacement] = []
    rules: tuple[OnlineRule, ...] = (chosen.rule, "greedy")
    for at, rule in enumerate(rules):
        step(0.2 + 0.5 * at, rule)
        year = place_online(
            tables,
            batches,
            pool=pool,
            seed=chosen.seed,
            rule=rule,
            draws=chosen.draws,
            expected=chosen.expected,
            balance=chosen.balance,
        )
        found.append(year)
    step(0.8, "hindsight")
    most = solved(tables, PlacementOptions(gap=0.01)).certificate["bound"]
    return YearRun(
        case,
        batches,
        found[0],
        found[1],
        float(most),
        chosen,
        tuple({"file": name, "sha256": digest} for name, digest in used.items()),
        files.practice,
        tuple(warnings),
    )


def _batches(case: PlacementCase) -> list[list[str]]:
    """Families of each day of arrival."""
    if case.arrival is None:
        raise SchemaError(
            "families have no day of arrival",
            where="families",
            remedy="add the column arrival, a date in every row",
            id="NoArrivals",
        )
    names = case.tables.families["family"].to_numpy().astype(str)
    return [names[case.arrival == day].tolist() for day in np.unique(case.arrival)]


def _left_out(tables: PlacementTables) -> list[Message]:
    limits = (tables.budgets, tables.region_share, tables.minimum)
    if all(one is None for one in limits):
        return []
    return [
        msg(
            "Budgets, region shares and least loads are not kept batch by batch: compare the end "
            "of the year with them."
        )
    ]


def _pool(
    past: Path | None, files: PlacementFiles, tables: PlacementTables, options: YearOptions
) -> tuple[PlacementTables, dict[str, str]]:
    """Families of earlier years with the localities of this one."""
    if past is None:
        return tables, dict(files.files)
    earlier = read_placement(past)
    given = {**earlier.tables, "localities": files.tables["localities"]}
    given |= {name: files.tables[name] for name in ("jobs",) if name in files.tables}
    again = placement_case(
        replace(earlier, tables=given), voluntary=options.voluntary, tolerance=0.05
    )
    limits = replace(again.tables, budgets=None, region_share=None, minimum=None, links=())
    return limits, {**files.files, **earlier.files}


def write_year(run: YearRun, target: Path, *, lang: Lang = "en") -> tuple[Path, ...]:
    """Write a year of placement to a folder.

    Parameters
    ----------
    run : YearRun
        The year.
    target : Path
        Folder; made when it does not exist.
    lang : {"en", "ru", "kk"}, optional
        Language of the names.

    Returns
    -------
    tuple of Path
        ``assignment``, ``load``, ``potentials`` (and ``jobs``) as CSV and Parquet,
        ``placement.xlsx`` and ``manifest.json``.

    Raises
    ------
    FileError
        The folder cannot be written (``NotWritable``).
    """
    english = Locale("en")
    tables = _tables(run, lang)
    if run.practice:
        tables = {name: table.assign(source=_SOURCE) for name, table in tables.items()}
    manifest = {
        "command": "place online",
        "decision_mode": "proposal",
        "options": {
            "rule": run.options.rule,
            "draws": run.options.draws,
            "expected": run.options.expected,
            "balance": run.options.balance,
            "seed": run.options.seed,
            "voluntary": run.options.voluntary,
        },
        "inputs": [dict(one) for one in run.inputs],
        "practice_data": run.practice,
        "value": run.year.value,
        "bound": run.bound,
        "value_of_greedy": run.greedy.value,
        "summary": [line.render(english) for line in run.summary],
        "warnings": [line.render(english) for line in run.warnings],
    }
    return release(
        target, manifest, lambda folder: write_tables(tables, folder, workbook="placement")
    )


def _tables(run: YearRun, lang: Lang) -> dict[str, pd.DataFrame]:
    import pandas as pd

    batch = {name: at + 1 for at, names in enumerate(run.batches) for name in names}
    placed = run.year.assignment.to_series()
    families = placed.index.astype(str)
    column = run.case.tables.score.indexes["locality"].get_indexer(placed.to_numpy())
    assignment = pd.DataFrame(
        {
            "family": families,
            "batch": [batch[name] for name in families],
            "locality": placed.to_numpy(),
            "name": [run.case.name(str(one), lang) if one else "" for one in placed],
            "score": np.where(column >= 0, _scores(run, column), np.nan),
            "mode": "proposal",
        }
    ).sort_values(["batch", "family"], ignore_index=True)
    room = run.case.tables.localities.sel(service=run.year.remaining["service"])
    cells = room.rename("capacity").to_series().to_frame()
    cells["free"] = run.year.remaining.to_series()
    cells["used"] = cells["capacity"] - cells["free"]
    potentials = run.year.potentials.assign_coords(batch=run.year.potentials["batch"] + 1)
    told = potentials.to_series().rename("price").reset_index()
    jobs = {} if run.year.jobs is None else {"jobs": run.year.jobs}
    return {
        "assignment": assignment,
        "load": cells.reset_index()[["locality", "service", "used", "capacity", "free"]],
        "potentials": told[told["price"] > 0].reset_index(drop=True),
        **jobs,
    }


def _scores(run: YearRun, column: np.ndarray) -> np.ndarray:
    """Score of each family where it is, with the chances of work in the jobs it takes."""
    score = run.case.tables.score.to_numpy()[np.arange(len(column)), column]
    jobs = run.year.jobs
    if jobs is None:
        return score
    family = run.case.tables.families.indexes["family"].get_indexer(jobs["family"])
    return np.asarray(score + np.bincount(family, jobs["chance"], minlength=len(score)))
