# SPDX-License-Identifier: Apache-2.0
"""What the commands over person-level records share: options, a bar, and a last word."""

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


class EngineName(StrEnum):
    """Where the rows are kept."""

    duckdb = "duckdb"
    spark = "spark"


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


def day_of(moment: datetime | None) -> date | None:
    """The day of an option, if it was given."""
    return moment.date() if moment else None


@contextmanager
def record_bar() -> Iterator[Callable[[str, int, int], None]]:
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


def secret_of(key: Path | None) -> tuple[bytes, bool]:
    """The user's key, or one that nobody will know."""
    from secrets import token_bytes

    from keruen.report.record_words import read_secret

    return (token_bytes(32), False) if key is None else (read_secret(key), True)


def write_and_tell(run: RecordRun, out: Path) -> None:
    """Write a run, and say on the screen what it found."""
    from rich.console import Console

    from keruen.report.record_release import write_records

    paths = write_records(run, out)
    console = Console(highlight=False)
    rows: dict[str, Any] = run.summary["rows"]
    console.print(f"{rows['read']} rows read, {rows['used']} used.")
    first = run.records.rejects.set_index("reason")
    for reason, count in rows["rejected"].items():
        at = ""
        if reason in first.index:
            at = f" (the first: {first.loc[reason, 'file']}, row {first.loc[reason, 'row']})"
        console.print(f"Rejected: {count} {reason}{at}", soft_wrap=True)
    for side, told in run.manifest.get("side_tables", {}).items():
        for reason, count in told["rejected"].items():
            console.print(f"Rejected of {side}: {count} {reason}")
    days = run.manifest["observed"]
    console.print(f"Observed from {days['from']} to the day before {days['until']}.")
    for path in paths:
        console.print(str(path), soft_wrap=True)
