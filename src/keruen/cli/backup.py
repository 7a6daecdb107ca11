# SPDX-License-Identifier: Apache-2.0
"""``keruen backup`` and ``keruen restore``: all that an office keeps, in one file and back."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

_Database = Annotated[
    str,
    typer.Option(
        metavar="URL",
        envvar="KERUEN_DATABASE",
        help="PostgreSQL; SQLite in --data when not given.",
    ),
]


def backup(
    target: Annotated[Path, typer.Argument(metavar="FILE", help="File to write, such as a .zip.")],
    *,
    data: Annotated[Path, typer.Option(help="Folder that keruen serve was given.")] = Path(
        "keruen-data"
    ),
    database: _Database = "",
) -> None:
    """Write all that an office keeps into one file, while it goes on working.

    The file holds person-level files, decisions, accounts and the key of the office: keep it as
    you keep the office itself. Example: keruen backup office-2026-11-22.zip --data office
    """
    from keruen.web.backup import write_backup
    from keruen.web.settings import Settings

    os.umask(0o077)
    made = write_backup(Settings(data, database), target).manifest
    size = target.stat().st_size
    typer.echo(f"{target}: {len(made.members)} members, {size / 1e6:.1f} MB")
    if made.head:
        typer.echo(f"The quota ledger ends at {made.head}")


def restore(
    source: Annotated[Path, typer.Argument(metavar="FILE", help="File of keruen backup.")],
    *,
    data: Annotated[Path, typer.Option(help="Folder to make; not there yet, or empty.")],
    database: _Database = "",
) -> None:
    """Make an office again out of a backup, in a new place.

    Every digest is computed before anything is written. Nobody is signed in there; passwords
    stay as they were. Example: keruen restore office-2026-11-22.zip --data office-again
    """
    from keruen.web.restore import restore_backup

    os.umask(0o077)
    made = restore_backup(source, data, database=database)
    rows = ", ".join(f"{number} {name}" for name, number in sorted(made.rows.items()))
    typer.echo(f"{data}: as it was at {made.made[:19]} UTC ({rows})")
    if made.head:
        ledger = "URL" if database else data / "keruen.db"
        typer.echo(f"Check it: keruen quota verify --ledger {ledger} --head {made.head}")
