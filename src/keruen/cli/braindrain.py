# SPDX-License-Identifier: Apache-2.0
"""``keruen measure braindrain``: skilled emigration."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from keruen.cli.terminal import progress_bar


def braindrain(
    file: Annotated[
        Path,
        typer.Argument(
            help="Emigrants by education; keruen data template emigrants_by_education gives "
            "an empty workbook."
        ),
    ],
    *,
    out: Annotated[Path, typer.Option(help="Folder for the files.")],
) -> None:
    """Estimate emigration rates by education, and how emigrants are selected.

    Reads emigrants aged 25 and over by origin, destination and education, divides them by
    residents of the same education, and writes tables, a workbook, a picture and a
    manifest. No such emigrants are among the embedded data; to try the command out, keruen
    data synthesize emigrants makes some up.

    Example: keruen measure braindrain emigrants.xlsx --out skilled
    """
    from rich.console import Console

    from keruen.report.braindrain_release import write_braindrain
    from keruen.report.braindrain_run import run_braindrain

    with progress_bar("braindrain") as step:
        run = run_braindrain(file, step=step)
        paths = write_braindrain(run, out, step=step)
    console = Console(highlight=False)
    for note in run.notes:
        console.print(f"Note: {note}")
    for path in paths:
        console.print(str(path), soft_wrap=True)
