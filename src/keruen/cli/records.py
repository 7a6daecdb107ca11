# SPDX-License-Identifier: Apache-2.0
"""``keruen measure crossings``, ``register`` and ``traces``: records about persons."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from keruen.report.record_run import RecordRun

_DAY = ["%Y-%m-%d"]


class GapRepair(StrEnum):
    """What to do where a crossing is missing."""

    midpoint = "midpoint"
    drop_earlier = "drop_earlier"
    drop_later = "drop_later"
    reject_person = "reject_person"
    none = "none"


class EngineName(StrEnum):
    """Where the rows are kept."""

    duckdb = "duckdb"
    spark = "spark"


class ProvisionalModel(StrEnum):
    """Who estimates the months that are not final yet."""

    best = "best"
    cells = "cells"
    logistic = "logistic"
    boosting = "boosting"


class TraceWay(StrEnum):
    """How moves are found in traces."""

    segments = "segments"
    modal = "modal"


Files = Annotated[list[Path], typer.Argument(help="Parquet or CSV files, all of one form.")]
Out = Annotated[Path, typer.Option(help="Folder for the tables.")]
Rule = Annotated[str, typer.Option(help="12/16, 12/12, 9/12, 6/6, 3/3, or days such as 365d/487d.")]
AsOf = Annotated[
    datetime | None,
    typer.Option(formats=_DAY, help="Vintage: rows after this day are not used."),
]
Until = Annotated[
    datetime | None,
    typer.Option(formats=_DAY, help="First day not observed. Default: after the last row."),
]
Since = Annotated[
    datetime | None,
    typer.Option(
        formats=_DAY,
        help="First day observed. With it, who first crosses late enough is known to have been "
        "on the other side. Tables without it begin with the first row.",
    ),
]
By = Annotated[str, typer.Option(help="Columns to count by, and month or age, with commas.")]
Engine = Annotated[EngineName, typer.Option(help="Where the rows are kept.")]
Memory = Annotated[str, typer.Option(help="Memory to use, such as 4GB (DuckDB).")]
Columns = Annotated[
    Path | None, typer.Option(help="YAML file with your headings and codes of direction.")
]
Disclosure = Annotated[
    str, typer.Option(help="none, threshold:N, round:B or cellkey; applied to every table.")
]
Key = Annotated[
    Path | None,
    typer.Option(help="Secret of rounding and cell keys, to get the same tables again."),
]


def _date(moment: datetime | None) -> date | None:
    return moment.date() if moment else None


@contextmanager
def _bar() -> Iterator[Callable[[str, int, int], None]]:
    """A bar with rows and time left, on the error stream."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = [TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()]
    console = Console(stderr=True)
    with Progress(*columns, TimeRemainingColumn(), console=console, transient=True) as bar:
        task = bar.add_task("reading", total=None)

        def tell(what: str, done: int, rows: int) -> None:
            if done == 0:
                bar.reset(task, total=rows or None, description=what)
            bar.update(task, completed=done)

        yield tell


def _secret(key: Path | None) -> tuple[bytes, bool]:
    """The user's key, or one that nobody will know."""
    from secrets import token_bytes

    from keruen.report.record_options import read_secret

    return (token_bytes(32), False) if key is None else (read_secret(key), True)


def _write(run: RecordRun, out: Path) -> None:
    from rich.console import Console

    from keruen.report.record_release import write_records

    paths = write_records(run, out)
    console = Console(highlight=False)
    rows: dict[str, Any] = run.summary["rows"]
    console.print(f"{rows['read']} rows read, {rows['used']} used.")
    for reason, count in rows["rejected"].items():
        console.print(f"Rejected: {count} {reason}")
    for path in paths:
        console.print(str(path), soft_wrap=True)


def crossings(
    files: Files,
    *,
    out: Annotated[Path | None, typer.Option(help="Folder for the tables.")] = None,
    rule: Rule = "12/16",
    as_of: AsOf = None,
    observed_until: Until = None,
    observed_from: Since = None,
    by: By = "month",
    gap: Annotated[
        GapRepair,
        typer.Option(
            help="What to do between two crossings one way; none: you vouch that no "
            "crossing is missing."
        ),
    ] = GapRepair.midpoint,
    initial: Annotated[
        str,
        typer.Option(
            metavar="unknown|opposite|FILE",
            help="Status before a first crossing that nothing tells: open until a crossing "
            "settles it; the opposite of where it leads; or a file of statements with "
            "person_id, event_time, resident.",
        ),
    ] = "unknown",
    deaths: Annotated[Path | None, typer.Option(help="person_id, event_time.")] = None,
    births: Annotated[Path | None, typer.Option(help="person_id, event_time.")] = None,
    engine: Engine = EngineName.duckdb,
    memory: Memory = "2GB",
    columns: Columns = None,
    disclosure: Disclosure = "none",
    key: Key = None,
    provisional: Annotated[
        ProvisionalModel | None,
        typer.Option(
            help="Estimate months that are not final yet, with 95% intervals: by a model of this "
            "name, or the best of those whose intervals held. Wants --observed-from and four "
            "years, or six to put the intervals to the test.",
        ),
    ] = None,
    explain: Annotated[
        str | None,
        typer.Option(
            metavar="PERSON",
            help="Print this person's crossings with the reason of each answer, and write nothing.",
        ),
    ] = None,
) -> None:
    """Count long-term migration from border crossings.

    Files have crossing_id, person_id, event_time, direction (1 arrival, 0 departure), and
    perhaps checkpoint, citizenship, birth_country, sex, birth_date, visa_class,
    country_previous, country_next, or columns of your own. Writes flows, stocks of residents,
    the account between them, the reasons of rows left out, a summary and a manifest.
    Identifiers of persons are never written.

    Examples: keruen measure crossings 2024.parquet 2025.parquet --by month,citizenship,sex
    --disclosure round:3 --out migration; keruen measure crossings 2024.csv --explain A123
    """
    from keruen.report.record_checks import check_paths
    from keruen.report.record_explain import explain_person
    from keruen.report.record_options import RecordOptions, read_mapping
    from keruen.report.record_run import crossings_run

    if out is None and explain is None:
        raise typer.BadParameter("name a folder with --out, or a person with --explain")
    check_paths([*files, deaths, births], out)
    secret, given = _secret(key)
    options = RecordOptions(
        files=tuple(files),
        rule=rule,
        by=by,
        as_of=_date(as_of),
        observed_from=_date(observed_from),
        observed_until=_date(observed_until),
        gap=gap.value,
        initial=initial,
        deaths=deaths,
        births=births,
        engine=engine.value,
        memory=memory,
        mapping=read_mapping(columns),
        disclosure=disclosure,
        secret=secret,
        key_given=given,
        provisional=provisional.value if provisional else "",
    )
    if explain is not None:
        for line in explain_person(options, explain):
            typer.echo(line)
    elif out is not None:
        with _bar() as tell, crossings_run(options, tell=tell) as run:
            _write(run, out)


def register(
    files: Files,
    *,
    out: Out,
    rule: Rule = "12/16",
    as_of: AsOf = None,
    observed_until: Until = None,
    observed_from: Since = None,
    by: By = "month",
    initial: Annotated[
        str,
        typer.Option(
            metavar="unknown|opposite|FILE",
            help="Status before a first entry that nothing tells: outside (opposite), open, or "
            "a file of statements.",
        ),
    ] = "opposite",
    deaths: Annotated[Path | None, typer.Option(help="person_id, event_time.")] = None,
    births: Annotated[Path | None, typer.Option(help="person_id, event_time.")] = None,
    signs: Annotated[
        Path | None,
        typer.Option(help="Signs of life: person_id, year, a column of 0 and 1 a register."),
    ] = None,
    weights: Annotated[
        str, typer.Option(help="Weights of the signs, such as tax=0.7,school=0.5.")
    ] = "",
    engine: Engine = EngineName.duckdb,
    memory: Memory = "2GB",
    columns: Columns = None,
    disclosure: Disclosure = "none",
    key: Key = None,
) -> None:
    """Count long-term migration from a population register.

    Files have person_id, place, start, end (empty while it lasts), and perhaps source. Spells
    are put in order first; entries to the register and exits from it are then treated like
    crossings. Count by month and place. With signs of life also who still lives in the
    country, and departures that nobody reported.

    Example: keruen measure register register.csv --signs signs.csv --weights tax=1,school=1
    --by month,place --out migration
    """
    from keruen.report.record_checks import check_paths
    from keruen.report.record_options import RecordOptions, parse_weights, read_mapping
    from keruen.report.register_run import register_run

    check_paths([*files, deaths, births, signs], out)
    secret, given = _secret(key)
    options = RecordOptions(
        files=tuple(files),
        rule=rule,
        by=by,
        as_of=_date(as_of),
        observed_from=_date(observed_from),
        observed_until=_date(observed_until),
        initial=initial,
        deaths=deaths,
        births=births,
        signs=signs,
        engine=engine.value,
        memory=memory,
        mapping=read_mapping(columns),
        disclosure=disclosure,
        secret=secret,
        key_given=given,
    )
    shares = parse_weights(weights, signs=signs)
    with _bar() as tell, register_run(options, weights=shares, tell=tell) as run:
        _write(run, out)


def traces(
    files: Files,
    *,
    out: Out,
    method: Annotated[TraceWay, typer.Option(help="How moves are found.")] = TraceWay.segments,
    shares: Annotated[
        Path | None,
        typer.Option(
            help="CSV file with place, share: how much of the population of a place the users "
            "are. Adds the number of people for whom they stand."
        ),
    ] = None,
    engine: Engine = EngineName.duckdb,
    memory: Memory = "2GB",
    columns: Columns = None,
    disclosure: Disclosure = "threshold:15",
    key: Key = None,
) -> None:
    """Count moves of home between places from traces of phones and the like.

    Files have person_id, event_time, place. Moves of fewer than 15 users are hidden unless
    you say otherwise.

    Example: keruen measure traces january.parquet february.parquet --out moves
    """
    from keruen.report.record_checks import check_paths
    from keruen.report.record_options import RecordOptions, read_mapping
    from keruen.report.register_run import traces_run
    from keruen.report.trace_shares import read_shares

    check_paths(files, out)
    secret, given = _secret(key)
    options = RecordOptions(
        files=tuple(files),
        engine=engine.value,
        memory=memory,
        mapping=read_mapping(columns),
        disclosure=disclosure,
        secret=secret,
        key_given=given,
    )
    raised = read_shares(shares)
    with (
        _bar() as tell,
        traces_run(options, method=method.value, shares=raised, tell=tell) as run,
    ):
        _write(run, out)
