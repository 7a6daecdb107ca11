# SPDX-License-Identifier: Apache-2.0
"""``keruen measure crossings``: long-term migration from border crossings."""

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
    Rule,
    Since,
    Until,
    day_of,
    record_bar,
    secret_of,
    write_and_tell,
)


class GapRepair(StrEnum):
    """What to do where a crossing is missing."""

    midpoint = "midpoint"
    drop_earlier = "drop_earlier"
    drop_later = "drop_later"
    reject_person = "reject_person"
    none = "none"


class ProvisionalModel(StrEnum):
    """Who estimates the months that are not final yet."""

    best = "best"
    cells = "cells"
    logistic = "logistic"
    boosting = "boosting"


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
    from keruen.report.record_options import RecordOptions
    from keruen.report.record_run import crossings_run
    from keruen.report.record_words import read_mapping

    if out is None and explain is None:
        raise typer.BadParameter("name a folder with --out, or a person with --explain")
    check_paths([*files, deaths, births], out)
    secret, given = secret_of(key)
    options = RecordOptions(
        files=tuple(files),
        rule=rule,
        by=by,
        as_of=day_of(as_of),
        observed_from=day_of(observed_from),
        observed_until=day_of(observed_until),
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
        with record_bar() as tell, crossings_run(options, tell=tell) as run:
            write_and_tell(run, out)
