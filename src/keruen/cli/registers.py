# SPDX-License-Identifier: Apache-2.0
"""``keruen measure register`` and ``traces``: registrations, and sightings of persons in places."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from keruen.cli.record_options import (
    AsOf,
    By,
    Columns,
    Disclosure,
    Engine,
    EngineName,
    Files,
    Key,
    Memory,
    Out,
    Rule,
    Since,
    Until,
    day_of,
    record_bar,
    secret_of,
    write_and_tell,
)


class TraceWay(StrEnum):
    """How moves are found in traces."""

    segments = "segments"
    modal = "modal"


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
    from keruen.report.record_options import RecordOptions
    from keruen.report.record_words import parse_weights, read_mapping
    from keruen.report.register_run import register_run

    check_paths([*files, deaths, births, signs], out)
    secret, given = secret_of(key)
    options = RecordOptions(
        files=tuple(files),
        rule=rule,
        by=by,
        as_of=day_of(as_of),
        observed_from=day_of(observed_from),
        observed_until=day_of(observed_until),
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
    with record_bar() as tell, register_run(options, weights=shares, tell=tell) as run:
        write_and_tell(run, out)


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
    from keruen.report.record_options import RecordOptions
    from keruen.report.record_words import read_mapping
    from keruen.report.register_run import traces_run
    from keruen.report.trace_shares import read_shares

    check_paths(files, out)
    secret, given = secret_of(key)
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
        record_bar() as tell,
        traces_run(options, method=method.value, shares=raised, tell=tell) as run,
    ):
        write_and_tell(run, out)
